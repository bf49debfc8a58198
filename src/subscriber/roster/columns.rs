//! Which column of a roster holds what.

use unicode_normalization::UnicodeNormalization;

use crate::subscriber::roster::service::Service;
use crate::value::address::EmailAddress;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The address.
    Address,
    /// The name in one piece.
    FullName,
    /// The given name.
    FirstName,
    /// The family name.
    LastName,
    /// A word for the status, and perhaps for a suppression.
    Status,
    /// Yes where mails are wanted.
    Subscribed,
    /// Yes where mails are not wanted.
    Unwanted,
    /// Tags, labels, groups.
    Tags,
    /// When the reader asked or was added.
    Asked,
    /// When the reader confirmed.
    Confirmed,
    /// When the reader left.
    Withdrew,
    /// When the address bounced.
    Cleaned,
    /// When the reader was deleted.
    Deleted,
    /// Newsletters or lists.
    Newsletters,
    /// Our own: a suppression.
    Suppression,
    /// The page with the form.
    Page,
    /// The words agreed to.
    Wording,
    /// Our own: where the consent came from.
    Source,
    /// Our own: from which file.
    SourceFile,
    /// Our own: from which service.
    SourceService,
    /// Our own: the keyed hash of the IP address, in hexadecimal.
    IpHash,
}

/// A roster's columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Whose layout it is.
    pub service: Service,
    /// The headers as they stand in the file; empty where the file begins with an address.
    pub headers: Vec<String>,
    /// How many columns there are.
    pub width: usize,
    places: Vec<(Column, usize)>,
}

/// The columns of our own export, in their order.
pub const OWN: [(&str, Column); 17] = [
    ("email", Column::Address),
    ("newsletter", Column::Newsletters),
    ("status", Column::Status),
    ("suppression", Column::Suppression),
    ("name", Column::FullName),
    ("first_name", Column::FirstName),
    ("last_name", Column::LastName),
    ("tags", Column::Tags),
    ("asked", Column::Asked),
    ("confirmed", Column::Confirmed),
    ("withdrew", Column::Withdrew),
    ("page", Column::Page),
    ("wording", Column::Wording),
    ("source", Column::Source),
    ("source_file", Column::SourceFile),
    ("source_service", Column::SourceService),
    ("ip_hash", Column::IpHash),
];

/// Names of columns, as [`normal`] makes them, in the languages and spellings that are about.
const NAMES: [(Column, &str); 13] = [
    (
        Column::Address,
        "email emailaddress mail mailaddress emailadresse mailadresse emailadress subscriberemail contactemail useremail correo correoelectronico \
         correoelectrónico courriel adressecourriel adresseemail adressemail adresseélectronique indirizzoemail emailadres epost epostadress epostadresse \
         sähköposti adresemail endereçodeemail enderecodeemail электроннаяпочта адресэлектроннойпочты メールアドレス 电子邮件 電子郵件 邮箱 이메일",
    ),
    (
        Column::FirstName,
        "firstname fname givenname forename vorname prénom prenom nombre voornaam förnamn fornavn imię primeironome имя",
    ),
    (
        Column::LastName,
        "lastname lname surname familyname nachname familienname nomdefamille apellido apellidos cognome achternaam efternamn etternavn nazwisko sobrenome \
         фамилия",
    ),
    (
        Column::FullName,
        "name fullname nom nomcomplet nombrecompleto nome nomecompleto naam namn navn subscribername 名前 姓名 이름",
    ),
    (Column::Status, "status state subscriptionstatus subscriberstatus subscribertype abostatus estado statut stato"),
    (Column::Subscribed, "subscribed subscribedtoemails issubscribed optin optedin abonniert"),
    (Column::Unwanted, "emaildisabled unsubscribed isunsubscribed optout optedout abgemeldet"),
    (
        Column::Tags,
        "tags tag labels label groups group segments schlagworte schlagwörter etiquetas étiquettes etichette",
    ),
    (
        Column::Asked,
        "optintime optindate optinat asked askedat subscribedat subscribeddate datesubscribed subscriptiondate subscribedon signupdate signupat signedupat \
         dateadded addedat created createdat creationdate datecreated joined joinedat startdate anmeldedatum angemeldetam dateinscription fechadealta",
    ),
    (
        Column::Confirmed,
        "confirmtime confirmedat confirmed confirmationdate confirmdate confirmationtime optinconfirmed bestätigtam doubleoptinat",
    ),
    (
        Column::Withdrew,
        "unsubtime unsubscribedat unsubscribedate unsubscriptiondate unsubscribedon dateunsubscribed withdrew optoutdate optouttime abgemeldetam",
    ),
    (Column::Cleaned, "cleantime cleanedat bouncedat"),
    (Column::Newsletters, "newsletter newsletters list lists listname mailinglist"),
];

/// Given names in the languages whose word for the family name alone is the word for a name.
const NAME_IS_FAMILY_NAME: [&str; 4] = ["vorname", "prénom", "prenom", "voornaam"];

/// A header without what spellings differ in: case, width, spaces, hyphens, underscores, full stops.
#[must_use]
pub fn normal(header: &str) -> String {
    header.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

impl Columns {
    /// Finds out what the columns hold, from the first row of the file. `None` where no column holds addresses. Where the first row has an address, it is no
    /// header: that column is the addresses, and the others are not known.
    #[must_use]
    pub fn of(first: &[String]) -> Option<Self> {
        if let Some(at) = first.iter().position(|cell| cell.contains('@') && EmailAddress::parse(cell).is_ok()) {
            let service = if first.len() == 1 { Service::Plain } else { Service::Other };
            return Some(Self {
                service,
                headers: Vec::new(),
                width: first.len(),
                places: vec![(Column::Address, at)],
            });
        }
        let headers: Vec<String> = first.iter().map(|header| header.trim().to_owned()).collect();
        let names: Vec<String> = headers.iter().map(|header| normal(header)).collect();
        let service = Service::recognised(&headers);
        let mut columns = Self { service, width: headers.len(), headers, places: Vec::new() };
        for (at, name) in names.iter().enumerate() {
            if let Some(column) = held(service, name).filter(|column| columns.at(*column).is_none()) {
                columns.places.push((column, at));
            }
        }
        if columns.at(Column::Address).is_none() {
            let mut candidates = names.iter().enumerate().filter(|(_, name)| name.contains("mail"));
            let (Some((at, _)), None) = (candidates.next(), candidates.next()) else { return None };
            columns.places.retain(|(_, place)| *place != at);
            columns.places.push((Column::Address, at));
        }
        let given = columns.at(Column::FirstName).is_some_and(|at| NAME_IS_FAMILY_NAME.contains(&names[at].as_str()));
        if given && columns.at(Column::LastName).is_none() {
            columns
                .places
                .iter_mut()
                .filter(|(column, _)| *column == Column::FullName)
                .for_each(|place| place.0 = Column::LastName);
        }
        Some(columns)
    }

    /// Where a column is.
    #[must_use]
    pub fn at(&self, column: Column) -> Option<usize> {
        self.places.iter().find(|(held, _)| *held == column).map(|(_, at)| *at)
    }

    /// Whether something of that column is read.
    #[must_use]
    pub fn is_used(&self, at: usize) -> bool {
        self.places.iter().any(|(_, place)| *place == at)
    }

    /// The headers of columns that nothing is read from, as they stand in the file.
    #[must_use]
    pub fn unused(&self) -> Vec<&str> {
        self.headers
            .iter()
            .enumerate()
            .filter(|(at, _)| !self.is_used(*at))
            .map(|(_, header)| header.as_str())
            .collect()
    }
}

fn held(service: Service, name: &str) -> Option<Column> {
    match (service, name) {
        (Service::Letterpress, _) => OWN.iter().find(|(own, _)| normal(own) == name).map(|(_, column)| *column),
        (Service::Ghost, "deletedat") => Some(Column::Deleted),
        (Service::Buttondown, "type") => Some(Column::Status),
        // Ghost's tiers, Substack's plans and listmonk's `updated_at` say nothing about consent.
        (Service::Listmonk, "uuid") => None,
        _ => NAMES
            .iter()
            .find(|(_, names)| names.split_whitespace().any(|known| known == name))
            .map(|(column, _)| *column),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &str) -> Option<Columns> {
        Columns::of(&header.split(',').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn addresses_in_every_spelling() {
        for name in [
            "Email",
            "E-Mail",
            "EMAIL ADDRESS",
            "email_address",
            "E-Mail-Adresse",
            "Correo electrónico",
            "ｅｍａｉｌ",
            "Your e-mail, please",
        ] {
            let columns = Columns::of(&["x".to_owned(), name.to_owned()]).unwrap();
            assert_eq!((columns.at(Column::Address), columns.unused()), (Some(1), vec!["x"]), "{name}");
        }
        assert_eq!(of("name,tags"), None);
        assert_eq!(of("work mail,home mail"), None, "which of two is not guessed");
    }

    #[test]
    fn a_file_may_begin_with_an_address() {
        let columns = of("Jane,jane@example.com").unwrap();
        assert_eq!((columns.at(Column::Address), columns.headers.len(), columns.width), (Some(1), 0, 2));
    }

    #[test]
    fn names_where_the_family_name_is_called_name() {
        let columns = of("Vorname,Name,E-Mail").unwrap();
        assert_eq!((columns.at(Column::LastName), columns.at(Column::FullName)), (Some(1), None));
        let columns = of("Email,Name,E-Mail").unwrap();
        assert_eq!((columns.at(Column::FullName), columns.at(Column::Address)), (Some(1), Some(0)), "the first of two");
    }
}

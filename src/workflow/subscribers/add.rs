//! `subscribers add`: one reader by hand.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::store::Sql;
use crate::store::StoreError;
use crate::store::consents;
use crate::store::intake;
use crate::store::intake::Intake;
use crate::store::subscribers as readers;
use crate::store::subscriptions;
use crate::store::suppressions;
use crate::subscriber::consent::Consent;
use crate::subscriber::consent::Source;
use crate::subscriber::keys as random;
use crate::subscriber::roster::cell;
use crate::subscriber::roster::entry::Name;
use crate::subscriber::status::Status;
use crate::subscriber::status::Suppression;
use crate::subscriber::subscriber::Handle;
use crate::subscriber::subscriber::SubscriberId;
use crate::subscriber::subscriber::Subscription;
use crate::value::address::EmailAddress;
use crate::workflow::failure::Failure;
use crate::workflow::keys;
use crate::workflow::newsletter::List;
use crate::workflow::newsletter::mistake;
use crate::workflow::subscribers;

/// Whom to add.
#[derive(Clone, Debug)]
pub struct Request {
    /// The address, as typed.
    pub address: String,
    /// The newsletter; the default one for none.
    pub newsletter: Option<String>,
    /// The reader's name.
    pub name: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Where the reader has agreed, in words for the consent ledger. With it the reader is confirmed at once, without it they are asked by mail.
    pub agreed: Option<String>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// A confirmation mail goes out as soon as the daemon runs.
    Asked,
    /// The reader is confirmed.
    Confirmed,
    /// The reader was confirmed before; `paused` where they have asked for a rest.
    Already {
        /// Whether they have asked for a rest.
        paused: bool,
    },
}

/// Who is to be added, checked.
#[derive(Clone)]
struct Reader {
    address: EmailAddress,
    newsletter: Box<str>,
    name: Name,
    tags: BTreeSet<Box<str>>,
    agreed: Option<Box<str>>,
    handle: Handle,
}

enum Found {
    Done(Added),
    Suppressed(Suppression),
    Left(Option<Timestamp>),
}

/// Adds a reader.
///
/// # Errors
/// Mistakes: a bad address, an unknown newsletter, a suppressed address, a reader who has left and cannot be confirmed by somebody else, nobody who could ask;
/// [`Failure::Store`].
pub fn add(list: &List, request: &Request, now: Timestamp) -> Result<Added, Failure> {
    let reader = checked(list, request)?;
    let masked = reader.address.masked();
    let hash = list.keys.address_hash(&reader.address.key());
    let found = list.store.write(move |sql| {
        if let Some((reason, _)) = suppressions::of(sql, &hash)? {
            return Ok(Found::Suppressed(reason));
        }
        put(sql, &reader, now)
    })?;
    match found {
        Found::Done(added) => Ok(added),
        Found::Suppressed(reason) => Err(mistake(
            "suppressed",
            format!("{masked} is suppressed ({reason}): nothing is sent there"),
            "if the reader wants mail again: letterpress subscribers suppress --lift ADDRESS".into(),
        )),
        Found::Left(when) => Err(mistake(
            "has-left",
            format!(
                "{masked} has unsubscribed{}",
                when.map(|when| format!(", on {}", when.strftime("%F"))).unwrap_or_default()
            ),
            "leave --agreed out: a mail asks the reader whether they want to come back".into(),
        )),
    }
}

fn checked(list: &List, request: &Request) -> Result<Reader, Failure> {
    let address = subscribers::address(&request.address)?;
    let newsletter = subscribers::newsletter(&list.config, request.newsletter.as_deref())?;
    if request.agreed.is_none() && list.config.subscribe.endpoint.is_none() {
        let message = "nobody could ask the reader: site.toml sets no `endpoint` for the newsletter's daemon".into();
        let hint = "say where the reader has agreed: --agreed \"signed up at the fair\"; or set [subscribe] endpoint";
        return Err(mistake("nobody-asks", message, hint.into()));
    }
    let line = |what: &str, text: &str| {
        cell::line(text).map_err(|_| {
            let message = format!("{what} has a line break or another control character in it");
            mistake("bad-text", message, "write it on one line".into())
        })
    };
    let name = request.name.as_deref().map_or(Ok("".into()), |name| line("the name", name))?;
    let tags = request.tags.iter().map(|tag| line("a tag", tag)).collect::<Result<BTreeSet<_>, _>>()?;
    let agreed = request.agreed.as_deref().map(|words| line("--agreed", words)).transpose()?;
    if agreed.as_deref() == Some("") {
        let hint = "write it into the ledger of consents as you would tell a judge: --agreed \"signed up at the fair\"";
        return Err(mistake("bad-text", "--agreed says nothing".into(), hint.into()));
    }
    let handle = random::random::<16>();
    Ok(Reader {
        address,
        newsletter,
        name: Name { full: name, ..Name::default() },
        tags: tags.into_iter().filter(|tag| !tag.is_empty()).collect(),
        agreed,
        handle: handle.map_err(|error| mistake("no-random", error.to_string(), keys::no_random()))?,
    })
}

fn put(sql: &mut dyn Sql, reader: &Reader, now: Timestamp) -> Result<Found, StoreError> {
    let known = readers::find(sql, &reader.address.key())?;
    let own = match &known {
        Some(known) => subscriptions::get(sql, known.id, &reader.newsletter)?,
        None => None,
    };
    match own.as_ref().map(|own| own.status) {
        Some(Status::Unsubscribed) if reader.agreed.is_some() => {
            return Ok(Found::Left(own.and_then(|own| own.consent.withdrew)));
        }
        Some(status @ (Status::Confirmed | Status::Paused)) => {
            describe(sql, reader, now)?;
            return Ok(Found::Done(Added::Already { paused: status == Status::Paused }));
        }
        _ => {}
    }
    let id = describe(sql, reader, now)?;
    match &reader.agreed {
        None => ask(sql, reader, now)?,
        Some(words) => confirm(sql, reader, id, own.as_ref(), words, now)?,
    }
    Ok(Found::Done(if reader.agreed.is_some() { Added::Confirmed } else { Added::Asked }))
}

/// The reader, with name and tags.
fn describe(sql: &mut dyn Sql, reader: &Reader, now: Timestamp) -> Result<SubscriberId, StoreError> {
    let id = readers::insert(sql, &reader.address, &reader.name, now)?;
    if !reader.name.full.is_empty() {
        readers::rename(sql, id, &reader.name, now)?;
    }
    for tag in &reader.tags {
        readers::tag(sql, id, tag)?;
    }
    Ok(id)
}

fn ask(sql: &mut dyn Sql, reader: &Reader, now: Timestamp) -> Result<(), StoreError> {
    let intake = Intake {
        at: now,
        not_before: now,
        worked: false,
        address: reader.address.clone(),
        newsletter: reader.newsletter.clone(),
        page: None,
        wording: Some("added by hand, asked by mail".into()),
        ip_hash: None,
    };
    intake::push(sql, &intake).map(drop)
}

fn confirm(
    sql: &mut dyn Sql,
    reader: &Reader,
    id: SubscriberId,
    own: Option<&Subscription>,
    words: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let agreed = Consent { confirmed: Some(now), wording: Some(words.into()), ..Consent::unproved(Source::Hand) };
    for record in agreed.records(&reader.newsletter) {
        consents::append(sql, id, &record)?;
    }
    let subscription = Subscription {
        subscriber: id,
        newsletter: reader.newsletter.clone(),
        status: Status::Confirmed,
        handle: own.map_or(reader.handle, |own| own.handle),
        changed: now,
        consent: Consent { asked: own.and_then(|own| own.consent.asked), ..agreed },
    };
    subscriptions::put(sql, &subscription)
}

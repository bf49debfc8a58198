//! What mail programs do not know: caniemail's data, as `tests/judges/clients.js` writes it down, and the list of what a mail may have all the same.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// Something that not every program knows.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::edition::mail::judge) struct Feature {
    /// What it is called.
    pub(in crate::edition::mail::judge) title: String,
    /// Where one can read about it.
    pub(in crate::edition::mail::judge) url: String,
    /// The programs that do not know it, as numbers in [`Table::clients`].
    pub(in crate::edition::mail::judge) none: Vec<usize>,
    /// What it is known by.
    pub(in crate::edition::mail::judge) known: Vec<Known>,
}

/// What something is known by in a mail.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::edition::mail::judge) enum Known {
    /// A property, or one whose name begins with it and a hyphen.
    Property(String),
    /// A property with a value.
    Value((String, String)),
    /// A word in a value.
    Keyword(String),
    /// A function in a value.
    Function(String),
    /// A unit in a value.
    Unit(String),
    /// A rule that begins with `@`.
    Rule(String),
    /// A word in the condition of an `@media`.
    Media(String),
    /// A pseudo-class or pseudo-element, with its colons.
    Pseudo(String),
    /// A kind of selector, by caniemail's name for it.
    Selector(String),
    /// An element.
    Element(String),
    /// An attribute of any element.
    Attribute(String),
    /// An attribute of one element: element, attribute, value; with `*` at its end, how that begins.
    AttributeOf((String, String, String)),
    /// A picture whose address ends in that, or begins with it (`data:`).
    Image(String),
}

/// The table.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::edition::mail::judge) struct Table {
    /// The programs: caniemail's name, and ours.
    pub(in crate::edition::mail::judge) clients: Vec<(String, String)>,
    pub(in crate::edition::mail::judge) features: Vec<Feature>,
}

/// The table. It is part of the program, and a test reads it: where it cannot be read it knows nothing.
pub(in crate::edition::mail::judge) fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let none = |_| Table { clients: Vec::new(), features: Vec::new() };
        serde_json::from_str(include_str!("clients.json")).unwrap_or_else(none)
    })
}

/// What a mail may have although a program does not know it, and what that program's readers get instead.
pub(in crate::edition::mail::judge) fn enhancements() -> &'static BTreeMap<String, String> {
    static LIST: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    LIST.get_or_init(|| serde_json::from_str(include_str!("enhancements.json")).unwrap_or_default())
}

/// The programs of one maker, by how their names in the table begin.
const MAKERS: [(&str, &str); 4] =
    [("gmail.", "Gmail"), ("outlook.", "Outlook"), ("apple-mail.", "Apple Mail"), ("yahoo.", "Yahoo")];

impl Table {
    /// Programs in words: where a maker's all are among them, by the maker's name.
    pub(in crate::edition::mail::judge) fn named(&self, clients: &[usize]) -> String {
        let mut names: Vec<&str> = Vec::new();
        for (start, maker) in MAKERS {
            let own = self.clients.iter().enumerate().filter(|(_, (id, _))| id.starts_with(start));
            let (among, others): (Vec<_>, Vec<_>) = own.partition(|(at, _)| clients.contains(at));
            match others.as_slice() {
                [] if !among.is_empty() => names.push(maker),
                _ => names.extend(among.into_iter().map(|(_, (_, name))| name.as_str())),
            }
        }
        match names.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let table = table();
        assert!(table.features.len() > 200 && table.clients.len() == 15, "{}", table.features.len());
        assert!(table.features.iter().all(|feature| feature.none.iter().all(|at| *at < table.clients.len())));
        assert!(table.features.iter().all(|feature| !feature.known.is_empty() && !feature.none.is_empty()));
        // Whatever a mail may have all the same is something that a program does not know.
        for title in enhancements().keys() {
            assert!(table.features.iter().any(|feature| feature.title == *title), "{title}");
        }
        assert!(include_str!("clients.json").len() < 100_000 && enhancements().len() > 10);
    }

    #[test]
    fn programs_in_words() {
        let table = table();
        let at = |id: &str| table.clients.iter().position(|(known, _)| known == id).unwrap();
        let all: Vec<usize> = (0..table.clients.len()).collect();
        assert_eq!(table.named(&all), "Gmail, Outlook, Apple Mail and Yahoo");
        assert_eq!(table.named(&[at("outlook.windows"), at("gmail.ios")]), "Gmail on iOS and classic Outlook");
        assert_eq!(table.named(&[at("outlook.windows")]), "classic Outlook");
    }
}

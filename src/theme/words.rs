//! The words that templates print, by language: `languages/<lang>.toml` of every theme of the chain, inherited key by key.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::diagnostic::node::Data;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::diagnostic::suggest;
use crate::diagnostic::toml;
use crate::theme::chain;
use crate::theme::chain::Link;
use crate::theme::plural;
use crate::value::language::Language;

/// The words of a theme and of those it extends.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Language tag to key (`date.long`) to word.
    languages: BTreeMap<String, BTreeMap<String, Word>>,
    fingerprint: [u8; 32],
}

/// One entry of a language file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Text(String),
    /// `{ one = "…", other = "…" }`: forms by CLDR's category.
    Plural(BTreeMap<String, String>),
    /// Names of months.
    List(Vec<String>),
}

/// A word that could not be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordError {
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Which of the two patterns a date is written by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateStyle {
    /// `date.long`: `1 November 2026`.
    Long,
    /// `date.short`: `1 Nov`.
    Short,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Reads the language files of a chain; a nearer theme's word wins over a farther one's in the same language.
pub(in crate::theme) fn read(chain: &[Link]) -> (Words, Report) {
    let mut words = Words::default();
    let mut report = Report::new();
    let mut hasher = blake3::Hasher::new();
    for link in chain {
        for file in link.files.below("languages").filter(|file| file.path.extension() == "toml") {
            let source = match chain::text_of(file) {
                Ok(source) => source,
                Err(diagnostic) => {
                    report.push(*diagnostic);
                    continue;
                }
            };
            let Some(language) = Language::parse(file.path.stem()) else {
                report.push(
                    Diagnostic::error("bad-language", format!("`{}` is no language tag", file.path.stem()))
                        .at(&source, 0..0)
                        .hint("name the file after its language: en.toml, pt-BR.toml"),
                );
                continue;
            };
            hasher.update(language.as_str().as_bytes()).update(&[0]).update(source.text().as_bytes()).update(&[0]);
            let (node, found) = toml::parse(&source, 0..source.text().len());
            report.merge(found);
            let into = words.languages.entry(language.as_str().to_owned()).or_default();
            collect("", node, &source, into, &mut report);
        }
    }
    words.fingerprint = *hasher.finalize().as_bytes();
    (words, report)
}

fn collect(prefix: &str, node: Node, source: &Source, into: &mut BTreeMap<String, Word>, report: &mut Report) {
    let Data::Table(entries) = node.data else { return };
    for (key, node) in entries {
        let name = if prefix.is_empty() { key.name } else { format!("{prefix}.{}", key.name) };
        let word = match node.data {
            Data::String(text) => Some(Word::Text(text)),
            Data::Table(ref forms) if forms.iter().any(|(key, _)| key.name == "other") => {
                Some(Word::Plural(plural_forms(&name, forms, source, report)))
            }
            Data::Table(_) => {
                collect(&name, node, source, into, report);
                None
            }
            Data::Array(ref items) => month_names(&name, items, &node, source, report).map(Word::List),
            ref other => {
                let message = format!("`{name}` must be a string, not {}", other.kind());
                report.push(Diagnostic::error("wrong-type", message).at(source, node.span));
                None
            }
        };
        if let Some(word) = word {
            into.entry(name).or_insert(word);
        }
    }
}

fn plural_forms(
    name: &str,
    forms: &[(crate::diagnostic::node::Key, Node)],
    source: &Source,
    report: &mut Report,
) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    for (key, node) in forms {
        match &node.data {
            _ if !plural::CATEGORIES.contains(&key.name.as_str()) => {
                let message = format!("`{}` is no plural form", key.name);
                report.push(
                    Diagnostic::error("unknown-key", message)
                        .at(source, key.span.clone())
                        .maybe_hint(suggest::did_you_mean(&key.name, plural::CATEGORIES))
                        .hint(format!("forms: {}", plural::CATEGORIES.join(", "))),
                );
            }
            Data::String(text) => {
                kept.insert(key.name.clone(), text.clone());
            }
            other => {
                let message = format!("`{name}.{}` must be a string, not {}", key.name, other.kind());
                report.push(Diagnostic::error("wrong-type", message).at(source, node.span.clone()));
            }
        }
    }
    kept
}

fn month_names(name: &str, items: &[Node], list: &Node, source: &Source, report: &mut Report) -> Option<Vec<String>> {
    let names: Vec<String> = items
        .iter()
        .filter_map(|item| match &item.data {
            Data::String(text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    let is_months = matches!(name, "date.months" | "date.months_short");
    if names.len() == items.len() && (!is_months || names.len() == 12) {
        return Some(names);
    }
    let what = if is_months { "a list of the twelve months' names" } else { "a list of strings" };
    let message = format!("`{name}` must be {what}");
    report.push(Diagnostic::error("wrong-type", message).at(source, list.span.clone()));
    None
}

impl Words {
    /// The word `key` in `language`, in its base (`de-AT` → `de`), or in English. `{name}` in it is filled from the arguments, `{count}` from
    /// `count`, which also chooses the form.
    ///
    /// # Errors
    /// [`WordError`] where no file has the key, and where a word with forms is asked for without a count.
    pub fn text(
        &self,
        key: &str,
        language: &Language,
        count: Option<i64>,
        arguments: &[(&str, String)],
    ) -> Result<String, WordError> {
        let (found_in, word) = self.find(key, language).ok_or_else(|| WordError {
            message: format!("no language file has the word `{key}`"),
            hint: suggest::did_you_mean(key, self.keys()),
        })?;
        let pattern = match (word, count) {
            (Word::Text(text), _) => text,
            (Word::Plural(forms), Some(count)) => {
                let form = forms.get(plural::category(found_in, count)).or_else(|| forms.get("other"));
                form.map(String::as_str).unwrap_or_default()
            }
            (Word::Plural(_), None) => {
                let message = format!("the word `{key}` has forms for one and for many");
                return Err(WordError { message, hint: Some(format!("write t(key=\"{key}\", count=…)")) });
            }
            (Word::List(_), _) => {
                return Err(WordError { message: format!("the word `{key}` is a list"), hint: None });
            }
        };
        let counted = count.map(|count| ("count", count.to_string()));
        Ok(fill(pattern, |name| {
            let given = arguments.iter().chain(&counted).find(|(argument, _)| *argument == name);
            given.map(|(_, value)| value.as_str())
        }))
    }

    /// A date by the pattern `date.long` or `date.short`, which may hold `{day}`, `{day_padded}`, `{month}`, `{month_short}`, `{month_number}`,
    /// `{month_padded}` and `{year}`. Without words for it, dates are English.
    #[must_use]
    pub fn date_text(&self, style: DateStyle, date: Date, language: &Language) -> String {
        let (key, default) = match style {
            DateStyle::Long => ("date.long", "{day} {month} {year}"),
            DateStyle::Short => ("date.short", "{day} {month_short}"),
        };
        let pattern = match self.find(key, language) {
            Some((_, Word::Text(text))) => text,
            _ => default,
        };
        let values = [
            ("day", date.day().to_string()),
            ("day_padded", format!("{:02}", date.day())),
            ("month", self.month(date.month(), language).to_owned()),
            ("month_short", self.month_short(date.month(), language)),
            ("month_number", date.month().to_string()),
            ("month_padded", format!("{:02}", date.month())),
            ("year", date.year().to_string()),
        ];
        fill(pattern, |name| values.iter().find(|(value, _)| *value == name).map(|(_, text)| text.as_str()))
    }

    /// The name of a month, 1 to 12; empty for any other number.
    #[must_use]
    pub fn month(&self, month: i8, language: &Language) -> &str {
        self.in_list("date.months", month, language).or_else(|| MONTHS.get(index(month)?).copied()).unwrap_or_default()
    }

    fn month_short(&self, month: i8, language: &Language) -> String {
        match self.in_list("date.months_short", month, language) {
            Some(name) => name.to_owned(),
            None => self.month(month, language).chars().take(3).collect(),
        }
    }

    fn in_list(&self, key: &str, number: i8, language: &Language) -> Option<&str> {
        match self.find(key, language) {
            Some((_, Word::List(names))) => names.get(index(number)?).map(String::as_str),
            _ => None,
        }
    }

    /// Whether any language has the word.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.languages.values().any(|words| words.contains_key(key))
    }

    /// All keys of all languages, each once, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let keys: std::collections::BTreeSet<&str> =
            self.languages.values().flat_map(BTreeMap::keys).map(String::as_str).collect();
        keys.into_iter()
    }

    /// The tags of the languages that have a file, sorted.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.keys().map(String::as_str)
    }

    /// A hash of all language files.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    fn find(&self, key: &str, language: &Language) -> Option<(&str, &Word)> {
        language.fallbacks().chain(["en"]).find_map(|tag| {
            let (tag, words) = self.languages.get_key_value(tag)?;
            words.get(key).map(|word| (tag.as_str(), word))
        })
    }
}

fn index(number: i8) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}

/// Puts values in place of `{name}`; a name without a value stays as it is written.
fn fill<'a>(pattern: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let filled = rest.find('}').and_then(|close| Some((close, value(&rest[1..close])?)));
        let end = match filled {
            Some((close, value)) => {
                out.push_str(value);
                close + 1
            }
            None => {
                out.push('{');
                1
            }
        };
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

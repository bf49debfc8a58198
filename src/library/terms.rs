//! Categories, tags and series, gathered from the posts.

use std::collections::BTreeMap;
use std::collections::HashMap;

use crate::config::permalink::Pattern;
use crate::config::site::Config;
use crate::content::document::Document;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::library::model::Term;
use crate::library::model::TermId;
use crate::library::model::TermKind;
use crate::value::slug::Slug;
use crate::value::url::SiteUrl;

/// The terms, and the way from a post's words to them.
#[derive(Debug, Default)]
pub struct Terms {
    /// By kind, then by name.
    pub terms: Vec<Term>,
    by_slug: HashMap<(TermKind, Slug), TermId>,
    /// Every word that a shown document has, so that its slug is made once.
    by_word: HashMap<TermKind, HashMap<String, TermId>>,
    /// Slugs that `site.toml` gives to a name: `[terms.tag.cpp] name = "C++"`.
    named: HashMap<(TermKind, String), Slug>,
}

impl Terms {
    /// The terms that these words name, each once, in the order written.
    #[must_use]
    pub fn find(&self, kind: TermKind, words: &[Located<String>]) -> Vec<TermId> {
        let mut found = Vec::with_capacity(words.len());
        for word in words {
            if let Some(id) = self.get(kind, &word.value)
                && !found.contains(&id)
            {
                found.push(id);
            }
        }
        found
    }

    fn get(&self, kind: TermKind, word: &str) -> Option<TermId> {
        if let Some(id) = self.by_word.get(&kind).and_then(|words| words.get(word)) {
            return Some(*id);
        }
        let slug = slug_of(&self.named, kind, word)?;
        self.by_slug.get(&(kind, slug)).copied()
    }
}

fn slug_of(named: &HashMap<(TermKind, String), Slug>, kind: TermKind, word: &str) -> Option<Slug> {
    named.get(&(kind, word.to_owned())).cloned().or_else(|| Slug::from_text(word))
}

/// What is left of a word when case, accents, spaces and hyphens do not count; `C++` and `C#` stay two.
fn folded(word: &str) -> String {
    let plain = deunicode::deunicode(word).to_lowercase();
    plain.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '\'' | '.')).collect()
}

/// How a term is written somewhere: how often, and where first.
struct Spelling<'a> {
    count: usize,
    document: &'a Document,
    span: std::ops::Range<usize>,
}

/// Two words that mean different things and would have one address.
fn check_spellings(kind: TermKind, slug: &Slug, names: &BTreeMap<String, Spelling<'_>>, report: &mut Report) {
    let mut names = names.iter();
    let Some((first, known)) = names.next() else { return };
    for (name, spelling) in names.filter(|(name, _)| folded(name) != folded(first)) {
        let word = kind.word();
        let message = format!("the {word} `{name}` and the {word} `{first}` would have the same address `{slug}`");
        let mut diagnostic = Diagnostic::error("same-term", message);
        if let (Ok(source), Ok(other)) = (spelling.document.body.source(), known.document.body.source()) {
            diagnostic =
                diagnostic.at(&source, spelling.span.clone()).also(&other, known.span.clone(), "the other one");
        }
        let hint = format!(
            "give one of them a slug of its own in site.toml: [terms.{word}.another-slug] with name = \"{name}\""
        );
        report.push(diagnostic.hint(hint));
    }
}

/// Gathers the terms of the documents that are shown. Words that differ only in case or accents are one term, written as most posts write it.
#[must_use]
pub fn gather<'a>(
    config: &Config,
    base: &SiteUrl,
    documents: impl Iterator<Item = &'a Document>,
    report: &mut Report,
) -> Terms {
    let named: HashMap<(TermKind, String), Slug> = config
        .terms
        .iter()
        .filter_map(|text| {
            let kind = TermKind::ALL.into_iter().find(|kind| kind.word() == text.kind)?;
            Some(((kind, text.name.clone()?), Slug::from_text(&text.slug)?))
        })
        .collect();
    let mut spellings: BTreeMap<(TermKind, Slug), BTreeMap<String, Spelling<'a>>> = BTreeMap::new();
    let mut slugs: HashMap<(TermKind, &'a str), Option<Slug>> = HashMap::new();
    let mut found: HashMap<(TermKind, &'a str), Spelling<'a>> = HashMap::new();
    for document in documents {
        let front = &document.front;
        let words = front
            .categories
            .iter()
            .map(|word| (TermKind::Category, word))
            .chain(front.tags.iter().map(|word| (TermKind::Tag, word)))
            .chain(front.series.iter().map(|word| (TermKind::Series, word)));
        for (kind, word) in words {
            match slugs.entry((kind, &word.value)).or_insert_with(|| slug_of(&named, kind, &word.value)) {
                Some(_) => {
                    let first = || Spelling { count: 0, document, span: word.span.clone() };
                    found.entry((kind, &word.value)).or_insert_with(first).count += 1;
                }
                None => {
                    let message = format!("the {} `{}` has neither letter nor digit", kind.word(), word.value);
                    let source = document.body.source().unwrap_or_else(|_| config.source.clone());
                    report.push(Diagnostic::error("bad-term", message).at(&source, word.span.clone()));
                }
            }
        }
    }
    let mut words: Vec<(TermKind, String, Slug)> = Vec::with_capacity(found.len());
    for ((kind, word), spelling) in found {
        if let Some(Some(slug)) = slugs.remove(&(kind, word)) {
            words.push((kind, word.to_owned(), slug.clone()));
            spellings.entry((kind, slug)).or_default().insert(word.to_owned(), spelling);
        }
    }
    for ((kind, slug), names) in &spellings {
        check_spellings(*kind, slug, names, report);
    }
    let mut terms: Vec<Term> = spellings
        .into_iter()
        .map(|((kind, slug), names)| {
            let text = config.terms.iter().find(|text| text.kind == kind.word() && text.slug == slug.as_str());
            // The most frequent spelling; among equals the first in the alphabet.
            let usual = names.into_iter().max_by(|a, b| a.1.count.cmp(&b.1.count).then_with(|| b.0.cmp(&a.0)));
            let name = text.and_then(|text| text.name.clone()).or(usual.map(|(name, _)| name)).unwrap_or_default();
            let (wanted, pattern) = page_pattern(config, kind);
            let permalink = wanted.then(|| base.join(&pattern.fill(|_| slug.as_str().into())));
            let description = text.and_then(|text| text.description.clone()).unwrap_or_default();
            Term { kind, name, slug, description, permalink }
        })
        .collect();
    terms.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| a.name.to_lowercase().cmp(&b.name.to_lowercase())));
    let by_slug: HashMap<(TermKind, Slug), TermId> =
        terms.iter().enumerate().map(|(index, term)| ((term.kind, term.slug.clone()), TermId(index))).collect();
    let mut by_word: HashMap<TermKind, HashMap<String, TermId>> = HashMap::new();
    for (kind, word, slug) in words {
        if let Some(id) = by_slug.get(&(kind, slug)) {
            by_word.entry(kind).or_default().insert(word, *id);
        }
    }
    Terms { terms, by_slug, by_word, named }
}

fn page_pattern(config: &Config, kind: TermKind) -> (bool, &Pattern) {
    match kind {
        TermKind::Category => (config.outputs.categories, &config.permalinks.category),
        TermKind::Tag => (config.outputs.tags, &config.permalinks.tag),
        TermKind::Series => (config.outputs.series, &config.permalinks.series),
    }
}

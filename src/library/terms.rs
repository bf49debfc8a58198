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
}

impl Terms {
    /// The terms that these words name, each once, in the order written.
    #[must_use]
    pub fn find(&self, kind: TermKind, words: &[Located<String>]) -> Vec<TermId> {
        let mut found = Vec::with_capacity(words.len());
        for word in words {
            if let Some(slug) = Slug::from_text(&word.value)
                && let Some(id) = self.by_slug.get(&(kind, slug))
                && !found.contains(id)
            {
                found.push(*id);
            }
        }
        found
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
    let mut spellings: BTreeMap<(TermKind, Slug), BTreeMap<String, usize>> = BTreeMap::new();
    for document in documents {
        let front = &document.front;
        let words = front
            .categories
            .iter()
            .map(|word| (TermKind::Category, word))
            .chain(front.tags.iter().map(|word| (TermKind::Tag, word)))
            .chain(front.series.iter().map(|word| (TermKind::Series, word)));
        for (kind, word) in words {
            match Slug::from_text(&word.value) {
                Some(slug) => {
                    *spellings.entry((kind, slug)).or_default().entry(word.value.clone()).or_default() += 1;
                }
                None => {
                    let message = format!("the {} `{}` has neither letter nor digit", kind.word(), word.value);
                    let source = document.body.source().unwrap_or_else(|_| config.source.clone());
                    report.push(Diagnostic::error("bad-term", message).at(&source, word.span.clone()));
                }
            }
        }
    }
    let mut terms: Vec<Term> = spellings
        .into_iter()
        .map(|((kind, slug), names)| {
            let text = config.terms.iter().find(|text| text.kind == kind.word() && text.slug == slug.as_str());
            // The most frequent spelling; among equals the first in the alphabet.
            let usual = names.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
            let name = text.and_then(|text| text.name.clone()).or(usual.map(|(name, _)| name)).unwrap_or_default();
            let (wanted, pattern) = page_pattern(config, kind);
            let permalink = wanted.then(|| base.join(&pattern.fill(|_| slug.as_str().into())));
            let description = text.and_then(|text| text.description.clone()).unwrap_or_default();
            Term { kind, name, slug, description, permalink, posts: Vec::new() }
        })
        .collect();
    terms.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| a.name.to_lowercase().cmp(&b.name.to_lowercase())));
    let by_slug =
        terms.iter().enumerate().map(|(index, term)| ((term.kind, term.slug.clone()), TermId(index))).collect();
    Terms { terms, by_slug }
}

fn page_pattern(config: &Config, kind: TermKind) -> (bool, &Pattern) {
    match kind {
        TermKind::Category => (config.outputs.categories, &config.permalinks.category),
        TermKind::Tag => (config.outputs.tags, &config.permalinks.tag),
        TermKind::Series => (config.outputs.series, &config.permalinks.series),
    }
}

//! Authors: profiles, and plain names without one.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use crate::config::site::Config;
use crate::content::document::Author as Profile;
use crate::content::document::Document;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::library::model::Author;
use crate::library::model::AuthorId;
use crate::value::slug::Slug;
use crate::value::url::SiteUrl;

/// The authors, and the way from what posts say to them.
#[derive(Debug, Default)]
pub struct Authors {
    /// By name.
    pub authors: Vec<Author>,
    /// By id, by name in lower case, and by the slug of the name.
    by_word: HashMap<String, AuthorId>,
}

impl Authors {
    /// The authors that these words name, each once, in the order written.
    #[must_use]
    pub fn find(&self, words: &[Located<String>]) -> Vec<AuthorId> {
        let mut found = Vec::with_capacity(words.len());
        for word in words {
            if let Some(id) = self.get(&word.value)
                && !found.contains(&id)
            {
                found.push(id);
            }
        }
        found
    }

    fn get(&self, word: &str) -> Option<AuthorId> {
        if let Some(id) = self.by_word.get(word) {
            return Some(*id);
        }
        self.by_word.get(Slug::from_text(word)?.as_str()).copied()
    }
}

/// Gathers authors from profiles and from the shown documents. A name that is a letter away from a profile's is a warning: it makes a second person.
#[must_use]
pub fn gather<'a>(
    config: &Config,
    base: &SiteUrl,
    profiles: Vec<Arc<Profile>>,
    documents: impl Iterator<Item = &'a Document>,
    report: &mut Report,
) -> Authors {
    let permalink =
        |id: &Slug| config.outputs.authors.then(|| base.join(&config.permalinks.author.fill(|_| id.as_str().into())));
    let mut authors: BTreeMap<Slug, Author> = BTreeMap::new();
    // Words that mean a profile: its id, its name.
    let mut words: BTreeMap<String, Slug> = BTreeMap::new();
    for profile in profiles {
        let Some(id) = Slug::from_text(&profile.id) else { continue };
        words.insert(profile.id.clone(), id.clone());
        words.insert(profile.profile.name.value.to_lowercase(), id.clone());
        if let Some(slug) = Slug::from_text(&profile.profile.name.value) {
            words.entry(slug.as_str().to_owned()).or_insert_with(|| id.clone());
        }
        let facts = &profile.profile;
        let author = Author {
            name: facts.name.value.clone(),
            role: facts.role.as_ref().map(|role| role.value.clone()),
            photo: None,
            links: facts.links.iter().map(|link| (link.label.value.clone(), link.url.value.clone())).collect(),
            permalink: permalink(&id),
            resolved: Vec::new(),
            profile: Some(profile),
            id: id.clone(),
        };
        authors.insert(id, author);
    }
    let profile_words: Vec<String> = words.keys().cloned().collect();
    // Words that have made an author already, without a complaint.
    let mut plain: HashSet<&'a str> = HashSet::new();
    for document in documents {
        for word in &document.front.authors {
            if plain.contains(&*word.value) {
                continue;
            }
            let lower = word.value.to_lowercase();
            let Some(slug) = Slug::from_text(&word.value) else {
                let message = format!("the author `{}` has neither letter nor digit", word.value);
                let source = document.body.source().unwrap_or_else(|_| config.source.clone());
                report.push(Diagnostic::error("bad-author", message).at(&source, word.span.clone()));
                continue;
            };
            if words.contains_key(&word.value) || words.contains_key(&lower) || words.contains_key(slug.as_str()) {
                plain.insert(&word.value);
                continue;
            }
            if let Some(near) = profile_words.iter().find(|known| strsim::osa_distance(known, &lower) == 1) {
                let message = format!("the author `{}` has no profile, but `{near}` has", word.value);
                let source = document.body.source().unwrap_or_else(|_| config.source.clone());
                let hint = format!("did you mean `{near}`? A name without a profile is fine otherwise");
                report.push(Diagnostic::warning("unknown-author", message).at(&source, word.span.clone()).hint(hint));
            } else {
                plain.insert(&word.value);
            }
            authors.entry(slug.clone()).or_insert_with(|| Author {
                name: word.value.clone(),
                profile: None,
                role: None,
                photo: None,
                links: Vec::new(),
                permalink: permalink(&slug),
                resolved: Vec::new(),
                id: slug,
            });
        }
    }
    let mut list: Vec<Author> = authors.into_values().collect();
    list.sort_by(|a, b| a.name.to_lowercase().cmp(&b.name.to_lowercase()).then_with(|| a.id.cmp(&b.id)));
    let mut by_word = HashMap::new();
    let index: HashMap<Slug, AuthorId> =
        list.iter().enumerate().map(|(index, author)| (author.id.clone(), AuthorId(index))).collect();
    for (word, id) in words {
        by_word.insert(word, index[&id]);
    }
    for author in &list {
        by_word.entry(author.id.as_str().to_owned()).or_insert(index[&author.id]);
        by_word.entry(author.name.clone()).or_insert(index[&author.id]);
    }
    Authors { authors: list, by_word }
}

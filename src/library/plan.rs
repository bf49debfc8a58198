//! The plan: everything that will be published, each at its address. Two things at one address are an error.

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::config::site::Config;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::library::address::Address;
use crate::library::address::FeedOf;
use crate::library::address::Target;
use crate::library::address::archive_path;
use crate::library::address::authors_path;
use crate::library::address::below;
use crate::library::address::feeds_of;
use crate::library::address::page_count;
use crate::library::address::page_path;
use crate::library::address::terms_path;
use crate::library::collision;
use crate::library::collision::slash_apart;
use crate::library::issue::NewsletterId;
use crate::library::model::AssetId;
use crate::library::model::AuthorId;
use crate::library::model::CollectionId;
use crate::library::model::Library;
use crate::library::model::PostId;
use crate::library::model::TermId;
use crate::library::model::TermKind;
use crate::value::url::Permalink;

/// Bytes that a file's name may have on the usual file systems.
const LONGEST_NAME: usize = 255;

/// Plans all addresses. What collides is reported with both its sources.
pub fn plan(config: &Config, library: &Library, aliases: &[(PostId, String)], report: &mut Report) -> Vec<Address> {
    let mut plan = Plan { library, config, taken: HashMap::new(), folders: HashMap::new(), addresses: Vec::new() };
    for (index, asset) in library.assets.iter().enumerate() {
        if asset.copied {
            plan.add(asset.permalink.clone(), Target::Asset(AssetId(index)), report);
        }
    }
    for (index, post) in library.posts.iter().enumerate() {
        if post.shown {
            plan.add(post.permalink.clone(), Target::Post(PostId(index)), report);
        }
    }
    plan.lists(report);
    plan.issues(report);
    plan.feeds(report);
    plan.singles(report);
    for (post, path) in aliases {
        if library.post(*post).shown {
            plan.add(library.base.join(path), Target::Alias(*post), report);
        }
    }
    let mut addresses = plan.addresses;
    addresses.par_sort_by(|a, b| a.permalink.cmp(&b.permalink));
    addresses
}

struct Plan<'a> {
    library: &'a Library,
    config: &'a Config,
    /// By output file in lower case: many hosts and disks do not tell cases apart.
    taken: HashMap<String, usize>,
    /// Every folder above a taken file, with the first such file: a file and a folder cannot have one name.
    folders: HashMap<String, usize>,
    addresses: Vec<Address>,
}

impl Plan<'_> {
    fn add(&mut self, permalink: Permalink, target: Target, report: &mut Report) {
        let address = Address { permalink, target };
        let key = address.file().to_lowercase();
        if let Some(long) = key.split('/').find(|part| part.len() > LONGEST_NAME) {
            let message = format!(
                "a part of the address of {} has {} bytes",
                collision::describe(self.library, &address.target),
                long.len()
            );
            let mut diagnostic = Diagnostic::error("long-address", message);
            if let Some((source, span)) =
                collision::place(self.config, self.library, &address.target, &address.permalink)
            {
                diagnostic = diagnostic.at(&source, span);
            }
            report
                .push(diagnostic.hint(format!("file systems allow {LONGEST_NAME}: give it a shorter `slug` or `url`")));
            return;
        }
        let above = || key.match_indices('/').map(|(slash, _)| &key[..slash]);
        let in_the_way = self.folders.get(&key).or_else(|| above().find_map(|folder| self.taken.get(folder)));
        // `/walk` and `/walk/` are one address to a host.
        let twin = match key.strip_suffix("/index.html") {
            Some(folder) => format!("{folder}.html"),
            None => key.strip_suffix(".html").map_or_else(String::new, |bare| format!("{bare}/index.html")),
        };
        let twin = self
            .taken
            .get(&twin)
            .filter(|other| slash_apart(address.permalink.path(), self.addresses[**other].permalink.path()));
        if let Some(other) = self.taken.get(&key).or(in_the_way).or(twin) {
            let first = &self.addresses[*other];
            // A user's own file stands in for what the program would make: robots.txt, feeds, sitemap.
            if matches!(first.target, Target::Asset(_)) && self.gives_way(&address.target) {
                return;
            }
            report.push(collision::collision(self.config, self.library, &address, first));
            return;
        }
        let index = self.addresses.len();
        for folder in above() {
            if !self.folders.contains_key(folder) {
                self.folders.insert(folder.to_owned(), index);
            }
        }
        self.taken.insert(key, index);
        self.addresses.push(address);
    }

    fn gives_way(&self, target: &Target) -> bool {
        matches!(target, Target::Robots | Target::Redirects | Target::NotFound | Target::Sitemap)
    }

    fn lists(&mut self, report: &mut Report) {
        let base = &self.library.base;
        self.add(base.join(""), Target::Home, report);
        let size = self.config.page_size;
        for (index, collection) in self.library.collections.iter().enumerate() {
            let first = below(&collection.permalink);
            for number in 1..=page_count(self.library.collection_posts[index].len(), size) {
                self.add(base.join(&page_path(&first, number)), Target::List(CollectionId(index), number), report);
            }
        }
        for kind in TermKind::ALL {
            if let Some(path) = terms_path(self.config, kind)
                && self.library.terms.iter().any(|term| term.kind == kind)
            {
                self.add(base.join(&path), Target::Terms(kind), report);
            }
        }
        for (index, term) in self.library.terms.iter().enumerate() {
            let Some(permalink) = &term.permalink else { continue };
            let first = below(permalink);
            for number in 1..=page_count(self.library.term_posts[index].len(), size) {
                self.add(base.join(&page_path(&first, number)), Target::Term(TermId(index), number), report);
            }
        }
        if self.config.outputs.authors {
            if let Some(path) = authors_path(self.config)
                && !self.library.authors.is_empty()
            {
                self.add(base.join(&path), Target::Authors, report);
            }
            for (index, author) in self.library.authors.iter().enumerate() {
                let Some(permalink) = &author.permalink else { continue };
                let first = below(permalink);
                for number in 1..=page_count(self.library.author_posts[index].len(), size) {
                    self.add(base.join(&page_path(&first, number)), Target::Author(AuthorId(index), number), report);
                }
            }
        }
        if self.config.outputs.archive {
            self.add(base.join(&archive_path(self.config, None)), Target::Archive, report);
            for (year, _) in &self.library.years {
                self.add(base.join(&archive_path(self.config, Some(*year))), Target::ArchiveYear(*year), report);
            }
        }
    }

    /// The archives of newsletters, and the issues that readers can see.
    fn issues(&mut self, report: &mut Report) {
        for (index, newsletter) in self.library.newsletters.iter().enumerate() {
            if !newsletter.has_archive {
                continue;
            }
            self.add(newsletter.permalink.clone(), Target::Issues(NewsletterId(index)), report);
            for id in &newsletter.issues {
                self.add(self.library.issue(*id).permalink.clone(), Target::Issue(*id), report);
            }
        }
    }

    fn feeds(&mut self, report: &mut Report) {
        let mut scopes = vec![FeedOf::Site];
        scopes.extend((0..self.library.collections.len()).map(|index| FeedOf::Collection(CollectionId(index))));
        scopes.extend((0..self.library.terms.len()).map(|index| FeedOf::Term(TermId(index))));
        scopes.extend((0..self.library.authors.len()).map(|index| FeedOf::Author(AuthorId(index))));
        scopes.extend((0..self.library.newsletters.len()).map(|index| FeedOf::Newsletter(NewsletterId(index))));
        for of in scopes {
            for (format, paths) in feeds_of(self.config, self.library, of) {
                for path in paths {
                    self.add(path.permalink, Target::Feed(of, format), report);
                }
            }
        }
        if let Some(podcast) = &self.config.podcast {
            self.add(self.library.base.join(&podcast.path), Target::Podcast, report);
        }
    }

    fn singles(&mut self, report: &mut Report) {
        let outputs = self.config.outputs;
        for (wanted, path, target) in [
            (outputs.not_found, "404.html", Target::NotFound),
            (outputs.sitemap, "sitemap.xml", Target::Sitemap),
            (outputs.robots, "robots.txt", Target::Robots),
            (outputs.redirects, "_redirects", Target::Redirects),
        ] {
            if wanted {
                self.add(self.library.base.join(path), target, report);
            }
        }
    }
}

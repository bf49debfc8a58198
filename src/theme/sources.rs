//! The template files of a chain of themes, under the names that templates call each other by.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::theme::chain;
use crate::theme::chain::Link;
use crate::theme::scan;
use crate::theme::scan::Mention;
use crate::theme::scan::Scan;

/// What a reader gets; each has its own set of templates and components.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// Pages of the site: everything but `mail/` and `feed/`.
    Web,
    /// Pages of the newsletter service, which has no library: `web/service/` and what it reaches, nothing else, so that a function which only other
    /// pages call may be missing.
    Service,
    /// Articles in feeds: `feed/` and the components.
    Feed,
    /// Issues and notices: `mail/` and the components.
    Mail,
}

impl Edition {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Service => "service",
            Self::Feed => "feed",
            Self::Mail => "mail",
        }
    }
}

/// One template file.
#[derive(Clone, Debug)]
pub(in crate::theme) struct Template {
    /// Its text, and its name in messages.
    pub source: Source,
    /// What it names.
    pub scan: Scan,
    /// The hash of its text.
    pub hash: [u8; 32],
}

/// The templates of a chain. Each is registered as `<theme>/<path below templates/>`; a name without a theme is looked up in the nearest theme first.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Theme names, nearest first.
    pub(in crate::theme) themes: Vec<String>,
    pub(in crate::theme) templates: BTreeMap<String, Template>,
}

/// The templates that one edition needs, with the order in which names are looked up.
pub(in crate::theme) struct Selection<'a> {
    /// Templates by registered name.
    pub templates: BTreeMap<&'a str, &'a Template>,
    /// What to put before a name that is not registered itself, in this order. Components of earlier prefixes replace those of later ones.
    pub prefixes: Vec<String>,
    /// Component name to the registered name of the template that defines it.
    pub homes: BTreeMap<&'a str, &'a str>,
    /// Components with two definitions of the same rank: registered names of the first and the second template.
    pub doubles: Vec<(&'a str, &'a str, &'a str)>,
}

/// Reads every template of the chain.
pub(in crate::theme) fn read(chain: &[Link]) -> (Sources, Report) {
    let mut sources = Sources { themes: chain.iter().map(|link| link.id.clone()).collect(), ..Sources::default() };
    let mut report = Report::new();
    for link in chain {
        for file in link.files.below("templates") {
            let Some(path) = file.path.below("templates") else { continue };
            match chain::text_of(file) {
                Ok(source) => {
                    let template = Template {
                        scan: scan::scan(source.text()),
                        hash: *blake3::hash(source.text().as_bytes()).as_bytes(),
                        source,
                    };
                    sources.templates.insert(format!("{}/{path}", link.id), template);
                }
                Err(diagnostic) => {
                    report.push(*diagnostic);
                    // The file is there, so nothing else that it is asked for is missing.
                    let source = Source::new(file.name.clone(), "{{ head }}");
                    let template = Template { scan: scan::scan(source.text()), hash: [0; 32], source };
                    sources.templates.insert(format!("{}/{path}", link.id), template);
                }
            }
        }
    }
    (sources, report)
}

impl Edition {
    /// The folder of templates that only this edition has.
    fn folder(self) -> Option<&'static str> {
        match self {
            Self::Web | Self::Service => None,
            Self::Feed => Some("feed"),
            Self::Mail => Some("mail"),
        }
    }

    /// Whether the edition draws the template at `path` even if no other one asks for it.
    fn starts_at(self, path: &str) -> bool {
        self != Self::Service || path.starts_with("web/service/")
    }

    /// Whether the template at `path` is one for this edition.
    fn draws(self, path: &str) -> bool {
        let top = path.split('/').next().unwrap_or_default();
        match self.folder() {
            None => !matches!(top, "mail" | "feed"),
            Some(folder) => top == folder || top == "components",
        }
    }
}

impl Sources {
    /// The path of a registered template below `templates/`.
    pub(in crate::theme) fn path<'a>(&self, registered: &'a str) -> &'a str {
        registered.split_once('/').map_or(registered, |(_, path)| path)
    }

    /// The source of a registered template.
    pub(in crate::theme) fn source(&self, registered: &str) -> Option<&Source> {
        self.templates.get(registered).map(|template| &template.source)
    }

    fn prefixes(&self, edition: Edition) -> Vec<String> {
        // An edition's own components win over the general ones of every theme: what a far theme made fit for mail stays fit for mail.
        let own = edition.folder().map(|folder| format!("{folder}/components/"));
        let own = own.iter().flat_map(|below| self.themes.iter().map(move |theme| format!("{theme}/{below}")));
        own.chain(self.themes.iter().map(|theme| format!("{theme}/"))).collect()
    }

    /// What `edition` needs: its own templates, each from the nearest theme that has it, its components, and whatever these extend and include.
    pub(in crate::theme) fn select(&self, edition: Edition) -> Selection<'_> {
        let mut selection = Selection {
            templates: BTreeMap::new(),
            prefixes: self.prefixes(edition),
            homes: BTreeMap::new(),
            doubles: Vec::new(),
        };
        let paths: BTreeSet<&str> =
            self.templates.keys().map(|name| self.path(name)).filter(|path| edition.draws(path)).collect();
        let nearest = |path: &str| {
            let names = self.themes.iter().map(|theme| format!("{theme}/{path}"));
            names.into_iter().find_map(|name| self.templates.get_key_value(&name).map(|(name, _)| name.as_str()))
        };
        let mut files: Vec<&str> = paths.into_iter().filter_map(nearest).collect();
        // A file whose components are all replaced has nothing left to say in this edition, nor may its mistakes stop it.
        let replaced = self.replaced(&files, &selection.prefixes);
        files.retain(|name| !replaced.contains(name));
        let candidates = files.iter().filter_map(|name| Some((*name, self.templates.get(*name)?)));
        let (homes, _) = component_homes(candidates, &selection.prefixes);
        let mut waiting: Vec<&str> = files.into_iter().filter(|name| edition.starts_at(self.path(name))).collect();
        while let Some(name) = waiting.pop() {
            let Some((name, template)) = self.templates.get_key_value(name) else { continue };
            if selection.templates.insert(name, template).is_some() {
                continue;
            }
            let mentions = template.scan.includes.iter().chain(&template.scan.extends);
            waiting.extend(mentions.filter_map(|mention| self.lookup(&mention.name, &selection.prefixes)));
            waiting.extend(template.scan.components.iter().filter_map(|call| homes.get(call.mention.name.as_str())));
        }
        let templates = selection.templates.iter().map(|(name, template)| (*name, *template));
        (selection.homes, selection.doubles) = component_homes(templates, &selection.prefixes);
        selection
    }

    fn replaced<'a>(&self, names: &[&'a str], prefixes: &[String]) -> BTreeSet<&'a str> {
        let definitions =
            |name: &str| self.templates.get(name).map(|t| t.scan.definitions.as_slice()).unwrap_or_default();
        let mut best: BTreeMap<&str, usize> = BTreeMap::new();
        for name in names {
            for definition in definitions(name) {
                let best = best.entry(&definition.mention.name).or_insert(usize::MAX);
                *best = rank(name, prefixes).min(*best);
            }
        }
        let is_replaced = |name: &&str| {
            let own = rank(name, prefixes);
            let defined = definitions(name);
            self.path(name).contains("components/")
                && !defined.is_empty()
                && defined.iter().all(|definition| best.get(definition.mention.name.as_str()).is_some_and(|b| *b < own))
        };
        names.iter().copied().filter(is_replaced).collect()
    }

    fn lookup<'a>(&'a self, name: &str, prefixes: &[String]) -> Option<&'a str> {
        lookup(name, prefixes, |full| self.templates.get_key_value(full).map(|(name, _)| name.as_str()))
    }
}

impl<'a> Selection<'a> {
    /// The registered name that a template's `extends` or `include` means, by Tera's own rules.
    pub(in crate::theme) fn lookup(&self, name: &str) -> Option<&'a str> {
        lookup(name, &self.prefixes, |full| self.templates.get_key_value(full).map(|(name, _)| *name))
    }

    /// The registered names of a template and of everything that it may reach through literal names, sorted.
    pub(in crate::theme) fn reach(&self, registered: &str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut waiting: Vec<&'a str> =
            self.templates.get_key_value(registered).map(|(name, _)| *name).into_iter().collect();
        while let Some(name) = waiting.pop() {
            let Some(template) = self.templates.get(name) else { continue };
            if reached.insert(name) {
                let files = template.scan.includes.iter().chain(&template.scan.extends);
                waiting.extend(files.filter_map(|mention| self.lookup(&mention.name)));
                waiting.extend(template.scan.components.iter().filter_map(|call| self.home(&call.mention)));
            }
        }
        reached
    }

    fn home(&self, mention: &Mention) -> Option<&'a str> {
        self.homes.get(mention.name.as_str()).copied()
    }
}

/// Component names with their definitions, and the names that one registered template, the one before, and the other define alike.
type Homes<'a> = (BTreeMap<&'a str, &'a str>, Vec<(&'a str, &'a str, &'a str)>);

/// Where each component of these templates is defined: of several definitions the one of the first prefix.
fn component_homes<'a>(templates: impl Iterator<Item = (&'a str, &'a Template)>, prefixes: &[String]) -> Homes<'a> {
    let mut homes: BTreeMap<&str, &str> = BTreeMap::new();
    let mut doubles = Vec::new();
    for (name, template) in templates {
        for definition in &template.scan.definitions {
            let component = definition.mention.name.as_str();
            match homes.get(component) {
                Some(home) if rank(home, prefixes) == rank(name, prefixes) => doubles.push((component, *home, name)),
                Some(home) if rank(home, prefixes) < rank(name, prefixes) => {}
                _ => {
                    homes.insert(component, name);
                }
            }
        }
    }
    (homes, doubles)
}

fn lookup<'a>(name: &str, prefixes: &[String], get: impl Fn(&str) -> Option<&'a str>) -> Option<&'a str> {
    get(name).or_else(|| prefixes.iter().find_map(|prefix| get(&format!("{prefix}{name}"))))
}

fn rank(registered: &str, prefixes: &[String]) -> usize {
    prefixes.iter().position(|prefix| registered.starts_with(prefix.as_str())).unwrap_or(0)
}

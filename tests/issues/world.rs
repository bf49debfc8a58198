//! A site in memory, and an editor who composes, edits and approves.

use std::collections::BTreeMap;

use jiff::Timestamp;
use letterpress::config::read as config_read;
use letterpress::config::site::Config;
use letterpress::config::site::Overrides;
use letterpress::content::document::Direct;
use letterpress::content::frozen;
use letterpress::content::frozen::FrozenPost;
use letterpress::content::frozen::Parts;
use letterpress::content::issue::IssueName;
use letterpress::diagnostic::report::Report;
use letterpress::diagnostic::source::Source;
use letterpress::diagnostic::terminal;
use letterpress::files::tree::FileTree;
use letterpress::library::build;
use letterpress::library::issue::NewsletterId;
use letterpress::library::model::Library;
use letterpress::library::order::Visibility;
use letterpress::theme;
use letterpress::value::clock::Clock;
use letterpress::value::path::SitePath;
use letterpress::workflow::compose::composition;
use letterpress::workflow::compose::composition::Composition;
use letterpress::workflow::compose::composition::Wanted;
use letterpress::workflow::compose::composition::Which;
use letterpress::workflow::compose::days::Days;

/// Files of `content/` by path, the keys of `[newsletters.notes]`, and what time it is.
pub(crate) struct World {
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) keys: String,
    pub(crate) now: Timestamp,
}

impl World {
    pub(crate) fn new(keys: &str, now: &str) -> Self {
        Self { files: BTreeMap::new(), keys: keys.to_owned(), now: now.parse().unwrap() }
    }

    /// Writes a post; `more` are further lines of front matter.
    pub(crate) fn post(&mut self, path: &str, date: &str, more: &str) {
        let title = path.rsplit('/').next().unwrap().trim_end_matches(".md");
        let text = format!("+++\ntitle = \"On {title}\"\ndate = {date}\ndescription = \"x\"\n{more}\n+++\nText.\n");
        self.files.insert(format!("posts/{path}"), text);
    }

    pub(crate) fn config(&self) -> Config {
        let text = format!(
            "title = \"Site\"\nbase_url = \"https://site.example/\"\ntime_zone = \"Europe/Berlin\"\n[newsletters.notes]\nname = \"Notes\"\n{}\n",
            self.keys
        );
        let (config, report) = config_read::read(&Source::new("site.toml", text), &Overrides::default());
        assert!(report.is_empty(), "{:?}", lines(report));
        config.unwrap()
    }

    pub(crate) fn clock(&self) -> Clock {
        Clock::parse(&self.now.to_string()).unwrap()
    }

    /// As Broadside writes them.
    pub(crate) fn days(&self) -> Days {
        Days::by(&theme::words_of("broadside", &FileTree::new()), &self.config())
    }

    pub(crate) fn library(&self) -> (Library, Report) {
        let mut content = FileTree::new();
        for (path, text) in &self.files {
            content.insert_memory(SitePath::parse(path).unwrap(), text.as_bytes());
        }
        build::build(&self.config(), &content, &Direct, &self.clock(), Visibility::default())
    }

    /// Composes and writes what is composed.
    pub(crate) fn compose(&mut self) -> Vec<Composition> {
        self.compose_as(Which::Next, false).unwrap().0
    }

    pub(crate) fn compose_as(
        &mut self,
        which: Which,
        anyway: bool,
    ) -> Result<(Vec<Composition>, Vec<String>), Vec<String>> {
        let (library, report) = self.library();
        assert!(!report.has_errors(), "{:#?}", lines(report));
        let wanted = Wanted { newsletter: NewsletterId(0), which, anyway };
        let (compositions, report) =
            composition::compose(&self.config(), &library, &wanted, (&self.clock(), &self.days())).map_err(lines)?;
        for composition in &compositions {
            let path = composition.path().to_string();
            assert_eq!(composition.is_new, !self.files.contains_key(&path), "nothing is overwritten unseen");
            if let Some(text) = &composition.text {
                self.files.insert(path, text.clone());
            }
        }
        Ok((compositions, lines(report)))
    }

    pub(crate) fn text(&self, folder: &str) -> &str {
        &self.files[&path(folder)]
    }

    pub(crate) fn edit(&mut self, folder: &str, edit: impl FnOnce(&str) -> String) {
        let text = edit(self.text(folder));
        self.files.insert(path(folder), text);
    }

    /// The ids of an issue's posts, in its order.
    pub(crate) fn posts(&self, folder: &str) -> Vec<String> {
        let (library, _) = self.library();
        let name = IssueName { newsletter: "notes".into(), folder: folder.into() };
        let issue = library.issue(library.issue_named(&name).unwrap());
        issue.posts.iter().map(|id| library.post(*id).id.clone()).collect()
    }

    /// Freezes an issue as it is.
    pub(crate) fn approve(&mut self, folder: &str) {
        let (library, report) = self.library();
        assert!(!report.has_errors(), "{:#?}", lines(report));
        let name = IssueName { newsletter: "notes".into(), folder: folder.into() };
        let issue = library.issue(library.issue_named(&name).unwrap());
        let posts = issue.posts.iter().map(|id| library.post(*id)).map(|post| FrozenPost {
            id: post.id.clone(),
            title: post.title.clone(),
            url: post.permalink.url().to_owned(),
        });
        let parts = Parts {
            newsletter: "notes".into(),
            issue: folder.into(),
            number: issue.number().unwrap(),
            date: issue.date.timestamp(),
            occurrence: issue.occurrence().map(str::to_owned),
            subject: issue.subject().to_owned(),
            preheader: String::new(),
            source: self.text(folder).to_owned(),
            posts: posts.collect(),
            links: Vec::new(),
            mail_html: "x".into(),
            mail_text: "x".into(),
            page: "x".into(),
            images: Vec::new(),
        };
        for (name, bytes) in frozen::freeze(parts).unwrap().1 {
            self.files.insert(format!("issues/notes/{folder}/frozen/{name}"), String::from_utf8(bytes).unwrap());
        }
    }
}

pub(crate) fn path(folder: &str) -> String {
    format!("issues/notes/{folder}/index.md")
}

pub(crate) fn lines(report: Report) -> Vec<String> {
    report.into_sorted().iter().map(terminal::short).collect()
}

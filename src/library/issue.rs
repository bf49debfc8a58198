//! Newsletters and their issues, as the library has them.

use std::sync::Arc;

use jiff::Zoned;
use jiff::civil;

use crate::content::frozen;
use crate::content::frozen::Manifest;
use crate::content::issue::Issue as IssueText;
use crate::content::issue::IssueName;
use crate::files::read::ReadError;
use crate::files::tree::File;
use crate::library::model::PostId;
use crate::value::url::Permalink;

/// Index into [`crate::library::model::Library::newsletters`], and into those of `site.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NewsletterId(pub usize);

/// Index into [`crate::library::model::Library::issues`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssueId(pub usize);

/// A newsletter and its archive.
#[derive(Debug)]
pub struct Newsletter {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What comes how often; may be empty.
    pub promise: String,
    /// Where its archive is.
    pub permalink: Permalink,
    /// The issues that are shown, newest first.
    pub issues: Vec<IssueId>,
    /// Whether there is an archive: from the first issue on, and before it where `site.toml` declares the newsletter, so that the site can link there from its first day.
    pub has_archive: bool,
}

/// How far an issue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueState {
    /// It can be edited.
    Draft,
    /// It is frozen: sent, or to be sent.
    Approved,
    /// It will not be sent.
    Cancelled,
}

impl IssueState {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One number of a newsletter.
#[derive(Debug)]
pub struct Issue {
    /// Its newsletter and its folder.
    pub name: IssueName,
    /// Its newsletter.
    pub newsletter: NewsletterId,
    /// The day in its folder's name.
    pub day: civil::Date,
    /// Its text; always there but where an approved one has lost it, which is an error.
    pub text: Option<Arc<IssueText>>,
    /// What was approved.
    pub frozen: Option<Frozen>,
    /// How far it is.
    pub state: IssueState,
    /// When it comes, or came.
    pub date: Zoned,
    /// Whether it has a page in this build.
    pub shown: bool,
    /// Where its page is, or will be.
    pub permalink: Permalink,
    /// Its posts, in their order, as far as they are there.
    pub posts: Vec<PostId>,
    /// The shown issue before it.
    pub previous: Option<IssueId>,
    /// The shown issue after it.
    pub next: Option<IssueId>,
}

impl Issue {
    /// Its number, where it has one.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        if let Some(frozen) = &self.frozen {
            return Some(frozen.manifest.number);
        }
        u32::try_from(self.text.as_ref()?.front.number.as_ref()?.value).ok()
    }

    /// Its subject; empty where it has none, which is an error.
    #[must_use]
    pub fn subject(&self) -> &str {
        match (&self.frozen, &self.text) {
            (Some(frozen), _) => &frozen.manifest.subject,
            (None, Some(text)) => &text.front.subject.value,
            (None, None) => "",
        }
    }

    /// What mail programs show after the subject; may be empty.
    #[must_use]
    pub fn preheader(&self) -> &str {
        match (&self.frozen, &self.text) {
            (Some(frozen), _) => &frozen.manifest.preheader,
            (None, text) => text.as_ref().and_then(|text| text.front.preheader.as_ref()).map_or("", |text| &text.value),
        }
    }

    /// The key of the occurrence that it was made for.
    #[must_use]
    pub fn occurrence(&self) -> Option<&str> {
        match (&self.frozen, &self.text) {
            (Some(frozen), _) => frozen.manifest.occurrence.as_deref(),
            (None, text) => text.as_ref()?.front.occurrence.as_ref().map(|key| &*key.value),
        }
    }
}

/// The files of an approved issue.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// What they are.
    pub manifest: Arc<Manifest>,
    /// Where that is written.
    pub manifest_file: File,
    /// The files that the manifest names, by their names there.
    pub files: Vec<(String, File)>,
}

impl Frozen {
    /// The file of that name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|(known, _)| known == name).map(|(_, file)| file)
    }

    /// What the issue's page shows: HTML.
    ///
    /// # Errors
    /// [`ReadError`] where the disk refuses.
    pub fn page(&self) -> Result<String, ReadError> {
        let Some(file) = self.file(frozen::PAGE) else { return Ok(String::new()) };
        Ok(String::from_utf8_lossy(&file.bytes()?).into_owned())
    }
}

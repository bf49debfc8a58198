//! The posts that issues name: those of a draft as its editor calls them, those of an approved one by the ids that were frozen.

use std::collections::HashMap;

use jiff::Zoned;

use crate::config::newsletter::Newsletter as Settings;
use crate::content::issue::Issue as Text;
use crate::content::issue::IssueName;
use crate::content::issue::Mention;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::diagnostic::suggest;
use crate::library::issue::Frozen;
use crate::library::model::Library;
use crate::library::model::Post;
use crate::library::model::PostId;
use crate::library::posts;

/// The code of the warning on a post that a draft names and that is not there.
pub const UNKNOWN: &str = "unknown-post";

/// The post among those of an issue that one of its lines means.
#[must_use]
pub fn meant(library: &Library, among: &[PostId], written: &str) -> Option<PostId> {
    let by_id = |id: &str| among.iter().find(|known| library.post(**known).id == id).copied();
    let by_path = |path: &str| among.iter().find(|known| own_path(library.post(**known)) == path).copied();
    either(written, by_id, by_path)
}

/// An editor means a post by its id, else by its file: below `content/` or from the site's folder, as commands print it, with its ending or without.
fn either<T>(
    written: &str,
    by_id: impl FnOnce(&str) -> Option<T>,
    by_path: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let path = written.trim_start_matches('/');
    let path = path.strip_prefix("content/").unwrap_or(path);
    by_id(written).or_else(|| by_path(posts::bare_path(path)))
}

fn own_path(post: &Post) -> &str {
    posts::bare_path(post.document.body.file.path.as_str())
}

/// How posts are found by what issues call them.
pub(in crate::library) struct Index<'a> {
    posts: &'a [Post],
    by_id: HashMap<&'a str, PostId>,
    by_path: HashMap<&'a str, PostId>,
}

impl<'a> Index<'a> {
    pub(in crate::library) fn new(posts: &'a [Post]) -> Self {
        let dated = || posts.iter().enumerate().filter(|(_, post)| post.collection.is_some());
        Self {
            posts,
            by_id: dated().map(|(index, post)| (&*post.id, PostId(index))).collect(),
            by_path: dated().map(|(index, post)| (own_path(post), PostId(index))).collect(),
        }
    }

    /// The post that an editor means.
    pub(in crate::library) fn find(&self, written: &str) -> Option<PostId> {
        either(written, |id| self.by_id.get(id).copied(), |path| self.by_path.get(path).copied())
    }

    /// When a post was published, in the site's zone.
    pub(in crate::library) fn date(&self, id: PostId) -> Option<&Zoned> {
        self.posts.get(id.0)?.date.as_ref()
    }

    fn nearest(&self, written: &str) -> Option<&'a str> {
        let ids = || self.posts.iter().filter(|post| post.collection.is_some()).map(|post| &*post.id);
        suggest::nearest_path(written, ids()).or_else(|| suggest::nearest(written, ids()))
    }
}

/// The posts of a draft. One that is not there is a warning, because of a draft nothing is published; whoever approves or composes makes an error of it.
pub(in crate::library) fn named(text: &Text, index: &Index<'_>, report: &mut Report) -> Vec<PostId> {
    let mut found: Vec<(PostId, &Mention)> = Vec::with_capacity(text.posts.len());
    for mention in &text.posts {
        let Some(id) = index.find(&mention.id.value) else {
            let hint = index.nearest(&mention.id.value).map(|near| format!("did you mean `{near}`?"));
            let hint = hint.unwrap_or_else(|| {
                "write a post's id, or its file below content/; `letterpress list --format json` names them".into()
            });
            report.push(unknown(text, mention).hint(hint));
            continue;
        };
        if let Some((_, first)) = found.iter().find(|(known, _)| *known == id)
            && let Ok(source) = text.body.source()
        {
            let message =
                format!("`{}` is the post that stands in this issue as `{}` already", mention.id.value, first.id.value);
            let diagnostic = Diagnostic::error("same-post", message).at(&source, mention.id.span.clone());
            report.push(diagnostic.also(&source, first.id.span.clone(), "the first time").hint("take one of them out"));
            continue;
        }
        found.push((id, mention));
    }
    found.into_iter().map(|(id, _)| id).collect()
}

/// A post that is not there, as a warning.
#[must_use]
pub fn unknown(text: &Text, mention: &Mention) -> Diagnostic {
    let diagnostic = Diagnostic::warning(UNKNOWN, format!("there is no post `{}`", mention.id.value));
    match text.body.source() {
        Ok(source) => diagnostic.at(&source, mention.id.span.clone()),
        Err(_) => diagnostic,
    }
}

/// The posts of an approved issue that are still there. One that is not would be sent again under its new name, so it is an error, unless it is said to be gone.
pub(in crate::library) fn frozen(
    name: &IssueName,
    frozen: &Frozen,
    settings: &Settings,
    index: &Index<'_>,
    report: &mut Report,
) -> Vec<PostId> {
    let mut found = Vec::with_capacity(frozen.manifest.posts.len());
    for post in &frozen.manifest.posts {
        if let Some(id) = index.by_id.get(&*post.id) {
            found.push(*id);
            continue;
        }
        if settings.issues.gone.contains(&post.id) {
            continue;
        }
        let message = format!("the post `{}` of the issue {name} has vanished: “{}”", post.id, post.title);
        let mut diagnostic = Diagnostic::error("vanished-post", message);
        if let Ok(bytes) = frozen.manifest_file.bytes() {
            let source = Source::new(frozen.manifest_file.name.clone(), String::from_utf8_lossy(&bytes));
            let written = serde_json::to_string(&post.id).unwrap_or_default();
            let at = source.text().find(&written).unwrap_or(0);
            diagnostic = diagnostic.at(&source, at..at + written.len());
        }
        let same_title = index.posts.iter().find(|known| known.collection.is_some() && known.title == post.title);
        let renamed = same_title.map(|known| &*known.id).or_else(|| index.nearest(&post.id));
        if let Some(renamed) = renamed {
            diagnostic = diagnostic.hint(format!(
                "if `{renamed}` is its new name, give that post its old id, so that no issue has it again: id = \"{}\"",
                post.id
            ));
        }
        let table = format!("[newsletters.{}]", settings.id);
        diagnostic = diagnostic
            .hint(format!("if it was deleted on purpose, say so in site.toml: {table} with gone = [\"{}\"]", post.id))
            .hint(format!("if the issue was not sent yet, it can be edited again: letterpress issue reopen {name}"));
        report.push(diagnostic);
    }
    found
}

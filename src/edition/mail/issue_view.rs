//! An issue as its templates see it: `docs/themes.md` says it field by field. In the templates of the plain-text part the same fields are plain text.

use serde::Serialize;
use tera::Value;

use crate::edition::image::ImageView;
use crate::edition::mail::issue::Detail;
use crate::edition::view::DateView;

/// The issue.
#[derive(Debug, Serialize)]
pub(in crate::edition::mail) struct IssueView<'a> {
    /// The subject.
    pub(in crate::edition::mail) title: &'a str,
    /// The mail's first heading: the subject, or the newsletter's name where the subject ends with the title that stands right below.
    pub(in crate::edition::mail) heading: &'a str,
    /// `ltr` or `rtl`, by the site's language.
    pub(in crate::edition::mail) direction: &'static str,
    /// What mail programs show after it; may be empty.
    pub(in crate::edition::mail) preheader: &'a str,
    /// What stands behind the preheader, unseen, so that inboxes show nothing else of the mail; empty where there is no preheader.
    pub(in crate::edition::mail) filler: String,
    /// Its number.
    pub(in crate::edition::mail) number: Option<u32>,
    /// When it comes.
    pub(in crate::edition::mail) date: DateView,
    /// Its page.
    pub(in crate::edition::mail) url: &'a str,
    /// `digest` or `letter`.
    pub(in crate::edition::mail) shape: &'static str,
    /// `full`, `brief` or `titles`: how much is said of posts.
    pub(in crate::edition::mail) detail: &'static str,
    /// What the editor wrote before the posts; may be empty.
    pub(in crate::edition::mail) intro: Value,
    /// The first post.
    pub(in crate::edition::mail) lead: Option<PostView<'a>>,
    /// The others.
    pub(in crate::edition::mail) groups: Vec<Group<'a>>,
    /// What the editor wrote behind the posts; may be empty.
    pub(in crate::edition::mail) outro: Value,
    /// In plain text: the numbered addresses of what the editor wrote; may be empty.
    pub(in crate::edition::mail) links: Value,
}

/// Posts that stand together.
#[derive(Debug, Serialize)]
pub(in crate::edition::mail) struct Group<'a> {
    /// The category that they have in common, where an issue is long; of those without one, a word of the theme.
    pub(in crate::edition::mail) title: Option<&'a str>,
    /// What the editor wrote before them; may be empty.
    pub(in crate::edition::mail) text: Value,
    /// The posts.
    pub(in crate::edition::mail) posts: Vec<PostView<'a>>,
}

/// A post of an issue.
#[derive(Debug, Serialize)]
pub(in crate::edition::mail) struct PostView<'a> {
    /// Id.
    pub(in crate::edition::mail) id: &'a str,
    /// Title.
    pub(in crate::edition::mail) title: &'a str,
    /// Where it is; on the issue's page from the host's root.
    pub(in crate::edition::mail) url: String,
    /// When it was published.
    pub(in crate::edition::mail) date: Option<DateView>,
    /// Names.
    pub(in crate::edition::mail) authors: Vec<&'a str>,
    /// The first of its categories.
    pub(in crate::edition::mail) category: Option<&'a str>,
    /// Minutes.
    pub(in crate::edition::mail) reading_time: usize,
    /// Lead image.
    pub(in crate::edition::mail) image: Option<ImageView>,
    /// Whether there is a recording.
    pub(in crate::edition::mail) has_audio: bool,
    /// BCP 47.
    pub(in crate::edition::mail) language: &'a str,
    /// `ltr` or `rtl`, by its language.
    pub(in crate::edition::mail) direction: &'static str,
    /// What the issue says of it: its own words, else the post's blurb, else its description, else its first words; may be empty.
    pub(in crate::edition::mail) text: Value,
    /// In the first post of a letter: the whole article, or its summary where the mail would be too heavy.
    pub(in crate::edition::mail) content: Value,
    /// Whether `content` is the whole article.
    pub(in crate::edition::mail) whole: bool,
    /// In plain text: the numbered addresses of `content`.
    pub(in crate::edition::mail) links: Value,
    /// The front matter's `extra`.
    pub(in crate::edition::mail) extra: Value,
}

/// As many cards make an issue long: then they stand by category.
const LONG: usize = 8;

/// Puts posts in groups. Where the editor wrote something before a post, a group begins; where they wrote nothing at all and posts are many, they stand by category if they `may`, in the
/// order in which the categories come; those without one come last, under the heading `rest`.
pub(in crate::edition::mail) fn groups<'a>(
    posts: Vec<(Value, PostView<'a>)>,
    may: bool,
    rest: &'a str,
) -> Vec<Group<'a>> {
    let is_edited = posts.iter().any(|(before, _)| has_text(before));
    let first = posts.first().and_then(|(_, post)| post.category);
    let is_mixed = posts.iter().any(|(_, post)| post.category != first);
    let by_category = may && !is_edited && is_mixed && posts.len() >= LONG;
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (text, post) in posts {
        let title = post.category.filter(|_| by_category);
        let same = match groups.last_mut() {
            _ if by_category => groups.iter_mut().find(|group| group.title == title),
            last if !has_text(&text) => last,
            _ => None,
        };
        match same {
            Some(group) => group.posts.push(post),
            None => groups.push(Group { title, text, posts: vec![post] }),
        }
    }
    if by_category {
        // Stable: only those without a title move.
        groups.sort_by_key(|group| group.title.is_none());
        if let Some(last) = groups.last_mut() {
            last.title.get_or_insert(rest);
        }
    }
    groups
}

/// Characters of a mail that inboxes show behind its subject, at most.
const INBOX: usize = 140;

/// Spaces of which no two are taken for one, as many as are wanted behind a preheader.
pub(in crate::edition::mail) fn filler(preheader: &str) -> String {
    let missing = if preheader.is_empty() { 0 } else { INBOX.saturating_sub(preheader.chars().count()) };
    "\u{2007}\u{34f}".repeat(missing)
}

fn has_text(text: &Value) -> bool {
    text.as_str().is_some_and(|text| !text.is_empty())
}

impl Detail {
    /// The word that templates see.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Brief => "brief",
            Self::Titles => "titles",
        }
    }
}

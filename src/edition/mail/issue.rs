//! Issues of newsletters: what the editor wrote, and posts, drawn by the theme as a mail with its plain text, and as what the issue's page on the site shows.

use jiff::Zoned;

use crate::config::issues::Shape;
use crate::config::newsletter::Newsletter;
use crate::content::issue::Issue;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::catalogue::Catalogue;
use crate::edition::mail::MailText;
use crate::edition::mail::desk::Desk;
use crate::edition::mail::press::MailPress;
use crate::edition::mail::settle::Facts;
use crate::edition::mail::settle::IssueImage;
use crate::edition::mail::weight::LIMIT;
use crate::library::model::PostId;
use crate::value::url::Permalink;

/// An issue to be drawn.
#[derive(Clone, Copy)]
pub struct IssueDraft<'a> {
    /// Its newsletter.
    pub newsletter: &'a Newsletter,
    /// What its editor wrote.
    pub text: &'a Issue,
    /// The posts that the text names, as far as they are there. Of one that is not here nothing is shown.
    pub posts: &'a [PostId],
    /// Its number.
    pub number: Option<u32>,
    /// When it comes.
    pub date: &'a Zoned,
    /// Where its page is.
    pub permalink: &'a Permalink,
    /// What image files are that no page of the site shows: for pictures of the issue alone.
    pub facts: &'a Facts<'a>,
    /// How much to say of posts; without it as much as there is room for.
    pub detail: Option<Detail>,
}

/// How much an issue says of its posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Everything.
    Full,
    /// Cards without pictures, their texts cut; of a letter's article the summary.
    Brief,
    /// Of cards the titles alone, unless the editor wrote something of them.
    Titles,
}

/// An issue drawn: everything that is frozen when it is approved.
#[derive(Clone, Debug)]
pub struct IssueMail {
    /// The mail; where its links differ from reader to reader there are stand-ins ([`crate::newsletter::reader_link`]).
    pub mail: MailText,
    /// What mail programs show after the subject; may be empty.
    pub preheader: String,
    /// What the issue's page shows: HTML without the page around it.
    pub page: String,
    /// The posts, in the order of the text.
    pub posts: Vec<PostId>,
    /// The addresses that the mail links to, each once, in their order; those of readers left out.
    pub links: Vec<String>,
    /// The pictures of mail and page, by name: they are at `images/<name>` below the page.
    pub images: Vec<IssueImage>,
    /// How much is said of posts.
    pub detail: Detail,
    /// Octets of the HTML part that each post takes, about; as long as `posts`.
    pub weights: Vec<usize>,
    /// Warnings.
    pub report: Report,
}

impl MailPress {
    /// Draws an issue. `web` is what the site's pages are made from, and must have been entered ([`crate::edition::publication::Publication::enter`]).
    ///
    /// Where nothing is said of its detail and the HTML part would be heavier than [`LIMIT`], cards are shortened; what is too heavy even so is drawn, with a warning that says which part weighs most.
    ///
    /// # Errors
    /// Everything that is wrong: broken links and unknown components of the text, pictures that cannot be read, mistakes in templates.
    pub fn issue(&self, web: &Catalogue, draft: &IssueDraft<'_>) -> Result<IssueMail, Report> {
        // The functions of templates look into one site at a time.
        let _one = self.drawing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let desk = Desk::new(self, web, draft);
        let (first, rest): (_, &[Detail]) = match draft.detail {
            Some(detail) => (detail, &[]),
            None => (Detail::Full, &[Detail::Brief, Detail::Titles]),
        };
        let mut drawn = desk.draw(first)?;
        let whole = drawn.mail.html_octets();
        let mut octets = whole;
        for detail in rest {
            if octets <= LIMIT {
                break;
            }
            drawn = desk.draw(*detail)?;
            octets = drawn.mail.html_octets();
        }
        drawn.report.extend(told(web, draft, &drawn, octets, whole));
        Ok(drawn)
    }
}

/// What is to be said of the weight of a mail; `whole` is what it would weigh had nothing been shortened.
fn told(web: &Catalogue, draft: &IssueDraft<'_>, drawn: &IssueMail, octets: usize, whole: usize) -> Option<Diagnostic> {
    let name = &draft.text.name;
    let kilo = |octets: usize| octets.div_ceil(1000);
    if octets > LIMIT {
        let mut parts: Vec<(usize, PostId)> =
            drawn.weights.iter().copied().zip(drawn.posts.iter().copied()).filter(|(weight, _)| *weight > 0).collect();
        parts.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let heavy: Vec<String> = parts
            .iter()
            .take(3)
            .map(|(weight, id)| format!("“{}” ({} kB)", web.shelf.post(*id).title, kilo(*weight)))
            .collect();
        let message = format!(
            "the mail of the issue {name} has {} kB of HTML; Gmail cuts what is longer than 102 kB, the link to leave with it",
            kilo(octets)
        );
        let hint = match heavy.as_slice() {
            [] => "shorten what you wrote yourself".to_owned(),
            _ => format!("shorten what you wrote, or take posts out; most of it is in {}", heavy.join(", ")),
        };
        return Some(Diagnostic::warning("heavy-mail", message).hint(hint));
    }
    let how = match (drawn.detail, draft.newsletter.issues.shape) {
        _ if draft.detail.is_some() => return None,
        (Detail::Full, _) => return None,
        (Detail::Brief, Shape::Letter) => "the article is cut to its summary",
        (Detail::Titles, Shape::Letter) => "the article is cut to its summary, and other posts to their titles",
        (Detail::Brief, Shape::Digest) => "cards have no pictures and short texts",
        (Detail::Titles, Shape::Digest) => "cards are cut to their titles",
    };
    let message =
        format!("the mail of the issue {name} would have {} kB of HTML, more than Gmail shows: {how}", kilo(whole));
    Some(Diagnostic::warning("shortened-mail", message).hint("take posts out, or let them wait for the next issue"))
}

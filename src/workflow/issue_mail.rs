//! An issue drawn from what its editor and the posts' authors wrote, and its pictures made: what `issue approve` freezes and the preview shows.

use rayon::prelude::*;

use crate::content::frozen;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::catalogue::Catalogue;
use crate::edition::mail::MailText;
use crate::edition::mail::issue::IssueDraft;
use crate::edition::mail::issue::IssueMail;
use crate::edition::mail::press::MailPress;
use crate::edition::mail::settle::IssueImage;
use crate::files::read::ReadError;
use crate::library::issue::Frozen;
use crate::library::issue::Issue;
use crate::library::model::Library;
use crate::output::image_encode;
use crate::value::header_text::HeaderText;
use crate::workflow::media;
use crate::workflow::memory::Memory;

/// Draws an issue that has its text; one that was approved too, as it would be now. `web` is what the site's pages are made from, and must have been entered.
///
/// # Errors
/// Everything that is wrong with the text and its pictures, or with the theme's templates.
pub(in crate::workflow) fn draw(
    press: &MailPress,
    web: &Catalogue,
    memory: &Memory,
    issue: &Issue,
) -> Result<IssueMail, Report> {
    let library = web.shelf.whole();
    let (Some(text), Some(newsletter)) = (&issue.text, web.config.newsletters.get(issue.newsletter.0)) else {
        let message = format!("content/issues/{}/index.md is missing", issue.name);
        let diagnostic = Diagnostic::error("missing-issue", message);
        return Err(diagnostic.hint("bring it back, from git for instance").into());
    };
    press.issue(
        web,
        &IssueDraft {
            newsletter,
            text,
            posts: &issue.posts,
            number: issue.number(),
            date: &issue.date,
            permalink: &issue.permalink,
            facts: &|id| media::facts(library, id, false, memory).map_err(|error| error.to_string()),
            detail: None,
        },
    )
}

/// The posts of an issue: titles and addresses, of an approved one as they were then.
pub(in crate::workflow) fn posts<'l>(library: &'l Library, issue: &'l Issue) -> Vec<(&'l str, &'l str)> {
    match &issue.frozen {
        Some(frozen) => frozen.manifest.posts.iter().map(|post| (&*post.title, &*post.url)).collect(),
        None => {
            let posts = issue.posts.iter().map(|id| library.post(*id));
            posts.map(|post| (&*post.title, post.permalink.url())).collect()
        }
    }
}

/// The mail of an approved issue, as it was frozen.
///
/// # Errors
/// [`ReadError`] where the disk refuses.
pub(in crate::workflow) fn as_frozen(frozen: &Frozen) -> Result<MailText, ReadError> {
    let read = |name| -> Result<String, ReadError> {
        let bytes = frozen.file(name).map(|file| file.bytes()).transpose()?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default())
    };
    let subject = HeaderText::new(&frozen.manifest.subject);
    Ok(MailText { subject, html: read(frozen::MAIL_HTML)?, text: read(frozen::MAIL_TEXT)? })
}

/// The bytes of the pictures of an issue, by name.
///
/// # Errors
/// Every picture that cannot be made.
pub(in crate::workflow) fn pictures(
    library: &Library,
    images: &[IssueImage],
) -> Result<Vec<(String, Vec<u8>)>, Report> {
    let made: Vec<Result<(String, Vec<u8>), Report>> =
        images.par_iter().map(|image| Ok((image.name.clone(), picture(library, image)?))).collect();
    let mut report = Report::new();
    let pictures = made.into_iter().filter_map(|one| one.map_err(|mistakes| report.merge(mistakes)).ok()).collect();
    if report.has_errors() { Err(report) } else { Ok(pictures) }
}

/// The bytes of one picture of an issue.
///
/// # Errors
/// A mistake that names its file.
pub(in crate::workflow) fn picture(library: &Library, image: &IssueImage) -> Result<Vec<u8>, Report> {
    let file = &library.asset(image.asset).file;
    let refused = |reason: String| {
        let message = format!("the picture {} cannot be sent: {reason}", file.name);
        Report::from(Diagnostic::error("bad-image", message).hint("replace it, or leave it out"))
    };
    let bytes = file.bytes().map_err(|error| refused(error.to_string()))?;
    let made = image_encode::encode(&bytes, &[&image.variant]).map_err(|error| refused(error.to_string()))?;
    let made = made.into_iter().next();
    made.map(|(_, bytes)| bytes).ok_or_else(|| refused("nothing was made of it".into()))
}

//! `issue approve`: what an issue says is frozen into files. From then on sender and site read only them.

use std::path::Path;

use crate::config::site::Config;
use crate::content::frozen;
use crate::content::frozen::FrozenPost;
use crate::content::frozen::Manifest;
use crate::content::frozen::Parts;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::library::issue::Issue;
use crate::library::issue::IssueState;
use crate::library::model::Library;
use crate::library::model::State;
use crate::transport::disk;
use crate::workflow::failure::Failure;
use crate::workflow::issue;

/// What the mail edition makes of an issue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The HTML part of the mail.
    pub mail_html: String,
    /// Its plain-text part.
    pub mail_text: String,
    /// What the issue's page shows: HTML without the page around it. Its pictures are at `images/…`.
    pub page: String,
    /// The addresses that the mail links to.
    pub links: Vec<String>,
    /// Pictures of mail and page by name: JPEG, PNG or GIF.
    pub images: Vec<(String, Vec<u8>)>,
}

/// Whether an issue can be approved as it is: errors if not, and warnings on what its editor might want to know.
#[must_use]
pub fn ready(config: &Config, library: &Library, issue: &Issue) -> Report {
    let mut report = Report::new();
    let refuse = |code: &'static str, message: String, hint: String| Diagnostic::error(code, message).hint(hint);
    let name = &issue.name;
    let reopen = format!("letterpress issue reopen {name}");
    let (IssueState::Draft, Some(text)) = (issue.state, &issue.text) else {
        let message = format!("the issue {name} is {}", issue.state.word());
        report.push(refuse("not-a-draft", message, format!("to change it, and approve it anew: {reopen}")));
        return report;
    };
    let source = match text.body.source() {
        Ok(source) => source,
        Err(error) => return Diagnostic::error("unreadable", error.to_string()).into(),
    };
    if issue.number().is_none() {
        let numbers = library.issues.iter().filter(|other| {
            other.newsletter == issue.newsletter && other.name != *name && other.state != IssueState::Cancelled
        });
        let next = numbers.filter_map(Issue::number).max().unwrap_or(0).saturating_add(1);
        let start = text.front.span.start;
        let diagnostic = refuse("missing-key", "an issue needs a number".into(), format!("add number = {next}"));
        report.push(diagnostic.at(&source, start..start));
    }
    for (mention, id) in text.posts.iter().zip(&issue.posts) {
        let post = library.post(*id);
        if post.state != State::Published {
            let word = if post.state == State::Draft { "a draft" } else { post.state.word() };
            let message = format!("“{}” is {word}: readers would find nothing there", post.title);
            let hint = "publish it first, or take its line out: it comes to the next issue".to_owned();
            report.push(refuse("unpublished-post", message, hint).at(&source, mention.id.span.clone()));
        }
    }
    if let Some(settings) = config.newsletters.get(issue.newsletter.0)
        && settings.postal_address.is_none()
    {
        let message = format!("the newsletter `{}` has no postal address", settings.id);
        let hint = format!(
            "many countries want one in every issue: [newsletters.{}] with postal_address = \"…\"",
            settings.id
        );
        report.push(Diagnostic::warning("missing-postal-address", message).hint(hint));
    }
    report
}

/// Freezes an issue of the site in `root`: writes `frozen/` beside its text. The manifest comes last, so that an approval that was interrupted is none.
///
/// # Errors
/// [`Failure::Mistakes`] where [`ready`] has errors, or a picture's name cannot be a file's; [`Failure::Write`] where the disk refuses.
pub fn freeze(
    root: &Path,
    config: &Config,
    library: &Library,
    issue: &Issue,
    rendered: Rendered,
) -> Result<(Manifest, Report), Failure> {
    let report = ready(config, library, issue);
    if report.has_errors() {
        return Err(report.into());
    }
    // `ready` has seen that both are there.
    let (Some(text), Some(number)) = (&issue.text, issue.number()) else { return Err(report.into()) };
    let source = text.body.source()?;
    let posts = issue.posts.iter().map(|id| library.post(*id)).map(|post| FrozenPost {
        id: post.id.clone(),
        title: post.title.clone(),
        url: post.permalink.url().to_owned(),
    });
    let parts = Parts {
        newsletter: issue.name.newsletter.clone(),
        issue: issue.name.folder.clone(),
        number,
        date: issue.date.timestamp(),
        occurrence: issue.occurrence().map(str::to_owned),
        subject: issue.subject().to_owned(),
        preheader: text.front.preheader.as_ref().map(|text| text.value.clone()).unwrap_or_default(),
        source: source.text().to_owned(),
        posts: posts.collect(),
        links: rendered.links,
        mail_html: rendered.mail_html,
        mail_text: rendered.mail_text,
        page: rendered.page,
        images: rendered.images,
    };
    let (manifest, files) = frozen::freeze(parts).map_err(|name| {
        let message = format!("the picture `{name}` of the issue {} cannot be frozen", issue.name);
        Report::from(Diagnostic::error("bad-file-name", message).hint("rename it: letters, digits, `-` and `_`"))
    })?;
    // What an interrupted approval left.
    issue::thaw(root, issue)?;
    let folder = issue::folder(root, issue).join("frozen");
    let (attributes, lines) = frozen::ATTRIBUTES;
    disk::replace(&folder.join(attributes), lines.as_bytes())?;
    for (name, bytes) in files {
        disk::write_new(&folder.join(name), &bytes)?;
    }
    Ok((manifest, report))
}

//! `issue approve`: what an issue says is frozen into files. From then on sender and site read only them.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use crate::config::site::Config;
use crate::config::site::Overrides;
use crate::content::document::Direct;
use crate::content::frozen;
use crate::content::frozen::Digest;
use crate::content::frozen::FrozenPost;
use crate::content::frozen::Manifest;
use crate::content::frozen::Parts;
use crate::content::issue::Issue as Text;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::edition::mail::press::MailPress;
use crate::library::issue::Issue;
use crate::library::issue::IssueState;
use crate::library::mentions;
use crate::library::model::Library;
use crate::library::model::State;
use crate::library::order::Visibility;
use crate::transport::disk;
use crate::value::clock::Clock;
use crate::workflow::build;
use crate::workflow::build::Prepared;
use crate::workflow::deliveries;
use crate::workflow::deliveries::Known;
use crate::workflow::failure::Failure;
use crate::workflow::issue;
use crate::workflow::issue::Shown;
use crate::workflow::issue_mail;
use crate::workflow::memory::Memory;
use crate::workflow::newsletter::Machine;
use crate::workflow::progress::Progress;
use crate::workflow::project;
use crate::workflow::project::Opening;
use crate::workflow::site_folder;

/// Which issue to approve.
#[derive(Clone, Debug)]
pub struct Request {
    /// The site's folder, or one below it.
    pub root: PathBuf,
    /// The issue, as `[newsletter/]date`; otherwise the only draft.
    pub issue: Option<String>,
    /// Now.
    pub clock: Clock,
}

/// What was approved.
#[derive(Debug)]
pub struct Approved {
    /// The issue, with its plain text.
    pub shown: Shown,
    /// Octets of the HTML part, as it is sent.
    pub octets: usize,
    /// How many pictures were frozen with it.
    pub pictures: usize,
    /// Octets of all of them.
    pub picture_octets: usize,
    /// Warnings: of the site's files, and on the issue.
    pub report: Report,
}

/// Approves an issue: draws it as readers will get it, makes its pictures, and freezes both. Asks nobody, and sends nothing.
///
/// # Errors
/// [`Failure`] where there is no site, its files or the issue have mistakes, no or more than one draft could be meant, readers have the issue with other content, or the disk
/// refuses. Then nothing was frozen.
pub fn approve(request: &Request, machine: &Machine<'_>, progress: &dyn Progress) -> Result<Approved, Failure> {
    let root = site_folder::find(&request.root)?;
    let memory = Memory::open(&root.join(".letterpress"));
    let project = project::open(Opening {
        root: &root,
        overrides: &Overrides::default(),
        visibility: Visibility::default(),
        clock: &request.clock,
        loader: &Direct,
        files: None,
        dressed: None,
    })?;
    let (config, library) = (Arc::clone(&project.config), Arc::clone(&project.library));
    let issue = match &request.issue {
        Some(written) => issue::named(&config, &library, written),
        None => only_draft(&library),
    };
    let Prepared { publication, theme, mut report, .. } = match build::prepare(project, &memory, progress) {
        Ok(prepared) => prepared,
        Err(Failure::Mistakes(mut report)) => {
            // The issue may be unknown because its file has a mistake, which has been said.
            if let Ok(issue) = issue {
                report.merge(hindrances(&config, &library, issue));
            }
            return Err(report.into());
        }
        Err(failure) => return Err(failure),
    };
    let issue = issue?;
    report.raise_at(mentions::UNKNOWN, &format!("content/issues/{}/", issue.name));
    let mut found = hindrances(&config, &library, issue);
    if issue.state != IssueState::Draft {
        return Err(found.into());
    }
    let (press, more) = MailPress::new(&config, &theme);
    report.merge(more);
    let drawn = press.map(|press| issue_mail::draw(&press, publication.catalogue(), &memory, issue));
    let drawn = drawn.and_then(|drawn| drawn.map_err(|mistakes| found.merge(mistakes)).ok());
    let Some(drawn) = drawn.filter(|_| !found.has_errors()) else {
        report.merge(found);
        return Err(report.into());
    };
    report.merge(drawn.report.clone());
    let images = issue_mail::pictures(&library, &drawn.images)?;
    let (octets, pictures) = (drawn.mail.html_octets(), images.len());
    let picture_octets = images.iter().map(|(_, bytes)| bytes.len()).sum();
    let rendered = Rendered {
        mail_html: drawn.mail.html,
        mail_text: drawn.mail.text,
        page: drawn.page,
        links: drawn.links,
        images,
    };
    let begun = match deliveries::known(&root, machine, &issue.name)? {
        Known::Begun(known) => Some(Digest(known.hash)),
        Known::Nothing | Known::Elsewhere => None,
    };
    let (_, more) = freeze(&root, &config, &library, issue, rendered, begun)?;
    report.merge(more);
    // Read again from the disk, and so held to its hash once.
    let again = issue::Request { root, issue: issue.name.to_string(), clock: request.clock.clone() };
    Ok(Approved { shown: issue::show(&again)?, octets, pictures, picture_octets, report })
}

/// Whatever keeps an issue from being approved, before it is drawn.
fn hindrances(config: &Config, library: &Library, issue: &Issue) -> Report {
    let mut report = ready(config, library, issue);
    report.extend(no_way_out(config, issue).filter(|_| issue.state == IssueState::Draft));
    report
}

/// A mail that nobody could answer or end the subscription from.
fn no_way_out(config: &Config, issue: &Issue) -> Option<Diagnostic> {
    let newsletter = config.newsletters.get(issue.newsletter.0)?;
    if config.subscribe.endpoint.is_some() || newsletter.from.is_some() || newsletter.reply_to.is_some() {
        return None;
    }
    let message = format!("readers of the newsletter `{}` could not unsubscribe", newsletter.id);
    let hint = format!(
        "say whom they write to: [newsletters.{}] with from = \"…\"; or where `letterpress daemon` listens: [subscribe] with endpoint = \"…\"",
        newsletter.id
    );
    Some(Diagnostic::error("no-unsubscribe", message).hint(hint))
}

/// The draft that is meant where none is named.
fn only_draft(library: &Library) -> Result<&Issue, Failure> {
    let drafts: Vec<&Issue> = library.issues.iter().filter(|issue| issue.state == IssueState::Draft).collect();
    let diagnostic = match drafts.as_slice() {
        [one] => return Ok(one),
        [] => {
            Diagnostic::error("no-draft", "there is no draft of an issue").hint("`letterpress issue compose` makes one")
        }
        several => {
            let names: Vec<String> = several.iter().map(|draft| draft.name.to_string()).collect();
            let message = format!("there are {} drafts: {}", names.len(), names.join(", "));
            let first = names.first().map_or("", String::as_str);
            Diagnostic::error("several-drafts", message).hint(format!("say which: letterpress issue approve {first}"))
        }
    };
    Err(Report::from(diagnostic).into())
}

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
    /// Pictures of mail and page by name: JPEG, PNG or GIF, and on the page also what mail programs do not show.
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
    for mention in &text.posts {
        let Some(id) = mentions::meant(library, &issue.posts, &mention.id.value) else {
            report.push(mentions::unknown(text, mention).hint("take its line out, or write the post's id"));
            continue;
        };
        let post = library.post(id);
        if post.state != State::Published {
            let word = if post.state == State::Draft { "a draft" } else { post.state.word() };
            let message = format!("“{}” is {word}: readers would find nothing there", post.title);
            let hint = "publish it first, or take its line out: it comes to the next issue".to_owned();
            report.push(refuse("unpublished-post", message, hint).at(&source, mention.id.span.clone()));
        }
    }
    report.raise(mentions::UNKNOWN);
    if is_empty(text, &source) {
        let message = format!("the issue {name} has neither posts nor words");
        let hint = "write something, or a line for each post: {{<post id=\"posts/hello\" />}}".to_owned();
        let end = source.text().len();
        report.push(refuse("empty-issue", message, hint).at(&source, end..end));
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

/// Whether a text shows nothing at all: no post, and nothing but comments.
fn is_empty(text: &Text, source: &Source) -> bool {
    text.posts.is_empty() && text.body.tree(source).says_nothing()
}

/// Freezes an issue of the site in `root`: writes `frozen/` beside its text. `begun` is the hash of what readers have, where some have it. The manifest comes last, so that an approval that was interrupted is none.
///
/// # Errors
/// [`Failure::Mistakes`] where [`ready`] has errors, readers have other content, or a picture's name cannot be a file's; [`Failure::Write`] where the disk refuses.
pub fn freeze(
    root: &Path,
    config: &Config,
    library: &Library,
    issue: &Issue,
    rendered: Rendered,
    begun: Option<Digest>,
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
    if begun.is_some_and(|begun| begun != manifest.hash) {
        let message =
            format!("readers have the issue {} with other content than it would be approved with now", issue.name);
        let hint = format!(
            "bring content/issues/{}/frozen/ back as it was sent, from version control or the machine that sent it",
            issue.name
        );
        let next = "to correct something, write about it in the next issue";
        return Err(Report::from(Diagnostic::error("already-sent", message).hint(hint).hint(next)).into());
    }
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

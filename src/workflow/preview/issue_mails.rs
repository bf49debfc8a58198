//! The mails of issues: a draft as it would be approved now, drawn anew with each save; an approved one as it was frozen.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::PoisonError;

use jiff::Timestamp;

use crate::config::newsletter::Newsletter;
use crate::config::site::Config;
use crate::content::frozen;
use crate::content::issue::IssueName;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::mail::MailText;
use crate::edition::mail::settle::IssueImage;
use crate::library::issue::Issue;
use crate::library::issue::IssueState;
use crate::newsletter::reader_link;
use crate::output::letter::FeedbackId;
use crate::output::letter::Head;
use crate::output::letter::Letter;
use crate::output::letter::ListId;
use crate::output::letter::MessageId;
use crate::output::skeleton::Skeleton;
use crate::subscriber::keys::KeyRing;
use crate::subscriber::token::Purpose;
use crate::subscriber::token::Token;
use crate::transport::contents::Line;
use crate::transport::server_answer::Answer;
use crate::transport::server_answer::Content;
use crate::value::address::EmailAddress;
use crate::value::header_text::HeaderText;
use crate::value::mailbox::Mailbox;
use crate::value::secret::Secret;
use crate::value::web_url::WebUrl;
use crate::workflow::issue_mail;
use crate::workflow::preview::answer::OWN;
use crate::workflow::preview::answer::Shown;
use crate::workflow::preview::coming;
use crate::workflow::preview::mails;
use crate::workflow::preview::mails::Facts;
use crate::workflow::preview::mails::Mail;
use crate::workflow::preview::presses::Found;
use crate::workflow::preview::snapshot::Snapshot;
use crate::workflow::preview::studio::Studio;

/// So many issues are named on the page of one.
const BESIDE: usize = 6;

/// An issue that has its files, or one to come.
pub(in crate::workflow::preview) enum One<'n> {
    /// It has a file.
    Written(&'n Issue),
    /// It has none yet.
    Coming(Box<Issue>),
}

impl Deref for One<'_> {
    type Target = Issue;

    fn deref(&self) -> &Issue {
        match self {
            Self::Written(issue) => issue,
            Self::Coming(issue) => issue,
        }
    }
}

/// The issue that an address below `/_letterpress/mail/issue/` is about, and what follows.
pub(in crate::workflow::preview) fn named<'n, 'b>(
    studio: &Studio,
    now: &'n Snapshot,
    below: &'b str,
) -> Option<(One<'n>, &'b str)> {
    let (newsletter, rest) = below.split_once('/')?;
    let (folder, part) = rest.split_once('/')?;
    let name = IssueName { newsletter: newsletter.to_owned(), folder: folder.to_owned() };
    let written = now.library.issue_named(&name).map(|id| One::Written(now.library.issue(id)));
    let coming = || coming::issues(studio, now).into_iter().find(|issue| issue.name == name);
    written.or_else(|| Some(One::Coming(Box::new(coming()?)))).map(|one| (one, part))
}

/// The folder of an issue's addresses, with a slash at both ends.
fn path(issue: &Issue) -> String {
    format!("{OWN}/mail/issue/{}/", issue.name)
}

/// All issues, the latest first.
fn sorted<'n>(studio: &Studio, now: &'n Snapshot) -> Vec<One<'n>> {
    let coming = coming::issues(studio, now).into_iter().map(|issue| One::Coming(Box::new(issue)));
    let mut issues: Vec<One<'n>> = now.library.issues.iter().map(One::Written).chain(coming).collect();
    issues.sort_by(|a, b| b.date.cmp(&a.date).then_with(|| b.name.to_string().cmp(&a.name.to_string())));
    issues
}

/// All issues as they are listed. None of them is drawn for that.
pub(in crate::workflow::preview) fn lines(studio: &Studio, now: &Snapshot) -> Vec<Line> {
    let line = |issue: One<'_>| Line {
        path: path(&issue),
        title: issue.subject().to_owned(),
        name: issue.name.to_string(),
        about: about(now, &issue),
        figure: String::new(),
    };
    sorted(studio, now).into_iter().map(line).collect()
}

/// The latest issues, and that one: path, name, whether it is that one.
fn beside(studio: &Studio, now: &Snapshot, own: &Issue) -> Vec<(String, String, bool)> {
    let issues = sorted(studio, now).into_iter().enumerate();
    let issues = issues.filter(|(at, issue)| *at < BESIDE || issue.name == own.name);
    issues.map(|(_, issue)| (path(&issue), issue.name.to_string(), issue.name == own.name)).collect()
}

fn about(now: &Snapshot, issue: &Issue) -> String {
    let newsletter = now.library.newsletters.get(issue.newsletter.0).map_or("", |newsletter| &newsletter.name);
    let number = issue.number().map_or_else(String::new, |number| format!(", no. {number}"));
    let how = match issue.state {
        IssueState::Draft if now.library.issue_named(&issue.name).is_none() => {
            "to come, as `letterpress issue compose` would make it now"
        }
        IssueState::Draft => "a draft, as it would be approved now",
        IssueState::Approved if issue.shown => "approved, as it was frozen; its date has passed",
        IssueState::Approved => "approved, as it was frozen",
        IssueState::Cancelled => "cancelled, as it would be approved now",
    };
    format!("{newsletter}{number}, for {}: {how}", issue.date.strftime("%-d %B %Y, %H:%M"))
}

/// What is to be said where there is no issue, and none could be composed.
pub(in crate::workflow::preview) fn none_yet(studio: &Studio, now: &Snapshot) -> String {
    let due = coming::due(studio, now);
    let when = due.map_or_else(String::new, |due| format!(" of {}", due.strftime("%-d %B %Y, %H:%M")));
    format!(
        "No post waits for an issue. Once there is one, the issue{when} stands here, and `letterpress issue compose` writes its draft."
    )
}

/// The mail of an issue as far as it can be drawn, and what is wrong.
pub(in crate::workflow::preview) fn mail(studio: &Studio, now: &Snapshot, issue: &Issue) -> (Option<Mail>, Report) {
    let config = mails::config(studio, now);
    let Some(newsletter) = config.newsletters.get(issue.newsletter.0) else { return (None, Report::new()) };
    let text = match &issue.frozen {
        Some(frozen) => {
            issue_mail::as_frozen(frozen).map_err(|error| Diagnostic::error("unreadable", error.to_string()).into())
        }
        None => drawn(studio, now, issue, &config),
    };
    let text = match text {
        Ok(text) => text,
        Err(mistakes) => return (None, mistakes),
    };
    let archive = now.library.newsletters.get(issue.newsletter.0).map(|newsletter| newsletter.permalink.url());
    let archive = archive.map(|url| as_public(now, &config, url)).unwrap_or_default();
    let Some((text, letter, facts)) = letter(&config, newsletter, &archive, text, issue.date.timestamp()) else {
        let message = format!("the issue {} makes no letter", issue.name);
        return (None, Diagnostic::error("bad-letter", message).into());
    };
    let mail = Mail {
        path: path(issue),
        name: format!("{}-{}", issue.name.newsletter, issue.name.folder),
        about: about(now, issue),
        text,
        letter,
        facts,
        pictures: Some(format!("{}images/", as_public(now, &config, issue.permalink.url()))),
        preheader: Some(issue.preheader().to_owned()),
        posts: issue_mail::posts(&now.library, issue)
            .into_iter()
            .map(|(title, url)| (title.to_owned(), as_public(now, &config, url)))
            .collect(),
        others: beside(studio, now, issue),
        config,
    };
    (Some(mail), Report::new())
}

/// An address of the preview, or a text with some, as readers have it.
fn as_public(now: &Snapshot, config: &Config, text: &str) -> String {
    text.replace(&now.config.base_url.to_string(), &config.base_url.to_string())
}

fn drawn(studio: &Studio, now: &Snapshot, issue: &Issue, config: &Config) -> Result<MailText, Report> {
    let Found { press, mistakes } = mails::press(studio, now);
    let Some(press) = press else { return Err(mistakes) };
    let mail = issue_mail::draw(&press, now.publication.catalogue(), &studio.memory, issue)?.mail;
    let public = |text: &str| as_public(now, config, text);
    Ok(MailText { html: public(&mail.html), text: public(&mail.text), subject: mail.subject })
}

/// The letter as `send` writes it, to a reader who is made up, and what its header says. The text has that reader's links.
fn letter(
    config: &Config,
    newsletter: &Newsletter,
    archive: &str,
    text: MailText,
    date: Timestamp,
) -> Option<(MailText, Letter, Facts)> {
    let example = Mailbox { name: config.title.as_str().into(), address: EmailAddress::parse(mails::SENDER).ok()? };
    let from = newsletter.from.as_ref().unwrap_or(&example);
    let reply_to = newsletter.reply_to.as_ref();
    let to = EmailAddress::parse(mails::READER).ok()?;
    let keys = KeyRing::parse(&Secret::new(mails::KEYS)).ok()?;
    let token = |purpose| Token { purpose, id: [0; 16], expires: None }.sign(&keys);
    let (unsubscribe, manage) = (token(Purpose::Unsubscribe), token(Purpose::Manage));
    let own = |text: &str| text.replace(reader_link::UNSUBSCRIBE, &unsubscribe).replace(reader_link::MANAGE, &manage);
    let text = MailText { html: own(&text.html), text: own(&text.text), subject: text.subject };
    let endpoint = config.subscribe.endpoint.as_ref();
    let url = endpoint.and_then(|endpoint| WebUrl::parse(&endpoint.at(&format!("unsubscribe/{unsubscribe}"))).ok());
    let archive = WebUrl::parse(archive).ok();
    let mut more = vec![("Precedence", HeaderText::new("bulk"))];
    if endpoint.is_none() {
        let to = reply_to.unwrap_or(from).address.mailto();
        more.push(("List-Unsubscribe", HeaderText::new(&format!("<{to}?subject=unsubscribe>"))));
    }
    let head = Head {
        from,
        reply_to,
        to: &to,
        return_path: None,
        date,
        message_id: &MessageId::new(&keys, "preview of an issue", &from.address),
        list: Some(&ListId::new(&newsletter.name, &newsletter.id, from.address.domain())),
        unsubscribe: url.as_ref(),
        archive: archive.as_ref(),
        feedback: Some(&FeedbackId::new("preview", &newsletter.id, "issue", from.address.domain())),
        automatic: false,
    };
    let letter = Skeleton::new(&text, "preview", &more).letter(&head, None).ok()?;
    let mut facts = vec![("From", from.to_string()), ("To", to.to_string())];
    facts.extend(reply_to.map(|reply_to| ("Answers to", reply_to.to_string())));
    Some((text, letter, facts))
}

/// A picture of an issue, made when it is first looked at.
pub(in crate::workflow::preview) fn picture(
    studio: &Studio,
    now: &Snapshot,
    issue: &Issue,
    name: &str,
) -> Option<Shown> {
    let bytes = match &issue.frozen {
        Some(frozen) => frozen.file(&format!("{}/{name}", frozen::IMAGES))?.bytes().ok()?.to_vec().into(),
        None => made(studio, now, issue, name)?,
    };
    let mime = match name.rsplit('.').next() {
        Some("png") => "image/png",
        Some("gif") => "image/gif",
        // What the issue's page alone shows.
        Some("svg") => "image/svg+xml",
        Some("webp") => "image/webp",
        Some("avif") => "image/avif",
        _ => "image/jpeg",
    };
    Some(Shown::Other(Answer::Content(Content::bytes(mime, bytes, None))))
}

/// The bytes of a draft's picture. Its name tells of what it is made, so it is made once.
fn made(studio: &Studio, now: &Snapshot, issue: &Issue, name: &str) -> Option<Arc<[u8]>> {
    let known = || studio.presses.pictures.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = known().get(name) {
        return Some(Arc::clone(bytes));
    }
    let press = mails::press(studio, now).press?;
    let mail = issue_mail::draw(&press, now.publication.catalogue(), &studio.memory, issue).ok()?;
    let image: &IssueImage = mail.images.iter().find(|image| image.name == name)?;
    let _one = studio.encoding.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes: Arc<[u8]> = issue_mail::picture(&now.library, image).ok()?.into();
    let mut pictures = known();
    // Of a long evening's work the earlier ones are of no use any more.
    if pictures.len() >= PICTURES {
        pictures.clear();
    }
    pictures.insert(name.to_owned(), Arc::clone(&bytes));
    Some(bytes)
}

/// So many pictures of drafts are kept in memory.
const PICTURES: usize = 100;

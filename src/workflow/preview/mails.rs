//! The mails of the site as they would leave: for a reader who is made up, to be looked at from all sides. What is shown is the very letter, but for its addresses,
//! which lead to the preview.

use jiff::Timestamp;

use crate::config::newsletter::Newsletter;
use crate::config::read as config_read;
use crate::config::site::Config;
use crate::config::site::Overrides;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::mail::MailText;
use crate::edition::mail::judge::Judged;
use crate::edition::mail::notice::NoticeView;
use crate::edition::mail::press::MailPress;
use crate::edition::service::ServicePage;
use crate::engine::fingerprint::Fingerprint;
use crate::newsletter::mailing::NoticeKind;
use crate::output::letter::FeedbackId;
use crate::output::letter::Head;
use crate::output::letter::Letter;
use crate::output::letter::ListId;
use crate::output::letter::MessageId;
use crate::subscriber::keys::KeyRing;
use crate::transport::contents;
use crate::transport::contents::Contents;
use crate::transport::contents::Group;
use crate::transport::contents::Line;
use crate::transport::mail_sheet;
use crate::transport::mail_sheet::MailSheet;
use crate::transport::server_answer::Answer;
use crate::transport::server_answer::Content;
use crate::transport::server_request::Asked;
use crate::transport::shown;
use crate::transport::shown::Scheme;
use crate::value::address::EmailAddress;
use crate::value::mailbox::Mailbox;
use crate::value::secret::Secret;
use crate::workflow::preview::answer::OWN;
use crate::workflow::preview::answer::Shown;
use crate::workflow::preview::answer::cannot_be_drawn;
use crate::workflow::preview::issue_mails;
use crate::workflow::preview::mail_checks;
use crate::workflow::preview::pages;
use crate::workflow::preview::pages::Page;
use crate::workflow::preview::presses::Found;
use crate::workflow::preview::service;
use crate::workflow::preview::snapshot::Snapshot;
use crate::workflow::preview::studio::Studio;

/// Who gets what is looked at.
pub(in crate::workflow::preview) const READER: &str = "reader@example.com";
/// Who sends it where `site.toml` does not say.
pub(in crate::workflow::preview) const SENDER: &str = "editors@example.com";
/// Keys of nobody: they name letters that are never sent.
pub(in crate::workflow::preview) const KEYS: &str =
    "identity 0000000000000000000000000000000000000000000000000000000000000000
sign 0000000000000000000000000000000000000000000000000000000000000000 2026-01-01T00:00:00Z";
/// Where the mails of issues are, below `/_letterpress/mail/`.
const ISSUE: &str = "issue/";
/// Characters that an inbox shows behind the subject, at most.
const INBOX: usize = 140;
/// What the HTML part of a mail may do where it is shown: be looked at.
const POLICY: &str = "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

/// Facts of a header, as mail programs show them: a word for each and what it is.
pub(in crate::workflow::preview) type Facts = Vec<(&'static str, String)>;

/// A mail that can be looked at.
pub(in crate::workflow::preview) struct Mail {
    /// The folder of its addresses, with a slash at both ends.
    pub(in crate::workflow::preview) path: String,
    /// A short name for files.
    pub(in crate::workflow::preview) name: String,
    /// What it is for.
    pub(in crate::workflow::preview) about: String,
    pub(in crate::workflow::preview) text: MailText,
    pub(in crate::workflow::preview) letter: Letter,
    pub(in crate::workflow::preview) facts: Facts,
    /// Where pictures of its own are for readers; here they are at `images/` below its path.
    pub(in crate::workflow::preview) pictures: Option<String>,
    /// What else can be looked at: path, name, whether it is this one.
    pub(in crate::workflow::preview) others: Vec<(String, String, bool)>,
    /// What an inbox shows behind the subject, where somebody could have written it.
    pub(in crate::workflow::preview) preheader: Option<String>,
    /// The posts in it: titles and addresses.
    pub(in crate::workflow::preview) posts: Vec<(String, String)>,
    /// The site's settings as they are for readers, with its true address.
    pub(in crate::workflow::preview) config: Config,
}

/// What a notice is for.
fn about(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Confirm => "To whoever has asked to subscribe: one button, and nothing before it is pressed",
        NoticeKind::Welcome => "After confirming, where [subscribe] welcome is set",
        NoticeKind::AlreadySubscribed => "To whoever asks again and has it already",
        NoticeKind::FreshLink => "The link to everything about one reader, good for 30 minutes",
        NoticeKind::AddressChange => "To the new address, before it is taken into use",
        NoticeKind::Lead => "To you, with what somebody wrote in the lead form",
    }
}

fn path(kind: NoticeKind) -> String {
    format!("{OWN}/mail/{kind}/")
}

/// What stands below `/_letterpress/mail/`. `asked` has the choices where a mail itself is asked for.
pub(in crate::workflow::preview) fn shown(
    studio: &Studio,
    now: &Snapshot,
    below: &str,
    asked: Option<&Asked>,
) -> Option<Shown> {
    if below.is_empty() {
        let html = contents::page(&list(studio, now)).unwrap_or_else(|error| error);
        return Some(Shown::Html(200, Page::new(html.into_bytes())));
    }
    if let Some(below) = below.strip_prefix(ISSUE) {
        let (issue, part) = issue_mails::named(studio, now, below)?;
        if let Some(picture) = part.strip_prefix("images/") {
            return issue_mails::picture(studio, now, &issue, picture);
        }
        let mail = issue_mails::mail(studio, now, &issue).0;
        return face(studio, now, (&format!("{OWN}/mail/{ISSUE}{}/", issue.name), part), mail.as_ref(), asked);
    }
    let (name, part) = below.split_once('/')?;
    let kind = NoticeKind::parse(name)?;
    let mail = notice(studio, now, kind).0;
    face(studio, now, (&path(kind), part), mail.as_ref(), asked)
}

/// What is wrong with what stands there.
pub(in crate::workflow::preview) fn mistakes(studio: &Studio, now: &Snapshot, below: &str) -> Report {
    if let Some((issue, "")) = below.strip_prefix(ISSUE).and_then(|below| issue_mails::named(studio, now, below)) {
        return issue_mails::mail(studio, now, &issue).1;
    }
    let kind = below.strip_suffix('/').and_then(NoticeKind::parse);
    kind.map_or_else(|| press(studio, now).mistakes, |kind| notice(studio, now, kind).1)
}

/// One face of a mail: its page, or what that shows.
fn face(
    studio: &Studio,
    now: &Snapshot,
    (path, part): (&str, &str),
    mail: Option<&Mail>,
    asked: Option<&Asked>,
) -> Option<Shown> {
    if part.is_empty() {
        let drawn = mail.map(|mail| Page::new(sheet(now, mail).into_bytes()));
        return Some(studio.presses.keep(path, drawn).map_or_else(cannot_be_drawn, |page| Shown::Html(200, page)));
    }
    let is_file = part.strip_suffix(".eml").is_some_and(|name| mail.is_none_or(|mail| mail.name == name));
    if part != "html" && !is_file {
        return None;
    }
    let Some(mail) = mail else {
        let sentence = "This mail cannot be drawn as long as there are mistakes in it.";
        return Some(Shown::Other(Answer::Content(Content::text(500, sentence))));
    };
    let content = if is_file {
        let disposition = format!("attachment; filename=\"{}.eml\"", mail.name);
        let octets: &[u8] = &mail.letter.octets;
        Content {
            headers: vec![("Content-Disposition".to_owned(), disposition)],
            ..Content::bytes("message/rfc822", octets, None)
        }
    } else {
        let choice = |name| asked.and_then(|asked| asked.parameter(name));
        let scheme = if choice("scheme").as_deref() == Some("dark") { Scheme::Dark } else { Scheme::Light };
        let html = shown::mail(&mail.text.html, scheme, &|address| lead(now, mail, address));
        // Nothing is fetched then, and the browser shows what stands instead: as mail programs do.
        let has_images = choice("images").as_deref() != Some("off");
        let policy = if has_images { POLICY.to_owned() } else { POLICY.replace("img-src * data:", "img-src 'none'") };
        Content {
            headers: vec![("Content-Security-Policy".to_owned(), policy)],
            ..Content::bytes("text/html; charset=utf-8", html.into_bytes(), None)
        }
    };
    Some(Shown::Other(Answer::Content(content)))
}

/// Where an address of a mail leads: pages of the service and of the site are the preview's own.
fn lead(now: &Snapshot, mail: &Mail, address: &str) -> Option<String> {
    let config = &mail.config;
    if let Some(name) = mail.pictures.as_ref().and_then(|pictures| address.strip_prefix(&**pictures)) {
        return Some(format!("{}images/{name}", mail.path));
    }
    let site = config.base_url.to_string();
    let endpoint = config.subscribe.endpoint.as_ref().map_or_else(|| site.clone(), |endpoint| endpoint.url.to_string());
    // Of the links of samples: a page, and behind it what names the reader.
    if let Some((word, token)) = address.strip_prefix(&endpoint).and_then(|below| below.split_once('/'))
        && let Some(page) = ServicePage::parse(word)
        && !token.contains('/')
    {
        return Some(service::path(page));
    }
    let below = address.strip_prefix(&site)?;
    Some(format!("{}{below}", now.library.base.root()))
}

pub(in crate::workflow::preview) fn press(studio: &Studio, now: &Snapshot) -> Found<MailPress> {
    studio.presses.mails.of(now, || MailPress::new(&config(studio, now).into(), &now.theme))
}

/// The settings as they are without a preview. That they can be read has been seen.
pub(in crate::workflow::preview) fn config(studio: &Studio, now: &Snapshot) -> Config {
    let overrides = Overrides { origin: None, ..studio.request.overrides.clone() };
    config_read::read(&now.config.source, &overrides).0.unwrap_or_else(|| Config::clone(&now.config))
}

/// A notice as far as it can be drawn, and what is wrong.
fn notice(studio: &Studio, now: &Snapshot, kind: NoticeKind) -> (Option<Mail>, Report) {
    let Found { press, mut mistakes } = press(studio, now);
    let Some(press) = press else { return (None, mistakes) };
    let view = press.sample(kind);
    let text = match press.notice(&view) {
        Ok(text) => text,
        Err(mistake) => {
            mistakes.push(*mistake);
            return (None, mistakes);
        }
    };
    let config = config(studio, now);
    let Some((letter, facts)) = letter(&config, &view, &text, studio.since.timestamp()) else {
        mistakes.push(Diagnostic::error("bad-letter", format!("the notice `{kind}` makes no letter")));
        return (None, mistakes);
    };
    let mail = Mail {
        path: path(kind),
        name: kind.to_string(),
        about: about(kind).to_owned(),
        text,
        letter,
        facts,
        pictures: None,
        preheader: None,
        posts: Vec::new(),
        others: NoticeKind::ALL.map(|other| (path(other), other.to_string(), other == kind)).to_vec(),
        config,
    };
    (Some(mail), mistakes)
}

/// The letter as `daemon` writes it, to a reader who is made up, and what its header says.
fn letter(config: &Config, view: &NoticeView, text: &MailText, date: Timestamp) -> Option<(Letter, Facts)> {
    let newsletter = newsletter(config, view);
    let own = config.subscribe.endpoint.as_ref().and_then(|endpoint| endpoint.from.as_ref());
    let example = Mailbox { name: config.title.as_str().into(), address: EmailAddress::parse(SENDER).ok()? };
    let from = own.or(newsletter.from.as_ref()).unwrap_or(&example);
    let owner = config.blocks.lead.as_ref().and_then(|lead| lead.to.as_ref()).unwrap_or(from);
    let writer = match &view.lead {
        Some(lead) => {
            Some(Mailbox { name: lead.name.as_str().into(), address: EmailAddress::parse(&lead.email).ok()? })
        }
        None => newsletter.reply_to.clone(),
    };
    let to = if view.lead.is_some() { owner.address.clone() } else { EmailAddress::parse(READER).ok()? };
    let keys = KeyRing::parse(&Secret::new(KEYS)).ok()?;
    let list = ListId::new(&newsletter.name, &newsletter.id, from.address.domain());
    let head = Head {
        from,
        reply_to: writer.as_ref(),
        to: &to,
        return_path: None,
        date,
        message_id: &MessageId::new(&keys, &format!("preview of {}", view.kind), &from.address),
        list: view.lead.is_none().then_some(&list),
        unsubscribe: view.unsubscribe.as_ref(),
        archive: None,
        feedback: Some(&FeedbackId::new(view.kind.word(), &newsletter.id, "notice", from.address.domain())),
        automatic: true,
    };
    let mut facts = vec![("From", from.to_string()), ("To", to.to_string())];
    facts.extend(writer.as_ref().map(|writer| ("Answers to", writer.to_string())));
    Some((Letter::write(&head, text).ok()?, facts))
}

fn newsletter<'c>(config: &'c Config, view: &NoticeView) -> &'c Newsletter {
    config.newsletters.iter().find(|known| known.id == view.newsletter).unwrap_or_else(|| config.newsletter())
}

/// The page of a mail.
fn sheet(now: &Snapshot, mail: &Mail) -> String {
    let source = String::from_utf8_lossy(&mail.letter.octets).replace("\r\n", "\n");
    let sizes = format!("{} HTML, {} in all", kilobytes(mail.text.html_octets()), kilobytes(mail.letter.octets.len()));
    let others = [("Bounces to", mail.letter.envelope.from.to_string()), ("Size as sent", sizes)];
    let facts = mail.facts.iter().cloned().chain(others).map(|(word, fact)| (word.to_owned(), fact));
    let html = Fingerprint::of(mail.text.html.as_bytes());
    let view = MailSheet {
        site: now.config.title.clone(),
        home: now.library.base.root().to_owned(),
        subject: mail.text.subject.to_string(),
        about: format!("{}.", mail.about),
        first_words: shown::first_words(&mail.text.html, INBOX),
        facts: facts.collect(),
        checks: mail_checks::checks(&Judged {
            mail: &mail.text,
            preheader: mail.preheader.as_deref(),
            posts: &mail.posts.iter().map(|(title, url)| (&**title, &**url)).collect::<Vec<_>>(),
        }),
        frame: format!("{}html?v={}", mail.path, pages::version(&html)),
        text: mail.text.text.clone(),
        header: header(&source),
        source,
        file: format!("{}{}.eml", mail.path, mail.name),
        others: mail.others.clone(),
    };
    mail_sheet::page(&view).unwrap_or_else(|error| error)
}

/// The fields of a letter's header, unfolded (RFC 5322 §2.2.3).
fn header(source: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in source.lines().take_while(|line| !line.is_empty()) {
        match (line.starts_with([' ', '\t']), fields.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (_, _, Some((name, value))) => fields.push((name.to_owned(), value.trim().to_owned())),
            _ => {}
        }
    }
    fields
}

/// `8.1 kB`.
fn kilobytes(octets: usize) -> String {
    let tenths = (octets + 50) / 100;
    format!("{}.{} kB", tenths / 10, tenths % 10)
}

fn list(studio: &Studio, now: &Snapshot) -> Contents {
    let line = |kind: NoticeKind| {
        let mail = notice(studio, now, kind).0;
        let title = mail.as_ref().map_or_else(|| kind.to_string(), |mail| mail.text.subject.to_string());
        let figure = mail.map_or_else(String::new, |mail| kilobytes(mail.text.html_octets()));
        Line { path: path(kind), title, name: kind.to_string(), about: about(kind).to_owned(), figure }
    };
    let lines = issue_mails::lines(studio, now);
    let note = if lines.is_empty() { issue_mails::none_yet(studio, now) } else { String::new() };
    let issues = Group { name: "Issues".into(), note, lines };
    let lines = NoticeKind::ALL.into_iter().map(line).collect();
    let notices = Group { name: "Notices".into(), note: String::new(), lines };
    Contents {
        site: now.config.title.clone(),
        home: now.library.base.root().to_owned(),
        title: "Mails".into(),
        standfirst:
            "What readers find in their inbox, drawn by the theme for one who is made up. Nothing is sent from here."
                .into(),
        groups: vec![issues, notices],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_fields_are_one_line() {
        let source = "Subject: A long\n subject\nList-Unsubscribe:\n\t<https://e.com/x>\n\nBody: no\n";
        let expected = [("Subject", "A long subject"), ("List-Unsubscribe", " <https://e.com/x>")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(header(source), expected);
    }

    #[test]
    fn sizes() {
        assert_eq!(
            [0, 49, 50, 8149, 8150, 102_400].map(kilobytes),
            ["0.0 kB", "0.0 kB", "0.1 kB", "8.1 kB", "8.2 kB", "102.4 kB"]
        );
    }
}

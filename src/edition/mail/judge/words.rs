//! What of a mail can be told without looking at colours: how heavy it is, what an inbox shows of it, its pictures, its addresses, its plain text.

use std::collections::BTreeSet;

use crate::edition::mail::MailText;
use crate::edition::mail::judge::Aspect;
use crate::edition::mail::judge::Finding;
use crate::edition::mail::judge::page::Page;
use crate::edition::mail::plain::COLUMNS;
use crate::edition::mail::weight;

/// Octets of HTML that Gmail shows; it hides the rest behind a link.
pub(in crate::edition::mail::judge) const GMAIL: usize = 102_400;
/// Characters of a subject that a phone shows.
pub(in crate::edition::mail::judge) const SUBJECT: usize = 60;
/// Characters of what an inbox shows behind the subject.
pub(in crate::edition::mail::judge) const PREHEADER: usize = 100;

/// The HTML is too heavy. `parts` are the titles of what the mail shows, and their addresses.
pub(in crate::edition::mail::judge) fn size(mail: &MailText, parts: &[(&str, &str)]) -> Option<Finding> {
    let octets = mail.html_octets();
    if octets <= weight::LIMIT {
        return None;
    }
    let kilo = |octets: usize| octets.div_ceil(1000);
    let addresses: Vec<&str> = parts.iter().map(|(_, address)| *address).collect();
    let weights = weight::of_links(&mail.html, &addresses);
    let mut heavy: Vec<(usize, &str)> = weights
        .into_iter()
        .zip(parts)
        .map(|(weight, (title, _))| (weight, *title))
        .filter(|(weight, _)| *weight > 0)
        .collect();
    heavy.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let most: Vec<String> =
        heavy.iter().take(3).map(|(weight, title)| format!("“{title}” ({} kB)", kilo(*weight))).collect();
    let (is_error, gmail) = (octets > GMAIL, kilo(GMAIL) - 1);
    let what = if is_error { "cuts it off after" } else { "cuts mails off after" };
    Some(Finding {
        aspect: Aspect::Size,
        code: "heavy-mail",
        is_error,
        message: format!("{} kB of HTML: Gmail {what} {gmail} kB, the link to leave with it", kilo(octets)),
        hint: match most.as_slice() {
            [] => "make it shorter".into(),
            most => format!("make it shorter; most of it is in {}", most.join(", ")),
        },
        near: Vec::new(),
    })
}

pub(in crate::edition::mail::judge) fn subject(subject: &str) -> Option<Finding> {
    let length = subject.chars().count();
    let (message, hint) = match length {
        0 => ("the mail has no subject".to_owned(), "say in a few words what is in it"),
        1..=SUBJECT => return None,
        _ => (
            format!("the subject has {length} characters: phones show the first {SUBJECT} at most"),
            "say what matters first, or make it shorter",
        ),
    };
    Some(Finding {
        aspect: Aspect::Subject,
        code: "mail-subject",
        is_error: length == 0,
        message,
        hint: hint.into(),
        near: Vec::new(),
    })
}

pub(in crate::edition::mail::judge) fn preheader(preheader: &str) -> Option<Finding> {
    let length = preheader.chars().count();
    let (message, hint) = match length {
        0 => (
            "there is no preheader: inboxes show the first words of the mail behind its subject".to_owned(),
            "add preheader = \"…\", about 100 characters that go on where the subject ends",
        ),
        1..=PREHEADER => return None,
        _ => (
            format!("the preheader has {length} characters: inboxes show about {PREHEADER}"),
            "say what matters first, or make it shorter",
        ),
    };
    Some(Finding {
        aspect: Aspect::Preheader,
        code: "mail-preheader",
        is_error: false,
        message,
        hint: hint.into(),
        near: Vec::new(),
    })
}

/// Images without `alt`.
pub(in crate::edition::mail::judge) fn alternatives(page: &Page) -> Vec<Finding> {
    let images = page.elements.iter().filter(|element| element.name == "img" && element.attribute("alt").is_none());
    let sources: BTreeSet<&str> = images.map(|image| image.attribute("src").unwrap_or_default()).collect();
    let finding = |source: &str| Finding {
        aspect: Aspect::Alternatives,
        code: "missing-alt",
        is_error: false,
        message: format!(
            "the image {source} has no alt attribute: many readers see no images, and get nothing instead"
        ),
        hint: "say what it shows; alt=\"\" says that it is decoration".into(),
        near: source.rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned).into_iter().collect(),
    };
    sources.into_iter().map(finding).collect()
}

/// Schemes of addresses that a mail program can follow.
const WHOLE: [&str; 6] = ["https://", "mailto:", "tel:", "cid:", "data:", "#"];

/// Links and images whose address a mail program cannot follow, or follows in the open.
pub(in crate::edition::mail::judge) fn addresses(page: &Page) -> Vec<Finding> {
    let written = page.elements.iter().flat_map(|element| {
        let is_followed = |name: &str| match element.name.as_str() {
            "a" | "area" | "link" => name == "href",
            "img" | "video" | "audio" | "source" => name == "src",
            _ => name == "background",
        };
        element.attributes.iter().filter(move |(name, _)| is_followed(name)).map(|(_, value)| value.as_str())
    });
    let others: BTreeSet<&str> =
        written.filter(|address| !WHOLE.iter().any(|start| address.starts_with(start))).collect();
    let finding = |address: &str| {
        let is_open = address.starts_with("http://");
        let (message, hint) = if is_open {
            (
                format!("`{address}` does not begin with https"),
                "use its https address: mail programs warn of others, or show no images from them",
            )
        } else {
            (format!("`{address}` leads nowhere from a mail"), "write the whole address, with https:// before it")
        };
        Finding {
            aspect: Aspect::Addresses,
            code: "mail-address",
            is_error: !is_open,
            message,
            hint: hint.into(),
            near: vec![address.to_owned()],
        }
    };
    others.into_iter().map(finding).collect()
}

pub(in crate::edition::mail::judge) fn lines(text: &str) -> Option<Finding> {
    let long = text.lines().filter(|line| !line.contains("://")).max_by_key(|line| line.chars().count())?;
    let width = long.chars().count();
    (width > COLUMNS).then(|| Finding {
        aspect: Aspect::Lines,
        code: "mail-lines",
        is_error: false,
        message: format!("a line of the plain text has {width} columns; {COLUMNS} can be read everywhere"),
        hint: "break it, or let the program do so; what stands in templates/mail/*.txt is broken too".into(),
        near: Vec::new(),
    })
}

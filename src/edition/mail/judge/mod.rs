//! Looks a mail through before a reader does: what mail programs do not know of its HTML and CSS, whether its colours can be read, what it weighs, what an inbox shows of it.
//! `letterpress check` and the preview say the same of a mail, because both ask here.

mod cascade;
mod clients;
mod colour;
mod contrast;
mod page;
mod sheet;
mod support;
mod words;

use std::collections::BTreeMap;

use crate::edition::mail::MailText;
use crate::edition::mail::plain::COLUMNS;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// Octets of HTML.
    Size,
    /// The subject's length.
    Subject,
    /// What an inbox shows behind it.
    Preheader,
    /// Words for images.
    Alternatives,
    /// Addresses of links and images.
    Addresses,
    /// Colours of text, by day and by night.
    Contrast,
    /// HTML and CSS that mail programs know.
    Support,
    /// The width of the plain text.
    Lines,
}

/// A mail to be looked through.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The mail.
    pub mail: &'a MailText,
    /// What an inbox shows behind the subject, where somebody could have written it; may be empty.
    pub preheader: Option<&'a str>,
    /// The posts in it: titles and addresses.
    pub posts: &'a [(&'a str, &'a str)],
}

/// Something that is not well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where it was looked.
    pub aspect: Aspect,
    /// The code of its diagnostic.
    pub code: &'static str,
    /// Whether the mail is broken; otherwise it is plainer than it could be, for some.
    pub is_error: bool,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Words that may stand in the source where it comes from.
    pub near: Vec<String>,
}

/// Everything that is not well with a mail, in the order of its aspects.
#[must_use]
pub fn findings(judged: &Judged<'_>) -> Vec<Finding> {
    let mail = judged.mail;
    let page = page::read(&mail.html);
    let mut found: Vec<Finding> = words::size(mail, judged.posts).into_iter().collect();
    found.extend(words::subject(mail.subject.as_str()));
    found.extend(judged.preheader.and_then(words::preheader));
    found.extend(words::alternatives(&page));
    found.extend(words::addresses(&page));
    found.extend(contrast::findings(&mail.html, &page));
    found.extend(support::findings(&page));
    found.extend(words::lines(&mail.text));
    found
}

/// What there is to be said of each aspect in which nothing was found.
#[must_use]
pub fn well(judged: &Judged<'_>, found: &[Finding]) -> Vec<(Aspect, String)> {
    let subject = judged.mail.subject.as_str().chars().count();
    let mut all = vec![
        (Aspect::Size, format!("{} octets of HTML; Gmail shows {}", judged.mail.html_octets(), words::GMAIL)),
        (Aspect::Subject, format!("The subject has {subject} characters")),
    ];
    let preheader = judged.preheader.map(|preheader| preheader.chars().count());
    all.extend(preheader.map(|length| (Aspect::Preheader, format!("The preheader has {length} characters"))));
    all.extend([
        (Aspect::Alternatives, "Every image has words for those who do not see it".to_owned()),
        (Aspect::Addresses, "Every address is a whole one and begins with https".to_owned()),
        (Aspect::Contrast, "Text stands out from its background, by day and by night".to_owned()),
        (Aspect::Support, "Gmail, Outlook, Apple Mail and Yahoo know what it needs".to_owned()),
        (Aspect::Lines, format!("The plain text keeps to {COLUMNS} columns")),
    ]);
    all.retain(|(aspect, _)| found.iter().all(|finding| finding.aspect != *aspect));
    all
}

/// What of HTML and CSS some mail program does not know, enhancements as well: by caniemail's titles, the programs by its names.
#[must_use]
pub fn unknown(html: &str) -> BTreeMap<&'static str, Vec<&'static str>> {
    support::unknown(&page::read(html))
}

/// What a mail may have although some program does not know it, and what that program's readers get instead.
#[must_use]
pub fn enhancements() -> &'static BTreeMap<String, String> {
    clients::enhancements()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::header_text::HeaderText;

    fn mail(subject: &str, html: &str, text: &str) -> MailText {
        MailText { subject: HeaderText::new(subject), html: html.into(), text: text.into() }
    }

    #[test]
    fn a_good_mail() {
        let long = "https://e.com/".repeat(9);
        let mail = mail(
            "Hello",
            "<a style=\"color:#000\" href=\"https://e.com/\">x</a><img src=\"https://e.com/x.png\" alt=\"\">",
            &long,
        );
        let judged = Judged { mail: &mail, preheader: Some("And more"), posts: &[] };
        let found = findings(&judged);
        assert_eq!(found, []);
        let well = well(&judged, &found);
        assert_eq!(well.len(), 8);
        assert_eq!(well[1].1, "The subject has 5 characters");
        assert_eq!(well[2].1, "The preheader has 8 characters");
    }

    #[test]
    fn everything_wrong() {
        let html = format!(
            "<p style=\"color:#999;position:fixed\">Pale</p><a href=\"http://e.com/\"><img src=\"x.png\"></a><a href=\"https://e.com/a/\">A</a>{}<a href=\"https://e.com/b/\">B</a>{}",
            "<p>words</p>".repeat(1000),
            "<p>words</p>".repeat(9000)
        );
        let mail = mail(&"long ".repeat(20), &html, &"wide ".repeat(20));
        let posts = [("First", "https://e.com/a/"), ("Second", "https://e.com/b/"), ("Third", "https://e.com/c/")];
        let judged = Judged { mail: &mail, preheader: Some(""), posts: &posts };
        let found = findings(&judged);
        assert_eq!(well(&judged, &found), []);
        let told: Vec<String> = found
            .iter()
            .map(|finding| {
                format!(
                    "{}{}: {} [{}]",
                    finding.code,
                    if finding.is_error { "!" } else { "" },
                    finding.message,
                    finding.hint
                )
            })
            .collect();
        let expected = [
            "heavy-mail!: 125 kB of HTML: Gmail cuts it off after 102 kB, the link to leave with it [make it shorter; most of it is in “Second” (113 kB), “First” (13 kB)]",
            "mail-subject: the subject has 99 characters: phones show the first 60 at most [say what matters first, or make it shorter]",
            "mail-preheader: there is no preheader: inboxes show the first words of the mail behind its subject [add preheader = \"…\", about 100 characters that go on where the subject ends]",
            "missing-alt: the image x.png has no alt attribute: many readers see no images, and get nothing instead [say what it shows; alt=\"\" says that it is decoration]",
            "mail-address: `http://e.com/` does not begin with https [use its https address: mail programs warn of others, or show no images from them]",
            "mail-address!: `x.png` leads nowhere from a mail [write the whole address, with https:// before it]",
            "mail-contrast: text of #999999 on #ffffff has a contrast of 2.8 to 1, less than 4.5: “Pale” [make one of them darker or the other lighter, in the theme's styles/mail.scss or where the text is coloured]",
            "mail-support: not every mail program knows position: not Gmail, Outlook on iOS, classic Outlook and Windows Mail [their readers get the mail without it: see to it that nothing is lost then, or leave it out; https://www.caniemail.com/features/css-position/]",
            "mail-lines: a line of the plain text has 100 columns; 72 can be read everywhere [break it, or let the program do so; what stands in templates/mail/*.txt is broken too]",
        ];
        assert_eq!(told, expected);
    }
}

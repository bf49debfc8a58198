//! The page of the preview on which a mail is looked at: wide and on a phone, by day and by night, without its images, as plain text, its header, its source.

use serde::Serialize;
use tera::Context;
use tera::Tera;

use crate::transport::live::PAGE_CSS;

const TEMPLATE: &str = include_str!("live/mail.html");
const STYLE: &str = include_str!("live/mail.css");
const SCRIPT: &str = include_str!("live/mail.js");

/// All that the page shows. Texts are plain.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MailSheet {
    /// The site's title.
    pub site: String,
    /// Path of the site's home page.
    pub home: String,
    /// The subject.
    pub subject: String,
    /// What the mail is for.
    pub about: String,
    /// What an inbox shows behind the subject.
    pub first_words: String,
    /// Facts: a word for each and what it is.
    pub facts: Vec<(String, String)>,
    /// What was looked at.
    pub checks: Vec<Check>,
    /// The address of the HTML part as it is shown; it changes with its bytes. `&scheme=dark` and `&images=off` may follow.
    pub frame: String,
    /// The plain-text part.
    pub text: String,
    /// The fields of the header: name and value, on one line each.
    pub header: Vec<(String, String)>,
    /// The whole letter.
    pub source: String,
    /// The address of the letter as a file.
    pub file: String,
    /// The other mails: path, name, and whether it is this one.
    pub others: Vec<(String, String, bool)>,
}

/// Something that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Whether it is well.
    pub is_well: bool,
    /// What was found, and what to do.
    pub text: String,
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    sheet: &'a MailSheet,
    css: &'a str,
    style: &'a str,
    script: &'a str,
}

/// The page.
///
/// # Errors
/// What the template engine says; our template gives it no occasion.
pub fn page(sheet: &MailSheet) -> Result<String, String> {
    let view = View { sheet, css: PAGE_CSS, style: STYLE, script: SCRIPT };
    let context = Context::from_serialize(&view).map_err(|error| error.to_string())?;
    let mut tera = Tera::new();
    tera.add_raw_template("mail.html", TEMPLATE).map_err(|error| error.to_string())?;
    tera.render("mail.html", &context).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_escaped() {
        let evil = "</pre></style><script>\"'&";
        let text = || evil.to_owned();
        let sheet = MailSheet {
            site: text(),
            home: text(),
            subject: text(),
            about: text(),
            first_words: text(),
            facts: vec![(text(), text())],
            checks: vec![Check { is_well: false, text: text() }],
            frame: text(),
            text: text(),
            header: vec![(text(), text())],
            source: text(),
            file: text(),
            others: vec![(text(), text(), true)],
        };
        let html = page(&sheet).unwrap();
        assert!(!html.contains(evil) && !html.contains("<script>\""), "{html}");
        assert!(html.contains("</head>"), "the preview's script needs a place");
    }

    #[test]
    fn a_mail_runs_no_script() {
        let html = page(&MailSheet::default()).unwrap();
        let frames: Vec<&str> = html.split("<iframe ").skip(1).collect();
        assert_eq!(frames.len(), 2);
        for frame in frames {
            let tag = frame.split('>').next().unwrap();
            assert!(tag.contains("sandbox=\"allow-same-origin") && !tag.contains("allow-scripts"), "{tag}");
        }
    }
}

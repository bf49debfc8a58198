//! What a mail is looked through for, beside the eye of whoever looks at it.

use crate::edition::mail::MailText;
use crate::edition::mail::plain::COLUMNS;
use crate::output::final_html;
use crate::transport::mail_sheet::Check;

/// Octets of HTML that Gmail shows; it hides the rest behind a link.
const MOST: usize = 102_400;
/// Characters of a subject that a phone shows.
const SUBJECT: usize = 60;

/// Looks through a mail.
pub(in crate::workflow::preview) fn checks(mail: &MailText) -> Vec<Check> {
    vec![
        size(mail.html_octets()),
        subject(mail.subject.as_str()),
        alternatives(&mail.html),
        addresses(&mail.html),
        lines(&mail.text),
    ]
}

fn check(is_well: bool, well: String, otherwise: String) -> Check {
    Check { is_well, text: if is_well { well } else { otherwise } }
}

fn size(octets: usize) -> Check {
    check(
        octets < MOST,
        format!("{octets} octets of HTML; Gmail shows {MOST}"),
        format!("{octets} octets of HTML: Gmail cuts it off after {MOST}. Make it shorter"),
    )
}

fn subject(subject: &str) -> Check {
    let length = subject.chars().count();
    check(
        length <= SUBJECT,
        format!("The subject has {length} characters"),
        format!("The subject has {length} characters: phones show the first {SUBJECT} at most"),
    )
}

fn alternatives(html: &str) -> Check {
    let without = final_html::look(html.as_bytes()).images_without_alt;
    let first = without.first().cloned().unwrap_or_default();
    check(
        without.is_empty(),
        "Every image has words for those who do not see it".into(),
        format!("Images without alt=\"…\": {}, such as {first}", without.len()),
    )
}

fn addresses(html: &str) -> Check {
    let links = final_html::look(html.as_bytes()).links;
    let is_whole = |link: &&String| {
        ["https://", "mailto:", "tel:", "cid:", "data:", "#"].iter().any(|start| link.starts_with(start))
    };
    let others: Vec<&String> = links.iter().filter(|link| !is_whole(link)).collect();
    let first = others.first().map(|link| (*link).clone()).unwrap_or_default();
    check(
        others.is_empty(),
        "Every address is a whole one and begins with https".into(),
        format!("Addresses that do not begin with https: {}, such as {first}", others.len()),
    )
}

fn lines(text: &str) -> Check {
    let longest = text.lines().filter(|line| !line.contains("://")).map(|line| line.chars().count()).max().unwrap_or(0);
    check(
        longest <= COLUMNS,
        format!("The plain text keeps to {COLUMNS} columns"),
        format!("A line of the plain text has {longest} columns; {COLUMNS} can be read everywhere"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::header_text::HeaderText;

    fn found(subject: &str, html: &str, text: &str) -> Vec<(bool, String)> {
        let mail = MailText { subject: HeaderText::new(subject), html: html.into(), text: text.into() };
        checks(&mail).into_iter().map(|check| (check.is_well, check.text)).collect()
    }

    #[test]
    fn a_good_mail() {
        let long = "https://e.com/".repeat(9);
        let found = found("Hello", "<a href=\"https://e.com/\">x</a><img src=\"https://e.com/x.png\" alt=\"\">", &long);
        assert!(found.iter().all(|(is_well, _)| *is_well), "{found:?}");
        assert_eq!(found[1].1, "The subject has 5 characters");
    }

    #[test]
    fn everything_wrong() {
        let html = format!("<a href=\"http://e.com/\"><img src=\"x.png\">{}", "<p>words</p>".repeat(9000));
        let found = found(&"long ".repeat(20), &html, &"wide ".repeat(20));
        assert!(found.iter().all(|(is_well, _)| !is_well), "{found:?}");
        let words: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
        assert!(words[0].ends_with("Gmail cuts it off after 102400. Make it shorter"), "{words:?}");
        assert!(words[1].starts_with("The subject has ") && words[1].ends_with("phones show the first 60 at most"));
        assert_eq!(words[2], "Images without alt=\"…\": 1, such as x.png");
        assert_eq!(words[3], "Addresses that do not begin with https: 2, such as http://e.com/");
        assert_eq!(words[4], "A line of the plain text has 100 columns; 72 can be read everywhere");
    }
}

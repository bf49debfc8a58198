//! Texts that run from right to left, in mails of a site that runs from left to right, and the other way round.

use letterpress::config::issues::Shape;
use letterpress::edition::mail::issue::IssueMail;
use letterpress::files::tree::FileTree;
use letterpress::value::path::SitePath;

use crate::site::Site;
use crate::support;

const ISSUE: &str = "+++\nsubject = \"No. 1: שלום\"\n+++\n{{<post id=\"a\" />}}\n\n{{<post id=\"b\" />}}\n";

fn drawn(language: &str, shape: Shape) -> IssueMail {
    let mut tree = FileTree::new();
    for (id, title, language) in [("a", "שלום", "he"), ("b", "Peace", "en")] {
        let head =
            format!("+++\ntitle = \"{title}\"\nid = \"{id}\"\ndate = 2026-10-01\nlanguage = \"{language}\"\n+++\n");
        let text = head + "First.\n\n- one\n- two\n\n> said\n";
        tree.insert_memory(SitePath::parse(&format!("posts/{id}.md")).unwrap(), text.as_bytes());
    }
    Site::new(&support::theme("broadside"), language, "", &tree).draw(shape, ISSUE).unwrap()
}

/// The style of the first such tag.
fn style<'h>(html: &'h str, tag: &str) -> &'h str {
    let rest = html.split(&format!("<{tag} style=\"")).nth(1).unwrap_or_else(|| panic!("{tag} of {html}"));
    rest.split('"').next().unwrap()
}

/// The first tag of a cell in that language.
fn cell<'h>(html: &'h str, language: &str) -> &'h str {
    let mut tags = html.split("<td").skip(1).map(|rest| rest.split('>').next().unwrap());
    tags.find(|tag| tag.contains(&format!(" lang=\"{language}\""))).unwrap_or_else(|| panic!("{language} of {html}"))
}

#[test]
fn a_post_runs_as_its_language_does() {
    for shape in [Shape::Digest, Shape::Letter] {
        let html = drawn("en", shape).mail.html;
        let cell = cell(&html, "he");
        assert!(cell.contains(" dir=\"rtl\"") && cell.contains(" align=\"right\""), "{cell}");
        let other = self::cell(&html, "en");
        assert!(!other.contains("dir=") && !other.contains(" align="), "{other}");
        assert_eq!(html.matches("dir=\"rtl\"").count(), 1, "{html}");
    }
    let html = drawn("en", Shape::Letter).mail.html;
    assert!(style(&html, "ul").contains("padding:0 26px 0 0"), "{}", style(&html, "ul"));
    assert!(style(&html, "blockquote").contains("border-right:3px"), "{}", style(&html, "blockquote"));
    let page = drawn("en", Shape::Letter).page;
    assert!(page.contains("<section class=\"issue-post issue-lead\" lang=\"he\" dir=\"rtl\">"), "{page}");
    assert!(page.contains("<section class=\"issue-post\" lang=\"en\">"), "{page}");
}

/// The styles of the cells of alerts, in the issue's own words.
fn alerts(theme: &str, language: &str) -> Vec<String> {
    let issue = "+++\nsubject = \"No. 1\"\n+++\n> [!NOTE]\n> Look.\n\n> [!WARNING]\n> Look again.\n";
    let site = Site::new(&support::theme(theme), language, "", &FileTree::new());
    let html = site.draw(Shape::Digest, issue).unwrap().mail.html;
    let tables = html.split(" class=\"alert ").skip(1);
    tables.map(|table| style(table, "td").to_owned()).collect()
}

#[test]
fn the_bar_of_an_alert_stands_where_its_text_begins() {
    for (theme, width) in [("broadside", "4px"), ("telegraph", "8px")] {
        let [left, right] = [alerts(theme, "en"), alerts(theme, "he")];
        assert_eq!((left.len(), right.len()), (2, 2));
        for (style, side, other) in [(&left, "left", "right"), (&right, "right", "left")] {
            for style in style {
                let is_bar = style.contains(&format!("border-{side}:{width} solid"));
                assert!(is_bar && !style.contains(&format!("border-{other}:{width}")), "{theme}: {style}");
            }
            let colour = |style: &str| style.rsplit('#').next().unwrap().to_owned();
            assert_ne!(colour(&style[0]), colour(&style[1]), "{theme}: a warning has a colour of its own");
        }
    }
}

#[test]
fn a_mail_runs_as_its_site_does() {
    let html = drawn("he", Shape::Digest).mail.html;
    assert!(html.contains("<html lang=\"he\" dir=\"rtl\""), "{html}");
    for part in ["masthead", "main", "colophon"] {
        assert!(html.contains(&format!("<td class=\"{part}\" align=\"right\"")), "{part}: {html}");
    }
    let (own, other) = (cell(&html, "he"), cell(&html, "en"));
    assert!(own.contains(" dir=\"rtl\"") && own.contains(" align=\"right\""), "{own}");
    assert!(other.contains(" dir=\"ltr\"") && other.contains(" align=\"left\""), "{other}");
    assert!(html.contains("<td class=\"browser\" align=\"left\""), "{html}");
}

#[test]
fn the_first_heading_does_not_say_the_title_twice() {
    let mail = drawn("en", Shape::Digest);
    assert!(mail.mail.html.contains(">The Fortnightly Proof</h1>"), "{}", mail.mail.html);
    assert!(mail.mail.text.starts_with("The Fortnightly Proof\n=====================\n"), "{}", mail.mail.text);
    assert_eq!(mail.mail.subject.as_str(), "No. 1: שלום");
}

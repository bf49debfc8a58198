//! The mails.

use letterpress::newsletter::mailing::NoticeKind;
use mail_parser::MessageParser;

use crate::site::BARE;
use crate::site::NEWSLETTER;
use crate::site::Site;

fn path(kind: NoticeKind) -> String {
    format!("/_letterpress/mail/{kind}/")
}

#[test]
fn every_mail_from_all_sides() {
    let site = Site::new(&format!("{BARE}{NEWSLETTER}")).preview();
    let list = site.get("/_letterpress/mail/").text;
    for kind in NoticeKind::ALL {
        let sheet = site.get(&path(kind));
        assert_eq!(sheet.status, 200, "{kind}");
        let source = site.get(&format!("{}{kind}.eml", path(kind)));
        assert_eq!((source.status, source.mime.as_str()), (200, "message/rfc822"), "{kind}");
        assert_eq!(source.disposition, format!("attachment; filename=\"{kind}.eml\""));
        let message = MessageParser::default().parse(&source.text).unwrap();
        let subject = message.subject().unwrap().replace('&', "&amp;");
        assert!(list.contains(&format!("href=\"{}\"", path(kind))) && list.contains(&subject), "{kind}: {list}");
        assert!(sheet.text.contains(&format!("<h1>{subject}</h1>")), "{kind}");
        assert_eq!(message.from().unwrap().first().unwrap().address(), Some("post@moor.example"), "{kind}");
        assert_eq!(message.date().unwrap().to_rfc3339(), "2026-11-15T09:00:00Z", "{kind}: the preview's clock");
        assert_eq!(message.header_raw("List-Id").is_some(), kind != NoticeKind::Lead, "{kind}");
        let reply = message.reply_to().unwrap().first().unwrap().address().unwrap().to_owned();
        assert_eq!(reply == "ada@example.com", kind == NoticeKind::Lead, "{kind}: {reply}");
        // What is sent has the addresses that it will have.
        let (html, text) = (message.body_html(0).unwrap(), message.body_text(0).unwrap());
        assert!(html.contains("https://moor.example/blog/") && !html.contains("localhost"), "{kind}: {html}");
        let line = text.lines().find(|line| line.len() > 20).unwrap();
        let escaped = line.trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        assert!(sheet.text.contains(&escaped), "{kind}: the plain text “{escaped}”");
        for part in ["Auto-Submitted", "Content-Transfer-Encoding: quoted-printable", "octets of HTML; Gmail shows"] {
            assert!(sheet.text.contains(part), "{kind}: {part}");
        }
        assert!(
            !sheet.text.contains("src=\"http") && !sheet.text.contains("url(\"http"),
            "{kind}: nothing from elsewhere"
        );
    }
}

#[test]
fn by_day_by_night_and_without_images() {
    let site = Site::new(&format!("{BARE}{NEWSLETTER}"));
    site.write("themes/house/static/mill.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    site.write(
        "themes/house/templates/mail/notice/confirm.html",
        "{% extends \"broadside/mail/notice/confirm.html\" %}{% block notice %}<img src=\"{{ asset(path=\"mill.svg\") }}\" alt=\"The mill\">{{ super() }}\
         <script>alert(1)</script><p onclick=\"alert(2)\">{% endblock notice %}",
    );
    let site = site.preview();
    let frame = |choices: &str| site.get(&format!("{}html?v=1{choices}", path(NoticeKind::Confirm)));
    let day = frame("&scheme=light&images=on");
    assert!(day.text.contains("@media (max-width:0){") && !day.text.contains("prefers-color-scheme"), "{}", day.text);
    assert!(day.text.contains("name=\"color-scheme\" content=\"light\""), "{}", day.text);
    let night = frame("&scheme=dark&images=off");
    assert!(
        night.text.contains("@media (min-width:0){") && night.text.contains("name=\"color-scheme\" content=\"dark\""),
        "{}",
        night.text
    );
    assert_eq!(frame("").text, day.text);
    // Nothing in a mail runs, whoever wrote it, and nothing is fetched where images are off.
    for (shown, images) in [(&day, "img-src * data:;"), (&night, "img-src 'none';")] {
        assert!(shown.policy.starts_with("default-src 'none'; ") && shown.policy.contains(images), "{}", shown.policy);
        assert!(!shown.policy.contains("script-src") && !shown.text.contains("client.js"), "{}", shown.policy);
    }
    // The pictures are those of the preview, and so are the pages that links lead to.
    let picture = day.text.split("src=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(picture.starts_with("/blog/mill.svg?h="), "{picture}");
    assert!(site.get(picture).mime.starts_with("image/svg+xml"));
    assert!(day.text.contains("href=\"/_letterpress/service/confirm/\""), "{}", day.text);
    assert!(day.text.contains("href=\"/blog/\""), "{}", day.text);
    // What a reader copies by hand is the true address.
    assert!(day.text.contains(">https://moor.example/letters/confirm/"), "{}", day.text);
}

#[test]
fn a_site_without_a_newsletter_has_mails_too() {
    let site = Site::new(BARE).preview();
    for kind in NoticeKind::ALL {
        let source = site.get(&format!("{}{kind}.eml", path(kind)));
        let message = MessageParser::default().parse(&source.text).unwrap();
        let from = message.from().unwrap().first().unwrap();
        assert_eq!((from.name(), from.address()), (Some("Moor & Mill"), Some("editors@example.com")), "{kind}");
        assert_eq!(site.get(&path(kind)).status, 200);
    }
}

#[test]
fn what_is_saved_is_shown() {
    let site = Site::new(&format!("{BARE}{NEWSLETTER}")).preview();
    let sheet = path(NoticeKind::Welcome);
    let frame = format!("{sheet}html");
    let address = |text: &str| text.split("data-frame=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let before = address(&site.get(&sheet).text);
    site.write("themes/house/templates/mail/colophon.html", "<p>Printed by the house.</p>\n");
    site.wait_for(&frame, "Printed by the house.");
    let now = site.get(&sheet).text;
    assert_ne!(address(&now), before, "the tab fetches the mail anew");
    site.write("themes/house/styles/_mail-tokens.scss", "@forward \"broadside/mail-tokens\";\n");
    site.write("themes/house/styles/mail.scss", "@use \"broadside/mail\";\np { letter-spacing: .123em; }\n");
    site.wait_for(&frame, "letter-spacing:.123em");
    site.write("themes/house/languages/en.toml", "[notice.welcome]\nsubject = \"Good morning\"\n");
    site.wait_for(&sheet, "<h1>Good morning</h1>");
    site.write("site.toml", &format!("{BARE}{NEWSLETTER}").replace("The Walking", "The Running"));
    site.wait_for(&frame, "The Running Letter");
    // A post is nothing to a mail, so its page stays as it is, to the byte.
    let before = site.get(&sheet).text;
    site.write("content/posts/first.md", "+++\ntitle = \"First\"\ndate = 2026-11-01\n+++\n\nOther words.\n");
    site.wait_for("/blog/posts/first/", "Other words.");
    assert_eq!(site.get(&sheet).text, before);
}

//! The mails of issues.

use mail_parser::MessageParser;

use crate::site::BARE;
use crate::site::NEWSLETTER;
use crate::site::Site;

const TEXT: &str = "content/issues/walks/2026-11-20/index.md";
const SHEET: &str = "/_letterpress/mail/issue/walks/2026-11-20/";
/// One pixel, and every octet of it is ASCII.
const PIXEL: &str = "GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

fn text(greeting: &str) -> String {
    format!(
        "+++\nnumber = 3\nsubject = \"To the mill\"\npreheader = \"And back\"\n+++\n{greeting}\n\n![The mill](mill.gif)\n\n{{{{<post id=\"posts/first\" />}}}}\n"
    )
}

fn site() -> Site {
    let site = Site::new(&format!("{BARE}{NEWSLETTER}"));
    site.write(TEXT, &text("Good morning,"));
    site.write("content/issues/walks/2026-11-20/mill.gif", PIXEL);
    site
}

/// The address of the picture in a mail that is shown.
fn picture(frame: &str) -> String {
    frame
        .split("src=\"")
        .map(|rest| rest.split('"').next().unwrap())
        .find(|src| src.contains("mill"))
        .unwrap()
        .to_owned()
}

#[test]
fn a_draft_is_drawn_with_each_save() {
    let site = site().preview();
    let list = site.get("/_letterpress/mail/").text;
    for part in [
        &format!("href=\"{SHEET}\""),
        "To the mill",
        "The Walking Letter, no. 3, for 20 November 2026, 09:00: a draft",
        "a draft, as it would be approved now",
    ] {
        assert!(list.contains(part), "{part}: {list}");
    }
    let sheet = site.get(SHEET);
    assert_eq!(sheet.status, 200);
    assert!(sheet.text.contains("<h1>To the mill</h1>") && sheet.text.contains("as it would be approved now"));
    assert!(sheet.text.contains(&format!("href=\"{SHEET}\" aria-current=\"page\"")), "{}", sheet.text);

    // The letter is that of a reader, with the addresses that it will have.
    let source = site.get(&format!("{SHEET}walks-2026-11-20.eml")).text;
    let letter = MessageParser::default().parse(&source).unwrap();
    let (html, plain) = (letter.body_html(0).unwrap(), letter.body_text(0).unwrap());
    for part in [&html, &plain] {
        assert!(part.contains("https://moor.example/blog/newsletter/walks/2026-11-20/"), "{part}");
        assert!(part.contains("https://moor.example/letters/unsubscribe/"), "{part}");
        assert!(!part.contains("localhost") && !part.contains("stand-in"), "{part}");
    }
    assert!(html.contains("src=\"https://moor.example/blog/newsletter/walks/2026-11-20/images/mill."), "{html}");
    let field = |name: &str| letter.header_raw(name).unwrap_or_default().trim().to_owned();
    assert!(field("List-Unsubscribe").starts_with("<https://moor.example/letters/unsubscribe/"));
    assert_eq!(field("List-Archive"), "<https://moor.example/blog/newsletter/walks/>");
    assert_eq!((field("Precedence").as_str(), field("Auto-Submitted").as_str()), ("bulk", ""));
    assert_eq!(letter.date().unwrap().to_rfc3339(), "2026-11-20T09:00:00Z");

    // Where it is shown its pictures and links are the preview's.
    let frame = format!("{SHEET}html");
    let shown = site.get(&frame).text;
    let src = picture(&shown);
    assert!(src.starts_with(&format!("{SHEET}images/mill.")), "{src}");
    let image = site.get(&src);
    assert_eq!((image.status, image.mime.as_str(), image.text.as_str()), (200, "image/gif", PIXEL));
    assert_eq!(site.get(&format!("{SHEET}images/none.gif")).status, 404);
    assert!(shown.contains("href=\"/blog/posts/first/\""), "{shown}");

    site.write(TEXT, &text("Good evening,"));
    assert!(!site.wait_for(&frame, "Good evening,").text.contains("Good morning,"));
    site.write("content/posts/first.md", "+++\ntitle = \"Second thoughts\"\ndate = 2026-11-01\n+++\n\nWords.\n");
    site.wait_for(&frame, "Second thoughts");
    assert_eq!(site.get("/_letterpress/mail/issue/walks/2026-11-21/").status, 404);
}

#[test]
fn an_approved_one_is_as_it_was_frozen() {
    let site = site();
    let approved = site.run(&["issue", "approve"]);
    assert!(approved.status.success(), "{}", String::from_utf8_lossy(&approved.stderr));
    let site = site.preview();
    site.write("content/posts/first.md", "+++\ntitle = \"Second thoughts\"\ndate = 2026-11-01\n+++\n\nWords.\n");
    site.wait_for("/blog/posts/first/", "Second thoughts");
    let shown = site.get(&format!("{SHEET}html")).text;
    assert!(shown.contains("First") && !shown.contains("Second thoughts"), "{shown}");
    assert_eq!(site.get(&picture(&shown)).text, PIXEL);
    assert!(site.get(SHEET).text.contains("approved, as it was frozen"));
}

#[test]
fn one_that_nobody_has_composed_is_shown_all_the_same() {
    let site = Site::new(&format!("{BARE}{NEWSLETTER}since = 2026-01-01\n")).preview();
    let list = site.get("/_letterpress/mail/").text;
    let words = "to come, as `letterpress issue compose` would make it now";
    assert!(list.contains(words) && list.contains("The Walking Letter 1: First"), "{list}");
    let sheet = list.split("href=\"").map(|rest| rest.split('"').next().unwrap());
    let sheet = { sheet }.find(|path| path.starts_with("/_letterpress/mail/issue/walks/")).unwrap().to_owned();
    let shown = site.get(&sheet);
    assert!(shown.status == 200 && shown.text.contains(words), "{}", shown.text);
    let frame = format!("{sheet}html");
    assert!(site.get(&frame).text.contains("First words."));
    // Nothing was written for that.
    assert!(!site.root().join("content/issues").exists());
    site.write("content/posts/second.md", "+++\ntitle = \"Second\"\ndate = 2026-11-02\n+++\n\nMore words.\n");
    site.wait_for(&frame, "More words.");
}

#[test]
fn where_no_post_waits_it_is_said_what_will_be() {
    let site = Site::new(&format!("{BARE}{NEWSLETTER}since = 2026-11-10\n")).preview();
    let list = site.get("/_letterpress/mail/").text;
    assert!(list.contains("No post waits for an issue. Once there is one, the issue of "), "{list}");
    assert!(list.contains("stands here, and `letterpress issue compose` writes its draft."), "{list}");
}

#[test]
fn what_keeps_a_draft_from_being_drawn_is_told() {
    let site = site();
    site.write("content/issues/walks/2026-11-20/mill.gif", "no picture");
    let site = site.preview();
    let sheet = site.get(SHEET);
    assert_eq!(sheet.status, 500, "{}", sheet.text);
    assert_eq!(site.get(&format!("{SHEET}html")).status, 500);
    let told = site.events(SHEET).find(|(name, _)| name == "mistakes").unwrap().1;
    assert!(told.contains("the picture content/issues/walks/2026-11-20/mill.gif cannot be sent"), "{told}");
}

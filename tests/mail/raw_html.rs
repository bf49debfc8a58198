//! Raw HTML and pictures from elsewhere: what of them a mail has, and what its editor is told.

use std::fs;

use letterpress::config::issues::Shape;
use letterpress::edition::mail::issue::IssueMail;
use letterpress::files::tree::FileTree;
use letterpress::value::path::SitePath;

use crate::site::Site;
use crate::support;

const ISSUE: &str = "+++\nsubject = \"Raw\"\n+++\nHello.\n\n{{<post id=\"a\" />}}\n";

/// A letter whose article is that text.
fn letter(theme: &str, text: &str) -> Result<IssueMail, Vec<String>> {
    let photo = fs::read(support::root().join("tests/fixtures/issue-mail/content/posts/reading-a-proof/photo.jpg"));
    let mut tree = FileTree::new();
    let mut put = |path: &str, bytes: &[u8]| tree.insert_memory(SitePath::parse(path).unwrap(), bytes);
    put("posts/photo.jpg", &photo.unwrap());
    put("posts/drawing.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"40\" height=\"20\"/>");
    put("posts/other.md", b"+++\ntitle = \"Other\"\nid = \"other\"\ndate = 2026-10-01\n+++\nText.\n");
    let post = format!("+++\ntitle = \"A\"\nid = \"a\"\ndate = 2026-10-02\n+++\n{text}\n");
    put("posts/a.md", post.as_bytes());
    let site = Site::new(&support::theme(theme), "en", "", &tree);
    site.draw(Shape::Letter, ISSUE).map_err(support::lines)
}

/// What stands between the two words.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let rest = text.split(from).nth(1).unwrap_or_else(|| panic!("{from} of {text}"));
    rest.split(to).next().unwrap()
}

#[test]
fn forms_are_left_out() {
    let mail = letter(
        "broadside",
        "FROM <input name=a> <button>Press</button>\n\n<form action=\"https://example.org/\"><input type=\"text\" name=\"b\"><select><option>Red</select>\
         <textarea>Write</textarea>\nIn the form</form>\n\n- [x] ticked\n\nTO",
    )
    .unwrap();
    let html = between(&mail.mail.html, "FROM", "TO");
    for gone in ["<input", "<form", "<button", "<select", "<textarea", "Press", "Red", "Write"] {
        assert!(!html.contains(gone), "{gone}: {html}");
        assert!(!between(&mail.mail.text, "FROM", "TO").contains(gone), "{gone}: {}", mail.mail.text);
    }
    assert!(html.contains("In the form") && html.contains("☑"), "{html}");
    // A box of the text's own is one on the page still; a box of a form is not.
    let page = between(&mail.page, "FROM", "TO");
    assert_eq!((page.matches("<input").count(), page.matches("checkbox").count()), (1, 1), "{page}");
}

#[test]
fn addresses_lead_where_those_of_markdown_do() {
    let text = "FROM <a href=\"other.md\">one</a> <a href=\"../other/#part\">two</a> <a href=\"/tags/\">three</a> <a href=\"https://example.org/?a=1&amp;b=2\">four</a>\n\nTO";
    let mail = letter("broadside", text).unwrap();
    let html = between(&mail.mail.html, "FROM", "TO");
    for address in [
        "https://letterpress.example/posts/other/",
        "https://letterpress.example/posts/other/#part",
        "https://letterpress.example/tags/",
        "https://example.org/?a=1&amp;b=2",
    ] {
        assert!(html.contains(&format!(" href=\"{address}\"")), "{address}: {html}");
        assert!(mail.page.contains(&format!(" href=\"{address}\"")), "{address}: {}", mail.page);
        assert!(mail.links.contains(&address.replace("&amp;", "&")), "{:?}", mail.links);
    }
    assert!(mail.mail.text.contains("FROM one [1] two [2] three [3] four [4]"), "{}", mail.mail.text);
    assert!(mail.mail.text.contains("\n[1] https://letterpress.example/posts/other/\n"), "{}", mail.mail.text);
    // The article itself is one line away.
    assert!(mail.mail.text.contains("\nhttps://letterpress.example/posts/a/\n"), "{}", mail.mail.text);

    // Of what is taken out nothing is said.
    assert!(letter("broadside", "<video src=\"none.mp4\"></video> <object data=\"none\"></object> words").is_ok());
    let said = letter("broadside", "<a href=\"othre.md\">one</a> <img src=\"phoot.jpg\" alt=\"\">").unwrap_err();
    assert_eq!(
        said,
        [
            "posts/a.md:6:10: error: the link's target `othre.md` does not exist [broken-link]; did you mean `other.md`?",
            "posts/a.md:6:38: error: the image `phoot.jpg` does not exist [missing-file]; did you mean `photo.jpg`?"
        ]
    );
}

#[test]
fn pictures_of_raw_html_are_frozen() {
    let text =
        "FROM <img src=\"photo.jpg\" width=\"300\" alt=\"A proof\">\n\n<p><img src=\"/posts/photo.jpg\"></p>\n\nTO";
    let mail = letter("broadside", text).unwrap();
    let own = "https://letterpress.example/newsletter/fortnightly/2026-11-15/images/photo-";
    let html = between(&mail.mail.html, "FROM", "TO");
    assert_eq!(html.matches(own).count(), 2, "{html}");
    for tag in html.split("<img ").skip(1) {
        let tag = tag.split('>').next().unwrap();
        assert!(tag.contains(" height=\"") && tag.contains(" alt=\""), "{tag}");
    }
    assert!(html.contains(" width=\"300\""), "{html}");
    assert_eq!(
        support::lines(mail.report),
        [
            "warning: the picture posts/photo.jpg has no alternative text: who sees no pictures gets nothing [missing-alt]; \
             say what it shows; alt=\"\" says that it is decoration"
        ]
    );
}

#[test]
fn pictures_from_elsewhere_are_links() {
    let text = "FROM <img src=\"http://evil.example/track.gif\"> ![A quay](http://ext.example/x.png) [![A sail](https://ext.example/y.webp)](https://example.org/)\n\n\
                ![Dots](data:image/png;base64,iVBORw0KGgo=) <img src=\"/logo.png\" alt=\"Logo\">\n\nTO";
    for theme in ["broadside", "telegraph"] {
        let mail = letter(theme, text).unwrap();
        for html in [&mail.mail.html, &mail.page] {
            let html = between(html, "FROM", "TO");
            assert!(!html.contains("<img") && !html.contains("track.gif") && !html.contains("y.webp"), "{html}");
            assert!(html.contains("href=\"http://ext.example/x.png\"") && html.contains(">A quay</a>"), "{html}");
            assert!(html.contains(">A sail</a>") && html.contains("Dots") && !html.contains("data:"), "{html}");
        }
        assert!(mail.links.contains(&"http://ext.example/x.png".to_owned()), "{:?}", mail.links);
        let said = support::lines(mail.report);
        assert_eq!(said.len(), 5, "{said:#?}");
        let told = said.iter().find(|line| line.contains("x.png"));
        assert_eq!(
            told.unwrap(),
            "posts/a.md:6:58: warning: the picture http://ext.example/x.png is not sent: it is no file of content/. In its place stands its text [foreign-image]; \
             put the picture into content/, beside the text that shows it: then it is sent along, and stays"
        );
    }
}

#[test]
fn the_page_takes_along_what_mails_do_not_show() {
    let mail = letter("broadside", "FROM ![A drawing](drawing.svg)\n\nTO").unwrap();
    assert!(!between(&mail.mail.html, "FROM", "TO").contains("<img"));
    let page = between(&mail.page, "FROM", "TO");
    assert!(page.contains(" src=\"/newsletter/fortnightly/2026-11-15/images/drawing."), "{page}");
    let names: Vec<&str> = mail.images.iter().map(|image| &*image.name).collect();
    assert!(names.len() == 1 && names[0].ends_with(".svg"), "{names:?}");
}

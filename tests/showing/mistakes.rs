//! Mistakes in what only the service draws: told on the pages that have them, and on no others.

use serde_json::Value;

use crate::site::BARE;
use crate::site::Site;

const MAIL: &str = "/_letterpress/mail/confirm/";
const PAGE: &str = "/_letterpress/service/confirm/";
const NOTICE: &str = "themes/house/templates/mail/notice/confirm.html";

/// What the next event of that kind says.
fn next(events: &mut impl Iterator<Item = (String, String)>, wanted: &str) -> Value {
    let data = events.find(|(name, _)| name == wanted).map(|(_, data)| data).unwrap();
    serde_json::from_str(&data).unwrap()
}

/// The first of what a tab there is told about mistakes.
fn told(site: &Site, page: &str) -> (String, String) {
    site.events(page).find(|(name, _)| name == "mistakes" || name == "well").unwrap()
}

#[test]
fn a_mail_that_cannot_be_drawn() {
    let site = Site::new(BARE).preview();
    let good = site.get(MAIL).text;
    let mut events = site.events(MAIL);
    next(&mut events, "well");
    let page = next(&mut events, "page");
    assert_eq!(page["version"].as_str().unwrap().len(), 16);
    for (wrong, word) in [
        ("{% extends \"broadside/mail/notice/confirm.html\" %}\n{% block notice %}{{ link", "end of"),
        ("{{ nobody.name }}", "nobody"),
    ] {
        site.write(NOTICE, wrong);
        // Told at once, and again when the whole site has been looked through.
        let mistakes = std::iter::from_fn(|| Some(next(&mut events, "mistakes")))
            .find(|mistakes| mistakes["html"].as_str().unwrap().contains(word))
            .unwrap();
        assert_eq!(mistakes["count"], 1, "{mistakes}");
        assert!(mistakes["html"].as_str().unwrap().contains(NOTICE), "{mistakes}");
        assert_eq!(site.get(MAIL).text, good, "what was last right still stands");
        // Nobody else is disturbed by it.
        for other in [PAGE, "/blog/", "/_letterpress/"] {
            assert_eq!(told(&site, other).0, "well", "{other}");
        }
        assert!(told(&site, MAIL).1.contains(word), "whoever comes later is told too");
    }
    site.write(
        NOTICE,
        "{% extends \"broadside/mail/notice/confirm.html\" %}{% block notice %}<p>Mended.</p>{% endblock notice %}",
    );
    next(&mut events, "well");
    site.wait_for(&format!("{MAIL}html"), "Mended.");
}

#[test]
fn a_page_that_never_could_be_drawn() {
    let site = Site::new(BARE);
    site.write(
        "themes/house/templates/web/service/confirm.html",
        "{% extends \"web/service/base.html\" %}\n{% block service %}{{ reader.name }}{% endblock service %}\n",
    );
    site.write("themes/house/styles/mail.scss", "p { color: $nothing; }\n");
    let site = site.preview();
    for (path, word) in [(PAGE, "service/confirm.html"), (MAIL, "mail.scss"), ("/_letterpress/mail/", "mail.scss")] {
        assert!(told(&site, path).1.contains(word), "{path}: {:?}", told(&site, path));
    }
    for path in [PAGE, MAIL] {
        let shown = site.get(path);
        assert_eq!(shown.status, 500);
        assert!(shown.text.contains("This page has mistakes") && shown.text.contains("client.js"), "{}", shown.text);
    }
    let frame = site.get(&format!("{MAIL}html"));
    assert_eq!(
        (frame.status, frame.text.as_str()),
        (500, "This mail cannot be drawn as long as there are mistakes in it.\n")
    );
    assert_eq!(site.get("/_letterpress/service/confirmed/").status, 200, "the others can");
    assert_eq!(site.get("/_letterpress/mail/").status, 200);
}

#[test]
fn a_site_that_is_wrong_from_the_start() {
    let site = Site::new("titel = \"x\"\n").preview();
    for path in [PAGE, MAIL] {
        assert_eq!(site.get(path).status, 503, "{path}");
        assert!(told(&site, path).1.contains("titel"), "{path}");
    }
    site.write("site.toml", BARE);
    site.wait_for(PAGE, "<h1>");
    site.wait_for(MAIL, "<h1>");
}

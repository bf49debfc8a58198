//! The service's pages.

use letterpress::edition::service::ServicePage;

use crate::site::BARE;
use crate::site::NEWSLETTER;
use crate::site::Site;

fn path(page: ServicePage) -> String {
    format!("/_letterpress/service/{}/", page.word())
}

#[test]
fn every_page_by_the_theme_with_the_previews_own_files() {
    let site = Site::new(&format!("{BARE}{NEWSLETTER}")).preview();
    let list = site.get("/_letterpress/service/");
    for page in ServicePage::ALL {
        assert!(list.text.contains(&format!("href=\"{}\"", path(page))), "{}", page.word());
        let shown = site.get(&path(page));
        assert_eq!((shown.status, shown.mime.as_str()), (200, "text/html; charset=utf-8"), "{}", page.word());
        assert!(shown.text.contains("<h1>") && shown.text.contains("/_letterpress/client.js"), "{}", shown.text);
        // By whatever name the preview is looked at, everything comes from it: else no style would be swapped.
        assert!(shown.text.contains("href=\"/blog/assets/main.css\""), "{}", shown.text);
        assert!(!shown.text.contains("localhost"), "{}", shown.text);
        assert!(shown.text.contains("<a href=\"/blog/about/\">"), "links of site.toml lead somewhere: {}", shown.text);
        for address in shown.text.split("src=\"").skip(1).filter_map(|part| part.split('"').next()) {
            assert_eq!(site.get(address).status, 200, "{}: {address}", page.word());
        }
        assert_eq!(shown.policy, "form-action 'none'", "no browser sends the forms");
    }
    assert_eq!(site.get("/blog/assets/main.css").status, 200);
    assert_eq!(site.post(&path(ServicePage::Confirm)), 405);
}

#[test]
fn the_front_page_leads_there() {
    let site = Site::new(BARE).preview();
    let front = site.get("/_letterpress/").text;
    for list in ["/_letterpress/service/", "/_letterpress/mail/"] {
        assert!(front.contains(&format!("href=\"{list}\"")), "{front}");
        let moved = site.get(list.trim_end_matches('/'));
        assert_eq!((moved.status, moved.location.as_str()), (307, list));
        assert_eq!(site.get(list).status, 200);
    }
    for nothing in [
        "service/nothing/",
        "service/confirm",
        "service/confirm/x",
        "mail/nothing/",
        "mail/confirm",
        "mail/confirm/x",
        "mail/confirm/welcome.eml",
    ] {
        assert_eq!(site.get(&format!("/_letterpress/{nothing}")).status, 404, "{nothing}");
    }
}

#[test]
fn what_is_saved_is_shown() {
    let site = Site::new(BARE).preview();
    let path = path(ServicePage::Confirm);
    assert!(site.get(&path).text.contains("Moor &amp; Mill"));
    site.write("themes/house/templates/web/service/home-link.html", "<p>Home, by the house.</p>\n");
    site.wait_for("/_letterpress/service/confirmed/", "Home, by the house.");
    site.write("themes/house/languages/en.toml", "[service.title]\nconfirm = \"Say yes\"\n");
    site.wait_for(&path, "<h1>Say yes</h1>");
    assert!(site.get("/_letterpress/service/").text.contains("Say yes"), "in the list too");
    site.write("site.toml", &format!("{BARE}{NEWSLETTER}"));
    site.wait_for(&path, "The Walking Letter");
    // A post that moves takes along what links to it: here a page that the menu names.
    site.write("content/pages/about.md", "+++\ntitle = \"About\"\nslug = \"who\"\n+++\n\nAbout words.\n");
    site.wait_for(&path, "<a href=\"/blog/who/\">");
}

//! The pages themselves, without a server: both themes, every language, and a theme that lacks some.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use letterpress::diagnostic::terminal;
use letterpress::edition::service::ServicePage;
use letterpress::edition::service::ServicePress;
use letterpress::edition::service_view::ServiceView;
use letterpress::files::read;
use letterpress::files::tree::File;
use letterpress::files::tree::FileTree;
use letterpress::files::tree::Place;
use letterpress::theme;
use letterpress::theme::Theme;
use letterpress::value::path::SitePath;

use crate::house;

fn themes() -> FileTree {
    let (files, errors) = read::tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("themes"), "themes");
    assert!(errors.is_empty());
    files
}

fn load(name: &str, files: &FileTree) -> Arc<Theme> {
    let (theme, report) = theme::load(name, None, files);
    assert!(!report.has_errors(), "{:?}", report.diagnostics());
    Arc::new(theme.unwrap())
}

fn press(site: &str, theme: &Arc<Theme>) -> ServicePress {
    let (press, report) = ServicePress::new(&house::config(site), theme, &BTreeMap::new());
    assert!(report.is_empty(), "{:?}", report.diagnostics());
    press.unwrap()
}

#[test]
fn every_page_in_both_themes() {
    let files = themes();
    for name in ["broadside", "telegraph"] {
        let theme = load(name, &files);
        let press = press(house::SITE, &theme);
        for page in ServicePage::ALL {
            let html =
                press.page(page, &press.sample(page)).unwrap_or_else(|error| panic!("{}", terminal::short(&error)));
            assert_eq!(ServicePage::parse(page.word()), Some(page));
            assert!(html.contains("<meta name=\"robots\" content=\"noindex\">"), "{name} {}", page.word());
            assert!(html.contains("<html lang=\"en\"") && html.contains("<h1>"), "{name} {}", page.word());
            // The service has no files: everything is fetched from the site, under the names that it has there.
            for style in theme.styles.iter().filter(|style| style.pages.is_none()) {
                assert!(html.contains(&format!("href=\"https://news.example/{}\"", style.path.as_str())), "{html}");
            }
            assert!(html.contains("src=\"https://news.example/theme.js?h="), "{html}");
            for attribute in ["href=\"", "src=\"", "action=\""] {
                for address in html.split(attribute).skip(1).filter_map(|part| part.split('"').next()) {
                    let is_whole = address.starts_with("https://") || address == "#main";
                    assert!(is_whole, "{name} {}: {attribute}{address}", page.word());
                }
            }
            for form in html.split("<form").skip(1) {
                assert!(form.split('>').next().unwrap().contains("method=\"post\""), "{name} {}", page.word());
            }
            // What is empty stays away.
            press.page(page, &ServiceView::default()).unwrap();
        }
    }
}

#[test]
fn every_language_has_every_word() {
    let theme = load("broadside", &themes());
    let words = |language: &str| {
        let site = house::SITE.replacen("base_url", &format!("language = \"{language}\"\nbase_url"), 1);
        let press = press(&site, &theme);
        ServicePage::ALL.map(|page| press.page(page, &press.sample(page)).unwrap())
    };
    let english = words("en");
    for language in ["de", "fr", "es", "ja", "zh"] {
        for (page, (html, english)) in ServicePage::ALL.into_iter().zip(words(language).iter().zip(&english)) {
            let title = |html: &str| html.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap().to_owned();
            assert_ne!(title(html), title(english), "{language} {}", page.word());
        }
    }
}

#[test]
fn a_theme_without_words_speaks_english() {
    let files = themes();
    let mut bare = FileTree::new();
    for file in files.iter().filter(|file| file.path.as_str().starts_with("broadside/templates/")) {
        // The templates' own words are another matter: theirs are gone with them.
        let own = file.path.as_str().contains("/web/") && !file.path.as_str().contains("/blocks/");
        let place = Place::Memory(Arc::from(&b"{{ head }}{{ service.title }}"[..]));
        let path = SitePath::parse(&file.path.as_str().replacen("broadside", "bare", 1)).unwrap();
        if own {
            bare.insert(File { path, name: file.name.clone(), place });
        }
    }
    let manifest = Place::Memory(Arc::from(&b"name = \"Bare\"\nletterpress = \">=0.1, <0.2\"\n"[..]));
    let path = SitePath::parse("bare/theme.toml").unwrap();
    bare.insert(File { path, name: "themes/bare/theme.toml".into(), place: manifest });
    let (bare, worded) = (press(house::SITE, &load("bare", &bare)), press(house::SITE, &load("broadside", &files)));
    let english = files.get("broadside/languages/en.toml").unwrap().bytes().unwrap();
    let english: toml::Table = toml::from_str(std::str::from_utf8(&english).unwrap()).unwrap();
    let mut keys: Vec<String> =
        english["service"]["title"].as_table().unwrap().keys().map(|key| format!("title.{key}")).collect();
    keys.extend(english["service"].as_table().unwrap().keys().cloned());
    let mut known = 0;
    for key in keys.iter().map(|key| format!("service.{key}")) {
        let word = bare.word(&key, &[]);
        if word != key {
            assert_eq!(word, worded.word(&key, &[]), "{key}");
            known += 1;
        }
    }
    assert_eq!(known, 37, "words that the program itself says");
    for page in ServicePage::ALL {
        let html = bare.page(page, &ServiceView::default()).unwrap();
        assert!(!html.contains("service.title"), "{html}");
    }
}

#[test]
fn links_of_the_site_are_whole_addresses_or_left_out() {
    let theme = load("broadside", &themes());
    let site = house::SITE.replacen("[subscribe]", "[[navigation]]\nlabel = \"Posts\"\nto = \"/posts/\"\n[[navigation]]\nlabel = \"About\"\nto = \"pages/about.md\"\n[subscribe]\nprivacy = \"pages/privacy.md\"", 1);
    let config = house::config(&site);
    let draw = |links: &BTreeMap<String, String>| {
        let (press, _) = ServicePress::new(&config, &theme, links);
        press.unwrap().page(ServicePage::Subscribe, &ServiceView::default()).unwrap()
    };
    let alone = draw(&BTreeMap::new());
    assert!(alone.contains("href=\"https://news.example/posts/\"") && !alone.contains("pages/"), "{alone}");
    let known = [("pages/about.md", "/about-us/"), ("pages/privacy.md", "/privacy/")];
    let whole = draw(&known.map(|(from, to)| (from.to_owned(), to.to_owned())).into_iter().collect());
    assert!(
        whole.contains("https://news.example/about-us/") && whole.contains("https://news.example/privacy/"),
        "{whole}"
    );
}

#[test]
fn a_theme_that_lacks_pages_or_asks_for_the_content_is_told_so() {
    let mut files = FileTree::new();
    let mut add = |path: &str, text: &str| {
        let (name, place) = (format!("themes/{path}").into(), Place::Memory(Arc::from(text.as_bytes())));
        files.insert(File { path: SitePath::parse(path).unwrap(), name, place });
    };
    add("mini/theme.toml", "name = \"Mini\"\nletterpress = \">=0.1, <0.2\"\n");
    for page in
        ["404", "archive", "author", "authors", "home", "issue", "issues", "list", "page", "post", "term", "terms"]
    {
        add(&format!("mini/templates/web/{page}.html"), "{{ head }}");
    }
    add("mini/templates/web/service/confirm.html", "{{ head }}");
    add("asks/theme.toml", "name = \"Asks\"\nletterpress = \">=0.1, <0.2\"\nextends = \"broadside\"\n");
    add(
        "asks/templates/web/service/confirm.html",
        "{{ head }}\n{% for post in posts(limit=3) %}{{ post.title }}{% endfor %}",
    );
    let told = |name: &str| {
        let (press, report) = ServicePress::new(&house::config(house::SITE), &load(name, &files), &BTreeMap::new());
        assert!(press.is_none());
        report.into_sorted().iter().map(terminal::short).collect::<Vec<_>>().join("\n")
    };
    let lacking = told("mini");
    for part in [
        "site.toml:5",
        "the theme `mini` lacks pages of the newsletter service: web/service/subscribe.html, ",
        "extends = \"broadside\"",
    ] {
        assert!(lacking.contains(part), "{part} in {lacking}");
    }
    assert!(!lacking.contains("confirm.html"), "{lacking}");
    let asks = told("asks");
    assert!(asks.contains("service/confirm.html:2") && asks.contains("posts"), "{asks}");
}

//! Themes that extend others, through the program that users run.

use std::process::Command;

use crate::site::Site;

/// Runs `letterpress build` in the site, which must not complain.
fn build(site: &Site, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_letterpress"));
    command.args(["--root", site.root().to_str().unwrap(), "--now", crate::site::NOW, "build", "--quiet"]);
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_theme_takes_what_it_lacks_from_another() {
    let site = Site::golden("small");
    site.put("themes/house/theme.toml", "name = \"House\"\nletterpress = \">=0.1\"\nextends = \"plain\"\n");
    site.put(
        "themes/house/templates/web/404.html",
        "<html><head>{{ head }}</head>House: {{ t(key=\"gone\") }}</html>\n",
    );
    site.put("themes/house/templates/web/card.html", "<li>House: {{ post.title }}</li>\n");
    site.put(
        "themes/house/templates/components/badge.html",
        "{% component badge(text: string, count: integer = 1) %}<i>House: {{ text }}</i>{% endcomponent badge %}\n",
    );
    site.put("themes/house/static/paper.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>\n");
    site.put("themes/house/languages/en.toml", "gone = \"Gone from the house.\"\n");
    build(&site, &[]);
    let plain = site.public();
    build(&site, &["--theme", "house"]);
    assert!(site.text("public/404.html").contains("House: Gone from the house."));
    // The parent's page, with the child's part in it.
    let home = site.text("public/index.html");
    assert!(home.contains("<h1>Small</h1>") && home.contains("<li>House: A bundle</li>"), "{home}");
    let post = site.text("public/posts/hello/index.html");
    assert!(post.contains("<i>House: inline</i>") && post.contains("<aside><b>A title</b>"), "{post}");
    assert!(site.text("public/paper.svg").contains("width=\"1\""));
    assert!(site.public().keys().any(|path| path.starts_with("assets/main.")), "the parent's style");
    assert_eq!(
        site.text("public/about/index.html").as_bytes(),
        plain["about/index.html"],
        "what is not replaced stays"
    );
}

#[test]
fn a_theme_of_three_generations_ends_in_the_one_in_the_program() {
    let site = Site::golden("small");
    let manifest =
        |name: &str, parent: &str| format!("name = \"{name}\"\nletterpress = \">=0.1\"\nextends = \"{parent}\"\n");
    site.put("themes/parent/theme.toml", manifest("Parent", "broadside"));
    site.put(
        "themes/parent/templates/web/404.html",
        "<html><head>{{ head }}</head>{% block words %}parent{% endblock %}</html>\n",
    );
    site.put("themes/child/theme.toml", manifest("Child", "parent"));
    site.put(
        "themes/child/templates/web/404.html",
        "{% extends \"parent/web/404.html\" %}{% block words %}child of {{ super() }}{% endblock %}\n",
    );
    for name in ["badge", "note"] {
        let path = format!("templates/components/{name}.html");
        let text = site.text(&format!("themes/plain/{path}"));
        site.put(&format!("themes/child/{path}"), text);
    }
    site.edit("site.toml", "theme = \"plain\"", "theme = \"child\"");
    build(&site, &[]);
    assert!(site.text("public/404.html").contains("child of parent"));
    assert!(site.text("public/posts/hello/index.html").contains("<aside><b>A title</b>"));
    assert!(site.text("public/index.html").len() > 1000, "the front page is Broadside's");
}

#[test]
fn every_page_says_what_it_is_without_the_themes_doing() {
    let site = Site::golden("small");
    build(&site, &[]);
    for (path, bytes) in site.public() {
        let is_page =
            path.ends_with(".html") && path != "404.html" && path != "hello.html" && !path.starts_with("old/");
        if is_page {
            let html = String::from_utf8(bytes).unwrap();
            for part in ["<link rel=\"canonical\"", "og:title", "og:url", "twitter:card", "application/ld+json"] {
                assert!(html.contains(part), "{path} lacks {part}");
            }
        }
    }
}

//! Whatever stands in a file, the program says what is wrong and goes on: no bytes of `site.toml`, of front matter or of a theme break the whole build.

use letterpress::diagnostic::json;
use letterpress::diagnostic::terminal;
use letterpress::workflow::failure::Failure;
use proptest::prelude::*;

use crate::site::Site;

/// Builds the site, shows what it says in every way, and looks that nothing is written where something is wrong.
fn survives(site: &Site) {
    let _ = std::fs::remove_dir_all(site.output());
    let diagnostics = match site.try_build() {
        Ok(summary) => summary.report.into_sorted(),
        Err(Failure::Mistakes(report)) => {
            assert!(report.has_errors() && !site.output().exists());
            report.into_sorted()
        }
        Err(other) => panic!("{other}"),
    };
    for diagnostic in &diagnostics {
        let _ = terminal::human(diagnostic, true);
        let _ = terminal::short(diagnostic);
        let _ = json::line(diagnostic);
    }
}

/// Lines that look like settings, right and wrong.
fn settings(keys: &'static [&'static str]) -> impl Strategy<Value = String> {
    let values = [
        "\"/a/{slug}/\"",
        "\"..\"",
        "\"/../x\"",
        "\"\"",
        "\"about\"",
        "[\"x\", \"/y/\", \"\"]",
        "[]",
        "{}",
        "{ src = \"x.png\" }",
        "true",
        "false",
        "-1",
        "0",
        "1e9",
        "9223372036854775807",
        "2026-02-30",
        "2026-11-01T25:00",
        "2026-11-01",
        "\"2026-11-01\"",
        "\"\\u0000\"",
        "\"日本/語\"",
        "\"%2e%2e/%ff\"",
        "\"a b?c#d\"",
        "nan",
        "[[1]]",
        "{ a = { b = [] } }",
        "\"square.png\"",
        "\"posts/bundle/square.png\"",
        "\"broadside\"",
        "\"/posts/hello/\"",
        "\"Posts/Hello\"",
        "\"posts/\"",
        "\"index.html\"",
    ];
    let pair = (prop::sample::select(keys), prop::sample::select(values.to_vec()));
    prop::collection::vec(pair, 0..6).prop_map(|pairs| {
        let mut text = String::new();
        for (key, value) in pairs {
            text += &if key.starts_with('[') { format!("{key}\n") } else { format!("{key} = {value}\n") };
        }
        text
    })
}

const SITE: &[&str] = &[
    "title",
    "description",
    "base_url",
    "language",
    "time_zone",
    "theme",
    "image",
    "copyright",
    "posts",
    "pages",
    "archive",
    "category",
    "path",
    "permalink",
    "limit",
    "atom",
    "rss",
    "for",
    "page_size",
    "widths",
    "quality",
    "header",
    "footer",
    "label",
    "to",
    "title",
    "url",
    "action",
    "name",
    "extra",
    "[permalinks]",
    "[collections.notes]",
    "[collections.posts]",
    "[outputs]",
    "[feeds]",
    "[feeds.tag]",
    "[podcast]",
    "[images]",
    "[blocks]",
    "[blocks.banner]",
    "[[navigation]]",
    "[subscribe]",
    "[terms.tag.x]",
];
const POST: &[&str] = &[
    "title",
    "id",
    "date",
    "updated",
    "expires",
    "slug",
    "url",
    "aliases",
    "authors",
    "category",
    "categories",
    "tags",
    "series",
    "description",
    "image",
    "audio",
    "draft",
    "language",
    "toc",
    "math",
    "newsletter",
    "extra",
    "image.alt",
    "extra.x",
    "[extra]",
    "unknown",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_of_site_toml(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let site = Site::of("errors/base");
        site.put("site.toml", bytes);
        survives(&site);
    }

    #[test]
    fn any_settings(text in settings(SITE)) {
        let site = Site::of("errors/base");
        let base = site.text("site.toml");
        site.put("site.toml", format!("{base}{text}"));
        survives(&site);
    }

    #[test]
    fn any_bytes_of_front_matter(bytes in prop::collection::vec(any::<u8>(), 0..200), fence in prop::sample::select(vec!["+++", "---"])) {
        let site = Site::of("errors/base");
        site.put("content/posts/any.md", [fence.as_bytes(), b"\n", &bytes, b"\n", fence.as_bytes(), b"\nText.\n"].concat());
        survives(&site);
    }

    #[test]
    fn any_front_matter(texts in prop::collection::vec(settings(POST), 1..4)) {
        let site = Site::of("errors/base");
        for (number, text) in texts.iter().enumerate() {
            site.put(&format!("content/posts/{number}.md"), format!("+++\ntitle = \"T\"\ndate = 2026-11-01\n{text}+++\n[x](hello.md)\n"));
            site.put(&format!("content/pages/{number}.md"), format!("+++\n{text}+++\nText.\n"));
            site.put(&format!("content/authors/{number}.md"), format!("+++\nname = \"N\"\n{text}+++\nText.\n"));
        }
        survives(&site);
    }

    #[test]
    fn any_bytes_of_a_theme(
        file in prop::sample::select(vec!["theme.toml", "templates/web/post.html", "templates/components/note.html", "languages/en.toml", "styles/main.scss"]),
        bytes in prop::collection::vec(any::<u8>(), 0..100),
        text in "(\\{\\{|\\}\\}|\\{%|%\\}|[a-z =\"|.<>()/\\[\\]{}:;\n]){0,40}",
        as_text in any::<bool>(),
    ) {
        let site = Site::of("errors/base");
        site.put("themes/mini/theme.toml", "name = \"Mini\"\nletterpress = \">=0.1\"\nstyles = [\"main.scss\"]\n");
        site.put("themes/mini/styles/main.scss", "a { b: c }\n");
        site.put(&format!("themes/mini/{file}"), if as_text { text.into_bytes() } else { bytes });
        survives(&site);
    }
}

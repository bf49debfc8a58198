//! The clock: what is scheduled appears by itself, what expires goes, drafts show only when asked for.

use letterpress::library::order::Visibility;

use crate::site::Site;
use crate::site::clock;

const SCHEDULED: &str = "posts/scheduled/index.html";
const EXPIRED: &str = "posts/expired/index.html";
const DRAFT: &str = "posts/draft/index.html";

#[test]
fn posts_come_and_go_by_the_clock() {
    let site = Site::golden("small");
    let at = |now: &str| site.build_with(|request| request.clock = clock(now)).next_change;
    let has = |path: &str| site.output().join(path).is_file();
    let next = at("2026-11-15T07:59:59[Europe/Berlin]");
    assert!(has(EXPIRED) && !has(SCHEDULED) && !has(DRAFT));
    assert!(next.unwrap().starts_with("2026-11-15T08:00:00+01:00"));
    let next = at("2026-11-15T08:00:00[Europe/Berlin]");
    assert!(!has(EXPIRED) && !has(SCHEDULED));
    assert!(next.unwrap().starts_with("2026-12-01T00:00:00+01:00"));
    // The site's midnight, not that of Greenwich.
    at("2026-11-30T22:59:59Z");
    assert!(!has(SCHEDULED) && !site.text("public/feed.xml").contains("Scheduled"));
    let next = at("2026-11-30T23:00:00Z");
    assert!(has(SCHEDULED) && next.is_none());
    for path in ["public/feed.xml", "public/sitemap.xml", "public/index.html", "public/archive/2026/index.html"] {
        assert!(site.text(path).to_lowercase().contains("scheduled"), "{path}");
    }
    // And back again.
    at("2026-11-20T00:00:00Z");
    assert!(!has(SCHEDULED));
}

#[test]
fn drafts_and_the_future_show_when_asked_for() {
    let site = Site::golden("small");
    let has = |path: &str| site.output().join(path).is_file();
    for (drafts, future) in [(true, false), (false, true), (true, true), (false, false)] {
        site.build_with(|request| request.visibility = Visibility { drafts, future });
        assert_eq!((has(DRAFT), has(SCHEDULED), has(EXPIRED)), (drafts, future, false));
        // What is shown before its time counts as nothing that readers should find.
        let sitemap = site.text("public/sitemap.xml");
        assert!(!sitemap.contains("posts/draft") && !sitemap.contains("posts/scheduled"), "{sitemap}");
        assert_eq!(has("tags/never/index.html"), drafts, "terms of what is not shown have no page");
    }
}

#[test]
fn files_of_a_post_are_as_secret_as_the_post() {
    let site = Site::golden("small");
    let front = |title: &str, more: &str| {
        format!(
            "+++\ntitle = \"{title}\"\ndate = 2026-11-01\ndescription = \"It.\"\n{more}+++\n![A picture](p.png) [a file](secret.txt)\n"
        )
    };
    let picture = std::fs::read("tests/fixtures/errors/base/content/posts/bundle/square.png").unwrap();
    for folder in ["content/posts/hush", "content/posts/loud"] {
        site.put(&format!("{folder}/p.png"), &picture);
        site.put(&format!("{folder}/secret.txt"), "not yet");
        site.put(&format!("{folder}/unused.txt"), "not yet");
    }
    site.put("content/posts/hush/index.md", front("Hush", "draft = true\n"));
    site.put("content/posts/loud/index.md", front("Loud", ""));
    site.build();
    let has = |path: &str| site.output().join(path).is_file();
    assert!(has("posts/loud/secret.txt") && has("posts/loud/unused.txt") && !has("posts/loud/p.png"));
    assert!(!has("posts/hush/secret.txt") && !has("posts/hush/unused.txt") && !has("posts/hush/p.png"));
    // A page that everybody may read and that shows the draft's file publishes it.
    site.put("content/pages/leak.md", "+++\ntitle = \"Leak\"\n+++\n[it](../posts/hush/secret.txt)\n");
    site.build();
    assert!(has("posts/hush/secret.txt") && !has("posts/hush/unused.txt"));
}

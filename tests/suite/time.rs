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

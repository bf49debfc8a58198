//! What `check` says of the newsletter's settings.

use crate::site::BARE;
use crate::site::NEWSLETTER;
use crate::site::Site;

fn warnings(settings: &str) -> String {
    let site = Site::new(settings);
    let output = site.run(&["check", "--format", "short"]);
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_service_hides_no_pages() {
    let endpoint = |url: &str| format!("{BARE}{}", NEWSLETTER.replace("https://moor.example/letters/", url));
    let told = warnings(&endpoint("https://moor.example/blog/posts/"));
    let expected = "site.toml:8:12: warning: `endpoint` is the address of /blog/posts/, and of 1 more below it: the newsletter's service would answer there [hidden-pages]";
    assert!(told.contains(expected), "{told}");
    assert!(
        warnings(&endpoint("https://moor.example/blog/about/")).contains("address of /blog/about/: the newsletter's")
    );
    for good in ["https://moor.example/blog/letters/", "https://letters.example/blog/posts/"] {
        let told = warnings(&endpoint(good));
        assert!(!told.contains("hidden-pages"), "{good}: {told}");
    }
}

//! `robots.txt` (RFC 9309).

/// Everyone may read everything; `sitemap` is the absolute URL of the sitemap, where there is one.
#[must_use]
pub fn render(sitemap: Option<&str>) -> String {
    let mut text = String::from("User-agent: *\nAllow: /\n");
    if let Some(url) = sitemap {
        text.push_str("\nSitemap: ");
        text.push_str(url);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_sitemap() {
        let expected = "User-agent: *\nAllow: /\n\nSitemap: https://example.com/sitemap.xml\n";
        assert_eq!(render(Some("https://example.com/sitemap.xml")), expected);
        assert_eq!(render(None), "User-agent: *\nAllow: /\n");
    }
}

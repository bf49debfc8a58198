//! The sitemap (sitemaps.org, protocol 0.9).

use jiff::Zoned;
use quick_xml::Writer;
use quick_xml::events::BytesDecl;
use quick_xml::events::BytesEnd;
use quick_xml::events::BytesStart;
use quick_xml::events::BytesText;
use quick_xml::events::Event;

use crate::value::url::SiteUrl;

/// URLs that one file may have.
pub const MOST_URLS: usize = 50_000;

/// Bytes that one file may have, before compression.
pub const MOST_BYTES: usize = 50 * 1024 * 1024;

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// One page.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Its absolute URL, percent-encoded.
    pub url: &'a str,
    /// When it last changed, where that is known.
    pub modified: Option<&'a Zoned>,
}

/// The sitemap of these pages, in their order: file names below the site's root and their bytes. The first is `sitemap.xml`; where one file
/// would have more than the protocol allows, it is an index of `sitemap-1.xml`, `sitemap-2.xml` and so on, which follow it.
#[must_use]
pub fn render(base: &SiteUrl, pages: &[Page<'_>]) -> Vec<(String, Vec<u8>)> {
    split(base, pages, MOST_URLS, MOST_BYTES)
}

fn split(base: &SiteUrl, pages: &[Page<'_>], most_urls: usize, most_bytes: usize) -> Vec<(String, Vec<u8>)> {
    let mut parts: Vec<Part<'_>> = vec![Part::default()];
    for page in pages {
        let element = element("url", page.url, page.modified);
        let mut part = parts.pop().unwrap_or_default();
        if part.urls == most_urls || part.urls > 0 && part.body.len() + element.len() + FRAME > most_bytes {
            parts.push(part);
            part = Part::default();
        }
        part.body.extend(element);
        part.urls += 1;
        part.modified = part.modified.into_iter().chain(page.modified).max_by_key(|moment| moment.timestamp());
        parts.push(part);
    }
    if let [one] = &*parts {
        return vec![("sitemap.xml".to_owned(), document("urlset", &one.body))];
    }
    let mut index = Vec::new();
    let mut files = Vec::with_capacity(parts.len() + 1);
    for (number, part) in (1..).zip(&parts) {
        let name = format!("sitemap-{number}.xml");
        index.extend(&element("sitemap", base.join(&name).url(), part.modified));
        files.push((name, document("urlset", &part.body)));
    }
    files.insert(0, ("sitemap.xml".to_owned(), document("sitemapindex", &index)));
    files
}

/// More than the declaration and the root element take.
const FRAME: usize = 200;

#[derive(Default)]
struct Part<'a> {
    body: Vec<u8>,
    urls: usize,
    modified: Option<&'a Zoned>,
}

/// `<name><loc>…</loc><lastmod>…</lastmod></name>` on a line of its own.
fn element(name: &str, url: &str, modified: Option<&Zoned>) -> Vec<u8> {
    let mut events = vec![Event::Start(BytesStart::new(name))];
    let modified = modified.map(lastmod);
    for (name, text) in [("loc", Some(url)), ("lastmod", modified.as_deref())] {
        let Some(text) = text else { continue };
        events.push(Event::Start(BytesStart::new(name)));
        events.push(Event::Text(BytesText::new(text)));
        events.push(Event::End(BytesEnd::new(name)));
    }
    events.push(Event::End(BytesEnd::new(name)));
    write(events)
}

fn document(root: &str, body: &[u8]) -> Vec<u8> {
    let declaration = Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None));
    let mut bytes = write([declaration]);
    bytes.extend(write([Event::Start(BytesStart::new(root).with_attributes([("xmlns", NAMESPACE)]))]));
    bytes.extend(body);
    bytes.extend(write([Event::End(BytesEnd::new(root))]));
    bytes
}

/// The events on one line.
fn write<'e>(events: impl IntoIterator<Item = Event<'e>>) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    for event in events {
        // Only the place that is written to can refuse, and a vector never does.
        let _ = writer.write_event(event);
    }
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    bytes
}

/// W3C date and time with seconds, in UTC.
fn lastmod(moment: &Zoned) -> String {
    moment.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn one_file_while_it_fits() {
        let base = SiteUrl::parse("https://example.com/").unwrap();
        let moment: Zoned = "2026-11-01T09:00:00+01:00[Europe/Berlin]".parse().unwrap();
        let pages = [
            Page { url: "https://example.com/", modified: None },
            Page { url: "https://example.com/a&b/", modified: Some(&moment) },
        ];
        let files = render(&base, &pages);
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].0, "sitemap.xml");
        assert_eq!(
            text(&files[0].1),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
             <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n\
             <url><loc>https://example.com/</loc></url>\n\
             <url><loc>https://example.com/a&amp;b/</loc><lastmod>2026-11-01T08:00:00Z</lastmod></url>\n\
             </urlset>\n"
        );
        assert!(text(&render(&base, &[])[0].1).contains("<urlset"));
    }

    #[test]
    fn an_index_of_parts_where_it_does_not() {
        let base = SiteUrl::parse("https://example.com/blog/").unwrap();
        let urls: Vec<String> = (0..5).map(|n| format!("https://example.com/blog/{n}/")).collect();
        let pages: Vec<Page<'_>> = urls.iter().map(|url| Page { url, modified: None }).collect();
        let files = split(&base, &pages, 2, MOST_BYTES);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["sitemap.xml", "sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml"]);
        assert!(text(&files[0].1).contains("<sitemap><loc>https://example.com/blog/sitemap-3.xml</loc></sitemap>"));
        let limit = FRAME + 130;
        for (_, bytes) in &split(&base, &pages, MOST_URLS, limit)[1..] {
            assert!(bytes.len() <= limit && text(bytes).matches("<loc>").count() <= 2);
        }
    }
}

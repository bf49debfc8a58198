//! The feeds: what another library reads out of them, what hostile text does to them, and their exact bytes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use feed_rs::model::Feed as Parsed;
use feed_rs::model::FeedType;
use jiff::Zoned;
use letterpress::edition::feed::atom;
use letterpress::edition::feed::json;
use letterpress::edition::feed::model::Enclosure;
use letterpress::edition::feed::model::Entry;
use letterpress::edition::feed::model::Feed;
use letterpress::edition::feed::model::Image;
use letterpress::edition::feed::model::Person;
use letterpress::edition::feed::podcast;
use letterpress::edition::feed::podcast::Show;
use letterpress::edition::feed::rss;
use letterpress::value::address::EmailAddress;
use letterpress::value::language::Language;

fn moment(text: &str) -> Zoned {
    text.parse().unwrap()
}

fn person(name: &str, url: Option<&str>) -> Person {
    Person { name: name.into(), url: url.map(Into::into), avatar: None }
}

/// A feed in which every field says something.
fn full() -> Feed {
    Feed {
        id: "https://example.com/".into(),
        title: "Ink & Paper".into(),
        description: "Letters about letters".into(),
        home_url: "https://example.com/".into(),
        self_url: "https://example.com/feed.xml".into(),
        language: Language::parse("en-GB").unwrap(),
        authors: vec![person("The editors", None)],
        icon: Some("https://example.com/icon.png".into()),
        copyright: Some("© The editors".into()),
        entries: vec![
            Entry {
                id: "tag:example.com,2026:hello".into(),
                title: "Hello, \"world\" & all".into(),
                url: "https://example.com/posts/hello/".into(),
                published: moment("2026-11-01T09:00:00+01:00[Europe/Berlin]"),
                updated: Some(moment("2026-11-02T10:30:00+01:00[Europe/Berlin]")),
                summary: "Why 1 < 2".into(),
                content: Some("<p>Fish &amp; <em>chips</em></p>".into()),
                authors: vec![person("Jane Doe", Some("https://example.com/authors/jane/")), person("The desk", None)],
                categories: vec!["Email".into(), "Design & type".into()],
                image: Some(Image {
                    url: "https://example.com/lead.jpg".into(),
                    mime: Some("image/jpeg".into()),
                    size: Some(4096),
                }),
                audio: Some(Enclosure {
                    url: "https://example.com/hello.mp3".into(),
                    mime: "audio/mpeg".into(),
                    size: Some(123_456),
                    duration_seconds: Some(754),
                }),
                language: None,
            },
            Entry {
                id: "tag:example.com,2026:hallo".into(),
                title: "Grüße".into(),
                url: "https://example.com/posts/gruesse/".into(),
                published: moment("2026-07-01T00:00:00+00:00[UTC]"),
                updated: None,
                summary: "Auf Deutsch".into(),
                content: None,
                authors: Vec::new(),
                categories: Vec::new(),
                image: None,
                audio: None,
                language: Language::parse("de"),
            },
        ],
    }
}

fn show() -> Show {
    Show {
        guid: None,
        author: "The editors".into(),
        email: EmailAddress::parse("radio@example.com").ok(),
        category: Some("Arts > Books".into()),
        explicit: false,
        image: Some("https://example.com/cover.jpg".into()),
        locked: true,
    }
}

fn empty() -> Feed {
    Feed { entries: Vec::new(), authors: Vec::new(), description: String::new(), ..full() }
}

fn parse(bytes: &[u8]) -> Parsed {
    feed_rs::parser::parse(bytes).unwrap_or_else(|error| panic!("{error}:\n{}", text(bytes)))
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn every_format(feed: &Feed) -> [(&'static str, Vec<u8>); 4] {
    [
        ("atom", atom::render(feed)),
        ("rss", rss::render(feed)),
        ("json", json::render(feed)),
        ("podcast", podcast::render(feed, &show())),
    ]
}

#[test]
fn another_library_reads_every_field() {
    for (format, bytes) in every_format(&full()) {
        let feed = parse(&bytes);
        let first = &feed.entries[0];
        assert_eq!(feed.title.unwrap().content, "Ink & Paper", "{format}");
        assert_eq!(feed.description.unwrap().content, "Letters about letters", "{format}");
        assert_eq!(feed.language.unwrap().to_lowercase(), "en-gb", "{format}");
        assert!(feed.links.iter().any(|link| link.href == "https://example.com/"), "{format}: {:?}", feed.links);
        assert!(feed.links.iter().any(|link| link.href == "https://example.com/feed.xml"), "{format}");
        assert_eq!(first.id, "tag:example.com,2026:hello", "{format}");
        assert_eq!(first.title.as_ref().unwrap().content, "Hello, \"world\" & all", "{format}");
        assert_eq!(first.links[0].href, "https://example.com/posts/hello/", "{format}");
        assert_eq!(first.published.unwrap().to_rfc3339(), "2026-11-01T08:00:00+00:00", "{format}");
        assert_eq!(first.updated.unwrap().to_rfc3339(), "2026-11-02T09:30:00+00:00", "{format}");
        let body = first.content.as_ref().unwrap().body.as_deref();
        assert_eq!(body, Some("<p>Fish &amp; <em>chips</em></p>"), "{format}");
        let summary = &first.summary.as_ref().unwrap().content;
        let expected = if matches!(format, "rss" | "podcast") { "Why 1 &lt; 2" } else { "Why 1 < 2" };
        assert_eq!(summary, expected, "{format}");
        let names: Vec<&str> = first.authors.iter().map(|author| author.name.as_deref().unwrap_or_default()).collect();
        assert_eq!(&names[..2], ["Jane Doe", "The desk"], "{format}");
        let terms: Vec<&str> = first.categories.iter().map(|category| category.term.as_str()).collect();
        assert_eq!(terms, ["Email", "Design & type"], "{format}");
        let said = text(&bytes);
        for part in ["https://example.com/hello.mp3", "123456", "audio/mpeg", "https://example.com/lead.jpg"] {
            assert!(said.contains(part), "{format} lacks {part}");
        }
    }
    let feed = parse(&atom::render(&full()));
    assert_eq!(feed.feed_type, FeedType::Atom);
    assert_eq!(feed.updated.unwrap().to_rfc3339(), "2026-11-02T09:30:00+00:00");
    assert_eq!(feed.rights.unwrap().content, "© The editors");
    assert_eq!(feed.icon.unwrap().uri, "https://example.com/icon.png");
    // The library does not read the language of an entry.
    assert!(text(&atom::render(&full())).contains("<entry xml:lang=\"de\">"));
    let feed = parse(&rss::render(&full()));
    assert_eq!(feed.updated.unwrap().to_rfc3339(), "2026-11-02T09:30:00+00:00");
    assert_eq!(feed.logo.unwrap().uri, "https://example.com/icon.png");
    assert_eq!(feed.entries[1].authors[0].name.as_deref(), Some("The editors"));
}

#[test]
fn a_podcast_has_the_episodes_alone() {
    let bytes = podcast::render(&full(), &show());
    let feed = parse(&bytes);
    assert_eq!(feed.entries.len(), 1);
    let media = feed.entries[0].media.iter().find(|media| !media.content.is_empty()).unwrap();
    assert_eq!(media.content[0].size, Some(123_456));
    assert_eq!(media.content[0].content_type.as_ref().unwrap().to_string(), "audio/mpeg");
    let duration = feed.entries[0].media.iter().find_map(|media| media.duration);
    assert_eq!(duration.unwrap().as_secs(), 754);
}

/// Titles, names and texts that break out of careless markup, or that XML cannot say at all.
#[test]
fn hostile_text_arrives_as_text() {
    let hostile = [
        ("<script>alert('x')</script>", "<script>alert('x')</script>"),
        ("]]> <![CDATA[ --> <!-- &amp; &lt;", "]]> <![CDATA[ --> <!-- &amp; &lt;"),
        ("👩🏽‍🚀 日本語 ‏עברית", "👩🏽‍🚀 日本語 ‏עברית"),
        ("a\u{0}b\u{8}c\u{1b}d\u{fffe}e\u{ffff}f", "abcdef"),
        (
            "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY y 'z'>]>&y;",
            "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY y 'z'>]>&y;",
        ),
    ];
    for (written, read) in hostile {
        let mut feed = full();
        feed.title = written.into();
        feed.description = written.into();
        let entry = &mut feed.entries[0];
        entry.title = written.into();
        entry.summary = written.into();
        entry.content = Some(written.into());
        entry.authors[0].name = written.into();
        entry.categories[0] = written.into();
        for (format, bytes) in every_format(&feed) {
            if format == "json" {
                let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                assert_eq!(json["items"][0]["title"], written);
                assert_eq!(json["items"][0]["tags"][0], written);
                continue;
            }
            let parsed = parse(&bytes);
            let first = &parsed.entries[0];
            assert_eq!(parsed.title.as_ref().unwrap().content, read, "{format}");
            assert_eq!(first.title.as_ref().unwrap().content, read, "{format}");
            assert_eq!(first.content.as_ref().unwrap().body.as_deref(), Some(read), "{format}");
            assert_eq!(first.categories[0].term, read, "{format}");
            assert_eq!(first.categories.len(), 2, "{format}");
        }
    }
}

#[test]
fn a_feed_without_entries_is_still_one() {
    for (format, bytes) in every_format(&empty()) {
        let feed = parse(&bytes);
        assert!(feed.entries.is_empty(), "{format}");
        assert_eq!(feed.title.unwrap().content, "Ink & Paper", "{format}");
        assert_eq!(bytes, every_format(&empty()).into_iter().find(|(name, _)| *name == format).unwrap().1);
    }
    let atom = atom::render(&empty());
    assert!(text(&atom).contains("<updated>1970-01-01T00:00:00Z</updated>"));
    assert!(text(&atom).contains("<author>"));
    assert!(!text(&rss::render(&empty())).contains("lastBuildDate"));
}

#[test]
fn dates_keep_to_minutes_of_offset() {
    let mut feed = full();
    feed.entries[0].published = moment("1880-01-01T00:00:00[Europe/Berlin]");
    assert!(text(&atom::render(&feed)).contains("<published>1879-12-31T23:06:32+00:00</published>"));
    assert!(text(&rss::render(&feed)).contains("<pubDate>Wed, 31 Dec 1879 23:06:32 +0000</pubDate>"));
}

/// One small feed in each format, byte for byte.
#[test]
fn the_bytes_of_each_format() {
    let mut small = full();
    small.icon = None;
    small.copyright = None;
    small.entries[0].authors.pop();
    small.entries[0].categories.pop();
    assert_eq!(text(&atom::render(&small)), ATOM);
    assert_eq!(text(&rss::render(&small)), RSS);
    assert_eq!(text(&json::render(&small)), JSON);
    assert_eq!(text(&podcast::render(&small, &show())), PODCAST);
}

const ATOM: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB" xmlns:media="http://search.yahoo.com/mrss/">
  <id>https://example.com/</id>
  <title>Ink &amp; Paper</title>
  <subtitle>Letters about letters</subtitle>
  <updated>2026-11-02T10:30:00+01:00</updated>
  <link rel="self" type="application/atom+xml" href="https://example.com/feed.xml"/>
  <link rel="alternate" type="text/html" href="https://example.com/"/>
  <author>
    <name>The editors</name>
  </author>
  <generator>Letterpress</generator>
  <entry>
    <id>tag:example.com,2026:hello</id>
    <title>Hello, "world" &amp; all</title>
    <published>2026-11-01T09:00:00+01:00</published>
    <updated>2026-11-02T10:30:00+01:00</updated>
    <link rel="alternate" type="text/html" href="https://example.com/posts/hello/"/>
    <link rel="enclosure" type="audio/mpeg" href="https://example.com/hello.mp3" length="123456"/>
    <author>
      <name>Jane Doe</name>
      <uri>https://example.com/authors/jane/</uri>
    </author>
    <category term="Email"/>
    <summary>Why 1 &lt; 2</summary>
    <content type="html">&lt;p&gt;Fish &amp;amp; &lt;em&gt;chips&lt;/em&gt;&lt;/p&gt;</content>
    <media:content url="https://example.com/lead.jpg" medium="image" type="image/jpeg" fileSize="4096"/>
  </entry>
  <entry xml:lang="de">
    <id>tag:example.com,2026:hallo</id>
    <title>Grüße</title>
    <published>2026-07-01T00:00:00+00:00</published>
    <updated>2026-07-01T00:00:00+00:00</updated>
    <link rel="alternate" type="text/html" href="https://example.com/posts/gruesse/"/>
    <summary>Auf Deutsch</summary>
  </entry>
</feed>
"#;

const RSS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
  <channel>
    <title>Ink &amp; Paper</title>
    <link>https://example.com/</link>
    <description>Letters about letters</description>
    <language>en-GB</language>
    <lastBuildDate>Mon, 02 Nov 2026 10:30:00 +0100</lastBuildDate>
    <generator>Letterpress</generator>
    <atom:link rel="self" type="application/rss+xml" href="https://example.com/feed.xml"/>
    <item>
      <title>Hello, "world" &amp; all</title>
      <link>https://example.com/posts/hello/</link>
      <guid isPermaLink="false">tag:example.com,2026:hello</guid>
      <pubDate>Sun, 01 Nov 2026 09:00:00 +0100</pubDate>
      <atom:updated>2026-11-02T10:30:00+01:00</atom:updated>
      <dc:creator>Jane Doe</dc:creator>
      <category>Email</category>
      <description>Why 1 &amp;lt; 2</description>
      <content:encoded>&lt;p&gt;Fish &amp;amp; &lt;em&gt;chips&lt;/em&gt;&lt;/p&gt;</content:encoded>
      <enclosure url="https://example.com/hello.mp3" length="123456" type="audio/mpeg"/>
      <media:content url="https://example.com/lead.jpg" medium="image" type="image/jpeg" fileSize="4096"/>
    </item>
    <item>
      <title>Grüße</title>
      <link>https://example.com/posts/gruesse/</link>
      <guid isPermaLink="false">tag:example.com,2026:hallo</guid>
      <pubDate>Wed, 01 Jul 2026 00:00:00 +0000</pubDate>
      <dc:creator>The editors</dc:creator>
      <dc:language>de</dc:language>
      <description>Auf Deutsch</description>
    </item>
  </channel>
</rss>
"#;

const JSON: &str = r#"{"version":"https://jsonfeed.org/version/1.1","title":"Ink & Paper","home_page_url":"https://example.com/","feed_url":"https://example.com/feed.xml","description":"Letters about letters","authors":[{"name":"The editors"}],"language":"en-GB","items":[{"id":"tag:example.com,2026:hello","url":"https://example.com/posts/hello/","title":"Hello, \"world\" & all","content_html":"<p>Fish &amp; <em>chips</em></p>","summary":"Why 1 < 2","image":"https://example.com/lead.jpg","date_published":"2026-11-01T09:00:00+01:00","date_modified":"2026-11-02T10:30:00+01:00","authors":[{"name":"Jane Doe","url":"https://example.com/authors/jane/"}],"tags":["Email"],"attachments":[{"url":"https://example.com/hello.mp3","mime_type":"audio/mpeg","size_in_bytes":123456,"duration_in_seconds":754}]},{"id":"tag:example.com,2026:hallo","url":"https://example.com/posts/gruesse/","title":"Grüße","content_text":"Auf Deutsch","summary":"Auf Deutsch","date_published":"2026-07-01T00:00:00+00:00","language":"de"}]}
"#;

const PODCAST: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0">
  <channel>
    <title>Ink &amp; Paper</title>
    <link>https://example.com/</link>
    <description>Letters about letters</description>
    <language>en-GB</language>
    <lastBuildDate>Mon, 02 Nov 2026 10:30:00 +0100</lastBuildDate>
    <generator>Letterpress</generator>
    <atom:link rel="self" type="application/rss+xml" href="https://example.com/feed.xml"/>
    <itunes:author>The editors</itunes:author>
    <itunes:summary>Letters about letters</itunes:summary>
    <itunes:type>episodic</itunes:type>
    <itunes:explicit>false</itunes:explicit>
    <itunes:image href="https://example.com/cover.jpg"/>
    <itunes:category text="Arts">
      <itunes:category text="Books"/>
    </itunes:category>
    <itunes:owner>
      <itunes:name>The editors</itunes:name>
      <itunes:email>radio@example.com</itunes:email>
    </itunes:owner>
    <podcast:guid>d84ced82-1926-54c0-88c2-bb01dd35d7e3</podcast:guid>
    <podcast:medium>podcast</podcast:medium>
    <podcast:locked owner="radio@example.com">yes</podcast:locked>
    <item>
      <title>Hello, "world" &amp; all</title>
      <link>https://example.com/posts/hello/</link>
      <guid isPermaLink="false">tag:example.com,2026:hello</guid>
      <pubDate>Sun, 01 Nov 2026 09:00:00 +0100</pubDate>
      <atom:updated>2026-11-02T10:30:00+01:00</atom:updated>
      <dc:creator>Jane Doe</dc:creator>
      <category>Email</category>
      <description>Why 1 &amp;lt; 2</description>
      <content:encoded>&lt;p&gt;Fish &amp;amp; &lt;em&gt;chips&lt;/em&gt;&lt;/p&gt;</content:encoded>
      <enclosure url="https://example.com/hello.mp3" length="123456" type="audio/mpeg"/>
      <itunes:author>Jane Doe</itunes:author>
      <itunes:summary>Why 1 &lt; 2</itunes:summary>
      <itunes:duration>754</itunes:duration>
      <itunes:explicit>false</itunes:explicit>
      <itunes:episodeType>full</itunes:episodeType>
      <itunes:image href="https://example.com/lead.jpg"/>
    </item>
  </channel>
</rss>
"#;

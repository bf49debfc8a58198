//! `new`: a file for a new post, with its front matter.

use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::Zoned;
use jiff::civil;
use jiff::tz::TimeZone;

use crate::config::permalink::Field;
use crate::config::permalink::Pattern;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::files::read;
use crate::transport::disk;
use crate::value::clock::Clock;
use crate::value::slug::Slug;
use crate::workflow::failure::Failure;
use crate::workflow::site_folder;

/// Longest slug in bytes: with date and extension the file's name must stay below the 255 bytes that file systems allow.
const LONGEST_SLUG: usize = 160;

/// The post to make.
#[derive(Clone, Debug)]
pub struct Request {
    /// The site's folder, or one below it.
    pub root: PathBuf,
    /// Its title; line breaks and runs of spaces become one space.
    pub title: String,
    /// The id of its collection; default `posts`.
    pub collection: Option<String>,
    /// Ids of profiles, or plain names.
    pub authors: Vec<String>,
    /// What it is posted under.
    pub category: Option<String>,
    /// What it is about.
    pub tags: Vec<String>,
    /// Its date; default now.
    pub date: Option<When>,
    /// A folder with an `index.md`, for a post with pictures, instead of one file.
    pub bundle: bool,
    /// Whether it is kept from publication.
    pub draft: bool,
    /// Now.
    pub clock: Clock,
}

/// A date as exact as a person wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// `2026-11-01`.
    Day(civil::Date),
    /// `2026-11-01T09:00`, in the site's zone.
    Local(civil::DateTime),
    /// `2026-11-01T09:00:00+01:00`.
    Exact(Timestamp),
}

/// The post that was made.
#[derive(Debug)]
pub struct Created {
    /// The file.
    pub path: PathBuf,
    /// The file, from the site's folder.
    pub name: String,
    /// The id that it got.
    pub id: String,
    /// What may come to be a mistake later.
    pub report: Report,
}

impl When {
    /// Reads a date, or a date and a time with or without offset.
    ///
    /// # Errors
    /// What to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let day = || text.parse().ok().filter(|_| text.len() == 10).map(Self::Day);
        let exact = || text.parse().ok().map(Self::Exact);
        let zoned = || text.parse::<Zoned>().ok().map(|moment| Self::Exact(moment.timestamp()));
        let local = || text.parse().ok().map(Self::Local);
        day()
            .or_else(zoned)
            .or_else(exact)
            .or_else(local)
            .ok_or_else(|| "write a date such as 2026-12-01, or a date and a time such as 2026-12-01T09:00".to_owned())
    }

    /// The day on the calendar of `zone`, and the value for front matter. Seconds are kept, what is smaller is not.
    fn in_zone(self, zone: &TimeZone) -> (civil::Date, String) {
        match self {
            Self::Day(day) => (day, day.to_string()),
            Self::Local(time) => (time.date(), time.strftime("%Y-%m-%dT%H:%M:%S").to_string()),
            Self::Exact(moment) => {
                let moment = moment.to_zoned(zone.clone());
                (moment.date(), moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
            }
        }
    }
}

/// Makes the file.
///
/// # Errors
/// [`Failure`] where there is no site or no such collection, the title has neither letter nor digit, or the file is there already: nothing is ever overwritten.
pub fn new(request: &Request) -> Result<Created, Failure> {
    let root = site_folder::find(&request.root)?;
    let config = site_folder::config(&root)?;
    let collection = site_folder::collection(&config, request.collection.as_deref().unwrap_or("posts"))?;
    let collection = &config.collections[collection];
    let title = request.title.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some(slug) = Slug::from_text(&title) else {
        let diagnostic = Diagnostic::error("bad-title", format!("the title “{title}” has neither letter nor digit"));
        let hint = "the file and its address are named after the title, so it needs at least one";
        return Err(Report::from(diagnostic.hint(hint)).into());
    };
    let slug = shortened(slug.as_str());
    let now = request.clock.in_zone(&config.time_zone).datetime().with().second(0).subsec_nanosecond(0).build();
    let now = now.unwrap_or_else(|_| request.clock.in_zone(&config.time_zone).datetime());
    let (day, date) = request.date.unwrap_or(When::Local(now)).in_zone(&config.time_zone);
    let stem = format!("content/{}/{day}-{slug}", collection.id);
    let (single, bundle) = (format!("{stem}.md"), format!("{stem}/index.md"));
    for taken in [&single, &bundle] {
        if read::exists(&root.join(taken)) {
            let diagnostic = Diagnostic::error("exists", format!("{taken} is there already and stays as it is"));
            let hint = "choose another title, or another date with --date";
            return Err(Report::from(diagnostic.hint(hint)).into());
        }
    }
    let name = if request.bundle { bundle } else { single };
    let path = root.join(&name);
    let report = namesakes(&root, &collection.id, &collection.permalink, slug);
    let id = fresh_id(&request.clock, &name, &title);
    disk::write_new(&path, front_matter(request, &title, &id, &date).as_bytes())?;
    Ok(Created { path, name, id, report })
}

/// Cut at a hyphen where there is one, else at a character.
fn shortened(slug: &str) -> &str {
    if slug.len() <= LONGEST_SLUG {
        return slug;
    }
    let mut end = LONGEST_SLUG;
    while !slug.is_char_boundary(end) {
        end -= 1;
    }
    let cut = &slug[..end];
    cut.rfind('-').filter(|at| *at > LONGEST_SLUG / 2).map_or(cut, |at| &cut[..at])
}

/// Posts of the same name from other days: where addresses have no date in them, the two would meet at one.
fn namesakes(root: &Path, collection: &str, permalink: &Pattern, slug: &str) -> Report {
    let mut report = Report::new();
    if [Field::Year, Field::Month, Field::Day].into_iter().any(|field| permalink.asks(field)) {
        return report;
    }
    let label = format!("content/{collection}");
    let (files, _) = read::tree(&root.join(&label), &label);
    for file in files.iter().filter(|file| matches!(file.path.extension(), "md" | "markdown")) {
        let folder = file.path.folder().rsplit('/').next().unwrap_or_default();
        let stem = if file.path.stem() == "index" && !folder.is_empty() { folder } else { file.path.stem() };
        if without_date(stem) == slug {
            let message = format!("{} has the same name, so the two would have the same address", file.name);
            let hint = "give one of them another `slug` in its front matter before both are published";
            report.push(Diagnostic::warning("same-name", message).hint(hint));
        }
    }
    report
}

/// `2026-11-01-hello` is `hello`.
fn without_date(stem: &str) -> &str {
    match stem.split_at_checked(11) {
        Some((date, rest)) if date.ends_with('-') && date[..10].parse::<civil::Date>().is_ok() => rest,
        _ => stem,
    }
}

/// Ten letters and digits that no other post has: no two posts are made at the same moment in the same file.
fn fresh_id(clock: &Clock, name: &str, title: &str) -> String {
    let seed = format!("{}\n{name}\n{title}", clock.timestamp());
    let hash = blake3::hash(seed.as_bytes());
    let mut id = data_encoding::BASE32_DNSSEC.encode(&hash.as_bytes()[..7]);
    id.truncate(10);
    id
}

fn front_matter(request: &Request, title: &str, id: &str, date: &str) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let list = |items: &[String]| toml::Value::from(items.to_vec()).to_string();
    let mut lines =
        vec![format!("title = {}", quoted(title)), format!("id = {}", quoted(id)), format!("date = {date}")];
    if !request.authors.is_empty() {
        lines.push(format!("authors = {}", list(&request.authors)));
    }
    if let Some(category) = &request.category {
        lines.push(format!("category = {}", quoted(category)));
    }
    if !request.tags.is_empty() {
        lines.push(format!("tags = {}", list(&request.tags)));
    }
    lines.push("description = \"\"".to_owned());
    if request.draft {
        lines.push("draft = true".to_owned());
    }
    format!("+++\n{}\n+++\n\n", lines.join("\n"))
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
mod tests {
    use super::*;

    fn request(root: &Path, title: &str) -> Request {
        Request {
            root: root.to_owned(),
            title: title.to_owned(),
            collection: None,
            authors: vec!["jane".into()],
            category: None,
            tags: vec!["a".into(), "say \"b\"".into()],
            date: None,
            bundle: false,
            draft: true,
            clock: Clock::parse("2026-11-15T23:30:12Z").unwrap(),
        }
    }

    #[test]
    fn dates_as_exact_as_written() {
        assert!(matches!(When::parse("2026-12-01"), Ok(When::Day(_))));
        assert!(matches!(When::parse("2026-12-01T09:00"), Ok(When::Local(_))));
        assert!(matches!(When::parse("2026-12-01 09:00"), Ok(When::Local(_))));
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        for text in ["2026-12-01T09:00:00+01:00", "2026-12-01T08:00:00Z", "2026-12-01T09:00[Europe/Berlin]"] {
            assert_eq!(When::parse(text).unwrap().in_zone(&zone).1, "2026-12-01T09:00:00+01:00", "{text}");
        }
        assert!(When::parse("1 December").is_err() && When::parse("2026-13-01").is_err());
    }

    #[test]
    fn one_file_with_front_matter_never_overwritten() {
        let site = tempfile::tempdir().unwrap();
        let settings = "title = \"A\"\nbase_url = \"https://a.example/\"\ntime_zone = \"Europe/Berlin\"\n";
        std::fs::write(site.path().join("site.toml"), settings).unwrap();
        let mut wanted = request(site.path(), " A “fine”\n title ");
        let made = new(&wanted).unwrap();
        assert_eq!(made.name, "content/posts/2026-11-16-a-fine-title.md", "the day is the site's");
        let text = std::fs::read_to_string(&made.path).unwrap();
        let expected = format!(
            "+++\ntitle = \"A “fine” title\"\nid = \"{}\"\ndate = 2026-11-16T00:30:00\nauthors = [\"jane\"]\n\
             tags = [\"a\", 'say \"b\"']\ndescription = \"\"\ndraft = true\n+++\n\n",
            made.id
        );
        assert_eq!(text, expected);
        assert!(made.id.len() == 10 && made.report.is_empty());
        for bundle in [false, true] {
            wanted.bundle = bundle;
            let Err(Failure::Mistakes(report)) = new(&wanted) else { panic!("it was overwritten") };
            assert!(report.diagnostics()[0].message.contains("is there already"));
        }
        wanted.date = Some(When::parse("2026-12-01").unwrap());
        let made = new(&wanted).unwrap();
        assert_eq!(made.name, "content/posts/2026-12-01-a-fine-title/index.md");
        assert_eq!(made.report.diagnostics()[0].code, "same-name");
        assert!(matches!(new(&request(site.path(), "…")), Err(Failure::Mistakes(_))));
        let elsewhere = Request { collection: Some("post".into()), ..request(site.path(), "x") };
        assert!(matches!(new(&elsewhere), Err(Failure::Mistakes(_))));
    }

    #[test]
    fn long_titles_become_short_names() {
        assert_eq!(shortened("a-b"), "a-b");
        let long = shortened(&"word-".repeat(90)).to_owned();
        assert!(long.len() <= LONGEST_SLUG && long.ends_with("word"));
        assert_eq!(shortened(&"日".repeat(90)).len(), 159);
    }
}

//! `init`: a complete new site, ready to be built.

use std::path::Path;
use std::path::PathBuf;

use jiff::tz::TimeZone;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::files::read;
use crate::transport::disk;
use crate::value::clock::Clock;
use crate::value::slug::Slug;
use crate::value::url::SiteUrl;
use crate::workflow::failure::Failure;
use crate::workflow::site_folder;

/// The files of a new site: path and text, in both of which `@NAME@` is filled in.
const TEXTS: [(&str, &str); 10] = [
    ("site.toml", include_str!("skeleton/site.toml")),
    (".gitignore", include_str!("skeleton/gitignore")),
    ("content/posts/@DATE@-welcome.md", include_str!("skeleton/welcome.md")),
    ("content/posts/how-to-write-here/index.md", include_str!("skeleton/how-to-write-here.md")),
    ("content/pages/about.md", include_str!("skeleton/about.md")),
    ("content/pages/privacy.md", include_str!("skeleton/privacy.md")),
    ("content/authors/@AUTHOR_ID@.md", include_str!("skeleton/author.md")),
    ("content/favicon.svg", include_str!("skeleton/favicon.svg")),
    ("themes/house/theme.toml", include_str!("skeleton/theme.toml")),
    ("themes/house/styles/main.scss", include_str!("skeleton/main.scss")),
];

/// Its pictures.
const PICTURES: [(&str, &[u8]); 1] =
    [("content/posts/how-to-write-here/type.jpg", include_bytes!("skeleton/type.jpg"))];

/// The site to make.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its folder, which may not exist yet.
    pub folder: PathBuf,
    /// Its title; default: the folder's name, made readable.
    pub title: Option<String>,
    /// Where it will live; default `https://example.com/`.
    pub base_url: Option<SiteUrl>,
    /// Who writes it; default "The editors".
    pub author: Option<String>,
    /// The zone of its dates, an IANA name; default UTC.
    pub time_zone: Option<String>,
    /// Now.
    pub clock: Clock,
}

/// The site that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// Its folder, as its true path.
    pub folder: PathBuf,
    /// Its title.
    pub title: String,
    /// Its files, from its folder, sorted.
    pub files: Vec<String>,
}

/// Makes the site.
///
/// # Errors
/// [`Failure::Mistakes`] where something is in the folder already, other than `.git`; nothing is written then. [`Failure::Write`] where the disk refuses.
pub fn init(request: &Request) -> Result<Created, Failure> {
    let folder = read::resolved(&request.folder)?;
    refuse_occupied(&folder, &request.folder)?;
    let title = request.title.as_deref().map(one_line).filter(|title| !title.is_empty());
    let title = title.unwrap_or_else(|| title_of(&folder));
    let author = request.author.as_deref().map(one_line).filter(|name| !name.is_empty());
    let author = author.unwrap_or_else(|| "The editors".to_owned());
    let author_id = Slug::from_text(&author).map_or_else(|| "editors".to_owned(), |slug| slug.to_string());
    let zone = request.time_zone.as_deref().filter(|name| TimeZone::get(name).is_ok()).unwrap_or("UTC");
    let day = request.clock.in_zone(&TimeZone::get(zone).unwrap_or(TimeZone::UTC)).date();
    let base_url = request.base_url.as_ref().map_or_else(|| "https://example.com/".to_owned(), SiteUrl::to_string);
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let values = [
        ("@TITLE@", quoted(&title)),
        ("@BASE_URL@", quoted(&base_url)),
        ("@TIME_ZONE@", quoted(zone)),
        ("@AUTHOR@", quoted(&author)),
        ("@AUTHOR_ID@", author_id),
        ("@DATE@", day.to_string()),
        ("@VERSION@", concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR")).to_owned()),
    ];
    let fill = |text: &str| values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    let mut files = Vec::new();
    for (path, text) in TEXTS {
        let path = fill(path);
        disk::write_new(&folder.join(&path), fill(text).as_bytes())?;
        files.push(path);
    }
    for (path, bytes) in PICTURES {
        disk::write_new(&folder.join(path), bytes)?;
        files.push(path.to_owned());
    }
    files.sort();
    Ok(Created { folder, title, files })
}

/// A folder that does not exist is as good as an empty one; `git init` before `letterpress init` is common.
fn refuse_occupied(folder: &Path, written: &Path) -> Result<(), Failure> {
    if !read::exists(folder) {
        return Ok(());
    }
    // Hidden files count, which the reader of the disk passes over.
    let entries = disk::list(folder)?;
    let names = entries.iter().filter_map(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
    let mut found: Vec<String> = names.filter(|name| name != ".git").collect();
    found.sort();
    let Some(first) = found.first() else { return Ok(()) };
    let message = format!("{} is not empty: `{first}` is in it", written.display());
    let message = if found.len() == 1 { message } else { format!("{message}, and {} more", found.len() - 1) };
    let hint = if found.iter().any(|name| name == site_folder::SITE_FILE) {
        "it is a site already: `letterpress preview` shows it, `letterpress new` adds a post"
    } else {
        "name a folder that does not exist yet; nothing is ever overwritten"
    };
    Err(Report::from(Diagnostic::error("not-empty", message).hint(hint)).into())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `my-blog` is "My blog".
fn title_of(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().replace(['-', '_'], " ")).unwrap_or_default();
    let name = one_line(&name);
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "A new site".to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
mod tests {
    use super::*;
    use crate::config::read::read as read_config;
    use crate::config::site::Overrides;
    use crate::diagnostic::source::Source;

    fn request(folder: PathBuf) -> Request {
        Request {
            folder,
            title: None,
            base_url: None,
            author: None,
            time_zone: Some("Europe/Berlin".into()),
            clock: Clock::parse("2026-11-15T23:30:00Z").unwrap(),
        }
    }

    #[test]
    fn a_valid_site_with_every_name_filled_in() {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("new/my_first-blog");
        let wanted = Request { author: Some("Zoë \"Z\" O’Hara".into()), ..request(folder.clone()) };
        let made = init(&wanted).unwrap();
        assert_eq!(made.title, "My first blog");
        assert!(made.files.contains(&"content/posts/2026-11-16-welcome.md".to_owned()), "the site's day");
        assert!(made.files.contains(&"content/authors/zoe-z-ohara.md".to_owned()));
        for (path, _) in TEXTS.iter().filter(|(path, _)| !path.contains('@')) {
            let text = std::fs::read_to_string(folder.join(path)).unwrap();
            let left = TEXTS.iter().find(|_| text.contains("@TITLE@") || text.contains("@DATE@"));
            assert!(left.is_none() && !text.contains("@AUTHOR"), "{path}");
        }
        let text = std::fs::read_to_string(folder.join("site.toml")).unwrap();
        let (config, report) = read_config(&Source::new("site.toml", text), &Overrides::default());
        assert!(report.is_empty(), "{report:?}");
        let config = config.unwrap();
        assert_eq!((config.title.as_str(), config.theme.value.as_str()), ("My first blog", "house"));
        assert_eq!(config.time_zone.iana_name(), Some("Europe/Berlin"));
        let since = config.newsletter().issues.since.unwrap();
        assert_eq!((config.newsletters.len(), since.to_string().as_str()), (1, "2026-11-16"));
    }

    #[test]
    fn what_is_commented_out_is_valid_too() {
        let text = include_str!("skeleton/site.toml")
            .replace("@TITLE@", "\"A\"")
            .replace("@TIME_ZONE@", "\"UTC\"")
            .replace("@DATE@", "2026-11-16");
        let mut all = String::new();
        for line in text.replace("@BASE_URL@", "\"https://a.example/\"").lines() {
            let bare = line.strip_prefix("# ").unwrap_or(line);
            let key = bare.split(" = ").next().filter(|key| key.len() < bare.len());
            let is_key = key.is_some_and(|key| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
            let is_setting = is_key || bare.starts_with(['[', ']', ' ']);
            all += if is_setting { bare } else { line };
            all.push('\n');
        }
        let (_, report) = read_config(&Source::new("site.toml", all.clone()), &Overrides::default());
        assert!(report.is_empty(), "{report:?}\n{all}");
    }

    #[test]
    fn only_an_empty_folder() {
        let top = tempfile::tempdir().unwrap();
        std::fs::create_dir(top.path().join(".git")).unwrap();
        init(&request(top.path().to_owned())).unwrap();
        let Err(Failure::Mistakes(report)) = init(&request(top.path().to_owned())) else { panic!("overwritten") };
        assert!(report.diagnostics()[0].hints[0].contains("is a site already"));
        std::fs::write(top.path().join("file"), "").unwrap();
        assert!(init(&request(top.path().join("file"))).is_err());
        let hidden = tempfile::tempdir().unwrap();
        std::fs::write(hidden.path().join(".env"), "").unwrap();
        assert!(init(&request(hidden.path().to_owned())).is_err());
    }
}

//! An approved issue, frozen into the files of `frozen/`: what is sent, what its page shows, every picture it has. They never change, and prove it.
//!
//! `manifest.json` names every other file with its BLAKE3, and has one hash over all it says: the issue's hash, by which deliveries know it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

/// The manifest's name.
pub const MANIFEST: &str = "manifest.json";
/// The HTML part of the mail.
pub const MAIL_HTML: &str = "mail.html";
/// Its plain-text part.
pub const MAIL_TEXT: &str = "mail.txt";
/// What the issue's page and feeds show: HTML without the page around it.
pub const PAGE: &str = "page.html";
/// The folder of pictures.
pub const IMAGES: &str = "images";
/// What keeps git from turning line ends, which would change the files. (It begins with a dot, so that it is no file of the site.)
pub const ATTRIBUTES: (&str, &str) = (".gitattributes", "* -text\n");

/// Whether approving writes a file of that name, and reopening takes it away; any other in the folder is somebody's own.
#[must_use]
pub fn is_ours(name: &str) -> bool {
    [MANIFEST, MAIL_HTML, MAIL_TEXT, PAGE].contains(&name)
        || name.strip_prefix(IMAGES).is_some_and(|rest| rest.starts_with('/'))
}

/// The form of the manifest that this version writes, and the only one that it reads.
const FORMAT: u32 = 1;

/// What `manifest.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of the manifest.
    pub format: u32,
    /// The newsletter's id.
    pub newsletter: String,
    /// The issue's folder.
    pub issue: String,
    /// Its number.
    pub number: u32,
    /// When it comes: a moment, because rules of zones change.
    pub date: Timestamp,
    /// The occurrence of the schedule that it was made for.
    pub occurrence: Option<String>,
    /// The subject.
    pub subject: String,
    /// What mail programs show after the subject; may be empty.
    pub preheader: String,
    /// BLAKE3 of the `index.md` that it was made from, line ends as LF.
    pub source: Digest,
    /// Its posts, in their order.
    pub posts: Vec<FrozenPost>,
    /// The addresses that its mail links to, each once, in their order.
    pub links: Vec<String>,
    /// The other files by name, with the BLAKE3 of their bytes.
    pub files: BTreeMap<String, Digest>,
    /// BLAKE3 of everything above.
    pub hash: Digest,
}

/// A post as it was when the issue was approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrozenPost {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it was.
    pub url: String,
}

/// A BLAKE3 hash; 64 hexadecimal digits where it is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest(pub [u8; 32]);

/// An issue that is about to be frozen.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The newsletter's id.
    pub newsletter: String,
    /// The issue's folder.
    pub issue: String,
    /// Its number.
    pub number: u32,
    /// When it comes.
    pub date: Timestamp,
    /// The occurrence that it was made for.
    pub occurrence: Option<String>,
    /// The subject.
    pub subject: String,
    /// What mail programs show after the subject.
    pub preheader: String,
    /// The text of its `index.md`.
    pub source: String,
    /// Its posts.
    pub posts: Vec<FrozenPost>,
    /// The addresses that its mail links to.
    pub links: Vec<String>,
    /// The HTML part of the mail.
    pub mail_html: String,
    /// Its plain-text part.
    pub mail_text: String,
    /// What its page shows.
    pub page: String,
    /// Pictures by name, without folder.
    pub images: Vec<(String, Vec<u8>)>,
}

/// Files by their names below `frozen/`.
pub type Files = Vec<(String, Vec<u8>)>;

/// Why files are no frozen issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrozenError {
    /// `manifest.json` is none.
    Malformed(String),
    /// It was written by another version of the program.
    Format(u32),
    /// What it says is not what its hash is of.
    Changed,
    /// A file that it names is not there.
    Missing(String),
    /// A file has other bytes than it had.
    Edited(String),
    /// The manifest is of another issue.
    Moved(String),
}

/// Freezes an issue: its manifest, and all files with their names below `frozen/`, the manifest last, because it is what makes the folder count.
///
/// # Errors
/// The name of a picture that cannot be a file's name, or that two pictures have.
pub fn freeze(parts: Parts) -> Result<(Manifest, Files), String> {
    let mut files = vec![
        (MAIL_HTML.to_owned(), parts.mail_html.into_bytes()),
        (MAIL_TEXT.to_owned(), parts.mail_text.into_bytes()),
        (PAGE.to_owned(), parts.page.into_bytes()),
    ];
    for (name, bytes) in parts.images {
        let is_name = !name.is_empty()
            && !name.starts_with('.')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        let path = format!("{IMAGES}/{name}");
        if !is_name || files.iter().any(|(known, _)| *known == path) {
            return Err(name);
        }
        files.push((path, bytes));
    }
    let mut links: Vec<String> = Vec::with_capacity(parts.links.len());
    for link in parts.links {
        if !links.contains(&link) {
            links.push(link);
        }
    }
    let mut manifest = Manifest {
        format: FORMAT,
        newsletter: parts.newsletter,
        issue: parts.issue,
        number: parts.number,
        date: parts.date,
        occurrence: parts.occurrence,
        subject: parts.subject,
        preheader: parts.preheader,
        source: source_digest(&parts.source),
        posts: parts.posts,
        links,
        files: files.iter().map(|(name, bytes)| (name.clone(), Digest::of(bytes))).collect(),
        hash: Digest::default(),
    };
    manifest.hash = manifest.own_hash();
    files.push((MANIFEST.to_owned(), manifest.text().into_bytes()));
    Ok((manifest, files))
}

/// What an `index.md` is known by, however its lines end.
#[must_use]
pub fn source_digest(text: &str) -> Digest {
    Digest::of(text.trim_start_matches('\u{feff}').replace("\r\n", "\n").as_bytes())
}

impl Manifest {
    /// Reads `manifest.json` and holds it to its own hash.
    ///
    /// # Errors
    /// [`FrozenError::Malformed`], [`FrozenError::Format`], [`FrozenError::Changed`].
    pub fn read(bytes: &[u8]) -> Result<Self, FrozenError> {
        /// What every form has.
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let malformed = |error: serde_json::Error| FrozenError::Malformed(error.to_string());
        let form: Form = serde_json::from_slice(bytes).map_err(malformed)?;
        if form.format != FORMAT {
            return Err(FrozenError::Format(form.format));
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(malformed)?;
        if manifest.hash == manifest.own_hash() { Ok(manifest) } else { Err(FrozenError::Changed) }
    }

    /// The text of `manifest.json`.
    #[must_use]
    pub fn text(&self) -> String {
        // Plain data: nothing in it can fail to be written.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Holds a file to what it was.
    ///
    /// # Errors
    /// [`FrozenError::Missing`] where the manifest names no such file, [`FrozenError::Edited`].
    pub fn verify(&self, name: &str, bytes: &[u8]) -> Result<(), FrozenError> {
        self.verify_digest(name, &Digest::of(bytes))
    }

    /// As [`Manifest::verify`], for bytes of which the hash is known.
    ///
    /// # Errors
    /// As [`Manifest::verify`].
    pub fn verify_digest(&self, name: &str, held: &Digest) -> Result<(), FrozenError> {
        match self.files.get(name) {
            None => Err(FrozenError::Missing(name.to_owned())),
            Some(digest) if digest == held => Ok(()),
            Some(_) => Err(FrozenError::Edited(name.to_owned())),
        }
    }

    /// The names of its pictures, without folder.
    pub fn images(&self) -> impl Iterator<Item = &str> {
        self.files.keys().filter_map(|name| name.strip_prefix(IMAGES)?.strip_prefix('/'))
    }

    /// The hash of what it says, in a form of its own, so that white space in the file does not count.
    fn own_hash(&self) -> Digest {
        let bare = Self { hash: Digest::default(), ..self.clone() };
        Digest::of(&serde_json::to_vec(&bare).unwrap_or_default())
    }
}

impl Digest {
    /// The hash of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok();
        let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| serde::de::Error::custom("not a hash of 64 hexadecimal digits"))
    }
}

impl fmt::Display for FrozenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(reason) => write!(f, "{MANIFEST} cannot be read: {reason}"),
            Self::Format(form) => {
                write!(f, "{MANIFEST} has the form {form}, and this version of letterpress reads form {FORMAT} alone")
            }
            Self::Changed => write!(f, "{MANIFEST} was edited after the issue was approved"),
            Self::Missing(name) => write!(f, "the file {name} is missing"),
            Self::Edited(name) => write!(f, "the file {name} was edited after the issue was approved"),
            Self::Moved(name) => write!(f, "{MANIFEST} is that of the issue {name}"),
        }
    }
}

impl std::error::Error for FrozenError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        Parts {
            newsletter: "notes".into(),
            issue: "2026-11-15".into(),
            number: 24,
            date: "2026-11-15T08:00:00Z".parse().unwrap(),
            occurrence: Some("2026-11-15T09:00[Europe/Berlin]".into()),
            subject: "Notes 24".into(),
            preheader: "and more".into(),
            source: "+++\nsubject = \"Notes 24\"\n+++\n".into(),
            posts: vec![FrozenPost { id: "a".into(), title: "A".into(), url: "https://e.com/a/".into() }],
            links: vec!["https://e.com/a/".into(), "https://e.com/".into(), "https://e.com/a/".into()],
            mail_html: "<p>Hello".into(),
            mail_text: "Hello\n".into(),
            page: "<p>Hello</p>\n".into(),
            images: vec![("press.jpg".into(), vec![1, 2, 3])],
        }
    }

    #[test]
    fn frozen_and_read_again() {
        let (manifest, files) = freeze(parts()).unwrap();
        let names: Vec<&str> = files.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["mail.html", "mail.txt", "page.html", "images/press.jpg", "manifest.json"]);
        let read = Manifest::read(&files[4].1).unwrap();
        assert_eq!(read, manifest);
        assert_eq!(read.links, ["https://e.com/a/", "https://e.com/"]);
        assert_eq!(read.images().collect::<Vec<_>>(), ["press.jpg"]);
        for (name, bytes) in &files[..4] {
            assert_eq!(read.verify(name, bytes), Ok(()));
        }
        assert_eq!(freeze(parts()).unwrap(), (manifest, files), "the same parts make the same bytes");
    }

    #[test]
    fn what_was_edited_is_found() {
        let (manifest, files) = freeze(parts()).unwrap();
        assert_eq!(manifest.verify("mail.html", b"<p>Hallo"), Err(FrozenError::Edited("mail.html".into())));
        assert_eq!(manifest.verify("images/x.jpg", b""), Err(FrozenError::Missing("images/x.jpg".into())));
        let text = String::from_utf8(files[4].1.clone()).unwrap();
        // Every line but the braces says something that the hash is of.
        let lines: Vec<&str> = text.lines().collect();
        let mut edited = 0;
        for (at, line) in lines.iter().enumerate() {
            let Some(letter) = line.rfind(|c: char| c.is_ascii_lowercase()) else { continue };
            let mut changed = (*line).to_owned();
            changed.replace_range(letter..=letter, if line[letter..].starts_with('b') { "c" } else { "b" });
            let mut all = lines.clone();
            all[at] = &changed;
            assert!(Manifest::read(all.join("\n").as_bytes()).is_err(), "{changed}");
            edited += 1;
        }
        assert!(edited > 15, "{edited}");
        assert!(Manifest::read(text.replace('\n', "\r\n").as_bytes()).is_ok(), "line ends say nothing");
        assert_eq!(
            Manifest::read(text.replace("\"format\": 1", "\"format\": 2").as_bytes()),
            Err(FrozenError::Format(2))
        );
        assert!(matches!(Manifest::read(b"{"), Err(FrozenError::Malformed(_))));
    }

    #[test]
    fn one_hash_over_all() {
        let hash = |change: &dyn Fn(&mut Parts)| {
            let mut parts = parts();
            change(&mut parts);
            freeze(parts).unwrap().0.hash
        };
        let changes: [&dyn Fn(&mut Parts); 10] = [
            &|_| {},
            &|parts| parts.subject.push('!'),
            &|parts| parts.preheader.push('!'),
            &|parts| parts.mail_html.push('!'),
            &|parts| parts.mail_text.push('!'),
            &|parts| parts.page.push('!'),
            &|parts| parts.images[0].1.push(4),
            &|parts| parts.links.push("https://e.com/b".into()),
            &|parts| parts.posts[0].id.push('b'),
            &|parts| parts.source.push('\n'),
        ];
        let mut hashes: Vec<Digest> = changes.iter().map(|change| hash(change)).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), changes.len());
        assert_eq!(source_digest("a\r\nb\r\n"), source_digest("a\nb\n"));
    }

    #[test]
    fn names_of_pictures() {
        for name in ["", "../x.jpg", ".hidden", "a/b.jpg", "a b.jpg", "press.jpg"] {
            let mut parts = parts();
            parts.images.push((name.into(), Vec::new()));
            assert_eq!(freeze(parts).unwrap_err(), name);
        }
    }

    #[test]
    fn messages() {
        let said = |error: FrozenError| error.to_string();
        assert_eq!(said(FrozenError::Changed), "manifest.json was edited after the issue was approved");
        assert_eq!(
            said(FrozenError::Edited("mail.txt".into())),
            "the file mail.txt was edited after the issue was approved"
        );
        assert_eq!(said(FrozenError::Missing("images/a.jpg".into())), "the file images/a.jpg is missing");
        assert_eq!(
            said(FrozenError::Moved("notes/2026-11-01".into())),
            "manifest.json is that of the issue notes/2026-11-01"
        );
        assert_eq!(
            said(FrozenError::Format(2)),
            "manifest.json has the form 2, and this version of letterpress reads form 1 alone"
        );
    }
}

//! `letterpress issue approve`, from a new site to the letters of two readers.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use letterpress::content::frozen::Manifest;
use letterpress::edition::image::Format;
use letterpress::newsletter::reader_link;
use letterpress::output::image;
use mail_parser::MessageParser;
use serde_json::Value;
use tempfile::TempDir;

/// When the editor approves; the issue comes on 1 December at nine.
const BEFORE: &str = "2026-11-28T10:00:00Z";
const AFTER: &str = "2026-12-01T10:00:00Z";
const FOLDER: &str = "content/issues/newsletter/2026-12-01";
const PAGE: &str = "public/newsletter/newsletter/2026-12-01";

/// The site that `init` makes, with a newsletter that can be sent.
struct House {
    place: TempDir,
}

impl House {
    fn new() -> Self {
        let house = Self { place: tempfile::tempdir().unwrap() };
        let folder = house.site();
        let made =
            house.command(BEFORE, house.place.path(), &["init", folder.to_str().unwrap(), "--quiet"]).output().unwrap();
        assert!(made.status.success());
        let site = house.text("site.toml");
        let switched_on = ["from =", "postal_address =", "endpoint ="];
        let lines = site.lines().map(|line| {
            let bare = line.strip_prefix("# ").filter(|bare| switched_on.iter().any(|key| bare.starts_with(key)));
            bare.unwrap_or(line)
        });
        let site = lines.collect::<Vec<_>>().join("\n") + "\n[[smtp]]\nhost = \"smtp.example.com\"\n";
        house.put("site.toml", &site);
        house.ok(BEFORE, &["issue", "compose"]);
        house
    }

    fn site(&self) -> PathBuf {
        self.place.path().join("site")
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.site().join(path)).unwrap()
    }

    fn put(&self, path: &str, text: &str) {
        std::fs::write(self.site().join(path), text).unwrap();
    }

    fn command(&self, now: &str, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_letterpress"));
        command.current_dir(folder).args(["--now", now]).args(arguments).stdin(Stdio::null());
        command.env("HOME", self.place.path()).env_remove("XDG_DATA_HOME");
        command
    }

    /// Exit code, stdout, stderr.
    fn said(&self, now: &str, arguments: &[&str]) -> (i32, String, String) {
        let output = self.command(now, &self.site(), arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn ok(&self, now: &str, arguments: &[&str]) -> (String, String) {
        let (code, out, err) = self.said(now, arguments);
        assert_eq!(code, 0, "{arguments:?}: {err}");
        (out, err)
    }

    fn refused(&self, now: &str, arguments: &[&str], parts: &[&str]) {
        let (code, out, err) = self.said(now, arguments);
        assert_eq!((code, out.as_str()), (1, ""), "{err}");
        for part in parts {
            assert!(err.contains(part), "no {part:?} in: {err}");
        }
    }
}

/// That a part of a letter is what was frozen but for the reader's own tokens, which it gives.
fn tokens(frozen: &str, letter: &str) -> Vec<String> {
    let frozen = frozen.replace(reader_link::MANAGE, reader_link::UNSUBSCRIBE);
    let mut rest = letter;
    let mut tokens = Vec::new();
    for (at, piece) in frozen.split(reader_link::UNSUBSCRIBE).enumerate() {
        if at > 0 {
            let (token, behind) = rest.split_at(reader_link::LENGTH);
            tokens.push(token.to_owned());
            rest = behind;
        }
        rest = rest.strip_prefix(piece).unwrap_or_else(|| panic!("{piece:?} is not at the beginning of {rest:?}"));
    }
    assert_eq!(rest.trim_end(), "", "nothing more");
    tokens
}

#[test]
fn what_is_approved_is_shown_and_sent() {
    let house = House::new();
    let (out, err) = house.ok(BEFORE, &["issue", "approve"]);
    assert_eq!(out, format!("{FOLDER}/index.md\n"));
    let lines: Vec<&str> = err.lines().collect();
    assert!(lines[0].starts_with("No. 1, “Site 1: Welcome”, with 2 posts: "), "{err}");
    assert!(lines[0].contains(" kB of HTML, 1 picture of "), "{err}");
    assert_eq!(
        lines[1..],
        [
            "Frozen as it is: commit the folder frozen/ beside the text. To change it: letterpress issue reopen newsletter/2026-12-01",
            "It comes on 1 December 2026, 09:00 UTC. Then: `letterpress build`, so that its page is there, and `letterpress send newsletter/2026-12-01`."
        ]
    );

    // The files are what the manifest says.
    let frozen = |name: &str| std::fs::read(house.site().join(FOLDER).join("frozen").join(name)).unwrap();
    let manifest = Manifest::read(&frozen("manifest.json")).unwrap();
    for name in manifest.files.keys() {
        assert_eq!(manifest.verify(name, &frozen(name)), Ok(()));
    }
    let [name] = manifest.images().collect::<Vec<_>>()[..] else { panic!("{:?}", manifest.files) };
    let picture = frozen(&format!("images/{name}"));
    let facts = image::facts(&picture).unwrap();
    assert_eq!((facts.format, facts.size.unwrap().0 <= 1200), (Format::Jpeg, true));
    let titles: Vec<&str> = manifest.posts.iter().map(|post| post.title.as_str()).collect();
    assert_eq!(titles, ["Welcome", "How to write here"]);
    assert!(manifest.links.contains(&"https://example.com/posts/welcome/".to_owned()), "{:?}", manifest.links);
    let (html, text, page) = (
        house.text(&format!("{FOLDER}/frozen/mail.html")),
        house.text(&format!("{FOLDER}/frozen/mail.txt")),
        frozen("page.html"),
    );
    let (shown, _) = house.ok(BEFORE, &["issue", "show", "2026-12-01"]);
    assert!(shown.ends_with(&text), "{shown}");

    // Its page comes at its time, with its pictures.
    house.ok(BEFORE, &["build"]);
    assert!(!house.site().join(PAGE).exists());
    house.ok(AFTER, &["build"]);
    let built = house.text(&format!("{PAGE}/index.html"));
    assert!(built.contains(String::from_utf8(page).unwrap().trim()), "{built}");
    assert!(built.contains(&manifest.hash.to_string()), "`send` looks for the hash on the page");
    assert_eq!(std::fs::read(house.site().join(PAGE).join("images").join(name)).unwrap(), picture);
    house.ok(AFTER, &["check"]);

    // Every letter says what was approved, but for the links of one reader.
    for reader in ["ada@example.org", "ben@example.net"] {
        house.ok(AFTER, &["subscribers", "add", reader, "--agreed", "on paper, at the fair"]);
    }
    let letters = house.place.path().join("letters");
    house.ok(AFTER, &["send", "2026-12-01", "--to-dir", letters.to_str().unwrap()]);
    let mut all = Vec::new();
    for letter in std::fs::read_dir(&letters).unwrap() {
        let octets = std::fs::read(letter.unwrap().path()).unwrap();
        let letter = MessageParser::default().parse(&octets).unwrap();
        assert_eq!(letter.subject(), Some("Site 1: Welcome"));
        let own = tokens(&text, &letter.body_text(0).unwrap().replace("\r\n", "\n"));
        assert_eq!(own.len(), 2);
        for token in tokens(&html, &letter.body_html(0).unwrap().replace("\r\n", "\n")) {
            assert!(own.contains(&token), "both parts have the same links");
        }
        all.extend(own);
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 4, "two readers, two links each");
}

#[test]
fn edited_it_says_so_and_reopened_it_can_be_approved_anew() {
    let house = House::new();
    let (out, _) = house.ok(BEFORE, &["issue", "approve", "newsletter/2026-12-01", "--format", "json"]);
    let first: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&first["state"], &first["pictures"], &first["posts"][0]["id"]),
        (&"approved".into(), &1.into(), &"welcome".into())
    );
    assert!(first["octets"].as_u64().unwrap() > 1000 && first["picture_octets"].as_u64().unwrap() > 1000, "{first}");
    house.refused(
        BEFORE,
        &["issue", "approve", "2026-12-01"],
        &["is approved", "letterpress issue reopen newsletter/2026-12-01"],
    );
    house.refused(
        BEFORE,
        &["issue", "approve"],
        &["there is no draft of an issue", "`letterpress issue compose` makes one"],
    );
    let path = format!("{FOLDER}/index.md");
    let text = house.text(&path);
    house.put(&path, &format!("{text}\nUntil the fifteenth!\n"));
    for verb in [&["build"][..], &["issue", "approve", "2026-12-01"], &["send", "2026-12-01", "--to-dir", "letters"]] {
        house.refused(AFTER, verb, &["was edited after it was approved", "letterpress issue reopen"]);
    }
    house.ok(BEFORE, &["issue", "reopen", "2026-12-01"]);
    assert!(!house.site().join(FOLDER).join("frozen/manifest.json").exists());
    house.refused(AFTER, &["send", "2026-12-01", "--to-dir", "letters"], &["is not approved"]);
    let approve = || -> Value {
        let (out, _) = house.ok(BEFORE, &["issue", "approve", "2026-12-01", "--format", "json"]);
        serde_json::from_str(&out).unwrap()
    };
    let second = approve();
    assert_ne!(first["hash"], second["hash"]);
    assert!(house.text(&format!("{FOLDER}/frozen/mail.txt")).contains("\nUntil the fifteenth!\n"));
    // The same text is the same issue.
    house.put(&path, &text);
    house.ok(BEFORE, &["issue", "reopen", "2026-12-01"]);
    assert_eq!(approve()["hash"], first["hash"]);
}

#[test]
fn every_mistake_at_once_and_nothing_is_frozen() {
    let house = House::new();
    let path = format!("{FOLDER}/index.md");
    let text = house.text(&path);
    let post = house.text("content/posts/how-to-write-here/index.md");
    house.put("content/posts/how-to-write-here/index.md", &post.replacen("+++\n", "+++\ndraft = true\n", 1));
    house.put(&path, &format!("{}\n[gone](gone.md)\n", text.replace("number = 1\n", "")));
    let site = house.text("site.toml");
    let bare = site.replace("\nfrom =", "\n# from =").replace("\nendpoint =", "\n# endpoint =");
    house.put("site.toml", &bare);
    let own = [
        "an issue needs a number",
        "readers of the newsletter `newsletter` could not unsubscribe",
        "[newsletters.newsletter] with from = \"…\"",
    ];
    // Beside those of the site, which has a link to the draft.
    let of_site =
        ["“How to write here” is a draft: readers would find nothing there", "content/posts/2026-11-28-welcome.md"];
    house.refused(BEFORE, &["issue", "approve"], &[&own[..], &of_site].concat());
    // Where the site is well, those that only drawing finds are told too.
    house.put("content/posts/how-to-write-here/index.md", &post);
    house.refused(BEFORE, &["issue", "approve"], &[&own[..], &["gone.md"]].concat());
    assert!(!house.site().join(FOLDER).join("frozen").exists());
    house.put("site.toml", &site);
    house.put(&path, &text);
    std::fs::create_dir_all(house.site().join("content/issues/newsletter/2026-12-15")).unwrap();
    house.put(
        "content/issues/newsletter/2026-12-15/index.md",
        "+++\nnumber = 2\nsubject = \"Two\"\n+++\nDear reader,\n",
    );
    house.refused(
        BEFORE,
        &["issue", "approve"],
        &[
            "there are 2 drafts: newsletter/2026-12-01, newsletter/2026-12-15",
            "say which: letterpress issue approve newsletter/2026-12-01",
        ],
    );
}

#[test]
fn what_is_too_heavy_is_said() {
    let house = House::new();
    let path = format!("{FOLDER}/index.md");
    let text = house.text(&path);
    let long = "A sentence that says the same as the one before it. ".repeat(2200);
    house.put(&path, &format!("{text}\n{long}\n"));
    let (_, err) = house.ok(BEFORE, &["issue", "approve"]);
    assert!(err.contains("warning[heavy-mail]: the mail of the issue newsletter/2026-12-01 has "), "{err}");
    assert!(err.contains("Gmail cuts what is longer than 102 kB"), "{err}");
}

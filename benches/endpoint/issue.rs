//! An issue of 20 kB a letter, approved, and the readers whom it is for.

use std::fmt::Write;

use letterpress::content::frozen;
use letterpress::content::frozen::Parts;
use letterpress::newsletter::reader_link::MANAGE;
use letterpress::newsletter::reader_link::UNSUBSCRIBE;

use crate::place::Place;

/// The issue's folder.
pub(crate) const DAY: &str = "2026-01-15";
const INDEX: &str = "+++\nnumber = 1\nsubject = \"On the first sentence\"\npreheader = \"\"\n+++\n\nDear reader,\n";
const PARAGRAPH: &str = "A first sentence is a door that somebody has left ajar. Whoever comes by may look in and go on, or go in and stay for an hour; \
    it is the only sentence that is read by everybody, and the last one to be finished.";
/// Paragraphs in each part: with both, a letter has 20 kB.
const PARAGRAPHS: usize = 40;

/// Puts so many confirmed readers on the list.
pub(crate) fn readers(place: &Place, readers: usize) -> Result<(), String> {
    let mut roster = String::from("email,status,name,confirmed\n");
    for number in 0..readers {
        let host = number % 97;
        let _ = writeln!(roster, "member{number}@host{host}.example,confirmed,Member {number},2026-01-02T03:04:05Z");
    }
    place.write("roster.csv", roster)?;
    let mut import = place.command("import.log")?;
    import.args(["subscribers", "import"]).arg(place.path("roster.csv")).args(["--yes", "--quiet"]);
    let imported = import.status().map_err(|error| format!("no import: {error}"))?;
    if imported.success() { Ok(()) } else { Err(format!("import: {}", place.said("import.log"))) }
}

/// Writes the issue, frozen, into the site.
pub(crate) fn freeze(place: &Place) -> Result<(), String> {
    let link = |what: &str, stand_in: &str| format!("https://letters.example/desk/{what}/{stand_in}");
    let (leave, manage) = (link("unsubscribe", UNSUBSCRIBE), link("manage", MANAGE));
    let html = format!("<p>{PARAGRAPH}</p>\n").repeat(PARAGRAPHS);
    let text = format!("{PARAGRAPH}\n\n").repeat(PARAGRAPHS);
    let (_, files) = frozen::freeze(Parts {
        newsletter: "digest".into(),
        issue: DAY.into(),
        number: 1,
        date: "2026-01-15T08:00:00Z".parse().map_err(|error| format!("{error}"))?,
        occurrence: None,
        subject: "On the first sentence".into(),
        preheader: String::new(),
        source: INDEX.into(),
        posts: Vec::new(),
        links: Vec::new(),
        mail_html: format!(
            "<!doctype html><p>Dear reader,</p>\n{html}<p><a href=\"{leave}\">Leave</a> <a href=\"{manage}\">Settings</a></p>\n"
        ),
        mail_text: format!("Dear reader,\n\n{text}Leave: {leave}\nSettings: {manage}\n"),
        page: "<p>Dear reader,</p>".into(),
        images: Vec::new(),
    })?;
    let folder = format!("site/content/issues/digest/{DAY}");
    place.write(&format!("{folder}/index.md"), INDEX)?;
    for (name, bytes) in files {
        place.write(&format!("{folder}/frozen/{name}"), bytes)?;
    }
    Ok(())
}

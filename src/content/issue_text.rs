//! Issues as text: a new one, and an old one with something changed and everything else as the editor left it.

use std::fmt::Write;

use crate::content::issue::Issue;
use crate::content::issue::POST;

/// What a new issue's file says.
#[derive(Clone, Debug, Default)]
pub struct NewIssue<'a> {
    /// Its number.
    pub number: u32,
    /// The subject.
    pub subject: &'a str,
    /// What mail programs show after the subject; may be empty.
    pub preheader: &'a str,
    /// The occurrence's key, where the issue was made for one.
    pub occurrence: Option<&'a str>,
    /// Its posts, in their order.
    pub posts: Vec<Offer<'a>>,
    /// The ids of all posts that the editor was offered.
    pub offered: Vec<&'a str>,
}

/// A post that an issue offers to its editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its title, for an editor to whom the id says nothing; empty where it does.
    pub about: &'a str,
}

/// The text of a new issue.
#[must_use]
pub fn new(issue: &NewIssue<'_>) -> String {
    let mut text = format!("+++\nnumber = {}\nsubject = {}\n", issue.number, quoted(issue.subject));
    // Writing to a string does not fail.
    let _ = writeln!(text, "preheader = {}", quoted(issue.preheader));
    if let Some(occurrence) = issue.occurrence {
        let _ = writeln!(text, "occurrence = {}", quoted(occurrence));
    }
    let _ = writeln!(
        text,
        "# What `issue compose` has found so far. A post that stands here and not below was cut: it waits for the next issue."
    );
    let _ = writeln!(text, "offered = {}\n+++", list(issue.offered.iter().copied()));
    for post in &issue.posts {
        let _ = write!(text, "\n{}\n", line(*post));
    }
    text
}

/// The text of `issue`, which is `text`, with further posts after the last one and `offered` as the list of all that were ever offered. Nothing else changes: not a
/// letter of what the editor wrote.
#[must_use]
pub fn refreshed(text: &str, issue: &Issue, posts: &[Offer<'_>], offered: &[&str]) -> String {
    let end_of_line = if text.contains("\r\n") { "\r\n" } else { "\n" };
    // Where something is put in: at which byte, instead of how many, and what. From the end on, so that the places stay right.
    let mut out = text.to_owned();
    if !posts.is_empty() {
        let after = issue.posts.last().map_or(text.len(), |last| last.span.end);
        let at = text.get(after..).and_then(|rest| rest.find('\n')).map_or(text.len(), |found| after + found + 1);
        let mut lines = String::new();
        if !text[..at].ends_with('\n') {
            lines.push_str(end_of_line);
        }
        for post in posts {
            lines.push_str(end_of_line);
            lines.push_str(&line(*post));
            lines.push_str(end_of_line);
        }
        out.insert_str(at, &lines);
    }
    set_offered(&mut out, issue, offered, end_of_line);
    out
}

/// The text of `issue`, which is `text`, with `cancelled = true`, or without it.
#[must_use]
pub fn cancelled(text: &str, issue: &Issue, cancelled: bool) -> String {
    let end_of_line = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let front = issue.front.span.clone();
    let mut out = String::with_capacity(text.len() + 20);
    out.push_str(&text[..front.start]);
    let key = |line: &str| line.split(['=', ':']).next().is_some_and(|key| key.trim() == "cancelled");
    let (mut in_table, is_toml) = (false, is_toml(text));
    if cancelled {
        out.push_str(if is_toml { "cancelled = true" } else { "cancelled: true" });
        out.push_str(end_of_line);
    }
    for line in text[front.clone()].split_inclusive('\n') {
        in_table |= line.trim_start().starts_with('[') && is_toml;
        if in_table || !key(line) || line.starts_with([' ', '\t']) {
            out.push_str(line);
        }
    }
    out.push_str(&text[front.end..]);
    out
}

fn set_offered(text: &mut String, issue: &Issue, offered: &[&str], end_of_line: &str) {
    let list = list(offered.iter().copied());
    match &issue.front.offered_span {
        Some(span) => text.replace_range(span.clone(), &list),
        // At the top, where no table of TOML can have begun.
        None => {
            let line = if is_toml(text) { "offered = " } else { "offered: " };
            text.insert_str(issue.front.span.start, &format!("{line}{list}{end_of_line}"));
        }
    }
}

/// Whether front matter is TOML and not YAML.
fn is_toml(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with("+++")
}

/// The line of a post.
fn line(post: Offer<'_>) -> String {
    let mut line = format!("{{{{<{POST} id={}", argument(post.id));
    if !post.about.is_empty() {
        let _ = write!(line, " about={}", argument(&one_line(post.about)));
    }
    line.push_str(" />}}");
    line
}

/// A title as a subject can have it: without line breaks and other control characters.
#[must_use]
pub fn one_line(title: &str) -> String {
    let words = title.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A string as component calls have it.
fn argument(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// A string as both TOML and YAML have it.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A list of strings as both TOML and YAML have it.
fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", items.map(quoted).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::content::document::Options;
    use crate::content::issue;
    use crate::content::messages::file;
    use crate::diagnostic::terminal;

    fn parse(text: &str) -> Issue {
        let file = file("issues/notes/2026-11-15/index.md", text.as_bytes());
        let (issue, report) = issue::load(&file, &Options::default());
        let report: Vec<String> = report.into_sorted().iter().map(terminal::short).collect();
        assert_eq!(report, [""; 0], "{text}");
        issue.unwrap()
    }

    fn ids(issue: &Issue) -> Vec<&str> {
        issue.posts.iter().map(|post| &*post.id.value).collect()
    }

    fn offer(id: &str) -> Offer<'_> {
        Offer { id, about: "" }
    }

    #[test]
    fn a_new_issue() {
        let text = new(&NewIssue {
            number: 24,
            subject: "Notes 24: “Hello” \"you\"",
            preheader: "More",
            occurrence: Some("2026-11-15T09:00[UTC]"),
            posts: vec![offer("posts/a"), Offer { id: "b3kz", about: "Say \"b\"" }],
            offered: vec!["posts/a", "b3kz"],
        });
        assert_eq!(
            text,
            "+++\nnumber = 24\nsubject = \"Notes 24: “Hello” \\\"you\\\"\"\npreheader = \"More\"\noccurrence = \"2026-11-15T09:00[UTC]\"\n\
             # What `issue compose` has found so far. A post that stands here and not below was cut: it waits for the next issue.\n\
             offered = [\"posts/a\", \"b3kz\"]\n+++\n\n{{<post id=\"posts/a\" />}}\n\n{{<post id=\"b3kz\" about=\"Say \\\"b\\\"\" />}}\n"
        );
        let issue = parse(&text);
        assert_eq!(
            (issue.front.subject.value.as_str(), ids(&issue)),
            ("Notes 24: “Hello” \"you\"", vec!["posts/a", "b3kz"])
        );
    }

    #[test]
    fn what_was_written_by_hand_stays() {
        let text = "+++\nsubject = \"x\" # mine\noffered = [\"a\",\n  \"b\"]\n[extra]\nc = 1\n+++\nHello\n\n{{<post id=\"b\" />}} \n\n## Bye\n\n- list\n";
        let again = refreshed(text, &parse(text), &[offer("c"), offer("d")], &["a", "b", "c", "d"]);
        assert_eq!(
            again,
            "+++\nsubject = \"x\" # mine\noffered = [\"a\", \"b\", \"c\", \"d\"]\n[extra]\nc = 1\n+++\nHello\n\n{{<post id=\"b\" />}} \n\n{{<post id=\"c\" />}}\n\n{{<post id=\"d\" />}}\n\n## Bye\n\n- list\n"
        );
        assert_eq!(ids(&parse(&again)), ["b", "c", "d"]);
        let yaml = "---\r\nsubject: x\r\n---\r\nOnly text";
        let again = refreshed(yaml, &parse(yaml), &[offer("c")], &["c"]);
        assert_eq!(again, "---\r\noffered: [\"c\"]\r\nsubject: x\r\n---\r\nOnly text\r\n\r\n{{<post id=\"c\" />}}\r\n");
        assert_eq!(ids(&parse(&again)), ["c"]);
    }

    #[test]
    fn cancelled_and_not() {
        let text = "+++\nsubject = \"x\"\n[extra]\ncancelled = 3\n+++\n";
        let done = cancelled(text, &parse(text), true);
        assert_eq!(done, "+++\ncancelled = true\nsubject = \"x\"\n[extra]\ncancelled = 3\n+++\n");
        assert!(parse(&done).front.cancelled);
        assert_eq!(cancelled(&done, &parse(&done), true), done);
        assert_eq!(cancelled(&done, &parse(&done), false), text);
        let yaml = "---\nsubject: x\ncancelled: false\n---\n";
        assert_eq!(cancelled(yaml, &parse(yaml), true), "---\ncancelled: true\nsubject: x\n---\n");
    }

    proptest! {
        #[test]
        fn whatever_the_words_are(
            subject in "\\PC{1,30}", preheader in "\\PC{0,30}", found in prop::collection::btree_set("[^\\s\\p{C}]{1,12}", 1..5), about in "\\PC{0,20}",
            before in "[a-z *_\n]{0,40}",
        ) {
            prop_assume!(!subject.trim().is_empty());
            let found: Vec<&str> = found.iter().map(String::as_str).collect();
            let posts: Vec<Offer<'_>> = found.iter().map(|id| Offer { id, about: &about }).collect();
            let made = NewIssue { number: 1, subject: &subject, preheader: &preheader, occurrence: None, posts: posts.clone(), offered: found.clone() };
            let text = new(&made);
            let issue = parse(&text);
            prop_assert_eq!(&issue.front.subject.value, &subject);
            prop_assert_eq!(ids(&issue), found.clone());
            prop_assert_eq!(issue.front.offered.iter().map(|id| &*id.value).collect::<Vec<_>>(), found.clone());
            // A text of somebody's own, then the posts.
            let own = format!("+++\nsubject = \"x\"\n+++\n{before}\n");
            let again = refreshed(&own, &parse(&own), &posts, &found);
            prop_assert!(again.contains(&before));
            let again = parse(&again);
            prop_assert_eq!(ids(&again), found);
        }
    }
}

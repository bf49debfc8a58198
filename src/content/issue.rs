//! An issue of a newsletter as its editor has it: `content/issues/<newsletter>/2026-11-15/index.md`.
//!
//! Its posts stand in the text where they shall stand in the mail, each on a line of its own: `{{<post id="…" />}}`. So the editor reorders by moving lines, cuts by
//! deleting them, and writes before, between and after them what they like, in Markdown.

use std::cell::RefCell;
use std::ops::Range;

use jiff::civil;

use crate::content::call::Call;
use crate::content::call::Literal;
use crate::content::checks;
use crate::content::date;
use crate::content::date::Date;
use crate::content::document;
use crate::content::document::Body;
use crate::content::document::Options;
use crate::content::fence;
use crate::content::tree::Kind;
use crate::content::tree::Tree;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Located;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::diagnostic::source::Source;
use crate::diagnostic::suggest;
use crate::files::tree::File;
use crate::value::path::SitePath;

/// The component that stands for a post in an issue, and in issues alone.
pub const POST: &str = "post";

/// What [`POST`] takes.
const ARGUMENTS: [&str; 3] = ["id", "blurb", "about"];

/// Where an issue is: its newsletter and its folder's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssueName {
    /// The newsletter's id.
    pub newsletter: String,
    /// The folder's name: the day, and where a day has several issues `-2`, `-3` … after it.
    pub folder: String,
}

/// An issue's text.
#[derive(Clone, Debug)]
pub struct Issue {
    /// Where it is.
    pub name: IssueName,
    /// The day in its folder's name.
    pub day: civil::Date,
    /// The front matter.
    pub front: IssueFront,
    /// The text's properties.
    pub body: Body,
    /// Its posts, in their order.
    pub posts: Vec<Mention>,
}

/// The front matter of an issue. A key that is absent is `None` or empty.
#[derive(Clone, Debug)]
pub struct IssueFront {
    /// Bytes of the file: what stands between the fences.
    pub span: Range<usize>,
    /// Its number.
    pub number: Option<Located<i64>>,
    /// The subject; empty only where it is missing, which was reported.
    pub subject: Located<String>,
    /// What mail programs show after the subject.
    pub preheader: Option<Located<String>>,
    /// The occurrence of the schedule that it was made for, as its key: `2026-11-15T09:00[Europe/Berlin]`.
    pub occurrence: Option<Located<String>>,
    /// When that is.
    pub date: Option<Date>,
    /// The posts that were offered to the editor so far: those of them that the text lacks were cut.
    pub offered: Vec<Located<String>>,
    /// Where that list stands.
    pub offered_span: Option<Range<usize>>,
    /// Whether it will not be sent.
    pub cancelled: bool,
    /// Whatever the theme wants, as written.
    pub extra: Option<Node>,
}

/// A post that an issue names.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// The post's id, or its file below `content/`.
    pub id: Located<String>,
    /// What the issue says of it instead of the post's own blurb or description.
    pub blurb: Option<Located<String>>,
    /// Bytes of the file: the whole call, with what it encloses.
    pub span: Range<usize>,
}

impl IssueName {
    /// Takes the path of a file below `content/` apart: `issues/notes/2026-11-15/index.md` is the issue and `index.md`. `None` for a file that lies in no issue's folder.
    #[must_use]
    pub fn of_path(path: &SitePath) -> Option<(Self, &str)> {
        let (newsletter, rest) = path.below("issues")?.split_once('/')?;
        let (folder, rest) = rest.split_once('/')?;
        Some((Self { newsletter: newsletter.to_owned(), folder: folder.to_owned() }, rest))
    }

    /// The day in the folder's name; `None` where it has none, or where anything but a number follows it.
    #[must_use]
    pub fn day(&self) -> Option<civil::Date> {
        let (day, rest) = date::of_name(&self.folder)?;
        rest.bytes().all(|b| b.is_ascii_digit()).then_some(day)
    }
}

/// As commands take it and messages say it: `notes/2026-11-15`.
impl std::fmt::Display for IssueName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.newsletter, self.folder)
    }
}

/// Reads an issue's `index.md`. `None` where the file cannot be read at all, or does not lie in an issue's folder.
#[must_use]
pub fn load(file: &File, options: &Options) -> (Option<Issue>, Report) {
    let Some((name, _)) = IssueName::of_path(&file.path) else { return (None, Report::new()) };
    let Some(day) = name.day() else {
        let message = format!("the folder of an issue is named after its day, and `{}` is none", name.folder);
        let diagnostic = Diagnostic::error("bad-issue-name", format!("{}: {message}", file.name));
        let hint = format!("name it as in content/issues/{}/2026-11-15/index.md", name.newsletter);
        return (None, diagnostic.hint(hint).into());
    };
    let (opened, mut report) = document::open(file);
    let Some((source, digest)) = opened else { return (None, report) };
    let (parts, syntax) = fence::split(&source);
    let cell = RefCell::new(Report::new());
    let front = front(&source, parts.fenced, parts.front, options.unknown, &cell);
    document::merge_front(&mut report, syntax, cell.into_inner());
    let body = document::body(file, (&source, digest), parts.body, options.markdown, &mut report);
    let tree = body.tree(&source);
    let posts = mentions(&source, &tree, &mut report);
    report.extend(spaced(&source, &tree));
    (Some(Issue { name, day, front, body, posts }), report)
}

fn front(source: &Source, fenced: bool, node: Node, unknown: Severity, report: &RefCell<Report>) -> IssueFront {
    let span = node.span.clone();
    let start = span.start..span.start;
    let mut fields = Fields::new(source, report, "front matter", node);
    let subject = if fenced {
        checks::required(&mut fields, "subject", "add subject = \"…\", the first thing that readers see")
    } else {
        let diagnostic = Diagnostic::error("missing-front-matter", "this issue has no front matter, and so no subject");
        let hint = "begin it with three lines: +++, then subject = \"…\", then +++";
        fields.push(diagnostic.at(source, start.clone()).hint(hint));
        Located { value: String::new(), span: start }
    };
    let preheader = checks::text(&mut fields, "preheader");
    for (key, text) in [("subject", Some(&subject)), ("preheader", preheader.as_ref())] {
        if let Some(text) = text.filter(|text| text.value.chars().any(char::is_control)) {
            let message = format!("`{key}` has a line break or another control character in it");
            let diagnostic = Diagnostic::error("bad-subject", message).at(source, text.span.clone());
            fields.push(diagnostic.hint("write it on one line"));
        }
    }
    let number = fields.integer("number", 1..=i64::from(u32::MAX));
    let occurrence = fields.string("occurrence");
    let date = occurrence.as_ref().and_then(|key| match Date::parse(&key.value) {
        Ok(date @ Date::Exact(_)) if key.value.ends_with(']') => Some(date),
        _ => {
            let message = format!("`occurrence` is no time with a zone: `{}`", key.value);
            let diagnostic = Diagnostic::error("bad-date", message).at(source, key.span.clone());
            fields.push(diagnostic.hint("write it as `issue compose` did: \"2026-11-15T09:00[Europe/Berlin]\""));
            None
        }
    });
    let offered_span = fields.node("offered").map(|node| (node.span.clone(), node));
    let mut offered = Vec::new();
    let offered_span = offered_span.map(|(span, node)| {
        let key = crate::diagnostic::node::Key { span: span.clone(), name: "offered".into() };
        let table = Node { span: span.clone(), data: crate::diagnostic::node::Data::Table(vec![(key, node)]) };
        offered = checks::list(&mut fields.child("front matter", table), "offered");
        span
    });
    let front = IssueFront {
        number,
        subject,
        preheader,
        date,
        occurrence,
        offered,
        offered_span,
        cancelled: fields.boolean("cancelled").unwrap_or(false),
        extra: checks::extra(&mut fields),
        span,
    };
    fields.finish_as(unknown, Some("keys of your own go under `extra`"));
    front
}

/// The posts that a text names, in their order.
fn mentions(source: &Source, tree: &Tree<'_>, report: &mut Report) -> Vec<Mention> {
    let mut mentions: Vec<Mention> = Vec::new();
    let roots: Vec<usize> = tree.roots().collect();
    for (index, node) in tree.nodes.iter().enumerate() {
        let Kind::Component { call, block } = node.kind else { continue };
        let Some(call) = tree.calls.get(call).filter(|call| call.name.value == POST) else { continue };
        if !block || roots.binary_search(&index).is_err() {
            let message = "a post of an issue stands by itself, with an empty line before and after it";
            let diagnostic = Diagnostic::error("misplaced-post", message);
            let hint = "put it on a line of its own, in no list and no quote, and leave the lines around it empty";
            report.push(diagnostic.at(source, call.span.clone()).hint(hint));
            continue;
        }
        let Some(mention) = mention(source, call, node.span.clone(), report) else { continue };
        if let Some(first) = mentions.iter().find(|known| known.id.value == mention.id.value) {
            let message = format!("the post `{}` stands in this issue twice", mention.id.value);
            let diagnostic = Diagnostic::error("same-post", message).at(source, mention.id.span.clone());
            report.push(diagnostic.also(source, first.id.span.clone(), "the first time").hint("take one of them out"));
            continue;
        }
        mentions.push(mention);
    }
    mentions
}

/// Posts as Hugo would have them, `{{< post … >}}`: with a space before the name they are plain text, and readers would get it.
fn spaced(source: &Source, tree: &Tree<'_>) -> Vec<Diagnostic> {
    let text = source.text();
    let in_words =
        |at: usize| tree.nodes.iter().any(|node| matches!(node.kind, Kind::Text(_)) && node.span.contains(&at));
    let is_post = |rest: &str| {
        let name = rest.trim_start();
        let after = name.strip_prefix(POST).and_then(|after| after.chars().next());
        name.len() < rest.len() && after.is_some_and(|c| c.is_whitespace() || matches!(c, '/' | '>'))
    };
    let calls = text.match_indices("{{<").map(|(at, mark)| (at, at + mark.len()));
    let calls = calls.filter(|(at, end)| text.get(*end..).is_some_and(is_post) && in_words(*at));
    let told = |(at, end): (usize, usize)| {
        let message = "this is plain text and no post: a space stands before the name";
        let hint = "write {{<post id=\"posts/hello\" />}}, the name right after the `<`";
        Diagnostic::warning("spaced-call", message).at(source, at..end).hint(hint)
    };
    calls.map(told).collect()
}

fn mention(source: &Source, call: &Call, span: Range<usize>, report: &mut Report) -> Option<Mention> {
    let (mut id, mut blurb) = (None, None);
    for argument in &call.arguments {
        let name = &argument.name;
        if !ARGUMENTS.contains(&&*name.value) {
            let hint = suggest::did_you_mean(&name.value, ARGUMENTS);
            let hint = hint.unwrap_or_else(|| format!("it takes: {}", ARGUMENTS.join(", ")));
            let message = format!("`post` has no argument `{}`", name.value);
            report.push(Diagnostic::error("unknown-argument", message).at(source, name.span.clone()).hint(hint));
            continue;
        }
        let Literal::String(text) = &argument.value.value else {
            let message = format!("`{}` must be a string, not {}", name.value, argument.value.value.kind());
            report.push(Diagnostic::error("wrong-type", message).at(source, argument.value.span.clone()));
            continue;
        };
        let text = Located { value: text.clone(), span: argument.value.span.clone() };
        match &*name.value {
            "id" => id = Some(text).filter(|id| !id.value.is_empty()),
            "blurb" => blurb = Some(text).filter(|blurb| !blurb.value.trim().is_empty()),
            _ => {}
        }
    }
    if id.is_none() {
        let diagnostic = Diagnostic::error("missing-argument", "`post` does not say which: it has no `id`");
        let hint = "write {{<post id=\"posts/hello\" />}}, with the post's id or its file below content/";
        report.push(diagnostic.at(source, call.span.clone()).hint(hint));
    }
    Some(Mention { id: id?, blurb, span })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::messages::file;
    use crate::diagnostic::terminal;

    fn read(text: &str) -> (Issue, Vec<String>) {
        let file = file("issues/notes/2026-11-15/index.md", text.as_bytes());
        let (issue, report) = load(&file, &Options::default());
        let prefix = "issues/notes/2026-11-15/index.md:";
        let lines = report.into_sorted().iter().map(|d| terminal::short(d).replace(prefix, "")).collect();
        (issue.unwrap(), lines)
    }

    #[test]
    fn everything_that_can_be_said() {
        let text = "+++\nnumber = 24\nsubject = \"Hello\"\npreheader = \"And more\"\noccurrence = \"2026-11-15T09:00[Europe/Berlin]\"\n\
                    offered = [\"a\", \"b\", \"c\"]\ncancelled = true\n[extra]\nx = 1\n+++\nDear reader,\n\n{{<post id=\"b\" blurb=\"Own words\" about=\"Title\" />}}\n\n\
                    Between.\n\n{% <post id=\"a\"> %}\n\nMy *own* words.\n\n{% </post> %}\n\nBye.\n";
        let (issue, report) = read(text);
        assert_eq!(report, [""; 0]);
        assert_eq!((issue.name.to_string(), issue.day), ("notes/2026-11-15".into(), civil::date(2026, 11, 15)));
        assert_eq!(issue.front.number.unwrap().value, 24);
        assert_eq!(&text[issue.front.offered_span.unwrap()], "[\"a\", \"b\", \"c\"]");
        assert_eq!(issue.front.offered.iter().map(|id| &*id.value).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert!(issue.front.cancelled && matches!(issue.front.date, Some(Date::Exact(_))));
        let [first, second] = issue.posts.as_slice() else { panic!("two posts") };
        assert_eq!((first.id.value.as_str(), &*first.blurb.as_ref().unwrap().value), ("b", "Own words"));
        assert_eq!(&text[first.span.clone()], "{{<post id=\"b\" blurb=\"Own words\" about=\"Title\" />}}");
        assert!(text[second.span.clone()].trim_end().ends_with("{% </post> %}"), "with what it encloses");
    }

    #[test]
    fn a_call_with_a_space_is_spoken_of_where_it_would_be_read() {
        let (issue, report) = read(
            "+++\nsubject = \"x\"\n+++\n{{< post id=\"a\" />}}\n\nAs *Hugo* has {{<\tpost id=\"b\" >}} it, or {{< posts >}}.\n\n`{{< post id=\"c\" >}}`\n\n    {{< post id=\"d\" >}}\n",
        );
        let said = "warning: this is plain text and no post: a space stands before the name [spaced-call]; write {{<post id=\"posts/hello\" />}}, the name right after the `<`";
        assert_eq!(report, [format!("4:1: {said}"), format!("6:15: {said}")]);
        assert!(issue.posts.is_empty());
    }

    #[test]
    fn every_mistake_at_once() {
        let (issue, report) = read(
            "+++\nnumber = 0\nsubjekt = \"x\"\noccurrence = \"2026-11-15\"\noffered = \"a\"\n+++\n{{<post />}}\n\n{{<post id=\"a\" blurp=\"x\" />}}\n\n{{<post id=\"a\" />}}\n\n\
             - {{<post id=\"b\" />}}\n\nText {{<post id=\"c\" />}}\n\n{{<post id=3 />}}\n",
        );
        assert_eq!(
            report,
            [
                "2:1: error: front matter has no `subject` [missing-key]; add subject = \"…\", the first thing that readers see",
                "2:10: error: `number` must be between 1 and 4294967295 [out-of-range]",
                "3:1: error: unknown key `subjekt` in front matter [unknown-key]; did you mean `subject`?",
                "4:14: error: `occurrence` is no time with a zone: `2026-11-15` [bad-date]; write it as `issue compose` did: \"2026-11-15T09:00[Europe/Berlin]\"",
                "5:11: error: `offered` must be a list of strings, not a string [wrong-type]; write offered = [\"a\"]",
                "7:1: error: `post` does not say which: it has no `id` [missing-argument]; write {{<post id=\"posts/hello\" />}}, with the post's id or its file below content/",
                "9:16: error: `post` has no argument `blurp` [unknown-argument]; did you mean `blurb`?",
                "11:12: error: the post `a` stands in this issue twice [same-post]; take one of them out",
                "13:3: error: a post of an issue stands by itself, with an empty line before and after it [misplaced-post]; put it on a line of its own, in no list and no quote, and leave the lines around it empty",
                "15:6: error: a post of an issue stands by itself, with an empty line before and after it [misplaced-post]; put it on a line of its own, in no list and no quote, and leave the lines around it empty",
                "17:1: error: `post` does not say which: it has no `id` [missing-argument]; write {{<post id=\"posts/hello\" />}}, with the post's id or its file below content/",
                "17:12: error: `id` must be a string, not an integer [wrong-type]",
            ]
        );
        assert_eq!(issue.posts.len(), 1);
        let (_, report) = read("Hello\n");
        assert!(
            report[0].contains("this issue has no front matter, and so no subject [missing-front-matter]"),
            "{report:?}"
        );
        let (_, report) = read("+++\nsubject = \"a\\nb\"\n+++\n");
        assert_eq!(
            report,
            [
                "2:11: error: `subject` has a line break or another control character in it [bad-subject]; write it on one line"
            ]
        );
    }

    #[test]
    fn names() {
        let day = |folder: &str| IssueName { newsletter: "notes".into(), folder: folder.into() }.day();
        assert_eq!(day("2026-11-15"), Some(civil::date(2026, 11, 15)));
        assert_eq!(day("2026-11-15-2"), Some(civil::date(2026, 11, 15)));
        assert_eq!((day("2026-11-31"), day("2026-11-15-x"), day("november")), (None, None, None));
        let file = file("issues/notes/november/index.md", b"");
        let (issue, report) = load(&file, &Options::default());
        assert!(issue.is_none());
        assert_eq!(
            report.into_sorted().iter().map(terminal::short).collect::<Vec<_>>(),
            [
                "error: issues/notes/november/index.md: the folder of an issue is named after its day, and `november` is none [bad-issue-name]; \
              name it as in content/issues/notes/2026-11-15/index.md"
            ]
        );
        let of = |path: &str| {
            let path = SitePath::parse(path).unwrap();
            IssueName::of_path(&path).map(|(name, rest)| format!("{name} {rest}"))
        };
        assert_eq!(of("issues/notes/2026-11-15/frozen/mail.html").unwrap(), "notes/2026-11-15 frozen/mail.html");
        assert_eq!((of("issues/notes.md"), of("issues/notes/a.md"), of("posts/a/b/c.md")), (None, None, None));
    }
}

//! Tests of every message about content: its words and its place.

use std::sync::Arc;

use crate::content::document;
use crate::content::document::Document;
use crate::content::document::DocumentKind;
use crate::content::document::Options;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::diagnostic::terminal;
use crate::files::tree::File;
use crate::files::tree::Place;
use crate::value::path::SitePath;

pub(in crate::content) fn file(path: &str, bytes: &[u8]) -> File {
    File { path: SitePath::parse(path).unwrap(), name: path.into(), place: Place::Memory(Arc::from(bytes)) }
}

pub(in crate::content) fn load(path: &str, text: &str) -> (Document, Vec<String>) {
    let (document, report) = document::load(&file(path, text.as_bytes()), DocumentKind::Post, &Options::default());
    (document.unwrap(), lines(report))
}

/// Diagnostics as `line:column: severity: message [code]; hints`.
fn lines(report: Report) -> Vec<String> {
    report.into_sorted().iter().map(|d| terminal::short(d).trim_start_matches("a.md:").to_owned()).collect()
}

/// What is said of a post with this front matter (after a title) in TOML.
fn front(keys: &str) -> Vec<String> {
    load("a.md", &format!("+++\ntitle = \"T\"\n{keys}\n+++\n")).1
}

/// What is said of a post with this body, which begins on line 4.
fn body(text: &str) -> Vec<String> {
    load("a.md", &format!("+++\ntitle = \"T\"\n+++\n{text}")).1
}

#[test]
fn fences() {
    assert_eq!(
        load("a.md", "Hello\n").1,
        [
            "1:1: error: this file has no front matter, and so no title [missing-front-matter]; begin it with three lines: +++, then title = \"…\", then +++"
        ]
    );
    assert_eq!(
        load("a.md", "\n---\ntitle: x\n").1,
        [
            "2:1: error: the front matter opened by `---` is not closed [unclosed-front-matter]; put a line with only `---` after the last key"
        ]
    );
    assert_eq!(
        load("a.md", "+++\ndate = 2026-11-01\n+++\n").1,
        ["2:1: error: front matter has no `title` [missing-key]; add title = \"…\""]
    );
    assert_eq!(
        load("a.md", "---\ntitle: ''\n---\n").1,
        ["2:8: error: `title` is empty [empty-value]; add title: \"…\""]
    );
    for text in
        ["\u{feff}+++\r\ntitle = \"x\"\r\n+++\r\nBody\r\n", "---\ntitle: x\n---  \nBody", "\n\n+++\ntitle = 'x'\n+++"]
    {
        assert_eq!(load("a.md", text).1, [""; 0], "{text:?}");
    }
}

#[test]
fn bytes_that_are_no_text() {
    let (document, report) =
        document::load(&file("a.md", b"+++\ntitle = \"\xff\"\n+++\n"), DocumentKind::Post, &Options::default());
    assert!(document.is_none());
    assert_eq!(
        lines(report),
        [
            "2:10: error: this file is not UTF-8: byte 13 is part of no character [not-utf8]; save it in the encoding UTF-8"
        ]
    );
}

#[test]
fn unknown_keys() {
    assert_eq!(
        front("tag = [\"a\"]\nwhatever = 1")[..],
        [
            "3:1: error: unknown key `tag` in front matter [unknown-key]; did you mean `tags`?",
            "4:1: error: unknown key `whatever` in front matter [unknown-key]; keys of your own go under `extra`; known keys: title, id, date, updated, \
             expires, slug, url, aliases, authors, category, categories, tags, series, description, image, audio, draft, language, toc, math, newsletter, extra",
        ]
    );
    let options = Options { unknown: Severity::Warning, ..Options::default() };
    let text = "+++\ntitle = \"T\"\nfoo = 1\n+++\n";
    let (_, report) = document::load(&file("a.md", text.as_bytes()), DocumentKind::Post, &options);
    assert_eq!(report.counts(), (0, 1));
    assert_eq!(
        front("image = { src = \"a.jpg\", creditt = \"x\" }"),
        ["3:26: error: unknown key `creditt` in `image` [unknown-key]; did you mean `credit`?"]
    );
}

#[test]
fn dates() {
    let expected = "write 2026-11-01, 2026-11-01T09:00, 2026-11-01T09:00:00+01:00 or 2026-11-01T09:00[Europe/Berlin]";
    assert_eq!(
        front("date = \"tomorrow\"\nupdated = \"2026-02-30\"\nexpires = \"2026-11-01T25:00\""),
        [
            format!("3:8: error: bad `date`: `tomorrow` is not a date [bad-date]; {expected}"),
            format!("4:11: error: bad `updated`: there is no day 2026-02-30 [bad-date]; {expected}"),
            format!("5:11: error: bad `expires`: `25:00` is not a time [bad-date]; {expected}"),
        ]
    );
    assert_eq!(
        front("date = \"2026-11-01T09:00[Europe/Nowhere]\""),
        [format!("3:8: error: bad `date`: there is no time zone `Europe/Nowhere` [bad-date]; {expected}")]
    );
    assert_eq!(
        front("date = 5"),
        ["3:8: error: `date` must be a date such as 2026-11-01, not an integer [wrong-type]"]
    );
}

#[test]
fn addresses() {
    assert_eq!(
        front("slug = \"a/b\""),
        [
            "3:8: error: `a/b` cannot be a slug [bad-slug]; a slug is one part of the address; the whole path is given by url = \"/…/\""
        ]
    );
    assert_eq!(
        front("slug = \"..\"")[0],
        "3:8: error: `..` cannot be a slug [bad-slug]; a slug has letters, digits, `-`, `_`, `.` and `~`"
    );
    assert_eq!(front("slug = \"A b\"")[0], "3:8: error: `A b` cannot be a slug [bad-slug]; write slug = \"a-b\"");
    assert_eq!(
        front("url = \"https://e.com/x\"\naliases = [\"old\", \"/a/../b\", \"/q?x\", \"/ok/\"]"),
        [
            "3:7: error: `url` is a whole address [bad-path]; write only the path: /2019/hello/",
            "4:12: error: `aliases` does not begin with `/` [bad-path]; write \"/old\"",
            "4:19: error: `aliases` has `..` or `.` in it [bad-path]; write the path as it stands in the address: /2019/hello/",
            "4:30: error: `aliases` has a query or a fragment [bad-path]; write the path before the `?` or `#`",
        ]
    );
    assert_eq!(front("id = \"a b\""), ["3:6: error: an id has no space in it [bad-id]"]);
}

#[test]
fn the_other_keys() {
    assert_eq!(
        front("authors = \"jane\""),
        ["3:11: error: `authors` must be a list of strings, not a string [wrong-type]; write authors = [\"jane\"]"]
    );
    assert_eq!(front("tags = [\"\"]"), ["3:9: error: an entry of `tags` is empty [empty-value]"]);
    let both = front("category = \"a\"\ncategories = [\"b\"]");
    assert_eq!(
        both,
        [
            "3:12: error: `category` and `categories` are both given [two-keys]; keep `categories`; its first entry is the one that is shown"
        ]
    );
    assert_eq!(
        front("image = 3"),
        [
            "3:9: error: `image` must be a file's name or a table, not an integer [wrong-type]; write image = { src = \"photo.jpg\", alt = \"what it shows\" }"
        ]
    );
    assert_eq!(
        front("image = { alt = \"x\" }"),
        ["3:9: error: `image` has no `src` [missing-key]; add src = \"photo.jpg\""]
    );
    assert_eq!(
        front("audio = { src = \"a.mp3\", duration = \"1:2\" }"),
        [
            "3:37: error: `duration` is not a length of time [bad-duration]; write \"1:02:03\", \"12:34\" or a number of seconds"
        ]
    );
    assert_eq!(
        front("language = \"english tongue\""),
        [
            "3:12: error: `english tongue` is not a language tag [bad-language]; write a tag such as en, en-GB or zh-Hant"
        ]
    );
    assert_eq!(
        front("newsletter = false"),
        [
            "3:14: error: `newsletter` must be a table, not a boolean [wrong-type]; write newsletter = { include = false }"
        ]
    );
    assert_eq!(front("extra = 1"), ["3:9: error: `extra` must be a table, not an integer [wrong-type]"]);
    assert_eq!(front("draft = \"yes\""), ["3:9: error: `draft` must be true or false, not a string [wrong-type]"]);
}

#[test]
fn profiles() {
    let text = "+++\nrole = \"Editor\"\nlinks = [{ label = \"x\", url = \"example.com\" }]\nmail = \"x\"\n+++\nHi\n";
    let (author, report) = document::load_author(&file("a.md", text.as_bytes()), &Options::default());
    assert_eq!(
        lines(report),
        [
            "2:1: error: the profile has no `name` [missing-key]; add name = \"…\"",
            "3:31: error: `example.com` is not an address [bad-url]; write https://…, mailto:… or a path from the site's root such as /about/",
            "4:1: error: unknown key `mail` in the profile [unknown-key]; keys of your own go under `extra`; known keys: name, role, photo, links, extra",
        ]
    );
    let author = author.unwrap();
    assert_eq!((author.id.as_str(), author.profile.role.unwrap().value.as_str()), ("a", "Editor"));
}

#[test]
fn malformed_calls() {
    let syntax = |text: &str| {
        let lines = body(text);
        assert_eq!(lines.len(), 1, "{text}: {lines:?}");
        lines[0].replace("[component-syntax]; ", "")
    };
    assert_eq!(syntax("x {{<a b=\"c\"}}"), "4:3: error: the call of `a` is not closed write {{<a … />}}");
    assert_eq!(syntax("{{<a b />}}"), "4:6: error: the argument `b` has no value write b=\"…\", b=3 or b=true");
    assert_eq!(
        syntax("{{<a b=c />}}"),
        "4:8: error: the value of `b` must be a string in double quotes, a number, true or false write b=\"c\""
    );
    assert_eq!(
        syntax("{{<a b='c' />}}"),
        "4:8: error: the value of `b` must be a string in double quotes, a number, true or false use double quotes"
    );
    assert_eq!(
        syntax("{{<a b={1} />}}"),
        "4:8: error: the value of `b` must be a string in double quotes, a number, true or false Markdown has no expressions: write b=\"…\""
    );
    assert_eq!(syntax("{{<a b=1x />}}"), "4:8: error: `1x` is not a number text stands in double quotes");
    assert_eq!(
        syntax("{{<a b=\"c />}}"),
        "4:8: error: this string is not closed end it by a double quote; one inside the string is written \\\""
    );
    assert_eq!(
        syntax("{{<a b=\"\\c\" />}}"),
        "4:9: error: `\\c` means nothing in a string a backslash is written \\\\, a quotation mark \\\", a line break \\n"
    );
    assert_eq!(body("{{<a b=1 b=2 />}}"), ["4:10: error: the argument `b` is given twice [component-syntax]"]);
    assert_eq!(
        syntax("{{<a>}}"),
        "4:5: error: the call of `a` does not end in `/>}}` write {{<a … />}}, or, to enclose Markdown, {% <a …> %} and {% </a> %} on lines of their own"
    );
    assert_eq!(syntax("{% <a /> %}"), "4:7: error: `a` encloses nothing write {{<a … />}}");
    assert_eq!(syntax("{% <a b=\"c\" %}"), "4:1: error: the call of `a` is not closed write {% <a …> %}");
    assert_eq!(
        syntax("{{<a, b=1 />}}"),
        "4:5: error: an argument was expected, not `,` arguments are written name=\"text\", name=3 or name=true"
    );
}

#[test]
fn misplaced_calls() {
    assert_eq!(
        body("[x]({{<a />}})\n"),
        [
            "4:5: error: no component may stand here: `a` [misplaced-component]; a component may stand where a word or a paragraph may, but not in a link's \
          address or a tag"
        ]
    );
    assert_eq!(
        body("text {% <a> %} text\n"),
        [
            "4:6: error: a component that encloses Markdown begins and ends on lines of its own [misplaced-component]; within a line write {{<name … />}}"
        ]
    );
    assert_eq!(
        body("{% <a> %}\n\n- x\n\n  {% </a> %}\n"),
        [
            "4:1: error: `a` is not closed [unclosed-component]; close it by {% </a> %} on a line of its own, in the same list item or quote",
            "8:8: error: `</a>` closes nothing [misplaced-component]; open it by {% <a …> %}, in the same list item or quote",
        ]
    );
    assert_eq!(
        body("{% <a> %}\n{% <b> %}\n{% </a> %}\n"),
        [
            "5:1: error: `b` is not closed [unclosed-component]; close it by {% </b> %} on a line of its own, in the same list item or quote"
        ]
    );
    assert_eq!(
        body("<div>\n{% <a> %}\n</div>\n"),
        [
            "5:1: error: no component may stand here: `a` [misplaced-component]; leave an empty line before it, and indent it as the text around it"
        ]
    );
}

#[test]
fn ids_given_twice() {
    assert_eq!(
        body("# A {#x}\n\n# B {#x}\n"),
        ["6:1: error: two headings have the id `x` [duplicate-id]; give one of them another id, or none"]
    );
}

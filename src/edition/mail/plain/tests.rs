//! What Markdown becomes in plain text.

use std::borrow::Cow;
use std::ops::Range;

use proptest::prelude::*;

use crate::content::call::Call;
use crate::content::markdown;
use crate::content::markdown::Options;
use crate::diagnostic::source::Source;
use crate::edition::html::Environment;
use crate::edition::html::Image;
use crate::edition::html::Part;
use crate::edition::html::Plain;
use crate::edition::html::Word;
use crate::edition::mail::plain::COLUMNS;
use crate::edition::mail::plain::Links;
use crate::edition::mail::plain::wrap::width;
use crate::edition::mail::plain::write;

fn text_and_links(markdown: &str) -> (String, String) {
    let source = Source::new("a.md", markdown);
    let (tree, _) =
        markdown::parse(&source, 0..markdown.len(), Options { components: false, math: true, ..Options::default() });
    let mut links = Links::default();
    let text = write(&tree, Part::Whole, &Plain, &mut links);
    (text, links.list())
}

fn text(markdown: &str) -> String {
    text_and_links(markdown).0
}

#[test]
fn paragraphs_headings_and_rules() {
    assert_eq!(
        text(
            "# A *title*\n\nSome **strong** and `code`,\nand ~~gone~~.\\\nNew line.\n\n## Next\n\n### Third\n\n---\n\nEnd"
        ),
        "A title\n=======\n\nSome strong and code, and ~gone~.\nNew line.\n\nNext\n----\n\nThird\n\n* * *\n\nEnd\n"
    );
    assert_eq!(text(""), "");
}

#[test]
fn long_lines_are_broken_under_their_marks() {
    let words = "word ".repeat(16);
    let written = text(&format!("{words}\n\n> {words}\n>\n> - {words}\n\n10. {words}\n11. b\n"));
    let lines: Vec<&str> = written.lines().collect();
    assert!(lines.iter().all(|line| width(line) <= COLUMNS), "{written}");
    assert_eq!(lines[2], "");
    assert!(lines[3].starts_with("> word") && lines[4].starts_with("> word") && lines[5] == ">", "{written}");
    assert!(lines[6].starts_with("> - word") && lines[7].starts_with(">   word"), "{written}");
    assert!(lines[9].starts_with("10. word") && lines[10].starts_with("    word") && lines[11] == "11. b", "{written}");
}

#[test]
fn lists_are_as_loose_as_they_were_written() {
    assert_eq!(
        text("- a\n- b\n  - c\n    1. d\n- [x] done\n- [ ] open\n"),
        "- a\n- b\n  - c\n    1. d\n- [x] done\n- [ ] open\n"
    );
    assert_eq!(text("1. a\n\n   more\n\n2. b\n\nafter"), "1. a\n\n   more\n\n2. b\n\nafter\n");
    assert_eq!(text("- a\n\n  > q\n  >\n  > r\n- b"), "- a\n\n  > q\n  >\n  > r\n\n- b\n");
    assert_eq!(text("-\n- b"), "-\n- b\n");
    assert_eq!(text("Title\n: One\n: Two\n\nNext"), "Title\n    One\n    Two\n\nNext\n");
}

#[test]
fn links_are_numbered_once() {
    let (text, links) = text_and_links(
        "See [one](https://e.com/1), [two](https://e.com/2 \"T\") and [one again](https://e.com/1). <https://e.com/3>, [e.com](https://e.com/), \
         <me@e.com>, [here](#here), ![A quay](q.jpg) [![](x.png)](https://e.com/4)",
    );
    assert_eq!(
        text,
        "See one [1], two [2] and one again [1]. https://e.com/3, https://e.com/,\nme@e.com, here, [A quay] [3]\n"
    );
    assert_eq!(links, "[1] https://e.com/1\n[2] https://e.com/2\n[3] https://e.com/4\n");
    let mut later = Links::after(3);
    assert_eq!((later.number("x"), later.number("y"), later.number("x"), later.last()), (4, 5, 4, 5));
    assert_eq!(later.list(), "[4] x\n[5] y\n");
}

#[test]
fn code_alerts_notes_and_formulas() {
    assert_eq!(
        text("Before[^a] $x^2$\n\n```sh\nls  -l\n\ncd\n```\n\n> [!TIP]\n> Do.\n\n[^a]: A note[^b].\n[^b]: Another.\n"),
        "Before (1) x^2\n\n    ls  -l\n\n    cd\n\n| Tip\n| Do.\n\nFootnotes\n\n(1) A note (2).\n\n(2) Another.\n"
    );
}

#[test]
fn tables_stand_in_columns_or_as_records() {
    assert_eq!(
        text("| Client | Share |\n|:--|--:|\n| Apple `Mail` | 52 |\n| 日本 | 7 |\n"),
        "Client      Share\n----------  -----\nApple Mail     52\n日本            7\n"
    );
    let long = "words ".repeat(12);
    let written = text(&format!("| Name | Text |\n|--|--|\n| A | {long} |\n| B | |\n"));
    assert!(written.starts_with("Name: A\nText: words words"), "{written}");
    assert!(written.ends_with("\n\nName: B\n") && written.contains("\n  words"), "{written}");
}

#[test]
fn raw_html_says_what_it_says() {
    assert_eq!(
        text(
            "<div><p>One<br>two</p>\n<script>alert(1)</script></div>\n\nA <b>bold</b> word<br>and <img src=x alt=\"a map\">\n"
        ),
        "One\ntwo\n\nA bold word\nand [a map]\n"
    );
}

#[test]
fn no_depth_is_a_danger() {
    let deep = format!("{}x", "> ".repeat(5_000));
    assert!(text(&deep).ends_with("x\n"));
    let list: String = (0..300).map(|depth| format!("{}- a\n", "  ".repeat(depth))).collect();
    assert_eq!(text(&list).matches('a').count(), 300);
}

/// Pieces of Markdown in which every word stands that has to come through.
fn block() -> impl Strategy<Value = String> {
    let words = "([a-z]{2,9}|読者への約束|שלום עולם|été)( ([a-z]{2,9}|お便り|مرحبا)){0,24}";
    prop_oneof![
        words.prop_map(|text| format!("{text}\n\n")),
        words.prop_map(|text| format!("## {text}\n\n")),
        words.prop_map(|text| format!("> {text}\n>\n> > {text}\n\n")),
        words.prop_map(|text| format!("- {text}\n  - {text}\n\n")),
        words.prop_map(|text| format!("1. {text}\n\n   **{text}**\n\n")),
        words.prop_map(|text| format!("[{text}](https://e.com/)\n\n")),
        words.prop_map(|text| format!("| {text} | b |\n|--|--|\n| c | *{text}* |\n\n")),
        words.prop_map(|text| format!("> [!NOTE]\n> {text}\n\n")),
    ]
}

proptest! {
    #[test]
    fn nothing_is_lost_and_no_line_is_too_long(blocks in prop::collection::vec(block(), 0..8)) {
        let markdown = blocks.concat();
        let written = text(&markdown);
        for line in written.lines() {
            prop_assert!(width(line) <= COLUMNS, "{}", line);
            prop_assert!(line.trim_end() == line);
        }
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        let all = letters(&written);
        let is_word = |word: &&str| word.chars().all(char::is_alphabetic);
        for word in markdown.split([' ', '\n', '*', '[', ']']).filter(is_word) {
            prop_assert!(all.contains(word), "{} of {}", word, written);
        }
        prop_assert!(!written.contains("\n\n\n") && !written.contains("**") && !written.contains("]("));
    }

    #[test]
    fn any_text_at_all(markdown in any::<String>()) {
        let written = text(&markdown);
        prop_assert!(written.is_empty() || written.ends_with('\n'));
    }
}

#[test]
fn pictures_with_captions_and_named_links() {
    /// Knows one page.
    struct Known;
    impl Environment for Known {
        fn link<'e>(&'e self, dest: &'e str, _: &Range<usize>) -> Cow<'e, str> {
            dest.into()
        }
        fn wikilink_text<'e>(&'e self, dest: &'e str, _: &Range<usize>) -> Option<Cow<'e, str>> {
            (dest == "known").then(|| "A page".into())
        }
        fn image(&self, _: &Image<'_>, _: &mut String) {}
        fn component(&self, _: &Call, _: Option<&str>, _: &mut String) {}
        fn word(&self, word: Word) -> Cow<'_, str> {
            format!("{word:?}").into()
        }
    }
    assert_eq!(text("![Alt](a.png \"Its caption\")\n\nA ![b](b.png \"c\") d\n"), "[Alt]\nIts caption\n\nA [b] d\n");
    let markdown = "[[known]], [[known|own words]] and [[other]].\n";
    let source = Source::new("a.md", markdown);
    let (tree, _) = markdown::parse(&source, 0..markdown.len(), Options::default());
    let mut links = Links::default();
    assert_eq!(write(&tree, Part::Whole, &Known, &mut links), "A page [1], own words [1] and other.\n");
}

#[test]
fn raw_html_says_what_it_shows() {
    let (text, links) = text_and_links(
        "A <a href=\"https://e.com/?a=1&amp;b\">raw <b>link</b></a>, <style>p{color:red}</style> <button>Press</button>\
         <a href=\"https://f.com/\">https://f.com/</a> and [one](https://g.com/).\n\n<select><option>Red</select>\n\nEnd <textarea>of it\n",
    );
    assert_eq!(text, "A raw link [1], https://f.com/ and one [2].\n\nEnd of it\n");
    assert_eq!(links, "[1] https://e.com/?a=1&b\n[2] https://g.com/\n");
}

#[test]
fn no_line_below_a_heading_is_too_long() {
    let long = "Donaudampfschifffahrtsgesellschaft".repeat(3);
    let written = text(&format!("# {long}\n\n> ## {long}\n"));
    let lines: Vec<usize> = written.lines().map(width).collect();
    assert_eq!((lines[1], lines[4]), (COLUMNS, COLUMNS), "{written}");
}

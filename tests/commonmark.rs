//! CommonMark's 652 examples and the tables of GitHub Flavored Markdown, through our own pipeline: parse to our tree, render by our writer.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use letterpress::content::markdown;
use letterpress::content::markdown::Options;
use letterpress::diagnostic::source::Source;
use letterpress::edition::html;
use letterpress::edition::html::Plain;
use letterpress::edition::html::Policy;

const SPEC: &str = include_str!("fixtures/commonmark/spec-0.31.2.txt");
const TABLES: &str = include_str!("fixtures/commonmark/gfm-tables.txt");

struct Example {
    number: usize,
    markdown: String,
    html: String,
}

/// Takes a specification apart: examples stand between fences of 32 backticks, a line with a dot between Markdown and HTML, tabs written as arrows.
fn examples(spec: &str) -> Vec<Example> {
    let fence = "`".repeat(32);
    let mut examples = Vec::new();
    let mut lines = spec.lines();
    while let Some(line) = lines.next() {
        if line != format!("{fence} example") {
            continue;
        }
        let (mut markdown, mut html) = (String::new(), String::new());
        let mut target = &mut markdown;
        for line in lines.by_ref() {
            if line == fence {
                break;
            }
            if line == "." {
                target = &mut html;
                continue;
            }
            target.push_str(&line.replace('→', "\t"));
            target.push('\n');
        }
        examples.push(Example { number: examples.len() + 1, markdown, html });
    }
    examples
}

fn rendered(markdown: &str, options: Options) -> String {
    let source = Source::new("example.md", markdown);
    let (tree, report) = markdown::parse(&source, 0..markdown.len(), options);
    assert!(report.is_empty(), "{report:?}");
    html::render(&tree, &source, &Plain, Policy::COMMONMARK).html
}

fn check(examples: &[Example], options: Options) {
    let failed: Vec<String> = examples
        .iter()
        .filter_map(|example| {
            let found = rendered(&example.markdown, options);
            // No normalisation: the bytes are those of the specification.
            (found != example.html).then(|| {
                format!(
                    "example {}\n{}\n-- expected\n{}\n-- found\n{found}",
                    example.number, example.markdown, example.html
                )
            })
        })
        .collect();
    assert!(failed.is_empty(), "{} of {} failed\n{}", failed.len(), examples.len(), failed.join("\n====\n"));
}

#[test]
fn every_example_of_commonmark() {
    let examples = examples(SPEC);
    assert_eq!(examples.len(), 652);
    check(&examples, Options::COMMONMARK);
}

#[test]
fn tables_of_github() {
    let examples = examples(TABLES);
    assert!(examples.len() >= 8);
    check(&examples, Options { gfm: true, ..Options::COMMONMARK });
}

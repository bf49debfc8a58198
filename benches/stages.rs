//! What each stage of a build costs: `cargo bench`. The posts are made here, always the same, in the shape of a real blog's.
//!
//! Whole builds beside another generator are timed by a script of their own, see docs/performance.md.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the benchmark makes the site that it times")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use divan::Bencher;
use divan::counter::BytesCount;
use divan::counter::ItemsCount;
use letterpress::config::site::Overrides;
use letterpress::content::document;
use letterpress::content::document::Direct;
use letterpress::content::document::DocumentKind;
use letterpress::content::markdown;
use letterpress::content::tree::Tree;
use letterpress::diagnostic::source::Source;
use letterpress::edition::highlight;
use letterpress::edition::html;
use letterpress::edition::html::Plain;
use letterpress::edition::html::Policy;
use letterpress::edition::publication::Drawn;
use letterpress::edition::publication::Publication;
use letterpress::files::tree::File;
use letterpress::files::tree::FileTree;
use letterpress::library::address::Target;
use letterpress::library::order::Visibility;
use letterpress::transport::disk_staging::Staging;
use letterpress::value::clock::Clock;
use letterpress::value::path::SitePath;
use letterpress::workflow::build;
use letterpress::workflow::memory::Memory;
use letterpress::workflow::progress::Silent;
use letterpress::workflow::project;
use letterpress::workflow::project::Opening;

/// The program's own allocator, so that the figures are the program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Posts of one round.
const POSTS: usize = 100;

fn main() {
    divan::main();
}

/// Front matter alone: files without a text.
#[divan::bench(args = ["toml", "yaml"])]
fn front_matter(bencher: Bencher, syntax: &str) {
    let posts: Vec<String> = (0..POSTS).map(|number| front(number, syntax)).collect();
    let files = files(&posts);
    bencher.counter(ItemsCount::new(POSTS)).bench(|| load(&files));
}

/// Markdown to trees.
#[divan::bench]
fn markdown_parse(bencher: Bencher) {
    let sources = sources();
    bencher.counter(bytes(&sources)).bench(|| sources.iter().map(|source| parse(source).nodes.len()).sum::<usize>());
}

/// Whole files to what the library keeps of them: front matter, outline, links.
#[divan::bench]
fn load_posts(bencher: Bencher) {
    let posts: Vec<String> = (0..POSTS).map(|number| front(number, "toml") + &body(number)).collect();
    let files = files(&posts);
    bencher.counter(ItemsCount::new(POSTS)).bench(|| load(&files));
}

/// Code to HTML with classes.
#[divan::bench(args = ["rust", "python", "js"])]
fn highlighting(bencher: Bencher, language: &str) {
    let blocks: Vec<String> = (0..POSTS).map(|number| code(&mut Dice::new(number), language)).collect();
    let size: usize = blocks.iter().map(String::len).sum();
    bencher.counter(BytesCount::new(size)).bench(|| {
        let mut out = String::new();
        for block in &blocks {
            highlight::append(block, language, &[], &mut out);
        }
        out
    });
}

/// Trees to HTML; `without code` leaves highlighting out.
#[divan::bench(args = ["all", "without code"])]
fn html_rendering(bencher: Bencher, what: &str) {
    let policy = Policy { highlight: what == "all", ..Policy::WEB };
    let sources = sources();
    let trees: Vec<Tree<'_>> = sources.iter().map(parse).collect();
    bencher.counter(bytes(&sources)).bench(|| {
        let render = |(tree, source)| html::render(tree, source, &Plain, policy).html.len();
        trees.iter().zip(&sources).map(render).sum::<usize>()
    });
}

/// Templates: pages that list ten posts each, in the bare theme of the benchmark's site.
#[divan::bench]
fn templates(bencher: Bencher) {
    draw(bencher, |target| matches!(target, Target::List(..) | Target::Term(..) | Target::Author(..)));
}

/// Everything between the library and the disk: posts parsed again, rendered, put into templates.
#[divan::bench]
fn post_pages(bencher: Bencher) {
    draw(bencher, |target| matches!(target, Target::Post(_)));
}

/// Pages of 12 kB each to a new output folder, and in place.
#[divan::bench]
fn writing(bencher: Bencher) {
    let page = "All work and no play makes a dull page. ".repeat(300);
    let counter = ItemsCount::new(POSTS);
    bencher.counter(counter).with_inputs(|| tempfile::tempdir().unwrap()).bench_refs(|folder| {
        let staging = Staging::begin(&folder.path().join("public"), &folder.path().join("work")).unwrap();
        for number in 0..POSTS {
            let path = SitePath::parse(&format!("posts/post-{number}/index.html")).unwrap();
            staging.write(&path, page.as_bytes()).unwrap();
        }
        staging.commit().unwrap().written.len()
    });
}

fn parse(source: &Source) -> Tree<'_> {
    markdown::parse(source, 0..source.text().len(), markdown::Options::default()).0
}

fn draw(bencher: Bencher, wanted: fn(&Target) -> bool) {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/site"), folder.path());
    let posts = folder.path().join("content/posts");
    fs::create_dir_all(&posts).unwrap();
    for number in 0..POSTS {
        fs::write(posts.join(format!("post-{number:03}.md")), front(number, "toml") + &body(number)).unwrap();
    }
    let publication = publication(folder.path());
    let library = publication.catalogue().shelf.whole();
    let indices = (0..publication.len()).filter(|index| wanted(&library.addresses[*index].target));
    let indices: Vec<usize> = indices.collect();
    // Each round anew: what is drawn twice remembers its highlighted code.
    bencher.counter(ItemsCount::new(indices.len())).with_inputs(|| self::publication(folder.path())).bench_refs(
        |publication| {
            let mut size = 0;
            for index in &indices {
                let Ok(Drawn::Files(files)) = publication.draw(*index).drawn else { panic!("a page was not drawn") };
                size += files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
            }
            size
        },
    );
}

fn publication(root: &Path) -> Publication {
    let clock = Clock::parse("2026-11-15T09:00:00Z").unwrap();
    let overrides = Overrides::default();
    let visibility = Visibility { drafts: false, future: false };
    let project = project::open(Opening {
        root,
        overrides: &overrides,
        visibility,
        clock: &clock,
        loader: &Direct,
        files: None,
        dressed: None,
    })
    .unwrap();
    build::prepare(project, &Memory::none(), &Silent).unwrap_or_else(|failure| panic!("{failure}")).publication
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn files(posts: &[String]) -> Vec<File> {
    let mut tree = FileTree::new();
    for (number, post) in posts.iter().enumerate() {
        tree.insert_memory(SitePath::parse(&format!("posts/post-{number:03}.md")).unwrap(), post.as_bytes());
    }
    tree.iter().cloned().collect()
}

fn load(files: &[File]) -> usize {
    let load = |file| {
        let (document, report) = document::load(file, DocumentKind::Post, &document::Options::default());
        assert!(report.is_empty(), "{report:?}");
        document.unwrap().body.outline.words
    };
    files.iter().map(load).sum()
}

fn sources() -> Vec<Source> {
    (0..POSTS).map(|number| Source::new(format!("posts/{number}.md"), body(number))).collect()
}

fn bytes(sources: &[Source]) -> BytesCount {
    BytesCount::new(sources.iter().map(|source| source.text().len()).sum::<usize>())
}

/// A generator of numbers that are the same in every run (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn new(seed: usize) -> Self {
        Self(seed as u64 ^ 0x9e37_79b9_7f4a_7c15)
    }

    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn word(&mut self) -> &'static str {
        const WORDS: [&str; 32] = [
            "paper", "margin", "ink", "reader", "letter", "column", "editor", "type", "page", "line", "draft", "proof",
            "season", "garden", "harbour", "window", "question", "answer", "notebook", "morning", "station", "ticket",
            "quiet", "narrow", "honest", "careful", "early", "writes", "keeps", "finds", "carries", "opens",
        ];
        WORDS[self.throw(WORDS.len())]
    }
}

fn front(number: usize, syntax: &str) -> String {
    let dice = &mut Dice::new(number);
    let (fence, is) = if syntax == "toml" { ("+++", " =") } else { ("---", ":") };
    format!(
        "{fence}\ntitle{is} \"The {} and the {} {number}\"\ndate{is} 2026-{:02}-{:02}\n\
         description{is} \"What the {} {} when the {} is {}\"\ntags{is} [\"{}\", \"{}-craft\"]\n\
         category{is} \"{}\"\nauthors{is} [\"The {} desk\"]\n{fence}\n",
        dice.word(),
        dice.word(),
        1 + dice.throw(9),
        10 + dice.throw(18),
        dice.word(),
        dice.word(),
        dice.word(),
        dice.word(),
        dice.word(),
        dice.word(),
        ["Design", "Email", "Research"][dice.throw(3)],
        ["news", "mail", "type"][dice.throw(3)],
    )
}

/// About six hundred words: headings, lists, a quote, links, a table, a footnote, and code in one of three.
fn body(number: usize) -> String {
    let dice = &mut Dice::new(number + 10_000);
    let mut text = String::new();
    for section in 0..5 {
        let (first, second) = (dice.word(), dice.word());
        write!(text, "\n## {first} {second} {section}\n\n").unwrap();
        for _ in 0..2 {
            for _ in 0..4 {
                sentence(dice, &mut text);
            }
            text.push_str("\n\n");
        }
        match section {
            1 => {
                text.push_str("> ");
                sentence(dice, &mut text);
                text.push('\n');
            }
            2 => {
                for _ in 0..4 {
                    text.push_str("- ");
                    sentence(dice, &mut text);
                    text.push('\n');
                }
            }
            3 if number.is_multiple_of(3) => {
                let language = ["rust", "python", "js"][dice.throw(3)];
                write!(text, "```{language}\n{}```\n", code(dice, language)).unwrap();
            }
            4 => {
                text.push_str("| Name | Count |\n|------|------:|\n");
                for row in 0..4 {
                    writeln!(text, "| {} | {row} |", dice.word()).unwrap();
                }
            }
            _ => {}
        }
    }
    text + "\nThe last word is in the note.[^1]\n\n[^1]: It is a short one.\n"
}

fn sentence(dice: &mut Dice, text: &mut String) {
    let length = 9 + dice.throw(9);
    text.push_str("The ");
    for at in 0..length {
        let word = dice.word();
        match (at, dice.throw(40)) {
            (_, 0) => write!(text, "**{word}** "),
            (_, 1) => write!(text, "*{word}* "),
            (_, 2) => write!(text, "`{word}` "),
            (_, 3) => write!(text, "[{word}](https://example.com/{word}) "),
            _ => write!(text, "{word} "),
        }
        .unwrap();
    }
    text.push_str("at last. ");
}

/// About ten lines that differ from number to number.
fn code(dice: &mut Dice, language: &str) -> String {
    let (a, b, c) = (dice.word(), dice.word(), dice.word());
    let n = dice.throw(1000);
    match language {
        "rust" => format!(
            "/// The {a} of each {b}.\npub fn {a}_of({b}: &[String], most: usize) -> Option<usize> {{\n    \
             let mut {c} = {n};\n    for (at, item) in {b}.iter().enumerate().take(most) {{\n        \
             if item.len() < {n} || at % 7 == 3 {{\n            continue; // {c}\n        }}\n        \
             {c} += item.matches('{}').count();\n    }}\n    println!(\"{{}} {a}\", {c});\n    Some({c})\n}}\n",
            &a[..1]
        ),
        "python" => format!(
            "def {a}({b}, {c}={n}):\n    \"\"\"Keep the {a} of every {b}.\"\"\"\n    \
             found = [item for item in {b} if len(item) > {n}]\n    for at, item in enumerate(found):\n        \
             if at % 3 == 0:\n            continue  # {c}\n        yield f\"{a} {{item}} {{{c}}}\".strip()\n"
        ),
        _ => format!(
            "const {a} = document.querySelector('#{b}-{n}');\n{a}?.addEventListener('click', async (event) => {{\n  \
             event.preventDefault();\n  const {c} = new Map([['{b}', {n}]]);\n  \
             const answer = await fetch(`/{a}/${{{c}.get('{b}')}}`, {{ method: 'POST' }});\n  \
             if (!answer.ok) throw new Error(`{c} failed: ${{answer.status}}`); // {b}\n}});\n"
        ),
    }
}

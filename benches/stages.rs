//! What each stage of a build costs: `cargo bench --bench stages`.
//!
//! Whole builds beside another generator are timed by a script of their own, see docs/performance.md.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the benchmark makes the site that it times")]

mod posts;

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

use crate::posts::Dice;
use crate::posts::body;
use crate::posts::code;
use crate::posts::front;

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
    posts::copy(&posts::site(), folder.path());
    let content = folder.path().join("content/posts");
    fs::create_dir_all(&content).unwrap();
    for number in 0..POSTS {
        fs::write(content.join(format!("post-{number:03}.md")), front(number, "toml") + &body(number)).unwrap();
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

//! The blog under measurement, as either program wants it, and the three files that are saved.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::posts;

/// What serves the blog.
pub(crate) enum Program {
    Letterpress(PathBuf),
    /// With the folder of its site, without posts.
    Hugo(PathBuf, PathBuf),
}

/// What is saved.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum What {
    /// The text of the post that is open.
    Text,
    /// The template that every page is made with.
    Template,
    /// The stylesheet of every page.
    Style,
}

/// A blog on disk.
pub(crate) struct Site {
    pub(crate) root: PathBuf,
    /// The post that is open in the tab.
    pub(crate) open: usize,
    posts: usize,
    /// What is saved, where it stands, and what stands before and after what a save puts in.
    files: Vec<(What, PathBuf, String, String)>,
}

impl Program {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Letterpress(_) => "Letterpress",
            Self::Hugo(..) => "Hugo",
        }
    }

    /// The server of the blog in `root`.
    pub(crate) fn server(&self, root: &Path, port: u16) -> Command {
        let port = port.to_string();
        match self {
            Self::Letterpress(program) => {
                let mut command = Command::new(program);
                command.arg("--root").arg(root).args(["preview", "--port", &port]);
                command
            }
            Self::Hugo(program, _) => {
                let mut command = Command::new(program);
                command.args(["server", "--bind", "127.0.0.1", "--port", &port, "--disableFastRender=false"]);
                command.args(["--renderToMemory", "--buildFuture", "--source"]).arg(root);
                command.env("HUGO_CACHEDIR", root.join("cache"));
                command
            }
        }
    }
}

impl Site {
    /// Makes the blog in an empty folder.
    pub(crate) fn make(program: &Program, root: &Path, posts: usize) -> Result<Self, String> {
        let (from, syntax, template, style) = match program {
            Program::Letterpress(_) => {
                (posts::site(), "toml", "themes/bench/templates/web/base.html", "themes/bench/styles/style.css")
            }
            Program::Hugo(_, site) => (site.clone(), "hugo", "layouts/baseof.html", "static/style.css"),
        };
        posts::copy(&from, root);
        let content = root.join("content/posts");
        let post = |number: usize| content.join(format!("post-{number:06}.md"));
        fs::create_dir_all(&content).map_err(|error| format!("{}: {error}", content.display()))?;
        for number in 0..posts {
            fs::write(post(number), posts::front(number, syntax) + &posts::body(number))
                .map_err(|error| format!("{}: {error}", content.display()))?;
        }
        let open = posts / 2;
        let mut files = Vec::new();
        // A save puts its words before the note that ends a post, before the last line of a page, and at the end of a stylesheet.
        for (what, path, before) in [
            (What::Text, post(open), "\nThe last word is"),
            (What::Template, root.join(template), "</body>"),
            (What::Style, root.join(style), ""),
        ] {
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let at = text.rfind(before).ok_or_else(|| format!("{}: no {before}", path.display()))?;
            files.push((what, path, text[..at].to_owned(), text[at..].to_owned()));
        }
        Ok(Self { root: root.to_owned(), open, posts, files })
    }

    /// Saves a file, in place, with the words `mark` in it.
    pub(crate) fn save(&self, what: What, mark: &str) -> Result<(), String> {
        let added = match what {
            What::Text => format!("\nThis sentence was {mark} in it.\n"),
            What::Template => format!("<p>{mark}</p>\n"),
            What::Style => format!(".{mark}{{order:1}}\n"),
        };
        let (_, path, before, after) =
            self.files.iter().find(|(kind, ..)| *kind == what).ok_or("there is no such file")?;
        fs::write(path, format!("{before}{added}{after}")).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The address of a post.
    pub(crate) fn page(number: usize) -> String {
        format!("/posts/post-{number:06}/")
    }

    /// At most `most` posts that are not open, from all of the blog.
    pub(crate) fn others(&self, most: usize) -> Vec<String> {
        let count = most.min(self.posts - 1);
        let step = (self.posts - 1).checked_div(count).unwrap_or(1);
        (0..count).map(|number| Self::page((self.open + 1 + number * step) % self.posts)).collect()
    }
}

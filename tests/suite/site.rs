//! A site in a temporary folder, and looks at what was built from it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;

use letterpress::config::site::Overrides;
use letterpress::diagnostic::report::Report;
use letterpress::library::order::Visibility;
use letterpress::value::clock::Clock;
use letterpress::workflow::build;
use letterpress::workflow::build::Request;
use letterpress::workflow::build::Summary;
use letterpress::workflow::check;
use letterpress::workflow::failure::Failure;
use letterpress::workflow::progress::Silent;
use tempfile::TempDir;

/// When every test takes place, unless it says otherwise.
pub(crate) const NOW: &str = "2026-11-15T09:00[Europe/Berlin]";

/// Files by their paths below a folder, with `/`.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) struct Site {
    dir: TempDir,
}

impl Site {
    /// A copy of `tests/fixtures/<fixture>`.
    pub(crate) fn of(fixture: &str) -> Self {
        let site = Self { dir: tempfile::tempdir().unwrap() };
        site.overlay(&fixtures().join(fixture));
        site
    }

    /// The site `sites/<name>`, in the theme of the site `small` unless it has one of its own.
    pub(crate) fn golden(name: &str) -> Self {
        let site = Self::of(&format!("sites/{name}"));
        if !site.root().join("themes").exists() {
            for (path, bytes) in read_all(&fixtures().join("sites/small/themes")) {
                site.put(&format!("themes/{path}"), bytes);
            }
        }
        site
    }

    /// Copies the files of a folder into the site; those of a fixture that are about the test are left out.
    pub(crate) fn overlay(&self, folder: &Path) {
        for (path, bytes) in read_all(folder) {
            if path != "expect.txt" && !path.starts_with("expected/") {
                self.put(&path, bytes);
            }
        }
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn output(&self) -> PathBuf {
        self.root().join("public")
    }

    pub(crate) fn put(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn text(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Replaces a text that stands once in a file.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.text(path);
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {path}");
        self.put(path, text.replace(from, to));
    }

    /// A copy of the site as it is now, never built.
    pub(crate) fn fresh(&self) -> Self {
        let copy = Self { dir: tempfile::tempdir().unwrap() };
        for (path, bytes) in read_all(self.root()) {
            if !path.starts_with("public/") && !path.starts_with(".letterpress/") {
                copy.put(&path, bytes);
            }
        }
        copy
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.root().join(path)).unwrap();
    }

    pub(crate) fn request(&self) -> Request {
        Request {
            root: self.root().to_owned(),
            output: None,
            overrides: Overrides::default(),
            visibility: Visibility::default(),
            clock: clock(NOW),
        }
    }

    pub(crate) fn try_build(&self) -> Result<Summary, Failure> {
        build::build(&self.request(), &Silent)
    }

    pub(crate) fn build(&self) -> Summary {
        self.build_with(|_| {})
    }

    pub(crate) fn build_with(&self, change: impl FnOnce(&mut Request)) -> Summary {
        let mut request = self.request();
        change(&mut request);
        match build::build(&request, &Silent) {
            Ok(summary) => summary,
            Err(Failure::Mistakes(report)) => panic!("the site has mistakes: {:#?}", report.into_sorted()),
            Err(other) => panic!("{other}"),
        }
    }

    pub(crate) fn check(&self) -> Result<Report, Failure> {
        check::check(&self.request(), &check::Options::default(), &Silent)
    }

    /// Everything in the output folder.
    pub(crate) fn public(&self) -> Files {
        read_all(&self.output())
    }

    /// When each file of the output was last written, and what is in it.
    pub(crate) fn snapshot(&self) -> BTreeMap<String, (SystemTime, Vec<u8>)> {
        let time = |path: &str| fs::metadata(self.output().join(path)).unwrap().modified().unwrap();
        self.public().into_iter().map(|(path, bytes)| (path.clone(), (time(&path), bytes))).collect()
    }
}

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The names of the folders in `tests/fixtures/<folder>`.
pub(crate) fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(fixtures().join(folder)).unwrap().map(Result::unwrap);
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(crate) fn clock(text: &str) -> Clock {
    Clock::parse(text).unwrap()
}

pub(crate) fn read_all(folder: &Path) -> Files {
    let mut files = Files::new();
    for entry in walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok) {
        if entry.file_type().is_file() {
            let below = entry.path().strip_prefix(folder).unwrap().to_str().unwrap();
            files.insert(below.replace(std::path::MAIN_SEPARATOR, "/"), fs::read(entry.path()).unwrap());
        }
    }
    files
}

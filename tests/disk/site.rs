//! A site's folders on the disk, and two outputs to build there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;

use letterpress::transport::disk::WriteError;
use letterpress::transport::disk_staging::Staging;
use letterpress::transport::disk_staging::Summary;
use letterpress::value::path::SitePath;
use tempfile::TempDir;

pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) struct Site {
    pub(crate) dir: TempDir,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn output(&self) -> PathBuf {
        self.dir.path().join("public")
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.dir.path().join(".letterpress")
    }

    pub(crate) fn begin(&self) -> Staging {
        Staging::begin(&self.output(), &self.work()).unwrap()
    }

    pub(crate) fn build(&self, files: &[(&str, &str)]) -> Summary {
        self.try_build(files).unwrap()
    }

    pub(crate) fn try_build(&self, files: &[(&str, &str)]) -> Result<Summary, WriteError> {
        let staging = self.begin();
        for (path, text) in files {
            staging.write(&site_path(path), text.as_bytes())?;
        }
        staging.commit()
    }

    pub(crate) fn put(&self, path: &str, text: &str) {
        let path = self.output().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn files(&self) -> Files {
        read_all(&self.output())
    }

    pub(crate) fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.output().join(path)).ok()
    }

    pub(crate) fn modified(&self, path: &str) -> SystemTime {
        fs::metadata(self.output().join(path)).unwrap().modified().unwrap()
    }
}

pub(crate) fn site_path(text: &str) -> SitePath {
    SitePath::parse(text).unwrap()
}

pub(crate) fn read_all(folder: &Path) -> Files {
    let mut files = Files::new();
    for entry in walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok) {
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    files
}

pub(crate) fn expected(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

pub(crate) fn names(paths: &[SitePath]) -> Vec<&str> {
    paths.iter().map(SitePath::as_str).collect()
}

pub(crate) const FIRST: &[(&str, &str)] = &[
    ("index.html", "home"),
    ("posts/a/index.html", "a"),
    ("posts/b/index.html", "b"),
    ("deep/er/still/x.css", "x"),
    ("turns", "a file that becomes a folder"),
    ("round/index.html", "a folder that becomes a file"),
];

pub(crate) const SECOND: &[(&str, &str)] = &[
    ("index.html", "home, changed"),
    ("posts/a/index.html", "a"),
    ("posts/c/index.html", "c"),
    ("turns/into/folder.html", "y"),
    ("round", "z"),
];

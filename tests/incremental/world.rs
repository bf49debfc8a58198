//! A site on the disk that is edited and built again and again, and beside it, each time, the clean build that it must equal.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;

use letterpress::config::site::Overrides;
use letterpress::diagnostic::terminal;
use letterpress::library::order::Visibility;
use letterpress::value::clock::Clock;
use letterpress::value::url::SiteUrl;
use letterpress::workflow::build;
use letterpress::workflow::build::Request;
use letterpress::workflow::build::Summary;
use letterpress::workflow::failure::Failure;
use letterpress::workflow::progress::Silent;
use tempfile::TempDir;

use crate::dice::Dice;

/// Files by their paths below a folder, with `/`.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// How a site is built.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct View {
    pub(crate) clock: &'static str,
    pub(crate) visibility: Visibility,
    pub(crate) base_url: Option<&'static str>,
}

/// What came of a build.
struct Outcome {
    /// All that it said, as a terminal shows it.
    said: String,
    /// None where the site has mistakes.
    summary: Option<Summary>,
}

/// A site that is edited.
pub(crate) struct World {
    dir: TempDir,
    /// The sources as they shall be.
    pub(crate) files: Files,
    /// As they are on the disk.
    saved: Files,
    pub(crate) view: View,
    /// The state of the last build that succeeded.
    pub(crate) good: (Files, View),
    /// Files of others in the output folder.
    pub(crate) foreign: Files,
    /// What the program knows of its output is gone or damaged, and it has not been built since.
    pub(crate) forgotten: bool,
    /// Builds into another folder, before the next one.
    pub(crate) elsewhere: Option<View>,
    /// In how many ways something was done; by name.
    pub(crate) counts: BTreeMap<&'static str, usize>,
}

/// When every sequence begins.
pub(crate) const NOW: View = View {
    clock: "2026-11-15T09:00[Europe/Berlin]",
    visibility: Visibility { drafts: false, future: false },
    base_url: None,
};

impl World {
    /// Never built.
    pub(crate) fn new(files: Files) -> Self {
        let dir = folder();
        for (path, bytes) in &files {
            put(&dir.path().join(path), bytes);
        }
        Self {
            dir,
            saved: files.clone(),
            good: (Files::new(), NOW),
            files,
            view: NOW,
            foreign: Files::new(),
            forgotten: false,
            elsewhere: None,
            counts: BTreeMap::new(),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn public(&self) -> PathBuf {
        self.root().join("public")
    }

    pub(crate) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// The paths of the sources that `wanted` wants.
    pub(crate) fn paths(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        self.files.keys().filter(|path| wanted(path)).cloned().collect()
    }

    /// The text of a source; empty where there is none.
    pub(crate) fn text(&self, path: &str) -> String {
        self.files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    }

    pub(crate) fn put(&mut self, path: &str, bytes: impl AsRef<[u8]>) {
        self.files.insert(path.into(), bytes.as_ref().to_vec());
    }

    /// Brings the disk to what the files shall be, in one of the ways in which editors save.
    pub(crate) fn save(&mut self, dice: &mut Dice) {
        for path in self.saved.keys().filter(|path| !self.files.contains_key(*path)) {
            fs::remove_file(self.root().join(path)).unwrap();
        }
        let changed: Vec<(String, Vec<u8>)> = self
            .files
            .iter()
            .filter(|(path, bytes)| self.saved.get(*path) != Some(*bytes))
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect();
        for (name, bytes) in changed {
            let path = self.root().join(&name);
            let old = fs::metadata(&path).ok().map(|old| (old.modified().unwrap(), old.len()));
            let manner = dice.below(4);
            match (manner, old) {
                (0, _) | (_, None) => put(&path, &bytes),
                (1, Some(_)) => {
                    let beside = path.with_extension("saving~");
                    put(&beside, &bytes);
                    fs::rename(&beside, &path).unwrap();
                    self.count("saved by another file's being renamed over it");
                }
                (2, Some(_)) => {
                    fs::remove_file(&path).unwrap();
                    put(&path, &bytes);
                    self.count("saved by being deleted and made again");
                }
                (_, Some((time, size))) => {
                    put(&path, &bytes);
                    File::options().append(true).open(&path).unwrap().set_modified(time).unwrap();
                    if u64::try_from(bytes.len()).unwrap() == size {
                        self.count("saved with its old size and its old time");
                    }
                }
            }
        }
        self.saved = self.files.clone();
        // Without its memory the program does not know which files of the output are its own; what it should remove stays. docs/publishing.md says so.
        if self.forgotten {
            let _ = fs::remove_dir_all(self.root().join("other"));
            if (&self.files, self.view) != (&self.good.0, self.good.1) {
                let _ = fs::remove_dir_all(self.public());
                self.foreign.clear();
            }
        }
    }

    /// The sources that are not yet on the disk as they shall be.
    pub(crate) fn unsaved(&self) -> Vec<String> {
        let all: BTreeSet<&String> = self.files.keys().chain(self.saved.keys()).collect();
        all.into_iter().filter(|path| self.files.get(*path) != self.saved.get(*path)).cloned().collect()
    }

    /// Renames a folder of the sources, with all that is in it, in one step.
    pub(crate) fn rename_folder(&mut self, from: &str, to: &str) {
        fs::rename(self.root().join(from), self.root().join(to)).unwrap();
        for files in [&mut self.files, &mut self.saved] {
            let below =
                |path: &String| path.strip_prefix(from).filter(|below| below.starts_with('/')).map(str::to_owned);
            *files = std::mem::take(files)
                .into_iter()
                .map(|(path, bytes)| (below(&path).map_or(path, |below| format!("{to}{below}")), bytes))
                .collect();
        }
    }

    /// Writes every file anew and removes the others with the folders that they leave empty, as a switch to another branch does.
    pub(crate) fn check_out(&mut self, files: Files) {
        for path in self.saved.keys() {
            let path = self.root().join(path);
            fs::remove_file(&path).unwrap();
            let above = path.ancestors().skip(1).take_while(|folder| *folder != self.root());
            // Not those in which something else is.
            let _ = above.map(fs::remove_dir).take_while(Result::is_ok).count();
        }
        for (path, bytes) in &files {
            put(&self.root().join(path), bytes);
        }
        (self.saved, self.files) = (files.clone(), files);
    }

    /// Builds, and says what is not as a clean build makes it. True where the site has no mistakes.
    pub(crate) fn check(&mut self) -> Result<bool, String> {
        if let Some(view) = self.elsewhere.take() {
            self.check_at("other", view, &Files::new()).map_err(|wrong| format!("in another folder: {wrong}"))?;
        }
        let well = self.check_at("public", self.view, &self.foreign)?;
        if well {
            self.good = (self.files.clone(), self.view);
            self.forgotten = false;
        }
        Ok(well)
    }

    fn check_at(&self, folder: &str, view: View, foreign: &Files) -> Result<bool, String> {
        let output = self.root().join(folder);
        let before = snapshot(&output);
        let built = build(self.root(), &output, view);
        let after = snapshot(&output);
        let (clean, clean_files) = build_clean(&self.files, view);
        if built.said != clean.said {
            return Err(format!("what it says\n{}", difference(&built.said, &clean.said)));
        }
        let said = built.said;
        let (Some(built), Some(clean)) = (built.summary, clean.summary) else {
            let stands = before == after;
            return if stands { Ok(false) } else { Err("it failed, and the old output does not stand".into()) };
        };
        compare(&read_all(&output), &clean_files, foreign)?;
        let numbers = |summary: &Summary| {
            let Summary { posts, pages, files, next_change, .. } = summary;
            format!("{posts} posts, {pages} pages, {files} files, next change {next_change:?}")
        };
        if numbers(&built) != numbers(&clean) {
            return Err(format!("it counts {}, a clean build {}", numbers(&built), numbers(&clean)));
        }
        let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let changed: Vec<&String> = all.into_iter().filter(|path| before.get(*path) != after.get(*path)).collect();
        if built.changed.iter().collect::<Vec<_>>() != changed {
            return Err(format!("it says it changed {:?}, and changed {changed:?}", built.changed));
        }
        let again = build(self.root(), &output, view);
        let count = again.summary.as_ref().map(|summary| (summary.written, summary.removed));
        if count != Some((0, 0)) || again.said != said || snapshot(&output) != after {
            return Err(format!("nothing was changed, and the next build wrote and removed {count:?}: {}", again.said));
        }
        Ok(true)
    }
}

impl Outcome {
    fn of(built: Result<Summary, Failure>) -> Self {
        let (diagnostics, summary) = match built {
            Ok(mut summary) => (std::mem::take(&mut summary.report).into_sorted(), Some(summary)),
            Err(Failure::Mistakes(report)) => (report.into_sorted(), None),
            Err(other) => panic!("{other}"),
        };
        Self { said: diagnostics.iter().map(|diagnostic| terminal::human(diagnostic, false) + "\n").collect(), summary }
    }
}

fn build(root: &Path, output: &Path, view: View) -> Outcome {
    let base_url = view.base_url.map(|url| SiteUrl::parse(url).unwrap());
    let request = Request {
        root: root.to_owned(),
        output: Some(output.to_owned()),
        overrides: Overrides { base_url, ..Overrides::default() },
        visibility: view.visibility,
        clock: Clock::parse(view.clock).unwrap(),
    };
    Outcome::of(build::build(&request, &Silent))
}

/// Builds a copy of the sources that was never built, at a path of another length and with other characters: nothing of it may be seen in what is built.
fn build_clean(files: &Files, view: View) -> (Outcome, Files) {
    let home = folder();
    let root = home.path().join("a clean buíld/elsewhere");
    for (path, bytes) in files {
        put(&root.join(path), bytes);
    }
    let outcome = build(&root, &root.join("public"), view);
    (outcome, read_all(&root.join("public")))
}

/// What a clean build makes of sources without mistakes.
pub(crate) fn clean(files: &Files) -> Files {
    let (outcome, files) = build_clean(files, NOW);
    assert!(outcome.summary.is_some(), "{}", outcome.said);
    files
}

/// What a clean build makes; none where there are mistakes.
pub(crate) fn made(files: &Files, view: View) -> Option<Files> {
    let (outcome, files) = build_clean(files, view);
    outcome.summary.map(|_| files)
}

/// Looks whether two outputs are the same byte for byte; the files of others must stand in the first.
pub(crate) fn compare(built: &Files, clean: &Files, foreign: &Files) -> Result<(), String> {
    for (path, bytes) in clean {
        match built.get(path) {
            None => return Err(format!("{path} is missing")),
            Some(other) if other != bytes => {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                return Err(format!("{path}\n{}", difference(&text(other), &text(bytes))));
            }
            Some(_) => {}
        }
    }
    if let Some((path, _)) = foreign.iter().find(|(path, bytes)| built.get(*path) != Some(*bytes)) {
        return Err(format!("{path} was not its own, and it did not leave it alone"));
    }
    let surplus = built.keys().find(|path| !clean.contains_key(*path) && !foreign.contains_key(*path));
    surplus.map_or(Ok(()), |path| Err(format!("{path} should be gone")))
}

/// The first line that differs, from both, no longer than can be read.
pub(crate) fn difference(built: &str, clean: &str) -> String {
    let same = built.lines().zip(clean.lines()).take_while(|(left, right)| left == right).count();
    let show = |text: &str| {
        let line = text.lines().nth(same).unwrap_or("(the end)");
        let at = built
            .lines()
            .nth(same)
            .unwrap_or_default()
            .chars()
            .zip(clean.lines().nth(same).unwrap_or_default().chars());
        let begin = at.take_while(|(left, right)| left == right).count().saturating_sub(60);
        line.chars().skip(begin).take(240).collect::<String>()
    };
    format!("  line {}\n  incremental: {}\n  clean:       {}", same + 1, show(built), show(clean))
}

/// When each file was last written, and how long it is: a build that writes one changes the one or the other.
fn snapshot(folder: &Path) -> BTreeMap<String, (SystemTime, u64)> {
    let look = |path: &str| fs::metadata(folder.join(path)).unwrap();
    let seen = |path: String| {
        let metadata = look(&path);
        (path, (metadata.modified().unwrap(), metadata.len()))
    };
    paths(folder).into_iter().map(seen).collect()
}

/// A temporary folder: in memory where there is such a place, for thousands of sites are built.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub(crate) fn put(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

pub(crate) fn read_all(folder: &Path) -> Files {
    let read = |path: String| {
        let bytes = fs::read(folder.join(&path)).unwrap();
        (path, bytes)
    };
    paths(folder).into_iter().map(read).collect()
}

/// The paths of the files below a folder, sorted.
pub(crate) fn paths(folder: &Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_file());
    let below = |entry: walkdir::DirEntry| entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
    files.map(|entry| below(entry).replace(std::path::MAIN_SEPARATOR, "/")).collect()
}

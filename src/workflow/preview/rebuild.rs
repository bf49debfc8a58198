//! One save after another: the next state of the site from what changed, then those who look at it are told, then the rest is drawn for its mistakes.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::config::site::Config;
use crate::config::site::Overrides;
use crate::content::document::Loader;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::edition::publication::Press;
use crate::edition::publication::Publication;
use crate::engine::traces::Traces;
use crate::library::model::Library;
use crate::theme::Theme;
use crate::transport::streams::Event;
use crate::transport::watch::Batch;
use crate::value::clock::Clock;
use crate::value::url::SiteUrl;
use crate::workflow::failure::Failure;
use crate::workflow::media;
use crate::workflow::preview::Request;
use crate::workflow::preview::Teller;
use crate::workflow::preview::Told;
use crate::workflow::preview::desk::Desk;
use crate::workflow::preview::snapshot::Snapshot;
use crate::workflow::preview::studio::BEGINNING;
use crate::workflow::preview::studio::Rebuilt;
use crate::workflow::preview::studio::Studio;
use crate::workflow::preview::studio::errors;
use crate::workflow::progress::Silent;
use crate::workflow::project;
use crate::workflow::project::Dressed;
use crate::workflow::project::Opening;
use crate::workflow::project::Project;
use crate::workflow::render;

/// How many rebuilds the preview's own page lists.
const HISTORY: usize = 20;
/// How many edited files it lists.
const EDITED: usize = 10;
/// How long rebuilds are abandoned for newer saves.
const LONGEST: Duration = Duration::from_secs(1);
/// How many pages that could not be drawn are tried first when something changed.
const TRIED: usize = 8;

/// The thread that rebuilds.
pub(in crate::workflow::preview) struct Rebuilder {
    request: Request,
    studio: Arc<Studio>,
    teller: Arc<dyn Teller>,
    desk: Desk,
    number: u64,
    /// The theme as it was loaded, and as it is shown, while it does not change.
    dressed: Option<(Dressed, Arc<Theme>)>,
    /// Files that could not be drawn.
    failed: Vec<String>,
    /// What changed in saves whose rebuild was abandoned.
    pending: Vec<String>,
    /// How many saves it knows what they changed: each that was told is followed by one batch. A state made before the batch of a save came does not have it.
    taken: u64,
    /// The last moment at which the site changed by itself and that was acted upon.
    acted: Option<Timestamp>,
    /// Since when every rebuild was overtaken.
    overtaken: Option<Instant>,
    /// What was wrong in a rebuild that was overtaken.
    doubted: Vec<String>,
}

/// A state of the site before anything is drawn of it.
struct Opened {
    config: Arc<Config>,
    library: Arc<Library>,
    theme: Arc<Theme>,
    press: Arc<Press>,
    report: Report,
}

/// The moment to regard as now.
pub(in crate::workflow::preview) fn now(request: &Request) -> Clock {
    request.clock.clone().unwrap_or_else(Clock::system)
}

impl Rebuilder {
    /// A thread's work that has not begun.
    pub(in crate::workflow::preview) fn new(request: &Request, studio: Arc<Studio>, teller: Arc<dyn Teller>) -> Self {
        let desk = Desk::new(&request.root, Arc::clone(&studio.memory));
        Self {
            request: request.clone(),
            studio,
            teller,
            desk,
            number: 0,
            dressed: None,
            failed: Vec::new(),
            pending: Vec::new(),
            taken: BEGINNING,
            acted: None,
            overtaken: None,
            doubted: Vec::new(),
        }
    }

    /// The first state.
    pub(in crate::workflow::preview) fn begin(&mut self) {
        self.rebuild(Instant::now());
    }

    /// Rebuilds at every batch, and when the time of a post comes, until the other end is gone.
    pub(in crate::workflow::preview) fn run(&mut self, batches: &Receiver<Batch>) {
        self.sweep();
        // What was learnt makes the next start quick; whatever the disk says about it is no reason to disturb a writer.
        let _ = self.studio.memory.add();
        loop {
            let batch = match self.until_next_change() {
                None => batches.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(wait) => batches.recv_timeout(wait),
            };
            let began = Instant::now();
            match batch {
                Ok(batch) => {
                    self.take(&batch);
                    while let Ok(batch) = batches.try_recv() {
                        self.take(&batch);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    let Some(due) = self.next_change().filter(|due| *due <= now(&self.request).timestamp()) else {
                        continue;
                    };
                    // Once: what is wrong at that moment is wrong until something is saved.
                    self.acted = Some(due);
                    self.taken += 1;
                    self.studio.stale();
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.rebuild(began) {
                self.sweep();
            }
        }
    }

    fn take(&mut self, batch: &Batch) {
        self.taken += 1;
        if batch.rescan {
            self.dressed = None;
        }
        for name in self.desk.take(batch) {
            // A folder that comes or goes may be named by itself.
            if name == "site.toml" || name == "themes" || name.starts_with("themes/") {
                self.dressed = None;
            }
            if !self.pending.contains(&name) {
                self.pending.push(name);
            }
        }
    }

    /// When the site changes by itself, as far as that was not acted upon.
    fn next_change(&self) -> Option<Timestamp> {
        if self.request.clock.is_some() {
            return None;
        }
        let state = self.studio.state();
        let next = state.snapshot.as_ref()?.library.next_change.as_ref()?.timestamp();
        self.acted.is_none_or(|acted| acted < next).then_some(next)
    }

    /// How long until then. Never longer than the clocks of machines that sleep can be trusted.
    fn until_next_change(&self) -> Option<Duration> {
        let wait = self.next_change()?.duration_since(now(&self.request).timestamp());
        Some(Duration::try_from(wait).unwrap_or_default().clamp(Duration::from_millis(10), Duration::from_secs(60)))
    }

    /// Whether a save came since `saves`, so that what is being made would be old. Where saves never end, what is a little old is better than nothing.
    fn is_overtaken(&mut self, saves: u64) -> bool {
        if self.studio.saves() == saves {
            self.overtaken = None;
            return false;
        }
        self.overtaken.get_or_insert_with(Instant::now).elapsed() < LONGEST
    }

    /// Whether something is wrong only because it is just being saved: there is a later save, and it was not wrong in the same way before.
    fn is_passing(&mut self, failure: &Failure, saves: u64) -> bool {
        self.studio.bell.ring();
        if self.studio.saves() == saves {
            self.doubted.clear();
            return false;
        }
        let wrong = match failure {
            Failure::Mistakes(report) => words(report),
            other => vec![other.to_string()],
        };
        let is_new = wrong != self.doubted;
        self.doubted = wrong;
        is_new
    }

    /// Makes the next state and tells those who look; whether there is one. A save that comes meanwhile makes it pointless, and the next call does its work too.
    fn rebuild(&mut self, began: Instant) -> bool {
        let saves = self.taken;
        let opened = match self.open() {
            Ok(opened) => opened,
            Err(failure) => {
                if !self.is_passing(&failure, saves) && !self.is_overtaken(saves) {
                    self.wrong(saves, failure, began);
                }
                return false;
            }
        };
        if self.is_overtaken(saves) {
            return false;
        }
        let memory = &self.studio.memory;
        let (media, more) = media::probe(&opened.config, &opened.library, memory, &Silent);
        let Opened { config, library, theme, press, mut report } = opened;
        report.merge(more);
        if report.has_errors() {
            let failure = Failure::Mistakes(report);
            if !self.is_passing(&failure, saves) {
                self.wrong(saves, failure, began);
            }
            return false;
        }
        let publication = Publication::new(
            Arc::clone(&config),
            Arc::clone(&library),
            Arc::clone(&theme),
            &press,
            Arc::new(media),
            &memory.cache,
        );
        self.number += 1;
        let snapshot = Arc::new(Snapshot::new(self.number, (config, library, theme), publication, report));
        let (before, traces) = self.install(&snapshot, saves);
        let files = std::mem::take(&mut self.pending);
        let drawn = self.show(&snapshot, before.as_deref(), &files);
        let took = began.elapsed();
        self.log(&files, took, drawn, 0);
        self.teller.tell(Told::Rebuilt { files: &files, took, pages: drawn });
        self.recall(&snapshot, traces);
        // The old state is taken apart here, where nobody waits for it.
        drop(before);
        true
    }

    /// Reads what changed.
    fn open(&mut self) -> Result<Opened, Failure> {
        let origin = SiteUrl::parse(&self.studio.origin()).ok();
        let overrides = Overrides { origin, ..self.request.overrides.clone() };
        let clock = now(&self.request);
        let opening = Opening {
            root: &self.request.root,
            overrides: &overrides,
            visibility: self.request.visibility,
            clock: &clock,
            loader: &self.desk as &dyn Loader,
            files: self.desk.files(),
            dressed: self.dressed.as_ref().map(|(dressed, _)| dressed.clone()),
        };
        let Project { config, library, theme, press, report, files, dressed, .. } = project::open(opening)?;
        // What could not be listed may be there next time, and nobody tells when.
        if report.diagnostics().iter().any(|found| matches!(found.code, "unreadable" | "symlink-loop")) {
            self.desk.doubt();
        } else {
            self.desk.settle(files);
        }
        let (Some(theme), Some(press), false) = (theme, press, report.has_errors()) else {
            return Err(Failure::Mistakes(report));
        };
        let (_, theme) = self.dressed.get_or_insert_with(|| {
            // Names that stay, so that a change of style is no change of every page.
            let mut theme = Theme::clone(&theme);
            theme.styles.iter_mut().for_each(|style| style.path = style.stable_path.clone());
            (dressed, Arc::new(theme))
        });
        Ok(Opened { config, library, theme: Arc::clone(theme), press, report })
    }

    /// Nothing new can be shown: what was last right stays, and everybody is told.
    fn wrong(&mut self, saves: u64, failure: Failure, began: Instant) {
        // What is worth a warning is told of a site that is right.
        let report = match failure {
            Failure::Mistakes(report) => parted(report).0,
            other => Diagnostic::error("failed", other.to_string()).into(),
        };
        let mut state = self.studio.state();
        state.mistakes = report.clone();
        self.studio.settle(&mut state, saves);
        drop(state);
        self.studio.tell_mistakes(&report);
        let files = std::mem::take(&mut self.pending);
        self.log(&files, began.elapsed(), 0, errors(&report));
        self.teller.tell(Told::Mistakes(report));
        self.tell_tabs(None);
    }

    /// Puts the new state in place of the old one, which is given back with what its pages were made from. Nothing is remembered of pages until [`Rebuilder::recall`]: whoever
    /// waits for one gets it drawn anew, which is sooner than looking at everything.
    fn install(&self, snapshot: &Arc<Snapshot>, saves: u64) -> (Option<Arc<Snapshot>>, Traces) {
        let mut state = self.studio.state();
        // In one step with the change of the state: what is still being drawn of the old one is not kept as a page of either.
        snapshot.publication.enter();
        let traces = state.pages.take_traces();
        let before = state.snapshot.replace(Arc::clone(snapshot));
        self.studio.settle(&mut state, saves);
        (before, traces)
    }

    /// Remembers the pages that were made from what is as it was.
    fn recall(&self, snapshot: &Snapshot, mut traces: Traces) {
        let standing = traces.look(&|subject| snapshot.publication.state(subject));
        for file in traces.fallen(&standing) {
            traces.forget(&file);
        }
        self.studio.state().pages.put_traces(traces);
    }

    /// Draws what somebody looks at, and tells the tabs. Gives how many pages were drawn.
    fn show(&mut self, snapshot: &Arc<Snapshot>, before: Option<&Snapshot>, files: &[String]) -> usize {
        self.note_edited(files);
        // First, so that no tab begins to repaint what it is about to leave.
        if self.request.follow
            && let Some(to) = files.iter().find_map(|name| snapshot.path_of(name))
        {
            self.studio.streams.broadcast(&Event { name: "go", data: serde_json::json!({ "to": to }).to_string() });
        }
        self.tell_looks(snapshot, before, files);
        let drawn = self.tell_tabs(before);
        // What was wrong is tried first, so that a mended mistake goes at once and not when all pages have been drawn.
        let had = self.studio.state().mistakes.has_errors();
        if had && self.failed.iter().all(|file| self.draws(snapshot, file)) {
            self.failed.clear();
            self.studio.state().mistakes = Report::new();
            self.studio.tell_mistakes(&Report::new());
            self.teller.tell(Told::Well);
        }
        drawn
    }

    fn draws(&self, snapshot: &Snapshot, file: &str) -> bool {
        let index = (0..snapshot.publication.len()).find(|index| snapshot.publication.file(*index) == *file);
        index.is_none_or(|index| self.studio.draw(snapshot, index, false).is_ok())
    }

    /// Tells each tab whose page has other bytes now, or none.
    fn tell_tabs(&self, before: Option<&Snapshot>) -> usize {
        let tabs = self.studio.streams.tabs();
        // What was saved meanwhile is not waited for: it is this very thread that makes the next state of it.
        let now = self.studio.latest();
        for tab in &tabs {
            self.studio.tell_tab(tab.id, &tab.page, tab.version.as_deref(), (now.as_ref(), before));
        }
        tabs.len()
    }

    /// Styles and files that pages merely name.
    fn tell_looks(&self, snapshot: &Snapshot, before: Option<&Snapshot>, files: &[String]) {
        let Some(before) = before else { return };
        let path = |below: &str| snapshot.library.base.join(below).path().to_owned();
        let styles = snapshot.theme.styles.iter().filter(|style| {
            let old = before.theme.styles.iter().find(|old| old.path == style.path);
            old.is_none_or(|old| old.bytes != style.bytes)
        });
        let styles: Vec<String> = styles.map(|style| path(style.path.as_str())).collect();
        let changed = files.iter().filter_map(|name| {
            if let Some(below) = name.strip_prefix("content/") {
                let id = snapshot.library.asset_at(below)?;
                return Some(snapshot.library.asset(id).permalink.path().to_owned());
            }
            let below = name.split_once("/static/").filter(|(theme, _)| theme.starts_with("themes/"))?.1;
            snapshot.theme.assets.files().get(below).map(|file| path(file.path.as_str()))
        });
        let changed: Vec<String> = changed.collect();
        if !styles.is_empty() || !changed.is_empty() {
            self.studio.state().looks += 1;
        }
        for (name, paths) in [("styles", styles), ("files", changed)] {
            if !paths.is_empty() {
                let data = serde_json::json!({ "paths": paths }).to_string();
                self.studio.streams.broadcast(&Event { name, data });
            }
        }
    }

    fn note_edited(&self, files: &[String]) {
        let at = now(&self.request).here();
        let mut state = self.studio.state();
        for name in files.iter().take(EDITED) {
            state.edited.retain(|(other, _)| other != name);
            state.edited.insert(0, (name.clone(), at.clone()));
        }
        state.edited.truncate(EDITED);
    }

    fn log(&self, files: &[String], took: Duration, pages: usize, mistakes: usize) {
        let at = now(&self.request).here();
        let memory = memory_in_use();
        let mut state = self.studio.state();
        state.memory = memory;
        state.history.push_front(Rebuilt { at, files: files.to_vec(), took, pages, mistakes });
        state.history.truncate(HISTORY);
    }

    /// Draws what nobody looks at, for its mistakes and warnings; given up when something is saved meanwhile.
    fn sweep(&mut self) {
        let Some(snapshot) = self.studio.state().snapshot.clone() else { return };
        if snapshot.number != self.number {
            return;
        }
        let saves = self.taken;
        let publication = &snapshot.publication;
        let unknown: Vec<usize> = {
            let state = self.studio.state();
            let known = |index: &usize| state.pages.is_known(&publication.file(*index), &publication.target(*index));
            (0..publication.len()).filter(|index| publication.is_remembered(*index) && !known(index)).collect()
        };
        let drawn = unknown.par_iter().map(|index| {
            if self.studio.saves() != saves {
                return Err(Overtaken);
            }
            Ok(self.studio.draw(&snapshot, *index, false).err().map(|mistake| (*index, *mistake)))
        });
        let Ok(mistakes) = drawn.collect::<Result<Vec<_>, Overtaken>>() else { return };
        let mistakes: Vec<(usize, Diagnostic)> = mistakes.into_iter().flatten().collect();
        self.failed = mistakes.iter().take(TRIED).map(|(index, _)| publication.file(*index)).collect();
        let mut found = render::told_once(publication, mistakes);
        let all = {
            let mut all = snapshot.report.clone();
            all.merge(std::mem::take(&mut found));
            all
        };
        self.conclude(all);
    }

    /// Tells what is wrong with the whole site, if that is not known yet.
    fn conclude(&self, report: Report) {
        let (errors, warnings) = parted(report);
        let mut state = self.studio.state();
        let had = state.mistakes.has_errors();
        let other_warnings = words(&state.warnings) != words(&warnings);
        state.mistakes = errors.clone();
        state.warnings = warnings.clone();
        drop(state);
        if errors.has_errors() {
            self.studio.tell_mistakes(&errors);
            self.teller.tell(Told::Mistakes(errors));
        } else if had {
            self.studio.tell_mistakes(&errors);
            self.teller.tell(Told::Well);
        }
        if other_warnings && !warnings.is_empty() {
            self.teller.tell(Told::Warnings(warnings));
        }
        self.tell_tabs(None);
    }
}

/// A save came meanwhile.
struct Overtaken;

/// The errors of a report, and its warnings.
fn parted(report: Report) -> (Report, Report) {
    let (mut errors, mut warnings) = (Report::new(), Report::new());
    for found in report.into_sorted() {
        if found.severity == Severity::Error { &mut errors } else { &mut warnings }.extend([found]);
    }
    (errors, warnings)
}

fn words(report: &Report) -> Vec<String> {
    report.diagnostics().iter().map(crate::diagnostic::terminal::short).collect()
}

/// Resident memory in MiB, where the system says; 0 where it does not.
fn memory_in_use() -> u64 {
    let status = crate::files::read::optional(std::path::Path::new("/proc/self/status")).ok().flatten();
    let status = status.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.map_or(0, |kibibytes| kibibytes >> 10)
}

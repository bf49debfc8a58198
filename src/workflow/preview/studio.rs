//! What the rebuilding thread and the server's threads share: the state of the site that is shown, the pages drawn of it, the tabs that look at them.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::Zoned;

use crate::diagnostic::html;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::publication::Drawing;
use crate::edition::publication::Drawn;
use crate::engine::fingerprint::Fingerprint;
use crate::transport::streams::Event;
use crate::transport::streams::Streams;
use crate::transport::watch_bell::Bell;
use crate::workflow::memory::Memory;
use crate::workflow::preview::Request;
use crate::workflow::preview::TABS;
use crate::workflow::preview::Teller;
use crate::workflow::preview::Told;
use crate::workflow::preview::pages::Page;
use crate::workflow::preview::pages::Pages;
use crate::workflow::preview::presses::Presses;
use crate::workflow::preview::rebuild;
use crate::workflow::preview::snapshot::Snapshot;

/// How long a request waits for the next state of the site. Longer than any rebuild, and not for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// The site as it was found counts as one save: until the first state is there, requests wait.
pub(in crate::workflow::preview) const BEGINNING: u64 = 1;

/// What is shared.
pub(in crate::workflow::preview) struct Studio {
    pub(in crate::workflow::preview) request: Request,
    pub(in crate::workflow::preview) address: SocketAddr,
    pub(in crate::workflow::preview) streams: Streams,
    /// A name for this run, so that tabs know when another has taken its place.
    pub(in crate::workflow::preview) run: String,
    pub(in crate::workflow::preview) since: Zoned,
    /// One image is encoded at a time: each takes all cores.
    pub(in crate::workflow::preview) encoding: Mutex<()>,
    pub(in crate::workflow::preview) memory: Arc<Memory>,
    /// Rung before anything is shown, so that what was saved just before is known of.
    pub(in crate::workflow::preview) bell: Arc<Bell>,
    /// Draw what is no page of the site.
    pub(in crate::workflow::preview) presses: Presses,
    teller: Arc<dyn Teller>,
    state: Mutex<State>,
    settled: Condvar,
}

/// What changes.
#[derive(Default)]
pub(in crate::workflow::preview) struct State {
    /// What is shown; none before the site was right for the first time.
    pub(in crate::workflow::preview) snapshot: Option<Arc<Snapshot>>,
    pub(in crate::workflow::preview) pages: Pages,
    /// How often something was saved, and how many of these saves are in what is shown.
    saves: u64,
    shown: u64,
    /// How often styles or files changed that pages merely name.
    pub(in crate::workflow::preview) looks: u64,
    pub(in crate::workflow::preview) mistakes: Report,
    pub(in crate::workflow::preview) warnings: Report,
    pub(in crate::workflow::preview) history: VecDeque<Rebuilt>,
    pub(in crate::workflow::preview) edited: Vec<(String, Zoned)>,
    pub(in crate::workflow::preview) polling: Option<String>,
    pub(in crate::workflow::preview) memory: u64,
}

/// One rebuild.
#[derive(Clone, Debug)]
pub(in crate::workflow::preview) struct Rebuilt {
    pub(in crate::workflow::preview) at: Zoned,
    pub(in crate::workflow::preview) files: Vec<String>,
    pub(in crate::workflow::preview) took: Duration,
    pub(in crate::workflow::preview) pages: usize,
    pub(in crate::workflow::preview) mistakes: usize,
}

impl Studio {
    /// Nothing to show yet.
    pub(in crate::workflow::preview) fn new(request: &Request, address: SocketAddr, teller: Arc<dyn Teller>) -> Self {
        let since = rebuild::now(request).here();
        let run =
            Fingerprint::builder("run").text(&format!("{address} {since} {}", std::process::id())).finish().short();
        let state = State { saves: BEGINNING, ..State::default() };
        Self {
            request: request.clone(),
            address,
            streams: Streams::new(TABS),
            run,
            since,
            encoding: Mutex::new(()),
            bell: Arc::new(Bell::new(&request.root.join(".letterpress/bell"))),
            memory: Arc::new(Memory::open(&request.root.join(".letterpress"))),
            presses: Presses::default(),
            teller,
            state: Mutex::new(state),
            settled: Condvar::new(),
        }
    }

    /// Where the site is: `http://localhost:3000/`, with the base URL's path once that is known.
    pub(in crate::workflow::preview) fn url(&self) -> String {
        let root =
            self.state().snapshot.as_ref().map_or_else(|| "/".to_owned(), |now| now.library.base.root().to_owned());
        format!("{}{root}", self.origin())
    }

    /// The origin that pages are made for.
    pub(in crate::workflow::preview) fn origin(&self) -> String {
        let ip = self.address.ip();
        if ip.is_loopback() || ip.is_unspecified() {
            format!("http://localhost:{}", self.address.port())
        } else {
            format!("http://{}", self.address)
        }
    }

    pub(in crate::workflow::preview) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was saved: what there is is stale from this moment.
    pub(in crate::workflow::preview) fn stale(&self) {
        self.state().saves += 1;
    }

    /// How often something was saved.
    pub(in crate::workflow::preview) fn saves(&self) -> u64 {
        self.state().saves
    }

    /// What was saved before `saves` is shown, or told as wrong.
    pub(in crate::workflow::preview) fn settle(&self, state: &mut State, saves: u64) {
        state.shown = state.shown.max(saves);
        self.settled.notify_all();
    }

    /// What is to be shown now: waits while something that was saved before this call is not yet in it.
    pub(in crate::workflow::preview) fn current(&self) -> Option<Arc<Snapshot>> {
        self.bell.ring();
        let state = self.state();
        let wanted = state.saves;
        let waiting = self.settled.wait_timeout_while(state, PATIENCE, |state| state.shown < wanted);
        waiting.unwrap_or_else(PoisonError::into_inner).0.snapshot.clone()
    }

    /// What is shown, even where something was saved that is not yet in it.
    pub(in crate::workflow::preview) fn latest(&self) -> Option<Arc<Snapshot>> {
        self.state().snapshot.clone()
    }

    /// Changes are looked for at intervals from now on.
    pub(in crate::workflow::preview) fn polls(&self, why: &str) {
        self.state().polling = Some(why.to_owned());
        self.teller.tell(Told::Note(why));
    }

    /// The page of that number, drawn if it is not known. Where it cannot be drawn, what it last was, if it ever was.
    pub(in crate::workflow::preview) fn page(&self, now: &Snapshot, index: usize) -> Result<Page, Option<Page>> {
        let (file, target) = (now.publication.file(index), now.publication.target(index));
        if let Some(page) = self.state().pages.get(&file, &target) {
            return Ok(page);
        }
        match self.draw(now, index, true) {
            Ok(page) => page.ok_or(None),
            Err(_) => Err(self.state().pages.last(&file)),
        }
    }

    /// Draws a page, and keeps what is known of it, its bytes too where somebody is to see it or has seen it.
    pub(in crate::workflow::preview) fn draw(
        &self,
        now: &Snapshot,
        index: usize,
        for_show: bool,
    ) -> Result<Option<Page>, Box<Diagnostic>> {
        let Drawing { drawn, reads } = now.publication.draw(index);
        let Drawn::Files(files) = drawn? else { return Ok(None) };
        let own = now.publication.file(index);
        let Some((_, bytes)) = files.into_iter().find(|(file, _)| *file == own) else { return Ok(None) };
        let page = Page::new(bytes);
        if now.publication.is_remembered(index) {
            let mut state = self.state();
            if state.snapshot.as_ref().is_some_and(|current| current.number == now.number) {
                let target = now.publication.target(index);
                state.pages.keep(&now.publication, (&own, &target), &reads, &page, for_show);
            }
        }
        Ok(Some(page))
    }

    /// The event that tells of mistakes, or that there are none.
    pub(in crate::workflow::preview) fn mistakes_event(&self, mistakes: &Report) -> Event {
        self.mistakes_told(mistakes, false)
    }

    /// The same event; `known`: nothing has happened, a tab that begins to listen is told what there is.
    pub(in crate::workflow::preview) fn mistakes_told(&self, mistakes: &Report, known: bool) -> Event {
        if !mistakes.has_errors() {
            return Event { name: "well", data: "{}".into() };
        }
        let html = html::html(mistakes, &|file, line, column| self.editor(file, line, column));
        let data = serde_json::json!({ "count": errors(mistakes), "html": html, "known": known });
        Event { name: "mistakes", data: data.to_string() }
    }

    /// The address that opens a file in the editor.
    pub(in crate::workflow::preview) fn editor(&self, file: &str, line: usize, column: usize) -> Option<String> {
        let template = self.request.editor.as_ref()?;
        // What the program itself brings along cannot be opened.
        if !["content/", "themes/"].iter().any(|folder| file.starts_with(folder)) && file != "site.toml" {
            return None;
        }
        let path: PathBuf = std::path::absolute(self.request.root.join(file)).ok()?;
        let path = path.to_str()?.replace('\\', "/");
        let path = percent_encoding::utf8_percent_encode(&path, PATH).to_string();
        let filled = template.replace("{file}", &path).replace("{line}", &line.to_string());
        Some(filled.replace("{column}", &column.to_string()))
    }
}

/// What stays as it is in the path of a `file:` URL.
const PATH: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');

/// How many errors there are, each once.
pub(in crate::workflow::preview) fn errors(report: &Report) -> usize {
    let mut sorted = Report::new();
    sorted.extend(report.clone().into_sorted());
    sorted.counts().0
}

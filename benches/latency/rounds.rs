//! One server under measurement: started, then one file after another saved, again and again.

use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

use crate::posts::Dice;
use crate::process::Server;
use crate::sites::Program;
use crate::sites::Site;
use crate::sites::What;
use crate::tab::Event;
use crate::tab::Tab;

/// What is saved, in this order.
pub(crate) const SAVED: [(What, &str); 3] =
    [(What::Text, "text"), (What::Template, "template"), (What::Style, "styles")];
/// Pages beside the open one that are asked for after a template was saved.
pub(crate) const OTHERS: usize = 20;
/// How often they are: at once, after the event, and when all is quiet.
pub(crate) const LOOKS: usize = 5;
/// What the system may take to tell the server of a save; too soon for pages to have been drawn anew, so that requests must wait.
const MOMENT: Duration = Duration::from_millis(5);
/// How long nothing happens.
pub(crate) const IDLE: Duration = Duration::from_secs(5);

/// What was measured of one server.
#[derive(Default)]
pub(crate) struct Measured {
    /// From the start of the process to the first page.
    pub(crate) start: Duration,
    /// Resident memory after that, and after everything.
    pub(crate) memory: [Option<u64>; 2],
    /// Processor time while nothing happened.
    pub(crate) idle: Option<Duration>,
    /// From save to event, in the order of `SAVED`, each sorted.
    pub(crate) took: [Vec<Duration>; 3],
    /// Other pages that were stale when asked for at once after a template was saved, after the event, and when all was quiet.
    pub(crate) stale: [usize; 3],
    /// What should not have been.
    pub(crate) failures: Vec<String>,
}

/// Measures a server with so many posts.
pub(crate) fn measure(program: &Program, posts: usize, saves: usize) -> Result<Measured, String> {
    let name = program.name();
    eprintln!("{posts} posts, {name}: the site");
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let site = Site::make(program, &folder.path().join("site"), posts)?;
    let page = Site::page(site.open);
    let mut measured = Measured::default();
    let (server, start) = Server::start(program, &site.root, &page)?;
    measured.start = start;
    server.settle();
    measured.memory[0] = server.memory();
    let version = server.get(&page)?.version;
    let tab = Tab::open(program, server.port(), &page, version.as_deref())?;
    let mut rounds = Rounds { program, server: &server, site: &site, tab: &tab, pauses: Dice::new(posts) };
    rounds.pause();
    for (at, (what, called)) in SAVED.into_iter().enumerate() {
        eprintln!("{posts} posts, {name}: {called}");
        for number in 0..saves {
            let failed = match rounds.save(what, &format!("saved-{called}-{number}-times")) {
                Ok((took, Ok(()))) => {
                    measured.took[at].push(took);
                    None
                }
                Ok((_, Err(stale))) => Some((stale, true)),
                Err(silence) => Some((silence, false)),
            };
            rounds.pause();
            if let Some((message, goes_on)) = failed {
                measured.failures.push(format!("{called}, save {number}: {message}"));
                if !goes_on {
                    break;
                }
            }
        }
        measured.took[at].sort();
        // After many saves of a template there may be much left to be done.
        server.settle();
    }
    eprintln!("{posts} posts, {name}: other pages");
    let stale = rounds.others()?;
    measured.stale = stale.each_ref().map(Vec::len);
    // Hugo makes no promise of this.
    if matches!(program, Program::Letterpress(_)) {
        measured.failures.extend(stale.into_iter().flatten());
    }
    server.settle();
    measured.idle = server.processor_within(IDLE);
    measured.memory[1] = server.memory();
    if !measured.failures.is_empty() {
        eprintln!("{name} printed at the end:\n{}", server.said());
    }
    Ok(measured)
}

struct Rounds<'a> {
    program: &'a Program,
    server: &'a Server,
    site: &'a Site,
    tab: &'a Tab,
    pauses: Dice,
}

impl Rounds<'_> {
    /// Long enough for two saves not to be taken for one, and never twice as long.
    fn pause(&mut self) {
        sleep(Duration::from_millis(150 + self.pauses.throw(100) as u64));
    }

    /// One save, with what a browser would do after it: the time until the event, and whether what it tells of was there. An error where there was no event.
    fn save(&self, what: What, mark: &str) -> Result<(Duration, Result<(), String>), String> {
        self.tab.forget();
        let saved = Instant::now();
        self.site.save(what, mark)?;
        let event = self.tab.hear(what)?;
        Ok((event.at.duration_since(saved), self.look(what, mark, &event)))
    }

    /// Whether what the tab is told of is there.
    fn look(&self, what: What, mark: &str, event: &Event) -> Result<(), String> {
        let path = match (what, self.program) {
            (What::Text | What::Template, _) => Site::page(self.site.open),
            (What::Style, Program::Hugo(..)) => "/style.css".to_owned(),
            (What::Style, Program::Letterpress(_)) => {
                let mut paths = event.data["paths"].as_array().into_iter().flatten().filter_map(|path| path.as_str());
                let path = paths.find(|path| path.ends_with("/style.css"));
                path.ok_or_else(|| format!("the stylesheet is not among {}", event.data))?.to_owned()
            }
        };
        let answer = self.server.get(&path)?;
        if answer.status != 200 || !answer.text.contains(mark) {
            return Err(format!("{path} was stale after the event (status {})", answer.status));
        }
        let told = event.data["version"].as_str();
        if event.name == "page" && told != answer.version.as_deref() {
            return Err(format!("{path} was told of as {told:?}, and is {:?}", answer.version));
        }
        Ok(())
    }

    /// Other pages after a template was saved: which were stale when asked for at once, after the event, and when all was quiet.
    fn others(&mut self) -> Result<[Vec<String>; 3], String> {
        let pages = self.site.others(OTHERS);
        let mut stale = [Vec::new(), Vec::new(), Vec::new()];
        for number in 0..LOOKS {
            let mark = format!("looked-{number}-at-once");
            self.tab.forget();
            self.site.save(What::Template, &mark)?;
            sleep(MOMENT);
            stale[0].extend(self.stale(&pages, &mark)?);
            self.tab.hear(What::Template)?;
            self.pause();
            let mark = format!("looked-{number}-when-told");
            self.tab.forget();
            self.site.save(What::Template, &mark)?;
            self.tab.hear(What::Template)?;
            stale[1].extend(self.stale(&pages, &mark)?);
            self.pause();
            let mark = format!("looked-{number}-when-quiet");
            self.tab.forget();
            self.site.save(What::Template, &mark)?;
            self.tab.hear(What::Template)?;
            self.server.settle();
            stale[2].extend(self.stale(&pages, &mark)?);
            self.pause();
        }
        Ok(stale)
    }

    /// The pages without the mark, and what they have instead.
    fn stale(&self, pages: &[String], mark: &str) -> Result<Vec<String>, String> {
        let mut stale = Vec::new();
        for page in pages {
            let answer = self.server.get(page)?;
            if !answer.text.contains(mark) {
                let old = answer.text.lines().find(|line| line.contains("looked-") || line.contains("saved-"));
                let old = old.unwrap_or("no mark at all").trim();
                stale.push(format!("{page} had {old} instead of {mark} (status {})", answer.status));
            }
        }
        Ok(stale)
    }
}

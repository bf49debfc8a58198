//! A site that is edited while a preview of it runs, and the fresh preview that it must equal.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use percent_encoding::AsciiSet;
use percent_encoding::NON_ALPHANUMERIC;

use crate::addresses;
use crate::dice::Dice;
use crate::previewed::Mistakes;
use crate::previewed::PATIENCE;
use crate::previewed::Preview;
use crate::previewed::Shown;
use crate::saving;
use crate::world;
use crate::world::Files;
use crate::world::NOW;
use crate::world::View;
use crate::world::World;

/// What stands at each path.
type Site = BTreeMap<String, Shown>;

/// What stays as it is in a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where nothing ever is.
const MISSING: &str = "no/such/page/";

/// What the preview draws beside the site, when it is asked for.
const OWN: [&str; 5] = [
    "service/preferences/",
    "service/subscribe/",
    "mail/welcome/",
    "mail/welcome/html?scheme=dark",
    "mail/lead/lead.eml",
];

/// A preview that has been running all the while.
pub(crate) struct Watched {
    pub(crate) world: World,
    preview: Preview,
    pub(crate) story: Vec<String>,
    /// Every address that there ever was, below the site's root.
    known: BTreeSet<String>,
    /// Where the site begins.
    base: String,
    /// What it last served, and by what the browser knows it.
    served: BTreeMap<String, (Shown, String)>,
    /// What each address served while it was right.
    ever: BTreeMap<String, BTreeSet<Vec<u8>>>,
    step: usize,
    /// The files that are written on no disk but the fresh preview's.
    forged: Files,
    /// Whether more than one save was made since it was last looked at.
    several: bool,
    rebuilds: usize,
}

impl Watched {
    /// Begins to show the site.
    pub(crate) fn new(seed: usize, files: Files) -> Self {
        let mut world = World::new(files);
        world.good = (world.files.clone(), NOW);
        world::put(&world.root().join(saving::CANARY), saving::canary("nothing").as_bytes());
        let preview = Preview::start(world.root(), NOW.clock, Ipv4Addr::LOCALHOST, 0);
        // Every other one is looked at.
        if seed % 2 == 1 {
            ["/", "/posts/stone/", "/canary/"].iter().for_each(|page| preview.look_at(page));
        }
        Self {
            world,
            preview,
            story: vec!["begun".into()],
            known: [MISSING.into(), "posts".into()].into(),
            base: "/".into(),
            served: BTreeMap::new(),
            ever: BTreeMap::new(),
            step: 0,
            forged: Files::new(),
            several: false,
            rebuilds: 0,
        }
    }

    pub(crate) fn counts(&self) -> BTreeMap<&'static str, usize> {
        self.world.counts.clone()
    }

    /// Edits; whether anything was.
    pub(crate) fn edit(
        &mut self,
        step: usize,
        name: &'static str,
        edit: fn(&mut World, &mut Dice) -> Option<String>,
        dice: &mut Dice,
    ) -> bool {
        let Some(what) = edit(&mut self.world, dice) else { return false };
        self.story.push(format!("{}. {name}: {what}", step + 1));
        self.world.count(name);
        true
    }

    /// Saves what there is, so that the next save may overtake the rebuild or not.
    pub(crate) fn save_early(&mut self, dice: &mut Dice) {
        let wait = dice.below(60);
        self.world.save(dice);
        self.several = true;
        self.story.push(format!("   saved, and {wait} ms later"));
        self.world.count("saved again soon");
        std::thread::sleep(Duration::from_millis(u64::try_from(wait).unwrap()));
    }

    /// Brings back what was last right.
    pub(crate) fn mend(&mut self, dice: &mut Dice) {
        self.world.files = self.world.good.0.clone();
        self.world.save(dice);
        self.story.push("   mended".into());
        self.world.count("mended");
    }

    /// Gives a file to the fresh preview alone.
    pub(crate) fn forge(&mut self, path: &str, bytes: &[u8]) {
        self.forged.insert(path.into(), bytes.to_vec());
    }

    /// Saves, and compares everything with a fresh preview. True where the site has no mistakes.
    pub(crate) fn look(&mut self, dice: &mut Dice) -> Result<bool, String> {
        self.step += 1;
        let word = format!("{}-{}", self.step, dice.word());
        let at_once = self.forged.is_empty() && (self.step == 1 || !dice.one_in(3));
        let changed = self.world.unsaved();
        self.world.save(dice);
        let canary = saving::canary(&word);
        if at_once {
            world::put(&self.world.root().join(saving::CANARY), canary.as_bytes());
        }
        let saved = Instant::now();

        let sings = at_once && self.wait_for_canary(&word, saved);
        let early = sings.then(|| self.serve(&self.known.clone()));
        if !at_once {
            // The files alone tell: nothing else is saved that could hide that one of them was missed.
            self.preview.wait_for(&changed, self.rebuilds, saved + Duration::from_millis(150));
        }

        let mut files = self.world.files.clone();
        let on_disk = std::fs::read(self.world.root().join(saving::CANARY)).unwrap();
        files.insert(saving::CANARY.into(), on_disk);
        files.extend(self.forged.clone());
        let view = View { visibility: letterpress::library::order::Visibility { drafts: true, future: true }, ..NOW };
        let made = world::made(&files, view);
        if let Some(made) = &made {
            self.known.extend(addresses(made));
        }
        let fresh = Fresh::start(&files, self.preview.port);
        let base = fresh.preview.base();
        if made.is_some() {
            self.base = base;
        }
        if made.is_none() {
            self.look_at_mistakes(&fresh, changed.len() == 1 && !self.several)?;
            (self.several, self.rebuilds) = (false, self.preview.rebuilds());
            self.world.count("compared with mistakes");
            return Ok(false);
        }
        if at_once && !sings {
            return Err(format!("after {} s the canary does not sing {word}", saved.elapsed().as_secs()));
        }
        let clean = fresh.serve(self);
        if let Some(early) = &early {
            compare(early, &clean).map_err(|wrong| format!("at once: {wrong}"))?;
            self.world.count("compared at once");
        }
        let paths: BTreeSet<String> = clean.keys().cloned().collect();
        let mut late = self.ask(&paths);
        // The system may tell late of it, on a busy machine; what is only given to the fresh preview it never tells.
        let patience = if self.forged.is_empty() { PATIENCE } else { Duration::from_secs(1) };
        while !at_once && compare(&late, &clean).is_err() && saved.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(100));
            late = self.ask(&paths);
            self.world.count("told late");
        }
        compare(&late, &clean).map_err(|wrong| format!("when all is still: {wrong}"))?;
        self.look_at_own(&fresh)?;
        self.agree(&fresh, false)?;
        for (path, shown) in &clean {
            self.ever.entry(path.clone()).or_default().insert(shown.body.clone());
        }
        self.world.good = (self.world.files.clone(), NOW);
        (self.several, self.rebuilds) = (false, self.preview.rebuilds());
        self.world.count("compared");
        *self.world.counts.entry("addresses").or_default() += clean.len();
        Ok(true)
    }

    /// What is drawn when it is asked for must be of now too; where it has mistakes, what was last right stands, which a fresh preview does not know.
    fn look_at_own(&self, fresh: &Fresh) -> Result<(), String> {
        for path in OWN.map(|below| format!("/_letterpress/{below}")) {
            let (now, new) = (self.preview.get(&path), fresh.preview.get(&path));
            if new.status == 200 && now != new {
                return Err(differs(&path, &now, &new));
            }
        }
        Ok(())
    }

    /// Asks until the canary's page has what was saved last, or there are mistakes that stay.
    fn wait_for_canary(&mut self, word: &str, saved: Instant) -> bool {
        let base = saving::base(&self.world).unwrap_or_else(|| self.base.clone());
        let mut wrong = 0;
        while saved.elapsed() < PATIENCE && wrong < 10 {
            if saving::sings(&self.preview.get(&format!("{base}canary/")).body, word) {
                self.base = base;
                return true;
            }
            std::thread::sleep(Duration::from_millis(if wrong > 0 { 30 } else { 1 }));
            wrong = if self.preview.mistakes().count > 0 { wrong + 1 } else { 0 };
        }
        false
    }

    /// What it serves at these addresses.
    fn serve(&self, known: &BTreeSet<String>) -> Site {
        known.iter().map(|below| path(&self.base, below)).map(|path| (path.clone(), self.preview.get(&path))).collect()
    }

    /// What a browser has at these paths that knows what was served before.
    fn ask(&mut self, paths: &BTreeSet<String>) -> Site {
        let mut site = Site::new();
        for path in paths {
            let before = self.served.get(path).filter(|(_, tag)| !tag.is_empty());
            let (mut shown, mut tag) = self.preview.ask(path, before.map(|(_, tag)| tag.as_str()));
            if shown.status == 304 {
                (shown, tag) = before.unwrap().clone();
                *self.world.counts.entry("not modified").or_default() += 1;
            }
            site.insert(path.clone(), shown.clone());
            self.served.insert(path.clone(), (shown, tag));
        }
        site
    }

    /// Whether both tell the same mistakes, once they have looked through everything.
    fn agree(&self, fresh: &Fresh, mistaken: bool) -> Result<(), String> {
        let begin = Instant::now();
        let mut same = 0;
        loop {
            let (this, other) = (self.preview.mistakes(), fresh.preview.mistakes());
            if this == other && (this.count > 0) == mistaken {
                same += 1;
                if same == 2 {
                    return Ok(());
                }
            } else {
                same = 0;
            }
            if begin.elapsed() > PATIENCE {
                let text = |Mistakes { count, html }: &Mistakes| format!("{count} mistakes\n{html}");
                let wrong = world::difference(&text(&this), &text(&other));
                return Err(format!(
                    "still: the mistakes, which there {} be\n{wrong}",
                    if mistaken { "must" } else { "must not" }
                ));
            }
            std::thread::sleep(Duration::from_millis(25));
        }
    }

    /// With mistakes, what was last right must stand, and whatever can be drawn must be of now.
    fn look_at_mistakes(&mut self, fresh: &Fresh, one_save: bool) -> Result<(), String> {
        self.story.push("   (has mistakes)".into());
        self.agree(fresh, true)?;
        let clean = fresh.serve(self);
        let missing = path(&self.base, MISSING);
        let is_shut = clean.values().all(|shown| shown.status == 503);
        for (path, new) in &clean {
            let now = self.preview.get(path);
            let at = if now.status == 404 { &missing } else { path };
            let was_right = self.ever.get(at).is_some_and(|bodies| bodies.contains(&now.body));
            let wrong = if is_shut {
                // Between two saves there may have been a state without mistakes, which nobody saw; and files are as they are.
                let last = self.served.get(path).filter(|(shown, _)| shown.is_page() && !shown.is_bare());
                last.is_some_and(|(last, _)| now.status >= 500 || one_save && now.body != last.body)
            } else {
                !was_right && !now.is_bare() && new.is_bare() || !new.is_bare() && now != *new
            };
            if wrong {
                let before = self.served.get(path).map(|(shown, _)| shown.clone());
                let other = if is_shut { before.as_ref().unwrap_or(new) } else { new };
                return Err(format!("with mistakes: {}", differs(path, &now, other)));
            }
        }
        Ok(())
    }
}

/// A preview that was started on a copy of the sources.
struct Fresh {
    preview: Preview,
    #[allow(dead_code, reason = "held until the preview has ended")]
    home: tempfile::TempDir,
}

impl Fresh {
    /// At another address of this machine, so that it can have the same port: everything that is made of its address is the same.
    fn start(files: &Files, port: u16) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0x7F00_0100);
        let home = world::folder();
        for (path, bytes) in files {
            world::put(&home.path().join(path), bytes);
        }
        let address = Ipv4Addr::from(NEXT.fetch_add(1, Ordering::Relaxed));
        Self { preview: Preview::start(home.path(), NOW.clock, address, port), home }
    }

    /// What it serves at every address that there ever was, and at those of the stylesheets that its pages link.
    fn serve(&self, watched: &Watched) -> Site {
        let get = |path: String| {
            let shown = self.preview.get(&path);
            (path, shown)
        };
        let mut site: Site = watched.known.iter().map(|below| get(path(&watched.base, below))).collect();
        let mut styles = BTreeSet::new();
        for page in site.values().filter(|shown| shown.is_page()) {
            let text = String::from_utf8_lossy(&page.body);
            let linked = text.split("href=").skip(1).filter_map(|rest| {
                let rest = rest.trim_start_matches('"');
                rest.split(['"', ' ', '>']).next().filter(|url| url.starts_with('/') && url.ends_with(".css"))
            });
            styles.extend(linked.map(str::to_owned));
        }
        site.extend(styles.into_iter().map(get));
        site
    }
}

fn path(base: &str, below: &str) -> String {
    format!("{base}{}", percent_encoding::utf8_percent_encode(below, PLAIN))
}

/// Looks whether one serves what the other does, where both were asked.
fn compare(running: &Site, fresh: &Site) -> Result<(), String> {
    let wrong = running.iter().find_map(|(path, now)| {
        let new = fresh.get(path)?;
        (now != new).then(|| differs(path, now, new))
    });
    wrong.map_or(Ok(()), Err)
}

fn differs(path: &str, now: &Shown, new: &Shown) -> String {
    let text = |shown: &Shown| {
        let Shown { status, mime, header, body } = shown;
        format!("{}\n{status} {mime} {header}", String::from_utf8_lossy(body))
    };
    format!(
        "{path} (incremental: the preview that was running; clean: the fresh one)\n{}",
        world::difference(&text(now), &text(new))
    )
}

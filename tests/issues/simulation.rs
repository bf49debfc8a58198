//! Years of a newsletter: posts come, are edited, dated back, renamed and deleted; the editor cuts, reorders, cancels and forgets; machines stand still and clocks go back.
//! In the end every post has come to the readers once.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::ToSpan;
use jiff::civil;
use jiff::tz::TimeZone;
use letterpress::library::issue::IssueState;

use crate::world::World;

/// SplitMix64: the same seed, the same throws.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// What the test knows of the site, beside the files.
struct Life {
    world: World,
    dice: Dice,
    /// Posts that readers shall get, by id: their paths.
    alive: BTreeMap<String, String>,
    /// What was approved, in the order of approval: issue and ids.
    sent: Vec<(String, Vec<String>)>,
    /// Ids of posts that were deleted after they were sent.
    gone: BTreeSet<String>,
    /// Words that the editor wrote, by the issue.
    words: BTreeMap<String, Vec<String>>,
    posts: usize,
}

const BEGIN: &str = "2020-01-01T12:00:00Z";
const SINCE: &str = "2020-01-01";

impl Life {
    fn new(seed: u64, keys: &str) -> Self {
        Self {
            world: World::new(keys, BEGIN),
            dice: Dice(seed),
            alive: BTreeMap::new(),
            sent: Vec::new(),
            gone: BTreeSet::new(),
            words: BTreeMap::new(),
            posts: 0,
        }
    }

    fn today(&self) -> civil::Date {
        self.world.now.to_zoned(TimeZone::get("Europe/Berlin").unwrap()).date()
    }

    fn has_been_sent(&self, id: &str) -> bool {
        self.sent.iter().any(|(_, ids)| ids.iter().any(|sent| sent == id))
    }

    /// A post, sometimes of the past and sometimes of the future; half of them with an id of their own.
    fn write(&mut self) {
        self.posts += 1;
        let back = i64::try_from(self.dice.below(4) * self.dice.below(200)).unwrap();
        let shift = if self.dice.one_in(5) { 7 } else { -back };
        let day = (self.today() + shift.days()).max(SINCE.parse().unwrap());
        let path = format!("p{}.md", self.posts);
        let (more, id) = if self.dice.one_in(2) {
            (format!("id = \"own{}\"", self.posts), format!("own{}", self.posts))
        } else {
            (String::new(), format!("posts/p{}", self.posts))
        };
        self.world.post(&path, &day.to_string(), &more);
        self.alive.insert(id, path);
    }

    /// One of the living posts.
    fn any(&mut self) -> Option<(String, String)> {
        let count = self.alive.len();
        let at = self.dice.below(count.max(1));
        self.alive.iter().nth(at).map(|(id, path)| (id.clone(), path.clone()))
    }

    fn rename(&mut self) {
        let Some((id, path)) = self.any() else { return };
        let to = format!("renamed-{path}");
        let text = self.world.files.remove(&format!("posts/{path}")).unwrap();
        let keeps = id.starts_with("own") || text.contains("\nid = ");
        self.world.files.insert(format!("posts/{to}"), text.clone());
        if keeps {
            self.alive.insert(id, to);
            return;
        }
        if self.is_named(&id) {
            // The program says what is wrong, and the author does what it says.
            let (_, report) = self.world.library();
            let told = crate::world::lines(report).join("\n");
            assert!(told.contains(&format!("`{id}`")), "{told}");
            self.world.files.insert(format!("posts/{to}"), text.replacen("+++\n", &format!("+++\nid = \"{id}\"\n"), 1));
            self.alive.insert(id, to);
        } else {
            self.alive.remove(&id);
            self.alive.insert(format!("posts/{}", to.trim_end_matches(".md")), to);
        }
    }

    /// Whether an issue names the post.
    fn is_named(&self, id: &str) -> bool {
        let in_draft = self
            .world
            .files
            .iter()
            .any(|(path, text)| path.ends_with("index.md") && text.contains(&format!("<post id=\"{id}\"")));
        in_draft || self.has_been_sent(id)
    }

    fn delete(&mut self) {
        let Some((id, path)) = self.any() else { return };
        if self.has_been_sent(&id) {
            self.gone.insert(id.clone());
            let list: Vec<String> = self.gone.iter().map(|id| format!("\"{id}\"")).collect();
            let own: Vec<&str> = self.world.keys.lines().filter(|line| !line.starts_with("gone")).collect();
            self.world.keys = format!("{}\ngone = [{}]", own.join("\n"), list.join(", "));
        } else if self.is_named(&id) {
            // An editor takes the line out first.
            for (path, text) in &mut self.world.files {
                if path.ends_with("index.md") {
                    *text = without(text, &id);
                }
            }
        }
        self.alive.remove(&id);
        self.world.files.remove(&format!("posts/{path}"));
    }

    fn edit(&mut self) {
        let Some((_, path)) = self.any() else { return };
        let text = self.world.files.get_mut(&format!("posts/{path}")).unwrap();
        text.push_str("Another line.\n");
    }

    /// What an editor does with a draft.
    fn polish(&mut self, folder: &str) {
        let what = self.dice.below(5);
        let posts = if matches!(what, 1 | 2) { self.world.posts(folder) } else { Vec::new() };
        match what {
            0 => {
                let word = format!("word{}", self.dice.below(1_000_000));
                self.world.edit(folder, |text| {
                    text.replacen("+++\n\n", &format!("+++\n\n{word}\n\n"), 1) + &format!("\n{word}\n")
                });
                self.words.entry(folder.to_owned()).or_default().push(word);
            }
            1 if posts.len() > 1 => {
                let cut = posts[self.dice.below(posts.len())].clone();
                self.world.edit(folder, |text| without(text, &cut));
            }
            2 if posts.len() > 1 => {
                let (first, last) =
                    (line(&posts[0], self.world.text(folder)), line(&posts[posts.len() - 1], self.world.text(folder)));
                self.world
                    .edit(folder, |text| text.replace(&first, "\u{1}").replace(&last, &first).replace('\u{1}', &last));
            }
            _ => {}
        }
    }

    fn drafts(&self) -> Vec<(String, jiff::Timestamp)> {
        let (library, _) = self.world.library();
        let drafts = library.issues.iter().filter(|issue| issue.state == IssueState::Draft);
        drafts.map(|issue| (issue.name.folder.clone(), issue.date.timestamp())).collect()
    }

    fn approve(&mut self, folder: &str) {
        let posts = self.world.posts(folder);
        self.world.approve(folder);
        self.sent.push((folder.to_owned(), posts));
    }

    /// A few days.
    fn step(&mut self) {
        let hours = match self.dice.below(20) {
            0 => -30,
            1 => 40 * 24,
            other => 10 + i64::try_from(other).unwrap() * 9,
        };
        self.world.now += SignedDuration::from_hours(hours);
        for _ in 0..self.dice.below(3) {
            match self.dice.below(16) {
                0..=6 => self.write(),
                7 | 8 => self.edit(),
                9 => self.rename(),
                10 => self.delete(),
                _ => {}
            }
        }
        if self.dice.one_in(2) {
            self.world.compose();
        }
        for (folder, date) in self.drafts() {
            self.polish(&folder);
            let is_time = date <= self.world.now + SignedDuration::from_hours(24);
            if is_time && !self.dice.one_in(6) {
                self.approve(&folder);
            } else if self.dice.one_in(40) {
                self.world.edit(&folder, |text| text.replacen("+++\n", "+++\ncancelled = true\n", 1));
            }
        }
    }

    /// Nothing comes any more, and nothing is cut: what waited goes out.
    fn end(&mut self) {
        for _ in 0..200 {
            if self.alive.keys().all(|id| self.has_been_sent(id)) {
                break;
            }
            self.world.now += SignedDuration::from_hours(4 * 24);
            self.world.compose();
            for (folder, date) in self.drafts() {
                if date <= self.world.now {
                    self.approve(&folder);
                }
            }
        }
    }
}

/// The line of a post.
fn line(id: &str, text: &str) -> String {
    let start = format!("{{{{<post id=\"{id}\"");
    text.lines().find(|line| line.starts_with(&start)).unwrap().to_owned()
}

fn without(text: &str, id: &str) -> String {
    let start = format!("{{{{<post id=\"{id}\"");
    text.lines().filter(|line| !line.starts_with(&start)).map(|line| format!("{line}\n")).collect()
}

fn live(seed: u64, keys: &str, steps: usize) {
    let mut life = Life::new(seed, keys);
    for _ in 0..steps {
        life.step();
    }
    life.end();
    let all: Vec<&String> = life.sent.iter().flat_map(|(_, ids)| ids).collect();
    let once: BTreeSet<&String> = all.iter().copied().collect();
    assert_eq!(all.len(), once.len(), "seed {seed}: a post was sent twice");
    let missing: Vec<&String> = life.alive.keys().filter(|id| !once.contains(id)).collect();
    assert!(missing.is_empty(), "seed {seed}: {missing:?} were never sent");
    for (folder, words) in &life.words {
        for word in words {
            assert!(life.world.text(folder).contains(word), "seed {seed}: {word} of {folder} is lost");
        }
    }
    let mut keys = BTreeSet::new();
    let (library, report) = life.world.library();
    assert!(!report.has_errors(), "{:#?}", crate::world::lines(report));
    for issue in &library.issues {
        assert!(issue.occurrence().is_none_or(|key| keys.insert(key.to_owned())), "an occurrence has two issues");
    }
    let months = life.world.now.duration_since(BEGIN.parse().unwrap()).as_hours() / (30 * 24);
    assert!(life.sent.len() > 15 && months > 25, "{} issues in {months} months", life.sent.len());
}

/// Some 300 months in all.
#[test]
fn no_post_is_lost_or_repeated() {
    let settings = [
        "since = 2020-01-01",
        "since = 2020-01-01\nmax_posts = 3",
        "since = 2020-01-01\nmin_posts = 2\nschedule = { days = [\"last\"], time = \"02:30\" }",
        "since = 2020-01-01\nschedule = { weekdays = [\"tuesday\"], every_weeks = 2, anchor = 2020-01-01 }",
    ];
    for seed in 0..8 {
        live(seed, settings[usize::try_from(seed).unwrap() % settings.len()], 240);
    }
}

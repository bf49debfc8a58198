//! A year of `send --due`, as cron calls it: posts are written, dated back, edited, renamed and deleted; summer time comes and goes, the machine stands still for weeks, its clock is set
//! back. Each reader gets each post once, in one issue for each occurrence, and the ledger knows of every letter.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mail_parser::MessageParser;

use crate::issue;
use crate::ledger;
use crate::sink::Sink;
use crate::world::World;

const READERS: usize = 3;

struct Year {
    world: World,
    now: Timestamp,
    /// By number: the file's name.
    posts: BTreeMap<u32, String>,
    written: u32,
}

impl Year {
    fn path(&self, name: &str) -> String {
        format!("site/content/posts/{name}")
    }

    /// A post, dated so many days back.
    fn write(&mut self, back: i64) {
        self.written += 1;
        let (number, day) = (self.written, self.now - SignedDuration::from_hours(24 * back));
        let day = day.to_zoned(TimeZone::get("Europe/Berlin").unwrap()).date();
        let name = format!("post-{number}.md");
        let text = format!(
            "+++\ntitle = \"Number {number} of them\"\nid = \"n{number}\"\ndate = {day}\ndescription = \"What it is about.\"\n+++\n\nText.\n"
        );
        self.world.write(&self.path(&name), text);
        self.posts.insert(number, name);
    }

    /// One of those that are there.
    fn any(&self, which: u32) -> u32 {
        *self.posts.keys().nth(which as usize % self.posts.len()).unwrap()
    }

    fn rename(&mut self, which: u32) {
        let number = self.any(which);
        let (from, to) = (self.posts[&number].clone(), format!("renamed-{number}.md"));
        std::fs::rename(self.world.path(&self.path(&from)), self.world.path(&self.path(&to))).unwrap();
        self.posts.insert(number, to);
    }

    fn edit(&mut self, which: u32) {
        let path = self.path(&self.posts[&self.any(which)]);
        let text = std::fs::read_to_string(self.world.path(&path)).unwrap();
        self.world.write(&path, text + "Another line.\n");
    }

    /// What cron does, and the editor who is told that something waits.
    fn cron(&mut self) {
        for _ in 0..3 {
            let now = self.now.to_string();
            let ran = self.world.run(["send", "--due", "--anyway", "--now", &now]);
            assert!(ran.code == 0, "{now}: {}{}", ran.out, ran.err);
            let waits = ran.err.lines().filter_map(|line| line.split("letterpress issue approve ").nth(1));
            let waits: Vec<&str> = waits.collect();
            if waits.is_empty() {
                return;
            }
            for issue in waits {
                self.world.ok(["issue", "approve", issue.trim(), "--now", &now]);
            }
        }
        panic!("it waits for ever");
    }

    fn passes(&mut self, hours: i64) {
        self.now += SignedDuration::from_hours(hours);
    }
}

#[test]
fn a_year_of_cron() {
    let (world, sink) = (World::new(), Sink::new());
    issue::prepare(&world, &sink, 1, READERS);
    std::fs::remove_dir_all(world.path("site/content/issues")).unwrap();
    std::fs::create_dir_all(world.path("site/content/posts")).unwrap();
    issue::newsletter(
        &world,
        "approval = \"auto\"\nschedule = { days = [1, 15], time = \"02:30\" }\nsince = 2026-03-01\n",
    );
    let mut year = Year { world, now: "2026-03-02T09:00:00Z".parse().unwrap(), posts: BTreeMap::new(), written: 0 };
    for step in 0..68_u32 {
        match step % 4 {
            0 => year.write(0),
            1 => year.write(i64::from(step % 7)),
            2 if step > 8 => year.edit(step / 3),
            _ => {}
        }
        match step {
            9 | 30 => year.rename(step / 4),
            17 => year.passes(45 * 24),
            23 => year.passes(-30),
            _ => {}
        }
        // Written, and gone before anybody composed.
        if step % 10 == 5 {
            year.write(0);
            let (_, name) = year.posts.pop_last().unwrap();
            std::fs::remove_file(year.world.path(&year.path(&name))).unwrap();
        }
        year.cron();
        year.passes(4 * 24 + i64::from(step % 5) * 13);
    }
    for _ in 0..6 {
        year.cron();
        year.passes(6 * 24);
    }
    // What readers have.
    let mut got: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for octets in sink.letters() {
        let letter = MessageParser::default().parse(&octets).unwrap();
        assert!(ids.insert(letter.message_id().unwrap().to_owned()), "a Message-ID of its own");
        let text = letter.body_text(0).unwrap().into_owned();
        let numbers = text.split("Number ").skip(1).filter_map(|rest| rest.split_once(" of them")?.0.parse().ok());
        let to = letter.to().unwrap().first().unwrap().address().unwrap().to_owned();
        got.entry(to).or_default().extend(numbers.collect::<BTreeSet<u32>>());
    }
    assert_eq!(got.len(), READERS);
    for (reader, mut numbers) in got {
        numbers.sort_unstable();
        assert_eq!(numbers, year.posts.keys().copied().collect::<Vec<_>>(), "{reader} got each post once");
    }
    // What the ledger says.
    let issues = std::fs::read_dir(year.world.path("site/content/issues/digest")).unwrap().count();
    let rows = ledger::rows(&year.world);
    assert!(issues > 15 && year.posts.len() > 20, "{issues} issues, {} posts", year.posts.len());
    assert_eq!((rows.len(), sink.taken().len()), (issues * READERS, issues * READERS));
    assert!(rows.iter().all(|row| row.state == "sent" && ids.contains(row.message_id.as_ref().unwrap())));
}

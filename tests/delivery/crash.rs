//! `kill -9` at random instants, again and again, then on to the end: nobody is missed, nobody gets it twice, and whoever may have it or not is listed.
//!
//! `LETTERPRESS_KILLS=1000 cargo test --release --test delivery -- --nocapture crash::` does so a thousand times in each run, over as many issues as that takes, and prints the numbers.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::process::Child;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use crate::issue;
use crate::sink::Sink;
use crate::world::World;
use crate::world::on_each_store;

/// Kills of processes at work in one run; a longer one with `LETTERPRESS_KILLS`.
fn kills() -> usize {
    std::env::var("LETTERPRESS_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(40)
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

fn start(world: &World) -> Child {
    let mut command = world.command(["send", issue::DAY, "--yes", "--anyway"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Holds the ledger to what the server took. Says how many are in doubt.
#[track_caller]
fn hold(world: &World, sink: &Sink, readers: usize, most_doubts: usize) -> usize {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (id, to) in sink.taken() {
        *taken.entry(to.clone()).or_default() += 1;
        ids.entry(to).or_default().insert(id);
    }
    let twice: Vec<_> = taken.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "twice: {twice:?}");
    let account = issue::account(world);
    let (sent, doubt) = (issue::count(&account, "sent"), issue::count(&account, "in_doubt"));
    assert_eq!(sent + doubt, readers, "{account}");
    assert!(taken.len() >= sent, "{sent} are said to be sent, the server took {}", taken.len());
    assert!(readers - taken.len() <= doubt, "{} are missing, {doubt} are in doubt", readers - taken.len());
    assert!(doubt <= most_doubts, "{doubt} in doubt after {most_doubts} connections were cut");
    assert_eq!(account["in_doubt"].as_array().unwrap().len(), doubt, "every doubt is listed");
    // The server tells which of them it has: then everybody is accounted for.
    let listed: BTreeSet<String> =
        account["in_doubt"].as_array().unwrap().iter().map(|doubt| doubt["message_id"].to_string()).collect();
    assert_eq!(listed.len(), doubt, "each by a Message-ID of its own");
    doubt
}

/// `processes` send at the same time; one of them is killed and started again, and so on, at most `most` times, until the issue is sent. Says how often, and how many are in doubt.
fn storm(
    world: &World,
    connections: u16,
    processes: usize,
    readers: usize,
    most: usize,
    dice: &mut Dice,
) -> (usize, usize) {
    let sink = Sink::new();
    issue::prepare(world, &sink, connections, readers);
    let mut children: Vec<Child> = (0..processes).map(|_| start(world)).collect();
    let mut killed = 0;
    while killed < most {
        let which = dice.roll(processes as u64) as usize;
        // Two of three are met at work, and the third perhaps while it begins.
        let (begun, before) = (Instant::now(), sink.count());
        while !dice.0.is_multiple_of(3) && sink.count() == before && begun.elapsed() < Duration::from_secs(2) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(dice.roll(120)));
        // One that is done already cannot be killed: then everybody has it.
        if children[which].try_wait().unwrap().is_some() {
            break;
        }
        children[which].kill().unwrap();
        children[which].wait().unwrap();
        killed += 1;
        children[which] = start(world);
    }
    for child in &mut children {
        child.wait().unwrap();
    }
    for _ in 0..5 {
        issue::send(world);
    }
    assert!(killed > 0, "it was over before it was killed");
    (killed, hold(world, &sink, readers, killed * usize::from(connections)))
}

/// As many issues on each store as it takes until so many were killed.
fn storms(connections: u16, processes: usize, readers: usize, seed: u64) {
    on_each_store(|first| {
        let (mut dice, mut issues, mut kills_so_far, mut doubts) = (Dice(seed), 0, 0, 0);
        let store = if first.url().is_some() { "PostgreSQL" } else { "SQLite" };
        let mut next = Some(first);
        while kills_so_far < kills() {
            let world = next.take().unwrap_or_else(|| another(store));
            let (killed, doubt) = storm(&world, connections, processes, readers, kills() - kills_so_far, &mut dice);
            (issues, kills_so_far, doubts) = (issues + 1, kills_so_far + killed, doubts + doubt);
        }
        println!(
            "{store}, {connections} connections, {processes} processes: {kills_so_far} kills, {issues} issues to {readers} readers each; lost 0, doubled 0, in doubt {doubts}"
        );
    });
}

fn another(store: &str) -> World {
    #[cfg(feature = "postgres")]
    if store == "PostgreSQL" {
        return World::on(crate::postgres::database().unwrap());
    }
    let _ = store;
    World::new()
}

#[test]
fn killed_with_one_connection() {
    storms(1, 1, 1500, 1);
}

#[test]
fn killed_with_several_connections() {
    storms(8, 1, 4000, 2);
}

#[test]
fn two_processes_share_the_work() {
    storms(4, 2, 4000, 3);
}

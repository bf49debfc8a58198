//! `kill -9` at random instants, again and again, then on to the end: nobody is missed, nobody gets it twice, and whoever may have it or not is listed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::process::Child;
use std::process::Stdio;
use std::time::Duration;

use crate::issue;
use crate::sink::Sink;
use crate::world::World;
use crate::world::on_each_store;

/// Kills in one run; a longer one with `LETTERPRESS_KILLS`.
fn kills() -> u32 {
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

/// Holds the ledger to what the server took.
#[track_caller]
fn hold(world: &World, sink: &Sink, readers: usize, most_doubts: usize) {
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
}

/// `processes` send at the same time; one of them is killed and started again, and so on.
fn storm(world: &World, connections: u16, processes: usize, readers: usize, seed: u64) {
    let sink = Sink::new();
    issue::prepare(world, &sink, connections, readers);
    let mut dice = Dice(seed);
    let mut children: Vec<Child> = (0..processes).map(|_| start(world)).collect();
    let mut killed = 0;
    for _ in 0..kills() {
        std::thread::sleep(Duration::from_millis(20 + dice.roll(250)));
        let which = dice.roll(processes as u64) as usize;
        // One that is done already has not been killed.
        if children[which].try_wait().unwrap().is_none() {
            children[which].kill().unwrap();
            killed += 1;
        }
        children[which].wait().unwrap();
        children[which] = start(world);
    }
    for child in &mut children {
        child.wait().unwrap();
    }
    for _ in 0..5 {
        issue::send(world);
    }
    assert!(killed > 0, "it was over before it was killed");
    hold(world, &sink, readers, killed * usize::from(connections));
}

#[test]
fn killed_with_one_connection() {
    on_each_store(|world| storm(&world, 1, 1, 1500, 1));
}

#[test]
fn killed_with_several_connections() {
    on_each_store(|world| storm(&world, 8, 1, 4000, 2));
}

#[test]
fn two_processes_share_the_work() {
    on_each_store(|world| storm(&world, 4, 2, 4000, 3));
}

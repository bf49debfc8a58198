//! An issue that is spread over hours: evenly, without lumps, and as it was after a restart.

use std::collections::BTreeMap;

use crate::issue;
use crate::sink::Sink;
use crate::world::World;
use crate::world::on_each_store;

fn send_at(world: &World, now: &str) -> i32 {
    let now = format!("2026-11-15T{now}[Europe/Berlin]");
    world.run(["send", issue::DAY, "--yes", "--anyway", "--wait", "0", "--now", &now]).code
}

/// By the domains of the readers who have it.
fn domains(sink: &Sink) -> BTreeMap<String, usize> {
    let mut domains = BTreeMap::new();
    for (_, to) in sink.taken() {
        *domains.entry(to.split_once('@').unwrap().1.to_owned()).or_default() += 1;
    }
    domains
}

#[test]
fn letters_go_evenly_and_no_domain_in_a_lump() {
    on_each_store(|world| {
        let sink = Sink::new();
        issue::prepare(&world, &sink, 4, 970);
        issue::newsletter(&world, "spread_hours = 6\n");
        let said = world.ok(["send", issue::DAY, "--dry-run", "--anyway"]);
        assert!(said.contains("970 readers through") && said.contains(", spread over 6 hours."), "{said}");
        assert_eq!(send_at(&world, "09:00"), 3, "it says when to call again");
        assert!(sink.taken().len() < 10, "{}", sink.taken().len());
        for (now, least, most) in [("10:00", 155, 175), ("12:00", 478, 498), ("14:00", 801, 821)] {
            assert_eq!(send_at(&world, now), 3);
            assert!((least..=most).contains(&sink.taken().len()), "at {now}: {}", sink.taken().len());
            // There are 97 domains of ten readers each.
            if now == "12:00" {
                let domains = domains(&sink);
                assert!(domains.len() > 90 && domains.values().all(|letters| *letters <= 9), "{domains:?}");
            }
        }
        let said = world.ok(["send", issue::DAY, "--dry-run", "--anyway", "--now", "2026-11-15T14:00[Europe/Berlin]"]);
        assert!(said.contains("more readers through") && said.contains(", spread over 59 minutes."), "{said}");
        // What the settings say now is no matter: its turns were given when it began.
        issue::newsletter(&world, "");
        assert_eq!(send_at(&world, "15:00"), 0);
        assert_eq!(sink.taken().len(), 970);
    });
}

#[test]
fn the_longer_of_limit_and_spreading_is_said() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 500);
    let said = |spread: &str, limits: &str, more: &[&str]| {
        let before = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
        issue::newsletter(&world, spread);
        let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
        world.write("site/site.toml", format!("{site}{limits}"));
        let said = world.ok([&["send", issue::DAY, "--dry-run", "--anyway"], more].concat());
        world.write("site/site.toml", before);
        said
    };
    let slow = "limits = { per_hour = 100 }\n";
    assert!(said("", slow, &[]).contains(", 5 hours at your limits."), "{}", said("", slow, &[]));
    assert!(said("spread_hours = 2\n", slow, &[]).contains("at your limits."));
    assert!(said("spread_hours = 6\n", slow, &[]).contains(", spread over 6 hours."));
    let few = said("", "limits = { per_second = 1 }\n", &["--limit", "120"]);
    assert!(few.contains("to 120 readers") && few.contains(", 2 minutes at your limits."), "{few}");
}

#[test]
fn a_list_kept_by_hand_says_that_readers_leave_by_mail() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 2);
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    world.write("site/site.toml", site.replace("endpoint = \"https://a.example/n/\"\n", ""));
    world.run(["send", issue::DAY, "--yes", "--anyway"]).fails(1, &["links of an endpoint", "issue reopen"]);
    issue::approve_without_links(&world);
    let ran = world.run(["send", issue::DAY, "--yes", "--anyway"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("readers unsubscribe by mail") && ran.err.contains("subscribers remove"), "{}", ran.err);
    assert!(ran.out.starts_with("2 of 2 readers have it."), "{}", ran.out);
    let letter = String::from_utf8_lossy(&sink.letters()[0]).into_owned();
    assert!(letter.contains("List-Unsubscribe: <mailto:ed@a.example?subject=unsubscribe>"), "{letter}");
    assert!(!letter.contains("List-Unsubscribe-Post"));
}

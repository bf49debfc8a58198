//! Clocks that are wrong: set back or forward by hours, between two runs and in the middle of one.

use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;

use crate::issue;
use crate::issue::begin;
use crate::issue::send_at;
use crate::ledger;
use crate::running::Running;
use crate::sink::Does;
use crate::sink::Sink;
use crate::world::World;
use crate::world::on_each_store;

fn number(to: &str) -> usize {
    to.trim_start_matches("reader").split('@').next().unwrap().parse().unwrap()
}

/// Who is let in at the second try, as greylisting has it.
fn is_grey(to: &str) -> bool {
    number(to) % 5 == 1
}

fn greylisting() -> Sink {
    Sink::with(
        |to, number| {
            if is_grey(to) && number == 1 { Does::Refuses("451 4.7.1 greylisted, come again") } else { Does::Takes }
        },
    )
}

/// Called again every now and then, it has ended within half an hour.
#[track_caller]
fn ends_soon(world: &World) {
    let minutes = [5, 12, 20, 30];
    let ends = |minutes| send_at(world, begin() + SignedDuration::from_mins(minutes), &[]).code == 0;
    assert!(minutes.into_iter().any(ends), "{:?}", ledger::replies(&ledger::rows(world)));
}

#[test]
fn a_clock_that_was_ahead_makes_nobody_wait_for_its_hours() {
    on_each_store(|world| {
        let sink = greylisting();
        issue::prepare(&world, &sink, 2, 60);
        let ahead = begin() + SignedDuration::from_hours(7);
        assert_eq!(send_at(&world, ahead, &["--limit", "40"]).code, 3);
        let rows = ledger::rows(&world);
        assert_eq!([ledger::of(&rows, "deferred").len(), ledger::of(&rows, "pending").len()], [8, 20]);
        // It is put right: those that had not been tried are tried now, and so are the others, as soon as their servers like to be asked again.
        let ran = send_at(&world, begin(), &[]);
        assert!(ran.code == 3 && sink.taken().len() >= 60 - 8 - 4, "{}{}", ran.out, ran.err);
        ends_soon(&world);
        let rows = ledger::rows(&world);
        ledger::hold(&rows, &sink.taken());
        assert_eq!(ledger::of(&rows, "sent").len(), 60);
    });
}

#[test]
fn a_clock_that_jumps_forward_between_runs_doubles_nobody() {
    on_each_store(|world| {
        let sink = greylisting();
        issue::prepare(&world, &sink, 2, 60);
        assert_eq!(send_at(&world, begin(), &["--limit", "40"]).code, 3);
        let ran = send_at(&world, begin() + SignedDuration::from_hours(7), &[]);
        assert_eq!(ran.code, 3, "who was tried for the first time now: {}", ran.out);
        // Back again.
        ends_soon(&world);
        let rows = ledger::rows(&world);
        ledger::hold(&rows, &sink.taken());
        assert_eq!(ledger::of(&rows, "sent").len(), 60);
    });
}

/// libfaketime shows a process another time, read from a file, so that it can be changed while the process runs.
fn library() -> Option<&'static str> {
    let found = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib64/faketime/libfaketimeMT.so.1",
    ];
    let library = found.into_iter().find(|path| Path::new(path).exists());
    if library.is_none() {
        assert!(std::env::var_os("CI").is_none(), "there is no libfaketime: apt-get install faketime");
        println!("skipped: there is no libfaketime on this machine (apt-get install faketime)");
    }
    library
}

/// Half of the readers are refused, in one way or another, and all answers take a while: long enough for a clock to be set while letters are under way.
#[test]
#[cfg(target_os = "linux")]
fn a_clock_that_is_set_while_letters_are_under_way_changes_no_answer() {
    let Some(library) = library() else { return };
    let (world, sink) = (World::new(), slow_and_choosy());
    issue::prepare(&world, &sink, 4, 240);
    let clock = world.write("clock", "@2026-11-15 08:00:00\n");
    // The clock of the machine itself, and not one that was handed in.
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_letterpress"));
    command.args(["send", issue::DAY, "--yes", "--anyway", "--wait", "0"]).current_dir(world.path("site"));
    command.env("HOME", world.path("home")).env_remove("XDG_DATA_HOME").env_remove("XDG_STATE_HOME").env("TZ", "UTC");
    command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", &clock).env("FAKETIME_NO_CACHE", "1");
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let mut running = Running::of(command);
    for (letters, time) in
        [(40, "@2026-11-15 13:00:00\n"), (80, "@2026-11-15 06:00:00\n"), (120, "@2026-11-15 18:00:00\n")]
    {
        running.may(|_| sink.taken().len() > letters);
        world.write("clock", time);
    }
    let (code, said) = running.wait();
    assert!(code == 3 && !said.contains("panicked"), "{code} {said}");
    for hours in [30, 31] {
        send_at(&world, begin() + SignedDuration::from_hours(hours), &[]);
    }
    let rows = ledger::rows(&world);
    ledger::hold(&rows, &sink.taken());
    let replies = ledger::replies(&rows);
    assert_eq!(
        replies,
        [
            ("rejected body 554 5.6.0 not like this".to_owned(), 60),
            ("bounced rcpt 550 5.1.1 no such user".to_owned(), 60),
            ("sent body 250 2.0.0 taken as 4711".to_owned(), 120),
        ]
        .into(),
        "what a server had said was written down whatever the clock showed"
    );
}

fn slow_and_choosy() -> Sink {
    Sink::with(|to, number| {
        std::thread::sleep(Duration::from_millis(5));
        match (self::number(to) % 4, number) {
            (0, _) => Does::RefusesLetterLate("554 5.6.0 not like this"),
            (1, _) => Does::Refuses("550 5.1.1 no such user"),
            (2, 1) => Does::RefusesLetterLate("451 4.3.0 a little later"),
            _ => Does::Takes,
        }
    })
}

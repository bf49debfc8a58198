//! No room on the disk, a list that somebody else holds, an end in the middle of a request.

use std::io::Write;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::house;
use crate::house::Daemon;
use crate::house::House;
use crate::house::NOW;
use crate::house::on_each_store;
use crate::office::Office;
use crate::web;
use crate::web::Browser;
use crate::web::HOME;

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    on_each_store(|house| {
        let office = Office::open();
        house.mails_through(office.port);
        let daemon = house.daemon();
        let browser = daemon.browser();
        let origin = format!("Origin: {HOME}\nAccept: application/json");
        let token = browser.ask("GET", "form-token", &origin, "").json().unwrap()["token"].as_str().unwrap().to_owned();
        let form = web::encoded(&[("email", "jane@readers.example"), ("token", &token)]);
        let headers = format!("Content-Type: application/x-www-form-urlencoded\n{origin}");
        let octets = Browser::octets("POST", "subscribe", &headers, &form);
        let (first, second) = octets.split_at(octets.len() - 10);
        let mut stream = browser.connect().unwrap();
        stream.write_all(first.as_bytes()).unwrap();
        // So that it is being read when the end comes.
        thread::sleep(Duration::from_millis(300));
        daemon.terminate();
        house::until("no further connection", || browser.connect().is_none().then_some(()));
        stream.write_all(second.as_bytes()).unwrap();
        let answer = web::read(stream);
        assert_eq!(answer.status, 200, "{answer:?}");
        let said = daemon.gone();
        let daemon = house.daemon();
        office.mail("jane@readers.example", "Please confirm");
        house::discreet(&(said + &daemon.end()), &office.mails());
    });
}

#[test]
fn a_list_that_another_program_holds_is_waited_for_and_then_said() {
    let (house, office) = (House::new(), Office::open());
    house.mails_through(office.port);
    let mut daemon = house.daemon();
    let browser = daemon.browser();
    assert_eq!(browser.subscribe("first@readers.example").status, 200);
    office.mail("first@readers.example", "Please confirm");
    let lock = rusqlite::Connection::open(house.data().join("list.sqlite3")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = browser.subscribe("jane@readers.example");
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("120")), "{refused:?}");
    let message = "Something is not working on our side. Please try again in a few minutes.";
    assert_eq!(refused.json().unwrap()["message"], message);
    daemon.wait_for("list.sqlite3 is locked by another program");
    assert_eq!(browser.get("healthz").status, 200, "reading goes on");
    lock.execute_batch("COMMIT").unwrap();
    drop(lock);
    assert_eq!(browser.subscribe("jane@readers.example").status, 200);
    office.mail("jane@readers.example", "Please confirm");
    house::discreet(&daemon.end(), &office.mails());
}

#[test]
#[cfg(feature = "postgres")]
fn a_database_server_that_goes_away_comes_back() {
    on_each_store(|house| {
        let Some(url) = house.url().map(str::to_owned) else { return };
        let office = Office::open();
        house.mails_through(office.port);
        let daemon = house.daemon();
        let browser = daemon.browser();
        assert_eq!(browser.subscribe("first@readers.example").status, 200);
        office.mail("first@readers.example", "Please confirm");
        // As when the server is started anew.
        let mut client = crate::postgres::client(&url);
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        client.batch_execute(others).unwrap();
        let answers: Vec<u16> =
            (0..20).map(|number| browser.subscribe(&format!("r{number}@readers.example")).status).collect();
        assert!(
            answers.iter().all(|status| matches!(status, 200 | 503)) && answers.ends_with(&[200; 10]),
            "{answers:?}"
        );
        for (number, status) in answers.iter().enumerate() {
            if *status == 200 {
                office.mail(&format!("r{number}@readers.example"), "Please confirm");
            }
        }
        house::discreet(&daemon.end(), &office.mails());
    });
}

/// A daemon whose list is on a disk of two megabytes, which takes the right to mount one: root's, or a user's in a name space of their own. `None` where there is neither.
fn on_a_small_disk(house: &House) -> Option<Daemon> {
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let flags = if is_root { &["--mount"][..] } else { &["--mount", "--map-root-user"] };
    let mut trial = Command::new("unshare");
    trial.args(flags).args(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", "/mnt"]);
    if !trial.output().is_ok_and(|output| output.status.success()) {
        return None;
    }
    // What fills the disk up is made and removed by the two files beside it.
    let script = r#"
        mount -t tmpfs -o size=2m tmpfs "$HOME" || exit 99
        (while sleep 0.05; do
            if [ -e "$TOP/fill" ]; then rm "$TOP/fill"; dd if=/dev/zero of="$HOME/rest" bs=4k 2>/dev/null; touch "$TOP/filled"; fi
            if [ -e "$TOP/clear" ]; then rm -f "$TOP/clear" "$HOME/rest"; touch "$TOP/cleared"; fi
            kill -0 $$ 2>/dev/null || exit 0
        done) >/dev/null 2>&1 &
        exec "$L" --now "$NOW" daemon --listen 127.0.0.1:0
    "#;
    let mut command = Command::new("unshare");
    command
        .args(flags)
        .args(["sh", "-c", script])
        .current_dir(house.path("site"))
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_STATE_HOME");
    command.env("HOME", house.path("home")).env("L", env!("CARGO_BIN_EXE_letterpress"));
    command.env("TOP", house.path("")).env("NOW", NOW);
    Some(Daemon::start(command))
}

#[test]
#[cfg(target_os = "linux")]
#[allow(clippy::print_stdout, reason = "what was not tested is told")]
fn a_full_disk_is_said_and_when_there_is_room_it_goes_on() {
    let (house, office) = (House::new(), Office::open());
    house.mails_through(office.port);
    let Some(mut daemon) = on_a_small_disk(&house) else {
        println!("skipped: no small disk can be mounted here");
        return;
    };
    let browser = daemon.browser();
    assert_eq!(browser.subscribe("first@readers.example").status, 200);
    let first = office.mail("first@readers.example", "Please confirm").link("confirm");
    let order = |name: &str, done: &str| {
        std::fs::write(house.path(name), "").unwrap();
        house::until(done, || house.path(done).exists().then_some(()));
    };
    order("fill", "filled");
    let mut answered = Vec::new();
    let refused = (0..2000).map(|number| format!("r{number}@readers.example")).find_map(|address| {
        let answer = browser.subscribe(&address);
        if answer.status == 200 {
            answered.push(address);
            return None;
        }
        Some(answer)
    });
    let refused = refused.unwrap_or_else(|| panic!("there was room for all of them"));
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("120")), "{refused:?}");
    daemon.wait_for("no room left for");
    assert_eq!(browser.get(&first).status, 200, "reading goes on");
    order("clear", "cleared");
    for address in &answered {
        house::until(address, || (!office.inbox(address).is_empty()).then_some(()));
    }
    assert_eq!(browser.post(&first, &[]).title(), "You are subscribed");
    assert_eq!(browser.subscribe("last@readers.example").status, 200);
    office.mail("last@readers.example", "Please confirm");
    house::discreet(&daemon.end(), &office.mails());
}

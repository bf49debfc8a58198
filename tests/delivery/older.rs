//! A list that is older than what has left: whoever puts it in place by hand mails nobody, wherever it lies and whatever was put back with it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::issue;
use crate::issue::account;
use crate::issue::count;
#[cfg(feature = "postgres")]
use crate::postgres;
use crate::sink::Sink;
use crate::world::Ran;
use crate::world::World;
use crate::world::on_each_store;

/// Copies what is in a folder into another, which is made.
fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        // The folder in which senders say that they are alive is empty.
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn an_older_copy_of_the_list_mails_nobody() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 6);
    let list = world.data().join("list.sqlite3");
    let copy = world.path("copy");
    // What a person does who has a file and no doubts: the log is in it, as nobody is at work.
    world.ok(["store", "backup", copy.to_str().unwrap()]);
    assert_eq!(world.run(["send", issue::DAY, "--yes", "--anyway", "--limit", "4"]).code, 3);
    assert_eq!(sink.taken().len(), 4);
    for more in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(world.data().join(format!("list.sqlite3{more}")));
    }
    std::fs::copy(&copy, &list).unwrap();
    world.run(["send", issue::DAY, "--yes", "--anyway"]).fails(1, &["older than it was", "store restore"]);
    assert_eq!(sink.taken().len(), 4);
}

#[test]
fn a_folder_put_back_as_a_whole_mails_nobody() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 6);
    let send = ["send", issue::DAY, "--yes", "--anyway", "--limit", "2"];
    assert_eq!(world.run(send).code, 3);
    let snapshot = world.path("snapshot");
    copy_folder(&world.data(), &snapshot);
    assert!(snapshot.join("list.sqlite3.mark").exists(), "the note beside the list goes back with it");
    assert_eq!(world.run(send).code, 3);
    assert_eq!(sink.taken().len(), 4);
    std::fs::remove_dir_all(world.data()).unwrap();
    copy_folder(&snapshot, &world.data());
    for arguments in [&send[..], &["send", "--due"]] {
        world.run(arguments).fails(1, &["older than it was", "store restore"]);
    }
    world.run(["daemon", "--listen", "127.0.0.1:0"]).fails(1, &["older than it was", "store restore"]);
    assert_eq!(sink.taken().len(), 4);
    // What the message advises. Nobody knows of the two who have it since, so four are doubted, and nobody is mailed.
    let restored = world.run(["store", "restore", snapshot.join("list.sqlite3").to_str().unwrap(), "--yes"]);
    assert!(restored.code == 0 && restored.err.contains("4 letters of an unfinished issue"), "{}", restored.err);
    assert!(restored.err.contains("Nobody knows what left since"), "{}", restored.err);
    assert_eq!(world.run(send).code, 3);
    let account = account(&world);
    assert_eq!((count(&account, "sent"), count(&account, "in_doubt")), (2, 4));
    assert_eq!(sink.taken().len(), 4, "nobody twice");
    // Both notes have what the restored list has come to: none of them stops it now, and the older one is still known.
    std::fs::remove_dir_all(world.data()).unwrap();
    copy_folder(&snapshot, &world.data());
    world.run(send).fails(1, &["older than it was"]);
}

#[test]
fn an_older_list_under_a_new_path_mails_nobody() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 6);
    let copy = world.path("elsewhere/list.sqlite3");
    std::fs::create_dir(world.path("elsewhere")).unwrap();
    world.ok(["store", "backup", copy.to_str().unwrap()]);
    std::fs::copy(world.data().join("keys"), world.path("elsewhere/keys")).unwrap();
    let send = ["send", issue::DAY, "--yes", "--anyway", "--limit", "4"];
    assert_eq!(world.run(send).code, 3);
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    world.write("site/site.toml", format!("{site}[store]\npath = \"{}\"\n", copy.display()));
    world.run(send).fails(1, &["older than it was", "store restore"]);
    assert_eq!(sink.taken().len(), 4);
    // The list itself may be moved.
    std::fs::remove_file(&copy).unwrap();
    world.write("site/site.toml", &site);
    world.ok(["store", "backup", copy.to_str().unwrap()]);
    world.write("site/site.toml", format!("{site}[store]\npath = \"{}\"\n", copy.display()));
    assert_eq!(world.run(["send", issue::DAY, "--yes", "--anyway"]).code, 0);
    assert_eq!(sink.taken().len(), 6);
}

#[test]
#[cfg(feature = "postgres")]
fn an_older_dump_on_a_server_mails_nobody() {
    let Some(url) = postgres::database() else { return };
    let world = World::on(url.clone());
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 6);
    let name = url.split(['/', '?']).nth(3).unwrap();
    let older = format!("{name}_older");
    postgres::client(&url.replacen(name, "postgres", 1))
        .batch_execute(&format!("CREATE DATABASE {older} TEMPLATE {name}"))
        .unwrap();
    let send = ["send", issue::DAY, "--yes", "--anyway", "--limit", "4"];
    assert_eq!(world.run(send).code, 3);
    let of_the_older = || Ran::of(world.command(send).env("LIST_URL", url.replacen(name, &older, 1)).output().unwrap());
    of_the_older().fails(1, &["older than it was", "store restore"]);
    // Also where the site's folder of data has lost its note.
    std::fs::remove_file(world.data().join("mark")).unwrap();
    of_the_older().fails(1, &["older than it was", "store restore"]);
    assert_eq!(sink.taken().len(), 4);
}

#[test]
fn sites_that_share_their_keys_do_not_stop_each_other() {
    let (world, sink) = (World::new(), Sink::new());
    issue::prepare(&world, &sink, 1, 6);
    let send = |limit: &str| world.run(["send", issue::DAY, "--yes", "--anyway", "--limit", limit]).code;
    assert_eq!((send("1"), send("1")), (3, 3));
    let own = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    let other = world.path("home/.local/share/letterpress/b.example");
    std::fs::create_dir(&other).unwrap();
    std::fs::copy(world.data().join("keys"), other.join("keys")).unwrap();
    world.write(
        "site/site.toml",
        own.replacen("base_url = \"https://a.example/\"", "base_url = \"https://b.example/\"", 1),
    );
    assert_eq!(world.import(&crate::world::crowd(2), &[]).code, 0);
    assert_eq!(send("9"), 0);
    assert_eq!(sink.taken().len(), 4);
}

#[test]
fn without_a_note_apart_from_the_list_nothing_leaves() {
    let (world, sink) = (World::new(), Sink::new());
    issue::prepare(&world, &sink, 1, 3);
    // Where folders should be, a file is: root, too, cannot write there.
    let state = world.write("file", "");
    let mut command = world.command(["send", issue::DAY, "--yes", "--anyway"]);
    let ran = Ran::of(command.env("XDG_STATE_HOME", &state).output().unwrap());
    ran.fails(1, &["cannot be noted apart from the list", "file/letterpress", "export XDG_STATE_HOME="]);
    assert!(sink.taken().is_empty());
    let state = world.path("state");
    let mut command = world.command(["send", issue::DAY, "--yes", "--anyway"]);
    let ran = Ran::of(command.env("XDG_STATE_HOME", &state).output().unwrap());
    assert_eq!((ran.code, sink.taken().len()), (0, 3), "{}", ran.err);
    let notes: Vec<_> = std::fs::read_dir(state.join("letterpress/a.example")).unwrap().collect();
    assert_eq!(notes.len(), 1);
    // Nobody else learns how often something was sent.
    let note = notes[0].as_ref().unwrap();
    assert!(note.file_name().to_string_lossy().starts_with("mark-"));
    assert_eq!(note.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_older_list_is_not_even_written_to() {
    on_each_store(|world| {
        let sink = Sink::new();
        issue::prepare(&world, &sink, 1, 4);
        issue::newsletter(&world, "in_doubt = \"resend\"\n");
        issue::approve_as(&world, "2026-11-14", 2);
        // One issue is under way, with a letter in doubt; another one has not begun.
        assert_eq!(world.run(["send", issue::DAY, "--yes", "--anyway", "--limit", "2"]).code, 3);
        let mut list = Sql::open(&world);
        list.run("UPDATE delivery SET state = 'in_doubt' WHERE state = 'sent'");
        list.run("UPDATE meta SET value = '1' WHERE name = 'generation'");
        let before = list.dump();
        for day in [issue::DAY, "2026-11-14"] {
            world.run(["send", day, "--yes", "--anyway"]).fails(1, &["older than it was"]);
        }
        world.run(["send", "--due"]).fails(1, &["older than it was"]);
        assert_eq!(list.dump(), before);
        assert_eq!(sink.taken().len(), 2);
    });
}

/// A connection to the list of a world, of one's own.
enum Sql {
    File(rusqlite::Connection),
    #[cfg(feature = "postgres")]
    Server(::postgres::Client),
}

impl Sql {
    fn open(world: &World) -> Self {
        #[cfg(feature = "postgres")]
        if let Some(url) = world.url() {
            return Self::Server(postgres::client(url));
        }
        Self::File(rusqlite::Connection::open(world.data().join("list.sqlite3")).unwrap())
    }

    fn run(&mut self, sql: &str) {
        match self {
            Self::File(list) => list.execute_batch(sql).unwrap(),
            #[cfg(feature = "postgres")]
            Self::Server(list) => list.batch_execute(sql).unwrap(),
        }
    }

    /// Where issues, letters and the number of the list stand.
    fn dump(&mut self) -> Vec<String> {
        let queries = [
            "SELECT newsletter || ' ' || name || ' ' || state || ' ' || changed FROM issue ORDER BY mailing",
            "SELECT id || ' ' || state || ' ' || attempt || ' ' || changed FROM delivery ORDER BY id",
            "SELECT name || ' ' || value FROM meta ORDER BY name",
        ];
        let mut all = Vec::new();
        for query in queries {
            match self {
                Self::File(list) => {
                    let mut rows = list.prepare(query).unwrap();
                    all.extend(rows.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap));
                }
                #[cfg(feature = "postgres")]
                Self::Server(list) => {
                    all.extend(list.query(query, &[]).unwrap().iter().map(|row| row.get::<_, String>(0)))
                }
            }
        }
        all
    }
}

/// Sends until the server has taken so many letters, and is killed in the middle of the next at the latest; `copied` happens after the first of them.
fn killed_after(world: &World, sink: &Sink, letters: usize, copied: impl FnOnce()) {
    let mut command = world.command(["send", issue::DAY, "--yes", "--anyway"]);
    let mut sender = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut wait = |letters: usize| {
        while sink.count() < letters {
            assert!(sender.try_wait().unwrap().is_none());
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    wait(1);
    copied();
    wait(letters);
    sender.kill().unwrap();
    sender.wait().unwrap();
}

/// A server that is slow enough for a copy to be made between two letters.
fn slow() -> Sink {
    Sink::with(|_, _| {
        std::thread::sleep(Duration::from_millis(150));
        crate::sink::Does::Takes
    })
}

#[test]
fn a_copy_made_in_the_middle_of_sending_is_known_after_a_kill() {
    let (world, sink) = (World::new(), slow());
    issue::prepare(&world, &sink, 1, 30);
    let list = world.data().join("list.sqlite3");
    let copy = world.path("copy");
    // As a snapshot of the disk would, with the log in it.
    killed_after(&world, &sink, 8, || {
        rusqlite::Connection::open(&list).unwrap().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    });
    let number = |file: &Path| -> String {
        let list = rusqlite::Connection::open(file).unwrap();
        list.query_row("SELECT value FROM meta WHERE name = 'generation'", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(number(&copy), number(&list), "the number does not tell");
    let has = sink.count();
    let whole = world.path("whole");
    copy_folder(&world.data(), &whole);
    for more in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(world.data().join(format!("list.sqlite3{more}")));
    }
    std::fs::copy(&copy, &list).unwrap();
    let send = ["send", issue::DAY, "--yes", "--anyway"];
    for _ in 0..2 {
        world.run(send).fails(1, &["older than it was", "store restore"]);
    }
    assert_eq!(sink.count(), has);
    // What the message advises: whatever is unfinished in the copy is in doubt.
    let ran = world.run(["store", "restore", copy.to_str().unwrap(), "--yes"]);
    assert!(ran.code == 0 && ran.err.contains("Nobody knows what left since the backup"), "{}", ran.err);
    assert_eq!((world.run(send).code, sink.count()), (3, has), "all are in doubt, or sent");
    // And the list itself, put back, is older than that.
    std::fs::remove_dir_all(world.data()).unwrap();
    copy_folder(&whole, &world.data());
    world.run(send).fails(1, &["older than it was"]);
}

#[test]
fn a_list_goes_on_after_a_kill_and_keeps_no_notes_of_letters() {
    on_each_store(|world| {
        let sink = slow();
        issue::prepare(&world, &sink, 2, 12);
        killed_after(&world, &sink, 4, || {});
        let notes = || {
            let files = crate::world::files(&world.path("home/.local/state"));
            files.into_iter().filter(|file| file.to_string_lossy().contains(".left.")).collect::<Vec<_>>()
        };
        let kept = notes();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!([0, 3].contains(&world.run(["send", issue::DAY, "--yes", "--anyway"]).code));
        let account = account(&world);
        assert!(count(&account, "in_doubt") <= 2, "{account}");
        assert_eq!(count(&account, "sent") + count(&account, "in_doubt"), 12);
        assert_eq!(notes(), [] as [std::path::PathBuf; 0]);
    });
}

//! A PostgreSQL server of one's own: made when first asked for, gone with the process, whatever ends that.
#![cfg(all(unix, feature = "postgres"))]
#![allow(
    clippy::print_stderr,
    clippy::zombie_processes,
    reason = "it says why it is not there, and its server ends with this process"
)]

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::process::ChildStdin;
use std::process::Command;
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

/// The server runs as long as the script's input is open: that is, as long as this process. Its texts are ordered as in German, so that only what says `COLLATE "C"` is ordered
/// by octets.
const SCRIPT: &str = r#"
set -eu
PATH="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1):$PATH"
folder=$(mktemp -d /tmp/letterpress-postgres.XXXXXX)
trap 'rm -rf "$folder"' EXIT
initdb --pgdata="$folder/data" --username=letterpress --auth=trust --encoding=UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=de --no-sync >"$folder/log" 2>&1 || {
    cat "$folder/log" >&2
    exit 1
}
postgres -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off -c max_connections=100 </dev/null >>"$folder/log" 2>&1 &
server=$!
until grep -q "ready to accept connections" "$folder/log"; do
    kill -0 $server 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.05
done
echo "$folder"
# Each line is a crash, and a new start.
while read -r line; do
    kill -QUIT $server
    wait $server || true
    postgres -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off -c max_connections=100 </dev/null >>"$folder/log" 2>&1 &
    server=$!
done
kill -INT $server
wait $server || true
"#;

/// The server that tests share; `None` where there is no PostgreSQL on this machine.
fn shared() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(Server::own).as_ref()
}

/// A server.
pub struct Server {
    /// That of its socket.
    folder: String,
    /// Open as long as it runs.
    #[allow(dead_code, reason = "the tests of the list only hold it")]
    script: ChildStdin,
}

impl Server {
    /// One that no other test uses; `None` where there is no PostgreSQL on this machine.
    pub fn own() -> Option<Self> {
        start()
    }

    /// The address of a new, empty database.
    pub fn database(&self, name: &str) -> String {
        let folder = &self.folder;
        client(&format!("postgres:///postgres?host={folder}&user=letterpress"))
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        format!("postgres:///{name}?host={folder}&user=letterpress")
    }

    /// Ends all its processes at once, without a word to whoever is connected, and starts it anew.
    #[allow(dead_code, reason = "for the tests of delivery")]
    pub fn crash(&mut self) {
        self.script.write_all(b"crash\n").unwrap();
    }
}

fn start() -> Option<Server> {
    let installed = "ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null";
    if !Command::new("sh").args(["-c", installed]).status().unwrap().success() {
        assert!(std::env::var_os("CI").is_none(), "there is no PostgreSQL: apt-get install postgresql");
        eprintln!("skipped: there is no PostgreSQL on this machine (apt-get install postgresql)");
        return None;
    }
    // It refuses to run as root.
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = if is_root { Command::new("setpriv") } else { Command::new("sh") };
    if is_root {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh"]);
    }
    command.args(["-c", SCRIPT]).current_dir("/").env_remove("TMPDIR").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut folder = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut folder).unwrap();
    assert!(!folder.is_empty(), "PostgreSQL did not start");
    Some(Server { folder: folder.trim().to_owned(), script: child.stdin.take().unwrap() })
}

/// The address of a new, empty database; `None` where there is no PostgreSQL.
pub fn database() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server = shared()?;
    Some(server.database(&format!("list{}", NEXT.fetch_add(1, Ordering::Relaxed))))
}

/// A connection of the tests' own.
pub fn client(url: &str) -> postgres::Client {
    postgres::Client::connect(url, postgres::NoTls).unwrap()
}

/// Everything that stands in the database's tables, as text.
pub fn dump(url: &str) -> String {
    let mut client = client(url);
    let tables =
        client.query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1", &[]).unwrap();
    let mut text = String::new();
    for table in tables {
        let table: String = table.get(0);
        for row in client.query(&format!("SELECT t::text FROM {table} t ORDER BY 1"), &[]).unwrap() {
            text += &format!("{table} {}\n", row.get::<_, String>(0));
        }
    }
    text
}

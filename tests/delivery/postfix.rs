//! A real Postfix, started for one test: it takes a thousand letters over TLS, and what is in its queue is what was meant.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use mail_parser::MessageParser;

use crate::certificate::certificate;
use crate::issue;
use crate::issue::begin;
use crate::ledger;
use crate::running::Running;
use crate::smtp_sink::free_port;
use crate::world::World;

const READERS: usize = 1000;
/// One more, with quotation marks as RFC 5321 §4.1.2 has them and few servers ever see.
const QUOTED: &str = r#""jane \"the pen\" doe"@host.example"#;

/// It runs as long as the script's input is open: that is, as long as this process. Everything that it takes is held, and no program is there that could send it on.
const SCRIPT: &str = r#"
set -eu
PATH="/usr/sbin:$PATH"
folder=$(mktemp -d /tmp/letterpress-postfix.XXXXXX)
trap 'postfix -c "$folder/etc" stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
chmod 755 "$folder"
mkdir "$folder/etc" "$folder/queue" "$folder/data"
chown postfix "$folder/data"
cat "$CERTIFICATE" >"$folder/etc/certificate.pem"
cat >"$folder/etc/main.cf" <<END
compatibility_level = 3.6
config_directory = $folder/etc
queue_directory = $folder/queue
data_directory = $folder/data
maillog_file = $folder/log
maillog_file_prefixes = /tmp
mail_owner = postfix
setgid_group = postdrop
myhostname = postfix.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
smtputf8_enable = yes
smtpd_peername_lookup = no
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = $folder/etc/certificate.pem
smtpd_relay_restrictions = permit_mynetworks, reject
defer_transports = smtp, relay, local, virtual
smtpd_recipient_restrictions = check_recipient_access static:HOLD, permit_mynetworks, reject
END
cat >"$folder/etc/master.cf" <<END
127.0.0.1:$PORT inet n - n - 20 smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
tlsmgr unix - - n 1000? 1 tlsmgr
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
END
postfix -c "$folder/etc" start >"$folder/started" 2>&1 || { cat "$folder/started" >&2; exit 1; }
echo "$folder"
cat >/dev/null
"#;

struct Postfix {
    folder: String,
    port: u16,
    script: Child,
}

/// A letter in the queue: its id, and its octets.
type Queued = (String, Vec<u8>);

impl Postfix {
    /// Starts one that shows this certificate; `None` where there is none, or we are not root, which only a machine of no CI may be content with.
    fn start(certificate: &Path) -> Option<Self> {
        let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        if !is_root || !Path::new("/usr/sbin/postfix").exists() {
            assert!(std::env::var_os("CI").is_none(), "a Postfix of our own needs root, and Debian's package postfix");
            println!("skipped: a Postfix of our own needs root, and Debian's package postfix");
            return None;
        }
        let port = free_port();
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT]).env("PORT", port.to_string()).env("CERTIFICATE", certificate).env_remove("TMPDIR");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut folder = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut folder).unwrap();
        assert!(!folder.is_empty(), "Postfix did not start");
        Some(Self { folder: folder.trim().to_owned(), port, script: child })
    }

    fn tool(&self, name: &str, arguments: &[&str]) -> Vec<u8> {
        let mut command = Command::new(format!("/usr/sbin/{name}"));
        let ran = command.args(["-c", &format!("{}/etc", self.folder)]).args(arguments).output().unwrap();
        assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
        ran.stdout
    }

    /// Every letter in the queue, by its id: whom it is for, and its octets, in the form in which it would travel on.
    fn queue(&self) -> BTreeMap<String, (String, Vec<u8>)> {
        let listed = String::from_utf8(self.tool("postqueue", &["-j"])).unwrap();
        let mut recipients = BTreeMap::new();
        for line in listed.lines() {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(entry["queue_name"], "hold");
            assert_eq!(entry["recipients"].as_array().unwrap().len(), 1, "one letter, one reader");
            let to = entry["recipients"][0]["address"].as_str().unwrap().to_owned();
            recipients.insert(entry["queue_id"].as_str().unwrap().to_owned(), to);
        }
        let ids: Vec<&str> = recipients.keys().map(String::as_str).collect();
        let mut queue = BTreeMap::new();
        for some in ids.chunks(200) {
            let octets = self.tool("postcat", &[&["-q"], some].concat());
            for (id, letter) in letters(&octets) {
                queue.insert(id.clone(), (recipients[&id].clone(), letter));
            }
        }
        assert_eq!(queue.len(), recipients.len());
        queue
    }
}

/// The end of its input ends the script, and that ends Postfix.
impl Drop for Postfix {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}

/// What `postcat` prints, taken apart.
fn letters(octets: &[u8]) -> Vec<Queued> {
    let mut all = Vec::new();
    let mut current: Option<Queued> = None;
    for line in octets.split(|octet| *octet == b'\n') {
        if let Some(name) = line.strip_prefix(b"*** MESSAGE CONTENTS ") {
            let name = std::str::from_utf8(name).unwrap().trim_end_matches(" ***");
            current = Some((name.rsplit('/').next().unwrap().to_owned(), Vec::new()));
        } else if line.starts_with(b"*** HEADER EXTRACTED ") || line.starts_with(b"*** MESSAGE FILE END ") {
            all.extend(current.take());
        } else if let Some((_, letter)) = &mut current {
            letter.extend_from_slice(line);
            letter.extend_from_slice(b"\r\n");
        }
    }
    all
}

/// Dots where SMTP doubles them, letters of all kinds, a line that is longer than any server takes, and spaces at the end of one.
fn awkward() -> String {
    format!(
        ".\n..\n.Ein Punkt am Anfang.\nGrüße aus Köln: «schön», 読者への約束, شكرا, 🖨️.\n{}\nFrom here on.\nA space \n\n",
        "A line without an end, ".repeat(400)
    )
}

#[test]
fn a_real_postfix_takes_and_queues_a_thousand() {
    let world = World::new();
    let shown = certificate("localhost", 2020, 2100);
    let file = world.write("certificate.pem", shown.key.clone() + &shown.chain);
    let Some(postfix) = Postfix::start(&file) else { return };
    issue::prepare_for(&world, postfix.port, 4, READERS);
    world.ok(["subscribers", "add", QUOTED, "--newsletter", "digest", "--agreed", "on paper"]);
    issue::approve_with(&world, &awkward());
    let key = world.path("dkim.pem");
    let made = world.ok(["send", "--make-dkim-key", key.to_str().unwrap(), "--selector", "lp", "--format", "json"]);
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    let site = site.replace("host = \"127.0.0.1\"", "host = \"localhost\"").replace("\"none\"", "\"starttls\"");
    world.write("site/site.toml", site + made["settings"].as_str().unwrap());
    let authority = world.write("authority.pem", &shown.authority);
    let now = begin().to_string();
    let mut command = world.command(["send", issue::DAY, "--yes", "--anyway", "--wait", "0", "--now", &now]);
    command.env("SSL_CERT_FILE", authority).env_remove("SSL_CERT_DIR");
    let (code, said) = Running::of(command).wait();
    let log = std::fs::read_to_string(format!("{}/log", postfix.folder)).unwrap();
    assert_eq!(code, 0, "{said}\n{log}");
    assert!(!log.contains("warning:") && !log.contains("error:") && !log.contains("fatal:"), "{log}");

    let queue = postfix.queue();
    assert_eq!(queue.len(), READERS + 1);
    let by_reader: BTreeMap<&str, (&String, &Vec<u8>)> =
        queue.iter().map(|(id, (to, letter))| (to.as_str(), (id, letter))).collect();
    let rows = ledger::rows(&world);
    assert_eq!((rows.len(), by_reader.len()), (READERS + 1, READERS + 1), "each reader once");
    let mut ids = BTreeSet::new();
    for row in &rows {
        let (queue_id, octets) = by_reader[row.to.as_str()];
        assert_eq!(row.state, "sent");
        assert_eq!(row.reply, format!("body 250 2.0.0 Ok: queued as {queue_id}"));
        let letter = MessageParser::default().parse(octets).unwrap_or_else(|| panic!("not read: {}", row.to));
        assert_eq!(letter.message_id(), row.message_id.as_deref());
        assert!(ids.insert(letter.message_id().unwrap().to_owned()), "a Message-ID of its own");
        assert_eq!(letter.header_raw("To").map(str::trim), Some(row.to.as_str()));
        assert_eq!(letter.subject(), Some("On the first sentence"));
        let text = letter.body_text(0).unwrap().replace("\r\n", "\n");
        assert!(
            text.starts_with(&format!("Dear reader,\n.\n{}Leave: https://a.example/n/unsubscribe/", awkward())),
            "{text}"
        );
        assert!(letter.body_html(0).unwrap().contains("\n.<p><a href="), "the dot in the HTML");
        assert!(octets.split(|octet| *octet == b'\n').all(|line| line.len() <= 999), "no line is too long");
    }
    verified(&queue, &made);
}

/// Signatures of some of them, by dkimpy: they hold after the queue as before.
fn verified(queue: &BTreeMap<String, (String, Vec<u8>)>, key: &serde_json::Value) {
    if !Command::new("/usr/bin/python3")
        .args(["-c", "import dkim, nacl"])
        .output()
        .is_ok_and(|ran| ran.status.success())
    {
        assert!(std::env::var_os("CI").is_none(), "install python3-dkim and python3-nacl");
        println!("skipped: no dkimpy here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let some: Vec<_> = queue.iter().step_by(25).collect();
    for (id, (_, letter)) in &some {
        std::fs::write(folder.path().join(format!("{id}.eml")), letter).unwrap();
    }
    let record = format!("{}\t{}\n", key["name"].as_str().unwrap(), key["record"].as_str().unwrap());
    std::fs::write(folder.path().join("keys"), record).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dkim/verify.py");
    let ran = Command::new("/usr/bin/python3").arg(script).arg(folder.path()).output().unwrap();
    let verdicts = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(verdicts.lines().count(), some.len(), "{verdicts}");
    assert!(verdicts.lines().all(|line| line.ends_with(" rsa-sha256 pass")), "{verdicts}");
}

//! A site with readers, a server to send through, and an issue that was approved.

use letterpress::content::frozen;
use letterpress::content::frozen::Parts;
use letterpress::newsletter::reader_link::MANAGE;
use letterpress::newsletter::reader_link::UNSUBSCRIBE;
use serde_json::Value;

use crate::sink::Sink;
use crate::world::Ran;
use crate::world::World;

/// The issue's day.
pub const DAY: &str = "2026-11-15";

const INDEX: &str = "+++\nnumber = 1\nsubject = \"On the first sentence\"\npreheader = \"\"\n+++\n\nDear reader,\n";

/// Settings for sending through the server at a port, over so many connections.
fn settings(port: u16, connections: u16) -> String {
    format!(
        "[subscribe]\nendpoint = \"https://a.example/n/\"\n[[smtp]]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nconnections = {connections}\n"
    )
}

/// Adds to a world: the sink as its server, so many confirmed readers, an approved issue.
pub fn prepare(world: &World, sink: &Sink, connections: u16, readers: usize) {
    prepare_for(world, sink.port, connections, readers);
}

/// As [`prepare`], for the server at a port.
pub fn prepare_for(world: &World, port: u16, connections: u16, readers: usize) {
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    let store = if world.url().is_some() { "[store]\nurl = { env = \"LIST_URL\" }\n" } else { "" };
    let more = settings(port, connections);
    let own = "title = \"A\"\nbase_url = \"https://a.example/\"\ntime_zone = \"Europe/Berlin\"\n[newsletters.digest]\nfrom = \"Ed <ed@a.example>\"\n[newsletters.weekly]\n\
               from = \"Ed <ed@a.example>\"\n";
    assert!(site.contains("[newsletters.digest]"));
    world.write("site/site.toml", format!("{own}{store}{more}"));
    approve(world);
    let imported = world.import(&crate::world::crowd(readers), &[]);
    assert_eq!(imported.code, 0, "{}", imported.err);
}

/// Puts lines into the table of the newsletter.
pub fn newsletter(world: &World, lines: &str) {
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    world
        .write("site/site.toml", site.replacen("[newsletters.digest]\n", &format!("[newsletters.digest]\n{lines}"), 1));
}

/// Freezes the issue.
pub fn approve(world: &World) {
    approve_as(world, DAY, 1);
}

/// Freezes an issue of another day.
pub fn approve_as(world: &World, day: &str, number: u32) {
    freeze(world, day, number, true, "");
}

/// Freezes the issue of a list without an endpoint: nothing in it leads there.
pub fn approve_without_links(world: &World) {
    freeze(world, DAY, 1, false, "");
}

/// Freezes it, with more text.
pub fn approve_with(world: &World, more: &str) {
    freeze(world, DAY, 1, true, more);
}

fn freeze(world: &World, day: &str, number: u32, has_links: bool, more: &str) {
    let index = INDEX.replace("number = 1", &format!("number = {number}"));
    let link = |place: &str, stand_in: &str| format!("https://a.example/n/{place}/{stand_in}");
    let (leave, manage) = (link("unsubscribe", UNSUBSCRIBE), link("manage", MANAGE));
    let mut html = "<!doctype html><p>Dear reader,</p>\n".to_owned();
    let mut text = format!("Dear reader,\n.\n{more}");
    if has_links {
        html += &format!(".<p><a href=\"{leave}\">Leave</a> <a href=\"{manage}\">Settings</a></p>\n");
        text += &format!("Leave: {leave}\nSettings: {manage}\n");
    }
    let (_, files) = frozen::freeze(Parts {
        newsletter: "digest".into(),
        issue: day.into(),
        number,
        date: format!("{day}T08:00:00Z").parse().unwrap(),
        occurrence: None,
        subject: "On the first sentence".into(),
        preheader: String::new(),
        source: index.clone(),
        posts: Vec::new(),
        links: Vec::new(),
        mail_html: html,
        mail_text: text,
        page: "<p>Dear reader,</p>".into(),
        images: Vec::new(),
    })
    .unwrap();
    let folder = format!("site/content/issues/digest/{day}");
    std::fs::create_dir_all(world.path(&format!("{folder}/frozen"))).unwrap();
    world.write(&format!("{folder}/index.md"), index);
    for (name, bytes) in files {
        world.write(&format!("{folder}/frozen/{name}"), bytes);
    }
}

/// Sends what can be sent at a moment, without staying for what comes later.
pub fn send_at(world: &World, now: jiff::Timestamp, more: &[&str]) -> Ran {
    let now = now.to_string();
    world.run([&["send", DAY, "--yes", "--anyway", "--wait", "0", "--now", &now], more].concat())
}

/// When the issue begins to be sent.
pub fn begin() -> jiff::Timestamp {
    "2026-11-15T08:00:00Z".parse().unwrap()
}

/// Sends what can be sent now, and gives the exit code.
pub fn send(world: &World) -> i32 {
    world.run(["send", DAY, "--yes", "--anyway"]).code
}

/// How many deliveries are in which state, and who is in doubt.
pub fn account(world: &World) -> Value {
    world.json(["deliveries", DAY])
}

/// The number of a state in an account.
pub fn count(account: &Value, state: &str) -> usize {
    account["deliveries"][state].as_u64().unwrap_or_default() as usize
}

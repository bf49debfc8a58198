//! What leaves for each kind of server: its headers are as in `tests/fixtures/relays/<profile>.txt`.
//!
//! `LETTERPRESS_BLESS=1` writes what leaves now as what is expected; look at the difference before you commit it.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;

use letterpress::config::relay;
use letterpress::config::relay::Signs;
use letterpress::subscriber::delivery_token;
use letterpress::subscriber::keys::KeyRing;
use letterpress::value::address::EmailAddress;
use letterpress::value::return_path::ReturnPath;
use letterpress::value::secret::Secret;
use mail_parser::MessageParser;

use crate::issue;
use crate::sink::Sink;
use crate::world::World;

const RETURN_PATH: &str = "bounces+{token}@a.example";

/// A site whose only server is a sink of that profile, with keys to sign with.
pub fn world(profile: &str, more: &str, sink: &Sink, readers: usize) -> World {
    let world = World::new();
    issue::prepare(&world, sink, 1, readers);
    let key = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dkim/rsa-pkcs8.pem")).unwrap();
    world.write("site/key.pem", key);
    let site = fs::read_to_string(world.path("site/site.toml")).unwrap();
    let dkim = "[[dkim]]\nselector = \"lp\"\nkey = { file = \"key.pem\" }\n";
    let site = site.replace("[[smtp]]\n", &format!("[[smtp]]\nprofile = \"{profile}\"\n{more}"));
    world.write("site/site.toml", format!("{site}{dkim}"));
    world
}

fn keys(world: &World) -> KeyRing {
    KeyRing::parse(&Secret::new(&fs::read_to_string(world.data().join("keys")).unwrap())).unwrap()
}

/// The sender and the headers of a letter, with words in the places of what is another in each.
fn headers(world: &World, sink: &Sink, octets: &[u8]) -> String {
    let keys = keys(world);
    let path = ReturnPath::parse(RETURN_PATH).unwrap();
    let mut shown = String::new();
    let mail = sink.heard("MAIL FROM").pop().unwrap();
    let mut tokens = BTreeSet::new();
    let sender = mail.split(['<', '>']).nth(1).unwrap();
    tokens.extend(path.token(&EmailAddress::parse(sender).unwrap()));
    let head = std::str::from_utf8(octets).unwrap().split("\r\n\r\n").next().unwrap();
    let words = head.split(|c: char| !c.is_ascii_alphanumeric());
    tokens.extend(words.filter(|word| delivery_token::read(&keys, word).is_some()).map(str::to_owned));
    assert!(tokens.len() <= 1, "one letter has one token: {tokens:?}");
    shown += &format!("MAIL FROM:<{sender}>\n");
    for field in head.replace("\r\n\t", " ").replace("\r\n ", " ").split("\r\n") {
        let (name, value) = field.split_once(": ").unwrap_or_else(|| panic!("{field}"));
        let value = match name {
            "Message-ID" => "<NAME>".to_owned(),
            "Date" => "NOW".to_owned(),
            "List-Unsubscribe" => value.rsplit_once('/').unwrap().0.to_owned() + "/LINK>",
            "Content-Type" => value.split(';').next().unwrap().to_owned(),
            "DKIM-Signature" => value.split(" h=").nth(1).unwrap().split(';').next().unwrap().replace(' ', ""),
            _ => value.to_owned(),
        };
        shown += &format!("{name}: {value}\n");
    }
    tokens.iter().fold(shown, |shown, token| shown.replace(token, "TOKEN"))
}

#[test]
fn each_profile_has_its_headers_and_no_other() {
    let mut wrong = Vec::new();
    for profile in &relay::PROFILES {
        let sink = Sink::new();
        let more = if profile.takes_return_path { format!("return_path = \"{RETURN_PATH}\"\n") } else { String::new() };
        let world = world(profile.name, &more, &sink, 1);
        assert_eq!(issue::send(&world), 0, "{}", profile.name);
        let [octets] = &sink.letters()[..] else { panic!("one letter") };
        let letter = MessageParser::default().parse(octets).unwrap();
        assert_eq!(letter.header_raw("DKIM-Signature").is_some(), profile.signs == Signs::We, "{}", profile.name);
        assert!(octets.split(|octet| *octet == b'\n').all(|line| line.len() <= 200), "{}", profile.name);
        let shown = headers(&world, &sink, octets);
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/relays/{}.txt", profile.name));
        if env::var_os("LETTERPRESS_BLESS").is_some_and(|value| value == "1") {
            fs::write(&file, &shown).unwrap();
        }
        if fs::read_to_string(&file).ok().as_ref() != Some(&shown) {
            wrong.push(format!("{}\n{shown}", profile.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let known = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/relays")).unwrap().count();
    assert_eq!(known, relay::PROFILES.len());
}

#[test]
fn each_letter_has_a_return_path_of_its_own_that_names_its_delivery_and_cannot_be_made() {
    let sink = Sink::new();
    let world = world("postfix", &format!("return_path = \"{RETURN_PATH}\"\n"), &sink, 40);
    assert_eq!(issue::send(&world), 0);
    let (keys, path) = (keys(&world), ReturnPath::parse(RETURN_PATH).unwrap());
    let mut deliveries = BTreeSet::new();
    for line in sink.heard("MAIL FROM") {
        let address = EmailAddress::parse(line.split(['<', '>']).nth(1).unwrap()).unwrap();
        let token = path.token(&address).unwrap();
        deliveries.insert(delivery_token::read(&keys, &token).unwrap());
        // One character otherwise, and it is nobody's.
        let (first, rest) = token.split_at(20);
        let other = if rest.starts_with('a') { 'b' } else { 'a' };
        assert_eq!(delivery_token::read(&keys, &format!("{first}{other}{}", &rest[1..])), None);
        // Sent to us in capitals, as some servers do, it is known all the same.
        let shouted = EmailAddress::parse(&address.to_string().to_uppercase()).unwrap();
        assert_eq!(path.token(&shouted), Some(token));
    }
    assert_eq!(deliveries.len(), 40);
    let foreign = KeyRing::generate("2026-11-15T09:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(delivery_token::read(&keys, &delivery_token::sign(&foreign, *deliveries.first().unwrap())), None);
}

#[test]
fn a_fixed_return_path_and_none() {
    for (more, expected) in
        [("return_path = \"bounces@a.example\"\n", "MAIL FROM:<bounces@a.example>"), ("", "MAIL FROM:<ed@a.example>")]
    {
        let sink = Sink::new();
        let world = world("custom", more, &sink, 1);
        assert_eq!(issue::send(&world), 0);
        assert_eq!(sink.heard("MAIL FROM"), [expected]);
        // It is the From that says which domain signs, wherever bounces go.
        assert!(
            String::from_utf8_lossy(&sink.letters()[0])
                .starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=a.example;")
        );
    }
}

#[test]
fn servers_of_two_kinds_get_letters_each_of_their_own() {
    let (first, second) = (Sink::new(), Sink::new());
    let world = world("postmark", "streams = { issues = \"news-2026\" }\n", &first, 60);
    let site = fs::read_to_string(world.path("site/site.toml")).unwrap();
    let other =
        format!("[[smtp]]\nprofile = \"sendgrid\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n", second.port);
    world.write("site/site.toml", format!("{site}{other}"));
    assert_eq!(issue::send(&world), 0);
    let (postmark, sendgrid) = (first.letters(), second.letters());
    assert_eq!(postmark.len() + sendgrid.len(), 60);
    assert!(!postmark.is_empty() && !sendgrid.is_empty(), "both work");
    for (letters, has, has_not) in [
        (&postmark, "X-PM-Message-Stream: news-2026\r\n", "X-SMTPAPI"),
        (&sendgrid, "X-SMTPAPI: {\"unique_args\":", "X-PM-"),
    ] {
        for octets in letters {
            let text = String::from_utf8_lossy(octets);
            assert!(text.starts_with(has) && !text.contains(has_not), "{text}");
        }
    }
    let sent = String::from_utf8_lossy(&sendgrid[0]).into_owned();
    let head = sent.split("\r\nFrom:").next().unwrap().replace("\r\n ", " ");
    let value: serde_json::Value = serde_json::from_str(head.strip_prefix("X-SMTPAPI: ").unwrap()).unwrap();
    assert_eq!(value["filters"]["clicktrack"]["settings"]["enable"], 0);
    assert!(delivery_token::read(&keys(&world), value["unique_args"]["delivery"].as_str().unwrap()).is_some());
}

#[test]
fn what_a_profile_means_is_said() {
    let sink = Sink::new();
    let world = world("brevo", "", &sink, 1);
    let ran = world.run(["check"]);
    assert!(
        ran.err.contains(
            "letters through 127.0.0.1 are not signed with [[dkim]]: a server of the profile `brevo` signs them itself"
        ),
        "{}",
        ran.err
    );
    let site = fs::read_to_string(world.path("site/site.toml")).unwrap();
    world.write("site/site.toml", site.replace("\"brevo\"", "\"brevio\""));
    world.run(["check"]).fails(1, &["`profile` does not know `brevio`", "did you mean `brevo`?"]);
}

//! Letters that we signed, verified by others: dkimpy (RSA and Ed25519) and Mail::DKIM (RSA).
#![cfg(feature = "newsletter")]
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use letterpress::output::dkim::Algorithm;
use letterpress::output::dkim::DkimKey;
use letterpress::output::dkim::KeyError;
use letterpress::output::dkim::SignError;
use letterpress::output::dkim::Signer;
use letterpress::output::dkim::Verdict;
use letterpress::output::dkim::look;
use letterpress::output::dkim::make;
use letterpress::value::secret::Secret;

const DOMAIN: &str = "xn--bcher-kva.example";

fn fixture(name: &str) -> Secret {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dkim").join(name);
    Secret::new(&fs::read_to_string(path).unwrap())
}

fn key(selector: &str, name: &str) -> DkimKey {
    DkimKey::from_pem(selector, &fixture(name)).unwrap()
}

fn keys() -> Vec<DkimKey> {
    vec![key("ed", "ed25519.pem"), key("rsa", "rsa-pkcs8.pem")]
}

fn signer() -> Signer {
    Signer::new(DOMAIN, keys(), &[])
}

fn now() -> Timestamp {
    "2026-11-15T09:00:00Z".parse().unwrap()
}

const HEAD: &str = "From: \"Die Redaktion\" <post@xn--bcher-kva.example>\r\n\
    To: jane@example.org\r\n\
    Subject: =?utf-8?q?B=C3=BCcher_im?=\r\n =?utf-8?q?_November?=\r\n\
    Date: Sun, 15 Nov 2026 09:00:00 +0000\r\n\
    Message-ID: <0123456789abcdef@xn--bcher-kva.example>\r\n\
    Reply-To: post@xn--bcher-kva.example\r\n\
    MIME-Version: 1.0\r\n\
    List-Id: Notes <notes.xn--bcher-kva.example>\r\n\
    List-Unsubscribe: <https://xn--bcher-kva.example/letters/u/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz0123456789>\r\n\
    List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
    Feedback-ID: 2026-11-15:notes:issue:letterpress\r\n\
    Auto-Submitted: auto-generated\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\
    Content-Transfer-Encoding: 8bit\r\n";

/// Letters of every awkward kind.
fn letters() -> BTreeMap<&'static str, Vec<u8>> {
    let with = |body: &[u8]| [HEAD.as_bytes(), b"\r\n", body].concat();
    let long = "long ".repeat(180);
    BTreeMap::from([
        ("8-bit", with("Grüße aus Köln – «schön».\r\n".as_bytes())),
        ("not-utf-8", with(b"caf\xe9\r\n")),
        ("dots", with(b".\r\n..\r\n.a\r\n")),
        ("no-body", with(b"")),
        ("empty-lines", with(b"\r\n\r\na\r\n\r\n\r\n")),
        ("no-last-line-end", with(b"a")),
        ("spaces", with(b"a  b \t c\t\r\n   \r\n\td \r\n")),
        ("long-lines", with(format!("{long}\r\n").as_bytes())),
        ("large", with("A line of the usual length, as letters have them.\r\n".repeat(4000).as_bytes())),
        ("only-from", b"From: a@xn--bcher-kva.example\r\n\r\nHello\r\n".to_vec()),
        ("odd-case", b"FROM: a@xn--bcher-kva.example\r\nsUBJECT:no space\r\nX-Else: 1\r\n\r\nHello\r\n".to_vec()),
        (
            "two-references",
            b"References: <1@a>\r\nFrom: a@xn--bcher-kva.example\r\nReferences: <2@a>\r\n\r\nHello\r\n".to_vec(),
        ),
    ])
}

/// What the others say of letters: for each, which algorithms passed. `None` where a tool is missing, which a CI must not be content with.
#[allow(clippy::print_stdout, reason = "what was not tested is told")]
fn judge(letters: &BTreeMap<&str, Vec<u8>>, keys: &[DkimKey]) -> Option<Vec<Vec<String>>> {
    let folder = tempfile::tempdir().unwrap();
    for (name, letter) in letters {
        fs::write(folder.path().join(format!("{name}.eml")), letter).unwrap();
    }
    let records = keys.iter().map(|key| format!("{}\t{}\n", key.record_name(DOMAIN), key.record()));
    fs::write(folder.path().join("keys"), records.collect::<String>()).unwrap();
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dkim");
    let judges =
        [("/usr/bin/python3", "import dkim, nacl", "verify.py"), ("/usr/bin/perl", "use Mail::DKIM", "verify.pl")];
    judges
        .into_iter()
        .map(|(program, probe, script)| {
            let option = if script.ends_with(".py") { "-c" } else { "-e" };
            if !Command::new(program).args([option, probe]).output().is_ok_and(|output| output.status.success()) {
                assert!(env::var_os("CI").is_none(), "install python3-dkim, python3-nacl and libmail-dkim-perl");
                println!("skipped: no `{probe}` here");
                return None;
            }
            let output = Command::new(program).arg(scripts.join(script)).arg(folder.path()).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
        })
        .collect()
}

#[test]
fn two_others_verify_every_letter() {
    let letters: BTreeMap<_, _> =
        letters().into_iter().map(|(name, letter)| (name, signer().signed(&letter, now()).unwrap())).collect();
    for (name, letter) in &letters {
        let seen = look(letter, &[&signer()]);
        assert!(seen.len() == 2 && seen.iter().all(|seen| seen.verdict == Verdict::Holds), "{name}: {seen:?}");
    }
    let Some(verdicts) = judge(&letters, &keys()) else { return };
    let expected = |algorithms: &[&str]| -> Vec<String> {
        let lines =
            letters.keys().flat_map(|name| algorithms.iter().map(move |algorithm| format!("{name} {algorithm} pass")));
        lines.collect()
    };
    assert_eq!(verdicts, [expected(&["rsa-sha256", "ed25519-sha256"]), expected(&["rsa-sha256"])]);
}

#[test]
fn white_space_may_change_on_the_way_and_nothing_else() {
    let signed = String::from_utf8(signer().signed(&letters()["8-bit"], now()).unwrap()).unwrap();
    let changed = |from: &str, to: &str| {
        let changed = signed.replacen(from, to, 1);
        assert_ne!(changed, signed, "{from}");
        changed.into_bytes()
    };
    let added = |header: &str| {
        let (signatures, letter) = signed.split_at(signed.find("From: ").unwrap());
        format!("{signatures}{header}\r\n{letter}").into_bytes()
    };
    let on_its_way = BTreeMap::from([
        (
            "good-folded-otherwise",
            changed("Subject: =?utf-8?q?B=C3=BCcher_im?=\r\n ", "Subject:\t=?utf-8?q?B=C3=BCcher_im?= "),
        ),
        ("good-received", [b"Received: from a by b\r\n", signed.as_bytes()].concat()),
        ("good-space-at-the-end", changed("«schön».", "«schön». ")),
        ("bad-body", changed("«schön».", "«schon».")),
        ("bad-body-longer", [signed.as_bytes(), b"Buy now!\r\n"].concat()),
        ("bad-from", changed("From: \"Die Redaktion\"", "From: \"Die Bank\"")),
        ("bad-from-added", added("From: bank@example.com")),
        ("bad-subject-added", added("Subject: Urgent")),
        ("bad-unsubscribe", changed("letters/u/AbC", "letters/u/Abc")),
        ("bad-unsubscribe-added", added("List-Unsubscribe: <https://attacker.example/>")),
        ("bad-unsubscribe-post", changed("List-Unsubscribe=One-Click", "List-Unsubscribe=Two-Clicks")),
    ]);
    // We say the same of them, and what it was that changed.
    for (name, letter) in &on_its_way {
        let expected = match *name {
            name if name.starts_with("good") => Verdict::Holds,
            name if name.starts_with("bad-body") => Verdict::BodyChanged,
            _ => Verdict::HeaderChanged,
        };
        assert!(look(letter, &[&signer()]).iter().all(|seen| seen.verdict == expected), "{name}");
        // Without the keys there is only the body to look at.
        let expected = if expected == Verdict::BodyChanged { expected } else { Verdict::BodyHolds };
        assert!(look(letter, &[]).iter().all(|seen| seen.verdict == expected), "{name}");
    }
    let Some(verdicts) = judge(&on_its_way, &keys()) else { return };
    for lines in verdicts {
        assert!(lines.len() >= on_its_way.len());
        for line in lines {
            assert_eq!(line.starts_with("good"), line.ends_with(" pass"), "{line}");
        }
    }
}

/// Amazon SES writes its own Message-ID and Date, and adds a Feedback-ID.
#[test]
fn a_server_that_writes_headers_anew_leaves_the_signature_whole() {
    let letter = String::from_utf8(letters()["8-bit"].clone()).unwrap();
    let feedback = "Feedback-ID: 2026-11-15:notes:issue:letterpress\r\n";
    let letter = letter.replacen(feedback, "", 1);
    let ours = signer().without(&["Message-ID", "Date"]).signatures(letter.as_bytes(), now()).unwrap();
    let anew = letter
        .replacen("Message-ID: <0123456789abcdef@xn--bcher-kva.example>", "Message-ID: <0107@amazonses.com>", 1)
        .replacen("Date: Sun, 15 Nov 2026 09:00:00", "Date: Sun, 15 Nov 2026 09:00:07", 1);
    assert_eq!(anew.len() - "0107@amazonses.com".len(), letter.len() - "0123456789abcdef@xn--bcher-kva.example".len());
    let arrived =
        format!("Feedback-ID: 1:2:3:AmazonSES\r\n{ours}X-SES-MESSAGE-TAGS: delivery=abc\r\n{anew}").into_bytes();
    let letters = BTreeMap::from([("anew", arrived)]);
    assert!(look(&letters["anew"], &[&signer()]).iter().all(|seen| seen.verdict == Verdict::Holds));
    let Some(verdicts) = judge(&letters, &keys()) else { return };
    assert_eq!(verdicts, [vec!["anew rsa-sha256 pass", "anew ed25519-sha256 pass"], vec!["anew rsa-sha256 pass"]]);
}

#[test]
fn signatures_of_every_odd_kind_are_looked_at() {
    let text = |signature: &str| {
        let letter = format!("DKIM-Signature: {signature}\r\nFrom: a@xn--bcher-kva.example\r\n\r\nHello  you \r\n\r\n");
        look(letter.as_bytes(), &[&signer()]).remove(0).verdict
    };
    // The hashes are those of OpenSSL: of "Hello you\r\n" and of "Hello  you \r\n".
    let (relaxed, simple) =
        ("nk9eb1oaKD9XE8xtjbIbDNQKqn0AdT3iXNyh74lVbAU=", "0+SjuG4ORmYkG/PK1qWjbbm7WSnThlcjsK8bkYCRrN0=");
    assert_eq!(
        text(&format!("a=rsa-sha256; c=relaxed/relaxed; d=b.example; s=x; bh={relaxed}; b=AA==")),
        Verdict::BodyHolds
    );
    assert_eq!(text(&format!("a=rsa-sha256; c=relaxed/simple; d=b.example; bh={simple}")), Verdict::BodyHolds);
    assert_eq!(text(&format!("a=rsa-sha256; d=b.example; bh={simple}")), Verdict::BodyHolds);
    assert_eq!(text(&format!("a=rsa-sha256; c=simple; d=b.example; bh={relaxed}")), Verdict::BodyChanged);
    assert_eq!(text(&format!("a=rsa-sha256; c=relaxed/relaxed; l=3; bh={relaxed}")), Verdict::Unknown);
    assert_eq!(text(&format!("a=rsa-sha1; c=relaxed/relaxed; bh={relaxed}")), Verdict::Unknown);
    assert_eq!(text("a=rsa-sha256; c=relaxed/new; bh=x"), Verdict::Unknown);
    assert_eq!(text(";;=;a"), Verdict::Unknown);
    let ours = format!("a=rsa-sha256; c=relaxed/relaxed; d={DOMAIN}; s=RSA; h=from; bh={relaxed}; b=");
    for signature in ["AA==", "no base64!", ""] {
        assert_eq!(text(&format!("{ours}{signature}")), Verdict::HeaderChanged);
    }
}

#[test]
fn what_is_signed() {
    let signatures = signer().signatures(&letters()["8-bit"], now()).unwrap();
    let unfolded = signatures.replace("\r\n\t", "");
    let headers: Vec<&str> = unfolded.lines().collect();
    let [rsa, ed25519] = headers.as_slice() else { panic!("{signatures}") };
    let start = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;d=xn--bcher-kva.example; s=rsa; t=1794733200; h=from:from:reply-to:reply-to:\
        to:to:subject:subject:date:date:message-id:message-id:mime-version:mime-version:content-type:content-type:content-transfer-encoding:\
        content-transfer-encoding:list-id:list-id:list-unsubscribe:list-unsubscribe:list-unsubscribe-post:list-unsubscribe-post:feedback-id:\
        feedback-id:auto-submitted:auto-submitted;bh=";
    assert!(rsa.replace("; ", ";").starts_with(&start.replace("; ", ";")), "{rsa}");
    assert!(ed25519.starts_with("DKIM-Signature: v=1; a=ed25519-sha256;"), "{ed25519}");
    assert!(!unfolded.contains("l="), "a length would let others add to the letter");
    assert!(signatures.split("\r\n").all(|line| line.len() <= 78), "{signatures}");
    // A relay that writes its own.
    let signer = Signer::new(DOMAIN, keys(), &["message-id", "Date"]);
    let signatures = signer.signatures(&letters()["8-bit"], now()).unwrap();
    assert!(!signatures.contains("message-id") && !signatures.contains("date"), "{signatures}");
    assert_eq!(signer.signatures(b"Subject: x\r\n\r\n", now()), Err(SignError::NoFrom));
}

#[test]
fn keys_in_the_forms_that_people_have_them_in() {
    let record = key("rsa", "rsa-pkcs1.pem").record();
    assert_eq!(record, key("rsa", "rsa-pkcs8.pem").record());
    // What OpenSSL makes of the same key.
    let public = |name: &str| fixture(name).expose().lines().filter(|line| !line.starts_with('-')).collect::<String>();
    assert_eq!(record, format!("v=DKIM1; k=rsa; p={}", public("rsa-public.pem")));
    let ed25519 = key("ed", "ed25519.pem").record();
    let bare = ed25519.strip_prefix("v=DKIM1; k=ed25519; p=").unwrap();
    // Its form is that of RFC 8410: 12 octets, then the key.
    assert!(public("ed25519-public.pem").ends_with(bare), "{bare}");
    for (name, error) in [
        ("rsa-short.pem", KeyError::TooShort),
        ("ec.pem", KeyError::OtherKind),
        ("locked.pem", KeyError::Locked),
        ("rsa-public.pem", KeyError::NoKey),
        ("README.md", KeyError::NoKey),
    ] {
        assert_eq!(DkimKey::from_pem("a", &fixture(name)).unwrap_err(), error, "{name}");
    }
    let whole = fixture("rsa-pkcs8.pem");
    let torn: String = whole
        .expose()
        .lines()
        .enumerate()
        .filter(|(line, _)| *line != 9)
        .map(|(_, line)| format!("{line}\n"))
        .collect();
    assert_eq!(DkimKey::from_pem("a", &Secret::new(&torn)).unwrap_err(), KeyError::Damaged);
    for selector in ["", "a b", "a;", "-a", "a..b", "ä"] {
        assert_eq!(DkimKey::from_pem(selector, &whole).unwrap_err(), KeyError::BadSelector, "{selector}");
    }
    assert!(DkimKey::from_pem("lp2026.mail-1", &whole).is_ok());
    let shown = format!("{:?} {:?}", signer(), key("rsa", "rsa-pkcs8.pem"));
    assert_eq!(
        shown,
        "Signer(xn--bcher-kva.example, [DkimKey(rsa, rsa-sha256), DkimKey(ed, ed25519-sha256)]) DkimKey(rsa, rsa-sha256)"
    );
}

#[test]
fn keys_that_we_make_are_keys() {
    let made = || {
        [("r", Algorithm::RsaSha256), ("e", Algorithm::Ed25519Sha256)]
            .map(|(selector, kind)| (selector, make(kind).unwrap()))
    };
    let read = |pems: &[(&str, Secret)]| -> Vec<DkimKey> {
        pems.iter().map(|(selector, pem)| DkimKey::from_pem(selector, pem).unwrap()).collect()
    };
    let first_pems = made();
    let (first, second) = (read(&first_pems), read(&made()));
    for (first, second) in first.iter().zip(&second) {
        assert_ne!(first.record(), second.record());
    }
    let line = first[0].zone_line("a.example");
    assert!(line.starts_with("r._domainkey.a.example. IN TXT ( \"v=DKIM1; k=rsa; p="), "{line}");
    let strings: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
    assert!(strings.len() > 1 && strings.iter().all(|string| string.len() <= 255), "{line}");
    assert_eq!(strings.concat(), first[0].record());
    // Signed by others of the same names, nobody believes it; signed by these, everybody does.
    for (signs, passes) in [(second, false), (read(&first_pems), true)] {
        let signed = Signer::new(DOMAIN, signs, &[]).signed(&letters()["8-bit"], now()).unwrap();
        let Some(verdicts) = judge(&BTreeMap::from([("new", signed)]), &first) else { return };
        assert!(verdicts.iter().flatten().all(|line| line.ends_with(" pass") == passes), "{verdicts:?}");
        assert_eq!(verdicts.concat().len(), 3);
    }
}

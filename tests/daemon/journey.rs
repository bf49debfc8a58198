//! A reader's way from the form to being forgotten, and each link a scanner has looked at before.

use crate::house;
use crate::house::House;
use crate::house::on_each_store;
use crate::mail::Mail;
use crate::office::Office;
use crate::sink::Sink;
use crate::web::Browser;
use crate::web::HOME;
use crate::web::encoded;

const JANE: &str = "Jane.Longname@readers.example";
const NEW: &str = "jane@elsewhere.example";

/// Opens every link of a mail, as programs that look for viruses do, and holds that nothing has changed.
#[track_caller]
fn scanned(house: &House, browser: Browser, mail: &Mail) {
    let before = house.dump();
    for link in mail.links() {
        for method in ["GET", "HEAD", "GET"] {
            let answer = browser.ask(method, &link, "", "");
            assert_eq!(answer.status, 200, "{method} {link}: {answer:?}");
        }
    }
    assert_eq!(house.dump(), before, "opening the links of {} changed something", mail.subject);
}

#[test]
fn from_the_form_to_being_forgotten() {
    on_each_store(|house| {
        let Some(mut sink) = Sink::start() else { return };
        house.mails_through(sink.port);
        let daemon = house.daemon();
        let browser = daemon.browser();

        let answer = browser.subscribe(JANE);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json().unwrap()["message"], "Thank you. Please look into your inbox and confirm.");
        let confirm = sink.next(JANE, "Please confirm: The Digest");
        assert_eq!(confirm.header("From"), Some("\"Proof & Post\" <post@news.example>"));
        assert_eq!(confirm.header("Auto-Submitted"), Some("auto-generated"));
        assert!(confirm.header("Feedback-ID").unwrap().starts_with("confirm:"), "{:?}", confirm.header("Feedback-ID"));
        assert!(confirm.text.contains(&confirm.link("confirm")) && confirm.html.contains(&confirm.link("confirm")));
        assert_eq!(house.everybody(), [format!("{JANE} digest pending")]);
        scanned(&house, browser, &confirm);

        let page = browser.get(&confirm.link("confirm"));
        assert_eq!(page.actions(), [confirm.link("confirm")], "one button");
        let page = browser.post(&page.actions()[0], &[]);
        assert_eq!((page.status, page.title()), (200, "You are subscribed"));
        assert_eq!(house.everybody(), [format!("{JANE} digest confirmed")]);
        assert_eq!(house.consents(), ["digest asked", "digest confirmed"]);
        let proof = house.ask("SELECT page || ' ' || wording FROM consent");
        assert_eq!(proof, ["https://news.example/about/ Twice a month. [Subscribe]"; 2]);

        let welcome = sink.next(JANE, "Welcome to The Digest");
        for title in ["The first sentence is a door", "What a list is for"] {
            assert!(welcome.text.contains(title) && welcome.html.contains(title), "{welcome:#?}");
        }
        assert!(!welcome.text.contains("The oldest"), "two were asked for");
        assert!(welcome.text.contains("https://news.example/posts/the-first-sentence-is-a-door/"), "{}", welcome.text);
        scanned(&house, browser, &welcome);
        // The first link says what is, and brings nobody back later.
        assert_eq!(browser.get(&confirm.link("confirm")).title(), "You are subscribed");

        let leave = welcome.link("unsubscribe");
        let left = browser.post(&leave, &[("do", "unsubscribe")]);
        assert_eq!((left.status, left.title()), (200, "You are unsubscribed"));
        assert_eq!(house.everybody(), [format!("{JANE} digest unsubscribed")]);
        assert_eq!(browser.post(&confirm.link("confirm"), &[]).status, 410);
        let undo = left.actions().into_iter().find(|action| action.contains("/undo/")).unwrap();
        let back = browser.post(&undo, &[]);
        assert_eq!((back.status, house.everybody()), (200, vec![format!("{JANE} digest confirmed")]));
        assert_eq!(browser.post(&undo, &[]).status, 410, "good once");
        assert_eq!(house.consents()[2..], ["digest withdrew", "digest undid"]);
        assert_eq!(browser.post(&leave, &[("do", "pause")]).status, 200);
        assert_eq!(house.everybody(), [format!("{JANE} digest paused")]);

        let manage = browser.get(&leave).actions().into_iter().find(|action| action.contains("/manage/")).unwrap();
        assert_eq!(browser.get(&manage).status, 200);
        assert_eq!(browser.post(&manage, &[]).status, 200);
        let fresh = sink.next(JANE, "Your settings for The Digest");
        scanned(&house, browser, &fresh);
        let settings = fresh.link("preferences");
        let saved = [("do", "save"), ("newsletter-digest", "confirmed"), ("newsletter-notes", "confirmed")];
        assert_eq!(browser.post(&settings, &saved).status, 200);
        assert_eq!(house.everybody(), [format!("{JANE} digest confirmed"), format!("{JANE} notes confirmed")]);

        let sent = browser.post(&settings, &[("do", "address"), ("email", NEW)]);
        assert_eq!(sent.status, 200, "{sent:?}");
        let change = sink.next(NEW, "Please confirm your new address");
        assert!(!change.links().iter().any(|link| link.contains("/preferences/")), "{change:#?}");
        scanned(&house, browser, &change);
        assert_eq!(browser.post(&change.link("address"), &[]).status, 200);
        assert_eq!(house.everybody(), [format!("{NEW} digest confirmed"), format!("{NEW} notes confirmed")]);
        assert_eq!(browser.get(&settings).status, 410, "what lies in the old inbox is no longer the reader's");

        assert_eq!(browser.post(&manage, &[]).status, 200);
        let fresh = sink.next(NEW, "Your settings for The Digest");
        let settings = fresh.link("preferences");
        let mine = browser.post(&settings, &[("do", "download")]);
        assert_eq!(mine.header("content-disposition"), Some("attachment; filename=\"my-data.json\""));
        let mine = mine.json().unwrap();
        assert_eq!(mine["address"], NEW);
        assert_eq!(mine["subscriptions"].as_array().unwrap().len(), 2);
        assert_eq!(browser.post(&settings, &[("do", "erase")]).status, 422, "not without the tick");
        assert_eq!(house.everybody().len(), 2);
        assert!(house.dump().contains("elsewhere"));
        let erased = browser.post(&settings, &[("do", "erase"), ("sure", "yes")]);
        assert_eq!((erased.status, house.everybody()), (200, Vec::new()));
        for trace in ["elsewhere", "readers.example", "Longname"] {
            assert!(!house.dump().to_lowercase().contains(&trace.to_lowercase()), "{trace} is in {}", house.dump());
        }
        for entry in std::fs::read_dir(house.data()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // Who is sending at the moment: files without a word in them.
                continue;
            }
            let octets = std::fs::read(&path).unwrap().to_ascii_lowercase();
            let is_there = octets.windows(9).any(|window| window == b"elsewhere" || window == b"longname@");
            assert!(!is_there, "the address is still in {}", path.display());
        }
        assert_eq!(browser.get(&leave).title(), "You are unsubscribed", "old links harm nobody");
        // Whoever fills in the form with that address, nothing comes of it; who wants to come back writes to the owner.
        assert_eq!(browser.subscribe(NEW).status, 200);
        house::until("the request to be dealt with", || {
            house.ask("SELECT address FROM intake").is_empty().then_some(())
        });
        assert!(house.everybody().is_empty());
        house.ok(["subscribers", "suppress", NEW, "--lift"]);
        assert_eq!(browser.subscribe(NEW).status, 200);
        let confirm = sink.next(NEW, "Please confirm: The Digest");
        assert_eq!(browser.post(&confirm.link("confirm"), &[]).title(), "You are subscribed");
        assert_eq!(house.everybody(), [format!("{NEW} digest confirmed")]);
        sink.next(NEW, "Welcome to The Digest");
        house::discreet(&daemon.end(), &sink.mails());
    });
}

#[test]
fn without_a_script_there_is_one_page_more() {
    on_each_store(|house| {
        let office = Office::open();
        house.mails_through(office.port);
        let daemon = house.daemon();
        let browser = daemon.browser();
        let first =
            browser.post_as("subscribe", &format!("Origin: {HOME}"), &[("email", JANE), ("newsletter", "notes")]);
        assert_eq!((first.status, first.title()), (200, "One more click"));
        assert!(house.ask("SELECT address FROM intake").is_empty());
        let fields = first.hidden();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let second = browser.post(&first.actions()[0], &fields);
        assert_eq!((second.status, second.title()), (200, "Check your inbox"));
        let confirm = office.mail(JANE, "Please confirm: Margin Notes");
        assert_eq!(browser.post(&confirm.link("confirm"), &[]).title(), "You are subscribed");
        assert_eq!(house.everybody(), [format!("{JANE} notes confirmed")]);
        office.mail(JANE, "Welcome to Margin Notes");
        house::discreet(&daemon.end(), &office.mails());
    });
}

#[test]
fn a_mail_program_s_own_button_needs_nothing_but_the_header() {
    on_each_store(|house| {
        let office = Office::open();
        house.mails_through(office.port);
        let daemon = house.daemon();
        let browser = daemon.browser();
        browser.subscribe(JANE);
        browser.post(&office.mail(JANE, "Please confirm").link("confirm"), &[]);
        let welcome = office.mail(JANE, "Welcome");
        assert_eq!(welcome.header("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
        let header = welcome.header("List-Unsubscribe").unwrap();
        let url = header.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap();
        // RFC 8058 §3.2: as a form of either kind, without cookies, from nowhere.
        let boundary = "Content-Type: multipart/form-data; boundary=x";
        let parts = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
        let answer = browser.ask("POST", url, boundary, parts);
        assert_eq!((answer.status, answer.body.as_str()), (200, "unsubscribed\n"));
        assert!(answer.header("location").is_none() && answer.header("set-cookie").is_none());
        assert_eq!(house.everybody(), [format!("{JANE} digest unsubscribed")]);
        let before = house.dump();
        let kind = "Content-Type: application/x-www-form-urlencoded";
        let again = browser.ask("POST", url, kind, &encoded(&[("List-Unsubscribe", "One-Click")]));
        assert_eq!((again.status, again.body.as_str()), (200, "unsubscribed\n"), "however often");
        assert_eq!(house.dump(), before);
        house::discreet(&daemon.end(), &office.mails());
    });
}

#[test]
fn a_lead_reaches_the_owner_who_can_answer_it() {
    on_each_store(|house| {
        let office = Office::open();
        house.mails_through(office.port);
        let daemon = house.daemon();
        let browser = daemon.browser();
        let lead = [
            ("name", "Ada \"Löve\" <x>"),
            ("email", "ada@printers.example"),
            ("looking_for", "a printer"),
            ("message", "Good morning.\r\n\r\nBcc: all@printers.example\r\n.\r\n<b>bold</b>"),
        ];
        let answer = browser.script("lead", &lead);
        assert_eq!(answer.json().unwrap()["message"], "Thank you. Your message is on its way.");
        let mail = office.mail("owner@news.example", "");
        assert!(mail.header("Reply-To").unwrap().ends_with("<ada@printers.example>"), "{mail:#?}");
        assert!(mail.header("From").unwrap().ends_with("<post@news.example>"), "{mail:#?}");
        assert!(mail.header("Bcc").is_none() && mail.header("List-Unsubscribe").is_none());
        assert!(mail.text.contains("Bcc: all@printers.example") && mail.text.contains("a printer"), "{}", mail.text);
        assert!(!mail.html.contains("<b>bold"), "{}", mail.html);
        let evil =
            [("name", "Ada\r\nBcc: x@evil.example"), ("email", "ada@printers.example"), ("looking_for", "a printer")];
        assert_eq!(browser.script("lead", &evil).status, 422);
        let said = daemon.end();
        house::discreet(&said, &office.mails());
        assert!(!said.contains("ada@printers.example"), "{said}");
        assert_eq!(office.mails().len(), 1);
        assert!(
            house.ask("SELECT data FROM mailing WHERE data IS NOT NULL").is_empty(),
            "it is mailed, and kept nowhere"
        );
    });
}

#[test]
fn an_address_with_quotation_marks_is_as_good_as_any() {
    on_each_store(|house| {
        let office = Office::open();
        house.mails_through(office.port);
        let daemon = house.daemon();
        let browser = daemon.browser();
        let jane = r#""jane doe"@readers.example"#;
        browser.subscribe(jane);
        browser.post(&office.mail(jane, "Please confirm").link("confirm"), &[]);
        office.mail(jane, "Welcome");
        assert_eq!(house.everybody(), [format!("{jane} digest confirmed")]);
        assert!(!daemon.end().contains("jane doe"));
    });
}

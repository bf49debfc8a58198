//! The two forms, with a script and without.

use std::sync::atomic::Ordering;

use letterpress::newsletter::notice::NoticeData;

use crate::house::HOME;
use crate::house::House;

#[test]
fn with_a_script_the_answer_is_json() {
    let house = House::open();
    let token = house.form_token();
    let form = [
        ("email", "Jane@Example.com"),
        ("token", &token),
        ("page", "https://news.example/a/?utm=x#top"),
        ("website", ""),
    ];
    let answer = house.script("subscribe", &form);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("access-control-allow-origin"), Some(HOME));
    assert_eq!(answer.json()["message"], "Thank you. Please look into your inbox and confirm.");
    let rows = house.rows("intake");
    assert_eq!(rows.len(), 1, "{rows:?}");
    for part in [
        "Jane@example.com",
        "\"digest\"",
        "\"https://news.example/a/\"",
        "Twice a month. [Subscribe]",
        "worked=Integer(0)",
    ] {
        assert!(rows[0].contains(part), "{part} in {rows:?}");
    }
    assert_eq!(house.woken.load(Ordering::SeqCst), 1);
    // Nothing is known of anybody yet: that is found out later, so that the answer cannot tell.
    assert!(house.rows("subscriber").is_empty());
}

#[test]
fn without_a_script_there_is_a_page_with_one_button() {
    let house = House::open();
    let headers = format!("Origin: {HOME}\nReferer: {HOME}/posts/hello/?x=1");
    let form = [("email", "jane@example.com"), ("newsletter", "notes"), ("website", "")];
    let page = house.post_with("subscribe", &headers, &form);
    assert_eq!((page.status, page.title()), (200, "One more click"));
    assert!(house.rows("intake").is_empty(), "nothing has been asked for yet");
    assert_eq!(page.actions(), ["subscribe"]);
    let fields = ["token", "newsletter", "email", "page"].map(|name| (name, page.hidden(name).unwrap()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = house.post("subscribe", &fields);
    assert_eq!((done.status, done.title()), (200, "Check your inbox"));
    let rows = house.rows("intake");
    assert!(
        rows.len() == 1 && rows[0].contains("\"notes\"") && rows[0].contains("\"https://news.example/posts/hello/\""),
        "{rows:?}"
    );
    // The same form once more is asked about once more, and puts nothing down.
    assert_eq!(house.post("subscribe", &fields).title(), "One more click");
    assert_eq!(house.rows("intake").len(), 1);
}

#[test]
fn the_form_of_the_endpoint_itself() {
    let house = House::open();
    let page = house.get("subscribe");
    assert_eq!((page.status, page.title()), (200, "Subscribe"));
    let token = page.hidden("token").unwrap();
    let wrong = house.post("subscribe", &[("email", "\"><script>@"), ("token", &token)]);
    assert_eq!((wrong.status, wrong.title()), (422, "Subscribe"));
    assert!(wrong.body.contains("This is not an email address."), "{}", wrong.body);
    assert!(!wrong.body.contains("\"><script>") && wrong.body.contains("&quot;&gt;&lt;script&gt;@"), "{}", wrong.body);
    let token = wrong.hidden("token").unwrap();
    assert_eq!(
        house.post("subscribe", &[("email", "jane@example.com"), ("token", &token)]).title(),
        "Check your inbox"
    );
    let wrong = house.script("subscribe", &[("email", "jane"), ("token", &house.form_token())]);
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.json()["errors"][0]["field"], "email");
}

#[test]
fn after_subscribing_one_may_go_on_to_a_page_that_the_site_names() {
    let house = House::open();
    let send = |next: &str| {
        let token = house.form_token();
        house.post("subscribe", &[("email", "jane@example.com"), ("token", &token), ("next", next)])
    };
    let there = send("https://news.example/thanks/");
    assert_eq!((there.status, there.header("location")), (303, Some("https://news.example/thanks/")));
    for elsewhere in
        ["https://enemy.example/", "//enemy.example", "https://news.example/thanks/../x", "javascript:alert(1)"]
    {
        let answer = send(elsewhere);
        assert_eq!((answer.status, answer.header("location")), (200, None), "{elsewhere}");
    }
}

#[test]
fn who_fills_in_everything_is_a_machine() {
    let house = House::open();
    let subscribe =
        [("email", "jane@example.com"), ("token", &house.form_token()), ("website", "https://spam.example")];
    let told = house.script("subscribe", &subscribe);
    let real =
        house.script("subscribe", &[("email", "jim@example.com"), ("token", &house.form_token()), ("website", "")]);
    assert_eq!(told, real, "the machine is not told");
    assert_eq!(house.rows("intake").len(), 1);
    let lead = [("name", "Bot"), ("email", "b@example.com"), ("looking_for", "a printer"), ("website", "x")];
    assert_eq!(house.script("lead", &lead).status, 200);
    assert!(house.rows("mailing").is_empty());
}

#[test]
fn a_lead_is_a_notice_to_the_owner() {
    let house = House::open();
    let form = [
        ("name", " Jane Doe "),
        ("email", "jane@example.com"),
        ("looking_for", "a typeface"),
        ("message", "Good day,\r\nwhat does it cost?"),
    ];
    let page = house.post("lead", &form);
    assert_eq!((page.status, page.title()), (200, "One more click"));
    let names = ["token", "name", "email", "looking_for", "message"].map(|name| (name, page.hidden(name).unwrap()));
    let fields: Vec<(&str, &str)> = names.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = house.post("lead", &fields);
    assert_eq!((done.status, done.title()), (200, "Thank you"));
    let (mailing, delivery) = (house.rows("mailing"), house.rows("delivery"));
    assert!(mailing.len() == 1 && mailing[0].contains("\"lead\""), "{mailing:?}");
    assert!(delivery[0].contains("post@news.example") && delivery[0].contains("subscriber=Integer(0)"), "{delivery:?}");
    let data = house.store.read(|sql| Ok(sql.query("SELECT data FROM mailing", &[])?[0].text(0)?.to_owned())).unwrap();
    let Some(NoticeData::Lead(lead)) = NoticeData::parse(&data) else { panic!("{data}") };
    assert_eq!((lead.name.as_str(), lead.email.as_str()), ("Jane Doe", "jane@example.com"));
    assert_eq!(lead.message, "Good day,\nwhat does it cost?");
}

#[test]
fn every_mistake_in_a_lead_is_told_at_its_field() {
    let house = House::open();
    let long = "x".repeat(801);
    let form = [("name", ""), ("email", "nobody"), ("looking_for", "trouble"), ("message", long.as_str())];
    let answer = house.script("lead", &form);
    assert_eq!(answer.status, 422);
    let errors = answer.json()["errors"].clone();
    let fields: Vec<&str> = errors.as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["name", "email", "looking_for", "message"]);
    let page = house.post("lead", &form);
    assert_eq!((page.status, page.title()), (422, "Your message"));
    for part in [
        "Please write your name",
        "This is not an email address",
        "Please choose one",
        "to 800 characters",
        "value=\"nobody\"",
    ] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    // 800 characters of any script fit into a form, as the theme sends it.
    let text = "活".repeat(800);
    let token = house.form_token();
    let parts = [
        ("token", token.as_str()),
        ("name", "活字"),
        ("email", "a@example.com"),
        ("looking_for", "a printer"),
        ("message", &text),
    ];
    let body: String = parts
        .iter()
        .map(|(name, value)| {
            format!("------WebKitFormBoundary7MA4YWxkTrZu0gW\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        })
        .collect();
    let body = format!("{body}------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n");
    let kind =
        "Content-Type: multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW\nAccept: application/json";
    assert_eq!(house.ask("POST", "lead", kind, &body).status, 200, "{} octets", body.len());
}

#[test]
fn other_origins_that_are_named_may_ask_too() {
    let house = House::open();
    let ask = |origin: &str| house.ask("GET", "form-token", &format!("Origin: {origin}\nAccept: application/json"), "");
    for origin in [HOME, "https://www.news.example", "https://letters.example"] {
        let answer = ask(origin);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some(origin)));
    }
    let foreign = ask("https://enemy.example");
    assert_eq!((foreign.status, foreign.header("access-control-allow-origin")), (403, None));
    let preflight =
        house.ask("OPTIONS", "subscribe", &format!("Origin: {HOME}\nAccess-Control-Request-Method: POST"), "");
    assert_eq!((preflight.status, preflight.header("access-control-allow-methods")), (204, Some("GET, POST")));
}

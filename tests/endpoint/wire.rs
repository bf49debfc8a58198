//! Requests that are too large, too slow, broken, or very many at once.

use std::io::Read;
use std::io::Write;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use letterpress::transport::endpoint::Limits;

use crate::house;
use crate::house::House;

#[test]
fn bodies_are_small() {
    let house = House::open();
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let body = |length: usize| format!("email={}", "a".repeat(length - 6));
    assert_eq!(house.ask("POST", "subscribe", kind, &body(4096)).status, 422);
    assert_eq!(house.ask("POST", "subscribe", kind, &body(4097)).status, 413);
    let chunked = "POST /desk/subscribe HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\
                   Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n";
    let chunks = format!("{chunked}{}0\r\n\r\n", format!("800\r\n{}\r\n", "a".repeat(0x800)).repeat(4));
    assert_eq!(house::answer(&house.raw(chunks.as_bytes())).status, 413);
    let fields = "a=1&".repeat(100);
    assert_eq!(house.ask("POST", "subscribe", kind, &fields).status, 400);
    let long = format!("GET /desk/{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(100_000));
    let answer = house::answer(&house.raw(long.as_bytes()));
    assert!(matches!(answer.status, 414 | 431 | 400), "{answer:?}");
}

#[test]
fn what_is_no_form_is_refused() {
    let house = House::with(house::SITE, Limits { time: Duration::from_secs(1), ..Limits::default() });
    for (kind, body, status) in [
        ("application/json", "{\"email\":\"a@example.com\"}", 415),
        ("text/plain", "email=a@example.com", 415),
        ("multipart/form-data", "--x", 400),
        ("multipart/form-data; boundary=x", "--x\r\nno header", 400),
        (
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na@example.com",
            400,
        ),
        ("", "email=a@example.com", 415),
        ("application/x-www-form-urlencoded", "%ff%fe=%00&&&=", 422),
    ] {
        let answer = house.ask("POST", "subscribe", &format!("Content-Type: {kind}"), body);
        assert_eq!(answer.status, status, "{kind}: {answer:?}");
    }
    for request in [
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "POST /desk/subscribe HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /desk/subscribe HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        "GET /desk/subscribe HTTP/1.1\r\nHost: a\r\nX: a\r\n b\u{0}\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
    ] {
        let status = house::answer(&house.raw(format!("{request}\r\n\r\n").as_bytes())).status;
        assert!(matches!(status, 0 | 400 | 431 | 505), "{request:?}: {status}");
    }
    assert!(house.rows("intake").is_empty());
    assert_eq!(house.get("healthz").body, "ok\n", "and it goes on");
}

#[test]
fn who_is_slow_is_cut_off_and_holds_up_nobody() {
    let limits = Limits { time: Duration::from_millis(700), ..Limits::default() };
    let house = House::with(house::SITE, limits);
    let start = Instant::now();
    let slow: Vec<_> = [
        "GET /desk/subs",
        "POST /desk/subscribe HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 30\r\n\r\nema",
    ]
    .into_iter()
    .cycle()
    .take(40)
    .map(|bytes| {
        let mut stream = house.connect();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream
    })
    .collect();
    assert_eq!(house.get("subscribe").status, 200);
    for mut stream in slow {
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&rest));
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(house.rows("intake").is_empty());
}

#[test]
fn very_many_at_once_lose_nothing_and_double_nothing() {
    let house =
        House::limited("limits = { network_per_hour = 100000, domain_per_minute = 100000, total_per_minute = 100000 }");
    thread::scope(|scope| {
        for thread in 0..16 {
            let house = &house;
            scope.spawn(move || {
                for number in 0..10 {
                    let answer = house.subscribe(&format!("r{thread}-{number}@example.com"));
                    assert_eq!(answer.status, 200, "{answer:?}");
                }
            });
        }
    });
    assert_eq!(house.rows("intake").len(), 160);
    // One token, many times at once: one of them is taken.
    let token = house.form_token();
    let taken: usize = thread::scope(|scope| {
        let post = || house.script("subscribe", &[("email", "one@example.com"), ("token", &token)]).status;
        let all: Vec<_> = (0..16).map(|_| scope.spawn(post)).collect();
        all.into_iter().map(|one| usize::from(one.join().unwrap() == 200)).sum()
    });
    assert_eq!((taken, house.rows("intake").len()), (1, 161));
}

#[test]
fn one_link_pressed_many_times_at_once_is_used_once() {
    use letterpress::subscriber::status::Status;
    use letterpress::subscriber::token::Purpose;

    let house = House::open();
    let jane = house.reader("jane@example.com", Status::Pending);
    let path = format!("confirm/{}", house.link(jane, Purpose::Confirm, None));
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| assert_eq!(house.post(&path, &[]).title(), "You are subscribed"));
        }
    });
    assert_eq!((house.rows("consent").len(), house.rows("mailing").len()), (1, 1));
}

#[test]
fn a_list_that_cannot_be_written_is_said_to_the_owner_and_not_to_the_reader() {
    let house = House::open();
    let database = rusqlite::Connection::open(house.folder().join("list.sqlite3")).unwrap();
    database.execute("DROP TABLE intake", []).unwrap();
    let answer = house.subscribe("jane@example.com");
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("120")));
    assert!(answer.json()["message"].as_str().unwrap().contains("on our side"));
    assert!(!answer.body.contains("intake"), "{}", answer.body);
    let told = house.told.lock().unwrap().clone();
    assert!(told.len() == 1 && told[0].contains("intake") && !told[0].contains("jane"), "{told:?}");
}

//! What well-behaved clients get: pages, files, ranges, validators, redirects.

use std::fs;
use std::io::Write;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::TcpListener;
use std::sync::Arc;

use letterpress::transport::server::Limits;
use letterpress::transport::server::Listener;
use letterpress::transport::server::Responder;
use letterpress::transport::server::ServerError;
use letterpress::transport::server::Settings;
use letterpress::transport::server::Stop;
use letterpress::transport::server_answer::Answer;
use letterpress::transport::server_answer::Content;
use letterpress::transport::server_request::Asked;

use crate::client::PAGE;
use crate::client::PATIENCE;
use crate::client::Server;
use crate::client::read_until;
use crate::client::until;

fn settings(address: IpAddr, port: u16) -> Settings {
    Settings { address, port, hosts: Vec::new(), limits: Limits::default() }
}

/// A site without pages.
struct Nothing;

impl Responder for Nothing {
    fn respond(&self, _: &Asked) -> Answer {
        Answer::Content(Content::text(404, "nothing"))
    }
}

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[test]
fn a_page_comes_with_its_type_and_validator() {
    let server = Server::start();
    let page = server.ask("GET", "/?a=1%20&b", &["Accept: text/html,application/xhtml+xml;q=0.9"]);
    assert_eq!((page.status, page.text()), (200, PAGE));
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("content-length", "13"),
        ("cache-control", "no-cache"),
        ("etag", "\"v1\""),
        ("accept-ranges", "bytes"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    server.ask("GET", "/sty%6ce.css", &["Accept: text/css,*/*;q=0.1"]);
    let asked = server.asked.lock().unwrap();
    assert_eq!((asked[0].path.as_str(), asked[0].query.as_deref()), ("/", Some("a=1%20&b")));
    assert_eq!((asked[0].parameter("a").as_deref(), asked[0].parameter("c")), (Some("1 "), None));
    assert_eq!(asked[0].host, format!("localhost:{}", server.port));
    assert_eq!((asked[1].path.as_str(), &asked[1].query), ("/style.css", &None));
    assert_eq!((asked[0].wants_html, asked[1].wants_html), (true, false));
}

#[test]
fn head_is_get_without_the_body() {
    let server = Server::start();
    fs::write(server.folder.path().join("audio.mp3"), [7; 1000]).unwrap();
    for target in ["/", "/audio.mp3", "/nothing", "/moved", "/extra"] {
        let (get, head) = (server.get(target), server.ask("HEAD", target, &[]));
        assert_eq!(head.body, b"", "{target}");
        assert_eq!(head.status, get.status, "{target}");
        for name in ["content-length", "content-type", "etag", "location", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{target}: {name}");
        }
        assert_eq!(get.header("content-length").unwrap(), get.body.len().to_string(), "{target}");
    }
    let ranged = server.ask("HEAD", "/audio.mp3", &["Range: bytes=0-9"]);
    assert_eq!((ranged.status, ranged.header("content-length")), (200, Some("1000")));
    let events = server.ask("HEAD", "/events?page=/", &[]);
    assert_eq!((events.status, events.header("content-type")), (200, Some("text/event-stream")));
}

#[test]
fn what_the_browser_has_is_not_sent_again() {
    let server = Server::start();
    for tag in ["\"v1\"", "W/\"v1\"", "\"v0\", \"v1\"", "*"] {
        let answer = server.ask("GET", "/", &[&format!("If-None-Match: {tag}")]);
        assert_eq!((answer.status, answer.body.len(), answer.header("etag")), (304, 0, Some("\"v1\"")), "{tag}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
    }
    for tag in ["\"v2\"", "v1", "\"v\""] {
        let answer = server.ask("GET", "/", &[&format!("If-None-Match: {tag}")]);
        assert_eq!((answer.status, answer.text()), (200, PAGE), "{tag}");
    }
}

#[test]
fn parts_of_a_file_are_sent_where_they_are_asked_for() {
    let server = Server::start();
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    fs::write(server.folder.path().join("audio.mp3"), &bytes).unwrap();
    let whole = server.get("/audio.mp3");
    assert_eq!((whole.status, whole.header("content-type")), (200, Some("audio/mpeg")));
    assert!(whole.body == bytes);
    for (range, first, last) in [
        ("0-0", 0, 0),
        ("0-299999", 0, 299_999),
        ("100000-", 100_000, 299_999),
        ("65535-65536", 65_535, 65_536),
        ("-5", 299_995, 299_999),
        ("299990-400000", 299_990, 299_999),
    ] {
        let part = server.ask("GET", "/audio.mp3", &[&format!("Range: bytes={range}")]);
        assert_eq!(part.status, 206, "{range}");
        assert_eq!(part.header("content-range").unwrap(), format!("bytes {first}-{last}/300000"));
        assert_eq!(part.header("content-length").unwrap(), (last - first + 1).to_string());
        assert!(part.body == bytes[first..=last], "{range}");
    }
    let beyond = server.ask("GET", "/audio.mp3", &["Range: bytes=300000-"]);
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */300000")));
    let several = server.ask("GET", "/audio.mp3", &["Range: bytes=0-1,5-6"]);
    assert_eq!((several.status, several.body.len()), (200, 300_000));
    let same = server.ask("GET", "/audio.mp3", &["Range: bytes=0-4", "If-Range: \"f1\""]);
    assert_eq!((same.status, same.body.len()), (206, 5));
    for other in ["\"f0\"", "W/\"f1\"", "Mon, 01 Jan 2024 00:00:00 GMT", "nonsense"] {
        let answer = server.ask("GET", "/audio.mp3", &["Range: bytes=0-4", &format!("If-Range: {other}")]);
        assert_eq!((answer.status, answer.body.len()), (200, 300_000), "{other}");
    }
    let page = server.ask("GET", "/", &["Range: bytes=4-7"]);
    assert_eq!((page.status, page.text()), (206, "Page"));
    let missing = server.ask("GET", "/nothing", &["Range: bytes=0-1"]);
    assert_eq!((missing.status, missing.header("accept-ranges")), (404, None));
}

#[test]
fn a_file_that_is_gone_is_not_found() {
    let server = Server::start();
    assert_eq!(server.get("/gone.mp3").status, 404);
    assert_eq!(server.get("/folder.txt").status, 404);
    fs::write(server.folder.path().join("audio.mp3"), b"").unwrap();
    let empty = server.get("/audio.mp3");
    assert_eq!((empty.status, empty.header("content-length")), (200, Some("0")));
}

#[test]
fn redirects_and_further_headers() {
    let server = Server::start();
    let moved = server.get("/moved");
    assert_eq!((moved.status, moved.header("location")), (307, Some("/a%20b/%C3%A4?x=1")));
    assert_eq!(moved.header("cache-control"), Some("no-store"));
    let split = server.get("/split");
    assert_eq!((split.header("location"), split.header("set-cookie")), (Some("/%0D%0ASet-Cookie:%20a=b"), None));
    let extra = server.get("/extra");
    assert_eq!((extra.status, extra.header("x-version")), (404, Some("7")));
    assert_eq!(extra.header("cache-control"), Some("no-store"));
    assert_eq!(server.get("/broken").status, 500);
}

#[test]
fn one_connection_serves_many_requests() {
    let server = Server::start();
    let mut client = server.connect();
    for _ in 0..3 {
        client.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
        read_until(&mut client, PAGE);
    }
}

#[test]
fn a_taken_port_gives_way_to_the_next_free_one() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let first = taken.local_addr().unwrap().port();
    if first > u16::MAX - 10 {
        return;
    }
    let listener = Listener::bind(&settings(HERE, first)).unwrap();
    assert!(listener.port() > first && listener.port() < first + 50);
    assert_eq!(listener.address().ip(), HERE);
}

#[test]
fn an_address_that_cannot_be_bound_is_named() {
    let elsewhere = IpAddr::from([192, 0, 2, 1]);
    let error = Listener::bind(&settings(elsewhere, 4321)).unwrap_err();
    assert!(matches!(error, ServerError::Bind { .. }));
    assert!(error.to_string().starts_with("cannot listen on 192.0.2.1:4321: "), "{error}");
    // Somebody has the last port there is: this test, or another program.
    let _last = TcpListener::bind((Ipv4Addr::LOCALHOST, u16::MAX));
    let error = Listener::bind(&settings(HERE, u16::MAX)).unwrap_err();
    assert_eq!(error.to_string(), "cannot listen on 127.0.0.1: the ports from 65535 to 65535 are all taken");
    let hosts = vec!["not a name".to_owned()];
    let error = Listener::bind(&Settings { hosts, ..settings(HERE, 0) }).unwrap_err();
    assert_eq!(error.to_string(), "`not a name` is not a host name");
}

#[test]
fn it_stops_at_once_whatever_is_open() {
    let mut server = Server::start();
    let _stream = server.listen("/events?page=/");
    let mut slow = server.connect();
    slow.write_all(server.request("GET", "/slow", &[]).as_bytes()).unwrap();
    until("the slow page is asked for", || server.asked.lock().unwrap().len() == 2);
    assert!(server.end() < PATIENCE / 4);
    until("the port is free", || TcpListener::bind((Ipv4Addr::LOCALHOST, server.port)).is_ok());
    // Told before it began, it ends as soon as it begins.
    let listener = Listener::bind(&settings(HERE, 0)).unwrap();
    let stop = Stop::new();
    stop.stop();
    listener.serve(Arc::new(Nothing), &stop).unwrap();
}

//! What clients that mean harm get: a refusal, and never the others' place.

use std::io::Read;
use std::io::Write;
use std::time::Duration;
use std::time::Instant;

use letterpress::transport::server::Limits;

use crate::client::PAGE;
use crate::client::PATIENCE;
use crate::client::Server;
use crate::client::read;
use crate::client::read_until;
use crate::client::until;

#[test]
fn no_path_leaves_the_site() {
    let server = Server::start();
    for target in [
        "/..",
        "/../",
        "/../../etc/passwd",
        "/a/../../etc/passwd",
        "/./x",
        "/%2e%2e/etc/passwd",
        "/%2E%2E/etc/passwd",
        "/.%2e/etc/passwd",
        "/..%2fetc%2fpasswd",
        "/%2e%2e%2fetc%2fpasswd",
        "/..%5cwin.ini",
        "/..\\win.ini",
        "/%252e%252e/etc/passwd",
        "/%252e%252e%252fetc/passwd",
        "/%c0%ae%c0%ae/etc/passwd",
        "/%e0%80%ae%e0%80%ae/etc/passwd",
        "/%c0%afetc/passwd",
        "/a%00.html",
        "/a%0d%0aX:%20y",
        "//etc/passwd",
        "/a//b",
        "//evil.example/",
        "/\u{2025}/..",
        "http://evil.example/",
        "http://localhost/",
        "http://localhost/../x",
        "..",
        "etc/passwd",
        "*",
    ] {
        let answer = server.get(target);
        assert!(matches!(answer.status, 400 | 404), "{target}: {}", answer.head);
    }
    assert_eq!(*server.asked.lock().unwrap(), []);
    assert_eq!(server.get("/%2E%2E%2E").status, 404);
    assert_eq!(server.asked.lock().unwrap()[0].path, "/...");
}

#[test]
fn only_its_own_host_names_are_answered_for() {
    let server = Server::with(Limits::default(), 1, &["blog.test", "Blög.example", "192.0.2.7", "2001:db8::1"]);
    let status =
        |host: &str| server.raw(format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes());
    for host in [
        "localhost",
        "LOCALHOST:1",
        "localhost:3000",
        "my-blog.localhost",
        "127.0.0.1",
        "127.0.0.1:80",
        "[::1]",
        "[::1]:8000",
        "blog.test:3000",
        "BLOG.test",
        "xn--blg-tna.example",
        "192.0.2.7",
        "[2001:DB8:0::1]:80",
    ] {
        assert_eq!(status(host).status, 200, "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:3000",
        "localhost.evil.example",
        "evillocalhost",
        "127.0.0.1.evil.example",
        "127.0.0.2",
        "10.0.0.1",
        "[::2]",
        "sub.blog.test",
        "blog.test.",
    ] {
        let answer = status(host);
        assert_eq!(answer.status, 403, "{host}");
        let name = host.trim_end_matches(":3000");
        assert!(answer.text().contains(&format!("start it with `--host {name}`")), "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    }
    for host in ["", "a b", "localhost@evil.example", "evil.example@localhost", "localhost/", "<script>", ":80", "[::1"]
    {
        assert_eq!(status(host).status, 400, "{host}");
    }
    for request in [
        "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        "GET http://localhost/ HTTP/1.1\r\nConnection: close\r\n\r\n",
    ] {
        assert_eq!(server.raw(request.as_bytes()).status, 400, "{request}");
    }
    let foreign = "GET http://localhost/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert_eq!(server.raw(foreign.as_bytes()).status, 403);
}

#[test]
fn nothing_but_get_and_head() {
    let server = Server::start();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let answer = server.ask(method, "/", &["Content-Length: 0"]);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    let body = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\nabc";
    assert_eq!(server.raw(body.as_bytes()).status, 405);
    assert_eq!(server.raw(b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 405);
    assert_eq!(*server.asked.lock().unwrap(), []);
}

#[test]
fn events_are_for_its_own_pages() {
    let server = Server::start();
    let port = server.port;
    for header in [
        "Origin: http://evil.example".to_owned(),
        "Origin: null".to_owned(),
        "Origin: http://localhost:1".to_owned(),
        format!("Origin: http://127.0.0.1:{port}"),
        "Sec-Fetch-Site: cross-site".to_owned(),
        "Sec-Fetch-Site: same-site".to_owned(),
    ] {
        let mut client = server.connect();
        client.write_all(server.request("GET", "/events?page=/", &[&header]).as_bytes()).unwrap();
        let head = read_until(&mut client, "\r\n\r\n");
        assert!(head.starts_with("HTTP/1.1 403"), "{header}: {head}");
    }
    until("those who were refused are no tabs", || server.streams.tabs().is_empty());
    for header in [format!("Origin: http://localhost:{port}"), "Sec-Fetch-Site: same-origin".to_owned()] {
        assert_eq!(server.ask("HEAD", "/events?page=/", &[&header]).status, 200, "{header}");
    }
    // A link from elsewhere to a page is fine.
    assert_eq!(server.ask("GET", "/", &["Sec-Fetch-Site: cross-site"]).status, 200);
}

#[test]
fn headers_that_are_too_large_are_refused() {
    let server = Server::start();
    let huge = format!("X-Huge: {}", "x".repeat(20_000));
    assert_eq!(server.ask("GET", "/", &[&huge]).status, 431);
    let many: Vec<String> = (0..150).map(|n| format!("X-{n}: 1")).collect();
    assert_eq!(server.ask("GET", "/", &many.iter().map(String::as_str).collect::<Vec<_>>()).status, 431);
    let long = format!("/{}", "x".repeat(20_000));
    assert!(matches!(server.get(&long).status, 414 | 431));
    let large = format!("X-Large: {}", "x".repeat(12_000));
    assert_eq!(server.ask("GET", "/", &[&large]).status, 200);
}

#[test]
fn a_client_that_dawdles_is_let_go() {
    let limits = Limits { header_time: Duration::from_millis(300), ..Limits::default() };
    let server = Server::with(limits, 1, &[]);
    let begin = Instant::now();
    let mut dawdler = server.connect();
    dawdler.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-").unwrap();
    let mut silent = server.connect();
    // It sends a little now and then, which does not help it.
    let mut dripping = server.connect();
    let dripped = std::thread::spawn(move || {
        dripping.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n").unwrap();
        while dripping.write_all(b"X: 1\r\n").is_ok() && begin.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let mut rest = Vec::new();
    // It may be told why (status 408) or not.
    let _ = dawdler.read_to_end(&mut rest);
    let _ = silent.read_to_end(&mut rest);
    dripped.join().unwrap();
    assert!(begin.elapsed() < PATIENCE / 2, "{:?}", begin.elapsed());
    assert_eq!(server.get("/").text(), PAGE);
}

#[test]
fn a_client_that_does_not_read_is_let_go() {
    let limits = Limits { write_time: Duration::from_millis(300), connections: 1, ..Limits::default() };
    let server = Server::with(limits, 1, &[]);
    std::fs::File::create(server.folder.path().join("audio.mp3")).unwrap().set_len(1 << 30).unwrap();
    let mut greedy = server.connect();
    greedy.write_all(server.request("GET", "/audio.mp3", &[]).as_bytes()).unwrap();
    // There is only one place, so this is answered when the other has lost it.
    assert_eq!(server.get("/").text(), PAGE);
    drop(greedy);
}

#[test]
fn too_many_connections_wait_until_one_ends() {
    let limits = Limits { connections: 4, ..Limits::default() };
    let server = Server::with(limits, 1, &[]);
    let idle: Vec<_> = (0..4).map(|_| server.connect()).collect();
    let mut waiting = server.connect();
    waiting.write_all(server.request("GET", "/", &[]).as_bytes()).unwrap();
    waiting.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(waiting.read(&mut [0]).is_err(), "it was answered beside four others");
    drop(idle);
    waiting.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(read(waiting).text(), PAGE);
}

#[test]
fn noise_is_no_request() {
    let server = Server::start();
    for noise in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a browser that wants TLS\r\n\r\n"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n\r\n\r\n\r\nGET\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ] {
        let mut client = server.connect();
        client.write_all(noise).unwrap();
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
    }
    assert_eq!(server.get("/").text(), PAGE);
}

#[test]
fn a_panic_is_an_error_and_the_server_lives() {
    let server = Server::start();
    for _ in 0..3 {
        assert_eq!(server.get("/panic").status, 500);
    }
    assert_eq!(server.get("/").text(), PAGE);
}

#[test]
fn a_slow_page_keeps_no_other_waiting() {
    let server = Server::start();
    let slow: Vec<_> = (0..20)
        .map(|_| {
            let mut client = server.connect();
            client.write_all(server.request("GET", "/slow", &[]).as_bytes()).unwrap();
            client
        })
        .collect();
    until("all are asked for", || server.asked.lock().unwrap().len() == 20);
    assert_eq!(server.get("/").text(), PAGE);
    drop(slow);
}

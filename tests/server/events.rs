//! Open tabs: they hear what is sent, disappear when they are closed, and never hold up anything.

use std::io::Write;

use letterpress::transport::server::Limits;
use letterpress::transport::streams::Event;

use crate::client::PAGE;
use crate::client::Server;
use crate::client::read_until;
use crate::client::until;

fn event(data: &str) -> Event {
    Event { name: "reload", data: data.to_owned() }
}

#[test]
fn a_tab_hears_what_is_sent() {
    let server = Server::start();
    let mut client = server.connect();
    client.write_all(server.request("GET", "/events?page=%2Fa%2F&version=v1", &[]).as_bytes()).unwrap();
    let head = read_until(&mut client, "\r\n\r\n").to_lowercase();
    for line in ["http/1.1 200", "content-type: text/event-stream", "cache-control: no-store"] {
        assert!(head.contains(line), "{line}: {head}");
    }
    let begin = read_until(&mut client, "data: {}\n\n");
    assert!(begin.contains("retry: 500") && begin.contains("event: hello\n"), "{begin}");
    let tabs = server.streams.tabs();
    assert_eq!((tabs.len(), tabs[0].page.as_str(), tabs[0].version.as_deref()), (1, "/a/", Some("v1")));
    let mut other = server.listen("/events?page=/b/");
    read_until(&mut other, "data: {}\n\n");
    server.streams.broadcast(&event("{\"all\":1}"));
    assert!(server.streams.send(tabs[0].id, event("{\"one\":1}")));
    read_until(&mut client, "event: reload\ndata: {\"all\":1}\n\n");
    read_until(&mut client, "event: reload\ndata: {\"one\":1}\n\n");
    server.streams.broadcast(&event("{\"last\":1}"));
    let heard = read_until(&mut other, "data: {\"last\":1}\n\n");
    assert!(!heard.contains("one"), "{heard}");
}

#[test]
fn a_closed_tab_disappears() {
    let server = Server::start();
    let first = server.listen("/events?page=/a/");
    let second = server.listen("/events?page=/b/");
    assert_eq!(server.streams.tabs().len(), 2);
    drop(first);
    // Nothing is sent: that the connection ended is enough.
    until("the closed tab is gone", || server.streams.tabs().len() == 1);
    assert_eq!(server.streams.tabs()[0].page, "/b/");
    drop(second);
    until("all are gone", || server.streams.tabs().is_empty());
}

#[test]
fn a_tab_that_does_not_read_is_dropped() {
    let server = Server::start();
    let deaf = server.listen("/events?page=/deaf/");
    let mut reader = server.listen("/events?page=/reader/");
    read_until(&mut reader, "data: {}\n\n");
    let large = format!("\"{}\"", "x".repeat(256 << 10));
    let mut sent = 0;
    // What the kernel holds for a connection has to fill up first.
    while server.streams.tabs().len() == 2 {
        assert!(sent < 1000, "it is still listed after {sent} events");
        server.streams.broadcast(&event(&large));
        read_until(&mut reader, "x\"\n\n");
        sent += 1;
    }
    assert_eq!(server.streams.tabs()[0].page, "/reader/");
    drop(deaf);
}

#[test]
fn a_thousand_tabs_leave_room_for_pages() {
    const LIMIT: usize = 200;
    let server = Server::with(Limits { connections: LIMIT + 50, ..Limits::default() }, LIMIT, &[]);
    let mut open = Vec::new();
    let mut refused = 0;
    for n in 0..1000 {
        let mut client = server.connect();
        let target = format!("/events?page=/{n}/");
        client.write_all(server.request("GET", &target, &[]).as_bytes()).unwrap();
        let head = read_until(&mut client, "\r\n\r\n");
        if head.starts_with("HTTP/1.1 503") {
            refused += 1;
        } else {
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            open.push(client);
        }
    }
    assert_eq!((open.len(), refused), (LIMIT, 800));
    assert_eq!(server.get("/").text(), PAGE);
    server.streams.broadcast(&event("{\"n\":1}"));
    for client in &mut open {
        read_until(client, "data: {\"n\":1}\n\n");
    }
    assert_eq!(server.get("/").text(), PAGE);
    drop(open);
    until("all are gone", || server.streams.tabs().is_empty());
    server.listen("/events?page=/again/");
}

//! A server on a free port, and a client that sends exactly the bytes it is told to.

use std::io::Read;
use std::io::Write;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use letterpress::transport::mime::mime;
use letterpress::transport::server::Limits;
use letterpress::transport::server::Listener;
use letterpress::transport::server::Responder;
use letterpress::transport::server::Settings;
use letterpress::transport::server::Stop;
use letterpress::transport::server_answer::Answer;
use letterpress::transport::server_answer::Content;
use letterpress::transport::server_answer::Payload;
use letterpress::transport::server_request::Asked;
use letterpress::transport::streams::Event;
use letterpress::transport::streams::Streams;

/// How long anything is waited for before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const PAGE: &str = "<h1>Page</h1>";

/// A running server with a few addresses; it stops when dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) streams: Streams,
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
    pub(crate) stop: Stop,
    serving: Option<JoinHandle<()>>,
    pub(crate) folder: tempfile::TempDir,
}

struct Site {
    streams: Streams,
    asked: Arc<Mutex<Vec<Asked>>>,
    folder: PathBuf,
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Responder for Site {
    fn respond(&self, asked: &Asked) -> Answer {
        self.asked.lock().unwrap().push(asked.clone());
        let file = |name: &str| {
            let body = Payload::File(self.folder.join(name));
            Content { status: 200, mime: mime(name), body, etag: Some("f1".into()), headers: Vec::new() }
        };
        match asked.path.as_str() {
            "/" => Answer::Content(Content::bytes(&mime("/index.html"), PAGE.as_bytes(), Some("v1".into()))),
            "/audio.mp3" => Answer::Content(file("audio.mp3")),
            "/gone.mp3" => Answer::Content(file("gone.mp3")),
            "/folder.txt" => Answer::Content(file("")),
            "/moved" => Answer::Moved { to: "/a b/ä?x=1".into() },
            "/split" => Answer::Moved { to: "/\r\nSet-Cookie: a=b".into() },
            "/panic" => panic!("as it should"),
            "/slow" => {
                thread::sleep(PATIENCE * 2);
                Answer::Content(Content::text(200, "late"))
            }
            "/extra" => {
                let headers = vec![("X-Version".into(), "7".into()), ("Cache-Control".into(), "no-store".into())];
                Answer::Content(Content { headers, ..Content::text(404, "no") })
            }
            "/broken" => {
                let headers = vec![("X".into(), "a\r\nY: b".into())];
                Answer::Content(Content { headers, ..Content::text(200, "no") })
            }
            "/events" => {
                let page = asked.parameter("page").unwrap_or_default();
                let hello = Event { name: "hello", data: "{}".into() };
                match self.streams.subscribe(page, asked.parameter("version"), vec![hello]) {
                    Some(subscription) => Answer::Events(subscription),
                    None => Answer::Content(Content::text(503, "Too many tabs.")),
                }
            }
            _ => Answer::Content(Content::text(404, "nothing")),
        }
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(Limits::default(), 100, &[])
    }

    pub(crate) fn with(limits: Limits, tabs: usize, hosts: &[&str]) -> Self {
        let hosts = hosts.iter().map(|name| (*name).to_owned()).collect();
        let settings = Settings { address: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 0, hosts, limits };
        let listener = Listener::bind(&settings).unwrap();
        let port = listener.port();
        let (streams, asked, stop) = (Streams::new(tabs), Arc::default(), Stop::new());
        let folder = tempfile::tempdir().unwrap();
        let site = Site { streams: streams.clone(), asked: Arc::clone(&asked), folder: folder.path().to_owned() };
        let until = stop.clone();
        let serving = Some(thread::spawn(move || listener.serve(Arc::new(site), &until).unwrap()));
        Self { port, streams, asked, stop, serving, folder }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let client = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client
    }

    /// Sends these bytes and nothing more, and reads until the server hangs up.
    pub(crate) fn raw(&self, request: &[u8]) -> Answered {
        let mut client = self.connect();
        client.write_all(request).unwrap();
        read(client)
    }

    /// A request in good order, for `target`, with these further header lines.
    pub(crate) fn ask(&self, method: &str, target: &str, headers: &[&str]) -> Answered {
        self.raw(self.request(method, target, headers).as_bytes())
    }

    pub(crate) fn get(&self, target: &str) -> Answered {
        self.ask("GET", target, &[])
    }

    pub(crate) fn request(&self, method: &str, target: &str, headers: &[&str]) -> String {
        let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
        let port = self.port;
        format!("{method} {target} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n{lines}\r\n")
    }

    /// An event stream, with its head read.
    pub(crate) fn listen(&self, target: &str) -> TcpStream {
        let mut client = self.connect();
        client.write_all(self.request("GET", target, &[]).as_bytes()).unwrap();
        let head = read_until(&mut client, "\r\n\r\n");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        client
    }

    /// Tells the server to stop, and says how long it took.
    pub(crate) fn end(&mut self) -> Duration {
        let begin = Instant::now();
        self.stop.stop();
        self.serving.take().unwrap().join().unwrap();
        begin.elapsed()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

impl Answered {
    /// The value of a header that is there once at most.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        values.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}

/// Reads until the server hangs up; a reset after the answer is as good.
pub(crate) fn read(mut client: TcpStream) -> Answered {
    let mut bytes = Vec::new();
    let ended = client.read_to_end(&mut bytes);
    assert!(!bytes.is_empty(), "no answer: {ended:?}");
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answered { status, head, body: bytes[end + 4..].to_vec() }
}

/// Reads until `text` has come, and nothing after it; fails where the server hangs up or keeps silent before.
pub(crate) fn read_until(client: &mut TcpStream, text: &str) -> String {
    let mut bytes = Vec::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        let count = client.peek(&mut piece).unwrap_or_default();
        assert!(count > 0, "`{text}` did not come: {}", String::from_utf8_lossy(&bytes));
        let known = bytes.len();
        bytes.extend_from_slice(&piece[..count]);
        let from = known.saturating_sub(text.len());
        let found = bytes[from..].windows(text.len()).position(|window| window == text.as_bytes());
        let end = found.map_or(bytes.len(), |at| from + at + text.len());
        client.read_exact(&mut piece[..end - known]).unwrap();
        bytes.truncate(end);
        if found.is_some() {
            return String::from_utf8(bytes).unwrap();
        }
    }
}

/// Waits until something is so.
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

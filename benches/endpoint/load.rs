//! Readers who subscribe, on connections that stay open.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// When readers begin.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// So many, as fast as it goes.
    Readers(usize),
    /// So many a second, so many in all, whatever the answers take.
    Rate { rate: usize, count: usize },
    /// As fast as it goes, for so long.
    Time(Duration),
}

/// What was measured.
#[derive(Default)]
pub(crate) struct Load {
    /// The numbers of those who were answered with 200.
    pub(crate) readers: Vec<usize>,
    pub(crate) time: Duration,
    pub(crate) tokens: Vec<Duration>,
    pub(crate) forms: Vec<Duration>,
    /// From when a reader was to begin to the last answer.
    pub(crate) waits: Vec<Duration>,
}

/// The address of a reader.
pub(crate) fn address(number: usize) -> String {
    format!("reader{number}@host{}.example", number % 997)
}

/// Lets readers subscribe, numbered from `first`. Every answer must be good.
pub(crate) fn run(port: u16, first: usize, connections: usize, pace: Pace) -> Result<Load, String> {
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let parts: Vec<Result<Load, String>> = thread::scope(|scope| {
        let work = || one_connection(port, first, &next, begun, pace);
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a reader fell".into()))).collect()
    });
    let mut all = Load { time: begun.elapsed(), ..Load::default() };
    for part in parts {
        let part = part?;
        all.readers.extend(part.readers);
        all.tokens.extend(part.tokens);
        all.forms.extend(part.forms);
        all.waits.extend(part.waits);
    }
    Ok(all)
}

fn one_connection(port: u16, first: usize, next: &AtomicUsize, begun: Instant, pace: Pace) -> Result<Load, String> {
    let mut client = Client::open(port)?;
    let mut load = Load::default();
    loop {
        if matches!(pace, Pace::Time(time) if begun.elapsed() >= time) {
            return Ok(load);
        }
        let number = next.fetch_add(1, Ordering::Relaxed);
        let appointed = match pace {
            Pace::Readers(count) | Pace::Rate { count, .. } if number >= count => return Ok(load),
            Pace::Rate { rate, .. } => begun + Duration::from_secs_f64(number as f64 / rate as f64),
            Pace::Readers(_) | Pace::Time(_) => Instant::now(),
        };
        thread::sleep(appointed.saturating_duration_since(Instant::now()));
        let start = Instant::now();
        let answer = client.ask("GET /desk/form-token", "")?;
        load.tokens.push(start.elapsed());
        let token = answer.split("\"token\":\"").nth(1).and_then(|rest| rest.split('"').next());
        let token = token.ok_or_else(|| format!("no token: {answer}"))?;
        let address = address(first + number);
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("email", address.as_str()), ("token", token), ("page", "https://news.example/about/")])
            .finish();
        let start = Instant::now();
        client.ask("POST /desk/subscribe", &form)?;
        load.forms.push(start.elapsed());
        load.waits.push(appointed.elapsed());
        load.readers.push(first + number);
    }
}

struct Client(BufReader<TcpStream>);

impl Client {
    fn open(port: u16) -> Result<Self, String> {
        let stream = TcpStream::connect(("127.0.0.1", port)).map_err(|error| format!("cannot connect: {error}"))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).map_err(|error| error.to_string())?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request, and gives the body of the answer, which must be 200.
    fn ask(&mut self, what: &str, form: &str) -> Result<String, String> {
        let headers = "Host: letters.example\r\nOrigin: https://news.example\r\nAccept: application/json\r\n";
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        let length = if form.is_empty() { String::new() } else { format!("{kind}Content-Length: {}\r\n", form.len()) };
        let request = format!("{what} HTTP/1.1\r\n{headers}{length}\r\n{form}");
        let failed = |error: std::io::Error| format!("{what}: {error}");
        self.0.get_mut().write_all(request.as_bytes()).map_err(failed)?;
        let (mut status, mut length) = (String::new(), 0);
        self.0.read_line(&mut status).map_err(failed)?;
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).map_err(failed)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some((_, value)) =
                line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            {
                length = value.trim().parse().map_err(|_| format!("{what}: {line}"))?;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).map_err(failed)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        if status.starts_with("HTTP/1.1 200 ") { Ok(body) } else { Err(format!("{what}: {status}{body}")) }
    }
}

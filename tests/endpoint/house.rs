//! A desk at a free port, with a list in a temporary folder, a clock that is set by hand, and a client that sends exactly the bytes it is told to.

use std::collections::BTreeMap;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use letterpress::config::read as config_read;
use letterpress::config::site::Config;
use letterpress::config::site::Overrides;
use letterpress::diagnostic::source::Source;
use letterpress::edition::service::ServicePress;
use letterpress::files::tree::FileTree;
use letterpress::store::Place;
use letterpress::store::Store;
use letterpress::store::links;
use letterpress::store::links::NewLink;
use letterpress::store::subscribers;
use letterpress::store::subscriptions;
use letterpress::subscriber::consent::Consent;
use letterpress::subscriber::consent::Source as ConsentSource;
use letterpress::subscriber::keys;
use letterpress::subscriber::keys::KeyRing;
use letterpress::subscriber::roster::entry::Name;
use letterpress::subscriber::status::Status;
use letterpress::subscriber::subscriber::Handle;
use letterpress::subscriber::subscriber::SubscriberId;
use letterpress::subscriber::subscriber::Subscription;
use letterpress::subscriber::token::Purpose;
use letterpress::subscriber::token::Token;
use letterpress::theme;
use letterpress::transport::endpoint::Endpoint;
use letterpress::transport::endpoint::Limits;
use letterpress::transport::endpoint::Settings;
use letterpress::transport::endpoint::Stop;
use letterpress::value::address::EmailAddress;
use letterpress::workflow::subscribe;
use letterpress::workflow::subscribe::Desk;
use letterpress::workflow::subscribe::Parts;

pub(crate) const SITE: &str = r#"
title = "Proof & Post"
base_url = "https://news.example/"
[subscribe]
endpoint = "https://letters.example/desk/"
origins = ["https://www.news.example"]
redirects = ["https://news.example/thanks/"]
from = "Proof & Post <post@news.example>"
promise = "Twice a month."
welcome = { posts = 3 }
[newsletters.digest]
name = "The Digest"
[newsletters.notes]
name = "Margin Notes"
[blocks.lead]
title = "Ready to get started?"
options = ["a printer", "a typeface"]
"#;

/// The origin of the site's own pages.
pub(crate) const HOME: &str = "https://news.example";

/// A running endpoint; it stops when dropped.
pub(crate) struct House {
    pub(crate) port: u16,
    pub(crate) store: Store,
    pub(crate) keys: KeyRing,
    /// What the owner was told.
    pub(crate) told: Arc<Mutex<Vec<String>>>,
    pub(crate) woken: Arc<AtomicUsize>,
    clock: Arc<AtomicI64>,
    stop: Stop,
    serving: Option<JoinHandle<()>>,
    folder: tempfile::TempDir,
}

/// An answer that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// A reader who is on the list.
#[derive(Clone, Copy)]
pub(crate) struct Reader {
    pub(crate) id: SubscriberId,
    pub(crate) handle: Handle,
}

pub(crate) fn config(text: &str) -> Arc<Config> {
    let (config, report) = config_read::read(&Source::new("site.toml", text), &Overrides::default());
    assert!(!report.has_errors(), "{:?}", report.diagnostics());
    Arc::new(config.unwrap())
}

impl House {
    pub(crate) fn open() -> Self {
        Self::with(SITE, Limits::default())
    }

    /// With these lines in `[subscribe]`.
    pub(crate) fn limited(lines: &str) -> Self {
        Self::with(&SITE.replace("promise =", &format!("{lines}\npromise =")), Limits::default())
    }

    pub(crate) fn with(site: &str, limits: Limits) -> Self {
        let config = config(site);
        let described = config.subscribe.endpoint.clone().unwrap();
        let (theme, _) = theme::load("broadside", None, &FileTree::new());
        let (pages, report) = ServicePress::new(&config, &Arc::new(theme.unwrap()), &BTreeMap::new());
        assert!(report.is_empty(), "{:?}", report.diagnostics());
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Place::Sqlite(folder.path().join("list.sqlite3"))).unwrap();
        let start = "2026-11-23T12:00:00Z".parse::<Timestamp>().unwrap();
        let keys = KeyRing::generate(start).unwrap();
        let clock = Arc::new(AtomicI64::new(start.as_microsecond()));
        let (told, woken) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let now = Arc::clone(&clock);
        let (teller, waker) = (Arc::clone(&told), Arc::clone(&woken));
        let settings = Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            root: described.url.root().to_owned(),
            trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
            origins: subscribe::origins(&config, &described),
            policy: subscribe::policy(&config, &described),
            limits,
        };
        let desk = Desk::new(Parts {
            config,
            endpoint: described,
            keys: keys.clone(),
            store: store.clone(),
            pages: pages.unwrap(),
            now: Arc::new(move || Timestamp::from_microsecond(now.load(Ordering::SeqCst)).unwrap()),
            waker: Arc::new(move || {
                waker.fetch_add(1, Ordering::SeqCst);
            }),
            teller: Arc::new(move |line| teller.lock().unwrap().push(line.to_owned())),
        });
        let endpoint = Endpoint::bind(settings).unwrap();
        let port = endpoint.address().port();
        let stop = Stop::new();
        let told_to = stop.clone();
        let serving = thread::spawn(move || endpoint.serve(Arc::new(desk), &told_to).unwrap());
        Self { port, store, keys, told, woken, clock, stop, serving: Some(serving), folder }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.clock.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        self.clock.fetch_add(i64::try_from(time.as_micros()).unwrap(), Ordering::SeqCst);
    }

    /// Sends bytes; reads what comes until the other side closes.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // Whoever is refused early may find the door closed before having said all.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// A request with headers of its own, one a line.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let lines: String = headers.lines().map(|line| format!("{line}\r\n")).collect();
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/desk/{path}") };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: letters.example\r\nConnection: close\r\n{lines}{length}\r\n{body}"
        );
        answer(&self.raw(request.as_bytes()))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", "")
    }

    /// A form that a browser without a script sends from our own page, which has no referrer.
    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_with(path, "Origin: null", form)
    }

    pub(crate) fn post_with(&self, path: &str, headers: &str, form: &[(&str, &str)]) -> Answer {
        let headers = format!("Content-Type: application/x-www-form-urlencoded\n{headers}");
        self.ask("POST", path, &headers, &encoded(form))
    }

    /// A form that the theme's script sends.
    pub(crate) fn script(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_with(path, &format!("Origin: {HOME}\nAccept: application/json"), form)
    }

    /// As the script does it: a token, then the form.
    pub(crate) fn subscribe(&self, address: &str) -> Answer {
        self.script("subscribe", &[("email", address), ("token", &self.form_token())])
    }

    pub(crate) fn form_token(&self) -> String {
        let answer = self.ask("GET", "form-token", &format!("Origin: {HOME}\nAccept: application/json"), "");
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// Puts a reader on the list, at the newsletter `digest`.
    pub(crate) fn reader(&self, address: &str, status: Status) -> Reader {
        let (address, now) = (EmailAddress::parse(address).unwrap(), self.now());
        let handle = keys::random::<16>().unwrap();
        let id = self.store.write(move |sql| {
            let id = subscribers::insert(sql, &address, &Name::default(), now)?;
            let consent = Consent { asked: Some(now), ..Consent::unproved(ConsentSource::Form) };
            let newsletter = "digest".into();
            subscriptions::put(
                sql,
                &Subscription { subscriber: id, newsletter, status, handle, changed: now, consent },
            )?;
            Ok(id)
        });
        Reader { id: id.unwrap(), handle }
    }

    /// The token of a new link, as a notice would have it.
    pub(crate) fn link(&self, reader: Reader, purpose: Purpose, data: Option<&str>) -> String {
        let (now, id) = (self.now(), keys::random::<16>().unwrap());
        let expires = now + SignedDuration::from_mins(30);
        let data = data.map(str::to_owned);
        let link = NewLink {
            id,
            purpose: purpose.word(),
            subscriber: reader.id,
            newsletter: Some("digest".into()),
            data,
            created: now,
            expires,
        };
        self.store.write(move |sql| links::create(sql, &link)).unwrap();
        Token { purpose, id, expires: Some(expires) }.sign(&self.keys)
    }

    /// The token in every issue.
    pub(crate) fn handle(&self, reader: Reader, purpose: Purpose) -> String {
        Token { purpose, id: reader.handle, expires: None }.sign(&self.keys)
    }

    pub(crate) fn status(&self, reader: Reader) -> Option<Status> {
        self.status_of(reader.id, "digest")
    }

    pub(crate) fn status_of(&self, reader: SubscriberId, newsletter: &'static str) -> Option<Status> {
        let found = self.store.read(|sql| subscriptions::get(sql, reader, newsletter)).unwrap();
        found.map(|own| own.status)
    }

    /// All rows of all tables, as text.
    pub(crate) fn dump(&self) -> BTreeMap<String, Vec<String>> {
        let database = rusqlite::Connection::open(self.folder.path().join("list.sqlite3")).unwrap();
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let mut names = database.prepare(names).unwrap();
        let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let rows = |name: &String| {
            let mut all = database.prepare(&format!("SELECT * FROM {name}")).unwrap();
            let columns: Vec<String> = all.column_names().map(str::to_owned).collect();
            let rows = all.query_map([], |row| {
                let cell = |(at, name): (usize, &String)| {
                    let value: rusqlite::types::Value = row.get(at)?;
                    Ok(format!("{name}={value:?}"))
                };
                Ok(columns.iter().enumerate().map(cell).collect::<Result<Vec<_>, rusqlite::Error>>()?.join(" "))
            });
            let mut rows: Vec<String> = rows.unwrap().map(Result::unwrap).collect();
            rows.sort();
            rows
        };
        names.iter().map(|name| (name.clone(), rows(name))).collect()
    }

    pub(crate) fn rows(&self, table: &str) -> Vec<String> {
        self.dump().remove(table).unwrap()
    }

    /// The folder of the list.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(serving) = self.serving.take() {
            let outcome = serving.join();
            assert!(thread::panicking() || outcome.is_ok());
        }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The heading of the page.
    pub(crate) fn title(&self) -> &str {
        let start = self.body.find("<h1>").unwrap_or_else(|| panic!("no page: {self:?}")) + 4;
        let end = self.body[start..].find("</h1>").unwrap();
        &self.body[start..start + end]
    }

    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> Option<String> {
        let start = self.body.find(&format!("type=\"hidden\" name=\"{name}\" value=\""))?;
        let value = self.body[start..].split('"').nth(5)?;
        Some(value.replace("&amp;", "&").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">"))
    }

    /// Where the forms of the page post, below the endpoint.
    pub(crate) fn actions(&self) -> Vec<String> {
        let parts = self.body.split("action=\"https://letters.example/desk/").skip(1);
        parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
    }
}

/// Takes an answer apart.
pub(crate) fn answer(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
    // The time is no part of what is compared.
    let lines = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("date:"));
    // Nor are marks that no line ends here.
    Answer { status, head: lines.collect::<Vec<_>>().join("\n"), body: body.replace('\u{2060}', "") }
}

pub(crate) fn encoded(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

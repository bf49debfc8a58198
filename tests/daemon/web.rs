//! What a browser sends, and what comes back. The daemon stands behind `https://letters.example/desk/`.

use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// The origin of the site's own pages.
pub(crate) const HOME: &str = "https://news.example";

/// Where the daemon's addresses are.
pub(crate) const DESK: &str = "https://letters.example/desk/";

/// A browser before one daemon.
#[derive(Clone, Copy)]
pub(crate) struct Browser {
    port: u16,
}

/// An answer that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// 0 where the connection broke.
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn new(port: u16) -> Self {
        Self { port }
    }

    /// A whole address, or one below the desk.
    fn path(place: &str) -> String {
        format!("/desk/{}", place.strip_prefix(DESK).unwrap_or(place))
    }

    /// The octets of a request.
    pub(crate) fn octets(method: &str, place: &str, headers: &str, body: &str) -> String {
        let length = if method == "POST" { format!("Content-Length: {}\r\n", body.len()) } else { String::new() };
        let lines: String = headers.lines().map(|line| format!("{line}\r\n")).collect();
        let path = Self::path(place);
        format!("{method} {path} HTTP/1.1\r\nHost: letters.example\r\nConnection: close\r\n{lines}{length}\r\n{body}")
    }

    pub(crate) fn connect(&self) -> Option<TcpStream> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
        Some(stream)
    }

    pub(crate) fn ask(&self, method: &str, place: &str, headers: &str, body: &str) -> Answer {
        let mut octets = Vec::new();
        if let Some(mut stream) = self.connect()
            && stream.write_all(Self::octets(method, place, headers, body).as_bytes()).is_ok()
        {
            let _ = stream.read_to_end(&mut octets);
        }
        answer(&octets)
    }

    pub(crate) fn get(&self, place: &str) -> Answer {
        self.ask("GET", place, "", "")
    }

    /// A form of one of the daemon's own pages, which have no referrer.
    pub(crate) fn post(&self, place: &str, form: &[(&str, &str)]) -> Answer {
        self.post_as(place, "Origin: null", form)
    }

    pub(crate) fn post_as(&self, place: &str, headers: &str, form: &[(&str, &str)]) -> Answer {
        let headers = format!("Content-Type: application/x-www-form-urlencoded\n{headers}");
        self.ask("POST", place, &headers, &encoded(form))
    }

    /// As the theme's script does it: a token, then the form.
    pub(crate) fn script(&self, place: &str, form: &[(&str, &str)]) -> Answer {
        let headers = format!("Origin: {HOME}\nAccept: application/json");
        let asked = self.ask("GET", "form-token", &headers, "");
        let Some(token) = asked.json().and_then(|json| Some(json["token"].as_str()?.to_owned())) else { return asked };
        let form = [form, &[("token", token.as_str()), ("page", "https://news.example/about/")]].concat();
        self.post_as(place, &headers, &form)
    }

    pub(crate) fn subscribe(&self, address: &str) -> Answer {
        self.script("subscribe", &[("email", address)])
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The heading of the page.
    #[track_caller]
    pub(crate) fn title(&self) -> &str {
        let between = self.body.split("<h1>").nth(1).and_then(|rest| rest.split("</h1>").next());
        between.unwrap_or_else(|| panic!("no page: {self:?}"))
    }

    /// Where the page's forms lead.
    pub(crate) fn actions(&self) -> Vec<String> {
        let parts = self.body.split("action=\"").skip(1);
        parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
    }

    /// The hidden fields of the page.
    pub(crate) fn hidden(&self) -> Vec<(String, String)> {
        let parts = self.body.split("type=\"hidden\" name=\"").skip(1);
        let field = |part: &str| {
            let mut words = part.split('"');
            let name = words.next().unwrap().to_owned();
            (name, words.nth(1).unwrap().replace("&#x2F;", "/").replace("&amp;", "&"))
        };
        parts.map(field).collect()
    }
}

fn answer(octets: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(octets);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
    // The time is no part of what is compared.
    let lines: Vec<&str> = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("date:")).collect();
    // Nor are marks that no line ends here.
    Answer { status, head: lines.join("\n"), body: body.replace('\u{2060}', "") }
}

/// What came on a connection.
pub(crate) fn read(mut stream: TcpStream) -> Answer {
    let mut octets = Vec::new();
    let _ = stream.read_to_end(&mut octets);
    answer(&octets)
}

pub(crate) fn encoded(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

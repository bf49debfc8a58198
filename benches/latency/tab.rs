//! A tab of a browser, as the server knows it: something that listens for news of one page.

use std::io::BufRead;
use std::io::BufReader;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;
use tungstenite::Message;

use crate::sites::Program;
use crate::sites::What;

/// How long the server may take to tell of a save.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the tab was told.
pub(crate) struct Event {
    pub(crate) at: Instant,
    pub(crate) name: String,
    pub(crate) data: Value,
}

/// A tab that listens, in a thread that ends with the server.
pub(crate) struct Tab {
    events: Receiver<Event>,
    is_hugo: bool,
}

impl Tab {
    /// Opens a page of the server at `port`, of which the tab has `version`, and waits until the server knows of the tab.
    pub(crate) fn open(program: &Program, port: u16, page: &str, version: Option<&str>) -> Result<Self, String> {
        let (sender, events) = mpsc::channel();
        let is_hugo = matches!(program, Program::Hugo(..));
        if is_hugo {
            livereload(port, sender)?;
        } else {
            stream(port, page, version.ok_or("the page has no version")?, sender)?;
        }
        let tab = Self { events, is_hugo };
        tab.next("hello")?;
        Ok(tab)
    }

    /// Forgets what was told until now. Gives the names of it.
    pub(crate) fn forget(&self) -> Vec<String> {
        self.events.try_iter().map(|event| event.name).collect()
    }

    /// Waits for the news of a save.
    pub(crate) fn hear(&self, what: What) -> Result<Event, String> {
        self.next(match what {
            _ if self.is_hugo => "reload",
            What::Text | What::Template => "page",
            What::Style => "styles",
        })
    }

    fn next(&self, name: &str) -> Result<Event, String> {
        let begun = Instant::now();
        loop {
            match self.events.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
                Ok(event) if event.name == name => return Ok(event),
                Ok(event) if event.name == "mistakes" => return Err(format!("told of mistakes: {}", event.data)),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return Err(format!("no event `{name}` in {PATIENCE:?}")),
                Err(RecvTimeoutError::Disconnected) => return Err("the server no longer speaks to the tab".into()),
            }
        }
    }
}

/// Letterpress: server-sent events.
fn stream(port: u16, page: &str, version: &str, sender: Sender<Event>) -> Result<(), String> {
    let url = format!("http://127.0.0.1:{port}/_letterpress/events?page={page}&version={version}");
    let agent = ureq::Agent::config_builder().proxy(None).build().new_agent();
    let response = agent.get(&url).call().map_err(|error| format!("{url}: {error}"))?;
    thread::spawn(move || {
        let mut name = String::new();
        for line in BufReader::new(response.into_body().into_reader()).lines().map_while(Result::ok) {
            if let Some(value) = line.strip_prefix("event: ") {
                name = value.to_owned();
            } else if let Some(value) = line.strip_prefix("data: ") {
                let data = serde_json::from_str(value).unwrap_or(Value::Null);
                if sender.send(Event { at: Instant::now(), name: name.clone(), data }).is_err() {
                    break;
                }
            }
        }
    });
    Ok(())
}

/// Hugo: the protocol of LiveReload, version 7.
fn livereload(port: u16, sender: Sender<Event>) -> Result<(), String> {
    let url = format!("ws://127.0.0.1:{port}/livereload");
    let (mut socket, _) = tungstenite::connect(&url).map_err(|error| format!("{url}: {error}"))?;
    let hello = json!({ "command": "hello", "protocols": ["http://livereload.com/protocols/official-7"] });
    socket.send(Message::text(hello.to_string())).map_err(|error| format!("{url}: {error}"))?;
    thread::spawn(move || {
        while let Ok(message) = socket.read() {
            let Message::Text(text) = message else { continue };
            let data: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
            let name = data["command"].as_str().unwrap_or_default().to_owned();
            if sender.send(Event { at: Instant::now(), name, data }).is_err() {
                break;
            }
        }
    });
    Ok(())
}

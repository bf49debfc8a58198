//! A running preview, and a browser that asks it for addresses.

use std::io::BufRead;
use std::io::BufReader;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use ureq::Agent;

/// How long anything is waited for before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A preview in a process of its own, which ends with this.
pub(crate) struct Preview {
    process: Child,
    address: Ipv4Addr,
    pub(crate) port: u16,
    told: Arc<Mutex<Vec<Vec<String>>>>,
    agent: Agent,
}

/// What stands at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) mime: String,
    /// The version of a page, or where an address has moved.
    pub(crate) header: String,
    pub(crate) body: Vec<u8>,
}

/// What the preview says is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistakes {
    pub(crate) count: u64,
    pub(crate) html: String,
}

impl Preview {
    /// Begins to show the site in `root` at an address of this machine, on that port (0: any free one).
    pub(crate) fn start(root: &Path, now: &str, address: Ipv4Addr, port: u16) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_letterpress"))
            .current_dir(root)
            .args(["preview", "--editor", "none", "--format", "json", "--now", now])
            .args(["--bind", &address.to_string(), "--port", &port.to_string()])
            .env("RAYON_NUM_THREADS", "2")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let told = Arc::new(Mutex::new(Vec::new()));
        let (sender, ready) = mpsc::channel();
        let heard = Arc::clone(&told);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let Ok(object) = serde_json::from_str::<Value>(&line) else { continue };
                if let Some(url) = object["url"].as_str() {
                    let _ = sender.send(url.to_owned());
                }
                if let Some(files) = object["rebuilt"].as_array() {
                    heard.lock().unwrap().push(files.iter().filter_map(Value::as_str).map(str::to_owned).collect());
                }
            }
        });
        let url = ready.recv_timeout(PATIENCE * 4).unwrap_or_else(|_| panic!("the preview did not start"));
        let (host, _) = url["http://".len()..].split_once('/').unwrap();
        let took: u16 = host.rsplit(':').next().unwrap().parse().unwrap();
        assert!(port == 0 || port == took, "port {port} was taken at {address}");
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE * 4))
            .build()
            .into();
        Self { process, address, port: took, told, agent }
    }

    /// The path at which the site begins: `/` or `/blog/`.
    pub(crate) fn base(&self) -> String {
        let root = self.get("/");
        if (300..400).contains(&root.status) { root.header } else { "/".into() }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}:{}{path}", self.address, self.port)
    }

    /// Asks for a path.
    pub(crate) fn get(&self, path: &str) -> Shown {
        self.ask(path, None).0
    }

    /// Asks for a path, of which the browser may have something already; gives by what it is known too. Status 304 is that what it has is right.
    pub(crate) fn ask(&self, path: &str, known: Option<&str>) -> (Shown, String) {
        let mut request = self.agent.get(self.url(path));
        if let Some(known) = known {
            request = request.header("If-None-Match", known);
        }
        let mut answer = request.call().unwrap_or_else(|error| panic!("{path}: {error}"));
        let header =
            |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let tag = header("etag");
        let shown = Shown {
            status: answer.status().as_u16(),
            mime: header("content-type"),
            header: header("letterpress-version") + &header("location"),
            body: answer.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap(),
        };
        (shown, tag)
    }

    /// What a tab that opens now is told to be wrong.
    pub(crate) fn mistakes(&self) -> Mistakes {
        let mut lines = self.events("/_letterpress/none");
        loop {
            let line = lines.next().unwrap().unwrap();
            let Some(name) = line.strip_prefix("event:") else { continue };
            if !["mistakes", "well"].contains(&name.trim()) {
                continue;
            }
            let data = lines.find_map(|line| line.unwrap().strip_prefix("data:").map(str::to_owned)).unwrap();
            let data: Value = serde_json::from_str(&data).unwrap();
            let html = data["html"].as_str().unwrap_or_default().to_owned();
            return Mistakes { count: data["count"].as_u64().unwrap_or_default(), html };
        }
    }

    /// The lines of the event stream of a tab that looks at `page`.
    fn events(&self, page: &str) -> std::io::Lines<impl BufRead + use<>> {
        let answer = self.agent.get(self.url(&format!("/_letterpress/events?page={page}"))).call().unwrap();
        BufReader::new(answer.into_body().into_reader()).lines()
    }

    /// A tab that looks at `page` for as long as the preview runs.
    pub(crate) fn look_at(&self, page: &str) {
        let lines = self.events(page);
        std::thread::spawn(move || lines.map_while(Result::ok).count());
    }

    /// How many rebuilds it has told of.
    pub(crate) fn rebuilds(&self) -> usize {
        self.told.lock().unwrap().len()
    }

    /// Waits until it has told of every one of these files since the rebuild of that number; whether it has, in that time.
    pub(crate) fn wait_for(&self, files: &[String], since: usize, deadline: Instant) -> bool {
        loop {
            let is_told = |file: &String| {
                let told = self.told.lock().unwrap();
                told[since..].iter().flatten().any(|name| file == name || file.starts_with(&format!("{name}/")))
            };
            if files.iter().all(is_told) {
                return true;
            }
            if Instant::now() > deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Shown {
    /// Whether it is a page of the preview's own that says that there is nothing to show.
    pub(crate) fn is_bare(&self) -> bool {
        self.status >= 500
            || String::from_utf8_lossy(&self.body).contains("<p class=\"kicker\">Letterpress preview</p>")
    }

    pub(crate) fn is_page(&self) -> bool {
        self.mime.starts_with("text/html")
    }
}

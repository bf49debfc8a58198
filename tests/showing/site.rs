//! A site in a folder of its own, and a preview of it.

use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;
use ureq::Agent;

const PATIENCE: Duration = Duration::from_secs(60);

const NOW: &str = "2026-11-15T09:00[Europe/London]";

/// Settings without a newsletter.
pub(crate) const BARE: &str = r#"title = "Moor & Mill"
base_url = "https://moor.example/blog/"
theme = "house"
[[navigation]]
label = "About"
to = "pages/about.md"
"#;

/// What makes them those of a site with a newsletter.
pub(crate) const NEWSLETTER: &str = r#"[subscribe]
endpoint = "https://moor.example/letters/"
privacy = "pages/about.md"
[newsletters.walks]
name = "The Walking Letter"
from = "Moor <post@moor.example>"
reply_to = "Jane <jane@moor.example>"
postal_address = "1 Mill Lane"
"#;

/// A site that is previewed.
pub(crate) struct Site {
    folder: TempDir,
    process: Option<Child>,
    url: String,
    agent: Agent,
}

/// What stands at an address.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) mime: String,
    pub(crate) policy: String,
    pub(crate) disposition: String,
    pub(crate) location: String,
    pub(crate) text: String,
}

impl Site {
    /// Files of a site whose theme, `house`, extends Broadside.
    pub(crate) fn new(settings: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let site = Self { folder: tempfile::tempdir().unwrap(), process: None, url: String::new(), agent };
        let manifest =
            "name = \"House\"\nletterpress = \">=0.1, <0.2\"\nextends = \"broadside\"\nstyles = [\"main.scss\"]\n";
        site.write("site.toml", settings);
        site.write("themes/house/theme.toml", manifest);
        site.write("themes/house/styles/main.scss", "@use \"broadside/main\";\n");
        site.write("content/pages/about.md", "+++\ntitle = \"About\"\n+++\n\nAbout words.\n");
        site.write("content/posts/first.md", "+++\ntitle = \"First\"\ndate = 2026-11-01\n+++\n\nFirst words.\n");
        site
    }

    /// Writes a file, below the site's folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_letterpress"));
        command.current_dir(self.root()).args(["--now", NOW]).args(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// Begins to show it.
    pub(crate) fn preview(mut self) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_letterpress"))
            .current_dir(self.root())
            .args(["preview", "--editor", "none", "--format", "json", "--port", "0", "--now", NOW])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        self.process = Some(process);
        let url = lines.find_map(|line| {
            let told: Value = serde_json::from_str(&line.unwrap()).unwrap();
            told["url"].as_str().map(str::to_owned)
        });
        // Not by the name that addresses are made for.
        self.url =
            url.unwrap().replace("localhost", "127.0.0.1").trim_end_matches("/blog/").trim_end_matches('/').to_owned();
        std::thread::spawn(move || lines.map_while(Result::ok).count());
        self
    }

    /// Asks for a path.
    pub(crate) fn get(&self, path: &str) -> Shown {
        let mut answer = self.agent.get(format!("{}{path}", self.url)).call().unwrap();
        let header =
            |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        Shown {
            status: answer.status().as_u16(),
            mime: header("content-type"),
            policy: header("content-security-policy"),
            disposition: header("content-disposition"),
            location: header("location"),
            text: answer.body_mut().read_to_string().unwrap(),
        }
    }

    /// Posts something, as a form would.
    pub(crate) fn post(&self, path: &str) -> u16 {
        self.agent.post(format!("{}{path}", self.url)).send("email=a%40b.cd").unwrap().status().as_u16()
    }

    /// Asks until what stands at a path has some words.
    pub(crate) fn wait_for(&self, path: &str, words: &str) -> Shown {
        let begin = Instant::now();
        loop {
            let shown = self.get(path);
            if shown.text.contains(words) {
                return shown;
            }
            assert!(begin.elapsed() < PATIENCE, "no “{words}” at {path}:\n{}", shown.text);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The events of a tab that looks at `page`, as name and data.
    pub(crate) fn events(&self, page: &str) -> impl Iterator<Item = (String, String)> + use<> {
        let address = format!("{}/_letterpress/events?page={page}&version=none", self.url);
        let answer = self.agent.get(address).call().unwrap();
        let mut lines = BufReader::new(answer.into_body().into_reader()).lines().map_while(Result::ok);
        std::iter::from_fn(move || {
            let name = lines.find_map(|line| line.strip_prefix("event:").map(|name| name.trim().to_owned()))?;
            let data = lines.find_map(|line| line.strip_prefix("data:").map(|data| data.trim().to_owned()))?;
            Some((name, data))
        })
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

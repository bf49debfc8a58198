//! A server as a process: started, watched from outside, and ended whatever happens.

use std::fs;
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

use crate::sites::Program;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(120);
/// A tick of the processor's clock as Linux tells it.
const TICK: Duration = Duration::from_millis(10);

/// A running server. It ends with this value.
pub(crate) struct Server {
    child: Child,
    agent: ureq::Agent,
    port: u16,
    log: PathBuf,
}

/// An answer of the server.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `Letterpress-Version`.
    pub(crate) version: Option<String>,
    pub(crate) text: String,
}

impl Server {
    /// Starts the server and waits for its first good answer, which is that of `page`. Gives the time that this took, too.
    pub(crate) fn start(program: &Program, root: &Path, page: &str) -> Result<(Self, Duration), String> {
        let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
        let port = free.map_err(|error| format!("no free port: {error}"))?.port();
        // What the server says would fill a pipe that nobody reads.
        let log = root.with_extension("log");
        let out = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let err = out.try_clone().map_err(|error| format!("{}: {error}", log.display()))?;
        let config = ureq::Agent::config_builder().proxy(None).http_status_as_error(false);
        let agent = config.timeout_global(Some(PATIENCE)).build().new_agent();
        let mut command = program.server(root, port);
        command.current_dir(root).stdin(Stdio::null()).stdout(out).stderr(err);
        let begun = Instant::now();
        let child = command.spawn().map_err(|error| format!("{:?}: {error}", command.get_program()))?;
        let mut server = Self { child, agent, port, log };
        loop {
            match server.get(page) {
                Ok(answer) if answer.status == 200 => return Ok((server, begun.elapsed())),
                answer if begun.elapsed() > PATIENCE || server.has_ended() => {
                    let what = answer.map_or_else(|error| error, |answer| format!("status {}", answer.status));
                    return Err(format!("{page}: {what}\n{}", server.said()));
                }
                _ => sleep(Duration::from_millis(2)),
            }
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Asks for a page, or for anything else.
    pub(crate) fn get(&self, path: &str) -> Result<Answer, String> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let mut response = self.agent.get(&url).call().map_err(|error| error.to_string())?;
        let version = response.headers().get("letterpress-version").and_then(|version| version.to_str().ok());
        let version = version.map(str::to_owned);
        let text = response.body_mut().read_to_string().map_err(|error| error.to_string())?;
        Ok(Answer { status: response.status().as_u16(), version, text })
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// The end of what the server printed.
    pub(crate) fn said(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&text[text.len().saturating_sub(2_000)..]).into_owned()
    }

    /// Resident memory in bytes.
    pub(crate) fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        kilobytes.trim().trim_end_matches("kB").trim().parse().ok().map(|kilobytes: u64| kilobytes * 1024)
    }

    /// Processor time since the start, of all threads.
    fn processor(&self) -> Option<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // The name of the program stands in parentheses, and may have spaces in it.
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        let ticks = fields.get(11)?.parse::<u32>().ok()? + fields.get(12)?.parse::<u32>().ok()?;
        Some(TICK * ticks)
    }

    /// Processor time within the next `time`.
    pub(crate) fn processor_within(&self, time: Duration) -> Option<Duration> {
        let before = self.processor()?;
        sleep(time);
        Some(self.processor()?.saturating_sub(before))
    }

    /// Waits until the server has done what it had left for later: until a second passes without work, or half a minute.
    pub(crate) fn settle(&self) {
        for _ in 0..30 {
            if self.processor_within(Duration::from_secs(1)).is_none_or(|used| used.is_zero()) {
                return;
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

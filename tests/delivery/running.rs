//! `send` at work, with what it says meanwhile.

use std::io::BufRead;
use std::io::BufReader;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;

use crate::issue;
use crate::world::World;

/// The longest that any of these waits; what goes well takes seconds.
const LONGEST: Duration = Duration::from_secs(120);

pub struct Running {
    child: Child,
    said: Arc<Mutex<String>>,
    listener: JoinHandle<()>,
}

impl Running {
    /// Begins to send what can be sent now, with further arguments.
    pub fn start(world: &World, now: Timestamp, more: &[&str]) -> Self {
        Self::waiting(world, now, "0", more)
    }

    /// The same, and stays for what comes within so many minutes.
    pub fn waiting(world: &World, now: Timestamp, minutes: &str, more: &[&str]) -> Self {
        let now = now.to_string();
        let send = ["send", issue::DAY, "--yes", "--anyway", "--wait", minutes, "--now", &now];
        Self::of(world.command([&send, more].concat()))
    }

    /// A command that was made ready.
    pub fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (stderr, heard) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&said));
        let listener = thread::spawn(move || {
            for line in stderr.lines() {
                *heard.lock().unwrap() += &(line.unwrap() + "\n");
            }
        });
        Self { child, said, listener }
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until it has said this.
    #[track_caller]
    pub fn says(&mut self, text: &str) {
        self.says_times(text, 1);
    }

    /// Waits until it has said this so often.
    #[track_caller]
    pub fn says_times(&mut self, text: &str, times: usize) {
        self.waits_for(|said| said.matches(text).count() >= times);
    }

    /// Waits until something has come true; false where it ends before.
    pub fn may(&mut self, mut is_so: impl FnMut(&str) -> bool) -> bool {
        while !is_so(&self.said.lock().unwrap().clone()) {
            if !self.is_running() {
                return false;
            }
            thread::sleep(Duration::from_millis(10));
        }
        true
    }

    /// Waits until something has come true of what it said, or of the world.
    #[track_caller]
    pub fn waits_for(&mut self, mut is_so: impl FnMut(&str) -> bool) {
        let begun = Instant::now();
        while !is_so(&self.said.lock().unwrap().clone()) {
            let said = self.said.lock().unwrap().clone();
            assert!(self.is_running(), "it ended: {said}");
            assert!(begun.elapsed() < LONGEST, "it only said: {said}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Tells it to end.
    pub fn terminate(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    /// Waits for its own end.
    #[track_caller]
    pub fn wait(mut self) -> (i32, String) {
        let begun = Instant::now();
        while self.is_running() {
            if begun.elapsed() >= LONGEST {
                self.child.kill().unwrap();
                panic!("it does not end: {}", self.said.lock().unwrap());
            }
            thread::sleep(Duration::from_millis(10));
        }
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        self.listener.join().unwrap();
        (code, self.said.lock().unwrap().clone())
    }
}

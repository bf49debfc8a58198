//! A mail server that keeps what it takes, and refuses, dawdles or hangs up where a test wants it to.

use std::collections::HashMap;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use crate::house;
use crate::mail::Mail;

/// What becomes of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Taken,
    /// Refused for now, at its recipient, by a server that repeats the address.
    Greylisted,
    /// Refused for good, at its recipient, for what the server says of us.
    Denied,
    /// Taken, and the connection closed before that is said.
    TakenInSilence,
    /// Taken after so many milliseconds.
    TakenSlowly(u64),
}

type Whim = dyn Fn(&str, usize) -> Fate + Send + Sync;

/// The server. It runs as long as the test's process.
#[derive(Clone)]
pub(crate) struct Office {
    pub(crate) port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
    attempts: Arc<Mutex<HashMap<String, usize>>>,
    whim: Arc<Whim>,
}

impl Office {
    /// One that takes everything.
    pub(crate) fn open() -> Self {
        Self::with(|_, _| Fate::Taken)
    }

    /// One where `whim` says what becomes of a letter, of its recipient and the number of attempts with that one, from 1.
    pub(crate) fn with(whim: impl Fn(&str, usize) -> Fate + Send + Sync + 'static) -> Self {
        let office = Self::closed(whim);
        office.unlock();
        office
    }

    /// One that nobody can reach until [`Office::unlock`].
    pub(crate) fn closed(whim: impl Fn(&str, usize) -> Fate + Send + Sync + 'static) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { port, mails: Arc::default(), attempts: Arc::default(), whim: Arc::new(whim) }
    }

    pub(crate) fn unlock(&self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).unwrap();
        let office = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let office = office.clone();
                // Whoever is killed breaks off in the middle of a word.
                thread::spawn(move || office.serve(stream));
            }
        });
    }

    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut answers = stream.try_clone().ok()?;
        let mut lines = BufReader::new(stream);
        let mut say = move |text: &str| answers.write_all(format!("{text}\r\n").as_bytes()).ok();
        let (mut to, mut fate) = (String::new(), Fate::Taken);
        say("220 office")?;
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.get(..4).unwrap_or_default() {
                "EHLO" => say("250-office\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8")?,
                "MAIL" => {
                    to.clear();
                    say("250 2.1.0 ok")?;
                }
                "RCPT" => {
                    let address = line.split(['<', '>']).nth(1)?.to_owned();
                    let attempt = {
                        let mut attempts = self.attempts.lock().unwrap();
                        let attempt = attempts.entry(address.clone()).or_default();
                        *attempt += 1;
                        *attempt
                    };
                    fate = (self.whim)(&address, attempt);
                    if fate == Fate::Greylisted {
                        say(&format!("450 4.7.1 <{address}>: greylisted, {address} may come again"))?;
                    } else if fate == Fate::Denied {
                        say("550 5.7.1 you may not relay here")?;
                    } else {
                        say(&format!("250 2.1.5 <{address}> ok"))?;
                        to = address;
                    }
                }
                "DATA" if to.is_empty() => say("503 5.5.1 nobody to send it to")?,
                "DATA" => {
                    say("354 go on")?;
                    let mut octets = Vec::new();
                    while !octets.ends_with(b"\r\n.\r\n") {
                        if lines.read_until(b'\n', &mut octets).ok()? == 0 {
                            return None;
                        }
                    }
                    octets.truncate(octets.len() - 3);
                    if let Fate::TakenSlowly(time) = fate {
                        thread::sleep(Duration::from_millis(time));
                    }
                    self.mails.lock().unwrap().push(Mail::read(&to, &octets));
                    if fate == Fate::TakenInSilence {
                        return None;
                    }
                    say(&format!("250 2.0.0 queued for <{to}>"))?;
                }
                "QUIT" => {
                    say("221 2.0.0 bye")?;
                    return None;
                }
                _ => say("250 2.0.0 ok")?,
            }
        }
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    /// What has come for one address.
    pub(crate) fn inbox(&self, address: &str) -> Vec<Mail> {
        self.mails.lock().unwrap().iter().filter(|mail| mail.to == address).cloned().collect()
    }

    /// Times that a letter to somebody was tried.
    pub(crate) fn attempts(&self, address: &str) -> usize {
        self.attempts.lock().unwrap().get(address).copied().unwrap_or_default()
    }

    /// The only mail to somebody whose subject begins like this, waited for.
    #[track_caller]
    pub(crate) fn mail(&self, address: &str, subject: &str) -> Mail {
        let what = format!("“{subject}” to {address}");
        let mails = house::until(&what, || {
            let found: Vec<_> =
                self.inbox(address).into_iter().filter(|mail| mail.subject.starts_with(subject)).collect();
            (!found.is_empty()).then_some(found)
        });
        assert_eq!(mails.len(), 1, "{what} came more than once");
        mails.into_iter().next().unwrap()
    }
}

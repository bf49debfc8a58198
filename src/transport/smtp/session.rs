//! One connection to a server, and the letters it takes one after the other.

use std::fmt;

use crate::output::letter::Letter;
use crate::transport::smtp::body;
use crate::transport::smtp::offer::Offer;
use crate::transport::smtp::server::Server;
use crate::transport::smtp::wire::Broken;
use crate::transport::smtp::wire::Wire;
use crate::value::reply::Outcome;
use crate::value::reply::Reply;
use crate::value::reply::Stage;

/// A connection that is open, and, where there is a login, logged in.
pub struct Session {
    pub(in crate::transport::smtp) wire: Wire,
    pub(in crate::transport::smtp) server: Server,
    pub(in crate::transport::smtp) offer: Offer,
    /// Letters begun.
    letters: u32,
    is_open: bool,
    /// The letter as it travels; kept for the next one.
    body: Vec<u8>,
}

/// What became of one letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It was tried, and this is the outcome.
    Done(Outcome),
    /// `mark` said no: nothing of it left, and the connection is closed.
    Withheld,
    /// The server had ended this connection after earlier letters, as servers do, and nothing was said of this one: try it at once over another connection.
    Stale,
}

/// Why `MAIL`, `RCPT` or `DATA` did not lead to the letter.
type NotInvited = Attempt;

impl Session {
    pub(in crate::transport::smtp) fn new(wire: Wire, server: Server, offer: Offer) -> Self {
        Self { wire, server, offer, letters: 0, is_open: true, body: Vec::new() }
    }

    /// What the server offers.
    #[must_use]
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// Whether it takes another letter: it is open, and has not had as many as it may.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.is_open && self.letters < self.server.letters
    }

    /// Hands over a letter. `mark` is called at most once: when the server has invited the letter, before its first octet leaves; what it must make durable
    /// is durable when it returns. If it says no, nothing leaves.
    ///
    /// The outcome is certain, but for [`Outcome::Uncertain`]: the final dot left and no answer came.
    pub fn deliver(&mut self, letter: &Letter, mark: &mut dyn FnMut() -> bool) -> Attempt {
        if !self.is_open {
            return Attempt::Stale;
        }
        if let Some(why) = self.cannot_take(letter) {
            return Attempt::Done(Outcome::Rejected(Reply::broken(Stage::Mail, &why)));
        }
        self.letters = self.letters.saturating_add(1);
        if let Err(attempt) = self.invite(letter) {
            return attempt;
        }
        if !mark() {
            self.cut();
            return Attempt::Withheld;
        }
        Attempt::Done(self.transmit())
    }

    /// Ends the session in order.
    pub fn quit(mut self) {
        if self.is_open {
            let patience = self.server.patience.quit;
            // All letters are settled; whatever it answers changes nothing.
            let _ = self.wire.send(b"QUIT\r\n", patience).and_then(|()| self.wire.reply(Stage::Quit, patience));
            self.wire.close();
        }
    }

    /// Why this server can never take this letter, known without asking; else the letter is made ready to travel.
    fn cannot_take(&mut self, letter: &Letter) -> Option<String> {
        let host = &self.server.host;
        let octets = letter.octets.len() as u64;
        if let Some(most) = self.offer.size.filter(|most| octets > *most) {
            return Some(format!("the letter has {octets} octets, and {host} takes at most {most}"));
        }
        if letter.smtputf8 && !self.offer.smtputf8 {
            return Some(format!("the address needs SMTPUTF8 (RFC 6531), which {host} does not offer"));
        }
        if !letter.smtputf8 && !self.offer.eight_bit && !letter.octets.is_ascii() {
            return Some(format!("the letter has 8-bit text, and {host} does not offer 8BITMIME (RFC 6152)"));
        }
        let bare = body::fill(&mut self.body, &letter.octets).err()?;
        Some(format!("octet {} of the letter is a CR or LF by itself, and such letters are not sent", bare.at))
    }

    fn mail_command(&self, letter: &Letter) -> String {
        let mut command = format!("MAIL FROM:<{}>", letter.envelope.from);
        if self.offer.asks_size {
            command.push_str(&format!(" SIZE={}", letter.octets.len()));
        }
        if self.offer.eight_bit && (letter.smtputf8 || !letter.octets.is_ascii()) {
            command.push_str(" BODY=8BITMIME");
        }
        if letter.smtputf8 {
            command.push_str(" SMTPUTF8");
        }
        command + "\r\n"
    }

    /// `MAIL`, `RCPT`, `DATA`: in one go where the server takes several commands at once. `Ok` is the 354.
    fn invite(&mut self, letter: &Letter) -> Result<(), NotInvited> {
        let patience = self.server.patience;
        let commands = [
            (Stage::Mail, self.mail_command(letter), patience.command),
            (Stage::Rcpt, format!("RCPT TO:<{}>\r\n", letter.envelope.to), patience.command),
            (Stage::Data, "DATA\r\n".to_owned(), patience.data),
        ];
        let at_once = self.offer.pipelining;
        if at_once {
            let all: String = commands.iter().map(|(_, command, _)| command.as_str()).collect();
            // If this fails, the server has had its last word already: it is read below.
            let _ = self.wire.send(all.as_bytes(), patience.command);
        }
        let mut refusal: Option<Reply> = None;
        for (stage, command, patience) in commands {
            if !at_once {
                if refusal.is_some() {
                    break;
                }
                let _ = self.wire.send(command.as_bytes(), patience);
            }
            let reply = match self.wire.reply(stage, patience) {
                Ok(reply) => reply,
                Err(broken) => {
                    self.cut();
                    return Err(refusal.map_or_else(|| self.lost_before(stage, broken), refused));
                }
            };
            match (reply.code, stage) {
                (354, Stage::Data) if refusal.is_none() => return Ok(()),
                (354, Stage::Data) => return Err(self.send_nothing(refusal)),
                (200..=299, Stage::Mail | Stage::Rcpt) => {}
                // The server is about to end the connection, whatever it was asked.
                (421, _) => {
                    self.cut();
                    let is_about_us = stage == Stage::Mail && self.letters > 1;
                    return Err(if is_about_us { Attempt::Stale } else { refused(refusal.unwrap_or(reply)) });
                }
                (400..=599, _) => {
                    refusal.get_or_insert(reply);
                }
                _ => {
                    self.cut();
                    let why = format!("{} answered {} with {reply}", self.server.host, command.trim_end());
                    return Err(refused(refusal.unwrap_or_else(|| Reply::broken(stage, &why))));
                }
            }
        }
        let Some(refusal) = refusal else {
            self.cut();
            return Err(self.lost_before(Stage::Data, Broken::Closed));
        };
        self.reset();
        Err(self.refused_before(refusal))
    }

    /// The recipient was refused and the letter invited all the same: RFC 2920 §3.1 asks for an empty one, which goes to nobody.
    fn send_nothing(&mut self, refusal: Option<Reply>) -> NotInvited {
        let refusal = refusal.unwrap_or_else(|| Reply::broken(Stage::Rcpt, "refused"));
        let patience = self.server.patience;
        // Where it was the sender that was refused, nobody knows what it would make of it.
        let is_safe = refusal.stage == Stage::Rcpt && self.wire.send(b".\r\n", patience.command).is_ok();
        if !is_safe || !matches!(self.wire.reply(Stage::Body, patience.dot), Ok(reply) if reply.code != 421) {
            self.cut();
        }
        self.refused_before(refusal)
    }

    /// What a refusal before the letter means. One that only a login or TLS would change is about us, not about the reader.
    fn refused_before(&mut self, refusal: Reply) -> NotInvited {
        if matches!(refusal.code, 530 | 534 | 535 | 538) {
            self.cut();
            let why = format!(
                "{} takes no mail from us like this ({refusal}); set `user` and `password`, and `tls`, in [[smtp]]",
                self.server.shown()
            );
            return Attempt::Done(Outcome::Unreachable(why.into()));
        }
        refused(refusal)
    }

    /// The connection broke before the letter.
    fn lost_before(&self, stage: Stage, broken: Broken) -> NotInvited {
        let is_reused = stage == Stage::Mail && self.letters > 1;
        if is_reused && matches!(broken, Broken::Closed | Broken::Io(_) | Broken::Tls(_)) {
            return Attempt::Stale;
        }
        let why = format!("{} {broken}", self.server.host);
        Attempt::Done(Outcome::Deferred(Reply::broken(stage, &why)))
    }

    /// The letter and its dot.
    fn transmit(&mut self) -> Outcome {
        let patience = self.server.patience;
        if let Err(broken) = self.wire.send_blocks(&self.body, patience.block) {
            // The dot has not left. Perhaps the server said why it would not hear it.
            let said = self.wire.reply(Stage::Body, patience.quit).ok();
            self.cut();
            return match said.filter(|reply| reply.code >= 400) {
                Some(reply) => outcome(reply),
                None => {
                    let why = format!("{} {broken} while the letter was sent", self.server.host);
                    Outcome::Deferred(Reply::broken(Stage::Body, &why))
                }
            };
        }
        let host = &self.server.host;
        let doubt = match self.wire.reply(Stage::Body, patience.dot) {
            Ok(reply) if (200..300).contains(&reply.code) => return Outcome::Accepted(reply),
            Ok(reply) if reply.code >= 400 => {
                // It may have refused in the middle of the letter: the next one is told apart by the answer to RSET.
                if reply.code == 421 {
                    self.cut()
                } else {
                    self.reset()
                }
                return outcome(reply);
            }
            Ok(reply) => format!("{host} answered the end of the letter with {reply}"),
            Err(broken) => format!("{host} {broken} after the end of the letter"),
        };
        self.cut();
        Outcome::Uncertain(doubt.into())
    }

    /// Forgets the letter that was refused, so that the next one begins afresh.
    fn reset(&mut self) {
        let patience = self.server.patience.command;
        let answer = self.wire.send(b"RSET\r\n", patience).and_then(|()| self.wire.reply(Stage::Mail, patience));
        if !matches!(answer, Ok(reply) if (200..300).contains(&reply.code)) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.is_open = false;
        self.wire.cut();
    }
}

/// A reply of 400 or more as an outcome.
fn outcome(reply: Reply) -> Outcome {
    if reply.code >= 500 { Outcome::Rejected(reply) } else { Outcome::Deferred(reply) }
}

fn refused(reply: Reply) -> Attempt {
    Attempt::Done(outcome(reply))
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.is_open { "open" } else { "closed" };
        write!(f, "Session({}, {} letters, {state})", self.server.shown(), self.letters)
    }
}

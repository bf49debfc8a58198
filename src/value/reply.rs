//! What a mail server answered, and what became of one attempt to hand over a letter: as the transport learns it, as a delivery's row keeps it.

use std::fmt;

/// The step of a mail session at which something was said or went wrong (RFC 5321 §3, §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Finding the host, connecting, the greeting.
    Connect,
    /// `EHLO`.
    Hello,
    /// TLS, by `STARTTLS` or from the first byte.
    Tls,
    /// `AUTH`.
    Auth,
    /// `MAIL FROM`.
    Mail,
    /// `RCPT TO`.
    Rcpt,
    /// `DATA`, up to the invitation to send.
    Data,
    /// The letter itself and its final dot.
    Body,
    /// `QUIT`.
    Quit,
}

/// One reply of a server (RFC 5321 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What it answers.
    pub stage: Stage,
    /// The three digits.
    pub code: u16,
    /// The enhanced status code (RFC 3463): class, subject, detail.
    pub enhanced: Option<[u16; 3]>,
    /// What it says, its lines joined by spaces: without control characters, at most [`Reply::LONGEST`] characters.
    pub text: Box<str>,
}

/// What became of one attempt to hand a letter to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took the letter: its answer to the final dot.
    Accepted(Reply),
    /// Not this time (4xx), or the connection broke before the end of the letter was sent.
    Deferred(Reply),
    /// Not ever (5xx).
    Rejected(Reply),
    /// The end of the letter was sent, or may have been, and no answer came: nobody knows whether the server has it. Says what happened.
    Uncertain(Box<str>),
    /// It never came to `MAIL`: no server, no TLS, the login refused. Says which host and what to check; says nothing about the letter.
    Unreachable(Box<str>),
}

impl Stage {
    /// All of them, in the order of a session.
    pub const ALL: [Self; 9] =
        [Self::Connect, Self::Hello, Self::Tls, Self::Auth, Self::Mail, Self::Rcpt, Self::Data, Self::Body, Self::Quit];

    /// The word in the database and in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Hello => "hello",
            Self::Tls => "tls",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::Body => "body",
            Self::Quit => "quit",
        }
    }

    /// Reads [`Stage::word`], and nothing else.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }
}

impl Reply {
    /// The most characters of a reply's text that are kept.
    pub const LONGEST: usize = 500;

    /// A reply as the server gave it: `lines` without the three digits. An enhanced code at the beginning of the first line (RFC 2034) is read and taken
    /// from every line, if its class is that of `code`.
    pub fn read<'a>(stage: Stage, code: u16, lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut enhanced = None;
        let mut text = String::new();
        for (number, line) in lines.into_iter().enumerate() {
            let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
            let own = parse_enhanced(first).filter(|own| own[0] == code / 100);
            if number == 0 {
                enhanced = own;
            }
            text.push_str(if own.is_some() && own == enhanced { rest } else { line });
            text.push(' ');
        }
        Self { stage, code, enhanced, text: tidy(&text) }
    }

    /// What a connection that broke is kept as: no code, the reason as text.
    #[must_use]
    pub fn broken(stage: Stage, why: &str) -> Self {
        Self { stage, code: 0, enhanced: None, text: tidy(why) }
    }

    /// The enhanced code as it is written: `5.1.1`.
    #[must_use]
    pub fn enhanced_text(&self) -> Option<String> {
        self.enhanced.map(|[class, subject, detail]| format!("{class}.{subject}.{detail}"))
    }
}

/// Reads an enhanced status code (RFC 3463 §2): `5.1.1`.
#[must_use]
pub fn parse_enhanced(text: &str) -> Option<[u16; 3]> {
    let mut parts = text.split('.').map(|part| {
        let digits = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<u16>().ok()).flatten()
    });
    let code = [parts.next()??, parts.next()??, parts.next()??];
    (parts.next().is_none() && matches!(code[0], 2 | 4 | 5)).then_some(code)
}

/// One line without control characters or runs of space, and not too long: what others say is shown in terminals and kept in the database.
fn tidy(text: &str) -> Box<str> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line.chars().take(Reply::LONGEST).collect::<String>().into()
}

/// As messages show it: `550 5.1.1 No such user`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.code != 0 {
            write!(f, "{} ", self.code)?;
        }
        if let Some(enhanced) = self.enhanced_text() {
            write!(f, "{enhanced} ")?;
        }
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_joined_and_the_enhanced_code_is_taken_out() {
        let reply =
            Reply::read(Stage::Rcpt, 550, ["5.1.1 No such user", "5.1.1 here,\tsorry\u{1b}[2J", "5.7.1 really"]);
        assert_eq!(reply.enhanced, Some([5, 1, 1]));
        assert_eq!(&*reply.text, "No such user here, sorry [2J 5.7.1 really");
        assert_eq!(reply.to_string(), "550 5.1.1 No such user here, sorry [2J 5.7.1 really");
        // RFC 2034 §4: the class of both codes agrees; else it is text.
        let odd = Reply::read(Stage::Rcpt, 450, ["5.1.1 No such user"]);
        assert_eq!((odd.enhanced, &*odd.text), (None, "5.1.1 No such user"));
        assert_eq!(Reply::broken(Stage::Data, "connection\r\nreset").to_string(), "connection reset");
    }

    #[test]
    fn enhanced_codes() {
        assert_eq!(parse_enhanced("4.7.128"), Some([4, 7, 128]));
        for text in ["", "5", "5.1", "5.1.1.1", "3.1.1", "5.1.", "5.1.1234", "5.+1.1", "5.1.x", "127.0.0.1"] {
            assert_eq!(parse_enhanced(text), None, "{text}");
        }
    }

    #[test]
    fn words_read_back() {
        for stage in Stage::ALL {
            assert_eq!(Stage::parse(stage.word()), Some(stage));
        }
        assert_eq!(Stage::parse("Mail"), None);
    }

    proptest! {
        #[test]
        fn a_text_is_one_short_line(lines in prop::collection::vec("\\PC{0,400}|[\\x00-\\xff]{0,80}", 0..4)) {
            let reply = Reply::read(Stage::Body, 250, lines.iter().map(String::as_str));
            prop_assert!(reply.text.chars().count() <= Reply::LONGEST);
            prop_assert!(!reply.text.chars().any(char::is_control));
        }
    }
}

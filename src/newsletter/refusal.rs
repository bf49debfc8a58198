//! What a refusal for good (5xx) is about: the mailbox, the letter, or only the moment.

use crate::value::reply::Reply;
use crate::value::reply::Stage;

/// What a refusal means for the reader's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such mailbox, and there will be none: send nothing there any more.
    NoMailbox,
    /// The mailbox is there and takes nothing: it is full, or disabled. That can pass, and often does not.
    Closed,
    /// Nothing wrong with the mailbox: the letter, its sender or a policy was refused.
    Letter,
    /// It may go later, whatever the first digit says: a full system, a server that does not know us yet.
    Later,
}

/// The share of refusals for what is said of us above which it is us: one of so many.
const ONE_OF: u64 = 50;
/// Fewer than this number prove nothing.
const LEAST: u64 = 10;

/// Words with which servers say that nobody has this address, where no enhanced code says it.
const UNKNOWN: [&str; 21] = [
    "user unknown",
    "unknown user",
    "no such user",
    "no such recipient",
    "no such mailbox",
    "no such address",
    "no such account",
    "user not found",
    "mailbox not found",
    "recipient not found",
    "address not found",
    "account not found",
    "does not exist",
    "doesn't exist",
    "unknown recipient",
    "recipient unknown",
    "unknown address",
    "invalid recipient",
    "invalid mailbox",
    "unrouteable address",
    "mailbox unavailable",
];

/// Words of a policy. Where one of them stands, a bare code proves nothing about the mailbox.
const POLICY: [&str; 19] = [
    "spam",
    "block",
    "blacklist",
    "listed",
    "policy",
    "reputation",
    "dmarc",
    "spf",
    "dkim",
    "rate limit",
    "too many",
    "denied",
    "relay",
    // Of the sender: Postfix' "Sender address rejected: User unknown", Exim's "Sender verify failed" after "Unrouteable address".
    "sender",
    "verif",
    // qmail's way to say that it does not relay, and to give an enhanced code.
    "rcpthosts",
    "#5.7",
    "authenticat",
    "authoriz",
];

/// Words of a mailbox that has no room, or that nobody may use for now.
const CLOSED: [&str; 9] = [
    "full",
    "quota",
    "storage",
    "over limit",
    "account is disabled",
    "account disabled",
    "mailbox disabled",
    "mailbox is disabled",
    "inactive",
];

impl Refusal {
    /// Judges a 5xx reply (RFC 5321 §4.2.3, RFC 3463 §3). In doubt it is the letter: an address is given up only where the server says that it does not exist.
    #[must_use]
    pub fn judge(reply: &Reply) -> Self {
        match reply.stage {
            // Nothing has been said about letter or reader yet: we are not let in, which the site's owner can put right within the window.
            Stage::Connect | Stage::Hello | Stage::Tls | Stage::Auth | Stage::Quit => Self::Later,
            // Sender or size.
            Stage::Mail => Self::Letter,
            Stage::Rcpt | Stage::Data | Stage::Body => {
                reply.enhanced.and_then(|code| enhanced(code, reply)).unwrap_or_else(|| bare(reply))
            }
        }
    }
}

/// Whether a reply, for good (5xx) or for now (4xx), says that this one mailbox is full or disabled.
#[must_use]
pub fn is_closed(reply: &Reply) -> bool {
    if !matches!(reply.stage, Stage::Rcpt | Stage::Data | Stage::Body) {
        return false;
    }
    match (reply.code, reply.enhanced) {
        (500..=599, _) => Refusal::judge(reply) == Refusal::Closed,
        (400..=499, Some([_, 2, 1 | 2])) => true,
        // RFC 5321 §4.2.2: 452 is said of a system that is full; of a mailbox, where the text says so.
        (400..=499, None | Some([_, 0 | 2, 0])) => {
            let text = reply.text.to_lowercase();
            CLOSED.iter().any(|word| text.contains(word)) && !text.contains("system")
        }
        _ => false,
    }
}

/// Whether a refusal for good (5xx) is about whoever sends, and so would be said of any reader: of the sender's address, of rights, of a policy (RFC 3463 §3.8).
#[must_use]
pub fn is_about_sender(reply: &Reply) -> bool {
    if !(500..=599).contains(&reply.code) {
        return false;
    }
    match (reply.stage, reply.enhanced) {
        (Stage::Mail, _) | (_, Some([5, 7, _] | [5, 1, 7 | 8])) => true,
        (Stage::Rcpt | Stage::Data | Stage::Body, _) => names_sender(reply),
        _ => false,
    }
}

/// Whether a server that refuses so many of so many letters for what it says of whoever sends them ([`is_about_sender`]) refuses us, and not these readers: one of fifty, and ten at least.
#[must_use]
pub fn is_too_many(refused: u64, tried: u64) -> bool {
    refused >= LEAST && refused.saturating_mul(ONE_OF) > tried
}

/// Whether a refusal, for good (5xx) or for now (4xx), was given before any reader was named, and is not about this one letter either: the server would say the same of every letter that it is
/// offered now. It is about our rights (530, 535), about the session (421), or about how the server itself is.
#[must_use]
pub fn is_about_session(reply: &Reply) -> bool {
    match (reply.stage, reply.code, reply.enhanced) {
        // The letter is too long (RFC 1870 §6.1), or of a form that cannot be taken: RFC 3463 §3.3, §3.4, §3.7.
        (Stage::Mail, _, Some([_, 3, 4] | [_, 2, 3] | [_, 6, _])) | (Stage::Mail, 552, None) => false,
        // The return path may be one of its own for each letter, and some look first whether there is such a mailbox.
        (Stage::Mail, 400..=499, Some([_, 1, _])) => false,
        (Stage::Mail, 400..=599, _) => true,
        _ => false,
    }
}

/// In doubt the mailbox is not given up: some give "no such mailbox" as the code, and the sender's as the one that they mean.
fn names_sender(reply: &Reply) -> bool {
    let text = reply.text.to_lowercase();
    ["sender", "#5.7", "rcpthosts"].iter().any(|word| text.contains(word))
}

/// By the enhanced code; `None` where it leaves it open (x.0.0, x.1.0).
fn enhanced([_, subject, detail]: [u16; 3], reply: &Reply) -> Option<Refusal> {
    match (subject, detail) {
        // Bad mailbox, bad system, bad syntax, moved, null MX (RFC 7505).
        (1, 1 | 2 | 3 | 6 | 10) if !names_sender(reply) => Some(Refusal::NoMailbox),
        (1, 0) | (2, 0) => None,
        // RFC 3463 §3.3: a full mailbox is "a persistent transient error", and a disabled one "exists", and may only be so for a while.
        (2, 1 | 2) => Some(Refusal::Closed),
        // A full system, or one that does not accept now.
        (3, 1) => Some(Refusal::Later),
        // Some say 5.3.0 with the text of an unknown user, or nothing but 5.0.0.
        (0 | 3 | 5, 0) => Some(bare(reply)),
        _ => Some(Refusal::Letter),
    }
}

/// By the three digits and the words.
fn bare(reply: &Reply) -> Refusal {
    let text = reply.text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match (reply.code, reply.stage) {
        // RFC 7504: the domain takes no mail at all.
        (556, _) => Refusal::NoMailbox,
        (550 | 552 | 554, _) if says(&CLOSED) && !says(&POLICY) && !says(&UNKNOWN) && !says(&["system"]) => {
            Refusal::Closed
        }
        // RFC 5321 §4.5.3.1.10: 552 for a recipient is to be read as 452.
        (552, Stage::Rcpt) => Refusal::Later,
        // RFC 5321 §4.2.3: not local; mailbox name not allowed.
        (551 | 553, Stage::Rcpt) if !says(&POLICY) => Refusal::NoMailbox,
        // 550 is also said "for policy reasons".
        (550 | 551 | 553 | 554, _) if says(&UNKNOWN) && !says(&POLICY) => Refusal::NoMailbox,
        _ => Refusal::Letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_say() {
        use Refusal::Closed;
        use Refusal::Later;
        use Refusal::Letter;
        use Refusal::NoMailbox;
        for (stage, code, line, means) in [
            (
                Stage::Rcpt,
                550,
                "5.1.1 <a@b.example>: Recipient address rejected: User unknown in local table",
                NoMailbox,
            ),
            (Stage::Rcpt, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; not found", NoMailbox),
            (Stage::Rcpt, 556, "5.1.10 Domain does not accept mail (nullMX)", NoMailbox),
            (Stage::Rcpt, 556, "Recipient address has null MX", NoMailbox),
            (Stage::Rcpt, 550, "Requested action not taken: mailbox unavailable", NoMailbox),
            (Stage::Rcpt, 550, "No such user here", NoMailbox),
            (Stage::Rcpt, 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", Letter),
            (Stage::Rcpt, 553, "that name is not one of mine", NoMailbox),
            (
                Stage::Rcpt,
                550,
                "5.1.0 <ed@a.example>: Sender address rejected: User unknown in local recipient table",
                Letter,
            ),
            (
                Stage::Rcpt,
                550,
                "Verification failed for <ed@a.example> Unrouteable address Sender verify failed",
                Letter,
            ),
            (Stage::Body, 550, "5.1.1 The sender's mailbox does not exist", Letter),
            (Stage::Body, 550, "5.1.1 The account does not exist", NoMailbox),
            (Stage::Rcpt, 550, "5.2.1 The email account that you tried to reach is disabled", Closed),
            (Stage::Rcpt, 550, "account is disabled", Closed),
            (Stage::Rcpt, 550, "user unknown, or mailbox full", NoMailbox),
            (Stage::Rcpt, 550, "blocked using zen.example.org; no such user", Letter),
            (Stage::Rcpt, 550, "Access denied", Letter),
            (Stage::Rcpt, 550, "5.7.1 Relaying denied", Letter),
            (Stage::Body, 550, "5.7.515 Access denied, sending domain does not meet the required level", Letter),
            (Stage::Body, 550, "5.7.26 unauthenticated sender", Letter),
            (Stage::Rcpt, 550, "5.4.1 Recipient address rejected: Access denied", Letter),
            (Stage::Mail, 550, "5.1.8 sender's domain not found", Letter),
            (Stage::Mail, 552, "5.3.4 message too big", Letter),
            (Stage::Body, 554, "Transaction failed", Letter),
            (Stage::Body, 552, "Message size exceeds fixed maximum", Letter),
            (Stage::Rcpt, 552, "5.2.2 mailbox full", Closed),
            (Stage::Rcpt, 550, "quota exceeded by spam", Letter),
            (Stage::Body, 552, "insufficient system storage", Letter),
            (Stage::Rcpt, 552, "over", Later),
            (Stage::Body, 552, "Mailbox is over quota", Closed),
            (Stage::Rcpt, 550, "5.3.1 system full", Later),
            (Stage::Connect, 554, "no SMTP service here", Later),
            (Stage::Auth, 535, "5.7.8 bad credentials", Later),
        ] {
            let reply = Reply::read(stage, code, [line]);
            assert_eq!(Refusal::judge(&reply), means, "{stage:?} {code} {line}");
            assert_eq!(is_closed(&reply), means == Closed, "{stage:?} {code} {line}");
        }
    }

    #[test]
    fn what_is_said_of_whoever_sends() {
        for (stage, code, line, is) in [
            (Stage::Mail, 501, "5.1.7 bad sender", true),
            (Stage::Mail, 550, "no", true),
            (Stage::Rcpt, 550, "5.7.1 relaying denied", true),
            (Stage::Rcpt, 550, "5.1.8 <ed@a.example>: Sender address rejected: Domain not found", true),
            (Stage::Rcpt, 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", true),
            (Stage::Body, 550, "5.7.26 not authenticated", true),
            (Stage::Body, 550, "5.1.1 The sender's mailbox does not exist", true),
            (Stage::Rcpt, 550, "5.1.1 user unknown", false),
            (Stage::Body, 554, "5.6.0 no", false),
            (Stage::Mail, 450, "4.7.1 later", false),
            (Stage::Rcpt, 450, "4.7.1 greylisted", false),
            (Stage::Body, 250, "2.0.0 from a known sender", false),
        ] {
            assert_eq!(is_about_sender(&Reply::read(stage, code, [line])), is, "{stage:?} {code} {line}");
        }
    }

    #[test]
    fn what_would_be_said_of_every_letter() {
        for (stage, code, line, is) in [
            (Stage::Mail, 530, "5.7.0 Authentication required", true),
            (Stage::Mail, 454, "4.7.0 Temporary authentication failure", true),
            (Stage::Mail, 421, "too many messages", true),
            (Stage::Mail, 550, "5.7.1 sender not permitted", true),
            (Stage::Mail, 553, "5.1.8 sender's domain not found", true),
            (Stage::Mail, 452, "4.3.1 insufficient system storage", true),
            (Stage::Mail, 451, "4.3.4 message too big for now", false),
            (Stage::Mail, 552, "message size exceeds fixed maximum", false),
            (Stage::Mail, 552, "5.3.4 message size exceeds limit", false),
            (Stage::Mail, 552, "5.7.0 no", true),
            (Stage::Mail, 450, "4.1.7 Sender address rejected: unverified address", false),
            (Stage::Mail, 555, "5.6.7 SMTPUTF8 is not supported", false),
            (Stage::Mail, 250, "2.1.0 ok", false),
            (Stage::Mail, 0, "the letter has 10 octets", false),
            (Stage::Rcpt, 421, "4.7.0 too many recipients", false),
            (Stage::Rcpt, 550, "5.7.1 relaying denied", false),
        ] {
            assert_eq!(is_about_session(&Reply::read(stage, code, [line])), is, "{stage:?} {code} {line}");
        }
    }

    #[test]
    fn a_few_refusals_are_about_a_few_readers() {
        assert!(!is_too_many(9, 9) && !is_too_many(10, 1000) && !is_too_many(0, 0));
        assert!(is_too_many(10, 10) && is_too_many(21, 1000));
    }

    #[test]
    fn a_mailbox_that_is_full_for_now() {
        for (stage, code, line, is) in [
            (Stage::Rcpt, 452, "4.2.2 mailbox full", true),
            (Stage::Rcpt, 450, "4.2.1 disabled for now", true),
            (Stage::Body, 452, "Requested action not taken: over quota", true),
            (Stage::Body, 451, "4.2.0 Mailbox is full", true),
            (Stage::Rcpt, 452, "Requested action not taken: insufficient system storage", false),
            (Stage::Rcpt, 452, "4.5.3 too many recipients", false),
            (Stage::Rcpt, 450, "4.7.1 greylisted", false),
            (Stage::Mail, 452, "4.2.2 full", false),
            (Stage::Connect, 421, "full", false),
            (Stage::Body, 250, "2.2.2 full of joy", false),
        ] {
            assert_eq!(is_closed(&Reply::read(stage, code, [line])), is, "{stage:?} {code} {line}");
        }
    }
}

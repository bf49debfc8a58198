//! Letters to a mail server (RFC 5321, RFC 6409), stage by stage, so that it is known of each letter how far it came.
//!
//! ```text
//!  greeting ─ EHLO ─ STARTTLS ─ EHLO ─ AUTH          Session::open
//!  MAIL, RCPT, DATA ─ 354 ─ mark ─ letter and dot ─ 250   Session::deliver, once a letter
//!  QUIT                                              Session::quit
//! ```
//!
//! Nothing of a letter leaves before `mark` has agreed. What goes wrong before the final dot is sent happened to nobody; what goes wrong after it is in doubt.
//!
//! The socket is ours and not lettre's `SmtpConnection`, which offers no way to set TCP_NODELAY, limits the time of each read but not of a reply, takes a reply
//! that is not UTF-8 for a broken connection, and keeps what came unprotected before TLS. Its login mechanisms and its name for `EHLO` are used.

mod body;
mod login;
pub mod offer;
mod opening;
mod reply_lines;
pub mod server;
pub mod session;
mod trust;
pub mod unreachable;
mod wire;

//! What signing letters takes, and sending none.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use jiff::Timestamp;
use letterpress::output::dkim::Algorithm;
use letterpress::output::dkim::DkimKey;
use letterpress::output::dkim::Signer;
use letterpress::output::dkim::make;

/// A letter of so many octets, or a few more.
pub(crate) fn text(octets: usize) -> Vec<u8> {
    let head = "From: Notes <notes@example.com>\r\nTo: reader@example.org\r\nSubject: A letter\r\n\
        Date: Sun, 15 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n\
        List-Id: Notes <notes.example.com>\r\nList-Unsubscribe: <https://example.com/u/0123456789>\r\n\
        List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
    let line = "A line of quoted-printable text, as long as such lines are: 76 octets.....=\r\n";
    let mut text = head.as_bytes().to_vec();
    while text.len() < octets {
        text.extend_from_slice(line.as_bytes());
    }
    text
}

/// Signs with a new RSA key of 2048 bits.
pub(crate) fn signer() -> Signer {
    let key = DkimKey::from_pem("bench", &make(Algorithm::RsaSha256).unwrap()).unwrap();
    Signer::new("example.com", vec![key], &[])
}

/// Signs so many letters on so many threads.
pub(crate) fn sign(letters: usize, threads: usize, octets: usize, signer: &Signer) {
    let text = text(octets);
    each(letters, threads, || || drop(signer.signed(&text, Timestamp::UNIX_EPOCH).unwrap()));
}

/// Shares `count` pieces of work among threads.
pub(crate) fn each<W: FnMut()>(count: usize, threads: usize, worker: impl Fn() -> W + Sync) {
    let begun = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut work = worker();
                while begun.fetch_add(1, Ordering::Relaxed) < count {
                    work();
                }
            });
        }
    });
}

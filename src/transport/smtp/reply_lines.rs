//! One line of a server's reply, as RFC 5321 §4.2 has it.

/// A line of a reply, without its line end.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::transport::smtp) struct ReplyLine {
    /// The three digits.
    pub(in crate::transport::smtp) code: u16,
    /// Whether the reply ends here.
    pub(in crate::transport::smtp) last: bool,
    /// What follows the digits. Octets that are no UTF-8 are replaced: servers say good things in old alphabets too.
    pub(in crate::transport::smtp) text: String,
}

/// Reads a line; `None` where no server of this protocol says such a thing.
pub(in crate::transport::smtp) fn read(line: &[u8]) -> Option<ReplyLine> {
    let (digits, rest) = line.split_at_checked(3)?;
    let [first @ b'2'..=b'5', second @ b'0'..=b'9', third @ b'0'..=b'9'] = digits else { return None };
    let code = [first, second, third].iter().fold(0, |code, digit| code * 10 + u16::from(**digit - b'0'));
    let (last, text) = match rest {
        // "A client SHOULD also accept a reply of the code alone."
        [] => (true, rest),
        [b' ', text @ ..] => (true, text),
        [b'-', text @ ..] => (false, text),
        _ => return None,
    };
    Some(ReplyLine { code, last, text: String::from_utf8_lossy(text).into_owned() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines() {
        let line = |code, last, text: &str| Some(ReplyLine { code, last, text: text.into() });
        assert_eq!(read(b"250-SIZE 10"), line(250, false, "SIZE 10"));
        assert_eq!(read(b"354 go on"), line(354, true, "go on"));
        assert_eq!(read(b"250"), line(250, true, ""));
        assert_eq!(read(b"550 bo\xeete pleine"), line(550, true, "bo\u{fffd}te pleine"));
        for wrong in ["", "25", "150 x", "650 x", "2x0 x", "250x", "+OK ready", "HTTP/1.1 400 Bad Request", "٢٥٠ x"]
        {
            assert_eq!(read(wrong.as_bytes()), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_make_it_fall(octets in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(line) = read(&octets) {
                prop_assert!((200..600).contains(&line.code));
            }
        }
    }
}

//! A letter as it travels after `DATA`: with its dots doubled and its end marked (RFC 5321 §4.5.2).

use memchr::memchr2_iter;
use memchr::memmem;

/// Why a letter cannot be sent as it is: it has an octet that would let one server see the end of the letter where another does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transport::smtp) struct BareLineEnd {
    /// Where it stands, counted from 0.
    pub(in crate::transport::smtp) at: usize,
}

/// Fills `body` with a letter and its final dot.
///
/// # Errors
/// A [`BareLineEnd`] where CR or LF stands alone (RFC 5321 §2.3.8): such letters can smuggle others in.
pub(in crate::transport::smtp) fn fill(body: &mut Vec<u8>, letter: &[u8]) -> Result<(), BareLineEnd> {
    let mut after_cr = None;
    for at in memchr2_iter(b'\r', b'\n', letter) {
        let is_cr = letter.get(at) == Some(&b'\r');
        match (after_cr, is_cr) {
            (Some(cr), false) if cr + 1 == at => after_cr = None,
            (Some(cr), _) => return Err(BareLineEnd { at: cr }),
            (None, true) => after_cr = Some(at),
            (None, false) => return Err(BareLineEnd { at }),
        }
    }
    if let Some(at) = after_cr {
        return Err(BareLineEnd { at });
    }
    body.clear();
    if letter.starts_with(b".") {
        body.push(b'.');
    }
    let mut copied = 0;
    for at in memmem::find_iter(letter, b"\r\n.") {
        // Up to and with the line end; the dot comes with what follows.
        body.extend_from_slice(letter.get(copied..at + 2).unwrap_or_default());
        body.push(b'.');
        copied = at + 2;
    }
    body.extend_from_slice(letter.get(copied..).unwrap_or_default());
    if !body.is_empty() && !body.ends_with(b"\r\n") {
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b".\r\n");
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(letter: &str) -> Result<String, usize> {
        let mut body = b"left over".to_vec();
        fill(&mut body, letter.as_bytes()).map_err(|bare| bare.at)?;
        Ok(String::from_utf8(body).unwrap())
    }

    #[test]
    fn dots_are_doubled_at_the_start_of_lines_alone() {
        assert_eq!(filled("a.b\r\n.c\r\n..\r\n.").unwrap(), "a.b\r\n..c\r\n...\r\n..\r\n.\r\n");
        assert_eq!(filled(".\r\n").unwrap(), "..\r\n.\r\n");
        assert_eq!(filled("\r\n").unwrap(), "\r\n.\r\n");
        assert_eq!(filled("").unwrap(), ".\r\n");
        assert_eq!(filled("no line end").unwrap(), "no line end\r\n.\r\n");
    }

    #[test]
    fn no_letter_is_smuggled_in() {
        for (letter, at) in [
            ("a\n.\r\nMAIL FROM:<x@y.example>\r\n", 1),
            ("a\r\n\r.\r\n", 3),
            ("a\r\n.\n", 4),
            ("a\r", 1),
            ("a\r\r\n", 1),
            ("\n", 0),
        ] {
            assert_eq!(filled(letter), Err(at), "{letter:?}");
        }
    }

    proptest! {
        /// A server that reads by RFC 5321 gets back what was given, and sees the end only at the end.
        #[test]
        fn reads_back(lines in prop::collection::vec("[.a]{0,4}|\\PC{0,9}", 0..12)) {
            let letter: String = lines.iter().flat_map(|line| [line.as_str(), "\r\n"]).collect();
            let body = filled(&letter).unwrap();
            let mut read = String::new();
            let mut rest = body.as_str();
            while let Some((line, after)) = rest.split_once("\r\n") {
                rest = after;
                if line == "." {
                    break;
                }
                read.push_str(line.strip_prefix('.').unwrap_or(line));
                read.push_str("\r\n");
            }
            prop_assert_eq!(rest, "");
            prop_assert_eq!(read, letter);
        }
    }
}

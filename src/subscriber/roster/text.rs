//! From bytes to lines: encoding told, every line break made `\n`, the separator found, and no row without an end.

use std::io;
use std::io::Read;

use crate::subscriber::roster::complaint::RosterError;

/// Octets that one row may have.
const LONGEST_ROW: usize = 1 << 20;

/// Octets of the beginning that are looked at.
const HEAD: usize = 1 << 16;

/// A roster's bytes from after the byte order mark: CR LF and CR become LF, the last line ends, and a row that is longer than a mebibyte is an error, so that a
/// quotation mark that is never closed does not pull the whole file into memory.
pub struct Lines<R> {
    head: io::Cursor<Vec<u8>>,
    rest: R,
    after_cr: bool,
    last: u8,
    budget: usize,
}

impl<R: Read> Lines<R> {
    /// Begins to read.
    ///
    /// # Errors
    /// Where nothing is in it, where it is UTF-16 or no text at all, and where it cannot be read.
    pub fn open(mut rest: R) -> Result<Self, RosterError> {
        let mut head = Vec::new();
        (&mut rest).take(HEAD as u64).read_to_end(&mut head)?;
        if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
            return Err(RosterError::Utf16);
        }
        let is_office =
            head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) || head.starts_with(b"PK\x03\x04") || head.starts_with(b"%PDF");
        if is_office || head.contains(&0) {
            return Err(RosterError::NotText);
        }
        let mark = if head.starts_with(&[0xEF, 0xBB, 0xBF]) { 3 } else { 0 };
        head.drain(..mark);
        if head.iter().all(u8::is_ascii_whitespace) && head.len() < HEAD - 3 {
            return Err(RosterError::Empty);
        }
        Ok(Self { head: io::Cursor::new(head), rest, after_cr: false, last: b'\n', budget: LONGEST_ROW })
    }

    /// The separator: of comma, semicolon, tab and bar the one that the first line with anything on it has most often outside quotation marks; where that line
    /// is Excel's `sep=;`, what it says, and that line is taken away. The number of lines taken away comes second.
    pub fn separator(&mut self) -> (u8, u64) {
        let head = self.head.get_ref();
        let end = head.iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(head.len());
        if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separator] = head[..end] {
            let crlf = head[end..].starts_with(b"\r\n");
            self.head.set_position((end + 1 + usize::from(crlf)).min(head.len()) as u64);
            return (separator, 1);
        }
        let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
        let mut quoted = false;
        for byte in head.iter().skip_while(|b| matches!(b, b'\r' | b'\n')) {
            match byte {
                b'"' => quoted = !quoted,
                b'\r' | b'\n' if !quoted => break,
                byte if !quoted => counts.iter_mut().filter(|(c, _)| c == byte).for_each(|(_, count)| *count += 1),
                _ => {}
            }
        }
        // The first of equals, so that the comma is the answer where there is none.
        let best = counts.iter().rev().max_by_key(|(_, count)| *count);
        (best.map_or(b',', |(separator, _)| *separator), 0)
    }

    /// A new row begins: it may be as long as any.
    pub fn refill(&mut self) {
        self.budget = LONGEST_ROW;
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.budget == 0 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a row that does not end"));
        }
        loop {
            let most = out.len().min(self.budget);
            let mut read = self.head.read(&mut out[..most])?;
            if read == 0 {
                read = self.rest.read(&mut out[..most])?;
            }
            if read == 0 {
                if out.is_empty() || self.last == b'\n' {
                    return Ok(0);
                }
                self.last = b'\n';
                out[0] = b'\n';
                return Ok(1);
            }
            let mut kept = 0;
            for at in 0..read {
                let byte = out[at];
                let is_second = byte == b'\n' && self.after_cr;
                self.after_cr = byte == b'\r';
                if !is_second {
                    out[kept] = if byte == b'\r' { b'\n' } else { byte };
                    kept += 1;
                }
            }
            self.budget -= read;
            if kept > 0 {
                self.last = out[kept - 1];
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        let mut text = String::new();
        Lines::open(bytes).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn lines_end_alike() {
        assert_eq!(text(b"\xEF\xBB\xBFa\r\nb\rc\n\r\n\rd"), "a\nb\nc\n\n\nd\n");
        assert_eq!(text(b"a\n"), "a\n");
        struct Slow(Vec<u8>);
        impl Read for Slow {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                let Some(first) = (!self.0.is_empty()).then(|| self.0.remove(0)) else { return Ok(0) };
                out[0] = first;
                Ok(1)
            }
        }
        let mut slowly = String::new();
        Lines::open(Slow(b"a\r\nb\r\n".to_vec())).unwrap().read_to_string(&mut slowly).unwrap();
        assert_eq!(slowly, "a\nb\n");
    }

    #[test]
    fn what_is_no_text_is_told() {
        for (bytes, told) in [
            (&b""[..], "nothing in it"),
            (b" \r\n", "nothing in it"),
            (b"\xEF\xBB\xBF", "nothing in it"),
            (b"\xFF\xFEa\0", "UTF-16"),
            (b"\xFE\xFF\0a", "UTF-16"),
            (b"\xD0\xCF\x11\xE0 old Excel", "not a text file"),
            (b"email\n\0", "not a text file"),
        ] {
            let error = Lines::open(bytes).err().unwrap();
            assert!(error.to_string().contains(told), "{error}");
        }
        assert!(RosterError::Utf16.hint().is_some() && RosterError::Empty.hint().is_none());
    }

    #[test]
    fn separators() {
        for (head, separator) in [
            ("email\n", b','),
            ("email;name\n", b';'),
            ("email\tname,x\tz\n", b'\t'),
            ("email|name\n", b'|'),
            ("\"a,b,c\";x\n", b';'),
            ("\n\na;b\n,,,,\n", b';'),
        ] {
            assert_eq!(Lines::open(head.as_bytes()).unwrap().separator(), (separator, 0), "{head}");
        }
        let mut excel = Lines::open(&b"sep=;\r\nemail;name\r\n"[..]).unwrap();
        assert_eq!(excel.separator(), (b';', 1));
        let mut rest = String::new();
        excel.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "email;name\n");
    }
}

//! The relaxed canonical form of headers and bodies (RFC 6376 §3.4): what stays the same when servers touch up a letter's white space on its way.

/// One header field, as it stands in the letter: its folded lines with their line ends, the last one without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::output::dkim) struct Field<'a> {
    pub(in crate::output::dkim) name: &'a [u8],
    pub(in crate::output::dkim) value: &'a [u8],
}

impl Field<'_> {
    /// Whether it is this header; case does not count.
    pub(in crate::output::dkim) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// The header fields of a letter, and its body. Lines that are no header are passed over.
pub(in crate::output::dkim) fn split(letter: &[u8]) -> (Vec<Field<'_>>, &[u8]) {
    let (headers, body) = match memchr::memmem::find(letter, b"\r\n\r\n") {
        Some(at) => (letter.get(..at).unwrap_or_default(), letter.get(at + 4..).unwrap_or_default()),
        None => (letter.strip_suffix(b"\r\n").unwrap_or(letter), &b""[..]),
    };
    let mut fields = Vec::new();
    let mut begun = 0;
    let ends =
        memchr::memmem::find_iter(headers, b"\r\n").filter(|at| !matches!(headers.get(at + 2), Some(b' ' | b'\t')));
    for end in ends.chain([headers.len()]) {
        let field = headers.get(begun..end).unwrap_or_default();
        if let Some(colon) = memchr::memchr(b':', field) {
            let (name, value) = field.split_at(colon);
            fields.push(Field { name: name.trim_ascii_end(), value: value.get(1..).unwrap_or_default() });
        }
        begun = end + 2;
    }
    (fields, body)
}

/// Adds a field in its relaxed form (§3.4.2), without a line end.
pub(in crate::output::dkim) fn header(out: &mut Vec<u8>, field: Field<'_>) {
    out.extend(field.name.to_ascii_lowercase());
    out.push(b':');
    let words =
        field.value.split(|octet| matches!(octet, b' ' | b'\t' | b'\r' | b'\n')).filter(|word| !word.is_empty());
    for (number, word) in words.enumerate() {
        if number > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

/// The relaxed form of a body (§3.4.4): no white space at the ends of lines, single spaces within them, no empty lines at the end.
pub(in crate::output::dkim) fn body(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 2);
    let mut empty_lines = 0_usize;
    let mut rest = body;
    while !rest.is_empty() {
        let (line, after) = match memchr::memmem::find(rest, b"\r\n") {
            Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 2..).unwrap_or_default()),
            None => (rest, &b""[..]),
        };
        rest = after;
        let end = line.iter().rposition(|octet| !is_space(*octet)).map_or(0, |at| at + 1);
        let line = line.get(..end).unwrap_or_default();
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut empty_lines) {
            out.extend_from_slice(b"\r\n");
        }
        single_spaced(&mut out, line);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// The simple form of a body (§3.4.3): as it is, without empty lines at the end.
pub(in crate::output::dkim) fn simple_body(body: &[u8]) -> Vec<u8> {
    let mut out = body.to_vec();
    while out.ends_with(b"\r\n") {
        out.truncate(out.len() - 2);
    }
    out.extend_from_slice(b"\r\n");
    out
}

fn single_spaced(out: &mut Vec<u8>, line: &[u8]) {
    let mut copied = 0;
    let mut at = 0;
    while let Some(space) = memchr::memchr2(b' ', b'\t', line.get(at..).unwrap_or_default()) {
        let begins = at + space;
        let white = line.get(begins..).unwrap_or_default().iter().take_while(|octet| is_space(**octet)).count();
        at = begins + white;
        if white > 1 || line.get(begins) == Some(&b'\t') {
            out.extend_from_slice(line.get(copied..begins).unwrap_or_default());
            out.push(b' ');
            copied = at;
        }
    }
    out.extend_from_slice(line.get(copied..).unwrap_or_default());
}

fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn relaxed(text: &str) -> String {
        String::from_utf8(body(text.as_bytes())).unwrap()
    }

    /// The examples of RFC 6376 §3.4.5 and §3.4.6.
    #[test]
    fn as_the_standard_has_it() {
        let letter = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
        let (fields, text) = split(letter);
        let mut headers = Vec::new();
        for field in &fields {
            header(&mut headers, *field);
            headers.push(b'|');
        }
        assert_eq!(String::from_utf8(headers).unwrap(), "a:X|b:Y Z|");
        assert_eq!(relaxed(std::str::from_utf8(text).unwrap()), " C\r\nD E\r\n");
    }

    #[test]
    fn bodies() {
        assert_eq!(relaxed(""), "");
        assert_eq!(relaxed("\r\n\r\n"), "");
        assert_eq!(relaxed(" \t\r\n"), "");
        assert_eq!(relaxed("a"), "a\r\n");
        assert_eq!(simple_body(b""), b"\r\n");
        assert_eq!(simple_body(b" a \t\r\n\r\n\r\n"), b" a \t\r\n");
        assert_eq!(relaxed("\r\n \r\na  b\tc \t d\t\r\n.\r\n \r\n"), "\r\n\r\na b c d\r\n.\r\n");
    }

    #[test]
    fn letters_without_a_body_or_with_odd_lines() {
        assert_eq!(split(b"A: x\r\n").0, [Field { name: b"A", value: b" x" }]);
        assert_eq!(split(b"no header\r\nA: x\r\n\r\nb"), (vec![Field { name: b"A", value: b" x" }], &b"b"[..]));
        assert_eq!(split(b""), (vec![], &b""[..]));
    }

    proptest! {
        /// By the words of the standard, one rule after the other.
        #[test]
        fn is_what_the_rules_make(lines in prop::collection::vec("[ \\ta]{0,6}", 0..8)) {
            let text: String = lines.iter().flat_map(|line| [line.as_str(), "\r\n"]).collect();
            let mut expected: Vec<String> = lines
                .iter()
                .map(|line| {
                    let mut reduced = line.trim_end_matches([' ', '\t']).replace('\t', " ");
                    while reduced.contains("  ") {
                        reduced = reduced.replace("  ", " ");
                    }
                    reduced
                })
                .collect();
            while expected.last().is_some_and(String::is_empty) {
                expected.pop();
            }
            let expected: String = expected.iter().flat_map(|line| [line.as_str(), "\r\n"]).collect();
            prop_assert_eq!(relaxed(&text), expected);
        }
    }
}

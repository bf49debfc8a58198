//! E-mail addresses. [`EmailAddress::parse`] is the only parser of addresses in the program.

use std::fmt;

use percent_encoding::AsciiSet;
use percent_encoding::NON_ALPHANUMERIC;
use unicode_normalization::UnicodeNormalization;

/// What is percent-encoded in a `mailto:` URL: all but `unreserved` and what of `sub-delims` means nothing there (RFC 6068 §2).
const IN_URL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'*')
    .remove(b'+');

/// An address that can stand in `RCPT TO` (RFC 5321): the domain in A-labels, the local part as written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    local: Box<str>,
    domain: Box<str>,
}

/// What two spellings of one mailbox have in common. Made for finding duplicates and for the hash of erased addresses; never for sending.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressKey(Box<str>);

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// No `@`, or nothing before or after it, or a character that may not stand there.
    Malformed,
    /// Over 64 octets before the `@`, 255 after it, or 254 in all (RFC 5321 §4.5.3.1).
    TooLong,
    /// A line break, another control character, or a character that cannot be seen (zero width, direction).
    Control,
}

impl EmailAddress {
    /// Reads an address; internationalised domains become A-labels (RFC 5890) in lower case, the local part keeps its case and its `+tag` and is in NFC
    /// (RFC 6532 §3.1). Quotation marks and backslashes that it does not need are taken away: `"jane"@example.com` is Jane's address too (RFC 5321 §4.1.2).
    /// Spaces around it are passed over.
    ///
    /// # Errors
    /// An [`AddressError`] where it is none.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim_matches(' ');
        if text.chars().any(is_invisible) {
            return Err(AddressError::Control);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::Malformed)?;
        let local: String = local.nfc().collect();
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| AddressError::Malformed)?;
        if local.len() > 64 || domain.len() > 255 || local.len() + 1 + domain.len() > 254 {
            return Err(AddressError::TooLong);
        }
        lettre::Address::new(&local, &domain).map_err(|_| AddressError::Malformed)?;
        Ok(Self { local: barely_quoted(local, &domain).into(), domain: domain.into() })
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    /// What stands after the `@`, in A-labels.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether it may be somebody's on the internet: a domain of at least two labels, the last of which is no number. `postmaster@localhost` and `a@192.0.2.1` are for those who know what they do.
    #[must_use]
    pub fn is_public(&self) -> bool {
        let last = self.domain.rsplit_once('.').map(|(_, last)| last);
        last.is_some_and(|last| last.bytes().any(|octet| octet.is_ascii_alphabetic()))
    }

    /// Whether the local part stands in quotation marks, because it has spaces or other characters that may not stand there by themselves: `"jane doe"@example.com`.
    #[must_use]
    pub fn is_quoted(&self) -> bool {
        self.local.starts_with('"')
    }

    /// Whether it can only be sent to by a server that offers SMTPUTF8 (RFC 6531): the local part has more than ASCII.
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        !self.local.is_ascii()
    }

    /// What this address has in common with all other spellings of the same mailbox: the local part in NFKC with its case folded, `@`, the domain.
    /// `+tags` and dots count, because most servers deliver them apart.
    #[must_use]
    pub fn key(&self) -> AddressKey {
        AddressKey(format!("{}@{}", folded(&self.local), self.domain).into())
    }

    /// The URL by which one writes to it, to which `?subject=…` can be added (RFC 6068): `mailto:jane@example.com`.
    #[must_use]
    pub fn mailto(&self) -> String {
        format!("mailto:{}@{}", percent_encoding::utf8_percent_encode(&self.local, IN_URL), self.domain)
    }

    /// The address as logs may have it: `j…@e….com`.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.to_string())
    }
}

impl AddressKey {
    /// The key as text, for a column of a database or as the input of a keyed hash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Masked like the address.
impl fmt::Debug for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

/// Masks an address, or what was meant to be one, for logs and messages: of the local part and of the domain's name the first character stays, the last label
/// of the domain stays whole. `jane@example.com` gives `j…@e….com`, and a text without `@` gives `t…`.
#[must_use]
pub fn mask(text: &str) -> String {
    let text = text.trim();
    let first = |part: &str| part.chars().next().filter(|c| !is_invisible(*c)).map_or_else(String::new, String::from);
    let Some((local, domain)) = text.rsplit_once('@') else { return format!("{}…", first(text)) };
    let (name, last) = domain.rsplit_once('.').unwrap_or((domain, ""));
    let is_label = !last.is_empty() && last.chars().all(|c| c.is_alphanumeric() || c == '-');
    let last = if is_label { format!(".{last}") } else { String::new() };
    format!("{}…@{}…{last}", first(local), first(name))
}

/// Whether a character breaks lines, controls something, or hides: nothing of this kind may stand in an address.
fn is_invisible(c: char) -> bool {
    let hides = matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}');
    c.is_control() || hides
}

/// A valid local part with as little quoting as it needs (RFC 5321 §4.1.2), so that one mailbox is one address.
fn barely_quoted(local: String, domain: &str) -> String {
    let Some(inner) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return local };
    let mut bare = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        bare.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    if !bare.starts_with('"') && lettre::Address::new(&bare, domain).is_ok() {
        return bare;
    }
    format!("\"{}\"", bare.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Case and Unicode form taken away (close to NFKC_Casefold): by way of upper case, so that `ß` is `ss` and both sigmas are one. A dotless `ı` is left alone,
/// since it is another letter than `i`.
fn folded(local: &str) -> String {
    if local.is_ascii() {
        return local.to_ascii_lowercase();
    }
    let fold = |c: char| -> String {
        if c == 'ı' { c.into() } else { c.to_uppercase().flat_map(char::to_lowercase).collect() }
    };
    // Composing can make a capital anew, and folding can undo composition: the second round is the last that changes anything.
    let once = |text: &str| text.nfkc().map(fold).collect::<String>().nfkc().collect::<String>();
    once(&once(local))
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// Masked, so that no address reaches a log by accident: `j…@e….com`.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not an e-mail address",
            Self::TooLong => "longer than an e-mail address may be (RFC 5321: 64 octets before the @, 254 in all)",
            Self::Control => "a line break, control character or invisible character inside an e-mail address",
        })
    }
}

impl std::error::Error for AddressError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> AddressKey {
        EmailAddress::parse(text).unwrap_or_else(|e| panic!("{text}: {e}")).key()
    }

    #[test]
    fn domains_become_a_labels_and_debug_is_masked() {
        let a = EmailAddress::parse(" Jane+news@BÜCHER.example ").unwrap();
        assert_eq!(a.to_string(), "Jane+news@xn--bcher-kva.example");
        let is_public = |text: &str| EmailAddress::parse(text).is_ok_and(|address| address.is_public());
        assert!(is_public("jane@example.com") && is_public("jane@bücher.example"));
        assert!(!is_public("postmaster@localhost") && !is_public("a@192.0.2.1"));
        assert_eq!(format!("{a:?}"), "J…@x….example");
        assert_eq!(EmailAddress::parse("a@b\r\nBcc: c@d"), Err(AddressError::Control));
        assert_eq!(EmailAddress::parse("nobody"), Err(AddressError::Malformed));
        assert_eq!(EmailAddress::parse(&format!("{}@example.com", "a".repeat(65))), Err(AddressError::TooLong));
    }
    #[test]
    fn limits_count_octets() {
        let label = "d".repeat(60);
        let domain = format!("{label}.{label}.{label}.ee");
        assert!(EmailAddress::parse(&format!("{}@{domain}", "é".repeat(32))).is_ok(), "64 octets");
        assert_eq!(EmailAddress::parse(&format!("{}@{domain}", "é".repeat(33))), Err(AddressError::TooLong));
        assert!(EmailAddress::parse(&format!("{}@{domain}", "a".repeat(64))).is_ok());
        let long = format!("{}@{domain}.{}", "a".repeat(64), "e".repeat(4));
        assert_eq!(long.len(), 64 + 1 + domain.len() + 5);
        assert_eq!(EmailAddress::parse(&long), Err(AddressError::TooLong), "{} octets", long.len());
    }

    #[test]
    fn what_breaks_lines_or_hides_is_refused() {
        for c in
            ['\r', '\n', '\t', '\0', '\u{7f}', '\u{85}', '\u{2028}', '\u{2029}', '\u{200b}', '\u{202e}', '\u{feff}']
        {
            for text in [format!("ja{c}ne@example.com"), format!("jane@exa{c}mple.com"), format!("jane@example.com{c}")]
            {
                assert_eq!(EmailAddress::parse(&text), Err(AddressError::Control), "{text:?}");
            }
        }
    }

    #[test]
    fn one_mailbox_has_one_key() {
        for (one, other) in [
            ("Jane.Doe+News@Example.COM", "jane.doe+news@example.com"),
            ("jose\u{301}@example.com", "JOSÉ@example.com"),
            ("straße@example.com", "STRASSE@example.com"),
            ("ｊane@example.com", "jane@example.com"),
            ("σίσυφος@example.com", "ΣΊΣΥΦΟΣ@example.com"),
            ("jane@bücher.example", "jane@XN--BCHER-KVA.example"),
        ] {
            assert_eq!(key(one), key(other), "{one} {other}");
        }
        for (one, other) in [
            ("jane+a@example.com", "jane@example.com"),
            ("j.ane@example.com", "jane@example.com"),
            ("jane@example.com", "jane@example.org"),
            ("ılk@example.com", "ilk@example.com"),
        ] {
            assert_ne!(key(one), key(other), "{one} {other}");
        }
        assert_eq!(format!("{:?}", key("jane@example.com")), "j…@e….com");
    }

    #[test]
    fn quotation_marks_stay_where_they_are_needed() {
        for (text, read) in [
            (r#""jane"@example.com"#, "jane@example.com"),
            (r#""jane.doe"@example.com"#, "jane.doe@example.com"),
            (r#""ja\ne"@example.com"#, "jane@example.com"),
            (r#""jane doe"@example.com"#, r#""jane doe"@example.com"#),
            (r#""jane\,doe"@example.com"#, r#""jane,doe"@example.com"#),
            (r#""a@b"@example.com"#, r#""a@b"@example.com"#),
            (r#""\"a\""@example.com"#, r#""\"a\""@example.com"#),
            (r#""a\\b"@example.com"#, r#""a\\b"@example.com"#),
            (r#""..jane"@example.com"#, r#""..jane"@example.com"#),
        ] {
            let address = EmailAddress::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(address.to_string(), read, "{text}");
            assert_eq!(address.is_quoted(), read.starts_with('"'), "{text}");
            assert_eq!(key(read), key(text), "{text}");
        }
        let mailto = |text: &str| EmailAddress::parse(text).map(|address| address.mailto());
        assert_eq!(mailto("Jane+news@example.com").unwrap(), "mailto:Jane+news@example.com");
        assert_eq!(mailto(r#""a b>"@example.com"#).unwrap(), "mailto:%22a%20b%3E%22@example.com");
        assert_eq!(mailto("a?b&c%d@example.com").unwrap(), "mailto:a%3Fb%26c%25d@example.com");
        for text in [r#"""@example.com"#, r#"""#, r#""@example.com"#, r#""a"b"@example.com"#, r#""a\"@example.com"#] {
            assert!(EmailAddress::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_local_part_needs_smtputf8() {
        assert!(EmailAddress::parse("jö@example.com").unwrap().needs_smtputf8());
        assert!(!EmailAddress::parse("jo@bücher.example").unwrap().needs_smtputf8());
    }

    #[test]
    fn masks() {
        for (text, masked) in [
            ("jane@example.com", "j…@e….com"),
            ("jane@mail.example.co.uk", "j…@m….uk"),
            ("jane@localhost", "j…@l…"),
            ("nobody", "n…"),
            ("a@b@example.org", "a…@e….org"),
            ("\u{1b}[31m@example.com", "…@e….com"),
            ("jane@example.com\nBcc: x", "j…@e…"),
            ("@", "…@…"),
            ("", "…"),
        ] {
            assert_eq!(mask(text), masked, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_reads_back_and_fits(text in "\\PC{0,70}@[a-zA-Zü0-9.-]{0,200}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert_eq!(&EmailAddress::parse(&address.to_string()).unwrap(), &address);
                prop_assert!(address.local().len() <= 64 && address.to_string().len() <= 254);
                prop_assert!(address.domain().is_ascii() && !address.domain().bytes().any(|b| b.is_ascii_uppercase()));
                let hidden = address.to_string().chars().any(is_invisible);
                prop_assert!(!hidden);
            }
        }

        #[test]
        fn whatever_stands_in_quotation_marks_reads_back(inner in r#"[ -~]{0,40}"#) {
            if let Ok(address) = EmailAddress::parse(&format!("\"{inner}\"@example.com")) {
                prop_assert_eq!(&EmailAddress::parse(&address.to_string()).unwrap(), &address);
            }
        }

        #[test]
        fn the_key_forgets_case_and_form(local in "\\w{1,12}") {
            let forms: [String; 4] =
                [local.to_uppercase(), local.nfc().collect(), local.nfd().collect(), local.nfkd().collect()];
            prop_assume!(!local.contains('ı'));
            for form in forms {
                prop_assert_eq!(folded(&form), folded(&local), "{:?} {:?}", form, local);
            }
            prop_assert_eq!(folded(&folded(&local)), folded(&local));
        }

        #[test]
        fn a_mask_tells_at_most_two_characters_and_the_last_label(text in "\\PC*") {
            let masked = mask(&text);
            let (before, last) = masked.rsplit_once('…').unwrap();
            prop_assert!(before.chars().filter(|c| !matches!(c, '…' | '@')).count() <= 2);
            prop_assert!(last.is_empty() || last.starts_with('.'));
        }
    }
}

//! A whole web address that may stand in a header field and in a mail: `https://example.com/newsletter/unsubscribe/…`.

use std::fmt;

use url::Url;

/// An `https` (or `http`) address with a host, in ASCII, without white space and without `<`, `>`, `"` (RFC 2369 §2).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WebUrl(Box<str>);

/// Why a text is no web address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebUrlError {
    /// Not an absolute URL, or one without a host.
    NotAbsolute,
    /// Neither `https` nor `http`.
    Scheme,
    /// A user name or a password does not belong there.
    Login,
}

impl WebUrl {
    /// Reads an address; its host becomes A-labels, what may not stand in a URL is percent-encoded.
    ///
    /// # Errors
    /// A [`WebUrlError`].
    pub fn parse(text: &str) -> Result<Self, WebUrlError> {
        let url = Url::parse(text).map_err(|_| WebUrlError::NotAbsolute)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(WebUrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(WebUrlError::Login);
        }
        let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"');
        if !url.has_host() || !url.as_str().bytes().all(plain) {
            return Err(WebUrlError::NotAbsolute);
        }
        Ok(Self(String::from(url).into()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Up to the host: what follows may be a token that nobody else should have.
impl fmt::Debug for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        write!(f, "{host}/…")
    }
}

impl fmt::Display for WebUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => "not a whole address such as https://example.com/",
            Self::Scheme => "neither https nor http",
            Self::Login => "a user name or a password does not belong in an address",
        })
    }
}

impl std::error::Error for WebUrlError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_addresses_alone() {
        let read = |text: &str| WebUrl::parse(text).map(|url| url.to_string());
        assert_eq!(read("https://Bücher.example/a b?<x>"), Ok("https://xn--bcher-kva.example/a%20b?%3Cx%3E".into()));
        assert_eq!(read("https://e.com/u/\r\nBcc: x"), Ok("https://e.com/u/Bcc:%20x".into()));
        assert_eq!(read("/u"), Err(WebUrlError::NotAbsolute));
        assert_eq!(read("mailto:a@b.cd"), Err(WebUrlError::Scheme));
        assert_eq!(read("https://me:pass@e.com/"), Err(WebUrlError::Login));
        assert_eq!(format!("{:?}", WebUrl::parse("https://e.com/u/token").unwrap()), "https://e.com/…");
    }

    proptest! {
        #[test]
        fn nothing_that_ends_a_field(rest in any::<String>()) {
            if let Ok(url) = WebUrl::parse(&format!("https://e.com/{rest}")) {
                prop_assert!(url.as_str().bytes().all(|b| b.is_ascii_graphic() && b != b'>'));
            }
        }
    }
}

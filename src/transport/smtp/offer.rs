//! What a server offers, as it says in its answer to `EHLO` (RFC 5321 §4.1.1.1).

/// The extensions of a server that we know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Several commands may be sent at once (RFC 2920).
    pub pipelining: bool,
    /// The largest letter in octets (RFC 1870), where it says one.
    pub size: Option<u64>,
    /// It says how large letters may be, and wants to hear how large one is.
    pub asks_size: bool,
    /// 8-bit text (RFC 6152).
    pub eight_bit: bool,
    /// Addresses and headers in UTF-8 (RFC 6531).
    pub smtputf8: bool,
    /// TLS on this connection (RFC 3207).
    pub starttls: bool,
    /// Reports of delivery (RFC 3461).
    pub dsn: bool,
    /// Ways to log in (RFC 4954), in capitals.
    pub auth: Vec<String>,
}

impl Offer {
    /// Reads the lines of the answer, the first of which is a greeting.
    pub(in crate::transport::smtp) fn read<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut offer = Self::default();
        for line in lines.into_iter().skip(1) {
            let line = line.to_ascii_uppercase();
            // Some old servers write `AUTH=LOGIN`, for clients older still.
            let mut words = line.split([' ', '\t', '=']).filter(|word| !word.is_empty());
            match words.next() {
                Some("PIPELINING") => offer.pipelining = true,
                Some("SIZE") => {
                    offer.asks_size = true;
                    // RFC 1870 §4: without a number, or with 0, there is no limit to tell.
                    offer.size = words.next().and_then(|size| size.parse().ok()).filter(|size| *size != 0);
                }
                Some("8BITMIME") => offer.eight_bit = true,
                Some("SMTPUTF8") => offer.smtputf8 = true,
                Some("STARTTLS") => offer.starttls = true,
                Some("DSN") => offer.dsn = true,
                Some("AUTH") => {
                    for word in words.map(str::to_owned) {
                        if !offer.auth.contains(&word) {
                            offer.auth.push(word);
                        }
                    }
                }
                _ => {}
            }
        }
        offer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says() {
        let offer = Offer::read([
            "mail.example.com greets you",
            "pipelining",
            "SIZE 10240000",
            "ETRN",
            "AUTH PLAIN login",
            "AUTH=LOGIN PLAIN",
            "ENHANCEDSTATUSCODES",
            "8BITMIME",
            "DSN",
            "SMTPUTF8",
            "STARTTLS",
            "",
        ]);
        let all = Offer {
            pipelining: true,
            size: Some(10_240_000),
            asks_size: true,
            eight_bit: true,
            smtputf8: true,
            starttls: true,
            dsn: true,
            auth: vec!["PLAIN".into(), "LOGIN".into()],
        };
        assert_eq!(offer, all);
        assert_eq!(Offer::read(["PIPELINING is the name of this host"]), Offer::default());
        for unlimited in ["SIZE", "SIZE 0", "SIZE much"] {
            let offer = Offer::read(["mail", unlimited]);
            assert_eq!((offer.asks_size, offer.size), (true, None), "{unlimited}");
        }
    }
}

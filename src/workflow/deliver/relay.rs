//! What a letter needs for the one server that takes it: its header fields, its return path, and the signatures that survive it.

use jiff::Timestamp;

use crate::config::relay;
use crate::config::relay::Profile;
use crate::config::relay::Signs;
use crate::config::smtp::Smtp;
use crate::newsletter::mailing::DeliveryId;
use crate::newsletter::mailing::Mailing;
use crate::output::letter::Letter;
use crate::subscriber::delivery_token;
use crate::subscriber::keys::KeyRing;
use crate::value::return_path::ReturnPath;
use crate::workflow::deliver::sign::Signers;

/// The delivery of letters that the ledger knows nothing of: tests, and those written into a folder.
pub const NO_DELIVERY: DeliveryId = DeliveryId(0);

/// The longest line of a field that we fold.
const WIDTH: usize = 76;

/// A server, as far as letters differ by it.
#[derive(Clone, Debug)]
pub struct Relay {
    profile: &'static Profile,
    return_path: Option<ReturnPath>,
    streams: Option<(String, String)>,
    configuration_set: Option<String>,
}

impl Relay {
    /// That of `[[smtp]]`.
    #[must_use]
    pub fn of(smtp: &Smtp) -> Self {
        Self {
            profile: smtp.profile,
            return_path: smtp.return_path.clone(),
            streams: smtp.streams.clone(),
            configuration_set: smtp.configuration_set.clone(),
        }
    }

    /// None: for letters that become files.
    #[must_use]
    pub fn none() -> Self {
        Self { profile: relay::custom(), return_path: None, streams: None, configuration_set: None }
    }

    /// Headers that it writes anew or takes out, so that they arrive otherwise than they were written.
    #[must_use]
    pub fn changes(&self, header: &str) -> bool {
        let names = self.profile.replaces.iter().chain(self.profile.removes);
        names.into_iter().any(|name| name.eq_ignore_ascii_case(header))
    }

    /// Whether our signatures are on letters through it.
    #[must_use]
    pub fn takes_signatures(&self) -> bool {
        self.profile.signs == Signs::We
    }

    /// The letter as it is to leave through this server.
    ///
    /// # Errors
    /// Why it cannot be made so, as text: then it must not leave.
    pub fn ready(
        &self,
        mut letter: Letter,
        (delivery, kind): (DeliveryId, Mailing),
        (keys, signers): (&KeyRing, &Signers),
        now: Timestamp,
    ) -> Result<Letter, String> {
        let mut removed = Vec::new();
        for name in self.profile.removes {
            removed.extend(letter.take_field(name));
        }
        let needs_token = !self.profile.fields.is_empty() || self.return_path.as_ref().is_some_and(ReturnPath::is_own);
        let token = if needs_token { delivery_token::sign(keys, delivery.0) } else { String::new() };
        let fields = self.fields(&token, kind, removed.first().map_or("", String::as_str));
        let signatures = match self.profile.signs {
            Signs::We => signers.signatures(&letter, self.profile.replaces, now)?,
            Signs::It => String::new(),
        };
        if !(fields.is_empty() && signatures.is_empty()) {
            letter.put_before(&(signatures + &fields));
        }
        if let Some(path) = &self.return_path {
            letter.envelope.from = path.address(&token).map_err(|error| format!("`return_path`: {error}"))?;
            letter.smtputf8 |= letter.envelope.from.needs_smtputf8();
        }
        Ok(letter)
    }

    /// The header fields that are for this server. `feedback` is the `Feedback-ID` of a letter that was to have one.
    fn fields(&self, token: &str, kind: Mailing, feedback: &str) -> String {
        let stream = self.streams.as_ref().map(|(issues, notices)| match kind {
            Mailing::Issue => issues.as_str(),
            Mailing::Notice => notices.as_str(),
        });
        let mut parts = feedback.split(':');
        let values = [
            token,
            stream.unwrap_or_default(),
            self.configuration_set.as_deref().unwrap_or_default(),
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        ];
        let mut fields = String::new();
        for (name, template) in self.profile.fields {
            let mut value = (*template).to_owned();
            let mut is_whole = true;
            for (place, own) in relay::PLACES.into_iter().zip(values) {
                is_whole &= !(own.is_empty() && value.contains(place));
                value = value.replace(place, own);
            }
            if is_whole {
                fold(&mut fields, name, &value);
            }
        }
        fields
    }
}

/// Adds a field, folded at spaces (RFC 5322 §2.2.3).
fn fold(fields: &mut String, name: &str, value: &str) {
    fields.push_str(name);
    fields.push(':');
    let mut column = name.len() + 1;
    for word in value.split(' ') {
        if column + 1 + word.len() > WIDTH && column > name.len() + 1 {
            fields.push_str("\r\n");
            column = 0;
        }
        fields.push(' ');
        fields.push_str(word);
        column += 1 + word.len();
    }
    fields.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::letter::Envelope;
    use crate::value::address::EmailAddress;

    fn letter() -> Letter {
        let address = |text| EmailAddress::parse(text).unwrap();
        Letter {
            envelope: Envelope { from: address("ed@a.example"), to: address("jane@example.com") },
            message_id: "1@a.example".into(),
            octets: b"From: ed@a.example\r\nFeedback-ID: 2026-11-15:digest:issue:\r\n abcdef\r\nTo: x\r\n\r\nFeedback-ID: 1\r\n".to_vec(),
            smtputf8: false,
        }
    }

    fn ready(relay: &Relay) -> (String, String) {
        let keys = KeyRing::generate(Timestamp::UNIX_EPOCH).unwrap();
        let letter = relay
            .ready(letter(), (DeliveryId(7), Mailing::Notice), (&keys, &Signers::default()), Timestamp::UNIX_EPOCH)
            .unwrap();
        let token = delivery_token::sign(&keys, 7);
        let shown = |text: &str| text.replace(&token, "TOKEN");
        (shown(std::str::from_utf8(&letter.octets).unwrap()), shown(&letter.envelope.from.to_string()))
    }

    #[test]
    fn a_field_without_a_value_is_left_out() {
        let ses = relay::find("ses").unwrap();
        let relay = Relay { profile: ses, ..Relay::none() };
        let (text, from) = ready(&relay);
        let expected = "X-SES-MESSAGE-TAGS: delivery=TOKEN,\r\n ses:feedback-id-a=2026-11-15, ses:feedback-id-b=digest\r\n\
                        From: ed@a.example\r\nTo: x\r\n\r\nFeedback-ID: 1\r\n";
        assert_eq!((text.as_str(), from.as_str()), (expected, "ed@a.example"));
        let return_path = Some(ReturnPath::parse("b+{token}@a.example").unwrap());
        let (text, from) = ready(&Relay { configuration_set: Some("news".into()), return_path, ..relay });
        assert!(text.starts_with("X-SES-CONFIGURATION-SET: news\r\nX-SES-MESSAGE-TAGS: "), "{text}");
        assert_eq!(from, "b+TOKEN@a.example");
    }

    #[test]
    fn notices_go_into_a_stream_of_their_own() {
        let streams = Some(("broadcast".into(), "outbound".into()));
        let relay = Relay { profile: relay::find("postmark").unwrap(), streams, ..Relay::none() };
        assert!(ready(&relay).0.starts_with("X-PM-Message-Stream: outbound\r\nX-PM-Metadata-delivery: TOKEN\r\n"));
        assert!(relay.fields("t", Mailing::Issue, "").starts_with("X-PM-Message-Stream: broadcast\r\n"));
    }

    #[test]
    fn every_place_has_a_value_and_every_value_a_place() {
        for profile in &relay::PROFILES {
            for (name, value) in profile.fields {
                let mut rest = (*value).to_owned();
                relay::PLACES.iter().for_each(|place| rest = rest.replace(place, ""));
                let left = rest.split('{').skip(1).filter(|after| after.starts_with(|c: char| c.is_ascii_alphabetic()));
                assert_eq!(left.count(), 0, "{name} of {}: {value}", profile.name);
            }
        }
    }

    #[test]
    fn a_custom_server_gets_letters_as_they_are() {
        let (text, from) = ready(&Relay::none());
        assert_eq!((text.as_bytes(), from.as_str()), (&*letter().octets, "ed@a.example"));
    }
}

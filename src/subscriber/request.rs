//! What a request to subscribe leads to, by what is known of the address. The reader who asked is told the same in any case.

use crate::subscriber::status::Status;
use crate::subscriber::status::Suppression;

/// What to do about a request to subscribe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The subscription is (or stays) `pending`, the consent ledger gets a line, and a confirmation mail goes out.
    Confirm,
    /// Nothing changes; a mail says that the address is subscribed already. Also for who paused: the mail leads to where it can be taken up again.
    AlreadySubscribed,
    /// Nothing changes and nothing is sent: the address is suppressed. Only the site's owner can lift that.
    Nothing,
}

/// Decides. A request alone proves nothing about who made it, so it never ends, pauses or resumes anything.
#[must_use]
pub fn decide(status: Option<Status>, suppression: Option<Suppression>) -> Answer {
    match (suppression, status) {
        (Some(_), _) => Answer::Nothing,
        (None, Some(Status::Confirmed | Status::Paused)) => Answer::AlreadySubscribed,
        (None, None | Some(Status::Pending | Status::Unsubscribed)) => Answer::Confirm,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_never_lowers_and_never_reaches_who_is_suppressed() {
        for suppression in Suppression::ALL {
            for status in Status::ALL.into_iter().map(Some).chain([None]) {
                assert_eq!(decide(status, Some(suppression)), Answer::Nothing);
            }
        }
        assert_eq!(decide(None, None), Answer::Confirm);
        assert_eq!(decide(Some(Status::Pending), None), Answer::Confirm);
        assert_eq!(decide(Some(Status::Unsubscribed), None), Answer::Confirm);
        assert_eq!(decide(Some(Status::Confirmed), None), Answer::AlreadySubscribed);
        assert_eq!(decide(Some(Status::Paused), None), Answer::AlreadySubscribed);
    }
}

//! `subscribers remove`: unsubscribes a reader by hand. The row stays, so that no import brings the reader back.

use jiff::Timestamp;

use crate::store::consents;
use crate::store::subscribers as readers;
use crate::store::subscriptions;
use crate::subscriber::consent::Record;
use crate::subscriber::consent::Source;
use crate::subscriber::consent::Step;
use crate::subscriber::status::Status;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::List;
use crate::workflow::newsletter::mistake;
use crate::workflow::subscribers;

/// Unsubscribes an address from one newsletter, or from all. Says from which; from none where it had left them before.
///
/// # Errors
/// Mistakes: a bad address, an unknown newsletter, an address that is not on the list; [`Failure::Store`].
pub fn remove(list: &List, address: &str, newsletter: Option<&str>, now: Timestamp) -> Result<Vec<String>, Failure> {
    let address = subscribers::address(address)?;
    let only = newsletter.map(|id| subscribers::newsletter(&list.config, Some(id))).transpose()?;
    let key = address.key();
    let removed = list.store.write(move |sql| {
        let Some(reader) = readers::find(sql, &key)? else { return Ok(None) };
        let mut left = Vec::new();
        for own in subscriptions::of_subscriber(sql, reader.id)? {
            if own.status == Status::Unsubscribed || only.as_ref().is_some_and(|only| *only != own.newsletter) {
                continue;
            }
            subscriptions::set(sql, &own, Status::Unsubscribed, now)?;
            let newsletter = own.newsletter.clone();
            let (page, wording, ip_hash) = (None, None, None);
            let record =
                Record { step: Step::Withdrew, at: now, newsletter, page, wording, source: Source::Hand, ip_hash };
            consents::append(sql, reader.id, &record)?;
            left.push(String::from(own.newsletter));
        }
        Ok(Some(left))
    })?;
    removed.ok_or_else(|| not_there(&address.masked()))
}

/// The mistake of an address that is not on the list.
pub(in crate::workflow::subscribers) fn not_there(masked: &str) -> Failure {
    mistake(
        "not-on-the-list",
        format!("{masked} is not on the list"),
        "look for it: letterpress subscribers list --find TEXT".into(),
    )
}

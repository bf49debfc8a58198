//! `subscribers list`: who is on the list, one subscription a row.

use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::store::export;
use crate::subscriber::roster::entry::Entry;
use crate::subscriber::status::Status;
use crate::subscriber::status::Suppression;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::Database;
use crate::workflow::subscribers;

/// Which rows. Without anything: all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this newsletter.
    pub newsletter: Option<String>,
    /// With this status: `pending`, `confirmed`, `paused` or `unsubscribed`.
    pub status: Option<&'static str>,
    /// Only of addresses that are suppressed.
    pub suppressed: bool,
    /// Of readers with this tag.
    pub tag: Option<String>,
    /// Of addresses or names with this in them, whatever the case of its letters.
    pub text: Option<String>,
}

/// One subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The address, whole.
    pub address: String,
    /// The newsletter; empty for a suppressed address without a subscription.
    pub newsletter: String,
    /// The status.
    pub status: &'static str,
    /// Why nothing is sent to the address.
    pub suppressed: Option<&'static str>,
    /// The reader's name; may be empty.
    pub name: String,
    /// The reader's tags.
    pub tags: Vec<String>,
    /// When they confirmed, else asked.
    pub since: Option<Timestamp>,
}

/// Hands over the rows, by address, until there are no more or `each` has enough. Says how many.
///
/// # Errors
/// A mistake for a newsletter that is none of the site's; [`Failure::Store`].
pub fn list(
    list: &Database,
    filter: &Filter,
    each: &mut (dyn FnMut(Row) -> ControlFlow<()> + Send),
) -> Result<u64, Failure> {
    if let Some(id) = &filter.newsletter {
        subscribers::newsletter(&list.config, Some(id))?;
    }
    let text = filter.text.as_ref().map(|text| text.to_lowercase());
    let mut count = 0;
    let counted = &mut count;
    list.store.read(move |sql| {
        export::each(sql, &mut |entry| {
            if !is_meant(&entry, filter, text.as_deref()) {
                return ControlFlow::Continue(());
            }
            *counted += 1;
            each(row(entry))
        })
    })?;
    Ok(count)
}

fn is_meant(entry: &Entry, filter: &Filter, text: Option<&str>) -> bool {
    let is_of = |id: &String| entry.newsletter.as_deref() == Some(id);
    let has = |text: &str| {
        entry.address.to_string().to_lowercase().contains(text) || entry.name.display().to_lowercase().contains(text)
    };
    filter.newsletter.as_ref().is_none_or(is_of)
        && filter.status.is_none_or(|status| Status::parse(status) == Ok(entry.status))
        && (!filter.suppressed || entry.suppression.is_some())
        && filter.tag.as_ref().is_none_or(|tag| entry.tags.iter().any(|own| **own == **tag))
        && text.is_none_or(has)
}

fn row(entry: Entry) -> Row {
    Row {
        address: entry.address.to_string(),
        newsletter: entry.newsletter.map(String::from).unwrap_or_default(),
        status: entry.status.word(),
        suppressed: entry.suppression.map(Suppression::word),
        name: entry.name.display(),
        tags: entry.tags.into_iter().map(String::from).collect(),
        since: entry.consent.confirmed.or(entry.consent.asked),
    }
}

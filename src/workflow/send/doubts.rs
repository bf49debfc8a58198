//! What becomes of an issue's letters in doubt, where its newsletter says so. That is about answers that were lost: of what a restored list does not know, a person decides.

use jiff::Timestamp;

use crate::config::issues::InDoubt;
use crate::config::site::Config;
use crate::library::issue::Issue;
use crate::newsletter::mailing::MailingId;
use crate::store::Store;
use crate::store::issues;
use crate::workflow::failure::Failure;

/// What the newsletter's settings made of letters in doubt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// So many are sent once more.
    pub resent: u64,
    /// So many count as sent.
    pub assumed: u64,
}

/// Holds them for somebody to settle them, unless the newsletter's settings say otherwise. Says how many it settled how.
///
/// # Errors
/// [`Failure::Store`].
pub(in crate::workflow::send) fn settle(
    store: &Store,
    mailing: MailingId,
    policy: InDoubt,
    now: Timestamp,
) -> Result<Resolved, Failure> {
    if policy == InDoubt::Hold {
        return Ok(Resolved::default());
    }
    let resend = policy == InDoubt::Resend;
    let settled = store.write(move |sql| {
        let mut settled = 0;
        for doubt in issues::lost_answers(sql, mailing)? {
            settled += u64::from(issues::resolve(sql, doubt, resend, now)?);
        }
        Ok(settled)
    })?;
    Ok(expected(policy, settled))
}

/// What [`settle`] would make of so many.
pub(in crate::workflow::send) fn expected(policy: InDoubt, doubts: u64) -> Resolved {
    match policy {
        InDoubt::Hold => Resolved::default(),
        InDoubt::Resend => Resolved { resent: doubts, assumed: 0 },
        InDoubt::AssumeSent => Resolved { resent: 0, assumed: doubts },
    }
}

/// Whether an issue has letters in doubt that its newsletter's settings are to settle.
///
/// # Errors
/// [`Failure::Store`].
pub(in crate::workflow::send) fn are_to_be_settled(
    store: &Store,
    config: &Config,
    issue: &Issue,
    mailing: MailingId,
) -> Result<bool, Failure> {
    let settings = config.newsletters.get(issue.newsletter.0);
    let is_held = settings.is_none_or(|settings| settings.issues.in_doubt == InDoubt::Hold);
    Ok(!is_held && lost(store, mailing)? > 0)
}

/// How many letters of an issue are in doubt.
///
/// # Errors
/// [`Failure::Store`].
pub(in crate::workflow::send) fn count(store: &Store, mailing: MailingId) -> Result<u64, Failure> {
    Ok(store.read(|sql| issues::doubts(sql, Some(mailing)))?.len() as u64)
}

/// How many of them are in doubt because an answer was lost: what a restored backup has put in doubt is for a person.
///
/// # Errors
/// [`Failure::Store`].
pub(in crate::workflow::send) fn lost(store: &Store, mailing: MailingId) -> Result<u64, Failure> {
    Ok(store.read(|sql| issues::lost_answers(sql, mailing))?.len() as u64)
}

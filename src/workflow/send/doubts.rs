//! What becomes of an issue's letters in doubt, where its newsletter says so. That is about answers that were lost: of what a restored list does not know, a person decides.

use jiff::Timestamp;

use crate::config::issues::InDoubt;
use crate::newsletter::mailing::MailingId;
use crate::store::Store;
use crate::store::issues;
use crate::workflow::failure::Failure;

/// Holds them for somebody to settle them, unless the newsletter's settings say otherwise.
///
/// # Errors
/// [`Failure::Store`].
pub(in crate::workflow::send) fn settle(
    store: &Store,
    mailing: MailingId,
    policy: InDoubt,
    now: Timestamp,
) -> Result<(), Failure> {
    let resend = match policy {
        InDoubt::Hold => return Ok(()),
        InDoubt::Resend => true,
        InDoubt::AssumeSent => false,
    };
    store.write(move |sql| {
        for doubt in issues::lost_answers(sql, mailing)? {
            issues::resolve(sql, doubt, resend, now)?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Whether there are any that it settles.
///
/// # Errors
/// [`Failure::Store`].
pub(in crate::workflow::send) fn are_there(store: &Store, mailing: MailingId) -> Result<bool, Failure> {
    Ok(!store.read(|sql| issues::lost_answers(sql, mailing))?.is_empty())
}

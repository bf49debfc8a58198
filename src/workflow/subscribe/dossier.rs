//! What is known of one reader, for that reader: in words of the field, and complete.

use serde_json::Value;
use serde_json::json;

use crate::newsletter::mailing::NoticeKind;
use crate::store::Sql;
use crate::store::StoreError;
use crate::store::consents;
use crate::store::letters;
use crate::store::letters::Letter;
use crate::store::subscribers;
use crate::store::subscriptions;
use crate::store::suppressions;
use crate::subscriber::consent::Record;
use crate::subscriber::consent::Source;
use crate::subscriber::keys::AddressHash;
use crate::subscriber::subscriber::Subscriber;
use crate::subscriber::subscriber::Subscription;

/// JSON, indented. Times are RFC 3339; `ip_hash` is what stands in the list for the network address, in hexadecimal.
///
/// # Errors
/// A [`StoreError`].
pub(in crate::workflow) fn of(
    sql: &mut dyn Sql,
    subscriber: &Subscriber,
    hash: &AddressHash,
) -> Result<String, StoreError> {
    let subscriptions = subscriptions::of_subscriber(sql, subscriber.id)?;
    let consents = consents::of(sql, subscriber.id)?;
    let tags = subscribers::tags(sql, subscriber.id)?;
    let letters = letters::of(sql, subscriber.id)?;
    let suppressed = suppressions::of(sql, hash)?;
    let dossier = json!({
        "address": subscriber.address.to_string(),
        "name": subscriber.name.display(),
        "first_name": subscriber.name.first,
        "last_name": subscriber.name.last,
        "tags": tags,
        "on_the_list_since": subscriber.created.to_string(),
        "last_changed": subscriber.changed.to_string(),
        "subscriptions": subscriptions.iter().map(subscription).collect::<Vec<_>>(),
        "consent": consents.iter().map(record).collect::<Vec<_>>(),
        "suppressed": suppressed.map(|(reason, at)| json!({ "reason": reason.word(), "at": at.to_string() })),
        "letters": letters.iter().map(letter).collect::<Vec<_>>(),
    });
    Ok(format!("{dossier:#}\n"))
}

fn subscription(own: &Subscription) -> Value {
    json!({ "newsletter": own.newsletter, "status": own.status.word(), "since": own.changed.to_string() })
}

fn letter(letter: &Letter) -> Value {
    json!({
        "kind": letter.mailing.word(),
        "notice": letter.notice.map(NoticeKind::word),
        "newsletter": letter.newsletter,
        "state": letter.state.word(),
        "since": letter.changed.to_string(),
        "reply": letter.reply,
    })
}

fn record(line: &Record) -> Value {
    let (file, service) = match &line.source {
        Source::Import { file, service } => (Some(file), Some(service)),
        Source::Form | Source::Hand => (None, None),
    };
    json!({
        "step": line.step.word(),
        "at": line.at.to_string(),
        "newsletter": line.newsletter,
        "page": line.page,
        "wording": line.wording,
        "source": line.source.word(),
        "imported_from_file": file,
        "imported_from_service": service,
        "ip_hash": line.ip_hash.as_deref().map(|hash| data_encoding::HEXLOWER.encode(hash)),
    })
}

//! How consents stand in columns, and words in cells.

use crate::newsletter::delivery::State;
use crate::store::error::StoreError;
use crate::store::sql::Row;
use crate::store::sql::Value;
use crate::subscriber::consent::Consent;
use crate::subscriber::consent::Source;
use crate::subscriber::status::Status;
use crate::subscriber::status::Suppression;

/// The columns of a [`Consent`], in the order of [`consent`] and [`consent_of`].
pub(in crate::store) const CONSENT: &str =
    "source, source_file, source_service, page, wording, asked, confirmed, withdrew, ip_hash";

/// Where a delivery stands.
pub(in crate::store) fn state(row: &Row, at: usize) -> Result<State, StoreError> {
    State::parse(row.text(at)?).ok_or_else(|| StoreError::row("a state that is not known"))
}

/// A consent as cells.
pub(in crate::store) fn consent(consent: &Consent) -> [Value<'_>; 9] {
    let [word, file, service] = source(&consent.source);
    [
        word,
        file,
        service,
        consent.page.as_deref().into(),
        consent.wording.as_deref().into(),
        consent.asked.into(),
        consent.confirmed.into(),
        consent.withdrew.into(),
        consent.ip_hash.as_deref().into(),
    ]
}

/// A source as cells: the word, the file, the service.
pub(in crate::store) fn source(source: &Source) -> [Value<'_>; 3] {
    match source {
        Source::Import { file, service } => [source.word().into(), (&**file).into(), (&**service).into()],
        Source::Form | Source::Hand => [source.word().into(), Value::Null, Value::Null],
    }
}

/// Reads a consent whose first column is `from`.
pub(in crate::store) fn consent_of(row: &Row, from: usize) -> Result<Consent, StoreError> {
    Ok(Consent {
        source: source_of(row, from)?,
        page: maybe(row, from + 3)?,
        wording: maybe(row, from + 4)?,
        asked: row.maybe_time(from + 5)?,
        confirmed: row.maybe_time(from + 6)?,
        withdrew: row.maybe_time(from + 7)?,
        ip_hash: row.maybe_blob(from + 8)?.map(Into::into),
    })
}

/// Reads a source whose first column is `from`.
pub(in crate::store) fn source_of(row: &Row, from: usize) -> Result<Source, StoreError> {
    let text = |at| row.maybe_text(at).map(|text| text.unwrap_or_default().into());
    Ok(match row.text(from)? {
        "form" => Source::Form,
        "hand" => Source::Hand,
        "import" => Source::Import { file: text(from + 1)?, service: text(from + 2)? },
        _ => return Err(StoreError::row("a source of consent that is not known")),
    })
}

/// A text of its own, or nothing.
pub(in crate::store) fn maybe(row: &Row, at: usize) -> Result<Option<Box<str>>, StoreError> {
    Ok(row.maybe_text(at)?.map(Into::into))
}

/// A text where empty means nothing.
pub(in crate::store) fn some(row: &Row, at: usize) -> Result<Option<Box<str>>, StoreError> {
    Ok(row.maybe_text(at)?.filter(|text| !text.is_empty()).map(Into::into))
}

/// A status.
pub(in crate::store) fn status(row: &Row, at: usize) -> Result<Status, StoreError> {
    Status::parse(row.text(at)?).map_err(|_| StoreError::row("a status that is not known"))
}

/// A reason of suppression.
pub(in crate::store) fn suppression(row: &Row, at: usize) -> Result<Suppression, StoreError> {
    Suppression::parse(row.text(at)?).map_err(|_| StoreError::row("a reason of suppression that is not known"))
}

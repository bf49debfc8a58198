//! `[store]`: where the list is.

use crate::config::secret;
use crate::config::secret::SecretPlace;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;

/// `[store]`: where the list is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StorePlace {
    /// The SQLite file, relative to the site's folder or absolute.
    pub path: Option<Located<String>>,
    /// Where the URL of a PostgreSQL database is.
    pub url: Option<SecretPlace>,
}

/// Reads `[store]`.
pub(in crate::config) fn read_store(fields: Option<Fields<'_>>) -> StorePlace {
    let Some(mut fields) = fields else { return StorePlace::default() };
    let place = StorePlace { path: fields.string("path"), url: secret::secret(&mut fields, "url") };
    if place.path.is_some() && place.url.is_some() {
        let message = "[store] has both `path` and `url`: the list is in one place";
        let hint = "keep `path` for an SQLite file, or `url` for PostgreSQL";
        fields.push(Diagnostic::error("two-stores", message).at(fields.source(), fields.span()).hint(hint));
    }
    fields.finish();
    place
}

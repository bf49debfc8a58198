//! Where secrets are: an environment variable or a file. They are named in `site.toml`, never written there.

use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Data;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// In an environment variable of this name.
    Env(String),
    /// In a file, its path relative to the site's folder or absolute.
    File(String),
}

/// `{ env = "NAME" }` or `{ file = "path" }`. A string in its place is the secret itself, which must not stand in a file that goes to git: the message does not repeat it.
pub(in crate::config) fn secret(fields: &mut Fields<'_>, key: &'static str) -> Option<SecretPlace> {
    let node = fields.node(key)?;
    let hint = format!("write {key} = {{ env = \"NAME\" }} or {key} = {{ file = \"path\" }}");
    if !matches!(node.data, Data::Table(_)) {
        let message = format!("`{key}` names where the secret is; the secret itself does not belong into site.toml");
        fields.push(Diagnostic::error("secret-in-file", message).at(fields.source(), node.span).hint(hint));
        return None;
    }
    secret_table(fields, key, node, hint)
}

fn secret_table(fields: &Fields<'_>, key: &str, node: Node, hint: String) -> Option<SecretPlace> {
    let span = node.span.clone();
    let mut table = fields.child(format!("`{key}`"), node);
    let (env, file) = (table.string("env"), table.string("file"));
    table.finish();
    match (env, file) {
        (Some(env), None) => Some(SecretPlace::Env(env.value)),
        (None, Some(file)) => Some(SecretPlace::File(file.value)),
        _ => {
            let message = format!("`{key}` needs one of `env` and `file`");
            fields.push(Diagnostic::error("missing-key", message).at(fields.source(), span).hint(hint));
            None
        }
    }
}

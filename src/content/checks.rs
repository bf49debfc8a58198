//! Checks of single values of front matter, shared by posts, pages and profiles. Each reports what it refuses and gives `None`.

use crate::content::date::Date;
use crate::content::links;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Data;
use crate::diagnostic::node::Located;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;
use crate::value::language::Language;
use crate::value::slug;

/// A string with something in it; empty counts as absent.
pub(in crate::content) fn text(fields: &mut Fields<'_>, key: &'static str) -> Option<Located<String>> {
    fields.string(key).filter(|text| !text.value.trim().is_empty())
}

/// The string without which the file is of no use: an empty one, reported, where it is missing or empty.
pub(in crate::content) fn required(fields: &mut Fields<'_>, key: &'static str, hint: &str) -> Located<String> {
    let start = fields.span().start;
    match fields.required(key, hint) {
        Some(found) => {
            if found.value.trim().is_empty() {
                let diagnostic = Diagnostic::error("empty-value", format!("`{key}` is empty"));
                fields.push(diagnostic.at(fields.source(), found.span.clone()).hint(hint));
            }
            found
        }
        None => Located { value: String::new(), span: start..start },
    }
}

/// A list of strings with something in them, each once.
pub(in crate::content) fn list(fields: &mut Fields<'_>, key: &'static str) -> Vec<Located<String>> {
    let mut list: Vec<Located<String>> = Vec::new();
    for item in fields.strings(key).unwrap_or_default() {
        if item.value.trim().is_empty() {
            let diagnostic = Diagnostic::error("empty-value", format!("an entry of `{key}` is empty"));
            fields.push(diagnostic.at(fields.source(), item.span));
        } else if !list.iter().any(|known| known.value == item.value) {
            list.push(item);
        }
    }
    list
}

/// A date.
pub(in crate::content) fn date(fields: &mut Fields<'_>, key: &'static str) -> Option<Located<Date>> {
    let written = fields.datetime(key)?;
    match Date::parse(&written.value) {
        Ok(value) => Some(Located { value, span: written.span }),
        Err(reason) => {
            let diagnostic = Diagnostic::error("bad-date", format!("bad `{key}`: {reason}"));
            fields.push(diagnostic.at(fields.source(), written.span).hint(Date::EXPECTED));
            None
        }
    }
}

/// A stable name.
pub(in crate::content) fn id(fields: &mut Fields<'_>) -> Option<Located<String>> {
    let found = text(fields, "id")?;
    if found.value.contains(|c: char| c.is_whitespace() || c.is_control()) {
        let diagnostic = Diagnostic::error("bad-id", "an id has no space in it");
        fields.push(diagnostic.at(fields.source(), found.span));
        return None;
    }
    Some(found)
}

/// One part of an address.
pub(in crate::content) fn slug(fields: &mut Fields<'_>) -> Option<Located<String>> {
    let found = fields.string("slug")?;
    if slug::is_slug(&found.value) {
        return Some(found);
    }
    let hint = if found.value.contains('/') {
        "a slug is one part of the address; the whole path is given by url = \"/…/\"".to_owned()
    } else {
        match slug::Slug::from_text(&found.value) {
            Some(slug) => format!("write slug = \"{slug}\""),
            None => "a slug has letters, digits, `-`, `_`, `.` and `~`".to_owned(),
        }
    };
    let message = format!("`{}` cannot be a slug", found.value);
    fields.push(Diagnostic::error("bad-slug", message).at(fields.source(), found.span).hint(hint));
    None
}

/// An exact path below the site.
pub(in crate::content) fn path(fields: &Fields<'_>, key: &str, found: Located<String>) -> Option<Located<String>> {
    // Copied from a browser an address is percent-encoded; kept is what it means.
    let written = &*found.value;
    let path = percent_encoding::percent_decode_str(written).decode_utf8().unwrap_or(written.into());
    let odd = |c: char| c.is_control() || c == '\\';
    let (reason, hint) = if links::has_scheme(written) {
        ("is a whole address", "write only the path: /2019/hello/".to_owned())
    } else if path.split('/').any(|segment| matches!(segment, ".." | ".")) {
        ("has `..` or `.` in it", "write the path as it stands in the address: /2019/hello/".to_owned())
    } else if written.contains(['?', '#']) {
        ("has a query or a fragment", "write the path before the `?` or `#`".to_owned())
    } else if path.contains(odd) || path.contains("//") || written.contains(char::is_whitespace) {
        ("is not the path of an address", "write it as /2019/hello/".to_owned())
    } else if !path.starts_with('/') {
        ("does not begin with `/`", format!("write \"/{written}\""))
    } else {
        let value = path.into_owned();
        return Some(Located { value, span: found.span });
    };
    let diagnostic = Diagnostic::error("bad-path", format!("`{key}` {reason}"));
    fields.push(diagnostic.at(fields.source(), found.span).hint(hint));
    None
}

/// A language tag.
pub(in crate::content) fn language(fields: &mut Fields<'_>) -> Option<Located<Language>> {
    let found = fields.string("language")?;
    let Some(value) = Language::parse(&found.value) else {
        let diagnostic = Diagnostic::error("bad-language", format!("`{}` is not a language tag", found.value));
        fields.push(diagnostic.at(fields.source(), found.span).hint("write a tag such as en, en-GB or zh-Hant"));
        return None;
    };
    Some(Located { value, span: found.span })
}

/// A table of the user's own.
pub(in crate::content) fn extra(fields: &mut Fields<'_>) -> Option<Node> {
    let node = fields.node("extra")?;
    if !matches!(node.data, Data::Table(_)) {
        wrong_type(fields, "extra", "a table", &node, None);
        return None;
    }
    Some(node)
}

/// Reports a value of the wrong kind.
pub(in crate::content) fn wrong_type(fields: &Fields<'_>, key: &str, wanted: &str, found: &Node, hint: Option<&str>) {
    let message = format!("`{key}` must be {wanted}, not {}", found.data.kind());
    let diagnostic = Diagnostic::error("wrong-type", message).at(fields.source(), found.span.clone());
    fields.push(diagnostic.maybe_hint(hint.map(str::to_owned)));
}

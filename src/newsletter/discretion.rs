//! What a server said, without saying whom it was about: replies repeat addresses, and the ledger keeps replies.

use crate::value::address;
use crate::value::address::EmailAddress;

/// Characters that may stand before or after an address in a sentence.
fn is_around(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '"' | '\'' | '`' | ',' | ';' | ':' | '“' | '”' | '|')
}

/// The text with every address in it masked, as [`address::mask`] does: also where the `@` is written `%40` or `=40`.
#[must_use]
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let begin = quoted(rest).unwrap_or_default();
        let end = rest[begin..].find(is_around).map_or(rest.len(), |at| begin + at);
        let (word, after) = rest.split_at(end);
        let plain = word.replace("%40", "@").replace("=40", "@").replace("+40", "@");
        if plain.contains('@') {
            let sentence = plain.trim_end_matches(['.', '!', '?']);
            out.push_str(&address::mask(sentence));
            out.push_str(&plain[sentence.len()..]);
        } else {
            out.push_str(word);
        }
        let is_next = |(at, c): (usize, char)| !is_around(c) || quoted(&after[at..]).is_some();
        let around = after.char_indices().find(|next| is_next(*next)).map_or(after.len(), |(at, _)| at);
        out.push_str(&after[..around]);
        rest = &after[around..];
    }
    out
}

/// Octets of the part before the `@`, where a text begins with an address that has quotation marks there: `"jane doe"@example.com`.
fn quoted(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('"')?;
    let mut is_escaped = false;
    let end = inner.find(|c| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    })?;
    let after = &inner[end + 1..];
    ["@", "%40", "=40", "+40"].iter().any(|at| after.starts_with(at)).then_some(end + 2)
}

/// As [`masked`], and the part before the `@` of the address that the reply is about is gone even where it stands alone: `User jane unknown`.
#[must_use]
pub fn masked_for(text: &str, reader: Option<&EmailAddress>) -> String {
    let text = masked(text);
    let Some(local) = reader.map(|reader| reader.local().to_lowercase()) else { return text };
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let lower = text.to_lowercase();
    // Lower case of another length moves everything: then nothing of the text is worth the risk.
    if lower.len() != text.len() {
        return if lower.contains(&local) { "…".into() } else { text };
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = lower[at..].find(&local).map(|found| at + found) {
        let end = found + local.len();
        let alone = !lower[..found].ends_with(is_part) && !lower[end..].starts_with(is_part);
        out.push_str(&text[at..found]);
        out.push_str(if alone { "…" } else { &text[found..end] });
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_in_replies() {
        for (text, out) in [
            ("<jane.doe@example.com>: User unknown", "<j…@e….com>: User unknown"),
            ("no mailbox jane@example.com.", "no mailbox j…@e….com."),
            ("bounces+jane%40example.com refused", "b…@e….com refused"),
            (r#"<"jane doe"@example.com>: unknown"#, "<\"…@e….com>: unknown"),
            (r#""a \" b"%40example.com and "this""#, "\"…@e….com and \"this\""),
            ("nothing here, 5 > 4", "nothing here, 5 > 4"),
            ("", ""),
        ] {
            assert_eq!(masked(text), out);
        }
        let jane = EmailAddress::parse("Jane@example.com").unwrap();
        assert_eq!(masked_for("User JANE unknown, janet is", Some(&jane)), "User … unknown, janet is");
        let user = EmailAddress::parse("is@example.com").unwrap();
        assert_eq!(masked_for("this is it", Some(&user)), "this … it");
    }

    proptest! {
        #[test]
        fn no_address_stays(before in "\\PC{0,20}", local in "[a-z]{3,10}", after in "\\PC{0,20}") {
            let reader = EmailAddress::parse(&format!("{local}@example.org")).unwrap();
            let text = masked_for(&format!("{before} <{reader}> {after}"), Some(&reader));
            prop_assert!(!text.contains(&format!("{reader}")), "{}", text);
        }
    }
}

//! What may stand in a cell: text in one line, lists, yes and no, and the guard against formulas.

use std::collections::BTreeSet;

/// A cell with a line break or another control character where one line is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unruly;

/// Text in one line: trimmed of white space.
///
/// # Errors
/// [`Unruly`] where a line break or another control character is left.
pub fn line(text: &str) -> Result<Box<str>, Unruly> {
    let text = text.trim();
    if text.chars().any(breaks) { Err(Unruly) } else { Ok(text.into()) }
}

/// Text in several lines: trimmed, line breaks as `\n`.
///
/// # Errors
/// [`Unruly`] where another control character is left.
pub fn lines(text: &str) -> Result<Box<str>, Unruly> {
    let text = text.trim();
    if text.chars().any(|c| c != '\n' && breaks(c)) { Err(Unruly) } else { Ok(text.into()) }
}

fn breaks(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A list in a cell is itself a line of CSV, as Mailchimp and Ghost write it (`"VIP","Blog"`); Buttondown's and other programs' `['a', 'b']` and `a; b` are
/// understood too. Empty items and repetitions fall away.
///
/// # Errors
/// [`Unruly`] where an item has a control character.
pub fn list(text: &str) -> Result<BTreeSet<Box<str>>, Unruly> {
    let text = text.trim();
    let brackets = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    if let Some(inner) = brackets {
        if let Ok(items) = serde_json::from_str::<Vec<String>>(text) {
            return items.iter().map(|item| line(item)).filter(|item| item.as_deref() != Ok("")).collect();
        }
        let quotes: &[char] = &['\'', '"'];
        let items = inner.split(',').map(|item| line(item.trim().trim_matches(quotes)));
        return items.filter(|item| item.as_deref() != Ok("")).collect();
    }
    let delimiter = if text.contains(['"', ',']) { b',' } else { b';' };
    items(text, delimiter)
}

/// A list as our own rosters write it.
///
/// # Errors
/// [`Unruly`] where an item has a control character.
pub fn own_list(text: &str) -> Result<BTreeSet<Box<str>>, Unruly> {
    items(text, b',')
}

fn items(text: &str, delimiter: u8) -> Result<BTreeSet<Box<str>>, Unruly> {
    if let Some(items) = plainly(text, char::from(delimiter)) {
        return items.into_iter().map(line).filter(|item| item.as_deref() != Ok("")).collect();
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::None)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut found = BTreeSet::new();
    for record in reader.records() {
        for item in &record.map_err(|_| Unruly)? {
            let item = line(item)?;
            if !item.is_empty() {
                found.insert(item);
            }
        }
    }
    Ok(found)
}

/// The items of a list in which nothing is out of the ordinary: each is in quotation marks as a whole, or has none. `None` leaves it to the csv crate, whose reader takes
/// longer to be made than all the rest of a row.
fn plainly(text: &str, delimiter: char) -> Option<Vec<&str>> {
    let mut items = Vec::new();
    let mut rest = text;
    if text.contains(['\n', '\r']) {
        return None;
    }
    loop {
        let quoted = rest.strip_prefix('"');
        let (item, after) = match quoted {
            Some(inner) => inner.split_once('"')?,
            None => rest.split_at(rest.find(delimiter).unwrap_or(rest.len())),
        };
        if item.contains('"') {
            return None;
        }
        items.push(item);
        match after.strip_prefix(delimiter) {
            Some(next) => rest = next,
            None => return after.is_empty().then_some(items),
        }
    }
}

/// Writes a list so that [`own_list`] reads it.
#[must_use]
pub fn written(items: &BTreeSet<Box<str>>) -> String {
    if items.is_empty() {
        return String::new();
    }
    let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Necessary).from_writer(Vec::new());
    // Writing to memory fails never; were it to, the list would be empty.
    let bytes =
        writer.write_record(items.iter().map(|item| item.as_bytes())).ok().and_then(|()| writer.into_inner().ok());
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    text.trim_end_matches(['\r', '\n']).to_owned()
}

/// Yes or no, in the words that exports use; `None` for an empty cell.
///
/// # Errors
/// [`Unruly`] for any other word.
pub fn yes(text: &str) -> Result<Option<bool>, Unruly> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "true" | "t" | "yes" | "y" | "1" | "on" | "ja" | "oui" | "si" | "sí" => Ok(Some(true)),
        "false" | "f" | "no" | "n" | "0" | "off" | "nein" | "non" => Ok(Some(false)),
        _ => Err(Unruly),
    }
}

/// Puts an apostrophe before what a spreadsheet would take for a formula (`=`, `+`, `-`, `@`, also in full width), and before an apostrophe, so that
/// [`unguarded`] finds the way back.
#[must_use]
pub fn guarded(text: &str) -> String {
    if text.starts_with(is_dangerous) { format!("'{text}") } else { text.to_owned() }
}

/// Takes away what [`guarded`] put there.
#[must_use]
pub fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(is_dangerous)).unwrap_or(text)
}

fn is_dangerous(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\'' | '＝' | '＋' | '－' | '＠')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(items: &[&str]) -> BTreeSet<Box<str>> {
        items.iter().map(|item| Box::from(*item)).collect()
    }

    #[test]
    fn lists_in_every_spelling() {
        for (text, items) in [
            ("", &[][..]),
            ("one", &["one"]),
            ("a,b , a", &["a", "b"]),
            ("a; b", &["a", "b"]),
            ("\"VIP\",\"Blog, daily\"", &["VIP", "Blog, daily"]),
            ("['a', 'b']", &["a", "b"]),
            ("[\"a\", \"b, c\"]", &["a", "b, c"]),
            ("[]", &[]),
            (",,", &[]),
        ] {
            assert_eq!(list(text), Ok(set(items)), "{text}");
        }
        assert_eq!(list("a,b\u{7}"), Err(Unruly));
        assert_eq!(list("[\"a\\u0000\"]"), Err(Unruly));
    }

    #[test]
    fn words_for_yes_and_no() {
        assert_eq!(
            (yes(" TRUE "), yes("0"), yes(""), yes("perhaps")),
            (Ok(Some(true)), Ok(Some(false)), Ok(None), Err(Unruly))
        );
    }

    #[test]
    fn formulas_are_guarded() {
        for text in ["=1+1", "+49", "-x", "@SUM(A1)", "＝1", "'quoted", "'=x"] {
            assert_eq!(guarded(text), format!("'{text}"));
            assert_eq!(unguarded(&guarded(text)), text);
        }
        assert_eq!((guarded("a=b").as_str(), unguarded("'tis")), ("a=b", "'tis"));
    }

    proptest! {
        #[test]
        fn plain_lists_are_what_the_csv_crate_makes_of_them(text in "[ab\"; ,]{0,12}", delimiter in "[,;]") {
            if let Some(items) = plainly(&text, delimiter.chars().next().unwrap()) {
                let mut builder = csv::ReaderBuilder::new();
                let mut csv = builder.has_headers(false).delimiter(delimiter.as_bytes()[0]).from_reader(text.as_bytes());
                // Of nothing the crate makes no record, and we an empty item, which falls away.
                let record = csv.records().next().map_or_else(|| vec![String::new()], |record| {
                    record.unwrap().iter().map(str::to_owned).collect()
                });
                prop_assert_eq!(record, items);
            }
        }

        #[test]
        fn lists_and_guards_read_back(items in proptest::collection::btree_set("[ -~äß,;\"']{1,8}", 0..5)) {
            let items: BTreeSet<Box<str>> = items.iter().filter_map(|i| line(i).ok()).filter(|i| !i.is_empty()).collect();
            let text = written(&items);
            let safe = guarded(&text);
            prop_assert_eq!(unguarded(&safe), &text);
            prop_assert_eq!(own_list(&text), Ok(items));
        }
    }
}

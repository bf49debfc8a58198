//! Which form of a word a number takes, after the cardinal rules of Unicode CLDR 46, for whole numbers.

/// CLDR's names for forms.
pub(in crate::theme) const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// The category of `count` in a language (BCP 47; only its first part counts). Languages not listed have `one` for 1 and `other` for the rest.
pub(in crate::theme) fn category(language: &str, count: i64) -> &'static str {
    let count = count.unsigned_abs();
    let (ten, hundred) = (count % 10, count % 100);
    match language.split('-').next().unwrap_or_default() {
        "ja" | "zh" | "ko" | "vi" | "th" | "id" | "ms" | "lo" | "my" => "other",
        "fr" | "pt" | "hy" | "ff" if count <= 1 && !language.eq_ignore_ascii_case("pt-PT") => "one",
        "hi" | "fa" | "bn" | "gu" | "kn" | "am" | "zu" if count <= 1 => "one",
        "ru" | "uk" | "be" | "sr" | "hr" | "bs" => match (ten, hundred) {
            (1, h) if h != 11 => "one",
            (2..=4, h) if !(12..=14).contains(&h) => "few",
            _ if matches!(language.get(..2), Some("sr" | "hr" | "bs")) => "other",
            _ => "many",
        },
        "pl" => match (ten, hundred) {
            _ if count == 1 => "one",
            (2..=4, h) if !(12..=14).contains(&h) => "few",
            _ => "many",
        },
        "cs" | "sk" => match count {
            1 => "one",
            2..=4 => "few",
            _ => "other",
        },
        "sl" => match hundred {
            1 => "one",
            2 => "two",
            3 | 4 => "few",
            _ => "other",
        },
        "lt" => match (ten, hundred) {
            (1, h) if !(11..=19).contains(&h) => "one",
            (2..=9, h) if !(11..=19).contains(&h) => "few",
            _ => "other",
        },
        "lv" => match (ten, hundred) {
            (0, _) | (_, 11..=19) => "zero",
            (1, _) => "one",
            _ => "other",
        },
        "ro" => match (count, hundred) {
            (1, _) => "one",
            (0, _) | (_, 1..=19) => "few",
            _ => "other",
        },
        "ar" => match (count, hundred) {
            (0, _) => "zero",
            (1, _) => "one",
            (2, _) => "two",
            (_, 3..=10) => "few",
            (_, 11..=99) => "many",
            _ => "other",
        },
        "he" => match count {
            1 => "one",
            2 => "two",
            _ => "other",
        },
        "ga" => match count {
            1 => "one",
            2 => "two",
            3..=6 => "few",
            7..=10 => "many",
            _ => "other",
        },
        "is" | "mk" if ten == 1 && hundred != 11 => "one",
        "is" | "mk" => "other",
        _ if count == 1 => "one",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_by_language() {
        let of = |language: &str, counts: &[i64]| counts.iter().map(|n| category(language, *n)).collect::<Vec<_>>();
        assert_eq!(of("en", &[0, 1, 2, 11]), ["other", "one", "other", "other"]);
        assert_eq!(of("fr", &[0, 1, 2]), ["one", "one", "other"]);
        assert_eq!(of("pt-PT", &[0, 1]), ["other", "one"]);
        assert_eq!(of("ja", &[0, 1, 2]), ["other", "other", "other"]);
        assert_eq!(of("zh-Hant-TW", &[1]), ["other"]);
        assert_eq!(of("ru", &[1, 2, 5, 11, 21, 112]), ["one", "few", "many", "many", "one", "many"]);
        assert_eq!(of("pl", &[1, 3, 5, 21, 22]), ["one", "few", "many", "many", "few"]);
        assert_eq!(of("hr", &[1, 2, 5]), ["one", "few", "other"]);
        assert_eq!(of("ar", &[0, 1, 2, 3, 11, 100]), ["zero", "one", "two", "few", "many", "other"]);
    }
}

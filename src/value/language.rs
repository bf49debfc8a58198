//! Language tags (BCP 47), as far as a site needs them: well-formed, in canonical case.

/// A language tag such as `en`, `en-GB` or `zh-Hant`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(Box<str>);

/// Languages that are written from right to left.
const RTL_LANGUAGES: [&str; 10] = ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"];

/// Scripts that are written from right to left (ISO 15924).
const RTL_SCRIPTS: [&str; 7] = ["Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Syrc", "Thaa"];

impl TryFrom<String> for Language {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a language tag")
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0.into()
    }
}

impl Language {
    /// Reads a tag; the language is lower-cased, a script title-cased, a region upper-cased (RFC 5646 §2.1.1).
    /// `None` where the text is not of the form of a tag.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut out = String::with_capacity(text.len());
        for (i, part) in text.split(['-', '_']).enumerate() {
            if part.is_empty() || part.len() > 8 || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return None;
            }
            let lower = part.to_ascii_lowercase();
            if i == 0 {
                if !(2..=3).contains(&part.len()) || !part.bytes().all(|b| b.is_ascii_alphabetic()) {
                    return None;
                }
                out.push_str(&lower);
                continue;
            }
            out.push('-');
            match part.len() {
                2 => out.push_str(&part.to_ascii_uppercase()),
                4 if part.as_bytes()[0].is_ascii_alphabetic() => {
                    out.push_str(&lower[..1].to_ascii_uppercase());
                    out.push_str(&lower[1..]);
                }
                _ => out.push_str(&lower),
            }
        }
        Some(Self(out.into_boxed_str()))
    }

    /// The whole tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `rtl` or `ltr`, as HTML writes it: by the script where the tag names one, else by the one that the language is written in.
    #[must_use]
    pub fn direction(&self) -> &'static str {
        let mut parts = self.0.split('-');
        let language = parts.next().unwrap_or_default();
        let script = parts.find(|part| part.len() == 4 && part.bytes().all(|b| b.is_ascii_alphabetic()));
        let is_rtl = match script {
            Some(script) => RTL_SCRIPTS.contains(&script),
            None => RTL_LANGUAGES.contains(&language),
        };
        if is_rtl { "rtl" } else { "ltr" }
    }

    /// The tags to look words up under, most exact first: `zh-Hant-TW`, `zh-Hant`, `zh`.
    pub fn fallbacks(&self) -> impl Iterator<Item = &str> {
        let mut rest = Some(&*self.0);
        std::iter::from_fn(move || {
            let now = rest?;
            rest = now.rfind('-').map(|at| &now[..at]);
            Some(now)
        })
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions() {
        let direction = |tag: &str| Language::parse(tag).unwrap().direction();
        for tag in ["he", "ar-EG", "az-Arab", "fa"] {
            assert_eq!(direction(tag), "rtl", "{tag}");
        }
        for tag in ["en", "ar-Latn", "zh-Hant", "de-AT"] {
            assert_eq!(direction(tag), "ltr", "{tag}");
        }
    }

    #[test]
    fn canonical_case_and_fallbacks() {
        let tag = Language::parse("ZH-hant-tw").unwrap();
        assert_eq!(tag.as_str(), "zh-Hant-TW");
        assert_eq!(tag.fallbacks().collect::<Vec<_>>(), ["zh-Hant-TW", "zh-Hant", "zh"]);
        assert!(Language::parse("english language").is_none());
        assert!(Language::parse("").is_none());
    }
}

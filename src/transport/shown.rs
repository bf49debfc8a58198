//! What the preview sends of a page or mail that was drawn for readers elsewhere: its addresses lead to the preview, and a mail can be seen by day and by night.

use lol_html::RewriteStrSettings;
use lol_html::element;
use lol_html::html_content::ContentType;
use lol_html::rewrite_str;
use lol_html::text;

/// Attributes that hold one address.
const ADDRESSES: [&str; 5] = ["href", "src", "action", "background", "poster"];

/// Where an address leads in the preview; `None` where it is to stay as it is.
pub type Lead<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What the reader's device asks for by `prefers-color-scheme`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark letters on light paper.
    Light,
    /// Light letters on dark paper.
    Dark,
}

impl Scheme {
    /// The word that CSS has for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A page whose addresses lead where `lead` says, those of `srcset` too. HTML that no parser follows comes back as it was.
#[must_use]
pub fn relocated(html: &str, lead: &Lead<'_>) -> String {
    let selector = "[href], [src], [action], [background], [poster], [srcset]";
    let handler = element!(selector, |el| {
        for name in ADDRESSES {
            if let Some(to) = el.get_attribute(name).and_then(|written| lead(&plain(&written))) {
                el.set_attribute(name, &escaped(&to))?;
            }
        }
        if let Some(written) = el.get_attribute("srcset") {
            let candidates = written.split(", ").map(|candidate| {
                let (address, size) = candidate.split_once(' ').unwrap_or((candidate, ""));
                let address = lead(&plain(address)).map_or_else(|| address.to_owned(), |to| escaped(&to));
                format!("{address} {size}").trim_end().to_owned()
            });
            el.set_attribute("srcset", &candidates.collect::<Vec<_>>().join(", "))?;
        }
        Ok(())
    });
    let settings = RewriteStrSettings::new().append_element_content_handler(handler);
    rewrite_str(html, settings).unwrap_or_else(|_| html.to_owned())
}

/// A mail as a program shows it that is set to `scheme`, whatever the browser is set to. Its links open elsewhere.
#[must_use]
pub fn mail(html: &str, scheme: Scheme, lead: &Lead<'_>) -> String {
    let mut style = String::new();
    let handlers = vec![
        text!("style", |chunk| {
            // What is looked for may lie across two chunks.
            style.push_str(chunk.as_str());
            if chunk.last_in_text_node() {
                chunk.replace(&in_scheme(&std::mem::take(&mut style), scheme), ContentType::Html);
            } else {
                chunk.remove();
            }
            Ok(())
        }),
        element!("[media]", |el| {
            let written = el.get_attribute("media").unwrap_or_default();
            el.set_attribute("media", &in_scheme(&written, scheme))?;
            Ok(())
        }),
        element!("meta[name='color-scheme'], meta[name='supported-color-schemes']", |el| {
            let written = el.get_attribute("content").unwrap_or_default();
            if written.split_whitespace().any(|word| word == scheme.word()) {
                el.set_attribute("content", scheme.word())?;
            }
            Ok(())
        }),
        element!("a[href]", |el| {
            el.set_attribute("target", "_blank")?;
            el.set_attribute("rel", "noopener")?;
            Ok(())
        }),
    ];
    let settings =
        handlers.into_iter().fold(RewriteStrSettings::new(), RewriteStrSettings::append_element_content_handler);
    let dressed = rewrite_str(html, settings).unwrap_or_else(|_| html.to_owned());
    relocated(&dressed, lead)
}

/// CSS in which `(prefers-color-scheme: …)` is a question with a fixed answer, and `color-scheme` is settled.
fn in_scheme(css: &str, scheme: Scheme) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(at) = rest.find("color-scheme") {
        let (before, found) = rest.split_at(at);
        let behind = found.get("color-scheme".len()..).unwrap_or_default();
        let value = behind.trim_start().strip_prefix(':');
        // Up to what ends a condition in parentheses, or a declaration.
        let (value, after) = value.map_or((None, behind), |value| {
            let end = value.find([')', ';', '}']).unwrap_or(value.len());
            let (value, after) = value.split_at(end);
            (Some(value.trim()), after)
        });
        match (before.strip_suffix("prefers-"), value) {
            (Some(before), Some(value)) => {
                out.push_str(before);
                out.push_str(if value == scheme.word() { "min-width:0" } else { "max-width:0" });
            }
            (None, Some(value)) if value.split_whitespace().any(|word| word == scheme.word()) => {
                out.push_str(before);
                out.push_str("color-scheme:");
                out.push_str(scheme.word());
            }
            _ => {
                out.push_str(before);
                out.push_str(found.strip_suffix(after).unwrap_or(found));
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What an inbox shows behind the subject: the first words of a mail, at most `longest` characters. Without styles, and without the title.
#[must_use]
pub fn first_words(html: &str, longest: usize) -> String {
    let mut words = String::new();
    let handler = text!("body, body *", |chunk| {
        words.push_str(chunk.as_str());
        if chunk.last_in_text_node() {
            words.push(' ');
        }
        Ok(())
    });
    let skipped = element!("style, title, script", |el| {
        el.remove();
        Ok(())
    });
    let settings = RewriteStrSettings::new().append_element_content_handler(handler);
    let without = RewriteStrSettings::new().append_element_content_handler(skipped);
    // What cannot be read has no words.
    let _ = rewrite_str(html, without).and_then(|html| rewrite_str(&html, settings));
    let words = plain(&words);
    let mut short = String::new();
    for word in words.split_whitespace() {
        if short.chars().count() + 1 + word.chars().count() > longest {
            return short + " …";
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    short
}

/// Text as it reads, of what templates escape.
fn plain(written: &str) -> String {
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    named.into_iter().fold(written.to_owned(), |text, (entity, c)| text.replace(entity, c))
}

fn escaped(address: &str) -> String {
    address.replace('&', "&amp;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(address: &str) -> Option<String> {
        address.strip_prefix("https://e.com/").map(|below| format!("/{below}"))
    }

    #[test]
    fn addresses_lead_home() {
        let html = "<a href=\"https://e.com/a?b=1&amp;c=2\">1</a><a href=\"https://f.com/\">2</a><img src='https://e.com/x.png' srcset=\"https://e.com/x.png 1x, https://f.com/y.png 2x\"><form action=\"https://e.com/go\">";
        assert_eq!(
            relocated(html, &home),
            "<a href=\"/a?b=1&amp;c=2\">1</a><a href=\"https://f.com/\">2</a><img src=\"/x.png\" srcset=\"/x.png 1x, https://f.com/y.png 2x\"><form action=\"/go\">"
        );
        let quoted = relocated("<a href=\"https://e.com/\">", &|_| Some("\"><script>".into()));
        assert_eq!(quoted, "<a href=\"&quot;><script>\">", "no address leaves its attribute");
    }

    #[test]
    fn night_and_day_are_fixed() {
        let css = "p{color:red}@media (prefers-color-scheme:dark){p{color:blue}}@media screen and (prefers-color-scheme: light){p{margin:0}}:root{color-scheme:light dark}";
        assert_eq!(
            in_scheme(css, Scheme::Dark),
            "p{color:red}@media (min-width:0){p{color:blue}}@media screen and (max-width:0){p{margin:0}}:root{color-scheme:dark}"
        );
        assert_eq!(
            in_scheme(css, Scheme::Light),
            "p{color:red}@media (max-width:0){p{color:blue}}@media screen and (min-width:0){p{margin:0}}:root{color-scheme:light}"
        );
        for css in [
            "",
            "color-scheme",
            "/* prefers-color-scheme */ p{}",
            ":root{color-scheme:only light}",
            "a{--color-scheme:x}",
        ] {
            assert_eq!(in_scheme(css, Scheme::Dark), css);
        }
    }

    #[test]
    fn a_mail_at_night() {
        let html = "<head><meta name=\"color-scheme\" content=\"light dark\"><style>@media (prefers-color-scheme:dark){p{color:red}}</style></head>\
                    <picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"n.png\"></picture><a href=\"https://e.com/x/\">x</a>";
        assert_eq!(
            mail(html, Scheme::Dark, &home),
            "<head><meta name=\"color-scheme\" content=\"dark\"><style>@media (min-width:0){p{color:red}}</style></head>\
             <picture><source media=\"(min-width:0)\" srcset=\"n.png\"></picture><a href=\"/x/\" target=\"_blank\" rel=\"noopener\">x</a>"
        );
        let only_light = "<meta name=\"color-scheme\" content=\"light only\">";
        assert_eq!(mail(only_light, Scheme::Dark, &home), only_light, "what a mail does not know it does not get");
    }

    #[test]
    fn the_first_words() {
        let html = "<head><title>No</title><style>p{}</style></head><body><style>a{}</style><div>Tom &amp; Jerry&#39;s</div><p>walk  on</p><p>and on</p></body>";
        assert_eq!(first_words(html, 100), "Tom & Jerry's walk on and on");
        assert_eq!(first_words(html, 16), "Tom & Jerry's …");
        assert_eq!(first_words("", 10), "");
    }
}

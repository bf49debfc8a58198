//! Whether the text of a mail can be read on what is behind it (WCAG 2.2, success criterion 1.4.3), by day and by night. What a program makes of it of its own accord cannot
//! be known, and nothing is said of it.

use std::collections::BTreeMap;

use crate::edition::mail::judge::Aspect;
use crate::edition::mail::judge::Finding;
use crate::edition::mail::judge::cascade;
use crate::edition::mail::judge::cascade::Size;
use crate::edition::mail::judge::cascade::Style;
use crate::edition::mail::judge::cascade::Styles;
use crate::edition::mail::judge::colour;
use crate::edition::mail::judge::colour::Paint;
use crate::edition::mail::judge::colour::Rgb;
use crate::edition::mail::judge::page;
use crate::edition::mail::judge::page::Element;
use crate::edition::mail::judge::page::Page;

/// The least contrast of text, and of large text.
const LEAST: [f64; 2] = [4.5, 3.0];
/// Text is large from so many CSS pixels on, and bold text from so many.
const LARGE: [f32; 2] = [24.0, 18.66];
/// So many characters of a text show which is meant.
const SAMPLE: usize = 40;

/// How an element's text is seen; what is not known is `None`.
#[derive(Clone, Copy)]
struct Seen {
    ink: Option<Rgb>,
    paper: Option<Rgb>,
    size: Option<f32>,
    is_bold: bool,
    is_drawn: bool,
}

/// Texts that are hard to read.
pub(in crate::edition::mail::judge) fn findings(html: &str, page: &Page) -> Vec<Finding> {
    let (day, night) = cascade::styles(html, page);
    // What a program shows where nothing is said: paper is white and ink is black by day, by night they are what it likes.
    let plain =
        Seen { ink: Some(Rgb::BLACK), paper: Some(Rgb::WHITE), size: Some(16.0), is_bold: false, is_drawn: true };
    let by_day = hard(page, &day, plain);
    let by_night = night.map(|night| hard(page, &night, Seen { ink: None, paper: None, ..plain })).unwrap_or_default();
    // What is as hard to read at any time is told once.
    let rest = by_night.into_iter().filter(|(key, _)| !by_day.contains_key(key)).collect::<Vec<_>>();
    let told = by_day.iter().map(|(key, sample)| ("", key, sample));
    told.chain(rest.iter().map(|(key, sample)| ("at night, ", key, sample)))
        .map(|(when, key, sample)| finding(when, *key, sample))
        .collect()
}

/// Ink, paper, and whether the text is large.
type Key = (Rgb, Rgb, bool);

fn finding(when: &str, (ink, paper, is_large): Key, sample: &str) -> Finding {
    let (found, least) = (ink.contrast(paper), least(is_large));
    Finding {
        aspect: Aspect::Contrast,
        code: "mail-contrast",
        is_error: false,
        // Rounded down: what misses by little must not look as if it had passed.
        message: format!(
            "{when}text of {ink} on {paper} has a contrast of {:.1} to 1, less than {least}: “{sample}”",
            (found * 10.0).floor() / 10.0
        ),
        hint: "make one of them darker or the other lighter, in the theme's styles/mail.scss or where the text is coloured".into(),
        near: vec![sample.trim_end_matches('…').to_owned()],
    }
}

fn least(is_large: bool) -> f64 {
    let [text, large] = LEAST;
    if is_large { large } else { text }
}

/// The pairs of colours that are too much alike, each with a text that has them.
fn hard(page: &Page, styles: &Styles, plain: Seen) -> BTreeMap<Key, String> {
    let mut found = BTreeMap::new();
    if !styles.is_known {
        return found;
    }
    let mut seen: Vec<Seen> = Vec::with_capacity(page.elements.len());
    for (element, style) in page.elements.iter().zip(&styles.styles) {
        let around = element.parent.and_then(|at| seen.get(at)).copied().unwrap_or(plain);
        let now = within(element, style, around);
        seen.push(now);
        let words = words(element);
        let (Some(ink), Some(paper), true) = (now.ink, now.paper, now.is_drawn && !words.is_empty()) else { continue };
        let is_large = now.size.is_none_or(|size| {
            let [large, bold] = LARGE;
            size >= large || now.is_bold && size >= bold
        });
        if ink.contrast(paper) < least(is_large) {
            found.entry((ink, paper, is_large)).or_insert(words);
        }
    }
    found
}

fn within(element: &Element, style: &Style, around: Seen) -> Seen {
    let name = element.name.as_str();
    let paper = match style.paper {
        _ if style.picture == Some(true) => None,
        None if name == "mark" => None,
        None => around.paper,
        Some(Paint::Colour(colour, 255)) => Some(colour),
        Some(Paint::Colour(colour, alpha)) => around.paper.map(|under| colour::laid(colour, alpha, under)),
        Some(Paint::Inherited | Paint::Unknown) => None,
    };
    let ink = match style.ink {
        // Programs have a colour of their own for links, and for these.
        None if matches!(name, "a" | "mark" | "button" | "input") => None,
        None | Some(Paint::Inherited) => around.ink,
        Some(Paint::Colour(colour, 255)) => Some(colour),
        Some(Paint::Colour(colour, alpha)) => paper.map(|under| colour::laid(colour, alpha, under)),
        Some(Paint::Unknown) => None,
    };
    let size = match style.size {
        None if matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "big" | "font") => None,
        None => around.size,
        Some(Size::Pixels(pixels)) => Some(pixels),
        Some(Size::Times(times)) => around.size.map(|size| size * times),
        Some(Size::Unknown) => None,
    };
    let is_away = style.hidden == Some(true) || style.faint == Some(true);
    let is_heavy = matches!(name, "b" | "strong" | "th" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
    Seen {
        ink,
        paper,
        size,
        is_bold: style.bold.flatten().unwrap_or(around.is_bold || is_heavy),
        is_drawn: around.is_drawn && !is_away && !matches!(name, "head" | "style" | "script" | "title"),
    }
}

/// The first words of an element's own text; of a picture those that stand for it. Empty where there are no letters.
fn words(element: &Element) -> String {
    let alt = || element.attribute("alt").unwrap_or_default().to_owned();
    let text = if element.name == "img" { alt() } else { page::unescaped(&element.text) };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if !text.contains(char::is_alphanumeric) {
        return String::new();
    }
    match text.char_indices().nth(SAMPLE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(html: &str) -> Vec<String> {
        findings(html, &page::read(html)).into_iter().map(|finding| finding.message).collect()
    }

    const NIGHT: &str = "@media (prefers-color-scheme:dark)";

    #[test]
    fn planted_faults_are_found() {
        for (html, says) in [
            (
                "<p style=\"color:#999\">Pale</p>",
                "text of #999999 on #ffffff has a contrast of 2.8 to 1, less than 4.5: “Pale”",
            ),
            ("<p style=\"color:#888;font-size:30px\">Large</p>", ""),
            (
                "<p style=\"color:#999;font-size:30px\">Large</p>",
                "text of #999999 on #ffffff has a contrast of 2.8 to 1, less than 3: “Large”",
            ),
            ("<p style=\"color:#888;font-size:19px\"><b>Bold</b></p>", ""),
            (
                "<p style=\"color:#888;font-size:19px\">Thin</p>",
                "text of #888888 on #ffffff has a contrast of 3.5 to 1, less than 4.5: “Thin”",
            ),
            (
                "<table bgcolor=\"#333333\"><tr><td>Dark</td></tr></table>",
                "text of #000000 on #333333 has a contrast of 1.6 to 1, less than 4.5: “Dark”",
            ),
            (
                "<div style=\"background:#000\"><p style=\"color:rgba(255,255,255,.3)\">Thin</p></div>",
                "text of #4d4d4d on #000000 has a contrast of 2.4 to 1, less than 4.5: “Thin”",
            ),
            (
                "<div style=\"color:#eee\"><img alt=\"A quay\"></div>",
                "text of #eeeeee on #ffffff has a contrast of 1.1 to 1, less than 4.5: “A quay”",
            ),
        ] {
            assert_eq!(told(html).first().map_or("", String::as_str), says, "{html}");
            assert!(told(html).len() <= 1, "{html}");
        }
    }

    #[test]
    fn by_night_as_well() {
        let html = format!(
            "<style>{NIGHT}{{.paper{{background-color:#191613!important}}}}</style><div class=\"paper\" style=\"background-color:#fff\"><p style=\"color:#222\">Left behind</p></div>"
        );
        assert_eq!(
            told(&html),
            ["at night, text of #222222 on #191613 has a contrast of 1.1 to 1, less than 4.5: “Left behind”"]
        );
        let well = html.replace("!important}", "!important}p{color:#ddd!important}");
        assert_eq!(told(&well), [""; 0]);
        // What is as bad at any time is told once.
        let always =
            format!("<style>{NIGHT}{{b{{color:red}}}}</style><p style=\"color:#999;background:#fff\">Pale</p>");
        assert_eq!(told(&always).len(), 1);
    }

    #[test]
    fn what_is_not_known_is_not_claimed() {
        for html in [
            "<a href=\"x\">A link in the colour of the program</a>",
            "<div style=\"color:#999;background-image:url(x.png)\">On a picture</div>",
            "<p style=\"color:var(--x)\">By a variable</p>",
            "<p style=\"color:#999;opacity:.5\">Faint <b style=\"color:#aaa\">too</b></p>",
            "<p style=\"color:#fff;display:none\">Not drawn <b>at all</b></p>",
            "<p style=\"color:#fff\"> · </p>",
            "<style>p+p{color:#000}</style><p style=\"color:#fff\">By a selector that we cannot follow</p>",
        ] {
            assert_eq!(told(html), [""; 0], "{html}");
        }
        // By night the paper is the program's own where nothing is said of it.
        let html = format!("<style>{NIGHT}{{p{{color:#111!important}}}}</style><p style=\"color:#000\">x</p>");
        assert_eq!(told(&html), [""; 0]);
    }
}

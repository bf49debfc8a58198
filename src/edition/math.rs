//! TeX to MathML.

use std::convert::Infallible;
use std::panic;
use std::panic::AssertUnwindSafe;

use pulldown_latex::Event;
use pulldown_latex::Parser;
use pulldown_latex::RenderConfig;
use pulldown_latex::Storage;
use pulldown_latex::config::DisplayMode;
use pulldown_latex::event::Content;
use pulldown_latex::mathml;

use crate::edition::escape;

/// Appends the MathML of a TeX formula; nothing is appended where it is refused.
///
/// # Errors
/// What is wrong with the formula, in one sentence without a full stop.
pub fn append(tex: &str, display: bool, out: &mut String) -> Result<(), String> {
    // The parser takes commands for ASCII and panics on others.
    if let Some((at, _)) = tex.match_indices('\\').find(|(at, _)| tex[at + 1..].starts_with(|c: char| !c.is_ascii())) {
        let command: String = tex[at..].chars().take(2).collect();
        return Err(format!("there is no command `{command}`"));
    }
    if tex.contains(|c: char| c.is_control() && !c.is_whitespace()) {
        return Err("it has a control character in it".to_owned());
    }
    if let Some(name) = made_of_itself(tex) {
        return Err(format!("the command `\\{name}` is made of itself"));
    }
    let storage = Storage::new();
    // The writer renders mistakes in red instead of telling of them, so they are looked for first.
    let events: Vec<Event<'_>> = Parser::new(tex, &storage).collect::<Result<_, _>>().map_err(|error| {
        let error = error.to_string();
        let first = error.lines().next().unwrap_or_default();
        first.trim_start_matches("parsing error: ").trim_end_matches('.').to_owned()
    })?;
    if !is_whole(&events) {
        return Err("the formula is not complete: an argument or the end of a group is missing".to_owned());
    }
    // Nor does it escape anything: texts are escaped before it, single characters after it.
    let texts: Vec<String> = events.iter().map(escaped).collect();
    let events = events.into_iter().zip(&texts).map(|(event, text)| {
        Ok::<_, Infallible>(match event {
            Event::Content(Content::Text(_)) => Event::Content(Content::Text(text)),
            Event::Content(Content::Function(_)) => Event::Content(Content::Function(text)),
            other => other,
        })
    });
    let display_mode = if display { DisplayMode::Block } else { DisplayMode::Inline };
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    // The writer panics where the parser let something unbalanced pass; what is_whole() does not see must not end the build.
    let written = panic::catch_unwind(AssertUnwindSafe(|| {
        let mut html = String::new();
        mathml::push_mathml(&mut html, events, config).map(|()| html)
    }));
    let html = written.map_err(|_| "the formula cannot be drawn".to_owned())?.map_err(|error| error.to_string())?;
    append_mended(&html, out);
    Ok(())
}

/// Whether every group is closed and nothing waits for an argument at the end.
fn is_whole(events: &[Event<'_>]) -> bool {
    let mut open = 0_usize;
    for event in events {
        match event {
            Event::Begin(_) => open += 1,
            Event::End if open == 0 => return false,
            Event::End => open -= 1,
            _ => {}
        }
    }
    open == 0 && !matches!(events.last(), Some(Event::Script { .. } | Event::Visual(_)))
}

/// The text of an event, escaped; nothing for an event without one.
fn escaped(event: &Event<'_>) -> String {
    let mut out = String::new();
    if let Event::Content(Content::Text(text) | Content::Function(text)) = event {
        escape::text(text, &mut out);
    }
    out
}

/// Appends MathML with its characters escaped (`<mo><</mo>`), and a space between attributes that were written without.
fn append_mended(html: &str, out: &mut String) {
    let mut done = 0;
    for (at, found) in html.match_indices(['<', '&', '"']) {
        let rest = &html[at + 1..];
        let replacement = match found {
            "<" if !rest.starts_with(|c: char| c == '/' || c.is_ascii_alphabetic()) => "&lt;",
            "&" if !rest.starts_with(|c: char| c == '#' || c.is_ascii_alphabetic()) => "&amp;",
            "\"" if rest.starts_with("minsize=") => "\" ",
            _ => continue,
        };
        out.push_str(&html[done..at]);
        out.push_str(replacement);
        done = at + 1;
    }
    out.push_str(&html[done..]);
}

/// A command whose definition leads back to it: the parser would follow it until the stack is full, and that ends the program.
fn made_of_itself(tex: &str) -> Option<&str> {
    let definitions = definitions(tex);
    let uses = |body: &str, name: &str| commands(body).any(|(_, used)| used == name);
    definitions.iter().map(|(name, _)| *name).find(|start| {
        // Everything that the command leads to, found by going on from what was found.
        let mut reached = vec![*start];
        let mut at = 0;
        while let Some(name) = reached.get(at).copied() {
            at += 1;
            for (_, body) in definitions.iter().filter(|(defined, _)| *defined == name) {
                if uses(body, start) {
                    return true;
                }
                let further = definitions.iter().map(|(other, _)| *other).filter(|other| uses(body, other));
                let new: Vec<&str> = further.filter(|other| !reached.contains(other)).collect();
                reached.extend(new);
            }
        }
        false
    })
}

/// The commands that a formula defines, each with what it stands for.
fn definitions(tex: &str) -> Vec<(&str, &str)> {
    const DEFINE: [&str; 6] = ["def", "gdef", "let", "newcommand", "renewcommand", "providecommand"];
    let all: Vec<(usize, &str)> = commands(tex).collect();
    let pairs = all.windows(2).filter(|two| DEFINE.contains(&two[0].1));
    pairs
        .map(|two| {
            let start = two[1].0 + 1 + two[1].1.len();
            let rest = &tex[start..];
            // `\\let` takes the next command, the others take a group.
            let body = if two[0].1 == "let" {
                commands(rest).next().map(|(at, name)| &rest[at..=at + name.len()])
            } else {
                group(rest)
            };
            (two[1].1, body.unwrap_or_default())
        })
        .collect()
}

/// The first group in braces.
fn group(text: &str) -> Option<&str> {
    // `\newcommand{\a}` closes the name's own brace first.
    let text = text.trim_start().strip_prefix('}').unwrap_or(text);
    let open = text.find('{')?;
    let mut depth = 0_usize;
    for (at, c) in text[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(&text[open..open + at]);
        }
    }
    None
}

/// The commands of a formula: where their backslash is, and their names of letters.
fn commands(tex: &str) -> impl Iterator<Item = (usize, &str)> {
    tex.match_indices('\\').filter_map(|(at, _)| {
        let name = &tex[at + 1..];
        let end = name.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(name.len());
        (end > 0).then_some((at, &name[..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_and_mistakes() {
        let mut out = String::new();
        assert_eq!(append("x^2", false, &mut out), Ok(()));
        assert!(append("^\\def\\begin{matrix}", true, &mut String::new()).is_err());
        assert!(out.starts_with("<math") && out.ends_with("</math>"), "{out}");
        out.clear();
        assert_eq!(append("a<b \\text{<script>&\"}", false, &mut out), Ok(()));
        assert!(
            out.contains("<mo>&lt;</mo>") && out.contains("&lt;script&gt;&amp;\"") && !out.contains("<script"),
            "{out}"
        );
        out.clear();
        assert_eq!(append("\\bigl( a \\& b \\bigr)", false, &mut out), Ok(()));
        assert!(out.contains("\" minsize=") && out.contains("&amp;"), "{out}");
        for recursive in
            ["\\def\\a{\\a}\\a", "\\newcommand{\\a}{x\\b}\\newcommand{\\b}[1]{#1\\a}\\a", "\\let\\a\\a \\a"]
        {
            let error = append(recursive, true, &mut String::new()).unwrap_err();
            assert!(error.contains("made of itself"), "{error}");
        }
        for fine in ["\\def\\a{x}\\def\\b{\\a\\a}\\b", "\\def\\R{\\mathbb{R}}x \\in \\R"] {
            assert_eq!(append(fine, true, &mut String::new()), Ok(()), "{fine}");
        }
        let before = out.clone();
        assert!(append("\\frac{1", true, &mut out).is_err());
        assert_eq!(out, before);
    }
}

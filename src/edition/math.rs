//! TeX to MathML.

use pulldown_latex::Parser;
use pulldown_latex::RenderConfig;
use pulldown_latex::Storage;
use pulldown_latex::config::DisplayMode;
use pulldown_latex::mathml;

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
    // The writer renders mistakes in red instead of telling of them, so they are looked for first.
    let storage = Storage::new();
    if let Some(error) = Parser::new(tex, &storage).find_map(Result::err) {
        let error = error.to_string();
        let first = error.lines().next().unwrap_or_default();
        return Err(first.trim_start_matches("parsing error: ").trim_end_matches('.').to_owned());
    }
    let storage = Storage::new();
    let display_mode = if display { DisplayMode::Block } else { DisplayMode::Inline };
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    let begin = out.len();
    if let Err(error) = mathml::push_mathml(out, Parser::new(tex, &storage), config) {
        out.truncate(begin);
        return Err(error.to_string());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_and_mistakes() {
        let mut out = String::new();
        assert_eq!(append("x^2", false, &mut out), Ok(()));
        assert!(out.starts_with("<math") && out.ends_with("</math>"), "{out}");
        let before = out.clone();
        assert!(append("\\frac{1", true, &mut out).is_err());
        assert_eq!(out, before);
    }
}

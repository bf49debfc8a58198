//! What a template's source names: templates, components, functions, words. Tera keeps its own graph private, so the source is read
//! here, token by token. Names in Tera are literal, hence nothing is missed.

use std::ops::Range;

/// A name in the source and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::theme) struct Mention {
    /// The name, without quotes.
    pub name: String,
    /// The bytes of the name, without quotes.
    pub span: Range<usize>,
}

/// A component's definition.
#[derive(Clone, Debug)]
pub(in crate::theme) struct Definition {
    /// Its name and where it stands.
    pub mention: Mention,
    /// Whether its source reads `body`.
    pub has_body: bool,
    /// Whether it reads `body` without ever asking if there is one.
    pub needs_body: bool,
}

/// A component's call: `{{ <name … /> }}` or `{% <name …> %}`.
#[derive(Clone, Debug)]
pub(in crate::theme) struct Use {
    /// Its name and where it stands.
    pub mention: Mention,
    /// The arguments: names, where their values stand, and whether these are literal strings.
    pub arguments: Vec<(Mention, Range<usize>, bool)>,
    /// Whether further arguments come out of a table: `{...table}`.
    pub spread: bool,
    /// Whether it encloses text.
    pub has_body: bool,
}

/// Everything that a template's source names.
#[derive(Clone, Debug, Default)]
pub(in crate::theme) struct Scan {
    /// `{% extends "…" %}`.
    pub extends: Option<Mention>,
    /// `{% include "…" %}`.
    pub includes: Vec<Mention>,
    /// Calls of components.
    pub components: Vec<Use>,
    /// `name(…)`.
    pub functions: Vec<Mention>,
    /// `{% block name %}`.
    pub blocks: Vec<Mention>,
    /// `t(key="…")` with a literal key.
    pub words: Vec<Mention>,
    /// `{% component name(…) %}`.
    pub definitions: Vec<Definition>,
    /// Whether `{{ head }}` is printed.
    pub prints_head: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `{{`
    Print,
    /// `{%`
    Tag,
    /// `}}` or `%}`
    End,
    Name,
    Text,
    Sign(u8),
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    span: Range<usize>,
}

/// Reads a template; broken ones as far as they go.
pub(in crate::theme) fn scan(text: &str) -> Scan {
    let tokens = tokens(text);
    let reader = Reader { text, tokens: &tokens };
    let mut scan = Scan::default();
    let mut open: Option<Definition> = None;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Tag => match reader.name(at + 1) {
                Some("extends") => scan.extends = scan.extends.take().or_else(|| reader.literal(at + 2)),
                Some("include") => scan.includes.extend(reader.literal(at + 2)),
                Some("block") => scan.blocks.extend(reader.mention(at + 2)),
                Some("component") => {
                    // An unclosed definition is an error of its own; what it said is kept.
                    scan.definitions.extend(open.take());
                    open =
                        reader.dotted(at + 2).map(|mention| Definition { mention, has_body: false, needs_body: true });
                }
                Some("endcomponent") => scan.definitions.extend(open.take()),
                _ => {}
            },
            Kind::Print if reader.name(at + 1) == Some("head") => {
                scan.prints_head |= !matches!(reader.sign(at + 2), Some(b'.' | b'(' | b'['));
            }
            Kind::Sign(b'<') => scan.components.extend(reader.component(at)),
            Kind::Name => {
                reader.call(at, &mut scan);
                if let Some(definition) = &mut open {
                    reader.body(at, definition);
                }
            }
            _ => {}
        }
    }
    scan.definitions.extend(open);
    for definition in &mut scan.definitions {
        definition.needs_body &= definition.has_body;
    }
    scan
}

/// The innermost tag that needs an end and has none: its name, at its place.
pub(in crate::theme) fn unclosed(text: &str) -> Option<Mention> {
    let tokens = tokens(text);
    let reader = Reader { text, tokens: &tokens };
    let mut open: Vec<Mention> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(mention) = reader.mention(at + 1).filter(|_| token.kind == Kind::Tag) else { continue };
        match mention.name.as_str() {
            "set" | "set_global" if reader.sign(at + 3) == Some(b'=') => {}
            "if" | "for" | "block" | "component" | "filter" | "set" | "set_global" => open.push(mention),
            name if name.starts_with("end") => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl<'a> Reader<'a> {
    fn name(&self, at: usize) -> Option<&'a str> {
        let token = self.tokens.get(at).filter(|token| token.kind == Kind::Name)?;
        self.text.get(token.span.clone())
    }

    fn sign(&self, at: usize) -> Option<u8> {
        match self.tokens.get(at)?.kind {
            Kind::Sign(sign) => Some(sign),
            _ => None,
        }
    }

    fn mention(&self, at: usize) -> Option<Mention> {
        Some(Mention { name: self.name(at)?.to_owned(), span: self.tokens[at].span.clone() })
    }

    fn literal(&self, at: usize) -> Option<Mention> {
        let token = self.tokens.get(at).filter(|token| token.kind == Kind::Text)?;
        let span = token.span.start + 1..token.span.end.saturating_sub(1).max(token.span.start + 1);
        Some(Mention { name: self.text.get(span.clone())?.to_owned(), span })
    }

    /// A component's name, which may have dots in it.
    fn dotted(&self, at: usize) -> Option<Mention> {
        let mut mention = self.mention(at)?;
        let mut next = at + 1;
        while self.sign(next) == Some(b'.') {
            let part = self.mention(next + 1)?;
            mention.name = format!("{}.{}", mention.name, part.name);
            mention.span.end = part.span.end;
            next += 2;
        }
        Some(mention)
    }

    /// The component's call whose `<` is at `at`, unless that is a comparison.
    fn component(&self, at: usize) -> Option<Use> {
        let before = self.tokens.get(at.checked_sub(1)?)?;
        let begins = match before.kind {
            Kind::Print | Kind::Tag => true,
            Kind::Sign(sign) => matches!(sign, 0 | b'(' | b'[' | b'{' | b',' | b'=' | b':' | b'+' | b'~' | b'?'),
            Kind::Name => matches!(self.name(at - 1), Some("in" | "if" | "else" | "and" | "or" | "not")),
            Kind::End | Kind::Text => false,
        };
        let mention = self.dotted(at + 1).filter(|_| begins)?;
        let mut call = Use { mention, arguments: Vec::new(), spread: false, has_body: before.kind == Kind::Tag };
        let mut next = at + 1;
        while self.tokens.get(next).is_some_and(|token| token.span.start < call.mention.span.end) {
            next += 1;
        }
        while let Some(token) = self.tokens.get(next) {
            match token.kind {
                Kind::Sign(b'{') => {
                    call.spread = true;
                    next = self.after_brace(next);
                }
                Kind::Name => {
                    let name = self.mention(next)?;
                    if self.sign(next + 1) != Some(b'=') {
                        // The short form: `name` is `name={name}`.
                        call.arguments.push((name.clone(), name.span, false));
                        next += 1;
                        continue;
                    }
                    let value = self.tokens.get(next + 2)?;
                    let end = if value.kind == Kind::Text { next + 3 } else { self.after_brace(next + 2) };
                    let span = value.span.start..self.tokens.get(end - 1)?.span.end;
                    call.arguments.push((name, span, value.kind == Kind::Text));
                    next = end;
                }
                _ => break,
            }
        }
        Some(call)
    }

    /// The token after the `}` that closes the `{` at `at`.
    fn after_brace(&self, at: usize) -> usize {
        let mut depth = 0_usize;
        for (next, token) in self.tokens.iter().enumerate().skip(at) {
            match token.kind {
                Kind::Sign(b'{') => depth += 1,
                Kind::Sign(b'}') if depth <= 1 => return next + 1,
                Kind::Sign(b'}') => depth -= 1,
                Kind::End => return next,
                _ => {}
            }
        }
        self.tokens.len()
    }

    /// Notes the name at `at` where it is a function's.
    fn call(&self, at: usize, scan: &mut Scan) {
        if self.sign(at + 1) != Some(b'(') || at == 0 {
            return;
        }
        let after_test = |at: usize| self.name(at) == Some("is");
        let is_test = after_test(at - 1) || (at > 1 && self.name(at - 1) == Some("not") && after_test(at - 2));
        let is_definition = self.name(at - 1) == Some("component");
        if is_test || is_definition || matches!(self.sign(at - 1), Some(b'|' | b'.')) {
            return;
        }
        let Some(mention) = self.mention(at) else { return };
        if mention.name == "t" {
            scan.words.extend(self.literal_key(at + 2));
        }
        scan.functions.push(mention);
    }

    /// The literal value of the argument `key` of the call whose arguments begin at `at`.
    fn literal_key(&self, at: usize) -> Option<Mention> {
        let mut depth = 0_usize;
        for next in at..self.tokens.len() {
            match self.tokens[next].kind {
                Kind::End => return None,
                Kind::Sign(b'(' | b'[' | b'{') => depth += 1,
                Kind::Sign(b')') if depth == 0 => return None,
                Kind::Sign(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
                Kind::Name if depth == 0 && self.name(next) == Some("key") && self.sign(next + 1) == Some(b'=') => {
                    let whole = matches!(self.sign(next + 3), Some(b',' | b')'));
                    return self.literal(next + 2).filter(|_| whole);
                }
                _ => {}
            }
        }
        None
    }

    /// Notes the name at `at` where it is `body`, read as a variable.
    fn body(&self, at: usize, definition: &mut Definition) {
        let is_field = at > 0 && self.sign(at - 1) == Some(b'.');
        if self.name(at) != Some("body") || is_field || matches!(self.sign(at + 1), Some(b'=' | b'(')) {
            return;
        }
        definition.has_body = true;
        let asked_before = at > 0 && matches!(self.name(at - 1), Some("if" | "elif" | "not" | "and" | "or"));
        let asked_after = matches!(self.name(at + 1), Some("is" | "or" | "and"))
            || (self.sign(at + 1) == Some(b'|') && self.name(at + 2) == Some("default"));
        if asked_before || asked_after {
            definition.needs_body = false;
        }
    }
}

/// The tokens inside `{{ … }}` and `{% … %}`; text, comments and `{% raw %}` are skipped. The same rules as Tera's own lexer.
fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('{')) {
        at += found;
        let kind = match bytes.get(at + 1) {
            Some(b'{') => Kind::Print,
            Some(b'%') => Kind::Tag,
            Some(b'#') => {
                at = text[at + 2..].find("#}").map_or(text.len(), |end| at + 2 + end + 2);
                continue;
            }
            _ => {
                at += 1;
                continue;
            }
        };
        let start = at;
        at += 2;
        if bytes.get(at) == Some(&b'-') {
            at += 1;
        }
        if kind == Kind::Tag && is_tag(&text[at..], "raw") {
            at = end_of_raw(text, at);
            continue;
        }
        tokens.push(Token { kind, span: start..at });
        at = inside(text, at, if kind == Kind::Print { "}}" } else { "%}" }, &mut tokens);
    }
    tokens
}

fn is_tag(rest: &str, name: &str) -> bool {
    let rest = rest.trim_start_matches(|c: char| c == '-' || c.is_ascii_whitespace());
    let rest = rest.strip_prefix(name).map(str::trim_ascii_start);
    rest.is_some_and(|rest| rest.starts_with("%}") || rest.starts_with("-%}"))
}

fn end_of_raw(text: &str, mut at: usize) -> usize {
    while let Some(found) = text[at..].find("{%") {
        at += found + 2;
        if is_tag(&text[at..], "endraw") {
            return text[at..].find("%}").map_or(text.len(), |end| at + end + 2);
        }
    }
    text.len()
}

fn inside(text: &str, mut at: usize, end: &str, tokens: &mut Vec<Token>) -> usize {
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let start = at;
        let byte = bytes[at];
        if text[at..].starts_with(end) {
            tokens.push(Token { kind: Kind::End, span: at..at + 2 });
            return at + 2;
        }
        let kind = match byte {
            b'"' | b'\'' | b'`' => {
                at = end_of_string(bytes, at);
                Kind::Text
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                at += bytes[at..].iter().take_while(|b| **b == b'_' || b.is_ascii_alphanumeric()).count();
                Kind::Name
            }
            _ => {
                at += text[at..].chars().next().map_or(1, char::len_utf8);
                if byte.is_ascii_whitespace() {
                    continue;
                }
                // `==`, `<=` and `</` are one sign, so that they are not taken for `=` and `<`.
                if matches!(byte, b'=' | b'<' | b'>' | b'!') && matches!(bytes.get(at), Some(b'=' | b'/')) {
                    at += 1;
                    Kind::Sign(0)
                } else {
                    Kind::Sign(byte)
                }
            }
        };
        tokens.push(Token { kind, span: start..at });
    }
    at
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != bytes[start] {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(mentions: &[Mention]) -> Vec<&str> {
        mentions.iter().map(|mention| mention.name.as_str()).collect()
    }

    #[test]
    fn finds_every_name() {
        let text = r#"{% extends "web/base.html" %}{# {% include "no" %} #}{% raw %}{{ no() }}{% endraw %}
{%- block main -%}{{ head }}{% include 'web/card.html' %}{{ <ui.card title="a" n={t(key="x", count=posts(limit=1) | length)} /> }}
{% if a < b and c is not divisible_by(n=2) %}{% <box> %}{{ t(key="y" ~ z) }}{{ p.head | f(a=1) }}{% </box> %}{% endif %}{% endblock %}"#;
        let scan = scan(text);
        assert_eq!(scan.extends.as_ref().unwrap().name, "web/base.html");
        assert_eq!(names(&scan.includes), ["web/card.html"]);
        assert_eq!(
            scan.components.iter().map(|call| call.mention.name.as_str()).collect::<Vec<_>>(),
            ["ui.card", "box"]
        );
        let card = &scan.components[0];
        let arguments: Vec<_> = card
            .arguments
            .iter()
            .map(|(name, value, literal)| (name.name.as_str(), &text[value.clone()], *literal))
            .collect();
        assert_eq!(
            arguments,
            [("title", "\"a\"", true), ("n", "{t(key=\"x\", count=posts(limit=1) | length)}", false)]
        );
        assert!(!card.spread && !card.has_body && scan.components[1].has_body);
        assert_eq!(names(&scan.functions), ["t", "posts", "t"]);
        assert_eq!(names(&scan.words), ["x"]);
        assert_eq!(names(&scan.blocks), ["main"]);
        assert!(scan.prints_head);
        for mention in scan.includes.iter().chain(&scan.functions).chain(&scan.words).chain(&scan.extends) {
            assert_eq!(&text[mention.span.clone()], mention.name);
        }
    }

    #[test]
    fn bodies_of_components() {
        let of = |text: &str| {
            let scan = scan(text);
            let d = &scan.definitions[0];
            (d.mention.name.clone(), d.has_body, d.needs_body)
        };
        assert_eq!(of("{% component a() %}x{% endcomponent a %}{{ body }}"), ("a".into(), false, false));
        assert_eq!(of("{% component a.b(c) %}{{ body }}{% endcomponent %}"), ("a.b".into(), true, true));
        assert_eq!(
            of("{% component a() %}{% if body %}{{ body }}{% endif %}{% endcomponent %}"),
            ("a".into(), true, false)
        );
        assert_eq!(
            of("{% component a() %}{{ post.body }}{{ f(body=1) }}{% endcomponent %}"),
            ("a".into(), false, false)
        );
    }

    #[test]
    fn broken_templates_do_not_break_it() {
        for text in [
            "{",
            "{{",
            "{% ",
            "{% raw %}",
            "{# ",
            "{{ \"",
            "{{ \"\\",
            "{{ é",
            "{% extends",
            "{% component",
            "{{ t(key=",
            "{{ <",
        ] {
            scan(text);
        }
        assert!(!scan("{{ head.title }}").prints_head);
        assert!(scan("{{- head | safe }}").prints_head);
    }
}

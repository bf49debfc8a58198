//! Code with classes: syntect's scopes, of which there are thousands, in about twenty short classes that a theme can colour.
//!
//! | class | what | class | what |
//! |---|---|---|---|
//! | `c` | comment | `g` | tag |
//! | `k` | keyword | `l` | constant, literal |
//! | `s` | string | `m` | macro, preprocessor |
//! | `n` | number | `e` | escape, regular expression |
//! | `f` | function | `i` | inserted |
//! | `t` | type | `d` | deleted |
//! | `v` | variable | `h` | heading, changed |
//! | `o` | operator | `b` | strong |
//! | `a` | attribute, property | `u` | link |
//! | `x` | invalid | | |

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use syntect::parsing::ClearAmount;
use syntect::parsing::ParseState;
use syntect::parsing::Scope;
use syntect::parsing::ScopeStackOp;
use syntect::parsing::SyntaxReference;
use syntect::parsing::SyntaxSet;

use crate::edition::escape;

/// Lines longer than this are left plain: they are data or minified, and patterns are slow on them.
const LONGEST_LINE: usize = 4096;

/// Names that people write and syntect does not know, or takes for another language. It knows JavaScript twice, and would read `js` as "JavaScript (Babel)", which
/// misses private fields, `??`, `for await` and digits in groups, and takes half as long again.
const ALIASES: [(&str, &str); 23] = [
    ("asm", "s"),
    ("cjs", "javascript"),
    ("console", "bash"),
    ("csharp", "cs"),
    ("docker", "dockerfile"),
    ("elisp", "el"),
    ("golang", "go"),
    ("hcl", "tf"),
    ("js", "javascript"),
    ("js+jinja", "javascript"),
    ("json5", "json"),
    ("jsonc", "json"),
    ("jsonl", "json"),
    ("mjs", "javascript"),
    ("node", "javascript"),
    ("objc", "m"),
    ("postgres", "sql"),
    ("postgresql", "sql"),
    ("shell", "bash"),
    ("sqlite", "sql"),
    ("tera", "html"),
    ("vim", "viml"),
    ("zsh", "bash"),
];

/// Scopes and their classes; the longest one that begins a scope counts. `-` ends the class of what is around, for code inside a string.
const CLASSES: [(&str, char); 73] = [
    ("comment", 'c'),
    ("constant", 'l'),
    ("constant.character.escape", 'e'),
    ("constant.numeric", 'n'),
    ("constant.other.placeholder", 'e'),
    ("entity.name.class", 't'),
    ("entity.name.constant", 'l'),
    ("entity.name.enum", 't'),
    ("entity.name.function", 'f'),
    ("entity.name.impl", 't'),
    ("entity.name.interface", 't'),
    ("entity.name.label", 'l'),
    ("entity.name.macro", 'm'),
    ("entity.name.module", 't'),
    ("entity.name.namespace", 't'),
    ("entity.name.section", 'h'),
    ("entity.name.struct", 't'),
    ("entity.name.tag", 'g'),
    ("entity.name.trait", 't'),
    ("entity.name.type", 't'),
    ("entity.name.union", 't'),
    ("entity.other.attribute-name", 'a'),
    ("entity.other.inherited-class", 't'),
    ("invalid", 'x'),
    ("keyword", 'k'),
    ("keyword.operator", 'o'),
    ("keyword.operator.word", 'k'),
    ("keyword.other.unit", 'n'),
    ("markup.bold", 'b'),
    ("markup.changed", 'h'),
    ("markup.deleted", 'd'),
    ("markup.heading", 'h'),
    ("markup.inserted", 'i'),
    ("markup.list.numbered.bullet", '-'),
    ("markup.quote", 'c'),
    ("markup.raw", 's'),
    ("markup.underline.link", 'u'),
    ("meta.annotation", 'a'),
    ("meta.attribute", '-'),
    ("meta.diff.header", 'h'),
    ("meta.diff.range", 'h'),
    ("meta.embedded", '-'),
    ("meta.interpolation", '-'),
    ("meta.preprocessor", 'm'),
    ("meta.template.expression", '-'),
    // Brackets and commas are the ground on which the rest stands; a span around each would double the page.
    ("punctuation", '-'),
    ("punctuation.definition.annotation", 'a'),
    ("punctuation.definition.bold", 'b'),
    ("punctuation.definition.comment", 'c'),
    ("punctuation.definition.deleted", 'd'),
    ("punctuation.definition.heading", 'h'),
    ("punctuation.definition.inserted", 'i'),
    ("punctuation.definition.keyword", 'k'),
    ("punctuation.definition.preprocessor", 'm'),
    ("punctuation.definition.string", 's'),
    ("punctuation.definition.variable", 'v'),
    ("source", '-'),
    ("storage", 'k'),
    ("string", 's'),
    ("string.other.link", 'u'),
    ("string.regexp", 'e'),
    ("support.class", 't'),
    ("support.constant", 'l'),
    ("support.function", 'f'),
    ("support.macro", 'm'),
    ("support.type", 't'),
    ("support.type.property-name", 'a'),
    ("variable", 'v'),
    ("variable.annotation", 'a'),
    ("variable.function", 'f'),
    ("variable.language", 'l'),
    ("variable.other.constant", 'l'),
    ("variable.other.member", 'a'),
];

/// Variables that are simply every name of the language: a class on each says nothing and costs much.
const PLAIN: [&str; 5] = [
    "variable.other.object",
    "variable.other.readwrite.js",
    "variable.other.readwrite.ts",
    "variable.other.readwrite.tsx",
    "variable.other.readwrite.alias",
];

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// [`CLASSES`] and [`PLAIN`], the longest scopes first.
static RULES: LazyLock<Vec<(Scope, Class)>> = LazyLock::new(|| {
    let mut rules: Vec<(Scope, Class)> = CLASSES
        .iter()
        .map(|(scope, class)| (*scope, if *class == '-' { Class::Plain } else { Class::Is(*class as u8) }))
        .chain(PLAIN.iter().map(|scope| (*scope, Class::Plain)))
        .filter_map(|(scope, class)| Some((Scope::new(scope).ok()?, class)))
        .collect();
    rules.sort_by_key(|(scope, _)| std::cmp::Reverse(scope.len()));
    rules
});

thread_local! {
    /// What [`RULES`] say of each scope met so far.
    static KNOWN: RefCell<HashMap<Scope, Class>> = RefCell::new(HashMap::new());
}

/// What a scope says of the text it covers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// This class.
    Is(u8),
    /// No class, whatever is around it.
    Plain,
    /// As what is around it.
    Inherit,
}

/// Whether a language's name or file extension is known.
#[must_use]
pub fn is_known(language: &str) -> bool {
    is_plain(language) || syntax(language).is_some()
}

/// Appends `code` as HTML: text, with `<span class="…">` where a class applies. An unknown language, or none, gives text alone. Lines in `marked` (from 1) stand in a `<mark>`.
pub fn append(code: &str, language: &str, marked: &[RangeInclusive<usize>], out: &mut String) {
    out.reserve(code.len() * 2);
    let mut state = syntax(language).map(ParseState::new);
    let mut spans = Spans { out, class: None, space: 0 };
    let mut stack = Stack::default();
    for (index, line) in code.split_inclusive('\n').enumerate() {
        let mark = marked.iter().any(|lines| lines.contains(&(index + 1)));
        if mark {
            spans.close();
            spans.out.push_str("<mark>");
        }
        // In a marked line the line end stays outside the mark.
        let shown = if mark { line.trim_end_matches(['\n', '\r']) } else { line };
        highlight_line(&mut state, &mut stack, line, shown.len(), &mut spans);
        if mark {
            spans.close();
            spans.out.push_str("</mark>");
            spans.out.push_str(&line[shown.len()..]);
        }
    }
    spans.close();
}

/// Appends the first `shown` bytes of a line.
fn highlight_line(state: &mut Option<ParseState>, stack: &mut Stack, line: &str, shown: usize, spans: &mut Spans<'_>) {
    let operations = match state {
        Some(parser) if line.len() <= LONGEST_LINE => match parser.parse_line(line, &SYNTAXES) {
            Ok(operations) => operations,
            Err(_) => {
                *state = None;
                Vec::new()
            }
        },
        _ => Vec::new(),
    };
    if state.is_none() {
        return spans.text(&line[..shown], None);
    }
    let mut done = 0;
    for (at, operation) in &operations {
        let at = (*at).min(shown);
        if at > done {
            spans.text(&line[done..at], stack.class());
            done = at;
        }
        stack.apply(operation);
    }
    spans.text(&line[done..shown], stack.class());
}

fn is_plain(language: &str) -> bool {
    language.is_empty()
        || ["text", "txt", "plain", "plaintext", "none"].iter().any(|p| p.eq_ignore_ascii_case(language))
}

fn syntax(language: &str) -> Option<&'static SyntaxReference> {
    if is_plain(language) {
        return None;
    }
    let alias = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(language));
    SYNTAXES.find_syntax_by_token(alias.map_or(language, |(_, name)| name))
}

/// The scopes around a place, each with the class that holds below it.
#[derive(Default)]
struct Stack {
    scopes: Vec<(Scope, Option<u8>)>,
    cleared: Vec<Vec<Scope>>,
}

impl Stack {
    fn class(&self) -> Option<u8> {
        self.scopes.last().and_then(|(_, class)| *class)
    }

    fn apply(&mut self, operation: &ScopeStackOp) {
        match operation {
            ScopeStackOp::Push(scope) => self.push(*scope),
            ScopeStackOp::Pop(count) => self.scopes.truncate(self.scopes.len().saturating_sub(*count)),
            ScopeStackOp::Clear(amount) => {
                let keep = match amount {
                    ClearAmount::TopN(count) => self.scopes.len().saturating_sub(*count),
                    ClearAmount::All => 0,
                };
                self.cleared.push(self.scopes.drain(keep..).map(|(scope, _)| scope).collect());
            }
            ScopeStackOp::Restore => {
                for scope in self.cleared.pop().unwrap_or_default() {
                    self.push(scope);
                }
            }
            ScopeStackOp::Noop => {}
        }
    }

    fn push(&mut self, scope: Scope) {
        let class = match class_of(scope) {
            Class::Is(class) => Some(class),
            Class::Plain => None,
            Class::Inherit => self.class(),
        };
        self.scopes.push((scope, class));
    }
}

fn class_of(scope: Scope) -> Class {
    KNOWN.with_borrow_mut(|known| {
        *known.entry(scope).or_insert_with(|| {
            let rule = RULES.iter().find(|(prefix, _)| prefix.is_prefix_of(scope));
            rule.map_or(Class::Inherit, |(_, class)| *class)
        })
    })
}

/// Spans in the making: neighbours of one class become one, and space joins either side.
struct Spans<'o> {
    out: &'o mut String,
    class: Option<u8>,
    /// Bytes of space at the end of `out` that the open span need not hold.
    space: usize,
}

impl Spans<'_> {
    fn text(&mut self, text: &str, class: Option<u8>) {
        let shown = text.trim_ascii_end();
        let space = &text[shown.len()..];
        if shown.is_empty() {
            self.out.push_str(space);
            self.space += space.len();
            return;
        }
        if class != self.class {
            self.close();
            if let Some(class) = class {
                self.out.push_str("<span class=\"");
                self.out.push(char::from(class));
                self.out.push_str("\">");
            }
            self.class = class;
        }
        escape::text(shown, self.out);
        self.out.push_str(space);
        self.space = space.len();
    }

    /// Ends the open span before the space at the end.
    fn close(&mut self) {
        if self.class.take().is_some() {
            let at = self.out.len() - self.space;
            self.out.insert_str(at, "</span>");
        }
        self.space = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(code: &str, language: &str) -> String {
        let mut out = String::new();
        append(code, language, &[], &mut out);
        out
    }

    #[test]
    fn classes_of_rust() {
        assert_eq!(
            html("fn main() {\n    let x = \"a\\n\"; // <b>\n}\n", "rust"),
            "<span class=\"k\">fn</span> <span class=\"f\">main</span>() {\n    <span class=\"k\">let</span> x <span class=\"o\">=</span> \
             <span class=\"s\">\"a</span><span class=\"e\">\\n</span><span class=\"s\">\"</span>; <span class=\"c\">// &lt;b&gt;</span>\n\
             }\n"
        );
    }

    #[test]
    fn unknown_languages_are_plain() {
        assert_eq!(html("a < b\n", "no-such-language"), "a &lt; b\n");
        assert_eq!(html("fn x\n", "text"), "fn x\n");
        assert!(is_known("js") && is_known("TypeScript") && is_known("shell") && is_known("py") && is_known("none"));
        assert!(!is_known("no-such-language"));
        for (_, name) in ALIASES {
            assert!(is_known(name), "{name}");
        }
    }

    #[test]
    fn marked_lines() {
        let mut out = String::new();
        append("a\nb\nc", "text", &[2..=2], &mut out);
        assert_eq!(out, "a\n<mark>b</mark>\nc");
    }

    #[test]
    fn text_comes_out_as_it_went_in() {
        let code = "#[derive(Debug)]\nstruct A<'a> { b: &'a str }\r\n\n\tmacro!{ 1 + 2.0e3 }\u{e9}";
        let out = html(code, "rs");
        let mut text = String::new();
        let mut in_tag = false;
        for c in out.chars() {
            match c {
                '<' => in_tag = true,
                '>' => in_tag = false,
                c if !in_tag => text.push(c),
                _ => {}
            }
        }
        assert_eq!(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"), code);
    }
}

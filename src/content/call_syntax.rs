//! The syntax of one component call: a name and literal arguments.

use std::ops::Range;

use crate::content::call::Argument;
use crate::content::call::Call;
use crate::content::call::Literal;
use crate::content::component::MarkKind;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::source::Source;

type Refused = Box<Diagnostic>;

/// Reads `{{<name … />}}` at byte `start` of `text`, which begins at byte `shift` of the file: the call and where it ends in `text`. `None` where no name follows the
/// `<`: then it is plain text.
pub(in crate::content) fn inline(
    source: &Source,
    text: &str,
    start: usize,
    shift: usize,
) -> Option<Result<(Call, usize), Refused>> {
    let mut cursor = Cursor { source, text, at: start + 3, start, shift, one_line: false };
    let name = cursor.name()?;
    Some(cursor.inline_rest(name))
}

/// Reads `{% <name …> %}` or `{% </name> %}` at byte `start` of `text`, all on one line. `None` where it is neither.
pub(in crate::content) fn block(
    source: &Source,
    text: &str,
    start: usize,
    shift: usize,
) -> Option<Result<(MarkKind, usize), Refused>> {
    let mut cursor = Cursor { source, text, at: start + 2, start, shift, one_line: true };
    cursor.space();
    if cursor.eat("</") {
        let name = cursor.name()?;
        return Some(cursor.close_rest(name));
    }
    if !cursor.eat("<") {
        return None;
    }
    let name = cursor.name()?;
    Some(cursor.open_rest(name))
}

struct Cursor<'a> {
    source: &'a Source,
    text: &'a str,
    at: usize,
    start: usize,
    shift: usize,
    /// Whether a line end ends the call.
    one_line: bool,
}

impl Cursor<'_> {
    fn inline_rest(mut self, name: Located<String>) -> Result<(Call, usize), Refused> {
        let arguments = self.arguments()?;
        if self.eat("/>") {
            self.space();
            if self.eat("}}") {
                return Ok((self.call(name, arguments, false), self.at));
            }
        } else if self.rest().starts_with('>') {
            let message = format!("the call of `{}` does not end in `/>}}}}`", name.value);
            return Err(self.refuse(message, self.at..self.at + 1).hint_boxed(format!(
                "write {{{{<{0} … />}}}}, or, to enclose Markdown, {{% <{0} …> %}} and {{% </{0}> %}} on lines of their own",
                name.value
            )));
        }
        Err(self.unclosed(&name.value, &format!("{{{{<{} … />}}}}", name.value)))
    }

    fn open_rest(mut self, name: Located<String>) -> Result<(MarkKind, usize), Refused> {
        let arguments = self.arguments()?;
        if self.rest().starts_with("/>") {
            let message = format!("`{}` encloses nothing", name.value);
            return Err(self
                .refuse(message, self.at..self.at + 2)
                .hint_boxed(format!("write {{{{<{} … />}}}}", name.value)));
        }
        if self.eat(">") {
            self.space();
            if self.eat("%}") {
                return Ok((MarkKind::Open(self.call(name, arguments, true)), self.at));
            }
        }
        Err(self.unclosed(&name.value, &format!("{{% <{} …> %}}", name.value)))
    }

    fn close_rest(mut self, name: Located<String>) -> Result<(MarkKind, usize), Refused> {
        self.space();
        if self.eat(">") {
            self.space();
            if self.eat("%}") {
                return Ok((MarkKind::Close(name), self.at));
            }
        }
        Err(self.unclosed(&name.value, &format!("{{% </{}> %}}", name.value)))
    }

    fn call(&self, name: Located<String>, arguments: Vec<Argument>, encloses: bool) -> Call {
        Call { name, arguments, span: self.span(self.start..self.at), encloses }
    }

    fn arguments(&mut self) -> Result<Vec<Argument>, Refused> {
        let mut arguments: Vec<Argument> = Vec::new();
        loop {
            self.space();
            let Some(name) = self.name() else {
                // What is neither a name nor an end is told apart by the caller, except where it can be said better here.
                return match self.rest().chars().next() {
                    Some(c) if !matches!(c, '/' | '>' | '%' | '}' | '\n') => Err(self
                        .refuse(format!("an argument was expected, not `{c}`"), self.at..self.at + c.len_utf8())
                        .hint_boxed("arguments are written name=\"text\", name=3 or name=true")),
                    _ => Ok(arguments),
                };
            };
            self.space();
            if !self.eat("=") {
                let message = format!("the argument `{}` has no value", name.value);
                let hint = format!("write {0}=\"…\", {0}=3 or {0}=true", name.value);
                return Err(self.refuse_at(message, name.span).hint_boxed(hint));
            }
            self.space();
            let value = self.literal(&name.value)?;
            if let Some(first) = arguments.iter().find(|argument| argument.name.value == name.value) {
                let message = format!("the argument `{}` is given twice", name.value);
                let first = first.name.span.clone();
                let refused = self.refuse_at(message, name.span);
                return Err(Box::new(refused.also(self.source, first, "first given here")));
            }
            arguments.push(Argument { name, value });
        }
    }

    fn literal(&mut self, argument: &str) -> Result<Located<Literal>, Refused> {
        let start = self.at;
        let value = match self.rest().as_bytes().first().copied() {
            Some(b'"') => self.string()?,
            Some(b'-' | b'+' | b'0'..=b'9') => self.number()?,
            _ if self.word("true") => Literal::Boolean(true),
            _ if self.word("false") => Literal::Boolean(false),
            other => {
                let message =
                    format!("the value of `{argument}` must be a string in double quotes, a number, true or false");
                let length = self.rest().find(|c: char| c.is_whitespace() || matches!(c, '/' | '>')).unwrap_or(0);
                let hint = match other {
                    Some(b'\'') => "use double quotes".to_owned(),
                    Some(b'{') => format!("Markdown has no expressions: write {argument}=\"…\""),
                    Some(b) if b.is_ascii_alphanumeric() => {
                        format!("write {argument}=\"{}\"", &self.rest()[..length])
                    }
                    _ => format!("write {argument}=\"…\""),
                };
                let end = self.source_end(self.at + length.max(1));
                return Err(self.refuse(message, self.at..end).hint_boxed(hint));
            }
        };
        Ok(Located { value, span: self.span(start..self.at) })
    }

    fn string(&mut self) -> Result<Literal, Refused> {
        let start = self.at;
        let mut value = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = start + at + 1;
                    return Ok(Literal::String(value));
                }
                '\\' => match chars.next() {
                    Some((_, c @ ('"' | '\\'))) => value.push(c),
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, c)) => {
                        let place = start + at..start + at + 1 + c.len_utf8();
                        return Err(self
                            .refuse(format!("`\\{c}` means nothing in a string"), place)
                            .hint_boxed("a backslash is written \\\\, a quotation mark \\\", a line break \\n"));
                    }
                    None => break,
                },
                '\n' if self.one_line => break,
                c => value.push(c),
            }
        }
        Err(self
            .refuse("this string is not closed".to_owned(), start..start + 1)
            .hint_boxed("end it by a double quote; one inside the string is written \\\""))
    }

    fn number(&mut self) -> Result<Literal, Refused> {
        let rest = self.rest();
        let length = rest
            .bytes()
            .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_')))
            .unwrap_or(rest.len());
        let written = &rest[..length];
        let value = match written.parse::<i64>() {
            Ok(number) => Some(Literal::Integer(number)),
            // `inf`, `1e9` and `1.` are Rust's, not a person's; digits on both sides of one point are.
            Err(_) if written.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.')) => written
                .split_once('.')
                .filter(|(_, fraction)| !fraction.is_empty())
                .and_then(|_| written.parse::<f64>().ok())
                .map(Literal::Float),
            Err(_) => None,
        };
        let Some(value) = value else {
            let message = format!("`{written}` is not a number");
            return Err(self.refuse(message, self.at..self.at + length).hint_boxed("text stands in double quotes"));
        };
        self.at += length;
        Ok(value)
    }

    fn unclosed(&self, name: &str, form: &str) -> Refused {
        let end = self.source_end(self.at);
        self.refuse(format!("the call of `{name}` is not closed"), self.start..end).hint_boxed(format!("write {form}"))
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        let rest = self.rest();
        let one_line = self.one_line;
        let length = rest.bytes().take_while(|b| b.is_ascii_whitespace() && !(one_line && *b == b'\n')).count();
        self.at += length;
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest();
        let whole = rest.starts_with(word) && !rest.as_bytes().get(word.len()).is_some_and(|b| is_name_byte(*b));
        if whole {
            self.at += word.len();
        }
        whole
    }

    fn name(&mut self) -> Option<Located<String>> {
        let rest = self.rest();
        if !rest.as_bytes().first()?.is_ascii_alphabetic() {
            return None;
        }
        let length = rest.bytes().position(|b| !is_name_byte(b)).unwrap_or(rest.len());
        let value = rest[..length].to_owned();
        let span = self.span(self.at..self.at + length);
        self.at += length;
        Some(Located { value, span })
    }

    fn span(&self, range: Range<usize>) -> Range<usize> {
        range.start + self.shift..range.end + self.shift
    }

    fn source_end(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at += 1;
        }
        at
    }

    fn refuse(&self, message: String, place: Range<usize>) -> Diagnostic {
        self.refuse_at(message, self.span(place))
    }

    fn refuse_at(&self, message: String, place: Range<usize>) -> Diagnostic {
        Diagnostic::error("component-syntax", message).at(self.source, place)
    }
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')
}

/// A hint, and the box in which a refusal travels.
trait HintBoxed {
    fn hint_boxed(self, hint: impl Into<String>) -> Refused;
}

impl HintBoxed for Diagnostic {
    fn hint_boxed(self, hint: impl Into<String>) -> Refused {
        Box::new(self.hint(hint))
    }
}

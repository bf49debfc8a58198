//! Blocks of code.

use std::ops::RangeInclusive;

use crate::edition::escape;
use crate::edition::html::mail::CODE_BOX;
use crate::edition::html::mail::CODE_BOX_END;
use crate::edition::html::writer::Writer;

impl Writer<'_, '_> {
    pub(super) fn code_block(&mut self, info: &str, code: &str, fenced: bool) {
        let language = if fenced { language(info) } else { "" };
        if self.policy.mail {
            self.out.push_str(CODE_BOX);
            if self.policy.highlight {
                self.environment.code(code, language, &marked_lines(info), &mut self.out);
            } else {
                self.text(code);
            }
            self.out.push_str(CODE_BOX_END);
            return;
        }
        if self.policy.dressed {
            self.out.push_str("<pre class=\"code\" tabindex=\"0\"");
            if !language.is_empty() {
                self.out.push_str(" data-lang=\"");
                escape::attribute(language, &mut self.out);
                self.out.push('"');
            }
            self.out.push_str("><code");
        } else {
            self.out.push_str("<pre><code");
        }
        if !language.is_empty() {
            self.out.push_str(" class=\"language-");
            escape::attribute(language, &mut self.out);
            self.out.push('"');
        }
        self.out.push('>');
        if self.policy.highlight {
            self.environment.code(code, language, &marked_lines(info), &mut self.out);
        } else {
            self.text(code);
        }
        self.out.push_str("</code></pre>\n");
    }
}

/// The first word of what follows a fence: `rust` of `rust {2,4-6}`, `rust,ignore` and `rust{2}`.
fn language(info: &str) -> &str {
    let info = info.trim_start();
    let end = info.find(|c: char| c.is_whitespace() || matches!(c, ',' | '{')).unwrap_or(info.len());
    &info[..end]
}

/// The lines to mark: `{2,4-6}` anywhere after the fence, or `hl_lines="2 4-6"`. What is no number is left out.
fn marked_lines(info: &str) -> Vec<RangeInclusive<usize>> {
    let between = |open: &str, close: char| {
        let rest = &info[info.find(open)? + open.len()..];
        rest.find(close).map(|end| &rest[..end])
    };
    let Some(list) = between("hl_lines=\"", '"').or_else(|| between("{", '}')) else { return Vec::new() };
    list.split([',', ' '])
        .filter_map(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            Some(first.trim().parse().ok()?..=last.trim().parse().ok()?)
        })
        .collect()
}

//! What mail programs draw in place of what they do not: Outlook gives padding and colour to cells of tables alone.

use crate::content::tree::AlertKind;
use crate::edition::escape;
use crate::edition::html::Word;
use crate::edition::html::block;
use crate::edition::html::writer::Writer;

/// What stands before a block of code, and behind it.
pub(super) const CODE_BOX: &str = "<table role=\"presentation\" class=\"code-box\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr><td><pre class=\"code\" dir=\"ltr\"><code>";
pub(super) const CODE_BOX_END: &str = "</code></pre></td></tr></table>\n";

/// What stands before the rows of a table, in a box that scrolls where it can.
pub(super) const DATA_TABLE: &str =
    "<div class=\"table\"><table class=\"data\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\">\n";

impl Writer<'_, '_> {
    pub(super) fn enter_mail_alert(&mut self, kind: AlertKind) {
        let (class, word) = block::alert(kind);
        self.out.push_str("<table role=\"presentation\" class=\"alert alert-");
        self.out.push_str(class);
        self.out.push_str(
            "\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr><td>\n<p class=\"alert-title\">",
        );
        self.word(word);
        self.out.push_str("</p>\n");
    }

    pub(super) fn leave_mail_alert(&mut self) {
        self.line();
        self.out.push_str("</td></tr></table>\n");
    }

    /// A box of a form would be taken out on the way.
    pub(super) fn mail_task_marker(&mut self, done: bool) {
        self.out.push_str("<span role=\"img\" aria-label=\"");
        self.word(if done { Word::TaskDone } else { Word::TaskOpen });
        self.out.push_str(if done { "\">\u{2611}</span> " } else { "\">\u{2610}</span> " });
    }

    /// No mail program knows MathML: the formula stands there as it was written.
    pub(super) fn mail_math(&mut self, tex: &str, display: bool) {
        self.out.push_str(if display { "<span class=\"math math-display\">" } else { "<span class=\"math\">" });
        escape::text(tex.trim(), &mut self.out);
        self.out.push_str("</span>");
    }
}

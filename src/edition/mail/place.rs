//! Where a text of an issue stands: as an article does, but for pictures, which are as wide as a mail at most, and for the posts that an issue names.

use std::borrow::Cow;
use std::ops::Range;
use std::ops::RangeInclusive;

use crate::content::call::Call;
use crate::content::document::Body;
use crate::content::issue::Mention;
use crate::content::issue::POST;
use crate::edition::article::Place;
use crate::edition::html::Environment;
use crate::edition::html::Image;
use crate::edition::html::Word;
use crate::edition::mail::functions;
use crate::edition::mail::parts::marks;
use crate::edition::sanitize::Known;
use crate::library::links::Resolver;

/// The environment of a text in a mail, or on the page of the issue.
pub(in crate::edition::mail) struct MailPlace<'a> {
    /// The place as articles have it.
    pub(in crate::edition::mail) place: Place<'a>,
    /// What relative addresses of raw HTML mean in this file.
    pub(in crate::edition::mail) raw: (&'a Resolver<'a>, &'a Body),
    /// Stands before the ids of footnotes.
    pub(in crate::edition::mail) prefix: String,
    /// The posts that the text may name, and the character around their marks.
    pub(in crate::edition::mail) posts: (&'a [Mention], char),
}

impl MailPlace<'_> {
    /// A call that stands for a post leaves two marks around what it encloses, by which the text is parted.
    fn post(&self, call: &Call, body: Option<&str>, out: &mut String) -> bool {
        let (mentions, fence) = self.posts;
        if call.name.value != POST {
            return false;
        }
        if let Some(at) = mentions.iter().position(|mention| mention.span.contains(&call.span.start)) {
            let [open, close] = marks(fence, at);
            out.extend([&*open, body.unwrap_or_default(), &*close]);
        }
        true
    }
}

impl Environment for MailPlace<'_> {
    /// On the issue's page too: it is not the page for which the text was written.
    fn base(&self) -> Option<&str> {
        Some(self.place.own.url())
    }

    fn raw_links(&self) -> Option<Box<Known<'_>>> {
        let (resolver, body) = self.raw;
        Some(Box::new(move |written| {
            resolver.raw(written, body, self.place.own).unwrap_or_else(|mistake| {
                self.place.catalogue.complain(*mistake);
                None
            })
        }))
    }

    fn id_prefix(&self) -> &str {
        &self.prefix
    }

    fn link<'e>(&'e self, dest: &'e str, span: &Range<usize>) -> Cow<'e, str> {
        if dest.starts_with('#') {
            // Headings have their ids on the text's own page alone.
            let own = self.place.own;
            return Cow::Owned(format!("{}{dest}", if self.place.absolute { own.url() } else { own.path() }));
        }
        self.place.link(dest, span)
    }

    fn wikilink_text<'e>(&'e self, dest: &'e str, span: &Range<usize>) -> Option<Cow<'e, str>> {
        self.place.wikilink_text(dest, span)
    }

    fn image(&self, image: &Image<'_>, out: &mut String) {
        let Some(view) = self.place.image_view(image.dest, &image.span) else { return };
        out.push_str(&functions::picture_html(&view, "", Some(image.alt), None));
    }

    fn component(&self, call: &Call, body: Option<&str>, out: &mut String) {
        if !self.post(call, body, out) {
            self.place.component(call, body, out);
        }
    }

    fn code(&self, code: &str, language: &str, marked: &[RangeInclusive<usize>], out: &mut String) {
        self.place.code(code, language, marked, out);
    }

    fn word(&self, word: Word) -> Cow<'_, str> {
        self.place.word(word)
    }
}

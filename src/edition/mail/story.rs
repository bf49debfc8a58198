//! What one form of an issue says, as its templates see it.

use tera::Value;

use crate::config::issues::Shape;
use crate::edition::article;
use crate::edition::catalogue::extra;
use crate::edition::dates;
use crate::edition::escape;
use crate::edition::html::Part;
use crate::edition::mail::desk::Desk;
use crate::edition::mail::desk::Form;
use crate::edition::mail::issue::Detail;
use crate::edition::mail::issue_view::IssueView;
use crate::edition::mail::issue_view::PostView;
use crate::edition::mail::issue_view::filler;
use crate::edition::mail::issue_view::groups;
use crate::edition::mail::plain::Links;
use crate::edition::mail::plain::wrap;
use crate::edition::mail::settle;
use crate::library::model::Post;

/// Of a post's text a card has so many characters at most where the mail would be too heavy.
const BRIEF: usize = 140;

/// Around the number of a text that is put into the plain-text part after its lines were broken, because its own are right.
const KEPT: char = '\u{f8fd}';

/// One form of an issue.
pub(in crate::edition::mail) struct Story<'d, 'a> {
    desk: &'d Desk<'a>,
    form: Form,
    detail: Detail,
    kept: Vec<String>,
}

/// The heading of posts without a category, where others stand by theirs: its word, and the English of it.
pub(in crate::edition::mail) const REST: (&str, &str) = ("mail.more", "More");

impl<'d, 'a> Story<'d, 'a> {
    pub(in crate::edition::mail) fn new(desk: &'d Desk<'a>, form: Form, detail: Detail) -> Self {
        Self { desk, form, detail, kept: Vec::new() }
    }

    /// What the templates see.
    pub(in crate::edition::mail) fn view(&mut self) -> IssueView<'d> {
        let (desk, draft) = (self.desk, self.desk.draft);
        let mut links = Links::default();
        let parts = desk.parts(self.form, &mut links);
        let shape = draft.newsletter.issues.shape;
        let intro = self.written(parts.intro);
        let (mut lead, mut others, mut outro) = (None, Vec::new(), Value::from(""));
        let mut between = String::new();
        for part in parts.posts {
            if let Some(number) = desk.posts.iter().position(|(mention, _)| *mention == part.mention) {
                let view = self.post(number, part.own, lead.is_none(), links.last());
                match lead {
                    None => lead = Some(view),
                    Some(_) => others.push((self.written(std::mem::take(&mut between)), view)),
                }
            }
            if !between.is_empty() && !part.behind.is_empty() {
                between.push_str("\n\n");
            }
            between.push_str(&part.behind);
        }
        if !between.is_empty() {
            outro = self.written(between);
        }
        let numbered = links.list_as(&|address| desk.tagged(address));
        let subject = &*draft.text.front.subject.value;
        let says_title =
            |lead: &PostView<'_>| subject.ends_with(lead.title) && !(subject == lead.title && shape == Shape::Letter);
        IssueView {
            title: subject,
            heading: if lead.as_ref().is_some_and(says_title) { &draft.newsletter.name } else { subject },
            direction: desk.mail.config.language.direction(),
            preheader: desk.preheader(),
            filler: filler(desk.preheader()),
            number: draft.number,
            date: dates::view(draft.date, &desk.mail.theme.words, &desk.mail.config.language),
            url: draft.permalink.url(),
            shape: shape.word(),
            detail: self.detail.word(),
            intro,
            lead,
            groups: groups(others, desk.may_group(), &desk.rest),
            outro,
            links: self.written(if self.form == Form::Text { numbered } else { String::new() }),
        }
    }

    /// A post, by its number among those of the issue.
    fn post(&mut self, number: usize, own: String, leads: bool, last: usize) -> PostView<'d> {
        let (desk, shelf) = (self.desk, &self.desk.mail.shelf);
        let (mention, id) = desk.posts[number];
        let post = shelf.post(id);
        let is_article = leads && desk.draft.newsletter.issues.shape == Shape::Letter;
        let text = if own.is_empty() { self.said_of(post, mention, leads) } else { own };
        let mut links = Links::after(last);
        let whole = self.detail == Detail::Full;
        let content = if is_article {
            desk.article(post, self.form, if whole { Part::Whole } else { Part::Summary }, &mut links)
        } else {
            String::new()
        };
        let tagged = desk.tagged(post.permalink.url());
        let url = match self.form {
            Form::Page => post.permalink.path().to_owned(),
            Form::Text => tagged,
            Form::Html => settle::marked(&tagged, number),
        };
        let has_image = leads || self.detail == Detail::Full;
        let numbered =
            if self.form == Form::Text { links.list_as(&|address| desk.tagged(address)) } else { String::new() };
        PostView {
            id: &post.id,
            title: &post.title,
            url,
            date: post.date.as_ref().map(|date| dates::view(date, &desk.mail.theme.words, &desk.mail.config.language)),
            authors: post.authors.iter().map(|id| &*shelf.author(*id).name).collect(),
            category: post.categories.first().map(|id| &*shelf.term(*id).name),
            reading_time: post.document.body.outline.reading_time,
            image: post.image.as_ref().filter(|_| has_image).and_then(|picture| shelf.picture(picture)),
            has_audio: post.audio.is_some(),
            language: post.language.as_str(),
            direction: post.language.direction(),
            text: self.written(text),
            content: self.written(content),
            whole,
            links: self.written(numbered),
            extra: extra(post.document.front.extra.as_ref()),
        }
    }

    /// What is said of a post of which the issue's text says nothing itself.
    fn said_of(&self, post: &Post, mention: usize, leads: bool) -> String {
        let blurb = self.desk.draft.text.posts.get(mention).and_then(|mention| mention.blurb.as_ref());
        let edited = blurb.map(|blurb| blurb.value.trim());
        let own = post.document.front.newsletter.blurb.as_ref().map(|blurb| blurb.value.trim());
        let said = edited.or(own).unwrap_or_else(|| article::description(post));
        let said = match self.detail {
            _ if leads || edited.is_some() => said.to_owned(),
            Detail::Full => said.to_owned(),
            Detail::Brief => cut(said, BRIEF),
            Detail::Titles => String::new(),
        };
        if said.is_empty() {
            return said;
        }
        if self.form == Form::Text {
            let mut lines = String::new();
            wrap::fold(&said, "", "", &mut lines);
            return lines;
        }
        let mut html = String::from("<p>");
        escape::text(&said, &mut html);
        html + "</p>"
    }

    /// A text of this form for templates: HTML that is not escaped again, or a mark that stands for lines that are not broken again.
    fn written(&mut self, text: String) -> Value {
        let text = text.trim_matches('\n');
        if text.is_empty() {
            return Value::from("");
        }
        if self.form != Form::Text {
            return Value::safe_string(text);
        }
        self.kept.push(text.to_owned());
        Value::from(format!("{KEPT}{}{KEPT}", self.kept.len() - 1))
    }

    /// The plain-text part `drawn` with every text in its place.
    pub(in crate::edition::mail) fn told(&self, drawn: &str) -> String {
        let mut out = String::with_capacity(drawn.len() + self.kept.iter().map(String::len).sum::<usize>());
        for (at, piece) in drawn.split(KEPT).enumerate() {
            match piece.parse::<usize>().ok().filter(|_| at % 2 == 1).and_then(|number| self.kept.get(number)) {
                Some(text) => out.push_str(text),
                None => out.push_str(piece),
            }
        }
        out
    }
}

/// The first words of a text, `most` characters at most, with an ellipsis where something was left out.
fn cut(text: &str, most: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(most) else { return text.to_owned() };
    let kept = &text[..end];
    let kept = kept.rfind(char::is_whitespace).filter(|at| *at > end / 2).map_or(kept, |at| &kept[..at]);
    format!("{}…", kept.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '.' | '–' | '—')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_words() {
        assert_eq!(cut("short", 10), "short");
        assert_eq!(cut("A long sentence, cut", 17), "A long sentence…");
        assert_eq!(cut(&"日".repeat(9), 4), "日日日日…");
    }
}

//! The HTML of a mail as a program sees it: elements, their attributes, the text in them, and which selectors find them.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use lol_html::ElementContentHandlers;
use lol_html::HtmlRewriter;
use lol_html::Selector;
use lol_html::Settings;
use lol_html::comments;
use lol_html::doc_text;
use lol_html::element;
use lol_html::end_tag;
use lol_html::html_content as rewritable;

/// One element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::edition::mail::judge) struct Element {
    /// Its name, in lower case.
    pub(in crate::edition::mail::judge) name: String,
    /// Names in lower case, values without entities.
    pub(in crate::edition::mail::judge) attributes: Vec<(String, String)>,
    /// The element around it: one that comes before it.
    pub(in crate::edition::mail::judge) parent: Option<usize>,
    /// Where it begins, in octets: by that it is known.
    pub(in crate::edition::mail::judge) at: usize,
    /// The text directly in it, as written.
    pub(in crate::edition::mail::judge) text: String,
}

impl Element {
    pub(in crate::edition::mail::judge) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The elements of a mail, in their order, without what stands in comments: those are for Outlook alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::edition::mail::judge) struct Page {
    pub(in crate::edition::mail::judge) elements: Vec<Element>,
    pub(in crate::edition::mail::judge) has_comments: bool,
}

impl Page {
    /// The stylesheets in it.
    pub(in crate::edition::mail::judge) fn styles(&self) -> impl Iterator<Item = &str> {
        self.elements.iter().filter(|element| element.name == "style").map(|element| element.text.as_str())
    }
}

#[derive(Default)]
struct Reading {
    page: Page,
    open: Vec<usize>,
}

/// Reads a mail. Where it is no HTML any more, what stands before that counts.
pub(in crate::edition::mail::judge) fn read(html: &str) -> Page {
    // The handlers of end tags outlive the borrow of anything here.
    let reading: Rc<RefCell<Reading>> = Rc::default();
    let settings = Settings::new()
        .append_element_content_handler(element!("*", |el| {
            let mut now = reading.borrow_mut();
            let attributes = el.attributes().iter();
            let attributes = attributes.map(|attribute| (attribute.name(), unescaped(&attribute.value()))).collect();
            let (parent, number, depth) = (now.open.last().copied(), now.page.elements.len(), now.open.len());
            now.page.elements.push(Element {
                name: el.tag_name(),
                attributes,
                parent,
                at: el.source_location().bytes().start,
                text: String::new(),
            });
            if let Some(handlers) = el.end_tag_handlers() {
                now.open.push(number);
                let reading = Rc::clone(&reading);
                handlers.push(end_tag!(move |_| {
                    reading.borrow_mut().open.truncate(depth);
                    Ok(())
                }));
            }
            Ok(())
        }))
        .append_element_content_handler(comments!("*", |_| {
            reading.borrow_mut().page.has_comments = true;
            Ok(())
        }))
        .append_document_content_handler(doc_text!(|text| {
            let mut now = reading.borrow_mut();
            let last = now.open.last().copied();
            if let Some(element) = last.and_then(|number| now.page.elements.get_mut(number)) {
                element.text.push_str(text.as_str());
            }
            Ok(())
        }));
    run(html, settings);
    std::mem::take(&mut reading.borrow_mut().page)
}

/// Which of the selectors find what: by where an element begins, the numbers of those that do.
pub(in crate::edition::mail::judge) fn found(
    html: &str,
    selectors: Vec<(usize, Selector)>,
) -> BTreeMap<usize, Vec<usize>> {
    let found: RefCell<BTreeMap<usize, Vec<usize>>> = RefCell::default();
    let gather = &found;
    let settings = selectors.into_iter().fold(Settings::new(), |settings, (number, selector)| {
        let handler = move |el: &mut rewritable::Element<'_, '_>| {
            gather.borrow_mut().entry(el.source_location().bytes().start).or_default().push(number);
            Ok(())
        };
        settings
            .append_element_content_handler((Cow::Owned(selector), ElementContentHandlers::default().element(handler)))
    });
    run(html, settings);
    found.into_inner()
}

fn run(html: &str, settings: Settings<'_, '_>) {
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    // A mail that stops the parser has shown what it has up to there.
    let _ = rewriter.write(html.as_bytes()).and_then(|()| rewriter.end());
}

/// The few entities that stand in mails as we write them.
pub(in crate::edition::mail::judge) fn unescaped(value: &str) -> String {
    value
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: &str = "<html><head><style>p{color:red}</style></head><body><!-- x --><p class=\"a\" title=\"&quot;q&amp;\">one<br>two<b>three</b> four</p><img src=x></body></html>";

    #[test]
    fn elements_with_their_text() {
        let page = read(HTML);
        let names: Vec<&str> = page.elements.iter().map(|element| element.name.as_str()).collect();
        assert_eq!(names, ["html", "head", "style", "body", "p", "br", "b", "img"]);
        let texts: Vec<&str> = [4, 5, 6].map(|at| page.elements[at].text.as_str()).to_vec();
        assert_eq!(texts, ["onetwo four", "", "three"]);
        assert_eq!([4, 5, 6, 7].map(|at| page.elements[at].parent), [Some(3), Some(4), Some(4), Some(3)]);
        assert_eq!((page.elements[4].attribute("title"), page.has_comments), (Some("\"q&"), true));
        assert_eq!(page.styles().collect::<Vec<_>>(), ["p{color:red}"]);
    }

    #[test]
    fn selectors_find_elements() {
        let selectors = ["p.a b", "p", "td"].iter().enumerate();
        let found = found(HTML, selectors.map(|(at, text)| (at, text.parse().unwrap())).collect());
        let page = read(HTML);
        let of = |at: usize| found.get(&page.elements[at].at).cloned().unwrap_or_default();
        assert_eq!((of(4), of(6), of(7)), (vec![1], vec![0], vec![]));
    }
}

//! The functions of mail templates: words, addresses of files and pictures need no more than theme and configuration; the others need the site's content.

use std::fmt::Write;
use std::sync::Arc;

use tera::Error;
use tera::Kwargs;
use tera::State;
use tera::Tera;
use tera::TeraResult;
use tera::Value;

use crate::diagnostic::suggest;
use crate::edition::bare;
use crate::edition::bare::Bare;
use crate::edition::escape;
use crate::edition::functions;
use crate::edition::functions::Slot;
use crate::edition::image::ImageView;
use crate::edition::mail::plain::COLUMNS;
use crate::edition::mail::plain::wrap;
use crate::theme::templates::Vocabulary;

/// No mail is wider, in pixels: what Outlook shows is as wide as its attribute says, whatever the style says.
const WIDEST: u32 = 600;

/// A filter of plain-text templates: a heading with a line below it.
const UNDERLINE: &str = "underline";

/// Gives `work` the vocabulary of mails of the site `bare`; functions that need the site's content look into `slot`.
pub(in crate::edition::mail) fn with_vocabulary<T>(
    bare: &Arc<Bare>,
    slot: &Slot,
    work: impl FnOnce(&Vocabulary<'_>) -> T,
) -> T {
    let register = |tera: &mut Tera| register(tera, bare, slot);
    let filters: Vec<&str> = functions::FILTERS.into_iter().chain([UNDERLINE]).collect();
    work(&Vocabulary { functions: &functions::FUNCTIONS, filters: &filters, tests: &[], register: &register })
}

fn register(tera: &mut Tera, bare: &Arc<Bare>, slot: &Slot) {
    functions::register(tera, slot);
    bare::register_words(tera, bare);
    let files = Arc::clone(bare);
    tera.register_function("asset", move |kwargs: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        functions::refuse_unknown("asset", &kwargs, Some(&["path"]))?;
        asset(&files, kwargs.must_get::<&str>("path")?)
    });
    tera.register_filter(UNDERLINE, |text: &str, kwargs: Kwargs, _: &State<'_>| -> TeraResult<String> {
        Ok(underline(text, kwargs.get::<&str>("with")?.unwrap_or("-")))
    });
    tera.register_function("picture", |kwargs: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        functions::refuse_unknown("picture", &kwargs, Some(functions::PICTURE))?;
        picture(&kwargs)
    });
}

/// The absolute address of a file of the theme.
fn asset(bare: &Bare, path: &str) -> TeraResult<Value> {
    if let Some(address) = bare.file(path) {
        return Ok(Value::from(address));
    }
    let hint = suggest::did_you_mean(path.trim_start_matches('/'), bare.theme.assets.names());
    let hint = hint.unwrap_or_else(|| "mails can show files of the theme's static/, not of content/".into());
    Err(Error::message(format!("there is no file `{path}`\n{hint}")))
}

/// `text` as a heading of a plain-text part: the line below it is as wide as it is, once it is broken into lines.
fn underline(text: &str, with: &str) -> String {
    let mut lines = String::new();
    wrap::fold(text.trim(), "", "", &mut lines);
    let widest = lines.lines().map(wrap::width).max().unwrap_or_default();
    lines + &with.repeat(widest.min(COLUMNS))
}

fn picture(kwargs: &Kwargs) -> TeraResult<Value> {
    let Some(value) = kwargs.get::<&Value>("image")?.filter(|value| !value.is_none() && !value.is_undefined()) else {
        return Ok(Value::safe_string(""));
    };
    let Some(view) = functions::image_view(value) else {
        return Err(Error::message("picture() wants an Image, such as post.image"));
    };
    let class = kwargs.get::<&str>("class")?.unwrap_or_default();
    let widest = kwargs.get::<&str>("sizes")?.and_then(|sizes| sizes.trim().strip_suffix("px")?.parse().ok());
    Ok(Value::safe_string(&picture_html(&view, class, kwargs.get::<&str>("alt")?, widest)))
}

/// One file at its absolute address, no wider than a mail, nor than `widest` pixels.
pub(in crate::edition::mail) fn picture_html(
    image: &ImageView,
    class: &str,
    alt: Option<&str>,
    widest: Option<u32>,
) -> String {
    let mut html = String::from("<img src=\"");
    escape::href(&image.url, &mut html);
    html.push('"');
    if let (Some(width), Some(height)) = (image.width.filter(|width| *width > 0), image.height) {
        let (width, height) = shown((width, height), widest);
        let _ = write!(html, " width=\"{width}\" height=\"{height}\"");
    }
    html.push_str(" alt=\"");
    escape::attribute(alt.unwrap_or(&image.alt), &mut html);
    if !class.is_empty() {
        html.push_str("\" class=\"");
        escape::attribute(class, &mut html);
    }
    html.push_str("\">");
    html
}

/// How large a picture is shown, in pixels: no wider than a mail, nor than `widest`.
pub(in crate::edition::mail) fn shown((width, height): (u32, u32), widest: Option<u32>) -> (u32, u32) {
    let shown = width.min(widest.unwrap_or(WIDEST)).clamp(1, WIDEST);
    let height = u64::from(height) * u64::from(shown) / u64::from(width.max(1));
    (shown, u32::try_from(height).unwrap_or(u32::MAX).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_no_wider_than_a_mail() {
        let image = ImageView {
            url: "https://e.com/a b.jpg".into(),
            width: Some(1200),
            height: Some(801),
            alt: "A \"quay\"".into(),
            ..ImageView::default()
        };
        assert_eq!(
            picture_html(&image, "lead", None, None),
            "<img src=\"https://e.com/a%20b.jpg\" width=\"600\" height=\"400\" alt=\"A &quot;quay&quot;\" class=\"lead\">"
        );
        let unknown = ImageView { width: None, ..image.clone() };
        assert!(picture_html(&image, "", None, Some(132)).contains(" width=\"132\" height=\"88\""));
        assert_eq!(picture_html(&unknown, "", Some(""), None), "<img src=\"https://e.com/a%20b.jpg\" alt=\"\">");
    }
}

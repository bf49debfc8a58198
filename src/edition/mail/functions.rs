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
use crate::theme::templates::Vocabulary;

/// No mail is wider, in pixels: what Outlook shows is as wide as its attribute says, whatever the style says.
const WIDEST: u32 = 600;

/// Gives `work` the vocabulary of mails of the site `bare`; functions that need the site's content look into `slot`.
pub(in crate::edition::mail) fn with_vocabulary<T>(
    bare: &Arc<Bare>,
    slot: &Slot,
    work: impl FnOnce(&Vocabulary<'_>) -> T,
) -> T {
    let register = |tera: &mut Tera| register(tera, bare, slot);
    let (functions, filters) = (&functions::FUNCTIONS, &functions::FILTERS);
    work(&Vocabulary { functions, filters, tests: &[], register: &register })
}

fn register(tera: &mut Tera, bare: &Arc<Bare>, slot: &Slot) {
    functions::register(tera, slot);
    bare::register_words(tera, bare);
    let files = Arc::clone(bare);
    tera.register_function("asset", move |kwargs: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        functions::refuse_unknown("asset", &kwargs, Some(&["path"]))?;
        asset(&files, kwargs.must_get::<&str>("path")?)
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

fn picture(kwargs: &Kwargs) -> TeraResult<Value> {
    let Some(value) = kwargs.get::<&Value>("image")?.filter(|value| !value.is_none() && !value.is_undefined()) else {
        return Ok(Value::safe_string(""));
    };
    let Some(view) = functions::image_view(value) else {
        return Err(Error::message("picture() wants an Image, such as post.image"));
    };
    let class = kwargs.get::<&str>("class")?.unwrap_or_default();
    Ok(Value::safe_string(&picture_html(&view, class, kwargs.get::<&str>("alt")?)))
}

/// One file at its absolute address, no wider than a mail.
fn picture_html(image: &ImageView, class: &str, alt: Option<&str>) -> String {
    let mut html = String::from("<img src=\"");
    escape::href(&image.url, &mut html);
    html.push('"');
    if let (Some(width), Some(height)) = (image.width.filter(|width| *width > 0), image.height) {
        let shown = width.min(WIDEST);
        let height = u64::from(height) * u64::from(shown) / u64::from(width);
        let _ = write!(html, " width=\"{shown}\" height=\"{}\"", height.max(1));
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
            picture_html(&image, "lead", None),
            "<img src=\"https://e.com/a%20b.jpg\" width=\"600\" height=\"400\" alt=\"A &quot;quay&quot;\" class=\"lead\">"
        );
        let unknown = ImageView { width: None, ..image };
        assert_eq!(picture_html(&unknown, "", Some("")), "<img src=\"https://e.com/a%20b.jpg\" alt=\"\">");
    }
}

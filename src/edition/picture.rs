//! How a page shows an image: `<picture>` with its variants, or a plain `<img>` where only one file is wanted.

use std::fmt::Write;

use crate::edition::image::ImageView;

/// What the caller of `picture()` says.
#[derive(Clone, Copy, Debug, Default)]
pub struct PictureOptions<'a> {
    /// How wide the image will stand, as the `sizes` attribute says it; `""` means the whole width, `100vw`. Printed only beside a choice of widths.
    pub sizes: &'a str,
    /// Whether it is seen at once (a lead image): fetched first, not when scrolled to.
    pub eager: bool,
    /// Class of the `<img>`; may be empty.
    pub class: &'a str,
    /// Alternative text in place of the view's own.
    pub alt: Option<&'a str>,
}

/// The HTML of an image: `<picture>` where there is WebP, else `<img>`.
///
/// It has width and height, so that nothing jumps; it loads lazily and decodes aside, unless `eager`. Every value is escaped.
#[must_use]
pub fn picture_html(image: &ImageView, options: &PictureOptions) -> String {
    let sizes = if options.sizes.trim().is_empty() { "100vw" } else { options.sizes };
    let mut html = String::with_capacity(512);
    let wrapped = !image.webp_srcset.is_empty();
    if wrapped {
        html.push_str("<picture><source type=\"image/webp\"");
        attribute_srcset(&mut html, &image.webp_srcset, sizes);
        html.push('>');
    }
    html.push_str("<img");
    attribute(&mut html, "src", &image.src);
    for (name, pixels) in [("width", image.width), ("height", image.height)] {
        if let Some(pixels) = pixels {
            let _ = write!(html, " {name}=\"{pixels}\"");
        }
    }
    if !image.srcset.is_empty() {
        attribute_srcset(&mut html, &image.srcset, sizes);
    }
    attribute(&mut html, "alt", options.alt.unwrap_or(&image.alt));
    if !options.class.is_empty() {
        attribute(&mut html, "class", options.class);
    }
    html.push_str(if options.eager { " fetchpriority=\"high\"" } else { " loading=\"lazy\" decoding=\"async\"" });
    if let Some(placeholder) = &image.placeholder {
        attribute(&mut html, "style", &format!("background:{placeholder} center/cover no-repeat"));
    }
    html.push('>');
    if wrapped {
        html.push_str("</picture>");
    }
    html
}

/// The HTML of an image outside the site: one absolute address, nothing that a feed reader would strip.
#[must_use]
pub fn plain_html(image: &ImageView) -> String {
    let mut html = String::with_capacity(128);
    html.push_str("<img");
    attribute(&mut html, "src", &image.url);
    for (name, pixels) in [("width", image.width), ("height", image.height)] {
        if let Some(pixels) = pixels {
            let _ = write!(html, " {name}=\"{pixels}\"");
        }
    }
    attribute(&mut html, "alt", &image.alt);
    html.push('>');
    html
}

/// `srcset`, and `sizes` where the candidates have widths: HTML demands it then and forbids it otherwise. Addresses are percent-encoded, so a
/// blank can only precede a width.
fn attribute_srcset(html: &mut String, set: &str, sizes: &str) {
    attribute(html, "srcset", set);
    if set.contains(' ') {
        attribute(html, "sizes", sizes);
    }
}

fn attribute(html: &mut String, name: &str, value: &str) {
    html.push(' ');
    html.push_str(name);
    html.push_str("=\"");
    for c in value.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            other => html.push(other),
        }
    }
    html.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edition::image::Format;
    use crate::edition::image::ImageFacts;
    use crate::edition::image::Plan;
    use crate::edition::image::Settings;
    use crate::edition::image::plan;
    use crate::engine::fingerprint::Fingerprint;
    use crate::value::path::SitePath;
    use crate::value::url::SiteUrl;

    fn facts(format: Format, size: Option<(u32, u32)>) -> ImageFacts {
        ImageFacts { hash: Fingerprint::of(b"x"), size, format, animated: false, has_alpha: false, placeholder: None }
    }

    fn path(text: &str) -> SitePath {
        SitePath::parse(text).unwrap()
    }

    fn view(plan: &Plan, facts: &ImageFacts) -> ImageView {
        let site = SiteUrl::parse("https://example.com/blog/").unwrap();
        plan.view(facts, &|path| site.join(path.as_str()))
    }

    #[test]
    fn prints_a_picture() {
        let mut facts = facts(Format::Jpeg, Some((800, 600)));
        facts.placeholder = Some("url(data:image/webp;base64,AAAA)".into());
        let plan = plan(&path("a b.jpg"), &facts, &Settings::default());
        let image = ImageView { alt: "Ships & \"boats\" <3".into(), ..view(&plan, &facts) };
        let [small, large] = [0, 1].map(|i| plan.fallback[i].path.to_string());
        let [small_webp, large_webp] = [0, 1].map(|i| plan.webp[i].path.to_string());
        let html =
            picture_html(&image, &PictureOptions { sizes: "(min-width: 40em) 38em, 100vw", ..Default::default() });
        assert_eq!(
            html,
            format!(
                "<picture><source type=\"image/webp\" srcset=\"/blog/{small_webp} 480w, /blog/{large_webp} 800w\" \
                 sizes=\"(min-width: 40em) 38em, 100vw\">\
                 <img src=\"/blog/{large}\" width=\"800\" height=\"600\" srcset=\"/blog/{small} 480w, /blog/{large} 800w\" \
                 sizes=\"(min-width: 40em) 38em, 100vw\" alt=\"Ships &amp; &quot;boats&quot; &lt;3\" loading=\"lazy\" decoding=\"async\" \
                 style=\"background:url(data:image/webp;base64,AAAA) center/cover no-repeat\"></picture>"
            )
        );
    }

    #[test]
    fn prints_sizes_only_beside_widths() {
        let facts = facts(Format::Jpeg, Some((100, 60)));
        let image = view(&plan(&path("a.jpg"), &facts, &Settings::default()), &facts);
        let options = PictureOptions { sizes: "50vw", eager: true, class: "lead", alt: Some("A") };
        let html = picture_html(&image, &options);
        assert!(
            !html.contains("sizes") && html.contains("<source type=\"image/webp\" srcset=\"/blog/images/a-100."),
            "{html}"
        );
        assert!(html.contains("alt=\"A\" class=\"lead\" fetchpriority=\"high\">"), "{html}");
        assert!(!html.contains("lazy"));
        let svg = ImageFacts { format: Format::Svg, size: None, ..facts };
        let html =
            picture_html(&view(&plan(&path("a.svg"), &svg, &Settings::default()), &svg), &PictureOptions::default());
        assert!(html.starts_with("<img src=\"/blog/images/a.") && !html.contains("width"), "{html}");
        assert!(html.contains(" alt=\"\" loading"), "{html}");
    }
}

//! Which files an image becomes and how a page shows them. Planned from the header alone, so that pages never wait for encoding.

use std::fmt::Write;

use serde::Deserialize;
use serde::Serialize;

use crate::engine::fingerprint::Fingerprint;
use crate::value::path::SitePath;
use crate::value::slug::Slug;
use crate::value::url::Permalink;

/// The folder of the output that all images go to.
const FOLDER: &str = "images";

/// Longer stems are cut: a file name stays far below the 255 bytes that file systems allow.
const STEM_CHARS: usize = 40;

/// No side of a WebP image is longer (RFC 9649 §2.5).
const WEBP_SIDE: u32 = 16_383;

/// How an image file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG, also an animated one.
    Png,
    /// GIF.
    Gif,
    /// WebP.
    WebP,
    /// AVIF; only ever copied.
    Avif,
    /// SVG; only ever copied.
    Svg,
}

/// What there is to know of an image before any pixel of it is decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// Of the file's bytes.
    pub hash: Fingerprint,
    /// Width and height in pixels as a reader sees them, after EXIF orientation. An SVG may have none; an AVIF's may be unknown.
    pub size: Option<(u32, u32)>,
    /// What the bytes are, whatever the file is called.
    pub format: Format,
    /// Whether it has several frames. GIFs are not looked into: always true for them.
    pub animated: bool,
    /// Whether the format's header speaks of transparency.
    pub has_alpha: bool,
    /// What stands there while the image loads, as a CSS `<image>`: `url(data:image/webp;base64,…)`. It needs the pixels
    /// (`output::image::placeholder`), so it is none until somebody puts it in.
    pub placeholder: Option<String>,
}

/// The section `[images]` of the configuration, as far as planning needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether images are resized and encoded anew; if not, each is copied as it is.
    pub variants: bool,
    /// Widths in pixels to offer. The largest also caps the original.
    pub widths: Vec<u32>,
    /// Quality of JPEG variants, 1 to 100.
    pub jpeg_quality: u8,
    /// Quality of WebP variants, 1 to 100; none leaves WebP out.
    pub webp_quality: Option<u8>,
}

/// How the bytes of a variant are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// The source's bytes as they are.
    Copy,
    /// JPEG at this quality.
    Jpeg(u8),
    /// PNG.
    Png,
    /// WebP at this quality.
    WebP(u8),
}

/// One file that an image becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Below the output folder: `images/harbour-800.0123456789.webp`. The hexadecimal digits stand for source and parameters: other
    /// bytes, other name.
    pub path: SitePath,
    /// Of source and parameters: what encoded bytes are remembered under.
    pub key: Fingerprint,
    /// Width and height in pixels; as in [`ImageFacts::size`].
    pub size: Option<(u32, u32)>,
    /// How it is made.
    pub encoding: Encoding,
}

/// All files that one image becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What every browser and mail program can show, narrowest first; at least one.
    pub(in crate::edition) fallback: Vec<Variant>,
    /// The same in WebP, narrowest first; may be empty.
    pub(in crate::edition) webp: Vec<Variant>,
}

/// An image as templates see it. `docs/themes.md` describes it field by field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImageView {
    /// Path of the fallback at its full size, from the host's root.
    pub src: String,
    /// In pixels, after EXIF orientation; null for an SVG without size.
    pub width: Option<u32>,
    /// As `width`.
    pub height: Option<u32>,
    /// Variants of the fallback; empty where there is only `src`.
    pub srcset: String,
    /// WebP variants; empty where there are none.
    pub webp_srcset: String,
    /// CSS value, or null.
    pub placeholder: Option<String>,
    /// What it shows, for those who do not see it; empty for decoration.
    pub alt: String,
    /// Who made it; may be empty.
    pub credit: String,
    /// Where to find who made it; may be empty.
    pub credit_url: String,
    /// Absolute address of `src`.
    pub url: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { variants: true, widths: vec![480, 800, 1200, 1600], jpeg_quality: 82, webp_quality: Some(80) }
    }
}

impl Format {
    /// The usual extension of its files, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::WebP => "webp",
            Self::Avif => "avif",
            Self::Svg => "svg",
        }
    }

    /// Its name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
            Self::Avif => "AVIF",
            Self::Svg => "SVG",
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Avif => "image/avif",
            Self::Svg => "image/svg+xml",
        }
    }
}

/// Plans the files of the image `source`, of which only the stem is taken.
///
/// JPEG stays JPEG and PNG stays PNG; WebP, which mail programs do not show, falls back to PNG where it has transparency and to JPEG where it has
/// not. GIF, SVG, AVIF and whatever moves are copied as they are. No variant is wider than the original; the widest is
/// the original's width or the largest of the configured ones.
#[must_use]
pub fn plan(source: &SitePath, facts: &ImageFacts, settings: &Settings) -> Plan {
    let fallback = match facts.format {
        Format::Jpeg => Some(Encoding::Jpeg(settings.jpeg_quality)),
        Format::WebP if !facts.has_alpha => Some(Encoding::Jpeg(settings.jpeg_quality)),
        Format::Png | Format::WebP => Some(Encoding::Png),
        Format::Gif | Format::Svg | Format::Avif => None,
    };
    let (Some(fallback), Some(size), true, false) = (fallback, facts.size, settings.variants, facts.animated) else {
        return Plan { fallback: vec![variant(source, facts, facts.size, Encoding::Copy)], webp: Vec::new() };
    };
    let sizes = sizes(size, &settings.widths);
    let fits_webp = sizes.iter().all(|(width, height)| *width.max(height) <= WEBP_SIDE);
    let all = |encoding| sizes.iter().map(|size| variant(source, facts, Some(*size), encoding)).collect();
    Plan {
        fallback: all(fallback),
        webp: settings
            .webp_quality
            .filter(|_| fits_webp)
            .map(|quality| all(Encoding::WebP(quality)))
            .unwrap_or_default(),
    }
}

/// The sizes of all variants, narrowest first.
fn sizes((width, height): (u32, u32), widths: &[u32]) -> Vec<(u32, u32)> {
    let widest = widths.iter().copied().max().map_or(width, |cap| cap.min(width)).max(1);
    let mut chosen: Vec<u32> = widths.iter().copied().filter(|w| *w > 0 && *w < widest).collect();
    chosen.push(widest);
    chosen.sort_unstable();
    chosen.dedup();
    let scaled = |w: u32| {
        let (w, width, height) = (u64::from(w), u64::from(width.max(1)), u64::from(height));
        u32::try_from((w * height + width / 2) / width).unwrap_or(u32::MAX).max(1)
    };
    chosen.into_iter().map(|w| (w, scaled(w))).collect()
}

fn variant(source: &SitePath, facts: &ImageFacts, size: Option<(u32, u32)>, encoding: Encoding) -> Variant {
    let (tag, quality, extension) = match encoding {
        Encoding::Copy => ("copy", 0, facts.format.extension()),
        Encoding::Jpeg(quality) => ("jpeg", quality, "jpg"),
        Encoding::Png => ("png", 0, "png"),
        Encoding::WebP(quality) => ("webp", quality, "webp"),
    };
    let (width, height) = size.unwrap_or_default();
    let key = Fingerprint::builder("image variant 1")
        .fingerprint(facts.hash)
        .text(tag)
        .number(u64::from(quality))
        .number(u64::from(width))
        .number(u64::from(height))
        .finish();
    let width = match (encoding, size) {
        (Encoding::Copy, _) | (_, None) => String::new(),
        (_, Some((width, _))) => format!("-{width}"),
    };
    let name = format!("{FOLDER}/{}{width}.{}.{extension}", stem(source), key.short());
    // A slug, digits and an extension always make a valid path.
    let path = SitePath::parse(&name).unwrap_or_else(|_| source.clone());
    Variant { path, key, size, encoding }
}

/// A stem that needs no care in a `srcset`, where commas and spaces separate.
fn stem(source: &SitePath) -> String {
    let slug = Slug::from_text(source.stem()).map_or_else(|| "image".to_owned(), |slug| slug.to_string());
    let cut: String = slug.chars().take(STEM_CHARS).collect();
    cut.trim_end_matches('-').to_owned()
}

impl Plan {
    /// The fallback at its full size: what `src` names, and the only file where an image is copied.
    #[must_use]
    pub fn full(&self) -> &Variant {
        // Planning puts at least one variant in.
        &self.fallback[self.fallback.len() - 1]
    }

    /// The narrowest fallback of at least `width` pixels, else the widest: for mails and social cards, which take one file.
    #[must_use]
    pub fn at_least(&self, width: u32) -> &Variant {
        self.fallback.iter().find(|v| v.size.is_some_and(|(w, _)| w >= width)).unwrap_or_else(|| self.full())
    }

    /// All files, the fallbacks first.
    pub fn variants(&self) -> impl Iterator<Item = &Variant> {
        self.fallback.iter().chain(&self.webp)
    }

    /// What templates see, without alt text and credit. `address` gives the address of a file below the output folder.
    #[must_use]
    pub fn view(&self, facts: &ImageFacts, address: &dyn Fn(&SitePath) -> Permalink) -> ImageView {
        let full = address(&self.full().path);
        let (width, height) = self.full().size.unzip();
        ImageView {
            src: full.path().to_owned(),
            width,
            height,
            srcset: if self.fallback.len() > 1 { srcset(&self.fallback, address) } else { String::new() },
            webp_srcset: srcset(&self.webp, address),
            placeholder: facts.placeholder.clone(),
            url: full.url().to_owned(),
            ..ImageView::default()
        }
    }
}

/// A `srcset` of these variants: with widths where there is a choice, else the address alone.
fn srcset(variants: &[Variant], address: &dyn Fn(&SitePath) -> Permalink) -> String {
    let mut set = String::new();
    for variant in variants {
        if !set.is_empty() {
            set.push_str(", ");
        }
        set.push_str(address(&variant.path).path());
        if let (Some((width, _)), true) = (variant.size, variants.len() > 1) {
            let _ = write!(set, " {width}w");
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(format: Format, size: Option<(u32, u32)>) -> ImageFacts {
        ImageFacts { hash: Fingerprint::of(b"x"), size, format, animated: false, has_alpha: false, placeholder: None }
    }

    fn widths(plan: &Plan) -> Vec<u32> {
        plan.fallback.iter().map(|v| v.size.unwrap().0).collect()
    }

    fn path(text: &str) -> SitePath {
        SitePath::parse(text).unwrap()
    }

    #[test]
    fn never_scales_up_and_always_offers_the_full_size() {
        let with = |size, settings: &Settings| plan(&path("a/b.jpg"), &facts(Format::Jpeg, Some(size)), settings);
        let plan = |size| with(size, &Settings::default());
        assert_eq!(widths(&plan((4000, 3000))), [480, 800, 1200, 1600]);
        assert_eq!(plan((4000, 3000)).full().size, Some((1600, 1200)));
        assert_eq!(widths(&plan((1000, 10))), [480, 800, 1000]);
        assert_eq!(widths(&plan((800, 600))), [480, 800]);
        assert_eq!(widths(&plan((300, 600))), [300]);
        assert_eq!(plan((4000, 1)).fallback[0].size, Some((480, 1)));
        assert_eq!(plan((4000, 3000)).at_least(600).size, Some((800, 600)));
        assert_eq!(plan((300, 200)).at_least(600).size, Some((300, 200)));
        let none = Settings { widths: Vec::new(), ..Settings::default() };
        assert_eq!(widths(&with((5000, 10), &none)), [5000]);
    }

    #[test]
    fn names_change_with_bytes_and_parameters() {
        let one = facts(Format::Jpeg, Some((300, 200)));
        let name = |facts: &ImageFacts, settings: &Settings| {
            plan(&path("Posts/Ein Bild, groß.JPEG"), facts, settings).full().path.to_string()
        };
        let first = name(&one, &Settings::default());
        assert!(first.starts_with("images/ein-bild-gross-300."), "{first}");
        assert_eq!(path(&first).extension(), "jpg");
        assert_eq!(first, name(&one, &Settings { widths: vec![9000], ..Settings::default() }));
        assert_ne!(first, name(&one, &Settings { jpeg_quality: 50, ..Settings::default() }));
        let other = ImageFacts { hash: Fingerprint::of(b"y"), ..one.clone() };
        assert_ne!(first, name(&other, &Settings::default()));
    }

    #[test]
    fn chooses_the_fallback() {
        let encoding = |facts: &ImageFacts| plan(&path("x.y"), facts, &Settings::default()).full().encoding;
        let size = Some((9, 9));
        assert_eq!(encoding(&facts(Format::Jpeg, size)), Encoding::Jpeg(82));
        assert_eq!(encoding(&facts(Format::Png, size)), Encoding::Png);
        assert_eq!(encoding(&facts(Format::WebP, size)), Encoding::Jpeg(82));
        assert_eq!(encoding(&ImageFacts { has_alpha: true, ..facts(Format::WebP, size) }), Encoding::Png);
        for format in [Format::Gif, Format::Svg, Format::Avif] {
            assert_eq!(encoding(&facts(format, size)), Encoding::Copy);
        }
        assert_eq!(encoding(&ImageFacts { animated: true, ..facts(Format::Png, size) }), Encoding::Copy);
        let off = Settings { variants: false, ..Settings::default() };
        let copied = plan(&path("x.jpg"), &facts(Format::Jpeg, size), &off);
        assert_eq!((copied.full().encoding, copied.variants().count()), (Encoding::Copy, 1));
        assert_eq!(copied.full().size, size);
    }
}

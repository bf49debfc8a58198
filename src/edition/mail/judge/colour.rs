//! Colours, and how well one can be read on another (WCAG 2.2, “contrast ratio” and “relative luminance”).

use std::fmt;

use lightningcss::values::color::CssColor;

/// A colour that lets nothing through: red, green and blue of 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::edition::mail::judge) struct Rgb(pub(in crate::edition::mail::judge) [u8; 3]);

impl Rgb {
    pub(in crate::edition::mail::judge) const BLACK: Self = Self([0; 3]);
    pub(in crate::edition::mail::judge) const WHITE: Self = Self([255; 3]);

    /// How light it is, from 0 to 1.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast of the two, from 1 to 21.
    pub(in crate::edition::mail::judge) fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// A colour as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::edition::mail::judge) enum Paint {
    /// A colour, and how much of it there is, from 0 to 255.
    Colour(Rgb, u8),
    /// That of the text around.
    Inherited,
    /// Something that only the program knows, or that no rule of ours can follow.
    Unknown,
}

/// What a colour of a stylesheet is.
pub(in crate::edition::mail::judge) fn paint(colour: &CssColor) -> Paint {
    match colour {
        CssColor::CurrentColor => Paint::Inherited,
        CssColor::LightDark(..) | CssColor::System(_) => Paint::Unknown,
        other => match other.to_rgb() {
            Ok(CssColor::RGBA(rgba)) => Paint::Colour(Rgb([rgba.red, rgba.green, rgba.blue]), rgba.alpha),
            _ => Paint::Unknown,
        },
    }
}

/// `over` with `alpha` of 255, on `under`.
pub(in crate::edition::mail::judge) fn laid(over: Rgb, alpha: u8, under: Rgb) -> Rgb {
    let mix = |over: u8, under: u8| {
        let sum = u32::from(over) * u32::from(alpha) + u32::from(under) * u32::from(255 - alpha);
        u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
    };
    let ([a, b, c], [x, y, z]) = (over.0, under.0);
    Rgb([mix(a, x), mix(b, y), mix(c, z)])
}

#[cfg(test)]
mod tests {
    use lightningcss::traits::Parse;

    use super::*;

    #[test]
    fn contrasts_are_those_of_wcag() {
        let near = |one: [u8; 3], two: [u8; 3], ratio: f64| {
            let found = Rgb(one).contrast(Rgb(two));
            assert!((found - ratio).abs() < 0.01, "{found} {ratio}");
        };
        near([0; 3], [255; 3], 21.0);
        near([255; 3], [255; 3], 1.0);
        // Grey of 118 is the lightest that passes on white, as every table of WCAG says.
        near([118; 3], [255; 3], 4.54);
        near([119; 3], [255; 3], 4.48);
        near([255, 0, 0], [255; 3], 4.0);
    }

    #[test]
    fn colours_of_stylesheets() {
        let of = |text| paint(&CssColor::parse_string(text).unwrap());
        assert_eq!(of("#f00"), Paint::Colour(Rgb([255, 0, 0]), 255));
        assert_eq!(of("rgb(0 0 0 / 50%)"), Paint::Colour(Rgb::BLACK, 128));
        assert_eq!(of("hsl(0 100% 50%)"), Paint::Colour(Rgb([255, 0, 0]), 255));
        assert_eq!((of("CanvasText"), of("currentColor")), (Paint::Unknown, Paint::Inherited));
        assert_eq!(laid(Rgb::BLACK, 128, Rgb::WHITE), Rgb([127; 3]));
        assert_eq!(Rgb([1, 171, 16]).to_string(), "#01ab10");
    }
}

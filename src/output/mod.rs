//! Pages and assets as files with paths; mails as letters.

#[cfg(feature = "newsletter")]
pub mod arrived;
pub mod audio;
#[cfg(feature = "newsletter")]
pub mod dkim;
pub mod final_html;
pub mod image;
pub mod image_encode;
#[cfg(feature = "images")]
mod image_pixels;
#[cfg(feature = "images")]
mod image_strip;
pub mod image_svg;
#[cfg(feature = "newsletter")]
pub mod letter;
#[cfg(feature = "newsletter")]
pub mod skeleton;

//! Pages and assets as files with paths.

pub mod audio;
pub mod final_html;
pub mod image;
pub mod image_encode;
#[cfg(feature = "images")]
pub(crate) mod image_pixels;
pub mod image_svg;

//! Media types of files, by their names.

use std::path::Path;

/// The types that browsers and feed readers expect where the registry of `mime_guess` says something else, something older or nothing.
const OURS: [(&str, &str); 20] = [
    ("aac", "audio/aac"),
    ("atom", "application/atom+xml"),
    ("avif", "image/avif"),
    ("flac", "audio/flac"),
    ("ico", "image/x-icon"),
    ("js", "text/javascript"),
    ("m4a", "audio/mp4"),
    ("map", "application/json"),
    ("mjs", "text/javascript"),
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("otf", "font/otf"),
    ("rss", "application/rss+xml"),
    ("ttf", "font/ttf"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xml", "application/xml"),
];

/// The media type of a file or of an address's path, with `charset=utf-8` where it is text. Without an ending that is known it is bytes, which a
/// browser saves instead of guessing.
#[must_use]
pub fn mime(path: &str) -> String {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let extension = extension.to_ascii_lowercase();
    let ours = OURS.iter().find(|(known, _)| *known == extension);
    let essence = match ours {
        Some((_, essence)) => (*essence).to_owned(),
        None => mime_guess::from_ext(&extension).first_or_octet_stream().essence_str().to_owned(),
    };
    if is_text(&essence) { format!("{essence}; charset=utf-8") } else { essence }
}

/// Whether bytes of a type are characters whose encoding has to be told. JSON is UTF-8 by definition (RFC 8259).
fn is_text(essence: &str) -> bool {
    essence.starts_with("text/") || essence.ends_with("+xml") || essence == "application/xml"
}

#[cfg(test)]
mod tests {
    use super::mime;

    #[test]
    fn types_are_those_that_browsers_expect() {
        for (path, expected) in [
            ("/index.html", "text/html; charset=utf-8"),
            ("/a/style.css", "text/css; charset=utf-8"),
            ("/a.js", "text/javascript; charset=utf-8"),
            ("/a.mjs", "text/javascript; charset=utf-8"),
            ("/a.css.map", "application/json"),
            ("/a.json", "application/json"),
            ("/a.webmanifest", "application/manifest+json"),
            ("/a.txt", "text/plain; charset=utf-8"),
            ("/a.woff2", "font/woff2"),
            ("/a.avif", "image/avif"),
            ("/a.webp", "image/webp"),
            ("/a.PNG", "image/png"),
            ("/a.jpg", "image/jpeg"),
            ("/a.svg", "image/svg+xml; charset=utf-8"),
            ("/favicon.ico", "image/x-icon"),
            ("/a.mp3", "audio/mpeg"),
            ("/a.m4a", "audio/mp4"),
            ("/a.opus", "audio/ogg"),
            ("/a.ogg", "audio/ogg"),
            ("/a.mp4", "video/mp4"),
            ("/a.pdf", "application/pdf"),
            ("/feed.xml", "application/xml; charset=utf-8"),
            ("/feed.atom", "application/atom+xml; charset=utf-8"),
            ("/feed.rss", "application/rss+xml; charset=utf-8"),
            ("/a.wasm", "application/wasm"),
            ("/CNAME", "application/octet-stream"),
            ("/.well-known/thing", "application/octet-stream"),
            ("/a.unheard-of", "application/octet-stream"),
        ] {
            assert_eq!(mime(path), expected, "{path}");
        }
    }
}

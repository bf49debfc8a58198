//! Pictures of entries as Media RSS 1.5.1 has them, which Atom and RSS feeds share.

use crate::edition::feed::model::Image;
use crate::edition::feed::xml::Xml;

/// The namespace, as the document's root declares it.
pub(super) const NAMESPACE: (&str, &str) = ("xmlns:media", "http://search.yahoo.com/mrss/");

/// A picture as `media:content`.
pub(super) fn image(xml: &mut Xml, image: &Image) {
    let size = image.size.map(|size| size.to_string());
    let mut attributes = vec![("url", image.url.as_str()), ("medium", "image")];
    attributes.extend(image.mime.as_deref().map(|mime| ("type", mime)));
    attributes.extend(size.as_deref().map(|size| ("fileSize", size)));
    xml.empty("media:content", &attributes);
}

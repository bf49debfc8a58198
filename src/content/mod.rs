//! One file to one document: front matter, outline, links, Markdown tree with spans. Knows no theme and no HTML.

pub mod author;
pub mod call;
pub mod date;
pub mod document;
pub mod front_matter;
pub mod links;
pub mod markdown;
pub mod outline;
pub mod tree;

//! One file to one document: front matter, outline, links, Markdown tree with spans. Knows no theme and no HTML.

pub mod author;
mod autolink;
pub mod call;
mod call_syntax;
mod checks;
mod component;
pub mod date;
pub mod document;
mod fence;
pub mod front_matter;
pub mod frozen;
mod heading_ids;
pub mod issue;
pub mod issue_text;
pub mod links;
pub mod markdown;
#[cfg(test)]
mod messages;
pub mod outline;
pub mod stored;
pub mod text;
pub mod tree;
mod tree_builder;

//! Themes: inheritance, templates, components, styles, words; and the place and wording of every message about them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

mod any_text;
mod chain;
mod mistakes;
#[cfg(feature = "sass")]
mod styles;
mod support;
mod templates;
mod words;

//! What a reader gets: the web pages, the mails and the feeds, rendered from one tree. No input or output.

pub mod absolute;
pub mod answers;
pub mod article;
pub mod bare;
pub mod catalogue;
pub mod current;
pub mod dates;
pub mod entries;
pub mod escape;
pub mod feed;
pub mod functions;
pub mod highlight;
pub mod html;
pub mod image;
pub mod issue;
#[cfg(feature = "newsletter")]
pub mod mail;
pub mod math;
pub mod media;
pub mod picture;
pub mod publication;
pub mod reading;
mod sanitize;
pub mod service;
pub mod service_view;
mod service_words;
pub mod shelf;
mod subject;
pub mod view;
pub mod web;

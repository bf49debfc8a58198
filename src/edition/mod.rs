//! What a reader gets: the web pages and the feeds, rendered from one tree. No input or output.

pub mod absolute;
pub mod answers;
pub mod article;
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
pub mod math;
pub mod media;
pub mod picture;
pub mod publication;
pub mod reading;
mod sanitize;
pub mod shelf;
mod subject;
pub mod view;
pub mod web;

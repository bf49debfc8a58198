//! The newsletter's endpoint from outside: real requests to a real server, over a list in a real database.
#![cfg(feature = "newsletter")]
#![allow(clippy::disallowed_methods, reason = "tests look at the disk and the clock themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "endpoint/enemy.rs"]
mod enemy;
#[path = "endpoint/floods.rs"]
mod floods;
#[path = "endpoint/forms.rs"]
mod forms;
#[path = "endpoint/house.rs"]
mod house;
#[path = "endpoint/links.rs"]
mod links;
#[path = "endpoint/pages.rs"]
mod pages;
#[path = "endpoint/preferences.rs"]
mod preferences;
#[path = "endpoint/wire.rs"]
mod wire;

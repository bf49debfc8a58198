//! Mails as readers get them: drawn by both themes, written as letters, and read back by another library.
#![cfg(feature = "newsletter")]
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "mail/directions.rs"]
mod directions;
#[path = "mail/golden.rs"]
mod golden;
#[path = "mail/hostile.rs"]
mod hostile;
#[path = "mail/hostile_issues.rs"]
mod hostile_issues;
#[path = "mail/issue_limits.rs"]
mod issue_limits;
#[path = "mail/issues.rs"]
mod issues;
#[path = "mail/raw_html.rs"]
mod raw_html;
#[path = "mail/site.rs"]
mod site;
#[path = "mail/support.rs"]
mod support;
#[path = "mail/themes.rs"]
mod themes;
#[path = "mail/verdict.rs"]
mod verdict;

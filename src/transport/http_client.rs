//! Asks other sites whether their pages are there.

use std::time::Duration;

/// What another site said of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is there.
    There,
    /// It is not, and will not be: 404 or 410.
    Gone(u16),
    /// Something else than yes or no: refused to programs, too many questions, out of order.
    Unclear(String),
    /// There is no such host, or it does not answer.
    Unreachable(String),
}

/// Longest wait for one page, redirects included.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks for one page: first for its head alone, then, as some servers do not understand that, for the page. Redirects are followed.
#[must_use]
pub fn ask(url: &str) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .user_agent("Letterpress link check")
        .build()
        .into();
    let first = agent.head(url).call();
    let answer = match first {
        Ok(answer) if matches!(answer.status().as_u16(), 403 | 404 | 405 | 501) => agent.get(url).call(),
        other => other,
    };
    match answer.map(|answer| answer.status().as_u16()) {
        Ok(200..=399) => Answer::There,
        Ok(status @ (404 | 410)) => Answer::Gone(status),
        Ok(status) => Answer::Unclear(format!("it answers {status}")),
        Err(error) => Answer::Unreachable(error.to_string()),
    }
}

/// A page that was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The status, after redirects.
    pub status: u16,
    /// Its text, at most [`LARGEST`] octets of it.
    pub text: String,
}

/// Octets of a page that are read.
pub const LARGEST: u64 = 8 << 20;

/// Fetches one page.
///
/// # Errors
/// Why there is no answer, as text.
pub fn fetch(url: &str) -> Result<Page, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .user_agent("Letterpress")
        .build()
        .into();
    let mut answer = agent.get(url).call().map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let text = answer.body_mut().with_config().limit(LARGEST).lossy_utf8(true).read_to_string();
    Ok(Page { status, text: text.map_err(|error| error.to_string())? })
}

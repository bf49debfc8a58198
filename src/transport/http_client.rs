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

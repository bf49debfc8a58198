//! Asks the sites that ours links to whether the pages are there.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::output::final_html::Found;
use crate::transport::http_client;
use crate::transport::http_client::Answer;
use crate::workflow::progress::Progress;

/// Asks for every address out of the site that a finished page names, each once; hosts side by side, the pages of one host one after another.
#[must_use]
pub fn ask(pages: &BTreeMap<String, Found>, origin: &str, progress: &dyn Progress) -> Report {
    let mut by_host: BTreeMap<String, BTreeMap<String, BTreeSet<&str>>> = BTreeMap::new();
    for (page, found) in pages {
        for link in &found.links {
            let Ok(mut url) = url::Url::parse(link) else { continue };
            if !matches!(url.scheme(), "http" | "https") || url.origin().ascii_serialization() == origin {
                continue;
            }
            url.set_fragment(None);
            let host = url.origin().ascii_serialization();
            by_host.entry(host).or_default().entry(url.into()).or_default().insert(page);
        }
    }
    progress.stage("links to other sites", by_host.values().map(BTreeMap::len).sum());
    let found: Vec<Vec<Diagnostic>> = by_host
        .into_par_iter()
        .map(|(_, urls)| {
            let complaints = urls.into_iter().filter_map(|(url, on)| {
                let answer = http_client::ask(&url);
                progress.step();
                complaint(&url, answer, &on)
            });
            complaints.collect()
        })
        .collect();
    let mut report = Report::new();
    report.extend(found.into_iter().flatten());
    report
}

fn complaint(url: &str, answer: Answer, on: &BTreeSet<&str>) -> Option<Diagnostic> {
    let first = on.iter().next().copied().unwrap_or_default();
    let hint = format!("it stands on {first}{}", if on.len() > 1 { " and elsewhere" } else { "" });
    let diagnostic = match answer {
        Answer::There => return None,
        Answer::Gone(status) => Diagnostic::error("dead-link", format!("{url} is gone: {status}")),
        Answer::Unclear(what) => Diagnostic::warning("unclear-link", format!("{url}: {what}")),
        Answer::Unreachable(what) => {
            Diagnostic::warning("unreachable-link", format!("{url} cannot be reached: {what}"))
        }
    };
    Some(diagnostic.hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_gone_is_an_error() {
        let on = BTreeSet::from(["index.html"]);
        let has_errors = |answer| complaint("https://x.example/", answer, &on).map(|d| Report::from(d).has_errors());
        assert_eq!(has_errors(Answer::There), None);
        assert_eq!(has_errors(Answer::Gone(404)), Some(true));
        assert_eq!(has_errors(Answer::Unclear("it answers 403".into())), Some(false));
        assert_eq!(has_errors(Answer::Unreachable("no such host".into())), Some(false));
    }
}

//! The mails of a site, drawn as readers would get them and looked through: drafts of issues, the issue that comes next, what was approved and has yet to leave, and notices.
//! Issues that have left are not drawn again: nobody can mend them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::site::Config;
use crate::content::issue;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::edition::mail::MailText;
use crate::edition::mail::judge;
use crate::edition::mail::judge::Aspect;
use crate::edition::mail::judge::Finding;
use crate::edition::mail::judge::Judged;
use crate::edition::mail::press::MailPress;
use crate::edition::publication::Publication;
use crate::files::tree::FileTree;
use crate::library::build;
use crate::library::issue::Issue;
use crate::library::issue::IssueState;
use crate::library::issue::NewsletterId;
use crate::library::issues;
use crate::library::model::Library;
use crate::library::model::PostId;
use crate::newsletter::mailing::NoticeKind;
use crate::output::final_html;
use crate::output::final_html::Found;
use crate::theme::Theme;
use crate::theme::sources::Edition;
use crate::value::clock::Clock;
use crate::workflow::compose::composition;
use crate::workflow::compose::composition::Wanted;
use crate::workflow::compose::composition::Which;
use crate::workflow::compose::days::Days;
use crate::workflow::issue_mail;
use crate::workflow::memory::Memory;

/// A site whose mails are looked through.
pub(in crate::workflow) struct Site<'a> {
    pub(in crate::workflow) config: &'a Arc<Config>,
    pub(in crate::workflow) library: &'a Library,
    pub(in crate::workflow) theme: &'a Arc<Theme>,
    /// What its pages are drawn from; it must have been entered.
    pub(in crate::workflow) publication: &'a Publication,
    pub(in crate::workflow) memory: &'a Memory,
    pub(in crate::workflow) clock: &'a Clock,
    /// Every file of the output.
    pub(in crate::workflow) files: &'a BTreeSet<String>,
    /// What was found in its pages.
    pub(in crate::workflow) pages: &'a BTreeMap<String, Found>,
}

/// A mail that was looked through.
struct Looked {
    /// How it is called.
    name: String,
    findings: Vec<Finding>,
    /// Where what is wrong with it may have been written: first the issue's own text, then those of its posts.
    sources: Vec<Source>,
    /// In the first of them: where subject and preheader are, or could be.
    lines: Option<[usize; 2]>,
}

/// What was found in the mails of a site: what is wrong with them, and by the name of each mail its links to other places.
#[derive(Default)]
pub(in crate::workflow) struct Seen {
    pub(in crate::workflow) report: Report,
    pub(in crate::workflow) links: BTreeMap<String, Found>,
}

/// Looks through the mails. Where the site has nobody to send any, there is nothing to look at.
pub(in crate::workflow) fn look(site: &Site<'_>) -> Seen {
    let mut seen = Seen::default();
    let mut looked = Vec::new();
    let coming = coming(site);
    let is_open = |issue: &&Issue| match issue.state {
        IssueState::Draft => true,
        IssueState::Approved => issue.date.timestamp() > site.clock.timestamp(),
        IssueState::Cancelled => false,
    };
    let issues: Vec<&Issue> = site.library.issues.iter().filter(is_open).chain(&coming).collect();
    let has_notices = site.config.subscribe.endpoint.is_some();
    if issues.is_empty() && !has_notices {
        return seen;
    }
    let (press, mistakes) = MailPress::new(site.config, site.theme);
    seen.report.merge(mistakes);
    let Some(press) = press else { return seen };
    for issue in issues {
        match mail(site, &press, issue) {
            Ok(mail) => looked.push(judged(site, issue, &mail, &mut seen)),
            Err(mistakes) => seen.report.merge(mistakes),
        }
    }
    for kind in NoticeKind::ALL.into_iter().filter(|_| has_notices) {
        match press.notice(&press.sample(kind)) {
            Ok(mail) => looked.push(Looked {
                name: format!("the notice `{kind}`"),
                findings: judge::findings(&Judged { mail: &mail, preheader: None, posts: &[] }),
                sources: Vec::new(),
                lines: None,
            }),
            Err(mistake) => seen.report.push(*mistake),
        }
    }
    seen.report.merge(told(&looked));
    seen
}

/// The issues that `issue compose` would make now, of newsletters of `site.toml` that have no draft. Without a sender nothing can be sent yet, and the theme may have no mails: then none is drawn.
fn coming(site: &Site<'_>) -> Vec<Issue> {
    let days = Days::by(&site.theme.words, site.config);
    let issue = |at: usize| {
        let newsletter = NewsletterId(at);
        let settings = site.config.newsletters.get(at).filter(|settings| settings.is_declared)?;
        let template = format!("mail/issue-{}.html", settings.issues.shape.word());
        if settings.from.is_none() && site.theme.lacks(Edition::Mail, &[&template]).is_some() {
            return None;
        }
        if site.library.issues.iter().any(|issue| issue.newsletter == newsletter && issue.state == IssueState::Draft) {
            return None;
        }
        let wanted = Wanted { newsletter, which: Which::Next, anyway: false };
        // What is wrong with a newsletter's schedule is told elsewhere.
        let (compositions, _) = composition::compose(site.config, site.library, &wanted, (site.clock, &days)).ok()?;
        let first = compositions.into_iter().find(|composition| composition.is_new)?;
        let mut tree = FileTree::new();
        tree.insert_memory(first.path(), first.text.as_ref()?.as_bytes());
        let (text, _) = issue::load(tree.iter().next()?, &build::options(site.config));
        let text = text?;
        let posts = site.library.posts.iter().enumerate();
        let named = posts.filter(|(_, post)| text.posts.iter().any(|mention| mention.id.value == post.id));
        let moment = first.due.as_ref().and_then(|due| due.occurrence.moment());
        let moment = moment.unwrap_or_else(|| site.clock.timestamp());
        Some(Issue {
            permalink: site.library.base.join(&issues::path(&text.name)),
            newsletter,
            day: text.day,
            posts: named.map(|(at, _)| PostId(at)).collect(),
            name: text.name.clone(),
            text: Some(Arc::new(text)),
            frozen: None,
            state: IssueState::Draft,
            date: moment.to_zoned(site.config.time_zone.clone()),
            shown: false,
            previous: None,
            next: None,
        })
    };
    (0..site.config.newsletters.len()).filter_map(issue).collect()
}

/// The mail of an issue, as it was frozen or as it would be approved now; with it, warnings on how it was drawn.
fn mail(site: &Site<'_>, press: &MailPress, issue: &Issue) -> Result<(MailText, Report), Report> {
    if let Some(frozen) = &issue.frozen {
        let read = issue_mail::as_frozen(frozen);
        return read
            .map(|mail| (mail, Report::new()))
            .map_err(|error| Diagnostic::error("unreadable", error.to_string()).into());
    }
    let drawn = issue_mail::draw(press, site.publication.catalogue(), site.memory, issue)?;
    let mut report = Report::new();
    // The judge says the same of frozen mails, too.
    report.extend(drawn.report.into_sorted().into_iter().filter(|warning| warning.code != "heavy-mail"));
    Ok((drawn.mail, report))
}

fn judged(site: &Site<'_>, issue: &Issue, (mail, warnings): &(MailText, Report), seen: &mut Seen) -> Looked {
    let name = format!("the issue {}", issue.name);
    seen.report.merge(warnings.clone());
    let (preheader, posts) = (issue.preheader(), issue_mail::posts(site.library, issue));
    let mut findings = judge::findings(&Judged { mail, preheader: Some(preheader), posts: &posts });
    let mut found = final_html::look(mail.html.as_bytes());
    found.links.retain(|link| !is_own(site, issue, link));
    findings.extend(found.links.iter().filter_map(|link| broken(site, link)));
    seen.links.insert(name.clone(), found);
    let (mut sources, mut lines) = (Vec::new(), None);
    // Of what is frozen, nothing can be mended where it was written: it is approved anew.
    if let (None, Some(text)) = (&issue.frozen, &issue.text)
        && site.library.issue_named(&issue.name).is_some()
    {
        let front = &text.front;
        let start = front.span.start;
        lines = Some([front.subject.span.start, front.preheader.as_ref().map_or(start, |text| text.span.start)]);
        sources.extend(text.body.source());
        sources.extend(issue.posts.iter().filter_map(|id| site.library.post(*id).document.body.source().ok()));
    }
    let name = match (&issue.frozen, &lines) {
        (Some(_), _) => format!("{name}, as it was approved"),
        (None, Some(_)) => name,
        (None, None) => format!("{name}, as `issue compose` would make it"),
    };
    Looked { name, findings, sources, lines }
}

/// Links to the issue's own page and pictures, which are there when it has left, and to the newsletter's service.
fn is_own(site: &Site<'_>, issue: &Issue, link: &str) -> bool {
    let endpoint = site.config.subscribe.endpoint.as_ref().map(|endpoint| endpoint.at(""));
    [Some(issue.permalink.url()), endpoint.as_deref()].into_iter().flatten().any(|start| link.starts_with(start))
}

/// A link to a page or a part of one that the site does not have.
fn broken(site: &Site<'_>, link: &str) -> Option<Finding> {
    let base = &site.library.base;
    let target = final_html::resolve("", link, base.origin(), base.root())?;
    let [file, page] = [target.path.clone(), format!("{}/index.html", target.path.trim_end_matches('/'))];
    let page = page.trim_start_matches('/');
    let message = match [file.as_str(), page].into_iter().find(|file| site.files.contains(*file)) {
        Some(file) => {
            let fragment = target.fragment.filter(|fragment| fragment != "top")?;
            let there = site.pages.get(file)?;
            if there.ids.contains(&fragment) {
                return None;
            }
            format!("`{link}` leads to an anchor that {file} does not have")
        }
        // A post that has yet to be published is there when the issue leaves; approving sees to that.
        None if site.library.posts.iter().any(|post| post.permalink.file() == page) => return None,
        None => format!("`{link}` leads nowhere"),
    };
    Some(Finding {
        aspect: Aspect::Addresses,
        code: "broken-mail-link",
        is_error: true,
        message,
        hint: "mend the link: in the text, a template or a component".into(),
        near: Vec::new(),
    })
}

/// Every finding once, with the mails that it was found in.
fn told(looked: &[Looked]) -> Report {
    let mut all: Vec<(&Finding, Vec<&Looked>)> = Vec::new();
    for mail in looked {
        for finding in &mail.findings {
            let same = |(known, _): &&mut (&Finding, Vec<&Looked>)| {
                (known.code, &known.message, &known.hint) == (finding.code, &finding.message, &finding.hint)
            };
            match all.iter_mut().find(same) {
                Some((_, mails)) => mails.push(mail),
                None => all.push((finding, vec![mail])),
            }
        }
    }
    let mut report = Report::new();
    report.extend(all.into_iter().map(|(finding, mails)| diagnostic(finding, &mails)));
    report
}

fn diagnostic(finding: &Finding, mails: &[&Looked]) -> Diagnostic {
    let name = mails.first().map_or("", |mail| mail.name.as_str());
    let more = match mails.len() {
        0 | 1 => String::new(),
        2 => ", and in another mail".into(),
        several => format!(", and in {} more mails", several - 1),
    };
    let message = format!("in {name}{more}: {}", finding.message);
    let build = if finding.is_error { Diagnostic::error } else { Diagnostic::warning };
    let diagnostic = build(finding.code, message).hint(&finding.hint);
    match mails.iter().find_map(|mail| place(finding, mail)) {
        Some((source, at)) => diagnostic.at(source, at.0..at.1),
        None => diagnostic,
    }
}

/// Where something was written, as far as that can be told.
fn place<'m>(finding: &Finding, mail: &'m Looked) -> Option<(&'m Source, (usize, usize))> {
    let own = mail.sources.first()?;
    let [subject, preheader] = mail.lines?;
    match finding.aspect {
        Aspect::Subject => return Some((own, (subject, subject))),
        Aspect::Preheader => return Some((own, (preheader, preheader))),
        _ => {}
    }
    let found = mail.sources.iter().find_map(|source| {
        let (at, word) = finding.near.iter().find_map(|word| Some((source.text().find(word)?, word)))?;
        Some((source, (at, at + word.len())))
    });
    // What is in no text came from the theme; the issue in which it showed is at least one place to look at.
    Some(found.unwrap_or((own, (subject, subject))))
}

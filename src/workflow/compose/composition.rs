//! What composing makes of a site: library in, texts of issues out. Nothing is read or written here.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;

use crate::config::newsletter::Newsletter as Settings;
use crate::config::site::Config;
use crate::content::issue::IssueName;
use crate::content::issue_text;
use crate::content::issue_text::NewIssue;
use crate::content::issue_text::Offer;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::library::issue::Issue;
use crate::library::issue::IssueState;
use crate::library::issue::NewsletterId;
use crate::library::model::Library;
use crate::library::model::Post;
use crate::library::model::State;
use crate::library::model::TermId;
use crate::library::posts;
use crate::newsletter::issue::Candidate;
use crate::newsletter::issue::Choice;
use crate::newsletter::issue::Known;
use crate::newsletter::issue::Rules;
use crate::newsletter::issue::choose;
use crate::newsletter::schedule;
use crate::newsletter::schedule::Due;
use crate::newsletter::schedule::History;
use crate::newsletter::schedule::Occurrence;
use crate::newsletter::schedule::STALE;
use crate::value::clock::Clock;
use crate::value::path::SitePath;
use crate::value::schedule::Calendar;
use crate::value::schedule::Schedule;
use crate::value::slug::Slug;
use crate::value::subject::SubjectFields;
use crate::value::subject::SubjectPattern;
use crate::workflow::compose::days::Days;

/// What to compose.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The newsletter.
    pub newsletter: NewsletterId,
    /// Which of its issues.
    pub which: Which,
    /// Also with fewer posts than the newsletter wants.
    pub anyway: bool,
}

/// Which issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one that comes next, or those of posts that have none yet.
    Next,
    /// That one.
    Named(IssueName),
}

/// One issue composed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composition {
    /// Which.
    pub name: IssueName,
    /// Whether it was not there before.
    pub is_new: bool,
    /// The text of its file; `None` where nothing changes, or where there is no issue for want of posts.
    pub text: Option<String>,
    /// Its number.
    pub number: u32,
    /// Its subject.
    pub subject: String,
    /// Titles of the posts that came to it, in their order.
    pub added: Vec<String>,
    /// How many posts wait for the next issue because this one is full.
    pub waiting: usize,
    /// How many posts are missing from the least that the newsletter wants.
    pub missing: usize,
    /// The occurrence that it is for.
    pub due: Option<Due>,
}

impl Composition {
    /// Its file below `content/`.
    #[must_use]
    pub fn path(&self) -> SitePath {
        let path = format!("issues/{}/{}/index.md", self.name.newsletter, self.name.folder);
        // Both parts were folders or are about to be: a newsletter's id and a day.
        SitePath::parse(&path).unwrap_or_else(|_| unreachable!("{path} is a path"))
    }
}

/// Composes.
///
/// # Errors
/// A report where the issue named is approved or cancelled.
pub fn compose(
    config: &Config,
    library: &Library,
    wanted: &Wanted,
    (clock, days): (&Clock, &Days),
) -> Result<(Vec<Composition>, Report), Report> {
    let Some(settings) = config.newsletters.get(wanted.newsletter.0) else { return Ok((Vec::new(), Report::new())) };
    let desk = Desk { config, library, settings, newsletter: wanted.newsletter, anyway: wanted.anyway, days };
    let mut report = Report::new();
    let compositions = match (&wanted.which, &settings.issues.schedule) {
        (Which::Named(name), _) => vec![desk.named(name)?],
        (Which::Next, Schedule::Calendar(calendar)) => desk.next(calendar, clock, &mut report)?,
        (Which::Next, Schedule::EachPost) => desk.each_post(),
    };
    Ok((compositions, report))
}

/// One newsletter and what its issues are made from.
struct Desk<'a> {
    config: &'a Config,
    library: &'a Library,
    settings: &'a Settings,
    newsletter: NewsletterId,
    anyway: bool,
    days: &'a Days,
}

impl<'a> Desk<'a> {
    fn issues(&self) -> impl Iterator<Item = &'a Issue> + use<'a> {
        let newsletter = self.newsletter;
        self.library.issues.iter().filter(move |issue| issue.newsletter == newsletter)
    }

    /// The issue that comes next: the open draft of an occurrence, or a new one.
    fn next(&self, calendar: &Calendar, clock: &Clock, report: &mut Report) -> Result<Vec<Composition>, Report> {
        let (now, zone) = (clock.timestamp(), &self.config.time_zone);
        let Some(due) = self.due(calendar, zone, now) else { return Ok(Vec::new()) };
        let drafts = self.issues().filter(|issue| issue.state == IssueState::Draft && issue.occurrence().is_some());
        let latest = drafts.max_by_key(|draft| draft.date.timestamp());
        let is_late = |draft: &Issue| now.duration_since(draft.date.timestamp()) > STALE;
        // However late a draft is, it takes what is published until the next one is to be looked at.
        let is_open =
            |draft: &&Issue| !due.is_due(now) && (!is_late(draft) || !due.is_near(now, self.settings.issues.review));
        if let Some(draft) = latest.filter(is_open) {
            report.extend(is_late(draft).then(|| late(draft.day)));
            return Ok(vec![self.refreshed(draft)?]);
        }
        if let Some(draft) = latest {
            let message = format!("the issue {} was never approved: its posts are in no other one", draft.name);
            let hint =
                format!("approve it, or let its posts go to the next one: letterpress issue cancel {}", draft.name);
            report.push(Diagnostic::warning("forgotten-issue", message).hint(hint));
        }
        report.extend(due.is_stale(now).then(|| late(due.occurrence.local.date())));
        let name = self.free_name(due.occurrence.local.date());
        let since = self.since(calendar, due.occurrence.local.date());
        Ok(vec![self.new_issue(name, Some(due), since)])
    }

    /// The occurrence that wants an issue. One at which there were too few posts for an issue was not missed.
    fn due(&self, calendar: &Calendar, zone: &TimeZone, now: Timestamp) -> Option<Due> {
        let mut history = self.history();
        let due = schedule::due(calendar, zone, &history, now)?;
        if !due.is_due(now) {
            return Some(due);
        }
        let (candidates, elsewhere) = (self.candidates(), self.elsewhere(None));
        let since = self.since(calendar, due.occurrence.local.date());
        let enough_at = |occurrence: &Occurrence| {
            let then = occurrence.moment();
            let known = Known { elsewhere: elsewhere.clone(), ..Known::default() };
            let there: Vec<Candidate<'_>> =
                candidates.iter().copied().filter(|post| then.is_none_or(|then| post.published <= then)).collect();
            choose(&there, &known, self.rules(since)).missing == 0
        };
        let Due { occurrence, mut missed } = due;
        let first = missed.iter().chain([&occurrence]).position(enough_at);
        match first {
            Some(first) => {
                missed.drain(..first);
                Some(Due { occurrence, missed })
            }
            None => {
                history.taken.extend(missed.iter().chain([&occurrence]).map(|occurrence| occurrence.local.date()));
                schedule::due(calendar, zone, &history, now)
            }
        }
    }

    /// A certain issue.
    fn named(&self, name: &IssueName) -> Result<Composition, Report> {
        let refuse = |word: &str, hint: String| {
            let diagnostic = Diagnostic::error("not-a-draft", format!("the issue {name} is {word}"));
            Err(Report::from(diagnostic.hint(hint)))
        };
        let reopen = |why: &str| format!("{why}: letterpress issue reopen {name}");
        let issue = self.issues().find(|issue| issue.name == *name);
        match issue.map(|issue| (issue, issue.state)) {
            Some((_, IssueState::Approved)) => refuse("approved", reopen("to change it, take the approval back")),
            Some((_, IssueState::Cancelled)) => refuse("cancelled", reopen("to send it after all")),
            Some((draft, IssueState::Draft)) => self.refreshed(draft),
            None => {
                let Some(day) = name.day() else {
                    let message = format!("`{}` is no day", name.folder);
                    let diagnostic = Diagnostic::error("bad-issue-name", message);
                    return Err(diagnostic.hint("name the issue by its day: 2026-11-15").into());
                };
                let since = match &self.settings.issues.schedule {
                    Schedule::Calendar(calendar) => self.since(calendar, day),
                    Schedule::EachPost => self.start_of(self.settings.issues.since),
                };
                Ok(self.new_issue(name.clone(), self.due_on(day), since))
            }
        }
    }

    /// The occurrence of a day that has one and no issue yet.
    fn due_on(&self, day: civil::Date) -> Option<Due> {
        let Schedule::Calendar(calendar) = &self.settings.issues.schedule else { return None };
        let is_free = calendar.falls_on(day) && !self.issues().any(|issue| issue.day == day);
        let occurrence = Occurrence::new(day.to_datetime(calendar.time), &self.config.time_zone);
        is_free.then_some(Due { occurrence, missed: Vec::new() })
    }

    /// Where each post is an issue: those that have none, oldest first.
    fn each_post(&self) -> Vec<Composition> {
        let candidates = self.candidates();
        let elsewhere = self.elsewhere(None);
        let since = self.start_of(self.settings.issues.since);
        let known = Known { elsewhere, ..Known::default() };
        let rules = Rules { since, min: 0, max: None };
        let found = choose(&candidates, &known, rules).posts;
        let mut number = self.next_number();
        let mut compositions: Vec<Composition> = Vec::new();
        for id in found.into_iter().rev() {
            let Some(day) = self.post(id).and_then(|post| post.date.as_ref()).map(|date| date.date()) else { continue };
            let name = self.name_but(day, |name| compositions.iter().any(|made| made.name == *name));
            let choice = Choice { posts: vec![id], waiting: 0, missing: 0 };
            compositions.push(self.write(name, number, &choice, None));
            number += 1;
        }
        compositions
    }

    fn new_issue(&self, name: IssueName, due: Option<Due>, since: Option<Timestamp>) -> Composition {
        let candidates = self.candidates();
        let known = Known { elsewhere: self.elsewhere(None), ..Known::default() };
        let choice = choose(&candidates, &known, self.rules(since));
        let mut composition = self.write(name, self.next_number(), &choice, due);
        if choice.missing > 0 && !self.anyway {
            composition.text = None;
        }
        composition
    }

    /// A draft with what has come to it.
    fn refreshed(&self, draft: &Issue) -> Result<Composition, Report> {
        let Some(text) = &draft.text else { return Err(Report::new()) };
        let source =
            text.body.source().map_err(|error| Report::from(Diagnostic::error("unreadable", error.to_string())))?;
        let candidates = self.candidates();
        let here: HashSet<&str> = draft.posts.iter().map(|id| &*self.library.post(*id).id).collect();
        let mut offered: Vec<&str> = text.front.offered.iter().map(|id| &*id.value).collect();
        let since = match &self.settings.issues.schedule {
            Schedule::Calendar(calendar) => self.since(calendar, draft.day),
            Schedule::EachPost => self.start_of(self.settings.issues.since),
        };
        let known = Known {
            elsewhere: self.elsewhere(Some(draft)),
            here: here.clone(),
            offered: offered.iter().copied().collect(),
        };
        // A post of its own does not grow.
        let max = if self.settings.issues.schedule == Schedule::EachPost { Some(0) } else { None };
        let rules = Rules { max: max.or(self.settings.issues.max_posts), ..self.rules(since) };
        let choice = choose(&candidates, &known, rules);
        for post in draft.posts.iter().map(|id| &*self.library.post(*id).id).chain(choice.posts.iter().copied()) {
            if !offered.contains(&post) {
                offered.push(post);
            }
        }
        let offers: Vec<Offer<'_>> = choice.posts.iter().filter_map(|id| Some(offer(self.post(id)?))).collect();
        let again = issue_text::refreshed(source.text(), text, &offers, &offered);
        let is_same = choice.posts.is_empty() || again == source.text();
        Ok(Composition {
            name: draft.name.clone(),
            is_new: false,
            text: (!is_same).then_some(again),
            number: draft.number().unwrap_or_else(|| self.next_number()),
            subject: draft.subject().to_owned(),
            added: self.titles(&choice.posts),
            waiting: choice.waiting,
            missing: choice.missing,
            due: None,
        })
    }

    fn write(&self, name: IssueName, number: u32, choice: &Choice<'_>, due: Option<Due>) -> Composition {
        let titles = self.titles(&choice.posts);
        let own = &self.settings.issues.subject;
        let bare = SubjectPattern::parse("{title}").unwrap_or_default();
        let is_plain = self.settings.issues.schedule == Schedule::EachPost && *own == SubjectPattern::default();
        let subject = if is_plain { &bare } else { own }.fill(SubjectFields {
            name: &self.settings.name,
            number,
            title: titles.first().map_or("", String::as_str),
            date: &name.day().map_or_else(String::new, |day| self.days.text(day)),
        });
        let key = due.as_ref().map(|due| due.occurrence.to_string());
        let text = issue_text::new(&NewIssue {
            number,
            subject: &subject,
            preheader: &match choice.posts.as_slice() {
                [only] => self.post(only).map(described).unwrap_or_default(),
                _ => preheader(titles.get(1..).unwrap_or_default()),
            },
            occurrence: key.as_deref(),
            posts: choice.posts.iter().filter_map(|id| Some(offer(self.post(id)?))).collect(),
            offered: choice.posts.clone(),
        });
        Composition {
            name,
            is_new: true,
            text: Some(text),
            number,
            subject,
            added: titles,
            waiting: choice.waiting,
            missing: choice.missing,
            due,
        }
    }

    fn rules(&self, since: Option<Timestamp>) -> Rules {
        Rules { since, min: self.settings.issues.min_posts, max: self.settings.issues.max_posts }
    }

    /// The posts that readers can see, that want to be in issues, and that are about what the newsletter is about.
    fn candidates(&self) -> Vec<Candidate<'a>> {
        let issues = &self.settings.issues;
        let is_wanted = |post: &&Post| {
            let filtered = !issues.categories.is_empty() || !issues.tags.is_empty();
            post.collection.is_some()
                && post.state == State::Published
                && post.document.front.newsletter.include != Some(false)
                && (!filtered
                    || self.is_of(&post.categories, &issues.categories)
                    || self.is_of(&post.tags, &issues.tags))
        };
        let posts = self.library.posts.iter().filter(is_wanted);
        posts.filter_map(|post| Some(Candidate { id: &post.id, published: post.date.as_ref()?.timestamp() })).collect()
    }

    /// Whether one of the terms has one of these names, however it is written.
    fn is_of(&self, terms: &[TermId], names: &[Located<String>]) -> bool {
        let slugs: Vec<Option<Slug>> = names.iter().map(|name| Slug::from_text(&name.value)).collect();
        terms.iter().map(|id| self.library.term(*id)).any(|term| {
            names.iter().any(|name| name.value == term.name) || slugs.iter().flatten().any(|slug| *slug == term.slug)
        })
    }

    /// The posts of all issues but `own`. Cancelled ones have given theirs back; but where each post is an issue, the next one would be the cancelled one again.
    fn elsewhere(&self, own: Option<&Issue>) -> HashSet<&'a str> {
        let keeps = self.settings.issues.schedule == Schedule::EachPost;
        let others = self.issues().filter(|issue| {
            (keeps || issue.state != IssueState::Cancelled) && own.is_none_or(|own| own.name != issue.name)
        });
        others.flat_map(|issue| &issue.posts).map(|id| &*self.library.post(*id).id).collect()
    }

    fn post(&self, id: &str) -> Option<&'a Post> {
        self.library.posts.iter().find(|post| post.collection.is_some() && post.id == id)
    }

    fn titles(&self, ids: &[&str]) -> Vec<String> {
        ids.iter().filter_map(|id| self.post(id)).map(|post| issue_text::one_line(&post.title)).collect()
    }

    fn next_number(&self) -> u32 {
        let issues = self.issues().filter(|issue| issue.state != IssueState::Cancelled);
        issues.filter_map(Issue::number).max().unwrap_or(0).saturating_add(1)
    }

    fn history(&self) -> History {
        let done = self.issues().filter_map(|issue| Occurrence::parse(issue.occurrence()?));
        History {
            done: done.collect(),
            taken: self.issues().map(|issue| issue.day).collect(),
            since: self.start_of(self.settings.issues.since),
        }
    }

    fn start_of(&self, day: Option<civil::Date>) -> Option<Timestamp> {
        Some(day?.to_zoned(self.config.time_zone.clone()).ok()?.timestamp())
    }

    /// From when on posts count: what `site.toml` says, else the day one interval before the first issue, which may be the one that is made now, on `day`. An issue
    /// between two occurrences counts as the earlier of them.
    fn since(&self, calendar: &Calendar, day: civil::Date) -> Option<Timestamp> {
        let before = |day| {
            let occurrence = schedule::before(calendar, &self.config.time_zone, day)?;
            Some(occurrence.local.date())
        };
        let default = || {
            let first = self.issues().map(|issue| issue.day).chain([day]).min()?;
            before(if calendar.falls_on(first) { first } else { before(first)? })
        };
        self.start_of(self.settings.issues.since.or_else(default))
    }

    fn free_name(&self, day: civil::Date) -> IssueName {
        self.name_but(day, |_| false)
    }

    /// The name of an issue of that day which no issue has yet.
    fn name_but(&self, day: civil::Date, is_taken: impl Fn(&IssueName) -> bool) -> IssueName {
        let newsletter = &self.settings.id;
        let first = IssueName { newsletter: newsletter.clone(), folder: day.to_string() };
        let further =
            (2..).map(|number: u32| IssueName { newsletter: newsletter.clone(), folder: format!("{day}-{number}") });
        let is_free = |name: &IssueName| !is_taken(name) && !self.issues().any(|issue| issue.name == *name);
        std::iter::once(first.clone()).chain(further).find(is_free).unwrap_or(first)
    }
}

/// What is said of an issue that comes late.
fn late(day: civil::Date) -> Diagnostic {
    let message = format!("the issue of {day} comes more than three days late");
    let hint = "look whether its news is still news before you approve it; it is not sent by itself";
    Diagnostic::warning("late-issue", message).hint(hint)
}

/// A post as it is offered to the editor: an id that says nothing comes with the title.
fn offer(post: &Post) -> Offer<'_> {
    let speaks = post.id == posts::bare_path(post.document.body.file.path.as_str());
    Offer { id: &post.id, about: if speaks { "" } else { &post.title } }
}

/// Bytes that mail programs show of a preheader, about.
const PREHEADER: usize = 110;

/// What the only post of an issue says of itself, as much as mail programs show.
fn described(post: &Post) -> String {
    let blurb = post.document.front.newsletter.blurb.as_ref().map(|blurb| blurb.value.trim());
    let said = blurb.unwrap_or(&post.description).split_whitespace();
    let mut out = String::new();
    for word in said {
        if !out.is_empty() && out.len() + word.len() > PREHEADER {
            out.push('…');
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The titles of the further posts, as many as mail programs show.
fn preheader(titles: &[String]) -> String {
    let mut out = String::new();
    for title in titles {
        if !out.is_empty() && out.len() + title.len() > PREHEADER {
            break;
        }
        if !out.is_empty() {
            out.push_str(" · ");
        }
        out.push_str(title);
    }
    out
}

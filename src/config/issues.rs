//! What `[newsletters.<id>]` says of its issues: when they come, which posts they take, who approves them.

use std::ops::Range;

use jiff::SignedDuration;
use jiff::civil;

use crate::config::schedule;
use crate::config::site::Config;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Data;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::suggest;
use crate::value::schedule::Schedule;
use crate::value::subject::SubjectError;
use crate::value::subject::SubjectPattern;

/// How a newsletter makes its issues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issues {
    /// What a new issue's subject is made after.
    pub subject: SubjectPattern,
    /// When they come.
    pub schedule: Schedule,
    /// Where `site.toml` says so; empty where it does not.
    pub schedule_span: Range<usize>,
    /// With fewer posts there is no issue; the posts wait for the next one.
    pub min_posts: usize,
    /// Further posts wait for the next issue.
    pub max_posts: Option<usize>,
    /// Only posts of these categories; empty means all.
    pub categories: Vec<Located<String>>,
    /// Only posts with one of these tags; empty means all. With categories as well, either will do.
    pub tags: Vec<Located<String>>,
    /// Who says that an issue may go out.
    pub approval: Approval,
    /// How long before its time an issue is composed, so that the editor can look.
    pub review: SignedDuration,
    /// Posts before this day count as sent.
    pub since: Option<civil::Date>,
    /// What links to the site say of where they were pressed.
    pub utm: Option<Utm>,
    /// How an issue looks.
    pub shape: Shape,
    /// Whether the posts of a long issue stand by category, as long as its editor has not put them in another order.
    pub group: bool,
    /// What becomes of deliveries whose last answer was lost.
    pub in_doubt: InDoubt,
    /// Over how long the letters of an issue are spread; at once where it is not said.
    pub spread: Option<SignedDuration>,
    /// Ids of posts that past issues had and that were deleted on purpose.
    pub gone: Vec<String>,
}

/// Who says that an issue may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// The editor, by `issue approve`.
    Manual,
    /// Nobody: at its time it is composed once more and approved.
    Auto,
}

/// How an issue looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The first post large, then cards.
    Digest,
    /// The first post in full.
    Letter,
}

/// What becomes of deliveries in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InDoubt {
    /// They wait for `deliveries resolve`.
    Hold,
    /// They are sent again: twice is better than never.
    Resend,
    /// They count as sent: never is better than twice.
    AssumeSent,
}

/// The `utm_*` parameters of links to the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Utm {
    /// `utm_source`.
    pub source: String,
    /// `utm_medium`.
    pub medium: String,
    /// `utm_campaign`; the issue's day where it is not given.
    pub campaign: Option<String>,
}

impl Default for Issues {
    fn default() -> Self {
        Self {
            subject: SubjectPattern::default(),
            schedule: Schedule::default(),
            schedule_span: 0..0,
            min_posts: 1,
            max_posts: None,
            categories: Vec::new(),
            tags: Vec::new(),
            approval: Approval::Manual,
            review: SignedDuration::from_hours(48),
            since: None,
            utm: None,
            shape: Shape::Digest,
            group: true,
            in_doubt: InDoubt::Hold,
            spread: None,
            gone: Vec::new(),
        }
    }
}

impl Shape {
    /// The word in `site.toml`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Letter => "letter",
        }
    }
}

/// Reads the keys of `[newsletters.<id>]` that are about issues.
pub(in crate::config) fn read(fields: &mut Fields<'_>, id: &str) -> Issues {
    let default = Issues::default();
    let subject = subject(fields);
    let (schedule, schedule_span) = schedule::read(fields).unwrap_or((default.schedule, default.schedule_span));
    let min = fields.integer("min_posts", 0..=1000);
    let max = fields.integer("max_posts", 1..=1000);
    if let (Some(min), Some(max)) = (&min, &max)
        && min.value > max.value
    {
        let message = format!("`max_posts` is {}, less than `min_posts`, which is {}", max.value, min.value);
        let diagnostic = Diagnostic::error("out-of-range", message).at(fields.source(), max.span.clone());
        fields.push(diagnostic.hint("no issue could ever be composed: raise `max_posts` or lower `min_posts`"));
    }
    let count = |number: Option<Located<i64>>| number.and_then(|number| usize::try_from(number.value).ok());
    let approval = [("manual", Approval::Manual), ("auto", Approval::Auto)];
    let shapes = [("digest", Shape::Digest), ("letter", Shape::Letter)];
    let doubts = [("hold", InDoubt::Hold), ("resend", InDoubt::Resend), ("assume-sent", InDoubt::AssumeSent)];
    let has_since = fields.has("since");
    let since = since(fields);
    if schedule == Schedule::EachPost && !has_since {
        let message = "a newsletter that mails each post needs `since`: without it every old post would be mailed";
        let diagnostic = Diagnostic::error("missing-key", message).at(fields.source(), schedule_span.clone());
        fields.push(diagnostic.hint("add since = 2026-11-01, the day from which on posts are mailed"));
    }
    Issues {
        subject: subject.unwrap_or(default.subject),
        min_posts: count(min).unwrap_or(default.min_posts),
        max_posts: count(max),
        categories: fields.strings("categories").unwrap_or_default(),
        tags: fields.strings("tags").unwrap_or_default(),
        approval: one_of(fields, "approval", &approval).unwrap_or(default.approval),
        review: fields
            .integer("review_hours", 0..=336)
            .map_or(default.review, |hours| SignedDuration::from_hours(hours.value)),
        since,
        utm: utm(fields, id),
        shape: one_of(fields, "shape", &shapes).unwrap_or(default.shape),
        group: fields.boolean("group_by_category").unwrap_or(default.group),
        in_doubt: one_of(fields, "in_doubt", &doubts).unwrap_or(default.in_doubt),
        spread: fields.integer("spread_hours", 1..=24).map(|hours| SignedDuration::from_hours(hours.value)),
        gone: fields.strings("gone").unwrap_or_default().into_iter().map(|id| id.value).collect(),
        schedule,
        schedule_span,
    }
}

fn subject(fields: &mut Fields<'_>) -> Option<SubjectPattern> {
    let text = fields.string("subject")?;
    let (message, hint) = match SubjectPattern::parse(&text.value) {
        Ok(pattern) => return Some(pattern),
        Err(SubjectError::Empty) => ("`subject` is empty".to_owned(), None),
        Err(SubjectError::Control) => ("`subject` has a line break in it: a subject is one line".to_owned(), None),
        Err(SubjectError::Unknown(field)) => {
            let hint = suggest::did_you_mean(&field, SubjectPattern::FIELDS);
            (format!("`subject` knows no field `{{{field}}}`"), hint)
        }
    };
    let hint = hint.unwrap_or_else(|| {
        format!("write \"{}\"; the fields are {{{}}}", SubjectPattern::default(), SubjectPattern::FIELDS.join("}, {"))
    });
    fields.push(Diagnostic::error("bad-subject", message).at(fields.source(), text.span).hint(hint));
    None
}

fn since(fields: &mut Fields<'_>) -> Option<civil::Date> {
    let text = fields.datetime("since")?;
    let day = text.value.parse().ok().filter(|_| text.value.len() == 10);
    if day.is_none() {
        let message = format!("`since` is no day: `{}`", text.value);
        let diagnostic = Diagnostic::error("bad-date", message).at(fields.source(), text.span);
        fields.push(diagnostic.hint("write since = 2026-11-01; what was posted before that day counts as sent"));
    }
    day
}

fn utm(fields: &mut Fields<'_>, id: &str) -> Option<Utm> {
    let default = || Utm { source: id.to_owned(), medium: "email".into(), campaign: None };
    let node = fields.node("utm")?;
    match node.data {
        Data::Boolean(wanted) => wanted.then(default),
        Data::Table(_) => {
            let mut table = fields.child("`utm`", node);
            let text = |text: Option<Located<String>>| text.map(|text| text.value).filter(|text| !text.is_empty());
            let utm = Utm {
                source: text(table.string("source")).unwrap_or_else(|| id.to_owned()),
                medium: text(table.string("medium")).unwrap_or_else(|| "email".into()),
                campaign: text(table.string("campaign")),
            };
            table.finish();
            Some(utm)
        }
        other => {
            let message = format!("`utm` must be true, false or a table, not {}", other.kind());
            let hint = format!("write utm = true, or utm = {{ source = \"{id}\", medium = \"email\" }}");
            fields.push(Diagnostic::error("wrong-type", message).at(fields.source(), node.span).hint(hint));
            None
        }
    }
}

fn one_of<T: Copy>(fields: &mut Fields<'_>, key: &'static str, words: &[(&str, T)]) -> Option<T> {
    let word = fields.string(key)?;
    let known = words.iter().find(|(known, _)| *known == word.value);
    if known.is_none() {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let hint = suggest::did_you_mean(&word.value, names.iter().copied());
        let hint = hint.unwrap_or_else(|| format!("one of: {}", names.join(", ")));
        let message = format!("`{key}` does not know `{}`", word.value);
        fields.push(Diagnostic::error("unknown-value", message).at(fields.source(), word.span).hint(hint));
    }
    known.map(|(_, value)| *value)
}

/// What is worth knowing of schedules, though it is no mistake: for `check`.
#[must_use]
pub fn advice(config: &Config) -> Report {
    let mut report = Report::new();
    for newsletter in &config.newsletters {
        let Schedule::Calendar(calendar) = &newsletter.issues.schedule else { continue };
        let days: Vec<String> = calendar.days_that_some_months_lack().map(|day| day.to_string()).collect();
        if !days.is_empty() {
            let message = format!(
                "some months have no {}: there the newsletter `{}` comes on the last day",
                days.join(" and no "),
                newsletter.id
            );
            report.push(
                Diagnostic::warning("short-month", message)
                    .at(&config.source, newsletter.issues.schedule_span.clone())
                    .hint("to say that it always comes on the last day, write days = [\"last\"]")
                    .hint("to have it come on the same day in every month, take one from 1 to 28"),
            );
        }
    }
    report
}

#[cfg(test)]
mod tests {
    use jiff::civil::Weekday;
    use jiff::civil::date;
    use jiff::civil::time;

    use super::*;
    use crate::config::read;
    use crate::config::site::Overrides;
    use crate::diagnostic::source::Source;
    use crate::diagnostic::terminal;
    use crate::value::schedule::Calendar;
    use crate::value::schedule::Days;
    use crate::value::schedule::MonthDay;

    fn config(keys: &str) -> (Config, Vec<String>) {
        let text = format!("title = \"A\"\nbase_url = \"https://a.example/\"\n[newsletters.notes]\n{keys}\n");
        let (config, report) = read::read(&Source::new("site.toml", text), &Overrides::default());
        let lines = report.into_sorted().iter().map(|d| terminal::short(d).replace("site.toml:", "")).collect();
        (config.unwrap(), lines)
    }

    fn issues(keys: &str) -> Issues {
        let (config, found) = config(keys);
        assert_eq!(found, [""; 0], "{keys}");
        config.newsletters[0].issues.clone()
    }

    #[test]
    fn nothing_need_be_said() {
        assert_eq!(issues(""), Issues::default());
        let Schedule::Calendar(calendar) = Issues::default().schedule else { panic!("a calendar") };
        assert_eq!(calendar.days, Days::Month(vec![MonthDay::Day(1), MonthDay::Day(15)]));
        assert_eq!((calendar.time, Issues::default().review), (time(9, 0, 0, 0), SignedDuration::from_hours(48)));
    }

    #[test]
    fn everything_that_can_be_said() {
        let said = issues(
            "subject = \"{name} of {date}\"\nschedule = { days = [\"last\", 15, 1, 15], time = 08:30:00 }\nmin_posts = 2\nmax_posts = 9\n\
             categories = [\"News\"]\ntags = [\"print\"]\napproval = \"auto\"\nreview_hours = 24\nsince = 2026-11-01\nutm = { source = \"letter\" }\n\
             shape = \"letter\"\nin_doubt = \"assume-sent\"\nspread_hours = 6\ngone = [\"posts/old\"]",
        );
        assert_eq!(said.subject.to_string(), "{name} of {date}");
        let days = Days::Month(vec![MonthDay::Day(1), MonthDay::Day(15), MonthDay::Last]);
        assert_eq!(said.schedule, Schedule::Calendar(Calendar { days, time: time(8, 30, 0, 0) }));
        assert_eq!((said.min_posts, said.max_posts, said.review), (2, Some(9), SignedDuration::from_hours(24)));
        assert_eq!((said.categories[0].value.as_str(), said.tags[0].value.as_str()), ("News", "print"));
        assert_eq!((said.approval, said.shape, said.in_doubt), (Approval::Auto, Shape::Letter, InDoubt::AssumeSent));
        assert_eq!(said.spread, Some(SignedDuration::from_hours(6)));
        assert_eq!((said.since, said.gone), (Some(date(2026, 11, 1)), vec!["posts/old".to_owned()]));
        let utm = said.utm.unwrap();
        assert_eq!((utm.source.as_str(), utm.medium.as_str(), utm.campaign), ("letter", "email", None));
        assert_eq!(issues("utm = true").utm.unwrap().source, "notes");
        assert_eq!(issues("utm = false").utm, None);
        assert_eq!(issues("schedule = \"each-post\"\nsince = \"2026-11-01\"").schedule, Schedule::EachPost);
        let weekly = issues("schedule = { weekdays = [\"friday\", \"tuesday\"], time = \"17:00\" }");
        let Schedule::Calendar(Calendar { days: Days::Week { days, every: 1, .. }, .. }) = weekly.schedule else {
            panic!("every week")
        };
        assert_eq!(days, [Weekday::Tuesday, Weekday::Friday]);
        let third = issues("schedule = { weekdays = [\"monday\"], every_weeks = 3, anchor = 2026-11-03 }");
        let Schedule::Calendar(Calendar { days: Days::Week { every: 3, anchor, .. }, time: at }) = third.schedule
        else {
            panic!("every third week")
        };
        assert_eq!((anchor, at), (date(2026, 11, 3), time(9, 0, 0, 0)));
    }

    #[test]
    fn every_mistake_has_its_place_and_its_cure() {
        for (keys, expected) in [
            (
                "subject = \"{titel}\"",
                "4:11: error: `subject` knows no field `{titel}` [bad-subject]; did you mean `title`?",
            ),
            (
                "subject = \"{weather}\"",
                "4:11: error: `subject` knows no field `{weather}` [bad-subject]; write \"{name} {number}: {title}\"; the fields are {name}, {number}, {title}, {date}",
            ),
            (
                "subject = \" \"",
                "4:11: error: `subject` is empty [bad-subject]; write \"{name} {number}: {title}\"; the fields are {name}, {number}, {title}, {date}",
            ),
            (
                "subject = \"a\\nb\"",
                "4:11: error: `subject` has a line break in it: a subject is one line [bad-subject]; write \"{name} {number}: {title}\"; the fields are {name}, {number}, {title}, {date}",
            ),
            (
                "min_posts = 5\nmax_posts = 3",
                "5:13: error: `max_posts` is 3, less than `min_posts`, which is 5 [out-of-range]; no issue could ever be composed: raise `max_posts` or lower `min_posts`",
            ),
            (
                "approval = \"automatic\"",
                "4:12: error: `approval` does not know `automatic` [unknown-value]; one of: manual, auto",
            ),
            (
                "shape = \"digset\"",
                "4:9: error: `shape` does not know `digset` [unknown-value]; did you mean `digest`?",
            ),
            (
                "in_doubt = \"wait\"",
                "4:12: error: `in_doubt` does not know `wait` [unknown-value]; one of: hold, resend, assume-sent",
            ),
            ("spread_hours = 48", "4:16: error: `spread_hours` must be between 1 and 24 [out-of-range]"),
            ("review_hours = 400", "4:16: error: `review_hours` must be between 0 and 336 [out-of-range]"),
            (
                "since = \"November\"",
                "4:9: error: `since` is no day: `November` [bad-date]; write since = 2026-11-01; what was posted before that day counts as sent",
            ),
            (
                "utm = 3",
                "4:7: error: `utm` must be true, false or a table, not an integer [wrong-type]; write utm = true, or utm = { source = \"notes\", medium = \"email\" }",
            ),
            (
                "schedule = \"each-post\"",
                "4:12: error: a newsletter that mails each post needs `since`: without it every old post would be mailed [missing-key]; add since = 2026-11-01, the day from which on posts are mailed",
            ),
            (
                "schedule = \"monthly\"",
                "4:12: error: `schedule` does not know `monthly` [bad-schedule]; write schedule = { days = [1, 15], time = \"09:00\" }, or schedule = \"each-post\"",
            ),
            (
                "schedule = 3",
                "4:12: error: `schedule` must be a table or \"each-post\", not an integer [bad-schedule]; write schedule = { days = [1, 15], time = \"09:00\" }, or schedule = \"each-post\"",
            ),
            (
                "schedule = { time = \"09:00\" }",
                "4:12: error: this schedule names no days [bad-schedule]; write { days = [1, 15], time = \"09:00\" }, or { weekdays = [\"tuesday\"], time = \"09:00\" }",
            ),
            (
                "schedule = { days = [0] }",
                "4:22: error: `days` are days of the month, from 1 to 31, or \"last\" [bad-schedule]; write days = [1, 15]",
            ),
            (
                "schedule = { days = [] }",
                "4:21: error: `days` are days of the month, from 1 to 31, or \"last\" [bad-schedule]; write days = [1, 15]",
            ),
            (
                "schedule = { days = 15 }",
                "4:21: error: `days` are days of the month, from 1 to 31, or \"last\" [bad-schedule]; write days = [1, 15]",
            ),
            (
                "schedule = { days = [1], weekdays = [\"monday\"] }",
                "4:21: error: `days` and `weekdays` of a schedule exclude each other [bad-schedule]; keep `days` for days of the month, or `weekdays` for days of the week",
            ),
            (
                "schedule = { weekdays = [\"Teusday\"] }",
                "4:26: error: `weekdays` does not know `Teusday` [unknown-value]; did you mean `tuesday`?",
            ),
            (
                "schedule = { weekdays = [\"monday\"], every_weeks = 2 }",
                "4:51: error: `every_weeks` needs `anchor`: which weeks are meant? [bad-schedule]; add anchor = 2026-11-03, any day of a week in which it comes",
            ),
            (
                "schedule = { weekdays = [\"monday\"], every_weeks = 2, anchor = \"x\" }",
                "4:63: error: `anchor` is no day: `x` [bad-date]; write anchor = 2026-11-03, any day of a week in which it comes",
            ),
            (
                "schedule = { every_weeks = 2, anchor = 2026-11-03 }",
                "4:12: error: `every_weeks` of a schedule needs `weekdays` [bad-schedule]; add weekdays = [\"tuesday\"]",
            ),
            (
                "schedule = { days = [1], time = \"9 o'clock\" }",
                "4:33: error: `time` is no time of day: `9 o'clock` [bad-schedule]; write time = \"09:00\", in the site's `time_zone`",
            ),
            (
                "schedule = { days = [1], time = \"09:00:30\" }",
                "4:33: error: `time` is no time of day: `09:00:30` [bad-schedule]; write time = \"09:00\", in the site's `time_zone`",
            ),
            (
                "schedule = { days = [1], hour = 9 }",
                "4:26: error: unknown key `hour` in `schedule` [unknown-key]; known keys: days, weekdays, every_weeks, anchor, time",
            ),
            (
                "schedule = { day = [1] }",
                "4:14: error: unknown key `day` in `schedule` [unknown-key]; did you mean `days`?",
            ),
        ] {
            let (_, found) = config(keys);
            assert!(found.iter().any(|line| line == expected), "{keys}\n{expected}\n{found:#?}");
            let follows = usize::from(keys.contains("day = "));
            assert_eq!(found.len(), 1 + follows, "{keys}: {found:#?}");
        }
    }

    #[test]
    fn short_months_are_spoken_of() {
        let advice = |keys: &str| {
            let (config, _) = config(keys);
            advice(&config).into_sorted().iter().map(terminal::short).collect::<Vec<_>>()
        };
        assert_eq!(
            advice("schedule = { days = [15, 30, 31] }"),
            [
                "site.toml:4:12: warning: some months have no 30 and no 31: there the newsletter `notes` comes on the last day [short-month]; \
              to say that it always comes on the last day, write days = [\"last\"]; to have it come on the same day in every month, take one from 1 to 28"
            ]
        );
        assert_eq!(advice("schedule = { days = [\"last\"] }"), [""; 0]);
        assert_eq!(advice(""), [""; 0]);
    }
}

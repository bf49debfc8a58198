//! Dates, states, and the order of posts.

use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::content::date::Date;
use crate::library::issue::IssueState;
use crate::library::model::Library;
use crate::library::model::Post;
use crate::library::model::PostId;
use crate::library::model::State;
use crate::value::clock::Clock;

/// Which posts are drawn besides the published ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visibility {
    /// `--drafts`.
    pub drafts: bool,
    /// `--future`.
    pub future: bool,
}

/// The moment that a date means in the site's zone. A time that a change of clocks leaves out moves later, one that it repeats is the first.
#[must_use]
pub fn moment(date: &Date, zone: &TimeZone) -> Option<Zoned> {
    match date {
        Date::Day(day) => day.to_zoned(zone.clone()).ok(),
        Date::Local(time) => time.to_zoned(zone.clone()).ok(),
        Date::Exact(moment) => Some(moment.with_time_zone(zone.clone())),
    }
}

/// Whether readers may see a post.
#[must_use]
pub fn state(draft: bool, date: Option<&Zoned>, expires: Option<&Zoned>, clock: &Clock) -> State {
    let now = clock.timestamp();
    if draft {
        State::Draft
    } else if date.is_some_and(|date| date.timestamp() > now) {
        State::Scheduled
    } else if expires.is_some_and(|end| end.timestamp() <= now) {
        State::Expired
    } else {
        State::Published
    }
}

/// Whether a post in that state is drawn.
#[must_use]
pub fn is_shown(state: State, visibility: Visibility) -> bool {
    match state {
        State::Published => true,
        State::Draft => visibility.drafts,
        State::Scheduled => visibility.future,
        State::Expired => false,
    }
}

/// Sorts newest first; the same moment by path, so that the order never depends on chance.
pub fn newest_first(ids: &mut [PostId], posts: &[Post]) {
    ids.sort_by(|a, b| {
        let (left, right) = (&posts[a.0], &posts[b.0]);
        right.date.cmp(&left.date).then_with(|| left.document.body.file.path.cmp(&right.document.body.file.path))
    });
}

/// The neighbours of each post in its collection: (post, older, newer).
#[must_use]
pub fn neighbours(collections: &[Vec<PostId>]) -> Vec<(PostId, Option<PostId>, Option<PostId>)> {
    let mut out = Vec::new();
    for posts in collections {
        for (at, id) in posts.iter().enumerate() {
            let newer = at.checked_sub(1).map(|at| posts[at]);
            out.push((*id, posts.get(at + 1).copied(), newer));
        }
    }
    out
}

/// The earliest moment after now at which a post appears or goes, or an approved issue appears.
#[must_use]
pub fn next_change(library: &Library, clock: &Clock) -> Option<Zoned> {
    let now = clock.timestamp();
    let posts = library.posts.iter().filter(|post| post.state != State::Draft);
    let issues = library.issues.iter().filter(|issue| issue.state == IssueState::Approved);
    posts
        .flat_map(|post| [&post.date, &post.expires])
        .flatten()
        .chain(issues.map(|issue| &issue.date))
        .filter(|moment| moment.timestamp() > now)
        .min_by_key(|moment| moment.timestamp())
        .cloned()
}

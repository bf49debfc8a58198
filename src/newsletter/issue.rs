//! Which posts an issue has: all that no earlier issue of its newsletter had, however they are dated.

use std::collections::HashSet;

use jiff::Timestamp;

/// A post that an issue could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Its id.
    pub id: &'a str,
    /// When it was published.
    pub published: Timestamp,
}

/// What a newsletter wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What was published before counts as sent.
    pub since: Option<Timestamp>,
    /// With fewer posts there is no issue.
    pub min: usize,
    /// Further posts wait.
    pub max: Option<usize>,
}

/// What other issues have, and what this one has already.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    /// The posts of the newsletter's other issues, cancelled ones left out.
    pub elsewhere: HashSet<&'a str>,
    /// The posts that this issue has.
    pub here: HashSet<&'a str>,
    /// The posts that its editor was offered; those that are not here were cut, and wait for the next issue.
    pub offered: HashSet<&'a str>,
}

/// The posts that are chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// Those that come to the issue, newest first.
    pub posts: Vec<&'a str>,
    /// How many wait for the next issue because this one is full.
    pub waiting: usize,
    /// How many posts are missing from the least that the newsletter wants.
    pub missing: usize,
}

/// Chooses among posts that readers can see, that want to be in issues, and that are about what the newsletter is about.
///
/// Where there are too many, those that were published first come first, so that none waits for ever.
#[must_use]
pub fn choose<'a>(candidates: &[Candidate<'a>], known: &Known<'_>, rules: Rules) -> Choice<'a> {
    let is_new = |candidate: &&Candidate<'a>| {
        let id = candidate.id;
        let is_known = known.elsewhere.contains(id) || known.here.contains(id) || known.offered.contains(id);
        !is_known && rules.since.is_none_or(|since| candidate.published >= since)
    };
    let mut found: Vec<&Candidate<'a>> = candidates.iter().filter(is_new).collect();
    found.sort_by(|a, b| a.published.cmp(&b.published).then_with(|| a.id.cmp(b.id)));
    let room = rules.max.map_or(usize::MAX, |max| max.saturating_sub(known.here.len()));
    let waiting = found.len().saturating_sub(room);
    found.truncate(room);
    let missing = rules.min.saturating_sub(known.here.len() + found.len());
    Choice { posts: found.into_iter().rev().map(|candidate| candidate.id).collect(), waiting, missing }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn posts(count: i64) -> Vec<(String, Timestamp)> {
        (1..=count).map(|n| (format!("p{n}"), Timestamp::from_second(n * 100).unwrap())).collect()
    }

    fn candidates(posts: &[(String, Timestamp)]) -> Vec<Candidate<'_>> {
        posts.iter().map(|(id, published)| Candidate { id, published: *published }).collect()
    }

    const ALL: Rules = Rules { since: None, min: 1, max: None };

    #[test]
    fn what_no_other_issue_has() {
        let posts = posts(5);
        let candidates = candidates(&posts);
        let known = Known {
            elsewhere: HashSet::from(["p2"]),
            here: HashSet::from(["p3"]),
            offered: HashSet::from(["p3", "p4"]),
        };
        let choice = choose(&candidates, &known, ALL);
        assert_eq!(choice, Choice { posts: vec!["p5", "p1"], waiting: 0, missing: 0 }, "p4 was cut");
        let since = Rules { since: Timestamp::from_second(300).ok(), ..ALL };
        assert_eq!(choose(&candidates, &Known::default(), since).posts, ["p5", "p4", "p3"]);
    }

    #[test]
    fn few_and_many() {
        let posts = posts(5);
        let candidates = candidates(&posts);
        let known = Known { here: HashSet::from(["p1"]), ..Known::default() };
        let full = choose(&candidates, &known, Rules { max: Some(3), ..ALL });
        assert_eq!(full, Choice { posts: vec!["p3", "p2"], waiting: 2, missing: 0 }, "the oldest first");
        assert_eq!(choose(&candidates, &known, Rules { min: 7, ..ALL }).missing, 2);
        assert_eq!(choose(&candidates, &known, Rules { max: Some(1), ..ALL }).waiting, 4);
    }

    proptest! {
        /// Issue after issue, whatever is cut and however few an issue takes: each post comes once.
        #[test]
        fn every_post_comes_once(count in 0_i64..40, max in 1_usize..6, cuts in prop::collection::vec(any::<bool>(), 0..60)) {
            let posts = posts(count);
            let candidates = candidates(&posts);
            let (mut sent, mut cuts) = (Vec::new(), cuts.into_iter());
            for _ in 0..100 {
                let known = Known { elsewhere: sent.iter().copied().collect(), ..Known::default() };
                let choice = choose(&candidates, &known, Rules { max: Some(max), ..ALL });
                prop_assert!(choice.posts.len() <= max);
                // The editor cuts some.
                sent.extend(choice.posts.into_iter().filter(|_| !cuts.next().unwrap_or(false)));
            }
            sent.sort_unstable();
            let mut all: Vec<&str> = posts.iter().map(|(id, _)| &**id).collect();
            all.sort_unstable();
            prop_assert_eq!(sent, all);
        }
    }
}

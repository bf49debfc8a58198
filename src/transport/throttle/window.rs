//! How many letters went in a span of time that moves along: the way servers count by the hour and by the day.

use std::collections::VecDeque;

use serde::Deserialize;
use serde::Serialize;

/// Parts that a span is counted in. A letter counts until the part it went in has left the span, so never too short.
const PARTS: i64 = 60;

/// The letters of the last hour, or day: at most so many in any such span, but all of them at once if need be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::transport::throttle) struct Window {
    /// In microseconds.
    span: i64,
    /// When each part begins, in microseconds since 1970, and the letters in it. In order.
    parts: VecDeque<(i64, u64)>,
}

impl Window {
    pub(in crate::transport::throttle) fn new(span: i64) -> Self {
        Self { span, parts: VecDeque::new() }
    }

    fn part(&self) -> i64 {
        self.span / PARTS
    }

    /// Letters that still count.
    pub(in crate::transport::throttle) fn count(&self, now: i64) -> u64 {
        self.parts.iter().filter(|(begin, _)| self.counts(*begin, now)).map(|(_, letters)| letters).sum()
    }

    /// How long ago the first of them went, in microseconds.
    pub(in crate::transport::throttle) fn since(&self, now: i64) -> i64 {
        let first = self.parts.iter().map(|(begin, _)| *begin).filter(|begin| self.counts(*begin, now)).min();
        first.map_or(0, |first| now.saturating_sub(first).max(0))
    }

    /// What lies further ahead than a whole span was counted by a clock that was wrong.
    fn counts(&self, begin: i64, now: i64) -> bool {
        now < self.free_at(begin) && begin <= now.saturating_add(self.span)
    }

    fn free_at(&self, begin: i64) -> i64 {
        begin.saturating_add(self.part()).saturating_add(self.span)
    }

    /// When the next letter may go, if at most `limit` count: `now`, or later.
    pub(in crate::transport::throttle) fn next(&self, limit: u64, now: i64) -> i64 {
        let mut left = self.count(now);
        let mut next = now;
        for (begin, letters) in self.parts.iter().filter(|(begin, _)| self.counts(*begin, now)) {
            if left < limit {
                break;
            }
            left -= letters;
            next = next.max(self.free_at(*begin));
        }
        // With a limit of none, ask again when all have gone.
        next
    }

    /// When the part of the span that a moment lies in is over.
    pub(in crate::transport::throttle) fn part_end(&self, at: i64) -> i64 {
        (at - at.rem_euclid(self.part())).saturating_add(self.part())
    }

    /// Letters that were counted at this moment did not go.
    pub(in crate::transport::throttle) fn take_back(&mut self, counted: i64, unsent: u64) {
        let begin = counted - counted.rem_euclid(self.part());
        if let Some((_, letters)) = self.parts.iter_mut().find(|(other, _)| *other == begin) {
            *letters = letters.saturating_sub(unsent);
        }
    }

    /// Letters go.
    pub(in crate::transport::throttle) fn add(&mut self, now: i64, more: u64) {
        let begin = now - now.rem_euclid(self.part());
        let (span, part) = (self.span, self.part());
        self.parts.retain(|(begin, _)| {
            now < begin.saturating_add(part).saturating_add(span) && *begin <= now.saturating_add(span)
        });
        match self.parts.binary_search_by_key(&begin, |(begin, _)| *begin) {
            Ok(at) => {
                if let Some((_, letters)) = self.parts.get_mut(at) {
                    *letters = letters.saturating_add(more);
                }
            }
            Err(at) => self.parts.insert(at, (begin, more)),
        }
    }
}

//! What one process knows of a server's limits: what it has drawn, and its share of what each domain may get.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::transport::throttle::Complaint;
use crate::transport::throttle::HOLD;
use crate::transport::throttle::Rates;
use crate::transport::throttle::SECOND;
use crate::transport::throttle::Turn;
use crate::transport::throttle::Urgency;
use crate::transport::throttle::account::Answer;
use crate::transport::throttle::account::Order;
use crate::transport::throttle::account::Unused;
use crate::transport::throttle::complaint;
use crate::transport::throttle::pace::Pace;
use crate::transport::throttle::purse::Purse;
use crate::value::reply::Reply;

/// Domains that are remembered before those that no longer matter are forgotten.
const DOMAINS: usize = 10_000;

/// How fast letters went to each domain. It can be kept, and shared from time to time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Domains(BTreeMap<Box<str>, Pace>);

/// What lets letters of one process through.
#[derive(Debug)]
pub struct Throttle {
    who: Box<str>,
    rates: Rates,
    issues: Purse,
    notices: Purse,
    /// All letters of this process, to know how fast it was when the server complains.
    own: Pace,
    domains: Domains,
    under_way: BTreeMap<Box<str>, u64>,
    /// How many processes send at the moment.
    senders: u64,
    /// From when on all of them know of this one, in microseconds since 1970.
    known_from: i64,
    /// How many domains there may be before those that no longer matter are looked for.
    look_at: usize,
}

impl Domains {
    /// Takes over what another process knows.
    pub fn merge(&mut self, other: &Self) {
        for (domain, pace) in &other.0 {
            self.0.entry(domain.clone()).or_insert_with(Pace::new).merge(pace);
        }
    }

    /// As a clock that is right has it. Of two that are merged the later one wins, so what one that was ahead has written would be heeded until that hour.
    fn mend(&mut self, limit: Option<u64>, now: i64) {
        self.0.values_mut().for_each(|pace| pace.mend(limit, now, SECOND));
    }

    fn forget(&mut self, limit: Option<u64>, now: i64) {
        self.0.retain(|_, pace| pace.matters(limit, now));
    }
}

impl Throttle {
    /// Of a process that is called so by nobody else, and has sent nothing yet.
    #[must_use]
    pub fn new(who: &str, rates: Rates) -> Self {
        Self {
            who: who.into(),
            rates,
            issues: Purse::new(),
            notices: Purse::new(),
            own: Pace::new(),
            domains: Domains::default(),
            under_way: BTreeMap::new(),
            senders: 1,
            known_from: i64::MIN,
            look_at: DOMAINS,
        }
    }

    /// Takes over what is known of domains, and gives what is to be kept: without those about which there is nothing to remember, since a domain can be one person's.
    pub fn exchange(&mut self, known: &Domains, now: Timestamp) -> Domains {
        let (limit, at) = (self.rates.domain_limit(1), now.as_microsecond());
        let mut known = known.clone();
        known.mend(limit, at);
        self.domains.mend(limit, at);
        self.domains.merge(&known);
        self.domains.forget(limit, at);
        self.domains.clone()
    }

    /// Asks for the place of a letter to a reader at `domain`. After [`Turn::Go`], [`Throttle::done`] must follow; after [`Turn::Ask`], an order.
    pub fn take(&mut self, domain: &str, urgency: Urgency, now: Timestamp) -> Turn {
        let limit = self.rates.domain_connections(self.senders);
        if limit.is_some_and(|limit| self.under_way.get(domain).is_some_and(|letters| *letters >= limit)) {
            return Turn::Busy;
        }
        let at = now.as_microsecond();
        let Some(mut next) = self.purse(urgency).next(at) else { return Turn::Ask };
        let limit = self.rates.domain_limit(self.senders);
        let ahead = if urgency == Urgency::Notice { SECOND } else { 0 };
        if let Some(pace) = self.domains.0.get_mut(domain) {
            pace.mend(limit, at, SECOND);
            next = next.max(pace.next(limit, ahead, at));
        }
        if limit.is_some() {
            // Never for longer, should a clock be set back.
            self.known_from = self.known_from.min(at.saturating_add(HOLD));
            next = next.max(self.known_from);
        }
        if next > at {
            return Turn::At(Timestamp::from_microsecond(next).unwrap_or(Timestamp::MAX));
        }
        self.purse(urgency).spend(at);
        self.own.add(None, at);
        if self.domains.0.len() >= self.look_at.max(DOMAINS) {
            self.domains.forget(limit, at);
            // Where most of them matter, not again with every letter.
            self.look_at = self.domains.0.len() * 2;
        }
        self.domains.0.entry(domain.into()).or_insert_with(Pace::new).add(limit, at);
        *self.under_way.entry(domain.into()).or_default() += 1;
        Turn::Go
    }

    /// When the next letter may go, whatever its domain. `None` where nobody knows before more has been drawn. Nothing is taken.
    pub fn next(&mut self, urgency: Urgency, now: Timestamp) -> Option<Timestamp> {
        let next = self.purse(urgency).next(now.as_microsecond())?;
        Some(Timestamp::from_microsecond(next).unwrap_or(Timestamp::MAX))
    }

    /// A letter to this domain is no longer under way, whatever became of it.
    pub fn done(&mut self, domain: &str) {
        if let Some(letters) = self.under_way.get_mut(domain) {
            *letters = letters.saturating_sub(1);
            if *letters == 0 {
                self.under_way.remove(domain);
            }
        }
    }

    /// What has to be drawn for the next letter; `early` asks already when little is left. `None` where there is enough.
    pub fn order(&mut self, urgency: Urgency, early: bool, now: Timestamp) -> Option<Order> {
        let at = now.as_microsecond();
        // A notice comes alone: what was drawn for a second one would lie there unused.
        let is_wanted = if early {
            urgency == Urgency::Issue && self.issues.runs_out(at)
        } else {
            self.purse(urgency).next(at).is_none()
        };
        is_wanted.then(|| {
            let unused = self.unused();
            let wanted = self.purse(urgency).wanted();
            Order::Draw { who: self.who.clone(), urgency, wanted, unused, now: at }
        })
    }

    /// What came of an order for letters; `None` where nobody could be asked.
    pub fn receive(&mut self, urgency: Urgency, answer: Option<Answer>, now: Timestamp) {
        let at = now.as_microsecond();
        match answer {
            Some(Answer::Drawn(grant)) => {
                (self.senders, self.known_from) = (grant.senders, self.known_from.max(grant.known_from));
                self.purse(urgency).put(grant, at);
            }
            Some(Answer::NotBefore(next)) => self.purse(urgency).close(at, next),
            Some(Answer::Noted) | None => self.purse(urgency).close(at, at.saturating_add(HOLD)),
        }
    }

    /// What was drawn and will not be used.
    pub fn unused(&mut self) -> Vec<Unused> {
        let mut unused = self.issues.unused();
        unused.extend(self.notices.unused());
        if self.rates.counts() { unused } else { Vec::new() }
    }

    /// What is given back of what has lain too long; `None` where there is nothing.
    pub fn tidy(&mut self, now: Timestamp) -> Option<Order> {
        let at = now.as_microsecond();
        // Whoever looks for the next one passes over what is too old.
        let _ = (self.issues.next(at), self.notices.next(at));
        let unused = self.unused();
        (!unused.is_empty()).then_some(Order::GiveBack(unused))
    }

    /// It ends: everything is given back.
    pub fn leave(&mut self, now: Timestamp) -> Order {
        let at = now.as_microsecond();
        self.issues.empty(at);
        self.notices.empty(at);
        Order::Leave { who: self.who.clone(), unused: self.unused() }
    }

    /// Hears a reply: one that asks for patience halves the pace, which then recovers within an hour or so. Where it is about all letters, the order for all processes comes with it.
    pub fn hear(&mut self, domain: &str, reply: &Reply, now: Timestamp) -> Option<(Complaint, Option<Order>)> {
        let complaint = complaint(reply)?;
        let at = now.as_microsecond();
        match complaint {
            Complaint::Server => {
                self.issues.empty(at);
                self.notices.empty(at);
                let measured = self.own.measured(at).saturating_mul(self.senders);
                Some((complaint, Some(Order::Complain { measured, now: at })))
            }
            Complaint::Domain => {
                let limit = self.rates.domain_limit(self.senders);
                let pace = self.domains.0.entry(domain.into()).or_insert_with(Pace::new);
                let measured = pace.measured(at);
                pace.halve(limit, at, measured);
                Some((complaint, None))
            }
        }
    }

    fn purse(&mut self, urgency: Urgency) -> &mut Purse {
        match urgency {
            Urgency::Issue => &mut self.issues,
            Urgency::Notice => &mut self.notices,
        }
    }
}

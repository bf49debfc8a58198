//! The account of a server's limits in the list, where all processes that send from it find it, here and on other machines.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::store::Sql;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::rates;
use crate::store::rates::Kept;
use crate::transport::throttle::Domains;
use crate::transport::throttle::Rates;
use crate::transport::throttle::Urgency;
use crate::transport::throttle::account::Account;
use crate::transport::throttle::account::Answer;
use crate::transport::throttle::account::Order;
use crate::transport::throttle::gate::Bank;
use crate::transport::throttle::gate::Gate;

/// The account of one server.
pub(in crate::workflow::deliver) struct Accounts {
    pub(in crate::workflow::deliver) store: Store,
    /// What the account is kept by.
    pub(in crate::workflow::deliver) server: String,
    pub(in crate::workflow::deliver) rates: Rates,
}

impl Bank for Accounts {
    fn serve(&self, order: Order) -> Option<Answer> {
        if let Order::Draw { now, .. } = &order
            && self.rates == Rates::default()
        {
            // Nothing is limited, unless the server has complained. That is looked up, and nothing is written.
            let account = self.store.read(|sql| account(sql, &self.server)).ok()?;
            if let Some(free) = account.free(&self.rates, *now) {
                return Some(Answer::Drawn(free));
            }
        }
        let (server, rates) = (self.server.clone(), self.rates);
        // Together with the marks of the letters that are leaving just now.
        let served = self.store.write(move |sql| {
            let mut account = account(sql, &server)?;
            let answer = account.serve(&rates, &order);
            keep(sql, Kept::Account, &server, &account)?;
            Ok(answer)
        });
        // Whoever claims from the same list says what is wrong with it.
        served.ok()
    }

    fn next(&self, urgency: Urgency, now: Timestamp) -> Option<i64> {
        Some(self.store.read(|sql| account(sql, &self.server)).ok()?.next(&self.rates, urgency, now.as_microsecond()))
    }

    fn estimate(&self, letters: u64, now: Timestamp) -> Option<SignedDuration> {
        self.store.read(|sql| account(sql, &self.server)).ok()?.estimate(&self.rates, letters, now)
    }
}

/// What cannot be read is of another version; then counting begins anew.
fn account(sql: &mut dyn Sql, server: &str) -> Result<Account, StoreError> {
    let kept = rates::kept(sql, Kept::Account, server)?;
    Ok(kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Tells the others what is known of domains, and learns what they know.
///
/// # Errors
/// A [`StoreError`].
pub(in crate::workflow::deliver) fn exchange(store: &Store, server: &str, gate: &Gate) -> Result<(), StoreError> {
    let known = domains(store, server)?;
    let all = gate.exchange(&known);
    if all == known {
        return Ok(());
    }
    let name = server.to_owned();
    store.write(move |sql| keep(sql, Kept::Domains, &name, &all))
}

/// What is known of domains.
///
/// # Errors
/// A [`StoreError`].
pub(in crate::workflow::deliver) fn domains(store: &Store, server: &str) -> Result<Domains, StoreError> {
    let known = store.read(|sql| rates::kept(sql, Kept::Domains, server))?;
    Ok(known.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

fn keep(sql: &mut dyn Sql, kept: Kept, server: &str, state: &impl serde::Serialize) -> Result<(), StoreError> {
    let text = serde_json::to_string(state).map_err(|_| StoreError::Closed)?;
    rates::keep(sql, kept, server, &text)
}

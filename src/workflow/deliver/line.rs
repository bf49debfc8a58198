//! One way out of a round, a server or the folder: whether anything can go there now, and if not, in how long.

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use crate::transport::smtp::server::Server;
use crate::transport::throttle::Urgency;
use crate::transport::throttle::gate::Gate;
use crate::workflow::deliver::Way;
use crate::workflow::deliver::circuit::Circuit;
use crate::workflow::deliver::relay::Relay;
use crate::workflow::deliver::standing::Standing;

/// A turn that is farther away than this is not waited for with a letter in hand, nor claimed for.
pub(in crate::workflow::deliver) const FAR: Duration = Duration::from_secs(10);

/// A way out: a server, or the folder.
pub(in crate::workflow::deliver) struct Line {
    pub(in crate::workflow::deliver) server: Option<Server>,
    pub(in crate::workflow::deliver) gate: Option<Arc<Gate>>,
    pub(in crate::workflow::deliver) circuit: Circuit,
    pub(in crate::workflow::deliver) standing: Standing,
    pub(in crate::workflow::deliver) relay: Relay,
}

impl Line {
    pub(in crate::workflow::deliver) fn of(way: &Way) -> Self {
        Self { server: Some(way.server.clone()), gate: Some(Arc::clone(&way.gate)), ..Self::with(way.relay.clone()) }
    }

    pub(in crate::workflow::deliver) fn folder() -> Self {
        Self::with(Relay::none())
    }

    fn with(relay: Relay) -> Self {
        Self { server: None, gate: None, circuit: Circuit::default(), standing: Standing::default(), relay }
    }

    /// The server's name, as messages have it.
    pub(in crate::workflow::deliver) fn shown(&self) -> String {
        self.server.as_ref().map(Server::shown).unwrap_or_default()
    }

    /// How long nothing can go this way: the server is left alone, or its limits are used up. `None` where it may be tried.
    pub(in crate::workflow::deliver) fn rest(&self, urgency: Urgency, now: Instant) -> Option<Duration> {
        let full = self.gate.as_ref().and_then(|gate| gate.closed(urgency)).filter(|left| *left > FAR);
        self.alone(now).max(full)
    }

    /// How long the server is left alone, since it cannot be used or refuses us.
    pub(in crate::workflow::deliver) fn alone(&self, now: Instant) -> Option<Duration> {
        self.circuit.rest(now).max(self.standing.rest(now))
    }
}

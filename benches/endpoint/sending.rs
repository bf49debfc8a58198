//! An issue that is being sent to readers who were on the list before.

use std::collections::BTreeSet;
use std::process::Child;
use std::process::Command;

use crate::issue;
use crate::issue::DAY;
use crate::place::Place;
use crate::sink::Sink;

const LOG: &str = "send.log";

/// An approved issue, its readers and a server to take it.
pub(crate) struct Issue {
    sink: Sink,
}

impl Issue {
    /// Puts the issue into the site, and so many confirmed readers on the list. The server takes at most `per_second` letters, if that is said.
    pub(crate) fn prepare(place: &Place, readers: usize, per_second: Option<usize>) -> Result<Self, String> {
        let sink = Sink::open()?;
        let limits = per_second.map_or_else(String::new, |most| format!("limits = {{ per_second = {most} }}\n"));
        place.settings(&format!(
            "[[smtp]]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nconnections = 4\n{limits}",
            sink.port
        ))?;
        issue::freeze(place)?;
        issue::readers(place, readers)?;
        Ok(Self { sink })
    }

    /// Begins to send it.
    pub(crate) fn send(self, place: &Place) -> Result<Sending, String> {
        let mut command = place.command(LOG)?;
        command.args(["send", DAY, "--yes", "--anyway", "--quiet"]);
        let child = command.spawn().map_err(|error| format!("no sending: {error}"))?;
        Ok(Sending { sink: self.sink, child })
    }
}

/// A running `send`; it ends with this value.
pub(crate) struct Sending {
    sink: Sink,
    child: Child,
}

impl Sending {
    /// How many letters have left.
    pub(crate) fn count(&self) -> usize {
        self.sink.count()
    }

    /// Holds that it has not come to its end.
    pub(crate) fn hold(&mut self, place: &Place) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(code)) => {
                let (count, said) = (self.count(), place.said(LOG));
                Err(format!("sending was over after {count} letters ({code}); give it more readers: --sending. {said}"))
            }
            Err(error) => Err(format!("send: {error}")),
        }
    }

    /// Tells it to end, and holds that whoever got a letter got one, and that the ledger knows of exactly those. Gives how many.
    pub(crate) fn end(mut self, place: &Place) -> Result<usize, String> {
        let ended = Command::new("kill").arg(self.child.id().to_string()).status();
        ended.and_then(|_| self.child.wait()).map_err(|error| format!("send does not end: {error}"))?;
        let taken = self.sink.taken();
        let each: BTreeSet<String> = taken.iter().cloned().collect();
        let list = place.list()?;
        let state = |state: &str| {
            list.column(&format!(
                "SELECT s.address FROM subscriber s JOIN delivery d ON d.subscriber = s.id JOIN mailing m ON m.id = d.mailing \
                 WHERE m.kind = 'issue' AND d.state {state}"
            ))
        };
        let sent: BTreeSet<String> = state("= 'sent'")?.into_iter().collect();
        let other = state("NOT IN ('sent', 'pending')")?.len();
        if taken.len() == each.len() && each == sent && other == 0 {
            return Ok(sent.len());
        }
        let (twice, unknown, lost) =
            (taken.len() - each.len(), each.difference(&sent).count(), sent.difference(&each).count());
        Err(format!(
            "the issue: {twice} letters twice, {unknown} not in the ledger, {lost} that no server took, {other} neither sent nor waiting"
        ))
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

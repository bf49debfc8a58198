//! Looks through folders every so often and tells what is other than before, in the words of the system's watcher.
//!
//! Not `notify`'s own: it compares times in whole seconds and takes only a later one for a change, so that it misses a second save within a second and
//! a file that an older one is put in place of.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use notify::Event;
use notify::EventKind;
use notify::event::CreateKind;
use notify::event::DataChange;
use notify::event::ModifyKind;
use notify::event::RemoveKind;

use crate::files::read;
use crate::files::read::Mark;
use crate::transport::watch::Message;

/// Goes on until it is dropped.
#[derive(Debug)]
pub(crate) struct Polling {
    _stop: mpsc::Sender<()>,
}

impl Polling {
    /// Notes how everything stands, and looks again every `interval`.
    pub(crate) fn start(places: Vec<PathBuf>, interval: Duration, messages: mpsc::Sender<Message>) -> Self {
        let (stop, stopped) = mpsc::channel::<()>();
        let mut before = look(&places);
        let polling = move || {
            while stopped.recv_timeout(interval) == Err(mpsc::RecvTimeoutError::Timeout) {
                let now = look(&places);
                for event in changes(&before, &now) {
                    if messages.send(Message::Changed(Ok(event))).is_err() {
                        return;
                    }
                }
                before = now;
            }
        };
        thread::spawn(polling);
        Self { _stop: stop }
    }
}

fn look(places: &[PathBuf]) -> BTreeMap<PathBuf, Mark> {
    places.iter().flat_map(|place| read::marks(place)).collect()
}

/// Every difference between two looks.
fn changes(before: &BTreeMap<PathBuf, Mark>, now: &BTreeMap<PathBuf, Mark>) -> Vec<Event> {
    let mut events = Vec::new();
    for (path, mark) in before {
        let kind = match now.get(path) {
            Some(other) if mark == other => continue,
            Some(other) if mark.is_folder == other.is_folder => EventKind::Modify(ModifyKind::Data(DataChange::Any)),
            _ if mark.is_folder => EventKind::Remove(RemoveKind::Folder),
            _ => EventKind::Remove(RemoveKind::File),
        };
        events.push(Event::new(kind).add_path(path.clone()));
    }
    for (path, mark) in now {
        if before.get(path).is_none_or(|other| other.is_folder != mark.is_folder) {
            let kind = if mark.is_folder { CreateKind::Folder } else { CreateKind::File };
            events.push(Event::new(EventKind::Create(kind)).add_path(path.clone()));
        }
    }
    events
}

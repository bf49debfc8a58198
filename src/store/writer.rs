//! The one thread that writes. Jobs that wait share a transaction, and are answered after its commit. Where another process may want the same lock, it gets its turn.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use crate::store::connection::Connection;
use crate::store::connection::Transaction;
use crate::store::error::StoreError;
use crate::store::place::Place;
use crate::store::sql::Sql;

/// The most jobs in one transaction.
const GROUP: usize = 512;
/// How long a task that nobody waits for may wait for company. On a fast connection the next letter's mark comes within a fraction of it; on a slow one there is time enough.
const COMPANY: Duration = Duration::from_millis(4);
/// How long one that somebody waits for may wait for others, where more of them came together the last time: those who were answered together come back together, and share the next wait for
/// the disk, too.
const MOMENT: Duration = Duration::from_micros(300);
/// How long transactions may follow one another before somebody else is let in, who waits for a free moment of the file (SQLite keeps no queue).
const TURN: Duration = Duration::from_millis(10);
/// How long that moment is: others look several times meanwhile.
const BREATH: Duration = Duration::from_millis(1);

/// How a task is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Kind {
    /// In a transaction with others, perhaps more than once.
    Shared,
    /// The same, and nobody waits for it: for a moment it may wait for others to share the transaction with.
    Soon,
    /// In a transaction of its own, once.
    Alone,
    /// In no transaction, once.
    Outside,
}

/// A job with its answer.
pub(in crate::store) trait Task: Send {
    /// Runs it and keeps the result.
    fn run(&mut self, connection: &mut Connection) -> Result<(), StoreError>;
    /// Answers: with the result where the transaction held.
    fn answer(self: Box<Self>, held: Result<(), StoreError>);
}

struct Answered<T, J, D> {
    job: J,
    done: D,
    result: Option<T>,
}

impl<T, J, D> Task for Answered<T, J, D>
where
    T: Send,
    J: FnMut(&mut Connection) -> Result<T, StoreError> + Send,
    D: FnOnce(Result<T, StoreError>) + Send,
{
    fn run(&mut self, connection: &mut Connection) -> Result<(), StoreError> {
        self.result = None;
        self.result = Some((self.job)(connection)?);
        Ok(())
    }

    fn answer(self: Box<Self>, held: Result<(), StoreError>) {
        let Self { done, result, .. } = *self;
        // An answer that panics takes nobody else's along.
        let _ = catch_unwind(AssertUnwindSafe(|| done(held.and_then(|()| result.ok_or(StoreError::Closed)))));
    }
}

/// A job for a transaction.
pub(in crate::store) fn task<T: Send + 'static>(
    mut job: impl FnMut(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    done: impl FnOnce(Result<T, StoreError>) + Send + 'static,
) -> Box<dyn Task> {
    Box::new(Answered { job: move |connection: &mut Connection| job(connection), done, result: None })
}

/// A job for the connection itself.
pub(in crate::store) fn outside<T: Send + 'static>(
    job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    done: impl FnOnce(Result<T, StoreError>) + Send + 'static,
) -> Box<dyn Task> {
    let mut job = Some(job);
    let once = move |connection: &mut Connection| job.take().ok_or(StoreError::Closed).and_then(|job| job(connection));
    Box::new(Answered { job: once, done, result: None })
}

enum Message {
    Task(Kind, Box<dyn Task>),
    /// Nothing more comes. Connections of readers are closed on this thread, too.
    End(Vec<Connection>),
}

/// The thread.
pub(in crate::store) struct Writer {
    inbox: Sender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(in crate::store) fn start(place: Place, connection: Connection) -> Result<Self, StoreError> {
        let (inbox, messages) = mpsc::channel();
        let shown = place.to_string();
        let thread = thread::Builder::new().name("store".into()).spawn(move || serve(&place, connection, &messages));
        let why = |error: std::io::Error| StoreError::Failed { place: shown.into(), why: error.to_string().into() };
        Ok(Self { inbox, thread: Mutex::new(Some(thread.map_err(why)?)) })
    }

    pub(in crate::store) fn hand_in(&self, kind: Kind, task: Box<dyn Task>) {
        if let Err(mpsc::SendError(Message::Task(_, task))) = self.inbox.send(Message::Task(kind, task)) {
            task.answer(Err(StoreError::Closed));
        }
    }

    /// Waits until everything that was handed in is done. The last store may be dropped by an answer, which runs on the thread itself: then nobody waits.
    pub(in crate::store) fn end(&self, readers: Vec<Connection>) {
        let _ = self.inbox.send(Message::End(readers));
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            let _ = thread.join();
        }
    }
}

fn serve(place: &Place, connection: Connection, messages: &Receiver<Message>) {
    let mut connection = Some(connection);
    let mut next = messages.recv().ok();
    // How long the lock was ours, since it was last free for a breath.
    let mut held = Duration::ZERO;
    // How many of the last transaction's tasks somebody waited for.
    let mut before = 0;
    while let Some(message) = next.take() {
        let mut begun = Instant::now();
        match message {
            Message::End(readers) => {
                drop(readers);
                break;
            }
            Message::Task(kind @ (Kind::Shared | Kind::Soon), task) => {
                let (group, awaited, other) = gather(kind, task, messages, before);
                (next, before) = (other, awaited);
                begun = Instant::now();
                together(place, &mut connection, group);
            }
            Message::Task(Kind::Alone, task) => together(place, &mut connection, vec![task]),
            Message::Task(Kind::Outside, mut task) => {
                let held = opened(place, &mut connection).and_then(|connection| guarded(&mut *task, connection));
                task.answer(held);
            }
        }
        let done = Instant::now();
        held += done.duration_since(begun);
        if matches!(place, Place::Sqlite(_)) && held >= TURN {
            thread::sleep(BREATH);
        }
        if next.is_none() {
            next = messages.recv().ok();
        }
        if done.elapsed() >= BREATH {
            held = Duration::ZERO;
        }
    }
}

/// What shares a transaction with this task: all that waits; what comes in a moment, as long as nobody waits for an answer; and what comes in less than that, as long as fewer are waited for than
/// there were `before`. With how many are waited for, and the message after those, if there is one.
fn gather(
    kind: Kind,
    task: Box<dyn Task>,
    messages: &Receiver<Message>,
    before: usize,
) -> (Vec<Box<dyn Task>>, usize, Option<Message>) {
    let (mut group, mut awaited) = (vec![task], usize::from(kind == Kind::Shared));
    let mut end = Instant::now() + if awaited > 0 { MOMENT } else { COMPANY };
    while group.len() < GROUP {
        let message = match messages.try_recv() {
            Ok(message) => Some(message),
            Err(_) if awaited > 0 && awaited >= before => None,
            Err(_) => messages.recv_timeout(end.saturating_duration_since(Instant::now())).ok(),
        };
        match message {
            Some(Message::Task(kind @ (Kind::Shared | Kind::Soon), task)) => {
                group.push(task);
                if kind == Kind::Shared {
                    if awaited == 0 {
                        end = end.min(Instant::now() + MOMENT);
                    }
                    awaited += 1;
                }
            }
            other => return (group, awaited, other),
        }
    }
    (group, awaited, None)
}

/// The connection, opened anew where it is gone.
fn opened<'a>(place: &Place, connection: &'a mut Option<Connection>) -> Result<&'a mut Connection, StoreError> {
    let open = match connection.take() {
        Some(open) if !open.is_broken() => open,
        _ => Connection::open(place, true)?,
    };
    Ok(connection.insert(open))
}

/// Runs a job; one that panics has failed.
fn guarded(task: &mut dyn Task, connection: &mut Connection) -> Result<(), StoreError> {
    catch_unwind(AssertUnwindSafe(|| task.run(connection))).unwrap_or(Err(StoreError::Closed))
}

/// The connection, with a transaction begun.
fn begun<'a>(place: &Place, connection: &'a mut Option<Connection>) -> Result<&'a mut Connection, StoreError> {
    let begun = opened(place, connection)?.begin(Transaction::Write);
    if begun.is_err() && connection.as_ref().is_some_and(Connection::is_broken) {
        // The server may have been started anew since the last job: once more, on a new connection.
        opened(place, connection)?.begin(Transaction::Write)?;
    } else {
        begun?;
    }
    connection.as_mut().ok_or(StoreError::Closed)
}

/// Runs jobs in one transaction and answers them. As a rule none fails; where one does, they begin again, each behind a savepoint.
fn together(place: &Place, connection: &mut Option<Connection>, mut group: Vec<Box<dyn Task>>) {
    if group.len() == 1 {
        return apart(place, connection, group);
    }
    let open = match begun(place, connection) {
        Ok(open) => open,
        Err(error) => return group.into_iter().for_each(|task| task.answer(Err(error.clone()))),
    };
    let failed =
        group.iter_mut().enumerate().find_map(|(at, task)| guarded(&mut **task, open).err().map(|error| (at, error)));
    if failed.is_none() && !open.is_idle() {
        let committed = open.commit();
        return group.into_iter().for_each(|task| task.answer(committed.clone()));
    }
    let _ = open.rollback();
    if let Some((at, error @ StoreError::Locked { .. })) = failed {
        // Enough was waited for it.
        group.remove(at).answer(Err(error));
    }
    apart(place, connection, group);
}

/// Runs jobs in one transaction, so that one that fails does not take the others along, and answers them.
fn apart(place: &Place, connection: &mut Option<Connection>, mut group: Vec<Box<dyn Task>>) {
    let open = match begun(place, connection) {
        Ok(open) => open,
        Err(error) => return group.into_iter().for_each(|task| task.answer(Err(error.clone()))),
    };
    let alone = group.len() == 1;
    let mut held = Vec::with_capacity(group.len());
    for at in 0..group.len() {
        let result = if alone { guarded(&mut *group[at], open) } else { within_savepoint(&mut *group[at], open) };
        if open.is_idle() || open.is_broken() || (alone && result.is_err()) {
            // The database has taken the whole transaction back (disk full, connection lost): this job has failed, the others begin again.
            let _ = open.rollback();
            let failed = group.remove(at);
            failed.answer(Err(result.err().unwrap_or(StoreError::Closed)));
            return group.into_iter().for_each(|task| apart(place, connection, vec![task]));
        }
        held.push(result);
    }
    let committed = open.commit();
    for (task, result) in group.into_iter().zip(held) {
        task.answer(result.and(committed.clone()));
    }
}

fn within_savepoint(task: &mut dyn Task, connection: &mut Connection) -> Result<(), StoreError> {
    connection.script("SAVEPOINT job")?;
    let result = guarded(task, connection);
    if !connection.is_idle() {
        let end = if result.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
        let ended = connection.script(end);
        return result.and(ended);
    }
    result
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test has a folder of its own")]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;

    use super::*;
    use crate::store::Store;

    fn put(sql: &mut dyn Sql, name: &str) -> Result<u64, StoreError> {
        sql.execute("INSERT INTO meta (name, value) VALUES (?1, '')", &[name.into()])
    }

    fn names(store: &Store) -> Vec<String> {
        let query = "SELECT name FROM meta WHERE value = '' ORDER BY name";
        let names = store.read(|sql| sql.query(query, &[])?.iter().map(|row| Ok(row.text(0)?.to_owned())).collect());
        names.unwrap()
    }

    #[test]
    fn what_nobody_waits_for_shares_the_next_transaction_and_keeps_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.sqlite3");
        let store = Store::open(&Place::Sqlite(path.clone())).unwrap();
        let (order, heard) = mpsc::channel();
        let sender = order.clone();
        store.submit_soon(|sql| put(sql, "a"), move |held| sender.send(("soon", held.is_ok())).unwrap());
        let beside = rusqlite::Connection::open(&path).unwrap();
        let together = store.write(move |sql| {
            put(sql, "b")?;
            let seen: i64 =
                beside.query_row("SELECT count(*) FROM meta WHERE name = 'a'", [], |row| row.get(0)).unwrap();
            Ok(seen == 0 && sql.query("SELECT name FROM meta WHERE name = 'a'", &[])?.len() == 1)
        });
        assert_eq!(together, Ok(true), "one transaction");
        order.send(("next", true)).unwrap();
        assert_eq!([heard.recv().unwrap(), heard.recv().unwrap()], [("soon", true), ("next", true)]);
        assert_eq!(names(&store), ["a", "b"]);
        // Alone it is durable after a moment, and when the store is closed.
        let (sender, heard) = mpsc::channel();
        store.submit_soon(|sql| put(sql, "c"), move |held| sender.send(held).unwrap());
        assert!(heard.recv().unwrap().is_ok());
        store.submit_soon(|sql| put(sql, "d"), |held| assert!(held.is_ok()));
        drop(store);
        assert_eq!(names(&Store::open(&Place::Sqlite(path)).unwrap()), ["a", "b", "c", "d"]);
    }

    #[test]
    fn one_that_fails_takes_no_other_along() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Place::Sqlite(folder.path().join("list.sqlite3"))).unwrap();
        // While this one runs, the others come together behind it.
        let gate = Arc::new(Mutex::new(()));
        let closed = gate.lock().unwrap();
        let (sender, heard) = mpsc::channel();
        let (waits, done) = (Arc::clone(&gate), sender.clone());
        let wait = move |_: &mut dyn Sql| waits.lock().map(|_| ()).map_err(|_| StoreError::Closed);
        store.submit(wait, move |held| done.send((0, held.is_ok())).unwrap());
        for number in 1..=5 {
            let done = sender.clone();
            let job = move |sql: &mut dyn Sql| {
                put(sql, &format!("{number}"))?;
                match number {
                    2 => Err(StoreError::row("of no use")),
                    4 => panic!("a job that panics"),
                    _ => Ok(()),
                }
            };
            store.submit(job, move |held| done.send((number, held.is_ok())).unwrap());
        }
        drop(closed);
        let mut answers: Vec<(i32, bool)> = (0..6).map(|_| heard.recv().unwrap()).collect();
        answers.sort_unstable();
        assert_eq!(answers, [(0, true), (1, true), (2, false), (3, true), (4, false), (5, true)]);
        assert_eq!(names(&store), ["1", "3", "5"]);
    }
}

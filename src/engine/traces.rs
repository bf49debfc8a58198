//! What each output was made from: names of what was looked at, and the state that each was in. An output stands as long as all of these are in the same state.
//!
//! This knows nothing of sites: a subject is a name, and whoever drew the outputs can tell its state now.

use hashbrown::HashMap;
use rayon::prelude::*;
use serde::Deserialize;
use serde::Serialize;

use crate::engine::fingerprint::Fingerprint;
use crate::engine::sealed;

/// The outputs of the last build, and what they were made from.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    subjects: Vec<Box<str>>,
    /// The state of each subject. Every output that looked at it was drawn while it was in this state.
    states: Vec<Option<Fingerprint>>,
    outputs: HashMap<Box<str>, Output>,
    numbers: HashMap<Box<str>, u32>,
}

/// One output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// What it was a drawing of.
    pub target: Box<str>,
    /// The fingerprint of its bytes.
    pub bytes: Fingerprint,
    /// What was looked at: indices of subjects.
    reads: Box<[u32]>,
}

/// Which subjects are as they were.
#[derive(Debug)]
pub struct Standing(Vec<bool>);

type Subjects<'a> = Vec<(&'a str, Option<Fingerprint>)>;
type File<'a> = (Subjects<'a>, Vec<(&'a str, Output)>);

impl Traces {
    /// The traces in a saved file; none where it is damaged or of another schema.
    #[must_use]
    pub fn decode(schema: Fingerprint, file: &[u8]) -> Self {
        let Some((subjects, outputs)) = sealed::open::<File<'_>>(schema, file) else { return Self::default() };
        // Indices are looked at, not believed.
        if outputs.iter().any(|(_, output)| output.reads.iter().any(|read| *read as usize >= subjects.len())) {
            return Self::default();
        }
        let (subjects, states) = subjects.into_iter().map(|(name, state)| (Box::from(name), state)).unzip();
        let outputs = outputs.into_iter().map(|(path, output)| (Box::from(path), output)).collect();
        Self { subjects, states, outputs, numbers: HashMap::new() }
    }

    /// The file to save: the same traces give the same bytes.
    #[must_use]
    pub fn encode(&self, schema: Fingerprint) -> Vec<u8> {
        let subjects: Subjects<'_> =
            self.subjects.iter().map(|name| &**name).zip(self.states.iter().copied()).collect();
        let mut outputs: Vec<(&str, &Output)> = self.outputs.iter().map(|(path, output)| (&**path, output)).collect();
        outputs.par_sort_unstable_by(|a, b| a.0.cmp(b.0));
        sealed::close(schema, &(subjects, outputs))
    }

    /// Looks at every subject again. From now on `self` has the states of now, so every output that does not stand has to be drawn again or forgotten.
    pub fn look(&mut self, state: &(dyn Fn(&str) -> Option<Fingerprint> + Sync)) -> Standing {
        let now: Vec<Option<Fingerprint>> = self.subjects.par_iter().map(|name| state(name)).collect();
        let standing = now.iter().zip(&self.states).map(|(now, old)| now.is_some() && now == old).collect();
        self.states = now;
        Standing(standing)
    }

    /// The fingerprint of the bytes of the output at `path`, if it is a drawing of `target` and everything that it was made from stands.
    #[must_use]
    pub fn standing(&self, standing: &Standing, path: &str, target: &str) -> Option<Fingerprint> {
        let output = self.outputs.get(path)?;
        let stands = *output.target == *target && output.reads.iter().all(|read| standing.0[*read as usize]);
        stands.then_some(output.bytes)
    }

    /// The paths of the outputs that do not stand.
    #[must_use]
    pub fn fallen(&self, standing: &Standing) -> Vec<Box<str>> {
        let outputs = self.outputs.iter();
        let fallen = outputs.filter(|(_, output)| !output.reads.iter().all(|read| standing.0[*read as usize]));
        fallen.map(|(path, _)| path.clone()).collect()
    }

    /// How many outputs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.outputs.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    /// The output at `path`.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Output> {
        self.outputs.get(path)
    }

    /// The number of a subject. Its state is asked for where it is new.
    pub fn number(&mut self, name: &str, state: impl FnOnce() -> Option<Fingerprint>) -> u32 {
        if self.numbers.is_empty() {
            let names = self.subjects.iter().enumerate();
            self.numbers = names.map(|(number, name)| (name.clone(), index(number))).collect();
        }
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = index(self.subjects.len());
        self.subjects.push(name.into());
        self.states.push(state());
        self.numbers.insert(name.into(), number);
        number
    }

    /// Remembers an output that was drawn from subjects in their states of now.
    pub fn remember(&mut self, path: &str, target: &str, bytes: Fingerprint, reads: Vec<u32>) {
        let output = Output { target: target.into(), bytes, reads: reads.into() };
        self.outputs.insert(path.into(), output);
    }

    /// Forgets an output.
    pub fn forget(&mut self, path: &str) {
        self.outputs.remove(path);
    }

    /// Forgets the outputs that `keep` does not want, and the subjects that no output looks at any more where these are many.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.outputs.retain(|path, _| keep(path));
        let used = self.used();
        let count = used.iter().filter(|used| **used).count();
        if count < self.subjects.len() / 2 {
            self.compact(&used);
        }
    }

    /// The names of all subjects that an output looks at.
    pub fn subjects(&self) -> impl Iterator<Item = &str> {
        let used = self.used();
        self.subjects.iter().zip(used).filter(|(_, used)| *used).map(|(name, _)| &**name)
    }

    fn used(&self) -> Vec<bool> {
        let mut used = vec![false; self.subjects.len()];
        for read in self.outputs.values().flat_map(|output| &output.reads) {
            used[*read as usize] = true;
        }
        used
    }

    fn compact(&mut self, used: &[bool]) {
        let mut numbers = vec![0; used.len()];
        let (mut subjects, mut states) = (Vec::new(), Vec::new());
        for (old, _) in used.iter().enumerate().filter(|(_, used)| **used) {
            numbers[old] = index(subjects.len());
            subjects.push(std::mem::take(&mut self.subjects[old]));
            states.push(self.states[old]);
        }
        for output in self.outputs.values_mut() {
            output.reads.iter_mut().for_each(|read| *read = numbers[*read as usize]);
        }
        (self.subjects, self.states) = (subjects, states);
        self.numbers.clear();
    }
}

/// Four thousand million subjects do not fit into any memory that the outputs would fit into.
fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Fingerprint> {
        Some(Fingerprint::of(text.as_bytes()))
    }

    fn schema() -> Fingerprint {
        Fingerprint::of(b"schema")
    }

    fn traces() -> Traces {
        let mut traces = Traces::default();
        let reads = ["a", "b", "c"].map(|name| traces.number(name, || of(name)));
        traces.remember("x.html", "x", Fingerprint::of(b"x"), vec![reads[0], reads[1]]);
        traces.remember("y.html", "y", Fingerprint::of(b"y"), vec![reads[1], reads[2]]);
        traces
    }

    #[test]
    fn an_output_stands_while_everything_is_as_it_was() {
        let saved = traces().encode(schema());
        let mut traces = Traces::decode(schema(), &saved);
        assert_eq!(traces.encode(schema()), saved);
        let all = traces.look(&of);
        assert_eq!(traces.standing(&all, "x.html", "x"), of("x"));
        assert_eq!(traces.standing(&all, "x.html", "something else there"), None);
        assert_eq!(traces.standing(&all, "z.html", "x"), None);
        let some = traces.look(&|name| if name == "a" { of("other") } else { of(name) });
        assert_eq!(traces.standing(&some, "x.html", "x"), None);
        assert_eq!(traces.standing(&some, "y.html", "y"), of("y"));
        assert_eq!(traces.fallen(&some), ["x.html".into()]);
        let gone = traces.look(&|name| if name == "c" { None } else { of(name) });
        assert_eq!(traces.standing(&gone, "y.html", "y"), None);
        // What is gone twice in a row is no state to rely on.
        let still = traces.look(&|name| if name == "c" { None } else { of(name) });
        assert_eq!(traces.standing(&still, "y.html", "y"), None);
    }

    #[test]
    fn forgets_what_nothing_looks_at() {
        let mut traces = traces();
        for number in 0..20 {
            traces.number(&format!("n{number}"), || of("n"));
        }
        traces.retain(|path| path == "y.html");
        assert_eq!(traces.subjects().collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(traces.number("c", || unreachable!()), 1);
        let all = traces.look(&of);
        assert_eq!(traces.standing(&all, "y.html", "y"), of("y"));
        assert!(traces.get("x.html").is_none());
    }

    #[test]
    fn a_strange_file_is_no_traces() {
        let file = traces().encode(schema());
        assert!(Traces::decode(Fingerprint::of(b"other"), &file).outputs.is_empty());
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 1;
            assert!(Traces::decode(schema(), &damaged).outputs.is_empty(), "damaged at {at}");
            assert!(Traces::decode(schema(), &file[..at]).outputs.is_empty(), "cut at {at}");
        }
    }
}

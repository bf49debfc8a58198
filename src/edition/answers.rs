//! What templates asked the library for, and what it said: each question is answered once, and can be asked again when the site has changed.

use std::collections::BTreeMap;
use std::io::BufWriter;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;

use hashbrown::HashMap;
use tera::Kwargs;
use tera::TeraResult;
use tera::Value;

use crate::edition::catalogue::Catalogue;
use crate::edition::functions;
use crate::edition::reading::noting;
use crate::engine::fingerprint::Fingerprint;

/// The answers of one catalogue by their questions.
#[derive(Default)]
pub struct Answers(RwLock<HashMap<Box<str>, (Value, Fingerprint)>>);

/// A function of templates that looks into the library.
pub(in crate::edition) type Function = fn(&Catalogue, &Kwargs) -> TeraResult<Value>;

/// Asks. The page that asks gets a note of the question; what the answer was made from is in the answer.
pub(in crate::edition) fn ask(
    catalogue: &Catalogue,
    name: &str,
    function: Function,
    kwargs: &Kwargs,
) -> TeraResult<Value> {
    let question = question(catalogue, name, kwargs);
    catalogue.shelf.note_named(&question);
    if let Some((value, _)) = catalogue.answers.known(&question) {
        return Ok(value);
    }
    let (value, _) = noting(|| function(catalogue, kwargs));
    let value = value?;
    catalogue.answers.learn(&question, &value);
    Ok(value)
}

/// The state of a question's answer now: `rest` is what stands after the edition in its name. `None` where it cannot be answered any more.
#[must_use]
pub(in crate::edition) fn state(catalogue: &Catalogue, question: &str, rest: &str) -> Option<Fingerprint> {
    if let Some((_, state)) = catalogue.answers.known(question) {
        return Some(state);
    }
    let (name, arguments) = rest.split_once(' ')?;
    let function = functions::function(name)?;
    let arguments: serde_json::Value = serde_json::from_str(arguments).ok()?;
    let kwargs = Kwargs::new(Arc::new(Value::from_serializable(&arguments).into_map()?));
    let (value, _) = noting(|| function(catalogue, &kwargs));
    Some(catalogue.answers.learn(question, &value.ok()?))
}

/// What a question is called: the same arguments in any order are the same question.
fn question(catalogue: &Catalogue, name: &str, kwargs: &Kwargs) -> String {
    let arguments: BTreeMap<&str, &Value> =
        kwargs.iter().filter_map(|(key, value)| Some((key.as_str()?, value))).collect();
    let arguments = serde_json::to_string(&arguments).unwrap_or_default();
    format!("answer {} {name} {arguments}", catalogue.edition.word())
}

impl Answers {
    fn known(&self, question: &str) -> Option<(Value, Fingerprint)> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(question).cloned()
    }

    fn learn(&self, question: &str, value: &Value) -> Fingerprint {
        let state = fingerprint(value);
        let mut answers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        answers.insert(question.into(), (value.clone(), state));
        state
    }
}

/// The fingerprint of everything that a template can see in a value.
#[must_use]
pub(in crate::edition) fn fingerprint(value: &impl serde::Serialize) -> Fingerprint {
    let mut hasher = blake3::Hasher::new();
    // A value that JSON cannot say (a map with lists as keys) gets a state that no other has, and so is asked for anew.
    match serde_json::to_writer(BufWriter::new(&mut hasher), value) {
        Ok(()) => Fingerprint::from_bytes(hasher.finalize().into()),
        Err(error) => Fingerprint::builder("unsayable").text(&error.to_string()).finish(),
    }
}

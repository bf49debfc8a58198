//! What is done to a site between two builds.

use crate::dice::Dice;
use crate::handling;
use crate::posts;
use crate::settings;
use crate::surroundings;
use crate::theme;
use crate::world::World;

/// A name, and what it does: says what it did, or did nothing where it cannot be done.
pub(crate) type Edit = (&'static str, fn(&mut World, &mut Dice) -> Option<String>);

pub(crate) fn all() -> Vec<Edit> {
    [posts::EDITS, surroundings::EDITS, theme::EDITS, settings::EDITS, handling::EDITS].concat()
}

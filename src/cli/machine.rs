//! What the newsletter's commands know of the machine: its environment, and where a person's data is.

use etcetera::BaseStrategy;

use crate::workflow::newsletter::Machine;

/// The machine that this runs on.
pub(in crate::cli) fn machine() -> Machine<'static> {
    Machine { variable: &variable, data: etcetera::choose_base_strategy().ok().map(|places| places.data_dir()) }
}

#[allow(clippy::disallowed_methods, reason = "cli is the layer that reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

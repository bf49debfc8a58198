//! What the newsletter's commands know of the machine: its environment, and where a person's data and a program's state are.

use etcetera::BaseStrategy;

use crate::workflow::newsletter::Machine;

/// The machine that this runs on.
pub(in crate::cli) fn machine() -> Machine<'static> {
    let places = etcetera::choose_base_strategy().ok();
    Machine {
        variable: &variable,
        data: places.as_ref().map(BaseStrategy::data_dir),
        // Windows has none; there the cache's is the one that stays on the machine.
        state: places.map(|places| places.state_dir().unwrap_or_else(|| places.cache_dir())),
    }
}

#[allow(clippy::disallowed_methods, reason = "cli is the layer that reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

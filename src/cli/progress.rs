//! How far long work is, on the last line of the terminal.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use indicatif::ProgressBar;
use indicatif::ProgressDrawTarget;
use indicatif::ProgressStyle;

use crate::cli::terminal::Terminal;
use crate::workflow::progress::Progress;

/// What is done sooner than this needs no bar: it would only flicker.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar that appears when the work takes long, and goes when it is dropped.
pub(in crate::cli) struct Bar {
    bar: ProgressBar,
    begin: Instant,
    wanted: bool,
    shown: AtomicBool,
}

impl Bar {
    /// A bar that is never shown where nobody watches.
    pub(in crate::cli) fn new(terminal: &Terminal) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{msg:12} {wide_bar} {pos}/{len}") {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Self { bar, begin: Instant::now(), wanted: terminal.wants_progress(), shown: AtomicBool::new(false) }
    }

    /// How long the work has taken so far.
    pub(in crate::cli) fn elapsed(&self) -> Duration {
        self.begin.elapsed()
    }

    /// Prints something else meanwhile.
    #[cfg(feature = "newsletter")]
    pub(in crate::cli) fn aside(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    fn show_if_late(&self) {
        if self.wanted && self.begin.elapsed() > PATIENCE && !self.shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Progress for Bar {
    fn stage(&self, name: &'static str, steps: usize) {
        self.bar.set_message(name);
        self.bar.set_length(steps.try_into().unwrap_or(u64::MAX));
        self.bar.set_position(0);
        self.show_if_late();
    }

    fn step(&self) {
        self.bar.inc(1);
        self.show_if_late();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

//! The document that is being rendered on this thread, for functions whose arguments are relative to it.

use std::cell::RefCell;

use crate::value::path::SitePath;

thread_local! {
    static CURRENT: RefCell<Vec<SitePath>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work` while the content file at `path` is the current document. Nests: a summary rendered for a list inside a page is its own document.
pub fn within<T>(path: &SitePath, work: impl FnOnce() -> T) -> T {
    /// Takes the document off also when `work` panics, because the thread goes on to render others.
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            CURRENT.with_borrow_mut(|stack| stack.pop());
        }
    }
    CURRENT.with_borrow_mut(|stack| stack.push(path.clone()));
    let _guard = Guard;
    work()
}

/// The folder of the current document below `content/`; the top where there is none.
#[must_use]
pub fn folder() -> String {
    CURRENT.with_borrow(|stack| stack.last().map_or_else(String::new, |path| path.folder().to_owned()))
}

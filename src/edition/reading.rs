//! What a drawing looked at. Whoever looks at something of the site through the [`Shelf`](crate::edition::shelf::Shelf) leaves a note; the notes of a page are exactly what has to
//! be as it was for the page to be as it was.

use std::cell::RefCell;
use std::sync::OnceLock;

use crate::library::issue::IssueId;
use crate::library::issue::NewsletterId;
use crate::library::model::AssetId;
use crate::library::model::AuthorId;
use crate::library::model::CollectionId;
use crate::library::model::PostId;
use crate::library::model::TermId;
use crate::library::model::TermKind;

/// One thing that a drawing looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Read {
    /// What every page sees: `site.toml`, the theme's words and manifest, the links of both.
    Surroundings,
    /// A post with its text, and where its links lead.
    Post(PostId),
    /// An author with the biography, without the list of posts.
    Author(AuthorId),
    /// The list of an author's posts.
    AuthorPosts(AuthorId),
    /// A category, tag or series, without the list of posts.
    Term(TermId),
    /// The list of a term's posts.
    TermPosts(TermId),
    /// The list of a collection's posts.
    CollectionPosts(CollectionId),
    /// The list of all dated posts.
    Dated,
    /// The list of pages.
    Pages,
    /// Who the authors are.
    Authors,
    /// Which terms of a kind there are.
    Terms(TermKind),
    /// The years of the archive, with the number of posts in each.
    Years,
    /// The list of a year's posts.
    Year(i16),
    /// The list of a newsletter's issues.
    Issues(NewsletterId),
    /// An issue with its files, and the neighbours that it names.
    Issue(IssueId),
    /// Where a file is published.
    Asset(AssetId),
    /// An image and the files that it becomes.
    Image(AssetId),
    /// What is known of a recording.
    Recording(AssetId),
    /// The site's own picture and the podcast's.
    Covers,
    /// Something that has a name of its own: a template, a component, whether a file is there, the answer of a function.
    Named(u32),
    /// Something that is not the same when it is looked at again: a file that changed meanwhile, a complaint that has to be told each time.
    Passing,
}

thread_local! {
    /// The notes of every drawing under way on this thread, the innermost last.
    static NOTES: RefCell<Vec<Vec<Read>>> = const { RefCell::new(Vec::new()) };
}

/// Leaves a note.
pub fn note(read: Read) {
    NOTES.with_borrow_mut(|stack| {
        if let Some(notes) = stack.last_mut()
            // A list looks at the same few things again and again.
            && notes.last() != Some(&read)
        {
            notes.push(read);
        }
    });
}

/// Does `work` and gives what it looked at, sorted, each once. What is drawn around it gets no note of it.
pub fn noting<T>(work: impl FnOnce() -> T) -> (T, Vec<Read>) {
    /// Takes the notes off also when `work` panics, because the thread goes on to draw others.
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            NOTES.with_borrow_mut(|stack| stack.pop());
        }
    }
    NOTES.with_borrow_mut(|stack| stack.push(Vec::with_capacity(64)));
    let guard = Guard;
    let done = work();
    let mut notes = NOTES.with_borrow_mut(|stack| stack.last_mut().map(std::mem::take)).unwrap_or_default();
    drop(guard);
    notes.sort_unstable();
    notes.dedup();
    (done, notes)
}

/// A value that is made once and looked at by many: each of them has looked at what it was made from.
#[derive(Debug)]
pub struct Kept<T>(OnceLock<(T, Box<[Read]>)>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> Kept<T> {
    /// As many as there are things to keep.
    #[must_use]
    pub fn row(count: usize) -> Vec<Self> {
        std::iter::repeat_with(Self::default).take(count).collect()
    }

    /// The value, made now if it is not there yet.
    pub fn get(&self, make: impl FnOnce() -> T) -> &T {
        let (value, reads) = self.0.get_or_init(|| {
            let (value, reads) = noting(make);
            (value, reads.into())
        });
        reads.iter().copied().for_each(note);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_go_to_the_innermost_and_kept_values_bring_theirs() {
        let kept = Kept::default();
        let make = || {
            note(Read::Post(PostId(7)));
            note(Read::Dated);
            "made"
        };
        let (_, first) = noting(|| {
            note(Read::Pages);
            kept.get(make);
            let (_, inner) = noting(|| note(Read::Years));
            assert_eq!(inner, [Read::Years]);
        });
        let (_, second) = noting(|| kept.get(|| unreachable!()));
        assert_eq!(first, [Read::Post(PostId(7)), Read::Dated, Read::Pages]);
        assert_eq!(second, [Read::Post(PostId(7)), Read::Dated]);
        note(Read::Years);
        assert!(std::panic::catch_unwind(|| noting(|| panic!("a template's function"))).is_err());
        assert_eq!(noting(|| note(Read::Years)).1, [Read::Years]);
    }
}

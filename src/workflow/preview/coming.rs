//! The issues that are to come and that nobody has written yet: what `issue compose` would make now.

use std::sync::Arc;

use jiff::Zoned;
use jiff::civil;

use crate::content::issue;
use crate::diagnostic::report::Report;
use crate::files::tree::FileTree;
use crate::library::build;
use crate::library::issue::Issue;
use crate::library::issue::IssueState;
use crate::library::issue::NewsletterId;
use crate::library::model::PostId;
use crate::workflow::compose::composition;
use crate::workflow::compose::composition::Composition;
use crate::workflow::compose::composition::Wanted;
use crate::workflow::compose::composition::Which;
use crate::workflow::compose::days::Days;
use crate::workflow::preview::rebuild;
use crate::workflow::preview::snapshot::Snapshot;
use crate::workflow::preview::studio::Studio;

/// So many are shown of a newsletter that makes one of each post.
const SHOWN: usize = 6;

/// The next issue of each newsletter that has no draft, as drafts that are in no file. There is none where no post waits for it.
pub(in crate::workflow::preview) fn issues(studio: &Studio, now: &Snapshot) -> Vec<Issue> {
    let clock = rebuild::now(&studio.request);
    let days = Days::by(&now.theme.words, &now.config);
    let newsletters = (0..now.config.newsletters.len()).map(NewsletterId);
    let composed = newsletters.flat_map(|newsletter| {
        let wanted = Wanted { newsletter, which: Which::Next, anyway: false };
        let (compositions, _) = composition::compose(&now.config, &now.library, &wanted, (&clock, &days))
            .unwrap_or_else(|_: Report| (Vec::new(), Report::new()));
        let new = compositions.into_iter().filter(|composition| composition.is_new && !composition.added.is_empty());
        new.take(SHOWN).filter_map(move |composition| issue(now, newsletter, &composition)).collect::<Vec<_>>()
    });
    composed.collect()
}

/// When the first newsletter's next issue is due, where that is on a day of its calendar.
pub(in crate::workflow::preview) fn due(studio: &Studio, now: &Snapshot) -> Option<Zoned> {
    let wanted = Wanted { newsletter: NewsletterId(0), which: Which::Next, anyway: false };
    let days = Days::by(&now.theme.words, &now.config);
    let clock = rebuild::now(&studio.request);
    let (compositions, _) = composition::compose(&now.config, &now.library, &wanted, (&clock, &days)).ok()?;
    let moment = compositions.first()?.due.as_ref()?.occurrence.moment()?;
    Some(moment.to_zoned(now.config.time_zone.clone()))
}

/// An issue of what was composed.
fn issue(now: &Snapshot, newsletter: NewsletterId, composition: &Composition) -> Option<Issue> {
    let library = &now.library;
    let mut tree = FileTree::new();
    tree.insert_memory(composition.path(), composition.text.as_ref()?.as_bytes());
    let (text, _) = issue::load(tree.iter().next()?, &build::options(&now.config));
    let text = text?;
    let zone = &now.config.time_zone;
    let nine = civil::time(9, 0, 0, 0);
    let due = composition.due.as_ref().and_then(|due| due.occurrence.moment());
    let date = match due {
        Some(moment) => moment.to_zoned(zone.clone()),
        None => text.day.to_datetime(nine).to_zoned(zone.clone()).ok()?,
    };
    let find = |id: &str| library.posts.iter().position(|post| post.collection.is_some() && post.id == id);
    let posts = text.posts.iter().filter_map(|mention| find(&mention.id.value)).map(PostId).collect();
    let name = composition.name.clone();
    Some(Issue {
        permalink: library.base.join(&format!("newsletter/{}/{}/", name.newsletter, name.folder)),
        day: text.day,
        name,
        newsletter,
        text: Some(Arc::new(text)),
        frozen: None,
        state: IssueState::Draft,
        date,
        shown: false,
        posts,
        previous: None,
        next: None,
    })
}

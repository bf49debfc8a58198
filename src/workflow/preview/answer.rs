//! What the server answers: pages with the script that repaints them, files as they are, and the preview's own addresses below `/_letterpress/`.

use std::sync::Arc;
use std::sync::PoisonError;

use crate::engine::fingerprint::Fingerprint;
use crate::files::stamp::Stamp;
use crate::files::tree::File;
use crate::files::tree::Place;
use crate::library::address::Target;
use crate::library::model::AssetId;
use crate::transport::live;
use crate::transport::mime::mime;
use crate::transport::server::Responder;
use crate::transport::server_answer::Answer;
use crate::transport::server_answer::Content;
use crate::transport::server_answer::Payload;
use crate::transport::server_request::Asked;
use crate::transport::streams::Event;
use crate::workflow::media::Encoded;
use crate::workflow::preview::own;
use crate::workflow::preview::pages;
use crate::workflow::preview::pages::Page;
use crate::workflow::preview::snapshot::Found;
use crate::workflow::preview::snapshot::Snapshot;
use crate::workflow::preview::studio::Studio;

/// Where the preview's own addresses are.
pub(in crate::workflow::preview) const OWN: &str = "/_letterpress";

/// The version of a page of which there is nothing to show.
const NOTHING: &str = "none";

/// What a tab shows.
pub(in crate::workflow::preview) enum Shown {
    /// A page of HTML, with its status.
    Html(u16, Page),
    /// Something else.
    Other(Answer),
}

impl Responder for Studio {
    fn respond(&self, asked: &Asked) -> Answer {
        if let Some(own) = asked.path.strip_prefix(OWN).filter(|own| own.is_empty() || own.starts_with('/')) {
            return self.own(own, asked);
        }
        match self.shown(self.current().as_ref(), &asked.path) {
            Shown::Html(status, page) => html(status, &page),
            Shown::Other(Answer::Moved { to }) => {
                let query = asked.query.as_ref().map_or_else(String::new, |query| format!("?{query}"));
                Answer::Moved { to: to + &query }
            }
            Shown::Other(answer) => answer,
        }
    }
}

impl Studio {
    /// An address of the preview itself; `own` is what follows `/_letterpress`.
    fn own(&self, own: &str, asked: &Asked) -> Answer {
        match own {
            "/client.js" => fixed("text/javascript; charset=utf-8", live::client().as_bytes()),
            "/newsreader.woff2" => fixed("font/woff2", live::font()),
            "/events" => self.events(asked),
            _ => match self.own_page(self.current().as_ref(), own, Some(asked)) {
                Some(Shown::Html(status, page)) => posting_nowhere(own, html(status, &page)),
                Some(Shown::Other(answer)) => answer,
                None => Answer::Content(Content::text(404, "The preview itself has nothing at this address.")),
            },
        }
    }

    /// A tab begins to listen.
    fn events(&self, asked: &Asked) -> Answer {
        let page = asked.parameter("page").unwrap_or_else(|| "/".to_owned());
        let version = asked.parameter("version");
        let first = {
            let state = self.state();
            let server = format!("{}-{}", self.run, state.looks);
            let hello = Event { name: "hello", data: serde_json::json!({ "server": server }).to_string() };
            let mut first = vec![hello];
            // Pages of the newsletter may have mistakes of their own, and are told of all together.
            if !own::has_mistakes_of_its_own(&page) {
                first.push(self.mistakes_told(&state.mistakes, true));
            }
            first
        };
        let Some(subscription) = self.streams.subscribe(page.clone(), version.clone(), first) else {
            return Answer::Content(Content::text(503, "Too many tabs listen to this preview: close some."));
        };
        // Told after it listens, so that nothing that happens meanwhile is missed.
        let now = self.current();
        self.tell_tab(subscription.id(), &page, version.as_deref(), (now.as_ref(), None));
        Answer::Events(subscription)
    }

    /// Tells a tab that its page has other bytes now than those of `version`, or is gone. `before` is the state in which it was there.
    pub(in crate::workflow::preview) fn tell_tab(
        &self,
        tab: u64,
        page: &str,
        version: Option<&str>,
        (now, before): (Option<&Arc<Snapshot>>, Option<&Snapshot>),
    ) {
        let path = percent_encoding::percent_decode_str(page).decode_utf8_lossy().into_owned();
        if let Some(to) = before.and_then(|before| self.moved(&path, before)) {
            self.streams.send(tab, gone(&to));
            return;
        }
        let shown = match path.strip_prefix(OWN) {
            Some(own) => self.own_page(now, own, None),
            None => Some(self.shown(now, &path)),
        };
        let version_now = match shown {
            Some(Shown::Html(_, page)) => page.version,
            Some(Shown::Other(Answer::Moved { to })) => {
                self.streams.send(tab, gone(&to));
                return;
            }
            Some(Shown::Other(_)) | None => return,
        };
        if own::has_mistakes_of_its_own(&path) {
            let mistakes = self.state().mistakes.clone();
            self.tell_mistakes_on(tab, &path, &mistakes);
        }
        if version != Some(&*version_now) {
            let data = serde_json::json!({ "version": version_now }).to_string();
            self.streams.set_version(tab, Some(version_now));
            self.streams.send(tab, Event { name: "page", data });
        }
    }

    /// Where the post is now that was at a path before, if it is elsewhere.
    fn moved(&self, path: &str, before: &Snapshot) -> Option<String> {
        let old = before.library.post(before.post_at(path)?);
        let now = self.state().snapshot.clone()?;
        match now.find(path) {
            Found::Missing => {}
            Found::Moved(to) => return Some(to),
            _ => return None,
        }
        let same_id = now.library.posts.iter().find(|post| post.shown && post.id == old.id);
        let digest = old.document.body.digest;
        // A file that was renamed has the same bytes, though its name was its id.
        let found =
            same_id.or_else(|| now.library.posts.iter().find(|post| post.shown && post.document.body.digest == digest));
        found.map(|post| post.permalink.path().to_owned())
    }

    /// What stands at a path in that state of the site.
    fn shown(&self, now: Option<&Arc<Snapshot>>, path: &str) -> Shown {
        let Some(now) = now else { return nothing_yet() };
        match now.find(path) {
            Found::Drawn(index) => {
                let is_page = now.library.addresses[index].target == Target::NotFound
                    || now.library.addresses[index].target.is_page();
                match self.page(now, index) {
                    Ok(page) | Err(Some(page)) if is_page => Shown::Html(200, page),
                    Ok(page) | Err(Some(page)) => {
                        let mime = mime(&now.publication.file(index));
                        Shown::Other(content(&mime, Payload::Bytes(page.bytes), Some(page.version)))
                    }
                    Err(None) => cannot_be_drawn(),
                }
            }
            Found::Style(index) => {
                let bytes = &now.theme.styles[index].bytes;
                let version = pages::version(&Fingerprint::of(bytes));
                Shown::Other(content("text/css; charset=utf-8", Payload::Bytes(bytes.clone()), Some(version)))
            }
            Found::File(file) => Shown::Other(file_answer(&file, path)),
            Found::Variant(id) => Shown::Other(self.variant(now, id, path)),
            Found::Moved(to) => Shown::Other(Answer::Moved { to }),
            Found::Missing => match now.not_found().map(|index| self.page(now, index)) {
                Some(Ok(page) | Err(Some(page))) => Shown::Html(404, page),
                _ => {
                    let message =
                        format!("<p>The site begins at <a href=\"{0}\">{0}</a>.</p>", now.library.base.root());
                    Shown::Html(404, Page::new(live::bare("There is no such page", &message).into_bytes()))
                }
            },
        }
    }

    /// A file that an image becomes, made when it is first looked at.
    fn variant(&self, now: &Snapshot, id: AssetId, path: &str) -> Answer {
        let below = path.strip_prefix(now.library.base.root()).unwrap_or(path);
        let Some(planned) = now.publication.media().images.get(&id) else {
            return Answer::Content(Content::text(404, "There is no such image."));
        };
        let work = self.request.root.join(".letterpress");
        let _one_at_a_time = self.encoding.lock().unwrap_or_else(PoisonError::into_inner);
        let encoded = Encoded { memory: &self.memory, work: &work };
        match encoded.variant(&now.library.asset(id).file, planned, below) {
            Ok(Some(file)) => file_answer(&file, path),
            Ok(None) => Answer::Content(Content::text(404, "There is no such image.")),
            Err(reason) => Answer::Content(Content::text(500, &format!("This image cannot be made: {reason}"))),
        }
    }
}

/// What is shown before the site was right for the first time.
pub(in crate::workflow::preview) fn nothing_yet() -> Shown {
    let message = "<p>The preview begins as soon as the site's files are right.</p>";
    let bytes = live::bare("Nothing to show yet", message).into_bytes();
    Shown::Html(503, Page { version: NOTHING.into(), ..Page::new(bytes) })
}

/// What is shown in place of a page that could never be drawn.
pub(in crate::workflow::preview) fn cannot_be_drawn() -> Shown {
    let message = "<p>It cannot be drawn as long as there are mistakes in it.</p>";
    let bytes = live::bare("This page has mistakes", message).into_bytes();
    Shown::Html(500, Page { version: NOTHING.into(), ..Page::new(bytes) })
}

/// Tells a tab that its page is elsewhere now.
fn gone(to: &str) -> Event {
    Event { name: "gone", data: serde_json::json!({ "to": to }).to_string() }
}

/// A page with the script in it.
fn html(status: u16, page: &Page) -> Answer {
    let bytes = live::inject(&page.bytes, &page.version);
    let etag = (page.version != NOTHING).then(|| format!("{}-{status}", page.version));
    Answer::Content(Content {
        status,
        headers: vec![("Letterpress-Version".to_owned(), page.version.clone())],
        ..Content::bytes("text/html; charset=utf-8", bytes, etag)
    })
}

/// Forms of the newsletter's service would go to readers' own service: a browser is not to send them, whether or not the preview's script says why.
fn posting_nowhere(own: &str, mut answer: Answer) -> Answer {
    if let Answer::Content(content) = &mut answer
        && own.starts_with("/service/")
    {
        content.headers.push(("Content-Security-Policy".to_owned(), "form-action 'none'".to_owned()));
    }
    answer
}

/// A file as it is.
fn file_answer(file: &File, path: &str) -> Answer {
    let etag = Stamp::of(file).map(|stamp| pages::version(&Fingerprint::of(format!("{stamp:?}").as_bytes())));
    let payload = match &file.place {
        Place::Disk(path) => Payload::File(path.clone()),
        Place::Embedded(bytes) => Payload::Bytes((*bytes).into()),
        Place::Memory(bytes) => Payload::Bytes(bytes.clone()),
    };
    content(&mime(path), payload, etag)
}

fn content(mime: &str, body: Payload, etag: Option<String>) -> Answer {
    Answer::Content(Content { status: 200, mime: mime.to_owned(), body, etag, headers: Vec::new() })
}

/// A part of the program.
fn fixed(mime: &str, bytes: &'static [u8]) -> Answer {
    Answer::Content(Content::bytes(mime, bytes, Some(pages::version(&Fingerprint::of(bytes)))))
}

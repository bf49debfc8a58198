//! Answers in HTTP: validators and conditional requests (RFC 9110 §8.8 and §13), byte ranges (§14), redirects, and streams of events.

use std::io;
use std::io::SeekFrom;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::body::Bytes;
use axum::body::HttpBody;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::Response;
use axum::http::StatusCode;
use axum::http::header;
use axum::http::request::Parts;
use headers::ETag;
use headers::HeaderMapExt;
use headers::IfNoneMatch;
use headers::IfRange;
use percent_encoding::AsciiSet;
use percent_encoding::CONTROLS;
use percent_encoding::utf8_percent_encode;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncSeekExt;
use tokio_util::io::ReaderStream;

use crate::files::read;
use crate::transport::server::Responder;
use crate::transport::server_request;
use crate::transport::server_request::Asked;
use crate::transport::server_request::Refusal;
use crate::transport::streams::Subscription;

/// How much of a file is in memory for each client that reads it.
const PIECE: usize = 64 << 10;

/// What a [`Responder`] says.
#[derive(Debug)]
pub enum Answer {
    /// Something to show.
    Content(Content),
    /// It is elsewhere this time: status 307, not kept by the browser.
    Moved {
        /// The URL, or the path and query on this host. What may not stand in a URL is percent-encoded.
        to: String,
    },
    /// Events from now on. Pages of other origins are refused.
    Events(Subscription),
}

/// Something to show.
#[derive(Clone, Debug)]
pub struct Content {
    /// The status: 200, 404.
    pub status: u16,
    /// The media type, as [`mime`](crate::transport::mime::mime) writes it.
    pub mime: String,
    /// The bytes.
    pub body: Payload,
    /// What these bytes, and no others at this path, are known by (a fingerprint): the opaque part of a strong `ETag`, printable ASCII without quotation
    /// marks. Without it every request is answered with the whole bytes or the range asked for.
    pub etag: Option<String>,
    /// Further headers; they replace those that the server would have sent.
    pub headers: Vec<(String, String)>,
}

/// Bytes to send.
#[derive(Clone, Debug)]
pub enum Payload {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// In a file, read piece by piece while they are sent. No file there: status 404.
    File(PathBuf),
}

impl Content {
    /// Bytes with status 200.
    #[must_use]
    pub fn bytes(mime: &str, bytes: impl Into<Arc<[u8]>>, etag: Option<String>) -> Self {
        Self { status: 200, mime: mime.to_owned(), body: Payload::Bytes(bytes.into()), etag, headers: Vec::new() }
    }

    /// A sentence for the reader: why there is no page.
    #[must_use]
    pub fn text(status: u16, sentence: &str) -> Self {
        let body = Payload::Bytes(format!("{sentence}\n").into_bytes().into());
        Self { status, mime: "text/plain; charset=utf-8".to_owned(), body, etag: None, headers: Vec::new() }
    }
}

/// Bytes that can be sent in part: in memory, or a file that is open.
enum Opened {
    Bytes(Bytes),
    File(tokio::fs::File, u64),
}

impl Opened {
    fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(_, size) => *size,
        }
    }

    /// The bytes of `range`, or all. A file that becomes shorter meanwhile ends the connection, so that nobody takes a part for the whole.
    async fn body(self, range: Option<&RangeInclusive<u64>>) -> io::Result<Body> {
        match (self, range) {
            (Self::Bytes(bytes), None) => Ok(Body::from(bytes)),
            (Self::Bytes(bytes), Some(range)) => {
                let at = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
                Ok(Body::from(bytes.slice(at(*range.start())..=at(*range.end()))))
            }
            (Self::File(mut file, size), range) => {
                let first = range.map_or(0, |range| *range.start());
                if first > 0 {
                    file.seek(SeekFrom::Start(first)).await?;
                }
                let length = range.map_or(size, length);
                Ok(Body::from_stream(ReaderStream::with_capacity(file.take(length), PIECE)))
            }
        }
    }
}

/// What a `Range` header comes to.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Range(RangeInclusive<u64>),
    Unsatisfiable,
}

/// Asks the responder, on a thread that may wait, and puts what it says into HTTP.
pub(crate) async fn answer(responder: &Arc<dyn Responder>, asked: Asked, head: &Parts) -> Response<Body> {
    let host = asked.host.clone();
    let responder = Arc::clone(responder);
    let answered = tokio::task::spawn_blocking(move || open(responder.respond(&asked))).await;
    let response = match answered {
        Ok(Said::Events(_)) if server_request::is_foreign(&head.headers, &host) => {
            plain(StatusCode::FORBIDDEN, "Only pages of the preview itself may listen to its events.")
        }
        Ok(Said::Events(subscription)) => subscription.into_response(),
        Ok(Said::Moved(to)) => moved(&to),
        Ok(Said::Content(content, opened)) => match show(content, opened, head).await {
            Ok(response) => response,
            Err(error) => failed(&error.to_string()),
        },
        Ok(Said::Gone(reason)) => plain(StatusCode::NOT_FOUND, &reason),
        Err(_) => {
            failed("this page made it panic, and the terminal it runs in says where. This is a bug of Letterpress")
        }
    };
    finish(response, head)
}

/// What a responder said, with its file opened.
enum Said {
    Content(Content, Opened),
    Moved(String),
    Events(Subscription),
    Gone(String),
}

/// Opens the file of an answer. Blocks.
fn open(answer: Answer) -> Said {
    match answer {
        Answer::Moved { to } => Said::Moved(to),
        Answer::Events(subscription) => Said::Events(subscription),
        Answer::Content(content) => match &content.body {
            Payload::Bytes(bytes) => {
                let bytes = Bytes::from_owner(Arc::clone(bytes));
                Said::Content(content, Opened::Bytes(bytes))
            }
            Payload::File(path) => match read::open(path) {
                Ok((file, size)) => Said::Content(content, Opened::File(tokio::fs::File::from_std(file), size)),
                Err(error) => Said::Gone(format!("There is nothing here any more: {error}.")),
            },
        },
    }
}

/// The answer to a request that is not looked up.
pub(crate) fn refuse(refusal: &Refusal, head: &Parts) -> Response<Body> {
    let mut response = plain(refusal.status, &refusal.reason);
    if refusal.status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    finish(response, head)
}

async fn show(content: Content, opened: Opened, head: &Parts) -> Result<Response<Body>, Box<dyn std::error::Error>> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(content.status)?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::try_from(content.mime)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    for (name, value) in content.headers {
        headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    let tag: Option<ETag> = match content.etag {
        Some(tag) => Some(format!("\"{tag}\"").parse().map_err(|_| format!("`{tag}` is no entity tag"))?),
        None => None,
    };
    let size = opened.size();
    let mut part = Part::Whole;
    if content.status == 200 {
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        let seen = head.headers.typed_get::<IfNoneMatch>();
        let is_seen = tag.as_ref().is_some_and(|tag| seen.is_some_and(|seen| !seen.precondition_passes(tag)));
        if is_seen {
            headers.remove(header::CONTENT_TYPE);
        }
        if let Some(tag) = &tag {
            headers.typed_insert(tag.clone());
        }
        if is_seen {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(response);
        }
        part = part_asked_for(head, tag.as_ref(), size);
    }
    match part {
        Part::Whole => {
            headers.insert(header::CONTENT_LENGTH, size.into());
            *response.body_mut() = opened.body(None).await?;
        }
        Part::Range(range) => {
            let told = format!("bytes {}-{}/{size}", range.start(), range.end());
            headers.insert(header::CONTENT_RANGE, HeaderValue::try_from(told)?);
            headers.insert(header::CONTENT_LENGTH, length(&range).into());
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            *response.body_mut() = opened.body(Some(&range)).await?;
        }
        Part::Unsatisfiable => {
            let told = HeaderValue::try_from(format!("bytes */{size}"))?;
            response = plain(StatusCode::RANGE_NOT_SATISFIABLE, "The file ends before the range that was asked for.");
            response.headers_mut().insert(header::CONTENT_RANGE, told);
        }
    }
    Ok(response)
}

/// Ranges are only for GET, and only of the bytes that the client has the rest of.
fn part_asked_for(head: &Parts, tag: Option<&ETag>, size: u64) -> Part {
    let condition = head.headers.typed_try_get::<IfRange>();
    let is_other = match condition {
        Ok(Some(condition)) => condition.is_modified(tag, None),
        Ok(None) => false,
        Err(_) => true,
    };
    let mut values = head.headers.get_all(header::RANGE).iter();
    match (values.next().and_then(|value| value.to_str().ok()), values.next()) {
        (Some(value), None) if head.method == Method::GET && !is_other => part_of(value, size),
        _ => Part::Whole,
    }
}

/// A `Range` header's value (RFC 9110 §14.1.2), of `size` bytes. What is not understood is ignored, as are several ranges at once: both allow the whole.
fn part_of(value: &str, size: u64) -> Part {
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().unwrap_or(u64::MAX));
    let Some((unit, range)) = value.split_once('=') else { return Part::Whole };
    let Some((first, last)) = range.trim().split_once('-') else { return Part::Whole };
    let (Some(from), Some(to)) = (number(first), number(last)) else { return Part::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Part::Whole;
    }
    let end = size.saturating_sub(1);
    match (first.is_empty(), last.is_empty()) {
        (true, true) => Part::Whole,
        (true, false) if to == 0 || size == 0 => Part::Unsatisfiable,
        (true, false) => Part::Range(size.saturating_sub(to)..=end),
        (false, false) if from > to => Part::Whole,
        (false, _) if from >= size => Part::Unsatisfiable,
        (false, true) => Part::Range(from..=end),
        (false, false) => Part::Range(from..=to.min(end)),
    }
}

/// How many bytes a range has; none is empty.
fn length(range: &RangeInclusive<u64>) -> u64 {
    range.end() - range.start() + 1
}

fn moved(to: &str) -> Response<Body> {
    const OUTSIDE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`');
    let encoded = utf8_percent_encode(to, OUTSIDE).to_string();
    match HeaderValue::try_from(encoded) {
        Ok(location) => {
            let mut response = plain(StatusCode::TEMPORARY_REDIRECT, "It is elsewhere.");
            response.headers_mut().insert(header::LOCATION, location);
            response
        }
        Err(error) => failed(&error.to_string()),
    }
}

fn failed(why: &str) -> Response<Body> {
    plain(StatusCode::INTERNAL_SERVER_ERROR, &format!("The preview failed: {why}."))
}

/// A sentence; not kept, since what it says is so only now.
fn plain(status: StatusCode, sentence: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{sentence}\n")));
    *response.status_mut() = status;
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What every answer has, and nothing but headers where only those were asked for.
fn finish(mut response: Response<Body>, head: &Parts) -> Response<Body> {
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if head.method == Method::HEAD {
        let size = response.body().size_hint().exact();
        if let (Some(size), false) = (size, response.headers().contains_key(header::CONTENT_LENGTH)) {
            response.headers_mut().insert(header::CONTENT_LENGTH, size.into());
        }
        *response.body_mut() = Body::empty();
    }
    response
}

#[cfg(test)]
mod tests {
    use super::Part;
    use super::part_of;

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        for (value, expected) in [
            ("bytes=0-0", Part::Range(0..=0)),
            ("bytes=0-499", Part::Range(0..=499)),
            ("Bytes=500-", Part::Range(500..=999)),
            ("bytes=-1", Part::Range(999..=999)),
            ("bytes=-5000", Part::Range(0..=999)),
            ("bytes=990-5000", Part::Range(990..=999)),
            ("bytes=990-99999999999999999999999", Part::Range(990..=999)),
            ("bytes=1000-", Part::Unsatisfiable),
            ("bytes=99999999999999999999999-", Part::Unsatisfiable),
            ("bytes=-0", Part::Unsatisfiable),
            ("bytes=5-4", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("bytes", Part::Whole),
            ("lines=0-1", Part::Whole),
            ("", Part::Whole),
        ] {
            assert_eq!(part_of(value, 1000), expected, "{value}");
        }
        assert_eq!(part_of("bytes=0-", 0), Part::Unsatisfiable);
        assert_eq!(part_of("bytes=-1", 0), Part::Unsatisfiable);
    }
}

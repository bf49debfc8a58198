//! The newsletter's endpoint as a server of HTTP/1.1 (RFC 9110, RFC 9112): connections, limits, headers. What is answered, a [`Service`] says.
//!
//! It assumes an enemy: a request's line, headers and body are bounded in size and time, connections in number, and every answer forbids the browser what our
//! pages do not need. A request's path can hold a token, so nothing of it is ever logged.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::Request;
use axum::http::Response;
use axum::http::StatusCode;
use axum::http::header;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use ipnet::IpNet;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;

use crate::transport::endpoint_call;
use crate::transport::endpoint_call::Call;
use crate::transport::endpoint_call::Origin;
use crate::transport::endpoint_call::Refused;

/// How to listen.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address and port; port 0 is any.
    pub listen: SocketAddr,
    /// The path below which the endpoint's addresses are, with a slash at both ends.
    pub root: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins whose scripts may read the answers.
    pub origins: Vec<String>,
    /// What pages may load and where their forms may lead (Content Security Policy).
    pub policy: String,
    /// What one client may take.
    pub limits: Limits,
}

/// What one client may take, so that none keeps the others waiting.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Open connections; further ones wait until one ends.
    pub connections: usize,
    /// How long a client may take to send line and headers, how long then for the body, and how long a connection stays open without a request.
    pub time: Duration,
    /// How long the answer may take us.
    pub answer_time: Duration,
    /// How long those that are being answered are waited for at the end.
    pub end_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            time: Duration::from_secs(10),
            answer_time: Duration::from_secs(30),
            end_time: Duration::from_secs(10),
        }
    }
}

/// What an answer has for a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A page.
    Html(String),
    /// For a script.
    Json(String),
    /// A line.
    Text(String),
    /// A file to be saved under this name, JSON.
    Download {
        /// The name.
        name: &'static str,
        /// The bytes.
        json: String,
    },
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Said {
    /// The status.
    pub status: u16,
    /// The body.
    pub content: Content,
    /// Where to go on instead (status 303).
    pub location: Option<String>,
    /// After how many seconds to come again.
    pub retry_after: Option<u64>,
}

impl Said {
    /// An answer with a status and a body.
    #[must_use]
    pub fn new(status: u16, content: Content) -> Self {
        Self { status, content, location: None, retry_after: None }
    }
}

/// What a [`Service`] is still thinking about.
pub type Thinking<'a> = Pin<Box<dyn Future<Output = Said> + Send + 'a>>;

/// Says what is answered. A panic becomes status 500 for that request alone.
pub trait Service: Send + Sync + 'static {
    /// The answer to a request.
    fn answer<'a>(&'a self, call: Call) -> Thinking<'a>;
}

/// A bound port: clients can connect, and wait until [`Endpoint::serve`].
#[derive(Debug)]
pub struct Endpoint {
    socket: TcpListener,
    settings: Settings,
}

/// Ends [`Endpoint::serve`]. Clones end the same one.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<bool>>);

/// The endpoint could not begin.
#[derive(Debug)]
pub struct EndpointError {
    address: SocketAddr,
    source: io::Error,
}

impl Endpoint {
    /// Binds the address and port.
    ///
    /// # Errors
    /// [`EndpointError`] where the system refuses.
    pub fn bind(settings: Settings) -> Result<Self, EndpointError> {
        let address = settings.listen;
        let bound = TcpListener::bind(address).and_then(|socket| socket.set_nonblocking(true).map(|()| socket));
        match bound {
            Ok(socket) => Ok(Self { socket, settings }),
            Err(source) => Err(EndpointError { address, source }),
        }
    }

    /// The address and port that were bound.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap_or(self.settings.listen)
    }

    /// Answers until `stop` is told to; those that are being answered then still get their answer.
    ///
    /// # Errors
    /// [`EndpointError`] where the system does not let it begin.
    pub fn serve(self, service: Arc<dyn Service>, stop: &Stop) -> Result<(), EndpointError> {
        let address = self.address();
        let failed = |source| EndpointError { address, source };
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().thread_name("endpoint").build().map_err(failed)?;
        let shared = Arc::new(Shared { service, settings: self.settings });
        let stopped = stop.0.subscribe();
        let outcome = runtime.block_on(async {
            let socket = tokio::net::TcpListener::from_std(self.socket)?;
            accept(socket, shared, stopped).await;
            Ok(())
        });
        runtime.shutdown_background();
        outcome.map_err(failed)
    }
}

impl Stop {
    /// Of an endpoint that is to run.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Ends the endpoint; one that has not begun ends as soon as it begins.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was told to end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

/// What every connection shares.
struct Shared {
    service: Arc<dyn Service>,
    settings: Settings,
}

async fn accept(socket: tokio::net::TcpListener, shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(shared.settings.limits.connections));
    let mut connections = JoinSet::new();
    let is_stopped = stopped.clone();
    loop {
        while connections.try_join_next().is_some() {}
        let place = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        // The semaphore is never closed.
        let Ok(place) = place else { break };
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => break,
            accepted = socket.accept() => match accepted {
                Ok((stream, peer)) => {
                    let (shared, stopped) = (Arc::clone(&shared), is_stopped.clone());
                    connections.spawn(async move {
                        attend(stream, peer, shared, stopped).await;
                        drop(place);
                    });
                }
                // Out of file descriptors, mostly: the next connection that ends gives one back.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
        }
    }
    drop(socket);
    let all = async { while connections.join_next().await.is_some() {} };
    // Whoever takes longer is cut off.
    let _ = tokio::time::timeout(shared.settings.limits.end_time, all).await;
}

/// Answers one connection until it ends, or we do.
async fn attend(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let time = shared.settings.limits.time;
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(time));
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(respond(request, peer, shared).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(time)
        .max_buf_size(16 << 10)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    tokio::pin!(connection);
    // What goes wrong with one client concerns nobody else.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.wait_for(|stopped| *stopped) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn respond(request: Request<Incoming>, peer: SocketAddr, shared: Arc<Shared>) -> Response<Body> {
    let settings = &shared.settings;
    let (is_head, limits) = (request.method() == Method::HEAD, settings.limits);
    let read = endpoint_call::read(request, peer.ip(), &settings.root, &settings.trusted_proxies, limits.time).await;
    let (said, origin) = match read {
        Ok(call) => {
            let origin = call.origin.clone();
            let service = Arc::clone(&shared.service);
            // A task of its own: the client may go away, what it asked for is done all the same; and a panic stays in it.
            let task = tokio::spawn(async move { service.answer(call).await });
            let said = match tokio::time::timeout(limits.answer_time, task).await {
                Ok(Ok(said)) => said,
                Ok(Err(_)) => Said::new(500, Content::Text("something went wrong on our side\n".into())),
                Err(_) => {
                    Said { retry_after: Some(60), ..Said::new(503, Content::Text("too busy; try again\n".into())) }
                }
            };
            (said, origin)
        }
        Err(Refused(status, why)) => (Said::new(status.as_u16(), Content::Text(format!("{why}\n"))), Origin::Unsaid),
    };
    put(said, &origin, settings, is_head)
}

/// Puts an answer into HTTP.
fn put(said: Said, origin: &Origin, settings: &Settings, is_head: bool) -> Response<Body> {
    let (mime, text, name) = match said.content {
        Content::Html(text) => ("text/html; charset=utf-8", text, None),
        Content::Json(text) => ("application/json", text, None),
        Content::Text(text) => ("text/plain; charset=utf-8", text, None),
        Content::Download { name, json } => ("application/json", json, Some(name)),
    };
    let length = text.len();
    let mut response = Response::new(if is_head { Body::empty() } else { Body::from(text) });
    *response.status_mut() = StatusCode::from_u16(said.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, mime);
    set(header::CONTENT_LENGTH, &length.to_string());
    // Every answer is about one reader, and an address may hold a token.
    set(header::CACHE_CONTROL, "no-store");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::CONTENT_SECURITY_POLICY, &settings.policy);
    set(header::HeaderName::from_static("x-robots-tag"), "noindex");
    set(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(header::VARY, "Accept, Origin");
    if let Some(name) = name {
        set(header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
    }
    if let Some(location) = &said.location {
        set(header::LOCATION, location);
    }
    if let Some(seconds) = said.retry_after {
        set(header::RETRY_AFTER, &seconds.to_string());
    }
    if said.status == 405 {
        set(header::ALLOW, "GET, HEAD, POST, OPTIONS");
    }
    if let Origin::At(origin) = origin
        && settings.origins.contains(origin)
    {
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        set(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST");
        set(header::ACCESS_CONTROL_ALLOW_HEADERS, "Accept, Content-Type");
        set(header::ACCESS_CONTROL_MAX_AGE, "600");
    }
    response
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot listen on {}: {}", self.address, self.source)
    }
}

impl std::error::Error for EndpointError {}

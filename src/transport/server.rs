//! A small HTTP/1.1 server (RFC 9110, RFC 9112) for looking at a site while it is written. It answers what a [`Responder`] says, and only for its own host
//! names; requests are looked through in [`server_request`], answers are put into HTTP in
//! [`server_answer`].
//!
//! It trusts no client: headers are limited in size and time, a client that does not read is let go, and the number of connections is bounded.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::http::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::sync::watch;
use tokio_io_timeout::TimeoutStream;
use url::Host;

use crate::transport::server_answer;
use crate::transport::server_answer::Answer;
use crate::transport::server_request;
use crate::transport::server_request::Asked;

/// How many ports are tried, from the one asked for upwards.
const PORTS: u16 = 50;

/// Where to listen, and for whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address to listen on.
    pub address: IpAddr,
    /// The port to listen on, or the next free one above it; 0 for any.
    pub port: u16,
    /// Further host names to answer for, beside `localhost` and the address itself.
    pub hosts: Vec<String>,
    /// What one client may take.
    pub limits: Limits,
}

/// What one client may take, so that none keeps the others waiting.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Open connections; further ones wait until one ends. More than there may be event streams, so that pages are always answered.
    pub connections: usize,
    /// Bytes of a request's line and headers together, at least 8,192.
    pub header_bytes: usize,
    /// How long a client may take to send them, and how long a connection stays open without a request.
    pub header_time: Duration,
    /// How long a client may go without taking any of its answer.
    pub write_time: Duration,
}

/// A bound port: clients can connect, and wait until [`Listener::serve`].
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    local: SocketAddr,
    hosts: Vec<Host>,
    limits: Limits,
}

/// Says what stands at an address. Asked on a thread of its own, so that a slow answer keeps no other client waiting; a panic becomes status 500.
pub trait Responder: Send + Sync + 'static {
    /// The answer to a request.
    fn respond(&self, asked: &Asked) -> Answer;
}

/// Ends [`Listener::serve`] from another thread. Clones end the same server.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<bool>>);

/// The port could not be listened on.
#[derive(Debug)]
pub enum ServerError {
    /// The system refused the address or the port.
    Bind {
        /// What was to be listened on.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// Every port that was tried is taken.
    Busy {
        /// The address.
        address: IpAddr,
        /// The first port tried.
        first: u16,
        /// The last one.
        last: u16,
    },
    /// One of [`Settings::hosts`] is no host name.
    Host(String),
    /// The system would not let the server start.
    Start(io::Error),
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            header_bytes: 16 << 10,
            header_time: Duration::from_secs(10),
            write_time: Duration::from_secs(30),
        }
    }
}

impl Listener {
    /// Binds the port, or where it is taken the next free one: [`Listener::port`] says which.
    ///
    /// # Errors
    /// [`ServerError::Busy`] where 50 ports in a row are taken, [`ServerError::Bind`] where the system refuses the address or (below 1024) the port,
    /// [`ServerError::Host`].
    pub fn bind(settings: &Settings) -> Result<Self, ServerError> {
        let hosts = settings.hosts.iter().map(|name| {
            let parsed = server_request::host(name);
            parsed.ok_or_else(|| ServerError::Host(name.clone()))
        });
        let hosts = hosts.collect::<Result<_, _>>()?;
        let last = settings.port.saturating_add(PORTS - 1);
        for port in settings.port..=last {
            let address = SocketAddr::new(settings.address, port);
            if settings.address == Ipv4Addr::LOCALHOST && is_taken_at_home(port) {
                continue;
            }
            let bound = TcpListener::bind(address).and_then(|socket| {
                socket.set_nonblocking(true)?;
                let local = socket.local_addr()?;
                Ok((socket, local))
            });
            match bound {
                Ok((socket, local)) => return Ok(Self { socket, local, hosts, limits: settings.limits }),
                Err(error) if is_taken(&error, port) => {}
                Err(source) => return Err(ServerError::Bind { address, source }),
            }
        }
        Err(ServerError::Busy { address: settings.address, first: settings.port, last })
    }

    /// The port that was bound.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.local.port()
    }

    /// The address and port that were bound.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.local
    }

    /// Answers until `stop` is told to, then returns at once: streams and answers under way are cut off.
    ///
    /// # Errors
    /// [`ServerError::Start`].
    pub fn serve(self, responder: Arc<dyn Responder>, stop: &Stop) -> Result<(), ServerError> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().thread_name("server").build();
        let runtime = runtime.map_err(ServerError::Start)?;
        let mut stopped = stop.0.subscribe();
        let site = Arc::new(Site { responder, hosts: self.hosts, limits: self.limits });
        let outcome = runtime.block_on(async {
            let socket = tokio::net::TcpListener::from_std(self.socket).map_err(ServerError::Start)?;
            tokio::select! {
                // An error would mean that the sender is gone; `stop` holds it.
                _ = stopped.wait_for(|stopped| *stopped) => {}
                () = accept(socket, site) => {}
            }
            Ok(())
        });
        // Whoever is still being answered is not waited for.
        runtime.shutdown_background();
        outcome
    }
}

/// Whether another server has the port at `::1`: browsers would find that one first under the name `localhost`.
fn is_taken_at_home(port: u16) -> bool {
    let probe = TcpListener::bind((Ipv6Addr::LOCALHOST, port));
    port != 0 && probe.is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
}

impl Stop {
    /// Of a server that is to run.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Ends the server; one that has not begun ends as soon as it begins.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

/// What every connection shares.
struct Site {
    responder: Arc<dyn Responder>,
    hosts: Vec<Host>,
    limits: Limits,
}

impl Site {
    async fn answer(&self, request: Request<Incoming>, reached: IpAddr) -> Response<Body> {
        let (head, _) = request.into_parts();
        match server_request::read(&head, &self.hosts, reached) {
            Ok(asked) => server_answer::answer(&self.responder, asked, &head).await,
            Err(refusal) => server_answer::refuse(&refusal, &head),
        }
    }
}

/// Whether a port is somebody else's, so that the next may be free. Systems also refuse ports above 1024 that they have set aside.
fn is_taken(error: &io::Error, port: u16) -> bool {
    match error.kind() {
        io::ErrorKind::AddrInUse => true,
        io::ErrorKind::PermissionDenied => port >= 1024,
        _ => false,
    }
}

async fn accept(socket: tokio::net::TcpListener, site: Arc<Site>) {
    let places = Arc::new(Semaphore::new(site.limits.connections));
    // The semaphore is never closed, so there is always a place in the end.
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match socket.accept().await {
            Ok((stream, _)) => {
                let site = Arc::clone(&site);
                tokio::spawn(async move {
                    attend(stream, site).await;
                    drop(place);
                });
            }
            // Out of file descriptors, mostly: the next connection that ends gives one back.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Answers one connection until it ends.
async fn attend(stream: TcpStream, site: Arc<Site>) {
    let Ok(local) = stream.local_addr() else { return };
    // Events are small, and waited for.
    let _ = stream.set_nodelay(true);
    let limits = site.limits;
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write_time));
    let service = service_fn(move |request| {
        let site = Arc::clone(&site);
        async move { Ok::<_, Infallible>(site.answer(request, local.ip()).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_buf_size(limits.header_bytes)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    // What goes wrong with one client concerns nobody else.
    let _ = connection.await;
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind { address, source } => write!(f, "cannot listen on {address}: {source}"),
            Self::Busy { address, first, last } => {
                write!(f, "cannot listen on {address}: the ports from {first} to {last} are all taken")
            }
            Self::Host(name) => write!(f, "`{name}` is not a host name"),
            Self::Start(source) => write!(f, "cannot start the server: {source}"),
        }
    }
}

impl std::error::Error for ServerError {}

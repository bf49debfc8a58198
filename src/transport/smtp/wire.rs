//! A connection to a server: lines in, octets out, in the clear or through TLS, and nothing takes longer than it may.

use std::fmt;
use std::io;
use std::io::Read;
use std::io::Write;
use std::net::IpAddr;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::StreamOwned;
use rustls::pki_types::ServerName;

use crate::transport::smtp::reply_lines;
use crate::value::reply::Reply;
use crate::value::reply::Stage;

/// The longest line of a reply in octets; RFC 5321 §4.5.3.1.5 has 512, and servers exceed it.
const LONGEST_LINE: usize = 4096;
/// The most octets of a reply.
const LONGEST_REPLY: usize = 64 * 1024;
/// Octets of a letter that are handed to the system at a time, each within its own time (RFC 5321 §4.5.3.2.5).
const BLOCK: usize = 64 * 1024;

/// How a connection broke.
#[derive(Debug)]
pub(in crate::transport::smtp) enum Broken {
    /// The server ended it.
    Closed,
    /// It did not answer in this time.
    Late(Duration),
    /// TLS failed.
    Tls(rustls::Error),
    /// What it said is no reply.
    Nonsense(String),
    /// The network failed.
    Io(io::Error),
}

/// One connection.
pub(in crate::transport::smtp) struct Wire {
    stream: Stream,
    /// What has come and was not yet read.
    incoming: Vec<u8>,
}

#[allow(clippy::large_enum_variant, reason = "one to a connection")]
enum Stream {
    Clear(Timed),
    Tls(StreamOwned<ClientConnection, Timed>),
}

/// A socket whose calls end at a moment, however slowly the other side drips.
struct Timed {
    socket: TcpStream,
    until: Instant,
}

impl Wire {
    /// Connects; `patience` is the longest wait for it.
    pub(in crate::transport::smtp) fn connect(address: SocketAddr, patience: Duration) -> Result<Self, Broken> {
        let socket = TcpStream::connect_timeout(&address, patience).map_err(|error| Broken::of(error, patience))?;
        // A letter's last packet must not wait for the receipt of the one before it.
        socket.set_nodelay(true).map_err(Broken::Io)?;
        let stream = Stream::Clear(Timed { socket, until: Instant::now() });
        Ok(Self { stream, incoming: Vec::new() })
    }

    /// The server's address.
    pub(in crate::transport::smtp) fn peer(&self) -> Option<IpAddr> {
        self.stream.timed().socket.peer_addr().ok().map(|address| address.ip())
    }

    /// Begins TLS. What came before it and was not read was said by anybody, so it breaks the connection.
    pub(in crate::transport::smtp) fn begin_tls(
        self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        patience: Duration,
    ) -> Result<Self, Broken> {
        if !self.incoming.is_empty() {
            return Err(Broken::Nonsense(String::from_utf8_lossy(&self.incoming).into_owned()));
        }
        let mut socket = match self.stream {
            Stream::Clear(socket) => socket,
            Stream::Tls(_) => return Ok(self),
        };
        socket.until = Instant::now() + patience;
        let mut connection = ClientConnection::new(config, name).map_err(Broken::Tls)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut socket).map_err(|error| Broken::of(error, patience))?;
        }
        Ok(Self { stream: Stream::Tls(StreamOwned::new(connection, socket)), incoming: self.incoming })
    }

    /// Sends commands.
    pub(in crate::transport::smtp) fn send(&mut self, octets: &[u8], patience: Duration) -> Result<(), Broken> {
        self.stream.timed_mut().until = Instant::now() + patience;
        let sent = self.stream.write_all(octets).and_then(|()| self.stream.flush());
        sent.map_err(|error| Broken::of(error, patience))
    }

    /// Sends a letter, each block within `patience`. An error means that its end was not sent: a call that fails has taken nothing, and a TLS record
    /// without its last octet opens to nobody.
    pub(in crate::transport::smtp) fn send_blocks(&mut self, octets: &[u8], patience: Duration) -> Result<(), Broken> {
        octets.chunks(BLOCK).try_for_each(|block| self.send(block, patience))
    }

    /// Reads a reply, all of which must come within `patience`.
    pub(in crate::transport::smtp) fn reply(&mut self, stage: Stage, patience: Duration) -> Result<Reply, Broken> {
        let (code, lines) = self.lines(patience)?;
        Ok(Reply::read(stage, code, lines.iter().map(String::as_str)))
    }

    /// The same with its lines apart.
    pub(in crate::transport::smtp) fn lines(&mut self, patience: Duration) -> Result<(u16, Vec<String>), Broken> {
        self.stream.timed_mut().until = Instant::now() + patience;
        let (mut lines, mut octets) = (Vec::new(), 0);
        loop {
            let line = self.line(patience)?;
            octets += line.len() + 1;
            let Some(read) = reply_lines::read(&line).filter(|_| octets <= LONGEST_REPLY) else {
                return Err(Broken::Nonsense(String::from_utf8_lossy(&line).into_owned()));
            };
            lines.push(read.text);
            if read.last {
                return Ok((read.code, lines));
            }
        }
    }

    /// One line without its end.
    fn line(&mut self, patience: Duration) -> Result<Vec<u8>, Broken> {
        let mut looked_at = 0;
        loop {
            let unseen = self.incoming.get(looked_at..).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', unseen) {
                let mut line: Vec<u8> = self.incoming.drain(..=looked_at + at).collect();
                line.truncate(line.len() - if line.ends_with(b"\r\n") { 2 } else { 1 });
                return Ok(line);
            }
            looked_at = self.incoming.len();
            if looked_at > LONGEST_LINE {
                return Err(Broken::Nonsense(String::from_utf8_lossy(&self.incoming).into_owned()));
            }
            let mut more = [0; 2048];
            match self.stream.read(&mut more) {
                Ok(0) => return Err(Broken::Closed),
                Ok(count) => self.incoming.extend_from_slice(more.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Broken::of(error, patience)),
            }
        }
    }

    /// Ends the connection at once, without a word.
    pub(in crate::transport::smtp) fn cut(&mut self) {
        // It may have ended already.
        let _ = self.stream.timed().socket.shutdown(Shutdown::Both);
    }

    /// Ends the connection in order; for TLS, with its own last word.
    pub(in crate::transport::smtp) fn close(&mut self) {
        if let Stream::Tls(stream) = &mut self.stream {
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
        self.cut();
    }
}

impl Stream {
    fn timed(&self) -> &Timed {
        match self {
            Self::Clear(timed) => timed,
            Self::Tls(stream) => &stream.sock,
        }
    }

    fn timed_mut(&mut self) -> &mut Timed {
        match self {
            Self::Clear(timed) => timed,
            Self::Tls(stream) => &mut stream.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(timed) => timed.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Clear(timed) => timed.write(octets),
            Self::Tls(stream) => stream.write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Clear(timed) => timed.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

/// Unix says `WouldBlock` where time has run out, and TLS would take that for something else.
fn late(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(self.left()?))?;
        self.socket.read(buffer).map_err(late)
    }
}

impl Write for Timed {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(self.left()?))?;
        self.socket.write(octets).map_err(late)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

impl Broken {
    fn of(error: io::Error, patience: Duration) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::Tls(tls.clone());
        }
        match error.kind() {
            io::ErrorKind::TimedOut => Self::Late(patience),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Io(error),
        }
    }
}

/// As it follows the name of a server: `closed the connection`.
impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed the connection"),
            Self::Late(patience) if patience.as_secs() >= 60 && patience.as_secs().is_multiple_of(60) => {
                write!(f, "did not answer within {} min", patience.as_secs() / 60)
            }
            Self::Late(patience) => write!(f, "did not answer within {} s", patience.as_secs_f32()),
            Self::Tls(error) => write!(f, "broke TLS ({error})"),
            Self::Nonsense(said) => {
                let said: String = said.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
                write!(f, "said what no mail server says: «{}»", said.trim())
            }
            Self::Io(error) => write!(f, "cannot be heard ({error})"),
        }
    }
}

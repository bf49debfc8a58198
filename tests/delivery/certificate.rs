//! Certificates of an authority of our own, good and bad.

use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::CertifiedIssuer;
use rcgen::DnType;
use rcgen::IsCa;
use rcgen::KeyPair;
use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::StreamOwned;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

/// What a server shows, and whom one has to trust for it. All as PEM.
pub struct Certificate {
    pub authority: String,
    pub chain: String,
    pub key: String,
}

/// For a name, valid from the first day of one year to that of another.
pub fn certificate(name: &str, from: i32, until: i32) -> Certificate {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, format!("Authority of {name} from {from}"));
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(from, 1, 1), rcgen::date_time_ymd(until, 1, 1));
    let key = KeyPair::generate().unwrap();
    let chain = params.signed_by(&key, &authority).unwrap();
    Certificate { authority: authority.pem(), chain: chain.pem(), key: key.serialize_pem() }
}

impl Certificate {
    /// Settings of a server that shows it.
    pub fn server(&self) -> Arc<ServerConfig> {
        let chain = CertificateDer::from_pem_slice(self.chain.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        Arc::new(builder.with_single_cert(vec![chain], key).unwrap())
    }
}

/// TLS from the first octet; `None` where the other side does not want it.
pub fn secured(config: &Arc<ServerConfig>, mut socket: TcpStream) -> Option<impl Read + Write + 'static> {
    let mut connection = ServerConnection::new(Arc::clone(config)).unwrap();
    while connection.is_handshaking() {
        connection.complete_io(&mut socket).ok()?;
    }
    Some(StreamOwned::new(connection, socket))
}

//! Whom TLS trusts, and what to do when a certificate is not to be trusted.

use std::sync::Arc;

use jiff::Timestamp;
use rustls::CertificateError;
use rustls::ClientConfig;
use rustls::Error;
use rustls::InvalidMessage;
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject;

/// Trusts the authorities of this machine's store, and beside them those in `pem` (certificates, one or more).
///
/// # Errors
/// What is missing, and what to do.
pub(in crate::transport::smtp) fn config(pem: &[u8]) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let mut own = 0_usize;
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| format!("the file of authorities is no PEM file: {error}"))?;
        roots.add(certificate).map_err(|error| format!("the file of authorities has none: {error}"))?;
        own += 1;
    }
    if own == 0 && !pem.is_empty() {
        return Err("the file of authorities has none: each begins with -----BEGIN CERTIFICATE-----".into());
    }
    if roots.is_empty() {
        return Err(
            "this machine trusts no authority at all, so no certificate can be checked: install its ca-certificates"
                .into(),
        );
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// What went wrong between us and `host`, and what to do.
pub(in crate::transport::smtp) fn explain(host: &str, error: &Error) -> String {
    match error {
        Error::InvalidCertificate(certificate) => explain_certificate(host, certificate),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            format!(
                "{host} does not begin with TLS on this port; set tls = \"starttls\", or the port for TLS, usually 465"
            )
        }
        Error::PeerIncompatible(_) | Error::AlertReceived(_) => {
            format!("{host} and this program have no kind of TLS in common ({error}); it needs TLS 1.2 or 1.3")
        }
        _ => format!("TLS with {host} failed ({error})"),
    }
}

fn explain_certificate(host: &str, error: &CertificateError) -> String {
    let day = |time: &UnixTime| {
        let second = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        Timestamp::from_second(second).map_or_else(|_| "another age".into(), |time| time.strftime("%F").to_string())
    };
    let clock = "and check this machine's clock";
    match error {
        CertificateError::Expired => format!("the certificate of {host} has expired; have it renewed, {clock}"),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("the certificate of {host} expired on {}; have it renewed, {clock}", day(not_after))
        }
        CertificateError::NotValidYet => {
            format!("the certificate of {host} is not valid yet; check this machine's clock")
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("the certificate of {host} is valid from {}; check this machine's clock", day(not_before))
        }
        CertificateError::NotValidForName => {
            format!("the certificate of {host} is for another name; set `host` to the name it is for")
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<&str> = presented.iter().map(|name| bare_name(name)).collect();
            format!("the certificate of {host} is for {}; set `host` to the name it is for", names.join(", "))
        }
        CertificateError::UnknownIssuer => format!(
            "the certificate of {host} is from nobody whom this machine trusts; if it is your own server, name its authority in [[smtp]]: ca = \"authority.pem\""
        ),
        CertificateError::Revoked => format!("the certificate of {host} was revoked; have it replaced"),
        _ => format!("the certificate of {host} cannot be trusted ({error}); have it replaced"),
    }
}

/// `DnsName("example.com")`, as the library has it, without its wrapping.
fn bare_name(name: &str) -> &str {
    name.split('"').nth(1).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_to_do() {
        let second = |second| UnixTime::since_unix_epoch(Duration::from_secs(second));
        let name = rustls::pki_types::ServerName::try_from("mail.example.com").unwrap();
        let presented = vec!["DnsName(\"a.example\")".into(), "b.example".into()];
        for (error, says) in [
            (
                CertificateError::ExpiredContext { time: second(9), not_after: second(1_764_000_000) },
                "expired on 2025-11-24; have it renewed",
            ),
            (CertificateError::Expired, "has expired; have it renewed"),
            (
                CertificateError::NotValidYetContext { time: second(9), not_before: second(1_764_000_000) },
                "valid from 2025-11-24; check this machine's clock",
            ),
            (CertificateError::NotValidYet, "not valid yet; check this machine's clock"),
            (
                CertificateError::NotValidForNameContext { expected: name, presented },
                "is for a.example, b.example; set `host`",
            ),
            (CertificateError::NotValidForName, "for another name; set `host`"),
            (CertificateError::UnknownIssuer, "from nobody whom this machine trusts; if it is your own server"),
            (CertificateError::Revoked, "was revoked; have it replaced"),
            (CertificateError::BadSignature, "cannot be trusted ("),
        ] {
            let said = explain("mail.example.com", &Error::InvalidCertificate(error));
            assert!(said.contains("mail.example.com") && said.contains(says), "{says}\nin {said}");
        }
        let plain = explain("mail.example.com", &Error::InvalidMessage(InvalidMessage::InvalidContentType));
        assert!(plain.contains("does not begin with TLS on this port; set tls = \"starttls\""), "{plain}");
        let old = explain("mail.example.com", &Error::AlertReceived(rustls::AlertDescription::ProtocolVersion));
        assert!(old.contains("needs TLS 1.2 or 1.3"), "{old}");
    }

    #[test]
    fn files_that_hold_no_authority() {
        let wrong = config(b"-----BEGIN CERTIFICATE-----\nnonsense!\n-----END CERTIFICATE-----\n").unwrap_err();
        assert!(wrong.starts_with("the file of authorities is no PEM file"), "{wrong}");
        let wrong = config(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap_err();
        assert!(wrong.starts_with("the file of authorities has none"), "{wrong}");
        let wrong = config(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap_err();
        assert!(wrong.ends_with("each begins with -----BEGIN CERTIFICATE-----"), "{wrong}");
    }
}

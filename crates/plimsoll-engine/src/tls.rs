//! The certificates that an engine's port is guarded by: `ca.pem`, and `cert.pem` with `key.pem` for who shows one of his own.
//!
//! Who answers is always verified. Deliberately absent: the authorities of the system and of browsers, none of which vouches for
//! an engine, and any way not to verify.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, ClientConnection, RootCertStore};

use crate::EngineError;

/// No file of these is larger.
const MAX_FILE: u64 = 1024 * 1024;

/// What one side shows, and what it asks of the other.
#[derive(Debug, Clone)]
pub(crate) struct Papers {
    folder: PathBuf,
    config: Arc<ClientConfig>,
}

impl Papers {
    /// Reads a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, EngineError> {
        let fault = |file: &str, why: String| EngineError::Papers {
            file: folder.join(file).display().to_string(),
            why,
        };
        let ca = file(folder, "ca.pem").map_err(|why| fault("ca.pem", why))?;
        let ca = ca.ok_or_else(|| fault("ca.pem", "it is not there, and says whom to trust".to_owned()))?;
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&ca).map_err(|why| fault("ca.pem", why))? {
            let told = |error: rustls::Error| fault("ca.pem", format!("it holds no authority: {error}"));
            roots.add(certificate).map_err(told)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| fault("", error.to_string()))?
            .with_root_certificates(roots);
        let own = file(folder, "cert.pem").map_err(|why| fault("cert.pem", why))?;
        let key = file(folder, "key.pem").map_err(|why| fault("key.pem", why))?;
        let config = match (own, key) {
            (None, None) => builder.with_no_client_auth(),
            (Some(_), None) => return Err(fault("key.pem", "it is not there, and cert.pem is".to_owned())),
            (None, Some(_)) => return Err(fault("cert.pem", "it is not there, and key.pem is".to_owned())),
            (Some(own), Some(key)) => {
                let own = certificates(&own).map_err(|why| fault("cert.pem", why))?;
                // What a parser says of a key may show it.
                let key = PrivateKeyDer::from_pem_slice(&key).map_err(|_| {
                    fault("key.pem", "it holds no private key, or one behind a passphrase".to_owned())
                })?;
                let told = |error: rustls::Error| match error {
                    rustls::Error::InconsistentKeys(_) => {
                        fault("key.pem", "it is not the key of cert.pem".to_owned())
                    }
                    error => fault("cert.pem", format!("it cannot be used: {error}")),
                };
                builder.with_client_auth_cert(own, key).map_err(told)?
            }
        };
        Ok(Self { folder: folder.to_owned(), config: Arc::new(config) })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Our side of a connection to a host.
    pub(crate) fn connection(&self, host: &str) -> Result<ClientConnection, String> {
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| format!("`{host}` is no name for TLS"))?;
        ClientConnection::new(Arc::clone(&self.config), name).map_err(|error| told(&error))
    }
}

/// A file's bytes; nothing when it is not there.
fn file(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, String> {
    let mut bytes = Vec::new();
    let opened = match std::fs::File::open(folder.join(name)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(|error| error.to_string())?,
    };
    opened.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    match bytes.len() as u64 > MAX_FILE {
        true => Err("it is larger than 1 MiB".to_owned()),
        false => Ok(Some(bytes)),
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err("it holds no certificate (PEM)".to_owned()),
    }
}

/// What went wrong, for who can mend it.
pub(crate) fn told(error: &rustls::Error) -> String {
    use CertificateError as Wrong;
    let words = match error {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            Wrong::UnknownIssuer | Wrong::BadSignature => "its certificate is of no authority in ca.pem",
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
                "its certificate is for another name than the address has"
            }
            Wrong::Expired | Wrong::ExpiredContext { .. } => "its certificate has expired",
            Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => "its certificate is not valid yet",
            wrong => return format!("its certificate cannot be used: {wrong}"),
        },
        rustls::Error::AlertReceived(alert) => match alert {
            AlertDescription::CertificateRequired => {
                "it asks for a certificate of the client: cert.pem and key.pem beside ca.pem"
            }
            AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateRevoked
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::AccessDenied
            | AlertDescription::DecryptError => "it does not take the client's certificate (cert.pem)",
            AlertDescription::ProtocolVersion => "it speaks no TLS 1.3",
            alert => return format!("it refuses the connection ({alert:?})"),
        },
        rustls::Error::InvalidMessage(_) => {
            "it does not speak TLS: leave DOCKER_TLS_VERIFY out for a plain port"
        }
        error => return error.to_string(),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_does_not_have_what_it_takes() {
        let folder = std::env::temp_dir().join(format!("plimsoll-papers-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let fails = |file: &str, why: &str| {
            let error = Papers::read(&folder).unwrap_err().to_string();
            assert!(error.contains(&format!("/{file} ")) && error.contains(why), "{error}");
        };
        fails("ca.pem", "not there");
        std::fs::write(folder.join("ca.pem"), "nothing").unwrap();
        fails("ca.pem", "no certificate");
        std::fs::write(
            folder.join("ca.pem"),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        )
        .unwrap();
        fails("ca.pem", "no authority");
        std::fs::write(folder.join("ca.pem"), vec![b'-'; 1 << 21]).unwrap();
        fails("ca.pem", "larger than 1 MiB");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

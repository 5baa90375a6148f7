//! Engines behind a port: in the open, and behind TLS with certificates of the tests' own authorities.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use plimsoll_engine::{Address, EngineError, Lookout, Part, Patience};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;

use crate::stage::{self, Heard};
use crate::survey::usual;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate and its key, for these names; of the past, where that is wanted.
fn leaf(names: &[&str], by: &Authority, expired: bool) -> (rcgen::Certificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    if expired {
        params.not_after = rcgen::date_time_ymd(1990, 1, 1);
    }
    (params.signed_by(&key, by).unwrap(), key)
}

/// An engine on a port of this machine that asks its clients for a certificate of `clients`.
fn guarded(
    part: stage::Part,
    by: &Authority,
    clients: Option<&Authority>,
    names: &[&str],
    expired: bool,
) -> u16 {
    let (certificate, key) = leaf(names, by, expired);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(clients) => {
            let mut roots = RootCertStore::empty();
            roots.add(clients.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap());
    serve(move |stream| {
        let connection = rustls::ServerConnection::new(config.clone()).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, stream);
        part.play(0, &mut stream, &Heard::default());
        // Words that explain a refusal reach the other side before the end does.
        stream.conn.send_close_notify();
        let _ = stream.flush();
        let _ = stream.sock.read(&mut [0]);
    })
}

fn serve(play: impl Fn(std::net::TcpStream) + Send + Clone + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let play = play.clone();
            std::thread::spawn(move || play(stream));
        }
    });
    port
}

/// A folder as `DOCKER_CERT_PATH` names it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, trusted: &Authority, own: Option<&Authority>) -> Self {
        let folder = std::env::temp_dir().join(format!("plimsoll-tls-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("ca.pem"), trusted.pem()).unwrap();
        if let Some(own) = own {
            let (certificate, key) = leaf(&["client"], own, false);
            std::fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
            std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
        }
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn open(host: &str, port: u16, papers: Option<&Path>) -> Result<Lookout, EngineError> {
    let short = Duration::from_millis(800);
    let patience = Patience { connect: short, quiet: short, call: short * 2, work: short * 2 };
    Lookout::patient(&Address::parse(&format!("tcp://{host}:{port}"), papers)?, patience, None)
}

#[test]
fn an_engine_in_the_open_is_asked_as_one_behind_a_socket_is() {
    let port = serve(|mut stream| usual().play(0, &mut stream, &Heard::default()));
    let survey = open("127.0.0.1", port, None).unwrap().survey(&Part::ALL);
    assert!(survey.gaps.is_empty() && survey.documents.len() == 8, "{:?}", survey.gaps);
    // Somebody else's port, and nobody's.
    let stranger = serve(|mut stream| drop(stream.write_all(b"SSH-2.0-x\r\n")));
    let error = open("127.0.0.1", stranger, None).unwrap_err();
    assert!(matches!(error, EngineError::NotAnEngine { .. }), "{error}");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = open("127.0.0.1", nobody, None).unwrap_err();
    assert!(matches!(error, EngineError::NoEngine(_)), "{error}");
    let silent =
        serve(|stream| drop((&stream).read(&mut [0; 1]).and_then(|_| (&stream).read(&mut [0; 4096]))));
    assert!(open("127.0.0.1", silent, None).is_err());
}

#[test]
fn both_sides_show_who_they_are() {
    let (ours, clients) = (authority(), authority());
    // A long answer goes over many records.
    let long = format!(r#"[{{"Name":"{}"}}]"#, "x".repeat(100_000));
    let part = || usual().with("/networks", stage::Reply::Chunked(long.clone(), 4096));
    let port = guarded(part(), &ours, Some(&clients), &["localhost", "127.0.0.1"], false);
    let folder = Folder::new("both", &ours, Some(&clients));
    for host in ["localhost", "127.0.0.1"] {
        let survey = open(host, port, Some(&folder.0)).unwrap().survey(&Part::ALL);
        assert!(survey.gaps.is_empty(), "{:?}", survey.gaps);
        assert_eq!(survey.text(Part::Networks), Some(long.as_str()));
    }
    let port = guarded(part().moody(1), &ours, None, &["localhost"], false);
    let folder = Folder::new("one", &ours, None);
    let survey = open("localhost", port, Some(&folder.0)).unwrap().survey(&Part::ALL);
    assert!(survey.gaps.is_empty(), "{:?}", survey.gaps);
    let address = Address::parse("tcp://localhost", Some(&folder.0)).unwrap();
    assert_eq!(address.to_string(), "tcp://localhost:2376");
    assert_eq!(
        address.variables()[1..],
        [("DOCKER_TLS_VERIFY", "1".to_owned()), ("DOCKER_CERT_PATH", folder.0.display().to_string())]
    );
}

#[test]
fn who_is_not_vouched_for_is_not_spoken_to_and_why_is_said() {
    let (ours, clients, others) = (authority(), authority(), authority());
    let names = ["localhost"];
    let port = guarded(usual(), &ours, Some(&clients), &names, false);
    let fails =
        |name: &str, host: &str, port: u16, trusted: &Authority, own: Option<&Authority>, why: &str| {
            let folder = Folder::new(name, trusted, own);
            let error = open(host, port, Some(&folder.0)).unwrap_err();
            assert!(matches!(error, EngineError::Tls { .. }), "{name}: {error:?}");
            assert!(error.to_string().contains(why), "{name}: {error}");
        };
    fails("authority", "localhost", port, &others, Some(&clients), "of no authority in ca.pem");
    fails("name", "127.0.0.1", port, &ours, Some(&clients), "for another name");
    fails("client", "localhost", port, &ours, Some(&others), "does not take the client's certificate");
    fails("none", "localhost", port, &ours, None, "asks for a certificate of the client");
    let old = guarded(usual(), &ours, None, &names, true);
    fails("expired", "localhost", old, &ours, None, "has expired");
    let speaking = serve(|mut stream| drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")));
    fails("speaking", "localhost", speaking, &ours, None, "does not speak TLS");
    // The words of an engine behind TLS to who comes in the open.
    let words = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    let guarded = serve(move |mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(words.as_bytes());
    });
    let error = open("127.0.0.1", guarded, None).unwrap_err();
    assert!(error.to_string().contains("DOCKER_TLS_VERIFY=1"), "{error}");
}

#[test]
fn keys_that_do_not_fit() {
    let (ours, clients) = (authority(), authority());
    let folder = Folder::new("fit", &ours, Some(&clients));
    let fails = |why: &str| {
        let error = Address::parse("tcp://localhost", Some(&folder.0)).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    std::fs::write(folder.0.join("key.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    fails("is not the key of cert.pem");
    std::fs::write(
        folder.0.join("key.pem"),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    )
    .unwrap();
    fails("behind a passphrase");
    std::fs::remove_file(folder.0.join("key.pem")).unwrap();
    fails("key.pem cannot be used for TLS: it is not there, and cert.pem is");
}

#[test]
fn a_port_that_is_silent_is_not_waited_for() {
    let ours = authority();
    let folder = Folder::new("silent", &ours, None);
    let silent = serve(|mut stream| while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {});
    for papers in [None, Some(folder.0.as_path())] {
        let error = open("127.0.0.1", silent, papers).unwrap_err();
        assert!(matches!(error, EngineError::Slow { .. }), "{error}");
    }
}

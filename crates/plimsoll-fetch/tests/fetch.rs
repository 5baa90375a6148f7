//! Fetching from servers of the test's own on this machine: what they are sent is recorded and compared.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plimsoll_fetch::{Fault, FetchError, Fetcher, Limits, Network};

/// A server that answers requests as a function of their head, and keeps the heads.
struct Server {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

fn serve(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Server {
    serve_by(move |mut stream, seen| {
        let head = head(&mut BufReader::new(&mut stream));
        seen.lock().unwrap().push(head.clone());
        stream.write_all(&answer(&head)).ok();
    })
}

fn serve_by(answer: impl Fn(TcpStream, &Mutex<Vec<String>>) + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = heads.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream, &seen);
        }
    });
    Server { port, heads }
}

fn head(reader: &mut impl BufRead) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
    head.to_ascii_lowercase()
}

fn reply(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for header in headers {
        bytes += header;
        bytes += "\r\n";
    }
    bytes += "\r\n";
    let mut bytes = bytes.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

impl Server {
    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn head(&self, at: usize) -> String {
        self.heads.lock().unwrap().get(at).unwrap().clone()
    }

    fn asked(&self) -> usize {
        self.heads.lock().unwrap().len()
    }
}

/// Short enough for a test that waits for them.
fn limits() -> Limits {
    Limits {
        connect: Duration::from_secs(5),
        quiet: Duration::from_millis(300),
        total: Duration::from_secs(20),
        body: 1000,
        redirects: 3,
    }
}

fn fetcher() -> Fetcher {
    Fetcher::new(limits(), &Network::default()).unwrap()
}

#[test]
fn an_answer_has_its_status_headers_and_bytes_as_they_were_sent() {
    let server =
        serve(|_| reply("404 Not Found", &["ETag: \"x\"", "content-encoding: gzip"], b"\x1f\x8bnot for us"));
    let reply = fetcher().get(&server.url("/a?b=c#d"), &[("accept", "text/plain")], 0).unwrap();
    assert_eq!(
        (reply.status, reply.header("etag"), reply.from_byte, reply.length),
        (404, Some("\"x\""), 0, Some(12))
    );
    assert_eq!(reply.bytes(100).unwrap(), b"\x1f\x8bnot for us");
    let head = server.head(0);
    assert!(head.starts_with("get /a?b=c http/1.1\r\n"), "{head}");
    assert!(
        head.contains("accept: text/plain\r\n") && head.contains("accept-encoding: identity\r\n"),
        "{head}"
    );
    assert!(head.contains("user-agent: plimsoll/"), "{head}");
}

#[test]
fn a_download_goes_on_from_a_byte_where_the_server_can() {
    let whole = b"0123456789";
    let server = serve(move |head| {
        let from = head.split("range: bytes=").nth(1).and_then(|rest| rest.split('-').next());
        match from.and_then(|from| from.parse::<usize>().ok()) {
            Some(from) if head.starts_with("get /knows") => {
                let range = format!("content-range: bytes {from}-9/10");
                reply("206 Partial Content", &[&range], whole.get(from..).unwrap())
            }
            Some(_) if head.starts_with("get /lies") => {
                reply("206 Partial Content", &["content-range: bytes 0-9/10"], whole)
            }
            _ => reply("200 OK", &[], whole),
        }
    });
    let part = fetcher().get(&server.url("/knows"), &[("if-range", "\"x\"")], 7).unwrap();
    assert_eq!((part.status, part.from_byte), (206, 7));
    assert_eq!(part.bytes(100).unwrap(), b"789");
    let all = fetcher().get(&server.url("/not"), &[], 7).unwrap();
    assert_eq!((all.status, all.from_byte), (200, 0));
    assert_eq!(all.bytes(100).unwrap(), whole);
    let error = fetcher().get(&server.url("/lies"), &[], 7).unwrap_err();
    assert!(matches!(error, FetchError::Unusable { .. }), "{error}");
}

#[test]
fn credentials_go_to_no_other_origin() {
    let other = serve(|_| reply("200 OK", &[], b"blob"));
    let target = other.url("/blob?signature=s");
    let server = serve(move |head| match head.starts_with("get /first") {
        true => reply("307 Temporary Redirect", &["location: /second"], b""),
        false => reply("302 Found", &[&format!("location: {target}")], b""),
    });
    let headers = [("authorization", "Bearer canary"), ("x-api-key", "canary"), ("accept", "*/*")];
    let reply = fetcher().get(&server.url("/first"), &headers, 0).unwrap();
    assert_eq!(reply.address.to_string(), other.url("/blob"));
    assert_eq!(reply.bytes(10).unwrap(), b"blob");
    // The same origin is told again.
    assert!(server.head(1).contains("authorization: bearer canary"), "{}", server.head(1));
    assert!(!other.head(0).contains("canary"), "{}", other.head(0));
    assert!(other.head(0).contains("accept: */*"), "{}", other.head(0));
}

#[test]
fn redirects_are_bounded() {
    let server = serve(|_| reply("301 Moved Permanently", &["location: /again"], b""));
    let error = fetcher().get(&server.url("/"), &[], 0).unwrap_err();
    assert!(matches!(error, FetchError::Redirect { .. }), "{error}");
    assert_eq!(server.asked(), 4);
    for location in ["location: http://example.org/", "location: file:///etc/passwd", "x: y"] {
        let server = serve(move |_| reply("302 Found", &[location], b""));
        let error = fetcher().get(&server.url("/"), &[], 0).unwrap_err();
        assert_eq!(error.fault(), Fault::Theirs, "{error}");
        assert!(matches!(error, FetchError::Redirect { .. }), "{error}");
    }
}

#[test]
fn a_body_is_bounded_whether_it_says_its_length_or_not() {
    let server = serve(|head| {
        let body = vec![b'x'; 1001];
        match head.starts_with("get /says") {
            true => reply("200 OK", &[], &body),
            false => [b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".as_slice(), &body].concat(),
        }
    });
    let error = fetcher().get(&server.url("/says"), &[], 0).unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { most: 1000, .. }), "{error}");
    let error = fetcher().get(&server.url("/not"), &[], 0).unwrap().bytes(u64::MAX).unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { most: 1000, .. }), "{error}");
    let error = fetcher().get(&server.url("/not"), &[], 0).unwrap().bytes(10).unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { most: 10, .. }), "{error}");
}

#[test]
fn an_end_before_its_time_is_no_end() {
    let server = serve(|head| match head.starts_with("get /chunks") {
        true => b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n".to_vec(),
        false => b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_vec(),
    });
    for path in ["/chunks", "/length"] {
        let error = fetcher().get(&server.url(path), &[], 0).unwrap().bytes(100).unwrap_err();
        assert_eq!(error.fault(), Fault::Way, "{path}: {error:?}");
    }
}

#[test]
fn silence_is_not_waited_for() {
    let silent = |first: &'static [u8]| {
        serve_by(move |mut stream, _| {
            head(&mut BufReader::new(&mut stream));
            stream.write_all(first).unwrap();
            // Held until the other side hangs up.
            stream.read_to_end(&mut Vec::new()).ok();
        })
    };
    let server = silent(b"");
    let error = fetcher().get(&server.url("/"), &[], 0).unwrap_err();
    assert!(matches!(error, FetchError::Slow { .. }), "{error:?}");
    let server = silent(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
    let error = fetcher().get(&server.url("/"), &[], 0).unwrap().bytes(100).unwrap_err();
    assert!(matches!(error, FetchError::Slow { .. }), "{error:?}");
}

/// One byte in a while is never silence, but the whole takes too long.
#[test]
fn the_total_is_bounded_too() {
    let server = serve_by(|mut stream, _| {
        head(&mut BufReader::new(&mut stream));
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").ok();
        while stream.write_all(b"x").is_ok() {
            stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            stream.read_exact(&mut [0]).ok();
        }
    });
    let limits = Limits { total: Duration::from_millis(300), ..limits() };
    let fetcher = Fetcher::new(limits, &Network::default()).unwrap();
    let error = fetcher.get(&server.url("/"), &[], 0).unwrap().bytes(1000).unwrap_err();
    assert!(matches!(error, FetchError::Slow { .. }), "{error:?}");
}

#[test]
fn whose_fault_it_is_is_told() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = fetcher().get(&format!("http://127.0.0.1:{port}/?token=canary"), &[], 0).unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
    assert!(!error.to_string().contains("canary"), "{error}");
    let server = serve(|_| b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec());
    let error = fetcher().get(&server.url("/"), &[], 0).unwrap_err();
    assert_eq!(error.fault(), Fault::Theirs, "{error:?}");
    let error = fetcher().get("http://example.org/", &[], 0).unwrap_err();
    assert_eq!(error.fault(), Fault::Own, "{error:?}");
    let error = fetcher().get(&server.url("/"), &[("a", "b\r\nc: canary")], 0).unwrap_err();
    assert!(matches!(&error, FetchError::Header(name) if name == "a"), "{error:?}");
}

/// A TLS server with a certificate for `localhost` by an authority of its own; the authority as PEM.
fn tls() -> (Server, String) {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    use rustls::pki_types::PrivateKeyDer;
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let server = serve_by(move |stream, seen| {
        let connection = rustls::ServerConnection::new(config.clone()).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, stream);
        let head = head(&mut BufReader::new(&mut stream));
        if !head.is_empty() {
            seen.lock().unwrap().push(head);
            stream.write_all(&reply("200 OK", &[], b"over TLS")).ok();
            stream.conn.send_close_notify();
            stream.flush().ok();
        }
    });
    (server, authority.pem())
}

#[test]
fn who_answers_must_be_vouched_for() {
    let (server, authority) = tls();
    let folder = std::env::temp_dir().join(format!("plimsoll-fetch-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("ca.pem");
    std::fs::write(&file, authority).unwrap();
    let network = Network { authorities: Some(file.clone()), ..Network::default() };
    let own = Fetcher::new(limits(), &network).unwrap();
    let reply = own.get(&format!("https://localhost:{}/", server.port), &[], 0).unwrap();
    assert_eq!(reply.bytes(100).unwrap(), b"over TLS");
    assert_eq!(server.asked(), 1);
    // Another name than the certificate's, and an authority that nobody named.
    let error = own.get(&format!("https://127.0.0.1:{}/", server.port), &[], 0).unwrap_err();
    assert!(matches!(error, FetchError::Trust { .. }), "{error:?}");
    let error = fetcher().get(&format!("https://localhost:{}/", server.port), &[], 0).unwrap_err();
    assert!(matches!(error, FetchError::Trust { .. }), "{error:?}");
    assert_eq!(server.asked(), 1);
    // A plain server is nobody.
    let plain = serve(|_| reply_of_nobody());
    let error = own.get(&format!("https://localhost:{}/", plain.port), &[], 0).unwrap_err();
    assert_ne!(error.fault(), Fault::Own, "{error:?}");
    // Files that hold no authority.
    for (text, why) in [("", "no certificate"), ("-----BEGIN CERTIFICATE-----\n*\n", "cannot be used")] {
        std::fs::write(&file, text).unwrap();
        let error = Fetcher::new(limits(), &network).unwrap_err();
        assert!(matches!(error, FetchError::Authorities { .. }), "{error:?}");
        assert!(error.to_string().contains(why), "{error}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(Fetcher::new(limits(), &network).unwrap_err().fault(), Fault::Own);
}

fn reply_of_nobody() -> Vec<u8> {
    b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()
}

/// Through a proxy the request is a tunnel, and what identifies the user goes into the tunnel only.
#[test]
fn the_proxy_of_the_environment_is_asked_for_all_but_this_machine() {
    let proxy = serve(|_| reply("403 Forbidden", &[], b""));
    let network = Network {
        proxy: Some(format!("http://127.0.0.1:{}", proxy.port)),
        no_proxy: "direct.invalid".to_owned(),
        ..Network::default()
    };
    let fetcher = Fetcher::new(limits(), &network).unwrap();
    let headers = [("authorization", "Bearer canary")];
    let error = fetcher.get("https://registry.invalid/v2/", &headers, 0).unwrap_err();
    assert!(matches!(error, FetchError::Proxy(_)), "{error:?}");
    assert!(proxy.head(0).starts_with("connect registry.invalid:443 http/1.1\r\n"), "{}", proxy.head(0));
    assert!(!proxy.head(0).contains("canary"), "{}", proxy.head(0));
    // Neither this machine nor who is excepted is reached through it.
    let server = serve(|_| reply("200 OK", &[], b"here"));
    assert_eq!(fetcher.get(&server.url("/"), &[], 0).unwrap().bytes(10).unwrap(), b"here");
    assert!(fetcher.get("https://direct.invalid/", &[], 0).is_err());
    assert_eq!(proxy.asked(), 1);
}

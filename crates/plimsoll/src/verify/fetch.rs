//! Fetches an address over a container's own: a connection, a request, the status.
//!
//! Deliberately absent: TLS, redirects, names: the address is the one that the engine gave the container.

use std::io::{BufReader, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use plimsoll_engine::http::Reply;

use super::smoke::Fetch;

/// How long one attempt may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(2);
/// Of the body, in bytes.
const MOST: usize = 1024 * 1024;

/// The status and the length of the body.
pub(super) fn fetch(address: IpAddr, port: u16, what: &Fetch) -> Result<(u16, usize), String> {
    let place = SocketAddr::new(address, port);
    let mut stream = TcpStream::connect_timeout(&place, CONNECT)
        .map_err(|error| format!("port {port} cannot be connected to: {}", error.kind()))?;
    let failed = |error: &dyn std::fmt::Display| format!("port {port} gave no answer: {error}");
    stream.set_read_timeout(Some(PATIENCE)).map_err(|error| failed(&error))?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(|error| failed(&error))?;
    let mut request = format!(
        "GET {} HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: plimsoll\r\nAccept: */*\r\nConnection: close\r\n",
        what.path, what.host, what.port
    );
    for header in &what.headers {
        request.push_str(header);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).map_err(|error| failed(&error))?;
    let reply = Reply::read(BufReader::new(stream), false).map_err(|fault| failed(&fault))?;
    let status = reply.status;
    let (body, _) = reply.up_to(MOST).map_err(|error| failed(&error))?;
    Ok((status, body.len()))
}

/// Whether something accepts connections there.
pub(super) fn listens(address: IpAddr, port: u16) -> bool {
    TcpStream::connect_timeout(&SocketAddr::new(address, port), CONNECT).is_ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    #[test]
    fn a_status_comes_back_and_the_host_is_the_one_that_was_written() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut bytes = Vec::new();
            while !bytes.ends_with(b"\r\n\r\n") {
                let mut one = [0];
                stream.read_exact(&mut one).unwrap();
                bytes.extend_from_slice(&one);
            }
            stream.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy").unwrap();
            String::from_utf8(bytes).unwrap()
        });
        let what = Fetch {
            host: "localhost".to_owned(),
            port: 3000,
            path: "/health?x=1".to_owned(),
            headers: vec!["X-A: b".to_owned()],
            strict: true,
        };
        assert_eq!(fetch(Ipv4Addr::LOCALHOST.into(), port, &what), Ok((503, 4)));
        let heard = server.join().unwrap();
        assert!(heard.starts_with("GET /health?x=1 HTTP/1.1\r\nHost: localhost:3000\r\n"), "{heard}");
        assert!(heard.contains("\r\nX-A: b\r\n"), "{heard}");
        // Nobody listens there any more.
        assert!(
            fetch(Ipv4Addr::LOCALHOST.into(), port, &what).unwrap_err().contains("cannot be connected to")
        );
        assert!(!listens(Ipv4Addr::LOCALHOST.into(), port));
    }
}

//! Where the daemon waits for requests: what file, command line and units say, what the daemon warns of, and the sockets that were seen.
//!
//! `host/listening`: `tcp 0.0.0.0:2375 dockerd(812)`, `unix /run/docker.sock dockerd(812)`; without a program where the kernel did not
//! let its owner be seen.

use std::net::SocketAddr;
use std::sync::Arc;

use plimsoll_posture::{Claim, DaemonListener, Host, Known, Layer, Plane, Provenance, Reason};
use plimsoll_text::Source;

use super::entry::running;
use super::flags::{Said, Saying};
use super::processes::Units;
use super::settings::Context;
use super::table;

const SOCKETS: Reason = Reason::NeedsEngine("ss -lntxp");

/// A socket that somebody listens on.
struct Socket<'a> {
    unix: bool,
    address: &'a str,
    dockerd: bool,
    owned: bool,
    at: Provenance,
}

pub(super) fn read(
    host: &mut Host,
    context: &Context,
    units: &Units,
    warned: Vec<DaemonListener>,
    table: Option<&Source>,
) {
    let (tls, verifies) = transport(context);
    let mut listeners: Vec<DaemonListener> = Vec::new();
    let mut add = |address: Arc<str>, plane: Plane, at: Provenance| {
        let address = Claim { value: Known::Value(address), layer: Layer::Engine, plane, at };
        listeners.push(DaemonListener {
            address,
            verifies: verifies.clone(),
            tls: tls.clone(),
            confirmed: Known::Unknown(SOCKETS),
        });
    };
    match context.said("hosts") {
        Some(Said { value: Saying::Texts(texts), plane, at, .. }) => {
            for (text, span) in texts {
                let place = Provenance { span: *span, ..at.clone() };
                // systemd opens the sockets that it hands over.
                if text.starts_with("fd://") && !units.sockets.is_empty() {
                    for (socket, at) in &units.sockets {
                        add(handed_over(socket), *plane, at.clone());
                    }
                    continue;
                }
                add(normal(text, tls == Known::Value(true)).into(), *plane, place);
            }
        }
        _ if host.engine.is_podman() => {}
        _ => {
            let place = context.line.clone().filter(|_| context.complete());
            let plane = if place.is_some() { Plane::Running } else { Plane::Assumed };
            let place = place.unwrap_or_else(|| Provenance::absent(host.subject.anchor));
            add("unix:///var/run/docker.sock".into(), plane, place);
        }
    }
    for seen in warned {
        let same = |own: &&mut DaemonListener| own.address.value == seen.address.value;
        match listeners.iter_mut().find(same) {
            Some(own) => {
                (own.verifies, own.tls) = (seen.verifies, seen.tls);
                own.address.plane = Plane::Running;
            }
            None => listeners.push(seen),
        }
    }
    if let Some(table) = table {
        let sockets: Vec<Socket<'_>> = table::lines(table).filter_map(|line| socket(&line)).collect();
        confirm(host, context, &mut listeners, &sockets);
    }
    host.listeners = listeners;
}

/// Whether TLS is spoken, and whether clients have to show a certificate. `tlsverify` turns TLS on, whatever it is set to.
fn transport(context: &Context) -> (Known<bool>, Known<bool>) {
    let flag = |name: &str| match context.said(name).map(|said| &said.value) {
        Some(Saying::Flag(flag)) => Some(*flag),
        _ => None,
    };
    let nobody = || match context.unread() {
        Some(reason) => Known::Unknown(reason),
        None => Known::Value(false),
    };
    let verifies = flag("tlsverify");
    let tls = if verifies.is_some() { Some(true) } else { flag("tls") };
    (tls.map_or_else(nobody, Known::Value), verifies.map_or_else(nobody, Known::Value))
}

/// As dockerd completes it: without an address it takes this machine's own, without a port 2375, or 2376 with TLS.
pub(super) fn normal(host: &str, tls: bool) -> String {
    let host = host.trim();
    let rest = match host.split_once("://") {
        Some(("tcp", rest)) => rest,
        Some(_) => return host.to_owned(),
        None if host.starts_with('/') => return format!("unix://{host}"),
        None => host,
    };
    let rest = rest.split_once('/').map_or(rest, |(address, _)| address);
    // The colons of an address in brackets part no port.
    let (address, port) = match rest.rsplit_once(':') {
        Some((address, port)) if !port.contains(']') => (address, port),
        _ => (rest, ""),
    };
    let address = if address.is_empty() { "127.0.0.1" } else { address };
    let port = match port {
        "" if tls => "2376",
        "" => "2375",
        port => port,
    };
    format!("tcp://{address}:{port}")
}

/// What `ListenStream=` says: a path, a port on every address, or an address.
pub(super) fn handed_over(socket: &str) -> Arc<str> {
    if socket.starts_with('/') {
        format!("unix://{socket}").into()
    } else if socket.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("tcp://[::]:{socket}").into()
    } else {
        format!("tcp://{socket}").into()
    }
}

fn socket<'a>(line: &table::Line<'a>) -> Option<Socket<'a>> {
    let (kind, rest) = line.text.split_once(' ')?;
    // A path may hold blanks; the program is the last word, and ends with its number in brackets.
    let (address, owner) = match rest.rsplit_once(' ') {
        Some((address, owner)) if owner.ends_with(')') => (address, Some(owner)),
        _ => (rest, None),
    };
    Some(Socket {
        unix: kind == "unix",
        address,
        dockerd: owner.is_some_and(|owner| owner.starts_with("dockerd(")),
        owned: owner.is_some(),
        at: line.at("host/listening"),
    })
}

/// `/var/run` is `/run` wherever systemd is.
fn path(path: &str) -> &str {
    path.strip_prefix("/var").filter(|rest| rest.starts_with("/run/")).unwrap_or(path)
}

fn is_at(socket: &Socket<'_>, address: &str) -> bool {
    match address.split_once("://") {
        Some(("unix", own)) => socket.unix && path(own) == path(socket.address),
        Some(("tcp", own)) if !socket.unix => {
            let Ok(seen) = socket.address.parse::<SocketAddr>() else { return false };
            match own.parse::<SocketAddr>() {
                // A socket on `::` serves IPv4, too.
                Ok(own) => own.port() == seen.port() && (own.ip() == seen.ip() || seen.ip().is_unspecified()),
                Err(_) => own.rsplit_once(':').is_some_and(|(_, port)| port.parse() == Ok(seen.port())),
            }
        }
        _ => false,
    }
}

fn confirm(host: &mut Host, context: &Context, listeners: &mut Vec<DaemonListener>, sockets: &[Socket<'_>]) {
    for listener in listeners.iter_mut() {
        let Some(address) = listener.address.value.value().cloned() else { continue };
        if address.starts_with("fd://") {
            continue;
        }
        let foreign = |socket: &&Socket<'_>| !socket.owned || socket.dockerd || socket.unix;
        let seen = sockets.iter().filter(foreign).any(|socket| is_at(socket, &address));
        listener.confirmed = Known::Value(seen);
    }
    let metrics = match context.said("metrics-addr").map(|said| &said.value) {
        Some(Saying::Text(text)) => text.rsplit_once(':').and_then(|(_, port)| port.parse().ok()),
        _ => None,
    };
    for socket in sockets.iter().filter(|socket| socket.dockerd && !socket.unix) {
        let Ok(address) = socket.address.parse::<SocketAddr>() else { continue };
        let claim = running(Known::Value(socket.address.into()), socket.at.clone());
        match address.port() {
            2377 => host.swarm.listen = plimsoll_posture::Fact::of(claim),
            // Gossip of a swarm, and metrics.
            7946 => {}
            port if Some(port) == metrics => {}
            _ => {
                let told = |listener: &DaemonListener| {
                    listener.address.value.value().is_some_and(|address| is_at(socket, address))
                };
                if !listeners.iter().any(told) {
                    listeners.push(DaemonListener {
                        address: running(Known::Value(format!("tcp://{address}").into()), socket.at.clone()),
                        verifies: Known::Unknown(SOCKETS),
                        tls: Known::Unknown(SOCKETS),
                        confirmed: Known::Value(true),
                    });
                }
            }
        }
    }
}

//! `host/listening`: sockets on which the engine waits for requests.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use plimsoll_lens::host::Named;

use super::processes::Process;
use super::tree::Tree;

/// Ports of Docker's API, without and with TLS, and of a swarm.
const PORTS: [u16; 3] = [2375, 2376, 2377];
/// `TCP_LISTEN`.
const LISTENING: &str = "0A";
/// `__SO_ACCEPTCON`.
const ACCEPTING: u32 = 1 << 16;

/// Nothing where no list of sockets can be read.
pub(super) fn table(tree: &Tree, named: &Named, running: &Option<Vec<Process>>) -> Option<Vec<String>> {
    let processes = running.as_deref().unwrap_or(&[]);
    let mut owners: BTreeMap<u64, String> = BTreeMap::new();
    for process in processes {
        let directory = format!("/proc/{}/fd", process.pid);
        for name in tree.names(&directory) {
            let target = tree.link(&format!("{directory}/{name}"));
            let inode = target
                .as_deref()
                .and_then(|target| target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
            if let Some(inode) = inode {
                owners.entry(inode).or_insert_with(|| format!("{}({})", process.program, process.pid));
            }
        }
    }
    // The network that the daemon is in, which need not be the one of whoever asks.
    let daemon =
        processes.iter().find(|process| process.program == "dockerd").map(|process| process.pid.to_string());
    let places = daemon.iter().map(String::as_str).chain(["1", "self"]);
    let directory = places
        .map(|pid| format!("/proc/{pid}/net"))
        .find(|path| tree.text(&format!("{path}/unix")).is_some())?;
    let mut sockets: BTreeSet<(SocketAddr, Option<String>)> = BTreeSet::new();
    for name in ["tcp", "tcp6"] {
        let text = tree.text(&format!("{directory}/{name}")).unwrap_or_default();
        for (address, inode) in text.lines().skip(1).filter_map(tcp) {
            let owner = owners.get(&inode).cloned();
            if owner.is_some() || PORTS.contains(&address.port()) || named.ports.contains(&address.port()) {
                sockets.insert((address, owner));
            }
        }
    }
    let mut lines: Vec<String> = sockets
        .into_iter()
        .map(|(address, owner)| match owner {
            Some(owner) => format!("tcp {address} {owner}"),
            None => format!("tcp {address}"),
        })
        .collect();
    let text = tree.text(&format!("{directory}/unix")).unwrap_or_default();
    let mut paths: BTreeSet<String> = BTreeSet::new();
    for (path, inode) in text.lines().skip(1).filter_map(unix) {
        let owner = owners.get(&inode);
        let own = ["docker.sock", "containerd.sock", "podman.sock"].iter().any(|name| path.ends_with(name));
        // The engine has more sockets, for its own parts, under names that change with every start.
        if own || named.sockets.iter().any(|named| named == path) {
            let owner = owner.map(|owner| format!(" {owner}")).unwrap_or_default();
            paths.insert(format!("unix {path}{owner}"));
        }
    }
    lines.extend(paths);
    Some(lines)
}

/// A line of `/proc/net/tcp` or `tcp6`: where it listens, and the number of its socket.
fn tcp(line: &str) -> Option<(SocketAddr, u64)> {
    let mut fields = line.split_whitespace();
    let (address, port) = fields.nth(1)?.split_once(':')?;
    if fields.nth(1)? != LISTENING {
        return None;
    }
    let inode = fields.nth(5)?.parse().ok()?;
    let port = u16::from_str_radix(port, 16).ok()?;
    // Words of 32 bits, each in the order of the machine, which is little end first wherever Docker runs.
    let mut bytes = [0_u8; 16];
    let words = address.as_bytes().chunks(8).map(|word| {
        let word = std::str::from_utf8(word).ok()?;
        u32::from_str_radix(word, 16).ok().map(u32::to_le_bytes)
    });
    let words: Vec<[u8; 4]> = words.collect::<Option<_>>()?;
    for (slot, byte) in bytes.iter_mut().zip(words.iter().flatten()) {
        *slot = *byte;
    }
    let address: IpAddr = match (words.as_slice(), address.len()) {
        ([word], 8) => Ipv4Addr::from(*word).into(),
        (_, 32) => Ipv6Addr::from(bytes).into(),
        _ => return None,
    };
    Some((SocketAddr::new(address, port), inode))
}

/// A line of `/proc/net/unix` of a socket that waits for others: its path, and its number.
fn unix(line: &str) -> Option<(&str, u64)> {
    let mut fields = line.split_whitespace();
    let flags = u32::from_str_radix(fields.nth(3)?, 16).ok()?;
    let inode = fields.nth(2)?;
    let path = line.get(line.find('/')?..)?;
    (flags & ACCEPTING != 0).then_some((path, inode.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines as the kernel's documentation of `/proc/net/tcp` has them.
    #[test]
    fn sockets_are_read() {
        let line = "   0: 0100007F:0947 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 26374 1 0 100 0 0 10 0";
        assert_eq!(tcp(line), Some(("127.0.0.1:2375".parse().unwrap(), 26374)));
        let line = "   1: 00000000000000000000000000000000:0947 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7 1";
        assert_eq!(tcp(line), Some(("[::]:2375".parse().unwrap(), 7)));
        let line = "   2: 00000000000000000000000001000000:0947 0:0 0A 0:0 0:0 0 0 0 8 1";
        assert_eq!(tcp(line).map(|(address, _)| address.to_string()).as_deref(), Some("[::1]:2375"));
        assert_eq!(tcp("   0: 0100007F:0947 00000000:0000 01 0:0 0:0 0 0 0 9 1"), None, "a connection");
        let line = "0000000000000000: 00000002 00000000 00010000 0001 01 26375 /run/docker.sock";
        assert_eq!(unix(line), Some(("/run/docker.sock", 26375)));
        assert_eq!(unix("0000000000000000: 00000003 00000000 00000000 0001 03 26376 /run/docker.sock"), None);
        assert_eq!(tcp(""), None);
        assert_eq!(unix("a b"), None);
    }
}

//! `[address:][published:]port[/protocol]`: single ports and ranges, IPv6 addresses in brackets.

use std::net::IpAddr;

use super::super::tree::{Map, Node, Text, Value};

/// Why a port mapping is not taken.
pub(super) enum Wrong {
    Invalid(&'static str),
    TooMany,
}

/// The ports of one short text, one map each, in the order of Compose. A range of container ports makes one map per port.
pub(super) fn parse(short: &Node, most: usize) -> Result<Vec<Node>, Wrong> {
    let text = short.text().unwrap_or("").to_owned();
    let (head, container) = match text.rfind(':') {
        Some(colon) => (text.get(..colon), colon + 1),
        None => (None, 0),
    };
    // What stands before the container's part: an address with colons of its own, and the published part.
    let (address, published) = match head {
        None => (0..0, 0..0),
        Some(head) => match head.rfind(':') {
            Some(colon) => (0..colon, colon + 1..head.len()),
            None => (0..0, 0..head.len()),
        },
    };
    let container_text = text.get(container..).unwrap_or("");
    let (port_text, protocol) = match container_text.split_once('/') {
        Some((port, rest)) => (port, rest.split('/').next().filter(|protocol| !protocol.is_empty())),
        None => (container_text, None),
    };
    let ip = address_text(text.get(address.clone()).unwrap_or(""))?;
    if port_text.is_empty() {
        return Err(Wrong::Invalid("it has no port of the container"));
    }
    let (first, last) =
        range(port_text).ok_or(Wrong::Invalid("the port of the container is no number from 0 to 65535"))?;
    let host_text = text.get(published.clone()).unwrap_or("");
    let host = match host_text {
        "" => None,
        host => Some(range(host).ok_or(Wrong::Invalid("the published port is no number from 0 to 65535"))?),
    };
    let count = last - first;
    if host.is_some_and(|(from, to)| to - from != count) && count != 0 {
        return Err(Wrong::Invalid("the two ranges differ in length"));
    }
    let protocol_name = protocol.unwrap_or("tcp").to_ascii_lowercase();
    if !matches!(protocol_name.as_str(), "tcp" | "udp" | "sctp") {
        return Err(Wrong::Invalid("the protocol is none of tcp, udp, sctp"));
    }
    if usize::from(count) + 1 > most {
        return Err(Wrong::TooMany);
    }

    let port_at = short.part(container, container + port_text.len());
    let host_at = short.part(published.start, published.end);
    let address_at = short.part(address.start, address.end);
    let protocol_at = protocol.map(|protocol| {
        let start = container + port_text.len() + 1;
        short.part(start, start + protocol.len())
    });
    let mut ports: Vec<(String, Node)> = Vec::with_capacity(usize::from(count) + 1);
    for step in 0..=count {
        let target = first + step;
        let mut map = Map::default();
        let mut set = |key: &str, value: Node| map.set(key.into(), value.at, value);
        set("mode", Node::implied(Value::Text(Text::plain("ingress")), short.at));
        if !ip.is_empty() {
            set("host_ip", retext(&address_at, ip));
        }
        set("target", Node { value: Value::Int(target.into()), ..port_at.clone() });
        if let Some((from, to)) = host {
            let published = match (count, from == to) {
                (0, false) => format!("{from}-{to}"),
                _ => (from + step).to_string(),
            };
            set("published", retext(&host_at, &published));
        }
        match &protocol_at {
            Some(at) => set("protocol", retext(at, &protocol_name)),
            None => set("protocol", Node::implied(Value::Text(Text::plain("tcp")), short.at)),
        }
        let long = Node {
            value: Value::Map(map),
            at: short.at,
            via: short.via.clone(),
            shadowed: short.shadowed.clone(),
            written: short.as_text().cloned().map(std::sync::Arc::new),
            implied: false,
            resolved: false,
        };
        ports.push((format!("{target}/{protocol_name}"), long));
    }
    ports.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(ports.into_iter().map(|(_, port)| port).collect())
}

/// The same place and history with another text, where the canonical form differs from the written one.
fn retext(node: &Node, text: &str) -> Node {
    if node.text() == Some(text) {
        return node.clone();
    }
    let value = node.as_text().map_or_else(
        || Text::plain(text),
        |old| Text { text: text.into(), pieces: Vec::new(), ..old.clone() },
    );
    Node { value: Value::Text(value), ..node.clone() }
}

/// The address without its brackets.
fn address_text(address: &str) -> Result<&str, Wrong> {
    let wrong = Wrong::Invalid("the address is no IP address");
    let inner = match address.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').ok_or(Wrong::Invalid("the address is no IP address"))?,
        None if address.contains(':') => return Err(Wrong::Invalid("an IPv6 address needs brackets")),
        None => address,
    };
    // A zone after `%` is no part of the address.
    if inner.is_empty() || inner.parse::<IpAddr>().is_ok() { Ok(inner) } else { Err(wrong) }
}

fn range(text: &str) -> Option<(u16, u16)> {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    match text.split_once('-') {
        None => number(text).map(|port| (port, port)),
        Some((from, to)) => {
            let (from, to) = (number(from)?, number(to.split('-').next().unwrap_or(""))?);
            (from <= to).then_some((from, to))
        }
    }
}

//! Ports, networks, links and what a service waits for.

use std::net::IpAddr;
use std::sync::Arc;

use plimsoll_posture::{
    Attachment, Claim, ExposedPort, Fact, Known, Network, PortRange, Protocol, PublishedPort, Reason,
    Service, Subject, SubjectKind,
};
use plimsoll_text::Sources;

use super::field::{self, Field};
use super::{isolation, storage};
use crate::compose::tree::{Node, PieceKind, Value};

pub(super) fn read(service: &mut Service, field: &Field<'_>, sources: &Sources) {
    ports(service, field, sources);
    for entry in field.child("expose").map(|list| list.items()).unwrap_or_default() {
        let value = entry.text().and_then(|text| {
            let (ports, protocol) = text.split_once('/').unwrap_or((&text, "tcp"));
            match (range(ports), self::protocol(protocol)) {
                (Some(ports), Some(protocol)) => Known::Value(ExposedPort { ports, protocol }),
                _ => field::not_understood(&text),
            }
        });
        service.exposed.push(entry.claim(value));
    }
    attachments(service, field);
    if let Some(hosts) = field.child("extra_hosts") {
        extra_hosts(service, &hosts);
    }
    for key in ["links", "external_links"] {
        for link in field.child(key).map(|list| list.items()).unwrap_or_default() {
            service.links.push(link.claim(link.text()));
        }
    }
    if let Some(depends) = field.child("depends_on") {
        for (name, entry) in isolation::names(&depends).into_iter().filter(|(_, entry)| !entry.node.implied) {
            let key_at = depends.node.as_map().and_then(|map| map.entry(&name)).map(|entry| entry.key_at);
            let mut claim = entry.claim(Known::Value(name));
            claim.at = isolation::key_place(&entry, key_at);
            if let Some(condition) = entry.child("condition").filter(|condition| !condition.node.implied)
                && let (Known::Value(name), condition) = (&claim.value, condition.claim(condition.text()))
            {
                service.depends_on_condition.push(name, condition);
            }
            service.depends_on.push(claim);
        }
    }
}

fn ports(service: &mut Service, field: &Field<'_>, sources: &Sources) {
    let mut published: Vec<Claim<PublishedPort>> = Vec::new();
    for entry in field.child("ports").map(|list| list.items()).unwrap_or_default() {
        let claim = port(&entry, sources);
        // The canonical form has one entry per port of a range; they were written as one and are told as one.
        if let Some(last) = published.last_mut().filter(|last| last.at.span == claim.at.span)
            && let (Known::Value(into), Known::Value(more)) = (&mut last.value, &claim.value)
            && into.host_ip == more.host_ip
            && into.protocol == more.protocol
        {
            into.container = widest(&into.container, &more.container);
            into.host = match (&into.host, &more.host) {
                (Known::Value(Some(a)), Known::Value(Some(b))) => Known::Value(Some(join(*a, *b))),
                (known, _) => known.clone(),
            };
            continue;
        }
        published.push(claim);
    }
    for claim in published {
        service.published.push(claim);
    }
}

fn join(a: PortRange, b: PortRange) -> PortRange {
    PortRange { first: a.first.min(b.first), last: a.last.max(b.last) }
}

fn widest(a: &Known<PortRange>, b: &Known<PortRange>) -> Known<PortRange> {
    match (a, b) {
        (Known::Value(a), Known::Value(b)) => Known::Value(join(*a, *b)),
        _ => a.clone(),
    }
}

fn port(entry: &Field<'_>, sources: &Sources) -> Claim<PublishedPort> {
    if entry.node.as_map().is_none() {
        let reason =
            field::unset_in(entry.node).unwrap_or_else(|| Reason::NotUnderstood("an entry of ports".into()));
        let all = Known::Unknown(reason.clone());
        return entry.claim(Known::Value(PublishedPort {
            host_ip: Known::Unknown(reason.clone()),
            host: Known::Unknown(reason),
            container: all,
            protocol: Protocol::Tcp,
            text: written(entry, sources),
        }));
    }
    let known = |key: &str, part: Part| match unset_part(entry.node, part) {
        Some(reason) => Some(Known::Unknown(reason)),
        None => entry.child(key).map(|piece| piece.text()),
    };
    let host_ip = match known("host_ip", Part::Address) {
        None => Known::Value(None),
        Some(text) => text.and_then(|text| address(&text)),
    };
    let host = match known("published", Part::Published) {
        None => Known::Value(None),
        Some(text) => text.and_then(|text| match text.trim() {
            "" | "0" => Known::Value(None),
            text => {
                range(text).map_or_else(|| field::not_understood(text), |range| Known::Value(Some(range)))
            }
        }),
    };
    let container = match known("target", Part::Container) {
        None => field::not_understood("a port without target"),
        Some(text) => {
            text.and_then(|text| range(&text).map_or_else(|| field::not_understood(&text), Known::Value))
        }
    };
    let protocol =
        known("protocol", Part::Container).and_then(|text| protocol(text.value()?)).unwrap_or(Protocol::Tcp);
    entry.claim(Known::Value(PublishedPort {
        host_ip,
        host,
        container,
        protocol,
        text: written(entry, sources),
    }))
}

/// The parts of `address:published:container`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Address,
    Published,
    Container,
}

/// The variable that nothing sets in a part of a short form: it leaves no text, so the long form cannot tell it from
/// a part that was never written.
fn unset_part(port: &Node, part: Part) -> Option<Reason> {
    let written = port.written.as_deref()?;
    let text = &*written.text;
    let container = text.rfind(':');
    let published = container.and_then(|colon| text.get(..colon)?.rfind(':'));
    written.pieces.iter().find_map(|piece| {
        let PieceKind::Unset(name) = &piece.kind else { return None };
        let at = piece.start as usize;
        let stands_in = match (container, published) {
            (_, Some(colon)) if at <= colon => Part::Address,
            (Some(colon), _) if at <= colon => Part::Published,
            _ => Part::Container,
        };
        (stands_in == part).then(|| Reason::UnsetVariable(name.clone()))
    })
}

fn address(text: &str) -> Known<Option<IpAddr>> {
    let bare = text.trim().trim_start_matches('[').trim_end_matches(']');
    match bare {
        "" => Known::Value(None),
        "localhost" => Known::Value(Some(IpAddr::from([127, 0, 0, 1]))),
        _ => bare.parse().map_or_else(|_| field::not_understood(text), |ip| Known::Value(Some(ip))),
    }
}

/// The short form as it stands in the file, or the long form put as a short one.
fn written(entry: &Field<'_>, sources: &Sources) -> Arc<str> {
    let raw = sources.text(entry.node.at).trim().trim_matches(['"', '\'']);
    let short = |c: char| !c.is_whitespace() && !matches!(c, ',' | '#');
    if !raw.is_empty()
        && raw.len() <= 80
        && raw.chars().all(short)
        && !raw.starts_with(['*', '&'])
        && !is_flow(raw)
    {
        return raw.into();
    }
    let piece = |key: &str| {
        entry.child(key).and_then(|piece| field::scalar(piece.node)).filter(|text| !text.is_empty())
    };
    let mut text = String::new();
    if let Some(ip) = piece("host_ip") {
        text = if ip.contains(':') && !ip.starts_with('[') { format!("[{ip}]:") } else { format!("{ip}:") };
    }
    match piece("published") {
        Some(host) => text = format!("{text}{host}:"),
        None if !text.is_empty() => text.push(':'),
        None => {}
    }
    text.push_str(&piece("target").unwrap_or_else(|| "?".into()));
    if let Some(protocol) = piece("protocol").filter(|protocol| &**protocol != "tcp") {
        text = format!("{text}/{protocol}");
    }
    text.into()
}

fn is_flow(raw: &str) -> bool {
    raw.starts_with('{')
}

/// `80` or `8000-8010`.
pub(super) fn range(text: &str) -> Option<PortRange> {
    let (first, last) = text.trim().split_once('-').unwrap_or((text.trim(), text.trim()));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some(PortRange { first, last })
}

fn protocol(text: &str) -> Option<Protocol> {
    [Protocol::Tcp, Protocol::Udp, Protocol::Sctp]
        .into_iter()
        .find(|p| p.name().eq_ignore_ascii_case(text.trim()))
}

fn attachments(service: &mut Service, field: &Field<'_>) {
    if let Some(networks) = field.child("networks") {
        for (name, entry) in isolation::names(&networks).into_iter().filter(|(_, entry)| !entry.node.implied)
        {
            let key_at = networks.node.as_map().and_then(|map| map.entry(&name)).map(|entry| entry.key_at);
            let aliases = entry.child("aliases").map(|list| list.items()).unwrap_or_default();
            let aliases = aliases.iter().filter_map(Field::known_text).collect();
            let mut claim = entry.claim(Known::Value(Attachment { network: name, aliases }));
            claim.at = isolation::key_place(&entry, key_at);
            service.networks.push(claim);
        }
    }
    if service.networks.is_empty() && field.child("network_mode").is_none() {
        let attachment = Attachment { network: "default".into(), aliases: Vec::new() };
        service.networks.push(Claim::default(attachment, service.subject.anchor));
    }
}

/// `name=address` or `name:address` in a list (the address may be IPv6), or a mapping to one or many addresses.
fn extra_hosts(service: &mut Service, hosts: &Field<'_>) {
    if hosts.node.as_map().is_some() {
        for (entry, value) in hosts.entries() {
            for address in value.items() {
                let pair = address.text().map(|address| (entry.key.clone(), address));
                service.extra_hosts.push(address.claim(pair));
            }
        }
        return;
    }
    for host in hosts.items() {
        let pair = host.text().and_then(|text| match text.split_once('=').or_else(|| text.split_once(':')) {
            Some((name, address)) => Known::Value((Arc::from(name.trim()), Arc::from(address.trim()))),
            None => field::not_understood(&text),
        });
        service.extra_hosts.push(host.claim(pair));
    }
}

/// The top-level `networks:`, and `default` where a service uses it without its being written.
pub(super) fn networks(model: &Field<'_>, services: &[Service]) -> Vec<Network> {
    let section = model.child("networks");
    let mut networks: Vec<Network> = section
        .iter()
        .flat_map(|section| section.entries())
        .filter(|(_, field)| !field.node.implied)
        .map(|(entry, field)| network(entry.key.clone(), entry.key_at, &field))
        .collect();
    let uses_default = |service: &&Service| {
        service.networks.values().any(|(attachment, _)| &*attachment.network == "default")
    };
    if networks.iter().all(|network| &*network.name != "default")
        && let Some(first) = services.iter().find(uses_default)
    {
        let anchor = first.subject.anchor;
        networks.push(Network {
            subject: Subject::new(SubjectKind::Network, "default", anchor),
            name: "default".into(),
            internal: Fact::with_default(false, anchor),
            external: false,
            driver: None,
            icc: Fact::with_default(true, anchor),
            implicit: true,
        });
    }
    networks
}

fn network(name: Arc<str>, key_at: plimsoll_text::Span, field: &Field<'_>) -> Network {
    let mut internal = Fact::with_default(false, key_at);
    if let Some(flag) = field.child("internal") {
        flag.stack(&mut internal, field::boolean);
    }
    let mut icc = Fact::with_default(true, key_at);
    let options = field.child("driver_opts").map(|options| field::pairs(&options)).unwrap_or_default();
    if let Some((_, option, _)) =
        options.iter().find(|(key, ..)| &**key == "com.docker.network.bridge.enable_icc")
    {
        option.stack(&mut icc, icc_option);
    }
    Network {
        subject: Subject::new(SubjectKind::Network, name.clone(), key_at),
        name,
        internal,
        external: storage::is_external(field),
        driver: field
            .child("driver")
            .and_then(|driver| driver.known_text())
            .filter(|driver| !driver.is_empty()),
        icc,
        implicit: false,
    }
}

fn icc_option(node: &Node) -> Known<bool> {
    match &node.value {
        // A list item holds the key too: `com.docker.network.bridge.enable_icc=false`.
        Value::Text(text) if text.unset.is_empty() && text.text.contains('=') => {
            Known::Value(!text.text.trim().ends_with("=false"))
        }
        _ => field::boolean(node),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_addresses() {
        assert_eq!(range("80"), Some(PortRange::one(80)));
        assert_eq!(range("8000-8010"), Some(PortRange { first: 8000, last: 8010 }));
        assert_eq!(range("70000"), None);
        assert_eq!(range("9-8"), None);
        assert_eq!(address("[::1]"), Known::Value(Some("::1".parse().unwrap())));
        assert_eq!(address(""), Known::Value(None));
        assert!(address("db.local").reason().is_some());
    }
}

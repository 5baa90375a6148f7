//! Ports and networks.

use std::net::IpAddr;

use plimsoll_posture::{Attachment, ExposedPort, Known, PortRange, Protocol, PublishedPort, Reason, Service};

use super::{Entry, View};

pub(super) fn read(service: &mut Service, view: &View<'_>) {
    for (key, bindings) in view.host("PortBindings").iter().flat_map(Entry::members) {
        let Some((port, protocol)) = port(key) else { continue };
        for binding in bindings.items() {
            service.published.push(binding.claim(published(&binding, port, protocol)));
        }
    }
    for (key, entry) in view.config("ExposedPorts").iter().flat_map(Entry::members) {
        let Some((port, protocol)) = port(key) else { continue };
        service.exposed.push(entry.claim(ExposedPort { ports: PortRange::one(port), protocol }));
    }
    everything_exposed(service, view);
    let settings = view.own("NetworkSettings").and_then(|settings| settings.get("Networks"));
    for (network, entry) in settings.iter().flat_map(Entry::members) {
        let aliases = entry.get("Aliases");
        let aliases = aliases.iter().flat_map(Entry::items).filter_map(|alias| alias.text().cloned());
        service
            .networks
            .push(entry.claim(Attachment { network: network.clone(), aliases: aliases.collect() }));
    }
    for entry in view.host("ExtraHosts").iter().flat_map(Entry::items) {
        // An address may have colons of its own.
        if let Some((name, address)) = entry.text().and_then(|text| text.split_once(':')) {
            service.extra_hosts.push(entry.claim((name.into(), address.into())));
        }
    }
    for entry in view.host("Links").iter().flat_map(Entry::items) {
        if let Some(link) = entry.text() {
            service.links.push(entry.claim(link.clone()));
        }
    }
}

/// `docker run -P`: what is exposed and not published by itself gets a port that the engine chooses, on all interfaces.
fn everything_exposed(service: &mut Service, view: &View<'_>) {
    let Some(all) = view.host("PublishAllPorts").filter(|entry| entry.flag() == Some(true)) else { return };
    let taken = |port: &ExposedPort| {
        service
            .published
            .values()
            .any(|(own, _)| own.container.value() == Some(&port.ports) && own.protocol == port.protocol)
    };
    let exposed = service.exposed.values().map(|(port, _)| port).filter(|port| !taken(port));
    let published: Vec<_> = exposed
        .map(|port| {
            all.claim(PublishedPort {
                host_ip: Known::Value(None),
                host: Known::Value(None),
                container: Known::Value(port.ports),
                protocol: port.protocol,
                text: port.ports.to_string().into(),
            })
        })
        .collect();
    for claim in published {
        service.published.push(claim);
    }
}

/// `3000/tcp`.
fn port(key: &str) -> Option<(u16, Protocol)> {
    let (port, protocol) = key.split_once('/').unwrap_or((key, "tcp"));
    let protocol = match protocol {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        _ => return None,
    };
    Some((port.parse().ok()?, protocol))
}

fn published(binding: &Entry<'_>, port: u16, protocol: Protocol) -> PublishedPort {
    let word = |key| binding.get(key).and_then(|word| word.text().cloned()).unwrap_or_else(|| "".into());
    let (ip, host) = (word("HostIp"), word("HostPort"));
    let strange = |text: &str| Reason::NotUnderstood(text.into());
    PublishedPort {
        host_ip: match ip.parse::<IpAddr>() {
            _ if ip.is_empty() => Known::Value(None),
            Ok(ip) => Known::Value(Some(ip)),
            Err(_) => Known::Unknown(strange(&ip)),
        },
        host: match host.split_once('-').map_or((&*host, &*host), |range| range) {
            ("" | "0", _) => Known::Value(None),
            (first, last) => match (first.parse(), last.parse()) {
                (Ok(first), Ok(last)) if first <= last => Known::Value(Some(PortRange { first, last })),
                _ => Known::Unknown(strange(&host)),
            },
        },
        container: Known::Value(PortRange::one(port)),
        protocol,
        text: [&*ip, &*host, &port.to_string()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(":")
            .into(),
    }
}

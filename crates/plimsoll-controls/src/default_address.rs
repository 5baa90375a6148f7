//! Who reaches a published port, with the address that the daemon publishes on where none is named.

use std::net::IpAddr;

use plimsoll_posture::{Known, NamespaceMode, Posture, PublishedPort, Reach, Service};

/// Who reaches the port. The daemon's `ip` holds for the default bridge only; other networks have an option of their own.
pub(crate) fn reach(port: &PublishedPort, service: &Service, posture: &Posture) -> Known<Reach> {
    let bridge = service.network_mode.value() == Some(&NamespaceMode::Bridge);
    let default = posture.host.as_ref().filter(|_| bridge && port.host_ip == Known::Value(None));
    let default = default.and_then(|host| host.daemon.default_ip.value()?.parse::<IpAddr>().ok());
    match default {
        Some(address) if address.is_loopback() => Known::Value(Reach::Loopback),
        Some(address) if !address.is_unspecified() => Known::Value(Reach::Address),
        _ => port.reach(),
    }
}

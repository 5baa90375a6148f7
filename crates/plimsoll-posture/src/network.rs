//! Ports, networks and who can reach a service.

use std::net::IpAddr;
use std::sync::Arc;

use crate::Known;

/// Transport protocol of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// Lower-case name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }
}

/// An inclusive range of ports; a single port has equal ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    /// First.
    pub first: u16,
    /// Last, not below `first`.
    pub last: u16,
}

impl PortRange {
    /// One port.
    #[must_use]
    pub fn one(port: u16) -> Self {
        Self { first: port, last: port }
    }

    /// Whether the range holds the port.
    #[must_use]
    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

impl std::fmt::Display for PortRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

/// `EXPOSE` or `expose:`: documentation only, nothing is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExposedPort {
    /// Port or range.
    pub ports: PortRange,
    /// Protocol.
    pub protocol: Protocol,
}

/// One entry of `ports:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedPort {
    /// The host address; `None` when none is written, which means every interface, IPv4 and IPv6.
    pub host_ip: Known<Option<IpAddr>>,
    /// The host port or range; `None` when the engine picks one.
    pub host: Known<Option<PortRange>>,
    /// Port in the container.
    pub container: Known<PortRange>,
    /// Protocol.
    pub protocol: Protocol,
    /// As written, for messages.
    pub text: Arc<str>,
}

impl PublishedPort {
    /// Who can reach it.
    #[must_use]
    pub fn reach(&self) -> Known<Reach> {
        self.host_ip.as_ref().map(|ip| match ip {
            Some(ip) if ip.is_loopback() => Reach::Loopback,
            Some(ip) if !ip.is_unspecified() => Reach::Address,
            _ => Reach::AllInterfaces,
        })
    }
}

/// Where a published port listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Only this machine.
    Loopback,
    /// One address of the machine that is not loopback.
    Address,
    /// Every interface.
    AllInterfaces,
}

/// Who can open a connection to a service, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exposure {
    /// `network_mode: none`.
    None,
    /// Only processes that share its network namespace.
    SameContainer,
    /// Other services on its networks.
    SameNetwork,
    /// Processes on the host.
    HostLoopback,
    /// Anybody who reaches the host.
    AllInterfaces,
}

impl Exposure {
    /// The name in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SameContainer => "same-container-only",
            Self::SameNetwork => "same-network",
            Self::HostLoopback => "host-loopback",
            Self::AllInterfaces => "all-interfaces",
        }
    }
}

/// A service's membership in a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The key under the top-level `networks:`, or `default`.
    pub network: Arc<str>,
    /// Aliases.
    pub aliases: Vec<Arc<str>>,
}

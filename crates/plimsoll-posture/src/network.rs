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

impl PublishedPort {
    /// The host ports that it takes for certain: of a range for one container port the engine picks a free one.
    #[must_use]
    pub fn fixed(&self) -> Known<Option<PortRange>> {
        self.host.as_ref().map(|host| {
            host.filter(|host| {
                host.first == host.last
                    || self.container.value().is_some_and(|container| container.first != container.last)
            })
        })
    }
}

/// Which services take which ports of the host for certain, by port: who takes the same is found without comparing
/// every pair.
#[derive(Debug, Clone, Default)]
pub struct HostPorts {
    /// Sorted by the first port, then by service.
    taken: Vec<TakenPort>,
    /// Entries whose host port is not known, by service.
    open: Vec<(usize, usize)>,
    /// How many ports the longest range has beyond its first.
    longest: u16,
}

/// An entry of `ports:` and the host ports it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TakenPort {
    /// The ports.
    pub ports: PortRange,
    /// Index of the service.
    pub service: usize,
    /// Index among its known entries.
    pub entry: usize,
}

impl HostPorts {
    /// Of these services.
    #[must_use]
    pub fn of(services: &[crate::Service]) -> Self {
        let mut all = Self::default();
        for (service, entry, port) in services.iter().enumerate().flat_map(|(at, service)| {
            service.published.values().enumerate().map(move |(entry, (port, _))| (at, entry, port))
        }) {
            match port.fixed() {
                Known::Value(Some(ports)) => {
                    all.longest = all.longest.max(ports.last.saturating_sub(ports.first));
                    all.taken.push(TakenPort { ports, service, entry });
                }
                Known::Value(None) => {}
                Known::Unknown(_) => all.open.push((service, entry)),
            }
        }
        all.taken.sort_unstable();
        all
    }

    /// Every entry that shares a port with the range.
    pub fn sharing(&self, ports: PortRange) -> impl Iterator<Item = &TakenPort> {
        let from = ports.first.saturating_sub(self.longest);
        let start = self.taken.partition_point(|taken| taken.ports.first < from);
        self.taken
            .iter()
            .skip(start)
            .take_while(move |taken| taken.ports.first <= ports.last)
            .filter(move |taken| taken.ports.last >= ports.first)
    }

    /// Service and entry of those whose host port is not known.
    #[must_use]
    pub fn open(&self) -> &[(usize, usize)] {
        &self.open
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

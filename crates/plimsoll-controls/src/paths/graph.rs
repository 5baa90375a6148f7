//! Who reaches what: outsiders, services, the networks between them, and what their paths lead to.
//!
//! An edge is only where a fact says so. Deliberately absent: how a graph is drawn.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use plimsoll_posture::{Exposure, Known, NamespaceMode, Provenance, Service};

use super::catalogue::Outcome;
use super::measure::Findings;
use super::service_view::Surroundings;
use super::view::Value;
use super::{Certainty, Story};
use crate::datastore::is_datastore;
use crate::proxy::{behind, upstreams};

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeKind {
    /// Anybody who reaches the host.
    Outsider,
    /// Programs of the host.
    Local,
    /// A service.
    Service,
    /// A service that keeps data.
    Datastore,
    /// A network of the project.
    Network,
    /// What a path leads to.
    Target,
}

impl NodeKind {
    /// The name in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Outsider => "outsider",
            Self::Local => "local",
            Self::Service => "service",
            Self::Datastore => "datastore",
            Self::Network => "network",
            Self::Target => "target",
        }
    }
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Unique: `service web`.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// Its name for people.
    pub name: String,
}

/// From one node to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The place of a node.
    pub from: usize,
    /// The place of a node.
    pub to: usize,
    /// How, in a word or two: `publishes`, `forwards`, `same network`, or the id of a path.
    pub by: String,
    /// The controls that tell of it.
    pub controls: Vec<&'static str>,
    /// Where it is said.
    pub places: Vec<Provenance>,
    /// Whether it is sure.
    pub certainty: Certainty,
}

/// The whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph {
    /// Nodes, those that others lead from first.
    pub nodes: Vec<Node>,
    /// Edges, by their nodes.
    pub edges: Vec<Edge>,
}

const OUTSIDER: &str = "outsider";
const LOCAL: &str = "local";

impl Graph {
    fn node(&mut self, id: String, kind: NodeKind, name: &str) -> usize {
        if let Some(at) = self.nodes.iter().position(|node| node.id == id) {
            return at;
        }
        self.nodes.push(Node { id, kind, name: name.to_owned() });
        self.nodes.len() - 1
    }

    fn edge(&mut self, from: usize, to: usize, by: &str, certainty: Certainty) -> &mut Edge {
        let same = |edge: &Edge| (edge.from, edge.to, edge.by.as_str()) == (from, to, by);
        let at = match self.edges.iter().position(same) {
            Some(at) => at,
            None => {
                let (controls, places) = (Vec::new(), Vec::new());
                self.edges.push(Edge { from, to, by: by.to_owned(), controls, places, certainty });
                self.edges.len() - 1
            }
        };
        &mut self.edges[at]
    }
}

/// How many services a graph is made for: beyond it nobody reads one.
const MAX_SERVICES: usize = 400;

/// Who reaches the services, before any path is walked.
pub(super) struct Ways<'a> {
    names: BTreeMap<&'a str, usize>,
    /// For each service the shortest way to it from somebody outside: the services on it, itself last.
    routes: Vec<Option<Vec<usize>>>,
    /// For each service whether a program of the host reaches it.
    local: Vec<bool>,
    /// For each service whether somebody outside opens a connection to it.
    open: Vec<Option<bool>>,
    surroundings: &'a Surroundings<'a>,
}

impl<'a> Ways<'a> {
    pub(super) fn of(surroundings: &'a Surroundings<'a>) -> Self {
        let services = &surroundings.posture.services;
        let names: BTreeMap<&str, usize> =
            services.iter().enumerate().map(|(at, service)| (service.name(), at)).collect();
        let exposure = |service: &Service| match service.kernel.exposure.as_ref().map(|claim| &claim.value) {
            Some(Known::Value(exposure)) => Some(*exposure),
            _ => None,
        };
        let open: Vec<Option<bool>> = services
            .iter()
            .map(|service| exposure(service).map(|exposure| exposure == Exposure::AllInterfaces))
            .collect();
        let local =
            services.iter().map(|service| exposure(service) == Some(Exposure::HostLoopback)).collect();
        let mut routes: Vec<Option<Vec<usize>>> = vec![None; services.len()];
        let mut queue: VecDeque<usize> = VecDeque::new();
        for (at, open) in open.iter().enumerate() {
            if *open == Some(true) {
                if let Some(route) = routes.get_mut(at) {
                    *route = Some(vec![at]);
                }
                queue.push_back(at);
            }
        }
        let mut ways = Self { names, routes: Vec::new(), local, open, surroundings };
        let mut walked: BTreeSet<&str> = BTreeSet::new();
        while let Some(at) = queue.pop_front() {
            let (Some(service), Some(Some(route))) = (services.get(at), routes.get(at).cloned()) else {
                continue;
            };
            let forwarded = ways.forwards(service).into_iter().map(|(to, _)| to);
            let mut next: Vec<usize> = forwarded.collect();
            for network in ways.networks(service) {
                // Whoever is on a network reaches all of it: each network is walked once.
                if walked.insert(network) {
                    next.extend(
                        surroundings.members(network).filter_map(|other| ways.names.get(other.name())),
                    );
                }
            }
            for to in next {
                if let Some(slot) = routes.get_mut(to).filter(|slot| slot.is_none()) {
                    let mut longer = route.clone();
                    longer.push(to);
                    *slot = Some(longer);
                    queue.push_back(to);
                }
            }
        }
        ways.routes = routes;
        ways
    }

    /// The services from the first that an outsider reaches to this one; empty where none leads there.
    pub(super) fn route(&self, service: &str) -> Vec<&'a str> {
        let services = &self.surroundings.posture.services;
        let route = self.names.get(service).and_then(|at| self.routes.get(*at)?.as_ref());
        route.into_iter().flatten().filter_map(|at| services.get(*at)).map(Service::name).collect()
    }

    /// Whether programs of the host open connections to it.
    pub(super) fn is_local(&self, service: &str) -> bool {
        self.names.get(service).is_some_and(|at| self.local.get(*at) == Some(&true))
    }

    /// Services to which a proxy forwards, with the places that say so.
    fn forwards(&self, service: &'a Service) -> Vec<(usize, &'a Provenance)> {
        let Some(proxy) = &service.proxy else { return Vec::new() };
        let behind = |upstream: &'a plimsoll_posture::Upstream| {
            let target = behind(service, upstream, self.surroundings.posture)?;
            Some((*self.names.get(target.name())?, &upstream.at.at))
        };
        upstreams(proxy).filter_map(behind).collect()
    }

    /// Networks on which it meets others that it may talk to.
    fn networks(&self, service: &'a Service) -> Vec<&'a str> {
        if matches!(service.network_mode.value(), Some(NamespaceMode::Host | NamespaceMode::None)) {
            return Vec::new();
        }
        let names = service.networks.values().map(|(attachment, _)| &*attachment.network);
        names
            .filter(|name| {
                let network = self.surroundings.posture.network(name);
                let icc = super::host_view::icc(network, name, self.surroundings.posture.host.as_ref());
                !matches!(icc.value, Known::Value(Value::Flag(false)))
                    && self.surroundings.members(name).nth(1).is_some()
            })
            .collect()
    }

    /// The graph of a posture and what was found in it.
    pub(super) fn graph(&self, stories: &[Story], findings: &Findings<'_>) -> Graph {
        let mut graph = Graph::default();
        let services = &self.surroundings.posture.services;
        if services.len() > MAX_SERVICES {
            return graph;
        }
        let told: BTreeSet<&str> = stories.iter().flat_map(Story::services).collect();
        let reached = |at: usize| self.routes.get(at).is_some_and(Option::is_some);
        let shown: Vec<usize> = (0..services.len())
            .filter(|at| {
                let service = services.get(*at);
                service.is_some_and(|service| service.runtime)
                    && (reached(*at)
                        || self.local.get(*at) == Some(&true)
                        || self.open.get(*at) == Some(&None)
                        || service.is_some_and(|service| told.contains(service.name())))
            })
            .collect();
        let places: BTreeMap<usize, usize> = shown
            .iter()
            .filter_map(|at| {
                let service = services.get(*at)?;
                let kind = if is_datastore(service) { NodeKind::Datastore } else { NodeKind::Service };
                Some((*at, graph.node(format!("service {}", service.name()), kind, service.name())))
            })
            .collect();
        for (&at, &node) in &places {
            let Some(service) = services.get(at) else { continue };
            self.doors(&mut graph, (at, node), service, findings);
            for (to, place) in self.forwards(service) {
                let Some(&to) = places.get(&to) else { continue };
                let edge = graph.edge(node, to, "forwards", Certainty::Certain);
                if !edge.places.contains(place) {
                    edge.places.push(place.clone());
                }
            }
            for name in self.networks(service) {
                let network = graph.node(format!("network {name}"), NodeKind::Network, name);
                let claim = service
                    .networks
                    .items()
                    .find(|claim| claim.value.value().is_some_and(|attachment| &*attachment.network == name));
                let place = claim.map(|claim| claim.at.clone());
                if reached(at) {
                    graph
                        .edge(node, network, "same network", Certainty::Certain)
                        .places
                        .extend(place.clone());
                }
                let edge = graph.edge(network, node, "same network", Certainty::Certain);
                edge.places.extend(place);
                edge.controls.extend(findings.tells("flat-network", service.name()));
            }
        }
        for story in stories {
            targets(&mut graph, story);
        }
        prune(&mut graph);
        graph
    }

    fn doors(
        &self,
        graph: &mut Graph,
        (at, node): (usize, usize),
        service: &Service,
        findings: &Findings<'_>,
    ) {
        let Some(claim) = &service.kernel.exposure else { return };
        let open = self.open.get(at).copied().flatten();
        let from = match (open, self.local.get(at)) {
            (Some(true), _) => {
                graph.node(OUTSIDER.to_owned(), NodeKind::Outsider, "anybody who reaches the host")
            }
            (None, _) => graph.node(OUTSIDER.to_owned(), NodeKind::Outsider, "anybody who reaches the host"),
            (_, Some(true)) => graph.node(LOCAL.to_owned(), NodeKind::Local, "programs of the host"),
            _ => return,
        };
        let certainty = if open.is_none() { Certainty::Possible } else { Certainty::Certain };
        let edge = graph.edge(from, node, "publishes", certainty);
        edge.places.push(claim.at.clone());
        let controls = ["datastore-published", "port-published-everywhere", "host-network"];
        edge.controls.extend(controls.iter().flat_map(|control| findings.tells(control, service.name())));
    }
}

/// The edges from the services of a story to what it leads to.
fn targets(graph: &mut Graph, story: &Story) {
    let name = story.path.result.node();
    if name.is_empty() {
        return;
    }
    let own = matches!(story.path.result, Outcome::CredentialRead | Outcome::Uid0InContainer);
    let from: Vec<(usize, String)> = match story.services.is_empty() && story.of_host {
        true => {
            vec![(graph.node("containers".to_owned(), NodeKind::Service, "any container"), String::new())]
        }
        false => story
            .services()
            .map(|service| {
                let node = graph.node(format!("service {service}"), NodeKind::Service, service);
                (node, service.to_owned())
            })
            .collect(),
    };
    for (from, service) in from {
        let id = if own { format!("target {name} of {service}") } else { format!("target {name}") };
        let shown = if own { format!("{name} of {service}") } else { name.to_owned() };
        let to = graph.node(id, NodeKind::Target, &shown);
        let edge = graph.edge(from, to, story.path.id, story.certainty);
        for because in &story.because {
            edge.controls.extend(because.control.filter(|control| !edge.controls.contains(control)));
            if !edge.places.contains(&because.at) {
                edge.places.push(because.at.clone());
            }
        }
    }
}

/// Takes away networks that lead nowhere, and puts nodes and edges into their order.
fn prune(graph: &mut Graph) {
    let leads = |graph: &Graph, node: usize| {
        let into = graph.edges.iter().any(|edge| edge.to == node);
        let out = graph.edges.iter().any(|edge| edge.from == node);
        match graph.nodes.get(node).map(|node| node.kind) {
            Some(NodeKind::Network) => into && out,
            _ => into || out,
        }
    };
    let mut kept: Vec<usize> = (0..graph.nodes.len()).filter(|node| leads(graph, *node)).collect();
    kept.sort_by(|a, b| {
        let order = |at: &usize| graph.nodes.get(*at).map(|node| (node.kind, &node.id));
        order(a).cmp(&order(b))
    });
    let places: BTreeMap<usize, usize> = kept.iter().enumerate().map(|(new, old)| (*old, new)).collect();
    graph.nodes = kept.iter().filter_map(|at| graph.nodes.get(*at).cloned()).collect();
    graph.edges.retain(|edge| places.contains_key(&edge.from) && places.contains_key(&edge.to));
    for edge in &mut graph.edges {
        edge.from = places.get(&edge.from).copied().unwrap_or_default();
        edge.to = places.get(&edge.to).copied().unwrap_or_default();
    }
    graph.edges.sort_by(|a, b| (a.from, a.to, &a.by).cmp(&(b.from, b.to, &b.by)));
}

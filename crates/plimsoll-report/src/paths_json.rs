//! The attack paths of a scenario in `plimsoll.report/1` and `plimsoll.paths/1`.

use plimsoll_controls::paths::{Certainty, Cut, Edge, Measure, Paths, Story};
use plimsoll_posture::Provenance;
use plimsoll_text::Sources;
use serde::Serialize;

use crate::veil::Veil;
use crate::wire::{self, WirePlace, place};
use crate::{Report, Scenario};

/// The attack paths of every scenario as JSON: `plimsoll.paths/1`.
#[must_use]
pub fn paths_json(report: &Report) -> String {
    let scenarios = report.scenarios.iter().filter_map(|scenario| {
        Some(WireScenario {
            name: &scenario.name,
            kind: scenario.kind.name(),
            paths: WirePaths::of(scenario)?,
        })
    });
    wire::to_json(&WireReport {
        schema: "plimsoll.paths/1",
        version: &report.tool.version,
        scenarios: scenarios.collect(),
    })
}

#[derive(Serialize)]
struct WireReport<'a> {
    schema: &'static str,
    version: &'a str,
    scenarios: Vec<WireScenario<'a>>,
}

#[derive(Serialize)]
struct WireScenario<'a> {
    name: &'a str,
    kind: &'static str,
    paths: WirePaths,
}

/// The paths of one scenario.
#[derive(Serialize)]
pub(crate) struct WirePaths {
    paths: Vec<WireStory>,
    measures: Vec<WireMeasure>,
    cut: WireCut,
    grave_cut: WireCut,
    unseen: WireUnseen,
    graph: WireGraph,
}

#[derive(Serialize)]
struct WireStory {
    id: &'static str,
    name: &'static str,
    group: &'static str,
    scope: &'static str,
    services: Vec<String>,
    from: &'static str,
    route: Vec<String>,
    result: &'static str,
    severity: &'static str,
    impact: &'static str,
    certainty: &'static str,
    accepted: bool,
    verified: bool,
    because: Vec<WireBecause>,
    open: Vec<WireOpen>,
    measures: Vec<usize>,
    mitigation: &'static str,
    references: Vec<&'static str>,
}

#[derive(Serialize)]
struct WireBecause {
    words: String,
    place: Option<WirePlace>,
    confidence: &'static str,
    control: Option<&'static str>,
}

#[derive(Serialize)]
struct WireOpen {
    field: &'static str,
    reason: String,
    settle: String,
}

#[derive(Serialize)]
struct WireMeasure {
    subject: String,
    what: String,
    controls: Vec<&'static str>,
    place: Option<WirePlace>,
    fix: Option<&'static str>,
    changes: usize,
    accepted: bool,
}

#[derive(Serialize)]
struct WireCut {
    measures: Vec<usize>,
    changes: usize,
    closes: usize,
    smallest: bool,
}

#[derive(Serialize)]
struct WireUnseen {
    host: usize,
    images: usize,
}

#[derive(Serialize)]
struct WireGraph {
    nodes: Vec<WireNode>,
    edges: Vec<WireEdge>,
}

#[derive(Serialize)]
struct WireNode {
    id: String,
    kind: &'static str,
    name: String,
}

#[derive(Serialize)]
struct WireEdge {
    from: String,
    to: String,
    by: String,
    certainty: &'static str,
    controls: Vec<&'static str>,
    places: Vec<WirePlace>,
}

/// From where somebody comes: `outsider`, `local` (programs of the host), `inside` (whoever runs code in the service).
pub(crate) fn origin(story: &Story) -> &'static str {
    match (story.route.is_empty(), story.local) {
        (false, _) => "outsider",
        (true, true) => "local",
        (true, false) => "inside",
    }
}

impl WirePaths {
    pub(crate) fn of(scenario: &Scenario) -> Option<Self> {
        let paths = scenario.paths.as_deref()?;
        let veil = Veil::of(scenario);
        let write = Writer { sources: &scenario.sources, veil: &veil };
        Some(Self {
            paths: paths.stories.iter().map(|story| write.story(story)).collect(),
            measures: paths.measures.iter().map(|measure| write.measure(measure)).collect(),
            cut: cut(paths, &paths.cut),
            grave_cut: cut(paths, &paths.grave),
            unseen: WireUnseen { host: paths.unseen.host, images: paths.unseen.images },
            graph: write.graph(paths),
        })
    }
}

fn cut(paths: &Paths, cut: &Cut) -> WireCut {
    WireCut {
        measures: cut.measures.clone(),
        changes: paths.changes(cut),
        closes: cut.closes,
        smallest: cut.proven,
    }
}

struct Writer<'a> {
    sources: &'a Sources,
    veil: &'a Veil,
}

impl Writer<'_> {
    fn words(&self, text: &str) -> String {
        self.veil.words(text).into_owned()
    }

    fn at(&self, at: &Provenance) -> Option<WirePlace> {
        place(self.sources, at.span)
    }

    fn story(&self, story: &Story) -> WireStory {
        WireStory {
            id: story.path.id,
            name: story.path.name,
            group: story.path.group,
            scope: if story.of_host { "host" } else { "service" },
            services: story.services().map(|name| self.words(name)).collect(),
            from: origin(story),
            route: story.route.iter().map(|name| self.words(name)).collect(),
            result: story.path.result.name(),
            severity: story.severity.name(),
            impact: story.path.severity.name(),
            certainty: story.certainty.name(),
            accepted: story.accepted,
            verified: story.path.verified,
            because: story
                .because
                .iter()
                .map(|because| WireBecause {
                    words: self.words(&because.words),
                    place: self.at(&because.at),
                    confidence: because.plane.name(),
                    control: because.control,
                })
                .collect(),
            open: story
                .open
                .iter()
                .map(|open| WireOpen {
                    field: open.field,
                    reason: self.words(&open.reason.to_string()),
                    settle: self.words(&open.reason.settle()),
                })
                .collect(),
            measures: story.measures.clone(),
            mitigation: story.path.mitigation,
            references: story.path.references.clone(),
        }
    }

    fn measure(&self, measure: &Measure) -> WireMeasure {
        WireMeasure {
            subject: self.words(&measure.subject),
            what: self.words(&measure.words),
            controls: measure.controls.clone(),
            place: self.at(&measure.at),
            fix: measure.applicability.map(|applicability| applicability.name()),
            changes: measure.changes,
            accepted: measure.accepted,
        }
    }

    fn graph(&self, paths: &Paths) -> WireGraph {
        let id = |at: usize| paths.graph.nodes.get(at).map(|node| self.words(&node.id)).unwrap_or_default();
        let edge = |edge: &Edge| WireEdge {
            from: id(edge.from),
            to: id(edge.to),
            by: edge.by.clone(),
            certainty: match edge.certainty {
                Certainty::Certain => "certain",
                Certainty::Possible => "possible",
            },
            controls: edge.controls.clone(),
            places: edge.places.iter().filter_map(|at| self.at(at)).collect(),
        };
        WireGraph {
            nodes: paths
                .graph
                .nodes
                .iter()
                .map(|node| WireNode {
                    id: self.words(&node.id),
                    kind: node.kind.name(),
                    name: self.words(&node.name),
                })
                .collect(),
            edges: paths.graph.edges.iter().map(edge).collect(),
        }
    }
}

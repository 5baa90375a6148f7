//! `plimsoll.posture/1`: what the kernel will see, for programs. The schema is `docs/schema/posture-1.json`.

use std::sync::Arc;

use plimsoll_posture::{Advisory, BuiltImage, Known, Posture, Provenance, Service, Standing, Trust};
use plimsoll_text::{Sources, Span};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::Tool;
use crate::dossier::{self, Row};
use crate::veil::Veil;
use crate::wire;

/// A posture with what is needed to show it.
#[derive(Debug, Clone, Copy)]
pub struct PostureView<'a> {
    /// The path that names the scenario: `compose.yaml`.
    pub name: &'a str,
    /// The posture, assembled.
    pub posture: &'a Posture,
    /// The documents that its spans belong to.
    pub sources: &'a Sources,
    /// The bytes of every secret that was seen.
    pub sensitive: &'a [Span],
    /// The services to show, in the order of the posture; empty means all.
    pub services: &'a [String],
}

impl<'a> PostureView<'a> {
    /// The services to show.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &'a Service> + use<'a> {
        let Self { posture, services, .. } = *self;
        posture
            .services
            .iter()
            .filter(move |service| services.is_empty() || services.iter().any(|name| name == service.name()))
    }
}

/// The postures as JSON: `services` at the top for one scenario, `scenarios` for several.
#[must_use]
pub fn posture_json(tool: &Tool, views: &[PostureView<'_>]) -> String {
    let head =
        Head { schema: "plimsoll.posture/1", tool: json!({ "name": "plimsoll", "version": tool.version }) };
    match views {
        [one] => wire::to_json(&One { head, scenario: WireScenario::of(one) }),
        many => wire::to_json(&Many { head, scenarios: many.iter().map(WireScenario::of).collect() }),
    }
}

#[derive(Serialize)]
struct Head {
    schema: &'static str,
    tool: Value,
}

#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    head: Head,
    #[serde(flatten)]
    scenario: WireScenario<'a>,
}

#[derive(Serialize)]
struct Many<'a> {
    #[serde(flatten)]
    head: Head,
    scenarios: Vec<WireScenario<'a>>,
}

#[derive(Serialize)]
struct WireScenario<'a> {
    name: &'a str,
    services: Pairs<Pairs<Value>>,
    /// Images whose layers were read; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<Value>,
}

/// An object whose keys keep their order.
struct Pairs<T>(Vec<(String, T)>);

impl<T: Serialize> Serialize for Pairs<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<'a> WireScenario<'a> {
    fn of(view: &PostureView<'a>) -> Self {
        let veil = Veil::over(view.sources, view.sensitive);
        let locate = |at: &Provenance| place(view.sources, at);
        let services = view
            .shown()
            .map(|service| {
                let nowhere = Provenance::absent(service.subject.anchor);
                let rows = dossier::rows(view.posture, service, &nowhere, &veil, &locate);
                let fields = rows.iter().map(|row| (row.name.to_owned(), fact(row, &locate))).collect();
                (service.name().to_owned(), Pairs(fields))
            })
            .collect();
        let shown = |image: &&BuiltImage| {
            view.services.is_empty()
                || view.shown().any(|service| {
                    image.subject.service.as_ref() == Some(&service.subject.name)
                        || image.subject == service.subject
                })
        };
        let images = view.posture.built.iter().filter(shown).map(|image| built(image, &locate)).collect();
        Self { name: view.name, services: Pairs(services), images }
    }
}

/// A built image: its layers and its packages, which name their layer by its number from 1.
fn built(image: &BuiltImage, locate: dossier::Locate<'_>) -> Value {
    let layers: Vec<Value> = image
        .layers
        .iter()
        .map(|layer| {
            json!({
                "at": locate(&layer.at),
                "bytes": layer.bytes,
                "digest": layer.digest,
                "entries": layer.entries,
                "hidden_bytes": layer.hidden_bytes,
                "hidden_files": layer.hidden_files.iter().map(|(path, bytes)| json!({"bytes": bytes, "path": path})).collect::<Vec<_>>(),
                "instruction": layer.instruction,
                "read": layer.read.value().is_some(),
            })
        })
        .collect();
    let packages: Vec<Value> = image
        .packages
        .iter()
        .map(|package| {
            let source = package.source.as_ref();
            let version = source.and_then(|source| source.version.as_ref());
            json!({
                "architecture": package.architecture,
                "ecosystem": package.ecosystem.name(),
                "layer": package.layer.map(|layer| layer + 1),
                "name": package.name,
                "owner": package.owner,
                "path": package.path,
                "source": source.map(|source| json!({"name": source.name, "version": version})),
                "version": package.version,
            })
        })
        .collect();
    let system = image
        .system
        .as_ref()
        .map(|system| json!({ "codename": system.codename, "id": system.id, "version": system.version }));
    // Four digits are as many as anybody reads.
    let (all, hidden) = image.bytes();
    let efficiency = hidden
        .saturating_mul(10_000)
        .checked_div(all)
        .map_or(1.0, |lost| (10_000_u64.saturating_sub(lost)) as f64 / 10_000.0);
    json!({
        "efficiency": efficiency,
        "id": image.id,
        "known": known(image),
        "layers": layers,
        "name": image.subject.name,
        "names": image.names,
        "packages": packages,
        "platform": image.platform,
        "service": image.subject.service,
        "system": system,
        "trust": trust(&image.trust, locate),
        "unread": image.unread,
    })
}

/// What is known against its packages, and by what they were judged.
fn known(image: &BuiltImage) -> Value {
    let names = |packages: &[usize]| -> Vec<Value> {
        let packages = packages.iter().filter_map(|at| image.packages.get(*at));
        packages.map(|package| json!({"name": package.name, "path": package.path})).collect()
    };
    let advisories = |advisories: &[Advisory]| -> Vec<Value> {
        let one = |advisory: &Advisory| {
            json!({
                "aliases": advisory.aliases,
                "exploited": advisory.exploited,
                "fixed": advisory.fixed,
                "id": advisory.id,
                "malicious": advisory.malicious,
                "rating": advisory.rating.name(),
            })
        };
        advisories.iter().map(one).collect()
    };
    let installed = &image.installed;
    let updates = installed.updates.iter().map(|update| {
        json!({
            "advisories": advisories(&update.advisories),
            "layer": update.layer.map(|layer| layer + 1),
            "newest": update.newest,
            "packages": names(&update.packages),
            "security": update.security,
            "source": update.source,
            "version": update.version,
        })
    });
    let hits = installed.hits.iter().map(|hit| {
        let tool = hit.tool.and_then(|at| installed.tools.get(at));
        let package = hit.packages.first().and_then(|at| image.packages.get(*at));
        json!({
            "advisories": advisories(&hit.advisories),
            "mended": hit.mended.as_ref().map(|(version, _)| version),
            "name": package.map(|package| &package.name),
            "packages": names(&hit.packages),
            "tool": tool.map(|tool| &tool.directory),
            "version": package.map(|package| &package.version),
        })
    });
    let runtimes = installed.runtimes.iter().map(|runtime| {
        json!({
            "advisories": advisories(&runtime.build.advisories),
            "mended": runtime.build.mended,
            "path": image.packages.get(runtime.package).map(|package| &package.path),
            "product": runtime.build.product,
            "version": runtime.build.version,
        })
    });
    let coverage = installed.coverage.iter().map(|coverage| {
        json!({
            "extent": coverage.extent.name(),
            "foreign": coverage.foreign,
            "incomplete": coverage.open,
            "judged": coverage.judged,
            "of": coverage.of,
            "to": coverage.to,
            "unknown": coverage.unknown,
        })
    });
    json!({
        "coverage": coverage.collect::<Vec<_>>(),
        "hits": hits.collect::<Vec<_>>(),
        "runtimes": runtimes.collect::<Vec<_>>(),
        "updates": updates.collect::<Vec<_>>(),
    })
}

/// What speaks for an image: `verified` is a signature that holds, `unverified` one that is there, `wrong` one that does not hold.
fn trust(trust: &Trust, locate: dossier::Locate<'_>) -> Value {
    let standing = |standing: &Standing| {
        let (name, key, why) = match standing {
            Standing::Verified(key) => ("verified", Some(key), None),
            Standing::Unverified(why) => ("unverified", None, Some(why)),
            Standing::Wrong(why) => ("wrong", None, Some(why)),
        };
        json!({ "key": key, "standing": name, "why": why })
    };
    let signatures: Vec<Value> = trust
        .signatures
        .iter()
        .map(|signature| {
            let mut value = standing(&signature.standing);
            value["form"] = json!(signature.form.name());
            value
        })
        .collect();
    let attestations: Vec<Value> = trust
        .attestations
        .iter()
        .map(|attestation| {
            let mut value = standing(&attestation.standing);
            value["predicate"] = json!(attestation.predicate);
            value["builder"] = json!(attestation.builder);
            value
        })
        .collect();
    let label = |label: &Option<(Arc<str>, Provenance)>| {
        label.as_ref().map(|(value, at)| json!({ "at": locate(at), "value": value }))
    };
    let lineage = &trust.lineage;
    json!({
        "attestations": attestations,
        "digests": trust.digests,
        "labels": {
            "base_digest": label(&lineage.base_digest),
            "base_name": label(&lineage.base_name),
            "revision": label(&lineage.revision),
            "source": label(&lineage.source),
        },
        "searched": trust.searched.value().is_some(),
        "signatures": signatures,
    })
}

fn fact(row: &Row<'_>, locate: dossier::Locate<'_>) -> Value {
    let overridden: Vec<Value> = row
        .overridden
        .iter()
        .map(|lost| {
            let mut fact = statement(&lost.value);
            fact.insert("at".to_owned(), locate(lost.at));
            fact.insert("layer".to_owned(), json!(lost.layer.name()));
            fact.insert("plane".to_owned(), json!(lost.plane.name()));
            Value::Object(fact)
        })
        .collect();
    let mut fact = statement(&row.value);
    fact.insert("at".to_owned(), locate(&row.at));
    fact.insert("layer".to_owned(), json!(row.layer.name()));
    fact.insert("overridden".to_owned(), Value::Array(overridden));
    fact.insert("plane".to_owned(), json!(row.plane.name()));
    Value::Object(fact)
}

fn statement(value: &Known<Value>) -> serde_json::Map<String, Value> {
    let (key, value) = match value {
        Known::Value(value) => ("value", value.clone()),
        Known::Unknown(reason) => ("unknown", dossier::unknown(reason)),
    };
    std::iter::once((key.to_owned(), value)).collect()
}

/// `{source, line, column}` and by what way; built-in knowledge has a source and no line.
fn place(sources: &Sources, at: &Provenance) -> Value {
    let mut place = serde_json::Map::new();
    match wire::place(sources, at.span) {
        Some(found) => {
            place.insert("column".to_owned(), json!(found.column));
            place.insert("line".to_owned(), json!(found.line));
            place.insert("source".to_owned(), json!(found.file));
        }
        None => {
            let name = sources.lookup(at.span.source).map_or("", |source| &*source.name);
            place.insert("source".to_owned(), json!(name));
        }
    }
    if !at.via.is_empty() {
        let via: Vec<Value> = at
            .via
            .iter()
            .map(|step| {
                let found = step.span.and_then(|span| wire::place(sources, span));
                json!({ "at": found.map(|found| json!({ "column": found.column, "line": found.line, "source": found.file })), "kind": wire::via_name(step.kind) })
            })
            .collect();
        place.insert("via".to_owned(), json!(via));
    }
    Value::Object(place)
}

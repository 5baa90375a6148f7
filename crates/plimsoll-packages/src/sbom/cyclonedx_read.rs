//! Reads CycloneDX as JSON, versions 1.2 and later, whoever wrote it.
//!
//! Deliberately absent: services, compositions, signatures and all that says nothing of packages.

use super::{Bill, Checksum, Component, Kind, MOST_COMPONENTS, Need, Purl, Reading, Spot};
use crate::json::Json;
use crate::vex::{self, Statement};

/// Levels of components within components.
const DEEPEST: usize = 32;

pub(super) fn read(text: &str, root: &Json<'_>, version: String) -> Reading {
    let metadata = root.get("metadata");
    let mut bill = Bill {
        subject: metadata
            .and_then(|metadata| metadata.get("component"))
            .map(|json| one(text, json))
            .unwrap_or_default(),
        components: Vec::new(),
        created: metadata.and_then(|metadata| metadata.text_of("timestamp")).map(ToString::to_string),
    };
    let mut open: Vec<(&[Json<'_>], usize)> = Vec::new();
    let inner = metadata.and_then(|metadata| metadata.get("component")?.get("components"));
    open.extend(inner.map(|list| (list.items(), 0)));
    open.extend(root.get("components").map(|list| (list.items(), 0)));
    let mut cut = false;
    while let Some((items, depth)) = open.pop() {
        for (at, json) in items.iter().enumerate() {
            if bill.components.len() >= MOST_COMPONENTS {
                cut = true;
                break;
            }
            bill.components.push(one(text, json));
            if let Some(within) =
                json.get("components").filter(|list| !list.items().is_empty() && depth < DEEPEST)
            {
                // What follows comes after what is within, as it stands in the text.
                open.push((items.get(at + 1..).unwrap_or(&[]), depth));
                open.push((within.items(), depth + 1));
                break;
            }
        }
    }
    let mut depends: std::collections::HashMap<&str, Vec<String>> = std::collections::HashMap::new();
    for entry in root.get("dependencies").map_or(&[][..], Json::items) {
        let Some(reference) = entry.text_of("ref") else { continue };
        let on = entry.get("dependsOn").map_or(&[][..], Json::items);
        let on = on.iter().filter_map(Json::text).map(ToString::to_string);
        depends.entry(reference).or_default().extend(on);
    }
    for component in std::iter::once(&mut bill.subject).chain(&mut bill.components) {
        component.depends = depends.remove(&*component.reference);
    }
    let statements = statements(root, &bill);
    Reading { format: format!("CycloneDX {version}"), bill, statements, broken: None, cut }
}

fn one(text: &str, json: &Json<'_>) -> Component {
    let said = |key: &str| json.text_of(key).map(|text| text.to_string());
    let items = |key: &str| json.get(key).map_or(&[][..], Json::items);
    let name = said("name").unwrap_or_default();
    let purl = said("purl").as_deref().and_then(Purl::parse);
    let group = said("group").filter(|group| !group.is_empty());
    // Maven's groups are no part of a name as it is looked up here; a scope is.
    let name = match group {
        Some(group) if group.starts_with('@') => format!("{group}/{name}"),
        _ => name,
    };
    let spots = json.get("evidence").and_then(|evidence| evidence.get("occurrences"));
    let spots = spots.map_or(&[][..], Json::items).iter().filter_map(|spot| {
        let line = spot.get("line").and_then(|line| text.get(line.start..line.end)?.parse().ok());
        Some(Spot { path: spot.text_of("location")?.to_string(), line })
    });
    let properties = items("properties").iter().filter_map(|property| {
        Some((property.text_of("name")?.to_string(), property.text_of("value").map(ToString::to_string)?))
    });
    let checksums = items("hashes")
        .iter()
        .filter_map(|hash| Checksum::named(hash.text_of("alg")?, hash.text_of("content")?));
    let head = json.member("name").or_else(|| json.members().first());
    Component {
        reference: said("bom-ref").unwrap_or_default(),
        kind: match json.text_of("type").map_or("", |kind| &**kind) {
            "application" => Kind::Application,
            "container" => Kind::Container,
            "operating-system" => Kind::System,
            "library" | "framework" | "" => Kind::Library,
            _ => Kind::Other,
        },
        name,
        version: said("version").unwrap_or_default(),
        purl,
        checksums: checksums.collect(),
        license: license(items("licenses")),
        publisher: said("publisher").or_else(|| supplier(json)),
        need: json.text_of("scope").and_then(|scope| Need::parse(scope)).unwrap_or_default(),
        spots: spots.collect(),
        properties: properties.collect(),
        depends: None,
        at: head.map_or((json.start, json.start), |head| (head.start, head.value.end.max(head.end))),
    }
}

fn supplier(json: &Json<'_>) -> Option<String> {
    json.get("supplier")?.text_of("name").map(ToString::to_string)
}

/// Several licences that are listed hold together.
fn license(list: &[Json<'_>]) -> Option<String> {
    let one = |choice: &Json<'_>| {
        let license = choice.get("license");
        let named = license.and_then(|license| license.text_of("id").or_else(|| license.text_of("name")));
        choice.text_of("expression").or(named).map(ToString::to_string)
    };
    let all: Vec<String> = list.iter().filter_map(one).filter(|text| !text.is_empty()).collect();
    (!all.is_empty()).then(|| all.join(" AND "))
}

/// What the bill says of vulnerabilities: `analysis` with the components that it is about.
fn statements(root: &Json<'_>, bill: &Bill) -> Vec<Statement> {
    let named: std::collections::HashMap<&str, &Component> = std::iter::once(&bill.subject)
        .chain(&bill.components)
        .filter(|component| !component.reference.is_empty())
        .map(|component| (&*component.reference, component))
        .collect();
    let list = root.get("vulnerabilities").map_or(&[][..], Json::items);
    list.iter()
        .take(MOST_COMPONENTS)
        .filter_map(|json| vex::of_cyclonedx(json, &bill.subject, &named))
        .collect()
}

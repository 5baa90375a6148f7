//! Reads SPDX 2.2 and 2.3 as JSON, whoever wrote it.
//!
//! Deliberately absent: files, snippets and licences that a document brings along.

use std::collections::HashMap;

use super::spdx::note;
use super::{Bill, Checksum, Component, Kind, MOST_COMPONENTS, Need, Purl, Reading, Spot};
use crate::json::Json;

pub(super) fn read(root: &Json<'_>, version: String) -> Reading {
    let packages = root.get("packages").map_or(&[][..], Json::items);
    let cut = packages.len() > MOST_COMPONENTS;
    let mut ids: HashMap<&str, usize> = HashMap::new();
    let mut all: Vec<Component> = Vec::new();
    for json in packages.iter().take(MOST_COMPONENTS) {
        let id = json.text_of("SPDXID").map_or("", |id| &**id);
        ids.entry(id).or_insert(all.len());
        all.push(one(json, id));
    }
    let mut described: Option<&str> =
        root.get("documentDescribes").and_then(|list| list.items().first()?.text()).map(|id| &**id);
    let mut depends: Vec<Option<Vec<String>>> =
        all.iter().map(|component| component.depends.clone()).collect();
    for json in root.get("relationships").map_or(&[][..], Json::items) {
        let said = |key: &str| json.text_of(key).map_or("", |text| &**text);
        let (from, kind, to) = (said("spdxElementId"), said("relationshipType"), said("relatedSpdxElement"));
        if kind == "DESCRIBES" {
            described = described.or(Some(to));
            continue;
        }
        let (from, to) = match kind {
            "DESCRIBED_BY" => {
                described = described.or(Some(from));
                continue;
            }
            "DEPENDS_ON" | "CONTAINS" => (from, to),
            kind if kind == "CONTAINED_BY" || kind.ends_with("DEPENDENCY_OF") => (to, from),
            _ => continue,
        };
        let (Some(&from), Some(&to)) = (ids.get(from), ids.get(to)) else { continue };
        if let (Some(list), Some(other)) = (depends.get_mut(from), all.get(to)) {
            list.get_or_insert_default().push(other.reference.clone());
        }
        if matches!(kind, "DEV_DEPENDENCY_OF" | "OPTIONAL_DEPENDENCY_OF")
            && let Some(component) = all.get_mut(to)
        {
            component.need = if kind.starts_with("DEV") { Need::Excluded } else { Need::Optional };
        }
    }
    all.iter_mut().zip(depends).for_each(|(component, list)| component.depends = list);
    let subject = described.and_then(|id| ids.get(id)).copied();
    let created = root.get("creationInfo").and_then(|info| info.text_of("created")).map(ToString::to_string);
    let subject = match subject {
        Some(at) => all.remove(at),
        None => Component {
            name: root.text_of("name").map_or_else(String::new, ToString::to_string),
            ..Component::default()
        },
    };
    let bill = Bill { subject, components: all, created };
    Reading { format: format!("SPDX {version}"), bill, statements: Vec::new(), broken: None, cut }
}

fn one(json: &Json<'_>, id: &str) -> Component {
    let said = |key: &str| json.text_of(key).map(|text| text.to_string());
    let items = |key: &str| json.get(key).map_or(&[][..], Json::items);
    let known = |key: &str| said(key).filter(|text| !matches!(text.as_str(), "" | "NOASSERTION" | "NONE"));
    let purl = items("externalRefs")
        .iter()
        .filter(|reference| reference.text_of("referenceType").is_some_and(|kind| kind.ends_with("purl")))
        .find_map(|reference| Purl::parse(reference.text_of("referenceLocator")?));
    let checksums = items("checksums")
        .iter()
        .filter_map(|hash| Checksum::named(hash.text_of("algorithm")?, hash.text_of("checksumValue")?));
    let purpose = said("primaryPackagePurpose").unwrap_or_default();
    let oci = purl.as_ref().is_some_and(|purl| matches!(&*purl.kind, "oci" | "docker"));
    let head = json.member("name").or_else(|| json.members().first());
    let reference = purl.as_ref().map_or_else(|| id.to_owned(), ToString::to_string);
    let mut component = Component {
        reference,
        kind: match purpose.as_str() {
            "APPLICATION" => Kind::Application,
            "CONTAINER" => Kind::Container,
            "OPERATING-SYSTEM" | "OPERATING_SYSTEM" => Kind::System,
            "LIBRARY" | "FRAMEWORK" => Kind::Library,
            _ if oci => Kind::Container,
            "" => Kind::Library,
            _ => Kind::Other,
        },
        name: known("name").unwrap_or_default(),
        version: known("versionInfo").unwrap_or_default(),
        purl,
        checksums: checksums.collect(),
        license: known("licenseDeclared").or_else(|| known("licenseConcluded")),
        publisher: known("supplier").or_else(|| known("originator")).map(|text| person(&text)),
        at: head.map_or((json.start, json.start), |head| (head.start, head.value.end.max(head.end))),
        ..Component::default()
    };
    for annotation in items("annotations") {
        let Some((name, value)) =
            annotation.text_of("comment").and_then(|comment| comment.split_once(['=', ':']))
        else {
            continue;
        };
        annotate(&mut component, annotation.text_of("comment").map_or("", |text| &**text), name, value);
    }
    component
}

/// Ours are `plimsoll:NAME=VALUE` and `cdx:…=VALUE`; Trivy writes `LayerDiffID: sha256:…`.
fn annotate(component: &mut Component, comment: &str, name: &str, value: &str) {
    let own = ["plimsoll:", "cdx:"].iter().any(|mark| comment.starts_with(mark));
    let Some((name, value)) = (if own { comment.split_once('=') } else { Some((name, value.trim())) }) else {
        return;
    };
    match name {
        note::REFERENCE => component.reference = value.to_owned(),
        note::NEED => component.need = Need::parse(value).unwrap_or_default(),
        note::LICENSE => component.license = Some(value.to_owned()),
        note::ALONE => component.depends = Some(Vec::new()),
        note::SPOT => {
            let line =
                value.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse::<usize>().ok()?)));
            let (path, line) = line.unwrap_or((value, 0));
            component.spots.push(Spot { path: path.to_owned(), line: Some(line).filter(|line| *line > 0) });
        }
        name => component.set(name, value),
    }
}

/// `NAME <ADDRESS>` of `Person: NAME (ADDRESS)`.
fn person(text: &str) -> String {
    let plain = ["Person: ", "Organization: ", "Tool: "]
        .iter()
        .find_map(|mark| text.strip_prefix(mark))
        .unwrap_or(text);
    let parted = plain.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    match parted.filter(|_| text.starts_with("Person: ")) {
        Some((name, address)) => format!("{name} <{address}>"),
        None => plain.to_owned(),
    }
}

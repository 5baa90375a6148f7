//! Writes SPDX 2.3 as JSON.
//!
//! What SPDX has no field for (a layer, a place, why a package is there) is an annotation of its package, `NAME=VALUE`.
//! Deliberately absent: files and snippets.

use serde::Serialize;

use super::license::{self, Licence};
use super::{Bill, Component, Kind, Need, uuid};

/// The member of a package that is no other field: see [`annotations`].
pub(super) mod note {
    /// The name by which other components refer to it, where that is not its package URL.
    pub(crate) const REFERENCE: &str = "plimsoll:ref";
    /// `required` is not said.
    pub(crate) const NEED: &str = "plimsoll:scope";
    /// `PATH` or `PATH:LINE`.
    pub(crate) const SPOT: &str = "plimsoll:path";
    /// A licence that is no expression of SPDX.
    pub(crate) const LICENSE: &str = "plimsoll:license";
    /// What it depends on is known, and that is nothing.
    pub(crate) const ALONE: &str = "plimsoll:depends-on-nothing";
}

const NOTHING: &str = "NOASSERTION";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    spdx_version: &'a str,
    data_license: &'a str,
    #[serde(rename = "SPDXID")]
    id: &'a str,
    name: &'a str,
    document_namespace: String,
    creation_info: CreationInfo<'a>,
    packages: Vec<Package<'a>>,
    relationships: Vec<Relationship<'a>>,
}

#[derive(Serialize)]
struct CreationInfo<'a> {
    created: &'a str,
    creators: [&'a str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Package<'a> {
    name: &'a str,
    #[serde(rename = "SPDXID")]
    id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version_info: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    supplier: Option<String>,
    download_location: &'a str,
    files_analyzed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checksums: Vec<Checksum<'a>>,
    license_concluded: &'a str,
    license_declared: &'a str,
    copyright_text: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_refs: Vec<ExternalRef>,
    primary_package_purpose: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    annotations: Vec<Annotation<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checksum<'a> {
    algorithm: &'a str,
    checksum_value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExternalRef {
    reference_category: &'static str,
    reference_type: &'static str,
    reference_locator: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Annotation<'a> {
    annotation_date: &'a str,
    annotation_type: &'a str,
    annotator: &'a str,
    comment: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Relationship<'a> {
    spdx_element_id: &'a str,
    relationship_type: &'a str,
    related_spdx_element: &'a str,
}

/// Writes a bill. `version` is that of the program; `day` (`YYYY-MM-DD`) is when the bill was made, where it does not say
/// that itself: the specification asks for one, and a clock would make other bytes of the same input.
#[must_use]
pub fn write(bill: &Bill, version: &str, day: &str) -> String {
    let fallback = format!("{day}T00:00:00Z");
    let created = bill.created.as_deref().filter(|text| is_plain(text)).unwrap_or(&fallback);
    let tool = format!("Tool: plimsoll-{version}");
    let all: Vec<&Component> = std::iter::once(&bill.subject).chain(&bill.components).collect();
    let ids: Vec<String> = all.iter().map(|component| id(component)).collect();
    let by_reference: std::collections::HashMap<&str, &str> =
        all.iter().zip(&ids).map(|(component, id)| (&*component.reference, &**id)).collect();
    let packages = all.iter().zip(&ids).map(|(component, id)| package(component, id, &tool, created));
    let mut relationships = Vec::new();
    let mut relate = |from, kind, to| {
        relationships.push(Relationship {
            spdx_element_id: from,
            relationship_type: kind,
            related_spdx_element: to,
        });
    };
    if let Some(subject) = ids.first() {
        relate("SPDXRef-DOCUMENT", "DESCRIBES", subject);
    }
    for (component, id) in all.iter().zip(&ids) {
        let kind = if component.kind == Kind::Container { "CONTAINS" } else { "DEPENDS_ON" };
        for other in component.depends.iter().flatten() {
            if let Some(other) = by_reference.get(&**other) {
                relate(id, kind, other);
            }
        }
    }
    let mut document = Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        id: "SPDXRef-DOCUMENT",
        name: if bill.subject.name.is_empty() { "project" } else { &bill.subject.name },
        document_namespace: String::new(),
        creation_info: CreationInfo { created, creators: [&tool] },
        packages: packages.collect(),
        relationships,
    };
    let unnamed = serde_json::to_string(&document).unwrap_or_default();
    document.document_namespace =
        format!("https://spdx.org/spdxdocs/plimsoll-{}-{}", plain(document.name), uuid(&unnamed));
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// `2026-11-22T00:00:00Z`, the one form that SPDX takes.
fn is_plain(text: &str) -> bool {
    text.len() == 20
        && text.bytes().zip("0000-00-00T00:00:00Z".bytes()).all(|(own, form)| match form {
            b'0' => own.is_ascii_digit(),
            other => own == other,
        })
}

/// Letters, digits, `.` and `-`.
fn plain(text: &str) -> String {
    let mut plain: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).take(80).collect();
    if plain.is_empty() {
        plain.push('-');
    }
    plain
}

/// Told apart by what the reference is, since plain names run together.
fn id(component: &Component) -> String {
    let unique = uuid(&component.reference);
    let unique = unique.get(24..).unwrap_or(&unique);
    format!(
        "SPDXRef-{}-{unique}",
        plain(&format!("{}-{}", component.name.trim_start_matches('@'), component.version))
    )
}

fn package<'a>(component: &'a Component, id: &'a str, tool: &'a str, created: &'a str) -> Package<'a> {
    let license = component.license.as_deref().map(license::of);
    let declared = match license {
        Some(Licence::Id(text) | Licence::Expression(text)) => text,
        _ => NOTHING,
    };
    let external = component.purl.as_ref().map(|purl| ExternalRef {
        reference_category: "PACKAGE-MANAGER",
        reference_type: "purl",
        reference_locator: purl.to_string(),
    });
    Package {
        name: if component.name.is_empty() { NOTHING } else { &component.name },
        id,
        version_info: &component.version,
        supplier: component.publisher.as_deref().map(supplier),
        download_location: NOTHING,
        files_analyzed: false,
        checksums: component
            .checksums
            .iter()
            .map(|checksum| Checksum { algorithm: checksum.spdx_name(), checksum_value: &checksum.digits })
            .collect(),
        license_concluded: NOTHING,
        license_declared: declared,
        copyright_text: NOTHING,
        external_refs: external.into_iter().collect(),
        primary_package_purpose: match component.kind {
            Kind::Application => "APPLICATION",
            Kind::Container => "CONTAINER",
            Kind::System => "OPERATING-SYSTEM",
            Kind::Library => "LIBRARY",
            Kind::Other => "OTHER",
        },
        annotations: annotations(component)
            .into_iter()
            .map(|comment| Annotation {
                annotation_date: created,
                annotation_type: "OTHER",
                annotator: tool,
                comment,
            })
            .collect(),
    }
}

/// `Person: NAME (ADDRESS)` of `NAME <ADDRESS>`; whoever has no address is an organisation as far as that can be told.
fn supplier(text: &str) -> String {
    match text.split_once('<').and_then(|(name, rest)| Some((name.trim(), rest.split_once('>')?.0))) {
        Some((name, address)) if !name.is_empty() => format!("Person: {name} ({address})"),
        _ => format!("Organization: {text}"),
    }
}

fn has_line(path: &str) -> bool {
    path.rsplit_once(':').is_some_and(|(_, line)| line.parse::<usize>().is_ok())
}

fn annotations(component: &Component) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |name: &str, value: &str| notes.push(format!("{name}={value}"));
    let usual = component.purl.as_ref().map(ToString::to_string);
    if usual.as_deref() != Some(&*component.reference) {
        note(note::REFERENCE, &component.reference);
    }
    if component.need != Need::Required {
        note(note::NEED, component.need.name());
    }
    if let Some(Licence::Name(text)) = component.license.as_deref().map(license::of) {
        note(note::LICENSE, text);
    }
    if component.depends.as_ref().is_some_and(Vec::is_empty) {
        note(note::ALONE, "");
    }
    for spot in &component.spots {
        match spot.line {
            Some(line) => note(note::SPOT, &format!("{}:{line}", spot.path)),
            // No line is 0 where the path looks as if it had one.
            None if has_line(&spot.path) => note(note::SPOT, &format!("{}:0", spot.path)),
            None => note(note::SPOT, &spot.path),
        }
    }
    for (name, value) in &component.properties {
        note(name, value);
    }
    notes
}

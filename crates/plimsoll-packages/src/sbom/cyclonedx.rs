//! Writes CycloneDX 1.6 as JSON.
//!
//! Members come in the order of the specification; what is empty is left out. Deliberately absent: vulnerabilities, since a
//! report tells those.

use serde::Serialize;

use super::license::{self, Licence};
use super::{Bill, Component, Kind, Need, uuid};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(rename = "$schema")]
    schema: &'a str,
    bom_format: &'a str,
    spec_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    version: u32,
    metadata: Metadata<'a>,
    components: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<Dependency<'a>>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<&'a str>,
    tools: Tools<'a>,
    component: Entry<'a>,
}

#[derive(Serialize)]
struct Tools<'a> {
    components: [Tool<'a>; 1],
}

#[derive(Serialize)]
struct Tool<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(rename = "bom-ref")]
    reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<LicenseChoice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property<'a>>,
}

#[derive(Serialize)]
struct Hash<'a> {
    alg: &'a str,
    content: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum LicenseChoice<'a> {
    License { license: License<'a> },
    Expression { expression: &'a str },
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum License<'a> {
    Id(&'a str),
    Name(&'a str),
}

#[derive(Serialize)]
struct Evidence<'a> {
    occurrences: Vec<Occurrence<'a>>,
}

#[derive(Serialize)]
struct Occurrence<'a> {
    location: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

#[derive(Serialize)]
struct Property<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency<'a> {
    #[serde(rename = "ref")]
    reference: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    depends_on: &'a [String],
}

/// Writes a bill. `version` is that of the program.
#[must_use]
pub fn write(bill: &Bill, version: &str) -> String {
    let all = std::iter::once(&bill.subject).chain(&bill.components);
    let dependencies = all.filter_map(|component| {
        let depends_on = component.depends.as_deref()?;
        Some(Dependency { reference: &component.reference, depends_on })
    });
    let mut document = Document {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: None,
        version: 1,
        metadata: Metadata {
            timestamp: bill.created.as_deref(),
            tools: Tools { components: [Tool { kind: "application", name: "plimsoll", version }] },
            component: entry(&bill.subject),
        },
        components: bill.components.iter().map(entry).collect(),
        dependencies: dependencies.collect(),
    };
    let unnumbered = serde_json::to_string(&document).unwrap_or_default();
    document.serial_number = Some(format!("urn:uuid:{}", uuid(&unnumbered)));
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// The word of CycloneDX.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Application => "application",
        Kind::Container => "container",
        Kind::System => "operating-system",
        Kind::Library => "library",
        Kind::Other => "file",
    }
}

fn entry(component: &Component) -> Entry<'_> {
    // A scope is the group of a package of npm.
    let scoped = component.name.split_once('/').filter(|(scope, _)| scope.starts_with('@'));
    let (group, name) = match scoped {
        Some((group, name)) => (Some(group), name),
        None => (None, &*component.name),
    };
    let licenses = component.license.as_deref().map(|text| match license::of(text) {
        Licence::Id(id) => LicenseChoice::License { license: License::Id(id) },
        Licence::Expression(expression) => LicenseChoice::Expression { expression },
        Licence::Name(name) => LicenseChoice::License { license: License::Name(name) },
    });
    let occurrences: Vec<Occurrence<'_>> =
        component.spots.iter().map(|spot| Occurrence { location: &spot.path, line: spot.line }).collect();
    Entry {
        kind: word(component.kind),
        reference: &component.reference,
        publisher: component.publisher.as_deref(),
        group,
        name,
        version: &component.version,
        scope: Some(component.need.name()).filter(|_| component.need != Need::Required),
        hashes: component
            .checksums
            .iter()
            .map(|checksum| Hash { alg: checksum.algorithm, content: &checksum.digits })
            .collect(),
        licenses: licenses.into_iter().collect(),
        purl: component.purl.as_ref().map(ToString::to_string),
        evidence: (!occurrences.is_empty()).then_some(Evidence { occurrences }),
        properties: component.properties.iter().map(|(name, value)| Property { name, value }).collect(),
    }
}

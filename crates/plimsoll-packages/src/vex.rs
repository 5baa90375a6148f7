//! What somebody states about vulnerabilities: OpenVEX documents, and the `analysis` of CycloneDX.
//!
//! Deliberately absent: what a statement does to a finding, signatures of documents, and CSAF.

use std::collections::HashMap;

use crate::json::{self, Json};
use crate::sbom::{Component, Purl};

/// What is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The vulnerability does no harm there.
    NotAffected,
    /// It was mended there.
    Fixed,
    /// It does harm.
    Affected,
    /// Nobody knows yet.
    UnderInvestigation,
}

impl Status {
    /// The word of OpenVEX.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotAffected => "not_affected",
            Self::Fixed => "fixed",
            Self::Affected => "affected",
            Self::UnderInvestigation => "under_investigation",
        }
    }

    /// Whether what is stated of may be let be.
    #[must_use]
    pub fn allows(self) -> bool {
        matches!(self, Self::NotAffected | Self::Fixed)
    }

    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "not_affected" | "false_positive" => Self::NotAffected,
            "fixed" | "resolved" | "resolved_with_pedigree" => Self::Fixed,
            "affected" | "exploitable" => Self::Affected,
            "under_investigation" | "in_triage" => Self::UnderInvestigation,
            _ => return None,
        })
    }
}

/// What a statement is about: a package, or packages within something else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Product {
    /// What it goes by; empty where it has names that are no package URLs.
    pub purls: Vec<Purl>,
    /// Whether it is the very bill that the statement stands in.
    pub bill: bool,
    /// The packages within it that are meant; empty for all.
    pub parts: Vec<Purl>,
}

impl Product {
    /// Whether a package of something that goes by `within` is meant.
    fn covers(&self, package: &Purl, within: &[Purl]) -> bool {
        let whole = self.bill || self.purls.iter().any(|own| within.iter().any(|other| own.covers(other)));
        if self.parts.is_empty() {
            return whole || self.purls.iter().any(|own| own.covers(package));
        }
        whole && self.parts.iter().any(|part| part.covers(package))
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The vulnerability, by every name that is given.
    pub ids: Vec<String>,
    /// What it is about.
    pub products: Vec<Product>,
    /// What is stated.
    pub status: Status,
    /// Why, in the words of the document; empty where it gives none.
    pub reason: String,
    /// Seconds since 1970 at which it was made; of two the later holds.
    pub time: Option<i64>,
    /// Its bytes.
    pub at: (usize, usize),
}

impl Statement {
    /// Whether it is about a vulnerability that goes by one of `ids` in a package of something that goes by `within`.
    pub fn covers<'a>(
        &self,
        mut ids: impl Iterator<Item = &'a str>,
        package: &Purl,
        within: &[Purl],
    ) -> bool {
        ids.any(|id| self.ids.iter().any(|own| own.eq_ignore_ascii_case(id)))
            && self.products.iter().any(|product| product.covers(package, within))
    }
}

/// A document of statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// `OpenVEX`, `CycloneDX`.
    pub format: &'static str,
    /// The statements, in the order of the document.
    pub statements: Vec<Statement>,
    /// What was not understood, each with its place.
    pub remarks: Vec<(usize, String)>,
}

/// Statements of one document that are read.
const MOST: usize = 20_000;

/// Reads an OpenVEX document or the statements of a CycloneDX bill; `None` for what is neither.
#[must_use]
pub fn read(text: &str) -> Option<Document> {
    let reading = json::read(text);
    let root = reading.root.as_ref()?;
    let open = root.text_of("@context").is_some_and(|context| context.contains("openvex"));
    let mut document = if open {
        openvex(root)
    } else {
        let bill = crate::sbom::read(text)?;
        let mut remarks = Vec::new();
        if bill.statements.is_empty() {
            remarks.push((
                0,
                format!("{} without an `analysis` of a vulnerability states nothing", bill.format),
            ));
        }
        Document { format: "CycloneDX", statements: bill.statements, remarks }
    };
    if let Some(at) = reading.broken {
        document.remarks.push((at, "the document is broken here: what follows is not read".to_owned()));
    }
    Some(document)
}

fn openvex(root: &Json<'_>) -> Document {
    let mut document = Document { format: "OpenVEX", statements: Vec::new(), remarks: Vec::new() };
    let time_of = |json: &Json<'_>| {
        let said = json.text_of("last_updated").or_else(|| json.text_of("timestamp"));
        said.and_then(|text| seconds(text))
    };
    let made = time_of(root);
    for json in root.get("statements").map_or(&[][..], Json::items).iter().take(MOST) {
        let mut remark = |text: &str| document.remarks.push((json.start, text.to_owned()));
        let Some(status) = json.text_of("status").and_then(|text| Status::parse(text)) else {
            remark("a statement without a status that OpenVEX knows states nothing");
            continue;
        };
        let mut ids = Vec::new();
        if let Some(vulnerability) = json.get("vulnerability") {
            let names = [vulnerability.text(), vulnerability.text_of("name"), vulnerability.text_of("@id")];
            ids.extend(names.into_iter().flatten().map(|text| last_part(text).to_owned()));
            let aliases = vulnerability.get("aliases").map_or(&[][..], Json::items);
            ids.extend(aliases.iter().filter_map(Json::text).map(|text| last_part(text).to_owned()));
        }
        ids.retain(|id| !id.is_empty());
        if ids.is_empty() {
            remark("a statement that names no vulnerability states nothing");
            continue;
        }
        let shared = parts(json);
        let products: Vec<Product> = json
            .get("products")
            .map_or(&[][..], Json::items)
            .iter()
            .map(|product| Product {
                purls: purls(product),
                bill: false,
                parts: parts(product).into_iter().chain(shared.iter().cloned()).collect(),
            })
            .collect();
        if products.iter().all(|product| product.purls.is_empty()) {
            remark("a statement whose products have no package URL is about nothing that can be found");
            continue;
        }
        let said = |key: &str| json.text_of(key).map(|text| text.trim()).filter(|text| !text.is_empty());
        document.statements.push(Statement {
            ids,
            products,
            status,
            reason: reason(status, &[said("justification"), said("impact_statement"), said("status_notes")]),
            time: time_of(json).or(made),
            at: json.bytes(),
        });
    }
    document
}

/// `https://nvd.nist.gov/vuln/detail/CVE-2024-1` is `CVE-2024-1`.
fn last_part(text: &str) -> &str {
    let text = text.trim();
    if text.contains("://") { text.rsplit('/').next().unwrap_or(text) } else { text }
}

fn purls(product: &Json<'_>) -> Vec<Purl> {
    let identifiers = product.get("identifiers");
    let named = [
        product.text(),
        product.text_of("@id"),
        identifiers.and_then(|identifiers| identifiers.text_of("purl")),
    ];
    named.into_iter().flatten().filter_map(|text| Purl::parse(text)).collect()
}

fn parts(product: &Json<'_>) -> Vec<Purl> {
    product.get("subcomponents").map_or(&[][..], Json::items).iter().flat_map(purls).collect()
}

fn reason(status: Status, words: &[Option<&str>]) -> String {
    let said: Vec<&str> = words.iter().copied().flatten().collect();
    match said.as_slice() {
        [] => status.name().to_owned(),
        said => format!("{}: {}", status.name(), said.join("; ")),
    }
}

/// The analysis of one of a bill's vulnerabilities; `None` without a state that is known.
pub(crate) fn of_cyclonedx(
    json: &Json<'_>,
    subject: &Component,
    named: &HashMap<&str, &Component>,
) -> Option<Statement> {
    let analysis = json.get("analysis")?;
    let status = analysis.text_of("state").and_then(|state| Status::parse(state))?;
    let mut ids: Vec<String> = json.text_of("id").map(ToString::to_string).into_iter().collect();
    let references = json.get("references").map_or(&[][..], Json::items);
    ids.extend(references.iter().filter_map(|reference| reference.text_of("id")).map(ToString::to_string));
    let products = json.get("affects").map_or(&[][..], Json::items).iter().filter_map(|affected| {
        let reference = affected.text_of("ref")?;
        // A BOM-Link names a component of another bill behind its `#`.
        let own = reference.strip_prefix("urn:cdx:").and_then(|link| link.split_once('#'));
        let reference = own.map_or(&**reference, |(_, reference)| reference);
        let component = named.get(reference).copied();
        let purl = component.map_or_else(|| Purl::parse(reference), |component| component.purl.clone());
        let bill = component.is_some_and(|component| std::ptr::eq(component, subject));
        Some(Product { purls: purl.into_iter().collect(), bill, parts: Vec::new() })
    });
    let products: Vec<Product> = products.collect();
    let said = |key: &str| analysis.text_of(key).map(|text| text.trim()).filter(|text| !text.is_empty());
    let seconds_of = |key: &str| analysis.text_of(key).and_then(|text| seconds(text));
    (!ids.is_empty() && !products.is_empty()).then(|| Statement {
        ids,
        products,
        status,
        reason: reason(status, &[said("justification"), said("detail")]),
        time: seconds_of("lastUpdated").or_else(|| seconds_of("firstIssued")),
        at: json.bytes(),
    })
}

/// RFC 3339: `2024-01-31T10:00:00Z`, `…+02:00`, with or without fractions.
fn seconds(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let rest = text.get(19..)?.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let offset = match rest.as_bytes() {
        [] | [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), ..] => {
            let away = rest.get(1..3)?.parse::<i64>().ok()? * 60 + rest.get(4..6)?.parse::<i64>().ok()?;
            if *sign == b'+' { away } else { -away }
        }
        _ => return None,
    };
    // Howard Hinnant, `days_from_civil`.
    let shifted = if month > 2 { year } else { year - 1 };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * 86_400 + hour * 3_600 + (minute - offset) * 60 + second)
}

//! Files in which other tools are told what is accepted: VEX documents and `.trivyignore`.
//!
//! Deliberately absent: where they are looked for (see `run`).

use plimsoll_controls::{Severity, find_peer};
use plimsoll_packages::sbom::Purl;
use plimsoll_packages::vex;
use plimsoll_report::{AllowedBy, Notice};
use plimsoll_text::{Source, SourceId, SourceKind, Span};

use super::{Acceptance, Meant};
use crate::allow::EVERYTHING;
use crate::config::{Config, ConfigAllowance};
use crate::date::Date;
use crate::import::trivy::{self, Ignored, Section};

const TRIVY: &str = "trivy";

/// Adds the statements of a VEX document.
///
/// # Errors
/// A message when it is none.
pub(crate) fn read_vex(config: &mut Config, name: &str, bytes: &[u8]) -> Result<(), String> {
    let id = config.sources.add(name, SourceKind::Config, bytes);
    let text = config.sources.get(id).text.clone();
    let Some(document) = vex::read(&text) else {
        return Err(format!("{name} is neither an OpenVEX document nor a CycloneDX document in JSON"));
    };
    let tool = if document.format == "OpenVEX" { "openvex" } else { "cyclonedx" };
    for (at, message) in document.remarks {
        config.notices.push(Notice {
            code: "invalid-statement",
            severity: Severity::Low,
            at: Span::new(id, at, at),
            message,
            cure: None,
        });
    }
    for statement in document.statements {
        let at = Span::new(id, statement.at.0, statement.at.1);
        config.acceptances.push(Acceptance {
            by: AllowedBy::File { tool, at },
            reason: statement.reason.clone(),
            until: None,
            meant: Meant::Stated(statement),
        });
    }
    Ok(())
}

/// Adds what `.trivyignore` (or the same as YAML) has Trivy ignore. `today` is asked for only where something ends.
pub(crate) fn read_trivy(config: &mut Config, name: &str, bytes: &[u8], today: &dyn Fn() -> Date) {
    let id = config.sources.add(name, SourceKind::Config, bytes);
    let source = config.sources.get(id).clone();
    let read = if name.ends_with(".yaml") || name.ends_with(".yml") {
        trivy::document(&source)
    } else {
        Ok(trivy::list(&source))
    };
    let ignored = match read {
        Ok(ignored) => ignored,
        Err((line, message)) => {
            let at = line_of(&source, id, line);
            let message = format!("cannot be read: {message}");
            config.notices.push(notice("invalid-value", Severity::High, at, message, None));
            return;
        }
    };
    let mut unmapped: Vec<String> = Vec::new();
    let mut first = None;
    for one in ignored {
        let at = line_of(&source, id, one.line);
        if !take(config, &one, at, today) {
            first.get_or_insert(at);
            unmapped.push(one.id);
        }
    }
    if let Some(at) = first {
        let message = format!("{TRIVY} ids without a counterpart here: {}", unmapped.join(", "));
        config.notices.push(notice("unmapped-ignore", Severity::Info, at, message, None));
    }
}

fn notice(code: &'static str, severity: Severity, at: Span, message: String, cure: Option<&str>) -> Notice {
    Notice { code, severity, at, message, cure: cure.map(str::to_owned) }
}

fn line_of(source: &Source, id: SourceId, line: usize) -> Span {
    let range = source.lines().range(&source.text, line).unwrap_or(0..0);
    let text = source.text.get(range.clone()).unwrap_or("");
    let start = range.start + (text.len() - text.trim_start().len());
    Span::new(id, start, start + text.trim().len())
}

/// Whether an id means anything here.
fn take(config: &mut Config, one: &Ignored, at: Span, today: &dyn Fn() -> Date) -> bool {
    let advisory = match one.section {
        Section::Any => is_advisory(&one.id),
        Section::Vulnerabilities => true,
        Section::Misconfigurations => false,
        Section::Other => return false,
    };
    let plain = trivy::plain(&one.id);
    let controls = if advisory { Vec::new() } else { find_peer(&plain) };
    // An allowance of a control names a subject and no files.
    if !advisory && (controls.is_empty() || !one.paths.is_empty()) {
        return false;
    }
    let until = match one.until.as_deref() {
        None => None,
        Some(text) => match Date::parse(text.get(..10).unwrap_or(text)) {
            Some(until) => Some(until),
            None => {
                let message = format!("`{text}` is not a date: {} is not ignored", one.id);
                let cure = Some("write it as 2027-01-31");
                config.notices.push(notice("invalid-value", Severity::High, at, message, cure));
                return true;
            }
        },
    };
    if let Some(until) = until.filter(|until| *until < today()) {
        let message = format!("what {TRIVY} was told to ignore, {}, ended on {until}", one.id);
        let cure = Some("put it right, or argue a new date");
        config.notices.push(notice("expired-allowance", Severity::Medium, at, message, cure));
        return true;
    }
    let reason = one.why.clone().unwrap_or_default();
    if advisory {
        config.acceptances.push(Acceptance {
            by: AllowedBy::File { tool: TRIVY, at },
            reason: reason.clone(),
            until,
            meant: Meant::Ignored {
                advisory: one.id.clone(),
                paths: one.paths.clone(),
                purls: one.purls.iter().filter_map(|text| Purl::parse(text)).collect(),
            },
        });
    }
    config.allowances.extend(controls.into_iter().map(|control| ConfigAllowance {
        control: control.id.to_owned(),
        subject: EVERYTHING.to_owned(),
        reason: reason.clone(),
        until,
        at,
        tool: Some(TRIVY),
    }));
    true
}

/// By the shape of the id.
fn is_advisory(id: &str) -> bool {
    ["CVE-", "GHSA-", "DSA-", "DLA-", "ALPINE-", "DEBIAN-", "GO-", "TEMP-"]
        .iter()
        .any(|mark| id.starts_with(mark))
}

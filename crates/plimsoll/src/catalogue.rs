//! The catalogue for people and machines: one page, the list, and the schema of the configuration.
//!
//! Deliberately absent: the pages themselves, which belong to the controls.

use std::fmt::Write as _;

use plimsoll_controls::{
    CATALOGUE, Control, Foothold, ITEMS, Item, Scope, Severity, Standing, find, find_peer,
};
use plimsoll_policy::Format;
use serde_json::{Value, json};

use crate::args::ListFormat;
use crate::config::RULES;
use crate::nearest::nearest;

/// The page of a control, by its id or by another tool's: every control that the id stands for.
///
/// # Errors
/// A message with the nearest ids when there is none.
pub fn explain(id: &str, width: usize) -> Result<String, String> {
    let item = item(id);
    let controls: Vec<&Control> = match (find(id), item) {
        (Some(control), _) => vec![control],
        (None, Some(item)) => item.controls(),
        (None, None) => find_peer(id),
    };
    if let (Some(item), true) = (item, controls.is_empty()) {
        let why = item.manual().unwrap_or("part of no control; the view of the benchmark answers it");
        return Ok(format!("CIS-{}: {}\n\n  manual: {why}\n", item.id, item.title));
    }
    if controls.is_empty() {
        let known = CATALOGUE
            .iter()
            .flat_map(|control| std::iter::once(control.id).chain(control.peers.iter().copied()));
        let near = nearest(id, known, 3);
        let hint = if near.is_empty() { String::new() } else { format!(" Near it: {}.", near.join(", ")) };
        return Err(format!("there is no control `{id}`.{hint} `plimsoll controls` lists all."));
    }
    let mut text = String::new();
    for (at, control) in controls.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        page(&mut text, control, width.clamp(40, MAX_WIDTH));
    }
    Ok(text)
}

/// The item of the CIS Docker Benchmark that is meant: `5.4`, `CIS-5.4`, Docker Bench's `check_5_4`.
fn item(id: &str) -> Option<&'static Item> {
    let lower = id.to_ascii_lowercase();
    let number = match lower.strip_prefix("check_") {
        Some(number) => number.replace('_', "."),
        None => lower.strip_prefix("cis").unwrap_or(&lower).trim_start_matches(['-', ' ', '_']).to_owned(),
    };
    ITEMS.iter().find(|item| item.id == number)
}

/// The page of one control.
#[must_use]
pub fn article(control: &Control, width: usize) -> String {
    let mut text = String::new();
    page(&mut text, control, width.clamp(40, MAX_WIDTH));
    text
}

/// Longer lines are hard to read.
const MAX_WIDTH: usize = 100;

fn page(text: &mut String, control: &Control, width: usize) {
    let _ = writeln!(text, "{}: {}", control.id, control.title);
    let _ = writeln!(text, "severity: {}, since: {}", control.severity.name(), control.since);
    if !control.peers.is_empty() {
        let _ = writeln!(text, "elsewhere: {}", control.peers.join(", "));
    }
    let body = control.page.split_once("\n## ").map_or("", |(_, body)| body);
    for section in body.split("\n## ").filter(|section| !section.starts_with("Cases")) {
        let (heading, words) = section.split_once('\n').unwrap_or((section, ""));
        let _ = write!(text, "\n{heading}\n\n");
        let mut code = false;
        for line in words.trim().lines() {
            code ^= line.starts_with("```");
            wrap(text, line, if code { usize::MAX } else { width });
        }
    }
}

/// Breaks a line between words, indented by two columns; the lines of a list hang below their first word.
fn wrap(text: &mut String, line: &str, width: usize) {
    if line.is_empty() || width == usize::MAX {
        let indent = if line.is_empty() { "" } else { "  " };
        let _ = writeln!(text, "{indent}{line}");
        return;
    }
    let hang = if line.trim_start().starts_with("- ") { 4 } else { 2 };
    let mut column = 0;
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            text.push('\n');
            column = 0;
            text.push_str(&" ".repeat(hang));
            column += hang;
        } else if column == 0 {
            text.push_str("  ");
            column = 2;
        } else {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text.push('\n');
}

/// All controls.
#[must_use]
pub fn list(format: ListFormat) -> String {
    match format {
        ListFormat::Table => table(),
        ListFormat::Json => pretty(&machine()),
        ListFormat::Markdown => markdown(),
    }
}

fn table() -> String {
    let width = CATALOGUE.iter().map(|control| control.id.len()).max().unwrap_or_default();
    CATALOGUE.iter().fold(String::new(), |mut text, control| {
        let _ = writeln!(text, "{:width$}  {:8}  {}", control.id, control.severity.name(), control.title);
        text
    })
}

fn machine() -> Value {
    let controls: Vec<Value> = CATALOGUE
        .iter()
        .map(|control| {
            json!({
                "id": control.id,
                "title": control.title,
                "severity": control.severity.name(),
                "since": control.since,
                "scope": scope(control),
                "foothold": control.foothold.name(),
                "baseline": control.standing == Standing::Baseline,
                "style": control.standing == Standing::Style,
                "peers": control.peers,
            })
        })
        .collect();
    json!({ "schema": "plimsoll.controls/1", "controls": controls })
}

fn scope(control: &Control) -> &'static str {
    match control.scope {
        Scope::Runtime(_) => "runtime",
        Scope::Process(_) => "process",
        Scope::Recipe(_) | Scope::RecipeAndBuilt(..) => "recipe",
        Scope::Stage(_) | Scope::StageAndBuilt(..) => "stage",
        Scope::Built(_) | Scope::Contents(_) => "built",
        Scope::Image(_) | Scope::ImageAndBuilt(..) => "image",
        Scope::App(_) => "app",
        Scope::Package(_) => "package",
        Scope::File(_) => "file",
        Scope::Host(_) | Scope::HostContents(_) => "host",
        Scope::Project(_) => "project",
    }
}

fn markdown() -> String {
    let mut text = String::from(
        "# Controls\n\n\
         Generated from the catalogue by `plimsoll controls --format markdown`; `plimsoll explain ID` shows a page, \
         also by another tool's id.\n\n",
    );
    let count = |severity| CATALOGUE.iter().filter(|control| control.severity == severity).count();
    let counts: Vec<String> = Severity::ALL
        .into_iter()
        .rev()
        .filter(|severity| count(*severity) > 0)
        .map(|severity| format!("{} {}", count(severity), severity.name()))
        .collect();
    let _ = write!(text, "{} controls: {}.\n\n", CATALOGUE.len(), counts.join(", "));
    text.push_str("| Control | Severity | What it finds | Elsewhere |\n| --- | --- | --- | --- |\n");
    for control in CATALOGUE {
        let _ = writeln!(
            text,
            "| [{id}](../crates/plimsoll-controls/src/controls/{stem}.md) | {severity} | {title} | {peers} |",
            id = control.id,
            stem = control.id.replace('-', "_"),
            severity = control.severity.name(),
            title = control.title.replace('|', "\\|"),
            peers = control.peers.join(", "),
        );
    }
    text
}

/// The controls by impact and foothold: the last table of `docs/severity.md`.
#[must_use]
pub fn severities() -> String {
    let mut text = String::from("| impact | foothold | controls |\n|---|---|---|\n");
    for severity in Severity::ALL.into_iter().rev() {
        for foothold in [Foothold::None, Foothold::Service, Foothold::Root] {
            let ids: Vec<String> = CATALOGUE
                .iter()
                .filter(|control| control.severity == severity && control.foothold == foothold)
                .filter(|control| control.standing != Standing::Style)
                .map(|control| format!("`{}`", control.id))
                .collect();
            if !ids.is_empty() {
                let _ = writeln!(text, "| {} | {} | {} |", severity.name(), foothold.name(), ids.join(", "));
            }
        }
    }
    text
}

/// The JSON Schema of `plimsoll.toml`, with the ids of the catalogue.
#[must_use]
pub fn config_schema() -> String {
    let ids: Vec<&str> = CATALOGUE.iter().map(|control| control.id).collect();
    let severities: Vec<&str> = Severity::ALL.into_iter().rev().map(Severity::name).collect();
    let id = json!({ "$ref": "#/definitions/id" });
    let severity = json!({ "$ref": "#/definitions/severity" });
    let forms: Vec<&str> = Format::ALL.into_iter().map(Format::name).collect();
    pretty(&json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "plimsoll.toml",
        "description": "The configuration of plimsoll for one project.",
        "type": "object",
        "additionalProperties": false,
        "definitions": {
            "control": { "description": "The id of a control.", "enum": ids },
            "id": {
                "description": "The id of a control, or of a rule of the project's own.",
                "anyOf": [{ "$ref": "#/definitions/control" }, { "type": "string", "pattern": "^(policy|rego)/" }],
            },
            "severity": { "enum": severities },
            "texts": { "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } },
            "ports": {
                "type": "array",
                "items": {
                    "anyOf": [
                        { "type": "integer", "minimum": 0, "maximum": 65535 },
                        { "type": "string", "pattern": "^[0-9]+(-[0-9]+)?(/(tcp|udp|sctp))?$" },
                    ],
                },
            },
            "labels": {
                "anyOf": [
                    { "type": "array", "items": { "type": "string" } },
                    { "type": "object", "additionalProperties": { "enum": forms } },
                ],
            },
            "policy": policy_schema(&severity),
        },
        "properties": {
            "fail-on": {
                "description": "Findings of this severity or above fail the run. Default: high.",
                "enum": ["critical", "high", "medium", "low", "info", "never"],
            },
            "min-severity": { "description": "Nothing milder is shown.", "allOf": [severity] },
            "only": { "description": "Only these controls are looked at.", "type": "array", "items": id },
            "skip": { "description": "These controls are not looked at.", "type": "array", "items": id },
            "shellcheck": {
                "description": "When ShellCheck is asked about the scripts of RUN.",
                "enum": ["auto", "always", "never"],
            },
            "style": {
                "description": "Also look at what is a matter of taste and no risk. Default: false.",
                "type": "boolean",
            },
            "trusted-registries": {
                "description": "Registries, or prefixes of repositories such as ghcr.io/acme/, that images may come from.",
                "type": "array",
                "items": { "type": "string" },
            },
            "database": {
                "description": "How old advisories may be, and where `plimsoll db update` fetches them from.",
                "type": "object",
                "properties": {
                    "max-age-days": {
                        "description": "Packages that are judged by advisories complete to a day longer ago are a finding. Default: never.",
                        "type": "integer",
                        "minimum": 0,
                    },
                    "base": { "description": "Where all feeds are, in the layout of docs/database.md.", "type": "string" },
                    "osv-base": { "description": "Where npm/all.zip and Go/all.zip are.", "type": "string" },
                    "debian-base": { "description": "Where tracker/data/json is.", "type": "string" },
                    "alpine-base": { "description": "Where v3.22/main.json is.", "type": "string" },
                    "node-base": { "description": "Where vuln/core/index.json is.", "type": "string" },
                    "kev-base": { "description": "Where known_exploited_vulnerabilities.json is.", "type": "string" },
                },
                "additionalProperties": false,
            },
            "trust": {
                "description": "Who signs the images.",
                "type": "object",
                "properties": {
                    "keys": {
                        "description": "Files of public keys (PEM), relative to this file.",
                        "type": "array",
                        "items": { "type": "string" },
                    },
                    "require": {
                        "description": "What every image that is read must have: a signature that one of the keys verifies.",
                        "enum": ["signature"],
                    },
                },
                "additionalProperties": false,
            },
            "severity": {
                "description": "Other severities, by control.",
                "type": "object",
                "propertyNames": id,
                "additionalProperties": severity,
            },
            "allow": {
                "description": "Findings that somebody accepts.",
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["reason"],
                    "anyOf": [{ "required": ["control", "subject"] }, { "required": ["advisory"] }],
                    "properties": {
                        "control": id,
                        "advisory": {
                            "description": "One advisory, by any of its names: `CVE-2020-8203`, `GHSA-p6mc-m468-83gw`. It alone is accepted; control and subject are optional then.",
                            "type": "string",
                            "minLength": 1,
                        },
                        "subject": {
                            "description": "What it is about: `service api`, `image Dockerfile`, `project`; a name alone means whatever goes by it, `*` everything.",
                            "type": "string",
                            "minLength": 1,
                        },
                        "reason": { "type": "string", "minLength": 1 },
                        "until": {
                            "description": "The last day it holds, YYYY-MM-DD, in UTC.",
                            "type": "string",
                            "format": "date",
                        },
                    },
                },
            },
            "vex": {
                "description": "Statements of which vulnerabilities do no harm: OpenVEX documents, or CycloneDX with an analysis, relative to this file.",
                "type": "array",
                "items": { "type": "string", "minLength": 1 },
            },
            "policy": {
                "description": "Rules of the project's own, as data.",
                "type": "array",
                "items": { "$ref": "#/definitions/policy" },
            },
            "rego": {
                "description": "Rules of the project's own in Rego, over the posture.",
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "files": {
                        "description": "Files, directories or patterns, relative to this file.",
                        "type": "array",
                        "items": { "type": "string" },
                    },
                    "namespaces": {
                        "description": "Packages whose rules are asked, or patterns. Default: main.",
                        "type": "array",
                        "items": { "type": "string" },
                    },
                },
            },
        },
    }))
}

/// One `[[policy]]`: what it says, whom it means, and exactly one rule.
fn policy_schema(severity: &Value) -> Value {
    let texts = json!({ "$ref": "#/definitions/texts" });
    let mut properties = json!({
        "id": { "description": "Reports call it `policy/ID`.", "type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$" },
        "message": { "description": "The rule as a sentence.", "type": "string", "minLength": 1 },
        "severity": { "description": "Default: medium.", "allOf": [severity] },
        "why": { "type": "string", "minLength": 1 },
        "fix": { "type": "string", "minLength": 1 },
        "services": { "description": "Only these services; `*` stands for any part of a name.", "allOf": [texts] },
        "stages": {
            "description": "Only these stages: all, final, or names.",
            "anyOf": [{ "enum": ["all", "final"] }, texts],
        },
        "publishing": { "description": "Only services that publish a port, or only others.", "type": "boolean" },
        "strict-labels": { "description": "No other labels than those required.", "type": "boolean" },
        "ports": { "description": "Which side is meant. Default: published.", "enum": ["published", "exposed", "both"] },
    });
    let mut one_of = Vec::new();
    for rule in RULES {
        let schema = match *rule {
            "allowed-ports" | "forbidden-ports" => json!({ "$ref": "#/definitions/ports" }),
            "required-labels" | "required-service-labels" => json!({ "$ref": "#/definitions/labels" }),
            _ => texts.clone(),
        };
        if let Some(properties) = properties.as_object_mut() {
            properties.insert((*rule).to_owned(), schema);
        }
        one_of.push(json!({ "required": [rule] }));
    }
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["id", "message"],
        "oneOf": one_of,
        "properties": properties,
    })
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        let broken = |line: &str, width| {
            let mut text = String::new();
            wrap(&mut text, line, width);
            text
        };
        assert_eq!(broken("one two three", 9), "  one two\n  three\n");
        assert_eq!(broken("- one two", 7), "  - one\n    two\n");
        assert_eq!(broken("https://example.com/long", 5), "  https://example.com/long\n");
        assert_eq!(broken("", 5), "\n");
    }
}

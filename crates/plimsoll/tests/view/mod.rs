//! Small projects in memory, and the fields of their postures as a program reads them from the JSON form.

use std::fmt::Write;

#[path = "../stage/mod.rs"]
mod stage;

use plimsoll::scan::{Task, Wishes, assemble_all};
use plimsoll_controls::{CATALOGUE, Finding, Settings, Verdict, judge};
use plimsoll_lens::Memory;
use plimsoll_report::{PostureView, Tool, posture_json};
use serde_json::Value;

/// The postures of one project, and what is wrong with it.
pub(crate) struct View {
    services: Value,
    findings: Vec<(&'static str, Finding)>,
}

/// The only scenario of these files.
pub(crate) fn view(files: &[(&str, &str)]) -> View {
    view_with(files, Wishes::default())
}

/// Likewise, with wishes.
pub(crate) fn view_with(files: &[(&str, &str)], wishes: Wishes) -> View {
    view_in(&Memory::of(files), wishes)
}

/// Likewise, in a world that was prepared.
pub(crate) fn view_in(world: &Memory, wishes: Wishes) -> View {
    let mut plan = stage::plan(world, &wishes.compose);
    plan.unite();
    let task = Task { world, plan, stdin: None, config: Default::default(), wishes };
    let all = assemble_all(&task, |assembled| assembled).0;
    // A project and its overrides are two scenarios; what runs is the last.
    let assembled =
        all.iter().rfind(|assembled| assembled.name.starts_with("compose.yaml")).unwrap_or(&all[0]);
    let view = PostureView {
        name: &assembled.name,
        posture: &assembled.posture,
        sources: &assembled.sources,
        sensitive: &[],
        services: &[],
    };
    let tool = Tool { version: String::new(), data: Vec::new() };
    let mut json: Value = serde_json::from_str(&posture_json(&tool, &[view])).expect("JSON");
    let judgements = judge(&assembled.posture, CATALOGUE, &Settings::default());
    let findings = judgements.into_iter().flat_map(|judgement| match judgement.verdict {
        Verdict::Fail(findings) => {
            findings.into_iter().map(|finding| (judgement.control.id, finding)).collect()
        }
        _ => Vec::new(),
    });
    View { services: json["services"].take(), findings: findings.collect() }
}

impl View {
    /// One project of one compose file and one Dockerfile.
    pub(crate) fn of(compose: &str, dockerfile: &str) -> Self {
        view(&[("compose.yaml", compose), ("Dockerfile", dockerfile)])
    }

    /// One project of one compose file.
    pub(crate) fn compose(compose: &str) -> Self {
        view(&[("compose.yaml", compose)])
    }

    /// The names of the services.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.services.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    }

    /// What a control says should be done, for each of its findings.
    pub(crate) fn fixes(&self, control: &str) -> Vec<&str> {
        let own = self.findings.iter().filter(|(id, _)| *id == control);
        own.map(|(_, finding)| finding.fix.as_str()).collect()
    }

    /// One field of a service.
    pub(crate) fn field(&self, service: &str, field: &str) -> String {
        plain(&self.services[service][field])
    }

    /// Compares fields of a service; an expected `?` is unknown. Every difference is told.
    #[track_caller]
    pub(crate) fn holds(&self, service: &str, fields: &[(&str, &str)]) -> &Self {
        let mut wrong = String::new();
        for (field, expected) in fields {
            let found = self.field(service, field);
            if found != *expected {
                let _ = writeln!(wrong, "{service}.{field}: expected {expected}, found {found}");
            }
        }
        assert!(wrong.is_empty(), "\n{wrong}");
        self
    }
}

/// A field as one line: lists separated by spaces, mounts and ports in the short form of Compose.
fn plain(value: &Value) -> String {
    let part = |name: &str| match &value[name] {
        Value::Null => String::new(),
        part => plain(part),
    };
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(on) => on.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" "),
        Value::Object(fields) if fields.contains_key("unknown") || fields.contains_key("reason") => {
            "?".to_owned()
        }
        Value::Object(fields) if fields.contains_key("container_port") => format!(
            "{}:{}:{}/{}",
            part("host_ip"),
            part("host_port"),
            part("container_port"),
            part("protocol")
        ),
        Value::Object(fields) if fields.contains_key("target") && fields.contains_key("rw") => {
            let mode = match part("rw").as_str() {
                "true" => "rw",
                "false" => "ro",
                _ => "?",
            };
            let device = match part("device") {
                device if device.is_empty() => device,
                device => format!("({device})"),
            };
            format!("{}={}{device}:{}:{mode}", part("type"), part("source"), part("target"))
        }
        Value::Object(fields) if fields.contains_key("peers") => {
            let internal = if part("internal") == "true" { "!" } else { "" };
            format!("{internal}{}", part("name"))
        }
        Value::Object(fields) if fields.contains_key("value") => plain(&value["value"]),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !["at", "layer", "plane"].contains(&name.as_str()))
            .map(|(name, value)| format!("{name}={}", plain(value)))
            .collect::<Vec<_>>()
            .join(","),
    }
}

//! From what a rule answers to findings: texts, or objects with `msg` and, when the rule says more, a place.

use plimsoll_controls::Finding;
use plimsoll_posture::{Plane, Posture, Provenance, Subject};
use plimsoll_text::{Sources, Span};
use serde_json::Value;

use super::place::follow;

/// The most findings of one rule in one scenario, and the longest message.
const MOST: usize = 1000;
const LONGEST: usize = 500;

/// One scenario as the answers speak of it.
pub(super) struct Scene<'a> {
    pub(super) posture: &'a Posture,
    pub(super) sources: &'a Sources,
    pub(super) facts: &'a Value,
}

/// The findings about one subject.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) subject: Option<Subject>,
    pub(super) findings: Vec<Finding>,
}

impl Scene<'_> {
    /// The findings that an answer stands for, by subject in the order of the answer; an error when it is no answer.
    pub(super) fn findings(&self, answer: &Value) -> Result<Vec<Group>, String> {
        let mut groups: Vec<Group> = Vec::new();
        match answer {
            Value::Null | Value::Bool(false) => {}
            Value::Array(items) => {
                for item in items.iter().take(MOST) {
                    self.push(item, &mut groups)?;
                }
            }
            one => self.push(one, &mut groups)?,
        }
        Ok(groups)
    }

    fn push(&self, item: &Value, groups: &mut Vec<Group>) -> Result<(), String> {
        let text =
            |key: &str| item.get(key).and_then(Value::as_str).map(clean).filter(|text| !text.is_empty());
        let message = match item {
            Value::String(message) => clean(message),
            Value::Object(_) => text("msg").ok_or("a result is an object without a text `msg`")?,
            _ => return Err("a result is neither a text nor an object with `msg`".to_owned()),
        };
        if message.is_empty() {
            return Err("a result has an empty message".to_owned());
        }
        let route = ["route", "path"].into_iter().find_map(|key| route(item.get(key)?)).unwrap_or_default();
        let arrival = follow(self.facts, &route);
        let name = text("service").or_else(|| arrival.service.map(str::to_owned));
        let subject =
            name.and_then(|name| self.posture.service(&name)).map(|service| service.subject.clone());
        let at = arrival
            .provenance(self.sources, self.posture, &route)
            .or_else(|| subject.as_ref().map(|subject| Provenance::absent(subject.anchor)))
            .or_else(|| self.anywhere())
            .ok_or("there is no document to point at")?;
        let fix = text("fix").unwrap_or_else(|| "do what the rule says".to_owned());
        let mut finding = Finding::place(at, Plane::Declared, "", message, fix);
        if let Some(why) = text("why") {
            finding = finding.because(why);
        }
        match groups.iter_mut().find(|group| group.subject == subject) {
            Some(group) => group.findings.push(finding),
            None => groups.push(Group { subject, findings: vec![finding] }),
        }
        Ok(())
    }

    /// What is about the project as a whole points at its first document.
    fn anywhere(&self) -> Option<Provenance> {
        let first = self.posture.services.first().map(|service| service.subject.anchor.source);
        let source = first.or_else(|| self.sources.iter().next().map(|source| source.id))?;
        Some(Provenance::absent(Span::whole(source)))
    }
}

/// A route is a text or a list of its parts.
fn route(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let part = |part: &Value| match part {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            };
            Some(parts.iter().map(part).collect::<Option<Vec<_>>>()?.join("."))
        }
        _ => None,
    }
}

/// On one line, without the full stop that reports do not have.
fn clean(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_end_matches('.').chars().take(LONGEST).collect()
}

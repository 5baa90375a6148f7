//! The records under which a project's own rules stand in reports.
//!
//! A control is static because the catalogue is; a rule that is read at run time becomes static by being kept for good,
//! once for each text: a program that reads the same configuration a thousand times keeps it once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use plimsoll_controls::{Control, Foothold, Scope, Severity, Standing, Verdict};

use crate::policy::{Rule, Statement};
use crate::{POLICY, REGO};

/// What makes a record: id, title, page, severity.
type Key = (String, String, String, Severity);

static KEPT: Mutex<BTreeMap<Key, &'static Control>> = Mutex::new(BTreeMap::new());

pub(crate) fn of_policy(statement: &Statement, rule: &Rule) -> &'static Control {
    let id = format!("{POLICY}{}", statement.id);
    let why = statement.why.as_deref().unwrap_or("It is a rule of this project.");
    let fix = statement.fix.as_deref().unwrap_or("Change what the finding points at, or argue an exception.");
    let page = page(&id, &statement.message, &rule.sentence(), why, fix);
    keep(id, statement.message.clone(), page, statement.severity)
}

/// What the comments above a Rego rule say about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Annotation {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) severity: Option<Severity>,
}

pub(crate) fn of_rule(
    package: &str,
    rule: &str,
    severity: Severity,
    said: &Annotation,
    place: &str,
) -> &'static Control {
    let id = format!("{REGO}{package}/{}", rule.replace('_', "-"));
    let title = said.title.clone().unwrap_or_else(|| format!("rule `{rule}` of package `{package}`"));
    let what = format!("The rule `{rule}` of package `{package}` in {place}.");
    let why = said.description.as_deref().unwrap_or("It is a rule of this project.");
    let page = page(&id, &title, &what, why, "Do what the rule's message says, or argue an exception.");
    keep(id, title, page, said.severity.unwrap_or(severity))
}

fn page(id: &str, title: &str, what: &str, why: &str, fix: &str) -> String {
    format!(
        "# {id}: {title}\n\n## What it checks\n\n{what}\n\n## Why it matters\n\n{why}\n\n## How to fix\n\n{fix}\n\n"
    )
}

fn keep(id: String, title: String, page: String, severity: Severity) -> &'static Control {
    // A thread that panicked while it held the lock left a whole entry or none.
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.entry((id, title, page, severity)).or_insert_with_key(|(id, title, page, severity)| {
        Box::leak(Box::new(Control {
            id: id.clone().leak(),
            title: title.clone().leak(),
            page: page.clone().leak(),
            severity: *severity,
            foothold: Foothold::None,
            since: env!("CARGO_PKG_VERSION"),
            peers: &[],
            covered_by: &[],
            standing: Standing::Ordinary,
            scope: Scope::Project(|_, _| {
                Verdict::NotApplicable("a rule of a project is judged with its own data")
            }),
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_rule_is_kept_once() {
        let one = keep("policy/a".into(), "t".into(), "p".into(), Severity::Low);
        let same = keep("policy/a".into(), "t".into(), "p".into(), Severity::Low);
        let other = keep("policy/a".into(), "t".into(), "p".into(), Severity::High);
        assert!(std::ptr::eq(one, same) && !std::ptr::eq(one, other));
        assert_eq!(other.severity, Severity::High);
    }

    #[test]
    fn the_page_has_the_sections_that_reports_ask_for() {
        let said = Annotation { description: Some("Because. Really.".into()), ..Annotation::default() };
        let control = of_rule("main", "deny_big_ports", Severity::High, &said, "policy/a.rego");
        assert_eq!(control.id, "rego/main/deny-big-ports");
        assert_eq!(control.section("Why it matters"), Some("Because. Really."));
        assert!(control.section("How to fix").is_some());
    }
}

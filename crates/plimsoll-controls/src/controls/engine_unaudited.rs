//! Nobody notes who changes the engine.

use plimsoll_posture::{Host, Known, Plane, Posture, Provenance};

use crate::audited_path::{WATCHED, is_watched};
use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "engine-unaudited",
    title: "changes of the engine leave no trace",
    page: include_str!("engine_unaudited.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "CIS-1.1.3",
        "CIS-1.1.4",
        "CIS-1.1.5",
        "CIS-1.1.6",
        "CIS-1.1.7",
        "CIS-1.1.8",
        "CIS-1.1.9",
        "CIS-1.1.10",
        "CIS-1.1.11",
        "CIS-1.1.12",
        "CIS-1.1.13",
        "CIS-1.1.14",
        "CIS-1.1.15",
        "CIS-1.1.16",
        "CIS-1.1.17",
        "CIS-1.1.18",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let rules = match &host.audited {
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
        Known::Value(rules) => rules,
    };
    let missing: Vec<&str> = WATCHED
        .iter()
        .filter(|(_, paths)| matches!(is_watched(host, paths), Verdict::Fail(_)))
        .filter_map(|(_, paths)| paths.first().copied())
        .collect();
    let at = rules.first().map(|rule| rule.at.clone());
    if missing.is_empty() {
        return Verdict::Pass(Evidence { at, plane: Plane::Running });
    }
    let named = missing.iter().take(4).map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
    let more = match missing.len().saturating_sub(4) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let at = at.unwrap_or_else(|| Provenance::absent(host.subject.anchor));
    Verdict::fail(Finding::place(
        at,
        Plane::Running,
        format!("{} of {} paths are not watched", missing.len(), WATCHED.len()),
        format!("no audit rule watches {named}{more}"),
        "add a line `-w PATH -p rwxa -k docker` for each to /etc/audit/rules.d/docker.rules, then augenrules --load",
    ))
}

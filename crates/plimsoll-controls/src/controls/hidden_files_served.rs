//! Hidden files in a directory that is served.

use plimsoll_posture::{Action, Posture, Service};

use crate::proxy::{NO_PROXY, fine, fix_for, routes};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "hidden-files-served",
    title: "hidden files of the project are served",
    page: include_str!("hidden_files_served.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: dotfiles"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let Some(proxy) = &service.proxy else { return Verdict::NotApplicable(NO_PROXY) };
    let served = routes(proxy).filter_map(|(_, route)| match &route.action {
        Action::Files { root, hidden } if !hidden.is_empty() && route.guarded.is_none() => {
            Some((route, root, hidden))
        }
        _ => None,
    });
    let name = service.name();
    let mut findings: Vec<Finding> = served
        .map(|(route, root, hidden)| {
            let names: Vec<String> = hidden.iter().map(|name| format!("`{name}`")).collect();
            Finding::place(
                route.at.at.clone(),
                route.at.plane,
                format!("`{root}` holds {}", names.join(", ")),
                format!("proxy `{name}` serves {} of the project", names.join(", ")),
                fix_for(
                    proxy,
                    "serve the built files only, and refuse hidden ones: `location ~ /\\. { deny all; }`",
                    "serve the built files only, and add `hide .git .env` to `file_server`",
                    "serve the built files only",
                ),
            )
        })
        .collect();
    findings.dedup_by(|a, b| a.message == b.message);
    Verdict::from_findings(findings, fine(proxy))
}

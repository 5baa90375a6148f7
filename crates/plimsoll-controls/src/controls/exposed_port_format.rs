//! `EXPOSE` with a host part or a protocol in capitals.

use plimsoll_posture::{Change, Posture, Protocol, Recipe, StepKind};
use plimsoll_text::Span;

use crate::{
    Control, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change, recipe_faults,
};

pub(super) static CONTROL: Control = Control {
    id: "exposed-port-format",
    title: "EXPOSE is written in a form that means something else",
    page: include_str!("exposed_port_format.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["ExposeInvalidFormat", "ExposeProtoCasing", "KICS: UNIX Ports Out Of Range"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Recipe(check),
};

fn check(recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let verdict = recipe_faults::judge(recipe, |fault| match fault.code {
        "expose-host-part" => Some("the part before the colon is ignored"),
        "expose-protocol-case" => Some("capitals"),
        _ => None,
    });
    match verdict {
        Verdict::Fail(findings) => Verdict::Fail(
            findings
                .into_iter()
                .map(|finding| match port(recipe, finding.primary.at.span) {
                    Some(change) => finding.remedied(Remedy::safe(
                        vec![change],
                        "it is what the builder makes of it today: the same port and protocol",
                    )),
                    None => finding,
                })
                .collect(),
        ),
        other => other,
    }
}

/// The port as the builder understands it.
fn port(recipe: &Recipe, at: Span) -> Option<Change> {
    recipe.stages.iter().find_map(|stage| {
        let mut ports = stage.steps.iter().filter(|step| !step.on_build).flat_map(|step| match &step.kind {
            StepKind::Expose(ports) => ports.as_slice(),
            _ => &[],
        });
        let found = ports.find(|port| port.at == at)?;
        let (range, protocol) = found.value.value()?;
        let protocol = match protocol {
            Protocol::Tcp => "",
            Protocol::Udp => "/udp",
            Protocol::Sctp => "/sctp",
        };
        // One word that stands for several ports is a variable.
        ports
            .all(|port| port.at != at)
            .then(|| recipe_change::reword(stage, at, format!("{range}{protocol}")))
    })
}

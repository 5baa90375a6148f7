//! `EXPOSE` with a host part or a protocol in capitals.

use plimsoll_posture::{Posture, Recipe};

use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, recipe_faults};

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
    recipe_faults::judge(recipe, |fault| match fault.code {
        "expose-host-part" => Some("the part before the colon is ignored"),
        "expose-protocol-case" => Some("capitals"),
        _ => None,
    })
}

//! Keys that the Compose specification does not know.

use plimsoll_posture::{Plane, Posture, UnknownKey};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "unknown-compose-key",
    title: "compose file has an unknown key",
    page: include_str!("unknown_compose_key.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["invalid-schema"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Project(check),
};

fn check(posture: &Posture, _: &Settings) -> Verdict {
    if !posture.services.iter().any(|service| service.runtime) && posture.project.unknown_keys.is_empty() {
        return Verdict::NotApplicable("there is no compose file");
    }
    Verdict::from_findings(posture.project.unknown_keys.iter().map(finding).collect(), Verdict::absent())
}

fn finding(key: &UnknownKey) -> Finding {
    let (label, fix) = match key.meant {
        Some(meant) => (format!("did you mean `{meant}`?"), format!("write `{meant}`")),
        None => (
            "not in the specification".to_owned(),
            "remove the key, or put `x-` before it where it is a note of your own".to_owned(),
        ),
    };
    Finding::place(key.place(), Plane::Declared, label, format!("`{}` is no key of Compose", key.path), fix)
}

//! A command whose failure is hidden by the declaration it stands in.

use plimsoll_posture::{Posture, Recipe, SlipKind, Stage};

use crate::shell_slips::{Telling, judge};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "masked-exit-status",
    title: "a declaration hides that the command in it failed",
    page: include_str!("masked_exit_status.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["SC2155"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    judge(
        stage,
        |_, slip| matches!(slip.kind, SlipKind::MaskedStatus(_)),
        |_, slip| {
            let name = match &slip.kind {
                SlipKind::MaskedStatus(name) => &**name,
                _ => "",
            };
            Telling {
                label: "succeeds whatever the command does",
                message: format!("declares `{name}` and hides whether the command for it failed"),
                fix: format!("assign first: `{name}=$(…) && export {name}`"),
            }
        },
    )
}

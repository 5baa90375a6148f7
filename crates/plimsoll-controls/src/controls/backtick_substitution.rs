//! Backticks around a command.

use plimsoll_posture::{Posture, Recipe, SlipKind, Stage};

use crate::shell_slips::{Telling, judge};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "backtick-substitution",
    title: "backticks instead of $(…)",
    page: include_str!("backtick_substitution.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["SC2006"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    judge(
        stage,
        |_, slip| slip.kind == SlipKind::Backticks,
        |_, _| Telling {
            label: "the old form",
            message: "uses backticks".to_owned(),
            fix: "write `$(…)`".to_owned(),
        },
    )
}

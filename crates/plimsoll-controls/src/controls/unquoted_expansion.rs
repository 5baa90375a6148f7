//! An expansion outside quotes, that the shell splits and matches against file names.

use plimsoll_posture::{Posture, Recipe, SlipKind, Stage};

use crate::shell_slips::{Telling, judge};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "unquoted-expansion",
    title: "variable or command output is not quoted",
    page: include_str!("unquoted_expansion.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["SC2086", "SC2046"],
    covered_by: &[],
    // Values of a build are lists on purpose or words without spaces nearly always.
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    judge(
        stage,
        |_, slip| matches!(slip.kind, SlipKind::SplitVariable(_) | SlipKind::SplitOutput),
        |_, slip| match &slip.kind {
            SlipKind::SplitVariable(name) => Telling {
                label: "split at spaces, matched against file names",
                message: format!("leaves `${name}` unquoted"),
                fix: format!("write `\"${name}\"`, unless several words are meant"),
            },
            _ => Telling {
                label: "split at spaces, matched against file names",
                message: "leaves the output of a command unquoted".to_owned(),
                fix: "write `\"$(…)\"`, unless several words are meant".to_owned(),
            },
        },
    )
}

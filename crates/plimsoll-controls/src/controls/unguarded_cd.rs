//! A change of directory that nobody checks.

use plimsoll_posture::{Posture, Recipe, SlipKind, Stage};

use crate::shell_slips::{Telling, judge, shell_stops_on_error};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "unguarded-cd",
    title: "commands go on in the wrong directory when cd fails",
    page: include_str!("unguarded_cd.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["SC2164"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    judge(
        stage,
        |run, slip| {
            slip.kind == SlipKind::UncheckedDirectory
                && !run.traits.stops_on_error
                && !shell_stops_on_error(run)
        },
        |_, _| Telling {
            label: "when it fails, the next command runs where it was",
            message: "changes the directory without checking that it worked".to_owned(),
            fix: "join it to the next command with `&&`, or start the script with `set -e`".to_owned(),
        },
    )
}

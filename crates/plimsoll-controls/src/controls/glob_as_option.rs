//! A pattern that may give a file name that is taken for an option.

use plimsoll_posture::{Posture, Recipe, SlipKind, Stage};

use crate::shell_slips::{Telling, judge};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "glob-as-option",
    title: "a file name that starts with a dash is taken for an option",
    page: include_str!("glob_as_option.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["SC2035"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    judge(
        stage,
        |_, slip| slip.kind == SlipKind::GlobAsOption,
        |_, _| Telling {
            label: "gives names as they are",
            message: "passes a pattern without `./`".to_owned(),
            fix: "start the pattern with `./`".to_owned(),
        },
    )
}

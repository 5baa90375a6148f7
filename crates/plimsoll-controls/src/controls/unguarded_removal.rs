//! A recursive removal that becomes one of a system directory when a variable is empty.

use plimsoll_posture::{Posture, Recipe, SlipKind, Stage};

use crate::shell_slips::{Telling, judge};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "unguarded-removal",
    title: "an empty variable makes rm delete a system directory",
    page: include_str!("unguarded_removal.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["SC2115"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let path = |kind: &SlipKind| match kind {
        SlipKind::EmptiedRemoval(path) => Some(path.clone()),
        _ => None,
    };
    judge(
        stage,
        |_, slip| path(&slip.kind).is_some(),
        |_, slip| {
            let path = path(&slip.kind).unwrap_or_default();
            Telling {
                label: "an empty value leaves the rest of the path",
                message: format!("deletes `{path}` when the variable is empty"),
                fix: "write `${NAME:?}`: the shell stops where it is empty".to_owned(),
            }
        },
    )
}

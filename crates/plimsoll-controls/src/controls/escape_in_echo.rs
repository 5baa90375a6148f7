//! `echo` of a text with escapes.

use plimsoll_posture::{Posture, Recipe, SlipKind, Stage};

use crate::shell_slips::{Telling, judge};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "escape-in-echo",
    title: "what echo makes of a backslash depends on the shell",
    page: include_str!("escape_in_echo.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["SC2028"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    judge(
        stage,
        |_, slip| slip.kind == SlipKind::EchoedEscape,
        |_, _| Telling {
            label: "a line end in dash, two letters in bash and busybox",
            message: "leaves an escape to `echo`".to_owned(),
            fix: "write it with `printf`, or as a heredoc".to_owned(),
        },
    )
}

//! curl and wget side by side, where one would do.

use plimsoll_posture::{Plane, Posture, Recipe, ShellCommand, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "two-download-tools",
    title: "both curl and wget are used",
    page: include_str!("two_download_tools.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL4001", "DS-0014", "KICS: Run Using 'wget' and 'curl'"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let first = |program: &str| {
        stage
            .commands()
            .map(|(_, command)| command)
            .find(|command| command.effective_program() == Some(program))
    };
    let (Some(curl), Some(wget)) = (first("curl"), first("wget")) else {
        return Verdict::absent();
    };
    let place = |command: &ShellCommand| stage.place(command.at);
    let (later, earlier) = if curl.at.start < wget.at.start { (wget, curl) } else { (curl, wget) };
    Verdict::fail(
        Finding::place(
            place(later),
            Plane::Declared,
            "the other tool",
            format!("stage `{}` uses both curl and wget", stage.label()),
            "use one of them and leave the other out of the image",
        )
        .near(place(earlier), "the first tool"),
    )
}

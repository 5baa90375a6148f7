//! wget's progress, thousands of lines in a log.

use plimsoll_posture::{Plane, Posture, Recipe, ShellCommand, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "wget-progress-bar",
    title: "wget draws its progress into the build log",
    page: include_str!("wget_progress_bar.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3047"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for (_, command) in stage.commands() {
        if command.effective_program() == Some("wget") && !is_quiet(command) {
            findings.push(Finding::place(
                stage.place(command.at),
                Plane::Declared,
                "thousands of lines in the log",
                format!("stage `{}` lets wget draw its progress", stage.label()),
                "add `--progress=dot:giga`, or `-nv`",
            ));
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}

fn is_quiet(command: &ShellCommand) -> bool {
    command.arguments().iter().any(|word| {
        let text = &*word.text;
        if let Some(long) = text.strip_prefix("--") {
            let name = long.split('=').next().unwrap_or("");
            return matches!(
                name,
                "quiet"
                    | "no-verbose"
                    | "progress"
                    | "output-file"
                    | "append-output"
                    | "version"
                    | "help"
                    | "spider"
            );
        }
        // `-q`, `-nv`, `-o log`, `-a log`, in a cluster up to the first letter with a value.
        let Some(letters) = text.strip_prefix('-') else { return false };
        let own: Vec<char> = letters.chars().take_while(|c| !"OPUtTeiwARlXIDQBY".contains(*c)).collect();
        own.iter().any(|c| matches!(c, 'q' | 'o' | 'a' | 'V' | 'h'))
            || own.windows(2).any(|pair| pair == ['n', 'v'])
    })
}

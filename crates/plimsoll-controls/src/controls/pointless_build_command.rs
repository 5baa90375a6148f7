//! Commands that act on a running machine, in a step that only makes a layer.

use plimsoll_posture::{Plane, Posture, Recipe, Run, ShellCommand, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "pointless-build-command",
    title: "command makes no sense in a build",
    page: include_str!("pointless_build_command.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3001", "KICS: Run Utilities And POSIX Commands"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for (_, run) in stage.runs() {
        for command in &run.commands {
            let Some(why) = pointless(run, command) else { continue };
            let program = command.effective_program().unwrap_or_default();
            findings.push(Finding::place(
                stage.place(command.at),
                Plane::Declared,
                why,
                format!("stage `{}` runs `{program}` in a build", stage.label()),
                "remove it, or move it to what the container starts",
            ));
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}

/// What is odd about it.
fn pointless(run: &Run, command: &ShellCommand) -> Option<&'static str> {
    let background = || run.script.expose().contains('&');
    match command.effective_program()? {
        "service" | "rc-service" => Some("what it starts ends with the step"),
        "systemctl" if command.has_argument(&["start", "stop", "restart", "reload", "status"]) => {
            Some("what it starts ends with the step")
        }
        "shutdown" | "reboot" | "poweroff" | "halt" => Some("there is no machine to stop"),
        "mount" | "umount" => Some("a mount ends with the step, and needs a privileged build"),
        "free" | "top" | "htop" | "ifconfig" => Some("looks at the machine that builds"),
        "ps" => Some("looks at the machine that builds"),
        // A server that was started in the background has to be ended.
        "kill" | "killall" | "pkill" if !background() => Some("nothing else runs in a step"),
        "vi" | "vim" | "nano" | "emacs" => Some("nobody sits before it"),
        "ssh" if !run.mounts.iter().any(|mount| &*mount.kind == "ssh") && !command.has_short('V') => {
            Some("a build with a session on another machine")
        }
        _ => None,
    }
}

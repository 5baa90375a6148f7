//! A download that is executed as it arrives.

use plimsoll_posture::{Plane, Posture, Recipe, ShellCommand, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "download-piped-to-shell",
    title: "download is piped into an interpreter",
    page: include_str!("download_piped_to_shell.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DD054"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for (_, run) in stage.runs() {
        for (at, command) in run.commands.iter().enumerate() {
            if !is_download(command) {
                continue;
            }
            let Some(interpreter) = executed_by(&run.commands, at) else { continue };
            findings.push(Finding::place(
                stage.place(command.at.join(interpreter.at)),
                Plane::Declared,
                "runs whatever the server sends",
                format!(
                    "stage `{}` pipes a download into `{}`",
                    stage.label(),
                    interpreter.effective_program().unwrap_or("a shell")
                ),
                "download to a file, check its sha256, then run it; or install a pinned package",
            ));
        }
    }
    let unread = stage.runs().any(|(_, run)| !run.understood);
    match (findings.is_empty(), unread) {
        (true, true) => Verdict::NotApplicable("a RUN in a language that is not a POSIX shell"),
        _ => Verdict::from_findings(findings, Verdict::absent()),
    }
}

fn is_download(command: &ShellCommand) -> bool {
    matches!(command.effective_program(), Some("curl" | "wget" | "fetch" | "aria2c"))
}

/// The command that executes the output of the download at that index.
fn executed_by(commands: &[ShellCommand], download: usize) -> Option<&ShellCommand> {
    let source = commands.get(download)?;
    let piped = commands.iter().find(|command| {
        command.pipeline == source.pipeline
            && command.position > source.position
            && command.parent == source.parent
            && reads_a_program(command)
    });
    if piped.is_some() {
        return piped;
    }
    // `sh -c "$(curl …)"`, `bash <(curl …)`, `. <(curl …)`, `eval "$(curl …)"`: the output is a word of the parent.
    let parent = commands.get(source.parent?)?;
    let program = parent.effective_program()?;
    let first = parent.arguments().first().map_or("", |word| &*word.text);
    let executes = match program {
        "eval" => first.starts_with("$(") || first.starts_with('`'),
        "source" | "." => first.starts_with("<("),
        name if is_shell(name) => {
            first.starts_with("<(")
                || parent.has_short('c')
                    && parent
                        .arguments()
                        .iter()
                        .any(|word| word.text.starts_with("$(") || word.text.starts_with('`'))
        }
        _ => false,
    };
    executes.then_some(parent)
}

fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
}

/// Whether the command takes its program from standard input: a shell without a script, an interpreter without
/// arguments or with `-`.
fn reads_a_program(command: &ShellCommand) -> bool {
    let Some(program) = command.effective_program() else { return false };
    let arguments = command.arguments();
    let first = arguments.first().map(|word| &*word.text);
    if is_shell(program) {
        if command.has_short('c') {
            return false;
        }
        let script = arguments.iter().find(|word| !word.text.starts_with('-'));
        return script.is_none() || command.has_short('s');
    }
    let interpreter = matches!(program, "node" | "perl" | "ruby" | "php") || program.starts_with("python");
    interpreter && matches!(first, None | Some("-"))
}

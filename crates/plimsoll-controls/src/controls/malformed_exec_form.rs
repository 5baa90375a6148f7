//! An exec form with single quotes, a missing comma or no quotes.

use plimsoll_posture::{CommandForm, CommandLine, Copy, Plane, Posture, Recipe, Stage, StepKind};

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, exec_form,
    recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "malformed-exec-form",
    title: "list that is no JSON runs as a shell command",
    page: include_str!("malformed_exec_form.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for step in &stage.steps {
        let keyword = match &step.kind {
            StepKind::Cmd(line) if is_list(line, false) => "CMD",
            StepKind::Entrypoint(line) if is_list(line, false) => "ENTRYPOINT",
            StepKind::Healthcheck(Some(line)) if is_list(line, true) => "HEALTHCHECK",
            StepKind::Run(run) if !run.exec_form && looks_like_list(run.script.expose(), true) => "RUN",
            StepKind::Volume(paths) if paths.first().is_some_and(|path| path.value.starts_with('[')) => {
                "VOLUME"
            }
            StepKind::Copy(copy) if is_copy_list(copy) => "COPY",
            _ => continue,
        };
        let fix = match keyword {
            "COPY" | "VOLUME" => {
                "write a JSON list: double quotes and commas, or plain words without brackets"
            }
            _ => "write a JSON list: double quotes around every word, commas between them",
        };
        let what = match keyword {
            "COPY" | "VOLUME" => "takes the brackets as part of a path",
            _ => "hands the brackets to the shell",
        };
        let finding = Finding::place(
            stage.place(step.at),
            Plane::Declared,
            "no JSON",
            format!("stage `{}`: {keyword} {what}", stage.label()),
            fix,
        );
        // What a shell is given here today starts nothing: there is nothing that could behave otherwise.
        let words = exec_form::broken_list(step.written.value.expose())
            .filter(|_| matches!(keyword, "CMD" | "ENTRYPOINT" | "HEALTHCHECK") && !step.on_build);
        findings.push(match words {
            Some(words) => finding.remedied(Remedy::safe(
                vec![recipe_change::reword(stage, step.written.at, recipe_change::json_list(words))],
                "as it is the shell finds no program of that name, so that nothing starts",
            )),
            None => finding,
        });
    }
    Verdict::from_findings(findings, Verdict::absent())
}

fn is_list(line: &CommandLine, may_test: bool) -> bool {
    line.form == CommandForm::Shell
        && line.words.first().is_some_and(|text| looks_like_list(text.expose(), may_test))
}

/// `[` is a program too: `[ -f x ] && …` is a shell command, and so is `[ "$a" = b ]`.
fn looks_like_list(text: &str, may_test: bool) -> bool {
    let text = text.trim();
    let Some(inner) = text.strip_prefix('[') else { return false };
    let quoted = inner.trim_start().starts_with(['\'', '"']);
    let tight = inner.starts_with(['\'', '"']);
    let comma = inner
        .match_indices(['\'', '"'])
        .any(|(at, _)| inner.get(at + 1..).is_some_and(|rest| rest.trim_start().starts_with(',')));
    if may_test {
        return quoted && (tight || comma) && text.ends_with(']');
    }
    let word = inner.starts_with(|ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '/' | '.'));
    quoted || word && text.ends_with(']')
}

fn is_copy_list(copy: &Copy) -> bool {
    let first = copy.sources.first().and_then(|source| source.path.value());
    first.is_some_and(|path| path.starts_with('[') && path.ends_with(','))
        && copy.destination.value.ends_with(']')
}

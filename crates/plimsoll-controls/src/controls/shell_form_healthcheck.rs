//! `HEALTHCHECK CMD` in shell form.

use plimsoll_posture::{CommandForm, Flavour, Plane, Posture, Recipe, Stage, StepKind};

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, exec_form,
    recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "shell-form-healthcheck",
    title: "health check is run through a shell",
    page: include_str!("shell_form_healthcheck.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3025"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let lean = matches!(stage.image.knowledge.flavour, Some(Flavour::Distroless | Flavour::Scratch));
    let mut asked = false;
    let mut findings = Vec::new();
    for step in &stage.steps {
        let StepKind::Healthcheck(Some(line)) = &step.kind else { continue };
        asked = true;
        let script = line.words.first().map_or("", |text| text.expose()).trim();
        // A list that is no JSON is told by `malformed-exec-form`.
        if line.form == CommandForm::Exec || script.is_empty() || script.starts_with('[') {
            continue;
        }
        let needs_shell = script.contains(['|', '&', ';', '<', '>', '$', '`', '*', '(', '~']);
        if needs_shell && !lean {
            continue;
        }
        let why = if lean { "the image has no shell" } else { "nothing in it needs a shell" };
        let finding = Finding::place(
            stage.place(step.at),
            Plane::Declared,
            why,
            format!("stage `{}` checks its health through `/bin/sh`", stage.label()),
            "write a JSON list: `HEALTHCHECK CMD [\"program\", \"argument\"]`",
        );
        let words = exec_form::plain_words(step.written.value.expose()).filter(|_| !step.on_build);
        findings.push(match words {
            Some(words) => {
                let sure = words
                    .first()
                    .is_some_and(|word| matches!(*word, "curl" | "wget") || exec_form::is_program(word));
                let changes =
                    vec![recipe_change::reword(stage, step.written.at, recipe_change::json_list(words))];
                finding.remedied(if sure {
                    Remedy::safe(
                        changes,
                        "the words mean nothing to a shell, and the program is asked all the same",
                    )
                } else {
                    Remedy::risky(changes, "a script without a `#!` line starts only behind a shell")
                })
            }
            None => finding,
        });
    }
    if asked {
        Verdict::from_findings(findings, Verdict::absent())
    } else {
        Verdict::NotApplicable("no health check with a command")
    }
}

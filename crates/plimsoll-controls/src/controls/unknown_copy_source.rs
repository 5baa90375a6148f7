//! A `--from` that is probably a misspelt stage.

use plimsoll_posture::{CopyFrom, Plane, Posture, Publisher, Recipe, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, spelling};

pub(super) static CONTROL: Control = Control {
    id: "unknown-copy-source",
    title: "COPY --from names neither a stage nor a known image",
    page: include_str!("unknown_copy_source.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL3022",
        "KICS: COPY '--from' References Current FROM Alias",
        "KICS: COPY '--from' Without FROM Alias Defined Previously",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut asked = false;
    let mut findings = Vec::new();
    for (step, copy) in stage.copies() {
        if copy.from == CopyFrom::Context || step.on_build {
            continue;
        }
        asked = true;
        let (CopyFrom::Image(image), Some(at)) = (&copy.from, copy.from_at) else { continue };
        let plain =
            !image.text.contains(['/', ':', '@']) && !image.text.bytes().all(|byte| byte.is_ascii_digit());
        if !plain || copy.from_publisher == Some(Publisher::Official) {
            continue;
        }
        let near = recipe
            .stages
            .iter()
            .take(stage.index)
            .filter_map(|other| other.name.as_ref())
            .find(|name| spelling::is_near(&name.value, &image.text));
        let fix = match near {
            Some(name) => format!("did you mean `--from={}`?", name.value),
            None => "name an earlier stage, or an image with its registry and version".to_owned(),
        };
        findings.push(Finding::place(
            stage.place(at),
            Plane::Declared,
            "no stage before this one has that name",
            format!(
                "stage `{}` copies from `{}`, which is no stage: an image of that name is pulled",
                stage.label(),
                image.text
            ),
            fix,
        ));
    }
    if asked {
        Verdict::from_findings(findings, Verdict::absent())
    } else {
        Verdict::NotApplicable("nothing is copied from another stage or image")
    }
}

//! What was proven, by what, how long it took, and what was not, for people and for programs.

use std::fmt::Write as _;

use plimsoll_report::plain;
use serde_json::{Value, json};

use super::watch::Basis;
use super::{ProjectProof, Proof};

impl Basis {
    fn name(&self) -> &'static str {
        match self {
            Self::Smoke(_) => "smoke",
            Self::Health => "healthcheck",
            Self::Running(_) => "running",
            Self::Ended => "ended",
        }
    }

    /// What it proves.
    fn words(&self) -> String {
        match self {
            Self::Smoke(test) => format!("passes `{}`", plain(test)),
            Self::Health => "passes its own health check".to_owned(),
            Self::Running(ports) if ports.is_empty() => {
                "runs on, which is all that is known of it: name a test with --smoke".to_owned()
            }
            Self::Running(ports) => {
                let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
                format!(
                    "runs on and listens on {}; whether it answers nobody asked: name a test with --smoke",
                    ports.join(", ")
                )
            }
            Self::Ended => "ends by itself with the same code".to_owned(),
        }
    }
}

/// Lines for people, each a comment of the patch.
pub(crate) fn human(proof: &Proof) -> String {
    let mut out = String::new();
    if proof.projects.is_empty() {
        return out;
    }
    let _ = writeln!(out, "# proof with the engine {}", plain(&proof.engine.0));
    for project in &proof.projects {
        each(&mut out, project);
    }
    for left in &proof.left_behind {
        let _ = writeln!(out, "#   could not be removed: {}", plain(left));
    }
    out
}

fn each(out: &mut String, project: &ProjectProof) {
    let name = plain(&project.scenario);
    let trials = if project.trials == 1 { "trial" } else { "trials" };
    let took = format!("{:.1} s, {} {trials}", project.took.as_secs_f64(), project.trials);
    let _ = match &project.unproven {
        Some(why) => writeln!(out, "#   {name}: NOT proven, and left as it is: {} ({took})", plain(why)),
        None if project.fixes == 0 => {
            writeln!(out, "#   {name}: nothing is left that could be proven ({took})")
        }
        None => {
            let number = project.fixes;
            writeln!(
                out,
                "#   {name}: {number} {} proven ({took})",
                if number == 1 { "fix" } else { "fixes" }
            )
        }
    };
    if project.unproven.is_none() && project.fixes > 0 {
        for (service, basis) in &project.basis {
            let _ = writeln!(out, "#     before and after, {} {}", plain(service), basis.words());
        }
        for remark in &project.remarks {
            let _ = writeln!(out, "#     look: {}", plain(remark));
        }
    }
    for dropped in &project.dropped {
        let place = dropped.place.as_deref().map(|place| format!("{}: ", plain(place))).unwrap_or_default();
        let _ = writeln!(out, "#     dropped: {place}{} [{}]", plain(&dropped.message), dropped.control);
        let _ = writeln!(out, "#       with it {}", plain(&dropped.reason));
    }
}

/// The field `proof` of `plimsoll.fix/1`.
pub(crate) fn json(proof: &Proof) -> Value {
    let project = |project: &ProjectProof| {
        let tests: Vec<Value> = project
            .basis
            .iter()
            .map(|(service, basis)| json!({ "service": service, "by": basis.name(), "words": basis.words() }))
            .collect();
        let dropped: Vec<Value> = project
            .dropped
            .iter()
            .map(|dropped| {
                json!({
                    "control": dropped.control,
                    "place": dropped.place,
                    "message": dropped.message,
                    "reason": dropped.reason,
                })
            })
            .collect();
        json!({
            "scenario": project.scenario,
            "proven": project.unproven.is_none() && project.fixes > 0,
            "reason": project.unproven,
            "fixes": project.fixes,
            "tests": tests,
            "dropped": dropped,
            "remarks": project.remarks,
            "trials": project.trials,
            "seconds": (project.took.as_secs_f64() * 10.0).round() / 10.0,
        })
    };
    json!({
        "engine": { "version": proof.engine.0, "api": proof.engine.1 },
        "projects": proof.projects.iter().map(project).collect::<Vec<_>>(),
        "left_behind": proof.left_behind,
    })
}

//! A working directory or a volume in `/proc`, `/sys`, `/dev` or `/boot`.

use plimsoll_posture::{Plane, Posture, Recipe, Stage, StepKind};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "system-directory-used",
    title: "working directory or volume lies in a system directory",
    page: include_str!("system_directory_used.md"),
    severity: Severity::Medium,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["DS-0030", "DKL-DI-0002"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

/// What the kernel mounts over, and what the host boots from.
const SYSTEM: [&str; 4] = ["/proc", "/sys", "/dev", "/boot"];

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut asked = false;
    for step in stage.steps.iter().filter(|step| !step.on_build) {
        let (keyword, paths): (_, Vec<(&str, _)>) = match &step.kind {
            StepKind::Workdir(path) => {
                let at = step.at;
                ("WORKDIR", path.value().map(|path| (&**path, at)).into_iter().collect())
            }
            StepKind::Volume(paths) => ("VOLUME", paths.iter().map(|path| (&*path.value, path.at)).collect()),
            _ => continue,
        };
        asked = true;
        for (path, at) in paths {
            let Some(system) = SYSTEM.into_iter().find(|system| is_in(path, system)) else { continue };
            findings.push(Finding::place(
                stage.place(at),
                Plane::Declared,
                format!("in {system}"),
                format!("stage `{}` puts its {keyword} into `{system}`", stage.label()),
                "use a directory of the application's own, `/app` or `/data`",
            ));
        }
    }
    if asked {
        Verdict::from_findings(findings, Verdict::absent())
    } else {
        Verdict::NotApplicable("no WORKDIR and no VOLUME")
    }
}

/// `/dev/shm` is a file system for everybody; systemd in a container asks for `/sys/fs/cgroup`.
fn is_in(path: &str, system: &str) -> bool {
    let below =
        |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    below(system) && !below("/dev/shm") && !below("/sys/fs/cgroup")
}

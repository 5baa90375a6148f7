//! Others than root may read or change a file of the engine.

use plimsoll_posture::{FileAccess, GuardedFile, Host, Posture};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, guarded_file};

pub(super) static CONTROL: Control = Control {
    id: "engine-file-unguarded",
    title: "file of the engine has a weak owner or mode",
    page: include_str!("engine_file_unguarded.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "CIS-3.1", "CIS-3.2", "CIS-3.3", "CIS-3.4", "CIS-3.5", "CIS-3.6", "CIS-3.7", "CIS-3.8", "CIS-3.9",
        "CIS-3.10", "CIS-3.11", "CIS-3.12", "CIS-3.13", "CIS-3.14", "CIS-3.17", "CIS-3.18", "CIS-3.19",
        "CIS-3.20", "CIS-3.21", "CIS-3.22",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    guarded_file::judge(
        host,
        |role| !guarded_file::is_socket(role),
        finding,
        "stat -c '%a %U:%G %n' /etc/docker /etc/docker/daemon.json /lib/systemd/system/docker.service",
    )
}

fn finding(file: &GuardedFile, access: &FileAccess) -> Option<Finding> {
    let bound = guarded_file::bound(file.role);
    let path = &file.path;
    let strange = guarded_file::strange_owner(file, access);
    let excess = guarded_file::excess(file, access);
    let mut wrong = Vec::new();
    let mut mend = Vec::new();
    if let Some(owner) = strange {
        wrong.push(format!("belongs to `{owner}`"));
        mend.push(format!("chown root:root {path}"));
    }
    if let Some(excess) = excess {
        wrong.push(format!("has mode {:o}: {}", access.mode, guarded_file::told(excess)));
        mend.push(format!("chmod {} {path}", bound.mode));
    }
    (!wrong.is_empty()).then(|| {
        Finding::at(
            &file.access,
            format!("{} and root alone are asked for", bound.mode),
            format!("`{path}` {}", wrong.join(" and ")),
            format!("`{}`", mend.join(" && ")),
        )
    })
}

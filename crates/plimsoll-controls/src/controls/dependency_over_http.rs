//! Packages that come over an open line.

use std::collections::BTreeMap;

use plimsoll_posture::{Dependencies, LockedPackage, Origin, Plane, Posture, RegistrySettings};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "dependency-over-http",
    title: "packages come over an open line",
    page: include_str!("dependency_over_http.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::App(check),
};

fn check(app: &Dependencies, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for setting in &app.registry.plain {
        findings.push(Finding::place(
            RegistrySettings::place(setting.at, "registry"),
            Plane::Declared,
            "plain HTTP",
            format!("packages are taken from `{}` over plain HTTP", setting.value),
            "write `https://`",
        ));
    }
    for lockfile in &app.lockfiles {
        let mut hosts: BTreeMap<&str, Vec<&LockedPackage>> = BTreeMap::new();
        for package in &lockfile.packages {
            if let Origin::PlainHost(host) = &package.origin
                && !is_local(host)
            {
                hosts.entry(host).or_default().push(package);
            }
        }
        for (host, packages) in hosts {
            let Some(first) = packages.first() else { continue };
            let open = packages.iter().filter(|package| package.integrity != Some(true)).count();
            let message = format!(
                "`{}` takes {} from `{host}` over plain HTTP{}",
                lockfile.name,
                match packages.len() {
                    1 => format!("`{}`", first.name),
                    count => format!("{count} packages"),
                },
                if open == 0 { "" } else { ", without a checksum" }
            );
            let finding = Finding::place(
                first.place(),
                Plane::Declared,
                "plain HTTP",
                message,
                "set the registry to `https://` and let the package manager write the lockfile again",
            );
            // A checksum tells a changed archive; who asks for what is heard all the same.
            findings.push(if open == 0 {
                finding.rated(Severity::Low)
            } else {
                finding.rated(Severity::High)
            });
        }
    }
    let read = !app.lockfiles.is_empty() || !app.requests.is_empty();
    let otherwise = if read { Verdict::absent() } else { Verdict::NotApplicable("nothing is asked for") };
    Verdict::from_findings(findings, otherwise)
}

/// A registry on the same machine or in the same network of containers.
fn is_local(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or(host);
    matches!(name, "localhost" | "127.0.0.1") || !name.contains('.')
}

//! A dependency that is whatever its publisher, or a branch, holds on the day.

use plimsoll_posture::{Dependencies, DependencyKind, Origin, Plane, Posture, Request};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "floating-dependency",
    title: "dependency names no version",
    page: include_str!("floating_dependency.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::App(check),
};

/// More requests than this are not told one by one.
const MOST: usize = 20;

fn check(app: &Dependencies, _: &Posture, _: &Settings) -> Verdict {
    if app.requests.is_empty() {
        return Verdict::NotApplicable("no package.json asks for anything");
    }
    let asked = app.requests.iter().filter(|request| request.kind != DependencyKind::Peer);
    let findings: Vec<Finding> = asked.filter_map(|request| finding(app, request)).take(MOST).collect();
    Verdict::from_findings(findings, Verdict::absent())
}

fn finding(app: &Dependencies, request: &Request) -> Option<Finding> {
    let wanted = request.wanted.trim();
    let what = match wanted {
        "" | "*" | "x" | "X" | ">=0" | ">=0.0.0" if !is_part(app, request) => "any version",
        "latest" | "next" | "canary" | "beta" | "nightly" => "whatever its publisher calls so on the day",
        _ if is_moving_git(wanted) => "whatever the branch holds on the day",
        _ => return None,
    };
    // A key stands in the URL of some git dependencies: what is asked for is not repeated.
    let locked = app.lockfiles.iter().flat_map(|lockfile| &lockfile.packages);
    let locked = locked.filter(|package| package.is_direct()).find(|package| package.name == request.name);
    let fix = match locked.filter(|package| !package.version.is_empty() && !is_moving_git(wanted)) {
        Some(package) => format!("ask for `^{}`, which is what the lockfile has", package.version),
        None if is_moving_git(wanted) => "name the whole commit behind `#`".to_owned(),
        None => "ask for a range of one major version, such as `^1.2.0`".to_owned(),
    };
    Some(Finding::place(
        request.place(),
        Plane::Declared,
        what,
        format!("`{}` is asked for without a version", request.name),
        fix,
    ))
}

/// A part of the same project, which is linked and not fetched.
fn is_part(app: &Dependencies, request: &Request) -> bool {
    !app.lockfiles.is_empty()
        && !app
            .lockfiles
            .iter()
            .flat_map(|lockfile| &lockfile.packages)
            .any(|package| package.name == request.name && package.origin != Origin::File)
}

/// Whether it is a git repository without a commit. `user/repository` alone is one of GitHub.
fn is_moving_git(wanted: &str) -> bool {
    let (address, end) = wanted.split_once('#').unwrap_or((wanted, ""));
    let starts = ["git+", "git:", "git@", "ssh:", "github:", "gitlab:", "bitbucket:", "gist:"];
    let named = starts.iter().any(|start| address.starts_with(start)) || address.ends_with(".git");
    let short =
        address.split('/').count() == 2 && !address.contains([':', '@', ' ', '<', '>', '^', '~', '.']);
    let commit = matches!(end.len(), 40 | 64) && end.bytes().all(|byte| byte.is_ascii_hexdigit());
    // `#semver:^1.0.0` takes tags, which move as well.
    (named || short) && !commit
}

//! Compilers and build tools in the image that runs.

use plimsoll_posture::{
    CopyFrom, Known, Plane, Posture, Recipe, ShellWord, Stage, StageBase, Step, StepKind,
};

use crate::{
    Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, stage_division, stage_steps,
    system_packages,
};

pub(super) static CONTROL: Control = Control {
    id: "build-toolchain-shipped",
    title: "image ships a build toolchain",
    page: include_str!("build_toolchain_shipped.md"),
    severity: Severity::Low,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["DH004", "CIS-4.3"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

/// Packages that serve to build, never to run, under their names in Debian, Alpine and Fedora.
const TOOLS: &[&str] = &[
    "build-essential",
    "build-base",
    "gcc",
    "g++",
    "gcc-c++",
    "make",
    "cmake",
    "clang",
    "autoconf",
    "automake",
    "libtool",
    "ninja",
    "ninja-build",
    "alpine-sdk",
    "linux-headers",
    "musl-dev",
    "libc-dev",
    "libc6-dev",
    "python3-dev",
    "python-dev",
    "gfortran",
    "bison",
    "flex",
    "cargo",
    "rustc",
    "golang",
    "golang-go",
    "maven",
    "gradle",
    "openjdk-17-jdk",
    "default-jdk",
    "node-gyp",
];

fn check(stage: &Stage, recipe: &Recipe, posture: &Posture, _: &Settings) -> Verdict {
    if !recipe.targets.contains(&stage.index) {
        return Verdict::NotApplicable("the stage is not run");
    }
    let mut findings: Vec<Finding> = toolchain_base(stage, recipe).into_iter().collect();
    for (at, step) in stage_steps::lineage(recipe, stage) {
        let left = tools_left(step);
        let (Some(first), Some(last)) = (left.first(), left.last()) else { continue };
        let names: Vec<&str> = left.iter().take(4).map(|word| &*word.text).collect();
        let more = if left.len() > names.len() { ", …" } else { "" };
        let fix = if copies_from_stage(stage) {
            "move the install into the build stage and copy only its result"
        } else {
            "build in a stage of its own and copy only its result; or install and remove them in one RUN"
        };
        let finding = Finding::place(
            at.place(first.at.join(last.at)),
            Plane::Declared,
            "stays in the image",
            format!("stage `{}` ships build tools: {}{more}", stage.label(), names.join(", ")),
            fix,
        );
        findings.push(match stage_division::installs(stage) {
            true => finding.remedied_or(stage_division::remedy(recipe, stage, posture)),
            false => finding,
        });
    }
    Verdict::from_findings(findings, Verdict::absent())
}

/// Images that hold a compiler and everything around it, with what that is.
const BASES: &[(&str, &str)] = &[
    ("buildpack-deps", "compilers and header packages"),
    ("dart", "the Dart SDK"),
    ("dotnet/sdk", "the .NET SDK"),
    ("gcc", "GCC"),
    ("golang", "the Go toolchain"),
    ("gradle", "Gradle and a JDK"),
    ("haskell", "the Haskell toolchain"),
    ("maven", "Maven and a JDK"),
    ("rust", "the Rust toolchain"),
    ("swift", "the Swift toolchain"),
];

/// The image that runs starts from one of them.
fn toolchain_base(stage: &Stage, recipe: &Recipe) -> Option<Finding> {
    let outermost = recipe.lineage(stage.index).into_iter().next()?;
    let StageBase::Image(Known::Value(image)) = &outermost.base else { return None };
    let repository = image.repository.strip_prefix("library/").unwrap_or(&image.repository);
    let (_, what) = BASES.iter().find(|(name, _)| *name == repository)?;
    // `swift:6.1-slim` is made for running, `buildpack-deps:curl` and `:scm` hold no compiler.
    let lean: &[&str] = match repository {
        "swift" => &["slim"],
        "buildpack-deps" => &["curl", "scm"],
        _ => &[],
    };
    if image.tag.as_deref().is_some_and(|tag| lean.iter().any(|word| tag.contains(word))) {
        return None;
    }
    Some(Finding::place(
        outermost.place(outermost.base_at),
        Plane::Assumed,
        "made for building",
        format!("stage `{}` ships {what} of `{}`", stage.label(), image.text),
        "build in this image and copy only the result into a lean one that runs",
    ))
}

/// The tools that a step installs and does not remove again.
fn tools_left(step: &Step) -> Vec<&ShellWord> {
    let StepKind::Run(run) = &step.kind else { return Vec::new() };
    system_packages::left_behind(&run.commands, |name| TOOLS.contains(&name))
}

fn copies_from_stage(stage: &Stage) -> bool {
    stage.copies().any(|(_, copy)| matches!(copy.from, CopyFrom::Stage(_)))
}

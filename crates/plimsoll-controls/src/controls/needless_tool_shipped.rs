//! Editors, scanners and debuggers in the image that runs.

use plimsoll_posture::{Plane, Posture, Recipe, Stage, StepKind};

use crate::{
    Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, stage_steps, system_packages,
};

pub(super) static CONTROL: Control = Control {
    id: "needless-tool-shipped",
    title: "image ships tools that only people and intruders need",
    page: include_str!("needless_tool_shipped.md"),
    severity: Severity::Low,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["DH003", "CIS-4.3"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

/// Packages for people at a terminal, under their names in Debian, Alpine and Fedora. Not here: what programs use at run
/// time as well (curl, wget, socat, iproute2, openssh-client, procps, git).
const TOOLS: &[&str] = &[
    "bind-tools",
    "bind-utils",
    "bind9-dnsutils",
    "dnsutils",
    "emacs",
    "emacs-nox",
    "ftp",
    "gdb",
    "htop",
    "iftop",
    "inetutils-ping",
    "iotop",
    "iputils",
    "iputils-ping",
    "joe",
    "ltrace",
    "lynx",
    "man-db",
    "mtr",
    "nano",
    "ncat",
    "net-tools",
    "netcat",
    "netcat-openbsd",
    "netcat-traditional",
    "nmap",
    "nmap-ncat",
    "rsh-client",
    "screen",
    "strace",
    "tcpdump",
    "telnet",
    "tftp",
    "tmux",
    "traceroute",
    "tshark",
    "vim",
    "vim-enhanced",
    "vim-minimal",
    "vim-nox",
    "vim-tiny",
    "whois",
];

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    if !recipe.targets.contains(&stage.index) {
        return Verdict::NotApplicable("the stage is not run");
    }
    let mut findings = Vec::new();
    for (at, step) in stage_steps::lineage(recipe, stage) {
        let StepKind::Run(run) = &step.kind else { continue };
        let mut left = system_packages::left_behind(&run.commands, |name| TOOLS.contains(&name));
        left.retain(|word| !is_its_purpose(stage, system_packages::bare_name(&word.text)));
        let (Some(first), Some(last)) = (left.first(), left.last()) else { continue };
        let names: Vec<&str> =
            left.iter().take(4).map(|word| system_packages::bare_name(&word.text)).collect();
        let more = if left.len() > names.len() { ", …" } else { "" };
        findings.push(Finding::place(
            at.place(first.at.join(last.at)),
            Plane::Declared,
            "stays in the image",
            format!(
                "stage `{}` ships tools of no use to the service: {}{more}",
                stage.label(),
                names.join(", ")
            ),
            "leave them out; look inside with `docker debug` or a container that shares its namespaces",
        ));
    }
    Verdict::from_findings(findings, Verdict::absent())
}

/// An image that starts `nmap` is there for nmap.
fn is_its_purpose(stage: &Stage, package: &str) -> bool {
    let config = &stage.image.config;
    let stem = package.split('-').next().unwrap_or(package);
    let program = match stem {
        "netcat" | "ncat" => "nc",
        "iputils" | "inetutils" => "ping",
        "dnsutils" | "bind" | "bind9" => "dig",
        stem => stem,
    };
    // A word of two letters is looked for as a whole: `nc`.
    let says = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == program || word == stem)
    };
    [config.entrypoint.value(), config.command.value()]
        .into_iter()
        .flatten()
        .any(|line| line.words.iter().any(|word| says(word.expose())))
        || config.healthcheck.value().is_some_and(|check| match check {
            plimsoll_posture::Healthcheck::Test(line) => line.words.iter().any(|word| says(word.expose())),
            _ => false,
        })
}

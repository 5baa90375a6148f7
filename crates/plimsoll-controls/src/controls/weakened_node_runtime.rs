//! Node is started with an option that switches a protection off.

use plimsoll_posture::{Claim, Plane, Posture, Provenance, Reason, Service, program_name};

use crate::application::{program, started};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, debugger};

pub(super) static CONTROL: Control = Control {
    id: "weakened-node-runtime",
    title: "Node is started with a protection switched off",
    page: include_str!("weakened_node_runtime.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &["debug-port-published"],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

/// Options of Node and what each gives up.
const OPTIONS: &[(&str, &str)] = &[
    ("--insecure-http-parser", "requests that are no valid HTTP are accepted, which lets them be smuggled"),
    ("--tls-min-v1.0", "connections may be spoken in TLS 1.0, which is broken"),
    ("--tls-min-v1.1", "connections may be spoken in TLS 1.1, which is broken"),
    ("--openssl-legacy-provider", "ciphers and hashes are allowed that OpenSSL 3 retired"),
    ("--security-revert", "the fix of a known hole is taken back"),
    ("--allow-natives-syntax", "internals of the JavaScript engine can be called"),
    ("--expose-internals", "internals of Node can be called"),
    ("--inspect", "whoever runs code in the container can take over the process through its debugger"),
    ("--inspect-brk", "whoever runs code in the container can take over the process through its debugger"),
    ("--inspect-wait", "whoever runs code in the container can take over the process through its debugger"),
];

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let what = if service.runtime { "service" } else { "image" };
    let mut findings: Vec<Finding> = Vec::new();
    let mut tell = |at: Provenance, plane: Plane, word: &str, script: Option<Provenance>| {
        let Some((option, gives_up)) = weakness(word) else { return };
        if findings.iter().any(|told| told.primary.at.span == at.span && told.message.contains(option)) {
            return;
        }
        let message = format!("{what} `{}` starts Node with `{option}`", service.name());
        let mut finding = Finding::place(at, plane, gives_up, message, format!("remove `{option}`"));
        if let Some(script) = script {
            finding = finding.near(script, "written here");
        }
        findings.push(finding);
    };
    for command in started(service, posture) {
        let words = program(&command.words);
        if !words.first().is_some_and(|word| takes_options(program_name(word))) {
            continue;
        }
        // What follows the first file is the program's own.
        let options = words.iter().skip(1).take_while(|word| word.starts_with('-'));
        for word in options {
            tell(
                command.claim.at.clone(),
                command.claim.plane,
                word,
                command.script.as_ref().map(|(_, place)| place.clone()),
            );
        }
    }
    let options = service.env.get("NODE_OPTIONS").and_then(|fact| fact.effective());
    if let Some(claim) = options {
        for word in claim.value.value().map_or("", |value| value.expose()).split_whitespace() {
            tell(claim.at.clone(), claim.plane, word.trim_matches(['"', '\'']), None);
        }
    }
    Verdict::from_findings(findings, otherwise(service, options))
}

fn takes_options(program: &str) -> bool {
    matches!(program, "node" | "nodejs" | "tsx" | "ts-node" | "nodemon" | "next" | "nest" | "pm2-runtime")
}

fn weakness(word: &str) -> Option<(&'static str, &'static str)> {
    let option = word.split('=').next().unwrap_or(word);
    OPTIONS.iter().copied().find(|(own, _)| *own == option)
}

fn otherwise<T>(service: &Service, options: Option<&Claim<T>>) -> Verdict {
    if let Some(reason) = debugger::unknown(service) {
        return Verdict::Unknown(reason);
    }
    match (service.command.effective().or(service.entrypoint.effective()), options) {
        (Some(claim), _) => Verdict::pass(claim),
        (None, Some(claim)) => Verdict::pass(claim),
        (None, None) => match service.image.value().filter(|_| service.runtime && service.build.is_none()) {
            Some(image) => Verdict::Unknown(Reason::ImageNotInspected(image.text.clone())),
            None => Verdict::NotApplicable("no command is declared"),
        },
    }
}

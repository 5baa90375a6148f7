//! The compose file replaces what the image starts with, and what that did is lost.

use plimsoll_posture::{Claim, CommandLine, Known, Layer, Posture, Service, program_name};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "entrypoint-bypassed",
    title: "service replaces the image's entrypoint and loses what it did",
    page: include_str!("entrypoint_bypassed.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &["runs-as-root", "published-and-root-and-writable"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut pass = None;
    let mut open = None;
    let entrypoint = service.entrypoint.effective();
    for (fact, key) in [(&service.entrypoint, "entrypoint"), (&service.command, "command")] {
        let Some(claim) = fact.effective().filter(|claim| claim.layer >= Layer::Compose) else { continue };
        let line = match &claim.value {
            Known::Value(line) => line,
            Known::Unknown(reason) => {
                open = open.or(Some(reason.clone()));
                continue;
            }
        };
        pass = pass.or(Some(claim));
        let replaced = fact.claims().iter().filter(|claim| matches!(claim.layer, Layer::Base | Layer::Image));
        let Some((own, text)) =
            replaced.max_by_key(|claim| claim.layer).and_then(|own| Some((own, own.value.value()?)))
        else {
            continue;
        };
        // The image's command is no more than an argument while its entrypoint is in force.
        let whole = key == "entrypoint"
            || entrypoint.is_none_or(|claim| claim.value.value().is_some_and(plimsoll_posture::passes_on));
        // What an image of others runs first is its maker's affair, but for an init.
        let ours = own.layer == Layer::Image;
        let lost =
            lost(service, text, line, key).filter(|lost| whole && (ours || matches!(lost, Lost::Init(_))));
        let Some(lost) = lost else { continue };
        findings.push(finding(service, claim, own, key, &lost));
    }
    if findings.is_empty()
        && let Some(found) = known_init_lost(service)
    {
        findings.push(found);
    }
    let nothing = match (open, pass) {
        (Some(reason), _) => Verdict::Unknown(reason),
        (None, Some(claim)) => Verdict::pass(claim),
        (None, None) => Verdict::NotApplicable("the image's entrypoint and command are in force"),
    };
    Verdict::from_findings(findings, nothing)
}

fn finding(
    service: &Service,
    claim: &Claim<CommandLine>,
    own: &Claim<CommandLine>,
    key: &str,
    lost: &Lost,
) -> Finding {
    let name = service.name();
    let (message, fix) = match lost {
        Lost::Init(init) => (
            format!("`{key}` of service `{name}` bypasses `{init}`, which the image starts with"),
            format!("start `{key}` with `{init}`, or add `init: true`"),
        ),
        Lost::Handover(user) => (
            format!(
                "`{key}` of service `{name}` bypasses the step down to `{user}` of the image's entrypoint"
            ),
            format!("keep the image's entrypoint, or set `user: {user}`"),
        ),
        Lost::Script(script) => (
            format!("`{key}` of service `{name}` bypasses the image's own `{script}`"),
            format!("give the program as `command`, so that `{script}` runs first, or call it yourself"),
        ),
    };
    Finding::at(claim, "takes its place", message, fix).with(own, "what the image starts with")
}

/// What is lost with the words of the image.
enum Lost {
    Init(String),
    Handover(String),
    Script(String),
}

const INITS: &[&str] = &["tini", "dumb-init", "catatonit", "docker-init", "init", "s6-svscan", "my_init"];

fn lost(service: &Service, own: &CommandLine, new: &CommandLine, key: &str) -> Option<Lost> {
    let words: Vec<&str> = own.arguments().collect();
    let has = |name: &str| new.arguments().any(|word| program_name(word) == name);
    if let Some(init) = words.iter().map(|word| program_name(word)).find(|word| INITS.contains(word))
        && service.init.value() != Some(&true)
        && !INITS.iter().any(|init| has(init))
    {
        return Some(Lost::Init(init.to_owned()));
    }
    if let Some(user) = plimsoll_posture::handover(own)
        && plimsoll_posture::handover(new).is_none()
    {
        let explicit = service.user.effective().is_some_and(|claim| claim.layer >= Layer::Compose);
        return (!explicit).then(|| Lost::Handover(user.to_string()));
    }
    let script = words.iter().find(|word| is_script(word)).filter(|_| key == "entrypoint")?;
    let name = program_name(script);
    let called = new.arguments().any(|word| word.contains(name));
    (!called).then(|| Lost::Script(name.to_owned()))
}

fn is_script(word: &str) -> bool {
    word.ends_with(".sh") || program_name(word).contains("entrypoint")
}

/// An image of others that is known to start with an init.
fn known_init_lost(service: &Service) -> Option<Finding> {
    let claim = service.entrypoint.effective().filter(|claim| claim.layer >= Layer::Compose)?;
    let line = claim.value.value()?;
    let kept = line.arguments().any(|word| INITS.contains(&program_name(word)));
    if !service.knowledge.has_init || kept || service.init.value() == Some(&true) {
        return None;
    }
    Some(Finding::at(
        claim,
        "takes its place",
        format!("`entrypoint` of service `{}` bypasses the init that the image starts with", service.name()),
        "keep the image's entrypoint, or add `init: true`",
    ))
}

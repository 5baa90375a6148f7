//! The first process runs as uid 0.

use plimsoll_posture::{Claim, Flavour, Known, Layer, Plane, Posture, Service, UserSpec};

use crate::{
    Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, least_account,
    service_account,
};

pub(super) static CONTROL: Control = Control {
    id: "runs-as-root",
    title: "container runs as root",
    page: include_str!("runs_as_root.md"),
    severity: Severity::High,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &[
        "DL3002",
        "DS-0002",
        "CKV_DOCKER_3",
        "CKV_DOCKER_8",
        "CL-0018",
        "CIS-4.1",
        "CIS-DI-0001",
        "DD008",
        "DH001",
        "KICS: Missing User Instruction",
        "KICS: Last User Is 'root'",
    ],
    covered_by: &["published-and-root-and-writable"],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

pub(super) fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    if service.knowledge.distribution.as_deref() == Some("windows") {
        return Verdict::NotApplicable("accounts of Windows have no uid");
    }
    let Some(uid) = service.kernel.uid.effective() else { return Verdict::absent() };
    match &uid.value {
        Known::Unknown(_) if is_created(service, uid) => Verdict::pass(uid),
        Known::Unknown(reason) => Verdict::Unknown(reason.clone()),
        Known::Value(0) => {
            if service_account::hands_over(service, uid) {
                return Verdict::Pass(Evidence { at: Some(uid.at.clone()), plane: Plane::Assumed });
            }
            let finding = finding(service, uid);
            let remedy = least_account::remedy(service, posture, uid);
            Verdict::fail(finding.remedied_by(remedy.or_else(|| service_account::remedy(service, uid))))
        }
        Known::Value(_) => Verdict::pass(uid),
    }
}

/// An account that the build creates without saying its number gets one that is free, and 0 never is.
fn is_created(service: &Service, uid: &Claim<u32>) -> bool {
    let handed =
        service.steps_down.as_ref().filter(|claim| claim.at == uid.at).and_then(|claim| claim.value.value());
    handed.or_else(|| service.user.value()).is_some_and(|user| {
        let created = service.created_accounts.iter().rev().filter_map(|claim| claim.value.value());
        let mut all = created.chain(&service.knowledge.accounts);
        all.find(|account| account.name == user.user).is_some_and(|account| account.uid.is_none())
    })
}

fn finding(service: &Service, uid: &Claim<u32>) -> Finding {
    let name = service.name();
    let what = if service.runtime { "service" } else { "image" };
    let label = if uid.is_assumed() { "no user is set: uid 0" } else { "uid 0, set here" };
    let mut finding = Finding::at(uid, label, format!("{what} `{name}` runs as root"), fix(service, uid));
    for lost in service.user.overridden() {
        if lost.value.value().and_then(UserSpec::is_root) != Some(true) {
            finding = finding.near(lost.at.clone(), "overridden");
        }
    }
    finding
}

pub(super) fn fix(service: &Service, uid: &Claim<u32>) -> String {
    let better = service.user.overridden().into_iter().find_map(|claim| {
        claim.value.value().filter(|user| user.is_root() != Some(true)).map(|user| (claim.layer, user))
    });
    if uid.layer >= Layer::Compose {
        let root = |claim: &&&Claim<UserSpec>| {
            claim.layer >= Layer::Compose && claim.value.value().and_then(UserSpec::is_root) == Some(true)
        };
        let elsewhere = service.user.overridden().iter().filter(root).count() > 0;
        return match better {
            Some((Layer::Image, user)) if elsewhere => format!(
                "remove `user` here and from what it overrides, so that the image's `USER {user}` applies"
            ),
            Some((Layer::Compose, user)) => {
                format!("remove this `user`, so that the `user: \"{user}\"` that it overrides applies")
            }
            Some((_, user)) => format!("remove `user`, so that the image's `USER {user}` applies"),
            None => r#"set `user: "1000:1000"` or another uid that owns nothing"#.to_owned(),
        };
    }
    let knowledge = &service.knowledge;
    // Nobody can add a USER to an image that is only pulled.
    if service.runtime && service.build.is_none() {
        if service.image.value().is_some_and(|image| image.name() == "nginx") {
            return "use `nginxinc/nginx-unprivileged`, which is the same server as uid 101 on port 8080"
                .to_owned();
        }
        return match (&knowledge.offers_user, &knowledge.steps_down_to) {
            (Some(user), _) => format!("set `user: {user}`: the image has that account"),
            (None, Some(user)) => format!("keep the image's entrypoint, or set `user: {user}`"),
            (None, None) => r#"set `user: "1000:1000"` or another uid that owns nothing"#.to_owned(),
        };
    }
    match &knowledge.offers_user {
        Some(user) => format!("add `USER {user}` before CMD: the base image has that account"),
        // Nothing in such an image could create an account, and none is needed for a number.
        None if knowledge.flavour == Some(Flavour::Scratch) => "add `USER 65532:65532` before CMD".to_owned(),
        None => "create an account and add `USER` with its number before CMD".to_owned(),
    }
}

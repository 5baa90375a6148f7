//! What policies say about services: networks, users, capabilities, labels.

use plimsoll_controls::{Evidence, Finding, Verdict};
use plimsoll_posture::{CapabilityEntry, Known, Layer, Plane, Provenance, Reason, Service};

use crate::image::{NOT_MEANT, Owner, judge_labels};
use crate::policy::quoted;
use crate::{Format, Pattern, Policy, Rule, Selector, port};

/// Whether a selector means a service.
pub(crate) fn is_meant(selector: &Selector, service: &Service) -> bool {
    let named = selector.services.is_empty()
        || service.runtime && selector.services.iter().any(|pattern| pattern.matches(service.name()));
    let publishing = selector.publishing.is_none_or(|wanted| service.published.is_empty() != wanted);
    named && publishing
}

/// Judges one service.
pub(crate) fn judge(policy: &Policy, service: &Service) -> Verdict {
    if !is_meant(&policy.selector, service) {
        return Verdict::NotApplicable(NOT_MEANT);
    }
    // A Dockerfile alone says who the process is and what it exposes, and nothing about networks and privileges.
    let of_image = matches!(
        policy.rule,
        Rule::RequiredUsers(_) | Rule::ForbiddenUsers(_) | Rule::AllowedPorts(..) | Rule::ForbiddenPorts(..)
    );
    if !service.runtime && !of_image {
        return Verdict::NotApplicable("no compose file says how the image is run");
    }
    let title = policy.control.title;
    let fix = policy.fix.as_deref();
    match &policy.rule {
        Rule::AllowedPorts(list, side) => port::judge(service, list, true, *side, title, fix),
        Rule::ForbiddenPorts(list, side) => port::judge(service, list, false, *side, title, fix),
        Rule::RequiredNetworks(list) => required_networks(policy, service, list),
        Rule::ForbiddenNetworks(list) => forbidden_networks(policy, service, list),
        Rule::RequiredUsers(list) => users(policy, service, list, true),
        Rule::ForbiddenUsers(list) => users(policy, service, list, false),
        Rule::DroppedCapabilities(list) => capabilities(policy, service, list),
        Rule::ServiceLabels { required, strict } => labels(policy, service, required, *strict),
        _ => Verdict::absent(),
    }
}

fn anchor(service: &Service) -> Provenance {
    Provenance::absent(service.subject.anchor)
}

fn fail(
    policy: &Policy,
    at: Provenance,
    plane: Plane,
    label: &str,
    detail: String,
    advice: String,
) -> Finding {
    let message = format!("{}: {detail}", policy.control.title);
    Finding::place(at, plane, label, message, policy.fix.clone().unwrap_or(advice))
}

fn passed(service: &Service) -> Verdict {
    Verdict::Pass(Evidence { at: Some(anchor(service)), plane: Plane::Declared })
}

fn required_networks(policy: &Policy, service: &Service, list: &[Pattern]) -> Verdict {
    let findings: Vec<Finding> = list
        .iter()
        .filter(|pattern| !service.networks.values().any(|(joined, _)| pattern.matches(&joined.network)))
        .map(|pattern| {
            let name = pattern.as_str();
            fail(
                policy,
                anchor(service),
                Plane::Declared,
                "does not join it",
                format!("service `{}` does not join `{name}`", service.name()),
                format!("add `{name}` to the service's `networks`"),
            )
        })
        .collect();
    match service.networks.unknown().filter(|_| !findings.is_empty()) {
        Some(reason) => Verdict::Unknown(reason.clone()),
        None => Verdict::from_findings(findings, passed(service)),
    }
}

fn forbidden_networks(policy: &Policy, service: &Service, list: &[Pattern]) -> Verdict {
    let findings = service
        .networks
        .values()
        .filter(|(joined, _)| list.iter().any(|pattern| pattern.matches(&joined.network)))
        .map(|(joined, claim)| {
            fail(
                policy,
                claim.at.clone(),
                claim.plane,
                "joined here",
                format!("service `{}` joins `{}`", service.name(), joined.network),
                "join another network".to_owned(),
            )
        })
        .collect();
    let otherwise = match service.networks.unknown() {
        Some(reason) => Verdict::Unknown(reason.clone()),
        None => passed(service),
    };
    Verdict::from_findings(findings, otherwise)
}

/// A user in a policy is a name, a uid, or either with a group: what is written, or what the kernel will see.
fn users(policy: &Policy, service: &Service, list: &[String], required: bool) -> Verdict {
    let spec = service.user.effective();
    let uid = service.kernel.uid.effective();
    let written = spec.and_then(|claim| claim.value.value());
    let number = uid.and_then(|claim| claim.value.value());
    let is = |name: &String| {
        let by_text = written
            .is_some_and(|spec| spec.to_string() == *name || !name.contains(':') && *spec.user == **name);
        let wanted = if name == "root" { Some(0) } else { name.parse::<u32>().ok() };
        by_text || wanted.is_some() && wanted == number.copied()
    };
    let matched = list.iter().find(|name| is(name));
    // A name without a number, or no user at all, does not show that it is none of the list.
    let open: Option<Reason> = [
        spec.and_then(|claim| claim.value.reason()),
        uid.and_then(|claim| claim.value.reason())
            .filter(|_| written.is_none() || list.iter().any(|name| is_number(name))),
    ]
    .into_iter()
    .flatten()
    .next()
    .cloned();
    let place = spec
        .map(|claim| (claim.at.clone(), claim.plane))
        .or_else(|| uid.map(|claim| (claim.at.clone(), claim.plane)));
    let (at, plane) = place.unwrap_or_else(|| (anchor(service), Plane::Assumed));
    let wrong = match (matched, required) {
        (Some(_), true) => false,
        (Some(_), false) => true,
        (None, _) if open.is_some() => return open.map_or_else(Verdict::absent, Verdict::Unknown),
        (None, required) => required,
    };
    if !wrong {
        return Verdict::Pass(Evidence { at: Some(at), plane });
    }
    let who = match (written, number) {
        (Some(spec), _) => spec.to_string(),
        (None, Some(number)) => number.to_string(),
        (None, None) => "an unnamed user".to_owned(),
    };
    let subject = subject(service);
    let all = quoted(list.iter().map(String::as_str));
    let advice = if required {
        format!("run it as one of {all}")
    } else {
        format!("run it as another user than {all}")
    };
    Verdict::fail(fail(policy, at, plane, "this user", format!("{subject} runs as `{who}`"), advice))
}

fn is_number(name: &str) -> bool {
    name == "root" || name.bytes().all(|byte| byte.is_ascii_digit())
}

fn subject(service: &Service) -> String {
    match service.runtime {
        true => format!("service `{}`", service.name()),
        false => "the image".to_owned(),
    }
}

fn capabilities(policy: &Policy, service: &Service, list: &[String]) -> Verdict {
    let dropped = |wanted: &CapabilityEntry| {
        service.cap_drop.values().any(|(entry, _)| entry == wanted || *entry == CapabilityEntry::All)
    };
    let place = service.cap_drop.items().next().map_or_else(|| anchor(service), |claim| claim.at.clone());
    let findings: Vec<Finding> = list
        .iter()
        .filter(|name| !dropped(&CapabilityEntry::parse(name)))
        .map(|name| {
            fail(
                policy,
                place.clone(),
                Plane::Declared,
                "not dropped",
                format!("service `{}` does not drop {name}", service.name()),
                format!("add `{name}` to `cap_drop`"),
            )
        })
        .collect();
    match service.cap_drop.unknown().filter(|_| !findings.is_empty()) {
        Some(reason) => Verdict::Unknown(reason.clone()),
        None => Verdict::from_findings(findings, passed(service)),
    }
}

/// Labels of the compose file; those of the image are a matter of `required-labels`.
fn labels(policy: &Policy, service: &Service, required: &[(String, Format)], strict: bool) -> Verdict {
    let written: Vec<(&str, &Known<plimsoll_posture::Sensitive>, &Provenance)> = service
        .labels
        .effective()
        .filter(|(_, claim)| claim.layer >= Layer::Compose)
        .map(|(name, claim)| (name, &claim.value, &claim.at))
        .collect();
    let owner = Owner {
        name: format!("service `{}`", service.name()),
        anchor: anchor(service),
        instruction: "labels:",
    };
    judge_labels(policy, written, required, strict, &owner)
}

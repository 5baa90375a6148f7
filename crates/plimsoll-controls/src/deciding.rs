//! From a fact to a verdict: the four answers, given the same way by every control.
//!
//! Deliberately absent: what is wrong with a value. That is each control's own knowledge.

use plimsoll_posture::{Claim, Fact, Known, Plane, Provenance, Service, Union};

use crate::{Finding, Verdict};

/// Judges a fact by the claim that decides it: `fails` sees the value, when it is known.
pub(crate) fn by_claim<T>(fact: &Fact<T>, fails: impl FnOnce(&T, &Claim<T>) -> Option<Finding>) -> Verdict {
    let Some(claim) = fact.effective() else { return Verdict::absent() };
    match &claim.value {
        Known::Unknown(reason) => Verdict::Unknown(reason.clone()),
        Known::Value(value) => match fails(value, claim) {
            Some(finding) => Verdict::fail(finding),
            None => Verdict::pass(claim),
        },
    }
}

/// Judges every item of a set. One bad item is a failure whatever the others are; without one, an item that is not
/// known leaves the answer open.
pub(crate) fn by_items<T>(
    items: &Union<T>,
    mut fails: impl FnMut(&T, &Claim<T>) -> Option<Finding>,
) -> Verdict {
    let findings = items.values().filter_map(|(value, claim)| fails(value, claim)).collect();
    Verdict::from_findings(findings, or_unknown(items, Verdict::absent()))
}

/// One answer for two facts of one control: every failure is told, and a doubt about either keeps it from passing.
pub(crate) fn both(first: Verdict, second: Verdict) -> Verdict {
    match (first, second) {
        (Verdict::Fail(mut findings), Verdict::Fail(more)) => {
            findings.extend(more);
            Verdict::Fail(findings)
        }
        (failed @ Verdict::Fail(_), _) | (_, failed @ Verdict::Fail(_)) => failed,
        (unknown @ Verdict::Unknown(_), _) | (_, unknown @ Verdict::Unknown(_)) => unknown,
        (passed, _) => passed,
    }
}

/// The verdict, unless an item of the set is not known.
pub(crate) fn or_unknown<T>(items: &Union<T>, verdict: Verdict) -> Verdict {
    match items.unknown() {
        Some(reason) => Verdict::Unknown(reason.clone()),
        None => verdict,
    }
}

/// A finding about a key that is not set, at the service's anchor. The file was read, so its silence is declared.
pub(crate) fn unset(
    service: &Service,
    key: &str,
    message: impl Into<String>,
    fix: impl Into<String>,
) -> Finding {
    silence(service, Plane::Declared, key, message, fix)
}

/// The same for a key whose default the engine's own configuration can change, so that the silence is weaker evidence.
pub(crate) fn unset_here(
    service: &Service,
    key: &str,
    message: impl Into<String>,
    fix: impl Into<String>,
) -> Finding {
    silence(service, Plane::Assumed, key, message, fix)
}

fn silence(
    service: &Service,
    plane: Plane,
    key: &str,
    message: impl Into<String>,
    fix: impl Into<String>,
) -> Finding {
    let at = Provenance::absent(service.subject.anchor);
    Finding::place(at, plane, format!("no `{key}` is set"), message, fix)
}

/// For what `privileged` settles by itself: the cause is told once, by the control for privileged containers, and
/// nothing passes while `privileged` is unknown.
pub(crate) fn unless_privileged(service: &Service, verdict: impl FnOnce() -> Verdict) -> Verdict {
    match service.privileged.effective().map(|claim| &claim.value) {
        Some(Known::Value(true)) => Verdict::NotApplicable("`privileged` covers it"),
        Some(Known::Unknown(reason)) => match verdict() {
            Verdict::Pass(_) => Verdict::Unknown(reason.clone()),
            other => other,
        },
        _ => verdict(),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_posture::{Layer, Reason, Subject, SubjectKind};
    use plimsoll_text::{SourceKind, Sources, Span};

    use super::*;

    fn service() -> Service {
        let mut sources = Sources::new();
        let source = sources.add_text("x", SourceKind::Other, "");
        Service::new(Subject::new(SubjectKind::Service, "api", Span::whole(source)), true)
    }

    fn claim<T>(service: &Service, value: Known<T>) -> Claim<T> {
        Claim::declared(value, Layer::Compose, Provenance::absent(service.subject.anchor))
    }

    fn unknown<T>() -> Known<T> {
        Known::Unknown(Reason::UnsetVariable("X".into()))
    }

    #[test]
    fn an_unknown_item_never_passes_and_never_hides_a_failure() {
        let api = service();
        let fails = |number: &u8, claim: &Claim<u8>| (*number == 0).then(|| Finding::at(claim, "", "m", "f"));
        let mut items = Union::new();
        assert!(matches!(by_items(&items, fails), Verdict::Pass(_)));
        items.push(claim(&api, Known::Value(1)));
        items.push(claim(&api, unknown()));
        assert!(matches!(by_items(&items, fails), Verdict::Unknown(_)));
        items.push(claim(&api, Known::Value(0)));
        assert!(matches!(by_items(&items, fails), Verdict::Fail(findings) if findings.len() == 1));
    }

    #[test]
    fn privileged_takes_over_and_its_doubt_spreads_to_passes_only() {
        let mut api = service();
        let fail = || Verdict::fail(unset(&service(), "k", "m", "f"));
        assert!(matches!(unless_privileged(&api, Verdict::absent), Verdict::Pass(_)));
        api.privileged.push(claim(&api, unknown()));
        assert!(matches!(unless_privileged(&api, Verdict::absent), Verdict::Unknown(_)));
        assert!(matches!(unless_privileged(&api, fail), Verdict::Fail(_)));
        api.privileged.push(claim(&api, Known::Value(true)));
        assert!(matches!(unless_privileged(&api, fail), Verdict::NotApplicable(_)));
    }
}

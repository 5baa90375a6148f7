//! Signatures of an image of which none holds.

use plimsoll_posture::{BuiltImage, Known, Plane, Posture, Standing as Mark};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "wrong-signature",
    title: "no signature of the image verifies",
    page: include_str!("wrong_signature.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Built(check),
};

fn check(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    let trust = &image.trust;
    if trust.keys == 0 {
        return Verdict::NotApplicable("no key was given to verify signatures with");
    }
    if trust.is_verified() {
        return Verdict::Pass(Evidence { at: Some(layers::place(image)), plane: Plane::Built });
    }
    let wrong = trust.signatures.iter().find_map(|signature| match &signature.standing {
        Mark::Wrong(why) => Some(why),
        Mark::Verified(_) | Mark::Unverified(_) => None,
    });
    match (wrong, &trust.searched) {
        (Some(why), _) => Verdict::fail(Finding::place(
            layers::place(image),
            Plane::Built,
            "none of its signatures holds",
            format!("a signature is present, and none verifies: {why}"),
            "do not run it before you know who made it; if the key is the wrong one, give the right one with --key",
        )),
        (None, Known::Unknown(reason)) => Verdict::Unknown(reason.clone()),
        (None, Known::Value(())) => {
            Verdict::NotApplicable("the image has no signature that a key could verify")
        }
    }
}

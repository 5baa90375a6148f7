//! An image without a signature that holds, where the project wants one.

use plimsoll_posture::{BuiltImage, Known, Plane, Posture, Standing as Mark};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "unsigned-image",
    title: "image has no verified signature",
    page: include_str!("unsigned_image.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-4.12"],
    covered_by: &["wrong-signature"],
    standing: Standing::Ordinary,
    scope: Scope::Built(check),
};

fn check(image: &BuiltImage, _: &Posture, settings: &Settings) -> Verdict {
    if !settings.signature_required {
        return Verdict::NotApplicable("plimsoll.toml does not ask for signatures");
    }
    let trust = &image.trust;
    if trust.is_verified() {
        return Verdict::Pass(Evidence { at: Some(layers::place(image)), plane: Plane::Built });
    }
    let fix = match trust.keys {
        0 => "name the public key in `[trust] keys` of plimsoll.toml, or with --key",
        _ => {
            "sign the image by its digest with the project's key: `cosign sign --key cosign.key IMAGE@sha256:…`"
        }
    };
    let message = match (trust.signatures.first().map(|signature| &signature.standing), &trust.searched) {
        (None, Known::Unknown(reason)) => return Verdict::Unknown(reason.clone()),
        (None, Known::Value(())) => "plimsoll.toml asks for a signature, and the image has none".to_owned(),
        (Some(Mark::Wrong(why)), _) => format!("a signature is present, and none verifies: {why}"),
        (Some(Mark::Unverified(why) | Mark::Verified(why)), _) => {
            format!("a signature is present, and it is not verified: {why}")
        }
    };
    Verdict::fail(Finding::place(layers::place(image), Plane::Built, "not verified", message, fix))
}

//! An account of a built image that is entered without a password.

use plimsoll_posture::{AccountTrait, BuiltImage, Posture};

use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "account-without-password",
    title: "account can be entered without a password",
    page: include_str!("account_without_password.md"),
    severity: Severity::High,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["DKL-LI-0001"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Built(check),
};

fn check(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    let open = image.accounts.iter().filter(|account| account.noted == AccountTrait::EmptyPassword);
    let findings = open.map(|account| {
        let name = &account.name;
        layers::finding(
            image,
            account.layer,
            "empty password",
            format!("account `{name}` has an empty password, in {}", layers::layer(image, account.layer)),
            format!("lock it: `RUN passwd -l {name}`, or start from an image of a release that locks it"),
        )
    });
    Verdict::from_findings(findings.collect(), layers::pass(image))
}

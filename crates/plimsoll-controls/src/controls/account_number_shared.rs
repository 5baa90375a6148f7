//! Two accounts of a built image with one number.

use plimsoll_posture::{AccountTrait, BuiltImage, Posture};

use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "account-number-shared",
    title: "two accounts have the same number",
    page: include_str!("account_number_shared.md"),
    severity: Severity::Low,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["DKL-LI-0002"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Built(check),
};

fn check(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    let findings = image.accounts.iter().filter_map(|account| {
        let AccountTrait::SharedUid { uid, first } = &account.noted else { return None };
        let name = &account.name;
        Some(layers::finding(
            image,
            account.layer,
            format!("uid {uid} twice"),
            format!(
                "accounts `{first}` and `{name}` are both uid {uid}, in {}",
                layers::layer(image, account.layer)
            ),
            format!("give `{name}` a number of its own: `useradd --uid`, without `--non-unique`"),
        ))
    });
    Verdict::from_findings(findings.collect(), layers::pass(image))
}

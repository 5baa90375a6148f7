//! A stop signal that ends the program at once.

use plimsoll_posture::{Known, Posture, Service};

use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "forced-stop-signal",
    title: "service is stopped with a signal that it cannot handle",
    page: include_str!("forced_stop_signal.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let Some(claim) = service.stop_signal.effective() else {
        return Verdict::NotApplicable("no stop signal is set");
    };
    let signal = match &claim.value {
        Known::Value(signal) => signal,
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
    };
    let name = signal.trim().to_ascii_uppercase();
    if !matches!(name.trim_start_matches("SIG"), "KILL" | "9" | "STOP" | "19") {
        return Verdict::pass(claim);
    }
    let finding = Finding::at(
        claim,
        "cannot be caught",
        format!("`{}` is stopped with `{signal}`, before it can finish its work", service.name()),
        "remove it, so that the program gets SIGTERM, or name the signal that it handles",
    );
    Verdict::fail(finding.remedied(Remedy::risky(
        vec![withdraw(claim)],
        "the program gets SIGTERM: one that does not handle it is killed ten seconds later than now",
    )))
}

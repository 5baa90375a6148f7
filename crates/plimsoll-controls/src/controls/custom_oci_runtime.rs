//! Another program than runc starts the container.

use plimsoll_posture::{Posture, Service};

use crate::deciding::by_claim;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "custom-oci-runtime",
    title: "service runs under a runtime of its own",
    page: include_str!("custom_oci_runtime.md"),
    severity: Severity::Info,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

/// Words in the names of runtimes that isolate as well as runc or better.
const KNOWN: [&str; 6] = ["runc", "crun", "youki", "runsc", "gvisor", "kata"];

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_claim(&service.oci_runtime, |runtime, claim| {
        let known = runtime.is_empty()
            || runtime.split(['.', '-', '/', '_']).any(|word| KNOWN.contains(&word))
                && !runtime.contains("sysbox");
        (!known).then(|| {
            Finding::at(
                claim,
                "its hooks run as root on the host",
                format!("service `{}` runs under the runtime `{runtime}`", service.name()),
                "remove `runtime` where runc does; GPUs are requested with `gpus` or device reservations",
            )
        })
    })
}

//! Root in the container is root on the host, even where the engine remaps.

use plimsoll_posture::{Known, Posture, Service};

use crate::namespace::{self, Namespace};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "host-user-namespace",
    title: "service opts out of user namespace remapping",
    page: include_str!("host_user_namespace.md"),
    severity: Severity::Medium,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CIS-5.31", "KICS: Shared Host User Namespace"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let remaps = posture.host.as_ref().and_then(|host| host.daemon.userns_remap.effective());
    if remaps.is_some_and(|claim| claim.value == Known::Value(false) && !claim.is_assumed()) {
        return Verdict::NotApplicable("the engine does not remap");
    }
    let namespace = Namespace {
        key: "userns_mode",
        fact: |service| &service.userns_mode,
        label: "uid 0 inside is uid 0 outside, even where the engine remaps",
        shares: "opts out of user namespace remapping",
        fix: "remove `userns_mode: host`",
        risk: "where the engine remaps, files that root of the host owns cannot be used any more",
    };
    namespace::judge(service, posture, &namespace)
}

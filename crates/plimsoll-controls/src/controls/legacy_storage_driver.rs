//! A storage driver that nobody mends any more.

use plimsoll_posture::{Host, Posture};

use crate::deciding::by_claim;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, engine_setting};

pub(super) static CONTROL: Control = Control {
    id: "legacy-storage-driver",
    title: "storage driver is no longer maintained",
    page: include_str!("legacy_storage_driver.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.6", "CIS-2.11"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    if host.daemon.storage_driver.effective().is_none() {
        return engine_setting::not_told();
    }
    by_claim(&host.daemon.storage_driver, |driver, claim| {
        let why = match &**driver {
            "aufs" | "devicemapper" | "overlay" => "removed from newer engines",
            "vfs" => "copies whole images, and is meant for tests",
            _ => return None,
        };
        Some(Finding::at(
            claim,
            why,
            format!("the engine stores images with `{driver}`, which is no longer kept up"),
            format!(
                "save what is needed (`docker save`), {}, and load it again",
                engine_setting::write(r#""storage-driver": "overlay2""#)
            ),
        ))
    })
}

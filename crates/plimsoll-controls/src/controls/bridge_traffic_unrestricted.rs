//! Containers of the default bridge reach each other.

use plimsoll_posture::{Host, Known, Plane, Posture};

use crate::engine_setting::{self, Words};
use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "bridge-traffic-unrestricted",
    title: "containers of the default bridge reach each other",
    page: include_str!("bridge_traffic_unrestricted.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.2"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let words = Words {
        key: "icc",
        label: "they may",
        message: "containers of the default bridge reach every port of each other",
        fix: &engine_setting::write(r#""icc": false"#),
    };
    // What the bridge itself was made with is what is in force.
    let bridge = host.networks.value().and_then(|networks| {
        networks.iter().find(|network| &*network.name == "bridge" && &*network.driver == "bridge")
    });
    match bridge.map(|bridge| (bridge, &bridge.icc)) {
        Some((bridge, Known::Value(true))) => Verdict::fail(Finding::place(
            bridge.at.clone(),
            Plane::Running,
            words.label,
            words.message,
            words.fix,
        )),
        Some((bridge, Known::Value(false))) => {
            Verdict::Pass(Evidence { at: Some(bridge.at.clone()), plane: Plane::Running })
        }
        _ => engine_setting::judge(host, &host.daemon.icc, |on| *on, &words),
    }
}

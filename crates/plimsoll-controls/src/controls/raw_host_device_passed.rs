//! A disk or the memory of the host is passed into the container.

use plimsoll_posture::{Posture, Service};

use crate::deciding::{by_items, unless_privileged};
use crate::host_device::{Device, class};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "raw-host-device-passed",
    title: "disk or memory of the host is passed into the container",
    page: include_str!("raw_host_device_passed.md"),
    severity: Severity::Critical,
    foothold: Foothold::Root,
    since: "0.1.0",
    peers: &["CL-0016", "CIS-5.18"],
    covered_by: &["privileged-container"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    unless_privileged(service, || {
        by_items(&service.devices, |device, claim| {
            let Device::Raw(what) = class(&device.host_path) else { return None };
            Some(Finding::at(
                claim,
                what,
                format!("service `{}` is given the host's `{}`", service.name(), device.host_path),
                "delete this entry; mount the directory the program needs instead of the device it lies on",
            ))
        })
    })
}

//! The host and its engine as conditions see them.
//!
//! Deliberately absent: what nobody reads of a host yet (kernel modules, lockdown, a kubelet, the cloud's metadata
//! service): those fields stay unknown, with the command that tells.

use std::borrow::Cow;

use plimsoll_posture::{Claim, DaemonListener, Fact, FileRole, Host, Known, Network, Plane, Reason};

use super::field::Field;
use super::version::Version;
use super::view::{Slot, Spot, Value, View};

/// What conditions see of the host alone; everything is unknown where there is none.
pub(crate) fn of(host: Option<&Host>) -> View<'_> {
    let mut view = View::blank(None, host);
    let Some(host) = host else { return view };
    let product = host.engine.product.value().map(|product| product.to_ascii_lowercase());
    let desktop = [host.engine.product.value(), host.machine.operating_system.value()]
        .into_iter()
        .flatten()
        .find(|name| name.contains("Docker Desktop"));
    let podman = product.as_deref().is_some_and(|product| product.contains("podman"));
    if podman {
        view.set(Field::HostDocker, Slot::silent(Value::Null));
    } else {
        fact(&mut view, Field::HostDocker, &host.engine.version, |text| version(text));
    }
    // The engine names Docker Desktop where it is one; anything else that is named is none.
    match desktop {
        Some(name) => {
            let number = name.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
            if let Some(number) = number {
                view.set(Field::HostDesktop, Slot::silent(version(number)));
            }
        }
        None if host.machine.operating_system.value().is_some() => {
            view.set(Field::HostDesktop, Slot::silent(Value::Null));
        }
        None => {}
    }
    for (field, name) in [(Field::HostRunc, "runc"), (Field::HostContainerd, "containerd")] {
        let component = host.engine.components.iter().find(|component| &*component.name == name);
        match component {
            Some(component) => {
                let mended = component.patched_by.is_some();
                let slot = Slot::of(&component.version, |text| match version(text) {
                    Value::Version(Some(own), text) if mended => Value::Version(Some(own.repackaged()), text),
                    other => other,
                });
                view.set(field, slot);
            }
            None if !host.engine.components.is_empty() => view.set(field, Slot::silent(Value::Null)),
            None => {}
        }
    }
    fact(&mut view, Field::HostKernel, &host.machine.kernel, |text| version(text));
    fact(&mut view, Field::HostCgroup, &host.machine.cgroup_version, |number| {
        Value::Number(u64::from(*number))
    });
    fact(&mut view, Field::HostUserns, &host.machine.user_namespaces, |on| Value::Flag(*on));
    fact(&mut view, Field::HostRemap, &host.daemon.userns_remap, |on| Value::Flag(*on));
    let socket = host.files.iter().find(|file| file.role == FileRole::Socket);
    if let Some(socket) = socket {
        let group = Slot::of(&socket.access, |access| Value::Number(u64::from(access.gid)));
        view.set(Field::HostSocketGroup, group);
    }
    authorization(&mut view, host);
    listener(&mut view, host);
    view
}

/// Whether containers on a network may talk to each other.
pub(super) fn icc<'a>(network: Option<&'a Network>, name: &str, host: Option<&'a Host>) -> Slot<'a> {
    if let Some(claim) = network.and_then(|network| network.icc.effective()) {
        return Slot::of(claim, |on| Value::Flag(*on));
    }
    let held = host.and_then(|host| host.networks.value()).into_iter().flatten();
    if let Some(own) = held.into_iter().find(|network| &*network.name == name) {
        let spot = Some(Spot { at: &own.at, plane: Plane::Running });
        return Slot { value: own.icc.clone().map(Value::Flag), spot };
    }
    match host.and_then(|host| host.daemon.icc.effective()).filter(|_| name == "bridge") {
        Some(claim) => Slot::of(claim, |on| Value::Flag(*on)),
        None => Slot::silent(Value::Flag(true)),
    }
}

fn version(text: &str) -> Value<'_> {
    Value::Version(Version::parse(text), Cow::Borrowed(text))
}

/// A fact of the host; what nobody says stays unknown.
fn fact<'a, T>(view: &mut View<'a>, field: Field, fact: &'a Fact<T>, value: impl FnOnce(&'a T) -> Value<'a>) {
    if let Some(claim) = fact.effective() {
        view.set(field, Slot::of(claim, value));
    }
}

/// A plugin that is named is there; that none is named counts where the engine itself was asked.
fn authorization(view: &mut View<'_>, host: &Host) {
    let named = host.daemon.authorization.values().next().is_some();
    if named {
        view.set(Field::HostAuthz, Slot::silent(Value::Flag(true)));
    } else if host.daemon.authorization.unknown().is_none() && host.plane() == Plane::Running {
        view.set(Field::HostAuthz, Slot::silent(Value::Flag(false)));
    }
}

/// The TCP listener that is open the widest. A host of which no listener was read may have any.
fn listener<'a>(view: &mut View<'a>, host: &'a Host) {
    let mut worst: Option<(&DaemonListener, &'a Claim<std::sync::Arc<str>>, &'a str)> = None;
    let mut unknown: Option<&Reason> = None;
    for own in &host.listeners {
        match &own.address.value {
            Known::Unknown(reason) => unknown = unknown.or(Some(reason)),
            Known::Value(address) => {
                let Some(bind) = address.strip_prefix("tcp://").map(bound_to) else { continue };
                let rank = |listener: &DaemonListener, bind: &str| {
                    (listener.verifies != Known::Value(true), !bind.starts_with("127.") && bind != "::1")
                };
                if worst.is_none_or(|(other, _, widest)| rank(own, bind) > rank(other, widest)) {
                    worst = Some((own, &own.address, bind));
                }
            }
        }
    }
    let Some((own, claim, bind)) = worst else {
        if unknown.is_none() && !host.listeners.is_empty() {
            for field in [Field::HostTcp, Field::HostTcpBind, Field::HostTcpTls] {
                view.set(field, Slot::silent(Value::Null));
            }
        }
        return;
    };
    view.set(Field::HostTcp, Slot::of(claim, |_| Value::Flag(true)));
    view.set(Field::HostTcpBind, Slot::of(claim, |_| Value::Text(Cow::Borrowed(bind))));
    let tls = own.verifies.clone().map(Value::Flag);
    view.set(Field::HostTcpTls, Slot { value: tls, spot: Some(Spot::of(claim)) });
}

/// The address of `HOST:PORT`; the engine takes a missing one for its own loopback.
fn bound_to(address: &str) -> &str {
    let address = address.split('/').next().unwrap_or(address);
    if let Some(inner) = address.strip_prefix('[') {
        return inner.split(']').next().unwrap_or(inner);
    }
    match address.rsplit_once(':') {
        Some(("", _)) => "127.0.0.1",
        Some((bind, _)) => bind,
        None => address,
    }
}

//! What separates a service from the host: privileges, capabilities, profiles, namespaces.

use std::sync::Arc;

use plimsoll_posture::{
    CapabilityEntry, Complaint, ComplaintKind, Fact, Known, MacProfile, NamespaceMode, Reason,
    SeccompProfile, Service,
};

use super::field::{self, Field};
use crate::compose::tree::{Node, Value};

pub(super) fn read(service: &mut Service, field: &Field<'_>, complaints: &mut Vec<Complaint>) {
    for (key, fact) in [
        ("privileged", &mut service.privileged),
        ("read_only", &mut service.readonly_rootfs),
        ("use_api_socket", &mut service.use_api_socket),
    ] {
        if let Some(flag) = field.child(key) {
            flag.stack(fact, field::boolean);
        }
    }
    for (key, union) in [("cap_add", &mut service.cap_add), ("cap_drop", &mut service.cap_drop)] {
        for entry in field.child(key).map(|list| list.items()).unwrap_or_default() {
            let value = entry.text().map(|text| CapabilityEntry::parse(&text));
            union.push(entry.claim(value));
        }
    }
    for (key, fact) in [
        ("pid", &mut service.pid_mode),
        ("ipc", &mut service.ipc_mode),
        ("uts", &mut service.uts_mode),
        ("cgroup", &mut service.cgroup_mode),
        ("userns_mode", &mut service.userns_mode),
        ("network_mode", &mut service.network_mode),
    ] {
        if let Some(mode) = field.child(key) {
            mode.stack(fact, |node| field::text(node).map(|text| namespace(&text, key == "network_mode")));
        }
    }
    for (key, fact) in [("cgroup_parent", &mut service.cgroup_parent), ("runtime", &mut service.oci_runtime)]
    {
        if let Some(value) = field.child(key) {
            value.stack(fact, field::text);
        }
    }
    if let Some(sysctls) = field.child("sysctls") {
        for (key, value, text) in field::pairs(&sysctls) {
            for weaker in value.node.shadowed.iter().rev().filter(|weaker| weaker.value != Value::Null) {
                let weaker = Field::new(weaker, value.route.clone());
                service.sysctls.push(&key, weaker.claim(weaker.text()));
            }
            service.sysctls.push(&key, value.claim(text));
        }
    }
    if let Some(options) = field.child("security_opt") {
        security_options(service, &options, complaints);
    }
}

/// `default` is docker0 for a network and the engine's own choice elsewhere.
pub(super) fn namespace(text: &str, network: bool) -> NamespaceMode {
    match text.trim() {
        "host" => NamespaceMode::Host,
        "none" => NamespaceMode::None,
        "shareable" => NamespaceMode::Shareable,
        "bridge" | "default" if network => NamespaceMode::Bridge,
        "" | "private" | "default" => NamespaceMode::Private,
        other => match other.split_once(':') {
            Some(("service", name)) => NamespaceMode::Service(name.into()),
            Some(("container", name)) => NamespaceMode::Container(name.into()),
            _ => NamespaceMode::Other(other.into()),
        },
    }
}

/// The spellings are those of moby `daemon/daemon_unix.go` (`parseSecurityOpt`) and Compose (`systempaths`).
fn security_options(service: &mut Service, options: &Field<'_>, complaints: &mut Vec<Complaint>) {
    let mut disabled_label = None;
    for option in options.items() {
        let reason = match &option.node.value {
            Value::Text(text) => field::unset(text),
            _ => None,
        };
        let Some(text) = field::scalar(option.node) else { continue };
        let (key, value) = text.split_once('=').or_else(|| text.split_once(':')).unwrap_or((&text, ""));
        if let Some(reason) = reason {
            unknown_option(service, &option, key, &reason);
            continue;
        }
        match (key, value) {
            ("no-new-privileges", value) => {
                let flag = if text.len() == key.len() { Known::Value(true) } else { go_bool(value) };
                service.no_new_privileges.push(option.claim(flag));
            }
            ("seccomp", value) => service.seccomp.push(option.claim(Known::Value(match value {
                "unconfined" => SeccompProfile::Unconfined,
                "builtin" | "" => SeccompProfile::Default,
                file => SeccompProfile::Custom(file.into()),
            }))),
            ("apparmor", value) => service.apparmor.push(option.claim(Known::Value(match value {
                "unconfined" => MacProfile::Unconfined(text.clone()),
                "docker-default" | "" => MacProfile::Default,
                _ => MacProfile::Custom(text.clone()),
            }))),
            ("label", "disable") | ("disable", "") => {
                disabled_label = Some(option.claim(Known::Value(MacProfile::Unconfined(text.clone()))));
            }
            ("label", _) => {
                service.selinux.push(option.claim(Known::Value(MacProfile::Custom(text.clone()))));
            }
            ("systempaths", value) => {
                service.system_paths_unconfined.push(option.claim(Known::Value(value == "unconfined")));
            }
            ("credentialspec" | "writable-cgroups", _) => {}
            _ => complaints.push(Complaint {
                kind: ComplaintKind::Invalid,
                code: "unknown-security-option",
                at: option.node.at,
                message: "the engine knows no such security option and refuses the container".into(),
                cure: Some("use no-new-privileges:true, seccomp=FILE, apparmor=PROFILE or label:…".into()),
            }),
        }
    }
    // One `disable` among the labels switches SELinux off whatever else is said.
    if let Some(claim) = disabled_label {
        service.selinux.push(claim);
    }
}

fn unknown_option(service: &mut Service, option: &Field<'_>, key: &str, reason: &Reason) {
    fn say<T>(fact: &mut Fact<T>, option: &Field<'_>, reason: &Reason) {
        fact.push(option.claim(Known::Unknown(reason.clone())));
    }
    let any = !["no-new-privileges", "seccomp", "apparmor", "label", "systempaths"].contains(&key);
    if any || key == "no-new-privileges" {
        say(&mut service.no_new_privileges, option, reason);
    }
    if any || key == "seccomp" {
        say(&mut service.seccomp, option, reason);
    }
    if any || key == "apparmor" {
        say(&mut service.apparmor, option, reason);
    }
    if any || key == "label" {
        say(&mut service.selinux, option, reason);
    }
    if any || key == "systempaths" {
        say(&mut service.system_paths_unconfined, option, reason);
    }
}

/// Go's `strconv.ParseBool`, which the engine uses for `no-new-privileges=…`.
fn go_bool(text: &str) -> Known<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Known::Value(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Known::Value(false),
        _ => field::not_understood(text),
    }
}

/// Names of services in a list or in the keys of a mapping.
pub(super) fn names<'a>(field: &Field<'a>) -> Vec<(Arc<str>, Field<'a>)> {
    match &field.node.value {
        Value::Map(_) => {
            field.entries().into_iter().map(|(entry, field)| (entry.key.clone(), field)).collect()
        }
        _ => field.items().into_iter().filter_map(|item| Some((item.known_text()?, item))).collect(),
    }
}

/// The provenance of a key whose value may be nothing (`depends_on: {db: }`): the key's own bytes then.
pub(super) fn key_place(
    field: &Field<'_>,
    key_at: Option<plimsoll_text::Span>,
) -> plimsoll_posture::Provenance {
    let mut at = field.at();
    if let Some(span) = key_at.filter(|_| is_empty(field.node)) {
        at.span = span;
    }
    at
}

fn is_empty(node: &Node) -> bool {
    node.value == Value::Null || node.at.is_empty()
}

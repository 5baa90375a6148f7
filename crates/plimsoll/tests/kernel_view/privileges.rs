//! What the process may do.

use super::view::View;

/// moby `oci/caps/defaults.go`.
const DEFAULT: &str = "CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW \
                       SYS_CHROOT MKNOD AUDIT_WRITE SETFCAP";

fn root(keys: &str) -> View {
    View::compose(&format!("services:\n  api:\n    image: node:22.11.0\n{keys}"))
}

#[track_caller]
fn count(view: &View, service: &str, capabilities: usize) {
    assert_eq!(view.field(service, "cap_bnd").split(' ').count(), capabilities);
}

#[test]
fn capabilities() {
    // moby TweakCapabilities: nothing said is the fourteen defaults.
    root("").holds("api", &[("cap_eff", DEFAULT), ("cap_bnd", DEFAULT)]);
    // drop ALL + add: only what was added.
    root("    cap_drop: [ALL]\n    cap_add: [NET_BIND_SERVICE]\n")
        .holds("api", &[("cap_bnd", "NET_BIND_SERVICE"), ("cap_eff", "NET_BIND_SERVICE")]);
    // Case does not count, and CAP_ is optional (NormalizeLegacyCapabilities), also for ALL.
    root("    cap_drop: [all]\n    cap_add: [cap_chown, Cap_Setuid, CAP_KILL]\n")
        .holds("api", &[("cap_bnd", "CHOWN KILL SETUID")]);
    // The defaults minus one, plus one.
    root("    cap_drop: [MKNOD]\n    cap_add: [CAP_SYS_PTRACE]\n")
        .holds("api", &[("cap_bnd", &DEFAULT.replace("MKNOD", "SYS_PTRACE"))]);
    // Adding and dropping one capability: it is dropped first and then added.
    root("    cap_drop: [CHOWN]\n    cap_add: [CHOWN]\n").holds("api", &[("cap_bnd", DEFAULT)]);
    // add ALL: everything but what was dropped; 41 capabilities since Linux 5.9.
    count(&root("    cap_add: [ALL]\n    cap_drop: [NET_RAW, SYS_ADMIN]\n"), "api", 39);
    // add ALL and drop ALL: the add is looked at first, and ALL is no capability that could be taken away.
    count(&root("    cap_add: [ALL]\n    cap_drop: [ALL]\n"), "api", 41);
    // Not root: the bounding set stays, the effective set is empty.
    root("    user: \"1000\"\n    cap_add: [NET_ADMIN]\n    cap_drop: [ALL]\n")
        .holds("api", &[("cap_bnd", "NET_ADMIN"), ("cap_eff", "")]);
    // Nothing left: nobody has anything.
    root("    cap_drop: [\"ALL\"]\n").holds("api", &[("cap_bnd", ""), ("cap_eff", "")]);
}

#[test]
fn privileged_is_everything() {
    // moby: privileged gives all capabilities whatever cap_drop says.
    let all = root("    privileged: true\n    cap_drop: [ALL]\n");
    count(&all, "api", 41);
    all.holds("api", &[("seccomp", "unconfined"), ("mac", "apparmor:unconfined"), ("privileged", "true")]);
    // A quoted boolean is interpolated text and cast by Compose.
    count(&root("    privileged: \"true\"\n"), "api", 41);
    // Not root in a privileged container: no effective capabilities.
    let node = root("    privileged: ${P:-true}\n    user: node\n");
    count(&node, "api", 41);
    node.holds("api", &[("cap_eff", ""), ("uid", "1000")]);
    // Who knows whether it is privileged knows what it may do.
    root("    privileged: ${P}\n    cap_drop: [ALL]\n")
        .holds("api", &[("privileged", "?"), ("cap_bnd", "?"), ("cap_eff", "?"), ("seccomp", "?")]);
    root("    privileged: ${P:-false}\n").holds("api", &[("privileged", "false"), ("cap_bnd", DEFAULT)]);
}

#[test]
fn security_options() {
    // docker run reference: no-new-privileges alone, with : and with = are the same.
    for spelling in ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"] {
        root(&format!("    security_opt: [\"{spelling}\"]\n")).holds("api", &[("no_new_privileges", "true")]);
    }
    root("    security_opt: [\"no-new-privileges:false\"]\n").holds("api", &[("no_new_privileges", "false")]);
    // moby parseSecurityOpt goes through the list: the last one counts.
    root("    security_opt: [\"no-new-privileges:true\", \"no-new-privileges:false\"]\n")
        .holds("api", &[("no_new_privileges", "false")]);
    root("    security_opt: [\"seccomp:unconfined\", \"seccomp=./profile.json\"]\n")
        .holds("api", &[("seccomp", "custom")]);
    root("    security_opt: [\"seccomp=unconfined\"]\n").holds("api", &[("seccomp", "unconfined")]);
    // `builtin` names the default profile of the daemon.
    root("    security_opt: [\"seccomp=builtin\"]\n").holds("api", &[("seccomp", "default")]);
    root("    security_opt: [\"apparmor:unconfined\"]\n").holds("api", &[("mac", "apparmor:unconfined")]);
    root("    security_opt: [\"apparmor=mine\"]\n").holds("api", &[("mac", "apparmor:custom")]);
    root("    security_opt: [\"label:disable\"]\n").holds("api", &[("mac", "selinux:unconfined")]);
    root("    security_opt: [\"systempaths=unconfined\"]\n").holds("api", &[("systempaths", "unconfined")]);
}

#[test]
fn namespaces() {
    root("    pid: host\n    ipc: host\n    uts: host\n    cgroup: host\n    userns_mode: host\n").holds(
        "api",
        &[
            ("pid_mode", "host"),
            ("ipc_mode", "host"),
            ("uts_mode", "host"),
            ("cgroup_mode", "host"),
            ("userns_mode", "host"),
        ],
    );
    // A service's namespace is a container's for the kernel; whose, Compose says.
    root("    pid: service:db\n    ipc: shareable\n  db: {image: \"postgres:16.4\"}\n")
        .holds("api", &[("pid_mode", "service:db"), ("ipc_mode", "shareable")]);
}

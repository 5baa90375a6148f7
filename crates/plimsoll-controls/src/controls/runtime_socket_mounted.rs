//! The socket that commands the container runtime is in the container.

use plimsoll_posture::{Known, MountOrigin, Posture, Service};

use crate::host_mount::{self, HostMount};
use crate::host_path::{Socket, runtime_socket};
use crate::remedy::withdraw;
use crate::{Control, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "runtime-socket-mounted",
    title: "socket of the container runtime is mounted",
    page: include_str!("runtime_socket_mounted.md"),
    severity: Severity::Critical,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CL-0001", "CIS-5.32", "KICS: Docker Socket Mounted In Container"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    host_mount::judge(
        service,
        |_| true,
        |host| {
            let Some(socket) = runtime_socket(host.path) else { return Ok(None) };
            let path = host.path;
            let (object, label) = match socket {
                Socket::Itself => (
                    // `/var/run` and `/run` are one: the name is what stands in the file.
                    format!("the runtime socket `{}`", path.rsplit(['/', '\\']).next().unwrap_or(path)),
                    "commands every container of the host".to_owned(),
                ),
                Socket::Parent => (
                    format!("`{path}`, which holds the runtime's socket"),
                    "the socket of the container runtime lies below it".to_owned(),
                ),
            };
            let mut finding = host.finding(
                posture,
                label,
                format!("service `{}` {}", service.name(), host.verb(&object)),
                match socket {
                    Socket::Itself => "remove the mount; a program that must see containers gets a socket proxy that allows reading only",
                    Socket::Parent => "mount only the one directory below it that the program needs",
                },
            );
            if host.mount.writable == Known::Value(false) {
                finding = finding.because(
                    "`:ro` protects nothing: a request to the engine does not write the file, and one request \
                     starts a privileged container",
                );
            }
            Ok(Some(finding.remedied_by(remedy(service, host))))
        },
    )
}

/// Programs that are there for the host's containers or files: without the mount they do nothing.
const AGENTS: &[&str] = &[
    "agent",
    "alloy",
    "autoheal",
    "beat",
    "cadvisor",
    "dind",
    "diun",
    "docker",
    "dozzle",
    "exporter",
    "fluent",
    "glances",
    "homarr",
    "homepage",
    "logspout",
    "netdata",
    "nginx-proxy",
    "ofelia",
    "portainer",
    "promtail",
    "runner",
    "socket-proxy",
    "swarmpit",
    "telegraf",
    "traefik",
    "vector",
    "watchtower",
];

/// Whether the image's name says that it works on the host.
fn is_agent(service: &Service) -> bool {
    let Some(image) = service.image.value().filter(|_| service.build.is_none()) else { return false };
    let name = image.name();
    AGENTS.iter().any(|agent| name.contains(agent))
}

/// The mount goes, where the service itself asks for it and does not live by it.
fn remedy(service: &Service, host: &HostMount<'_>) -> Option<Remedy> {
    let own = host.mount.origin == MountOrigin::Own && !is_agent(service);
    own.then(|| {
        Remedy::risky(
            vec![withdraw(host.claim)],
            "a program that works on the host's containers or files finds none any more: give it the one directory \
             that it needs, or a socket proxy",
        )
    })
}

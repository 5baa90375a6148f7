//! The daemon as it was started, and as its unit would start it.
//!
//! `host/processes`: `PID START COMMAND…` of dockerd and containerd, the start as a time or `?`. `host/units`: `FILE: Key=value`, the lines
//! of units and their drop-ins that say how the daemon is started, in the order in which systemd reads them.

use std::sync::Arc;

use plimsoll_posture::{Plane, Provenance};
use plimsoll_text::Source;

use super::flags::{self, Settings};
use super::{table, time};

/// A running dockerd.
#[derive(Debug)]
pub(super) struct Process {
    /// When it was started, in seconds since 1970.
    pub(super) started: Option<i64>,
    pub(super) settings: Settings,
    /// `--config-file`.
    pub(super) config_file: Option<Arc<str>>,
    pub(super) at: Provenance,
}

/// The first dockerd of the table.
pub(super) fn daemon(source: &Source) -> Option<Process> {
    table::lines(source).find_map(|line| {
        let (pid, rest) = line.split(" ")?;
        pid.parse::<u32>().ok()?;
        let (start, command) = rest.split(" ")?;
        let words = command.words();
        let (program, arguments) = words.split_first()?;
        let name = program.text.rsplit('/').next()?;
        // A child of dockerd bears its name with more behind it: `docker-proxy`, `dockerd-rootless.sh`.
        (name == "dockerd").then(|| Process {
            started: time::seconds(start),
            settings: flags::read(arguments, Plane::Running),
            config_file: flags::config_file(arguments),
            at: command.at("dockerd"),
        })
    })
}

/// What the units say.
#[derive(Debug, Default)]
pub(super) struct Units {
    /// The command line that `docker.service` starts.
    pub(super) settings: Option<Settings>,
    pub(super) config_file: Option<Arc<str>>,
    /// Where `docker.socket` listens: `/run/docker.sock`, `2375`.
    pub(super) sockets: Vec<(Arc<str>, Provenance)>,
}

pub(super) fn units(source: &Source) -> Units {
    let mut units = Units::default();
    for line in table::lines(source) {
        let Some((file, setting)) = line.split(": ") else { continue };
        let Some((key, value)) = setting.split("=") else { continue };
        let socket = file.contains("docker.socket");
        match key.trim() {
            // An empty value takes back what was said before.
            "ExecStart" if !socket && value.text.trim().is_empty() => {
                units.settings = None;
                units.config_file = None;
            }
            "ExecStart" if !socket => {
                let words = value.words();
                let Some((_, arguments)) = words.split_first() else { continue };
                units.settings = Some(flags::read(arguments, Plane::Declared));
                units.config_file = flags::config_file(arguments);
            }
            "ListenStream" if socket && value.text.trim().is_empty() => units.sockets.clear(),
            "ListenStream" if socket => {
                units.sockets.push((value.text.trim().into(), line.at("docker.socket: ListenStream")));
            }
            _ => {}
        }
    }
    units
}

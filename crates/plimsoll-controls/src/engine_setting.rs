//! A setting of the daemon: what holds, and how well that is known.
//!
//! A default holds where somebody looked at everything that could say otherwise: the configuration file and the command line of the
//! running daemon. Deliberately absent: which settings are wrong, which each control knows.

use plimsoll_posture::{Claim, Fact, Host, Known, Plane, Provenance, Reason, Union};

use crate::{Evidence, Finding, Verdict};

/// How the finding about one setting is told.
pub(crate) struct Words<'w> {
    /// Its key in the configuration file.
    pub(crate) key: &'w str,
    /// Words for the caret line where it is set.
    pub(crate) label: &'w str,
    /// What is wrong.
    pub(crate) message: &'w str,
    /// What to write.
    pub(crate) fix: &'w str,
}

/// What nobody told.
const CONFIGURATION: Reason = Reason::NeedsEngine("cat /etc/docker/daemon.json; ps -o args= -C dockerd");
/// What only `docker info` tells.
const INFO: Reason = Reason::NeedsEngine("docker info --format '{{json .}}'");

/// Judges a setting by what is in force; nobody's word is no pass.
pub(crate) fn judge<T>(
    host: &Host,
    fact: &Fact<T>,
    wrong: impl FnOnce(&T) -> bool,
    words: &Words<'_>,
) -> Verdict {
    let Some(claim) = fact.effective() else { return Verdict::Unknown(CONFIGURATION) };
    let value = match &claim.value {
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
        Known::Value(value) => value,
    };
    // What neither the file nor the command line says stands at the line as a whole.
    let silent = claim.is_assumed() || host.daemon.command_line.as_ref() == Some(&claim.at);
    match (wrong(value), silent) {
        (true, false) => Verdict::fail(Finding::at(claim, words.label, words.message, words.fix)),
        (false, false) => Verdict::pass(claim),
        (true, true) => unset(host, words),
        (false, true) => default_holds(host),
    }
}

/// A failure because nobody sets the key, where that can be seen.
pub(crate) fn unset(host: &Host, words: &Words<'_>) -> Verdict {
    match silence(host) {
        Some((at, plane)) => Verdict::fail(Finding::place(
            at,
            plane,
            format!("no `{}` is set", words.key),
            words.message,
            words.fix,
        )),
        None => Verdict::Unknown(CONFIGURATION),
    }
}

/// A pass because nobody sets the key, where all that could was seen.
pub(crate) fn default_holds(host: &Host) -> Verdict {
    match silence(host) {
        Some((at, plane)) if plane > Plane::Assumed => Verdict::Pass(Evidence { at: Some(at), plane }),
        _ => Verdict::Unknown(CONFIGURATION),
    }
}

/// Judges a set that `docker info` and the configuration tell: every item is a finding.
pub(crate) fn none_of<T>(
    host: &Host,
    items: &Union<T>,
    finding: impl FnMut(&T, &Claim<T>) -> Option<Finding>,
) -> Verdict {
    match crate::deciding::by_items(items, finding) {
        Verdict::Pass(_) => match told(host) {
            Some(at) => Verdict::Pass(Evidence { at: Some(at), plane: Plane::Running }),
            None => match default_holds(host) {
                Verdict::Unknown(_) => Verdict::Unknown(INFO),
                other => other,
            },
        },
        other => other,
    }
}

/// Where the daemon's own configuration says nothing of a key, and how well that is known: the file alone is weak, because a flag may
/// say it; a file that was written after the daemon started says nothing of it.
fn silence(host: &Host) -> Option<(Provenance, Plane)> {
    let daemon = &host.daemon;
    match (&daemon.file, &daemon.command_line) {
        (Some(_), _) if is_newer(host) => None,
        (Some(file), Some(_)) => Some((file.at.clone(), Plane::Declared)),
        (Some(file), None) => Some((file.at.clone(), Plane::Assumed)),
        (None, Some(line)) if daemon.file_sought => Some((line.clone(), Plane::Running)),
        _ => None,
    }
}

/// Whether the file was written after the daemon had read it.
pub(crate) fn is_newer(host: &Host) -> bool {
    let modified = host.daemon.file.as_ref().and_then(|file| file.modified.value());
    modified.zip(host.engine.started.value()).is_some_and(|(modified, started)| modified > started)
}

/// Whether what the daemon is set to was seen in full: the file, or that there is none, and the command line.
pub(crate) fn seen(host: &Host) -> bool {
    silence(host).is_some_and(|(_, plane)| plane > Plane::Assumed)
}

/// Where `docker info` was read.
pub(crate) fn told(host: &Host) -> Option<Provenance> {
    let claim = host.daemon.storage_driver.effective()?;
    (claim.plane == Plane::Running).then(|| claim.at.clone())
}

/// The answer where `docker info` was not read.
pub(crate) fn not_told() -> Verdict {
    Verdict::Unknown(INFO)
}

/// What to do after a change of the file.
pub(crate) fn write(line: &str) -> String {
    format!("write `{line}` into /etc/docker/daemon.json, then systemctl restart docker")
}

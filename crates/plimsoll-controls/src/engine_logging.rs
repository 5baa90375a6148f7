//! What becomes of the log of a container that says nothing about it.

use plimsoll_posture::{Claim, Host, Known, Logging};

/// Whether logs are bounded by the daemon's own setting, as far as it is known.
pub(crate) enum Default<'h> {
    /// They are, and where that is said.
    Bounded(&'h Claim<Logging>),
    /// The driver writes files without end.
    Endless(&'h Claim<Logging>),
    /// Nobody told.
    Untold,
}

/// What the daemon does: the engine tells the driver, and the options are told by the configuration only.
pub(crate) fn of(host: &Host) -> Default<'_> {
    let fact = &host.daemon.logging;
    let Some(claim) = fact.effective() else { return Default::Untold };
    let Known::Value(effective) = &claim.value else { return Default::Untold };
    if !is_file(effective) {
        return Default::Bounded(claim);
    }
    let mut said = fact.claims().iter().filter(|claim| !claim.is_assumed());
    let options = said.find(|claim| {
        claim.value.value().is_some_and(|logging| is_file(logging) && !logging.options.is_empty())
    });
    match options {
        Some(options) if options.value.value().is_some_and(is_bounded) => Default::Bounded(options),
        Some(options) => Default::Endless(options),
        None if host.daemon.file.is_some() || crate::engine_setting::seen(host) => Default::Endless(claim),
        None => Default::Untold,
    }
}

/// `json-file`, the engine's default, is the one driver that fills the host's disk by default; `local` rotates by
/// itself and the others send the log away.
pub(crate) fn is_bounded(logging: &Logging) -> bool {
    !is_file(logging)
        || logging.option("max-size").is_some_and(|size| !size.trim().is_empty() && size.trim() != "-1")
}

fn is_file(logging: &Logging) -> bool {
    matches!(logging.driver.as_deref(), None | Some("json-file"))
}

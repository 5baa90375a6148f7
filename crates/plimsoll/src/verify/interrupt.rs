//! Ctrl-C and its kin: they say stop instead of ending the program, so that what was made is removed.

use plimsoll_engine::Stop;

/// Listens until it is dropped.
pub(super) struct Watchman {
    #[cfg(unix)]
    ids: Vec<signal_hook::SigId>,
}

/// Makes the signals that end a program say stop.
#[cfg(unix)]
pub(super) fn watch(stop: &Stop) -> Watchman {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    // Where a signal cannot be had, it ends the program as it always did.
    let ids = [SIGINT, SIGTERM, SIGHUP]
        .into_iter()
        .filter_map(|signal| signal_hook::flag::register(signal, stop.clone()).ok());
    Watchman { ids: ids.collect() }
}

#[cfg(unix)]
impl Drop for Watchman {
    fn drop(&mut self) {
        for id in &self.ids {
            signal_hook::low_level::unregister(*id);
        }
    }
}

/// There are none here.
#[cfg(not(unix))]
pub(super) fn watch(_: &Stop) -> Watchman {
    Watchman {}
}

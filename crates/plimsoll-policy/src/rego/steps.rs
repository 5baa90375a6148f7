//! The bound of an evaluation: a count of steps in the place of a clock.
//!
//! The interpreter asks for the time each so many units of work. Without `std` the time is ours to tell: every look at
//! it is one tick, counted for each thread, so that an evaluation ends after the same work everywhere.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::sync::Once;
use std::time::Duration;

use regorus::Engine;
use regorus::utils::limits::{ExecutionTimerConfig, TimeSource, set_time_source};

/// Units of work from one look at the time to the next.
const UNITS: NonZeroU32 = NonZeroU32::new(1000).unwrap();

/// Ticks that one rule may take: 4 million units of work, far beyond what a rule over a posture needs.
pub(super) const MOST: u32 = 4_000;

struct Ticks;

thread_local! {
    static TICK: Cell<u64> = const { Cell::new(0) };
}

impl TimeSource for Ticks {
    fn now(&self) -> Option<Duration> {
        Some(Duration::from_nanos(TICK.with(|tick| {
            let now = tick.get().wrapping_add(1);
            tick.set(now);
            now
        })))
    }
}

static TICKS: Ticks = Ticks;
static SET: Once = Once::new();

/// Bounds every evaluation of the engine to so many ticks.
pub(super) fn bound(engine: &mut Engine, ticks: u32) {
    // Nobody else in the process sets it; were it set already, that source would be used.
    SET.call_once(|| _ = set_time_source(&TICKS));
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit: Duration::from_nanos(u64::from(ticks)),
        check_interval: UNITS,
    });
}

/// Whether an error says that the bound was reached.
pub(super) fn is_exceeded(error: &str) -> bool {
    error.contains("execution exceeded time limit")
}

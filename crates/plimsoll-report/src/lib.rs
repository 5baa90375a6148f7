//! Renderers: how a report is told to people and to machines.
//!
//! Every renderer is a pure function from a [`Report`] (or a posture) to text; nothing here prints. Text of scanned
//! files passes through one door (`veil`), which masks secrets and neutralises control characters.
//! Deliberately absent: lenses, discovery, exit codes, and any serialising of internal types: wire formats have
//! structs of their own and carry a version.

mod baseline;
mod entry;
mod fingerprint;
mod human;
mod place;
mod report;
mod tally;
mod veil;

pub use baseline::{Baseline, BaselineError, baseline_json};
pub use fingerprint::fingerprints;
pub use human::{Detail, Style, human};
pub use report::{
    Allowance, AllowedBy, BaselineUse, Configuration, Dataset, Input, InputStatus, Judged, Notice, Report,
    Scenario, ScenarioKind, State, Tool,
};
pub use tally::Tally;

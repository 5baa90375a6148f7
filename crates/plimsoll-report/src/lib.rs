//! Renderers: how a report is told to people and to machines.
//!
//! Every renderer is a pure function from a [`Report`] (or a posture) to text; nothing here prints. Text of scanned
//! files passes through one door (`veil`), which masks secrets and neutralises control characters.
//! Deliberately absent: lenses, discovery, exit codes, and any serialising of internal types: wire formats have
//! structs of their own and carry a version.

mod baseline;
mod benchmark;
mod dossier;
mod dossier_proxy;
mod entry;
mod fingerprint;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod markdown;
mod paths_dot;
mod paths_json;
mod paths_svg;
mod place;
mod posture_json;
mod posture_table;
mod remarks;
mod report;
mod sarif;
mod tally;
mod veil;
mod wire;

pub use baseline::{Baseline, BaselineError, baseline_json};
pub use benchmark::{cis_json, cis_table};
pub use fingerprint::fingerprints;
pub use github::github;
pub use gitlab::gitlab;
pub use human::{Detail, Style, human, paths_human, unread};
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use paths_dot::paths_dot;
pub use paths_json::paths_json;
pub use paths_svg::paths_svg;
pub use posture_json::{PostureView, posture_json};
pub use posture_table::posture_table;
pub use remarks::{Remark, remarks};
pub use report::{
    Accepted, Allowance, AllowedBy, BaselineUse, Configuration, Dataset, Input, InputStatus, Judged,
    JudgedImage, JudgedLockfile, Notice, Report, Scenario, ScenarioKind, Settled, State, Tool,
};
pub use sarif::{sarif, uri};
pub use tally::{Tally, score_judged};
pub use veil::{MASK, Veil, plain};
pub use wire::to_json;

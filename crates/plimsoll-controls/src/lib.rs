//! The catalogue of controls, the judge that runs them over a posture, and the score.
//!
//! A control is one static record and one plain function, two files with one stem in `controls/`.
//! Deliberately absent: file formats, lenses, input and output.

mod application;
mod archive;
mod audited_path;
mod benchmark;
mod build_secret;
mod capability_risk;
mod confinement;
mod control;
mod controls;
mod copied_secret;
mod datastore;
mod debugger;
mod deciding;
mod default_address;
mod dependency_install;
mod development_install;
mod download;
mod engine_listener;
mod engine_logging;
mod engine_part;
mod engine_setting;
mod exec_form;
mod guarded_file;
mod health_question;
mod host_device;
mod host_mount;
mod host_path;
mod image_base;
mod installed_package;
mod judge;
mod language_packages;
mod layers;
mod least_account;
mod limit;
mod listening;
mod locked_package;
mod named_image;
mod namespace;
mod network_split;
mod node_package_manager;
pub mod paths;
mod proxy;
mod recipe_change;
mod recipe_faults;
mod remedy;
mod score;
mod service_account;
mod settings;
mod severity;
mod shell_slips;
mod sightings;
mod spelling;
mod stage_division;
mod stage_steps;
mod swarm_setting;
mod system_packages;
mod verdict;
mod wide_copy;

pub use benchmark::{Answered, ITEMS, Item, One, Said, benchmark, section};
pub use control::{Control, Scope, Standing};
pub use controls::CATALOGUE;
pub use judge::{Judgement, judge, judge_each};
pub use locked_package::{Check as PackageCheck, HitPackage};
pub use named_image::{Check, NamedImage, Purpose, each_image};
pub use remedy::{Applicability, Remedy};
pub use score::{Counted, Grade, Score, score, score_counted};
pub use settings::Settings;
pub use severity::{Foothold, Severity, Weight, weigh};
pub use verdict::{Evidence, Finding, Label, Verdict};

/// The control of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Control> {
    CATALOGUE.binary_search_by(|control| control.id.cmp(id)).ok().map(|at| CATALOGUE[at])
}

/// The controls that a peer's id means, without regard to case and separators: `DL3002`, `CIS-4.1`, `CIS 4.1`, `CL-0002`.
#[must_use]
pub fn find_peer(id: &str) -> Vec<&'static Control> {
    let wanted = fold(id);
    CATALOGUE
        .iter()
        .copied()
        .filter(|control| control.peers.iter().any(|peer| fold(peer) == wanted))
        .collect()
}

fn fold(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').map(|c| c.to_ascii_lowercase()).collect()
}

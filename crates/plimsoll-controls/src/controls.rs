//! The catalogue: generated from the files of this folder, do not edit. `UPDATE=1 cargo test -p plimsoll-controls`.

use crate::Control;

mod development_dependencies_shipped;
mod download_piped_to_shell;
mod lockfile_not_enforced;
mod node_env_not_production;
mod package_manager_as_pid1;
mod privileged_container;
mod remote_add_unverified;
mod runs_as_root;
mod setuid_bit_added;
mod sudo_in_image;

/// Every control, sorted by id.
pub static CATALOGUE: &[&Control] = &[
    &development_dependencies_shipped::CONTROL,
    &download_piped_to_shell::CONTROL,
    &lockfile_not_enforced::CONTROL,
    &node_env_not_production::CONTROL,
    &package_manager_as_pid1::CONTROL,
    &privileged_container::CONTROL,
    &remote_add_unverified::CONTROL,
    &runs_as_root::CONTROL,
    &setuid_bit_added::CONTROL,
    &sudo_in_image::CONTROL,
];

//! The catalogue: generated from the files of this folder, do not edit. `UPDATE=1 cargo test -p plimsoll-controls`.

use crate::Control;

mod privileged_container;
mod runs_as_root;

/// Every control, sorted by id.
pub static CATALOGUE: &[&Control] = &[&privileged_container::CONTROL, &runs_as_root::CONTROL];

//! The command line: discovery, the real world, orchestration, exit codes.
//!
//! A library so that tests can run the whole pipeline in memory. Deliberately absent: parsing documents and judging
//! them, which belong to the lenses and the controls.

pub mod accept;
pub mod allow;
pub mod archives;
pub mod args;
mod attack;
pub mod bills;
pub mod book;
pub mod catalogue;
pub mod classify;
pub mod config;
pub mod cover;
pub mod database;
pub mod date;
mod dependencies;
pub mod discover;
pub mod disk;
pub mod fix;
pub mod host;
pub mod images;
pub mod import;
pub mod init;
pub mod inputs;
pub mod layer_secrets;
mod layer_steps;
pub mod lsp;
pub mod nearest;
pub mod paths;
pub mod peers;
pub mod progress;
pub mod read_lockfiles;
pub mod rules;
pub mod run;
mod running;
pub mod scan;
pub mod scenario;
pub mod search;
pub mod shellcheck;
pub mod told;
pub mod verify;
pub mod walk;

//! `plimsoll init`: a hardened Dockerfile, a compose file, a .dockerignore and a CI job for a Node project.
//!
//! The project is read (`project`, with the lenses for what its source says), decisions are made where they are read, and
//! one module writes each file. Nothing is invented: a health endpoint, a port, a service that the project does not show
//! is not written, and the user is told what to add and where. Deliberately absent: installing, building, other languages.

mod ci;
pub(crate) mod command;
mod compose;
mod dockerfile;
mod files;
mod ignore;
mod install;
mod lifecycle;
mod making;
mod native;
mod package_manager;
mod project;
mod release;
mod remarks;
mod start;
mod steps;
mod tree;
mod typescript;
mod workspace;

pub use self::files::{File, Plan, plan};

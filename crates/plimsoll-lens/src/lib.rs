//! Readers: one lens per kind of document, from text to claims.
//!
//! A lens never judges and never fails: partial input gives partial claims and complaints with a place.
//! Deliberately absent: severities, controls, rendering, and any way outward but [`World`].

pub mod app;
pub mod compose;
pub mod context;
pub mod dockerfile;
pub mod entrypoint;
pub mod git;
pub mod host;
mod host_path;
pub mod image_config;
pub mod images;
pub mod inspect;
mod json;
pub mod linter;
pub mod pragma;
pub mod proxy;
pub mod shell;
mod world;

pub use world::{EntryKind, Handle, Memory, World};

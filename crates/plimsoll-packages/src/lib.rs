//! What images and projects are made of: archives and layers, the packages in them, and what is known against those.
//!
//! Deliberately absent: severities, controls, rendering, and any way outward: whoever calls opens the files.

pub mod advisory;
mod audit;
mod json;
pub mod lockfile;
pub mod manifest;
pub mod npmrc;
pub mod order;
pub mod runtime;
pub mod semver;
mod yaml;

pub use audit::audit;

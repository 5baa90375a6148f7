//! What images and projects are made of: archives and layers, the packages in them, and what is known against those.
//!
//! Deliberately absent: severities, controls, rendering, and any way outward: whoever calls opens the files.

pub mod advisory;
pub mod archive;
mod audit;
pub mod database;
pub mod engine;
pub mod feed;
pub mod go;
mod hexadecimal;
pub mod image;
pub mod installed;
pub mod inventory;
mod json;
pub mod layer;
pub mod lockfile;
pub mod lookalike;
pub mod manifest;
mod mask;
pub mod order;
pub mod runtime;
pub mod sbom;
pub mod semver;
pub mod service;
pub mod settings;
pub mod stack;
pub mod tar;
pub mod vex;
mod yaml;

pub use audit::audit;
pub use hexadecimal::hexadecimal;
pub use mask::credentials;

//! Rules of a project's own: policies as data (`[[policy]]`) and rules in Rego over the posture.
//!
//! Both answer like controls do: judgements with a subject, findings with a place. Deliberately absent: reading the
//! configuration, files of the disk, rendering; and any rule that everybody should keep, which is a control.

mod control;
mod image;
mod judge;
mod label;
mod package;
mod pattern;
mod policy;
mod port;
mod rego;
mod service;

pub use judge::{Ruling, judge};
pub use label::Format;
pub use package::PackagePattern;
pub use pattern::Pattern;
pub use policy::{Policy, Rule, Selector, Side, StageChoice, Statement};
pub use port::PortPattern;
pub use rego::{Fault, Module, Rego, Told};

/// What every id of a policy begins with in reports: `policy/ID`.
pub const POLICY: &str = "policy/";

/// What every id of a Rego rule begins with in reports: `rego/PACKAGE/RULE`.
pub const REGO: &str = "rego/";

//! A small client of the Docker Engine API: blocking, over a unix socket or a port behind TLS, with its own HTTP/1.1.
//!
//! There are two of them. [`Lookout`] only asks (`GET`): who scans holds one and cannot change anything; its [`Survey`] is all
//! that a scan wants, as raw JSON. [`Workshop`] builds, starts and removes. Every call has a deadline and every answer a largest
//! size; fields that an older or another engine does not send are missing and no fault: Podman's service is one of them.
//! Deliberately absent: SSH, pipes of Windows, `pull`, and whatever nobody here uses.

mod address;
mod contexts;
mod error;
pub mod http;
mod line;
mod lookout;
mod order;
mod places;
mod reply;
mod round;
mod stream;
mod survey;
mod tls;
mod wire;
mod workshop;

pub use address::Address;
pub use error::EngineError;
pub use line::{ApiVersion, NEWEST, OLDEST, Patience};
pub use lookout::Lookout;
pub use order::{BuildOrder, Labels};
pub use reply::{
    Component, ContainerState, ContainerSummary, FileChange, Health, ImageConfig, ImageDetail, ImageSummary,
    NetworkSummary, Stats, VersionReply, VolumeSummary,
};
pub use stream::Output;
pub use survey::{Document, Gap, Part, Survey};
pub use wire::Stop;
pub use workshop::{Executed, Workshop};

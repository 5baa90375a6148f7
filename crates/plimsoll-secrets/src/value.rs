//! Whether the value of a name that says secret is one.

use crate::{Certainty, Detection, name};

/// Judges a value by its name.
pub(crate) fn judge(name: &str, value: &str) -> Option<Detection> {
    if value.is_empty() || !name::is_secret_name(name) || value.contains('$') || value.starts_with('/') {
        return None;
    }
    Some(Detection { kind: "named", range: 0..value.len(), certainty: Certainty::Likely })
}

//! A complaint that a control tells in the same words at the same place is told by the control alone.
//!
//! Deliberately absent: which complaint belongs to which control; the words and the place say it.

use std::collections::HashSet;

use plimsoll_posture::Complaint;
use plimsoll_report::Judged;
use plimsoll_text::Span;

/// The complaints that no finding tells. An accepted finding tells too: whoever accepted it has read it.
#[must_use]
pub fn untold(complaints: &[Complaint], judged: &[Judged]) -> Vec<Complaint> {
    if complaints.is_empty() {
        return Vec::new();
    }
    let told: HashSet<(Span, &str)> = judged
        .iter()
        .flat_map(Judged::findings)
        .map(|(finding, _)| (finding.primary.at.span, finding.message.as_str()))
        .collect();
    complaints
        .iter()
        .filter(|complaint| !told.contains(&(complaint.at, complaint.message.as_str())))
        .cloned()
        .collect()
}

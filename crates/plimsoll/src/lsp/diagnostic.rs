//! A remark as a diagnostic of the protocol.
//!
//! Deliberately absent: which remarks there are, and words of its own.

use std::ops::Range;

use plimsoll_controls::{Control, Severity, find};
use plimsoll_report::Remark;
use serde_json::{Value, json};

use super::position::Lines;

/// The tag of what does nothing: editors draw it pale.
const UNNECESSARY: u8 = 1;
/// The tag of what is obsolete: editors strike it out.
const DEPRECATED: u8 = 2;

/// What is said of things that do nothing where they stand.
const USELESS: &[&str] = &["unused-allowance", "compose-version-field"];
/// What is said of things that were replaced by others.
const OBSOLETE: &[&str] = &["links-legacy"];

/// A document as the protocol sees it.
pub(super) struct Seen<'a> {
    pub(super) uri: String,
    pub(super) lines: Lines<'a>,
}

/// The diagnostic. `seen` tells a document by its name.
pub(super) fn of<'a>(remark: &Remark<'_>, seen: &dyn Fn(&str) -> Option<&'a Seen<'a>>) -> Option<Value> {
    let document = seen(&remark.source.name)?;
    let mut diagnostic = json!({
        "range": document.lines.span(&remark.range),
        "severity": severity(remark.severity),
        "code": remark.code,
        "source": "plimsoll",
        "message": remark.message,
    });
    let fields = diagnostic.as_object_mut()?;
    // A project's own rule has no page.
    if let Some(control) = remark.control.and_then(|control| find(control.id)) {
        fields.insert("codeDescription".to_owned(), json!({ "href": page(control) }));
    }
    if !remark.related.is_empty() {
        let related: Vec<Value> = remark
            .related
            .iter()
            .filter_map(|(source, range, words)| {
                let near = seen(&source.name)?;
                let location = json!({ "uri": near.uri, "range": near.lines.span(range) });
                Some(json!({ "location": location, "message": words }))
            })
            .collect();
        fields.insert("relatedInformation".to_owned(), json!(related));
    }
    let tag = match remark.code {
        code if USELESS.contains(&code) => Some(UNNECESSARY),
        code if OBSOLETE.contains(&code) => Some(DEPRECATED),
        _ => None,
    };
    if let Some(tag) = tag {
        fields.insert("tags".to_owned(), json!([tag]));
    }
    if let Some(fingerprint) = &remark.fingerprint {
        let remedy = remark.remedy.map(|remedy| remedy.applicability.name());
        let data = json!({ "fingerprint": fingerprint, "inner": remark.inner, "remedy": remedy });
        fields.insert("data".to_owned(), data);
    }
    Some(diagnostic)
}

/// The diagnostic of a configuration that is no TOML.
pub(super) fn unreadable(lines: &Lines<'_>, range: Range<usize>, reason: &str) -> Value {
    json!({
        "range": lines.span(&range),
        "severity": severity(Severity::High),
        "code": "invalid-toml",
        "source": "plimsoll",
        "message": format!("this is not valid TOML: {reason}.\nNothing is judged anew until it is."),
    })
}

/// Where the page of a control can be read.
pub(super) fn page(control: &Control) -> String {
    let stem = control.id.replace('-', "_");
    let repository = env!("CARGO_PKG_REPOSITORY");
    format!("{repository}/blob/main/crates/plimsoll-controls/src/controls/{stem}.md")
}

/// Error, warning, information and hint of the protocol.
fn severity(severity: Severity) -> u8 {
    match severity {
        Severity::Critical | Severity::High => 1,
        Severity::Medium => 2,
        Severity::Low => 3,
        Severity::Info => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_name_controls_that_there_are() {
        for id in USELESS.iter().skip(1).chain(OBSOLETE) {
            assert!(plimsoll_controls::find(id).is_some(), "{id}");
        }
    }
}

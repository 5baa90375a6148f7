//! What makes a finding the same finding tomorrow.
//!
//! A fingerprint is the 128-bit FNV-1a hash, in hexadecimal, over these parts, each followed by a zero byte: the
//! control's id, the subject (`service api`), the path of the document, the first line of the place, and the number of
//! earlier findings with the same four parts. The line is taken with secrets masked, without a comment at its end, and
//! with white space as single spaces. So it survives moved and reformatted lines, and tells nothing about a secret.
//! A finding without a place, or on an empty line, takes the symbolic path of its claim instead of the line.
//!
//! FNV (Fowler, Noll, Vo; IETF draft-eastlake-fnv) is no cryptographic hash and need not be: whoever can choose the
//! text of a file can write an allowance into it.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use plimsoll_controls::Finding;

use crate::place::Place;
use crate::veil::Veil;
use crate::{Judged, Scenario};

/// The fingerprints of a scenario's findings: for each verdict, in order, one per finding. They are unique within the
/// scenario; scenarios that share a document may share findings.
#[must_use]
pub fn fingerprints(scenario: &Scenario) -> Vec<Vec<String>> {
    let veil = Veil::of(scenario);
    let mut seen: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    scenario
        .judged
        .iter()
        .map(|judged| {
            judged
                .findings()
                .map(|(finding, _)| {
                    let parts = parts(scenario, &veil, judged, finding);
                    let ordinal = seen.entry(parts.clone()).or_default();
                    let mut whole = parts;
                    whole.extend(ordinal.to_string().bytes());
                    whole.push(0);
                    *ordinal += 1;
                    format!("{:032x}", fnv1a(&whole))
                })
                .collect()
        })
        .collect()
}

/// The fingerprints of a scenario, made when the first of them is asked for: most output does not show them.
#[derive(Debug)]
pub(crate) struct Fingerprints<'a> {
    scenario: &'a Scenario,
    made: OnceCell<Vec<Vec<String>>>,
}

impl<'a> Fingerprints<'a> {
    pub(crate) fn of(scenario: &'a Scenario) -> Self {
        Self { scenario, made: OnceCell::new() }
    }

    /// That of the finding with this number of the verdict with that one.
    pub(crate) fn at(&self, verdict: usize, finding: usize) -> &str {
        let made = self.made.get_or_init(|| fingerprints(self.scenario));
        made.get(verdict).and_then(|all| all.get(finding)).map_or("", String::as_str)
    }
}

fn parts(scenario: &Scenario, veil: &Veil, judged: &Judged, finding: &Finding) -> Vec<u8> {
    let judgement = &judged.judgement;
    let subject = judgement.subject.as_ref().map(plimsoll_posture::Subject::key).unwrap_or_default();
    let place = Place::of_finding(&scenario.sources, judged, finding);
    let line = place.map(|place| first_line(veil, &place)).filter(|line| !line.is_empty());
    let line = line.unwrap_or_else(|| finding.primary.at.route.to_string());
    let file = place.map_or("", |place| place.file());
    let mut parts = Vec::new();
    for part in [judgement.control.id, &subject, file, &line] {
        parts.extend(part.bytes());
        parts.push(0);
    }
    parts
}

fn first_line(veil: &Veil, place: &Place<'_>) -> String {
    let source = place.source;
    let Some(range) = source.lines().range(&source.text, place.start.line) else { return String::new() };
    let text = veil.text(source, range);
    let code = text.find(" #").map_or(&*text, |comment| text.get(..comment).unwrap_or(""));
    code.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fnv1a(bytes: &[u8]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(OFFSET, |hash, &byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv1a_128() {
        // Published test values of the FNV authors: the empty string is the offset basis; "a" and "foobar".
        assert_eq!(fnv1a(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(fnv1a(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
        assert_eq!(fnv1a(b"foobar"), 0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18);
    }
}

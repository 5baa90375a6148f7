//! Whatever a file holds and wherever a span points: rendering never panics, and nothing reaches the terminal that it
//! would obey.

use plimsoll_controls::{Finding, Verdict};
use plimsoll_posture::{Plane, Provenance};
use plimsoll_report::{Detail, Style, github, gitlab, human, json, junit, markdown, sarif};
use plimsoll_text::{SourceKind, Sources, Span};
use proptest::prelude::*;

use crate::sample;

/// Text of the kinds that break renderers: tabs, line ends, wide and combining characters, controls, overrides.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            4 => "[a-z :\"#-]{1,8}",
            1 => Just("\t".to_owned()),
            2 => Just("\n".to_owned()),
            1 => Just("\r\n".to_owned()),
            1 => Just("漢字".to_owned()),
            1 => Just("e\u{301}".to_owned()),
            1 => Just("👩\u{200d}💻".to_owned()),
            1 => Just("\u{202e}\u{2066}".to_owned()),
            1 => Just("\x1b[31m\x07\u{9b}".to_owned()),
            1 => "\\PC{0,4}",
            1 => "[x]{80,200}",
        ],
        0..24,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_span_in_any_text(
        text in text(),
        words in text(),
        spans in prop::collection::vec((0..400_usize, 0..400_usize), 1..5),
        secrets in prop::collection::vec((0..400_usize, 0..40_usize), 0..3),
        width in 0..140_usize,
    ) {
        let mut sources = Sources::new();
        let id = sources.add_text("compose.yaml", SourceKind::Compose, &text);
        let at = |&(start, end): &(usize, usize)| Provenance::new("l", Span::new(id, start, end), words.as_str());
        let mut finding = Finding::place(at(&spans[0]), Plane::Assumed, &*words, &*words, &*words);
        for span in &spans[1..] {
            finding = finding.near(at(span), &*words);
        }
        let gap = finding.clone();
        let judged = vec![
            sample::judged(&sample::ROOT, None, Verdict::fail(finding)),
            sample::judged(&sample::CAPS, None, Verdict::Fail(vec![gap.clone(), gap])),
        ];
        let mut scenario = sample::scenario("compose.yaml", sources, judged);
        scenario.sensitive = secrets.iter().map(|&(start, length)| Span::new(id, start, start + length)).collect();
        let report = sample::report(vec![scenario]);
        for detail in [Detail::Quiet, Detail::Normal, Detail::Verbose] {
            let plain = human(&report, &Style { colour: false, width, detail });
            for c in plain.chars() {
                prop_assert!(!c.is_control() || c == '\n', "{:?} in {:?}", c, plain);
                let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
                prop_assert!(!turns, "{:?} in {:?}", c, plain);
            }
            // Colour adds codes and nothing else, but for blanks at line ends.
            let coloured = human(&report, &Style { colour: true, width, detail });
            let bare = without_colour(&coloured);
            prop_assert_eq!(trimmed(&bare), trimmed(&plain));
        }
        for text in [json(&report), sarif(&report), gitlab(&report), junit(&report), github(&report), markdown(&report)] {
            prop_assert!(text.chars().all(|c| !c.is_control() || c == '\n'), "{:?}", text);
        }
        let parsed: Result<serde_json::Value, _> = serde_json::from_str(&sarif(&report));
        prop_assert!(parsed.is_ok());
    }
}

fn without_colour(text: &str) -> String {
    let codes = ["0", "1", "2", "1;31", "1;32", "1;33", "1;34", "1;36"];
    codes.iter().fold(text.to_owned(), |text, code| text.replace(&format!("\x1b[{code}m"), ""))
}

fn trimmed(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).collect()
}

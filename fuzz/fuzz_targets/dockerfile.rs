//! Any bytes as a Dockerfile: nothing panics, nothing is lost, every place fits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_lens::dockerfile::{Options, read};
use plimsoll_posture::StepKind;
use plimsoll_text::{SourceKind, Sources, Span};

fuzz_target!(|data: &[u8]| {
    let mut sources = Sources::new();
    let id = sources.add("Dockerfile", SourceKind::Dockerfile, data);
    let reading = read(&sources, id, &Options::default());
    let text = &*sources.get(id).text;
    let mut at = 0;
    for node in &reading.document.nodes {
        assert_eq!(node.range.start, at, "a gap or an overlap");
        at = node.range.end;
    }
    assert_eq!(at, text.len(), "the end is missing");
    let fits = |span: Span| assert!(text.get(span.range()).is_some(), "a span that does not fit");
    reading.complaints.iter().for_each(|complaint| fits(complaint.at));
    reading.comments.iter().for_each(|comment| fits(comment.at));
    reading.recipe.sightings.iter().for_each(|sighting| fits(sighting.at.at.span));
    for step in reading.recipe.stages.iter().flat_map(|stage| &stage.steps) {
        fits(step.at);
        if let StepKind::Run(run) = &step.kind {
            for command in &run.commands {
                fits(command.at);
                command.words.iter().for_each(|word| fits(word.at));
                command.redirects.iter().for_each(|redirect| fits(redirect.target.at));
            }
        }
    }
});

//! Laws that hold for every text: nothing is lost, every span fits, nothing panics.

use plimsoll_lens::dockerfile::{Arguments, Document, Instruction, NodeKind, Options, parse, read};
use plimsoll_posture::StepKind;
use plimsoll_text::{SourceKind, Sources, Span};
use proptest::prelude::*;

/// Nodes partition the text, and everything inside an instruction lies inside its node.
fn check_document(document: &Document, text: &str) {
    let mut rebuilt = String::new();
    let mut at = 0;
    for node in &document.nodes {
        assert_eq!(node.range.start, at, "a gap or an overlap in {text:?}");
        rebuilt.push_str(&text[node.range.clone()]);
        at = node.range.end;
        match &node.kind {
            NodeKind::Instruction(instruction) => check_instruction(instruction, &node.range, text),
            NodeKind::Comment(range) => assert!(text[range.clone()].starts_with('#')),
            NodeKind::Directive(directive) => assert!(!text[directive.value.clone()].is_empty()),
            NodeKind::Blank => assert!(text[node.range.clone()].trim().is_empty()),
            NodeKind::Bom => assert_eq!(&text[node.range.clone()], "\u{feff}"),
        }
    }
    assert_eq!(rebuilt, text);
    for fault in document.faults() {
        assert!(text.get(fault.range.clone()).is_some(), "{} in {text:?}", fault.code);
    }
}

fn check_instruction(instruction: &Instruction, node: &std::ops::Range<usize>, text: &str) {
    let inside = |range: &std::ops::Range<usize>| {
        assert!(range.start <= range.end, "{range:?} in {text:?}");
        assert!(node.start <= range.start && range.end <= node.end, "{range:?} outside {node:?} in {text:?}");
        assert!(text.get(range.clone()).is_some(), "{range:?} cuts a character of {text:?}");
    };
    inside(&instruction.range);
    inside(&instruction.keyword_range);
    for flag in &instruction.flags {
        inside(&flag.range);
        flag.value.iter().for_each(|value| inside(&value.range));
    }
    for heredoc in &instruction.heredocs {
        inside(&heredoc.body);
        heredoc.terminator.iter().for_each(inside);
    }
    instruction.comments.iter().for_each(inside);
    let words = |words: &[plimsoll_lens::dockerfile::Word]| {
        for word in words {
            inside(&word.range);
        }
    };
    match &instruction.arguments {
        Arguments::Words(list) | Arguments::Exec(list) => words(list),
        Arguments::Text(word) => inside(&word.range),
        Arguments::Pairs(pairs) => {
            for pair in pairs {
                inside(&pair.key.range);
                inside(&pair.value.range);
            }
        }
        Arguments::Definitions(definitions) => {
            for definition in definitions {
                inside(&definition.range);
            }
        }
        Arguments::Health { kind, .. } => inside(&kind.range),
        Arguments::Trigger(trigger) => check_instruction(trigger, node, text),
        Arguments::None => {}
    }
}

fn check_reading(text: &str) {
    check_document(&parse(text), text);
    let mut sources = Sources::new();
    let id = sources.add_text("Dockerfile", SourceKind::Dockerfile, text);
    let reading = read(&sources, id, &Options::default());
    let fits = |span: Span| {
        assert!(span.source == id && text.get(span.range()).is_some(), "{span:?} does not fit {text:?}");
    };
    for complaint in &reading.complaints {
        fits(complaint.at);
    }
    for comment in &reading.comments {
        fits(comment.at);
    }
    for sighting in &reading.recipe.sightings {
        fits(sighting.at.at.span);
    }
    for stage in &reading.recipe.stages {
        fits(stage.base_at);
        for step in &stage.steps {
            fits(step.at);
            fits(step.keyword_at);
            if let StepKind::Run(run) = &step.kind {
                for command in &run.commands {
                    fits(command.at);
                    command.words.iter().for_each(|word| fits(word.at));
                    assert!(command.parent.is_none_or(|parent| parent < run.commands.len()));
                }
            }
        }
        for claim in stage.image.config.user.claims() {
            fits(claim.at.span);
        }
    }
}

/// Lines that are nearly a Dockerfile.
fn line() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("$A".to_owned()),
        Just("${B:-c}".to_owned()),
        Just("${A".to_owned()),
        Just("\"a b\"".to_owned()),
        Just("'x".to_owned()),
        Just("\"".to_owned()),
        Just("--from=base".to_owned()),
        Just("--mount=type=secret,id=a".to_owned()),
        Just("<<EOF".to_owned()),
        Just("<<-'E F'".to_owned()),
        Just("[\"a\", \"b\\n\"]".to_owned()),
        Just("A=b".to_owned()),
        Just("PASSWORD=hunter2hunter2".to_owned()),
        Just("http://u:pässwörd@h/".to_owned()),
        Just("&&".to_owned()),
        Just("|".to_owned()),
        Just("$(id)".to_owned()),
        Just("as".to_owned()),
        Just("ä€😀".to_owned()),
        Just("\\".to_owned()),
        Just("`".to_owned()),
        "[ -~]{0,8}",
    ];
    let start = prop_oneof![
        Just("FROM alpine"),
        Just("FROM"),
        Just("RUN"),
        Just("COPY"),
        Just("ADD"),
        Just("ENV"),
        Just("ARG"),
        Just("LABEL"),
        Just("USER"),
        Just("WORKDIR"),
        Just("EXPOSE"),
        Just("VOLUME"),
        Just("CMD"),
        Just("ENTRYPOINT"),
        Just("HEALTHCHECK CMD"),
        Just("SHELL"),
        Just("ONBUILD"),
        Just("ONBUILD RUN"),
        Just("STOPSIGNAL"),
        Just("#"),
        Just("# escape=`"),
        Just("EOF"),
        Just("\tE F"),
        Just("  "),
        Just(""),
    ];
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just(" \\\n"), Just("`\n"), Just("")];
    (start, proptest::collection::vec(word, 0..5), end)
        .prop_map(|(start, words, end)| format!("{start} {}{end}", words.join(" ")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_is_read_without_loss(text in "(?s).{0,200}") {
        check_reading(&text);
    }

    #[test]
    fn near_dockerfiles_are_read_without_loss(lines in proptest::collection::vec(line(), 0..12)) {
        check_reading(&lines.concat());
    }
}

/// What fuzzing found.
#[test]
fn texts_that_went_wrong_once() {
    for text in [
        // A quote that is never closed, in a heredoc that is never closed, at the end of the file.
        "FROM a\nRUN x <<EOF y\n\"b",
        "FROM a\nRUN x <<EOF y\n\"b\nEOF",
        "FROM a\nRUN x \"a <<\u{e4}",
        "FROM a\nRUN x <<\u{e4}\u{3000}",
        "FROM a\nRUN \"x <<A <<B",
        // An instruction of which only the continuation is there.
        "FROM a\n    \\\n",
        "\\\n\\\n",
    ] {
        check_reading(text);
    }
}

#[test]
fn the_corpus_is_read_without_loss() {
    let Some(files) = corpus::files() else {
        eprintln!("not run: no corpus (set PLIMSOLL_CORPUS)");
        return;
    };
    for (_, text) in &files {
        check_reading(text);
    }
    eprintln!("{} files read without loss", files.len());
}

#[path = "dockerfile_corpus/mod.rs"]
mod corpus;

//! A second opinion: `parse-dockerfile` reads the corpus, and where it accepts a file, the keywords, their places and
//! the text of the arguments must be the same.
//!
//! What it refuses although BuildKit accepts it (`ENTRYPOINT []`, two stages of one name) is not compared here but in
//! `bench/accuracy/dockerfile_syntax.py`, against BuildKit's own parser.

use std::ops::Range;

use parse_dockerfile::{
    Command, HealthcheckArguments, Instruction as Theirs, JsonOrStringArray, Source, UnescapedString,
};
use plimsoll_lens::dockerfile::{Arguments, Instruction, Keyword, parse};

#[path = "dockerfile_corpus/mod.rs"]
mod corpus;

/// Keyword, place of the keyword, arguments without white space, comments and escape characters.
type Summary = (String, usize, String);

#[test]
fn same_instructions_as_parse_dockerfile() {
    let Some(files) = corpus::files() else {
        eprintln!("not run: no corpus (set PLIMSOLL_CORPUS)");
        return;
    };
    let (mut same, mut refused, mut instructions) = (0, 0, 0);
    let mut different = Vec::new();
    for (path, text) in &files {
        let Ok(theirs) = parse_dockerfile::parse(text) else {
            refused += 1;
            continue;
        };
        let document = parse(text);
        let ours: Vec<Summary> = document.instructions().map(|own| summary(own, text)).collect();
        let other: Vec<Summary> =
            theirs.instructions.iter().map(|other| their_summary(other, text)).collect();
        if ours == other {
            same += 1;
            instructions += ours.len();
        } else {
            let pair = ours.iter().zip(&other).find(|(own, other)| own != other);
            different.push(format!("{}: {pair:?} ({} and {})", path.display(), ours.len(), other.len()));
        }
    }
    eprintln!(
        "{} files: {same} the same ({instructions} instructions), {} different, {refused} refused by the other",
        files.len(),
        different.len()
    );
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// Text without comment lines, white space, double quotes and escape characters: what both keep in one way or another.
fn squeeze(text: &str) -> String {
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(str::chars)
        .filter(|ch| !ch.is_whitespace() && !matches!(ch, '\\' | '`' | '"'))
        .collect()
}

fn summary(instruction: &Instruction, text: &str) -> Summary {
    let ranges: Vec<Range<usize>> = match &instruction.arguments {
        Arguments::Trigger(trigger) => {
            let (keyword, _, rest) = summary(trigger, text);
            return (format!("ONBUILD {keyword}"), instruction.keyword_range.start, rest);
        }
        Arguments::Health { command, .. } => match &**command {
            Arguments::Exec(words) => words.iter().map(|word| word.range.clone()).collect(),
            Arguments::Text(word) => vec![word.range.clone()],
            _ => Vec::new(),
        },
        Arguments::Exec(words) | Arguments::Words(words) => {
            words.iter().map(|word| word.range.clone()).collect()
        }
        _ => vec![instruction.map.range(instruction.body.clone())],
    };
    if instruction.keyword == Keyword::Cmd && !instruction.flags.is_empty() {
        // BuildKit takes flags off every instruction; the other keeps those of CMD as arguments.
        let start = instruction.flags.first().map_or(0, |flag| flag.range.start);
        let rest = squeeze(text.get(start..instruction.range.end).unwrap_or(""));
        return ("CMD".to_owned(), instruction.keyword_range.start, rest);
    }
    if instruction.keyword == Keyword::Run && !instruction.heredocs.is_empty() {
        // The other takes the announcements out of the command.
        let line = instruction.line.get(instruction.body.clone()).unwrap_or("");
        let words = line.split_whitespace().filter(|word| !word.starts_with("<<"));
        let mut rest = squeeze(&words.collect::<Vec<_>>().join(" "));
        for heredoc in &instruction.heredocs {
            rest.push_str(&squeeze(text.get(heredoc.body.clone()).unwrap_or("")));
        }
        return ("RUN".to_owned(), instruction.keyword_range.start, rest);
    }
    (instruction.keyword.name().to_owned(), instruction.keyword_range.start, joined(&ranges, text))
}

fn joined(ranges: &[Range<usize>], text: &str) -> String {
    ranges.iter().map(|range| squeeze(text.get(range.clone()).unwrap_or(""))).collect()
}

fn command(command: &Command<'_>) -> Vec<Range<usize>> {
    match command {
        Command::Exec(words) => words.value.iter().map(|word| word.span.clone()).collect(),
        Command::Shell(text) => vec![text.span.clone()],
        _ => Vec::new(),
    }
}

fn words(words: &[UnescapedString<'_>]) -> Vec<Range<usize>> {
    words.iter().map(|word| word.span.clone()).collect()
}

fn copy(sources: &[Source<'_>], destination: &UnescapedString<'_>) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = sources
        .iter()
        .filter_map(|source| match source {
            Source::Path(path) => Some(path.span.clone()),
            _ => None,
        })
        .collect();
    ranges.push(destination.span.clone());
    ranges
}

fn their_summary(instruction: &Theirs<'_>, text: &str) -> Summary {
    let (name, at, ranges) = match instruction {
        Theirs::Add(own) => ("ADD", &own.add, copy(&own.src, &own.dest)),
        Theirs::Arg(own) => ("ARG", &own.arg, vec![own.arguments.span.clone()]),
        Theirs::Cmd(own) => ("CMD", &own.cmd, command(&own.arguments)),
        Theirs::Copy(own) => ("COPY", &own.copy, copy(&own.src, &own.dest)),
        Theirs::Entrypoint(own) => ("ENTRYPOINT", &own.entrypoint, command(&own.arguments)),
        Theirs::Env(own) => ("ENV", &own.env, vec![own.arguments.span.clone()]),
        Theirs::Expose(own) => ("EXPOSE", &own.expose, words(&own.arguments)),
        Theirs::From(own) => {
            let mut ranges = vec![own.image.span.clone()];
            if let Some((keyword, name)) = &own.as_ {
                ranges.extend([keyword.span.clone(), name.span.clone()]);
            }
            ("FROM", &own.from, ranges)
        }
        Theirs::Healthcheck(own) => {
            let ranges = match &own.arguments {
                HealthcheckArguments::Cmd { arguments, .. } => command(arguments),
                _ => Vec::new(),
            };
            ("HEALTHCHECK", &own.healthcheck, ranges)
        }
        Theirs::Label(own) => ("LABEL", &own.label, vec![own.arguments.span.clone()]),
        Theirs::Maintainer(own) => ("MAINTAINER", &own.maintainer, vec![own.name.span.clone()]),
        Theirs::Onbuild(own) => {
            let (keyword, _, rest) = their_summary(&own.instruction, text);
            return (format!("ONBUILD {keyword}"), own.onbuild.span.start, rest);
        }
        Theirs::Run(own) => {
            let mut ranges = command(&own.arguments);
            ranges.extend(own.here_docs.iter().map(|heredoc| heredoc.span.clone()));
            ("RUN", &own.run, ranges)
        }
        Theirs::Shell(own) => ("SHELL", &own.shell, words(&own.arguments)),
        Theirs::Stopsignal(own) => ("STOPSIGNAL", &own.stopsignal, vec![own.arguments.span.clone()]),
        Theirs::User(own) => ("USER", &own.user, vec![own.arguments.span.clone()]),
        Theirs::Volume(own) => {
            let ranges = match &own.arguments {
                JsonOrStringArray::Json(list) => words(&list.value),
                JsonOrStringArray::String(list) => words(list),
            };
            ("VOLUME", &own.volume, ranges)
        }
        Theirs::Workdir(own) => ("WORKDIR", &own.workdir, vec![own.arguments.span.clone()]),
        _ => return ("?".to_owned(), 0, String::new()),
    };
    (name.to_owned(), at.span.start, joined(&ranges, text))
}

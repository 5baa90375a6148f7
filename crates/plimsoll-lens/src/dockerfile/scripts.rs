//! The scripts of a Dockerfile as a shell gets them, for whoever wants to ask another program about them.
//!
//! Deliberately absent: running anything, and the exec form, which no shell reads.

use std::collections::BTreeSet;
use std::sync::Arc;

use plimsoll_text::{Source, Span};

use super::run;
use super::syntax::{Arguments, Document, Instruction, Keyword};
use crate::shell::OffsetMap;

/// One `RUN` in shell form.
#[derive(Debug, Clone)]
pub struct RunScript {
    /// What the shell is given.
    pub text: String,
    /// The way back to the Dockerfile.
    pub map: OffsetMap,
    /// The instruction.
    pub at: Span,
    /// Index of the stage.
    pub stage: usize,
    /// The program that reads it: `/bin/sh`, `bash`.
    pub program: Arc<str>,
    /// The words between the program and its `-c`.
    pub options: Arc<[Arc<str>]>,
    /// Variables that `ARG` and `ENV` have set, sorted.
    pub variables: Arc<BTreeSet<String>>,
}

/// What a stage has set so far.
#[derive(Debug, Clone)]
struct State {
    name: Option<String>,
    shell: Arc<[Arc<str>]>,
    /// What a stage that starts from this one inherits.
    env: Arc<BTreeSet<String>>,
    variables: Arc<BTreeSet<String>>,
}

/// The scripts of a document in their order.
#[must_use]
pub fn scripts(source: &Source, document: &Document) -> Vec<RunScript> {
    let mut found = Vec::new();
    let mut stages: Vec<State> = Vec::new();
    for instruction in document.instructions() {
        let (inner, outer) = match &instruction.arguments {
            Arguments::Trigger(trigger) => (&**trigger, instruction),
            _ => (instruction, instruction),
        };
        if inner.keyword == Keyword::From {
            let state = start(&stages, inner);
            stages.push(state);
            continue;
        }
        let stage = stages.len().wrapping_sub(1);
        let Some(state) = stages.last_mut() else { continue };
        match (inner.keyword, &inner.arguments) {
            (Keyword::Env, Arguments::Pairs(pairs)) => {
                for pair in pairs {
                    add(&mut state.env, &pair.key.text);
                    add(&mut state.variables, &pair.key.text);
                }
            }
            (Keyword::Arg, Arguments::Definitions(definitions)) => {
                for definition in definitions {
                    add(&mut state.variables, &definition.name.text);
                }
            }
            (Keyword::Shell, Arguments::Exec(words)) if !words.is_empty() => {
                state.shell = words.iter().map(|word| word.text.as_str().into()).collect();
            }
            (Keyword::Run, arguments) if !matches!(arguments, Arguments::Exec(_)) => {
                let script = run::script(&source.text, inner, &outer.heredocs);
                let program = match &script.interpreter {
                    Some(program) => program.as_str().into(),
                    None => state.shell.first().cloned().unwrap_or_else(|| SHELL.into()),
                };
                let options = match &script.interpreter {
                    Some(_) => Arc::default(),
                    None => state.shell.iter().skip(1).filter(|word| &***word != "-c").cloned().collect(),
                };
                found.push(RunScript {
                    text: script.text,
                    map: script.map,
                    at: Span::new(source.id, instruction.range.start, instruction.range.end),
                    stage,
                    program,
                    options,
                    variables: state.variables.clone(),
                });
            }
            _ => {}
        }
    }
    found
}

/// The shell of an image that names none.
const SHELL: &str = "/bin/sh";

fn start(stages: &[State], from: &Instruction) -> State {
    let words = match &from.arguments {
        Arguments::Words(words) => words.as_slice(),
        _ => &[],
    };
    let name = words.get(2).map(|word| word.text.clone());
    let base = words.first().map_or("", |word| word.text.as_str());
    let parent = stages
        .iter()
        .rev()
        .find(|stage| stage.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(base)));
    match parent {
        Some(parent) => State { name, variables: parent.env.clone(), ..parent.clone() },
        None => {
            State { name, shell: Arc::from([SHELL.into()]), env: Arc::default(), variables: Arc::default() }
        }
    }
}

/// Takes a name that a shell can export.
fn add(names: &mut Arc<BTreeSet<String>>, name: &str) {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.bytes().all(letter) {
        Arc::make_mut(names).insert(name.to_owned());
    }
}

//! The application behind a service: its manifest, and the commands that start it, through the scripts of the manifest.
//!
//! Deliberately absent: what is wrong with a command. That is each control's own knowledge.

use plimsoll_posture::{
    App, Claim, CommandForm, CommandLine, Posture, Provenance, Recipe, Service, program_name,
};

use crate::image_base::built_from;

/// The application in the build context of a recipe.
pub(crate) fn of_recipe<'a>(recipe: &Recipe, posture: &'a Posture) -> Option<&'a App> {
    posture.app(posture.contexts.get(recipe.context?.0)?)
}

/// The application in the build context of what the service runs.
pub(crate) fn of_service<'a>(service: &Service, posture: &'a Posture) -> Option<&'a App> {
    let (recipe, _) = built_from(service, posture)?;
    of_recipe(recipe, posture)
}

/// One simple command that a service starts.
pub(crate) struct Started<'a> {
    /// Its words; the first is the program or an assignment before it.
    pub(crate) words: Vec<&'a str>,
    /// Where the entrypoint or command is said.
    pub(crate) claim: &'a Claim<CommandLine>,
    /// The script of the manifest that holds the command, with its place.
    pub(crate) script: Option<(&'a str, Provenance)>,
}

/// How many scripts are followed that call each other.
const MAX_SCRIPTS: usize = 4;

/// The commands of the entrypoint and the command, and those of the scripts that they run by a package manager.
pub(crate) fn started<'a>(service: &'a Service, posture: &'a Posture) -> Vec<Started<'a>> {
    let app = of_service(service, posture);
    let mut found = Vec::new();
    for claim in [service.entrypoint.effective(), service.command.effective()].into_iter().flatten() {
        let Some(line) = claim.value.value() else { continue };
        for words in commands(line) {
            let start = found.len();
            found.push(Started { words, claim, script: None });
            let mut at = start;
            while at < found.len() && found.len() - start < MAX_SCRIPTS * 4 {
                let called = app.and_then(|app| {
                    let name = script_of(&found[at].words)?;
                    let (name, text, span) = app.scripts.iter().find(|(own, ..)| **own == *name)?;
                    let mut place = app.place();
                    place.span = *span;
                    Some((&**name, &**text, place))
                });
                let known = |name: &str| {
                    found[start..].iter().any(|one| one.script.as_ref().is_some_and(|(own, _)| *own == name))
                };
                if let Some((name, text, place)) = called.filter(|(name, ..)| !known(name)) {
                    for words in split(text) {
                        found.push(Started { words, claim, script: Some((name, place.clone())) });
                    }
                }
                at += 1;
            }
        }
    }
    found
}

/// The simple commands of a command line: `sh -c` and the shell form hold several.
fn commands(line: &CommandLine) -> Vec<Vec<&str>> {
    if line.form == CommandForm::Shell {
        return line.words.iter().flat_map(|word| split(word.expose())).collect();
    }
    let words: Vec<&str> = line.arguments().collect();
    match words.iter().position(|word| matches!(*word, "-c" | "-lc" | "-ec")) {
        Some(at) if at > 0 && is_shell(words[at - 1]) => {
            words.get(at + 1).map(|script| split(script)).unwrap_or_default()
        }
        _ => vec![words],
    }
}

fn is_shell(word: &str) -> bool {
    matches!(program_name(word), "sh" | "bash" | "ash" | "dash")
}

fn split(script: &str) -> Vec<Vec<&str>> {
    script
        .split(['&', ';', '|', '\n'])
        .map(|command| command.split_whitespace().map(|word| word.trim_matches(['"', '\''])).collect())
        .filter(|words: &Vec<&str>| !words.is_empty())
        .collect()
}

/// The words from the program on: without assignments, an init, `exec` and programs that only start another.
pub(crate) fn program<'w, 'a>(words: &'w [&'a str]) -> &'w [&'a str] {
    const STEPS: &[&str] = &[
        "tini",
        "dumb-init",
        "docker-entrypoint.sh",
        "exec",
        "env",
        "cross-env",
        "dotenv",
        "npx",
        "bunx",
        "gosu",
        "su-exec",
        "nice",
    ];
    let mut rest = words;
    while let [first, tail @ ..] = rest {
        let assignment = first.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        });
        let stepping = STEPS.contains(&program_name(first)) || assignment || first.starts_with('-');
        if !stepping {
            break;
        }
        rest = match program_name(first) {
            "gosu" | "su-exec" => tail.get(1..).unwrap_or(&[]),
            _ => tail,
        };
    }
    rest
}

/// The script that a package manager is asked to run: `start` of `npm start`, `dev` of `yarn dev`.
pub(crate) fn script_of<'a>(words: &[&'a str]) -> Option<&'a str> {
    let (manager, rest) = program(words).split_first()?;
    let manager = program_name(manager);
    if !matches!(manager, "npm" | "yarn" | "pnpm" | "bun") {
        return None;
    }
    let mut names = rest.iter().copied().filter(|word| !word.starts_with('-'));
    match names.next()? {
        "run" | "run-script" => names.next(),
        verb @ ("start" | "test" | "stop" | "restart") => Some(verb),
        verb if manager != "npm" && !matches!(verb, "install" | "add" | "exec" | "dlx" | "node" | "x") => {
            Some(verb)
        }
        _ => None,
    }
}

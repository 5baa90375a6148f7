//! `plimsoll fix` as a command: from the arguments to what is printed, what is written and the exit code.
//!
//! Deliberately absent: how remedies are tried, and how they look.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use plimsoll_report::plain;

use super::dialogue::Dialogue;
use super::{
    Answer, Choice, Look, Outcome, Overlaying, Snapshot, Tree, digests, human, json, look, mend, offers,
    sarif, work_tree,
};
use crate::args::{Filter, Fix, FixFormat, Overlay};
use crate::inputs;
use crate::run::{self, CLEAN, FAILED, FINDINGS, Failure, Streams};
use crate::{running, verify};

/// Runs the command.
pub(crate) fn fix(arguments: &Fix, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let selection = &arguments.selection;
    if selection.paths.iter().chain(&selection.files).any(|path| path == Path::new("-")) {
        return Err(Failure::Told("standard input is no file that could be fixed: name files".to_owned()));
    }
    let mut inputs = inputs::resolve(selection, streams.stdin)?;
    // An image is built again, not edited.
    inputs.plan.archives.clear();
    if arguments.overlay.is_some() {
        inputs.plan.lay_over(&mut inputs.compose);
    }
    let filter = Filter {
        style: arguments.style,
        config: arguments.config.clone(),
        policy: arguments.policy.clone(),
        policy_namespace: arguments.policy_namespace.clone(),
        ..Filter::default()
    };
    let config = run::configuration(&filter, &inputs)?;
    let tree = tree(&arguments.selection, inputs.world.root());
    let obstacle = |name: &str| tree.obstacle(name);
    let choice = Choice {
        risky: arguments.risky,
        shared: arguments.shared,
        overlay: match arguments.overlay {
            None => Overlaying::Told,
            Some(Overlay::Refused) => Overlaying::Refused,
            Some(Overlay::All) => Overlaying::All,
        },
        only: run::ids(&arguments.apply, &config)?,
        skip: run::ids(&arguments.skip, &config)?,
        services: arguments.service.clone(),
        least: arguments.min_severity.map(crate::args::Level::severity).or(config.min_severity),
        obstacle: Some(&obstacle),
    };
    if let Some(warning) = running::warning(selection) {
        let _ = writeln!(streams.stderr, "warning: {}", plain(&warning));
    }
    let mut wishes = run::wishes(selection, &filter, &config)?;
    running::advise(selection, &mut wishes.observations).map_err(Failure::Told)?;
    // What is asked for restricts what is mended, and nothing is to get worse that is not asked for.
    wishes.min_severity = None;
    wishes.brief = true;
    wishes.linter = None;
    wishes.database = run::known(selection, streams);
    wishes.compose = inputs.compose;
    if arguments.digests {
        let known = digests::of_engine(selection).map_err(|error| Failure::Told(error.to_string()))?;
        wishes.digests = std::sync::Arc::new(known);
    }
    let world = Snapshot::new(&inputs.world);
    let plan = &inputs.plan;
    let before = look(&world, plan, &config, &wishes);
    if before.report.scenarios.is_empty() {
        return Err(Failure::Told(run::nothing_found(selection, &before.report.skipped)));
    }
    run::known_services(&choice.services, before.services.iter().map(String::as_str))?;
    if let Some(message) = run::nothing_judged(&before) {
        return Err(Failure::Told(message));
    }
    let report = &before.report;
    let colour = streams.terminal.colour && !arguments.no_color;
    let outcome = if arguments.interactive {
        let mut dialogue = Dialogue::new(&mut *streams.stdin, &mut *streams.stdout, colour);
        let outcome = mend(&world, plan, &config, &wishes, &choice, report, |made| dialogue.ask(made));
        if dialogue.silent {
            let message = "nobody answers: --interactive reads answers from standard input; \
                           --write makes all changes without asking";
            return Err(Failure::Told(message.to_owned()));
        }
        if let Some(error) = dialogue.failure {
            return Err(Failure::Told(format!("nothing was written: {error}")));
        }
        outcome
    } else {
        mend(&world, plan, &config, &wishes, &choice, report, |_| Answer::Yes)
    };
    let asked = &arguments.proving;
    let (outcome, proof) = match asked.verify {
        false => (outcome, None),
        true if arguments.format == FixFormat::Sarif => {
            let message =
                "--verify proves what is written, and SARIF holds each change alone: use --format json";
            return Err(Failure::Told(message.to_owned()));
        }
        true => {
            let (root, before, shell) = (inputs.world.root(), report, selection.shell_env);
            let (config, wishes, choice) = (&config, &wishes, &choice);
            // It takes minutes: whoever looks at a terminal is told how far it is.
            let stderr = RefCell::new(&mut *streams.stderr);
            let tell = |line: &str| {
                if streams.terminal.progress {
                    let _ = writeln!(stderr.borrow_mut(), "{}", plain(line));
                }
            };
            let case = verify::Case {
                world: &world,
                root,
                plan,
                config,
                wishes,
                choice,
                before,
                asked,
                shell,
                tell: &tell,
            };
            let (outcome, proof) = verify::prove(&case, outcome)?;
            (outcome, Some(proof))
        }
    };
    let written = (arguments.write || arguments.interactive) && !outcome.files.is_empty();
    if written {
        write(&tree, inputs.world.root(), &outcome, streams)?;
    }
    let text = match arguments.format {
        FixFormat::Diff => {
            let brief = arguments.interactive;
            let proven = proof.as_ref().map(verify::human).unwrap_or_default();
            human(&outcome, &Look { colour, verbose: arguments.verbose, brief, written }) + &proven
        }
        FixFormat::Json => json(&outcome, written, proof.as_ref().map(verify::json)),
        FixFormat::Sarif => {
            let all = offers(&world, plan, (&config, &wishes), &choice, report, &|_| true);
            sarif(report, &all)
        }
    };
    match run::print(streams, &text) {
        // The answer does not depend on whether somebody reads it to the end.
        Ok(_) | Err(Failure::Silent) => {}
        Err(other) => return Err(other),
    }
    if proof.as_ref().is_some_and(verify::Proof::failed) {
        return Ok(FAILED);
    }
    Ok(if arguments.check && !outcome.made.is_empty() { FINDINGS } else { CLEAN })
}

/// What was named, and the current directory when nothing was.
fn tree(selection: &crate::args::Selection, root: &Path) -> Tree {
    let mut named: Vec<PathBuf> = selection.paths.iter().chain(&selection.files).cloned().collect();
    if named.is_empty() {
        named.push(PathBuf::from("."));
    }
    Tree::new(root, &named)
}

fn write(tree: &Tree, root: &Path, outcome: &Outcome, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let there = outcome.files.iter().filter(|(_, (old, _))| old.is_some());
    let names: Vec<&str> = there.map(|(name, _)| name.as_str()).collect();
    for name in work_tree::modified(root, &names) {
        let _ = writeln!(
            streams.stderr,
            "warning: {} had changes that are not committed: `git diff` shows them together with the fixes",
            plain(name)
        );
    }
    let files = outcome.files.iter();
    let files = files.map(|(name, (old, new))| (name.as_str(), old.as_deref(), new.as_str()));
    tree.store(files).map_err(|error| Failure::Told(error.to_string()))
}

//! Walking the steps of a stage together with those of the stages it is built from.

use plimsoll_posture::{Recipe, Run, ShellWord, Stage, Step, StepKind};

/// The steps whose layers the stage holds, outermost base first, each with its stage. `ONBUILD` steps are left out.
pub(crate) fn lineage<'a>(recipe: &'a Recipe, stage: &Stage) -> impl Iterator<Item = (&'a Stage, &'a Step)> {
    recipe
        .lineage(stage.index)
        .into_iter()
        .flat_map(|stage| stage.steps.iter().map(move |step| (stage, step)))
        .filter(|(_, step)| !step.on_build)
}

/// The value of an `ENV` variable that is in force before a step; `None` when no step of the lineage sets it.
pub(crate) fn env_before<'a>(
    recipe: &'a Recipe,
    stage: &Stage,
    before: &Step,
    name: &str,
) -> Option<&'a str> {
    let mut value = None;
    for (_, step) in lineage(recipe, stage) {
        if step.at == before.at {
            break;
        }
        if let StepKind::Env(pairs) = &step.kind {
            for (key, text) in pairs {
                if &*key.value == name {
                    value = Some(text.value.expose());
                }
            }
        }
    }
    value
}

/// Whether the text of a RUN, before a place in a stage or in a stage below, holds a key of a tool's configuration.
pub(crate) fn written_before(recipe: &Recipe, stage: &Stage, until: u32, key: &str) -> bool {
    lineage(recipe, stage).any(|(_, step)| match &step.kind {
        StepKind::Run(run) => step.at.start < until && run.script.expose().contains(key),
        _ => false,
    })
}

/// Whether a step may add accounts in a way that is not read: a package with an account of its own, a script, a copied
/// `/etc/passwd`, a step that no shell parses.
pub(crate) fn may_add_accounts(step: &Step) -> bool {
    match &step.kind {
        StepKind::Copy(copy) => {
            let target = copy.destination.value.trim_end_matches('/');
            matches!(target, "" | "." | "/etc" | "/etc/passwd") || target.contains('$')
        }
        StepKind::Run(run) => {
            !run.understood
                || run.script.expose().contains("passwd")
                || run.commands.iter().any(|command| {
                    // Tools of which it is known that they make no account.
                    const HARMLESS: &[&str] = &[
                        "[", "addgroup", "adduser", "bun", "cat", "cd", "chgrp", "chmod", "chown",
                        "corepack", "cp", "curl", "cut", "date", "echo", "export", "find", "go", "grep",
                        "groupadd", "ln", "ls", "mkdir", "mv", "node", "npm", "npx", "pip", "pip3", "pnpm",
                        "printf", "pwd", "rm", "rmdir", "sed", "set", "tar", "test", "touch", "true",
                        "useradd", "wget", "yarn",
                    ];
                    let known = command.effective_program().is_none_or(|program| HARMLESS.contains(&program));
                    // `useradd $NAME` with a name that is not known.
                    let vague = matches!(command.effective_program(), Some("useradd" | "adduser"))
                        && command.words.iter().any(|word| !word.literal);
                    !known || vague
                })
        }
        _ => false,
    }
}

/// What a word stands for when it is nothing but `$NAME` or `${NAME}`: set by the script itself, by `ENV` or by the default
/// of an `ARG`. `None` for a literal word and for a variable that nothing here sets.
pub(crate) fn spelled_out(
    recipe: &Recipe,
    stage: &Stage,
    step: &Step,
    run: &Run,
    word: &ShellWord,
) -> Option<String> {
    let name = word.text.strip_prefix('$')?;
    let name = name.strip_prefix('{').map_or(Some(name), |rest| rest.strip_suffix('}'))?;
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    let in_script =
        run.commands.iter().filter(|command| command.at.start < word.at.start).rev().find_map(|command| {
            let set = command
                .assignments
                .iter()
                .rev()
                .find(|(own, _)| command.words.is_empty() && **own == *name)?;
            set.1.literal.then(|| set.1.text.to_string())
        });
    in_script.or_else(|| env_before(recipe, stage, step, name).map(str::to_owned)).or_else(|| {
        let args = lineage(recipe, stage).filter_map(|(_, step)| match &step.kind {
            StepKind::Arg(args) => Some(args),
            _ => None,
        });
        let found = args.flatten().filter(|arg| *arg.name == *name).last()?;
        found.default.as_ref().map(|value| value.expose().to_owned())
    })
}

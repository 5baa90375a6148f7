//! A value that a build takes as an argument or as `ENV`, mounted into the steps that read it instead: then no layer and no
//! history holds it.
//!
//! The mount is a file, which every BuildKit can do; the option that makes it a variable came late. Deliberately absent: what a
//! program needs when it runs, and values that stand in a command.

use plimsoll_posture::{
    BuildArg, Change, Posture, Provenance, Recipe, Run, Service, Setting, ShellCommand, ShellWord, Stage,
    StageBase, Step, StepKind, ViaKind, is_registry_variable, reads_npmrc, reads_unasked,
};
use plimsoll_text::Span;

use crate::remedy::give;
use crate::sightings::{id, is_variable};
use crate::{Remedy, recipe_change};

/// The declarations of a variable gone, and a mount in each step that reads it. `None` where something else reads it, or
/// where a step cannot be given one.
pub(crate) fn remedy(recipe: &Recipe, posture: &Posture, name: &str, literal: bool) -> Option<Remedy> {
    if !is_variable(name) {
        return None;
    }
    let mut changes = Walk { recipe, name, id: id(name), changes: Vec::new(), mounts: 0 }.changes()?;
    let services: Vec<&Service> = builders(recipe, posture).collect();
    changes.extend(given_by_compose(&services, name));
    let id = id(name);
    let how = match services.is_empty() {
        true => {
            format!("whoever builds gives `--secret id={id},env={name}` in place of `--build-arg {name}`")
        }
        false => format!(
            "Compose takes it from the variable {name} of whoever builds, and `docker build` from `--secret`"
        ),
    };
    let rotate = if literal {
        "; the value that stood here is in old images and in the file's history: change it"
    } else {
        ""
    };
    Some(Remedy::risky(changes, format!("{how}{rotate}")))
}

/// The services that build a recipe.
pub(crate) fn builders<'a>(recipe: &'a Recipe, posture: &'a Posture) -> impl Iterator<Item = &'a Service> {
    posture.services.iter().filter(move |service| {
        let stage = service.build.as_ref().and_then(|build| build.stage).filter(|_| service.runtime);
        let built = stage.and_then(|stage| posture.recipes.get(stage.recipe.0));
        built.is_some_and(|built| std::ptr::eq(built, recipe))
    })
}

/// The argument of each service gone, and a secret in its place.
fn given_by_compose(services: &[&Service], name: &str) -> Vec<Change> {
    let id = id(name);
    let mut changes = Vec::new();
    let mut declared = Vec::new();
    for service in services {
        let Some(build) = &service.build else { continue };
        let said = build.args.get(name).map(|fact| fact.claims()).unwrap_or_default();
        changes.extend(said.iter().map(|claim| Change::Withdraw { at: where_it_stands(&claim.at) }));
        if build.secrets.iter().any(|secret| **secret == *id) {
            continue;
        }
        changes.push(give(service, Setting::BuildSecret(id.as_str().into())));
        let anchor = service.subject.anchor;
        if !declared.contains(&anchor.source) {
            declared.push(anchor.source);
            changes.push(Change::SecretOfVariable {
                anchor,
                name: id.as_str().into(),
                variable: name.into(),
            });
        }
    }
    changes
}

/// An entry goes as a whole, whatever variable its value is.
fn where_it_stands(at: &Provenance) -> Provenance {
    let stays = |kind: ViaKind| !matches!(kind, ViaKind::Default | ViaKind::Variable);
    Provenance { via: at.via.iter().filter(|via| stays(via.kind)).cloned().collect(), ..at.clone() }
}

/// One pass over a recipe.
struct Walk<'a> {
    recipe: &'a Recipe,
    name: &'a str,
    id: String,
    changes: Vec<Change>,
    mounts: usize,
}

/// What holds in a stage.
#[derive(Clone, Copy, Default)]
struct State {
    /// The variable is set.
    declared: bool,
    /// An `.npmrc` names the variable, which a package manager puts in when it reads the file.
    in_npmrc: bool,
}

impl<'a> Walk<'a> {
    fn changes(mut self) -> Option<Vec<Change>> {
        let mut ends: Vec<State> = Vec::new();
        for stage in &self.recipe.stages {
            let mut state = match stage.base {
                StageBase::Stage(parent) => ends.get(parent).copied().unwrap_or_default(),
                _ => State::default(),
            };
            for step in &stage.steps {
                self.step(stage, step, &mut state)?;
            }
            ends.push(state);
        }
        self.withdraw_global();
        (self.mounts > 0).then_some(self.changes)
    }

    /// An argument before the first stage has nobody left who asks for it.
    fn withdraw_global(&mut self) {
        let all = &self.recipe.global_args;
        let instruction = |arg: &BuildArg| {
            self.recipe.keywords.iter().rposition(|keyword| keyword.at.start <= arg.at.start)
        };
        for (index, arg) in all.iter().enumerate().filter(|(_, arg)| *arg.name == *self.name) {
            let at = self.recipe.place(arg.at, "ARG");
            let shared = all
                .iter()
                .enumerate()
                .any(|(other, own)| other != index && instruction(own) == instruction(arg));
            self.changes.push(match shared {
                true => Change::Reword { at, text: String::new() },
                false => Change::Withdraw { at },
            });
        }
    }

    fn step(&mut self, stage: &Stage, step: &Step, state: &mut State) -> Option<()> {
        match &step.kind {
            StepKind::Arg(args) => {
                let own = args.iter().filter(|arg| *arg.name == *self.name);
                for arg in own {
                    state.declared = true;
                    self.changes.push(match args.len() {
                        1 => Change::Withdraw { at: stage.place(step.at) },
                        _ => recipe_change::drop_words(stage, arg.at),
                    });
                }
                let others = args.iter().filter(|arg| *arg.name != *self.name);
                let used =
                    others.filter_map(|arg| arg.default.as_ref()).any(|value| self.is_in(value.expose()));
                (!used || !state.declared).then_some(())
            }
            StepKind::Env(pairs) => {
                if let [(own, _)] = pairs.as_slice()
                    && *own.value == *self.name
                    && is_registry_variable(self.name)
                    && !step.on_build
                {
                    state.declared = true;
                    self.changes.push(Change::Withdraw { at: stage.place(step.at) });
                    return Some(());
                }
                let sets = pairs.iter().any(|(own, _)| *own.value == *self.name);
                let used = state.declared && self.is_in(step.written.value.expose());
                (!sets && !used).then_some(())
            }
            StepKind::Run(run) => self.run(stage, step, run, state),
            // What is known of a path is known after the variables are put in.
            StepKind::Copy(copy) if state.declared => {
                copy.sources.iter().all(|source| source.path.value().is_some()).then_some(())
            }
            // A shell puts these in when the container runs, where no build argument is.
            StepKind::Cmd(_) | StepKind::Entrypoint(_) | StepKind::Healthcheck(_) => Some(()),
            _ => (!state.declared || !self.is_in(step.written.value.expose())).then_some(()),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        names_variable(text, self.name)
    }

    fn run(&mut self, stage: &Stage, step: &Step, run: &Run, state: &mut State) -> Option<()> {
        if !state.declared {
            return Some(());
        }
        let refers =
            run.commands.iter().filter_map(|command| self.npmrc_line(command, run)).collect::<Vec<_>>();
        let unasked = run.commands.iter().any(|command| {
            command.effective_program().is_some_and(|program| {
                reads_unasked(program, self.name)
                    || (state.in_npmrc || !refers.is_empty()) && reads_npmrc(program)
            })
        });
        state.in_npmrc |= !refers.is_empty();
        let named = run.script.expose().matches(&format!("${{{}}}", self.name)).count() != refers.len()
            || self.is_in(&run.script.expose().replace(&format!("${{{}}}", self.name), ""));
        for word in refers {
            let (start, end) = (word.at.start as usize, word.at.end as usize);
            for at in [start..start + 1, end - 1..end] {
                let quote = Span::new(word.at.source, at.start, at.end);
                self.changes.push(recipe_change::reword(stage, quote, "'"));
            }
        }
        if !named && !unasked {
            return Some(());
        }
        let there = |mount: &plimsoll_posture::BuildMount| {
            mount.id.as_deref() == Some(&*self.id) || mount.env.as_deref() == Some(self.name)
        };
        self.mounts += 1;
        if run.mounts.iter().any(there) {
            return Some(());
        }
        self.mount(stage, step, run)
    }

    /// The mount, and the variable from it at the begin of the script.
    fn mount(&mut self, stage: &Stage, step: &Step, run: &Run) -> Option<()> {
        let script = run.script.expose().trim_end();
        let traces = run.shell.iter().skip(1).any(|word| {
            word.strip_prefix('-').is_some_and(|letters| !letters.starts_with('-') && letters.contains('x'))
        });
        let background = script.ends_with('&')
            || run.commands.iter().any(|command| command.joined == plimsoll_posture::Joined::Background);
        let shell = run.shell.first().is_some_and(|shell| shell.ends_with("sh") && !shell.contains("pwsh"));
        let plain = !run.exec_form && !run.own_interpreter && run.understood && !step.on_build;
        if !plain || !shell || traces || background || script.contains("<<") {
            return None;
        }
        for command in &run.commands {
            self.keep_out_of_the_layer(stage, step, run, command)?;
        }
        let (name, id) = (self.name, &self.id);
        let mode = if recipe_change::runs_as_root(stage, step) { "" } else { ",mode=0444" };
        let flag = format!(" --mount=type=secret,id={id},required=true{mode}");
        let lead = format!("{name}=\"$(cat /run/secrets/{id})\" && export {name} && ");
        self.changes.push(recipe_change::add_behind(stage, step.keyword_at, flag));
        self.changes.push(recipe_change::add_before(stage, step.written.at, lead));
        Some(())
    }

    /// What a command would leave of the value in the layer goes another way.
    fn keep_out_of_the_layer(
        &mut self,
        stage: &Stage,
        step: &Step,
        run: &Run,
        command: &ShellCommand,
    ) -> Option<()> {
        let words = command.effective_words();
        let texts: Vec<&str> = words.iter().map(|word| &*word.text).collect();
        match texts.as_slice() {
            ["npm" | "pnpm", "config", "set", rest @ ..] if rest.iter().any(|word| self.is_in(word)) => {
                let key = rest.iter().find(|word| !word.starts_with('-'))?;
                let key = key.split_once('=').map_or(*key, |(key, _)| key);
                let program = *texts.first()?;
                let undone = run.commands.iter().any(|other| {
                    other.effective_program() == Some(program)
                        && other.has_argument(&["delete", "rm"])
                        && other.has_argument(&[key])
                });
                let later = stage.steps.iter().filter(|other| other.at.start > step.at.start).any(|other| {
                    matches!(&other.kind, StepKind::Run(run) if run.commands.iter().any(|command| {
                        command.effective_program().is_some_and(reads_npmrc)
                    }))
                });
                if undone {
                    return Some(());
                }
                if later || key.contains(['$', '`', '"', '\'', ' ']) {
                    return None;
                }
                self.changes.push(recipe_change::append(
                    stage,
                    step,
                    run,
                    &format!("{program} config delete {key}"),
                )?);
            }
            ["git", "clone", ..] => {
                let name = self.name;
                for word in words.iter().filter(|word| names_variable(&word.text, name)) {
                    self.log_in_by_configuration(stage, run, words.first()?, word)?;
                }
            }
            _ => {}
        }
        Some(())
    }

    /// `git clone https://TOKEN@host/…` keeps the address in the clone; `insteadOf` puts the token in on the way only.
    fn log_in_by_configuration(
        &mut self,
        stage: &Stage,
        run: &Run,
        git: &ShellWord,
        word: &ShellWord,
    ) -> Option<()> {
        let address = &*word.text;
        let rest = address.strip_prefix("https://")?;
        let (authority, _) = rest.split_once('/')?;
        let (account, host) = authority.rsplit_once('@')?;
        let quoted =
            ['"'].iter().any(|quote| run.script.expose().contains(&format!("{quote}{address}{quote}")));
        let lead = match word.at.len().checked_sub(address.len())? {
            0 => 0,
            2 if quoted => 1,
            _ => return None,
        };
        if host.contains('$') || account.contains(['"', '\'', '`', ' ', '(']) || !address.is_ascii() {
            return None;
        }
        let start = word.at.start as usize + lead + "https://".len();
        let at = Span::new(word.at.source, start, start + account.len() + 1);
        let option = format!(" -c url.\"https://{account}@{host}/\".insteadOf=https://{host}/");
        self.changes.push(recipe_change::add_behind(stage, git.at, option));
        self.changes.push(recipe_change::drop_words(stage, at));
        Some(())
    }

    /// A line for an `.npmrc` in double quotes that names the variable in the way that package managers put it in themselves: in
    /// single quotes the file holds the name only.
    fn npmrc_line<'c>(&self, command: &'c ShellCommand, run: &Run) -> Option<&'c ShellWord> {
        let written = command
            .redirects
            .iter()
            .any(|redirect| redirect.operator.starts_with('>') && redirect.target.text.ends_with(".npmrc"));
        let [echo, word] = command.words.as_slice() else { return None };
        let reference = format!("${{{}}}", self.name);
        let text = &*word.text;
        let only = text.matches('$').count() == 1 && !text.contains(['`', '\\', '\'', '"']);
        let whole = word.at.len() == text.len() + 2 && run.script.expose().contains(&format!("\"{text}\""));
        (written && &*echo.text == "echo" && text.contains(&reference) && only && whole).then_some(word)
    }
}

/// Whether `$NAME` or `${NAME…}` stands in a text.
pub(crate) fn names_variable(text: &str, name: &str) -> bool {
    text.match_indices('$').any(|(at, _)| {
        let rest = text.get(at + 1..).unwrap_or("");
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        rest.strip_prefix(name)
            .is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
    })
}

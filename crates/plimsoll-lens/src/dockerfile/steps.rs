//! One instruction of a stage to its step, and to the claims it makes about the image.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_posture::{
    BuildArg, Claim, CommandForm, CommandLine, ExposedPort, Healthcheck, Known, Layer, LetterCase, Place,
    PortRange, Protocol, Provenance, Reason, Sensitive, Spanned, Step, StepKind, UserSpec,
};

use super::accounts;
use super::ports;
use super::run::ShellText;
use super::scope::{Resolved, Variable};
use super::sightings::Carrier;
use super::stages::Builder;
use super::syntax::{Arguments, Definition, Instruction, Keyword, Pair, Word};
use crate::shell::OffsetMap;

impl Builder<'_> {
    /// Reads an instruction of the current stage.
    pub(super) fn step(&mut self, instruction: &Instruction) {
        let (inner, on_build) = match &instruction.arguments {
            Arguments::Trigger(trigger) => (&**trigger, true),
            _ => (instruction, false),
        };
        let (user, workdir) = (self.state.user.clone(), self.state.workdir.clone());
        // A trigger runs elsewhere: it is read in a state that is thrown away.
        let saved = on_build.then(|| (self.state.clone(), self.stage().map(|stage| stage.image.clone())));
        self.undeclared.clear();
        let kind = self.kind(inner, instruction);
        let undeclared = std::mem::take(&mut self.undeclared);
        if let Some((state, image)) = saved {
            self.state = state;
            if let (Some(stage), Some(image)) = (self.stage(), image) {
                stage.image = image;
            }
        }
        let step = Step {
            at: self.span(&instruction.range),
            keyword_at: self.span(&inner.keyword_range),
            written: self.written(inner),
            kind,
            on_build,
            user,
            workdir,
            legacy: matches!(&inner.arguments, Arguments::Pairs(pairs) if pairs.iter().any(|pair| pair.legacy)),
            // A trigger sees the variables of another build.
            undeclared: if on_build || inner.keyword == Keyword::Run { Vec::new() } else { undeclared },
        };
        if let Some(stage) = self.stage() {
            stage.steps.push(step);
        }
    }

    fn written(&self, instruction: &Instruction) -> Spanned<Sensitive> {
        let mut body = instruction.body.clone();
        let line = instruction.line.as_str();
        if let Arguments::Health { kind, .. } = &instruction.arguments {
            let rest = line.get(kind.line.end..body.end).unwrap_or("");
            body.start = body.end - rest.trim_start().len();
        }
        let text = match instruction.keyword {
            Keyword::Run | Keyword::Copy | Keyword::Add => "",
            _ => line.get(body.clone()).unwrap_or(""),
        };
        Spanned { value: Sensitive::new(text), at: self.span(&instruction.map.range(body)) }
    }

    fn kind(&mut self, instruction: &Instruction, outer: &Instruction) -> StepKind {
        match (instruction.keyword, &instruction.arguments) {
            (Keyword::Run, _) => {
                let run = self.run(instruction, &outer.heredocs);
                accounts::collect(self, &run.commands);
                StepKind::Run(run)
            }
            (Keyword::Copy | Keyword::Add, _) => {
                for heredoc in &outer.heredocs {
                    let text = self.source.text.get(heredoc.body.clone()).unwrap_or("").to_owned();
                    let map = OffsetMap::identity(heredoc.body.start);
                    let script = ShellText::plain(text, map);
                    self.sight_script(Place::Run, instruction.keyword.name(), &script);
                }
                StepKind::Copy(self.copy(instruction))
            }
            (Keyword::Env, Arguments::Pairs(pairs)) => StepKind::Env(self.env(pairs, &instruction.map)),
            (Keyword::Label, Arguments::Pairs(pairs)) => StepKind::Label(self.label(pairs, &instruction.map)),
            (Keyword::Arg, Arguments::Definitions(definitions)) => {
                StepKind::Arg(self.args(definitions, &instruction.map))
            }
            (Keyword::User, Arguments::Text(word)) => StepKind::User(self.user(word)),
            (Keyword::Workdir, Arguments::Text(word)) => StepKind::Workdir(self.workdir(word)),
            (Keyword::Expose, Arguments::Words(words)) => StepKind::Expose(self.expose(words)),
            (Keyword::Volume, Arguments::Words(words) | Arguments::Exec(words)) => {
                StepKind::Volume(self.volume(words))
            }
            (Keyword::Entrypoint, arguments) => {
                let line = command_line(arguments);
                self.sight_command(arguments, instruction);
                self.entrypoint(&line, instruction);
                StepKind::Entrypoint(line)
            }
            (Keyword::Cmd, arguments) => {
                let line = command_line(arguments);
                self.sight_command(arguments, instruction);
                self.state.cmd_set = true;
                let claim = self.claim(Known::Value(line.clone()), &instruction.range, "CMD");
                self.config(|config| config.command.push(claim));
                StepKind::Cmd(line)
            }
            (Keyword::Healthcheck, Arguments::Health { kind, command }) => {
                let test = (!kind.text.eq_ignore_ascii_case("NONE")).then(|| command_line(command));
                self.sight_command(command, instruction);
                let value = test.clone().map_or(Healthcheck::Disabled, Healthcheck::Test);
                let claim = self.claim(Known::Value(value), &instruction.range, "HEALTHCHECK");
                self.config(|config| config.healthcheck.push(claim));
                StepKind::Healthcheck(test)
            }
            (Keyword::Stopsignal, Arguments::Text(word)) => {
                let resolved = self.expand(word);
                let claim = self.claim(resolved.known(), &word.range, "STOPSIGNAL");
                self.config(|config| config.stop_signal.push(claim));
                StepKind::StopSignal(resolved.text)
            }
            (Keyword::Shell, Arguments::Exec(words)) if !words.is_empty() => {
                let shell: Vec<Arc<str>> = words.iter().map(|word| word.text.as_str().into()).collect();
                let claim =
                    self.claim(Known::Value(Arc::from(shell.as_slice())), &instruction.range, "SHELL");
                self.config(|config| config.shell.push(claim));
                self.state.shell.clone_from(&shell);
                StepKind::Shell(shell)
            }
            (Keyword::Maintainer, _) => StepKind::Maintainer,
            _ => StepKind::Unknown,
        }
    }

    fn sight_command(&mut self, arguments: &Arguments, instruction: &Instruction) {
        let keyword = instruction.keyword.name();
        match arguments {
            Arguments::Exec(words) => self.sight_words(Place::Command, keyword, words),
            Arguments::Text(word) => {
                let map = instruction.map.tail(word.line.start);
                let script = ShellText::plain(word.text.clone(), map);
                self.sight_script(Place::Command, keyword, &script);
            }
            _ => {}
        }
    }

    /// A claim of the image that is built, at a place of the file.
    fn claim<T>(&self, value: Known<T>, range: &Range<usize>, what: &str) -> Claim<T> {
        let at = Provenance::new("dockerfile", self.span(range), format!("stage {} {what}", self.index()));
        Claim::declared(value, Layer::Image, at)
    }

    fn config(&mut self, push: impl FnOnce(&mut plimsoll_posture::ImageConfig)) {
        if let Some(stage) = self.stage() {
            push(&mut stage.image.config);
        }
    }

    /// Every value sees the variables as they were before the instruction.
    fn env(&mut self, pairs: &[Pair], map: &OffsetMap) -> Vec<(Spanned<Arc<str>>, Spanned<Sensitive>)> {
        let read = self.pairs(pairs, "ENV", map);
        for (name, resolved, claim) in read.iter() {
            let variable = match &resolved.unknown {
                Some(reason) => Variable::Unknown(reason.clone()),
                None => Variable::Value(resolved.text.clone()),
            };
            self.state.scope.set(&name.value, variable.clone());
            self.state.env.insert(name.value.clone(), variable);
            self.config(|config| config.env.push(&name.value, claim.clone()));
        }
        spanned(read)
    }

    fn label(&mut self, pairs: &[Pair], map: &OffsetMap) -> Vec<(Spanned<Arc<str>>, Spanned<Sensitive>)> {
        let read = self.pairs(pairs, "LABEL", map);
        for (name, _, claim) in read.iter() {
            self.config(|config| config.labels.push(&name.value, claim.clone()));
        }
        spanned(read)
    }

    fn pairs(
        &mut self,
        pairs: &[Pair],
        what: &str,
        map: &OffsetMap,
    ) -> Vec<(Spanned<Arc<str>>, Resolved, Claim<Sensitive>)> {
        let mut read = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let name = self.expand(&pair.key).text;
            let resolved = self.expand(&pair.value);
            let place = if what == "ENV" { Place::ImageEnv } else { Place::Label };
            self.sight_value(Carrier { place, name: &name, keyword: what }, &resolved, &pair.value, map);
            let value = resolved.known().map(Sensitive::new);
            let claim = self.claim(value, &pair.value.range, &format!("{what} {name}"));
            read.push((Spanned { value: name, at: self.span(&pair.key.range) }, resolved, claim));
        }
        read
    }

    fn args(&mut self, definitions: &[Definition], map: &OffsetMap) -> Vec<BuildArg> {
        let mut args = Vec::with_capacity(definitions.len());
        for definition in definitions {
            let name = definition.name.text.as_str();
            let default = definition.default.as_ref().map(|word| self.expand(word));
            if let (Some(resolved), Some(word)) = (&default, &definition.default) {
                let carrier = Carrier { place: Place::ImageArg, name, keyword: "ARG" };
                self.sight_value(carrier, resolved, word, map);
            }
            let given = self.options.args.get(name).map(|given| Variable::Value(given.as_str().into()));
            let variable = given.or_else(|| match &default {
                Some(Resolved { unknown: Some(reason), .. }) => Some(Variable::Unknown(reason.clone())),
                Some(resolved) => Some(Variable::Value(resolved.text.clone())),
                None => self.inherited_arg(name),
            });
            match variable {
                Some(variable) => self.state.scope.set(name, variable),
                // An ARG without any value leaves an ENV of the same name alone.
                None if self.state.scope.get(name).is_none() => {
                    self.state.scope.set(name, Variable::Unknown(Reason::UnsetBuildArg(name.into())));
                }
                None => {}
            }
            args.push(BuildArg {
                name: name.into(),
                default: default.map(|resolved| Sensitive::new(resolved.text)),
                at: self.span(&definition.range),
            });
        }
        args
    }

    fn user(&mut self, word: &Word) -> Known<UserSpec> {
        let resolved = self.expand(word);
        let value = resolved.known().map(|text| UserSpec::parse(&text));
        let claim = self.claim(value.clone(), &word.range, "USER");
        self.config(|config| config.user.push(claim));
        let shown = match &value {
            Known::Value(user) => user.clone(),
            Known::Unknown(_) => UserSpec::parse(&word.text),
        };
        self.state.user = Some(Spanned { value: shown, at: self.span(&word.range) });
        value
    }

    fn workdir(&mut self, word: &Word) -> Known<Arc<str>> {
        let resolved = self.expand(word);
        let written = resolved.known();
        let joined = match &written {
            Known::Unknown(reason) => Known::Unknown(reason.clone()),
            Known::Value(path) => match (is_absolute(path), &self.state.workdir) {
                (true, _) => Known::Value(path.clone()),
                (false, Some(base)) => Known::Value(join(base, path).into()),
                (false, None) => match self.state.base_reason() {
                    Some(reason) => Known::Unknown(reason),
                    None => Known::Value(join("/", path).into()),
                },
            },
        };
        self.state.workdir = joined.value().cloned();
        let claim = self.claim(joined, &word.range, "WORKDIR");
        self.config(|config| config.workdir.push(claim));
        written
    }

    fn expose(&mut self, words: &[Word]) -> Vec<Spanned<Known<(PortRange, Protocol)>>> {
        let mut found = Vec::new();
        for word in words {
            let resolved = self.expand(word);
            let at = self.span(&word.range);
            let mut push = |builder: &mut Self, value: Known<(PortRange, Protocol)>| {
                let port = value.clone().map(|(ports, protocol)| ExposedPort { ports, protocol });
                let claim = builder.claim(port, &word.range, "EXPOSE");
                builder.config(|config| config.exposed.push(claim));
                found.push(Spanned { value, at });
            };
            if let Some(reason) = resolved.unknown {
                push(self, Known::Unknown(reason));
                continue;
            }
            // One variable may hold several ports.
            for text in resolved.text.split_whitespace() {
                match ports::parse(text) {
                    Some((ports, protocol, host)) => {
                        if text
                            .split_once('/')
                            .is_some_and(|(_, name)| LetterCase::of(name) != LetterCase::Lower)
                        {
                            self.note(
                                at,
                                "expose-protocol-case",
                                "the protocol of EXPOSE is not in lower case",
                                "write it in lower case",
                            );
                        }
                        if host {
                            self.complain_at(
                                &word.range,
                                false,
                                "expose-host-part",
                                "EXPOSE publishes nothing: the part before the colon is ignored",
                                "write the container's port only",
                            );
                        }
                        push(self, Known::Value((ports, protocol)));
                    }
                    None => {
                        self.complain_at(
                            &word.range,
                            true,
                            "invalid-port",
                            "EXPOSE takes a port or a range from 0 to 65535 and `tcp`, `udp` or `sctp`",
                            "write for example `EXPOSE 8080/tcp`",
                        );
                        push(self, Known::Unknown(Reason::NotUnderstood(word.text.as_str().into())));
                    }
                }
            }
        }
        found
    }

    fn volume(&mut self, words: &[Word]) -> Vec<Spanned<Arc<str>>> {
        let mut found = Vec::with_capacity(words.len());
        for word in words {
            let resolved = self.expand(word);
            let claim = self.claim(resolved.known(), &word.range, "VOLUME");
            self.config(|config| config.volumes.push(claim));
            found.push(Spanned { value: resolved.text, at: self.span(&word.range) });
        }
        found
    }

    /// `ENTRYPOINT` drops a CMD that comes from below this stage (`dispatchEntrypoint` of BuildKit).
    fn entrypoint(&mut self, line: &CommandLine, instruction: &Instruction) {
        let claim = self.claim(Known::Value(line.clone()), &instruction.range, "ENTRYPOINT");
        self.config(|config| config.entrypoint.push(claim));
        if !self.state.cmd_set {
            let none = CommandLine { form: CommandForm::Exec, words: Vec::new() };
            let reset = self.claim(Known::Value(none), &instruction.range, "ENTRYPOINT");
            self.config(|config| {
                if config.command.effective().is_some() {
                    config.command.push(reset);
                }
            });
        }
    }
}

fn spanned(
    read: Vec<(Spanned<Arc<str>>, Resolved, Claim<Sensitive>)>,
) -> Vec<(Spanned<Arc<str>>, Spanned<Sensitive>)> {
    read.into_iter()
        .map(|(name, resolved, claim)| {
            (name, Spanned { value: Sensitive::new(resolved.text), at: claim.at.span })
        })
        .collect()
}

fn command_line(arguments: &Arguments) -> CommandLine {
    match arguments {
        Arguments::Exec(words) => CommandLine {
            form: CommandForm::Exec,
            words: words.iter().map(|word| Sensitive::new(word.text.as_str())).collect(),
        },
        Arguments::Text(word) => {
            CommandLine { form: CommandForm::Shell, words: vec![Sensitive::new(word.text.as_str())] }
        }
        _ => CommandLine { form: CommandForm::Shell, words: Vec::new() },
    }
}

/// Absolute on Linux, or a Windows path with a drive or a leading backslash.
fn is_absolute(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':');
    path.starts_with(['/', '\\']) || drive
}

fn join(base: &str, path: &str) -> String {
    let joined = crate::world::clean(&format!("{base}/{path}"));
    if joined == "." { "/".to_owned() } else { format!("/{}", joined.trim_start_matches("../")) }
}

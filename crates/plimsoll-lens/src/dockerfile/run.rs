//! `RUN`: the script as the shell gets it, its commands, and the mounts.

use plimsoll_posture::{BuildMount, Joined, Place, Run, Sensitive, ShellCommand, ShellWord, Spanned};
use plimsoll_text::Span;

use super::scope::Variable;
use super::stages::Builder;
use super::syntax::{Arguments, Flag, Heredoc, Instruction, Word, announced};
use crate::shell::{Around, Declared, Dialect, OffsetMap, Reading, Script, commands, inner_script, read};

/// The text that a shell is given, with the way back to the file.
#[derive(Default)]
pub(super) struct ShellText {
    pub(super) text: String,
    pub(super) map: OffsetMap,
    /// The interpreter of a heredoc's `#!` line.
    pub(super) interpreter: Option<String>,
}

impl ShellText {
    /// A text that names no interpreter.
    pub(super) fn plain(text: String, map: OffsetMap) -> Self {
        Self { text, map, interpreter: None }
    }
}

impl Builder<'_> {
    /// Reads a RUN; heredocs belong to the outermost instruction.
    pub(super) fn run(&mut self, instruction: &Instruction, heredocs: &[Heredoc]) -> Run {
        let flag = |name: &str| {
            instruction.flags.iter().find(|flag| flag.name == name).and_then(|flag| flag.value.as_ref())
        };
        let spanned = |builder: &Self, word: &Word| Spanned {
            value: word.text.as_str().into(),
            at: builder.span(&word.range),
        };
        let network = flag("network").map(|word| spanned(self, word));
        let security = flag("security").map(|word| spanned(self, word));
        let mounts: Vec<BuildMount> = instruction
            .flags
            .iter()
            .filter(|flag| flag.name == "mount")
            .map(|flag| self.mount(flag))
            .collect();
        let shell = self.state.shell.clone();
        let (reading, script, interpreter, exec_form) = match &instruction.arguments {
            Arguments::Exec(words) => {
                self.sight_words(Place::Run, "RUN", words);
                let script: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
                let reading =
                    Reading { commands: self.exec_commands(words), understood: true, ..Reading::default() };
                (reading, Sensitive::new(script.join(" ")), ("".into(), false), true)
            }
            _ => {
                let script = script(&self.source.text, instruction, heredocs);
                self.sight_script(Place::Run, "RUN", &script);
                let program = script.interpreter.as_deref().or_else(|| shell.first().map(|word| &**word));
                let program = program.unwrap_or("/bin/sh");
                let given = Script { text: &script.text, source: self.source.id, map: &script.map };
                let around = Around { program, declared: &|name| self.declared(name) };
                let reading = read(given, Dialect::of(program), around);
                let interpreter = (program.into(), script.interpreter.is_some());
                (reading, Sensitive::new(script.text), interpreter, false)
            }
        };
        let Reading { commands, understood, traits } = reading;
        let (interpreter, own_interpreter) = interpreter;
        Run {
            commands,
            mounts,
            network,
            security,
            exec_form,
            understood,
            script,
            shell,
            interpreter,
            own_interpreter,
            traits,
        }
    }

    /// What a RUN knows of a variable before its script starts.
    fn declared(&self, name: &str) -> Declared {
        match (self.state.scope.get(name), self.state.scope.is_undeclared(name)) {
            (Some(Variable::Value(text)), _) if !text.is_empty() => Declared::Filled,
            (None, true) => Declared::No,
            // Docker sets it, to whatever the base image has.
            (None, false) if name == "PATH" => Declared::No,
            _ => Declared::Open,
        }
    }

    fn exec_commands(&self, given: &[Word]) -> Vec<ShellCommand> {
        let (Some(first), Some(last)) = (given.first(), given.last()) else { return Vec::new() };
        let words: Vec<ShellWord> = given
            .iter()
            .map(|word| ShellWord {
                text: word.text.as_str().into(),
                at: self.span(&word.range),
                literal: true,
                quoted: true,
            })
            .collect();
        let inner = inner_script(&words).and_then(|(at, dialect)| given.get(at).map(|word| (word, dialect)));
        let inner = inner.map(|(word, dialect)| self.exec_script(word, dialect)).unwrap_or_default();
        let mut found = vec![ShellCommand {
            at: Span::new(self.source.id, first.range.start, last.range.end),
            words,
            assignments: Vec::new(),
            redirects: Vec::new(),
            pipeline: 0,
            position: 0,
            pipeline_length: 1,
            joined: Joined::Sequence,
            substituted: false,
            parent: None,
            depth: 0,
        }];
        found.extend(inner.into_iter().map(|command| ShellCommand {
            pipeline: command.pipeline.saturating_add(1),
            parent: command.parent.map(|parent| parent + 1),
            depth: command.depth.saturating_add(1),
            ..command
        }));
        found
    }

    /// The commands of `["bash", "-c", "…"]`. With escapes of JSON in it the text has no places in the file.
    fn exec_script(&self, word: &Word, dialect: Dialect) -> Vec<ShellCommand> {
        let inside = word.range.start + 1..word.range.end.saturating_sub(1);
        let start = [word.range.clone(), inside]
            .into_iter()
            .find(|range| self.source.text.get(range.clone()) == Some(word.text.as_str()))
            .map(|range| range.start);
        let Some(start) = start else { return Vec::new() };
        let map = OffsetMap::identity(start);
        commands(Script { text: &word.text, source: self.source.id, map: &map }, dialect).0
    }

    fn mount(&mut self, flag: &Flag) -> BuildMount {
        let mut mount = BuildMount {
            kind: "bind".into(),
            target: None,
            source: None,
            from: None,
            id: None,
            env: None,
            at: self.span(&flag.range),
        };
        let Some(value) = &flag.value else { return mount };
        for field in value.text.split(',') {
            let (key, text) = field.split_once('=').unwrap_or((field, ""));
            let word = Word { text: text.to_owned(), ..value.clone() };
            // Every field but the type is expanded.
            let text = match key.trim().to_ascii_lowercase().as_str() {
                "type" => {
                    mount.kind = text.to_ascii_lowercase().into();
                    continue;
                }
                "target" | "dst" | "destination" => &mut mount.target,
                "source" | "src" => &mut mount.source,
                "from" => &mut mount.from,
                "id" => &mut mount.id,
                "env" => &mut mount.env,
                _ => continue,
            };
            let resolved = self.expand(&word);
            *text = Some(if resolved.unknown.is_some() { word.text.into() } else { resolved.text });
        }
        if !["bind", "cache", "tmpfs", "secret", "ssh"].contains(&&*mount.kind) {
            self.complain_at(
                &flag.range,
                true,
                "mount-type",
                "a mount is of type bind, cache, tmpfs, secret or ssh",
                "correct the type",
            );
        }
        mount
    }
}

/// The script of a RUN in shell form. One heredoc alone is the script itself; beside other words it is handed to the
/// shell as the shell's own heredoc (`dispatchRun` of BuildKit).
pub(super) fn script(document: &str, instruction: &Instruction, heredocs: &[Heredoc]) -> ShellText {
    let body = instruction.body.clone();
    let text = instruction.line.get(body.clone()).unwrap_or("");
    if let [heredoc] = heredocs
        && announced(text).is_ok_and(|found| found.is_some())
    {
        return alone(document, heredoc);
    }
    let mut script =
        ShellText { text: text.to_owned(), map: instruction.map.tail(body.start), interpreter: None };
    // Every line end is one of the document: a quote that is never closed reaches over them all.
    for heredoc in heredocs {
        if document.get(..heredoc.body.start).is_some_and(|before| before.ends_with('\n')) {
            script.map.push(script.text.len(), heredoc.body.start - 1);
            script.text.push('\n');
        }
        script.map.push(script.text.len(), heredoc.body.start);
        script.text.push_str(document.get(heredoc.body.clone()).unwrap_or(""));
        let Some(terminator) = &heredoc.terminator else { continue };
        script.map.push(script.text.len(), terminator.start);
        script.text.push_str(document.get(terminator.clone()).unwrap_or(""));
    }
    script
}

fn alone(document: &str, heredoc: &Heredoc) -> ShellText {
    let body = document.get(heredoc.body.clone()).unwrap_or("");
    let mut script =
        ShellText { text: String::with_capacity(body.len()), map: OffsetMap::default(), interpreter: None };
    let mut at = heredoc.body.start;
    for line in body.split_inclusive('\n') {
        let kept = if heredoc.chomp { line.trim_start_matches('\t') } else { line };
        script.map.push(script.text.len(), at + line.len() - kept.len());
        script.text.push_str(kept);
        at += line.len();
    }
    script.interpreter = script.text.strip_prefix("#!").map(|rest| {
        let mut words = rest.lines().next().unwrap_or("").split_whitespace();
        let first = words.next().unwrap_or("");
        let is_env = first.ends_with("/env");
        let program = if is_env { words.find(|word| !word.starts_with('-')) } else { Some(first) };
        program.unwrap_or("").to_owned()
    });
    script
}

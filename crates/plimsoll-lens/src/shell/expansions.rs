//! The words of a script: which expansions are split, what a command does with its arguments.

use plimsoll_posture::{ShellWord, SlipKind};
use shuck_ast::{
    ArrayElem, Assignment, AssignmentValue, BourneParameterExpansion, Command, CommandSubstitutionSyntax,
    HeredocBodyPart, LiteralText, ParameterExpansion, ParameterExpansionSyntax, ParameterOp, Redirect,
    RedirectTarget, Stmt, StmtSeq, VarRef, Word, WordPart, WordPartNode,
};

use super::slips::{Context, State, Walk};
use super::variables::{Content, Declared};
use super::word::{bytes, word};

impl<'a> Walk<'a> {
    /// A word that the shell splits.
    pub(super) fn word(&mut self, word: &'a Word, state: &State<'a>, context: Context) {
        self.parts(&word.parts, false, state, context);
    }

    /// A word that the shell takes as one.
    pub(super) fn quoted_word(&mut self, word: &'a Word, state: &State<'a>, context: Context) {
        self.parts(&word.parts, true, state, context);
    }

    /// Whether the word at that index is nothing but the name of the command that runs.
    pub(super) fn is_command_name(&self, words: &[&'a Word], at: usize) -> bool {
        let lone = words.get(at).is_some_and(|word| word.parts.len() == 1);
        let before = words.iter().take(at).all(|word| {
            let name = word.try_static_text(self.script.text);
            matches!(name.as_deref(), Some("exec" | "command" | "builtin" | "busybox"))
        });
        lone && before
    }

    fn parts(&mut self, parts: &'a [WordPartNode], quoted: bool, state: &State<'a>, context: Context) {
        for part in parts {
            self.part(part, quoted, state, context);
        }
    }

    fn part(&mut self, part: &'a WordPartNode, quoted: bool, state: &State<'a>, context: Context) {
        let range = bytes(part.span);
        match &part.kind {
            WordPart::DoubleQuoted { parts, .. } => self.parts(parts, true, state, context),
            WordPart::Variable(name) if !quoted => self.variable(name.as_str(), range, state),
            WordPart::CommandSubstitution { body, syntax } => {
                if !quoted && !body.stmts.is_empty() && !gives_numbers(body, self.script.text) {
                    self.tell(SlipKind::SplitOutput, range.clone());
                }
                self.substitution(body, *syntax, range, state, context);
            }
            WordPart::ProcessSubstitution { body, .. } => {
                self.sequence(body, state.clone(), Context { tail: false, waved: true, ..context });
            }
            WordPart::ArithmeticExpansion { expression_word_ast, .. } => {
                self.quoted_word(expression_word_ast, state, context);
            }
            WordPart::Parameter(parameter) => {
                if !quoted && let Some(name) = split_name(parameter) {
                    self.variable(name, range, state);
                }
                self.operands(parameter, state, context);
            }
            WordPart::ParameterExpansion { reference, operator, operand_word_ast, .. } => {
                if !quoted && splits(operator) {
                    self.variable(reference.name.as_str(), range, state);
                }
                if let Some(operand) = operand_word_ast {
                    self.quoted_word(operand, state, context);
                }
            }
            WordPart::ArrayAccess(reference) | WordPart::Substring { reference, .. }
                if !quoted && !is_all(reference) =>
            {
                self.variable(reference.name.as_str(), range, state);
            }
            WordPart::IndirectExpansion { reference, .. } | WordPart::Transformation { reference, .. }
                if !quoted =>
            {
                self.variable(reference.name.as_str(), range, state);
            }
            _ => {}
        }
    }

    fn variable(&mut self, name: &'a str, range: std::ops::Range<usize>, state: &State<'a>) {
        // `$@` unquoted is a matter of its own.
        if name != "@" && self.content(state, name) != Content::Plain {
            self.tell(SlipKind::SplitVariable(name.into()), range);
        }
    }

    fn substitution(
        &mut self,
        body: &'a StmtSeq,
        syntax: CommandSubstitutionSyntax,
        range: std::ops::Range<usize>,
        state: &State<'a>,
        context: Context,
    ) {
        if syntax == CommandSubstitutionSyntax::Backtick && !body.stmts.is_empty() {
            self.tell(SlipKind::Backticks, range);
        }
        self.sequence(body, state.clone(), Context { tail: false, ..context });
    }

    /// The words inside of `${…}`: they are not split again.
    fn operands(&mut self, parameter: &'a ParameterExpansion, state: &State<'a>, context: Context) {
        let ParameterExpansionSyntax::Bourne(bourne) = &parameter.syntax else { return };
        if let Some(operand) = bourne.operand_word_ast() {
            self.quoted_word(operand, state, context);
        }
    }

    pub(super) fn redirect(&mut self, redirect: &'a Redirect, state: &State<'a>, context: Context) {
        match &redirect.target {
            RedirectTarget::Word(target) => self.word(target, state, context),
            RedirectTarget::Heredoc(heredoc) => {
                for part in &heredoc.body.parts {
                    if let HeredocBodyPart::CommandSubstitution { body, syntax } = &part.kind {
                        self.substitution(body, *syntax, bytes(part.span), state, context);
                    }
                }
            }
        }
    }

    /// The value of an assignment is not split.
    pub(super) fn assigned(&mut self, assignment: &'a Assignment, state: &State<'a>, context: Context) {
        self.declared(assignment, false, state, context);
    }

    /// The value of an assignment that is an argument, which a POSIX shell may split.
    pub(super) fn declared(
        &mut self,
        assignment: &'a Assignment,
        splits: bool,
        state: &State<'a>,
        context: Context,
    ) {
        match &assignment.value {
            AssignmentValue::Scalar(value) => self.parts(&value.parts, !splits, state, context),
            AssignmentValue::Compound(array) => {
                for element in &array.elements {
                    if let ArrayElem::Sequential(element) = element {
                        self.quoted_word(&element.word, state, context);
                    }
                }
            }
        }
    }

    /// Whether the value runs a command.
    pub(super) fn holds_command(&self, assignment: &Assignment) -> bool {
        fn any(parts: &[WordPartNode]) -> bool {
            parts.iter().any(|part| match &part.kind {
                WordPart::CommandSubstitution { body, .. } => !body.stmts.is_empty(),
                WordPart::DoubleQuoted { parts, .. } => any(parts),
                _ => false,
            })
        }
        matches!(&assignment.value, AssignmentValue::Scalar(value) if any(&value.parts))
    }

    /// What an assignment puts into its variable.
    pub(super) fn assigned_content(&self, assignment: &'a Assignment, state: &State<'a>) -> Content {
        let AssignmentValue::Scalar(value) = &assignment.value else { return Content::Wild };
        if assignment.target.subscript.is_some() {
            return Content::Wild;
        }
        let content = self.word_content(value, state);
        match assignment.append {
            true => self.content(state, assignment.target.name.as_str()).then(content),
            false => content,
        }
    }

    fn word_content(&self, word: &'a Word, state: &State<'a>) -> Content {
        match word.brace_syntax().iter().any(|brace| brace.expands()) {
            true => Content::Wild,
            false => self.parts_content(&word.parts, state),
        }
    }

    fn parts_content(&self, parts: &'a [WordPartNode], state: &State<'a>) -> Content {
        parts.iter().fold(Content::Empty, |content, part| content.then(self.part_content(part, state)))
    }

    fn part_content(&self, part: &'a WordPartNode, state: &State<'a>) -> Content {
        match &part.kind {
            WordPart::Literal(LiteralText::Source) => {
                Content::of(self.script.text.get(bytes(part.span)).unwrap_or(""))
            }
            WordPart::Literal(LiteralText::Owned(text) | LiteralText::CookedSource(text)) => {
                Content::of(text)
            }
            WordPart::SingleQuoted { value, .. } => match value.is_source_backed() {
                true => Content::of(self.script.text.get(bytes(value.span())).unwrap_or(" ")),
                false => Content::of(value.slice(self.script.text)),
            },
            WordPart::DoubleQuoted { parts, .. } => self.parts_content(parts, state),
            WordPart::Variable(name) => self.content(state, name.as_str()),
            WordPart::ArithmeticExpansion { .. } | WordPart::Length(_) | WordPart::ArrayLength(_) => {
                Content::Plain
            }
            WordPart::Parameter(parameter) => match &parameter.syntax {
                ParameterExpansionSyntax::Bourne(BourneParameterExpansion::Length { .. }) => Content::Plain,
                ParameterExpansionSyntax::Bourne(BourneParameterExpansion::Access { reference })
                    if reference.subscript.is_none() =>
                {
                    self.content(state, reference.name.as_str())
                }
                _ => Content::Wild,
            },
            _ => Content::Wild,
        }
    }

    /// The words of a loop: splitting them is what a loop is for. Returns what its variable holds.
    pub(super) fn listed(&mut self, words: &'a [Word], state: &State<'a>, context: Context) -> Content {
        let context = Context { tail: false, waved: true, ..context };
        let mut content: Option<Content> = None;
        for word in words {
            self.quoted_word(word, state, context);
            let own = match word.parts.as_slice() {
                [WordPartNode { kind: WordPart::CommandSubstitution { body, .. }, .. }]
                    if gives_numbers(body, self.script.text) =>
                {
                    Content::Plain
                }
                // `{1..3}`: each word of it is as plain as its letters.
                parts => self.parts_content(parts, state),
            };
            content = Some(content.map_or(own, |content| content.or(own)));
        }
        content.unwrap_or(Content::Empty)
    }

    /// What a command does with its arguments.
    pub(super) fn arguments(
        &mut self,
        words: &[&'a Word],
        state: &State<'a>,
        statement: &'a Stmt,
        context: Context,
    ) {
        let text = self.script.text;
        let Some(first) = words.first().and_then(|word| word.try_static_text(text)) else { return };
        // `\cd` is `cd` without aliases.
        let name = first.rsplit('/').next().unwrap_or(&first).trim_start_matches('\\');
        if !matches!(name, "echo" | "printf" | "[" | "[[") {
            self.globs(words);
        }
        match name {
            "echo" if !matches!(self.program(), "dash" | "ash" | "busybox") => self.echo(words),
            "cd" | "pushd" | "popd" => self.directory(name, words, statement, context),
            "command" | "builtin" => {
                let rest = words.get(1..).unwrap_or(&[]);
                let inner = rest.first().and_then(|word| word.try_static_text(text));
                if let Some(name @ ("cd" | "pushd" | "popd")) = inner.as_deref() {
                    self.directory(name, rest, statement, context);
                }
            }
            "rm" => self.removal(words, state),
            "sudo" => {
                let at = words.iter().position(|word| text.get(bytes(word.span)) == Some("rm"));
                if let Some(rest) = at.and_then(|at| words.get(at..)) {
                    self.removal(rest, state);
                }
            }
            _ => {}
        }
    }

    fn globs(&mut self, words: &[&'a Word]) {
        for word in words.iter().skip(1) {
            let range = bytes(word.span);
            let text = self.script.text.get(range.clone()).unwrap_or("");
            if matches!(text, "--" | ":::" | "::::") {
                return;
            }
            let literal = word.parts.first().is_some_and(|part| matches!(part.kind, WordPart::Literal(_)));
            if literal && text.starts_with(['*', '?']) {
                self.tell(SlipKind::GlobAsOption, range);
            }
        }
    }

    fn echo(&mut self, words: &[&'a Word]) {
        let flags = words.iter().skip(1).filter_map(|word| self.script.text.get(bytes(word.span)));
        if flags.take_while(|text| *text != "--").any(|text| text.starts_with('-') && text.contains('e')) {
            return;
        }
        for tree in words.iter().skip(1) {
            let range = bytes(tree.span);
            if !self.script.text.get(range.clone()).unwrap_or("").contains('\\') {
                continue;
            }
            if has_escape(&literal_text(&tree.parts, self.script.text, false)) {
                self.tell(SlipKind::EchoedEscape, range);
            }
        }
    }

    fn directory(&mut self, name: &str, words: &[&'a Word], statement: &'a Stmt, context: Context) {
        let arguments: Vec<ShellWord> =
            words.iter().skip(1).map(|argument| word(self.script, argument)).collect();
        // `cd ..` cannot fail, and nothing comes after the last command of a script.
        let safe = match arguments.as_slice() {
            [only] => only.literal && only.text.split('/').all(|segment| matches!(segment, "" | "." | "..")),
            _ => false,
        };
        let still = name != "cd" && arguments.iter().any(|word| &*word.text == "-n");
        if safe || still || context.checked || context.tail {
            return;
        }
        let start = words.first().map_or(0, |word| bytes(word.span).start);
        let end = words
            .iter()
            .map(|word| bytes(word.span).end)
            .chain(statement.redirects.iter().map(|own| bytes(own.span).end))
            .max();
        self.tell(SlipKind::UncheckedDirectory, start..end.unwrap_or(start));
    }

    fn removal(&mut self, words: &[&'a Word], state: &State<'a>) {
        let text = self.script.text;
        let raw = |word: &&'a Word| text.get(bytes(word.span)).unwrap_or("");
        let recursive = words.iter().skip(1).map(raw).take_while(|word| *word != "--").any(|word| {
            word == "--recursive"
                || word.starts_with('-') && !word.starts_with("--") && word.contains(['r', 'R'])
        });
        if !recursive {
            return;
        }
        for word in words.iter().skip(1) {
            let mut path = String::new();
            let mut open = false;
            if self.emptied(&word.parts, state, &mut path, &mut open) && open {
                let path = squeezed(&path);
                if is_vital(&path) {
                    self.tell(SlipKind::EmptiedRemoval(path.into()), bytes(word.span));
                }
            }
        }
    }

    /// The text of a word when every expansion in it is empty; `false` when one of them cannot be.
    fn emptied(
        &self,
        parts: &'a [WordPartNode],
        state: &State<'a>,
        path: &mut String,
        open: &mut bool,
    ) -> bool {
        parts.iter().all(|part| match &part.kind {
            WordPart::Literal(_) | WordPart::SingleQuoted { .. } => {
                path.push_str(&literal_text(std::slice::from_ref(part), self.script.text, false));
                true
            }
            WordPart::DoubleQuoted { parts, .. } => self.emptied(parts, state, path, open),
            WordPart::Variable(name) => {
                *open = true;
                self.may_be_empty(name.as_str(), state)
            }
            WordPart::Parameter(parameter) => {
                *open = true;
                match &parameter.syntax {
                    ParameterExpansionSyntax::Bourne(BourneParameterExpansion::Operation {
                        operator,
                        // Without the colon, what is set to nothing stays so.
                        colon_variant: true,
                        ..
                    }) if matches!(
                        **operator,
                        ParameterOp::UseDefault | ParameterOp::AssignDefault | ParameterOp::Error
                    ) =>
                    {
                        false
                    }
                    ParameterExpansionSyntax::Bourne(BourneParameterExpansion::Access { reference }) => {
                        self.may_be_empty(reference.name.as_str(), state)
                    }
                    _ => true,
                }
            }
            WordPart::CommandSubstitution { .. } => {
                *open = true;
                true
            }
            _ => false,
        })
    }

    fn may_be_empty(&self, name: &str, state: &State<'a>) -> bool {
        let set = state.as_ref().and_then(|variables| variables.get(name));
        match set {
            Some(content) => content != Content::Plain,
            // Docker and every shell set these.
            None if matches!(name, "HOME" | "PWD" | "PATH" | "HOSTNAME") => false,
            None => (self.around.declared)(name) != Declared::Filled,
        }
    }
}

/// The variable that `${…}` splits; lengths, all elements and `${x:+…}` are left out.
fn split_name(parameter: &ParameterExpansion) -> Option<&str> {
    let ParameterExpansionSyntax::Bourne(bourne) = &parameter.syntax else { return None };
    let reference = match bourne {
        BourneParameterExpansion::Operation { reference, operator, .. } if splits(operator) => reference,
        BourneParameterExpansion::Access { reference }
        | BourneParameterExpansion::Slice { reference, .. }
        | BourneParameterExpansion::Indirect { reference, .. }
        | BourneParameterExpansion::Transformation { reference, .. } => reference,
        _ => return None,
    };
    (!is_all(reference)).then_some(reference.name.as_str())
}

/// `: ${x:=…}` sets a variable, `${x:+…}` gives what is written.
fn splits(operator: &ParameterOp) -> bool {
    !matches!(operator, ParameterOp::UseReplacement | ParameterOp::AssignDefault)
}

fn is_all(reference: &VarRef) -> bool {
    reference.name.as_str() == "@" || reference.has_array_selector()
}

/// Commands that give one number, or several on purpose.
fn gives_numbers(body: &StmtSeq, text: &str) -> bool {
    let [Stmt { command: Command::Simple(simple), .. }] = body.stmts.as_slice() else { return false };
    matches!(simple.name.try_static_text(text).as_deref(), Some("seq" | "pgrep"))
}

/// The literal parts of a word after quote removal.
fn literal_text(parts: &[WordPartNode], text: &str, quoted: bool) -> String {
    let mut out = String::new();
    for part in parts {
        match &part.kind {
            WordPart::Literal(LiteralText::Source) => {
                super::word::unescape(text.get(bytes(part.span)).unwrap_or(""), quoted, &mut out);
            }
            WordPart::Literal(LiteralText::Owned(own) | LiteralText::CookedSource(own)) => out.push_str(own),
            WordPart::SingleQuoted { value, .. } => match value.is_source_backed() {
                true => out.push_str(text.get(bytes(value.span())).unwrap_or("")),
                false => out.push_str(value.slice(text)),
            },
            WordPart::DoubleQuoted { parts, .. } => out.push_str(&literal_text(parts, text, true)),
            _ => {}
        }
    }
    out
}

fn has_escape(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| match pair {
        [b'\\', letter] => b"rntabefvx01234567".contains(letter),
        _ => false,
    })
}

/// Repeated `/` and `*` are one, and a `/` at the end is none.
fn squeezed(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if !(matches!(c, '/' | '*') && out.ends_with(c)) {
            out.push(c);
        }
    }
    if out.len() > 1 && out.ends_with('/') {
        out.pop();
    }
    out
}

/// Directories without which a system does not run, and all that is in them.
fn is_vital(path: &str) -> bool {
    const VITAL: &[&str] = &[
        "",
        "/bin",
        "/etc",
        "/home",
        "/mnt",
        "/usr",
        "/usr/share",
        "/usr/local",
        "/var",
        "/lib",
        "/dev",
        "/media",
        "/boot",
        "/lib64",
        "/usr/bin",
    ];
    let stem = path.strip_suffix("/*").unwrap_or(path);
    let stem = stem.strip_suffix("/*").unwrap_or(stem);
    if path == "/" {
        return true;
    }
    !path.is_empty() && VITAL.contains(&stem)
}

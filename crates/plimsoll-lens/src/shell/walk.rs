//! From the parser's tree to the list of simple commands.

use plimsoll_posture::{Joined, ShellCommand, ShellWord};
use plimsoll_text::Span;
use shuck_ast::{
    ArrayElem, Assignment, AssignmentValue, BinaryOp, BuiltinCommand, Command, CompoundCommand,
    ConditionalExpr, DeclOperand, File, HeredocBodyPart, ParameterExpansionSyntax, Redirect, RedirectTarget,
    Stmt, StmtSeq, StmtTerminator, Word, WordPart, WordPartNode,
};

use super::word::{assignment, bytes, plain, redirect, value, word};
use super::{Script, inner};

/// More commands than this are not read from one script.
const MAX_COMMANDS: usize = 20_000;

/// The commands of a parsed script; `level` is how many scripts it is inside of.
pub(super) fn commands(script: Script<'_>, file: &File, level: usize) -> Vec<ShellCommand> {
    let mut walk = Walk { script, found: Vec::new(), pipelines: 0, level };
    walk.sequence(&file.body, &Place::default());
    walk.found
}

/// Where a command stands.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    joined: Option<Joined>,
    /// Number, position and length of the pipeline around it.
    pipeline: Option<(u32, u32, u32)>,
    parent: Option<usize>,
    substituted: bool,
    depth: u32,
}

impl Place {
    fn inside(self) -> Self {
        Self { joined: None, depth: self.depth + 1, ..self }
    }

    fn substituted_in(self, parent: Option<usize>) -> Self {
        Self { joined: None, pipeline: None, parent, substituted: true, depth: self.depth }
    }
}

/// The words and assignments of one simple command.
#[derive(Default)]
struct Parts<'a> {
    words: Vec<ShellWord>,
    assignments: &'a [Assignment],
    /// The parser's words, for the substitutions in them.
    trees: Vec<&'a Word>,
    values: Vec<&'a Assignment>,
}

struct Walk<'a> {
    script: Script<'a>,
    found: Vec<ShellCommand>,
    pipelines: u32,
    level: usize,
}

impl Walk<'_> {
    fn sequence(&mut self, sequence: &StmtSeq, place: &Place) {
        let mut joined = place.joined;
        for statement in &sequence.stmts {
            self.statement(statement, &Place { joined, ..*place });
            joined = match statement.terminator {
                Some(StmtTerminator::Background(_)) => Some(Joined::Background),
                _ => None,
            };
        }
    }

    fn statement(&mut self, statement: &Stmt, place: &Place) {
        if self.found.len() >= MAX_COMMANDS {
            return;
        }
        match &statement.command {
            Command::Binary(_) => self.chain(statement, place),
            Command::Compound(compound) => {
                self.compound(compound, statement, place);
                self.redirected(&statement.redirects, None, place);
            }
            Command::Function(function) => self.statement(&function.body, &place.inside()),
            Command::AnonymousFunction(function) => self.statement(&function.body, &place.inside()),
            Command::Simple(simple) => {
                let mut parts = Parts { assignments: &simple.assignments, ..Parts::default() };
                if !bytes(simple.name.span).is_empty() {
                    parts.add(self.script, &simple.name);
                }
                for argument in &simple.args {
                    parts.add(self.script, argument);
                }
                self.simple(parts, statement, place);
            }
            Command::Decl(declaration) => {
                let mut parts = Parts { assignments: &declaration.assignments, ..Parts::default() };
                parts.words.push(plain(self.script, bytes(declaration.variant_span)));
                for operand in &declaration.operands {
                    match operand {
                        DeclOperand::Flag(operand) | DeclOperand::Dynamic(operand) => {
                            parts.add(self.script, operand);
                        }
                        DeclOperand::Name(name) => parts.words.push(plain(self.script, bytes(name.span))),
                        DeclOperand::Assignment(operand) => {
                            parts.words.push(assignment(self.script, operand));
                            parts.values.push(operand);
                        }
                    }
                }
                self.simple(parts, statement, place);
            }
            Command::Builtin(builtin) => self.builtin(builtin, statement, place),
        }
    }

    fn builtin(&mut self, builtin: &BuiltinCommand, statement: &Stmt, place: &Place) {
        let (name, first, more, assignments) = match builtin {
            BuiltinCommand::Break(own) => ("break", &own.depth, &own.extra_args, &own.assignments),
            BuiltinCommand::Continue(own) => ("continue", &own.depth, &own.extra_args, &own.assignments),
            BuiltinCommand::Return(own) => ("return", &own.code, &own.extra_args, &own.assignments),
            BuiltinCommand::Exit(own) => ("exit", &own.code, &own.extra_args, &own.assignments),
        };
        let mut parts = Parts { assignments, ..Parts::default() };
        let range = bytes(statement.span);
        let text = self.script.text.get(range.clone()).unwrap_or("");
        let start = range.start + text.find(name).unwrap_or(0);
        parts.words.push(ShellWord { text: name.into(), ..plain(self.script, start..start + name.len()) });
        for argument in first.iter().chain(more) {
            parts.add(self.script, argument);
        }
        self.simple(parts, statement, place);
    }

    /// `a && b || c | d`: the tree leans left, so its spine is followed without recursion.
    fn chain(&mut self, statement: &Stmt, place: &Place) {
        let mut links: Vec<(Option<BinaryOp>, &Stmt)> = Vec::new();
        let mut at = statement;
        while let Command::Binary(binary) = &at.command {
            links.push((Some(binary.op), &binary.right));
            at = &binary.left;
        }
        links.push((None, at));
        links.reverse();
        let is_pipe = |op: Option<BinaryOp>| matches!(op, Some(BinaryOp::Pipe | BinaryOp::PipeAll));
        let mut start = 0;
        while start < links.len() {
            let rest = links.get(start + 1..).unwrap_or(&[]);
            let length = 1 + rest.iter().take_while(|(op, _)| is_pipe(*op)).count();
            let number = (length > 1).then(|| self.next_pipeline());
            for (position, (op, part)) in links.iter().skip(start).take(length).enumerate() {
                let joined = match op {
                    Some(BinaryOp::And) => Some(Joined::And),
                    Some(BinaryOp::Or) => Some(Joined::Or),
                    Some(BinaryOp::Pipe | BinaryOp::PipeAll) => Some(Joined::Pipe),
                    None => place.joined,
                };
                let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
                let pipeline = number.map(|number| (number, count(position), count(length)));
                self.statement(part, &Place { joined, pipeline: pipeline.or(place.pipeline), ..*place });
            }
            start += length;
        }
    }

    fn next_pipeline(&mut self) -> u32 {
        let number = self.pipelines;
        self.pipelines = self.pipelines.saturating_add(1);
        number
    }

    fn simple(&mut self, parts: Parts<'_>, statement: &Stmt, place: &Place) {
        let (pipeline, position, pipeline_length) =
            place.pipeline.unwrap_or_else(|| (self.next_pipeline(), 0, 1));
        let script = self.script;
        // The statement's own span may reach over the operator behind it.
        let whole = parts
            .words
            .iter()
            .map(|word| word.at)
            .chain(parts.assignments.iter().map(|own| script.span(bytes(own.span))))
            .chain(statement.redirects.iter().map(|own| script.span(bytes(own.span))))
            .reduce(Span::join);
        let assignments = parts
            .assignments
            .iter()
            .map(|assignment| (assignment.target.name.as_str().into(), value(script, assignment)))
            .collect();
        let index = self.found.len();
        let inner = inner::script(script, &parts.words, &parts.trees);
        self.found.push(ShellCommand {
            at: whole.unwrap_or_else(|| script.span(bytes(statement.span))),
            words: parts.words,
            assignments,
            redirects: statement.redirects.iter().map(|own| redirect(script, own)).collect(),
            pipeline,
            position,
            pipeline_length,
            joined: place.joined.unwrap_or(Joined::Sequence),
            substituted: place.substituted,
            parent: place.parent,
            depth: place.depth,
        });
        for own in parts.assignments.iter().chain(parts.values) {
            self.assigned(own, Some(index), place);
        }
        for word in parts.trees {
            self.word(word, Some(index), place);
        }
        self.redirected(&statement.redirects, Some(index), place);
        if let Some(inner) = inner {
            self.inner(&inner, place);
        }
    }

    /// The commands of a script that a command hands to a shell follow that command.
    fn inner(&mut self, inner: &inner::Inner, place: &Place) {
        let script = Script { text: &inner.text, source: self.script.source, map: &inner.map };
        let (first, pipelines) = (self.found.len(), self.pipelines);
        for command in super::commands_at(script, inner.dialect, self.level + 1).0 {
            let pipeline = command.pipeline.saturating_add(pipelines);
            self.pipelines = self.pipelines.max(pipeline.saturating_add(1));
            self.found.push(ShellCommand {
                pipeline,
                parent: command.parent.map(|parent| parent + first),
                depth: command.depth.saturating_add(place.depth + 1),
                ..command
            });
        }
    }

    fn compound(&mut self, compound: &CompoundCommand, statement: &Stmt, place: &Place) {
        let inside = place.inside();
        match compound {
            CompoundCommand::Subshell(body) | CompoundCommand::BraceGroup(body) => {
                self.sequence(body, &Place { joined: place.joined, ..inside });
            }
            CompoundCommand::If(own) => {
                self.sequence(&own.condition, &inside);
                self.sequence(&own.then_branch, &inside);
                for (condition, body) in &own.elif_branches {
                    self.sequence(condition, &inside);
                    self.sequence(body, &inside);
                }
                if let Some(body) = &own.else_branch {
                    self.sequence(body, &inside);
                }
            }
            CompoundCommand::While(own) => {
                self.sequence(&own.condition, &inside);
                self.sequence(&own.body, &inside);
            }
            CompoundCommand::Until(own) => {
                self.sequence(&own.condition, &inside);
                self.sequence(&own.body, &inside);
            }
            CompoundCommand::For(own) => {
                self.words(own.words.iter().flatten(), place);
                self.sequence(&own.body, &inside);
            }
            CompoundCommand::Foreach(own) => {
                self.words(&own.words, place);
                self.sequence(&own.body, &inside);
            }
            CompoundCommand::Select(own) => {
                self.words(&own.words, place);
                self.sequence(&own.body, &inside);
            }
            CompoundCommand::Repeat(own) => self.sequence(&own.body, &inside),
            CompoundCommand::ArithmeticFor(own) => self.sequence(&own.body, &inside),
            CompoundCommand::Case(own) => {
                self.word(&own.word, None, place);
                for case in &own.cases {
                    self.sequence(&case.body, &inside);
                }
            }
            CompoundCommand::Time(own) => {
                if let Some(command) = &own.command {
                    self.statement(command, place);
                }
            }
            CompoundCommand::Coproc(own) => self.statement(&own.body, place),
            CompoundCommand::Always(own) => {
                self.sequence(&own.body, &inside);
                self.sequence(&own.always_body, &inside);
            }
            CompoundCommand::Conditional(own) => {
                let bracket = plain(self.script, bytes(own.left_bracket_span));
                let mut parts = Parts { words: vec![bracket], ..Parts::default() };
                condition_words(&own.expression, &mut parts.trees);
                parts.words.extend(parts.trees.iter().map(|tree| word(self.script, tree)));
                self.simple(parts, &Stmt { redirects: Box::default(), ..statement.clone() }, place);
            }
            CompoundCommand::Arithmetic(_) => {}
        }
    }

    fn words<'w>(&mut self, words: impl IntoIterator<Item = &'w Word>, place: &Place) {
        for word in words {
            self.word(word, None, place);
        }
    }

    fn word(&mut self, word: &Word, parent: Option<usize>, place: &Place) {
        self.parts(&word.parts, parent, place);
    }

    fn parts(&mut self, parts: &[WordPartNode], parent: Option<usize>, place: &Place) {
        for part in parts {
            match &part.kind {
                WordPart::DoubleQuoted { parts, .. } => self.parts(parts, parent, place),
                WordPart::CommandSubstitution { body, .. } | WordPart::ProcessSubstitution { body, .. } => {
                    self.sequence(body, &place.substituted_in(parent));
                }
                WordPart::ArithmeticExpansion { expression_word_ast, .. } => {
                    self.word(expression_word_ast, parent, place);
                }
                WordPart::Parameter(parameter) => {
                    if let ParameterExpansionSyntax::Bourne(bourne) = &parameter.syntax
                        && let Some(operand) = bourne.operand_word_ast()
                    {
                        self.word(operand, parent, place);
                    }
                }
                WordPart::ParameterExpansion { operand_word_ast: Some(operand), .. }
                | WordPart::IndirectExpansion { operand_word_ast: Some(operand), .. } => {
                    self.word(operand, parent, place);
                }
                _ => {}
            }
        }
    }

    fn assigned(&mut self, assignment: &Assignment, parent: Option<usize>, place: &Place) {
        match &assignment.value {
            AssignmentValue::Scalar(value) => self.word(value, parent, place),
            AssignmentValue::Compound(array) => {
                for element in &array.elements {
                    if let ArrayElem::Sequential(element) = element {
                        self.word(&element.word, parent, place);
                    }
                }
            }
        }
    }

    fn redirected(&mut self, redirects: &[Redirect], parent: Option<usize>, place: &Place) {
        for redirect in redirects {
            match &redirect.target {
                RedirectTarget::Word(target) => self.word(target, parent, place),
                RedirectTarget::Heredoc(heredoc) => {
                    for part in &heredoc.body.parts {
                        if let HeredocBodyPart::CommandSubstitution { body, .. } = &part.kind {
                            self.sequence(body, &place.substituted_in(parent));
                        }
                    }
                }
            }
        }
    }
}

impl<'a> Parts<'a> {
    fn add(&mut self, script: Script<'_>, tree: &'a Word) {
        self.words.push(word(script, tree));
        self.trees.push(tree);
    }
}

fn condition_words<'a>(expression: &'a ConditionalExpr, out: &mut Vec<&'a Word>) {
    match expression {
        ConditionalExpr::Binary(binary) => {
            condition_words(&binary.left, out);
            condition_words(&binary.right, out);
        }
        ConditionalExpr::Unary(unary) => condition_words(&unary.expr, out),
        ConditionalExpr::Parenthesized(inner) => condition_words(&inner.expr, out),
        ConditionalExpr::Word(word) | ConditionalExpr::Regex(word) => out.push(word),
        ConditionalExpr::Pattern(_) | ConditionalExpr::VarRef(_) => {}
    }
}

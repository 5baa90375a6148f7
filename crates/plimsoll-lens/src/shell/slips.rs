//! The slips of a script: unquoted expansions, unchecked directories, hidden failures.
//!
//! What counts follows ShellCheck, where it is right: the values of variables are followed along every way through
//! the script, so that `V=1.2; echo $V` is no slip. Deliberately absent: whether a slip is bad, and scripts inside of
//! strings (`sh -c '…'`).

mod compound;

use plimsoll_posture::{ScriptTraits, ShellSlip, SlipKind};
use shuck_ast::{
    Assignment, BinaryOp, BuiltinCommand, Command, Comment, DeclOperand, File, Redirect, Stmt, StmtSeq,
    StmtTerminator, Word,
};

use super::Script;
use super::variables::{Content, Declared, Variables, is_kept_plain};
use super::word::bytes;

/// What surrounds a script.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The shell's program: `sh`, `bash`, `/bin/ash`.
    pub program: &'a str,
    /// What is known of a variable before the script starts.
    pub declared: &'a dyn Fn(&str) -> Declared,
}

/// The slips of a parsed script.
pub(super) fn slips<'a>(script: Script<'a>, file: &'a File, around: Around<'a>) -> ScriptTraits {
    let mut walk = Walk {
        script,
        around,
        traits: ScriptTraits::default(),
        functions: Vec::new(),
        muted: 0,
        loops: 0,
        calls: 0,
        pipefail: false,
        disabled: Vec::new(),
        fuel: MAX_STATEMENTS,
    };
    // What stands above everything holds for everything.
    walk.disable(&file.body.leading_comments);
    let end = walk.sequence(&file.body, Some(Variables::default()), Context::START);
    let waiting: Vec<&Stmt> =
        walk.functions.iter().filter(|function| !function.told).map(|function| function.body).collect();
    for body in waiting {
        walk.statement(body, end.clone(), Context { tail: false, ..Context::START });
    }
    walk.traits.slips.sort_by_key(|slip| (slip.at.start, std::cmp::Reverse(slip.at.end)));
    walk.traits.slips.dedup();
    walk.traits
}

/// More statements than this are not walked in one script: loops and functions are walked more than once.
const MAX_STATEMENTS: u32 = 100_000;
/// Loops inside of loops are walked twice down to this depth.
const MAX_LOOPS: u32 = 3;
/// Functions that call functions are followed down to this depth.
const MAX_CALLS: u32 = 3;

/// The variables, or nothing where the script cannot be.
pub(super) type State<'a> = Option<Variables<'a>>;

/// Who looks at what a statement ends with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    /// Something decides by it: the left of `&&` and `||`, conditions.
    pub(super) checked: bool,
    /// The script ends with it.
    pub(super) tail: bool,
    /// Its failure means something, or is waved through: nothing is hidden by a pipe in it.
    pub(super) waved: bool,
}

impl Context {
    const START: Self = Self { checked: false, tail: true, waved: false };

    fn inner(self) -> Self {
        Self { tail: false, ..self }
    }

    fn condition(self) -> Self {
        Self { checked: true, tail: false, waved: true }
    }
}

struct Function<'a> {
    name: &'a str,
    body: &'a Stmt,
    /// Whether its slips were taken down.
    told: bool,
}

pub(super) struct Walk<'a> {
    pub(super) script: Script<'a>,
    pub(super) around: Around<'a>,
    pub(super) traits: ScriptTraits,
    functions: Vec<Function<'a>>,
    /// Above 0 nothing is taken down: the walk only follows the variables.
    muted: u32,
    loops: u32,
    calls: u32,
    pipefail: bool,
    /// Codes of ShellCheck that a comment of the script accepts here.
    disabled: Vec<u32>,
    fuel: u32,
}

impl<'a> Walk<'a> {
    pub(super) fn tell(&mut self, kind: SlipKind, range: std::ops::Range<usize>) {
        if self.muted == 0 && !code(&kind).is_some_and(|code| self.disabled.contains(&code)) {
            let at = self.script.span(range);
            self.traits.slips.push(ShellSlip { kind, at });
        }
    }

    /// What a variable holds.
    pub(super) fn content(&self, state: &State<'a>, name: &str) -> Content {
        let Some(variables) = state else { return Content::Wild };
        variables.get(name).unwrap_or_else(|| match variables.is_full() {
            true => Content::Plain,
            false => self.untold(name),
        })
    }

    /// What a variable holds that the script has not set. The values of build arguments and of `ENV` are the
    /// writer's own choice: they are taken to be one word.
    fn untold(&self, name: &str) -> Content {
        match is_kept_plain(name) || (self.around.declared)(name) != Declared::No {
            true => Content::Plain,
            false => Content::Wild,
        }
    }

    fn join(&self, one: State<'a>, other: State<'a>) -> State<'a> {
        match (one, other) {
            (Some(one), Some(other)) => Some(one.join(&other, &|name| self.untold(name))),
            (one, other) => one.or(other),
        }
    }

    pub(super) fn sequence(
        &mut self,
        sequence: &'a StmtSeq,
        mut state: State<'a>,
        context: Context,
    ) -> State<'a> {
        let mut above: &[Comment] = &[];
        for (at, statement) in sequence.stmts.iter().enumerate() {
            let last = at + 1 == sequence.stmts.len();
            let context = Context { tail: context.tail && last, ..context };
            // The parser takes a comment below a statement for one beside it.
            let before = self.disabled.len();
            self.disable(above);
            above = statement.inline_comment.as_slice();
            if matches!(statement.terminator, Some(StmtTerminator::Background(_))) {
                self.statement(statement, state.clone(), context.inner());
            } else {
                state = self.statement(statement, state, context);
            }
            self.disabled.truncate(before);
        }
        state
    }

    /// A condition: only its last statement decides.
    fn condition(&mut self, sequence: &'a StmtSeq, mut state: State<'a>, context: Context) -> State<'a> {
        for (at, statement) in sequence.stmts.iter().enumerate() {
            let last = at + 1 == sequence.stmts.len();
            let own = if last { context.condition() } else { context.inner() };
            state = self.statement(statement, state, own);
        }
        state
    }

    fn statement(&mut self, statement: &'a Stmt, state: State<'a>, context: Context) -> State<'a> {
        if self.fuel == 0 {
            return state;
        }
        self.fuel -= 1;
        if statement.leading_comments.is_empty() {
            return self.undirected(statement, state, context);
        }
        let before = self.disabled.len();
        self.disable(&statement.leading_comments);
        let after = self.undirected(statement, state, context);
        self.disabled.truncate(before);
        after
    }

    /// `# shellcheck disable=SC2086,SC2046` in a heredoc holds for the statement below it.
    fn disable(&mut self, comments: &[Comment]) {
        for comment in comments {
            let range = usize::from(comment.range.start())..usize::from(comment.range.end());
            let text = self.script.text.get(range);
            let Some(rest) =
                text.and_then(|text| text.trim_start_matches('#').trim().strip_prefix("shellcheck"))
            else {
                continue;
            };
            let lists = rest.split_whitespace().filter_map(|word| word.strip_prefix("disable="));
            let codes = lists
                .flat_map(|list| list.split(','))
                .filter_map(|id| id.strip_prefix("SC")?.parse::<u32>().ok());
            self.disabled.extend(codes.take(64));
        }
    }

    fn undirected(&mut self, statement: &'a Stmt, state: State<'a>, context: Context) -> State<'a> {
        let context = match statement.negated {
            true => Context { tail: false, waved: true, ..context },
            false => context,
        };
        match &statement.command {
            Command::Binary(_) => self.chain(statement, state, context),
            Command::Compound(compound) => {
                self.redirects(&statement.redirects, &state, context);
                self.compound(compound, statement, state, context)
            }
            Command::Function(function) => {
                if let Some(name) = function.static_names().next() {
                    self.functions.push(Function { name: name.as_str(), body: &function.body, told: false });
                }
                state
            }
            Command::AnonymousFunction(function) => self.statement(&function.body, state, context.inner()),
            Command::Simple(simple) => {
                self.redirects(&statement.redirects, &state, context);
                let mut words: Vec<&'a Word> = Vec::with_capacity(simple.args.len() + 1);
                if !bytes(simple.name.span).is_empty() {
                    words.push(&simple.name);
                }
                words.extend(&simple.args);
                self.simple(&simple.assignments, &words, statement, state, context)
            }
            Command::Decl(declaration) => {
                self.redirects(&statement.redirects, &state, context);
                self.declaration(declaration.variant.as_str(), &declaration.operands, state, context)
            }
            Command::Builtin(builtin) => {
                let (word, ends) = match builtin {
                    BuiltinCommand::Break(own) => (&own.depth, false),
                    BuiltinCommand::Continue(own) => (&own.depth, false),
                    BuiltinCommand::Return(own) => (&own.code, true),
                    BuiltinCommand::Exit(own) => (&own.code, true),
                };
                if let Some(word) = word {
                    self.word(word, &state, context);
                }
                if ends { None } else { state }
            }
        }
    }

    /// `a && b || c | d`: the tree leans left, so its spine is followed without recursion.
    fn chain(&mut self, statement: &'a Stmt, mut state: State<'a>, context: Context) -> State<'a> {
        let mut links: Vec<(Option<BinaryOp>, &'a Stmt)> = Vec::new();
        let mut at = statement;
        while let Command::Binary(binary) = &at.command {
            links.push((Some(binary.op), &*binary.right));
            at = &*binary.left;
        }
        links.push((None, at));
        links.reverse();
        let is_pipe = |op: Option<BinaryOp>| matches!(op, Some(BinaryOp::Pipe | BinaryOp::PipeAll));
        let mut start = 0;
        while let Some((op, first)) = links.get(start) {
            let rest = links.get(start + 1..).unwrap_or(&[]);
            let length = 1 + rest.iter().take_while(|(op, _)| is_pipe(*op)).count();
            let next = links.get(start + length);
            let waved = matches!(next, Some((Some(BinaryOp::Or), next)) if is_shrug(next, self.script.text));
            let own = Context {
                checked: context.checked || next.is_some(),
                tail: context.tail && next.is_none(),
                waved: context.waved || waved,
            };
            let after = match length {
                1 => self.statement(first, state.clone(), own),
                _ => {
                    let parts = links.get(start..start + length).unwrap_or(&[]);
                    self.pipeline(parts, &state, own);
                    state.clone()
                }
            };
            state = match op {
                Some(BinaryOp::And | BinaryOp::Or) => self.join(state, after),
                _ => after,
            };
            start += length;
        }
        state
    }

    fn pipeline(&mut self, parts: &[(Option<BinaryOp>, &'a Stmt)], state: &State<'a>, context: Context) {
        if let (Some((_, first)), Some((_, last)), false) =
            (parts.first(), parts.last(), context.waved || self.pipefail)
        {
            let range = bytes(first.span).start..bytes(last.span).end;
            let text = self.script.text.get(range.clone()).unwrap_or("");
            let end = range.start + text.trim_end_matches([' ', '\t', '\n', ';', '&', '|']).len();
            self.tell(SlipKind::UncheckedPipe, range.start..end);
        }
        for (at, (_, part)) in parts.iter().enumerate() {
            let last = at + 1 == parts.len();
            self.statement(part, state.clone(), Context { tail: context.tail && last, ..context });
        }
    }

    fn simple(
        &mut self,
        assignments: &'a [Assignment],
        words: &[&'a Word],
        statement: &'a Stmt,
        mut state: State<'a>,
        context: Context,
    ) -> State<'a> {
        // The status of `A=$(…)` alone is that of the command in it.
        let of_value = match words.is_empty() {
            true => context,
            false => Context { tail: false, waved: true, ..context },
        };
        for assignment in assignments {
            self.assigned(assignment, &state, of_value);
        }
        if words.is_empty() {
            for assignment in assignments {
                let content = self.assigned_content(assignment, &state);
                if let Some(variables) = &mut state {
                    variables.set(assignment.target.name.as_str(), content);
                }
            }
            return state;
        }
        let of_words = Context { tail: false, waved: true, ..context };
        // `let` computes: its words are no paths.
        let computes = words
            .first()
            .is_some_and(|word| word.try_static_text(self.script.text).as_deref() == Some("let"));
        for (at, word) in words.iter().enumerate() {
            if !self.is_command_name(words, at) && !computes {
                self.word(word, &state, of_words);
            } else {
                self.quoted_word(word, &state, of_words);
            }
        }
        self.arguments(words, &state, statement, context);
        self.effects(words, state)
    }

    fn declaration(
        &mut self,
        variant: &'a str,
        operands: &'a [DeclOperand],
        mut state: State<'a>,
        context: Context,
    ) -> State<'a> {
        let inner = Context { tail: false, waved: true, ..context };
        let splits = matches!(self.program(), "sh");
        let flags: Vec<&str> = operands
            .iter()
            .filter_map(|operand| match operand {
                DeclOperand::Flag(word) => self.script.text.get(bytes(word.span)),
                _ => None,
            })
            .collect();
        let has = |letter: char| flags.iter().any(|flag| flag.starts_with('-') && flag.contains(letter));
        for operand in operands {
            match operand {
                DeclOperand::Flag(_) => {}
                DeclOperand::Dynamic(word) => self.word(word, &state, inner),
                DeclOperand::Name(name) => {
                    if has('i')
                        && let Some(variables) = &mut state
                    {
                        variables.set_integer(name.name.as_str());
                    }
                }
                DeclOperand::Assignment(assignment) => {
                    self.declared(assignment, splits, &state, inner);
                    let name = assignment.target.name.as_str();
                    if self.holds_command(assignment) && !(variant == "local" && has('r')) {
                        let range = bytes(assignment.target.name_span);
                        self.tell(SlipKind::MaskedStatus(name.into()), range);
                    }
                    let content = self.assigned_content(assignment, &state);
                    if let Some(variables) = &mut state {
                        match has('i') {
                            true => variables.set_integer(name),
                            false => variables.set(name, content),
                        }
                    }
                }
            }
        }
        state
    }

    fn redirects(&mut self, redirects: &'a [Redirect], state: &State<'a>, context: Context) {
        let context = Context { tail: false, waved: true, ..context };
        for redirect in redirects {
            self.redirect(redirect, state, context);
        }
    }

    /// What a command does to the variables and to the shell.
    fn effects(&mut self, words: &[&'a Word], mut state: State<'a>) -> State<'a> {
        let Some(name) = words.first().and_then(|word| word.try_static_text(self.script.text)) else {
            return state;
        };
        let texts = |walk: &Self| -> Vec<&'a str> {
            words.iter().skip(1).filter_map(|word| walk.script.text.get(bytes(word.span))).collect()
        };
        match &*name {
            "set" => {
                let mut names = false;
                for text in texts(self) {
                    if names {
                        self.traits.stops_on_error |= text == "errexit";
                        self.pipefail |= text == "pipefail";
                    }
                    let letters = text.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
                    self.traits.stops_on_error |= letters.is_some_and(|letters| letters.contains('e'));
                    names = letters.is_some_and(|letters| letters.ends_with('o'));
                }
            }
            "read" | "getopts" | "unset" | "mapfile" | "readarray" => {
                for text in texts(self).into_iter().filter(|text| !text.starts_with('-')) {
                    if let Some(variables) = &mut state {
                        variables.set(text, Content::Wild);
                    }
                }
            }
            "printf" => {
                if let (["-v", target, ..], Some(variables)) = (texts(self).as_slice(), &mut state) {
                    variables.set(target, Content::Wild);
                }
            }
            name => {
                let found = self.functions.iter().rposition(|function| function.name == name);
                if let Some(function) = found.filter(|_| self.calls < MAX_CALLS) {
                    return self.call(function, state);
                }
            }
        }
        state
    }

    fn call(&mut self, function: usize, state: State<'a>) -> State<'a> {
        let Some(called) = self.functions.get_mut(function) else { return state };
        let body = called.body;
        let quiet = called.told || self.muted > 0;
        called.told |= !quiet;
        self.calls += 1;
        self.muted += u32::from(quiet);
        let context = Context { tail: false, ..Context::START };
        // `return` ends the function, not the script.
        let after = self.statement(body, state.clone(), context).or(state);
        self.muted -= u32::from(quiet);
        self.calls -= 1;
        after
    }

    pub(super) fn program(&self) -> &'a str {
        self.around.program.rsplit('/').next().unwrap_or(self.around.program)
    }
}

/// The number by which ShellCheck goes for a slip.
fn code(kind: &SlipKind) -> Option<u32> {
    Some(match kind {
        SlipKind::SplitVariable(_) => 2086,
        SlipKind::SplitOutput => 2046,
        SlipKind::Backticks => 2006,
        SlipKind::UncheckedDirectory => 2164,
        SlipKind::MaskedStatus(_) => 2155,
        SlipKind::EchoedEscape => 2028,
        SlipKind::GlobAsOption => 2035,
        SlipKind::EmptiedRemoval(_) => 2115,
        SlipKind::UncheckedPipe => return None,
    })
}

/// `|| true`: whoever writes it knows that the command may fail.
fn is_shrug(statement: &Stmt, text: &str) -> bool {
    match &statement.command {
        Command::Simple(simple) => {
            matches!(simple.name.try_static_text(text).as_deref(), Some("true" | ":" | "echo" | "printf"))
        }
        _ => false,
    }
}

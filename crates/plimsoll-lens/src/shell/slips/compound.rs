//! Commands that hold others: lists in braces, conditions, loops, cases, functions.

use shuck_ast::{CompoundCommand, Stmt};

use super::{Context, MAX_LOOPS, State, Walk};
use crate::shell::variables::Content;
use crate::shell::word::bytes;

impl<'a> Walk<'a> {
    pub(super) fn compound(
        &mut self,
        compound: &'a CompoundCommand,
        statement: &'a Stmt,
        mut state: State<'a>,
        context: Context,
    ) -> State<'a> {
        let inner = context.inner();
        match compound {
            CompoundCommand::Subshell(body) => {
                self.sequence(body, state.clone(), context);
                state
            }
            CompoundCommand::BraceGroup(body) => self.sequence(body, state, context),
            CompoundCommand::If(own) => {
                let mut otherwise = self.condition(&own.condition, state, context);
                let mut after = self.sequence(&own.then_branch, otherwise.clone(), context);
                for (condition, body) in &own.elif_branches {
                    otherwise = self.condition(condition, otherwise, context);
                    let branch = self.sequence(body, otherwise.clone(), context);
                    after = self.join(after, branch);
                }
                if let Some(body) = &own.else_branch {
                    otherwise = self.sequence(body, otherwise, context);
                }
                self.join(after, otherwise)
            }
            CompoundCommand::While(own) => self.looped(state, &mut |walk, state| {
                let state = walk.condition(&own.condition, state, inner);
                walk.sequence(&own.body, state, inner)
            }),
            CompoundCommand::Until(own) => self.looped(state, &mut |walk, state| {
                let state = walk.condition(&own.condition, state, inner);
                walk.sequence(&own.body, state, inner)
            }),
            CompoundCommand::For(own) => {
                let words = own.words.as_deref();
                let content = self.listed(words.unwrap_or(&[]), &state, inner);
                let content = if words.is_some() { content } else { Content::Wild };
                self.looped(state, &mut |walk, mut state| {
                    for target in &own.targets {
                        if let (Some(name), Some(variables)) = (&target.name, &mut state) {
                            variables.set(name.as_str(), content);
                        }
                    }
                    walk.sequence(&own.body, state, inner)
                })
            }
            CompoundCommand::Foreach(own) => {
                self.listed(&own.words, &state, inner);
                self.looped(state, &mut |walk, state| walk.sequence(&own.body, state, inner))
            }
            CompoundCommand::Select(own) => {
                self.listed(&own.words, &state, inner);
                self.looped(state, &mut |walk, state| walk.sequence(&own.body, state, inner))
            }
            CompoundCommand::Repeat(own) => {
                self.looped(state, &mut |walk, state| walk.sequence(&own.body, state, inner))
            }
            CompoundCommand::ArithmeticFor(own) => {
                self.looped(state, &mut |walk, state| walk.sequence(&own.body, state, inner))
            }
            CompoundCommand::Case(own) => {
                self.quoted_word(&own.word, &state, inner);
                let mut after = None;
                let mut all = false;
                for case in &own.cases {
                    let branch = self.sequence(&case.body, state.clone(), context);
                    after = self.join(after, branch);
                    all |= case
                        .patterns
                        .iter()
                        .any(|pattern| self.script.text.get(bytes(pattern.span)) == Some("*"));
                }
                match all {
                    true => after,
                    false => self.join(after, state),
                }
            }
            CompoundCommand::Time(own) => match &own.command {
                Some(command) => self.statement(command, state, context),
                None => state,
            },
            CompoundCommand::Coproc(own) => {
                self.statement(&own.body, state.clone(), inner);
                state
            }
            CompoundCommand::Always(own) => {
                state = self.sequence(&own.body, state, inner);
                self.sequence(&own.always_body, state, inner)
            }
            CompoundCommand::Conditional(_) | CompoundCommand::Arithmetic(_) => {
                let _ = statement;
                state
            }
        }
    }

    /// What a body changes holds at its own start, so it is walked once before its slips are taken down.
    fn looped(
        &mut self,
        state: State<'a>,
        body: &mut dyn FnMut(&mut Self, State<'a>) -> State<'a>,
    ) -> State<'a> {
        self.loops += 1;
        let mut start = state;
        if self.loops <= MAX_LOOPS {
            self.muted += 1;
            let once = body(self, start.clone());
            self.muted -= 1;
            start = self.join(start, once);
        }
        let end = body(self, start.clone());
        self.loops -= 1;
        self.join(start, end)
    }
}

//! Rules in Rego over the posture, as conftest has them: packages with `deny`, `violation` and `warn`.
//!
//! The input is one scenario of `plimsoll.posture/1`. Evaluation is bounded by a count of steps, so that the same rules
//! give the same answer on every machine. Deliberately absent: data files, exceptions (an allowance is one), and every
//! built-in function that looks at the clock, the network or the environment.

mod answer;
mod fault;
mod place;
mod steps;
mod syntax;

use std::collections::BTreeMap;

use plimsoll_controls::{Control, Judgement, Severity, Verdict, Weight};
use plimsoll_posture::{Posture, Reason, Subject};
use plimsoll_text::{SourceId, Sources, Span};
use regorus::Engine;

use crate::control::{self};
use crate::{Pattern, Ruling};
pub use fault::Fault;

/// The most rule files of one run.
const MOST_MODULES: usize = 500;

/// What the interpreter may need below the deepest chain of rules that is let in.
const STACK: usize = 64 * 1024 * 1024;

/// A file of rules that was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Module {
    /// Its document.
    pub source: SourceId,
    /// Whether it is written in the Rego of before version 1, without `if` and `contains`.
    pub old: bool,
}

/// One of the rules that are asked.
#[derive(Debug, Clone)]
struct Rule {
    /// `data.main.deny`.
    path: String,
    control: &'static Control,
    at: Span,
}

/// The rules of a run, ready to be asked.
#[derive(Clone)]
pub struct Rego {
    engine: Engine,
    modules: Vec<Module>,
    rules: Vec<Rule>,
    steps: u32,
}

impl std::fmt::Debug for Rego {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rego").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// What the rules say of one scenario.
#[derive(Debug, Default)]
pub struct Told {
    /// The judgements, in the order of the rules.
    pub rulings: Vec<Ruling>,
    /// What went wrong while a rule was asked.
    pub faults: Vec<Fault>,
}

impl Rego {
    /// Reads the documents. A file with a fault is left out; the others stay.
    ///
    /// `namespaces` are the packages whose rules are asked.
    #[must_use]
    pub fn load(sources: &Sources, files: &[SourceId], namespaces: &[Pattern]) -> (Self, Vec<Fault>) {
        let mut faults = Vec::new();
        let mut modules = Vec::new();
        for &source in files.iter().take(MOST_MODULES) {
            match syntax::dialect(sources.get(source)) {
                Ok(old) => modules.push(Module { source, old }),
                Err(error) => faults.push(fault::of_error(sources, &[source], &error, source)),
            }
        }
        if let Some(&first) = files.get(MOST_MODULES) {
            faults.push(Fault::new(
                Span::whole(first),
                format!("only {MOST_MODULES} files of rules are read"),
                "put several rules into one file",
            ));
        }
        // Each turn leaves out at least one file, so that it ends.
        while !modules.is_empty() {
            let Some(wrong) = check(sources, &modules) else { break };
            modules.retain(|module| module.source != wrong.at.source);
            faults.push(wrong);
        }
        let engine = engine(sources, &modules);
        let rules = syntax::read(sources, &modules, &engine)
            .map(|program| asked(sources, &program, namespaces))
            .unwrap_or_default();
        (Self { engine, modules, rules, steps: steps::MOST }, faults)
    }

    /// Whether there is nothing to ask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The files that were let in.
    #[must_use]
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// The records of the rules that are asked, in their order.
    pub fn controls(&self) -> impl Iterator<Item = &'static Control> {
        self.rules.iter().map(|rule| rule.control)
    }

    /// Asks the rules that `wanted` lets through about one scenario: `input` is its `plimsoll.posture/1`, `sources` its
    /// documents and `own` those of the rules.
    #[must_use]
    pub fn judge(
        &self,
        posture: &Posture,
        sources: &Sources,
        own: &Sources,
        input: &str,
        wanted: &dyn Fn(&Control) -> bool,
    ) -> Told {
        let wanted: Vec<&Rule> = self.rules.iter().filter(|rule| wanted(rule.control)).collect();
        if wanted.is_empty() {
            return Told::default();
        }
        let answers = std::thread::scope(|scope| {
            let asked = &wanted;
            let thread = std::thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, move || self.answers(asked, input));
            match thread.map(std::thread::ScopedJoinHandle::join) {
                Ok(Ok(answers)) => answers,
                Ok(Err(_)) => vec![Err("the interpreter of Rego gave up".to_owned()); asked.len()],
                Err(error) => vec![Err(format!("no thread to evaluate in: {error}")); asked.len()],
            }
        });
        let facts = serde_json::from_str(input).unwrap_or_default();
        let scene = answer::Scene { posture, sources, facts: &facts };
        let mut told = Told::default();
        for (rule, answer) in wanted.into_iter().zip(answers) {
            let by_subject = match answer {
                Ok(value) => scene.findings(&value),
                Err(error) => Err(error),
            };
            match by_subject {
                Ok(by_subject) => self.tell(rule, by_subject, &mut told),
                Err(error) => {
                    let files: Vec<SourceId> = self.modules.iter().map(|module| module.source).collect();
                    let fault = fault::of_text(own, &files, &error, rule.at);
                    told.rulings.push(ruling(
                        rule,
                        None,
                        Verdict::Unknown(Reason::NotUnderstood(fault.message.as_str().into())),
                    ));
                    told.faults.push(fault);
                }
            }
        }
        told
    }

    fn answers(&self, rules: &[&Rule], input: &str) -> Vec<Result<serde_json::Value, String>> {
        let mut engine = self.engine.clone();
        steps::bound(&mut engine, self.steps);
        if let Err(error) = engine.set_input_json(input) {
            return vec![Err(error.to_string()); rules.len()];
        }
        rules
            .iter()
            .map(|rule| {
                let value = engine.eval_rule(rule.path.clone()).map_err(|error| error.to_string())?;
                if value == regorus::Value::Undefined {
                    return Ok(serde_json::Value::Null);
                }
                serde_json::to_value(&value).map_err(|error| error.to_string())
            })
            .collect()
    }

    fn tell(&self, rule: &Rule, by_subject: Vec<answer::Group>, told: &mut Told) {
        if by_subject.is_empty() {
            told.rulings.push(ruling(rule, None, Verdict::absent()));
        }
        for group in by_subject {
            told.rulings.push(ruling(rule, group.subject, Verdict::Fail(group.findings)));
        }
    }
}

fn ruling(rule: &Rule, subject: Option<Subject>, verdict: Verdict) -> Ruling {
    let weight = Weight::of(rule.control.severity);
    Ruling { judgement: Judgement { control: rule.control, subject, weight, verdict }, at: rule.at }
}

fn engine(sources: &Sources, modules: &[Module]) -> Engine {
    let mut engine = Engine::new();
    for module in modules {
        let source = sources.get(module.source);
        engine.set_rego_v0(module.old);
        // It was read before, alone.
        let _ = engine.add_policy(source.name.to_string(), source.text.to_string());
    }
    engine
}

/// What keeps these files from being asked together.
fn check(sources: &Sources, modules: &[Module]) -> Option<Fault> {
    let files: Vec<SourceId> = modules.iter().map(|module| module.source).collect();
    let last = *files.last()?;
    let mut engine = engine(sources, modules);
    match syntax::read(sources, modules, &engine) {
        Ok(program) => {
            if let Some(fault) = syntax::recursion(&program) {
                return Some(fault);
            }
        }
        Err(message) => {
            return Some(Fault::new(Span::whole(last), message, "take the expression apart"));
        }
    }
    steps::bound(&mut engine, steps::MOST);
    // The question does not matter: the rules are scheduled, and checked for unsafe variables, before any.
    let error = engine.eval_query("true".to_owned(), false).err()?;
    Some(fault::of_error(sources, &files, &error, last))
}

/// The rules that conftest would ask, in the order of their packages and names.
fn asked(sources: &Sources, program: &syntax::Program, namespaces: &[Pattern]) -> Vec<Rule> {
    let mut rules: BTreeMap<(&str, &str), Rule> = BTreeMap::new();
    for definition in &program.definitions {
        let Some(severity) = severity(&definition.name) else { continue };
        let package = program.packages[definition.module].as_str();
        if definition.is_function || !namespaces.iter().any(|pattern| pattern.matches(package)) {
            continue;
        }
        let source = sources.get(definition.at.source);
        rules.entry((package, &definition.name)).or_insert_with(|| Rule {
            path: format!("data.{package}.{}", definition.name),
            control: control::of_rule(
                package,
                &definition.name,
                severity,
                &syntax::annotation(source, definition.at),
                &source.name,
            ),
            at: definition.at,
        });
    }
    rules.into_values().collect()
}

/// `deny`, `violation` and `warn`, alone or with more after an underscore. What a rule denies fails the usual gate, what
/// it warns of does not.
fn severity(name: &str) -> Option<Severity> {
    [("deny", Severity::High), ("violation", Severity::High), ("warn", Severity::Low)].into_iter().find_map(
        |(word, severity)| {
            let rest = name.strip_prefix(word)?;
            (rest.is_empty() || rest.starts_with('_')).then_some(severity)
        },
    )
}

#[cfg(test)]
mod tests;

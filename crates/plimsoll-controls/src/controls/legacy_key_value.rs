//! `ENV name value`.

use plimsoll_posture::{Plane, Posture, Recipe, Stage, Step, StepKind};
use plimsoll_text::Span;

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "legacy-key-value",
    title: "ENV or LABEL is written without `=`",
    page: include_str!("legacy_key_value.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["LegacyKeyValueFormat"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let findings = stage.steps.iter().filter(|step| step.legacy).map(|step| {
        let (keyword, name) = match &step.kind {
            StepKind::Env(pairs) => ("ENV", pairs.first()),
            StepKind::Label(pairs) => ("LABEL", pairs.first()),
            _ => ("ENV", None),
        };
        let name = name.map_or("NAME", |(name, _)| &*name.value);
        let finding = Finding::place(
            stage.place(step.at),
            Plane::Declared,
            "a space in place of `=`",
            format!("stage `{}` writes {keyword} `{name}` in the old form", stage.label()),
            format!("write `{keyword} {name}=\"…\"`"),
        );
        match with_equals(stage, step) {
            Some(remedy) => finding.remedied(remedy),
            None => finding,
        }
    });
    Verdict::from_findings(findings.collect(), Verdict::absent())
}

/// The same pair with `=`. Both forms resolve variables, quotes and escapes of the value alike; only white space outside of
/// quotes needs quotes around it now.
fn with_equals(stage: &Stage, step: &Step) -> Option<Remedy> {
    let (StepKind::Env(pairs) | StepKind::Label(pairs)) = &step.kind else { return None };
    let [(name, value)] = pairs.as_slice() else { return None };
    let written = step.written.value.expose();
    let gap = written.find([' ', '\t'])?;
    let text = written.get(gap..)?.trim_start_matches([' ', '\t']);
    let quoted = |mark: char| {
        text.len() > 1
            && text
                .strip_prefix(mark)
                .and_then(|rest| rest.strip_suffix(mark))
                .is_some_and(|inner| !inner.contains(mark))
    };
    let special = text.contains(['"', '\'', '\\', '`']);
    let quotes = match text.contains(char::is_whitespace) {
        false => "",
        true if !text.contains(['\\', '`']) && (quoted('"') || quoted('\'')) => "",
        true if !special => "\"",
        true => return None,
    };
    let between = Span::new(name.at.source, name.at.end as usize, value.at.start as usize);
    let mut changes = vec![recipe_change::reword(stage, between, format!("={quotes}"))];
    if !quotes.is_empty() {
        changes.push(recipe_change::add_behind(stage, value.at, quotes));
    }
    Some(Remedy::safe(changes, "the builder gives the variable the same value"))
}

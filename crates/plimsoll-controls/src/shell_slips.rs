//! Slips of build scripts as findings: one per build step, however often the same thing happens in it.

use plimsoll_posture::{Plane, Run, ShellSlip, Stage};

use crate::{Finding, Verdict};

/// How a slip is told.
pub(crate) struct Telling {
    /// For the caret line.
    pub(crate) label: &'static str,
    /// What is wrong, after the name of the stage: ``leaves `$X` unquoted``.
    pub(crate) message: String,
    /// What to do.
    pub(crate) fix: String,
}

/// Other places of one step that a finding shows.
const MOST_SHOWN: usize = 3;

/// One finding per step in which `pick` takes a slip; the first one stands for all.
pub(crate) fn judge(
    stage: &Stage,
    pick: impl Fn(&Run, &ShellSlip) -> bool,
    tell: impl Fn(&Run, &ShellSlip) -> Telling,
) -> Verdict {
    let mut findings = Vec::new();
    let mut read = false;
    for (_, run) in stage.runs() {
        read |= run.understood;
        let mut picked = run.traits.slips.iter().filter(|slip| pick(run, slip));
        let Some(first) = picked.next() else { continue };
        let others: Vec<&ShellSlip> = picked.collect();
        let telling = tell(run, first);
        let more = match others.len() {
            0 => String::new(),
            1 => ", and once more in the same step".to_owned(),
            count => format!(", and {count} times more in the same step"),
        };
        let mut finding = Finding::place(
            stage.place(first.at),
            Plane::Declared,
            telling.label,
            format!("stage `{}` {}{more}", stage.label(), telling.message),
            telling.fix,
        );
        for slip in others.into_iter().take(MOST_SHOWN) {
            finding = finding.near(stage.place(slip.at), "and here");
        }
        findings.push(finding);
    }
    let nothing = match read || stage.runs().next().is_none() {
        true => Verdict::absent(),
        false => Verdict::NotApplicable("a RUN in a language that is not a POSIX shell"),
    };
    Verdict::from_findings(findings, nothing)
}

/// Whether the shell itself stops at the first failure: `SHELL ["/bin/bash", "-e", "-c"]`.
pub(crate) fn shell_stops_on_error(run: &Run) -> bool {
    options(run).any(|option| option.contains('e')) || named_options(run).any(|name| name == "errexit")
}

/// Whether the shell itself sees every failure in a pipe: `SHELL ["/bin/bash", "-o", "pipefail", "-c"]`.
pub(crate) fn shell_sees_pipes(run: &Run) -> bool {
    named_options(run).any(|name| name == "pipefail")
}

/// The letters of the shell's own options; a script with an interpreter of its own does not get them.
fn options(run: &Run) -> impl Iterator<Item = &str> {
    let own = !run.own_interpreter;
    run.shell
        .iter()
        .skip(1)
        .filter(move |_| own)
        .filter_map(|word| word.strip_prefix('-'))
        .filter(|word| !word.starts_with('-'))
}

fn named_options(run: &Run) -> impl Iterator<Item = &str> {
    let own = !run.own_interpreter;
    run.shell
        .windows(2)
        .filter(move |_| own)
        .filter(|pair| pair[0].starts_with('-') && pair[0].ends_with('o'))
        .map(|pair| &*pair[1])
}

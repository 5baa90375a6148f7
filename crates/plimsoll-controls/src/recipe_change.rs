//! Changes to a build recipe, as controls ask for them: words of a command that come, go or are said otherwise, and
//! steps that come.
//!
//! Deliberately absent: whether a change is wise, and how the document is written.

use plimsoll_posture::{Change, Claim, Layer, Recipe, Run, ShellWord, Stage, StageBase, Step, UserSpec};
use plimsoll_text::Span;

/// Other words at a place of a stage.
pub(crate) fn reword(stage: &Stage, at: Span, text: impl Into<String>) -> Change {
    Change::Reword { at: stage.place(at), text: text.into() }
}

/// Words behind the last byte of a place.
pub(crate) fn add_behind(stage: &Stage, at: Span, text: impl Into<String>) -> Change {
    let end = at.end as usize;
    reword(stage, Span::new(at.source, end, end), text)
}

/// Words before the first byte of a place.
pub(crate) fn add_before(stage: &Stage, at: Span, text: impl Into<String>) -> Change {
    let start = at.start as usize;
    reword(stage, Span::new(at.source, start, start), text)
}

/// Words go, with the blanks before them.
pub(crate) fn drop_words(stage: &Stage, at: Span) -> Change {
    reword(stage, at, "")
}

/// An option as the first one behind a word of a command; `None` when a variable stands there.
pub(crate) fn add_option(stage: &Stage, word: &ShellWord, option: &str) -> Option<Change> {
    word.literal.then(|| add_behind(stage, word.at, format!(" {option}")))
}

/// Whether a word stands in the document byte for byte: no variable, no quotes, no line break within.
pub(crate) fn is_bare(word: &ShellWord) -> bool {
    word.literal && !word.quoted && word.at.len() == word.text.len()
}

/// Words of a command as a JSON list.
pub(crate) fn json_list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words
        .into_iter()
        .map(|word| format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    format!("[{}]", quoted.join(", "))
}

/// `&& command` at the end of a script that runs as one list of commands; `None` where the end may belong to something
/// else: a heredoc, a comment, a program that runs in the background, a list that JSON holds.
pub(crate) fn append(stage: &Stage, step: &Step, run: &Run, command: &str) -> Option<Change> {
    let script = run.script.expose().trim_end();
    let last = script.lines().last().unwrap_or("");
    let open = script.ends_with(['&', ';', '|', '\\', '`']) || script.ends_with("&&");
    let shell = run.shell.first().is_some_and(|shell| shell.ends_with("sh"));
    let list = !run.exec_form && !run.own_interpreter && run.understood && shell && !step.on_build;
    let end = run.commands.iter().rfind(|command| command.depth == 0 && !command.substituted)?;
    // The last command of the list must be what the script ends with, so that `&&` follows it and nothing else.
    let ends = step.written.at.end == end.at.end;
    (list && ends && !open && !script.contains("<<") && !last.contains(" #"))
        .then(|| add_behind(stage, step.written.at, format!(" && {command}")))
}

/// Whether the step runs as root for all that is known.
pub(crate) fn runs_as_root(stage: &Stage, step: &Step) -> bool {
    match &step.user {
        Some(user) => user.value.is_root() == Some(true),
        None => {
            let base = stage.image.config.user.effective();
            let own = |claim: &&Claim<UserSpec>| claim.layer >= Layer::Image;
            base.filter(|claim| !own(claim))
                .is_none_or(|claim| claim.value.value().and_then(|user| user.is_root()) != Some(false))
        }
    }
}

/// The stage and step of a recipe that stand at a place.
pub(crate) fn step_at(recipe: &Recipe, at: Span) -> Option<(&Stage, &Step)> {
    recipe.stages.iter().find_map(|stage| {
        let step = stage.steps.iter().find(|step| step.at == at && !step.on_build)?;
        Some((stage, step))
    })
}

/// Whether another stage starts from this one.
pub(crate) fn is_base(recipe: &Recipe, stage: &Stage) -> bool {
    let own = StageBase::Stage(stage.index);
    recipe.stages.iter().any(|other| other.base == own)
}

//! Steps that copy the whole build context.

use plimsoll_posture::{
    BuildContext, Change, ContextId, Copy, CopyFrom, CopySource, CopySourceKind, Posture, Provenance, Recipe,
    Stage, StepKind,
};

/// One source of a `COPY` or `ADD` that is the whole context.
#[derive(Debug, Clone)]
pub(crate) struct WideCopy<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) copy: &'a Copy,
    pub(crate) source: &'a CopySource,
}

/// The steps of all stages that are built and take the whole context.
pub(crate) fn of(recipe: &Recipe) -> Vec<WideCopy<'_>> {
    let stages = recipe.stages.iter().filter(|stage| stage.reached);
    stages
        .flat_map(|stage| {
            stage.copies().filter(|(_, copy)| copy.from == CopyFrom::Context).flat_map(move |(_, copy)| {
                copy.sources.iter().filter(|source| is_wide(source)).map(move |source| WideCopy {
                    stage,
                    copy,
                    source,
                })
            })
        })
        .collect()
}

fn is_wide(source: &CopySource) -> bool {
    let Some(path) = source.path.value().filter(|_| source.kind == CopySourceKind::Path) else {
        return false;
    };
    let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    matches!((parts.next(), parts.next()), (None, _) | (Some("*" | "**"), None))
}

impl WideCopy<'_> {
    pub(crate) fn place(&self) -> Provenance {
        self.stage.place(self.source.at).routed(format!("stage {} COPY", self.stage.index))
    }

    /// `COPY .`
    pub(crate) fn text(&self) -> String {
        let keyword = if self.copy.add { "ADD" } else { "COPY" };
        let path = self.source.path.value().map_or(".", |path| &**path);
        format!("{keyword} {path}")
    }

    /// Whether an `--exclude` names the pattern, with or without wildcards around it.
    pub(crate) fn excludes(&self, pattern: &str) -> bool {
        let bare = |text: &str| text.trim_start_matches("**/").trim_end_matches(['*', '/']).to_owned();
        self.copy.exclude.iter().any(|own| bare(own) == bare(pattern))
    }
}

/// `` `a`, `b` and `c` ``; of more than five the rest is counted.
pub(crate) fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let items: Vec<String> = items.map(|item| format!("`{item}`")).collect();
    if items.len() > 5 {
        let shown = items.get(..4).unwrap_or(&items);
        return format!("{} and {} more", shown.join(", "), items.len() - 4);
    }
    match items.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// More lines for the ignore file of a context; `None` where a step of any build from it names what they would keep out, or
/// asks the version control that they hide.
pub(crate) fn ignore_lines(posture: &Posture, context: &BuildContext, lines: &[&str]) -> Option<Change> {
    let own = posture.contexts.iter().position(|other| std::ptr::eq(other, context)).map(ContextId)?;
    let recipes = posture.recipes.iter().filter(|recipe| recipe.context == Some(own));
    let hides = |path: &str| {
        path.split('/').any(|part| {
            lines.iter().any(|line| {
                let bare = line.trim_start_matches("**/");
                bare.strip_suffix('*')
                    .map_or(part == bare, |start| part.starts_with(start) && !start.is_empty())
            })
        })
    };
    let needed = recipes.flat_map(|recipe| &recipe.stages).flat_map(|stage| &stage.steps).any(|step| {
        match &step.kind {
            StepKind::Copy(copy) if copy.from == CopyFrom::Context => copy.sources.iter().any(|source| {
                source.kind == CopySourceKind::Path && source.path.value().is_none_or(|path| hides(path))
            }),
            StepKind::Run(run) => {
                let mounted = run.mounts.iter().any(|mount| mount.source.as_deref().is_some_and(hides));
                let asks = lines.contains(&".git")
                    && run.commands.iter().any(|command| {
                        command.effective_program() == Some("git")
                            && !command.has_argument(&[
                                "clone",
                                "config",
                                "init",
                                "lfs",
                                "version",
                                "--version",
                            ])
                    });
                mounted || asks
            }
            _ => false,
        }
    });
    if needed || lines.is_empty() {
        return None;
    }
    let path = match &*context.path {
        "." => ".dockerignore".to_owned(),
        folder => format!("{folder}/.dockerignore"),
    };
    let lines = lines.iter().map(|line| format!("{line}\n")).collect();
    Some(Change::File { path, lines })
}

//! Steps that copy the whole build context.

use plimsoll_posture::{Copy, CopyFrom, CopySource, CopySourceKind, Provenance, Recipe, Stage};

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

//! Which stages a remedy divides: a stage that went and the new ones of the same Dockerfile that stand in its place.
//!
//! A finding belongs to a control and a subject, and a stage is a subject by its name. Where a remedy makes several stages of
//! one, what was told of the whole is told of the parts, and none of that is new; what no part tells any more is gone.
//! Deliberately absent: whether what is told is right.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_posture::SubjectKind;
use plimsoll_report::Scenario;

/// The stages that went, by the keys of those that came in their place.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Division {
    wholes: BTreeMap<String, BTreeSet<String>>,
}

impl Division {
    /// What became of the stages between two looks at a scenario.
    pub(super) fn between(before: &Scenario, after: &Scenario) -> Self {
        Self::of(&stages(before), &stages(after))
    }

    fn of(before: &Stages, after: &Stages) -> Self {
        let mut wholes = BTreeMap::new();
        for (file, new) in after {
            let Some(old) = before.get(file) else { continue };
            let gone: BTreeSet<String> = old.difference(new).cloned().collect();
            if gone.is_empty() {
                continue;
            }
            for part in new.difference(old) {
                wholes.insert(part.clone(), gone.clone());
            }
        }
        Self { wholes }
    }

    /// The stages in whose place this one came; none for a subject that was there before, or that is new altogether.
    pub(super) fn wholes(&self, part: &str) -> impl Iterator<Item = &str> {
        self.wholes.get(part).into_iter().flatten().map(String::as_str)
    }

    /// The stages that came in the place of this one.
    pub(super) fn parts(&self, whole: &str) -> impl Iterator<Item = &str> {
        self.wholes.iter().filter(move |(_, wholes)| wholes.contains(whole)).map(|(part, _)| part.as_str())
    }
}

/// The keys of all stages by Dockerfile.
type Stages = BTreeMap<String, BTreeSet<String>>;

fn stages(scenario: &Scenario) -> Stages {
    let mut stages = Stages::new();
    for subject in scenario.judged.iter().filter_map(|judged| judged.judgement.subject.as_ref()) {
        if subject.kind == SubjectKind::Stage
            && let Some((file, _)) = subject.name.rsplit_once('#')
        {
            stages.entry(file.to_owned()).or_default().insert(subject.key());
        }
    }
    stages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(all: &[(&str, &[&str])]) -> Stages {
        let keys = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        all.iter().map(|(file, names)| ((*file).to_owned(), keys(names))).collect()
    }

    #[test]
    fn new_stages_stand_for_the_one_that_went_from_their_file() {
        let before = of(&[("Dockerfile", &["0"]), ("web/Dockerfile", &["web 0"])]);
        let after = of(&[("Dockerfile", &["base", "build", "2"]), ("web/Dockerfile", &["web 0"])]);
        let division = Division::of(&before, &after);
        for part in ["base", "build", "2"] {
            assert_eq!(division.wholes(part).collect::<Vec<_>>(), ["0"]);
        }
        assert_eq!(division.wholes("web 0").count(), 0);
        assert_eq!(division.parts("0").collect::<Vec<_>>(), ["2", "base", "build"]);
    }

    #[test]
    fn a_stage_that_comes_while_all_others_stay_is_new() {
        let before = of(&[("Dockerfile", &["a", "b"])]);
        let after = of(&[("Dockerfile", &["a", "b", "c"]), ("other", &["0"])]);
        assert_eq!(Division::of(&before, &after), Division::default());
    }
}

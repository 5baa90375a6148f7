//! The loop itself, with what the catalogue holds: what is kept, what is left, and that a second run changes nothing.

use plimsoll_lens::Memory;

use super::*;

fn outcome(files: &[(&str, &str)], choice: &Choice<'_>) -> Outcome {
    let world = Memory::of(files);
    let wishes = Wishes::default();
    let mut candidates: Vec<_> = world
        .files
        .keys()
        .filter_map(|path| {
            crate::classify::by_name(crate::paths::name(path)).map(|class| (path.clone(), class))
        })
        .collect();
    candidates.sort();
    let mut plan = Plan::default();
    plan.add_found(&world, &world, ".", &candidates, &wishes.compose);
    propose(&world, &plan, &Config::default(), &wishes, choice, |_| true)
}

const COMPOSE: &str =
    "version: '3'\nservices:\n  api:\n    image: node:22-slim\n    command: [\"node\", \"server.js\"]\n";

#[test]
fn a_safe_remedy_is_kept_and_a_second_run_changes_nothing() {
    let choice = Choice { only: vec!["compose-version-field".to_owned()], ..Choice::default() };
    let done = outcome(&[("compose.yaml", COMPOSE)], &choice);
    let (old, new) = done.files.get("compose.yaml").expect("it changes");
    assert_eq!(old.as_deref(), Some(COMPOSE));
    assert_eq!(new, &COMPOSE.replace("version: '3'\n", ""));
    assert!(done.findings.1 < done.findings.0 && done.points.1 >= done.points.0);
    let again = outcome(&[("compose.yaml", new)], &choice);
    assert!(again.made.is_empty(), "{:?}", again.made);
}

//! The laws of `plimsoll fix` on many compose files, the risky remedies included: Compose accepts the result where it
//! accepted the original and its model differs in the settings whose lines changed and in no other, a second run changes
//! nothing, findings do not grow, and what no hunk names stays. The same for overlays, which change the project from
//! outside.
//!
//! `PLIMSOLL_CORPUS` names a folder of compose files, `PLIMSOLL_COMPOSE` a command that reads them as Compose does.
//! Without both nothing is run, and said so. Every so many files are taken; `PLIMSOLL_ALL=1` takes all.

mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use plimsoll::config::Config;
use plimsoll::discover::Plan;
use plimsoll::fix::{self, Choice, Outcome};
use plimsoll::scan::{Task, Wishes, scan};
use plimsoll_controls::Severity;
use plimsoll_lens::Memory;
use plimsoll_report::Report;
use serde_json::json;
use similar::{Algorithm, DiffTag, capture_diff_slices};

#[path = "judge/compose.rs"]
mod compose;

/// One in so many files is taken.
const STRIDE: usize = 12;

/// What is counted.
#[derive(Default)]
struct Figures {
    files: usize,
    changed: usize,
    rejected: usize,
    compared: usize,
    unexplained: usize,
    moved: usize,
    unstable: usize,
    grown: usize,
    medium: (usize, usize),
    /// Controls of which findings of medium and above stay.
    stay: BTreeMap<&'static str, usize>,
}

/// The files that are taken, and the command that reads them as Compose does.
fn corpus() -> Option<(Vec<PathBuf>, OsString)> {
    let (Some(corpus), Some(compose)) =
        (std::env::var_os("PLIMSOLL_CORPUS"), std::env::var_os("PLIMSOLL_COMPOSE"))
    else {
        return None;
    };
    let all = std::env::var_os("PLIMSOLL_ALL").is_some_and(|value| value == "1");
    let mut found = Vec::new();
    gather(&PathBuf::from(corpus), &mut found);
    found.sort();
    Some((found.into_iter().step_by(if all { 1 } else { STRIDE }).collect(), compose))
}

#[test]
fn the_laws_hold_on_real_files() {
    let Some((found, compose)) = corpus() else {
        eprintln!("not run: PLIMSOLL_CORPUS and PLIMSOLL_COMPOSE are not set");
        return;
    };
    let mut figures = Figures::default();
    let mut problems = String::new();
    for path in &found {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        judge(path, &text, Path::new(&compose), &mut figures, &mut problems);
    }
    let Figures { files, changed, rejected, compared, unexplained, moved, unstable, grown, medium, stay } =
        figures;
    eprintln!(
        "{files} files: {changed} changed, {rejected} rejected, {compared} models compared with {unexplained} differences that no \
         line explains, {moved} with lines moved, {unstable} changed again, \
         {grown} with more findings; {} of {} findings of medium and above fixed",
        medium.0 - medium.1,
        medium.0
    );
    let mut stay: Vec<_> = stay.into_iter().collect();
    stay.sort_by_key(|(id, count)| (std::cmp::Reverse(*count), *id));
    let stay: Vec<_> = stay.iter().map(|(id, count)| format!("{id} {count}")).collect();
    eprintln!("what stays: {}", stay.join(", "));
    assert!(problems.is_empty(), "{problems}");
    assert!(files > 0, "the corpus holds no compose file");
}

fn judge(path: &Path, text: &str, binary: &Path, figures: &mut Figures, problems: &mut String) {
    figures.files += 1;
    let done = fixed(text);
    let new = done.files.get("compose.yaml").map_or(text, |(_, new)| new);
    figures.medium.0 += grave(text).len();
    let stay = grave(new);
    figures.medium.1 += stay.len();
    for id in stay {
        *figures.stay.entry(id).or_default() += 1;
    }
    if new == text {
        return;
    }
    figures.changed += 1;
    let mut tell = |what: &str, more: &str| {
        let _ = writeln!(problems, "{}: {what}{more}", path.display());
    };
    if done.findings.1 > done.findings.0 {
        figures.grown += 1;
        tell("more findings", "");
    }
    let again = fixed(new);
    if !again.made.is_empty() {
        figures.unstable += 1;
        let made: Vec<_> = again.made.iter().map(|made| made.control.as_str()).collect();
        tell("a second run changes something: ", &made.join(", "));
    }
    if !keeps_lines(text, new, &done) {
        figures.moved += 1;
        tell("a line that no remedy took away is missing", "");
    }
    let asked = compose::asked(new);
    let Ok(before) = compose::model(binary, text, &asked) else { return };
    match compose::model(binary, new, &asked) {
        Err(reason) => {
            figures.rejected += 1;
            tell("Compose refuses the result: ", &reason);
        }
        Ok(after) => {
            figures.compared += 1;
            for problem in compose::unexplained((text, new), (&before, &after)) {
                figures.unexplained += 1;
                tell(&problem, "");
            }
        }
    }
}

/// A project is hardened from outside alone: its own file stays, Compose reads both together, and nothing but what the
/// overlay names differs.
#[test]
fn an_overlay_changes_what_it_names_and_nothing_else_on_real_files() {
    let Some((found, compose)) = corpus() else {
        eprintln!("not run: PLIMSOLL_CORPUS and PLIMSOLL_COMPOSE are not set");
        return;
    };
    let (mut files, mut laid, mut changes, mut refused) = (0, 0, 0, 0);
    let mut in_place = 0;
    let mut problems = String::new();
    for path in &found {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        files += 1;
        let done = overlaid(&text, None);
        in_place += usize::from(done.files.contains_key("compose.yaml"));
        changes += done.made.len();
        refused += done.left.iter().filter(|left| left.cause == fix::Cause::Refused).count();
        let Some((_, overlay)) = done.files.get(OVERLAY) else { continue };
        laid += 1;
        let mut tell = |what: &str| {
            let _ = writeln!(problems, "{}: {what}", path.display());
        };
        if done.findings.1 > done.findings.0 {
            tell("more findings");
        }
        if !overlaid(&text, Some(overlay)).made.is_empty() {
            tell("a second run changes something");
        }
        let before = composed(Path::new(&compose), &[("compose.yaml", &text)]);
        let Ok(before) = before else { continue };
        match composed(Path::new(&compose), &[("compose.yaml", &text), (OVERLAY, overlay)]) {
            Err(reason) => tell(&format!("Compose refuses the overlay: {reason}")),
            Ok(after) => {
                for place in unnamed(&before, &after, overlay) {
                    tell(&format!("{place} differs, which the overlay does not name"));
                }
            }
        }
    }
    eprintln!(
        "{files} files: {laid} overlays with {changes} changes, {refused} changes that no overlay can make"
    );
    assert_eq!(in_place, 0, "files that were to stay were changed");
    assert!(problems.is_empty(), "{problems}");
    assert!(laid > 0, "the corpus holds no compose file");
}

const OVERLAY: &str = "compose.hardening.yaml";

fn overlaid(text: &str, overlay: Option<&str>) -> Outcome {
    let (mut world, mut plan, mut wishes) = stage(text);
    if let Some(overlay) = overlay {
        world.files.insert(OVERLAY.to_owned(), overlay.as_bytes().to_vec());
    }
    plan.lay_over(&mut wishes.compose);
    let choice = Choice { risky: true, overlay: fix::Overlaying::All, ..Choice::default() };
    fix::propose(&world, &plan, &Config::default(), &wishes, &choice, |_| fix::Answer::Yes)
}

/// What Compose makes of files laid over each other.
fn composed(compose: &Path, files: &[(&str, &str)]) -> Result<serde_json::Value, String> {
    let folder = std::env::temp_dir().join(format!("plimsoll-overlay-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let mut command = Command::new(compose);
    for (name, text) in files {
        std::fs::write(folder.join(name), text).map_err(|error| error.to_string())?;
        command.arg("-f").arg(folder.join(name));
    }
    let output = command
        .args(["config", "--format", "json"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    match output.status.success() {
        true => serde_json::from_slice(&output.stdout).map_err(|error| error.to_string()),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ")),
    }
}

/// Keys of services that differ and that the overlay, whose form is known, does not hold.
fn unnamed(before: &serde_json::Value, after: &serde_json::Value, overlay: &str) -> Vec<String> {
    let mut named: BTreeSet<(String, String)> = BTreeSet::new();
    let (mut section, mut service) = (String::new(), String::new());
    for line in overlay.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let key = line.trim().split(':').next().unwrap_or("").trim_matches(['"', '\'']).to_owned();
        match line.len() - line.trim_start().len() {
            0 => section = key,
            2 => service = key,
            4 if section == "services" => _ = named.insert((service.clone(), key)),
            _ => {}
        }
    }
    let empty = serde_json::Map::new();
    let services = |project: &'_ serde_json::Value| -> serde_json::Map<String, serde_json::Value> {
        project["services"].as_object().unwrap_or(&empty).clone()
    };
    let (before, after) = (services(before), services(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut differing = Vec::new();
    for name in names {
        let of = |all: &serde_json::Map<String, serde_json::Value>| {
            all.get(name).and_then(|own| own.as_object()).cloned().unwrap_or_default()
        };
        let (old, new) = (of(&before), of(&after));
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for key in keys {
            // Which networks a service is in by default follows from `network_mode`.
            let follows = key == "networks" && named.contains(&(name.clone(), "network_mode".to_owned()));
            if old.get(key) != new.get(key) && !follows && !named.contains(&(name.clone(), key.clone())) {
                differing.push(format!("services.{name}.{key}"));
            }
        }
    }
    differing
}

fn gather(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        if path.is_dir() {
            gather(&path, found);
        } else if yaml {
            found.push(path);
        }
    }
}

fn stage(text: &str) -> (Memory, Plan, Wishes) {
    let world = Memory::of(&[("compose.yaml", text)]);
    let wishes = Wishes::default();
    let plan = stage::plan(&world, &wishes.compose);
    (world, plan, wishes)
}

fn fixed(text: &str) -> Outcome {
    let (world, plan, wishes) = stage(text);
    let choice = Choice { risky: true, ..Choice::default() };
    let config = Config::default();
    fix::propose(&world, &plan, &config, &wishes, &choice, |_| fix::Answer::Yes)
}

/// The controls of findings of medium and above.
fn grave(text: &str) -> Vec<&'static str> {
    let (world, plan, wishes) = stage(text);
    let report: Report =
        scan(Task { world: &world, plan, stdin: None, config: Config::default(), wishes }).report;
    let judged = report.scenarios.iter().flat_map(|scenario| &scenario.judged);
    judged
        .filter(|judged| judged.severity >= Severity::Medium)
        .flat_map(|judged| judged.findings().map(|_| judged.judgement.control.id))
        .collect()
}

/// Whether no line is gone but those that single remedies take away, each as often as they do; comments on
/// lines of their own stay.
fn keeps_lines(old: &str, new: &str, done: &Outcome) -> bool {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for turn in done.made.iter().flat_map(|made| made.files.values()) {
        for line in gone(turn.old.as_deref().unwrap_or(""), &turn.new) {
            *taken.entry(line).or_default() += 1;
        }
    }
    let line_ends = |text: &str| text.contains("\r\n");
    line_ends(old) == line_ends(new)
        && gone(old, new).iter().all(|line| {
            let left = taken.get_mut(line).filter(|left| **left > 0);
            let known = left.map(|left| *left -= 1).is_some();
            known && !line.trim_start().starts_with('#')
        })
}

/// The lines that a text loses.
fn gone(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let operations = capture_diff_slices(Algorithm::Myers, &old, &new);
    let removed = operations.iter().filter(|operation| operation.tag() != DiffTag::Equal);
    removed
        .flat_map(|operation| old.get(operation.old_range()).unwrap_or_default())
        .map(|line| (*line).to_owned())
        .collect()
}

/// The judge itself, on two models that were written by hand.
#[test]
fn a_difference_that_no_line_tells_is_told() {
    let old = "services:\n  api:\n    image: a\n    ports:\n    - 80\n  web: {image: b}\n";
    let new = "services:\n  api:\n    image: a\n    ports:\n    - 81\n  web: {image: b}\n";
    let before = json!({"services": {"api": {"image": "a", "ports": [80]}, "web": {"image": "b"}}});
    let after = json!({"services": {"api": {"image": "a", "ports": [81]}, "web": {"image": "b"}}});
    assert_eq!(compose::unexplained((old, new), (&before, &after)), Vec::<String>::new());
    let other = json!({"services": {"api": {"image": "a", "ports": [81]}, "web": {"image": "c"}}});
    assert_eq!(
        compose::unexplained((old, new), (&before, &other)),
        ["the model differs in services.web.image and no line says so"]
    );
    assert_eq!(
        compose::unexplained((old, new), (&before, &before)),
        ["a line changes services.api.ports and the model does not"]
    );
}

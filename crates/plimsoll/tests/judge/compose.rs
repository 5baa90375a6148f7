//! Docker Compose itself as a judge: whether it takes a file, and in which settings the models of two files differ.
//!
//! What a change says it changes is taken from its lines alone, by their indentation, as a reader of the diff would.
//! Neither side asks a reader of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use similar::{Algorithm, DiffTag, capture_diff_slices};

/// Keys from the top, of a service's setting at the deepest: `services`, `api`, `read_only`.
type Setting = Vec<String>;

/// The variables that a compose file insists on, with a value.
pub(crate) fn asked(text: &str) -> BTreeMap<String, String> {
    let name = |rest: &str| {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        rest.get(..end)
            .filter(|_| rest.get(end..).is_some_and(|rest| rest.starts_with(":?set")))
            .map(|name| (name.to_owned(), "x".to_owned()))
    };
    text.split("${").skip(1).filter_map(name).collect()
}

/// The merged model of a file in a folder of its own, or why Compose refuses it.
pub(crate) fn model(binary: &Path, text: &str, asked: &BTreeMap<String, String>) -> Result<Value, String> {
    let folder = std::env::temp_dir().join(format!("plimsoll-fix-compose-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let file = folder.join("compose.yaml");
    std::fs::write(&file, text).map_err(|error| error.to_string())?;
    let output = Command::new(binary)
        .arg("-f")
        .arg(&file)
        .args(["--profile", "*", "config", "--format", "json"])
        .envs(asked)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    match output.status.success() {
        true => serde_json::from_slice(&output.stdout).map_err(|error| error.to_string()),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ")),
    }
}

/// Settings that Compose's models differ in without a line that says so, or that a line says and no model tells.
pub(crate) fn unexplained((old, new): (&str, &str), models: (&Value, &Value)) -> Vec<String> {
    let (different, touched) = (different(models.0, models.1), touched(old, new));
    let part = |one: &[String], of: &[String]| of.starts_with(one) || one.starts_with(of);
    let says = |key: &str| touched.iter().any(|keys| keys.iter().any(|one| one == key));
    let told = |setting: &Vec<String>| match setting.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        // The network that nobody names is there as long as a service uses it.
        ["networks", "default"] | ["services", _, "networks"] if says("networks") || says("network_mode") => {
            true
        }
        _ => false,
    };
    let silent = |setting: &Vec<String>| setting.first().is_some_and(|key| key == "version");
    let untold = different.iter().filter(|one| !told(one) && !touched.iter().any(|other| part(one, other)));
    let idle = touched.iter().filter(|one| !silent(one) && !different.iter().any(|other| part(one, other)));
    untold
        .map(|one| format!("the model differs in {} and no line says so", one.join(".")))
        .chain(idle.map(|one| format!("a line changes {} and the model does not", one.join("."))))
        .collect()
}

/// The settings in which two models differ.
fn different(old: &Value, new: &Value) -> BTreeSet<Setting> {
    let mut found = BTreeSet::new();
    compare(Some(old), Some(new), &mut Vec::new(), &mut found);
    found
}

fn compare(old: Option<&Value>, new: Option<&Value>, path: &mut Setting, found: &mut BTreeSet<Setting>) {
    if old == new {
        return;
    }
    let empty = serde_json::Map::new();
    let map = |value: Option<&Value>| value.map_or(Some(empty.clone()), |value| value.as_object().cloned());
    let deep = if path.first().is_some_and(|key| key == "services") { 3 } else { 2 };
    match (path.len() < deep, map(old), map(new)) {
        (true, Some(old), Some(new)) if !(old.is_empty() && new.is_empty()) => {
            for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                path.push(key.clone());
                compare(old.get(key), new.get(key), path, found);
                path.pop();
            }
        }
        _ => {
            found.insert(path.clone());
        }
    }
}

/// The settings to which the lines belong that one text has and the other has not.
fn touched(old: &str, new: &str) -> BTreeSet<Setting> {
    let [old, new]: [Vec<&str>; 2] =
        [old, new].map(|text| text.trim_start_matches('\u{feff}').lines().collect());
    let mut found = BTreeSet::new();
    for operation in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if operation.tag() != DiffTag::Equal {
            found.extend(operation.old_range().filter_map(|at| setting(&old, at)));
            found.extend(operation.new_range().filter_map(|at| setting(&new, at)));
        }
    }
    found
}

/// The keys that enclose a line, the outermost first; none for a comment or a blank line.
fn setting(lines: &[&str], at: usize) -> Option<Setting> {
    let line = lines.get(at)?;
    let words = line.trim();
    if words.is_empty() || words.starts_with('#') || words == "---" {
        return None;
    }
    let blanks = |line: &str| line.len() - line.trim_start().len();
    let mut keys = Vec::from_iter(key(words));
    let (mut indent, mut item) = (blanks(line), words.starts_with('-'));
    for line in lines.get(..at)?.iter().rev() {
        let words = line.trim();
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        let own = blanks(line);
        // An item may stand as far to the left as the key of its list.
        let above = own < indent || (item && own == indent && !words.starts_with('-'));
        if above && let Some(key) = key(words) {
            keys.push(key);
            (indent, item) = (own, words.starts_with('-'));
        }
        if indent == 0 && !item {
            break;
        }
    }
    keys.reverse();
    let deep = if keys.first().is_some_and(|key| key == "services") { 3 } else { 2 };
    keys.truncate(deep);
    Some(keys)
}

/// The key with which a line begins.
fn key(words: &str) -> Option<String> {
    let words = words.trim_start_matches(['-', ' ']);
    let end =
        words.find(": ").or_else(|| words.split(" #").next()?.trim_end().strip_suffix(':').map(str::len))?;
    Some(words.get(..end)?.trim().trim_matches(['"', '\'']).to_owned())
}

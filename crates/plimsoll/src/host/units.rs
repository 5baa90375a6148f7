//! `host/units`: what systemd would start, from the units of Docker and their drop-ins.

use std::collections::BTreeMap;

use super::processes::veiled;
use super::tree::{Found, Tree};

/// Where systemd looks, the strongest first.
const DIRECTORIES: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];
/// What says how the daemon is started.
const KEYS: [&str; 4] = ["ExecStart", "Environment", "EnvironmentFile", "ListenStream"];

/// The file of a unit: the first one that is there.
pub(super) fn file(tree: &Tree, unit: &str) -> Option<String> {
    let mut paths = DIRECTORIES.iter().map(|directory| format!("{directory}/{unit}"));
    paths.find(|path| !matches!(tree.find(path), Found::Nothing))
}

/// The drop-ins of a unit, by name; of two with one name the stronger directory's counts.
fn drop_ins(tree: &Tree, unit: &str) -> Vec<String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for directory in DIRECTORIES {
        let directory = format!("{directory}/{unit}.d");
        for name in tree.names(&directory).into_iter().filter(|name| name.ends_with(".conf")) {
            found.entry(name.clone()).or_insert_with(|| format!("{directory}/{name}"));
        }
    }
    found.into_values().collect()
}

pub(super) fn table(tree: &Tree) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    for unit in ["docker.service", "docker.socket"] {
        let Some(own) = file(tree, unit) else { continue };
        let mut variables = BTreeMap::new();
        for path in std::iter::once(own).chain(drop_ins(tree, unit)) {
            let Some(text) = tree.text(&path) else { continue };
            for (key, value) in settings(&text) {
                match key {
                    "Environment" => assign(&value, &mut variables),
                    // A leading hyphen lets the file be absent.
                    "EnvironmentFile" => {
                        let text = tree.text(value.trim_start_matches('-'));
                        text.iter()
                            .flat_map(|text| text.lines())
                            .for_each(|line| assign_line(line, &mut variables));
                    }
                    "ExecStart" => {
                        let value = expanded(&value, &variables);
                        let words: Vec<String> = value.split(' ').map(str::to_owned).collect();
                        lines.push(format!("{path}: {key}={}", veiled(&words).join(" ")));
                    }
                    _ => lines.push(format!("{path}: {key}={value}")),
                }
            }
        }
    }
    (!lines.is_empty()).then_some(lines)
}

/// The settings of a unit that matter here, with lines that a backslash continues made one.
fn settings(text: &str) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut line = line.trim().to_owned();
        if line.starts_with(['#', ';']) {
            continue;
        }
        while let Some(begun) = line.strip_suffix('\\') {
            let next = lines.next().unwrap_or("").trim();
            line = format!("{}{}{next}", begun.trim_end(), if next.is_empty() { "" } else { " " });
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        if let Some(key) = KEYS.into_iter().find(|own| *own == key.trim()) {
            all.push((key, value.trim().to_owned()));
        }
    }
    all
}

/// `Environment="A=b c" D=e`.
fn assign(value: &str, variables: &mut BTreeMap<String, String>) {
    let mut rest = value.trim();
    while !rest.is_empty() {
        let (word, more) = match rest.strip_prefix('"') {
            Some(inner) => inner.split_once('"').unwrap_or((inner, "")),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        assign_line(word, variables);
        rest = more.trim_start();
    }
}

fn assign_line(line: &str, variables: &mut BTreeMap<String, String>) {
    let line = line.trim();
    let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { return };
    let value = value.trim();
    let bare = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    variables.insert(name.trim().to_owned(), bare.unwrap_or(value).to_owned());
}

/// `$NAME` and `${NAME}` as systemd replaces them: one that nobody sets is nothing.
fn expanded(value: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(more) = after.strip_prefix('$') {
            out.push('$');
            rest = more;
            continue;
        }
        let (name, more) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some(found) => found,
            None => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                after.split_at(end)
            }
        };
        out.push_str(variables.get(name).map_or("", String::as_str));
        rest = more;
    }
    out.push_str(rest);
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_read_as_systemd_reads_it() {
        let text =
            "[Service]\n# ExecStart=no\nExecStart=/usr/bin/dockerd -H fd:// \\\n  --icc=false\nType=notify\n";
        assert_eq!(settings(text), [("ExecStart", "/usr/bin/dockerd -H fd:// --icc=false".to_owned())]);
        let mut variables = BTreeMap::new();
        assign("\"OPTIONS=--debug -H x\" A=b", &mut variables);
        assign_line("DOCKER_OPTS='--icc=false'", &mut variables);
        assign_line("# B=c", &mut variables);
        assert_eq!(
            expanded("dockerd $OPTIONS ${DOCKER_OPTS} $NONE $$A", &variables),
            "dockerd --debug -H x --icc=false  $A"
        );
    }
}

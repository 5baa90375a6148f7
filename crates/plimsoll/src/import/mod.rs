//! `plimsoll import`: configurations of other linters become settings of plimsoll, with their reasons.
//!
//! Which control an id stands for is said by the controls' own lists of peers and nowhere else. Deliberately absent:
//! comments in Dockerfiles and compose files, which are honoured where they stand (see `allow`).

mod checkov;
mod compose_lint;
mod dclint;
mod draft;
mod hadolint;
mod list;
pub(crate) mod trivy;

use std::path::{Path, PathBuf};

use plimsoll_controls::{Control, Severity, find_peer};
use plimsoll_lens::compose::{Entry, Node, Value, document};
use plimsoll_policy::Format;
use plimsoll_text::{Source, SourceKind, Sources, Span};

use crate::disk;

/// A tool, the names of its configuration (the first that is there counts, as for the tool itself), and its reader.
type Tool = (&'static str, &'static [&'static str], fn(&Source) -> Harvest);

const TOOLS: &[Tool] = &[
    ("hadolint", &[".hadolint.yaml", ".hadolint.yml", "hadolint.yaml", "hadolint.yml"], hadolint::read),
    ("compose-lint", &[".compose-lint.yml", ".compose-lint.yaml"], compose_lint::read),
    ("trivy", &[".trivyignore"], trivy::read_list),
    ("trivy", &[".trivyignore.yaml", ".trivyignore.yml"], trivy::read_document),
    ("checkov", &[".checkov.yaml", ".checkov.yml"], checkov::read),
    ("dclint", &[".dclintrc", ".dclintrc.json", ".dclintrc.yaml", ".dclintrc.yml"], dclint::read),
    ("dockle", &[".dockleignore"], list::read),
];

/// One setting of a file.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    /// The line that says it, from 1.
    line: usize,
    /// The id as written there; empty for what is about no id.
    peer: String,
    wish: Wish,
}

/// What a setting asks for.
#[derive(Debug, Clone)]
pub(crate) enum Wish {
    /// The control is off; with a reason it is allowed everywhere instead, so that the reason stays.
    Off { control: &'static Control, subject: Option<String>, reason: Option<String>, until: Option<String> },
    /// Another severity.
    Severity(&'static Control, Severity),
    /// Registries that are trusted.
    Registries(Vec<String>),
    /// Labels of images.
    Labels { labels: Vec<(String, Format)>, strict: bool },
    /// The gate; `None` is never.
    Gate(Option<Severity>),
}

/// What is not carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    line: usize,
    what: String,
    why: String,
}

/// What one file gives.
#[derive(Debug, Default)]
pub(crate) struct Harvest {
    taken: Vec<Taken>,
    left: Vec<Left>,
    /// What keeps the file from being read at all.
    broken: Option<(usize, usize, String)>,
}

/// What an import comes to.
#[derive(Debug)]
pub struct Import {
    /// The configuration: what was there and what was added.
    pub text: String,
    /// What is said about it, one line each: what has no counterpart and why, and what reaches further than before.
    pub remarks: Vec<String>,
    /// How many settings were added.
    pub added: usize,
}

/// Reads the configurations that the paths name or hold, and adds what they ask for to `existing`, the text of a
/// `plimsoll.toml`.
///
/// # Errors
/// A message when there is nothing to read, a file cannot be read, or what is there already says something else.
pub fn import(paths: &[PathBuf], existing: &str, existing_name: &str) -> Result<Import, String> {
    let mut remarks = Vec::new();
    let mut files: Vec<(String, PathBuf, &Tool)> = Vec::new();
    let here = [PathBuf::from(".")];
    for path in if paths.is_empty() { &here } else { paths } {
        find(path, &mut files, &mut remarks)?;
    }
    if files.is_empty() {
        let names: Vec<&str> = TOOLS.iter().flat_map(|(_, names, _)| names.iter().copied()).collect();
        return Err(format!("found no configuration of another linter; looked for {}", names.join(", ")));
    }
    let mut sources = Sources::new();
    let mut harvests = Vec::new();
    for (name, path, (tool, _, read)) in files {
        let bytes = disk::read_named(&path, disk::MAX_FILE).map_err(|error| format!("{name}: {error}"))?;
        let id = sources.add(&name, SourceKind::Other, &bytes);
        let harvest = read(sources.get(id));
        if let Some((line, column, message)) = harvest.broken {
            return Err(format!("{name}:{line}:{column} cannot be read: {message}"));
        }
        for left in &harvest.left {
            remarks.push(format!("{name}:{}: {} is left out: {}", left.line, left.what, left.why));
        }
        harvests.push((name, *tool, harvest.taken));
    }
    remarks.extend(wider(&harvests));
    let draft = draft::merge(&harvests, existing, existing_name)?;
    remarks.extend(draft.remarks);
    Ok(Import { text: draft.text, remarks, added: draft.added })
}

fn find(
    path: &Path,
    files: &mut Vec<(String, PathBuf, &'static Tool)>,
    remarks: &mut Vec<String>,
) -> Result<(), String> {
    let shown = path.to_string_lossy().into_owned();
    if !path.is_dir() {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let tool = TOOLS.iter().find(|(_, names, _)| names.contains(&name.as_str()));
        return match tool {
            _ if !path.exists() => Err(format!("{shown}: there is no such file or directory")),
            Some(tool) => {
                files.push((shown, path.to_owned(), tool));
                Ok(())
            }
            None => Err(format!(
                "{shown}: no configuration that is known; it goes by its name, such as {}",
                TOOLS[0].1[0]
            )),
        };
    }
    for tool in TOOLS {
        let mut first: Option<&str> = None;
        for name in tool.1 {
            let own = path.join(name);
            if !own.is_file() {
                continue;
            }
            let shown = own.to_string_lossy().trim_start_matches("./").to_owned();
            match first {
                Some(first) => {
                    remarks.push(format!("{shown}: is left out: {} reads {first} instead", tool.0))
                }
                None => {
                    files.push((shown, own, tool));
                    first = Some(name);
                }
            }
        }
    }
    Ok(())
}

/// Where a control speaks for more of a tool's ids than those that were switched off.
fn wider(harvests: &[(String, &str, Vec<Taken>)]) -> Vec<String> {
    let mut remarks: Vec<String> = Vec::new();
    for (name, _, taken) in harvests {
        for own in taken {
            let Wish::Off { control, .. } = &own.wish else { continue };
            let family = family(&own.peer);
            let silent: Vec<&str> = control
                .peers
                .iter()
                .copied()
                .filter(|peer| self::family(peer) == family)
                .filter(|peer| {
                    !taken.iter().any(|other| {
                        matches!(other.wish, Wish::Off { .. })
                            && find_peer(&other.peer).iter().any(|found| found.id == control.id)
                            && is_same(&other.peer, peer)
                    })
                })
                .collect();
            if !silent.is_empty() {
                remarks.push(format!(
                    "{name}:{}: {} is part of `{}`, which then says nothing of {} either",
                    own.line,
                    own.peer,
                    control.id,
                    silent.join(", ")
                ));
            }
        }
    }
    remarks
}

fn is_same(a: &str, b: &str) -> bool {
    let fold =
        |id: &str| id.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    fold(a) == fold(b)
}

/// `DL` of `DL3008`: what tells the ids of one tool from another's.
fn family(id: &str) -> String {
    id.chars()
        .take_while(|c| !c.is_ascii_digit())
        .filter(char::is_ascii_alphabetic)
        .collect::<String>()
        .to_ascii_uppercase()
}

impl Harvest {
    fn take(&mut self, line: usize, peer: &str, wish: Wish) {
        self.taken.push(Taken { line, peer: peer.to_owned(), wish });
    }

    fn leave(&mut self, line: usize, what: impl Into<String>, why: impl Into<String>) {
        self.left.push(Left { line, what: what.into(), why: why.into() });
    }

    /// Switches off what an id stands for. Says so when it stands for nothing.
    fn off(&mut self, line: usize, id: &str, reason: Option<String>, until: Option<String>) {
        self.off_at(line, id, None, reason, until);
    }

    fn off_at(
        &mut self,
        line: usize,
        id: &str,
        subject: Option<&str>,
        reason: Option<String>,
        until: Option<String>,
    ) {
        let controls = find_peer(id);
        if controls.is_empty() {
            self.leave_unknown(line, id, reason.clone());
        }
        for control in controls {
            let wish = Wish::Off {
                control,
                subject: subject.map(str::to_owned),
                reason: reason.clone(),
                until: until.clone(),
            };
            self.take(line, id, wish);
        }
    }

    fn leave_unknown(&mut self, line: usize, id: &str, reason: Option<String>) {
        let reason = reason.map(|reason| format!(" (its reason was: {reason})")).unwrap_or_default();
        self.leave(line, id, format!("no control has it among its peers{reason}"));
    }

    /// What a document is, or why there is none.
    fn open(source: &Source) -> Result<Option<Node>, Self> {
        let (root, complaints) = document(source);
        let Some(first) = complaints.iter().find(|complaint| complaint.code == "yaml-syntax") else {
            return Ok(root);
        };
        let place = source.place(first.at.start as usize);
        let broken = Some((place.line, place.column, first.message.clone()));
        Err(Self { broken, ..Self::default() })
    }
}

/// The entries of a mapping; none for anything else.
fn entries(node: &Node) -> &[Entry] {
    node.as_map().map_or(&[], |map| &map.entries)
}

/// The items of a list, or a single value as one.
fn items(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::List(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        _ => vec![node],
    }
}

/// A scalar as it is written.
fn scalar<'s>(source: &'s Source, node: &'s Node) -> Option<&'s str> {
    match &node.value {
        Value::Text(text) => Some(&*text.text),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => source.text.get(node.at.range()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
    .map(str::trim)
    .filter(|text| !text.is_empty())
}

fn line(source: &Source, at: Span) -> usize {
    source.place(at.start as usize).line
}

/// The comment that belongs to a line: behind its end, or the lines right above that are nothing but comments.
fn reason(source: &Source, at: Span) -> Option<String> {
    let number = source.place(at.end as usize).line;
    let range = source.lines().range(&source.text, number)?;
    let behind = source.text.get(at.end as usize..range.end).unwrap_or("");
    if let Some((_, comment)) = behind
        .split_once('#')
        .filter(|(before, _)| before.trim_matches(['"', '\'', ',', ' ', '\t']).is_empty())
    {
        return Some(comment.trim().trim_start_matches('#').trim().to_owned())
            .filter(|text| !text.is_empty());
    }
    let first = line(source, at);
    let mut above: Vec<&str> = (1..first)
        .rev()
        .map_while(|number| source.line(number)?.trim().strip_prefix('#'))
        .map(|comment| comment.trim_start_matches('#').trim())
        .collect();
    above.reverse();
    let text = above.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    Some(text).filter(|text| !text.is_empty() && !text.starts_with("yaml-language-server"))
}

#[cfg(test)]
mod tests;

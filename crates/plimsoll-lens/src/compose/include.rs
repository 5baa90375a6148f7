//! `include`: other projects become part of this one, with their own directory and variables.

use std::sync::Arc;

use plimsoll_posture::{Complaint, ComplaintKind, Via, ViaKind};
use plimsoll_text::Span;

use super::files::{join, parent};
use super::loader::{Loader, Scope};
use super::tree::{Map, Node, Value};

/// Parts of a project that an include brings along.
const RESOURCES: [&str; 5] = ["services", "volumes", "networks", "secrets", "configs"];
/// Levels of includes.
const DEEPEST: usize = 32;

impl Loader<'_> {
    /// Reads what a document includes, and adds it to the document.
    pub(super) fn include(&mut self, tree: &mut Node, file: &str, scope: &Scope<'_, '_>) {
        let Some(include) = tree.as_map_mut().and_then(|map| map.take("include")) else { return };
        let entries = match include.value.value {
            Value::List(entries) => entries,
            Value::Null => return,
            _ => {
                self.invalid(
                    "invalid-include",
                    include.value.at,
                    "`include` must be a list",
                    "put `- ` before the path",
                );
                return;
            }
        };
        let mut included = scope.included.clone();
        included.push(file.to_owned());
        for entry in entries {
            let at = entry.at;
            if let Some(mut imported) = self.included(&entry, &included, scope) {
                imported.came(&Via { kind: ViaKind::Include, span: Some(at) });
                self.import(imported, tree, at);
            }
        }
    }

    fn included(&mut self, entry: &Node, included: &[String], scope: &Scope<'_, '_>) -> Option<Node> {
        let written = match &entry.value {
            Value::Text(_) => vec![entry.clone()],
            _ => texts(entry.get("path")),
        };
        if written.is_empty() {
            self.invalid("invalid-include", entry.at, "an include needs a path", "write `- path: FILE`");
            return None;
        }
        let mut files = Vec::new();
        for node in &written {
            let path = node.text().unwrap_or("");
            if is_remote(path) {
                self.complaints.push(Complaint {
                    kind: ComplaintKind::Skipped,
                    code: "remote-include",
                    at: node.at,
                    message: "this include lies on another machine and was not read".to_owned(),
                    cure: Some("fetch it, and include the local copy".to_owned()),
                });
                return None;
            }
            files.push((join(&scope.directory, path), Some(node.at)));
        }
        let main = files.first().map(|(path, _)| path.clone()).unwrap_or_default();
        if included.contains(&main) || included.len() > DEEPEST {
            self.invalid(
                "include-cycle",
                entry.at,
                &format!("{main} includes itself by way of others"),
                "break the circle",
            );
            return None;
        }
        let directory = match entry.get("project_directory").and_then(Node::text) {
            Some(directory) => join(&scope.directory, directory),
            None => parent(&main).to_owned(),
        };
        let env_files: Vec<(String, Option<Span>)> = match texts(entry.get("env_file")) {
            written if written.is_empty() => {
                self.default_env_file(&directory).into_iter().map(|path| (path, None)).collect()
            }
            written => written
                .iter()
                .filter_map(|node| Some((join(&scope.directory, node.text()?), Some(node.at))))
                .collect(),
        };
        let mut environment = scope.environment.clone();
        self.env_files(&env_files, &mut environment);
        for (path, asked) in &files {
            let source = self.read(path, *asked).map(|(source, _)| source);
            self.included.extend(source);
        }
        self.scopes += 1;
        let inner =
            Scope { directory, environment: &environment, number: self.scopes, included: included.to_vec() };
        self.project(&files, &inner)
    }

    /// Adds the resources of an include; one that is there already must be the same.
    fn import(&mut self, mut imported: Node, tree: &mut Node, at: Span) {
        for key in RESOURCES {
            let Some(found) = imported.as_map_mut().and_then(|map| map.take(key)) else { continue };
            let Value::Map(resources) = found.value.value else { continue };
            let Some(project) = tree.as_map_mut() else { return };
            if project.get(key).is_none_or(|node| node.value == Value::Null) {
                let name: Arc<str> = key.into();
                project.set(name, found.key_at, Node::new(Value::Map(Map::default()), found.value.at));
            }
            let Some(own) = project.get_mut(key).and_then(Node::as_map_mut) else { continue };
            for resource in resources.entries {
                match own.get(&resource.key) {
                    None => own.entries.push(resource),
                    Some(existing) if existing.same(&resource.value) => {}
                    Some(_) => {
                        let message =
                            format!("`{key}.{}` is defined here and in what is included", resource.key);
                        self.invalid(
                            "include-conflict",
                            at,
                            &message,
                            "rename one of them, or put the changes into an override file of the include",
                        );
                    }
                }
            }
        }
    }
}

/// The texts of a text or a list.
fn texts(node: Option<&Node>) -> Vec<Node> {
    match node.map(|node| (&node.value, node)) {
        Some((Value::Text(_), node)) => vec![node.clone()],
        Some((Value::List(items), _)) => {
            items.iter().filter(|item| item.as_text().is_some()).cloned().collect()
        }
        _ => Vec::new(),
    }
}

fn is_remote(path: &str) -> bool {
    path.contains("://") || path.starts_with("git@") || path.starts_with("oci:")
}

//! `env_file` and `label_file` of services: their variables go below what `environment` and `labels` say.

use std::sync::Arc;

use plimsoll_posture::{Via, ViaKind};
use plimsoll_text::{SourceKind, Span};

use super::dotenv::{self, Assignment};
use super::environment::Environment;
use super::files::in_world;
use super::interpolate::Found;
use super::loader::Loader;
use super::tree::{Entry, Map, Node, Value};

/// One file that a service names.
struct Named {
    path: String,
    at: Span,
    required: bool,
    raw: bool,
}

impl Loader<'_> {
    /// Reads the files of every service into its `environment` and `labels`.
    pub(super) fn service_files(&mut self, project: &mut Node, environment: &Environment<'_>) {
        let Some(services) = super::loader::services(project) else { return };
        let mut own = std::mem::take(services);
        for Entry { value, key_at, .. } in &mut own.entries {
            let Some(service) = value.as_map_mut() else { continue };
            let env_files = self.named(service, "env_file");
            self.merge_files(service, "environment", *key_at, &env_files, Some(environment));
            let label_files = self.named(service, "label_file");
            self.merge_files(service, "labels", *key_at, &label_files, None);
        }
        if let Some(services) = super::loader::services(project) {
            *services = own;
        }
    }

    fn named(&mut self, service: &Map, key: &str) -> Vec<Named> {
        let Some(Value::List(items)) = service.get(key).map(|node| &node.value) else { return Vec::new() };
        let mut files = Vec::new();
        for item in items {
            let path = item.get("path").unwrap_or(item);
            let Some(written) = path.text() else { continue };
            let required = !matches!(item.get("required").map(|node| &node.value), Some(Value::Bool(false)));
            let format = item.get("format");
            let raw = format.and_then(Node::text) == Some("raw");
            if let Some(format) = format.filter(|_| !raw) {
                self.invalid(
                    "env-file-format",
                    format.at,
                    "the only format of an env file that can be named is `raw`",
                    "write `raw`, or remove `format`",
                );
            }
            files.push(Named { path: written.to_owned(), at: path.at, required, raw });
        }
        files
    }

    fn merge_files(
        &mut self,
        service: &mut Map,
        key: &str,
        anchor: Span,
        files: &[Named],
        outside: Option<&Environment<'_>>,
    ) {
        if files.is_empty() {
            return;
        }
        let mut below = Map::default();
        for file in files {
            for assignment in self.assignments(file, &below, outside) {
                let Assignment { name, name_at, value, at } = assignment;
                // A name alone that is set nowhere sets nothing.
                let Some(value) = value.map(Value::Text) else { continue };
                let via = vec![Via { kind: ViaKind::EnvFile, span: Some(file.at) }];
                let mut node = Node { via, ..Node::new(value, at) };
                if let Some(earlier) = below.take(&name) {
                    node.replaces(earlier.value);
                }
                below.set(name, name_at, node);
            }
        }
        if service.get(key).and_then(Node::as_map).is_none() {
            service.set(key.into(), anchor, Node::implied(Value::Map(Map::default()), anchor));
        }
        let Some(own) = service.get_mut(key).and_then(Node::as_map_mut) else { return };
        for entry in below.entries {
            match own.get_mut(&entry.key) {
                Some(winner) => winner.replaces(entry.value),
                None => own.entries.push(entry),
            }
        }
    }

    fn assignments(
        &mut self,
        file: &Named,
        below: &Map,
        outside: Option<&Environment<'_>>,
    ) -> Vec<Assignment> {
        let path = in_world(self.world, &file.path);
        let known = self.sources.find(&path).map(|source| source.id);
        let id = match known {
            Some(id) => id,
            None => match self.world.read(&path) {
                Ok(bytes) => self.sources.add(&path, SourceKind::EnvFile, &bytes),
                Err(error) => {
                    let absent = error.kind() == std::io::ErrorKind::NotFound;
                    if file.required || !absent {
                        let why = super::loader::cause(&error);
                        self.missing(
                            "env-file-not-found",
                            file.at,
                            format!("{path} cannot be read: {why}"),
                            "add the file, or write `required: false`",
                        );
                    }
                    return Vec::new();
                }
            },
        };
        let source = self.sources.get(id);
        if file.raw {
            return dotenv::read_raw(source);
        }
        let lookup = |name: &str| {
            let earlier = below.get(name).and_then(|node| {
                let value: Arc<str> = node.as_text()?.text.clone();
                Some(Found { value: plimsoll_posture::Sensitive::new(value), at: Some(node.at) })
            });
            earlier.or_else(|| outside.and_then(|environment| environment.find(name)))
        };
        let (assignments, refusal) = dotenv::read(source, &lookup);
        if let Some(refusal) = refusal {
            self.invalid(
                "env-file-syntax",
                refusal.at,
                &refusal.message,
                "correct the line; Compose refuses the file",
            );
        }
        assignments
    }
}

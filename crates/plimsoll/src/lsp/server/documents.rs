//! The texts that an editor holds: which are open, what they say now, and whom a change concerns.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::{Document, Server, uri_of};
use crate::config;
use crate::lsp::home::{self, Home};
use crate::lsp::position::Lines;
use crate::lsp::{address, frame, survey};

impl Server<'_> {
    pub(super) fn open(&mut self, params: &Value) {
        let Some(item) = params.get("textDocument") else { return };
        let text_of = |field: &str| item.get(field).and_then(Value::as_str);
        let (Some(uri), Some(text)) = (text_of("uri"), text_of("text")) else { return };
        let language = text_of("languageId").unwrap_or_default();
        let path = address::path(uri);
        let home = path.as_deref().and_then(|path| self.home(path, language));
        let document = Document {
            version: item.get("version").cloned().unwrap_or_default(),
            language: language.to_owned(),
            text: text.into(),
            path: path.clone(),
            home,
        };
        if let Some(home) = &document.home {
            self.projects.entry(home.directory.clone()).or_default();
        }
        let home = document.home.as_ref().map(|home| home.directory.clone());
        self.documents.insert(uri.to_owned(), document);
        if let Some(path) = path {
            self.touched(&path, home.as_deref(), true);
        }
    }

    fn home(&self, path: &Path, language: &str) -> Option<Home> {
        let config = path.file_name().is_some_and(|name| name == config::NAME);
        (config || survey::class(path, language).is_some()).then(|| home::of(path, &self.folders))
    }

    pub(super) fn change(&mut self, params: &Value) {
        let Some(uri) = uri_of(params) else { return };
        let encoding = self.encoding;
        let Some(document) = self.documents.get_mut(uri) else { return };
        let changes = params.get("contentChanges").and_then(Value::as_array);
        let mut text = document.text.to_string();
        for change in changes.into_iter().flatten() {
            let Some(new) = change.get("text").and_then(Value::as_str) else { continue };
            match change.get("range").filter(|range| !range.is_null()) {
                None => new.clone_into(&mut text),
                Some(range) => {
                    if let Some(range) = Lines::of(&text, encoding).bytes(range) {
                        text.replace_range(range, new);
                    }
                }
            }
        }
        document.text = text.into();
        document.version = params.pointer("/textDocument/version").cloned().unwrap_or_default();
        let home = document.home.as_ref().map(|home| home.directory.clone());
        if let Some(path) = document.path.clone() {
            self.touched(&path, home.as_deref(), false);
        }
    }

    pub(super) fn save(&mut self, params: &Value) {
        let document = uri_of(params).and_then(|uri| self.documents.get(uri));
        let Some(document) = document else { return };
        let home = document.home.as_ref().map(|home| home.directory.clone());
        if let Some(path) = document.path.clone() {
            self.touched(&path, home.as_deref(), true);
        }
    }

    pub(super) fn close(&mut self, params: &Value) -> io::Result<()> {
        let Some(uri) = uri_of(params) else { return Ok(()) };
        let Some(document) = self.documents.remove(uri) else { return Ok(()) };
        self.let_go()?;
        if let Some(path) = document.path {
            // From now on the file goes by the address that is made of its path.
            if *uri != address::of(&path) {
                let params = json!({ "uri": uri, "diagnostics": [] });
                self.send(&frame::notification("textDocument/publishDiagnostics", &params))?;
            }
            self.touched(&path, document.home.as_ref().map(|home| home.directory.as_path()), true);
        }
        Ok(())
    }

    /// Ends projects without an open document.
    fn let_go(&mut self) -> io::Result<()> {
        let needed: BTreeSet<PathBuf> = self
            .documents
            .values()
            .filter_map(|document| document.home.as_ref().map(|home| home.directory.clone()))
            .collect();
        let ended: Vec<PathBuf> =
            self.projects.keys().filter(|directory| !needed.contains(*directory)).cloned().collect();
        for directory in ended {
            self.pending.remove(&directory);
            if let Some((running, stop)) = &self.running
                && *running == directory
            {
                stop.store(true, Ordering::Relaxed);
            }
            if let Some(project) = self.projects.remove(&directory) {
                for (path, _) in project.shown.iter().filter(|(_, said)| !said.is_empty()) {
                    self.publish(path)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn folders_changed(&mut self, params: &Value) -> io::Result<()> {
        let paths = |pointer: &str| -> Vec<PathBuf> {
            let all = params.pointer(pointer).and_then(Value::as_array);
            all.into_iter()
                .flatten()
                .filter_map(|folder| address::path(folder.get("uri")?.as_str()?))
                .collect()
        };
        let gone = paths("/event/removed");
        self.folders.retain(|folder| !gone.contains(folder));
        self.folders.extend(paths("/event/added"));
        let homes: Vec<(String, Option<Home>)> = self
            .documents
            .iter()
            .map(|(uri, document)| {
                let home = document.path.as_deref().and_then(|path| self.home(path, &document.language));
                (uri.clone(), home)
            })
            .collect();
        for (uri, home) in homes {
            if let Some(home) = &home {
                self.projects.entry(home.directory.clone()).or_default();
            }
            if let Some(document) = self.documents.get_mut(&uri) {
                document.home = home;
            }
        }
        self.let_go()?;
        self.all_anew();
        Ok(())
    }

    /// Marks what a changed document concerns; `on_disk` when there may be other files than before.
    fn touched(&mut self, path: &Path, home: Option<&Path>, on_disk: bool) {
        for (directory, project) in &mut self.projects {
            let reads = project.read.as_ref().is_none_or(|read| read.contains(path));
            if home != Some(directory) && !reads {
                continue;
            }
            if on_disk {
                project.candidates = None;
            }
            self.pending.insert(directory.clone());
            if let Some((running, stop)) = &self.running
                && running == directory
            {
                stop.store(true, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn all_anew(&mut self) {
        for (directory, project) in &mut self.projects {
            project.candidates = None;
            self.pending.insert(directory.clone());
        }
        if let Some((_, stop)) = &self.running {
            stop.store(true, Ordering::Relaxed);
        }
    }
}

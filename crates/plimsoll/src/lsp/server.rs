//! The state of the server: open documents, their projects, and what was last said of each file.
//!
//! Deliberately absent: how a project is looked at (see `survey`) and how messages are framed.

mod documents;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use plimsoll_controls::find;
use plimsoll_packages::database::Database;
use serde_json::{Value, json};

use super::frame::{self, INVALID_REQUEST, Incoming};
use super::home::Home;
use super::position::{Encoding, Lines};
use super::survey::{self, Candidates, Job, Outcome};
use super::{ABRUPT, Event, ORDERLY, action, address, diagnostic, mend, page};
use crate::config;
use crate::database::Choice;

const METHOD_NOT_FOUND: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;
const NOT_INITIALIZED: i64 = -32002;
const CANCELLED: i64 = -32800;

type Answer = Result<Value, (i64, &'static str)>;

/// An open document.
struct Document {
    version: Value,
    language: String,
    text: Arc<str>,
    /// Nothing for a document that is no file.
    path: Option<PathBuf>,
    /// The project that it opens; nothing for a document that is no input.
    home: Option<Home>,
}

/// A project with an open document.
#[derive(Default)]
struct Project {
    candidates: Option<Candidates>,
    /// What the last look read; nothing before the first.
    read: Option<BTreeSet<PathBuf>>,
    /// What was last said of each file.
    shown: BTreeMap<PathBuf, Vec<Value>>,
}

#[derive(PartialEq)]
enum Phase {
    Created,
    Serving,
    ShutDown,
}

/// See the module.
pub(super) struct Server<'a> {
    output: &'a mut (dyn Write + Send),
    jobs: Sender<Job>,
    phase: Phase,
    encoding: Encoding,
    /// The advisories, as they were when the server started.
    database: Database,
    folders: Vec<PathBuf>,
    shows_documents: bool,
    watches: bool,
    /// Whether the client takes edits with the version that they are for, and files that come to be.
    versions_edits: bool,
    creates_files: bool,
    /// By the address that the client uses.
    documents: BTreeMap<String, Document>,
    projects: BTreeMap<PathBuf, Project>,
    /// Projects to look at.
    pending: BTreeSet<PathBuf>,
    /// The project that is being looked at.
    running: Option<(PathBuf, Arc<AtomicBool>)>,
    requests: u64,
}

impl<'a> Server<'a> {
    pub(super) fn new(output: &'a mut (dyn Write + Send), jobs: Sender<Job>) -> Self {
        Self {
            output,
            jobs,
            phase: Phase::Created,
            encoding: Encoding::default(),
            database: crate::database::open(&Choice::default()).0,
            folders: Vec::new(),
            shows_documents: false,
            watches: false,
            versions_edits: false,
            creates_files: false,
            documents: BTreeMap::new(),
            projects: BTreeMap::new(),
            pending: BTreeSet::new(),
            running: None,
            requests: 0,
        }
    }

    /// Serves; the exit code.
    pub(super) fn run(mut self, inbox: &Receiver<Event>) -> u8 {
        while let Ok(first) = inbox.recv() {
            // What came in meanwhile is taken together: of ten changes the last one is looked at, and a request that
            // was cancelled before its turn is not worked on.
            let events: Vec<Event> = std::iter::once(first).chain(inbox.try_iter()).collect();
            let cancelled: Vec<Value> = events
                .iter()
                .filter_map(|event| match event {
                    Event::Message(Incoming::Notification { method, params })
                        if method == "$/cancelRequest" =>
                    {
                        params.get("id").cloned()
                    }
                    _ => None,
                })
                .collect();
            for event in events {
                match self.handle(event, &cancelled) {
                    Ok(None) => {}
                    Ok(Some(code)) => return self.end(code),
                    // Nobody reads any more.
                    Err(_) => return self.end(ABRUPT),
                }
            }
            self.start();
        }
        ABRUPT
    }

    fn end(&self, code: u8) -> u8 {
        if let Some((_, stop)) = &self.running {
            stop.store(true, Ordering::Relaxed);
        }
        code
    }

    fn handle(&mut self, event: Event, cancelled: &[Value]) -> io::Result<Option<u8>> {
        match event {
            Event::End => return Ok(Some(ABRUPT)),
            Event::Surveyed(outcome) => self.surveyed(outcome)?,
            Event::Message(Incoming::Response) => {}
            Event::Message(Incoming::Broken { id, code, why }) => {
                self.send(&frame::answer(&id, Err((code, why))))?;
            }
            Event::Message(Incoming::Notification { method, params }) => {
                if method == "exit" {
                    return Ok(Some(if self.phase == Phase::ShutDown { ORDERLY } else { ABRUPT }));
                }
                if self.phase == Phase::Serving {
                    self.notified(&method, &params)?;
                }
            }
            Event::Message(Incoming::Request { id, method, params }) => {
                let answer = if cancelled.contains(&id) {
                    Err((CANCELLED, "the request was cancelled"))
                } else {
                    self.asked(&method, &params)?
                };
                self.send(&frame::answer(&id, answer))?;
            }
        }
        Ok(None)
    }

    fn send(&mut self, message: &Value) -> io::Result<()> {
        frame::write(self.output, message)
    }

    fn asked(&mut self, method: &str, params: &Value) -> io::Result<Answer> {
        Ok(match (&self.phase, method) {
            (Phase::Created, "initialize") => Ok(self.initialize(params)),
            (Phase::Created, _) => Err((NOT_INITIALIZED, "`initialize` comes first")),
            (Phase::ShutDown, _) => Err((INVALID_REQUEST, "the server is shut down")),
            (Phase::Serving, "initialize") => Err((INVALID_REQUEST, "`initialize` comes once")),
            (Phase::Serving, "shutdown") => {
                self.phase = Phase::ShutDown;
                Ok(Value::Null)
            }
            (Phase::Serving, "textDocument/hover") => self.at(params, page::hover),
            (Phase::Serving, "textDocument/completion") => {
                self.at(params, |lines, offset, _, config| page::completion(lines, offset, config))
            }
            (Phase::Serving, "textDocument/codeAction") => self.actions(params),
            (Phase::Serving, "workspace/executeCommand") => self.command(params)?,
            (Phase::Serving, _) => Err((METHOD_NOT_FOUND, "plimsoll does not know this method")),
        })
    }

    fn initialize(&mut self, params: &Value) -> Value {
        let has = |pointer: &str| params.pointer(pointer).and_then(Value::as_bool).unwrap_or_default();
        self.phase = Phase::Serving;
        self.encoding = params
            .pointer("/capabilities/general/positionEncodings")
            .map_or_else(Encoding::default, Encoding::agreed);
        self.shows_documents = has("/capabilities/window/showDocument/support");
        self.watches = has("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration");
        self.versions_edits = has("/capabilities/workspace/workspaceEdit/documentChanges");
        let operations = params.pointer("/capabilities/workspace/workspaceEdit/resourceOperations");
        let operations = operations.and_then(Value::as_array);
        self.creates_files = operations.is_some_and(|all| all.iter().any(|one| one == "create"));
        let folders = params.get("workspaceFolders").and_then(Value::as_array);
        let folders: Vec<&Value> =
            folders.into_iter().flatten().filter_map(|folder| folder.get("uri")).collect();
        let given = if folders.is_empty() { params.get("rootUri").into_iter().collect() } else { folders };
        self.folders = given.into_iter().filter_map(|uri| address::path(uri.as_str()?)).collect();
        json!({
            "capabilities": {
                "positionEncoding": self.encoding.name(),
                "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
                "hoverProvider": true,
                "completionProvider": { "triggerCharacters": [" ", ",", "\""] },
                "codeActionProvider": { "codeActionKinds": ["quickfix", mend::ALL] },
                "executeCommandProvider": { "commands": [action::EXPLAIN] },
                "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
            },
            "serverInfo": { "name": "plimsoll", "version": env!("CARGO_PKG_VERSION") },
        })
    }

    fn notified(&mut self, method: &str, params: &Value) -> io::Result<()> {
        match method {
            "initialized" if self.watches => self.watch()?,
            "textDocument/didOpen" => self.open(params),
            "textDocument/didChange" => self.change(params),
            "textDocument/didSave" => self.save(params),
            "textDocument/didClose" => self.close(params)?,
            "workspace/didChangeWatchedFiles" => self.all_anew(),
            "workspace/didChangeWorkspaceFolders" => self.folders_changed(params)?,
            _ => {}
        }
        Ok(())
    }

    /// Asks to be told of changes on disk to the files that a project is made of.
    fn watch(&mut self) -> io::Result<()> {
        let names = "**/{*ockerfile*,*ontainerfile*,*compose*.yaml,*compose*.yml,plimsoll.toml,.env,.dockerignore,package.json}";
        let options = json!({ "watchers": [{ "globPattern": names }] });
        let method = "workspace/didChangeWatchedFiles";
        let registration = json!({ "id": "plimsoll-files", "method": method, "registerOptions": options });
        self.request("client/registerCapability", &json!({ "registrations": [registration] }))
    }

    fn request(&mut self, method: &str, params: &Value) -> io::Result<()> {
        self.requests += 1;
        let id = format!("plimsoll-{}", self.requests);
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
    }

    /// Starts the next look when none is under way.
    fn start(&mut self) {
        if self.running.is_some() {
            return;
        }
        while let Some(directory) = self.pending.pop_first() {
            let Some(project) = self.projects.get(&directory) else { continue };
            let homes = self.documents.values().filter_map(|document| document.home.as_ref());
            let Some(home) = homes.into_iter().find(|home| home.directory == directory) else { continue };
            let job = self.job(home, project);
            let stopped = Arc::clone(&job.stopped);
            if self.jobs.send(job).is_ok() {
                self.running = Some((directory, stopped));
            }
            return;
        }
    }

    /// A look at a project with the documents as they are.
    fn job(&self, home: &Home, project: &Project) -> Job {
        let drafts = self.documents.values();
        let drafts = drafts.filter_map(|one| Some((one.path.clone()?, Arc::clone(&one.text)))).collect();
        let open = self.documents.values().filter_map(|document| {
            let path = document.path.clone()?;
            let class = survey::class(&path, &document.language)?;
            Some((path, class))
        });
        Job {
            home: home.clone(),
            drafts: Arc::new(drafts),
            open: open.collect(),
            candidates: project.candidates.clone(),
            stopped: Arc::new(AtomicBool::new(false)),
            encoding: self.encoding,
            database: self.database.clone(),
        }
    }

    fn surveyed(&mut self, outcome: Outcome) -> io::Result<()> {
        self.running = None;
        // A newer look is on its way, or nobody is there to be told.
        if outcome.stopped.load(Ordering::Relaxed) {
            return Ok(());
        }
        let Some(project) = self.projects.get_mut(&outcome.directory) else { return Ok(()) };
        project.candidates = outcome.candidates;
        let mut read = outcome.read;
        if !outcome.sound {
            // What was read before is still what the diagnostics rest on.
            read.extend(project.read.take().unwrap_or_default());
        }
        project.read = Some(read);
        let before = std::mem::take(&mut project.shown);
        let mut shown = outcome.files;
        if !outcome.sound {
            for (path, said) in &before {
                shown.entry(path.clone()).or_insert_with(|| said.clone());
            }
        }
        let open: BTreeSet<&PathBuf> =
            self.documents.values().filter_map(|document| document.path.as_ref()).collect();
        let mut changed: BTreeSet<PathBuf> = BTreeSet::new();
        for path in before.keys().chain(shown.keys()) {
            let none: &[Value] = &[];
            let old = before.get(path).map_or(none, Vec::as_slice);
            let new = shown.get(path).map_or(none, Vec::as_slice);
            // Of an open document it is told that it was looked at, also when nothing is new.
            if old != new || open.contains(path) {
                changed.insert(path.clone());
            }
        }
        project.shown = shown;
        for path in changed {
            self.publish(&path)?;
        }
        Ok(())
    }

    /// Says all that is known of a file.
    fn publish(&mut self, path: &Path) -> io::Result<()> {
        let mut params = json!({ "diagnostics": self.shown(path) });
        let open = self.documents.iter().find(|(_, document)| document.path.as_deref() == Some(path));
        let uri = match open {
            Some((uri, document)) => {
                if document.version.is_i64()
                    && let Some(fields) = params.as_object_mut()
                {
                    fields.insert("version".to_owned(), document.version.clone());
                }
                uri.clone()
            }
            None => address::of(path),
        };
        if let Some(fields) = params.as_object_mut() {
            fields.insert("uri".to_owned(), json!(uri));
        }
        self.send(&frame::notification("textDocument/publishDiagnostics", &params))
    }

    /// What the projects say of a file; the same things once, though several projects may hold it.
    fn shown(&self, path: &Path) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        let same = |a: &Value, b: &Value| {
            ["range", "code", "message"].iter().all(|field| a.get(field) == b.get(field))
        };
        for said in self.projects.values().filter_map(|project| project.shown.get(path)) {
            for diagnostic in said {
                if !all.iter().any(|known| same(known, diagnostic)) {
                    all.push(diagnostic.clone());
                }
            }
        }
        all
    }

    /// Asks something about a position of an open document.
    fn at(&self, params: &Value, ask: impl Fn(&Lines<'_>, usize, &[Value], bool) -> Value) -> Answer {
        let Some(position) = params.get("position") else {
            return Err((INVALID_PARAMS, "the position is missing"));
        };
        let Some(document) = uri_of(params).and_then(|uri| self.documents.get(uri)) else {
            return Ok(Value::Null);
        };
        let lines = Lines::of(&document.text, self.encoding);
        let Some(offset) = lines.offset(position) else {
            return Err((INVALID_PARAMS, "the position is none"));
        };
        let path = document.path.as_deref();
        let shown = path.map(|path| self.shown(path)).unwrap_or_default();
        let config = path.and_then(Path::file_name).is_some_and(|name| name == config::NAME);
        Ok(ask(&lines, offset, &shown, config))
    }

    fn actions(&self, params: &Value) -> Answer {
        let only = params.pointer("/context/only").and_then(Value::as_array);
        // `source` asks for `source.fixAll` as well.
        let asked = |kind: &str| {
            only.is_none_or(|kinds| {
                let mut kinds = kinds.iter().filter_map(Value::as_str);
                kinds.any(|one| one.is_empty() || kind == one || kind.starts_with(&format!("{one}.")))
            })
        };
        if !asked("quickfix") && !asked(mend::ALL) {
            return Ok(json!([]));
        }
        let Some(diagnostics) = params.pointer("/context/diagnostics").and_then(Value::as_array) else {
            return Err((INVALID_PARAMS, "the diagnostics are missing"));
        };
        let Some((uri, document)) = uri_of(params).and_then(|uri| self.documents.get_key_value(uri)) else {
            return Ok(json!([]));
        };
        let path = document.path.as_deref();
        let shown = path.map(|path| self.shown(path)).unwrap_or_default();
        let target = action::Target {
            uri,
            text: &document.text,
            lines: Lines::of(&document.text, self.encoding),
            class: path.and_then(|path| survey::class(path, &document.language)),
            shown: &shown,
        };
        let mut offers = Vec::new();
        if asked("quickfix") {
            offers.extend(action::offers(&target, diagnostics));
        }
        let open = |path: &Path| {
            let is = |(_, document): &(&String, &Document)| document.path.as_deref() == Some(path);
            self.documents.iter().find(is).map(|(uri, document)| (uri.clone(), document.version.clone()))
        };
        let client =
            mend::Client { versioned: self.versions_edits, creates: self.creates_files, open: &open };
        let remedied = action::remedied(&shown, diagnostics);
        // An editor that asks on its own at every move of the cursor is not kept waiting for all of them.
        let moved = params.pointer("/context/triggerKind") == Some(&json!(2));
        let safe = |shown: &Value| shown.pointer("/data/remedy") == Some(&json!("safe"));
        let whole = asked(mend::ALL) && shown.iter().any(safe) && !(only.is_none() && moved);
        let quick = asked("quickfix") && !remedied.is_empty();
        let home = document.home.as_ref().filter(|_| quick || whole);
        let project = home.and_then(|home| self.projects.get(&home.directory));
        if let Some(((home, project), path)) = home.zip(project).zip(path) {
            let job = self.job(home, project);
            // As for a look: a defect must not end the editor's server.
            let mended = catch_unwind(AssertUnwindSafe(|| {
                let mut mended = if quick { mend::each(&job, &client, &remedied) } else { Vec::new() };
                if whole {
                    mended.extend(mend::all(&job, &client, path));
                }
                mended
            }));
            offers.extend(mended.unwrap_or_default());
        }
        Ok(json!(offers))
    }

    fn command(&mut self, params: &Value) -> io::Result<Answer> {
        if params.get("command").and_then(Value::as_str) != Some(action::EXPLAIN) {
            return Ok(Err((INVALID_PARAMS, "there is no such command")));
        }
        let id = params.pointer("/arguments/0").and_then(Value::as_str);
        let Some(control) = id.and_then(find) else {
            return Ok(Err((INVALID_PARAMS, "the command needs the id of a control")));
        };
        let href = diagnostic::page(control);
        if self.shows_documents {
            self.request("window/showDocument", &json!({ "uri": href, "external": true }))?;
        } else {
            let message = format!("{}: {}. {href}", control.id, control.title);
            let params = json!({ "type": 3, "message": message });
            self.send(&frame::notification("window/showMessage", &params))?;
        }
        Ok(Ok(Value::Null))
    }
}

fn uri_of(params: &Value) -> Option<&str> {
    params.pointer("/textDocument/uri")?.as_str()
}

//! The language server from outside: a client that speaks with the program over pipes.
//!
//! Nothing waits for a clock: every wait is for a message that must come. Positions are worked out by hand or from the
//! text itself, in units of UTF-16.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "the client needs the project and none of its runs")]
mod project;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use project::{CANARY, Project};
use serde_json::{Value, json};

const DOCKERFILE: &str = "FROM node:24.18.1-slim\nUSER node\nCMD [\"node\", \"server.js\"]\n";
const COMPOSE: &str = "services:\n  api:\n    build: .\n    image: example/api:1.0\n    read_only: true\n";

/// No exchange of these tests takes more messages.
const MOST: usize = 200;

struct Client {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    next: i64,
    /// Notifications and requests of the server, in order.
    heard: Vec<Value>,
}

impl Client {
    /// A client after `initialize`, with the project as its workspace.
    fn new(project: &Project) -> Self {
        Self::with(project, json!({}), true)
    }

    fn with(project: &Project, capabilities: Value, workspace: bool) -> Self {
        let mut client = Self::start(project);
        let folders = json!([{ "uri": address(project, "."), "name": "project" }]);
        let folders = if workspace { folders } else { Value::Null };
        let params = json!({ "processId": null, "rootUri": null, "workspaceFolders": folders, "capabilities": capabilities });
        let answer = client.ask("initialize", params);
        assert_eq!(answer["capabilities"]["textDocumentSync"]["change"], 2);
        client.tell("initialized", json!({}));
        client
    }

    fn start(project: &Project) -> Self {
        let mut child = project
            .command(&["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output, next: 0, heard: Vec::new() }
    }

    fn send_bytes(&mut self, body: &str) {
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        input.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send_bytes(&json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string());
    }

    /// A request without waiting for the answer; its id.
    fn request(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let id = self.next;
        self.send_bytes(
            &json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string(),
        );
        id
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        let answer = self.answer(&json!(id));
        assert_eq!(answer.get("error"), None, "{method}");
        answer["result"].clone()
    }

    /// The code of the error that a request gets.
    fn refused(&mut self, method: &str, params: Value) -> i64 {
        let id = self.request(method, params);
        self.answer(&json!(id))["error"]["code"].as_i64().unwrap()
    }

    fn answer(&mut self, id: &Value) -> Value {
        for _ in 0..MOST {
            let message = self.read().unwrap();
            if message.get("method").is_none() && message.get("id") == Some(id) {
                return message;
            }
            self.heard.push(message);
        }
        panic!("no answer to {id}");
    }

    fn read(&mut self) -> Option<Value> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        let message: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(message["jsonrpc"], "2.0");
        Some(message)
    }

    /// The diagnostics of a document at a version, which must come or have come.
    fn diagnostics(&mut self, uri: &str, version: Option<i64>) -> Vec<Value> {
        let wanted = |message: &Value| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
                && message["params"].get("version").and_then(Value::as_i64) == version
        };
        for _ in 0..MOST {
            if let Some(at) = self.heard.iter().position(wanted) {
                let message = self.heard.remove(at);
                return message["params"]["diagnostics"].as_array().unwrap().clone();
            }
            let message = self.read().unwrap();
            self.heard.push(message);
        }
        panic!("nothing is said of {uri}");
    }

    fn open(&mut self, uri: &str, language: &str, text: &str) {
        let item = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": item }));
    }

    fn replace(&mut self, uri: &str, version: i64, text: &str) {
        self.change(uri, version, json!([{ "text": text }]));
    }

    fn change(&mut self, uri: &str, version: i64, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.tell("textDocument/didChange", params);
    }

    fn close(&mut self, uri: &str) {
        self.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }

    fn actions(&mut self, uri: &str, diagnostic: &Value) -> Vec<Value> {
        let params = json!({
            "textDocument": { "uri": uri },
            "range": diagnostic["range"],
            "context": { "diagnostics": [diagnostic] },
        });
        self.ask("textDocument/codeAction", params).as_array().unwrap().clone()
    }

    /// Ends in good order; what was written to standard error.
    fn end(mut self) -> String {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        let (code, log) = self.ended();
        assert_eq!(code, 0, "{log}");
        log
    }

    /// Waits for the end: the exit code and standard error.
    fn ended(mut self) -> (i32, String) {
        while self.read().is_some() {}
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code().unwrap(), log)
    }
}

fn address(project: &Project, path: &str) -> String {
    let root = project.root().canonicalize().unwrap();
    format!("file://{}", root.join(path).to_string_lossy().trim_end_matches("/."))
}

fn codes(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic["code"].as_str().unwrap()).collect()
}

fn with_code<'a>(diagnostics: &'a [Value], code: &str) -> &'a Value {
    diagnostics.iter().find(|diagnostic| diagnostic["code"] == code).unwrap_or_else(|| {
        panic!("{code} is not among {:?}", codes(diagnostics));
    })
}

fn range(start: (u64, u64), end: (u64, u64)) -> Value {
    json!({
        "start": { "line": start.0, "character": start.1 },
        "end": { "line": end.0, "character": end.1 },
    })
}

#[test]
fn a_finding_comes_with_its_place_its_page_and_what_to_do() {
    let project = Project::new("lsp-finding", &[]);
    let uri = address(&project, "Dockerfile");
    let mut client = Client::new(&project);
    client.open(&uri, "dockerfile", "FROM node:24.18.1-slim\nUSER root\nCMD [\"node\", \"server.js\"]\n");
    let diagnostics = client.diagnostics(&uri, Some(1));
    let root = with_code(&diagnostics, "runs-as-root");
    // `USER root`: the second line; the whole of the word `root`.
    assert_eq!(root["range"], range((1, 5), (1, 9)));
    assert_eq!(root["severity"], 1);
    assert_eq!(root["source"], "plimsoll");
    let href = root["codeDescription"]["href"].as_str().unwrap();
    assert!(href.ends_with("/crates/plimsoll-controls/src/controls/runs_as_root.md"), "{href}");
    let message = root["message"].as_str().unwrap();
    assert!(message.contains("\nWhy: ") && message.contains("\nFix: "), "{message}");
    assert_eq!(root["data"]["fingerprint"].as_str().unwrap().len(), 32);

    let place = json!({ "textDocument": { "uri": uri }, "position": { "line": 1, "character": 6 } });
    let hover = client.ask("textDocument/hover", place);
    let page = hover["contents"]["value"].as_str().unwrap();
    assert!(page.contains("runs-as-root") && page.contains("#### How to fix"), "{page}");
    assert!(!page.contains("Cases") && !page.contains("```report"), "{page}");
    let beside = json!({ "textDocument": { "uri": uri }, "position": { "line": 1, "character": 1 } });
    assert_eq!(client.ask("textDocument/hover", beside), Value::Null);

    client.replace(&uri, 2, DOCKERFILE);
    let diagnostics = client.diagnostics(&uri, Some(2));
    assert!(!codes(&diagnostics).contains(&"runs-as-root"), "{:?}", codes(&diagnostics));
    client.close(&uri);
    assert_eq!(client.diagnostics(&uri, None), Vec::<Value>::new());
    assert_eq!(client.end(), "");
}

#[test]
fn columns_are_units_of_utf_16_unless_the_client_offers_bytes() {
    let project = Project::new("lsp-utf16", &[]);
    let uri = address(&project, "compose.yaml");
    // A ship is two units of UTF-16 and four bytes, ä one and two: `true` begins after `{x: "🚢ä", privileged: `,
    // which is 23 units (21 characters that are not the ship, and its two), or 26 bytes.
    let text = "services:\n  api:\n    image: example/api:1.0\n  b: {hostname: \"🚢ä\", privileged: true, image: b:1}\n";
    let line = text.lines().nth(3).unwrap();
    let before = &line[..line.find("true").unwrap()];
    let units = before.encode_utf16().count() as u64;
    assert_eq!(before.len() as u64, units + 3);
    for (offered, agreed, column) in [
        (json!({}), "utf-16", units),
        (json!({ "general": { "positionEncodings": ["utf-16"] } }), "utf-16", units),
        (json!({ "general": { "positionEncodings": ["utf-16", "utf-8"] } }), "utf-8", units + 3),
    ] {
        let mut client = Client::start(&project);
        let params = json!({ "rootUri": address(&project, "."), "capabilities": offered });
        let answer = client.ask("initialize", params);
        assert_eq!(answer["capabilities"]["positionEncoding"], agreed);
        client.tell("initialized", json!({}));
        client.open(&uri, "yaml", text);
        let diagnostics = client.diagnostics(&uri, Some(1));
        let found = with_code(&diagnostics, "privileged-container");
        assert_eq!(found["range"], range((3, column), (3, column + 4)), "{agreed}");
        // The client's own columns are read the same way: `true` becomes `false`.
        client.change(&uri, 2, json!([{ "range": found["range"], "text": "false" }]));
        let diagnostics = client.diagnostics(&uri, Some(2));
        assert!(!codes(&diagnostics).contains(&"privileged-container"), "{agreed}");
        client.end();
    }
}

#[test]
fn lines_that_end_with_cr_lf_are_lines() {
    let project = Project::new("lsp-crlf", &[]);
    let uri = address(&project, "Dockerfile");
    let mut client = Client::new(&project);
    let text = "FROM node:24.18.1-slim\r\nUSER root\r\nCMD [\"node\", \"server.js\"]\r\n";
    client.open(&uri, "dockerfile", text);
    let diagnostics = client.diagnostics(&uri, Some(1));
    let root = with_code(&diagnostics, "runs-as-root");
    assert_eq!(root["range"], range((1, 5), (1, 9)));
    let actions = client.actions(&uri, root);
    let edit = &actions[1]["edit"]["changes"][&uri][0];
    assert_eq!(edit["newText"], "# plimsoll: allow runs-as-root - \r\n");
    assert_eq!(edit["range"], range((1, 0), (1, 0)));
    client.end();
}

#[test]
fn an_unsaved_dockerfile_is_seen_from_the_compose_file_and_the_other_way_round() {
    let project = Project::new("lsp-across", &[("Dockerfile", DOCKERFILE), ("compose.yaml", COMPOSE)]);
    let (dockerfile, compose) = (address(&project, "Dockerfile"), address(&project, "compose.yaml"));
    let mut client = Client::new(&project);
    client.open(&compose, "dockercompose", COMPOSE);
    let clean = client.diagnostics(&compose, Some(1));
    assert!(!codes(&clean).contains(&"build-target-missing"));

    // The compose file asks for a stage, which is said at the compose file.
    let staged = COMPOSE.replace("build: .", "build: {context: ., target: run}");
    client.replace(&compose, 2, &staged);
    let diagnostics = client.diagnostics(&compose, Some(2));
    let column = staged.lines().nth(2).unwrap().find("run").unwrap() as u64;
    let target = with_code(&diagnostics, "build-target-missing");
    assert_eq!(target["range"], range((2, column), (2, column + 3)));

    // The stage is written in the Dockerfile, and not saved: the compose file is clean of it.
    client.open(&dockerfile, "dockerfile", DOCKERFILE);
    client.replace(&dockerfile, 2, &DOCKERFILE.replace("-slim", "-slim AS run"));
    client.diagnostics(&dockerfile, Some(2));
    // Both are told; what came before the change may still be among it.
    let mut last = client.diagnostics(&compose, Some(2));
    while codes(&last).contains(&"build-target-missing") {
        last = client.diagnostics(&compose, Some(2));
    }
    // And a user that the compose file names is judged in the Dockerfile's place no more.
    client.replace(&compose, 3, &staged.replace("read_only", "user: \"0\"\n    read_only"));
    let diagnostics = client.diagnostics(&compose, Some(3));
    let root = with_code(&diagnostics, "runs-as-root");
    let related = root["relatedInformation"].as_array().unwrap();
    assert!(related.iter().any(|near| near["location"]["uri"] == dockerfile), "{related:?}");
    assert_eq!(project.read("Dockerfile"), DOCKERFILE);

    client.close(&compose);
    client.close(&dockerfile);
    // It was told of before it was opened, too; in the end nothing is said of it.
    while !client.diagnostics(&dockerfile, None).is_empty() {}
    client.end();
}

#[test]
fn files_that_are_not_open_are_told_of_and_become_clean_again() {
    let root = "FROM node:24.18.1-slim\nUSER root\nCMD [\"node\", \"server.js\"]\n";
    let project = Project::new("lsp-closed", &[("Dockerfile", root), ("compose.yaml", COMPOSE)]);
    let (dockerfile, compose) = (address(&project, "Dockerfile"), address(&project, "compose.yaml"));
    let mut client = Client::new(&project);
    client.open(&compose, "yaml", COMPOSE);
    let said = client.diagnostics(&dockerfile, None);
    assert_eq!(with_code(&said, "runs-as-root")["range"], range((1, 5), (1, 9)));
    client.replace(&compose, 2, &COMPOSE.replace("    build: .\n", ""));
    assert_eq!(client.diagnostics(&dockerfile, None), Vec::<Value>::new());
    client.end();
}

#[test]
fn an_allowance_is_inserted_where_it_is_read() {
    let project = Project::new("lsp-allow", &[]);
    let uri = address(&project, "compose.yaml");
    let text = "services:\n  api:\n    image: example/api:1.0\n    privileged: true\n";
    let mut client = Client::new(&project);
    client.open(&uri, "yaml", text);
    let diagnostics = client.diagnostics(&uri, Some(1));
    let actions = client.actions(&uri, with_code(&diagnostics, "privileged-container"));
    let titles: Vec<&str> = actions.iter().map(|action| action["title"].as_str().unwrap()).collect();
    assert!(titles[0].starts_with("Explain privileged-container: "), "{titles:?}");
    assert!(titles[1].starts_with("Allow privileged-container here"), "{titles:?}");
    assert!(actions.iter().all(|action| action["kind"] == "quickfix"));
    let edit = &actions[1]["edit"]["changes"][&uri][0];
    assert_eq!(edit["range"], range((3, 0), (3, 0)));
    assert_eq!(edit["newText"], "    # plimsoll: allow privileged-container - \n");

    // Without a reason it allows nothing, and that is said at the comment.
    client.change(&uri, 2, json!([{ "range": edit["range"], "text": edit["newText"] }]));
    let diagnostics = client.diagnostics(&uri, Some(2));
    let missing = with_code(&diagnostics, "missing-reason");
    assert_eq!(missing["range"]["start"], json!({ "line": 3, "character": 4 }));
    assert_eq!(with_code(&diagnostics, "privileged-container")["range"]["start"]["line"], 4);

    let end = "    # plimsoll: allow privileged-container - ".len() as u64;
    let reason = json!([{ "range": range((3, end), (3, end)), "text": "a test machine" }]);
    client.change(&uri, 3, reason);
    let diagnostics = client.diagnostics(&uri, Some(3));
    assert!(!codes(&diagnostics).contains(&"privileged-container"));
    assert!(!codes(&diagnostics).contains(&"missing-reason"));

    // The comment's id has a page, and ids are completed before the reason and not in it.
    let at = |character: u64| json!({ "textDocument": { "uri": uri }, "position": { "line": 3, "character": character } });
    let hover = client.ask("textDocument/hover", at(25));
    assert!(hover["contents"]["value"].as_str().unwrap().contains("privileged-container"));
    let items = client.ask("textDocument/completion", at(25));
    assert!(items.as_array().unwrap().iter().any(|item| item["label"] == "runs-as-root"));
    assert_eq!(client.ask("textDocument/completion", at(end + 4)), json!([]));
    client.end();
}

#[test]
fn a_dockerfile_inside_of_a_compose_file_is_told_of_there() {
    let project = Project::new("lsp-inline", &[]);
    let uri = address(&project, "compose.yaml");
    let text = "services:\n  api:\n    build:\n      dockerfile_inline: |\n        FROM node:24.18.1-slim\n        \
                USER root\n        CMD [\"node\", \"server.js\"]\n";
    let mut client = Client::new(&project);
    client.open(&uri, "yaml", text);
    let diagnostics = client.diagnostics(&uri, Some(1));
    let root = with_code(&diagnostics, "runs-as-root");
    // The word `root`, eight columns of indent and `USER ` before it.
    assert_eq!(root["range"], range((5, 13), (5, 17)));
    // A comment of the compose file does not reach into the Dockerfile: none is offered.
    let actions = client.actions(&uri, root);
    let allows = |action: &Value| action["title"].as_str().unwrap().starts_with("Allow");
    assert!(!actions.is_empty() && !actions.iter().any(allows), "{actions:?}");
    client.end();
}

#[test]
fn the_command_shows_the_page() {
    let project = Project::new("lsp-explain", &[]);
    let capabilities = json!({ "window": { "showDocument": { "support": true } } });
    for (capabilities, method) in [(capabilities, "window/showDocument"), (json!({}), "window/showMessage")] {
        let mut client = Client::with(&project, capabilities, true);
        let command = json!({ "command": "plimsoll.explain", "arguments": ["runs-as-root"] });
        assert_eq!(client.ask("workspace/executeCommand", command), Value::Null);
        let shown = client.heard.iter().find(|message| message["method"] == method).unwrap();
        assert!(shown["params"].to_string().contains("runs_as_root.md"), "{shown}");
        let unknown = json!({ "command": "plimsoll.explain", "arguments": ["nonsense"] });
        assert_eq!(client.refused("workspace/executeCommand", unknown), -32602);
        client.end();
    }
}

#[test]
fn the_configuration_is_honoured_before_it_is_saved() {
    let project = Project::new("lsp-config", &[("Dockerfile", DOCKERFILE)]);
    project.write("plimsoll.toml", "only = [\"runs-as-root\"]\n");
    let (dockerfile, config) = (address(&project, "Dockerfile"), address(&project, "plimsoll.toml"));
    let mut client = Client::new(&project);
    let root = DOCKERFILE.replace("USER node", "USER root");
    client.open(&dockerfile, "dockerfile", &root);
    assert_eq!(codes(&client.diagnostics(&dockerfile, Some(1))), ["runs-as-root"]);

    client.open(&config, "toml", "only = [\"runs-as-root\"]\n[severity]\nruns-as-root = \"low\"\n");
    while client.diagnostics(&dockerfile, Some(1))[0]["severity"] != 3 {}

    // Broken, it is told at its place, and what was said stands.
    client.replace(&config, 2, "only = [\n");
    let diagnostics = client.diagnostics(&config, Some(2));
    assert_eq!(codes(&diagnostics), ["invalid-toml"]);
    client.replace(&config, 3, "only = [\"runs-as-rot\"]\n");
    let diagnostics = client.diagnostics(&config, Some(3));
    assert_eq!(with_code(&diagnostics, "unknown-control")["range"], range((0, 8), (0, 21)));
    client.end();
}

#[test]
fn a_file_outside_of_any_workspace_is_judged_with_what_lies_beside_it() {
    let project = Project::new("lsp-outside", &[("Dockerfile", DOCKERFILE), ("compose.yaml", COMPOSE)]);
    project.write("below/Dockerfile", "FROM node:24.18.1-slim\nUSER root\nCMD [\"node\", \"a.js\"]\n");
    let mut client = Client::with(&project, json!({}), false);
    let uri = address(&project, "compose.yaml");
    client.open(&uri, "yaml", &COMPOSE.replace("build: .", "build: .\n    privileged: true"));
    let diagnostics = client.diagnostics(&uri, Some(1));
    assert!(codes(&diagnostics).contains(&"privileged-container"));
    let below = address(&project, "below/Dockerfile");
    client.end_without(&below);
}

#[test]
fn text_that_is_no_file_and_files_that_are_no_input_are_left_alone() {
    let project = Project::new("lsp-other", &[("Dockerfile", DOCKERFILE)]);
    let mut client = Client::new(&project);
    client.open("untitled:Untitled-1", "dockerfile", "FROM a\n");
    client.open(&address(&project, "README.md"), "markdown", "# x\n");
    let place = json!({ "textDocument": { "uri": "untitled:Untitled-1" }, "position": { "line": 9, "character": 9 } });
    assert_eq!(client.ask("textDocument/hover", place), Value::Null);
    client.end_without("untitled:Untitled-1");
}

impl Client {
    /// Ends, and nothing was said of that document.
    fn end_without(mut self, uri: &str) {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        assert!(self.heard.iter().all(|message| message["params"]["uri"] != uri), "{:?}", self.heard);
        self.tell("exit", Value::Null);
        assert_eq!(self.ended(), (0, String::new()));
    }
}

#[test]
fn what_is_no_message_does_not_end_the_server() {
    let project = Project::new("lsp-broken", &[]);
    let mut client = Client::start(&project);
    assert_eq!(client.refused("textDocument/hover", json!({})), -32002);
    client.send_bytes("{no json");
    assert_eq!(client.answer(&Value::Null)["error"]["code"], -32700);
    client.send_bytes("[1]");
    assert_eq!(client.answer(&Value::Null)["error"]["code"], -32600);
    client.ask("initialize", json!({ "capabilities": {} }));
    assert_eq!(client.refused("initialize", json!({})), -32600);
    assert_eq!(client.refused("no/such", json!({})), -32601);
    assert_eq!(client.refused("textDocument/codeAction", json!({})), -32602);
    for (method, params) in [
        ("textDocument/didOpen", json!(null)),
        ("textDocument/didOpen", json!({ "textDocument": { "uri": 1 } })),
        ("textDocument/didChange", json!({ "textDocument": { "uri": "file:///x" }, "contentChanges": 1 })),
        ("textDocument/didClose", json!([])),
        ("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": 1, "removed": [{}] } })),
        ("$/setTrace", json!({ "value": "off" })),
    ] {
        client.tell(method, params);
    }
    let uri = address(&project, "Dockerfile");
    client.open(&uri, "dockerfile", DOCKERFILE);
    for change in [
        json!([{ "range": range((99, 99), (98, 0)), "text": "\n" }]),
        json!([{ "range": { "start": -1 }, "text": "x" }]),
        json!([{ "range": 7 }]),
    ] {
        client.change(&uri, 2, change);
    }
    client.diagnostics(&uri, Some(2));
    let log = client.end();
    assert_eq!(log, "");
}

#[test]
fn a_request_that_is_cancelled_before_its_turn_is_told_so() {
    let project = Project::new("lsp-cancel", &[]);
    let mut client = Client::new(&project);
    // One write, so that the server has both at once; should it read faster, the answer is the ordinary one.
    let ask =
        json!({ "jsonrpc": "2.0", "id": "a", "method": "textDocument/hover", "params": {} }).to_string();
    let cancel =
        json!({ "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": "a" } }).to_string();
    let both = [ask, cancel].map(|body| format!("Content-Length: {}\r\n\r\n{body}", body.len())).concat();
    client.input.as_mut().unwrap().write_all(both.as_bytes()).unwrap();
    let code = client.answer(&json!("a"))["error"]["code"].as_i64().unwrap();
    assert!([-32800, -32602].contains(&code), "{code}");
    client.end();
}

#[test]
fn the_exit_code_tells_whether_the_end_was_in_order() {
    let project = Project::new("lsp-exit", &[]);
    let mut client = Client::new(&project);
    client.tell("exit", Value::Null);
    assert_eq!(client.ended().0, 1);
    let mut client = Client::new(&project);
    client.input = None;
    assert_eq!(client.ended().0, 1);
    let mut client = Client::new(&project);
    client.ask("shutdown", Value::Null);
    assert_eq!(client.refused("textDocument/hover", json!({})), -32600);
    client.tell("exit", Value::Null);
    assert_eq!(client.ended().0, 0);
}

#[test]
fn no_secret_is_in_anything_that_is_said() {
    let project = Project::new("lsp-secret", &[]);
    let uri = address(&project, "compose.yaml");
    let text = format!("services:\n  api:\n    image: a:1\n    environment:\n      API_TOKEN: {CANARY}\n");
    let mut client = Client::new(&project);
    client.open(&uri, "yaml", &text);
    let diagnostics = client.diagnostics(&uri, Some(1));
    assert!(!diagnostics.is_empty());
    let mut said = serde_json::to_string(&diagnostics).unwrap();
    for diagnostic in &diagnostics {
        let actions = client.actions(&uri, diagnostic);
        said.push_str(&serde_json::to_string(&actions).unwrap());
    }
    said.push_str(&client.end());
    assert!(!said.contains(CANARY));
}

#[test]
fn a_remedy_is_an_action_for_the_text_as_it_is_in_the_editor() {
    let project = Project::new("lsp-remedy", &[]);
    let uri = address(&project, "compose.yaml");
    let rest = "services:\r\n  api:\r\n    image: example/api:1.0\r\n";
    let edit = json!([{ "range": range((0, 0), (1, 0)), "newText": "" }]);
    let versioned = json!({ "workspace": { "workspaceEdit": { "documentChanges": true } } });
    for (capabilities, expected) in [
        (
            versioned,
            json!({ "documentChanges": [{ "textDocument": { "uri": uri, "version": 2 }, "edits": edit }] }),
        ),
        (json!({}), json!({ "changes": { &uri: edit } })),
    ] {
        let mut client = Client::with(&project, capabilities, true);
        client.open(&uri, "yaml", rest);
        client.replace(&uri, 2, &format!("version: '3'\r\n{rest}"));
        let diagnostics = client.diagnostics(&uri, Some(2));
        let found = with_code(&diagnostics, "compose-version-field");
        assert_eq!(found["data"]["remedy"], "safe");
        let actions = client.actions(&uri, found);
        let mend: Vec<&Value> = actions.iter().filter(|action| action["isPreferred"] == true).collect();
        assert_eq!(mend.len(), 1, "{actions:?}");
        assert_eq!(mend[0]["kind"], "quickfix");
        assert_eq!(mend[0]["title"], "Delete the line (compose-version-field)");
        assert_eq!(mend[0]["diagnostics"], json!([found]));
        assert_eq!(mend[0]["edit"], expected);

        // All of the file at once: only when it is asked for, and then alone.
        let ask = |only: Value| {
            let context = json!({ "diagnostics": [], "only": only });
            json!({ "textDocument": { "uri": uri }, "range": found["range"], "context": context })
        };
        for only in ["source", "source.fixAll", "source.fixAll.plimsoll"] {
            let actions = client.ask("textDocument/codeAction", ask(json!([only])));
            let actions = actions.as_array().unwrap();
            assert_eq!(actions.len(), 1, "{only}: {actions:?}");
            assert_eq!(actions[0]["kind"], "source.fixAll.plimsoll");
        }
        assert_eq!(client.ask("textDocument/codeAction", ask(json!(["refactor"]))), json!([]));

        client.replace(&uri, 3, rest);
        client.diagnostics(&uri, Some(3));
        assert_eq!(client.ask("textDocument/codeAction", ask(json!(["source.fixAll"]))), json!([]));
        client.end();
    }
}

//! `plimsoll fix --verify` with a real engine: what holds is proven and written, what breaks is found and left out, and
//! nothing stays behind.
//!
//! `PLIMSOLL_INTEGRATION` asks for it; without, or where no engine can be had, it is said that nothing was run. Images are made
//! here from the machine's own Node and busybox: none is fetched. `PLIMSOLL_COMPOSE` names a Compose of version 2.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stderr, reason = "what is not run is said")]

#[expect(dead_code, reason = "the report of a scan is not looked at here")]
mod project;

#[path = "engine/mod.rs"]
mod engine;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use engine::Engine;
use project::{Project, Run};
use serde_json::Value;

const CLEAN: i32 = 0;
const FAILED: i32 = 2;

/// Answers on 3000 and needs nothing.
const SERVER: &str = "\
require('http').createServer((request, response) => {
  response.statusCode = request.url === '/health' ? 200 : 404;
  response.end('ok');
}).listen(3000, () => console.log('listening'));
process.on('SIGTERM', () => process.exit(0));
";

/// Keeps its state below its own directory.
const WRITER: &str = "require('fs').writeFileSync('/app/state.json', '{}');\n";

const MANIFEST: &str = "{\"name\":\"api\",\"version\":\"1.0.0\",\"license\":\"MIT\"}\n";

const COMPOSE: &str = "\
services:
  api:
    build: api
    ports:
      - \"18080:3000\"
    healthcheck:
      test: [\"CMD\", \"wget\", \"-q\", \"-O-\", \"http://127.0.0.1:3000/health\"]
  other:
    image: example/never-started:1.0
";

fn dockerfile(engine: &Engine) -> String {
    format!(
        "FROM {}\nWORKDIR /app\nCOPY package.json server.js ./\nEXPOSE 3000\nCMD [\"node\", \"server.js\"]\n",
        engine.base
    )
}

fn of_compose(engine: &Engine, name: &str, server: &str) -> Project {
    let files = [
        ("compose.yaml", COMPOSE),
        ("api/Dockerfile", &dockerfile(engine)),
        ("api/server.js", server),
        ("api/package.json", MANIFEST),
        ("api/.dockerignore", "node_modules\n.git\n.env*\n"),
    ];
    Project::new(name, &files)
}

/// Only these controls, so that nothing depends on what else the catalogue offers.
const HARDENING: &str =
    "writable-root-filesystem,capabilities-kept,privilege-escalation-allowed,runs-as-root";

fn fix(project: &Project, engine: &Engine, more: &[&str]) -> Run {
    let arguments: Vec<&str> =
        ["fix", "--risky", "--verify", "--format", "json"].iter().chain(more).copied().collect();
    let path = std::env::var("PATH").unwrap();
    let mut variables = vec![("PATH", path.as_str())];
    if let Some(compose) = &engine.compose {
        variables.push(("PLIMSOLL_DOCKER_COMPOSE", compose));
    }
    let run = project.run_with(&arguments, &variables, "");
    if !run.stdout.is_empty() {
        fits(&run.json());
    }
    run
}

fn fits(value: &Value) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/fix-1.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

fn controls(list: &Value) -> BTreeSet<&str> {
    list.as_array().unwrap().iter().map(|one| one["control"].as_str().unwrap()).collect()
}

#[test]
fn without_an_engine_nothing_is_proven_or_written() {
    let project = Project::new(
        "verify-none",
        &[("compose.yaml", "version: '3'\nservices:\n  api:\n    image: example/api:1.0\n")],
    );
    let before = project.read("compose.yaml");
    for (host, words) in [
        ("unix:///nowhere/docker.sock", "there is no Docker Engine at unix:///nowhere/docker.sock"),
        ("ssh://me@there", "ssh:// is not spoken here"),
        ("tcp://192.0.2.1:2375", "on another machine"),
    ] {
        let run = project.run_with(&["fix", "--verify", "--write"], &[("DOCKER_HOST", host)], "");
        assert_eq!((run.code, run.stdout.as_str()), (FAILED, ""), "{}", run.stderr);
        assert!(
            run.stderr.contains("--verify needs a Docker Engine") && run.stderr.contains(words),
            "{}",
            run.stderr
        );
        assert_eq!(project.read("compose.yaml"), before);
    }
    for (arguments, words) in [
        (&["fix", "--smoke", "http://localhost/"][..], "--verify"),
        (&["fix", "--verify", "--interactive"], "--interactive"),
        (&["fix", "--verify", "--format", "sarif"], "--format json"),
        (&["fix", "--verify", "--verify-timeout", "0"], "--verify-timeout"),
    ] {
        let run = project.run(arguments);
        assert!(run.code == FAILED && run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
    }
    // Where there is nothing to change, nothing has to be proven and no engine is asked.
    project.write("compose.yaml", "services:\n  api:\n    image: example/api:1.0\n");
    let nowhere = [("DOCKER_HOST", "unix:///nowhere/docker.sock")];
    let run = project.run_with(&["fix", "--verify", "--apply", "compose-version-field"], &nowhere, "");
    assert_eq!(run.code, CLEAN, "{}", run.stderr);
}

#[test]
fn proofs_with_an_engine() {
    let Some(engine) = Engine::at_hand() else { return };
    let things = engine.things();
    a_dockerfile_that_stands_is_proven(&engine);
    a_change_that_breaks_is_dropped(&engine);
    what_cannot_be_tried_is_left_as_it_is(&engine);
    an_interrupted_proof_leaves_nothing(&engine);
    match engine.compose {
        None => eprintln!("not run: proofs of compose projects, there is no Compose (PLIMSOLL_COMPOSE)"),
        Some(_) => {
            a_project_that_stands_is_proven_and_written(&engine);
            what_breaks_a_project_is_dropped_and_the_rest_is_proven(&engine);
            what_only_buildkit_builds_is_built(&engine);
            what_is_not_safe_to_start_is_not_started(&engine);
        }
    }
    assert_eq!(engine.things(), things, "containers, networks, volumes and images are those of before");
}

fn a_dockerfile_that_stands_is_proven(engine: &Engine) {
    let project = of_compose(engine, "verify-image", SERVER);
    std::fs::remove_file(project.root().join("compose.yaml")).unwrap();
    let run = fix(
        &project,
        engine,
        &["--write", "--apply", "runs-as-root", "--smoke", "curl -fsS http://localhost:3000/health"],
    );
    assert_eq!(run.code, CLEAN, "{}{}", run.stdout, run.stderr);
    let json = run.json();
    let proof = &json["proof"]["projects"][0];
    assert_eq!((proof["proven"].as_bool(), proof["trials"].as_u64()), (Some(true), Some(2)), "{proof}");
    assert_eq!(proof["tests"][0]["by"], "smoke");
    assert!(project.read("api/Dockerfile").contains("USER node"), "{}", project.read("api/Dockerfile"));
}

fn a_change_that_breaks_is_dropped(engine: &Engine) {
    // A directory that only root may write into, and that no account is given.
    let server = format!("require('fs').writeFileSync('/var/state.json', '{{}}');\n{SERVER}");
    let project = of_compose(engine, "verify-broken", &server);
    std::fs::remove_file(project.root().join("compose.yaml")).unwrap();
    let before = project.read("api/Dockerfile");
    let run = fix(&project, engine, &["--write", "--apply", "runs-as-root"]);
    assert_eq!(run.code, CLEAN, "{}{}", run.stdout, run.stderr);
    let json = run.json();
    let proof = &json["proof"]["projects"][0];
    assert_eq!(controls(&proof["dropped"]), ["runs-as-root"].into(), "{proof}");
    let reason = proof["dropped"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("exit code 1") && reason.contains("EACCES /var/state.json"), "{reason}");
    assert_eq!(json["left"].as_array().unwrap().iter().filter(|left| left["cause"] == "broke").count(), 1);
    assert!(json["made"].as_array().unwrap().is_empty());
    assert_eq!(project.read("api/Dockerfile"), before);
}

fn what_cannot_be_tried_is_left_as_it_is(engine: &Engine) {
    let project = of_compose(engine, "verify-dead", "throw new Error('no database');\n");
    std::fs::remove_file(project.root().join("compose.yaml")).unwrap();
    let before = project.read("api/Dockerfile");
    let run = fix(&project, engine, &["--write", "--apply", "runs-as-root"]);
    assert_eq!(run.code, FAILED, "{}", run.stdout);
    let json = run.json();
    let reason = json["proof"]["projects"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("before any change") && reason.contains("no database"), "{reason}");
    assert!(json["left"].as_array().unwrap().iter().any(|left| left["cause"] == "unproven"));
    assert_eq!(project.read("api/Dockerfile"), before);
}

fn an_interrupted_proof_leaves_nothing(engine: &Engine) {
    let project = of_compose(engine, "verify-stop", SERVER);
    std::fs::remove_file(project.root().join("compose.yaml")).unwrap();
    let slow = dockerfile(engine).replace("EXPOSE", "RUN touch /one\nRUN sleep 2 && touch /two\nEXPOSE");
    project.write("api/Dockerfile", &slow);
    // Once while it builds, and once while something runs.
    for begun in [
        &|engine: &Engine| engine.things().images.len() > 1 + engine.before.images.len(),
        &(|engine: &Engine| !engine.things().containers.is_empty()) as &dyn Fn(&Engine) -> bool,
    ] {
        let things = engine.things();
        let path = std::env::var("PATH").unwrap();
        let mut command =
            project.command(&["fix", "--risky", "--verify", "--write", "--apply", "runs-as-root"]);
        let mut child = command.env("PATH", path).spawn().unwrap();
        while !begun(engine) {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it was interrupted");
        }
        let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        drop(child.stdin.take());
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(FAILED), "{told}");
        assert!(told.contains("interrupted: nothing was written"), "{told}");
        assert_eq!(project.read("api/Dockerfile"), slow);
        assert_eq!(engine.things(), things);
    }
}

fn a_project_that_stands_is_proven_and_written(engine: &Engine) {
    let project = of_compose(engine, "verify-compose", SERVER);
    let run = fix(
        &project,
        engine,
        &["--write", "--service", "api", "--apply", HARDENING, "--smoke", "http://localhost:18080/health"],
    );
    assert_eq!(run.code, CLEAN, "{}{}", run.stdout, run.stderr);
    let json = run.json();
    let proof = &json["proof"]["projects"][0];
    assert_eq!((proof["proven"].as_bool(), &proof["reason"]), (Some(true), &Value::Null), "{proof}");
    assert_eq!((&proof["tests"][0]["service"], &proof["tests"][0]["by"]), (&"api".into(), &"smoke".into()));
    let text = project.read("compose.yaml");
    for line in ["read_only: true", "cap_drop:", "no-new-privileges:true"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert_eq!(project.read("api/server.js"), SERVER);
}

fn what_breaks_a_project_is_dropped_and_the_rest_is_proven(engine: &Engine) {
    let project = of_compose(engine, "verify-drop", &format!("{WRITER}{SERVER}"));
    let run = fix(
        &project,
        engine,
        &[
            "--write",
            "--service",
            "api",
            "--apply",
            "writable-root-filesystem,capabilities-kept,privilege-escalation-allowed",
        ],
    );
    assert_eq!(run.code, CLEAN, "{}{}", run.stdout, run.stderr);
    let json = run.json();
    let proof = &json["proof"]["projects"][0];
    assert_eq!(controls(&proof["dropped"]), ["writable-root-filesystem"].into(), "{proof}");
    let reason = proof["dropped"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("EROFS /app/state.json"), "{reason}");
    assert_eq!(proof["tests"][0]["by"], "healthcheck");
    let text = project.read("compose.yaml");
    assert!(!text.contains("read_only") && text.contains("cap_drop:"), "{text}");
    // It started in a copy.
    assert!(!project.root().join("api/state.json").exists());
}

fn what_only_buildkit_builds_is_built(engine: &Engine) {
    let project = of_compose(engine, "verify-buildkit", SERVER);
    std::fs::remove_file(project.root().join("compose.yaml")).unwrap();
    let text = dockerfile(engine)
        .replace("EXPOSE", "RUN --mount=type=tmpfs,target=/scratch touch /scratch/x\nEXPOSE");
    project.write("api/Dockerfile", &text);
    let run = fix(&project, engine, &["--apply", "runs-as-root"]);
    assert_eq!(run.code, CLEAN, "{}{}", run.stdout, run.stderr);
    let json = run.json();
    let proof = &json["proof"]["projects"][0];
    assert_eq!(proof["proven"], true, "{proof}");
    assert_eq!(proof["tests"][0]["by"], "running");
    assert_eq!(project.read("api/Dockerfile"), text, "nothing was asked to be written");
}

fn what_is_not_safe_to_start_is_not_started(engine: &Engine) {
    let project = of_compose(engine, "verify-refused", SERVER);
    let text =
        COMPOSE.replace("    build: api\n", "    build: api\n    volumes: [/var/run/docker.sock:/s]\n");
    project.write("compose.yaml", &text);
    let run = fix(&project, engine, &["--write", "--service", "api", "--apply", "capabilities-kept"]);
    assert_eq!(run.code, FAILED, "{}", run.stdout);
    let json = run.json();
    let reason = json["proof"]["projects"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("the service api mounts /var/run/docker.sock of this machine"), "{reason}");
    assert_eq!(project.read("compose.yaml"), text);
}

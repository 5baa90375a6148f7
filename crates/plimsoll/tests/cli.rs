//! The program from outside: arguments, streams, files, exit codes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod project;

use project::{CANARY, Project, Run};

const CLEAN: i32 = 0;
const FINDINGS: i32 = 1;
const FAILED: i32 = 2;

const ROOT: &str = "FROM node:24.18.1-slim\nCMD [\"node\", \"server.js\"]\n";
const NODE: &str = "FROM node:24.18.1-slim\nUSER node\nCMD [\"node\", \"server.js\"]\n";
const FORMATS: [&str; 7] = ["human", "json", "sarif", "junit", "github", "gitlab", "markdown"];

fn only_root(run: &[&str]) -> Vec<String> {
    run.iter().chain(&["--only", "runs-as-root"]).map(ToString::to_string).collect()
}

#[test]
fn the_exit_code_is_the_verdict_at_the_gate() {
    let root = Project::new("gate-root", &[("Dockerfile", ROOT)]);
    let node = Project::new("gate-node", &[("Dockerfile", NODE)]);
    assert_eq!(root.run(&only_root(&["scan"])).code, FINDINGS);
    assert_eq!(node.run(&only_root(&["scan"])).code, CLEAN);
    assert_eq!(root.run(&only_root(&["scan", "--fail-on", "critical"])).code, CLEAN);
    assert_eq!(root.run(&only_root(&["scan", "--fail-on", "never"])).code, CLEAN);
    assert_eq!(root.run(&["scan", "--fail-on", "low"]).code, FINDINGS);
    assert_eq!(root.run(&["scan", "--skip", "runs-as-root", "--min-severity", "critical"]).code, CLEAN);
}

#[test]
fn bad_usage_is_told_and_is_neither_clean_nor_a_finding() {
    let project = Project::new("usage", &[("Dockerfile", NODE)]);
    for (arguments, words) in [
        (&["scan", "nowhere"][..], "nowhere: there is no such file"),
        (&["scan", "-f", "nowhere.yaml"], "nowhere.yaml: there is no such file"),
        (&["scan", "--only", "run-as-root"], "did you mean `runs-as-root`?"),
        (&["scan", "--fail-on", "hihg"], "high"),
        (&["scan", "--output", "yaml=x"], "`yaml` is no format"),
        (&["scan", "--output", "json"], "FORMAT=PATH"),
        (&["scan", "--output", "json=-", "--output", "sarif=-"], "standard output takes one report"),
        (&["scan", "--output", "json=-", "--format", "human"], "standard output takes one report"),
        (&["scan", "--quiet", "--verbose"], "--verbose"),
        (&["scan", "--build-arg", "X"], "NAME=VALUE"),
        (&["scan", "--output", "json=x", "--output", "sarif=x"], "a file takes one report, and two go to x"),
        (&["scan", "--baseline", "nowhere"], "nowhere"),
        (&["explain", "\u{1b}[31mred"], "no control `\u{241b}[31mred`"),
        (&["scan", "--config", "nowhere"], "nowhere"),
        (&["scan", "--service", "api"], "there is no service `api`"),
        (&["explain", "nonsense-id"], "there is no control `nonsense-id`"),
        (&["frobnicate"], "frobnicate"),
    ] {
        let run = project.run(arguments);
        assert_eq!(run.code, FAILED, "{arguments:?}");
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
    let asked = project.run(&["--help"]);
    assert_eq!((asked.code, asked.stderr.as_str()), (CLEAN, ""));
    assert!(asked.stdout.contains("Exit codes"));
}

#[test]
fn inputs_without_anything_to_judge_do_not_open_the_gate() {
    let empty = Project::new(
        "odd",
        &[
            ("nothing/readme.txt", "hello"),
            ("empty/Dockerfile", ""),
            ("comment/Dockerfile", "# nothing\n"),
            ("words/notes.txt", "hello there"),
            ("yaml/compose.yaml", "services: [\n"),
            ("installed/node_modules/x/Dockerfile", ROOT),
        ],
    );
    let deep = format!("deep/{}Dockerfile", "d/".repeat(60));
    empty.write(&deep, ROOT);
    empty.write_bytes("binary/Dockerfile", b"\x7fELF\x00\x01\xff\xfe");
    for (path, words) in [
        ("nothing", "found neither a Dockerfile nor a compose file nor a lockfile in nothing"),
        ("installed", "left out: installed/node_modules/ (holds installed packages)"),
        ("deep", "(too deep: not entered)"),
        ("empty", "nothing to judge: neither a service nor a FROM in empty/Dockerfile"),
        ("comment", "nothing to judge"),
        ("binary", "nothing to judge"),
        ("binary/Dockerfile", "nothing to judge"),
        ("yaml", "nothing to judge"),
        ("words/notes.txt", "looks neither like a Dockerfile nor like a compose file"),
    ] {
        let run = empty.run(&["scan", path]);
        assert_eq!(run.code, FAILED, "{path}: {}", run.stdout);
        assert!(run.stderr.contains(words), "{path}: {}", run.stderr);
        assert!(!run.stdout.contains("grade"), "nothing has earned a grade: {}", run.stdout);
    }
    assert!(empty.run(&["scan", "yaml"]).stdout.contains("--> yaml/compose.yaml:"), "what is wrong is told");
    let folder = Project::new("odd-folder", &[("Dockerfile/inner", ""), ("a/Dockerfile", NODE)]);
    assert_eq!(folder.run(&only_root(&["scan"])).code, CLEAN);
}

#[test]
fn several_reports_are_written_at_once() {
    let project = Project::new("outputs", &[("Dockerfile", ROOT)]);
    let arguments =
        ["scan", "--output", "sarif=out.sarif", "--output", "json=-", "--output", "junit=out.xml"];
    let run = project.run(&arguments);
    assert_eq!(run.code, FINDINGS);
    assert_eq!(run.json()["schema"], "plimsoll.report/1");
    let sarif: serde_json::Value = serde_json::from_str(&project.read("out.sarif")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(project.read("out.xml").starts_with("<?xml"));
    let run = project.run(&["scan", "--output", "json=out.json", "-q"]);
    assert!(run.stdout.starts_with("Dockerfile:1:"), "people still read: {}", run.stdout);
    assert_eq!(project.run(&["scan", "--output", "json=missing/out.json"]).code, FAILED);
}

#[test]
fn the_same_project_gives_the_same_bytes() {
    let mut files: Vec<(String, &str)> = (0..40)
        .map(|n| (format!("services/s{n}/Dockerfile"), if n % 2 == 0 { ROOT } else { NODE }))
        .collect();
    files.push(("compose.yaml".to_owned(), COMPOSE));
    files.push(("api/Dockerfile".to_owned(), ROOT));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let project = Project::new("same", &files);
    let other = Project::new("same-elsewhere", &files);
    for format in FORMATS {
        let run = |project: &Project, threads: &str| {
            project.run_with(&["scan", "--format", format, "-v"], &[("RAYON_NUM_THREADS", threads)], "")
        };
        let first = run(&project, "4");
        assert!(!first.stdout.is_empty());
        assert_eq!(first.stdout, run(&project, "4").stdout, "{format}");
        assert_eq!(first.stdout, run(&project, "1").stdout, "{format} on one thread");
        let moved = run(&other, "4").stdout;
        assert_eq!(first.stdout, moved, "{format}: the place of the project must not show");
    }
    assert!(project.run(&["scan", "--format", "json"]).json()["scenarios"].as_array().unwrap().len() == 41);
}

const COMPOSE: &str = "\
services:
  api:
    build: ./api
    ports: [\"8080:3000\"]
  db:
    image: postgres:16.4
    privileged: true
";

#[test]
fn a_compose_project_takes_its_dockerfiles_with_it() {
    let project = Project::new(
        "project",
        &[
            ("compose.yaml", COMPOSE),
            ("api/Dockerfile", ROOT),
            ("tools/Dockerfile", NODE),
            ("tools/node_modules/x/Dockerfile", ROOT),
            (".gitignore", "dist/\n"),
            ("dist/Dockerfile", ROOT),
        ],
    );
    let run = project.run(&["scan", "--format", "json"]);
    let report = run.json();
    assert_eq!(run.names(), ["compose.yaml", "tools/Dockerfile"]);
    assert_eq!(run.findings("published-and-root-and-writable"), ["service api"], "it covers runs-as-root");
    assert_eq!(run.findings("privileged-container"), ["service db"]);
    let skipped = report.to_string();
    assert!(skipped.contains("tools/node_modules/") && !skipped.contains("dist/Dockerfile"));
    let one = project.run(&["scan", "--service", "db", "--format", "json"]);
    assert_eq!(one.findings("runs-as-root"), Vec::<String>::new());
    assert_eq!(one.findings("privileged-container"), ["service db"]);
    let below = project.run(&["scan", "api", "--format", "json"]);
    assert_eq!(below.names(), ["api/Dockerfile"]);
}

#[test]
fn files_are_put_on_top_of_one_another() {
    let project = Project::new(
        "overlay",
        &[
            ("compose.yaml", "services:\n  api:\n    image: node:24.18.1-slim\n    privileged: true\n"),
            ("compose.override.yaml", "services:\n  api:\n    privileged: false\n"),
            ("compose.prod.yaml", "services:\n  api:\n    restart: always\n"),
            ("compose.ci.yaml", "services:\n  test:\n    image: node:24.18.1-slim\n"),
            ("compose.values.yaml", "replicas: 3\n"),
        ],
    );
    let run = project.run(&["scan", "--format", "json", "--only", "privileged-container"]);
    assert_eq!(run.names(), ["compose.ci.yaml", "compose.yaml", "compose.yaml + compose.prod.yaml"]);
    assert_eq!(run.code, FINDINGS, "the override does not take part in the overlay");
    assert!(run.stdout.contains("compose.values.yaml"));
    let given = |files: &[&str]| {
        let mut arguments = vec!["scan", "--only", "privileged-container"];
        files.iter().for_each(|file| arguments.extend(["-f", file]));
        project.run(&arguments).code
    };
    assert_eq!(given(&["compose.yaml"]), FINDINGS);
    assert_eq!(given(&["compose.yaml", "compose.override.yaml"]), CLEAN);
    assert_eq!(given(&["compose.override.yaml", "compose.yaml"]), FINDINGS);
}

#[test]
fn variables_come_from_files_unless_the_shell_is_asked() {
    let text = "services:\n  api:\n    image: node:24.18.1-slim\n    privileged: ${PRIVILEGED:-false}\n";
    let project = Project::new("variables", &[("compose.yaml", text), ("on.env", "PRIVILEGED=true\n")]);
    let run = |arguments: &[&str]| {
        let all: Vec<&str> =
            ["scan", "--only", "privileged-container"].iter().chain(arguments).copied().collect();
        project.run_with(&all, &[("PRIVILEGED", "true")], "").code
    };
    assert_eq!(run(&[]), CLEAN);
    assert_eq!(run(&["--shell-env"]), FINDINGS);
    assert_eq!(run(&["--env-file", "on.env"]), FINDINGS);
}

#[test]
fn standard_input_is_a_dockerfile_or_a_compose_file() {
    let project = Project::new("stdin", &[("readme", "")]);
    let scan = |arguments: &[&str], text: &str| {
        let all: Vec<&str> = ["scan"].iter().chain(arguments).copied().collect();
        project.run_with(&all, &[], text)
    };
    let docker = scan(&["-", "--format", "json"], ROOT);
    assert_eq!((docker.code, docker.findings("runs-as-root")), (FINDINGS, vec!["image <stdin>".to_owned()]));
    let named = scan(&["-", "--stdin-name", "api/Dockerfile", "--format", "json"], ROOT);
    assert_eq!(named.findings("runs-as-root"), ["image api/Dockerfile"]);
    for arguments in [&["-"][..], &["-f", "-"]] {
        let run = scan(&[arguments, &["--format", "json"]].concat(), COMPOSE);
        assert_eq!(run.findings("privileged-container"), ["service db"], "{arguments:?}");
    }
    let run = scan(&["-"], "hello");
    assert_eq!(run.code, FAILED);
    assert!(run.stderr.contains("--stdin-name"));
}

#[test]
fn a_baseline_lets_only_new_findings_count() {
    let project = Project::new("baseline", &[("Dockerfile", ROOT)]);
    assert_eq!(project.run(&["baseline", "--output", "base.json"]).code, CLEAN);
    assert_eq!(project.run(&["scan", "--baseline", "base.json", "--fail-on", "low"]).code, CLEAN);
    project.write("Dockerfile", &format!("# moved\n\n{ROOT}"));
    let moved = project.run(&["scan", "--baseline", "base.json", "--fail-on", "low"]);
    assert_eq!(moved.code, CLEAN, "a finding that moved is no new one: {}", moved.stdout);
    project.write("other/Dockerfile", ROOT);
    assert_eq!(project.run(&["scan", "--baseline", "base.json"]).code, FINDINGS);
    project.write("base.json", "{}");
    assert_eq!(project.run(&["scan", "--baseline", "base.json"]).code, FAILED);
}

#[test]
fn a_comment_allows_with_a_reason() {
    let scan = |name: &str, text: &str| {
        let project = Project::new(name, &[("Dockerfile", text)]);
        project.run(&["scan", "--format", "json"])
    };
    let with = |comment: &str| format!("{comment}\nFROM node:24.18.1-slim\nCMD [\"node\"]\n");
    let allowed = scan("allow", &with("# plimsoll: allow runs-as-root - a build image"));
    assert_eq!(allowed.json()["counts"]["allowed"]["comment"], 1);
    assert_eq!(allowed.findings("runs-as-root"), Vec::<String>::new());
    let silent = scan("allow-silent", &with("# plimsoll: allow runs-as-root"));
    assert_eq!(silent.findings("runs-as-root"), ["image Dockerfile"]);
    assert!(silent.stdout.contains("missing-reason"));
    let unused = scan("allow-unused", &format!("# plimsoll: allow runs-as-root - old\n{NODE}"));
    assert!(unused.stdout.contains("unused-allowance"));
    let unknown = scan("allow-unknown", &with("# plimsoll: allow DL3002 - habit"));
    assert!(unknown.stdout.contains("unknown-control") && unknown.stdout.contains("runs-as-root"));
    let whole = scan("allow-file", &format!("# plimsoll: allow-file runs-as-root - lab\n\nARG A=1\n{ROOT}"));
    assert_eq!(whole.json()["counts"]["allowed"]["comment"], 1);
    for comment in [
        "# hadolint ignore=DL3002,SC2046",
        "# hadolint global ignore=DL3002",
        "#checkov:skip=CKV_DOCKER_3:lab",
        "#trivy:ignore:DS-0002",
    ] {
        let peer = scan("allow-peer", &with(comment));
        assert_eq!(peer.json()["counts"]["allowed"]["peer"], 1, "{comment}");
        assert_eq!(peer.findings("runs-as-root"), Vec::<String>::new(), "{comment}");
    }
}

#[test]
fn a_comment_in_a_compose_file_covers_the_entry_below_it() {
    let text = "services:\n  # plimsoll: allow privileged-container - build host\n  a:\n    image: node:24.18.1\n    privileged: true\n  b:\n    image: node:24.18.1\n    privileged: true\n  c:\n    image: node:24.18.1\n    privileged: true # plimsoll: allow privileged-container - lab\n";
    let project = Project::new("allow-compose", &[("compose.yaml", text)]);
    let run = project.run(&["scan", "--format", "json"]);
    assert_eq!(run.findings("privileged-container"), ["service b"]);
    assert_eq!(run.json()["counts"]["allowed"]["comment"], 2);
}

#[test]
fn the_configuration_is_found_held_to_and_judged() {
    let project = Project::new(
        "config",
        &[
            ("services/api/Dockerfile", ROOT),
            ("plimsoll.toml", "fail-on = \"critical\"\n"),
            (".git/HEAD", ""),
        ],
    );
    let low = |run: Run| (run.code, run.stdout);
    assert_eq!(project.run(&["scan", "services/api"]).code, CLEAN, "the nearest upward counts");
    assert_eq!(project.run(&["scan", "services/api", "--fail-on", "high"]).code, FINDINGS);
    project.write("plimsoll.toml", "[severity]\nruns-as-root = \"critical\"\n");
    let run = project.run(&["scan", "--fail-on", "critical"]);
    assert_eq!(run.code, FINDINGS);
    project.write("plimsoll.toml", "fial-on = \"never\"\n[[allow]]\ncontrol = \"runs-as-root\"\nsubject = \"image services/api/Dockerfile\"\nreason = \"lab\"\nuntil = 2026-06-30\n");
    let at = |seconds: &str| {
        project.run_with(&["scan", "--format", "json"], &[("SOURCE_DATE_EPOCH", seconds)], "")
    };
    let (code, text) = low(at("1782777600")); // 2026-06-30
    assert_eq!(code, CLEAN, "{text}");
    assert!(text.contains("unknown-key") && !text.contains("expired-allowance"));
    let (code, text) = low(at("1782864000")); // 2026-07-01
    assert_eq!(code, FINDINGS);
    assert!(text.contains("expired-allowance"));
    project.write(
        "plimsoll.toml",
        "[[allow]]\ncontrol = \"privileged-container\"\nsubject = \"api\"\nreason = \"x\"\n",
    );
    assert!(project.run(&["scan"]).stdout.contains("unused-allowance"));
    assert!(!project.run(&["scan", "--only", "runs-as-root"]).stdout.contains("unused-allowance"));
    assert!(!project.run(&["scan", "--min-severity", "medium"]).stdout.contains("unused-allowance]"));
    project.write("plimsoll.toml", "fail-on = \n");
    let run = project.run(&["scan"]);
    assert_eq!(run.code, FAILED);
    assert!(run.stderr.contains("plimsoll.toml:1:"), "{}", run.stderr);
}

#[test]
fn no_secret_reaches_any_output() {
    let dockerfile = format!(
        "FROM node:24.18.1-slim\nARG NPM_TOKEN={CANARY}\nENV API_TOKEN={CANARY} DATABASE_URL=postgres://app:{CANARY}@db/app\n\
         LABEL password={CANARY}\nRUN curl -H \"Authorization: Bearer {CANARY}\" https://example.com/\n\
         HEALTHCHECK CMD curl -u admin:{CANARY} http://localhost/\nCMD [\"node\", \"server.js\", \"--api-key={CANARY}\"]\n"
    );
    let compose = format!(
        "services:\n  api:\n    build:\n      context: .\n      args:\n        TOKEN: {CANARY}\n    environment:\n      JWT_SECRET: {CANARY}\n      \
         PASSWORD: ${{PASSWORD:-{CANARY}}}\n      REDIS_URL: redis://:{CANARY}@cache:6379\n    env_file: [app.env]\n    labels:\n      secret: {CANARY}\n    \
         command: [\"node\", \"server.js\", \"--password={CANARY}\"]\n    privileged: \"{CANARY}\"\n    unknown_{CANARY}: 1\n\
         configs:\n  c:\n    content: |\n      password={CANARY}\n"
    );
    let environment = format!("API_KEY={CANARY}\nPASSWORD={CANARY}\n");
    let project = Project::new(
        "canary",
        &[
            ("Dockerfile", &dockerfile),
            ("lone/Dockerfile", &dockerfile),
            (
                "compose.yaml",
                &compose
                    .replace(&format!("    unknown_{CANARY}: 1\n"), "")
                    .replace(&format!("    privileged: \"{CANARY}\"\n"), ""),
            ),
            ("app.env", &environment),
            (".env", &environment),
        ],
    );
    let mut outputs: Vec<(String, Run)> = FORMATS
        .iter()
        .map(|format| ((*format).to_owned(), project.run(&["scan", "-v", "--format", format])))
        .collect();
    for format in ["human", "json"] {
        outputs.push((format!("posture {format}"), project.run(&["posture", "--format", format])));
    }
    outputs.push(("baseline".to_owned(), project.run(&["baseline", "--output", "-"])));
    for (name, run) in outputs {
        assert!(!run.stdout.is_empty(), "{name}: {}", run.stderr);
        let text = format!("{}{}", run.stdout, run.stderr);
        if let Some(at) = text.find(CANARY) {
            panic!("{name} tells a secret: …{}…", &text[at.saturating_sub(200)..(at + 60).min(text.len())]);
        }
    }
}

#[test]
fn controls_are_explained_by_every_name_they_have() {
    let project = Project::new("explain", &[]);
    for id in ["runs-as-root", "DL3002", "CIS-4.1", "CIS 4.1", "CKV_DOCKER_3", "ds-0002"] {
        let run = project.run(&["explain", id]);
        assert_eq!(run.code, CLEAN, "{id}");
        assert!(run.stdout.starts_with("runs-as-root: "), "{id}: {}", run.stdout);
        assert!(run.stdout.contains("Why it matters") && !run.stdout.contains("### fails"), "{id}");
    }
    assert!(project.run(&["explain", "CL-0002"]).stdout.starts_with("privileged-container: "));
    let near = project.run(&["explain", "run-as-root"]);
    assert!(near.stderr.contains("runs-as-root"));
    let list = project.run(&["controls", "--format", "json"]).json();
    assert_eq!(list["schema"], "plimsoll.controls/1");
    assert!(project.run(&["controls"]).stdout.contains("runs-as-root"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(project.run(&["completions", shell]).stdout.contains("plimsoll"), "{shell}");
    }
    let version = project.run(&["--version"]).stdout;
    assert!(version.starts_with(concat!("plimsoll ", env!("CARGO_PKG_VERSION"), " (")), "{version}");
}

#[test]
fn colour_is_for_terminals() {
    let project = Project::new("colour", &[("Dockerfile", ROOT)]);
    let coloured = |arguments: &[&str], variables: &[(&str, &str)]| {
        project.run_with(arguments, variables, "").stdout.contains('\u{1b}')
    };
    assert!(!coloured(&["scan"], &[]));
    assert!(coloured(&["scan"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&["scan"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!coloured(&["scan", "--no-color"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn a_reader_who_leaves_early_changes_nothing() {
    let project = Project::new("pipe", &[("Dockerfile", ROOT)]);
    let run = project.run_unread(&["scan", "--format", "json", "-v"]);
    assert_eq!((run.code, run.stderr.as_str()), (FINDINGS, ""));
}

#[test]
fn a_posture_says_who_decides() {
    let compose = "services:\n  api:\n    build: .\n    user: \"0\"\n  db:\n    image: postgres:16.4\n";
    let project = Project::new("posture", &[("compose.yaml", compose), ("Dockerfile", NODE)]);
    let json = project.run(&["posture", "--format", "json"]).json();
    assert_eq!(json["schema"], "plimsoll.posture/1");
    let uid = &json["services"]["api"]["uid"];
    assert_eq!((&uid["value"], &uid["layer"]), (&serde_json::json!(0), &serde_json::json!("compose")));
    assert_eq!(
        (&uid["at"]["source"], &uid["at"]["line"]),
        (&serde_json::json!("compose.yaml"), &serde_json::json!(4))
    );
    assert_eq!(uid["overridden"][0]["value"], 1000);
    let one = project.run(&["posture", "--service", "db", "--format", "json"]).json();
    assert!(one["services"].get("api").is_none() && one["services"].get("db").is_some());
    assert!(project.run(&["posture"]).stdout.contains("api"));
    assert_eq!(project.run(&["posture", "--service", "nobody"]).code, FAILED);
}

#[test]
fn a_target_or_dockerfile_that_is_not_there_is_told() {
    let compose =
        "services:\n  a:\n    build:\n      context: .\n      target: nowhere\n  b:\n    build: ./missing\n";
    let project = Project::new(
        "target",
        &[("compose.yaml", compose), ("Dockerfile", "FROM node:24.18.1 AS here\nUSER node\n")],
    );
    let run = project.run(&["scan", "--format", "json"]);
    assert!(
        run.stdout.contains("build-target-missing") && run.stdout.contains("write one of `here`"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("missing-dockerfile"));
}

//! The search for secrets through the files of a project and the history of git, from outside.
//!
//! The repositories are made by git; without git on the machine the tests say SKIPPED.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stderr, reason = "a test that did not run says so")]

#[expect(dead_code, reason = "other tests use the rest")]
mod project;

use std::process::Command;

use project::Project;

const CLEAN: i32 = 0;
const FINDINGS: i32 = 1;
const FAILED: i32 = 2;

const NODE: &str = "FROM node:24.18.1-slim\nUSER node\nCMD [\"node\", \"server.js\"]\n";
/// Made up; each stands in one place only.
const VALUES: [&str; 5] =
    ["f7Qz1mWc9Lx4Rb8TnK2v", "tr4wl3r-7Kq9", "Zk3vQ8mB1xW6nR2tY7pL", "c0rd4ge-5Wd3", "pH5sJ9dG2kM4vN8bX1zQ"];

fn git(project: &Project, arguments: &[&str]) -> bool {
    let output = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@acme.test", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(project.root())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output();
    match output {
        Ok(output) => {
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            true
        }
        Err(_) => {
            eprintln!("SKIPPED: git is not installed");
            false
        }
    }
}

fn found(project: &Project, arguments: &[&str]) -> (i32, Vec<String>) {
    let run = project.run(arguments);
    for value in VALUES {
        assert!(
            !run.stdout.contains(value) && !run.stderr.contains(value),
            "a value is shown: {}",
            run.stdout
        );
    }
    let lines = run.stdout.lines().filter(|line| line.contains("[secret-in-")).map(str::to_owned);
    (run.code, lines.collect())
}

#[test]
fn what_git_does_with_a_file_decides() {
    let [source, settings, local, open, _] = VALUES;
    let project = Project::new(
        "search-git",
        &[
            ("Dockerfile", NODE),
            ("src/config.ts", &format!("export const jwt = process.env.JWT_SECRET || \"{source}\";\n")),
            ("kept.ini", &format!("[db]\npassword = {settings}\n")),
            (".env", &format!("API_KEY={local}\n")),
            ("node_modules/a/index.js", &format!("const password = \"{settings}\";\n")),
            (".gitignore", ".env\nkept.ini\nnode_modules\n"),
        ],
    );
    if !git(&project, &["init", "-q"]) {
        return;
    }
    git(&project, &["add", "-f", ".gitignore", "Dockerfile", "src", "kept.ini"]);
    project.write("new.ini", &format!("password = {open}\n"));
    let arguments = ["scan", "--quiet", "--only", "secret-in-source"];
    let (code, lines) = found(&project, &arguments);
    assert_eq!(code, FINDINGS);
    // The graver first, then by place.
    assert_eq!(
        lines,
        [
            "kept.ini:2:12: high: `password` holds a secret (8 to 15 characters), and git has it [secret-in-source]",
            "src/config.ts:1:47: high: `process.env.JWT_SECRET` holds a secret (16 to 31 characters), and git has it [secret-in-source]",
            "new.ini:1:12: medium: `password` holds a secret (8 to 15 characters), and nothing keeps it out of git [secret-in-source]",
        ]
    );
    for (path, text) in [
        ("kept.ini", format!("[db]\n; plimsoll: allow secret-in-source - of the sandbox\npassword = {settings}\n")),
        ("new.ini", format!("password = {open} # plimsoll: allow secret-in-source - of the sandbox\n")),
        ("plimsoll.toml", "[[allow]]\ncontrol = \"secret-in-source\"\nsubject = \"src/config.ts\"\nreason = \"of the sandbox\"\n".to_owned()),
    ] {
        project.write(path, &text);
    }
    assert_eq!(found(&project, &arguments), (CLEAN, Vec::new()));
}

#[test]
fn one_secret_is_told_once() {
    let [variable, token, other, ..] = VALUES;
    let project = Project::new(
        "search-once",
        &[
            ("Dockerfile", &format!("{NODE}ENV API_TOKEN={token}\n")),
            (
                "compose.yaml",
                &format!(
                    "services:\n  api:\n    build: .\n    env_file: api.env\n    environment:\n      DB_PASSWORD: {variable}\n"
                ),
            ),
            ("api.env", &format!("JWT_SECRET={other}\n")),
        ],
    );
    let (_, lines) = found(&project, &["scan", "--quiet"]);
    let of = |file: &str| lines.iter().filter(|line| line.starts_with(file)).count();
    assert_eq!((of("Dockerfile:4"), of("compose.yaml:6"), of("api.env:1")), (1, 1, 1), "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains("[secret-in-source]")), "{lines:#?}");
}

#[test]
fn a_directory_without_anything_else_is_told_of_its_secrets_only() {
    let [value, ..] = VALUES;
    let clean = Project::new("search-clean", &[("src/a.js", "const password = process.env.PASSWORD;\n")]);
    assert_eq!(clean.run(&["scan"]).code, FAILED, "nothing was judged");
    let leak = Project::new("search-leak", &[("src/a.js", &format!("const apiKey = \"{value}\";\n"))]);
    let (code, lines) = found(&leak, &["scan", "--quiet"]);
    assert_eq!((code, lines.len()), (CLEAN, 1), "medium without git, below the gate: {lines:?}");
    assert_eq!(found(&leak, &["scan", "--quiet", "--fail-on", "medium"]).0, FINDINGS);
}

#[test]
fn the_history_is_searched_when_asked() {
    let [gone, kept, _, _, side] = VALUES;
    let project = Project::new(
        "search-history",
        &[
            ("Dockerfile", NODE),
            ("src/a.js", &format!("const apiKey = \"{gone}\";\n")),
            ("b.ini", &format!("password = {kept}\n")),
        ],
    );
    if !git(&project, &["init", "-q", "-b", "main"]) {
        return;
    }
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-qm", "one"]);
    project.write("src/a.js", "const apiKey = process.env.API_KEY;\n");
    git(&project, &["commit", "-qam", "two"]);
    git(&project, &["checkout", "-qb", "side"]);
    project.write("c.ini", &format!("password = {side}\n"));
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-qm", "side"]);
    git(&project, &["checkout", "-q", "main"]);
    git(&project, &["gc", "-q"]);
    let (_, without) =
        found(&project, &["scan", "--quiet", "--only", "secret-in-git-history,secret-in-source"]);
    assert_eq!(without.len(), 1, "only b.ini: {without:#?}");
    let (code, lines) = found(
        &project,
        &["scan", "--quiet", "--history", "--only", "secret-in-git-history,secret-in-source"],
    );
    assert_eq!(code, FINDINGS);
    let of = |start: &str| lines.iter().filter(|line| line.starts_with(start)).cloned().collect::<Vec<_>>();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(of("b.ini:1:12").concat().contains("[secret-in-source]"));
    let a = of("src/a.js@").concat();
    assert!(a.contains("is gone from the tree and still in the history") && a.contains("high"), "{a}");
    assert!(of("c.ini@").concat().contains("[secret-in-git-history]"));
    // The commit is the one that git names.
    let log = Command::new("git")
        .args(["rev-list", "--all", "--", "src/a.js"])
        .current_dir(project.root())
        .output()
        .unwrap();
    let log = String::from_utf8(log.stdout).unwrap();
    let named = a.split('@').nth(1).and_then(|rest| rest.split(':').next()).unwrap();
    assert!(log.lines().last().unwrap().starts_with(named), "{named} of {log}");
    let none = Project::new("search-no-history", &[("Dockerfile", NODE)]);
    assert_eq!(none.run(&["scan", "--history"]).code, FAILED);
}

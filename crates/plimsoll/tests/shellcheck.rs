//! `--shellcheck`: a program beside ours is asked, in its own words, and its findings come back at the places of the
//! Dockerfile. A script stands for ShellCheck; the real one is asked too where it is installed.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "each test program uses a part of it")]
mod project;

use std::os::unix::fs::PermissionsExt;

use project::{Project, Run};

const DOCKERFILE: &str = "FROM debian:12.8-slim\nARG LEVEL\nENV MODE=fast\nRUN unused=1 && \\\n    # between\n    \
                          echo \"$LEVEL $MODE\"\n# hadolint ignore=SC2034\nRUN other=1\n# shellcheck \
                          disable=SC2034\nRUN third=1\n";

/// Notes what it was given, and finds an unused variable at line 12, columns 1 to 7, of every script.
const FAKE: &str = r#"#!/bin/sh
echo "$@" >> "$(dirname "$0")/arguments"
for last; do :; done
case "$SHELLCHECK_OPTS$HOME" in "") ;; *) exit 3 ;; esac
cat 0 >> "$(dirname "$0")/script"
printf '{"comments":['
printf '{"file":"0","line":12,"endLine":12,"column":1,"endColumn":7,"level":"warning","code":2034,"message":"unused appears unused.","fix":null},'
printf '{"file":"1","line":12,"endLine":12,"column":1,"endColumn":6,"level":"warning","code":2034,"message":"other appears unused.","fix":null},'
printf '{"file":"2","line":12,"endLine":12,"column":1,"endColumn":6,"level":"warning","code":2034,"message":"third appears unused.","fix":null}'
printf ']}'
exit 1
"#;

fn with_program(name: &str, program: &str) -> (Project, String) {
    let project = Project::new(name, &[("Dockerfile", DOCKERFILE), ("bin/shellcheck", program)]);
    let path = project.root().join("bin/shellcheck");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", project.root().join("bin").display());
    (project, path)
}

fn told(run: &Run) -> Vec<String> {
    run.stdout
        .lines()
        .filter(|line| line.contains("[shellcheck]"))
        .map(|line| line.trim().to_owned())
        .collect()
}

#[test]
fn findings_come_back_at_the_places_of_the_dockerfile() {
    let (project, path) = with_program("shellcheck-fake", FAKE);
    let run = project.run_with(&["scan", "--quiet", "--shellcheck", "Dockerfile"], &[("PATH", &path)], "");
    let told = told(&run);
    assert_eq!(told.len(), 1, "{}{}", run.stdout, run.stderr);
    assert!(
        told[0].contains("Dockerfile:4:5") && told[0].contains("SC2034: unused appears unused"),
        "{told:?}"
    );
    let arguments = project.read("bin/arguments");
    assert_eq!(arguments.lines().count(), 1, "one call for all scripts: {arguments}");
    assert!(arguments.contains("--shell=sh 0 1 2") && arguments.contains("SC1091"), "{arguments}");
    let script = project.read("bin/script");
    assert!(
        script.starts_with("#!/bin/sh\nexport LEVEL=1\nexport MODE=1\nexport HTTP_PROXY=1\n"),
        "{script}"
    );
    assert!(script.ends_with("\nunused=1 &&     echo \"$LEVEL $MODE\"\n"), "{script}");
}

#[test]
fn nothing_is_started_unless_asked_for() {
    let (project, path) = with_program("shellcheck-never", FAKE);
    let variables = [("PATH", path.as_str())];
    for arguments in
        [&["scan", "--quiet", "Dockerfile"][..], &["scan", "--quiet", "--shellcheck=never", "Dockerfile"]]
    {
        assert!(told(&project.run_with(arguments, &variables, "")).is_empty());
    }
    assert!(!project.root().join("bin/arguments").exists());
    project.write("plimsoll.toml", "shellcheck = \"auto\"\n");
    assert_eq!(told(&project.run_with(&["scan", "--quiet", "Dockerfile"], &variables, "")).len(), 1);
    project.write("plimsoll.toml", "shellcheck = \"sometimes\"\n");
    let run = project.run_with(&["scan", "--quiet", "Dockerfile"], &variables, "");
    assert!(run.stdout.contains("plimsoll.toml:1:14") && run.code == 1, "{}", run.stdout);
}

#[test]
fn without_the_program_auto_is_silent_and_always_fails() {
    let project = Project::new("shellcheck-absent", &[("Dockerfile", DOCKERFILE)]);
    // A directory that is not absolute is not searched: it may belong to the project.
    project.write("bin/shellcheck", FAKE);
    let variables = [("PATH", "bin")];
    let run = project.run_with(&["scan", "--quiet", "--shellcheck=auto", "Dockerfile"], &variables, "");
    assert!(told(&run).is_empty() && run.stderr.is_empty(), "{}", run.stderr);
    let run = project.run_with(&["scan", "--quiet", "--shellcheck=always", "Dockerfile"], &variables, "");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no `shellcheck` on PATH"), "{}", run.stderr);
}

#[test]
fn a_program_that_fails_is_told_and_hides_nothing() {
    for program in ["#!/bin/sh\nexit 4\n", "#!/bin/sh\necho nonsense\n"] {
        let (project, path) = with_program("shellcheck-broken", program);
        let arguments = ["scan", "--format", "json", "--shellcheck", "Dockerfile"];
        let run = project.run_with(&arguments, &[("PATH", &path)], "");
        assert!(
            run.stdout.contains("linter-failed") && run.stdout.contains("runs-as-root"),
            "{}",
            run.stdout
        );
    }
}

#[test]
fn the_real_program_agrees() {
    let Some(path) = std::env::var_os("PATH")
        .filter(|path| std::env::split_paths(path).any(|directory| directory.join("shellcheck").is_file()))
    else {
        eprintln!("not run: there is no `shellcheck` on PATH");
        return;
    };
    let project = Project::new("shellcheck-real", &[("Dockerfile", DOCKERFILE)]);
    let path = path.to_string_lossy();
    let run =
        project.run_with(&["scan", "--quiet", "--shellcheck=always", "Dockerfile"], &[("PATH", &path)], "");
    let told = told(&run);
    assert_eq!(told.len(), 1, "{}{}", run.stdout, run.stderr);
    assert!(told[0].contains("Dockerfile:4:5") && told[0].contains("SC2034"), "{told:?}");
}

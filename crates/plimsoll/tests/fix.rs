//! `plimsoll fix` from outside: what is shown, what is written, what is refused, exit codes.
//!
//! Most cases rest on one remedy whose result can be written by hand: the line `version:` of a compose file goes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "the report of a scan is not looked at here")]
mod project;

use std::path::Path;
use std::process::{Command, Stdio};

use project::{CANARY, Project, Run};
use serde_json::Value;

const CLEAN: i32 = 0;
const WOULD_CHANGE: i32 = 1;
const FAILED: i32 = 2;

const REST: &str = "services:\n  api:\n    image: example/api:1.0\n";
const FORMATS: [&str; 3] = ["diff", "json", "sarif"];

fn old() -> String {
    format!("version: '3'\n{REST}")
}

/// Arguments that look at the one remedy only, so that nothing depends on what else the catalogue offers.
fn only(more: &[&str]) -> Vec<String> {
    ["fix", "--apply", "compose-version-field"].iter().chain(more).map(ToString::to_string).collect()
}

#[test]
fn the_change_is_shown_and_made_when_it_is_asked_for() {
    let project = Project::new("fix-show", &[("compose.yaml", &old())]);
    let run = project.run(&only(&[]));
    assert_eq!((run.code, run.stderr.as_str()), (CLEAN, ""));
    assert!(run.stdout.starts_with("# compose.yaml:1: the compose file has a `version`"), "{}", run.stdout);
    let diff = "--- a/compose.yaml\n+++ b/compose.yaml\n@@ -1,4 +1,3 @@\n-version: '3'\n services:\n   api:\n     image: example/api:1.0\n";
    assert!(run.stdout.contains(diff), "{}", run.stdout);
    assert!(
        run.stdout.contains("\n#   safe: ") && run.stdout.contains("nothing was written"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains('\x1b'));
    assert_eq!(project.read("compose.yaml"), old(), "nothing is changed");
    assert_eq!(project.run(&only(&["--check"])).code, WOULD_CHANGE);

    let run = project.run(&only(&["--write"]));
    assert_eq!(run.code, CLEAN);
    assert!(run.stdout.contains("# written: compose.yaml\n"), "{}", run.stdout);
    assert_eq!(project.read("compose.yaml"), REST);
    // A second run changes nothing.
    let run = project.run(&only(&["--write", "--verbose"]));
    assert!(run.stdout.contains("# 0 fixes") && !run.stdout.contains("@@"), "{}", run.stdout);
    assert_eq!(project.run(&only(&["--check"])).code, CLEAN);
}

#[test]
fn what_is_asked_for_is_mended_and_nothing_else() {
    let files = [
        ("compose.yaml", old()),
        ("other/compose.yaml", format!("version: '2'\n{}", REST.replace("api:", "web:"))),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let project = Project::new("fix-asked", &files);
    let changed = |arguments: &[&str]| -> Vec<String> {
        let run = project.run(arguments);
        assert_eq!(run.code, CLEAN, "{arguments:?}: {}", run.stderr);
        let json = run.json();
        let made =
            json["made"].as_array().unwrap().iter().filter(|made| made["control"] == "compose-version-field");
        made.map(|made| made["scenario"].as_str().unwrap().to_owned()).collect()
    };
    let json = ["fix", "--format", "json"];
    let with = |more: &[&'static str]| -> Vec<&'static str> { json.iter().chain(more).copied().collect() };
    assert_eq!(changed(&with(&[])), ["compose.yaml", "other/compose.yaml"]);
    assert_eq!(changed(&with(&["other"])), ["other/compose.yaml"]);
    // Another tool's id of the same weakness.
    assert_eq!(changed(&with(&["--apply", "no-version-field"])), ["compose.yaml", "other/compose.yaml"]);
    assert!(changed(&with(&["--apply", "runs-as-root"])).is_empty());
    assert!(changed(&with(&["--skip", "compose-version-field"])).is_empty());
    assert!(changed(&with(&["--min-severity", "critical"])).is_empty());
    // The field belongs to no service.
    assert!(changed(&with(&["--service", "web"])).is_empty());
    project.write(
        "plimsoll.toml",
        "[[allow]]\ncontrol = \"compose-version-field\"\nsubject = \"*\"\nreason = \"an old Compose\"\n",
    );
    assert!(changed(&with(&[])).is_empty());
    project.write("plimsoll.toml", "");
    project.write(
        "compose.yaml",
        &format!("# plimsoll: allow compose-version-field - an old Compose\n{}", old()),
    );
    assert_eq!(changed(&with(&[])), ["other/compose.yaml"]);
}

#[test]
fn bad_usage_is_told() {
    let project = Project::new("fix-usage", &[("compose.yaml", &old()), ("empty/readme.txt", "")]);
    for (arguments, words) in [
        (&["fix", "nowhere"][..], "nowhere: there is no such file"),
        (&["fix", "-"], "standard input is no file"),
        (&["fix", "empty"], "found neither a Dockerfile nor a compose file nor a lockfile"),
        (&["fix", "--apply", "compose-version-feild"], "did you mean `compose-version-field`?"),
        (&["fix", "--service", "nobody"], "there is no service `nobody`; there are api"),
        (&["fix", "--write", "--check"], "--check"),
        (&["fix", "--interactive", "--format", "json"], "--format"),
        (&["fix", "--interactive"], "nobody answers"),
    ] {
        let run = project.run(arguments);
        assert_eq!(run.code, FAILED, "{arguments:?}");
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
    }
    assert_eq!(project.read("compose.yaml"), old());
}

#[test]
fn formats_fit_their_schemas() {
    let project = Project::new("fix-schema", &[("compose.yaml", &old())]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let fits = |schema: &str, run: &Run| {
        let schema: Value =
            serde_json::from_str(&std::fs::read_to_string(root.join(schema)).unwrap()).unwrap();
        let value = run.json();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        value
    };
    for more in [&[][..], &["--risky"], &["--skip", "compose-version-field"]] {
        let arguments = |format| ["fix", "--format", format].iter().chain(more).copied().collect::<Vec<_>>();
        fits("../docs/schema/fix-1.json", &project.run(&arguments("json")));
        fits(
            "plimsoll-report/tests/renderers/fixtures/sarif-schema-2.1.0.json",
            &project.run(&arguments("sarif")),
        );
    }
    let sarif = project.run(&only(&["--format", "sarif"])).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let fixed: Vec<&Value> = results.iter().filter(|result| result.get("fixes").is_some()).collect();
    assert_eq!(fixed.len(), 1);
    assert_eq!(fixed[0]["ruleId"], "compose-version-field");
    let change = &fixed[0]["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "compose.yaml");
    // The first line, whole: from its beginning to that of the next.
    let region = serde_json::json!({ "startLine": 1, "startColumn": 1, "endLine": 2, "endColumn": 1 });
    assert_eq!(
        change["replacements"],
        serde_json::json!([{ "deletedRegion": region, "insertedContent": { "text": "" } }])
    );
}

#[test]
fn a_secret_is_masked_in_what_is_shown_and_kept_in_what_is_written() {
    let rest =
        format!("services:\n  api: {{image: \"example/api:1.0\", environment: {{API_TOKEN: {CANARY}}}}}\n");
    let project = Project::new("fix-secret", &[("compose.yaml", &format!("version: '3'\n{rest}"))]);
    for format in FORMATS {
        for arguments in [
            only(&["--format", format, "--verbose"]),
            vec!["fix".into(), "--risky".into(), "--format".into(), format.into()],
        ] {
            let run = project.run(&arguments);
            assert_eq!(run.code, CLEAN);
            assert!(!run.stdout.contains(CANARY) && !run.stderr.contains(CANARY), "{arguments:?}");
        }
    }
    let run = project.run(&only(&[]));
    assert!(
        run.stdout.contains("API_TOKEN: ••••}}") && run.stdout.contains("cannot be applied as it stands"),
        "{}",
        run.stdout
    );
    let run = project.run_with(&only(&["-i"]), &[], "y\n");
    assert!(!run.stdout.contains(CANARY));
    assert_eq!(project.read("compose.yaml"), rest);
}

/// Arguments, environment and a compose file that give a build and a program their secrets: the remedies move them and show none.
#[test]
fn secrets_of_a_build_are_moved_and_never_shown() {
    let dockerfile = format!(
        "FROM node:24.19.0-slim\nARG NPM_TOKEN={CANARY}\nENV API_TOKEN={CANARY}\n\
         COPY package.json package-lock.json .npmrc ./\nRUN npm ci --omit=dev\nUSER node\nCMD [\"node\", \"server.js\"]\n"
    );
    let compose = format!(
        "services:\n  api:\n    build:\n      context: .\n      args:\n        NPM_TOKEN: {CANARY}\n        NODE_ENV: production\n"
    );
    let project =
        Project::new("fix-build-secret", &[("Dockerfile", &dockerfile), ("compose.yaml", &compose)]);
    let controls = ["secret-in-image-arg", "secret-in-image-env", "secret-in-build-args"];
    let asked = |more: &[&str]| -> Vec<String> {
        let apply = controls.iter().flat_map(|id| ["--apply", *id]);
        ["fix", "--risky", "."]
            .into_iter()
            .chain(apply)
            .chain(more.iter().copied())
            .map(str::to_owned)
            .collect()
    };
    for format in FORMATS {
        let run = project.run(&asked(&["--format", format, "--verbose"]));
        assert_eq!(run.code, CLEAN, "{}", run.stderr);
        assert!(!run.stdout.contains(CANARY) && !run.stderr.contains(CANARY), "{format}");
        assert!(
            run.stdout.contains("/run/secrets/npm_token") || format == "sarif",
            "{format}: {}",
            run.stdout
        );
    }
    let run = project.run(&asked(&["--write"]));
    assert!(run.code == CLEAN && !run.stdout.contains(CANARY) && !run.stderr.contains(CANARY));
    assert_eq!(
        project.read("Dockerfile"),
        "FROM node:24.19.0-slim\nCOPY package.json package-lock.json .npmrc ./\n\
         RUN --mount=type=secret,id=npm_token,required=true NPM_TOKEN=\"$(cat /run/secrets/npm_token)\" && export NPM_TOKEN && npm ci --omit=dev\n\
         USER node\nCMD [\"node\", \"server.js\"]\n"
    );
    assert_eq!(
        project.read("compose.yaml"),
        "services:\n  api:\n    build:\n      context: .\n      args:\n        NODE_ENV: production\n      secrets: [npm_token]\n    \
         environment:\n      API_TOKEN: ${API_TOKEN:?set API_TOKEN}\nsecrets:\n  npm_token:\n    environment: NPM_TOKEN\n"
    );
}

#[test]
fn a_dialogue_asks_about_each_change() {
    let files: Vec<(String, String)> =
        ["a", "b", "c"].map(|name| (format!("{name}/compose.yaml"), old())).to_vec();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    for (number, (answers, expected)) in [
        ("n\ny\nn\n", [false, true, false]),
        ("y\nq\n", [true, false, false]),
        // The end is as `q`; what is no answer is asked again.
        ("?\nhm\ny\n", [true, false, false]),
        ("a\nd\ny", [true, false, true]),
        ("q\n", [false; 3]),
    ]
    .into_iter()
    .enumerate()
    {
        let project = Project::new(&format!("fix-dialogue-{number}"), &files);
        let run = project.run_with(&only(&["--interactive"]), &[], answers);
        assert_eq!(run.code, CLEAN, "{}", run.stderr);
        let made: Vec<bool> = files.iter().map(|(path, _)| project.read(path) == REST).collect();
        assert_eq!(made, expected, "{answers:?}");
        assert_eq!(answers.contains('?'), run.stdout.contains("q - make no more"));
        assert!(
            run.stdout.contains("-version: '3'\n") && run.stdout.contains("Make this change [y,n,a,d,q,?]? ")
        );
    }
}

#[test]
fn a_diff_is_coloured_where_colours_are_wanted() {
    let project = Project::new("fix-colour", &[("compose.yaml", &old())]);
    let run = project.run_with(&only(&[]), &[("CLICOLOR_FORCE", "1")], "");
    assert!(run.stdout.contains("\x1b[31m-version: '3'\x1b[0m\n"), "{}", run.stdout);
    let run = project.run_with(&only(&["--no-color"]), &[("CLICOLOR_FORCE", "1")], "");
    assert!(!run.stdout.contains('\x1b'));
}

#[test]
fn what_did_not_have_to_move_does_not_move() {
    for (number, (text, expected)) in [
        // Line ends, a byte order mark, and no line end at the end.
        (
            "\u{feff}version: '3'\r\nservices:\r\n  api:\r\n    image: a:1 # why\r\n",
            "\u{feff}services:\r\n  api:\r\n    image: a:1 # why\r\n",
        ),
        (
            "# who\n\nversion: \"3\"\n\n\nservices: {api: {image: 'a:1'}}",
            "# who\n\n\n\nservices: {api: {image: 'a:1'}}",
        ),
        ("services:\n  api:\n    image: a:1\nversion: '3'", "services:\n  api:\n    image: a:1"),
        ("{version: '3', services: {api: {image: a:1}}}\n", "{services: {api: {image: a:1}}}\n"),
        (
            "x-a: &a {image: a:1}\nversion: '3'\nservices:\n  api: *a\n",
            "x-a: &a {image: a:1}\nservices:\n  api: *a\n",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let project = Project::new(&format!("fix-bytes-{number}"), &[("compose.yaml", text)]);
        let run = project.run(&only(&["--write"]));
        assert_eq!((run.code, project.read("compose.yaml").as_str()), (CLEAN, expected), "{}", run.stdout);
    }
}

#[test]
fn what_must_not_be_edited_is_left_with_the_reason() {
    for (name, text, reason) in [
        ("generated", format!("# Code generated by kompose. DO NOT EDIT.\n{}", old()), "a program writes it"),
        ("anchor", format!("version: &v '3'\nx-v: *v\n{REST}"), "anchor"),
    ] {
        let project = Project::new(&format!("fix-refused-{name}"), &[("compose.yaml", &text)]);
        let run = project.run(&only(&["--write", "--verbose"]));
        assert_eq!(run.code, CLEAN);
        assert!(run.stdout.contains(reason), "{name}: {}", run.stdout);
        assert_eq!(project.read("compose.yaml"), text, "{name}");
    }
    // Bytes that are no UTF-8 stay as they are.
    let project = Project::new("fix-lossy", &[]);
    let mut bytes = old().into_bytes();
    bytes.extend(b"# \xff\n");
    project.write_bytes("compose.yaml", &bytes);
    let run = project.run(&only(&["--write"]));
    assert_eq!(run.code, CLEAN, "{}", run.stderr);
    assert!(run.stdout.contains("compose.yaml is not UTF-8"), "{}", run.stdout);
    assert_eq!(std::fs::read(project.root().join("compose.yaml")).unwrap(), bytes);
}

#[test]
fn what_several_projects_include_is_changed_only_when_asked_for() {
    let files = [
        ("app/compose.yaml", "include: [../base/more.yaml]\nservices:\n  api:\n    image: example/api:1.0\n"),
        ("base/more.yaml", "version: '3'\nservices:\n  db:\n    image: example/db:1.0\n"),
    ];
    let project = Project::new("fix-include", &files);
    std::fs::create_dir_all(project.root().join(".git")).unwrap();
    let run = project.run(&only(&["--write", "--verbose", "-f", "app/compose.yaml"]));
    assert!(!run.stdout.contains("@@"), "{}", run.stdout);
    // Where it was asked for, but lies beside what was named.
    let run = project.run(&only(&["--write", "--verbose", "--shared", "-f", "app/compose.yaml"]));
    assert!(!run.stdout.contains("@@"), "{}", run.stdout);
    assert_eq!(project.read("base/more.yaml"), files[1].1);
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_links_lead_nowhere_else() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let set =
        |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();

    let project = Project::new("fix-modes", &[("compose.yaml", &old()), ("locked/compose.yaml", &old())]);
    let (file, locked) = (project.root().join("compose.yaml"), project.root().join("locked/compose.yaml"));
    set(&file, 0o640);
    set(&locked, 0o440);
    let run = project.run(&only(&["--write", "--verbose"]));
    assert_eq!((run.code, mode(&file), mode(&locked)), (CLEAN, 0o640, 0o440), "{}", run.stderr);
    assert_eq!((project.read("compose.yaml"), project.read("locked/compose.yaml")), (REST.to_owned(), old()));
    assert!(run.stdout.contains("locked/compose.yaml: is read-only"), "{}", run.stdout);
    let names: Vec<_> =
        std::fs::read_dir(project.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "no draft is left: {names:?}");

    // A link within what was named is followed and stays a link.
    let project = Project::new("fix-link", &[("deploy/real.yaml", &old()), ("beside/compose.yaml", &old())]);
    symlink("deploy/real.yaml", project.root().join("compose.yaml")).unwrap();
    std::fs::create_dir_all(project.root().join("inner/.git")).unwrap();
    let run = project.run(&only(&["--write", "-f", "compose.yaml"]));
    assert_eq!(
        (run.code, project.read("deploy/real.yaml").as_str()),
        (CLEAN, REST),
        "{}{}",
        run.stdout,
        run.stderr
    );
    assert!(std::fs::symlink_metadata(project.root().join("compose.yaml")).unwrap().is_symlink());
    // One that leads out is not.
    std::fs::create_dir_all(project.root().join(".git")).unwrap();
    symlink("../beside/compose.yaml", project.root().join("inner/compose.yaml")).unwrap();
    project.run(&only(&["--write", "inner"]));
    assert_eq!(project.read("beside/compose.yaml"), old());
}

/// Whether git is there; the tests that ask it say when they did not run.
#[expect(clippy::print_stderr, reason = "who reads the log learns what did not run")]
fn git(directory: &Path, arguments: &[&str], input: &str) -> Option<bool> {
    use std::io::Write as _;
    let child = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CEILING_DIRECTORIES", directory.parent().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("not run: there is no git");
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Some(child.wait().unwrap().success())
}

/// All files below a directory, with their texts.
fn texts(directory: &Path, below: &str, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(directory.join(below)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if directory.join(&path).is_dir() {
            texts(directory, &path, into);
        } else {
            into.push((path.clone(), std::fs::read(directory.join(&path)).unwrap()));
        }
    }
    into.sort();
}

#[test]
fn what_is_printed_is_a_patch_that_git_applies_as_a_whole() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let odd = [
        ("a b/compose.yaml", "version: '3'\r\nservices:\r\n  api:\r\n    image: example/api:1.0".to_owned()),
        ("ä/compose.yaml", old()),
        (
            "Dockerfile",
            "FROM node:22-slim\nMAINTAINER a\nADD a.js .\nRUN apt-get install -y curl\nCMD node a.js\n"
                .to_owned(),
        ),
    ];
    let odd: Vec<(String, Vec<u8>)> =
        odd.into_iter().map(|(path, text)| (path.to_owned(), text.into_bytes())).collect();
    let example = |name: &str| {
        let mut files = Vec::new();
        texts(&examples.join(name), "", &mut files);
        files
    };
    for (name, files) in
        [("odd", odd), ("orders-api", example("orders-api")), ("shop-multi", example("shop-multi"))]
    {
        let shown = Project::new(&format!("fix-patch-{name}"), &[]);
        let written = Project::new(&format!("fix-written-{name}"), &[]);
        for (path, bytes) in &files {
            // The name of the project's directory is part of what is judged, and the same for both.
            shown.write_bytes(path, bytes);
            written.write_bytes(path, bytes);
        }
        let arguments = ["fix", "--risky"];
        let patch = shown.run(&arguments);
        assert_eq!(patch.code, CLEAN, "{}", patch.stderr);
        let run = written.run(&["fix", "--risky", "--write"]);
        assert_eq!(run.code, CLEAN, "{}", run.stderr);
        if patch.stdout.contains("cannot be applied") {
            continue;
        }
        if patch.stdout.contains("\n@@ ") {
            match git(&shown.root(), &["apply", "-"], &patch.stdout) {
                None => return,
                applied => assert_eq!(applied, Some(true), "{name}: {}", patch.stdout),
            }
        }
        let all = |project: &Project| {
            let mut all = Vec::new();
            texts(&project.root(), "", &mut all);
            all
        };
        for (shown, written) in all(&shown).iter().zip(&all(&written)) {
            assert_eq!(shown.0, written.0, "{name}");
            assert_eq!(String::from_utf8_lossy(&shown.1), String::from_utf8_lossy(&written.1), "{name}");
        }
        // The end of it: nothing is left to do.
        assert_eq!(written.run(&["fix", "--risky", "--check"]).code, CLEAN, "{name}");
    }
}

#[test]
fn changes_that_are_not_committed_are_warned_of() {
    let project = Project::new("fix-dirty", &[("a/compose.yaml", &old()), ("b/compose.yaml", &old())]);
    let root = project.root();
    if git(&root, &["init", "-q"], "").is_none() {
        return;
    }
    assert_eq!(git(&root, &["add", "."], ""), Some(true));
    assert_eq!(git(&root, &["commit", "-q", "-m", "first"], ""), Some(true));
    project.write("b/compose.yaml", &format!("{}# new\n", old()));
    let run = project.run(&only(&["--write"]));
    assert_eq!(run.code, CLEAN);
    assert!(
        run.stderr.starts_with("warning: b/compose.yaml has")
            || run.stderr.starts_with("warning: b/compose.yaml had"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("a/compose.yaml"), "{}", run.stderr);
    assert_eq!(project.read("b/compose.yaml"), format!("{REST}# new\n"));
}

//! `plimsoll fix --overlay` from outside: what a file does not let be changed is offered and made by a file that is laid
//! over it, and a second run finds nothing to do.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "other tests use more of it")]
mod project;

use std::path::Path;

use project::Project;
use serde_json::Value;

const CLEAN: i32 = 0;
const OVERLAY: &str = "compose.hardening.yaml";

/// Two services that are one by an anchor: what is written there cannot be changed for one of them.
const SHARED: &str = "x-app: &app\n  image: example/app:1.0\n  privileged: true\n  ports:\n    - \"8080:80\"\n    - 9090:90\nservices:\n  api: *app\n  web: *app\n";

const HEAD: &str = "# Hardening from outside: laid over the project, whose own files stay as they are.\n#   docker compose -f compose.yaml -f compose.hardening.yaml up -d\n# `!reset` and `!override` need Docker Compose 2.24.4 or later.\n";

fn fix(project: &Project, more: &[&str]) -> project::Run {
    let arguments: Vec<&str> = ["fix", "--risky"].iter().chain(more).copied().collect();
    project.run(&arguments)
}

const ONE: [&str; 4] = ["--apply", "port-published-everywhere", "--service", "api"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    ONE.iter().chain(more).copied().collect()
}

#[test]
fn a_refusal_says_the_reason_and_offers_an_overlay() {
    let project = Project::new("overlay-offer", &[("compose.yaml", SHARED)]);
    let run = fix(&project, &with(&[]));
    assert_eq!(run.code, CLEAN, "{}", run.stderr);
    let words = "it comes through a YAML anchor that others use too; --overlay makes the change from outside [port-published-everywhere]";
    assert!(run.stdout.contains(words), "{}", run.stdout);
    let run = fix(&project, &with(&["--verbose"]));
    let snippet = "#     --overlay makes compose.hardening.yaml say it from outside:\n#       services:\n#         api:\n#           ports: !override\n#             - \"127.0.0.1:8080:80\"\n#             - 9090:90\n";
    assert!(run.stdout.contains(snippet), "{}", run.stdout);
    let json = fix(&project, &with(&["--format", "json"])).json();
    let left = json["left"].as_array().unwrap();
    assert_eq!(left[0]["overlay"]["path"], OVERLAY);
    let text = format!(
        "{HEAD}services:\n  api:\n    ports: !override\n      - \"127.0.0.1:8080:80\"\n      - 9090:90\n"
    );
    assert_eq!(left[0]["overlay"]["text"], text);
    assert_eq!(json["overlays"], Value::Array(Vec::new()));
    assert_eq!(project.read("compose.yaml"), SHARED);
}

#[test]
fn what_cannot_be_made_in_place_is_made_from_outside() {
    let project = Project::new("overlay-made", &[("compose.yaml", SHARED)]);
    let run = fix(&project, &with(&["--overlay", "--write"]));
    assert_eq!(run.code, CLEAN, "{}", run.stderr);
    for words in [
        "#   from outside: it comes through a YAML anchor that others use too\n",
        "--- /dev/null\n+++ b/compose.hardening.yaml\n",
        "# written: compose.hardening.yaml\n",
        "# compose.hardening.yaml counts only where it is named:\n#   docker compose -f compose.yaml -f compose.hardening.yaml up -d\n",
        "in .env: COMPOSE_FILE=compose.yaml:compose.hardening.yaml\n",
    ] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
    assert_eq!(project.read("compose.yaml"), SHARED, "the file itself stays");
    let expected = format!(
        "{HEAD}services:\n  api:\n    ports: !override\n      - \"127.0.0.1:8080:80\"\n      - \"127.0.0.1:9090:90\"\n"
    );
    assert_eq!(project.read(OVERLAY), expected);
    // A second run changes nothing, and another remedy goes into the same file.
    let run = fix(&project, &with(&["--overlay"]));
    assert!(run.stdout.contains("# 0 fixes"), "{}", run.stdout);
    let more = ["--apply", "privilege-escalation-allowed", "--overlay", "--write"];
    assert_eq!(fix(&project, &more).code, CLEAN);
    let own = "    security_opt:\n      - no-new-privileges:true\n";
    assert_eq!(project.read(OVERLAY), format!("{expected}{own}  web:\n{own}"));
}

#[test]
fn everything_goes_into_the_overlay_when_the_files_are_to_stay() {
    let text = "# do not edit: written by a program\nservices:\n  api:\n    image: example/app:1.0\n";
    let own = "    security_opt:\n      - no-new-privileges:true\n";
    let only = ["--apply", "privilege-escalation-allowed"];
    let hardened = format!("{}services:\n  api:\n{own}", HEAD);
    for (name, text, option, reason) in [
        ("overlay-generated", text, "--overlay", "from outside: compose.yaml says that a program writes it"),
        (
            "overlay-all",
            &*text.replace("# do not edit: written by a program\n", ""),
            "--overlay=all",
            "compose files stay as they are",
        ),
    ] {
        let project = Project::new(name, &[("compose.yaml", text)]);
        let run = fix(&project, &only.iter().copied().chain([option, "--write"]).collect::<Vec<_>>());
        assert!(run.stdout.contains(reason), "{}", run.stdout);
        assert_eq!(project.read("compose.yaml"), text);
        assert_eq!(project.read(OVERLAY), hardened);
    }
    // A name that Compose does not look for has an overlay of its own, and so has what is laid over a base.
    let base = "services:\n  api:\n    image: example/app:1.0\n";
    let production = "services:\n  api:\n    environment: {A: b}\n";
    let project = Project::new("overlay-names", &[("compose.yaml", base), ("compose.prod.yaml", production)]);
    let run =
        fix(&project, &["--apply", "privilege-escalation-allowed", "--overlay=all", "--format", "json"]);
    let json = run.json();
    let commands: Vec<&str> =
        json["overlays"].as_array().unwrap().iter().map(|one| one["command"].as_str().unwrap()).collect();
    assert_eq!(
        commands,
        [
            "docker compose -f compose.yaml -f compose.hardening.yaml up -d",
            "docker compose -f compose.yaml -f compose.prod.yaml -f compose.prod.hardening.yaml up -d",
        ]
    );
}

#[test]
fn files_that_others_use_and_files_outside_stay() {
    let own = "include: [../shared/db.yaml]\nservices:\n  api:\n    extends: {file: ../shared/base.yaml, service: base}\n";
    let base =
        "services:\n  base:\n    image: example/app:1.0\n    privileged: true\n    devices: [/dev/kvm]\n";
    let db = "services:\n  db:\n    image: example/db:1.0\n";
    let project = Project::new(
        "overlay-outside",
        &[("app/compose.yaml", own), ("shared/base.yaml", base), ("shared/db.yaml", db)],
    );
    let arguments = [
        "fix",
        "-f",
        "app/compose.yaml",
        "--risky",
        "--apply",
        "privileged-container,privilege-escalation-allowed",
    ];
    let run = project.run(&arguments.iter().copied().chain(["--overlay", "--write"]).collect::<Vec<_>>());
    assert_eq!(run.code, CLEAN, "{}", run.stderr);
    assert!(run.stdout.contains("it comes from an included file"), "{}", run.stdout);
    assert!(run.stdout.contains("counts only where it is named in app:"), "{}", run.stdout);
    let overlay = project.read("app/compose.hardening.yaml");
    for words in ["    privileged: !reset null\n", "  db:\n    security_opt:\n"] {
        assert!(overlay.contains(words), "{overlay}");
    }
    assert_eq!(project.read("shared/base.yaml"), base);
    assert_eq!(project.read("shared/db.yaml"), db);
    let again = project.run(&arguments.iter().copied().chain(["--overlay"]).collect::<Vec<_>>());
    assert!(again.stdout.contains("# 0 fixes"), "{}", again.stdout);
}

#[test]
fn no_overlay_takes_a_secret_out_of_a_file() {
    let text = "x-app: &app\n  image: example/app:1.0\n  environment:\n    API_TOKEN: k3J8x0PqLm27vNc5RtYw\nservices:\n  api: *app\n  web: *app\n";
    let project = Project::new("overlay-secret", &[("compose.yaml", text)]);
    let run = fix(&project, &["--apply", "secret-in-environment", "--overlay", "--format", "json"]);
    let json = run.json();
    assert_eq!(json["made"], Value::Array(Vec::new()));
    let reason = json["left"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("nor can an overlay do it: it would still stand in the file"), "{reason}");
    assert!(!run.stdout.contains("k3J8x0PqLm27vNc5RtYw"));
}

#[test]
fn what_programs_read_fits_its_schema() {
    let project = Project::new("overlay-schema", &[("compose.yaml", SHARED)]);
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/fix-1.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for more in [&["--format", "json"][..], &["--format", "json", "--overlay"]] {
        let value = fix(&project, more).json();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

#[test]
fn what_the_page_leaves_to_a_person_is_in_the_catalogue() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/fix.md");
    let page = std::fs::read_to_string(page).unwrap();
    let section = page.split("\n## What a person has to decide in compose files\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let named = section
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .flat_map(|line| line.split(" | ").next().unwrap_or("").split('`').skip(1).step_by(2))
        // Images stand there too.
        .filter(|word| word.contains('-') && !word.contains(':'));
    let unknown: Vec<&str> =
        named.filter(|id| !plimsoll_controls::CATALOGUE.iter().any(|control| control.id == *id)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

//! Rules of a project's own and imports, from outside: the example of `docs/policy.md`, every format, faults, allowances.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "each test program uses a part of it")]
mod project;

use std::path::{Path, PathBuf};

use project::Project;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The example as a project of its own.
fn example(name: &str) -> Project {
    let files = ["plimsoll.toml", "policy/published.rego", "compose.yaml", "Dockerfile"];
    let texts: Vec<String> = files.iter().map(|file| text(&format!("examples/policy/{file}"))).collect();
    let files: Vec<(&str, &str)> = files.into_iter().zip(texts.iter().map(String::as_str)).collect();
    Project::new(name, &files)
}

/// `ID FILE:LINE MESSAGE` of every finding of the project's own rules in a state.
fn own(report: &Value, state: &str) -> Vec<String> {
    let scenarios = report["scenarios"].as_array().unwrap();
    scenarios
        .iter()
        .flat_map(|scenario| scenario["findings"].as_array().unwrap())
        .filter(|finding| finding["state"] == state)
        .filter(|finding| finding["control"].as_str().unwrap().contains('/'))
        .map(|finding| {
            let place = &finding["place"];
            let (file, line) = (place["file"].as_str().unwrap(), &place["line"]);
            format!(
                "{} {file}:{line} {}",
                finding["control"].as_str().unwrap(),
                finding["message"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn the_page_shows_the_files_that_are_tested() {
    let page = text("docs/policy.md");
    for (language, file) in [("toml", "plimsoll.toml"), ("rego", "policy/published.rego")] {
        let block = format!("```{language}\n{}```\n", text(&format!("examples/policy/{file}")));
        assert!(page.contains(&block), "docs/policy.md does not show {file} as it is");
    }
}

#[test]
fn the_example_finds_what_breaks_its_rules() {
    let project = example("policy-example");
    let run = project.run(&["scan", "--format", "json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let report = run.json();
    assert_eq!(
        own(&report, "open"),
        [
            "rego/main/deny-unlimited compose.yaml:7 api is published without a memory limit",
            "rego/main/deny-datastore compose.yaml:10 api is published and shares the network data with db",
            "policy/internal-images compose.yaml:15 images come from our mirror or are official: service `tool` runs \
             `quay.io/somebody/tool:2`",
            "policy/front-door compose.yaml:7 what is published stands on the edge network: service `api` does not join `edge`",
            "policy/image-labels Dockerfile:1 shipped images say where they come from: stage `0` has no label \
             `org.opencontainers.image.version`",
            "policy/image-labels Dockerfile:2 shipped images say where they come from: stage `0` has a label \
             `org.opencontainers.image.source` that is not a URL",
        ]
    );
    assert_eq!(report["notices"], serde_json::json!([]));
    let findings = report["scenarios"][0]["findings"].as_array().unwrap();
    let rule =
        |id: &str| findings.iter().find(|finding| finding["control"] == id).unwrap()["related"][0].clone();
    let place = |id: &str| (rule(id)["place"]["file"].clone(), rule(id)["place"]["line"].clone());
    assert_eq!(place("policy/front-door"), ("plimsoll.toml".into(), 20.into()), "the policy's own line");
    assert_eq!(place("rego/main/deny-datastore").0, "policy/published.rego");
    let inputs = report["scenarios"][0]["inputs"].to_string();
    assert!(!inputs.contains("plimsoll.toml"), "a rule is no input: {inputs}");
}

#[test]
fn every_format_carries_them() {
    let project = example("policy-formats");
    for format in ["human", "json", "sarif", "junit", "github", "gitlab", "markdown"] {
        let run = project.run(&["scan", "--format", format]);
        for id in ["policy/front-door", "rego/main/deny-unlimited"] {
            assert!(run.stdout.contains(id), "{format}: {}", run.stdout);
        }
    }
    let schema: Value = serde_json::from_str(&text("docs/schema/report-1.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&project.run(&["scan", "--format", "json"]).json()));
    let sarif = project.run(&["scan", "--format", "sarif"]).json();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["id"] == "policy/front-door").unwrap();
    assert_eq!(rule["fullDescription"]["text"], "Only the edge network is watched and rate-limited.");
}

#[test]
fn allowances_severities_and_filters_hold_for_them() {
    let project = example("policy-allow");
    let settings = text("examples/policy/plimsoll.toml");
    let more = "\n[severity]\n\"policy/image-labels\" = \"info\"\n\n[[allow]]\ncontrol = \"rego/main/deny-unlimited\"\n\
                subject = \"api\"\nreason = \"measured\"\n\n[[allow]]\ncontrol = \"rego/main/nothing\"\nsubject = \"api\"\nreason = \"x\"\n";
    project.write("plimsoll.toml", &format!("{settings}{more}"));
    let compose = text("examples/policy/compose.yaml").replace(
        "    image: quay.io",
        "    # plimsoll: allow policy/internal-images - an old tool\n    image: quay.io",
    );
    project.write("compose.yaml", &compose);
    let run = project.run(&["scan", "--format", "json"]);
    let report = run.json();
    let allowed = own(&report, "allowed");
    assert_eq!(allowed.len(), 2, "{allowed:?}");
    assert!(
        allowed[0].starts_with("rego/main/deny-unlimited")
            && allowed[1].starts_with("policy/internal-images")
    );
    let notices = report["notices"].as_array().unwrap();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert_eq!(notices[0]["message"], "`rego/main/nothing` is not a rule of the files that were read");
    let only = project.run(&["scan", "--format", "json", "--only", "policy/front-door"]);
    assert_eq!(own(&only.json(), "open").len(), 1);
    let page = project.run(&["explain", "policy/front-door"]);
    assert_eq!(page.code, 0, "{}", page.stderr);
    assert!(page.stdout.contains("Only the edge network is watched"), "{}", page.stdout);
    assert_eq!(project.run(&["explain", "policy/none"]).code, 2);
}

#[test]
fn bad_policies_are_told_at_their_place_and_the_rest_holds() {
    let compose = "services:\n  api:\n    image: node:22.11.0\n    ports: [\"22:22\"]\n    user: \"0\"\n";
    let settings = "\
[[policy]]
id = \"Bad_Id\"
message = \"m\"
forbidden-ports = [22]

[[policy]]
id = \"no-rule\"
message = \"m\"

[[policy]]
id = \"two\"
message = \"m\"
forbidden-ports = [22]
allowed-ports = [22]

[[policy]]
id = \"typo\"
mesage = \"m\"
forbidden-ports = [99999]

[[policy]]
id = \"good\"
message = \"no ssh\"
severity = \"critical\"
forbidden-ports = [\"20-23/tcp\"]

[[policy]]
id = \"good\"
message = \"again\"
forbidden-users = [\"root\"]

[[policy]]
id = \"user\"
message = \"never root\"
forbidden-users = [\"root\"]

[rego]
files = [\"nowhere/*.rego\", \"rules.rego\", \"broken.rego\"]
";
    let project = Project::new(
        "policy-bad",
        &[
            ("compose.yaml", compose),
            ("plimsoll.toml", settings),
            ("rules.rego", "package main\nimport rego.v1\nwarn contains \"still asked\"\n"),
            ("broken.rego", "package main\nimport rego.v1\ndeny contains x if { x := \n"),
        ],
    );
    let report = project.run(&["scan", "--format", "json"]).json();
    assert_eq!(
        own(&report, "open"),
        [
            "policy/good compose.yaml:4 no ssh: service `api` publishes 22/tcp",
            "policy/user compose.yaml:5 never root: service `api` runs as `0`",
            "rego/main/warn compose.yaml:1 still asked",
        ]
    );
    let notices: Vec<String> = report["notices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|notice| {
            format!(
                "{}:{} {}",
                notice["place"]["file"].as_str().unwrap(),
                notice["place"]["line"],
                notice["message"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        notices,
        [
            "plimsoll.toml:2 `Bad_Id` is no id",
            "plimsoll.toml:6 a policy without a rule asks for nothing",
            "plimsoll.toml:14 a policy holds one rule: `forbidden-ports` or `allowed-ports`",
            "plimsoll.toml:16 a policy without `message`",
            "plimsoll.toml:18 `mesage` is not a setting",
            "plimsoll.toml:19 not a port",
            "plimsoll.toml:27 there are two policies `policy/good`",
            "plimsoll.toml:38 no rules of Rego at `nowhere/*.rego`",
            "broken.rego:3 expecting `}` while parsing set",
        ]
    );
}

#[test]
fn rules_may_be_named_on_the_command_line() {
    let project = Project::new(
        "policy-flag",
        &[
            ("app/compose.yaml", "services:\n  api:\n    image: node:22.11.0\n"),
            (
                "rules/a.rego",
                "package team\nimport rego.v1\ndeny contains {\"msg\": \"m\", \"service\": n} if some n, _ in input.services\n",
            ),
        ],
    );
    let run =
        project.run(&["scan", "app", "--policy", "rules", "--policy-namespace", "*", "--format", "json"]);
    assert_eq!(own(&run.json(), "open"), ["rego/team/deny app/compose.yaml:2 m"]);
    let none = project.run(&["scan", "app", "--policy", "rules/a.rego", "--format", "json"]);
    assert_eq!(own(&none.json(), "open"), Vec::<String>::new(), "its package is not main");
    let missing = project.run(&["scan", "app", "--policy", "nowhere"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("nowhere"), "{}", missing.stderr);
}

#[test]
fn an_import_is_printed_or_added() {
    let project = Project::new(
        "import",
        &[
            (".hadolint.yaml", "ignored:\n  - DL3002 # a build host\n  - DL9999\n"),
            ("Dockerfile", "FROM node:22.11.0-slim\nCMD [\"node\", \"a.js\"]\n"),
            ("plimsoll.toml", "# ours\nfail-on = \"low\"\n"),
        ],
    );
    let printed = project.run(&["import"]);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    assert!(printed.stdout.contains("reason = \"a build host\"") && !printed.stdout.contains("# ours"));
    assert!(printed.stderr.contains(".hadolint.yaml:3: DL9999 is left out: "), "{}", printed.stderr);
    assert_eq!(project.run(&["import", "--write"]).stdout, "1 settings added to plimsoll.toml\n");
    assert_eq!(project.run(&["import", "--write"]).stdout, "0 settings added to plimsoll.toml\n");
    assert!(project.read("plimsoll.toml").starts_with("# ours\nfail-on = \"low\"\n"));
    let run = project.run(&["scan", "--format", "json", "--only", "runs-as-root"]);
    assert_eq!(run.findings("runs-as-root"), Vec::<String>::new(), "the old decision holds");
    project.write(".hadolint.yaml", "failure-threshold: error\n");
    let refused = project.run(&["import", "--write"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("plimsoll.toml says something else about `fail-on`"),
        "{}",
        refused.stderr
    );
    assert_eq!(Project::new("import-none", &[("a", "")]).run(&["import"]).code, 2);
}

//! Every machine format against its schema, and the promise that no format shows a secret.

use crate::sample::{self, CANARY, CONTROLS, Desk};
use jsonschema::Validator;
use plimsoll_controls::{Severity, Verdict};
use plimsoll_report::{
    Baseline, Detail, PostureView, Report, State, Style, baseline_json, fingerprints, github, gitlab, human,
    json, junit, markdown, posture_json, posture_table, sarif,
};
use plimsoll_text::{SourceKind, Span};
use serde_json::Value;

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn check(schema: &str, text: &str) {
    let validator: Validator = jsonschema::validator_for(&parse(schema)).expect("a schema");
    let value = parse(text);
    let errors: Vec<String> =
        validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{}\n{text}", errors.join("\n"));
}

fn style(width: usize, detail: Detail, colour: bool) -> Style {
    Style { colour, width, detail }
}

/// The report in every format and style there is.
fn every_format(report: &Report) -> Vec<(&'static str, String)> {
    vec![
        ("human", human(report, &style(100, Detail::Normal, false))),
        ("human verbose", human(report, &style(60, Detail::Verbose, true))),
        ("human quiet", human(report, &style(80, Detail::Quiet, false))),
        ("json", json(report)),
        ("sarif", sarif(report)),
        ("junit", junit(report)),
        ("github", github(report)),
        ("gitlab", gitlab(report)),
        ("markdown", markdown(report)),
        ("baseline", baseline_json(report)),
    ]
}

#[test]
fn the_report_fits_its_schema() {
    let schema = include_str!("../../../../docs/schema/report-1.json");
    let mut report = sample::sample();
    check(schema, &json(&report));
    report.compare_with(&Baseline::default(), "baseline.json");
    check(schema, &json(&report));
    check(schema, &json(&sample::report(Vec::new())));
}

#[test]
fn the_report_holds_what_people_see() {
    let value = parse(&json(&sample::sample()));
    assert_eq!(value["schema"], "plimsoll.report/1");
    assert_eq!(value["gate"], serde_json::json!({ "fail_on": "high", "passed": false }));
    // One unknown (postgres was not inspected), one pass, one that does not apply, six failures of which one is allowed.
    let verdicts = &value["counts"]["verdicts"];
    assert_eq!(*verdicts, serde_json::json!({ "fail": 6, "not_applicable": 1, "pass": 1, "unknown": 1 }));
    assert_eq!(value["counts"]["allowed"]["comment"], 1);
    let findings = value["scenarios"][0]["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 6);
    let root = findings.iter().find(|finding| finding["control"] == "runs-as-root").unwrap();
    // `    user: "0"` is line 4; the quote is its eleventh character; three characters, so it ends before the 14th.
    let place = serde_json::json!({ "column": 11, "end_column": 14, "end_line": 4, "file": "compose.yaml", "line": 4 });
    assert_eq!(root["place"], place);
    assert_eq!(root["related"][0]["place"]["file"], "Dockerfile");
    assert_eq!(root["related"][0]["place"]["line"], 5);
    assert_eq!(root["confidence"], "declared");
    let unknown =
        value["scenarios"][0]["verdicts"].as_array().unwrap().iter().find(|one| one["verdict"] == "unknown");
    assert_eq!(unknown.unwrap()["settle"], "look at the image: docker image inspect postgres:16");
}

#[test]
fn sarif_fits_the_schema_of_the_standard() {
    let schema = include_str!("fixtures/sarif-schema-2.1.0.json");
    let mut report = sample::sample();
    check(schema, &sarif(&report));
    report.compare_with(&Baseline::default(), "baseline.json");
    check(schema, &sarif(&report));
    check(schema, &sarif(&sample::report(Vec::new())));
}

#[test]
fn sarif_says_what_services_need() {
    let mut report = sample::sample();
    let known = Baseline::parse(&baseline_json(&report)).unwrap();
    let log = parse(&sarif(&report));
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), CONTROLS.len(), "each control that judged is a rule, once");
    for result in run["results"].as_array().unwrap() {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let location = &result["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uriBaseId"], "%SRCROOT%");
        assert!(result["partialFingerprints"]["plimsoll/v1"].is_string());
        let allowed = result["ruleId"] == "package-cache-kept";
        assert_eq!(result["suppressions"].as_array().unwrap().len(), usize::from(allowed));
        assert!(result.get("baselineState").is_none(), "no baseline was used");
    }
    let secret = rules.iter().find(|rule| rule["id"] == "secret-in-environment").unwrap();
    assert_eq!(secret["properties"]["security-severity"], "9.5");
    assert_eq!(secret["defaultConfiguration"]["level"], "error");
    assert!(secret["help"]["markdown"].as_str().unwrap().contains("## How to fix"));
    report.compare_with(&known, "baseline.json");
    let log = parse(&sarif(&report));
    for result in log["runs"][0]["results"].as_array().unwrap() {
        // The allowed finding is not part of a baseline.
        let state = if result["ruleId"] == "package-cache-kept" { "new" } else { "unchanged" };
        assert_eq!(result["baselineState"], state);
    }
}

#[test]
fn no_format_shows_a_secret() {
    let mut report = sample::sample();
    // Even where a message breaks the rule that it never holds a value.
    let scenario = &mut report.scenarios[0];
    for judged in &mut scenario.judged {
        if let Verdict::Fail(findings) = &mut judged.judgement.verdict {
            for finding in findings {
                finding.message.push_str(&format!(" ({CANARY})"));
                finding.fix.push_str(&format!(" `{CANARY}`"));
                finding.why = Some(format!("it says {CANARY}"));
                for label in std::iter::once(&mut finding.primary).chain(&mut finding.related) {
                    label.text.push_str(CANARY);
                }
            }
        }
    }
    scenario.complaints[0].message.push_str(CANARY);
    scenario.complaints[0].cure = Some(CANARY.to_owned());
    for (name, text) in every_format(&report) {
        // Escaping must not hide it from this test: no part of it needs escaping in any format but the `!` in Markdown.
        assert!(!text.contains(CANARY) && !text.contains("canary-9fQx"), "{name} shows the secret:\n{text}");
    }
}

#[test]
fn no_format_lets_a_control_character_through() {
    let evil = "services:\n  api\u{202e}:\n    user: \"\x1b[2J\x07\u{9b}0\"\r\n";
    let desk = Desk::new(&[("com\x1bpose.yaml", SourceKind::Compose, evil)]);
    let id = desk.sources.find("com\x1bpose.yaml").unwrap().id;
    let finding = plimsoll_controls::Finding::place(
        plimsoll_posture::Provenance::new("compose", Span::new(id, 26, 36), "r\x1b"),
        plimsoll_posture::Plane::Declared,
        "here\x1b[31m",
        "service `api\u{202e}` \x1b]0;x\x07 is wrong\nvery",
        "remove\r it",
    );
    let subject = plimsoll_posture::Subject::new(
        plimsoll_posture::SubjectKind::Service,
        "api\u{202e}\x1b",
        Span::new(id, 12, 18),
    );
    let judged = vec![sample::judged(&sample::ROOT, Some(subject), Verdict::fail(finding))];
    let report = sample::report(vec![sample::scenario("com\x1bpose.yaml", desk.sources, judged)]);
    for (name, text) in every_format(&report) {
        let text = if name == "human verbose" { strip_colour(&text) } else { text };
        for c in text.chars() {
            let bad = c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
            assert!(!bad, "{name} lets {c:?} through:\n{text:?}");
        }
    }
}

/// Takes the SGR codes out, and nothing else.
fn strip_colour(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\x1b[") {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 2..];
        let digits = tail.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(tail.len());
        if tail[digits..].starts_with('m') {
            rest = &tail[digits + 1..];
        } else {
            out.push('\x1b');
            rest = tail;
        }
    }
    out.push_str(rest);
    out
}

#[test]
fn fingerprints_survive_moved_lines_and_tell_findings_apart() {
    let text = "services:\n  api:\n    ports:\n      - \"1:1\"\n      - \"2:2\"\n      - \"1:1\"\n";
    let all = |text: &str, places: &[&str]| -> Vec<String> {
        let desk = Desk::new(&[("compose.yaml", SourceKind::Compose, text)]);
        let api = desk.service("api");
        let findings =
            places.iter().map(|words| desk.finding("compose.yaml", words, "", "open", "close")).collect();
        let judged = vec![sample::judged(&sample::ROOT, Some(api), Verdict::Fail(findings))];
        fingerprints(&sample::scenario("compose.yaml", desk.sources, judged)).concat()
    };
    let before = all(text, &["\"1:1\"", "\"2:2\"", "\"1:1\""]);
    assert_eq!(before.iter().collect::<std::collections::BTreeSet<_>>().len(), 3, "each its own");
    let moved = format!("# a line\n\n{}", text.replace("- \"2:2\"", "-   \"2:2\"  # why"));
    assert_eq!(before, all(&moved, &["\"1:1\"", "\"2:2\"", "\"1:1\""]));
    let changed = text.replace("2:2", "3:3");
    let after = all(&changed, &["\"1:1\"", "\"3:3\"", "\"1:1\""]);
    assert_eq!(before[0], after[0]);
    assert_ne!(before[1], after[1]);
}

#[test]
fn a_fingerprint_does_not_depend_on_a_secret() {
    let report = |secret: &str| {
        let text = format!("services:\n  api:\n    environment:\n      KEY: {secret}\n");
        let desk = Desk::new(&[("compose.yaml", SourceKind::Compose, &text)]);
        let finding = desk.finding("compose.yaml", secret, "", "a secret", "move it");
        let span = desk.span("compose.yaml", secret);
        let judged = vec![sample::judged(&sample::SECRET, Some(desk.service("api")), Verdict::fail(finding))];
        let mut scenario = sample::scenario("compose.yaml", desk.sources, judged);
        scenario.sensitive = vec![span];
        fingerprints(&scenario).concat()
    };
    assert_eq!(report("hunter2-hunter2"), report("correct-horse-9"));
}

#[test]
fn a_baseline_hides_what_is_known_and_nothing_else() {
    let mut report = sample::sample();
    let mut baseline = parse(&baseline_json(&report));
    let known = baseline["findings"].as_array_mut().unwrap();
    assert_eq!(known.len(), 5, "every finding but the allowed one");
    known.retain(|one| one["control"] != "runs-as-root");
    known.push(serde_json::json!({ "fingerprint": "00", "control": "gone" }));
    report.compare_with(&Baseline::parse(&baseline.to_string()).unwrap(), "baseline.json");
    assert_eq!(report.baseline.as_ref().unwrap().gone, 1);
    let open: Vec<&str> = report.scenarios[0]
        .judged
        .iter()
        .filter(|judged| judged.is_open())
        .map(|judged| judged.judgement.control.id)
        .collect();
    assert_eq!(open, ["runs-as-root"]);
    assert_eq!(report.tally().baselined, 4);
    assert_eq!(report.worst(), Some(Severity::High));
    report.scenarios[0].judged[0].mark(0, State::Baselined);
    assert!(report.passes(), "only the notice about an unused allowance is left, and it is low");
    assert!(Baseline::parse("{}").is_err());
    assert!(Baseline::parse(r#"{"schema":"plimsoll.baseline/2","findings":[]}"#).is_err());
}

#[test]
fn github_annotations_have_the_place_and_one_line_each() {
    let text = github(&sample::sample());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[1],
        "::error file=compose.yaml,line=4,endLine=4,col=11,endColumn=13,title=runs-as-root (high)::service `api` runs \
         as root%0Awhy: a break-in through the API owns every file in the container and is one kernel bug from the \
         host%0Afix: remove `user`, so that the image's `USER node` applies"
    );
    // Five open findings, one complaint, one notice; the allowed finding is not told.
    assert_eq!(lines.len(), 7);
    assert!(lines.iter().all(|line| line.starts_with("::error ")
        || line.starts_with("::warning ")
        || line.starts_with("::notice ")));
}

#[test]
fn gitlab_issues_have_unique_fingerprints_and_its_own_severities() {
    let issues = parse(&gitlab(&sample::sample()));
    let issues = issues.as_array().unwrap();
    let severities: Vec<&str> = issues.iter().map(|issue| issue["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["blocker", "critical", "major", "major", "minor"]);
    assert_eq!(
        issues[1]["location"],
        serde_json::json!({ "path": "compose.yaml", "lines": { "begin": 4, "end": 4 } })
    );
    let mut unique: Vec<&Value> = issues.iter().map(|issue| &issue["fingerprint"]).collect();
    unique.dedup();
    assert_eq!(unique.len(), issues.len());
}

#[test]
fn junit_counts_agree_with_its_cases() {
    let text = junit(&sample::sample());
    // Nine verdicts: five open failures; skipped are one unknown, one not applicable and one allowed.
    assert!(
        text.contains("<testsuites name=\"plimsoll\" tests=\"9\" failures=\"5\" skipped=\"3\" errors=\"0\">"),
        "{text}"
    );
    assert_eq!(text.matches("<testcase ").count(), 9);
    assert_eq!(text.matches("<failure ").count(), 5);
    assert_eq!(text.matches("<skipped ").count(), 3);
    assert!(text.contains("message=\"allowed: the image is squashed\""));
    assert!(text.contains("not verified: image postgres:16 was not inspected; look at the image"));
}

#[test]
fn markdown_keeps_its_shape_whatever_files_say() {
    let mut report = sample::sample();
    let Verdict::Fail(findings) = &mut report.scenarios[0].judged[0].judgement.verdict else { panic!() };
    findings[0].message = "service `a|b` </details> @team [x](http://y) <img src=x>".to_owned();
    let text = markdown(&report);
    assert!(text.starts_with("## plimsoll: grade "), "{text}");
    assert!(!text.contains("@team") && !text.contains("<img") && !text.contains("http:"), "{text}");
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    // Many findings fit into one comment.
    let desk = Desk::new(&[("compose.yaml", SourceKind::Compose, sample::COMPOSE)]);
    let findings = vec![desk.finding("compose.yaml", "user", "", &"long ".repeat(40), "f"); 3000];
    let judged = vec![sample::judged(&sample::ROOT, Some(desk.service("api")), Verdict::Fail(findings))];
    let text = markdown(&sample::report(vec![sample::scenario("compose.yaml", desk.sources, judged)]));
    assert!(text.len() < 65_536, "{}", text.len());
    assert!(text.contains("which do not fit here"));
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
}

#[test]
fn scenarios_that_share_a_document_share_its_findings() {
    let one = sample::sample();
    let mut two = one.clone();
    two.scenarios.extend(one.scenarios.clone());
    assert_eq!(gitlab(&one), gitlab(&two));
    let count = |report: &Report| parse(&sarif(report))["runs"][0]["results"].as_array().unwrap().len();
    assert_eq!(count(&one), count(&two));
}

mod posture {
    use std::net::IpAddr;

    use plimsoll_posture::{
        Account, Attachment, CapabilityEntry, Claim, CommandForm, CommandLine, Fact, Known, Layer, Logging,
        Mount, MountKind, MountOrigin, Network, PortRange, Posture, Protocol, Provenance, PublishedPort,
        Reason, Sensitive, Service, UserSpec, assemble,
    };
    use plimsoll_text::Sources;

    use super::*;

    fn posture() -> (Posture, Sources, Vec<Span>) {
        let desk = Desk::new(&[
            ("compose.yaml", SourceKind::Compose, sample::COMPOSE),
            ("Dockerfile", SourceKind::Dockerfile, sample::DOCKERFILE),
            ("known images", SourceKind::Builtin, ""),
        ]);
        let mut api = Service::new(desk.service("api"), true);
        let at = |words: &str| Provenance::new("compose", desk.span("compose.yaml", words), "r");
        fn said<T>(value: T, at: Provenance) -> Claim<T> {
            Claim::declared(Known::Value(value), Layer::Compose, at)
        }
        api.user.push(said(UserSpec::parse("0"), at("\"0\"")));
        let node = Provenance::new("dockerfile", desk.span("Dockerfile", "node\nCMD"), "r");
        api.user.push(Claim::declared(Known::Value(UserSpec::parse("node")), Layer::Image, node));
        api.knowledge.accounts.push(Account { name: "node".into(), uid: Some(1000), gid: Some(1000) });
        api.env.push("DB_PASSWORD", said(Sensitive::new(CANARY), at(CANARY)));
        api.cap_add.push(said(CapabilityEntry::All, at("build")));
        api.group_add.push(said("docker".into(), at("build")));
        api.command.push(said(
            CommandLine {
                form: CommandForm::Shell,
                words: vec![Sensitive::new(format!("TOKEN={CANARY} node server.js"))],
            },
            at("build"),
        ));
        api.logging.push(said(
            Logging {
                driver: Some("splunk".into()),
                options: vec![("splunk-token".into(), CANARY.into()), ("max-size".into(), "10m".into())],
            },
            at("build"),
        ));
        api.published.push(said(
            PublishedPort {
                host_ip: Known::Value(Some(IpAddr::from([127, 0, 0, 1]))),
                host: Known::Value(Some(PortRange::one(3000))),
                container: Known::Value(PortRange { first: 3000, last: 3002 }),
                protocol: Protocol::Tcp,
                text: "3000:3000".into(),
            },
            at("\"3000:3000\""),
        ));
        api.published.push(Claim::declared(
            Known::Unknown(Reason::UnsetVariable("PORT".into())),
            Layer::Compose,
            at("ports"),
        ));
        api.mounts.push(said(
            Mount {
                kind: MountKind::Bind,
                source: Known::Unknown(Reason::UnsetVariable("DATA".into())),
                target: "/data".into(),
                writable: Known::Value(false),
                propagation: None,
                inside_project: false,
                device: None,
                origin: MountOrigin::VolumesFrom("db".into()),
                options: None,
            },
            at("build"),
        ));
        api.networks.push(said(Attachment { network: "back".into(), aliases: Vec::new() }, at("build")));
        let mut db = Service::new(desk.service("db"), true);
        db.networks.push(said(Attachment { network: "back".into(), aliases: Vec::new() }, at("db:")));
        let back = Network {
            subject: desk.service("db"),
            name: "back".into(),
            internal: Fact::of(said(true, at("db:"))),
            external: false,
            driver: None,
            icc: Fact::new(),
            implicit: false,
        };
        let mut posture = Posture { services: vec![api, db], networks: vec![back], ..Posture::default() };
        assemble(&mut posture);
        let secret = desk.span("compose.yaml", CANARY);
        (posture, desk.sources, vec![secret])
    }

    #[test]
    fn the_posture_fits_its_schema_and_says_what_holds() {
        let schema = include_str!("../../../../docs/schema/posture-1.json");
        let (posture, sources, sensitive) = posture();
        let view = PostureView {
            name: "compose.yaml",
            posture: &posture,
            sources: &sources,
            sensitive: &sensitive,
            services: &[],
        };
        let tool = sample::sample().tool;
        let text = posture_json(&tool, &[view]);
        check(schema, &text);
        check(schema, &posture_json(&tool, &[view, view]));
        check(schema, &posture_json(&tool, &[]));
        assert!(!text.contains(CANARY) && !text.contains("canary"), "{text}");
        let value = parse(&text);
        let api = &value["services"]["api"];
        let at = serde_json::json!({ "column": 11, "line": 4, "source": "compose.yaml" });
        assert_eq!(api["uid"]["value"], 0);
        assert_eq!(api["uid"]["at"], at);
        assert_eq!(api["uid"]["layer"], "compose");
        assert_eq!(api["uid"]["overridden"][0]["value"], 1000);
        assert_eq!(api["uid"]["overridden"][0]["at"]["source"], "Dockerfile");
        assert_eq!(api["cap_eff"]["value"].as_array().unwrap().len(), 41);
        let group = api["groups"]["value"][0]["unknown"]["reason"].as_str().unwrap();
        assert!(group.contains("docker"), "{group}");
        assert_eq!(api["published"]["value"][0]["host_ip"], "127.0.0.1");
        assert_eq!(api["published"]["value"][0]["host_port"], 3000);
        assert_eq!(api["published"]["value"][0]["container_port"], "3000-3002");
        assert_eq!(api["published"]["value"][1]["unknown"]["reason"], "variable PORT is not set");
        assert_eq!(api["mounts"]["value"][0]["source"]["unknown"]["reason"], "variable DATA is not set");
        assert_eq!(api["networks"]["value"][0]["internal"], true);
        assert_eq!(api["networks"]["value"][0]["peers"], serde_json::json!(["db"]));
        assert_eq!(api["privileged"]["plane"], "assumed");
        assert_eq!(api["environment"]["value"][0]["value"], "DB_PASSWORD");
        assert_eq!(api["command"]["value"]["program"], "TOKEN=••••");
        assert!(value["services"]["db"]["uid"]["unknown"]["settle"].is_string());
    }

    #[test]
    fn the_table_names_the_place_of_every_value() {
        let (posture, sources, sensitive) = posture();
        let only = ["api".to_owned()];
        let view = PostureView {
            name: "compose.yaml",
            posture: &posture,
            sources: &sources,
            sensitive: &sensitive,
            services: &only,
        };
        let text = posture_table(&[view], &style(100, Detail::Normal, false));
        let has = |line: &str| assert!(text.contains(line), "{line}\n{text}");
        has("service `api`  compose.yaml:2:3\n");
        has(
            "  uid                 0  (compose.yaml:4:11)\n                      not 1000  (Dockerfile:5:6, overridden)\n",
        );
        has("  cap_bnd             all  (compose.yaml:3:5)\n");
        has("  privileged          no  (default)\n");
        has("  memory_bytes        no limit  (default)\n");
        has("bind not known: variable DATA is not set on /data (read-only)");
        assert!(!text.contains("canary") && !text.contains("service `db`"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
}

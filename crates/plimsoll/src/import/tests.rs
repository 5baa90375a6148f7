//! Files of other tools and what becomes of them.

use super::*;
use crate::config;
use crate::date::Date;

fn harvest(read: fn(&Source) -> Harvest, name: &str, text: &str) -> (Sources, Harvest) {
    let mut sources = Sources::new();
    let id = sources.add_text(name, SourceKind::Other, text);
    let harvest = read(sources.get(id));
    (sources, harvest)
}

/// The configuration that comes of one file, and what is left.
fn imported(tool: usize, text: &str, existing: &str) -> Result<(String, Vec<String>), String> {
    let (_, names, read) = TOOLS[tool];
    let (_, harvest) = harvest(read, names[0], text);
    let left =
        harvest.left.iter().map(|left| format!("{}: {}: {}", left.line, left.what, left.why)).collect();
    let harvests = vec![(names[0].to_owned(), TOOLS[tool].0, harvest.taken)];
    let draft = draft::merge(&harvests, existing, "plimsoll.toml")?;
    let config =
        config::read("plimsoll.toml", draft.text.as_bytes(), || Date::MIN).expect("what is written is TOML");
    assert_eq!(config.notices, [], "{}", draft.text);
    // What was imported once is there: a second time adds nothing.
    let again = draft::merge(&harvests, &draft.text, "plimsoll.toml")?;
    assert_eq!((again.added, &again.text), (0, &draft.text));
    Ok((draft.text, left))
}

const HADOLINT: &str = "\
failure-threshold: warning
format: sarif
ignored:
  # apt removes old versions, a pin breaks the build in a week
  - DL3008
  - DL3002 # the image is for a build host
  - DL3004
  - DL9999 # never heard of
override:
  error: [DL3006]
trustedRegistries:
  - docker.io
  - ghcr.io
label-schema:
  maintainer: text
  org.opencontainers.image.source: url
  odd: number
strict-labels: true
";

#[test]
fn hadolint_keeps_its_reasons() {
    let (text, left) = imported(0, HADOLINT, "").unwrap();
    assert_eq!(
        text,
        "\
fail-on = \"medium\"
skip = [
    # .hadolint.yaml:7 DL3004
    \"sudo-in-image\",
]
trusted-registries = [
    # .hadolint.yaml:11
    \"docker.io\",
    # .hadolint.yaml:11
    \"ghcr.io\",
]

# .hadolint.yaml:5 DL3008
[[allow]]
control = \"unpinned-system-packages\"
subject = \"*\"
reason = \"apt removes old versions, a pin breaks the build in a week\"

# .hadolint.yaml:6 DL3002
[[allow]]
control = \"runs-as-root\"
subject = \"*\"
reason = \"the image is for a build host\"

[severity]
unpinned-image = \"high\"

# .hadolint.yaml:14
[[policy]]
id = \"image-labels\"
message = \"images carry the agreed labels\"
severity = \"low\"
required-labels = { maintainer = \"text\", \"org.opencontainers.image.source\" = \"url\" }
strict-labels = true
"
    );
    assert_eq!(
        left,
        [
            "2: format: how a report looks is said on the command line (`--format`)",
            "8: DL9999: no control has it among its peers (its reason was: never heard of)",
            "17: the label `odd`: its form is not one that hadolint documents",
        ]
    );
}

#[test]
fn registries_with_a_wildcard_become_a_policy() {
    let (text, _) = imported(0, "trustedRegistries: [docker.io, \"*.gcr.io\"]\n", "").unwrap();
    assert!(text.contains("allowed-images = [\"docker.io/**\", \"*.gcr.io/**\"]"), "{text}");
}

#[test]
fn compose_lint_keeps_services_severities_and_reasons() {
    let text = "\
x-why: &why handled by the proxy
rules:
  CL-0001:
    enabled: false
    reason: the socket is behind a proxy
  CL-0002:
    severity: medium
    exclude_services:
      dind: builds images
      other:
  CL-0003:
    exclude_services: [one]
  CL-9999: {enabled: false}
  CL-0004: {severty: high}
";
    let (text, left) = imported(1, text, "").unwrap();
    let config = config::read("plimsoll.toml", text.as_bytes(), || Date::MIN).unwrap();
    let allowed: Vec<(&str, &str, &str)> = config
        .allowances
        .iter()
        .map(|allowance| (allowance.control.as_str(), allowance.subject.as_str(), allowance.reason.as_str()))
        .collect();
    let by = |peer: &str, subject: &'static str, reason: &'static str| {
        find_peer(peer).into_iter().map(move |control| (control.id, subject, reason)).collect::<Vec<_>>()
    };
    let none = ".compose-lint.yml excludes it and gives no reason";
    let expected: Vec<_> = [
        by("CL-0001", "*", "the socket is behind a proxy"),
        by("CL-0002", "service dind", "builds images"),
        by("CL-0002", "service other", none),
        by("CL-0003", "service one", none),
    ]
    .concat();
    assert!(!by("CL-0001", "", "").is_empty() && !by("CL-0003", "", "").is_empty());
    assert_eq!(allowed, expected);
    for control in find_peer("CL-0002") {
        assert_eq!(config.severities.get(control.id), Some(&Severity::Medium));
    }
    assert_eq!(
        left,
        [
            "13: CL-9999: no control has it among its peers",
            "14: CL-0004.severty: not a key that compose-lint knows",
        ]
    );
}

#[test]
fn trivy_keeps_comments_and_dates() {
    let text = "\
# The build host is trusted
# and short-lived
AVD-DS-0002
DS001 exp:2027-01-31

CVE-2024-1234
DS-0026
DS-0010 exp:soon
";
    let (text, left) = imported(2, text, "").unwrap();
    for (peer, line) in [("DS-0002", 3), ("DS-0001", 4)] {
        for control in find_peer(peer) {
            let part = format!(
                "# .trivyignore:{line} {peer}\n[[allow]]\ncontrol = \"{}\"\nsubject = \"*\"\n\
                 reason = \"The build host is trusted and short-lived\"\n",
                control.id
            );
            assert!(text.contains(&part), "{part}\n{text}");
        }
    }
    assert!(text.contains("until = 2027-01-31\n"), "{text}");
    assert!(
        text.contains("skip = [\n    # .trivyignore:7 DS-0026\n    \"healthcheck-missing\",\n]"),
        "{text}"
    );
    assert_eq!(
        left,
        [
            "6: CVE-2024-1234: a vulnerability needs no setting: a scan reads it where it stands",
            "8: DS-0010: `soon` is not a date",
        ]
    );
}

#[test]
fn trivys_document_is_taken_where_it_holds_for_everything() {
    let text = "\
misconfigurations:
  - id: AVD-DS-0002
    statement: legacy
    expired_at: 2027-05-01T00:00:00Z
  - id: DS-0026
    paths: [old/Dockerfile]
    statement: going away
vulnerabilities:
  - id: CVE-2024-1
";
    let (text, left) = imported(3, text, "").unwrap();
    assert!(text.contains("reason = \"legacy\"\nuntil = 2027-05-01\n"), "{text}");
    assert!(!text.contains("healthcheck-missing"), "{text}");
    assert_eq!(left.len(), 2);
    assert!(left[0].starts_with("5: DS-0026: it holds for some files") && left[0].contains("going away"));
    assert_eq!(left[1], "8: vulnerabilities: only misconfigurations have controls here");
}

#[test]
fn checkov_skips_by_id_and_by_pattern() {
    let text = "skip-check:\n  - CKV_DOCKER_2  # the orchestrator checks\n  - CKV_AWS_1\n  - CKV_DOCKER_3,CKV_DOCKER_2\n\
                check: [CKV_DOCKER_1]\nframework: dockerfile\nsoft-fail: true\n";
    let (text, left) = imported(4, text, "").unwrap();
    for part in
        ["fail-on = \"never\"", "reason = \"the orchestrator checks\"", ".checkov.yaml:4 CKV_DOCKER_3"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let lines: Vec<&str> = left.iter().map(|line| line.split(": ").nth(1).unwrap()).collect();
    assert_eq!(lines, ["CKV_AWS_1", "check", "framework"]);
    let (text, _) = imported(4, "skip-check: [\"CKV_DOCKER_*\"]\n", "").unwrap();
    assert!(text.matches("CKV_DOCKER_").count() > 5, "{text}");
}

#[test]
fn dclint_and_dockle_switch_off_by_name() {
    let text = "{\"rules\": {\"no-version-field\": 0, \"no-build-and-image\": [0, {}], \"service-keys-order\": 1}, \"quiet\": true}";
    let (text, left) = imported(5, text, "").unwrap();
    assert!(text.contains("compose-version-field"), "{text}");
    assert!(left.iter().any(|line| line.contains("quiet")), "{left:?}");
    let (text, _) = imported(6, "# root is needed for the socket\nCIS-DI-0001\n\nCIS-DI-0006\n", "").unwrap();
    assert!(text.contains("reason = \"root is needed for the socket\""), "{text}");
}

#[test]
fn what_is_there_stays_and_what_contradicts_stops_the_import() {
    let existing = "# ours\nfail-on = \"medium\" # agreed\nskip = [\"memory-unlimited\"] # later\n\n[severity]\n# so\ncpu-unlimited = \"low\"\n";
    let (text, _) =
        imported(0, "failure-threshold: warning\nignored: [DL3004]\noverride: {info: [DL3006]}\n", existing)
            .unwrap();
    assert_eq!(
        text,
        "# ours\nfail-on = \"medium\" # agreed\nskip = [\"memory-unlimited\",\n    # .hadolint.yaml:2 DL3004\n    \
         \"sudo-in-image\",\n] # later\n\n[severity]\n# so\ncpu-unlimited = \"low\"\nunpinned-image = \"low\"\n"
    );
    for (text, existing, words) in [
        ("failure-threshold: error\n", "fail-on = \"low\"\n", "says something else about `fail-on`"),
        ("override: {error: [DL3006]}\n", "[severity]\nunpinned-image = \"low\"\n", "about `unpinned-image`"),
        ("ignored: [DL3004]\n", "skip = \"x\"\n", "`skip` in plimsoll.toml is no list"),
        ("ignored: [DL3004]\n", "skip = [\n", "plimsoll.toml:"),
        (
            "label-schema: {a: text}\n",
            "[[policy]]\nid = \"image-labels\"\nmessage = \"m\"\nrequired-labels = [\"b\"]\n",
            "policy/image-labels",
        ),
    ] {
        let error = imported(0, text, existing).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_control_that_reaches_further_is_told() {
    let (_, harvest) = harvest(TOOLS[0].2, ".hadolint.yaml", "ignored: [DL3008]\n");
    let remarks = wider(&[(".hadolint.yaml".to_owned(), "hadolint", harvest.taken)]);
    assert_eq!(remarks.len(), 1, "{remarks:?}");
    assert!(
        remarks[0].starts_with(".hadolint.yaml:1: DL3008 is part of `unpinned-system-packages`"),
        "{remarks:?}"
    );
}

#[test]
fn what_is_no_document_is_told_with_its_place() {
    let (_, harvest) = harvest(TOOLS[0].2, ".hadolint.yaml", "ignored:\n  - [\n");
    assert!(harvest.broken.is_some());
    for (_, names, read) in TOOLS {
        for text in [
            "",
            "\u{0}",
            "- a\n- b\n",
            "a: b: c",
            "rules: 7\nignored: {a: b}\nskip-check: {}\n",
            "a: &a [*a]",
        ] {
            let (_, harvest) = harvest_of(*read, names[0], text);
            let _ = draft::merge(&[("f".to_owned(), "t", harvest)], "", "plimsoll.toml");
        }
    }
}

fn harvest_of(read: fn(&Source) -> Harvest, name: &str, text: &str) -> (Sources, Vec<Taken>) {
    let (sources, harvest) = harvest(read, name, text);
    (sources, harvest.taken)
}

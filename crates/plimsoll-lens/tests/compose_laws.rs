//! What holds for every input: loading never panics, every place lies in its text, and merging does not depend on how the
//! documents are grouped.

use plimsoll_lens::Memory;
use plimsoll_lens::compose::{Loaded, Node, ProjectFiles, Value, load};
use plimsoll_text::{Sources, Span};
use proptest::prelude::*;

fn loaded(files: &[(&str, &str)], order: &[&str]) -> (Loaded, Sources) {
    let world = Memory::of(files);
    let mut sources = Sources::new();
    let project = ProjectFiles {
        files: order.iter().map(|&file| file.to_owned()).collect(),
        directory: ".".into(),
        name: Some("p".into()),
        ..ProjectFiles::default()
    };
    let loaded = load(&world, &mut sources, &project);
    (loaded, sources)
}

fn inside(span: Span, sources: &Sources) {
    let text = &sources.get(span.source).text;
    assert!(text.get(span.range()).is_some(), "{span:?} in {} bytes", text.len());
}

fn all_inside(node: &Node, sources: &Sources) {
    inside(node.at, sources);
    node.via.iter().filter_map(|step| step.span).for_each(|span| inside(span, sources));
    node.shadowed.iter().for_each(|node| all_inside(node, sources));
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| all_inside(item, sources)),
        Value::Map(map) => {
            for entry in &map.entries {
                inside(entry.key_at, sources);
                all_inside(&entry.value, sources);
            }
        }
        Value::Text(text) => {
            text.defaults.iter().for_each(|(_, span)| inside(*span, sources));
            for piece in &text.pieces {
                inside(piece.at, sources);
                assert!(
                    text.text.get(piece.start as usize..piece.end as usize).is_some(),
                    "{piece:?} of {:?}",
                    text.text
                );
            }
        }
        _ => {}
    }
}

fn check(files: &[(&str, &str)], order: &[&str]) {
    let (loaded, sources) = loaded(files, order);
    all_inside(&loaded.model, &sources);
    loaded.complaints.iter().for_each(|complaint| inside(complaint.at, &sources));
    for comment in &loaded.comments {
        inside(comment.at, &sources);
        comment.covers.into_iter().for_each(|span| inside(span, &sources));
    }
    loaded.variables.iter().for_each(|variable| inside(variable.at, &sources));
    loaded.unknown_keys.iter().for_each(|unknown| inside(unknown.at, &sources));
}

/// Words that compose files are made of, so that arbitrary texts get past the first line.
fn word() -> impl Strategy<Value = String> {
    let words: &[&str] = &[
        "services",
        "image",
        "ports",
        "volumes",
        "environment",
        "extends",
        "include",
        "<<",
        "*a",
        "&a",
        "!reset",
        "!override",
        "!!str",
        "file",
        "service",
        "networks",
        "build",
        "args",
        "command",
        "healthcheck",
        "test",
        "secrets",
        "deploy",
        "env_file",
        "\"80:80\"",
        "127.0.0.1:80-90:80-90/udp",
        "./a:/b:ro",
        "a=b",
        "${A}",
        "${A:-b}",
        "${A:-${B:?c}}",
        "$$",
        "\"\\x41\\n\"",
        "'it''s'",
        "|",
        ">-",
        "#",
        "# note",
        "---",
        "...",
        "[",
        "]",
        "{",
        "}",
        ",",
        "?",
        "a",
        "b",
        "ä€𝄞",
        "1",
        "0777",
        "1.5",
        "true",
        "null",
        "~",
        "compose.yaml",
        "other.yaml",
        "x-a",
        ".env",
        "profiles",
        "depends_on",
        "extra_hosts",
        "labels",
    ];
    prop_oneof![
        8 => proptest::sample::select(words).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
    ]
}

fn text() -> impl Strategy<Value = String> {
    let glue = proptest::sample::select(vec![
        ": ", " ", "\n", "\n  ", "\n    ", "\n      ", "\n- ", "\n  - ", "\n    - ", ":\n  ", ":\n    ",
        "\r\n", "\t",
    ]);
    proptest::collection::vec((word(), glue), 0..40)
        .prop_map(|parts| parts.into_iter().fold(String::new(), |text, (word, glue)| text + &word + glue))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_and_every_place_lies_in_it(main in text(), other in text(), env in text()) {
        check(&[("compose.yaml", &main), ("other.yaml", &other), (".env", &env)], &["compose.yaml", "other.yaml"]);
    }

    #[test]
    fn any_service_is_read(body in text(), env in "\\PC{0,40}") {
        let indented = body.replace('\n', "\n      ");
        let main = format!("services:\n  a:\n    image: x\n    {indented}");
        check(&[("compose.yaml", &main), (".env", &format!("A={env}\nB=\"{env}\"\n"))], &["compose.yaml"]);
    }

    #[test]
    fn any_value_of_a_short_form_is_read(value in "[ -~ä€\n]{0,24}") {
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let main = format!(
            "services:\n  a:\n    image: \"{quoted}\"\n    ports: [\"{quoted}\"]\n    volumes: [\"{quoted}\"]\n    devices: [\"{quoted}\"]\n    \
             command: \"{quoted}\"\n    environment: [\"{quoted}\"]\n    extra_hosts: [\"{quoted}\"]\n    stop_grace_period: \"{quoted}\"\n    \
             mem_limit: \"{quoted}\"\n    env_file: .env\n"
        );
        check(&[("compose.yaml", &main), (".env", &value)], &["compose.yaml"]);
    }

    /// Merging documents one by one is the same as merging the result of the last two first, for what the specification
    /// merges by key, by replacement or by appending (not for pools of addresses and logging drivers, which look at both sides).
    #[test]
    fn grouping_does_not_matter(a in service(), b in service(), c in service()) {
        let of = |documents: &[&str]| {
            let files: Vec<(String, String)> =
                documents.iter().enumerate().map(|(n, text)| (format!("{n}.yaml"), (*text).to_owned())).collect();
            let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            let order: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
            loaded(&files, &order).0.model
        };
        // The canonical form of the last two, printed as a file of its own.
        let last = of(&[&b, &c]);
        let mut printed = String::new();
        print(last.get("services").and_then(|services| services.get("a")).expect("the service"), &mut printed);
        let grouped = format!("services: {{\"a\": {printed}}}\n");
        let (one, two) = (of(&[&a, &b, &c]), of(&[&a, &grouped]));
        let pick = |model: &Node, key: &str| model.get("services").and_then(|all| all.get("a")).and_then(|a| a.get(key)).cloned();
        for key in ["environment", "labels", "cap_add", "user", "command", "ports", "volumes", "read_only", "tmpfs"] {
            let (one, two) = (pick(&one, key), pick(&two, key));
            prop_assert!(
                match (&one, &two) { (Some(a), Some(b)) => a.same(b), (a, b) => a.is_none() == b.is_none() },
                "{}: {:?} and {:?}", key, one, two
            );
        }
    }
}

fn service() -> impl Strategy<Value = String> {
    let lines: &[&str] = &[
        "environment: {A: '1', B: '2'}",
        "environment: {B: '3', C: ''}",
        "environment: ['A=4', 'D=5']",
        "labels: {x: '1'}",
        "labels: ['x=2', 'y=3']",
        "cap_add: [A]",
        "cap_add: [B, A]",
        "user: a",
        "user: b",
        "command: [x, y]",
        "command: [z]",
        "ports: ['80:80']",
        "ports: ['127.0.0.1:80:80', '81:81']",
        "ports: ['81:81/udp', '80:80']",
        "volumes: ['/a:/x', '/b:/y']",
        "volumes: ['/c:/x:ro']",
        "read_only: true",
        "tmpfs: [/t]",
        "tmpfs: [/t, /u]",
    ];
    proptest::sample::subsequence(lines, 0..6).prop_map(|lines| {
        let mut seen = std::collections::BTreeSet::new();
        let mut text = "services:\n  a:\n    image: i\n".to_owned();
        for line in lines {
            if seen.insert(line.split(':').next().unwrap_or("")) {
                text.push_str(&format!("    {line}\n"));
            }
        }
        text
    })
}

/// A value as flow YAML.
fn print(node: &Node, into: &mut String) {
    let quote = |text: &str| format!("'{}'", text.replace('\'', "''").replace('$', "$$"));
    match &node.value {
        Value::Null => into.push_str("null"),
        Value::Bool(value) => into.push_str(&value.to_string()),
        Value::Int(value) => into.push_str(&value.to_string()),
        Value::Float(text) => into.push_str(text),
        Value::Text(text) => into.push_str(&quote(&text.text)),
        Value::List(items) => {
            into.push('[');
            for item in items {
                print(item, into);
                into.push(',');
            }
            into.push(']');
        }
        Value::Map(map) => {
            into.push('{');
            for entry in &map.entries {
                // What Compose fills in below a volume is no part of what is merged again.
                into.push_str(&format!("{}: ", quote(&entry.key)));
                print(&entry.value, into);
                into.push(',');
            }
            into.push('}');
        }
    }
}

#[test]
fn aliases_that_explode_are_bounded() {
    let mut text = "x-0: &a0 [a, a, a, a, a, a, a, a, a, a]\n".to_owned();
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("x-{level}: &a{level} [{below}]\n"));
    }
    text.push_str("services: {a: {image: x}}\n");
    let (loaded, _) = loaded(&[("compose.yaml", &text)], &["compose.yaml"]);
    assert!(loaded.complaints.iter().any(|complaint| complaint.code == "too-many-aliases"));
    assert!(loaded.model.get("services").is_some(), "the rest is still read");
}

#[test]
fn nesting_is_bounded() {
    for text in ["[".repeat(100_000), "a: ".repeat(50_000), "- ".repeat(50_000), "{a: ".repeat(100_000)] {
        let (loaded, _) = loaded(&[("compose.yaml", &text)], &["compose.yaml"]);
        assert!(loaded.refused);
    }
}

#[test]
fn variables_that_explode_are_bounded() {
    let mut env = "A0=xxxxxxxxxxxxxxxx\n".to_owned();
    for level in 1..40 {
        let below = format!("${{A{}}}", level - 1).repeat(10);
        env.push_str(&format!("A{level}={below}\n"));
    }
    let many = "      - ${A39}\n".repeat(400);
    let text = format!("services:\n  a:\n    image: x\n    command:\n{many}");
    let (loaded, _) = loaded(&[("compose.yaml", &text), (".env", &env)], &["compose.yaml"]);
    assert!(loaded.complaints.iter().any(|complaint| complaint.code == "too-much-interpolation"));
}

#[test]
fn a_project_of_too_many_services_is_read_in_part() {
    let services: String = (0..2_010).map(|number| format!("  s{number}: {{image: a}}\n")).collect();
    let (loaded, sources) = loaded(&[("compose.yaml", &format!("services:\n{services}"))], &["compose.yaml"]);
    let complaint = loaded.complaints.iter().find(|complaint| complaint.code == "too-many-services").unwrap();
    assert_eq!(sources.text(complaint.at), "s2000");
    assert_eq!(loaded.model.get("services").unwrap().as_map().unwrap().entries.len(), 2_000);
}

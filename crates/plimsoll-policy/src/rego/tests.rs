//! Rules in memory: what they say, where, and what is wrong with them.

use plimsoll_posture::{Service, SubjectKind};
use plimsoll_text::{LineColumn, SourceKind};
use serde_json::json;

use super::*;

const COMPOSE: &str = "services:\n  api:\n    ports: [\"8080:80\"]\n  db:\n    image: x\n";

struct Bench {
    own: Sources,
    rego: Rego,
    faults: Vec<Fault>,
}

fn load_in(namespaces: &[&str], files: &[(&str, &str)]) -> Bench {
    let mut own = Sources::new();
    let ids: Vec<SourceId> =
        files.iter().map(|(name, text)| own.add_text(name, SourceKind::Config, text)).collect();
    let namespaces: Vec<Pattern> = namespaces.iter().filter_map(|text| Pattern::parse(text)).collect();
    let (rego, faults) = Rego::load(&own, &ids, &namespaces);
    Bench { own, rego, faults }
}

fn load(files: &[(&str, &str)]) -> Bench {
    load_in(&["main"], files)
}

impl Bench {
    /// `FILE:LINE:COLUMN message`.
    fn faults(&self, faults: &[Fault]) -> Vec<String> {
        let line = |fault: &Fault| {
            let source = self.own.get(fault.at.source);
            let LineColumn { line, column } = source.place(fault.at.start as usize);
            format!("{}:{line}:{column} {}", source.name, fault.message)
        };
        faults.iter().map(line).collect()
    }

    fn told(&self) -> (Vec<String>, Vec<String>) {
        let mut sources = Sources::new();
        let id = sources.add_text("compose.yaml", SourceKind::Compose, COMPOSE);
        let service = |name: &str| {
            let start = COMPOSE.find(&format!("{name}:")).unwrap();
            let anchor = Span::new(id, start, start + name.len());
            Service::new(Subject::new(SubjectKind::Service, name, anchor), true)
        };
        let posture = Posture { services: vec![service("api"), service("db")], ..Posture::default() };
        let at = |line: u32, column: u32| json!({"source": "compose.yaml", "line": line, "column": column});
        let input = json!({"services": {
            "api": {"ports": {"at": at(2, 3), "value": [{"at": at(3, 14), "host": 8080}]}},
            "db": {"ports": {"at": at(4, 3), "value": []}},
        }});
        let told = self.rego.judge(&posture, &sources, &self.own, &input.to_string(), &|_| true);
        let mut lines = Vec::new();
        for ruling in &told.rulings {
            let judgement = &ruling.judgement;
            let subject = judgement.subject.as_ref().map_or("project", |subject| &subject.name);
            let head = format!("{} {subject} {}", judgement.control.id, judgement.verdict.name());
            match &judgement.verdict {
                Verdict::Fail(findings) => lines.extend(findings.iter().map(|finding| {
                    let at = finding.primary.at.span;
                    let place = sources.get(at.source).place(at.start as usize);
                    format!(
                        "{head} {}:{} [{}] {}",
                        place.line,
                        place.column,
                        sources.text(at),
                        finding.message
                    )
                })),
                _ => lines.push(head),
            }
        }
        (lines, self.faults(&told.faults))
    }
}

#[test]
fn rules_answer_with_texts_and_objects_as_in_conftest() {
    let bench = load(&[(
        "a.rego",
        r#"package main
import rego.v1

# METADATA
# title: Ports are for the proxy
# description: Everything else is reached through it.
# custom:
#   severity: medium
deny_ports contains {"msg": msg, "route": sprintf("services.%s.ports[%d]", [name, i]), "fix": "use expose"} if {
	some name, service in input.services
	some i, port in service.ports.value
	msg := sprintf("%s publishes %d.", [name, port.host])
}

violation contains {"msg": "about db", "service": "db"}

warn contains "about everything"

warn_none contains msg if { msg := input.nothing }

deny_single := "one text"

denying contains "not asked"

deny_function(x) := x
"#,
    )]);
    assert_eq!(bench.faults(&bench.faults), Vec::<String>::new());
    let controls: Vec<_> =
        bench.rego.controls().map(|control| (control.id, control.severity.name(), control.title)).collect();
    assert_eq!(controls[0], ("rego/main/deny-ports", "medium", "Ports are for the proxy"));
    let (lines, faults) = bench.told();
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(
        lines,
        [
            "rego/main/deny-ports api fail 3:14 [8080:80] api publishes 8080",
            "rego/main/deny-single project fail 1:1 [] one text",
            "rego/main/violation db fail 4:3 [db] about db",
            "rego/main/warn project fail 1:1 [] about everything",
            "rego/main/warn-none project pass",
        ]
    );
}

#[test]
fn only_the_packages_that_were_asked_for_speak() {
    let files = [
        ("a.rego", "package main\nimport rego.v1\nimport data.lib.names\ndeny contains names.one\n"),
        ("b.rego", "package lib.names\nimport rego.v1\none := \"from a library\"\ndeny contains \"b\"\n"),
        ("c.rego", "package team\ndeny[msg] { msg := \"the old way\" }\n"),
    ];
    let ids = |namespaces: &[&str]| {
        let bench = load_in(namespaces, &files);
        assert_eq!(bench.faults(&bench.faults), Vec::<String>::new());
        bench.told().0
    };
    assert_eq!(ids(&["main"]), ["rego/main/deny project fail 1:1 [] from a library"]);
    assert_eq!(ids(&["team"]), ["rego/team/deny project fail 1:1 [] the old way"]);
    assert_eq!(ids(&["*"]).len(), 3);
}

#[test]
fn a_file_with_a_fault_is_told_at_its_place_and_the_others_stay() {
    let good = ("good.rego", "package main\nimport rego.v1\ndeny contains \"good\"\n");
    for (text, expected) in [
        ("package main\ndeny contains msg if { msg := \n", "bad.rego:2:28 expecting `}` while parsing set"),
        ("deny = 1", "bad.rego:1:1 expecting `package` Missing package declaration"),
        ("", "bad.rego:1:1 expecting `package` Missing package declaration"),
        (
            "package main\nimport rego.v1\ndeny contains x if { y > 1; x := 1 }\n",
            "bad.rego:3:22 use of undefined variable `y` is unsafe",
        ),
        (
            "package main\nimport rego.v1\nf(x) := f(x + 1)\ndeny contains y if { y := f(1) }\n",
            "bad.rego:3:1 `main.f` needs itself: Rego forbids recursion",
        ),
        (
            "package main\nimport rego.v1\ng(x) := f(x)\nf(x) := data.main.g(x)\n",
            "bad.rego:4:1 `main.f` needs itself: Rego forbids recursion",
        ),
        (
            "package main.lib\nimport rego.v1\nimport data.main.lib as me\nf(x) := me.f(x)\n",
            "bad.rego:4:1 `main.lib.f` needs itself: Rego forbids recursion",
        ),
        (
            "package main\nimport rego.v1\nf(x) := count(x)\ndeny contains y if { y := f([1]) with count as f }\n",
            "bad.rego:4:1 `with` in `deny` replaces something else than `input`",
        ),
    ] {
        let bench = load(&[("bad.rego", text), good]);
        assert_eq!(bench.faults(&bench.faults), [expected], "{text}");
        assert_eq!(bench.told().0, ["rego/main/deny project fail 1:1 [] good"], "{text}");
    }
}

#[test]
fn names_that_only_look_alike_are_no_recursion() {
    let bench = load(&[(
        "a.rego",
        "package main\nimport rego.v1\nx := f(1)\nf(x) := y if { y := x + 1 }\ng(n) := q if { some z in [n]; q := z }\n\
         r := g(1)\ndeny contains msg if { data.main.x == 2; msg := sprintf(\"%d\", [r]) }\n",
    )]);
    assert_eq!(bench.faults(&bench.faults), Vec::<String>::new());
    assert_eq!(bench.told().0, ["rego/main/deny project fail 1:1 [] 1"]);
}

#[test]
fn the_longest_chain_that_is_let_in_is_evaluated() {
    let chain = |length: usize| {
        let mut text = "package main\nimport rego.v1\nf0(x) := x\n".to_owned();
        for n in 1..length {
            text.push_str(&format!("f{n}(x) := f{}(x)\n", n - 1));
        }
        format!("{text}deny contains msg if {{ msg := f{}(\"end\") }}\n", length - 1)
    };
    assert_eq!(load(&[("a.rego", &chain(62))]).told().0, ["rego/main/deny project fail 1:1 [] end"]);
    let bench = load(&[("a.rego", &chain(2000))]);
    assert_eq!(bench.faults.len(), 1);
    assert!(bench.faults[0].message.starts_with("more than 64 rules"), "{:?}", bench.faults);
}

#[test]
fn what_goes_wrong_in_evaluation_is_unknown_and_told() {
    for (body, expected) in [
        ("x := 1 / (count(input) - 1)", "a.rego:3:29 divide by zero"),
        ("x := http.send({})", "a.rego:3:36 could not find function http.send"),
        ("x := time.now_ns()", "a.rego:3:38 could not find function time.now_ns"),
        ("x := 1", "a.rego:3:1 a result is neither a text nor an object with `msg`"),
        ("x := {\"message\": \"m\"}", "a.rego:3:1 a result is an object without a text `msg`"),
    ] {
        let text = format!(
            "package main\nimport rego.v1\ndeny contains x if {{ {body} }}\nwarn contains \"still\"\n"
        );
        let (lines, faults) = load(&[("a.rego", &text)]).told();
        assert_eq!(faults, [expected], "{body}");
        assert_eq!(lines, ["rego/main/deny project unknown", "rego/main/warn project fail 1:1 [] still"]);
    }
}

#[test]
fn an_evaluation_ends_after_the_same_work_everywhere() {
    let text = "package main\nimport rego.v1\ndeny contains x if { some i in numbers.range(1, 500); \
                some j in numbers.range(1, 500); i + j == -1; x := \"never\" }\nwarn contains \"still\"\n";
    let mut bench = load(&[("a.rego", text)]);
    bench.rego.steps = 20;
    let (lines, faults) = bench.told();
    assert_eq!(faults, ["a.rego:3:1 the rule was stopped: it takes too many steps"]);
    assert_eq!(lines, ["rego/main/deny project unknown", "rego/main/warn project fail 1:1 [] still"]);
}

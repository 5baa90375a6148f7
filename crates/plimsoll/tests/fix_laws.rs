//! The laws of `plimsoll fix` over documents that are put together at random: line ends, byte order marks, tabs, flow style, quotes,
//! anchors, merge keys, several documents, comments in odd places, heredocs, the escape character of Windows.
//!
//! Every comment and every line in which nothing is wrong carries a number, so that what must stay is known without asking the
//! program. With `PLIMSOLL_BUILDKIT_PYTHON` and `PLIMSOLL_COMPOSE` the results are judged by the parsers of others as well;
//! says so when that did not run.

mod stage;

use std::path::Path;

use plimsoll::config::Config;
use plimsoll::fix::{Choice, Outcome, propose};
use plimsoll::scan::Wishes;
use plimsoll_lens::Memory;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

#[path = "judge/buildkit.rs"]
mod buildkit;
#[path = "judge/compose.rs"]
mod compose;

/// So many documents, or twenty times as many with `PLIMSOLL_ALL=1`.
fn many(few: u32) -> u32 {
    let all = std::env::var_os("PLIMSOLL_ALL").is_some_and(|value| value == "1");
    if all { few * 20 } else { few }
}

const BOM: char = '\u{feff}';

fn mended(name: &str, text: &str) -> Outcome {
    let world = Memory::of(&[(name, text)]);
    let wishes = Wishes::default();
    let plan = stage::plan(&world, &wishes.compose);
    let choice = Choice { risky: true, ..Choice::default() };
    propose(&world, &plan, &Config::default(), &wishes, &choice, |_| true)
}

fn new_text(outcome: &Outcome, name: &str, old: &str) -> String {
    outcome.files.get(name).map_or_else(|| old.to_owned(), |(_, new)| new.clone())
}

/// The laws that need no other judge; the new text.
fn lawful(name: &str, old: &str) -> Result<String, String> {
    let done = mended(name, old);
    let new = new_text(&done, name, old);
    let broken = |what: &str| Err(format!("{what}\n--- before\n{old:?}\n--- after\n{new:?}\n{new}"));
    let again = mended(name, &new);
    if !again.made.is_empty() && new_text(&again, name, &new) != new {
        let made: Vec<_> = again.made.iter().map(|made| made.control.as_str()).collect();
        return broken(&format!("a second run changes it again: {}", made.join(", ")));
    }
    // An open finding may come where one that went had covered it; the score may not fall for that.
    if done.points.1 < done.points.0 {
        return broken("it got worse");
    }
    if old.starts_with(BOM) != new.starts_with(BOM) || old.matches(BOM).count() != new.matches(BOM).count() {
        return broken("the byte order mark moved");
    }
    let bare = |text: &str| text.replace("\r\n", "").contains('\n');
    // A text of one line has no line ends to keep.
    if old.contains('\n') && (old.contains("\r\n") != new.contains("\r\n") || bare(old) != bare(&new)) {
        return broken("the line ends are others");
    }
    for mark in old.lines().flat_map(comments) {
        if !new.contains(&mark) {
            return broken(&format!("the comment {mark} is lost"));
        }
    }
    let mut lines = new.trim_start_matches(BOM).lines();
    for line in old.trim_start_matches(BOM).lines().filter(|line| line.contains("keep")) {
        if !lines.any(|new| new == line) {
            return broken(&format!("{line:?} did not have to move"));
        }
    }
    Ok(new)
}

/// The numbered comment that a line holds alone. One behind something goes with it when that is taken away.
fn comments(line: &str) -> Option<String> {
    let rest = line.trim().strip_prefix("#c")?;
    Some(format!("#c{}.", rest.split('.').next()?))
}

/// Numbers what is to be numbered, and gives the lines their end.
fn finished(lines: &[String], (bom, crlf, end): (bool, bool, bool)) -> String {
    let mut text = lines.join("\n");
    for number in 0.. {
        let Some(at) = text.find('@') else { break };
        text.replace_range(at..=at, &format!("{number}."));
    }
    if end {
        text.push('\n');
    }
    if crlf {
        text = text.replace('\n', "\r\n");
    }
    if bom { format!("{BOM}{text}") } else { text }
}

/// A Dockerfile; `\` stands for the escape character, `@` for a number.
fn dockerfile() -> impl Strategy<Value = String> {
    let bases: &[&str] = &[
        "FROM node:16",
        "FROM  debian:stretch  AS build",
        "from node:22-alpine as app",
        "FROM ubuntu",
        "ARG V=18\nFROM node:${V}",
        "FROM --platform=linux/amd64 python:3.8-slim",
        "FROM alpine:3.10 #c@",
        "FROM centos:7",
    ];
    let steps: &[&str] = &[
        "RUN apt-get update && apt-get install -y curl",
        "RUN apt-get update \\\n    && apt-get install curl \\\n#c@\n    git \\\n\n    vim",
        "RUN apt-get install \\\n\t#c@\n\t-y \\\n\tcurl",
        "RUN <<EOF\napt-get update\n# in the script\napt-get install -y curl\nEOF",
        "RUN <<-'E' bash\n\tnpm install\n\tE",
        "RUN npm install",
        "run npm install --production && npm cache clean --force",
        "RUN yarn install",
        "RUN sudo apt-get update",
        "RUN pip install flask \\\n  gunicorn",
        "RUN apk add curl",
        "RUN yum install -y wget",
        "RUN curl -k https://example.com/x.sh | sh",
        "RUN wget --no-check-certificate https://example.com/x.tgz",
        "RUN chmod -R 777 /app",
        "RUN make   keep@",
        "RUN [\"npm\", \"install\"]",
        "ONBUILD RUN npm install",
        "COPY . /app",
        "COPY package.json .",
        "ADD app.js /app/",
        "ADD https://example.com/a.tgz /tmp/",
        "COPY <<x /etc/keep@\n# text\nx",
        "MAINTAINER me@example.com",
        "ENV NODE_ENV development",
        "ENV A=1 \\\n#c@\n    B=2",
        "ENV NODE_TLS_REJECT_UNAUTHORIZED=0",
        "ENV API_PASSWORD=hunter2hunter2",
        "ARG TOKEN=abcdefghijklmnop123456",
        "WORKDIR app",
        "WORKDIR /app",
        "EXPOSE 22",
        "EXPOSE 80/tcp 3000",
        "USER root",
        "CMD npm start",
        "CMD [\"node\", \"server.js\"]",
        "ENTRYPOINT node server.js \\\n  --port 80",
        "CMD [ 'node', 'x' ]",
        "HEALTHCHECK NONE",
        "STOPSIGNAL SIGKILL",
        "VOLUME /data",
        "SHELL [\"/bin/bash\", \"-c\"]",
        "LABEL keep@=\"a  b\"",
        "#c@",
        "  #c@",
        "# hadolint ignore=DL3008",
        "",
        "\t",
    ];
    let stage =
        (proptest::sample::select(bases), proptest::collection::vec(proptest::sample::select(steps), 0..9));
    let head = proptest::sample::select(&["", "", "# syntax=docker/dockerfile:1", "# escape=`", "#c@"][..]);
    (head, proptest::collection::vec(stage, 1..3), any::<(bool, bool, bool)>()).prop_map(
        |(head, stages, ends)| {
            let mut lines = Vec::new();
            if !head.is_empty() {
                lines.push(head.to_owned());
            }
            for (base, steps) in stages {
                lines.push(base.to_owned());
                lines.extend(steps.iter().map(|step| (*step).to_owned()));
            }
            if head.contains("escape") {
                lines.iter_mut().skip(1).for_each(|line| *line = line.replace('\\', "`"));
            }
            finished(&lines, ends)
        },
    )
}

/// A compose file; `@` stands for a number, two blanks at the start of a line for a level.
fn compose_file() -> impl Strategy<Value = String> {
    let settings: &[(&str, &str)] = &[
        ("image", "image: nginx"),
        ("image", "image: \"postgres:9\"\t#c@"),
        ("image", "image: 'node:16' #c@"),
        ("image", "image: redis:${TAG:-latest}"),
        ("build", "build: ."),
        ("build", "build:\n  context: . #c@\n  #c@\n  args: {A: keep@}"),
        ("privileged", "privileged: true"),
        ("privileged", "privileged: yes"),
        ("user", "user: root #c@"),
        ("user", "user: '0'"),
        ("ports", "ports:\n- 80:80\n- \"5432:5432\" #c@"),
        ("ports", "ports:\n  - '127.0.0.1:9229:9229'\n\n  #c@\n  - 6379:6379"),
        ("ports", "ports: [\"3000:3000\", 8080:80]"),
        ("ports", "ports:\n  - {target: 80, published: \"80\"}"),
        ("volumes", "volumes:\n  - /var/run/docker.sock:/var/run/docker.sock"),
        ("volumes", "volumes: ['/etc:/etc', \"./keep@:/data\"]"),
        ("volumes", "volumes:\n  - type: bind\n    source: /\n    target: /host\n    #c@"),
        ("environment", "environment:\n  A: keep@ # x\n  DB_PASSWORD: hunter2hunter2"),
        ("environment", "environment:\n- NODE_ENV=development\n#c@\n- B=\"keep@\""),
        ("environment", "environment: {POSTGRES_PASSWORD: \"s3cr3tpassw0rd\", C: 'c'}"),
        ("environment", "environment:\n  <<: *env\n  D: \"keep@\""),
        ("cap_add", "cap_add: [ALL]"),
        ("cap_add", "cap_add:\n  - SYS_ADMIN\n  - NET_RAW #c@"),
        ("security_opt", "security_opt:\n  - seccomp:unconfined"),
        ("security_opt", "security_opt: [ label=disable , 'apparmor:unconfined' ]"),
        ("network_mode", "network_mode: host"),
        ("pid", "pid: \"host\""),
        ("restart", "restart: always"),
        ("logging", "logging: {driver: none}"),
        ("healthcheck", "healthcheck:\n  disable: true"),
        ("deploy", "deploy:\n  #c@\n  resources:\n    limits: {cpus: \"1\"}"),
        ("command", "command: >-\n  sh -c\n  'keep@ # no comment'"),
        ("command", "command: [\"node\",\n  \"keep@\"]"),
        ("labels", "labels:\n  \"keep@\": |\n    # no comment\n    text\n"),
        ("read_only", "read_only: false"),
        ("x-note", "x-keep@:   { a :  1 }"),
        ("#", "#c@"),
        ("##", "\n#c@\n"),
    ];
    let service = (
        proptest::sample::select(&["block", "block", "block", "flow", "merge", "anchor", "alias"][..]),
        proptest::sample::subsequence(settings, 0..11).prop_shuffle(),
    );
    let services = proptest::collection::vec(service, 1..4);
    let shape = (
        proptest::sample::select(&[2_usize, 4, 3][..]),
        proptest::sample::select(
            &["", "version: \"3\"\n", "#c@\n\n", "---\n", "name: keep@\n", "# a\n%\n"][..2],
        ),
        proptest::sample::select(
            &["", "\n#c@", "\nvolumes:\n  keep@: {}", "\n---\nx-more: keep@", "\n..."][..],
        ),
    );
    (services, shape, any::<(bool, bool, bool)>()).prop_map(|(services, (indent, head, tail), ends)| {
        let mut lines = vec![format!("{head}x-env: &env {{E: keep@}}")];
        lines.push("x-base: &base\n  restart: unless-stopped #c@".to_owned());
        lines.push("services: #c@".to_owned());
        let mut anchored = false;
        for (number, (style, settings)) in services.into_iter().enumerate() {
            let mut seen = std::collections::BTreeSet::new();
            let settings: Vec<&str> =
                settings.into_iter().filter(|(key, _)| seen.insert(*key)).map(|(_, text)| text).collect();
            let pad = " ".repeat(indent);
            match style {
                "flow" => lines.push(format!("{pad}s{number}: {{ image: a:1,  privileged: true }} #c@")),
                "alias" if anchored => lines.push(format!("{pad}s{number}: *one")),
                _ => {
                    let anchor = style == "anchor" && !anchored;
                    anchored |= anchor;
                    lines.push(format!("{pad}s{number}:{}", if anchor { " &one" } else { "" }));
                    let deep = " ".repeat(indent * 2);
                    if style == "merge" {
                        lines.push(format!("{deep}<<: *base"));
                    }
                    if !seen.contains("image") && !seen.contains("build") {
                        lines.push(format!("{deep}image: a:1"));
                    }
                    for setting in settings {
                        lines.extend(setting.split('\n').map(|line| match line.is_empty() {
                            true => String::new(),
                            false => format!("{deep}{line}"),
                        }));
                    }
                }
            }
        }
        if !tail.is_empty() {
            lines.push(tail.trim_start_matches('\n').to_owned());
        }
        finished(&lines, ends)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: many(48), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn dockerfiles_keep_what_did_not_have_to_move(text in dockerfile()) {
        lawful("Dockerfile", &text).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn compose_files_keep_what_did_not_have_to_move(text in compose_file()) {
        lawful("compose.yaml", &text).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn any_text_is_mended_without_harm(text in "(?s).{0,200}", kind in any::<bool>()) {
        lawful(if kind { "Dockerfile" } else { "compose.yaml" }, &text).map_err(TestCaseError::fail)?;
    }
}

/// Documents that are the same in every run.
fn drawn(strategy: &impl Strategy<Value = String>, count: usize) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("a document").current()).collect()
}

#[test]
fn buildkit_takes_what_it_took() {
    let Some(python) = buildkit::python() else { return };
    let old = drawn(&dockerfile(), many(120) as usize);
    let new: Vec<String> =
        old.iter().map(|text| lawful("Dockerfile", text).expect("the laws hold")).collect();
    let changed = old.iter().zip(&new).filter(|(old, new)| old != new).count();
    assert!(changed > old.len() / 2, "only {changed} changed");
    for ((old, new), (was, is)) in old
        .iter()
        .zip(&new)
        .zip(buildkit::parsed(&python, &old).into_iter().zip(buildkit::parsed(&python, &new)))
    {
        assert!(!was || is, "BuildKit refuses it\n--- before\n{old}\n--- after\n{new}");
    }
}

#[test]
fn compose_takes_what_it_took() {
    let Some(binary) = std::env::var_os("PLIMSOLL_COMPOSE") else {
        eprintln!("not run: PLIMSOLL_COMPOSE is not set");
        return;
    };
    let mut taken = 0;
    for old in drawn(&compose_file(), many(30) as usize) {
        let new = lawful("compose.yaml", &old).expect("the laws hold");
        let asked = compose::asked(&new);
        let Ok(before) = compose::model(Path::new(&binary), &old, &asked) else { continue };
        taken += 1;
        let after = compose::model(Path::new(&binary), &new, &asked)
            .unwrap_or_else(|reason| panic!("{reason}\n--- before\n{old}\n--- after\n{new}"));
        let problems = compose::unexplained((&old, &new), (&before, &after));
        assert!(problems.is_empty(), "{problems:?}\n--- before\n{old}\n--- after\n{new}");
    }
    assert!(taken > 9, "Compose takes only {taken} of the documents");
}

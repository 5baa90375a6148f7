//! Every expected text was written by hand from the merge rules of the Compose specification: mappings merge, lists add
//! up, `!override` replaces, `!reset` takes away.

use std::sync::Arc;

use plimsoll_posture::{Provenance, Setting};
use plimsoll_text::SourceKind;

use super::*;
use crate::Memory;

const PATH: &str = "compose.hardening.yaml";

/// The place of words.
type At<'a> = &'a dyn Fn(&str) -> Provenance;

/// The overlay over these files that is made by changes at words of `compose.yaml`, without its head.
fn made(
    files: &[(&str, &str)],
    service: Option<&str>,
    changes: impl Fn(At<'_>) -> Vec<Change>,
) -> Result<String, Refusal> {
    let world = Memory::of(files);
    let mut sources = Sources::new();
    for (name, text) in files {
        sources.add_text(name, SourceKind::Compose, text);
    }
    let at = |words: &str| {
        let source = sources.iter().find(|source| source.text.contains(words)).expect("they are there");
        let start = source.text.find(words).expect("they are there");
        Provenance::new("compose", Span::new(source.id, start, start + words.len()), "")
    };
    let project = ProjectFiles {
        files: vec!["compose.yaml".to_owned()],
        directory: ".".to_owned(),
        overlay: Some(PATH.to_owned()),
        ..ProjectFiles::default()
    };
    let changes = changes(&at);
    let ground = Ground { world: &world, project: &project, service, sources: &sources };
    let text = overlay(&ground, &changes.iter().collect::<Vec<_>>())?;
    let head = text::head(&project);
    Ok(text.strip_prefix(&head).map_or(text.clone(), str::to_owned))
}

fn set(anchor: &Provenance, setting: Setting) -> Change {
    Change::Service { anchor: anchor.span, setting }
}

#[test]
fn it_says_what_it_is_and_how_it_is_used() {
    let project = ProjectFiles {
        files: vec!["deploy/compose.yaml".to_owned(), "deploy/compose.override.yaml".to_owned()],
        directory: "deploy".to_owned(),
        overlay: Some("deploy/compose.hardening.yaml".to_owned()),
        ..ProjectFiles::default()
    };
    assert_eq!(
        text::head(&project),
        "# Hardening from outside: laid over the project, whose own files stay as they are.\n\
         #   docker compose -f compose.yaml -f compose.override.yaml -f compose.hardening.yaml up -d\n\
         # `!reset` and `!override` need Docker Compose 2.24.4 or later.\n"
    );
}

const SHARED: &str = "x-a: &a\n  image: a:1\n  privileged: true\n  cap_drop: [NET_RAW]\n  ports:\n    - 80:80\n    - \"443:443\"\n  volumes: [./a:/a, ./b:/b]\n  tmpfs: /tmp:exec\n  environment:\n    - A=1\nservices:\n  api: *a\n  web: *a\n";

#[test]
fn a_service_that_shares_what_it_says_gets_its_own_from_outside() {
    let files = [("compose.yaml", SHARED)];
    let case = |expected: &str, change: &dyn Fn(At<'_>) -> Change| {
        let text = made(&files, Some("api"), |at| vec![change(at)]);
        assert_eq!(text.as_deref(), Ok(format!("services:\n  api:\n{expected}").as_str()));
    };
    case("    read_only: true\n", &|at| set(&at("api"), Setting::ReadOnly(true)));
    case("    privileged: !reset null\n", &|at| Change::Withdraw { at: at("true") });
    case("    cap_drop:\n      - ALL\n", &|at| set(&at("api"), Setting::CapDrop("ALL".into())));
    case("    cap_drop: !reset null\n", &|at| Change::Withdraw { at: at("NET_RAW") });
    case("    user: \"1000\"\n", &|at| set(&at("api"), Setting::User("1000".into())));
    case("    ports: !override\n      - \"443:443\"\n", &|at| Change::Withdraw { at: at("80:80") });
    case("    ports: !override\n      - \"127.0.0.1:80:80\"\n      - \"443:443\"\n", &|at| Change::Listen {
        at: at("80:80"),
        address: "127.0.0.1".into(),
    });
    // Of mounts with one target the later one counts.
    case("    volumes:\n      - ./a:/a:ro\n", &|at| Change::MountOptions {
        at: at("./a:/a"),
        with: vec!["ro".into()],
        without: Vec::new(),
    });
    case("    environment:\n      NODE_ENV: production\n", &|at| {
        set(&at("api"), Setting::Environment("NODE_ENV".into(), "production".into()))
    });
    case("    init: true\n", &|at| set(&at("api"), Setting::Init));
    case("    image: a:2\n", &|at| Change::Reword { at: at("a:1"), text: "a:2".to_owned() });
    // A secret would stay where it is.
    let ask = made(&files, Some("api"), |at| vec![Change::Ask { at: at("A=1"), variable: "A".into() }]);
    assert_eq!(ask, Err(Refusal::Stays));
}

#[test]
fn several_changes_are_one_overlay() {
    let text = made(&[("compose.yaml", SHARED)], Some("api"), |at| {
        let listen = |words: &str| Change::Listen { at: at(words), address: "127.0.0.1".into() };
        let net: Arc<str> = "back".into();
        vec![
            listen("80:80"),
            listen("443:443"),
            Change::Network { anchor: at("api").span, name: net.clone(), internal: true },
            set(&at("api"), Setting::Network(net)),
        ]
    });
    assert_eq!(
        text.as_deref(),
        Ok(
            "services:\n  api:\n    ports: !override\n      - \"127.0.0.1:80:80\"\n      - \"127.0.0.1:443:443\"\n    networks:\n      back: {}\nnetworks:\n  back:\n    internal: true\n"
        )
    );
}

#[test]
fn what_a_variable_says_is_said_anew_and_what_stays_keeps_its_variables() {
    let text = "services:\n  api:\n    image: a:${TAG:-1}\n    user: \"${UID:-0}\"\n    ports:\n      - ${BIND:-0.0.0.0}:80:80\n      - ${PORT:-81}:81\n";
    let files = [("compose.yaml", text)];
    let user = made(&files, Some("api"), |at| {
        vec![Change::Reword { at: at("${UID:-0}"), text: "\"1000\"".to_owned() }]
    });
    assert_eq!(user.as_deref(), Ok("services:\n  api:\n    user: \"1000\"\n"));
    let ports = made(&files, Some("api"), |at| {
        vec![Change::Listen { at: at("${BIND:-0.0.0.0}:80:80"), address: "127.0.0.1".into() }]
    });
    assert_eq!(
        ports.as_deref(),
        Ok("services:\n  api:\n    ports: !override\n      - \"127.0.0.1:80:80\"\n      - ${PORT:-81}:81\n")
    );
}

#[test]
fn a_service_is_awaited_without_the_list_that_names_it() {
    let text =
        "services:\n  api: &a\n    image: a:1\n    depends_on: [db]\n  web: *a\n  db:\n    image: d:1\n";
    let awaited = made(&[("compose.yaml", text)], Some("api"), |at| {
        vec![set(&at("api: &a"), Setting::Await("db".into()))]
    });
    let expected = "services:\n  api:\n    depends_on:\n      db:\n        condition: service_healthy\n";
    assert_eq!(awaited.as_deref(), Ok(expected));
}

#[test]
fn limits_go_where_the_merged_service_has_them() {
    let text =
        "x-l: &l {resources: {limits: {cpus: \"1\"}}}\nservices:\n  api:\n    image: a:1\n    deploy: *l\n";
    let limit = made(&[("compose.yaml", text)], Some("api"), |at| {
        vec![set(&at("api"), Setting::Memory("512m".into()))]
    });
    assert_eq!(
        limit.as_deref(),
        Ok("services:\n  api:\n    deploy:\n      resources:\n        limits:\n          memory: 512m\n")
    );
}

#[test]
fn an_overlay_that_is_there_is_edited_and_keeps_its_comments() {
    let base = "services:\n  api: &a\n    image: a:1\n    ports: [\"80:80\", \"81:81\"]\n  web: *a\n";
    let there = "# ours\nservices:\n    api:\n        init: true # why\n";
    let files = [("compose.yaml", base), (PATH, there)];
    let first =
        made(&files, Some("api"), |at| vec![Change::Listen { at: at("80:80"), address: "127.0.0.1".into() }]);
    let expected = format!(
        "{there}        ports: !override\n            - \"127.0.0.1:80:80\"\n            - \"81:81\"\n"
    );
    assert_eq!(first.as_deref(), Ok(expected.as_str()));
    // The list is written whole by now: what is added goes into it.
    let files = [("compose.yaml", base), (PATH, expected.as_str())];
    let again = made(&files, Some("api"), |at| {
        let span = at("\"81:81\"\n").span;
        let at = Provenance::new("compose", Span { start: span.start + 1, end: span.end - 2, ..span }, "");
        vec![Change::Listen { at, address: "127.0.0.1".into() }]
    });
    assert_eq!(again.as_deref(), Ok(expected.replace("\"81:81\"", "\"127.0.0.1:81:81\"").as_str()));
    // What it says already is not said twice.
    let files = [("compose.yaml", base), (PATH, "services:\n  api:\n    cap_drop: [ALL]\n")];
    let same = made(&files, Some("api"), |at| vec![set(&at("api: &a"), Setting::CapDrop("ALL".into()))]);
    assert_eq!(same.as_deref(), Ok("services:\n  api:\n    cap_drop: [ALL]\n"));
}

#[test]
fn what_does_not_count_any_more_is_not_changed() {
    let base = "services:\n  api:\n    image: a:1\n    ports: [\"80:80\"]\n    user: root\n";
    let there = "services:\n  api:\n    ports: !reset null\n    user: \"1000\"\n";
    let files = [("compose.yaml", base), (PATH, there)];
    for words in ["80:80", "root"] {
        let gone = made(&files, Some("api"), |at| vec![Change::Withdraw { at: at(words) }]);
        assert_eq!(gone, Err(Refusal::NotThere), "{words}");
    }
}

#[test]
fn what_is_extended_or_included_is_changed_for_this_project_only() {
    let own = "include: [other.yaml]\nservices:\n  api:\n    extends: {file: base.yaml, service: base}\n";
    let base = "services:\n  base:\n    image: a:1\n    privileged: true\n";
    let other = "services:\n  db:\n    image: d:1\n";
    let files = [("compose.yaml", own), ("base.yaml", base), ("other.yaml", other)];
    let text = made(&files, Some("api"), |at| vec![Change::Withdraw { at: at("true") }]);
    assert_eq!(text.as_deref(), Ok("services:\n  api:\n    privileged: !reset null\n"));
    let text = made(&files, Some("db"), |at| vec![set(&at("db"), Setting::Init)]);
    assert_eq!(text.as_deref(), Ok("services:\n  db:\n    init: true\n"));
}

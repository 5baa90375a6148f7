//! Every expected text was written by hand from the rule: the change is made in the file's own style, and nothing else
//! moves.

use super::*;
use plimsoll_text::{SourceKind, Sources};

fn made(text: &str, operation: &Operation) -> Result<String, Refusal> {
    let mut sources = Sources::new();
    let id = sources.add_text("compose.yaml", SourceKind::Compose, text);
    let source = sources.get(id);
    edits(source, operation).map(|edits| apply(source, &edits).expect("proven edits fit"))
}

fn path(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

fn set(text: &str, keys: &[&str], value: &str) -> Result<String, Refusal> {
    made(text, &Operation::Set { path: path(keys), value: Writing::Scalar(value.to_owned()) })
}

fn append(text: &str, keys: &[&str], item: &str) -> Result<String, Refusal> {
    made(text, &Operation::Append { path: path(keys), item: item.to_owned() })
}

fn place(text: &str, words: &str) -> Span {
    let mut sources = Sources::new();
    let id = sources.add_text("compose.yaml", SourceKind::Compose, text);
    let start = text.find(words).expect("the words are there");
    Span::new(id, start, start + words.len())
}

const API: &[&str] = &["services", "api", "read_only"];

#[test]
fn a_new_key_goes_behind_the_last_one_in_the_style_of_the_file() {
    let cases = [
        (
            "services:\n  api:\n    image: x # why\n\n  db:\n    image: y\n",
            "services:\n  api:\n    image: x # why\n    read_only: true\n\n  db:\n    image: y\n",
        ),
        // Four spaces, CRLF, no line end at the end, a byte order mark.
        (
            "\u{feff}services:\r\n    api:\r\n        image: x",
            "\u{feff}services:\r\n    api:\r\n        image: x\r\n        read_only: true",
        ),
        // The last value is a list without indentation, a block text, a nested mapping.
        (
            "services:\n  api:\n    ports:\n    - 80\n",
            "services:\n  api:\n    ports:\n    - 80\n    read_only: true\n",
        ),
        (
            "services:\n  api:\n    command: |\n      a\n\n      b\n# end\n",
            "services:\n  api:\n    command: |\n      a\n\n      b\n    read_only: true\n# end\n",
        ),
        (
            "services:\n  api:\n    build:\n      context: .\n  b: {}\n",
            "services:\n  api:\n    build:\n      context: .\n    read_only: true\n  b: {}\n",
        ),
        // Flow style, and a service of which nothing is said.
        ("services: {api: {image: x}}\n", "services: {api: {image: x, read_only: true}}\n"),
        ("services:\n  api: {}\n", "services:\n  api: {read_only: true}\n"),
        ("services:\n  api:\n", "services:\n  api:\n    read_only: true\n"),
        ("services:\n  api: # soon\n  b: {}\n", "services:\n  api: # soon\n    read_only: true\n  b: {}\n"),
    ];
    for (text, expected) in cases {
        assert_eq!(set(text, API, "true").as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_missing_on_the_way_is_made() {
    let text = "services:\n  api:\n    image: x\n";
    assert_eq!(
        set(text, &["services", "api", "deploy", "resources", "limits", "memory"], "512M").as_deref(),
        Ok(
            "services:\n  api:\n    image: x\n    deploy:\n      resources:\n        limits:\n          memory: 512M\n"
        )
    );
    assert_eq!(
        append(text, &["services", "api", "cap_drop"], "ALL").as_deref(),
        Ok("services:\n  api:\n    image: x\n    cap_drop: [ALL]\n")
    );
}

#[test]
fn a_value_is_replaced_where_it_stands() {
    let text = "services:\n  api:\n    user: \"0\" # root\n    read_only: false\n";
    assert_eq!(
        set(text, API, "true").as_deref(),
        Ok("services:\n  api:\n    user: \"0\" # root\n    read_only: true\n")
    );
    assert_eq!(
        set(text, &["services", "api", "user"], "\"1000:1000\"").as_deref(),
        Ok("services:\n  api:\n    user: \"1000:1000\" # root\n    read_only: false\n")
    );
    let ports = "services:\n  api:\n    ports:\n      - \"80:80\"\n      - 443:443\n";
    let operation = Operation::Replace {
        path: path(&["services", "api", "ports"]),
        at: place(ports, "443:443"),
        value: "\"127.0.0.1:443:443\"".to_owned(),
    };
    assert_eq!(
        made(ports, &operation).as_deref(),
        Ok("services:\n  api:\n    ports:\n      - \"80:80\"\n      - \"127.0.0.1:443:443\"\n")
    );
}

#[test]
fn an_item_goes_to_the_end_of_its_list() {
    let keys = &["services", "api", "cap_add"];
    let cases = [
        (
            "services:\n  api:\n    cap_add:\n      - A # a\n    image: x\n",
            "services:\n  api:\n    cap_add:\n      - A # a\n      - B\n    image: x\n",
        ),
        (
            "services:\n  api:\n    cap_add:\n    -   A\n",
            "services:\n  api:\n    cap_add:\n    -   A\n    -   B\n",
        ),
        ("services:\n  api:\n    cap_add: [A, C]\n", "services:\n  api:\n    cap_add: [A, C, B]\n"),
        ("services:\n  api:\n    cap_add: []\n", "services:\n  api:\n    cap_add: [B]\n"),
        ("services:\n  api:\n    cap_add:\n", "services:\n  api:\n    cap_add: [B]\n"),
    ];
    for (text, expected) in cases {
        assert_eq!(append(text, keys, "B").as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_removed_takes_its_line_along() {
    let remove = |text: &str, keys: &[&str]| made(text, &Operation::Remove { path: path(keys) });
    let text = "version: '3' # old\nservices:\n  api:\n    privileged: true\n    image: x\n";
    assert_eq!(
        remove(text, &["version"]).as_deref(),
        Ok("services:\n  api:\n    privileged: true\n    image: x\n")
    );
    assert_eq!(
        remove(text, &["services", "api", "privileged"]).as_deref(),
        Ok("version: '3' # old\nservices:\n  api:\n    image: x\n")
    );
    assert_eq!(
        remove("services: {api: {pid: host, image: x}}\n", &["services", "api", "pid"]).as_deref(),
        Ok("services: {api: {image: x}}\n")
    );
    assert_eq!(
        remove("services:\n  api:\n    image: x\n    pid: host", &["services", "api", "pid"]).as_deref(),
        Ok("services:\n  api:\n    image: x")
    );
    let item = |text: &str, words: &str| {
        made(
            text,
            &Operation::RemoveItem { path: path(&["services", "api", "ports"]), at: place(text, words) },
        )
    };
    assert_eq!(
        item("services:\n  api:\n    image: x\n    ports:\n      - \"1:1\"\n      - \"2:2\" # no\n", "2:2")
            .as_deref(),
        Ok("services:\n  api:\n    image: x\n    ports:\n      - \"1:1\"\n")
    );
    // The key goes with its only item.
    assert_eq!(
        item("services:\n  api:\n    image: x\n    ports:\n      - \"2:2\"\n", "2:2").as_deref(),
        Ok("services:\n  api:\n    image: x\n")
    );
    assert_eq!(
        item("services:\n  api:\n    image: x\n    ports: [\"1:1\", \"2:2\"]\n", "1:1").as_deref(),
        Ok("services:\n  api:\n    image: x\n    ports: [\"2:2\"]\n")
    );
    // An item over several lines.
    assert_eq!(
        item(
            "services:\n  api:\n    ports:\n      - target: 80\n        published: 80\n      - \"2:2\"\n",
            "target: 80"
        )
        .as_deref(),
        Ok("services:\n  api:\n    ports:\n      - \"2:2\"\n")
    );
}

#[test]
fn an_own_key_wins_over_a_merged_one() {
    let text = "x: &base\n  read_only: false\nservices:\n  api:\n    <<: *base\n    image: x\n";
    assert_eq!(
        set(text, API, "true").as_deref(),
        Ok(
            "x: &base\n  read_only: false\nservices:\n  api:\n    <<: *base\n    image: x\n    read_only: true\n"
        )
    );
}

#[test]
fn what_others_use_is_not_touched() {
    // An alias, and the anchor that it uses.
    assert_eq!(set("x: &b {image: y}\nservices:\n  api: *b\n", API, "true"), Err(Refusal::Shared));
    assert_eq!(set("services:\n  api: &b\n    image: y\n  web: *b\n", API, "true"), Err(Refusal::Shared));
    // An anchor that nobody uses is a name and no more.
    assert_eq!(
        set("services:\n  api: &b\n    image: y\n", API, "true").as_deref(),
        Ok("services:\n  api: &b\n    image: y\n    read_only: true\n")
    );
    let text =
        "services:\n  api:\n    environment: &e\n      A: 1\n    image: x\n  web:\n    environment: *e\n";
    let remove = Operation::Remove { path: path(&["services", "api", "environment"]) };
    assert_eq!(made(text, &remove), Err(Refusal::Shared));
}

#[test]
fn what_is_not_there_or_not_yaml_is_told() {
    let remove = Operation::Remove { path: path(API) };
    assert_eq!(made("services:\n  api:\n    image: x\n", &remove), Err(Refusal::NotThere));
    assert_eq!(set("services: [\n", API, "true"), Err(Refusal::Unreadable));
    // A key that stands twice is refused by Compose: nobody knows what an edit would do.
    assert_eq!(set("services:\n  api:\n    image: x\n    image: y\n", API, "true"), Err(Refusal::Unproven));
}

#[test]
fn a_place_leads_to_the_entry_or_item_that_holds_it() {
    let text = "services:\n  api:\n    privileged: true\n    ports:\n      - \"80:80\"\n      - target: 90\n        published: 90\n    environment:\n      A: b\n      C: d\n";
    let mut sources = Sources::new();
    let id = sources.add_text("compose.yaml", SourceKind::Compose, text);
    let at = |words| at_place(sources.get(id), place(text, words), None);
    let below = |keys: &[&str]| path(&[&["services", "api"], keys].concat());
    assert_eq!(at("true"), Ok(Operation::Remove { path: below(&["privileged"]) }));
    assert_eq!(at("privileged: true"), Ok(Operation::Remove { path: below(&["privileged"]) }));
    assert_eq!(at("80:80"), Ok(Operation::RemoveItem { path: below(&["ports"]), at: place(text, "80:80") }));
    assert_eq!(
        at("target: 90\n        published: 90"),
        Ok(Operation::RemoveItem {
            path: below(&["ports"]),
            at: place(text, "target: 90\n        published: 90")
        })
    );
    assert_eq!(at("published: 90"), Err(Refusal::Unusual));
    assert_eq!(at("A: b"), Ok(Operation::Remove { path: below(&["environment", "A"]) }));
}

#[test]
fn settings_go_where_compose_expects_them() {
    use plimsoll_posture::Setting;
    let given = |text: &str, wanted: &Setting| {
        let mut sources = Sources::new();
        let id = sources.add_text("compose.yaml", SourceKind::Compose, text);
        let operations = setting(sources.get(id), place(text, "api"), wanted)?;
        operations.iter().try_fold(text.to_owned(), |text, operation| made(&text, operation))
    };
    let text = "services:\n  api:\n    image: x\n";
    let with = |lines: &str| format!("{text}{lines}");
    let cases = [
        (Setting::Memory("512m".into()), "    mem_limit: 512m\n"),
        (Setting::Pids(200), "    pids_limit: 200\n"),
        (Setting::User("1000:1000".into()), "    user: \"1000:1000\"\n"),
        (Setting::NoNewPrivileges, "    security_opt: [no-new-privileges:true]\n"),
        (Setting::Tmpfs("/tmp".into()), "    tmpfs: [/tmp]\n"),
        (Setting::Restart("no".into()), "    restart: \"no\"\n"),
        (
            Setting::LogRotation("10m".into(), 3),
            "    logging:\n      driver: json-file\n      options:\n        max-size: \"10m\"\n        max-file: \"3\"\n",
        ),
        (
            Setting::OpenFiles(1024, 4096),
            "    ulimits:\n      nofile:\n        soft: 1024\n        hard: 4096\n",
        ),
        (
            Setting::Healthcheck(vec!["CMD".into(), "echo".into(), "\"$x\"".into()]),
            "    healthcheck:\n      test: [\"CMD\", \"echo\", \"\\\"$$x\\\"\"]\n",
        ),
    ];
    for (wanted, lines) in cases {
        assert_eq!(given(text, &wanted), Ok(with(lines)), "{wanted:?}");
    }
    // Beside a block of limits the short keys are refused by Compose.
    let block = "services:\n  api:\n    deploy:\n      resources:\n        limits:\n          cpus: \"1\"\n";
    assert_eq!(given(block, &Setting::Pids(200)), Ok(format!("{block}          pids: 200\n")));
}

#[test]
fn settings_meet_what_is_written_already() {
    use plimsoll_posture::Setting;
    let given = |text: &str, wanted: &Setting| {
        let mut sources = Sources::new();
        let id = sources.add_text("compose.yaml", SourceKind::Compose, text);
        let operations = setting(sources.get(id), place(text, "api"), wanted)?;
        operations.iter().try_fold(text.to_owned(), |text, operation| made(&text, operation))
    };
    let rotation = Setting::LogRotation("10m".into(), 3);
    let head = "services:\n  api:\n";
    let cases = [
        (
            &rotation,
            "    logging:\n      driver: json-file # own\n",
            "    logging:\n      driver: json-file # own\n      options:\n        max-size: \"10m\"\n        max-file: \"3\"\n",
        ),
        (
            &rotation,
            "    logging:\n      driver: none\n",
            "    logging:\n      driver: json-file\n      options:\n        max-size: \"10m\"\n        max-file: \"3\"\n",
        ),
        (
            &rotation,
            "    logging:\n      options:\n        max-file: \"5\"\n",
            "    logging:\n      options:\n        max-file: \"5\"\n        max-size: \"10m\"\n      driver: json-file\n",
        ),
        (&Setting::Tmpfs("/tmp".into()), "    tmpfs: /run\n", "    tmpfs: [/run, /tmp]\n"),
        // The short form of `build` is its context.
        (
            &Setting::BuildSecret("token".into()),
            "    build: ./api # here\n",
            "    build: {context: ./api, secrets: [token]} # here\n",
        ),
        (
            &Setting::BuildSecret("token".into()),
            "    build:\n      context: .\n      secrets:\n        - other\n",
            "    build:\n      context: .\n      secrets:\n        - other\n        - token\n",
        ),
        (
            &Setting::Network("back".into()),
            "    networks:\n      front: {}\n",
            "    networks:\n      front: {}\n      back: {}\n",
        ),
        (
            &Setting::Environment("A".into(), "c".into()),
            "    environment:\n      - \"A=b\"\n      - AB=1\n",
            "    environment:\n      - \"A=c\"\n      - AB=1\n",
        ),
    ];
    for (wanted, before, after) in cases {
        assert_eq!(given(&format!("{head}{before}"), wanted), Ok(format!("{head}{after}")), "{before}");
    }
    assert_eq!(
        given("services:\n  api:\n    init: ${INIT:-false}\n", &Setting::Init),
        Err(Refusal::Interpolated)
    );
}

#[test]
fn a_port_gets_an_address_in_the_form_it_is_written_in() {
    let text = |port: &str| format!("services:\n  api:\n    ports:\n      - {port}\n");
    let bound = |port: &str| {
        let text = text(port);
        let mut sources = Sources::new();
        let id = sources.add_text("compose.yaml", SourceKind::Compose, &text);
        listen(sources.get(id), place(&text, port.trim_end_matches(" # why")), "127.0.0.1")
            .and_then(|operation| made(&text, &operation))
    };
    let cases = [
        ("\"80:80\"", "\"127.0.0.1:80:80\""),
        ("'80:80/udp' # why", "'127.0.0.1:80:80/udp' # why"),
        ("80:80", "\"127.0.0.1:80:80\""),
        ("3000", "\"127.0.0.1::3000\""),
        ("0.0.0.0:80:80", "\"127.0.0.1:80:80\""),
        ("\"[::]:80:80\"", "\"127.0.0.1:80:80\""),
        ("\"${PORT:-80}:80\"", "\"127.0.0.1:${PORT:-80}:80\""),
        (
            "target: 80\n        published: 80",
            "target: 80\n        published: 80\n        host_ip: 127.0.0.1",
        ),
        ("{target: 80, host_ip: 0.0.0.0}", "{target: 80, host_ip: 127.0.0.1}"),
    ];
    for (before, after) in cases {
        assert_eq!(bound(before), Ok(text(after)), "{before}");
    }
    assert_eq!(bound("\"${IP:-0.0.0.0}:80:80\""), Err(Refusal::Interpolated));
}

#[test]
fn mounts_lose_and_get_options() {
    let text = |key: &str, mount: &str| format!("services:\n  api:\n    {key}:\n      - {mount}\n");
    let changed = |key: &str, mount: &str, with: &[&str], without: &[&str]| {
        let text = text(key, mount);
        let mut sources = Sources::new();
        let id = sources.add_text("compose.yaml", SourceKind::Compose, &text);
        mount_options(sources.get(id), place(&text, mount), with, without)
            .and_then(|operation| made(&text, &operation))
    };
    let ok = |key: &str, mount: &str| Ok(text(key, mount));
    assert_eq!(changed("volumes", "/:/mnt:rshared", &[], &["rshared"]), ok("volumes", "/:/mnt"));
    assert_eq!(
        changed("volumes", "\"/:/mnt:ro,rshared\"", &[], &["rshared"]),
        ok("volumes", "\"/:/mnt:ro\"")
    );
    assert_eq!(changed("volumes", "/etc:/etc", &["ro"], &[]), ok("volumes", "/etc:/etc:ro"));
    assert_eq!(changed("volumes", "/etc:/etc:rw,z", &["ro"], &[]), ok("volumes", "/etc:/etc:z,ro"));
    assert_eq!(changed("tmpfs", "/tmp:exec,size=1m", &[], &["exec"]), ok("tmpfs", "/tmp:size=1m"));
    assert_eq!(
        changed("volumes", "{type: bind, source: /etc, target: /etc}", &["ro"], &[]),
        ok("volumes", "{type: bind, source: /etc, target: /etc, read_only: true}")
    );
    assert_eq!(changed("volumes", "/a:/b:${MODE:-rw}", &["ro"], &[]), Err(Refusal::Interpolated));
}

#[test]
fn a_secret_is_asked_for() {
    let text = |lines: &str| format!("services:\n  api:\n    environment:\n{lines}");
    let asked = |lines: &str, variable: &str| {
        let text = text(lines);
        let mut sources = Sources::new();
        let id = sources.add_text("compose.yaml", SourceKind::Compose, &text);
        ask(sources.get(id), place(&text, "hunter2"), variable).and_then(|operation| made(&text, &operation))
    };
    let cases = [
        ("      PW: hunter2 # old\n", "      PW: ${PW:?set PW} # old\n"),
        ("      PW: 'hunter2'\n", "      PW: '${PW:?set PW}'\n"),
        ("      - PW=hunter2\n", "      - PW=${PW:?set PW}\n"),
        ("      PW: ${DB:-hunter2}\n", "      PW: ${DB:?set DB}\n"),
        ("      PW: \"a${DB-hunter2}b\"\n", "      PW: \"a${DB:?set DB}b\"\n"),
        ("      PW: ${A:-${B:-hunter2}}\n", "      PW: ${A:-${B:?set B}}\n"),
        ("      PW: ${URL:-pg://u:hunter2@${H:-db}/x}\n", "      PW: ${URL:?set URL}\n"),
        ("      PW: pg://u:hunter2@db/x\n", "      PW: pg://u:${PW:?set PW}@db/x\n"),
        ("      {PW: hunter2}\n", "      {PW: \"${PW:?set PW}\"}\n"),
    ];
    for (before, after) in cases {
        assert_eq!(asked(before, "PW"), Ok(text(after)), "{before}");
    }
    assert_eq!(asked("      PW: ${DB:+hunter2}\n", "PW"), Err(Refusal::Interpolated));
    assert_eq!(asked("      PW: |\n        hunter2\n", "PW"), Err(Refusal::Unusual));
}

#[test]
fn a_value_keeps_its_quotes_and_an_empty_mapping_goes() {
    let text = "services:\n  api:\n    image: 'node:14'\n    healthcheck:\n      disable: true\n";
    let mut sources = Sources::new();
    let id = sources.add_text("compose.yaml", SourceKind::Compose, text);
    let image =
        at_place(sources.get(id), place(text, "node:14"), Some("node:24".to_owned())).expect("a value");
    assert_eq!(made(text, &image), Ok(text.replace("node:14", "node:24")));
    let check = at_place(sources.get(id), place(text, "true"), None).expect("an entry");
    assert_eq!(made(text, &check).as_deref(), Ok("services:\n  api:\n    image: 'node:14'\n"));
}

#[test]
fn a_service_waits_in_the_notation_that_has_room_for_it() {
    use plimsoll_posture::Setting;
    let given = |depends: &str| {
        let text = format!("services:\n  api:\n    image: x\n{depends}");
        let mut sources = Sources::new();
        let id = sources.add_text("compose.yaml", SourceKind::Compose, &text);
        let operations = setting(sources.get(id), place(&text, "api"), &Setting::Await("db".into()))?;
        let new = operations.iter().try_fold(text.clone(), |text, operation| made(&text, operation))?;
        Ok(new.strip_prefix("services:\n  api:\n    image: x\n").map(str::to_owned))
    };
    let mapping = "    depends_on:\n      db:\n        condition: service_healthy\n";
    let both = format!("{mapping}      cache:\n        condition: service_started\n");
    assert_eq!(given("    depends_on: [db]\n"), Ok(Some(mapping.to_owned())));
    assert_eq!(given("    depends_on:\n      - \"db\"\n      - cache\n"), Ok(Some(both)));
    // It stays where it stood, and a list that is not indented becomes a mapping that is.
    assert_eq!(
        given("    depends_on:\n    - db\n    restart: always\n"),
        Ok(Some(format!("{mapping}    restart: always\n")))
    );
    assert_eq!(
        given("    deploy: {}\n    depends_on: [db] # first\n    restart: always\n"),
        Err(Refusal::Unusual)
    );
    assert_eq!(
        given(
            "    depends_on:\n      db:\n        condition: service_started # now\n        restart: true\n"
        ),
        Ok(Some(
            "    depends_on:\n      db:\n        condition: service_healthy # now\n        restart: true\n"
                .to_owned()
        ))
    );
    assert_eq!(given("    depends_on:\n      - db # first\n"), Err(Refusal::Unusual));
    assert_eq!(given("    depends_on: [cache]\n"), Err(Refusal::Unusual));
    assert_eq!(given("    restart: always\n"), Err(Refusal::NotThere));
}

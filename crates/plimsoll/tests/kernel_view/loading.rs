//! How the files of a project become one.

use plimsoll::scan::Wishes;
use plimsoll_lens::Memory;

use super::view::{View, view, view_in, view_with};

#[test]
fn overrides() {
    // Compose merge: scalars are replaced, lists are added, maps are merged.
    view(&[
        ("compose.yaml", "services:\n  api: {image: \"node:22.11.0\", user: node, cap_drop: [ALL], ports: [\"127.0.0.1:80:80\"]}\n"),
        ("compose.override.yaml", "services:\n  api: {user: \"0\", cap_add: [KILL], ports: [\"81:81\"], read_only: true}\n"),
    ])
    .holds(
        "api",
        &[
            ("uid", "0"),
            ("cap_bnd", "KILL"),
            ("exposure", "all-interfaces"),
            ("ports", "127.0.0.1:80:80 81:81"),
            ("readonly_rootfs", "true"),
        ],
    );
    // !reset takes a key away, !override replaces instead of adding.
    view(&[
        ("compose.yaml", "services:\n  api: {image: \"node:22.11.0\", user: \"0\", privileged: true, ports: [\"80:80\"], cap_add: [ALL]}\n"),
        (
            "compose.override.yaml",
            "services:\n  api:\n    user: !reset null\n    privileged: !reset false\n    ports: !override [\"127.0.0.1:80:80\"]\n    cap_add: !reset []\n",
        ),
    ])
    .holds("api", &[("uid", "0"), ("privileged", "false"), ("exposure", "host-loopback"), ("ports", "127.0.0.1:80:80")])
    .holds("api", &[("user", "root")]);
    // Environment merges per name, whatever the spelling.
    view(&[
        (
            "compose.yaml",
            "services:\n  api: {image: \"node:22.11.0\", environment: [A=1, API_TOKEN=hunter2hunter2]}\n",
        ),
        ("compose.override.yaml", "services:\n  api: {environment: {API_TOKEN: \"\", B: 2}}\n"),
    ])
    .holds("api", &[("environment", "A API_TOKEN B"), ("env_secrets", "false")]);
}

#[test]
fn extends_and_anchors() {
    // extends: the service's own keys win over the base's; lists are added.
    View::compose(
        "services:\n  base: {image: \"node:22.11.0\", user: node, cap_drop: [ALL], security_opt: [\"no-new-privileges:true\"]}\n  \
         api: {extends: base, user: \"0\"}\n  same: {extends: {service: base}, read_only: true}\n  third: {extends: {service: api}}\n",
    )
    .holds("api", &[("uid", "0"), ("cap_bnd", ""), ("no_new_privileges", "true")])
    .holds("same", &[("uid", "1000"), ("readonly_rootfs", "true")])
    .holds("third", &[("uid", "0"), ("no_new_privileges", "true")]);
    // From another file, whose relative paths belong to that file.
    view(&[
        (
            "compose.yaml",
            "services:\n  api: {extends: {file: common/base.yaml, service: base}, user: \"2000\"}\n",
        ),
        ("common/base.yaml", "services:\n  base: {build: ., user: \"0\", privileged: true}\n"),
        ("common/Dockerfile", "FROM node:22.11.0\nUSER node\n"),
    ])
    .holds("api", &[("uid", "2000"), ("privileged", "true"), ("cap_eff", "")]);
    // YAML merge keys: the mapping's own keys win, the first of several mappings wins.
    View::compose(
        "x-a: &a {user: \"11\", read_only: true}\nx-b: &b {user: \"22\", init: true}\n\
         services:\n  one: {<<: *a, image: \"node:22.11.0\"}\n  two: {<<: [*b, *a], image: \"node:22.11.0\"}\n  \
         three: {image: \"node:22.11.0\", user: \"33\", <<: *a}\n",
    )
    .holds("one", &[("uid", "11"), ("readonly_rootfs", "true")])
    .holds("two", &[("uid", "22"), ("readonly_rootfs", "true"), ("init", "true")])
    .holds("three", &[("uid", "33")]);
    // Merge keys replace lists, they do not add to them.
    View::compose(
        "x-a: &a {image: \"node:22.11.0\", cap_add: [SYS_ADMIN], cap_drop: [ALL]}\nservices:\n  api: {<<: *a, cap_add: [KILL]}\n",
    )
    .holds("api", &[("cap_bnd", "KILL")]);
}

#[test]
fn interpolation() {
    let user = |text: &str, env: &str, uid: &str| {
        let compose = format!("services:\n  api:\n    image: node:22.11.0\n    user: \"{text}\"\n");
        view(&[("compose.yaml", &compose), (".env", env)]).holds("api", &[("uid", uid)]);
    };
    user("${U:-1001}", "", "1001");
    user("${U:-1001}", "U=\n", "1001");
    user("${U-1001}", "U=2002\n", "2002");
    // Nested defaults.
    user("${U:-${V:-3003}}", "", "3003");
    user("${U:-${V:-3003}}", "V=4\n", "4");
    // An alternative value, when set.
    user("${U:+5005}", "U=x\n", "5005");
    // Without braces, and with a group.
    user("$U:$G", "U=6\nG=7\n", "6");
    // .env: quotes, export, comments, and a variable made of another.
    user("$U", "export U='8' # me\n", "8");
    user("$U", "A=9\nU=${A}\n", "9");
    // Nobody set it: unknown here.
    user("${U}", "", "?");
    // The environment of the process wins over .env, where it may be read.
    let mut world = Memory::of(&[
        ("compose.yaml", "services:\n  api: {image: \"node:22.11.0\", user: \"${U:-1}\"}\n"),
        (".env", "U=2\n"),
    ]);
    world.variables.insert("U".to_owned(), "3".to_owned());
    view_in(&world, Wishes::default()).holds("api", &[("uid", "3")]);
    // env_file is for the container, never for interpolation.
    view(&[
        (
            "compose.yaml",
            "services:\n  api: {image: \"node:22.11.0\", env_file: app.env, user: \"${U:-1}\"}\n",
        ),
        ("app.env", "U=2\nSESSION_SECRET=hunter2hunter2\n"),
    ])
    .holds("api", &[("uid", "1"), ("environment", "SESSION_SECRET U"), ("env_secrets", "true")]);
    // environment wins over env_file.
    view(&[
        ("compose.yaml", "services:\n  api:\n    image: node:22.11.0\n    env_file: app.env\n    environment: {SESSION_SECRET: \"\"}\n"),
        ("app.env", "SESSION_SECRET=hunter2hunter2\n"),
    ])
    .holds("api", &[("environment", "SESSION_SECRET")]);
}

#[test]
fn includes_profiles_and_documents() {
    let all = view(&[
        (
            "compose.yaml",
            "include: [{path: db/compose.yaml, env_file: db/db.env}]\nservices:\n  api: {image: \"node:22.11.0\"}\n",
        ),
        ("db/compose.yaml", "services:\n  db: {build: ., user: \"${U:-0}\"}\n"),
        ("db/Dockerfile", "FROM postgres:16.4\n"),
        ("db/db.env", "U=70\n"),
    ]);
    // include: paths and variables are those of the included project.
    all.holds("db", &[("uid", "70")]).holds("api", &[("uid", "0")]);
    // A service with a profile that is not active is no part of what runs.
    let compose =
        "services:\n  api: {image: \"node:22.11.0\"}\n  tool: {image: \"node:22.11.0\", profiles: [debug]}\n";
    let mut wishes = Wishes::default();
    wishes.compose.profiles = vec!["debug".to_owned()];
    assert_eq!(view_with(&[("compose.yaml", compose)], wishes).names(), ["api", "tool"]);
    // Several documents in one file are merged in order, like files.
    View::compose("services:\n  api: {image: \"node:22.11.0\", user: \"1\"}\n---\nservices:\n  api: {user: \"2\", read_only: true}\n")
        .holds("api", &[("uid", "2"), ("readonly_rootfs", "true")]);
    // The byte order mark and CRLF are no part of any value, in all three kinds of file.
    view(&[
        (
            "compose.yaml",
            "\u{feff}services:\r\n  api:\r\n    build: .\r\n    read_only: ${RO}\r\n    restart: always\r\n",
        ),
        ("Dockerfile", "\u{feff}FROM node:22.11.0\r\nRUN true \\\r\n  && true\r\nUSER node\r\n"),
        (".env", "\u{feff}RO=true\r\n"),
    ])
    .holds("api", &[("uid", "1000"), ("readonly_rootfs", "true"), ("restart", "always")]);
    // COMPOSE_FILE in .env names the files.
    view(&[
        ("compose.yaml", "services:\n  api: {image: \"node:22.11.0\", user: \"1\"}\n"),
        ("prod.yaml", "services:\n  api: {user: \"2\"}\n"),
        (".env", "COMPOSE_FILE=compose.yaml:prod.yaml\n"),
    ])
    .holds("api", &[("uid", "2")]);
}

//! Attack paths through real compose files: each is told where it should be, and not where one condition fails.

mod stage;

use plimsoll::scan::{Task, Wishes, scan};
use plimsoll_controls::paths::{Certainty, Paths};
use plimsoll_lens::Memory;
use plimsoll_report::{
    Detail, Report, Style, human, json, markdown, paths_dot, paths_human, paths_json, paths_svg,
};
use serde_json::Value;

fn report(files: &[(&str, &str)]) -> Report {
    let wishes = Wishes { paths: true, ..Wishes::default() };
    let world = Memory::of(files);
    let mut plan = stage::plan(&world, &wishes.compose);
    plan.unite();
    scan(Task { world: &world, plan, stdin: None, config: Default::default(), wishes }).report
}

fn paths(compose: &str) -> Paths {
    let report = report(&[("compose.yaml", compose)]);
    report.scenarios[0].paths.as_deref().cloned().unwrap_or_default()
}

/// Ids of the paths of service `x` that are certain, and of those that are possible.
fn ids(compose: &str) -> (Vec<&'static str>, Vec<&'static str>) {
    let paths = paths(compose);
    let of = |certainty: Certainty| {
        let own = paths.stories.iter().filter(|story| story.services().any(|name| name == "x"));
        own.filter(|story| story.certainty == certainty).map(|story| story.path.id).collect()
    };
    (of(Certainty::Certain), of(Certainty::Possible))
}

/// One service `x` that runs as root, with these keys.
fn root(keys: &str) -> String {
    service(&format!("user: \"0\"\n    {keys}"))
}

fn service(keys: &str) -> String {
    format!("services:\n  x:\n    image: alpine:3.20\n    {keys}\n")
}

#[test]
fn each_group_holds_where_all_its_conditions_do() {
    // The path, what opens it, and what opens it no more: one condition less.
    let cases = [
        (
            "docker-socket-root",
            root("volumes: [\"/var/run/docker.sock:/s:ro\"]"),
            root("volumes: [\"/srv/d:/s:ro\"]"),
        ),
        (
            "docker-socket-root",
            root("volumes: [\"/:/host:ro\"]"),
            service(
                "user: \"1000\"\n    security_opt: [\"no-new-privileges:true\"]\n    volumes: [\"/:/host:ro\"]",
            ),
        ),
        (
            "runtime-socket",
            root("volumes: [\"/run/containerd/containerd.sock:/c\"]"),
            root("volumes: [\"/run/x.sock:/c\"]"),
        ),
        ("privileged-host-devices", root("privileged: true"), root("privileged: false")),
        (
            "sys-admin-core-pattern",
            root("cap_add: [SYS_ADMIN]\n    security_opt: [\"apparmor:unconfined\"]"),
            root("cap_add: [SYS_NICE]\n    security_opt: [\"apparmor:unconfined\"]"),
        ),
        (
            "sys-ptrace-pid-host",
            root("pid: host\n    cap_add: [SYS_PTRACE]\n    security_opt: [\"apparmor:unconfined\"]"),
            root("cap_add: [SYS_PTRACE]\n    security_opt: [\"apparmor:unconfined\"]"),
        ),
        (
            "dac-read-search-shocker",
            root("cap_add: [DAC_READ_SEARCH]"),
            root("cap_add: [ALL]\n    cap_drop: [DAC_READ_SEARCH]"),
        ),
        (
            "sys-rawio-mem",
            root("cap_add: [SYS_RAWIO]\n    devices: [\"/dev/mem:/dev/mem\"]"),
            root("cap_add: [SYS_RAWIO]\n    devices: [\"/dev/fuse:/dev/fuse\"]"),
        ),
        (
            "net-raw-host-sniff",
            root("network_mode: host"),
            root("network_mode: host\n    cap_drop: [NET_RAW]"),
        ),
        (
            "net-admin-host-net",
            root("network_mode: host\n    cap_add: [NET_ADMIN]"),
            root("cap_add: [NET_ADMIN]"),
        ),
        ("sys-time", root("cap_add: [SYS_TIME]"), root("cap_drop: [ALL]")),
        (
            "device-block",
            root("devices: [\"/dev/sda1:/dev/sda1\"]"),
            root("devices: [\"/dev/snd:/dev/snd\"]"),
        ),
        (
            "device-cgroup-mknod",
            root("device_cgroup_rules: [\"b 8:* rwm\"]"),
            root("device_cgroup_rules: [\"b 8:* rwm\"]\n    cap_drop: [MKNOD]"),
        ),
        ("host-root-rw", root("volumes: [\"/:/host\"]"), root("volumes: [\"/:/host:ro\"]")),
        (
            "host-etc-read",
            root("volumes: [\"/etc:/e:ro\"]"),
            root("volumes: [\"/etc/localtime:/etc/localtime:ro\"]"),
        ),
        ("host-etc-rw", root("volumes: [\"/etc:/e\"]"), root("volumes: [\"/etc:/e:ro\"]")),
        (
            "host-persist-dir-rw",
            root("volumes: [\"/etc/cron.d:/c\"]"),
            root("volumes: [\"/etc/cron.d:/c:ro\"]"),
        ),
        (
            "var-lib-docker",
            root("volumes: [\"/var/lib/docker:/d:ro\"]"),
            root("volumes: [\"/var/lib/docker/volumes/a/_data:/d:ro\"]"),
        ),
        ("host-proc-rw", root("volumes: [\"/proc:/p\"]"), root("volumes: [\"/proc:/p:ro\"]")),
        (
            "systempaths-unconfined",
            root("security_opt: [\"systempaths=unconfined\", \"apparmor:unconfined\"]"),
            root("security_opt: [\"apparmor:unconfined\"]"),
        ),
        ("host-sys-rw", root("volumes: [\"/sys:/sys2\"]"), root("volumes: [\"/sys:/sys2:ro\"]")),
        (
            "credential-mount",
            root("volumes: [\"/home/ann/.aws:/a:ro\"]"),
            root("volumes: [\"/home/ann/data:/a:ro\"]"),
        ),
        ("pid-host-peers", root("pid: host"), root("pid: host\n    cap_drop: [ALL]")),
        ("pid-host-cmdline", service("pid: host"), service("pid: private")),
        ("net-host-loopback", service("network_mode: host"), service("network_mode: bridge")),
        ("ipc-host", root("ipc: host"), root("ipc: shareable")),
        (
            "env-secret-inspect",
            service("environment: {API_KEY: sk_live_4eC39HqLyjWDarjtT1zdp7dc}"),
            service("environment: {LOG_LEVEL: debug}"),
        ),
    ];
    for (id, open, shut) in cases {
        let certain = ids(&open).0;
        assert!(certain.contains(&id), "{id} is not told: {certain:?}\n{open}");
        let certain = ids(&shut).0;
        assert!(!certain.contains(&id), "{id} is told\n{shut}");
    }
}

#[test]
fn what_two_services_share_is_a_path_between_them() {
    let two = |x: &str, y: &str| {
        format!(
            "services:\n  x:\n    image: alpine:3.20\n    {x}\n  y:\n    image: alpine:3.20\n    {y}\nvolumes: {{data: {{}}}}\n"
        )
    };
    let certain = |x: &str, y: &str| ids(&two(x, y)).0;
    assert!(certain("volumes: [\"data:/v\"]", "volumes: [\"data:/w:ro\"]").contains(&"shared-volume-write"));
    assert!(!certain("volumes: [\"data:/v:ro\"]", "volumes: [\"data:/w\"]").contains(&"shared-volume-write"));
    assert!(certain("user: \"0\"", "user: \"1\"").contains(&"net-raw-bridge-spoof"));
    assert!(
        !certain("user: \"0\"\n    cap_drop: [NET_RAW]", "user: \"1\"").contains(&"net-raw-bridge-spoof")
    );
    assert!(!ids(&root("init: true")).0.contains(&"net-raw-bridge-spoof"), "nobody is beside it");
    assert!(certain("network_mode: service:y", "init: true").contains(&"net-shared-loopback"));
    assert!(certain("user: \"0\"\n    pid: service:y", "init: true").contains(&"pid-container-env"));
    assert!(
        certain("network_mode: service:y", "network_mode: host").contains(&"net-host-loopback"),
        "y's is the host's"
    );
    let proxy = "image: tecnativa/docker-socket-proxy:0.3\n    environment: {POST: \"1\"}";
    let shut = "image: tecnativa/docker-socket-proxy:0.3\n    environment: {POST: \"0\"}";
    let beside = |y: &str| ids(&format!("services:\n  x:\n    image: alpine:3.20\n  y:\n    {y}\n")).0;
    assert!(beside(proxy).contains(&"socket-proxy-write"));
    assert!(!beside(shut).contains(&"socket-proxy-write"));
}

#[test]
fn what_is_not_known_is_possible_and_says_what_settles_it() {
    let (certain, possible) = ids(&root("cap_add: [SYS_ADMIN]"));
    assert!(!certain.contains(&"sys-admin-core-pattern") && possible.contains(&"sys-admin-core-pattern"));
    let found = paths(&root("cap_add: [SYS_ADMIN]"));
    let story = found.stories.iter().find(|story| story.path.id == "sys-admin-core-pattern").unwrap();
    assert_eq!(story.open.iter().map(|open| open.field).collect::<Vec<_>>(), ["mac"]);
    assert!(story.open[0].reason.settle().contains("docker info"));
    // A program with the setuid bit may make it root, unless nothing gains privileges.
    let socket = "volumes: [\"/run/docker.sock:/s\"]";
    assert!(ids(&service(&format!("user: \"1000:1000\"\n    {socket}"))).1.contains(&"docker-socket-root"));
    let held = format!("user: \"1000:1000\"\n    security_opt: [\"no-new-privileges:true\"]\n    {socket}");
    assert_eq!(ids(&service(&held)).1, ["docker-socket-group"], "only the host knows the socket's group");
    // Nothing sets such a service apart: it is counted.
    let plain = paths(&service("user: \"1000\""));
    assert!(plain.stories.is_empty() && plain.unseen.host > 0);
}

#[test]
fn a_datastore_that_hands_over_is_not_root() {
    let compose = "services:\n  x:\n    image: postgres:16\n  y:\n    image: alpine:3.20\n";
    assert!(!ids(compose).0.contains(&"net-raw-bridge-spoof"));
    assert!(
        ids(&compose.replace("postgres:16", "postgres:16\n    user: \"0\""))
            .0
            .contains(&"net-raw-bridge-spoof")
    );
}

const CHAIN: &str = "\
services:
  proxy:
    image: alpine:3.20
    user: \"1000\"
    ports: [\"8080:80\"]
    networks: [front]
  api:
    image: alpine:3.20
    user: \"1000\"
    networks: [front, back]
  x:
    image: alpine:3.20
    user: root
    cap_drop: [ALL]
    volumes:
      - /var/run/docker.sock:/s
      - /:/host:ro
    networks: [back]
  alone:
    image: alpine:3.20
    user: root
    cap_drop: [ALL]
    volumes: [\"/etc:/e\"]
    networks: [far]
networks: {front: {}, back: {}, far: {}}
";

#[test]
fn the_way_from_outside_is_told() {
    let found = paths(CHAIN);
    let story = |id: &str, service: &str| {
        let mut own = found.stories.iter();
        own.find(|story| story.path.id == id && story.services().any(|name| name == service)).unwrap()
    };
    let route: Vec<&str> = story("docker-socket-root", "x").route.iter().map(|name| &**name).collect();
    assert_eq!(route, ["proxy", "api", "x"]);
    assert!(story("host-etc-rw", "alone").route.is_empty(), "nobody leads there");
    let edges: Vec<String> = found
        .graph
        .edges
        .iter()
        .filter(|edge| !edge.by.contains("cve"))
        .map(|edge| {
            format!("{} -{}-> {}", found.graph.nodes[edge.from].id, edge.by, found.graph.nodes[edge.to].id)
        })
        .collect();
    for wanted in [
        "outsider -publishes-> service proxy",
        "service proxy -same network-> network front",
        "network front -same network-> service api",
        "network back -same network-> service x",
        "service x -docker-socket-root-> target host root",
        "service alone -host-etc-rw-> target host root",
    ] {
        assert!(edges.iter().any(|edge| edge == wanted), "{wanted}: {edges:#?}");
    }
    assert!(!edges.iter().any(|edge| edge.contains("network far")), "it leads nowhere");
}

#[test]
fn the_cut_closes_all_and_takes_both_mounts_of_one_socket() {
    let found = paths(CHAIN);
    let chosen: Vec<String> = found
        .cut
        .measures
        .iter()
        .map(|at| format!("{}: {}", found.measures[*at].subject, found.measures[*at].words))
        .collect();
    assert_eq!(
        chosen,
        [
            "x: remove the mount of `/`",
            // It closes two paths, reading and writing; the socket one.
            "alone: remove the mount of `/etc`",
            "x: remove the mount of `/run/docker.sock`",
        ]
    );
    assert!(found.cut.proven);
    assert_eq!(found.changes(&found.cut), 3);
    // With that done, nothing is left.
    let mended: String = CHAIN
        .lines()
        .filter(|line| !["volumes", "- /var", "- /:"].iter().any(|word| line.contains(word)))
        .fold(String::new(), |text, line| text + line + "\n");
    assert_eq!(paths(&mended).cut.closes, 0, "{:#?}", paths(&mended).stories);
}

#[test]
fn what_somebody_allowed_is_not_offered() {
    let compose = root(
        "volumes:\n      # plimsoll: allow runtime-socket-mounted - it watches the others\n      - /var/run/docker.sock:/s",
    );
    let found = paths(&compose);
    let story = found.stories.iter().find(|story| story.path.id == "docker-socket-root").unwrap();
    assert!(!story.accepted, "another account would close it");
    let chosen: Vec<&str> = found.cut.measures.iter().map(|at| found.measures[*at].words.as_str()).collect();
    assert_eq!(chosen, ["run it as another account than root, without new privileges"]);
}

#[test]
fn every_output_is_sound_and_none_tells_a_secret() {
    const CANARY: &str = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
    let evil = format!(
        "services:\n  \"x\\\"></text>\":\n    image: alpine:3.20\n    user: \"0\"\n    privileged: true\n    ports: [\"80:80\"]\n    environment: {{API_KEY: {CANARY}}}\n"
    );
    let report = report(&[("compose.yaml", &evil)]);
    let style = Style { colour: false, width: 100, detail: Detail::Normal };
    let schema = |name: &str| -> Value {
        let path = format!("{}/../../docs/schema/{name}", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    for (name, text) in [("report-1.json", json(&report)), ("paths-1.json", paths_json(&report))] {
        let validator = jsonschema::validator_for(&schema(name)).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path)).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        assert!(!value["scenarios"][0]["paths"]["paths"].as_array().unwrap().is_empty());
    }
    let svg = paths_svg(&report);
    assert!(!svg.contains("\"></text>\"") && svg.contains("&lt;/text&gt;"));
    assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    for text in [
        json(&report),
        paths_json(&report),
        svg,
        paths_dot(&report),
        paths_human(&report, &style),
        human(&report, &style),
        markdown(&report),
    ] {
        assert!(!text.contains(CANARY));
    }
    assert_eq!(paths_svg(&report), paths_svg(&self::report(&[("compose.yaml", &evil)])), "the same again");
}

#[test]
fn where_there_is_no_grave_path_the_report_has_no_section() {
    let style = Style { colour: false, width: 100, detail: Detail::Normal };
    let quiet = report(&[("compose.yaml", &service("user: \"1000\""))]);
    assert!(!human(&quiet, &style).contains("attack paths"));
    let grave =
        human(&report(&[("compose.yaml", &root("privileged: true\n    ports: [\"80:80\"]"))]), &style);
    assert!(grave.starts_with("attack paths"), "{grave}");
    assert!(
        grave.contains("Close all") && grave.contains("anybody outside -> `x` -> root on the host"),
        "{grave}"
    );
    assert!(markdown(&report(&[("compose.yaml", &root("privileged: true"))])).contains("**Attack paths**"));
}

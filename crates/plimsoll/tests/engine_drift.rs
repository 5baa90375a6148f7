//! With an engine and Compose (`PLIMSOLL_INTEGRATION=1`, `PLIMSOLL_COMPOSE`): what runs otherwise than a project declares is told, and
//! nothing else is.
//!
//! A project is started by Compose itself and looked at by `plimsoll scan … --engine` after each thing that can happen to it:
//! made again from other files, edited and not applied, its image given to another, its Dockerfile changed, a service removed,
//! one container of several different, a container made by hand with the labels of the project.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stderr, reason = "says what was proved, and where nothing was")]

#[expect(dead_code, reason = "other tests ask for more of it")]
mod cage;
#[expect(dead_code, reason = "other tests ask for more of it")]
mod project;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, SystemTime};

use cage::Cage;
use project::Project;
use serde_json::{Value, json};

/// Says as much as Compose can: whatever it turns into another form has to be recognised.
const PROJECT: &str = r#"name: NAME
x-label: &label
  labels: { LABEL }
services:
  api:
    <<: *label
    image: IMAGE
    command: [sleep, "600"]
    user: "1000:1000"
    read_only: true
    init: true
    working_dir: /tmp
    stop_signal: SIGINT
    cap_drop: [ALL]
    cap_add: [CAP_NET_BIND_SERVICE]
    security_opt: ["no-new-privileges:true", "seccomp:./seccomp.json"]
    environment: { MODE: production }
    ports: ["127.0.0.1::80", "81", "127.0.0.1::53/udp"]
    volumes: ["data:/data", "./conf:/conf:ro", "./cache:/cache"]
    tmpfs: ["/tmp:size=1m"]
    devices: ["/dev/null:/dev/void"]
    group_add: ["50"]
    extra_hosts: ["db.local:10.0.0.1"]
    restart: on-failure:5
    mem_limit: 64m
    cpus: 0.5
    pids_limit: 50
    oom_score_adj: 10
    ulimits: { nofile: { soft: 1000, hard: 2000 } }
    logging: { driver: json-file, options: { max-size: 1m, max-file: "2" } }
    healthcheck: { test: [CMD, "true"], interval: 1h }
    ipc: shareable
    sysctls: { net.ipv4.ip_forward: "0" }
  beside:
    <<: *label
    image: IMAGE
    command: sleep 600
    network_mode: service:api
    pid: service:api
    ipc: service:api
    depends_on: [api]
  pair:
    <<: *label
    image: IMAGE
    command: [sleep, "600"]
    deploy: { replicas: 2, resources: { limits: { memory: 32M, pids: 20 } } }
    healthcheck: { disable: true }
    networks: [inner]
  plain:
    <<: *label
    image: IMAGE
    entrypoint: [sh, -c]
    command: ["sleep 600"]
    cgroup: host
    uts: host
  built:
    <<: *label
    build: { context: ., labels: { LABEL } }
    image: NAME-built:1
networks:
  default: *label
  inner: { internal: true, labels: { LABEL } }
volumes:
  data: *label
"#;

/// What is done to `api` by a second file.
const OTHER: &str = r#"services:
  api:
    user: "0"
    read_only: false
    cap_add: [SYS_ADMIN]
    environment: { MODE: debug }
    ports: ["0.0.0.0::9090"]
    security_opt: ["seccomp:unconfined"]
"#;

/// A project that Compose runs, and the engine it runs on.
struct Stack<'c> {
    cage: &'c Cage,
    compose: String,
    project: Project,
}

impl Stack<'_> {
    fn compose(&self, arguments: &[&str]) {
        let output = Command::new(&self.compose)
            .args(arguments)
            .current_dir(self.project.root())
            .env("DOCKER_BUILDKIT", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn scan(&self, path: &str) -> Value {
        let address = std::env::var("DOCKER_HOST").unwrap_or_default();
        let variables: Vec<(&str, &str)> =
            if address.is_empty() { vec![] } else { vec![("DOCKER_HOST", &address)] };
        self.project.run_with(&["scan", path, "--engine", "--format", "json"], &variables, "").json()
    }

    /// Of each container that differs, by its name without the project's, the settings that do.
    fn drift(&self) -> BTreeMap<String, Vec<String>> {
        self.told(&self.scan("compose.yaml"))
    }

    fn told(&self, report: &Value) -> BTreeMap<String, Vec<String>> {
        let scenarios = report["scenarios"].as_array().unwrap();
        let findings = scenarios.iter().flat_map(|one| one["findings"].as_array().unwrap());
        let mut all = BTreeMap::new();
        for finding in findings.filter(|finding| finding["control"] == "drift") {
            let message = finding["message"].as_str().unwrap();
            let name = message.split('`').nth(1).unwrap();
            // Others use the engine too.
            let Some(name) = name.strip_prefix(&format!("{}-", self.cage.name)) else { continue };
            let settings = match message.split_once(" differs from what is declared: ") {
                Some((_, told)) => {
                    let parts = told.split("; ");
                    parts.map(|part| part.split_once(" is ").map_or(part, |(setting, _)| setting)).collect()
                }
                None => vec![message.rsplit_once("service `").unwrap().1],
            };
            all.insert(name.to_owned(), settings.into_iter().map(str::to_owned).collect());
        }
        all
    }

    fn change(&self, from: &str, to: &str) {
        let text = self.project.read("compose.yaml");
        assert!(text.contains(from), "{from}");
        self.project.write("compose.yaml", &text.replace(from, to));
    }

    /// Gives a file a time before every container, or after all of them.
    fn date(&self, path: &str, later: bool) {
        let now = SystemTime::now();
        let time = if later { now + Duration::from_secs(60) } else { now - Duration::from_secs(86_400) };
        let file = std::fs::File::options().append(true).open(self.project.root().join(path)).unwrap();
        file.set_modified(time).unwrap();
    }
}

fn of(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    let list = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    pairs.iter().map(|(name, settings)| ((*name).to_owned(), list(settings))).collect()
}

#[test]
fn what_runs_otherwise_is_told_and_nothing_else() {
    let Some(compose) = std::env::var("PLIMSOLL_COMPOSE").ok().filter(|path| !path.is_empty()) else {
        eprintln!("not run: PLIMSOLL_COMPOSE is not set");
        return;
    };
    let Some(cage) = Cage::at_hand("drift") else { return };
    let label = cage.labels().iter().map(|(key, value)| format!("{key}: {value}")).next().unwrap();
    let written =
        |text: &str| text.replace("NAME", &cage.name).replace("IMAGE", &cage.image).replace("LABEL", &label);
    let project = Project::new(
        "engine-drift",
        &[
            ("compose.yaml", &written(PROJECT)),
            ("other.yaml", OTHER),
            ("Dockerfile", &format!("FROM {}\nUSER 1000:1000\nCMD [\"sleep\", \"600\"]\n", cage.image)),
            ("seccomp.json", r#"{"defaultAction":"SCMP_ACT_ALLOW"}"#),
            ("conf/a", ""),
            ("cache/a", ""),
        ],
    );
    let stack = Stack { cage: &cage, compose, project };
    for path in ["compose.yaml", "other.yaml", "Dockerfile"] {
        stack.date(path, false);
    }

    // As it was declared, with two containers of one service.
    stack.compose(&["up", "--build", "--detach"]);
    let report = stack.scan("compose.yaml");
    assert_eq!(stack.told(&report), of(&[]));
    joined(&stack);

    // Made again from more files than are scanned.
    stack.compose(&["-f", "compose.yaml", "-f", "other.yaml", "up", "--detach", "api"]);
    let changed = of(&[(
        "api-1",
        &["user", "security_opt seccomp", "read_only", "cap_add", "ports", "environment.MODE"],
    )]);
    assert_eq!(stack.drift(), changed);
    // With both files there is nothing to tell.
    stack.compose(&["up", "--detach"]);
    assert_eq!(stack.drift(), of(&[]));

    // Edited and not applied: what differs is told, and that the file is the newer one.
    stack.change("mem_limit: 64m", "mem_limit: 128m");
    stack.date("compose.yaml", true);
    let newer = "compose.yaml was changed after the container was made";
    assert_eq!(stack.drift(), of(&[("api-1", &["mem_limit", newer])]));
    stack.change("mem_limit: 128m", "mem_limit: 64m");
    // An edit that changes nothing of a container is none.
    stack.date("compose.yaml", true);
    assert_eq!(stack.drift(), of(&[]));
    stack.date("compose.yaml", false);

    // One of three was made with other settings.
    let third = ["-f", "compose.yaml", "-f", "third.yaml", "up", "--detach", "--no-recreate"];
    stack.project.write("third.yaml", "services:\n  pair: { read_only: true, deploy: { replicas: 3 } }\n");
    stack.compose(&third);
    assert_eq!(stack.drift(), of(&[("pair-3", &["read_only"])]));
    cage.docker(&["rm", "--force", &format!("{}-pair-3", cage.name)]);

    // A run of its own is no container of the service, and is judged as one of the host.
    stack.compose(&["run", "--detach", "--name", &format!("{}-once", cage.name), "--user", "0", "plain"]);
    let report = stack.scan("compose.yaml");
    assert_eq!(stack.told(&report), of(&[]));
    assert!(subjects(&report, "engine").contains(&format!("{}-once", cage.name)));
    cage.docker(&["rm", "--force", &format!("{}-once", cage.name)]);

    // Made by hand with the labels of the project: the labels are all that Compose itself goes by.
    let service = |key: &str| format!("com.docker.compose.{key}");
    let mut labels: BTreeMap<String, String> = cage.labels();
    labels.insert(service("project"), cage.name.clone());
    labels.insert(service("service"), "plain".to_owned());
    labels.insert(
        service("project.config_files"),
        stack.project.root().join("compose.yaml").display().to_string(),
    );
    let body = json!({
        "Image": cage.image, "Cmd": ["sleep 600"], "Entrypoint": ["sh", "-c"], "Labels": labels,
        "HostConfig": { "Privileged": true, "CgroupnsMode": "host", "UTSMode": "host" },
    });
    cage.workshop.create(&format!("{}-forged", cage.name), &body).unwrap();
    let told = stack.drift();
    assert_eq!(told.keys().collect::<Vec<_>>(), ["forged"]);
    assert!(told["forged"].contains(&"privileged".to_owned()), "{told:?}");
    cage.docker(&["rm", "--force", &format!("{}-forged", cage.name)]);

    // The Dockerfile is newer than the image, which runs on.
    stack.date("Dockerfile", true);
    assert_eq!(stack.drift(), of(&[("built-1", &["image"])]));
    stack.date("Dockerfile", false);

    // A service is gone and its container is not.
    let text = stack.project.read("compose.yaml");
    let (before, rest) = text.split_once("  plain:\n").unwrap();
    let (_, after) = rest.split_once("  built:\n").unwrap();
    stack.project.write("compose.yaml", &format!("{before}  built:\n{after}"));
    stack.date("compose.yaml", false);
    assert_eq!(stack.drift(), of(&[("plain-1", &["plain`, which the project has no more"])]));
    stack.project.write("compose.yaml", &text);
    stack.date("compose.yaml", false);

    // Two projects of one name elsewhere: nothing tells whose the containers are, and nobody is guessed.
    for directory in ["copies/a", "copies/b"] {
        stack.project.write(&format!("{directory}/stack.yaml"), &written(PROJECT));
        stack
            .project
            .write(&format!("{directory}/compose.yaml"), &written(PROJECT).replace("\"1000:1000\"", "root"));
    }
    let report = stack.scan("copies");
    assert_eq!(stack.told(&report), of(&[]));
    let codes: BTreeSet<&str> = report["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|one| one["complaints"].as_array().unwrap())
        .filter_map(|complaint| complaint["code"].as_str())
        .collect();
    assert!(codes.contains("ambiguous-container"), "{codes:?}");

    // The tag names another image now: of every container that was made of it.
    cage.docker(&["tag", &format!("{}-built:1", cage.name), &cage.image]);
    let moved: BTreeSet<String> =
        ["api-1", "beside-1", "pair-1", "pair-2", "plain-1"].map(str::to_owned).into();
    let told = stack.drift();
    assert!(told.values().all(|settings| *settings == ["image"]), "{told:?}");
    assert_eq!(told.into_keys().collect::<BTreeSet<_>>(), moved);
}

/// The subjects of a scenario, by its kind.
fn subjects(report: &Value, kind: &str) -> BTreeSet<String> {
    let scenarios = report["scenarios"].as_array().unwrap().iter().filter(|one| one["kind"] == kind);
    let findings = scenarios.flat_map(|one| one["findings"].as_array().unwrap());
    findings.filter_map(|finding| finding["subject"]["name"].as_str()).map(str::to_owned).collect()
}

/// What is declared and confirmed stands in the project's file and is known to run.
fn joined(stack: &Stack<'_>) {
    let address = std::env::var("DOCKER_HOST").unwrap_or_default();
    let variables: Vec<(&str, &str)> =
        if address.is_empty() { vec![] } else { vec![("DOCKER_HOST", &address)] };
    let arguments = ["posture", "compose.yaml", "--engine", "--format", "json"];
    let posture = stack.project.run_with(&arguments, &variables, "").json();
    let scenarios = match posture.get("scenarios") {
        Some(scenarios) => scenarios.as_array().unwrap().clone(),
        None => vec![posture],
    };
    let own = scenarios.iter().find(|one| one["name"] == "compose.yaml").unwrap();
    let api = &own["services"]["api"];
    for field in [
        "user",
        "read_only",
        "no_new_privileges",
        "memory_bytes",
        "pids_limit",
        "restart",
        "seccomp",
        "cpus",
        "init",
    ] {
        let place = (&api[field]["plane"], &api[field]["at"]["source"]);
        assert_eq!(place, (&json!("running"), &json!("compose.yaml")), "{field}: {}", api[field]);
    }
}

//! With an engine (`PLIMSOLL_INTEGRATION=1`): what the program says of containers is what the engine and the kernel say of them.
//!
//! Some sixty containers of varied insecurity are made. Every field of `plimsoll posture host` that the engine decides is compared with
//! `docker inspect`, read by the test after the documentation of the API, and for those that run with `/proc`: accounts,
//! capabilities, no-new-privileges, seccomp, namespaces, mounts, limits, listening sockets. And every insecurity has to be told
//! by its control, of these containers and of no others.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stderr, reason = "says what was proved, and where nothing was")]

#[path = "../cage/mod.rs"]
mod cage;
mod containers;
mod inspected;
mod kernel;
#[expect(dead_code, reason = "other tests ask for more of it")]
#[path = "../project/mod.rs"]
mod project;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cage::Cage;
use kernel::Process;
use project::Project;
use serde_json::{Map, Value, json};

/// The containers by their short names.
type Containers = BTreeMap<String, Value>;

/// A run of the program beside nothing, with the engine's address.
fn run(project: &Project, arguments: &[&str]) -> Value {
    let address = std::env::var("DOCKER_HOST").unwrap_or_default();
    let variables: Vec<(&str, &str)> =
        if address.is_empty() { vec![] } else { vec![("DOCKER_HOST", &address)] };
    project.run_with(arguments, &variables, "").json()
}

#[test]
fn what_is_told_of_containers_is_so() {
    let Some(cage) = Cage::at_hand("facts") else { return };
    let made = containers::make(&cage);
    let inspected = cage.inspect();
    assert_eq!(inspected.len(), made);
    let prefix = format!("{}-", cage.name);
    let short = |name: &str| name.trim_start_matches('/').strip_prefix(&prefix).map(str::to_owned);
    let by_name: Containers = inspected
        .iter()
        .map(|inspect| (short(inspect["Name"].as_str().unwrap()).unwrap(), inspect.clone()))
        .collect();
    let project = Project::new("engine-facts", &[]);
    let posture = run(&project, &["posture", "host", "--format", "json"]);
    let services: BTreeMap<String, &Value> = posture["services"]
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, service)| Some((short(name)?, service)))
        .collect();
    assert_eq!(services.keys().collect::<Vec<_>>(), by_name.keys().collect::<Vec<_>>());
    let mut wrong = Vec::new();
    let mut compared = [0, 0];
    for (name, service) in &services {
        let mut off = Off { name, wrong: &mut wrong };
        compared[0] += with_engine(&cage, service, &by_name[name], &inspected, &mut off);
        compared[1] += with_kernel(service, &by_name, &mut off);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let running = by_name.values().filter(|inspect| inspect["State"]["Running"] == json!(true)).count();
    eprintln!(
        "{made} containers, {running} of them running: {} facts as the engine says, {} as the kernel says",
        compared[0], compared[1]
    );
    let report = run(&project, &["scan", "host", "--format", "json"]);
    told(&report, &by_name, &prefix);
}

/// What does not agree, by container.
struct Off<'o> {
    name: &'o str,
    wrong: &'o mut Vec<String>,
}

impl Off<'_> {
    fn compare(&mut self, field: &str, told: &Value, is: &Value, whose: &str) {
        if told != is {
            self.wrong.push(format!("{} {field}: told {told}, {whose} says {is}", self.name));
        }
    }
}

fn with_engine(cage: &Cage, service: &Value, inspect: &Value, all: &[Value], off: &mut Off<'_>) -> usize {
    let text = |inspect: &Value, key: &str| inspect[key].as_str().unwrap().trim_start_matches('/').to_owned();
    let names = all.iter().map(|inspect| (text(inspect, "Id"), text(inspect, "Name"))).collect();
    let internal = [format!("{}-internal", cage.name)];
    let expected = inspected::fields(inspect, &names, &internal);
    for (field, expected) in &expected {
        let expected = ordered(expected);
        let told = &service[field];
        off.compare(field, &alike(&told["value"], &expected), &expected, "the engine");
        let said = !matches!(*field, "build" | "use_api_socket" | "depends_on" | "extra_hosts");
        if said && !empty(&expected) && told["plane"] != json!("running") && *field != "exposure" {
            off.wrong.push(format!(
                "{} {field}: the engine said it, and it is told as {}",
                off.name, told["plane"]
            ));
        }
    }
    expected.len()
}

fn empty(value: &Value) -> bool {
    value.is_null() || *value == json!([]) || *value == json!(false)
}

/// A list in an order of its own.
fn ordered(value: &Value) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    let mut items = items.clone();
    items.sort_by_key(Value::to_string);
    Value::Array(items)
}

/// What is told, with those keys of its items only that are expected.
fn alike(told: &Value, expected: &Value) -> Value {
    let (Value::Array(items), Value::Array(wanted)) = (told, expected) else { return told.clone() };
    let keys: BTreeSet<&String> = wanted.iter().filter_map(Value::as_object).flat_map(Map::keys).collect();
    let only = |item: &Value| match item {
        Value::Object(fields) if !keys.is_empty() => fields
            .iter()
            .filter(|(key, _)| keys.contains(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        other => other.clone(),
    };
    ordered(&Value::Array(items.iter().map(only).collect()))
}

fn with_kernel(service: &Value, all: &Containers, off: &mut Off<'_>) -> usize {
    let inspect = &all[off.name];
    let Some(process) = Process::of(inspect) else { return 0 };
    let value = |field: &str| &service[field]["value"];
    let mut facts: Vec<(String, Value, Value)> = Vec::new();
    let mut fact = |field: &str, told: Value, is: Value| facts.push((field.to_owned(), told, is));
    // What only the image's accounts tell is not known, and nothing is told of it.
    for (field, key) in [("uid", "Uid"), ("gid", "Gid")] {
        if service[field].get("unknown").is_none() {
            let numbers = process.numbers(key);
            assert!(numbers.iter().all(|number| *number == numbers[0]));
            fact(field, value(field).clone(), json!(numbers[0]));
        }
    }
    let groups = process.numbers("Groups");
    for group in value("groups").as_array().unwrap().iter().filter_map(|group| group["value"].as_u64()) {
        fact(&format!("group {group}"), json!(true), json!(groups.contains(&group)));
    }
    for (field, key) in [("cap_eff", "CapEff"), ("cap_bnd", "CapBnd")] {
        if service[field].get("unknown").is_none() {
            fact(field, ordered(value(field)), ordered(&json!(process.capabilities(key))));
        }
    }
    fact(
        "no_new_privileges",
        value("no_new_privileges").clone(),
        json!(process.numbers("NoNewPrivs") == [1]),
    );
    fact("seccomp", json!(value("seccomp") != "unconfined"), json!(process.numbers("Seccomp") == [2]));
    fact("readonly_rootfs", value("readonly_rootfs").clone(), json!(process.writable("/") == Some(false)));
    for mount in value("mounts").as_array().unwrap() {
        let target = mount["target"].as_str().unwrap();
        fact(&format!("mount {target}"), mount["rw"].clone(), json!(process.writable(target)));
    }
    for device in value("devices").as_array().unwrap() {
        let path = device["container"].as_str().unwrap();
        fact(&format!("device {path}"), json!(true), json!(process.has(path)));
    }
    for (field, namespace) in [
        ("pid_mode", "pid"),
        ("ipc_mode", "ipc"),
        ("uts_mode", "uts"),
        ("network_mode", "net"),
        ("cgroup_mode", "cgroup"),
        ("userns_mode", "user"),
    ] {
        let mode = value(field).as_str().unwrap();
        // Without a mapping of accounts a container is in the host's namespace of them whatever its own mode says.
        let host = mode == "host" || field == "userns_mode";
        fact(&format!("{field} is the host's"), json!(host), json!(process.shares(namespace, None)));
        if let Some(name) = mode.strip_prefix("container:") {
            let (_, other) = all.iter().find(|(short, _)| name.ends_with(&format!("-{short}"))).unwrap();
            let other = Process::of(other).unwrap();
            fact(field, json!(true), json!(process.shares(namespace, Some(&other))));
        }
    }
    // `docker-init` is the first process where there is one.
    if !value("init").as_bool().unwrap() {
        let first = match value("entrypoint")["program"].as_str() {
            Some(program) => program,
            None => value("command")["program"].as_str().unwrap(),
        };
        let words = process.words();
        fact("program", json!(first), json!(words[0].rsplit('/').next()));
    }
    // Without a module the engine writes no profile on a container that it starts.
    let module = inspect["AppArmorProfile"].as_str().unwrap();
    let labelled = Path::new("/sys/fs/selinux/enforce").exists();
    if !module.is_empty() || !labelled {
        let is = if module.is_empty() { "none".to_owned() } else { format!("apparmor:{module}") };
        fact("mac", value("mac").clone(), json!(is));
    }
    limits(service, &process, &mut fact);
    ports(inspect, service, &mut fact);
    for (field, told, is) in &facts {
        off.compare(field, told, is, "the kernel");
    }
    facts.len()
}

fn limits(service: &Value, process: &Process, fact: &mut dyn FnMut(&str, Value, Value)) {
    let value = |field: &str| &service[field]["value"];
    // Where a group has no limit the old files hold a number that no machine has.
    let unlimited =
        |text: &str| text.parse::<u64>().map_or(0, |number| if number > 1 << 60 { 0 } else { number });
    if let Some(text) = process.control(("memory", "memory.limit_in_bytes"), "memory.max") {
        fact("memory_bytes", value("memory_bytes").clone(), json!(unlimited(&text)));
    }
    if let Some(text) = process.control(("pids", "pids.max"), "pids.max") {
        fact("pids_limit", value("pids_limit").clone(), json!(unlimited(&text)));
    }
    if let Some(text) = process.control(("cpu", "cpu.cfs_quota_us"), "cpu.max") {
        // The new file has the period beside the quota; the period of the old one is the kernel's.
        let (quota, period) = text.split_once(' ').unwrap_or((&text, "100000"));
        let cpus = quota.parse::<f64>().ok().filter(|quota| *quota > 0.0);
        let cpus = cpus.map_or(0.0, |quota| quota / period.parse::<f64>().unwrap());
        fact("cpus", value("cpus").clone(), json!(cpus));
    }
    for limit in value("ulimits").as_array().unwrap().iter().filter(|limit| limit["name"] == "nofile") {
        let (soft, hard) = process.open_files();
        let told = (limit["soft"].to_string(), limit["hard"].to_string());
        fact("nofile", json!(told), json!((soft, hard)));
    }
}

/// Where a process of the engine waits at the port that it chose: on loopback alone, or on any address.
fn ports(inspect: &Value, service: &Value, fact: &mut dyn FnMut(&str, Value, Value)) {
    let open = inspect["NetworkSettings"]["Ports"].as_object().into_iter().flatten();
    let bindings = open
        .filter(|(key, _)| key.ends_with("/tcp"))
        .flat_map(|(_, list)| list.as_array().into_iter().flatten());
    let mut addresses = Vec::new();
    for binding in bindings {
        addresses.extend(kernel::listening(binding["HostPort"].as_str().unwrap().parse().unwrap()));
    }
    if !addresses.is_empty() {
        let everywhere = addresses.iter().any(|address| !address.is_loopback());
        let told = service["exposure"]["value"] == "all-interfaces";
        fact("exposure", json!(told), json!(everywhere));
    }
}

/// Every insecurity is told by its control of the containers that have it and of no others, and with a place in what the engine said.
fn told(report: &Value, all: &Containers, prefix: &str) {
    let scenarios = report["scenarios"].as_array().unwrap();
    let findings: Vec<&Value> =
        scenarios.iter().flat_map(|one| one["findings"].as_array().unwrap()).collect();
    let short = |finding: &Value| {
        finding["subject"]["name"].as_str().and_then(|name| name.strip_prefix(prefix)).map(str::to_owned)
    };
    // Also what another finding of the same container covers.
    let of = |control: &str| -> BTreeSet<String> {
        let own = findings.iter().filter(|finding| finding["control"] == control);
        own.filter_map(|finding| short(finding)).collect()
    };
    let named =
        |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let that = |has: &dyn Fn(&Value) -> bool| -> BTreeSet<String> {
        all.iter().filter(|(_, inspect)| has(inspect)).map(|(name, _)| name.clone()).collect()
    };
    let host = |inspect: &Value, key: &str| inspect["HostConfig"][key].clone();
    let none = |value: &Value| value.is_null() || value.as_i64().is_some_and(|number| number <= 0);
    let user = |inspect: &Value| inspect["Config"]["User"].as_str().unwrap().to_owned();
    let open = ["port-everywhere", "port-zero", "port-both", "port-all", "port-all-created"];
    let divided_groups = std::path::Path::new("/sys/fs/cgroup/cgroup.controllers").exists();
    let expected: Vec<(&str, BTreeSet<String>)> = vec![
        ("privileged-container", named(&["privileged"])),
        // An account other than root has it in the bounding set, where a setuid program finds it.
        ("capability-grants-host-takeover", named(&["sysadmin", "user-admin", "all", "all-but"])),
        ("seccomp-unconfined", named(&["unconfined"])),
        ("runtime-socket-mounted", named(&["socket", "run"])),
        ("sensitive-host-path-readable", named(&["etc"])),
        ("sensitive-host-path-writable", named(&[])),
        ("raw-host-device-passed", named(&["disk"])),
        ("host-network", named(&["net"])),
        ("host-pid-namespace", named(&["pid"])),
        ("host-ipc-namespace", named(&["ipc"])),
        ("host-uts-namespace", named(&["uts"])),
        // With control groups of version 1 the engine shares the namespace by default, which is told of the host.
        ("host-cgroup-namespace", that(&|inspect| divided_groups && host(inspect, "CgroupnsMode") == "host")),
        ("namespace-joined", named(&["of-net", "of-pid", "of-ipc"])),
        ("port-published-everywhere", named(&open)),
        ("secret-in-environment", named(&["variables"])),
        ("logging-disabled", named(&["unlogged"])),
        ("healthcheck-missing", named(&["unwatched"])),
        ("runs-as-root", that(&|inspect| matches!(user(inspect).as_str(), "" | "0:0"))),
        (
            "privilege-escalation-allowed",
            that(&|inspect| {
                let options = inspected::texts(&host(inspect, "SecurityOpt"));
                !options.iter().any(|text| text.starts_with("no-new-privileges") && !text.ends_with("false"))
            }),
        ),
        ("writable-root-filesystem", that(&|inspect| host(inspect, "ReadonlyRootfs") == json!(false))),
        ("memory-unlimited", that(&|inspect| none(&host(inspect, "Memory")))),
        ("pids-unlimited", that(&|inspect| none(&host(inspect, "PidsLimit")))),
        (
            "cpu-unlimited",
            that(&|inspect| {
                ["NanoCpus", "CpuQuota", "CpuShares"].iter().all(|key| none(&host(inspect, key)))
            }),
        ),
        (
            "default-bridge-used",
            that(&|inspect| matches!(host(inspect, "NetworkMode").as_str().unwrap(), "default" | "bridge")),
        ),
        (
            "log-rotation-missing",
            that(&|inspect| {
                let logging = host(inspect, "LogConfig");
                logging["Type"] == "json-file" && logging["Config"].get("max-size").is_none()
            }),
        ),
    ];
    let mut wrong = Vec::new();
    for (control, expected) in expected {
        let told = of(control);
        if told != expected {
            let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
                one.difference(other).cloned().collect::<Vec<_>>().join(", ")
            };
            wrong.push(format!(
                "{control}: too many [{}], missing [{}]",
                only(&told, &expected),
                only(&expected, &told)
            ));
        }
    }
    for finding in &findings {
        let (Some(name), control) = (short(finding), finding["control"].as_str().unwrap()) else { continue };
        if finding["place"]["file"] != "engine/containers"
            || finding["place"]["line"].as_u64().is_none_or(|line| line < 2)
        {
            wrong.push(format!("{control} of {name} points at {}", finding["place"]));
        }
        let grave = matches!(finding["severity"].as_str().unwrap(), "medium" | "high" | "critical");
        if name == "hardened" && grave {
            wrong.push(format!("{control} is told of the hardened one"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

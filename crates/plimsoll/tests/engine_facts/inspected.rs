//! What `docker inspect` says of a container, read after the documentation of the Engine API: the value of every field of the posture
//! that the engine decides.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Capabilities by their numbers in capabilities(7).
pub(crate) const CAPABILITIES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// What the documentation of `docker run` lists as granted by default.
const GRANTED: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// A list of texts; `null` is an empty one.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn keys(value: &Value) -> Vec<String> {
    let mut keys: Vec<String> = value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
    keys.sort();
    keys
}

/// Every field. `names` are the containers' names by their ids, `internal` the networks that lead nowhere else.
pub(crate) fn fields(
    inspect: &Value,
    names: &BTreeMap<String, String>,
    internal: &[String],
) -> BTreeMap<&'static str, Value> {
    let (host, config) = (&inspect["HostConfig"], &inspect["Config"]);
    let text = |value: &Value| match value.as_str() {
        Some("") | None => Value::Null,
        Some(text) => json!(text),
    };
    let program = |list: &Value| {
        let words = texts(list);
        let first = words.first().and_then(|word| word.rsplit('/').next().map(str::to_owned));
        first.map_or(Value::Null, |first| json!({ "form": "exec", "program": first }))
    };
    let mode = |value: &Value| match value.as_str().unwrap() {
        "private" | "" => json!(""),
        text => match text.strip_prefix("container:") {
            Some(id) => json!(format!("container:{}", names.get(id).map_or(id, String::as_str))),
            None => json!(text),
        },
    };
    let options = texts(&host["SecurityOpt"]);
    let option = |key: &str| {
        let found = options.iter().find(|option| option.starts_with(key));
        found.map(|option| option[key.len()..].trim_start_matches(['=', ':']).to_owned())
    };
    let privileged = host["Privileged"] == json!(true);
    let bounding = bounding(host);
    let user = config["User"].as_str().unwrap();
    let (account, group) = user.split_once(':').map_or((user, None), |(user, group)| (user, Some(group)));
    let uid = match account {
        "" | "root" => Some(0),
        other => other.parse().ok(),
    };
    let network = match host["NetworkMode"].as_str().unwrap() {
        "default" | "bridge" => json!("bridge"),
        "host" => json!("host"),
        "none" => json!("none"),
        other if other.starts_with("container:") => mode(&host["NetworkMode"]),
        // One of its own.
        _ => json!("bridge"),
    };
    let healthcheck = match texts(&config["Healthcheck"]["Test"]).first().map(String::as_str) {
        None => Value::Null,
        Some("NONE") => json!("disabled"),
        Some(_) => json!("command"),
    };
    let restart = match host["RestartPolicy"]["Name"].as_str().unwrap() {
        "" => "no".to_owned(),
        "on-failure" if host["RestartPolicy"]["MaximumRetryCount"] != json!(0) => {
            format!("on-failure:{}", host["RestartPolicy"]["MaximumRetryCount"])
        }
        other => other.to_owned(),
    };
    let cpus = match (host["NanoCpus"].as_f64(), host["CpuQuota"].as_f64(), host["CpuPeriod"].as_f64()) {
        (Some(nano), ..) if nano > 0.0 => nano / 1e9,
        (_, Some(quota), Some(period)) if quota > 0.0 && period > 0.0 => quota / period,
        (_, Some(quota), _) if quota > 0.0 => quota / 100_000.0,
        _ => 0.0,
    };
    let list = |texts: Vec<String>| {
        json!(texts.into_iter().map(|text| json!({ "value": text })).collect::<Vec<_>>())
    };
    let environment: Vec<String> =
        texts(&config["Env"]).iter().map(|pair| pair.split('=').next().unwrap().to_owned()).collect();
    let mut environment = environment;
    environment.sort();
    let published = published(inspect);
    let mut fields = BTreeMap::from([
        ("image", config["Image"].clone()),
        ("user", json!(if user.is_empty() { "root" } else { user })),
        ("group_add", list(texts(&host["GroupAdd"]))),
        ("entrypoint", program(&config["Entrypoint"])),
        ("command", program(&config["Cmd"])),
        ("working_dir", text(&config["WorkingDir"])),
        ("environment", list(environment)),
        ("env_secrets", json!(texts(&config["Env"]).iter().any(|pair| pair.contains("PASSWORD=")))),
        ("init", json!(host["Init"] == json!(true))),
        ("healthcheck", healthcheck),
        ("stop_signal", text(&config["StopSignal"])),
        ("privileged", host["Privileged"].clone()),
        ("cap_bnd", json!(bounding)),
        ("no_new_privileges", json!(option("no-new-privileges").is_some_and(|value| value != "false"))),
        (
            "seccomp",
            json!(match option("seccomp") {
                _ if privileged => "unconfined",
                Some(profile) if profile == "unconfined" => "unconfined",
                Some(_) => "custom",
                None => "default",
            }),
        ),
        (
            "systempaths",
            json!(if !privileged && host["MaskedPaths"] == json!([]) { "unconfined" } else { "default" }),
        ),
        ("pid_mode", mode(&host["PidMode"])),
        ("ipc_mode", mode(&host["IpcMode"])),
        ("uts_mode", mode(&host["UTSMode"])),
        ("cgroup_mode", mode(&host["CgroupnsMode"])),
        ("userns_mode", mode(&host["UsernsMode"])),
        ("cgroup_parent", text(&host["CgroupParent"])),
        ("runtime", text(&host["Runtime"])),
        ("sysctls", list(keys(&host["Sysctls"]))),
        ("readonly_rootfs", host["ReadonlyRootfs"].clone()),
        ("read_only", host["ReadonlyRootfs"].clone()),
        ("mounts", json!(mounts(inspect))),
        ("network_mode", network),
        ("published", json!(published)),
        ("expose", list(keys(&config["ExposedPorts"]))),
        ("memory_bytes", host["Memory"].clone()),
        ("cpus", json!(cpus)),
        ("pids_limit", json!(host["PidsLimit"].as_i64().unwrap_or(0))),
        ("oom_kill_disable", json!(host["OomKillDisable"] == json!(true))),
        ("restart", json!(restart)),
        ("logging", json!({ "driver": host["LogConfig"]["Type"], "options": host["LogConfig"]["Config"] })),
        ("device_cgroup_rules", list(texts(&host["DeviceCgroupRules"]))),
        ("build", Value::Null),
        ("use_api_socket", json!(false)),
        ("depends_on", json!([])),
        ("extra_hosts", json!([])),
        ("exposure", json!(exposure(inspect, &published, internal))),
    ]);
    if let Some(uid) = uid {
        fields.insert("uid", json!(uid));
        // A process that is not root loses all of them when its program starts.
        fields.insert("cap_eff", if uid == 0 { json!(bounding) } else { json!([]) });
    }
    if let Some(gid) = group.and_then(|group| group.parse::<u32>().ok()) {
        fields.insert("gid", json!(gid));
    }
    fields
}

fn bounding(host: &Value) -> Vec<&'static str> {
    let names = |key: &str| -> Vec<String> {
        let bare = |name: &String| name.to_uppercase().trim_start_matches("CAP_").to_owned();
        texts(&host[key]).iter().map(bare).collect()
    };
    let (added, dropped) = (names("CapAdd"), names("CapDrop"));
    let all = |list: &[String]| list.iter().any(|name| name == "ALL");
    let has = |name: &str| {
        let listed = |list: &[String]| list.iter().any(|own| own == name);
        if host["Privileged"] == json!(true) {
            return true;
        }
        match (all(&added), all(&dropped)) {
            (true, _) => !listed(&dropped),
            (false, true) => listed(&added),
            (false, false) => listed(&added) || GRANTED.contains(&name) && !listed(&dropped),
        }
    };
    CAPABILITIES.into_iter().filter(|name| has(name)).collect()
}

/// Mounts by their targets, with the paths under `/var/run` by what that is a link to.
fn mounts(inspect: &Value) -> Vec<Value> {
    let mut mounts = Vec::new();
    for mount in inspect["Mounts"].as_array().unwrap() {
        let source = match mount["Type"].as_str().unwrap() {
            "bind" => mount["Source"].as_str().unwrap().replace("/var/run/", "/run/"),
            "volume" => {
                let name = mount["Name"].as_str().unwrap();
                if name.len() == 64 { String::new() } else { name.to_owned() }
            }
            _ => String::new(),
        };
        mounts.push(json!({
            "rw": mount["RW"], "source": source, "target": mount["Destination"], "type": mount["Type"],
        }));
    }
    for target in keys(&inspect["HostConfig"]["Tmpfs"]) {
        mounts.push(json!({ "rw": true, "source": "", "target": target, "type": "tmpfs" }));
    }
    mounts
}

/// The ports that are published; a host port of `0` or none is one that the engine chooses.
fn published(inspect: &Value) -> Vec<Value> {
    let bindings = &inspect["HostConfig"]["PortBindings"];
    let mut all = Vec::new();
    let one = |key: &str, ip: &str, host: &str| {
        let (port, protocol) = key.split_once('/').unwrap();
        json!({
            "container_port": port.parse::<u16>().unwrap(),
            "host_ip": if ip.is_empty() { Value::Null } else { json!(ip) },
            "host_port": host.parse::<u16>().ok().filter(|port| *port > 0),
            "protocol": protocol,
        })
    };
    for key in keys(bindings) {
        for binding in bindings[&key].as_array().unwrap() {
            all.push(one(&key, binding["HostIp"].as_str().unwrap(), binding["HostPort"].as_str().unwrap()));
        }
    }
    if inspect["HostConfig"]["PublishAllPorts"] == json!(true) {
        let exposed = keys(&inspect["Config"]["ExposedPorts"]);
        all.extend(exposed.iter().filter(|key| bindings.get(key).is_none()).map(|key| one(key, "", "")));
    }
    all
}

/// Who can open a connection: nothing is for everybody unless a port is published on an address that is not loopback, and a network
/// that is internal publishes nothing. Whoever shares a network namespace is judged by the test itself.
fn exposure(inspect: &Value, published: &[Value], internal: &[String]) -> &'static str {
    let mode = inspect["HostConfig"]["NetworkMode"].as_str().unwrap();
    let local = |port: &Value| port["host_ip"] == json!("127.0.0.1");
    match mode {
        "host" => "all-interfaces",
        "none" => "none",
        _ if mode.starts_with("container:") => "host-loopback",
        _ if internal.iter().any(|name| name == mode) || published.is_empty() => "same-network",
        _ if published.iter().all(local) => "host-loopback",
        _ => "all-interfaces",
    }
}

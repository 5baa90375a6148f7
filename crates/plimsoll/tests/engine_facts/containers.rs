//! Containers of varied insecurity, as a body of `POST /containers/create` each.

use serde_json::{Value, json};

use crate::cage::Cage;

/// Every container by its short name, and whether it is started. What needs capabilities that this machine may not have itself is only
/// created: an engine tells the same of both.
fn bodies(cage: &Cage) -> Vec<(&'static str, bool, Value)> {
    let host = |host: Value| json!({ "HostConfig": host });
    let name = |short: &str| format!("{}-{short}", cage.name);
    let profile = r#"{"defaultAction":"SCMP_ACT_ALLOW"}"#;
    let sleeps =
        |port: &str| json!({ "ExposedPorts": { port: {} }, "HostConfig": { "PublishAllPorts": true } });
    let published = |bindings: Value| json!({ "ExposedPorts": { "80/tcp": {} }, "HostConfig": { "PortBindings": { "80/tcp": bindings } } });
    vec![
        ("plain", true, json!({})),
        ("user", true, json!({ "User": "1000" })),
        ("user-group", true, json!({ "User": "1000:1000" })),
        ("named", true, json!({ "User": "node" })),
        ("root", true, json!({ "User": "0:0" })),
        ("dropped", true, host(json!({ "CapDrop": ["ALL"] }))),
        ("bound", true, host(json!({ "CapDrop": ["ALL"], "CapAdd": ["NET_BIND_SERVICE"] }))),
        ("prefixed", true, host(json!({ "CapDrop": ["CAP_MKNOD", "net_raw"], "CapAdd": ["CAP_SYS_NICE"] }))),
        ("sysadmin", true, host(json!({ "CapAdd": ["SYS_ADMIN"] }))),
        ("user-admin", true, json!({ "User": "1000:1000", "HostConfig": { "CapAdd": ["SYS_ADMIN"] } })),
        ("all", false, host(json!({ "CapAdd": ["ALL"] }))),
        ("all-but", false, host(json!({ "CapAdd": ["ALL"], "CapDrop": ["MKNOD"] }))),
        ("privileged", false, host(json!({ "Privileged": true, "CapDrop": ["ALL"] }))),
        ("nnp", true, host(json!({ "SecurityOpt": ["no-new-privileges"] }))),
        ("nnp-true", true, host(json!({ "SecurityOpt": ["no-new-privileges:true"] }))),
        ("nnp-false", true, host(json!({ "SecurityOpt": ["no-new-privileges=false"] }))),
        ("unconfined", true, host(json!({ "SecurityOpt": ["seccomp=unconfined"] }))),
        ("profiled", true, host(json!({ "SecurityOpt": [format!("seccomp={profile}")] }))),
        ("unmasked", true, host(json!({ "MaskedPaths": [], "ReadonlyPaths": [] }))),
        ("read-only", true, host(json!({ "ReadonlyRootfs": true, "Tmpfs": { "/tmp": "size=1m,noexec" } }))),
        ("pid", true, host(json!({ "PidMode": "host" }))),
        ("net", true, host(json!({ "NetworkMode": "host" }))),
        ("ipc", true, host(json!({ "IpcMode": "host" }))),
        ("ipc-shared", true, host(json!({ "IpcMode": "shareable" }))),
        ("uts", true, host(json!({ "UTSMode": "host" }))),
        ("cgroup", true, host(json!({ "CgroupnsMode": "host" }))),
        ("cgroup-own", true, host(json!({ "CgroupnsMode": "private" }))),
        ("no-net", true, host(json!({ "NetworkMode": "none" }))),
        (
            "limited",
            true,
            host(json!({
                "Memory": 64 << 20, "CpuQuota": 50000, "PidsLimit": 50,
                "Ulimits": [{ "Name": "nofile", "Soft": 1000, "Hard": 2000 }],
            })),
        ),
        ("cpus", true, host(json!({ "NanoCpus": 1_500_000_000_u64, "CpuShares": 512 }))),
        ("restart", true, host(json!({ "RestartPolicy": { "Name": "always" } }))),
        ("retry", true, host(json!({ "RestartPolicy": { "Name": "on-failure", "MaximumRetryCount": 5 } }))),
        ("port-local", true, published(json!([{ "HostIp": "127.0.0.1", "HostPort": "" }]))),
        ("port-everywhere", true, published(json!([{ "HostIp": "", "HostPort": "" }]))),
        ("port-zero", true, published(json!([{ "HostIp": "0.0.0.0", "HostPort": "0" }]))),
        (
            "port-both",
            true,
            published(
                json!([{ "HostIp": "127.0.0.1", "HostPort": "0" }, { "HostIp": "0.0.0.0", "HostPort": "0" }]),
            ),
        ),
        ("port-exposed", true, json!({ "ExposedPorts": { "80/tcp": {}, "53/udp": {} } })),
        ("port-all", true, sleeps("7070/tcp")),
        ("port-all-created", false, sleeps("7071/tcp")),
        ("etc", true, host(json!({ "Binds": ["/etc:/host-etc:ro"] }))),
        (
            "run",
            true,
            host(json!({ "Mounts": [{ "Type": "bind", "Source": "/run", "Target": "/host-run" }] })),
        ),
        ("socket", true, host(json!({ "Binds": ["/var/run/docker.sock:/var/run/docker.sock"] }))),
        ("volume", true, host(json!({ "Binds": [format!("{}:/usr", name("volume"))] }))),
        ("anonymous", true, json!({ "Volumes": { "/data": {} } })),
        ("tmpfs-mount", true, host(json!({ "Mounts": [{ "Type": "tmpfs", "Target": "/cache" }] }))),
        (
            "device",
            true,
            host(
                json!({ "Devices": [{ "PathOnHost": "/dev/null", "PathInContainer": "/dev/void", "CgroupPermissions": "r" }] }),
            ),
        ),
        (
            "disk",
            false,
            host(
                json!({ "Devices": [{ "PathOnHost": "/dev/sda", "PathInContainer": "/dev/sda", "CgroupPermissions": "rwm" }] }),
            ),
        ),
        ("groups", true, host(json!({ "GroupAdd": ["50", "node"] }))),
        ("unwatched", true, json!({ "Healthcheck": { "Test": ["NONE"] } })),
        (
            "watched",
            true,
            json!({ "Healthcheck": { "Test": ["CMD-SHELL", "true"], "Interval": 3_600_000_000_000_u64 } }),
        ),
        ("unlogged", true, host(json!({ "LogConfig": { "Type": "none" } }))),
        (
            "rotated",
            true,
            host(
                json!({ "LogConfig": { "Type": "json-file", "Config": { "max-size": "1m", "max-file": "2" } } }),
            ),
        ),
        ("sysctl", true, host(json!({ "Sysctls": { "net.ipv4.ip_forward": "0" } }))),
        ("init", true, host(json!({ "Init": true }))),
        (
            "entry",
            true,
            json!({ "Entrypoint": ["/bin/busybox", "sleep"], "Cmd": ["600"], "WorkingDir": "/tmp", "StopSignal": "SIGINT" }),
        ),
        ("variables", true, json!({ "Env": ["A=1", "DB_PASSWORD=kU7w2vQx9Lm4"] })),
        ("of-net", true, host(json!({ "NetworkMode": format!("container:{}", name("port-local")) }))),
        ("of-pid", true, host(json!({ "PidMode": format!("container:{}", name("plain")) }))),
        ("of-ipc", true, host(json!({ "IpcMode": format!("container:{}", name("ipc-shared")) }))),
        ("ended", true, json!({ "Cmd": ["sh", "-c", "exit 3"] })),
        (
            "hardened",
            true,
            json!({
                "User": "1000:1000",
                "HostConfig": {
                    "CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges"], "ReadonlyRootfs": true,
                    "Tmpfs": { "/tmp": "size=1m,noexec,nosuid" }, "Memory": 64 << 20, "NanoCpus": 500_000_000, "PidsLimit": 50,
                    "RestartPolicy": { "Name": "on-failure", "MaximumRetryCount": 5 }, "CgroupnsMode": "private",
                    "NetworkMode": name("own"), "Init": true,
                    "LogConfig": { "Type": "json-file", "Config": { "max-size": "1m", "max-file": "2" } },
                    "Ulimits": [{ "Name": "nofile", "Soft": 1000, "Hard": 2000 }],
                },
            }),
        ),
        ("inside", true, {
            let mut body = published(json!([{ "HostIp": "", "HostPort": "" }]));
            body["HostConfig"]["NetworkMode"] = json!(name("internal"));
            body
        }),
    ]
}

/// Makes them all, and starts those that are to be started. Those that need an engine that can do more are left created, and told.
pub(crate) fn make(cage: &Cage) -> usize {
    let labels = cage.labels();
    cage.workshop.create_network(&format!("{}-own", cage.name), false, &labels).unwrap();
    cage.workshop.create_network(&format!("{}-internal", cage.name), true, &labels).unwrap();
    let label = labels.iter().map(|(key, value)| format!("{key}={value}")).next().unwrap();
    cage.docker(&["volume", "create", "--label", &label, &format!("{}-volume", cage.name)]);
    let bodies = bodies(cage);
    let count = bodies.len();
    for (short, started, mut body) in bodies {
        body["Image"] = json!(cage.image);
        body["Labels"] = json!(labels);
        if body.get("Cmd").is_none() {
            body["Cmd"] = json!(["sleep", "600"]);
        }
        let id = cage.workshop.create(&format!("{}-{short}", cage.name), &body).unwrap();
        if started && let Err(error) = cage.workshop.start(&id) {
            eprintln!("{short} was created and does not start here: {error}");
        }
    }
    cage.workshop.wait(&format!("{}-ended", cage.name)).unwrap();
    count
}

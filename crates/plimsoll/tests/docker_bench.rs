//! What Docker Bench for Security 1.6 says wrongly, each case with the right answer: recorded documents in, items of the benchmark out.
//!
//! The wrong answers were seen in runs of it (as its README says to run it); the right ones follow from the item and from what the
//! kernel does with the setting.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use plimsoll::discover::Plan;
use plimsoll::scan::{Task, Wishes, scan};
use plimsoll_lens::Memory;
use serde_json::Value;

/// The items, with the documents that their places are in.
struct Sheet {
    items: Value,
    documents: Vec<(String, String)>,
}

fn sheet(documents: &[(&str, String)]) -> Sheet {
    sheet_of(documents, &[])
}

fn sheet_of(documents: &[(&str, String)], services: &[&str]) -> Sheet {
    let files: Vec<(&str, &str)> = documents.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let world = Memory::of(&files);
    let recordings = documents.iter().map(|(name, _)| (*name).to_owned()).collect();
    let plan = Plan { recordings, ..Plan::default() };
    let services = services.iter().map(|name| (*name).to_owned()).collect();
    let wishes = Wishes { benchmark: true, services, ..Wishes::default() };
    let task = Task { world: &world, plan, stdin: None, config: Default::default(), wishes };
    let scanned = scan(task);
    let items = plimsoll_report::cis_json(&scanned.report, &scanned.answered);
    let documents = documents.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect();
    Sheet { items: serde_json::from_str(&items).unwrap(), documents }
}

impl Sheet {
    fn item(&self, id: &str) -> &Value {
        let sections = self.items["sections"].as_array().unwrap().iter();
        let mut items = sections.flat_map(|section| section["items"].as_array().unwrap());
        items.find(|item| item["id"] == id).unwrap_or_else(|| panic!("there is no item {id}"))
    }

    fn status(&self, id: &str) -> &str {
        self.item(id)["status"].as_str().unwrap()
    }

    /// The answers about one container, in the order of the controls.
    fn of(&self, id: &str, subject: &str) -> Vec<&str> {
        let answers = self.item(id)["answers"].as_array().unwrap().iter();
        let own = answers.filter(|answer| answer["subject"]["name"] == subject);
        own.map(|answer| answer["status"].as_str().unwrap()).collect()
    }

    /// The lines that failures point at.
    fn lines(&self, id: &str) -> Vec<&str> {
        let answers = self.item(id)["answers"].as_array().unwrap().iter();
        let failed = answers.filter(|answer| answer["status"] == "fail");
        failed
            .map(|answer| {
                let place = &answer["place"];
                let (_, text) = self.documents.iter().find(|(name, _)| place["file"] == **name).unwrap();
                let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
                text.lines().nth(line - 1).unwrap().trim()
            })
            .collect()
    }
}

const INFO: &str = r#"{
  "Name": "web1",
  "ServerVersion": "24.0.9",
  "Driver": "overlay2",
  "DockerRootDir": "/var/lib/docker",
  "Swarm": {"LocalNodeState": "inactive"},
  "SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin"]
}"#;

fn info() -> (&'static str, String) {
    ("info.json", INFO.to_owned())
}

fn info_with(options: &str) -> (&'static str, String) {
    ("info.json", INFO.replace(r#""name=apparmor", "name=seccomp,profile=builtin""#, options))
}

/// A container with one line for each member of its `HostConfig`.
fn container(name: &str, config: &str, host: &[&str], mounts: &str) -> String {
    let host: Vec<String> = host.iter().map(|line| format!("      {line}")).collect();
    format!(
        "  {{\n    \"Id\": \"{name:a<64}\",\n    \"Name\": \"/{name}\",\n    \"Image\": \"sha256:{name:b<64}\",\n    \
         \"State\": {{\"Status\": \"running\"}},\n    \"Config\": {{\"Image\": \"node:22.11.0\"{config}}},\n    \
         \"HostConfig\": {{\n{}\n    }},\n    \"Mounts\": {mounts}\n  }}",
        host.join(",\n")
    )
}

fn inspect(containers: &[String]) -> (&'static str, String) {
    ("inspect.json", format!("[\n{}\n]\n", containers.join(",\n")))
}

fn one(host: &[&str]) -> (&'static str, String) {
    inspect(&[container("api", "", host, "[]")])
}

/// 1: under `sh` its comparisons fail, so that a hardened daemon is warned of and an insecure registry passes.
#[test]
fn a_hardened_daemon_passes_and_an_insecure_registry_does_not() {
    let daemon = r#"{
  "icc": false,
  "userns-remap": "default",
  "default-ulimits": {"nofile": {"Name": "nofile", "Soft": 1024, "Hard": 4096}},
  "insecure-registries": ["10.0.0.0/8"]
}"#;
    let info = INFO.replace(r#""name=apparmor","#, r#""name=apparmor", "name=userns","#);
    let sheet = sheet(&[("info.json", info), ("daemon.json", daemon.to_owned())]);
    assert_eq!(["2.2", "2.8", "2.9", "2.5"].map(|id| sheet.status(id)), ["pass", "pass", "pass", "fail"]);
    assert_eq!(sheet.lines("2.5"), [r#""insecure-registries": ["10.0.0.0/8"]"#]);
}

/// 2: modes are compared as decimal numbers, and 577 is smaller than 644.
#[test]
fn a_file_that_others_may_write_fails_whatever_its_number() {
    let line = "0577 root(0) root(0) /etc/default/docker";
    let files = format!("# host/files\n{line}\n0640 root(0) root(0) /etc/docker/daemon.json\n");
    let sheet = sheet(&[info(), ("host-files.txt", files)]);
    assert_eq!((sheet.status("3.20"), sheet.status("3.19"), sheet.status("3.18")), ("fail", "pass", "pass"));
    assert_eq!(sheet.lines("3.20"), [line]);
    assert_eq!(sheet.status("3.22"), "not-applicable", "the host has no such file");
    assert_eq!((sheet.status("1.1.13"), sheet.status("1.1.10")), ("not-applicable", "not-verified"));
}

/// 3: the check of the version can only pass.
#[test]
fn an_engine_whose_line_has_ended_is_not_current() {
    let version = |version: &str| {
        let text = format!(
            "{{\n  \"Version\": \"{version}\",\n  \"ApiVersion\": \"1.41\",\n  \"GitCommit\": \"x\",\n  \"Components\": []\n}}"
        );
        sheet(&[("version.json", text)])
    };
    let ended = version("20.10.24");
    assert_eq!(ended.status("1.2.2"), "fail");
    assert_eq!(ended.lines("1.2.2"), [r#""Version": "20.10.24","#]);
    assert_eq!(version("20.10.24+dfsg1").status("1.2.2"), "not-verified", "Debian mends what has ended");
    assert_eq!(version("29.1.3").status("1.2.2"), "pass");
}

/// 4: the engine mounts its directory on itself, which passes for a partition of its own.
#[test]
fn a_mount_onto_itself_is_no_partition() {
    let mounts = |device: &str| {
        let text = format!("# host/mounts\n/ 254:1 ext4 /dev/vda1\n/var/lib/docker {device}\n");
        sheet(&[info(), ("host-mounts.txt", text)])
    };
    let same = mounts("254:1 ext4 /dev/vda1");
    assert_eq!(same.status("1.1.1"), "fail");
    assert_eq!(same.lines("1.1.1"), ["/var/lib/docker 254:1 ext4 /dev/vda1"]);
    assert_eq!(mounts("254:2 ext4 /dev/vda2").status("1.1.1"), "pass");
}

/// 5: `0:0` is not known for root.
#[test]
fn root_is_root_in_every_spelling() {
    for user in ["0:0", "root", "00", "root:staff"] {
        let api = container("api", &format!(", \"User\": \"{user}\""), &["\"CapDrop\": []"], "[]");
        assert_eq!(sheet(&[info(), inspect(&[api])]).status("4.1"), "fail", "{user}");
    }
    let api = container("api", ", \"User\": \"1000:1000\"", &["\"CapDrop\": []"], "[]");
    assert_eq!(sheet(&[info(), inspect(&[api])]).status("4.1"), "pass");
}

/// 6: every container is blamed for what the kernel lacks, and any security option counts as one of SELinux.
#[test]
fn a_module_is_asked_about_where_the_host_has_it() {
    let options = &[r#""SecurityOpt": ["seccomp=unconfined"]"#];
    let none = sheet(&[info_with(r#""name=seccomp,profile=default""#), one(options)]);
    assert_eq!((none.status("5.2"), none.status("5.3")), ("not-applicable", "not-applicable"));
    assert_eq!(none.status("5.22"), "fail", "what the option does switch off");
    assert_eq!(none.lines("5.22"), [options[0]]);
    let selinux = r#""name=seccomp,profile=default", "name=selinux""#;
    let off = &[r#""SecurityOpt": ["seccomp=unconfined", "label=disable"]"#];
    let disabled = sheet(&[info_with(selinux), one(off)]);
    assert_eq!((disabled.status("5.2"), disabled.status("5.3")), ("not-applicable", "fail"));
    assert_eq!(disabled.lines("5.3"), [off[0]]);
}

/// 7: the capabilities that a container is given without asking pass, and what it drops is not read.
#[test]
fn the_default_capabilities_are_more_than_an_api_needs() {
    let kept = sheet(&[info(), one(&[r#""CapAdd": null"#, r#""CapDrop": null"#])]);
    assert_eq!(kept.status("5.4"), "fail");
    let dropped = sheet(&[info(), one(&[r#""CapAdd": null"#, r#""CapDrop": ["ALL"]"#])]);
    assert_eq!(dropped.status("5.4"), "pass");
}

/// 8: the paths of containers are taken for those of the host, and what is read-only or not on a list is not seen.
#[test]
fn a_mount_is_judged_by_its_source() {
    let bind = |source: &str, writable: bool| {
        let mount = format!(
            "[\n      {{\"Type\": \"bind\", \"Source\": \"{source}\", \"Destination\": \"/data\", \"RW\": {writable}}}\n    ]"
        );
        sheet(&[info(), inspect(&[container("api", "", &["\"CapDrop\": []"], &mount)])])
    };
    assert_eq!(bind("/etc", false).status("5.6"), "fail");
    assert!(bind("/etc", false).lines("5.6")[0].contains("\"/etc\""));
    assert_eq!(bind("/srv/app", true).status("5.6"), "pass");
    let named = "[{\"Type\": \"volume\", \"Name\": \"tools\", \"Source\": \"/var/lib/docker/volumes/tools/_data\", \
                 \"Destination\": \"/usr\", \"Driver\": \"local\", \"RW\": true}]";
    let named = container("api", "", &["\"CapDrop\": []"], named);
    assert_eq!(sheet(&[info(), inspect(&[named])]).status("5.6"), "pass");
}

/// 9: it looks at all processes that a container sees, so that one with the host's is blamed for another's.
#[test]
fn an_ssh_server_is_the_container_s_that_runs_it() {
    let seeing = container("seeing", ", \"Cmd\": [\"node\", \"server.js\"]", &[r#""PidMode": "host""#], "[]");
    let running =
        container("running", ", \"Cmd\": [\"/usr/sbin/sshd\", \"-D\"]", &["\"PidMode\": \"\""], "[]");
    let sheet = sheet(&[info(), inspect(&[seeing, running])]);
    assert_eq!((sheet.of("5.7", "running"), sheet.of("5.7", "seeing")), (vec!["fail"], vec!["not-verified"]));
    assert!(sheet.lines("5.7")[0].contains("/usr/sbin/sshd"));
    assert_eq!((sheet.of("5.16", "running"), sheet.of("5.16", "seeing")), (vec!["pass"], vec!["fail"]));
}

/// 10: bindings of IPv6 are not seen.
#[test]
fn every_address_of_both_kinds_is_every_interface() {
    let binding = r#""PortBindings": {"80/tcp": [{"HostIp": "::", "HostPort": "80"}]}"#;
    let open = sheet(&[info(), one(&[binding])]);
    assert_eq!((open.status("5.14"), open.status("5.9")), ("fail", "manual"));
    assert_eq!(open.lines("5.14"), [binding]);
    assert!(open.item("5.9")["answers"][0]["message"].as_str().unwrap().contains(":::80"));
    let bound = r#""PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "80"}]}"#;
    assert_eq!(sheet(&[info(), one(&[bound])]).status("5.14"), "pass");
}

/// 11: a limit of CPU that is told as a quota is not seen.
#[test]
fn a_quota_limits_cpu() {
    for limit in [r#""CpuQuota": 50000"#, r#""NanoCpus": 500000000"#, r#""CpusetCpus": "0""#] {
        assert_eq!(sheet(&[info(), one(&[limit, "\"CapDrop\": []"])]).status("5.12"), "pass", "{limit}");
    }
    assert_eq!(sheet(&[info(), one(&[r#""CpuQuota": 0"#, r#""NanoCpus": 0"#])]).status("5.12"), "fail");
}

/// 12: `always` passes for a limit of five.
#[test]
fn restarts_without_an_end_are_not_limited() {
    let restart = |name: &str, count: u32| {
        let line = format!(r#""RestartPolicy": {{"Name": "{name}", "MaximumRetryCount": {count}}}"#);
        sheet(&[info(), one(&[&line])])
    };
    assert_eq!(restart("always", 0).status("5.15"), "fail");
    assert!(restart("always", 0).lines("5.15")[0].contains("always"));
    assert_eq!(restart("on-failure", 0).status("5.15"), "fail", "0 is without an end");
    assert_eq!(restart("on-failure", 5).status("5.15"), "pass");
    assert_eq!(restart("no", 0).status("5.15"), "pass");
}

/// 13: `no-new-privileges:false` passes.
#[test]
fn an_option_that_is_set_to_false_is_off() {
    let off = r#""SecurityOpt": ["no-new-privileges:false"]"#;
    let off_sheet = sheet(&[info(), one(&[off])]);
    assert_eq!(off_sheet.status("5.26"), "fail");
    assert_eq!(off_sheet.lines("5.26"), [off]);
    for on in ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"] {
        let line = format!(r#""SecurityOpt": ["{on}"]"#);
        assert_eq!(sheet(&[info(), one(&[&line])]).status("5.26"), "pass", "{on}");
    }
}

/// 14: a mount of the directory above the socket is not seen.
#[test]
fn a_directory_brings_the_socket_in_it() {
    for source in ["/run", "/var/run", "/run/docker.sock", "/"] {
        let mount = format!(
            "[\n      {{\"Type\": \"bind\", \"Source\": \"{source}\", \"Destination\": \"/host\", \"RW\": false}}\n    ]"
        );
        let sheet = sheet(&[info(), inspect(&[container("api", "", &["\"CapDrop\": []"], &mount)])]);
        assert_eq!(sheet.status("5.32"), "fail", "{source}");
    }
}

/// 15: a filter by name does not hold for all items.
#[test]
fn a_filter_holds_for_every_item() {
    let bad = container("bad", "", &[r#""NetworkMode": "bridge""#, r#""Privileged": true"#], "[]");
    let good = container("good", "", &[r#""NetworkMode": "shop""#, r#""Privileged": false"#], "[]");
    let documents = [info(), inspect(&[bad, good])];
    let all = sheet(&documents);
    assert_eq!((all.status("5.5"), all.status("5.30")), ("fail", "fail"));
    let filtered = sheet_of(&documents, &["good"]);
    assert_eq!((filtered.status("5.5"), filtered.of("5.5", "bad")), ("pass", vec![]));
    assert_ne!(filtered.status("5.30"), "fail");
    assert_eq!((filtered.status("6.1"), filtered.status("6.2")), ("not-applicable", "not-applicable"));
}

/// 16: containers that do not run are not looked at.
#[test]
fn a_stopped_container_keeps_its_rights() {
    let stopped = container("old", "", &[r#""Privileged": true"#], "[]")
        .replace("{\"Status\": \"running\"}", "{\"Status\": \"exited\"}");
    let sheet = sheet(&[info(), inspect(&[stopped])]);
    assert_eq!(sheet.of("5.5", "old"), ["fail"]);
    assert_eq!(sheet.lines("5.5"), [r#""Privileged": true"#]);
    assert_eq!(sheet.status("6.2"), "fail");
}

/// The file is believed although the daemon was never restarted.
#[test]
fn a_file_that_was_written_later_is_not_in_force() {
    let daemon = "{\n  \"no-new-privileges\": true,\n  \"userland-proxy\": false\n}\n";
    let at = |day: &str| {
        sheet(&[
            info(),
            ("daemon.json", daemon.to_owned()),
            (
                "host-files.txt",
                format!(
                    "# host/files\n0644 root(0) root(0) 2026-01-{day}T10:00:00Z /etc/docker/daemon.json\n"
                ),
            ),
            (
                "host-processes.txt",
                "# host/processes\n812 2026-01-05T08:00:00Z /usr/bin/dockerd\n".to_owned(),
            ),
        ])
    };
    let later = at("06");
    assert_eq!((later.status("2.14"), later.status("2.16")), ("not-verified", "not-verified"));
    let before = at("04");
    assert_eq!((before.status("2.14"), before.status("2.16")), ("pass", "pass"));
}

/// Nothing that was not read passes: of an engine that told nothing every item is open, manual or does not apply.
#[test]
fn what_was_not_read_never_passes() {
    let sheet = sheet(&[("host-groups.txt", "# host/groups\ndocker:x:998:alice\n".to_owned())]);
    assert_eq!((sheet.status("1.1.2"), sheet.lines("1.1.2")), ("fail", vec!["docker:x:998:alice"]));
    assert_eq!(sheet.items["counts"]["pass"], 0);
    assert_eq!(sheet.items["counts"]["fail"], 1);
}

/// Of containers alone nobody knows what their images hold, nor how they were built.
#[test]
fn an_image_that_was_not_read_has_no_answer() {
    let sheet = sheet(&[info(), one(&["\"CapDrop\": []"])]);
    for id in ["4.4", "4.7", "4.8", "4.9", "4.10", "4.11"] {
        assert_eq!(sheet.status(id), "not-verified", "{id}");
    }
}

#[test]
fn what_programs_read_fits_its_schema() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/cis-1.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let full = sheet(&[info(), one(&[r#""Privileged": true"#])]);
    for sheet in [full, sheet(&[info()])] {
        let errors: Vec<String> =
            validator.iter_errors(&sheet.items).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
}

//! Settings of a service as an overlay says them: by what the merged service says already, not by how it is written.

use plimsoll_posture::Setting;

use super::super::settings::{plain, quoted};
use super::Writing;
use crate::compose::tree::Node;

/// What is to be said below the service.
pub(super) enum Wanted {
    /// A key has this value.
    Set(Writing),
    /// A list gets this item.
    Append(String),
}

/// The keys below the service, and what is to be there.
pub(super) fn wanted<'k>(service: &Node, setting: &'k Setting) -> Vec<(Vec<&'k str>, Wanted)> {
    let set = |keys: &[&'k str], text: String| vec![(keys.to_vec(), Wanted::Set(Writing::Scalar(text)))];
    let append = |key: &'k str, item: String| vec![(vec![key], Wanted::Append(item))];
    let limits = ["deploy", "resources", "limits"];
    let has_limits = limits.iter().try_fold(service, |node, key| node.get(key)).is_some();
    // Compose refuses a limit beside a block of limits that says something else.
    let limit = |short: &'k str, long: &'k str| match has_limits {
        true => vec!["deploy", "resources", "limits", long],
        false => vec![short],
    };
    match setting {
        Setting::ReadOnly(on) => set(&["read_only"], on.to_string()),
        Setting::NoNewPrivileges => append("security_opt", "no-new-privileges:true".to_owned()),
        Setting::CapDrop(name) => append("cap_drop", name.to_string()),
        Setting::CapAdd(name) => append("cap_add", name.to_string()),
        Setting::User(user) => set(&["user"], quoted(user)),
        Setting::Init => set(&["init"], "true".to_owned()),
        Setting::Memory(most) => set(&limit("mem_limit", "memory"), most.to_string()),
        Setting::Cpus(most) => {
            let text = if has_limits { quoted(most) } else { most.to_string() };
            set(&limit("cpus", "cpus"), text)
        }
        Setting::Pids(most) => set(&limit("pids_limit", "pids"), most.to_string()),
        Setting::OpenFiles(soft, hard) => {
            let number = |key: &str, value: &u32| (key.to_owned(), Writing::Scalar(value.to_string()));
            let value = Writing::Map(vec![number("soft", soft), number("hard", hard)]);
            vec![(vec!["ulimits", "nofile"], Wanted::Set(value))]
        }
        Setting::Restart(policy) => set(&["restart"], plain(policy)),
        Setting::LogRotation(size, files) => {
            let driver =
                service.get("logging").and_then(|logging| logging.get("driver")).and_then(Node::text);
            let options = service.get("logging").and_then(|logging| logging.get("options"));
            let mut all = Vec::new();
            if driver != Some("json-file") {
                all.extend(set(&["logging", "driver"], "json-file".to_owned()));
            }
            all.extend(set(&["logging", "options", "max-size"], quoted(size)));
            if options.and_then(|options| options.get("max-file")).is_none() {
                all.extend(set(&["logging", "options", "max-file"], quoted(&files.to_string())));
            }
            all
        }
        Setting::Tmpfs(mount) => append("tmpfs", plain(mount)),
        Setting::Healthcheck(words) => {
            let words = words.iter().map(|word| quoted(word)).collect();
            vec![(vec!["healthcheck", "test"], Wanted::Set(Writing::List(words)))]
        }
        Setting::Await(name) => set(&["depends_on", name, "condition"], "service_healthy".to_owned()),
        Setting::Network(name) => {
            vec![(vec!["networks", name], Wanted::Set(Writing::Map(Vec::new())))]
        }
        Setting::Environment(name, value) => set(&["environment", name], value.to_string()),
        Setting::Secret(name) => append("secrets", plain(name)),
        Setting::BuildSecret(name) => vec![(vec!["build", "secrets"], Wanted::Append(plain(name)))],
        Setting::PullPolicy(policy) => set(&["pull_policy"], plain(policy)),
    }
}

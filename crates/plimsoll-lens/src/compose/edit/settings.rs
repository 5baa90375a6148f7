//! Settings of a service as operations on the document that declares it, each in the block in which Compose expects it.

use plimsoll_posture::Setting;
use plimsoll_text::{Source, Span};

use super::outline::{Entry, Outline, Part, Shape};
use super::{Operation, Refusal, Writing};

/// What gives a service a setting. `anchor` is the service's key.
///
/// # Errors
/// [`Refusal`] when the service is not written where the anchor says.
pub fn setting(source: &Source, anchor: Span, setting: &Setting) -> Result<Vec<Operation>, Refusal> {
    let outline = Outline::of(&source.text).ok_or(Refusal::Unreadable)?;
    let (service, entry) = service(&outline, anchor).ok_or(Refusal::NotThere)?;
    let under = |keys: &[&str]| -> Vec<String> {
        service.iter().cloned().chain(keys.iter().map(|key| (*key).to_owned())).collect()
    };
    let set =
        |keys: &[&str], text: String| Operation::Set { path: under(keys), value: Writing::Scalar(text) };
    let append = |key: &str, item: String| Operation::Append { path: under(&[key]), item };
    let raw = |part: &Part| source.text.get(part.at.clone()).unwrap_or("").to_owned();
    let one = match setting {
        Setting::ReadOnly(on) => set(&["read_only"], on.to_string()),
        Setting::NoNewPrivileges => append("security_opt", "no-new-privileges:true".to_owned()),
        Setting::CapDrop(name) => append("cap_drop", name.to_string()),
        Setting::CapAdd(name) => append("cap_add", name.to_string()),
        Setting::User(user) => set(&["user"], quoted(user)),
        Setting::Init => set(&["init"], "true".to_owned()),
        // Compose refuses a limit beside a block of limits that says something else.
        Setting::Memory(most) => set(limit(&entry.value, &["mem_limit"], "memory"), most.to_string()),
        Setting::Cpus(most) => {
            let block = has_limits(&entry.value);
            let text = if block { quoted(most) } else { most.to_string() };
            set(limit(&entry.value, &["cpus"], "cpus"), text)
        }
        Setting::Pids(most) => set(limit(&entry.value, &["pids_limit"], "pids"), most.to_string()),
        Setting::OpenFiles(soft, hard) => Operation::Set {
            path: under(&["ulimits", "nofile"]),
            value: Writing::Map(vec![
                ("soft".to_owned(), Writing::Scalar(soft.to_string())),
                ("hard".to_owned(), Writing::Scalar(hard.to_string())),
            ]),
        },
        Setting::Restart(policy) => set(&["restart"], plain(policy)),
        Setting::LogRotation(size, files) => {
            let (size, files) = (quoted(size), quoted(&files.to_string()));
            let Some(logging) = entry.value.entry("logging").filter(|own| own.value.shape != Shape::Absent)
            else {
                let options = [("max-size".to_owned(), size), ("max-file".to_owned(), files)];
                let options = options.map(|(key, text)| (key, Writing::Scalar(text))).to_vec();
                return Ok(vec![Operation::Set {
                    path: under(&["logging"]),
                    value: Writing::Map(vec![
                        ("driver".to_owned(), Writing::Scalar("json-file".to_owned())),
                        ("options".to_owned(), Writing::Map(options)),
                    ]),
                }]);
            };
            let mut operations = Vec::new();
            let driver = logging.value.entry("driver").map(|own| raw(&own.value));
            if driver.is_none_or(|driver| driver.trim_matches(['"', '\'']) != "json-file") {
                operations.push(set(&["logging", "driver"], "json-file".to_owned()));
            }
            operations.push(set(&["logging", "options", "max-size"], size));
            let options = logging.value.entry("options");
            if options.and_then(|options| options.value.entry("max-file")).is_none() {
                operations.push(set(&["logging", "options", "max-file"], files));
            }
            return Ok(operations);
        }
        Setting::Tmpfs(mount) => match entry.value.entry("tmpfs").map(|own| &own.value) {
            Some(own) if own.shape == (Shape::Scalar { block: false, lines: false }) => {
                Operation::Set { path: under(&["tmpfs"]), value: Writing::List(vec![raw(own), plain(mount)]) }
            }
            _ => append("tmpfs", plain(mount)),
        },
        Setting::Healthcheck(words) => Operation::Set {
            path: under(&["healthcheck", "test"]),
            value: Writing::List(words.iter().map(|word| quoted(word)).collect()),
        },
        Setting::Await(name) => return awaiting(source, &service, entry, name),
        Setting::Network(name) => match entry.value.entry("networks").map(|own| &own.value.shape) {
            Some(Shape::Map { .. }) => {
                Operation::Set { path: under(&["networks", name]), value: Writing::Map(Vec::new()) }
            }
            _ => append("networks", plain(name)),
        },
        Setting::PullPolicy(policy) => set(&["pull_policy"], plain(policy)),
        Setting::Secret(name) => append("secrets", plain(name)),
        Setting::BuildSecret(name) => match entry.value.entry("build").map(|own| &own.value) {
            None => return Err(Refusal::NotThere),
            // The short form names the context and has no room for anything else.
            Some(own) if own.shape == (Shape::Scalar { block: false, lines: false }) => Operation::Replace {
                path: under(&["build"]),
                at: Span::new(source.id, own.at.start, own.at.end),
                value: format!("{{context: {}, secrets: [{}]}}", raw(own), plain(name)),
            },
            Some(_) => Operation::Append { path: under(&["build", "secrets"]), item: plain(name) },
        },
        Setting::Environment(name, value) => {
            match entry.value.entry("environment").map(|entry| &entry.value.shape) {
                Some(Shape::List { items, .. }) => {
                    let own = items.iter().find(|item| {
                        let text = raw(item);
                        let text = text.trim_start_matches(['"', '\'']);
                        text.strip_prefix(&**name)
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
                    });
                    let value = format!("{name}={value}");
                    match own {
                        Some(item) if raw(item).contains('$') => return Err(Refusal::Interpolated),
                        Some(item) => Operation::Replace {
                            path: under(&["environment"]),
                            at: Span::new(source.id, item.at.start, item.at.end),
                            value: super::quoted_like(&raw(item), value),
                        },
                        None => append("environment", value),
                    }
                }
                _ => set(&["environment", name], value.to_string()),
            }
        }
    };
    Ok(vec![one])
}

/// `condition: service_healthy` below one of the names in `depends_on`. A list of names becomes a mapping.
fn awaiting(
    source: &Source,
    service: &[String],
    entry: &Entry,
    name: &str,
) -> Result<Vec<Operation>, Refusal> {
    let under = |keys: &[&str]| -> Vec<String> {
        service.iter().cloned().chain(keys.iter().map(|key| (*key).to_owned())).collect()
    };
    let written = entry.value.entry("depends_on").ok_or(Refusal::NotThere)?;
    let own = &written.value;
    let condition = |healthy: bool| {
        let condition = if healthy { "service_healthy" } else { "service_started" };
        Writing::Map(vec![("condition".to_owned(), Writing::Scalar(condition.to_owned()))])
    };
    match &own.shape {
        Shape::Map { .. } => Ok(vec![Operation::Set {
            path: under(&["depends_on", name, "condition"]),
            value: Writing::Scalar("service_healthy".to_owned()),
        }]),
        Shape::List { items, .. } => {
            let line_end = source.text.get(own.at.end..).and_then(|rest| rest.find('\n'));
            let end = line_end.map_or(source.text.len(), |length| own.at.end + length);
            let whole = source.text.get(written.key_at.start..end).unwrap_or("#");
            // A comment in the list would be lost.
            if whole.contains('#') {
                return Err(Refusal::Unusual);
            }
            let names: Vec<&str> = items
                .iter()
                .map(|item| source.text.get(item.at.clone()).unwrap_or("").trim_matches(['"', '\'']))
                .collect();
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
            if !names.contains(&name) || names.iter().any(|own| own.is_empty() || !own.bytes().all(plain)) {
                return Err(Refusal::Unusual);
            }
            let entries = names.iter().map(|own| ((*own).to_owned(), condition(*own == name))).collect();
            Ok(vec![Operation::Set { path: under(&["depends_on"]), value: Writing::Map(entries) }])
        }
        _ => Err(Refusal::Unusual),
    }
}

/// The path to a service whose key stands at a place, and its entry.
fn service(outline: &Outline, anchor: Span) -> Option<(Vec<String>, &Entry)> {
    outline.documents.iter().find_map(|document| {
        let services = document.entry("services")?;
        let Shape::Map { entries, .. } = &services.value.shape else { return None };
        let own = entries.iter().find(|entry| {
            entry.key_at.start <= anchor.start as usize && anchor.start as usize <= entry.key_at.end
        })?;
        Some((vec!["services".to_owned(), own.key.clone()], own))
    })
}

fn has_limits(service: &Part) -> bool {
    ["deploy", "resources", "limits"]
        .iter()
        .try_fold(service, |part, key| part.entry(key).map(|entry| &entry.value))
        .is_some()
}

fn limit<'k>(service: &Part, short: &'k [&'k str], long: &'static str) -> &'k [&'k str] {
    if !has_limits(service) {
        return short;
    }
    match long {
        "memory" => &["deploy", "resources", "limits", "memory"],
        "cpus" => &["deploy", "resources", "limits", "cpus"],
        _ => &["deploy", "resources", "limits", "pids"],
    }
}

/// In double quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            // Compose would read a variable.
            '$' => out.push_str("$$"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Without quotes where YAML and Compose read the text as it is, even within `[…]`.
pub(super) fn plain(text: &str) -> String {
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '.'));
    let rest = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_'));
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
    );
    if first && rest && !word { text.to_owned() } else { quoted(text) }
}

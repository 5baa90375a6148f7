//! One trial: containers that were started are watched until their tests pass, or it is clear that they do not.
//!
//! Deliberately absent: how they are started, and what follows from the comparison.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use plimsoll_engine::ContainerState;
use serde_json::Value;

use super::Trouble;
use super::denial::{denials, reason};
use super::fetch;
use super::smoke::{Fetch, Kind, Smoke};
use super::yard::Yard;

/// How long the first trial may take until its tests pass.
const FIRST: Duration = Duration::from_secs(60);
/// What a later one gets beyond three times what the first took.
const GRACE: Duration = Duration::from_secs(10);
/// How long it must go on after its tests have passed: what a program does a moment later counts too.
const HOLD: Duration = Duration::from_secs(2);
/// The same where nothing but running is looked at.
const HOLD_BLIND: Duration = Duration::from_secs(6);
/// How often is looked.
const BEAT: Duration = Duration::from_millis(150);
/// Of what a container prints, of each stream, in bytes.
const MAX_LOG: usize = 1024 * 1024;

/// Files that the engine itself puts into containers: an init, mount points.
const ENGINES: &[&str] = &[
    "/.dockerenv",
    "/dev",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/proc",
    "/run/secrets",
    "/sbin/docker-init",
    "/sys",
];

/// A container under test.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) service: String,
    pub(super) id: String,
    /// Where it is reached from this machine.
    pub(super) address: Option<IpAddr>,
    /// Ports it says it listens on.
    pub(super) ports: BTreeSet<u16>,
    /// Ports of this machine that lead to it in the project as it is.
    pub(super) published: BTreeMap<u16, u16>,
    /// The command of its health check.
    pub(super) health: Option<Vec<String>>,
    terminal: bool,
    /// Values of its environment, which nobody is told.
    secrets: Vec<String>,
}

/// By what a service was tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Basis {
    /// A test of the user's.
    Smoke(String),
    /// Its own health check.
    Health,
    /// It runs, and listens on these ports.
    Running(BTreeSet<u16>),
    /// It ends by itself with code 0.
    Ended,
}

/// What was seen of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// What it ended with, when it did.
    pub(super) exit: Option<i64>,
    pub(super) listening: BTreeSet<u16>,
    pub(super) denials: BTreeSet<String>,
    /// Files and directories that it wrote into its own file system.
    pub(super) written: BTreeSet<String>,
}

/// What an address answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) test: String,
    /// The status, for one that was fetched.
    pub(super) status: Option<u16>,
    pub(super) length: usize,
}

/// What came of a trial.
#[derive(Debug, Clone)]
pub(super) struct Observation {
    pub(super) services: BTreeMap<String, Seen>,
    pub(super) answers: Vec<Answer>,
    pub(super) basis: BTreeMap<String, Basis>,
    /// Until the tests passed.
    pub(super) took: Duration,
    /// Why they did not.
    pub(super) fault: Option<String>,
}

impl Target {
    /// A container as the engine describes it.
    pub(super) fn of(service: &str, whole: &Value, published: BTreeMap<u16, u16>) -> Self {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let config = whole.get("Config");
        let within = |key: &str| config.and_then(|config| config.get(key));
        let networks = whole.pointer("/NetworkSettings/Networks").and_then(Value::as_object);
        let address = networks
            .into_iter()
            .flat_map(|networks| networks.values())
            .find_map(|network| network.get("IPAddress")?.as_str()?.parse().ok());
        let exposed = within("ExposedPorts").and_then(Value::as_object);
        let mut ports: BTreeSet<u16> = exposed
            .into_iter()
            .flat_map(|ports| ports.keys())
            .filter_map(|port| port.strip_suffix("/tcp").unwrap_or(port).parse().ok())
            .collect();
        ports.extend(published.values());
        let test: Vec<String> = whole
            .pointer("/Config/Healthcheck/Test")
            .and_then(Value::as_array)
            .map(|words| words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect())
            .unwrap_or_default();
        let health = match test.split_first() {
            Some((kind, [script, ..])) if kind == "CMD-SHELL" => {
                Some(["/bin/sh", "-c", script].map(str::to_owned).to_vec())
            }
            Some((kind, words)) if kind == "CMD" && !words.is_empty() => Some(words.to_vec()),
            _ => None,
        };
        let secrets = within("Env")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|pair| pair.as_str()?.split_once('='))
            // What says where programs and the user lie is in every container.
            .filter(|(name, _)| !matches!(*name, "PATH" | "HOME" | "NODE_ENV" | "PORT"))
            .map(|(_, value)| value.to_owned())
            .collect();
        Self {
            service: service.to_owned(),
            id: text(whole.get("Id")),
            address,
            ports,
            published,
            health,
            terminal: within("Tty").and_then(Value::as_bool).unwrap_or(false),
            secrets,
        }
    }
}

/// Watches; `reference` is what was seen before any change. Containers must have been started.
pub(super) fn watch(
    yard: &Yard,
    targets: &[Target],
    smokes: &[Smoke],
    reference: Option<&Observation>,
) -> Result<Observation, Trouble> {
    let begin = Instant::now();
    let limit = reference.map_or(FIRST, |before| before.took * 3 + GRACE);
    let blind = smokes.is_empty() && targets.iter().all(|target| target.health.is_none());
    let hold = if blind { HOLD_BLIND } else { HOLD };
    let mut seen = Observation {
        services: targets.iter().map(|target| (target.service.clone(), Seen::default())).collect(),
        answers: Vec::new(),
        basis: BTreeMap::new(),
        took: Duration::ZERO,
        fault: None,
    };
    let mut since: Option<Instant> = None;
    loop {
        yard.check()?;
        match look(yard, targets, smokes, reference, &mut seen)? {
            Look::Good => {
                let since = *since.get_or_insert_with(Instant::now);
                seen.took = since.duration_since(begin);
                if since.elapsed() >= hold {
                    break;
                }
            }
            Look::Bad(fault) => {
                seen.fault = Some(fault);
                break;
            }
            Look::Open(what) => {
                since = None;
                if begin.elapsed() >= limit {
                    seen.fault = Some(format!("{what}, after {} s", limit.as_secs()));
                    break;
                }
            }
        }
        std::thread::sleep(BEAT);
    }
    for target in targets {
        let lines: Vec<String> = yard.lookout().logs(&target.id, target.terminal, MAX_LOG)?.lines().collect();
        let written = yard.lookout().changes(&target.id)?;
        if let Some(service) = seen.services.get_mut(&target.service) {
            service.denials = denials(lines.into_iter());
            let own = written.into_iter().map(|change| change.path).filter(|path| !is_engines(path));
            service.written = leaves(own.collect());
        }
    }
    Ok(seen)
}

/// How things stand.
enum Look {
    Good,
    /// It will not get better.
    Bad(String),
    /// It may.
    Open(String),
}

fn look(
    yard: &Yard,
    targets: &[Target],
    smokes: &[Smoke],
    reference: Option<&Observation>,
    seen: &mut Observation,
) -> Result<Look, Trouble> {
    let mut running: Vec<&Target> = Vec::new();
    for target in targets {
        let name = &target.service;
        let state = yard.lookout().state(&target.id)?.unwrap_or_default();
        let ended = !state.running && state.status != "created";
        let expected = reference.and_then(|before| before.services.get(name)).and_then(|before| before.exit);
        if ended {
            let job = match reference {
                Some(_) => expected == Some(state.exit_code),
                None => state.exit_code == 0 && target.health.is_none(),
            };
            if !job {
                return Ok(Look::Bad(format!("{name} {}", end(yard, target, &state)?)));
            }
            if let Some(service) = seen.services.get_mut(name) {
                service.exit = Some(state.exit_code);
            }
            seen.basis.insert(name.clone(), Basis::Ended);
            continue;
        }
        if !state.running {
            return Ok(Look::Open(format!("{name} does not start")));
        }
        running.push(target);
    }
    if running.is_empty() && !smokes.is_empty() {
        return Ok(Look::Bad("nothing runs that could be tested".to_owned()));
    }
    for target in running {
        let name = &target.service;
        if let Some(command) = &target.health {
            if let Err(why) = command_passes(yard, target, command)? {
                return Ok(Look::Open(format!("the health check of {name} fails ({why})")));
            }
            seen.basis.insert(name.clone(), Basis::Health);
        } else {
            let listens = |port: &u16| target.address.is_some_and(|address| fetch::listens(address, *port));
            let listening: BTreeSet<u16> = target.ports.iter().copied().filter(listens).collect();
            let before = reference.and_then(|before| before.services.get(name));
            let missing = before.and_then(|before| before.listening.difference(&listening).next().copied());
            if let Some(service) = seen.services.get_mut(name) {
                service.listening.clone_from(&listening);
            }
            if let Some(port) = missing {
                return Ok(Look::Open(format!("{name} does not listen on port {port}")));
            }
            seen.basis.insert(name.clone(), Basis::Running(listening));
        }
    }
    let mut answers = Vec::new();
    for smoke in smokes {
        let Some((target, port)) = target_of(smoke, targets) else {
            return Ok(Look::Bad(format!("`{smoke}` names nothing that is tested here")));
        };
        let answer = match &smoke.kind {
            Kind::Fetch(what) => fetched(target, port, what, smoke),
            Kind::Command(command) => {
                let answer = Answer { test: smoke.written.clone(), status: None, length: 0 };
                command_passes(yard, target, command)?.map(|()| answer)
            }
        };
        match answer {
            Ok(answer) => answers.push(answer),
            Err(why) => return Ok(Look::Open(format!("`{smoke}` fails at {} ({why})", target.service))),
        }
        seen.basis.insert(target.service.clone(), Basis::Smoke(smoke.written.clone()));
    }
    seen.answers = answers;
    Ok(Look::Good)
}

/// How a container ended, and why by its own words.
fn end(yard: &Yard, target: &Target, state: &ContainerState) -> Result<String, Trouble> {
    let mut text = match (state.oom_killed, state.error.as_str()) {
        (true, _) => "was ended for want of memory".to_owned(),
        (false, "") => format!("ends with exit code {}", state.exit_code),
        (false, error) => format!("cannot be started: {error}"),
    };
    let lines: Vec<String> = yard.lookout().logs(&target.id, target.terminal, MAX_LOG)?.lines().collect();
    let denied: Vec<String> = denials(lines.iter().cloned()).into_iter().take(3).collect();
    let why = if denied.is_empty() { reason(&lines, &target.secrets) } else { Some(denied.join(", ")) };
    if let Some(why) = why {
        text.push_str(": ");
        text.push_str(&why);
    }
    Ok(text)
}

fn command_passes(yard: &Yard, target: &Target, command: &[String]) -> Result<Result<(), String>, Trouble> {
    match yard.shop().execute(&target.id, command) {
        Ok(done) if done.code == 0 => Ok(Ok(())),
        Ok(done) => {
            let lines: Vec<String> = done.output.lines().collect();
            let why = reason(&lines, &target.secrets).map(|why| format!(": {why}")).unwrap_or_default();
            Ok(Err(format!("exit code {}{why}", done.code)))
        }
        // A program that is not there, or a container that ended meanwhile.
        Err(plimsoll_engine::EngineError::Refused { message, .. }) => Ok(Err(message)),
        Err(other) => Err(other.into()),
    }
}

fn fetched(target: &Target, port: u16, what: &Fetch, smoke: &Smoke) -> Result<Answer, String> {
    let address = target.address.ok_or("it has no address of its own")?;
    let (status, length) = fetch::fetch(address, port, what)?;
    match what.strict && status >= 400 {
        true => Err(format!("status {status}")),
        false => Ok(Answer { test: smoke.written.clone(), status: Some(status), length }),
    }
}

/// The container that a test is for, and its port: by name, by the port that this machine publishes, by the port that it
/// says it listens on, and else the only one or the first.
fn target_of<'t>(smoke: &Smoke, targets: &'t [Target]) -> Option<(&'t Target, u16)> {
    let (host, port) = match &smoke.kind {
        Kind::Fetch(what) => (Some(what.host.as_str()), what.port),
        Kind::Command(_) => (None, 0),
    };
    let inner = |target: &Target| target.published.get(&port).copied();
    if let Some(name) = smoke.service.as_deref() {
        let target = targets.iter().find(|target| target.service == name)?;
        return Some((target, inner(target).unwrap_or(port)));
    }
    if let Some(target) = targets.iter().find(|target| Some(target.service.as_str()) == host) {
        return Some((target, port));
    }
    if let Some((target, inner)) = targets.iter().find_map(|target| Some((target, inner(target)?))) {
        return Some((target, inner));
    }
    let named = targets.iter().find(|target| target.ports.contains(&port));
    Some((named.or(targets.first())?, port))
}

/// What the engine puts into a container by itself.
fn is_engines(path: &str) -> bool {
    ENGINES.iter().any(|own| path == *own || path.strip_prefix(own).is_some_and(|rest| rest.starts_with('/')))
}

/// Without the directories above others.
fn leaves(paths: Vec<String>) -> BTreeSet<String> {
    let all: BTreeSet<String> = paths.into_iter().collect();
    let has_more = |path: &String| {
        let below = format!("{path}/");
        all.range(below.clone()..).next().is_some_and(|next| next.starts_with(&below))
    };
    all.iter().filter(|path| !has_more(path)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn target(service: &str, published: &[(u16, u16)], exposed: &[&str]) -> Target {
        let ports: serde_json::Map<String, Value> =
            exposed.iter().map(|port| ((*port).to_owned(), json!({}))).collect();
        let whole = json!({
            "Id": service,
            "Config": {
                "ExposedPorts": ports,
                "Env": ["PATH=/bin", "TOKEN=s3cr3t"],
                "Healthcheck": { "Test": ["CMD-SHELL", "curl -f x || exit 1"] },
            },
            "NetworkSettings": { "Networks": { "a": { "IPAddress": "" }, "b": { "IPAddress": "10.0.0.2" } } },
        });
        Target::of(service, &whole, published.iter().copied().collect())
    }

    #[test]
    fn a_container_is_read_as_the_engine_describes_it() {
        let api = target("api", &[(8080, 3000)], &["9/tcp", "53/udp"]);
        assert_eq!(api.address, Some("10.0.0.2".parse().unwrap()));
        assert_eq!(api.ports, BTreeSet::from([9, 3000]));
        assert_eq!(api.health.unwrap(), ["/bin/sh", "-c", "curl -f x || exit 1"]);
        assert_eq!(api.secrets, ["s3cr3t"]);
        let bare =
            Target::of("x", &json!({ "Config": { "Healthcheck": { "Test": ["NONE"] } } }), BTreeMap::new());
        assert!(bare.health.is_none() && bare.address.is_none());
    }

    #[test]
    fn a_test_finds_its_service() {
        let all = [target("web", &[(80, 8080)], &[]), target("api", &[(8080, 3000)], &["3000/tcp"])];
        let services = ["web".to_owned(), "api".to_owned()];
        let found = |test: &str| {
            let smoke = Smoke::read(test, &services).unwrap();
            target_of(&smoke, &all).map(|(target, port)| (target.service.clone(), port))
        };
        let at = |service: &str, port| Some((service.to_owned(), port));
        assert_eq!(found("http://localhost:8080/"), at("api", 3000));
        assert_eq!(found("http://localhost/"), at("web", 8080));
        assert_eq!(found("http://localhost:3000/"), at("api", 3000));
        assert_eq!(found("http://api:3000/"), at("api", 3000));
        assert_eq!(found("web: http://localhost:7/"), at("web", 7));
        assert_eq!(found("http://localhost:7/"), at("web", 7));
        assert_eq!(found("api: node check.js"), at("api", 0));
    }

    #[test]
    fn only_what_was_written_itself_counts() {
        let paths = ["/app", "/app/data", "/app/data/x", "/app.log", "/tmp"].map(str::to_owned).to_vec();
        assert_eq!(leaves(paths), ["/app/data/x", "/app.log", "/tmp"].map(str::to_owned).into());
    }
}

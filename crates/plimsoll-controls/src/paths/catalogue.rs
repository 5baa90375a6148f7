//! The attack paths that are known: `data/escape_paths.json`, read once.
//!
//! A path is data: an id, the conditions under which it is open, what it leads to. Deliberately absent: what any service
//! is, and which control tells of a condition (`change`).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use plimsoll_posture::Capability;
use serde::Deserialize;
use serde_json::Value;

use super::condition::{Condition, Leaf, Scalar, Test};
use super::field::Field;
use super::version::{Range, Version};
use crate::Severity;

/// One known way from a service to something that is not its own.
#[derive(Debug)]
pub struct EscapePath {
    /// `docker-socket-root`.
    pub id: &'static str,
    /// `daemon control`, `capabilities`: paths of one kind.
    pub group: &'static str,
    /// What it does, as the end of a sentence about the service.
    pub name: &'static str,
    /// What it leads to.
    pub result: Outcome,
    /// How bad that is by itself.
    pub severity: Severity,
    /// Names of the same technique elsewhere.
    pub references: Vec<&'static str>,
    /// What closes it.
    pub mitigation: &'static str,
    /// Whether it was tried on a real engine.
    pub verified: bool,
    /// What was seen when it was tried.
    pub how: Option<&'static str>,
    /// What was seen to hold it back.
    pub negatives: Option<&'static str>,
    /// What else matters.
    pub notes: Option<&'static str>,
    /// Whether it is told once for the host instead of for each service.
    pub of_host: bool,
    /// When it is open.
    pub(super) when: Condition,
}

macro_rules! outcomes {
    ($($variant:ident $name:literal $node:literal $words:literal)*) => {
        /// What a path leads to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each is told by its words")]
        pub enum Outcome { $($variant),* }

        impl Outcome {
            /// All, gravest first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in the data and in output: `host_root`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The node of the graph that it leads to; empty where it leads nowhere by itself.
            pub(super) fn node(self) -> &'static str {
                match self { $(Self::$variant => $node),* }
            }

            /// What it leads to, for people: `root on the host`.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self { $(Self::$variant => $words),* }
            }
        }
    };
}

outcomes! {
    HostRoot "host_root" "host root" "root on the host"
    HostKernel "host_kernel" "host kernel" "the host's kernel"
    HostFileWrite "host_file_write" "host files" "writing the host's files"
    HostFileRead "host_file_read" "host files" "reading the host's files"
    CloudCredentials "cloud_credentials" "cloud credentials" "the cloud's credentials of the machine"
    DaemonPolicyBypass "daemon_policy_bypass" "engine policy" "the engine past its policy"
    CredentialRead "credential_read" "credentials" "credentials"
    LateralSecrets "lateral_secrets" "secrets of other containers" "secrets of other containers"
    HostNetworkControl "host_network_control" "host network" "control of the host's network"
    HostTrafficRead "host_traffic_read" "host network" "the host's traffic"
    LateralTraffic "lateral_traffic" "traffic of neighbours" "the traffic of its neighbours"
    LateralIntegrity "lateral_integrity" "files of other services" "files of other services"
    LateralAccess "lateral_access" "listeners nobody published" "listeners that nobody published"
    HostIntegrity "host_integrity" "host settings" "settings of the host"
    HostDos "host_dos" "host availability" "the host's availability"
    HostInfo "host_info" "host information" "what the host knows"
    KernelAttackSurface "kernel_attack_surface" "host kernel" "more of the kernel to attack"
    Uid0InContainer "uid0_in_container" "root in the container" "root in the container"
    Enabler "enabler" "" "a protection that is off"
    Entry "entry" "" "an open door"
}

/// What is told with every path: steps of the graph are none by themselves.
impl EscapePath {
    /// Whether it is an edge of the graph and no story by itself.
    #[must_use]
    pub fn is_step(&self) -> bool {
        self.severity == Severity::Info
    }
}

const DATA: &str = include_str!("../../data/escape_paths.json");

/// Every known path, in the order of the data.
#[must_use]
pub fn catalogue() -> &'static [EscapePath] {
    static READ: OnceLock<Vec<EscapePath>> = OnceLock::new();
    // The data is ours; a test holds that it reads.
    READ.get_or_init(|| parse(DATA).unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawData {
    #[serde(rename = "schema")]
    _schema: &'static str,
    #[serde(rename = "verified_on")]
    _verified_on: &'static str,
    macros: BTreeMap<String, RawNode>,
    paths: Vec<RawPath>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPath {
    id: &'static str,
    group: &'static str,
    name: &'static str,
    when: RawNode,
    result: &'static str,
    severity: &'static str,
    references: Vec<&'static str>,
    mitigation: &'static str,
    verified: bool,
    scope: &'static str,
    how: Option<&'static str>,
    negatives: Option<&'static str>,
    notes: Option<&'static str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNode {
    all: Option<Vec<RawNode>>,
    any: Option<Vec<RawNode>>,
    not: Option<Box<RawNode>>,
    #[serde(rename = "macro")]
    named: Option<String>,
    f: Option<String>,
    op: Option<String>,
    v: Option<Value>,
    #[serde(default)]
    rw: bool,
    #[serde(default)]
    perhaps: Vec<String>,
    #[serde(default)]
    branches: Vec<String>,
}

fn parse(text: &'static str) -> Result<Vec<EscapePath>, String> {
    let raw: RawData = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let macros = &raw.macros;
    raw.paths.into_iter().map(|path| read(path, macros)).collect()
}

fn read(raw: RawPath, macros: &BTreeMap<String, RawNode>) -> Result<EscapePath, String> {
    let told = |what: &str| format!("{}: {what}", raw.id);
    let mut program = None;
    versioned(&raw.when, &mut program);
    let when = condition(&raw.when, macros, program, 0).map_err(|error| told(&error))?;
    Ok(EscapePath {
        id: raw.id,
        group: raw.group,
        name: raw.name,
        result: Outcome::ALL
            .iter()
            .copied()
            .find(|outcome| outcome.name() == raw.result)
            .ok_or_else(|| told("unknown result"))?,
        severity: Severity::parse(raw.severity).ok_or_else(|| told("unknown severity"))?,
        references: raw.references,
        mitigation: raw.mitigation,
        verified: raw.verified,
        how: raw.how,
        negatives: raw.negatives,
        notes: raw.notes,
        of_host: match raw.scope {
            "host" => true,
            "service" => false,
            _ => return Err(told("unknown scope")),
        },
        when,
    })
}

/// The program of the host whose version a path asks for: an advisory beside it is one of that program.
fn versioned(node: &RawNode, found: &mut Option<Field>) {
    if let (Some(field), Some("lt" | "between" | "in_ranges" | "in")) = (&node.f, node.op.as_deref())
        && field.starts_with("host.")
    {
        *found = found.or_else(|| Field::parse(field));
    }
    let children = node.all.iter().chain(&node.any).flatten().chain(node.not.as_deref());
    for child in children {
        versioned(child, found);
    }
}

/// How deep conditions nest: they are ours, and a macro that names itself is no condition.
const MAX_DEPTH: usize = 8;

fn condition(
    node: &RawNode,
    macros: &BTreeMap<String, RawNode>,
    program: Option<Field>,
    depth: usize,
) -> Result<Condition, String> {
    if depth > MAX_DEPTH {
        return Err("nested too deep".to_owned());
    }
    let each = |nodes: &[RawNode]| -> Result<Vec<Condition>, String> {
        nodes.iter().map(|node| condition(node, macros, program, depth + 1)).collect()
    };
    match node {
        RawNode { all: Some(nodes), any: None, not: None, named: None, f: None, .. } => {
            Ok(Condition::All(each(nodes)?))
        }
        RawNode { any: Some(nodes), all: None, not: None, named: None, f: None, .. } => {
            Ok(Condition::Any(each(nodes)?))
        }
        RawNode { not: Some(inner), all: None, any: None, named: None, f: None, .. } => {
            Ok(Condition::Not(Box::new(condition(inner, macros, program, depth + 1)?)))
        }
        RawNode { named: Some(name), all: None, any: None, not: None, f: None, .. } => {
            let inner = macros.get(name).ok_or_else(|| format!("unknown macro {name}"))?;
            condition(inner, macros, program, depth + 1)
        }
        RawNode { f: Some(field), op: Some(op), all: None, any: None, not: None, named: None, .. } => {
            leaf(field, op, node, program).map(Condition::Leaf)
        }
        _ => Err("a condition is one of all, any, not, macro, f".to_owned()),
    }
}

fn leaf(field: &str, op: &str, node: &RawNode, program: Option<Field>) -> Result<Leaf, String> {
    if op == "not_fixed" {
        let field = program.ok_or("an advisory without a version beside it")?;
        let branches = node.branches.iter().map(|text| version(text)).collect::<Result<_, _>>()?;
        return Ok(Leaf { field, test: Test::Unfixed { branches } });
    }
    let known = Field::parse(field).ok_or_else(|| format!("unknown field {field}"))?;
    let value = || node.v.as_ref().ok_or_else(|| format!("{field} {op}: no value"));
    let test = match op {
        "eq" => Test::In(vec![scalar(value()?)?]),
        "ne" => Test::NotIn(vec![scalar(value()?)?]),
        "in" => Test::In(list(value()?)?.iter().map(scalar).collect::<Result<_, _>>()?),
        "true" => Test::Truthy,
        "has" => {
            let name = text(value()?)?;
            Test::Holds(Capability::parse(&name).ok_or_else(|| format!("unknown capability {name}"))?)
        }
        "has_field" => {
            let name = text(value()?)?;
            Test::HoldsField(Field::parse(&name).ok_or_else(|| format!("unknown field {name}"))?)
        }
        "lt" => Test::Below(version(&text(value()?)?)?),
        "between" => match texts(value()?)?.as_slice() {
            [first, last] => Test::Between(version(first)?, version(last)?),
            _ => return Err(format!("{field} between: two versions")),
        },
        "in_ranges" => {
            let ranges = texts(value()?)?;
            let read =
                ranges.iter().map(|text| Range::parse(text).ok_or_else(|| format!("no range: {text}")));
            Test::Ranges(read.collect::<Result<_, _>>()?)
        }
        "glob" => Test::Glob(texts(value()?)?),
        "bind_covers" => Test::BindCovers { paths: texts(value()?)?, writable: node.rw },
        "bind_within" => {
            Test::BindWithin { paths: texts(value()?)?, perhaps: node.perhaps.clone(), writable: node.rw }
        }
        "bind_is" => Test::BindIs { paths: texts(value()?)?, writable: node.rw },
        "shared_volume" => Test::Shared,
        _ => return Err(format!("unknown operator {op}")),
    };
    Ok(Leaf { field: known, test })
}

fn scalar(value: &Value) -> Result<Scalar, String> {
    match value {
        Value::Null => Ok(Scalar::Null),
        Value::Bool(flag) => Ok(Scalar::Flag(*flag)),
        Value::Number(number) => number.as_u64().map(Scalar::Number).ok_or_else(|| "no number".to_owned()),
        Value::String(text) => Ok(Scalar::Text(text.clone())),
        _ => Err("no scalar".to_owned()),
    }
}

fn list(value: &Value) -> Result<&Vec<Value>, String> {
    value.as_array().ok_or_else(|| "no list".to_owned())
}

fn text(value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| "no text".to_owned())
}

fn texts(value: &Value) -> Result<Vec<String>, String> {
    list(value)?.iter().map(text).collect()
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| format!("no version: {text}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_path_is_read_and_tells_what_it_has_to() {
        let paths = parse(DATA).unwrap();
        assert_eq!(paths.len(), 65);
        assert_eq!(catalogue().len(), 65);
        let ids: BTreeSet<&str> = paths.iter().map(|path| path.id).collect();
        assert_eq!(ids.len(), 65, "ids are unique");
        for path in &paths {
            assert!(path.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{}", path.id);
            for words in [path.name, path.mitigation].into_iter().chain(path.how).chain(path.notes) {
                assert!(!words.is_empty() && !words.ends_with('.'), "{}: {words}", path.id);
            }
            assert!(!path.verified || path.how.is_some(), "{}: verified, and nobody says how", path.id);
        }
        assert_eq!(paths.iter().filter(|path| path.of_host).count(), 10);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let with = |when: &str| {
            let text = format!(
                r#"{{"schema": "s", "verified_on": "v", "macros": {{}}, "paths": [{{"id": "x", "group": "g", "name": "n",
                "when": {when}, "result": "entry", "severity": "low", "references": [], "mitigation": "m",
                "verified": false, "scope": "service"}}]}}"#
            );
            parse(Box::leak(text.into_boxed_str())).map(|paths| paths.len())
        };
        assert_eq!(with(r#"{"f": "uid", "op": "eq", "v": 0}"#), Ok(1));
        for wrong in [
            r#"{"f": "uid", "op": "like", "v": 0}"#,
            r#"{"f": "shoe_size", "op": "eq", "v": 0}"#,
            r#"{"f": "cap_eff", "op": "has", "v": "SYS_ADMIM"}"#,
            r#"{"macro": "nobody"}"#,
            r#"{"f": "CVE-2000-1", "op": "not_fixed"}"#,
            r#"{"all": [], "any": []}"#,
            r#"{"f": "uid", "op": "eq"}"#,
        ] {
            assert!(with(wrong).is_err(), "{wrong}");
        }
    }
}

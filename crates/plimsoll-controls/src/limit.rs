//! Limits that are missing: where one has to be written so that Compose accepts it.
//!
//! Compose refuses a short key (`pids_limit`) beside a block `deploy.resources.limits` that does not say the same. Where an engine
//! told what the service uses, the limit is made of that.

use std::borrow::Cow;

use plimsoll_posture::{Claim, Fact, Layer, Service, Setting};

use crate::deciding::unset;
use crate::remedy::give;
use crate::{Finding, Remedy};

/// One limit: its short key and its key in the block, each with an example value.
pub(crate) struct Limit {
    /// `pids_limit: 200`.
    pub(crate) short: (&'static str, Cow<'static, str>),
    /// `pids: 200`.
    pub(crate) deployed: (&'static str, Cow<'static, str>),
    /// The setting with that value.
    pub(crate) setting: Setting,
    /// What may go wrong with it.
    pub(crate) risk: &'static str,
    /// How the value follows from what was observed, where it does: `87 MiB at its peak, and twice that is left to it`.
    pub(crate) observed: Option<String>,
}

impl Limit {
    /// A finding about a limit that is not set, or set to no limit.
    pub(crate) fn finding<T>(&self, service: &Service, claim: &Claim<T>, message: String) -> Finding {
        let finding = if claim.layer == Layer::Engine {
            unset(service, self.short.0, message, self.fix(service))
        } else {
            let key = if in_block(claim) { &self.deployed } else { &self.short };
            Finding::at(claim, "means without limit", message, format!("set `{}: {}`", key.0, key.1))
        };
        let why = match &self.observed {
            Some(observed) => format!("observed: {observed}; {}", self.risk),
            None => self.risk.to_owned(),
        };
        finding.remedied(Remedy::risky(vec![give(service, self.setting.clone())], why))
    }

    fn fix(&self, service: &Service) -> String {
        if has_block(service) {
            let (key, value) = &self.deployed;
            return format!("add `{key}: {value}` to `deploy.resources.limits`, where the other limits are");
        }
        let (key, value) = &self.short;
        match &self.observed {
            Some(observed) => format!("add `{key}: {value}`: observed are {observed}"),
            None => format!("add `{key}: {value}`, or what the service needs at its peak"),
        }
    }
}

/// Twice the memory that was observed, in MiB, rounded up so that a person would have written it; and the words.
pub(crate) fn memory_for(service: &Service) -> Option<(u64, String)> {
    const MIB: u64 = 1024 * 1024;
    let memory = service.observed.as_ref()?.memory?;
    let seen = memory.bytes.div_ceil(MIB);
    let twice = seen.saturating_mul(2);
    let step = match twice {
        0..=256 => 32,
        257..=2048 => 128,
        _ => 512,
    };
    let when = if memory.peak { "at its peak" } else { "in use now" };
    let most = twice.div_ceil(step).saturating_mul(step).max(64);
    Some((most, format!("{seen} MiB {when}, and twice that is left to it")))
}

/// Four times the processes and threads that were observed; and the words.
pub(crate) fn pids_for(service: &Service) -> Option<(u32, String)> {
    let seen = service.observed.as_ref()?.pids?;
    let most = seen.saturating_mul(4).div_ceil(50).saturating_mul(50).clamp(100, 1_000_000);
    let one =
        if seen == 1 { "1 process or thread".to_owned() } else { format!("{seen} processes and threads") };
    Some((u32::try_from(most).ok()?, format!("{one}, and four times that, at least 100, is left to it")))
}

fn has_block(service: &Service) -> bool {
    fn any<T>(fact: &Fact<T>) -> bool {
        fact.effective().is_some_and(in_block)
    }
    any(&service.memory_bytes) || any(&service.cpus) || any(&service.pids_limit)
}

fn in_block<T>(claim: &Claim<T>) -> bool {
    claim.at.route.contains(".deploy.resources.limits.")
}

/// Products that do not start, or not usefully, with what is enough for a small API: they keep much in memory, many
/// threads and many files open.
const LARGE: &[&str] = &[
    "cassandra",
    "clickhouse",
    "couchbase",
    "elasticsearch",
    "gitlab",
    "jenkins",
    "kafka",
    "keycloak",
    "kibana",
    "logstash",
    "milvus",
    "mssql",
    "neo4j",
    "opensearch",
    "oracle",
    "ollama",
    "scylla",
    "solr",
    "sonarqube",
    "trino",
];

/// Whether the service runs one of the products that need more of everything.
pub(crate) fn is_large(service: &Service) -> bool {
    service.image.value().is_some_and(|image| {
        let repository = image.repository.to_ascii_lowercase();
        LARGE.iter().any(|name| repository.contains(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_posture::{Memory, Observed, Subject, SubjectKind};
    use plimsoll_text::{SourceKind, Sources};

    fn service(observed: Observed) -> Service {
        let mut sources = Sources::new();
        let id = sources.add("compose.yaml", SourceKind::Compose, b"a");
        let anchor = plimsoll_text::Span::new(id, 0, 1);
        let subject = Subject { kind: SubjectKind::Service, name: "a".into(), anchor, service: None };
        let mut service = Service::new(subject, true);
        service.observed = Some(observed);
        service
    }

    #[test]
    fn a_limit_leaves_room_over_what_was_observed() {
        let memory = |bytes, peak| {
            memory_for(&service(Observed { memory: Some(Memory { bytes, peak }), ..Observed::default() }))
        };
        let mib = 1024 * 1024;
        assert_eq!(
            memory(87 * mib, true),
            Some((192, "87 MiB at its peak, and twice that is left to it".to_owned()))
        );
        for (bytes, most) in
            [(1, 64), (32 * mib, 64), (33 * mib, 96), (200 * mib, 512), (1500 * mib, 3072), (u64::MAX, 0)]
        {
            let (found, _) = memory(bytes, false).unwrap();
            assert!(found == most || bytes == u64::MAX && found > 1 << 40, "{bytes}: {found}");
        }
        let pids =
            |count| pids_for(&service(Observed { pids: Some(count), ..Observed::default() })).unwrap().0;
        assert_eq!((pids(1), pids(25), pids(26), pids(60), pids(u64::MAX)), (100, 100, 150, 250, 1_000_000));
        assert_eq!(memory_for(&service(Observed::default())), None);
    }
}

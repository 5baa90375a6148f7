//! Limits that are missing: where one has to be written so that Compose accepts it.
//!
//! Compose refuses a short key (`pids_limit`) beside a block `deploy.resources.limits` that does not say the same.

use plimsoll_posture::{Claim, Fact, Layer, Service, Setting};

use crate::deciding::unset;
use crate::remedy::give;
use crate::{Finding, Remedy};

/// One limit: its short key and its key in the block, each with an example value.
pub(crate) struct Limit {
    /// `pids_limit: 200`.
    pub(crate) short: (&'static str, &'static str),
    /// `pids: 200`.
    pub(crate) deployed: (&'static str, &'static str),
    /// The setting with that value.
    pub(crate) setting: Setting,
    /// What may go wrong with it.
    pub(crate) risk: &'static str,
}

impl Limit {
    /// A finding about a limit that is not set, or set to no limit.
    pub(crate) fn finding<T>(&self, service: &Service, claim: &Claim<T>, message: String) -> Finding {
        let finding = if claim.layer == Layer::Engine {
            unset(service, self.short.0, message, self.fix(service))
        } else {
            let key = if in_block(claim) { self.deployed } else { self.short };
            Finding::at(claim, "means without limit", message, format!("set `{}: {}`", key.0, key.1))
        };
        finding.remedied(Remedy::risky(vec![give(service, self.setting.clone())], self.risk))
    }

    fn fix(&self, service: &Service) -> String {
        if has_block(service) {
            let (key, value) = self.deployed;
            return format!("add `{key}: {value}` to `deploy.resources.limits`, where the other limits are");
        }
        let (key, value) = self.short;
        format!("add `{key}: {value}`, or what the service needs at its peak")
    }
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

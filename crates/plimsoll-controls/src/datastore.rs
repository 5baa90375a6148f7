//! Which services keep data, and on which networks they meet those that the outside can reach.
//!
//! Deliberately absent: what is wrong with either. That is each control's own knowledge.

use plimsoll_posture::{
    Claim, Exposure, Known, NamespaceMode, Network, Posture, PublishedPort, Role, Service,
};

/// Ports on which datastores listen by default, with the product.
const PORTS: &[(u16, &str)] = &[
    (1433, "SQL Server"),
    (1521, "Oracle"),
    (2379, "etcd"),
    (2181, "ZooKeeper"),
    (3306, "MySQL"),
    (4222, "NATS"),
    (5432, "PostgreSQL"),
    (5672, "AMQP"),
    (5984, "CouchDB"),
    (6333, "Qdrant"),
    (6379, "Redis"),
    (7687, "Neo4j"),
    (7700, "Meilisearch"),
    (8086, "InfluxDB"),
    (8108, "Typesense"),
    (8123, "ClickHouse"),
    (8529, "ArangoDB"),
    (8983, "Solr"),
    (9000, "ClickHouse or MinIO"),
    (9042, "Cassandra"),
    (9092, "Kafka"),
    (9200, "Elasticsearch"),
    (9300, "Elasticsearch"),
    (11211, "Memcached"),
    (15672, "RabbitMQ"),
    (19530, "Milvus"),
    (26257, "CockroachDB"),
    (27017, "MongoDB"),
];

/// First words of image names that stand for a datastore.
const NAMES: &[&str] = &[
    "arangodb",
    "cassandra",
    "clickhouse",
    "cockroach",
    "couchbase",
    "couchdb",
    "dragonfly",
    "elasticsearch",
    "etcd",
    "influxdb",
    "kafka",
    "keydb",
    "mariadb",
    "meilisearch",
    "memcached",
    "milvus",
    "minio",
    "mongo",
    "mongodb",
    "mssql",
    "mysql",
    "nats",
    "neo4j",
    "opensearch",
    "percona",
    "pgvector",
    "postgis",
    "postgres",
    "postgresql",
    "qdrant",
    "rabbitmq",
    "redis",
    "scylla",
    "solr",
    "timescaledb",
    "typesense",
    "valkey",
    "weaviate",
    "zookeeper",
];

/// Words that make such a name a tool beside the datastore.
const TOOLS: &[&str] = &[
    "admin",
    "backup",
    "cli",
    "client",
    "commander",
    "connect",
    "dashboards",
    "exporter",
    "express",
    "gui",
    "init",
    "insight",
    "manager",
    "meta",
    "migrate",
    "operator",
    "proxy",
    "rest",
    "router",
    "seed",
    "setup",
    "ui",
    "web",
];

/// Whether a service keeps data: by what is known about its image, or by the image's name where nothing is known.
pub(crate) fn is_datastore(service: &Service) -> bool {
    match service.knowledge.role {
        Some(role) => role == Role::Datastore,
        None => service.image.value().is_some_and(|image| is_datastore_name(&image.repository)),
    }
}

fn is_datastore_name(repository: &str) -> bool {
    let name = repository.rsplit('/').next().unwrap_or(repository).to_ascii_lowercase();
    let mut words = name.split(['-', '_', '.']);
    let first = words.next().unwrap_or("");
    NAMES.contains(&first) && !words.any(|word| TOOLS.contains(&word))
}

/// The product that listens on a port by default.
pub(crate) fn product(port: &PublishedPort) -> Option<&'static str> {
    let container = port.container.value()?;
    PORTS.iter().find(|(number, _)| container.contains(*number)).map(|(_, name)| *name)
}

/// Whether a published port of a service is a datastore's: any port of an image known as one, and the well-known
/// ports of an image that is only named like one.
pub(crate) fn is_datastore_port(service: &Service, port: &PublishedPort) -> bool {
    match service.knowledge.role {
        Some(role) => role == Role::Datastore,
        None => is_datastore(service) && product(port).is_some(),
    }
}

/// Whether the ports of a service are published: a service in another network namespace than its own publishes none,
/// nor does one whose networks are all internal.
pub(crate) fn publishes(service: &Service) -> bool {
    use NamespaceMode::{Container, Host, None, Service};
    let elsewhere = matches!(service.network_mode.value(), Some(Host | None | Service(_) | Container(_)));
    let exposure = service.kernel.exposure.as_ref().and_then(|claim| claim.value.value());
    !elsewhere && exposure != Some(&Exposure::SameNetwork) && !service.published.is_empty()
}

/// The first port that a service publishes.
pub(crate) fn first_published(service: &Service) -> Option<&Claim<PublishedPort>> {
    service.published.items().next().filter(|_| publishes(service))
}

/// Whether nothing leads from a network to the outside. `None` where a variable decides it.
pub(crate) fn is_internal(network: &Network) -> Option<bool> {
    match network.internal.effective().map(|claim| &claim.value) {
        Some(Known::Value(internal)) => Some(*internal),
        Some(Known::Unknown(_)) => None,
        None => Some(false),
    }
}

/// Whether a service has a network beside this one that leads outward.
pub(crate) fn has_other_way_out(service: &Service, network: &str, posture: &Posture) -> bool {
    service.networks.values().any(|(attachment, _)| {
        &*attachment.network != network
            && posture.network(&attachment.network).is_none_or(|other| is_internal(other) != Some(true))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_beside_a_datastore_are_none() {
        for name in ["bitnami/postgresql", "postgis/postgis", "redis", "library/mongo", "redis-stack-server"]
        {
            assert!(is_datastore_name(name), "{name}");
        }
        for name in [
            "mongo-express",
            "prometheuscommunity/postgres-exporter",
            "rediscommander/redis-commander",
            "supabase/postgres-meta",
            "node",
        ] {
            assert!(!is_datastore_name(name), "{name}");
        }
    }
}

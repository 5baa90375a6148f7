//! What is known about single images: one record for each name, or for some major versions of it.
//!
//! Source: the images' own Dockerfiles (docker-library and the vendors). Only what is sure stands here: an unknown default
//! user stays unknown. Deliberately absent: volumes and environment, which no rule needs from a table.

use plimsoll_posture::{Flavour, Role};

/// The user a container of the image starts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum User {
    Unknown,
    Root,
    Named(&'static str),
    /// Root before that version, the user from it on.
    Since(&'static str, &'static str),
}

/// Which leaner variant exists beside a plain tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lean {
    No,
    Slim,
    Alpine,
}

/// An account: name, uid, primary gid.
pub(super) type Account = (&'static str, u32, u32);

#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub(super) names: &'static [&'static str],
    /// Major versions it speaks of; empty for all.
    pub(super) majors: &'static [&'static str],
    pub(super) role: Role,
    /// Distribution of a tag that names none.
    pub(super) distribution: Option<&'static str>,
    /// Flavour of a tag that names none.
    pub(super) flavour: Option<Flavour>,
    pub(super) lean: Lean,
    pub(super) user: User,
    /// Accounts beside those of the distribution.
    pub(super) accounts: &'static [Account],
    /// The same on Alpine, where they differ.
    pub(super) alpine_accounts: Option<&'static [Account]>,
    /// Whether these and the distribution's are all.
    pub(super) complete: bool,
    pub(super) steps_down_to: Option<&'static str>,
    pub(super) init: bool,
    pub(super) file_variables: &'static [&'static str],
    pub(super) offers: Option<&'static str>,
    pub(super) ports: &'static [u16],
    pub(super) entrypoint: &'static [&'static str],
    pub(super) command: &'static [&'static str],
    /// Product in the table of release lines.
    pub(super) product: Option<&'static str>,
    /// Whether `NAME:LINE` is a tag that exists for every release line.
    pub(super) line_tags: bool,
    /// Retired by its publisher: what to take instead.
    pub(super) retired: Option<&'static str>,
}

const PLAIN: Record = Record {
    names: &[],
    majors: &[],
    role: Role::Application,
    distribution: Some("debian"),
    flavour: None,
    lean: Lean::No,
    user: User::Root,
    accounts: &[],
    alpine_accounts: None,
    complete: false,
    steps_down_to: None,
    init: false,
    file_variables: &[],
    offers: None,
    ports: &[],
    entrypoint: &[],
    command: &[],
    product: None,
    line_tags: true,
    retired: None,
};

/// The entrypoint that most official images have.
const ENTRY: &[&str] = &["docker-entrypoint.sh"];

const RUNTIME: Record =
    Record { role: Role::Runtime, flavour: Some(Flavour::Full), lean: Lean::Slim, complete: true, ..PLAIN };
const STORE: Record = Record { role: Role::Datastore, ..PLAIN };
const PROXY: Record = Record { role: Role::Proxy, ..PLAIN };
const DISTRO: Record = Record { role: Role::Distribution, complete: true, ..PLAIN };
const VENDOR: Record = Record { distribution: None, line_tags: false, ..PLAIN };

/// The record for an image of that name and tag version.
pub(super) fn find(key: &str, version: Option<&str>) -> Option<&'static Record> {
    let major = version.and_then(|version| version.split('.').next());
    let of_major = |record: &Record| {
        record.majors.is_empty() || major.is_some_and(|major| record.majors.contains(&major))
    };
    RECORDS.iter().find(|record| record.names.contains(&key) && of_major(record)).or_else(|| by_family(key))
}

/// Whole families that share one shape.
fn by_family(key: &str) -> Option<&'static Record> {
    let starts = |any: &[&str]| any.iter().any(|start| key.starts_with(start));
    if key.starts_with("gcr.io/distroless/") {
        Some(&DISTROLESS)
    } else if starts(&["lscr.io/linuxserver/", "linuxserver/", "ghcr.io/linuxserver/"]) {
        Some(&LINUXSERVER)
    } else {
        None
    }
}

static DISTROLESS: Record = Record {
    role: Role::Runtime,
    flavour: Some(Flavour::Distroless),
    accounts: &[("root", 0, 0), ("nobody", 65534, 65534), ("nonroot", 65532, 65532)],
    complete: true,
    offers: Some("nonroot"),
    line_tags: false,
    ..PLAIN
};

/// s6 as PID 1, which hands over to the account `abc`; the services decide for themselves, so no step down is stated.
static LINUXSERVER: Record = Record { init: true, entrypoint: &["/init"], user: User::Root, ..VENDOR };

const POSTGRES_FILES: &[&str] =
    &["POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_INITDB_ARGS"];
const MYSQL_FILES: &[&str] =
    &["MYSQL_ROOT_PASSWORD", "MYSQL_PASSWORD", "MYSQL_USER", "MYSQL_DATABASE", "MYSQL_ROOT_HOST"];
const POSTGRES: Record = Record {
    names: &["postgres"],
    lean: Lean::Alpine,
    accounts: &[("postgres", 999, 999)],
    alpine_accounts: Some(&[("postgres", 70, 70)]),
    steps_down_to: Some("postgres"),
    file_variables: POSTGRES_FILES,
    ports: &[5432],
    entrypoint: ENTRY,
    command: &["postgres"],
    product: Some("postgresql"),
    ..STORE
};

static RECORDS: &[Record] = &[
    // Distributions.
    Record {
        names: &["debian"],
        flavour: Some(Flavour::Full),
        lean: Lean::Slim,
        product: Some("debian"),
        ..DISTRO
    },
    Record { names: &["ubuntu"], distribution: Some("ubuntu"), product: Some("ubuntu"), ..DISTRO },
    Record { names: &["alpine"], distribution: Some("alpine"), product: Some("alpine-linux"), ..DISTRO },
    Record {
        names: &["busybox"],
        distribution: Some("busybox"),
        flavour: Some(Flavour::Slim),
        complete: false,
        ..DISTRO
    },
    Record {
        names: &["centos"],
        distribution: Some("centos"),
        flavour: Some(Flavour::Full),
        product: Some("centos"),
        complete: false,
        retired: Some("almalinux:10"),
        ..DISTRO
    },
    Record {
        names: &["almalinux"],
        distribution: Some("almalinux"),
        flavour: Some(Flavour::Full),
        product: Some("almalinux"),
        complete: false,
        ..DISTRO
    },
    Record {
        names: &["rockylinux"],
        distribution: Some("rockylinux"),
        flavour: Some(Flavour::Full),
        product: Some("rocky-linux"),
        line_tags: false,
        complete: false,
        ..DISTRO
    },
    Record {
        names: &["fedora"],
        distribution: Some("fedora"),
        flavour: Some(Flavour::Full),
        product: Some("fedora"),
        complete: false,
        ..DISTRO
    },
    Record {
        names: &["amazonlinux"],
        distribution: Some("amazonlinux"),
        flavour: Some(Flavour::Full),
        product: Some("amazon-linux"),
        complete: false,
        ..DISTRO
    },
    Record {
        names: &["oraclelinux"],
        distribution: Some("oraclelinux"),
        flavour: Some(Flavour::Full),
        product: Some("oracle-linux"),
        complete: false,
        ..DISTRO
    },
    Record {
        names: &["photon"],
        distribution: Some("photon"),
        product: Some("vmware-photon"),
        complete: false,
        ..DISTRO
    },
    Record {
        names: &["mageia"],
        distribution: Some("mageia"),
        flavour: Some(Flavour::Full),
        product: Some("mageia"),
        complete: false,
        ..DISTRO
    },
    Record {
        names: &["clearlinux"],
        distribution: Some("clearlinux"),
        flavour: Some(Flavour::Full),
        product: Some("clearlinux"),
        complete: false,
        line_tags: false,
        ..DISTRO
    },
    Record {
        names: &["opensuse/leap"],
        distribution: Some("opensuse"),
        flavour: Some(Flavour::Full),
        product: Some("opensuse"),
        complete: false,
        ..DISTRO
    },
    Record { names: &["buildpack-deps"], flavour: Some(Flavour::Full), ..DISTRO },
    // Runtimes.
    Record {
        names: &["node"],
        accounts: &[("node", 1000, 1000)],
        offers: Some("node"),
        entrypoint: ENTRY,
        command: &["node"],
        product: Some("nodejs"),
        ..RUNTIME
    },
    Record { names: &["python"], command: &["python3"], product: Some("python"), ..RUNTIME },
    Record { names: &["ruby"], command: &["irb"], product: Some("ruby"), ..RUNTIME },
    Record { names: &["golang"], lean: Lean::Alpine, command: &["bash"], product: Some("go"), ..RUNTIME },
    Record { names: &["rust"], product: Some("rust"), ..RUNTIME },
    Record { names: &["perl"], product: Some("perl"), ..RUNTIME },
    Record { names: &["elixir"], product: Some("elixir"), ..RUNTIME },
    Record { names: &["erlang"], product: Some("erlang"), ..RUNTIME },
    Record {
        names: &["php"],
        lean: Lean::Alpine,
        entrypoint: &["docker-php-entrypoint"],
        product: Some("php"),
        offers: Some("www-data"),
        ..RUNTIME
    },
    Record {
        names: &["eclipse-temurin"],
        distribution: Some("ubuntu"),
        lean: Lean::Alpine,
        product: Some("eclipse-temurin"),
        ..RUNTIME
    },
    Record {
        names: &["openjdk"],
        product: None,
        line_tags: false,
        complete: false,
        retired: Some("eclipse-temurin"),
        ..RUNTIME
    },
    Record {
        names: &["java"],
        lean: Lean::No,
        line_tags: false,
        complete: false,
        retired: Some("eclipse-temurin"),
        ..RUNTIME
    },
    Record { names: &["iojs"], line_tags: false, complete: false, retired: Some("node"), ..RUNTIME },
    Record {
        names: &["adoptopenjdk"],
        distribution: Some("ubuntu"),
        lean: Lean::No,
        line_tags: false,
        complete: false,
        retired: Some("eclipse-temurin"),
        ..RUNTIME
    },
    Record {
        names: &["amazoncorretto"],
        distribution: Some("amazonlinux"),
        lean: Lean::Alpine,
        line_tags: false,
        complete: false,
        ..RUNTIME
    },
    Record {
        names: &["maven", "gcc", "swift", "julia", "haskell", "clojure", "dart", "composer"],
        distribution: None,
        lean: Lean::No,
        line_tags: false,
        complete: false,
        ..RUNTIME
    },
    Record {
        names: &["gradle"],
        distribution: Some("ubuntu"),
        lean: Lean::No,
        line_tags: false,
        complete: false,
        offers: Some("gradle"),
        ..RUNTIME
    },
    Record {
        names: &["oven/bun"],
        accounts: &[("bun", 1000, 1000)],
        offers: Some("bun"),
        command: &["/usr/local/bin/bun"],
        product: Some("bun"),
        ..RUNTIME
    },
    Record {
        names: &["denoland/deno"],
        lean: Lean::Alpine,
        user: User::Unknown,
        offers: Some("deno"),
        product: Some("deno"),
        line_tags: false,
        complete: false,
        ..RUNTIME
    },
    Record {
        names: &[
            "mcr.microsoft.com/dotnet/aspnet",
            "mcr.microsoft.com/dotnet/runtime",
            "mcr.microsoft.com/dotnet/sdk",
        ],
        lean: Lean::Alpine,
        product: Some("dotnet"),
        line_tags: false,
        complete: false,
        ..RUNTIME
    },
    Record {
        names: &["cimg/node"],
        user: User::Named("circleci"),
        distribution: Some("ubuntu"),
        lean: Lean::No,
        product: Some("nodejs"),
        line_tags: false,
        complete: false,
        ..RUNTIME
    },
    Record {
        names: &["circleci/node"],
        user: User::Named("circleci"),
        lean: Lean::No,
        product: Some("nodejs"),
        line_tags: false,
        complete: false,
        retired: Some("cimg/node"),
        ..RUNTIME
    },
    Record {
        names: &["bitnami/node", "bitnamilegacy/node"],
        user: User::Unknown,
        lean: Lean::No,
        product: Some("nodejs"),
        line_tags: false,
        complete: false,
        ..RUNTIME
    },
    // Datastores.
    POSTGRES,
    Record {
        names: &["postgis/postgis", "pgvector/pgvector"],
        lean: Lean::No,
        product: None,
        line_tags: false,
        ..POSTGRES
    },
    Record {
        names: &["timescale/timescaledb"],
        distribution: Some("alpine"),
        lean: Lean::No,
        product: None,
        line_tags: false,
        ..POSTGRES
    },
    Record {
        names: &["mysql"],
        distribution: Some("oraclelinux"),
        accounts: &[("mysql", 999, 999)],
        steps_down_to: Some("mysql"),
        file_variables: MYSQL_FILES,
        ports: &[3306],
        entrypoint: ENTRY,
        command: &["mysqld"],
        product: Some("mysql"),
        ..STORE
    },
    Record {
        names: &["mariadb"],
        distribution: Some("ubuntu"),
        accounts: &[("mysql", 999, 999)],
        steps_down_to: Some("mysql"),
        file_variables: &[
            "MARIADB_ROOT_PASSWORD",
            "MARIADB_ROOT_PASSWORD_HASH",
            "MARIADB_PASSWORD",
            "MARIADB_PASSWORD_HASH",
            "MARIADB_USER",
            "MARIADB_DATABASE",
            "MARIADB_ROOT_HOST",
            "MYSQL_ROOT_PASSWORD",
            "MYSQL_PASSWORD",
            "MYSQL_USER",
            "MYSQL_DATABASE",
        ],
        ports: &[3306],
        entrypoint: ENTRY,
        command: &["mariadbd"],
        product: Some("mariadb"),
        ..STORE
    },
    Record {
        names: &["percona"],
        distribution: None,
        user: User::Unknown,
        file_variables: MYSQL_FILES,
        ports: &[3306],
        line_tags: false,
        ..STORE
    },
    Record {
        names: &["mongo"],
        distribution: Some("ubuntu"),
        accounts: &[("mongodb", 999, 999)],
        steps_down_to: Some("mongodb"),
        file_variables: &["MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD"],
        ports: &[27017],
        entrypoint: ENTRY,
        command: &["mongod"],
        product: Some("mongodb"),
        ..STORE
    },
    Record {
        names: &["redis"],
        lean: Lean::Alpine,
        accounts: &[("redis", 999, 999)],
        alpine_accounts: Some(&[("redis", 999, 1000)]),
        steps_down_to: Some("redis"),
        ports: &[6379],
        entrypoint: ENTRY,
        command: &["redis-server"],
        product: Some("redis"),
        ..STORE
    },
    Record {
        names: &["valkey/valkey"],
        lean: Lean::Alpine,
        accounts: &[("valkey", 999, 999)],
        alpine_accounts: Some(&[("valkey", 999, 1000)]),
        steps_down_to: Some("valkey"),
        ports: &[6379],
        entrypoint: ENTRY,
        command: &["valkey-server"],
        product: Some("valkey"),
        ..STORE
    },
    Record {
        names: &["redis/redis-stack", "redis/redis-stack-server"],
        distribution: Some("ubuntu"),
        ports: &[6379],
        line_tags: false,
        ..STORE
    },
    Record {
        names: &["memcached"],
        lean: Lean::Alpine,
        user: User::Named("memcache"),
        accounts: &[("memcache", 11211, 11211)],
        ports: &[11211],
        entrypoint: ENTRY,
        command: &["memcached"],
        product: Some("memcached"),
        ..STORE
    },
    Record {
        names: &["rabbitmq"],
        distribution: Some("ubuntu"),
        lean: Lean::Alpine,
        steps_down_to: Some("rabbitmq"),
        ports: &[5672],
        entrypoint: ENTRY,
        command: &["rabbitmq-server"],
        product: Some("rabbitmq"),
        ..STORE
    },
    Record {
        names: &["cassandra"],
        accounts: &[("cassandra", 999, 999)],
        steps_down_to: Some("cassandra"),
        ports: &[9042],
        entrypoint: ENTRY,
        command: &["cassandra", "-f"],
        product: Some("apache-cassandra"),
        ..STORE
    },
    Record {
        names: &["couchdb"],
        accounts: &[("couchdb", 5984, 5984)],
        steps_down_to: Some("couchdb"),
        ports: &[5984],
        product: Some("apache-couchdb"),
        ..STORE
    },
    Record {
        names: &["influxdb"],
        majors: &["2"],
        lean: Lean::Alpine,
        steps_down_to: Some("influxdb"),
        file_variables: &[
            "DOCKER_INFLUXDB_INIT_USERNAME",
            "DOCKER_INFLUXDB_INIT_PASSWORD",
            "DOCKER_INFLUXDB_INIT_ADMIN_TOKEN",
        ],
        ports: &[8086],
        product: Some("influxdb"),
        line_tags: false,
        ..STORE
    },
    Record {
        names: &["influxdb"],
        user: User::Unknown,
        ports: &[8086],
        product: Some("influxdb"),
        line_tags: false,
        ..STORE
    },
    Record {
        names: &["elasticsearch", "docker.elastic.co/elasticsearch/elasticsearch"],
        majors: &["6", "7"],
        distribution: None,
        accounts: &[("elasticsearch", 1000, 1000)],
        steps_down_to: Some("elasticsearch"),
        file_variables: &["ELASTIC_PASSWORD"],
        ports: &[9200],
        product: Some("elasticsearch"),
        line_tags: false,
        ..STORE
    },
    Record {
        names: &["elasticsearch", "docker.elastic.co/elasticsearch/elasticsearch"],
        majors: &["8", "9"],
        distribution: None,
        user: User::Named("1000:0"),
        accounts: &[("elasticsearch", 1000, 1000)],
        init: true,
        file_variables: &["ELASTIC_PASSWORD"],
        ports: &[9200],
        product: Some("elasticsearch"),
        line_tags: false,
        ..STORE
    },
    Record {
        names: &["elasticsearch", "docker.elastic.co/elasticsearch/elasticsearch"],
        distribution: None,
        user: User::Unknown,
        ports: &[9200],
        product: Some("elasticsearch"),
        line_tags: false,
        ..STORE
    },
    Record {
        names: &["opensearchproject/opensearch"],
        user: User::Named("1000"),
        accounts: &[("opensearch", 1000, 1000)],
        ports: &[9200],
        product: Some("opensearch"),
        role: Role::Datastore,
        ..VENDOR
    },
    Record {
        names: &["neo4j"],
        accounts: &[("neo4j", 7474, 7474)],
        steps_down_to: Some("neo4j"),
        init: true,
        file_variables: &["NEO4J_AUTH"],
        ports: &[7687],
        product: Some("neo4j"),
        line_tags: false,
        ..STORE
    },
    Record {
        names: &["zookeeper"],
        distribution: Some("ubuntu"),
        accounts: &[("zookeeper", 1000, 1000)],
        steps_down_to: Some("zookeeper"),
        ports: &[2181],
        product: Some("zookeeper"),
        ..STORE
    },
    Record {
        names: &["solr"],
        distribution: Some("ubuntu"),
        lean: Lean::Slim,
        user: User::Named("8983"),
        accounts: &[("solr", 8983, 8983)],
        ports: &[8983],
        product: Some("solr"),
        ..STORE
    },
    Record {
        names: &["arangodb"],
        distribution: Some("alpine"),
        user: User::Unknown,
        file_variables: &["ARANGO_ROOT_PASSWORD"],
        ports: &[8529],
        product: Some("arangodb"),
        ..STORE
    },
    Record { names: &["rethinkdb"], ports: &[28015], ..STORE },
    Record {
        names: &["crate", "couchbase", "aerospike", "orientdb"],
        distribution: None,
        user: User::Unknown,
        line_tags: false,
        ..STORE
    },
    Record {
        names: &["clickhouse", "clickhouse/clickhouse-server"],
        distribution: Some("ubuntu"),
        lean: Lean::Alpine,
        accounts: &[("clickhouse", 101, 101)],
        steps_down_to: Some("clickhouse"),
        ports: &[8123, 9000],
        product: Some("clickhouse"),
        ..STORE
    },
    Record {
        names: &["cockroachdb/cockroach"],
        ports: &[26257],
        product: Some("cockroachdb"),
        role: Role::Datastore,
        ..VENDOR
    },
    Record {
        names: &["minio/minio", "quay.io/minio/minio"],
        file_variables: &["MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"],
        ports: &[9000],
        role: Role::Datastore,
        ..VENDOR
    },
    Record {
        names: &["etcd", "quay.io/coreos/etcd", "gcr.io/etcd-development/etcd"],
        flavour: Some(Flavour::Distroless),
        ports: &[2379],
        product: Some("etcd"),
        role: Role::Datastore,
        ..VENDOR
    },
    Record {
        names: &["apache/kafka"],
        user: User::Named("appuser"),
        accounts: &[("appuser", 1000, 1000)],
        ports: &[9092],
        product: Some("apache-kafka"),
        role: Role::Datastore,
        ..VENDOR
    },
    Record {
        names: &["confluentinc/cp-kafka", "confluentinc/cp-zookeeper"],
        user: User::Named("appuser"),
        accounts: &[("appuser", 1000, 1000)],
        ports: &[9092],
        role: Role::Datastore,
        ..VENDOR
    },
    Record {
        names: &["nats"],
        distribution: Some("scratch"),
        flavour: Some(Flavour::Scratch),
        ports: &[4222],
        line_tags: false,
        ..STORE
    },
    Record {
        names: &["mcr.microsoft.com/mssql/server"],
        distribution: Some("ubuntu"),
        user: User::Unknown,
        ports: &[1433],
        line_tags: false,
        product: Some("mssqlserver"),
        ..STORE
    },
    Record {
        names: &["qdrant/qdrant"],
        user: User::Unknown,
        ports: &[6333],
        role: Role::Datastore,
        ..VENDOR
    },
    Record {
        names: &[
            "getmeili/meilisearch",
            "semitechnologies/weaviate",
            "chromadb/chroma",
            "questdb/questdb",
            "scylladb/scylla",
            "surrealdb/surrealdb",
            "dragonflydb/dragonfly",
        ],
        user: User::Unknown,
        role: Role::Datastore,
        ..VENDOR
    },
    Record {
        names: &[
            "bitnami/postgresql",
            "bitnami/redis",
            "bitnami/mongodb",
            "bitnami/mysql",
            "bitnami/mariadb",
            "bitnami/rabbitmq",
            "bitnami/elasticsearch",
            "bitnami/cassandra",
            "bitnami/zookeeper",
            "bitnami/etcd",
            "bitnami/memcached",
            "bitnami/minio",
            "bitnamilegacy/postgresql",
            "bitnamilegacy/redis",
            "bitnamilegacy/mongodb",
            "bitnamilegacy/mysql",
            "bitnamilegacy/mariadb",
            "bitnamilegacy/rabbitmq",
            "bitnamilegacy/elasticsearch",
            "bitnamilegacy/minio",
        ],
        user: User::Named("1001"),
        file_variables: &[
            "POSTGRESQL_PASSWORD",
            "POSTGRESQL_POSTGRES_PASSWORD",
            "REDIS_PASSWORD",
            "MONGODB_ROOT_PASSWORD",
            "MONGODB_PASSWORD",
            "MYSQL_ROOT_PASSWORD",
            "MYSQL_PASSWORD",
            "MARIADB_ROOT_PASSWORD",
            "MARIADB_PASSWORD",
            "RABBITMQ_PASSWORD",
            "MINIO_ROOT_PASSWORD",
        ],
        role: Role::Datastore,
        distribution: Some("debian"),
        ..VENDOR
    },
    Record {
        names: &["bitnami/kafka", "bitnamilegacy/kafka"],
        user: User::Named("1001"),
        distribution: Some("debian"),
        ports: &[9092],
        product: Some("apache-kafka"),
        role: Role::Datastore,
        ..VENDOR
    },
    // Proxies.
    Record {
        names: &["nginx"],
        lean: Lean::Alpine,
        accounts: &[("nginx", 101, 101)],
        ports: &[80],
        entrypoint: &["/docker-entrypoint.sh"],
        command: &["nginx", "-g", "daemon off;"],
        product: Some("nginx"),
        ..PROXY
    },
    Record {
        names: &["nginxinc/nginx-unprivileged"],
        lean: Lean::Alpine,
        user: User::Named("101"),
        accounts: &[("nginx", 101, 101)],
        ports: &[8080],
        entrypoint: &["/docker-entrypoint.sh"],
        command: &["nginx", "-g", "daemon off;"],
        product: Some("nginx"),
        ..PROXY
    },
    Record {
        names: &["httpd"],
        lean: Lean::Alpine,
        ports: &[80],
        command: &["httpd-foreground"],
        product: Some("apache-http-server"),
        ..PROXY
    },
    Record {
        names: &["haproxy"],
        lean: Lean::Alpine,
        user: User::Since("2.4", "haproxy"),
        accounts: &[("haproxy", 99, 99)],
        entrypoint: ENTRY,
        product: Some("haproxy"),
        ..PROXY
    },
    Record {
        names: &["traefik"],
        distribution: Some("alpine"),
        flavour: Some(Flavour::Alpine),
        ports: &[80],
        entrypoint: &["/entrypoint.sh"],
        command: &["traefik"],
        product: Some("traefik"),
        ..PROXY
    },
    Record {
        names: &["caddy"],
        distribution: Some("alpine"),
        flavour: Some(Flavour::Alpine),
        ports: &[80, 443],
        command: &["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
        product: Some("caddy"),
        ..PROXY
    },
    Record {
        names: &["envoyproxy/envoy"],
        distribution: Some("ubuntu"),
        accounts: &[("envoy", 101, 101)],
        user: User::Unknown,
        product: Some("envoy"),
        line_tags: false,
        ..PROXY
    },
    Record {
        names: &["kong"],
        distribution: None,
        user: User::Since("2.0", "kong"),
        ports: &[8000, 8443],
        product: Some("kong-gateway"),
        ..PROXY
    },
    Record { names: &["varnish"], user: User::Unknown, line_tags: false, ..PROXY },
    Record {
        names: &["squid", "ubuntu/squid"],
        distribution: Some("ubuntu"),
        user: User::Unknown,
        ports: &[3128],
        product: Some("squid"),
        line_tags: false,
        ..PROXY
    },
    Record {
        names: &[
            "openresty/openresty",
            "jc21/nginx-proxy-manager",
            "nginxproxy/nginx-proxy",
            "cloudflare/cloudflared",
        ],
        user: User::Unknown,
        role: Role::Proxy,
        ..VENDOR
    },
    Record {
        names: &["bitnami/nginx", "bitnamilegacy/nginx"],
        user: User::Named("1001"),
        distribution: Some("debian"),
        ports: &[8080],
        role: Role::Proxy,
        ..VENDOR
    },
    // Web front ends to a datastore or to the engine.
    Record {
        names: &["adminer"],
        distribution: Some("alpine"),
        flavour: Some(Flavour::Alpine),
        user: User::Named("adminer"),
        ports: &[8080],
        role: Role::Administration,
        line_tags: false,
        ..PLAIN
    },
    Record {
        names: &["phpmyadmin", "phpmyadmin/phpmyadmin"],
        ports: &[80],
        role: Role::Administration,
        line_tags: false,
        file_variables: &["PMA_PASSWORD", "MYSQL_ROOT_PASSWORD"],
        ..PLAIN
    },
    Record {
        names: &["mongo-express"],
        distribution: Some("alpine"),
        user: User::Unknown,
        ports: &[8081],
        role: Role::Administration,
        line_tags: false,
        ..PLAIN
    },
    Record {
        names: &["dpage/pgadmin4"],
        distribution: Some("alpine"),
        user: User::Named("5050"),
        accounts: &[("pgadmin", 5050, 5050)],
        file_variables: &["PGADMIN_DEFAULT_PASSWORD"],
        ports: &[80, 443],
        role: Role::Administration,
        ..VENDOR
    },
    Record {
        names: &[
            "portainer/portainer-ce",
            "portainer/portainer",
            "portainer/portainer-ee",
            "portainer/agent",
        ],
        distribution: Some("scratch"),
        flavour: Some(Flavour::Scratch),
        ports: &[9000, 9443],
        role: Role::Administration,
        ..VENDOR
    },
    Record {
        names: &[
            "rediscommander/redis-commander",
            "redis/redisinsight",
            "redislabs/redisinsight",
            "provectuslabs/kafka-ui",
            "amir20/dozzle",
            "louislam/dockge",
            "containrrr/watchtower",
            "opensearchproject/opensearch-dashboards",
            "elestio/pgadmin",
            "sosedoff/pgweb",
            "dbeaver/cloudbeaver",
        ],
        user: User::Unknown,
        role: Role::Administration,
        ..VENDOR
    },
    // Applications.
    Record { names: &["wordpress"], ports: &[80], entrypoint: ENTRY, product: Some("wordpress"), ..PLAIN },
    Record { names: &["drupal"], ports: &[80], product: Some("drupal"), ..PLAIN },
    Record {
        names: &["joomla"],
        ports: &[80],
        entrypoint: &["/entrypoint.sh"],
        product: Some("joomla"),
        ..PLAIN
    },
    Record {
        names: &["nextcloud"],
        lean: Lean::No,
        ports: &[80],
        file_variables: &[
            "MYSQL_DATABASE",
            "MYSQL_USER",
            "MYSQL_PASSWORD",
            "POSTGRES_DB",
            "POSTGRES_USER",
            "POSTGRES_PASSWORD",
            "NEXTCLOUD_ADMIN_USER",
            "NEXTCLOUD_ADMIN_PASSWORD",
            "REDIS_HOST_PASSWORD",
            "SMTP_PASSWORD",
        ],
        product: Some("nextcloud"),
        ..PLAIN
    },
    Record {
        names: &["ghost"],
        accounts: &[("node", 1000, 1000)],
        lean: Lean::Alpine,
        steps_down_to: Some("node"),
        ports: &[2368],
        entrypoint: ENTRY,
        line_tags: false,
        ..PLAIN
    },
    Record {
        names: &["redmine"],
        ports: &[3000],
        steps_down_to: Some("redmine"),
        file_variables: &["REDMINE_DB_PASSWORD", "REDMINE_SECRET_KEY_BASE"],
        line_tags: false,
        ..PLAIN
    },
    Record {
        names: &["tomcat"],
        distribution: Some("ubuntu"),
        ports: &[8080],
        command: &["catalina.sh", "run"],
        product: Some("tomcat"),
        role: Role::Runtime,
        flavour: Some(Flavour::Full),
        ..PLAIN
    },
    Record {
        names: &["jetty"],
        distribution: Some("ubuntu"),
        user: User::Named("jetty"),
        accounts: &[("jetty", 999, 999)],
        ports: &[8080],
        role: Role::Runtime,
        line_tags: false,
        ..PLAIN
    },
    Record {
        names: &["grafana/grafana", "grafana/grafana-oss", "grafana/grafana-enterprise"],
        distribution: Some("alpine"),
        flavour: Some(Flavour::Alpine),
        user: User::Named("472"),
        accounts: &[("grafana", 472, 0)],
        ports: &[3000],
        product: Some("grafana"),
        ..VENDOR
    },
    Record { names: &["grafana/loki"], user: User::Named("10001"), ports: &[3100], ..VENDOR },
    Record {
        names: &["prom/prometheus", "quay.io/prometheus/prometheus"],
        distribution: Some("busybox"),
        flavour: Some(Flavour::Slim),
        user: User::Named("nobody"),
        accounts: &[("nobody", 65534, 65534)],
        ports: &[9090],
        product: Some("prometheus"),
        ..VENDOR
    },
    Record {
        names: &[
            "prom/alertmanager",
            "prom/node-exporter",
            "prom/blackbox-exporter",
            "quay.io/prometheus/alertmanager",
            "quay.io/prometheus/node-exporter",
        ],
        distribution: Some("busybox"),
        flavour: Some(Flavour::Slim),
        user: User::Named("nobody"),
        accounts: &[("nobody", 65534, 65534)],
        ..VENDOR
    },
    Record {
        names: &["kibana", "docker.elastic.co/kibana/kibana"],
        distribution: None,
        user: User::Named("1000"),
        accounts: &[("kibana", 1000, 1000)],
        ports: &[5601],
        product: Some("kibana"),
        role: Role::Administration,
        line_tags: false,
        ..PLAIN
    },
    Record {
        names: &["logstash", "docker.elastic.co/logstash/logstash"],
        distribution: None,
        user: User::Named("1000"),
        accounts: &[("logstash", 1000, 1000)],
        product: Some("logstash"),
        line_tags: false,
        ..PLAIN
    },
    Record {
        names: &["vault"],
        distribution: Some("alpine"),
        flavour: Some(Flavour::Alpine),
        accounts: &[("vault", 100, 1000)],
        steps_down_to: Some("vault"),
        init: true,
        ports: &[8200],
        product: Some("hashicorp-vault"),
        line_tags: false,
        retired: Some("hashicorp/vault"),
        ..PLAIN
    },
    Record {
        names: &["hashicorp/vault"],
        distribution: Some("alpine"),
        flavour: Some(Flavour::Alpine),
        accounts: &[("vault", 100, 1000)],
        steps_down_to: Some("vault"),
        init: true,
        ports: &[8200],
        product: Some("hashicorp-vault"),
        ..PLAIN
    },
    Record {
        names: &["consul"],
        distribution: Some("alpine"),
        flavour: Some(Flavour::Alpine),
        accounts: &[("consul", 100, 1000)],
        steps_down_to: Some("consul"),
        init: true,
        ports: &[8500],
        product: Some("consul"),
        line_tags: false,
        retired: Some("hashicorp/consul"),
        ..PLAIN
    },
    Record {
        names: &["hashicorp/consul"],
        distribution: Some("alpine"),
        flavour: Some(Flavour::Alpine),
        accounts: &[("consul", 100, 1000)],
        steps_down_to: Some("consul"),
        init: true,
        ports: &[8500],
        product: Some("consul"),
        line_tags: false,
        ..PLAIN
    },
    Record {
        names: &["jenkins/jenkins"],
        user: User::Named("jenkins"),
        accounts: &[("jenkins", 1000, 1000)],
        init: true,
        ports: &[8080],
        product: Some("jenkins"),
        line_tags: false,
        ..PLAIN
    },
    Record {
        names: &["jenkins"],
        user: User::Named("jenkins"),
        accounts: &[("jenkins", 1000, 1000)],
        init: true,
        ports: &[8080],
        line_tags: false,
        retired: Some("jenkins/jenkins"),
        ..PLAIN
    },
    Record {
        names: &["gitlab/gitlab-ce", "gitlab/gitlab-ee"],
        distribution: Some("ubuntu"),
        ports: &[80, 443, 22],
        product: Some("gitlab"),
        ..VENDOR
    },
    Record {
        names: &["sonarqube"],
        user: User::Unknown,
        ports: &[9000],
        product: Some("sonarqube-community"),
        line_tags: false,
        ..PLAIN
    },
    Record {
        names: &["quay.io/keycloak/keycloak", "keycloak/keycloak"],
        user: User::Named("1000"),
        ports: &[8080],
        product: Some("keycloak"),
        line_tags: true,
        ..VENDOR
    },
    Record {
        names: &["docker"],
        distribution: Some("alpine"),
        flavour: Some(Flavour::Alpine),
        product: Some("docker-engine"),
        ..PLAIN
    },
    Record {
        names: &["registry"],
        distribution: Some("alpine"),
        flavour: Some(Flavour::Alpine),
        ports: &[5000],
        line_tags: false,
        ..PLAIN
    },
    Record {
        names: &["n8nio/n8n", "docker.n8n.io/n8nio/n8n"],
        distribution: Some("alpine"),
        user: User::Named("node"),
        accounts: &[("node", 1000, 1000)],
        init: true,
        ports: &[5678],
        ..VENDOR
    },
    Record {
        names: &["directus/directus"],
        distribution: Some("alpine"),
        user: User::Named("node"),
        accounts: &[("node", 1000, 1000)],
        ports: &[8055],
        ..VENDOR
    },
    Record {
        names: &["otel/opentelemetry-collector", "otel/opentelemetry-collector-contrib"],
        distribution: Some("scratch"),
        flavour: Some(Flavour::Scratch),
        user: User::Named("10001"),
        ports: &[4317, 4318],
        ..VENDOR
    },
    Record {
        names: &["mailhog/mailhog"],
        distribution: Some("alpine"),
        user: User::Named("mailhog"),
        accounts: &[("mailhog", 1000, 1000)],
        ports: &[1025, 8025],
        ..VENDOR
    },
    Record {
        names: &["hello-world"],
        distribution: Some("scratch"),
        flavour: Some(Flavour::Scratch),
        line_tags: false,
        ..PLAIN
    },
    Record {
        names: &[
            "cgr.dev/chainguard/static",
            "cgr.dev/chainguard/node",
            "cgr.dev/chainguard/nginx",
            "cgr.dev/chainguard/python",
            "cgr.dev/chainguard/jre",
        ],
        distribution: Some("wolfi"),
        flavour: Some(Flavour::Distroless),
        user: User::Named("65532"),
        role: Role::Runtime,
        ..VENDOR
    },
];

/// Accounts of Debian's and Ubuntu's `base-passwd` (uid and gid are static; `_apt` has no static number).
pub(super) static DEBIAN_ACCOUNTS: &[Account] = &[
    ("root", 0, 0),
    ("daemon", 1, 1),
    ("bin", 2, 2),
    ("sys", 3, 3),
    ("sync", 4, 65534),
    ("games", 5, 60),
    ("man", 6, 12),
    ("lp", 7, 7),
    ("mail", 8, 8),
    ("news", 9, 9),
    ("uucp", 10, 10),
    ("proxy", 13, 13),
    ("www-data", 33, 33),
    ("backup", 34, 34),
    ("list", 38, 38),
    ("irc", 39, 39),
    ("nobody", 65534, 65534),
];

/// Accounts of Alpine's `alpine-baselayout` that all releases share.
pub(super) static ALPINE_ACCOUNTS: &[Account] = &[
    ("root", 0, 0),
    ("bin", 1, 1),
    ("daemon", 2, 2),
    ("lp", 4, 7),
    ("sync", 5, 0),
    ("shutdown", 6, 0),
    ("halt", 7, 0),
    ("mail", 8, 12),
    ("news", 9, 13),
    ("uucp", 10, 14),
    ("cron", 16, 16),
    ("ftp", 21, 21),
    ("sshd", 22, 22),
    ("games", 35, 35),
    ("ntp", 123, 123),
    ("guest", 405, 100),
    ("nobody", 65534, 65534),
];

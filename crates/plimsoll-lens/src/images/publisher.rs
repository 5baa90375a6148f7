//! Who stands behind an image, told from its registry and name.

use plimsoll_posture::{ImageReference, Publisher};

/// An image name reduced to what the table of images is keyed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity<'a> {
    pub(super) publisher: Option<Publisher>,
    /// `node` for `node`, `public.ecr.aws/docker/library/node` and `arm64v8/node`; `bitnami/redis`; `quay.io/a/b`.
    pub(super) key: std::borrow::Cow<'a, str>,
}

pub(super) fn identify(reference: &ImageReference) -> Identity<'_> {
    let repository = &*reference.repository;
    if let Some(name) = mirrored(&reference.registry, repository) {
        return Identity { publisher: official(name), key: name.into() };
    }
    if &*reference.registry == "docker.io" {
        let publisher = match repository.split_once('/') {
            None => official(repository),
            Some((namespace, _)) if VENDORS.binary_search(&namespace).is_ok() => Some(Publisher::Verified),
            Some(_) => Some(Publisher::Community),
        };
        return Identity { publisher, key: repository.into() };
    }
    Identity {
        publisher: Some(elsewhere(&reference.registry, repository)),
        key: format!("{}/{repository}", reference.registry).into(),
    }
}

/// Official images under another name: per-architecture namespaces and mirrors of the library.
fn mirrored<'a>(registry: &str, repository: &'a str) -> Option<&'a str> {
    match registry {
        "docker.io" => match repository.split_once('/')? {
            (
                "amd64" | "arm32v5" | "arm32v6" | "arm32v7" | "arm64v8" | "i386" | "ppc64le" | "riscv64"
                | "s390x",
                name,
            ) if !name.contains('/') => Some(name),
            _ => None,
        },
        "public.ecr.aws" => repository.strip_prefix("docker/library/"),
        "mirror.gcr.io" | "registry.hub.docker.com" | "registry-1.docker.io" => {
            repository.strip_prefix("library/")
        }
        _ => None,
    }
}

/// A name without a slash is official only if such an image exists; another one was probably built on the spot.
fn official(name: &str) -> Option<Publisher> {
    OFFICIAL.binary_search(&name).is_ok().then_some(Publisher::Official)
}

fn elsewhere(registry: &str, repository: &str) -> Publisher {
    let namespace = repository.split('/').next().unwrap_or("");
    let vendor = match registry {
        "mcr.microsoft.com"
        | "docker.elastic.co"
        | "registry.k8s.io"
        | "k8s.gcr.io"
        | "registry.access.redhat.com"
        | "registry.redhat.io"
        | "container-registry.oracle.com"
        | "registry.suse.com"
        | "registry.opensuse.org"
        | "registry.fedoraproject.org"
        | "nvcr.io"
        | "dhi.io"
        | "cgr.dev"
        | "docker.redpanda.com"
        | "docker.n8n.io"
        | "gallery.ecr.aws" => true,
        "gcr.io" => matches!(
            namespace,
            "distroless"
                | "cadvisor"
                | "google-containers"
                | "google_containers"
                | "kaniko-project"
                | "cloud-builders"
        ),
        "quay.io" => QUAY_VENDORS.binary_search(&namespace).is_ok(),
        "ghcr.io" => GITHUB_VENDORS.binary_search(&namespace).is_ok(),
        "public.ecr.aws" => {
            matches!(
                namespace,
                "amazonlinux" | "lambda" | "bitnami" | "ubuntu" | "debian" | "docker" | "nginx" | "datadog"
            ) || namespace.starts_with("aws")
        }
        "registry.gitlab.com" => matches!(namespace, "gitlab-org" | "gitlab-ce"),
        _ => false,
    };
    if vendor {
        return Publisher::Verified;
    }
    let public = matches!(
        registry,
        "ghcr.io"
            | "quay.io"
            | "gcr.io"
            | "public.ecr.aws"
            | "registry.gitlab.com"
            | "lscr.io"
            | "codeberg.org"
            | "mirror.gcr.io"
            | "registry.hub.docker.com"
            | "registry-1.docker.io"
            | "icr.io"
            | "cr.fluentbit.io"
    );
    if public { Publisher::Community } else { Publisher::Private }
}

/// Namespaces on Docker Hub that belong to the makers of the software in them. Sorted.
static VENDORS: &[&str] = &[
    "adguard",
    "airbyte",
    "almalinux",
    "alpine",
    "amazon",
    "amazoncorretto",
    "apache",
    "apollographql",
    "appwrite",
    "aquasec",
    "atlassian",
    "authelia",
    "bitnami",
    "bitnamicharts",
    "bitnamilegacy",
    "bitnamisecure",
    "budibase",
    "caddy",
    "calico",
    "camunda",
    "ceph",
    "chainguard",
    "chromadb",
    "cilium",
    "cimg",
    "circleci",
    "clickhouse",
    "cloudflare",
    "cockroachdb",
    "confluentinc",
    "couchbase",
    "crowdsecurity",
    "curlimages",
    "cypress",
    "dart",
    "datadog",
    "denoland",
    "directus",
    "docker",
    "dockersamples",
    "dpage",
    "dragonflydb",
    "drone",
    "elastic",
    "envoyproxy",
    "esphome",
    "falcosecurity",
    "fluent",
    "flyway",
    "fnproject",
    "getsentry",
    "ghost",
    "gitea",
    "gitlab",
    "goharbor",
    "gradle",
    "grafana",
    "graylog",
    "hashicorp",
    "hasura",
    "homeassistant",
    "immudb",
    "influxdata",
    "itzg",
    "jaegertracing",
    "jenkins",
    "jetbrains",
    "jupyter",
    "k6io",
    "keydb",
    "kong",
    "langfuse",
    "langgenius",
    "library",
    "linuxkit",
    "liquibase",
    "listmonk",
    "localstack",
    "logto",
    "matrixdotorg",
    "mattermost",
    "maxmind",
    "meilisearch",
    "metabase",
    "microsoft",
    "milvusdb",
    "minio",
    "moby",
    "mongodb",
    "mysql",
    "n8nio",
    "natsio",
    "neo4j",
    "netdata",
    "newrelic",
    "nextcloud",
    "nginx",
    "nginxinc",
    "nocodb",
    "nodered",
    "octoprint",
    "ollama",
    "open-webui",
    "openfga",
    "openpolicyagent",
    "openresty",
    "opensearchproject",
    "opensuse",
    "openzipkin",
    "oracle",
    "oryd",
    "otel",
    "oven",
    "owncloud",
    "paketobuildpacks",
    "percona",
    "pgvector",
    "phpmyadmin",
    "plausible",
    "pocketbase",
    "portainer",
    "postgrest",
    "prefecthq",
    "prom",
    "provectuslabs",
    "pulumi",
    "qdrant",
    "questdb",
    "rabbitmqoperator",
    "rancher",
    "redhat",
    "redis",
    "redislabs",
    "renovate",
    "restic",
    "rocketchat",
    "rockylinux",
    "rundeck",
    "scylladb",
    "selenium",
    "semaphoreui",
    "semgrep",
    "semitechnologies",
    "sentry",
    "signoz",
    "snyk",
    "sonarsource",
    "sonatype",
    "sourcegraph",
    "spotify",
    "strapi",
    "supabase",
    "surrealdb",
    "swaggerapi",
    "syncthing",
    "tailscale",
    "telegraf",
    "temporalio",
    "thanosio",
    "timberio",
    "timescale",
    "traefik",
    "trinodb",
    "typesense",
    "ubuntu",
    "umbraco",
    "unleashorg",
    "valkey",
    "vaultwarden",
    "victoriametrics",
    "weaviate",
    "wiremock",
    "yugabytedb",
    "zabbix",
];

/// The same on quay.io. Sorted.
static QUAY_VENDORS: &[&str] = &[
    "argoproj",
    "brancz",
    "buildah",
    "calico",
    "centos",
    "ceph",
    "cilium",
    "containers",
    "coreos",
    "debezium",
    "devfile",
    "fedora",
    "infinispan",
    "jaegertracing",
    "jetstack",
    "keycloak",
    "kiali",
    "metallb",
    "minio",
    "mongodb",
    "oauth2-proxy",
    "openshift",
    "opentelemetry",
    "operator-framework",
    "podman",
    "projectquay",
    "prometheus",
    "prometheus-operator",
    "quarkus",
    "redhat",
    "strimzi",
    "thanos",
    "ubi",
    "wildfly",
];

/// The same on ghcr.io. Sorted.
static GITHUB_VENDORS: &[&str] = &[
    "actions",
    "astral-sh",
    "berriai",
    "dependabot",
    "fluxcd",
    "getsentry",
    "github",
    "goauthentik",
    "gohugoio",
    "grafana",
    "graphprotocol",
    "home-assistant",
    "immich-app",
    "kyverno",
    "mlflow",
    "nats-io",
    "open-telemetry",
    "open-webui",
    "oras-project",
    "ory",
    "paperless-ngx",
    "puppeteer",
    "renovatebot",
    "sigstore",
    "static-web-server",
    "umami-software",
    "zitadel",
];

/// Docker Official Images, today's and retired ones (docker-library/official-images). Sorted.
static OFFICIAL: &[&str] = &[
    "adminer",
    "adoptopenjdk",
    "aerospike",
    "almalinux",
    "alpine",
    "alt",
    "amazoncorretto",
    "amazonlinux",
    "api-firewall",
    "arangodb",
    "archlinux",
    "backdrop",
    "bash",
    "bonita",
    "buildpack-deps",
    "busybox",
    "caddy",
    "cassandra",
    "celery",
    "centos",
    "chronograf",
    "cirros",
    "clearlinux",
    "clefos",
    "clickhouse",
    "clojure",
    "composer",
    "consul",
    "convertigo",
    "couchbase",
    "couchdb",
    "crate",
    "crux",
    "dart",
    "debian",
    "django",
    "docker",
    "docker-dev",
    "drupal",
    "eclipse-mosquitto",
    "eclipse-temurin",
    "eggdrop",
    "elasticsearch",
    "elixir",
    "emqx",
    "erlang",
    "euleros",
    "express-gateway",
    "fedora",
    "flink",
    "fluentd",
    "fsharp",
    "gazebo",
    "gcc",
    "geonetwork",
    "ghost",
    "glassfish",
    "golang",
    "gradle",
    "groovy",
    "haproxy",
    "haskell",
    "haxe",
    "hello-seattle",
    "hello-world",
    "hitch",
    "hola-mundo",
    "httpd",
    "hylang",
    "ibm-semeru-runtimes",
    "ibmjava",
    "influxdb",
    "iojs",
    "irssi",
    "java",
    "jenkins",
    "jetty",
    "jobber",
    "joomla",
    "jruby",
    "julia",
    "kaazing-gateway",
    "kapacitor",
    "kibana",
    "known",
    "kong",
    "krakend",
    "lightstreamer",
    "liquibase",
    "logstash",
    "mageia",
    "mariadb",
    "matomo",
    "maven",
    "mediawiki",
    "memcached",
    "mongo",
    "mongo-express",
    "monica",
    "mono",
    "mysql",
    "nats",
    "nats-streaming",
    "neo4j",
    "neurodebian",
    "nextcloud",
    "nginx",
    "node",
    "notary",
    "nuxeo",
    "odoo",
    "open-liberty",
    "openjdk",
    "opensuse",
    "oraclelinux",
    "orientdb",
    "owncloud",
    "percona",
    "perl",
    "photon",
    "php",
    "php-zendserver",
    "phpmyadmin",
    "piwik",
    "plone",
    "postfixadmin",
    "postgres",
    "pypy",
    "python",
    "r-base",
    "rabbitmq",
    "rails",
    "rakudo-star",
    "rapidoid",
    "redis",
    "redmine",
    "registry",
    "rethinkdb",
    "rocket.chat",
    "rockylinux",
    "ros",
    "ruby",
    "rust",
    "sapmachine",
    "satosa",
    "scratch",
    "sentry",
    "silverpeas",
    "sl",
    "solr",
    "sonarqube",
    "sourcemage",
    "spark",
    "spiped",
    "storm",
    "swarm",
    "swift",
    "swipl",
    "teamspeak",
    "telegraf",
    "thrift",
    "tomcat",
    "tomee",
    "traefik",
    "ubuntu",
    "ubuntu-debootstrap",
    "ubuntu-upstart",
    "unit",
    "varnish",
    "vault",
    "websphere-liberty",
    "wordpress",
    "xwiki",
    "yourls",
    "znc",
    "zookeeper",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        for list in [VENDORS, QUAY_VENDORS, GITHUB_VENDORS, OFFICIAL] {
            for pair in list.windows(2) {
                assert!(pair[0] < pair[1], "{} before {}", pair[0], pair[1]);
            }
        }
    }

    #[test]
    fn publishers_are_told_apart() {
        for (text, publisher, key) in [
            ("node:22", Some(Publisher::Official), "node"),
            ("docker.io/library/node:22", Some(Publisher::Official), "node"),
            ("public.ecr.aws/docker/library/node:22", Some(Publisher::Official), "node"),
            ("arm64v8/node", Some(Publisher::Official), "node"),
            ("myapp", None, "myapp"),
            ("bitnami/redis:7", Some(Publisher::Verified), "bitnami/redis"),
            ("someone/redis:7", Some(Publisher::Community), "someone/redis"),
            (
                "gcr.io/distroless/nodejs22-debian12",
                Some(Publisher::Verified),
                "gcr.io/distroless/nodejs22-debian12",
            ),
            ("ghcr.io/acme/api:1", Some(Publisher::Community), "ghcr.io/acme/api"),
            ("registry.acme.internal:5000/api", Some(Publisher::Private), "registry.acme.internal:5000/api"),
            (
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api",
                Some(Publisher::Private),
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api",
            ),
        ] {
            let reference = ImageReference::parse(text).unwrap();
            assert_eq!(identify(&reference), Identity { publisher, key: key.into() }, "{text}");
        }
    }
}

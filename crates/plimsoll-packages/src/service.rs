//! Servers and runtimes of well-known images: which product an image's name stands for, the exact version that its tag or its
//! environment tells, and the advisories that hit it.
//!
//! Meant are images that hold what the makers of a product built. Packages of a distribution carry fixes that their number does
//! not tell, and no image of a distribution is in the table. Deliberately absent, because their versions cannot be compared
//! with the rows or the rows mean something else: MySQL (the rows of its name are those of MariaDB's client), KeyDB (Redis's rows
//! under KeyDB's name), Java (Oracle's builds, with parts that others lack), MinIO (dates for numbers, ranges without an end),
//! ClickHouse and OpenResty (four numbers), and Go, of which a program keeps a part.

use std::sync::Arc;

use plimsoll_posture::{Advisory, Completeness, ImageReference, Runtime};

use crate::advisory;
use crate::database::{Database, Part};
use crate::runtime;
use crate::semver::Version;

/// One product.
#[derive(Debug, Clone, Copy)]
pub struct Product {
    /// Its name in the table of advisories.
    pub id: &'static str,
    /// Its name in reports.
    pub name: &'static str,
    /// Repositories that hold it. One without `/` is an official image, or a mirror's copy below `library/`.
    images: &'static [&'static str],
    /// The variable in which its official image keeps the version, and a program that is there with it.
    env: Option<(&'static str, &'static str)>,
    /// How many numbers a release line has: a later version with these may take its place.
    line: usize,
}

const fn product(
    id: &'static str,
    name: &'static str,
    images: &'static [&'static str],
    line: usize,
) -> Product {
    Product { id, name, images, env: None, line }
}

impl Product {
    const fn env(mut self, variable: &'static str, program: &'static str) -> Self {
        self.env = Some((variable, program));
        self
    }

    /// Numbers that make a version whole.
    fn parts(&self, major: u32) -> usize {
        if self.id == "postgresql" && major >= 10 { 2 } else { 3 }
    }

    fn line(&self, major: u32) -> usize {
        // Before 10 the second number was a release line.
        if self.id == "postgresql" && major < 10 { 2 } else { self.line }
    }
}

/// What is judged, by id.
pub static PRODUCTS: &[Product] = &[
    product("activemq", "ActiveMQ", &["apache/activemq-classic"], 2),
    product("airflow", "Airflow", &["apache/airflow"], 1),
    product("apache", "Apache httpd", &["httpd"], 2).env("HTTPD_VERSION", "httpd"),
    product("apisix", "APISIX", &["apache/apisix"], 1),
    product("appsmith", "Appsmith", &["appsmith/appsmith-ce", "appsmith/appsmith-ee"], 1),
    product("cassandra", "Cassandra", &["cassandra"], 2).env("CASSANDRA_VERSION", "cassandra"),
    product("consul", "Consul", &["consul", "hashicorp/consul"], 2).env("CONSUL_VERSION", "consul"),
    product("couchdb", "CouchDB", &["couchdb", "apache/couchdb"], 1).env("COUCHDB_VERSION", "couchdb"),
    product("elasticsearch", "Elasticsearch", &["elasticsearch", "elasticsearch/elasticsearch"], 1),
    product("envoy", "Envoy", &["envoyproxy/envoy"], 2),
    product("etcd", "etcd", &["coreos/etcd"], 2),
    product("fluent-bit", "Fluent Bit", &["fluent/fluent-bit"], 1),
    product("fluentd", "Fluentd", &["fluent/fluentd"], 1),
    product("ghost", "Ghost", &["ghost"], 1).env("GHOST_VERSION", "ghost"),
    product("gitea", "Gitea", &["gitea/gitea"], 2),
    product(
        "grafana",
        "Grafana",
        &["grafana/grafana", "grafana/grafana-oss", "grafana/grafana-enterprise"],
        1,
    ),
    product("haproxy", "HAProxy", &["haproxy"], 2).env("HAPROXY_VERSION", "haproxy"),
    product("harbor", "Harbor", &["goharbor/harbor-core"], 2),
    product("influxdb", "InfluxDB", &["influxdb"], 1).env("INFLUXDB_VERSION", "influxd"),
    product("jenkins", "Jenkins", &["jenkins", "jenkins/jenkins"], 1).env("JENKINS_VERSION", "jenkins.war"),
    product("kafka", "Kafka", &["apache/kafka", "apache/kafka-native"], 1),
    product("kibana", "Kibana", &["kibana", "kibana/kibana"], 1),
    product("logstash", "Logstash", &["logstash", "logstash/logstash"], 1),
    product("mariadb", "MariaDB", &["mariadb"], 2).env("MARIADB_VERSION", "mariadbd"),
    product("memcached", "Memcached", &["memcached"], 1).env("MEMCACHED_VERSION", "memcached"),
    product("milvus", "Milvus", &["milvusdb/milvus"], 2),
    product("mongodb", "MongoDB", &["mongo"], 2).env("MONGO_VERSION", "mongod"),
    product("nats", "NATS", &["nats"], 1).env("NATS_SERVER", "nats-server"),
    product("neo4j", "Neo4j", &["neo4j"], 2),
    product("nginx", "nginx", &["nginx", "nginxinc/nginx-unprivileged"], 1).env("NGINX_VERSION", "nginx"),
    product("node", "Node.js", &["node"], 1),
    product("oauth2-proxy", "OAuth2 Proxy", &["oauth2-proxy/oauth2-proxy"], 1),
    product("parse", "Parse Server", &["parseplatform/parse-server"], 1),
    product("pgbouncer", "PgBouncer", &["edoburu/pgbouncer"], 1),
    product("php", "PHP", &["php"], 2).env("PHP_VERSION", "php"),
    product("postgresql", "PostgreSQL", &["postgres"], 1).env("PG_VERSION", "postgres"),
    product("prometheus", "Prometheus", &["prom/prometheus", "prometheus/prometheus"], 1),
    product("python", "Python", &["python"], 2).env("PYTHON_VERSION", "python3"),
    product("rabbitmq", "RabbitMQ", &["rabbitmq"], 2).env("RABBITMQ_VERSION", "rabbitmq-server"),
    product("rclone", "rclone", &["rclone/rclone"], 1),
    product("redis", "Redis", &["redis"], 1).env("REDIS_VERSION", "redis-server"),
    product("ruby", "Ruby", &["ruby"], 2).env("RUBY_VERSION", "ruby"),
    product("solr", "Solr", &["solr", "apache/solr"], 1).env("SOLR_VERSION", "solr"),
    product("tomcat", "Tomcat", &["tomcat"], 2).env("TOMCAT_VERSION", "catalina.sh"),
    product("valkey", "Valkey", &["valkey/valkey"], 1).env("VALKEY_VERSION", "valkey-server"),
    product("varnish", "Varnish", &["varnish"], 1).env("VARNISH_VERSION", "varnishd"),
    product("vault", "Vault", &["vault", "hashicorp/vault"], 1),
    product("wordpress", "WordPress", &["wordpress"], 2).env("WORDPRESS_VERSION", "wp-load.php"),
    product("zookeeper", "ZooKeeper", &["zookeeper"], 2),
];

/// Bitnami names its images as it names its rows; since 2025 the old ones are kept apart.
const BITNAMI: [&str; 2] = ["bitnami", "bitnamilegacy"];

/// What the name of an image tells of the product in it: only a tag with a whole version tells anything. `redis:6` moves.
#[must_use]
pub fn named(database: &Database, reference: &ImageReference) -> Option<Runtime> {
    let product = product_of(reference)?;
    let tag = reference.tag.as_deref()?;
    let version = Whole::of_tag(tag, product)?;
    version.judge(database, product, &reference.text)
}

fn product_of(reference: &ImageReference) -> Option<&'static Product> {
    let repository = &*reference.repository;
    if let Some((owner, name)) = repository.rsplit_once('/')
        && BITNAMI.contains(&owner.rsplit('/').next().unwrap_or(owner))
    {
        return PRODUCTS.iter().find(|product| product.id == name);
    }
    let own = &*reference.registry == "docker.io";
    PRODUCTS.iter().find(|product| {
        product.images.iter().any(|image| {
            let vendor = image.contains('/');
            if repository == *image {
                return own || vendor;
            }
            let above = repository.strip_suffix(image).and_then(|above| above.strip_suffix('/'));
            above.is_some_and(|above| if vendor { !own } else { above.rsplit('/').next() == Some("library") })
        })
    })
}

/// What a variable of a built image's environment tells of a product in it. The name of a variable is no proof (an image with PHP's
/// client keeps that one's version in `REDIS_VERSION`): `has` says whether the image holds a program of that name, too.
#[must_use]
pub fn in_environment(
    database: &Database,
    image: &str,
    name: &str,
    value: &str,
    has: &dyn Fn(&str) -> bool,
) -> Option<Runtime> {
    let (product, program) = PRODUCTS.iter().find_map(|product| {
        product.env.filter(|(variable, _)| *variable == name).map(|(_, program)| (product, program))
    })?;
    let version = Whole::of_variable(value, product)?;
    has(program).then(|| version.judge(database, product, image)).flatten()
}

/// A version of which no number is open.
struct Whole {
    /// As the product writes it: `13.2`, `6.0.9`.
    text: String,
    major: u32,
}

impl Whole {
    fn of_tag(tag: &str, product: &Product) -> Option<Self> {
        let tag = tag.strip_prefix('v').unwrap_or(tag);
        let end = tag.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(tag.len());
        let (version, variant) = tag.split_at(end);
        if !variant.is_empty() && !variant.starts_with(['-', '_']) {
            return None;
        }
        let first = variant.split(['-', '_', '.']).nth(1).unwrap_or("").to_ascii_lowercase();
        let first = first.trim_end_matches(|c: char| c.is_ascii_digit());
        if UNFINISHED.contains(&first) {
            return None;
        }
        Self::of(version, product)
    }

    /// Packages put more around it: `1:10.6.4+maria~focal`, `16.2-1.pgdg120+2`.
    fn of_variable(value: &str, product: &Product) -> Option<Self> {
        let value = value.trim();
        let value = value.split_once(':').map_or(value, |(_, value)| value);
        let end = value.find(['-', '+', '~']).unwrap_or(value.len());
        Self::of(value.get(..end)?, product)
    }

    fn of(text: &str, product: &Product) -> Option<Self> {
        let mut numbers = [0_u32; 3];
        let mut count = 0;
        for part in text.split('.') {
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            *numbers.get_mut(count).filter(|_| digits)? = part.parse().ok()?;
            count += 1;
        }
        let major = numbers[0];
        (count == product.parts(major)).then(|| Self { text: text.to_owned(), major })
    }

    fn judge(&self, database: &Database, product: &Product, image: &str) -> Option<Runtime> {
        if product.id == "node" {
            return runtime::node(database, image, &self.text);
        }
        let version = Version::parse(&self.text)?;
        let mut advisories: Vec<Advisory> = rows(database, product.id)
            .filter(|row| row.hits(&version))
            .map(|row| Advisory {
                id: row.id.into(),
                aliases: Vec::new(),
                rating: advisory::rating(row.rating),
                exploited: row.flags.contains('k') || database.is_exploited(row.id),
                malicious: false,
                fixed: None,
                completeness: Completeness::Single,
                accepted: None,
            })
            .collect();
        advisory::sort(&mut advisories);
        Some(Runtime {
            image: image.into(),
            product: product.name,
            version: self.text.as_str().into(),
            advisories,
            mended: self.mended(database, product, &version),
            date: database.part(Part::Services).newest().into(),
        })
    }

    /// The smallest later version of the line that nothing hits, one with the same first two numbers before others.
    fn mended(&self, database: &Database, product: &Product, version: &Version<'_>) -> Option<Arc<str>> {
        let mut later: Vec<Version<'_>> = rows(database, product.id)
            .flat_map(|row| advisory::ends(row.ranges))
            .filter_map(Version::parse)
            .filter(|end| {
                end > version && !end.is_prerelease() && end.shares(version, product.line(self.major))
            })
            .collect();
        later.sort_by(|a, b| (!a.shares(version, 2)).cmp(&!b.shares(version, 2)).then(a.cmp(b)));
        later.dedup();
        let clean = later.into_iter().find(|end| !rows(database, product.id).any(|row| row.hits(end)))?;
        let text = clean.to_string();
        let parts = product.parts(self.major);
        let end = text.match_indices('.').nth(parts - 1).map_or(text.len(), |(at, _)| at);
        text.get(..end).map(Into::into)
    }
}

/// How a tag calls what is not released yet.
const UNFINISHED: [&str; 9] = ["rc", "beta", "alpha", "m", "preview", "snapshot", "nightly", "dev", "pre"];

/// `product id rating flags ranges`, the ranges divided by `;`.
#[derive(Debug, Clone, Copy)]
struct Row<'t> {
    id: &'t str,
    rating: &'t str,
    flags: &'t str,
    ranges: &'t str,
}

impl<'t> Row<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let mut fields = line.split('\t').skip(1);
        let mut next = || fields.next();
        Some(Self { id: next()?, rating: next()?, flags: next()?, ranges: next()? })
    }

    fn hits(&self, version: &Version<'_>) -> bool {
        advisory::within(self.ranges, version)
    }
}

/// The rows of a product.
fn rows<'t>(database: &'t Database, product: &str) -> impl Iterator<Item = Row<'t>> + Clone + use<'t> {
    database.part(Part::Services).block(product).lines().filter_map(Row::of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semver::Range;

    fn of(image: &str) -> Option<Runtime> {
        named(Database::embedded(), &ImageReference::parse(image).unwrap())
    }

    fn ids(runtime: &Runtime) -> Vec<&str> {
        runtime.advisories.iter().map(|advisory| &*advisory.id).collect()
    }

    #[test]
    fn every_row_can_be_read() {
        for line in Database::embedded().part(Part::Services).rows() {
            let id = line.split('\t').next().unwrap();
            assert!(PRODUCTS.iter().any(|product| product.id == id), "{id}");
            for range in Row::of(line).unwrap().ranges.split(';') {
                assert!(Range::parse(range).is_some() && range.contains('<'), "{line}");
            }
        }
        let ids: Vec<&str> = PRODUCTS.iter().map(|product| product.id).collect();
        assert!(ids.is_sorted());
        for id in ids.into_iter().filter(|id| *id != "node") {
            assert!(rows(Database::embedded(), id).next().is_some(), "{id}");
        }
    }

    /// Redis's own release notes: 6.0.10 has CVE-2021-21309, 6.2.6 and 6.0.16 have CVE-2021-41099. nginx 1.21.0 has
    /// CVE-2021-23017. PostgreSQL 13.3 has CVE-2021-32027.
    #[test]
    fn a_tag_with_a_whole_version_tells_the_build() {
        let redis = of("redis:6.0.9").unwrap();
        assert_eq!((redis.product, &*redis.version), ("Redis", "6.0.9"));
        assert!(ids(&redis).contains(&"CVE-2021-41099"), "{:?}", ids(&redis));
        assert!(!ids(&of("redis:6.0.16-alpine").unwrap()).contains(&"CVE-2021-41099"));
        assert!(ids(&of("postgres:13.2-alpine").unwrap()).contains(&"CVE-2021-32027"));
        assert!(!ids(&of("postgres:13.3-alpine").unwrap()).contains(&"CVE-2021-32027"));
        assert!(ids(&of("nginx:1.20.0").unwrap()).contains(&"CVE-2021-23017"));
        assert!(!ids(&of("nginx:1.21.0").unwrap()).contains(&"CVE-2021-23017"));
        let httpd = of("httpd:2.4.49").unwrap();
        assert!(httpd.advisories[0].exploited && ids(&httpd).contains(&"CVE-2021-41773"), "exploited first");
        assert_eq!(of("node:20.11.0-slim").unwrap().product, "Node.js");
    }

    #[test]
    fn mirrors_and_bitnami_hold_the_same() {
        for image in [
            "bitnami/redis:6.0.9-debian-10-r0",
            "docker.io/bitnamilegacy/redis:6.0.9",
            "public.ecr.aws/docker/library/redis:6.0.9",
            "mirror.gcr.io/library/redis:6.0.9",
            "registry.example/hub/library/redis:6.0.9@sha256:0",
        ] {
            assert_eq!(of(image).map(|runtime| runtime.product), Some("Redis"), "{image}");
        }
        assert!(of("docker.elastic.co/elasticsearch/elasticsearch:7.6.2").is_some());
        assert!(of("registry.example/mirror/grafana/grafana:8.2.6").is_some());
    }

    #[test]
    fn what_moves_or_is_not_known_to_be_the_product() {
        for image in [
            "redis",
            "redis:6",
            "redis:6.0",
            "redis:alpine",
            "redis:7.0-rc1",
            "redis:7.0.0-rc2",
            "postgres:16",
            "postgres:16beta1",
            "postgres:9.6",
            "python:3.12.0b1-slim",
            "acme/redis:6.0.9",
            "registry.example/redis:6.0.9",
            "acme/grafana/grafana:8.2.6",
            "redis:6.0.9.1",
            "redis:99999999999.0.1",
            "mysql:8.0.27",
            "timescale/timescaledb:2.9.1-pg14",
        ] {
            assert!(of(image).is_none(), "{image}");
        }
    }

    #[test]
    fn the_next_version_is_one_of_the_same_line() {
        let mended = |image: &str| of(image).unwrap().mended.map(|version| version.to_string());
        let later = mended("postgres:14.2").unwrap();
        assert!(later.starts_with("14.") && later.matches('.').count() == 1, "{later}");
        assert_eq!(of(&format!("postgres:{later}")).unwrap().advisories, []);
        // 13 has ended, and was hit since.
        assert_eq!(mended("postgres:13.2"), None);
        // Of Python 3.6 nothing is mended; 3.7 is no line of it.
        assert_eq!(mended("python:3.6.5"), None);
        let nginx = mended("nginx:1.21.3").unwrap();
        assert!(nginx.starts_with("1."), "{nginx}");
    }

    #[test]
    fn a_variable_needs_its_program() {
        let image = |program: &'static str| {
            let variables = [("REDIS_VERSION", "5.3.7"), ("PG_VERSION", "13.2-1.pgdg100+1"), ("X", "1.0.0")];
            let found = variables.iter().filter_map(|(name, value)| {
                in_environment(Database::embedded(), "i", name, value, &|name| name == program)
            });
            found.map(|runtime| format!("{} {}", runtime.product, runtime.version)).collect::<Vec<_>>()
        };
        assert_eq!(image("php"), [""; 0]);
        assert_eq!(image("postgres"), ["PostgreSQL 13.2"]);
        assert_eq!(image("redis-server"), ["Redis 5.3.7"]);
        let maria =
            in_environment(Database::embedded(), "i", "MARIADB_VERSION", "1:10.6.4+maria~focal", &|_| true);
        assert_eq!(&*maria.unwrap().version, "10.6.4");
    }
}

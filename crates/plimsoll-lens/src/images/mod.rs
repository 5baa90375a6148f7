//! What is known about an image by its name and tag, before anybody looked into it.
//!
//! Everything here is Assumed: documented defaults of well-known images and the end-of-life dates that ship with
//! plimsoll. Deliberately absent: the image itself; whoever reads one puts better claims above these.

use std::sync::Arc;

use plimsoll_posture::{
    Account, Claim, CommandForm, CommandLine, ExposedPort, Fact, Flavour, ImageChain, ImageConfig,
    ImageKnowledge, ImageReference, Known, Layer, Pin, Plane, PortRange, Protocol, Provenance, Publisher,
    ReleaseLine, Sensitive, UserSpec, ViaKind,
};

mod lines;
mod publisher;
mod table;
mod tag;

use self::lines::{Cycle, Product};
use self::table::{Record, User};
use self::tag::Tag;

/// The release line that a version of a product is of: `docker-engine`, `containerd`, `podman`.
pub(crate) fn release_line(product: &str, version: &str) -> Option<ReleaseLine> {
    let product = lines::product(product)?;
    product.of_version(version).map(|cycle| product.line(cycle))
}

/// What is known about the image. The claims are of layer Base and plane Assumed, at the given place (the image's name).
/// An image that no table knows has an empty configuration; its publisher is told from the registry.
#[must_use]
pub fn look_up(reference: &ImageReference, at: &Provenance) -> ImageChain {
    let identity = publisher::identify(reference);
    let key = &*identity.key;
    let tag = tag::parse(reference.tag.as_deref());
    let mut chain = ImageChain::default();
    chain.knowledge.publisher = identity.publisher;
    let Some(record) = table::find(key, tag.version) else {
        chain.knowledge.flavour = tag.flavour;
        chain.knowledge.distribution = tag.distribution.map(|(name, _)| name.into());
        chain.knowledge.lines = distribution_line(&tag).into_iter().collect();
        return chain;
    };
    let windows = tag.distribution.is_some_and(|(name, _)| name == "windows");
    chain.knowledge = knowledge(reference, key, record, &tag);
    chain.knowledge.publisher = identity.publisher;
    if !windows {
        let at = Provenance { lens: "images", ..at.clone() }.through(ViaKind::From, None);
        chain.config = config(record, &tag, reference, &at);
    }
    chain
}

/// Who publishes the image, as its name tells.
pub(crate) fn publisher(reference: &ImageReference) -> Option<Publisher> {
    publisher::identify(reference).publisher
}

/// The day of the embedded data, `YYYY-MM-DD`: "ended" is judged against it, never against the clock.
#[must_use]
pub fn data_date() -> &'static str {
    lines::DATE
}

/// The release line of Node that a version (`22.11.0`) or a code name (`lts/jod`, `jod`) belongs to.
#[must_use]
pub fn node_line(version: &str) -> Option<ReleaseLine> {
    let product = lines::product("nodejs")?;
    let name = version.strip_prefix("lts/").unwrap_or(version);
    let cycle = product.of_code(name).or_else(|| product.of_version(name))?;
    Some(product.line(cycle))
}

/// The release line of a distribution by `ID` of `os-release` and a version or a code name.
#[must_use]
pub fn system_line(id: &str, version: &str) -> Option<ReleaseLine> {
    let product = lines::product(match id {
        "alpine" => "alpine-linux",
        "debian" | "ubuntu" => id,
        _ => return None,
    })?;
    let cycle = product.of_code(version).or_else(|| product.of_version(version))?;
    Some(product.line(cycle))
}

/// The lines of Node that are or will be of long-term support, newest first.
pub fn node_lines() -> impl Iterator<Item = ReleaseLine> {
    let product = lines::product("nodejs");
    product
        .into_iter()
        .flat_map(|product| product.long_term().map(|cycle| product.line(cycle)).collect::<Vec<_>>())
}

fn knowledge(reference: &ImageReference, key: &str, record: &Record, tag: &Tag<'_>) -> ImageKnowledge {
    let product = record.product.and_then(lines::product);
    let own = product.as_ref().and_then(|product| own_line(product, record, tag));
    let current = product.as_ref().and_then(Product::successor);
    let mut found: Vec<ReleaseLine> = Vec::new();
    found.extend(product.as_ref().zip(own).map(|(product, cycle)| product.line(cycle)));
    if key.starts_with("gcr.io/distroless/") {
        found.extend(distroless_lines(key));
    }
    if record.product != Some("debian") && record.product != Some("ubuntu") {
        found.extend(distribution_line(tag));
    }
    found.extend(record.retired.filter(|_| !found.iter().any(|line| line.ended)).map(|_| retired(key)));
    let name = reference.name();
    let named = |tag: String| Arc::from(format!("{name}:{tag}"));
    let distribution = tag.distribution.map(|(name, _)| name).or(record.distribution);
    let accounts = match distribution {
        Some("debian" | "ubuntu") => [table::DEBIAN_ACCOUNTS, record.accounts].concat(),
        Some("alpine") => {
            [table::ALPINE_ACCOUNTS, record.alpine_accounts.unwrap_or(record.accounts)].concat()
        }
        _ => record.accounts.to_vec(),
    };
    ImageKnowledge {
        publisher: None,
        role: Some(record.role),
        distribution: distribution.map(Into::into),
        flavour: tag
            .flavour
            .or_else(|| if distribution == Some("alpine") { Some(Flavour::Alpine) } else { record.flavour }),
        leaner: tag.leaner(record, current).map(named),
        maintained: maintained(reference, record, tag, own, current, &found),
        accounts: accounts
            .into_iter()
            .map(|(name, uid, gid)| Account { name: name.into(), uid: Some(uid), gid: Some(gid) })
            .collect(),
        accounts_complete: record.complete,
        steps_down_to: record.steps_down_to.map(Into::into),
        has_init: record.init,
        file_variables: record.file_variables.iter().map(|name| Arc::from(*name)).collect(),
        variables: variables(key),
        offers_user: record.offers.map(Into::into),
        lines: found,
    }
}

/// The variables that an image sets, for those that have set the same ones in all their versions. Source: the `ENV`
/// instructions of the official images' Dockerfiles.
fn variables(key: &str) -> Option<Vec<Arc<str>>> {
    let names: &[&str] = match key {
        "alpine" | "busybox" | "centos" | "debian" | "ubuntu" => &["PATH"],
        "node" => &["PATH", "NODE_VERSION", "YARN_VERSION", "NPM_CONFIG_LOGLEVEL"],
        "nginx" => &[
            "PATH",
            "NGINX_VERSION",
            "NJS_VERSION",
            "NJS_RELEASE",
            "PKG_RELEASE",
            "DYNPKG_RELEASE",
            "ACME_VERSION",
        ],
        _ => return None,
    };
    Some(names.iter().map(|name| Arc::from(*name)).collect())
}

/// The release line that the tag names: by version, by code name, for SQL Server by year.
fn own_line(product: &Product, record: &Record, tag: &Tag<'_>) -> Option<Cycle> {
    let version = match (record.product, tag.version) {
        (Some("mssqlserver"), Some(year)) => match year {
            "2017" => "14.0",
            "2019" => "15.0",
            "2022" => "16.0",
            "2025" => "17.0",
            _ => return None,
        },
        (_, Some(version)) => version,
        (_, None) => return product.of_code(tag.word.or(tag.release)?),
    };
    product.of_version(version)
}

/// The release of the distribution below, where the tag names it.
fn distribution_line(tag: &Tag<'_>) -> Option<ReleaseLine> {
    let (distribution, version) = tag.distribution?;
    let version = version?;
    let product = lines::product(if distribution == "alpine" { "alpine-linux" } else { distribution })?;
    let cycle = product.of_code(version).or_else(|| product.of_version(version))?;
    Some(product.line(cycle))
}

/// `nodejs22-debian12` names both lines.
fn distroless_lines(key: &str) -> Vec<ReleaseLine> {
    let name = key.rsplit('/').next().unwrap_or("");
    let mut found = Vec::new();
    for part in name.split('-') {
        for (prefix, id) in [("nodejs", "nodejs"), ("java", "eclipse-temurin"), ("debian", "debian")] {
            let number = part.strip_prefix(prefix).filter(|number| !number.is_empty());
            let line = number.and_then(|number| {
                let product = lines::product(id)?;
                product.of_version(number).map(|cycle| product.line(cycle))
            });
            found.extend(line);
        }
    }
    found
}

fn retired(key: &str) -> ReleaseLine {
    ReleaseLine {
        product: format!("the `{key}` image").into(),
        cycle: "retired".into(),
        end_of_life: None,
        ended: true,
        successor: None,
    }
}

/// The same image in a supported version, where the tag as it is names none or an ended one.
fn maintained(
    reference: &ImageReference,
    record: &Record,
    tag: &Tag<'_>,
    own: Option<Cycle>,
    current: Option<Cycle>,
    found: &[ReleaseLine],
) -> Option<Arc<str>> {
    if let Some(other) = record.retired {
        return Some(match other {
            "eclipse-temurin" => temurin(tag).into(),
            other => other.into(),
        });
    }
    let open = matches!(reference.pin(), Pin::Missing | Pin::Floating);
    if !open && !found.iter().any(|line| line.ended) {
        return None;
    }
    // Its tags name the release of the distribution and nothing else.
    if record.names.contains(&"buildpack-deps") {
        let code = lines::product(tag.distribution.map_or("debian", |(name, _)| name))?.successor()?.code;
        let sure = tag.version.is_none() && tag.word.is_none_or(|word| word == "latest") && code != "-";
        let moved = tag.moved_to(record, code, None).filter(|_| sure)?;
        return Some(format!("{}:{moved}", reference.name()).into());
    }
    let line = own.filter(|cycle| !cycle.ended()).or(current)?;
    // `debian:buster` becomes `debian:trixie`, `debian:10` becomes `debian:13`.
    let own_release = matches!(record.product, Some("debian" | "ubuntu")) && tag.release.is_some();
    let code = Some(line.code).filter(|code| own_release && *code != "-");
    let number = tag.version.filter(|_| own.is_some_and(|cycle| !cycle.ended())).unwrap_or(line.number);
    Some(format!("{}:{}", reference.name(), tag.moved_to(record, number, code)?).into())
}

/// The Temurin image of the same Java line while that is supported, else of the newest one.
fn temurin(tag: &Tag<'_>) -> String {
    let product = lines::product("eclipse-temurin");
    let own = tag.version.map(|version| version.split(['u', '.']).next().unwrap_or(version));
    let line = product.as_ref().and_then(|product| {
        own.and_then(|own| product.of_version(own))
            .filter(|cycle| !cycle.ended())
            .or_else(|| product.successor())
    });
    let number = line.map_or("21", |cycle| cycle.number);
    format!("eclipse-temurin:{number}-{}", if tag.is_jre() { "jre" } else { "jdk" })
}

fn config(record: &Record, tag: &Tag<'_>, reference: &ImageReference, at: &Provenance) -> ImageConfig {
    let mut config = ImageConfig::default();
    let user = match record.user {
        _ if nonroot_tag(record, reference) => Some("65532"),
        User::Unknown => None,
        User::Root => Some(""),
        User::Named(user) => Some(user),
        User::Since(first, user) => match tag.version {
            Some(version) if order(version) < order(first) => Some(""),
            _ => Some(user),
        },
    };
    if let Some(user) = user {
        config.user = Fact::of(assumed(UserSpec::parse(user), at));
    }
    for &port in record.ports {
        config
            .exposed
            .push(assumed(ExposedPort { ports: PortRange::one(port), protocol: Protocol::Tcp }, at));
    }
    // Node images of before 2019 have no entrypoint.
    let old_node =
        record.product == Some("nodejs") && tag.version.is_some_and(|version| order(version) < vec![10]);
    if !record.entrypoint.is_empty() && !old_node {
        config.entrypoint = Fact::of(assumed(command(record.entrypoint), at));
    }
    if !record.command.is_empty() {
        config.command = Fact::of(assumed(command(record.command), at));
    }
    config
}

/// Distroless images come in two kinds; the tag tells.
fn nonroot_tag(record: &Record, reference: &ImageReference) -> bool {
    record.offers == Some("nonroot") && reference.tag.as_deref().is_some_and(|tag| tag.contains("nonroot"))
}

fn order(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

fn command(words: &[&str]) -> CommandLine {
    CommandLine { form: CommandForm::Exec, words: words.iter().map(|word| Sensitive::new(*word)).collect() }
}

fn assumed<T>(value: T, at: &Provenance) -> Claim<T> {
    Claim { value: Known::Value(value), layer: Layer::Base, plane: Plane::Assumed, at: at.clone() }
}

#[cfg(test)]
mod tests {
    use plimsoll_posture::{Publisher, Role};
    use plimsoll_text::{SourceKind, Sources, Span};

    use super::*;

    fn chain(text: &str) -> ImageChain {
        let mut sources = Sources::new();
        let source = sources.add_text("Dockerfile", SourceKind::Dockerfile, text);
        let at = Provenance::new("dockerfile", Span::new(source, 0, text.len()), "stage 0");
        look_up(&ImageReference::parse(text).unwrap(), &at)
    }

    fn lines_of(text: &str) -> Vec<String> {
        let knowledge = chain(text).knowledge;
        let line = |line: &ReleaseLine| {
            format!("{} {}{}", line.product, line.cycle, if line.ended { " ended" } else { "" })
        };
        knowledge.lines.iter().map(line).collect()
    }

    #[test]
    fn claims_are_assumed_and_come_from_the_base() {
        let chain = chain("node:22.11.0-slim");
        let user = chain.config.user.effective().unwrap();
        assert_eq!((user.layer, user.plane), (Layer::Base, Plane::Assumed));
        assert_eq!(user.at.via.last().map(|via| via.kind), Some(ViaKind::From));
        assert_eq!(user.value.value().and_then(UserSpec::is_root), Some(true));
        assert_eq!(chain.knowledge.offers_user.as_deref(), Some("node"));
        assert_eq!(chain.knowledge.flavour, Some(Flavour::Slim));
        assert_eq!(
            chain.config.entrypoint.value().and_then(CommandLine::program),
            Some("docker-entrypoint.sh")
        );
    }

    #[test]
    fn an_unknown_image_says_nothing_about_its_user() {
        let chain = chain("ghcr.io/acme/api:1.4.2-alpine3.12");
        assert!(chain.config.user.effective().is_none());
        assert_eq!(chain.knowledge.publisher, Some(Publisher::Community));
        assert_eq!(chain.knowledge.flavour, Some(Flavour::Alpine));
        assert_eq!(chain.knowledge.lines.len(), 1);
    }

    /// Users as the images' Dockerfiles have them.
    #[test]
    fn default_users_of_images_that_do_not_run_as_root() {
        for (image, user) in [
            ("memcached:1.6", "memcache"),
            ("elasticsearch:8.15.5", "1000:0"),
            ("grafana/grafana:11.0.0", "472"),
            ("prom/prometheus:v3.1.0", "nobody"),
            ("nginxinc/nginx-unprivileged:1.27", "101"),
            ("jenkins/jenkins:2.568.1-lts", "jenkins"),
            ("gcr.io/distroless/nodejs22-debian12:nonroot", "65532"),
            ("bitnami/redis:7.4", "1001"),
            ("haproxy:3.0", "haproxy"),
            ("haproxy", "haproxy"),
        ] {
            assert_eq!(
                chain(image).config.user.value().map(ToString::to_string).as_deref(),
                Some(user),
                "{image}"
            );
        }
        for image in
            ["haproxy:2.0", "postgres:16", "elasticsearch:7.17.0", "gcr.io/distroless/static-debian12"]
        {
            assert_eq!(chain(image).config.user.value().and_then(UserSpec::is_root), Some(true), "{image}");
        }
        assert!(chain("influxdb:latest").config.user.effective().is_none());
        assert_eq!(chain("elasticsearch:7.17.0").knowledge.steps_down_to.as_deref(), Some("elasticsearch"));
        assert_eq!(chain("node:22-windowsservercore").config.user.effective(), None);
    }

    #[test]
    fn accounts_follow_the_distribution() {
        let uid = |image: &str, name: &str| {
            let knowledge = chain(image).knowledge;
            knowledge.accounts.iter().find(|account| &*account.name == name).and_then(|account| account.uid)
        };
        assert_eq!(uid("node:22", "node"), Some(1000));
        assert_eq!(uid("node:22-alpine", "guest"), Some(405));
        assert_eq!(uid("postgres:16", "postgres"), Some(999));
        assert_eq!(uid("postgres:16-alpine", "postgres"), Some(70));
        assert_eq!(uid("nginx:1.27", "www-data"), Some(33));
    }

    #[test]
    fn tags_name_release_lines() {
        for (image, lines) in [
            ("node:14.21-alpine3.16", &["Node.js 14 ended", "Alpine 3.16 ended"][..]),
            ("node:fermium", &["Node.js 14 ended"]),
            ("node:lts-bullseye", &["Debian 11 (bullseye) ended"]),
            ("node:22-bookworm-slim", &["Node.js 22", "Debian 12 (bookworm)"]),
            ("node", &[]),
            ("node:lts", &[]),
            ("debian:9", &["Debian 9 (stretch) ended"]),
            ("debian:buster-slim", &["Debian 10 (buster) ended"]),
            ("ubuntu:18.04", &["Ubuntu 18.04 (bionic) ended"]),
            ("ubuntu:noble-20240605", &["Ubuntu 24.04 (noble)"]),
            ("centos:7", &["CentOS 7 ended"]),
            ("centos:centos6", &["CentOS 6 ended"]),
            ("postgres:11-alpine", &["PostgreSQL 11 ended"]),
            ("php:7.4-fpm-alpine3.13", &["PHP 7.4 ended", "Alpine 3.13 ended"]),
            ("python:3", &["Python 3.14"]),
            ("openjdk:8-jdk", &["the `openjdk` image retired ended"]),
            ("gcr.io/distroless/nodejs18-debian11", &["Node.js 18 ended", "Debian 11 (bullseye) ended"]),
            ("mcr.microsoft.com/mssql/server:2017-latest", &["SQL Server 14.0"]),
            ("arm64v8/node:16", &["Node.js 16 ended"]),
        ] {
            assert_eq!(lines_of(image), lines, "{image}");
        }
    }

    #[test]
    fn leaner_images_exist_where_they_are_named() {
        for (image, leaner) in [
            ("node:22", Some("node:22-slim")),
            ("node:22.11.0-bookworm", Some("node:22.11.0-bookworm-slim")),
            ("node", Some("node:26-slim")),
            ("node:22-slim", None),
            ("node:22-alpine", None),
            ("python:3.12-bookworm", Some("python:3.12-slim-bookworm")),
            ("debian:bookworm", Some("debian:bookworm-slim")),
            ("debian:12.5", Some("debian:12.5-slim")),
            ("php:8.3-fpm", Some("php:8.3-fpm-alpine")),
            ("php:8.3-apache", None),
            ("golang:1.26", Some("golang:1.26-alpine")),
            ("node:22-onbuild", None),
            ("ubuntu:24.04", None),
            ("public.ecr.aws/docker/library/node:22", Some("public.ecr.aws/docker/library/node:22-slim")),
        ] {
            assert_eq!(chain(image).knowledge.leaner.as_deref(), leaner, "{image}");
        }
    }

    #[test]
    fn a_maintained_image_keeps_the_variant() {
        for (image, maintained) in [
            ("node", Some("node:26")),
            ("node:alpine", Some("node:26-alpine")),
            ("node:14-buster-slim", Some("node:26-slim")),
            ("node:22-buster-slim", Some("node:22-slim")),
            ("node:22", None),
            ("debian:buster-slim", Some("debian:trixie-slim")),
            ("debian:9", Some("debian:13")),
            ("postgres:11-alpine", Some("postgres:18-alpine")),
            ("rabbitmq:3.8-management", Some("rabbitmq:4.3-management")),
            ("centos:7", Some("almalinux:10")),
            ("openjdk:17.0.2-jre", Some("eclipse-temurin:17-jre")),
            ("java:openjdk-8-jre", Some("eclipse-temurin:8-jre")),
            ("buildpack-deps:stretch-curl", Some("buildpack-deps:trixie-curl")),
            ("buildpack-deps:scm", Some("buildpack-deps:trixie-scm")),
            ("buildpack-deps", Some("buildpack-deps:trixie")),
            ("buildpack-deps:trixie", None),
            ("influxdb", None),
            ("someone/api", None),
        ] {
            assert_eq!(chain(image).knowledge.maintained.as_deref(), maintained, "{image}");
        }
    }

    #[test]
    fn roles_are_known() {
        assert_eq!(chain("redis:7-alpine").knowledge.role, Some(Role::Datastore));
        assert_eq!(chain("docker.io/library/nginx:alpine").knowledge.role, Some(Role::Proxy));
        assert_eq!(chain("adminer").knowledge.role, Some(Role::Administration));
        assert_eq!(chain("postgres:16").knowledge.file_variables[0].as_ref(), "POSTGRES_PASSWORD");
    }
}

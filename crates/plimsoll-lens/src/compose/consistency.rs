//! What Compose refuses in a project that is well formed: references to nothing, keys that exclude each other, circles.

use plimsoll_posture::{Complaint, ComplaintKind};
use plimsoll_text::Span;

use super::cast;
use super::path::Path;
use super::tree::{Entry, Map, Node, Value};

/// Checks a complete project.
pub(super) fn check(project: &Node, complaints: &mut Vec<Complaint>) {
    let mut checker = Checker { project, complaints };
    checker.values(project, &Path::ROOT);
    checker.resources();
    let services = project.get("services").and_then(Node::as_map);
    for entry in services.into_iter().flat_map(|services| &services.entries) {
        if let Some(service) = entry.value.as_map() {
            checker.service(entry, service);
        }
    }
    checker.circles();
}

struct Checker<'a> {
    project: &'a Node,
    complaints: &'a mut Vec<Complaint>,
}

/// Keys of which a secret or config needs exactly one.
const CONTENT_OF_SECRET: [&str; 2] = ["file", "environment"];
const CONTENT_OF_CONFIG: [&str; 3] = ["file", "environment", "content"];

impl<'a> Checker<'a> {
    fn invalid(&mut self, code: &'static str, at: Span, message: String, cure: &str) {
        self.complaints.push(Complaint {
            kind: ComplaintKind::Invalid,
            code,
            at,
            message,
            cure: Some(cure.to_owned()),
        });
    }

    /// Sizes, durations and the like that are not.
    fn values(&mut self, node: &Node, path: &Path<'_>) {
        if let Err(wanted) = cast::check(node, path) {
            self.invalid(
                "invalid-value",
                node.at,
                format!("`{}` must be {wanted}", path.dotted()),
                "correct the value",
            );
        }
        match &node.value {
            Value::Map(map) => {
                for entry in &map.entries {
                    self.values(&entry.value, &path.next(&entry.key));
                }
            }
            Value::List(items) => items.iter().for_each(|item| self.values(item, &path.next("[]"))),
            _ => {}
        }
    }

    fn has(&self, kind: &str, name: &str) -> bool {
        self.project.get(kind).and_then(Node::as_map).is_some_and(|map| map.get(name).is_some())
    }

    fn resources(&mut self) {
        let project = self.project;
        for (kind, content) in [("secrets", &CONTENT_OF_SECRET[..]), ("configs", &CONTENT_OF_CONFIG[..])] {
            let entries = project.get(kind).and_then(Node::as_map).map_or(&[][..], |map| &map.entries);
            for entry in entries {
                let Some(map) = entry.value.as_map() else { continue };
                let given: Vec<&str> = content.iter().copied().filter(|key| map.get(key).is_some()).collect();
                let name = &entry.key;
                let external = map.get("external").is_some();
                let nothing = if kind == "secrets" {
                    !is_true(map.get("external"))
                        && given.iter().all(|key| map.get(key).and_then(Node::text) == Some(""))
                } else {
                    given.is_empty() && map.get("driver").is_none() && !external
                };
                if given.len() > 1 {
                    self.invalid(
                        "conflicting-keys",
                        entry.key_at,
                        format!("`{kind}.{name}` has more than one of {}", given.join(", ")),
                        "keep one",
                    );
                } else if nothing || (given.is_empty() && map.get("driver").is_none() && !external) {
                    self.invalid(
                        "missing-key",
                        entry.key_at,
                        format!("`{kind}.{name}` has no content: one of {}", content.join(", ")),
                        "add one, or `external: true`",
                    );
                }
            }
        }
        let volumes = project.get("volumes").and_then(Node::as_map).map_or(&[][..], |map| &map.entries);
        for entry in volumes {
            let Some(map) = entry.value.as_map() else { continue };
            if !is_true(map.get("external")) {
                continue;
            }
            let other = map.entries.iter().find(|own| {
                !own.key.starts_with("x-") && !matches!(&*own.key, "name" | "external") && !own.value.implied
            });
            if let Some(other) = other {
                let at = other.key_at;
                self.invalid(
                    "conflicting-keys",
                    at,
                    format!("the volume `{}` is external and cannot have `{}`", entry.key, other.key),
                    "remove one of them",
                );
            }
        }
    }

    fn service(&mut self, entry: &'a Entry, service: &'a Map) {
        let name = &*entry.key;
        let at = entry.key_at;
        let given =
            |key: &str| service.get(key).filter(|node| node.value != Value::Null && node.text() != Some(""));
        let build = given("build").and_then(Node::as_map);
        if build.is_none() && given("image").is_none() && service.get("provider").is_none() {
            self.invalid(
                "no-image",
                at,
                format!("the service `{name}` has neither `image` nor `build`"),
                "add one of them",
            );
        }
        if let Some(build) = build {
            self.build(name, build, service);
        }
        if let Some(mode) = given("network_mode") {
            let joined =
                service.get("networks").and_then(Node::as_map).is_some_and(|map| !map.entries.is_empty());
            if joined {
                self.invalid(
                    "conflicting-keys",
                    mode.at,
                    format!("the service `{name}` has `network_mode` and `networks`"),
                    "keep one of them",
                );
            }
        }
        for network in entries(service.get("networks")) {
            if !self.has("networks", &network.key) {
                self.undefined("network", &network.key, name, network.key_at);
            }
        }
        for dependency in entries(service.get("depends_on")) {
            if !self.has("services", &dependency.key) {
                self.undefined("service", &dependency.key, name, dependency.key_at);
            }
        }
        self.mounts(name, service);
        for (key, kind) in [("secrets", "secret"), ("configs", "config")] {
            for grant in items(service.get(key)) {
                let source = grant.get("source").and_then(Node::text).unwrap_or("");
                if !self.has(key, source) {
                    self.undefined(kind, source, name, grant.at);
                }
            }
        }
        let test =
            given("healthcheck").and_then(|node| node.get("test")).map_or(&[][..], |test| items(Some(test)));
        if let Some(first) = test.first()
            && !matches!(first.text(), Some("CMD" | "CMD-SHELL" | "NONE"))
        {
            self.invalid(
                "invalid-value",
                first.at,
                "`healthcheck.test` must begin with `CMD`, `CMD-SHELL` or `NONE`".to_owned(),
                "put `CMD` before the command",
            );
        }
        self.amounts(name, service);
        for watch in items(given("develop").and_then(|node| node.get("watch"))) {
            let action = watch.get("action").and_then(Node::text).unwrap_or("");
            if watch.get("path").and_then(Node::text) == Some("") {
                self.invalid(
                    "invalid-value",
                    watch.at,
                    "the path of a watch is empty".to_owned(),
                    "name a path",
                );
            }
            if watch.get("target").is_none() && !matches!(action, "rebuild" | "restart") {
                self.invalid(
                    "missing-key",
                    watch.at,
                    format!("the action `{action}` of a watch needs a target"),
                    "add `target`",
                );
            }
        }
    }

    fn undefined(&mut self, kind: &str, wanted: &str, service: &str, at: Span) {
        let article =
            format!("the service `{service}` refers to the {kind} `{wanted}`, which is not defined");
        self.invalid("undefined-reference", at, article, "define it at the top level, or correct the name");
    }

    fn build(&mut self, name: &str, build: &'a Map, service: &'a Map) {
        let written =
            |key: &str| build.get(key).filter(|node| node.text().is_some_and(|text| !text.is_empty()));
        if let (Some(inline), Some(_)) = (written("dockerfile_inline"), written("dockerfile")) {
            self.invalid(
                "conflicting-keys",
                inline.at,
                format!("the service `{name}` has `dockerfile` and `dockerfile_inline`"),
                "keep one of them",
            );
        }
        for context in entries(build.get("additional_contexts")) {
            let Some(target) = context.value.text().and_then(|text| text.strip_prefix("service:")) else {
                continue;
            };
            let other = self.project.get("services").and_then(|services| services.get(target));
            if other.is_none_or(|other| other.get("build").is_none()) {
                self.undefined("built service", target, name, context.value.at);
            }
        }
        for secret in items(build.get("secrets")) {
            let source = secret.get("source").and_then(Node::text).unwrap_or("");
            if !self.has("secrets", source) {
                self.undefined("secret", source, name, secret.at);
            }
        }
        let platforms = items(build.get("platforms"));
        if let Some(platform) = service.get("platform").and_then(Node::text)
            && !platform.is_empty()
            && !platforms.is_empty()
            && !platforms.iter().any(|own| own.text() == Some(platform))
        {
            let at = service.get("platform").map_or(Span::whole(self.project.at.source), |node| node.at);
            self.invalid(
                "conflicting-keys",
                at,
                format!("`build.platforms` of `{name}` lacks its `platform`"),
                "add it there",
            );
        }
    }

    fn mounts(&mut self, name: &str, service: &'a Map) {
        for mount in items(service.get("volumes")) {
            let kind = mount.get("type").and_then(Node::text).unwrap_or("");
            let source = mount.get("source").and_then(Node::text);
            match (kind, source) {
                ("volume", Some(source)) if !source.is_empty() && !self.has("volumes", source) => {
                    let at = mount.get("source").map_or(mount.at, |node| node.at);
                    self.undefined("volume", source, name, at);
                }
                ("bind", None) => {
                    self.invalid(
                        "missing-key",
                        mount.at,
                        "a bind mount needs a source".to_owned(),
                        "add `source`",
                    );
                }
                _ => {}
            }
            if mount.as_map().is_some() && mount.get("target").is_none() {
                self.invalid(
                    "missing-key",
                    mount.at,
                    "a volume needs a path in the container".to_owned(),
                    "add `target`",
                );
            }
        }
    }

    /// Amounts that are written in two places must agree.
    fn amounts(&mut self, name: &str, service: &'a Map) {
        let deploy = service.get("deploy").filter(|node| node.as_map().is_some());
        let Some(deploy) = deploy else {
            return self.container_name(name, service, None);
        };
        let resources = deploy.get("resources");
        let part = |part: &str| resources.and_then(|resources| resources.get(part));
        type Read = fn(&Node) -> Option<f64>;
        #[expect(
            clippy::cast_precision_loss,
            reason = "sizes are compared for equality after the same rounding"
        )]
        let bytes: Read = |node| cast::size(node).map(|size| size as f64);
        #[expect(clippy::cast_possible_truncation, reason = "Compose compares in single precision")]
        let cpus: Read = |node| cast::number(node).map(|value| f64::from(value as f32));
        let rows: [(&str, &str, &str, Read); 4] = [
            ("cpus", "limits", "cpus", cpus),
            ("mem_limit", "limits", "memory", bytes),
            ("mem_reservation", "reservations", "memory", bytes),
            ("pids_limit", "limits", "pids", cast::number),
        ];
        for (key, block, inner, read) in rows {
            let Some(own) = service.get(key).filter(|own| read(own).is_some_and(|value| value != 0.0)) else {
                continue;
            };
            let Some(block_node) = part(block) else { continue };
            let other = block_node.get(inner).and_then(read).unwrap_or(0.0);
            if read(own).is_some_and(|value| (value - other).abs() > f64::EPSILON) {
                self.invalid(
                    "conflicting-keys",
                    own.at,
                    format!("`{key}` of `{name}` differs from `deploy.resources.{block}.{inner}`"),
                    "say it in one place, or the same in both",
                );
            }
        }
        let replicas = deploy.get("replicas");
        if let (Some(scale), Some(replicas)) = (service.get("scale"), replicas)
            && !scale.same(replicas)
        {
            self.invalid(
                "conflicting-keys",
                scale.at,
                format!("`scale` of `{name}` differs from `deploy.replicas`"),
                "keep one of them",
            );
        }
        self.container_name(name, service, replicas);
    }

    fn container_name(&mut self, name: &str, service: &'a Map, replicas: Option<&Node>) {
        let count = service.get("scale").or(replicas).and_then(cast::number).unwrap_or(1.0);
        if let Some(own) =
            service.get("container_name").filter(|own| own.text().is_some_and(|text| !text.is_empty()))
            && count > 1.0
        {
            self.invalid(
                "conflicting-keys",
                own.at,
                format!("`{name}` has a container name and more than one container"),
                "remove `container_name`",
            );
        }
    }

    /// Circles of dependencies.
    fn circles(&mut self) {
        let services = entries(self.project.get("services"));
        let mut clean: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
        for entry in services {
            let mut stack = vec![(&*entry.key, 0)];
            while let Some((name, next)) = stack.pop() {
                if clean.contains(name) {
                    continue;
                }
                let dependencies = self.dependencies(name);
                let Some(dependency) = dependencies.get(next) else {
                    clean.insert(name);
                    continue;
                };
                stack.push((name, next + 1));
                if stack.iter().any(|(on_way, _)| *on_way == &*dependency.key) {
                    let at = dependency.key_at;
                    self.invalid(
                        "dependency-cycle",
                        at,
                        format!("`{name}` depends on `{}`, which depends on it", dependency.key),
                        "break the circle",
                    );
                    return;
                }
                stack.push((&dependency.key, 0));
            }
        }
    }

    fn dependencies(&self, name: &str) -> &'a [Entry] {
        let service = self.project.get("services").and_then(|services| services.get(name));
        entries(service.and_then(|service| service.get("depends_on")))
    }
}

fn entries(node: Option<&Node>) -> &[Entry] {
    node.and_then(Node::as_map).map_or(&[], |map| &map.entries)
}

fn items(node: Option<&Node>) -> &[Node] {
    node.and_then(Node::as_list).unwrap_or(&[])
}

fn is_true(node: Option<&Node>) -> bool {
    matches!(node.map(|node| &node.value), Some(Value::Bool(true)))
}

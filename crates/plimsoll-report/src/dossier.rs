//! The posture of one service as rows: what the JSON and the table of `plimsoll posture` are both made of.
//!
//! Values of environment variables, labels and commands are never taken: only their names.

use std::borrow::Cow;

use plimsoll_posture::{
    CapabilitySet, Claim, CommandLine, Fact, Healthcheck, Known, Layer, Mount, MountOrigin, NamespaceMode,
    Plane, Posture, Provenance, PublishedPort, Reason, RestartPolicy, SeccompProfile, Service, Union,
};
use serde_json::{Value, json};

use crate::veil::{MASK, Veil};

/// One field of a service.
pub(crate) struct Row<'a> {
    pub(crate) name: &'static str,
    pub(crate) value: Known<Value>,
    pub(crate) plane: Plane,
    pub(crate) layer: Layer,
    pub(crate) at: Cow<'a, Provenance>,
    pub(crate) overridden: Vec<Lost<'a>>,
}

/// A statement that does not hold.
pub(crate) struct Lost<'a> {
    pub(crate) value: Known<Value>,
    pub(crate) plane: Plane,
    pub(crate) layer: Layer,
    pub(crate) at: &'a Provenance,
}

/// Turns the provenance of a list's items into JSON.
pub(crate) type Locate<'l> = &'l dyn Fn(&Provenance) -> Value;

/// Every field of a service. `nowhere` is the provenance of what nobody said: the service's own place.
pub(crate) fn rows<'a>(
    posture: &'a Posture,
    service: &'a Service,
    nowhere: &'a Provenance,
    veil: &Veil,
    locate: Locate<'_>,
) -> Vec<Row<'a>> {
    let table = Table { service, nowhere, veil, locate };
    let mut rows = Vec::new();
    table.process(&mut rows);
    table.privileges(&mut rows);
    table.storage(&mut rows);
    table.network(posture, &mut rows);
    table.limits(&mut rows);
    crate::dossier_proxy::rows(&table, &mut rows);
    rows
}

pub(crate) struct Table<'a, 't> {
    pub(crate) service: &'a Service,
    nowhere: &'a Provenance,
    veil: &'t Veil,
    pub(crate) locate: Locate<'t>,
}

impl<'a> Table<'a, '_> {
    fn process(&self, rows: &mut Vec<Row<'a>>) {
        let service = self.service;
        let kernel = &service.kernel;
        rows.push(self.fact("image", &service.image, |image| self.text(&image.text)));
        rows.push(self.build());
        rows.push(self.fact("uid", &kernel.uid, |uid| json!(uid)));
        rows.push(self.fact("gid", &kernel.gid, |gid| json!(gid)));
        rows.push(self.groups());
        rows.push(self.fact("user", &service.user, |user| json!(user.to_string())));
        rows.push(self.union("group_add", &service.group_add, |group| json!(&**group)));
        rows.push(self.fact("entrypoint", &service.entrypoint, |command| self.command(command)));
        rows.push(self.fact("command", &service.command, |command| self.command(command)));
        rows.push(self.fact("working_dir", &service.workdir, |path| self.text(path)));
        rows.push(self.names("environment", service.env.effective()));
        rows.push(self.env_secrets());
        rows.push(self.fact("init", &service.init, |init| json!(init)));
        rows.push(self.fact("healthcheck", &service.healthcheck, |check| {
            json!(match check {
                Healthcheck::Disabled => "disabled",
                Healthcheck::Test(_) => "command",
                Healthcheck::TimingOnly => "timing-only",
            })
        }));
        rows.push(self.fact("stop_signal", &service.stop_signal, |signal| self.text(signal)));
    }

    fn privileges(&self, rows: &mut Vec<Row<'a>>) {
        let service = self.service;
        let kernel = &service.kernel;
        rows.push(self.fact("privileged", &service.privileged, |on| json!(on)));
        rows.push(self.claim("cap_eff", kernel.cap_eff.as_ref(), capabilities));
        rows.push(self.claim("cap_bnd", kernel.cap_bnd.as_ref(), capabilities));
        rows.push(self.fact("no_new_privileges", &service.no_new_privileges, |on| json!(on)));
        rows.push(self.claim("seccomp", kernel.seccomp.as_ref(), |profile| {
            json!(match profile {
                SeccompProfile::Default => "default",
                SeccompProfile::Unconfined => "unconfined",
                SeccompProfile::Custom(_) => "custom",
            })
        }));
        rows.push(self.claim("mac", kernel.mac.as_ref(), |label| json!(&**label)));
        rows.push(self.fact("systempaths", &service.system_paths_unconfined, |&unconfined| {
            json!(if unconfined { "unconfined" } else { "default" })
        }));
        for (name, fact) in [
            ("pid_mode", &service.pid_mode),
            ("ipc_mode", &service.ipc_mode),
            ("uts_mode", &service.uts_mode),
            ("cgroup_mode", &service.cgroup_mode),
            ("userns_mode", &service.userns_mode),
        ] {
            rows.push(self.fact(name, fact, |mode| json!(mode.text())));
        }
        rows.push(self.fact("cgroup_parent", &service.cgroup_parent, |parent| self.text(parent)));
        rows.push(self.fact("runtime", &service.oci_runtime, |runtime| self.text(runtime)));
        rows.push(self.fact("use_api_socket", &service.use_api_socket, |on| json!(on)));
        rows.push(self.names("sysctls", service.sysctls.effective()));
    }

    fn storage(&self, rows: &mut Vec<Row<'a>>) {
        let service = self.service;
        rows.push(self.fact("readonly_rootfs", &service.readonly_rootfs, |on| json!(on)));
        // The name that compose files use, for readers who look for that.
        rows.push(self.fact("read_only", &service.readonly_rootfs, |on| json!(on)));
        rows.push(self.union("mounts", &service.mounts, |mount| self.mount(mount)));
        let is_tmpfs = |mount: &Mount| mount.kind == plimsoll_posture::MountKind::Tmpfs;
        let tmpfs = service.mounts.items().filter(|claim| claim.value.value().is_some_and(is_tmpfs));
        rows.push(self.list("tmpfs", tmpfs, |mount| json!(&*mount.target)));
        rows.push(self.union("devices", &service.devices, |device| {
            json!({
                "container": &*device.container_path,
                "host": &*device.host_path,
                "permissions": &*device.permissions,
            })
        }));
        rows.push(self.union("device_cgroup_rules", &service.device_cgroup_rules, |rule| json!(&**rule)));
    }

    fn network(&self, posture: &'a Posture, rows: &mut Vec<Row<'a>>) {
        let service = self.service;
        rows.push(self.fact("network_mode", &service.network_mode, |mode| {
            // Compose's own word for "the project's networks" is none; the kernel sees a bridge.
            json!(if *mode == NamespaceMode::Private { "bridge".to_owned() } else { mode.text() })
        }));
        rows.push(self.union("networks", &service.networks, |attachment| {
            let network = posture.network(&attachment.network);
            let fact = |fact: Option<&Fact<bool>>| match fact.and_then(Fact::effective) {
                Some(claim) => known(&claim.value, |on| json!(on)),
                None => Value::Null,
            };
            let peers: Vec<&str> = posture
                .members(&attachment.network)
                .map(Service::name)
                .filter(|name| *name != service.name())
                .collect();
            json!({
                "icc": fact(network.map(|network| &network.icc)),
                "internal": fact(network.map(|network| &network.internal)),
                "name": &*attachment.network,
                "peers": peers,
            })
        }));
        rows.push(self.union("published", &service.published, published));
        rows.push(self.union("ports", &service.published, |port| self.text(&port.text)));
        rows.push(self.union("expose", &service.exposed, |port| {
            json!(format!("{}/{}", port.ports, port.protocol.name()))
        }));
        rows.push(
            self.claim("exposure", service.kernel.exposure.as_ref(), |exposure| json!(exposure.name())),
        );
        rows.push(self.union(
            "extra_hosts",
            &service.extra_hosts,
            |(name, address)| json!({ "address": &**address, "name": &**name }),
        ));
        rows.push(self.union("depends_on", &service.depends_on, |name| json!(&**name)));
    }

    fn limits(&self, rows: &mut Vec<Row<'a>>) {
        let service = self.service;
        rows.push(self.fact("memory_bytes", &service.memory_bytes, |bytes| json!(bytes)));
        rows.push(self.fact("cpus", &service.cpus, |cpus| match cpus.parse::<f64>() {
            Ok(number) if number.is_finite() => json!(number),
            _ => self.text(cpus),
        }));
        rows.push(self.fact("pids_limit", &service.pids_limit, |pids| json!(pids)));
        rows.push(self.union("ulimits", &service.ulimits, |limit| {
            json!({
                "hard": known(&limit.hard, |value| json!(value)),
                "name": &*limit.name,
                "soft": known(&limit.soft, |value| json!(value)),
            })
        }));
        rows.push(self.fact("oom_kill_disable", &service.oom_kill_disable, |on| json!(on)));
        rows.push(self.fact("restart", &service.restart, |policy| {
            json!(match policy {
                RestartPolicy::Never => "no".to_owned(),
                RestartPolicy::Always => "always".to_owned(),
                RestartPolicy::UnlessStopped => "unless-stopped".to_owned(),
                RestartPolicy::OnFailure(None) => "on-failure".to_owned(),
                RestartPolicy::OnFailure(Some(times)) => format!("on-failure:{times}"),
                RestartPolicy::Other(text) => self.veil.words(text).into_owned(),
            })
        }));
        rows.push(self.fact("logging", &service.logging, |logging| {
            let options: serde_json::Map<String, Value> = logging
                .options
                .iter()
                .map(|(name, value)| (name.to_string(), self.log_option(name, value)))
                .collect();
            json!({ "driver": logging.driver.as_deref(), "options": options })
        }));
    }

    fn build(&self) -> Row<'a> {
        let Some(build) = &self.service.build else { return self.nothing("build") };
        let optional = |text: &Option<Known<std::sync::Arc<str>>>| match text {
            Some(text) => known(text, |text| self.text(text)),
            None => Value::Null,
        };
        let value = json!({
            "context": known(&build.context, |context| self.text(context)),
            "dockerfile": optional(&build.dockerfile),
            "inline": build.inline,
            "target": build.target.as_ref().map(|target| self.veil.words(&target.value).into_owned()),
        });
        Row {
            value: Known::Value(value),
            plane: Plane::Declared,
            layer: Layer::Compose,
            at: Cow::Owned(Provenance::new("compose", build.at, "build")),
            ..self.nothing("build")
        }
    }

    fn groups(&self) -> Row<'a> {
        let kernel = &self.service.kernel;
        let claims: Vec<&Claim<_>> = self.service.group_add.items().collect();
        let items: Vec<Value> = kernel
            .groups
            .iter()
            .enumerate()
            .map(|(at, group)| match claims.get(at) {
                Some(claim) => self.item(claim, known(group, |gid| json!(gid))),
                None => json!({ "value": known(group, |gid| json!(gid)) }),
            })
            .collect();
        let first = claims.first();
        Row {
            value: Known::Value(Value::Array(items)),
            plane: claims.iter().map(|claim| claim.plane).min().unwrap_or(Plane::Assumed),
            layer: claims.iter().map(|claim| claim.layer).max().unwrap_or(Layer::Engine),
            at: Cow::Borrowed(first.map_or(self.nowhere, |claim| &claim.at)),
            ..self.nothing("groups")
        }
    }

    fn env_secrets(&self) -> Row<'a> {
        use plimsoll_posture::Place;
        let seen = self
            .service
            .sightings
            .iter()
            .find(|seen| matches!(seen.place, Place::Environment | Place::EnvFile | Place::Url));
        Row {
            value: Known::Value(json!(self.service.kernel.env_secrets)),
            plane: seen.map_or(Plane::Declared, |seen| seen.at.plane),
            layer: seen.map_or(Layer::Engine, |seen| seen.at.layer),
            at: Cow::Borrowed(seen.map_or(self.nowhere, |seen| &seen.at.at)),
            ..self.nothing("env_secrets")
        }
    }

    /// Program and form only: arguments may hold secrets.
    fn command(&self, command: &CommandLine) -> Value {
        let form = match command.form {
            plimsoll_posture::CommandForm::Exec => "exec",
            plimsoll_posture::CommandForm::Shell => "shell",
        };
        let program = command.program().map(|program| match program.split_once('=') {
            Some((name, _)) => format!("{name}={MASK}"),
            None => self.veil.words(program).into_owned(),
        });
        json!({ "form": form, "program": program })
    }

    /// Tokens for log services are options too: only those that say how much is kept are shown.
    fn log_option(&self, name: &str, value: &str) -> Value {
        match name {
            "max-size" | "max-file" | "max-buffer-size" | "compress" | "mode" => self.text(value),
            _ => json!(MASK),
        }
    }

    fn mount(&self, mount: &Mount) -> Value {
        json!({
            "device": mount.device.as_deref(),
            "inside_project": mount.inside_project,
            "origin": match &mount.origin {
                MountOrigin::Own => "own".to_owned(),
                MountOrigin::VolumesFrom(name) => format!("volumes_from:{name}"),
                MountOrigin::ApiSocket => "use_api_socket".to_owned(),
            },
            "propagation": mount.propagation.as_deref(),
            "rw": known(&mount.writable, |on| json!(on)),
            "source": known(&mount.source, |path| self.text(path)),
            "target": &*mount.target,
            "type": mount.kind.name(),
        })
    }

    pub(crate) fn text(&self, text: &str) -> Value {
        json!(self.veil.words(text))
    }

    pub(crate) fn nothing(&self, name: &'static str) -> Row<'a> {
        Row {
            name,
            value: Known::Value(Value::Null),
            plane: Plane::Assumed,
            layer: Layer::Engine,
            at: Cow::Borrowed(self.nowhere),
            overridden: Vec::new(),
        }
    }

    fn fact<T>(&self, name: &'static str, fact: &'a Fact<T>, show: impl Fn(&T) -> Value) -> Row<'a> {
        let Some(claim) = fact.effective() else { return self.nothing(name) };
        let mut row = self.claim(name, Some(claim), &show);
        row.overridden = fact
            .overridden()
            .into_iter()
            .map(|lost| Lost {
                value: lost.value.as_ref().map(&show),
                plane: lost.plane,
                layer: lost.layer,
                at: &lost.at,
            })
            .collect();
        row
    }

    fn claim<T>(
        &self,
        name: &'static str,
        claim: Option<&'a Claim<T>>,
        show: impl Fn(&T) -> Value,
    ) -> Row<'a> {
        let Some(claim) = claim else { return self.nothing(name) };
        Row {
            name,
            value: claim.value.as_ref().map(show),
            plane: claim.plane,
            layer: claim.layer,
            at: Cow::Borrowed(&claim.at),
            overridden: Vec::new(),
        }
    }

    fn union<T>(&self, name: &'static str, union: &'a Union<T>, show: impl Fn(&T) -> Value) -> Row<'a> {
        self.list(name, union.items(), show)
    }

    /// A list rests on the weakest of its items and stands where the first does.
    fn list<T: 'a>(
        &self,
        name: &'static str,
        items: impl Iterator<Item = &'a Claim<T>>,
        show: impl Fn(&T) -> Value,
    ) -> Row<'a> {
        let claims: Vec<&Claim<T>> = items.collect();
        let items = claims.iter().map(|claim| self.item(claim, known(&claim.value, &show))).collect();
        Row {
            value: Known::Value(Value::Array(items)),
            plane: claims.iter().map(|claim| claim.plane).min().unwrap_or(Plane::Assumed),
            layer: claims.iter().map(|claim| claim.layer).max().unwrap_or(Layer::Engine),
            at: Cow::Borrowed(claims.first().map_or(self.nowhere, |claim| &claim.at)),
            ..self.nothing(name)
        }
    }

    /// An item of a list: the fields of an object or a `value`, and where it was said.
    fn item<T>(&self, claim: &Claim<T>, value: Value) -> Value {
        let mut item = match value {
            Value::Object(fields) => fields,
            value => std::iter::once(("value".to_owned(), value)).collect(),
        };
        item.insert("at".to_owned(), (self.locate)(&claim.at));
        item.insert("layer".to_owned(), json!(claim.layer.name()));
        item.insert("plane".to_owned(), json!(claim.plane.name()));
        Value::Object(item)
    }

    fn names<'k, T: 'a>(
        &self,
        name: &'static str,
        entries: impl Iterator<Item = (&'k str, &'a Claim<T>)>,
    ) -> Row<'a> {
        let entries: Vec<(&str, &'a Claim<T>)> = entries.collect();
        let items = entries
            .iter()
            .map(|(key, claim)| json!({ "at": (self.locate)(&claim.at), "value": self.veil.words(key) }))
            .collect();
        let claims = || entries.iter().map(|(_, claim)| *claim);
        Row {
            value: Known::Value(Value::Array(items)),
            plane: claims().map(|claim| claim.plane).min().unwrap_or(Plane::Assumed),
            layer: claims().map(|claim| claim.layer).max().unwrap_or(Layer::Engine),
            at: Cow::Borrowed(claims().next().map_or(self.nowhere, |claim| &claim.at)),
            ..self.nothing(name)
        }
    }
}

fn capabilities(set: &CapabilitySet) -> Value {
    json!(set.iter().map(|capability| capability.name()).collect::<Vec<_>>())
}

fn published(port: &PublishedPort) -> Value {
    let number = |ports: &plimsoll_posture::PortRange| {
        if ports.first == ports.last { json!(ports.first) } else { json!(ports.to_string()) }
    };
    json!({
        "container_port": known(&port.container, number),
        "host_ip": known(&port.host_ip, |ip| json!(ip.map(|ip| ip.to_string()))),
        "host_port": known(&port.host, |ports| ports.as_ref().map_or(Value::Null, number)),
        "protocol": port.protocol.name(),
    })
}

fn known<T>(value: &Known<T>, show: impl Fn(&T) -> Value) -> Value {
    match value {
        Known::Value(value) => show(value),
        Known::Unknown(reason) => json!({ "unknown": unknown(reason) }),
    }
}

/// A reason in wire form.
pub(crate) fn unknown(reason: &Reason) -> Value {
    json!({ "reason": reason.to_string(), "settle": reason.settle() })
}

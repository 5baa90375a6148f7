//! From what file, command line and the daemon itself say to what is in force, and where they disagree.
//!
//! The daemon's own answer comes before its command line, which comes before the file. A file that is newer than the daemon is not in
//! force: what it alone says is unknown. A setting that nobody says has its default, which is certain once file and command line
//! were both read, and unknown when an engine told of itself and neither was.

use std::collections::BTreeSet;
use std::sync::Arc;

use plimsoll_posture::{
    Claim, Daemon, Deviation, Fact, Known, Layer, Logging, Plane, Provenance, Reason, SeccompProfile, Union,
};

use super::entry::running;
use super::flags::{Said, Saying, Settings};
use super::info::{Told, is_loopback};

const RESTARTED: Reason = Reason::NeedsEngine("whether dockerd was restarted since daemon.json was written");
const UNREAD: Reason = Reason::NeedsEngine("cat /etc/docker/daemon.json; ps -o args= -C dockerd");

/// What was read of the daemon's settings.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// The file, where it is there.
    pub(super) file: Option<Settings>,
    /// The command line of the running daemon.
    pub(super) flags: Option<Settings>,
    /// The command line that its unit would start.
    pub(super) unit: Option<Settings>,
    /// Whether the file was read or is known to be absent.
    pub(super) file_known: bool,
    /// Whether it was written after the daemon was started.
    pub(super) newer: bool,
    /// Whether an engine told of itself.
    pub(super) told: bool,
    /// Where the running daemon's command line is.
    pub(super) line: Option<Provenance>,
    /// What file and daemon disagree about.
    pub(super) stale: Vec<Deviation>,
}

impl Context {
    fn file(&self, name: &str) -> Option<&Said> {
        self.file.as_ref()?.of(name)
    }

    /// What the running daemon was told at its start, or will be told at its next.
    fn flag(&self, name: &str) -> Option<&Said> {
        self.flags.as_ref().or(self.unit.as_ref())?.of(name)
    }

    /// The strongest of file and command line.
    pub(super) fn said(&self, name: &str) -> Option<&Said> {
        self.flag(name).or_else(|| self.file(name))
    }

    /// Whether all that could say a setting was read.
    pub(super) fn complete(&self) -> bool {
        self.file_known && self.flags.is_some()
    }

    /// Whether somebody who was not read could say it.
    pub(super) fn unread(&self) -> Option<Reason> {
        let read = self.file_known && (self.flags.is_some() || !self.told || self.file.is_some());
        (self.told && !read).then_some(UNREAD)
    }

    fn differs(
        &mut self,
        setting: &str,
        declared: String,
        running: String,
        places: (&Provenance, Provenance),
    ) {
        self.stale.push(Deviation {
            setting: setting.to_owned(),
            declared,
            running,
            declared_at: Some(places.0.clone()),
            running_at: places.1,
        });
    }

    /// A setting that only the file says, which is newer than the daemon.
    fn only_written(&mut self, setting: &str, declared: String, at: &Provenance) {
        let running = "what held when the daemon was started".to_owned();
        let place = self.line.clone().unwrap_or_else(|| at.clone());
        self.differs(setting, declared, running, (at, place));
    }

    fn settle<T: Clone + PartialEq>(
        &mut self,
        fact: &mut Fact<T>,
        name: &str,
        parse: impl Fn(&Saying) -> Option<T>,
        text: impl Fn(&T) -> String,
    ) {
        let of = |said: Option<&Said>| {
            said.and_then(|said| Some((parse(&said.value)?, said.at.clone(), said.plane)))
        };
        let (file, flag) = (of(self.file(name)), of(self.flag(name)));
        let claim = |(value, at, plane): &(T, Provenance, Plane)| Claim {
            value: Known::Value(value.clone()),
            layer: Layer::Engine,
            plane: *plane,
            at: at.clone(),
        };
        if let Some(said) = &file {
            fact.push(claim(said));
        }
        let known = |fact: &Fact<T>| {
            let claim = fact.claims().iter().rfind(|claim| claim.plane == Plane::Running)?;
            Some((claim.value.value()?.clone(), claim.at.clone()))
        };
        if let Some(said) = &flag
            // What the daemon answers holds; its command line is the better place for the same.
            && known(fact).is_none_or(|(value, _)| value == said.0)
        {
            fact.push(claim(said));
        }
        match (known(fact), file, flag) {
            (Some((is, at)), Some((said, place, _)), _) => {
                if is != said {
                    self.differs(name, text(&said), text(&is), (&place, at));
                }
            }
            (Some(_), ..) => {}
            (None, Some((said, place, _)), _) if self.newer => {
                self.only_written(name, text(&said), &place);
                fact.push(running(Known::Unknown(RESTARTED), place));
            }
            (None, None, None) => self.nobody(fact),
            (None, ..) => {}
        }
    }

    /// Nobody says it: its default holds, if all who could say it were read.
    fn nobody<T: Clone>(&self, fact: &mut Fact<T>) {
        let Some(assumed) = fact.claims().first().cloned() else { return };
        let default = self.line.as_ref().filter(|_| self.complete());
        if let Some(line) = default {
            fact.push(Claim { plane: Plane::Running, at: line.clone(), ..assumed });
        } else if let Some(reason) = self.unread() {
            fact.push(Claim { value: Known::Unknown(reason), plane: Plane::Running, ..assumed });
        }
    }
}

/// Settles every setting of a Docker daemon.
pub(super) fn settle(daemon: &mut Daemon, told: &Told, context: &mut Context) {
    let flag = |saying: &Saying| match saying {
        Saying::Flag(flag) => Some(*flag),
        _ => None,
    };
    let word = |saying: &Saying| match saying {
        Saying::Text(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    for (fact, name) in [
        (&mut daemon.rootless, "rootless"),
        (&mut daemon.no_new_privileges, "no-new-privileges"),
        (&mut daemon.icc, "icc"),
        (&mut daemon.iptables, "iptables"),
        (&mut daemon.userland_proxy, "userland-proxy"),
        (&mut daemon.live_restore, "live-restore"),
        (&mut daemon.debug, "debug"),
        (&mut daemon.experimental, "experimental"),
        (&mut daemon.selinux_enabled, "selinux-enabled"),
    ] {
        context.settle(fact, name, flag, bool::to_string);
    }
    for (fact, name) in [
        (&mut daemon.default_ip, "ip"),
        (&mut daemon.log_level, "log-level"),
        (&mut daemon.storage_driver, "storage-driver"),
        (&mut daemon.cgroup_parent, "cgroup-parent"),
        (&mut daemon.cgroup_namespace, "default-cgroupns-mode"),
        (&mut daemon.data_root, "data-root"),
        (&mut daemon.default_runtime, "default-runtime"),
    ] {
        context.settle(fact, name, word, ToString::to_string);
    }
    let mapped = |saying: &Saying| match saying {
        Saying::Text(text) => Some(!text.is_empty()),
        _ => None,
    };
    let on = |on: &bool| if *on { "on" } else { "off" }.to_owned();
    context.settle(&mut daemon.userns_remap, "userns-remap", mapped, on);
    let profile = |saying: &Saying| match saying {
        Saying::Text(text) => Some(match &**text {
            "" | "builtin" | "default" => SeccompProfile::Default,
            "unconfined" => SeccompProfile::Unconfined,
            _ => SeccompProfile::Custom(text.clone()),
        }),
        _ => None,
    };
    let shown = |profile: &SeccompProfile| match profile {
        SeccompProfile::Default => "the engine's own".to_owned(),
        SeccompProfile::Unconfined => "unconfined".to_owned(),
        SeccompProfile::Custom(path) => path.to_string(),
    };
    context.settle(&mut daemon.seccomp, "seccomp-profile", profile, shown);
    logging(&mut daemon.logging, told.log_driver.as_ref(), context);
    let authorization = told.authorization.as_deref();
    texts(&mut daemon.authorization, "authorization-plugins", authorization, context);
    let registries = told.insecure_registries.as_deref();
    texts(&mut daemon.insecure_registries, "insecure-registries", registries, context);
    ulimits(daemon, context);
}

/// The API tells the driver and not its options.
fn logging(fact: &mut Fact<Logging>, told: Option<&Claim<Arc<str>>>, context: &mut Context) {
    let text = |said: Option<&Said>| match said.map(|said| &said.value) {
        Some(Saying::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let pairs = |said: Option<&Said>| match said.map(|said| &said.value) {
        Some(Saying::Pairs(pairs)) => Some(pairs.clone()),
        _ => None,
    };
    let names = ["log-driver", "log-opts"];
    let place = |settings: Option<&Settings>| {
        let of = |name| settings.and_then(|settings| settings.of(name));
        of("log-opts").or_else(|| of("log-driver")).map(|said| said.at.clone())
    };
    if let Some(at) = place(context.file.as_ref()) {
        let (driver, options) =
            (text(context.file(names[0])), pairs(context.file(names[1])).unwrap_or_default());
        fact.push(Claim::declared(Known::Value(Logging { driver, options }), Layer::Engine, at));
    }
    if let (Some(told), Some(said)) = (told, context.file(names[0]))
        && let (Some(is), Saying::Text(wanted)) = (told.value.value(), &said.value)
        && is != wanted
    {
        let places = (said.at.clone(), told.at.clone());
        context.differs(names[0], wanted.to_string(), is.to_string(), (&places.0, places.1));
    }
    let own = context.flags.as_ref().or(context.unit.as_ref());
    let (own_place, own_plane) =
        (place(own), if context.flags.is_some() { Plane::Running } else { Plane::Declared });
    let own_options = pairs(context.flag(names[1]));
    let driver = told.and_then(|told| told.value.value().cloned()).or_else(|| text(context.flag(names[0])));
    let written = place(context.file.as_ref());
    let file_options = pairs(context.file(names[1]));
    let known_options = match (own_options, file_options) {
        (Some(options), _) => Some(options),
        (None, Some(_)) if context.newer => None,
        (None, Some(options)) => Some(options),
        (None, None) if context.complete() || context.unread().is_none() => Some(Vec::new()),
        (None, None) => None,
    };
    if context.newer
        && let Some(at) = &written
        && context.flag(names[1]).is_none()
        && context.file(names[1]).is_some()
    {
        context.only_written(names[1], "options of the log driver".to_owned(), at);
    }
    let at = own_place.or_else(|| told.map(|told| written.clone().unwrap_or_else(|| told.at.clone())));
    let Some(at) = at else {
        if written.is_none() {
            context.nobody(fact);
        } else if context.newer
            && let Some(at) = written
        {
            fact.push(running(Known::Unknown(RESTARTED), at));
        }
        return;
    };
    // Of the drivers that write files only json-file keeps them without end; the options of others weigh nothing here.
    let rotates = driver.as_deref().is_some_and(|driver| driver != "json-file");
    let value = match known_options {
        Some(options) => Known::Value(Logging { driver, options }),
        None if rotates => Known::Value(Logging { driver, options: Vec::new() }),
        None => Known::Unknown(if context.newer { RESTARTED } else { UNREAD }),
    };
    let plane = if told.is_some() { Plane::Running } else { own_plane };
    fact.push(Claim { value, layer: Layer::Engine, plane, at });
}

/// A list: the daemon's own answer is whole; otherwise what file or command line say.
fn texts(union: &mut Union<Arc<str>>, name: &str, told: Option<&[Claim<Arc<str>>]>, context: &mut Context) {
    let items = |said: Option<&Said>| -> Vec<(Arc<str>, Provenance, Plane)> {
        let Some(said) = said else { return Vec::new() };
        let Saying::Texts(texts) = &said.value else { return Vec::new() };
        let counts = |text: &str| name != "insecure-registries" || !is_loopback(text);
        let listed = texts.iter().filter(|(text, _)| !text.is_empty() && counts(text));
        listed
            .map(|(text, span)| (text.clone(), Provenance { span: *span, ..said.at.clone() }, said.plane))
            .collect()
    };
    let (file, flag) = (items(context.file(name)), items(context.flag(name)));
    if let Some(told) = told {
        told.iter().for_each(|claim| union.push(claim.clone()));
        if let Some(said) = context.file(name) {
            let is: BTreeSet<&str> =
                told.iter().filter_map(|claim| claim.value.value()).map(|text| &**text).collect();
            let wanted: BTreeSet<&str> = file.iter().map(|(text, ..)| &**text).collect();
            if is != wanted {
                let list = |set: &BTreeSet<&str>| match set.is_empty() {
                    true => "none".to_owned(),
                    false => set.iter().copied().collect::<Vec<_>>().join(", "),
                };
                let place = told.first().map_or_else(|| said.at.clone(), |claim| claim.at.clone());
                let (declared, at) = (list(&wanted), said.at.clone());
                context.differs(name, declared, list(&is), (&at, place));
            }
        }
        return;
    }
    for (text, at, plane) in flag.into_iter().chain(file) {
        let stale = context.newer && plane == Plane::Declared;
        if stale {
            context.only_written(name, text.to_string(), &at);
        }
        let value = if stale { Known::Unknown(RESTARTED) } else { Known::Value(text) };
        union.push(Claim { value, layer: Layer::Engine, plane, at });
    }
}

fn ulimits(daemon: &mut Daemon, context: &mut Context) {
    let name = "default-ulimits";
    let Some(said) = context.said(name).cloned() else {
        if let Some(reason) = context.unread()
            && let Some(anchor) = daemon.icc.claims().first()
        {
            daemon.default_ulimits.push(running(Known::Unknown(reason), anchor.at.clone()));
        }
        return;
    };
    let stale = context.newer && said.plane == Plane::Declared;
    if stale {
        context.only_written(name, "limits".to_owned(), &said.at);
    }
    let Saying::Limits(limits) = said.value else { return };
    for (limit, span) in limits {
        let value = if stale { Known::Unknown(RESTARTED) } else { Known::Value(limit) };
        let at = Provenance { span, ..said.at.clone() };
        daemon.default_ulimits.push(Claim { value, layer: Layer::Engine, plane: said.plane, at });
    }
}

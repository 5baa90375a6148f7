//! The configuration of a built image: the same claims as a Dockerfile's last stage makes, on the plane Built, and the history.
//!
//! OCI image specification, `config.md`; what Docker adds to it (`Healthcheck`, `Shell`, `OnBuild`).
//! Deliberately absent: layers and files (see `plimsoll-packages`), and steps as instructions: of what a build did, its layers tell more
//! than the line that started it.

mod history;
mod print;

use std::ops::Range;
use std::sync::Arc;

use plimsoll_posture::{
    Certainty, Claim, CommandForm, CommandLine, Complaint, ComplaintKind, ExposedPort, Healthcheck,
    ImageChain, Known, Layer, Place, Plane, PortRange, Protocol, Provenance, SecretSighting, Sensitive,
    UserSpec,
};
use plimsoll_secrets::{Detection, judge_value, scan_text};
use plimsoll_text::{Source, SourceId, SourceKind, Sources, Span};

use crate::json::{self, Json, Value};

/// What claims of this lens are marked with.
pub const LENS: &str = "image";
/// No image has more variables, ports or steps.
const MAX_ITEMS: usize = 4096;

/// What a configuration says.
#[derive(Debug, Default)]
pub struct Reading {
    /// The claims.
    pub chain: ImageChain,
    /// `linux/amd64`, `linux/arm64/v8`.
    pub platform: String,
    /// Each layer from the lowest: its place, and the instruction that made it.
    pub layers: Vec<(Provenance, Arc<str>)>,
    /// Secrets in the environment, the labels and the history.
    pub sightings: Vec<SecretSighting>,
    /// Secrets in the command line.
    pub commands: Vec<SecretSighting>,
    /// What could not be read.
    pub complaints: Vec<Complaint>,
}

/// Adds the configuration as a document, one member a line.
pub fn add(sources: &mut Sources, name: &str, bytes: &[u8]) -> SourceId {
    sources.add_text(name, SourceKind::ImageConfig, &print::laid_out(&String::from_utf8_lossy(bytes)))
}

/// Reads a configuration.
#[must_use]
pub fn read(source: &Source) -> Reading {
    let (value, complaints) = json::read(source);
    let mut reader = Reader { source, reading: Reading { complaints, ..Reading::default() } };
    if let Some(value) = value {
        reader.document(&value);
    }
    reader.reading
}

struct Reader<'a> {
    source: &'a Source,
    reading: Reading,
}

impl Reader<'_> {
    fn document(&mut self, document: &Json) {
        let part =
            |key: &str| document.get(key).and_then(Json::text).filter(|text| !text.is_empty()).cloned();
        let parts: Vec<Arc<str>> = ["os", "architecture", "variant"].into_iter().filter_map(part).collect();
        self.reading.platform = parts.join("/");
        let config = document.get("config").filter(|config| matches!(config.value, Value::Map(_)));
        let anchor = config.map_or(Span::whole(self.source.id), |config| {
            Span::new(self.source.id, config.at.start as usize, config.at.start as usize + 1)
        });
        match config {
            Some(config) => self.config(config, anchor),
            None => self.claim_user("", anchor),
        }
        self.layers(document);
    }

    fn config(&mut self, config: &Json, anchor: Span) {
        let text = |key: &str| config.get(key).and_then(|json| Some((json.text()?.clone(), json.at)));
        match text("User") {
            Some((user, at)) => self.claim_user(&user, at),
            None => self.claim_user("", anchor),
        }
        for item in items(config.get("Env")) {
            self.variable(item);
        }
        for member in config.get("ExposedPorts").map(Json::members).unwrap_or_default().iter().take(MAX_ITEMS)
        {
            let Some(port) = port(&member.key) else { continue };
            let claim = self.claim(port, member.value.at, "config.ExposedPorts");
            self.reading.chain.config.exposed.push(claim);
        }
        for member in config.get("Volumes").map(Json::members).unwrap_or_default().iter().take(MAX_ITEMS) {
            let claim = self.claim(member.key.clone(), member.value.at, "config.Volumes");
            self.reading.chain.config.volumes.push(claim);
        }
        for (key, command) in [("Entrypoint", false), ("Cmd", true)] {
            let Some(value) =
                config.get(key).filter(|value| matches!(&value.value, Value::List(list) if !list.is_empty()))
            else {
                continue;
            };
            self.sight_command(value);
            let claim = self.claim(command_line(value), value.at, &format!("config.{key}"));
            let facts = &mut self.reading.chain.config;
            let fact = if command { &mut facts.command } else { &mut facts.entrypoint };
            fact.push(claim);
        }
        if let Some((directory, at)) = text("WorkingDir").filter(|(directory, _)| !directory.is_empty()) {
            let claim = self.claim(directory, at, "config.WorkingDir");
            self.reading.chain.config.workdir.push(claim);
        }
        if let Some((signal, at)) = text("StopSignal").filter(|(signal, _)| !signal.is_empty()) {
            let claim = self.claim(signal, at, "config.StopSignal");
            self.reading.chain.config.stop_signal.push(claim);
        }
        if let Some(test) = config.get("Healthcheck").and_then(|check| check.get("Test"))
            && let Some(check) = healthcheck(test)
        {
            let claim = self.claim(check, test.at, "config.Healthcheck");
            self.reading.chain.config.healthcheck.push(claim);
        }
        for member in config.get("Labels").map(Json::members).unwrap_or_default().iter().take(MAX_ITEMS) {
            let Some(label) = member.value.text().cloned() else { continue };
            let at = member.value.at;
            if let Some(found) = judge_value(&member.key, &label) {
                self.sight(Place::Label, &member.key, &found, &label, &label, at);
            }
            let claim = self.claim(Sensitive::new(label), at, "config.Labels");
            self.reading.chain.config.labels.push(&member.key, claim);
        }
        let shell: Vec<Arc<str>> =
            items(config.get("Shell")).filter_map(|word| word.text().cloned()).collect();
        if let Some(value) = config.get("Shell").filter(|_| !shell.is_empty()) {
            let claim = self.claim(Arc::from(shell), value.at, "config.Shell");
            self.reading.chain.config.shell.push(claim);
        }
    }

    fn claim_user(&mut self, user: &str, at: Span) {
        let claim = self.claim(UserSpec::parse(user), at, "config.User");
        self.reading.chain.config.user.push(claim);
    }

    fn variable(&mut self, item: &Json) {
        let Some(text) = item.text().cloned() else { return };
        let Some((name, value)) = text.split_once('=') else { return };
        if let Some(found) = judge_value(name, value) {
            self.sight(Place::ImageEnv, name, &found, value, &text, item.at);
        }
        let claim = self.claim(Sensitive::new(value), item.at, "config.Env");
        self.reading.chain.config.env.push(name, claim);
    }

    /// Each layer with the step that made it. Where the history does not fit the layers, the digests are the places.
    fn layers(&mut self, document: &Json) {
        let digests: Vec<&Json> =
            items(document.get("rootfs").and_then(|root| root.get("diff_ids"))).collect();
        let mut steps: Vec<(Provenance, Arc<str>)> = Vec::new();
        for step in items(document.get("history")) {
            let by = step.get("created_by");
            let text = by.and_then(Json::text).cloned().unwrap_or_else(|| "".into());
            let told = history::step(&text);
            if let Some(by) = by {
                self.sight_step(&told, &text, by.at);
            }
            let empty = step.get("empty_layer").is_some_and(|empty| empty.value == Value::Bool(true));
            if !empty {
                let start = step.at.start as usize;
                let at = by.map_or_else(|| Span::new(self.source.id, start, start + 1), |by| by.at);
                steps.push((Provenance::new(LENS, at, "history"), told.instruction.into()));
            }
        }
        if steps.len() == digests.len() {
            self.reading.layers = steps;
            return;
        }
        if !steps.is_empty() {
            self.reading.complaints.push(Complaint {
                kind: ComplaintKind::Doubtful,
                code: "history-differs",
                at: Span::whole(self.source.id),
                message: format!(
                    "the history tells of {} layers and there are {}: which step made a layer is not known",
                    steps.len(),
                    digests.len()
                ),
                cure: None,
            });
        }
        let place = |digest: &&Json| (Provenance::new(LENS, digest.at, "rootfs.diff_ids"), Arc::from(""));
        self.reading.layers = digests.iter().map(place).collect();
    }

    fn sight_step(&mut self, step: &history::Step<'_>, text: &str, at: Span) {
        for (name, value) in &step.arguments {
            if let Some(found) = judge_value(name, value) {
                self.sight(Place::ImageArg, name, &found, value, text, at);
            }
        }
        match step.instruction {
            "ENV" => {
                for (name, value) in history::pairs(step.rest) {
                    // What still holds is told where it holds.
                    let holds = self.reading.chain.config.env.get(name).and_then(|fact| fact.value());
                    if holds.is_some_and(|holds| holds.expose() == value) {
                        continue;
                    }
                    if let Some(found) = judge_value(name, value) {
                        self.sight(Place::ImageEnv, name, &found, value, text, at);
                    }
                }
            }
            "ARG" => {
                for (name, value) in history::pairs(step.rest) {
                    if let Some(found) = judge_value(name, value) {
                        self.sight(Place::ImageArg, name, &found, value, text, at);
                    }
                }
            }
            "RUN" => {
                for found in scan_text(step.rest) {
                    self.sight(Place::Run, "RUN", &found, step.rest, text, at);
                }
            }
            "ADD" => {
                for found in scan_text(step.rest) {
                    self.sight(Place::Run, "ADD", &found, step.rest, text, at);
                }
            }
            _ => {}
        }
    }

    fn sight_command(&mut self, words: &Json) {
        let all: Vec<&Json> = items(Some(words)).collect();
        let texts: Vec<&str> = all.iter().filter_map(|word| word.text().map(|text| &**text)).collect();
        let joined = texts.join(" ");
        for found in scan_text(&joined) {
            let mut start = 0;
            for word in &all {
                let Some(text) = word.text() else { continue };
                if (start..start + text.len()).contains(&found.range.start) {
                    let end = found.range.end.min(start + text.len());
                    let own = Detection { range: found.range.start - start..end - start, ..found.clone() };
                    let sighting = self.sighting(Place::Command, "command", &own, text, text, word.at);
                    self.reading.commands.push(sighting);
                    break;
                }
                start += text.len() + 1;
            }
        }
    }

    /// `part` was judged, and is a part of `text`, which is written at `at`.
    fn sight(&mut self, place: Place, name: &str, found: &Detection, part: &str, text: &str, at: Span) {
        let sighting = self.sighting(place, name, found, part, text, at);
        let told = self.reading.sightings.iter().any(|own| own.at.at.span == sighting.at.at.span);
        if !told {
            self.reading.sightings.push(sighting);
        }
    }

    fn sighting(
        &self,
        place: Place,
        name: &str,
        found: &Detection,
        part: &str,
        text: &str,
        at: Span,
    ) -> SecretSighting {
        let secret = part.get(found.range.clone()).unwrap_or_default();
        let certainty = match found.certainty {
            plimsoll_secrets::Certainty::Likely => Certainty::Likely,
            plimsoll_secrets::Certainty::Certain => Certainty::Certain,
        };
        let span = self.exact(found.range.clone(), part, text, at);
        SecretSighting {
            place,
            name: name.into(),
            kind: found.kind.into(),
            length: secret.chars().count(),
            certainty,
            at: self.claim((), span, "config"),
            stage: None,
            ships: true,
        }
    }

    /// The bytes of a part of a text; the whole text where escapes shift them.
    fn exact(&self, range: Range<usize>, part: &str, text: &str, at: Span) -> Span {
        let inner = self.source.text.get(at.start as usize + 1..(at.end as usize).saturating_sub(1));
        // The part is a slice of the text, so the distance of their starts is its place; found by its words, a value such as
        // `a` would be found in its own name.
        let offset = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize);
        let offset = offset.filter(|offset| offset + part.len() <= text.len());
        match (inner == Some(text), offset) {
            (true, Some(offset)) => {
                let start = at.start as usize + 1 + offset;
                Span::new(self.source.id, start + range.start, start + range.end)
            }
            _ => at,
        }
    }

    fn claim<T>(&self, value: T, at: Span, route: &str) -> Claim<T> {
        Claim {
            value: Known::Value(value),
            layer: Layer::Image,
            plane: Plane::Built,
            at: Provenance::new(LENS, at, route),
        }
    }
}

fn items(list: Option<&Json>) -> impl Iterator<Item = &Json> {
    let list = match list.map(|list| &list.value) {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    list.iter().take(MAX_ITEMS)
}

/// `3000/tcp`, `53/udp`, `8000-8010/tcp`.
fn port(text: &str) -> Option<ExposedPort> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = match protocol {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        _ => return None,
    };
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some(ExposedPort { ports: PortRange { first, last }, protocol })
}

/// A list of words; `["/bin/sh", "-c", …]` is how the shell form is kept.
fn command_line(value: &Json) -> CommandLine {
    let words: Vec<Sensitive> =
        items(Some(value)).filter_map(|word| Some(Sensitive::new(word.text()?.clone()))).collect();
    match words.as_slice() {
        [shell, flag, script] if shell.expose() == "/bin/sh" && flag.expose() == "-c" => {
            CommandLine { form: CommandForm::Shell, words: vec![script.clone()] }
        }
        _ => CommandLine { form: CommandForm::Exec, words },
    }
}

/// `["NONE"]`, `["CMD", …]`, `["CMD-SHELL", …]`.
fn healthcheck(test: &Json) -> Option<Healthcheck> {
    let words: Vec<&Arc<str>> = items(Some(test)).filter_map(Json::text).collect();
    let (first, rest) = words.split_first()?;
    let words = rest.iter().map(|word| Sensitive::new((*word).clone())).collect();
    match &***first {
        "NONE" => Some(Healthcheck::Disabled),
        "CMD" => Some(Healthcheck::Test(CommandLine { form: CommandForm::Exec, words })),
        "CMD-SHELL" => Some(Healthcheck::Test(CommandLine { form: CommandForm::Shell, words })),
        _ => None,
    }
}

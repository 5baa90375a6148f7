//! The posture for people: one table per service, each value with the place that decides it.
//!
//! Deliberately absent: fields that nobody set and that say nothing about safety; the JSON form has every field.

use plimsoll_posture::{BuiltImage, Known, Layer, Provenance, Standing, Trust};
use plimsoll_text::Sources;
use serde_json::Value;

use crate::human::Style;
use crate::human::ink::{Ink, columns, wrap};
use crate::place::Place;
use crate::posture_json::PostureView;
use crate::veil::{Veil, plain};
use crate::{Detail, dossier};

/// Shown even when nobody set them: their defaults matter.
const ALWAYS: &[&str] = &[
    "image",
    "uid",
    "gid",
    "cap_eff",
    "cap_bnd",
    "no_new_privileges",
    "seccomp",
    "mac",
    "privileged",
    "readonly_rootfs",
    "exposure",
    "memory_bytes",
    "cpus",
    "pids_limit",
    "restart",
    "healthcheck",
    "env_secrets",
];

/// Said already by another field.
const TWICE: &[&str] = &["read_only", "published", "tmpfs"];

const NAME: usize = 20;

/// The postures as tables.
#[must_use]
pub fn posture_table(views: &[PostureView<'_>], style: &Style) -> String {
    let ink = Ink { colour: style.colour };
    let width = style.width.max(40);
    let mut out = String::new();
    for view in views {
        let veil = Veil::over(view.sources, view.sensitive);
        for service in view.shown() {
            let kind = service.subject.kind.name();
            let at = Place::of(view.sources, service.subject.anchor).map(|place| format!("  {place}"));
            let heading = format!("{kind} `{}`", plain(service.name()));
            out.push_str(&format!("{}{}\n", ink.bold(&heading), ink.dim(&at.unwrap_or_default())));
            let nowhere = Provenance::absent(service.subject.anchor);
            let locate = |_: &Provenance| Value::Null;
            for row in dossier::rows(view.posture, service, &nowhere, &veil, &locate) {
                let silent = row.layer == Layer::Engine && !ALWAYS.contains(&row.name);
                if TWICE.contains(&row.name) || silent && style.detail != Detail::Verbose {
                    continue;
                }
                let origin = origin(view.sources, row.layer, &row.at);
                line(&mut out, row.name, &shown(row.name, &row.value), &origin, width, ink);
                for lost in &row.overridden {
                    let origin = origin_of_lost(view.sources, lost.layer, lost.at);
                    line(&mut out, "", &format!("not {}", shown(row.name, &lost.value)), &origin, width, ink);
                }
            }
            let own = |image: &&BuiltImage| {
                image.subject == service.subject
                    || image.subject.service.as_ref() == Some(&service.subject.name)
            };
            for image in view.posture.built.iter().filter(own) {
                for (name, value) in trusted(&image.trust) {
                    line(&mut out, name, &value, "", width, ink);
                }
            }
            out.push('\n');
        }
    }
    out
}

/// What speaks for an image, in words. What is there and was not verified is never called signed.
fn trusted(trust: &Trust) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for signature in &trust.signatures {
        let form = signature.form.name();
        lines.push((
            "signature",
            match &signature.standing {
                Standing::Verified(key) => format!("{form}: holds, by {}", plain(key)),
                Standing::Unverified(why) => format!("{form}: present, not verified: {}", plain(why)),
                Standing::Wrong(why) => format!("{form}: does not verify: {}", plain(why)),
            },
        ));
    }
    if trust.signatures.is_empty() && trust.searched.value().is_some() {
        lines.push(("signature", "none".to_owned()));
    }
    for attestation in &trust.attestations {
        let standing = match &attestation.standing {
            Standing::Verified(key) => format!("holds, by {}", plain(key)),
            Standing::Unverified(_) => "present, not verified".to_owned(),
            Standing::Wrong(why) => format!("does not verify: {}", plain(why)),
        };
        let builder = attestation.builder.as_ref().map(|builder| format!(", built by {}", plain(builder)));
        let predicate = plain(&attestation.predicate);
        lines.push(("attestation", format!("{predicate}: {standing}{}", builder.unwrap_or_default())));
    }
    lines
}

fn line(out: &mut String, name: &str, value: &str, origin: &str, width: usize, ink: Ink) {
    let room = width.saturating_sub(NAME + 2).max(20);
    let mut lines = wrap(&plain(value), room);
    // The place follows the value where both fit, else it has a line of its own.
    let fits = lines.last().is_some_and(|last| columns(last) + 2 + columns(origin) <= room);
    let last = lines.len().saturating_sub(1);
    if !fits {
        lines.push(String::new());
    }
    let end = lines.len().saturating_sub(1);
    for (at, text) in lines.iter().enumerate() {
        let name = if at == 0 { name } else { "" };
        let tail = match at == end {
            true if fits && at == last => format!("  {}", ink.dim(origin)),
            true => ink.dim(origin),
            false => String::new(),
        };
        out.push_str(format!("  {}{text}{tail}", ink.line(&format!("{name:<NAME$}"))).trim_end());
        out.push('\n');
    }
}

/// Where a value comes from.
fn origin(sources: &Sources, layer: Layer, at: &Provenance) -> String {
    if layer == Layer::Engine {
        return "(default)".to_owned();
    }
    match Place::of(sources, at.span) {
        Some(place) => format!("({place})"),
        None => "(known image)".to_owned(),
    }
}

fn origin_of_lost(sources: &Sources, layer: Layer, at: &Provenance) -> String {
    let origin = origin(sources, layer, at);
    format!("{}, overridden)", origin.trim_end_matches(')'))
}

fn shown(name: &str, value: &Known<Value>) -> String {
    match value {
        Known::Unknown(reason) => format!("not known: {reason}"),
        Known::Value(value) => match (name, value) {
            ("memory_bytes" | "cpus", Value::Number(number)) if number.as_f64() == Some(0.0) => {
                "no limit".to_owned()
            }
            ("pids_limit", Value::Number(number)) if number.as_i64().is_some_and(|pids| pids <= 0) => {
                "no limit".to_owned()
            }
            ("cap_eff" | "cap_bnd", Value::Array(all))
                if all.len() == plimsoll_posture::Capability::ALL.len() =>
            {
                "all".to_owned()
            }
            (mode, Value::String(text)) if text.is_empty() && mode.ends_with("_mode") => "private".to_owned(),
            ("user", Value::String(text)) if text.is_empty() => "root, as none is named".to_owned(),
            (_, value) => words(value),
        },
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::Null => "not set".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => object(fields),
        other => other.to_string(),
    }
}

/// The shapes of the dossier's objects in a few words.
fn object(fields: &serde_json::Map<String, Value>) -> String {
    let text = |key: &str| fields.get(key).filter(|value| !value.is_null()).map(words);
    if let Some(value) = fields.get("value") {
        return words(value);
    }
    if let Some(Value::Object(unknown)) = fields.get("unknown") {
        let reason = unknown.get("reason").and_then(Value::as_str).unwrap_or("");
        return format!("not known: {reason}");
    }
    if let Some(software) = text("software") {
        let files =
            fields.get("files").filter(|files| files.as_array().is_some_and(|files| !files.is_empty()));
        let files = files.map_or_else(|| "as the image brings it".to_owned(), words);
        let unread =
            if fields.get("unread").is_some_and(|unread| !unread.is_null()) { ", partly read" } else { "" };
        return format!("{software}: {files}{unread}");
    }
    if let (Some(port), Some(tls)) = (text("port"), fields.get("tls")) {
        let on = text("address").map(|address| format!("{address}:")).unwrap_or_default();
        let tls = if *tls == Value::Bool(true) { " (TLS)" } else { "" };
        let redirects =
            if fields.get("redirects") == Some(&Value::Bool(true)) { " (redirects to HTTPS)" } else { "" };
        return format!("{on}{port}{tls}{redirects}");
    }
    if let (Some(action), Some(path)) = (text("action"), text("path")) {
        let site = fields.get("site").filter(|site| site.as_array().is_some_and(|site| !site.is_empty()));
        let site = site.map(|site| words(site) + " ").unwrap_or_default();
        let to = fields.get("to").filter(|to| to.as_array().is_some_and(|to| !to.is_empty()));
        let to = to.map_or(action, words);
        return format!("{site}{path} -> {to}");
    }
    if let (Some(target), Some(kind)) = (text("target"), text("type")) {
        let anonymous = fields.get("source").and_then(Value::as_str).is_some_and(str::is_empty);
        let source = text("source").filter(|_| !anonymous);
        let mode = if fields.get("rw") == Some(&Value::Bool(false)) { " (read-only)" } else { "" };
        return match source {
            Some(source) => format!("{kind} {source} on {target}{mode}"),
            None => format!("{kind} on {target}{mode}"),
        };
    }
    if let Some(form) = text("form") {
        return format!("{} ({form} form)", text("program").unwrap_or_else(|| "nothing".to_owned()));
    }
    if let Some(context) = text("context") {
        let file = text("dockerfile").map(|file| format!(", {file}")).unwrap_or_default();
        let target = text("target").map(|target| format!(", stage {target}")).unwrap_or_default();
        return format!("{context}{file}{target}");
    }
    if fields.contains_key("driver") {
        let options = fields.get("options").and_then(Value::as_object);
        let options: Vec<String> =
            options.into_iter().flatten().map(|(key, value)| format!("{key}={}", words(value))).collect();
        let driver = text("driver").unwrap_or_else(|| "the engine's default driver".to_owned());
        return [vec![driver], options].concat().join(" ");
    }
    if let Some(name) = text("name") {
        let internal = fields.get("internal") == Some(&Value::Bool(true));
        let more = text("address").map(|address| format!("={address}"));
        let limit = text("soft").map(|soft| format!("={soft}:{}", text("hard").unwrap_or_default()));
        return format!(
            "{name}{}{}",
            more.or(limit).unwrap_or_default(),
            if internal { " (internal)" } else { "" }
        );
    }
    if let (Some(host), Some(container)) = (text("host"), text("container")) {
        return format!("{host} as {container}");
    }
    fields.iter().map(|(key, value)| format!("{key}={}", words(value))).collect::<Vec<_>>().join(" ")
}

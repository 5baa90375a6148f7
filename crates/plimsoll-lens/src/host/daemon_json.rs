//! `daemon.json`: what it declares, and what dockerd refuses of it.
//!
//! dockerd does not start on a key that it does not know, on a value of another type, and on a setting that its command line says too.

use std::sync::Arc;

use plimsoll_posture::{Complaint, ComplaintKind, Known, Plane, Provenance, Reason, Ulimit};
use plimsoll_text::{Source, Span};

use super::LENS;
use super::flags::{Said, Saying, Settings};
use super::keys::{self, Key, Kind};
use crate::json::{self, Json, Value};

const MAX_ITEMS: usize = 1024;

/// Reads the file; `release` is the first number of the engine's version, where it is known.
pub(super) fn read(source: &Source, release: Option<u32>) -> (Settings, Vec<Complaint>) {
    let mut settings = Settings::default();
    // An empty file is as good as none.
    if source.text.trim().is_empty() {
        return (settings, Vec::new());
    }
    let (json, mut complaints) = json::read(source);
    let Some(json) = json else { return (settings, complaints) };
    if !matches!(json.value, Value::Map(_)) {
        complaints.push(refused(
            "daemon-key-type",
            json.at,
            "an object with settings is expected".to_owned(),
        ));
        return (settings, complaints);
    }
    for member in json.members().iter().take(MAX_ITEMS) {
        let at = member.value.at;
        let Some(key) = keys::of_file(&member.key) else {
            complaints.push(unknown(&member.key, at));
            continue;
        };
        if let Some(gone) = key.gone {
            complaints.push(is_gone(key, gone, release, at));
        }
        if member.value.value == Value::Null {
            continue;
        }
        let Some(value) = saying(key.kind, &member.value) else {
            let message = format!("`{}` has to be {}", key.name, kind(key.kind));
            complaints.push(refused("daemon-key-type", at, message));
            continue;
        };
        // Long values are shown by their beginning.
        let span = match member.value.value {
            Value::Map(_) | Value::List(_) => Span { end: at.end.min(at.start.saturating_add(1)), ..at },
            _ => at,
        };
        let at = Provenance::new(LENS, span, format!("daemon.json: {}", key.name));
        settings.all.push(Said { key, value, plane: Plane::Declared, at });
    }
    (settings, complaints)
}

/// Settings that file and command line both say; dockerd merges `runtimes` alone.
pub(super) fn conflicts(file: &Settings, flags: &Settings) -> Vec<Complaint> {
    let both =
        file.all.iter().filter(|said| said.key.name != "runtimes" && flags.of(said.key.name).is_some());
    both.map(|said| Complaint {
        cure: Some(
            "say it in one of the two places; a unit of systemd is changed with: systemctl edit docker"
                .into(),
        ),
        ..refused(
            "daemon-conflict",
            said.at.span,
            format!("`{}` is also said on the command line (--{})", said.key.name, said.key.flag),
        )
    })
    .collect()
}

fn refused(code: &'static str, at: Span, message: String) -> Complaint {
    let message = format!("{message}: dockerd refuses to start");
    Complaint { kind: ComplaintKind::Invalid, code, at, message, cure: None }
}

fn unknown(name: &str, at: Span) -> Complaint {
    // Names of flags pass dockerd's check and mean nothing in the file.
    if let Some(key) = keys::of_flag(name) {
        return Complaint {
            kind: ComplaintKind::Doubtful,
            code: "unknown-daemon-key",
            at,
            message: format!("`{name}` is the name of a flag, and is passed over in the file"),
            cure: Some(format!("write `{}`", key.name)),
        };
    }
    let shown: String = name.chars().take(64).collect();
    refused("unknown-daemon-key", at, format!("`{shown}` is no setting of dockerd"))
}

fn is_gone(key: &Key, gone: u32, release: Option<u32>, at: Span) -> Complaint {
    let message = format!("`{}` is no setting of dockerd since release {gone}", key.name);
    match release {
        Some(release) if release >= gone => refused("daemon-key-gone", at, message),
        _ => Complaint { kind: ComplaintKind::Doubtful, code: "daemon-key-gone", at, message, cure: None },
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Flag => "true or false",
        Kind::Text => "a text",
        Kind::Number => "a whole number",
        Kind::Texts => "a list of texts",
        Kind::Pairs => "an object of texts, numbers in quotes",
        Kind::Flags => "an object of true and false",
        Kind::Limits => "an object of limits, each with Name, Soft and Hard",
        Kind::Any => "a list or an object",
    }
}

fn saying(kind: Kind, json: &Json) -> Option<Saying> {
    Some(match (kind, &json.value) {
        (Kind::Flag, Value::Bool(flag)) => Saying::Flag(*flag),
        (Kind::Text, Value::Text(text)) => Saying::Text(text.clone()),
        (Kind::Number, Value::Number(number)) if number.parse::<i64>().is_ok() => {
            Saying::Number(number.clone())
        }
        (Kind::Texts, Value::List(items)) => {
            let texts = items.iter().map(|item| item.text().map(|text| (text.clone(), item.at)));
            Saying::Texts(texts.collect::<Option<_>>()?)
        }
        (Kind::Pairs, Value::Map(members)) => {
            let pairs = members.iter().map(|member| Some((member.key.clone(), member.value.text()?.clone())));
            Saying::Pairs(pairs.collect::<Option<_>>()?)
        }
        (Kind::Flags, Value::Map(members))
            if members.iter().all(|member| matches!(member.value.value, Value::Bool(_))) =>
        {
            Saying::Any
        }
        (Kind::Limits, Value::Map(members)) => {
            let limits =
                members.iter().map(|member| Some((limit(&member.key, &member.value)?, member.value.at)));
            Saying::Limits(limits.collect::<Option<_>>()?)
        }
        (Kind::Any, Value::Map(_) | Value::List(_)) => Saying::Any,
        _ => return None,
    })
}

/// The key names the limit; `Name` inside says it once more.
fn limit(name: &Arc<str>, json: &Json) -> Option<Ulimit> {
    if !matches!(json.value, Value::Map(_)) {
        return None;
    }
    let value = |key: &str| match json.get(key).map(|json| &json.value) {
        Some(Value::Number(number)) => Some(
            number
                .parse()
                .map_or_else(|_| Known::Unknown(Reason::NotUnderstood(number.clone())), Known::Value),
        ),
        // Go's zero.
        None | Some(Value::Null) => Some(Known::Value(0)),
        Some(_) => None,
    };
    Some(Ulimit { name: name.clone(), soft: value("Soft")?, hard: value("Hard")? })
}

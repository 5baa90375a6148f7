//! What is said of the daemon, in its file or on its command line, in one notation; and the reader of command lines.
//!
//! dockerd reads flags as pflag does: `--icc=false`, `--log-level debug` and `-l debug`, `-Dl debug`; a flag that is true or false takes
//! a value after `=` only. What follows `--` and words that are no flag say nothing.

use std::sync::Arc;

use plimsoll_posture::{Known, Plane, Provenance, Ulimit};
use plimsoll_text::Span;

use super::LENS;
use super::keys::{self, Key, Kind};
use super::table::Word;

/// One setting, as somebody said it.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) key: &'static Key,
    pub(super) value: Saying,
    pub(super) plane: Plane,
    pub(super) at: Provenance,
}

/// What was said.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Saying {
    Flag(bool),
    Text(Arc<str>),
    Number(Arc<str>),
    Texts(Vec<(Arc<str>, Span)>),
    Pairs(Vec<(Arc<str>, Arc<str>)>),
    Limits(Vec<(Ulimit, Span)>),
    /// Something that no control looks at.
    Any,
}

/// A list of statements, and the statement on one setting.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    pub(super) all: Vec<Said>,
}

impl Settings {
    pub(super) fn of(&self, name: &str) -> Option<&Said> {
        self.all.iter().rev().find(|said| said.key.name == name)
    }

    /// A flag that may be given several times adds to what it said before; any other replaces it.
    fn say(&mut self, key: &'static Key, text: &Arc<str>, at: Span, plane: Plane) {
        let value = match key.kind {
            Kind::Flag => match boolean(text) {
                Some(flag) => Saying::Flag(flag),
                None => return,
            },
            Kind::Text => Saying::Text(text.clone()),
            Kind::Number => Saying::Number(text.clone()),
            Kind::Texts => Saying::Texts(vec![(text.clone(), at)]),
            Kind::Pairs => {
                let (name, value) = text.split_once('=').unwrap_or((text, ""));
                Saying::Pairs(vec![(name.into(), value.into())])
            }
            Kind::Limits => match limit(text) {
                Some(limit) => Saying::Limits(vec![(limit, at)]),
                None => return,
            },
            Kind::Flags | Kind::Any => Saying::Any,
        };
        let before = self.all.iter_mut().find(|said| said.key.name == key.name);
        match (before.map(|said| &mut said.value), value) {
            (Some(Saying::Texts(list)), Saying::Texts(new)) => list.extend(new),
            (Some(Saying::Pairs(list)), Saying::Pairs(new)) => list.extend(new),
            (Some(Saying::Limits(list)), Saying::Limits(new)) => list.extend(new),
            (_, value) => {
                let at = Provenance::new(LENS, at, format!("dockerd --{}", key.flag));
                self.all.push(Said { key, value, plane, at });
            }
        }
    }
}

/// What the command line of a dockerd says; `words` begin after the program.
pub(super) fn read(words: &[Word], plane: Plane) -> Settings {
    let mut settings = Settings::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let whole = |next: &Word| Span { end: next.at.end.max(word.at.end), ..word.at };
        if &*word.text == "--" {
            break;
        }
        if let Some(long) = word.text.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let Some(key) = keys::of_flag(name) else {
                // Of the flags that are no settings these take a value.
                if value.is_none() && name == "config-file" {
                    words.next();
                }
                continue;
            };
            match value {
                Some(value) => settings.say(key, &value.into(), word.at, plane),
                None if key.kind == Kind::Flag => settings.say(key, &"true".into(), word.at, plane),
                None => {
                    if let Some(next) = words.next() {
                        settings.say(key, &next.text, whole(next), plane);
                    }
                }
            }
            continue;
        }
        let Some(letters) = word.text.strip_prefix('-') else { continue };
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            let Some(key) = keys::of_letter(letter) else { break };
            let value = rest.as_str();
            if key.kind == Kind::Flag && !value.starts_with('=') {
                settings.say(key, &"true".into(), word.at, plane);
                continue;
            }
            match value.strip_prefix('=').unwrap_or(value) {
                "" => {
                    if let Some(next) = words.next() {
                        settings.say(key, &next.text, whole(next), plane);
                    }
                }
                value => settings.say(key, &value.into(), word.at, plane),
            }
            break;
        }
    }
    settings
}

/// The file that `--config-file` names.
pub(super) fn config_file(words: &[Word]) -> Option<Arc<str>> {
    let at = words.iter().rposition(|word| word.text.starts_with("--config-file"))?;
    match words.get(at)?.text.strip_prefix("--config-file")? {
        "" => words.get(at + 1).map(|next| next.text.clone()),
        value => value.strip_prefix('=').map(Arc::from),
    }
}

/// Go's `strconv.ParseBool`.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// `nofile=64:128`, `nofile=64`.
fn limit(text: &str) -> Option<Ulimit> {
    let (name, values) = text.split_once('=')?;
    let (soft, hard) = values.split_once(':').unwrap_or((values, values));
    let value = |text: &str| {
        text.trim().parse().map_or_else(
            |_| Known::Unknown(plimsoll_posture::Reason::NotUnderstood(text.into())),
            Known::Value,
        )
    };
    Some(Ulimit { name: name.into(), soft: value(soft), hard: value(hard) })
}

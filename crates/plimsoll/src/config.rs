//! `plimsoll.toml`: what the user set, each value with its place, and what is wrong with it.
//!
//! Deliberately absent: what an allowance does to a verdict (see `allow`).

mod policy;
mod trust;

use std::collections::BTreeMap;

use plimsoll_controls::{CATALOGUE, Control, Severity, find, find_peer};
use plimsoll_policy::{Policy, REGO, Rego};
use plimsoll_report::{AllowedBy, Notice};
use plimsoll_text::{SourceId, SourceKind, Sources, Span};
use toml_edit::{Document, Item, Key, TableLike};

use crate::accept::{Acceptance, Meant};
use crate::allow::EVERYTHING;
use crate::database::feeds::BASES;
use crate::date::Date;
use crate::nearest::nearest;
use crate::shellcheck::When;
pub(crate) use policy::RULES;
pub use policy::RegoFiles;
pub use trust::Trust;

/// The name that is looked for.
pub const NAME: &str = "plimsoll.toml";

const KEYS: &[&str] = &[
    "fail-on",
    "min-severity",
    "only",
    "skip",
    "style",
    "trusted-registries",
    "severity",
    "allow",
    "vex",
    "policy",
    "rego",
    "shellcheck",
    "trust",
    "database",
];
const ALLOW_KEYS: &[&str] = &["control", "subject", "advisory", "reason", "until"];
const DATABASE_KEYS: &[&str] =
    &["max-age-days", "base", "osv-base", "debian-base", "alpine-base", "node-base", "kev-base"];

/// The settings of a project.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The document, when there is one.
    pub sources: Sources,
    /// `fail-on`; the inner `None` is `never`.
    pub fail_on: Option<Option<Severity>>,
    /// `min-severity`.
    pub min_severity: Option<Severity>,
    /// `only`: ids of controls. Empty means all.
    pub only: Vec<String>,
    /// `skip`: ids of controls.
    pub skip: Vec<String>,
    /// `style`: also what is a matter of taste.
    pub style: bool,
    /// `shellcheck`: when ShellCheck is asked.
    pub shellcheck: Option<When>,
    /// `[database]`.
    pub database: DatabaseSettings,
    /// `trusted-registries`.
    pub trusted_registries: Vec<String>,
    /// `[severity]`: other severities by id.
    pub severities: BTreeMap<String, Severity>,
    /// `[[allow]]`, in order, without those that are expired or lack what they need.
    pub allowances: Vec<ConfigAllowance>,
    /// Who accepts single advisories: `[[allow]]` with `advisory`, and what files of others say.
    pub acceptances: Vec<Acceptance>,
    /// `vex`: documents of statements, relative to the file.
    pub vex: Vec<(String, Span)>,
    /// `[[policy]]`, in order, without those that cannot be read.
    pub policies: Vec<Policy>,
    /// `[rego]`.
    pub rego: RegoFiles,
    /// `[trust]`.
    pub trust: Trust,
    /// The rules in Rego that were read.
    pub rules: Option<Rego>,
    /// Ids of Rego rules that are named anywhere: whether they exist shows when their files are read.
    pub named_rules: Vec<(String, Span)>,
    /// What is wrong with the file.
    pub notices: Vec<Notice>,
}

impl Config {
    /// The records of the project's own rules.
    pub fn own(&self) -> impl Iterator<Item = &'static Control> {
        let policies = self.policies.iter().map(|policy| policy.control);
        policies.chain(self.rules.iter().flat_map(Rego::controls))
    }

    /// The record of one of the project's own rules.
    #[must_use]
    pub fn find_own(&self, id: &str) -> Option<&'static Control> {
        self.own().find(|control| control.id == id)
    }
}

/// `[database]`: how old advisories may be, and where feeds are fetched from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatabaseSettings {
    /// `max-age-days`, with its place.
    pub max_age: Option<(u32, Span)>,
    /// Addresses by key.
    pub bases: BTreeMap<String, String>,
}

/// One `[[allow]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigAllowance {
    /// Id of the control.
    pub control: String,
    /// `service api`, or just `api`; `*` is everything.
    pub subject: String,
    /// Why.
    pub reason: String,
    /// The last day it holds.
    pub until: Option<Date>,
    /// The table's header.
    pub at: Span,
    /// Another tool, where its file says so; `at` is a line of that file.
    pub tool: Option<&'static str>,
}

/// Why a file could not be used at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// What is wrong and where.
    pub message: String,
    /// What is wrong.
    pub reason: String,
    /// The bytes where, when they are known.
    pub at: Option<std::ops::Range<usize>>,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}

/// Reads a configuration. `today` is asked for only when an allowance has an `until`.
///
/// # Errors
/// [`ConfigError`] when the text is no TOML.
pub fn read(name: &str, bytes: &[u8], today: impl FnOnce() -> Date) -> Result<Config, ConfigError> {
    let mut sources = Sources::new();
    let id = sources.add(name, SourceKind::Config, bytes);
    let text = sources.get(id).text.clone();
    let document = Document::parse(&*text).map_err(|error| {
        let place = error.span().map(|span| sources.get(id).place(span.start));
        let at = place.map_or_else(String::new, |place| format!(":{}:{}", place.line, place.column));
        let reason = error.message().trim().to_owned();
        ConfigError { message: format!("{name}{at} is not valid TOML: {reason}"), reason, at: error.span() }
    })?;
    let mut reader = Reader { id, config: Config::default() };
    reader.root(document.as_table(), today);
    reader.config.notices.sort_by_key(|notice| notice.at);
    reader.config.sources = sources;
    Ok(reader.config)
}

struct Reader {
    id: SourceId,
    config: Config,
}

impl Reader {
    fn root(&mut self, table: &dyn TableLike, today: impl FnOnce() -> Date) {
        // First of all: what follows may name them.
        if let Some(item) = table.get("policy") {
            self.policies(item);
        }
        for (name, key, item) in keys(table) {
            match name {
                "fail-on" => self.config.fail_on = self.gate(item),
                "min-severity" => self.config.min_severity = self.severity(item),
                "only" => self.config.only = self.ids(item),
                "skip" => self.config.skip = self.ids(item),
                "style" => self.config.style = self.truth(item),
                "shellcheck" => {
                    self.config.shellcheck = item.as_str().and_then(When::parse);
                    if self.config.shellcheck.is_none() {
                        self.wrong(item, "not a time to ask ShellCheck", "write auto, always or never");
                    }
                }
                "trusted-registries" => {
                    self.config.trusted_registries =
                        self.texts(item).into_iter().map(|(text, _)| text).collect();
                }
                "severity" => self.severities(item),
                "rego" => self.rego(item),
                "vex" => self.config.vex = self.texts(item),
                "trust" => self.trust(item),
                "database" => self.database(item),
                "allow" | "policy" => {}
                _ => self.unknown_key(name, key, KEYS),
            }
        }
        if let Some(item) = table.get("allow") {
            self.allowances(item, today);
        }
    }

    fn severities(&mut self, item: &Item) {
        let Some(table) = item.as_table_like() else {
            return self.wrong(item, "`severity` is a table of ids and severities", "write `[severity]`");
        };
        for (name, key, item) in keys(table) {
            self.known(name, self.key_span(key));
            if let Some(severity) = self.severity(item) {
                self.config.severities.insert(name.to_owned(), severity);
            }
        }
    }

    fn database(&mut self, item: &Item) {
        let Some(table) = item.as_table_like() else {
            return self.wrong(item, "`database` is a table", "write `[database]`");
        };
        for (name, key, item) in keys(table) {
            match name {
                "max-age-days" => match item.as_integer().and_then(|days| u32::try_from(days).ok()) {
                    Some(days) => self.config.database.max_age = Some((days, self.item_span(item))),
                    None => self.wrong(item, "not a number of days", "write a whole number, without quotes"),
                },
                name if BASES.contains(&name) => {
                    if let Some(url) = self.text(item) {
                        self.config.database.bases.insert(name.to_owned(), url);
                    }
                }
                _ => self.unknown_key(name, key, DATABASE_KEYS),
            }
        }
    }

    fn allowances(&mut self, item: &Item, today: impl FnOnce() -> Date) {
        let Some(tables) = self.tables(item, "allow") else { return };
        let mut today = Today::Ask(today);
        for (table, at) in tables {
            if let Some((allowance, advisory)) = self.allowance(table, at) {
                let what = advisory.as_deref().unwrap_or(&allowance.control).to_owned();
                match allowance.until {
                    Some(until) if until < today.get() => self.notice(
                        "expired-allowance",
                        Severity::Medium,
                        allowance.at,
                        format!("the allowance of {what} for `{}` ended on {until}", allowance.subject),
                        Some("put it right, or argue a new date".to_owned()),
                    ),
                    _ => match advisory {
                        None => self.config.allowances.push(allowance),
                        Some(advisory) => self.config.acceptances.push(Acceptance {
                            by: AllowedBy::Config(allowance.at),
                            reason: allowance.reason,
                            until: allowance.until,
                            meant: Meant::Named {
                                control: Some(allowance.control).filter(|id| !id.is_empty()),
                                subject: allowance.subject,
                                advisory,
                            },
                        }),
                    },
                }
            }
        }
    }

    /// The tables of a list, each with its header.
    fn tables<'t>(&mut self, item: &'t Item, name: &str) -> Option<Vec<(&'t dyn TableLike, Span)>> {
        Some(match item {
            Item::ArrayOfTables(tables) => {
                tables.iter().map(|table| (table as &dyn TableLike, self.span(table.span()))).collect()
            }
            Item::Value(toml_edit::Value::Array(array)) => array
                .iter()
                .filter_map(|value| {
                    value.as_inline_table().map(|table| (table as &dyn TableLike, self.span(value.span())))
                })
                .collect(),
            _ => {
                let message = format!("`{name}` is a list of tables");
                self.wrong(item, &message, &format!("write `[[{name}]]`"));
                return None;
            }
        })
    }

    /// An allowance, and the one advisory that it is for. That needs neither a control nor a subject: no control is an empty one.
    fn allowance(&mut self, table: &dyn TableLike, at: Span) -> Option<(ConfigAllowance, Option<String>)> {
        let mut control = None;
        let mut subject = None;
        let mut reason = None;
        let mut until = None;
        let mut advisory = None;
        let mut sound = true;
        for (name, key, item) in keys(table) {
            match name {
                "control" => {
                    control = self.text(item);
                    if let Some(id) = control.clone() {
                        sound &= self.known(&id, self.item_span(item));
                    }
                }
                "subject" => subject = self.text(item),
                "advisory" => {
                    advisory = self.text(item).map(|text| text.trim().to_owned());
                    sound &= advisory.as_ref().is_some_and(|text| !text.is_empty());
                }
                "reason" => reason = self.text(item).filter(|text| !text.trim().is_empty()),
                "until" => {
                    let written = item.as_datetime().map(ToString::to_string).or_else(|| self.text(item));
                    until = written.as_deref().and_then(Date::parse);
                    if until.is_none() {
                        self.wrong(item, "`until` is not a date", "write it as 2027-01-31");
                        sound = false;
                    }
                }
                _ => self.unknown_key(name, key, ALLOW_KEYS),
            }
        }
        if advisory.is_some() {
            control.get_or_insert_default();
            subject.get_or_insert_with(|| EVERYTHING.to_owned());
        }
        for (name, missing) in [("control", control.is_none()), ("subject", subject.is_none())] {
            if missing {
                sound = false;
                self.notice(
                    "invalid-allowance",
                    Severity::Medium,
                    at,
                    format!("an allowance without `{name}` allows nothing"),
                    Some(format!("say which {name} it is for")),
                );
            }
        }
        if reason.is_none() {
            sound = false;
            self.notice(
                "missing-reason",
                Severity::Medium,
                at,
                "an allowance without a reason allows nothing".to_owned(),
                Some("add `reason = \"…\"`".to_owned()),
            );
        }
        let (Some(control), Some(subject), Some(reason), true) = (control, subject, reason, sound) else {
            return None;
        };
        Some((ConfigAllowance { control, subject, reason, until, at, tool: None }, advisory))
    }

    fn gate(&mut self, item: &Item) -> Option<Option<Severity>> {
        if item.as_str() == Some("never") {
            return Some(None);
        }
        self.severity(item).map(Some)
    }

    fn severity(&mut self, item: &Item) -> Option<Severity> {
        let severity = item.as_str().and_then(Severity::parse);
        if severity.is_none() {
            self.wrong(item, "not a severity", "write critical, high, medium, low or info");
        }
        severity
    }

    fn truth(&mut self, item: &Item) -> bool {
        if item.as_bool().is_none() {
            self.wrong(item, "neither true nor false", "write it without quotes");
        }
        item.as_bool().unwrap_or_default()
    }

    fn ids(&mut self, item: &Item) -> Vec<String> {
        let mut ids = Vec::new();
        for (id, at) in self.texts(item) {
            self.known(&id, at);
            ids.push(id);
        }
        ids
    }

    fn texts(&mut self, item: &Item) -> Vec<(String, Span)> {
        let Some(array) = item.as_array() else {
            self.wrong(item, "not a list", "write it as [\"…\", \"…\"]");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for value in array {
            match value.as_str() {
                Some(text) => texts.push((text.to_owned(), self.span(value.span()))),
                None => {
                    let at = self.span(value.span());
                    self.invalid(at, "not a text", "put it in quotes");
                }
            }
        }
        texts
    }

    fn text(&mut self, item: &Item) -> Option<String> {
        if item.as_str().is_none() {
            self.wrong(item, "not a text", "put it in quotes");
        }
        item.as_str().map(str::to_owned)
    }

    fn unknown_key(&mut self, name: &str, key: &Key, known: &[&str]) {
        let cure = match nearest(name, known.iter().copied(), 1).first() {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", known.join(", ")),
        };
        let at = self.key_span(key);
        self.notice("unknown-key", Severity::Medium, at, format!("`{name}` is not a setting"), Some(cure));
    }

    /// Whether there is such a control or policy; says so where there is none.
    fn known(&mut self, id: &str, at: Span) -> bool {
        if id.starts_with(REGO) {
            self.config.named_rules.push((id.to_owned(), at));
            return true;
        }
        let known = find(id).is_some() || self.config.policies.iter().any(|policy| policy.control.id == id);
        if !known {
            self.unknown_control(id, at);
        }
        known
    }

    fn unknown_control(&mut self, id: &str, at: Span) {
        self.notice(
            "unknown-control",
            Severity::Medium,
            at,
            format!("`{id}` is not a control"),
            Some(meant(id)),
        );
    }

    /// A value that cannot be used is as bad as a finding at the usual gate: the user believes in a setting that
    /// does not hold.
    fn wrong(&mut self, item: &Item, message: &str, cure: &str) {
        let at = self.item_span(item);
        self.invalid(at, message, cure);
    }

    fn invalid(&mut self, at: Span, message: &str, cure: &str) {
        self.notice("invalid-value", Severity::High, at, message.to_owned(), Some(cure.to_owned()));
    }

    fn notice(
        &mut self,
        code: &'static str,
        severity: Severity,
        at: Span,
        message: String,
        cure: Option<String>,
    ) {
        self.config.notices.push(Notice { code, severity, at, message, cure });
    }

    fn span(&self, range: Option<std::ops::Range<usize>>) -> Span {
        range.map_or_else(|| Span::whole(self.id), |range| Span::new(self.id, range.start, range.end))
    }

    fn key_span(&self, key: &Key) -> Span {
        self.span(key.span())
    }

    fn item_span(&self, item: &Item) -> Span {
        self.span(item.span())
    }
}

/// The clock is looked at once and only when somebody needs it.
enum Today<F> {
    Ask(F),
    Known(Date),
    Asking,
}

impl<F: FnOnce() -> Date> Today<F> {
    fn get(&mut self) -> Date {
        match std::mem::replace(self, Self::Asking) {
            Self::Ask(ask) => {
                let date = ask();
                *self = Self::Known(date);
                date
            }
            Self::Known(date) => {
                *self = Self::Known(date);
                date
            }
            Self::Asking => Date::MIN,
        }
    }
}

fn keys(table: &dyn TableLike) -> Vec<(&str, &Key, &Item)> {
    table
        .iter()
        .filter_map(|(name, _)| table.get_key_value(name).map(|(key, item)| (name, key, item)))
        .collect()
}

/// What the writer of an unknown id may have meant: the control that a peer's id stands for, or one of a like name.
#[must_use]
pub fn meant(id: &str) -> String {
    let peers: Vec<&str> = find_peer(id).iter().map(|control| control.id).collect();
    if !peers.is_empty() {
        return format!("plimsoll's name for it is {}", peers.join(", "));
    }
    match nearest(id, CATALOGUE.iter().map(|control| control.id), 1).first() {
        Some(near) => format!("did you mean `{near}`? `plimsoll controls` lists all"),
        None => "`plimsoll controls` lists all".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Config {
        read(NAME, text.as_bytes(), || Date::parse("2026-06-01").unwrap()).unwrap()
    }

    fn notices(config: &Config) -> Vec<(&'static str, usize, String)> {
        config
            .notices
            .iter()
            .map(|notice| {
                let source = config.sources.get(notice.at.source);
                let text = config.sources.text(notice.at).to_owned();
                (notice.code, source.place(notice.at.start as usize).line, text)
            })
            .collect()
    }

    #[test]
    fn reads_every_setting() {
        let config = parsed(
            r#"
fail-on = "medium"
min-severity = "low"
skip = ["runs-as-root"]
trusted-registries = ["ghcr.io/acme/"]

[severity]
privileged-container = "high"

[[allow]]
control = "privileged-container"
subject = "service dind"
reason = "builds images on a host of its own"
until = 2026-06-01
"#,
        );
        assert_eq!(config.notices, []);
        assert_eq!(config.fail_on, Some(Some(Severity::Medium)));
        assert_eq!(config.min_severity, Some(Severity::Low));
        assert_eq!(config.skip, ["runs-as-root"]);
        assert_eq!(config.severities.get("privileged-container"), Some(&Severity::High));
        assert_eq!(config.allowances.len(), 1, "the last day still holds");
        assert_eq!(config.sources.text(config.allowances[0].at), "[[allow]]");
        assert_eq!(parsed("fail-on = \"never\"").fail_on, Some(None));
    }

    #[test]
    fn what_is_wrong_is_told_at_its_own_line() {
        let config = parsed(
            r#"fail_on = "high"
min-severity = "hihg"
only = ["DL3002", "nonsense"]

[[allow]]
control = "runs-as-root"
subject = "api"

[[allow]]
control = "runs-as-root"
subject = "api"
reason = "later"
until = "2026-05-31"
owner = "me"
"#,
        );
        assert_eq!(
            notices(&config),
            [
                ("unknown-key", 1, "fail_on".to_owned()),
                ("invalid-value", 2, "\"hihg\"".to_owned()),
                ("unknown-control", 3, "\"DL3002\"".to_owned()),
                ("unknown-control", 3, "\"nonsense\"".to_owned()),
                ("missing-reason", 5, "[[allow]]".to_owned()),
                ("expired-allowance", 9, "[[allow]]".to_owned()),
                ("unknown-key", 14, "owner".to_owned()),
            ]
        );
        assert_eq!(config.notices[0].cure.as_deref(), Some("did you mean `fail-on`?"));
        assert_eq!(config.notices[2].cure.as_deref(), Some("plimsoll's name for it is runs-as-root"));
        assert!(config.allowances.is_empty());
    }

    #[test]
    fn the_clock_is_left_alone_without_an_until() {
        let text = "[[allow]]\ncontrol = \"runs-as-root\"\nsubject = \"api\"\nreason = \"x\"\n";
        let config = read(NAME, text.as_bytes(), || panic!("asked for the date")).unwrap();
        assert_eq!(config.allowances.len(), 1);
    }

    #[test]
    fn a_text_that_is_no_toml_is_an_error_with_a_place() {
        let error = read(NAME, b"fail-on = \nonly = []", || Date::MIN).unwrap_err();
        assert!(error.message.starts_with("plimsoll.toml:1:"), "{error}");
    }
}

//! Secrets in a whole file: by its path what its notation is and how far its values can be believed.
//!
//! Deliberately absent: reading files, and which files are worth it.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::place::{self, Dialect, Standing};
use crate::{Certainty, Detection, assignment, call, checks, command, file, formats, url, value, words};

/// A secret of a file with the name that it stands beside; the name is empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The key, variable or element.
    pub name: String,
    /// What was found; the range is relative to the text of the file.
    pub detection: Detection,
}

/// Finds the secrets of a file of a project. `path` decides how the text is read; nothing is opened. In order of appearance,
/// without overlaps.
#[must_use]
pub fn scan_file(path: &str, text: &str) -> Vec<Named> {
    let mut hits = formats::search(text);
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or("");
    let special = special(&lower, name, text);
    if hits.found.is_empty()
        && hits.names.is_empty()
        && hits.commands.is_empty()
        && hits.calls.is_empty()
        && hits.urls.is_empty()
        && special.is_empty()
    {
        return Vec::new();
    }
    let (dialect, standing) = place::of(path, text);
    let found = std::mem::take(&mut hits.found);
    let standing = Belief { text, dialect, standing, tests: tests(&lower, text) };
    let mut taken = Taken { text, all: BTreeMap::new() };
    for found in special {
        taken.add("", found);
    }
    for found in found.into_iter().filter_map(|found| believed_format(found, text, &standing)) {
        taken.add("", found);
    }
    for found in url::find_at(text, &hits.urls) {
        if let Some(found) = believed_url(found, text, dialect, &standing) {
            taken.add("", found);
        }
    }
    if matches!(standing.standing, Standing::Machine | Standing::Wording) || dialect == Dialect::Other {
        return taken.named();
    }
    let announced = |found: &Detection| believed_value(found.clone(), text, &standing);
    for assigned in assignment::find(text, &hits.names, dialect) {
        if let Some(found) = announced(&assigned.found) {
            taken.add(&assigned.name, found);
        }
    }
    for found in call::find(text, &hits.calls) {
        if let Some(found) = announced(&found) {
            taken.add("", found);
        }
    }
    let templates = file::is_template(name);
    for found in commands(text, dialect, &hits) {
        if let Some(found) = announced(&found).filter(|_| !templates) {
            taken.add("", found);
        }
    }
    if dialect == Dialect::Yaml && text.contains("kind: Secret") {
        for (name, found) in manifest(text) {
            taken.add(&name, found);
        }
    }
    taken.named()
}

/// What was found so far, without overlaps: the first one stays.
struct Taken<'a> {
    text: &'a str,
    all: BTreeMap<usize, Named>,
}

impl Taken<'_> {
    fn add(&mut self, name: &str, found: Detection) {
        let before = self.all.range(..found.range.end).next_back();
        let overlaps = before.is_some_and(|(_, other)| other.detection.range.end > found.range.start);
        if found.range.is_empty() || overlaps || self.text.get(found.range.clone()).is_none() {
            return;
        }
        self.all.insert(found.range.start, Named { name: name.to_owned(), detection: found });
    }

    fn named(self) -> Vec<Named> {
        self.all.into_values().collect()
    }
}

/// How far the places of a file can be believed.
struct Belief<'a> {
    text: &'a str,
    dialect: Dialect,
    standing: Standing,
    /// Where the tests begin that stand in the same file.
    tests: usize,
}

impl Belief<'_> {
    /// In a comment of a program, and in its tests, are samples.
    fn at(&self, found: &Detection) -> Standing {
        let start = found.range.start;
        if self.standing != Standing::Own || self.dialect != Dialect::Code {
            return self.standing;
        }
        let mut low = start.saturating_sub(MAX_STATEMENT);
        while !self.text.is_char_boundary(low) {
            low -= 1;
        }
        let head = self.text.get(low..start).unwrap_or("");
        let line = head.rsplit('\n').next().unwrap_or("").trim_start();
        let comment = ["//", "#", "*", "/*", "--", ";;", "<!--"].iter().any(|mark| line.starts_with(mark));
        if comment || start >= self.tests { Standing::Sample } else { Standing::Own }
    }
}

/// Where the tests of a Rust file begin, by convention at its end.
fn tests(path: &str, text: &str) -> usize {
    let begin = if path.ends_with(".rs") { text.find("#[cfg(test)]\nmod ") } else { None };
    begin.unwrap_or(usize::MAX)
}

/// What a format is worth in such a file.
fn believed_format(found: Detection, text: &str, belief: &Belief<'_>) -> Option<Detection> {
    match belief.at(&found) {
        Standing::Own | Standing::Wording => Some(found),
        Standing::Sample => {
            // Names beside a value say little where values are made up; a token speaks for itself.
            let token = text.get(found.range.clone())?;
            let kept = value::is_strong(token) || token.len() > 64 || !is_by_name(found.kind);
            kept.then_some(Detection { certainty: Certainty::Likely, ..found })
        }
        Standing::Machine => {
            (!is_by_name(found.kind)).then_some(Detection { certainty: Certainty::Likely, ..found })
        }
    }
}

/// Formats that are known by a name beside them, or by few letters.
fn is_by_name(kind: &str) -> bool {
    matches!(
        kind,
        "aws-secret-access-key"
            | "aws-session-token"
            | "cloudflare-api-token"
            | "cloudflare-global-key"
            | "heroku-key"
            | "twilio-auth-token"
            | "datadog-key"
            | "okta-token"
            | "algolia-admin-key"
            | "ado-connection-string"
            | "http-basic"
            | "http-bearer"
            | "go-data-source"
            | "mailgun-key"
            | "mailchimp-key"
            | "crates-io-token"
            | "nuget-key"
            | "clickhouse-cloud"
            | "twitter-bearer"
            | "facebook-token"
            | "docker-config-auth"
            | "asana-pat"
            | "discord-bot-token"
            | "netrc"
            | "npmrc-auth-token"
            | "launchdarkly-sdk"
    )
}

/// What the password of a URL is worth in such a file.
fn believed_url(found: Detection, text: &str, dialect: Dialect, belief: &Belief<'_>) -> Option<Detection> {
    let password = text.get(found.range.clone())?;
    if belief.at(&found) != Standing::Own {
        return value::is_strong(password).then_some(Detection { certainty: Certainty::Likely, ..found });
    }
    // The database on one's own desk.
    let host = text.get(found.range.end + 1..).unwrap_or("");
    let desk =
        ["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "example."].iter().any(|own| host.starts_with(own));
    let plain = found.certainty == Certainty::Likely || !value::is_strong(password) && desk;
    (!(plain && dialect == Dialect::Code && (desk || words::known(password)))).then_some(found)
}

/// What a value beside a name is worth in such a file.
fn believed_value(found: Detection, text: &str, belief: &Belief<'_>) -> Option<Detection> {
    if belief.at(&found) == Standing::Own {
        return Some(found);
    }
    let value = text.get(found.range.clone())?;
    value::is_strong(value).then_some(Detection { certainty: Certainty::Likely, ..found })
}

/// The lines of a text that are commands, or look like one.
fn commands(text: &str, dialect: Dialect, hits: &formats::Hits) -> Vec<Detection> {
    match dialect {
        Dialect::Shell => return command::find(text),
        Dialect::Env | Dialect::Json | Dialect::Other => return Vec::new(),
        Dialect::Code | Dialect::Markup if hits.commands.is_empty() => return Vec::new(),
        _ => {}
    }
    let names = hits.names.iter().map(|hit| hit.start);
    // Names alone are read as the notation of the file asks for.
    let names = names.filter(|_| matches!(dialect, Dialect::Settings));
    let mut marks: Vec<usize> = hits.commands.iter().copied().chain(names).collect();
    marks.sort_unstable();
    let mut all = Vec::new();
    let mut done = 0;
    for mark in marks {
        if mark < done {
            continue;
        }
        let lines = statement(text, mark);
        done = lines.end;
        let code = matches!(dialect, Dialect::Code | Dialect::Markup);
        all.extend(command::find_in(text, lines).into_iter().filter(|found| {
            let value = text.get(found.range.clone()).unwrap_or("");
            !code || value::is_strong(value)
        }));
    }
    all
}

/// The longest statement.
const MAX_STATEMENT: usize = 2000;

/// The line of `at` with those that it goes on in, behind a `\`.
fn statement(text: &str, at: usize) -> Range<usize> {
    let mut low = at.saturating_sub(MAX_STATEMENT);
    let mut high = at.saturating_add(MAX_STATEMENT).min(text.len());
    while !text.is_char_boundary(low) {
        low += 1;
    }
    while !text.is_char_boundary(high) {
        high -= 1;
    }
    let start = text.get(low..at).and_then(|head| head.rfind('\n')).map_or(low, |end| low + end + 1);
    let mut end = at;
    while let Some(next) = text.get(end..high).and_then(|rest| rest.find('\n')) {
        end += next;
        if !text.get(..end).is_some_and(|head| head.trim_end_matches('\r').ends_with('\\')) {
            return start..end;
        }
        end += 1;
    }
    start..high.max(at)
}

/// Files whose name says how to read them.
fn special(path: &str, name: &str, text: &str) -> Vec<Detection> {
    match name {
        ".pgpass" => pgpass(text),
        "master.key" if path.contains("config/") => rails(text),
        _ if path.contains("config/credentials/") && name.ends_with(".key") => rails(text),
        _ => Vec::new(),
    }
}

/// `host:port:database:user:password`, with `\:` inside.
fn pgpass(text: &str) -> Vec<Detection> {
    let mut all = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        let mark = content
            .match_indices(':')
            .filter(|(at, _)| !content.get(..*at).is_some_and(|head| head.ends_with('\\')));
        if let Some((at, _)) = mark.take(4).nth(3).filter(|_| !content.starts_with('#'))
            && content.len() > at + 1
            && !words::filler(content.get(at + 1..).unwrap_or(""))
        {
            let range = start + at + 1..start + content.len();
            all.push(Detection { kind: "pgpass", range, certainty: Certainty::Certain });
        }
        start += line.len();
    }
    all
}

fn rails(text: &str) -> Vec<Detection> {
    let key = text.trim();
    let holds =
        key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()) && checks::entropy(key) >= 3.0;
    let start = text.len() - text.trim_start().len();
    let found = Detection {
        kind: "rails-master-key",
        range: start..start + key.len(),
        certainty: Certainty::Certain,
    };
    holds.then_some(found).into_iter().collect()
}

/// Values of manifests of Kubernetes of the kind Secret: in base 64 below `data`, as they are below `stringData`.
fn manifest(text: &str) -> Vec<(String, Detection)> {
    let mut all = Vec::new();
    let mut secret = false;
    let mut below: Option<(bool, usize)> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let (at, content) = (start, line.trim_end());
        start += line.len();
        let indent = content.len() - content.trim_start().len();
        let bare = content.trim_start();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        if content == "---" {
            (secret, below) = (false, None);
            continue;
        }
        if indent == 0 {
            secret |= bare == "kind: Secret";
            below = match bare {
                "data:" => Some((true, 0)),
                "stringData:" => Some((false, 0)),
                _ => None,
            };
            continue;
        }
        let (Some((encoded, _)), true) = (below, secret || text.contains("\nkind: Secret")) else { continue };
        let Some((key, value)) = bare.split_once(':') else { continue };
        let offset = content.len() - value.len();
        let range = value::bare(value);
        let Some(value) = value.get(range.clone()).filter(|value| value.len() >= 6) else { continue };
        let plain = match encoded {
            true => match checks::base64(value).map(String::from_utf8) {
                Some(Ok(plain)) if value.len() % 4 == 0 => plain,
                _ => continue,
            },
            false => value.to_owned(),
        };
        let named = crate::name::announces(key);
        let strong = value::is_strong(&plain);
        if words::filler(&plain)
            || words::reference(&plain)
            || plain.contains('\n')
            || named.is_none() && !strong
        {
            continue;
        }
        let certainty = if strong && !words::known(&plain) { Certainty::Certain } else { Certainty::Likely };
        let range = at + offset + range.start..at + offset + range.end;
        all.push((key.to_owned(), Detection { kind: "kubernetes-secret-manifest", range, certainty }));
    }
    all
}

//! Names and values of labels.

use std::sync::Arc;

use plimsoll_posture::{Known, Plane, Posture, Recipe, Sensitive, Spanned, Stage, StepKind};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "invalid-label",
    title: "label breaks the rules for names or values",
    page: include_str!("invalid_label.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3048", "DL3051", "DL3052", "DL3053", "DL3054"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

/// The namespace of the names that the OCI defines.
const OCI: &str = "org.opencontainers.image.";

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for step in &stage.steps {
        let StepKind::Label(pairs) = &step.kind else { continue };
        for (name, value) in pairs {
            let problem = name_problem(&name.value).map(|problem| (problem, name.at));
            let problem = problem.or_else(|| {
                let known = !step.on_build && is_known(stage, name, value);
                let problem = known.then(|| value_problem(&name.value, value.value.expose()))??;
                Some((problem, value.at))
            });
            let Some(((label, fix), at)) = problem else { continue };
            findings.push(Finding::place(
                stage.place(at),
                Plane::Declared,
                label,
                format!("stage `{}` has an unusual label `{}`", stage.label(), name.value),
                fix,
            ));
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}

type Problem = (&'static str, &'static str);

/// Whether the value holds no argument that nobody has given.
fn is_known(stage: &Stage, name: &Spanned<Arc<str>>, value: &Spanned<Sensitive>) -> bool {
    let mut facts = stage.image.config.labels.iter().filter(|(key, _)| **key == *name.value);
    facts.any(|(_, fact)| {
        fact.claims().iter().any(|claim| claim.at.span == value.at && matches!(claim.value, Known::Value(_)))
    })
}

fn name_problem(name: &str) -> Option<Problem> {
    if name.is_empty() || name.contains('$') {
        return None;
    }
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    if !plain {
        return Some(("only small letters, digits, `.` and `-`", "rename it: `com.example.name`"));
    }
    let ends = name.starts_with(|ch: char| ch.is_ascii_lowercase())
        && name.ends_with(|ch: char| ch.is_ascii_alphanumeric());
    if !ends || ["..", "--", ".-", "-."].iter().any(|pair| name.contains(pair)) {
        return Some((
            "a letter first, a letter or digit last, no two signs in a row",
            "rename it: `com.example.name`",
        ));
    }
    let reserved = ["com.docker.", "io.docker.", "org.dockerproject."];
    // What an extension must say about itself.
    let extension = name.starts_with("com.docker.desktop.") || name.starts_with("com.docker.extension.");
    (reserved.iter().any(|prefix| name.starts_with(prefix)) && !extension)
        .then_some(("reserved for Docker", "use the reversed name of a domain of yours"))
}

fn value_problem(name: &str, value: &str) -> Option<Problem> {
    let own = name.strip_prefix(OCI)?;
    if value.trim().is_empty() {
        return Some(("empty", "give it a value or leave it out"));
    }
    let (valid, problem) = match own {
        "created" => (is_time(value), ("no time by RFC 3339", "write for example `2026-11-22T09:30:00Z`")),
        "url" | "source" | "documentation" => {
            (is_address(value), ("no address", "write it with its scheme: `https://…`"))
        }
        "licenses" => (is_license(value), ("no SPDX expression", "write for example `Apache-2.0 OR MIT`")),
        "base.digest" => (is_digest(value), ("no digest", "write `sha256:` and 64 hexadecimal digits")),
        _ => return None,
    };
    (!valid).then_some(problem)
}

/// `2026-11-22T09:30:00.5+01:00`.
fn is_time(text: &str) -> bool {
    let digits = |range: std::ops::Range<usize>, least: u32, most: u32| {
        text.get(range)
            .filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|part| part.parse::<u32>().ok())
            .is_some_and(|number| (least..=most).contains(&number))
    };
    let signs = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    let parted = matches!(text.as_bytes().get(10), Some(b'T' | b't' | b' '))
        && signs.iter().all(|&(at, sign)| text.as_bytes().get(at) == Some(&sign));
    let numbers = digits(0..4, 0, 9999)
        && digits(5..7, 1, 12)
        && digits(8..10, 1, 31)
        && digits(11..13, 0, 23)
        && digits(14..16, 0, 59)
        && digits(17..19, 0, 60);
    let rest = text.get(19..).unwrap_or("");
    let rest = match rest.strip_prefix('.') {
        Some(fraction) if fraction.starts_with(|ch: char| ch.is_ascii_digit()) => {
            fraction.trim_start_matches(|ch: char| ch.is_ascii_digit())
        }
        Some(_) => return false,
        None => rest,
    };
    let zone = match rest.as_bytes() {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', a, b, b':', c, d] => [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    parted && numbers && zone
}

fn is_address(text: &str) -> bool {
    let scheme = |scheme: &str| {
        scheme.starts_with(|ch: char| ch.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let parts = text.split_once("://");
    parts.is_some_and(|(before, rest)| scheme(before) && !rest.is_empty())
        && !text.contains(char::is_whitespace)
}

fn is_digest(text: &str) -> bool {
    let hex = |hex: &str, length| hex.len() == length && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.split_once(':') {
        Some(("sha256", rest)) => hex(rest, 64),
        Some(("sha512", rest)) => hex(rest, 128),
        _ => false,
    }
}

/// Names and operators take turns; whether a name is on the list of licences is not looked up.
fn is_license(text: &str) -> bool {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut depth = 0_usize;
    let mut name_next = true;
    for word in spaced.split_whitespace() {
        match (word, name_next) {
            ("(", true) => depth += 1,
            (")", false) if depth > 0 => depth -= 1,
            ("AND" | "OR" | "WITH" | "and" | "or" | "with", false) => name_next = true,
            (name, true) if is_license_name(name) => name_next = false,
            _ => return false,
        }
    }
    depth == 0 && !name_next
}

fn is_license_name(name: &str) -> bool {
    !matches!(name, "AND" | "OR" | "WITH")
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+:".contains(&byte))
}

//! What BuildKit refuses after parsing: unknown instructions and flags, missing arguments, wrong forms.
//!
//! The rules are those of `instructions/parse.go`. Deliberately absent: what only a build finds out.

use super::syntax::{Arguments, Fault, Flag, Instruction, Keyword, announced};

/// The kinds of flags.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FlagKind {
    /// `--link`, `--link=false`.
    Switch,
    /// `--chown=x`, once.
    Text,
    /// `--mount=x`, any number of times.
    Texts,
}

fn known_flags(keyword: Keyword) -> &'static [(&'static str, FlagKind)] {
    match keyword {
        Keyword::Add => &[
            ("chown", FlagKind::Text),
            ("chmod", FlagKind::Text),
            ("link", FlagKind::Switch),
            ("keep-git-dir", FlagKind::Switch),
            ("checksum", FlagKind::Text),
            ("exclude", FlagKind::Texts),
            ("unpack", FlagKind::Switch),
        ],
        Keyword::Copy => &[
            ("chown", FlagKind::Text),
            ("chmod", FlagKind::Text),
            ("from", FlagKind::Text),
            ("link", FlagKind::Switch),
            ("parents", FlagKind::Switch),
            ("exclude", FlagKind::Texts),
        ],
        Keyword::From => &[("platform", FlagKind::Text)],
        Keyword::Healthcheck => &[
            ("interval", FlagKind::Text),
            ("timeout", FlagKind::Text),
            ("start-period", FlagKind::Text),
            ("start-interval", FlagKind::Text),
            ("retries", FlagKind::Text),
        ],
        Keyword::Run => &[
            ("mount", FlagKind::Texts),
            ("network", FlagKind::Text),
            ("security", FlagKind::Text),
            ("device", FlagKind::Texts),
        ],
        _ => &[],
    }
}

/// What BuildKit refuses in an instruction, beside what its parser refuses already.
pub(super) fn check(instruction: &Instruction) -> Vec<Fault> {
    let mut faults = Vec::new();
    let keyword = instruction.keyword;
    if keyword == Keyword::Unknown {
        faults.push(unknown_instruction(instruction));
        return faults;
    }
    // The parser already said what is wrong with the arguments.
    if !instruction.faults.iter().any(|fault| fault.fatal) {
        arguments(instruction, &mut faults);
    }
    if !matches!(keyword, Keyword::Arg | Keyword::Stopsignal) {
        flags(instruction, &mut faults);
    }
    faults
}

fn unknown_instruction(instruction: &Instruction) -> Fault {
    let first = instruction.line.split_whitespace().next().unwrap_or("");
    // A stray line may be anything, a key among it: only what looks like a word of a program is repeated.
    let plain =
        first.len() <= 32 && first.bytes().all(|byte| byte.is_ascii_alphabetic() || b"_-/".contains(&byte));
    let word = if plain { first } else { "" };
    let cure = match Keyword::meant_by(word) {
        Some(meant) => format!("did you mean {meant}?"),
        None if first.starts_with("//") => "a comment begins with `#`".to_owned(),
        None if first.contains("{{") || first.contains('_') && first.to_uppercase() == first => {
            "write an instruction; a template is scanned after it was filled in".to_owned()
        }
        None => "a line of a RUN needs a `\\` at the end of the line before it".to_owned(),
    };
    Fault {
        code: "unknown-instruction",
        range: instruction.keyword_range.clone(),
        message: match word {
            "" => "the line begins with no instruction".to_owned(),
            word => format!("`{word}` is no instruction"),
        },
        cure: Some(cure),
        fatal: true,
    }
}

struct Report<'a> {
    instruction: &'a Instruction,
    faults: &'a mut Vec<Fault>,
}

impl Report<'_> {
    fn refuse(&mut self, code: &'static str, message: impl Into<String>, cure: impl Into<String>) {
        let range = self.instruction.keyword_range.clone();
        self.push(code, range, message, cure, true);
    }

    fn push(
        &mut self,
        code: &'static str,
        range: std::ops::Range<usize>,
        message: impl Into<String>,
        cure: impl Into<String>,
        fatal: bool,
    ) {
        self.faults.push(Fault { code, range, message: message.into(), cure: Some(cure.into()), fatal });
    }
}

fn arguments(instruction: &Instruction, faults: &mut Vec<Fault>) {
    let name = instruction.keyword.name();
    let mut report = Report { instruction, faults };
    let none = matches!(instruction.arguments, Arguments::None);
    match instruction.keyword {
        Keyword::From => from(&mut report),
        Keyword::Env | Keyword::Label | Keyword::Arg => names(&mut report, name),
        Keyword::Add | Keyword::Copy => copy(&mut report, name),
        Keyword::Expose | Keyword::Volume if none => {
            report.refuse("missing-arguments", format!("{name} needs an argument"), "name at least one");
        }
        Keyword::Volume => volume(&mut report),
        Keyword::User | Keyword::Workdir | Keyword::Stopsignal | Keyword::Maintainer if none => {
            report.refuse(
                "missing-arguments",
                format!("{name} needs an argument"),
                "add it or remove the line",
            );
        }
        Keyword::Healthcheck => healthcheck(&mut report),
        Keyword::Shell => match &instruction.arguments {
            Arguments::Exec(words) if !words.is_empty() => {}
            _ => report.refuse(
                "shell-not-exec-form",
                "SHELL takes a JSON array of strings",
                "write `SHELL [\"/bin/bash\", \"-c\"]`",
            ),
        },
        Keyword::Onbuild => match &instruction.arguments {
            Arguments::Trigger(trigger) => onbuild(&mut report, trigger),
            _ => report.refuse(
                "missing-arguments",
                "ONBUILD needs an instruction",
                "add it or remove the line",
            ),
        },
        Keyword::Run if none && instruction.heredocs.is_empty() => report.push(
            "empty-run",
            instruction.keyword_range.clone(),
            "RUN without a command does nothing",
            "remove the line",
            false,
        ),
        _ => {}
    }
}

fn from(report: &mut Report<'_>) {
    let words = match &report.instruction.arguments {
        Arguments::Words(words) => words.as_slice(),
        _ => &[],
    };
    match words {
        [_] => {}
        [_, as_word, name] if as_word.text.eq_ignore_ascii_case("as") => {
            let lower = name.text.to_lowercase();
            let valid = lower.starts_with(|ch: char| ch.is_ascii_lowercase())
                && lower.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
            if !valid {
                report.push(
                    "invalid-stage-name",
                    name.range.clone(),
                    "a stage name begins with a letter and holds letters, digits, `-`, `_` and `.`",
                    "rename the stage",
                    true,
                );
            }
        }
        _ => report.refuse(
            "from-arguments",
            format!("FROM takes `image` or `image AS name`; here are {} words", words.len()),
            "write `FROM image AS name`",
        ),
    }
}

fn names(report: &mut Report<'_>, name: &str) {
    let blank = match &report.instruction.arguments {
        Arguments::Pairs(pairs) => pairs.iter().find(|pair| pair.key.text.is_empty()).map(|pair| &pair.value),
        Arguments::Definitions(definitions) => definitions
            .iter()
            .find(|definition| definition.name.text.is_empty())
            .and_then(|definition| definition.default.as_ref()),
        _ => {
            report.refuse(
                "missing-arguments",
                format!("{name} needs a name"),
                format!("write `{name} NAME=value`"),
            );
            return;
        }
    };
    if let Some(value) = blank {
        let range = value.range.clone();
        report.push(
            "blank-name",
            range,
            format!("{name} has a value without a name"),
            "put a name before `=`",
            true,
        );
    }
}

fn copy(report: &mut Report<'_>, name: &str) {
    let words = match &report.instruction.arguments {
        Arguments::Words(words) | Arguments::Exec(words) => words.as_slice(),
        _ => &[],
    };
    if words.len() < 2 {
        report.refuse(
            "missing-destination",
            format!("{name} needs a source and a destination"),
            format!("write `{name} source destination`"),
        );
    } else if let Some(last) = words.last()
        && announced(&last.text).is_ok_and(|found| found.is_some())
    {
        let range = last.range.clone();
        report.push(
            "heredoc-destination",
            range,
            "a heredoc is a source, not a destination",
            "add a destination",
            true,
        );
    }
}

fn volume(report: &mut Report<'_>) {
    let words = match &report.instruction.arguments {
        Arguments::Words(words) | Arguments::Exec(words) => words.as_slice(),
        _ => &[],
    };
    if let Some(word) = words.iter().find(|word| word.text.trim().is_empty()) {
        let range = word.range.clone();
        report.push("blank-volume", range, "a volume without a path", "remove it", true);
    } else if words.is_empty() {
        report.refuse("missing-arguments", "VOLUME needs a path", "name at least one");
    }
}

fn onbuild(report: &mut Report<'_>, trigger: &Instruction) {
    let range = trigger.keyword_range.clone();
    match trigger.keyword {
        Keyword::Onbuild => {
            report.push("onbuild-trigger", range, "ONBUILD may not hold ONBUILD", "write it once", true);
        }
        Keyword::From | Keyword::Maintainer => report.push(
            "onbuild-trigger",
            range,
            format!("ONBUILD may not hold {}", trigger.keyword.name()),
            "remove the line",
            true,
        ),
        // It is stored as text, and the build that starts from this image fails.
        _ => report.faults.extend(check(trigger).into_iter().map(|fault| Fault { fatal: false, ..fault })),
    }
}

fn healthcheck(report: &mut Report<'_>) {
    let Arguments::Health { kind, command } = &report.instruction.arguments else {
        report.refuse(
            "missing-arguments",
            "HEALTHCHECK needs NONE or CMD",
            "write `HEALTHCHECK CMD command` or `HEALTHCHECK NONE`",
        );
        return;
    };
    let none = match &**command {
        Arguments::None => true,
        Arguments::Exec(words) => words.is_empty(),
        _ => false,
    };
    if kind.text.eq_ignore_ascii_case("NONE") {
        if !none {
            report.refuse(
                "healthcheck-none-arguments",
                "HEALTHCHECK NONE takes nothing else",
                "remove the rest",
            );
        }
        return;
    }
    if !kind.text.eq_ignore_ascii_case("CMD") {
        let range = kind.range.clone();
        report.push("healthcheck-type", range, "HEALTHCHECK takes NONE or CMD", "write CMD before it", true);
    } else if none {
        report.refuse(
            "missing-arguments",
            "HEALTHCHECK CMD needs a command",
            "add it, or write HEALTHCHECK NONE",
        );
    }
    for flag in &report.instruction.flags {
        let Some(value) = &flag.value else { continue };
        let valid = match flag.name.as_str() {
            "retries" => {
                value.text.is_empty() || value.text.parse::<u32>().is_ok_and(|n| n <= i32::MAX as u32)
            }
            "interval" | "timeout" | "start-period" | "start-interval" => {
                value.text.is_empty() || duration_millis(&value.text).is_some_and(|ms| ms == 0.0 || ms >= 1.0)
            }
            _ => true,
        };
        if !valid {
            report.faults.push(Fault {
                code: "healthcheck-option",
                range: value.range.clone(),
                message: format!("--{} has a value that is none", flag.name),
                cure: Some("write a duration like `30s` or `1m30s`, or a number of retries".to_owned()),
                fatal: true,
            });
        }
    }
}

/// A Go duration (`1h2m3.5s`) in milliseconds; `None` when it is none or negative.
fn duration_millis(text: &str) -> Option<f64> {
    if text == "0" {
        return Some(0.0);
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|ch: char| !ch.is_ascii_digit() && ch != '.')?;
        let number: f64 = rest.get(..end)?.parse().ok()?;
        let unit_and_rest = rest.get(end..)?;
        let units =
            [("ns", 1e-6), ("us", 1e-3), ("µs", 1e-3), ("ms", 1.0), ("s", 1e3), ("m", 6e4), ("h", 3.6e6)];
        let (unit, factor) = units.into_iter().find(|(unit, _)| unit_and_rest.starts_with(unit))?;
        total += number * factor;
        rest = unit_and_rest.get(unit.len()..)?;
    }
    (!text.is_empty()).then_some(total)
}

fn flags(instruction: &Instruction, faults: &mut Vec<Fault>) {
    let known = known_flags(instruction.keyword);
    let mut seen: Vec<&str> = Vec::new();
    for flag in &instruction.flags {
        match known.iter().find(|(name, _)| *name == flag.name) {
            None => faults.push(unknown_flag(instruction.keyword, flag, known)),
            Some((_, kind)) => {
                let wrong = match (kind, &flag.value) {
                    (FlagKind::Text | FlagKind::Texts, None) => Some("needs a value"),
                    (FlagKind::Switch, Some(value))
                        if !value.text.eq_ignore_ascii_case("true")
                            && !value.text.eq_ignore_ascii_case("false") =>
                    {
                        Some("takes true or false")
                    }
                    _ if *kind != FlagKind::Texts && seen.contains(&flag.name.as_str()) => {
                        Some("is given twice")
                    }
                    _ => None,
                };
                if let Some(wrong) = wrong {
                    faults.push(Fault {
                        code: "flag-value",
                        range: flag.range.clone(),
                        message: format!("--{} {wrong}", flag.name),
                        cure: Some("correct or remove it".to_owned()),
                        fatal: true,
                    });
                }
                seen.push(&flag.name);
            }
        }
    }
}

fn unknown_flag(keyword: Keyword, flag: &Flag, known: &[(&str, FlagKind)]) -> Fault {
    let cure = if known.is_empty() {
        format!("{} takes no flags", keyword.name())
    } else {
        let names: Vec<String> = known.iter().map(|(name, _)| format!("--{name}")).collect();
        format!("{} takes {}", keyword.name(), names.join(", "))
    };
    let name: String = flag.name.chars().filter(|ch| !ch.is_control()).take(24).collect();
    Fault {
        code: "unknown-flag",
        range: flag.range.clone(),
        message: format!("{} has no flag --{name}", keyword.name()),
        cure: Some(cure),
        fatal: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go() {
        assert_eq!(duration_millis("1m30s"), Some(90_000.0));
        assert_eq!(duration_millis("1.5h"), Some(5_400_000.0));
        assert_eq!(duration_millis("30"), None);
        assert_eq!(duration_millis("s"), None);
        assert_eq!(duration_millis("-1s"), None);
    }
}

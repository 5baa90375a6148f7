//! Packages that a `RUN` installs by name.
//!
//! Sources: the manual pages of apt-get, apk, dnf and zypper, the documentation of npm, yarn, pnpm, bun, pip and gem.
//! Deliberately absent: whether an installation is done well, which controls judge.

use plimsoll_controls::{Finding, Verdict};
use plimsoll_posture::{Plane, Posture, ShellCommand, ShellWord, Stage, Subject};

use crate::image::{NOT_MEANT, stage_is_meant};
use crate::{Pattern, Policy};

/// Who installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Apt,
    Apk,
    Dnf,
    Zypper,
    Npm,
    Pip,
    Gem,
}

impl Family {
    const ALL: [(&'static str, Self); 7] = [
        ("apt", Self::Apt),
        ("apk", Self::Apk),
        ("dnf", Self::Dnf),
        ("zypper", Self::Zypper),
        ("npm", Self::Npm),
        ("pip", Self::Pip),
        ("gem", Self::Gem),
    ];
}

/// `curl`, `telnet*`, `npm:left-pad`, `pip:django*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackagePattern {
    family: Option<Family>,
    name: Pattern,
    text: String,
}

impl PackagePattern {
    /// The families that may stand before the colon.
    #[must_use]
    pub fn families() -> Vec<&'static str> {
        Family::ALL.iter().map(|(name, _)| *name).collect()
    }

    /// Reads a name, a glob, either with a family before a colon; `None` for a family that is not known.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (family, name) = match text.split_once(':') {
            Some((family, name)) => {
                (Some(Family::ALL.iter().find(|(known, _)| *known == family.trim())?.1), name)
            }
            None => (None, text),
        };
        Some(Self { family, name: Pattern::parse(name)?, text: text.trim().to_owned() })
    }

    fn matches(&self, family: Family, name: &str) -> bool {
        self.family.is_none_or(|own| own == family) && self.name.matches(name)
    }
}

impl std::fmt::Display for PackagePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Judges every stage that is meant.
pub(crate) fn judge(policy: &Policy, posture: &Posture, list: &[PackagePattern]) -> Vec<(Subject, Verdict)> {
    let mut verdicts = Vec::new();
    for recipe in &posture.recipes {
        for stage in &recipe.stages {
            let verdict =
                if stage_is_meant(&policy.selector, stage, &recipe.targets, posture, &recipe.built_by) {
                    of_stage(policy, stage, list)
                } else {
                    Verdict::NotApplicable(NOT_MEANT)
                };
            verdicts.push((stage.subject.clone(), verdict));
        }
    }
    verdicts
}

fn of_stage(policy: &Policy, stage: &Stage, list: &[PackagePattern]) -> Verdict {
    let mut findings = Vec::new();
    for (_, command) in stage.commands() {
        let Some((family, words)) = installed(command) else { continue };
        for word in words.into_iter().filter(|word| word.literal) {
            let name = bare(family, &word.text);
            if !list.iter().any(|pattern| pattern.matches(family, name)) {
                continue;
            }
            findings.push(Finding::place(
                stage.place(word.at),
                Plane::Declared,
                "installed here",
                format!("{}: stage `{}` installs `{name}`", policy.control.title, stage.label()),
                policy.fix.clone().unwrap_or_else(|| format!("do without `{name}`")),
            ));
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}

/// Options that take the next word, by family.
fn with_value(family: Family) -> &'static [&'static str] {
    match family {
        Family::Apt => {
            &["-o", "--option", "-t", "--target-release", "--default-release", "-c", "--config-file"]
        }
        Family::Apk => {
            &["-X", "--repository", "-t", "--virtual", "-p", "--root", "--keys-dir", "--repositories-file"]
        }
        Family::Dnf => &[
            "-c",
            "--config",
            "--installroot",
            "--setopt",
            "--enablerepo",
            "--disablerepo",
            "--releasever",
            "-x",
        ],
        Family::Zypper => &["-R", "--root", "-r", "--repo", "--from", "-t", "--type"],
        Family::Npm => &[
            "--prefix",
            "-C",
            "--cwd",
            "--dir",
            "--registry",
            "--tag",
            "-w",
            "--workspace",
            "--filter",
            "-F",
            "--cache",
        ],
        Family::Pip => &[
            "-r",
            "--requirement",
            "-c",
            "--constraint",
            "-e",
            "--editable",
            "-i",
            "--index-url",
            "--extra-index-url",
            "-t",
            "--target",
            "--trusted-host",
            "--prefix",
            "--root",
            "-f",
            "--find-links",
            "--timeout",
            "--retries",
            "--python-version",
            "--platform",
            "--proxy",
            "--cache-dir",
            "--no-binary",
            "--only-binary",
        ],
        Family::Gem => &["-v", "--version", "-i", "--install-dir", "-n", "--bindir", "-s", "--source", "-p"],
    }
}

/// The words of a command that name what it installs.
fn installed(command: &ShellCommand) -> Option<(Family, Vec<&ShellWord>)> {
    let mut words = command.arguments();
    let program = command.effective_program()?;
    let family = match program {
        "apt-get" | "apt" | "aptitude" => Family::Apt,
        "apk" => Family::Apk,
        "yum" | "dnf" | "dnf5" | "microdnf" | "tdnf" => Family::Dnf,
        "zypper" => Family::Zypper,
        "npm" | "yarn" | "pnpm" | "bun" => Family::Npm,
        "pip" | "pip2" | "pip3" => Family::Pip,
        "gem" => Family::Gem,
        _ if program.starts_with("python") || program == "uv" => {
            let at = words.iter().position(|word| &*word.text == "pip")?;
            words = words.get(at + 1..)?;
            Family::Pip
        }
        _ => return None,
    };
    let mut skip = false;
    let mut operands = Vec::new();
    for word in words {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.text.starts_with('-') {
            skip = with_value(family).contains(&&*word.text);
        } else {
            operands.push(word);
        }
    }
    if family == Family::Npm
        && program == "yarn"
        && operands.first().is_some_and(|word| &*word.text == "global")
    {
        operands.remove(0);
    }
    let verb = &*operands.first()?.text;
    let installs = match family {
        Family::Apt | Family::Pip | Family::Gem => verb == "install",
        Family::Apk => verb == "add",
        Family::Dnf => matches!(verb, "install" | "reinstall" | "localinstall" | "upgrade" | "update"),
        Family::Zypper => matches!(verb, "install" | "in"),
        Family::Npm => matches!(verb, "install" | "i" | "in" | "ins" | "inst" | "isntall" | "add"),
    };
    operands.remove(0);
    installs.then_some((family, operands))
}

/// The name without version, release, architecture and extras.
fn bare(family: Family, text: &str) -> &str {
    let end = match family {
        // A package name of Debian holds no `=`, `/` or `:`; a `-` or `+` at its end removes or keeps it.
        Family::Apt => text.find(['=', '/', ':']),
        Family::Apk => text.find(['=', '<', '>', '~', '@']),
        Family::Zypper => text.find(['=', '<', '>']),
        // `name-version`: the version begins with the first digit after a dash.
        Family::Dnf => {
            let bytes = text.as_bytes();
            (1..bytes.len())
                .find(|&at| bytes.get(at - 1) == Some(&b'-') && bytes.get(at).is_some_and(u8::is_ascii_digit))
                .map(|at| at - 1)
        }
        Family::Npm => text.get(1..).and_then(|rest| rest.find('@')).map(|at| at + 1),
        Family::Pip => text.find(['=', '<', '>', '~', '!', '[', ';', '@', ' ']),
        Family::Gem => text.find(':'),
    };
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_versions() {
        for (family, text, name) in [
            (Family::Apt, "curl=7.1-1", "curl"),
            (Family::Apt, "libc6:amd64", "libc6"),
            (Family::Apt, "git/stable", "git"),
            (Family::Apk, "curl~8", "curl"),
            (Family::Dnf, "curl-7.61.1", "curl"),
            (Family::Dnf, "java-17-openjdk", "java"),
            (Family::Npm, "@scope/name@1.2", "@scope/name"),
            (Family::Npm, "left-pad@^1", "left-pad"),
            (Family::Pip, "django[bcrypt]>=4", "django"),
            (Family::Gem, "rails:7.1", "rails"),
        ] {
            assert_eq!(bare(family, text), name);
        }
    }

    #[test]
    fn a_pattern_may_name_its_family() {
        let pattern = PackagePattern::parse("npm:left-*").unwrap();
        assert!(pattern.matches(Family::Npm, "left-pad") && !pattern.matches(Family::Apt, "left-pad"));
        assert!(PackagePattern::parse("curl").unwrap().matches(Family::Apk, "curl"));
        assert_eq!(PackagePattern::parse("cargo:x"), None);
        assert_eq!(PackagePattern::parse("npm:"), None);
    }
}

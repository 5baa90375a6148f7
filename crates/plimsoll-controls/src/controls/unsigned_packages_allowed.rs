//! Packages are installed without checking who signed them.

use plimsoll_posture::{Change, Plane, Posture, Recipe, ShellCommand, ShellWord, Stage};

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "unsigned-packages-allowed",
    title: "packages are installed without checking their signature",
    page: include_str!("unsigned_packages_allowed.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "CKV2_DOCKER_7",
        "CKV2_DOCKER_8",
        "CKV2_DOCKER_9",
        "CKV2_DOCKER_10",
        "CKV2_DOCKER_11",
        "CIS-4.11",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let findings: Vec<Finding> = stage
        .commands()
        .filter_map(|(_, command)| {
            let word = switch(command)?;
            let finding = Finding::place(
                stage.place(word.at),
                Plane::Declared,
                "signatures are not checked",
                format!("stage `{}` installs packages whoever signed them: `{}`", stage.label(), word.text),
                "remove it, and add the key of the repository that needs it",
            );
            Some(match without(stage, command, word) {
                Some(changes) => finding.remedied(Remedy::risky(
                    changes,
                    "a package that nobody signed, or a key that is not there, ends the build",
                )),
                None => finding,
            })
        })
        .collect();
    Verdict::from_findings(findings, Verdict::absent())
}

fn switch(command: &ShellCommand) -> Option<&ShellWord> {
    let (exact, keys): (&[&str], &[&str]) = match command.effective_program()? {
        "apt-get" | "apt" | "aptitude" => (
            &["--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories", "--allow-untrusted"],
            &["allowunauthenticated=", "allowinsecurerepositories=", "apt::get::force-yes="],
        ),
        "apk" => (&["--allow-untrusted"], &[]),
        "yum" | "dnf" | "microdnf" | "tdnf" | "dnf5" => {
            (&["--nogpgcheck", "--no-gpgchecks", "--no-gpg-checks"], &["gpgcheck=0", "gpgcheck=false"])
        }
        "yum-config-manager" | "dnf-config-manager" => (&[], &["gpgcheck=0", "gpgcheck=false"]),
        "zypper" => (&["--no-gpg-checks", "--allow-unsigned-rpm", "-G", "--no-gpgcheck"], &[]),
        "rpm" => (&["--nosignature", "--nodigest"], &[]),
        _ => return None,
    };
    command.arguments().iter().find(|word| {
        let text = word.text.to_ascii_lowercase();
        exact.contains(&&*word.text)
            || keys.iter().any(|key| {
                text.split_once(key).is_some_and(|(_, value)| !key.ends_with('=') || is_yes(value))
            })
    })
}

fn is_yes(value: &str) -> bool {
    matches!(value.trim_matches(['"', '\'']), "1" | "true" | "yes" | "on")
}

/// The command without the switch.
fn without(stage: &Stage, command: &ShellCommand, word: &ShellWord) -> Option<Vec<Change>> {
    if !recipe_change::is_bare(word) {
        return None;
    }
    // It says yes to every question as well.
    let answered = command.has_short('y') || command.has_argument(&["--yes", "--assume-yes"]);
    if &*word.text == "--force-yes" && !answered {
        return Some(vec![recipe_change::reword(stage, word.at, "-y")]);
    }
    let mut changes = vec![recipe_change::drop_words(stage, word.at)];
    if !word.text.starts_with('-') {
        // `-o Name=value`: the option goes with its value.
        let words = command.arguments();
        let at = words.iter().position(|other| other.at == word.at)?;
        let option = words.get(at.checked_sub(1)?)?;
        if !matches!(&*option.text, "-o" | "--option" | "--setopt") || !recipe_change::is_bare(option) {
            return None;
        }
        changes.push(recipe_change::drop_words(stage, option.at));
    }
    Some(changes)
}

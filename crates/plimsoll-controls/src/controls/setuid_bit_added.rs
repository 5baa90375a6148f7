//! A build step that gives a file the setuid or setgid bit or file capabilities.

use plimsoll_posture::{BuiltImage, FileTrait, Plane, Posture, Recipe, ShellCommand, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "setuid-bit-added",
    title: "build step adds a setuid program",
    page: include_str!("setuid_bit_added.md"),
    severity: Severity::Medium,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CIS-4.8", "CIS-DI-0008"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::StageAndBuilt(check, contents),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    if !stage.ships {
        return Verdict::NotApplicable("the stage is not part of an image that runs");
    }
    let mut findings = Vec::new();
    let mut made: Vec<&str> = Vec::new();
    for (_, command) in stage.commands() {
        if command.effective_program() == Some("mkdir") {
            made.extend(command.arguments().iter().map(|word| word.text.trim_end_matches('/')));
        }
        let Some(label) = adds_privilege(command) else { continue };
        if only_directories(command, &made) {
            continue;
        }
        findings.push(Finding::place(
            stage.place(command.at),
            Plane::Declared,
            label,
            format!("stage `{}` gives a file more rights than its caller has", stage.label()),
            "leave the bit out; set `no-new-privileges:true` so that any that remain have no effect",
        ));
    }
    for (_, copy) in stage.copies() {
        if let Some(mode) = copy.chmod.as_ref().filter(|mode| octal_adds_setuid(&mode.value)) {
            findings.push(Finding::place(
                stage.place(mode.at),
                Plane::Declared,
                "setuid or setgid",
                format!("stage `{}` gives a file more rights than its caller has", stage.label()),
                "drop the leading 4, 2 or 6 of the mode",
            ));
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}

/// Programs that distributions give the bit for a reason that everybody knows, by the packages `login`, `passwd`, `mount`, `util-linux`,
/// `libpam-modules`, `busybox` and `openssh-client`. `no-new-privileges` takes it from all of them.
const KNOWN: [&str; 22] = [
    "bbsuid",
    "chage",
    "chfn",
    "chsh",
    "crontab",
    "expiry",
    "gpasswd",
    "mount",
    "newgidmap",
    "newgrp",
    "newuidmap",
    "passwd",
    "pam_timestamp_check",
    "ssh-agent",
    "ssh-keysign",
    "su",
    "sudo",
    "sudoedit",
    "umount",
    "unix_chkpwd",
    "utempter",
    "wall",
];

fn contents(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    let strange = image.files.iter().filter(|file| {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        let system = ["bin/", "sbin/", "usr/bin/", "usr/sbin/", "usr/lib/", "usr/libexec/", "lib/"];
        let known = KNOWN.contains(&name) && system.iter().any(|folder| file.path.starts_with(folder));
        matches!(file.noted, FileTrait::Setuid | FileTrait::Setgid) && file.hidden_by.is_none() && !known
    });
    let findings = strange.map(|file| {
        let (label, whose) = match file.noted {
            FileTrait::Setuid if file.uid == 0 => ("setuid", "as root".to_owned()),
            FileTrait::Setuid => ("setuid", format!("as uid {}", file.uid)),
            _ => ("setgid", "with the rights of its group".to_owned()),
        };
        layers::finding(
            image,
            file.layer,
            label,
            format!(
                "`/{}` runs {whose} whoever starts it, in {}",
                file.path,
                layers::layer(image, file.layer)
            ),
            format!(
                "`chmod a-s /{}` in the step that brings it; `no-new-privileges:true` takes the effect away",
                file.path
            ),
        )
    });
    Verdict::from_findings(findings.collect(), layers::pass(image))
}

fn adds_privilege(command: &ShellCommand) -> Option<&'static str> {
    match command.effective_program()? {
        "chmod" => {
            let mode = command.subcommand()?;
            (octal_adds_setuid(&mode.text) || symbolic_adds_setuid(&mode.text)).then_some("setuid or setgid")
        }
        "install" => {
            let mut words = command.arguments().iter().map(|word| &*word.text);
            let mode = loop {
                let word = words.next()?;
                if matches!(word, "-m" | "--mode") {
                    break words.next()?;
                }
                if let Some(mode) = word.strip_prefix("--mode=").or_else(|| word.strip_prefix("-m")) {
                    break mode;
                }
            };
            octal_adds_setuid(mode).then_some("setuid or setgid")
        }
        "setcap" if !command.has_argument(&["-r"]) => Some("file capabilities"),
        _ => None,
    }
}

/// Whether a `chmod` names directories only: there setgid means that new files take the group, and setuid nothing.
fn only_directories(command: &ShellCommand, made: &[&str]) -> bool {
    if command.effective_program() != Some("chmod") {
        return false;
    }
    let recursive = command.has_argument(&["-R", "--recursive"]);
    let mut paths = command.arguments().iter().filter(|word| !word.text.starts_with('-')).skip(1).peekable();
    paths.peek().is_some()
        && paths.all(|word| {
            let path = word.text.trim_end_matches('/');
            let holds = |own: &&str| {
                own.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            made.iter().any(holds)
                || !recursive && (path.len() < word.text.len() || SYSTEM_DIRECTORIES.contains(&path))
        })
}

/// Directories that every distribution has.
const SYSTEM_DIRECTORIES: [&str; 10] =
    ["/etc", "/home", "/mnt", "/opt", "/run", "/srv", "/tmp", "/usr/local", "/var", "/var/log"];

/// `4755`, `02755`: the digit before the last three holds setuid (4) or setgid (2); the sticky bit (1) is harmless.
fn octal_adds_setuid(mode: &str) -> bool {
    if mode.is_empty() || !mode.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) {
        return false;
    }
    u32::from_str_radix(mode, 8).is_ok_and(|mode| mode & 0o6000 != 0)
}

/// `u+s`, `+s`, `ug=rxs`; not `a-s`.
fn symbolic_adds_setuid(mode: &str) -> bool {
    mode.split(',').any(|clause| {
        clause.split_once(['+', '=']).is_some_and(|(who, rights)| {
            who.bytes().all(|byte| b"ugoa".contains(&byte)) && rights.contains('s')
        })
    })
}

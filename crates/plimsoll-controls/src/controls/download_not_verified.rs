//! Files that are fetched and run or unpacked, whatever they hold.

use plimsoll_posture::{Plane, Posture, Recipe, Run, ShellCommand, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, download};

pub(super) static CONTROL: Control = Control {
    id: "download-not-verified",
    title: "downloaded file is used without checking what it is",
    page: include_str!("download_not_verified.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &["download-piped-to-shell", "download-without-tls", "tls-verification-disabled"],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut verified = false;
    for (_, run) in stage.runs() {
        let used: Vec<&ShellCommand> = fetched_and_used(run);
        let Some((first, rest)) = used.split_first() else { continue };
        if run.commands.iter().any(download::verifies) {
            verified = true;
            continue;
        }
        let mut finding = Finding::place(
            stage.place(first.at),
            Plane::Declared,
            "used as it comes",
            format!("stage `{}` uses a download that nothing verifies", stage.label()),
            "check it in the same step: `echo \"<sha256>  file\" | sha256sum -c -`, or verify its signature",
        );
        for next in rest {
            finding = finding.near(stage.place(next.at), "as well");
        }
        findings.push(finding);
    }
    let nothing = if verified {
        Verdict::absent()
    } else {
        Verdict::NotApplicable("nothing is fetched to be run or unpacked")
    };
    Verdict::from_findings(findings, nothing)
}

/// The downloads of a script that it unpacks, installs or runs.
fn fetched_and_used(run: &Run) -> Vec<&ShellCommand> {
    let files_are_used = run.commands.iter().any(uses_a_file);
    run.commands
        .iter()
        .filter(|command| {
            let Some(found) = download::read(command) else { return false };
            if found.addresses.is_empty() {
                return false;
            }
            let mut piped = run.commands.iter().filter(|next| {
                next.pipeline == command.pipeline
                    && next.position > command.position
                    && next.parent == command.parent
            });
            if command.position + 1 < command.pipeline_length {
                // What is piped into a shell is another control's.
                return piped.any(unpacks);
            }
            let program = found.target.is_some_and(|target| target.contains("/bin/"));
            found.to_file && !command.substituted && (files_are_used || program)
        })
        .collect()
}

fn unpacks(command: &ShellCommand) -> bool {
    match command.effective_program() {
        Some("tar" | "bsdtar" | "gtar") => {
            let first = command.arguments().first().map_or("", |word| &*word.text);
            command.has_short('x')
                || command.has_argument(&["--extract", "--get"])
                || !first.starts_with('-') && first.contains('x')
        }
        Some(
            "unzip" | "gunzip" | "bunzip2" | "unxz" | "zcat" | "cpio" | "7z" | "7za" | "funzip" | "docker",
        ) => true,
        Some("gzip" | "xz" | "bzip2" | "zstd") => {
            command.has_short('d') || command.has_argument(&["--decompress"])
        }
        Some("busybox") => command.has_argument(&["tar", "unzip", "gunzip"]),
        _ => false,
    }
}

fn uses_a_file(command: &ShellCommand) -> bool {
    if unpacks(command) {
        return true;
    }
    let words = command.arguments();
    let first = words.first().map_or("", |word| &*word.text);
    match command.effective_program() {
        Some("dpkg") => command.has_short('i') || command.has_argument(&["--install", "--unpack"]),
        Some("rpm") => {
            command.has_short('i') || command.has_short('U') || command.has_argument(&["--install"])
        }
        Some("chmod") => {
            first.contains("+x")
                || first.contains("+rx")
                || matches!(first, "755" | "0755" | "775" | "777" | "500" | "555" | "700")
        }
        Some("apt-get" | "apt" | "gdebi") => words.iter().any(|word| word.text.ends_with(".deb")),
        Some(
            "sh" | "bash" | "ash" | "dash" | "python" | "python2" | "python3" | "perl" | "php" | "ruby"
            | "node",
        ) => !first.is_empty() && !first.starts_with('-') && !first.starts_with('<'),
        Some("java") => command.has_argument(&["-jar"]),
        Some("make" | "configure" | "install") => true,
        _ => command.words.first().is_some_and(|word| word.text.starts_with("./")),
    }
}

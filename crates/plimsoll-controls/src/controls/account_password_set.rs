//! A password, or none at all, for an account of the image.

use plimsoll_posture::{Plane, Posture, Recipe, Redirect, Run, ShellCommand, ShellWord, Stage};
use plimsoll_text::Span;

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "account-password-set",
    title: "account of the image has a password that everybody can read",
    page: include_str!("account_password_set.md"),
    severity: Severity::High,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CKV2_DOCKER_17", "DKL-LI-0001"],
    covered_by: &["secret-in-run"],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    if !stage.ships {
        return Verdict::NotApplicable("the stage's layers are not part of an image that runs");
    }
    let mut findings = Vec::new();
    for (_, run) in stage.runs() {
        for (at, command) in run.commands.iter().enumerate() {
            let Some((span, label, what)) = sets(run, at, command) else { continue };
            findings.push(Finding::place(
                stage.place(span),
                Plane::Declared,
                label,
                format!("stage `{}` {what}", stage.label()),
                "leave the account locked; nobody has to log in to a container",
            ));
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}

const KNOWN: (&str, &str) = ("in the image's history", "gives an account a password that is written here");
const EMPTY: (&str, &str) = ("no password at all", "lets an account in without a password");

fn sets<'a>(
    run: &'a Run,
    at: usize,
    command: &'a ShellCommand,
) -> Option<(Span, &'static str, &'static str)> {
    let found = |span: Span, (label, what): (&'static str, &'static str)| Some((span, label, what));
    match command.effective_program()? {
        "chpasswd" => {
            let fed = feeder(run, at)?;
            found(fed.at.join(command.at), KNOWN)
        }
        "passwd" => {
            if command.has_argument(&["-d", "--delete"]) {
                return found(command.at, EMPTY);
            }
            let fed = feeder(run, at)?;
            found(fed.at.join(command.at), KNOWN)
        }
        "useradd" | "usermod" => {
            let words = command.arguments();
            let option = words.iter().position(|word| matches!(&*word.text, "-p" | "--password"));
            let value = match option {
                Some(option) => words.get(option + 1)?,
                None => words.iter().find(|word| word.text.starts_with("--password="))?,
            };
            let text = value.text.trim_start_matches("--password=");
            match text {
                "" => found(value.at, EMPTY),
                // Locked: no password matches.
                "*" | "!" | "!!" | "x" => None,
                _ if is_literal(value) || holds_literal(run, command, value) => found(value.at, KNOWN),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The command before it in the pipeline, when all that it prints is written here.
fn feeder(run: &Run, at: usize) -> Option<&ShellCommand> {
    let command = run.commands.get(at)?;
    if let Some(redirect) = command.redirects.iter().find(|redirect| redirect.operator.starts_with("<<")) {
        return gives_a_literal(run, redirect).then_some(command);
    }
    let before = run.commands.iter().find(|before| {
        before.pipeline == command.pipeline
            && before.position + 1 == command.position
            && before.parent == command.parent
    })?;
    let prints = matches!(before.effective_program(), Some("echo" | "printf"));
    let words = before.arguments();
    // `root:$PASSWORD` keeps the password out of the file; `$USER:secret` does not.
    let literal = words.iter().any(|word| {
        word.text.rsplit_once(':').map_or(word.literal && !word.text.starts_with('-'), |(_, secret)| {
            !secret.contains(['$', '`']) && !secret.is_empty()
        })
    });
    (prints && literal).then_some(before)
}

/// Whether a line of the document that is handed over holds a password as it is: `root:secret`, not `root:$SECRET`.
fn gives_a_literal(run: &Run, redirect: &Redirect) -> bool {
    let delimiter = &*redirect.target.text;
    if &*redirect.operator == "<<<" {
        return is_literal(&redirect.target);
    }
    let as_it_is = redirect.target.quoted;
    let opens = |line: &&str| !(line.contains("<<") && line.contains(delimiter));
    let lines = run.script.expose().lines().map(str::trim);
    let mut inside = lines.skip_while(opens).skip(1).take_while(|line| *line != delimiter);
    inside.any(|line| {
        line.split_once(':')
            .is_some_and(|(_, secret)| !secret.is_empty() && (as_it_is || !secret.contains(['$', '`'])))
    })
}

fn is_literal(word: &ShellWord) -> bool {
    word.literal || !word.text.contains('$') && !word.text.contains('`')
}

/// `-p "$(openssl passwd -1 secret)"`, `-p $(perl -e 'print crypt("secret", "salt")')`.
fn holds_literal(run: &Run, command: &ShellCommand, value: &ShellWord) -> bool {
    run.commands.iter().any(|inner| {
        inner.parent.and_then(|parent| run.commands.get(parent)).is_some_and(|parent| parent.at == command.at)
            && value.at.start <= inner.at.start
            && inner.at.end <= value.at.end
            && matches!(
                inner.effective_program(),
                Some("openssl" | "perl" | "mkpasswd" | "python" | "python3" | "echo")
            )
            && inner.arguments().iter().all(|word| word.literal)
            && !inner.arguments().is_empty()
    })
}

//! A build or a service that believes any certificate.

use plimsoll_posture::{BuildArg, Change, Plane, Posture, Recipe, ShellCommand, Stage, Step, StepKind};
use plimsoll_text::Span;

use crate::build_secret::names_variable;
use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "tls-verification-disabled",
    title: "TLS certificates are not verified",
    page: include_str!("tls_verification_disabled.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "CKV2_DOCKER_2",
        "CKV2_DOCKER_3",
        "CKV2_DOCKER_4",
        "CKV2_DOCKER_5",
        "CKV2_DOCKER_6",
        "CKV2_DOCKER_12",
        "CKV2_DOCKER_13",
        "CKV2_DOCKER_14",
        "CKV2_DOCKER_15",
        "CKV2_DOCKER_16",
        "DD055",
        "DD056",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

/// Variables that switch verification off for every later step and, where the stage ships, for the service.
const VARIABLES: &[(&str, &[&str])] = &[
    ("NODE_TLS_REJECT_UNAUTHORIZED", &["0"]),
    ("PYTHONHTTPSVERIFY", &["0"]),
    ("GIT_SSL_NO_VERIFY", &["1", "true", "yes", "on"]),
    ("NPM_CONFIG_STRICT_SSL", &["false"]),
    ("npm_config_strict_ssl", &["false"]),
];

/// Variables that name hosts whose certificate is not looked at: any value does it.
const HOST_LISTS: &[&str] = &["PIP_TRUSTED_HOST", "UV_INSECURE_HOST", "GOINSECURE"];

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for step in &stage.steps {
        match &step.kind {
            StepKind::Env(pairs) => {
                for (name, value) in pairs {
                    if switches_off(&name.value, value.value.expose()) {
                        let finding = finding(stage, value.at, &name.value, "remove the variable");
                        findings.push(remedied(
                            finding,
                            otherwise(stage, step, &name.value, value.at, pairs.len()),
                        ));
                    }
                }
            }
            // An ARG with a default is in the environment of every RUN.
            StepKind::Arg(args) => {
                for arg in args {
                    if arg.default.as_ref().is_some_and(|value| switches_off(&arg.name, value.expose())) {
                        let finding = finding(stage, arg.at, &arg.name, "remove the variable");
                        findings.push(remedied(finding, without_argument(stage, step, arg, args.len())));
                    }
                }
            }
            StepKind::Run(run) => {
                for command in &run.commands {
                    if let Some((at, what)) = in_command(command) {
                        let finding = finding(
                            stage,
                            at,
                            &what,
                            "remove it; give the build the certificate of your own authority if that is what is missing",
                        );
                        findings.push(remedied(finding, without(stage, command, at)));
                    }
                }
            }
            _ => {}
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}

fn finding(stage: &Stage, at: Span, what: &str, fix: &str) -> Finding {
    Finding::place(
        stage.place(at),
        Plane::Declared,
        "any certificate is believed",
        format!("stage `{}` does not verify TLS certificates: `{what}`", stage.label()),
        fix,
    )
}

fn switches_off(name: &str, value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    VARIABLES.iter().any(|(variable, off)| *variable == name && off.contains(&value.as_str()))
        || HOST_LISTS.contains(&name) && !value.is_empty()
}

/// What in a command switches verification off, with its place.
fn in_command(command: &ShellCommand) -> Option<(Span, String)> {
    for (name, value) in &command.assignments {
        if switches_off(name, &value.text) {
            return Some((value.at, name.to_string()));
        }
    }
    let words = command.arguments();
    let exactly = |options: &[&str]| {
        words.iter().find(|word| options.contains(&&*word.text)).map(|word| (word.at, word.text.to_string()))
    };
    match command.effective_program()? {
        "curl" => exactly(&["--insecure"]).or_else(|| {
            let cluster = words.iter().find(|word| is_cluster_with(&word.text, 'k'))?;
            Some((cluster.at, "curl -k".to_owned()))
        }),
        "wget" => exactly(&["--no-check-certificate"]),
        "uv" => words
            .iter()
            .find(|word| {
                word.text.starts_with("--allow-insecure-host") || word.text.starts_with("--trusted-host")
            })
            .map(|word| (word.at, "--allow-insecure-host".to_owned())),
        "export" => words.iter().find_map(|word| {
            let (name, value) = word.text.split_once('=')?;
            switches_off(name, value).then(|| (word.at, name.to_owned()))
        }),
        program if is_pip(command, program) => words
            .iter()
            .find(|word| {
                word.text.starts_with("--trusted-host") || word.text.ends_with("global.trusted-host")
            })
            .map(|word| (word.at, "--trusted-host".to_owned())),
        "npm" | "yarn" | "pnpm" => exactly(&["--strict-ssl=false", "--no-strict-ssl"]).or_else(|| {
            // `npm install strict-ssl false` installs two packages of these names.
            let set = words.iter().skip_while(|word| &*word.text != "set");
            let mut set = set.skip(1).filter(|word| !word.text.starts_with('-')).peekable();
            while let Some(word) = set.next() {
                if &*word.text == "strict-ssl=false" {
                    return Some((word.at, "strict-ssl=false".to_owned()));
                }
                if &*word.text == "strict-ssl"
                    && let Some(value) = set.next_if(|value| &*value.text == "false")
                {
                    return Some((word.at.join(value.at), "strict-ssl false".to_owned()));
                }
            }
            None
        }),
        "git" => words.iter().find_map(|word| {
            let text = word.text.to_ascii_lowercase();
            let off = text == "http.sslverify=false"
                || text == "http.sslverify" && words.iter().any(|value| &*value.text == "false");
            off.then(|| (word.at, "http.sslVerify".to_owned()))
        }),
        "yum" | "dnf" | "dnf5" | "microdnf" | "tdnf" | "yum-config-manager" => words
            .iter()
            .find(|word| {
                let text = word.text.to_ascii_lowercase();
                let setting = text.strip_prefix("--setopt=").unwrap_or(&text);
                // `epel.sslverify=0` sets it for one repository.
                matches!(setting.rsplit('.').next(), Some("sslverify=false" | "sslverify=0" | "sslverify=no"))
            })
            .map(|word| (word.at, word.text.to_string())),
        _ => None,
    }
}

/// pip in any of its names, or a Python that runs it.
fn is_pip(command: &ShellCommand, program: &str) -> bool {
    program.starts_with("pip") || program.starts_with("python") && command.has_argument(&["pip"])
}

/// `-fsSLk`, but not `--kerberos`, and not the value in `-o/tmp/k`: the letters before an option with a value.
fn is_cluster_with(text: &str, letter: char) -> bool {
    let Some(letters) = text.strip_prefix('-').filter(|letters| !letters.starts_with('-')) else {
        return false;
    };
    letters.chars().take_while(|c| !"oHdXuAeFbcTxmyYrwKCEDPQtz".contains(*c)).any(|c| c == letter)
}

fn remedied(finding: Finding, changes: Option<Vec<Change>>) -> Finding {
    match changes {
        Some(changes) => finding.remedied(Remedy::risky(
            changes,
            "a server whose certificate nobody signed, or has expired, is not talked to any more",
        )),
        None => finding,
    }
}

/// The value that verifies, or no variable at all where its presence alone counts.
fn otherwise(stage: &Stage, step: &Step, name: &str, value: Span, pairs: usize) -> Option<Vec<Change>> {
    if step.on_build {
        return None;
    }
    match name {
        "NODE_TLS_REJECT_UNAUTHORIZED" | "PYTHONHTTPSVERIFY" => {
            Some(vec![recipe_change::reword(stage, value, "1")])
        }
        "NPM_CONFIG_STRICT_SSL" | "npm_config_strict_ssl" => {
            Some(vec![recipe_change::reword(stage, value, "true")])
        }
        _ => (pairs == 1).then(|| vec![Change::Withdraw { at: stage.place(step.at) }]),
    }
}

/// The argument gone, where no other step names it.
fn without_argument(stage: &Stage, step: &Step, arg: &BuildArg, args: usize) -> Option<Vec<Change>> {
    let named = stage.steps.iter().filter(|other| other.at != step.at).any(|other| match &other.kind {
        StepKind::Run(run) => names_variable(run.script.expose(), &arg.name),
        StepKind::Copy(_) => false,
        _ => names_variable(other.written.value.expose(), &arg.name),
    });
    (!named && !step.on_build).then(|| {
        vec![match args {
            1 => Change::Withdraw { at: stage.place(step.at) },
            _ => recipe_change::drop_words(stage, arg.at),
        }]
    })
}

/// A command without what switches verification off.
fn without(stage: &Stage, command: &ShellCommand, at: Span) -> Option<Vec<Change>> {
    if let Some((name, value)) = command.assignments.iter().find(|(_, value)| value.at == at) {
        let start = (at.start as usize).checked_sub(name.len() + 1)?;
        let whole = Span::new(at.source, start, at.end as usize);
        // A variable that is all there is of a command lasts for the whole script.
        let written = value.literal && matches!(at.len() - value.text.len().min(at.len()), 0 | 2);
        return (!command.words.is_empty() && written).then(|| vec![recipe_change::drop_words(stage, whole)]);
    }
    let words = command.arguments();
    let position = words.iter().position(|word| word.at.start == at.start)?;
    if command.effective_program() == Some("yum-config-manager") {
        // A setting that is saved is written the other way: what an earlier step saved does not last either.
        let word = words.get(position).filter(|word| word.literal)?;
        let setting = word.text.rsplit_once('=')?.0;
        let plain = setting.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte));
        let text = if plain { format!("{setting}=1") } else { format!("'{setting}=1'") };
        return (!setting.contains('\'')).then(|| vec![recipe_change::reword(stage, word.at, text)]);
    }
    let word = words.get(position).filter(|word| recipe_change::is_bare(word))?;
    let next = words.get(position + 1);
    let program = command.effective_program()?;
    let text = &*word.text;
    let drop = |at| Some(vec![recipe_change::drop_words(stage, at)]);
    let say = |at, text: &str| Some(vec![recipe_change::reword(stage, at, text)]);
    match program {
        "curl" if matches!(text, "-k" | "--insecure") => drop(at),
        "curl" => say(at, &text.replacen('k', "", 1)),
        "wget" => drop(at),
        "npm" | "yarn" | "pnpm" if text.starts_with("--") => drop(at),
        "npm" | "yarn" | "pnpm" | "git" => {
            let value = next.filter(|value| &*value.text == "false" && recipe_change::is_bare(value));
            match (value, text.to_ascii_lowercase().ends_with("=false")) {
                (_, true) => say(at, &format!("{}true", text.get(..text.len() - "false".len())?)),
                (Some(value), false) => say(value.at, "true"),
                (None, false) => None,
            }
        }
        // `--trusted-host HOST`, `--trusted-host=HOST`
        _ if text.starts_with("--trusted-host") || text.starts_with("--allow-insecure-host") => {
            // All of them: one that stays lets any certificate pass for its host.
            let mut changes = Vec::new();
            let mut rest = words.iter();
            while let Some(option) = rest.next() {
                if !option.text.starts_with("--trusted-host")
                    && !option.text.starts_with("--allow-insecure-host")
                {
                    continue;
                }
                let host = (!option.text.contains('=')).then(|| rest.next());
                for word in [Some(option), host.flatten()].into_iter().flatten() {
                    if !recipe_change::is_bare(word) {
                        return None;
                    }
                    changes.push(recipe_change::drop_words(stage, word.at));
                }
            }
            Some(changes)
        }
        "yum" | "dnf" | "dnf5" | "microdnf" | "tdnf" if text.starts_with("--setopt=") => drop(at),
        _ => None,
    }
}

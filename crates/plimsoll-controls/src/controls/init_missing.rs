//! A language runtime is PID 1 and reaps nobody.

use plimsoll_posture::{
    Claim, CommandForm, CommandLine, Known, Layer, NamespaceMode, Posture, Role, Service, Setting,
    program_name,
};

use crate::image_base::{is_known, not_inspected};
use crate::remedy::give;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "init-missing",
    title: "language runtime is the first process without an init",
    page: include_str!("init_missing.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &["package-manager-as-pid1", "entrypoint-bypassed"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let Some(init) = service.init.effective() else { return Verdict::absent() };
    match &init.value {
        Known::Value(true) => return Verdict::pass(init),
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
        Known::Value(false) => {}
    }
    if !matches!(service.pid_mode.value(), None | Some(NamespaceMode::Private)) {
        return Verdict::NotApplicable("its first process is not PID 1: it joins another process namespace");
    }
    match first_process(service, is_known(service, posture)) {
        First::Unknown(reason) => Verdict::Unknown(reason),
        First::NotSaid => match service.knowledge.role {
            Some(Role::Runtime | Role::Distribution) | None => {
                Verdict::Unknown(not_inspected(service, posture))
            }
            Some(_) => Verdict::NotApplicable(OTHER),
        },
        First::Init(None) => Verdict::absent(),
        First::Init(Some(claim)) => Verdict::pass(claim),
        First::Other => Verdict::NotApplicable(OTHER),
        First::Runtime(program, claim) => Verdict::fail(
            Finding::at(
                claim,
                format!("`{program}` becomes PID 1"),
                format!("service `{}` runs `{program}` as PID 1 without an init", service.name()),
                "add `init: true`",
            )
            .remedied_by(service.runtime.then(|| remedy(service, init.is_assumed()))),
        ),
    }
}

fn remedy(service: &Service, nobody_said: bool) -> Remedy {
    let changes = vec![give(service, Setting::Init)];
    if nobody_said {
        Remedy::safe(
            changes,
            "the engine's init starts the program, passes signals on and ends with its exit code",
        )
    } else {
        Remedy::risky(changes, "somebody has switched it off")
    }
}

const OTHER: &str = "its first process is not known to be a language runtime";

/// What becomes PID 1.
enum First<'a> {
    /// An init; without a claim where it is the image's own.
    Init(Option<&'a Claim<CommandLine>>),
    /// A language runtime.
    Runtime(&'static str, &'a Claim<CommandLine>),
    /// Something else, which is believed to know what it does.
    Other,
    /// Nobody said.
    NotSaid,
    Unknown(plimsoll_posture::Reason),
}

/// Programs that reap processes and forward signals.
const INITS: &[&str] = &[
    "tini",
    "dumb-init",
    "catatonit",
    "docker-init",
    "s6-svscan",
    "s6-overlay-init",
    "init",
    "systemd",
    "pm2-runtime",
    "my_init",
    "runsvdir",
    "supervisord",
    "pid1",
];

/// Programs that replace themselves with the words that follow.
const STEPS: &[&str] = &["docker-entrypoint.sh", "env", "exec", "gosu", "su-exec", "setpriv", "nice"];

/// Language runtimes and tools that run on one, with the name to be told.
const RUNTIMES: &[(&str, &str)] = &[
    ("node", "node"),
    ("nodejs", "node"),
    ("npm", "npm"),
    ("npx", "npx"),
    ("yarn", "yarn"),
    ("pnpm", "pnpm"),
    ("tsx", "tsx"),
    ("ts-node", "ts-node"),
    ("nodemon", "nodemon"),
    ("bun", "bun"),
    ("deno", "deno"),
    ("python", "python"),
    ("python2", "python"),
    ("python3", "python"),
    ("java", "java"),
    ("ruby", "ruby"),
    ("dotnet", "dotnet"),
];

fn first_process(service: &Service, known: bool) -> First<'_> {
    let entrypoint = service.entrypoint.effective();
    // The image's own init counts as long as nobody has replaced the entrypoint.
    if service.knowledge.has_init && entrypoint.is_none_or(|claim| claim.layer == Layer::Base) {
        return First::Init(None);
    }
    let mut said = false;
    for claim in [entrypoint, service.command.effective()].into_iter().flatten() {
        let line = match &claim.value {
            Known::Unknown(reason) => return First::Unknown(reason.clone()),
            Known::Value(line) => line,
        };
        // Who wrote the image decides what its entrypoint does with the command.
        if !said && entrypoint.is_none() && !known && service.knowledge.role.is_none() {
            return First::NotSaid;
        }
        said |= !line.words.is_empty();
        if let Some(first) = classify(line, claim) {
            return first;
        }
        if line.form == CommandForm::Shell && Some(claim) == entrypoint {
            // The shell form of an entrypoint ignores the command.
            return First::Other;
        }
    }
    if said { First::Other } else { First::NotSaid }
}

/// `None` when the line only hands over to the words that follow it.
fn classify<'a>(line: &CommandLine, claim: &'a Claim<CommandLine>) -> Option<First<'a>> {
    let mut words: Vec<&str> = line.arguments().collect();
    if let [shell, option, script] = words[..]
        && matches!(program_name(shell), "sh" | "bash" | "ash" | "dash")
        && option.starts_with('-')
        && option.ends_with('c')
    {
        words = script.split_whitespace().collect();
        // Between several commands the shell stays; alone or at the end of a list it is not known to.
        if script.contains(['&', ';', '|', '\n']) {
            return Some(First::Other);
        }
    } else if line.form == CommandForm::Shell && words.iter().any(|word| word.contains(['&', ';', '|'])) {
        return Some(First::Other);
    }
    for word in words {
        let name = program_name(word);
        if INITS.contains(&name) {
            return Some(First::Init(Some(claim)));
        }
        if let Some((_, told)) = RUNTIMES.iter().find(|(own, _)| name == *own || is_version_of(name, own)) {
            return Some(First::Runtime(told, claim));
        }
        let passes_on = STEPS.contains(&name) || word.starts_with('-') || word.contains('=');
        if !passes_on {
            return Some(First::Other);
        }
    }
    None
}

/// `python3.12` for `python3`.
fn is_version_of(name: &str, runtime: &str) -> bool {
    runtime == "python3"
        && name.strip_prefix("python3.").is_some_and(|minor| minor.bytes().all(|b| b.is_ascii_digit()))
}

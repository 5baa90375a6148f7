//! A Node image that is built and run in one stage, as three: what both need, what builds, and what runs.
//!
//! The steps stay where they are. `FROM base AS build` comes before the first step that builds, and behind the last one the stage
//! that runs, which takes the working directory and nothing else of the build. That is offered only where all that a
//! step leaves outside of that directory is known to be of no use when the program runs.
//! Deliberately absent: which files of the working directory the program reads; all of them are taken.

use plimsoll_posture::{
    App, Change, Copy, CopyFrom, CopySourceKind, Posture, Recipe, Run, Service, ShellCommand, Stage,
    StageBase, Step, StepKind, program_name,
};

use plimsoll_text::Span;

use crate::image_base::built_from;
use crate::node_package_manager::{self, Action, Install, Manager};
use crate::{Remedy, application, development_install, recipe_change, system_packages};

/// The three stages of it, or why not.
pub(crate) fn remedy(recipe: &Recipe, stage: &Stage, posture: &Posture) -> Result<Remedy, String> {
    let app = application::of_recipe(recipe, posture).filter(|app| app.read.value().is_some());
    let app = app.ok_or("no package.json was found that says what the program needs")?;
    if recipe.stages.len() != 1 || stage.name.is_some() {
        return Err("others may build by the name or the number of its stages".to_owned());
    }
    if !matches!(stage.base, StageBase::Image(_)) || !runs_node(stage) {
        return Err("the image is not known to be one of Node".to_owned());
    }
    let root = directory(stage)?;
    let mut services = services(recipe, posture).peekable();
    if services.peek().is_none() {
        return Err("it is not known what is started".to_owned());
    }
    for service in services {
        if service.build.as_ref().is_some_and(|build| build.target.is_some()) {
            return Err("a service names the stage that it builds".to_owned());
        }
        needs_no_development(service, app, posture)?;
    }
    if let Some(name) = app.dependencies.iter().find(|name| KEEPS_ELSEWHERE.contains(&&***name)) {
        return Err(format!("`{name}` keeps what it needs outside of the working directory"));
    }
    let steps: Vec<Kind> = stage.steps.iter().map(|step| kind(step, &root)).collect::<Result<_, _>>()?;
    let builds = |kind: &Kind| matches!(kind, Kind::Builds);
    let last = steps.iter().rposition(builds).ok_or("no step builds anything")?;
    let first = steps.iter().position(|kind| matches!(kind, Kind::Builds | Kind::Tools | Kind::Argument));
    let first = first.unwrap_or(last).min(last);
    let carried = carried(stage, &steps, first, last)?;
    let end = stage.steps.get(last).map_or(stage.subject.anchor, |step| step.at);
    let before = first.checked_sub(1).and_then(|before| stage.steps.get(before));
    let begin = before.map_or(stage.subject.anchor, |step| step.at);
    let mut text = String::new();
    if let Some((_, install)) = development_install::left_behind(recipe, stage, &mut false) {
        text = format!("RUN {}\n", prune(&install, app, stage)?);
    }
    text.push_str("\nFROM base\n");
    for line in carried.before {
        text.push_str(&format!("{line}\n"));
    }
    let owners = owners(stage, first, last, &root)?;
    let owner = owners.all.map(|owner| format!("--chown={owner} ")).unwrap_or_default();
    text.push_str(&format!("COPY --from=build {owner}{root} {root}"));
    for (folder, owner) in owners.folders {
        text.push_str(&format!("\nCOPY --from=build --chown={owner} {folder} {folder}"));
    }
    for line in carried.behind {
        text.push_str(&format!("\n{line}"));
    }
    let behind =
        |beside: Span, text: String| Change::Step { beside: stage.place(beside), before: false, text };
    let changes = vec![
        recipe_change::add_behind(stage, stage.base_at, " AS base"),
        behind(begin, "\nFROM base AS build".to_owned()),
        behind(end, text),
    ];
    Ok(Remedy::risky(
        changes,
        format!(
            "the image that runs holds only `{root}` of what was built, without development dependencies: look whether it starts and finds all that it needs"
        ),
    ))
}

/// Packages that put a browser or the like into the home directory when they are installed.
const KEEPS_ELSEWHERE: &[&str] = &[
    "cypress",
    "electron",
    "playwright",
    "playwright-chromium",
    "playwright-core",
    "puppeteer",
    "@playwright/test",
];

/// What a step is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Puts something into the working directory.
    Builds,
    /// Installs what only building needs.
    Tools,
    /// A build argument.
    Argument,
    /// Prepares the image: packages, accounts, files elsewhere.
    Prepares,
    /// Says something about the image that is written as it was read: `ENV`, `EXPOSE`.
    Says,
    /// Says how the program is started and asked.
    Starts,
    Directory,
    User,
}

fn runs_node(stage: &Stage) -> bool {
    stage.image.knowledge.lines.iter().any(|line| &*line.product == "Node.js")
}

/// The one directory in which the program is built and started.
fn directory(stage: &Stage) -> Result<String, String> {
    let last = stage.steps.iter().rev().find_map(|step| match &step.kind {
        StepKind::Workdir(path) => Some(path),
        _ => None,
    });
    let path = last.ok_or("there is no WORKDIR")?.value().ok_or("the WORKDIR is not known")?;
    let path = stage.image.config.workdir.value().unwrap_or(path).trim_end_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let own = path.len() > 1 && path.starts_with('/') && path.bytes().all(plain);
    const SYSTEM: &[&str] =
        &["/root", "/usr", "/etc", "/var", "/opt", "/home", "/tmp", "/usr/local", "/usr/src"];
    (own && !SYSTEM.contains(&path))
        .then(|| path.to_owned())
        .ok_or_else(|| "the WORKDIR holds more than the program".to_owned())
}

fn services<'a>(recipe: &'a Recipe, posture: &'a Posture) -> impl Iterator<Item = &'a Service> {
    posture
        .services
        .iter()
        .filter(move |service| built_from(service, posture).is_some_and(|(own, _)| std::ptr::eq(own, recipe)))
}

/// Whether what the service starts is there without development dependencies.
fn needs_no_development(service: &Service, app: &App, posture: &Posture) -> Result<(), String> {
    let started = application::started(service, posture);
    if started.is_empty() {
        return Err("it is not known what is started".to_owned());
    }
    for command in &started {
        let Some((first, _)) = application::program(&command.words).split_first() else { continue };
        let program = program_name(first);
        let script = application::script_of(&command.words);
        let known = match script {
            // Its own commands are looked at as well.
            Some(name) => app.scripts.iter().any(|(own, ..)| **own == *name),
            None => {
                matches!(
                    program,
                    "node" | "nodejs" | "docker-entrypoint.sh" | "echo" | "mkdir" | "sleep" | "true"
                ) || app.dependencies.iter().any(|name| **name == *program)
                    || matches!(program, "prisma") && app.dependencies.iter().any(|name| &**name == "prisma")
            }
        };
        let known = known && (script.is_none() || matches!(program, "npm" | "yarn"));
        if !known {
            return Err(format!(
                "`{program}`, which is started, may come from a development dependency or from a step of the build"
            ));
        }
    }
    Ok(())
}

fn kind(step: &Step, root: &str) -> Result<Kind, String> {
    if step.on_build {
        return Err("there are ONBUILD steps".to_owned());
    }
    let inside = |path: &str| is_inside(path, step.workdir.as_deref(), root);
    Ok(match &step.kind {
        StepKind::Run(run) => return run_kind(step, run, root),
        StepKind::Copy(copy) => {
            if inside(&copy.destination.value) && is_below(step.workdir.as_deref(), root) {
                taken(copy)?;
                Kind::Builds
            } else if copy.destination.value.starts_with('/')
                && !inside(&copy.destination.value)
                && !root.starts_with(copy.destination.value.trim_end_matches('/'))
            {
                Kind::Prepares
            } else {
                return Err("a copy goes to where more than the program lies".to_owned());
            }
        }
        StepKind::Env(_)
        | StepKind::Label(_)
        | StepKind::Expose(_)
        | StepKind::Volume(_)
        | StepKind::StopSignal(_) => Kind::Says,
        StepKind::Maintainer => Kind::Says,
        StepKind::Arg(_) => Kind::Argument,
        StepKind::User(_) => Kind::User,
        StepKind::Workdir(_) => Kind::Directory,
        StepKind::Entrypoint(_) | StepKind::Cmd(_) | StepKind::Healthcheck(_) => Kind::Starts,
        StepKind::Shell(_) => return Err("a SHELL is set".to_owned()),
        StepKind::Unknown => return Err("a step is not understood".to_owned()),
    })
}

fn taken(copy: &Copy) -> Result<(), String> {
    let known = matches!(copy.from, CopyFrom::Context | CopyFrom::Image(_));
    let plain = copy
        .sources
        .iter()
        .all(|source| matches!(source.kind, CopySourceKind::Path | CopySourceKind::Heredoc));
    (known && plain).then_some(()).ok_or_else(|| "a copy takes from elsewhere".to_owned())
}

/// Whether a path lies in the working directory of the program, or is it.
fn is_inside(path: &str, workdir: Option<&str>, root: &str) -> bool {
    if path.contains('$') || path.split('/').any(|part| part == "..") {
        return false;
    }
    if path.starts_with('/') {
        return is_below(Some(path), root);
    }
    is_below(workdir, root)
}

fn is_below(path: Option<&str>, root: &str) -> bool {
    path.is_some_and(|path| {
        let path = path.trim_end_matches('/');
        path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Packages that serve to build native modules, and nothing that runs.
const TOOLS: &[&str] = &[
    "make",
    "g++",
    "gcc",
    "build-essential",
    "build-base",
    "node-gyp",
    "libc-dev",
    "musl-dev",
    "libc6-dev",
    "linux-headers",
    "gcc-c++",
    "autoconf",
    "automake",
    "libtool",
    "nasm",
];
/// The same where they stand beside a compiler.
const WITH_TOOLS: &[&str] = &[
    "python",
    "python2",
    "python3",
    "python-is-python3",
    "py3-setuptools",
    "python3-setuptools",
    "pkg-config",
    "pkgconf",
];

/// Global packages that only build.
const BUILDERS: &[&str] = &[
    "npm",
    "pnpm",
    "yarn",
    "typescript",
    "@nestjs/cli",
    "@angular/cli",
    "node-gyp",
    "turbo",
    "nx",
    "rimraf",
    "webpack",
    "webpack-cli",
    "vite",
    "esbuild",
    "gulp-cli",
    "grunt-cli",
];

fn run_kind(step: &Step, run: &Run, root: &str) -> Result<Kind, String> {
    if !run.understood || run.own_interpreter || run.commands.is_empty() {
        return Err("a step runs what is not understood".to_owned());
    }
    let mut found: Option<Kind> = None;
    let installs: Vec<&str> = run
        .commands
        .iter()
        .filter_map(system_packages::read)
        .filter(|command| command.action == system_packages::Action::Install)
        .flat_map(|command| command.packages.into_iter().map(|word| system_packages::bare_name(&word.text)))
        .collect();
    let compiles = installs.iter().any(|name| TOOLS.contains(name));
    for command in &run.commands {
        let of_command = match system_packages::read(command) {
            Some(_) if installs.is_empty() || !compiles => Kind::Prepares,
            Some(_) => {
                let other = installs.iter().find(|name| !TOOLS.contains(name) && !WITH_TOOLS.contains(name));
                if let Some(other) = other {
                    return Err(format!(
                        "one step installs build tools and `{other}`, which the program may need"
                    ));
                }
                Kind::Tools
            }
            None => match command_kind(command, step, root)? {
                Some(kind) => kind,
                None => continue,
            },
        };
        found = match (found, of_command) {
            (None, kind) => Some(kind),
            (Some(old), kind) if old == kind => Some(kind),
            (Some(Kind::Builds), Kind::Tools) | (Some(Kind::Tools), Kind::Builds) => Some(Kind::Builds),
            _ => return Err("one step prepares the image and builds the program".to_owned()),
        };
    }
    // What only cleans up behind itself goes with what comes next.
    Ok(found.unwrap_or(if is_below(step.workdir.as_deref(), root) { Kind::Builds } else { Kind::Prepares }))
}

/// `None`: it goes along with any other.
fn command_kind(command: &ShellCommand, step: &Step, root: &str) -> Result<Option<Kind>, String> {
    let Some(program) = command.effective_program() else { return Ok(None) };
    let workdir = step.workdir.as_deref();
    let outside = || {
        let words =
            command.arguments().iter().chain(command.redirects.iter().map(|redirect| &redirect.target));
        words
            .map(|word| &*word.text)
            .filter(|word| word.starts_with(['/', '~', '$']) || word.contains("../"))
            .find(|word| {
                let harmless = [
                    "/dev/",
                    "/tmp",
                    "/root/.npm",
                    "/root/.cache",
                    "/usr/local/share/.cache",
                    "/var/lib/apt/lists",
                    "/var/cache",
                ];
                !is_inside(word, workdir, root) && !harmless.iter().any(|start| word.starts_with(start))
            })
    };
    let elsewhere = |word: &str| format!("`{program}` reaches `{word}`, outside of the working directory");
    if let Some(install) = node_package_manager::read(command) {
        if !install.global {
            let below = is_below(workdir, root);
            return below
                .then_some(Some(Kind::Builds))
                .ok_or_else(|| format!("`{program}` runs outside of the working directory"));
        }
        let words = node_package_manager::operands(command);
        let named =
            words.iter().skip(if words.first().is_some_and(|word| &*word.text == "global") { 2 } else { 1 });
        for word in named {
            let name = word
                .text
                .rsplit_once('@')
                .filter(|(name, _)| !name.is_empty())
                .map_or(&*word.text, |(name, _)| name);
            if !BUILDERS.contains(&name) {
                return Err(format!("`{name}` is installed for the whole image"));
            }
        }
        return Ok(Some(Kind::Tools));
    }
    match program {
        "cd" | "set" | "true" | ":" | "echo" | "printf" | "test" | "[" | "ls" | "export" => match outside() {
            Some(word) => Err(elsewhere(word)),
            None => Ok(None),
        },
        "npm" | "yarn" | "pnpm" | "npx" | "pnpx" | "node" | "tsc" | "nest" | "vite" | "webpack"
        | "prisma" | "tsup" | "rimraf" => match outside() {
            Some(word) => Err(elsewhere(word)),
            None if command.has_argument(&["config", "set"]) && !is_below(workdir, root) => {
                Ok(Some(Kind::Tools))
            }
            None if command.has_argument(&["cache", "config", "set", "--version", "-v"]) => Ok(None),
            None if !is_below(workdir, root) => {
                Err(format!("`{program}` runs outside of the working directory"))
            }
            None => Ok(Some(Kind::Builds)),
        },
        "corepack" => Ok(Some(Kind::Tools)),
        "rm" | "rmdir" => Ok(None),
        "cp" | "mv" | "sed" | "ln" | "touch" | "find" | "cat" => match outside() {
            Some(word) => Err(elsewhere(word)),
            None => Ok(Some(Kind::Builds)),
        },
        "chown" | "chgrp" | "chmod" | "mkdir" => match outside() {
            Some(_) => Ok(Some(Kind::Prepares)),
            None => Ok(None),
        },
        "addgroup" | "adduser" | "groupadd" | "useradd" | "usermod" | "groupmod" => Ok(Some(Kind::Prepares)),
        other => Err(format!("it is not known what `{other}` leaves where")),
    }
}

/// What steps of the build say that the image that runs needs too.
struct Carried {
    before: Vec<String>,
    behind: Vec<String>,
}

fn carried(stage: &Stage, kinds: &[Kind], first: usize, last: usize) -> Result<Carried, String> {
    let mut carried = Carried { before: Vec::new(), behind: Vec::new() };
    let argued = kinds.iter().take(last).any(|kind| *kind == Kind::Argument);
    for (index, (step, kind)) in stage.steps.iter().zip(kinds).enumerate() {
        let between = first <= index && index <= last;
        let line = || {
            let text = step.written.value.expose();
            let keyword = keyword(&step.kind)?;
            (!text.contains(['\n', '\\'])).then(|| format!("{keyword} {text}"))
        };
        if (between || index > last)
            && argued
            && !matches!(kind, Kind::Builds | Kind::Tools | Kind::Argument)
            && step.written.value.expose().contains('$')
        {
            return Err("a build argument is used by what runs".to_owned());
        }
        if !between {
            continue;
        }
        let list = match kind {
            Kind::Builds | Kind::Tools | Kind::Argument => continue,
            Kind::Prepares => return Err("a step between those that build prepares the image".to_owned()),
            Kind::Starts => return Err("it is said before the end of the build what is started".to_owned()),
            Kind::User => &mut carried.behind,
            Kind::Says | Kind::Directory => &mut carried.before,
        };
        list.push(line().ok_or("a step between those that build cannot be said twice")?);
    }
    Ok(carried)
}

fn keyword(kind: &StepKind) -> Option<&'static str> {
    Some(match kind {
        StepKind::Env(_) => "ENV",
        StepKind::Label(_) => "LABEL",
        StepKind::Expose(_) => "EXPOSE",
        StepKind::Volume(_) => "VOLUME",
        StepKind::StopSignal(_) => "STOPSIGNAL",
        StepKind::User(_) => "USER",
        StepKind::Workdir(_) => "WORKDIR",
        _ => return None,
    })
}

/// Whom the program's files belong to where that is not root, as `COPY --from` would have it: of all of them, and of folders
/// of their own.
struct Owners {
    all: Option<String>,
    folders: Vec<(String, String)>,
}

fn owners(stage: &Stage, first: usize, last: usize, root: &str) -> Result<Owners, String> {
    let mut owners = Owners { all: None, folders: Vec::new() };
    let within = stage.steps.get(first..=last).unwrap_or(&[]);
    for step in within {
        let StepKind::Run(run) = &step.kind else { continue };
        for command in run.commands.iter().filter(|command| command.effective_program() == Some("chown")) {
            let words: Vec<&str> = command
                .arguments()
                .iter()
                .map(|word| &*word.text)
                .filter(|word| !word.starts_with('-'))
                .collect();
            let Some((owner, paths)) = words.split_first() else { continue };
            for path in paths.iter().filter(|path| is_inside(path, step.workdir.as_deref(), root)) {
                let folder = below(path, step.workdir.as_deref().unwrap_or(root));
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/._-".contains(&byte);
                if !owner.bytes().chain(folder.bytes()).all(plain) {
                    return Err("it is not known whom the files of the program belong to".to_owned());
                }
                match folder == root {
                    true => owners.all = Some((*owner).to_owned()),
                    false => owners.folders.push((folder, (*owner).to_owned())),
                }
            }
        }
    }
    let user = within.last().and_then(|step| step.user.as_ref()).map(|user| &user.value);
    if let Some(user) = user.filter(|user| owners.all.is_none() && user.is_root() != Some(true)) {
        owners.all = Some(match (&user.group, &*user.user) {
            (Some(group), user) => format!("{user}:{group}"),
            (None, "node") => "node:node".to_owned(),
            (None, user) => user.to_owned(),
        });
    }
    owners.folders.retain(|(_, owner)| Some(owner) != owners.all.as_ref());
    Ok(owners)
}

/// A path from the root of the file system.
fn below(path: &str, workdir: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{workdir}/{path}") };
    let parts: Vec<&str> = whole.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("/{}", parts.join("/"))
}

/// The command that takes development dependencies away again.
fn prune(install: &Install<'_>, app: &App, stage: &Stage) -> Result<String, String> {
    let old =
        stage.image.knowledge.lines.iter().any(|line| {
            &*line.product == "Node.js" && line.cycle.parse::<u32>().is_ok_and(|major| major < 16)
        });
    match install.manager {
        Manager::Npm => {
            let mut command = String::from("npm prune ");
            command.push_str(if old { "--production" } else { "--omit=dev" });
            // What the install looked away from, the removal would stop at.
            for option in ["--legacy-peer-deps", "--force"] {
                if install.command.has_argument(&[option]) {
                    command.push(' ');
                    command.push_str(option);
                }
            }
            Ok(command)
        }
        // Without a terminal it asks whether it may remove `node_modules`.
        Manager::Pnpm => Ok("CI=true pnpm prune --prod".to_owned()),
        Manager::Yarn if app.classic_yarn => {
            Ok("yarn install --frozen-lockfile --production --ignore-scripts --prefer-offline".to_owned())
        }
        Manager::Yarn => {
            Err("this version of Yarn has no command that removes development dependencies".to_owned())
        }
        Manager::Bun => Err("Bun has no command that removes development dependencies".to_owned()),
    }
}

/// Whether an install of the stage runs the scripts of packages, which compile: what build tools are for.
pub(crate) fn installs(stage: &Stage) -> bool {
    stage.commands().any(|(_, command)| {
        node_package_manager::read(command)
            .is_some_and(|install| matches!(install.action, Action::Loose | Action::Frozen))
    })
}

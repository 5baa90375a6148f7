//! How a program is asked whether it is well, where its source or its project says which path answers: the question as
//! words of a command, with what is certain to be in the image.
//!
//! Deliberately absent: paths that nobody wrote down. None is made up.

use plimsoll_posture::{
    App, ContextEntryKind, Flavour, Known, Listening, Posture, Provenance, Service, StageBase, program_name,
};

use crate::application::{self, Started};
use crate::image_base::built_from;

/// A question that the program answers.
pub(crate) struct Question {
    /// The words of the command, without `CMD`.
    pub(crate) words: Vec<String>,
    /// `http://127.0.0.1:3000/health`.
    pub(crate) address: String,
    /// Where the path is said.
    pub(crate) path_at: Provenance,
}

/// The question for a service, where everything in it is known.
pub(crate) fn of(service: &Service, posture: &Posture) -> Option<Question> {
    of_source(service, posture).or_else(|| of_label(service))
}

/// By the source of the program that the service starts.
fn of_source(service: &Service, posture: &Posture) -> Option<Question> {
    let app = application::of_service(service, posture)?;
    if !starts_entry(app, service, posture) {
        return None;
    }
    let path = app.health.iter().find(|path| is_general(&path.value))?;
    let (port, variable) = port(app, service, posture)?;
    Some(Question {
        words: ask(service, posture, port, variable, &path.value)?,
        address: format!("http://127.0.0.1:{port}{}", path.value),
        path_at: Provenance::new("app", path.at, "health"),
    })
}

/// Whether a path is about the program and not about something in it: `/orders/status` is not.
fn is_general(path: &str) -> bool {
    const CLEAR: &[&str] = &[
        "livez",
        "liveness",
        "healthz",
        "health",
        "healthcheck",
        "health-check",
        "health_check",
        "_health",
        "readyz",
        "readiness",
    ];
    let lower = path.to_ascii_lowercase();
    let mut parts: Vec<&str> = lower.split('/').filter(|part| !part.is_empty()).collect();
    let last = parts.pop().unwrap_or("");
    let version = |part: &str| {
        part.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let said = parts.iter().any(|part| part.contains("health"));
    let general = parts.iter().all(|part| {
        version(part) || part.contains("health") || matches!(*part, "api" | "internal" | "system")
    });
    CLEAR.contains(&last) || general && (said || matches!(last, "ping" | "status" | "alive"))
}

/// Whether the service starts the file that was read, through the scripts of the manifest or by name. A worker from the
/// same folder answers nothing.
fn starts_entry(app: &App, service: &Service, posture: &Posture) -> bool {
    let Some(entry) = app.entry.as_deref() else { return false };
    let inside = entry.strip_prefix(&*app.directory).map_or(entry, |rest| rest.trim_start_matches('/'));
    let workdir = service.workdir.value().map_or("/", |path| &**path).trim_end_matches('/');
    let started = application::started(service, posture);
    let Some(file) = started.iter().find_map(file) else { return false };
    let file = file.strip_prefix(workdir).and_then(|rest| rest.strip_prefix('/')).unwrap_or(file);
    let file = match file.trim_end_matches('/') {
        "." => app.main.as_deref().unwrap_or("index.js"),
        file => file,
    };
    bare(file) == bare(inside)
}

/// A file without where its source or what is built from it lies, and without its ending: `bin/www` of `dist/bin/www.js`.
fn bare(file: &str) -> &str {
    const FOLDERS: &[&str] =
        &["dist", "build", "out", "lib", ".build", "output", "src", "app", "source", "server"];
    let mut rest = file.strip_prefix("./").unwrap_or(file);
    while let Some((_, inner)) = rest.split_once('/').filter(|(folder, _)| FOLDERS.contains(folder)) {
        rest = inner;
    }
    [".js", ".ts", ".mjs", ".cjs", ".mts"].iter().find_map(|ending| rest.strip_suffix(ending)).unwrap_or(rest)
}

/// The port on which the program listens in this service, and the variable by which somebody may still choose another.
fn port<'a>(app: &'a App, service: &Service, posture: &Posture) -> Option<(u16, Option<&'a str>)> {
    let first = app.listens.first()?;
    let alike = |other: &Listening| (&other.port, &other.variable) == (&first.port, &first.variable);
    if !app.listens.iter().all(alike) {
        return None;
    }
    let default = first.port.value().copied();
    let Some(variable) = first.variable.as_deref() else {
        // It listens, and the project says where.
        return Some((default.or_else(|| documented_port(service))?, None));
    };
    match service.env.get(variable).and_then(|fact| fact.effective()).map(|claim| &claim.value) {
        Some(Known::Value(value)) => {
            let number = value.expose().trim().parse().ok().filter(|number: &u16| *number != 0)?;
            Some((number, Some(variable)))
        }
        Some(Known::Unknown(_)) => None,
        None => {
            let documented = documented_port(service);
            let port = default.or(documented)?;
            // A file of variables that the program reads by itself may choose another.
            let own_file = reads_own_file(app, service, posture);
            (!own_file || documented == Some(port)).then_some((port, Some(variable)))
        }
    }
}

fn reads_own_file(app: &App, service: &Service, posture: &Posture) -> bool {
    const READERS: &[&str] =
        &["dotenv", "dotenv-flow", "dotenv-expand", "@nestjs/config", "@dotenvx/dotenvx"];
    let reads = app.dependencies.iter().any(|name| READERS.contains(&&**name));
    let context =
        built_from(service, posture).and_then(|(recipe, _)| posture.contexts.get(recipe.context?.0));
    reads
        && context.is_none_or(|context| {
            context.lets_through.iter().any(|entry| entry.kind == ContextEntryKind::EnvFile)
        })
}

/// The file that a command runs with Node or Bun.
fn file<'a>(started: &Started<'a>) -> Option<&'a str> {
    /// Options that take the next word with them.
    const VALUES: &[&str] = &["-r", "--require", "--import", "--loader", "--env-file"];
    let (runner, rest) = application::program(&started.words).split_first()?;
    match program_name(runner) {
        "nest" => return rest.contains(&"start").then_some("dist/main"),
        "node" | "nodejs" | "ts-node" | "tsx" | "bun" | "pm2-runtime" => {}
        _ => return None,
    }
    let mut words = rest.iter().copied().filter(|word| !matches!(*word, "run" | "start" | "watch"));
    loop {
        let word = words.next()?;
        if VALUES.contains(&word) {
            words.next();
        } else if !word.starts_with('-') {
            return Some(word);
        }
    }
}

/// The one port that the project names, where all that name one agree.
fn documented_port(service: &Service) -> Option<u16> {
    let one = |ports: &plimsoll_posture::PortRange| (ports.first == ports.last).then_some(ports.first);
    let exposed = service.exposed.values().map(|(port, _)| one(&port.ports));
    let published = service.published.values().map(|(port, _)| one(port.container.value()?));
    let mut all: Vec<Option<u16>> = exposed.chain(published).collect();
    all.sort_unstable();
    all.dedup();
    match all.as_slice() {
        [Some(port)] => Some(*port),
        _ => None,
    }
}

/// `traefik.http.services.NAME.loadbalancer.healthcheck.path`: the proxy asks the same.
fn of_label(service: &Service) -> Option<Question> {
    let label = |ending: &str| {
        let mut found = service.labels.effective().filter(|(name, _)| {
            name.starts_with("traefik.http.services.") && name.to_ascii_lowercase().ends_with(ending)
        });
        let (_, claim) = found.next()?;
        found.next().is_none().then_some(claim)
    };
    let claim = label(".loadbalancer.healthcheck.path")?;
    let path = claim.value.value()?.expose().to_owned();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-.".contains(&byte);
    if !path.starts_with('/') || !path.bytes().all(plain) {
        return None;
    }
    let named = label(".loadbalancer.healthcheck.port").or_else(|| label(".loadbalancer.server.port"));
    let port = match named {
        Some(claim) => claim.value.value()?.expose().trim().parse().ok().filter(|port: &u16| *port != 0)?,
        None => documented_port(service)?,
    };
    Some(Question {
        words: ask_with_image(service, port, &path)?,
        address: format!("http://127.0.0.1:{port}{path}"),
        path_at: claim.at.clone(),
    })
}

/// The question in the language of what runs the program.
fn ask(
    service: &Service,
    posture: &Posture,
    port: u16,
    variable: Option<&str>,
    path: &str,
) -> Option<Vec<String>> {
    let started = application::started(service, posture);
    let runner = started.iter().find(|started| file(started).is_some())?;
    let runner = *application::program(&runner.words).first()?;
    let bun = program_name(runner) == "bun";
    let lean = service.knowledge.flavour == Some(Flavour::Distroless) || nothing_below(service, posture);
    let node = match (bun, lean) {
        (true, _) => "bun",
        // There `node` is in no folder that is searched.
        (false, true) => "/nodejs/bin/node",
        (false, false) => "node",
    };
    if lean && !runner.starts_with("/nodejs/") && service.knowledge.flavour != Some(Flavour::Distroless) {
        return None;
    }
    let words = vec![node.to_owned(), "-e".to_owned(), script(port, variable, path, bun || fetches(service))];
    Some(words)
}

fn nothing_below(service: &Service, posture: &Posture) -> bool {
    built_from(service, posture).is_some_and(|(recipe, stage)| {
        recipe.lineage(stage.index).first().is_some_and(|stage| stage.base == StageBase::Scratch)
    })
}

/// Node has `fetch` since 18.
fn fetches(service: &Service) -> bool {
    let mut lines = service.knowledge.lines.iter().filter(|line| &*line.product == "Node.js");
    lines.any(|line| line.cycle.parse::<u32>().is_ok_and(|major| major >= 18))
}

/// A program of one line that ends with 0 when the path answers well.
fn script(port: u16, variable: Option<&str>, path: &str, fetches: bool) -> String {
    let address = match variable {
        Some(name) => format!("'http://127.0.0.1:' + (process.env.{name} || {port}) + '{path}'"),
        None => format!("'http://127.0.0.1:{port}{path}'"),
    };
    if fetches {
        return format!("fetch({address}).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))");
    }
    format!(
        "require('http').get({address}, r => process.exit(r.statusCode < 300 ? 0 : 1)).on('error', () => process.exit(1))"
    )
}

/// The question with what an image is known to hold.
fn ask_with_image(service: &Service, port: u16, path: &str) -> Option<Vec<String>> {
    let knowledge = &service.knowledge;
    let lean = matches!(knowledge.flavour, Some(Flavour::Distroless | Flavour::Scratch));
    let node = knowledge.lines.iter().any(|line| &*line.product == "Node.js");
    if node && !lean {
        return Some(vec!["node".into(), "-e".into(), script(port, None, path, fetches(service))]);
    }
    // BusyBox brings it.
    let alpine = knowledge.distribution.as_deref() == Some("alpine") && !lean;
    let address = format!("http://127.0.0.1:{port}{path}");
    alpine.then(|| ["wget", "-q", "-O", "/dev/null", &address].map(str::to_owned).to_vec())
}

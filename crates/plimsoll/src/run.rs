//! Runs a command: puts arguments and configuration together, writes what the renderers say, chooses the exit code.
//!
//! Deliberately absent: what a scan does (see `scan`) and how reports look.

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser};
use plimsoll_controls::{Severity, find, find_peer};
use plimsoll_packages::database::Database;
use plimsoll_report::{
    Baseline, Detail, Input, InputStatus, PostureView, Report, ScenarioKind, Style, baseline_json, plain,
    posture_json, posture_table,
};
use plimsoll_text::Span;

use crate::args::{
    Arguments, BaselineArguments, Command, Filter, Format, ImportArguments, PostureArguments, PostureFormat,
    Scan, Selection,
};
use crate::config::{self, Config};
use crate::database::limit::Limit;
use crate::date::Date;
use crate::disk::{self, Disk, Variables};
use crate::inputs::{self, Inputs};
use crate::progress::Progress;
use crate::rules::{self, Named};
use crate::scan::{Scanned, Task, Wishes, assemble_all, scan_telling, tool};
use crate::scenario::Assembled;
use crate::{accept, bills, catalogue, database, fix, import, init, lsp, paths, search, walk};

/// Nothing at or above the gate.
pub const CLEAN: u8 = 0;
/// Findings at or above the gate.
pub const FINDINGS: u8 = 1;
/// Could not run: bad usage, unreadable input.
pub const FAILED: u8 = 2;

/// The largest baseline that is read, in bytes: some 400 000 findings.
const MAX_BASELINE: u64 = 64 * 1024 * 1024;

/// Why a command ended early.
pub(crate) enum Failure {
    /// A message for the user; exit code 2.
    Told(String),
    /// Nobody reads the output any more: not worth a word.
    Silent,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Told(message)
    }
}

/// Where a command reads and writes.
pub struct Streams<'a> {
    /// Standard input.
    pub stdin: &'a mut (dyn Read + Send),
    /// Standard output.
    pub stdout: &'a mut (dyn Write + Send),
    /// Standard error.
    pub stderr: &'a mut dyn Write,
    /// What the terminal allows.
    pub terminal: Terminal,
}

/// What is known about the terminal.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// Whether standard output takes colour.
    pub colour: bool,
    /// Columns of standard output.
    pub width: usize,
    /// Whether a line on standard error can be overwritten.
    pub progress: bool,
}

impl Terminal {
    /// Columns where nobody says otherwise.
    const WIDTH: usize = 100;

    /// Asks the process: `NO_COLOR`, `CLICOLOR_FORCE`, `TERM` and whether standard output is a terminal.
    #[must_use]
    pub fn ask() -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let forced = set("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        let terminal = std::io::stdout().is_terminal() && set("TERM").is_none_or(|term| term != "dumb");
        let progress = std::io::stderr().is_terminal() && set("TERM").is_none_or(|term| term != "dumb");
        let colour = set("NO_COLOR").is_none() && (forced || terminal);
        let asked = terminal.then(terminal_size::terminal_size).flatten();
        let width = asked.map_or(Self::WIDTH, |(width, _)| usize::from(width.0));
        Self { colour, width, progress }
    }
}

/// Runs the program with these arguments (the first is its name) and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = std::ffi::OsString>, streams: &mut Streams<'_>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help that was asked for is an answer; everything else is bad usage.
            let asked = !error.use_stderr();
            let out = if asked { &mut *streams.stdout } else { &mut *streams.stderr };
            let _ = write!(out, "{}", error.render());
            return if asked { CLEAN } else { FAILED };
        }
    };
    match dispatch(arguments, streams) {
        Ok(code) => code,
        Err(Failure::Silent) => CLEAN,
        Err(Failure::Told(message)) => {
            // Names of files are in it, and what is in those nobody knows.
            let _ = writeln!(streams.stderr, "error: {}", plain(&message));
            FAILED
        }
    }
}

fn dispatch(arguments: Arguments, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    if arguments.version {
        return print(streams, &version());
    }
    match arguments.command {
        Some(Command::Scan(scan)) => run_scan(&scan, streams),
        Some(Command::Fix(arguments)) => fix::command::fix(&arguments, streams),
        Some(Command::Init(arguments)) => init::command::init(&arguments, streams),
        Some(Command::Posture(posture)) => run_posture(&posture, streams),
        Some(Command::Paths(arguments)) => crate::attack::show(&arguments, streams),
        Some(Command::Sbom(arguments)) => bills::sbom(&arguments, streams),
        Some(Command::Baseline(baseline)) => run_baseline(&baseline, streams),
        Some(Command::Explain { id }) => explain(&id, streams),
        Some(Command::Controls { format }) => print(streams, &catalogue::list(format)),
        Some(Command::Lsp { stdio: _ }) => Ok(lsp::serve(streams.stdin, streams.stdout)),
        Some(Command::Import(import)) => run_import(&import, streams),
        Some(Command::Db(arguments)) => database::run(arguments, streams),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "plimsoll", &mut script);
            print(streams, &String::from_utf8_lossy(&script))
        }
        None => Err(Failure::Told("say what to do: `plimsoll scan`, or `plimsoll --help`".to_owned())),
    }
}

fn version() -> String {
    let tool = tool(Database::embedded());
    let data: Vec<String> =
        tool.data.iter().map(|data| format!("{} data {}", data.name, data.date)).collect();
    format!("plimsoll {} ({})\n", tool.version, data.join(", "))
}

pub(crate) fn print(streams: &mut Streams<'_>, text: &str) -> Result<u8, Failure> {
    match streams.stdout.write_all(text.as_bytes()).and_then(|()| streams.stdout.flush()) {
        Ok(()) => Ok(CLEAN),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(Failure::Silent),
        Err(error) => Err(Failure::Told(format!("standard output: {error}"))),
    }
}

fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::Told(format!("{}: {error}", path.display())))
}

fn run_scan(arguments: &Scan, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let outputs = outputs(arguments)?;
    let baseline = arguments.baseline.as_deref().map(read_baseline).transpose()?;
    // JUnit lists every test case; the other formats tell more than numbers only when asked.
    let brief = !arguments.verbose && outputs.iter().all(|(format, _)| *format != Format::Junit);
    let progress = progress(&arguments.selection, streams.terminal.progress && !arguments.quiet);
    let selected = (&arguments.selection, &arguments.filter);
    // The formats that tell them; a line a finding has no room.
    let paths = outputs.iter().any(|(format, _)| match format {
        Format::Human => !arguments.quiet,
        Format::Json | Format::Markdown => true,
        _ => false,
    }) && arguments.filter.only.is_empty();
    let amount = Amount { brief, paths, benchmark: arguments.view.is_some() };
    let mut scanned =
        reported(selected, (arguments.fail_on, arguments.max_db_age), amount, streams, progress)?;
    let report = &mut scanned.report;
    if let Some((baseline, path)) = &baseline {
        report.compare_with(baseline, &path.to_string_lossy());
    }
    let nothing = nothing_judged(&scanned);
    let report = &scanned.report;
    let mut printed = Ok(CLEAN);
    for (format, path) in outputs {
        if arguments.view.is_some() {
            printed = print(streams, &viewed(&scanned, format, arguments, streams.terminal)?);
            continue;
        }
        match path {
            Some(path) => write_file(&path, &rendered(report, format, arguments, None, nothing.is_some()))?,
            None => {
                let text = rendered(report, format, arguments, Some(streams.terminal), nothing.is_some());
                printed = print(streams, &text);
            }
        }
    }
    match printed {
        // The verdict does not depend on whether somebody reads it to the end.
        Ok(_) | Err(Failure::Silent) => {}
        Err(other) => return Err(other),
    }
    let passes = report.passes();
    if let Some(message) = nothing {
        return Err(Failure::Told(message));
    }
    if let Some(message) = scanned.old {
        return Err(Failure::Told(format!("{message}: `plimsoll db update` fetches newer data")));
    }
    Ok(if passes { CLEAN } else { FINDINGS })
}

/// The formats with the file each goes to; `None` is standard output, which takes one at most.
fn outputs(arguments: &Scan) -> Result<Vec<(Format, Option<PathBuf>)>, Failure> {
    let mut outputs: Vec<(Format, Option<PathBuf>)> = arguments
        .output
        .iter()
        .map(|(format, path)| (*format, (path != Path::new("-")).then(|| path.clone())))
        .collect();
    for (at, (_, path)) in outputs.iter().enumerate() {
        if let Some(path) = path
            && outputs.iter().skip(at + 1).any(|(_, other)| other.as_ref() == Some(path))
        {
            let message = format!("a file takes one report, and two go to {}", path.display());
            return Err(Failure::Told(message));
        }
    }
    let to_stdout = outputs.iter().filter(|(_, path)| path.is_none()).count();
    match (to_stdout, arguments.format) {
        (0, format) => outputs.push((format.unwrap_or(Format::Human), None)),
        (1, None) => {}
        _ => {
            let message =
                "standard output takes one report: give the others a path with --output FORMAT=PATH";
            return Err(Failure::Told(message.to_owned()));
        }
    }
    Ok(outputs)
}

/// What was found, by the items of a benchmark.
fn viewed(
    scanned: &Scanned,
    format: Format,
    arguments: &Scan,
    terminal: Terminal,
) -> Result<String, Failure> {
    let (report, answered) = (&scanned.report, scanned.answered.as_slice());
    match format {
        Format::Human => {
            let colour = terminal.colour && !arguments.no_color;
            let style = Style { colour, width: terminal.width, detail: Detail::Normal };
            Ok(plimsoll_report::cis_table(report, answered, &style))
        }
        Format::Json => Ok(plimsoll_report::cis_json(report, answered)),
        _ => Err(Failure::Told("a benchmark is shown as human or as json".to_owned())),
    }
}

fn rendered(
    report: &Report,
    format: Format,
    arguments: &Scan,
    terminal: Option<Terminal>,
    nothing: bool,
) -> String {
    match format {
        Format::Human => {
            let detail = match (arguments.quiet, arguments.verbose) {
                (true, _) => Detail::Quiet,
                (_, true) => Detail::Verbose,
                _ => Detail::Normal,
            };
            let colour = terminal.is_some_and(|terminal| terminal.colour) && !arguments.no_color;
            let width = terminal.map_or(Terminal::WIDTH, |terminal| terminal.width);
            let style = Style { colour, width, detail };
            match nothing {
                true => plimsoll_report::unread(report, &style),
                false => plimsoll_report::human(report, &style),
            }
        }
        Format::Json => plimsoll_report::json(report),
        Format::Sarif => plimsoll_report::sarif(report),
        Format::Junit => plimsoll_report::junit(report),
        Format::Github => plimsoll_report::github(report),
        Format::Gitlab => plimsoll_report::gitlab(report),
        Format::Markdown => plimsoll_report::markdown(report),
    }
}

fn read_baseline(path: &Path) -> Result<(Baseline, PathBuf), Failure> {
    let told = |error: &dyn std::fmt::Display| Failure::Told(format!("{}: {error}", path.display()));
    let bytes = disk::read_named(path, MAX_BASELINE).map_err(|error| told(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| told(&"is not UTF-8"))?;
    let baseline = Baseline::parse(&text).map_err(|error| told(&error))?;
    Ok((baseline, path.to_owned()))
}

fn run_baseline(arguments: &BaselineArguments, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let progress = progress(&arguments.selection, streams.terminal.progress);
    let amount = Amount { brief: true, paths: false, benchmark: false };
    let scanned =
        reported((&arguments.selection, &arguments.filter), (None, None), amount, streams, progress)?;
    if let Some(message) = nothing_judged(&scanned) {
        return Err(Failure::Told(message));
    }
    let text = baseline_json(&scanned.report);
    if arguments.output == Path::new("-") {
        return print(streams, &text);
    }
    write_file(&arguments.output, &text)?;
    let count = scanned.report.tally().findings();
    print(streams, &format!("{count} findings written to {}\n", arguments.output.display()))
}

fn run_posture(arguments: &PostureArguments, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let progress = progress(&arguments.selection, streams.terminal.progress);
    let inputs = inputs::resolve(&arguments.selection, streams.stdin)?;
    let wishes = Wishes {
        compose: inputs.compose,
        platform: arguments.selection.platform.clone(),
        build_args: arguments.selection.build_arg.iter().cloned().collect(),
        database: known(&arguments.selection, streams),
        ..images_of(&arguments.selection, &Config::default())?
    };
    let task = Task {
        world: &inputs.world,
        plan: inputs.plan,
        stdin: inputs.stdin,
        config: Config::default(),
        wishes,
    };
    let (mut scenarios, skipped) = assemble_all(&task, |assembled| {
        progress.step();
        assembled
    });
    drop(progress);
    if scenarios.is_empty() {
        return Err(Failure::Told(nothing_found(&arguments.selection, &skipped)));
    }
    if !arguments.service.is_empty() {
        let names = scenarios.iter().flat_map(Assembled::service_names);
        known_services(&arguments.service, names)?;
        scenarios.retain(|scenario| {
            scenario.service_names().any(|name| arguments.service.iter().any(|asked| asked == name))
        });
    }
    let sensitive: Vec<Vec<Span>> = scenarios.iter().map(Assembled::sensitive).collect();
    let views: Vec<PostureView<'_>> = scenarios
        .iter()
        .zip(&sensitive)
        .map(|(scenario, sensitive)| PostureView {
            name: &scenario.name,
            posture: &scenario.posture,
            sources: &scenario.sources,
            sensitive,
            services: &arguments.service,
        })
        .collect();
    let text = match arguments.format {
        PostureFormat::Json => posture_json(&tool(&task.wishes.database), &views),
        PostureFormat::Human => {
            let colour = streams.terminal.colour && !arguments.no_color;
            let style = Style { colour, width: streams.terminal.width, detail: Detail::Normal };
            posture_table(&views, &style)
        }
    };
    print(streams, &text)
}

/// Prints what other linters' configurations come to; with `--write` adds it to the configuration that is there.
fn run_import(arguments: &ImportArguments, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let beside = || {
        let first = arguments.paths.first().map_or(Path::new("."), PathBuf::as_path);
        let directory = if first.is_dir() { first } else { first.parent().unwrap_or(first) };
        directory.join(config::NAME)
    };
    let target = arguments.config.clone().unwrap_or_else(beside);
    let name = target.to_string_lossy().trim_start_matches("./").to_owned();
    let existing = match arguments.write && target.exists() {
        true => {
            let bytes =
                disk::read_named(&target, disk::MAX_FILE).map_err(|error| format!("{name}: {error}"))?;
            String::from_utf8(bytes).map_err(|_| format!("{name}: is not UTF-8"))?
        }
        false => String::new(),
    };
    let import = import::import(&arguments.paths, &existing, &name)?;
    for remark in &import.remarks {
        let _ = writeln!(streams.stderr, "{}", plain(remark));
    }
    if !arguments.write {
        return print(streams, &import.text);
    }
    if import.added > 0 {
        write_file(&target, &import.text)?;
    }
    print(streams, &format!("{} settings added to {name}\n", import.added))
}

/// A line of progress would run into what somebody types.
fn progress(selection: &Selection, wanted: bool) -> Progress {
    let typed = selection.paths.iter().chain(&selection.files).any(|path| path == Path::new("-"));
    Progress::start(wanted && !typed)
}

/// How much a report has to hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount {
    /// Of verdicts that pass or do not apply only their number.
    pub(crate) brief: bool,
    /// The attack paths too.
    pub(crate) paths: bool,
    /// The items of a benchmark too.
    pub(crate) benchmark: bool,
}

/// Everything up to the report.
pub(crate) fn reported(
    (selection, filter): (&Selection, &Filter),
    (fail_on, max_age): (Option<crate::args::Gate>, Option<u32>),
    Amount { brief, paths, benchmark }: Amount,
    streams: &mut Streams<'_>,
    progress: Progress,
) -> Result<Scanned, Failure> {
    let inputs = inputs::resolve(selection, streams.stdin)?;
    let config = configuration(filter, &inputs)?;
    if let Some(warning) = crate::running::warning(selection) {
        let _ = writeln!(streams.stderr, "warning: {}", plain(&warning));
    }
    let mut wishes = wishes(selection, filter, &config)?;
    wishes.database = known(selection, streams);
    wishes.limit = limit(max_age, &config);
    wishes.brief = brief;
    wishes.benchmark = benchmark;
    wishes.paths = paths;
    wishes.gate = match fail_on {
        Some(gate) => gate.severity(),
        None => config.fail_on.unwrap_or(Some(Severity::High)),
    };
    wishes.search = true;
    wishes.history = filter.history.then(|| search::chronicle(&selection.paths)).transpose()?;
    wishes.compose = inputs.compose;
    let services = wishes.services.clone();
    let task = Task { world: &inputs.world, plan: inputs.plan, stdin: inputs.stdin, config, wishes };
    let scanned = scan_telling(task, &progress);
    drop(progress);
    if scanned.report.scenarios.is_empty() {
        return Err(Failure::Told(nothing_found(selection, &scanned.report.skipped)));
    }
    known_services(&services, scanned.services.iter().map(String::as_str))?;
    Ok(scanned)
}

/// The advisories that everything is judged by. What of a store cannot be used is told, and fails nothing.
pub(crate) fn known(selection: &Selection, streams: &mut Streams<'_>) -> Database {
    let (database, complaints) = database::open(&selection.database);
    for complaint in complaints {
        let _ = writeln!(streams.stderr, "warning: {}", plain(&complaint));
    }
    database
}

/// How old advisories may be: the command line goes before the configuration. The clock is asked only where there is a limit.
fn limit(asked: Option<u32>, config: &Config) -> Option<Limit> {
    let (days, at) = match (asked, config.database.max_age) {
        (Some(days), _) => (days, None),
        (None, Some((days, at))) => (days, Some(at)),
        (None, None) => return None,
    };
    Some(Limit { days, today: Date::today(), at })
}

/// What is asked of a run, by the command line and the configuration; not yet what was said about compose projects.
pub(crate) fn wishes(selection: &Selection, filter: &Filter, config: &Config) -> Result<Wishes, Failure> {
    let mut wishes = Wishes {
        only: ids(&filter.only, config)?,
        skip: ids(&filter.skip, config)?,
        services: filter.service.clone(),
        platform: selection.platform.clone(),
        build_args: selection.build_arg.iter().cloned().collect(),
        style: filter.style || config.style,
        min_severity: filter.min_severity.map(crate::args::Level::severity).or(config.min_severity),
        ..images_of(selection, config)?
    };
    if wishes.only.is_empty() {
        wishes.only.clone_from(&config.only);
    }
    wishes.skip.extend(config.skip.iter().cloned());
    wishes.linter = crate::shellcheck::linter(filter.shellcheck.or(config.shellcheck).unwrap_or_default())?;
    Ok(wishes)
}

/// The images that are asked for by name, and the keys for all.
fn images_of(selection: &Selection, config: &Config) -> Result<Wishes, Failure> {
    let mut keys = crate::images::keys(selection)?;
    keys.extend(config.trust.keys.iter().cloned());
    let keys = keys.into();
    Ok(Wishes {
        images: crate::images::read(selection, &keys)?,
        observations: crate::running::observe(selection)?,
        keys,
        ..Wishes::default()
    })
}

pub(crate) fn known_services<'a>(
    asked: &[String],
    known: impl Iterator<Item = &'a str>,
) -> Result<(), Failure> {
    let known: std::collections::BTreeSet<&str> = known.collect();
    match asked.iter().find(|name| !known.contains(name.as_str())) {
        None => Ok(()),
        Some(name) if known.is_empty() => {
            Err(Failure::Told(format!("there is no service `{name}`, nor any other")))
        }
        Some(name) => {
            let all: Vec<&str> = known.into_iter().collect();
            Err(Failure::Told(format!("there is no service `{name}`; there are {}", all.join(", "))))
        }
    }
}

/// Our ids for what the user wrote, which may be another tool's ids.
pub(crate) fn ids(written: &[String], config: &Config) -> Result<Vec<String>, Failure> {
    let mut ids = Vec::new();
    for id in written {
        let peers = find_peer(id);
        match find(id).or_else(|| config.find_own(id)) {
            Some(control) => ids.push(control.id.to_owned()),
            None if peers.is_empty() => {
                return Err(Failure::Told(format!("`{id}` is not a control: {}", config::meant(id))));
            }
            None => ids.extend(peers.iter().map(|control| control.id.to_owned())),
        }
    }
    Ok(ids)
}

/// The configuration with the rules that it and the command line name.
pub(crate) fn configuration(filter: &Filter, inputs: &Inputs) -> Result<Config, Failure> {
    let named = filter.config.as_deref();
    let found =
        || inputs.config_places.iter().map(|place| place.join(config::NAME)).find(|path| path.is_file());
    let path = named.map(Path::to_owned).or_else(found);
    let mut config = match &path {
        None => Config::default(),
        Some(path) => {
            let name = match named {
                Some(path) => path.to_string_lossy().into_owned(),
                None => walk::relative(inputs.world.root(), path),
            };
            let bytes = disk::read_named(path, disk::MAX_FILE)
                .map_err(|error| Failure::Told(format!("{name}: {error}")))?;
            config::read(&name, &bytes, Date::today).map_err(|error| Failure::Told(error.to_string()))?
        }
    };
    accepted_elsewhere(&mut config, filter, path.as_deref(), inputs)?;
    if let Some(path) = &path {
        config.load_keys(path.parent().unwrap_or(Path::new("")));
    }
    let mut worlds = Vec::new();
    if let Some(path) = path.filter(|_| !config.rego.files.is_empty()) {
        let directory = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
        let world = world_at(directory)?;
        let prefix = prefix(&walk::relative(inputs.world.root(), world.root()));
        worlds.extend(
            config
                .rego
                .files
                .iter()
                .map(|(file, at)| (world.clone(), file.clone(), prefix.clone(), Some(*at))),
        );
    }
    for path in &filter.policy {
        let shown = path.to_string_lossy();
        let directory = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(path) };
        let directory = if directory == Path::new("") { Path::new(".") } else { directory };
        let file = if path.is_dir() { ".".to_owned() } else { paths::name(&shown).to_owned() };
        let prefix = prefix(&directory.to_string_lossy());
        worlds.push((world_at(directory).map_err(|_| missing(path))?, file, prefix, None));
    }
    let named: Vec<Named<'_>> = worlds
        .iter()
        .map(|(world, path, prefix, at)| Named { world, path: path.clone(), prefix: prefix.clone(), at: *at })
        .collect();
    rules::load(&mut config, &named, &filter.policy_namespace)?;
    Ok(config)
}

/// The largest VEX document that is read, in bytes; a bill of materials may be one.
const MAX_VEX: u64 = crate::bills::MAX_BILL;

/// Adds what files of others say is accepted: VEX documents that are named, and the nearest `.trivyignore`.
fn accepted_elsewhere(
    config: &mut Config,
    filter: &Filter,
    own: Option<&Path>,
    inputs: &Inputs,
) -> Result<(), Failure> {
    let shown = |path: &Path| walk::relative(inputs.world.root(), path);
    let beside = own.and_then(Path::parent).unwrap_or(Path::new(""));
    let named = std::mem::take(&mut config.vex);
    let by_config = named.iter().map(|(name, _)| {
        let path = beside.join(name);
        let shown = if path.is_absolute() { shown(&path) } else { path.to_string_lossy().into_owned() };
        (path, shown)
    });
    let by_argument = filter.vex.iter().map(|path| (path.clone(), path.to_string_lossy().into_owned()));
    for (path, name) in by_config.chain(by_argument) {
        let bytes =
            disk::read_named(&path, MAX_VEX).map_err(|error| Failure::Told(format!("{name}: {error}")))?;
        accept::read_vex(config, &name, &bytes)?;
    }
    for names in [&[".trivyignore"][..], &[".trivyignore.yaml", ".trivyignore.yml"]] {
        let places = inputs.config_places.iter();
        let found =
            places.flat_map(|place| names.iter().map(|name| place.join(name))).find(|path| path.is_file());
        let Some(path) = found else { continue };
        let name = shown(&path);
        let bytes = disk::read_named(&path, disk::MAX_FILE)
            .map_err(|error| Failure::Told(format!("{name}: {error}")))?;
        accept::read_trivy(config, &name, &bytes, &Date::today);
    }
    Ok(())
}

fn missing(path: &Path) -> Failure {
    Failure::Told(format!("{}: there is no such file or directory", path.display()))
}

/// The files below a directory, and nothing outside of it.
fn world_at(directory: &Path) -> Result<Disk, Failure> {
    Disk::new(directory, &[directory.to_owned()], Variables::Hidden)
        .map_err(|error| Failure::Told(format!("{}: {error}", directory.display())))
}

fn prefix(directory: &str) -> String {
    let directory = directory.trim_start_matches("./").trim_end_matches('/');
    if matches!(directory, "" | ".") { String::new() } else { format!("{directory}/") }
}

/// The page of a control, or of a rule of the project around the current directory.
fn explain(id: &str, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let width = streams.terminal.width;
    if id.starts_with(plimsoll_policy::POLICY) || id.starts_with(plimsoll_policy::REGO) {
        let inputs = inputs::resolve(&Selection::default(), streams.stdin)?;
        let config = configuration(&Filter::default(), &inputs)?;
        let Some(control) = config.find_own(id) else {
            let known: Vec<&str> = config.own().map(|control| control.id).collect();
            let known = if known.is_empty() {
                "it has none".to_owned()
            } else {
                format!("it has {}", known.join(", "))
            };
            return Err(Failure::Told(format!("the project has no rule `{id}`: {known}")));
        };
        return print(streams, &catalogue::article(control, width));
    }
    print(streams, &catalogue::explain(id, width)?)
}

pub(crate) fn nothing_found(selection: &Selection, skipped: &[Input]) -> String {
    let places: Vec<String> = selection.paths.iter().map(|path| path.display().to_string()).collect();
    let place = if places.is_empty() { ".".to_owned() } else { places.join(", ") };
    let left_out: Vec<String> = skipped
        .iter()
        .filter_map(|input| match &input.status {
            InputStatus::Skipped(why) => Some(format!("{} ({why})", input.name)),
            InputStatus::Read | InputStatus::Partial => None,
        })
        .take(3)
        .collect();
    let known = match left_out.len() {
        0 => "see what .gitignore leaves out".to_owned(),
        _ => format!("see what was left out: {}", left_out.join(", ")),
    };
    format!(
        "found neither a Dockerfile nor a compose file nor a lockfile in {place}; \
         name one (`plimsoll scan path/to/Dockerfile`), or {known}"
    )
}

/// A gate must not open because nothing could be read.
pub(crate) fn nothing_judged(scanned: &Scanned) -> Option<String> {
    let names: Vec<&str> =
        scanned.report.scenarios.iter().map(|scenario| scenario.name.as_str()).take(5).collect();
    let kinds = scanned.report.scenarios.iter().map(|scenario| scenario.kind);
    let apps = kinds.into_iter().any(|kind| {
        matches!(kind, ScenarioKind::App | ScenarioKind::Bill | ScenarioKind::Files | ScenarioKind::Engine)
    });
    (scanned.services.is_empty() && !apps)
        .then(|| format!("nothing to judge: neither a service nor a FROM in {}", names.join(", ")))
}

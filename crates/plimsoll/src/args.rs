//! The arguments of every command.
//!
//! Deliberately absent: what they do.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use plimsoll_controls::Severity;

/// Says what a containerised API will really run as, what is wrong with it, why, and what to do.
#[derive(Debug, Parser)]
#[command(
    name = "plimsoll",
    version = env!("CARGO_PKG_VERSION"),
    disable_version_flag = true,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "Exit codes: 0 nothing at or above the gate, 1 findings at or above the gate, 2 could not run."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Print the version and the dates of the embedded data.
    #[arg(short = 'V', long)]
    pub version: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read a project, judge it and report what is wrong.
    Scan(Scan),
    /// Show the changes that mend findings, each with its reason and proven to do what it says; write them with
    /// --write.
    ///
    /// Without --write, nothing is changed. What is printed is a patch that `git apply` takes.
    #[command(
        after_help = "Exit codes: 0 done or nothing to do, 1 with --check when something would change, \
2 could not run."
    )]
    Fix(Fix),
    /// Write a hardened Dockerfile, compose.yaml, .dockerignore and CI job for a Node project.
    ///
    /// Reads package.json, the lockfile and the source: manager, release of Node, build, start, port, health endpoint.
    /// What is there and says something else is kept.
    #[command(
        after_help = "Exit codes: 0 written or nothing to do, 1 a file that says something else was kept (the others \
were written), 2 could not run."
    )]
    Init(Init),
    /// Show the effective posture of every service: what the kernel will see, and who says so.
    Posture(PostureArguments),
    /// Show the attack paths: who gets where through which service, and the smallest set of changes that closes all of
    /// them.
    Paths(PathsArguments),
    /// Explain a control, by plimsoll's id or another tool's (DL3002, CIS-4.1, check_5_4, CKV_DOCKER_3), or a rule of the
    /// project (policy/ID).
    Explain {
        /// The id.
        id: String,
    },
    /// List all controls.
    Controls {
        /// How to list them.
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// Write a bill of materials of a project's lockfiles or of an image: CycloneDX or SPDX.
    Sbom(SbomArguments),
    /// Write a file of all findings there are, for `scan --baseline`.
    Baseline(BaselineArguments),
    /// Serve an editor: the language server protocol on standard input and output.
    Lsp {
        /// What every client says and no other way there is.
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Say how old and how complete the advisories are, import others, or fetch the newest.
    Db(crate::database::Arguments),
    /// Turn the configuration of other linters (hadolint, compose-lint, Trivy, checkov, dclint, dockle) into plimsoll.toml.
    Import(ImportArguments),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// What to read.
#[derive(Debug, Clone, Default, Args)]
pub struct Selection {
    /// Directories, Dockerfiles, compose files, archives of images (`docker save`, OCI layout), bills of materials
    /// (CycloneDX, SPDX), records of an engine (`docker inspect`, `docker info`), `host` for the engine and the host of
    /// this machine, or `-` for standard input [default: .].
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// A compose file; several are put on top of one another, as Compose does.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A file of variables for compose files, instead of `.env`.
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<PathBuf>,
    /// A compose profile that is active.
    #[arg(long, value_name = "NAME")]
    pub profile: Vec<String>,
    /// The directory that paths in compose files are relative to.
    #[arg(long, value_name = "DIRECTORY")]
    pub project_directory: Option<PathBuf>,
    /// Use the variables of the environment in compose files. Without it only those are looked at by which Compose
    /// finds its files, so that the same project gives the same report everywhere.
    #[arg(long)]
    pub shell_env: bool,
    /// A build argument for Dockerfiles.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub build_arg: Vec<(String, String)>,
    /// An image by name, out of the engine of this machine or, with --from, out of a registry; may be given several times.
    /// Beside paths it is joined with the services that run it.
    #[arg(long, value_name = "NAME")]
    pub image: Vec<String>,
    /// Where images of --image are.
    #[arg(long, value_enum, value_name = "WHERE", default_value_t = ImageSource::Engine)]
    pub from: ImageSource,
    /// A public key (PEM, cosign.pub) that signatures of images are verified with; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub key: Vec<PathBuf>,
    /// Authorities (PEM) that are trusted instead of the built-in ones where something is fetched. So does
    /// PLIMSOLL_CA_FILE.
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// The platform that is read of an image for several [default: linux/amd64 where it is there].
    #[arg(long, value_name = "OS/ARCHITECTURE")]
    pub platform: Option<String>,
    /// Also ask the Docker Engine what really runs (DOCKER_HOST, or the address given), and judge the host.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub engine: Option<String>,
    /// Where the host's files are, for a plimsoll that runs in a container [default: /].
    #[arg(long, value_name = "DIRECTORY")]
    pub host_root: Option<PathBuf>,
    /// Which advisories packages are judged by.
    #[command(flatten)]
    pub database: crate::database::Choice,
    /// What standard input is called; tells a Dockerfile from a compose file.
    #[arg(long, value_name = "NAME")]
    pub stdin_name: Option<String>,
}

impl Selection {
    /// The address of the engine that is asked; empty for the one that the environment names, nothing where none is asked.
    #[must_use]
    pub fn engine_address(&self) -> Option<&str> {
        let host = || self.paths.iter().any(|path| means_host(path)).then_some("");
        self.engine.as_deref().or_else(host)
    }
}

/// Whether a path is the word `host` and no file of that name.
#[must_use]
pub fn means_host(path: &Path) -> bool {
    path == Path::new("host") && !path.exists()
}

/// Where images are that are asked for by name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ImageSource {
    /// In the Docker Engine of this machine (DOCKER_HOST): no network.
    #[default]
    Engine,
    /// In their registry, over HTTPS.
    Registry,
    /// In the engine, and in their registry where it has none.
    Any,
}

/// `plimsoll scan`.
#[derive(Debug, Default, Args)]
pub struct Scan {
    /// What to read.
    #[command(flatten)]
    pub selection: Selection,
    /// Which findings count.
    #[command(flatten)]
    pub filter: Filter,
    /// What is printed [default: human].
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Show what was found by the items of a benchmark; the formats are human and json.
    #[arg(long, value_enum, value_name = "BENCHMARK", conflicts_with_all = ["output", "baseline", "quiet"])]
    pub view: Option<View>,
    /// Write a report to a file, or to standard output with `-`; may be given several times.
    #[arg(long, value_name = "FORMAT=PATH", value_parser = output)]
    pub output: Vec<(Format, PathBuf)>,
    /// Fail on findings of this severity or above [default: high].
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<Gate>,
    /// Fail (exit code 2) where packages were judged by advisories that are complete to a day longer ago [default: never].
    #[arg(long, value_name = "DAYS")]
    pub max_db_age: Option<u32>,
    /// Only what this file (of `plimsoll baseline`) does not hold counts.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// One line per finding.
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also what passes, what is allowed, and every input.
    #[arg(short, long)]
    pub verbose: bool,
    /// Never use colour. So does the variable NO_COLOR; CLICOLOR_FORCE does the reverse.
    #[arg(long)]
    pub no_color: bool,
}

/// Benchmarks by whose items a scan can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum View {
    /// The CIS Docker Benchmark, sections 1 to 7.
    Cis,
}

/// `plimsoll fix`.
#[derive(Debug, Default, Args)]
pub struct Fix {
    /// What to read. Only files in the directories named here are written.
    #[command(flatten)]
    pub selection: Selection,
    /// Write the changes.
    #[arg(short, long)]
    pub write: bool,
    /// Ask about each change (y, n, a, d, q), and write those that are wanted.
    #[arg(short, long, conflicts_with_all = ["check", "format"])]
    pub interactive: bool,
    /// Exit with 1 if something would change.
    #[arg(long, conflicts_with = "write")]
    pub check: bool,
    /// Mend only what this control finds, by plimsoll's id or another tool's; may be given several times.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub apply: Vec<String>,
    /// Do not mend what this control finds; may be given several times.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Mend this service only; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub service: Vec<String>,
    /// Leave what is milder as it is.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub min_severity: Option<Level>,
    /// Also changes after which the program may behave otherwise: look at each.
    #[arg(long)]
    pub risky: bool,
    /// Also where several services use what is changed, through `extends` or `include`.
    #[arg(long)]
    pub shared: bool,
    /// Ask the Docker Engine which images it has, and write the digest of each behind its tag.
    #[arg(long)]
    pub digests: bool,
    /// Make in compose.hardening.yaml, which is laid over the project, what its own files do not let be changed; with
    /// `=all` everything that compose files would have changed in them.
    #[arg(
        long,
        value_enum,
        value_name = "WHICH",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "refused"
    )]
    pub overlay: Option<Overlay>,
    /// Also what is a matter of taste and no risk.
    #[arg(long)]
    pub style: bool,
    /// How it is proven.
    #[command(flatten)]
    pub proving: crate::verify::Proving,
    /// What is printed.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FixFormat::Diff)]
    pub format: FixFormat,
    /// The configuration, instead of the nearest plimsoll.toml.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Rules in Rego that a change must not break, beside those of the configuration: a file, or a directory of them;
    /// may be given several times.
    #[arg(long, value_name = "FILE_OR_DIRECTORY")]
    pub policy: Vec<PathBuf>,
    /// The package whose rules are asked, or a pattern such as `*`; may be given several times [default: main].
    #[arg(long, value_name = "PACKAGE")]
    pub policy_namespace: Vec<String>,
    /// Also name every finding that stays, why, and what a person can do.
    #[arg(short, long)]
    pub verbose: bool,
    /// Never use colour. So does the variable NO_COLOR; CLICOLOR_FORCE does the reverse.
    #[arg(long)]
    pub no_color: bool,
}

/// `plimsoll init`.
#[derive(Debug, Default, Args)]
pub struct Init {
    /// The directory of package.json; in a workspace that of the package which runs [default: .].
    #[arg(value_name = "DIRECTORY")]
    pub directory: Option<PathBuf>,
    /// Write over files that are there and say something else.
    #[arg(long)]
    pub force: bool,
    /// Print the files as a patch and write nothing.
    #[arg(long, visible_alias = "diff")]
    pub dry_run: bool,
    /// The port that the program listens on, where the source does not tell.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// For whom the CI job is.
    #[arg(long, value_enum, value_name = "HOST", default_value_t = CiHost::Auto)]
    pub ci: CiHost,
}

/// Hosts of repositories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum CiHost {
    /// By what the repository holds (.github, .gitlab-ci.yml), then by its remote.
    #[default]
    Auto,
    /// GitHub Actions: .github/workflows/plimsoll.yml.
    Github,
    /// GitLab: .gitlab/plimsoll.yml, to be included.
    Gitlab,
    /// No job.
    None,
}

/// Which changes to compose files an overlay makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Overlay {
    /// Those that cannot be made in place.
    Refused,
    /// All.
    All,
}

/// Formats of `plimsoll fix`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FixFormat {
    /// For people and for `git apply`.
    #[default]
    Diff,
    /// plimsoll.fix/1.
    Json,
    /// SARIF 2.1.0: the report of a scan, with `fixes`.
    Sarif,
}

/// Which findings count.
#[derive(Debug, Clone, Default, Args)]
pub struct Filter {
    /// Look at this control only; may be given several times.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Do not look at this control; may be given several times.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Also what is a matter of taste and no risk.
    #[arg(long)]
    pub style: bool,
    /// Also look for secrets in every version of every file that git keeps.
    #[arg(long)]
    pub history: bool,
    /// Also ask ShellCheck about the scripts of RUN [default: never; without a value: auto].
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "auto"
    )]
    pub shellcheck: Option<crate::shellcheck::When>,
    /// Look at this service only; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub service: Vec<String>,
    /// Leave out what is milder.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub min_severity: Option<Level>,
    /// The configuration, instead of the nearest plimsoll.toml.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Statements of which vulnerabilities do no harm: an OpenVEX document, or CycloneDX with an analysis; may be given
    /// several times.
    #[arg(long, value_name = "FILE")]
    pub vex: Vec<PathBuf>,
    /// Rules in Rego over the posture, beside those of the configuration: a file, or a directory of them; may be given
    /// several times.
    #[arg(long, value_name = "FILE_OR_DIRECTORY")]
    pub policy: Vec<PathBuf>,
    /// The package whose rules are asked, or a pattern such as `*`; may be given several times [default: main].
    #[arg(long, value_name = "PACKAGE")]
    pub policy_namespace: Vec<String>,
}

/// `plimsoll posture`.
#[derive(Debug, Args)]
pub struct PostureArguments {
    /// What to read.
    #[command(flatten)]
    pub selection: Selection,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = PostureFormat::Human)]
    pub format: PostureFormat,
    /// Only this service; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub service: Vec<String>,
    /// Never use colour.
    #[arg(long)]
    pub no_color: bool,
}

/// `plimsoll paths`.
#[derive(Debug, Args)]
pub struct PathsArguments {
    /// What to read.
    #[command(flatten)]
    pub selection: Selection,
    /// What is printed.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = PathsFormat::Human)]
    pub format: PathsFormat,
    /// Only this service; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub service: Vec<String>,
    /// The configuration, instead of the nearest plimsoll.toml.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Never use colour.
    #[arg(long)]
    pub no_color: bool,
}

/// Formats of attack paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PathsFormat {
    /// For people.
    Human,
    /// plimsoll.paths/1.
    Json,
    /// The graph, for Graphviz.
    Dot,
    /// The graph as a picture.
    Svg,
}

/// `plimsoll sbom`.
#[derive(Debug, Args)]
pub struct SbomArguments {
    /// What to read; also a bill of materials, to write it in another format.
    #[command(flatten)]
    pub selection: Selection,
    /// What is written.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = SbomFormat::Cyclonedx)]
    pub format: SbomFormat,
    /// The file to write; `-` is standard output, the default.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Formats of a bill of materials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SbomFormat {
    /// CycloneDX 1.6 as JSON.
    Cyclonedx,
    /// SPDX 2.3 as JSON.
    Spdx,
}

/// `plimsoll baseline`.
#[derive(Debug, Args)]
pub struct BaselineArguments {
    /// What to read.
    #[command(flatten)]
    pub selection: Selection,
    /// Which findings count.
    #[command(flatten)]
    pub filter: Filter,
    /// The file to write; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// `plimsoll import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// Directories that hold such configurations, or the files themselves [default: .].
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Add to the configuration instead of printing; refused where it says something else already.
    #[arg(long)]
    pub write: bool,
    /// The configuration to add to [default: plimsoll.toml beside the first path].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// plimsoll.report/1.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
    /// GitHub workflow commands.
    Github,
    /// GitLab code quality.
    Gitlab,
    /// For a pull request's comment.
    Markdown,
}

/// Formats of a posture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PostureFormat {
    /// For people.
    Human,
    /// plimsoll.posture/1.
    Json,
}

/// Formats of the list of controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// Columns.
    Table,
    /// plimsoll.controls/1.
    Json,
    /// The page `docs/controls.md`.
    Markdown,
}

/// Severities as arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names of severities")]
pub enum Level {
    Critical,
    High,
    Medium,
    Low,
    Info,
}

impl Level {
    /// The severity.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::Critical => Severity::Critical,
            Self::High => Severity::High,
            Self::Medium => Severity::Medium,
            Self::Low => Severity::Low,
            Self::Info => Severity::Info,
        }
    }
}

/// The gate as an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names of severities")]
pub enum Gate {
    Critical,
    High,
    Medium,
    Low,
    Never,
}

impl Gate {
    /// The severity; `None` for never.
    #[must_use]
    pub fn severity(self) -> Option<Severity> {
        Some(match self {
            Self::Critical => Severity::Critical,
            Self::High => Severity::High,
            Self::Medium => Severity::Medium,
            Self::Low => Severity::Low,
            Self::Never => return None,
        })
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, path) = text.split_once('=').ok_or("write it as FORMAT=PATH")?;
    let format = Format::from_str(format, false).map_err(|_| {
        let known: Vec<String> = Format::value_variants()
            .iter()
            .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
            .collect();
        format!("`{format}` is no format: use {}", known.join(", "))
    })?;
    if path.is_empty() {
        return Err("the path is missing".to_owned());
    }
    Ok((format, PathBuf::from(path)))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_declarations_are_sound() {
        Arguments::command().debug_assert();
    }
}

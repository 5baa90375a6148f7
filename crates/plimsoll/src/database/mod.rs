//! `plimsoll db`: what is known, how old it is, and how it gets newer.
//!
//! The data that the program carries is always there. Data that was imported or fetched lies in a store, and of each part the newer one is
//! used. A scan never fails because of a store: what is damaged is told. Deliberately absent: what feeds mean (`plimsoll-packages`).

pub(crate) mod feeds;
mod import;
pub mod limit;
mod status;
pub(crate) mod store;
mod update;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use plimsoll_packages::database::Database;

use self::store::{Place, Store};
use crate::run::{Failure, Streams};

/// `plimsoll db`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say what is known: where each part comes from, how complete it is and how old.
    Status {
        /// Which store.
        #[command(flatten)]
        choice: Choice,
        /// What is printed.
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
    /// Take advisories from files, without a network: OSV records (JSON, or the ZIP of an ecosystem), the JSON of Debian's tracker,
    /// Alpine's secdb, CISA's known exploited vulnerabilities, the index of Node.js, reports of `npm audit --json`.
    ///
    /// What a file is gets told by what it says, not by its name.
    #[command(after_help = "Exit codes: 0 imported, 2 nothing could be imported.")]
    Import {
        /// Files, ZIP archives, and directories of either.
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
        /// The day that the files were published on, YYYY-MM-DD [default: the day each was last changed].
        #[arg(long, value_name = "DAY")]
        published: Option<String>,
        /// Which store.
        #[command(flatten)]
        choice: Choice,
    },
    /// Fetch the public feeds over HTTPS. What was fetched is kept when the connection breaks, and the next update goes on from there.
    #[command(
        after_help = "Exit codes: 0 everything is up to date, 1 some feeds could not be fetched (the others were), 2 none could."
    )]
    Update {
        /// Where all feeds are, in the layout of docs/database.md, instead of their publishers.
        #[arg(long, value_name = "URL")]
        base: Option<String>,
        /// Fetch only these.
        #[arg(long, value_enum, value_name = "FEED", value_delimiter = ',')]
        only: Vec<feeds::Feed>,
        /// Also this release of Alpine; may be given several times.
        #[arg(long, value_name = "RELEASE")]
        alpine: Vec<String>,
        /// The configuration, instead of the plimsoll.toml of this directory.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Which store.
        #[command(flatten)]
        choice: Choice,
    },
}

/// Which store is used.
#[derive(Debug, Clone, Default, Args)]
pub struct Choice {
    /// The store of imported advisories, instead of the user's own; `embedded`: only what plimsoll carries.
    #[arg(long = "db", value_name = "DIRECTORY")]
    pub store: Option<PathBuf>,
}

/// Formats of `plimsoll db status`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// plimsoll.database/1.
    Json,
}

pub(crate) fn run(arguments: Arguments, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    match arguments.command {
        Command::Status { choice, format } => status::run(&choice, format, streams),
        Command::Import { paths, published, choice } => {
            import::run(&paths, published.as_deref(), &choice, streams)
        }
        Command::Update { base, only, alpine, config, choice } => {
            let asked = update::Asked { base, only, alpine, config };
            update::run(&asked, &choice, streams)
        }
    }
}

/// What everything is judged by, and what of the store could not be used.
pub(crate) fn open(choice: &Choice) -> (Database, Vec<String>) {
    let Place::Directory { path, named } = Place::of(choice.store.as_deref()) else {
        return (Database::default(), Vec::new());
    };
    let mut store = Store::read(&path);
    if named && store.is_empty() && store.complaints.is_empty() {
        let missing =
            format!("{}: no store of advisories; the data that plimsoll carries is used", path.display());
        store.complaints.push(missing);
    }
    (store.database(), store.complaints)
}

/// The directory of the store that is changed.
fn directory(choice: &Choice) -> Result<PathBuf, Failure> {
    match Place::of(choice.store.as_deref()) {
        Place::Directory { path, .. } => Ok(path),
        Place::Embedded => Err(Failure::Told(
            "there is no store to write to: name a directory with --db or PLIMSOLL_DB".to_owned(),
        )),
    }
}

/// The store of a directory, to be changed: complaints are told, and what is damaged is made anew.
fn opened(path: &Path, streams: &mut Streams<'_>) -> Store {
    let store = Store::read(path);
    for complaint in &store.complaints {
        let _ = writeln!(streams.stderr, "warning: {}", plimsoll_report::plain(complaint));
    }
    store
}

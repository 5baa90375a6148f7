//! Images by name: out of the engine of this machine, or out of a registry when that is asked for.
//!
//! Both stream into the reader that archives have; nothing is written and nothing is pulled into the engine. Deliberately absent: the
//! archive's meaning (see `archives`), and any decision to go out on the network: a flag is.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use plimsoll_engine::{Address, EngineError, Lookout, Patience};
use plimsoll_fetch::{Fetcher, Limits, Network};
use plimsoll_packages::archive::{self, Choice, Directory, Handle};
use plimsoll_registry::{Keychain, Layout, Name, Registry, RegistryError};
use plimsoll_trust::Key;

use crate::archives::Archive;
use crate::args::{ImageSource, Selection};
use crate::disk;
use crate::layer_secrets::Eyes;

/// A key's file is no larger.
const MAX_KEY: u64 = 64 * 1024;
/// An image of many gigabytes is exported at the speed at which it is read.
const EXPORT: Duration = Duration::from_secs(60 * 60);

/// The keys of `--key`.
///
/// # Errors
/// A message for the user.
pub fn keys(selection: &Selection) -> Result<Vec<Key>, String> {
    selection.key.iter().map(|path| key(path, &path.to_string_lossy())).collect()
}

/// One key, under the name that reports have for it.
///
/// # Errors
/// A message for the user.
pub fn key(path: &Path, name: &str) -> Result<Key, String> {
    let pem = disk::read_named(path, MAX_KEY).map_err(|error| format!("{name}: {error}"))?;
    Key::parse(name, &pem).map_err(|error| format!("{name}: {error}"))
}

/// Reads every image that `--image` names.
///
/// # Errors
/// A message for the user: an image that was asked for and cannot be read is no clean image.
pub fn read(selection: &Selection, keys: &Arc<[Key]>) -> Result<Vec<Arc<Archive>>, String> {
    if selection.image.is_empty() {
        return Ok(Vec::new());
    }
    let variable = |name: &str| std::env::var(name).ok();
    let mut engine: Option<Result<Lookout, EngineError>> = None;
    let mut remote: Option<(Fetcher, Keychain)> = None;
    let mut archives = Vec::new();
    let mut seen = BTreeSet::new();
    for name in selection.image.iter().filter(|name| seen.insert(name.as_str())) {
        let place = Place { name, platform: selection.platform.as_deref(), keys };
        let mut refused = None;
        if selection.from != ImageSource::Registry {
            let lookout = engine.get_or_insert_with(|| {
                let patience = Patience { work: EXPORT, ..Patience::default() };
                Lookout::patient(&Address::find(variable)?, patience, None)
            });
            match lookout {
                Ok(lookout) => match place.of_engine(lookout)? {
                    Some(archive) => {
                        archives.push(Arc::new(archive));
                        continue;
                    }
                    None => {
                        refused =
                            Some(format!("the engine has no image `{name}` (`docker pull {name}` gets it)"))
                    }
                },
                Err(error) => refused = Some(error.to_string()),
            }
        }
        if selection.from == ImageSource::Engine {
            let why = refused.unwrap_or_default();
            return Err(format!("{why}; `--from registry` reads it without an engine"));
        }
        if remote.is_none() {
            remote = Some(outside(selection, variable).map_err(|why| joined(refused.as_ref(), &why))?);
        }
        let Some((fetcher, keychain)) = &remote else { continue };
        let archive = place.of_registry(fetcher, keychain);
        archives.push(Arc::new(archive.map_err(|why| joined(refused.as_ref(), &why))?));
    }
    Ok(archives)
}

fn joined(first: Option<&String>, second: &str) -> String {
    match first {
        Some(first) => format!("{first}, and {second}"),
        None => second.to_owned(),
    }
}

fn outside(
    selection: &Selection,
    variable: impl Fn(&str) -> Option<String> + Copy,
) -> Result<(Fetcher, Keychain), String> {
    let mut network = Network::of(variable);
    if let Some(file) = &selection.ca_file {
        network.authorities = Some(file.clone());
    }
    let fetcher = Fetcher::new(Limits::default(), &network).map_err(|error| error.to_string())?;
    let keychain = Keychain::find(variable).map_err(|error| error.to_string())?;
    Ok((fetcher, keychain))
}

/// One image that is wanted.
struct Place<'a> {
    name: &'a str,
    platform: Option<&'a str>,
    keys: &'a Arc<[Key]>,
}

impl Place<'_> {
    fn choice(&self) -> Choice {
        Choice { platform: self.platform.map(str::to_owned) }
    }

    fn of_engine(&self, lookout: &Lookout) -> Result<Option<Archive>, String> {
        let told = |error: EngineError| format!("{}: {error}", self.name);
        let Some(detail) = lookout.image(self.name).map_err(told)? else { return Ok(None) };
        // Without a tag the engine would send all images of that name.
        let latest = format!("{}:latest", self.name);
        let name = if detail.repo_tags.contains(&latest) { &latest } else { self.name };
        let reading = lookout
            .export(name, |stream| {
                archive::read(archive::Input::Stream(Box::new(stream)), &self.choice(), &Eyes)
            })
            .map_err(told)?;
        let Some(reading) = reading else { return Ok(None) };
        let mut archive = Archive::new(self.name, reading, self.keys.clone())?;
        archive.repository_digests = detail.repo_digests;
        Ok(Some(archive))
    }

    fn of_registry(&self, fetcher: &Fetcher, keychain: &Keychain) -> Result<Archive, String> {
        let told = |error: RegistryError| format!("{}: {error}", self.name);
        let name = Name::parse(self.name).map_err(told)?;
        let registry = Registry::new(fetcher, name, keychain);
        let layout = Layout::open(&registry, self.platform).map_err(told)?;
        let directory = Remote(&layout);
        let reading = archive::read(archive::Input::Directory(&directory), &self.choice(), &Eyes);
        let mut reading = reading.map_err(|error| format!("{}: {error}", self.name))?;
        // The other platforms were not fetched, and the registry knows their names.
        reading.left_out.clone_from(&layout.left_out);
        reading.faults.extend(layout.faults.iter().cloned());
        let repository = registry.name();
        let digest = format!("{}/{}@{}", repository.registry, repository.repository, layout.digest);
        let mut archive = Archive::new(self.name, reading, self.keys.clone())?;
        archive.repository_digests = vec![digest];
        Ok(archive)
    }
}

struct Remote<'a>(&'a Layout<'a>);

impl Directory for Remote<'_> {
    fn open(&self, path: &str) -> io::Result<Box<dyn Handle>> {
        Ok(Box::new(self.0.file(path)?))
    }
}

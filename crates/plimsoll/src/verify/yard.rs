//! The place where a proof is made: the engine, a directory of its own, and the duty to leave nothing behind.
//!
//! Everything that is made carries a label with the name of this run, and by it is found and removed: after every trial, at
//! the end, after an error and after Ctrl-C. What was there before is never removed.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use plimsoll_engine::{Address, BuildOrder, EngineError, Labels, Lookout, Patience, Stop, Workshop};

use super::Trouble;

/// The label of everything that is made.
pub(super) const LABEL: &str = "dev.plimsoll.proof";

/// How often removing is tried: what the engine was still making when it was told to stop comes to be a moment later.
const SWEEPS: usize = 4;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(250);

/// Where a proof is made.
pub(super) struct Yard {
    /// The name of this run.
    pub(super) run: String,
    /// Whether containers may reach the network beyond this machine, and images be pulled.
    pub(super) online: bool,
    pub(super) address: Address,
    pub(super) stop: Stop,
    pub(super) deadline: Instant,
    shop: Workshop,
    /// For cleaning up: nothing stops it but its own limits.
    broom: Workshop,
    folder: PathBuf,
    /// Images that were there before.
    there: BTreeSet<String>,
    /// Short ids that builds named.
    layers: RefCell<Vec<String>>,
}

impl Yard {
    pub(super) fn open(limit: Duration, online: bool) -> Result<Self, EngineError> {
        let address = Address::find(|name| std::env::var(name).ok())?;
        // Containers are asked on their own addresses, and the directory of a project is mounted.
        if !address.is_local() {
            return Err(EngineError::Elsewhere(address.to_string()));
        }
        let stop: Stop = Arc::new(AtomicBool::new(false));
        let patience = Patience { work: limit, ..Patience::default() };
        let shop = Workshop::open(&address, patience, Some(stop.clone()))?;
        let broom = Workshop::open(&address, Patience::default(), None)?;
        let there = shop.lookout().images(true)?.into_iter().map(|image| image.id).collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let run = format!("{:x}-{:x}", std::process::id(), now.as_micros() & 0xff_ffff_ffff);
        let folder = std::env::temp_dir().join(format!("plimsoll-proof-{run}"));
        Ok(Self {
            run,
            online,
            address,
            stop,
            deadline: Instant::now() + limit,
            shop,
            broom,
            folder,
            there,
            layers: RefCell::default(),
        })
    }

    pub(super) fn shop(&self) -> &Workshop {
        &self.shop
    }

    pub(super) fn lookout(&self) -> &Lookout {
        self.shop.lookout()
    }

    /// Whether to go on.
    pub(super) fn check(&self) -> Result<(), Trouble> {
        match self.stop.load(Ordering::Relaxed) {
            true => Err(Trouble::Stopped),
            false if Instant::now() >= self.deadline => Err(Trouble::late()),
            false => Ok(()),
        }
    }

    pub(super) fn labels(&self) -> Labels {
        Labels::from([(LABEL.to_owned(), self.run.clone())])
    }

    /// A name for something that is made.
    pub(super) fn name(&self, what: &str) -> String {
        format!("plimsoll-{}-{what}", self.run)
    }

    /// A new directory that only this user may enter.
    pub(super) fn folder(&self, name: &str) -> Result<PathBuf, Trouble> {
        let told = |error: std::io::Error| Trouble::Cannot(format!("{}: {error}", self.folder.display()));
        if !self.folder.exists() {
            private(&self.folder).map_err(told)?;
        }
        let folder = self.folder.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(told)?;
        }
        std::fs::create_dir(&folder).map_err(told)?;
        Ok(folder)
    }

    /// Builds by the engine's own builder, and remembers what comes of it.
    pub(super) fn build(
        &self,
        order: &BuildOrder,
        context: &mut dyn FnMut(&mut dyn std::io::Write) -> std::io::Result<()>,
    ) -> Result<String, EngineError> {
        self.shop.build(order, context, &mut self.layers.borrow_mut())
    }

    /// Removes containers, networks and volumes of this run; what cannot be is returned.
    pub(super) fn sweep(&self) -> Vec<String> {
        let mut left = Vec::new();
        for turn in 1..=SWEEPS {
            left = self.sweep_once();
            // After a stop something may still be on its way.
            let settled = turn > 2 || !self.stop.load(Ordering::Relaxed);
            if settled && left.is_empty() && self.bare() {
                break;
            }
            std::thread::sleep(PAUSE);
        }
        left
    }

    fn sweep_once(&self) -> Vec<String> {
        let labels = self.labels();
        let (shop, look) = (&self.broom, self.broom.lookout());
        let mut left = Vec::new();
        let mut done = |what: &str, name: &str, result: Result<(), EngineError>| match result {
            Err(error) if !error.is_missing() => left.push(format!("{what} {name}: {error}")),
            _ => {}
        };
        for container in look.containers(true, &labels).unwrap_or_default() {
            done("container", &container.id, shop.remove_container(&container.id));
        }
        for network in look.networks(&labels).unwrap_or_default() {
            done("network", &network.name, shop.remove_network(&network.id));
        }
        for volume in look.volumes(&labels).unwrap_or_default() {
            done("volume", &volume.name, shop.remove_volume(&volume.name));
        }
        left
    }

    /// Whether nothing of this run is there.
    fn bare(&self) -> bool {
        let labels = self.labels();
        let look = self.broom.lookout();
        look.containers(true, &labels).is_ok_and(|all| all.is_empty())
            && look.networks(&labels).is_ok_and(|all| all.is_empty())
            && look.volumes(&labels).is_ok_and(|all| all.is_empty())
    }

    /// Removes everything of this run; what cannot be is returned.
    pub(super) fn clear(&self) -> Vec<String> {
        let mut left = self.sweep();
        let look = self.broom.lookout();
        for image in look.images_labelled(&self.labels()).unwrap_or_default() {
            if self.there.contains(&image.id) {
                continue;
            }
            let names: Vec<&String> =
                image.repo_tags.iter().filter(|name| !name.starts_with("<none>")).collect();
            let ours = format!("plimsoll-{}-", self.run);
            let removed = match names.is_empty() {
                true => self.broom.remove_image(&image.id),
                // A name that somebody else gave it meanwhile stays.
                false => names
                    .iter()
                    .filter(|name| name.starts_with(&ours))
                    .try_for_each(|name| self.broom.remove_image(name)),
            };
            if let Err(error) = removed.or_else(|error| if error.is_missing() { Ok(()) } else { Err(error) })
            {
                left.push(format!("image {}: {error}", image.id));
            }
        }
        // The last first: each stands on the one before it.
        for id in self.layers.take().into_iter().rev() {
            self.clear_layer(&id);
        }
        if self.folder.exists() && std::fs::remove_dir_all(&self.folder).is_err() {
            left.push(format!("{}: a container wrote what this user cannot remove", self.folder.display()));
        }
        left
    }

    /// Removes an image between that this run made. One that another build or container uses by now stays with them.
    fn clear_layer(&self, id: &str) {
        let Ok(Some(image)) = self.broom.lookout().image(id) else { return };
        if !self.there.contains(&image.id) && image.repo_tags.is_empty() {
            let _ = self.broom.remove_image(&image.id);
        }
    }
}

impl Drop for Yard {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(unix)]
fn private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir(folder)
}

//! What an engine has: images, containers, networks.

use std::sync::Arc;

use plimsoll_posture::{Claim, HeldContainer, HeldImage, HeldNetwork, Known};

use super::entry::Entry;
use super::time;

/// The option of a bridge that lets its containers talk to each other.
const ICC: &str = "com.docker.network.bridge.enable_icc";
const DEFAULT_BRIDGE: &str = "com.docker.network.bridge.default_bridge";
/// The address on which its ports are published when none is named.
const BINDING: &str = "com.docker.network.bridge.host_binding_ipv4";

/// What docker0 tells of the daemon's settings.
#[derive(Debug, Default)]
pub(super) struct Bridge {
    pub(super) icc: Option<Claim<bool>>,
    pub(super) default_ip: Option<Claim<Arc<str>>>,
}

/// A list of `GET /images/json`, or whole objects as `docker image inspect` prints them.
pub(super) fn images(list: &Entry<'_>) -> Vec<HeldImage> {
    let texts = |item: &Entry<'_>, key: &str| -> Vec<Arc<str>> {
        let list = item.get(key);
        let named = |entry: Entry<'_>| entry.word().filter(|text| !text.contains("<none>")).cloned();
        list.iter().flat_map(Entry::items).filter_map(named).collect()
    };
    list.items()
        .filter_map(|item| {
            let id = item.get("Id")?;
            let created = item.get("Created");
            let created = created.and_then(|at| at.number().or_else(|| time::seconds(at.text()?)));
            Some(HeldImage {
                id: id.word()?.clone(),
                tags: texts(&item, "RepoTags"),
                digests: texts(&item, "RepoDigests"),
                // Go's zero stands for a day that nobody wrote down.
                created: created.filter(|at| *at > 0),
                size: number(&item, "Size"),
                at: id.at(),
            })
        })
        .collect()
}

/// Whole objects as `docker inspect` prints them, or a list of `GET /containers/json`.
pub(super) fn containers(list: &Entry<'_>) -> Vec<HeldContainer> {
    list.items()
        .filter_map(|item| {
            let id = item.get("Id")?;
            let state = item.get("State");
            let status = state.and_then(|state| match state.text() {
                Some(text) => Some(text.clone()),
                None => state.get("Status")?.text().cloned(),
            });
            let name = item.get("Name").or_else(|| item.get("Names")?.items().next());
            let word = name.as_ref().and_then(Entry::word);
            let image = item.get("ImageID").or_else(|| item.get("Image"));
            let short = || id.text().and_then(|id| id.get(..12)).unwrap_or("");
            Some(HeldContainer {
                name: word.map_or_else(short, |name| name.trim_start_matches('/')).into(),
                status: status.unwrap_or_else(|| "".into()),
                image_id: image.and_then(|image| image.text().cloned()).unwrap_or_else(|| "".into()),
                at: name.unwrap_or_else(|| id.clone()).at(),
            })
        })
        .collect()
}

/// A list of `GET /networks`, or what `docker network inspect` prints; and what it says of docker0.
pub(super) fn networks(list: &Entry<'_>) -> (Vec<HeldNetwork>, Bridge) {
    let mut docker0 = Bridge::default();
    let networks = list
        .items()
        .filter_map(|item| {
            // Docker and its API write `Name`, Podman's own API `name`.
            let name = item.get("Name").or_else(|| item.get("name"))?;
            let driver = item.get("Driver").or_else(|| item.get("driver"));
            let driver = driver.and_then(|driver| driver.text().cloned()).unwrap_or_else(|| "".into());
            let options = item.get("Options");
            let option = |key: &str| options.as_ref()?.members().find(|(own, _)| &***own == key);
            let icc = option(ICC).and_then(|(_, entry)| Some((&**entry.text()? != "false", entry)));
            let is_default = option(DEFAULT_BRIDGE)
                .is_some_and(|(_, entry)| entry.text().is_some_and(|text| &**text == "true"));
            if is_default {
                docker0.icc = icc.as_ref().map(|(flag, entry)| entry.running(*flag));
                docker0.default_ip = option(BINDING)
                    .and_then(|(_, entry)| entry.word().map(|word| entry.running(word.clone())));
            }
            let encrypted = option("encrypted")
                .is_some_and(|(_, entry)| entry.text().is_some_and(|text| &**text != "false"));
            Some(HeldNetwork {
                name: name.word()?.clone(),
                icc: Known::Value(icc.map_or(&*driver != "null", |(flag, _)| flag)),
                internal: item.get("Internal").and_then(|flag| flag.flag()) == Some(true),
                encrypted: encrypted && &*driver == "overlay",
                driver,
                at: name.at(),
            })
        })
        .collect();
    (networks, docker0)
}

fn number(item: &Entry<'_>, key: &str) -> u64 {
    item.get(key).and_then(|entry| entry.number()).and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}

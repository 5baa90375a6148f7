//! Asks an engine, and the host where it is this machine's, for everything that a scan wants to know, and for what a fix makes
//! limits of.

use std::path::Path;
use std::sync::Arc;

use plimsoll_engine::{Address, EngineError, Lookout, Part};

use super::{Document, Observation, process, skipped, usage};
use crate::args::Selection;
use crate::host::{self, Hints};

/// What `--engine` or the word `host` asks for; nothing where neither is given.
///
/// # Errors
/// A message for the user: an engine that was asked for and does not answer is no clean engine.
pub(crate) fn observe(selection: &Selection) -> Result<Vec<Arc<Observation>>, String> {
    if selection.engine_address().is_none() {
        return Ok(Vec::new());
    }
    let told = |error: EngineError| error.to_string();
    let address = address(selection).map_err(told)?;
    let lookout = Lookout::open(&address).map_err(told)?;
    let survey = lookout.survey(&Part::ALL);
    let hints = Hints {
        data_root: survey.text(Part::Info).and_then(data_root),
        elsewhere: (!address.is_local()).then(|| address.to_string()),
    };
    let captured = host::capture(selection.host_root.as_deref().unwrap_or(Path::new("/")), &hints);
    let of_engine = survey.documents.into_iter();
    let of_engine = of_engine.map(|document| (document.part.name().to_owned(), document.text.into_bytes()));
    let of_host = captured.documents.into_iter().map(|document| (document.name, document.bytes));
    let documents = of_engine.chain(of_host).filter_map(|(name, bytes)| Document::new(name, bytes));
    let gaps = survey.gaps.iter().map(|gap| {
        let name = match &gap.object {
            Some(object) => format!("{}/{object}", gap.part),
            None => gap.part.to_string(),
        };
        skipped(&name, gap.why.to_string())
    });
    let unread = gaps.chain(captured.unread.iter().map(|(name, why)| skipped(name, why.clone())));
    let mut observation = Observation::new("engine".to_owned(), documents.collect(), unread.collect());
    if address.is_local() {
        let root = selection.host_root.as_deref().unwrap_or(Path::new("/"));
        process::look(&mut observation, root);
    }
    Ok(vec![Arc::new(observation)])
}

/// Asks what the containers of projects have written and use, and makes advice of what was observed.
///
/// # Errors
/// As [`observe`].
pub(crate) fn advise(selection: &Selection, observations: &mut [Arc<Observation>]) -> Result<(), String> {
    if selection.engine_address().is_none() {
        return Ok(());
    }
    let told = |error: EngineError| error.to_string();
    let lookout = Lookout::open(&address(selection).map_err(told)?).map_err(told)?;
    for observation in observations.iter_mut().filter_map(Arc::get_mut) {
        usage::ask(&lookout, observation);
        observation.advice = true;
    }
    Ok(())
}

/// What the user should hear of the way to the engine that is asked.
pub(crate) fn warning(selection: &Selection) -> Option<String> {
    selection.engine_address()?;
    address(selection).ok()?.warning()
}

/// The engine that `--engine` names, and where it names none the one of the environment or of this host.
///
/// # Errors
/// As [`Address::find`].
pub(crate) fn address(selection: &Selection) -> Result<Address, EngineError> {
    let variable = |name: &str| std::env::var(name).ok();
    match selection.engine_address() {
        None | Some("") => Address::find(variable),
        // What is written goes before every variable.
        Some(written) => Address::named(written, variable),
    }
}

/// Where the engine says that its data are.
fn data_root(info: &str) -> Option<String> {
    let info: serde_json::Value = serde_json::from_str(info).ok()?;
    info.get("DockerRootDir")?.as_str().map(str::to_owned)
}

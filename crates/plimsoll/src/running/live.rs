//! Asks an engine for everything that a scan wants to know of it, and for what a fix makes limits of.

use std::path::Path;
use std::sync::Arc;

use plimsoll_engine::{Address, EngineError, Lookout, Part};

use super::{Document, Observation, process, skipped, usage};
use crate::args::Selection;

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
    let documents = survey.documents.into_iter();
    let documents =
        documents.filter_map(|document| Document::new(document.part.name(), document.text.into()));
    let unread = survey.gaps.iter().map(|gap| {
        let name = match &gap.object {
            Some(object) => format!("{}/{object}", gap.part),
            None => gap.part.to_string(),
        };
        skipped(&name, gap.why.to_string())
    });
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

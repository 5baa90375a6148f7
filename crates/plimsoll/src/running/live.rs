//! Asks an engine for everything that a scan wants to know of it.

use std::sync::Arc;

use plimsoll_engine::{Address, EngineError, Labels, Lookout};

use super::{Document, Observation};
use crate::args::Selection;

/// What `--engine` or the word `host` asks for; nothing where neither is given.
///
/// # Errors
/// A message for the user: an engine that was asked for and does not answer is no clean engine.
pub(crate) fn observe(selection: &Selection) -> Result<Vec<Arc<Observation>>, String> {
    let Some(address) = selection.engine_address() else { return Ok(Vec::new()) };
    let variable = |name: &str| std::env::var(name).ok();
    let told = |error: EngineError| error.to_string();
    // What is written goes before every variable.
    let address = Address::find(|name: &str| match (name, address) {
        ("DOCKER_HOST", written) if !written.is_empty() => Some(written.to_owned()),
        _ => variable(name),
    });
    let lookout = Lookout::open(&address.map_err(told)?).map_err(told)?;
    let mut containers = Vec::new();
    for summary in lookout.containers(true, &Labels::default()).map_err(told)? {
        // One that is gone by now is no container of this host.
        containers.extend(lookout.container(&summary.id).map_err(told)?);
    }
    let mut documents = Vec::new();
    let bytes = serde_json::to_vec(&containers).map_err(|error| error.to_string())?;
    documents.extend(Document::new("engine/containers", bytes));
    Ok(vec![Arc::new(Observation::new("engine".to_owned(), documents, Vec::new()))])
}

//! Asks an engine for everything that a scan wants to know of it.

use std::sync::Arc;

use plimsoll_engine::{Address, EngineError, Lookout, Part};

use super::{Document, Observation, skipped};
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
    Ok(vec![Arc::new(Observation::new("engine".to_owned(), documents.collect(), unread.collect()))])
}

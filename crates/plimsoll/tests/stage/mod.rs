//! What a run over a directory would find among files that are held in memory.

use plimsoll::discover::{ComposeOptions, Plan};
use plimsoll::{classify, paths};
use plimsoll_lens::Memory;

/// The plan of all files whose name tells what they are.
pub(crate) fn plan(world: &Memory, options: &ComposeOptions) -> Plan {
    let named = world.files.keys();
    let candidates: Vec<_> = named
        .filter_map(|path| classify::by_name(paths::name(path)).map(|class| (path.clone(), class)))
        .collect();
    let mut plan = Plan::default();
    plan.add_found(world, world, ".", &candidates, options);
    plan
}

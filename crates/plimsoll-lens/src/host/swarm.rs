//! What an engine says of the swarm that it is part of (`Swarm` of `GET /info`, and `GET /swarm` of a manager).

use std::sync::Arc;

use plimsoll_posture::{Fact, Host, Known, Reason};

use super::entry::Entry;

const NANOSECONDS: u64 = 1_000_000_000;

pub(super) fn read(host: &mut Host, info: Option<&Entry<'_>>, swarm: Option<&Entry<'_>>) {
    let own = &mut host.swarm;
    let told = info.and_then(|info| info.get("Swarm"));
    if let Some(state) = told.as_ref().and_then(|told| told.get("LocalNodeState"))
        && let Some(text) = state.text()
    {
        own.active.push(state.running(matches!(&**text, "active" | "locked")));
    }
    for (fact, key) in [(&mut own.managers, "Managers"), (&mut own.nodes, "Nodes")] {
        // Only managers know; on every other node the number is absent or 0.
        if let Some(entry) = told.as_ref().and_then(|told| told.get(key))
            && let Some(number) = entry.number().and_then(|number| u64::try_from(number).ok())
            && number > 0
        {
            fact.push(entry.running(number));
        }
    }
    let whole = swarm.filter(|swarm| swarm.get("Spec").is_some()).cloned();
    if let Some(id) = whole.as_ref().and_then(|swarm| swarm.get("ID"))
        && own.active.claims().is_empty()
    {
        own.active.push(id.running(true));
    }
    let cluster = whole.or_else(|| told.as_ref()?.get("Cluster"));
    let spec = cluster.and_then(|cluster| cluster.get("Spec"));
    if let Some(lock) = spec.as_ref().and_then(|spec| spec.get("EncryptionConfig")?.get("AutoLockManagers"))
        && let Some(flag) = lock.flag()
    {
        own.autolock.push(lock.running(flag));
    }
    if let Some(expiry) = spec.as_ref().and_then(|spec| spec.get("CAConfig")?.get("NodeCertExpiry"))
        && let Some(number) = expiry.number().and_then(|number| u64::try_from(number).ok())
    {
        own.certificate_seconds.push(expiry.running(number / NANOSECONDS));
    }
    if own.active.value() == Some(&true)
        && let Some(told) = told
    {
        let sockets: Known<Arc<str>> = Known::Unknown(Reason::NeedsEngine("ss -ltn 'sport = :2377'"));
        own.listen = Fact::of(told.known(sockets));
    }
}

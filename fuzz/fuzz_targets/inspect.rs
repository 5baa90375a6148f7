//! Any bytes as what an engine says of its containers. Reading must neither panic nor hang, every place must lie in its document, and
//! what is put together from it must not depend on how often it is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_lens::inspect;
use plimsoll_posture::{Posture, assemble, observe};
use plimsoll_text::{SourceKind, Sources, Span};

fuzz_target!(|data: &[u8]| {
    let mut sources = Sources::new();
    let id = sources.add("containers.json", SourceKind::Other, data);
    let reading = inspect::read(sources.get(id));
    let again = inspect::read(sources.get(id));
    assert_eq!(reading.containers.len(), again.containers.len());
    let inside = |span: Span| assert!(sources.get(span.source).text.get(span.range()).is_some(), "{span:?}");
    reading.complaints.iter().for_each(|complaint| inside(complaint.at));
    for (container, same) in reading.containers.iter().zip(&again.containers) {
        let service = &container.service;
        inside(service.subject.anchor);
        service.privileged.claims().iter().for_each(|claim| inside(claim.at.span));
        service.mounts.items().for_each(|claim| inside(claim.at.span));
        service.published.items().for_each(|claim| inside(claim.at.span));
        service.env.effective().for_each(|(_, claim)| inside(claim.at.span));
        service.sightings.iter().for_each(|sighting| inside(sighting.at.at.span));
        // A container does not differ from itself.
        let mut own = same.service.clone();
        assert_eq!(observe(&mut own, service, container.status.clone()).name, service.subject.name);
    }
    let services = reading.containers.into_iter().map(|container| container.service).collect();
    assemble(&mut Posture { services, ..Posture::default() });
});

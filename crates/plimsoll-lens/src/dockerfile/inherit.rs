//! What a stage inherits from the stage it starts from.

use plimsoll_posture::{Claim, Fact, ImageChain, ImageConfig, Keyed, Union, ViaKind};
use plimsoll_text::Span;

/// What a stage takes over from its parent: every claim, one step further away.
pub(super) fn image(parent: &ImageChain, from: Span) -> ImageChain {
    let config = &parent.config;
    ImageChain {
        config: ImageConfig {
            user: fact(&config.user, from),
            env: keyed(&config.env, from),
            exposed: union(&config.exposed, from),
            entrypoint: fact(&config.entrypoint, from),
            command: fact(&config.command, from),
            workdir: fact(&config.workdir, from),
            healthcheck: fact(&config.healthcheck, from),
            volumes: union(&config.volumes, from),
            stop_signal: fact(&config.stop_signal, from),
            labels: keyed(&config.labels, from),
            shell: fact(&config.shell, from),
        },
        knowledge: parent.knowledge.clone(),
        groups: parent.groups.clone(),
        steps_down: None,
        created: parent.created.iter().map(|claim| further(claim, from)).collect(),
    }
}

fn further<T: Clone>(claim: &Claim<T>, from: Span) -> Claim<T> {
    let mut claim = claim.clone();
    claim.at = claim.at.through(ViaKind::From, Some(from));
    claim
}

fn fact<T: Clone>(fact: &Fact<T>, from: Span) -> Fact<T> {
    let mut out = Fact::new();
    for claim in fact.claims() {
        out.push(further(claim, from));
    }
    out
}

fn keyed<T: Clone>(keyed: &Keyed<T>, from: Span) -> Keyed<T> {
    let mut out = Keyed::new();
    for (key, fact) in keyed.iter() {
        for claim in fact.claims() {
            out.push(key, further(claim, from));
        }
    }
    out
}

fn union<T: Clone>(union: &Union<T>, from: Span) -> Union<T> {
    let mut out = Union::new();
    for claim in union.items() {
        out.push(further(claim, from));
    }
    out
}

//! Whether a service shares a namespace with the host, directly or through a service whose namespace it joins.

use plimsoll_posture::{Claim, Fact, Known, NamespaceMode, Posture, Reason, Service};

use crate::remedy::withdraw;
use crate::{Finding, Remedy, Verdict};

/// How many `service:x` steps are followed; Compose refuses cycles, so this bounds only broken input.
const MAX_STEPS: usize = 16;

/// Words of one kind of namespace.
pub(crate) struct Namespace {
    /// The key: `pid`.
    pub(crate) key: &'static str,
    /// The fact of a service.
    pub(crate) fact: fn(&Service) -> &Fact<NamespaceMode>,
    /// What is shared: `sees and signals every process of the host`.
    pub(crate) label: &'static str,
    /// The message after the name: `shares the host's process namespace`.
    pub(crate) shares: &'static str,
    /// What to do.
    pub(crate) fix: &'static str,
    /// What may go wrong then.
    pub(crate) risk: &'static str,
}

/// Judges one kind of namespace of a service.
pub(crate) fn judge(service: &Service, posture: &Posture, namespace: &Namespace) -> Verdict {
    let Some(own) = (namespace.fact)(service).effective() else { return Verdict::absent() };
    let mut claim = own;
    let mut through = None;
    for _ in 0..MAX_STEPS {
        match &claim.value {
            Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
            Known::Value(NamespaceMode::Host) => {
                return Verdict::fail(finding(service, namespace, own, claim, through));
            }
            Known::Value(mode @ (NamespaceMode::Service(name) | NamespaceMode::Container(name))) => {
                let Some(other) = posture.service(name) else {
                    // A project does not know the containers of its engine.
                    return Verdict::Unknown(match mode {
                        NamespaceMode::Container(_) => Reason::NeedsEngine("docker container inspect"),
                        _ => Reason::MissingSource(format!("service {name}").into()),
                    });
                };
                let Some(next) = (namespace.fact)(other).effective() else { return Verdict::pass(own) };
                through = Some(other.name());
                claim = next;
            }
            Known::Value(_) => return Verdict::pass(own),
        }
    }
    Verdict::Unknown(Reason::NotUnderstood(
        format!("{}: services that refer to each other", namespace.key).into(),
    ))
}

fn finding(
    service: &Service,
    namespace: &Namespace,
    own: &Claim<NamespaceMode>,
    host: &Claim<NamespaceMode>,
    through: Option<&str>,
) -> Finding {
    let name = service.name();
    match through {
        None => {
            let message = format!("service `{name}` {}", namespace.shares);
            Finding::at(own, namespace.label, message, namespace.fix)
                .remedied(Remedy::risky(vec![withdraw(own)], namespace.risk))
        }
        Some(other) => Finding::at(
            own,
            format!("joins `{other}`, which has the host's"),
            format!("service `{name}` {} through `{other}`", namespace.shares),
            format!("remove `{}: host` from `{other}`", namespace.key),
        )
        .with(host, namespace.label),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_posture::{Layer, Provenance, Subject, SubjectKind};
    use plimsoll_text::{SourceKind, Sources, Span};

    use super::*;

    const PID: Namespace = Namespace {
        key: "pid",
        fact: |service| &service.pid_mode,
        label: "all processes",
        shares: "shares the host's process namespace",
        fix: "remove `pid: host`",
        risk: "it sees its own processes only",
    };

    fn service(name: &str, mode: NamespaceMode) -> Service {
        let mut sources = Sources::new();
        let source = sources.add_text("x", SourceKind::Other, "");
        let anchor = Span::whole(source);
        let mut service = Service::new(Subject::new(SubjectKind::Service, name, anchor), true);
        service.pid_mode.push(Claim::declared(
            Known::Value(mode),
            Layer::Compose,
            Provenance::absent(anchor),
        ));
        service
    }

    #[test]
    fn chains_are_followed_and_cycles_end() {
        let to = |name: &str| NamespaceMode::Service(name.into());
        let posture = Posture {
            services: vec![
                service("a", to("b")),
                service("b", to("c")),
                service("c", NamespaceMode::Host),
                service("d", to("d")),
                service("e", NamespaceMode::Container("x".into())),
                service("f", NamespaceMode::Private),
            ],
            ..Posture::default()
        };
        let name = |at: usize| judge(&posture.services[at], &posture, &PID).name();
        assert_eq!(
            [name(0), name(2), name(3), name(4), name(5)],
            ["fail", "fail", "unknown", "unknown", "pass"]
        );
        let Verdict::Fail(findings) = judge(&posture.services[0], &posture, &PID) else { panic!() };
        assert_eq!(findings[0].message, "service `a` shares the host's process namespace through `c`");
    }
}

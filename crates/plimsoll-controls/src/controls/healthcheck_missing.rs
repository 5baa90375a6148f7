//! Nobody asks the program whether it still works.

use std::sync::Arc;

use plimsoll_posture::{
    Change, Claim, Healthcheck, Known, Plane, Posture, Provenance, Service, Setting, StepKind,
};

use crate::health_question::{self, Question};
use crate::image_base::{built_from, is_known, not_inspected};
use crate::remedy::{give, withdraw};
use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "healthcheck-missing",
    title: "nobody asks whether the program still works",
    page: include_str!("healthcheck_missing.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "CIS-4.6",
        "CIS-5.27",
        "CIS-DI-0006",
        "CKV_DOCKER_2",
        "DL3057",
        "DS-0026",
        "DD012",
        "DH005",
        "KICS: Healthcheck Not Set",
        "KICS: Healthcheck Instruction Missing",
    ],
    covered_by: &[],
    standing: Standing::Baseline,
    scope: Scope::Process(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    if service.job.value() == Some(&true) {
        return Verdict::NotApplicable("it is a job that ends by design");
    }
    let deciding = service.healthcheck.effective();
    match deciding.map(|claim| (claim, &claim.value)) {
        Some((_, Known::Unknown(reason))) => Verdict::Unknown(reason.clone()),
        Some((claim, Known::Value(Healthcheck::Test(_)))) => Verdict::pass(claim),
        Some((claim, Known::Value(Healthcheck::Disabled))) => Verdict::fail(
            Finding::at(
                claim,
                "switched off here",
                format!("the health check of {} `{}` is switched off", kind(service), service.name()),
                "delete this, so that a health check can be asked",
            )
            .remedied_by(
                (service.runtime && claim.layer == plimsoll_posture::Layer::Compose)
                    .then(|| Remedy::risky(vec![withdraw(claim)], REPORTED)),
            ),
        ),
        Some((claim, Known::Value(Healthcheck::TimingOnly))) => {
            match service.healthcheck.overridden().into_iter().find(|claim| is_test(claim)) {
                Some(test) => Verdict::pass(test),
                None => from_image(service, posture, Some(claim)),
            }
        }
        None => from_image(service, posture, None),
    }
}

const REPORTED: &str =
    "a container whose test fails counts as unhealthy, and what waits for it does not start";

fn is_test(claim: &Claim<Healthcheck>) -> bool {
    matches!(claim.value, Known::Value(Healthcheck::Test(_)))
}

/// Nothing that was read has a test. Official images have none either: it is the policy of those who make them.
fn from_image(service: &Service, posture: &Posture, timing: Option<&Claim<Healthcheck>>) -> Verdict {
    if !is_known(service, posture) {
        return Verdict::Unknown(not_inspected(service, posture));
    }
    let message = format!("{} `{}` has no health check", kind(service), service.name());
    let question = health_question::of(service, posture)
        .filter(|_| known_test(service).is_none_or(|(.., always)| !always));
    let fix = match &question {
        Some(question) => {
            let place = if service.runtime { "`healthcheck`" } else { "`HEALTHCHECK`" };
            format!("let {place} ask {}, which the program answers", question.address)
        }
        None => fix(service),
    };
    let mut finding = match timing {
        Some(claim) => Finding::at(claim, "sets times, but no `test`", message, fix),
        None => {
            let key = if service.runtime { "healthcheck" } else { "HEALTHCHECK" };
            let at = Provenance::absent(service.subject.anchor);
            Finding::place(at, Plane::Declared, format!("no `{key}` is set"), message, fix)
        }
    };
    if let Some(question) = &question {
        finding = finding.near(question.path_at.clone(), "this path answers");
    }
    let remedy = match &question {
        Some(question) => asking(service, posture, question),
        None => remedy(service, posture),
    };
    Verdict::fail(finding.remedied_by(remedy))
}

/// A health check that asks the program what its own source says it answers.
fn asking(service: &Service, posture: &Posture, question: &Question) -> Option<Remedy> {
    let words = question.words.iter().map(String::as_str);
    let why = format!(
        "a container that does not answer {} well counts as unhealthy, and what waits for it does not start",
        question.address
    );
    if service.runtime {
        let words = std::iter::once("CMD").chain(words).map(Into::into).collect();
        return Some(Remedy::risky(asked_and_awaited(service, posture, words), why));
    }
    let (recipe, stage) = built_from(service, posture)?;
    if recipe_change::is_base(recipe, stage) {
        return None;
    }
    let text = format!(
        "HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD {}",
        recipe_change::json_list(words)
    );
    let own = || stage.steps.iter().filter(|step| !step.on_build);
    let command = own()
        .find(|step| matches!(step.kind, StepKind::Cmd(_) | StepKind::Entrypoint(_)))
        .map(|step| step.at);
    let (beside, before) = match command.or_else(|| own().next_back().map(|step| step.at)) {
        Some(at) => (at, command.is_some()),
        None => (stage.subject.anchor, false),
    };
    let change = Change::Step { beside: stage.place(beside), before, text };
    Some(Remedy::risky(vec![change], why))
}

fn kind(service: &Service) -> &'static str {
    if service.runtime { "service" } else { "image" }
}

/// Tests that the images of well-known servers bring along: last part of the repository, words, and whether the test
/// holds for every version and every configuration of them.
const TESTS: &[(&str, &[&str], bool)] = &[
    ("mariadb", &["CMD", "healthcheck.sh", "--connect", "--innodb_initialized"], true),
    // `mongosh` came with MongoDB 5.
    ("mongo", &["CMD", "mongosh", "--quiet", "--eval", "db.adminCommand('ping').ok"], true),
    ("mysql", &["CMD", "mysqladmin", "ping", "--silent"], true),
    // Its configuration may listen on another port.
    ("nginx", &["CMD", "curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1/"], false),
    ("postgis", &["CMD", "pg_isready", "-q"], true),
    ("postgres", &["CMD", "pg_isready", "-q"], true),
    ("rabbitmq", &["CMD", "rabbitmq-diagnostics", "-q", "ping"], true),
    ("redis", &["CMD", "redis-cli", "ping"], true),
    ("valkey", &["CMD", "valkey-cli", "ping"], true),
];

fn fix(service: &Service) -> String {
    let known = known_test(service).map(|(_, words, _)| {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        format!("[{}]", words.join(", "))
    });
    if known.is_none() && is_node(service) {
        // Which path answers is for the program to say.
        let port = port(service);
        let place = if service.runtime { "`healthcheck`" } else { "`HEALTHCHECK`" };
        return format!(
            "let {place} ask port {port} for a path that answers; `plimsoll explain healthcheck-missing` has a test that needs no curl"
        );
    }
    match (known, service.runtime) {
        (Some(test), true) => format!("add `healthcheck: {{test: {test}}}`"),
        (Some(test), false) => format!("add `HEALTHCHECK CMD {}`", test.replacen("\"CMD\", ", "", 1)),
        (None, true) => "add `healthcheck` with a `test` that asks the program itself".to_owned(),
        (None, false) => "add a `HEALTHCHECK` that asks the program itself".to_owned(),
    }
}

fn known_test(service: &Service) -> Option<&'static (&'static str, &'static [&'static str], bool)> {
    let image = service.image.value().filter(|_| service.build.is_none())?;
    let name = image.repository.rsplit('/').next();
    TESTS.iter().find(|(own, ..)| name == Some(*own))
}

/// A test, where the image is known to answer it. That of a program nobody here knows is not made up.
fn remedy(service: &Service, posture: &Posture) -> Option<Remedy> {
    let (name, words, always) = known_test(service).filter(|_| service.runtime)?;
    let ended = service.knowledge.lines.iter().any(|line| line.ended);
    if !always || ended && matches!(*name, "mongo" | "mariadb") {
        return None;
    }
    let words = words.iter().map(|word| (*word).into()).collect();
    Some(Remedy::risky(asked_and_awaited(service, posture, words), REPORTED))
}

/// The health check, and that those wait for it who depend on the service and say so in no other way.
fn asked_and_awaited(service: &Service, posture: &Posture, words: Vec<Arc<str>>) -> Vec<Change> {
    let mut changes = vec![give(service, Setting::Healthcheck(words))];
    for other in &posture.services {
        let depends = other.depends_on.values().any(|(name, _)| **name == *service.name());
        let condition = other.depends_on_condition.get(service.name()).and_then(|fact| fact.effective());
        let started = condition.is_none_or(|claim| {
            claim.value.value().is_some_and(|condition| &**condition == "service_started")
        });
        if depends && started {
            changes.push(give(other, Setting::Await(service.name().into())));
        }
    }
    changes
}

fn is_node(service: &Service) -> bool {
    service.knowledge.lines.iter().any(|line| &*line.product == "Node.js")
        || service.command.value().and_then(|command| command.program()) == Some("node")
}

/// The port that the program most likely listens on; 3000 is what most Node frameworks take by default.
fn port(service: &Service) -> u16 {
    let published = service.published.values().find_map(|(port, _)| port.container.value());
    let exposed = service.exposed.values().map(|(port, _)| &port.ports).next();
    published.or(exposed).map_or(3000, |ports| ports.first)
}

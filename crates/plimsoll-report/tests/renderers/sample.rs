//! A small project with every kind of finding, built by hand: no lens takes part.

use plimsoll_controls::{
    Control, Finding, Foothold, Judgement, Scope, Score, Severity, Standing, Verdict, Weight,
};
use plimsoll_posture::{Complaint, ComplaintKind, Plane, Provenance, Reason, Subject, SubjectKind, ViaKind};
use plimsoll_report::{
    Allowance, AllowedBy, Configuration, Dataset, Input, InputStatus, Judged, Notice, Report, Scenario,
    ScenarioKind, State, Tool,
};
use plimsoll_text::{SourceKind, Sources, Span};

/// The secret of the sample: no output may hold it.
pub(crate) const CANARY: &str = "canary-9fQx!s3cret";

pub(crate) const COMPOSE: &str = "\
services:
  api:
    build: .
    user: \"0\"
    environment:
      DB_PASSWORD: canary-9fQx!s3cret
    ports:
      - \"3000:3000\"
  db:
    image: postgres:16
";

pub(crate) const DOCKERFILE: &str = "\
FROM node:22-slim
RUN apt-get update && \\
    apt-get install -y \\
      curl
USER node
CMD [\"node\", \"server.js\"]
";

const fn control(id: &'static str, severity: Severity, baseline: bool) -> Control {
    Control {
        id,
        title: "a thing is wrong",
        page: "# x\n\n## What it checks\n\nA thing.\n\n## Why it matters\n\nIt is *bad*. Really.\n\n## How to fix\n\nDo the other thing.\n",
        severity,
        since: "0.1.0",
        peers: &["DL3002", "CIS-4.1"],
        foothold: Foothold::None,
        covered_by: &[],
        standing: if baseline { Standing::Baseline } else { Standing::Ordinary },
        scope: Scope::Project(|_, _| Verdict::absent()),
    }
}

pub(crate) static ROOT: Control = control("runs-as-root", Severity::High, false);
pub(crate) static SECRET: Control = control("secret-in-environment", Severity::Critical, false);
pub(crate) static CAPS: Control = control("capabilities-kept", Severity::Medium, true);
pub(crate) static ROFS: Control = control("writable-root-filesystem", Severity::Medium, true);
pub(crate) static MEMORY: Control = control("memory-unlimited", Severity::Low, true);
pub(crate) static CACHE: Control = control("package-cache-kept", Severity::Low, false);
pub(crate) static HEALTH: Control = control("healthcheck-missing", Severity::Info, false);
pub(crate) static CONTROLS: [&Control; 7] = [&ROOT, &SECRET, &CAPS, &ROFS, &MEMORY, &CACHE, &HEALTH];

/// Documents by name, and spans by the text they cover.
pub(crate) struct Desk {
    pub(crate) sources: Sources,
}

impl Desk {
    pub(crate) fn new(files: &[(&str, SourceKind, &str)]) -> Self {
        let mut sources = Sources::new();
        for (name, kind, text) in files {
            sources.add_text(name, *kind, text);
        }
        Self { sources }
    }

    /// The first place of `words` in a file.
    pub(crate) fn span(&self, file: &str, words: &str) -> Span {
        let source = self.sources.find(file).expect("a document of the desk");
        let start = source.text.find(words).unwrap_or_else(|| panic!("{words} is not in {file}"));
        Span::new(source.id, start, start + words.len())
    }

    pub(crate) fn at(&self, file: &str, words: &str) -> Provenance {
        Provenance::new("compose", self.span(file, words), "route")
    }

    pub(crate) fn finding(&self, file: &str, words: &str, label: &str, message: &str, fix: &str) -> Finding {
        Finding::place(self.at(file, words), Plane::Declared, label, message, fix)
    }

    pub(crate) fn service(&self, name: &str) -> Subject {
        Subject::new(SubjectKind::Service, name, self.span("compose.yaml", &format!("{name}:")))
    }
}

pub(crate) fn judged(control: &'static Control, subject: Option<Subject>, verdict: Verdict) -> Judged {
    Judged::open(Judgement { control, subject, weight: Weight::of(control.severity), verdict })
}

pub(crate) fn scenario(name: &str, sources: Sources, judged: Vec<Judged>) -> Scenario {
    let judgements: Vec<Judgement> = judged.iter().map(|judged| judged.judgement.clone()).collect();
    let score: Score = plimsoll_controls::score(&judgements);
    Scenario {
        name: name.to_owned(),
        kind: ScenarioKind::Compose,
        inputs: sources
            .iter()
            .map(|source| Input { name: source.name.to_string(), lens: "compose", status: InputStatus::Read })
            .collect(),
        sources,
        judged,
        complaints: Vec::new(),
        notices: Vec::new(),
        score,
        settled: plimsoll_report::Settled::default(),
        sensitive: Vec::new(),
        lockfiles: Vec::new(),
        images: Vec::new(),
        accepted: Vec::new(),
        paths: None,
    }
}

pub(crate) fn report(scenarios: Vec<Scenario>) -> Report {
    Report {
        tool: Tool {
            version: "0.1.0".to_owned(),
            data: vec![Dataset { name: "images".to_owned(), date: "2026-11-01".to_owned() }],
        },
        gate: Some(Severity::High),
        configuration: Configuration::default(),
        baseline: None,
        scenarios,
        skipped: Vec::new(),
    }
}

/// The finding of the design: compose overrides the Dockerfile's user.
pub(crate) fn root_finding(desk: &Desk) -> Finding {
    let mut finding = desk
        .finding(
            "compose.yaml",
            "\"0\"",
            "uid 0, set here",
            "service `api` runs as root",
            "remove `user`, so that the image's `USER node` applies",
        )
        .because(
            "a break-in through the API owns every file in the container and is one kernel bug from the host",
        );
    finding = finding.near(desk.at("Dockerfile", "USER node"), "overridden by compose.yaml");
    finding
}

/// The whole sample.
pub(crate) fn sample() -> Report {
    let desk = Desk::new(&[
        ("compose.yaml", SourceKind::Compose, COMPOSE),
        ("Dockerfile", SourceKind::Dockerfile, DOCKERFILE),
    ]);
    let api = desk.service("api");
    let db = desk.service("db");
    let absent = |label: &str, message: &str, fix: &str, name: &str| {
        Finding::place(
            Provenance::absent(desk.span("compose.yaml", &format!("{name}:"))),
            Plane::Assumed,
            label,
            message,
            fix,
        )
    };
    let mut secret = desk.finding(
        "compose.yaml",
        CANARY,
        "18 characters in clear text",
        "the environment of service `api` holds the secret `DB_PASSWORD`",
        "move it to `secrets:` and read `/run/secrets/db_password`",
    );
    secret.primary.at =
        secret.primary.at.through(ViaKind::Alias, Some(desk.span("compose.yaml", "environment")));
    let stage = Subject {
        service: Some("api".into()),
        ..Subject::new(SubjectKind::Stage, "Dockerfile#0", desk.span("Dockerfile", "FROM node:22-slim"))
    };
    let run = "RUN apt-get update && \\\n    apt-get install -y \\\n      curl";
    let mut cached = judged(
        &CACHE,
        Some(stage),
        Verdict::fail(desk.finding(
            "Dockerfile",
            run,
            "leaves /var/lib/apt/lists",
            "the package lists stay",
            "remove them",
        )),
    );
    cached.mark(
        0,
        State::Allowed(Allowance {
            reason: "the image is squashed".to_owned(),
            by: AllowedBy::Comment(desk.span("Dockerfile", "RUN")),
            until: Some("2027-01-31".to_owned()),
        }),
    );
    let all = vec![
        judged(&ROOT, Some(api.clone()), Verdict::fail(root_finding(&desk))),
        judged(&ROOT, Some(db.clone()), Verdict::Unknown(Reason::ImageNotInspected("postgres:16".into()))),
        judged(&SECRET, Some(api.clone()), Verdict::fail(secret)),
        judged(&SECRET, Some(db.clone()), Verdict::absent()),
        judged(
            &CAPS,
            Some(api.clone()),
            Verdict::fail(absent(
                "",
                "service `api` keeps all default capabilities",
                "add `cap_drop: [ALL]` and what it needs",
                "api",
            )),
        ),
        judged(
            &ROFS,
            Some(api.clone()),
            Verdict::fail(absent(
                "",
                "service `api` may write to its root file system",
                "set `read_only: true`",
                "api",
            )),
        ),
        judged(
            &MEMORY,
            Some(api.clone()),
            Verdict::fail(absent("", "no memory limit for `api`", "measure, then set a limit", "api")),
        ),
        cached,
        judged(&HEALTH, Some(db), Verdict::NotApplicable("the image has one")),
    ];
    let sensitive = vec![desk.span("compose.yaml", CANARY)];
    let complaint = Complaint {
        kind: ComplaintKind::Doubtful,
        code: "quoted-number",
        at: desk.span("compose.yaml", "\"3000:3000\""),
        message: "a port as text".to_owned(),
        cure: Some("leave it".to_owned()),
    };
    let mut scenario = scenario("compose.yaml", desk.sources, all);
    scenario.sensitive = sensitive;
    scenario.complaints.push(complaint);
    let mut report = report(vec![scenario]);
    let mut configuration = Sources::new();
    let toml = "[[allow]]\ncontrol = \"host-network\"\n";
    let id = configuration.add_text("plimsoll.toml", SourceKind::Config, toml);
    report.configuration = Configuration {
        sources: configuration,
        notices: vec![Notice {
            code: "unused-allowance",
            severity: Severity::Low,
            at: Span::new(id, 10, toml.len()),
            message: "nothing needs the allowance of `host-network`".to_owned(),
            cure: Some("remove it".to_owned()),
        }],
    };
    report.skipped.push(Input {
        name: "old/compose.yaml".to_owned(),
        lens: "",
        status: InputStatus::Skipped("ignored by .gitignore".to_owned()),
    });
    report
}

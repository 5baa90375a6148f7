//! A run: from a plan to a report. Scenarios are independent and judged on all cores; the order is that of the plan.
//!
//! Deliberately absent: arguments, files of the disk (all goes through a [`World`]), printing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll_controls::paths::{self as attack, Paths};
use plimsoll_controls::{
    Answered, CATALOGUE, Control, Judgement, Settings, Severity, Verdict, benchmark, judge_each,
};
use plimsoll_lens::compose::ProjectFiles;
use plimsoll_lens::{World, images, pragma};
use plimsoll_packages::database::{Database, Part};
use plimsoll_policy::{Fault, Rule, Selector};
use plimsoll_posture::Posture;
use plimsoll_report::{
    AllowedBy, Configuration, Dataset, Input, InputStatus, Judged, JudgedImage, JudgedLockfile, Notice,
    Report, Scenario, ScenarioKind, Settled, State, Tool, score_judged,
};
use plimsoll_trust::Key;
use rayon::prelude::*;

use crate::accept::{self, Acceptance, Meant};
use crate::allow;
use crate::archives::{self, Archive};
use crate::bills;
use crate::config::Config;
use crate::cover;
use crate::database::limit::{Basis, Limit, bases};
use crate::discover::{ComposeOptions, Plan, Standing, settle};
use crate::paths;
use crate::progress::Progress;
use crate::read_lockfiles::ReadLockfiles;
use crate::rules;
use crate::running::{self, Joined, Observation};
use crate::scenario::{self, Assembled, Surroundings};
use crate::search::{self, Chronicle};
use crate::shellcheck::Linter;

/// What the user wants of a run, after arguments and configuration were put together.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Controls that are looked at; empty means all.
    pub only: Vec<String>,
    /// Whether matters of taste are looked at too.
    pub style: bool,
    /// Controls that are not.
    pub skip: Vec<String>,
    /// Only these services.
    pub services: Vec<String>,
    /// Nothing milder is shown.
    pub min_severity: Option<Severity>,
    /// Whether of the verdicts that pass or do not apply only the number is asked for.
    pub brief: bool,
    /// Whether the items of the CIS Docker Benchmark are answered.
    pub benchmark: bool,
    /// Whether attack paths are walked: nobody reads them in a report of one line a finding.
    pub paths: bool,
    /// The gate; `None` is never.
    pub gate: Option<Severity>,
    /// What was said about compose projects.
    pub compose: ComposeOptions,
    /// `--platform`.
    pub platform: Option<String>,
    /// `--build-arg`.
    pub build_args: BTreeMap<String, String>,
    /// Whoever looks at the scripts of build steps, when asked for.
    pub linter: Option<Linter>,
    /// Whether the project's files are searched for secrets.
    pub search: bool,
    /// Where former versions of the files come from, when they are searched too.
    pub history: Option<Chronicle>,
    /// Digests that an engine told, when asked for.
    pub digests: Arc<BTreeMap<String, Arc<str>>>,
    /// The advisories that everything is judged by.
    pub database: Database,
    /// Lockfiles that were read already: the trials of a fix share them.
    pub lockfiles: Arc<ReadLockfiles>,
    /// Images that were asked for by name.
    pub images: Vec<Arc<Archive>>,
    /// What engines that were asked said of their hosts.
    pub observations: Vec<Arc<Observation>>,
    /// The keys that signatures of images are verified with.
    pub keys: Arc<[Key]>,
    /// How old they may be, where somebody set a limit.
    pub limit: Option<Limit>,
}

impl Wishes {
    fn controls(&self) -> Vec<&'static Control> {
        CATALOGUE
            .iter()
            .copied()
            .filter(|control| match self.only.is_empty() {
                true => self.style || control.standing != plimsoll_controls::Standing::Style,
                false => self.only.iter().any(|id| id == control.id),
            })
            .filter(|control| !self.skip.iter().any(|id| id == control.id))
            .collect()
    }

    /// Whether a rule of the project's own is looked at.
    pub(crate) fn looks_at(&self, id: &str) -> bool {
        (self.only.is_empty() || self.only.iter().any(|only| only == id))
            && !self.skip.iter().any(|skip| skip == id)
    }

    /// Whether every finding of a control can be seen, so that an allowance of it that matches nothing is really unused.
    fn sees_all_of(&self, id: &str, config: &Config) -> bool {
        let catalogue = || self.controls().iter().any(|control| control.id == id);
        let own = || self.looks_at(id) && config.find_own(id).is_some();
        self.services.is_empty() && !self.skip.iter().any(|skip| skip == id) && (catalogue() || own())
    }
}

/// Standard input, when it is one of the inputs.
#[derive(Debug, Clone)]
pub struct Stdin {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether it is a Dockerfile rather than a compose file.
    pub dockerfile: bool,
    /// Its name in output.
    pub name: String,
}

/// Everything that one run looks at.
pub struct Task<'a> {
    /// The files.
    pub world: &'a dyn World,
    /// The plan.
    pub plan: Plan,
    /// Standard input.
    pub stdin: Option<Stdin>,
    /// The configuration.
    pub config: Config,
    /// The wishes.
    pub wishes: Wishes,
}

/// A project that was read, and what became of it.
struct Told<T> {
    name: String,
    /// Names of all its documents.
    names: Vec<String>,
    /// Names of the compose files that came by `include`.
    included: BTreeSet<String>,
    result: T,
}

/// Leaves out every project that another one includes whole: it is judged there. Of those that include each other the
/// first stays.
fn leave_included<T>(
    projects: &[ProjectFiles],
    told: Vec<Told<T>>,
    skipped: &mut Vec<Input>,
) -> Vec<Told<T>> {
    let holds = |outer: usize, inner: usize| {
        let files = projects.get(inner).map_or(&[][..], |project| &project.files);
        told.get(outer).is_some_and(|told| {
            !files.is_empty() && files.iter().all(|file| told.included.contains(&paths::join(".", file)))
        })
    };
    let including: Vec<usize> = (0..told.len()).filter(|&at| !told[at].included.is_empty()).collect();
    let left_out: Vec<Option<String>> = (0..told.len())
        .map(|inner| {
            let by = including.iter().find(|&&outer| {
                outer != inner && holds(outer, inner) && (outer < inner || !holds(inner, outer))
            });
            by.and_then(|&outer| told.get(outer)).map(|outer| outer.name.clone())
        })
        .collect();
    let mut kept = Vec::with_capacity(told.len());
    for (told, by) in told.into_iter().zip(left_out) {
        match by {
            None => kept.push(told),
            Some(by) => skipped.push(Input {
                name: told.name,
                lens: "compose",
                status: InputStatus::Skipped(format!("read as part of {by}, which includes it")),
            }),
        }
    }
    kept
}

/// Reads every scenario of the plan and hands each to `finish`; the results keep the order of the plan: projects and
/// Dockerfiles sorted by name. Also says what turned out to be no input.
pub fn assemble_all<T: Send>(
    task: &Task<'_>,
    finish: impl Fn(Assembled) -> T + Sync,
) -> (Vec<T>, Vec<Input>) {
    let mut surroundings = Surroundings::new(task.wishes.build_args.clone());
    surroundings.linter.clone_from(&task.wishes.linter);
    surroundings.digests.clone_from(&task.wishes.digests);
    surroundings.database.clone_from(&task.wishes.database);
    surroundings.lockfiles.clone_from(&task.wishes.lockfiles);
    surroundings.archives.extend(task.wishes.images.iter().cloned());
    let mut skipped = task.plan.skipped.clone();
    for path in &task.plan.archives {
        match archives::read(task.world, path, task.wishes.platform.as_deref(), &task.wishes.keys) {
            Ok(archive) => surroundings.archives.push(Arc::new(archive)),
            Err(input) => skipped.push(input),
        }
    }
    let recorded = running::read(task.world, &task.plan.recordings, &mut skipped);
    let observations = recorded.into_iter().chain(task.wishes.observations.iter().cloned());
    surroundings.observations.extend(observations.map(Joined::new));
    for observation in &surroundings.observations {
        observation.settle(task.world, &task.plan.projects);
    }
    let mut read: BTreeSet<String> = BTreeSet::new();
    let mut done: Vec<(String, T)> = Vec::new();
    let project = |files: &ProjectFiles| {
        let stdin = task.stdin.as_ref().filter(|_| files.files.iter().any(|file| file == "-"));
        let text = stdin.map(|stdin| &*stdin.bytes);
        let assembled = scenario::of_project(task.world, files, text, &surroundings);
        let names: Vec<String> = assembled.sources.iter().map(|source| source.name.to_string()).collect();
        let included = assembled.included.clone();
        Told { name: assembled.name.clone(), names, included, result: finish(assembled) }
    };
    let mut keep = |results: Vec<Told<T>>, done: &mut Vec<(String, T)>| {
        for told in results {
            read.extend(told.names);
            done.push((told.name, told.result));
        }
        read.clone()
    };
    let first: Vec<Told<T>> = task.plan.projects.par_iter().map(project).collect();
    let first = leave_included(&task.plan.projects, first, &mut skipped);
    let known = keep(first, &mut done);
    let settled: Vec<_> = task
        .plan
        .loose
        .par_iter()
        .map(|loose| {
            if known.contains(&loose.path) {
                return Standing::Not("read as part of a project".to_owned());
            }
            settle(task.world, loose, &task.wishes.compose)
        })
        .collect();
    let mut second = Vec::new();
    for (loose, standing) in task.plan.loose.iter().zip(settled) {
        match standing {
            Standing::Project(files) => second.push(files),
            Standing::Not(reason) => skipped.push(Input {
                name: loose.path.clone(),
                lens: "compose",
                status: InputStatus::Skipped(reason),
            }),
        }
    }
    for observation in &surroundings.observations {
        observation.settle(task.world, &second);
    }
    let second: Vec<_> = second.par_iter().map(project).collect();
    let known = keep(second, &mut done);
    let told = |name: &String, assembled: Assembled| {
        let names = assembled.sources.iter().map(|source| source.name.to_string()).collect();
        Told { name: name.clone(), names, included: BTreeSet::new(), result: finish(assembled) }
    };
    let third: Vec<Told<T>> = task
        .plan
        .dockerfiles
        .par_iter()
        .filter(|path| !known.contains(*path))
        .map(|path| told(path, scenario::of_dockerfile(task.world, path, None, &surroundings)))
        .collect();
    let known = keep(third, &mut done);
    let mut directories = BTreeSet::new();
    let alone: Vec<&String> = task
        .plan
        .lockfiles
        .iter()
        // The lockfiles of one directory are of one application.
        .filter(|path| !known.contains(*path) && directories.insert(paths::parent(path)))
        .collect();
    let fourth: Vec<Told<T>> = alone
        .par_iter()
        .map(|path| told(path, scenario::of_application(task.world, path, &surroundings)))
        .collect();
    keep(fourth, &mut done);
    let bills: Vec<(String, T)> = task
        .plan
        .bills
        .par_iter()
        .map(|path| (path.clone(), finish(bills::scenario(task.world, path, &surroundings.database))))
        .collect();
    done.extend(bills);
    if let Some(stdin) = task.stdin.as_ref().filter(|stdin| stdin.dockerfile) {
        let assembled = scenario::of_dockerfile(task.world, &stdin.name, Some(&stdin.bytes), &surroundings);
        done.push((stdin.name.clone(), finish(assembled)));
    }
    // Last, when it is known which images a project runs.
    let alone = surroundings
        .observations
        .iter()
        .filter_map(|joined| Some((joined.name(), joined.scenario(&surroundings)?)));
    done.extend(alone.map(|(path, assembled)| (path.to_owned(), finish(assembled))));
    let alone = surroundings
        .archives
        .iter()
        .filter_map(|archive| Some((archive.path(), archive.scenario(&surroundings.database)?)));
    done.extend(alone.map(|(path, assembled)| (path.to_owned(), finish(assembled))));
    done.sort_by(|a, b| a.0.cmp(&b.0));
    skipped.sort_by(|a, b| a.name.cmp(&b.name));
    (done.into_iter().map(|(_, result)| result).collect(), skipped)
}

/// What a scan found.
#[derive(Debug)]
pub struct Scanned {
    /// The report.
    pub report: Report,
    /// Names of all services (and of images that nothing runs). Empty when there was nothing to judge.
    pub services: BTreeSet<String>,
    /// What each scenario of the report answers to the items of a benchmark, when that was asked for.
    pub answered: Vec<Vec<Answered>>,
    /// By how old data packages were judged, where the command line forbids it.
    pub old: Option<String>,
}

/// One scenario after judging.
struct Outcome {
    scenario: Scenario,
    /// Which allowances of the configuration were used.
    used: Vec<bool>,
    /// Which of its acceptances were.
    accepted: Vec<bool>,
    services: Vec<String>,
    /// What went wrong while the project's own rules were asked.
    faults: Vec<Fault>,
    /// By what packages were judged; empty where nobody set a limit.
    bases: BTreeSet<Basis>,
    /// The items of a benchmark.
    answered: Vec<Answered>,
}

/// Judges everything.
#[must_use]
pub fn scan(task: Task<'_>) -> Scanned {
    scan_telling(task, &Progress::default())
}

/// Judges everything and counts what is done.
#[must_use]
pub fn scan_telling(mut task: Task<'_>, progress: &Progress) -> Scanned {
    let settings = settings(&mut task);
    let controls = task.wishes.controls();
    let (results, skipped) = assemble_all(&task, |assembled| {
        let outcome = judge_one(assembled, &controls, &settings, &task.config, &task.wishes);
        progress.step();
        outcome
    });
    let mut used = vec![false; task.config.allowances.len()];
    let mut accepted = vec![false; task.config.acceptances.len()];
    let mut scenarios = Vec::with_capacity(results.len());
    let mut services = BTreeSet::new();
    let mut answered = Vec::new();
    let (mut faults, mut bases) = (BTreeSet::new(), BTreeSet::new());
    for outcome in results {
        bases.extend(outcome.bases);
        faults.extend(outcome.faults);
        used.iter_mut().zip(outcome.used).for_each(|(used, own)| *used |= own);
        accepted.iter_mut().zip(outcome.accepted).for_each(|(used, own)| *used |= own);
        services.extend(outcome.services);
        scenarios.push(outcome.scenario);
        answered.push(outcome.answered);
    }
    if let Some(outcome) = searched(&task, &scenarios, &controls, &settings) {
        used.iter_mut().zip(outcome.used).for_each(|(used, own)| *used |= own);
        scenarios.push(outcome.scenario);
    }
    let mut notices = std::mem::take(&mut task.config.notices);
    notices.extend(unused(&task.config, &used, &task.wishes));
    notices.extend(unused_acceptances(&task.config, &accepted, &task.wishes));
    notices.extend(faults.into_iter().map(rules::of_fault));
    let limit = task.wishes.limit;
    let mut old = limit.and_then(|limit| limit.exceeded(&bases));
    if let Some(at) = limit.and_then(|limit| limit.at) {
        notices.extend(old.take().map(|message| Limit::notice(at, message)));
    }
    notices.retain(|notice| task.wishes.min_severity.is_none_or(|least| notice.severity >= least));
    notices.sort_by_key(|notice| notice.at);
    let report = Report {
        tool: tool(&task.wishes.database),
        gate: task.wishes.gate,
        configuration: Configuration { sources: std::mem::take(&mut task.config.sources), notices },
        baseline: None,
        scenarios,
        skipped,
    };
    Scanned { report, services, answered, old }
}

/// What the search through the files found. A scenario of its own when it has something to say, or was asked for by the id of its
/// control.
fn searched(
    task: &Task<'_>,
    scenarios: &[Scenario],
    controls: &[&'static Control],
    settings: &Settings,
) -> Option<Outcome> {
    let own = search::controls(controls);
    let wanted = task.wishes.search && task.wishes.services.is_empty() && !own.is_empty();
    if !wanted || task.plan.searched.is_empty() && task.wishes.history.is_none() {
        return None;
    }
    let assembled = search::assemble(task, scenarios);
    let outcome = judge_one(assembled, &own, settings, &task.config, &task.wishes);
    let asked = !task.wishes.only.is_empty() || task.wishes.history.is_some();
    let scenario = &outcome.scenario;
    let told = scenario.judged.iter().any(|judged| judged.findings().next().is_some())
        || !scenario.complaints.is_empty()
        || !scenario.notices.is_empty();
    (asked || told).then_some(outcome)
}

/// What a policy trusts everywhere is trusted by every control; unless `trusted-registries` is set as well, the policy is
/// the one that says so where an image comes from elsewhere.
fn settings(task: &mut Task<'_>) -> Settings {
    let mut trusted_registries = std::mem::take(&mut task.config.trusted_registries);
    let by_policy: Vec<&String> = task
        .config
        .policies
        .iter()
        .filter(|policy| policy.selector == Selector::default())
        .filter_map(|policy| match &policy.rule {
            Rule::Registries(list) => Some(list),
            _ => None,
        })
        .flatten()
        .collect();
    if trusted_registries.is_empty() && !by_policy.is_empty() && task.wishes.only.is_empty() {
        task.wishes.skip.push("untrusted-registry".to_owned());
    }
    trusted_registries.extend(by_policy.into_iter().cloned());
    Settings { trusted_registries, signature_required: task.config.trust.signature_required }
}

/// Who speaks, and on what data.
#[must_use]
pub fn tool(database: &Database) -> Tool {
    Tool {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data: [
            ("images", images::data_date()),
            ("npm", database.part(Part::Npm).newest()),
            ("node", database.part(Part::Node).newest()),
        ]
        .map(|(name, date)| Dataset { name: name.to_owned(), date: date.to_owned() })
        .to_vec(),
    }
}

fn unused(config: &Config, used: &[bool], wishes: &Wishes) -> Vec<Notice> {
    config
        .allowances
        .iter()
        .zip(used)
        // What is allowed everywhere is a decision about the control and waits for no finding.
        .filter(|(allowance, _)| allowance.subject != allow::EVERYTHING)
        .filter(|(allowance, used)| !**used && wishes.sees_all_of(&allowance.control, config))
        .map(|(allowance, _)| Notice {
            code: "unused-allowance",
            severity: Severity::Low,
            at: allowance.at,
            message: format!("{} finds nothing at `{}`", allowance.control, allowance.subject),
            cure: Some("remove the allowance".to_owned()),
        })
        .collect()
}

/// Acceptances that accepted nothing. Other tools find what is found nowhere here, so their files are not called unused.
fn unused_acceptances(config: &Config, used: &[bool], wishes: &Wishes) -> Vec<Notice> {
    let unused = config.acceptances.iter().zip(used).filter(|(_, used)| !**used).map(|(one, _)| one);
    let mut notices = Vec::new();
    for acceptance in unused {
        match (&acceptance.meant, &acceptance.by) {
            (Meant::Named { control, subject, advisory }, AllowedBy::Config(at)) => {
                let asked = control.as_deref().unwrap_or("vulnerable-dependency");
                if wishes.sees_all_of(asked, config) {
                    notices.push(Notice {
                        code: "unused-allowance",
                        severity: Severity::Low,
                        at: *at,
                        message: format!("{advisory} hits nothing at `{subject}`"),
                        cure: Some("remove the allowance".to_owned()),
                    });
                }
            }
            _ => notices.extend(unused_statements(std::slice::from_ref(acceptance), &[false], wishes)),
        }
    }
    notices
}

/// Statements that allow something and met nothing.
fn unused_statements(stated: &[Acceptance], used: &[bool], wishes: &Wishes) -> Vec<Notice> {
    if !wishes.only.is_empty() || !wishes.services.is_empty() {
        return Vec::new();
    }
    let unused = stated.iter().zip(used).filter(|(one, used)| !**used && one.accepts()).map(|(one, _)| one);
    unused
        .filter_map(|acceptance| {
            let Meant::Stated(statement) = &acceptance.meant else { return None };
            let (AllowedBy::File { at, .. } | AllowedBy::Peer { at, .. }) = acceptance.by else {
                return None;
            };
            let id = statement.ids.first().map_or("", String::as_str);
            Some(Notice {
                code: "unused-statement",
                severity: Severity::Info,
                at,
                message: format!("no finding needs this statement about {id}"),
                cure: None,
            })
        })
        .collect()
}

fn judge_one(
    mut assembled: Assembled,
    controls: &[&'static Control],
    settings: &Settings,
    config: &Config,
    wishes: &Wishes,
) -> Outcome {
    // Before the documents of rules join those of the scenario, of which they are no input.
    let inputs = assembled.inputs();
    // Rules of the project's own are about services and what they run.
    let (own, faults) = match assembled.kind {
        ScenarioKind::Files => Default::default(),
        _ => rules::judge(&mut assembled, config, wishes),
    };
    let stated: Vec<Acceptance> = std::mem::take(&mut assembled.statements)
        .into_iter()
        .map(|(at, statement)| Acceptance {
            by: AllowedBy::Peer { tool: "cyclonedx", at },
            reason: statement.reason.clone(),
            until: None,
            meant: Meant::Stated(statement),
        })
        .collect();
    let acceptances: Vec<&Acceptance> = config.acceptances.iter().chain(&stated).collect();
    let mut accepted = vec![false; acceptances.len()];
    let taken = accept::apply(&mut assembled.posture, &assembled.sources, &acceptances, &mut accepted);
    // Only the number of what passes is asked for, and nothing below takes any of it away again.
    let counts_only = wishes.brief && wishes.services.is_empty() && wishes.min_severity.is_none();
    let mut settled = Settled::default();
    let mut judgements: Vec<Judgement> = Vec::new();
    judge_each(&assembled.posture, controls, settings, |control, subject, weight, verdict| match verdict {
        Verdict::Pass(_) if counts_only => settled.passed += 1,
        Verdict::NotApplicable(_) if counts_only => settled.not_applicable += 1,
        verdict => judgements.push(Judgement { control, subject: subject.cloned(), weight, verdict }),
    });
    let mut judged: Vec<Judged> = judgements
        .into_iter()
        .chain(own)
        .map(|judgement| {
            let mut judged = Judged::open(judgement);
            if let Some(severity) = config.severities.get(judged.judgement.control.id) {
                judged.severity = *severity;
            }
            judged
        })
        .collect();
    let pragmas = pragma::read(&assembled.sources, &assembled.comments);
    let mut used = vec![false; config.allowances.len()];
    let sees_all_of = |id: &str| wishes.sees_all_of(id, config);
    let mut notices = allow::apply(
        &mut judged,
        &assembled.posture,
        &pragmas,
        config,
        &mut used,
        &acceptances,
        &sees_all_of,
    );
    notices.extend(unused_statements(
        &stated,
        accepted.get(config.acceptances.len()..).unwrap_or(&[]),
        wishes,
    ));
    cover::apply(&mut judged, &assembled.sources);
    let complaints = crate::told::untold(&assembled.complaints, &judged);
    if !wishes.services.is_empty() {
        judged.retain(|judged| is_of_service(judged, &wishes.services));
    }
    let score = score_judged(&judged);
    let paths = wishes.paths.then(|| attack_paths(&assembled.posture, &judged, &wishes.services)).flatten();
    if let Some(least) = wishes.min_severity {
        judged.retain(|judged| judged.severity >= least);
        notices.retain(|notice| notice.severity >= least);
    }
    for judged in &mut judged {
        slim(judged);
    }
    let services = assembled.service_names().map(str::to_owned).collect();
    let bases = match wishes.limit {
        Some(_) => bases(&assembled.posture, &wishes.database),
        None => BTreeSet::new(),
    };
    let mut answered = match wishes.benchmark {
        true => benchmark(&assembled.posture, settings),
        false => Vec::new(),
    };
    if !wishes.services.is_empty() {
        answered.iter_mut().for_each(|answered| answered.keep_services(&wishes.services));
    }
    let mut scenario = Scenario {
        kind: assembled.kind,
        inputs,
        sensitive: assembled.sensitive(),
        name: assembled.name,
        sources: assembled.sources,
        judged,
        settled,
        complaints,
        notices,
        score,
        lockfiles: judged_lockfiles(&assembled.posture),
        images: judged_images(&assembled.posture),
        accepted: taken,
        paths,
    };
    if wishes.brief {
        scenario.settle();
    }
    accepted.truncate(config.acceptances.len());
    Outcome { scenario, used, accepted, services, faults, bases, answered }
}

/// The attack paths through the scenario, or through the services that are asked for; nothing where there is none.
fn attack_paths(posture: &Posture, judged: &[Judged], services: &[String]) -> Option<Box<Paths>> {
    let told: Vec<attack::Told<'_>> = judged
        .iter()
        .flat_map(|judged| {
            judged.findings().map(|(finding, state)| attack::Told {
                control: judged.judgement.control,
                subject: judged.judgement.subject.as_ref(),
                finding,
                accepted: matches!(state, State::Allowed(_)),
            })
        })
        .collect();
    let mut paths = attack::find(posture, &told);
    if !services.is_empty() {
        paths.keep(services);
    }
    (!paths.is_empty()).then(|| Box::new(paths))
}

/// By what the packages of the scenario's images were judged.
fn judged_images(posture: &Posture) -> Vec<JudgedImage> {
    let images = posture.built.iter().filter(|image| !image.installed.coverage.is_empty());
    images
        .map(|image| JudgedImage {
            name: image.subject.name.clone(),
            coverage: image.installed.coverage.clone(),
        })
        .collect()
}

/// By what the packages of the scenario's lockfiles were judged.
fn judged_lockfiles(posture: &Posture) -> Vec<JudgedLockfile> {
    let lockfiles = posture.dependencies.iter().flat_map(|app| &app.lockfiles);
    lockfiles
        .filter_map(|lockfile| {
            Some(JudgedLockfile { source: lockfile.source, coverage: lockfile.coverage.clone()? })
        })
        .collect()
}

fn is_of_service(judged: &Judged, services: &[String]) -> bool {
    judged.judgement.subject.as_ref().is_some_and(|subject| {
        let name = subject.service.as_deref().unwrap_or(&subject.name);
        services.iter().any(|service| service == name)
    })
}

/// Thousands of scenarios are kept until the report is told: what a pass rests on needs its place, not its story.
fn slim(judged: &mut Judged) {
    if let Verdict::Pass(evidence) = &mut judged.judgement.verdict
        && let Some(at) = &mut evidence.at
    {
        at.via = Vec::new();
    }
}

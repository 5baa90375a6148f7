//! Attack paths: from where somebody comes, through which service, to what; and the smallest set of changes that closes
//! all of them.
//!
//! `catalogue` is what is known, `view` what is true of a service and its host, `condition` the three-valued question
//! between them, `measure` what would change an answer, `cut` the smallest set of measures, `graph` who reaches what.
//! Deliberately absent: how any of it is shown.

mod catalogue;
mod condition;
mod cut;
mod field;
mod graph;
mod host_view;
mod measure;
mod service_view;
mod version;
mod view;

use std::sync::Arc;

use plimsoll_posture::{Known, Posture, Reason};

pub use catalogue::{EscapePath, Outcome, catalogue};
pub use graph::{Edge, Graph, Node, NodeKind};
pub use measure::{Because, Measure, Told};

use self::condition::{Answer, Condition, Leaf, Test, Truth, answer, evaluate};
use self::field::Field;
use self::graph::Ways;
use self::measure::{Findings, Measures, tell};
use self::service_view::Surroundings;
use self::view::{Value, View};
use crate::Severity;
use crate::severity::Reached;

/// Whether a path is open for sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Every condition holds.
    Certain,
    /// No condition fails, and some are not known.
    Possible,
}

impl Certainty {
    /// The name in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Possible => "possible",
        }
    }
}

/// A path that is open, or that may be.
#[derive(Debug, Clone)]
pub struct Story {
    /// Which one.
    pub path: &'static EscapePath,
    /// The service; of a path of the host, all services through which it leads.
    pub services: Vec<Arc<str>>,
    /// Whether it is one of the host.
    pub of_host: bool,
    /// Whether it is open for sure.
    pub certainty: Certainty,
    /// How bad it is here: a step milder where nobody outside opens a connection to the service.
    pub severity: Severity,
    /// The services from the first that an outsider reaches to this one; empty where none leads there.
    pub route: Vec<Arc<str>>,
    /// Whether programs of the host open connections to the service.
    pub local: bool,
    /// What holds.
    pub because: Vec<Because>,
    /// What is not known: the field, why, and what would settle it.
    pub open: Vec<Unsettled>,
    /// The measures that close it, or a part of it.
    pub measures: Vec<usize>,
    /// Whether somebody accepted everything that would close it.
    pub accepted: bool,
    /// For each way in which it is open the measures that close that way.
    ways: Vec<Vec<usize>>,
}

impl Story {
    /// The services that it is about.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(|name| &**name)
    }
}

/// A condition that nobody can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// The field of the posture: `host.kernel`.
    pub field: &'static str,
    /// Why it is not known.
    pub reason: Reason,
}

/// A smallest set of measures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cut {
    /// The measures, that which closes the gravest paths first.
    pub measures: Vec<usize>,
    /// How many paths they close.
    pub closes: usize,
    /// Whether no smaller set exists; false where the search was given up.
    pub proven: bool,
}

/// What of the paths cannot be told, since nothing of a service sets it apart: how many depend on what was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unseen {
    /// On the host, its engine or its kernel.
    pub host: usize,
    /// On images and files that were not read.
    pub images: usize,
    /// Whether the host was looked at, and said nothing of these.
    pub asked: bool,
}

/// Everything about the paths of a posture.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    /// The paths, gravest first.
    pub stories: Vec<Story>,
    /// What closes them.
    pub measures: Vec<Measure>,
    /// The smallest set that closes every certain path which is not accepted.
    pub cut: Cut,
    /// The same for those of severity high and critical.
    pub grave: Cut,
    /// What depends on what was not looked at, and is told by its number only.
    pub unseen: Unseen,
    /// Who reaches what.
    pub graph: Graph,
}

impl Paths {
    /// Whether there is nothing to tell: neither a path, nor anything that was not looked at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stories.is_empty() && self.graph.edges.is_empty() && self.unseen == Unseen::default()
    }

    /// Keeps the paths of these services, and what closes them. The graph stays whole: others lead there.
    pub fn keep(&mut self, services: &[String]) {
        self.stories.retain(|story| story.services().any(|own| services.iter().any(|name| name == own)));
        self.cut = cut_of(self, Severity::Low);
        self.grave = cut_of(self, Severity::High);
    }

    /// How many changes a cut is.
    #[must_use]
    pub fn changes(&self, cut: &Cut) -> usize {
        cut.measures.iter().filter_map(|at| self.measures.get(*at)).map(|measure| measure.changes).sum()
    }

    /// The certain paths that nobody accepted and that are at least so grave.
    pub fn told(&self, least: Severity) -> impl Iterator<Item = &Story> {
        self.stories.iter().filter(move |story| {
            story.certainty == Certainty::Certain && !story.accepted && story.severity >= least
        })
    }
}

/// How many ways in which one path is open are told apart.
const MAX_WAYS: usize = 64;

/// Walks every known path through a posture. `told` are the findings of its controls.
#[must_use]
pub fn find(posture: &Posture, told: &[Told<'_>]) -> Paths {
    let judged = posture.host.as_ref().is_some_and(|host| host.judged);
    if !judged && !posture.services.iter().any(|service| service.runtime) {
        return Paths::default();
    }
    let surroundings = Surroundings::of(posture);
    let findings = Findings::of(told);
    let mut search =
        Search { findings, measures: Measures::default(), stories: Vec::new(), unseen: Unseen::default() };
    let views: Vec<View<'_>> = posture
        .services
        .iter()
        .filter(|service| service.runtime)
        .map(|service| surroundings.view(service))
        .collect();
    for path in catalogue().iter().filter(|path| path.of_host) {
        search.of_host(path, &views, surroundings.host_view(), posture);
    }
    for view in &views {
        search.of_service(view);
    }
    let Search { findings, measures, mut stories, unseen } = search;
    let ways = Ways::of(&surroundings);
    if !stories.is_empty() {
        let reached = Reached::of_posture(posture);
        for story in &mut stories {
            place(story, &ways, &reached);
        }
    }
    stories.sort_by(|a, b| {
        let order = |story: &Story| (story.certainty, std::cmp::Reverse(story.severity), story.path.result);
        order(a)
            .cmp(&order(b))
            .then_with(|| a.services.cmp(&b.services))
            .then_with(|| a.path.id.cmp(b.path.id))
    });
    let measures = measures.all;
    for story in &mut stories {
        story.accepted = story.certainty == Certainty::Certain
            && !story.ways.is_empty()
            && story.ways.iter().any(|way| {
                !way.is_empty()
                    && way.iter().all(|at| measures.get(*at).is_some_and(|measure| measure.accepted))
            });
    }
    let unseen = Unseen { asked: unseen.host > 0 && posture.host.is_some(), ..unseen };
    let mut paths = Paths { stories, measures, unseen, ..Paths::default() };
    paths.cut = cut_of(&paths, Severity::Low);
    paths.grave = cut_of(&paths, Severity::High);
    paths.graph = ways.graph(&paths.stories, &findings);
    paths
}

/// The smallest set that closes every certain path of a severity.
fn cut_of(paths: &Paths, least: Severity) -> Cut {
    let told: Vec<&Story> = paths.told(least).collect();
    let usable = |at: &&usize| paths.measures.get(**at).is_some_and(|measure| !measure.accepted);
    let ways: Vec<Vec<usize>> = told
        .iter()
        .flat_map(|story| &story.ways)
        .map(|way| way.iter().filter(usable).copied().collect())
        .collect();
    let weights: Vec<cut::Weight> = paths.measures.iter().map(Measure::weight).collect();
    let hit = cut::minimum(&ways, &weights, cut::BUDGET);
    let mut ranked: Vec<(std::cmp::Reverse<(Severity, usize)>, usize)> = hit
        .chosen
        .iter()
        .map(|&at| {
            let closed = told.iter().filter(|story| story.measures.contains(&at));
            let worst = closed.clone().map(|story| story.severity).max().unwrap_or(Severity::Info);
            (std::cmp::Reverse((worst, closed.count())), at)
        })
        .collect();
    ranked.sort();
    Cut { measures: ranked.into_iter().map(|(_, at)| at).collect(), closes: told.len(), proven: hit.proven }
}

/// Says from where somebody comes, and how grave that makes it.
fn place(story: &mut Story, ways: &Ways<'_>, reached: &Reached<'_>) {
    // Of the services through which a path of the host leads, the one that is reached most easily counts.
    let routes = story.services.iter().map(|name| ways.route(name)).filter(|route| !route.is_empty());
    let shortest = routes.min_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b))).unwrap_or_default();
    story.route = shortest.into_iter().map(Arc::from).collect();
    story.local = story.services.iter().any(|name| ways.is_local(name));
    let shut = !story.services.is_empty() && story.services.iter().all(|name| reached.is_shut(name));
    if shut {
        story.severity = match story.severity {
            Severity::Critical => Severity::High,
            Severity::High => Severity::Medium,
            Severity::Medium => Severity::Low,
            milder => milder,
        };
    }
}

struct Search<'a> {
    findings: Findings<'a>,
    measures: Measures,
    stories: Vec<Story>,
    unseen: Unseen,
}

/// What is known of a condition that does not fail.
#[derive(Default)]
struct Account {
    because: Vec<Because>,
    open: Vec<Unsettled>,
    written: bool,
    host: bool,
}

impl Search<'_> {
    fn of_service(&mut self, view: &View<'_>) {
        let mut root: Option<View<'_>> = None;
        for path in catalogue().iter().filter(|path| !path.of_host && !path.is_step()) {
            match evaluate(&path.when, view) {
                Truth::True => self.certain(path, view),
                Truth::Unknown => self.possible(path, view, None),
                Truth::False if may_become_root(view) => {
                    let root = root.get_or_insert_with(|| view.as_root());
                    if evaluate(&path.when, root) != Truth::False {
                        let reason = Reason::NeedsEngine(
                            "whether its image holds setuid programs; no-new-privileges makes them harmless",
                        );
                        let stepping = Unsettled { field: Field::Setuid.name(), reason };
                        self.possible(path, root, Some(stepping));
                    }
                }
                Truth::False => {}
            }
        }
    }

    fn certain(&mut self, path: &'static EscapePath, view: &View<'_>) {
        let mut account = Account::default();
        let ways = self.ways(&path.when, view, &mut account);
        self.add(path, view, Certainty::Certain, ways, account);
    }

    /// Tells of a path of which something is not known, where something sets the service apart; counts it otherwise.
    fn possible(&mut self, path: &'static EscapePath, view: &View<'_>, stepping: Option<Unsettled>) {
        let mut account = Account::default();
        let ways = self.ways(&path.when, view, &mut account);
        let step = stepping.is_some();
        account.open.extend(stepping);
        if account.written {
            self.add(path, view, Certainty::Possible, ways, account);
        } else if account.host {
            self.unseen.host += 1;
        } else if !step {
            self.unseen.images += 1;
        }
    }

    fn add(
        &mut self,
        path: &'static EscapePath,
        view: &View<'_>,
        certainty: Certainty,
        ways: Vec<Vec<usize>>,
        account: Account,
    ) {
        let mut measures: Vec<usize> = ways.iter().flatten().copied().collect();
        measures.sort_unstable();
        measures.dedup();
        self.stories.push(Story {
            path,
            services: view.service.iter().map(|service| service.subject.name.clone()).collect(),
            of_host: path.of_host,
            certainty,
            severity: path.severity,
            route: Vec::new(),
            local: false,
            because: account.because,
            open: account.open,
            measures,
            accepted: false,
            ways,
        });
    }

    /// A path of the host is told once, with all services through which it leads.
    fn of_host(&mut self, path: &'static EscapePath, views: &[View<'_>], host: &View<'_>, posture: &Posture) {
        let alone;
        let views = if views.is_empty() {
            alone = [host.clone()];
            &alone[..]
        } else {
            views
        };
        let answers: Vec<(Truth, &View<'_>)> =
            views.iter().map(|view| (evaluate(&path.when, view), view)).collect();
        let Some(best) = answers.iter().map(|(truth, _)| *truth).max().filter(|best| *best != Truth::False)
        else {
            return;
        };
        if !posture.host.as_ref().is_some_and(|host| host.judged) {
            // Where the host is not what is scanned, its paths are told with the host.
            if posture.host.is_none() && best == Truth::Unknown {
                self.unseen.host += 1;
            }
            return;
        }
        let through: Vec<&View<'_>> =
            answers.iter().filter(|(truth, _)| *truth == best).map(|(_, view)| *view).collect();
        let Some(first) = through.first() else { return };
        let mut account = Account::default();
        let ways = self.ways(&path.when, first, &mut account);
        if best == Truth::Unknown
            && !account.because.iter().any(|because| because.plane > plimsoll_posture::Plane::Assumed)
        {
            self.unseen.host += 1;
            return;
        }
        let certainty = if best == Truth::True { Certainty::Certain } else { Certainty::Possible };
        self.add(path, first, certainty, ways, account);
        if let Some(story) = self.stories.last_mut() {
            // What asks for nothing of a service leads through all of them, which is worth no list.
            story.services = match asks_service(&path.when) {
                true => through.iter().filter_map(|view| Some(view.service?.subject.name.clone())).collect(),
                false => Vec::new(),
            };
        }
    }

    /// For every way in which a condition holds, the measures that close it; and what is known and not known of it.
    fn ways(&mut self, condition: &Condition, view: &View<'_>, account: &mut Account) -> Vec<Vec<usize>> {
        match condition {
            Condition::All(all) => {
                let mut ways = vec![Vec::new()];
                for inner in all {
                    let own = self.ways(inner, view, account);
                    if own.is_empty() {
                        continue;
                    }
                    let mut crossed: Vec<Vec<usize>> = Vec::new();
                    'cross: for way in &ways {
                        for other in &own {
                            if crossed.len() == MAX_WAYS {
                                break 'cross;
                            }
                            crossed.push(way.iter().chain(other).copied().collect());
                        }
                    }
                    ways = crossed;
                }
                ways
            }
            Condition::Any(any) => {
                let best = any.iter().map(|inner| evaluate(inner, view)).max().unwrap_or(Truth::False);
                let holds = any.iter().filter(|inner| evaluate(inner, view) == best);
                let holds: Vec<&Condition> = holds.collect();
                holds.into_iter().flat_map(|inner| self.ways(inner, view, account)).take(MAX_WAYS).collect()
            }
            Condition::Not(inner) => {
                self.unsettled(inner, view, account);
                Vec::new()
            }
            Condition::Leaf(leaf) => match answer(leaf, view) {
                Answer::No => Vec::new(),
                Answer::Open(reason) => {
                    account.host |= leaf.field.is_of_host() || leaf.field == Field::Mac;
                    push_open(leaf, reason, account);
                    Vec::new()
                }
                Answer::Yes => vec![self.fact(leaf, None, view, account)],
                Answer::Items(items) => {
                    // One that takes every entry away is needed where there are too many to be told apart.
                    items
                        .into_iter()
                        .take(MAX_WAYS)
                        .map(|item| self.fact(leaf, Some(item), view, account))
                        .collect()
                }
            },
        }
    }

    fn fact(
        &mut self,
        leaf: &Leaf,
        item: Option<usize>,
        view: &View<'_>,
        account: &mut Account,
    ) -> Vec<usize> {
        let fact = tell(leaf, item, view, &self.findings, &mut self.measures);
        account.written |= fact.written;
        account.because.extend(fact.because.filter(|because| !account.because.contains(because)));
        fact.measure.into_iter().collect()
    }

    fn unsettled(&mut self, condition: &Condition, view: &View<'_>, account: &mut Account) {
        match condition {
            Condition::All(all) | Condition::Any(all) => {
                for inner in all {
                    self.unsettled(inner, view, account);
                }
            }
            Condition::Not(inner) => self.unsettled(inner, view, account),
            Condition::Leaf(leaf) => {
                if let Answer::Open(reason) = answer(leaf, view) {
                    push_open(leaf, reason, account);
                }
            }
        }
    }
}

fn push_open(leaf: &Leaf, reason: Reason, account: &mut Account) {
    let unsettled = Unsettled { field: leaf.field.name(), reason };
    if !account.open.contains(&unsettled) {
        account.open.push(unsettled);
    }
}

/// Whether a program with the setuid bit may make root of the service's account.
fn may_become_root(view: &View<'_>) -> bool {
    let other = match view.slot(Field::Uid).value {
        Known::Value(Value::Number(uid)) => uid != 0,
        Known::Value(_) => true,
        Known::Unknown(_) => false,
    };
    let off = matches!(view.slot(Field::NoNewPrivileges).value, Known::Value(Value::Flag(true)));
    let none = matches!(&view.slot(Field::Setuid).value, Known::Value(Value::Items(list)) if list.all.is_empty() && list.open.is_none());
    other && !off && !none
}

fn asks_service(condition: &Condition) -> bool {
    match condition {
        Condition::All(all) | Condition::Any(all) => all.iter().any(asks_service),
        Condition::Not(inner) => asks_service(inner),
        Condition::Leaf(Leaf { field: Field::NetworkMode, test: Test::NotIn(_) }) => false,
        Condition::Leaf(leaf) => !leaf.field.is_of_host(),
    }
}

//! The CIS Docker Benchmark as a view of what the controls know: which control answers which item.
//!
//! An item is answered by the controls that name its number among their peers, or by the part of a control that it asks about; what a
//! program cannot decide is manual and says why. Deliberately absent: the benchmark's own words, and how the view looks.

mod items;
mod parts;

use plimsoll_posture::{FileRole, GuardedFile, Host, Known, Posture, Reason, Service, Subject};

pub use self::items::ITEMS;
use crate::{
    CATALOGUE, Control, Finding, Scope, Settings, Verdict, audited_path, guarded_file, judge, swarm_setting,
};

/// One item.
#[derive(Debug)]
pub struct Item {
    /// Its number: `2.14`.
    pub id: &'static str,
    /// What it asks for, in our words.
    pub title: &'static str,
    /// What answers it.
    pub(crate) answer: Answer,
}

/// What answers an item.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// The controls that name it.
    Controls,
    /// A question about the host.
    Host(fn(&Host) -> Verdict),
    /// A question about every container.
    Service(fn(&Service, &Posture) -> Verdict),
    /// Who owns the files of a role.
    FileOwner(FileRole),
    /// Who may do what with them.
    FileMode(FileRole),
    /// Whether a path is audited.
    Audit(&'static str),
    /// Nothing: why a program cannot say.
    Manual(&'static str),
    /// The same, with what a person needs to decide.
    ManualService(&'static str, fn(&Service) -> Option<Finding>),
    /// The same where there is a swarm.
    SwarmManual(&'static str),
}

/// What is known about an item.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The item.
    pub item: &'static Item,
    /// An answer for each host or container it asks about.
    pub answers: Vec<One>,
}

/// One answer.
#[derive(Debug, Clone)]
pub struct One {
    /// The control that gave it, where it is one that is told by itself.
    pub control: Option<&'static str>,
    /// What it is about.
    pub subject: Option<Subject>,
    /// What it says.
    pub said: Said,
}

/// What an answer says.
#[derive(Debug, Clone)]
pub enum Said {
    /// A verdict.
    Verdict(Verdict),
    /// A person has to decide, and why; with what is there to decide about.
    Manual(&'static str, Vec<Finding>),
    /// Nothing was there to be asked about; it counts where no other answer does.
    Nothing(Verdict),
}

impl Answered {
    /// Leaves the answers about these services; what is about the host and everything else is left out.
    pub fn keep_services(&mut self, services: &[String]) {
        self.answers.retain(|one| {
            one.subject.as_ref().is_some_and(|subject| {
                let name = subject.service.as_deref().unwrap_or(&subject.name);
                services.iter().any(|service| service == name)
            })
        });
        if self.answers.is_empty() {
            let said = match self.item.manual() {
                Some(why) => Said::Manual(why, Vec::new()),
                None => Said::Nothing(Verdict::NotApplicable("left out by --service")),
            };
            self.answers.push(One { control: None, subject: None, said });
        }
    }
}

impl Item {
    /// The section: `2`.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.id.split('.').next().unwrap_or(self.id)
    }

    /// The controls that name it.
    #[must_use]
    pub fn controls(&self) -> Vec<&'static Control> {
        let named = |peer: &&str| peer.strip_prefix("CIS-") == Some(self.id);
        CATALOGUE.iter().copied().filter(|control| control.peers.iter().any(&named)).collect()
    }

    /// Why no program can answer it.
    #[must_use]
    pub fn manual(&self) -> Option<&'static str> {
        match self.answer {
            Answer::Manual(why) | Answer::ManualService(why, _) | Answer::SwarmManual(why) => Some(why),
            _ => None,
        }
    }

    /// Whether it asks about what is in an image, or how that came there.
    fn is_of_contents(&self) -> bool {
        let of_contents = |control: &&Control| {
            matches!(
                control.scope,
                Scope::Recipe(_)
                    | Scope::Stage(_)
                    | Scope::Built(_)
                    | Scope::Contents(_)
                    | Scope::RecipeAndBuilt(..)
                    | Scope::StageAndBuilt(..)
            )
        };
        self.section() == "4" && self.controls().iter().any(of_contents)
    }

    /// Whether it asks about the host rather than about containers and images.
    fn is_of_host(&self) -> bool {
        !matches!(self.section(), "4" | "5") || self.id == "5.1"
    }
}

/// The name of a section, in our words.
#[must_use]
pub fn section(number: &str) -> &'static str {
    match number {
        "1" => "Host",
        "2" => "Engine",
        "3" => "Files of the engine",
        "4" => "Images",
        "5" => "Containers",
        "6" => "Operation",
        "7" => "Swarm",
        _ => "",
    }
}

/// What a posture answers, item by item.
#[must_use]
pub fn benchmark(posture: &Posture, settings: &Settings) -> Vec<Answered> {
    let host = posture.host.as_ref().filter(|host| host.judged);
    ITEMS.iter().map(|item| Answered { item, answers: answers(item, host, posture, settings) }).collect()
}

fn answers(item: &'static Item, host: Option<&Host>, posture: &Posture, settings: &Settings) -> Vec<One> {
    let own = |subject: &Subject, said| One { control: None, subject: Some(subject.clone()), said };
    let of_host = |verdict: &dyn Fn(&Host) -> Verdict| -> Vec<One> {
        host.iter().map(|host| own(&host.subject, Said::Verdict(verdict(host)))).collect()
    };
    let mut answers = match item.answer {
        Answer::Controls => judge(posture, &item.controls(), settings)
            .into_iter()
            .map(|judgement| One {
                control: Some(judgement.control.id),
                subject: judgement.subject,
                said: Said::Verdict(judgement.verdict),
            })
            .collect(),
        Answer::Host(question) => of_host(&question),
        Answer::FileOwner(role) => of_host(&|host| file(host, role, true)),
        Answer::FileMode(role) => of_host(&|host| file(host, role, false)),
        Answer::Audit(id) => of_host(&|host| {
            let paths =
                audited_path::WATCHED.iter().find(|(own, _)| *own == id).map_or(&[][..], |(_, paths)| paths);
            audited_path::is_watched(host, paths)
        }),
        Answer::Service(question) => posture
            .services
            .iter()
            .filter(|service| service.runtime)
            .map(|service| own(&service.subject, Said::Verdict(question(service, posture))))
            .collect(),
        Answer::Manual(why) => {
            return vec![One { control: None, subject: None, said: Said::Manual(why, Vec::new()) }];
        }
        Answer::ManualService(why, shows) => {
            let shown = posture.services.iter().filter_map(shows).collect();
            return vec![One { control: None, subject: None, said: Said::Manual(why, shown) }];
        }
        Answer::SwarmManual(why) => host
            .iter()
            .map(|host| {
                let said = match swarm_setting::unless_active(host, Verdict::absent) {
                    Verdict::Pass(_) => Said::Manual(why, Vec::new()),
                    other => Said::Verdict(other),
                };
                own(&host.subject, said)
            })
            .collect(),
    };
    // Of an image that nobody read, that nothing was seen is no answer.
    if item.is_of_contents() && posture.recipes.is_empty() && posture.built.is_empty() {
        answers.retain(|one: &One| matches!(one.said, Said::Verdict(Verdict::Fail(_) | Verdict::Unknown(_))));
    }
    if answers.is_empty() {
        answers.push(One { control: None, subject: None, said: Said::Nothing(nothing(item, host, posture)) });
    }
    answers
}

/// The answer where there was nothing to ask about.
fn nothing(item: &Item, host: Option<&Host>, posture: &Posture) -> Verdict {
    if item.is_of_host() {
        return match host {
            None => Verdict::Unknown(Reason::NeedsEngine("plimsoll scan host --view cis")),
            Some(_) => Verdict::NotApplicable("nothing of the kind is there"),
        };
    }
    let none = host.is_some_and(|host| host.containers.value().is_some_and(Vec::is_empty));
    if posture.services.is_empty() && none {
        return Verdict::NotApplicable("there is no container");
    }
    match item.section() {
        "4" => Verdict::Unknown(Reason::NeedsEngine("plimsoll scan --image NAME --view cis")),
        _ => Verdict::Unknown(Reason::NeedsEngine("docker inspect $(docker ps -aq)")),
    }
}

/// One of the two questions about the files of a role.
fn file(host: &Host, role: FileRole, owner: bool) -> Verdict {
    let mut shown = None;
    let mut doubt = None;
    let mut findings = Vec::new();
    for file in host.files.iter().filter(|file| file.role == role) {
        match &file.access.value {
            Known::Unknown(reason) => doubt = doubt.or_else(|| Some(reason.clone())),
            Known::Value(access) => match wrong(file, access, owner) {
                Some(finding) => findings.push(finding),
                None => shown = shown.or(Some(&file.access)),
            },
        }
    }
    let otherwise = match (doubt, shown) {
        (Some(reason), _) => Verdict::Unknown(reason),
        (None, Some(claim)) => Verdict::pass(claim),
        (None, None) if host.files.is_empty() => {
            Verdict::Unknown(Reason::NeedsEngine("stat -c '%a %U:%G %n' on the files of the engine"))
        }
        (None, None) => Verdict::NotApplicable("the host has no such file"),
    };
    Verdict::from_findings(findings, otherwise)
}

fn wrong(file: &GuardedFile, access: &plimsoll_posture::FileAccess, owner: bool) -> Option<Finding> {
    let path = &file.path;
    let bound = guarded_file::bound(file.role);
    let (message, fix) = if owner {
        let strange = guarded_file::strange_owner(file, access)?;
        (format!("`{path}` belongs to `{strange}`"), format!("`chown root:{} {path}`", bound.group))
    } else {
        let excess = guarded_file::excess(file, access)?;
        let told = guarded_file::told(excess);
        (format!("`{path}` has mode {:o}: {told}", access.mode), format!("`chmod {} {path}`", bound.mode))
    };
    Some(Finding::at(&file.access, "", message, fix))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbers_are_in_order_and_every_section_is_there() {
        let number = |id: &str| -> Vec<u32> { id.split('.').map(|part| part.parse().unwrap()).collect() };
        assert!(ITEMS.is_sorted_by(|a, b| number(a.id) < number(b.id)));
        let sections: BTreeSet<&str> = ITEMS.iter().map(Item::section).collect();
        assert_eq!(sections.into_iter().collect::<Vec<_>>(), ["1", "2", "3", "4", "5", "6", "7"]);
        let count = |section: &str| ITEMS.iter().filter(|item| item.section() == section).count();
        // As Docker Bench 1.6 numbers them: 18 + 2, 18, 24, 12, 32, 2, 9.
        assert_eq!(["1", "2", "3", "4", "5", "6", "7"].map(count), [20, 18, 24, 12, 32, 2, 9]);
    }

    #[test]
    fn every_item_has_a_control_or_says_why_not() {
        for item in ITEMS {
            let answered = !matches!(item.answer, Answer::Controls) || !item.controls().is_empty();
            assert!(answered, "nothing answers {}", item.id);
            assert!(item.manual().is_none_or(|why| !why.is_empty()), "{}", item.id);
        }
    }

    #[test]
    fn every_number_that_a_control_names_is_an_item() {
        for control in CATALOGUE {
            let named = control.peers.iter().filter_map(|peer| peer.strip_prefix("CIS-"));
            for id in named.filter(|id| !id.starts_with("DI-")) {
                assert!(ITEMS.iter().any(|item| item.id == id), "{}: there is no item {id}", control.id);
            }
        }
    }

    #[test]
    fn the_parts_of_a_control_have_its_numbers() {
        for item in ITEMS {
            let id = format!("CIS-{}", item.id);
            match item.answer {
                // The benchmark has two items for each role, in the order of the roles.
                Answer::FileOwner(role) => assert_eq!(format!("CIS-3.{}", 2 * (role as usize) + 1), id),
                Answer::FileMode(role) => assert_eq!(format!("CIS-3.{}", 2 * (role as usize) + 2), id),
                Answer::Audit(own) => assert_eq!(own, id),
                _ => {}
            }
            let part = matches!(item.answer, Answer::FileOwner(_) | Answer::FileMode(_) | Answer::Audit(_));
            assert!(!part || !item.controls().is_empty(), "{id}: no control tells it");
        }
    }
}

//! Package lists that were fetched in one layer and are used in another.

use plimsoll_posture::{Change, Joined, Plane, Posture, Recipe, Run, ShellCommand, Stage, Step};

use crate::system_packages::{self, Action, Family};
use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "package-lists-stale",
    title: "packages are installed by lists of an older layer",
    page: include_str!("package_lists_stale.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DS-0017", "CKV_DOCKER_5", "DD002", "CIS-4.7", "CIS-DI-0007", "KICS: Update Instruction Alone"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut stale: Vec<Stale<'_>> = Vec::new();
    // The step of the lineage whose lists are in force.
    let mut lists: Option<Place<'_>> = None;
    let mut installs = false;
    for owner in recipe.lineage(stage.index) {
        for (step, run) in owner.runs().filter(|(step, _)| !step.on_build) {
            let (update, install) = of_apt(run);
            installs |= install.is_some();
            if let (None, Some(command), Some(update)) = (update, install, lists)
                && owner.index == stage.index
                && !keeps_lists_elsewhere(run)
            {
                let install = Place { stage: owner, step, run, command };
                // One update may feed many installs.
                match stale.last_mut().filter(|own| own.update.command.at == update.command.at) {
                    Some(own) => own.installs.push(install),
                    None => stale.push(Stale { update, installs: vec![install] }),
                }
            }
            if let Some(command) = update {
                lists = Some(Place { stage: owner, step, run, command });
            }
        }
    }
    let nothing = if installs { Verdict::absent() } else { Verdict::NotApplicable("apt installs nothing") };
    Verdict::from_findings(stale.iter().map(|own| own.finding(recipe, stage)).collect(), nothing)
}

/// A command and what it stands in.
#[derive(Clone, Copy)]
struct Place<'a> {
    stage: &'a Stage,
    step: &'a Step,
    run: &'a Run,
    command: &'a ShellCommand,
}

/// A refresh of the lists, and the installs of later steps that rely on it.
struct Stale<'a> {
    update: Place<'a>,
    installs: Vec<Place<'a>>,
}

impl Stale<'_> {
    fn finding(&self, recipe: &Recipe, stage: &Stage) -> Finding {
        let finding = Finding::place(
            self.update.stage.place(self.update.command.at),
            Plane::Declared,
            "stays in the build cache as it is today",
            format!("stage `{}` installs packages by the lists of an older layer", stage.label()),
            "join both: `RUN apt-get update && apt-get install -y … && rm -rf /var/lib/apt/lists/*`",
        );
        let used = |index| if index == 0 { "used here" } else { "and here" };
        let places = self.installs.iter().enumerate();
        places
            .fold(finding, |finding, (index, install)| {
                finding.near(install.stage.place(install.command.at), used(index))
            })
            .remedied_by(self.remedy(recipe, stage))
    }

    /// Each install refreshes the lists itself; the step that only did that goes, where nothing else stands between.
    fn remedy(&self, recipe: &Recipe, stage: &Stage) -> Option<Remedy> {
        let alone = self.update.stage.index == stage.index
            && self.update.run.commands.len() == 1
            && self.update.run.mounts.is_empty()
            && !recipe_change::is_base(recipe, stage)
            && self.is_first_use(stage);
        let one_for_one = alone && self.installs.len() == 1;
        let mut changes = Vec::new();
        if alone {
            changes.push(Change::Withdraw { at: stage.place(self.update.step.at) });
        }
        for install in &self.installs {
            let Place { stage, step, run, command } = *install;
            // An upgrade before it reads the lists too.
            let command = run.commands.iter().find(|other| reads_lists(other)).unwrap_or(command);
            let plain = !run.exec_form
                && run.understood
                && !command.substituted
                && (command.position, command.depth) == (0, 0)
                && matches!(command.joined, Joined::Sequence | Joined::And);
            if !plain {
                return None;
            }
            let sudo = if command.program() == Some("sudo") { "sudo " } else { "" };
            changes.push(recipe_change::add_before(stage, command.at, format!("{sudo}apt-get update && ")));
            let cleans = run.script.expose().contains("/var/lib/apt/lists");
            match recipe_change::append(stage, step, run, &format!("{sudo}rm -rf /var/lib/apt/lists/*")) {
                Some(change) if !cleans => changes.push(change),
                // The layer would keep the lists one time more.
                None if !cleans && !one_for_one => return None,
                _ => {}
            }
        }
        Some(Remedy::risky(
            changes,
            "the build takes the versions of today, and a script that installs packages later by these lists finds none",
        ))
    }

    /// Whether no step between the refresh and the first install may read the lists.
    fn is_first_use(&self, stage: &Stage) -> bool {
        let Some(first) = self.installs.first() else { return false };
        let between =
            |step: &Step| step.at.start > self.update.step.at.start && step.at.start < first.step.at.start;
        stage.runs().filter(|(step, _)| between(step)).all(|(_, run)| {
            run.understood
                && run.commands.iter().all(|command| {
                    command.effective_program().is_none_or(|program| READS_NO_LISTS.contains(&program))
                })
        })
    }
}

fn reads_lists(command: &ShellCommand) -> bool {
    system_packages::read(command).is_some_and(|packages| {
        packages.family == Family::Apt && matches!(packages.action, Action::Install | Action::UpgradeAll)
    })
}

/// Programs of which it is known that they do not read the lists of apt.
const READS_NO_LISTS: &[&str] = &[
    ":",
    "[",
    "adduser",
    "cat",
    "cd",
    "chmod",
    "chown",
    "cp",
    "debconf-set-selections",
    "dpkg-divert",
    "dpkg-reconfigure",
    "echo",
    "export",
    "groupadd",
    "ln",
    "locale-gen",
    "mkdir",
    "mv",
    "printf",
    "rm",
    "sed",
    "set",
    "test",
    "touch",
    "true",
    "update-locale",
    "useradd",
];

/// The last refresh and the first install of a script that comes before any refresh or without one. Only apt keeps
/// lists of any age: apk, dnf and zypper look at how old theirs are.
fn of_apt(run: &Run) -> (Option<&ShellCommand>, Option<&ShellCommand>) {
    let (mut update, mut install) = (None, None);
    for command in &run.commands {
        let Some(packages) = system_packages::read(command).filter(|packages| packages.family == Family::Apt)
        else {
            continue;
        };
        match packages.action {
            Action::Update => update = Some(command),
            Action::Install if install.is_none() && names_remote(&packages.packages) => {
                install = Some(command)
            }
            _ => {}
        }
    }
    (update, install)
}

/// `apt-get install ./x.deb` reads a file.
fn names_remote(packages: &[&plimsoll_posture::ShellWord]) -> bool {
    packages.is_empty() || packages.iter().any(|word| !word.text.starts_with(['.', '/']))
}

/// A mount holds the lists, so that no layer does.
fn keeps_lists_elsewhere(run: &Run) -> bool {
    run.mounts.iter().any(|mount| {
        mount.target.as_deref().is_some_and(|target| target.trim_end_matches('/').starts_with("/var/lib/apt"))
    })
}

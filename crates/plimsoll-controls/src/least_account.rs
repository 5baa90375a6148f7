//! The account that a built image runs as when nobody chose one, and the steps that make it so.
//!
//! Deliberately absent: services of a compose file, whose `user` is another document's; and who may write where: only the
//! volumes that the recipe itself declares are known to be written.

use plimsoll_posture::{
    Change, Claim, Flavour, Layer, Posture, Publisher, Recipe, Role, Service, Stage, Step, StepKind,
    UserSpec, program_name,
};
use plimsoll_text::Span;

use crate::image_base::built_from;
use crate::system_packages::{self, Action, Family};
use crate::{Remedy, application, recipe_change};

/// A number that no distribution gives to its own accounts.
const UID: u32 = 10001;

/// Programs that start as root by design: they switch accounts themselves, or manage what belongs to root.
const NEEDS_ROOT: &[&str] = &[
    "apache2",
    "apache2-foreground",
    "apache2ctl",
    "apachectl",
    "chronyd",
    "containerd",
    "cron",
    "crond",
    "cupsd",
    "dbus-daemon",
    "dnsmasq",
    "chpst",
    "chroot",
    "dhcpd",
    "docker",
    "dockerd",
    "gosu",
    "haproxy",
    "httpd",
    "init",
    "ip",
    "ipsec",
    "iptables",
    "keepalived",
    "kubelet",
    "mount",
    "my_init",
    "named",
    "nginx",
    "ntpd",
    "openvpn",
    "php-fpm",
    "pppd",
    "rpcbind",
    "rsyslogd",
    "runit",
    "runsvdir",
    "runsvdir-start",
    "runuser",
    "s6-setuidgid",
    "s6-svscan",
    "service",
    "setpriv",
    "setuidgid",
    "slapd",
    "smbd",
    "squid",
    "sshd",
    "su",
    "su-exec",
    "sudo",
    "supervisord",
    "systemctl",
    "systemd",
    "tcpdump",
    "tinysshd",
    "vsftpd",
    "xinetd",
];

/// Programs whose packages bring an account that their files belong to: no other will do.
const OWN_ACCOUNT: &[&str] =
    &["cassandra", "mariadbd", "mongod", "mysqld", "mysqld_safe", "postgres", "slapd"];

/// Steps that give the image an account other than root, where one can be named without inventing anything.
pub(crate) fn remedy(service: &Service, posture: &Posture, uid: &Claim<u32>) -> Option<Remedy> {
    if uid.layer >= Layer::Compose || starts(service, NEEDS_ROOT) {
        return None;
    }
    let (recipe, stage) = built_from(service, posture)?;
    if recipe_change::is_base(recipe, stage)
        || matches!(service.knowledge.role, Some(Role::Datastore | Role::Proxy))
    {
        return None;
    }
    let account = account(service, recipe, stage)?;
    let place = Placing::of(stage);
    let user = account.user;
    let mut steps = Vec::new();
    let mut written: Vec<String> = volumes(stage).map(str::to_owned).collect();
    written.extend(written_folders(recipe, stage, posture));
    written.dedup();
    let owner = user.split(':').next().unwrap_or(&user);
    let mut commands: Vec<String> = account.command.into_iter().collect();
    if account.has_shell && !written.is_empty() {
        let paths = written.join(" ");
        commands.push(format!("mkdir -p {paths} && chown {owner} {paths}"));
    }
    if !commands.is_empty() {
        steps.push(format!("RUN {}", commands.join(" && ")));
    }
    let changes = match (place, steps.is_empty()) {
        (Placing::Instead(at), true) => vec![recipe_change::reword(stage, at, user.clone())],
        (Placing::Instead(at), false) => {
            vec![step(stage, at, true, steps), recipe_change::reword(stage, at, user.clone())]
        }
        (Placing::Beside(at, before), _) => {
            steps.push(format!("USER {user}"));
            vec![step(stage, at, before, steps)]
        }
    };
    Some(Remedy::risky(
        changes,
        format!(
            "the program runs as `{user}`: what it writes must belong to that account, and nobody has started it so"
        ),
    ))
}

fn step(stage: &Stage, at: Span, before: bool, lines: Vec<String>) -> Change {
    Change::Step { beside: stage.place(at), before, text: lines.join("\n") }
}

struct Account {
    /// As `USER` takes it.
    user: String,
    /// What makes it.
    command: Option<String>,
    /// Whether a step can be run in the image at all.
    has_shell: bool,
}

fn account(service: &Service, recipe: &Recipe, stage: &Stage) -> Option<Account> {
    let knowledge = &service.knowledge;
    let lean = matches!(knowledge.flavour, Some(Flavour::Scratch | Flavour::Distroless));
    let ready = |user: String| Account { user, command: None, has_shell: !lean };
    if let Some(user) = switched_from(service) {
        return Some(ready(user));
    }
    if let Some(own) = stage.image.created.iter().rev().filter_map(|claim| claim.value.value()).find(|own| {
        own.uid != Some(0)
            && own.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    }) {
        return Some(ready(own.name.to_string()));
    }
    if let Some(user) = &knowledge.offers_user {
        return Some(ready(user.to_string()));
    }
    let outermost = recipe.lineage(stage.index).first().map(|first| &first.base);
    if knowledge.flavour == Some(Flavour::Scratch) || outermost == Some(&plimsoll_posture::StageBase::Scratch)
    {
        return Some(ready("65532:65532".to_owned()));
    }
    // How an account is made is known of official images, and where a step has used the tools of a distribution as root.
    let official = matches!(knowledge.publisher, Some(Publisher::Official | Publisher::Verified));
    let usual = matches!(knowledge.role, Some(Role::Distribution | Role::Runtime | Role::Application));
    if lean || starts(service, OWN_ACCOUNT) {
        return None;
    }
    let (known, names): (_, &[&str]) = match knowledge.distribution.as_deref().filter(|_| official && usual) {
        Some(distribution) => (AccountTool::of(distribution), &["app", "appuser", "service"]),
        // The accounts of such a base are not known: a name that few give.
        None if knowledge.role.is_none() || usual => {
            (AccountTool::shown(service, recipe, stage), &["appuser"])
        }
        None => return None,
    };
    let tool = known?;
    let name = names.iter().copied().find(|name| {
        !knowledge.accounts.iter().any(|account| *account.name == **name)
            && !stage
                .image
                .created
                .iter()
                .any(|claim| claim.value.value().is_some_and(|account| *account.name == **name))
            && !stage.image.groups.contains_key(*name)
    })?;
    let command = match tool {
        AccountTool::Adduser => format!("adduser -D -u {UID} {name}"),
        AccountTool::Useradd => format!("useradd --create-home --uid {UID} {name}"),
    };
    Some(Account { user: UID.to_string(), command: Some(command), has_shell: true })
}

/// What makes an account in an image.
#[derive(Clone, Copy)]
enum AccountTool {
    /// That of BusyBox.
    Adduser,
    /// That of the shadow suite.
    Useradd,
}

impl AccountTool {
    fn of(distribution: &str) -> Option<Self> {
        match distribution {
            "alpine" | "wolfi" => Some(Self::Adduser),
            "debian" | "ubuntu" | "centos" | "fedora" | "almalinux" | "rockylinux" | "oraclelinux"
            | "opensuse" => Some(Self::Useradd),
            _ => None,
        }
    }

    /// The tool of the distribution whose packages a step installs without `sudo` or a `USER` of the recipe's own: only root
    /// can, so the base starts as root too. The program must be the recipe's own; that of a base nobody has looked into may be anything.
    fn shown(service: &Service, recipe: &Recipe, stage: &Stage) -> Option<Self> {
        let own = |layer: Option<Layer>| layer.is_some_and(|layer| layer >= Layer::Image);
        let started = own(service.command.effective().map(|claim| claim.layer))
            || own(service.entrypoint.effective().map(|claim| claim.layer));
        let runs = recipe.lineage(stage.index).into_iter().flat_map(Stage::runs);
        let mut commands = runs
            .filter(|(step, _)| !step.on_build && step.user.is_none())
            .flat_map(|(_, run)| &run.commands)
            .filter(|command| command.program() != Some("sudo"));
        let tool = commands.find_map(|command| {
            let packages = system_packages::read(command)?;
            let changes = matches!(packages.action, Action::Install | Action::Update | Action::UpgradeAll);
            match (packages.family, packages.tool) {
                (Family::Apk, _) if changes => Some(Self::Adduser),
                // `microdnf` and `tdnf` are at home where the shadow suite is not.
                (Family::Apt, _) | (Family::Dnf, "yum" | "dnf") | (Family::Zypper, _) if changes => {
                    Some(Self::Useradd)
                }
                _ => None,
            }
        });
        tool.filter(|_| started)
    }
}

/// The account that the recipe had chosen before it went back to root.
fn switched_from(service: &Service) -> Option<String> {
    service.user.overridden().into_iter().filter(|claim| claim.layer == Layer::Image).find_map(|claim| {
        let user: &UserSpec = claim.value.value()?;
        let plain = user.user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        (user.is_root() != Some(true) && plain).then(|| user.to_string())
    })
}

fn starts(service: &Service, programs: &[&str]) -> bool {
    [&service.entrypoint, &service.command].into_iter().filter_map(|fact| fact.value()).any(|line| {
        line.arguments().flat_map(str::split_whitespace).any(|word| {
            let word = word.trim_matches(['"', '\'', ';', '&', '(', ')']);
            programs.contains(&program_name(word))
        })
    })
}

/// Where the steps go.
enum Placing {
    /// In the place of the account that is set last.
    Instead(Span),
    /// Beside a step: before it, or behind it.
    Beside(Span, bool),
}

impl Placing {
    /// Behind everything that may need root, and before the command.
    fn of(stage: &Stage) -> Self {
        let works = |step: &&Step| {
            matches!(
                step.kind,
                StepKind::Run(_)
                    | StepKind::Copy(_)
                    | StepKind::Workdir(_)
                    | StepKind::User(_)
                    | StepKind::Volume(_)
            )
        };
        let own: Vec<&Step> = stage.steps.iter().filter(|step| !step.on_build).collect();
        let last = own.iter().rposition(works);
        if let Some(step) =
            last.and_then(|at| own.get(at)).filter(|step| matches!(step.kind, StepKind::User(_)))
        {
            return Self::Instead(step.written.at);
        }
        let behind = own.get(last.map_or(0, |at| at + 1)..).unwrap_or(&[]);
        match behind.iter().find(|step| matches!(step.kind, StepKind::Cmd(_) | StepKind::Entrypoint(_))) {
            Some(step) => Self::Beside(step.at, true),
            None => Self::Beside(stage.steps.last().map_or(stage.subject.anchor, |step| step.at), false),
        }
    }
}

/// The folders to which the program's own source writes, below the working directory.
fn written_folders(recipe: &Recipe, stage: &Stage, posture: &Posture) -> Vec<String> {
    let Some(app) = application::of_recipe(recipe, posture) else { return Vec::new() };
    let Some(workdir) = stage.image.config.workdir.value().filter(|path| path.len() > 1) else {
        return Vec::new();
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let mut folders: Vec<String> = app
        .writes
        .iter()
        .filter_map(|written| {
            let path = written.value.trim_end_matches('/');
            // A file with an ending lies in a folder; a name without one is the folder.
            let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
            let folder = if name.contains('.') { above } else { path };
            let whole = format!("{}/{folder}", workdir.trim_end_matches('/'));
            let whole = whole.trim_end_matches('/');
            let fits = !folder.is_empty() && !folder.split('/').any(|part| part == "..");
            (fits && whole.bytes().all(plain)).then(|| whole.to_owned())
        })
        .collect();
    folders.sort();
    folders.dedup();
    folders.truncate(8);
    folders
}

/// The folders that the stage declares as volumes.
fn volumes(stage: &Stage) -> impl Iterator<Item = &str> {
    stage
        .steps
        .iter()
        .filter(|step| !step.on_build)
        .flat_map(|step| match &step.kind {
            StepKind::Volume(paths) => paths.as_slice(),
            _ => &[],
        })
        .map(|path| &*path.value)
        .filter(|path| {
            path.starts_with('/')
                && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
        })
}

//! What a command of a distribution's package manager does.
//!
//! Sources: apt-get(8), apk(8), yum(8), dnf(8), microdnf, zypper(8).

use plimsoll_posture::{ShellCommand, ShellWord};

/// A family of package managers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Apt,
    Apk,
    /// yum, dnf, microdnf, tdnf.
    Dnf,
    Zypper,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Refreshes the lists only.
    Update,
    Install,
    /// Brings every installed package up to date.
    UpgradeAll,
    Remove,
    Clean,
}

/// One command.
#[derive(Debug, Clone)]
pub(crate) struct PackageCommand<'a> {
    pub(crate) family: Family,
    /// The program, without directories: `apt-get`, `microdnf`.
    pub(crate) tool: &'a str,
    pub(crate) action: Action,
    /// The word that says so: `install`.
    pub(crate) verb: &'a ShellWord,
    /// The packages named, without options.
    pub(crate) packages: Vec<&'a ShellWord>,
}

/// Options that take the next word as their value.
fn value_options(family: Family) -> &'static [&'static str] {
    match family {
        Family::Apt => {
            &["-o", "--option", "-t", "--target-release", "--default-release", "-c", "--config-file"]
        }
        Family::Apk => &[
            "-t",
            "--virtual",
            "-X",
            "--repository",
            "--keys-dir",
            "--repositories-file",
            "-p",
            "--root",
            "--arch",
            "--cache-dir",
            "--cache-max-age",
            "--wait",
        ],
        Family::Dnf => &[
            "-c",
            "--config",
            "-x",
            "--exclude",
            "-d",
            "--debuglevel",
            "-e",
            "--errorlevel",
            "-R",
            "--randomwait",
            "--installroot",
            "--setopt",
            "--enablerepo",
            "--disablerepo",
            "--repo",
            "--repoid",
            "--releasever",
            "--downloaddir",
            "--destdir",
            "--comment",
        ],
        Family::Zypper => &[
            "-c",
            "--config",
            "-R",
            "--root",
            "-r",
            "--repo",
            "--from",
            "-t",
            "--type",
            "-p",
            "--plus-repo",
            "--reposd-dir",
            "--cache-dir",
        ],
    }
}

/// Reads a command; `None` for anything else.
pub(crate) fn read(command: &ShellCommand) -> Option<PackageCommand<'_>> {
    let tool = command.effective_program()?;
    let family = match tool {
        "apt-get" | "apt" | "aptitude" => Family::Apt,
        "apk" => Family::Apk,
        "yum" | "dnf" | "microdnf" | "tdnf" | "dnf5" => Family::Dnf,
        "zypper" => Family::Zypper,
        _ => return None,
    };
    let with_value = value_options(family);
    let mut words = Vec::new();
    let mut skip = false;
    for word in command.arguments() {
        if std::mem::take(&mut skip) {
            continue;
        }
        let text = &*word.text;
        if text.starts_with('-') {
            skip = with_value.contains(&text);
        } else {
            words.push(word);
        }
    }
    let verb = *words.first()?;
    let packages: Vec<&ShellWord> = words.get(1..).unwrap_or(&[]).to_vec();
    let action = match (family, &*verb.text) {
        (Family::Apt, "install") | (Family::Apk, "add") => Action::Install,
        (Family::Apt, "build-dep" | "reinstall") => Action::Install,
        (Family::Dnf, "install" | "localinstall" | "groupinstall" | "reinstall") => Action::Install,
        (Family::Zypper, "install" | "in" | "source-install" | "si") => Action::Install,
        (Family::Apt, "update") | (Family::Apk, "update") | (Family::Dnf, "makecache") => Action::Update,
        (Family::Zypper, "refresh" | "ref") => Action::Update,
        (Family::Apt, "upgrade" | "dist-upgrade" | "full-upgrade" | "safe-upgrade") => Action::UpgradeAll,
        (Family::Apk, "upgrade") => Action::UpgradeAll,
        (Family::Dnf, "update" | "upgrade" | "distro-sync" | "dist-sync") => {
            if packages.is_empty() {
                Action::UpgradeAll
            } else {
                Action::Install
            }
        }
        (Family::Zypper, "update" | "up" | "dist-upgrade" | "dup" | "patch") => Action::UpgradeAll,
        (Family::Apt, "remove" | "purge" | "autoremove" | "autopurge") | (Family::Apk, "del") => {
            Action::Remove
        }
        (Family::Dnf, "remove" | "erase" | "autoremove") | (Family::Zypper, "remove" | "rm") => {
            Action::Remove
        }
        (Family::Apt, "clean" | "autoclean" | "distclean") | (Family::Apk, "cache") => Action::Clean,
        (Family::Dnf, "clean") | (Family::Zypper, "clean" | "cc") => Action::Clean,
        _ => return None,
    };
    Some(PackageCommand { family, tool, action, verb, packages })
}

/// The packages for which `wanted` holds that a script installs and does not remove again.
pub(crate) fn left_behind(commands: &[ShellCommand], wanted: impl Fn(&str) -> bool) -> Vec<&ShellWord> {
    let mut left: Vec<&ShellWord> = Vec::new();
    let mut virtual_sets = false;
    for command in commands {
        let Some(packages) = read(command) else { continue };
        match packages.action {
            Action::Install => {
                virtual_sets |= command
                    .arguments()
                    .iter()
                    .any(|word| &*word.text == "-t" || word.text.starts_with("--virtual"));
                left.extend(packages.packages.into_iter().filter(|word| wanted(bare_name(&word.text))));
            }
            // A removal by a variable, by a set's name or of what nothing needs may remove any of them.
            Action::Remove => {
                let sweeping = virtual_sets
                    || packages.packages.is_empty()
                    || packages.packages.iter().any(|word| !word.literal || word.text.starts_with('.'));
                if sweeping {
                    left.clear();
                } else {
                    left.retain(|tool| !packages.packages.iter().any(|word| word.text == tool.text));
                }
            }
            _ => {}
        }
    }
    left
}

/// A package's name without the version that is asked for.
pub(crate) fn bare_name(package: &str) -> &str {
    package.split(['=', '<', '>', '~', '/']).next().unwrap_or(package)
}

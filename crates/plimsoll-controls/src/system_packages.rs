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
    pub(crate) action: Action,
    /// The packages named, without options.
    pub(crate) packages: Vec<&'a ShellWord>,
}

/// Options of apt, apk and dnf that take the next word as their value.
const VALUE_OPTIONS: &[&str] = &[
    "-o",
    "-t",
    "--target-release",
    "--default-release",
    "-c",
    "--config-file",
    "-X",
    "--repository",
    "--virtual",
    "--keys-dir",
    "--repositories-file",
    "-p",
    "--root",
    "--installroot",
    "--setopt",
    "--enablerepo",
    "--disablerepo",
    "--releasever",
    "--allowerasing-from",
    "--option",
];

/// Reads a command; `None` for anything else.
pub(crate) fn read(command: &ShellCommand) -> Option<PackageCommand<'_>> {
    let family = match command.effective_program()? {
        "apt-get" | "apt" | "aptitude" => Family::Apt,
        "apk" => Family::Apk,
        "yum" | "dnf" | "microdnf" | "tdnf" | "dnf5" => Family::Dnf,
        "zypper" => Family::Zypper,
        _ => return None,
    };
    let mut words = Vec::new();
    let mut skip = false;
    for word in command.arguments() {
        if std::mem::take(&mut skip) {
            continue;
        }
        let text = &*word.text;
        if text.starts_with('-') {
            // `apk add -t .deps`: the name of a virtual package. For apt `-t` is the release, a value as well.
            skip = VALUE_OPTIONS.contains(&text);
        } else {
            words.push(word);
        }
    }
    let verb = words.first()?;
    let packages: Vec<&ShellWord> = words.get(1..).unwrap_or(&[]).to_vec();
    let action = match (family, &*verb.text) {
        (Family::Apt, "install") | (Family::Apk, "add") => Action::Install,
        (Family::Dnf, "install" | "localinstall" | "groupinstall" | "reinstall") => Action::Install,
        (Family::Zypper, "install" | "in") => Action::Install,
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
    Some(PackageCommand { family, action, packages })
}

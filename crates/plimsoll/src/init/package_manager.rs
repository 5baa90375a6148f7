//! The package manager of a project: by its lockfile, by `packageManager`, and by Yarn's settings.
//!
//! Deliberately absent: running it, and what the lockfile holds.

use plimsoll_lens::{EntryKind, World};
use serde_json::Value;

/// The newest releases of each line at the day of the embedded data, for projects that name none.
const NPM_PNPM: &[(&str, &str)] =
    &[("5.3", "6.35.1"), ("5.4", "7.33.7"), ("6.0", "8.15.9"), ("6.1", "8.15.9"), ("9.0", "10.34.9")];
const YARN_CLASSIC: &str = "1.22.22";
const BUN: &str = "1.4.5";

/// A package manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PackageManager {
    Npm,
    Pnpm {
        version: String,
    },
    /// Yarn 1.
    Classic {
        version: String,
    },
    /// Yarn 2 and later.
    Berry {
        version: String,
        /// The program within the project.
        program: Option<String>,
        /// No `node_modules`: packages are read from archives.
        pnp: bool,
    },
    Bun {
        version: String,
    },
}

/// The manager and the lockfile that says so.
#[derive(Debug, Clone)]
pub(super) struct Locked {
    pub(super) manager: PackageManager,
    /// The lockfile's name; `None` where there is none.
    pub(super) file: Option<&'static str>,
    /// Other lockfiles that stand beside it.
    pub(super) others: Vec<&'static str>,
}

impl PackageManager {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm { .. } => "pnpm",
            Self::Classic { .. } | Self::Berry { .. } => "yarn",
            Self::Bun { .. } => "bun",
        }
    }

    /// What makes the program of this version available, if the image does not bring it.
    pub(super) fn install(&self) -> Option<String> {
        let global = "npm install --global --no-fund --no-audit";
        Some(match self {
            Self::Npm | Self::Berry { program: Some(_), .. } => return None,
            Self::Pnpm { version } => format!("{global} pnpm@{version}"),
            // Images of Node up to 24 bring a Yarn 1 of that name, in the way of any other.
            Self::Classic { version } => format!("{global} --force yarn@{version}"),
            Self::Berry { version, .. } => format!("{global} --force @yarnpkg/cli-dist@{version}"),
            Self::Bun { version } => format!("{global} bun@{version}"),
        })
    }

    /// The program as it is called in the project.
    pub(super) fn program(&self) -> String {
        match self {
            Self::Berry { program: Some(path), .. } => format!("node {path}"),
            other => other.name().to_owned(),
        }
    }

    /// Where it keeps what it downloaded.
    pub(super) fn cache(&self) -> &'static str {
        match self {
            Self::Npm => "/root/.npm",
            Self::Pnpm { .. } => "/root/.local/share/pnpm/store",
            Self::Classic { .. } => "/usr/local/share/.cache/yarn",
            Self::Berry { .. } => "/root/.yarn/berry",
            Self::Bun { .. } => "/root/.bun/install/cache",
        }
    }

    /// Runs a script of the manifest.
    pub(super) fn run(&self, script: &str) -> String {
        format!("{} run {script}", self.program())
    }

    /// Runs a program of an installed package.
    pub(super) fn execute(&self, program: &str) -> String {
        match self {
            Self::Npm => format!("npm exec -- {program}"),
            Self::Pnpm { .. } => format!("pnpm exec {program}"),
            Self::Bun { .. } => format!("bun x {program}"),
            Self::Classic { .. } | Self::Berry { .. } => format!("{} run {program}", self.program()),
        }
    }
}

const LOCKFILES: &[&str] =
    &["pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb", "package-lock.json", "npm-shrinkwrap.json"];

/// Reads which manager a directory is installed with.
pub(super) fn read(world: &dyn World, manifest: &Value) -> Locked {
    let mut there: Vec<&'static str> =
        LOCKFILES.iter().copied().filter(|name| world.kind(name) == Some(EntryKind::File)).collect();
    let named = manifest.get("packageManager").and_then(Value::as_str).unwrap_or("");
    let (name, version) = named.split_once('@').unwrap_or((named, ""));
    let version = version.split('+').next().filter(|version| exact(version)).map(str::to_owned);
    // The manifest decides between several lockfiles.
    let belongs = |file: &str| match name {
        "npm" => file == "package-lock.json" || file == "npm-shrinkwrap.json",
        "pnpm" => file == "pnpm-lock.yaml",
        "yarn" => file == "yarn.lock",
        "bun" => file.starts_with("bun"),
        _ => false,
    };
    // npm itself reads a shrinkwrap before a lockfile.
    let shrinkwrap =
        there.iter().position(|file| *file == "npm-shrinkwrap.json").filter(|_| there.len() <= 2);
    let at = there.iter().position(|file| belongs(file)).or(shrinkwrap).unwrap_or(0);
    let file = (!there.is_empty()).then(|| there.remove(at));
    let text = |name: &str| {
        world.read(name).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    };
    let manager = match (file, name) {
        (Some("pnpm-lock.yaml"), _) | (None, "pnpm") => {
            let format = text("pnpm-lock.yaml");
            let format = format.lines().find_map(|line| line.strip_prefix("lockfileVersion:"));
            let format = format.map_or("9.0", |format| format.trim().trim_matches(['\'', '"'])).to_owned();
            let known =
                NPM_PNPM.iter().find(|(own, _)| *own == format).map_or("10.34.9", |(_, version)| version);
            PackageManager::Pnpm { version: version.unwrap_or_else(|| known.to_owned()) }
        }
        (Some("yarn.lock"), _) | (None, "yarn") => {
            yarn(world, &text("yarn.lock"), &text(".yarnrc.yml"), version)
        }
        (Some("bun.lock" | "bun.lockb"), _) | (None, "bun") => {
            PackageManager::Bun { version: version.unwrap_or_else(|| BUN.to_owned()) }
        }
        _ => PackageManager::Npm,
    };
    Locked { manager, file, others: there }
}

fn yarn(world: &dyn World, lockfile: &str, settings: &str, version: Option<String>) -> PackageManager {
    let setting = |name: &str| {
        let line = settings.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(|value| value.trim().trim_matches(['\'', '"']).to_owned())
    };
    let berry = version.as_ref().map_or_else(
        || {
            lockfile.contains("__metadata:")
                || setting("nodeLinker").is_some()
                || setting("yarnPath").is_some()
        },
        |version| !version.starts_with("1."),
    );
    if !berry {
        return PackageManager::Classic { version: version.unwrap_or_else(|| YARN_CLASSIC.to_owned()) };
    }
    let program = setting("yarnPath").filter(|path| world.kind(path) == Some(EntryKind::File));
    let own = program.as_deref().and_then(|path| path.rsplit_once("yarn-")?.1.strip_suffix(".cjs"));
    let own = own.filter(|version| exact(version)).map(str::to_owned);
    let format = lockfile.lines().find_map(|line| line.trim().strip_prefix("version:")).map(str::trim);
    let known = if matches!(format, Some("4" | "5" | "6")) { "3.8.7" } else { "4.18.1" };
    PackageManager::Berry {
        version: version.or(own).unwrap_or_else(|| known.to_owned()),
        program,
        pnp: !matches!(setting("nodeLinker").as_deref(), Some("node-modules" | "pnpm")),
    }
}

fn exact(version: &str) -> bool {
    let plain = version.split('-').next().unwrap_or("");
    plain.split('.').count() == 3 && plain.split('.').all(|part| part.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use plimsoll_lens::Memory;

    use super::*;

    fn of(files: &[(&str, &str)], manager: &str) -> Locked {
        read(&Memory::of(files), &serde_json::json!({ "packageManager": manager }))
    }

    #[test]
    fn the_lockfile_tells_and_the_manifest_decides() {
        assert_eq!(of(&[("package-lock.json", "{}")], "").manager, PackageManager::Npm);
        let pnpm = |version: &str| PackageManager::Pnpm { version: version.to_owned() };
        assert_eq!(of(&[("pnpm-lock.yaml", "lockfileVersion: '6.0'\n")], "").manager, pnpm("8.15.9"));
        assert_eq!(
            of(&[("pnpm-lock.yaml", "lockfileVersion: '9.0'\n")], "pnpm@9.12.3+sha512.ab").manager,
            pnpm("9.12.3")
        );
        let both = of(&[("pnpm-lock.yaml", ""), ("package-lock.json", "")], "npm@11.0.0");
        assert_eq!(
            (both.manager, both.file, both.others),
            (PackageManager::Npm, Some("package-lock.json"), vec!["pnpm-lock.yaml"])
        );
        assert_eq!(of(&[], "").file, None);
    }

    #[test]
    fn the_yarns_are_told_apart() {
        let classic = of(&[("yarn.lock", "# yarn lockfile v1\n")], "");
        assert_eq!(classic.manager, PackageManager::Classic { version: YARN_CLASSIC.to_owned() });
        let lock = "__metadata:\n  version: 8\n";
        let berry = |version: &str, program: Option<&str>, pnp| PackageManager::Berry {
            version: version.to_owned(),
            program: program.map(str::to_owned),
            pnp,
        };
        assert_eq!(of(&[("yarn.lock", lock)], "").manager, berry("4.18.1", None, true));
        assert_eq!(
            of(&[("yarn.lock", lock), (".yarnrc.yml", "nodeLinker: node-modules\n")], "yarn@4.5.0").manager,
            berry("4.5.0", None, false)
        );
        let path = ".yarn/releases/yarn-3.6.1.cjs";
        let settings = format!("yarnPath: {path}\nnodeLinker: pnp\n");
        assert_eq!(
            of(&[("yarn.lock", lock), (".yarnrc.yml", settings.as_str()), (path, "")], "").manager,
            berry("3.6.1", Some(path), true)
        );
    }
}

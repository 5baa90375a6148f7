//! How each package manager installs exactly what its lockfile says: everything, or what production needs.
//!
//! Sources: the managers' own documents (`npm ci`, `pnpm install`, `yarn install`, `yarn workspaces focus`, `bun install`).
//! Deliberately absent: where in a Dockerfile that stands.

use super::package_manager::PackageManager;
use super::project::Project;

impl PackageManager {
    /// Everything, as the lockfile says.
    pub(super) fn install_all(&self) -> String {
        match self {
            PackageManager::Npm => "npm ci".to_owned(),
            PackageManager::Pnpm { .. } => "pnpm install --frozen-lockfile".to_owned(),
            PackageManager::Classic { .. } => "yarn install --frozen-lockfile".to_owned(),
            PackageManager::Berry { .. } => format!("{} install --immutable", self.program()),
            PackageManager::Bun { .. } => "bun install --frozen-lockfile".to_owned(),
        }
    }

    /// Leaves what some packages of the workspace need; Yarn 4 brings the command, before that it is a plugin.
    fn focus(&self, which: &str) -> String {
        let program = self.program();
        let plugin = match self {
            PackageManager::Berry { version, .. } if version.starts_with(['2', '3']) => {
                format!("{program} plugin import workspace-tools && ")
            }
            _ => String::new(),
        };
        format!("{plugin}{program} workspaces focus {which}")
    }

    /// Takes the packages for development away again.
    pub(super) fn prune(&self) -> String {
        match self {
            PackageManager::Npm => "npm prune --omit=dev".to_owned(),
            PackageManager::Pnpm { .. } => "CI=true pnpm prune --prod --ignore-scripts".to_owned(),
            PackageManager::Classic { .. } => {
                "yarn install --frozen-lockfile --production --ignore-scripts --prefer-offline".to_owned()
            }
            PackageManager::Berry { .. } => self.focus("--all --production"),
            PackageManager::Bun { .. } => {
                "rm -rf node_modules && bun install --frozen-lockfile --production --ignore-scripts"
                    .to_owned()
            }
        }
    }
}

/// Only what production needs, as the lockfile says.
pub(super) fn production(project: &Project) -> String {
    let manager = &project.locked.manager;
    let workspace = !project.workspace.is_empty();
    match manager {
        PackageManager::Npm if workspace => format!("npm ci --omit=dev --workspace {}", project.directory),
        PackageManager::Npm => "npm ci --omit=dev".to_owned(),
        PackageManager::Pnpm { .. } => "pnpm install --frozen-lockfile --prod".to_owned(),
        PackageManager::Classic { .. } => "yarn install --frozen-lockfile --production".to_owned(),
        PackageManager::Berry { .. } if workspace => {
            manager.focus(&format!("--production {}", project.package))
        }
        PackageManager::Berry { .. } => manager.focus("--all --production"),
        PackageManager::Bun { .. } => "bun install --frozen-lockfile --production".to_owned(),
    }
}

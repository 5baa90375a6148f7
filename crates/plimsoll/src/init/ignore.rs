//! .dockerignore: what the builder never sees.
//!
//! Deliberately absent: what the project needs; that is all the rest.

use super::package_manager::PackageManager;
use super::project::Project;

/// The text.
pub(super) fn write(project: &Project) -> String {
    let mut out = String::from(
        "# Made by `plimsoll init`. What stands here never reaches the builder: it cannot get into the image, and a change of it
# does not build anew.

# Secrets and settings of this machine.
**/.env
**/.env.*
!**/.env.example
**/.npmrc
**/*.pem
**/*.key
**/*.p12
**/.aws
**/.ssh

# Made here, made again in the image.
**/node_modules
**/coverage
**/*.log
**/*.tsbuildinfo
",
    );
    // Only where they are made: a directory of that name may hold sources elsewhere.
    let own = |name: &str| crate::paths::join(&project.directory, name);
    let mut made: Vec<String> = Vec::new();
    if let Some(top) = &project.compiled {
        made.push(own(top));
        let others = project.members.iter().filter(|member| **member != project.directory);
        made.extend(others.map(|member| format!("{member}/{top}")));
    }
    if project.next.is_some() {
        made.push(own(".next"));
    }
    made.extend(project.writes.iter().filter(|path| !path.contains(".next")).map(|path| own(path)));
    made.extend(["**/*.sqlite".to_owned(), "**/*.sqlite3".to_owned(), "**/*.db".to_owned()]);
    if matches!(project.locked.manager, PackageManager::Berry { .. }) {
        made.extend(
            [".yarn/cache", ".yarn/unplugged", ".yarn/install-state.gz", ".pnp.*"].map(str::to_owned),
        );
    }
    for line in made {
        out.push_str(&line);
        out.push('\n');
    }
    out.push_str(
        "
# For those who work on it.
.git
.github
.gitlab
.gitlab-ci.yml
.husky
.idea
.vscode
**/.DS_Store
**/Dockerfile*
**/compose*.y*ml
**/docker-compose*.y*ml
.dockerignore
",
    );
    if matches!(project.locked.manager, PackageManager::Pnpm { .. }) && !project.workspace.is_empty() {
        out.push_str("# `pnpm deploy` would leave out what git ignores, which is all that a build makes.\n**/.gitignore\n");
    }
    out.push_str("*.md\n");
    out
}

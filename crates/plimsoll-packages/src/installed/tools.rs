//! Package managers that a base image of Node.js brings: npm, corepack, Yarn, pnpm, each with packages of its own.
//!
//! They are told by their directory. A program that depends on npm has it among its own packages, and that is its dependency.

use plimsoll_posture::{LeftTool, Package};

/// The names under which a global directory of packages holds them.
const TOOLS: &[&str] = &["corepack", "npm", "pnpm", "yarn"];

/// The directory of the package manager that a manifest of npm belongs to, and its name.
pub(super) fn directory(path: &str) -> Option<(&str, &'static str)> {
    // `…/lib/node_modules` is where `npm install --global` installs, whatever the prefix.
    let mark = "lib/node_modules/";
    let start = match path.starts_with(mark) {
        true => Some(0),
        false => path.find("/lib/node_modules/").map(|at| at + 1),
    };
    if let Some(start) =
        start.filter(|start| !path.get(..*start).is_some_and(|head| head.contains("node_modules/")))
    {
        let rest = path.get(start + mark.len()..)?;
        let name = rest.split('/').next().unwrap_or("");
        let tool = TOOLS.iter().find(|tool| **tool == name)?;
        return path.get(..start + mark.len() + name.len()).map(|directory| (directory, *tool));
    }
    // The official images unpack Yarn 1 here.
    let name = path.strip_prefix("opt/")?.split('/').next().filter(|name| name.starts_with("yarn-v"))?;
    path.get(.."opt/".len() + name.len()).map(|directory| (directory, "yarn"))
}

/// The package managers of an image, by directory.
pub(super) fn left<'p>(packages: impl Iterator<Item = &'p Package>) -> Vec<LeftTool> {
    let mut tools: Vec<LeftTool> = Vec::new();
    for package in packages {
        let Some((directory, name)) = directory(&package.path) else { continue };
        let own = package.path.strip_prefix(directory) == Some("/package.json");
        let version = own.then(|| package.version.clone());
        match tools.iter_mut().find(|tool| *tool.directory == *directory) {
            Some(tool) => {
                tool.version = tool.version.take().or(version);
                tool.layer = tool.layer.min(package.layer);
            }
            None => tools.push(LeftTool {
                name: name.into(),
                version,
                directory: directory.into(),
                layer: package.layer,
            }),
        }
    }
    tools.sort_by(|a, b| a.directory.cmp(&b.directory));
    tools
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn managers_of_the_base_are_told_from_dependencies() {
        for (path, wanted) in [
            (
                "usr/local/lib/node_modules/npm/node_modules/tar/package.json",
                Some(("usr/local/lib/node_modules/npm", "npm")),
            ),
            (
                "usr/lib/node_modules/corepack/package.json",
                Some(("usr/lib/node_modules/corepack", "corepack")),
            ),
            ("lib/node_modules/npm/package.json", Some(("lib/node_modules/npm", "npm"))),
            ("opt/yarn-v1.22.22/node_modules/x/package.json", Some(("opt/yarn-v1.22.22", "yarn"))),
            ("usr/local/lib/node_modules/pm2/node_modules/ws/package.json", None),
            ("app/node_modules/npm/node_modules/tar/package.json", None),
            ("app/node_modules/x/lib/node_modules/npm/package.json", None),
            ("mylib/node_modules/npm/package.json", None),
            ("opt/app/node_modules/x/package.json", None),
        ] {
            assert_eq!(directory(path), wanted, "{path}");
        }
    }
}

//! Which package of a workspace the files are for, and which packages of it that one needs.
//!
//! Deliberately absent: what the package is.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_lens::{EntryKind, World};
use serde_json::Value;

/// A package of the workspace.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// `packages/api`.
    pub(super) path: String,
    /// Its name, or its path where it has none.
    pub(super) name: String,
    pub(super) manifest: Value,
}

/// No more directories are looked at for packages.
const MAX_MEMBERS: usize = 500;

/// The patterns of a workspace; `None` where the root is none.
pub(super) fn patterns(world: &dyn World, manifest: &Value) -> Option<Vec<String>> {
    let texts = |value: &Value| -> Option<Vec<String>> {
        Some(value.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    if let Ok(bytes) = world.read("pnpm-workspace.yaml") {
        let found = listed(&String::from_utf8_lossy(&bytes));
        if !found.is_empty() {
            return Some(found);
        }
    }
    let workspaces = manifest.get("workspaces")?;
    texts(workspaces).or_else(|| texts(workspaces.get("packages")?)).filter(|patterns| !patterns.is_empty())
}

/// The entries of `packages:` in pnpm-workspace.yaml, which is a list of strings.
fn listed(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or(line);
        if let Some(rest) = line.strip_prefix("packages:") {
            inside = true;
            let flow = rest.trim().trim_start_matches('[').trim_end_matches(']');
            found.extend(flow.split(',').map(unquoted).filter(|entry| !entry.is_empty()));
        } else if let Some(entry) = line.trim_start().strip_prefix("- ").filter(|_| inside) {
            found.push(unquoted(entry));
        } else if !line.trim().is_empty() && !line.starts_with([' ', '#']) {
            inside = false;
        }
    }
    found
}

fn unquoted(text: &str) -> String {
    text.trim().trim_matches(['\'', '"']).to_owned()
}

/// The packages that the patterns name, sorted by path.
pub(super) fn members(world: &dyn World, patterns: &[String]) -> Vec<Member> {
    let mut paths = BTreeSet::new();
    for pattern in patterns.iter().filter(|pattern| !pattern.starts_with('!')) {
        let mut found = vec![String::new()];
        for piece in pattern.trim_start_matches("./").trim_end_matches('/').split('/') {
            let mut next = Vec::new();
            for path in &found {
                match piece {
                    "**" => below(world, path, 3, &mut next),
                    piece if piece.contains('*') => {
                        let (head, tail) = piece.split_once('*').unwrap_or((piece, ""));
                        let kept = |name: &str| name.starts_with(head) && name.ends_with(tail);
                        next.extend(directories(world, path).into_iter().filter(|path| kept(last(path))));
                    }
                    piece => next.push(joined(path, piece)),
                }
            }
            next.truncate(MAX_MEMBERS);
            found = next;
        }
        paths.extend(found);
    }
    let left_out = |path: &str| patterns.iter().any(|pattern| pattern.strip_prefix('!') == Some(path));
    let paths = paths.into_iter().filter(|path| !path.is_empty() && !left_out(path));
    paths.filter_map(|path| member(world, path)).take(MAX_MEMBERS).collect()
}

fn member(world: &dyn World, path: String) -> Option<Member> {
    let bytes = world.read(&format!("{path}/package.json")).ok()?;
    let manifest: Value = serde_json::from_slice(&bytes).ok()?;
    let name = manifest.get("name").and_then(Value::as_str).unwrap_or(&path).to_owned();
    Some(Member { path, name, manifest })
}

fn below(world: &dyn World, path: &str, depth: usize, found: &mut Vec<String>) {
    found.push(path.to_owned());
    if depth > 0 && found.len() < MAX_MEMBERS {
        for inner in directories(world, path) {
            below(world, &inner, depth - 1, found);
        }
    }
}

fn directories(world: &dyn World, path: &str) -> Vec<String> {
    let listed = world.list(if path.is_empty() { "." } else { path }).unwrap_or_default();
    let kept = |name: &str| name != "node_modules" && !name.starts_with('.');
    let directories = listed.into_iter().filter(|(name, kind)| *kind == EntryKind::Directory && kept(name));
    directories.map(|(name, _)| joined(path, &name)).collect()
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The package and those of the workspace that it needs when it runs, what is needed first: an order to build in.
pub(super) fn needed<'m>(members: &'m [Member], path: &str) -> Vec<&'m Member> {
    let by_name: BTreeMap<&str, &Member> =
        members.iter().map(|member| (member.name.as_str(), member)).collect();
    let mut order: Vec<&Member> = Vec::new();
    let mut seen = BTreeSet::new();
    if let Some(own) = members.iter().find(|member| member.path == path) {
        visit(own, &by_name, &mut seen, &mut order);
    }
    order
}

fn visit<'m>(
    member: &'m Member,
    by_name: &BTreeMap<&str, &'m Member>,
    seen: &mut BTreeSet<String>,
    order: &mut Vec<&'m Member>,
) {
    if seen.len() >= MAX_MEMBERS || !seen.insert(member.path.clone()) {
        return;
    }
    for kind in ["dependencies", "optionalDependencies"] {
        let names = member.manifest.get(kind).and_then(Value::as_object).into_iter().flatten();
        for (name, _) in names {
            if let Some(other) = by_name.get(name.as_str()) {
                visit(other, by_name, seen, order);
            }
        }
    }
    order.push(member);
}

#[cfg(test)]
mod tests {
    use plimsoll_lens::Memory;

    use super::*;

    #[test]
    fn members_and_what_they_need_are_found() {
        let world = Memory::of(&[
            (
                "pnpm-workspace.yaml",
                "# all\npackages:\n  - 'packages/*'\n  - \"apps/**\"\n  - '!packages/old'\ncatalog:\n  - x\n",
            ),
            ("packages/core/package.json", r#"{"name":"@a/core"}"#),
            ("packages/db/package.json", r#"{"name":"@a/db","dependencies":{"@a/core":"workspace:*"}}"#),
            ("packages/old/package.json", "{}"),
            ("packages/readme.md", ""),
            ("apps/v1/api/package.json", r#"{"name":"api","dependencies":{"@a/db":"workspace:*","x":"1"}}"#),
        ]);
        let patterns = patterns(&world, &Value::Null).unwrap();
        assert_eq!(patterns, ["packages/*", "apps/**", "!packages/old"]);
        let members = members(&world, &patterns);
        let paths: Vec<&str> = members.iter().map(|member| member.path.as_str()).collect();
        assert_eq!(paths, ["apps/v1/api", "packages/core", "packages/db"]);
        let order: Vec<&str> =
            needed(&members, "apps/v1/api").iter().map(|member| member.name.as_str()).collect();
        assert_eq!(order, ["@a/core", "@a/db", "api"]);
    }
}

//! The accounts of a host: names of users and groups, and who is in the group of the socket.

use std::collections::BTreeMap;

use plimsoll_lens::host::Named;

use super::tree::{Found, Tree};

const MAX_ACCOUNTS: usize = 65_536;

#[derive(Debug, Default)]
pub(super) struct Accounts {
    users: Vec<User>,
    groups: Vec<Group>,
    names: BTreeMap<u32, usize>,
    read: bool,
}

#[derive(Debug)]
struct User {
    name: String,
    uid: u32,
    gid: u32,
}

#[derive(Debug)]
struct Group {
    line: String,
    name: String,
    gid: u32,
}

impl Accounts {
    pub(super) fn read(tree: &Tree) -> Self {
        let passwd = tree.text("/etc/passwd").unwrap_or_default();
        let users = passwd.lines().take(MAX_ACCOUNTS).filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?.to_owned();
            let uid = fields.nth(1)?.parse().ok()?;
            Some(User { name, uid, gid: fields.next()?.parse().ok()? })
        });
        let users: Vec<User> = users.collect();
        let group = tree.text("/etc/group");
        let groups = group.iter().flat_map(|text| text.lines()).take(MAX_ACCOUNTS).filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?.to_owned();
            Some(Group { line: line.to_owned(), name, gid: fields.nth(1)?.parse().ok()? })
        });
        let groups = groups.collect();
        // The first of several names of one number, as the C library has it.
        let mut names = BTreeMap::new();
        for (at, user) in users.iter().enumerate() {
            names.entry(user.uid).or_insert(at);
        }
        Self { users, groups, names, read: group.is_some() }
    }

    /// `root(0)`, `-(998)` for an account without a name.
    pub(super) fn user(&self, uid: u32) -> String {
        let name = self.names.get(&uid).and_then(|at| self.users.get(*at));
        shown(name.map(|user| user.name.as_str()), uid)
    }

    /// The same of a group.
    pub(super) fn group(&self, gid: u32) -> String {
        let name = self.groups.iter().find(|group| group.gid == gid);
        shown(name.map(|group| group.name.as_str()), gid)
    }

    /// Who is in the group of the socket, by the list of the group and by the group that an account begins with.
    pub(super) fn members(&self, tree: &Tree, named: &Named) -> Option<Vec<String>> {
        if !self.read {
            return None;
        }
        let name = named.group.as_deref().unwrap_or("docker");
        let mut groups: Vec<&Group> = self.groups.iter().filter(|group| group.name == name).collect();
        // The socket may belong to another group than the settings name.
        if let Some(gid) = socket_group(tree)
            && gid != 0
            && groups.iter().all(|group| group.gid != gid)
        {
            groups.extend(self.groups.iter().find(|group| group.gid == gid));
        }
        let mut lines = Vec::new();
        for group in groups {
            lines.push(group.line.clone());
            let first = self.users.iter().filter(|user| user.gid == group.gid && user.name != group.name);
            lines.extend(first.map(|user| {
                format!("{}({}) has {}({}) as primary group", user.name, user.uid, group.name, group.gid)
            }));
        }
        Some(lines)
    }
}

fn shown(name: Option<&str>, number: u32) -> String {
    let name = name.filter(|name| !name.is_empty() && !name.contains(char::is_whitespace)).unwrap_or("-");
    format!("{name}({number})")
}

#[cfg(unix)]
fn socket_group(tree: &Tree) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    match tree.find("/var/run/docker.sock") {
        Found::Here(metadata) => Some(metadata.gid()),
        _ => None,
    }
}

#[cfg(not(unix))]
fn socket_group(_: &Tree) -> Option<u32> {
    None
}

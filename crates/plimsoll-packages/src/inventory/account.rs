//! The accounts of an image.
//!
//! Deliberately absent: hashes of passwords; nothing of them is kept.

use std::sync::Arc;

/// One line of `passwd`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Login name.
    pub name: Arc<str>,
    /// Number.
    pub uid: u32,
    /// Number of the primary group.
    pub gid: u32,
    /// Whether the field for the password is empty here already: nobody asks `shadow` then.
    pub open: bool,
}

/// More accounts than this are none of people or programs.
const MAX_ACCOUNTS: usize = 10_000;

/// The accounts of `etc/passwd`.
#[must_use]
pub fn passwd(content: &[u8]) -> Vec<Entry> {
    let text = String::from_utf8_lossy(content);
    let entry = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty() && !name.starts_with(['#', '+', '-']))?;
        let password = fields.next()?;
        let (uid, gid) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(Entry { name: name.into(), uid, gid, open: password.is_empty() })
    };
    text.lines().filter_map(entry).take(MAX_ACCOUNTS).collect()
}

/// Names of the accounts in `etc/shadow` with an empty password.
#[must_use]
pub fn without_password(content: &[u8]) -> Vec<Arc<str>> {
    let text = String::from_utf8_lossy(content);
    let open = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.next()?.is_empty()).then(|| Arc::from(name))
    };
    text.lines().filter_map(open).take(MAX_ACCOUNTS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// shadow(5), passwd(5).
    #[test]
    fn accounts_and_their_passwords() {
        let entries = passwd(b"root:x:0:0:root:/root:/bin/sh\nopen::9:9::/:\n#a:x:1:1:\nbad:x:y:1\n");
        let names: Vec<_> = entries.iter().map(|entry| (&*entry.name, entry.uid, entry.open)).collect();
        assert_eq!(names, [("root", 0, false), ("open", 9, true)]);
        let open = without_password(b"root:::0:::::\nbin:!::0:::::\nnode:*:1:\nx\n");
        assert_eq!(open, [Arc::from("root")]);
    }
}

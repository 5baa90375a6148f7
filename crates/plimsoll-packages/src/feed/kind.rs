//! What a document is, by what it says: names and places of files mean nothing.
//!
//! Only the keys of the first three levels of the first megabyte are looked at. Deliberately absent: whether it is sound.

use plimsoll_text::unescaped;

/// A notation in which somebody publishes what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A record of the Open Source Vulnerability format.
    Osv,
    /// The whole tracker of Debian's security team.
    Tracker,
    /// One repository of one release of Alpine's security database.
    Secdb,
    /// CISA's known exploited vulnerabilities.
    Kev,
    /// The core vulnerabilities of the Node.js security working group.
    NodeIndex,
    /// What `npm audit --json` prints, in either of its shapes.
    NpmAudit,
}

impl Kind {
    /// For people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Osv => "OSV records",
            Self::Tracker => "Debian security tracker",
            Self::Secdb => "Alpine secdb",
            Self::Kev => "known exploited vulnerabilities",
            Self::NodeIndex => "Node.js security index",
            Self::NpmAudit => "npm audit report",
        }
    }

    /// What a document is; `None` for anything else.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let mut keys = Keys::default();
        keys.read(text);
        let top = |name: &str| keys.top.iter().any(|key| key == name);
        if top("auditReportVersion") || (top("advisories") && (top("metadata") || top("actions"))) {
            Some(Self::NpmAudit)
        } else if top("vulnerabilities") && (top("catalogVersion") || top("dateReleased")) {
            Some(Self::Kev)
        } else if top("distroversion") || (top("reponame") && top("packages")) {
            Some(Self::Secdb)
        } else if top("id") && ["affected", "modified", "schema_version"].into_iter().any(top) {
            Some(Self::Osv)
        } else if keys.vulnerable && keys.top.iter().all(|key| key.bytes().all(|byte| byte.is_ascii_digit()))
        {
            Some(Self::NodeIndex)
        } else if keys.releases {
            Some(Self::Tracker)
        } else {
            None
        }
    }
}

/// How much is looked at.
const HEAD: usize = 1 << 20;
/// Enough keys to tell.
const MOST: usize = 64;

#[derive(Default)]
struct Keys {
    top: Vec<String>,
    /// `vulnerable` on the second level.
    vulnerable: bool,
    /// `releases` on the third, below an id.
    releases: bool,
}

impl Keys {
    fn read(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let (mut at, mut depth) = (0, 0_usize);
        let mut second = String::new();
        while let Some(byte) = bytes.get(at).filter(|_| at < HEAD) {
            at += 1;
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                b'"' => {
                    let start = at;
                    while bytes.get(at).is_some_and(|byte| *byte != b'"') {
                        at += if bytes.get(at) == Some(&b'\\') { 2 } else { 1 };
                    }
                    let word = text.get(start..at).unwrap_or("");
                    at += 1;
                    let rest = text.get(at..).unwrap_or("").trim_start();
                    if depth > 3 || !rest.starts_with(':') {
                        continue;
                    }
                    match depth {
                        1 if self.top.len() < MOST => self.top.push(plain(word)),
                        2 => {
                            self.vulnerable |= word == "vulnerable";
                            word.clone_into(&mut second);
                        }
                        3 => {
                            let id = second.starts_with("CVE-") || second.starts_with("TEMP-");
                            self.releases |= id && word == "releases";
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }
}

fn plain(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.find('\\') {
        plain.push_str(rest.get(..at).unwrap_or(""));
        rest = rest.get(at + 1..).unwrap_or("");
        let (character, length) = unescaped(rest).unwrap_or((char::REPLACEMENT_CHARACTER, 0));
        plain.push(character);
        rest = rest.get(length..).unwrap_or("");
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_known_by_what_it_says() {
        for (text, kind) in [
            (r#"{"id":"GHSA-1","modified":"x"}"#, Some(Kind::Osv)),
            (r#"{"schema_version":"1.7.0","id":"MAL-1"}"#, Some(Kind::Osv)),
            (r#"{"details":"\"id\": {[","id":"GO-1","affected":[]}"#, Some(Kind::Osv)),
            (r#"{"catalogVersion":"2026.01.01","vulnerabilities":[]}"#, Some(Kind::Kev)),
            (r#"{"apkurl":"x","reponame":"main","distroversion":"v3.22"}"#, Some(Kind::Secdb)),
            (r#"{"auditReportVersion":2,"vulnerabilities":{}}"#, Some(Kind::NpmAudit)),
            (r#"{"actions":[],"advisories":{},"metadata":{}}"#, Some(Kind::NpmAudit)),
            (r#"{"1":{"cve":[],"vulnerable":"8.x","patched":"^8.1.4"}}"#, Some(Kind::NodeIndex)),
            (r#"{"glibc":{"CVE-2023-4911":{"releases":{}}}}"#, Some(Kind::Tracker)),
            (r#"{"glibc":{"other":{"releases":{}}}}"#, None),
            (r#"{"name":"x","version":"1.0.0"}"#, None),
            ("", None),
            ("[", None),
            ("\"\\", None),
            ("{\"\\", None),
        ] {
            assert_eq!(Kind::of(text), kind, "{text}");
        }
    }
}

//! Globs over names and paths: `*` and `?` within a part, `**` across `/`.
//!
//! Deliberately absent: classes and braces. A policy that needs them is two policies.

/// A glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
}

/// The longest text that is compared.
const LONGEST: usize = 1024;

impl Pattern {
    /// Takes any text that is not empty; `None` for one that is, or that is absurdly long.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (!text.trim().is_empty() && text.len() <= LONGEST).then(|| Self { text: text.trim().to_owned() })
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it holds no wildcard.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        !self.text.contains(['*', '?'])
    }

    /// Whether the whole text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        text.len() <= LONGEST && matches(self.text.as_bytes(), text.as_bytes())
    }
}

/// Two fallbacks are enough: the last `*` and the last `**`; where the first is exhausted the second takes one more.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    let mut across: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (None, None) => return true,
            (Some(b'*'), _) if pattern.get(p + 1) == Some(&b'*') => {
                p += 2;
                across = Some((p, t));
                star = None;
                continue;
            }
            (Some(b'*'), _) => {
                p += 1;
                star = Some((p, t));
                continue;
            }
            (Some(b'?'), Some(&byte)) if byte != b'/' => {
                (p, t) = (p + 1, t + 1);
                continue;
            }
            (Some(a), Some(b)) if a == b && *a != b'?' => {
                (p, t) = (p + 1, t + 1);
                continue;
            }
            _ => {}
        }
        match (star, across) {
            (Some((back, from)), _) if text.get(from).is_some_and(|&byte| byte != b'/') => {
                star = Some((back, from + 1));
                (p, t) = (back, from + 1);
            }
            (_, Some((back, from))) if from < text.len() => {
                across = Some((back, from + 1));
                star = None;
                (p, t) = (back, from + 1);
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_within_its_part_and_two_do_not() {
        let fits = |pattern: &str, text: &str| Pattern::parse(pattern).unwrap().matches(text);
        assert!(fits("node", "node") && !fits("node", "nodes") && !fits("node", "nod"));
        assert!(fits("api*", "api-v2") && fits("*", "") && fits("*api", "my-api"));
        assert!(fits("ghcr.io/acme/*", "ghcr.io/acme/api") && !fits("ghcr.io/acme/*", "ghcr.io/acme/a/b"));
        assert!(fits("ghcr.io/**", "ghcr.io/acme/a/b") && fits("**/api", "x/y/api"));
        assert!(fits("a*c*e", "abcde") && fits("a*c", "abcbc") && !fits("a*c", "abcd"));
        assert!(fits("??", "ab") && !fits("?", "/") && !fits("?", ""));
        assert!(fits("**a*b", "x/a/aab"), "a later start of the inner part is tried");
        assert_eq!(Pattern::parse(" "), None);
    }

    #[test]
    fn many_stars_take_no_long_time() {
        let pattern = Pattern::parse(&"*a".repeat(200)).unwrap();
        assert!(!pattern.matches(&"a".repeat(1000).replace("aaaaaaaaaa", "aaaaaaaaab")));
    }
}

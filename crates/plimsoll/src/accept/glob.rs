//! Patterns of paths: `*` and `?` within a name, `**` across directories.
//!
//! Deliberately absent: classes and braces, which `.trivyignore.yaml` does not document.

/// Longer patterns and paths fit nothing.
const LONGEST: usize = 4_096;
/// Names of a path that are compared.
const DEEPEST: usize = 256;

/// Whether a path fits.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    if pattern.len() > LONGEST || path.len() > LONGEST {
        return false;
    }
    let parts = |text: &str| -> Vec<Vec<u8>> {
        let text = text.trim_start_matches("./");
        text.split('/').filter(|part| !part.is_empty()).map(|part| part.as_bytes().to_vec()).collect()
    };
    let (pattern, path) = (parts(pattern), parts(path));
    if pattern.len() > DEEPEST || path.len() > DEEPEST || pattern.is_empty() {
        return false;
    }
    // Row by row: which beginnings of the path the pattern so far fits.
    let mut reached = vec![false; path.len() + 1];
    reached[0] = true;
    for part in &pattern {
        let mut next = vec![false; path.len() + 1];
        if part == b"**" {
            let mut open = false;
            for (own, next) in reached.iter().zip(&mut next) {
                open |= own;
                *next = open;
            }
        } else {
            for (at, name) in path.iter().enumerate() {
                if reached.get(at) == Some(&true) && one(part, name) {
                    next[at + 1] = true;
                }
            }
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

/// One name.
fn one(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p, n));
                p += 1;
            }
            Some(c) if *c == b'?' || name.get(n) == Some(c) => {
                p += 1;
                n += 1;
            }
            _ => match back {
                Some((star, from)) => {
                    back = Some((star, from + 1));
                    p = star + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or(&[]).iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, path) in [
            ("package-lock.json", "package-lock.json"),
            ("**/package-lock.json", "a/b/package-lock.json"),
            ("**/package-lock.json", "package-lock.json"),
            ("a/**", "a/b/c"),
            ("a/*/c.json", "a/b/c.json"),
            ("./a/?.json", "a/b.json"),
        ] {
            assert!(fits(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in
            [("a/*", "a/b/c"), ("*.json", "a/b.json"), ("a", "b"), ("", "a"), ("a/b", "a"), ("?", "ab")]
        {
            assert!(!fits(pattern, path), "{pattern} {path}");
        }
    }
}

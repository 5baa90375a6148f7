//! Paths as the world names them: relative to its root, with `/`.

/// Joins and removes `.` and `..` where that is possible; an absolute second path stands for itself.
#[must_use]
pub fn join(directory: &str, path: &str) -> String {
    let absolute = path.starts_with('/') || (directory.starts_with('/') && path != ".");
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{directory}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// The directory of a path; `.` for a name alone.
#[must_use]
pub fn parent(path: &str) -> String {
    match path.rsplit_once('/') {
        Some(("", _)) => "/".to_owned(),
        Some((directory, _)) => directory.to_owned(),
        None => ".".to_owned(),
    }
}

/// The last component.
#[must_use]
pub fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins() {
        for (directory, path, joined) in [
            (".", "Dockerfile", "Dockerfile"),
            ("api", "../docker/Dockerfile", "docker/Dockerfile"),
            ("api", "../..", ".."),
            ("../x", "../y", "../y"),
            ("a/b", "./c//d", "a/b/c/d"),
            ("a", "/etc/x", "/etc/x"),
            ("/a", "../../b", "/b"),
            (".", ".", "."),
        ] {
            assert_eq!(join(directory, path), joined, "{directory} {path}");
        }
        assert_eq!((parent("a/b"), parent("b"), parent("/b")), ("a".into(), ".".into(), "/".into()));
        assert_eq!((name("a/b"), name("b")), ("b", "b"));
    }
}

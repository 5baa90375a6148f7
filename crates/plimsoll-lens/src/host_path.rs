//! Paths of the host as the engine knows them.
//!
//! Deliberately absent: symbolic links of the host; only `/var/run` is known to lead to `/run`.

/// The one form of a path that starts at the root; any other stays as it is.
pub(crate) fn resolved(path: &str) -> String {
    let clean = tidy(path);
    match clean.strip_prefix("/var/run") {
        Some("") => "/run".to_owned(),
        Some(rest) if rest.starts_with('/') => format!("/run{rest}"),
        _ => clean,
    }
}

/// Joins `.` and `..` away without looking at the disk.
fn tidy(path: &str) -> String {
    let (start, rest) = match path.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", path),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." if start.is_empty() && parts.last().is_none_or(|last| matches!(*last, ".." | "~")) => {
                parts.push(part)
            }
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("{start}{}", parts.join("/"))
}

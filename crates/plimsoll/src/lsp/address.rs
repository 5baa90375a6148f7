//! `file:` addresses and paths (RFC 8089, RFC 3986).
//!
//! Deliberately absent: other schemes. A document without a file has no neighbours to be read with.

use std::path::{Component, Path, PathBuf};

/// The path of a `file:` address on this machine.
pub(super) fn path(address: &str) -> Option<PathBuf> {
    let rest = address.strip_prefix("file://")?;
    let encoded = rest.strip_prefix("localhost").unwrap_or(rest);
    let encoded = encoded.split(['?', '#']).next().filter(|path| path.starts_with('/'))?;
    let text = String::from_utf8(decoded(encoded)?).ok()?;
    // `/c:/project` is a path with a drive.
    let bytes = text.as_bytes();
    let drive = bytes.get(2) == Some(&b':') && bytes.get(1).is_some_and(u8::is_ascii_alphabetic);
    Some(real(Path::new(if drive { &text[1..] } else { &text })))
}

/// The address of a path.
pub(super) fn of(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut address = String::from("file://");
    if !text.starts_with('/') {
        address.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                address.push(char::from(byte));
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}

/// The path without links, also of a file that is not there yet.
pub(super) fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let plain = lexical(path);
    match (plain.parent().and_then(|parent| parent.canonicalize().ok()), plain.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => plain,
    }
}

/// The path without `.` and `..`.
pub(super) fn lexical(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let value = digit(bytes.next())? * 16 + digit(bytes.next())?;
        out.push(u8::try_from(value).ok()?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_paths_are_each_other() {
        for (text, address) in [
            ("/nowhere/api/Dockerfile", "file:///nowhere/api/Dockerfile"),
            ("/nowhere/a b/ä#?.yaml", "file:///nowhere/a%20b/%C3%A4%23%3F.yaml"),
        ] {
            assert_eq!(of(Path::new(text)), address);
            assert_eq!(path(address).as_deref(), Some(Path::new(text)));
        }
        assert_eq!(path("file://localhost/nowhere/x"), Some(PathBuf::from("/nowhere/x")));
        for other in ["untitled:Untitled-1", "file:///%zz", "file:///%F", "file://server/share", "file:", ""]
        {
            assert_eq!(path(other), None, "{other}");
        }
    }
}

//! Which distribution an image is: `os-release` and the older files.
//!
//! Deliberately absent: what a release is worth (end of life).

use std::sync::Arc;

/// What one of the files says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Release {
    /// `ID`; also `alpine` or `debian` for their own files.
    pub id: Option<Arc<str>>,
    /// `VERSION_ID`, or the content of the distribution's own file.
    pub version: Option<Arc<str>>,
    /// `VERSION_CODENAME`.
    pub codename: Option<Arc<str>>,
}

/// Reads one of the files by its path.
#[must_use]
pub fn read(path: &str, content: &[u8]) -> Release {
    let text = String::from_utf8_lossy(content);
    let plain = |id: &str| Release {
        id: Some(id.into()),
        version: text.lines().next().map(str::trim).filter(|line| !line.is_empty()).map(Arc::from),
        codename: None,
    };
    match path {
        "etc/alpine-release" => return plain("alpine"),
        "etc/debian_version" => return plain("debian"),
        _ => {}
    }
    let mut release = Release::default();
    for line in text.lines() {
        let Some((key, value)) = line.trim().split_once('=') else { continue };
        let slot = match key {
            "ID" => &mut release.id,
            "VERSION_ID" => &mut release.version,
            "VERSION_CODENAME" => &mut release.codename,
            _ => continue,
        };
        let value = value.trim();
        let quoted = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'))
            .or_else(|| value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')));
        *slot = Some(quoted.unwrap_or(value)).filter(|value| !value.is_empty()).map(Arc::from);
    }
    release
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_distributions() {
        let debian = b"PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nID=debian\n";
        let release = read("etc/os-release", debian);
        assert_eq!((release.id.as_deref(), release.version.as_deref()), (Some("debian"), Some("12")));
        assert_eq!(release.codename.as_deref(), Some("bookworm"));
        assert_eq!(read("etc/alpine-release", b"3.20.3\n").version.as_deref(), Some("3.20.3"));
        assert_eq!(read("usr/lib/os-release", b"ID='alpine'\nVERSION_ID=\"\"\n").version, None);
    }
}

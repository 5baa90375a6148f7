//! Paths in archives that nobody trusts.
//!
//! Deliberately absent: symbolic links. Nothing is unpacked, so none is followed.

/// Why a path is refused, as the end of a sentence.
pub type Refusal = &'static str;

/// Longer paths than the kernel takes.
const MAX_PATH: usize = 4096;

/// The path without `./`, doubled and closing slashes; empty for the root itself.
///
/// # Errors
/// When it is absolute, leads upward or is longer than a path can be.
pub fn clean(name: &[u8]) -> Result<String, Refusal> {
    if name.len() > MAX_PATH {
        return Err("is longer than 4096 bytes");
    }
    if name.starts_with(b"/") {
        return Err("is absolute");
    }
    let text = String::from_utf8_lossy(name);
    let plain =
        !text.starts_with("./") && !text.contains("//") && !text.contains("/.") && !text.starts_with('.');
    if plain {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    let mut clean = String::with_capacity(text.len());
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err("leads upward"),
            part => {
                if !clean.is_empty() {
                    clean.push('/');
                }
                clean.push_str(part);
            }
        }
    }
    Ok(clean)
}

/// What a whiteout says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whiteout<'a> {
    /// This path is gone.
    Gone {
        /// The directory it was in; empty for the root.
        parent: &'a str,
        /// Its name.
        name: &'a str,
    },
    /// Everything in this directory is gone; empty for the root.
    Opaque(&'a str),
    /// A mark of the storage driver's own, which says nothing.
    Mark,
}

/// Reads the name of an entry as a whiteout; `None` for any other entry.
#[must_use]
pub fn whiteout(path: &str) -> Option<Whiteout<'_>> {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let hidden = name.strip_prefix(".wh.")?;
    Some(match hidden {
        ".wh..opq" => Whiteout::Opaque(parent),
        "" => Whiteout::Mark,
        // `.wh..wh.plnk` and `.wh..wh.aufs` of AUFS.
        hidden if hidden.starts_with(".wh.") => Whiteout::Mark,
        hidden => Whiteout::Gone { parent, name: hidden },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_clean_or_refused() {
        for (name, path) in [
            ("etc/passwd", Ok("etc/passwd")),
            ("./etc//passwd", Ok("etc/passwd")),
            ("usr/", Ok("usr")),
            ("./", Ok("")),
            (".npmrc", Ok(".npmrc")),
            ("app/..env", Ok("app/..env")),
            ("/etc/passwd", Err("is absolute")),
            ("../etc/passwd", Err("leads upward")),
            ("a/../../b", Err("leads upward")),
            ("a/..", Err("leads upward")),
        ] {
            assert_eq!(clean(name.as_bytes()).as_deref(), path.as_ref().map(|path| *path), "{name}");
        }
        assert!(clean(&[b'a'; 5000]).is_err());
    }

    /// OCI image specification, layer.md, "Whiteouts".
    #[test]
    fn whiteouts_are_told_from_files() {
        assert_eq!(whiteout("a/.wh.b"), Some(Whiteout::Gone { parent: "a", name: "b" }));
        assert_eq!(whiteout(".wh.b"), Some(Whiteout::Gone { parent: "", name: "b" }));
        assert_eq!(whiteout("a/.wh..wh..opq"), Some(Whiteout::Opaque("a")));
        assert_eq!(whiteout(".wh..wh.plnk"), Some(Whiteout::Mark));
        assert_eq!(whiteout("a/.wh"), None);
        assert_eq!(whiteout("a.wh.b"), None);
    }
}

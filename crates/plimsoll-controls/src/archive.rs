//! Archives, told by the names of files.

/// What `tar` reads; `ADD` unpacks most of them.
const TAR: [&str; 11] = [
    ".tar",
    ".tar.gz",
    ".tar.bz2",
    ".tar.xz",
    ".tar.zst",
    ".tar.lzma",
    ".tgz",
    ".tbz",
    ".tbz2",
    ".txz",
    ".tzst",
];
/// Compressed files that may be archives.
const COMPRESSED: [&str; 7] = [".gz", ".bz2", ".xz", ".zst", ".lzma", ".lz", ".z"];

/// Whether the name is that of a tar archive.
pub(crate) fn is_tar(path: &str) -> bool {
    ends_with_one(path, &TAR)
}

/// Whether the name is that of a tar archive or of a compressed file.
pub(crate) fn is_archive(path: &str) -> bool {
    is_tar(path) || ends_with_one(path, &COMPRESSED)
}

fn ends_with_one(path: &str, endings: &[&str]) -> bool {
    let path = path.trim_matches(['"', '\'']).to_ascii_lowercase();
    endings.iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_tell() {
        assert!(is_tar("a/b.tar.gz") && is_tar("\"B.TGZ\"") && !is_tar("b.gz") && !is_tar("tar"));
        assert!(is_archive("b.gz") && !is_archive("b.zip") && !is_archive("gz"));
    }
}

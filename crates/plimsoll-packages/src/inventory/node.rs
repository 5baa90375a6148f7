//! The version of a Node.js program, from the bytes of the program.
//!
//! Every build carries the address of its own headers, `…/node-v20.11.0-headers.tar.gz` or `…/node-v20.11.0.tar.gz`, and most carry
//! `node.js/v20.11.0`. Debian's `node` is a stub: there the text is in `libnode.so`.
//! Deliberately absent: the libraries that are built in.

use std::sync::Arc;

use memchr::memmem::Finder;

/// Whether a path may be that of the program or of the library it is in.
#[must_use]
pub fn is_program(path: &str) -> bool {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "node" | "nodejs" => !parent.ends_with("include") && !parent.ends_with("share"),
        name => name.starts_with("libnode.so"),
    }
}

const ELF: &[u8] = b"\x7fELF";
/// What stands before the version; the longest last, because it overlaps least.
const MARKS: [&[u8]; 2] = [b"node.js/v", b"/node-v"];
/// `20.11.0`, `23.0.0-nightly20240725…`.
const LONGEST: usize = 64;
const CHUNK: usize = 64 * 1024;

/// Reads a program to its end, or to where it says its version. `read` gives some of its bytes, 0 at its end.
///
/// # Errors
/// As `read` says.
pub fn search<E>(mut read: impl FnMut(&mut [u8]) -> Result<usize, E>) -> Result<Option<Arc<str>>, E> {
    let finders = MARKS.map(Finder::new);
    let mut buffer = vec![0_u8; CHUNK];
    let mut held = 0;
    let mut first = true;
    loop {
        let Some(room) = buffer.get_mut(held..).filter(|room| !room.is_empty()) else { return Ok(None) };
        let got = read(room)?;
        let filled = held + got;
        let window = buffer.get(..filled).unwrap_or_default();
        if std::mem::take(&mut first) && got >= ELF.len() && !window.starts_with(ELF) {
            return Ok(None);
        }
        for finder in &finders {
            for at in finder.find_iter(window) {
                let after = window.get(at + finder.needle().len()..).unwrap_or_default();
                if after.len() < LONGEST && got > 0 {
                    continue;
                }
                if let Some(version) = version(after) {
                    return Ok(Some(version.into()));
                }
            }
        }
        if got == 0 {
            return Ok(None);
        }
        // A mark may be cut by the end of the window.
        let keep = filled.min(LONGEST + 16);
        buffer.copy_within(filled - keep..filled, 0);
        held = keep;
    }
}

/// `20.11.0` at the start, as three numbers and what a pre-release adds.
fn version(bytes: &[u8]) -> Option<&str> {
    let end = bytes
        .iter()
        .take(LONGEST)
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')))
        .unwrap_or(bytes.len().min(LONGEST));
    let text = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let text = text.split(".tar").next()?;
    let text = text.strip_suffix("-headers").unwrap_or(text).trim_end_matches(['.', '-']);
    let core = text.split('-').next()?;
    let mut numbers = core.split('.');
    let three = numbers.by_ref().take(3).filter(|number| {
        !number.is_empty() && number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    (three.count() == 3 && numbers.next().is_none()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8], step: usize) -> Option<String> {
        let mut rest = bytes;
        let read = |buffer: &mut [u8]| -> Result<usize, ()> {
            let count = rest.len().min(buffer.len()).min(step);
            let (part, more) = rest.split_at(count);
            buffer[..count].copy_from_slice(part);
            rest = more;
            Ok(count)
        };
        search(read).unwrap().map(|version| version.to_string())
    }

    #[test]
    fn the_version_in_a_program() {
        let program =
            |text: &str, before: usize| [ELF, &vec![1; before], text.as_bytes(), &[0; 200]].concat();
        for step in [7, 100, 4096, 1 << 20] {
            for before in [0, 100, CHUNK - 20, CHUNK - 4, 3 * CHUNK - 9] {
                let text = "node.js/v20.11.0\0";
                assert_eq!(
                    found(&program(text, before), step).as_deref(),
                    Some("20.11.0"),
                    "{before} {step}"
                );
            }
        }
        let release = "https://h.example/download/release/v18.19.0/node-v18.19.0-headers.tar.gz";
        assert_eq!(found(&program(release, 9), 999).as_deref(), Some("18.19.0"));
        assert_eq!(found(&program("/node-v22.1.0.tar.gz", 9), 999).as_deref(), Some("22.1.0"));
        let nightly = "node.js/v23.0.0-nightly20240725abc\0";
        assert_eq!(found(&program(nightly, 9), 999).as_deref(), Some("23.0.0-nightly20240725abc"));
        assert_eq!(found(&program("node.js/v20", 9), 999), None);
        assert_eq!(found(b"#!/bin/sh\nnode.js/v20.11.0\n", 999), None, "a script");
        assert_eq!(
            found(&[ELF, b"node.js/v20.11.0"].concat(), 5).as_deref(),
            Some("20.11.0"),
            "at the very end"
        );
    }

    #[test]
    fn paths_of_programs() {
        for path in
            ["usr/local/bin/node", "usr/bin/nodejs", "node", "usr/lib/x86_64-linux-gnu/libnode.so.108"]
        {
            assert!(is_program(path), "{path}");
        }
        for path in ["usr/include/node", "usr/share/node", "bin/nodemon", "libnode.a"] {
            assert!(!is_program(path), "{path}");
        }
    }
}

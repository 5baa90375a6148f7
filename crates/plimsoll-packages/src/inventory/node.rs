//! The version of a Node.js program, from the bytes of the program.
//!
//! Every build carries the address of its own headers, `…/node-v20.11.0-headers.tar.gz` or `…/node-v20.11.0.tar.gz`, and most carry
//! `node.js/v20.11.0`. Debian's `node` is a stub: there the text is in `libnode.so`.
//! Of the libraries that are built in, OpenSSL, V8 and zlib say their versions in words of their own, and are told where exactly one version
//! is said. Deliberately absent: the others (undici, nghttp2, libuv, ICU …): their numbers stand in the program without a name.

use std::collections::BTreeSet;
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

/// A Node.js program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its version.
    pub version: Arc<str>,
    /// Libraries that are built in, by name, with their versions.
    pub libraries: Vec<(&'static str, Arc<str>)>,
}

/// How a library says its version: what stands before it and behind it.
struct Said {
    library: &'static str,
    mark: &'static [u8],
    /// V8's number stands before its mark.
    before: bool,
    then: &'static [u8],
}

const LIBRARIES: [Said; 3] = [
    Said { library: "openssl", mark: b"OpenSSL ", before: false, then: b" " },
    Said { library: "v8", mark: b"-node.", before: true, then: b"" },
    Said { library: "zlib", mark: b" deflate ", before: false, then: b" Copyright" },
];

/// Reads a program to its end. `read` gives some of its bytes, 0 at its end.
///
/// # Errors
/// As `read` says.
pub fn search<E>(mut read: impl FnMut(&mut [u8]) -> Result<usize, E>) -> Result<Option<Program>, E> {
    let libraries = LIBRARIES.map(|said| (Finder::new(said.mark), said));
    let mut said: BTreeSet<(&'static str, String)> = BTreeSet::new();
    let mut own: Option<Arc<str>> = None;
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
            if own.is_some() {
                break;
            }
            for at in finder.find_iter(window) {
                let after = window.get(at + finder.needle().len()..).unwrap_or_default();
                if after.len() < LONGEST && got > 0 {
                    continue;
                }
                if let Some(version) = version(after) {
                    own = Some(version.into());
                    break;
                }
            }
        }
        for (finder, library) in &libraries {
            for at in finder.find_iter(window) {
                let version = library.version(window, at);
                if said.len() < 64 {
                    said.extend(version.map(|version| (library.library, version)));
                }
            }
        }
        if got == 0 {
            return Ok(own.map(|version| Program { version, libraries: only(&said) }));
        }
        // A mark may be cut by the end of the window.
        let keep = filled.min(LONGEST + 16);
        buffer.copy_within(filled - keep..filled, 0);
        held = keep;
    }
}

impl Said {
    fn version(&self, window: &[u8], at: usize) -> Option<String> {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-');
        let text = if self.before {
            let head = window.get(..at)?;
            let number = head
                .iter()
                .rev()
                .take(LONGEST)
                .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
                .count();
            let tail = window.get(at + self.mark.len()..)?;
            let patch = tail.iter().take(LONGEST).take_while(|byte| byte.is_ascii_digit()).count();
            // What the window cuts off is read again with the next one, or was with the last.
            if number == 0 || number == at.min(LONGEST) || patch == 0 || patch == tail.len() {
                return None;
            }
            window.get(at - number..at + self.mark.len() + patch)?
        } else {
            let rest = window.get(at + self.mark.len()..)?;
            let length = rest.iter().take(LONGEST).take_while(|byte| plain(byte)).count();
            rest.get(length..)?.starts_with(self.then).then_some(())?;
            rest.get(..length)?
        };
        let text = std::str::from_utf8(text).ok()?;
        let numbers = text.split(['-', '+']).next()?.matches('.').count();
        (numbers >= 2 && text.starts_with(|c: char| c.is_ascii_digit())).then(|| text.to_owned())
    }
}

/// The libraries of which one version is said.
fn only(said: &BTreeSet<(&'static str, String)>) -> Vec<(&'static str, Arc<str>)> {
    let count = |library: &str| said.iter().filter(|(name, _)| *name == library).count();
    let single = said.iter().filter(|(library, _)| count(library) == 1);
    single.map(|(library, version)| (*library, version.as_str().into())).collect()
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
        search(read).unwrap().map(|program| program.version.to_string())
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
    fn libraries_that_say_their_version() {
        let text = |zlib: &str| {
            format!(
                "node.js/v20.20.2\0x11.3.244.8-node.38\0OpenSSL 3.0.19 27 Jan 2026\0 deflate 1.3.1 Copyright \0{zlib}\0OpenSSL errors\0"
            )
        };
        for before in [10, CHUNK - 30, CHUNK - 45, CHUNK - 60] {
            for step in [13, 1 << 20] {
                let bytes = [ELF, &vec![0; before], text("").as_bytes(), &[0; 300]].concat();
                let mut rest = &*bytes;
                let found = search(|buffer| -> Result<usize, ()> {
                    let count = rest.len().min(buffer.len()).min(step);
                    buffer[..count].copy_from_slice(&rest[..count]);
                    rest = &rest[count..];
                    Ok(count)
                });
                let program = found.unwrap().unwrap();
                let told: Vec<(&str, &str)> =
                    program.libraries.iter().map(|(name, own)| (*name, &**own)).collect();
                assert_eq!(
                    told,
                    [("openssl", "3.0.19"), ("v8", "11.3.244.8-node.38"), ("zlib", "1.3.1")],
                    "{before} {step}"
                );
            }
        }
        let two = [ELF, &[0; 9], text(" deflate 1.2.13 Copyright ").as_bytes(), &[0; 300]].concat();
        let mut rest = &*two;
        let program = search(|buffer| -> Result<usize, ()> {
            let count = rest.len().min(buffer.len());
            buffer[..count].copy_from_slice(&rest[..count]);
            rest = &rest[count..];
            Ok(count)
        });
        assert_eq!(program.unwrap().unwrap().libraries.len(), 2, "of two versions neither is told");
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

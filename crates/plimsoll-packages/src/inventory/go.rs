//! What a Go program was built from, as its linker wrote it into the program: the version of Go, the main module and all others.
//!
//! Since Go 1.18 all of it stands in one place, behind the mark of `.go.buildinfo`. Before, two pointers stand there, to the headers of
//! two strings: those lie in the writable segment, the strings themselves among the constants, which come earlier in the file.
//! A program is read once, from front to back, so that texts which may be meant are kept until the pointers are known.
//! Deliberately absent: programs that are no ELF, the flags they were built with, and which functions of a module are used.

use std::sync::Arc;

use memchr::memmem::Finder;

/// What `.go.buildinfo` starts with.
const MARK: &[u8] = b"\xff Go buildinf:";
/// What stands around the text of the modules.
const MODULES_START: &[u8] = b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6";
const MODULES_END: &[u8] = b"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2";
/// How the version of Go begins.
const VERSION: &[u8] = b"go1.";
const CHUNK: usize = 64 * 1024;
/// The longest text of modules: that of Kubernetes has a hundredth.
const MAX_MODULES: usize = 1 << 20;
/// The longest version.
const MAX_VERSION: usize = 64;
/// Texts that may be the version.
const MAX_CANDIDATES: usize = 4_096;
/// Bytes of writable segments that are kept for the headers of strings.
const MAX_KEPT: u64 = 16 << 20;
/// Programs smaller than this were not made by Go.
const LEAST: u64 = 256 * 1024;

/// What a program was built from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Build {
    /// The version of Go without `go`: `1.22.1`. `None` for a version in development.
    pub go: Option<Arc<str>>,
    /// The main module first, then those it needs; a replaced one by what replaces it. Those without a version (`(devel)`)
    /// are left out.
    pub modules: Vec<Module>,
}

/// A module in a program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Module {
    /// `golang.org/x/net`.
    pub path: Arc<str>,
    /// `v0.17.0`.
    pub version: Arc<str>,
}

/// Whether a file may be a program that Go made.
#[must_use]
pub fn is_worth_a_look(path: &str, mode: u32, size: u64) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    mode & 0o111 != 0 && size >= LEAST && !name.ends_with(".so") && !name.contains(".so.")
}

/// Reads a program as far as it has to. `read` gives some of its bytes, 0 at its end.
///
/// # Errors
/// As `read` says.
pub fn search<E>(mut read: impl FnMut(&mut [u8]) -> Result<usize, E>) -> Result<Option<Build>, E> {
    let finders = [MARK, MODULES_START, VERSION].map(Finder::new);
    let end = Finder::new(MODULES_END);
    let mut window: Vec<u8> = Vec::with_capacity(2 * CHUNK);
    let mut ended = fill(&mut window, &mut read)?;
    let Some(mut image) = Image::of(&window) else { return Ok(None) };
    image.keep(0, &window);
    // Where the window starts in the file.
    let mut base: u64 = 0;
    // Up to where each of the three was looked for.
    let mut looked = [0_usize; 3];
    let mut found = Earlier::default();
    loop {
        if let Some(build) = look_for_mark(&window, ended, &finders[0], &mut looked[0], base, &mut found) {
            return Ok(Some(build));
        }
        look_for_modules(&window, ended, [&finders[1], &end], &mut looked[1], &mut found);
        look_for_versions(&window, ended, &finders[2], &mut looked[2], base, &mut found);
        if ended {
            return Ok(image.earlier(found));
        }
        let done = looked.into_iter().min().unwrap_or(0).min(window.len());
        window.drain(..done);
        base += done as u64;
        looked = looked.map(|at| at - done);
        let before = window.len();
        ended = fill(&mut window, &mut read)?;
        image.keep(base + before as u64, window.get(before..).unwrap_or_default());
    }
}

/// Reads one chunk more; whether that was the end.
fn fill<E>(window: &mut Vec<u8>, read: &mut impl FnMut(&mut [u8]) -> Result<usize, E>) -> Result<bool, E> {
    let start = window.len();
    window.resize(start + CHUNK, 0);
    let mut filled = start;
    while let Some(room) = window.get_mut(filled..).filter(|room| !room.is_empty()) {
        let got = read(room)?;
        if got == 0 {
            window.truncate(filled);
            return Ok(true);
        }
        filled += got;
    }
    Ok(false)
}

/// What programs from before Go 1.18 need.
#[derive(Default)]
struct Earlier {
    pointers: Option<Pointers>,
    modules: Option<String>,
    /// Place in the file and text.
    versions: Vec<(u64, [u8; MAX_VERSION])>,
}

#[derive(Clone, Copy)]
struct Pointers {
    version: u64,
}

fn look_for_mark(
    window: &[u8],
    ended: bool,
    finder: &Finder<'_>,
    looked: &mut usize,
    base: u64,
    found: &mut Earlier,
) -> Option<Build> {
    while let Some(at) = window.get(*looked..).and_then(|rest| finder.find(rest)).map(|at| *looked + at) {
        let rest = window.get(at..).unwrap_or_default();
        *looked = at;
        let aligned = (base + at as u64).is_multiple_of(16);
        match if aligned { header(rest) } else { Header::None } {
            Header::Inline(build) => return Some(build),
            Header::Cut if !ended => return None,
            Header::Pointers(pointers) => found.pointers = Some(pointers),
            Header::None | Header::Cut => {}
        }
        *looked = at + 1;
    }
    *looked = (*looked).max((window.len() + 1).saturating_sub(MARK.len()));
    None
}

enum Header {
    /// Go 1.18 and later.
    Inline(Build),
    Pointers(Pointers),
    /// The window ends before it does.
    Cut,
    None,
}

/// The 32 bytes of the header and what follows it.
fn header(bytes: &[u8]) -> Header {
    let Some(head) = bytes.get(..32) else { return Header::Cut };
    let (Some(&size), Some(&flags)) = (head.get(14), head.get(15)) else { return Header::None };
    match flags {
        2 | 3 => {
            let (version, rest) = match counted(bytes.get(32..).unwrap_or_default(), 4 * MAX_VERSION) {
                Counted::Text(version, rest) => (version, rest),
                Counted::Cut => return Header::Cut,
                Counted::None => return Header::None,
            };
            let modules = match counted(rest, MAX_MODULES) {
                Counted::Text(modules, _) => modules,
                Counted::Cut => return Header::Cut,
                Counted::None => return Header::None,
            };
            let Some(go) = std::str::from_utf8(version).ok().filter(|version| is_version(version)) else {
                return Header::None;
            };
            let inner = modules.get(16..modules.len().saturating_sub(16)).unwrap_or_default();
            Header::Inline(Build {
                go: release(go),
                modules: std::str::from_utf8(inner).map(self::modules).unwrap_or_default(),
            })
        }
        0 | 1 if matches!(size, 4 | 8) => {
            let version = number(head.get(16..).unwrap_or_default(), usize::from(size), flags == 1);
            version.map_or(Header::None, |version| Header::Pointers(Pointers { version }))
        }
        _ => Header::None,
    }
}

enum Counted<'b> {
    Text(&'b [u8], &'b [u8]),
    Cut,
    None,
}

/// A length as a varint and so many bytes.
fn counted(bytes: &[u8], most: usize) -> Counted<'_> {
    let mut length = 0_usize;
    for (at, byte) in bytes.iter().enumerate().take(4) {
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            if length > most {
                return Counted::None;
            }
            let rest = bytes.get(at + 1..).unwrap_or_default();
            return match rest.split_at_checked(length) {
                Some((text, rest)) => Counted::Text(text, rest),
                None => Counted::Cut,
            };
        }
    }
    if bytes.len() < 4 { Counted::Cut } else { Counted::None }
}

fn look_for_modules(
    window: &[u8],
    ended: bool,
    [start, end]: [&Finder<'_>; 2],
    looked: &mut usize,
    found: &mut Earlier,
) {
    while let Some(at) = window.get(*looked..).and_then(|rest| start.find(rest)).map(|at| *looked + at) {
        *looked = at;
        let text = window.get(at + MODULES_START.len()..).unwrap_or_default();
        match end.find(text.get(..text.len().min(MAX_MODULES)).unwrap_or_default()) {
            Some(length) => {
                let text = text.get(..length).and_then(|text| std::str::from_utf8(text).ok());
                if let Some(text) =
                    text.filter(|text| text.starts_with("path\t") || text.starts_with("mod\t"))
                {
                    found.modules.get_or_insert_with(|| text.to_owned());
                }
            }
            None if text.len() < MAX_MODULES && !ended => return,
            None => {}
        }
        *looked = at + 1;
    }
    *looked = (*looked).max((window.len() + 1).saturating_sub(MODULES_START.len()));
}

fn look_for_versions(
    window: &[u8],
    ended: bool,
    finder: &Finder<'_>,
    looked: &mut usize,
    base: u64,
    found: &mut Earlier,
) {
    while let Some(at) = window.get(*looked..).and_then(|rest| finder.find(rest)).map(|at| *looked + at) {
        *looked = at;
        let text = window.get(at..).unwrap_or_default();
        if text.len() < MAX_VERSION && !ended {
            return;
        }
        if found.versions.len() < MAX_CANDIDATES {
            let mut kept = [0; MAX_VERSION];
            kept.iter_mut().zip(text).for_each(|(kept, byte)| *kept = *byte);
            found.versions.push((base + at as u64, kept));
        }
        *looked = at + 1;
    }
    *looked = (*looked).max((window.len() + 1).saturating_sub(VERSION.len()));
}

/// The parts of an ELF file that the pointers lead into.
struct Image {
    wide: bool,
    big: bool,
    loads: Vec<Load>,
    /// Bytes of writable segments with their places in the file.
    kept: Vec<(u64, Vec<u8>)>,
}

#[derive(Clone, Copy)]
struct Load {
    address: u64,
    offset: u64,
    size: u64,
    writable: bool,
}

impl Image {
    fn of(head: &[u8]) -> Option<Self> {
        if !head.starts_with(b"\x7fELF") {
            return None;
        }
        let (wide, big) = (head.get(4) == Some(&2), head.get(5) == Some(&2));
        let at = |start: usize, size: usize| number(head.get(start..).unwrap_or_default(), size, big);
        let (table, size, count) =
            if wide { (at(32, 8)?, at(54, 2)?, at(56, 2)?) } else { (at(28, 4)?, at(42, 2)?, at(44, 2)?) };
        let mut loads = Vec::new();
        for index in 0..count.min(64) {
            let start = table.checked_add(index * size).and_then(|start| usize::try_from(start).ok())?;
            let field = |offset: usize, size: usize| at(start.checked_add(offset)?, size);
            let row = if wide {
                (field(0, 4), field(4, 4), field(8, 8), field(16, 8), field(32, 8))
            } else {
                (field(0, 4), field(24, 4), field(4, 4), field(8, 4), field(16, 4))
            };
            let (Some(kind), Some(flags), Some(offset), Some(address), Some(size)) = row else { break };
            if kind == 1 {
                loads.push(Load { address, offset, size, writable: flags & 2 != 0 });
            }
        }
        let kept = loads.iter().filter(|load| load.writable && load.size <= MAX_KEPT);
        let kept = kept.take(4).map(|load| (load.offset, Vec::new())).collect();
        Some(Self { wide, big, loads, kept })
    }

    /// Keeps what of a part of the file lies in writable segments.
    fn keep(&mut self, base: u64, bytes: &[u8]) {
        for (start, kept) in &mut self.kept {
            let Some(load) = self.loads.iter().find(|load| load.writable && load.offset == *start) else {
                continue;
            };
            let next = *start + kept.len() as u64;
            let end = load.offset.saturating_add(load.size);
            let from = usize::try_from(next.saturating_sub(base)).unwrap_or(usize::MAX);
            let to = usize::try_from(end.saturating_sub(base)).unwrap_or(usize::MAX).min(bytes.len());
            if next >= base && from < to {
                kept.extend_from_slice(bytes.get(from..to).unwrap_or_default());
            }
        }
    }

    /// The place in the file of an address.
    fn place(&self, address: u64) -> Option<u64> {
        self.loads.iter().find_map(|load| {
            let inside = address.checked_sub(load.address).filter(|inside| *inside < load.size)?;
            load.offset.checked_add(inside)
        })
    }

    /// The text whose header is at an address.
    fn header(&self, address: u64) -> Option<(u64, u64)> {
        let place = self.place(address)?;
        let (start, kept) = self.kept.iter().find(|(start, kept)| {
            place.checked_sub(*start).is_some_and(|inside| inside < kept.len() as u64)
        })?;
        let bytes = kept.get(usize::try_from(place - start).ok()?..)?;
        let size = if self.wide { 8 } else { 4 };
        Some((number(bytes, size, self.big)?, number(bytes.get(size..)?, size, self.big)?))
    }

    /// A program from before Go 1.18.
    fn earlier(&self, found: Earlier) -> Option<Build> {
        let pointers = found.pointers?;
        let version = || {
            let (data, length) = self.header(pointers.version)?;
            let place = self.place(data)?;
            let (_, text) = found.versions.iter().find(|(at, _)| *at == place)?;
            std::str::from_utf8(text.get(..usize::try_from(length).ok()?)?).ok().and_then(release)
        };
        let go = version();
        let modules = found.modules.as_deref().map(modules).unwrap_or_default();
        (go.is_some() || !modules.is_empty()).then_some(Build { go, modules })
    }
}

/// A number of 2, 4 or 8 bytes at the start.
fn number(bytes: &[u8], size: usize, big: bool) -> Option<u64> {
    let bytes = bytes.get(..size)?;
    let join = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    Some(if big { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) })
}

fn is_version(text: &str) -> bool {
    text.starts_with("go1") || text.starts_with("devel")
}

/// `1.22.1` of `go1.22.1 X:rangefunc`.
fn release(text: &str) -> Option<Arc<str>> {
    let first = text.split(' ').next()?.strip_prefix("go")?;
    let plain =
        first.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b'_'));
    (plain && first.starts_with(|c: char| c.is_ascii_digit())).then(|| first.into())
}

/// `path`, `mod`, `dep`, `=>`, `build`, each a line of fields parted by tabs.
fn modules(text: &str) -> Vec<Module> {
    let mut modules: Vec<Module> = Vec::new();
    // Whether the last line named a module that stands in the list.
    let mut listed = false;
    for line in text.lines().take(20_000) {
        let mut fields = line.split('\t');
        let kind = fields.next().unwrap_or("");
        if !matches!(kind, "mod" | "dep" | "=>") {
            continue;
        }
        if kind == "=>" && listed {
            modules.pop();
        }
        let (path, version) = (fields.next().unwrap_or(""), fields.next().unwrap_or(""));
        listed = !path.is_empty() && version.starts_with('v');
        if listed {
            modules.push(Module { path: path.into(), version: version.into() });
        }
    }
    modules
}

#[cfg(test)]
#[path = "go_tests.rs"]
mod tests;

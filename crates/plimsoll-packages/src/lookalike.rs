//! Names of packages that are taken easily for the name of another one, which very many use: `crossenv` for `cross-env`.
//!
//! Compared is with a list of names (`data/README.md`). Names that are in wide use themselves and happen to be like another
//! are listed, too, and are never told. Deliberately absent: what a package holds, and whether its name was meant so.

use std::sync::LazyLock;

use plimsoll_posture::Resemblance;

static POPULAR: &str = include_str!("../data/popular-names.txt");
static NEIGHBOURS: &str = include_str!("../data/neighbour-names.txt");

/// Names that people mean, in the order of their bytes.
static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| POPULAR.lines().collect());
/// Names in wide use that are like one of those, in the order of their bytes.
static ESTABLISHED: LazyLock<Vec<&'static str>> = LazyLock::new(|| NEIGHBOURS.lines().collect());
/// The same names by their ends: a single slip leaves the first two or the last two characters as they are.
static BY_END: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut names = NAMES.clone();
    names.sort_unstable_by(|a, b| a.bytes().rev().cmp(b.bytes().rev()));
    names
});
/// The names without separators, with the name.
static SQUASHED: LazyLock<Vec<(String, &'static str)>> = LazyLock::new(|| {
    let mut names: Vec<_> = NAMES.iter().map(|name| (squashed(name), *name)).collect();
    names.sort();
    names
});

/// Shorter names are too close to too many others.
const SHORTEST: usize = 5;
/// Longer names are looked at no further.
const LONGEST: usize = 80;

/// The name that a name is taken for, and how it is like it; `None` for a name that is in wide use itself.
#[must_use]
pub fn of(name: &str) -> Option<(&'static str, Resemblance)> {
    if name.len() > LONGEST || is_popular(name) || ESTABLISHED.binary_search(&name).is_ok() {
        return None;
    }
    likeness(name)
}

/// The names that others are compared with.
#[must_use]
pub fn popular() -> &'static [&'static str] {
    &NAMES
}

/// The names in wide use that would be told without being listed.
#[must_use]
pub fn established() -> &'static [&'static str] {
    &ESTABLISHED
}

/// The same without regard to the names in wide use.
#[must_use]
pub fn likeness(name: &str) -> Option<(&'static str, Resemblance)> {
    let found = separators(name)
        .map(|like| (like, Resemblance::Separators))
        .or_else(|| glyphs(name).map(|like| (like, Resemblance::Glyphs)))
        .or_else(|| letter(name).map(|like| (like, Resemblance::Letter)))
        .or_else(|| affix(name).map(|like| (like, Resemblance::Affix)));
    // Who owns a scope owns its names.
    found.filter(|(like, _)| *like != name && scope(name).is_none_or(|own| scope(like) != Some(own)))
}

fn is_popular(name: &str) -> bool {
    NAMES.binary_search(&name).is_ok()
}

fn known(name: &str) -> Option<&'static str> {
    NAMES.get(NAMES.binary_search(&name).ok()?).copied()
}

/// `@scope` of `@scope/name`.
fn scope(name: &str) -> Option<&str> {
    name.starts_with('@').then(|| name.split('/').next()).flatten()
}

/// The part of a name that people slip in: of one with a scope the scope, since its owner has all names below it.
fn slipping(name: &str) -> &str {
    scope(name).unwrap_or(name)
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'@' | b'/' | b'.' | b'_' | b'-')
}

fn squashed(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '@' | '/' | '.' | '_' | '-')).collect()
}

fn separators(name: &str) -> Option<&'static str> {
    let own = squashed(name);
    let at = SQUASHED.partition_point(|(squashed, _)| *squashed < own);
    let mut same = SQUASHED.iter().skip(at).take_while(|(found, _)| *found == own).map(|(_, like)| *like);
    // Names with a scope come first: one without is rather meant by one without.
    let like = if name.starts_with('@') { same.next() } else { same.last() };
    like.filter(|_| own.len() >= SHORTEST)
}

/// Digits and pairs that read as a letter, and letters of other scripts that no eye tells apart.
fn glyphs(name: &str) -> Option<&'static str> {
    let one = |c: char| match c {
        '0' | 'о' => 'o',
        '1' | 'і' => 'l',
        '3' | 'е' => 'e',
        '5' | 'ѕ' => 's',
        'а' => 'a',
        'с' => 'c',
        'р' => 'p',
        'х' => 'x',
        'у' => 'y',
        c => c.to_ascii_lowercase(),
    };
    let read: String = name.chars().map(one).collect::<String>().replace("rn", "m").replace("vv", "w");
    (read != name && read.len() >= SHORTEST).then(|| known(&read)).flatten()
}

/// The first name that a single plausible slip makes this one of.
fn letter(name: &str) -> Option<&'static str> {
    if name.len() + 1 < SHORTEST || !name.is_ascii() {
        return None;
    }
    let head = name.as_bytes().get(..2)?;
    let tail = name.as_bytes().get(name.len() - 2..)?;
    let first = NAMES.partition_point(|known| known.as_bytes() < head);
    let same_head = NAMES.iter().skip(first).take_while(|known| known.as_bytes().starts_with(head));
    let last = BY_END.partition_point(|known| known.bytes().rev().lt(tail.iter().rev().copied()));
    let same_tail = BY_END.iter().skip(last).take_while(|known| known.as_bytes().ends_with(tail));
    same_head.chain(same_tail).copied().filter(|like| slipping(like).len() >= SHORTEST).find(|like| {
        like.len().abs_diff(name.len()) <= 1
            && Slip::between(name.as_bytes(), like.as_bytes()).is_some_and(|slip| slip.is_plausible())
    })
}

/// What turned one name into the other.
#[derive(Debug, Clone, Copy)]
struct Slip<'n> {
    /// The name as it is, and as it was meant.
    name: &'n [u8],
    meant: &'n [u8],
    /// Where they part.
    at: usize,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Exchanged,
    Added(u8),
    LeftOut(u8),
    Replaced { by: u8, meant: u8 },
}

impl<'n> Slip<'n> {
    fn between(name: &'n [u8], meant: &'n [u8]) -> Option<Self> {
        let at = name.iter().zip(meant).take_while(|(a, b)| a == b).count();
        let (rest, meant_rest) = (name.get(at..)?, meant.get(at..)?);
        let same = rest.iter().rev().zip(meant_rest.iter().rev()).take_while(|(a, b)| a == b).count();
        let own = rest.get(..rest.len().checked_sub(same)?)?;
        let other = meant_rest.get(..meant_rest.len().checked_sub(same)?)?;
        let kind = match (own, other) {
            ([a, b], [c, d]) if a == d && b == c => Kind::Exchanged,
            ([added], []) => Kind::Added(*added),
            ([], [gone]) => Kind::LeftOut(*gone),
            ([by], [meant]) => Kind::Replaced { by: *by, meant: *meant },
            _ => return None,
        };
        Some(Self { name, meant, at, kind })
    }

    /// Whether fingers do so. Another first or last letter makes another word, another number another version; in a short
    /// name nearly every letter makes another word.
    fn is_plausible(&self) -> bool {
        let start = self.at == 0 || self.meant.get(self.at - 1).copied().is_some_and(is_separator);
        let last = self.at + 1 >= self.name.len();
        let long = self.meant.split(|byte| *byte == b'/').next().map_or(0, <[u8]>::len) >= 8;
        let inside = long && !start && !last;
        match self.kind {
            Kind::Exchanged => true,
            Kind::LeftOut(gone) => !gone.is_ascii_digit(),
            Kind::Added(added) => {
                let before = self.at.checked_sub(1).and_then(|at| self.name.get(at)).copied();
                let after = self.name.get(self.at + 1).copied();
                let beside =
                    |other: Option<u8>| other.is_some_and(|other| other == added || near(other, added));
                let version = added.is_ascii_digit() && last;
                !version
                    && (is_separator(added)
                        || inside
                        || last && added == b's'
                        || beside(before)
                        || beside(after))
            }
            Kind::Replaced { by, meant } => {
                let versions = by.is_ascii_digit() && (meant.is_ascii_digit() || last);
                !versions && !is_separator(by) && !is_separator(meant) && (inside || near(by, meant))
            }
        }
    }
}

/// Whether two keys lie side by side; `y` and `z` change places from one keyboard to another.
fn near(a: u8, b: u8) -> bool {
    const ROWS: [&[u8]; 4] = [b"1234567890", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];
    // Each row is shifted by two fifths of a key: places are counted in fifths.
    let place = |key: u8| {
        ROWS.iter().enumerate().find_map(|(row, keys)| {
            let at = keys.iter().position(|own| *own == key)?;
            Some((row, at * 5 + row * 2))
        })
    };
    let (Some((row, at)), Some((other_row, other))) = (place(a), place(b)) else { return false };
    (row.abs_diff(other_row) <= 1 && at.abs_diff(other) <= 5) || matches!((a, b), (b'y', b'z') | (b'z', b'y'))
}

/// What people put before and behind names of packages for JavaScript.
fn affix(name: &str) -> Option<&'static str> {
    const BEFORE: [&str; 4] = ["node-", "js-", "node.", "npm-"];
    const BEHIND: [&str; 5] = ["-js", ".js", "js", "-node", "-npm"];
    let without = BEFORE
        .iter()
        .filter_map(|affix| name.strip_prefix(affix))
        .chain(BEHIND.iter().filter_map(|affix| name.strip_suffix(affix)));
    let with = || ["js", "-js", ".js"].iter().find_map(|affix| known(&format!("{name}{affix}")));
    without
        .filter(|rest| rest.len() >= SHORTEST)
        .find_map(known)
        .or_else(|| (name.len() >= SHORTEST).then(with).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_order_and_without_repetition() {
        for list in [&*NAMES, &*ESTABLISHED] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(list.iter().all(|name| !name.is_empty() && name.trim() == *name));
        }
    }

    #[test]
    fn every_established_name_would_be_told_without_its_entry() {
        for name in established() {
            assert!(!is_popular(name), "{name}");
            assert!(likeness(name).is_some(), "{name}");
        }
    }

    #[test]
    fn slips_are_told_by_kind() {
        use Resemblance::{Affix, Glyphs, Letter, Separators};
        for (name, expected) in [
            ("crossenv", Some(("cross-env", Separators))),
            ("types-node", Some(("@types/node", Separators))),
            ("babelcli", Some(("babel-cli", Separators))),
            ("loadsh", Some(("lodash", Letter))),
            ("1odash", Some(("lodash", Glyphs))),
            ("lоdash", Some(("lodash", Glyphs))),
            ("expresss", Some(("express", Letter))),
            ("jquerry", Some(("jquery", Letter))),
            ("momnet", Some(("moment", Letter))),
            ("jquery.js", Some(("jquery", Affix))),
            ("@bable/core", Some(("@babel/core", Letter))),
            // Names of the list, and those in wide use that are like one of it.
            ("preact", None),
            ("colour", None),
            // Whoever owns the scope owns the name.
            ("@babel/coer", None),
            // A version, another word, a name of somebody's own scope.
            ("enzyme-adapter-react-13", None),
            ("@example/express", None),
            ("cable", None),
            ("", None),
            ("é", None),
            ("@", None),
        ] {
            assert_eq!(of(name), expected, "{name}");
        }
    }
}

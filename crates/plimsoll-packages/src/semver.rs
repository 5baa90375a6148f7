//! npm's versions in their order of precedence, pre-releases included; and ranges of them, as advisories and as
//! manifests write them.
//!
//! Reading is as lenient as npm's own (`v1.2`, `=1.0.0`, `1.2.3beta`), because lockfiles hold what was once published.

use std::cmp::Ordering;
use std::fmt;

/// A version. Build metadata is read over: it has no part in the order.
#[derive(Debug, Clone, Copy)]
pub struct Version<'a> {
    numbers: [u128; 3],
    /// What follows the hyphen; empty for a release.
    pre: &'a str,
}

impl<'a> Version<'a> {
    /// Reads a version; `None` where it does not start with a number.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', '=', 'V', ' ']);
        // Some registries once had a fourth number: it is read over.
        let three = || text.match_indices('.').nth(2).and_then(|(at, _)| text.get(..at));
        let partial = Partial::parse(text).or_else(|| Partial::parse(three()?))?;
        let [major, minor, patch] = partial.numbers;
        Some(Self { numbers: [major?, minor.unwrap_or(0), patch.unwrap_or(0)], pre: partial.pre })
    }

    /// The first number.
    #[must_use]
    pub fn major(&self) -> u128 {
        self.numbers[0]
    }

    /// Whether it comes before the release of its numbers.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        !self.pre.is_empty()
    }

    /// Whether the first `count` numbers are the same.
    pub(crate) fn shares(&self, other: &Self, count: usize) -> bool {
        self.numbers.iter().zip(&other.numbers).take(count).all(|(a, b)| a == b)
    }

    /// Whether going from here to a later version may break what uses it: the leftmost number that is not zero differs.
    #[must_use]
    pub fn breaks_towards(&self, later: &Self) -> bool {
        let significant = self.numbers.iter().position(|&number| number != 0).unwrap_or(2);
        self.numbers.iter().zip(&later.numbers).take(significant + 1).any(|(a, b)| a != b)
    }
}

impl PartialEq for Version<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version<'_> {}

impl PartialOrd for Version<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (self.pre, other.pre) {
            ("", "") => Ordering::Equal,
            ("", _) => Ordering::Greater,
            (_, "") => Ordering::Less,
            (a, b) => identifiers(a, b),
        })
    }
}

impl fmt::Display for Version<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if self.pre.is_empty() { Ok(()) } else { write!(f, "-{}", self.pre) }
    }
}

/// Dotted identifiers: numbers by value and before words, words by their bytes, more identifiers after fewer.
fn identifiers(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match (is_number(a), is_number(b)) {
                (true, true) => {
                    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
                    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
                }
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Up to three numbers, each of which may be missing or `x`, and a pre-release.
#[derive(Debug, Clone, Copy)]
struct Partial<'a> {
    numbers: [Option<u128>; 3],
    pre: &'a str,
}

impl<'a> Partial<'a> {
    /// `None` for what is no version. Numbers beyond 38 digits count as the largest.
    fn parse(text: &'a str) -> Option<Self> {
        let mut numbers = [None; 3];
        let mut rest = text;
        for (at, number) in numbers.iter_mut().enumerate() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if digits > 0 {
                let (own, after) = rest.split_at_checked(digits)?;
                *number = Some(own.parse().unwrap_or(u128::MAX));
                rest = after;
            } else if let Some(after) = rest.strip_prefix(['x', 'X', '*']) {
                rest = after;
            } else {
                return None;
            }
            match rest.strip_prefix('.') {
                Some(after) if at < 2 => rest = after,
                _ => break,
            }
        }
        // A number behind a wildcard says nothing: `1.x.3` is `1.x`.
        if let Some(open) = numbers.iter().position(Option::is_none) {
            numbers.iter_mut().skip(open).for_each(|number| *number = None);
        }
        let rest = rest.split('+').next().unwrap_or("");
        let pre = match rest.strip_prefix('-') {
            Some(pre) => pre,
            None if rest.starts_with(|c: char| c.is_ascii_alphabetic()) => rest,
            None if rest.is_empty() => "",
            None => return None,
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        pre.chars().all(fits).then_some(Self { numbers, pre })
    }

    fn floor(&self) -> Version<'a> {
        Version { numbers: self.numbers.map(|number| number.unwrap_or(0)), pre: self.pre }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Less,
    AtMost,
    Exactly,
    AtLeast,
    More,
}

#[derive(Debug, Clone, Copy)]
struct Bound<'a> {
    sign: Sign,
    version: Version<'a>,
    /// Whether it stands for all that starts with some numbers: then their pre-releases are inside, where these count.
    open: bool,
}

impl Bound<'_> {
    fn holds(&self, version: &Version<'_>, prereleases: bool) -> bool {
        let pre =
            if prereleases && self.open && self.version.pre.is_empty() { "0" } else { self.version.pre };
        let order = version.cmp(&Version { pre, ..self.version });
        match self.sign {
            Sign::Less => order.is_lt(),
            Sign::AtMost => order.is_le(),
            Sign::Exactly => order.is_eq(),
            Sign::AtLeast => order.is_ge(),
            Sign::More => order.is_gt(),
        }
    }
}

/// A range as a manifest writes it: `^1.2.0 || ~2.1`, `1.x`, `1.2 - 1.4`, `*`.
#[derive(Debug, Clone)]
pub struct Range<'a> {
    /// Any of these, and in each all of them.
    any: Vec<Vec<Bound<'a>>>,
}

/// More alternatives or bounds than this are no range that somebody wrote.
const MOST: usize = 256;

impl<'a> Range<'a> {
    /// Reads a range; `None` for what is none (`latest`, a URL).
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut any = Vec::new();
        for part in text.split("||") {
            if any.len() == MOST {
                return None;
            }
            any.push(bounds(part.trim())?);
        }
        Some(Self { any })
    }

    /// Whether a version is inside, as `npm install` has it: a pre-release only where a bound names one of the same numbers.
    #[must_use]
    pub fn satisfies(&self, version: &Version<'_>) -> bool {
        self.any.iter().any(|all| {
            all.iter().all(|bound| bound.holds(version, false))
                && (!version.is_prerelease()
                    || all.iter().any(|bound| {
                        bound.version.is_prerelease() && bound.version.numbers == version.numbers
                    }))
        })
    }

    /// Whether a version is inside by precedence alone, as advisories are matched.
    #[must_use]
    pub fn holds(&self, version: &Version<'_>) -> bool {
        self.any.iter().any(|all| all.iter().all(|bound| bound.holds(version, true)))
    }
}

fn bounds(text: &str) -> Option<Vec<Bound<'_>>> {
    if let Some((low, high)) = text.split_once(" - ") {
        return hyphen(low.trim(), high.trim());
    }
    let mut all = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if all.len() >= MOST {
            return None;
        }
        let mark = rest.len() - rest.trim_start_matches(['<', '>', '=', '~', '^']).len();
        let (mark, after) = rest.split_at_checked(mark)?;
        let after = after.trim_start();
        let end = after.find([' ', '\t']).unwrap_or(after.len());
        let (word, next) = after.split_at_checked(end)?;
        rest = next.trim_start_matches([' ', '\t']);
        let partial = Partial::parse(word.trim_start_matches(['v', 'V', '=']))?;
        comparator(mark, &partial, &mut all)?;
    }
    Some(all)
}

/// The version right above all that start with these numbers, and below its own pre-releases.
fn above<'a>(partial: &Partial<'_>, kept: usize) -> Version<'a> {
    let mut numbers = [0; 3];
    for (at, number) in numbers.iter_mut().enumerate().take(kept) {
        let own = partial.numbers[at].unwrap_or(0);
        *number = if at + 1 == kept { own.saturating_add(1) } else { own };
    }
    Version { numbers, pre: "0" }
}

fn comparator<'a>(mark: &str, partial: &Partial<'a>, all: &mut Vec<Bound<'a>>) -> Option<()> {
    let given = partial.numbers.iter().take_while(|number| number.is_some()).count();
    let floor = partial.floor();
    let open = given < 3;
    let mut push = |sign, version| all.push(Bound { sign, version, open });
    let release = |version: Version<'a>| Version { pre: "", ..version };
    match mark {
        "^" | "~" | "~>" if given == 0 => {}
        "^" => {
            push(Sign::AtLeast, floor);
            let leading = partial.numbers.iter().take(given).position(|number| *number != Some(0));
            push(Sign::Less, above(partial, leading.map_or(given, |at| at + 1)));
        }
        "~" | "~>" => {
            push(Sign::AtLeast, floor);
            push(Sign::Less, above(partial, given.min(2)));
        }
        "" | "=" | "==" => match given {
            0 => {}
            3 => push(Sign::Exactly, floor),
            _ => {
                push(Sign::AtLeast, floor);
                push(Sign::Less, above(partial, given));
            }
        },
        ">=" if given == 0 => {}
        ">=" => push(Sign::AtLeast, floor),
        "<=" if given == 0 => {}
        "<=" if given == 3 => push(Sign::AtMost, floor),
        "<=" => push(Sign::Less, above(partial, given)),
        "<" if given == 3 => push(Sign::Less, floor),
        "<" => push(Sign::Less, Version { pre: "0", ..floor }),
        ">" if given == 3 => push(Sign::More, floor),
        // Nothing is above everything.
        ">" if given == 0 => push(Sign::Less, Version { numbers: [0; 3], pre: "0" }),
        ">" => push(Sign::AtLeast, release(above(partial, given))),
        _ => return None,
    }
    Some(())
}

fn hyphen<'a>(low: &'a str, high: &'a str) -> Option<Vec<Bound<'a>>> {
    let low = Partial::parse(low.trim_start_matches(['v', '=']))?;
    let high = Partial::parse(high.trim_start_matches(['v', '=']))?;
    let mut all = Vec::new();
    comparator(">=", &low, &mut all)?;
    all.iter_mut().for_each(|bound| bound.open = true);
    comparator("<=", &high, &mut all)?;
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_breaks_where_the_first_number_that_counts_changes() {
        let breaks =
            |a: &str, b: &str| Version::parse(a).unwrap().breaks_towards(&Version::parse(b).unwrap());
        for (a, b) in [("1.2.3", "2.0.0"), ("0.2.3", "0.3.0"), ("0.0.3", "0.0.4"), ("0.2.3", "1.0.0")] {
            assert!(breaks(a, b), "{a} {b}");
        }
        for (a, b) in [("1.2.3", "1.9.0"), ("0.2.3", "0.2.9"), ("1.0.0-rc.1", "1.0.0")] {
            assert!(!breaks(a, b), "{a} {b}");
        }
    }

    #[test]
    fn pre_releases_are_matched_by_precedence_for_advisories_and_by_npm_for_requests() {
        let inside = |range: &'static str, version: &'static str| {
            let (range, version) = (Range::parse(range).unwrap(), Version::parse(version).unwrap());
            (range.holds(&version), range.satisfies(&version))
        };
        assert_eq!(inside("<4.19.2", "4.0.0-rc1"), (true, false));
        assert_eq!(inside(">=5.0.0-alpha.1 <5.0.0-beta.3", "5.0.0-beta.2"), (true, true));
        assert_eq!(inside("^1.2.0", "2.0.0-rc.1"), (false, false));
        assert_eq!(inside("*", "1.0.0-a"), (true, false));
    }

    #[test]
    fn what_is_no_range_is_none() {
        for text in ["latest", "git+ssh://a", "1.2.3 latest", "file:../a", "workspace:*", "a || b"] {
            assert!(Range::parse(text).is_none(), "{text}");
        }
    }
}

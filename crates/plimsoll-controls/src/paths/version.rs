//! Versions of what runs containers: dotted numbers, release candidates before the release.
//!
//! What a distribution appends (`+ds1`, `~jammy`, `-18-amd64`) does not take part in the order; that it is there matters
//! elsewhere, because whoever appends it also mends without raising the version.

/// A version.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    numbers: Vec<u64>,
    /// The number of a release candidate.
    candidate: Option<u64>,
    /// Whether something was appended that is none of its publisher's.
    pub(crate) foreign: bool,
}

impl Version {
    /// Reads `1.1.5+ds1`, `v1.4.0-rc.2`, `6.1.0-18-amd64`; `None` for what does not begin with a number.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('v');
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (dotted, rest) = text.split_at(end);
        let numbers: Vec<u64> = dotted
            .split('.')
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().ok())
            .collect::<Option<_>>()?;
        if numbers.is_empty() {
            return None;
        }
        let candidate = rest.strip_prefix("-rc").map(|rest| rest.trim_start_matches('.'));
        let digits = candidate.map(|rest| rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        let (candidate, rest) = match (candidate, digits) {
            (Some(text), Some(end)) => (text.get(..end).and_then(|text| text.parse().ok()), text.get(end..)),
            _ => (None, Some(rest)),
        };
        // Docker's own editions say so: 20.10.24-ce.
        let foreign = !matches!(rest.unwrap_or_default(), "" | "-ce" | "-ee");
        Some(Self { numbers, candidate, foreign })
    }

    /// The same as a distribution builds it.
    pub(crate) fn repackaged(self) -> Self {
        Self { foreign: true, ..self }
    }

    /// Whether it is of the same line (`5.15`) as another one, and not before it.
    pub(crate) fn is_mended_by(&self, fixed: &Self) -> bool {
        self.numbers.iter().take(2).eq(fixed.numbers.iter().take(2)) && *self >= *fixed
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let part = |version: &Self, at: usize| version.numbers.get(at).copied().unwrap_or(0);
        let numbers = (0..length).map(|at| part(self, at).cmp(&part(other, at)));
        let numbers = numbers.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then);
        let rank = |version: &Self| version.candidate.unwrap_or(u64::MAX);
        numbers.then_with(|| rank(self).cmp(&rank(other)))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// `<23.0.15`, or `24.0.0..26.1.4` without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    first: Option<Version>,
    end: Version,
}

impl Range {
    /// Reads one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(end) = text.strip_prefix('<') {
            return Some(Self { first: None, end: Version::parse(end)? });
        }
        let (first, end) = text.split_once("..")?;
        Some(Self { first: Some(Version::parse(first)?), end: Version::parse(end)? })
    }

    /// Whether a version lies in it.
    pub(crate) fn holds(&self, version: &Version) -> bool {
        self.first.as_ref().is_none_or(|first| version >= first) && *version < self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn candidates_come_before_the_release_and_suffixes_do_not_count() {
        let ordered = [
            "1.0.0-rc7",
            "1.0.0-rc93",
            "1.0.0-rc95",
            "1.0.0",
            "1.1.5+ds1",
            "1.1.11",
            "1.4.0-rc.1",
            "1.4.0-rc.2",
            "1.4",
        ];
        for (at, text) in ordered.iter().enumerate() {
            for later in &ordered[at + 1..] {
                assert!(v(text) < v(later), "{text} {later}");
            }
        }
        assert_eq!(v("1.1").cmp(&v("1.1.0")), std::cmp::Ordering::Equal);
        assert_eq!(v("6.1.0-18-amd64").cmp(&v("6.1")), std::cmp::Ordering::Equal);
        assert_eq!(Version::parse("unknown"), None);
        assert_eq!(Version::parse(""), None);
    }

    #[test]
    fn who_appends_something_is_told_apart() {
        for (text, foreign) in [
            ("20.10.24+dfsg1", true),
            ("1.1.5~ds1", true),
            ("6.1.0-18-amd64", true),
            ("26.1.3", false),
            ("19.03.0-ce", false),
            ("1.4.0-rc.2", false),
            ("1.0.0-rc93+dev", true),
        ] {
            assert_eq!(v(text).foreign, foreign, "{text}");
        }
    }

    #[test]
    fn ranges_end_before_their_end() {
        let below = Range::parse("<23.0.15").unwrap();
        assert!(below.holds(&v("20.10.24")) && !below.holds(&v("23.0.15")));
        let between = Range::parse("24.0.0..26.1.4").unwrap();
        assert!(between.holds(&v("24.0.0")) && !between.holds(&v("26.1.4")) && !between.holds(&v("23.0.15")));
        assert!(v("5.15.30").is_mended_by(&v("5.15.25")));
        assert!(!v("5.15.20").is_mended_by(&v("5.15.25")) && !v("5.16.1").is_mended_by(&v("5.15.25")));
    }
}

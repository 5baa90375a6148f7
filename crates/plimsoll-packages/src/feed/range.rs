//! The events of an OSV range as intervals, by the rules of the format.
//!
//! Events are sorted; a version is inside from `introduced` on until `fixed` (excluded) or `last_affected` (included). `0` is before
//! every version. Deliberately absent: commits, and `limit`, which is about commits.

use std::cmp::Ordering;

use serde_json::Value;

use crate::semver::Version;

/// From a version (`None`: from the first) to an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interval<'v> {
    pub(super) from: Option<&'v str>,
    pub(super) to: End<'v>,
}

/// Where an interval ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End<'v> {
    Never,
    Fixed(&'v str),
    Last(&'v str),
}

impl<'v> Interval<'v> {
    /// In the notation of the tables.
    pub(super) fn text(&self) -> String {
        let from = self.from.map(|from| format!(">={from}"));
        let to = match self.to {
            End::Never => None,
            End::Fixed(version) => Some(format!("<{version}")),
            End::Last(version) => Some(format!("<={version}")),
        };
        match (from, to) {
            (None, None) => "*".to_owned(),
            (Some(one), None) | (None, Some(one)) => one,
            (Some(from), Some(to)) => format!("{from} {to}"),
        }
    }

    /// The first version behind it.
    pub(super) fn fixed(&self) -> Option<&'v str> {
        match self.to {
            End::Fixed(version) => Some(version),
            End::Never | End::Last(_) => None,
        }
    }

    /// Whether a version is inside, by semantic precedence.
    pub(super) fn holds(&self, version: &Version<'_>) -> bool {
        let parse = |text: &'v str| Version::parse(text);
        self.from.and_then(parse).is_none_or(|from| *version >= from)
            && match self.to {
                End::Never => true,
                End::Fixed(end) => parse(end).is_some_and(|end| *version < end),
                End::Last(end) => parse(end).is_some_and(|end| *version <= end),
            }
    }
}

enum Event<'v> {
    Introduced(Option<&'v str>),
    End(End<'v>),
}

impl<'v> Event<'v> {
    fn of(value: &'v Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::trim);
        if let Some(version) = text("introduced") {
            return Some(Self::Introduced(Some(version).filter(|version| *version != "0")));
        }
        text("fixed")
            .map(|version| Self::End(End::Fixed(version)))
            .or_else(|| text("last_affected").map(|version| Self::End(End::Last(version))))
    }

    fn version(&self) -> Option<&'v str> {
        match self {
            Self::Introduced(version) => *version,
            Self::End(End::Fixed(version) | End::Last(version)) => Some(version),
            Self::End(End::Never) => None,
        }
    }

    /// At one version it is introduced before it ends.
    fn rank(&self) -> u8 {
        u8::from(matches!(self, Self::End(_)))
    }
}

/// The intervals of a list of events.
///
/// # Errors
/// The first version that cannot be read.
pub(super) fn intervals<'v>(
    events: &'v [Value],
    is_version: impl Fn(&str) -> bool,
    compare: impl Fn(&str, &str) -> Ordering,
) -> Result<Vec<Interval<'v>>, &'v str> {
    let mut sorted: Vec<Event<'v>> = events.iter().filter_map(Event::of).collect();
    if let Some(bad) = sorted.iter().filter_map(Event::version).find(|version| !is_version(version)) {
        return Err(bad);
    }
    sorted.sort_by(|a, b| {
        let order = match (a.version(), b.version()) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => compare(a, b),
        };
        order.then_with(|| a.rank().cmp(&b.rank()))
    });
    let mut intervals = Vec::new();
    let mut open: Option<Option<&'v str>> = None;
    for event in sorted {
        match (event, open) {
            (Event::Introduced(from), None) => open = Some(from),
            (Event::End(to), Some(from)) => {
                let empty = matches!((from, to), (Some(from), End::Fixed(to)) if compare(from, to).is_eq());
                if !empty {
                    intervals.push(Interval { from, to });
                }
                open = None;
            }
            _ => {}
        }
    }
    intervals.extend(open.map(|from| Interval { from, to: End::Never }));
    Ok(intervals)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(events: &Value) -> Result<Vec<String>, String> {
        let compare = |a: &str, b: &str| Version::parse(a).cmp(&Version::parse(b));
        intervals(events.as_array().unwrap(), |text| Version::parse(text).is_some(), compare)
            .map(|all| all.iter().map(Interval::text).collect())
            .map_err(str::to_owned)
    }

    #[test]
    fn events_become_intervals() {
        for (events, expected) in [
            (json!([{"introduced": "0"}]), vec!["*"]),
            (json!([{"introduced": "0"}, {"fixed": "4.17.21"}]), vec!["<4.17.21"]),
            (json!([{"fixed": "1.2.0"}, {"introduced": "1.0.0"}]), vec![">=1.0.0 <1.2.0"]),
            (json!([{"introduced": "1.0.0"}, {"last_affected": "1.0.0"}]), vec![">=1.0.0 <=1.0.0"]),
            (
                json!([{"introduced": "2.0.0"}, {"fixed": "2.0.3"}, {"introduced": "0"}, {"fixed": "1.4.0"}]),
                vec!["<1.4.0", ">=2.0.0 <2.0.3"],
            ),
            (
                json!([{"introduced": "1.0.0"}, {"introduced": "1.1.0"}, {"fixed": "1.2.0"}]),
                vec![">=1.0.0 <1.2.0"],
            ),
            (json!([{"introduced": "1.0.0"}, {"fixed": "1.0.0"}]), vec![]),
            (json!([{"fixed": "1.0.0"}]), vec![]),
            (json!([{"introduced": "0"}, {"limit": "1.0.0"}]), vec!["*"]),
            (json!([7, {}, {"introduced": "3.0.0"}]), vec![">=3.0.0"]),
        ] {
            let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(texts(&events), Ok(expected), "{events}");
        }
        assert_eq!(texts(&json!([{"introduced": "a b"}])), Err("a b".to_owned()));
    }
}

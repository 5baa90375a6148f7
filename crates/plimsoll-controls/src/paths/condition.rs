//! Conditions over a posture, and their three answers: it holds, it does not, nobody knows.
//!
//! Deliberately absent: what any field of a service is (`view`), and what would change it (`change`).

use plimsoll_posture::{Capability, Known, Reason};

use super::field::Field;
use super::version::{Range, Version};
use super::view::{Bind, Slot, Value, View};

/// A tree of questions.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    /// All of them.
    All(Vec<Self>),
    /// One of them.
    Any(Vec<Self>),
    /// The contrary.
    Not(Box<Self>),
    /// One question.
    Leaf(Leaf),
}

/// One question about one field.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    pub(crate) field: Field,
    pub(crate) test: Test,
}

/// What is asked of a field.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    /// It is one of these.
    In(Vec<Scalar>),
    /// It is none of these.
    NotIn(Vec<Scalar>),
    /// It is set, on, not empty.
    Truthy,
    /// The capability is in it.
    Holds(Capability),
    /// The value of another field is in it.
    HoldsField(Field),
    /// A version before this one.
    Below(Version),
    /// A version from the first to the last.
    Between(Version, Version),
    /// A version in one of these.
    Ranges(Vec<Range>),
    /// An entry matches one of these patterns.
    Glob(Vec<String>),
    /// A path of the host is mounted that is, or holds, one of these.
    BindCovers { paths: Vec<String>, writable: bool },
    /// A path of the host is mounted that is, or lies below, one of these; below some it depends on what the host runs there.
    BindWithin { paths: Vec<String>, perhaps: Vec<String>, writable: bool },
    /// One of these paths of the host is mounted.
    BindIs { paths: Vec<String>, writable: bool },
    /// It is mounted writable here, and by another service.
    Shared,
    /// The version's own advisory was not mended by the distribution, nor in a branch of its own.
    Unfixed { branches: Vec<Version> },
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scalar {
    Null,
    Flag(bool),
    Number(u64),
    Text(String),
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    False,
    Unknown,
    True,
}

impl Truth {
    pub(crate) fn of(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }

    /// Kleene's three-valued logic: the least of all is their conjunction, the greatest their disjunction.
    pub(crate) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    pub(crate) fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

/// The answer of a condition.
pub(crate) fn evaluate(condition: &Condition, view: &View<'_>) -> Truth {
    match condition {
        Condition::All(all) => {
            let mut truth = Truth::True;
            for inner in all {
                truth = truth.and(evaluate(inner, view));
                if truth == Truth::False {
                    break;
                }
            }
            truth
        }
        Condition::Any(any) => any.iter().fold(Truth::False, |truth, inner| truth.or(evaluate(inner, view))),
        Condition::Not(inner) => evaluate(inner, view).not(),
        Condition::Leaf(leaf) => answer(leaf, view).truth(),
    }
}

/// The answer of a question, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It does not hold.
    No,
    /// It holds for the field as a whole.
    Yes,
    /// It holds for these entries of a list.
    Items(Vec<usize>),
    /// Nobody knows.
    Open(Reason),
}

impl Answer {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    fn of_items(items: Vec<usize>, open: Option<&Reason>) -> Self {
        match (items.is_empty(), open) {
            (false, _) => Self::Items(items),
            (true, Some(reason)) => Self::Open(reason.clone()),
            (true, None) => Self::No,
        }
    }

    pub(crate) fn truth(&self) -> Truth {
        match self {
            Self::No => Truth::False,
            Self::Yes | Self::Items(_) => Truth::True,
            Self::Open(_) => Truth::Unknown,
        }
    }
}

/// Answers one question.
pub(crate) fn answer(leaf: &Leaf, view: &View<'_>) -> Answer {
    let slot = view.slot(leaf.field);
    let value = match &slot.value {
        Known::Value(value) => value,
        // A capability that is not even in the bounding set is not in the effective one, whoever it is.
        Known::Unknown(reason) => {
            return match (&leaf.test, &view.slot(Field::CapBnd).value) {
                (Test::Holds(capability), Known::Value(Value::Caps(set)))
                    if leaf.field == Field::CapEff && !set.contains(*capability) =>
                {
                    Answer::No
                }
                _ => Answer::Open(reason.clone()),
            };
        }
    };
    match &leaf.test {
        Test::In(wanted) => match value {
            Value::Items(list) => items(value, list.open.as_ref(), |text| {
                wanted.iter().any(|scalar| matches!(scalar, Scalar::Text(wanted) if wanted == text))
            }),
            Value::Version(_, text) => Answer::of(
                wanted.iter().any(|scalar| matches!(scalar, Scalar::Text(wanted) if wanted == text)),
            ),
            _ => Answer::of(wanted.iter().any(|scalar| is(value, scalar))),
        },
        Test::NotIn(refused) => Answer::of(!refused.iter().any(|scalar| is(value, scalar))),
        Test::Truthy => match value {
            Value::Items(list) => items(value, list.open.as_ref(), |_| true),
            _ => Answer::of(is_truthy(value)),
        },
        Test::Holds(capability) => Answer::of(matches!(value, Value::Caps(set) if set.contains(*capability))),
        Test::HoldsField(other) => holds_field(value, view.slot(*other)),
        Test::Below(end) => by_version(value, |version| version < end),
        Test::Between(first, last) => by_version(value, |version| version >= first && version <= last),
        Test::Ranges(ranges) => by_version(value, |version| ranges.iter().any(|range| range.holds(version))),
        Test::Glob(patterns) => match value {
            Value::Items(list) => {
                items(value, list.open.as_ref(), |text| patterns.iter().any(|pattern| glob(pattern, text)))
            }
            _ => Answer::No,
        },
        Test::BindCovers { paths, writable } => binds(value, *writable, |bind| {
            Truth::of(bind.is_of_host() && paths.iter().any(|path| is_below(path, &bind.path)))
        }),
        Test::BindIs { paths, writable } => {
            binds(value, *writable, |bind| Truth::of(bind.is_of_host() && paths.contains(&bind.path)))
        }
        Test::BindWithin { paths, perhaps, writable } => binds(value, *writable, |bind| {
            if !bind.is_of_host() || bind.harmless {
                return Truth::False;
            }
            let within = |path: &String| is_within(&bind.path, path);
            if !paths.iter().any(within) {
                Truth::False
            } else if perhaps.iter().any(|path| within(path) && *path != bind.path) {
                Truth::Unknown
            } else {
                Truth::True
            }
        }),
        Test::Shared => binds(value, true, |bind| Truth::of(bind.shared_with.is_some())),
        Test::Unfixed { branches } => unfixed(leaf.field, value, branches),
    }
}

/// Whether a distribution mended it is known of what nobody repackaged only, and of a kernel never: its stable branches
/// carry what mends it as well.
fn unfixed(field: Field, value: &Value<'_>, branches: &[Version]) -> Answer {
    let Value::Version(Some(version), _) = value else {
        return Answer::of(false);
    };
    if branches.iter().any(|fixed| version.is_mended_by(fixed)) {
        return Answer::No;
    }
    if version.foreign {
        return Answer::Open(Reason::NeedsEngine("what the distribution mended in this version"));
    }
    if field == Field::HostKernel && branches.is_empty() {
        return Answer::Open(Reason::NeedsEngine("what the kernel's stable branch mended"));
    }
    Answer::Yes
}

fn is(value: &Value<'_>, scalar: &Scalar) -> bool {
    match (value, scalar) {
        (Value::Null, Scalar::Null) => true,
        (Value::Flag(own), Scalar::Flag(other)) => own == other,
        (Value::Number(own), Scalar::Number(other)) => own == other,
        (Value::Text(own), Scalar::Text(other)) => own == other,
        _ => false,
    }
}

fn is_truthy(value: &Value<'_>) -> bool {
    match value {
        Value::Null => false,
        Value::Flag(flag) => *flag,
        Value::Number(number) => *number != 0,
        Value::Text(text) => !text.is_empty(),
        Value::Version(..) => true,
        Value::Caps(set) => !set.is_empty(),
        Value::Items(list) => !list.all.is_empty(),
        Value::Binds(list) => !list.all.is_empty(),
    }
}

fn by_version(value: &Value<'_>, holds: impl Fn(&Version) -> bool) -> Answer {
    match value {
        Value::Version(Some(version), _) => Answer::of(holds(version)),
        Value::Version(None, text) => Answer::Open(Reason::NotUnderstood(text.as_ref().into())),
        _ => Answer::No,
    }
}

fn items(value: &Value<'_>, open: Option<&Reason>, holds: impl Fn(&str) -> bool) -> Answer {
    let Value::Items(list) = value else { return Answer::No };
    let found = list.all.iter().enumerate().filter(|(_, item)| holds(&item.text)).map(|(at, _)| at);
    Answer::of_items(found.collect(), open)
}

fn holds_field(value: &Value<'_>, other: &Slot<'_>) -> Answer {
    let Value::Items(list) = value else { return Answer::No };
    if list.all.is_empty() && list.open.is_none() {
        return Answer::No;
    }
    match &other.value {
        Known::Value(Value::Number(number)) => {
            let number = number.to_string();
            items(value, list.open.as_ref(), |text| text == number)
        }
        Known::Value(_) => Answer::No,
        Known::Unknown(reason) => Answer::Open(reason.clone()),
    }
}

fn binds(value: &Value<'_>, writable: bool, holds: impl Fn(&Bind<'_>) -> Truth) -> Answer {
    let Value::Binds(list) = value else { return Answer::No };
    let mut found = Vec::new();
    let mut open: Option<Reason> = None;
    for (at, bind) in list.all.iter().enumerate() {
        let (may_write, why) = match &bind.writable {
            Known::Value(yes) => (Truth::of(*yes), None),
            Known::Unknown(reason) => (Truth::Unknown, Some(reason)),
        };
        let may_write = if writable { may_write } else { Truth::True };
        match holds(bind).and(may_write) {
            Truth::True => found.push(at),
            Truth::False => {}
            Truth::Unknown => {
                let own = || Reason::NeedsEngine("what lies in the mounted directory");
                open = open.or_else(|| Some(why.filter(|_| writable).cloned().unwrap_or_else(own)));
            }
        }
    }
    let unknown = list.open.iter().find(|(_, may)| !writable || **may != Known::Value(false));
    Answer::of_items(found, open.as_ref().or(unknown.map(|(reason, _)| *reason)))
}

/// Whether `path` is `parent` or lies below it.
fn is_below(path: &str, parent: &str) -> bool {
    match path.strip_prefix(parent) {
        Some(rest) => rest.is_empty() || rest.starts_with('/') || parent.ends_with('/'),
        None => false,
    }
}

/// The same with `*` for one part of the parent.
fn is_within(path: &str, parent: &str) -> bool {
    if !parent.contains('*') {
        return is_below(path, parent);
    }
    let mut parts = path.split('/');
    parent
        .split('/')
        .all(|wanted| parts.next().is_some_and(|part| wanted == part || wanted == "*" && !part.is_empty()))
}

/// Whether a text matches a pattern in which `*` stands for anything.
fn glob(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for piece in pieces {
        if let Some(before) = last.replace(piece) {
            let Some(at) = rest.find(before) else { return false };
            rest = rest.get(at + str::len(before)..).unwrap_or_default();
        }
    }
    match last {
        None => rest.is_empty(),
        Some(end) => rest.ends_with(end),
    }
}

#[cfg(test)]
#[path = "condition_tests.rs"]
mod tests;

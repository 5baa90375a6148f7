//! What is known of the variables at a point of a script: whether a value can hold what the shell splits or matches.
//!
//! Deliberately absent: the values themselves.

/// What a text holds, as far as splitting is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing: unquoted, it is no word at all.
    Empty,
    /// Neither spaces nor pattern characters.
    Plain,
    /// Perhaps anything.
    Wild,
}

impl Content {
    /// The content of a literal.
    pub(super) fn of(text: &str) -> Self {
        match text {
            "" => Self::Empty,
            _ if text.contains([' ', '\t', '\n', '*', '?', '[']) => Self::Wild,
            _ => Self::Plain,
        }
    }

    /// One after the other.
    pub(super) fn then(self, next: Self) -> Self {
        match (self, next) {
            (Self::Empty, other) | (other, Self::Empty) => other,
            (Self::Plain, Self::Plain) => Self::Plain,
            _ => Self::Wild,
        }
    }

    /// One or the other.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, two) if one == two => one,
            (Self::Empty, other) | (other, Self::Empty) => other,
            _ => Self::Wild,
        }
    }
}

/// What the world around a script says of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declared {
    /// Nothing sets it.
    No,
    /// It is set; the value is not known, or is empty.
    Open,
    /// It is set to a text that is not empty.
    Filled,
}

/// More variables than this are not followed in one script.
const MAX_FOLLOWED: usize = 64;

/// The variables that a script has set up to some point.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Variables<'a> {
    set: Vec<Variable<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Variable<'a> {
    name: &'a str,
    content: Content,
    integer: bool,
}

impl<'a> Variables<'a> {
    /// The content of a variable that the script has set.
    pub(super) fn get(&self, name: &str) -> Option<Content> {
        self.set.iter().find(|variable| variable.name == name).map(|variable| variable.content)
    }

    /// Gives a variable a value. What is declared an integer stays one.
    pub(super) fn set(&mut self, name: &'a str, content: Content) {
        if let Some(known) = self.set.iter_mut().find(|variable| variable.name == name) {
            known.content = if known.integer { Content::Plain } else { content };
        } else if self.set.len() < MAX_FOLLOWED {
            self.set.push(Variable { name, content, integer: false });
        }
    }

    /// `declare -i`.
    pub(super) fn set_integer(&mut self, name: &'a str) {
        self.set(name, Content::Plain);
        if let Some(known) = self.set.iter_mut().find(|variable| variable.name == name) {
            known.integer = true;
        }
    }

    /// What holds where two ways meet; `untold` is what a variable holds that one of them has not set.
    pub(super) fn join(mut self, other: &Self, untold: &dyn Fn(&str) -> Content) -> Self {
        if self == *other {
            return self;
        }
        for known in &mut self.set {
            let there = other.get(known.name).unwrap_or_else(|| untold(known.name));
            known.content = known.content.or(there);
        }
        for theirs in &other.set {
            if self.get(theirs.name).is_none() && self.set.len() < MAX_FOLLOWED {
                let content = theirs.content.or(untold(theirs.name));
                self.set.push(Variable { content, ..*theirs });
            }
        }
        self
    }

    /// Whether no more variables can be followed, so that nothing can be said of one that is not among them.
    pub(super) fn is_full(&self) -> bool {
        self.set.len() >= MAX_FOLLOWED
    }
}

/// Variables that the shell keeps free of spaces.
pub(super) fn is_kept_plain(name: &str) -> bool {
    const PLAIN: &[&str] = &[
        "$",
        "-",
        "?",
        "!",
        "#",
        "BASHPID",
        "EUID",
        "LINENO",
        "OPTIND",
        "PPID",
        "RANDOM",
        "SECONDS",
        "SHELLOPTS",
        "SHLVL",
        "UID",
        "EPOCHSECONDS",
        "EPOCHREALTIME",
        "SRANDOM",
        "COLUMNS",
        "LINES",
    ];
    PLAIN.contains(&name)
}

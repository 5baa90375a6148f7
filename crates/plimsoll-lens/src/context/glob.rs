//! One pattern of an ignore file, matched as moby/patternmatcher does on Linux.
//!
//! The pattern language is Go's `filepath.Match` (`*` and `?` stop at `/`, `[a-z]`, `\` escapes) plus `**`.
//! Matching is linear in pattern times path: a hostile pattern cannot make it explode.

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// No wildcard: the path itself.
    Exact(String),
    /// `text**`: whatever starts with the text.
    Prefix(String),
    /// `**text`: whatever ends with the text; `**/name` also the name alone.
    Suffix(String),
    Tokens(Vec<Token>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    One(char),
    /// `?`: any character but `/`.
    Any,
    /// `*`: any run without `/`.
    Run,
    /// `**` in front of something: nothing, or anything that ends with `/`.
    Folders,
    /// `**` at the end: anything.
    Rest,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Glob {
    /// Compiles a cleaned pattern; `None` where `filepath.Match` calls it malformed.
    pub(crate) fn compile(pattern: &str) -> Option<Self> {
        let characters: Vec<char> = pattern.chars().collect();
        let mut tokens = Vec::new();
        let mut form = Kind::Exact;
        let mut at = 0;
        while let Some(&character) = characters.get(at) {
            let first = at == 0;
            at += 1;
            match character {
                '*' if characters.get(at) == Some(&'*') => {
                    at += 1;
                    if characters.get(at) == Some(&'/') {
                        at += 1;
                    }
                    if at < characters.len() {
                        tokens.push(Token::Folders);
                        form = Kind::Tokens;
                    } else if form == Kind::Exact {
                        form = Kind::Prefix;
                    } else {
                        tokens.push(Token::Rest);
                        form = Kind::Tokens;
                    }
                    if first {
                        form = Kind::Suffix;
                    }
                }
                '*' => {
                    tokens.push(Token::Run);
                    form = Kind::Tokens;
                }
                '?' => {
                    tokens.push(Token::Any);
                    form = Kind::Tokens;
                }
                '\\' => {
                    tokens.push(Token::One(*characters.get(at)?));
                    at += 1;
                    form = Kind::Tokens;
                }
                '[' => {
                    let (class, end) = class(&characters, at)?;
                    tokens.push(class);
                    at = end;
                    form = Kind::Tokens;
                }
                ']' => {
                    tokens.push(Token::One(']'));
                    form = Kind::Tokens;
                }
                other => tokens.push(Token::One(other)),
            }
        }
        Some(Self(match form {
            Kind::Exact => Form::Exact(pattern.to_owned()),
            Kind::Prefix => Form::Prefix(before_stars(pattern).to_owned()),
            Kind::Suffix => Form::Suffix(pattern.strip_prefix("**").unwrap_or(pattern).to_owned()),
            Kind::Tokens => Form::Tokens(tokens),
        }))
    }

    /// Whether the pattern matches the whole path (relative, `/`, no leading `./`).
    pub(crate) fn matches(&self, path: &str) -> bool {
        match &self.0 {
            Form::Exact(text) => path == text,
            Form::Prefix(text) => path.starts_with(text.as_str()),
            Form::Suffix(text) => path.ends_with(text.as_str()) || text.strip_prefix('/') == Some(path),
            Form::Tokens(tokens) => walk(tokens, path),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Exact,
    Prefix,
    Suffix,
    Tokens,
}

fn before_stars(pattern: &str) -> &str {
    pattern.strip_suffix("**").unwrap_or(pattern)
}

/// Reads a class after its `[`; returns it and the position after its `]`.
fn class(characters: &[char], mut at: usize) -> Option<(Token, usize)> {
    let negated = characters.get(at) == Some(&'^');
    if negated {
        at += 1;
    }
    let mut ranges = Vec::new();
    loop {
        if characters.get(at) == Some(&']') && !ranges.is_empty() {
            return Some((Token::Class { negated, ranges }, at + 1));
        }
        let (low, next) = class_character(characters, at)?;
        at = next;
        let mut high = low;
        if characters.get(at) == Some(&'-') {
            (high, at) = class_character(characters, at + 1)?;
        }
        if high < low {
            return None;
        }
        ranges.push((low, high));
    }
}

fn class_character(characters: &[char], at: usize) -> Option<(char, usize)> {
    match characters.get(at)? {
        '-' | ']' => None,
        '\\' => Some((*characters.get(at + 1)?, at + 2)),
        other => Some((*other, at + 1)),
    }
}

/// Advances the set of reachable positions token by token.
fn walk(tokens: &[Token], path: &str) -> bool {
    let characters: Vec<char> = path.chars().collect();
    let mut here = vec![false; characters.len() + 1];
    if let Some(start) = here.first_mut() {
        *start = true;
    }
    for token in tokens {
        let mut next = vec![false; here.len()];
        let mut running = false;
        for (at, reached) in here.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| characters.get(at));
            match token {
                Token::Run => {
                    running = *reached || running && before != Some(&'/');
                    next[at] = running;
                }
                Token::Rest => {
                    running |= *reached;
                    next[at] = running;
                }
                Token::Folders => {
                    next[at] = *reached || running && before == Some(&'/');
                    running |= *reached;
                }
                Token::One(_) | Token::Any | Token::Class { .. } => {
                    let stands = characters.get(at).is_some_and(|character| token.takes(*character));
                    if let Some(slot) = next.get_mut(at + 1).filter(|_| *reached && stands) {
                        *slot = true;
                    }
                }
            }
        }
        here = next;
    }
    here.last().copied().unwrap_or(false)
}

impl Token {
    fn takes(&self, character: char) -> bool {
        match self {
            Self::One(own) => *own == character,
            Self::Any => character != '/',
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *negated
            }
            Self::Run | Self::Folders | Self::Rest => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values: read off the regular expressions that patternmatcher builds for each pattern.
    #[test]
    fn wildcards_follow_patternmatcher() {
        let table: &[(&str, &[&str], &[&str])] = &[
            ("a.js", &["a.js"], &["aXjs", "b/a.js"]),
            ("*.js", &["a.js", ".js"], &["b/a.js", "a.jsx"]),
            ("*/a.js", &["b/a.js"], &["a.js", "c/b/a.js"]),
            ("a?c", &["abc", "aäc"], &["a/c", "ac"]),
            ("**/a.js", &["a.js", "b/a.js", "c/b/a.js"], &["xa.js/b"]),
            ("**", &["a", "a/b"], &[]),
            ("**/*.pem", &["x.pem", "a/b/x.pem"], &["x.pem/a"]),
            ("a/**", &["a/b", "a/b/c"], &["a", "ab"]),
            ("a**", &["a", "ab", "ab/c"], &["b"]),
            ("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["a/xb", "ab"]),
            ("**/a/**", &["a/b", "x/a/b/c"], &["a", "x/a"]),
            ("[a-c]x", &["ax", "cx"], &["dx", "x"]),
            ("[^a-c]x", &["dx"], &["ax"]),
            ("\\*x", &["*x"], &["ax"]),
            ("a]b", &["a]b"], &["ab"]),
            ("(a|b)+", &["(a|b)+"], &["a"]),
        ];
        for (pattern, yes, no) in table {
            let glob = Glob::compile(pattern).unwrap();
            for path in *yes {
                assert!(glob.matches(path), "{pattern} should match {path}");
            }
            for path in *no {
                assert!(!glob.matches(path), "{pattern} should not match {path}");
            }
        }
    }

    #[test]
    fn malformed_patterns_are_refused_as_go_refuses_them() {
        for pattern in ["[", "[]a]", "[a", "[-a]", "[a-]", "a\\", "[z-a]", "[^]"] {
            assert_eq!(Glob::compile(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let glob = Glob::compile(&"*a".repeat(200)).unwrap();
        assert!(!glob.matches(&"a".repeat(199)));
        assert!(glob.matches(&"a".repeat(200)));
    }
}

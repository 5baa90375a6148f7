//! Alpine's order: `digits{.digits}[letter]{_suffix[number]}[-rN]`, token by token.
//!
//! A component after the first that starts with zeros is compared by them first. What breaks the grammar ends the
//! comparison there, and is less than what does not, as the newest apk-tools have it; older ones order a few such texts
//! differently.

use std::cmp::Ordering;

/// What stands before a version without suffix, lowest first.
const BEFORE: [&[u8]; 4] = [b"alpha", b"beta", b"pre", b"rc"];
/// What stands after it.
const AFTER: [&[u8]; 5] = [b"cvs", b"svn", b"git", b"hg", b"p"];

/// Compares two versions as `apk version -t` does.
#[must_use]
pub fn compare(a: &str, b: &str) -> Ordering {
    let mut a = Reader { rest: a.trim().as_bytes(), next: Token::Digit };
    let mut b = Reader { rest: b.trim().as_bytes(), next: Token::Digit };
    loop {
        let values = a.value().cmp(&b.value());
        if values.is_ne() {
            return values;
        }
        if a.next != b.next || matches!(a.next, Token::End | Token::Invalid) {
            break;
        }
    }
    if a.next == b.next {
        return Ordering::Equal;
    }
    // The longer one is the later, unless what follows is a suffix of a version yet to come.
    let (left, right) = (a.next, b.next);
    if left == Token::Suffix && a.value() < 0 {
        return Ordering::Less;
    }
    if right == Token::Suffix && b.value() < 0 {
        return Ordering::Greater;
    }
    right.cmp(&left)
}

/// What may come next; of two versions that are equal so far, the one with the earlier kind is the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    DigitOrZero,
    Digit,
    Letter,
    Suffix,
    SuffixNumber,
    Revision,
    End,
    Invalid,
}

struct Reader<'a> {
    rest: &'a [u8],
    next: Token,
}

impl Reader<'_> {
    /// The value of the next token; afterwards `next` is the kind of the one that follows.
    fn value(&mut self) -> i64 {
        let Some(&first) = self.rest.first() else {
            self.next = Token::End;
            return 0;
        };
        let (value, length, then) = match self.next {
            Token::DigitOrZero if first == b'0' => {
                let zeros = self.rest.iter().take_while(|&&byte| byte == b'0').count();
                (-i64::try_from(zeros).unwrap_or(i64::MAX), zeros, Some(Token::Digit))
            }
            Token::DigitOrZero | Token::Digit | Token::SuffixNumber | Token::Revision => {
                let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let value = self.rest.iter().take(digits).fold(0_i64, |value, byte| {
                    value.saturating_mul(10).saturating_add(i64::from(byte - b'0'))
                });
                (value, digits, None)
            }
            Token::Letter => (i64::from(first), 1, None),
            Token::Suffix => {
                let named = |names: &[&[u8]]| names.iter().position(|name| self.rest.starts_with(name));
                match (named(&BEFORE), named(&AFTER)) {
                    (Some(at), _) => (at as i64 - BEFORE.len() as i64, BEFORE[at].len(), None),
                    (None, Some(at)) => (at as i64, AFTER[at].len(), None),
                    (None, None) => {
                        self.next = Token::Invalid;
                        return -1;
                    }
                }
            }
            Token::Invalid | Token::End => {
                self.next = Token::Invalid;
                return -1;
            }
        };
        self.skip(length);
        match then {
            _ if self.rest.is_empty() => self.next = Token::End,
            Some(then) => self.next = then,
            None => self.advance(),
        }
        value
    }

    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or(&[]);
    }

    fn announces_revision(&self) -> bool {
        self.rest.get(1) == Some(&b'r') && !self.rest.get(2).is_some_and(u8::is_ascii_alphabetic)
    }

    /// Finds the kind of the next token and goes over what announces it.
    fn advance(&mut self) {
        let last = self.next;
        let first = self.rest.first().copied().unwrap_or(0);
        let next = match first {
            b'a'..=b'z' if matches!(last, Token::Digit | Token::DigitOrZero) => Token::Letter,
            b'0'..=b'9' if last == Token::Letter => Token::Digit,
            b'0'..=b'9' if last == Token::Suffix => Token::SuffixNumber,
            _ => {
                let next = match first {
                    b'.' => Token::DigitOrZero,
                    b'_' => Token::Suffix,
                    b'-' if self.announces_revision() => {
                        self.skip(1);
                        Token::Revision
                    }
                    _ => Token::Invalid,
                };
                self.skip(1);
                next
            }
        };
        let back = matches!(
            (next, last),
            (Token::DigitOrZero, Token::Digit)
                | (Token::Suffix, Token::SuffixNumber)
                | (Token::Digit, Token::Letter)
        );
        self.next = if next < last && !back { Token::Invalid } else { next };
    }
}

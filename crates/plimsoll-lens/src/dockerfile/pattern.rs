//! Shell patterns in `${name#pattern}`, `${name%pattern}` and `${name/pattern/text}`: `*` and `?`, no brackets.

/// A pattern against a value beyond this many steps is refused.
const MAX_WORK: usize = 1 << 22;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Star,
    One,
    Char(char),
}

fn tokens(pattern: &str) -> Result<Vec<Token>, &'static str> {
    let mut out = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(ch) = chars.next() {
        out.push(match ch {
            '*' => Token::Star,
            '?' => Token::One,
            '\\' => match chars.next() {
                Some(escaped @ ('*' | '?' | '\\' | '/' | '}')) => Token::Char(escaped),
                _ => return Err("invalid escape in a pattern"),
            },
            other => Token::Char(other),
        });
    }
    Ok(out)
}

/// Every length (in characters) of a prefix of `text` that the pattern matches, ascending.
fn matches(tokens: &[Token], text: &[char]) -> Vec<usize> {
    let mut reached = vec![false; text.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for token in tokens {
        match token {
            Token::Star => {
                let mut open = false;
                for state in &mut reached {
                    open |= *state;
                    *state = open;
                }
            }
            _ => {
                let mut next = vec![false; text.len() + 1];
                for ((&now, target), ch) in reached.iter().zip(next.iter_mut().skip(1)).zip(text) {
                    *target = now && (*token == Token::One || *token == Token::Char(*ch));
                }
                reached = next;
            }
        }
    }
    reached.iter().enumerate().filter(|(_, reached)| **reached).map(|(length, _)| length).collect()
}

fn prepare(value: &str, pattern: &str) -> Result<(Vec<Token>, Vec<char>), &'static str> {
    if value.len().saturating_mul(pattern.len() + 1) > MAX_WORK {
        return Err("a pattern is too long for its value");
    }
    Ok((tokens(pattern)?, value.chars().collect()))
}

fn byte_at(value: &str, chars: usize) -> usize {
    value.char_indices().nth(chars).map_or(value.len(), |(at, _)| at)
}

/// `value` without the shortest or longest prefix that matches.
pub(super) fn trim_start<'a>(value: &'a str, pattern: &str, longest: bool) -> Result<&'a str, &'static str> {
    let (tokens, chars) = prepare(value, pattern)?;
    let found = matches(&tokens, &chars);
    let length = if longest { found.last() } else { found.first() };
    Ok(length.and_then(|&length| value.get(byte_at(value, length)..)).unwrap_or(value))
}

/// `value` without the shortest or longest suffix that matches.
pub(super) fn trim_end<'a>(value: &'a str, pattern: &str, longest: bool) -> Result<&'a str, &'static str> {
    let (mut tokens, mut chars) = prepare(value, pattern)?;
    tokens.reverse();
    chars.reverse();
    let found = matches(&tokens, &chars);
    let length = if longest { found.last() } else { found.first() };
    Ok(length.and_then(|&length| value.get(..byte_at(value, chars.len() - length))).unwrap_or(value))
}

/// `value` with the first match, or all, replaced; matches are as long as can be.
pub(super) fn replace(
    value: &str,
    pattern: &str,
    replacement: &str,
    all: bool,
) -> Result<String, &'static str> {
    let (tokens, chars) = prepare(value, pattern)?;
    if chars.len().saturating_mul(chars.len()).saturating_mul(tokens.len() + 1) > MAX_WORK {
        return Err("a pattern is too long for its value");
    }
    let mut out = String::with_capacity(value.len());
    let mut at = 0;
    let mut done = false;
    while at <= chars.len() {
        let rest = chars.get(at..).unwrap_or(&[]);
        let found = if done && !all { None } else { matches(&tokens, rest).last().copied() };
        match found {
            Some(length) => {
                out.push_str(replacement);
                done = true;
                if length == 0 {
                    out.extend(rest.first());
                    at += 1;
                } else {
                    at += length;
                    // A match that ends with the value is the last one.
                    if at == chars.len() {
                        break;
                    }
                }
            }
            None => {
                out.extend(rest.first());
                at += 1;
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The examples of the Dockerfile reference, section "Environment replacement".
    #[test]
    fn the_examples_of_the_reference() {
        assert_eq!(trim_start("foobarbaz", "f*b", false), Ok("arbaz"));
        assert_eq!(trim_start("foobarbaz", "f*b", true), Ok("az"));
        assert_eq!(trim_end("foobarbaz", "b*", false), Ok("foobar"));
        assert_eq!(trim_end("foobarbaz", "b*", true), Ok("foo"));
        assert_eq!(replace("foobarbaz", "ba", "fo", false).as_deref(), Ok("fooforbaz"));
        assert_eq!(replace("foobarbaz", "ba", "fo", true).as_deref(), Ok("fooforfoz"));
    }

    #[test]
    fn nothing_matched_is_nothing_changed() {
        assert_eq!(trim_start("1.2.3", "v", false), Ok("1.2.3"));
        assert_eq!(trim_end("1.2.3", ".*", false), Ok("1.2"));
        assert_eq!(trim_end("1.2.3", ".*", true), Ok("1"));
        assert_eq!(trim_start("a/b", "*\\/", false), Ok("b"));
        assert!(trim_start("a", "\\x", false).is_err());
    }
}

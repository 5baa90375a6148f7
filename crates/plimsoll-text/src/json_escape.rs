//! What stands behind a backslash in a JSON string (RFC 8259, section 7).
//!
//! Deliberately absent: the string around it. Readers differ in what they keep and in what they forgive; they do not
//! differ here.

/// The character that the text behind a backslash stands for, and the bytes that say so. `None` at the end of the text.
///
/// What JSON does not know stands for itself; half of a surrogate pair is U+FFFD.
#[must_use]
pub fn unescaped(rest: &str) -> Option<(char, usize)> {
    let character = rest.chars().next()?;
    let plain = match character {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'u' => {
            let (character, length) = unicode(rest.get(1..).unwrap_or(""));
            return Some((character, 1 + length));
        }
        other => other,
    };
    Some((plain, character.len_utf8()))
}

/// The character of the digits behind `\u`, with its second half where it is one of a pair.
fn unicode(text: &str) -> (char, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let Some(first) = unit(0) else { return (char::REPLACEMENT_CHARACTER, 0) };
    let pair = (0xd800..0xdc00).contains(&first) && text.get(4..).is_some_and(|rest| rest.starts_with("\\u"));
    let second = if pair { unit(6) } else { None };
    let length = match (pair, second) {
        (false, _) => 4,
        (true, None) => 6,
        (true, Some(_)) => 10,
    };
    let decoded = char::decode_utf16([first].into_iter().chain(second)).next();
    (decoded.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_the_standard_and_what_is_none() {
        for (rest, expected) in [
            ("n", Some(('\n', 1))),
            ("\"x", Some(('"', 1))),
            ("/", Some(('/', 1))),
            ("é", Some(('é', 2))),
            ("u00e9z", Some(('é', 5))),
            ("ud83d\\ude00", Some(('😀', 11))),
            ("ud83d", Some(('\u{fffd}', 5))),
            ("ud83d\\n", Some(('\u{fffd}', 5))),
            ("ud83d\\u", Some(('\u{fffd}', 7))),
            ("ude00", Some(('\u{fffd}', 5))),
            ("u12", Some(('\u{fffd}', 1))),
            ("u12é4", Some(('\u{fffd}', 1))),
            ("", None),
        ] {
            assert_eq!(unescaped(rest), expected, "{rest}");
        }
    }
}

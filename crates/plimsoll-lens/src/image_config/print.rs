//! Lays JSON out over lines, so that a place in it has a line that people can read.
//!
//! Only white space between tokens changes; broken JSON comes out as it went in, but for white space. Deliberately absent: any
//! understanding.

/// Nesting beyond this is not indented further.
const MAX_INDENT: usize = 32;

/// The same document with one member or item a line; empty lists and objects stay together.
pub(super) fn laid_out(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 5 / 4);
    let mut depth = 0_usize;
    let mut chars = text.char_indices().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        (0..depth.min(MAX_INDENT)).for_each(|_| out.push_str("  "));
    };
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                let mut end = text.len();
                let mut escaped = false;
                for (next, c) in chars.by_ref() {
                    match c {
                        _ if escaped => escaped = false,
                        '\\' => escaped = true,
                        '"' => {
                            end = next + 1;
                            break;
                        }
                        _ => {}
                    }
                }
                out.push_str(text.get(at..end).unwrap_or_default());
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if(|(_, c)| c.is_ascii_whitespace()).is_some() {}
                let close = if c == '{' { '}' } else { ']' };
                if chars.next_if(|(_, next)| *next == close).is_some() {
                    out.push(close);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::laid_out;

    #[test]
    fn members_have_lines_of_their_own() {
        let text = r#"{"a":{"b":[1,"x, {y}: \"z"],"c":{},"d":[ ]}, "e":null}"#;
        let expected = "{\n  \"a\": {\n    \"b\": [\n      1,\n      \"x, {y}: \\\"z\"\n    ],\n    \"c\": {},\n    \"d\": []\n  },\n  \"e\": null\n}\n";
        assert_eq!(laid_out(text), expected);
        assert_eq!(laid_out(expected), expected);
        assert_eq!(laid_out("]\"a"), "\n]\"a\n");
    }
}

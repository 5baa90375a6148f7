//! Words of a command that is written as one text.
//!
//! The splitting is that of Compose, which is not that of a shell: it stops at the first `;`, `&`, `|`, `<` or `>` outside
//! of quotes, and knows no expansion.

use super::tree::{Node, Text, Value};

/// Makes a list of words of a text; `false`, and nothing done, when a quote or bracket is not closed.
pub(super) fn split(node: &mut Node) -> bool {
    let Some(text) = node.as_text().map(|text| text.text.clone()) else { return true };
    let Some(words) = ranges(&text) else { return false };
    let items = words
        .into_iter()
        .map(|(start, end, word)| {
            let mut item = node.part(start, end);
            if let Value::Text(own) = &mut item.value
                && *own.text != *word
            {
                *own = Text { text: word.into(), pieces: Vec::new(), ..std::mem::take(own) };
            }
            item
        })
        .collect();
    node.written = node.as_text().cloned().map(std::sync::Arc::new);
    node.value = Value::List(items);
    true
}

#[derive(Default)]
struct State {
    single: bool,
    double: bool,
    back: bool,
    dollar: bool,
    escaped: bool,
}

impl State {
    fn quoted(&self) -> bool {
        self.single || self.double || self.back || self.dollar
    }
}

/// Start, end and decoded text of each word.
fn ranges(text: &str) -> Option<Vec<(usize, usize, String)>> {
    let mut words = Vec::new();
    let mut state = State::default();
    let mut word = String::new();
    let mut start: Option<usize> = None;
    let mut got = false;
    let mut stopped = false;
    for (at, c) in text.char_indices() {
        if state.escaped {
            word.push(c);
            state.escaped = false;
            got = true;
            continue;
        }
        if matches!(c, ' ' | '\t' | '\r' | '\n') && !state.quoted() {
            if got {
                words.push((start.unwrap_or(at), at, std::mem::take(&mut word)));
            }
            word.clear();
            got = false;
            start = None;
            continue;
        }
        start.get_or_insert(at);
        match c {
            '\\' if !state.single => {
                state.escaped = true;
                continue;
            }
            '`' if !state.single && !state.double && !state.dollar => state.back = !state.back,
            ')' if !state.single && !state.double && !state.back => state.dollar = !state.dollar,
            '(' if !state.single && !state.double && !state.back => {
                if state.dollar || !word.ends_with('$') {
                    return None;
                }
                state.dollar = true;
                word.push('(');
                continue;
            }
            '"' if !state.single && !state.dollar => {
                got |= state.double;
                state.double = !state.double;
                continue;
            }
            '\'' if !state.double && !state.dollar => {
                got |= state.single;
                state.single = !state.single;
                continue;
            }
            ';' | '&' | '|' | '<' | '>' if !state.quoted() => {
                // `2>` takes the number with it.
                if c == '>' && word.starts_with(|first: char| first.is_ascii_digit()) {
                    got = false;
                }
                if got {
                    words.push((start.unwrap_or(at), at, std::mem::take(&mut word)));
                }
                stopped = true;
            }
            _ => {}
        }
        if stopped {
            break;
        }
        got = true;
        word.push(c);
    }
    if !stopped && got {
        words.push((start.unwrap_or(0), text.len(), word));
    }
    (!state.escaped && !state.quoted()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Option<Vec<String>> {
        ranges(text).map(|words| words.into_iter().map(|(_, _, word)| word).collect())
    }

    // Expected values: what `config` of Compose 2.26 prints for these commands.
    #[test]
    fn splits_as_compose_does() {
        let cases: [(&str, &[&str]); 7] = [
            (r#"a "b c" d > e"#, &["a", "b c", "d"]),
            ("sh -c 'x && y'", &["sh", "-c", "x && y"]),
            (r"a\ b c", &["a b", "c"]),
            ("run 2>&1", &["run"]),
            ("echo $(date +%s)", &["echo", "$(date +%s)"]),
            ("a '' b", &["a", "", "b"]),
            ("", &[]),
        ];
        for (text, want) in cases {
            assert_eq!(words(text).unwrap(), want, "{text}");
        }
        assert_eq!(words("a 'b"), None);
        assert_eq!(words("f(x)"), None);
    }
}

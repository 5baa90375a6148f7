//! Prints how each Dockerfile named on standard input (one path per line) parses, one JSON object per line, for
//! `bench/accuracy/dockerfile_syntax.py`.

use std::fmt::Write as _;
use std::io::{BufRead, Write as _};

use plimsoll_lens::dockerfile::{Arguments, Instruction, Keyword, parse};

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for path in std::io::stdin().lock().lines() {
        let path = path?;
        let bytes = std::fs::read(&path)?;
        let text = String::from_utf8_lossy(&bytes);
        let document = parse(&text);
        let faults: Vec<&str> =
            document.faults().filter(|fault| fault.fatal).map(|fault| fault.code).collect();
        let mut json = format!("{{\"path\": {}, \"faults\": {}", quote(&path), list(faults));
        json.push_str(", \"instructions\": [");
        let mut line = 1;
        let mut counted = 0;
        for (index, instruction) in document.instructions().enumerate() {
            let node = document.nodes.iter().find(|node| node.range.contains(&instruction.range.start));
            // BuildKit counts an instruction that begins with a continuation from that line on.
            let start = node.map_or(instruction.range.start, |node| node.range.start);
            line += text.get(counted..start).map_or(0, |text| text.matches('\n').count());
            counted = start;
            let separator = if index == 0 { "" } else { ", " };
            let _ = write!(json, "{separator}{}", instruction_json(instruction, line));
        }
        json.push_str("]}");
        writeln!(out, "{json}")?;
    }
    out.flush()
}

fn instruction_json(instruction: &Instruction, line: usize) -> String {
    let (flags, value, json, sub) = match &instruction.arguments {
        Arguments::Trigger(trigger) => {
            let (value, json) = values(trigger);
            (&trigger.flags, value, json, Some(keyword(trigger)))
        }
        _ => {
            let (value, json) = values(instruction);
            (&instruction.flags, value, json, None)
        }
    };
    let heredocs = instruction.heredocs.iter().map(|heredoc| heredoc.name.as_str());
    format!(
        "{{\"cmd\": {}, \"sub\": {}, \"line\": {line}, \"json\": {json}, \"flags\": {}, \"value\": {}, \
         \"heredocs\": {}}}",
        quote(&keyword(instruction)),
        sub.map_or_else(|| "null".to_owned(), |sub| quote(&sub)),
        list(flags.iter().map(|flag| flag.text.as_str())),
        list(value),
        list(heredocs),
    )
}

fn keyword(instruction: &Instruction) -> String {
    match instruction.keyword {
        Keyword::Unknown => "?".to_owned(),
        known => known.name().to_owned(),
    }
}

fn values(instruction: &Instruction) -> (Vec<&str>, bool) {
    match &instruction.arguments {
        Arguments::None | Arguments::Trigger(_) => (Vec::new(), false),
        Arguments::Text(word) => (vec![&word.text], false),
        Arguments::Words(words) => (words.iter().map(|word| word.text.as_str()).collect(), false),
        Arguments::Exec(words) => (words.iter().map(|word| word.text.as_str()).collect(), true),
        Arguments::Pairs(pairs) => {
            (pairs.iter().flat_map(|pair| [pair.key.text.as_str(), &pair.value.text]).collect(), false)
        }
        Arguments::Definitions(definitions) => (
            definitions
                .iter()
                .map(|definition| {
                    let start = definition.name.line.start;
                    let end =
                        definition.default.as_ref().map_or(definition.name.line.end, |value| value.line.end);
                    instruction.line.get(start..end).unwrap_or("")
                })
                .collect(),
            false,
        ),
        Arguments::Health { kind, command } => {
            let mut value = vec![kind.text.as_str()];
            let json = match &**command {
                Arguments::Exec(words) => {
                    value.extend(words.iter().map(|word| word.text.as_str()));
                    true
                }
                Arguments::Text(word) => {
                    value.push(&word.text);
                    false
                }
                _ => false,
            };
            (value, json)
        }
    }
}

fn list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<String> = items.into_iter().map(quote).collect();
    format!("[{}]", items.join(", "))
}

fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for ch in text.chars() {
        match ch {
            '"' | '\\' => {
                out.push('\\');
                out.push(ch);
            }
            ch if ch < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(ch));
            }
            ch => out.push(ch),
        }
    }
    out.push('"');
    out
}

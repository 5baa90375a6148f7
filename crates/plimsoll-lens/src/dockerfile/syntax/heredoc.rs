//! Heredocs: `<<NAME` in the line of a RUN, COPY or ADD, and the bodies on the lines below.

use super::lines::Reader;
use super::{Arguments, Fault, Heredoc, Instruction, Keyword};
use crate::dockerfile::lex::Lex;

/// What `<<` announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dockerfile) struct Announced {
    pub(in crate::dockerfile) name: String,
    expand: bool,
    chomp: bool,
    descriptor: u32,
}

/// Reads the bodies of the heredocs that the instruction announces.
pub(super) fn read_bodies(reader: &mut Reader<'_>, instruction: &mut Instruction) {
    if !instruction.line.contains("<<") || !can_contain(instruction) {
        return;
    }
    let announced = match all_announced(&instruction.line) {
        Ok(announced) => announced,
        Err(reason) => {
            instruction.faults.push(Fault {
                code: "invalid-heredoc",
                range: instruction.range.clone(),
                message: format!("the delimiter of a heredoc cannot be read: {reason}"),
                cure: Some("close the quotes of the delimiter".to_owned()),
                fatal: true,
            });
            return;
        }
    };
    for Announced { name, expand, chomp, descriptor } in announced {
        let mut body = reader.line_start()..reader.line_start();
        let mut terminator = None;
        while let Some(line) = reader.line() {
            let text = reader.slice(&line).trim_end_matches(['\r', '\n']);
            let candidate = if chomp { text.trim_start_matches('\t') } else { text };
            if candidate == name {
                terminator = Some(line.start..line.start + text.len());
                break;
            }
            body.end = line.end;
        }
        let end = terminator.as_ref().map_or(body.end, |terminator| terminator.end);
        instruction.range.end = instruction.range.end.max(end);
        if terminator.is_none() {
            instruction.faults.push(Fault {
                code: "unterminated-heredoc",
                range: instruction.keyword_range.clone(),
                message: format!("the heredoc `{name}` is not closed before the end of the file"),
                cure: Some(format!("put `{name}` on a line of its own")),
                fatal: true,
            });
        }
        instruction.heredocs.push(Heredoc { name, expand, chomp, descriptor, body, terminator });
    }
}

fn can_contain(instruction: &Instruction) -> bool {
    match (&instruction.keyword, &instruction.arguments) {
        (Keyword::Onbuild, Arguments::Trigger(trigger)) => {
            trigger.keyword != Keyword::Onbuild && can_contain(trigger)
        }
        (Keyword::Run | Keyword::Copy | Keyword::Add, arguments) => !matches!(arguments, Arguments::Exec(_)),
        _ => false,
    }
}

fn lex(raw: bool) -> Lex<'static> {
    Lex { escape: '\\', raw_quotes: raw, raw_escapes: raw, skip_unset: true, lookup: &|_| None }
}

/// A line that Docker's word processor refuses (an open quote) announces nothing.
fn all_announced(line: &str) -> Result<Vec<Announced>, &'static str> {
    let Ok(expanded) = lex(true).process(line) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (word, _) in &expanded.words {
        found.extend(announced(word)?);
    }
    Ok(found)
}

/// Reads `3<<-"NAME"`; `None` when the word announces no heredoc.
///
/// # Errors
/// A delimiter with an open quote.
pub(in crate::dockerfile) fn announced(word: &str) -> Result<Option<Announced>, &'static str> {
    let digits = word.find(|ch: char| !ch.is_ascii_digit()).unwrap_or(word.len());
    let (number, rest) = word.split_at(digits);
    let Some(rest) = rest.strip_prefix("<<") else { return Ok(None) };
    let (chomp, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    let rest = rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{c}']);
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }
    let unquoted = lex(false).process(rest)?;
    let raw = Lex { raw_escapes: false, ..lex(true) }.process(rest)?;
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    match (unquoted.words.as_slice(), raw.words.as_slice()) {
        ([(name, _)], [(raw, _)]) => Ok(Some(Announced {
            name: name.clone(),
            expand: quotes(name) == quotes(raw),
            chomp,
            descriptor: number.parse().unwrap_or(0),
        })),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Vec<String> {
        all_announced(line).unwrap_or_default().into_iter().map(|found| found.name).collect()
    }

    #[test]
    fn announcements_are_words_of_their_own() {
        assert_eq!(names("RUN <<A cat <<B"), ["A", "B"]);
        assert_eq!(names("RUN cat << EOF > x"), ["EOF"]);
        assert_eq!(names("RUN 3<<-\"E F\" x"), ["E F"]);
        assert_eq!(names("RUN <<$EOF"), ["$EOF"]);
        // Inside quotes, glued to a word, or a here-string: none.
        assert!(names("RUN echo \"<<EOF\"").is_empty());
        assert!(names("RUN echo a<<EOF").is_empty());
        assert!(names("RUN cat <<<EOF").is_empty());
        // An open quote hides the heredoc from BuildKit as well.
        assert!(names("RUN cat <<EOF # don't").is_empty());
    }

    #[test]
    fn quotes_in_the_delimiter_switch_expansion_off() {
        let expand = |word| announced(word).unwrap().unwrap().expand;
        assert!(expand("<<EOF"));
        assert!(!expand("<<'EOF'"));
        assert!(!expand("<<\"EOF\""));
        assert!(announced("<<'EOF").is_err());
    }
}

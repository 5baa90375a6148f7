//! One step of an image's history: what made it, in the words of either builder.
//!
//! `/bin/sh -c #(nop)  ENV A=b` and `/bin/sh -c apt-get update` of the old builder, `ENV A=b` and `RUN |1 A=b /bin/sh -c npm ci # buildkit`
//! of BuildKit. Deliberately absent: the commands. What a step did to files its layer shows better.

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step<'a> {
    /// `RUN`, `COPY`, `ENV`; empty when the text is of neither builder.
    pub(super) instruction: &'a str,
    /// Build arguments of a `RUN`: name and value, each a part of the text.
    pub(super) arguments: Vec<(&'a str, &'a str)>,
    /// What follows.
    pub(super) rest: &'a str,
}

const INSTRUCTIONS: [&str; 17] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];
/// No build has more arguments.
const MAX_ARGUMENTS: usize = 256;

/// Reads `created_by`.
pub(super) fn step(text: &str) -> Step<'_> {
    let text = text.trim().trim_end_matches("# buildkit").trim_end();
    if let Some((_, nop)) = text.split_once("#(nop)") {
        return word(nop.trim_start());
    }
    let known = word(text);
    if known.instruction == "RUN" {
        let (arguments, rest) = arguments(known.rest);
        return Step { instruction: "RUN", arguments, rest: script(rest) };
    }
    if !known.instruction.is_empty() {
        return known;
    }
    let (arguments, rest) = arguments(text);
    let run = script(rest);
    if run.len() < rest.len() || !arguments.is_empty() {
        return Step { instruction: "RUN", arguments, rest: run };
    }
    Step { instruction: "", arguments, rest: text }
}

fn word(text: &str) -> Step<'_> {
    let (first, rest) = text.split_once(|c: char| c.is_whitespace()).unwrap_or((text, ""));
    let instruction = INSTRUCTIONS.into_iter().find(|known| *known == first).unwrap_or("");
    let rest = if instruction.is_empty() { text } else { rest.trim_start() };
    Step { instruction, arguments: Vec::new(), rest }
}

/// `|2 A=b C=d e /bin/sh -c …`: a value may hold spaces, so each ends where the next name or the shell begins.
fn arguments(text: &str) -> (Vec<(&str, &str)>, &str) {
    let Some((count, mut rest)) = text.strip_prefix('|').and_then(|text| text.split_once(' ')) else {
        return (Vec::new(), text);
    };
    let Ok(count) = count.parse::<usize>() else { return (Vec::new(), text) };
    let mut found = Vec::new();
    for at in 0..count.min(MAX_ARGUMENTS) {
        let Some((name, after)) = rest.split_once('=') else { break };
        let last = at + 1 == count;
        let end = if last { shell_at(after) } else { next_name(after) };
        let end = end.unwrap_or(after.len());
        let (value, more) = after.split_at(end);
        found.push((name.trim(), value.trim_end()));
        rest = more.trim_start();
    }
    (found, rest)
}

/// Where ` /bin/sh -c` and the like begin.
fn shell_at(text: &str) -> Option<usize> {
    if text.starts_with('/') && SHELLS.iter().any(|shell| text.starts_with(shell)) {
        return Some(0);
    }
    SHELLS.iter().filter_map(|shell| text.find(&format!(" {shell}"))).min()
}

const SHELLS: [&str; 4] = ["/bin/sh -", "/bin/bash -", "/bin/ash -", "/bin/dash -"];

/// Where ` NAME=` begins.
fn next_name(text: &str) -> Option<usize> {
    text.match_indices(' ').map(|(at, _)| at).find(|&at| {
        let name = text.get(at + 1..).unwrap_or_default();
        let length = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        length > 0 && name.as_bytes().get(length) == Some(&b'=')
    })
}

/// The script behind the shell that runs it.
fn script(text: &str) -> &str {
    let text = text.trim_start();
    if !SHELLS.iter().any(|shell| text.starts_with(shell)) {
        return text;
    }
    text.find("c ").and_then(|at| text.get(at + 2..)).map_or(text, str::trim_start)
}

/// `A=b C="d e"` as an `ENV` or `ARG` says it; the values as written, without quotes around them.
pub(super) fn pairs(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let end = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                after.get(1..).and_then(|inner| inner.find(quote)).map_or(after.len(), |at| at + 2)
            }
            _ => next_name(after).unwrap_or(after.len()),
        };
        let (value, more) = after.split_at(end);
        let bare = value.trim_end();
        let bare = ['"', '\'']
            .into_iter()
            .find_map(|quote| bare.strip_prefix(quote)?.strip_suffix(quote))
            .unwrap_or(bare);
        found.push((name.trim(), bare));
        rest = more.trim_start();
        if found.len() >= MAX_ARGUMENTS {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (String, Vec<(&str, &str)>, &str) {
        let step = step(text);
        (step.instruction.to_owned(), step.arguments, step.rest)
    }

    /// Forms that engines 20.10 (both builders) and 28 write.
    #[test]
    fn steps_of_both_builders() {
        let none = Vec::new();
        assert_eq!(told("/bin/sh -c #(nop)  CMD [\"sh\"]"), ("CMD".into(), none.clone(), "[\"sh\"]"));
        assert_eq!(told("/bin/sh -c apk add curl"), ("RUN".into(), none.clone(), "apk add curl"));
        assert_eq!(
            told("|2 A=b C=d e /bin/sh -c echo c $A"),
            ("RUN".into(), vec![("A", "b"), ("C", "d e")], "echo c $A")
        );
        assert_eq!(
            told("RUN |1 T=x /bin/sh -c npm ci # buildkit"),
            ("RUN".into(), vec![("T", "x")], "npm ci")
        );
        assert_eq!(told("RUN /bin/sh -c npm ci # buildkit"), ("RUN".into(), none.clone(), "npm ci"));
        assert_eq!(told("COPY . . # buildkit"), ("COPY".into(), none.clone(), ". ."));
        assert_eq!(told("ENV A=b"), ("ENV".into(), none.clone(), "A=b"));
        assert_eq!(told("bazel build ..."), (String::new(), none.clone(), "bazel build ..."));
        assert_eq!(told(""), (String::new(), none, ""));
    }

    #[test]
    fn pairs_of_env() {
        assert_eq!(pairs("A=b c D=e"), [("A", "b c"), ("D", "e")]);
        assert_eq!(pairs("A=\"b c\" D='e'"), [("A", "b c"), ("D", "e")]);
        assert_eq!(pairs("TOKEN"), []);
    }
}

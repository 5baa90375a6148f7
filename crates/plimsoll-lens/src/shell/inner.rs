//! Scripts inside of scripts: `bash -c '…'`, `su app -c "…"`.
//!
//! Only a script that is one quoted word is read. Deliberately absent: scripts that are put together from variables or
//! the output of other commands; the latter are found as substitutions.

use plimsoll_posture::ShellWord;
use shuck_ast::{Word, WordPart};

use super::word::bytes;
use super::{Dialect, OffsetMap, Script};

/// A script that a command hands to a shell.
pub(super) struct Inner {
    pub(super) text: String,
    pub(super) map: OffsetMap,
    pub(super) dialect: Dialect,
}

/// Words that may stand before the shell's name.
const BEFORE: &[&str] = &["sudo", "env", "exec", "command", "time", "nice", "nohup"];

/// The script that a command hands to a shell.
pub(super) fn script(script: Script<'_>, words: &[ShellWord], trees: &[&Word]) -> Option<Inner> {
    if words.len() != trees.len() {
        return None;
    }
    let (at, dialect) = place(words)?;
    let tree = trees.get(at)?;
    let range = bytes(tree.span);
    let double = match tree.parts.as_slice() {
        [part] => match &part.kind {
            WordPart::SingleQuoted { dollar: false, .. } => false,
            WordPart::DoubleQuoted { dollar: false, .. } => true,
            _ => return None,
        },
        _ => return None,
    };
    let raw = script.text.get(range.start + 1..range.end.checked_sub(1)?)?;
    let mut text = String::with_capacity(raw.len());
    let mut map = OffsetMap::default();
    let mut escaped = false;
    for (offset, c) in raw.char_indices() {
        let rest = raw.get(offset..).unwrap_or("");
        if double && !escaped {
            // What the outer shell substitutes was read as its own commands.
            if rest.starts_with("$(") || c == '`' {
                return None;
            }
            if c == '\\' && rest.get(1..).is_some_and(|rest| rest.starts_with(['$', '`', '"', '\\', '\n'])) {
                escaped = true;
                continue;
            }
        }
        if !(escaped && c == '\n') {
            map.push(text.len(), script.map.place(range.start + 1 + offset));
            text.push(c);
        }
        escaped = false;
    }
    Some(Inner { text, map, dialect })
}

/// Which word is the script, and for which shell.
pub(super) fn place(words: &[ShellWord]) -> Option<(usize, Dialect)> {
    let mut at = words.iter().position(|word| {
        !BEFORE.contains(&&*word.text) && !word.text.starts_with('-') && !word.text.contains('=')
    })?;
    let program = &*words.get(at)?.text;
    let su = matches!(program, "su" | "runuser");
    let dialect = if su { Dialect::Posix } else { Dialect::of(program) };
    if dialect == Dialect::Other {
        return None;
    }
    loop {
        at += 1;
        let option = &*words.get(at)?.text;
        let short = option.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        if short.is_some_and(|letters| letters.contains('c')) || su && option == "--command" {
            return Some((at + 1, dialect));
        }
        // `set -o pipefail` and `su NAME` have a word more.
        let argument = su || at > 0 && words.get(at - 1).is_some_and(|word| word.text.ends_with('o'));
        if !option.starts_with(['-', '+']) && !argument {
            return None;
        }
    }
}

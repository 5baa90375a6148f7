//! Accounts that a RUN creates: `useradd`, `adduser` of Debian and of BusyBox, and the groups they refer to.
//!
//! Deliberately absent: numbers that the tool picks itself; the account is known then, its number is not.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_posture::{Account, Claim, Known, Layer, Provenance, ShellCommand, ShellWord};

use super::scope::Scope;
use super::stages::Builder;

/// Groups by name, with their number when it was given.
#[derive(Debug, Clone, Default)]
pub(super) struct Groups {
    numbers: BTreeMap<Arc<str>, Option<u32>>,
}

/// Adds the accounts and groups that the commands create to the current stage.
pub(super) fn collect(builder: &mut Builder<'_>, commands: &[ShellCommand]) {
    for command in commands {
        let words = command.effective_words();
        let Some(program) = command.effective_program() else { continue };
        let (program, words) = match (program, words) {
            // `busybox adduser …` is the applet.
            ("busybox", [_, applet, ..]) => (&*applet.text, words.get(1..).unwrap_or(&[])),
            _ => (program, words),
        };
        let words = words.get(1..).unwrap_or(&[]);
        let found = match program {
            "groupadd" | "addgroup" => {
                group(builder, words);
                continue;
            }
            "useradd" => Arguments::read(&builder.state.scope, words, USERADD),
            "adduser" => Arguments::read(&builder.state.scope, words, ADDUSER),
            _ => continue,
        };
        let Some(account) = account(builder, &found, program) else { continue };
        let at =
            Provenance::new("dockerfile", command.at, format!("stage {} RUN {program}", builder.index()));
        let claim = Claim::declared(Known::Value(account), Layer::Image, at);
        if let Some(stage) = builder.stage() {
            stage.image.created.push(claim);
        }
    }
}

/// Options with a value, by tool: short letters, and long names without dashes. `u` and `g` mean the same everywhere.
struct Options {
    letters: &'static str,
    names: &'static [&'static str],
}

const USERADD: Options = Options {
    letters: "bcdefgGkKpPRsuZ",
    names: &[
        "base-dir",
        "comment",
        "home-dir",
        "home",
        "expiredate",
        "inactive",
        "gid",
        "groups",
        "skel",
        "key",
        "password",
        "prefix",
        "root",
        "shell",
        "uid",
        "selinux-user",
    ],
};

/// Debian's long options and BusyBox's letters together; where they meet they agree.
const ADDUSER: Options = Options {
    letters: "hgsGuk",
    names: &["home", "shell", "uid", "gid", "firstuid", "lastuid", "gecos", "comment", "conf", "ingroup"],
};

const GROUPADD: Options = Options {
    letters: "gKpRP",
    names: &["gid", "key", "password", "root", "prefix", "firstgid", "lastgid", "conf"],
};

/// The arguments of one call.
#[derive(Default)]
struct Arguments {
    values: BTreeMap<String, String>,
    operands: Vec<String>,
    switches: Vec<String>,
}

impl Arguments {
    fn read(scope: &Scope, words: &[ShellWord], options: Options) -> Self {
        let mut out = Self::default();
        let mut words = words.iter().map(|word| text(scope, word));
        let mut only_operands = false;
        while let Some(word) = words.next() {
            if only_operands || !word.starts_with('-') || word == "-" {
                out.operands.push(word);
            } else if word == "--" {
                only_operands = true;
            } else if let Some(long) = word.strip_prefix("--") {
                match long.split_once('=') {
                    Some((name, value)) => {
                        out.values.insert(name.to_owned(), value.to_owned());
                    }
                    None if options.names.contains(&long) => {
                        out.values.insert(long.to_owned(), words.next().unwrap_or_default());
                    }
                    None => out.switches.push(long.to_owned()),
                }
            } else {
                let letters = word.get(1..).unwrap_or("");
                for (at, letter) in letters.char_indices() {
                    if !options.letters.contains(letter) {
                        out.switches.push(letter.to_string());
                        continue;
                    }
                    let rest = letters.get(at + letter.len_utf8()..).unwrap_or("");
                    let value =
                        if rest.is_empty() { words.next().unwrap_or_default() } else { rest.to_owned() };
                    out.values.insert(letter.to_string(), value);
                    break;
                }
            }
        }
        out
    }

    fn value(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.values.get(*name)).map(String::as_str)
    }

    fn has(&self, names: &[&str]) -> bool {
        self.switches.iter().any(|own| names.contains(&own.as_str()))
    }
}

/// The word, with variables of the build in place of their names; the shell sees `ARG` and `ENV` alike.
fn text(scope: &Scope, word: &ShellWord) -> String {
    if word.literal {
        return word.text.to_string();
    }
    match scope.expand(&word.text, '\\') {
        Ok(resolved) if resolved.unknown.is_none() && resolved.expanded.unset.is_empty() => {
            resolved.text.to_string()
        }
        _ => word.text.to_string(),
    }
}

fn group(builder: &mut Builder<'_>, words: &[ShellWord]) {
    let found = Arguments::read(&builder.state.scope, words, GROUPADD);
    // `addgroup user group` puts a user into a group.
    let [name] = found.operands.as_slice() else { return };
    let number = found.value(&["g", "gid"]).and_then(|value| value.parse().ok());
    builder.state.groups.numbers.insert(name.as_str().into(), number);
    let name: Arc<str> = name.as_str().into();
    if let Some(stage) = builder.stage() {
        stage.image.groups.insert(name, number);
    }
}

fn account(builder: &Builder<'_>, found: &Arguments, program: &str) -> Option<Account> {
    let name = match (program, found.operands.as_slice()) {
        ("useradd", [.., name]) => name,
        // `adduser user group` puts a user into a group; BusyBox's `-G` comes as an option.
        ("adduser", [name]) => name,
        _ => return None,
    };
    let valid = !name.is_empty() && !name.contains(['$', '`', ':', '/', ' ']);
    if !valid {
        return None;
    }
    let uid: Option<u32> = found.value(&["u", "uid"]).and_then(|value| value.parse().ok());
    // BusyBox: `-g` is the comment, `-G` the group. useradd: `-g` is the group.
    let group = match program {
        "useradd" => found.value(&["g", "gid"]),
        _ => found.value(&["gid", "ingroup", "G"]),
    };
    let gid = match group {
        Some(group) => group_number(builder, group),
        // BusyBox puts a system account without a group into `nogroup`; the number is the image's.
        None if program == "adduser" && found.has(&["S"]) => None,
        // A group of its own, with the same number when the account's number is given and it is free.
        None if found.has(&["N", "no-user-group", "nogroup"]) => None,
        None => uid,
    };
    Some(Account { name: name.as_str().into(), uid, gid })
}

fn group_number(builder: &Builder<'_>, group: &str) -> Option<u32> {
    group.parse().ok().or_else(|| {
        let known = builder.state.groups.numbers.get(group).copied().flatten();
        known.or((group == "root").then_some(0))
    })
}

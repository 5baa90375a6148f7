//! Programs that start as root and go on as somebody else: `gosu`, `su-exec`, `setpriv` and their like.
//!
//! Deliberately absent: scripts. Whoever reads one gives the words of its commands.

use crate::{CommandLine, UserSpec, program_name};

/// Programs that only start what follows them: an init, a wrapper, the entrypoint script of official runtime images.
const PASSERS: &[&str] = &["tini", "dumb-init", "catatonit", "docker-entrypoint.sh", "exec", "env", "nice"];

/// The account that a command line hands over to; `None` when it does not.
#[must_use]
pub fn handover(line: &CommandLine) -> Option<UserSpec> {
    let words: Vec<&str> = line.arguments().collect();
    // In a list of commands the shell stays, as root.
    let list = words.iter().any(|word| word.contains(['&', ';', '|']));
    if list { None } else { handover_of(&words) }
}

/// The same for the words of one command.
#[must_use]
pub fn handover_of(words: &[&str]) -> Option<UserSpec> {
    let mut words = words;
    loop {
        let (first, rest) = words.split_first()?;
        let name = program_name(first);
        let user = match name {
            "gosu" | "su-exec" | "s6-setuidgid" | "setuidgid" => {
                rest.iter().find(|word| !word.starts_with('-'))
            }
            "setpriv" => return value(rest, &["--reuid"]).map(UserSpec::parse),
            "chroot" => return value(rest, &["--userspec"]).map(UserSpec::parse),
            "chpst" | "sudo" | "runuser" => return value(rest, &["-u", "--user"]).map(UserSpec::parse),
            "su" => account_of_su(rest),
            _ if PASSERS.contains(&name) || first.starts_with('-') || first.contains('=') => {
                words = rest;
                continue;
            }
            _ => return None,
        };
        return user.map(|user| UserSpec::parse(user));
    }
}

/// Whether a command line only runs the words that follow it, so that the command decides.
#[must_use]
pub fn passes_on(line: &CommandLine) -> bool {
    let mut words = line.arguments();
    words.all(|word| PASSERS.contains(&program_name(word)) || word.starts_with('-'))
}

/// The value of an option, in the next word or after `=`.
fn value<'a>(words: &[&'a str], options: &[&str]) -> Option<&'a str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if options.contains(word) {
            return words.next().copied();
        }
        let (option, value) = word.split_once('=').unwrap_or((word, ""));
        if options.contains(&option) && !value.is_empty() {
            return Some(value);
        }
    }
    None
}

/// `su -s /bin/sh app -c '…'`, `su - app`.
fn account_of_su<'w, 'a>(words: &'w [&'a str]) -> Option<&'w &'a str> {
    let mut skip = false;
    words.iter().find(|word| {
        if std::mem::take(&mut skip) {
            return false;
        }
        skip = matches!(**word, "-s" | "-c" | "-g" | "-G" | "-w" | "--shell" | "--command");
        !word.starts_with('-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CommandForm, Sensitive};

    fn exec(words: &[&str]) -> CommandLine {
        CommandLine {
            form: CommandForm::Exec,
            words: words.iter().map(|word| Sensitive::new((*word).to_owned())).collect(),
        }
    }

    #[test]
    fn the_account_in_its_forms() {
        let account = |words: &[&str]| handover(&exec(words)).map(|user| user.to_string());
        assert_eq!(account(&["gosu", "node", "node", "a.js"]).as_deref(), Some("node"));
        assert_eq!(account(&["/sbin/su-exec", "1000:1000", "x"]).as_deref(), Some("1000:1000"));
        assert_eq!(account(&["tini", "-g", "--", "gosu", "app", "x"]).as_deref(), Some("app"));
        assert_eq!(account(&["setpriv", "--reuid=app", "--init-groups", "x"]).as_deref(), Some("app"));
        assert_eq!(account(&["setpriv", "--regid", "9", "--reuid", "8", "x"]).as_deref(), Some("8"));
        assert_eq!(account(&["su", "-s", "/bin/sh", "app", "-c", "x"]).as_deref(), Some("app"));
        assert_eq!(account(&["runuser", "-u", "app", "--", "x"]).as_deref(), Some("app"));
        assert_eq!(account(&["node", "gosu", "app"]), None);
        assert_eq!(account(&["gosu"]), None);
        let list = CommandLine {
            form: CommandForm::Shell,
            words: vec![Sensitive::new("gosu app migrate && node a.js".to_owned())],
        };
        assert_eq!(handover(&list), None);
    }

    #[test]
    fn an_init_passes_on_and_a_program_does_not() {
        assert!(passes_on(&exec(&["/usr/bin/tini", "--"])) && passes_on(&exec(&[])));
        assert!(!passes_on(&exec(&["tini", "--", "node"])));
    }
}

//! What the shell adapter makes of scripts; the expected values follow from the shell's grammar (POSIX XCU 2).

use plimsoll_lens::shell::{Dialect, OffsetMap, Script, commands};
use plimsoll_posture::{Joined, ShellCommand};
use plimsoll_text::{SourceKind, Sources};

fn read(text: &str, dialect: Dialect) -> (Vec<ShellCommand>, bool) {
    let mut sources = Sources::new();
    let source = sources.add_text("script", SourceKind::Other, text);
    let map = OffsetMap::identity(0);
    let (found, understood) = commands(Script { text, source, map: &map }, dialect);
    for command in &found {
        for word in &command.words {
            assert!(command.at.contains(word.at), "{text:?}: a word outside its command");
        }
        assert!(text.get(command.at.range()).is_some(), "{text:?}: a span that does not fit");
    }
    (found, understood)
}

fn words(command: &ShellCommand) -> Vec<&str> {
    command.words.iter().map(|word| &*word.text).collect()
}

#[test]
fn lists_and_pipelines() {
    let text = "apt-get update && apt-get install -y curl | tee log || true; sleep 1 & wait";
    let (found, understood) = read(text, Dialect::Posix);
    assert!(understood);
    let programs: Vec<_> = found.iter().map(|command| command.program().unwrap()).collect();
    assert_eq!(programs, ["apt-get", "apt-get", "tee", "true", "sleep", "wait"]);
    let joined: Vec<Joined> = found.iter().map(|command| command.joined).collect();
    assert_eq!(
        joined,
        [Joined::Sequence, Joined::And, Joined::Pipe, Joined::Or, Joined::Sequence, Joined::Background]
    );
    assert_eq!(found[1].pipeline, found[2].pipeline);
    assert_eq!((found[1].position, found[2].position, found[2].pipeline_length), (0, 1, 2));
    assert_ne!(found[0].pipeline, found[1].pipeline);
    assert_eq!(&text[found[1].at.range()], "apt-get install -y curl");
    assert_eq!(&text[found[4].at.range()], "sleep 1");
}

#[test]
fn quotes_are_removed_and_expansions_stay() {
    let text = r#"echo a\ b "x\"y\z" 'it $x' "$HOME/y"z "$(id -u)""#;
    let (found, _) = read(text, Dialect::Posix);
    assert_eq!(words(&found[0]), ["echo", "a b", "x\"y\\z", "it $x", "$HOME/yz", "$(id -u)"]);
    let literal: Vec<bool> = found[0].words.iter().map(|word| word.literal).collect();
    assert_eq!(literal, [true, true, true, true, false, false]);
    let quoted: Vec<bool> = found[0].words.iter().map(|word| word.quoted).collect();
    assert_eq!(quoted, [false, false, true, true, true, true]);
    assert_eq!(&text[found[0].words[2].at.range()], r#""x\"y\z""#);
    assert_eq!(words(&found[1]), ["id", "-u"]);
    assert!(found[1].substituted);
    assert_eq!(found[1].parent, Some(0));
}

#[test]
fn a_group_stands_at_its_place_in_the_pipeline() {
    let (found, _) = read("{ curl -s http://x; } | sh", Dialect::Posix);
    assert_eq!((found[0].depth, found[0].position, found[0].pipeline_length), (1, 0, 2));
    assert_eq!((found[1].depth, found[1].position), (0, 1));
    assert_eq!(found[0].pipeline, found[1].pipeline);
}

#[test]
fn substitutions_of_every_kind() {
    let text = "bash -c \"$(curl -fsSL http://x)\" && . <(wget -qO- http://y) && A=`id` B=${C:-$(date)} env";
    let (found, understood) = read(text, Dialect::Bash);
    assert!(understood);
    let seen: Vec<(Option<&str>, Option<usize>)> =
        found.iter().map(|command| (command.program(), command.parent)).collect();
    assert_eq!(
        seen,
        [
            (Some("bash"), None),
            (Some("curl"), Some(0)),
            (Some("."), None),
            (Some("wget"), Some(2)),
            (Some("env"), None),
            (Some("id"), Some(4)),
            (Some("date"), Some(4)),
        ]
    );
    for (command, text) in [(1, "curl -fsSL http://x"), (3, "wget -qO- http://y"), (5, "id"), (6, "date")] {
        let span = found[command].at.range();
        assert_eq!(&self::text(&found, command), &text, "{span:?}");
    }
}

fn text(found: &[ShellCommand], index: usize) -> String {
    words(&found[index]).join(" ")
}

#[test]
fn spans_of_substituted_commands_point_into_the_script() {
    let text = "x \"$(curl a)\" `wget b` <(nc c)";
    let (found, _) = read(text, Dialect::Bash);
    let spans: Vec<&str> = found.iter().skip(1).map(|command| &text[command.at.range()]).collect();
    assert_eq!(spans, ["curl a", "wget b", "nc c"]);
    let names: Vec<&str> = found.iter().skip(1).map(|command| &text[command.words[1].at.range()]).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn assignments_and_redirections() {
    let text = "A=1 B=\"x y\" make >out 2>&1 <<< 'in' && export C=3 D";
    let (found, _) = read(text, Dialect::Bash);
    let assigned: Vec<_> = found[0].assignments.iter().map(|(name, value)| (&**name, &*value.text)).collect();
    assert_eq!(assigned, [("A", "1"), ("B", "x y")]);
    let redirects: Vec<_> =
        found[0].redirects.iter().map(|own| (&*own.operator, &*own.target.text)).collect();
    assert_eq!(redirects, [(">", "out"), (">&", "1"), ("<<<", "in")]);
    assert_eq!(words(&found[1]), ["export", "C=3", "D"]);
    let (bare, _) = read("TOKEN=abc", Dialect::Posix);
    assert!(bare[0].words.is_empty());
    assert_eq!(&*bare[0].assignments[0].1.text, "abc");
}

#[test]
fn control_structures_are_entered() {
    let text = "if [ -f x ]; then rm x; else exit 1; fi; for f in $(ls); do cat \"$f\"; done; \
                while read l; do :; done < in; case $1 in a) echo a;; esac; f() { touch y; }";
    let (found, understood) = read(text, Dialect::Posix);
    assert!(understood);
    let programs: Vec<_> = found.iter().filter_map(|command| command.program()).collect();
    assert_eq!(programs, ["[", "rm", "exit", "ls", "cat", "read", ":", "echo", "touch"]);
    assert!(found.iter().all(|command| command.depth > 0 || command.substituted));
}

#[test]
fn sh_may_be_bash() {
    let (found, understood) = read("[[ -f /x ]] && source <(echo a)", Dialect::Posix);
    assert!(understood);
    assert_eq!(words(&found[0])[0], "[[");
}

#[test]
fn what_is_no_shell_is_not_understood() {
    assert_eq!(read("Get-Item x | Remove-Item", Dialect::Other), (Vec::new(), false));
    let (_, understood) = read("if then fi (", Dialect::Posix);
    assert!(!understood);
    assert_eq!(Dialect::of("/bin/bash"), Dialect::Bash);
    assert_eq!(Dialect::of("C:\\Windows\\System32\\cmd.exe"), Dialect::Other);
}

#[test]
fn a_script_for_another_shell_is_read() {
    let text = r#"env A=b bash -euo pipefail -c 'curl x | sh' && su app -c "echo \"$A\" && id""#;
    let (found, _) = read(text, Dialect::Posix);
    let programs: Vec<_> = found.iter().map(|command| command.words[0].text.to_string()).collect();
    assert_eq!(programs, ["env", "curl", "sh", "su", "echo", "id"]);
    assert_eq!(&text[found[1].at.range()], "curl x");
    assert_eq!(&text[found[4].at.range()], r#"echo \"$A\""#);
    assert_eq!((found[1].pipeline, found[1].position), (found[2].pipeline, found[2].position - 1));
    assert_ne!(found[2].pipeline, found[3].pipeline);
    assert_ne!(found[3].pipeline, found[4].pipeline);
    assert!(!found[1].substituted && found[1].depth > found[0].depth);
}

#[test]
fn what_is_no_script_is_not_read_as_one() {
    for text in ["bash -x script.sh -c 'id'", "grep -c 'id' x", "bash -c $X", "sh script -c 'id'"] {
        let (found, _) = read(text, Dialect::Posix);
        assert_eq!(found.len(), 1, "{text}");
    }
    // What is substituted is read once.
    assert_eq!(read(r#"sh -c "$(curl x)""#, Dialect::Posix).0.len(), 2);
    // Each level doubles the backslashes; deeper ones than are read are left alone.
    let deep = (0..6).fold("id".to_owned(), |script, _| format!("sh -c {script:?}"));
    assert_eq!(read(&deep, Dialect::Posix).0.len(), 4);
}

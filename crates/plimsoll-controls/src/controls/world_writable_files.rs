//! Files of the image that every account may write.

use plimsoll_posture::{
    BuiltImage, Change, FileTrait, Plane, Posture, Recipe, ShellCommand, ShellWord, Stage,
};

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, layers, recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "world-writable-files",
    title: "files of the image are writable by every account",
    page: include_str!("world_writable_files.md"),
    severity: Severity::Medium,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["DD051"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::StageAndBuilt(check, contents),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    if !stage.ships {
        return Verdict::NotApplicable("the stage's layers are not part of an image that runs");
    }
    let mut findings = Vec::new();
    for (_, command) in stage.commands() {
        if opens_to_all(command) {
            let narrower = mode_word(command)
                .filter(|mode| recipe_change::is_bare(mode))
                .and_then(|mode| Some(recipe_change::reword(stage, mode.at, narrower(&mode.text)?)));
            findings.push(remedied(finding(stage, stage.place(command.at)), narrower));
        }
    }
    for (_, copy) in stage.copies() {
        if let Some(mode) = copy.chmod.as_ref().filter(|mode| octal_opens(&mode.value)) {
            let narrower = narrower(&mode.value)
                .filter(|_| mode.at.len() == mode.value.len())
                .map(|text| recipe_change::reword(stage, mode.at, text));
            findings.push(remedied(finding(stage, stage.place(mode.at)), narrower));
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}

/// One finding a layer: a step that opens one file opens a hundred.
fn contents(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    let findings = (0..image.layers.len()).filter_map(|layer| {
        let open = image.files.iter().filter(|file| {
            file.layer == layer && file.noted == FileTrait::WorldWritable && file.hidden_by.is_none()
        });
        let paths: Vec<&str> = open.map(|file| &*file.path).collect();
        let verb = if paths.len() == 1 { "is" } else { "are" };
        (!paths.is_empty()).then(|| {
            layers::finding(
                image,
                layer,
                "every account may write",
                format!("{} {verb} writable by every account, in {}", layers::names(paths), layers::layer(image, layer)),
                "give what is written to the account that writes it (`COPY --chown`), and take the right from the others: \
                 `chmod -R o-w`",
            )
        })
    });
    Verdict::from_findings(findings.collect(), layers::pass(image))
}

fn finding(stage: &Stage, at: plimsoll_posture::Provenance) -> Finding {
    Finding::place(
        at,
        Plane::Declared,
        "every account may write",
        format!("stage `{}` makes files writable by every account", stage.label()),
        "give the one directory that is written to the account that writes it: `chown node /app/data`",
    )
}

fn opens_to_all(command: &ShellCommand) -> bool {
    if command.effective_program() != Some("chmod") {
        return false;
    }
    let mut operands =
        command.arguments().iter().filter(|word| !word.text.starts_with("--") && !is_option(&word.text));
    let Some(mode) = operands.next() else { return false };
    // Sockets of the X server and /tmp are writable by design.
    let harmless = |path: &str| matches!(path.trim_end_matches('/'), "/tmp" | "/var/tmp" | "/dev/null");
    let mut paths = operands.peekable();
    if paths.peek().is_some() && paths.all(|word| harmless(&word.text)) {
        return false;
    }
    octal_opens(&mode.text) || symbolic_opens(&mode.text)
}

/// `-R`, `-Rf`, `-v`: but not `-w`, which is a mode.
fn is_option(text: &str) -> bool {
    text.strip_prefix('-')
        .is_some_and(|letters| !letters.is_empty() && letters.bytes().all(|byte| b"RvfchHLP".contains(&byte)))
}

/// The last digit grants writing, and no sticky bit tames it.
fn octal_opens(mode: &str) -> bool {
    if mode.len() < 3 || !mode.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) {
        return false;
    }
    u32::from_str_radix(mode, 8).is_ok_and(|mode| mode & 0o002 != 0 && mode & 0o1000 == 0)
}

/// `a+w`, `o+rwx`, `ugo=rwx`. A bare `+w` obeys the umask and opens nothing to others.
fn symbolic_opens(mode: &str) -> bool {
    mode.split(',').any(|clause| {
        clause.split_once(['+', '=']).is_some_and(|(who, rights)| {
            who.contains(['a', 'o'])
                && who.bytes().all(|byte| b"ugoa".contains(&byte))
                && rights.contains('w')
                && !rights.contains('t')
        })
    })
}

fn remedied(finding: Finding, change: Option<Change>) -> Finding {
    match change {
        Some(change) => finding.remedied(Remedy::risky(
            vec![change],
            "an account that does not own the files cannot write them any more: give it those that it must write",
        )),
        None => finding,
    }
}

fn mode_word(command: &ShellCommand) -> Option<&ShellWord> {
    command.arguments().iter().find(|word| !word.text.starts_with("--") && !is_option(&word.text))
}

/// The mode without writing for the group and others; `None` where not even the owner would be left with it.
fn narrower(mode: &str) -> Option<String> {
    if let Ok(number) = u32::from_str_radix(mode, 8) {
        let kept = number & !0o022;
        return (kept & 0o200 != 0).then(|| format!("{kept:0width$o}", width = mode.len()));
    }
    // `a+rwx`, `ugo+w`: the owner keeps writing, the others what else is said.
    let (who, rights) = mode.split_once('+').filter(|(_, rights)| !rights.contains([',', '=', '+', '-']))?;
    let everybody = who == "a" || ['u', 'g', 'o'].iter().all(|one| who.contains(*one));
    let others: String = rights.chars().filter(|right| *right != 'w').collect();
    everybody.then(|| if others.is_empty() { "u+w".to_owned() } else { format!("a+{others},u+w") })
}

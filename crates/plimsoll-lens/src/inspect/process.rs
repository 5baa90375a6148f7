//! The process: account, environment, command, health check, labels, image.

use plimsoll_posture::{
    CommandForm, CommandLine, Healthcheck, ImageReference, Known, Reason, Sensitive, Service, UserSpec,
};

use super::{Entry, View};

pub(super) fn read(service: &mut Service, view: &View<'_>) {
    // Made from an id: that names one build, and no repository.
    let id = view.own("Image").and_then(|id| id.text().cloned()).unwrap_or_else(|| "".into());
    let digits = |text: &str| text.trim_start_matches("sha256:").to_owned();
    let by_id = |image: &str| image.len() >= 12 && digits(&id).starts_with(&digits(image));
    if let Some((entry, image)) = with_text(view.config("Image")).filter(|(_, image)| !by_id(image)) {
        let known = ImageReference::parse(image);
        let unknown = || Known::Unknown(Reason::NotUnderstood("the name of the image".into()));
        service.image.push(entry.known(known.map_or_else(unknown, Known::Value)));
    }
    if let Some((entry, user)) = with_text(view.config("User")) {
        service.user.push(entry.claim(UserSpec::parse(user)));
    }
    for group in view.host("GroupAdd").iter().flat_map(Entry::items) {
        if let Some(name) = group.text() {
            service.group_add.push(group.claim(name.clone()));
        }
    }
    for variable in view.config("Env").iter().flat_map(Entry::items) {
        environment(service, &variable);
    }
    for (key, label) in view.config("Labels").iter().flat_map(Entry::members) {
        if let Some(text) = label.text() {
            service.labels.push(key, label.claim(Sensitive::new(text.clone())));
        }
    }
    for (key, fact) in [("Entrypoint", &mut service.entrypoint), ("Cmd", &mut service.command)] {
        if let Some(entry) = view.config(key).filter(|entry| entry.items().next().is_some()) {
            fact.push(entry.claim(command_line(&entry)));
        }
    }
    for (key, fact) in [("WorkingDir", &mut service.workdir), ("StopSignal", &mut service.stop_signal)] {
        if let Some((entry, text)) = with_text(view.config(key)).filter(|(_, text)| !text.is_empty()) {
            fact.push(entry.claim(text.into()));
        }
    }
    if let Some(test) = view.config("Healthcheck").and_then(|check| check.get("Test"))
        && let Some(check) = healthcheck(&test)
    {
        service.healthcheck.push(test.claim(check));
    }
    if let Some((entry, init)) = view.host("Init").and_then(|entry| Some((entry.clone(), entry.flag()?))) {
        service.init.push(entry.claim(init));
    }
}

fn with_text<'a>(entry: Option<Entry<'a>>) -> Option<(Entry<'a>, &'a str)> {
    let entry = entry?;
    let text = entry.text()?;
    Some((entry, text))
}

fn environment(service: &mut Service, variable: &Entry<'_>) {
    let Some((name, value)) = variable.text().and_then(|text| text.split_once('=')) else { return };
    service.env.push(name, variable.claim(Sensitive::new(value)));
}

/// A list of words; `["/bin/sh", "-c", …]` is how the engine keeps the shell form.
fn command_line(entry: &Entry<'_>) -> CommandLine {
    let words: Vec<Sensitive> =
        entry.items().filter_map(|word| Some(Sensitive::new(word.text()?.clone()))).collect();
    match words.as_slice() {
        [shell, flag, script] if shell.expose() == "/bin/sh" && flag.expose() == "-c" => {
            CommandLine { form: CommandForm::Shell, words: vec![script.clone()] }
        }
        _ => CommandLine { form: CommandForm::Exec, words },
    }
}

/// `["NONE"]`, `["CMD", …]`, `["CMD-SHELL", …]`.
fn healthcheck(test: &Entry<'_>) -> Option<Healthcheck> {
    let line = command_line(test);
    let (first, rest) = line.words.split_first()?;
    let words = rest.to_vec();
    match first.expose() {
        "NONE" => Some(Healthcheck::Disabled),
        "CMD" => Some(Healthcheck::Test(CommandLine { form: CommandForm::Exec, words })),
        "CMD-SHELL" => Some(Healthcheck::Test(CommandLine { form: CommandForm::Shell, words })),
        _ => None,
    }
}

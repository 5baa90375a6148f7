//! What a service starts and as whom: user, command, environment, labels, health check, hooks.

use std::sync::Arc;

use plimsoll_posture::{
    CommandForm, CommandLine, Healthcheck, Hook, Keyed, Known, Reason, Sensitive, Service, UserSpec,
};

use super::field::{self, Field};
use crate::compose::tree::{Node, PieceKind, Value};
use crate::world::clean;

pub(super) fn read(service: &mut Service, field: &Field<'_>) {
    // An empty user is none: the engine takes the image's.
    let said = |user: &Field<'_>| user.known_text().as_deref() != Some("");
    if let Some(user) = field.child("user").filter(said) {
        user.stack(&mut service.user, user_spec);
    }
    if let Some(groups) = field.child("group_add") {
        for group in groups.items() {
            service.group_add.push(group.claim(group.text()));
        }
    }
    if let Some(entrypoint) = field.child("entrypoint") {
        entrypoint.stack(&mut service.entrypoint, command_line);
    }
    if let Some(command) = field.child("command") {
        command.stack(&mut service.command, command_line);
    }
    if let Some(workdir) = field.child("working_dir") {
        workdir.stack(&mut service.workdir, field::text);
    }
    if let Some(init) = field.child("init") {
        init.stack(&mut service.init, field::boolean);
    }
    if let Some(signal) = field.child("stop_signal") {
        signal.stack(&mut service.stop_signal, field::text);
    }
    if let Some(name) = field.child("container_name") {
        name.stack(&mut service.container_name, field::text);
    }
    for file in field.child("env_file").map(|list| list.items()).unwrap_or_default() {
        let path = file.child("path").unwrap_or(file);
        service.env_files.push(path.claim(path.text().map(|path| clean(&path).into())));
    }
    if let Some(environment) = field.child("environment") {
        sensitive_pairs(&environment, &mut service.env, true);
    }
    for key in ["labels", "annotations"] {
        if let Some(labels) = field.child(key) {
            sensitive_pairs(&labels, &mut service.labels, false);
        }
    }
    if let Some(check) = field.child("healthcheck") {
        healthcheck(service, &check);
    }
    for event in ["post_start", "pre_stop"] {
        for hook in field.child(event).map(|hooks| hooks.items()).unwrap_or_default() {
            service.hooks.push(
                hook.claim(Known::Value(Hook {
                    event: event.into(),
                    privileged: hook
                        .child("privileged")
                        .map_or(Known::Value(false), |flag| field::boolean(flag.node)),
                    user: hook
                        .child("user")
                        .and_then(|user| user.known_text())
                        .map(|text| UserSpec::parse(&text)),
                    command: hook
                        .child("command")
                        .and_then(|command| command_line(command.node).value().cloned())
                        .unwrap_or(CommandLine { form: CommandForm::Exec, words: Vec::new() }),
                })),
            );
        }
    }
}

/// A group that a variable brings leaves it certain that `0:${GID}` is root.
fn user_spec(node: &Node) -> Known<UserSpec> {
    let known = field::text(node).map(|text| UserSpec::parse(&text));
    let Value::Text(text) = &node.value else { return known };
    let open = text.pieces.iter().find(|piece| matches!(piece.kind, PieceKind::Unset(_)));
    let certain =
        open.and_then(|piece| text.text.get(..piece.start as usize)).filter(|text| text.contains(':'));
    match certain.map(UserSpec::parse).filter(|user| user.is_root() == Some(true)) {
        Some(user) => Known::Value(UserSpec { group: None, ..user }),
        None => known,
    }
}

/// Pairs whose values may be secrets. `K:` without a value takes the caller's variable: unknown here.
pub(super) fn sensitive_pairs(field: &Field<'_>, keyed: &mut Keyed<Sensitive>, null_is_variable: bool) {
    for (key, value, text) in field::pairs(field) {
        for weaker in value.node.shadowed.iter().rev().filter(|weaker| weaker.value != Value::Null) {
            let weaker = Field::new(weaker, value.route.clone());
            keyed.push(&key, weaker.claim(weaker.text().map(Sensitive::new)));
        }
        let known = if null_is_variable && value.node.value == Value::Null {
            Known::Unknown(Reason::UnsetVariable(key.clone()))
        } else {
            text.map(Sensitive::new)
        };
        keyed.push(&key, value.claim(known));
    }
}

/// `command`, `entrypoint`: a string is split into words as a shell would, but no shell runs it.
pub(super) fn command_line(node: &Node) -> Known<CommandLine> {
    if let Some(reason) = field::unset_in(node) {
        return Known::Unknown(reason);
    }
    let words = match &node.value {
        Value::List(items) => items.iter().filter_map(field::scalar).map(Sensitive::new).collect(),
        _ => match field::text(node) {
            Known::Value(text) => split_words(&text).into_iter().map(Sensitive::new).collect(),
            Known::Unknown(reason) => return Known::Unknown(reason),
        },
    };
    Known::Value(CommandLine { form: CommandForm::Exec, words })
}

fn healthcheck(service: &mut Service, check: &Field<'_>) {
    let timing = |key: &&str| check.child(key).is_some();
    if let Some(test) = check.child("test") {
        test.stack(&mut service.healthcheck, test_command);
    } else if ["interval", "timeout", "retries", "start_period", "start_interval"].iter().any(timing) {
        service.healthcheck.push(check.claim(Known::Value(Healthcheck::TimingOnly)));
    }
    let Some(disable) = check.child("disable") else { return };
    match field::boolean(disable.node) {
        Known::Value(true) => service.healthcheck.push(disable.claim(Known::Value(Healthcheck::Disabled))),
        Known::Value(false) => {}
        Known::Unknown(reason) => service.healthcheck.push(disable.claim(Known::Unknown(reason))),
    }
}

fn test_command(node: &Node) -> Known<Healthcheck> {
    if let Some(reason) = field::unset_in(node) {
        return Known::Unknown(reason);
    }
    let Value::List(items) = &node.value else {
        return field::text(node).map(|text| match &*text {
            "" => Healthcheck::TimingOnly,
            _ => Healthcheck::Test(CommandLine {
                form: CommandForm::Shell,
                words: vec![Sensitive::new(text.clone())],
            }),
        });
    };
    let words: Vec<Arc<str>> = items.iter().filter_map(field::scalar).collect();
    let rest =
        |form| CommandLine { form, words: words.iter().skip(1).cloned().map(Sensitive::new).collect() };
    Known::Value(match words.first().map(|word| &**word) {
        None => Healthcheck::TimingOnly,
        Some("NONE") => Healthcheck::Disabled,
        Some("CMD-SHELL") => Healthcheck::Test(rest(CommandForm::Shell)),
        Some("CMD") => Healthcheck::Test(rest(CommandForm::Exec)),
        Some(_) => return field::not_understood("healthcheck.test without CMD, CMD-SHELL or NONE"),
    })
}

/// Words of a command as Compose splits them: quotes and backslashes group, nothing expands.
pub(super) fn split_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => {
                if let Some(next) = chars.next() {
                    word.get_or_insert_default().push(next);
                }
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_split_at_white_space_outside_quotes() {
        assert_eq!(
            split_words(r#"sh -c "node 'a b' \"c\"" x\ y '' "#),
            ["sh", "-c", "node 'a b' \"c\"", "x y", ""]
        );
        assert!(split_words("  ").is_empty());
    }
}

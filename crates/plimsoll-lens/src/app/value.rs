//! What an expression says: a number, a text, the variable of the environment that may change it.
//!
//! Deliberately absent: computing. Where two numbers stand in an expression and nothing tells which holds, it says none.

use std::ops::Range;

use super::token::{Kind, Script, Token};

/// What an expression says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Value {
    /// The only number that can be a port.
    pub(super) port: Option<u16>,
    /// The variable of the environment that is asked first.
    pub(super) variable: Option<String>,
    /// The last string.
    pub(super) text: Option<String>,
    /// The name whose value it takes, where it says neither.
    pub(super) name: Option<String>,
}

/// A longer expression computes more than a port.
const MAX_EXPRESSION: usize = 80;

/// Words that stand for no value of their own.
const SILENT: &[&str] = &[
    "process",
    "env",
    "Number",
    "parseInt",
    "String",
    "as",
    "string",
    "number",
    "any",
    "await",
    "new",
    "undefined",
    "null",
    "true",
    "false",
    "NaN",
];

/// Reads an expression.
pub(super) fn value(script: &Script<'_>, range: Range<usize>) -> Value {
    let range = range.start..range.end.min(range.start + MAX_EXPRESSION);
    let tokens = script.slice(range);
    let mut value = Value::default();
    let mut ports: Vec<u16> = Vec::new();
    let mut default = None;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let before = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at));
        match &token.kind {
            Kind::Word("env") => {
                if let Some((name, length)) = key(tokens.get(at + 1..).unwrap_or(&[])) {
                    if name != "NODE_ENV" {
                        value.variable.get_or_insert_with(|| name.to_owned());
                    }
                    at += length;
                }
            }
            Kind::Word("get" | "getOrThrow" | "required") => {
                let asked = match tokens.get(at + 1..) {
                    Some([open, name, ..]) if open.is(b'(') => name.text(),
                    Some([open, _, shut, bracket, name, ..])
                        if open.is(b'<') && shut.is(b'>') && bracket.is(b'(') =>
                    {
                        name.text()
                    }
                    _ => None,
                };
                if let Some(name) = asked.filter(|name| is_variable(name)) {
                    value.variable.get_or_insert_with(|| name.to_owned());
                }
            }
            Kind::Word(word) if !SILENT.contains(word) => {
                let called = tokens.get(at + 1).is_some_and(|next| next.is(b'(') || next.is(b'.'));
                if !called {
                    value.name = Some((*word).to_owned());
                }
            }
            Kind::Number(number) => {
                let radix = *number == "10" && before(1).is_some_and(|comma| comma.is(b','));
                if let Some(port) = port(number).filter(|_| !radix) {
                    ports.push(port);
                    default = default.or_else(|| is_default(before(1), before(2)).then_some(port));
                }
            }
            Kind::Text(text) => match port(text) {
                Some(port) => {
                    ports.push(port);
                    default = default.or_else(|| is_default(before(1), before(2)).then_some(port));
                }
                None => value.text = Some(text.clone().into_owned()),
            },
            _ => {}
        }
        at += 1;
    }
    ports.dedup();
    value.port = default.or(match ports[..] {
        [port] => Some(port),
        _ => None,
    });
    if value.port.is_some() || !ports.is_empty() {
        value.name = None;
    }
    value
}

/// `.default(3000)` of a schema, or `default: 3000`.
fn is_default(before: Option<&Token<'_>>, earlier: Option<&Token<'_>>) -> bool {
    before.is_some_and(|mark| mark.is(b'(') || mark.is(b':'))
        && earlier.is_some_and(|word| matches!(word.word(), Some("default" | "devDefault" | "asPortNumber")))
}

/// The name behind `env`: `.PORT` or `['PORT']`, and how many tokens that is.
fn key<'t>(tokens: &'t [Token<'_>]) -> Option<(&'t str, usize)> {
    match tokens {
        [dot, name, ..] if dot.is(b'.') => Some((name.word().filter(|name| is_variable(name))?, 2)),
        [question, dot, name, ..] if question.is(b'?') && dot.is(b'.') => {
            Some((name.word().filter(|name| is_variable(name))?, 3))
        }
        [open, name, ..] if open.is(b'[') => Some((name.text().filter(|name| is_variable(name))?, 3)),
        _ => None,
    }
}

/// Whether it is written like the name of a variable of the environment.
pub(super) fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A number that can be a port; numbers below 80 are times, counts and the like.
fn port(number: &str) -> Option<u16> {
    let plain: String = number.chars().filter(|c| *c != '_').collect();
    plain.parse::<u16>().ok().filter(|port| *port >= 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<u16>, Option<String>, Option<String>) {
        let script = Script::of(text);
        let value = value(&script, script.expression(0));
        (value.port, value.variable, value.name)
    }

    #[test]
    fn the_ways_in_which_ports_are_written() {
        let plain = |port| (Some(port), None, None);
        let variable = |port| (Some(port), Some("PORT".to_owned()), None);
        assert_eq!(read("3000"), plain(3000));
        assert_eq!(read("'8080'"), plain(8080));
        for text in [
            "process.env.PORT || 3000",
            "process.env.PORT ?? '3000'",
            "process.env['PORT'] || 3_000",
            "Number(process.env.PORT) || 3000",
            "parseInt(process.env.PORT || '3000', 10)",
            "process.env.PORT ? Number(process.env.PORT) : 3000",
            "normalizePort(process.env.PORT || '3000')",
            "configService.get<number>('PORT', 3000)",
            "configService.get('PORT') ?? 3000",
            "env.get('PORT').default('3000').asPortNumber()",
        ] {
            assert_eq!(read(text), variable(3000), "{text}");
        }
        assert_eq!(read("z.coerce.number().int().min(1024).max(65535).default(3000)"), plain(3000));
        assert_eq!(read("process.env.PORT"), (None, Some("PORT".to_owned()), None));
        assert_eq!(read("Number(config.port)"), (None, None, Some("port".to_owned())));
        assert_eq!(
            read("process.env.PORT || config.port"),
            (None, Some("PORT".to_owned()), Some("port".to_owned()))
        );
        assert_eq!(read("process.env.NODE_ENV === 'production' ? 80 : 3000").0, None, "two numbers");
    }
}

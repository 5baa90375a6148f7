//! Secrets in commands, scripts and configuration text: assignments, options, clients' own forms, headers and SQL.
//!
//! The text is read as words and statements, roughly as a shell would, which also fits YAML, JSON and `key = value`
//! files. Quoted parts are read once more as text of their own. Nothing is expanded: a value with a variable in it is a
//! reference and no secret.

use std::ops::Range;

use crate::lexer::{self, Statement, Word};
use crate::name::{self, Announces};
use crate::{Detection, value};

/// Quotes within quotes within quotes are read; deeper ones are not.
const DEEPEST: usize = 3;

/// How many words of one statement are looked at for what qualifies a word.
const NEAR: usize = 32;

/// The secrets in a text by the form in which they are given.
pub(crate) fn find(text: &str) -> Vec<Detection> {
    let mut finder = Finder { text, found: Vec::new() };
    finder.part(0..text.len(), 0);
    finder.found
}

/// The same in a part of a text; ranges are those of the whole text.
pub(crate) fn find_in(text: &str, range: Range<usize>) -> Vec<Detection> {
    let mut finder = Finder { text, found: Vec::new() };
    finder.part(range, 0);
    finder.found
}

struct Finder<'a> {
    text: &'a str,
    found: Vec<Detection>,
}

impl<'a> Finder<'a> {
    fn part(&mut self, range: Range<usize>, depth: usize) {
        let statements = lexer::statements(self.text, range);
        for (at, statement) in statements.iter().enumerate() {
            let next = statements.get(at + 1).filter(|_| statement.piped);
            self.statement(statement, next);
            let program = program(self.text, &statement.words).unwrap_or(0);
            for (at, word) in statement.words.iter().enumerate() {
                if let Some(replacement) = replacement(self.text, word.at.clone()) {
                    if depth < DEEPEST {
                        self.part(replacement, depth + 1);
                    }
                    continue;
                }
                self.assignments(word.at.clone(), at < program);
                self.data_source(word.at.clone());
                if depth < DEEPEST {
                    for inner in &word.quoted {
                        self.part(inner.clone(), depth + 1);
                    }
                }
            }
        }
    }

    fn text(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or("")
    }

    fn judge(&mut self, announces: Announces, name: &str, range: Range<usize>) -> bool {
        let Some(mut detection) = value::judge(announces, name, self.text(range.clone()), true) else {
            return false;
        };
        detection.range = range.start + detection.range.start..range.start + detection.range.end;
        self.found.push(detection);
        true
    }

    /// `NAME=value` anywhere in a word: `--password=x`, `-Ddb.password=x`, `?user=a&password=x`, `user=a,password=x`.
    /// `passing` says that the word only sets the environment of the command behind it.
    fn assignments(&mut self, word: Range<usize>, passing: bool) {
        let text = self.text(word.clone());
        let called = self.text.as_bytes().get(word.end) == Some(&b'(');
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find('=')).map(|at| from + at) {
            from = at + 1;
            let name = trailing_name(text.get(..at).unwrap_or(""));
            let Some(announces) = name::announces(name) else { continue };
            let rest = text.get(from..).unwrap_or("");
            let end = from + end_of_value(rest);
            if rest.starts_with('=') || called && end == text.len() {
                continue;
            }
            // `SECRET_KEY=foo manage.py collectstatic`: the build needs any value, and it is gone with the command.
            let throwaway = passing
                && announces == Announces::Chosen
                && !value::is_strong(text.get(from..end).unwrap_or(""));
            if !throwaway && self.judge(announces, name, word.start + from..word.start + end) {
                from = end;
            }
        }
        self.defaults(word.start, text);
    }

    /// `${DB_PASSWORD:-literal}` of a shell.
    fn defaults(&mut self, start: usize, text: &str) {
        for (at, _) in text.match_indices("${") {
            let rest = text.get(at + 2..).unwrap_or("");
            let Some(end) = rest.find('}') else { break };
            let inner = rest.get(..end).unwrap_or("");
            let Some(dash) = inner.find(":-").or_else(|| inner.find(":=")) else { continue };
            let name = inner.get(..dash).unwrap_or("");
            if let Some(announces) = name::announces(name) {
                let begin = start + at + 2 + dash + 2;
                self.judge(announces, name, begin..start + at + 2 + end);
            }
        }
    }

    /// `root:secret@tcp(db:3306)/app`: the data source names of Go's drivers, and the like without a scheme.
    fn data_source(&mut self, word: Range<usize>) {
        let text = self.text(word.clone());
        let range = value::bare(text);
        let bare = text.get(range.clone()).unwrap_or("");
        if bare.contains("://") {
            return;
        }
        let Some((user, rest)) = bare.split_once(':') else { return };
        let Some((password, host)) = rest.rsplit_once('@') else { return };
        let user = user.rsplit('=').next().unwrap_or("");
        let addressed = host.starts_with("tcp(") || host.starts_with("unix(") || host.starts_with('(');
        let plain = !user.is_empty()
            && user.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
        if addressed && plain && !password.is_empty() {
            let start = word.start + range.start + bare.len() - rest.len();
            self.judge(Announces::Password, "", start..start + password.len());
        }
    }

    fn statement(&mut self, statement: &Statement, next: Option<&Statement>) {
        let words = &statement.words;
        let program = program(self.text, words);
        let client = program.map(|at| basename(self.bare(words.get(at))));
        for (at, word) in words.iter().enumerate() {
            let here = self.bare(Some(word));
            let following = words.get(at + 1);
            self.key_and_value(words, at);
            if let Some(option) = here.strip_prefix('-') {
                if let Some(client) = client {
                    self.client_option(client, words, at);
                }
                if !self.default_trust_store(client, words, following) {
                    self.long_option(client.unwrap_or(""), option, following);
                }
            } else if self.introduces(words, at) {
                self.judge_word(Announces::Password, "", following);
            }
        }
        if let (Some(at), Some(client)) = (program, client) {
            self.positional(client, words.get(at + 1..).unwrap_or_default(), next);
        }
    }

    fn bare(&self, word: Option<&Word>) -> &'a str {
        word.map_or("", |word| {
            let text = self.text(word.at.clone());
            text.get(value::bare(text)).unwrap_or("")
        })
    }

    fn judge_word(&mut self, announces: Announces, name: &str, word: Option<&Word>) -> bool {
        let Some(word) = word else { return false };
        let bare = self.bare(Some(word));
        if bare.starts_with('-') || bare.starts_with(['<', '>']) {
            return false;
        }
        self.judge(announces, name, word.at.clone())
    }

    /// `keytool -importcert -storepass changeit`: the password that Java documents for its list of public certificates.
    fn default_trust_store(&self, client: Option<&str>, words: &[Word], following: Option<&Word>) -> bool {
        client == Some("keytool")
            && self.bare(following) == "changeit"
            && words.iter().take(NEAR).any(|word| {
                matches!(
                    self.bare(Some(word)),
                    "-import" | "-importcert" | "-trustcacerts" | "-list" | "-delete"
                )
            })
    }

    /// `--password x`, `-storepass x`, `--db-password x`.
    fn long_option(&mut self, client: &str, option: &str, following: Option<&Word>) {
        let name = option.trim_start_matches('-');
        if option.contains('=') || name.len() < 4 || is_mysql(client) || prompts(client) {
            return;
        }
        if let Some(announces) = name::announces(name) {
            self.judge_word(announces, name, following);
        } else if matches!(name, "requirepass" | "masterauth" | "adminpass") {
            self.judge_word(Announces::Password, name, following);
        }
    }

    /// Options whose meaning only their program knows: `mysql -px`, `redis-cli -a x`, `curl -u user:x`.
    fn client_option(&mut self, client: &str, words: &[Word], at: usize) {
        let Some(word) = words.get(at) else { return };
        let option = self.bare(Some(word));
        let following = words.get(at + 1);
        let login = || words.iter().take(NEAR).any(|word| self.bare(Some(word)) == "login");
        let separate = match client {
            "redis-cli" => option == "-a" || option == "--pass",
            "mongo" | "mongosh" | "mongodump" | "mongorestore" | "mongoexport" | "mongoimport"
            | "sshpass" => option == "-p",
            "docker" | "podman" | "buildah" | "skopeo" | "nerdctl" | "helm" | "oc" | "az" | "crane" => {
                option == "-p" && login()
            }
            "sqlcmd" | "bcp" | "zip" | "unzip" | "isql" => option == "-P",
            "ldapsearch" | "ldapadd" | "ldapmodify" | "ldapdelete" | "ldappasswd" => option == "-w",
            "redis-server" => option == "--requirepass" || option == "--masterauth",
            _ => false,
        };
        if separate {
            self.judge_word(Announces::Password, "", following);
            return;
        }
        let attached = is_mysql(client) || matches!(client, "sshpass" | "7z" | "7za");
        if attached && option.starts_with("-p") && option.len() > 2 {
            let start = word.at.start + self.text(word.at.clone()).find("-p").unwrap_or(0) + 2;
            self.judge(Announces::Password, "", start..word.at.end);
            return;
        }
        let pair = match client {
            "curl" | "http" | "https" | "xh" => {
                matches!(option, "-u" | "--user" | "-U" | "--proxy-user" | "-a" | "--auth")
            }
            "wget2" | "lftp" => option == "-u",
            _ => false,
        };
        if pair {
            let separator = if client == "lftp" { ',' } else { ':' };
            self.pair(following.map(|word| word.at.clone()), separator);
        } else if matches!(client, "smbclient" | "rpcclient") && option == "-U" {
            self.pair(following.map(|word| word.at.clone()), '%');
        } else if client == "openssl" && matches!(option, "-passin" | "-passout" | "-pass") {
            let Some(range) = following.map(|word| word.at.clone()) else { return };
            if let Some(at) = self.text(range.clone()).find("pass:") {
                self.judge(Announces::Password, "", range.start + at + 5..range.end);
            }
        }
    }

    /// The second half of `user:password`.
    fn pair(&mut self, range: Option<Range<usize>>, separator: char) {
        let Some(range) = range else { return };
        let text = self.text(range.clone());
        let inner = value::bare(text);
        let bare = text.get(inner.clone()).unwrap_or("");
        if let Some(at) = bare.find(separator)
            && !bare.contains("://")
        {
            let start = range.start + inner.start + at + separator.len_utf8();
            self.judge(Announces::Password, "", start..range.start + inner.end);
        }
    }

    /// Programs that take a secret as a plain argument.
    fn positional(&mut self, client: &str, words: &[Word], next: Option<&Statement>) {
        let texts: Vec<&str> = words.iter().map(|word| self.bare(Some(word))).collect();
        let plain: Vec<usize> =
            (0..texts.len()).filter(|&at| texts.get(at).is_some_and(|text| !text.starts_with('-'))).collect();
        let nth = |n: usize| plain.get(n).and_then(|&at| words.get(at));
        let first = plain.first().and_then(|&at| texts.get(at)).copied().unwrap_or("");
        match client {
            "htpasswd"
                if texts
                    .iter()
                    .any(|text| text.starts_with('-') && !text.starts_with("--") && text.contains('b')) =>
            {
                let to_output = texts.iter().any(|text| text.starts_with('-') && text.contains('n'));
                self.judge_word(Announces::Password, "", nth(if to_output { 1 } else { 2 }));
            }
            "rabbitmqctl" if matches!(first, "add_user" | "change_password") => {
                self.judge_word(Announces::Password, "", nth(2));
            }
            "composer" if texts.iter().any(|text| text.starts_with("http-basic.")) => {
                self.judge_word(Announces::Issued, "", plain.last().and_then(|&at| words.get(at)));
            }
            "echo" | "printf" => {
                let target = next.and_then(|next| {
                    program(self.text, &next.words)
                        .map(|at| basename(self.bare(next.words.get(at))).to_owned())
                });
                match target.as_deref() {
                    Some("chpasswd") => self
                        .pair(plain.first().and_then(|&at| words.get(at)).map(|word| word.at.clone()), ':'),
                    Some("passwd") => {
                        self.judge_word(Announces::Password, "", nth(0));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        // `npm config set //registry/:_authToken x`, `aws configure set aws_secret_access_key x`, `git config x.token y`.
        let sets = matches!(client, "npm" | "yarn" | "pnpm" | "aws" | "git" | "gcloud" | "pip" | "poetry");
        if sets && texts.iter().any(|text| matches!(*text, "config" | "configure" | "set")) {
            for (at, text) in texts.iter().enumerate() {
                let name = trailing_name(text.rsplit("/:").next().unwrap_or(""));
                if let Some(announces) = name::announces(name) {
                    self.judge_word(announces, name, words.get(at + 1));
                }
            }
        }
    }

    /// Words after which a password stands: SQL and the configuration of Redis.
    fn introduces(&self, words: &[Word], at: usize) -> bool {
        let Some(here) = words.get(at) else { return false };
        if !here.quoted.is_empty() {
            return false;
        }
        let quoted = words.get(at + 1).is_some_and(|next| !next.quoted.is_empty());
        let is = |at: usize, wanted: &str| {
            words.get(at).is_some_and(|word| self.text(word.at.clone()).eq_ignore_ascii_case(wanted))
        };
        let near = at.saturating_sub(NEAR);
        is(at, "by") && quoted && (near..at).any(|before| is(before, "identified"))
            || is(at, "password")
                && quoted
                && (near..at).any(|before| is(before, "role") || is(before, "user") || is(before, "with"))
            || at == 0 && words.len() == 2 && (is(at, "requirepass") || is(at, "masterauth"))
            || is(at, "password")
                && (near..at).any(|before| is(before, "login"))
                && (near..at).any(|before| is(before, "machine"))
    }

    /// `password: x`, `"password": "x"`, `X-Api-Key: x`, `Authorization: Bearer x`, `password = x`.
    fn key_and_value(&mut self, words: &[Word], at: usize) {
        let Some(word) = words.get(at) else { return };
        let text = self.text(word.at.clone());
        let lead =
            at == 0 || at == 1 && words.first().is_some_and(|first| self.text(first.at.clone()) == "-");
        let (key, rest) = match text.split_once(':') {
            Some((key, rest)) => (key, Some(rest)),
            None => (text, None),
        };
        let name = trailing_name(key.trim_matches(['"', '\'']));
        let next = words.get(at + 1);
        if name.eq_ignore_ascii_case("authorization") && rest == Some("") {
            let scheme = self.bare(next).to_ascii_lowercase();
            if matches!(scheme.as_str(), "bearer" | "basic" | "token") {
                self.judge_word(Announces::Perhaps, "", words.get(at + 2));
            }
            return;
        }
        let Some(announces) = name::announces(name) else { return };
        match rest {
            Some("") => {
                let alone = next.is_some_and(|next| {
                    words.get(at + 2).is_none_or(|after| self.text(after.at.clone()).starts_with('#'))
                        && next.at.start > word.at.end
                });
                let quoted = next.is_some_and(|next| !next.quoted.is_empty());
                if lead && alone || quoted && key.starts_with(['"', '\'']) {
                    self.judge_word(announces, name, next);
                }
            }
            Some(rest) if rest.starts_with(['"', '\'']) => {
                self.judge(announces, name, word.at.end - rest.len()..word.at.end);
            }
            Some(_) => {}
            None => {
                // `password = x` of an ini or properties file.
                let assigned = next.is_some_and(|next| self.text(next.at.clone()) == "=");
                if lead
                    && assigned
                    && words
                        .get(at + 3)
                        .is_none_or(|after| self.text(after.at.clone()).starts_with(['#', ';']))
                {
                    self.judge_word(announces, name, words.get(at + 2));
                }
            }
        }
    }
}

/// Where in the words the program stands: behind assignments and programs that start others.
fn program(text: &str, words: &[Word]) -> Option<usize> {
    const WRAPPERS: &[&str] = &[
        "sudo",
        "env",
        "exec",
        "command",
        "nice",
        "time",
        "gosu",
        "su-exec",
        "nohup",
        "then",
        "do",
        "else",
        "if",
        "!",
        "while",
        "RUN",
        "CMD",
        "CMD-SHELL",
        "-",
        "[",
    ];
    words.iter().position(|word| {
        let raw = text.get(word.at.clone()).unwrap_or("");
        let bare = raw.get(value::bare(raw)).unwrap_or("").trim_start_matches('[').trim_end_matches(',');
        let bare = bare.trim_matches(['"', '\'']);
        !bare.is_empty() && !bare.contains('=') && !WRAPPERS.contains(&basename(bare))
    })
}

fn basename(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or("")
}

fn is_mysql(client: &str) -> bool {
    client.starts_with("mysql")
        || client.starts_with("mariadb")
        || client == "mytop"
        || client == "xtrabackup"
}

/// Programs whose `--password` has no value.
fn prompts(client: &str) -> bool {
    matches!(client, "psql" | "pg_dump" | "createuser" | "createdb" | "pg_dumpall" | "pg_restore")
}

/// The identifier at the end of a text: the name before `=`, without the dashes of an option.
fn trailing_name(text: &str) -> &str {
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        .last()
        .map_or(text.len(), |(at, _)| at);
    text.get(start..).unwrap_or("").trim_start_matches('-')
}

/// Where the value at the start of a text ends: its closing quote, the next pair, or the end of the word.
fn end_of_value(text: &str) -> usize {
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        return text.get(1..).and_then(|rest| rest.find(quote)).map_or(text.len(), |end| end + 2);
    }
    let pair = |at: usize| {
        let rest = text.get(at + 1..).unwrap_or("");
        let name = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.'))
            .unwrap_or(rest.len());
        name > 0 && rest.get(name..).is_some_and(|rest| rest.starts_with('='))
    };
    text.char_indices()
        .find(|(at, c)| matches!(c, '&' | ';' | '"' | '\'' | '`' | '\\') || *c == ',' && pair(*at))
        .map_or(text.len(), |(at, _)| at)
}

/// The replacement of a `sed` expression, which is what will stand in the file; the rest is a pattern.
fn replacement(text: &str, word: Range<usize>) -> Option<Range<usize>> {
    let raw = text.get(word.clone())?;
    let inner = value::bare(raw);
    let body = raw.get(inner.clone())?;
    let mark = body
        .strip_prefix('s')?
        .chars()
        .next()
        .filter(|c| matches!(c, '/' | '|' | '#' | ',' | '~' | '@' | '%' | ':'))?;
    let mut marks = body
        .char_indices()
        .filter(|(at, c)| *c == mark && !body.get(..*at).is_some_and(|before| before.ends_with('\\')))
        .map(|(at, _)| at);
    let (first, second, third) = (marks.next()?, marks.next()?, marks.next()?);
    let start = word.start + inner.start;
    (first == 1).then_some(start + second + 1..start + third)
}

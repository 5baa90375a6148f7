//! Smoke tests: what is asked of a service before a change and after it.
//!
//! An address is fetched by this program over the container's own address, so that neither `curl` nor a published port is
//! needed; `curl` with the usual options is read as that. Every other command is run inside the container. Deliberately
//! absent: running anything on this machine.

use std::fmt;

/// A smoke test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Smoke {
    /// As the user wrote it.
    pub(super) written: String,
    /// The service that was named before it: `api: node check.js`.
    pub(super) service: Option<String>,
    pub(super) kind: Kind,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Fetch(Fetch),
    /// The words of a command in the container.
    Command(Vec<String>),
}

/// An address to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fetch {
    pub(super) host: String,
    pub(super) port: u16,
    /// With its query.
    pub(super) path: String,
    pub(super) headers: Vec<String>,
    /// Whether a status from 400 on is a failure.
    pub(super) strict: bool,
}

impl fmt::Display for Smoke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl Smoke {
    /// Reads what the user wrote. `services` are the names that may stand before it.
    pub(super) fn read(written: &str, services: &[String]) -> Result<Self, String> {
        let (service, test) = match written.split_once(':') {
            Some((name, rest)) if services.iter().any(|known| known == name.trim()) => {
                (Some(name.trim().to_owned()), rest.trim())
            }
            _ => (None, written.trim()),
        };
        let told = |what: &str| format!("--smoke '{written}': {what}");
        let kind = if test.starts_with("http://") {
            Kind::Fetch(address(test, Vec::new(), true).ok_or_else(|| told("that is no address"))?)
        } else if test.starts_with("https://") {
            return Err(told(
                "https:// is not fetched here; a command is run in the container, such as curl -fk https://…",
            ));
        } else {
            let words = words(test).ok_or_else(|| told("a quote is not closed"))?;
            match (words.is_empty(), curl(&words)) {
                (true, _) => return Err(told("there is nothing to do")),
                (_, Some(fetch)) => Kind::Fetch(fetch),
                (_, None) if test.contains(['|', '&', ';', '<', '>', '$', '`', '*', '?', '(']) => {
                    Kind::Command(["/bin/sh", "-c", test].map(str::to_owned).to_vec())
                }
                (_, None) => Kind::Command(words),
            }
        };
        Ok(Self { written: written.to_owned(), service, kind })
    }
}

/// `http://HOST[:PORT][/PATH]`.
fn address(text: &str, headers: Vec<String>, strict: bool) -> Option<Fetch> {
    let rest = text.strip_prefix("http://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (place, path) = rest.split_at(end);
    let path = path.split('#').next().unwrap_or_default();
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (place, 80),
    };
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    (plain(host) && plain(&path) && !host.contains('@')).then(|| Fetch {
        host: host.to_owned(),
        port,
        path,
        headers,
        strict,
    })
}

/// `curl` with one address and nothing but options that this program can do as well.
fn curl(words: &[String]) -> Option<Fetch> {
    let mut rest = words.iter();
    if rest.next()? != "curl" {
        return None;
    }
    let (mut target, mut headers, mut strict) = (None, Vec::new(), false);
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--fail" | "--fail-with-body" => strict = true,
            "--silent" | "--show-error" => {}
            "-o" | "--output" | "-m" | "--max-time" | "--connect-timeout" => drop(rest.next()?),
            "-H" | "--header" => headers.push(rest.next()?.clone()),
            short if short.starts_with('-') && !short.starts_with("--") && short.len() > 1 => {
                if !short[1..].bytes().all(|letter| b"fsS".contains(&letter)) {
                    return None;
                }
                strict |= short.contains('f');
            }
            long if long.starts_with('-') => return None,
            word if target.is_none() => target = Some(word),
            _ => return None,
        }
    }
    let target = target?;
    let whole = if target.contains("://") { target.to_owned() } else { format!("http://{target}") };
    let harmless = |header: &String| !header.contains(['\r', '\n']);
    headers.iter().all(harmless).then(|| address(&whole, headers, strict)).flatten()
}

/// The words of a command by the quoting rules of a shell, without expansions; nothing when a quote stays open.
fn words(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some('"') | None, '\\') => {
                begun = true;
                word.push(letters.next()?);
            }
            (Some(_), letter) => word.push(letter),
            (None, '\'' | '"') => {
                begun = true;
                quote = Some(letter);
            }
            (None, letter) if letter.is_whitespace() => {
                if std::mem::take(&mut begun) {
                    words.push(std::mem::take(&mut word));
                }
            }
            (None, letter) => {
                begun = true;
                word.push(letter);
            }
        }
    }
    if begun {
        words.push(word);
    }
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetched(text: &str) -> Option<(String, u16, String, bool)> {
        match Smoke::read(text, &[]).unwrap().kind {
            Kind::Fetch(fetch) => Some((fetch.host, fetch.port, fetch.path, fetch.strict)),
            Kind::Command(_) => None,
        }
    }

    fn run(text: &str) -> Vec<String> {
        match Smoke::read(text, &["api".to_owned()]).unwrap().kind {
            Kind::Command(words) => words,
            Kind::Fetch(fetch) => panic!("{fetch:?}"),
        }
    }

    #[test]
    fn addresses_are_fetched_also_when_curl_is_named() {
        let health = |strict| Some(("localhost".to_owned(), 3000, "/health".to_owned(), strict));
        assert_eq!(fetched("http://localhost:3000/health"), health(true));
        assert_eq!(fetched("curl -fsS http://localhost:3000/health"), health(true));
        assert_eq!(fetched("curl --fail -o /dev/null -m 5 localhost:3000/health"), health(true));
        assert_eq!(fetched("curl -s 'http://localhost:3000/health'"), health(false));
        assert_eq!(fetched("http://api"), Some(("api".to_owned(), 80, "/".to_owned(), true)));
        assert_eq!(fetched("http://api?x=1#y"), Some(("api".to_owned(), 80, "/?x=1".to_owned(), true)));
        let with = Smoke::read("curl -H 'Accept: text/plain' http://a/", &[]).unwrap();
        assert!(matches!(with.kind, Kind::Fetch(fetch) if fetch.headers == ["Accept: text/plain"]));
    }

    #[test]
    fn everything_else_is_run_in_the_container() {
        assert_eq!(run("curl -X POST http://localhost/x"), ["curl", "-X", "POST", "http://localhost/x"]);
        assert_eq!(run("curl -fk https://localhost/"), ["curl", "-fk", "https://localhost/"]);
        assert_eq!(run("node -e 'process.exit(0)'"), ["/bin/sh", "-c", "node -e 'process.exit(0)'"]);
        assert_eq!(run(r#"a "b c" d\ e '' "\"""#), ["a", "b c", "d e", "", "\""]);
        assert_eq!(run("wget -q -O- http://a | grep ok")[..2], ["/bin/sh", "-c"]);
        let named = Smoke::read("api: node check.js", &["api".to_owned()]).unwrap();
        assert_eq!(named.service.as_deref(), Some("api"));
        assert_eq!(named.kind, Kind::Command(vec!["node".to_owned(), "check.js".to_owned()]));
    }

    #[test]
    fn what_cannot_be_done_is_told() {
        for text in
            ["", "  ", "https://localhost/", "http://", "http://a:99999/", "http://me:pw@a/", "echo 'open"]
        {
            assert!(Smoke::read(text, &[]).unwrap_err().starts_with("--smoke '"), "{text}");
        }
    }
}

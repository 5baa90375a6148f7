//! A health check asks a port that nothing in the container is known to listen on.

use plimsoll_posture::{CommandLine, Healthcheck, Known, Posture, Service};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, listening};

pub(super) static CONTROL: Control = Control {
    id: "healthcheck-port-unheard",
    title: "health check asks a port that the program does not listen on",
    page: include_str!("healthcheck_port_unheard.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let Some(claim) = service.healthcheck.effective() else {
        return Verdict::NotApplicable("there is no health check");
    };
    let test = match &claim.value {
        Known::Value(Healthcheck::Test(test)) => test,
        Known::Value(_) => return Verdict::NotApplicable("there is no health check of its own"),
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
    };
    let Some(port) = asked(test) else {
        return Verdict::NotApplicable("the health check asks no port of the container");
    };
    let Some(named) = listening::of(service).filter(|named| !named.is_empty()) else {
        return Verdict::NotApplicable("nothing says on which port the program listens");
    };
    let published = service
        .published
        .values()
        .any(|(published, _)| published.container.value().is_none_or(|ports| ports.contains(port)));
    let variable = named.variable.is_some_and(|(own, _)| own == port);
    if variable || published || named.exposes(port) || named.mentions(port) {
        return Verdict::pass(claim);
    }
    let what = if service.runtime { "service" } else { "image" };
    let told = named.told();
    let mut finding = Finding::at(
        claim,
        format!("asks port {port}"),
        format!(
            "the health check of {what} `{}` asks port {port}, and the program listens on {told}",
            service.name()
        ),
        format!(
            "ask port {} in the health check, or say with PORT or EXPOSE that {port} is listened on",
            first(&told)
        ),
    );
    if let Some((port, at)) = named.variable {
        finding = finding.near(at.clone(), format!("PORT is {port}"));
    }
    if let Some((exposed, claim)) = named.exposed.first() {
        finding = finding.with(claim, format!("exposes {}", exposed.ports));
    }
    Verdict::fail(finding)
}

fn first(told: &str) -> &str {
    told.split(',').next().unwrap_or(told)
}

/// The port of the container itself that a test asks.
fn asked(test: &CommandLine) -> Option<u16> {
    let words: Vec<&str> = test.arguments().flat_map(str::split_whitespace).collect();
    for (at, word) in words.iter().enumerate() {
        if let Some(port) = of_address(word) {
            return Some(port);
        }
        let host = word.trim_matches(QUOTES);
        if matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "::1")
            && words
                .iter()
                .take(at)
                .any(|tool| matches!(tool.rsplit('/').next(), Some("nc" | "ncat" | "netcat")))
            && let Some(port) = words.get(at + 1).and_then(|next| digits(next))
        {
            return Some(port);
        }
    }
    None
}

const QUOTES: [char; 7] = ['"', '\'', '`', '(', ')', ';', ','];

/// `3000` of `http://localhost:3000/health`, `127.0.0.1:3000`, `http://[::1]:3000`. Without a port, the scheme's own.
fn of_address(word: &str) -> Option<u16> {
    const HOSTS: &[&str] = &["localhost", "127.0.0.1", "0.0.0.0", "[::1]"];
    let (at, host) = HOSTS.iter().find_map(|host| Some((word.find(host)?, host)))?;
    let before = word.get(..at)?;
    // `db.localhost` and `mylocalhost` are other hosts.
    if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-') {
        return None;
    }
    let rest = word.get(at + host.len()..)?;
    if let Some(port) = rest.strip_prefix(':') {
        return digits(port);
    }
    // Without a port only a URL says which one is meant.
    let ends = rest.is_empty() || rest.starts_with(['/', '"', '\'', '`', '?', ')', ';']);
    match before {
        _ if !ends => None,
        scheme if scheme.ends_with("https://") => Some(443),
        scheme if scheme.ends_with("http://") => Some(80),
        _ => None,
    }
}

/// The number that a word begins with; a variable is none.
fn digits(word: &str) -> Option<u16> {
    let word = word.trim_start_matches(QUOTES);
    let end = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let rest = word.get(end..)?;
    if rest.starts_with(['$', '{', '.']) {
        return None;
    }
    word.get(..end)?.parse().ok().filter(|port| *port != 0)
}

#[cfg(test)]
mod tests {
    use plimsoll_posture::{CommandForm, Sensitive};

    use super::*;

    #[test]
    fn the_port_in_its_forms() {
        let port = |text: &str| {
            asked(&CommandLine { form: CommandForm::Shell, words: vec![Sensitive::new(text.to_owned())] })
        };
        assert_eq!(port("curl -fsS http://localhost:3000/health || exit 1"), Some(3000));
        assert_eq!(port("wget -qO- http://127.0.0.1:8080"), Some(8080));
        assert_eq!(port("curl -f http://localhost/health"), Some(80));
        assert_eq!(port("node -e \"fetch('http://[::1]:4000').then(r=>1)\""), Some(4000));
        assert_eq!(port("nc -z localhost 5432"), Some(5432));
        assert_eq!(port("curl http://localhost:$PORT/"), None);
        assert_eq!(port("curl http://localhost:${PORT:-3000}/"), None);
        assert_eq!(port("pg_isready -h localhost"), None);
        assert_eq!(port("curl http://db:5432"), None);
        assert_eq!(port("curl http://db.localhost:5432"), None);
    }
}

//! Debuggers that take connections: the inspector of Node.js and the debug wire of Java, where they are switched on and
//! on which port they listen.
//!
//! Deliberately absent: debuggers of other languages; their ports are other programs' ordinary ones.

use plimsoll_posture::{Change, Claim, Layer, Provenance, PublishedPort, Reason, Service, Setting};

use crate::remedy::{give, withdraw};

/// The inspector's port since Node 8, and the old debugger's.
const PORTS: [u16; 2] = [9229, 5858];
/// The port that everybody gives Java's debug wire; other programs use it as well.
const JAVA_PORT: u16 = 5005;

/// Variables whose words are options of the runtime.
const OPTIONS: &[&str] =
    &["NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS", "CATALINA_OPTS"];

/// One option that switches a debugger on.
pub(crate) struct Inspector {
    /// Where it is said.
    pub(crate) at: Provenance,
    /// How well it is known.
    pub(crate) plane: plimsoll_posture::Plane,
    /// The port it listens on.
    pub(crate) port: u16,
    /// Whether it listens on more than the container's own loopback.
    pub(crate) open: bool,
    /// The option, for messages.
    pub(crate) option: &'static str,
    /// The variable that holds it, where one does.
    pub(crate) variable: Option<&'static str>,
}

/// Debuggers that the command, the entrypoint or a variable with options switches on.
pub(crate) fn inspectors(service: &Service) -> Vec<Inspector> {
    let mut found = Vec::new();
    for fact in [&service.entrypoint, &service.command] {
        let Some(claim) = fact.effective() else { continue };
        let Some(line) = claim.value.value() else { continue };
        let words = line.arguments().flat_map(str::split_whitespace);
        found.extend(words.filter_map(|word| debugger(word, claim)));
    }
    for name in OPTIONS {
        if let Some(claim) = service.env.get(name).and_then(|fact| fact.effective())
            && let Some(options) = claim.value.value()
        {
            let words = options.expose().split_whitespace();
            let inspectors = words.filter_map(|word| debugger(word, claim));
            found.extend(inspectors.map(|own| Inspector { variable: Some(name), ..own }));
        }
    }
    found
}

fn debugger<T>(word: &str, claim: &Claim<T>) -> Option<Inspector> {
    inspector(word, claim).or_else(|| debug_wire(word, claim))
}

/// `-agentlib:jdwp=transport=dt_socket,server=y,address=*:5005`. Since Java 9 a port alone is the loopback's.
fn debug_wire<T>(word: &str, claim: &Claim<T>) -> Option<Inspector> {
    let word = word.trim_matches(['"', '\'']);
    let settings = word.strip_prefix("-agentlib:jdwp=").or_else(|| word.strip_prefix("-Xrunjdwp:"))?;
    let setting = |key: &str| settings.split(',').find_map(|part| part.strip_prefix(key)?.strip_prefix('='));
    if setting("server") != Some("y") {
        return None;
    }
    let (host, port) = match setting("address")?.rsplit_once(':') {
        Some((host, port)) => (host, port),
        None => ("", setting("address")?),
    };
    let open = !matches!(host, "" | "127.0.0.1" | "localhost" | "[::1]");
    Some(Inspector {
        at: claim.at.clone(),
        plane: claim.plane,
        port: port.parse().ok()?,
        open,
        option: "-agentlib:jdwp",
        variable: None,
    })
}

/// What takes the options that switch a debugger on out of the variables of a service, where its project's file says them.
/// `None` where one of them stands elsewhere.
pub(crate) fn switched_off(service: &Service, inspectors: &[Inspector]) -> Option<Vec<Change>> {
    let mut changes = Vec::new();
    for name in OPTIONS {
        if !inspectors.iter().any(|inspector| inspector.variable == Some(name)) {
            continue;
        }
        let claim = service.env.get(name)?.effective().filter(|claim| claim.layer == Layer::Compose)?;
        let options = claim.value.value()?.expose();
        let rest: Vec<&str> =
            options.split_whitespace().filter(|word| debugger(word, claim).is_none()).collect();
        changes.push(match rest.as_slice() {
            [] => withdraw(claim),
            rest => {
                let text = rest.join(" ");
                let harmless = |c: char| c.is_ascii_alphanumeric() || "-_=./ ".contains(c);
                if !text.chars().all(harmless) {
                    return None;
                }
                give(service, Setting::Environment((*name).into(), text.into()))
            }
        });
    }
    let all = inspectors.iter().all(|inspector| inspector.variable.is_some());
    (all && service.runtime).then_some(changes)
}

/// The first reason why the command or `NODE_OPTIONS` is not known.
pub(crate) fn unknown(service: &Service) -> Option<Reason> {
    let commands = [&service.entrypoint, &service.command];
    let commands =
        commands.into_iter().filter_map(|fact| fact.effective()).filter_map(|claim| claim.value.reason());
    let options = service
        .env
        .get("NODE_OPTIONS")
        .and_then(|fact| fact.effective())
        .and_then(|claim| claim.value.reason());
    commands.chain(options).next().cloned()
}

/// `--inspect`, `--inspect-brk`, `--inspect-wait`, each with `=[host:]port`.
fn inspector<T>(word: &str, claim: &Claim<T>) -> Option<Inspector> {
    let word = word.trim_matches(['"', '\'']);
    let (option, value) = word.split_once('=').unwrap_or((word, ""));
    if !matches!(option, "--inspect" | "--inspect-brk" | "--inspect-wait") {
        return None;
    }
    let (host, port) = match value.rsplit_once(':') {
        Some((host, port)) if !value.ends_with(']') => (host, port.parse().ok()),
        _ => match value.parse() {
            Ok(port) => ("", Some(port)),
            Err(_) => (value, None),
        },
    };
    let open = !matches!(host, "" | "127.0.0.1" | "localhost" | "[::1]" | "::1");
    Some(Inspector {
        at: claim.at.clone(),
        plane: claim.plane,
        port: port.unwrap_or(9229),
        open,
        option: "--inspect",
        variable: None,
    })
}

/// Whether a published port is a debugger's.
pub(crate) fn is_debug_port(service: &Service, port: &PublishedPort) -> bool {
    let Some(container) = port.container.value() else { return false };
    PORTS.iter().any(|number| container.contains(*number))
        || container.contains(JAVA_PORT) && runs_java(service)
        || inspectors(service).iter().any(|inspector| container.contains(inspector.port))
}

/// Whether the image or the command is one of Java.
fn runs_java(service: &Service) -> bool {
    const IMAGES: &[&str] =
        &["jdk", "jre", "java", "temurin", "tomcat", "jetty", "maven", "gradle", "wildfly", "corretto"];
    let image = service.image.value().map(|image| image.repository.to_ascii_lowercase());
    let command = [&service.entrypoint, &service.command];
    image.is_some_and(|name| IMAGES.iter().any(|part| name.contains(part)))
        || service
            .knowledge
            .lines
            .iter()
            .any(|line| line.product.contains("JDK") || line.product.contains("Java"))
        || command.into_iter().filter_map(|fact| fact.value()).any(|line| {
            matches!(line.program(), Some("java" | "mvn" | "mvnw" | "gradle" | "gradlew" | "catalina.sh"))
        })
}

#[cfg(test)]
mod tests {
    use plimsoll_text::{SourceKind, Sources, Span};

    use super::*;

    #[test]
    fn the_option_in_its_forms() {
        let mut sources = Sources::new();
        let claim = Claim::default((), Span::whole(sources.add_text("x", SourceKind::Other, "")));
        let read = |word| inspector(word, &claim).map(|inspector| (inspector.port, inspector.open));
        assert_eq!(read("--inspect"), Some((9229, false)));
        assert_eq!(read("--inspect=0.0.0.0"), Some((9229, true)));
        assert_eq!(read("--inspect-brk=0.0.0.0:9230"), Some((9230, true)));
        assert_eq!(read("--inspect=9231"), Some((9231, false)));
        assert_eq!(read("--inspect=[::]:9229"), Some((9229, true)));
        assert_eq!(read("--inspect=127.0.0.1:9229"), Some((9229, false)));
        assert_eq!(read("--inspector"), None);
    }

    #[test]
    fn the_debug_wire_of_java() {
        let mut sources = Sources::new();
        let claim = Claim::default((), Span::whole(sources.add_text("x", SourceKind::Other, "")));
        let read = |word: &str| debugger(word, &claim).map(|found| (found.port, found.open));
        let jdwp = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=";
        assert_eq!(read(&format!("{jdwp}*:5005")), Some((5005, true)));
        assert_eq!(read(&format!("{jdwp}8000")), Some((8000, false)));
        assert_eq!(read("-agentlib:jdwp=transport=dt_socket,address=ci:5005"), None);
    }
}

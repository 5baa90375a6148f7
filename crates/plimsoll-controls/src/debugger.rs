//! The Node.js inspector: where it is switched on, and on which port it listens.
//!
//! Deliberately absent: debuggers of other languages; their ports are other programs' ordinary ones.

use plimsoll_posture::{Claim, Provenance, PublishedPort, Reason, Service};

/// The inspector's port since Node 8, and the old debugger's.
const PORTS: [u16; 2] = [9229, 5858];

/// One option that switches the inspector on.
pub(crate) struct Inspector {
    /// Where it is said.
    pub(crate) at: Provenance,
    /// How well it is known.
    pub(crate) plane: plimsoll_posture::Plane,
    /// The port it listens on.
    pub(crate) port: u16,
    /// Whether it listens on more than the container's own loopback.
    pub(crate) open: bool,
}

/// Inspectors that the command, the entrypoint or `NODE_OPTIONS` switch on.
pub(crate) fn inspectors(service: &Service) -> Vec<Inspector> {
    let mut found = Vec::new();
    for fact in [&service.entrypoint, &service.command] {
        let Some(claim) = fact.effective() else { continue };
        let Some(line) = claim.value.value() else { continue };
        let words = line.arguments().flat_map(str::split_whitespace);
        found.extend(words.filter_map(|word| inspector(word, claim)));
    }
    if let Some(claim) = service.env.get("NODE_OPTIONS").and_then(|fact| fact.effective())
        && let Some(options) = claim.value.value()
    {
        found.extend(options.expose().split_whitespace().filter_map(|word| inspector(word, claim)));
    }
    found
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
    Some(Inspector { at: claim.at.clone(), plane: claim.plane, port: port.unwrap_or(9229), open })
}

/// Whether a published port is the inspector's.
pub(crate) fn is_debug_port(service: &Service, port: &PublishedPort) -> bool {
    let Some(container) = port.container.value() else { return false };
    PORTS.iter().any(|number| container.contains(*number))
        || inspectors(service).iter().any(|inspector| container.contains(inspector.port))
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
}

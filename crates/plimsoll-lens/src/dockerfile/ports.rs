//! Ports of `EXPOSE`: `80`, `8000-8010/udp`, and the forms with a host part that Docker accepts and ignores.

use plimsoll_posture::{PortRange, Protocol};

/// A port as written, and whether it has a host part.
pub(super) fn parse(text: &str) -> Option<(PortRange, Protocol, bool)> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = match protocol.to_ascii_lowercase().as_str() {
        "" | "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        _ => return None,
    };
    let (host, container) = match ports.rsplit_once(':') {
        Some((_, container)) => (true, container),
        None => (false, ports),
    };
    let (first, last) = container.split_once('-').unwrap_or((container, container));
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some((PortRange { first, last }, protocol, host))
}

fn number(text: &str) -> Option<u16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms() {
        let range = |first, last| PortRange { first, last };
        assert_eq!(parse("80"), Some((range(80, 80), Protocol::Tcp, false)));
        assert_eq!(parse("8000-8010/UDP"), Some((range(8000, 8010), Protocol::Udp, false)));
        assert_eq!(parse("6006:6007"), Some((range(6007, 6007), Protocol::Tcp, true)));
        assert_eq!(parse(":3388"), Some((range(3388, 3388), Protocol::Tcp, true)));
        for text in ["", "http", "70000", "9-8", "+1", "80/icmp", "{x}"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

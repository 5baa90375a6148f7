//! Where an engine is: a socket of this machine, or a port behind TLS.
//!
//! Deliberately absent: which address is meant when nobody writes one (see `places`), and the ways that need another program: SSH,
//! and the pipes of Windows.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::EngineError;
use crate::tls::Papers;

/// Where engines listen without TLS, and with it.
const PLAIN: u16 = 2375;
const SECURE: u16 = 2376;

/// The longest address that is looked at.
const MAX_LENGTH: usize = 4096;

/// Where an engine is.
#[derive(Debug, Clone)]
pub struct Address {
    pub(crate) way: Way,
}

#[derive(Debug, Clone)]
pub(crate) enum Way {
    Unix(PathBuf),
    Tcp { host: String, port: u16, papers: Option<Papers> },
}

impl Address {
    /// This socket.
    #[must_use]
    pub fn unix(path: impl Into<PathBuf>) -> Self {
        Self { way: Way::Unix(path.into()) }
    }

    /// An address as `DOCKER_HOST` has it, or an absolute path of a socket. A folder with `ca.pem`, and with `cert.pem` and
    /// `key.pem` where the engine asks for them, means TLS.
    ///
    /// # Errors
    /// [`EngineError::Address`]; [`EngineError::Papers`] for a folder that does not have what it takes.
    pub fn parse(text: &str, papers: Option<&Path>) -> Result<Self, EngineError> {
        let fault = |why| EngineError::Address { address: shown(text), why };
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme, rest),
            None if text.starts_with('/') => ("unix", text),
            None => return Err(fault("it begins with neither unix:// nor tcp:// nor /")),
        };
        if rest.len() > MAX_LENGTH || rest.contains(char::is_control) {
            return Err(fault("it is no address"));
        }
        match scheme.to_ascii_lowercase().as_str() {
            "unix" if rest.starts_with('/') => Ok(Self::unix(rest)),
            "unix" => Err(fault("the path of a socket begins with /: unix:///var/run/docker.sock")),
            "tcp" => {
                let usual = if papers.is_some() { SECURE } else { PLAIN };
                let (host, port) =
                    place(rest, usual).ok_or_else(|| fault("it has no host, or a port that is none"))?;
                let papers = papers.map(Papers::read).transpose()?;
                Ok(Self { way: Way::Tcp { host, port, papers } })
            }
            "ssh" => Err(fault(
                "ssh:// is not spoken here: forward the socket with `ssh -N -L /tmp/engine.sock:/var/run/docker.sock \
                 user@host` and give unix:///tmp/engine.sock",
            )),
            "npipe" => Err(fault(
                "pipes of Windows are not spoken here: run plimsoll inside WSL, where the socket is",
            )),
            "http" | "https" => Err(fault("write tcp:// (with DOCKER_TLS_VERIFY=1 for TLS)")),
            _ => Err(fault("only unix:///path and tcp://host:port are understood")),
        }
    }

    /// Whether the engine is on this machine as far as the address tells: a socket, or a port of the loopback interface.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match &self.way {
            Way::Unix(_) => true,
            Way::Tcp { host, .. } => {
                host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
            }
        }
    }

    /// What the user should hear before anything is said over it.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        match &self.way {
            Way::Tcp { papers: None, .. } if !self.is_local() => Some(format!(
                "{self} is asked without TLS: whoever is on the way reads and changes what is said, and whoever reaches the \
                 port is root on that host"
            )),
            _ => None,
        }
    }

    /// What the `docker` command needs in its environment to speak to the same engine.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![("DOCKER_HOST", self.to_string())];
        if let Way::Tcp { papers: Some(papers), .. } = &self.way {
            all.push(("DOCKER_TLS_VERIFY", "1".to_owned()));
            all.push(("DOCKER_CERT_PATH", papers.folder().display().to_string()));
        }
        all
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.way {
            Way::Unix(path) => write!(f, "unix://{}", path.display()),
            Way::Tcp { host, port, .. } if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Way::Tcp { host, port, .. } => write!(f, "tcp://{host}:{port}"),
        }
    }
}

/// Host and port; a path, a query or a user's name makes it none.
fn place(text: &str, usual: u16) -> Option<(String, u16)> {
    let text = text.strip_suffix('/').unwrap_or(text);
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, rest.strip_prefix(':').or_else(|| rest.is_empty().then_some(""))?)
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let named = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if host.is_empty() || !(text.starts_with('[') || named(host)) {
        return None;
    }
    let port = match port {
        "" if text.ends_with(':') => return None,
        "" => usual,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok().filter(|port| *port > 0)?
        }
        _ => return None,
    };
    Some((host.to_ascii_lowercase(), port))
}

/// An address as it may be shown: without a user's name and password, and without what a terminal would obey.
pub(crate) fn shown(text: &str) -> String {
    let text: String = text.chars().take(200).map(|one| if one.is_control() { ' ' } else { one }).collect();
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        (None, Some((_, rest))) => rest.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<String, String> {
        Address::parse(text, None).map(|address| address.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn addresses_as_docker_writes_them() {
        for (text, address) in [
            ("unix:///run/d.sock", "unix:///run/d.sock"),
            ("/run/d.sock", "unix:///run/d.sock"),
            ("tcp://Build.example", "tcp://build.example:2375"),
            ("tcp://10.0.0.1:4243/", "tcp://10.0.0.1:4243"),
            ("tcp://[::1]", "tcp://[::1]:2375"),
            ("tcp://[2001:db8::1]:1", "tcp://[2001:db8::1]:1"),
        ] {
            assert_eq!(parsed(text).as_deref(), Ok(address), "{text}");
        }
    }

    #[test]
    fn what_is_not_spoken_is_refused_with_its_cure() {
        for (text, why) in [
            ("ssh://me@there", "ssh -N -L"),
            ("npipe:////./pipe/docker_engine", "WSL"),
            ("unix://relative", "begins with /"),
            ("https://there:2376", "write tcp://"),
            ("fd://", "only unix:///path"),
            ("x", "neither unix:// nor tcp://"),
            ("", "neither unix:// nor tcp://"),
            ("tcp://", "no host"),
            ("tcp://:2375", "no host"),
            ("tcp://a:", "a port that is none"),
            ("tcp://a:0", "a port that is none"),
            ("tcp://a:65536", "a port that is none"),
            ("tcp://a:1/v1.41", "a port that is none"),
            ("tcp://[::1", "no host"),
            ("tcp://[::1]x", "no host"),
            ("tcp://a b", "no host"),
            ("tcp://a\r\nb", "no address"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        let error = parsed("tcp://me:canary@there:2375").unwrap_err();
        assert!(!error.contains("canary") && error.contains("tcp://there:2375"), "{error}");
    }

    #[test]
    fn what_leads_elsewhere_in_the_open_is_said() {
        for (text, local) in [
            ("tcp://127.0.0.1:2375", true),
            ("tcp://localhost", true),
            ("tcp://[::1]:2375", true),
            ("unix:///s", true),
            ("tcp://127.0.0.1.example.org:2375", false),
            ("tcp://10.0.0.1", false),
        ] {
            let address = Address::parse(text, None).unwrap();
            assert_eq!((address.is_local(), address.warning().is_none()), (local, local), "{text}");
        }
        assert_eq!(Address::unix("/s").variables(), [("DOCKER_HOST", "unix:///s".to_owned())]);
    }
}

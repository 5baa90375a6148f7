//! What the surroundings say about the network: authorities of one's own, a proxy, and who is reached without it.

use std::path::PathBuf;

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use crate::{Address, FetchError};

/// The largest file of authorities; the one of a whole distribution has about 220 KiB.
const MAX_AUTHORITIES: u64 = 8 * 1024 * 1024;

/// The way out.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// A PEM file of the authorities that are trusted *instead of* the built-in ones; a distribution's bundle is one too.
    pub authorities: Option<PathBuf>,
    /// The proxy for everything but this machine: `http://host:port`.
    pub proxy: Option<String>,
    /// Hosts that are reached without it, as curl reads them: `example.org` with all below it, `.example.org`, `*`, joined by
    /// commas.
    pub no_proxy: String,
}

impl Network {
    /// From variables: `PLIMSOLL_CA_FILE`, then `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, each in small letters first.
    #[must_use]
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |names: &[&str]| {
            names.iter().find_map(|name| variable(name).filter(|value| !value.trim().is_empty()))
        };
        Self {
            authorities: set(&["PLIMSOLL_CA_FILE"]).map(PathBuf::from),
            proxy: set(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            no_proxy: set(&["no_proxy", "NO_PROXY"]).unwrap_or_default(),
        }
    }

    pub(crate) fn roots(&self) -> Result<RootCerts, FetchError> {
        use std::io::Read;
        let Some(path) = &self.authorities else { return Ok(RootCerts::WebPki) };
        let fault = |why: String| FetchError::Authorities { path: path.display().to_string(), why };
        let mut pem = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(MAX_AUTHORITIES + 1).read_to_end(&mut pem))
            .map_err(|error| fault(error.to_string()))?;
        if pem.len() as u64 > MAX_AUTHORITIES {
            return Err(fault("the file is too large".to_owned()));
        }
        let mut certificates: Vec<Certificate<'static>> = Vec::new();
        for item in parse_pem(&pem) {
            match item {
                Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
                Ok(_) => {}
                Err(error) => return Err(fault(error.to_string())),
            }
        }
        match certificates.is_empty() {
            true => Err(fault("it holds no certificate".to_owned())),
            false => Ok(RootCerts::new_with_certs(&certificates)),
        }
    }

    pub(crate) fn proxy(&self) -> Result<Option<ureq::Proxy>, FetchError> {
        let Some(proxy) = &self.proxy else { return Ok(None) };
        // What it says may hold a password.
        let fault = |_| FetchError::Proxy("the variable holds no address of a proxy".to_owned());
        match ureq::Proxy::new(proxy.trim()).map_err(fault)? {
            proxy if matches!(proxy.protocol(), ureq::ProxyProtocol::Http | ureq::ProxyProtocol::Https) => {
                Ok(Some(proxy))
            }
            _ => Err(FetchError::Proxy("only http:// and https:// proxies are used".to_owned())),
        }
    }

    /// Whether an address is reached without the proxy.
    #[must_use]
    pub fn is_direct(&self, address: &Address) -> bool {
        let host = address.host();
        let names = self.no_proxy.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty());
        address.is_loopback()
            || names.into_iter().any(|name| {
                let (name, port) = match name.rsplit_once(':') {
                    Some((name, port)) if !name.contains(':') => (name, port.parse::<u16>().ok()),
                    _ => (name, None),
                };
                let name = name.trim_start_matches('*').trim_start_matches('.').to_ascii_lowercase();
                let below =
                    host.strip_suffix(&*name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
                (name.is_empty() || below) && port.is_none_or(|port| port == address.port())
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn direct(no_proxy: &str, address: &str) -> bool {
        let network = Network { no_proxy: no_proxy.to_owned(), ..Network::default() };
        network.is_direct(&Address::parse(address).unwrap())
    }

    #[test]
    fn no_proxy_is_read_as_curl_reads_it() {
        assert!(direct("", "http://127.0.0.1:1/"));
        assert!(!direct("", "https://example.org/"));
        assert!(direct("example.org", "https://example.org/"));
        assert!(direct("other, .example.org", "https://a.example.org/"));
        assert!(direct("example.org", "https://a.example.org/"));
        assert!(!direct("example.org", "https://anexample.org/"));
        assert!(direct("*", "https://example.org/"));
        assert!(direct("*.example.org", "https://a.example.org/"));
        assert!(direct("example.org:8443", "https://example.org:8443/"));
        assert!(!direct("example.org:8443", "https://example.org/"));
        assert!(!direct("ample.org", "https://example.org/"));
    }

    #[test]
    fn small_letters_go_first_and_nothing_set_is_nothing() {
        let network = Network::of(|name| match name {
            "HTTPS_PROXY" => Some("http://upper:1".to_owned()),
            "https_proxy" => Some("http://lower:2".to_owned()),
            "NO_PROXY" => Some(String::new()),
            _ => None,
        });
        assert_eq!(network.proxy.as_deref(), Some("http://lower:2"));
        assert_eq!((network.no_proxy.as_str(), network.authorities), ("", None));
    }

    #[test]
    fn a_proxy_that_is_none_is_told_without_its_password() {
        for proxy in ["socks5://u:secret@host:1", "ftp://secret", "::secret::"] {
            let network = Network { proxy: Some(proxy.to_owned()), ..Network::default() };
            let error = network.proxy().unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}

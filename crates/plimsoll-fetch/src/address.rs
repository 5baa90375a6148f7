//! Addresses: what may be fetched from, what is the same origin, where a redirect leads, and how one is shown.

use std::net::IpAddr;

use ureq::http::Uri;

use crate::FetchError;

/// The longest address.
const MAX_LENGTH: usize = 8 * 1024;

/// An address that may be fetched from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    uri: Uri,
    host: String,
    port: u16,
    secure: bool,
}

impl Address {
    /// Takes `https://` to anywhere and `http://` to this machine.
    ///
    /// # Errors
    /// [`FetchError::Address`].
    pub fn parse(text: &str) -> Result<Self, FetchError> {
        let fault = |why| FetchError::Address { address: shown(text), why };
        if text.len() > MAX_LENGTH {
            return Err(fault("it is too long"));
        }
        let text = text.split('#').next().unwrap_or_default();
        let uri: Uri = text.parse().map_err(|_| fault("it is no address"))?;
        let authority = uri.authority().ok_or_else(|| fault("it is no address"))?;
        if authority.as_str().contains('@') {
            return Err(fault("it has a user's name in it; credentials are given in another way"));
        }
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(fault("only https:// is fetched")),
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        if host.is_empty() {
            return Err(fault("it has no host"));
        }
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            None if authority.as_str().ends_with(|last: char| last == ']' || last != ':')
                && !authority.as_str().trim_end_matches(|one: char| one.is_ascii_digit()).ends_with(':') =>
            {
                if secure {
                    443
                } else {
                    80
                }
            }
            None => return Err(fault("its port is none")),
        };
        let address = Self { uri, host, port, secure };
        match address.secure || address.is_loopback() {
            true => Ok(address),
            false => Err(fault("only https:// is fetched; http:// is for this machine alone")),
        }
    }

    /// Whether it leads to this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The host, in small letters, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, also where it is the usual one.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether scheme, host and port are the same.
    #[must_use]
    pub fn same_origin(&self, other: &Self) -> bool {
        self.secure == other.secure && self.port == other.port && self.host == other.host
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Where `Location` leads from here (RFC 3986, section 5.2, without dot segments, which servers take themselves).
    ///
    /// # Errors
    /// [`FetchError::Address`] for what may not be fetched.
    pub fn towards(&self, location: &str) -> Result<Self, FetchError> {
        let scheme = if self.secure { "https" } else { "http" };
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        let has_scheme = location
            .split_once(':')
            .is_some_and(|(scheme, _)| !scheme.contains(['/', '?', '#']) && !scheme.is_empty());
        let whole = if has_scheme {
            location.to_owned()
        } else if location.starts_with("//") {
            format!("{scheme}:{location}")
        } else if location.starts_with('/') {
            format!("{scheme}://{authority}{location}")
        } else if location.starts_with('?') {
            format!("{scheme}://{authority}{}{location}", self.uri.path())
        } else {
            let folder = self.uri.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{scheme}://{authority}{folder}/{location}")
        };
        Self::parse(&whole)
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&shown(&self.uri.to_string()))
    }
}

/// Without query, fragment, user and what a terminal would obey.
fn shown(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let text = match text.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => text.to_owned(),
    };
    text.chars().take(300).map(|one| if one.is_control() { ' ' } else { one }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine() {
        for good in [
            "https://example.org",
            "https://example.org:8443/a?b",
            "http://127.0.0.1:5000/",
            "http://localhost",
            "http://[::1]:80/x",
            "https://[2001:db8::1]/x",
        ] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "example.org",
            "/path",
            "http://example.org",
            "http://127.0.0.1.example.org/",
            "http://10.0.0.1/",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "https://user:secret@example.org/",
            "https://example.org:99999/",
            "https://example.org:/",
            "https:///x",
        ] {
            let error = Address::parse(bad).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn what_is_shown_has_no_query() {
        let address = Address::parse("https://example.org/a?X-Signature=abc").unwrap();
        assert_eq!(address.to_string(), "https://example.org/a");
        assert_eq!(address.port(), 443);
    }

    /// The examples of RFC 3986, section 5.4.1, that need no dot segments.
    #[test]
    fn a_location_is_relative_to_where_it_was_found() {
        let base = Address::parse("https://a/b/c/d;p?q").unwrap();
        for (location, target) in [
            ("g", "https://a/b/c/g"),
            ("g/", "https://a/b/c/g/"),
            ("/g", "https://a/g"),
            ("//g/x", "https://g/x"),
            ("?y", "https://a/b/c/d;p?y"),
            ("g?y", "https://a/b/c/g?y"),
            ("g;x?y#s", "https://a/b/c/g;x?y"),
            ("https://other:1/x", "https://other:1/x"),
        ] {
            assert_eq!(base.towards(location).unwrap().uri().to_string(), target, "{location}");
        }
        for bad in ["http://other/x", "javascript:alert(1)", "https://u:p@other/"] {
            assert!(base.towards(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let origin = |text| Address::parse(text).unwrap();
        assert!(origin("https://A/x").same_origin(&origin("https://a:443/y")));
        assert!(!origin("https://a/").same_origin(&origin("https://a:444/")));
        assert!(!origin("https://localhost:80/").same_origin(&origin("http://localhost:80/")));
        assert!(!origin("https://a/").same_origin(&origin("https://b.a/")));
    }
}

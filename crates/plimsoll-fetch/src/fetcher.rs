//! The client: one `GET`, with the redirects that may be followed.

use std::time::Duration;

use ureq::http::header::{HeaderName, LOCATION, RANGE};
use ureq::http::{HeaderValue, Request};
use ureq::tls::{TlsConfig, TlsProvider};

use crate::{Address, FetchError, Network, Reply};

/// The headers that may follow a redirect to another origin; all others may say who the user is.
const HARMLESS: &[&str] =
    &["accept", "accept-language", "if-none-match", "if-modified-since", "if-range", "range"];

/// How long and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// To a connection, with the names and TLS.
    pub connect: Duration,
    /// The longest silence.
    pub quiet: Duration,
    /// To the end of the body, redirects included.
    pub total: Duration,
    /// The largest body, in bytes.
    pub body: u64,
    /// The most redirects.
    pub redirects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            quiet: Duration::from_secs(30),
            total: Duration::from_secs(30 * 60),
            body: 4 * 1024 * 1024 * 1024,
            redirects: 5,
        }
    }
}

/// Fetches.
#[derive(Debug)]
pub struct Fetcher {
    direct: ureq::Agent,
    proxied: Option<ureq::Agent>,
    network: Network,
    limits: Limits,
}

impl Fetcher {
    /// With the network as it is. Nothing is sent yet.
    ///
    /// # Errors
    /// [`FetchError::Authorities`], [`FetchError::Proxy`].
    pub fn new(limits: Limits, network: &Network) -> Result<Self, FetchError> {
        let roots = network.roots()?;
        let agent = |proxy: Option<ureq::Proxy>| {
            let tls = TlsConfig::builder().provider(TlsProvider::Rustls).root_certs(roots.clone()).build();
            ureq::Agent::config_builder()
                .http_status_as_error(false)
                // Followed here, by rules of our own.
                .max_redirects(0)
                .max_redirects_will_error(false)
                .timeout_connect(Some(limits.connect))
                .timeout_resolve(Some(limits.connect))
                .timeout_recv_response(Some(limits.quiet))
                .timeout_per_read(Some(limits.quiet))
                .timeout_per_write(Some(limits.quiet))
                .max_response_header_size(64 * 1024)
                .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
                .accept_encoding("identity")
                .tls_config(tls)
                .proxy(proxy)
                .build()
                .new_agent()
        };
        let proxied = network.proxy()?.map(|proxy| agent(Some(proxy)));
        Ok(Self { direct: agent(None), proxied, network: network.clone(), limits })
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// `GET`, from a byte on when it is not 0. A server that does not know ranges sends everything: [`Reply::from_byte`]
    /// says where the body begins. Every status but a redirect is an answer, not an error.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn get(&self, url: &str, headers: &[(&str, &str)], from_byte: u64) -> Result<Reply, FetchError> {
        let mut address = Address::parse(url)?;
        let first = address.clone();
        let begin = std::time::Instant::now();
        for _ in 0..=self.limits.redirects {
            let left = self.limits.total.saturating_sub(begin.elapsed());
            if left.is_zero() {
                let why = "all of the time is used up".to_owned();
                return Err(FetchError::Slow { address: address.to_string(), why });
            }
            let response = self.ask(&address, headers, first.same_origin(&address), from_byte, left)?;
            let status = response.status().as_u16();
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                return Reply::of(response, &address, from_byte, self.limits.body);
            }
            let not = |why: String| FetchError::Redirect { address: address.to_string(), why };
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let location = location.ok_or_else(|| not("it does not say where to".to_owned()))?;
            let next = address.towards(location).map_err(|error| not(error.to_string()))?;
            // A stranger must not make this program ask what only this machine can reach.
            if next.is_loopback() && !address.is_loopback() {
                return Err(not("it leads from the network to this machine".to_owned()));
            }
            address = next;
        }
        let why = format!("there are more than {}", self.limits.redirects);
        Err(FetchError::Redirect { address: first.to_string(), why })
    }

    fn ask(
        &self,
        address: &Address,
        headers: &[(&str, &str)],
        own: bool,
        from_byte: u64,
        left: Duration,
    ) -> Result<ureq::http::Response<ureq::Body>, FetchError> {
        let mut request = Request::get(address.uri().clone())
            .body(())
            .map_err(|error| FetchError::of(ureq::Error::Http(error), &address.to_string()))?;
        for (name, value) in headers {
            if !own && !HARMLESS.iter().any(|harmless| harmless.eq_ignore_ascii_case(name)) {
                continue;
            }
            let fault = || FetchError::Header((*name).to_owned());
            let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| fault())?;
            let mut value = HeaderValue::from_str(value).map_err(|_| fault())?;
            value.set_sensitive(!HARMLESS.contains(&header.as_str()));
            request.headers_mut().append(header, value);
        }
        if from_byte > 0 {
            let range = HeaderValue::from_str(&format!("bytes={from_byte}-"));
            request.headers_mut().insert(RANGE, range.map_err(|_| FetchError::Header("range".to_owned()))?);
        }
        let agent = match &self.proxied {
            Some(proxied) if !self.network.is_direct(address) => proxied,
            _ => &self.direct,
        };
        let request = agent.configure_request(request).timeout_global(Some(left)).build();
        agent.run(request).map_err(|error| FetchError::of(error, &address.to_string()))
    }
}

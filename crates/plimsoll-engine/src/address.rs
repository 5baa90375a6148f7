//! Where the engine is: `DOCKER_HOST`, the usual socket, the socket of a rootless engine.
//!
//! Deliberately absent: contexts of the `docker` command and addresses that lead over a network.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::EngineError;

/// Where `dockerd` listens when nobody says otherwise.
const USUAL: &str = "/var/run/docker.sock";

/// A unix socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    path: PathBuf,
}

impl Address {
    /// This socket.
    #[must_use]
    pub fn unix(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// From variables: `DOCKER_HOST`; without it the usual socket or, where that is not there, the one of a rootless engine
    /// in `XDG_RUNTIME_DIR`.
    ///
    /// # Errors
    /// [`EngineError::Address`] for another kind of address, [`EngineError::NoEngine`] when no socket is there.
    pub fn find(variable: impl Fn(&str) -> Option<String>) -> Result<Self, EngineError> {
        Self::among(variable, USUAL, |path| path.exists())
    }

    fn among(
        variable: impl Fn(&str) -> Option<String>,
        usual: &str,
        exists: impl Fn(&Path) -> bool,
    ) -> Result<Self, EngineError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let Some(host) = set("DOCKER_HOST") {
            return match host.strip_prefix("unix://") {
                Some(path) if path.starts_with('/') => Ok(Self::unix(path)),
                _ => Err(EngineError::Address(host)),
            };
        }
        let own = set("XDG_RUNTIME_DIR").map(|folder| Path::new(&folder).join("docker.sock"));
        let places: Vec<PathBuf> = std::iter::once(PathBuf::from(usual)).chain(own).collect();
        match places.iter().find(|path| exists(path)) {
            Some(path) => Ok(Self::unix(path)),
            None => {
                let names: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
                Err(EngineError::NoEngine(names.join(" nor at ")))
            }
        }
    }

    /// The socket's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unix://{}", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among(variables: &[(&str, &str)], there: &[&str]) -> Result<String, String> {
        let variable =
            |name: &str| variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
        Address::among(variable, "/run/d.sock", |path| there.iter().any(|one| path == Path::new(one)))
            .map(|address| address.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_the_user_says_goes_first_and_a_rootless_engine_last() {
        let rootless = ("XDG_RUNTIME_DIR", "/run/user/1000");
        assert_eq!(
            among(&[("DOCKER_HOST", "unix:///my.sock")], &["/run/d.sock"]).unwrap(),
            "unix:///my.sock"
        );
        assert_eq!(among(&[("DOCKER_HOST", ""), rootless], &["/run/d.sock"]).unwrap(), "unix:///run/d.sock");
        let both = ["/run/d.sock", "/run/user/1000/docker.sock"];
        assert_eq!(among(&[rootless], &both).unwrap(), "unix:///run/d.sock");
        assert_eq!(among(&[rootless], &both[1..]).unwrap(), "unix:///run/user/1000/docker.sock");
        let none = among(&[rootless], &[]).unwrap_err();
        assert!(none.contains("at /run/d.sock nor at /run/user/1000/docker.sock"), "{none}");
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for host in
            ["tcp://127.0.0.1:2375", "ssh://me@there", "unix://relative", "npipe:////./pipe/docker", "x"]
        {
            assert!(among(&[("DOCKER_HOST", host)], &[]).unwrap_err().contains(host));
        }
    }
}

//! Which engine is meant when nobody writes an address: in the order of the `docker` command, then rootless engines, Docker
//! Desktop and Podman.
//!
//! 1. `DOCKER_HOST`, with TLS by `DOCKER_TLS_VERIFY` or `DOCKER_CERT_PATH`;
//! 2. the context of `DOCKER_CONTEXT`, then the one that `config.json` has as current;
//! 3. the first socket that lets somebody in: `/var/run/docker.sock`, `$XDG_RUNTIME_DIR/docker.sock`, `~/.docker/run/docker.sock`,
//!    `~/.docker/desktop/docker.sock`, `$XDG_RUNTIME_DIR/podman/podman.sock`, `/run/podman/podman.sock`.
//!
//! Deliberately absent: another engine than the one that was named, when that one does not answer.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::contexts::Contexts;
use crate::{Address, EngineError, wire};

/// Where `dockerd` listens when nobody says otherwise.
const USUAL: &str = "/var/run/docker.sock";
/// Where Podman's service of the whole system listens.
const PODMAN: &str = "/run/podman/podman.sock";

/// How long a socket may take to let somebody in.
const KNOCK: Duration = Duration::from_secs(2);

impl Address {
    /// The engine that these variables, the `docker` command's configuration or the usual sockets name, in this order.
    ///
    /// # Errors
    /// [`EngineError::Address`] for an address that is not understood, [`EngineError::Context`] for a context that is not there,
    /// [`EngineError::Papers`] for certificates that cannot be used; [`EngineError::NoEngine`] or [`EngineError::Forbidden`] when
    /// no socket lets anybody in.
    pub fn find(variable: impl Fn(&str) -> Option<String>) -> Result<Self, EngineError> {
        Places::of(&variable).find([USUAL, PODMAN])
    }

    /// The engine that is written, as an address, the path of a socket or the name of a context; TLS as the variables say.
    ///
    /// # Errors
    /// As [`Address::find`].
    pub fn named(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, EngineError> {
        let places = Places::of(&variable);
        match text.contains(['/', ':']) {
            true => Self::parse(text, places.papers().as_deref()),
            false => places.context(text),
        }
    }
}

struct Places<'v> {
    variable: &'v dyn Fn(&str) -> Option<String>,
}

impl<'v> Places<'v> {
    fn of(variable: &'v dyn Fn(&str) -> Option<String>) -> Self {
        Self { variable }
    }

    fn set(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// `~/.docker`, or where `DOCKER_CONFIG` says.
    fn configuration(&self) -> Option<PathBuf> {
        let own = || Some(Path::new(&self.set("HOME")?).join(".docker"));
        self.set("DOCKER_CONFIG").map(PathBuf::from).or_else(own)
    }

    /// Where certificates are, when TLS is asked for.
    fn papers(&self) -> Option<PathBuf> {
        let folder = self.set("DOCKER_CERT_PATH").map(PathBuf::from);
        match self.set("DOCKER_TLS_VERIFY") {
            Some(_) => folder.or_else(|| self.configuration()),
            None => folder,
        }
    }

    fn context(&self, name: &str) -> Result<Address, EngineError> {
        let folder = self.configuration().unwrap_or_default();
        Contexts::new(&folder).address(name)
    }

    fn find(&self, [usual, podman]: [&str; 2]) -> Result<Address, EngineError> {
        if let Some(host) = self.set("DOCKER_HOST") {
            return Address::parse(&host, self.papers().as_deref());
        }
        let current = || Contexts::new(&self.configuration()?).current();
        let context = self.set("DOCKER_CONTEXT").or_else(current);
        if let Some(name) = context.filter(|name| name != "default") {
            return self.context(&name);
        }
        let below = |folder: Option<PathBuf>, name: &str| folder.map(|folder| folder.join(name));
        let runtime = || self.set("XDG_RUNTIME_DIR").map(PathBuf::from);
        let own = || Some(Path::new(&self.set("HOME")?).join(".docker"));
        let places = [
            Some(PathBuf::from(usual)),
            below(runtime(), "docker.sock"),
            below(own(), "run/docker.sock"),
            below(own(), "desktop/docker.sock"),
            below(runtime(), "podman/podman.sock"),
            Some(PathBuf::from(podman)),
        ];
        let mut tried = Vec::new();
        let mut forbidden = None;
        for path in places.into_iter().flatten() {
            let address = Address::unix(&path);
            match wire::knock(&address, KNOCK) {
                Ok(()) => return Ok(address),
                Err(EngineError::Forbidden(place)) => {
                    forbidden = forbidden.or(Some(EngineError::Forbidden(place)))
                }
                Err(_) if path.exists() => tried.push(format!("{} (nobody answers)", path.display())),
                Err(_) => tried.push(path.display().to_string()),
            }
        }
        Err(forbidden.unwrap_or_else(|| EngineError::NoEngine(tried.join(" nor at "))))
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    /// A home of its own, with sockets; those that end in `!` have nobody behind them.
    struct Home(
        PathBuf,
        #[expect(dead_code, reason = "a listener that is dropped answers nobody")] Vec<UnixListener>,
    );

    impl Home {
        fn new(name: &str, sockets: &[&str]) -> Self {
            let folder = std::env::temp_dir().join(format!("plimsoll-places-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&folder);
            let mut open = Vec::new();
            for socket in sockets {
                let path = folder.join(socket.trim_end_matches('!'));
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                let listener = UnixListener::bind(path).unwrap();
                if !socket.ends_with('!') {
                    open.push(listener);
                }
            }
            std::fs::create_dir_all(&folder).unwrap();
            Self(folder, open)
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.0.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }

        /// `~` in values and in what comes back is this home.
        fn find(&self, variables: &[(&str, &str)]) -> Result<String, String> {
            let home = self.0.display().to_string();
            let variable = |name: &str| match name {
                "HOME" => Some(home.clone()),
                "XDG_RUNTIME_DIR" => Some(format!("{home}/run")),
                _ => {
                    variables.iter().find(|(own, _)| *own == name).map(|(_, value)| value.replace('~', &home))
                }
            };
            let (usual, podman) = (format!("{home}/usual"), format!("{home}/podman"));
            Places::of(&variable)
                .find([&usual, &podman])
                .map(|address| address.to_string().replace(&home, "~"))
                .map_err(|error| error.to_string().replace(&home, "~"))
        }
    }

    impl Drop for Home {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn sockets_are_tried_in_order_and_one_that_nobody_answers_is_passed_over() {
        let all = [
            "usual",
            "run/docker.sock",
            ".docker/run/docker.sock",
            ".docker/desktop/docker.sock",
            "run/podman/podman.sock",
            "podman",
        ];
        for first in 0..all.len() {
            let home = Home::new("order", &all[first..]);
            assert_eq!(home.find(&[]).unwrap(), format!("unix://~/{}", all[first]));
        }
        let home = Home::new("stale", &["usual!", "podman"]);
        assert_eq!(home.find(&[]).unwrap(), "unix://~/podman");
        let home = Home::new("none", &["usual!"]);
        let error = home.find(&[("DOCKER_HOST", "")]).unwrap_err();
        assert!(error.contains("at ~/usual (nobody answers) nor at ~/run/docker.sock nor at"), "{error}");
    }

    #[test]
    fn what_the_user_says_goes_before_the_context_and_that_before_the_sockets() {
        let home = Home::new("contexts", &["usual"]);
        home.write(".docker/config.json", r#"{"auths":{},"currentContext":"away"}"#);
        let meta = |id: &str, name: &str, endpoint: &str| {
            let text = format!(r#"{{"Name":"{name}","Metadata":{{}},"Endpoints":{{"docker":{endpoint}}}}}"#);
            home.write(&format!(".docker/contexts/meta/{id}/meta.json"), &text);
        };
        meta("1", "away", r#"{"Host":"tcp://10.0.0.1:2375","SkipTLSVerify":false}"#);
        meta("2", "here", r#"{"Host":"unix:///here.sock"}"#);
        meta("3", "lax", r#"{"Host":"tcp://10.0.0.1:2376","SkipTLSVerify":true}"#);
        meta("4", "jump", r#"{"Host":"ssh://me@there"}"#);
        home.write(".docker/contexts/meta/5/meta.json", "nonsense");
        assert_eq!(home.find(&[]).unwrap(), "tcp://10.0.0.1:2375");
        assert_eq!(home.find(&[("DOCKER_CONTEXT", "here")]).unwrap(), "unix:///here.sock");
        let host = ("DOCKER_HOST", "unix:///my.sock");
        assert_eq!(home.find(&[("DOCKER_CONTEXT", "here"), host]).unwrap(), "unix:///my.sock");
        assert_eq!(home.find(&[("DOCKER_CONTEXT", "default")]).unwrap(), "unix://~/usual");
        for (context, why) in [
            ("gone", "there is no context `gone` in ~/.docker"),
            ("lax", "without verifying"),
            ("jump", "ssh -N -L"),
        ] {
            let error = home.find(&[("DOCKER_CONTEXT", context)]).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        // Another configuration knows of no context.
        assert_eq!(home.find(&[("DOCKER_CONFIG", "~/other")]).unwrap(), "unix://~/usual");
    }

    #[test]
    fn tls_is_asked_for_by_either_variable() {
        let home = Home::new("papers", &[]);
        let host = ("DOCKER_HOST", "tcp://10.0.0.1");
        assert_eq!(home.find(&[host, ("DOCKER_TLS_VERIFY", "")]).unwrap(), "tcp://10.0.0.1:2375");
        let error = home.find(&[host, ("DOCKER_TLS_VERIFY", "1")]).unwrap_err();
        assert!(error.contains("~/.docker/ca.pem"), "{error}");
        let error = home.find(&[host, ("DOCKER_CERT_PATH", "~/c")]).unwrap_err();
        assert!(error.contains("~/c/ca.pem"), "{error}");
        let here = ("DOCKER_HOST", "unix:///s");
        assert_eq!(home.find(&[here, ("DOCKER_TLS_VERIFY", "1")]).unwrap(), "unix:///s");
    }
}

//! Values about the process that a container starts.

use std::sync::Arc;

use crate::{Known, Sensitive};

/// `USER` or `user:` as written: `node`, `1000`, `1000:1000`, `app:staff`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserSpec {
    /// The part before the colon; empty means root.
    pub user: Arc<str>,
    /// The part after it.
    pub group: Option<Arc<str>>,
}

impl UserSpec {
    /// Takes `user[:group]` apart.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.trim().split_once(':') {
            Some((user, group)) => {
                Self { user: user.into(), group: Some(group.into()).filter(|g: &Arc<str>| !g.is_empty()) }
            }
            None => Self { user: text.trim().into(), group: None },
        }
    }

    /// Whether this is uid 0 by number, by name or by being empty; `None` for another name, which only a user
    /// database resolves.
    #[must_use]
    pub fn is_root(&self) -> Option<bool> {
        match &*self.user {
            "" | "root" => Some(true),
            number if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(number.bytes().all(|byte| byte == b'0'))
            }
            _ => None,
        }
    }
}

impl std::fmt::Display for UserSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // An empty user is how an image says root.
        let user = if self.user.is_empty() { "root" } else { &*self.user };
        match &self.group {
            Some(group) => write!(f, "{user}:{group}"),
            None => f.write_str(user),
        }
    }
}

/// `ENTRYPOINT`, `CMD`, `command:`: what is executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// Shell form (run through a shell) or exec form.
    pub form: CommandForm,
    /// The words; one word holding the whole text for the shell form. Sensitive: arguments may hold secrets.
    pub words: Vec<Sensitive>,
}

/// How a command is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandForm {
    /// `["a", "b"]`: executed as it is.
    Exec,
    /// `a b`: given to the shell, which is PID 1 and does not forward signals unless it execs.
    Shell,
}

impl CommandLine {
    /// The first word of what is executed, without directories: `node` of `/usr/local/bin/node server.js`.
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        let first = self.words.first()?.expose();
        let word = match self.form {
            CommandForm::Exec => first,
            CommandForm::Shell => {
                let mut words = first.split_whitespace();
                let word = words.next()?;
                if word == "exec" { words.next()? } else { word }
            }
        };
        word.rsplit('/').next()
    }

    /// All arguments, split at white space for the shell form.
    pub fn arguments(&self) -> impl Iterator<Item = &str> {
        let shell = self.form == CommandForm::Shell;
        self.words.iter().flat_map(move |word| -> Box<dyn Iterator<Item = &str>> {
            if shell {
                Box::new(word.expose().split_whitespace())
            } else {
                Box::new(std::iter::once(word.expose()))
            }
        })
    }
}

/// `pid`, `ipc`, `uts`, `cgroup`, `userns_mode`, `network_mode`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamespaceMode {
    /// A namespace of its own (for the network: the project's networks).
    Private,
    /// The host's.
    Host,
    /// `ipc: shareable`.
    Shareable,
    /// None (`network_mode: none`, `ipc: none`).
    None,
    /// `service:x`.
    Service(Arc<str>),
    /// `container:x`.
    Container(Arc<str>),
    /// `network_mode: bridge`: docker0.
    Bridge,
    /// Anything else, as written (a network driver's name).
    Other(Arc<str>),
}

impl NamespaceMode {
    /// The value as Compose writes it; empty for private.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Private => String::new(),
            Self::Host => "host".into(),
            Self::Shareable => "shareable".into(),
            Self::None => "none".into(),
            Self::Bridge => "bridge".into(),
            Self::Service(name) => format!("service:{name}"),
            Self::Container(name) => format!("container:{name}"),
            Self::Other(text) => text.to_string(),
        }
    }
}

/// A seccomp profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeccompProfile {
    /// The engine's.
    Default,
    /// Off.
    Unconfined,
    /// A file.
    Custom(Arc<str>),
}

/// A mandatory access control label: AppArmor or SELinux.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MacProfile {
    /// What the engine applies on a host that has the module.
    Default,
    /// Off: `apparmor:unconfined`, `label:disable`.
    Unconfined(Arc<str>),
    /// Another profile or label, as written.
    Custom(Arc<str>),
}

/// A health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Healthcheck {
    /// Switched off: `NONE`, `disable: true`.
    Disabled,
    /// A command.
    Test(CommandLine),
    /// Only intervals are set: the test of a lower layer stays.
    TimingOnly,
}

/// A lifecycle hook (`post_start`, `pre_stop`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// `post_start` or `pre_stop`.
    pub event: Arc<str>,
    /// Runs with all privileges.
    pub privileged: Known<bool>,
    /// Runs as this user instead of the service's.
    pub user: Option<UserSpec>,
    /// The command.
    pub command: CommandLine,
}

//! The replies that are used, as small types. Every field may be missing or `null`: engines differ.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

/// `null` is as good as nothing.
fn lenient<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(source: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(source)?.unwrap_or_default())
}

/// `GET /version`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct VersionReply {
    /// Of the engine: `20.10.24`.
    #[serde(deserialize_with = "lenient")]
    pub version: String,
    /// The newest API: `1.41`.
    #[serde(deserialize_with = "lenient")]
    pub api_version: String,
    /// The oldest API; 1.12 where it is not said.
    #[serde(rename = "MinAPIVersion", deserialize_with = "lenient")]
    pub min_api_version: String,
    /// `linux`, `windows`.
    #[serde(deserialize_with = "lenient")]
    pub os: String,
    /// `amd64`.
    #[serde(deserialize_with = "lenient")]
    pub arch: String,
    /// Its parts, by which one engine is told from another.
    #[serde(deserialize_with = "lenient")]
    pub components: Vec<Component>,
}

/// A part of an engine.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Component {
    /// `Engine`, `containerd`, `runc`, `Podman Engine`.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
    /// `1.6.20~ds1`.
    #[serde(deserialize_with = "lenient")]
    pub version: String,
}

impl VersionReply {
    /// Whether it is Podman, which speaks the API of Docker without being it.
    #[must_use]
    pub fn is_podman(&self) -> bool {
        self.components.iter().any(|component| component.name.starts_with("Podman"))
    }
}

/// An entry of `GET /images/json`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageSummary {
    /// `sha256:…`.
    #[serde(deserialize_with = "lenient")]
    pub id: String,
    /// `node:22`.
    #[serde(deserialize_with = "lenient")]
    pub repo_tags: Vec<String>,
    /// `node@sha256:…`.
    #[serde(deserialize_with = "lenient")]
    pub repo_digests: Vec<String>,
    /// Seconds since 1970.
    #[serde(deserialize_with = "lenient")]
    pub created: i64,
    /// Bytes.
    #[serde(deserialize_with = "lenient")]
    pub size: i64,
    /// Labels.
    #[serde(deserialize_with = "lenient")]
    pub labels: BTreeMap<String, String>,
}

/// `GET /images/{name}/json`, of it what is used.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageDetail {
    /// `sha256:…`.
    #[serde(deserialize_with = "lenient")]
    pub id: String,
    /// `node:22`.
    #[serde(deserialize_with = "lenient")]
    pub repo_tags: Vec<String>,
    /// `node@sha256:…`.
    #[serde(deserialize_with = "lenient")]
    pub repo_digests: Vec<String>,
    /// As RFC 3339.
    #[serde(deserialize_with = "lenient")]
    pub created: String,
    /// `amd64`.
    #[serde(deserialize_with = "lenient")]
    pub architecture: String,
    /// `linux`.
    #[serde(deserialize_with = "lenient")]
    pub os: String,
    /// What containers of it start with.
    #[serde(deserialize_with = "lenient")]
    pub config: ImageConfig,
}

/// `Config` of an image or a container.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageConfig {
    /// `USER`.
    #[serde(deserialize_with = "lenient")]
    pub user: String,
    /// `ENV`, each `NAME=VALUE`: may hold secrets.
    #[serde(deserialize_with = "lenient")]
    pub env: Vec<String>,
    /// `CMD`.
    #[serde(deserialize_with = "lenient")]
    pub cmd: Vec<String>,
    /// `ENTRYPOINT`.
    #[serde(deserialize_with = "lenient")]
    pub entrypoint: Vec<String>,
    /// `EXPOSE`, as `3000/tcp`.
    #[serde(deserialize_with = "lenient")]
    pub exposed_ports: BTreeMap<String, serde_json::Value>,
    /// `HEALTHCHECK`.
    #[serde(deserialize_with = "lenient")]
    pub healthcheck: Option<Health>,
    /// `LABEL`.
    #[serde(deserialize_with = "lenient")]
    pub labels: BTreeMap<String, String>,
    /// Whether there is a terminal.
    #[serde(deserialize_with = "lenient")]
    pub tty: bool,
}

/// A health check's command: `["CMD", …]`, `["CMD-SHELL", …]`, `["NONE"]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Health {
    /// The command.
    #[serde(deserialize_with = "lenient")]
    pub test: Vec<String>,
}

/// An entry of `GET /containers/json`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContainerSummary {
    /// 64 hexadecimal digits.
    #[serde(deserialize_with = "lenient")]
    pub id: String,
    /// With a leading `/`.
    #[serde(deserialize_with = "lenient")]
    pub names: Vec<String>,
    /// As it was named at creation.
    #[serde(deserialize_with = "lenient")]
    pub image: String,
    /// `sha256:…`.
    #[serde(rename = "ImageID", deserialize_with = "lenient")]
    pub image_id: String,
    /// `running`, `exited`, …
    #[serde(deserialize_with = "lenient")]
    pub state: String,
    /// Labels.
    #[serde(deserialize_with = "lenient")]
    pub labels: BTreeMap<String, String>,
}

/// `State` of a container.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContainerState {
    /// `created`, `running`, `exited`, …
    #[serde(deserialize_with = "lenient")]
    pub status: String,
    /// Whether its process runs.
    #[serde(deserialize_with = "lenient")]
    pub running: bool,
    /// What it ended with; 0 while it runs.
    #[serde(deserialize_with = "lenient")]
    pub exit_code: i64,
    /// Whether the kernel ended it for want of memory.
    #[serde(rename = "OOMKilled", deserialize_with = "lenient")]
    pub oom_killed: bool,
    /// Why it could not start.
    #[serde(deserialize_with = "lenient")]
    pub error: String,
    /// The health check, where there is one.
    #[serde(deserialize_with = "lenient")]
    health: HealthState,
    /// How often it was started again.
    #[serde(skip)]
    pub restarts: u64,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct HealthState {
    #[serde(deserialize_with = "lenient")]
    status: String,
}

impl ContainerState {
    /// `starting`, `healthy`, `unhealthy`; nothing without a health check.
    #[must_use]
    pub fn health(&self) -> Option<&str> {
        Some(self.health.status.as_str()).filter(|status| !matches!(*status, "" | "none"))
    }
}

/// An entry of `GET /containers/{id}/changes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct FileChange {
    /// In the container.
    #[serde(deserialize_with = "lenient")]
    pub path: String,
    /// 0 changed, 1 added, 2 deleted.
    #[serde(deserialize_with = "lenient")]
    pub kind: u8,
}

/// `GET /containers/{id}/stats`, of it what limits are made of.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Stats {
    #[serde(deserialize_with = "lenient")]
    memory_stats: MemoryStats,
    #[serde(deserialize_with = "lenient")]
    pids_stats: PidsStats,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct MemoryStats {
    #[serde(deserialize_with = "lenient")]
    usage: u64,
    #[serde(deserialize_with = "lenient")]
    max_usage: u64,
    #[serde(deserialize_with = "lenient")]
    stats: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct PidsStats {
    #[serde(deserialize_with = "lenient")]
    current: u64,
}

impl Stats {
    /// The bytes of memory that are in use now, without file pages that the kernel would drop first.
    #[must_use]
    pub fn memory(&self) -> Option<u64> {
        Some(self.memory_stats.usage.saturating_sub(self.idle())).filter(|bytes| *bytes > 0)
    }

    /// The most bytes that were in use at once, without as many file pages as could be dropped now: no less than is in use.
    /// Only control groups 1 count that.
    #[must_use]
    pub fn memory_peak(&self) -> Option<u64> {
        let most = Some(self.memory_stats.max_usage).filter(|bytes| *bytes > 0)?;
        Some(most.saturating_sub(self.idle()).max(self.memory().unwrap_or(0))).filter(|bytes| *bytes > 0)
    }

    /// Pages of files that nobody used of late.
    fn idle(&self) -> u64 {
        let number = |name: &str| self.memory_stats.stats.get(name).and_then(serde_json::Value::as_u64);
        // The first of control groups 1, where `inactive_file` leaves out the groups below; the second of 2.
        number("total_inactive_file").or_else(|| number("inactive_file")).unwrap_or(0)
    }

    /// Processes and threads now.
    #[must_use]
    pub fn pids(&self) -> Option<u64> {
        Some(self.pids_stats.current).filter(|count| *count > 0)
    }
}

/// An entry of `GET /networks`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkSummary {
    /// 64 hexadecimal digits.
    #[serde(deserialize_with = "lenient")]
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
    /// Labels.
    #[serde(deserialize_with = "lenient")]
    pub labels: BTreeMap<String, String>,
}

/// An entry of `GET /volumes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct VolumeSummary {
    /// Its name.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
    /// Labels.
    #[serde(deserialize_with = "lenient")]
    pub labels: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_to_be_there() {
        let image: ImageSummary =
            serde_json::from_str(r#"{"Id":"sha256:1","RepoTags":null,"Labels":null,"New":1}"#).unwrap();
        assert!(image.id == "sha256:1" && image.repo_tags.is_empty() && image.repo_digests.is_empty());
        let state: ContainerState = serde_json::from_str(r#"{"Running":true,"Health":null}"#).unwrap();
        assert!(state.running && state.health().is_none());
        let state: ContainerState = serde_json::from_str(r#"{"Health":{"Status":"healthy"}}"#).unwrap();
        assert_eq!(state.health(), Some("healthy"));
        let detail: ImageDetail = serde_json::from_str("{}").unwrap();
        assert!(detail.config.healthcheck.is_none());
        let detail: ImageDetail =
            serde_json::from_str(r#"{"Config":{"Healthcheck":{"Test":["CMD","true"]},"Entrypoint":null}}"#)
                .unwrap();
        assert_eq!(detail.config.healthcheck.unwrap().test, ["CMD", "true"]);
    }

    #[test]
    fn memory_is_what_could_not_be_dropped() {
        // Control groups 1 count the peak and sum over the groups below.
        let text = r#"{"pids_stats":{"current":7},"memory_stats":{"usage":100,"max_usage":130,
            "stats":{"inactive_file":1,"total_inactive_file":40},"limit":9}}"#;
        let stats: Stats = serde_json::from_str(text).unwrap();
        assert_eq!((stats.memory(), stats.memory_peak(), stats.pids()), (Some(60), Some(90), Some(7)));
        let text = r#"{"pids_stats":{},"memory_stats":{"usage":100,"stats":{"inactive_file":30,"new":[]}}}"#;
        let stats: Stats = serde_json::from_str(text).unwrap();
        assert_eq!((stats.memory(), stats.memory_peak(), stats.pids()), (Some(70), None, None));
        // One that does not run.
        let stats: Stats =
            serde_json::from_str(r#"{"pids_stats":{"current":null},"memory_stats":{"stats":null}}"#).unwrap();
        assert_eq!((stats.memory(), stats.memory_peak(), stats.pids()), (None, None, None));
    }
}

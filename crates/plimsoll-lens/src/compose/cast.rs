//! Which values are truth values, numbers, sizes and durations, and how Compose reads them.

use std::time::Duration;

use super::path::Path;
use super::tree::{Node, Value};

/// What a value is read as. Everything else is text, or of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true`, `false`, and in text also `yes`, `no`, `on`, `off`, `y`, `n`.
    Bool,
    /// A whole number, decimal in text.
    Int,
    /// A number.
    Float,
    /// A size: bytes, or with a binary suffix `k`, `m`, `g`, `t`, `p`, with or without `b`, `ib`.
    Bytes,
    /// A duration as Go writes it: `1m30s`.
    Duration,
}

/// The kind of the value at a path such as `["services", "api", "ports", "[]", "target"]`.
#[must_use]
pub fn kind(path: &[&str]) -> Option<Kind> {
    match path {
        ["services", _, rest @ ..] => service(rest),
        ["networks", _, "internal" | "attachable" | "enable_ipv4" | "enable_ipv6" | "external"]
        | ["volumes" | "secrets" | "configs", _, "external"] => Some(Kind::Bool),
        _ => None,
    }
}

fn service(path: &[&str]) -> Option<Kind> {
    match path {
        ["init" | "oom_kill_disable" | "privileged" | "read_only" | "stdin_open" | "tty" | "attach"]
        | ["use_api_socket"]
        | ["healthcheck", "disable"]
        | ["volumes", _, "read_only"]
        | ["volumes", _, "volume", "nocopy"]
        | ["volumes", _, "bind", "create_host_path"]
        | ["build", "no_cache" | "pull" | "privileged"]
        | ["post_start" | "pre_stop", _, "privileged"]
        | ["depends_on", _, "restart" | "required"]
        | ["env_file", _, "required"] => Some(Kind::Bool),
        ["cpu_count" | "cpu_period" | "cpu_quota" | "cpu_rt_period" | "cpu_rt_runtime" | "cpu_shares"]
        | ["oom_score_adj" | "pids_limit" | "scale"]
        | ["secrets" | "configs", _, "mode"]
        | ["ports", _, "target"]
        | ["ulimits", _]
        | ["ulimits", _, "soft" | "hard"]
        | ["build", "ulimits", _]
        | ["build", "ulimits", _, "soft" | "hard"]
        | ["healthcheck", "retries"]
        | ["deploy", "replicas"]
        | ["deploy", "update_config" | "rollback_config", "parallelism"]
        | ["deploy", "restart_policy", "max_attempts"]
        | ["deploy", "placement", "max_replicas_per_node"]
        | ["deploy", "resources", "limits", "pids"] => Some(Kind::Int),
        ["cpu_percent" | "cpus"]
        | ["deploy", "update_config" | "rollback_config", "max_failure_ratio"]
        | ["deploy", "resources", "limits" | "reservations", "cpus"] => Some(Kind::Float),
        ["mem_limit" | "mem_reservation" | "memswap_limit" | "mem_swappiness" | "shm_size"]
        | ["build", "shm_size"]
        | ["deploy", "resources", "limits" | "reservations", "memory"]
        | ["volumes", _, "tmpfs", "size"]
        | [
            "blkio_config",
            "device_read_bps" | "device_write_bps" | "device_read_iops" | "device_write_iops",
            _,
            "rate",
        ] => Some(Kind::Bytes),
        ["stop_grace_period"]
        | ["healthcheck", "interval" | "timeout" | "start_period" | "start_interval"]
        | ["deploy", "update_config" | "rollback_config", "delay" | "monitor"]
        | ["deploy", "restart_policy", "delay" | "window"] => Some(Kind::Duration),
        _ => None,
    }
}

/// Turns text into the truth value or number that belongs at its place; `Err` says what was expected.
pub(super) fn cast(node: &mut Node, path: &Path<'_>) -> Result<(), &'static str> {
    let Value::Text(text) = &node.value else { return Ok(()) };
    let Some(kind) = path.matched(kind) else { return Ok(()) };
    let value = match kind {
        Kind::Bool => Value::Bool(truth(&text.text).ok_or("`true` or `false`")?),
        Kind::Int => Value::Int(text.text.parse().map_err(|_| "a whole number")?),
        Kind::Float => {
            text.text.parse::<f64>().map_err(|_| "a number")?;
            Value::Float(text.text.clone())
        }
        Kind::Bytes | Kind::Duration => return Ok(()),
    };
    if text.interpolated {
        node.written = Some(std::sync::Arc::new(text.clone()));
    }
    node.value = value;
    Ok(())
}

/// Whether a value that should be a size or a duration is one; `Err` says what was expected.
pub(super) fn check(node: &Node, path: &Path<'_>) -> Result<(), &'static str> {
    let Value::Text(text) = &node.value else { return Ok(()) };
    match path.matched(kind) {
        Some(Kind::Bytes) if bytes(&text.text).is_none() => Err("a size such as `512m`"),
        Some(Kind::Duration) if duration(&text.text).is_none() => Err("a duration such as `1m30s`"),
        Some(Kind::Bool) => Err("`true` or `false`"),
        Some(Kind::Int) => Err("a whole number"),
        _ => Ok(()),
    }
}

/// A truth value in text.
#[must_use]
pub fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "y" | "yes" | "on" => Some(true),
        "false" | "n" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// A size in bytes: `512m`, `1.5 GiB`, `1048576`; all suffixes are powers of 1024.
#[must_use]
pub fn bytes(text: &str) -> Option<i64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let whole = number.split('.').next().unwrap_or("");
    if number.is_empty() || whole.is_empty() || number.ends_with('.') || number.matches('.').count() > 1 {
        return None;
    }
    let unit = unit.strip_prefix(' ').unwrap_or(unit).to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let power = match unit.strip_suffix('i').unwrap_or(unit) {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        _ => return None,
    };
    let value = number.parse::<f64>().ok()? * 1024_f64.powi(power);
    // Truncates like Compose; a size past 2^63 bytes has no meaning.
    #[expect(clippy::cast_possible_truncation, reason = "the value is bounded just before")]
    (value < 9.2e18).then_some(value as i64)
}

/// The size that a value gives, in bytes; a plain number counts bytes.
#[must_use]
pub fn size(node: &Node) -> Option<i64> {
    match &node.value {
        Value::Int(bytes) => Some(*bytes),
        Value::Text(text) => bytes(&text.text),
        _ => None,
    }
}

/// A duration: `1h2m3.5s`, `300ms`, `0`.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let text = text.strip_prefix('+').unwrap_or(text);
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut nanos = 0_f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|&end| end > 0)?;
        let (number, after) = rest.split_at(digits);
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let scale = match unit {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        nanos += number.parse::<f64>().ok()? * scale;
        rest = after;
    }
    (nanos < 9.2e18).then(|| Duration::from_secs_f64(nanos / 1e9))
}

/// The number that a value gives.
#[must_use]
pub fn number(node: &Node) -> Option<f64> {
    match &node.value {
        #[expect(clippy::cast_precision_loss, reason = "counts of processors and the like are small")]
        Value::Int(value) => Some(*value as f64),
        Value::Float(text) => text.replace('_', "").parse().ok(),
        Value::Text(text) => text.text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_binary() {
        assert_eq!(bytes("512m"), Some(512 << 20));
        assert_eq!(bytes("1.5GiB"), Some(3 << 29));
        assert_eq!(bytes("64 kb"), Some(64 << 10));
        assert_eq!(bytes("10"), Some(10));
        assert_eq!(bytes("10b"), Some(10));
        for wrong in ["", "m", "1.", "1x", "1bi", "-5m", "1  m"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_are_those_of_go() {
        assert_eq!(duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("1.5h"), Some(Duration::from_secs(5400)));
        assert_eq!(duration("300ms"), Some(Duration::from_millis(300)));
        for wrong in ["", "30", "1d", "s", "5 s"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}

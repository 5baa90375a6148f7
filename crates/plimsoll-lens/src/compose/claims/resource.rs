//! Limits, restarts and logs of a service.
//!
//! Which of two ways to say the same wins is Compose's own order (docker/compose `pkg/compose/create.go`): what
//! `deploy` sets replaces the short key, a zero in `deploy` counts as not set.

use std::sync::Arc;

use plimsoll_posture::{Known, Logging, RestartPolicy, Service, Ulimit};

use super::field::{self, Field};
use crate::compose::cast;
use crate::compose::tree::{Node, Value};

pub(super) fn read(service: &mut Service, field: &Field<'_>) {
    let limit = |key| field.path(&["deploy", "resources", "limits", key]);
    let sizes = [field.child("mem_limit"), limit("memory")];
    for (size, deployed) in
        sizes.iter().zip([false, true]).filter_map(|(size, deployed)| Some((size.as_ref()?, deployed)))
    {
        if deployed && bytes(size.node) == Known::Value(0) {
            continue;
        }
        size.stack(&mut service.memory_bytes, bytes);
    }
    cpus(service, field, limit("cpus"));
    if let Some(pids) = field.child("pids_limit") {
        pids.stack(&mut service.pids_limit, field::integer);
    }
    if let Some(pids) = limit("pids").filter(|pids| field::integer(pids.node) != Known::Value(0)) {
        pids.stack(&mut service.pids_limit, field::integer);
    }
    if let Some(ulimits) = field.child("ulimits") {
        for (entry, ulimit) in ulimits.entries() {
            let end = |key| match &ulimit.node.value {
                Value::Map(_) => {
                    ulimit.child(key).map_or(field::not_understood(key), |end| field::integer(end.node))
                }
                _ => field::integer(ulimit.node),
            };
            let value = Ulimit { name: entry.key.clone(), soft: end("soft"), hard: end("hard") };
            service.ulimits.push(ulimit.claim(Known::Value(value)));
        }
    }
    if let Some(disable) = field.child("oom_kill_disable") {
        disable.stack(&mut service.oom_kill_disable, field::boolean);
    }
    if let Some(score) = field.child("oom_score_adj") {
        score.stack(&mut service.oom_score_adj, field::integer);
    }
    restart(service, field);
    if let Some(mode) = field.path(&["deploy", "mode"]) {
        mode.stack(&mut service.job, |node| {
            field::text(node).map(|text| matches!(&*text, "replicated-job" | "global-job"))
        });
    }
    if let Some(logging) = field.child("logging") {
        service.logging.push(logging.claim(log(&logging)));
    }
}

/// A service that another one waits for until it has completed ends by design.
pub(super) fn jobs(services: &mut [Service], fields: &[Field<'_>]) {
    for field in fields {
        for (entry, dependency) in
            field.child("depends_on").map(|depends| depends.entries()).unwrap_or_default()
        {
            let Some(condition) = dependency.child("condition") else { continue };
            if condition.known_text().as_deref() == Some("service_completed_successfully")
                && let Some(service) = services.iter_mut().find(|service| service.subject.name == entry.key)
            {
                service.job.push(condition.claim(Known::Value(true)));
            }
        }
    }
}

fn cpus(service: &mut Service, field: &Field<'_>, deployed: Option<Field<'_>>) {
    if let Some(quota) = field.child("cpu_quota") {
        let period = field.child("cpu_period").map_or(Known::Value(0), |period| microseconds(period.node));
        quota.stack(&mut service.cpus, |node| {
            let period = period.clone();
            microseconds(node).and_then(|quota| period.map(|period| ratio(quota, period)))
        });
    }
    if let Some(cpus) = field.child("cpus") {
        cpus.stack(&mut service.cpus, decimal);
    }
    if let Some(cpus) = deployed.filter(|cpus| decimal(cpus.node) != Known::Value("0".into())) {
        cpus.stack(&mut service.cpus, decimal);
    }
    if let Some(set) = field.child("cpuset") {
        set.stack(&mut service.cpu_bound_otherwise, |node| {
            field::text(node).map(|text| !text.trim().is_empty())
        });
    }
    if let Some(shares) = field.child("cpu_shares") {
        shares.stack(&mut service.cpu_bound_otherwise, |node| field::integer(node).map(|shares| shares > 0));
    }
}

/// `cpu_quota` and `cpu_period`: microseconds, or a duration such as `50ms`.
fn microseconds(node: &Node) -> Known<i64> {
    let number = field::integer(node);
    if number.value().is_some() {
        return number;
    }
    field::text(node).and_then(|text| match cast::duration(&text).map(|duration| duration.as_micros()) {
        Some(micros) => i64::try_from(micros).map_or_else(|_| field::not_understood(&text), Known::Value),
        None => field::not_understood(&text),
    })
}

/// The kernel's period is 100 ms unless another one is given.
fn ratio(quota: i64, period: i64) -> Arc<str> {
    if quota <= 0 {
        return "0".into();
    }
    let period = if period > 0 { period } else { 100_000 };
    trim_decimal(&format!("{:.3}", quota as f64 / period as f64))
}

/// A number of CPUs in its shortest form: `0.5`, `2`, `0`.
fn decimal(node: &Node) -> Known<Arc<str>> {
    field::text(node).and_then(|text| match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Known::Value(trim_decimal(text.trim())),
        Ok(_) => Known::Value("0".into()),
        Err(_) if text.trim().is_empty() => Known::Value("0".into()),
        Err(_) => field::not_understood(&text),
    })
}

fn trim_decimal(text: &str) -> Arc<str> {
    let short = match text.contains('.') && !text.contains(['e', 'E']) {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    };
    if short.starts_with('.') { format!("0{short}").into() } else { short.into() }
}

/// A size in bytes.
fn bytes(node: &Node) -> Known<u64> {
    if let Value::Int(value) = node.value {
        return u64::try_from(value).map_or_else(|_| field::not_understood(&value.to_string()), Known::Value);
    }
    field::text(node).and_then(|text| match text.trim() {
        "" => Known::Value(0),
        trimmed => cast::bytes(trimmed)
            .and_then(|bytes| u64::try_from(bytes).ok())
            .map_or_else(|| field::not_understood(trimmed), Known::Value),
    })
}

fn restart(service: &mut Service, field: &Field<'_>) {
    if let Some(policy) = field.child("restart") {
        policy.stack(&mut service.restart, |node| match &node.value {
            Value::Bool(false) => Known::Value(RestartPolicy::Never),
            _ => field::text(node).map(|text| policy_of(&text)),
        });
    }
    let Some(policy) = field.path(&["deploy", "restart_policy"]) else { return };
    let Some(condition) = policy.child("condition") else {
        // The specification's default condition is `any`.
        service.restart.push(policy.claim(Known::Value(RestartPolicy::Always)));
        return;
    };
    let attempts = policy
        .child("max_attempts")
        .and_then(|attempts| field::integer(attempts.node).value().copied())
        .and_then(|attempts| u32::try_from(attempts).ok())
        .filter(|attempts| *attempts > 0);
    condition.stack(&mut service.restart, |node| {
        field::text(node).map(|text| match &*text {
            "none" | "no" => RestartPolicy::Never,
            "any" | "always" => RestartPolicy::Always,
            "on-failure" => RestartPolicy::OnFailure(attempts),
            "unless-stopped" => RestartPolicy::UnlessStopped,
            _ => RestartPolicy::Other(text.clone()),
        })
    });
}

fn policy_of(text: &str) -> RestartPolicy {
    match text.trim() {
        "" | "no" | "false" => RestartPolicy::Never,
        "always" => RestartPolicy::Always,
        "unless-stopped" => RestartPolicy::UnlessStopped,
        "on-failure" => RestartPolicy::OnFailure(None),
        other => match other.strip_prefix("on-failure:").and_then(|count| count.parse().ok()) {
            Some(0) => RestartPolicy::OnFailure(None),
            Some(count) => RestartPolicy::OnFailure(Some(count)),
            None => RestartPolicy::Other(other.into()),
        },
    }
}

fn log(field: &Field<'_>) -> Known<Logging> {
    let driver = match field.child("driver").map(|driver| driver.text()) {
        Some(Known::Unknown(reason)) => return Known::Unknown(reason),
        Some(Known::Value(driver)) => Some(driver).filter(|driver| !driver.is_empty()),
        None => None,
    };
    let mut options = Vec::new();
    for (key, _, value) in field.child("options").map(|options| field::pairs(&options)).unwrap_or_default() {
        match value {
            Known::Value(value) => options.push((key, value)),
            Known::Unknown(reason) => return Known::Unknown(reason),
        }
    }
    Known::Value(Logging { driver, options })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_numbers_have_one_form() {
        assert_eq!(&*ratio(50_000, 0), "0.5");
        assert_eq!(&*ratio(200_000, 100_000), "2");
        assert_eq!(&*ratio(-1, 0), "0");
        assert_eq!(&*trim_decimal("1.50"), "1.5");
        assert_eq!(&*trim_decimal(".5"), "0.5");
        assert_eq!(&*trim_decimal("10"), "10");
    }

    #[test]
    fn restart_counts() {
        assert_eq!(policy_of("on-failure:5"), RestartPolicy::OnFailure(Some(5)));
        assert_eq!(policy_of("on-failure"), RestartPolicy::OnFailure(None));
        assert_eq!(policy_of("no"), RestartPolicy::Never);
        assert_eq!(policy_of("sometimes"), RestartPolicy::Other("sometimes".into()));
    }
}

//! Limits, restarts and logs.

use std::sync::Arc;

use plimsoll_posture::{Known, Logging, RestartPolicy, Service, Ulimit};

use super::{Entry, View};

pub(super) fn read(service: &mut Service, view: &View<'_>) {
    if let Some((entry, bytes)) = number(view, "Memory") {
        service.memory_bytes.push(entry.claim(u64::try_from(bytes).unwrap_or(0)));
    }
    cpus(service, view);
    // `null` is how newer engines say that there is no limit.
    if let Some(json) = view.host.get("PidsLimit") {
        let entry = Entry { json, route: format!("{}: HostConfig.PidsLimit", view.name).into() };
        service.pids_limit.push(entry.claim(entry.number().unwrap_or(0)));
    }
    for entry in view.host("Ulimits").iter().flat_map(Entry::items) {
        let end = |key| entry.get(key).and_then(|end| end.number());
        let (Some(name), Some(soft), Some(hard)) =
            (entry.get("Name").and_then(|name| name.text().cloned()), end("Soft"), end("Hard"))
        else {
            continue;
        };
        // Podman writes the kernel's name, `RLIMIT_NOFILE`.
        let name = match name.strip_prefix("RLIMIT_") {
            Some(bare) => bare.to_ascii_lowercase().into(),
            None => name,
        };
        let ulimit = Ulimit { name, soft: Known::Value(soft), hard: Known::Value(hard) };
        service.ulimits.push(entry.claim(ulimit));
    }
    if let Some(entry) = view.host("OomKillDisable")
        && let Some(flag) = entry.flag()
    {
        service.oom_kill_disable.push(entry.claim(flag));
    }
    if let Some((entry, score)) = number(view, "OomScoreAdj") {
        service.oom_score_adj.push(entry.claim(score));
    }
    if let Some(entry) = view.host("RestartPolicy")
        && let Some(policy) = restart(&entry)
    {
        service.restart.push(entry.claim(policy));
    }
    if let Some(entry) = view.host("LogConfig")
        && let Some(logging) = logging(&entry)
    {
        service.logging.push(entry.claim(logging));
    }
}

fn number<'a>(view: &View<'a>, key: &'static str) -> Option<(Entry<'a>, i64)> {
    let entry = view.host(key)?;
    let number = entry.number()?;
    Some((entry, number))
}

/// `NanoCpus` (`--cpus`), else the quota of a period; the kernel's period is 100 ms unless another one is given.
fn cpus(service: &mut Service, view: &View<'_>) {
    let positive = |key| number(view, key).filter(|(_, number)| *number > 0);
    if let Some((entry, nano)) = positive("NanoCpus") {
        service.cpus.push(entry.claim(decimal(nano, 1_000_000_000)));
    } else if let Some((entry, quota)) = positive("CpuQuota") {
        let period = positive("CpuPeriod").map_or(100_000, |(_, period)| period);
        service.cpus.push(entry.claim(decimal(quota, period)));
    } else if let Some((entry, _)) = number(view, "NanoCpus") {
        service.cpus.push(entry.claim("0".into()));
    }
    let set = view.host("CpusetCpus").filter(|set| set.text().is_some_and(|text| !text.is_empty()));
    if let Some(entry) = set.or_else(|| positive("CpuShares").map(|(entry, _)| entry)) {
        service.cpu_bound_otherwise.push(entry.claim(true));
    }
}

/// A number of CPUs in its shortest form: `0.5`, `2`.
fn decimal(parts: i64, whole: i64) -> Arc<str> {
    let text = format!("{:.3}", parts as f64 / whole as f64);
    text.trim_end_matches('0').trim_end_matches('.').into()
}

fn restart(entry: &Entry<'_>) -> Option<RestartPolicy> {
    let name = entry.get("Name")?.text()?;
    let count = entry.get("MaximumRetryCount").and_then(|count| count.number());
    Some(match &**name {
        "" | "no" => RestartPolicy::Never,
        "always" => RestartPolicy::Always,
        "unless-stopped" => RestartPolicy::UnlessStopped,
        "on-failure" => {
            let count = count.and_then(|count| u32::try_from(count).ok());
            RestartPolicy::OnFailure(count.filter(|count| *count > 0))
        }
        other => RestartPolicy::Other(other.into()),
    })
}

fn logging(entry: &Entry<'_>) -> Option<Logging> {
    let driver = entry.get("Type")?.text()?.clone();
    let options = entry.get("Config");
    let options = options.iter().flat_map(Entry::members);
    let mut options: Vec<(Arc<str>, Arc<str>)> =
        options.filter_map(|(key, value)| Some((key.clone(), value.text()?.clone()))).collect();
    options.sort();
    Some(Logging { driver: (!driver.is_empty()).then_some(driver), options })
}

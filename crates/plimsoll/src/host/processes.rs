//! `host/processes`: the running dockerd and containerd.

use std::fmt::Write as _;

use super::tree::Tree;
use crate::date::Date;

/// A process of the engine.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) pid: u32,
    /// `dockerd`, `containerd`.
    pub(super) program: &'static str,
    arguments: Vec<String>,
    /// In seconds since 1970.
    started: Option<i64>,
}

const PROGRAMS: [&str; 2] = ["dockerd", "containerd"];
/// What the kernel counts in `stat` since it was started: hundredths of a second, on every architecture.
const TICKS: i64 = 100;

/// The processes of the host itself, in the order of their numbers; those of engines in containers are not the host's.
pub(super) fn find(tree: &Tree) -> Option<Vec<Process>> {
    let mut pids: Vec<u32> = tree.names("/proc").iter().filter_map(|name| name.parse().ok()).collect();
    if pids.is_empty() {
        return None;
    }
    pids.sort_unstable();
    let namespace = |pid: u32| tree.link(&format!("/proc/{pid}/ns/pid"));
    let own = namespace(1);
    let booted = booted(tree);
    let processes = pids.into_iter().filter_map(|pid| {
        let line = tree.read(&format!("/proc/{pid}/cmdline")).ok()??;
        let words = line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
        let mut arguments: Vec<String> = words.collect();
        // The last argument ends with a zero byte, too.
        if arguments.last().is_some_and(String::is_empty) {
            arguments.pop();
        }
        let name = arguments.first()?.rsplit('/').next()?;
        let program = PROGRAMS.into_iter().find(|program| *program == name)?;
        if let (Some(own), Some(its)) = (&own, namespace(pid))
            && *own != its
        {
            return None;
        }
        let started = booted.zip(ticks(tree, pid)).map(|(booted, ticks)| booted + ticks / TICKS);
        Some(Process { pid, program, arguments, started })
    });
    Some(processes.collect())
}

pub(super) fn table(processes: &Option<Vec<Process>>) -> Option<Vec<String>> {
    let lines = processes.as_ref()?.iter().map(|process| {
        let start = process.started.map_or_else(|| "?".to_owned(), Date::stamp);
        let mut line = format!("{} {start}", process.pid);
        for argument in veiled(&process.arguments) {
            let _ = write!(line, " {}", quoted(&argument));
        }
        line
    });
    Some(lines.collect())
}

/// When the kernel was started.
fn booted(tree: &Tree) -> Option<i64> {
    let stat = tree.text("/proc/stat")?;
    stat.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())
}

/// Field 22 of `stat`; the second one is a name in brackets, which may hold anything.
fn ticks(tree: &Tree, pid: u32) -> Option<i64> {
    let stat = tree.text(&format!("/proc/{pid}/stat"))?;
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(19)?.parse().ok()
}

/// Arguments without what is secret in them: accounts in addresses, and values of options that are named for it.
pub(super) fn veiled(arguments: &[String]) -> Vec<String> {
    arguments.iter().map(|argument| veil(argument)).collect()
}

fn veil(argument: &str) -> String {
    if let Some((scheme, rest)) = argument.split_once("://")
        && let Some((account, rest)) = rest.split_once('@')
        && !account.contains('/')
    {
        return format!("{scheme}://***@{rest}");
    }
    if let Some((name, _)) = argument.rsplit_once('=') {
        let lower = name.to_ascii_lowercase();
        if ["token", "password", "secret", "credential", "api-key", "apikey"]
            .iter()
            .any(|word| lower.contains(word))
        {
            return format!("{name}=***");
        }
    }
    argument.to_owned()
}

/// As a shell would have to be given it, so that it is one word again.
fn quoted(argument: &str) -> String {
    let plain = |letter: char| !letter.is_whitespace() && !matches!(letter, '"' | '\'' | '\\');
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("\"{}\"", argument.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_command_lines_are_veiled() {
        for (argument, expected) in [
            ("--http-proxy=http://me:pw@proxy:3128", "--http-proxy=http://***@proxy:3128"),
            ("--log-opt=splunk-token=abc", "--log-opt=splunk-token=***"),
            ("splunk-token=abc", "splunk-token=***"),
            ("-H=tcp://0.0.0.0:2375", "-H=tcp://0.0.0.0:2375"),
            ("--registry-mirror=https://m.example/@x", "--registry-mirror=https://m.example/@x"),
        ] {
            assert_eq!(veil(argument), expected);
        }
        assert_eq!(quoted("a b\"c"), "\"a b\\\"c\"");
    }
}

//! `GET /version` and `docker version --format '{{json .}}'`: the engine, the programs it is made of, and whose builds they are.

use std::sync::Arc;

use plimsoll_posture::{Claim, Component, Fact, Host, Known, Reason};

use super::entry::Entry;
use crate::images;

/// No engine has more parts.
const MAX_COMPONENTS: usize = 32;

pub(super) fn read(host: &mut Host, document: &Entry<'_>) {
    // The client's own version is none of the host's.
    let server = match document.get("Server") {
        Some(server) => server,
        None if document.get("Client").is_some() => return,
        None => document.clone(),
    };
    let parts: Vec<Entry<'_>> =
        server.get("Components").iter().flat_map(Entry::items).take(MAX_COMPONENTS).collect();
    let named = |part: &Entry<'_>| part.get("Name").and_then(|name| name.text().cloned());
    let podman = parts.iter().any(|part| named(part).is_some_and(|name| name.starts_with("Podman")));
    let own = if podman { "podman" } else { "docker" };
    if let Some(version) = server.get("Version")
        && let Some(text) = version.word()
    {
        host.engine.version.push(version.running(text.clone()));
        let product = if podman { "Podman Engine" } else { "Docker Engine" };
        host.engine.product.push(version.running(product.into()));
        let commit = server.get("GitCommit").and_then(|commit| commit.word().cloned());
        host.engine.components.push(component(own, version.running(text.clone()), commit.as_deref()));
    }
    if let Some(api) = server.get("ApiVersion")
        && let Some(text) = api.word()
    {
        host.engine.api.push(api.running(text.clone()));
    }
    if let Some(kernel) = server.get("KernelVersion")
        && let Some(text) = kernel.word()
    {
        host.machine.kernel.push(kernel.running(text.clone()));
    }
    for part in parts {
        let (Some(name), Some(version)) = (named(&part), part.get("Version")) else { continue };
        let name = short(&name);
        let Some(text) = version.word() else { continue };
        if matches!(&*name, "engine" | "podman engine") {
            continue;
        }
        let commit = part.get("Details").and_then(|details| details.get("GitCommit")?.word().cloned());
        host.engine.components.push(component(&name, version.running(plain(text)), commit.as_deref()));
    }
}

/// What `GET /info` tells of the same: all of it where there is no answer of `/version`.
pub(super) fn from_info(host: &mut Host, info: &Entry<'_>) {
    if host.engine.version.claims().is_empty()
        && let Some(version) = info.get("ServerVersion")
        && let Some(text) = version.word()
    {
        host.engine.version.push(version.running(text.clone()));
        // Podman's API names itself in /version only; its images lie in a folder of that name.
        let root = info.get("DockerRootDir").and_then(|root| root.word().cloned());
        let podman = root.is_some_and(|root| root.contains("containers/storage"));
        let (own, product) = if podman { ("podman", "Podman Engine") } else { ("docker", "Docker Engine") };
        host.engine.product = Fact::of(version.running(product.into()));
        host.engine.components.push(component(own, version.running(text.clone()), None));
    }
    for (key, name) in
        [("ContainerdCommit", "containerd"), ("RuncCommit", "runc"), ("InitCommit", "docker-init")]
    {
        let Some(id) = info.get(key).and_then(|commit| commit.get("ID")) else { continue };
        let Some(text) = id.word() else { continue };
        if host.engine.components.iter().any(|component| &*component.name == name) {
            continue;
        }
        let text = undescribed(&plain(text));
        // Builds of the project itself name a commit here, which is no version.
        let version = match text.contains('.') {
            true => Known::Value(text.clone()),
            false => Known::Unknown(Reason::NeedsEngine("docker version")),
        };
        host.engine.components.push(component(name, id.known(version), Some(&text)));
    }
}

fn component(name: &str, version: Claim<Arc<str>>, commit: Option<&str>) -> Component {
    let text = version.value.value().map_or("", |text| &**text);
    let patched_by = distribution(text).or_else(|| distribution(commit?)).map(Arc::from);
    let untold = || Reason::NoAdvisories(name.into());
    let line = match name {
        "docker" => images::release_line("docker-engine", number(text)),
        "containerd" | "podman" => images::release_line(name, number(text)),
        _ => None,
    };
    Component {
        name: name.into(),
        advisories: Known::Unknown(untold()),
        patched_by,
        line: line.map_or_else(|| Known::Unknown(untold()), Known::Value),
        version,
    }
}

/// `OCI Runtime (crun)` is crun.
fn short(name: &str) -> String {
    let name =
        name.split_once('(').and_then(|(_, inner)| inner.split_once(')')).map_or(name, |(inner, _)| inner);
    name.trim().to_ascii_lowercase()
}

/// Podman's parts answer with what `--version` prints: `crun version 1.14.4\ncommit: …`.
fn plain(text: &Arc<str>) -> Arc<str> {
    match text.split_once("version ") {
        Some((_, rest)) => rest.split([' ', ',', '\n', '\r']).next().unwrap_or("").into(),
        None => text.clone(),
    }
}

/// `v1.3.4` of `v1.3.4-0-gd6d73eb`: what `git describe` adds would read as a release before that one.
fn undescribed(text: &Arc<str>) -> Arc<str> {
    let hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let described = text.rsplit_once("-g").filter(|(_, commit)| !commit.is_empty() && hexadecimal(commit));
    let version = described.and_then(|(rest, _)| {
        let (version, count) = rest.rsplit_once('-')?;
        count.bytes().all(|byte| byte.is_ascii_digit()).then_some(version)
    });
    version.map_or_else(|| text.clone(), Arc::from)
}

/// `20.10.24` of `20.10.24+dfsg1`.
fn number(version: &str) -> &str {
    let version = version.strip_prefix('v').unwrap_or(version);
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    version.get(..end).unwrap_or("")
}

/// Whose build a version or a commit tells of: distributions mend without raising the number, and mark it.
fn distribution(text: &str) -> Option<&'static str> {
    // A mark counts with a number behind it: Docker's own packages bear `~debian.12~bookworm`.
    let marked = |mark: &str| {
        text.match_indices(mark).any(|(at, _)| {
            text.get(at + mark.len()..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    };
    if text.contains("ubuntu") {
        return Some("Ubuntu");
    }
    let known: [(&str, &[&str]); 6] = [
        ("Debian", &["+ds", "~ds", "+dfsg", "~dfsg", "+deb", "~deb"]),
        ("Red Hat Enterprise Linux", &[".el", ".module+el"]),
        ("Fedora", &[".fc"]),
        ("Amazon Linux", &[".amzn"]),
        ("Azure Linux", &[".azl", ".cm"]),
        ("Alpine Linux", &["-r"]),
    ];
    if text.ends_with("-rhel") {
        return Some("Red Hat Enterprise Linux");
    }
    if text.contains("+azure") {
        return Some("Microsoft Azure");
    }
    let bare = |mark: &str| text.ends_with(mark) && (mark.ends_with("ds") || mark.ends_with("dfsg"));
    known.iter().find(|(_, marks)| marks.iter().any(|mark| marked(mark) || bare(mark))).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Versions as the packages of each distribution print them.
    #[test]
    fn builds_of_distributions_are_known_by_their_marks() {
        for (text, expected) in [
            ("20.10.24+dfsg1", Some("Debian")),
            ("1.6.20~ds1", Some("Debian")),
            ("1.1.5+ds1-1+deb12u1", Some("Debian")),
            ("24.0.7-0ubuntu2~22.04.1", Some("Ubuntu")),
            ("4.9.4-rhel", Some("Red Hat Enterprise Linux")),
            ("1.1.12-2.el9", Some("Red Hat Enterprise Linux")),
            ("1.2.4-1.fc41", Some("Fedora")),
            ("1.7.27-1.amzn2023", Some("Amazon Linux")),
            ("20.10.25+azure-2", Some("Microsoft Azure")),
            ("29.1.3", None),
            ("v2.2.0", None),
            ("1.3.0-rc.1", None),
            ("5:27.0.3-1~debian.12~bookworm", None),
            ("05044ec0a9a75232cad458027ca83437aae3f4da", None),
        ] {
            assert_eq!(distribution(text), expected, "{text}");
        }
    }

    #[test]
    fn what_a_program_prints_is_cut_down_to_its_version() {
        assert_eq!(&*plain(&"crun version 1.14.4\ncommit: abc".into()), "1.14.4");
        assert_eq!(&*plain(&"conmon version 2.1.10, commit: abc".into()), "2.1.10");
        assert_eq!(&*undescribed(&"v1.3.4-0-gd6d73eb".into()), "v1.3.4");
        assert_eq!(&*undescribed(&"1.1.5+ds1-1+deb12u1".into()), "1.1.5+ds1-1+deb12u1");
        assert_eq!(short("OCI Runtime (crun)"), "crun");
        assert_eq!(number("v2.2.0-rc.1"), "2.2.0");
    }
}

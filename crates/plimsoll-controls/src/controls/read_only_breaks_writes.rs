//! A read-only root file system under a program that must write to it.

use plimsoll_posture::{Posture, Service, program_name};

use crate::application::{program, started};
use crate::wide_copy::list;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "read-only-breaks-writes",
    title: "read-only service writes where nothing is mounted",
    page: include_str!("read_only_breaks_writes.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

/// What official images write to when they start, as their documentation for read-only use says.
const IMAGES: &[(&str, &[&str])] = &[
    ("httpd", &["/usr/local/apache2/logs"]),
    ("mariadb", &["/run/mysqld", "/tmp"]),
    ("mongo", &["/tmp"]),
    ("mysql", &["/run/mysqld", "/tmp"]),
    ("nginx", &["/run", "/var/cache/nginx"]),
    ("postgres", &["/run/postgresql"]),
];

/// Programs that stop or fail when a directory cannot be written.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("gunicorn", &["/tmp"]),
    ("pm2", &["/root/.pm2"]),
    ("pm2-runtime", &["/root/.pm2"]),
    ("supervisord", &["/tmp"]),
    ("yarn", &["/tmp"]),
];

/// Options whose value is a file that the program writes.
const FILES: &[&str] =
    &["--pid", "--pidfile", "--pid-file", "--log-file", "--logfile", "--access-logfile", "--error-logfile"];

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let Some(claim) = service.readonly_rootfs.effective() else { return Verdict::absent() };
    match claim.value.value() {
        Some(true) => {}
        Some(false) => return Verdict::NotApplicable("the root file system is writable"),
        None => {
            return claim
                .value
                .reason()
                .map_or_else(Verdict::absent, |reason| Verdict::Unknown(reason.clone()));
        }
    }
    let mut missing: Vec<(String, Option<plimsoll_posture::Provenance>)> = Vec::new();
    let mut want = |path: &str, at: Option<&plimsoll_posture::Provenance>| {
        if !is_mounted(service, path) && !missing.iter().any(|(own, _)| own == path) {
            missing.push((path.to_owned(), at.cloned()));
        }
    };
    let image = service.image.value().filter(|_| service.build.is_none()).map(|image| image.name());
    let overridden =
        service.entrypoint.effective().is_some_and(|claim| claim.layer >= plimsoll_posture::Layer::Compose);
    if let Some((_, paths)) =
        IMAGES.iter().find(|(name, _)| image.as_deref() == Some(*name)).filter(|_| !overridden)
    {
        paths.iter().for_each(|path| want(path, None));
    }
    for command in started(service, posture) {
        let words = program(&command.words);
        let at = Some(&command.claim.at);
        if let Some(name) = words.first().map(|word| program_name(word))
            && let Some((_, paths)) = PROGRAMS.iter().find(|(own, _)| *own == name)
        {
            let root = service.kernel.uid.value() == Some(&0);
            paths.iter().filter(|path| root || !path.starts_with("/root")).for_each(|path| want(path, at));
        }
        for folder in written(&command.words) {
            want(folder, at);
        }
    }
    if missing.is_empty() {
        return Verdict::pass(claim);
    }
    let paths = || missing.iter().map(|(path, _)| path.as_str());
    let mut finding = Finding::at(
        claim,
        "nothing can be written outside of mounts",
        format!(
            "read-only service `{}` writes to {} and nothing is mounted there",
            service.name(),
            list(paths())
        ),
        format!(
            "add `tmpfs: [{}]`, or a volume where the data must stay",
            paths().collect::<Vec<_>>().join(", ")
        ),
    );
    for at in missing.iter().filter_map(|(_, at)| at.clone()) {
        finding = finding.near(at, "writes there");
    }
    Verdict::fail(finding)
}

/// The folders of absolute paths that a command says it writes: `> /var/log/x`, `--pid /run/x.pid`.
fn written<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut folders = Vec::new();
    let mut push = |path: &'a str| {
        let folder = path.trim_end_matches('/').rsplit_once('/').map_or("", |(folder, _)| folder);
        let special = path.starts_with("/dev/") || path.starts_with("/proc/");
        if path.starts_with('/') && !special && !path.contains('$') && !folder.is_empty() {
            folders.push(folder);
        }
    };
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let redirect = word.trim_start_matches(|c: char| c.is_ascii_digit());
        if let Some(target) = redirect.strip_prefix(">>").or_else(|| redirect.strip_prefix('>')) {
            if target.is_empty() {
                words.peek().into_iter().for_each(|path| push(path));
            } else {
                push(target);
            }
            continue;
        }
        let (option, value) = word.split_once('=').unwrap_or((word, ""));
        if FILES.contains(&option) {
            if value.is_empty() {
                words.peek().into_iter().for_each(|path| push(path));
            } else {
                push(value);
            }
        }
    }
    folders
}

/// Whether a writable mount lies at the path or above it. `/var/run` is `/run`.
fn is_mounted(service: &Service, path: &str) -> bool {
    let real = |path: &str| {
        path.strip_prefix("/var/run").map_or_else(|| path.to_owned(), |rest| format!("/run{rest}"))
    };
    let path = real(path);
    service.mounts.items().any(|claim| match claim.value.value() {
        // A mount that is not known may be the one.
        None => true,
        Some(mount) => {
            let target = real(mount.target.trim_end_matches('/'));
            let above =
                path == target || path.strip_prefix(&target).is_some_and(|rest| rest.starts_with('/'));
            above && mount.writable.value() != Some(&false)
        }
    })
}

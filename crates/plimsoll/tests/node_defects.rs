//! One small Node project with seventeen defects that tools miss: each must be found, at its line, by a named control.
//!
//! The list is written from the Dockerfile beside it, line by line, not from what the program says.

mod stage;

use plimsoll::config::Config;
use plimsoll::scan::{Task, Wishes, scan};
use plimsoll_lens::Memory;

const DOCKERFILE: &str = include_str!("node_defects/Dockerfile");

/// The project around it; there is no `.dockerignore` and no lockfile.
const PROJECT: &[(&str, &str)] = &[
    ("Dockerfile", DOCKERFILE),
    (
        "package.json",
        r#"{
  "name": "shop",
  "scripts": { "start": "node server.js" },
  "dependencies": { "express": "^5.1.0" },
  "devDependencies": { "nodemon": "^3.1.0" }
}"#,
    ),
    ("server.js", "require('express')().listen(process.env.PORT || 80)\n"),
    (".env", "DATABASE_PASSWORD=correct-horse-battery-staple\n"),
    (".git/HEAD", "ref: refs/heads/main\n"),
];

/// What is wrong, the first words of the line it is wrong on, and the control that must say so.
const DEFECTS: &[(&str, &str, &str)] = &[
    ("no USER", "FROM", "runs-as-root"),
    ("the whole context without a .dockerignore", "COPY . .", "missing-dockerignore"),
    ("development dependencies ship", "RUN npm install", "development-dependencies-shipped"),
    ("a key in ENV", "ENV SHOP_API_KEY", "secret-in-image-env"),
    ("a download runs at once", "curl -fsSL", "download-piped-to-shell"),
    ("any certificate is believed", "RUN curl -k", "tls-verification-disabled"),
    ("a secret file is copied", "COPY . .", "secret-file-copied"),
    ("a secret is removed too late", "COPY .env", "secret-removed-later"),
    ("a download without a checksum", "ADD https", "remote-add-unverified"),
    ("everybody may write", "    chmod -R 777", "world-writable-files"),
    ("a port for SSH", "EXPOSE 22", "ssh-server-in-image"),
    ("a port below 1024", "EXPOSE 80", "privileged-port-exposed"),
    ("the shell form of CMD", "CMD", "shell-form-command"),
    ("npm is the first process", "CMD", "package-manager-as-pid1"),
    ("no HEALTHCHECK", "FROM", "healthcheck-missing"),
    ("no NODE_ENV", "FROM", "node-env-not-production"),
    ("no digest", "FROM", "image-without-digest"),
];

/// Control and line of every finding, those included that another one covers.
fn findings() -> Vec<(String, usize)> {
    let world = Memory::of(PROJECT);
    let wishes = Wishes::default();
    let plan = stage::plan(&world, &wishes.compose);
    let report = scan(Task { world: &world, plan, stdin: None, config: Config::default(), wishes }).report;
    assert_eq!(report.scenarios.len(), 1, "one Dockerfile");
    let scenario = &report.scenarios[0];
    let told = scenario.judged.iter().flat_map(|judged| {
        judged.findings().map(|(finding, _)| {
            let span = finding.primary.at.span;
            let place = scenario.sources.get(span.source).place(span.start as usize);
            (judged.judgement.control.id.to_owned(), place.line)
        })
    });
    told.collect()
}

#[test]
fn all_seventeen_are_found_where_they_are() {
    let found = findings();
    let mut missed = Vec::new();
    for (what, start, control) in DEFECTS {
        let line = DOCKERFILE.lines().position(|line| line.starts_with(start)).map(|line| line + 1);
        let line = line.unwrap_or_else(|| panic!("no line of the Dockerfile starts with `{start}`"));
        if !found.iter().any(|(id, at)| id == control && *at == line) {
            let elsewhere: Vec<_> = found.iter().filter(|(id, _)| id == control).collect();
            missed.push(format!("{what}: {control} at line {line}; it is told at {elsewhere:?}"));
        }
    }
    assert_eq!(DEFECTS.len(), 17);
    assert!(missed.is_empty(), "{} missed:\n{}\nfound: {found:#?}", missed.len(), missed.join("\n"));
}

#[test]
fn what_follows_from_the_project_around_it_is_found_too() {
    let found = findings();
    // A heredoc followed by a comment stops no reader here, and no lockfile stands beside the manifest.
    assert!(found.contains(&("lockfile-missing".to_owned(), 14)), "{found:?}");
}

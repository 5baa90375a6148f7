//! In which order findings on dependencies are told, and what they say of the program's own source.

mod stage;

use plimsoll::config::Config;
use plimsoll::scan::{Task, Wishes, scan};
use plimsoll_lens::Memory;
use plimsoll_report::{Report, github};

const DOCKERFILE: &str =
    "FROM node:24.18.1-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci --omit=dev\nCMD [\"node\", \"server.js\"]\n";

/// The findings of a project whose lockfile has these packages, all asked for by its manifest.
fn report(packages: &[(&str, &str)], server: &str) -> Report {
    let requests: Vec<String> =
        packages.iter().map(|(name, version)| format!("\"{name}\": \"{version}\"")).collect();
    let manifest = format!("{{\"dependencies\": {{{}}}}}", requests.join(", "));
    let locked: Vec<String> = packages
        .iter()
        .map(|(name, version)| format!("\"node_modules/{name}\": {{\"version\": \"{version}\"}}"))
        .collect();
    let lock = format!("{{\"lockfileVersion\": 3, \"packages\": {{\n{}\n}}}}", locked.join(",\n"));
    let world = Memory::of(&[
        ("Dockerfile", DOCKERFILE),
        ("package.json", &manifest),
        ("package-lock.json", &lock),
        ("server.js", server),
    ]);
    let only = ["vulnerable-dependency", "malicious-dependency"];
    let wishes = Wishes { only: only.iter().map(|id| (*id).to_owned()).collect(), ..Wishes::default() };
    let plan = stage::plan(&world, &wishes.compose);
    scan(Task { world: &world, plan, stdin: None, config: Config::default(), wishes }).report
}

/// The names of the packages in the order in which they are told.
fn told(report: &Report) -> Vec<String> {
    let text = github(report);
    let names = text.lines().filter_map(|line| line.split('`').nth(1));
    names.map(str::to_owned).collect()
}

#[test]
fn what_is_exploited_comes_first_and_what_nobody_rated_last() {
    // The lockfile has them the other way round. Of the same weight are the first four, and the last two.
    let packages = [
        // No rating yet: as grave as a medium one, and behind it.
        ("hono", "4.12.33"),
        ("express", "4.16.0"),
        // Critical, and no file reaches it.
        ("minimist", "1.2.0"),
        // Critical, and imported.
        ("ejs", "3.1.6"),
        // Published to do harm.
        ("1337qq-js", "1.0.0"),
        // CVE-2019-10758 is on the list of CISA.
        ("mongo-express", "0.53.0"),
    ];
    let server = "require('ejs'); require('express'); require('hono');";
    let report = report(&packages, server);
    assert_eq!(told(&report), ["mongo-express", "1337qq-js", "ejs", "minimist", "express", "hono"]);
}

#[test]
fn a_finding_says_where_the_package_is_imported() {
    let packages = [("lodash", "4.17.15"), ("minimist", "1.2.0"), ("qs", "6.5.1")];
    // What the source takes by a computed name is not known: nothing is said of what it does not name.
    for (server, open) in
        [("\nimport _ from 'lodash';", false), ("\nimport _ from 'lodash';\nrequire(name)", true)]
    {
        let report = report(&packages, server);
        let judged = report.scenarios.iter().flat_map(|scenario| &scenario.judged);
        for (finding, _) in judged.flat_map(|judged| judged.findings()) {
            let imported = finding.related.iter().find(|label| label.text == "imported here");
            let idle = finding.why.as_ref().is_some_and(|why| why.contains("perhaps it is not used"));
            if finding.message.contains("`lodash`") {
                let at = imported.unwrap().at.span;
                assert_eq!(report.scenarios[0].sources.text(at), "'lodash'");
                assert!(!finding.unused && !idle);
            } else {
                assert!(imported.is_none(), "{}", finding.message);
                assert_eq!((finding.unused, idle), (!open, !open), "{}", finding.message);
            }
        }
    }
}

//! What `plimsoll init` makes of real projects of many shapes: it keeps its promises by our own scan, by Compose
//! (`PLIMSOLL_COMPOSE`) and by BuildKit's parser (`PLIMSOLL_BUILDKIT_PYTHON`), and, with a Docker Engine, it starts
//! (`PLIMSOLL_INTEGRATION=1`).
//!
//! The projects lie in `init/`; two have the expected files beside them, which were read line by line. `UPDATE=1` writes
//! them anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_lens::World as _;
use serde_json::Value;

#[path = "judge/buildkit.rs"]
mod buildkit;
#[expect(dead_code, reason = "other tests ask for more of it")]
mod project;

use project::{Project, Run};

/// The projects, the package that is started, and where its Dockerfile goes.
const SHAPES: &[(&str, &str)] = &[
    ("berry", "Dockerfile"),
    ("express", "Dockerfile"),
    ("fastify", "Dockerfile"),
    ("native", "Dockerfile"),
    ("nest", "Dockerfile"),
    ("next", "Dockerfile"),
    ("pnp", "Dockerfile"),
    ("pnpm", "apps/api/Dockerfile"),
    ("prisma", "Dockerfile"),
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/init")
}

/// A copy of a project, where files may be written.
fn copy(name: &str, purpose: &str) -> Project {
    let project = Project::new(&format!("init-{purpose}-{name}"), &[]);
    let from = fixtures().join(name);
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        std::fs::create_dir_all(project.root().join(&folder)).unwrap();
        for entry in std::fs::read_dir(from.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let inside = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(inside);
            } else {
                std::fs::copy(entry.path(), project.root().join(inside)).unwrap();
            }
        }
    }
    project
}

fn done(run: &Run) -> &str {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    &run.stdout
}

fn texts(project: &Project, dockerfile: &str) -> BTreeMap<String, String> {
    let names = [dockerfile, "compose.yaml", ".dockerignore"];
    names.iter().map(|name| ((*name).to_owned(), project.read(name))).collect()
}

/// Everything that counts, told at length or not.
fn open(report: &Value) -> Vec<String> {
    let scenarios = report["scenarios"].as_array().unwrap();
    let findings = scenarios.iter().flat_map(|scenario| scenario["findings"].as_array().unwrap());
    findings
        .filter(|finding| finding["state"] == "open" || finding["state"] == "covered")
        .map(|finding| format!("{} {} {}", finding["severity"], finding["control"], finding["message"]))
        .collect()
}

#[test]
fn every_shape_gets_an_a_and_nothing_of_weight_is_found() {
    let compose = std::env::var_os("PLIMSOLL_COMPOSE");
    if compose.is_none() {
        eprintln!("not run: Compose, because PLIMSOLL_COMPOSE is not set");
    }
    let mut recipes = Vec::new();
    for (name, dockerfile) in SHAPES {
        let project = copy(name, "scan");
        let told = project.run(&["init"]);
        assert!(done(&told).contains(&format!("created   {dockerfile}")), "{name}: {}", told.stdout);
        let report = project.run(&["scan", "--format", "json", "--fail-on", "low"]);
        let report = report.json();
        let open: Vec<String> = open(&report);
        let grave =
            open.iter().filter(|finding| !finding.starts_with("\"info\"") && !finding.starts_with("\"low\""));
        assert_eq!(grave.collect::<Vec<_>>(), Vec::<&String>::new(), "{name}");
        for scenario in report["scenarios"].as_array().unwrap() {
            assert_eq!(scenario["score"]["grade"], "A", "{name}: {} {open:?}", scenario["score"]);
        }
        let complaints = report["complaints"].as_array().map_or(0, Vec::len);
        assert_eq!(complaints, 0, "{name}: {}", report["complaints"]);
        let fix = project.run(&["fix", "--check"]);
        assert_eq!(fix.code, 0, "{name}: {}{}", fix.stdout, fix.stderr);
        if let Some(compose) = &compose {
            let output = Command::new(compose)
                .args(["config", "--quiet"])
                .current_dir(project.root())
                .output()
                .unwrap();
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        }
        recipes.push((*name, project.read(dockerfile)));
    }
    if let Some(python) = buildkit::python() {
        let texts: Vec<String> = recipes.iter().map(|(_, text)| text.clone()).collect();
        for ((name, text), parsed) in recipes.iter().zip(buildkit::parsed(&python, &texts)) {
            assert!(parsed, "{name}\n{text}");
        }
    }
}

#[test]
fn a_second_run_changes_nothing_and_says_so() {
    for (name, dockerfile) in SHAPES {
        let project = copy(name, "twice");
        done(&project.run(&["init"]));
        let before = texts(&project, dockerfile);
        let again = project.run(&["init"]);
        assert!(done(&again).contains("Nothing to do"), "{name}: {}", again.stdout);
        assert_eq!(texts(&project, dockerfile), before, "{name}");
        let dry = project.run(&["init", "--dry-run"]);
        assert!(done(&dry).contains("# nothing to do"), "{name}: {}", dry.stdout);
    }
}

#[test]
fn the_expected_files_are_as_they_were_read() {
    for (name, dockerfile) in SHAPES.iter().filter(|(name, _)| matches!(*name, "express" | "pnpm")) {
        let project = copy(name, "golden");
        done(&project.run(&["init", "--ci", "github"]));
        let mut texts = texts(&project, dockerfile);
        texts.insert("plimsoll.yml".to_owned(), project.read(".github/workflows/plimsoll.yml"));
        for (path, text) in texts {
            let expected = fixtures().with_file_name("init-expected").join(name).join(path.replace('/', "."));
            if std::env::var_os("UPDATE").is_some() {
                std::fs::create_dir_all(expected.parent().unwrap()).unwrap();
                std::fs::write(&expected, &text).unwrap();
            }
            assert_eq!(
                text,
                std::fs::read_to_string(&expected).unwrap_or_default(),
                "{}",
                expected.display()
            );
        }
    }
}

/// What each Dockerfile must hold, by the documents of the tools that it uses.
#[test]
fn each_shape_is_installed_built_and_started_its_own_way() {
    let of = |name: &str| {
        let project = copy(name, "lines");
        done(&project.run(&["init"]));
        let dockerfile = SHAPES.iter().find(|(own, _)| *own == name).unwrap().1;
        (project.read(dockerfile), project.read("compose.yaml"))
    };
    let has = |name: &str, lines: &[&str]| {
        let (dockerfile, _) = of(name);
        for line in lines {
            assert!(dockerfile.contains(line), "{name} lacks {line}\n{dockerfile}");
        }
    };
    has(
        "express",
        &[
            "FROM node:26.10.0-trixie-slim AS base",
            "RUN npm pkg delete scripts.prepare",
            "npm ci --omit=dev",
            "COPY package.json server.js ./",
            "COPY routes ./routes",
            "USER 1000:1000",
            "EXPOSE 3000",
            "/healthz",
            "CMD [\"node\", \"server.js\"]",
        ],
    );
    has(
        "fastify",
        &[
            "npm ci\n",
            "npm run build",
            "npm prune --omit=dev",
            "HOST=0.0.0.0",
            "EXPOSE 8080",
            "/health`",
            "dist/server.js",
        ],
    );
    has(
        "nest",
        &[
            "FROM node:24.21.0-trixie-slim",
            "npm run build",
            "/api/health",
            "CMD [\"node\", \"dist/main.js\"]",
        ],
    );
    has(
        "pnpm",
        &[
            "pnpm@10.34.9",
            "pnpm fetch",
            "--filter @shop/api --prod deploy --legacy /out",
            "/app/apps/api/dist ./dist",
            "EXPOSE 8787",
            "/livez",
        ],
    );
    has(
        "berry",
        &[
            "@yarnpkg/cli-dist@4.18.1",
            "yarn install --immutable",
            "workspaces focus --all --production",
            "/v1/ready",
            "EXPOSE 4000",
        ],
    );
    has(
        "pnp",
        &[
            "YARN_ENABLE_GLOBAL_CACHE=false",
            "CMD [\"node\", \"-r\", \"./.pnp.cjs\", \"index.js\"]",
            "EXPOSE 5000",
        ],
    );
    has("native", &["g++ make python3", "install -d -o 1000 -g 1000 /app/data", "COPY src ./src"]);
    has(
        "prisma",
        &[
            "openssl",
            "COPY prisma ./prisma",
            "npm exec -- prisma generate",
            "CMD [\"node\", \"dist/index.js\"]",
        ],
    );
    has(
        "next",
        &["/app/.next/standalone ./", "HOSTNAME=0.0.0.0", "/api/health", "CMD [\"node\", \"server.js\"]"],
    );
    // No compiler and no package manager of another version in what runs.
    for (name, _) in SHAPES {
        let (dockerfile, _) = of(name);
        let (_, last) = dockerfile.rsplit_once("\nFROM base\n").unwrap();
        assert!(!last.contains("g++") && !last.contains("npm install"), "{name}\n{last}");
    }
    assert!(of("native").1.contains("- data:/app/data"));
    assert!(of("prisma").1.contains("DATABASE_URL") || of("prisma").1.contains("LOG_LEVEL"));
}

/// The lens of `scan` says of the made files what was asked for.
#[test]
fn the_kernel_will_see_a_hardened_service() {
    let project = copy("express", "posture");
    done(&project.run(&["init"]));
    let posture = project.run(&["posture", "--format", "json"]).json();
    let service = &posture["services"]["orders"];
    assert_eq!(service["uid"]["value"], 1000);
    assert_eq!(service["cap_eff"]["value"], Value::Array(Vec::new()));
    assert_eq!(service["readonly_rootfs"]["value"], true);
    assert_eq!(service["no_new_privileges"]["value"], true);
    assert_eq!(service["exposure"]["value"], "host-loopback");
}

#[test]
fn what_is_there_is_kept_unless_forced() {
    let project = copy("express", "keep");
    project.write("Dockerfile", "FROM scratch\n");
    let run = project.run(&["init"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("kept      Dockerfile") && run.stdout.contains("created   compose.yaml"),
        "{}",
        run.stdout
    );
    assert_eq!(project.read("Dockerfile"), "FROM scratch\n");
    let dry = project.run(&["init", "--dry-run"]);
    assert!(dry.code == 1 && dry.stdout.contains("-FROM scratch"), "{}", dry.stdout);
    let forced = project.run(&["init", "--force"]);
    assert!(done(&forced).contains("replaced  Dockerfile"), "{}", forced.stdout);
    assert!(project.read("Dockerfile").contains("FROM node:"));
}

#[test]
fn an_older_name_of_the_compose_file_is_the_compose_file() {
    let project = copy("express", "older");
    project.write("docker-compose.yml", "services: {}\n");
    let run = project.run(&["init"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("kept      docker-compose.yml"), "{}", run.stdout);
    assert!(!project.root().join("compose.yaml").exists());
}

#[test]
fn a_dry_run_is_a_patch_and_writes_nothing() {
    let project = copy("fastify", "dry");
    let run = project.run(&["init", "--diff"]);
    let patch = done(&run);
    assert!(patch.contains("--- /dev/null\n+++ b/Dockerfile\n"), "{patch}");
    assert!(!project.root().join("Dockerfile").exists());
}

#[test]
fn the_job_is_for_where_the_project_lives() {
    let git = |url: &str| format!("[remote \"origin\"]\n\turl = {url}\n");
    for (place, text, file) in [
        (".git/config", git("git@github.com:acme/orders.git"), ".github/workflows/plimsoll.yml"),
        (".git/config", git("https://gitlab.example.org/acme/orders.git"), ".gitlab/plimsoll.yml"),
        (".gitlab-ci.yml", "stages: [test]\n".to_owned(), ".gitlab/plimsoll.yml"),
    ] {
        let project = copy("express", "job");
        project.write(place, &text);
        done(&project.run(&["init"]));
        let job = project.read(file);
        assert!(
            job.contains("cargo install --locked --git") && job.contains("docker build --file Dockerfile ."),
            "{job}"
        );
        // What the job asks of plimsoll is taken, and passes.
        let asked: Vec<Vec<String>> = job
            .lines()
            .filter_map(|line| line.split_once("bin/plimsoll ").map(|(_, rest)| rest))
            .filter(|rest| rest.starts_with("scan") || rest.starts_with("fix"))
            .map(|rest| {
                let rest = rest.replace("\"$GITHUB_STEP_SUMMARY\"", "summary.md");
                rest.split_whitespace().map(str::to_owned).collect()
            })
            .collect();
        assert_eq!(asked.len(), 2, "{job}");
        for arguments in asked {
            done(&project.run(&arguments));
        }
    }
    let project = copy("express", "nojob");
    let told = project.run(&["init"]);
    assert!(done(&told).contains("--ci github"), "{}", told.stdout);
}

/// The files of a project, the arguments, and what is said.
type Refused<'r> = (&'r [(&'r str, &'r str)], &'r [&'r str], &'r [&'r str]);

#[test]
fn what_cannot_be_told_is_refused_with_place_cause_and_cure() {
    let lock = ("package-lock.json", "{}");
    let cases: &[Refused<'_>] = &[
        (&[], &["init"], &["package.json is not there", "npm init"]),
        (
            &[("package.json", "{\n  \"name\": \"a\",\n}\n"), lock],
            &["init"],
            &["package.json:2", "run again"],
        ),
        (&[("package.json", "{}")], &["init"], &["no lockfile", "npm install --package-lock-only"]),
        (
            &[("package.json", "{}"), lock],
            &["init"],
            &["package.json", "add a script", "\"start\": \"node FILE\""],
        ),
        (
            &[("package.json", "{\n  \"scripts\": {\n    \"start\": \"sh run.sh\"\n  }\n}"), lock],
            &["init"],
            &["package.json:3", "`start`", "`sh`", "node FILE"],
        ),
        (
            &[("package.json", r#"{"scripts":{"start":"node dist/a.js"}}"#), lock],
            &["init"],
            &["dist/a.js", "nothing makes it", "add a script `build`"],
        ),
        (
            &[
                ("package.json", r#"{"workspaces":["apps/*"]}"#),
                ("apps/a/package.json", r#"{"scripts":{"start":"node a.js"}}"#),
                ("apps/b/package.json", r#"{"scripts":{"start":"node b.js"}}"#),
                lock,
            ],
            &["init"],
            &["2 of its packages", "plimsoll init apps/a", "plimsoll init apps/b"],
        ),
        (&[("a.txt", "")], &["init", "a.txt"], &["is no directory"]),
        (&[], &["init", "nowhere"], &["nowhere"]),
    ];
    for (index, (files, arguments, said)) in cases.iter().enumerate() {
        let project = Project::new(&format!("init-refused-{index}"), files);
        let run = project.run(arguments);
        assert_eq!(run.code, 2, "{files:?}: {}", run.stdout);
        for said in *said {
            assert!(run.stderr.contains(said), "{files:?}: {}", run.stderr);
        }
        assert!(!project.root().join("Dockerfile").exists());
    }
}

#[test]
fn a_package_of_a_workspace_can_be_named() {
    let files = [
        ("package.json", r#"{"name":"all","private":true,"workspaces":["apps/*","libs/*"]}"#),
        ("package-lock.json", "{}"),
        (
            "apps/a/package.json",
            r#"{"name":"a","scripts":{"start":"node a.js"},"dependencies":{"shared":"*","express":"^5"}}"#,
        ),
        ("apps/a/a.js", "const app = require('express')(); app.get('/health', f); app.listen(4001)"),
        ("apps/b/package.json", r#"{"name":"b","scripts":{"start":"node b.js"}}"#),
        ("libs/shared/package.json", r#"{"name":"shared","main":"index.js"}"#),
        ("libs/shared/index.js", ""),
    ];
    let project = Project::new("init-member", &files);
    let told = project.run(&["init", "apps/a"]);
    assert!(done(&told).contains("created   apps/a/Dockerfile"), "{}", told.stdout);
    let dockerfile = project.read("apps/a/Dockerfile");
    for line in [
        "COPY apps/b/package.json ./apps/b/",
        "npm ci --omit=dev --workspace apps/a",
        "COPY --from=dependencies /app ./",
        "COPY libs/shared ./libs/shared",
        "WORKDIR /app/apps/a",
        "EXPOSE 4001",
    ] {
        assert!(dockerfile.contains(line), "{line}\n{dockerfile}");
    }
    assert!(project.read("compose.yaml").contains("dockerfile: apps/a/Dockerfile"));
    let report = project.run(&["scan", "--format", "json"]);
    assert_eq!(report.json()["scenarios"][0]["score"]["grade"], "A", "{:?}", open(&report.json()));
}

#[test]
fn nothing_is_invented() {
    let manifest = r#"{"name":"w","scripts":{"start":"node index.js"},"dependencies":{"express":"5"}}"#;
    let make = |name: &str, source: &str| {
        let files = [("package.json", manifest), ("package-lock.json", "{}"), ("index.js", source)];
        let project = Project::new(name, &files);
        let run = project.run(&["init"]);
        (done(&run).to_owned(), project.read("Dockerfile"), project.read("compose.yaml"))
    };
    let (told, dockerfile, _) = make("init-nohealth", "require('express')().listen(3000)");
    assert!(
        !dockerfile.contains("HEALTHCHECK") && told.contains("index.js:1") && told.contains("/health"),
        "{told}"
    );
    let (told, dockerfile, compose) = make("init-noport", "setInterval(work, 1000)");
    assert!(
        !dockerfile.contains("EXPOSE") && !compose.contains("ports:") && told.contains("--port"),
        "{told}"
    );
    let (told, ..) = make("init-loopback", "require('http').createServer(f).listen(3000, '127.0.0.1')");
    assert!(told.contains("index.js:1 listens on the loopback"), "{told}");
}

#[test]
fn the_lens_reads_the_fixtures_as_they_are_written() {
    let expected = [
        ("express", Some(3000), Some("/healthz")),
        ("fastify", Some(8080), Some("/health")),
        ("nest", Some(3000), Some("/api/health")),
        ("berry", Some(4000), Some("/v1/ready")),
        ("pnp", Some(5000), Some("/health")),
        ("native", Some(3000), Some("/health")),
        ("prisma", Some(3000), Some("/livez")),
        ("next", None, Some("/api/health")),
    ];
    for (name, port, health) in expected {
        let root = fixtures().join(name);
        let world =
            plimsoll::disk::Disk::new(&root, std::slice::from_ref(&root), plimsoll::disk::Variables::Hidden)
                .unwrap();
        assert!(world.kind("package.json").is_some());
        let (app, _) = plimsoll_lens::app::read(&world, &mut plimsoll_text::Sources::new(), ".").unwrap();
        let found = app.health.first().map(|path| path.value.to_string());
        assert_eq!((app.port(), found.as_deref()), (port, health), "{name}");
    }
}

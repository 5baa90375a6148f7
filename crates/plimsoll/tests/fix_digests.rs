//! `plimsoll fix --digests`: against an engine that is a script on a socket, and, with `PLIMSOLL_INTEGRATION=1`, against a
//! real one whose images came from a registry of this host (`docker-registry` must be installed).

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "other tests use more of it")]
mod project;

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;

use project::Project;

/// Answers every request on its own connection, by the end of its path.
fn engine(socket: &Path, images: String) {
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
                head.extend(byte);
            }
            let line = String::from_utf8_lossy(&head).lines().next().unwrap_or("").to_owned();
            let body = match line {
                line if line.contains("/version ") => {
                    r#"{"Version":"27.0.1","ApiVersion":"1.46","MinAPIVersion":"1.24"}"#.to_owned()
                }
                line if line.contains("/images/json") => images.clone(),
                _ => break,
            };
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
}

const COMPOSE: &str = "services:\n  db:\n    image: postgres:16.4 # kept\n  api:\n    build: .\n  other:\n    image: redis:7.4.1\n";
const DOCKERFILE: &str =
    "FROM --platform=linux/amd64 node:22.11.0-slim AS base\nUSER node\nCMD [\"node\", \"s.js\"]\n";

#[test]
fn the_digest_goes_behind_the_tag_of_images_that_the_engine_has() {
    let project = Project::new("digests", &[("compose.yaml", COMPOSE), ("Dockerfile", DOCKERFILE)]);
    let socket = project.root().join("s");
    let (a, b) = ("a".repeat(64), "b".repeat(64));
    engine(
        &socket,
        format!(
            r#"[{{"Id":"sha256:1","RepoTags":["postgres:16.4"],"RepoDigests":["postgres@sha256:{a}"]}},{{"Id":"sha256:2","RepoTags":["node:22.11.0-slim"],"RepoDigests":["node@sha256:{b}"]}}]"#
        ),
    );
    let host = format!("unix://{}", socket.display());
    let fix = |more: &[&str]| {
        let arguments: Vec<&str> =
            ["fix", "--apply", "image-without-digest"].iter().chain(more).copied().collect();
        project.run_with(&arguments, &[("DOCKER_HOST", &host)], "")
    };
    // Nobody is asked without the option.
    assert!(fix(&[]).stdout.contains("# 0 fixes"));
    let run = fix(&["--digests", "--write"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("#   safe: it is what this engine runs under the tag today"),
        "{}",
        run.stdout
    );
    let pinned = COMPOSE.replace("postgres:16.4", &format!("postgres:16.4@sha256:{a}"));
    assert_eq!(project.read("compose.yaml"), pinned);
    assert_eq!(
        project.read("Dockerfile"),
        DOCKERFILE.replace("node:22.11.0-slim", &format!("node:22.11.0-slim@sha256:{b}"))
    );
    assert!(fix(&["--digests"]).stdout.contains("# 0 fixes"), "a second run changes nothing");
}

#[test]
fn an_engine_that_is_not_there_is_told() {
    let project = Project::new("digests-none", &[("compose.yaml", COMPOSE)]);
    let run = project.run_with(&["fix", "--digests"], &[("DOCKER_HOST", "unix:///nowhere/s")], "");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("/nowhere/s"), "{}", run.stderr);
}

/// A process that ends with the test.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn docker(arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new("docker")
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[test]
fn a_real_engine_tells_the_digest_of_what_it_pushed() {
    if std::env::var_os("PLIMSOLL_INTEGRATION").is_none() {
        eprintln!("not run: PLIMSOLL_INTEGRATION is not set");
        return;
    }
    let project = Project::new("digests-real", &[]);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    project.write(
        "registry.yml",
        &format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:{port}\n",
            project.root().join("data").display()
        ),
    );
    let registry = std::process::Command::new("docker-registry")
        .arg("serve")
        .arg(project.root().join("registry.yml"))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    let (Ok(registry), Some(_)) = (registry, docker(&["version"])) else {
        eprintln!("not run: no docker-registry, or no engine");
        return;
    };
    let _registry = Running(registry);
    let mut left = 200;
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        left -= 1;
        assert!(left > 0, "the registry does not start");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    // Two empty blocks are an empty archive.
    project.write_bytes("root.tar", &[0; 1024]);
    let name = format!("127.0.0.1:{port}/plimsoll-digest:1.0");
    let archive = project.root().join("root.tar");
    docker(&["import", archive.to_str().unwrap(), &name]).unwrap();
    let pushed = docker(&["push", "--quiet", &name]);
    let digests = docker(&["image", "inspect", "--format", "{{index .RepoDigests 0}}", &name]);
    project.write("compose.yaml", &format!("services:\n  api:\n    image: {name}\n"));
    let run =
        project.run(&["fix", "--digests", "--apply", "image-without-digest", "--write", "compose.yaml"]);
    let _ = docker(&["rmi", &name]);
    assert!(pushed.is_some(), "the image was not pushed");
    let digests = digests.unwrap();
    let (_, digest) = digests.split_once('@').unwrap();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(project.read("compose.yaml"), format!("services:\n  api:\n    image: {name}@{digest}\n"));
}

//! `plimsoll fix --engine`: limits and lists of paths that are made of what an engine observed; of one that plays a part on a
//! socket of the test's own, and of a real one.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "other tests use more of it")]
mod project;

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use project::Project;
use serde_json::json;

const COMPOSE: &str =
    "name: shop\nservices:\n  api:\n    image: example/api:1.0\n  web:\n    image: example/web:1.0\n";
const ID: &str = "0a1d1dd39a5105538a21a680cc1803d8d59feb5eff7cb42d3c330656c3046496";
const APPLY: &str = "memory-unlimited,pids-unlimited,writable-root-filesystem";

/// Answers every connection by path; each is closed after one answer.
fn serve(project: &Project, answer: impl Fn(&str) -> Option<String> + Send + 'static) -> String {
    let socket = project.root().parent().unwrap().join("engine.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = Vec::new();
            let mut buffer = [0; 1024];
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(read) if read > 0 => head.extend_from_slice(&buffer[..read]),
                    _ => break,
                }
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            assert!(head.is_empty() || head.starts_with("GET "), "{head}");
            let path = head.split([' ', '?']).nth(1).unwrap_or_default();
            let path = path.strip_prefix("/v1.41").unwrap_or(path);
            let (status, body) = match answer(path) {
                Some(body) => ("200 OK", body),
                None => ("404 Not Found", r#"{"message":"not found"}"#.to_owned()),
            };
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    format!("--engine=unix://{}", socket.display())
}

/// An engine with one container that Compose made for `api` of the project in this directory.
fn played(directory: &str) -> impl Fn(&str) -> Option<String> + Send + 'static {
    let inspect = json!({
        "Id": ID, "Name": "/shop-api-1", "Created": "2026-01-01T00:00:00Z", "Image": "sha256:1",
        "State": { "Status": "running", "Running": true, "Pid": 4_000_000 },
        "Config": { "Image": "example/api:1.0", "Labels": {
            "com.docker.compose.project": "shop", "com.docker.compose.service": "api",
            "com.docker.compose.oneoff": "False",
            "com.docker.compose.project.config_files": format!("{directory}/compose.yaml"),
            "com.docker.compose.project.working_dir": directory,
        }},
        "HostConfig": { "Memory": 0, "PidsLimit": null, "ReadonlyRootfs": false },
        "Mounts": [{ "Type": "volume", "Destination": "/data", "RW": true }],
    });
    move |path| {
        let value = match path {
            "/version" => json!({ "Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12" }),
            "/info" => json!({}),
            "/containers/json" => json!([{ "Id": ID, "ImageID": "sha256:1", "State": "running" }]),
            "/networks" | "/images/json" | "/plugins" => json!([]),
            "/volumes" => json!({ "Volumes": null }),
            _ if path == format!("/containers/{ID}/json") => inspect.clone(),
            _ if path == format!("/containers/{ID}/stats") => json!({
                "memory_stats": { "usage": 50 << 20, "max_usage": 97 << 20, "stats": { "total_inactive_file": 10 << 20 } },
                "pids_stats": { "current": 31 },
            }),
            _ if path == format!("/containers/{ID}/changes") => json!([
                { "Path": "/data", "Kind": 1 }, { "Path": "/var", "Kind": 0 }, { "Path": "/var/log", "Kind": 0 },
                { "Path": "/var/log/api.log", "Kind": 1 }, { "Path": "/srv", "Kind": 0 },
                { "Path": "/srv/spool", "Kind": 1 }, { "Path": "/srv/spool/1", "Kind": 1 },
            ]),
            _ => return None,
        };
        Some(value.to_string())
    }
}

#[test]
fn limits_are_made_of_what_was_observed() {
    let project = Project::new("fix-engine", &[("compose.yaml", COMPOSE)]);
    let engine = serve(&project, played(&project.root().canonicalize().unwrap().display().to_string()));
    let run = project.run(&["fix", &engine, "--risky", "--apply", APPLY, "--format", "json", "--write"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = project.read("compose.yaml");
    let (api, web) = text.split_once("  web:").unwrap();
    // The peak without what could be dropped is 87 MiB, twice 174; four times 31 is 124; nothing is mounted at /srv/spool.
    for line in
        ["mem_limit: 192m", "pids_limit: 150", "read_only: true", "tmpfs: [/srv/spool, /tmp, /var/log]"]
    {
        assert!(api.contains(line), "{line}: {text}");
    }
    // Of the other service no container was seen.
    for line in ["mem_limit: 512m", "pids_limit: 200", "read_only: true", "tmpfs: [/tmp]"] {
        assert!(web.contains(line), "{line}: {text}");
    }
    let json = run.json();
    let whys: Vec<&str> =
        json["made"].as_array().unwrap().iter().map(|made| made["why"].as_str().unwrap()).collect();
    for words in [
        "observed: 87 MiB at its peak, and twice that is left to it; a program that needs more is ended by the kernel",
        "observed: 31 processes and threads, and four times that, at least 100, is left to it; a program with more",
        "observed: its container has written below `/srv/spool`, `/var/log` and nowhere else since it was made",
    ] {
        assert!(whys.iter().any(|why| why.starts_with(words)), "{words}: {whys:?}");
    }
}

#[test]
fn a_container_of_another_directory_says_nothing() {
    let project = Project::new("fix-engine-other", &[("compose.yaml", COMPOSE)]);
    let engine = serve(&project, played("/somewhere/else"));
    let run = project.run(&["fix", &engine, "--risky", "--apply", APPLY, "--write"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = project.read("compose.yaml");
    assert_eq!(
        (text.matches("mem_limit: 512m").count(), text.matches("tmpfs: [/tmp]").count()),
        (2, 2),
        "{text}"
    );
}

#[test]
fn without_an_engine_that_was_asked_for_nothing_is_written() {
    let project = Project::new("fix-engine-none", &[("compose.yaml", COMPOSE)]);
    let run = project.run(&["fix", "--engine=unix:///nowhere/s", "--risky", "--write"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("there is no Docker Engine at unix:///nowhere/s"), "{}", run.stderr);
    assert_eq!(project.read("compose.yaml"), COMPOSE);
}

/// Removes what was made, also when the test fails.
struct Made(Vec<Vec<&'static str>>);

impl Drop for Made {
    fn drop(&mut self) {
        for arguments in &self.0 {
            let _ = docker(arguments);
        }
    }
}

fn docker(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("docker").args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[test]
fn a_real_engine_is_asked() {
    if std::env::var_os("PLIMSOLL_INTEGRATION").is_none() {
        eprintln!("not run: PLIMSOLL_INTEGRATION is not set");
        return;
    }
    let busybox = Command::new("sh").args(["-c", "command -v busybox"]).output().ok();
    let busybox = busybox.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let (Some(busybox), Some(_)) = (busybox.filter(|path| !path.is_empty()), docker(&["version"])) else {
        eprintln!("NOT RUN: no busybox, or no engine");
        return;
    };
    let image = "plimsoll-fix-engine:1";
    let compose = format!("name: plimsoll-fix-engine\nservices:\n  api:\n    image: {image}\n");
    let project = Project::new("fix-engine-real", &[("compose.yaml", &compose)]);
    let root = project.root().parent().unwrap().join("image");
    std::fs::create_dir_all(root.join("bin")).unwrap();
    std::fs::create_dir_all(root.join("tmp")).unwrap();
    std::fs::copy(busybox, root.join("bin/busybox")).unwrap();
    let mut tar =
        Command::new("tar").arg("-C").arg(&root).args(["-c", "."]).stdout(Stdio::piped()).spawn().unwrap();
    let imported = Command::new("docker")
        .args(["import", "-", image])
        .stdin(tar.stdout.take().unwrap())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(imported.success() && tar.wait().unwrap().success());
    let _made = Made(vec![vec!["rm", "-f", "plimsoll-fix-engine-api-1"], vec!["rmi", image]]);
    let directory = project.root().canonicalize().unwrap().display().to_string();
    let label = |name: &str, value: &str| format!("com.docker.compose.{name}={value}");
    let labels = [
        label("project", "plimsoll-fix-engine"),
        label("service", "api"),
        label("oneoff", "False"),
        label("project.working_dir", &directory),
        label("project.config_files", &format!("{directory}/compose.yaml")),
    ];
    let mut arguments = vec!["run", "-d", "--name", "plimsoll-fix-engine-api-1", "--network", "none"];
    arguments.extend(labels.iter().flat_map(|label| ["--label", label.as_str()]));
    let script = "/bin/busybox mkdir -p /srv/spool; echo 1 > /srv/spool/1; echo 2 > /tmp/2; exec /bin/busybox sleep 300";
    arguments.extend([image, "/bin/busybox", "sh", "-c", script]);
    docker(&arguments).unwrap();
    // What the container does first is done when it shows.
    let mut left = 100;
    while !docker(&["diff", "plimsoll-fix-engine-api-1"]).is_some_and(|diff| diff.contains("/tmp/2")) {
        left -= 1;
        assert!(left > 0, "the container wrote nothing");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let run = project.run(&["fix", "--engine", "--risky", "--apply", APPLY, "--format", "json", "--write"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = project.read("compose.yaml");
    // A shell and a sleep need little: the least that is proposed.
    for line in ["mem_limit: 64m", "pids_limit: 100", "read_only: true", "tmpfs: [/srv, /tmp]"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(run.stdout.contains("1 process or thread, and four times that"), "{}", run.stdout);
}

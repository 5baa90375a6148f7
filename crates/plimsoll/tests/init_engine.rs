//! With a Docker Engine (`PLIMSOLL_INTEGRATION=1`, and Compose in `PLIMSOLL_COMPOSE`) what `plimsoll init` writes is built
//! and started: it becomes healthy, runs as uid 1000 without capabilities, cannot write to its own files, and stops when
//! it is told to.
//!
//! No image is pulled: the base is made of this machine's Node. One project needs no packages; another installs Express,
//! which needs a registry, and says so when there is none. All that is made is removed again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[expect(dead_code, reason = "other tests ask for more of it")]
mod project;

use project::Project;

const SOCKET: &str = "/var/run/docker.sock";

/// Node, npm, a shell and what they load, as an image.
const BASE: &str = r#"
set -eu
root=$1 name=$2 socket=$3
take() { cp -L --parents "$1" "$root"; }
for program in "$(command -v node)" /bin/sh /usr/bin/env; do
    take "$program"
    ldd "$program" | grep -o '/[^ ]*' | sort -u | while read -r library; do take "$library"; done
done
mkdir -p "$root/usr/local/bin" "$root/etc" "$root/root" "$root/tmp"
chmod 1777 "$root/tmp"
npm=$(readlink -f "$(command -v npm)")
modules=$(dirname "$(dirname "$npm")")
cp -r --parents "$modules" "$root"
ln -sf "$npm" "$root/usr/local/bin/npm"
[ -e "$root/usr/local/bin/node" ] || ln -s "$(command -v node)" "$root/usr/local/bin/node"
printf 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n' >"$root/etc/passwd"
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then take /etc/ssl/certs/ca-certificates.crt; fi
tar -C "$root" -c . | curl -sSf --unix-socket "$socket" -X POST -H 'Content-Type: application/x-tar' -T - -o /dev/null \
    "http://engine/images/create?fromSrc=-&repo=$name&tag=1&changes=ENV%20PATH%3D/usr/local/bin:/usr/bin:/bin&changes=ENV%20NODE_EXTRA_CA_CERTS%3D/etc/ssl/certs/ca-certificates.crt&changes=ENV%20npm_config_registry%3D$(npm config get registry 2>/dev/null)"
"#;

/// The image, which is removed at the end.
struct Base(String);

impl Base {
    fn make() -> Self {
        let name = format!("plimsoll-init-test-{}", std::process::id());
        let root = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&root).unwrap();
        let made = Command::new("bash")
            .args(["-c", BASE, "base"])
            .arg(&root)
            .args([&name, SOCKET])
            .output()
            .unwrap();
        let _ = std::fs::remove_dir_all(&root);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self(format!("{name}:1"))
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        let address = format!("http://engine/images/{}?force=true", self.0);
        let _ = Command::new("curl").args(["-s", "--unix-socket", SOCKET, "-X", "DELETE", &address]).output();
    }
}

/// A project that Compose runs; taken down at the end.
struct Stack<'s> {
    compose: &'s Path,
    project: Project,
    name: String,
}

impl Stack<'_> {
    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(self.compose)
            .args(["-p", &self.name, "-f", "compose.yaml", "-f", "test.yaml"])
            .args(arguments)
            .current_dir(self.project.root())
            .env("DOCKER_BUILDKIT", "1")
            .output()
            .unwrap()
    }
}

impl Drop for Stack<'_> {
    fn drop(&mut self) {
        self.run(&["down", "--volumes", "--rmi", "local", "--timeout", "1"]);
    }
}

/// Builds and starts a project and looks at what runs; `None` where packages could not be fetched.
fn started(compose: &Path, base: &Base, files: &[(&str, &str)], service: &str) -> Option<()> {
    let name = format!("plimsoll-init-{service}-{}", std::process::id());
    let project = Project::new(&format!("engine-{service}"), files);
    let told = project.run(&["init"]);
    assert_eq!(told.code, 0, "{}{}", told.stdout, told.stderr);
    let dockerfile = project.read("Dockerfile");
    let from =
        dockerfile.lines().find_map(|line| line.strip_prefix("FROM ")?.strip_suffix(" AS base")).unwrap();
    project.write("Dockerfile", &dockerfile.replace(from, &base.0));
    // The port may be taken here; half a minute until the first question is long, and a busy machine answers late.
    project.write(
        "test.yaml",
        &format!(
            "services:\n  {service}:\n    build:\n      network: host\n    ports: !reset []\n    healthcheck:\n      interval: 1s\n      timeout: 30s\n      retries: 5\n"
        ),
    );
    let stack = Stack { compose, project, name };
    let up = stack.run(&["up", "--build", "--detach", "--wait", "--wait-timeout", "120"]);
    if !up.status.success() {
        let said = format!("{}{}", String::from_utf8_lossy(&up.stdout), String::from_utf8_lossy(&up.stderr));
        let offline = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH", "CERT"];
        if offline.iter().any(|word| said.contains(word)) {
            return None;
        }
        let logs = stack.run(&["logs"]);
        panic!("{said}{}{dockerfile}", String::from_utf8_lossy(&logs.stdout));
    }
    let script = "const fs = require('fs'); let kept; try { fs.writeFileSync('/app/x', ''); kept = 'writable' } catch (e) { kept = e.code }
const status = fs.readFileSync('/proc/1/status', 'utf8'); const of = name => status.match(new RegExp(name + ':\\\\s+(\\\\S+)'))[1];
console.log([process.getuid(), kept, of('CapEff'), of('CapBnd'), of('NoNewPrivs'), process.env.NODE_ENV].join(' '))";
    let asked = stack.run(&["exec", "--no-TTY", service, "node", "-e", script]);
    let said = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    let zero = "0000000000000000";
    assert_eq!(
        said,
        format!("1000 EROFS {zero} {zero} 1 production"),
        "{}",
        String::from_utf8_lossy(&asked.stderr)
    );
    // A program that does not hear SIGTERM is killed when the patience ends: exit code 137.
    let stopped = stack.run(&["stop", "--timeout", "20"]);
    assert!(stopped.status.success(), "{}", String::from_utf8_lossy(&stopped.stderr));
    let state = stack.run(&["ps", "--all", "--format", "json"]);
    let state = String::from_utf8_lossy(&state.stdout).into_owned();
    assert!(state.contains("\"ExitCode\":0") || state.contains("\"ExitCode\":143"), "{state}");
    Some(())
}

#[test]
fn what_is_written_builds_starts_and_stops() {
    let compose = std::env::var_os("PLIMSOLL_COMPOSE").map(PathBuf::from);
    let wanted = std::env::var_os("PLIMSOLL_INTEGRATION").is_some_and(|value| value == "1");
    let (true, Some(compose)) = (wanted, compose) else {
        eprintln!("not run: PLIMSOLL_INTEGRATION=1 and PLIMSOLL_COMPOSE are not set");
        return;
    };
    if !Path::new(SOCKET).exists() {
        eprintln!("not run: there is no Docker Engine at {SOCKET}");
        return;
    }
    let base = Base::make();
    let plain = [
        ("package.json", r#"{"name":"plain","private":true,"scripts":{"start":"node server.js"}}"#),
        (
            "package-lock.json",
            r#"{"name":"plain","lockfileVersion":3,"requires":true,"packages":{"":{"name":"plain"}}}"#,
        ),
        (
            "server.js",
            "const server = require('node:http').createServer((request, response) => {
  response.statusCode = request.url === '/health' ? 200 : 404;
  response.end();
});
server.listen(process.env.PORT || 3000);
process.on('SIGTERM', () => process.exit(0));
",
        ),
    ];
    assert_eq!(started(&compose, &base, &plain, "plain"), Some(()));
    let express = [
        ("package.json", include_str!("init/express/package.json")),
        ("package-lock.json", include_str!("init/express/package-lock.json")),
        ("server.js", include_str!("init/express/server.js")),
        ("routes/orders.js", include_str!("init/express/routes/orders.js")),
    ];
    if started(&compose, &base, &express, "orders").is_none() {
        eprintln!("not run: Express, because no registry of packages can be reached from a build");
    }
}

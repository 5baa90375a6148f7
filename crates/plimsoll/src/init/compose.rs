//! compose.yaml: the service, hardened, and how a database would join it.
//!
//! Deliberately absent: services that the project does not say it has.

use std::fmt::Write as _;

use super::project::Project;

/// Packages that talk to a server, and what it is called.
const SERVERS: &[(&str, &[&str])] = &[
    ("PostgreSQL", &["pg", "postgres", "pg-promise", "@prisma/adapter-pg"]),
    ("MySQL", &["mysql", "mysql2", "mariadb"]),
    ("MongoDB", &["mongodb", "mongoose"]),
    ("Redis", &["redis", "ioredis", "bullmq", "bull"]),
    ("RabbitMQ", &["amqplib", "amqp-connection-manager"]),
];

/// The text. `dockerfile` is where the Dockerfile lies, from the compose file.
pub(super) fn write(project: &Project, dockerfile: &str, dependencies: &[String], npmrc: bool) -> String {
    let mut out = String::new();
    out.push_str(
        "# Made by `plimsoll init` for this project; it is yours now. Start it with `docker compose up --build --wait`.\nservices:\n",
    );
    let _ = writeln!(out, "  {}:", project.name);
    if dockerfile == "Dockerfile" && !npmrc {
        out.push_str("    build: .\n");
    } else {
        out.push_str("    build:\n      context: .\n");
        if dockerfile != "Dockerfile" {
            let _ = writeln!(out, "      dockerfile: {dockerfile}");
        }
        if npmrc {
            out.push_str("      # What .npmrc holds is there while packages are installed, and in no layer of the image.\n      secrets: [npmrc]\n");
        }
    }
    out.push_str("    # Reaps processes that others leave behind, and passes signals on.\n    init: true\n    restart: unless-stopped\n");
    environment(project, &mut out);
    if let Some(port) = project.port {
        out.push_str(
            "    # For this host only: a reverse proxy with TLS belongs in front. Without 127.0.0.1 the port is open to the\n    # network, past most firewalls of the host.\n",
        );
        let _ = writeln!(out, "    ports:\n      - \"127.0.0.1:{port}:{port}\"");
    }
    out.push_str("    # A break-in can neither change the program nor leave anything behind.\n    read_only: true\n    tmpfs:\n      - /tmp:size=64m,noexec,nosuid,nodev\n");
    let caches = project.writes.iter().filter(|path| path.ends_with(".next/cache"));
    for path in caches {
        let _ = writeln!(out, "      - /app/{path}:size=64m,uid=1000,gid=1000,mode=0700,noexec,nosuid,nodev");
    }
    let volumes = volumes(project);
    if !volumes.is_empty() {
        out.push_str("    # What the program writes, and what outlives the container.\n    volumes:\n");
        for (name, path) in &volumes {
            let _ = writeln!(out, "      - {name}:/app/{path}");
        }
    }
    out.push_str(
        "    # Node needs no privilege of the kernel, and none can be gained.\n    cap_drop: [ALL]\n    security_opt:\n      - no-new-privileges:true\n",
    );
    let memory = if project.next.is_some() { "1g" } else { "512m" };
    out.push_str("    # Measure under load and adjust: what is over the limit of memory is killed and started again.\n");
    let _ = writeln!(out, "    mem_limit: {memory}\n    cpus: 1.0\n    pids_limit: 200");
    out.push_str(
        "    # Without limits the logs fill the disk.\n    logging:\n      driver: json-file\n      options:\n        max-size: 10m\n        max-file: \"3\"\n",
    );
    if project.health.is_some() {
        out.push_str("    # The health check is the image's: see HEALTHCHECK in the Dockerfile.\n");
    }
    if !volumes.is_empty() {
        out.push_str("\nvolumes:\n");
        for (name, _) in &volumes {
            let _ = writeln!(out, "  {name}:");
        }
    }
    if npmrc {
        out.push_str("\nsecrets:\n  npmrc:\n    file: .npmrc\n");
    }
    servers(project, dependencies, &mut out);
    out
}

fn environment(project: &Project, out: &mut String) {
    if project.variables.is_empty() {
        return;
    }
    let shown: Vec<&str> = project.variables.iter().map(String::as_str).take(24).collect();
    out.push_str("    # The source reads these variables. Give what has no default here; passwords and keys as files under `secrets`.\n");
    let mut line = String::from("    #");
    for (index, name) in shown.iter().enumerate() {
        let comma = if index + 1 == shown.len() { "" } else { "," };
        if line.len() + name.len() > 110 {
            let _ = writeln!(out, "{line}");
            line = String::from("    #");
        }
        let _ = write!(line, " {name}{comma}");
    }
    let _ = writeln!(out, "{line}");
}

/// Named volumes with their paths: of what is worth keeping.
fn volumes(project: &Project) -> Vec<(String, &str)> {
    let kept = project.writes.iter().filter(|path| !path.ends_with(".next/cache"));
    kept.map(|path| {
        let name: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        (name.trim_matches('-').to_ascii_lowercase(), path.as_str())
    })
    .collect()
}

fn servers(project: &Project, dependencies: &[String], out: &mut String) {
    let used: Vec<&str> = SERVERS
        .iter()
        .filter(|(_, packages)| packages.iter().any(|package| dependencies.iter().any(|own| own == package)))
        .map(|(name, _)| *name)
        .collect();
    let used = match (used.is_empty(), project.prisma.is_some()) {
        (false, _) => used.join(", "),
        (true, true) => "the database of Prisma".to_owned(),
        (true, false) => return,
    };
    let name = &project.name;
    let _ = write!(
        out,
        "
# The packages talk to {used}. A server that runs here too goes into a network
# without a way out, publishes no port, and gets its password from a file:
#
#   {name}:
#     networks: [front, back]
#   db:
#     image: …
#     networks: [back]
#     secrets: [db_password]
#   networks:
#     front: {{}}
#     back: {{ internal: true }}
"
    );
}

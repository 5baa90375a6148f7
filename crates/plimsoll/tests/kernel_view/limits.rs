//! Limits, restarts, health.

use super::view::View;

fn api(keys: &str) -> View {
    View::of(
        &format!("services:\n  api:\n    build: .\n{keys}"),
        "FROM node:22.11.0\nHEALTHCHECK CMD curl -f localhost\n",
    )
}

#[test]
fn memory_and_processors() {
    // Compose, byte values: b, k, kb, m, mb, g, gb in powers of 1024.
    for (text, bytes) in [
        ("512m", "536870912"),
        ("512M", "536870912"),
        ("0.5g", "536870912"),
        ("1gb", "1073741824"),
        ("64k", "65536"),
        ("\"1048576\"", "1048576"),
        ("1048576", "1048576"),
        ("1048576b", "1048576"),
    ] {
        api(&format!("    mem_limit: {text}\n")).holds("api", &[("memory_bytes", bytes)]);
        api(&format!("    deploy: {{resources: {{limits: {{memory: {text}}}}}}}\n"))
            .holds("api", &[("memory_bytes", bytes)]);
    }
    // Nothing, 0 and a reservation are no limit.
    for keys in [
        "",
        "    mem_limit: 0\n",
        "    mem_reservation: 1g\n",
        "    deploy: {resources: {reservations: {memory: 1g}}}\n",
    ] {
        api(keys).holds("api", &[("memory_bytes", "0")]);
    }
    api("    cpus: 0.5\n").holds("api", &[("cpus", "0.5")]);
    api("    deploy: {resources: {limits: {cpus: '1.50'}}}\n").holds("api", &[("cpus", "1.5")]);
    // Compose getDeployResources: the limits of deploy come after the service's own and replace them.
    api("    deploy: {resources: {limits: {memory: 256m, cpus: '2', pids: 50}}}\n")
        .holds("api", &[("memory_bytes", "268435456"), ("cpus", "2.0"), ("pids_limit", "50")]);
    // -1 and 0 are unlimited.
    api("    pids_limit: -1\n").holds("api", &[("pids_limit", "-1")]);
    api("    pids_limit: 100\n").holds("api", &[("pids_limit", "100")]);
    api("    pids_limit: ${PIDS:-200}\n    mem_limit: ${MEM-64m}\n")
        .holds("api", &[("pids_limit", "200"), ("memory_bytes", "67108864")]);
}

#[test]
fn restarts() {
    // Compose: "no" is the default, quoted or not (YAML 1.1's false).
    for (keys, policy) in [
        ("", "no"),
        ("    restart: \"no\"\n", "no"),
        ("    restart: always\n", "always"),
        ("    restart: unless-stopped\n", "unless-stopped"),
        ("    restart: on-failure:3\n", "on-failure:3"),
        // docker/compose getRestartPolicy: deploy.restart_policy is read after restart and replaces it.
        ("    restart: always\n    deploy: {restart_policy: {condition: none}}\n", "no"),
        ("    deploy: {restart_policy: {condition: on-failure, max_attempts: 4}}\n", "on-failure:4"),
        ("    deploy: {restart_policy: {condition: none}}\n", "no"),
        // Compose translates `any` (the default) and everything else by name: any is always.
        ("    deploy: {restart_policy: {condition: any}}\n", "always"),
    ] {
        api(keys).holds("api", &[("restart", policy)]);
    }
}

#[test]
fn health() {
    for (keys, state) in [
        ("", "command"),
        ("    healthcheck: {disable: true}\n", "disabled"),
        ("    healthcheck: {test: [NONE]}\n", "disabled"),
        ("    healthcheck: {test: NONE}\n", "command"),
        ("    healthcheck: {test: [CMD, /bin/ok]}\n", "command"),
        // Only times: the image's test runs at other times (moby merges field by field).
        ("    healthcheck: {interval: 5s}\n", "command"),
        ("    healthcheck: {disable: false}\n", "command"),
    ] {
        api(keys).holds("api", &[("healthcheck", state)]);
    }
    let image = |dockerfile: &str| View::of("services:\n  api: {build: .}\n", dockerfile);
    image("FROM node:22.11.0\nHEALTHCHECK NONE\n").holds("api", &[("healthcheck", "disabled")]);
    image("FROM node:22.11.0\n").holds("api", &[("healthcheck", "none")]);
    // Inherited from a stage below, switched off above it.
    image("FROM node:22.11.0 AS a\nHEALTHCHECK CMD true\nFROM a\n")
        .holds("api", &[("healthcheck", "command")]);
    image("FROM node:22.11.0 AS a\nHEALTHCHECK CMD true\nFROM a\nHEALTHCHECK NONE\n")
        .holds("api", &[("healthcheck", "disabled")]);
}

#[test]
fn the_rest() {
    api("    init: true\n    stop_signal: SIGINT\n    ulimits: {nproc: 65, nofile: {soft: 1, hard: 2}}\n")
        .holds(
            "api",
            &[
                ("init", "true"),
                ("stop_signal", "SIGINT"),
                ("ulimits", "hard=65,name=nproc,soft=65 hard=2,name=nofile,soft=1"),
            ],
        );
    api("    oom_kill_disable: true\n    logging: {driver: none}\n")
        .holds("api", &[("oom_kill_disable", "true"), ("logging", "driver=none,options=")]);
    // Named like a secret, with a value: a secret in the environment. A path of a file or an empty value is none.
    api("    environment: {DB_PASSWORD: hunter2hunter2}\n").holds("api", &[("env_secrets", "true")]);
    api("    environment: {DB_PASSWORD_FILE: /run/secrets/db}\n").holds("api", &[("env_secrets", "false")]);
    api("    environment: [NODE_ENV=production, DB_PASSWORD]\n").holds("api", &[("env_secrets", "false")]);
    api("    environment: {URL: \"postgres://app:s3cr3tpass@db/app\"}\n")
        .holds("api", &[("env_secrets", "true")]);
}

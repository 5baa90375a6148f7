//! Who can reach the process.

use super::view::{View, view};

fn ports(ports: &str) -> View {
    View::compose(&format!("services:\n  api:\n    image: node:22.11.0\n    ports: [{ports}]\n"))
}

#[test]
fn published_ports() {
    let all = |short: &str, published: &str, exposure: &str| {
        ports(short).holds("api", &[("published", published), ("exposure", exposure)]);
    };
    // Compose, short syntax: without an address all interfaces; one number is the container's, the host's is random.
    all("\"8080:80\"", ":8080:80/tcp", "all-interfaces");
    all("\"80\"", "::80/tcp", "all-interfaces");
    all("80", "::80/tcp", "all-interfaces");
    all("\"127.0.0.1:8080:80\"", "127.0.0.1:8080:80/tcp", "host-loopback");
    all("\"127.0.0.1::80\"", "127.0.0.1::80/tcp", "host-loopback");
    // All of 127.0.0.0/8 is loopback.
    all("\"127.1.2.3:8080:80\"", "127.1.2.3:8080:80/tcp", "host-loopback");
    all("\"0.0.0.0:8080:80\"", "0.0.0.0:8080:80/tcp", "all-interfaces");
    all("\"[::]:8080:80\"", ":::8080:80/tcp", "all-interfaces");
    all("\"[::1]:8080:80\"", "::1:8080:80/tcp", "host-loopback");
    // The address of an interface is reachable by whoever reaches the interface.
    all("\"192.168.1.5:8080:80\"", "192.168.1.5:8080:80/tcp", "all-interfaces");
    all("\"53:53/udp\"", ":53:53/udp", "all-interfaces");
    // A range stands for its ports one by one and stays one item; a range of the host for one port is "one of them".
    all("\"3000-3001:4000-4001\"", ":3000-3001:4000-4001/tcp", "all-interfaces");
    all("\"3000-3001\"", "::3000-3001/tcp", "all-interfaces");
    all("\"3000-3005:80\"", ":3000-3005:80/tcp", "all-interfaces");
    // One open port is enough.
    all("\"127.0.0.1:1:1\", \"2:2\"", "127.0.0.1:1:1/tcp :2:2/tcp", "all-interfaces");
    all("{target: 80, published: \"8080\", host_ip: 127.0.0.1}", "127.0.0.1:8080:80/tcp", "host-loopback");
    all("{target: 80, published: 8080, protocol: udp, mode: host}", ":8080:80/udp", "all-interfaces");
    all("{target: 80}", "::80/tcp", "all-interfaces");
}

#[test]
fn an_address_that_nobody_set() {
    // Interpolation gives ":8080:80" for an unset variable, which go-connections reads as no address. What it will be is not known here.
    let unset = "services:\n  api:\n    image: node:22.11.0\n    ports: [\"${BIND}:8080:80\"]\n";
    View::compose(unset).holds("api", &[("exposure", "?")]);
    // With a default it is known, and .env wins over the default.
    let given = "services:\n  api:\n    image: node:22.11.0\n    ports: [\"${BIND:-127.0.0.1}:8080:80\"]\n";
    View::compose(given).holds("api", &[("exposure", "host-loopback")]);
    view(&[("compose.yaml", given), (".env", "BIND=0.0.0.0\n")])
        .holds("api", &[("exposure", "all-interfaces")]);
    // A set but empty variable takes the default with `:-`, and stays empty with `-`.
    view(&[("compose.yaml", given), (".env", "BIND=\n")]).holds("api", &[("exposure", "host-loopback")]);
    let strict = given.replace(":-", "-");
    view(&[("compose.yaml", &strict), (".env", "BIND=\n")]).holds("api", &[("exposure", "all-interfaces")]);
}

#[test]
fn networks() {
    let compose = "services:\n  only: {image: \"node:22.11.0\", expose: [\"3000\", \"4000-4001\", \"53/udp\"]}\n  \
                   inner: {image: \"node:22.11.0\", networks: [back]}\n  \
                   both: {image: \"node:22.11.0\", networks: {back: {}, front: {aliases: [x]}}, ports: [\"80:80\"]}\n  \
                   shut: {image: \"node:22.11.0\", networks: [back], ports: [\"81:81\"]}\n\
                   networks:\n  back: {internal: true}\n  front:\n";
    View::compose(compose)
        // expose documents ports for the networks of the project; nothing is published.
        .holds(
            "only",
            &[
                ("exposure", "same-network"),
                ("published", ""),
                ("networks", "default"),
                ("network_mode", "bridge"),
            ],
        )
        .holds("inner", &[("exposure", "same-network"), ("networks", "!back")])
        .holds("both", &[("exposure", "all-interfaces"), ("networks", "!back front")])
        // Docker publishes no port for a container that is only on internal networks (moby issue 36174).
        .holds("shut", &[("exposure", "same-network"), ("networks", "!back"), ("published", ":81:81/tcp")]);
    // EXPOSE of the image publishes nothing.
    View::of("services:\n  api: {build: .}\n", "FROM node:22.11.0\nEXPOSE 3000\n")
        .holds("api", &[("exposure", "same-network"), ("expose", "3000/tcp")]);
    // An external network is not this project's: whether it is internal only the engine knows.
    View::compose(
        "services:\n  api: {image: \"node:22.11.0\", networks: [out], ports: [\"80:80\"]}\nnetworks:\n  out: {external: true}\n",
    )
    .holds("api", &[("exposure", "all-interfaces")]);
}

#[test]
fn network_modes() {
    let compose = "services:\n  proxy: {image: \"nginx:1.27.2\", ports: [\"80:80\"]}\n  \
                   local: {image: \"nginx:1.27.2\", ports: [\"127.0.0.1:81:81\"]}\n  \
                   api: {image: \"node:22.11.0\", network_mode: \"service:proxy\"}\n  \
                   deep: {image: \"node:22.11.0\", network_mode: \"service:api\"}\n  \
                   near: {image: \"node:22.11.0\", network_mode: \"service:local\"}\n  \
                   host: {image: \"node:22.11.0\", network_mode: host}\n  \
                   on_host: {image: \"node:22.11.0\", network_mode: \"service:host\"}\n  \
                   none: {image: \"node:22.11.0\", network_mode: none}\n  \
                   other: {image: \"node:22.11.0\", network_mode: \"container:vpn\"}\n  \
                   bridge: {image: \"node:22.11.0\", network_mode: bridge, ports: [\"82:82\"]}\n";
    View::compose(compose)
        // One network namespace: what is published for one is published for all (Compose: network_mode service:).
        .holds("api", &[("exposure", "all-interfaces"), ("network_mode", "service:proxy"), ("networks", "")])
        .holds("deep", &[("exposure", "all-interfaces")])
        .holds("near", &[("exposure", "host-loopback")])
        .holds("host", &[("exposure", "all-interfaces"), ("network_mode", "host"), ("networks", "")])
        .holds("on_host", &[("exposure", "all-interfaces")])
        .holds("none", &[("exposure", "none"), ("networks", "")])
        .holds("other", &[("exposure", "?"), ("network_mode", "container:vpn")])
        .holds("bridge", &[("exposure", "all-interfaces"), ("network_mode", "bridge")]);
}

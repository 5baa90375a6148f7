//! What of the host the process sees.

use super::view::{View, view};

fn api(keys: &str) -> View {
    View::compose(&format!("services:\n  api:\n    image: node:22.11.0\n{keys}"))
}

#[test]
fn binds() {
    // /var/run is a link to /run on every distribution that Docker supports.
    api("    volumes: [\"/var/run/docker.sock:/var/run/docker.sock:ro\"]\n")
        .holds("api", &[("mounts", "bind=/run/docker.sock:/var/run/docker.sock:ro")]);
    api("    volumes: [\"/etc/../var//run/docker.sock/:/s\"]\n")
        .holds("api", &[("mounts", "bind=/run/docker.sock:/s:rw")]);
    // Modes come in any order, `rw` is the default, `z` and `Z` relabel.
    api("    volumes: [\"/a:/b:z,ro\", \"/c:/d:rslave\"]\n")
        .holds("api", &[("mounts", "bind=/a:/b:ro bind=/c:/d:rw")]);
    // One path is an anonymous volume; a name is a named one.
    api("    volumes: [\"/data\", \"cache:/cache\"]\nvolumes:\n  cache:\n")
        .holds("api", &[("mounts", "volume=:/data:rw volume=cache:/cache:rw")]);
    // The long form.
    api("    volumes: [{type: bind, source: /proc, target: /host/proc, read_only: true}]\n")
        .holds("api", &[("mounts", "bind=/proc:/host/proc:ro")]);
    // A driver that binds: what is mounted is the device.
    api("    volumes: [\"sock:/s\"]\nvolumes:\n  sock:\n    driver: local\n    driver_opts: {type: none, o: bind, device: /var/run/docker.sock}\n")
        .holds("api", &[("mounts", "volume=sock(/run/docker.sock):/s:rw")]);
    // The same target twice: the later one wins, as Compose merges volumes by target.
    view(&[
        ("compose.yaml", "services:\n  api: {image: \"node:22.11.0\", volumes: [\"/a:/t\"]}\n"),
        ("compose.override.yaml", "services:\n  api: {volumes: [\"/b:/t:ro\"]}\n"),
    ])
    .holds("api", &[("mounts", "bind=/b:/t:ro")]);
}

#[test]
fn volumes_from() {
    let compose = "services:\n  data: {image: \"node:22.11.0\", volumes: [\"/srv:/srv\", \"/etc:/host:ro\"]}\n  \
                   all: {image: \"node:22.11.0\", volumes_from: [data]}\n  \
                   less: {image: \"node:22.11.0\", volumes_from: [\"data:ro\"]}\n  \
                   deep: {image: \"node:22.11.0\", volumes_from: [all]}\n  \
                   own: {image: \"node:22.11.0\", volumes_from: [data], volumes: [\"/tmp/x:/srv\"]}\n";
    View::compose(compose)
        // Docker run reference: with the modes of the source, unless :ro is said, and rw frees nothing.
        .holds("all", &[("mounts", "bind=/srv:/srv:rw bind=/etc:/host:ro")])
        .holds("less", &[("mounts", "bind=/srv:/srv:ro bind=/etc:/host:ro")])
        // What came by volumes_from goes on to the next one.
        .holds("deep", &[("mounts", "bind=/srv:/srv:rw bind=/etc:/host:ro")])
        // moby registerMountPoints: the container's own binds replace what came with volumes_from.
        .holds("own", &[("mounts", "bind=/tmp/x:/srv:rw bind=/etc:/host:ro")]);
}

#[test]
fn memory_file_systems() {
    api("    read_only: true\n    tmpfs: [\"/tmp:size=64m,mode=1777\", /run]\n")
        .holds("api", &[("readonly_rootfs", "true"), ("read_only", "true"), ("tmpfs", "/tmp /run")]);
    api("    tmpfs: /tmp\n    volumes: [{type: tmpfs, target: /cache, tmpfs: {size: 1048576}}]\n")
        .holds("api", &[("readonly_rootfs", "false"), ("tmpfs", "/cache /tmp")]);
    // VOLUME of the image is an anonymous volume unless the service mounts something there.
    View::of(
        "services:\n  api: {build: ., volumes: [\"/host:/data\"]}\n",
        "FROM node:22.11.0\nVOLUME /data /more\n",
    )
    .holds("api", &[("mounts", "bind=/host:/data:rw volume=:/more:rw")]);
}

#[test]
fn devices_and_the_api_socket() {
    api("    devices: [\"/dev/kvm\", \"/dev/sda:/dev/xvdc:r\"]\n    device_cgroup_rules: [\"c 1:3 mr\"]\n").holds(
        "api",
        &[
            ("devices", "container=/dev/kvm,host=/dev/kvm,permissions=rwm container=/dev/xvdc,host=/dev/sda,permissions=r"),
            ("device_cgroup_rules", "c 1:3 mr"),
        ],
    );
    api("    use_api_socket: true\n").holds(
        "api",
        &[("use_api_socket", "true"), ("mounts", "bind=/run/docker.sock:/var/run/docker.sock:rw")],
    );
}

//! Who runs the process.

use super::view::{View, view};

const BUILD: &str = "services:\n  api: {build: .}\n";

#[test]
fn compose_overrides_the_image() {
    // Compose: `user` overrides the user of the image; the gid follows from the new user, not from the old one.
    View::of("services:\n  api: {build: ., user: \"0\"}\n", "FROM node:22.11.0\nUSER node\n")
        .holds("api", &[("uid", "0"), ("gid", "0"), ("user", "0")]);
    // The other way round: the image is root, the service is not; an explicit group is the gid.
    View::of("services:\n  api: {build: ., user: \"1000:1001\"}\n", "FROM node:22.11.0\n")
        .holds("api", &[("uid", "1000"), ("gid", "1001"), ("cap_eff", "")]);
    // An empty `user` is no user: Docker takes the image's.
    View::of("services:\n  api: {build: ., user: \"\"}\n", "FROM node:22.11.0\nUSER node\n")
        .holds("api", &[("uid", "1000"), ("gid", "1000")]);
    // YAML reads 0123 as a number in base 8 in version 1.1; Compose reads `user` as a string and keeps the digits.
    View::of("services:\n  api: {build: ., user: 1001}\n", "FROM node:22.11.0\n")
        .holds("api", &[("uid", "1001"), ("user", "1001")]);
}

#[test]
fn base_images() {
    let compose = "services:\n  node: {image: \"node:22.11.0\"}\n  db: {image: \"postgres:16.4\"}\n  \
                   web: {image: \"nginx:1.27.2\"}\n  safe: {image: \"nginxinc/nginx-unprivileged:1.27\"}\n  \
                   far: {image: \"registry.example.com/acme/api:1.2.3\"}\n  \
                   less: {image: \"gcr.io/distroless/nodejs22-debian12:nonroot\"}\n  \
                   root: {image: \"gcr.io/distroless/nodejs22-debian12\"}\n  as: {image: \"postgres:16.4\", user: postgres}\n";
    View::compose(compose)
        // node, postgres and nginx have no USER in their Dockerfiles; postgres steps down in its entrypoint.
        .holds("node", &[("uid", "0"), ("gid", "0")])
        .holds("db", &[("uid", "0")])
        .holds("web", &[("uid", "0")])
        // nginx-unprivileged: USER 101 in its Dockerfile.
        .holds("safe", &[("uid", "101"), ("cap_eff", "")])
        // Nobody knows.
        .holds("far", &[("uid", "?"), ("gid", "?"), ("cap_eff", "?")])
        // Distroless: nonroot is 65532:65532.
        .holds("less", &[("uid", "65532"), ("gid", "65532")])
        .holds("root", &[("uid", "0")])
        // postgres:16 on Debian: uid 999, gid 999, by `groupadd -r postgres --gid=999; useradd … --uid=999`.
        .holds("as", &[("uid", "999"), ("gid", "999")]);
}

#[test]
fn names_are_looked_up() {
    let gid = "FROM debian:12.7\nRUN groupadd -g 3000 app && useradd -u 3001 -g app app\nUSER app\n";
    // useradd(8): -u and -g decide both numbers.
    View::of(BUILD, gid).holds("api", &[("uid", "3001"), ("gid", "3000")]);
    // Without -u the tool picks a number: known to exist, not its number, and never 0 (0 is taken).
    View::of(BUILD, "FROM debian:12.7\nRUN useradd app\nUSER app\n")
        .holds("api", &[("uid", "?"), ("user", "app"), ("privileged", "false")]);
    // BusyBox: adduser -D -u N makes a group of the same name and number.
    View::of(BUILD, "FROM alpine:3.20\nRUN adduser -D -u 10001 app\nUSER app\n")
        .holds("api", &[("uid", "10001")]);
    View::of(BUILD, "FROM alpine:3.20\nRUN addgroup -S -g 900 g && adduser -S -u 901 -G g app\nUSER app:g\n")
        .holds("api", &[("uid", "901"), ("gid", "900")]);
    // `node:node` is 1000:1000 in /etc/passwd and /etc/group of the node images.
    View::of(BUILD, "FROM node:22.11.0-alpine\nUSER node:node\n")
        .holds("api", &[("uid", "1000"), ("gid", "1000")]);
    // Numbers need no lookup; `0:1000` is root.
    View::of(BUILD, "FROM debian:12.7\nUSER 0:1000\n").holds("api", &[("uid", "0"), ("gid", "1000")]);
    // A uid without an entry has gid 0 (libcontainer/user), but an /etc/passwd may be copied into scratch: not known.
    View::of(BUILD, "FROM scratch\nUSER 65534\n").holds("api", &[("uid", "65534"), ("gid", "?")]);
    // The uid that useradd -u wrote has the group that useradd -g wrote.
    View::of(BUILD, "FROM debian:12.7\nRUN groupadd -g 3000 app && useradd -u 3001 -g app app\nUSER 3001\n")
        .holds("api", &[("uid", "3001"), ("gid", "3000")]);
    // The group may be named when the user is a number.
    View::of(BUILD, "FROM debian:12.7\nRUN groupadd -g 3000 app\nUSER 3001:app\n")
        .holds("api", &[("uid", "3001"), ("gid", "3000")]);
    // An account that an earlier stage made is in the image of the later one only if it is based on it.
    View::of(BUILD, "FROM debian:12.7 AS a\nRUN useradd -u 5000 app\nFROM a\nUSER app\n")
        .holds("api", &[("uid", "5000")]);
    View::of(BUILD, "FROM debian:12.7 AS a\nRUN useradd -u 5000 app\nFROM debian:12.7\nUSER app\n")
        .holds("api", &[("uid", "?")]);
}

#[test]
fn arguments_and_variables_in_the_dockerfile() {
    // ARG with default, in the stage.
    View::of(BUILD, "FROM node:22.11.0\nARG U=1234\nUSER $U\n").holds("api", &[("uid", "1234")]);
    // ENV wins over ARG of the same name (Dockerfile reference).
    View::of(BUILD, "FROM node:22.11.0\nARG U=1234\nENV U=4321\nUSER ${U}\n")
        .holds("api", &[("uid", "4321")]);
    // An ARG before FROM has no value inside of a stage; `:-` then decides.
    View::of(BUILD, "ARG U=1234\nFROM node:22.11.0\nUSER ${U:-77}\n").holds("api", &[("uid", "77")]);
    // …unless the stage declares it again.
    View::of(BUILD, "ARG U=1234\nFROM node:22.11.0\nARG U\nUSER ${U:-77}\n").holds("api", &[("uid", "1234")]);
    // Compose's build.args win over the default.
    View::of(
        "services:\n  api:\n    build:\n      context: .\n      args: [U=55]\n",
        "FROM node:22.11.0\nARG U=1234\nUSER $U\n",
    )
    .holds("api", &[("uid", "55")]);
    // One Dockerfile with other arguments is another image; a service without the argument gets the file's default.
    View::of(
        "services:\n  one: {build: {context: ., args: {U: \"1111\"}}}\n  two: {build: {context: ., args: {U: \"0\"}}}\n  \
         three: {build: .}\n",
        "FROM node:22.11.0\nARG U=1234\nUSER $U\n",
    )
    .holds("one", &[("uid", "1111")])
    .holds("two", &[("uid", "0")])
    .holds("three", &[("uid", "1234")]);
    // build.args without a value come from the environment of Compose, which the project does not set: unset, not empty.
    View::of(
        "services:\n  api:\n    build:\n      context: .\n      args: [U]\n",
        "FROM node:22.11.0\nARG U=1234\nUSER $U\n",
    )
    .holds("api", &[("uid", "1234")]);
    // …and .env is part of that environment.
    view(&[
        ("compose.yaml", "services:\n  api:\n    build:\n      context: .\n      args: [U]\n"),
        ("Dockerfile", "FROM node:22.11.0\nARG U=1234\nUSER $U\n"),
        (".env", "U=66\n"),
    ])
    .holds("api", &[("uid", "66")]);
    // FROM with a global ARG; distroless by its tag.
    View::of(BUILD, "ARG TAG=nonroot\nFROM gcr.io/distroless/static-debian12:${TAG}\n")
        .holds("api", &[("uid", "65532")]);
    // An ARG that only the command line sets leaves the base unknown, and with it the user.
    View::of(BUILD, "ARG BASE\nFROM ${BASE}\n").holds("api", &[("uid", "?")]);
    // The ARG has no default: USER is empty, which Docker refuses or ignores; it is never a number.
    View::of(BUILD, "FROM node:22.11.0\nARG U\nUSER ${U:-node}\n").holds("api", &[("uid", "1000")]);
}

#[test]
fn targets_and_stages() {
    let stages = "FROM node:22.11.0 AS base\nFROM base AS dev\nUSER root\nFROM base AS prod\nUSER node\n";
    let compose = "services:\n  last: {build: .}\n  dev: {build: {context: ., target: dev}}\n  \
                   base: {build: {context: ., target: base}}\n  gone: {build: {context: ., target: nope}}\n  \
                   upper: {build: {context: ., target: DEV}}\n  number: {build: {context: ., target: \"1\"}}\n";
    View::of(compose, stages)
        .holds("last", &[("uid", "1000")])
        .holds("dev", &[("uid", "0")])
        .holds("base", &[("uid", "0")])
        // BuildKit: target stage could not be found.
        .holds("gone", &[("uid", "?")])
        // Stage names are compared without case, and a number names a stage (BuildKit: instructions.HasStage).
        .holds("upper", &[("uid", "0")])
        .holds("number", &[("uid", "0")]);
    // dockerfile_inline excludes the file.
    View::of(
        "services:\n  api:\n    build:\n      dockerfile_inline: |\n        FROM node:22.11.0\n        USER 7:8\n",
        "FROM scratch\nUSER 9\n",
    )
    .holds("api", &[("uid", "7"), ("gid", "8")]);
    // `dockerfile` is relative to the context.
    view(&[
        ("compose.yaml", "services:\n  api: {build: {context: ./app, dockerfile: docker/prod.Dockerfile}}\n"),
        ("app/docker/prod.Dockerfile", "FROM node:22.11.0\nUSER 42\n"),
        ("docker/prod.Dockerfile", "FROM node:22.11.0\nUSER 43\n"),
    ])
    .holds("api", &[("uid", "42")]);
    // With build and image both, image is the tag of what is built: its user comes from the Dockerfile.
    View::of("services:\n  api: {build: ., image: \"nginx:1.27.2\"}\n", "FROM node:22.11.0\nUSER node\n")
        .holds("api", &[("uid", "1000"), ("image", "nginx:1.27.2")]);
    // A service that runs the image that another service builds runs that build.
    View::of(
        "services:\n  api: {build: ., image: \"acme/api:dev\"}\n  worker: {image: \"acme/api:dev\"}\n",
        "FROM node:22.11.0\nUSER node\n",
    )
    .holds("worker", &[("uid", "1000")]);
    // No tag is the tag `latest`; another tag is another image.
    View::of(
        "services:\n  api: {build: ., image: acme/api}\n  worker: {image: \"acme/api:latest\"}\n  \
         old: {image: \"acme/api:1.0.0\"}\n",
        "FROM node:22.11.0\nUSER node\n",
    )
    .holds("worker", &[("uid", "1000")])
    .holds("old", &[("uid", "?")]);
}

#[test]
fn commands() {
    let image = "FROM node:22.11.0\nENTRYPOINT [\"tini\", \"--\"]\nCMD [\"node\", \"a.js\"]\n";
    // Compose: a service entrypoint clears the image's CMD.
    View::of("services:\n  api: {build: ., entrypoint: [\"/run.sh\"]}\n", image)
        .holds("api", &[("entrypoint", "form=exec,program=run.sh"), ("command", "none")]);
    // command alone keeps the image's ENTRYPOINT.
    View::of("services:\n  api: {build: ., command: npm start}\n", image)
        .holds("api", &[("entrypoint", "form=exec,program=tini"), ("command", "form=exec,program=npm")]);
    // `entrypoint: []` clears it (Compose: an empty list or string ignores the image's).
    View::of("services:\n  api: {build: ., entrypoint: [], command: [\"node\"]}\n", image)
        .holds("api", &[("entrypoint", "form=exec,program=none"), ("command", "form=exec,program=node")]);
    // Dockerfile reference: ENTRYPOINT in this file resets a CMD of the base image.
    View::of(BUILD, "FROM node:22.11.0\nENTRYPOINT [\"/app\"]\n")
        .holds("api", &[("entrypoint", "form=exec,program=app"), ("command", "form=exec,program=none")]);
    // `entrypoint: null` is not set: the image's stays.
    View::of("services:\n  api: {build: ., entrypoint: null}\n", image)
        .holds("api", &[("entrypoint", "form=exec,program=tini"), ("command", "form=exec,program=node")]);
}

#[test]
fn groups_are_added() {
    // group_add: numbers as they are, root is 0, another name is looked up in /etc/group.
    View::compose(
        "services:\n  api: {image: \"node:22.11.0\", user: node, group_add: [\"998\", root, nobodyknows]}\n",
    )
    .holds("api", &[("groups", "998 0 ?"), ("uid", "1000")]);
}

#[test]
fn an_entrypoint_that_hands_over() {
    const SCRIPT: &str = "#!/bin/sh\nset -e\nif [ \"$(id -u)\" = 0 ]; then\n  chown -R node /data\n  exec su-exec node \"$0\" \"$@\"\nfi\nexec \"$@\"\n";
    let image = "FROM node:22.11.0\nCOPY docker/ /usr/local/bin/\nENTRYPOINT [\"start.sh\"]\nCMD [\"node\", \"a.js\"]\n";
    let run = |compose: &str, dockerfile: &str| {
        view(&[("compose.yaml", compose), ("Dockerfile", dockerfile), ("docker/start.sh", SCRIPT)])
    };
    // su-exec(1): sets the ids and execs, so that pid 1 is uid 1000 without capabilities.
    run(BUILD, image).holds("api", &[("uid", "1000"), ("gid", "1000"), ("cap_eff", "")]);
    // Root by decision is where it starts; the script hands over all the same.
    run("services:\n  api: {build: ., user: root}\n", image)
        .holds("api", &[("uid", "1000"), ("user", "root")]);
    // Another user never gets to the hand-over, and another entrypoint does not make it.
    run("services:\n  api: {build: ., user: \"7\"}\n", image).holds("api", &[("uid", "7")]);
    run("services:\n  api: {build: ., entrypoint: [node, a.js]}\n", image).holds("api", &[("uid", "0")]);
    // The words of the command line say it too, behind an init; in a list of commands the shell stays root.
    let words =
        "FROM node:22.11.0\nENTRYPOINT [\"tini\", \"--\"]\nCMD [\"gosu\", \"node\", \"node\", \"a.js\"]\n";
    run(BUILD, words).holds("api", &[("uid", "1000")]);
    run(BUILD, "FROM node:22.11.0\nCMD gosu node true && node a.js\n").holds("api", &[("uid", "0")]);
}

//! What follows for the user: a fix must lead to what it promises.

use super::view::{View, view};

const IMAGE: &str = "FROM node:22.11.0\nUSER node\n";

#[test]
fn the_user_that_would_apply_is_the_one_that_is_named() {
    let root = |files: &[(&str, &str)], fix: &str| {
        assert_eq!(view(files).fixes("runs-as-root"), [fix]);
    };
    let override_file = "services:\n  api: {user: \"0\"}\n";
    // Without the override, the base file's user applies, not the image's.
    root(
        &[
            ("compose.yaml", "services:\n  api: {build: ., user: \"1000:1000\"}\n"),
            ("compose.override.yaml", override_file),
            ("Dockerfile", "FROM node:22.11.0\nUSER 7\n"),
        ],
        "remove this `user`, so that the `user: \"1000:1000\"` that it overrides applies",
    );
    // Without the override there is still the base file's root.
    root(
        &[
            ("compose.yaml", "services:\n  api: {build: ., user: root}\n"),
            ("compose.override.yaml", override_file),
            ("Dockerfile", IMAGE),
        ],
        "remove `user` here and from what it overrides, so that the image's `USER node` applies",
    );
    root(
        &[("compose.yaml", "services:\n  api: {build: ., user: \"0\"}\n"), ("Dockerfile", IMAGE)],
        "remove `user`, so that the image's `USER node` applies",
    );
}

#[test]
fn what_an_image_runs_as_counts_for_everybody_who_runs_it() {
    // The worker runs the image that api builds: neither is root.
    let shared =
        "services:\n  api: {build: ., image: \"acme/api:1.0.0\"}\n  worker: {image: \"acme/api:1.0.0\"}\n";
    assert_eq!(View::of(shared, IMAGE).fixes("runs-as-root").len(), 0);
    // The second service builds the same file as root.
    let two = "services:\n  one: {build: {context: ., args: {U: node}}}\n  two: {build: {context: ., args: {U: root}}}\n";
    assert_eq!(View::of(two, "FROM node:22.11.0\nARG U\nUSER $U\n").fixes("runs-as-root").len(), 1);
}

#[test]
fn a_port_that_nobody_reaches_is_not_published() {
    // Only on internal networks: Docker maps no port (moby issue 36174).
    let compose = "services:\n  db: {image: \"postgres:16.4\", networks: [back], ports: [\"5432:5432\"]}\n\
                   networks:\n  back: {internal: true}\n";
    assert_eq!(View::compose(compose).fixes("datastore-published").len(), 0);
    let open = compose.replace("true", "false");
    assert_eq!(View::compose(&open).fixes("datastore-published").len(), 1);
}

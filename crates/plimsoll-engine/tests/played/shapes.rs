//! What engines of several years and makers send for the same question: of the Docker Engine 20.10 as recorded, of 29 and of
//! Podman as their API documentation has it.

use plimsoll_engine::{Labels, Part};

use crate::stage::{self, Reply};
use crate::survey::{Engine, usual};

const TWENTY: &str = r#"{"Platform":{"Name":""},"Components":[{"Name":"Engine","Version":"20.10.24+dfsg1","Details":{"ApiVersion":"1.41","MinAPIVersion":"1.12"}},{"Name":"containerd","Version":"1.6.20~ds1","Details":{"GitCommit":"1.6.20~ds1-1+deb12u3"}}],"Version":"20.10.24+dfsg1","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64"}"#;
const TWENTY_NINE: &str = r#"{"Platform":{"Name":"Docker Engine - Community"},"Version":"29.0.1","ApiVersion":"1.52","MinAPIVersion":"1.44","Os":"linux","Arch":"arm64","Components":[{"Name":"Engine","Version":"29.0.1"}]}"#;
const PODMAN: &str = r#"{"Platform":{"Name":"linux/amd64/fedora-42"},"Components":[{"Name":"Podman Engine","Version":"5.4.1","Details":{"APIVersion":"5.4.1","MinAPIVersion":"4.0.0"}},{"Name":"Conmon","Version":"conmon version 2.1.13"}],"Version":"5.4.1","ApiVersion":"1.41","MinAPIVersion":"1.24","Os":"linux","Arch":"amd64"}"#;

#[test]
fn each_is_spoken_to_in_the_newest_api_that_it_knows() {
    for (version, api, podman) in
        [(TWENTY, "1.41", false), (TWENTY_NINE, "1.52", false), (PODMAN, "1.41", true)]
    {
        let engine = Engine::new("shape", usual().json("/version", version));
        let lookout = engine.lookout();
        assert_eq!((lookout.api().to_string().as_str(), lookout.about().is_podman()), (api, podman));
        lookout.info().unwrap();
        assert_eq!(engine.asked()[1].1, format!("/v{api}/info"));
    }
}

#[test]
fn lists_of_images_lost_and_gained_fields() {
    let digest = format!("node@sha256:{}", "a".repeat(64));
    for list in [
        // 1.41: containers -1, the size twice. 1.52: manifests of an index. Podman: its own names beside, ids without a prefix.
        format!(
            r#"[{{"Containers":-1,"Created":1,"Id":"sha256:1","Labels":null,"ParentId":"","RepoDigests":["{digest}"],"RepoTags":["node:22"],"SharedSize":-1,"Size":5,"VirtualSize":5}}]"#
        ),
        format!(
            r#"[{{"Id":"sha256:1","RepoTags":["node:22"],"RepoDigests":["{digest}"],"Created":1,"Size":5,"Labels":{{}},"Manifests":[{{"Kind":"image"}}],"Descriptor":{{"digest":"sha256:1"}}}}]"#
        ),
        format!(
            r#"[{{"Id":"sha256:1","RepoTags":["node:22"],"RepoDigests":["{digest}"],"Created":1,"Size":5,"Labels":null,"Names":["node:22"],"History":null,"Dangling":false}}]"#
        ),
    ] {
        let engine = Engine::new("images", usual().json("/images/json", &list));
        let lookout = engine.lookout();
        let images = lookout.images(false).unwrap();
        assert_eq!((images[0].repo_tags[0].as_str(), &images[0].repo_digests[0]), ("node:22", &digest));
        assert_eq!(lookout.survey(&[Part::Images]).text(Part::Images), Some(list.as_str()));
    }
    // Podman has images without names and says `null`.
    let engine = Engine::new(
        "nameless",
        usual().json("/images/json", r#"[{"Id":"1","RepoTags":null,"RepoDigests":null}]"#),
    );
    assert!(engine.lookout().images(false).unwrap()[0].repo_tags.is_empty());
}

#[test]
fn containers_of_podman_have_short_ids_of_images_and_no_changes() {
    let list = r#"[{"Id":"c1","Names":["/web"],"Image":"docker.io/library/node:22","ImageID":"sha256:i1","Command":"node","Created":1,"Ports":[],"Labels":null,"State":"running","Status":"Up","HostConfig":{},"NetworkSettings":null,"Mounts":null}]"#;
    let part = usual()
        .json("/version", PODMAN)
        .json("/containers/json", list)
        .json("/containers/c1/changes", "null")
        .json("/containers/c1/json", r#"{"Id":"c1","State":{"Status":"running","Running":true,"Health":{"Status":""}},"RestartCount":2}"#)
        .with("/plugins", Reply::Plain("404 Not Found", r#"{"cause":"not found","message":"Not Found","response":404}"#.to_owned()))
        .json("/info", r#"{"Swarm":{"LocalNodeState":"inactive"},"SecurityOptions":["name=seccomp,profile=default","name=rootless","name=selinux"]}"#);
    let engine = Engine::new("podman", part);
    let lookout = engine.lookout();
    let containers = lookout.containers(true, &Labels::default()).unwrap();
    assert_eq!((containers[0].names[0].as_str(), containers[0].labels.len()), ("/web", 0));
    assert!(lookout.changes("c1").unwrap().is_empty());
    let state = lookout.state("c1").unwrap().unwrap();
    assert_eq!((state.running, state.health(), state.restarts), (true, None, 2));
    let survey = lookout.survey(&Part::ALL);
    assert!(survey.gaps.is_empty() && survey.text(Part::Plugins).is_none(), "{:?}", survey.gaps);
}

#[test]
fn proxies_that_let_little_through() {
    let refuse = |words: &str| Reply::Plain("400 Bad Request", format!(r#"{{"message":"{words}"}}"#));
    // Nothing without a version in the path.
    let part = usual().without_version(refuse("the path has no version"));
    let engine = Engine::new("versioned", part);
    assert_eq!(engine.lookout().api().to_string(), "1.41");
    assert_eq!(engine.asked()[1].1, "/v1.44/version");
    // Nothing about the version but the header.
    let ping = "HTTP/1.1 200 OK\r\nApi-Version: 1.47\r\nContent-Length: 2\r\n\r\nOK";
    let part = usual().with("/version", refuse("forbidden")).with("/_ping", Reply::Raw(ping.into()));
    let engine = Engine::new("ping", part);
    let lookout = engine.lookout();
    assert_eq!((lookout.api().to_string().as_str(), lookout.about().version.as_str()), ("1.47", ""));
    // Nothing at all.
    let part = stage::Part::default().with("/version", refuse("forbidden by the proxy"));
    let error = Engine::new("closed", part).open().unwrap_err().to_string();
    assert!(error.contains("400 forbidden by the proxy"), "{error}");
}

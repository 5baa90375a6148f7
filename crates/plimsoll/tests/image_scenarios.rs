//! How archives of images are put together with the projects that run them, in memory.

#[path = "page/archive.rs"]
mod archive;

use plimsoll::discover::Plan;
use plimsoll::scan::{Task, Wishes, assemble_all};
use plimsoll::scenario::Assembled;
use plimsoll_lens::Memory;
use plimsoll_lens::compose::ProjectFiles;
use plimsoll_posture::{Known, Layer, Plane, Standing, Trust, UserSpec};
use plimsoll_report::{InputStatus, ScenarioKind};
use plimsoll_trust::Key;

fn assembled(files: &[(&str, &str)], archives: &[(&str, Vec<u8>)]) -> Vec<Assembled> {
    let mut world = Memory::of(files);
    let mut plan = Plan::default();
    for (name, bytes) in archives {
        world.files.insert((*name).to_owned(), bytes.clone());
        plan.archives.push((*name).to_owned());
    }
    if world.files.contains_key("compose.yaml") {
        let files = vec!["compose.yaml".to_owned()];
        plan.projects.push(ProjectFiles { files, directory: ".".to_owned(), ..ProjectFiles::default() });
    }
    let task =
        Task { world: &world, plan, stdin: None, config: Default::default(), wishes: Wishes::default() };
    assemble_all(&task, |assembled| assembled).0
}

const IMAGE: &str = "name api:1.0\nconfig {\"User\":\"app\",\"Env\":[\"NODE_ENV=production\"],\"ExposedPorts\":{\"3000/tcp\":{}},\
\"Entrypoint\":[\"/bin/sh\",\"-c\",\"node a.js\"],\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"x\"]}}\n\
step ENV NODE_ENV=production\nlayer COPY . .\n+ etc/passwd 644 root:x:0:0::/:/bin/sh\\napp:x:1234:1234::/:/bin/sh\\n\n";

#[test]
fn an_archive_alone_is_a_scenario_on_the_plane_built() {
    let all = assembled(&[], &[("image.tar", archive::build(IMAGE))]);
    assert_eq!((all.len(), all[0].kind, all[0].name.as_str()), (1, ScenarioKind::Image, "image.tar"));
    assert_eq!(all[0].complaints, []);
    let service = &all[0].posture.services[0];
    assert!(service.name() == "api:1.0" && !service.runtime);
    let user = service.user.effective().unwrap();
    assert_eq!((user.layer, user.plane), (Layer::Image, Plane::Built));
    assert_eq!(all[0].sources.text(user.at.span), "\"app\"");
    assert_eq!(service.kernel.uid.value(), Some(&1234), "the number is in the image's own passwd");
    assert_eq!(service.env.get("NODE_ENV").and_then(|fact| fact.value()).unwrap().expose(), "production");
    assert!(service.healthcheck.effective().is_some() && service.exposed.items().count() == 1);
    let built = &all[0].posture.built[0];
    assert_eq!((&*built.platform, &*built.layers[0].instruction), ("linux/amd64", "COPY"));
}

/// A signature is told for what it is: one that holds, one that is there, one that is another image's; and where no signature can
/// be, that none was looked for.
#[test]
fn signatures_are_facts_of_the_image() {
    let trust = |text: &str, keys: Vec<Key>| {
        let mut world = Memory::of(&[]);
        world.files.insert("image.tar".to_owned(), archive::build(text));
        let plan = Plan { archives: vec!["image.tar".to_owned()], ..Plan::default() };
        let wishes = Wishes { keys: keys.into(), ..Wishes::default() };
        let task = Task { world: &world, plan, stdin: None, config: Default::default(), wishes };
        let all = assemble_all(&task, |assembled| assembled).0;
        assert_eq!(all[0].complaints, []);
        assert_eq!(all[0].posture.built.len(), 1, "what is about an image is none");
        all[0].posture.built[0].trust.clone()
    };
    let key = || vec![Key::parse("cosign.pub", archive::owner().as_bytes()).unwrap()];
    let signed = format!("signed by stranger\nsigned by owner\nsigned by copy\n{IMAGE}");
    let marks = |trust: &Trust| -> Vec<&'static str> {
        let mark = |standing: &Standing| match standing {
            Standing::Verified(key) if &**key == "cosign.pub" => "verified",
            Standing::Wrong(why) if why.contains("another image") => "copied",
            Standing::Wrong(_) => "wrong",
            _ => "present",
        };
        trust.signatures.iter().map(|signature| mark(&signature.standing)).collect()
    };
    let with = trust(&signed, key());
    assert_eq!(marks(&with), ["wrong", "verified", "copied"]);
    assert!(with.is_verified() && with.searched == Known::Value(()) && with.digests.len() == 1);
    let without = trust(&signed, Vec::new());
    assert_eq!(marks(&without), ["present"; 3]);
    assert!(!without.is_verified());
    let saved = trust(IMAGE, key());
    assert!(saved.signatures.is_empty() && saved.searched.reason().is_some());
}

#[test]
fn a_service_that_runs_the_image_knows_it() {
    let compose = "services:\n  api:\n    image: docker.io/library/api:1.0\n  other:\n    image: api:2.0\n";
    let all = assembled(&[("compose.yaml", compose)], &[("image.tar", archive::build(IMAGE))]);
    assert_eq!(all.len(), 1, "the image is judged with its service");
    let posture = &all[0].posture;
    let uid = |name: &str| posture.service(name).unwrap().kernel.uid.effective().unwrap().value.clone();
    assert_eq!(uid("api"), Known::Value(1234));
    assert!(uid("other").reason().is_some());
    assert_eq!(posture.built[0].subject.service.as_deref(), Some("api"));
}

/// Compose names what it builds after the project and the service.
#[test]
fn what_was_built_is_better_known_than_what_is_written() {
    let compose = "name: shop\nservices:\n  api:\n    build: .\n";
    let text = IMAGE.replace("api:1.0", "shop-api:latest");
    let files =
        [("compose.yaml", compose), ("Dockerfile", "FROM node:24.1.0-slim\nUSER node\nEXPOSE 3000\n")];
    let all = assembled(&files, &[("image.tar", archive::build(&text))]);
    let service = all[0].posture.service("api").unwrap();
    let user = service.user.effective().unwrap();
    assert_eq!((user.plane, &user.value), (Plane::Built, &Known::Value(UserSpec::parse("app"))));
    assert_eq!(service.user.overridden()[0].value, Known::Value(UserSpec::parse("node")));
    assert_eq!(service.exposed.items().count(), 1, "the same port is one port");
}

#[test]
fn an_image_that_no_service_runs_stands_alone_and_a_broken_archive_is_told() {
    let compose = "services:\n  api:\n    image: other:1\n";
    let good = archive::build(IMAGE);
    let all = assembled(&[("compose.yaml", compose)], &[("a.tar", good.clone())]);
    assert_eq!(
        all.iter().map(|one| one.kind).collect::<Vec<_>>(),
        [ScenarioKind::Image, ScenarioKind::Compose]
    );
    let all = assembled(&[], &[("a.tar", archive::build(&format!("{IMAGE}missing RUN x\n")))]);
    let complaint = &all[0].complaints[0];
    assert_eq!(
        (complaint.code, complaint.message.as_str()),
        ("image-damaged", "layer 2 of 2: it is not in the archive")
    );
    assert!(all[0].inputs().iter().any(|input| input.status == InputStatus::Partial));
}

/// What BuildKit writes into the history of an image that is built from the Dockerfile below, above what its base image has.
const BUILT: &str = "name shop-api\nlayer /bin/sh -c #(nop) ADD file:0123 in / \n+ etc/hostname 644 x\n\
    layer RUN /bin/sh -c set -ex; apt-get install -y curl # buildkit\n+ usr/bin/curl 755 x\n\
    layer WORKDIR /app\n+ app/ 755\nlayer COPY package.json ./ # buildkit\n+ app/package.json 644 {}\n\
    step ENV A=b\nlayer RUN /bin/sh -c npm ci &&     npm cache clean --force # buildkit\n+ app/node_modules/a/package.json 644 {}\n";

#[test]
fn layers_are_joined_with_the_steps_that_made_them() {
    let compose = "name: shop\nservices:\n  api:\n    build: .\n";
    let dockerfile = "FROM node:24\nWORKDIR /app\nCOPY package.json ./\nENV A=b\nRUN npm ci && \\\n    npm cache clean --force\n";
    let steps = |dockerfile: &str| -> Vec<Option<String>> {
        let files = [("compose.yaml", compose), ("Dockerfile", dockerfile)];
        let all = assembled(&files, &[("image.tar", archive::build(BUILT))]);
        let layers = all[0].posture.built[0].layers.iter();
        let text = |at: &plimsoll_posture::Provenance| {
            all[0].sources.text(at.span).lines().next().unwrap().to_owned()
        };
        layers.map(|layer| layer.step.as_ref().map(text)).collect()
    };
    let own = |text: &str| Some(text.to_owned());
    let run = own("RUN npm ci && \\");
    assert_eq!(
        steps(dockerfile),
        [None, None, own("WORKDIR /app"), own("COPY package.json ./"), run.clone()]
    );
    // Built from another state of the file: what lies above the difference is still the same.
    assert_eq!(steps(&dockerfile.replace("COPY package.json ./\n", "")), [None, None, None, None, run]);
    assert_eq!(steps(&dockerfile.replace("npm ci", "npm install")), vec![None; 5]);
}

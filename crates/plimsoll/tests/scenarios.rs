//! How compose projects, Dockerfiles, contexts and images are put together, in memory.

mod stage;

use plimsoll::scan::{Task, Wishes, assemble_all};
use plimsoll::scenario::Assembled;
use plimsoll_lens::Memory;
use plimsoll_posture::{Known, Layer, SubjectKind};
use plimsoll_report::InputStatus;

fn assembled(files: &[(&str, &str)]) -> Vec<Assembled> {
    assembled_with(files, Wishes::default())
}

fn assembled_with(files: &[(&str, &str)], wishes: Wishes) -> Vec<Assembled> {
    let world = Memory::of(files);
    let mut plan = stage::plan(&world, &wishes.compose);
    plan.unite();
    let task = Task { world: &world, plan, stdin: None, config: Default::default(), wishes };
    assemble_all(&task, |assembled| assembled).0
}

fn names(all: &[Assembled]) -> Vec<&str> {
    all.iter().map(|assembled| assembled.name.as_str()).collect()
}

fn codes(assembled: &Assembled) -> Vec<&'static str> {
    assembled.complaints.iter().map(|complaint| complaint.code).collect()
}

const TWO_STAGES: &str = "FROM node:22.11.0 AS build\nRUN npm ci\nFROM node:22.11.0-slim AS run\nUSER node\n";

#[test]
fn services_that_build_one_dockerfile_share_one_recipe() {
    let compose = "services:\n  api:\n    build: {context: ., target: run}\n  worker:\n    build: {context: ., target: build}\n";
    let all = assembled(&[("compose.yaml", compose), ("Dockerfile", TWO_STAGES)]);
    assert_eq!(names(&all), ["compose.yaml"], "the Dockerfile is built by the project");
    let posture = &all[0].posture;
    assert_eq!(posture.recipes.len(), 1);
    let recipe = &posture.recipes[0];
    assert_eq!(recipe.built_by.iter().map(|name| &**name).collect::<Vec<_>>(), ["api", "worker"]);
    assert_eq!(recipe.targets, [0, 1]);
    assert_eq!(recipe.subject.service, None, "it belongs to two services");
    let uid = |name| posture.service(name).and_then(|service| service.kernel.uid.value().copied());
    assert_eq!((uid("api"), uid("worker")), (Some(1000), Some(0)));
}

#[test]
fn what_one_service_builds_belongs_to_it() {
    let compose = "services:\n  api:\n    build: .\n    user: \"0\"\n";
    let all = assembled(&[("compose.yaml", compose), ("Dockerfile", TWO_STAGES)]);
    let recipe = &all[0].posture.recipes[0];
    assert_eq!(recipe.subject.service.as_deref(), Some("api"));
    assert!(recipe.stages.iter().all(|stage| stage.subject.service.as_deref() == Some("api")));
    assert_eq!((recipe.stages[0].ships, recipe.stages[1].ships), (false, true));
    let api = &all[0].posture.services[0];
    let user = api.user.effective().expect("a user is set");
    assert_eq!((user.layer, api.kernel.uid.value()), (Layer::Compose, Some(&0)));
    assert!(api.user.overridden().iter().any(|claim| claim.layer == Layer::Image));
}

#[test]
fn build_arguments_reach_the_dockerfile_and_the_command_line_wins() {
    let compose = "services:\n  api:\n    build:\n      context: .\n      args: {TAG: 22.11.0}\n";
    let files = [("compose.yaml", compose), ("Dockerfile", "ARG TAG\nFROM node:$TAG\n")];
    let base = |all: &[Assembled]| match &all[0].posture.recipes[0].stages[0].base {
        plimsoll_posture::StageBase::Image(Known::Value(image)) => image.text.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(base(&assembled(&files)), "node:22.11.0");
    let wishes = Wishes { build_args: [("TAG".to_owned(), "24".to_owned())].into(), ..Wishes::default() };
    assert_eq!(base(&assembled_with(&files, wishes)), "node:24");
}

#[test]
fn an_inline_dockerfile_is_a_document() {
    let compose = "services:\n  api:\n    build:\n      context: .\n      dockerfile_inline: |\n        FROM node:22.11.0-slim\n        USER node\n";
    let all = assembled(&[("compose.yaml", compose), ("Dockerfile", "FROM scratch\n")]);
    assert_eq!(names(&all), ["Dockerfile", "compose.yaml"], "the file itself is not built");
    let posture = &all[1].posture;
    assert_eq!(posture.services[0].kernel.uid.value(), Some(&1000));
    assert!(all[1].dockerfiles().all(|name| name.contains("dockerfile_inline")));
}

#[test]
fn what_an_inline_dockerfile_says_is_written_in_the_compose_file() {
    // Line ends of both kinds, an inner line that is indented further, and `$$` for a dollar.
    let lines = [
        "services:",
        "  api:",
        "    build:",
        "      dockerfile_inline: |",
        "        FROM node:22.11.0-slim AS base",
        "        RUN echo a && \\",
        "            echo $$HOME",
        "",
        "        USER nobody # not a comment",
        "    image: acme/api:1",
    ];
    for end in ["\n", "\r\n"] {
        let compose = lines.join(end);
        let all = assembled(&[("compose.yaml", &compose)]);
        let (sources, posture) = (&all[0].sources, &all[0].posture);
        let said = |span| {
            let written = sources.written(span);
            let source = sources.get(written.source);
            assert_eq!(&*source.name, "compose.yaml");
            let place = source.place(written.start as usize);
            (place.line, place.column, sources.text(written).to_owned())
        };
        let stage = &posture.recipes[0].stages[0];
        assert_eq!(said(stage.name.as_ref().expect("named").at), (5, 35, "base".to_owned()));
        let run = said(stage.steps[0].at);
        assert_eq!((run.0, run.1), (6, 9), "{run:?}");
        assert!(run.2.ends_with("echo $$HOME"), "{run:?}");
        let user = posture.services[0].user.effective().expect("set").at.span;
        assert_eq!(said(user).0, 9);
    }
}

#[test]
fn a_project_that_another_one_includes_is_judged_there() {
    let api = "services:\n  api:\n    image: node:22.11.0-slim\n";
    let base = "services:\n  base:\n    image: node:22.11.0-slim\n";
    let all = assembled(&[
        (
            "compose.yaml",
            "include:\n  - path: ./api/compose.yaml\nservices:\n  web:\n    extends: {file: base/compose.yaml, service: base}\n",
        ),
        ("api/compose.yaml", api),
        // What is only extended is a project of its own.
        ("base/compose.yaml", base),
        // The pair of a base and its override is more than what is included.
        ("more/compose.yaml", "include: [../pair/compose.yaml]\n"),
        ("pair/compose.yaml", api),
        ("pair/compose.override.yaml", "services:\n  api:\n    privileged: true\n"),
    ]);
    assert_eq!(names(&all), ["base/compose.yaml", "compose.yaml", "more/compose.yaml", "pair/compose.yaml"]);
    // Two that include each other: Compose refuses both, and one of them is told.
    let all = assembled(&[
        ("a/compose.yaml", "include: [../b/compose.yaml]\nservices:\n  a:\n    image: x:1\n"),
        ("b/compose.yaml", "include: [../a/compose.yaml]\nservices:\n  b:\n    image: x:1\n"),
    ]);
    assert_eq!(names(&all), ["a/compose.yaml"]);
}

#[test]
fn what_cannot_be_built_here_is_told_and_nothing_is_guessed() {
    let compose = "services:\n  far:\n    build: https://github.com/acme/api.git#main\n  gone:\n    build: ./gone\n  \
                   lost:\n    build: {context: ., target: nowhere}\n  open:\n    build: ${WHERE}\n";
    let all = assembled(&[("compose.yaml", compose), ("Dockerfile", TWO_STAGES)]);
    let project = &all[0];
    let codes = codes(project);
    assert!(codes.contains(&"missing-dockerfile"), "{codes:?}");
    for service in &project.posture.services {
        let uid = service.kernel.uid.effective().expect("every service has an answer");
        assert!(uid.value.reason().is_some(), "{} must stay unknown", service.name());
    }
    let remote =
        project.inputs().into_iter().find(|input| input.name.starts_with("https://")).expect("listed");
    assert!(matches!(remote.status, InputStatus::Skipped(why) if why.contains("remote")));
}

#[test]
fn a_dockerfile_alone_is_an_image_in_the_directory_that_it_copies_from() {
    let all = assembled(&[
        ("docker/Dockerfile", "FROM node:22.11.0\nCOPY package.json server.js ./\n"),
        ("package.json", "{\"dependencies\": {\"express\": \"4\"}}"),
        ("server.js", ""),
        ("tool/Dockerfile", "FROM node:22.11.0\nCOPY main.js ./\n"),
        ("tool/main.js", ""),
    ]);
    assert_eq!(names(&all), ["docker/Dockerfile", "tool/Dockerfile"]);
    let contexts: Vec<&str> = all.iter().map(|assembled| &*assembled.posture.contexts[0].path).collect();
    assert_eq!(contexts, [".", "tool"]);
    assert_eq!(all[0].posture.apps.len(), 1);
    let service = &all[0].posture.services[0];
    assert_eq!((service.subject.kind, service.runtime), (SubjectKind::Image, false));
    assert_eq!(service.name(), "docker/Dockerfile");
}

#[test]
fn images_of_services_without_build_are_looked_up() {
    let all = assembled(&[("compose.yaml", "services:\n  db:\n    image: postgres:16.4\n")]);
    let db = &all[0].posture.services[0];
    assert!(db.knowledge.steps_down_to.is_some());
    assert_eq!(db.kernel.uid.value(), Some(&0));
}

#[test]
fn files_that_a_project_reads_are_no_scenarios_of_their_own() {
    let all = assembled(&[
        (
            "compose.yaml",
            "include: [compose.db.yaml]\nservices:\n  api:\n    extends: {file: compose.base.yaml, service: base}\n",
        ),
        ("compose.db.yaml", "services:\n  db:\n    image: postgres:16.4\n"),
        ("compose.base.yaml", "services:\n  base:\n    image: node:22.11.0\n"),
        ("other/docker-compose.yml", "services:\n  web:\n    image: nginx:1.27\n"),
        ("other/docker-compose.dev.yml", "services:\n  web:\n    restart: always\n"),
        ("other/notes-compose.yml", "text: 1\n"),
    ]);
    assert_eq!(
        names(&all),
        [
            "compose.yaml",
            "other/docker-compose.yml",
            "other/docker-compose.yml + other/docker-compose.dev.yml"
        ]
    );
    assert_eq!(all[0].service_names().collect::<Vec<_>>().len(), 2);
}

#[test]
fn dockerfiles_in_one_directory_see_their_own_ignore_files() {
    let all = assembled(&[
        ("a.Dockerfile", "FROM node:22.11.0\nCOPY . .\n"),
        ("b.Dockerfile", "FROM node:22.11.0\nCOPY . .\n"),
        ("b.Dockerfile.dockerignore", ".env\n"),
        ("c.Dockerfile", "FROM node:22.11.0\nCOPY . .\n"),
        (".env", "A=1\n"),
    ]);
    let through: Vec<usize> =
        all.iter().map(|assembled| assembled.posture.contexts[0].lets_through.len()).collect();
    assert_eq!(through, [1, 0, 1]);
}

const YARN: &str = "# yarn lockfile v1\n\n\nlodash@^4.17.0:\n  version \"4.17.15\"\n  \
    resolved \"https://me:s3cr3t@registry.example/lodash-4.17.15.tgz\"\n  integrity sha512-x\n";

#[test]
fn a_lockfile_belongs_to_what_builds_its_directory() {
    let compose = "services:\n  api:\n    build: ./api\n  worker:\n    image: node:20.11.0\n";
    let manifest = "{\"dependencies\": {\"lodash\": \"^4.17.0\"}, \"engines\": {\"node\": \">=22\"}}";
    let all = assembled(&[
        ("compose.yaml", compose),
        ("api/Dockerfile", TWO_STAGES),
        ("api/package.json", manifest),
        ("api/yarn.lock", YARN),
        ("tool/package-lock.json", "{\"lockfileVersion\": 3, \"packages\": {}}"),
        ("tool/yarn.lock", YARN),
    ]);
    assert_eq!(names(&all), ["compose.yaml", "tool/package-lock.json"], "two lockfiles are one application");
    assert_eq!(all[1].kind.name(), "app");
    assert_eq!(all[1].posture.dependencies[0].lockfiles.len(), 2);
    let posture = &all[0].posture;
    let [app] = &posture.dependencies[..] else { panic!("{:?}", posture.dependencies) };
    assert_eq!(app.subject.key(), "app api/package.json");
    assert_eq!(app.subject.service.as_deref(), Some("api"));
    let [lockfile] = &app.lockfiles[..] else { panic!("{:?}", app.lockfiles) };
    assert_eq!(lockfile.hits.len(), 1);
    assert_eq!(lockfile.packages[0].needs[0].wanted.as_deref(), Some("^4.17.0"));
    assert_eq!(app.node[0].majors.first(), Some(&22));
    let runtimes: Vec<&str> = posture.runtimes.iter().map(|runtime| &*runtime.version).collect();
    assert_eq!(runtimes, ["20.11.0", "22.11.0", "22.11.0"], "each image by its name");
    let secrets: Vec<&str> = all[0].sensitive().into_iter().map(|span| all[0].sources.text(span)).collect();
    assert_eq!(secrets, ["me:s3cr3t"]);
}

#[test]
fn npm_looks_at_the_shrinkwrap_alone() {
    let lock = |version: &str| {
        format!(
            "{{\"lockfileVersion\": 3, \"packages\": {{\"node_modules/lodash\": {{\"version\": \"{version}\"}}}}}}"
        )
    };
    let (old, new) = (lock("4.17.15"), lock("4.18.1"));
    let all = assembled(&[("package-lock.json", &old), ("npm-shrinkwrap.json", &new)]);
    let [app] = &all[0].posture.dependencies[..] else { panic!() };
    let names: Vec<&str> = app.lockfiles.iter().map(|lockfile| &*lockfile.name).collect();
    assert_eq!(names, ["npm-shrinkwrap.json"]);
    assert_eq!(app.lockfiles[0].hits, []);
}

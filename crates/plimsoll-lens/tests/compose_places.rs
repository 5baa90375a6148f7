//! Where values are written, by what way they came and what they replaced: what claims and edits rest on.

use plimsoll_lens::Memory;
use plimsoll_lens::compose::{Loaded, Node, ProjectFiles, find, load};
use plimsoll_posture::ViaKind;
use plimsoll_text::{SourceKind, Sources, Span};

struct Project {
    loaded: Loaded,
    sources: Sources,
}

impl Project {
    fn of(files: &[(&str, &str)]) -> Self {
        let world = Memory::of(files);
        let project = find(&world, ".").expect("a compose file");
        let mut sources = Sources::new();
        let loaded = load(&world, &mut sources, &project);
        Self { loaded, sources }
    }

    /// The value at a route: keys of mappings, numbers of list items.
    fn at(&self, route: &str) -> &Node {
        route.split('/').fold(&self.loaded.model, |node, step| {
            let found = match step.parse::<usize>() {
                Ok(index) => node.as_list().and_then(|items| items.get(index)),
                Err(_) => node.as_map().and_then(|map| map.get(step)),
            };
            found.unwrap_or_else(|| panic!("no {step} of {route}"))
        })
    }

    /// File and bytes.
    fn shown(&self, span: Span) -> String {
        format!("{}:{}", self.sources.get(span.source).name, self.sources.text(span))
    }

    fn written(&self, route: &str) -> String {
        self.shown(self.at(route).at)
    }

    fn way(&self, route: &str) -> Vec<(ViaKind, Option<String>)> {
        self.at(route).via.iter().map(|step| (step.kind, step.span.map(|span| self.shown(span)))).collect()
    }

    fn codes(&self) -> Vec<&'static str> {
        self.loaded.complaints.iter().map(|complaint| complaint.code).collect()
    }
}

#[test]
fn pieces_of_a_short_port_have_their_own_bytes() {
    let project = Project::of(&[(
        "compose.yaml",
        "services:\n  a:\n    image: x\n    ports:\n      - \"127.0.0.1:${P:-8080}:80/udp\"\n      - [::1]:1-2:3-4\n",
    )]);
    let port = "services/a/ports/0";
    assert_eq!(project.written(port), "compose.yaml:127.0.0.1:${P:-8080}:80/udp");
    assert_eq!(project.written(&format!("{port}/host_ip")), "compose.yaml:127.0.0.1");
    assert_eq!(project.written(&format!("{port}/published")), "compose.yaml:8080");
    assert_eq!(project.written(&format!("{port}/target")), "compose.yaml:80");
    assert_eq!(project.written(&format!("{port}/protocol")), "compose.yaml:udp");
    assert_eq!(
        project.way(&format!("{port}/published")),
        [(ViaKind::Default, Some("compose.yaml:8080".to_owned()))]
    );
    assert!(project.way(&format!("{port}/target")).is_empty());
    let published = project.at(&format!("{port}/published")).as_text().unwrap();
    assert_eq!(published.defaults.len(), 1);
    assert!(project.at(&format!("{port}/mode")).implied);
}

#[test]
fn a_part_of_a_port_that_is_not_set_is_named() {
    let project = Project::of(&[(
        "compose.yaml",
        "services:\n  a:\n    image: x\n    ports: [\"${HOST}:81:80\", \"${P}:80\"]\n",
    )]);
    assert_eq!(project.at("services/a/ports/0").unset(), ["HOST".into()]);
    assert!(project.at("services/a/ports/0/published").unset().is_empty());
    assert_eq!(project.at("services/a/ports/1").unset(), ["P".into()]);
    assert_eq!(project.codes(), ["unset-variable", "unset-variable"]);
    assert!(!project.loaded.refused);
}

#[test]
fn what_compose_refuses_it_does_not_take_as_empty() {
    let project = Project::of(&[(
        "compose.yaml",
        "services:\n  a:\n    image: x\n    environment: {K: \"${A:?say it} ${B}\"}\n",
    )]);
    assert_eq!(project.codes(), ["required-variable", "unset-variable"]);
    assert!(project.loaded.refused);
}

#[test]
fn volumes_environment_and_words_have_their_own_bytes() {
    let project = Project::of(&[(
        "compose.yaml",
        r#"services:
  a:
    image: x
    volumes: ["./data:/data:ro,rshared"]
    environment:
      - "URL=postgres://u:p@db/x"
    command: >-
      node  "a b"
      --port=80
    devices: ['/dev/a:/dev/b']
"#,
    )]);
    assert_eq!(project.written("services/a/volumes/0/source"), "compose.yaml:./data");
    assert_eq!(project.at("services/a/volumes/0/source").text(), Some("/project/data"));
    assert_eq!(project.written("services/a/volumes/0/read_only"), "compose.yaml:ro");
    assert_eq!(project.written("services/a/volumes/0/bind/propagation"), "compose.yaml:rshared");
    assert_eq!(project.written("services/a/environment/URL"), "compose.yaml:postgres://u:p@db/x");
    let key = project.at("services/a/environment").as_map().unwrap().entry("URL").unwrap().key_at;
    assert_eq!(project.shown(key), "compose.yaml:URL");
    assert_eq!(project.written("services/a/command/0"), "compose.yaml:node");
    assert_eq!(project.written("services/a/command/1"), "compose.yaml:\"a b\"");
    assert_eq!(project.at("services/a/command/1").text(), Some("a b"));
    assert_eq!(project.written("services/a/command/2"), "compose.yaml:--port=80");
    assert!(project.at("services/a/command").written.is_some());
    assert_eq!(project.written("services/a/devices/0/target"), "compose.yaml:/dev/b");
}

#[test]
fn defaults_and_variables_say_where_they_are_written() {
    let project = Project::of(&[
        (
            "compose.yaml",
            "services:\n  a:\n    image: x\n    environment:\n      PW: \"${PW:-hunter2}\"\n      FROM: pre${TOKEN}post\n      NONE: ${NOPE}\n      FLAG: ${A:-${B:-deep}}\n    privileged: ${PRIV:-true}\n",
        ),
        (".env", "# note\nexport TOKEN=\"s3cret\" # why\n"),
    ]);
    let password = project.at("services/a/environment/PW").as_text().unwrap();
    let (name, span) = password.defaults.first().unwrap();
    assert_eq!((&**name, project.shown(*span).as_str()), ("PW", "compose.yaml:hunter2"));
    assert_eq!(&*password.text, "hunter2");
    assert_eq!(project.at("services/a/environment/FROM").text(), Some("pres3cretpost"));
    assert_eq!(
        project.way("services/a/environment/FROM"),
        [(ViaKind::Variable, Some(".env:s3cret".to_owned()))]
    );
    assert_eq!(project.at("services/a/environment/NONE").unset(), ["NOPE".into()]);
    assert_eq!(project.at("services/a/environment/FLAG").text(), Some("deep"));
    let places: Vec<String> = project
        .at("services/a/environment/FLAG")
        .as_text()
        .unwrap()
        .defaults
        .iter()
        .map(|(name, span)| format!("{name}={}", project.sources.text(*span)))
        .collect();
    assert_eq!(places, ["A=${B:-deep}", "B=deep"]);
    let privileged = project.at("services/a/privileged");
    assert_eq!(privileged.via.first().map(|step| step.kind), Some(ViaKind::Default));
    let variable = project.loaded.variables.first().unwrap();
    assert_eq!((&*variable.name, project.shown(variable.at).as_str()), ("TOKEN", ".env:s3cret"));
    assert_eq!(variable.value.expose(), "s3cret");
}

#[test]
fn the_way_of_aliases_merge_keys_and_extends_is_kept() {
    let project = Project::of(&[
        (
            "compose.yaml",
            "x-base: &base\n  restart: always\n  user: root\nservices:\n  a:\n    <<: *base\n    image: x\n    user: \"1000\"\n  b:\n    extends: {file: common/c.yaml, service: base}\n    cap_add: [B]\n    user: b\n",
        ),
        (
            "common/c.yaml",
            "services:\n  base:\n    image: y\n    user: c\n    cap_add: [A]\n    env_file: e.env\n",
        ),
        ("common/e.env", "K=v\n"),
    ]);
    assert_eq!(project.written("services/a/restart"), "compose.yaml:always");
    assert_eq!(
        project.way("services/a/restart"),
        [
            (ViaKind::Alias, Some("compose.yaml:*base".to_owned())),
            (ViaKind::MergeKey, Some("compose.yaml:<<".to_owned()))
        ]
    );
    let user = project.at("services/a/user");
    assert_eq!(user.text(), Some("1000"));
    assert_eq!(user.shadowed.first().and_then(Node::text), Some("root"));
    assert_eq!(project.written("services/b/cap_add/0"), "common/c.yaml:A");
    assert_eq!(
        project.way("services/b/cap_add/0"),
        [(ViaKind::Extends, Some("compose.yaml:{file: common/c.yaml, service: base}".to_owned()))]
    );
    assert!(project.way("services/b/cap_add/1").is_empty());
    assert_eq!(project.at("services/b/user").shadowed.first().and_then(Node::text), Some("c"));
    assert_eq!(project.written("services/b/environment/K"), "common/e.env:v");
    assert_eq!(
        project.way("services/b/environment/K"),
        [(ViaKind::EnvFile, Some("common/c.yaml:e.env".to_owned()))]
    );
    assert_eq!(project.at("services/b/env_file/0/path").text(), Some("common/e.env"));
    assert!(!project.loaded.refused, "{:?}", project.loaded.complaints);
}

#[test]
fn a_later_file_replaces_and_remembers() {
    let project = Project::of(&[
        ("compose.yaml", "services:\n  a:\n    image: x\n    user: root\n    environment: {A: one}\n"),
        ("compose.override.yaml", "services:\n  a:\n    user: node\n    environment: [A=two]\n"),
    ]);
    let user = project.at("services/a/user");
    assert_eq!(project.written("services/a/user"), "compose.override.yaml:node");
    assert_eq!(project.way("services/a/user"), [(ViaKind::Override, None)]);
    let before = user.shadowed.first().unwrap();
    assert_eq!(project.shown(before.at), "compose.yaml:root");
    let value = project.at("services/a/environment/A");
    assert_eq!(value.text(), Some("two"));
    assert_eq!(value.shadowed.first().and_then(Node::text), Some("one"));
}

#[test]
fn includes_bring_their_own_directory() {
    let project = Project::of(&[
        ("compose.yaml", "include: [sub/compose.yaml]\nservices: {a: {image: x}}\n"),
        (
            "sub/compose.yaml",
            "services:\n  b:\n    build: .\n    image: \"b:${TAG}\"\n    volumes: [\"./d:/d\"]\n",
        ),
        ("sub/.env", "TAG=7\n"),
    ]);
    assert_eq!(project.at("services/b/image").text(), Some("b:7"));
    assert_eq!(project.at("services/b/build/context").text(), Some("sub"));
    assert_eq!(project.at("services/b/volumes/0/source").text(), Some("/project/sub/d"));
    assert_eq!(
        project.way("services/b/build/context"),
        [(ViaKind::Include, Some("compose.yaml:sub/compose.yaml".to_owned()))]
    );
    assert_eq!(project.loaded.files.len(), 2);
    assert_eq!(project.loaded.env_files.len(), 1);
}

#[test]
fn comments_cover_the_entry_they_stand_by() {
    let text = "# first\nservices:\n  # for the service\n  a:\n    image: x # for the image\n    cap_add:\n      # for the item\n      - A\n    privileged: true\n# at the end\n";
    let project = Project::of(&[("compose.yaml", text)]);
    let covers: Vec<Option<&str>> = project
        .loaded
        .comments
        .iter()
        .map(|comment| comment.covers.map(|span| project.sources.text(span).lines().next().unwrap_or("")))
        .collect();
    assert_eq!(covers, [Some("services:"), Some("a:"), Some("image: x"), Some("A"), None]);
    let leading: Vec<bool> = project.loaded.comments.iter().map(|comment| comment.leading).collect();
    assert_eq!(leading, [true, false, false, false, false]);
    let service = project.loaded.comments.get(1).and_then(|comment| comment.covers).unwrap();
    assert!(project.sources.text(service).ends_with("privileged: true"));
}

#[test]
fn unknown_keys_say_what_may_be_meant() {
    let project = Project::of(&[(
        "compose.yaml",
        "version: \"3.8\"\nservices:\n  a:\n    image: x\n    enviroment: {}\n    x-ok: 1\n    prots: []\n    zzz: 1\n    use_api_socket: true\n    build: {contxt: .}\n",
    )]);
    let unknown: Vec<(&str, Option<&str>, Option<&str>)> = project
        .loaded
        .unknown_keys
        .iter()
        .map(|unknown| (&*unknown.path, unknown.meant, unknown.service.as_deref()))
        .collect();
    assert_eq!(
        unknown,
        [
            ("services.a.enviroment", Some("environment"), Some("a")),
            ("services.a.prots", Some("ports"), Some("a")),
            ("services.a.zzz", None, Some("a")),
            ("services.a.build.contxt", Some("context"), Some("a")),
        ]
    );
    assert!(project.loaded.refused);
    let (version, at) = project.loaded.version.clone().unwrap();
    assert_eq!((&*version, project.shown(at).as_str()), ("3.8", "compose.yaml:3.8"));
}

#[test]
fn what_is_broken_does_not_hide_the_rest() {
    let project = Project::of(&[(
        "compose.yaml",
        "services:\n  a:\n    image: x\n    privileged: true\n    ports: [\"nonsense\", \"80:80\"]\n    mem_limit: much\n  b:\n    image: y\n   user: z\n",
    )]);
    assert!(project.loaded.refused);
    assert_eq!(project.at("services/a/image").text(), Some("x"));
    assert_eq!(project.at("services/a/ports/0").text(), Some("nonsense"));
    assert_eq!(project.written("services/a/ports/1/target"), "compose.yaml:80");
    assert_eq!(project.at("services/b/image").text(), Some("y"));
    for code in ["yaml-syntax", "invalid-port", "invalid-value"] {
        assert!(project.codes().contains(&code), "{code} in {:?}", project.codes());
    }
}

#[test]
fn secrets_do_not_reach_messages() {
    let project = Project::of(&[
        (
            "compose.yaml",
            "services:\n  a:\n    image: \"x${PW:?hunter2}\"\n    pids_limit: ${TOKEN}\n    command: \"x ${TOKEN} 'open\"\n    extra_hosts: [hunter2]\n    env_file: e.env\n",
        ),
        (".env", "TOKEN=hunter2\nBAD LINE=hunter2\n"),
        ("e.env", "A=\"hunter2\n"),
    ]);
    assert!(project.loaded.complaints.len() >= 5, "{:?}", project.codes());
    for complaint in &project.loaded.complaints {
        assert!(!complaint.message.contains("hunter2"), "{}", complaint.message);
        assert!(!complaint.cure.as_deref().unwrap_or("").contains("hunter2"));
    }
}

#[test]
fn standard_input_is_a_file_of_the_project() {
    let world = Memory::of(&[("base.yaml", "services: {a: {image: x, user: root}}\n")]);
    let mut sources = Sources::new();
    sources.add_text("<stdin>", SourceKind::Compose, "services: {a: {user: node}}\n");
    let project = ProjectFiles {
        files: vec!["base.yaml".into(), "-".into()],
        directory: ".".into(),
        name: Some("p".into()),
        ..ProjectFiles::default()
    };
    let loaded = load(&world, &mut sources, &project);
    let user = loaded.model.get("services").and_then(|all| all.get("a")).and_then(|a| a.get("user")).unwrap();
    assert_eq!(user.text(), Some("node"));
    assert_eq!(&*sources.get(user.at.source).name, "<stdin>");
}

#[test]
fn a_project_without_files_is_refused_with_a_reason() {
    let world = Memory::default();
    let mut sources = Sources::new();
    let project =
        ProjectFiles { files: vec!["nope.yaml".into()], directory: ".".into(), ..ProjectFiles::default() };
    let loaded = load(&world, &mut sources, &project);
    assert!(loaded.refused);
    assert_eq!(loaded.complaints.first().map(|complaint| complaint.code), Some("file-not-found"));
}

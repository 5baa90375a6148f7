//! Compose files to claims, end to end: what is claimed, where it is said, and that a secret's span is the secret.

use plimsoll_lens::compose::{ProjectFiles, claims, load};
use plimsoll_lens::{Memory, World};
use plimsoll_posture::{Known, Place, Posture, Provenance, SecretSighting, ViaKind, assemble};
use plimsoll_text::Sources;

struct Read {
    sources: Sources,
    claims: claims::Claims,
}

fn read(files: &[(&str, &str)]) -> Read {
    let world = Memory::of(files);
    let mut sources = Sources::new();
    let compose = files.iter().map(|(name, _)| (*name).to_owned()).filter(|name| name.ends_with(".yaml"));
    let project = ProjectFiles { files: compose.collect(), directory: ".".into(), ..ProjectFiles::default() };
    let loaded = load(&world, &mut sources, &project);
    assert!(!loaded.refused, "{:?}", loaded.complaints);
    let claims = claims::claims(&loaded, &sources, &world.root_path());
    Read { sources, claims }
}

impl Read {
    fn said(&self, at: &Provenance) -> &str {
        self.sources.text(at.span)
    }

    /// Place, name and the bytes that a renderer will mask.
    fn secrets<'a>(&'a self, sightings: &'a [SecretSighting]) -> Vec<(Place, &'a str, &'a str)> {
        let row =
            |sighting: &'a SecretSighting| (sighting.place, &*sighting.name, self.said(&sighting.at.at));
        sightings.iter().map(row).collect()
    }

    fn of(&self, service: &str) -> &plimsoll_posture::Service {
        self.claims.services.iter().find(|other| other.name() == service).expect("the service is there")
    }
}

#[test]
fn a_secret_is_exactly_its_bytes_in_every_style_of_scalar() {
    let read = read(&[(
        "compose.yaml",
        r#"services:
  api:
    image: ghcr.io/acme/api:1.4.2
    environment:
      A_PASSWORD: vQ8rZ2mK5tX1
      B_PASSWORD: 'vQ8rZ2mK5tX2'
      C_PASSWORD: "vQ8rZ2mK5tX3"
      D_PASSWORD: "vQ8r\"Z2mK5tX4"
      E_PASSWORD: 'vQ8r''Z2mK5tX5'
      F_PASSWORD: vQ8r$$Z2mK5tX6
      G_URL: "postgres://app:vQ8rZ2mK5tX7@db/app"
"#,
    )]);
    assert_eq!(
        read.secrets(&read.of("api").sightings),
        [
            (Place::Environment, "A_PASSWORD", "vQ8rZ2mK5tX1"),
            (Place::Environment, "B_PASSWORD", "vQ8rZ2mK5tX2"),
            (Place::Environment, "C_PASSWORD", "vQ8rZ2mK5tX3"),
            (Place::Environment, "D_PASSWORD", r#"vQ8r\"Z2mK5tX4"#),
            (Place::Environment, "E_PASSWORD", "vQ8r''Z2mK5tX5"),
            (Place::Environment, "F_PASSWORD", "vQ8r$$Z2mK5tX6"),
            (Place::Url, "G_URL", "vQ8rZ2mK5tX7"),
        ]
    );
    assert_eq!(read.of("api").sightings[3].length, 13);
}

#[test]
fn variables_are_told_where_they_are_set() {
    let read = read(&[
        (
            "compose.yaml",
            r#"services:
  api:
    image: ghcr.io/acme/api:1.4.2
    env_file: api.env
    environment:
      - DATABASE_URL=postgres://app:${DB_PASSWORD}@db/app
      - JWT_SECRET=${JWT:-hJ3kP9sD6fG2}
      - MAIL_PASSWORD
      - UNSET_PASSWORD=${NOBODY}
    command: ["node", "server.js", "--token=${NOBODY}", "--api-key", "zR8vQ2mN5xW1kL7p"]
"#,
        ),
        (".env", "DB_PASSWORD='kP9sD6fG2hJ3'\nMAIL_PASSWORD=tX1vQ8rZ2mK5\nDOCKER_CONTENT_TRUST=1\n"),
        ("api.env", "# mail\nSMTP_PASSWORD=\"W1kL7pzR8vQ2\"\n"),
    ]);
    let mut secrets = read.secrets(&read.of("api").sightings);
    secrets.sort_by_key(|(_, name, _)| *name);
    assert_eq!(
        secrets,
        [
            (Place::EnvFile, "DB_PASSWORD", "kP9sD6fG2hJ3"),
            (Place::InterpolationDefault, "JWT", "hJ3kP9sD6fG2"),
            (Place::EnvFile, "MAIL_PASSWORD", "tX1vQ8rZ2mK5"),
            (Place::EnvFile, "SMTP_PASSWORD", "W1kL7pzR8vQ2"),
            (Place::Command, "api-key", "zR8vQ2mN5xW1kL7p"),
        ]
    );
    let files: Vec<&str> = read
        .of("api")
        .sightings
        .iter()
        .filter(|sighting| sighting.place == Place::EnvFile)
        .map(|sighting| &*read.sources.get(sighting.at.at.span.source).name)
        .collect();
    assert!(files.contains(&".env") && files.contains(&"api.env"), "{files:?}");
    assert!(read.claims.project.sightings.is_empty(), "what a service uses is told with the service");
    assert_eq!(read.claims.project.content_trust[0].value, Known::Value(true));
    let unset = read.of("api").env.get("UNSET_PASSWORD").and_then(|fact| fact.effective());
    assert!(unset.is_some_and(|claim| claim.value.reason().is_some()));
}

#[test]
fn contents_of_configs_and_labels_are_searched() {
    let read = read(&[(
        "compose.yaml",
        r#"services:
  proxy:
    image: traefik:3.6
    labels:
      - "traefik.http.middlewares.a.basicauth.users=ann:$$apr1$$H6uskkkW$$IgXLP6ewTrSuBkTrqE8wj/"
configs:
  app:
    content: |
      [smtp]
      user = shop
      password = vQ8rZ2mK5tX1
"#,
    )]);
    assert_eq!(
        read.secrets(&read.of("proxy").sightings),
        [(
            Place::Label,
            "traefik.http.middlewares.a.basicauth.users",
            "$$apr1$$H6uskkkW$$IgXLP6ewTrSuBkTrqE8wj/"
        )]
    );
    assert_eq!(read.secrets(&read.claims.project.sightings), [(Place::ConfigContent, "app", "vQ8rZ2mK5tX1")]);
}

#[test]
fn what_an_override_takes_away_is_told() {
    let read = read(&[
        ("compose.yaml", "services:\n  api:\n    image: node:24\n    user: node\n    read_only: true\n"),
        ("compose.override.yaml", "services:\n  api:\n    user: \"0\"\n    read_only: false\n"),
    ]);
    let api = read.of("api");
    let user = api.user.effective().expect("a user is set");
    assert_eq!((read.said(&user.at), &*user.at.route), ("0", "services.api.user"));
    assert_eq!(&*read.sources.get(user.at.span.source).name, "compose.override.yaml");
    let lost = api.user.overridden();
    assert_eq!(lost.len(), 1);
    assert_eq!(read.said(&lost[0].at), "node");
    assert_eq!(api.readonly_rootfs.value(), Some(&false));
    assert_eq!(api.readonly_rootfs.overridden().len(), 1);
}

#[test]
fn merge_keys_and_aliases_leave_their_trace() {
    let read = read(&[(
        "compose.yaml",
        "x-base: &base\n  privileged: true\n  cap_add: &caps [SYS_ADMIN]\nservices:\n  api:\n    <<: *base\n    image: node:24\n  job:\n    image: node:24\n    cap_add: *caps\n",
    )]);
    let privileged = read.of("api").privileged.effective().expect("it is set");
    assert_eq!((read.said(&privileged.at), privileged.value.clone()), ("true", Known::Value(true)));
    assert!(privileged.at.via.iter().any(|via| via.kind == ViaKind::MergeKey));
    let (_, added) = read.of("job").cap_add.values().next().expect("it is added");
    assert_eq!(read.said(&added.at), "SYS_ADMIN");
}

#[test]
fn mounts_ports_and_networks_of_a_whole_project() {
    let read = read(&[(
        "compose.yaml",
        r#"services:
  api:
    image: ghcr.io/acme/api:1.4.2
    volumes: ["./src:/app", "/var/run/docker.sock:/var/run/docker.sock:ro", "etc:/host"]
    ports: ["127.0.0.1:8000-8001:8000-8001", "[::]:443:8443", "9000/udp"]
    networks: [front, back]
  agent:
    image: ghcr.io/acme/agent:1.0.0
    volumes_from: ["api:ro"]
    network_mode: service:api
networks:
  front: {}
  back:
    internal: true
volumes:
  etc:
    driver_opts: {type: none, o: bind, device: /etc}
"#,
    )]);
    let paths: Vec<_> = read.of("agent").mounts.values().map(|(mount, _)| mount.host_path()).collect();
    assert_eq!(paths, [Some("/project/src"), Some("/run/docker.sock"), Some("/etc")]);
    let (socket, _) = read.of("api").mounts.values().nth(1).expect("three mounts");
    assert_eq!((&socket.writable, socket.inside_project), (&Known::Value(false), false));
    let ports: Vec<_> = read.of("api").published.values().map(|(port, _)| port.text.to_string()).collect();
    assert_eq!(ports, ["127.0.0.1:8000-8001:8000-8001", "[::]:443:8443", "9000/udp"]);
    let internal: Vec<_> = read
        .claims
        .networks
        .iter()
        .map(|network| (&*network.name, network.internal.value().copied()))
        .collect();
    assert_eq!(internal, [("front", Some(false)), ("back", Some(true))]);
    let mut posture = Posture { services: read.claims.services.clone(), ..Posture::default() };
    assemble(&mut posture);
    let exposure =
        posture.services[1].kernel.exposure.as_ref().and_then(|claim| claim.value.value().copied());
    assert_eq!(exposure.map(plimsoll_posture::Exposure::name), Some("all-interfaces"));
}

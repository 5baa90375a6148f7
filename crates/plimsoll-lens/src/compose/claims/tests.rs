//! Small trees built by hand, in the shape that loading promises; expected values follow the Compose specification.

use plimsoll_posture::{
    CapabilityEntry, Exposure, Healthcheck, MacProfile, MountOrigin, NamespaceMode, Place, PortRange,
    Posture, Reach, Reason, RestartPolicy, SeccompProfile, ViaKind, assemble,
};
use plimsoll_text::{SourceId, SourceKind, Span};

use super::*;
use crate::Memory;
use crate::compose::tree::{Entry, Map, Node, Piece, PieceKind, Text, Value};
use crate::compose::{ProjectFiles, Variable, load};

struct Written {
    sources: Sources,
    file: SourceId,
    variables: Vec<Variable>,
}

impl Written {
    fn new(text: &str) -> Self {
        let mut sources = Sources::new();
        let file = sources.add_text("compose.yaml", SourceKind::Compose, text);
        Self { sources, file, variables: Vec::new() }
    }

    /// The first place of a text in the compose file; the whole file where it is not found.
    fn span(&self, needle: &str) -> Span {
        let text = &self.sources.get(self.file).text;
        let start = text.find(needle).unwrap_or(0);
        Span::new(self.file, start, start + needle.len())
    }

    fn text(&self, text: &str) -> Node {
        Node::new(Value::Text(Text { text: text.into(), ..Text::default() }), self.span(text))
    }

    fn unset(&self, written: &str, text: &str, variable: &str) -> Node {
        let text =
            Text { text: text.into(), unset: vec![variable.into()], interpolated: true, ..Text::default() };
        Node::new(Value::Text(text), self.span(written))
    }

    fn list(&self, items: Vec<Node>) -> Node {
        Node::new(Value::List(items), Span::whole(self.file))
    }

    fn texts(&self, items: &[&str]) -> Node {
        self.list(items.iter().map(|item| self.text(item)).collect())
    }

    fn map(&self, entries: Vec<(&str, Node)>) -> Node {
        let entries = entries
            .into_iter()
            .map(|(key, value)| Entry { key: key.into(), key_at: self.span(key), value })
            .collect();
        Node::new(Value::Map(Map { entries }), Span::whole(self.file))
    }

    fn flag(&self, value: bool) -> Node {
        Node::new(Value::Bool(value), Span::whole(self.file))
    }

    fn claims(&self, model: Node) -> Claims {
        let empty = Memory::default();
        let mut sources = Sources::new();
        let loaded =
            load(&empty, &mut sources, &ProjectFiles { directory: ".".into(), ..ProjectFiles::default() });
        let loaded = Loaded { model, directory: ".".into(), variables: self.variables.clone(), ..loaded };
        claims(&loaded, &self.sources, "/srv/shop/")
    }

    /// The claims of one service named `api`.
    fn service(&self, keys: Vec<(&str, Node)>) -> Service {
        let model = self.map(vec![("services", self.map(vec![("api", self.map(keys))]))]);
        self.claims(model).services.remove(0)
    }
}

#[test]
fn what_an_override_replaced_is_told_as_overridden() {
    let p = Written::new("user: node\nuser: \"0\"\n");
    let mut user = p.text("0");
    user.shadowed.push(p.text("node"));
    let api = p.service(vec![("user", user)]);
    assert_eq!(&*api.user.value().unwrap().user, "0");
    assert_eq!(api.user.overridden().len(), 1);
    let claim = api.user.effective().unwrap();
    assert_eq!(
        (claim.layer, claim.at.lens, &*claim.at.route),
        (Layer::Compose, "compose", "services.api.user")
    );
    assert_eq!(p.sources.text(claim.at.span), "0");
}

#[test]
fn an_unset_variable_makes_only_its_own_fact_unknown() {
    let p = Written::new("${ADDRESS}:8080:80\n${OPT}");
    let port = p.map(vec![
        ("target", Node::new(Value::Int(80), p.span("80"))),
        ("published", p.text("8080")),
        ("host_ip", p.unset("${ADDRESS}", "", "ADDRESS")),
    ]);
    let api = p.service(vec![
        ("ports", p.list(vec![port])),
        ("security_opt", p.list(vec![p.unset("seccomp:${OPT}", "seccomp:", "OPT")])),
        ("privileged", p.unset("${OPT}", "", "OPT")),
    ]);
    let (port, _) = api.published.values().next().unwrap();
    assert_eq!(port.container, Known::Value(PortRange::one(80)));
    assert_eq!(port.host, Known::Value(Some(PortRange::one(8080))));
    assert_eq!(port.reach(), Known::Unknown(Reason::UnsetVariable("ADDRESS".into())));
    assert!(api.seccomp.effective().unwrap().value.reason().is_some());
    assert_eq!(api.no_new_privileges.value(), Some(&false));
    assert!(api.privileged.effective().unwrap().value.reason().is_some());
}

#[test]
fn a_part_of_a_short_port_that_a_variable_leaves_empty_is_unknown() {
    let p = Written::new("${ADDRESS}:8080:80 ${PORT}:80");
    let port = |written: &str, name: &str, text: &str, entries: Vec<(&str, Node)>| {
        let mut port = p.map(entries);
        let pieces = [(written, "", PieceKind::Unset(name.into())), (text, text, PieceKind::Verbatim)];
        port.written = Some(Arc::new(pieced(&p, &pieces)));
        port
    };
    let target = || ("target", Node::new(Value::Int(80), p.span("80")));
    let api = p.service(vec![(
        "ports",
        p.list(vec![
            port("${ADDRESS}", "ADDRESS", ":8080:80", vec![target(), ("published", p.text("8080"))]),
            port("${PORT}", "PORT", ":80", vec![target()]),
        ]),
    )]);
    let ports: Vec<_> = api.published.values().map(|(port, _)| port.clone()).collect();
    assert_eq!(ports[0].host_ip, Known::Unknown(Reason::UnsetVariable("ADDRESS".into())));
    assert_eq!(ports[0].host, Known::Value(Some(PortRange::one(8080))));
    assert_eq!(ports[1].host_ip, Known::Value(None));
    assert_eq!(ports[1].host, Known::Unknown(Reason::UnsetVariable("PORT".into())));
    assert_eq!(ports[1].container, Known::Value(PortRange::one(80)));
}

#[test]
fn ports_of_a_written_range_are_one() {
    let p = Written::new("ports: [\"3000-3001:4000-4001\"]");
    let port = |target, published| {
        let mut port = p.map(vec![
            ("target", Node::new(Value::Int(target), Span::whole(p.file))),
            ("published", p.text(published)),
        ]);
        port.at = p.span("3000-3001:4000-4001");
        port
    };
    let api = p.service(vec![("ports", p.list(vec![port(4000, "3000"), port(4001, "3001")]))]);
    let ports: Vec<_> = api.published.values().map(|(port, _)| port.clone()).collect();
    assert_eq!(ports.len(), 1);
    assert_eq!(ports[0].host, Known::Value(Some(PortRange { first: 3000, last: 3001 })));
    assert_eq!(ports[0].container, Known::Value(PortRange { first: 4000, last: 4001 }));
    assert_eq!(ports[0].reach(), Known::Value(Reach::AllInterfaces));
    assert_eq!(&*ports[0].text, "3000-3001:4000-4001");
}

#[test]
fn security_options_in_every_spelling() {
    let p = Written::new("");
    let options = |items: &[&str]| p.service(vec![("security_opt", p.texts(items))]);
    for on in ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"] {
        assert_eq!(options(&[on]).no_new_privileges.value(), Some(&true), "{on}");
    }
    for off in ["no-new-privileges:false", "no-new-privileges=false"] {
        assert_eq!(options(&[off]).no_new_privileges.value(), Some(&false), "{off}");
    }
    let api = options(&[
        "seccomp=unconfined",
        "apparmor:unconfined",
        "label:disable",
        "label:type:x",
        "systempaths=unconfined",
    ]);
    assert_eq!(api.seccomp.value(), Some(&SeccompProfile::Unconfined));
    assert!(matches!(api.apparmor.value(), Some(MacProfile::Unconfined(_))));
    assert!(matches!(api.selinux.value(), Some(MacProfile::Unconfined(_))));
    assert_eq!(api.system_paths_unconfined.value(), Some(&true));
    assert_eq!(
        options(&["seccomp:./p.json"]).seccomp.value(),
        Some(&SeccompProfile::Custom("./p.json".into()))
    );
    let model =
        p.map(vec![("services", p.map(vec![("api", p.map(vec![("security_opt", p.texts(&["nnp"]))]))]))]);
    assert_eq!(p.claims(model).complaints[0].code, "unknown-security-option");
}

#[test]
fn deploy_limits_win_over_the_short_keys() {
    let p = Written::new("");
    let limits = p.map(vec![("memory", p.text("1g")), ("cpus", p.text("0")), ("pids", p.text("50"))]);
    let deploy = p.map(vec![("resources", p.map(vec![("limits", limits)]))]);
    let api = p.service(vec![
        ("mem_limit", p.text("512m")),
        ("cpus", Node::new(Value::Float("1.50".into()), Span::whole(p.file))),
        ("cpuset", p.text("0-1")),
        ("deploy", deploy),
    ]);
    assert_eq!(api.memory_bytes.value(), Some(&(1 << 30)));
    assert_eq!(api.memory_bytes.overridden().len(), 1);
    assert_eq!(api.cpus.value().map(|cpus| &**cpus), Some("1.5"));
    assert_eq!(api.cpu_bound_otherwise.value(), Some(&true));
    assert_eq!(api.pids_limit.value(), Some(&50));
    let api = p.service(vec![("cpu_quota", p.text("25000")), ("cpu_period", p.text("50ms"))]);
    assert_eq!(api.cpus.value().map(|cpus| &**cpus), Some("0.5"));
}

#[test]
fn restart_and_health_in_their_forms() {
    let p = Written::new("");
    let policy = |condition| p.map(vec![("restart_policy", p.map(vec![("condition", p.text(condition))]))]);
    let api = p.service(vec![("restart", p.text("always")), ("deploy", policy("none"))]);
    assert_eq!(api.restart.value(), Some(&RestartPolicy::Never));
    let test = |node: Node| p.service(vec![("healthcheck", p.map(vec![("test", node)]))]);
    assert_eq!(test(p.texts(&["NONE"])).healthcheck.value(), Some(&Healthcheck::Disabled));
    let words = |service: Service| match service.healthcheck.value() {
        Some(Healthcheck::Test(line)) => {
            (line.form, line.words.iter().map(|word| word.expose().to_owned()).collect())
        }
        other => panic!("{other:?}"),
    };
    use plimsoll_posture::CommandForm::{Exec, Shell};
    assert_eq!(
        words(test(p.texts(&["CMD", "curl", "-f"]))),
        (Exec, vec!["curl".to_owned(), "-f".to_owned()])
    );
    assert_eq!(
        words(test(p.texts(&["CMD-SHELL", "curl x || exit 1"]))),
        (Shell, vec!["curl x || exit 1".to_owned()])
    );
    let api = p.service(vec![("healthcheck", p.map(vec![("interval", p.text("5s"))]))]);
    assert_eq!(api.healthcheck.value(), Some(&Healthcheck::TimingOnly));
    let off = p.map(vec![("test", p.texts(&["CMD", "true"])), ("disable", p.flag(true))]);
    assert_eq!(p.service(vec![("healthcheck", off)]).healthcheck.value(), Some(&Healthcheck::Disabled));
}

#[test]
fn namespaces_and_capabilities() {
    let p = Written::new("");
    let api = p.service(vec![
        ("pid", p.text("host")),
        ("ipc", p.text("shareable")),
        ("network_mode", p.text("service:db")),
        ("cap_drop", p.texts(&["all"])),
        ("cap_add", p.texts(&["cap_net_admin"])),
    ]);
    assert_eq!(api.pid_mode.value(), Some(&NamespaceMode::Host));
    assert_eq!(api.ipc_mode.value(), Some(&NamespaceMode::Shareable));
    assert_eq!(api.network_mode.value(), Some(&NamespaceMode::Service("db".into())));
    assert!(api.networks.is_empty());
    assert_eq!(api.cap_drop.values().next().unwrap().0, &CapabilityEntry::All);
    assert_eq!(isolation::namespace("default", true), NamespaceMode::Bridge);
    assert_eq!(isolation::namespace("container:x", false), NamespaceMode::Container("x".into()));
}

fn bind(p: &Written, source: Node, target: &str) -> Node {
    p.map(vec![("type", p.text("bind")), ("source", source), ("target", p.text(target))])
}

#[test]
fn mounts_lead_to_the_host() {
    let p = Written::new("$HOME/.aws");
    let volume = p.map(vec![
        ("type", p.text("volume")),
        ("source", p.text("data")),
        ("target", p.text("/d")),
        ("read_only", p.flag(true)),
    ]);
    let web = p.map(vec![(
        "volumes",
        p.list(vec![
            bind(&p, p.text("/var/run/docker.sock"), "/s"),
            bind(&p, p.text("/srv/shop/src"), "/app"),
            bind(&p, p.unset("$HOME/.aws", "/.aws", "HOME"), "/aws"),
            volume,
        ]),
    )]);
    let api = p.map(vec![("volumes_from", p.texts(&["web:ro"])), ("use_api_socket", p.flag(true))]);
    let options = p.map(vec![("type", p.text("none")), ("o", p.text("bind")), ("device", p.text("/etc"))]);
    let claims = p.claims(p.map(vec![
        ("services", p.map(vec![("web", web), ("api", api)])),
        ("volumes", p.map(vec![("data", p.map(vec![("driver_opts", options)]))])),
    ]));
    let paths = |service: &Service| -> Vec<String> {
        service.mounts.values().map(|(mount, _)| mount.host_path().unwrap_or("?").to_owned()).collect()
    };
    assert_eq!(paths(&claims.services[0]), ["/run/docker.sock", "/srv/shop/src", "~/.aws", "/etc"]);
    let inside: Vec<bool> =
        claims.services[0].mounts.values().map(|(mount, _)| mount.inside_project).collect();
    assert_eq!(inside, [false, true, false, false]);
    let api = &claims.services[1];
    assert_eq!(paths(api), ["/run/docker.sock", "/run/docker.sock", "/srv/shop/src", "~/.aws", "/etc"]);
    let (own, _) = api.mounts.values().next().unwrap();
    assert_eq!((&own.origin, &own.writable), (&MountOrigin::ApiSocket, &Known::Value(true)));
    let (last, claim) = api.mounts.values().last().unwrap();
    assert_eq!(
        (&last.origin, &last.writable),
        (&MountOrigin::VolumesFrom("web".into()), &Known::Value(false))
    );
    assert_eq!(claim.at.via.last().unwrap().kind, ViaKind::Service);
}

#[test]
fn the_default_network_is_implied() {
    let p = Written::new("api db");
    let mut implied = Node::new(Value::Null, Span::whole(p.file));
    implied.implied = true;
    let back = p.map(vec![("internal", p.flag(true))]);
    let claims = p.claims(p.map(vec![
        (
            "services",
            p.map(vec![
                ("api", p.map(vec![("networks", p.map(vec![("default", implied.clone())]))])),
                (
                    "db",
                    p.map(vec![(
                        "networks",
                        p.map(vec![("back", Node::new(Value::Null, Span::whole(p.file)))]),
                    )]),
                ),
                ("lone", p.map(vec![("network_mode", p.text("none"))])),
            ]),
        ),
        ("networks", p.map(vec![("back", back), ("default", implied)])),
    ]));
    let names: Vec<_> = claims.networks.iter().map(|network| (&*network.name, network.implicit)).collect();
    assert_eq!(names, [("back", false), ("default", true)]);
    assert_eq!(claims.networks[0].internal.value(), Some(&true));
    assert_eq!(p.sources.text(claims.networks[1].subject.anchor), "api");
    let mut posture = Posture { services: claims.services, ..Posture::default() };
    assemble(&mut posture);
    let exposure = |name| posture.service(name).unwrap().kernel.exposure.as_ref().unwrap().value.clone();
    assert_eq!(exposure("api"), Known::Value(Exposure::SameNetwork));
    assert_eq!(exposure("lone"), Known::Value(Exposure::None));
}

/// A text made of pieces: what is written, what it stands for, and how.
fn pieced(p: &Written, pieces: &[(&str, &str, PieceKind)]) -> Text {
    let mut text = Text { interpolated: true, ..Text::default() };
    let mut whole = String::new();
    for (written, value, kind) in pieces {
        let start = whole.len() as u32;
        whole.push_str(value);
        text.pieces.push(Piece { start, end: whole.len() as u32, at: p.span(written), kind: kind.clone() });
    }
    text.text = whole.into();
    text
}

fn told(p: &Written, sightings: &[plimsoll_posture::SecretSighting]) -> Vec<(Place, String, String)> {
    sightings
        .iter()
        .map(|sighting| {
            (sighting.place, sighting.name.to_string(), p.sources.text(sighting.at.at.span).to_owned())
        })
        .collect()
}

#[test]
fn a_secret_is_told_where_it_is_written() {
    let mut p = Written::new(
        "env: kq7Zp2vX9wLm4Rt8\nurl: postgres://u:Tr0ub4dor-3x@db/x\nd: ${DB_PASSWORD:-c0rrectHorse9}\nv: ${API_SECRET}\n",
    );
    let env = p.sources.add_text(
        ".env",
        SourceKind::EnvFile,
        "API_SECRET=zR8vQ2mN5xW1kL7p\nDB_TOKEN_FILE=/x\nJWT_SECRET=hJ3kP9sD6fG2aQ8w\n",
    );
    let variable = |name: &str, value: &str| {
        let start = p.sources.get(env).text.find(value).unwrap();
        Variable {
            name: name.into(),
            value: plimsoll_posture::Sensitive::new(value),
            at: Span::new(env, start, start + value.len()),
        }
    };
    let variables = vec![
        variable("API_SECRET", "zR8vQ2mN5xW1kL7p"),
        variable("DB_TOKEN_FILE", "/x"),
        variable("JWT_SECRET", "hJ3kP9sD6fG2aQ8w"),
    ];
    let mut default = pieced(&p, &[("c0rrectHorse9", "c0rrectHorse9", PieceKind::Verbatim)]);
    default.defaults = vec![("DB_PASSWORD".into(), p.span("c0rrectHorse9"))];
    let set = pieced(
        &p,
        &[(
            "${API_SECRET}",
            "zR8vQ2mN5xW1kL7p",
            PieceKind::Variable("API_SECRET".into(), Some(variables[0].at)),
        )],
    );
    let shell = pieced(&p, &[("${API_SECRET}", "qW4eR7tY1uI9oP3a", PieceKind::Variable("X".into(), None))]);
    p.variables = variables;
    let environment = p.map(vec![
        ("JWT_SECRET", p.text("kq7Zp2vX9wLm4Rt8")),
        ("DATABASE_URL", p.text("postgres://u:Tr0ub4dor-3x@db/x")),
        ("DB_PASSWORD", Node::new(Value::Text(default), p.span("${DB_PASSWORD:-c0rrectHorse9}"))),
        ("API_SECRET", Node::new(Value::Text(set), p.span("${API_SECRET}"))),
        ("SESSION_SECRET", Node::new(Value::Text(shell), p.span("${API_SECRET}"))),
        ("DB_PASSWORD_FILE", p.text("/run/secrets/db")),
        ("EMPTY_PASSWORD", p.text("")),
    ]);
    let claims =
        p.claims(p.map(vec![("services", p.map(vec![("api", p.map(vec![("environment", environment)]))]))]));
    let row = |place, name: &str, text: &str| (place, name.to_owned(), text.to_owned());
    assert_eq!(
        told(&p, &claims.services[0].sightings),
        [
            row(Place::Environment, "JWT_SECRET", "kq7Zp2vX9wLm4Rt8"),
            row(Place::Url, "DATABASE_URL", "Tr0ub4dor-3x"),
            row(Place::InterpolationDefault, "DB_PASSWORD", "c0rrectHorse9"),
            row(Place::EnvFile, "API_SECRET", "zR8vQ2mN5xW1kL7p"),
        ]
    );
    // The variable that a service uses is told there; the rest of the file is told with the project.
    assert_eq!(told(&p, &claims.project.sightings), [row(Place::EnvFile, "JWT_SECRET", "hJ3kP9sD6fG2aQ8w")]);
}

#[test]
fn a_default_cut_out_of_a_list_item_is_still_a_default() {
    let p = Written::new("- DB_PASSWORD=${PW:-c0rrectHorse9}");
    let text = Text {
        text: "c0rrectHorse9".into(),
        defaults: vec![("PW".into(), p.span("c0rrectHorse9"))],
        interpolated: true,
        ..Text::default()
    };
    let value = Node::new(Value::Text(text), p.span("c0rrectHorse9"));
    let api = p.service(vec![("environment", p.map(vec![("DB_PASSWORD", value)]))]);
    let row = (Place::InterpolationDefault, "PW".to_owned(), "c0rrectHorse9".to_owned());
    assert_eq!(told(&p, &api.sightings), [row]);
}

#[test]
fn what_follows_an_unset_variable_is_not_its_value() {
    let p = Written::new("redis-cli -a ${REDIS_PASSWORD} ping");
    let unset = p.unset("${REDIS_PASSWORD}", "", "REDIS_PASSWORD");
    let words = p.list(vec![p.text("redis-cli"), p.text("-a"), unset, p.text("ping")]);
    let shell = pieced(
        &p,
        &[
            ("redis-cli -a ", "redis-cli -a ", PieceKind::Verbatim),
            ("${REDIS_PASSWORD}", "", PieceKind::Unset("REDIS_PASSWORD".into())),
            (" ping", " ping", PieceKind::Verbatim),
        ],
    );
    let test = p.list(vec![p.text("CMD-SHELL"), Node::new(Value::Text(shell), p.span("redis-cli"))]);
    let api = p.service(vec![("command", words), ("healthcheck", p.map(vec![("test", test)]))]);
    assert!(api.sightings.is_empty(), "{:?}", told(&p, &api.sightings));
}

#[test]
fn commands_and_labels_hold_secrets_too() {
    let p = Written::new(
        "redis-server --requirepass gT5vB8nM2kL9\nmysqladmin -pS3cur3Pw99x ping\nadmin:$$apr1$$H6uskkkW$$IgXLP6ewTrSuBkTrqE8wj/\n",
    );
    let label = "admin:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/";
    let mut hash = p.text(label);
    if let Value::Text(text) = &mut hash.value {
        *text = pieced(
            &p,
            &[
                ("admin:", "admin:", PieceKind::Verbatim),
                ("$$apr1$$H6uskkkW$$IgXLP6ewTrSuBkTrqE8wj/", &label[6..], PieceKind::Decoded),
            ],
        );
    }
    let api = p.service(vec![
        ("command", p.texts(&["redis-server", "--requirepass", "gT5vB8nM2kL9"])),
        ("healthcheck", p.map(vec![("test", p.texts(&["CMD-SHELL", "mysqladmin -pS3cur3Pw99x ping"]))])),
        ("labels", p.map(vec![("traefik.http.middlewares.a.basicauth.users", hash)])),
        ("entrypoint", p.texts(&["sh", "-c", "mysql --password=$DB_PASSWORD"])),
    ]);
    assert_eq!(
        told(&p, &api.sightings),
        [
            (
                Place::Label,
                "traefik.http.middlewares.a.basicauth.users".to_owned(),
                "$$apr1$$H6uskkkW$$IgXLP6ewTrSuBkTrqE8wj/".to_owned()
            ),
            (Place::Command, "requirepass".to_owned(), "gT5vB8nM2kL9".to_owned()),
            (Place::Command, "-p".to_owned(), "S3cur3Pw99x".to_owned()),
        ]
    );
}

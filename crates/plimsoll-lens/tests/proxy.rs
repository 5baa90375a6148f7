//! What a configuration means: includes, inheritance, images' own files, and the forms of Traefik and Caddy. Expected
//! values follow from the documentation of nginx, Caddy and Traefik. Where the programs themselves are installed, they
//! are asked as well; where they are not, the test says so.

#![expect(clippy::print_stderr, reason = "a test says when a program that it asks is not there")]

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use plimsoll_lens::compose::{ProjectFiles, claims::claims, load};
use plimsoll_lens::{Memory, images, proxy};
use plimsoll_posture::{
    Action, BodyLimit, Complaint, ComplaintKind, Known, Plane, Posture, Provenance, Proxy, RemarkKind,
    join_image,
};
use plimsoll_text::Sources;

fn read(files: &[(&str, &str)]) -> (Posture, Vec<Complaint>) {
    let world = Memory::of(files);
    let project =
        ProjectFiles { files: vec!["compose.yaml".into()], directory: ".".into(), ..ProjectFiles::default() };
    let mut sources = Sources::new();
    let loaded = load(&world, &mut sources, &project);
    let claims = claims(&loaded, &sources, "/project");
    let mut posture = Posture { services: claims.services, networks: claims.networks, ..Posture::default() };
    for service in &mut posture.services {
        let Some(claim) = service.image.effective().cloned() else { continue };
        let Known::Value(reference) = &claim.value else { continue };
        join_image(service, &images::look_up(reference, &Provenance::new("images", claim.at.span, "")));
    }
    let complaints = proxy::read(&world, &mut sources, &mut posture, Some(&loaded.model));
    (posture, complaints)
}

fn proxy_of(files: &[(&str, &str)]) -> (Proxy, Vec<Complaint>) {
    let (posture, complaints) = read(files);
    let proxy = posture.services.iter().find_map(|service| service.proxy.clone());
    (proxy.expect("a proxy"), complaints)
}

const NGINX: &str = "\
services:
  web:
    image: nginx:1.29.3
    volumes: [./nginx.conf:/etc/nginx/nginx.conf:ro, ./conf.d:/etc/nginx/conf.d:ro]
";
const CADDY: &str = "\
services:
  web:
    image: caddy:2.10.2
    volumes: [./Caddyfile:/etc/caddy/Caddyfile:ro]
";

fn kinds(proxy: &Proxy) -> Vec<RemarkKind> {
    proxy.remarks.iter().map(|remark| remark.kind).collect()
}

fn targets(proxy: &Proxy) -> BTreeSet<String> {
    let routes = proxy.sites.iter().flat_map(|site| &site.routes);
    let upstreams = routes.filter_map(|route| match &route.action {
        Action::Forward(upstreams) => Some(upstreams),
        _ => None,
    });
    upstreams
        .flatten()
        .map(|upstream| {
            let port = upstream.port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}{port}", upstream.host.as_deref().unwrap_or("?"))
        })
        .collect()
}

#[test]
fn includes_upstreams_variables_and_inheritance() {
    let (proxy, complaints) = proxy_of(&[
        ("compose.yaml", NGINX),
        (
            "nginx.conf",
            "events {}\nhttp {\n include mime.types;\n add_header X-A 1;\n client_max_body_size 8m;\n limit_req zone=a;\n include conf.d/*.conf;\n}\n",
        ),
        (
            "conf.d/api.conf",
            "upstream back { server api:3000; server unix:/x; server [::1]:81; }\nserver {\n listen 8080;\n set $b http://back2:9000;\n location / { proxy_pass http://back; }\n location /v { proxy_pass $b; add_header X-B 1; client_max_body_size 0; }\n location /w { limit_req zone=b; proxy_pass https://user:pass@other; }\n}\n",
        ),
        ("conf.d/.hidden.conf", "server { listen 1; }"),
        ("conf.d/note.txt", "{{{"),
    ]);
    assert_eq!(complaints, []);
    assert_eq!(proxy.unread, None);
    assert_eq!(proxy.files.iter().map(|file| &**file).collect::<Vec<_>>(), ["nginx.conf", "conf.d/api.conf"]);
    assert_eq!(targets(&proxy), ["::1:81", "api:3000", "back2:9000", "other:443"].map(str::to_owned).into());
    let site = &proxy.sites[0];
    assert_eq!(site.listeners[0].port, 8080);
    let headers = |at: usize| site.routes[at].headers.iter().map(|header| &*header.name).collect::<Vec<_>>();
    assert_eq!((headers(0), headers(1)), (vec!["x-a"], vec!["x-b"]));
    assert!(matches!(site.routes[0].body, BodyLimit::Bytes(8_388_608, Some(_))));
    assert!(matches!(site.routes[1].body, BodyLimit::Unlimited(Some(_))));
    assert!(site.routes.iter().all(|route| route.limited.is_some()));
}

#[test]
fn the_image_brings_a_configuration_of_its_own() {
    let (proxy, _) = proxy_of(&[("compose.yaml", "services:\n  web:\n    image: nginx:1.29.3\n")]);
    assert_eq!(proxy.sites.len(), 1);
    assert_eq!((proxy.sites[0].listeners[0].port, proxy.sites[0].at.plane), (80, Plane::Assumed));
    assert!(proxy.files.is_empty());
    // A mount over conf.d hides the default site.
    let (proxy, _) = proxy_of(&[
        (
            "compose.yaml",
            "services:\n  web:\n    image: nginx:1.29.3\n    volumes: [./c:/etc/nginx/conf.d]\n",
        ),
        ("c/a.conf", "server { listen 81; location / { proxy_pass http://api; } }"),
    ]);
    assert_eq!(proxy.sites.iter().map(|site| site.listeners[0].port).collect::<Vec<_>>(), [81]);
    // One file beside it leaves it in place.
    let (proxy, _) = proxy_of(&[
        (
            "compose.yaml",
            "services:\n  web:\n    image: nginx:1.29.3\n    volumes: [./a.conf:/etc/nginx/conf.d/a.conf]\n",
        ),
        ("a.conf", "server { listen 81; }"),
    ]);
    assert_eq!(proxy.sites.iter().map(|site| site.listeners[0].port).collect::<Vec<_>>(), [81, 80]);
}

#[test]
fn what_lies_outside_or_is_broken_is_said() {
    let outside = "services:\n  web:\n    image: nginx\n    volumes: [/srv/n.conf:/etc/nginx/nginx.conf]\n";
    let (proxy, _) = proxy_of(&[("compose.yaml", outside)]);
    assert!(proxy.unread.is_some() && proxy.sites.is_empty());
    let (proxy, complaints) = proxy_of(&[
        ("compose.yaml", NGINX),
        ("nginx.conf", "http { include /opt/x.conf; server { listen 81; } "),
    ]);
    assert!(proxy.unread.is_some());
    assert_eq!(proxy.sites[0].listeners[0].port, 81, "the rest is read");
    let codes: Vec<&str> = complaints.iter().map(|complaint| complaint.code).collect();
    assert_eq!(codes, ["unclosed-block", "include-not-found"]);
    // A file that includes itself ends.
    let (proxy, _) =
        proxy_of(&[("compose.yaml", NGINX), ("nginx.conf", "include nginx.conf; include nginx.conf;")]);
    assert!(proxy.unread.is_some());
}

#[test]
fn redirects_by_an_if_are_told_apart() {
    let (proxy, _) = proxy_of(&[
        ("compose.yaml", NGINX),
        (
            "nginx.conf",
            "http { server { listen 80; listen 443 ssl; if ($scheme != \"https\") { return 301 https://$host$request_uri; } location / { proxy_pass http://a; } } }",
        ),
    ]);
    let told: Vec<(u16, bool, bool)> = proxy
        .sites
        .iter()
        .map(|site| (site.listeners[0].port, site.listeners[0].tls, site.only_redirects()))
        .collect();
    assert_eq!(told, [(80, false, true), (443, true, false)]);
}

#[test]
fn traefik_reads_flags_files_labels_and_variables() {
    let (proxy, complaints) = proxy_of(&[
        (
            "compose.yaml",
            "services:\n  proxy:\n    image: traefik:v3.6.1\n    environment: {TRAEFIK_API_INSECURE: \"true\"}\n    volumes: [./t:/etc/traefik]\n  api:\n    image: acme/api\n    labels:\n      - traefik.enable=true\n      - Traefik.HTTP.Routers.api.Rule=Host(`a.example.com`) && PathPrefix(`/v1`)\n      - traefik.http.routers.api.entrypoints=secure\n      - traefik.http.routers.api.tls.certresolver=le\n      - traefik.http.services.api.loadbalancer.server.port=3000\n  hidden:\n    image: acme/hidden\n    labels: [\"traefik.http.routers.hidden.rule=Host(`h`)\"]\n",
        ),
        (
            "t/traefik.toml",
            "[entryPoints]\n  [entryPoints.plain]\n    address = \":80\"\n    [entryPoints.plain.http.redirections.entryPoint]\n      to = \"secure\"\n  [entryPoints.secure]\n    address = \":443\"\n[providers.docker]\n  exposedByDefault = false\n[providers.file]\n  directory = \"/etc/traefik/dyn\"\n[accessLog]\n",
        ),
        (
            "t/dyn/a.yml",
            "http:\n  routers:\n    old:\n      rule: Host(`old`)\n      entryPoints: [secure]\n      tls: {}\n      service: old\n      middlewares: [slow]\n  middlewares:\n    slow: {rateLimit: {average: 5}}\n  services:\n    old: {loadBalancer: {servers: [{url: \"http://10.0.0.1:81/\"}]}}\n",
        ),
    ]);
    assert_eq!(complaints, []);
    assert_eq!(proxy.unread, None);
    assert_eq!(targets(&proxy), ["10.0.0.1:81", "api:3000"].map(str::to_owned).into());
    assert_eq!(kinds(&proxy), [RemarkKind::DashboardOpen]);
    let redirect = proxy.sites.iter().find(|site| site.only_redirects()).expect("the entry point redirects");
    assert_eq!((redirect.listeners[0].port, redirect.listeners[0].tls), (80, false));
    let api = proxy
        .sites
        .iter()
        .find(|site| site.names.iter().any(|name| &**name == "a.example.com"))
        .expect("a router");
    assert_eq!((api.listeners[0].port, api.listeners[0].tls, &*api.routes[0].path), (443, true, "/v1"));
    let old =
        proxy.sites.iter().find(|site| site.names.iter().any(|name| &**name == "old")).expect("a router");
    assert!(old.routes[0].limited.is_some() && api.routes[0].limited.is_none());
}

#[test]
fn secrets_of_a_configuration_are_masked() {
    let (proxy, _) = proxy_of(&[
        ("compose.yaml", NGINX),
        (
            "nginx.conf",
            "http { server { location / { proxy_set_header X-Api-Key \"q9Zr7LmT2vXw8KpB4nHs6JdF\"; proxy_pass http://a; } } }",
        ),
    ]);
    assert_eq!(proxy.masked.len(), 1);
}

/// Whether a program is there; says so when it is not.
fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        eprintln!("{program} is not installed: its opinion was not asked");
    }
    there
}

/// Configurations whose syntax nginx takes or refuses, with no directive that needs a network.
const SYNTAX: &[&str] = &[
    "events {}\nhttp { server { listen 127.0.0.1:18080; } }\n",
    "events {} # }\nhttp { server { listen 127.0.0.1:18080; return 200 '}{;'; } }",
    "events {}\nhttp { map $uri $a { default 0; ~^/x{2}$ 1; } }",
    "events {}\nhttp { map $uri $a { default 0; \"~^/x{2}$\" 1; } }",
    "events {}\nhttp { server { listen 127.0.0.1:18080 }\n}",
    "events {}\nhttp { server { listen 127.0.0.1:18080;\n",
    "events {}\nhttp { } }",
    "events {}\nhttp { server { set $a \"x\"y; } }",
    "events {}\nhttp { server { set $a 'it\\'s'; set $b ${a}c; } }",
    "events {}\nhttp { server { set $a \"unclosed; } }",
    "events {};",
    "{ }",
    "events {} http { server { location ~ \\.php$ { return 404; } } }",
    "events {} http { log_format a '$b' \"c\\\"d\"; server { if ($arg_a ~ \"^(a|b)\") { return 403; } } }",
];

#[test]
fn nginx_agrees_about_the_syntax() {
    if !is_there("nginx") {
        return;
    }
    let directory = std::env::temp_dir().join(format!("plimsoll-nginx-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory for files");
    for (number, text) in SYNTAX.iter().enumerate() {
        let file = directory.join(format!("{number}.conf"));
        std::fs::write(&file, text).expect("the file is written");
        let output = Command::new("nginx")
            .args(["-t", "-p"])
            .arg(&directory)
            .arg("-c")
            .arg(&file)
            .output()
            .expect("nginx runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let marks = ["unexpected", "is not terminated by", "unclosed", "unknown directive \"\""];
        let refused =
            told.lines().any(|line| line.contains("[emerg]") && marks.iter().any(|mark| line.contains(mark)));
        let (_, complaints) = proxy_of(&[("compose.yaml", NGINX), ("nginx.conf", text)]);
        let ours = complaints.iter().any(|complaint| complaint.kind == ComplaintKind::Invalid);
        assert_eq!(ours, refused, "{text}\n{told}\n{complaints:?}");
    }
    std::fs::remove_dir_all(&directory).expect("the directory goes");
}

/// Caddyfiles that Caddy takes.
const CADDYFILES: &[&str] = &[
    "example.com\nreverse_proxy api:3000\n",
    ":80 {\n\treverse_proxy api:3000 api2:3001\n}\n",
    "http://a.example.com, b.example.com {\n\thandle /x* {\n\t\treverse_proxy x:1\n\t}\n\thandle {\n\t\troot * /srv\n\t\tfile_server\n\t}\n}\n",
    "{\n\thttp_port 8080\n\thttps_port 8443\n}\nlocalhost {\n\trespond \"hi\"\n}\n:9000 {\n\treverse_proxy {\n\t\tto y:2 z:3\n\t\theader_up X-A b\n\t}\n}\n",
    "(s) {\n\treverse_proxy {args.0}:80\n}\nexample.org:8443 {\n\timport s w\n}\n",
    "example.net {\n\troute /a/* {\n\t\treverse_proxy /a/b c:4\n\t}\n\ttls internal\n\trespond <<X\n\ty { z\n\tX 200\n}\n",
    "http:// {\n\treverse_proxy h:5\n}\n",
    "https://:8444 {\n\ttls internal\n\treverse_proxy i:6\n}\n",
];

#[test]
fn caddy_agrees_about_ports_and_upstreams() {
    let there =
        Command::new("caddy").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        eprintln!("caddy is not installed: its opinion was not asked");
        return;
    }
    for (number, text) in CADDYFILES.iter().enumerate() {
        let file = std::env::temp_dir().join(format!("plimsoll-caddy-{}-{number}", std::process::id()));
        std::fs::write(&file, text).expect("the file is written");
        let output = Command::new("caddy")
            .args(["adapt", "--adapter", "caddyfile", "--config"])
            .arg(&file)
            .output()
            .expect("caddy runs");
        std::fs::remove_file(&file).expect("the file goes");
        if !output.status.success() {
            eprintln!("this caddy refuses {text}: {}", String::from_utf8_lossy(&output.stderr));
            continue;
        }
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let mut listen = BTreeSet::new();
        let mut dial = BTreeSet::new();
        collect(&json, &mut listen, &mut dial);
        let (proxy, complaints) = proxy_of(&[("compose.yaml", CADDY), ("Caddyfile", text)]);
        assert_eq!(complaints, [], "{text}");
        let ours: BTreeSet<String> = proxy
            .sites
            .iter()
            .filter(|site| !site.only_redirects())
            .flat_map(|site| &site.listeners)
            .map(|listener| format!(":{}", listener.port))
            .collect();
        assert_eq!(ours, listen, "{text}");
        assert_eq!(targets(&proxy), dial, "{text}");
    }
}

fn collect(json: &serde_json::Value, listen: &mut BTreeSet<String>, dial: &mut BTreeSet<String>) {
    match json {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("listen", serde_json::Value::Array(all)) => {
                        listen.extend(all.iter().filter_map(|one| one.as_str()).map(str::to_owned));
                    }
                    ("dial", serde_json::Value::String(one)) => {
                        dial.insert(one.clone());
                    }
                    _ => collect(value, listen, dial),
                }
            }
        }
        serde_json::Value::Array(all) => all.iter().for_each(|one| collect(one, listen, dial)),
        _ => {}
    }
}

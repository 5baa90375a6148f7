//! Any bytes as the configurations of an nginx, a Caddy and a Traefik service, separated by form feeds. Reading must neither
//! panic nor hang, and every place must lie in its document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_lens::compose::{ProjectFiles, claims::claims, load};
use plimsoll_lens::{Memory, images, proxy};
use plimsoll_posture::{Known, Posture, Provenance, join_image};
use plimsoll_text::{Sources, Span};

const PROJECT: &str = "\
services:
  web:
    image: nginx:1.29.3
    volumes: [./nginx.conf:/etc/nginx/nginx.conf, ./conf.d:/etc/nginx/conf.d, ./html:/usr/share/nginx/html]
  caddy:
    image: caddy:2.10.2
    volumes: [./Caddyfile:/etc/caddy/Caddyfile, ./conf.d:/etc/caddy/conf.d]
  traefik:
    image: traefik:v3.6.1
    command: [--providers.docker=true, --providers.file.directory=/dynamic]
    volumes: [./traefik.toml:/etc/traefik/traefik.toml, ./dynamic:/dynamic]
";

fn inside(span: Span, sources: &Sources) {
    assert!(sources.get(span.source).text.get(span.range()).is_some(), "{span:?}");
}

fuzz_target!(|data: &[u8]| {
    let names = ["nginx.conf", "Caddyfile", "dynamic/a.yml", "traefik.toml", "conf.d/a.conf", "html/.env"];
    let mut world = Memory::of(&[("compose.yaml", PROJECT)]);
    for (name, part) in names.iter().zip(data.split(|&byte| byte == 0x0c)) {
        world.files.insert((*name).to_owned(), part.to_vec());
    }
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
    complaints.iter().for_each(|complaint| inside(complaint.at, &sources));
    for proxy in posture.services.iter().filter_map(|service| service.proxy.as_ref()) {
        proxy.masked.iter().for_each(|span| inside(*span, &sources));
        proxy.remarks.iter().for_each(|remark| inside(remark.at.at.span, &sources));
        for site in &proxy.sites {
            inside(site.at.at.span, &sources);
            site.listeners.iter().for_each(|listener| inside(listener.at.at.span, &sources));
            site.routes.iter().for_each(|route| inside(route.at.at.span, &sources));
        }
    }
});

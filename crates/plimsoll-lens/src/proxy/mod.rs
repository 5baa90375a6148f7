//! Reverse proxies: nginx, Caddy and Traefik, from their configuration to what a service listens on and forwards to.
//!
//! Which files belong to which service follows from bind mounts, configs and what the Dockerfile copies. Deliberately
//! absent: judging, and proxies that write their configuration themselves.

mod caddy;
pub mod edit;
mod files;
mod nginx;
mod traefik;
mod tree;

use plimsoll_posture::{
    Complaint, Posture, Provenance, Proxy, ProxySoftware, Reason, Remark, RemarkKind, Said, Service,
    StageBase, StageId,
};
use plimsoll_posture::{ImageReference, Known, Plane};
use plimsoll_text::{SourceId, SourceKind, Sources, Span};

use crate::World;
use crate::compose::Node;
use files::Files;

/// Headers by which a browser is told to be careful, in lower case.
const SECURITY_HEADERS: &[&str] = &[
    "strict-transport-security",
    "content-security-policy",
    "x-frame-options",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
];

/// Half a year, in seconds.
const HSTS_LEAST: u64 = 15_552_000;

/// Reads the proxies of a posture: images must be joined to the services. `model` is the merged compose project.
pub fn read(
    world: &dyn World,
    sources: &mut Sources,
    posture: &mut Posture,
    model: Option<&Node>,
) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for index in 0..posture.services.len() {
        let Some(service) = posture.services.get(index) else { break };
        let stage = stage_of(service, posture);
        let Some(software) = software_of(service, stage, posture) else { continue };
        let mut files = Files::of(world, sources, service, stage, posture, model);
        if software == (Software::Nginx(nginx::Image::Other)) && !files.touches("/etc/nginx") {
            continue;
        }
        let place = image_place(service);
        let mut reader = Reader {
            world,
            sources,
            files: &mut files,
            service,
            posture,
            model,
            image: place.clone(),
            proxy: Proxy {
                software: software.model(),
                at: Said { at: place, plane: Plane::Assumed },
                files: Vec::new(),
                sites: Vec::new(),
                remarks: Vec::new(),
                masked: Vec::new(),
                unread: None,
                forwards_more: false,
            },
            complaints: Vec::new(),
        };
        match software {
            Software::Nginx(image) => nginx::read(&mut reader, image),
            Software::Caddy => caddy::read(&mut reader),
            Software::Traefik => traefik::read(&mut reader),
        }
        let Reader { mut proxy, complaints: mut told, .. } = reader;
        complaints.append(&mut told);
        settle(&mut proxy);
        if let Some(service) = posture.services.get_mut(index) {
            service.proxy = Some(proxy);
        }
    }
    complaints
}

/// One of each, in the order of the documents.
fn settle(proxy: &mut Proxy) {
    let mut seen: Vec<(RemarkKind, Span)> = Vec::new();
    proxy.remarks.retain(|remark| {
        let key = (remark.kind, remark.at.at.span);
        let new = !seen.contains(&key);
        if new && seen.len() < 2000 {
            seen.push(key);
        }
        new
    });
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Software {
    Nginx(nginx::Image),
    Caddy,
    Traefik,
}

impl Software {
    fn model(self) -> ProxySoftware {
        match self {
            Self::Nginx(_) => ProxySoftware::Nginx,
            Self::Caddy => ProxySoftware::Caddy,
            Self::Traefik => ProxySoftware::Traefik,
        }
    }
}

/// The stage that a service runs.
fn stage_of(service: &Service, posture: &Posture) -> Option<StageId> {
    if let Some(build) = &service.build {
        return build.stage;
    }
    let recipe = posture.recipes.first().filter(|_| !service.runtime)?;
    let stage = recipe.targets.last().copied()?;
    Some(StageId { recipe: plimsoll_posture::RecipeId(0), stage })
}

fn software_of(service: &Service, stage: Option<StageId>, posture: &Posture) -> Option<Software> {
    let base = stage.and_then(|id| {
        let (recipe, _) = posture.stage(id)?;
        match &recipe.lineage(id.stage).first()?.base {
            StageBase::Image(Known::Value(image)) => Some(image),
            _ => None,
        }
    });
    let image = match stage {
        Some(_) => base,
        None => service.image.value(),
    };
    if let Some(software) = image.and_then(by_name) {
        return Some(software);
    }
    // An image of one's own, in which the project puts files where nginx or Caddy look for them.
    let starts = |prefix: &str| service.mounts.values().any(|(mount, _)| mount.target.starts_with(prefix));
    if starts("/etc/nginx/") || stage.is_some() && service_runs_nginx(service) {
        return Some(Software::Nginx(nginx::Image::Other));
    }
    starts("/etc/caddy").then_some(Software::Caddy)
}

fn service_runs_nginx(service: &Service) -> bool {
    let command = service.command.value().or(service.entrypoint.value());
    command.and_then(|command| command.program()) == Some("nginx")
}

fn by_name(image: &ImageReference) -> Option<Software> {
    let official = |name: &str| {
        let repository = &*image.repository;
        repository == name
            || repository.strip_prefix("library/") == Some(name)
            || repository.ends_with(&format!("/library/{name}"))
    };
    if official("nginx") || &*image.repository == "nginxinc/nginx" {
        return Some(Software::Nginx(nginx::Image::Official));
    }
    if image.repository.ends_with("nginxinc/nginx-unprivileged") {
        return Some(Software::Nginx(nginx::Image::Unprivileged));
    }
    if image.repository.ends_with("openresty/openresty") {
        return Some(Software::Nginx(nginx::Image::OpenResty));
    }
    if official("caddy") {
        return Some(Software::Caddy);
    }
    official("traefik").then_some(Software::Traefik)
}

fn image_place(service: &Service) -> Provenance {
    match service.image.effective() {
        Some(claim) => claim.at.clone(),
        None => Provenance::absent(service.subject.anchor),
    }
}

/// What is at hand while the configuration of one service is read.
struct Reader<'s, 'w> {
    world: &'w dyn World,
    sources: &'s mut Sources,
    files: &'s mut Files<'w>,
    service: &'s Service,
    posture: &'s Posture,
    /// The merged compose project.
    model: Option<&'s Node>,
    /// The place of what the image brings.
    image: Provenance,
    proxy: Proxy,
    complaints: Vec<Complaint>,
}

impl Reader<'_, '_> {
    /// The place of a span; of the image for what the image brings by itself.
    fn place(&self, span: Span) -> Provenance {
        match self.sources.lookup(span.source).map(|source| source.kind) {
            Some(SourceKind::Builtin) => self.image.clone(),
            _ => Provenance::new("proxy", span, format!("services.{}.proxy", self.service.name())),
        }
    }

    fn said(&self, span: Span) -> Said {
        let builtin =
            self.sources.lookup(span.source).is_some_and(|source| source.kind == SourceKind::Builtin);
        let plane = if builtin { Plane::Assumed } else { Plane::Declared };
        Said { at: self.place(span), plane }
    }

    fn remark(&mut self, kind: RemarkKind, about: &str, at: Span) {
        // Nobody reads hundreds of them.
        if self.proxy.remarks.len() < 500 {
            let at = self.said(at);
            self.proxy.remarks.push(Remark { kind, about: about.into(), at });
        }
    }

    fn remark_once(&mut self, kind: RemarkKind, about: &str, at: Span) {
        if !self.proxy.remarks.iter().any(|remark| remark.kind == kind) {
            self.remark(kind, about, at);
        }
    }

    /// Part of the configuration is not known.
    fn unread(&mut self, reason: Reason) {
        self.proxy.unread.get_or_insert(reason);
    }

    fn complain(&mut self, complaint: Complaint) {
        if self.complaints.len() < 100 {
            self.complaints.push(complaint);
        }
    }

    /// Notes that a document was read.
    fn read_file(&mut self, id: SourceId, complaints: Vec<Complaint>) {
        let Some(source) = self.sources.lookup(id) else { return };
        let name = source.name.clone();
        let builtin = source.kind == SourceKind::Builtin;
        let secrets = plimsoll_secrets::scan_text(&source.text);
        let spans = secrets.into_iter().map(|found| Span::new(id, found.range.start, found.range.end));
        self.proxy.masked.extend(spans);
        if !builtin && !self.proxy.files.contains(&name) {
            if self.proxy.files.is_empty() {
                self.proxy.at = self.said(Span::whole(id));
            }
            self.proxy.files.push(name);
        }
        for complaint in complaints {
            if complaint.kind == plimsoll_posture::ComplaintKind::Invalid {
                self.unread(Reason::NotUnderstood(complaint.message.as_str().into()));
            }
            self.complain(complaint);
        }
    }

    /// Notes a value that may be a secret, so that no excerpt shows it.
    fn mask(&mut self, name: &str, value: &str, at: Span) {
        if plimsoll_secrets::judge_value(name, value).is_some() {
            self.proxy.masked.push(at);
        }
    }

    /// Whether a file of the project begins as private keys do.
    fn is_private_key(&self, path: &str) -> bool {
        self.world.read(path).is_ok_and(|bytes| {
            let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(4096)).unwrap_or_default());
            head.contains("PRIVATE KEY-----")
        })
    }
}

/// Whether a `Strict-Transport-Security` lasts less than half a year.
fn hsts_is_short(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let age = lower.split(';').find_map(|part| part.trim().strip_prefix("max-age="));
    age.and_then(|age| age.trim_matches('"').parse::<u64>().ok()).is_some_and(|age| age < HSTS_LEAST)
}

/// Names that begin with a dot and that no web server should hand out.
fn is_hidden_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    matches!(&*lower, ".git" | ".svn" | ".hg" | ".htpasswd" | ".ssh" | ".aws" | ".npmrc" | ".docker")
        || lower == ".env"
        || lower.starts_with(".env.") && plimsoll_secrets::secret_file(&lower).is_some()
}

//! `extends`: a service takes over another one, of the same file or of another, and is laid over it.

use std::rc::Rc;

use plimsoll_posture::{Via, ViaKind};
use plimsoll_text::Span;

use super::files::{join, parent};
use super::loader::{Loader, Resets, Scope};
use super::merge::merge;
use super::path::Path;
use super::tree::{Map, Node, Value};
use super::yaml::Reset;
use super::{paths, reset};

/// The services of a file that others extend: interpolated, canonical, paths resolved, `extends` not yet followed.
pub(super) struct Base {
    services: Rc<Map>,
    resets: Rc<Vec<Reset>>,
}

/// Links of a chain of `extends` that are followed.
const LONGEST: usize = 64;

/// One link of a chain: the file and the service.
type Link = (String, String);

impl Loader<'_> {
    /// Follows `extends` of every service of a document.
    pub(super) fn extend(&mut self, tree: &mut Node, file: &str, resets: &Resets, scope: &Scope<'_, '_>) {
        let Some(services) = super::loader::services(tree) else { return };
        let names: Vec<_> = services.entries.iter().map(|entry| entry.key.clone()).collect();
        if !services
            .entries
            .iter()
            .any(|entry| entry.value.as_map().is_some_and(|map| map.get("extends").is_some()))
        {
            return;
        }
        let mut own = std::mem::take(services);
        for name in names {
            let effective = self.service(&name, &mut own, file, resets, &[], scope);
            if let (Some(effective), Some(slot)) = (effective, own.get_mut(&name)) {
                *slot = effective;
            }
        }
        if let Some(services) = super::loader::services(tree) {
            *services = own;
        }
    }

    /// The effective service of a name; it replaces the one in `services`.
    fn service(
        &mut self,
        name: &str,
        services: &mut Map,
        file: &str,
        resets: &Resets,
        chain: &[Link],
        scope: &Scope<'_, '_>,
    ) -> Option<Node> {
        let mut own = services.get(name)?.clone();
        // It stays in `services` until the chain is done: that is how a circle is seen.
        let Some(extends) = own.as_map_mut().and_then(|map| map.take("extends")) else {
            return Some(own);
        };
        let at = extends.value.at;
        let (wanted, other) = match &extends.value.value {
            Value::Text(text) => (Some(text.text.clone()), None),
            Value::Map(map) => {
                let text = |key: &str| map.get(key).and_then(Node::as_text).map(|text| text.text.clone());
                (text("service"), map.get("file").filter(|file| file.value != Value::Null))
            }
            _ => (None, None),
        };
        let Some(wanted) = wanted else {
            self.invalid(
                "invalid-extends",
                at,
                "`extends` must name a service",
                "write `extends: {service: NAME}`",
            );
            return Some(own);
        };
        let other_path = other.and_then(|node| {
            let written = node.text()?;
            Some(if node.resolved { written.to_owned() } else { join(&scope.directory, written) })
        });
        let mut link_file = file.to_owned();
        let mut base_services;
        let mut all_resets = resets.to_vec();
        let base_map: &mut Map = if let Some(path) = other_path {
            let place = other.map_or(at, |node| node.at);
            let Some((found, base_resets)) = self.base(&path, place, scope) else { return Some(own) };
            base_services = (*found).clone();
            all_resets.extend(base_resets.iter().cloned());
            link_file = path;
            &mut base_services
        } else {
            services
        };
        if base_map.get(&wanted).is_none() {
            let message = format!("`{name}` extends the service `{wanted}`, which {link_file} does not have");
            self.invalid("extends-unknown-service", at, &message, "correct the name of the service");
            return Some(own);
        }
        let link = (link_file, name.to_owned());
        if chain.contains(&link) || chain.len() >= LONGEST {
            let message = format!("`{name}` extends itself by way of others");
            self.invalid("extends-cycle", at, &message, "break the circle");
            return Some(own);
        }
        let mut chain = chain.to_vec();
        chain.push(link);
        let base = self.service(&wanted, base_map, file, &all_resets, &chain, scope);
        let Some(mut base) = base.filter(|base| base.as_map().is_some()) else { return Some(own) };
        base.came(&Via { kind: ViaKind::Extends, span: Some(at) });
        reset::apply_to_service(&mut base, name, &all_resets);
        let services_path = Path::ROOT.next("services");
        let mut merged = merge(base, own.clone(), &services_path.next(name), &mut self.complaints);
        // The service is where the extending one is written.
        merged.at = own.at;
        merged.via.clone_from(&own.via);
        if let Some(slot) = services.get_mut(name) {
            *slot = merged.clone();
        }
        Some(merged)
    }

    /// The services of another file, once per file and scope.
    fn base(&mut self, path: &str, asked: Span, scope: &Scope<'_, '_>) -> Option<(Rc<Map>, Rc<Vec<Reset>>)> {
        let key = (path.to_owned(), scope.number);
        if let Some(known) = self.bases.get(&key) {
            return known.as_ref().map(|base| (base.services.clone(), base.resets.clone()));
        }
        let base = self.load_base(path, asked, scope);
        let found = base.as_ref().map(|base| (base.services.clone(), base.resets.clone()));
        self.bases.insert(key, base);
        found
    }

    fn load_base(&mut self, path: &str, asked: Span, scope: &Scope<'_, '_>) -> Option<Base> {
        let (source, documents) = self.read(path, Some(asked))?;
        let mut project: Option<Node> = None;
        let mut resets = Vec::new();
        for document in documents.iter() {
            let Some(mut tree) = self.tree(document, source) else { continue };
            self.interpolate(&mut tree, scope);
            let mut merged = match project.take() {
                Some(mut project) => {
                    reset::apply(&mut project, &document.resets);
                    merge(project, tree, &Path::ROOT, &mut self.complaints)
                }
                None => tree,
            };
            super::unique::enforce(&mut merged, &Path::ROOT);
            self.canonise(&mut merged);
            resets.clone_from(&document.resets);
            project = Some(merged);
        }
        let mut project = project?;
        paths::resolve(&mut project, parent(path), self.world);
        let services = super::loader::services(&mut project).map(std::mem::take);
        let Some(services) = services else {
            self.invalid(
                "extends-without-services",
                asked,
                &format!("{path} has no services to extend"),
                "correct the path",
            );
            return None;
        };
        Some(Base { services: Rc::new(services), resets: Rc::new(resets) })
    }
}

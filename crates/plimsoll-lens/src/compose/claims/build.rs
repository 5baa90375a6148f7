//! `build:` of a service.

use std::sync::Arc;

use plimsoll_posture::{Build, Fact, Keyed, Known, Spanned, Union};

use super::field::{self, Field};
use super::process;

pub(super) fn read(field: &Field<'_>) -> Option<Build> {
    let build = field.child("build")?;
    let mut read = Build {
        at: build.node.at,
        context: build.child("context").map_or(Known::Value(".".into()), |context| context.text()),
        dockerfile: None,
        inline: false,
        target: None,
        args: Keyed::new(),
        privileged: Fact::with_default(false, build.node.at),
        entitlements: Union::new(),
        network: Fact::new(),
        secrets: Vec::new(),
        stage: None,
    };
    if build.node.as_map().is_none() {
        read.context = build.text();
        return Some(read);
    }
    read.dockerfile = build
        .child("dockerfile")
        .filter(|dockerfile| !dockerfile.node.implied)
        .map(|dockerfile| dockerfile.text());
    read.inline = build.child("dockerfile_inline").is_some();
    read.target = build.child("target").and_then(|target| {
        let value = target.known_text().filter(|text| !text.is_empty())?;
        Some(Spanned { value, at: target.node.at })
    });
    if let Some(args) = build.child("args") {
        process::sensitive_pairs(&args, &mut read.args, true);
    }
    if let Some(privileged) = build.child("privileged") {
        privileged.stack(&mut read.privileged, field::boolean);
    }
    for entitlement in build.child("entitlements").map(|list| list.items()).unwrap_or_default() {
        read.entitlements.push(entitlement.claim(entitlement.text()));
    }
    if let Some(network) = build.child("network") {
        network.stack(&mut read.network, field::text);
    }
    read.secrets = build
        .child("secrets")
        .map(|list| list.items())
        .unwrap_or_default()
        .iter()
        .filter_map(secret)
        .collect();
    Some(read)
}

fn secret(entry: &Field<'_>) -> Option<Arc<str>> {
    match entry.node.as_map() {
        Some(_) => entry.child("source")?.known_text(),
        None => entry.known_text(),
    }
}

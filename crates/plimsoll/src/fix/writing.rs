//! The changes of one remedy as new texts of the documents that they belong to.
//!
//! Deliberately absent: which remedy is applied, and whether it helped.

use std::collections::BTreeMap;
use std::fmt;

use plimsoll_controls::Remedy;
use plimsoll_lens::World;
use plimsoll_lens::compose::edit as compose;
use plimsoll_lens::dockerfile::edit as dockerfile;
use plimsoll_lens::proxy::edit as proxy;
use plimsoll_posture::{Change, Provenance, ViaKind};
use plimsoll_text::{Source, SourceId, SourceKind, Sources, Span, apply};

use super::{own_name, secret};
use crate::paths;

/// Why a remedy is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hindrance {
    /// The value counts elsewhere too, or comes from elsewhere.
    Comes(ViaKind),
    /// The bytes hold a variable.
    Interpolated,
    /// The document says that a program wrote it.
    Generated(String),
    /// The document lies outside what is scanned, or is no file.
    Outside(String),
    /// The document holds bytes that are no UTF-8.
    Lossy(String),
    /// The compose document refuses.
    Compose(compose::Refusal),
    /// The Dockerfile refuses.
    Dockerfile(dockerfile::Refusal),
    /// The proxy's configuration refuses.
    Proxy(proxy::Refusal),
    /// Nothing writes this kind of document.
    NoWriter,
    /// A file that would have to be made is there already.
    InTheWay(String),
}

impl fmt::Display for Hindrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comes(kind) => match kind {
                ViaKind::Alias | ViaKind::MergeKey => {
                    f.write_str("it comes through a YAML anchor that others use too")
                }
                ViaKind::Extends => {
                    f.write_str("it comes through `extends` from a service that others use too")
                }
                ViaKind::Include => f.write_str("it comes from an included file"),
                ViaKind::Default | ViaKind::Variable | ViaKind::EnvFile => {
                    f.write_str("it comes from a variable")
                }
                ViaKind::Override | ViaKind::From | ViaKind::Service => {
                    f.write_str("it comes from elsewhere")
                }
            },
            Self::Interpolated => f.write_str("a variable stands there"),
            Self::Generated(name) => write!(f, "{name} says that a program writes it"),
            Self::Outside(name) => write!(f, "{name} is not a file of the scanned tree"),
            Self::Lossy(name) => write!(f, "{name} is not UTF-8"),
            Self::Compose(refusal) => refusal.fmt(f),
            Self::Dockerfile(refusal) => refusal.fmt(f),
            Self::Proxy(refusal) => refusal.fmt(f),
            Self::NoWriter => f.write_str("this kind of document is not written"),
            Self::InTheWay(name) => write!(f, "{name} is there already"),
        }
    }
}

/// Where changes are written.
pub(super) struct Desk<'a> {
    pub(super) sources: &'a Sources,
    pub(super) world: &'a dyn World,
    /// Whether what several services share may be written.
    pub(super) shared: bool,
    /// The compose project's own files, where one is known; those that it includes are not.
    pub(super) own: Option<&'a [String]>,
    /// The overlay that makes what belongs to compose files, if one does: its ground.
    pub(super) outside: Option<compose::overlay::Ground<'a>>,
}

/// The new texts by path.
///
/// # Errors
/// [`Hindrance`] when one of the changes cannot be made: none is made then.
pub(super) fn texts(remedy: &Remedy, desk: &Desk<'_>) -> Result<BTreeMap<String, String>, Hindrance> {
    let Desk { sources, world, shared, .. } = *desk;
    let (outside, inside): (Vec<&Change>, Vec<&Change>) = match desk.outside {
        Some(_) => remedy.changes.iter().partition(|change| is_of_compose(change, sources)),
        None => (Vec::new(), remedy.changes.iter().collect()),
    };
    let mut composed: BTreeMap<SourceId, Vec<compose::Operation>> = BTreeMap::new();
    let mut built: BTreeMap<SourceId, Vec<dockerfile::Operation>> = BTreeMap::new();
    let mut proxied: BTreeMap<SourceId, Vec<proxy::Addition>> = BTreeMap::new();
    let mut texts = BTreeMap::new();
    if let (Some(ground), false) = (&desk.outside, outside.is_empty()) {
        let path = ground.project.overlay.as_deref().ok_or(Hindrance::NoWriter)?;
        let text = compose::overlay::overlay(ground, &outside).map_err(Hindrance::Compose)?;
        texts.insert(paths::join(".", path), text);
    }
    for change in &remedy.changes {
        if let Change::Secret { anchor, file, .. } = change {
            let document = &sources.get(anchor.source).name;
            let beside = desk.outside.as_ref().and_then(|ground| ground.project.overlay.as_deref());
            secret::keep_out(world, beside.unwrap_or(document), file, &mut texts);
        }
    }
    for change in inside {
        match change {
            Change::Service { anchor, setting } => {
                let source = writable(sources, anchor.source)?;
                let named = |own: &[String]| own.iter().any(|file| own_name(file) == own_name(&source.name));
                if !shared && !desk.own.is_none_or(named) {
                    return Err(Hindrance::Comes(ViaKind::Include));
                }
                let operations = compose::setting(source, *anchor, setting).map_err(Hindrance::Compose)?;
                composed.entry(source.id).or_default().extend(operations);
            }
            Change::Secret { anchor, name, file } => {
                let source = writable(sources, anchor.source)?;
                let path = ["secrets", name, "file"].map(str::to_owned).to_vec();
                let value = compose::Writing::Scalar(file.to_string());
                composed.entry(source.id).or_default().push(compose::Operation::Set { path, value });
            }
            Change::SecretOfVariable { anchor, name, variable } => {
                let source = writable(sources, anchor.source)?;
                let path = ["secrets", name, "environment"].map(str::to_owned).to_vec();
                let value = compose::Writing::Scalar(variable.to_string());
                composed.entry(source.id).or_default().push(compose::Operation::Set { path, value });
            }
            Change::Listen { at, address } => {
                let source = part(sources, at, shared)?;
                let operation = compose::listen(source, at.span, address).map_err(Hindrance::Compose)?;
                composed.entry(source.id).or_default().push(operation);
            }
            Change::Ask { at, variable } => {
                let source = part(sources, at, shared)?;
                let operation = compose::ask(source, at.span, variable).map_err(Hindrance::Compose)?;
                composed.entry(source.id).or_default().push(operation);
            }
            Change::MountOptions { at, with, without } => {
                let source = part(sources, at, shared)?;
                let operation =
                    compose::mount_options(source, at.span, with, without).map_err(Hindrance::Compose)?;
                composed.entry(source.id).or_default().push(operation);
            }
            Change::Network { anchor, name, internal } => {
                let source = writable(sources, anchor.source)?;
                let path = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
                let operation = match internal {
                    true => compose::Operation::Set {
                        path: path(&["networks", name, "internal"]),
                        value: compose::Writing::Scalar("true".to_owned()),
                    },
                    false => compose::Operation::Set {
                        path: path(&["networks", name]),
                        value: compose::Writing::Map(Vec::new()),
                    },
                };
                composed.entry(source.id).or_default().push(operation);
            }
            Change::Withdraw { at } => {
                let source = place(sources, at, shared)?;
                match source.kind {
                    SourceKind::Compose => {
                        let operation =
                            compose::at_place(source, at.span, None).map_err(Hindrance::Compose)?;
                        composed.entry(source.id).or_default().push(operation);
                    }
                    SourceKind::Dockerfile => built
                        .entry(source.id)
                        .or_default()
                        .push(dockerfile::Operation::Remove { at: at.span }),
                    _ => return Err(Hindrance::NoWriter),
                }
            }
            Change::Reword { at, text } => {
                let source = place(sources, at, shared)?;
                match source.kind {
                    SourceKind::Compose => {
                        if source.text.get(at.span.range()).is_some_and(|text| text.contains('$')) {
                            return Err(Hindrance::Interpolated);
                        }
                        let operation = compose::at_place(source, at.span, Some(text.clone()))
                            .map_err(Hindrance::Compose)?;
                        composed.entry(source.id).or_default().push(operation);
                    }
                    SourceKind::Dockerfile => {
                        let old = source.text.get(at.span.range()).unwrap_or("");
                        if old.contains('$') && !text.is_empty() {
                            return Err(Hindrance::Interpolated);
                        }
                        built
                            .entry(source.id)
                            .or_default()
                            .push(dockerfile::Operation::Replace { at: at.span, text: text.clone() });
                    }
                    _ => return Err(Hindrance::NoWriter),
                }
            }
            Change::Step { beside, before, text } => {
                let source = place(sources, beside, shared)?;
                if source.kind != SourceKind::Dockerfile {
                    return Err(Hindrance::NoWriter);
                }
                let side = if *before { dockerfile::Side::Before } else { dockerfile::Side::Behind };
                built.entry(source.id).or_default().push(dockerfile::Operation::Insert {
                    beside: beside.span,
                    side,
                    text: text.clone(),
                });
            }
            Change::Directive { at, level, text } => {
                let source = place(sources, at, shared)?;
                if source.kind != SourceKind::Proxy {
                    return Err(Hindrance::NoWriter);
                }
                let addition = proxy::Addition { at: at.span, level: *level, text: text.clone() };
                proxied.entry(source.id).or_default().push(addition);
            }
            Change::File { path, lines } => {
                let path = paths::join(".", path);
                if path.starts_with("../") || path.starts_with('/') {
                    return Err(Hindrance::Outside(path));
                }
                let old = match world.kind(&path) {
                    None => String::new(),
                    Some(_) => world
                        .read(&path)
                        .ok()
                        .and_then(|bytes| String::from_utf8(bytes).ok())
                        .ok_or_else(|| Hindrance::InTheWay(path.clone()))?,
                };
                texts.insert(path, with_lines(old, lines));
            }
        }
    }
    for (id, operations) in composed {
        let source = sources.get(id);
        texts.insert(paths::join(".", &source.name), compose_text(source, operations)?);
    }
    for (id, additions) in proxied {
        let source = sources.get(id);
        let edits = proxy::nginx(source, &additions).map_err(Hindrance::Proxy)?;
        let text = apply(source, &edits).map_err(|_| Hindrance::Proxy(proxy::Refusal::Unproven))?;
        texts.insert(paths::join(".", &source.name), text);
    }
    for (id, operations) in built {
        let source = sources.get(id);
        let edits = dockerfile::edits(source, &operations).map_err(Hindrance::Dockerfile)?;
        let text = apply(source, &edits).map_err(|_| Hindrance::Dockerfile(dockerfile::Refusal::Unproven))?;
        texts.insert(paths::join(".", &source.name), text);
    }
    Ok(texts)
}

/// Whether a change belongs to a compose file.
fn is_of_compose(change: &Change, sources: &Sources) -> bool {
    let at = match change {
        Change::Withdraw { at }
        | Change::Reword { at, .. }
        | Change::Listen { at, .. }
        | Change::Ask { at, .. }
        | Change::MountOptions { at, .. } => at.span.source,
        Change::Service { anchor, .. }
        | Change::Network { anchor, .. }
        | Change::Secret { anchor, .. }
        | Change::SecretOfVariable { anchor, .. } => anchor.source,
        Change::Step { .. } | Change::Directive { .. } | Change::File { .. } => return false,
    };
    sources.lookup(at).is_some_and(|source| matches!(source.kind, SourceKind::Compose | SourceKind::EnvFile))
}

/// Operations that name bytes come first and from the end of the text, so that each finds the bytes it was made for.
fn compose_text(source: &Source, mut operations: Vec<compose::Operation>) -> Result<String, Hindrance> {
    operations.sort_by_key(|operation| match operation {
        compose::Operation::RemoveItem { at, .. }
        | compose::Operation::SetIn { at, .. }
        | compose::Operation::Replace { at, .. } => (0, std::cmp::Reverse(at.start)),
        _ => (1, std::cmp::Reverse(0)),
    });
    let mut text = source.text.to_string();
    for operation in operations {
        let mut sources = Sources::new();
        let id = sources.add_text(&source.name, SourceKind::Compose, &text);
        let operation = match operation {
            compose::Operation::RemoveItem { path, at } => {
                compose::Operation::RemoveItem { path, at: Span { source: id, ..at } }
            }
            compose::Operation::SetIn { path, at, key, value } => {
                compose::Operation::SetIn { path, at: Span { source: id, ..at }, key, value }
            }
            compose::Operation::Replace { path, at, value } => {
                compose::Operation::Replace { path, at: Span { source: id, ..at }, value }
            }
            other => other,
        };
        let edits = compose::edits(sources.get(id), &operation).map_err(Hindrance::Compose)?;
        text = apply(sources.get(id), &edits).map_err(|_| Hindrance::Compose(compose::Refusal::Unproven))?;
    }
    Ok(text)
}

pub(super) fn with_lines(mut old: String, lines: &str) -> String {
    let newline = if old.contains("\r\n") { "\r\n" } else { "\n" };
    if !old.is_empty() && !old.ends_with('\n') {
        old.push_str(newline);
    }
    old.push_str(&lines.replace('\n', newline));
    old
}

/// The compose document of a place of which a part may be written: what a variable says stays as it is there.
fn part<'s>(sources: &'s Sources, at: &Provenance, shared: bool) -> Result<&'s Source, Hindrance> {
    let stands = |via: &&plimsoll_posture::Via| !matches!(via.kind, ViaKind::Default | ViaKind::Variable);
    let at = Provenance { via: at.via.iter().filter(stands).cloned().collect(), ..at.clone() };
    let source = place(sources, &at, shared)?;
    if source.kind == SourceKind::Compose { Ok(source) } else { Err(Hindrance::NoWriter) }
}

/// The document of a place that may be written.
fn place<'s>(sources: &'s Sources, at: &Provenance, shared: bool) -> Result<&'s Source, Hindrance> {
    for via in &at.via {
        match via.kind {
            // Whoever asks for it may have what several services share changed for all of them.
            ViaKind::Extends | ViaKind::Include if shared => {}
            // The last of several files, and a base image's own place, are where they stand.
            ViaKind::Override | ViaKind::From => {}
            kind => return Err(Hindrance::Comes(kind)),
        }
    }
    writable(sources, at.span.source)
}

fn writable(sources: &Sources, id: SourceId) -> Result<&Source, Hindrance> {
    let source = sources.get(id);
    let name: &str = &source.name;
    let file =
        !(name.starts_with('<') || name.starts_with("../") || name.starts_with('/') || name.contains('#'));
    if !file || source.kind == SourceKind::Builtin {
        return Err(Hindrance::Outside(name.to_owned()));
    }
    if source.lossy {
        return Err(Hindrance::Lossy(name.to_owned()));
    }
    if is_generated(&source.text) {
        return Err(Hindrance::Generated(name.to_owned()));
    }
    Ok(source)
}

/// Lines at the top in which generators say so.
const HEAD: usize = 10;

fn is_generated(text: &str) -> bool {
    text.lines().take(HEAD).filter(|line| line.trim_start().starts_with('#')).any(|line| {
        let line = line.to_ascii_lowercase();
        line.contains("do not edit")
            || line.contains("generated by")
            || line.contains("auto-generated")
            || line.contains("autogenerated")
            || line.contains("generated via")
    })
}

//! Changes to a project from outside: a compose file that is laid over its files and makes them say something else.
//!
//! Where a file must not be edited, because others use what stands there, a variable says it or a program writes it,
//! the same change is made by a file of its own. Mappings of an overlay merge and lists add up, so that a list of which
//! something has to go is written whole behind `!override`, and a key that has to go is `!reset`. The result is proven:
//! the project with the overlay, loaded as Compose loads it, must say what it said without, with the change and nothing
//! else. Deliberately absent: changes that only the file itself can make, such as taking a secret out of it.

mod place;
mod setting;
mod text;
mod world;

use plimsoll_posture::Change;
use plimsoll_text::{Source, Sources, Span};

use self::place::{Spot, locate, node_at, put, take};
use self::setting::Wanted;
use self::world::Over;
use super::outline::{Outline, Shape};
use super::{Located, Operation, Refusal, Writing, find};
use crate::World;
use crate::compose::tree::{Map, Node, Value};
use crate::compose::{Loaded, ProjectFiles, load};

/// What an overlay is laid over.
pub struct Ground<'a> {
    /// The files.
    pub world: &'a dyn World,
    /// The project; its `overlay` is the file to be written.
    pub project: &'a ProjectFiles,
    /// The service that the changes are about, where they are about one.
    pub service: Option<&'a str>,
    /// The documents in which the places of the changes lie.
    pub sources: &'a Sources,
}

/// The text of the overlay that makes changes: that of the file that is there with what it lacks, or a new one.
///
/// # Errors
/// [`Refusal`] when a change cannot be made from outside, or the result would say more or less than it.
pub fn overlay(ground: &Ground<'_>, changes: &[&Change]) -> Result<String, Refusal> {
    let path = ground.project.overlay.as_deref().ok_or(Refusal::NotThere)?;
    let old = match ground.world.kind(path) {
        None => String::new(),
        Some(_) => {
            let bytes = ground.world.read(path).map_err(|_| Refusal::Unreadable)?;
            String::from_utf8(bytes).map_err(|_| Refusal::Unreadable)?
        }
    };
    // A mount of the same target replaces the earlier one without a tag, where the order of mounts stays the same by it.
    [true, false]
        .into_iter()
        .map(|merging| Draft::new(ground, merging).and_then(|draft| draft.made(path, &old, changes)))
        .reduce(|first, second| first.or(second))
        .unwrap_or(Err(Refusal::Unproven))
}

/// What is to stand at a path of the overlay.
#[derive(Debug, Clone, PartialEq)]
enum Intent {
    /// This value.
    Set(Writing),
    /// These items, behind those of the files below.
    Append(Vec<String>),
    /// All items, as the model has them, instead of those of the files below.
    Whole,
    /// Nothing.
    Reset,
}

/// The model as it shall be, and what the overlay has to say for it.
struct Draft<'a> {
    ground: &'a Ground<'a>,
    sources: Sources,
    before: Loaded,
    wanted: Node,
    intents: Vec<(Vec<String>, Intent)>,
    /// Whether mounts are left to merging.
    merging: bool,
}

impl<'a> Draft<'a> {
    fn new(ground: &'a Ground<'a>, merging: bool) -> Result<Self, Refusal> {
        let mut sources = Sources::new();
        let before = load(ground.world, &mut sources, ground.project);
        let mut wanted = before.model.clone();
        if wanted.get("services").and_then(Node::as_map).is_none() {
            return Err(Refusal::Unreadable);
        }
        strip(&mut wanted);
        Ok(Self { ground, sources, before, wanted, intents: Vec::new(), merging })
    }

    fn made(mut self, path: &str, old: &str, changes: &[&Change]) -> Result<String, Refusal> {
        for change in changes {
            self.change(change)?;
        }
        let mut text = old.to_owned();
        if text.trim().is_empty() {
            text = text::head(self.ground.project);
        }
        for (keys, intent) in std::mem::take(&mut self.intents) {
            text = self.write(&text, &keys, intent)?;
        }
        self.proven(path, &text).then_some(text).ok_or(Refusal::Unproven)
    }

    /// Whether the project with the overlay says what it shall.
    fn proven(&self, path: &str, text: &str) -> bool {
        let world = Over { below: self.ground.world, path, text };
        let mut after = load(&world, &mut Sources::new(), self.ground.project);
        strip(&mut after.model);
        let mut wanted = self.wanted.clone();
        strip(&mut wanted);
        after.complaints.len() <= self.before.complaints.len()
            && (!after.refused || self.before.refused)
            && after.unknown_keys.len() <= self.before.unknown_keys.len()
            && wanted.same(&after.model)
    }

    fn change(&mut self, change: &Change) -> Result<(), Refusal> {
        match change {
            Change::Service { anchor, setting } => {
                let service = self.service(*anchor)?;
                let own = node_at(&self.wanted, &["services".to_owned(), service.clone()]);
                let all = setting::wanted(own.ok_or(Refusal::NotThere)?, setting);
                for (keys, wanted) in all {
                    let path: Vec<String> = ["services".to_owned(), service.clone()]
                        .into_iter()
                        .chain(keys.into_iter().map(str::to_owned))
                        .collect();
                    match wanted {
                        Wanted::Set(value) => self.set(path, value)?,
                        Wanted::Append(item) => self.append(path, item)?,
                    }
                }
                Ok(())
            }
            Change::Network { name, internal, .. } => {
                let path = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
                match internal {
                    true => {
                        self.set(path(&["networks", name, "internal"]), Writing::Scalar("true".to_owned()))
                    }
                    false if node_at(&self.wanted, &path(&["networks", name])).is_some() => Ok(()),
                    false => self.set(path(&["networks", name]), Writing::Map(Vec::new())),
                }
            }
            Change::Secret { name, file, .. } => {
                let path = ["secrets", name, "file"].map(str::to_owned).to_vec();
                self.set(path, Writing::Scalar(file.to_string()))
            }
            Change::SecretOfVariable { name, variable, .. } => {
                let path = ["secrets", name, "environment"].map(str::to_owned).to_vec();
                self.set(path, Writing::Scalar(variable.to_string()))
            }
            Change::Withdraw { at } => match self.spot(at.span)? {
                Spot::Key(path) => {
                    take(&mut self.wanted, &path).ok_or(Refusal::NotThere)?;
                    self.intend(path, Intent::Reset);
                    Ok(())
                }
                Spot::Item(path, at) => self.exchange(path, at, None),
            },
            Change::Reword { at, text } => match self.spot(at.span)? {
                Spot::Key(path) => {
                    let value = Writing::Scalar(self.alone(&path, text));
                    self.set(path, value)
                }
                Spot::Item(path, at) => self.exchange(path, at, Some(text.clone())),
            },
            Change::Listen { at, address } => {
                let Spot::Item(path, place) = self.spot(at.span)? else { return Err(Refusal::Unusual) };
                let raw = self.raw(place)?;
                let new = text::reworked(&raw, |source, span| super::listen(source, span, address))
                    .or_else(|refusal| text::bound_anew(&raw, address).ok_or(refusal))?;
                self.exchange(path, place, Some(new))
            }
            Change::MountOptions { at, with, without } => {
                let (path, place) = match self.spot(at.span)? {
                    Spot::Item(path, place) => (path, place),
                    Spot::Key(_) => return Err(Refusal::Unusual),
                };
                let raw = self.raw(place)?;
                let tmpfs = path.last().is_some_and(|key| key == "tmpfs");
                let list = if tmpfs { "tmpfs" } else { "volumes" };
                let new = text::reworked_in(list, &raw, |source, span| {
                    super::mount_options(source, span, with, without)
                })?;
                if !self.merging || tmpfs {
                    return self.exchange(path, place, Some(new));
                }
                self.replace(&path, place, Some(&new))?;
                self.intend(path, Intent::Append(vec![new]));
                Ok(())
            }
            // The secret would still stand in the file below.
            Change::Ask { .. } => Err(Refusal::Stays),
            Change::Step { .. } | Change::Directive { .. } | Change::File { .. } => Err(Refusal::Unusual),
        }
    }

    /// The name of the service whose key stands at a place.
    fn service(&self, anchor: Span) -> Result<String, Refusal> {
        let anchor = self.own(anchor);
        let services = self.wanted.get("services").and_then(Node::as_map).ok_or(Refusal::NotThere)?;
        let by_place = anchor.and_then(|anchor| services.entries.iter().find(|entry| entry.key_at == anchor));
        let by_name = || services.entry(self.ground.service?);
        by_place.or_else(by_name).map(|entry| entry.key.to_string()).ok_or(Refusal::NotThere)
    }

    /// A place among the documents that were read here.
    fn own(&self, at: Span) -> Option<Span> {
        let name = &self.ground.sources.lookup(at.source)?.name;
        let source = self.sources.find(name)?.id;
        Some(Span { source, ..at })
    }

    fn spot(&self, at: Span) -> Result<Spot, Refusal> {
        let at = self.own(at).ok_or(Refusal::NotThere)?;
        locate(&self.wanted, self.ground.service, at).ok_or(Refusal::NotThere)
    }

    fn intend(&mut self, path: Vec<String>, intent: Intent) {
        let known = self.intents.iter_mut().find(|(own, _)| *own == path);
        match (known, intent) {
            (Some((_, Intent::Append(items))), Intent::Append(more)) => items.extend(more),
            // All items hold what is added.
            (Some((_, Intent::Whole)), Intent::Append(_)) => {}
            (Some((_, own)), intent) => *own = intent,
            (None, intent) => self.intents.push((path, intent)),
        }
    }

    fn set(&mut self, path: Vec<String>, value: Writing) -> Result<(), Refusal> {
        let mut node = self.read(&path, &value)?;
        if let Some(old) = node_at(&self.wanted, &path) {
            node.at = old.at;
        }
        put(&mut self.wanted, &path, node).ok_or(Refusal::Unusual)?;
        self.intend(path, Intent::Set(value));
        Ok(())
    }

    fn append(&mut self, path: Vec<String>, item: String) -> Result<(), Refusal> {
        let list = self.read(&path, &Writing::List(vec![item.clone()]))?;
        match node_at(&self.wanted, &path).and_then(Node::as_list) {
            Some(own) => {
                let Value::List(new) = list.value else { return Err(Refusal::Unusual) };
                if new.iter().all(|new| own.iter().any(|own| own.same(new))) {
                    return Ok(());
                }
                let items = own.iter().cloned().chain(new).collect();
                let node = Node::new(Value::List(items), list.at);
                put(&mut self.wanted, &path, node).ok_or(Refusal::Unusual)?;
            }
            None => put(&mut self.wanted, &path, list).ok_or(Refusal::Unusual)?,
        }
        self.intend(path, Intent::Append(vec![item]));
        Ok(())
    }

    /// Writes another item in the place of one, or none, and the whole list into the overlay.
    fn exchange(&mut self, path: Vec<String>, place: Span, new: Option<String>) -> Result<(), Refusal> {
        self.replace(&path, place, new.as_deref())?;
        let empty = node_at(&self.wanted, &path).and_then(Node::as_list).is_none_or(<[Node]>::is_empty);
        if empty {
            take(&mut self.wanted, &path);
        }
        self.intend(path, if empty { Intent::Reset } else { Intent::Whole });
        Ok(())
    }

    /// The same in the model only. A range of ports is several items with one place.
    fn replace(&mut self, path: &[String], place: Span, new: Option<&str>) -> Result<(), Refusal> {
        let new = match new {
            Some(new) => match self.read(path, &items(vec![new.to_owned()]))?.value {
                Value::List(items) => items,
                _ => return Err(Refusal::Unusual),
            },
            None => Vec::new(),
        };
        let own = place::node_at_mut(&mut self.wanted, path).ok_or(Refusal::NotThere)?;
        let Value::List(items) = &mut own.value else { return Err(Refusal::Unusual) };
        let first = items.iter().position(|item| item.at == place).ok_or(Refusal::NotThere)?;
        items.retain(|item| item.at != place);
        items.splice(first..first, new);
        Ok(())
    }

    /// What a value at a path says, in the form of the model: a project that says nothing else is loaded.
    fn read(&mut self, path: &[String], value: &Writing) -> Result<Node, Refusal> {
        let name = self.before.model.get("name").and_then(Node::text).map(str::to_owned);
        let directory = &self.ground.project.directory;
        let file = if directory == "." { SNIPPET.to_owned() } else { format!("{directory}/{SNIPPET}") };
        let text = text::entry("", path, value).ok_or(Refusal::Unusual)?;
        let project =
            ProjectFiles { files: vec![file.clone()], name, overlay: None, ..self.ground.project.clone() };
        let world = Over { below: self.ground.world, path: &file, text: &text };
        let mut loaded = load(&world, &mut self.sources, &project);
        strip(&mut loaded.model);
        let found = node_at(&loaded.model, path);
        // An empty mapping is nothing to Compose in some places and stays one in others.
        found.cloned().ok_or(Refusal::Unusual)
    }

    /// A text that was written for an item `NAME=value` of a list, as the value of the key `NAME`.
    fn alone(&self, path: &[String], text: &str) -> String {
        let bare = text.trim_matches(['"', '\'']);
        let value = path.last().and_then(|key| bare.strip_prefix(key.as_str())?.strip_prefix('='));
        let written = node_at(&self.wanted, path).is_some_and(|node| node.written.is_some());
        match value {
            Some(value) if written => super::settings::quoted(value),
            _ => text.to_owned(),
        }
    }

    /// The bytes that say the item of a list, without indentation.
    fn raw(&self, at: Span) -> Result<String, Refusal> {
        let source = self.sources.lookup(at.source).ok_or(Refusal::NotThere)?;
        raw(source, at)
    }

    fn write(&self, text: &str, path: &[String], intent: Intent) -> Result<String, Refusal> {
        let whole = || -> Result<Writing, Refusal> {
            let list = node_at(&self.wanted, path).and_then(Node::as_list).ok_or(Refusal::NotThere)?;
            let mut places: Vec<Span> = list.iter().map(|item| item.at).collect();
            places.dedup();
            let items = places.into_iter().map(|at| self.raw(at)).collect::<Result<_, _>>()?;
            Ok(Writing::Items { tag: Some("!override"), items })
        };
        match intent {
            Intent::Set(value) => text::laid(text, path, &value),
            Intent::Reset => text::laid(text, path, &Writing::Scalar("!reset null".to_owned())),
            Intent::Whole => text::laid(text, path, &whole()?),
            Intent::Append(new) => match text::items_at(text, path)? {
                text::There::No => text::laid(text, path, &items(new)),
                text::There::Tagged => text::laid(text, path, &whole()?),
                text::There::Plain => new.into_iter().try_fold(text.to_owned(), |text, item| {
                    text::edited(&text, &Operation::Append { path: path.to_vec(), item })
                }),
            },
        }
    }
}

/// The name of a file that is nowhere but in memory.
const SNIPPET: &str = ".plimsoll.snippet.yaml";

fn items(items: Vec<String>) -> Writing {
    Writing::Items { tag: None, items }
}

/// Takes out what nobody wrote: the networks and names that Compose fills in follow from what is written.
fn strip(node: &mut Node) {
    match &mut node.value {
        Value::Map(Map { entries }) => {
            entries.retain(|entry| !entry.value.implied);
            entries.iter_mut().for_each(|entry| strip(&mut entry.value));
        }
        Value::List(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

fn raw(source: &Source, at: Span) -> Result<String, Refusal> {
    let outline = Outline::of(&source.text).ok_or(Refusal::Unreadable)?;
    let (Located::Item(_) | Located::Deeper(_) | Located::Entry(_), part) =
        find(&outline, at).ok_or(Refusal::NotThere)?;
    if part.tagged || matches!(part.shape, Shape::Alias | Shape::Absent) {
        return Err(Refusal::Unusual);
    }
    let text = source.text.get(part.at.clone()).ok_or(Refusal::NotThere)?;
    let column = super::place::Layout::of(&source.text).column(part.at.start);
    let lines = text.lines().enumerate().map(|(index, line)| match index {
        0 => Some(line),
        _ if line.trim().is_empty() => Some(""),
        _ => line.get(..column).filter(|lead| lead.trim().is_empty()).and_then(|_| line.get(column..)),
    });
    let lines: Option<Vec<&str>> = lines.collect();
    lines.map(|lines| lines.join("\n")).ok_or(Refusal::Unusual)
}

#[cfg(test)]
mod tests;

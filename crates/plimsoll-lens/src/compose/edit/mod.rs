//! Changes to a compose file as byte edits: what did not have to move does not move.
//!
//! Comments, quoting, order, indentation, line ends and flow style stay. An edit is checked before it is given out: the
//! new text is read, and what it says must be what the old one said with the change and nothing else. What cannot be
//! done so is refused with the reason.
//! Deliberately absent: which change is wanted, and whether it is wise.

mod outline;
pub mod overlay;
mod place;
mod settings;
mod value;
mod verify;

use std::fmt;
use std::ops::Range;

use plimsoll_text::{Edit, Source, Span, apply};

use self::outline::{Entry, Outline, Part, Shape};
use self::place::Layout;
pub use self::settings::setting;
pub use self::value::{ask, listen, mount_options};

/// A value to be written, in the notation of YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Writing {
    /// A value on one line, quoted where it has to be: `true`, `"1000:1000"`.
    Scalar(String),
    /// A list of such values.
    List(Vec<String>),
    /// A mapping.
    Map(Vec<(String, Writing)>),
    /// A list with one item a line, each in the notation of YAML; its lines behind the first are not indented.
    Items {
        /// What stands before it: `!override`.
        tag: Option<&'static str>,
        /// The items.
        items: Vec<String>,
    },
}

/// One change to a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Gives a key a value; mappings on the way that are not there are made.
    Set {
        /// Keys from the top: `services`, `api`, `read_only`.
        path: Vec<String>,
        /// The value.
        value: Writing,
    },
    /// Adds to the end of a list; a list that is not there is made.
    Append {
        /// Keys from the top.
        path: Vec<String>,
        /// The value, in the notation of YAML, on one line.
        item: String,
    },
    /// Takes a key and its value away.
    Remove {
        /// Keys from the top.
        path: Vec<String>,
    },
    /// Takes away the item of a list that holds a place.
    RemoveItem {
        /// Keys from the top to the list.
        path: Vec<String>,
        /// Bytes within the item.
        at: Span,
    },
    /// Gives a key of a mapping in a list a value.
    SetIn {
        /// Keys from the top to the list.
        path: Vec<String>,
        /// Bytes within the mapping.
        at: Span,
        /// The key.
        key: String,
        /// The value, in the notation of YAML, on one line.
        value: String,
    },
    /// Writes another value in the place of one that is written on one line.
    Replace {
        /// Keys from the top to the value, or to the list that holds it.
        path: Vec<String>,
        /// Bytes within the value.
        at: Span,
        /// The value, in the notation of YAML, on one line.
        value: String,
    },
}

/// Why a change is not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The text is no YAML that can be edited.
    Unreadable,
    /// There is nothing at the path.
    NotThere,
    /// What is written there counts elsewhere too: an anchor that an alias uses, or an alias.
    Shared,
    /// A variable stands there.
    Interpolated,
    /// It is written in a way that is not edited: over several lines, with a tag.
    Unusual,
    /// It would still stand in the file that something is laid over.
    Stays,
    /// The result would not say what was meant. Nothing is known to lead here; it is the last line of defence.
    Unproven,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "the document cannot be read as a whole",
            Self::NotThere => "there is nothing to change at this place",
            Self::Shared => "what is written here is used in another place too, through a YAML anchor",
            Self::Interpolated => "a variable stands there",
            Self::Unusual => "it is written in a way that is not edited automatically",
            Self::Stays => "it would still stand in the file",
            Self::Unproven => "the change could not be proven to do only what it should",
        })
    }
}

impl std::error::Error for Refusal {}

/// The edits that make a change, proven.
///
/// # Errors
/// [`Refusal`]; the text stays as it is then.
pub fn edits(source: &Source, operation: &Operation) -> Result<Vec<Edit>, Refusal> {
    if source.lossy {
        return Err(Refusal::Unreadable);
    }
    let outline = Outline::of(&source.text).ok_or(Refusal::Unreadable)?;
    let writer = Writer { source, outline: &outline };
    let edits = writer.edits(operation)?;
    let new = apply(source, &edits).map_err(|_| Refusal::Unproven)?;
    if verify::is_exactly(&source.text, &new, operation) { Ok(edits) } else { Err(Refusal::Unproven) }
}

/// What takes away the entry or the item that holds a place, or writes another value there.
///
/// # Errors
/// [`Refusal`] when the place lies in no value, or deeper than an edit reaches.
pub fn at_place(source: &Source, at: Span, value: Option<String>) -> Result<Operation, Refusal> {
    let outline = Outline::of(&source.text).ok_or(Refusal::Unreadable)?;
    let (found, part) = find(&outline, at).ok_or(Refusal::NotThere)?;
    Ok(match (found, value) {
        (Located::Entry(path), None) => Operation::Remove { path: with_what_it_empties(&outline, path) },
        (Located::Item(path), None) => Operation::RemoveItem { path, at },
        (Located::Entry(path) | Located::Item(path), Some(value)) => {
            let raw = source.text.get(part.at.clone()).unwrap_or("");
            Operation::Replace { path, at, value: quoted_like(raw, value) }
        }
        (Located::Deeper(_), _) => return Err(Refusal::Unusual),
    })
}

/// A value in the quotes of the one that it replaces.
fn quoted_like(raw: &str, value: String) -> String {
    match raw.chars().next() {
        Some(quote @ ('"' | '\'')) if !value.contains(['"', '\'', '\\']) => format!("{quote}{value}{quote}"),
        _ => value,
    }
}

/// A mapping of a service whose only entry goes is nothing; its key goes with it.
fn with_what_it_empties(outline: &Outline, mut path: Vec<String>) -> Vec<String> {
    const SETTING: usize = 3;
    while path.len() > SETTING {
        let parent = path.len() - 1;
        let keys = path.get(..parent).unwrap_or_default();
        let owner = outline.documents.iter().find_map(|document| {
            keys.iter().try_fold(document, |part, key| part.entry(key).map(|entry| &entry.value))
        });
        match owner.map(|part| &part.shape) {
            Some(Shape::Map { flow: false, entries }) if entries.len() == 1 => path.truncate(parent),
            _ => break,
        }
    }
    path
}

/// What holds a place.
enum Located {
    /// The value of a key, or the key.
    Entry(Vec<String>),
    /// An item of the list at a path.
    Item(Vec<String>),
    /// Something within an item of the list at a path.
    Deeper(Vec<String>),
}

/// What holds a place, and the value or item there.
fn find(outline: &Outline, at: Span) -> Option<(Located, &Part)> {
    outline.documents.iter().find_map(|document| locate(document, at))
}

fn locate(document: &Part, at: Span) -> Option<(Located, &Part)> {
    let mut path = Vec::new();
    let mut part = document;
    loop {
        match &part.shape {
            Shape::Map { entries, .. } => {
                let entry = entries.iter().find(|entry| {
                    holds(&(entry.key_at.start..entry.value.at.end.max(entry.key_at.end)), at)
                })?;
                path.push(entry.key.clone());
                // All of a collection, or its key, is the entry itself.
                if !holds(&entry.value.at, at) || (at.start as usize..at.end as usize) == entry.value.at {
                    return Some((Located::Entry(path), &entry.value));
                }
                part = &entry.value;
            }
            Shape::List { items, .. } => {
                let item = items.iter().find(|item| holds(&item.at, at))?;
                let whole = (at.start as usize..at.end as usize) == item.at;
                let nested = matches!(item.shape, Shape::Map { .. } | Shape::List { .. });
                let found = if nested && !whole { Located::Deeper(path) } else { Located::Item(path) };
                return Some((found, item));
            }
            _ => return (!path.is_empty()).then_some((Located::Entry(path), part)),
        }
    }
}

struct Writer<'s> {
    source: &'s Source,
    outline: &'s Outline,
}

impl Writer<'_> {
    fn edits(&self, operation: &Operation) -> Result<Vec<Edit>, Refusal> {
        match operation {
            Operation::Set { path, value } => self.set(path, value),
            Operation::Append { path, item } => self.append(path, item),
            Operation::Remove { path } => self.remove(path),
            Operation::RemoveItem { path, at } => self.remove_item(path, *at),
            Operation::SetIn { path, at, key, value } => self.set_in(path, *at, key, value),
            Operation::Replace { path, at, value } => self.replace(path, *at, value),
        }
    }

    fn layout(&self) -> Layout<'_> {
        Layout::of(&self.source.text)
    }

    fn edit(&self, at: Range<usize>, replacement: String) -> Edit {
        Edit { span: Span::new(self.source.id, at.start, at.end), replacement }
    }

    /// The deepest part on a path that is there, with what of the path is left. Nothing that is used elsewhere lies on
    /// the way.
    fn reach<'p>(&self, path: &'p [String]) -> Result<(Vec<&Entry>, &Part, &'p [String]), Refusal> {
        let holds = |document: &&Part| path.first().is_some_and(|first| document.entry(first).is_some());
        let documents = &self.outline.documents;
        let mut part = documents.iter().find(holds).or_else(|| documents.first()).ok_or(Refusal::NotThere)?;
        let mut entries = Vec::new();
        let mut rest = path;
        loop {
            if part.shape == Shape::Alias || self.outline.is_shared(part) {
                return Err(Refusal::Shared);
            }
            let Some((key, below)) = rest.split_first() else { break };
            let Some(entry) = part.entry(key) else { break };
            entries.push(entry);
            part = &entry.value;
            rest = below;
        }
        Ok((entries, part, rest))
    }

    /// The entry at the end of a path that is there.
    fn entry(&self, path: &[String]) -> Result<(&Entry, &Part), Refusal> {
        let (entries, _, rest) = self.reach(path)?;
        if !rest.is_empty() {
            return Err(Refusal::NotThere);
        }
        let last = entries.last().copied().ok_or(Refusal::NotThere)?;
        let parent = match entries.len() {
            0 | 1 => self.outline.documents.iter().find(|part| part.entry(&last.key) == Some(last)),
            count => entries.get(count - 2).map(|entry| &entry.value),
        };
        Ok((last, parent.ok_or(Refusal::NotThere)?))
    }

    fn set(&self, path: &[String], value: &Writing) -> Result<Vec<Edit>, Refusal> {
        let (entries, part, rest) = self.reach(path)?;
        let Some((key, below)) = rest.split_first() else {
            let entry = entries.last().ok_or(Refusal::NotThere)?;
            return self.overwrite(entry, value);
        };
        // What is missing on the way is made with the value in it.
        let value =
            below.iter().rev().fold(value.clone(), |value, key| Writing::Map(vec![(key.clone(), value)]));
        self.insert(entries.last().copied(), part, key, &value)
    }

    fn overwrite(&self, entry: &Entry, value: &Writing) -> Result<Vec<Edit>, Refusal> {
        let part = &entry.value;
        if self.source.text.get(part.at.clone()).is_some_and(|raw| raw.contains('$')) {
            return Err(Refusal::Interpolated);
        }
        if let (Shape::List { .. }, Writing::Map(entries)) = (&part.shape, value) {
            return self.spread(entry, entries);
        }
        let text = match (&part.shape, value) {
            (_, Writing::Scalar(text)) => text.clone(),
            (_, Writing::List(items)) => place::flow(items),
            (_, Writing::Map(_) | Writing::Items { .. }) => return Err(Refusal::Unusual),
        };
        match &part.shape {
            Shape::Absent if !part.tagged => Ok(vec![self.edit(
                part.at.start.max(entry.key_at.end + 1)..part.at.start.max(entry.key_at.end + 1),
                format!(" {text}"),
            )]),
            Shape::Scalar { block: false, lines: false } if !part.tagged => {
                Ok(vec![self.edit(part.at.clone(), text)])
            }
            Shape::List { .. } if !part.tagged => {
                let one_line = !self.source.text.get(part.at.clone()).unwrap_or("\n").contains('\n');
                if one_line && matches!(part.shape, Shape::List { flow: true, .. }) {
                    Ok(vec![self.edit(part.at.clone(), text)])
                } else {
                    Err(Refusal::Unusual)
                }
            }
            _ => Err(Refusal::Unusual),
        }
    }

    /// A mapping takes the place of a list, below the same key.
    fn spread(&self, entry: &Entry, entries: &[(String, Writing)]) -> Result<Vec<Edit>, Refusal> {
        let (layout, list) = (self.layout(), &entry.value);
        let Shape::List { flow, .. } = list.shape else { return Err(Refusal::Unusual) };
        if list.tagged || layout.keeps_trailing_lines(list) {
            return Err(Refusal::Unusual);
        }
        if self.outline.is_shared(list) || self.outline.has_anchor_in_use(list) {
            return Err(Refusal::Shared);
        }
        let column = layout.column(entry.key_at.start);
        let alone = layout.whole_lines(&(entry.key_at.start..list.at.end)).is_some();
        if !alone {
            let map = place::inline(&Writing::Map(entries.to_vec()));
            return if flow { Ok(vec![self.edit(list.at.clone(), map)]) } else { Err(Refusal::Unusual) };
        }
        let indent = if flow { 0 } else { layout.column(list.at.start) }.max(column + layout.step());
        let lines: Vec<String> =
            entries.iter().map(|(key, value)| layout.entry(indent, key, value)).collect();
        let between = self.source.text.get(entry.key_at.end..list.at.start).unwrap_or_default();
        let colon = between.find(':').ok_or(Refusal::Unusual)?;
        let text = format!("{newline}{}", lines.join(layout.newline()), newline = layout.newline());
        Ok(vec![self.edit(entry.key_at.end + colon + 1..list.at.end, text)])
    }

    /// Adds an entry to a mapping, behind its last one.
    fn insert(
        &self,
        owner: Option<&Entry>,
        map: &Part,
        key: &str,
        value: &Writing,
    ) -> Result<Vec<Edit>, Refusal> {
        let layout = self.layout();
        if map.tagged {
            return Err(Refusal::Unusual);
        }
        match &map.shape {
            Shape::Map { flow: true, entries } => {
                let text = format!("{key}: {}", place::inline(value));
                Ok(vec![match entries.last() {
                    Some(last) => {
                        let end = last.value.at.end.max(last.key_at.end);
                        self.edit(end..end, format!(", {text}"))
                    }
                    None => {
                        let open = map.at.start + 1;
                        self.edit(open..open, text)
                    }
                }])
            }
            Shape::Map { flow: false, entries } => {
                let (first, last) = entries.first().zip(entries.last()).ok_or(Refusal::Unusual)?;
                let end = last.value.at.end.max(last.key_at.end);
                if layout.keeps_trailing_lines(&last.value) {
                    return Err(Refusal::Unusual);
                }
                let indent = layout.column(first.key_at.start);
                Ok(vec![self.edit_line_below(end, &layout.entry(indent, key, value))])
            }
            Shape::Absent => {
                let owner = owner.ok_or(Refusal::Unusual)?;
                let indent = layout.column(owner.key_at.start) + layout.step();
                Ok(vec![self.edit_line_below(owner.key_at.end, &layout.entry(indent, key, value))])
            }
            _ => Err(Refusal::Unusual),
        }
    }

    /// Lines behind the line that holds a place.
    fn edit_line_below(&self, at: usize, lines: &str) -> Edit {
        let layout = self.layout();
        let end = layout.line_end(at);
        self.edit(end..end, format!("{}{lines}", layout.newline()))
    }

    fn append(&self, path: &[String], item: &str) -> Result<Vec<Edit>, Refusal> {
        let (entries, part, rest) = self.reach(path)?;
        if !rest.is_empty() {
            return self.set(path, &Writing::List(vec![item.to_owned()]));
        }
        if part.tagged {
            return Err(Refusal::Unusual);
        }
        let layout = self.layout();
        match &part.shape {
            Shape::List { flow: true, items } => Ok(vec![match items.last() {
                Some(last) => self.edit(last.at.end..last.at.end, format!(", {item}")),
                None => self.edit(part.at.start + 1..part.at.start + 1, item.to_owned()),
            }]),
            Shape::List { flow: false, items } => {
                let last = items.last().ok_or(Refusal::Unusual)?;
                if layout.keeps_trailing_lines(last) {
                    return Err(Refusal::Unusual);
                }
                let lead = layout.lead_of_item(last.at.start).ok_or(Refusal::Unusual)?;
                Ok(vec![self.edit_line_below(last.at.end, &format!("{lead}{item}"))])
            }
            Shape::Absent => {
                let entry = entries.last().ok_or(Refusal::NotThere)?;
                self.overwrite(entry, &Writing::List(vec![item.to_owned()]))
            }
            _ => Err(Refusal::Unusual),
        }
    }

    fn remove(&self, path: &[String]) -> Result<Vec<Edit>, Refusal> {
        let (entry, parent) = self.entry(path)?;
        let Shape::Map { flow, entries } = &parent.shape else { return Err(Refusal::Unusual) };
        // An anchor inside goes with the value; somebody may use it.
        if self.outline.has_anchor_in_use(&entry.value) {
            return Err(Refusal::Shared);
        }
        let own = entry.key_at.start..entry.value.at.end.max(entry.key_at.end);
        let siblings: Vec<Range<usize>> = entries
            .iter()
            .map(|entry| entry.key_at.start..entry.value.at.end.max(entry.key_at.end))
            .collect();
        self.cut(&own, &siblings, *flow)
    }

    fn remove_item(&self, path: &[String], at: Span) -> Result<Vec<Edit>, Refusal> {
        let (_, part, rest) = self.reach(path)?;
        let Shape::List { flow, items } = &part.shape else { return Err(Refusal::NotThere) };
        let item =
            items.iter().find(|item| rest.is_empty() && holds(&item.at, at)).ok_or(Refusal::NotThere)?;
        if self.outline.has_anchor_in_use(item) {
            return Err(Refusal::Shared);
        }
        let siblings: Vec<Range<usize>> = items.iter().map(|item| item.at.clone()).collect();
        if let [_] = siblings.as_slice() {
            // A list without items is nothing; the key goes with it.
            return self.remove(path);
        }
        self.cut(&item.at, &siblings, *flow)
    }

    fn set_in(&self, path: &[String], at: Span, key: &str, value: &str) -> Result<Vec<Edit>, Refusal> {
        let (_, part, rest) = self.reach(path)?;
        let Shape::List { items, .. } = &part.shape else { return Err(Refusal::NotThere) };
        let item =
            items.iter().find(|item| rest.is_empty() && holds(&item.at, at)).ok_or(Refusal::NotThere)?;
        if self.outline.is_shared(item) || item.shape == Shape::Alias {
            return Err(Refusal::Shared);
        }
        let value = Writing::Scalar(value.to_owned());
        match item.entry(key) {
            Some(entry) if self.outline.is_shared(&entry.value) => Err(Refusal::Shared),
            Some(entry) => self.overwrite(entry, &value),
            None => self.insert(None, item, key, &value),
        }
    }

    /// Takes one of several siblings away, with the line or the comma that belongs to it.
    fn cut(&self, own: &Range<usize>, siblings: &[Range<usize>], flow: bool) -> Result<Vec<Edit>, Refusal> {
        let index = siblings.iter().position(|sibling| sibling == own).ok_or(Refusal::NotThere)?;
        if flow {
            let range = match (index.checked_sub(1).and_then(|at| siblings.get(at)), siblings.get(index + 1))
            {
                (_, Some(next)) => own.start..next.start,
                (Some(last), None) => last.end..own.end,
                (None, None) => own.clone(),
            };
            return Ok(vec![self.edit(range, String::new())]);
        }
        let [_, _, ..] = siblings else { return Err(Refusal::Unusual) };
        let lines = self.layout().whole_lines(own).ok_or(Refusal::Unusual)?;
        Ok(vec![self.edit(lines, String::new())])
    }

    fn replace(&self, path: &[String], at: Span, value: &str) -> Result<Vec<Edit>, Refusal> {
        let (_, part, rest) = self.reach(path)?;
        if !rest.is_empty() {
            return Err(Refusal::NotThere);
        }
        let part = match &part.shape {
            Shape::List { items, .. } => {
                items.iter().find(|item| holds(&item.at, at)).ok_or(Refusal::NotThere)?
            }
            _ if holds(&part.at, at) => part,
            _ => return Err(Refusal::NotThere),
        };
        if self.outline.is_shared(part) || part.shape == Shape::Alias {
            return Err(Refusal::Shared);
        }
        match part.shape {
            Shape::Scalar { block: false, lines: false } if !part.tagged => {
                Ok(vec![self.edit(part.at.clone(), value.to_owned())])
            }
            _ => Err(Refusal::Unusual),
        }
    }
}

fn holds(range: &Range<usize>, at: Span) -> bool {
    range.start <= at.start as usize && at.end as usize <= range.end
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;

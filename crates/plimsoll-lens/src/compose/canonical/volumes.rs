//! `[source:]target[:options]`, without knowledge of the platform: `c:\data` is a source, and so is `./data`.

use super::super::files::clean_absolute;
use super::super::tree::{Map, Node, Text, Value};
use super::long;

/// The parts of a short text, as byte ranges.
#[derive(Default)]
struct Parts {
    source: Option<(usize, usize)>,
    target: Option<(usize, usize)>,
    options: Option<(usize, usize)>,
}

/// The container's path in a short text; `None` when the text is not understood.
pub(in super::super) fn target(text: &str) -> Option<String> {
    let (from, to) = split(text).ok()?.target?;
    text.get(from..to).map(str::to_owned)
}

/// A volume in the long form.
pub(super) fn parse(short: &Node) -> Result<Node, &'static str> {
    let text = short.text().unwrap_or("").to_owned();
    let parts = split(&text)?;
    let piece = |range: (usize, usize)| short.part(range.0, range.1);
    let target_range = parts.target.ok_or("it has no path in the container")?;
    let mut target = piece(target_range);
    let cleaned = clean_absolute(target.text().unwrap_or(""));
    if let Value::Text(text) = &mut target.value
        && *text.text != *cleaned
    {
        text.text = cleaned.into();
        text.pieces.clear();
    }
    let source = parts.source.map(piece);
    let bind = source.as_ref().and_then(Node::text).is_some_and(is_path);
    let kind = if bind { "bind" } else { "volume" };
    let mut volume = long(short, [("type", Node::implied(Value::Text(Text::plain(kind)), short.at))]);
    let Some(map) = volume.as_map_mut() else { return Ok(volume) };
    if let Some(source) = source {
        map.set("source".into(), source.at, source);
    }
    map.set("target".into(), target.at, target);
    let mut bind_options = Map::default();
    let mut volume_options = Map::default();
    let mut offset = parts.options.map_or(0, |(from, _)| from);
    let options = parts.options.and_then(|(from, to)| text.get(from..to)).unwrap_or("");
    for option in options.split(',') {
        let range = (offset, offset + option.len());
        offset = range.1 + 1;
        match option {
            "ro" | "rw" => {
                let at = piece(range);
                map.set("read_only".into(), at.at, Node { value: Value::Bool(option == "ro"), ..at });
            }
            "nocopy" => {
                let at = piece(range);
                volume_options.set("nocopy".into(), at.at, Node { value: Value::Bool(true), ..at });
            }
            "rprivate" | "private" | "rshared" | "shared" | "rslave" | "slave" => {
                let at = piece(range);
                bind_options.set("propagation".into(), at.at, at);
            }
            "z" | "Z" => {
                let at = piece(range);
                bind_options.set("selinux".into(), at.at, at);
            }
            // Compose ignores other options.
            _ => {}
        }
    }
    if bind {
        bind_options.set("create_host_path".into(), short.at, Node::implied(Value::Bool(true), short.at));
    }
    if bind || !bind_options.entries.is_empty() {
        map.set("bind".into(), short.at, Node::implied(Value::Map(bind_options), short.at));
    }
    let tiny = text.len() <= 2;
    if (!bind && !tiny) || !volume_options.entries.is_empty() {
        map.set("volume".into(), short.at, Node::implied(Value::Map(volume_options), short.at));
    }
    Ok(volume)
}

fn split(text: &str) -> Result<Parts, &'static str> {
    let mut parts = Parts::default();
    match text.len() {
        0 => return Err("it is empty"),
        1 | 2 => {
            parts.target = Some((0, text.len()));
            return Ok(parts);
        }
        _ => {}
    }
    let mut start = 0;
    let mut letters = 0;
    let mut lone_letter = false;
    for (offset, c) in text.char_indices().chain([(text.len(), '\0')]) {
        let end = offset == text.len();
        // `c:` begins a path of Windows.
        if c == ':' && letters == 1 && lone_letter {
            letters += 1;
            continue;
        }
        if c != ':' && !end {
            letters += 1;
            lone_letter = letters == 1 && c.is_alphabetic();
            continue;
        }
        let part = (start, offset);
        if start == offset {
            return Err("a part between colons is empty");
        }
        if parts.source.is_none() && end {
            parts.target = Some(part);
        } else if parts.source.is_none() {
            parts.source = Some(part);
        } else if parts.target.is_none() {
            parts.target = Some(part);
        } else if !end {
            return Err("it has too many colons");
        } else {
            parts.options = Some(part);
        }
        start = offset + 1;
        letters = 0;
        lone_letter = false;
    }
    Ok(parts)
}

/// Whether a source is a path of the host and not the name of a volume.
fn is_path(source: &str) -> bool {
    let mut chars = source.chars();
    match chars.next() {
        Some('.' | '/' | '~') => true,
        Some('\\') => chars.next() == Some('\\'),
        Some(first) => first.is_alphabetic() && chars.next() == Some(':'),
        None => false,
    }
}

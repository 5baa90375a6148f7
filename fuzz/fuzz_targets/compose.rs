//! Any bytes as a compose project: a main file, an override, an `.env` and an extended file, separated by form feeds.
//! Loading must neither panic nor hang, and every place must lie in its document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_lens::Memory;
use plimsoll_lens::compose::{Node, ProjectFiles, Value, claims::claims, load};
use plimsoll_text::{Sources, Span};

fn inside(span: Span, sources: &Sources) {
    assert!(sources.get(span.source).text.get(span.range()).is_some(), "{span:?}");
}

fn all_inside(node: &Node, sources: &Sources) {
    inside(node.at, sources);
    node.via.iter().filter_map(|step| step.span).for_each(|span| inside(span, sources));
    node.shadowed.iter().for_each(|node| all_inside(node, sources));
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| all_inside(item, sources)),
        Value::Map(map) => {
            for entry in &map.entries {
                inside(entry.key_at, sources);
                all_inside(&entry.value, sources);
            }
        }
        Value::Text(text) => {
            for piece in &text.pieces {
                inside(piece.at, sources);
                assert!(text.text.get(piece.start as usize..piece.end as usize).is_some(), "{piece:?}");
            }
        }
        _ => {}
    }
}

fuzz_target!(|data: &[u8]| {
    let names = ["compose.yaml", "compose.override.yaml", ".env", "base.yaml"];
    let mut world = Memory::default();
    for (name, part) in names.iter().zip(data.split(|&byte| byte == 0x0c)) {
        world.files.insert((*name).to_owned(), part.to_vec());
    }
    let files = names.iter().take(2).filter(|name| world.files.contains_key(**name));
    let project = ProjectFiles {
        files: files.map(|name| (*name).to_owned()).collect(),
        directory: ".".into(),
        ..ProjectFiles::default()
    };
    let mut sources = Sources::new();
    let loaded = load(&world, &mut sources, &project);
    all_inside(&loaded.model, &sources);
    loaded.complaints.iter().for_each(|complaint| inside(complaint.at, &sources));
    loaded.comments.iter().filter_map(|comment| comment.covers).for_each(|span| inside(span, &sources));
    let _ = claims(&loaded, &sources, "/project");
});

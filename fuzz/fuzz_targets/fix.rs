//! Any bytes as a Dockerfile, a compose file that builds it and a `package.json`, separated by form feeds, and every change
//! made that there is. Nothing panics, a second run changes nothing, and what no change names stays byte for byte.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use plimsoll::config::Config;
use plimsoll::discover::Plan;
use plimsoll::fix::{Choice, Outcome, propose, replaced};
use plimsoll::scan::Wishes;
use plimsoll::{classify, paths};
use plimsoll_lens::Memory;

fn mended(files: &BTreeMap<String, Vec<u8>>) -> Outcome {
    let mut world = Memory::default();
    world.files.extend(files.iter().map(|(path, bytes)| (path.clone(), bytes.clone())));
    let wishes = Wishes::default();
    let candidates: Vec<_> = files
        .keys()
        .filter_map(|path| classify::by_name(paths::name(path)).map(|class| (path.clone(), class)))
        .collect();
    let mut plan = Plan::default();
    plan.add_found(&world, &world, ".", &candidates, &wishes.compose);
    let choice = Choice { risky: true, ..Choice::default() };
    propose(&world, &plan, &Config::default(), &wishes, &choice, |_| true)
}

/// Comments on lines of their own, which no change takes away.
fn comments(text: &str) -> BTreeMap<&str, usize> {
    let mut found = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| line.starts_with('#')) {
        *found.entry(line).or_default() += 1;
    }
    found
}

fuzz_target!(|data: &[u8]| {
    let names = ["Dockerfile", "compose.yaml", "package.json"];
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (name, part) in names.iter().zip(data.split(|&byte| byte == 0x0c)) {
        if !part.is_empty() {
            files.insert((*name).to_owned(), part.to_vec());
        }
    }
    let done = mended(&files);
    // An open finding may come where one that went had covered it; the score may not fall for that.
    assert!(done.points.1 >= done.points.0, "it got worse");
    for (path, (old, new)) in &done.files {
        if let Some(old) = old {
            assert_eq!(files.get(path).map(Vec::as_slice), Some(old.as_bytes()), "{path} was not UTF-8");
            assert_eq!(
                old.starts_with('\u{feff}'),
                new.starts_with('\u{feff}'),
                "the byte order mark of {path}"
            );
            let new_ones = comments(new);
            for (line, count) in comments(old) {
                assert!(new_ones.get(line).is_some_and(|now| *now >= count), "{line:?} is lost in {path}");
            }
        }
        files.insert(path.clone(), new.clone().into_bytes());
    }
    for turn in done.made.iter().flat_map(|made| made.files.values()) {
        let Some(old) = &turn.old else { continue };
        // What is shown is all that changes: put into the old text it gives the new one.
        let (mut text, mut at) = (String::new(), 0);
        for (gone, come) in replaced(old, &turn.new) {
            text.push_str(old.get(at..gone.start).expect("the places are in order"));
            text.push_str(turn.new.get(come).expect("the place fits"));
            at = gone.end;
        }
        text.push_str(old.get(at..).expect("the last place fits"));
        assert_eq!(text, turn.new);
    }
    let again = mended(&files);
    let made: Vec<_> = again.made.iter().map(|made| made.control.as_str()).collect();
    assert!(made.is_empty(), "a second run makes {made:?}");
});

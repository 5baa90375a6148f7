//! Any bytes as a program (of Go, of Node.js), as a database of rpm and as what a bundler made. Reading must neither panic nor hang, and
//! the size of the steps in which a program is read must not matter.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_packages::inventory::{bundle, go, node, rpm};

fn stepwise(data: &[u8], step: usize) -> impl FnMut(&mut [u8]) -> Result<usize, ()> {
    let mut rest = data;
    move |buffer| {
        let count = rest.len().min(buffer.len()).min(step);
        let (part, more) = rest.split_at(count);
        if let Some(room) = buffer.get_mut(..count) {
            room.copy_from_slice(part);
        }
        rest = more;
        Ok(count)
    }
}

fuzz_target!(|data: &[u8]| {
    // Everything is read where nothing is random: behind the head of a program.
    let padded = [b"\x7fELF\x02\x01".as_slice(), &[0; 58], data].concat();
    for bytes in [data, padded.as_slice()] {
        assert_eq!(go::search(stepwise(bytes, usize::MAX)), go::search(stepwise(bytes, 7)));
        let whole = node::search(stepwise(bytes, usize::MAX)).ok().flatten();
        assert!(whole.is_none_or(|program| !program.version.is_empty()));
    }
    let database = [b"SQLite format 3\0\x02\x00\x01\x01\x00".as_slice(), data].concat();
    for bytes in [data, database.as_slice()] {
        let _ = rpm::read("var/lib/rpm/rpmdb.sqlite", bytes);
    }
    let _ = rpm::read("var/lib/rpmmanifest/container-manifest-2", data);
    for path in ["dist/a.js", "dist/a.js.map"] {
        let _ = bundle::read(path, data);
    }
});

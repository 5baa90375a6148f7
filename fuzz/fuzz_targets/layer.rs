//! Any bytes as a layer, as an archive, and as each of the files that are read in one. Reading must neither panic nor hang, and
//! what is kept must be bounded by what was given.
#![no_main]

use std::io::{self, Cursor};

use libfuzzer_sys::fuzz_target;
use plimsoll_lens::image_config;
use plimsoll_packages::archive::{self, Choice, Handle, Input};
use plimsoll_packages::inventory::{Interest, interest};
use plimsoll_packages::layer::{self, SecretSense, Sight};
use plimsoll_posture::{Subject, SubjectKind};
use plimsoll_text::{SourceKind, Sources, Span};

struct Blind;

impl SecretSense for Blind {
    fn wants(&self, _: &str, _: u64) -> bool {
        true
    }

    fn look(&self, _: &str, _: &[u8]) -> Vec<Sight> {
        Vec::new()
    }
}

const FILES: [&str; 8] = [
    "var/lib/dpkg/status",
    "var/lib/dpkg/info/a.list",
    "lib/apk/db/installed",
    "a/node_modules/b/package.json",
    "etc/os-release",
    "etc/passwd",
    "etc/shadow",
    "usr/bin/node",
];

fuzz_target!(|data: &[u8]| {
    let layer = layer::read(data, Some(data.len() as u64), &Blind);
    assert!(layer.items.len() <= data.len());
    let open = || -> io::Result<Box<dyn Handle>> { Ok(Box::new(Cursor::new(data.to_vec()))) };
    for input in [Input::File(&open), Input::Stream(Box::new(data))] {
        let Ok(reading) = archive::read(input, &Choice::default(), &Blind) else { continue };
        for saved in &reading.images {
            let mut sources = Sources::new();
            let source = sources.add_text("config.json", SourceKind::ImageConfig, "");
            let subject = Subject::new(SubjectKind::Image, "image", Span::whole(source));
            let _ = plimsoll_packages::image::built(saved, subject, "", &[]);
        }
    }
    for path in FILES {
        let wanted = interest(path);
        assert_ne!(wanted, Interest::None);
        let _ = wanted.read(path, data);
    }
    let mut sources = Sources::new();
    let id = image_config::add(&mut sources, "image.tar#config.json", data);
    let reading = image_config::read(sources.get(id));
    let inside = |span: Span| assert!(sources.get(span.source).text.get(span.range()).is_some(), "{span:?}");
    reading.sightings.iter().chain(&reading.commands).for_each(|sighting| inside(sighting.at.at.span));
    reading.complaints.iter().for_each(|complaint| inside(complaint.at));
    reading.layers.iter().for_each(|(at, _)| inside(at.span));
});

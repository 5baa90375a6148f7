//! Lists the packages of an image archive, a line each: ecosystem, name, version, layer, path. For measuring the reading alone.

use std::fs::File;
use std::io::{self, Write};

use plimsoll_packages::archive::{self, Choice, Handle, Input};
use plimsoll_packages::layer::{SecretSense, Sight};
use plimsoll_posture::{Subject, SubjectKind};
use plimsoll_text::{SourceKind, Sources, Span};

/// Sees no secrets.
struct Blind;

impl SecretSense for Blind {
    fn wants(&self, _: &str, _: u64) -> bool {
        false
    }

    fn look(&self, _: &str, _: &[u8]) -> Vec<Sight> {
        Vec::new()
    }
}

fn main() -> io::Result<()> {
    let path = std::env::args_os().nth(1).ok_or_else(|| io::Error::other("name an archive"))?;
    let open = || -> io::Result<Box<dyn Handle>> { Ok(Box::new(File::open(&path)?)) };
    let reading = archive::read(Input::File(&open), &Choice::default(), &Blind)?;
    let mut out = io::BufWriter::new(io::stdout());
    let mut sources = Sources::new();
    for saved in &reading.images {
        let source = sources.add_text("config.json", SourceKind::ImageConfig, "");
        let subject = Subject::new(SubjectKind::Image, "image", Span::whole(source));
        for package in plimsoll_packages::image::built(saved, subject, "", &[]).0.packages {
            let layer = package.layer.map_or(0, |layer| layer + 1);
            let (ecosystem, name) = (package.ecosystem.name(), &package.name);
            writeln!(out, "{ecosystem}\t{name}\t{}\t{layer}\t{}", package.version, package.path)?;
        }
    }
    out.flush()
}

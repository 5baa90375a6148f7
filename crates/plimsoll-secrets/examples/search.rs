//! Searches all files below directories: how fast, how much is found, and where. For measuring; values are never shown.
//!
//!     cargo run --release -p plimsoll-secrets --example search -- [--list] [--engine file|text|formats] DIRECTORY…

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use plimsoll_secrets::{Certainty, scan_file, scan_text};

fn main() -> io::Result<()> {
    let mut list = false;
    let mut engine = "file".to_owned();
    let mut folders = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => list = true,
            "--engine" => engine = arguments.next().unwrap_or_default(),
            folder => folders.push(PathBuf::from(folder)),
        }
    }
    let mut files = Vec::new();
    for folder in &folders {
        collect(folder, &mut files);
    }
    files.sort();
    let mut out = io::stdout().lock();
    let (mut bytes, mut seconds, mut found, mut certain, mut slowest) =
        (0_u64, 0.0, 0_usize, 0_usize, (0.0, PathBuf::new()));
    for path in &files {
        let Ok(content) = std::fs::read(path) else { continue };
        if content.len() > 1 << 20 || content.iter().take(8000).any(|byte| *byte == 0) {
            continue;
        }
        let text = String::from_utf8_lossy(&content);
        let name = path.to_string_lossy();
        let start = Instant::now();
        let all: Vec<(String, &'static str, usize, Certainty)> = match engine.as_str() {
            "text" => scan_text(&text)
                .into_iter()
                .map(|one| (String::new(), one.kind, one.range.start, one.certainty))
                .collect(),
            _ => scan_file(&name, &text)
                .into_iter()
                .map(|one| (one.name, one.detection.kind, one.detection.range.start, one.detection.certainty))
                .collect(),
        };
        let took = start.elapsed().as_secs_f64();
        if took > slowest.0 {
            slowest = (took, path.clone());
        }
        seconds += took;
        bytes += content.len() as u64;
        found += all.len();
        certain += all.iter().filter(|one| one.3 == Certainty::Certain).count();
        for (label, kind, at, certainty) in all.iter().filter(|_| list) {
            let line = text.get(..*at).map_or(0, |head| head.matches('\n').count() + 1);
            writeln!(out, "{certainty:?}\t{kind}\t{label}\t{name}:{line}")?;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let megabytes = bytes as f64 / 1e6;
    writeln!(
        out,
        "{} files, {megabytes:.1} MB, {seconds:.3} s, {:.0} MB/s, {found} found, {certain} certain; slowest {:.3} s {}",
        files.len(),
        megabytes / seconds.max(1e-9),
        slowest.0,
        slowest.1.display()
    )
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    let Ok(meta) = path.symlink_metadata() else { return };
    if meta.is_file() {
        files.push(path.to_owned());
    } else if meta.is_dir()
        && let Ok(entries) = std::fs::read_dir(path)
    {
        for entry in entries.flatten() {
            collect(&entry.path(), files);
        }
    }
}

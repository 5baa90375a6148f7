//! The set of whole files: lines that hold a secret (`+`, the secret between « and »), lines that look as if they did (`-`),
//! and the lines around them.
//!
//! The files below `held_out` were written before the search was, and nothing was ever changed because of what it missed or
//! told wrongly there. Those below `tuned` are for looking at.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use plimsoll_secrets::scan_file;

use crate::recipe::{build_with, expand};

/// What was written before the search.
const HELD_OUT: &[&str] = &[
    include_str!("held_out/environment.txt"),
    include_str!("held_out/source.txt"),
    include_str!("held_out/settings.txt"),
    include_str!("held_out/pipelines.txt"),
];

/// What the search was written with.
const TUNED: &[&str] = &[include_str!("tuned/places.txt"), include_str!("tuned/lookalikes.txt")];

/// One file with its labels.
struct File {
    path: String,
    text: String,
    /// First and last line and the bytes of each secret.
    secrets: Vec<(usize, usize, std::ops::Range<usize>)>,
    /// Lines that look like one.
    lookalikes: BTreeSet<usize>,
}

fn files(sets: &[&str]) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    let mut number = 0;
    let mut line = 1;
    for (seed, row) in sets.iter().flat_map(|set| set.lines()).enumerate() {
        if let Some(path) = row.strip_prefix("=== ") {
            line = 1;
            number += 1;
            files.push(File {
                path: path.to_owned(),
                text: String::new(),
                secrets: Vec::new(),
                lookalikes: BTreeSet::new(),
            });
            continue;
        }
        let file = files.last_mut().expect("a path stands first");
        let (mark, recipe) = row.split_at_checked(2).unwrap_or((row, ""));
        let indent: String = recipe.chars().take_while(|c| *c == ' ').collect();
        let whole = build_with(&expand(recipe, seed as u64), (seed * 31 + number) as u64);
        let whole = whole.replace('\n', &format!("\n{indent}"));
        let start = file.text.len();
        let last = line + whole.matches('\n').count();
        match mark.trim() {
            "+" => {
                let (open, close) = (whole.find('«').expect("marked"), whole.find('»').expect("marked"));
                let secret = start + open..start + close - '«'.len_utf8();
                file.secrets.push((line, last, secret));
            }
            "-" => {
                file.lookalikes.extend(line..=last);
            }
            _ => {}
        }
        file.text.push_str(&whole.replace(['«', '»'], ""));
        file.text.push('\n');
        line = last + 1;
    }
    files
}

/// Counts of one set.
#[derive(Default)]
struct Score {
    positives: usize,
    lookalikes: usize,
    found: usize,
    wrong: usize,
    told: String,
}

impl Score {
    fn of(sets: &[&str]) -> Self {
        let mut score = Self::default();
        for file in files(sets) {
            score.positives += file.secrets.len();
            score.lookalikes += file.lookalikes.len();
            let found = scan_file(&file.path, &file.text);
            for (line, _, secret) in &file.secrets {
                let hit = found.iter().any(|named| {
                    let range = &named.detection.range;
                    range.start < secret.end && secret.start < range.end
                });
                score.found += usize::from(hit);
                if !hit {
                    let text = file.text.lines().nth(line - 1).unwrap_or("");
                    let _ = writeln!(score.told, "missed {}:{line}: {text:.100}", file.path);
                }
            }
            let mut lines = BTreeSet::new();
            for named in &found {
                let range = named.detection.range.clone();
                let right = file
                    .secrets
                    .iter()
                    .any(|(.., secret)| range.start < secret.end && secret.start < range.end);
                let line = file.text[..range.start].matches('\n').count() + 1;
                if !right && lines.insert(line) {
                    let text = file.text.lines().nth(line - 1).unwrap_or("");
                    let kind = named.detection.kind;
                    let _ =
                        writeln!(score.told, "wrong {}:{line} {kind} {}: {text:.100}", file.path, named.name);
                }
            }
            score.wrong += lines.len();
        }
        score
    }

    fn precision(&self) -> f64 {
        crate::ratio(self.found, self.found + self.wrong)
    }

    fn recall(&self) -> f64 {
        crate::ratio(self.found, self.positives)
    }

    fn line(&self, name: &str) -> String {
        format!(
            "{name}: {} positives, {} hard negatives: precision {:.3}, recall {:.3}",
            self.positives,
            self.lookalikes,
            self.precision(),
            self.recall()
        )
    }
}

#[test]
fn precision_and_recall_over_files() {
    let tuned = Score::of(TUNED);
    println!("{}{}", tuned.told, tuned.line("tuned"));
    assert!(tuned.precision() >= 0.95 && tuned.recall() >= 0.95, "{}", tuned.line("tuned"));
}

/// Only the figures are printed, so that nobody tunes to a line.
#[test]
fn precision_and_recall_over_files_that_were_held_out() {
    let held_out = Score::of(HELD_OUT);
    println!("{}", held_out.line("held out"));
    assert!(held_out.precision() >= 0.95, "{}", held_out.line("held out"));
    assert!(held_out.recall() >= 0.85, "{}", held_out.line("held out"));
}

#[test]
fn the_set_is_as_large_as_it_says() {
    let all = [Score::of(HELD_OUT), Score::of(TUNED)];
    let positives: usize =
        all.iter().map(|score| score.positives).sum::<usize>() + crate::positives::cases().len();
    let negatives: usize =
        all.iter().map(|score| score.lookalikes).sum::<usize>() + crate::negatives::cases().len();
    println!("{positives} positives, {negatives} hard negatives");
    assert!(positives >= 300, "{positives} positives");
    assert!(negatives >= 600, "{negatives} hard negatives");
}

/// Writes the files and their labels, for other programs: `PLIMSOLL_LABELLED=DIRECTORY`.
#[test]
fn the_set_can_be_written_out() {
    let Some(folder) = std::env::var_os("PLIMSOLL_LABELLED") else { return };
    let folder = std::path::PathBuf::from(folder);
    let mut labels = String::from("set\tlabel\tfile\tfirst\tlast\n");
    for (name, sets) in [("held_out", HELD_OUT), ("tuned", TUNED)] {
        for (number, file) in files(sets).iter().enumerate() {
            // Each in a folder of its own: several have the same name.
            let path = format!("{name}/{number}/{}", file.path);
            let place = folder.join(&path);
            std::fs::create_dir_all(place.parent().expect("has a folder")).expect("a folder can be made");
            std::fs::write(&place, &file.text).expect("a file can be written");
            for (first, last, _) in &file.secrets {
                let _ = writeln!(labels, "{name}\t+\t{path}\t{first}\t{last}");
            }
            for line in &file.lookalikes {
                let _ = writeln!(labels, "{name}\t-\t{path}\t{line}\t{line}");
            }
            for named in scan_file(&file.path, &file.text) {
                let line = file.text[..named.detection.range.start].matches('\n').count() + 1;
                let _ = writeln!(labels, "{name}\tplimsoll\t{path}\t{line}\t{line}");
            }
        }
    }
    std::fs::write(folder.join("labels.tsv"), labels).expect("the labels can be written");
}

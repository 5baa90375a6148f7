//! An image archive as a few lines of text, so that the cases of a page stay readable.
//!
//! `name TAG`, `config JSON` (the `config` object), `step TEXT` (a step without a layer), `layer TEXT` (one with), and below a layer
//! `+ PATH MODE [TEXT or *SIZE]` (a closing `/` makes a directory, `\n` a line end, `\e` the byte that an ELF file starts with, `go:VERSION MODULE@VERSION …` a program
//! that Go made) and `- PATH` (removed). `missing TEXT` is a layer that
//! the archive names and does not have.

#[expect(dead_code, reason = "only one of the shapes is written here")]
#[path = "../../../plimsoll-packages/tests/made/mod.rs"]
mod made;

use made::{Image, Tar};

/// The bytes of the archive.
pub(crate) fn build(text: &str) -> Vec<u8> {
    let mut image = Image { config: "{}".to_owned(), ..Image::default() };
    let mut layer: Option<Tar> = None;
    let close = |layer: &mut Option<Tar>, image: &mut Image| {
        image.layers.extend(layer.take().map(|tar| tar.end()));
    };
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "name" => image.names.push(rest.to_owned()),
            "config" => rest.clone_into(&mut image.config),
            "step" => {
                close(&mut layer, &mut image);
                image.steps.push((rest.to_owned(), false));
            }
            "layer" | "missing" => {
                close(&mut layer, &mut image);
                if word == "missing" {
                    image.missing.push(image.layers.len());
                }
                image.steps.push((rest.to_owned(), true));
                layer = Some(Tar::default());
            }
            "+" => {
                let tar = layer.as_mut().expect("a file needs a layer");
                let mut words = rest.splitn(3, ' ');
                let path = words.next().expect("a path");
                let mode = words.next().and_then(|mode| u32::from_str_radix(mode, 8).ok()).expect("a mode");
                let content = words.next().unwrap_or("");
                if let Some(build) = content.strip_prefix("go:") {
                    tar.file_of(path, mode, made::go_program(build));
                    continue;
                }
                match content.strip_prefix('*').and_then(|size| size.parse().ok()) {
                    Some(size) => tar.file_of(path, mode, vec![b'x'; size]),
                    None if path.ends_with('/') => tar.entry(path, b'5', mode, "", b""),
                    None => tar.file_of(path, mode, content.replace("\\n", "\n").replace("\\e", "\x7f")),
                };
            }
            "-" => {
                let (parent, name) = rest.rsplit_once('/').unwrap_or(("", rest));
                let path = format!("{parent}/.wh.{name}");
                layer.as_mut().expect("a file needs a layer").file(path.trim_start_matches('/'), "");
            }
            other => panic!("an archive has no `{other}`"),
        }
    }
    close(&mut layer, &mut image);
    image.old()
}

//! Source maps with the source code in them, where browsers fetch files.

use plimsoll_posture::{BuiltImage, FileTrait, NotedFile, Posture};

use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "source-map-served",
    title: "source code is served in source maps",
    page: include_str!("source_map_served.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Built(check),
};

/// Directories from which files are sent to browsers by nearly every server and framework.
const SERVED: [&str; 9] =
    ["public", "static", "assets", "www", "html", "htdocs", "wwwroot", "browser", "client"];

fn check(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    let is_served = |file: &&NotedFile| {
        let folders = file.path.rsplit_once('/').map_or("", |(folders, _)| folders);
        folders.split('/').any(|folder| SERVED.contains(&folder))
    };
    let maps: Vec<&NotedFile> = image
        .files
        .iter()
        .filter(|file| file.noted == FileTrait::SourceMap && file.hidden_by.is_none())
        .filter(is_served)
        .collect();
    let mut layers_of: Vec<usize> = maps.iter().map(|file| file.layer).collect();
    layers_of.sort_unstable();
    layers_of.dedup();
    let findings = layers_of.into_iter().map(|layer| {
        let own: Vec<&str> = maps.iter().filter(|file| file.layer == layer).map(|file| &*file.path).collect();
        let count = if own.len() == 1 { "holds" } else { "hold" };
        layers::finding(
            image,
            layer,
            "the source word for word",
            format!(
                "{} of {} {count} the source of the application where browsers fetch files",
                layers::names(own.iter().copied()),
                layers::layer(image, layer)
            ),
            "leave maps out of what is served: build without `sourcesContent`, with hidden maps, or delete `*.map` after they were \
             sent to where errors are looked at",
        )
    });
    Verdict::from_findings(findings.collect(), layers::pass(image))
}

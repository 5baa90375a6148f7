//! The history of the source in a layer of a built image.

use plimsoll_posture::{BuiltImage, FileTrait, Posture};

use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "repository-in-image",
    title: "image holds a source repository",
    page: include_str!("repository_in_image.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DD006"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Built(check),
};

fn check(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    let repositories = image.files.iter().filter(|file| file.noted == FileTrait::VersionControl);
    let findings = repositories.map(|file| {
        let hidden = match file.hidden_by {
            Some(later) => format!("; {} only hides it", layers::layer(image, later)),
            None => String::new(),
        };
        layers::finding(
            image,
            file.layer,
            layers::size(file.bytes),
            format!(
                "`/{}` is a source repository, in {}{hidden}",
                file.path,
                layers::layer(image, file.layer)
            ),
            "name `.git` in .dockerignore, and build again",
        )
    });
    Verdict::from_findings(findings.collect(), layers::pass(image))
}

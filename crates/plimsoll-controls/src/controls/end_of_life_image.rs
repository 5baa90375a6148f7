//! An image of a release line that gets no more fixes.

use plimsoll_posture::{BuiltImage, Change, Posture, ReleaseLine, Role};

use crate::installed_package::service_of;
use crate::{
    Control, Finding, Foothold, NamedImage, Purpose, Remedy, Scope, Settings, Severity, Standing, Verdict,
    layers,
};

pub(super) static CONTROL: Control = Control {
    id: "end-of-life-image",
    title: "image is past its end of life",
    page: include_str!("end_of_life_image.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DD077"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::ImageAndBuilt(check, contents),
};

fn check(image: &NamedImage<'_>, _: &Posture, _: &Settings) -> Verdict {
    let Some(knowledge) = image.knowledge else {
        return Verdict::NotApplicable("only files are copied from the image");
    };
    let ended: Vec<&ReleaseLine> = knowledge.lines.iter().filter(|line| line.ended).collect();
    if ended.is_empty() {
        // A tag without a version says nothing about the age of what will be pulled.
        return if knowledge.lines.is_empty() { image.not_inspected() } else { image.pass() };
    }
    let facts: Vec<String> = ended.iter().map(|line| fact(line)).collect();
    let label = ended.iter().map(|line| end(line)).collect::<Vec<_>>().join(", ");
    let mut finding = Finding::place(
        image.at.clone(),
        image.plane,
        label,
        format!("{}: {}", image.sentence(), facts.join(" and ")),
        fix(&ended, knowledge.maintained.as_deref()),
    );
    // The files of a datastore do not fit another major version of it.
    let mendable = knowledge.role != Some(Role::Datastore);
    if let Some(maintained) = knowledge.maintained.as_ref().filter(|_| mendable) {
        finding = finding.remedied(Remedy::risky(
            vec![Change::Reword { at: image.at.clone(), text: maintained.to_string() }],
            match image.purpose {
                Purpose::Run => "a new release behaves otherwise in places: read its notes and run the tests",
                _ => "a new release comes with other versions of everything: build it and run the tests",
            },
        ));
    }
    if image.purpose == Purpose::Base && !image.ships {
        finding = finding.because(
            "The stage does not ship, but what it builds and downloads passes through software that gets no more fixes.",
        );
    }
    Verdict::fail(finding)
}

/// The distribution and the Node.js that a built image really holds.
fn contents(image: &BuiltImage, posture: &Posture, _: &Settings) -> Verdict {
    if image.lines.is_empty() {
        return Verdict::NotApplicable("the image holds nothing of which release lines are known");
    }
    let findings =
        image.lines.iter().filter(|line| line.ended && !is_named(image, line, posture)).map(|line| {
            let runtimes = || image.installed.runtimes.iter();
            let runtime = runtimes().find(|runtime| *runtime.build.product == *line.product);
            let package = runtime.and_then(|runtime| image.packages.get(runtime.package));
            let layer = package.and_then(|package| package.layer).unwrap_or(0);
            layers::finding(
                image,
                layer,
                end(line),
                format!("{} in {}", fact(line), layers::layer(image, layer)),
                format!("{} and build the image again", fix(&[line], None)),
            )
        });
    Verdict::from_findings(findings.collect(), layers::pass(image))
}

/// Whether an image that the project names tells the line already.
fn is_named(image: &BuiltImage, line: &ReleaseLine, posture: &Posture) -> bool {
    let Some(service) = service_of(image, posture) else { return false };
    let same = |own: &ReleaseLine| own.product == line.product && own.cycle == line.cycle;
    let recipe = service.build.as_ref().and_then(|build| build.stage);
    let recipe = recipe.and_then(|stage| posture.recipes.get(stage.recipe.0));
    let bases = recipe.into_iter().flat_map(|recipe| &recipe.stages);
    bases.filter(|stage| stage.reached).any(|stage| stage.image.knowledge.lines.iter().any(same))
        || (service.build.is_none() && service.runtime && service.knowledge.lines.iter().any(same))
}

fn fact(line: &ReleaseLine) -> String {
    match &line.end_of_life {
        Some(day) => format!("{} {} reached its end of life on {day}", line.product, line.cycle),
        None if &*line.cycle == "retired" => format!("{} was retired by its publisher", line.product),
        None => format!("{} {} has reached its end of life", line.product, line.cycle),
    }
}

fn end(line: &ReleaseLine) -> String {
    match &line.end_of_life {
        Some(day) => format!("{} {} ended {day}", line.product, line.cycle),
        None => "no more updates".to_owned(),
    }
}

fn fix(ended: &[&ReleaseLine], maintained: Option<&str>) -> String {
    if let Some(maintained) = maintained {
        return format!("move to `{maintained}`");
    }
    let successors: Vec<String> = ended
        .iter()
        .filter_map(|line| line.successor.as_ref().map(|next| format!("{} {next}", line.product)))
        .collect();
    if successors.is_empty() {
        "move to an image that is still maintained".to_owned()
    } else {
        format!("move to {}", successors.join(" and "))
    }
}

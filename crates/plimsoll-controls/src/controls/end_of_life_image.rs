//! An image of a release line that gets no more fixes.

use plimsoll_posture::{Change, Posture, ReleaseLine, Role};

use crate::{
    Control, Finding, Foothold, NamedImage, Purpose, Remedy, Scope, Settings, Severity, Standing, Verdict,
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
    scope: Scope::Image(check),
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

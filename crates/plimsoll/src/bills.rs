//! Bills of materials: as an input of a scan, and as what `plimsoll sbom` writes.
//!
//! Deliberately absent: the notations and what they mean (`plimsoll-packages`, `sbom`).

use std::collections::BTreeSet;
use std::path::Path;

use plimsoll_lens::{World, images};
use plimsoll_packages::audit;
use plimsoll_packages::database::Database;
use plimsoll_packages::sbom::{self, Bill, Reading, Stock};
use plimsoll_posture::{
    Complaint, ComplaintKind, Dependencies, Known, Lockfile, Reason, RegistrySettings, Subject, SubjectKind,
};
use plimsoll_report::{InputStatus, ScenarioKind, plain};
use plimsoll_text::{SourceKind, Sources, Span};

use crate::args::{SbomArguments, SbomFormat};
use crate::config::Config;
use crate::date::Date;
use crate::inputs::{self, Inputs};
use crate::paths;
use crate::run::{CLEAN, Failure, Streams, print};
use crate::scan::{Task, Wishes, assemble_all};
use crate::scenario::{Assembled, finish};

/// The largest bill that is read, in bytes: those of large images are larger than any other input but a lockfile.
pub const MAX_BILL: u64 = 64 * 1024 * 1024;

/// Whether a file is a bill of materials, by what it holds.
#[must_use]
pub fn is_bill(world: &dyn World, path: &str) -> bool {
    let named = [".json", ".cdx", ".spdx", ".bom"].iter().any(|ending| path.ends_with(ending));
    named
        && world.read_up_to(path, MAX_BILL).is_ok_and(|bytes| sbom::is_bill(&String::from_utf8_lossy(&bytes)))
}

/// What a bill names, as a scenario of its own.
#[must_use]
pub fn scenario(world: &dyn World, path: &str, database: &Database) -> Assembled {
    let mut assembled = Assembled::new(path.to_owned(), ScenarioKind::Bill);
    let bytes = match world.read_up_to(path, MAX_BILL) {
        Ok(bytes) => bytes,
        Err(error) => {
            assembled.unread.push(plimsoll_report::Input {
                name: path.to_owned(),
                lens: "sbom",
                status: InputStatus::Skipped(error.to_string()),
            });
            return assembled;
        }
    };
    let id = assembled.sources.add(path, SourceKind::Manifest, &bytes);
    let text = assembled.sources.get(id).text.clone();
    let Some(mut reading) = sbom::read(&text) else { return assembled };
    let name = paths::name(path);
    let survey = sbom::survey(&reading, name, id);
    let subject = &reading.bill.subject;
    let whole = Span::new(id, subject.at.0, subject.at.1);
    if let Some(image) = survey.image {
        assembled.posture.built.push(*image);
    } else {
        let read = match reading.broken {
            Some(_) => Known::Unknown(Reason::NotUnderstood(path.into())),
            None => Known::Value(()),
        };
        let mut lockfile = Lockfile {
            source: id,
            name: name.into(),
            format: reading.format.as_str().into(),
            packages: survey.packages,
            drift: Vec::new(),
            hits: Vec::new(),
            coverage: None,
            read,
        };
        audit(&mut lockfile, database);
        let said = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Into::into);
        assembled.posture.dependencies.push(Dependencies {
            subject: Subject::new(SubjectKind::App, path, whole),
            directory: paths::parent(path).into(),
            name: said(&subject.name),
            version: said(&subject.version),
            requests: Vec::new(),
            lockfiles: vec![lockfile],
            masked: Vec::new(),
            registry: RegistrySettings::default(),
            lookalikes: Vec::new(),
            node: Vec::new(),
        });
    }
    let mut complain = |kind, code, at, message: String, cure: Option<&str>| {
        assembled.complaints.push(Complaint { kind, code, at, message, cure: cure.map(str::to_owned) });
    };
    if let Some(at) = reading.broken {
        let message = "the bill of materials is broken here: what follows is not read".to_owned();
        let cure = Some("have it written again");
        complain(ComplaintKind::Invalid, "invalid-sbom", Span::new(id, at, at), message, cure);
    }
    if reading.cut {
        let message = "the bill of materials holds more components than are read".to_owned();
        complain(ComplaintKind::Skipped, "sbom-too-large", whole, message, None);
    }
    if !survey.foreign.is_empty() {
        let kinds: Vec<String> =
            survey.foreign.iter().map(|(kind, count)| format!("{count} of {kind}")).collect();
        let message = format!(
            "components that are not judged, since nothing here knows advisories for them: {}",
            kinds.join(", ")
        );
        complain(ComplaintKind::Skipped, "not-judged", whole, message, None);
    }
    for (count, lacks, code) in [
        (survey.unversioned, "version", "component-without-version"),
        (survey.unnamed, "package URL", "component-without-purl"),
    ] {
        if count > 0 {
            let s = if count == 1 { "component has" } else { "components have" };
            let message = format!("{count} {s} no {lacks} and cannot be judged");
            complain(
                ComplaintKind::Skipped,
                code,
                whole,
                message,
                Some("have the bill written by a tool that gives both"),
            );
        }
    }
    let judged_alone = assembled.posture.built.is_empty();
    if !survey.related && judged_alone {
        let message =
            "the bill does not say what depends on what: who brings in a package is not told".to_owned();
        complain(ComplaintKind::Doubtful, "sbom-without-relations", whole, message, None);
    }
    assembled.statements = std::mem::take(&mut reading.statements)
        .into_iter()
        .map(|statement| (Span::new(id, statement.at.0, statement.at.1), statement))
        .collect();
    finish(&mut assembled, database);
    assembled
}

/// `plimsoll sbom`.
pub(crate) fn sbom(arguments: &SbomArguments, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let inputs = inputs::resolve(&arguments.selection, streams.stdin)?;
    let mut bill = match &inputs.plan.bills[..] {
        [] => taken_stock(arguments, inputs, streams)?,
        [one] if inputs.plan.holds_only_bills() => given(&inputs, one)?.bill,
        _ => {
            let message =
                "a bill of materials is written again alone: name one of them, or a project or an image";
            return Err(Failure::Told(message.to_owned()));
        }
    };
    if let Some(seconds) = Date::fixed_seconds() {
        bill.created = Some(Date::stamp(seconds));
    }
    let version = env!("CARGO_PKG_VERSION");
    let text = match arguments.format {
        SbomFormat::Cyclonedx => sbom::cyclonedx(&bill, version),
        SbomFormat::Spdx => sbom::spdx(&bill, version, images::data_date()),
    };
    match arguments.output.as_deref().filter(|path| *path != Path::new("-")) {
        None => print(streams, &text),
        Some(path) => {
            std::fs::write(path, text)
                .map_err(|error| Failure::Told(format!("{}: {error}", path.display())))?;
            Ok(CLEAN)
        }
    }
}

fn given(inputs: &Inputs, path: &str) -> Result<Reading, Failure> {
    let told = |what: &str| Failure::Told(format!("{path}: {what}"));
    let bytes = inputs.world.read_up_to(path, MAX_BILL).map_err(|error| told(&error.to_string()))?;
    let reading =
        sbom::read(&String::from_utf8_lossy(&bytes)).ok_or_else(|| told("is no bill of materials"))?;
    if reading.broken.is_some() || reading.cut {
        return Err(told("cannot be read to its end"));
    }
    Ok(reading)
}

/// What applications and images of the inputs are made of. What could not be read is told, since the bill cannot tell it.
fn taken_stock(
    arguments: &SbomArguments,
    inputs: Inputs,
    streams: &mut Streams<'_>,
) -> Result<Bill, Failure> {
    let wishes = Wishes {
        compose: inputs.compose,
        platform: arguments.selection.platform.clone(),
        build_args: arguments.selection.build_arg.iter().cloned().collect(),
        ..Wishes::default()
    };
    let task = Task {
        world: &inputs.world,
        plan: inputs.plan,
        stdin: inputs.stdin,
        config: Config::default(),
        wishes,
    };
    let (scenarios, skipped) = assemble_all(&task, |assembled| assembled);
    let mut stock = Stock::default();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut told: BTreeSet<String> = BTreeSet::new();
    for scenario in &scenarios {
        for app in scenario.posture.dependencies.iter().filter(|app| !app.lockfiles.is_empty()) {
            if seen.insert(app.subject.key()) {
                stock.application(app, &scenario.sources);
            }
        }
        for image in &scenario.posture.built {
            if seen.insert(format!("{} {}", image.subject.key(), image.id)) {
                stock.image(image);
            }
        }
        told.extend(scenario.complaints.iter().filter_map(|complaint| remark(&scenario.sources, complaint)));
    }
    let unread = skipped.iter().filter(|input| task.plan.archives.contains(&input.name));
    told.extend(unread.filter_map(|input| match &input.status {
        InputStatus::Skipped(why) => Some(format!("{}: {why}", input.name)),
        InputStatus::Read | InputStatus::Partial => None,
    }));
    for remark in &told {
        let _ = writeln!(streams.stderr, "not in the bill: {}", plain(remark));
    }
    if seen.is_empty() {
        let message = "found neither a lockfile nor an image to write a bill of materials of; name a directory with a \
                       lockfile, or an archive of an image";
        return Err(Failure::Told(message.to_owned()));
    }
    let first = arguments.selection.paths.first().map(|path| path.to_string_lossy());
    let name = first
        .as_deref()
        .map(paths::name)
        .filter(|name| !matches!(*name, "." | ".." | ""))
        .unwrap_or("project");
    Ok(stock.bill(name))
}

/// What could not be read of a lockfile or of an image.
fn remark(sources: &Sources, complaint: &Complaint) -> Option<String> {
    let source = sources.get(complaint.at.source);
    let counts = matches!(complaint.kind, ComplaintKind::Invalid | ComplaintKind::Skipped)
        && matches!(source.kind, SourceKind::Manifest | SourceKind::ImageConfig);
    let line = source.place(complaint.at.range().start).line;
    counts.then(|| format!("{}:{line}: {}", source.name, complaint.message))
}

//! `plimsoll db status`: the one place beside a limit that looks at the clock.

use std::fmt::Write as _;

use plimsoll_packages::database::{Database, Origin, Part, Table};
use plimsoll_report::plain;
use serde_json::json;

use super::store::{Place, Store};
use super::{Choice, Format};
use crate::date::Date;
use crate::run::{Failure, Streams, print};

/// One part, as it is told.
struct Told<'d> {
    part: Part,
    table: &'d Table,
    rows: usize,
    age: Option<i64>,
    completeness: String,
}

pub(super) fn run(choice: &Choice, format: Format, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let place = Place::of(choice.store.as_deref());
    let store = match &place {
        Place::Directory { path, .. } => Store::read(path),
        Place::Embedded => Store::default(),
    };
    let database = store.database();
    let today = Date::today();
    let parts: Vec<Told<'_>> =
        Part::ALL.into_iter().map(|part| told(part, &database, &store, today)).collect();
    let text = match format {
        Format::Human => human(&place, &store, &parts),
        Format::Json => wire(&place, &store, &parts, today),
    };
    print(streams, &text)
}

fn told<'d>(part: Part, database: &'d Database, store: &Store, today: Date) -> Told<'d> {
    let table = database.part(part);
    let complete = Date::parse(table.complete_to());
    let completeness = sentence(table);
    let completeness = match store.is_outdated(part) {
        true => format!("{completeness}; what was imported is older and not used"),
        false => completeness,
    };
    Told {
        part,
        table,
        rows: table.rows().count(),
        age: complete.filter(|_| !table.is_empty()).map(|day| today.days() - day.days()),
        completeness,
    }
}

/// How complete a part is.
fn sentence(table: &Table) -> String {
    if table.is_empty() {
        return "nothing is known; plimsoll db import or update".to_owned();
    }
    let days = match (table.complete_to(), table.newest()) {
        ("", "") => "nothing is said about how complete it is".to_owned(),
        ("", newest) => format!("some to {newest}"),
        (complete, newest) if complete == newest => format!("everything to {complete}"),
        (complete, newest) => format!("everything to {complete}, some to {newest}"),
    };
    match table.remark() {
        "" => days,
        remark => format!("{days}; {remark}"),
    }
}

fn origin(table: &Table) -> (&'static str, Option<&str>) {
    match table.origin() {
        _ if table.is_empty() => ("none", None),
        Origin::Embedded => ("embedded", None),
        Origin::Imported(from) => ("imported", Some(from)),
    }
}

fn human(place: &Place, store: &Store, parts: &[Told<'_>]) -> String {
    let mut text = match place {
        Place::Embedded => "store: none, only what plimsoll carries\n".to_owned(),
        Place::Directory { path, .. } => {
            let path = plain(&path.display().to_string()).to_string();
            let empty = if store.is_empty() { " (empty)" } else { "" };
            format!("store: {path}{empty}\n")
        }
    };
    for complaint in &store.complaints {
        let _ = writeln!(text, "warning: {}", plain(complaint));
    }
    let _ = writeln!(
        text,
        "\n{:9} {:9} {:11} {:11} {:>7}  age",
        "part", "origin", "complete to", "newest", "rows"
    );
    for told in parts {
        let (origin, from) = origin(told.table);
        let day = |day: &str| if day.is_empty() { "-".to_owned() } else { plain(day).to_string() };
        let age = match told.age {
            Some(1) => "1 day".to_owned(),
            Some(days) => format!("{days} days"),
            None => "-".to_owned(),
        };
        let _ = writeln!(
            text,
            "{:9} {origin:9} {:11} {:11} {:>7}  {age}",
            told.part.name(),
            day(told.table.complete_to()),
            day(told.table.newest()),
            told.rows,
        );
        let _ = writeln!(text, "          {}", plain(&told.completeness));
        if let Some(from) = from {
            let _ = writeln!(text, "          from {}", plain(from));
        }
    }
    text
}

fn wire(place: &Place, store: &Store, parts: &[Told<'_>], today: Date) -> String {
    let parts: Vec<serde_json::Value> = parts
        .iter()
        .map(|told| {
            let (origin, from) = origin(told.table);
            let day = |day: &str| Date::parse(day).map(|day| day.to_string());
            json!({
                "name": told.part.name(), "origin": origin, "from": from,
                "complete_to": day(told.table.complete_to()), "newest": day(told.table.newest()),
                "rows": told.rows, "age_days": told.age, "completeness": told.completeness,
            })
        })
        .collect();
    let path = match place {
        Place::Directory { path, .. } => Some(path.display().to_string()),
        Place::Embedded => None,
    };
    let value = json!({
        "schema": "plimsoll.database/1", "today": today.to_string(), "store": path,
        "complaints": store.complaints, "parts": parts,
    });
    format!("{value:#}\n")
}

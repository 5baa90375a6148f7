//! Feeds of advisories, as documents and as archives: nothing panics, and every table that is made can be searched.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use plimsoll_packages::advisory;
use plimsoll_packages::database::{Database, Part, Table};
use plimsoll_packages::feed::Import;

fuzz_target!(|data: &[u8]| {
    // Little is known before, so that making the tables costs little.
    let base = Database::default()
        .with(
            Part::Npm,
            Table::imported("2026-01-01\t2026-01-01\na\tGHSA-a\t\th\tf\t\t<1.0.0|1.0.0\n".to_owned(), ""),
        )
        .with(Part::Go, Table::imported("\t\n".to_owned(), ""))
        .with(Part::Services, Table::imported("\t\n".to_owned(), ""))
        .with(
            Part::Node,
            Table::imported("2026-01-01\t2026-01-01\nCVE-2020-1\t\th\t\t1.x\t^1.2.0\n".to_owned(), ""),
        )
        .with(
            Part::Debian,
            Table::imported(
                "2026-01-01\t2026-01-01\nb\tb\t2026-01-01\tc\nb/a\tm1\t1=2020-1h\n".to_owned(),
                "",
            ),
        )
        .with(Part::Alpine, Table::imported("\t\n".to_owned(), ""));
    let mut import = Import::new(&base);
    import.published("2026-11-22");
    if data.starts_with(b"PK") {
        import.archive("a.zip", Cursor::new(data));
    } else {
        for document in data.split(|byte| *byte == 0) {
            import.document("a.json", document, true);
        }
    }
    let imported = import.finish();
    let mut database = base.clone();
    for (part, text) in imported.tables {
        let table = Table::imported(text, "");
        assert!(part == Part::Node || table.is_sorted(), "{part:?}");
        let fields = table.rows().next().map_or(0, |row| row.split('\t').count());
        let key = table.rows().next().and_then(|row| row.split('\t').next()).unwrap_or("").to_owned();
        assert!(part == Part::Node || table.rows().next().is_none() || !table.block(&key).is_empty());
        assert!(table.is_empty() || fields >= 3, "{part:?}");
        database = database.with(part, table);
    }
    for row in database.part(Part::Npm).rows() {
        let package = row.split('\t').next().unwrap_or("");
        let _ = advisory::of(&database, package, "1.0.0");
    }
});

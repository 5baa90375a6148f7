//! Two trials beside each other: what the changes broke, and what they only changed.
//!
//! Deliberately absent: what is done about it.

use std::collections::BTreeSet;

use super::denial::shape;
use super::watch::Observation;

/// Paths that are named at most.
const NAMED: usize = 5;

/// Why the second is not as good as the first.
pub(super) fn worse(before: &Observation, after: &Observation) -> Option<String> {
    if let Some(fault) = &after.fault {
        return Some(fault.clone());
    }
    for (name, old) in &before.services {
        let Some(new) = after.services.get(name) else { return Some(format!("{name} is gone")) };
        if old.exit != new.exit {
            let told =
                |exit: Option<i64>| exit.map_or("runs on".to_owned(), |code| format!("ends with {code}"));
            return Some(format!("{name} {}, and {} before", told(new.exit), told(old.exit)));
        }
        let known: BTreeSet<String> = old.denials.iter().map(|denial| shape(denial)).collect();
        let fresh: Vec<&str> = new
            .denials
            .iter()
            .filter(|denial| !known.contains(&shape(denial)))
            .map(String::as_str)
            .take(NAMED)
            .collect();
        if !fresh.is_empty() {
            return Some(format!("{name} is denied what it was not before: {}", fresh.join(", ")));
        }
    }
    for (old, new) in before.answers.iter().zip(&after.answers) {
        if old.status != new.status {
            let told = |status: Option<u16>| status.map_or("nothing".to_owned(), |status| status.to_string());
            return Some(format!(
                "`{}` answers {}, and {} before",
                new.test,
                told(new.status),
                told(old.status)
            ));
        }
    }
    None
}

/// What is different and no fault: for a person to look at.
pub(super) fn remarks(before: &Observation, after: &Observation) -> Vec<String> {
    let mut remarks = Vec::new();
    for (name, old) in &before.services {
        let Some(new) = after.services.get(name) else { continue };
        for (gone, than, words) in [
            (&old.written, &new.written, "no longer writes into its own file system"),
            (&new.written, &old.written, "now writes into its own file system"),
        ] {
            let shapes: BTreeSet<String> = than.iter().map(|path| shape(path)).collect();
            let paths: Vec<&str> =
                gone.iter().filter(|path| !shapes.contains(&shape(path))).map(String::as_str).collect();
            if paths.is_empty() {
                continue;
            }
            let more = paths.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let named = paths.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
            remarks.push(format!("{name} {words}: {named}{more}"));
        }
    }
    for (old, new) in before.answers.iter().zip(&after.answers) {
        if old.length != new.length {
            remarks
                .push(format!("`{}` answers with {} bytes, and {} before", new.test, new.length, old.length));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::super::watch::{Answer, Seen};
    use super::*;

    fn seen(denials: &[&str], written: &[&str], status: u16) -> Observation {
        let set = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        let service = Seen { denials: set(denials), written: set(written), ..Seen::default() };
        Observation {
            services: BTreeMap::from([("api".to_owned(), service)]),
            answers: vec![Answer { test: "http://a/".to_owned(), status: Some(status), length: 2 }],
            basis: BTreeMap::new(),
            took: Duration::from_secs(1),
            fault: None,
        }
    }

    #[test]
    fn what_is_denied_answered_otherwise_or_ends_is_worse() {
        let before = seen(&["EACCES /run/12.pid"], &["/tmp/a1"], 200);
        assert_eq!(worse(&before, &seen(&["EACCES /run/7.pid"], &[], 200)), None);
        let denied = worse(&before, &seen(&["EROFS /data/x"], &[], 200)).unwrap();
        assert_eq!(denied, "api is denied what it was not before: EROFS /data/x");
        assert_eq!(worse(&before, &seen(&[], &[], 500)).unwrap(), "`http://a/` answers 500, and 200 before");
        let mut ended = seen(&[], &[], 200);
        ended.services.get_mut("api").unwrap().exit = Some(0);
        assert_eq!(worse(&before, &ended).unwrap(), "api ends with 0, and runs on before");
        let mut failed = seen(&[], &[], 200);
        failed.fault = Some("no".to_owned());
        assert_eq!(worse(&before, &failed).as_deref(), Some("no"));
    }

    #[test]
    fn what_only_differs_is_told() {
        let before = seen(&[], &["/app/data/x", "/tmp/node-123"], 200);
        let mut after = seen(&[], &["/tmp/node-9", "/new"], 200);
        after.answers[0].length = 3;
        assert_eq!(
            remarks(&before, &after),
            [
                "api no longer writes into its own file system: /app/data/x",
                "api now writes into its own file system: /new",
                "`http://a/` answers with 3 bytes, and 2 before",
            ]
        );
    }
}

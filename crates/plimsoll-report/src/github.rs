//! GitHub Actions workflow commands: one annotation per open finding, worst first,
//! then what could not be read; a step shows only the first ten of each kind.
//!
//! Escaping as in the runner's own toolkit: `%`, CR and LF everywhere, and `:` and `,` in properties.

use plimsoll_controls::Severity;

use crate::place::Place;
use crate::veil::{Veil, plain};
use crate::{Notice, Report, entry};

/// The report as workflow commands, one a line.
#[must_use]
pub fn github(report: &Report) -> String {
    let mut out = String::new();
    for (entry, veil) in entry::distinct(report).iter().filter(|(entry, _)| entry.is_open()) {
        let finding = entry.finding;
        let mut lines = vec![finding.message.clone()];
        lines.extend(
            [("why", entry.why()), ("fix", finding.fix.clone())]
                .map(|(lead, text)| format!("{lead}: {text}")),
        );
        let lines: Vec<String> = lines.iter().map(|line| plain(&veil.words(line)).into_owned()).collect();
        let title = format!("{} ({})", entry.control().id, entry.severity().name());
        command(&mut out, entry.severity(), entry.place.as_ref(), &title, &lines.join("\n"));
    }
    for scenario in &report.scenarios {
        let veil = Veil::of(scenario);
        for complaint in &scenario.complaints {
            let message = plain(&veil.words(&complaint.message)).into_owned();
            let place = Place::of(&scenario.sources, complaint.at);
            command(&mut out, Severity::Medium, place.as_ref(), complaint.code, &message);
        }
        notices(&mut out, &scenario.notices, |notice| Place::of(&scenario.sources, notice.at));
    }
    let configuration = &report.configuration;
    notices(&mut out, &configuration.notices, |notice| Place::of(&configuration.sources, notice.at));
    out
}

fn notices<'a>(out: &mut String, notices: &[Notice], place: impl Fn(&Notice) -> Option<Place<'a>>) {
    for notice in notices {
        let message = plain(&notice.message);
        command(out, notice.severity, place(notice).as_ref(), notice.code, &message);
    }
}

fn command(out: &mut String, severity: Severity, place: Option<&Place<'_>>, title: &str, message: &str) {
    let name = match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = place {
        properties.push(format!("file={}", property(place.file())));
        properties.push(format!("line={}", place.start.line));
        properties.push(format!("endLine={}", place.end.line));
        // Columns are allowed only on one line; the last one is part of the place.
        if place.start.line == place.end.line {
            properties.push(format!("col={}", place.start.column));
            let last = place.end.column.saturating_sub(1).max(place.start.column);
            properties.push(format!("endColumn={last}"));
        }
    }
    properties.push(format!("title={}", property(&plain(title))));
    out.push_str(&format!("::{name} {}::{}\n", properties.join(","), data(message)));
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    let text = data(text).replace(':', "%3A").replace(',', "%2C");
    // The rest of what a log would obey cannot be escaped there.
    plain(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_start_another_command() {
        assert_eq!(data("50%\r\n::error::x"), "50%25%0D%0A::error::x");
        assert_eq!(property("a,b:c\n%"), "a%2Cb%3Ac%0A%25");
    }
}

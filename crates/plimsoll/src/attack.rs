//! `plimsoll paths`: the attack paths of what is scanned, and nothing else.
//!
//! Deliberately absent: finding them (`plimsoll-controls`, `paths`) and how they look (`plimsoll-report`).

use plimsoll_report::{Detail, Style, paths_dot, paths_human, paths_json, paths_svg};

use crate::args::{Filter, PathsArguments, PathsFormat};
use crate::progress::Progress;
use crate::run::{Amount, Failure, Streams, print, reported};

/// Prints them. What is found decides about no exit code: that is what a scan is for.
pub(crate) fn show(arguments: &PathsArguments, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let filter =
        Filter { service: arguments.service.clone(), config: arguments.config.clone(), ..Filter::default() };
    let amount = Amount { brief: true, paths: true, benchmark: false };
    let progress = Progress::default();
    let scanned = reported((&arguments.selection, &filter), (None, None), amount, streams, progress)?;
    let report = &scanned.report;
    let text = match arguments.format {
        PathsFormat::Json => paths_json(report),
        PathsFormat::Dot => paths_dot(report),
        PathsFormat::Svg => paths_svg(report),
        PathsFormat::Human => {
            let colour = streams.terminal.colour && !arguments.no_color;
            paths_human(report, &Style { colour, width: streams.terminal.width, detail: Detail::Normal })
        }
    };
    print(streams, &text)
}

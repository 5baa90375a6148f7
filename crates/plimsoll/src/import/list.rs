//! `.dockleignore`: one id a line, with comments. Source: dockle's documentation, "Ignore the specified checkpoints".

use plimsoll_text::Source;

use super::{Harvest, reason};
use plimsoll_text::Span;

pub(super) fn read(source: &Source) -> Harvest {
    let mut harvest = Harvest::default();
    for number in 1.. {
        let (Some(text), Some(range)) = (source.line(number), source.lines().range(&source.text, number))
        else {
            break;
        };
        let id = text.split('#').next().unwrap_or("").trim();
        if id.is_empty() {
            continue;
        }
        let start = range.start + text.find(id).unwrap_or(0);
        let at = Span::new(source.id, start, start + id.len());
        harvest.off(number, id, reason(source, at), None);
    }
    harvest
}

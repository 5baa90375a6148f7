//! A Next application: routes are files, and the server is Next's own.
//!
//! Source: the file conventions of Next's App Router (`route.js`) and Pages Router (`pages/api`). Deliberately absent:
//! `basePath`, which makes every path unknown; middleware.

use std::sync::Arc;

use plimsoll_posture::Spanned;
use plimsoll_text::{SourceKind, Sources, Span};

use super::serving::HEALTH;
use crate::world::clean;
use crate::{EntryKind, World};

/// Paths named like a health endpoint that a file answers, the best first.
pub(super) fn health(world: &dyn World, sources: &mut Sources, directory: &str) -> Vec<Spanned<Arc<str>>> {
    let mut found = Vec::new();
    let beside = |name: &str| clean(&format!("{directory}/{name}"));
    let configs = ["next.config.js", "next.config.mjs", "next.config.ts", "next.config.cjs"];
    let moved = configs
        .iter()
        .filter_map(|name| world.read(&beside(name)).ok())
        .any(|bytes| String::from_utf8_lossy(&bytes).contains("basePath"));
    if moved {
        return found;
    }
    for name in HEALTH {
        for route in [format!("/api/{name}"), format!("/{name}")] {
            let app = ["app", "src/app"].map(|top| format!("{top}{route}/route"));
            let pages = ["pages", "src/pages"].map(|top| format!("{top}{route}"));
            let pages = pages.into_iter().filter(|_| route.starts_with("/api/"));
            let files = app.into_iter().chain(pages);
            let path = files
                .flat_map(|file| [".ts", ".js"].map(|end| beside(&format!("{file}{end}"))))
                .find(|path| world.kind(path) == Some(EntryKind::File));
            let Some(path) = path else { continue };
            let Ok(bytes) = world.read(&path) else { continue };
            let text = String::from_utf8_lossy(&bytes);
            let answers = path.contains("pages/") || text.contains("GET");
            if answers {
                let source = match sources.find(&path) {
                    Some(source) => source.id,
                    None => sources.add(&path, SourceKind::Other, &bytes),
                };
                found.push(Spanned { value: route.as_str().into(), at: Span::whole(source) });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;

    #[test]
    fn files_are_routes() {
        let of = |files: &[(&str, &str)]| -> Vec<String> {
            let found = health(&Memory::of(files), &mut Sources::new(), ".");
            found.into_iter().map(|path| path.value.to_string()).collect()
        };
        let get = "export function GET() {}";
        assert_eq!(
            of(&[("src/app/api/health/route.ts", get), ("app/livez/route.js", get)]),
            ["/livez", "/api/health"]
        );
        assert_eq!(of(&[("pages/api/healthz.ts", "export default f")]), ["/api/healthz"]);
        assert_eq!(
            of(&[("pages/health.ts", ""), ("app/api/health/route.ts", "export function POST() {}")]),
            [""; 0]
        );
        assert_eq!(of(&[("app/health/route.ts", get), ("next.config.js", "basePath: '/x'")]), [""; 0]);
    }
}

//! The source of the documentation site: a page a control, its indexes, and tables for those who come from other tools.
//!
//! Pure: from the catalogue and the texts of `docs/` to pages in memory, which a test checks and writes (`tests/book.rs`).
//! Deliberately absent: HTML, search and looks, which mdBook makes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use plimsoll_controls::{CATALOGUE, Control, Scope, Severity, Standing, find_peer};

use crate::peers::{Rule, TOOLS, Tool, tool_of};

/// Where the project's files can be seen.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// Pages of `docs/` in the order in which they are read; others follow by name.
const ORDER: &[&str] = &[
    "configuration.md",
    "init.md",
    "fix.md",
    "paths.md",
    "editor.md",
    "formats.md",
    "cis.md",
    "severity.md",
    "score.md",
    "accuracy.md",
];

/// Pages of `docs/` that the book makes itself.
const REPLACED: &[&str] = &["controls.md"];

/// The pages by path. `readme` is the project's; `docs` are the pages of `docs/` by name.
#[must_use]
pub fn pages(readme: &str, docs: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut guide: Vec<&str> = ORDER.iter().copied().filter(|name| docs.contains_key(*name)).collect();
    guide.extend(
        docs.keys().map(String::as_str).filter(|name| !ORDER.contains(name) && !REPLACED.contains(name)),
    );
    let known: BTreeSet<&str> = guide.iter().copied().collect();
    let mut pages = BTreeMap::new();
    pages.insert("README.md".to_owned(), relinked(readme, "", &known));
    for name in &guide {
        let text = docs.get(*name).map(String::as_str).unwrap_or_default();
        pages.insert((*name).to_owned(), relinked(text, "docs", &known));
    }
    for control in CATALOGUE {
        pages.insert(format!("controls/{}.md", control.id), control_page(control));
    }
    pages.insert("controls/README.md".to_owned(), by_severity());
    pages.insert("controls/areas.md".to_owned(), by_area());
    for severity in Severity::ALL {
        pages.insert(format!("controls/of-severity-{}.md", severity.name()), of_severity(severity));
    }
    let reasons = left_out(docs.get("controls-left-out.md").map(String::as_str).unwrap_or_default());
    pages.insert("coming-from/README.md".to_owned(), tools());
    for tool in TOOLS {
        pages.insert(format!("coming-from/{}.md", tool.slug), coming_from(tool, &reasons));
    }
    let summary = summary(&guide, &pages);
    pages.insert("SUMMARY.md".to_owned(), summary);
    pages
}

fn summary(guide: &[&str], pages: &BTreeMap<String, String>) -> String {
    let mut text = String::from("# Summary\n\n[plimsoll](README.md)\n\n# Using it\n\n");
    for name in guide {
        let title = pages.get(*name).and_then(|page| page.lines().next()).unwrap_or(name);
        let _ = writeln!(text, "- [{}]({name})", title.trim_start_matches(['#', ' ']));
    }
    text.push_str("\n# Controls\n\n- [By severity](controls/README.md)\n");
    for severity in Severity::ALL.into_iter().rev() {
        let name = severity.name();
        let _ = writeln!(text, "  - [{}](controls/of-severity-{name}.md)", capital(name));
        for control in of(severity) {
            let _ = writeln!(text, "    - [{id}](controls/{id}.md)", id = control.id);
        }
    }
    text.push_str("- [By area](controls/areas.md)\n\n# Coming from another tool\n\n");
    text.push_str("- [Overview](coming-from/README.md)\n");
    for tool in TOOLS {
        let _ = writeln!(text, "  - [{}](coming-from/{}.md)", tool.name, tool.slug);
    }
    text
}

fn of(severity: Severity) -> impl Iterator<Item = &'static Control> {
    CATALOGUE.iter().copied().filter(move |control| control.severity == severity)
}

fn by_severity() -> String {
    let mut text = format!(
        "# Controls by severity\n\n{} controls. A severity is what a weakness does where everybody reaches it; in a service it may be \
         milder ([how severities are derived](../severity.md)). [The same list by area](areas.md).\n",
        CATALOGUE.len()
    );
    for severity in Severity::ALL.into_iter().rev() {
        let _ = write!(text, "\n## {}\n\n", capital(severity.name()));
        table(&mut text, of(severity));
    }
    text
}

fn of_severity(severity: Severity) -> String {
    let mut text = format!("# Severity {}\n\n", severity.name());
    table(&mut text, of(severity));
    text
}

fn by_area() -> String {
    let mut text = String::from(
        "# Controls by area\n\nWhat a control looks at. [The same list by severity](README.md).\n",
    );
    for (area, words, is_of) in AREAS {
        let _ = write!(text, "\n## {area}\n\n{words}\n\n");
        table(&mut text, CATALOGUE.iter().copied().filter(|control| is_of(&control.scope)));
    }
    text
}

type Area = (&'static str, &'static str, fn(&Scope) -> bool);

/// Areas are what controls are run over, so that every control has one.
const AREAS: &[Area] = &[
    ("How a service is run", "Facts that only a compose file can give.", |scope| {
        matches!(scope, Scope::Runtime(_))
    }),
    ("What a service runs as", "Facts that the image decides as long as nobody overrides them.", |scope| {
        matches!(scope, Scope::Process(_))
    }),
    ("Images by name", "Every image that is named and not built here.", |scope| {
        matches!(scope, Scope::Image(_) | Scope::ImageAndBuilt(..))
    }),
    ("Build stages", "What a stage of a Dockerfile does.", |scope| {
        matches!(scope, Scope::Stage(_) | Scope::StageAndBuilt(..))
    }),
    ("Dockerfiles", "The file as a whole, and its build context.", |scope| {
        matches!(scope, Scope::Recipe(_) | Scope::RecipeAndBuilt(..))
    }),
    ("Built images", "What the layers of an archive hold.", |scope| {
        matches!(scope, Scope::Built(_) | Scope::Contents(_))
    }),
    ("Dependencies", "What an application asks for, and the packages that its lockfile pins.", |scope| {
        matches!(scope, Scope::App(_) | Scope::Package(_))
    }),
    ("Engine and host", "The machine, the engine on it, and what the engine keeps.", |scope| {
        matches!(scope, Scope::Host(_) | Scope::HostContents(_))
    }),
    ("The project", "Services taken together, and the files beside them.", |scope| {
        matches!(scope, Scope::Project(_) | Scope::File(_))
    }),
];

fn table(text: &mut String, controls: impl Iterator<Item = &'static Control>) {
    text.push_str("| control | severity | what it finds |\n|---|---|---|\n");
    for control in controls {
        let style = if control.standing == Standing::Style { " (with `--style`)" } else { "" };
        let _ = writeln!(
            text,
            "| [{id}]({id}.md) | {} | {}{style} |",
            badge(control.severity),
            cell(control.title),
            id = control.id,
        );
    }
}

fn badge(severity: Severity) -> String {
    format!("<span class=\"severity {name}\">{name}</span>", name = severity.name())
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn control_page(control: &Control) -> String {
    let mut text = format!("# {}\n\n{} ", control.id, badge(control.severity));
    let _ = write!(text, "**{}.** Since {}.", capital(control.title), control.since);
    if control.standing == Standing::Style {
        text.push_str(" A matter of style: looked at with `--style` only.");
    }
    text.push('\n');
    if !control.peers.is_empty() {
        let peers: Vec<String> = control.peers.iter().map(|peer| elsewhere(peer)).collect();
        let _ = write!(text, "\nElsewhere: {}.\n", peers.join(", "));
    }
    let body = control.page.split_once("\n## ").map_or("", |(_, body)| body);
    for section in body.split("\n## ") {
        let (heading, words) = section.split_once('\n').unwrap_or((section, ""));
        if heading == "Cases" {
            let accept = format!(
                "\n## Accepting it\n\n```text\n# plimsoll: allow {} - the reason\n```\n\non the line above, or in \
                 [`plimsoll.toml`](../configuration.md).\n",
                control.id
            );
            text.push_str(&accept);
            text.push_str("\n## Examples\n\nEvery example is a test of the program.\n\n");
            examples(&mut text, words);
        } else if heading == "References" {
            let _ = write!(text, "\n## References\n\n{}\n", references(words));
        } else {
            let _ = write!(text, "\n## {heading}\n\n{}\n", words.trim());
        }
    }
    text
}

/// Addresses in angle brackets: mdBook leaves bare ones as text.
fn references(words: &str) -> String {
    let line = |line: &str| match line.strip_prefix("- ") {
        Some(address) if address.starts_with("https://") && !address.contains(' ') => {
            format!("- <{address}>")
        }
        _ => line.to_owned(),
    };
    words.trim().lines().map(line).collect::<Vec<_>>().join("\n")
}

fn elsewhere(peer: &str) -> String {
    match tool_of(peer) {
        Some(tool) => format!("[{}](../coming-from/{}.md)", cell(peer), tool.slug),
        None => peer.to_owned(),
    }
}

/// Cases for readers: what each file is called stands above it, and what is reported is a block of its own.
fn examples(text: &mut String, cases: &str) {
    let mut code = false;
    for line in cases.trim().lines() {
        if let Some(info) = line.strip_prefix("```") {
            code = !code;
            match (code, info.split_once(' ')) {
                (true, Some((language, name))) => {
                    let _ = write!(text, "`{}`\n\n```{language}\n", name.trim());
                }
                (true, None) if info == "report" => text.push_str("is reported as\n\n```text\n"),
                _ => {
                    let _ = writeln!(text, "{line}");
                }
            }
            continue;
        }
        match line.strip_prefix("### ").filter(|_| !code) {
            Some(kind) => {
                let heading = match kind.trim() {
                    "fails" => "Reported",
                    "passes" => "Not reported",
                    "unknown" => "Cannot be told from the files",
                    "not applicable" => "Does not apply",
                    "fixed" => "Put right",
                    other => other,
                };
                let _ = writeln!(text, "### {heading}");
            }
            None => {
                let _ = writeln!(text, "{line}");
            }
        }
    }
}

fn tools() -> String {
    let mut text = String::from(
        "# Coming from another tool\n\nEvery control names the ids of other tools for the same weakness. \
         `plimsoll explain DL3002` takes such an id, and comments that make those tools silent are \
         [honoured](../configuration.md). A scan reads Dockerfiles, compose files and the build context together, so that one control may \
         answer to several ids, and one id may be answered by several controls.\n\n\
         | tool | ids with a control here | of |\n|---|---|---|\n",
    );
    for tool in TOOLS {
        let rules = tool.rules();
        let (covered, all) = match rules.is_empty() {
            true => (named(tool).len(), "not counted".to_owned()),
            false => {
                let covered = rules.iter().filter(|rule| !find_peer(rule.id).is_empty()).count();
                (covered, rules.len().to_string())
            }
        };
        let _ = writeln!(text, "| [{}]({}.md) | {covered} | {all} |", tool.name, tool.slug);
    }
    text
}

/// The ids of a tool that controls name.
fn named(tool: &Tool) -> BTreeSet<&'static str> {
    let peers = CATALOGUE.iter().flat_map(|control| control.peers.iter().copied());
    peers.filter(|peer| tool.owns(peer)).collect()
}

fn coming_from(tool: &Tool, reasons: &BTreeMap<String, String>) -> String {
    let mut text = format!("# Coming from {}\n\n", tool.name);
    if !tool.words.is_empty() {
        let _ = write!(text, "{}\n\n", tool.words);
    }
    let rules = tool.rules();
    if rules.is_empty() && named(tool).is_empty() {
        text.push_str("No control names one of its ids yet.\n");
        return text;
    }
    if rules.is_empty() {
        text.push_str("| there | here |\n|---|---|\n");
        for id in named(tool) {
            let _ = writeln!(
                text,
                "| {} | {} |",
                cell(id.split_once(": ").map_or(id, |(_, name)| name)),
                here(id)
            );
        }
        return text;
    }
    let covered: Vec<&Rule> = rules.iter().filter(|rule| !find_peer(rule.id).is_empty()).collect();
    let _ = write!(text, "{} of {} have a control here.\n\n", covered.len(), rules.len());
    text.push_str("| there | what it finds | here |\n|---|---|---|\n");
    for rule in &rules {
        let here = match here(rule.id) {
            here if !here.is_empty() => here,
            _ => match rule.without.or(reasons.get(rule.id).map(String::as_str)) {
                Some(reason) => format!("not covered: {}", cell(reason)),
                None => "not covered yet".to_owned(),
            },
        };
        let _ = writeln!(text, "| {} | {} | {here} |", rule.id, cell(rule.words));
    }
    text
}

fn here(peer: &str) -> String {
    let links =
        find_peer(peer).into_iter().map(|control| format!("[{id}](../controls/{id}.md)", id = control.id));
    links.collect::<Vec<_>>().join(", ")
}

/// Reasons by id, from the table of what was left out: row, ids, reason.
fn left_out(page: &str) -> BTreeMap<String, String> {
    let mut reasons = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [_, ids, reason] = cells.as_slice() else { continue };
        for id in ids.split([',', ';']).map(|id| id.trim().trim_matches('`')) {
            if tool_of(id).is_some() {
                reasons.insert(id.to_owned(), (*reason).to_owned());
            }
        }
    }
    reasons
}

/// The text of a file in `folder` of the repository with its links leading to pages of the book, or to the repository.
fn relinked(text: &str, folder: &str, known: &BTreeSet<&str>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut code = false;
    for line in text.split_inclusive('\n') {
        code ^= line.trim_start().starts_with("```");
        if code {
            out.push_str(line);
            continue;
        }
        let mut rest = line;
        while let Some(start) = rest.find("](") {
            let (before, after) = rest.split_at(start + 2);
            out.push_str(before);
            let end = after.find(')').unwrap_or(after.len());
            out.push_str(&relinked_to(&after[..end], folder, known));
            rest = &after[end..];
        }
        out.push_str(rest);
    }
    out
}

fn relinked_to(target: &str, folder: &str, known: &BTreeSet<&str>) -> String {
    if target.contains("://") || target.starts_with('#') || target.starts_with("mailto:") {
        return target.to_owned();
    }
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, format!("#{anchor}")),
        None => (target, String::new()),
    };
    let file = crate::paths::join(if folder.is_empty() { "." } else { folder }, path);
    if let Some(name) = file.strip_prefix("docs/") {
        if name == "controls.md" {
            return format!("controls/README.md{anchor}");
        }
        if known.contains(name) {
            return format!("{name}{anchor}");
        }
    }
    let kind = if file.rsplit('/').next().is_some_and(|name| name.contains('.')) { "blob" } else { "tree" };
    format!("{REPOSITORY}/{kind}/main/{file}{anchor}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_into_the_book_or_to_the_repository() {
        let known = BTreeSet::from(["score.md"]);
        for (text, folder, expected) in [
            ("[a](docs/score.md#x)", "", "[a](score.md#x)"),
            ("[a](score.md) and [b](controls.md)", "docs", "[a](score.md) and [b](controls/README.md)"),
            ("[a](schema/x.json)", "docs", &format!("[a]({REPOSITORY}/blob/main/docs/schema/x.json)")),
            ("[a](examples/orders-api)", "", &format!("[a]({REPOSITORY}/tree/main/examples/orders-api)")),
            ("[a](https://example.com/x.md) [b](#y)", "docs", "[a](https://example.com/x.md) [b](#y)"),
            ("```\n[a](docs/score.md)\n```\n", "", "```\n[a](docs/score.md)\n```\n"),
        ] {
            assert_eq!(relinked(text, folder, &known), expected);
        }
    }

    #[test]
    fn reasons_are_read_from_the_table() {
        let page =
            "# Left out\n\n| row | peers | reason |\n|---|---|---|\n| labels | DL3049, `DL3050` | taste |\n";
        let reasons = left_out(page);
        assert_eq!(reasons.get("DL3050").map(String::as_str), Some("taste"));
        assert_eq!(reasons.len(), 2);
    }

    #[test]
    fn every_control_is_in_one_area() {
        for control in CATALOGUE {
            let areas = AREAS.iter().filter(|(_, _, is_of)| is_of(&control.scope)).count();
            assert_eq!(areas, 1, "{}", control.id);
        }
    }
}

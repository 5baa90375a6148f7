//! Rules of the project's own in a run: finds the files of Rego, and asks policies and rules about one scenario.
//!
//! Deliberately absent: what the rules mean and how Rego is evaluated, which belong to the crate for policies.

use std::collections::BTreeSet;

use plimsoll_controls::{Control, Judgement, Severity, Verdict};
use plimsoll_lens::{EntryKind, World};
use plimsoll_policy::{Fault, Pattern, Rego};
use plimsoll_posture::Provenance;
use plimsoll_report::{Notice, PostureView, posture_json};
use plimsoll_text::{SourceId, SourceKind, Sources, Span};

use crate::config::Config;
use crate::scan::{Wishes, tool};
use crate::scenario::Assembled;

/// The package whose rules are asked where nobody says otherwise.
const NAMESPACE: &str = "main";

/// The most entries of a directory of rules that are looked at, and how deep.
const MAX_ENTRIES: usize = 20_000;
const MAX_DEPTH: usize = 16;

/// Rules that somebody named.
pub struct Named<'a> {
    /// The files below which they lie.
    pub world: &'a dyn World,
    /// A file, a directory or a glob, as the world names it.
    pub path: String,
    /// What the report calls the world's root: empty, or a directory with a slash at its end.
    pub prefix: String,
    /// Where it is named in the configuration; `None` for the command line.
    pub at: Option<Span>,
}

/// Reads the rules into the configuration: their documents join its own, and what is wrong joins its notices.
///
/// # Errors
/// A message when what the command line names is not there.
pub fn load(config: &mut Config, named: &[Named<'_>], namespaces: &[String]) -> Result<(), String> {
    let mut files: Vec<SourceId> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for rules in named {
        let mut failed = |message: String| match rules.at {
            Some(at) => {
                let cure = "name a file, a directory or a pattern below the configuration".to_owned();
                config.notices.push(notice(at, message, cure));
                Ok(())
            }
            None => Err(message),
        };
        let found = find(rules.world, &rules.path);
        if found.is_empty() {
            failed(format!("no rules of Rego at `{}`", rules.path))?;
        }
        for path in found {
            let name = format!("{}{path}", rules.prefix);
            if !seen.insert(name.clone()) {
                continue;
            }
            match rules.world.read(&path) {
                Ok(bytes) => files.push(config.sources.add(&name, SourceKind::Config, &bytes)),
                Err(error) => failed(format!("{name}: {error}"))?,
            }
        }
    }
    let chosen = [namespaces, &config.rego.namespaces].into_iter().find(|list| !list.is_empty());
    let mut packages: Vec<Pattern> =
        chosen.into_iter().flatten().filter_map(|text| Pattern::parse(text)).collect();
    if packages.is_empty() {
        packages.extend(Pattern::parse(NAMESPACE));
    }
    if !files.is_empty() {
        let (rego, faults) = Rego::load(&config.sources, &files, &packages);
        config.notices.extend(faults.into_iter().map(of_fault));
        config.rules = Some(rego);
    }
    let known: BTreeSet<&str> = config.own().map(|control| control.id).collect();
    let unknown = config.named_rules.iter().filter(|(id, _)| !known.contains(id.as_str()));
    let notices: Vec<Notice> = unknown
        .map(|(id, at)| Notice {
            code: "unknown-control",
            severity: Severity::Medium,
            at: *at,
            message: format!("`{id}` is not a rule of the files that were read"),
            cure: match known.is_empty() {
                true => Some("name the files under `[rego]`".to_owned()),
                false => Some("correct the package and the name of the rule".to_owned()),
            },
        })
        .collect();
    config.notices.extend(notices);
    config.notices.sort_by_key(|notice| notice.at);
    Ok(())
}

fn notice(at: Span, message: String, cure: String) -> Notice {
    Notice { code: "invalid-policy", severity: Severity::High, at, message, cure: Some(cure) }
}

/// A rule that cannot be asked is as bad as a finding at the usual gate: the user believes that it holds.
#[must_use]
pub fn of_fault(fault: Fault) -> Notice {
    notice(fault.at, fault.message, fault.cure)
}

/// The files that a path means: itself, all rules of a directory, or what matches. Tests of rules are no rules.
fn find(world: &dyn World, path: &str) -> Vec<String> {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let path = if path.is_empty() { "." } else { path };
    let glob = path.contains(['*', '?']).then(|| Pattern::parse(path)).flatten();
    let base = match &glob {
        Some(_) => {
            let plain: Vec<&str> = path.split('/').take_while(|part| !part.contains(['*', '?'])).collect();
            if plain.is_empty() { ".".to_owned() } else { plain.join("/") }
        }
        None => path.to_owned(),
    };
    if glob.is_none() && world.kind(&base) == Some(EntryKind::File) {
        return vec![base];
    }
    let mut found = Vec::new();
    let mut open = vec![(base, 0)];
    let mut seen = 0;
    while let Some((directory, depth)) = open.pop() {
        for (name, kind) in world.list(&directory).unwrap_or_default() {
            seen += 1;
            if seen > MAX_ENTRIES {
                break;
            }
            let path = if directory == "." { name } else { format!("{directory}/{name}") };
            match kind {
                EntryKind::Directory if depth < MAX_DEPTH => open.push((path, depth + 1)),
                EntryKind::File
                    if path.ends_with(".rego")
                        && !path.ends_with("_test.rego")
                        && glob.as_ref().is_none_or(|glob| glob.matches(&path)) =>
                {
                    found.push(path);
                }
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// What the project's own rules say of a scenario.
pub(crate) fn judge(
    assembled: &mut Assembled,
    config: &Config,
    wishes: &Wishes,
) -> (Vec<Judgement>, Vec<Fault>) {
    let wanted = |control: &Control| wishes.looks_at(control.id);
    let policies = config.policies.iter().filter(|policy| wanted(policy.control));
    let mut rulings = plimsoll_policy::judge(&assembled.posture, policies);
    let mut faults = Vec::new();
    if let Some(rules) = config.rules.as_ref().filter(|rules| rules.controls().any(&wanted)) {
        let sensitive = assembled.sensitive();
        let view = PostureView {
            name: &assembled.name,
            posture: &assembled.posture,
            sources: &assembled.sources,
            sensitive: &sensitive,
            services: &[],
        };
        let input = posture_json(&tool(&wishes.database), &[view]);
        let told = rules.judge(&assembled.posture, &assembled.sources, &config.sources, &input, &wanted);
        rulings.extend(told.rulings);
        faults = told.faults;
    }
    let judgements = rulings
        .into_iter()
        .map(|ruling| {
            let mut judgement = ruling.judgement;
            if let Verdict::Fail(findings) = &mut judgement.verdict {
                let at = carry(&config.sources, ruling.at, &mut assembled.sources);
                for finding in findings {
                    let rule = Provenance::new("config", at, judgement.control.id);
                    finding.related.push(plimsoll_controls::Label { at: rule, text: "the rule".to_owned() });
                }
            }
            judgement
        })
        .collect();
    (judgements, faults)
}

/// The same place in the documents of a scenario, which takes the document in when it has it not.
fn carry(from: &Sources, at: Span, to: &mut Sources) -> Span {
    let source = from.get(at.source);
    let known = to.iter().find(|own| own.name == source.name && own.text == source.text).map(|own| own.id);
    let id = known.unwrap_or_else(|| to.add_text(&source.name, SourceKind::Config, &source.text));
    Span { source: id, ..at }
}

#[cfg(test)]
mod tests {
    use plimsoll_lens::Memory;

    use super::*;

    #[test]
    fn a_path_means_a_file_a_directory_or_what_matches() {
        let world = Memory::of(&[
            ("policy/a.rego", ""),
            ("policy/a_test.rego", ""),
            ("policy/deep/b.rego", ""),
            ("policy/readme.md", ""),
            ("other.rego", ""),
        ]);
        assert_eq!(find(&world, "policy"), ["policy/a.rego", "policy/deep/b.rego"]);
        assert_eq!(find(&world, "./policy/"), ["policy/a.rego", "policy/deep/b.rego"]);
        assert_eq!(find(&world, "policy/*.rego"), ["policy/a.rego"]);
        assert_eq!(find(&world, "**/b.rego"), ["policy/deep/b.rego"]);
        assert_eq!(find(&world, "policy/a_test.rego"), ["policy/a_test.rego"], "named, it is meant");
        assert_eq!(find(&world, "nowhere"), Vec::<String>::new());
        assert_eq!(find(&world, "*.txt"), Vec::<String>::new());
    }
}

//! Which findings somebody accepts: allowances of the configuration and comments beside the code.
//!
//! Deliberately absent: reading either (see `config` and the lens for pragmas), and the baseline.

use plimsoll_controls::{Control, Finding, Severity, Verdict, find, find_peer};
use plimsoll_lens::pragma::{Pragma, Reach};
use plimsoll_posture::{Posture, Subject, SubjectKind};
use plimsoll_report::{Allowance, AllowedBy, Judged, Notice, State};
use plimsoll_text::Span;

use crate::accept::{self, Acceptance};
use crate::config::{Config, ConfigAllowance, meant};

/// The subject of an allowance that holds for every one.
pub(crate) const EVERYTHING: &str = "*";

/// One id of one comment, with what it stands for.
struct Rule<'a> {
    pragma: &'a Pragma,
    controls: Vec<&'static Control>,
    /// The bytes that it covers; `None` for the whole document.
    range: Option<Span>,
    id_at: Span,
    /// One code of a linter, the other codes of which are still told.
    code: Option<&'a str>,
    used: bool,
}

/// Marks the findings that are allowed. Returns what is wrong with the comments.
///
/// `used` has one entry per allowance of the configuration and is set where one allowed something. `acceptances` are those by
/// which advisories of the posture are marked. A comment is called
/// unused only for controls of which every finding can be seen.
pub fn apply(
    judged: &mut [Judged],
    posture: &Posture,
    pragmas: &[Pragma],
    config: &Config,
    used: &mut [bool],
    acceptances: &[&Acceptance],
    sees_all_of: &dyn Fn(&str) -> bool,
) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut rules = rules(posture, pragmas, config, &mut notices);
    for judged in judged {
        let Verdict::Fail(findings) = &judged.judgement.verdict else { continue };
        let mut states = Vec::with_capacity(findings.len());
        for finding in findings {
            let by_config = by_config(judged, &config.allowances, used);
            let by_comment = by_comment(judged.judgement.control, finding, &mut rules);
            states.push(by_config.or(by_comment).or_else(|| accept::of_finding(finding, acceptances)));
        }
        for (at, state) in states.into_iter().enumerate() {
            if let Some(allowance) = state {
                judged.mark(at, State::Allowed(allowance));
            }
        }
    }
    let unused = rules
        .iter()
        .filter(|rule| rule.pragma.tool == OWN && !rule.used)
        .filter(|rule| rule.controls.iter().all(|control| sees_all_of(control.id)));
    notices.extend(unused.map(|rule| Notice {
        code: "unused-allowance",
        severity: Severity::Low,
        at: rule.id_at,
        message: "nothing here needs this allowance".to_owned(),
        cure: Some("remove it, or move it to the line above what it is for".to_owned()),
    }));
    notices.sort_by_key(|notice| notice.at);
    notices
}

const OWN: &str = "plimsoll";
/// The control that tells what ShellCheck says: each message starts with its code.
const LINTER: &str = "shellcheck";

/// A code of ShellCheck that no control of its own stands for.
fn is_linter_code(id: &str) -> bool {
    id.strip_prefix("SC")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

fn rules<'a>(
    posture: &Posture,
    pragmas: &'a [Pragma],
    config: &Config,
    notices: &mut Vec<Notice>,
) -> Vec<Rule<'a>> {
    let own_id = |id: &str| find(id).or_else(|| config.find_own(id)).into_iter().collect();
    let mut rules = Vec::new();
    for pragma in pragmas {
        let own = pragma.tool == OWN;
        if own && pragma.ids.is_empty() {
            notices.push(notice(
                "invalid-allowance",
                Severity::Medium,
                pragma.at,
                "an allowance without an id allows nothing".to_owned(),
                "write `# plimsoll: allow ID - reason`",
            ));
            continue;
        }
        if own && pragma.reason.is_none() {
            notices.push(notice(
                "missing-reason",
                Severity::Medium,
                pragma.at,
                "an allowance without a reason allows nothing".to_owned(),
                "add ` - ` and the reason",
            ));
            continue;
        }
        let Some(range) = range(posture, pragma) else { continue };
        let mut unmapped: Vec<&str> = Vec::new();
        for id in &pragma.ids {
            let controls: Vec<&'static Control> = if own { own_id(&id.value) } else { find_peer(&id.value) };
            match (controls.is_empty(), own) {
                (false, _) => {
                    rules.push(Rule { pragma, controls, range, id_at: id.at, code: None, used: false });
                }
                (true, false) if is_linter_code(&id.value) => {
                    let controls = find(LINTER).into_iter().collect();
                    let code = Some(&*id.value);
                    rules.push(Rule { pragma, controls, range, id_at: id.at, code, used: false });
                }
                (true, true) => notices.push(notice(
                    "unknown-control",
                    Severity::Medium,
                    id.at,
                    format!("`{}` is not a control", id.value),
                    &meant(&id.value),
                )),
                (true, false) => unmapped.push(&id.value),
            }
        }
        if !unmapped.is_empty() {
            notices.push(Notice {
                code: "unmapped-ignore",
                severity: Severity::Info,
                at: pragma.at,
                message: format!("{} ids without a counterpart here: {}", pragma.tool, unmapped.join(", ")),
                cure: None,
            });
        }
    }
    rules
}

fn notice(code: &'static str, severity: Severity, at: Span, message: String, cure: &str) -> Notice {
    Notice { code, severity, at, message, cure: Some(cure.to_owned()) }
}

/// What a comment covers: `Some(None)` is the whole document, `None` nothing at all.
fn range(posture: &Posture, pragma: &Pragma) -> Option<Option<Span>> {
    match pragma.reach {
        Reach::File => Some(None),
        // A comment with nothing after it covers nothing, and is unused.
        Reach::Entry => Some(Some(pragma.covers.unwrap_or(pragma.at))),
        Reach::Stage => {
            let at = pragma.covers.unwrap_or(pragma.at);
            let recipe = posture.recipes.iter().find(|recipe| recipe.source == at.source)?;
            let starts = recipe.stages.iter().map(|stage| stage.subject.anchor.start);
            let begin = starts.clone().filter(|&start| start <= at.start).max()?;
            let end = starts.filter(|&start| start > at.start).min().unwrap_or(u32::MAX);
            Some(Some(Span { source: at.source, start: begin, end }))
        }
    }
}

fn by_comment(control: &'static Control, finding: &Finding, rules: &mut [Rule<'_>]) -> Option<Allowance> {
    let place = finding.primary.at.span;
    let mut allowed = None;
    for rule in rules {
        let told = |code: &str| finding.message.strip_prefix(code).is_some_and(|rest| rest.starts_with(':'));
        let meant = rule.controls.iter().any(|known| known.id == control.id) && rule.code.is_none_or(told);
        if !meant || !covers(rule, place) {
            continue;
        }
        rule.used = true;
        let at = rule.pragma.at;
        let by = if rule.pragma.tool == OWN {
            AllowedBy::Comment(at)
        } else {
            AllowedBy::Peer { tool: rule.pragma.tool, at }
        };
        let reason = rule.pragma.reason.as_deref().unwrap_or_default().to_owned();
        allowed = allowed.or(Some(Allowance { reason, by, until: None }));
    }
    allowed
}

fn covers(rule: &Rule<'_>, place: Span) -> bool {
    if rule.pragma.at.source != place.source {
        return false;
    }
    rule.range.is_none_or(|range| range.contains(place) || range.overlaps(place))
}

fn by_config(judged: &Judged, config: &[ConfigAllowance], used: &mut [bool]) -> Option<Allowance> {
    let mut allowed = None;
    for (index, allowance) in config.iter().enumerate() {
        if allowance.control != judged.judgement.control.id
            || !is_meant(&allowance.subject, judged.judgement.subject.as_ref())
        {
            continue;
        }
        if let Some(used) = used.get_mut(index) {
            *used = true;
        }
        allowed = allowed.or_else(|| {
            Some(Allowance {
                reason: allowance.reason.clone(),
                by: match allowance.tool {
                    Some(tool) => AllowedBy::File { tool, at: allowance.at },
                    None => AllowedBy::Config(allowance.at),
                },
                until: allowance.until.map(|until| until.to_string()),
            })
        });
    }
    allowed
}

/// `service api`, or `api` alone for whatever goes by that name; what is built for one service only goes by its
/// name too. `project` is the scenario as a whole, `*` everything.
pub(crate) fn is_meant(written: &str, subject: Option<&Subject>) -> bool {
    let written = written.trim();
    if written == EVERYTHING {
        return true;
    }
    let Some(subject) = subject else { return written == SubjectKind::Project.name() };
    let service = subject.service.as_deref();
    // A package goes by its name in every version, too.
    let name = (subject.kind == SubjectKind::Package).then(|| subject.name.rsplit_once('@')).flatten();
    let bare = written.strip_prefix("package ").map_or(written, str::trim);
    if name.is_some_and(|(name, _)| name == bare) {
        return true;
    }
    written == subject.key()
        || written == &*subject.name
        || service.is_some_and(|service| {
            written == service || written.strip_prefix("service ").map(str::trim) == Some(service)
        })
}

#[cfg(test)]
mod tests {
    use plimsoll_text::{SourceKind, Sources};

    use super::*;

    #[test]
    fn a_subject_goes_by_its_key_its_name_or_its_service() {
        let mut sources = Sources::new();
        let anchor = Span::whole(sources.add_text("Dockerfile", SourceKind::Dockerfile, ""));
        let mut stage = Subject::new(SubjectKind::Stage, "Dockerfile#0", anchor);
        assert!(is_meant("stage Dockerfile#0", Some(&stage)) && is_meant("Dockerfile#0", Some(&stage)));
        assert!(!is_meant("service api", Some(&stage)));
        stage.service = Some("api".into());
        assert!(is_meant("service api", Some(&stage)) && is_meant("api", Some(&stage)));
        let package = Subject::new(SubjectKind::Package, "@a/b@1.0.0", anchor);
        for written in ["@a/b", "package @a/b", "@a/b@1.0.0", "package @a/b@1.0.0"] {
            assert!(is_meant(written, Some(&package)), "{written}");
        }
        assert!(!is_meant("@a/b@2.0.0", Some(&package)) && !is_meant("@a", Some(&package)));
        assert!(is_meant("*", None) && is_meant("*", Some(&stage)));
        assert!(is_meant("project", None) && !is_meant("project", Some(&stage)) && !is_meant("", None));
    }
}

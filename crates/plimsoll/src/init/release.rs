//! Which release of Node a project gets: what it pins, else the newest line of long-term support that it allows.
//!
//! Lines and their ends come from the table of the image lens. Deliberately absent: the network; the newest release of a
//! line is that of the day of the data.

use plimsoll_lens::images;

/// The newest release of each supported line at the day of the embedded data. A test asks that no supported line of
/// long-term support is missing.
const RELEASES: &[(&str, &str)] = &[("26", "26.10.0"), ("24", "24.21.0"), ("22", "22.23.3")];

/// The release of Debian below, by name: `node:26-slim` moves to another one some day, and with it the C library that
/// native modules were built against.
const DEBIAN: &str = "trixie";

/// A chosen release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Release {
    /// `26.10.0`.
    pub(super) version: &'static str,
    /// Why this one, for a comment.
    pub(super) why: String,
    /// What the user should know about it.
    pub(super) warning: Option<String>,
}

impl Release {
    /// The image in its small variant.
    pub(super) fn image(&self) -> String {
        format!("node:{}-{DEBIAN}-slim", self.version)
    }
}

/// A version file or a field that pins a line: its name and what it says.
#[derive(Debug, Clone)]
pub(super) struct Pinned {
    /// `.nvmrc`.
    pub(super) file: String,
    /// `22`, `v22.11.0`, `lts/jod`.
    pub(super) version: String,
}

/// Chooses a release by a pin and by `engines.node`.
pub(super) fn choose(pinned: Option<&Pinned>, engines: Option<&str>) -> Release {
    let supported: Vec<&'static str> = RELEASES
        .iter()
        .filter(|(line, _)| images::node_line(line).is_some_and(|line| !line.ended))
        .map(|(_, version)| *version)
        .collect();
    let newest = supported.first().copied().unwrap_or(RELEASES[0].1);
    let allowed = |version: &str| engines.is_none_or(|range| allows(range, version));
    let mut warning = None;
    if let Some(pin) = pinned {
        let line = images::node_line(pin.version.trim_start_matches('v'));
        let version = line
            .as_ref()
            .and_then(|line| supported.iter().find(|version| number(version)[0].to_string() == *line.cycle));
        match (version, line) {
            (Some(version), _) => {
                let why = format!("the newest release of the line that {} names", pin.file);
                return Release { version, why, warning: None };
            }
            (None, Some(line)) => {
                warning = Some(format!(
                    "{} asks for Node {}, which is not supported with security fixes any more: move it, and test with the \
                     release that the Dockerfile names",
                    pin.file, line.cycle
                ));
            }
            (None, None) => {}
        }
    }
    if let Some(version) = supported.iter().find(|version| allowed(version)) {
        let why = match engines {
            Some(range) => format!("the newest line of long-term support that \"engines\" ({range}) allows"),
            None => "the newest line of long-term support".to_owned(),
        };
        return Release { version, why, warning };
    }
    let range = engines.unwrap_or_default();
    Release {
        version: newest,
        why: "the newest line of long-term support".to_owned(),
        warning: Some(format!(
            "\"engines\" ({range}) allows no release of Node that still gets security fixes: raise it, and test with Node {newest}"
        )),
    }
}

/// Whether a range of npm takes a version. What cannot be read takes everything: it is npm's to complain of.
pub(super) fn allows(range: &str, version: &str) -> bool {
    range.split("||").any(|part| within(part.trim(), number(version)))
}

fn within(part: &str, version: [u32; 3]) -> bool {
    if let Some((low, high)) = part.split_once(" - ") {
        return compared(&format!(">={}", low.trim()), version)
            && compared(&format!("<={}", high.trim()), version);
    }
    // `>= 20` is one comparator.
    let mut joined = part.to_owned();
    for sign in [">=", "<=", ">", "<", "^", "~", "="] {
        while joined.contains(&format!("{sign} ")) {
            joined = joined.replace(&format!("{sign} "), sign);
        }
    }
    joined.split([' ', ',']).filter(|word| !word.is_empty()).all(|word| compared(word, version))
}

fn compared(word: &str, version: [u32; 3]) -> bool {
    let at = word.find(|c: char| !matches!(c, '<' | '>' | '=' | '^' | '~')).unwrap_or(word.len());
    let (sign, rest) = word.split_at(at);
    let rest = rest.trim_start_matches('v');
    let rest = rest.split(['-', '+']).next().unwrap_or(rest);
    if matches!(rest, "" | "*" | "x" | "X" | "latest") {
        return true;
    }
    let mut parts = rest.split('.').map(|part| part.parse::<u32>().ok());
    let Some(Some(major)) = parts.next() else { return true };
    let (minor, patch) = (parts.next().flatten(), parts.next().flatten());
    let low = [major, minor.unwrap_or(0), patch.unwrap_or(0)];
    // The first version behind all that the written components stand for.
    let behind = match (minor, patch) {
        (None, _) => [major.saturating_add(1), 0, 0],
        (Some(minor), None) => [major, minor.saturating_add(1), 0],
        (Some(minor), Some(patch)) => [major, minor, patch.saturating_add(1)],
    };
    match sign {
        ">=" => version >= low,
        ">" => version >= behind,
        "<" => version < low,
        "<=" => version < behind,
        "^" => version >= low && version[0] == major,
        "~" => version >= low && version[0] == major && minor.is_none_or(|minor| version[1] == minor),
        _ => version >= low && version < behind,
    }
}

fn number(version: &str) -> [u32; 3] {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_supported_line_of_long_term_support_has_its_release() {
        for line in images::node_lines().filter(|line| !line.ended) {
            assert!(RELEASES.iter().any(|(own, _)| *own == &*line.cycle), "Node {}", line.cycle);
        }
        for (line, version) in RELEASES {
            assert_eq!(number(version)[0].to_string(), *line);
        }
    }

    /// Answers of npm's `semver`: `satisfies(version, range)`.
    #[test]
    fn ranges_are_those_of_npm() {
        for (range, version, answer) in [
            (">=20", "26.10.0", true),
            (">= 20.0.0", "26.10.0", true),
            ("^22.11.0", "22.23.3", true),
            ("^22.11.0", "24.21.0", false),
            ("^20 || ^22 || >=24", "26.10.0", true),
            ("22.x", "22.23.3", true),
            ("22", "24.21.0", false),
            ("~22.23", "22.23.3", true),
            ("~22.3.0", "22.23.3", false),
            (">=18 <25", "24.21.0", true),
            (">=18 <25", "26.10.0", false),
            ("18 - 22", "22.23.3", true),
            ("18 - 22", "24.21.0", false),
            (">22", "22.23.3", false),
            ("<=22", "22.23.3", true),
            ("*", "26.10.0", true),
            ("", "26.10.0", true),
            ("24.21.0", "24.21.0", true),
            ("v24.1.0", "24.21.0", false),
        ] {
            assert_eq!(allows(range, version), answer, "{range} {version}");
        }
    }

    #[test]
    fn a_pin_comes_before_engines_and_an_ended_line_is_told() {
        let pin = |version: &str| Pinned { file: ".nvmrc".to_owned(), version: version.to_owned() };
        assert_eq!(choose(None, None).version, "26.10.0");
        assert_eq!(choose(None, Some(">=20 <25")).version, "24.21.0");
        assert_eq!(choose(Some(&pin("v22.11.0")), Some(">=20")).version, "22.23.3");
        assert_eq!(choose(Some(&pin("lts/krypton")), None).version, "24.21.0");
        assert_eq!(choose(Some(&pin("lts/*")), None).version, "26.10.0");
        let old = choose(Some(&pin("18")), None);
        assert_eq!((old.version, old.warning.is_some()), ("26.10.0", true));
        let narrow = choose(None, Some("16.x"));
        assert_eq!((narrow.version, narrow.warning.is_some()), ("26.10.0", true));
    }
}

//! The other tools whose ids controls name: which id is whose, and what there is on the other side.
//!
//! The tool follows from the shape of the id, and this is the one place that knows the shapes. Deliberately absent: what
//! an id means here, which the controls say themselves (`peers`).

/// Another tool.
#[derive(Debug)]
pub struct Tool {
    /// Its name: `hadolint`.
    pub name: &'static str,
    /// A name for files: `docker-bench`.
    pub slug: &'static str,
    /// What a user of it should know, one or two sentences.
    pub words: &'static str,
    /// All its ids with a few words, where they are listed completely.
    list: &'static str,
    owns: fn(&str) -> bool,
}

/// An id of another tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// As the tool writes it, with the prefix that this project gives it.
    pub id: &'static str,
    /// What it finds.
    pub words: &'static str,
    /// Why no control answers to it.
    pub without: Option<&'static str>,
}

/// The tools, in the order of their audience.
pub static TOOLS: &[Tool] = &[
    Tool {
        name: "hadolint",
        slug: "hadolint",
        words: "Comments `# hadolint ignore=…` are honoured as they are.",
        list: include_str!("peers/hadolint.txt"),
        owns: |id| numbered(id, "DL", 4),
    },
    Tool {
        name: "ShellCheck",
        slug: "shellcheck",
        words: "What hadolint's users meet most is judged natively on parsed commands.",
        list: "",
        owns: |id| numbered(id, "SC", 4),
    },
    Tool {
        name: "Trivy",
        slug: "trivy",
        words: "Of its checks those for Dockerfiles are meant (`trivy config`). Comments `# trivy:ignore:…` are honoured.",
        list: include_str!("peers/trivy.txt"),
        owns: |id| numbered(id, "DS-", 4),
    },
    Tool {
        name: "Checkov",
        slug: "checkov",
        words: "Of its checks those for Dockerfiles are meant. Comments `# checkov:skip=…` are honoured.",
        list: include_str!("peers/checkov.txt"),
        owns: |id| id.starts_with("CKV_DOCKER_") || id.starts_with("CKV2_DOCKER_"),
    },
    Tool {
        name: "BuildKit build checks",
        slug: "buildkit",
        words: "What `docker build --check` says. Comments `# check=skip=…` are honoured.",
        list: include_str!("peers/buildkit.txt"),
        owns: |id| {
            id.starts_with(|c: char| c.is_ascii_uppercase()) && id.chars().all(|c| c.is_ascii_alphabetic())
        },
    },
    Tool {
        name: "Docker Bench for Security (CIS)",
        slug: "docker-bench",
        words: "Numbers are those of the CIS Docker Benchmark, as Docker Bench prints them.",
        list: include_str!("peers/docker-bench.txt"),
        owns: |id| id.strip_prefix("CIS-").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())),
    },
    Tool {
        name: "compose-lint",
        slug: "compose-lint",
        words: "",
        list: include_str!("peers/compose-lint.txt"),
        owns: |id| numbered(id, "CL-", 4),
    },
    Tool {
        name: "dclint",
        slug: "dclint",
        words: "Comments `# dclint disable-line …` are honoured. The order of keys and services is no matter of safety.",
        list: include_str!("peers/dclint.txt"),
        owns: |id| {
            id.starts_with(|c: char| c.is_ascii_lowercase())
                && id.contains('-')
                && id.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        },
    },
    Tool {
        name: "dockle",
        slug: "dockle",
        words: "It looks at built images; here the Dockerfile is read.",
        list: include_str!("peers/dockle.txt"),
        owns: |id| id.starts_with("CIS-DI-") || id.starts_with("DKL-"),
    },
    Tool {
        name: "KICS",
        slug: "kics",
        words: "Queries go by their titles.",
        list: "",
        owns: |id| id.starts_with("KICS: "),
    },
    Tool {
        name: "gixy (nginx)",
        slug: "gixy",
        words: "Plugins go by their names; nginx files are read where a service of the project mounts or copies them.",
        list: "",
        owns: |id| id.starts_with("gixy: "),
    },
    Tool {
        name: "dockerfile-doctor",
        slug: "dockerfile-doctor",
        words: "",
        list: "",
        owns: |id| numbered(id, "DD", 3),
    },
    Tool {
        name: "dockerfile-hardener",
        slug: "dockerfile-hardener",
        words: "",
        list: "",
        owns: |id| numbered(id, "DH", 3),
    },
];

/// The tool that an id belongs to.
#[must_use]
pub fn tool_of(id: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.owns(id))
}

impl Tool {
    /// Whether the id is of its shape.
    #[must_use]
    pub fn owns(&self, id: &str) -> bool {
        (self.owns)(id)
    }

    /// Everything it has, when that is listed completely.
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        self.list
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| {
                let (id, words) = line.split_once("  ")?;
                let (words, without) = match words.split_once(" -- ") {
                    Some((words, without)) => (words, Some(without)),
                    None => (words, None),
                };
                Some(Rule { id, words, without })
            })
            .collect()
    }
}

fn numbered(id: &str, prefix: &str, digits: usize) -> bool {
    id.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == digits && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use plimsoll_controls::CATALOGUE;

    use super::*;

    #[test]
    fn every_id_that_a_control_names_is_of_one_tool_and_on_its_list() {
        let mut wrong = Vec::new();
        for control in CATALOGUE {
            for peer in control.peers {
                let owners: Vec<&Tool> = TOOLS.iter().filter(|tool| tool.owns(peer)).collect();
                let [tool] = owners.as_slice() else {
                    wrong.push(format!("{}: `{peer}` is of {} tools", control.id, owners.len()));
                    continue;
                };
                let rules = tool.rules();
                if !rules.is_empty() && rules.iter().all(|rule| rule.id != *peer) {
                    wrong.push(format!("{}: {} has no `{peer}`", control.id, tool.name));
                }
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    }

    #[test]
    fn every_listed_id_is_of_its_tool() {
        for tool in TOOLS {
            for rule in tool.rules() {
                assert_eq!(tool_of(rule.id).map(|owner| owner.name), Some(tool.name), "{}", rule.id);
                assert!(!rule.words.is_empty(), "{}", rule.id);
            }
        }
    }
}

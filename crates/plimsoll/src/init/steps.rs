//! Lines of a Dockerfile: stages apart from each other, comments above what they explain.
//!
//! Deliberately absent: what they say.

use std::fmt;

/// A text that grows by lines.
#[derive(Debug, Default)]
pub(super) struct Steps(String);

impl fmt::Write for Steps {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_str(text);
        Ok(())
    }
}

impl Steps {
    pub(super) fn text(&mut self, text: &str) {
        self.0.push_str(text);
    }

    pub(super) fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    pub(super) fn comment(&mut self, text: &str) {
        self.line(&format!("# {text}"));
    }

    pub(super) fn stage(&mut self, why: &str, name: &str) {
        self.0.push('\n');
        self.comment(why);
        self.line(&format!("FROM base AS {name}"));
    }

    pub(super) fn stage_last(&mut self, why: &str) {
        self.0.push('\n');
        self.comment(why);
        self.line("FROM base");
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Packages of Debian, without their lists.
pub(super) fn apt(mut packages: Vec<&str>) -> String {
    packages.sort_unstable();
    packages.dedup();
    format!(
        "RUN apt-get update \\\n    && apt-get install -y --no-install-recommends {} \\\n    && rm -rf /var/lib/apt/lists/*",
        packages.join(" ")
    )
}

/// Files into one directory, at most six a line.
pub(super) fn package_lines(files: &[String], target: &str) -> String {
    let lines: Vec<String> = files.chunks(6).map(|files| files.join(" ")).collect();
    format!("COPY {} {target}", lines.join(" \\\n    "))
}

/// The exec form.
pub(super) fn json_list(words: &[String]) -> String {
    let words: Vec<String> =
        words.iter().map(|word| serde_json::Value::from(word.as_str()).to_string()).collect();
    format!("[{}]", words.join(", "))
}

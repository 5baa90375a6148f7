//! The instructions of a Dockerfile.

/// An instruction's keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Keyword {
    /// `ADD`.
    Add,
    /// `ARG`.
    Arg,
    /// `CMD`.
    Cmd,
    /// `COPY`.
    Copy,
    /// `ENTRYPOINT`.
    Entrypoint,
    /// `ENV`.
    Env,
    /// `EXPOSE`.
    Expose,
    /// `FROM`.
    From,
    /// `HEALTHCHECK`.
    Healthcheck,
    /// `LABEL`.
    Label,
    /// `MAINTAINER`.
    Maintainer,
    /// `ONBUILD`.
    Onbuild,
    /// `RUN`.
    Run,
    /// `SHELL`.
    Shell,
    /// `STOPSIGNAL`.
    Stopsignal,
    /// `USER`.
    User,
    /// `VOLUME`.
    Volume,
    /// `WORKDIR`.
    Workdir,
    /// Anything else.
    Unknown,
}

const ALL: [(&str, Keyword); 18] = [
    ("ADD", Keyword::Add),
    ("ARG", Keyword::Arg),
    ("CMD", Keyword::Cmd),
    ("COPY", Keyword::Copy),
    ("ENTRYPOINT", Keyword::Entrypoint),
    ("ENV", Keyword::Env),
    ("EXPOSE", Keyword::Expose),
    ("FROM", Keyword::From),
    ("HEALTHCHECK", Keyword::Healthcheck),
    ("LABEL", Keyword::Label),
    ("MAINTAINER", Keyword::Maintainer),
    ("ONBUILD", Keyword::Onbuild),
    ("RUN", Keyword::Run),
    ("SHELL", Keyword::Shell),
    ("STOPSIGNAL", Keyword::Stopsignal),
    ("USER", Keyword::User),
    ("VOLUME", Keyword::Volume),
    ("WORKDIR", Keyword::Workdir),
];

impl Keyword {
    /// Reads a keyword; case does not count.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map_or(Self::Unknown, |&(_, own)| own)
    }

    /// The keyword in capitals; `?` for an unknown one.
    #[must_use]
    pub fn name(self) -> &'static str {
        ALL.iter().find(|(_, own)| *own == self).map_or("?", |&(name, _)| name)
    }

    /// The keyword that was probably meant by a word that is none.
    #[must_use]
    pub fn meant_by(text: &str) -> Option<&'static str> {
        let upper = text.to_ascii_uppercase();
        let near = ALL.iter().map(|&(name, _)| (distance(&upper, name), name)).min();
        near.filter(|&(distance, name)| distance <= (name.len() / 3).max(1)).map(|(_, name)| name)
    }
}

/// The number of insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(24).collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, &left) in a.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, &right) in b.iter().enumerate() {
            let replaced = above[column] + usize::from(left != right);
            let mut best = replaced.min(above[column + 1] + 1).min(line[column] + 1);
            if row > 0 && column > 0 && left == b[column - 1] && a[row - 1] == right {
                best = best.min(before[column - 1] + 1);
            }
            line.push(best);
        }
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_named_and_strangers_are_not() {
        assert_eq!(Keyword::meant_by("FORM"), Some("FROM"));
        assert_eq!(Keyword::meant_by("entrypiont"), Some("ENTRYPOINT"));
        assert_eq!(Keyword::meant_by("RNU"), Some("RUN"));
        assert_eq!(Keyword::meant_by("apt-get"), None);
        assert_eq!(Keyword::parse("healthCheck"), Keyword::Healthcheck);
    }
}

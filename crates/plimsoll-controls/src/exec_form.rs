//! A shell command or a broken list as the JSON list that runs the same program.
//!
//! Deliberately absent: commands that need a shell (variables, pipes, patterns, quotes): they have no such list.

/// Words that only a shell understands in the place of a program.
const BUILTINS: &[&str] = &[
    ".", ":", "alias", "bg", "break", "builtin", "case", "cd", "command", "continue", "declare", "eval",
    "exec", "exit", "export", "fg", "for", "function", "getopts", "hash", "if", "jobs", "let", "local",
    "pushd", "popd", "read", "readonly", "return", "select", "set", "shift", "shopt", "source", "time",
    "times", "trap", "type", "typeset", "ulimit", "umask", "unalias", "unset", "until", "wait", "while",
];

/// Programs that are found by name and are never a script without a `#!` line.
const PROGRAMS: &[&str] = &[
    "apache2",
    "bun",
    "bundle",
    "caddy",
    "celery",
    "deno",
    "django-admin",
    "dotnet",
    "flask",
    "gunicorn",
    "haproxy",
    "httpd",
    "java",
    "lua",
    "memcached",
    "mongod",
    "mysqld",
    "nginx",
    "node",
    "npm",
    "npx",
    "perl",
    "php",
    "php-fpm",
    "pnpm",
    "postgres",
    "puma",
    "python",
    "python2",
    "python3",
    "rackup",
    "rails",
    "redis-server",
    "ruby",
    "supervisord",
    "uvicorn",
    "yarn",
];

/// The words of a command that needs no shell: plain letters, digits and the signs that mean nothing to one.
pub(crate) fn plain_words(script: &str) -> Option<Vec<&str>> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@%+ \t".contains(&byte);
    if !script.bytes().all(plain) {
        return None;
    }
    let words: Vec<&str> = script.split_ascii_whitespace().collect();
    let first = words.first()?;
    (!first.contains('=') && !BUILTINS.contains(first)).then_some(words)
}

/// Whether a program is known to start without a shell. Anything else may be a script that only a shell runs.
pub(crate) fn is_program(word: &str) -> bool {
    PROGRAMS.contains(&word)
}

/// The words of a list that is no JSON: single or no quotes, a comma too many or too few.
pub(crate) fn broken_list(text: &str) -> Option<Vec<&str>> {
    let mut rest = text.trim().strip_prefix('[')?.strip_suffix(']')?.trim();
    let mut words = Vec::new();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '"'));
        let (word, behind) = match quote {
            Some(quote) => rest.get(1..)?.split_once(quote)?,
            None => rest.split_at(rest.find([',', ' ', '\t']).unwrap_or(rest.len())),
        };
        let bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+".contains(&byte);
        let quoted = |byte: u8| byte.is_ascii_graphic() && !b"'\"\\$`".contains(&byte) || byte == b' ';
        let fits = |byte| if quote.is_some() { quoted(byte) } else { bare(byte) };
        // A word that goes on behind its quotes is no word of a list.
        let ends = behind.is_empty() || behind.starts_with([',', ' ', '\t']);
        if word.is_empty() || !word.bytes().all(fits) || !ends {
            return None;
        }
        words.push(word);
        rest = behind.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_no_shell_has_plain_words() {
        assert_eq!(plain_words("node  server.js --port=80"), Some(vec!["node", "server.js", "--port=80"]));
        for script in [
            "node $FILE",
            "cd /app",
            "A=1 node x",
            "node x && y",
            "node 'a b'",
            "node *.js",
            "",
            "node ~/x",
            "exec node x",
            "node x # y",
            "node {a,b}",
        ] {
            assert_eq!(plain_words(script), None, "{script}");
        }
    }

    #[test]
    fn a_broken_list_gives_its_words() {
        assert_eq!(broken_list("['node', 'server.js']"), Some(vec!["node", "server.js"]));
        assert_eq!(broken_list("[\"node\" \"server.js\",]"), Some(vec!["node", "server.js"]));
        assert_eq!(broken_list("[node, server.js]"), Some(vec!["node", "server.js"]));
        for text in ["[ -f x ] && y", "['node'x]", "[]", "['$X']", "[\"a\"", "['it\\'s']"] {
            assert_eq!(broken_list(text), None, "{text}");
        }
    }
}

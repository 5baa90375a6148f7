//! Whether a name announces a secret: the words of the name, what follows them and what qualifies them.
//!
//! `POSTGRES_PASSWORD` does; `POSTGRES_PASSWORD_FILE`, `PASSWORD_POLICY`, `TOKEN_URL`, `PUBLIC_KEY`, `MAX_TOKENS` do not.

/// What a secret's name says about where its value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Announces {
    /// A password: chosen by whoever writes the file, accepted by the program whatever it is.
    Password,
    /// A secret that the program is told to use (`JWT_SECRET`, `SECRET_KEY_BASE`): equally accepted whatever it is.
    Chosen,
    /// A token or key that somebody else issues: a made-up one is of no use.
    Issued,
}

/// Words that are secrets by themselves.
const WORDS: &[(&str, Announces)] = &[
    ("password", Announces::Password),
    ("passwords", Announces::Password),
    ("passwd", Announces::Password),
    ("passphrase", Announces::Password),
    ("passcode", Announces::Password),
    ("passwort", Announces::Password),
    ("pwd", Announces::Password),
    ("pass", Announces::Password),
    ("pw", Announces::Password),
    ("secret", Announces::Chosen),
    ("secrets", Announces::Chosen),
    ("token", Announces::Issued),
    ("apikey", Announces::Issued),
    ("apitoken", Announces::Issued),
    ("authtoken", Announces::Issued),
    ("credential", Announces::Issued),
    ("credentials", Announces::Issued),
    ("pat", Announces::Issued),
];

/// Ends of words written together: `PGPASSWORD`, `dbpass`, `clientsecret`.
const ENDS: &[(&str, Announces)] = &[
    ("password", Announces::Password),
    ("passwd", Announces::Password),
    ("passphrase", Announces::Password),
    ("pwd", Announces::Password),
    ("dbpass", Announces::Password),
    ("userpass", Announces::Password),
    ("rootpass", Announces::Password),
    ("adminpass", Announces::Password),
    ("secret", Announces::Chosen),
    ("secretkey", Announces::Chosen),
    ("privatekey", Announces::Chosen),
    ("encryptionkey", Announces::Chosen),
    ("signingkey", Announces::Chosen),
    ("accesstoken", Announces::Issued),
    ("authtoken", Announces::Issued),
    ("bearertoken", Announces::Issued),
    ("refreshtoken", Announces::Issued),
    ("apitoken", Announces::Issued),
    ("apikey", Announces::Issued),
    ("accesskey", Announces::Issued),
];

/// Words that make a following `key` a secret one.
const KEYS: &[(&str, Announces)] = &[
    ("secret", Announces::Chosen),
    ("private", Announces::Chosen),
    ("encryption", Announces::Chosen),
    ("encrypt", Announces::Chosen),
    ("crypt", Announces::Chosen),
    ("cipher", Announces::Chosen),
    ("signing", Announces::Chosen),
    ("signature", Announces::Chosen),
    ("hmac", Announces::Chosen),
    ("aes", Announces::Chosen),
    ("master", Announces::Chosen),
    ("session", Announces::Chosen),
    ("cookie", Announces::Chosen),
    ("jwt", Announces::Chosen),
    ("app", Announces::Chosen),
    ("salt", Announces::Chosen),
    ("api", Announces::Issued),
    ("access", Announces::Issued),
    ("auth", Announces::Issued),
    ("deploy", Announces::Issued),
    ("account", Announces::Issued),
    ("storage", Announces::Issued),
    ("license", Announces::Issued),
    ("licence", Announces::Issued),
    ("server", Announces::Issued),
    ("service", Announces::Issued),
    ("admin", Announces::Issued),
    ("webhook", Announces::Issued),
    ("write", Announces::Issued),
    ("ssh", Announces::Issued),
];

/// Words before the secret that turn it into a switch, a text or something public.
const BEFORE: &[&str] = &[
    "public",
    "publishable",
    "allow",
    "random",
    "enable",
    "enabled",
    "disable",
    "use",
    "no",
    "without",
    "require",
    "requires",
    "has",
    "is",
    "skip",
    "forgot",
    "reset",
    "max",
    "min",
    "num",
    "expire",
    "ignore",
    "show",
    "hide",
    "print",
    "validate",
    "check",
    "test4",
    "csrf",
    "xsrf",
    "bypass",
];

/// Words after the secret that speak about it instead of holding it.
const AFTER: &[&str] = &[
    "file",
    "files",
    "filename",
    "path",
    "paths",
    "dir",
    "directory",
    "folder",
    "location",
    "mount",
    "name",
    "names",
    "id",
    "ids",
    "url",
    "uri",
    "urls",
    "endpoint",
    "host",
    "hostname",
    "port",
    "server",
    "service",
    "policy",
    "policies",
    "expiry",
    "expires",
    "expire",
    "expiration",
    "expired",
    "ttl",
    "lifetime",
    "lifespan",
    "validity",
    "timeout",
    "duration",
    "period",
    "age",
    "days",
    "hours",
    "minutes",
    "seconds",
    "interval",
    "rotation",
    "length",
    "len",
    "size",
    "min",
    "max",
    "count",
    "limit",
    "quota",
    "budget",
    "type",
    "format",
    "algorithm",
    "algo",
    "alg",
    "method",
    "mode",
    "strategy",
    "enabled",
    "enable",
    "disabled",
    "disable",
    "required",
    "optional",
    "allowed",
    "header",
    "field",
    "prefix",
    "suffix",
    "separator",
    "version",
    "regex",
    "pattern",
    "hint",
    "label",
    "title",
    "placeholder",
    "prompt",
    "message",
    "text",
    "error",
    "source",
    "provider",
    "issuer",
    "audience",
    "aud",
    "iss",
    "scope",
    "scopes",
    "claim",
    "claims",
    "user",
    "username",
    "login",
    "email",
    "owner",
    "group",
    "role",
    "reset",
    "change",
    "recovery",
    "strength",
    "complexity",
    "rules",
    "check",
    "checks",
    "validation",
    "validator",
    "verify",
    "store",
    "manager",
    "backend",
    "engine",
    "driver",
    "plugin",
    "class",
    "handler",
    "command",
    "cmd",
    "script",
    "generator",
    "var",
    "variable",
    "ref",
    "reference",
    "arn",
    "namespace",
    "region",
    "bucket",
    "fingerprint",
    "hashing",
    "iterations",
    "rounds",
    "cost",
    "authentication",
    "auth",
    "encryption",
    "management",
    "managers",
    "per",
    "usage",
    "index",
    "list",
    "page",
    "cookie",
    "param",
    "parameter",
    "property",
    "attribute",
    "column",
    "env",
    "secretname",
];

/// Whether a name announces a secret value.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    announces(name).is_some()
}

/// What a name announces.
pub(crate) fn announces(name: &str) -> Option<Announces> {
    if name.len() > 256 {
        return None;
    }
    let words = words(name);
    let (at, found) = words.iter().enumerate().rev().find_map(|(at, word)| {
        let before = at.checked_sub(1).and_then(|before| words.get(before)).map(String::as_str);
        secret_word(word, before).map(|found| (at, found))
    })?;
    let after = words.get(at + 1..).unwrap_or_default();
    let before = words.get(..at).unwrap_or_default();
    if after.iter().any(|word| AFTER.contains(&word.as_str()))
        || before.iter().any(|word| BEFORE.contains(&word.as_str()))
    {
        return None;
    }
    Some(found)
}

fn secret_word(word: &str, before: Option<&str>) -> Option<Announces> {
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if word == "key" || word == "keys" {
        return KEYS.iter().find(|(own, _)| Some(*own) == before).map(|(_, found)| *found);
    }
    if let Some((_, found)) = WORDS.iter().find(|(own, _)| *own == word) {
        return Some(*found);
    }
    ENDS.iter().find(|(end, _)| word.ends_with(end)).map(|(_, found)| *found)
}

/// The words of a name in lower case: separators and changes from lower to upper case part them.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower = false;
    for c in name.chars() {
        let parts = !c.is_ascii_alphanumeric();
        if (parts || lower && c.is_ascii_uppercase()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if !parts {
            word.push(c.to_ascii_lowercase());
        }
        lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

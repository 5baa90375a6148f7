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
    /// A word that is used for secrets and for much else: only a value that is random counts.
    Perhaps,
}

use Announces::{Chosen, Issued, Password, Perhaps};

/// Words that are secrets by themselves.
const WORDS: &[(&str, Announces)] = &[
    ("password", Password),
    ("passwords", Password),
    ("passwd", Password),
    ("passphrase", Password),
    ("passcode", Password),
    ("passwort", Password),
    ("pwd", Password),
    ("pass", Password),
    ("pw", Password),
    // A file of hashes or the name of one; the hashes themselves are known by their form.
    ("htpasswd", Perhaps),
    ("secret", Chosen),
    ("secrets", Chosen),
    ("token", Issued),
    ("credential", Perhaps),
    ("credentials", Perhaps),
    ("pat", Perhaps),
    ("salt", Perhaps),
    ("pepper", Perhaps),
];

/// Ends of words written together: `PGPASSWORD`, `dbpass`, `clientsecret`.
const ENDS: &[(&str, Announces)] = &[
    ("password", Password),
    ("passwd", Password),
    ("passphrase", Password),
    ("pwd", Password),
    ("dbpass", Password),
    ("userpass", Password),
    ("rootpass", Password),
    ("adminpass", Password),
    ("storepass", Password),
    ("keypass", Password),
    ("requirepass", Password),
    ("secret", Chosen),
    ("secretkey", Chosen),
    ("secretaccesskey", Chosen),
    ("privatekey", Chosen),
    ("encryptionkey", Chosen),
    ("signingkey", Chosen),
    ("cookiekey", Chosen),
    ("accesstoken", Issued),
    ("authtoken", Issued),
    ("bearertoken", Issued),
    ("refreshtoken", Issued),
    ("apitoken", Issued),
    ("bottoken", Issued),
    ("apikey", Issued),
    ("accesskey", Perhaps),
    ("masterkey", Chosen),
];

/// Words that make a following `key` a secret one.
const KEYS: &[(&str, Announces)] = &[
    ("secret", Chosen),
    ("private", Chosen),
    ("encryption", Chosen),
    ("encrypt", Chosen),
    ("cipher", Chosen),
    ("hmac", Chosen),
    ("master", Chosen),
    ("jwt", Chosen),
    ("api", Issued),
    ("auth", Perhaps),
    ("signing", Perhaps),
    ("signature", Perhaps),
    ("crypt", Perhaps),
    ("crypto", Perhaps),
    ("aes", Perhaps),
    ("vault", Perhaps),
    ("session", Perhaps),
    ("cookie", Perhaps),
    ("cookies", Perhaps),
    ("app", Perhaps),
    ("access", Perhaps),
    ("deploy", Perhaps),
    ("account", Perhaps),
    ("storage", Perhaps),
    ("license", Perhaps),
    ("licence", Perhaps),
    ("server", Perhaps),
    ("service", Perhaps),
    ("admin", Perhaps),
    ("webhook", Perhaps),
    ("write", Perhaps),
    ("ssl", Perhaps),
    ("tls", Perhaps),
    ("nonce", Perhaps),
    ("in", Perhaps),
    ("security", Perhaps),
    ("shared", Perhaps),
];

/// Words before the secret that turn it into a switch, a text or something public.
const BEFORE: &[&str] = &[
    "public",
    "publishable",
    "anon",
    "anonymous",
    "allow",
    "random",
    "enable",
    "enabled",
    "disable",
    "disabled",
    "use",
    "no",
    "non",
    "without",
    "with",
    "require",
    "requires",
    "has",
    "is",
    "skip",
    "forgot",
    "max",
    "min",
    "num",
    "number",
    "expire",
    "ignore",
    "show",
    "hide",
    "print",
    "validate",
    "check",
    "csrf",
    "xsrf",
    "bypass",
    "generate",
    "host",
    "known",
    "previous",
    "cache",
    "dummy",
    "fake",
    "existing",
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
    "types",
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
    "verification",
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
    "management",
    "managers",
    "per",
    "by",
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
    "stdin",
    "protected",
    "protection",
    "language",
    "users",
    "dummy",
    "encoding",
    "digest",
    "date",
    "time",
    "delay",
    "retries",
    "attempts",
    "history",
    "grant",
    "flow",
    "state",
    "status",
    "storage",
    "cache",
    "env",
    "locked",
    "less",
    "word",
    "words",
    "ring",
    "pair",
    "exchange",
    "domain",
    "realm",
    "address",
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
        || before.iter().any(|word| BEFORE.contains(&word.as_str()) && !(found == Password && is_owner(word)))
    {
        return None;
    }
    // An identity provider hands out the secret of a client.
    let client = at.checked_sub(1).and_then(|before| words.get(before)).is_some_and(|word| word == "client");
    if found == Chosen && client {
        return Some(Issued);
    }
    // `SECRET_ACCESS_KEY`: one word is vague, both together are not.
    let told = before.iter().any(|word| matches!(word.as_str(), "secret" | "private"));
    Some(if found == Perhaps && told { Issued } else { found })
}

/// `HOST_KEY` and `CACHE_KEY` are no secrets, `EMAIL_HOST_PASSWORD` and `CACHE_PASSWORD` are.
fn is_owner(word: &str) -> bool {
    matches!(word, "host" | "cache")
}

fn secret_word(word: &str, before: Option<&str>) -> Option<Announces> {
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if matches!(word, "key" | "keys") {
        return KEYS.iter().find(|(own, _)| Some(*own) == before).map(|(_, found)| *found);
    }
    if let Some((_, found)) = WORDS.iter().find(|(own, _)| *own == word) {
        return Some(*found);
    }
    ENDS.iter().find(|(end, _)| word.ends_with(end)).map(|(_, found)| *found)
}

/// Whether a value only repeats the end of its name: `ClientSecret` for `OIDC_CLIENT_SECRET`.
pub(crate) fn repeats(name: &str, value: &str) -> bool {
    let (name, value) = (words(name).concat(), words(value).concat());
    !value.is_empty() && name.ends_with(&value)
}

/// Whether any word of the text is one of a secret, whatever qualifies it.
pub(crate) fn speaks_of_secret(text: &str) -> bool {
    words(text)
        .iter()
        .any(|word| secret_word(word, None).is_some() || matches!(word.as_str(), "key" | "auth"))
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

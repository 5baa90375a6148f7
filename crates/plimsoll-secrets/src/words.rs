//! The vocabulary that values are judged by: fillers, references, switches, and the passwords that everybody knows.

/// Passwords and secrets that stand in lists of defaults; a value made of one of them is known to everybody.
/// Digits and punctuation at the ends are dropped before the comparison.
const KNOWN: &[&str] = &[
    "password",
    "passwort",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "pa55word",
    "passwd",
    "pass",
    "pwd",
    "secret",
    "secrets",
    "admin",
    "administrator",
    "root",
    "toor",
    "user",
    "guest",
    "test",
    "testing",
    "tester",
    "demo",
    "dev",
    "develop",
    "development",
    "local",
    "postgres",
    "postgresql",
    "pgadmin",
    "mysql",
    "mariadb",
    "mongo",
    "mongodb",
    "redis",
    "rabbitmq",
    "rabbit",
    "elastic",
    "elasticsearch",
    "kibana",
    "minio",
    "minioadmin",
    "grafana",
    "keycloak",
    "nextcloud",
    "wordpress",
    "odoo",
    "oracle",
    "sa",
    "system",
    "manager",
    "tomcat",
    "jenkins",
    "docker",
    "default",
    "changeme",
    "changeit",
    "change",
    "letmein",
    "welcome",
    "qwerty",
    "abc",
    "abcd",
    "foobar",
    "foo",
    "bar",
    "baz",
    "hunter",
    "example",
    "sample",
    "mypassword",
    "mysecret",
    "mysecretpassword",
    "supersecret",
    "secretpassword",
    "verysecret",
    "topsecret",
    "s3cret",
    "s3cr3t",
    "rootpassword",
    "rootpass",
    "adminpass",
    "adminpassword",
    "userpass",
    "userpassword",
    "dbpass",
    "dbpassword",
    "insecure",
    "unsafe",
    "weak",
    "keyboardcat",
    "super",
    "app",
    "api",
    "db",
    "database",
    "backend",
    "magento",
    "drupal",
    "joomla",
    "django",
    "laravel",
    "symfony",
    "zabbix",
    "openstack",
    "superset",
    "airflow",
    "metabase",
    "directus",
    "strapi",
    "notsecure",
];

/// Words by which a value asks to be replaced or says that there is none. Compared in lower case with separators dropped.
const FILLERS: &[&str] = &[
    "null",
    "nil",
    "none",
    "undefined",
    "empty",
    "unset",
    "notset",
    "na",
    "tbd",
    "todo",
    "fixme",
    "xxx",
    "placeholder",
    "redacted",
    "hidden",
    "masked",
    "removed",
    "omitted",
    "dummy",
    "fake",
    "mock",
    "ignored",
    "ignore",
    "unused",
    "notused",
    "notneeded",
    "notrequired",
    "notasecret",
    "notsecret",
    "nosecret",
    "nopassword",
    "anything",
    "whatever",
    "yourpassword",
    "yoursecret",
    "yourtoken",
    "yourkey",
    "yourapikey",
    "passwordhere",
    "secrethere",
    "tokenhere",
    "apikeyhere",
    "optional",
    "required",
    "generated",
    "random",
    "randomlygenerated",
    "string",
    "value",
    "insert",
    "enter",
    "fill",
    "setme",
    "replaceme",
    "editme",
    "blank",
    "nothing",
    "disabled",
];

/// Parts by which a value asks to be replaced, in lower case with `-`, `_` and blanks turned into `_`.
const FILLER_PARTS: &[&str] = &[
    "your_",
    "_here",
    "replace_",
    "replace_me",
    "replaceme",
    "insert_",
    "fill_in",
    "fillme",
    "to_be_",
    "put_",
    "set_me",
    "enter_",
    "<",
    ">",
    "placeholder",
    "redacted",
    "dummy",
    "fake_",
    "not_a_secret",
    "not_a_real",
    "not_real",
    "xxxx",
    "****",
    "....",
    "____",
    "goes_here",
    "todo",
    "_goes_",
    "paste_",
    "add_your",
    "use_your",
    "example.com",
    "build_only",
    "buildonly",
    "only_for_build",
];

/// Words that choose a behaviour: values of switches whose names only sound secret.
const SWITCHES: &[&str] = &[
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "t",
    "f",
    "enabled",
    "disabled",
    "enable",
    "disable",
    "allow",
    "deny",
    "warn",
    "forbid",
    "auto",
    "always",
    "never",
    "prompt",
    "ask",
    "file",
    "env",
    "environment",
    "vault",
    "plain",
    "plaintext",
    "basic",
    "bearer",
    "digest",
    "jwt",
    "opaque",
    "oauth",
    "oauth2",
    "oidc",
    "saml",
    "ldap",
    "kerberos",
    "scram-sha-256",
    "md5",
    "sha256",
    "bcrypt",
    "argon2",
    "pbkdf2",
    "base64",
    "hex",
    "raw",
    "json",
    "text",
    "header",
    "cookie",
    "query",
    "body",
    "session",
    "memory",
    "database",
    "include",
    "omit",
    "same-origin",
    "strict",
    "lax",
    "required",
    "optional",
    "mandatory",
    "stdin",
    "keyring",
    "keychain",
    "pass",
    "osxkeychain",
    "store",
    "inherit",
    "aws",
    "gcp",
    "azure",
    "kubernetes",
    "consul",
    "local",
    "default",
    "access_token",
    "id_token",
    "refresh_token",
    "client_credentials",
];

/// Beginnings by which a value refers to a secret that is kept elsewhere.
const REFERENCES: &[&str] = &[
    "vault:",
    "vault://",
    "op://",
    "aws-sm:",
    "gcp-sm:",
    "secretsmanager:",
    "secretref:",
    "ref+",
    "arn:",
    "ssm:",
    "ssm://",
    "keyvault:",
    "akv://",
    "azurekeyvault:",
    "awssm:",
    "doppler:",
    "bws:",
    "sops:",
    "enc[",
    "enc(",
    "{cipher}",
    "!secret",
    "!env",
    "env:",
    "env.",
    "env_",
    "file:",
    "file://",
    "config:",
    "secret://",
    "secrets/",
    "secrets.",
    "secret/",
    "kms:",
    "infisical:",
    "projects/",
    "process.env",
    "os.environ",
    "system.getenv",
    "getenv",
    "@microsoft.keyvault",
    "keychain:",
    "pass:",
    "bao:",
    "openbao:",
    // A message of OpenPGP.
    "wcfma",
];

/// Whether the value is a password that everybody knows, perhaps with digits and punctuation at its ends.
pub(crate) fn known(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let core = lower.trim_matches(|c: char| !c.is_ascii_alphabetic());
    if core.is_empty() {
        return is_row(&lower);
    }
    let joined: String = core.chars().filter(|c| !matches!(c, '-' | '_' | ' ' | '.' | '!')).collect();
    KNOWN.contains(&core)
        || KNOWN.contains(&joined.as_str())
        || joined.contains("changeme")
        || joined.contains("changethis")
        || joined.starts_with("qwerty")
        || joined.starts_with("password")
        || joined.ends_with("password") && joined.len() <= 20
}

/// `123456`, `1111`, `654321`: each digit follows or repeats the one before it.
fn is_row(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.len() <= 3
        || [0, 1, -1].iter().any(|step| {
            bytes.windows(2).all(|pair| match pair {
                [a, b] => (i16::from(*b) - i16::from(*a) - step) % 10 == 0,
                _ => false,
            })
        })
}

/// Whether the value asks to be replaced or says that there is none.
pub(crate) fn filler(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let bare: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    let joined: String = lower.chars().map(|c| if matches!(c, '-' | ' ') { '_' } else { c }).collect();
    let first = lower.chars().next();
    FILLERS.contains(&bare.as_str())
        || bare.is_empty()
        || FILLER_PARTS.iter().any(|part| joined.contains(part))
        || (bare.len() > 2
            && bare.chars().all(|c| bare.starts_with(c))
            && !bare.starts_with(|c: char| c.is_ascii_digit()))
        || matches!(first, Some('[')) && lower.ends_with(']')
        || matches!(first, Some('{')) && lower.ends_with('}')
        || matches!(first, Some('%')) && lower.ends_with('%') && lower.len() > 2
        || lower.starts_with("__") && lower.ends_with("__")
        || lower.starts_with("@@")
        || lower.starts_with("my") && lower.contains("here")
        || value.strip_prefix("Your").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Whether the value is a choice rather than a secret.
pub(crate) fn switch(value: &str) -> bool {
    SWITCHES.contains(&value.to_ascii_lowercase().as_str())
}

/// Whether the value names a secret that is kept elsewhere.
pub(crate) fn reference(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    REFERENCES.iter().any(|start| lower.starts_with(start))
        || ["${", "$(", "{{", "<%", "%{", "#{", "process.env", "os.environ", "getenv("]
            .iter()
            .any(|mark| lower.contains(mark))
        || lower.starts_with('`')
}

/// Words of sentences: a value with one of them is shown to people.
const PROSE: &[&str] = &[
    "the", "a", "an", "is", "are", "was", "your", "you", "please", "enter", "must", "should", "cannot",
    "invalid", "required", "forgot", "for", "to", "of", "and", "or", "not", "with", "this", "that", "here",
    "new", "confirm", "repeat", "show", "hide", "reset", "missing", "wrong", "has", "been", "set", "from",
    "used", "in",
];

/// Whether the value is a sentence or a phrase for people.
pub(crate) fn prose(value: &str) -> bool {
    let words: Vec<String> = value
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| c.is_ascii_punctuation()).to_ascii_lowercase())
        .collect();
    words.len() >= 2
        && (words.iter().any(|word| PROSE.contains(&word.as_str()))
            || words.len() >= 3 && value.ends_with(['.', '?', '!', ':', '…']))
}

/// Words that people write and generators do not.
const SPOKEN: &[&str] = &[
    "password",
    "passwort",
    "secret",
    "change",
    "choose",
    "strong",
    "secure",
    "your",
    "default",
    "database",
    "admin",
    "please",
    "example",
    "token",
    "login",
    "insecure",
    "development",
    "production",
    "replace",
    "random",
    "encryption",
];

/// Whether the value is made of words rather than of random characters.
pub(crate) fn spoken(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    SPOKEN.iter().any(|word| lower.contains(word))
}

//! Whether the value of a name that says secret is one.

use std::ops::Range;

use crate::name::{self, Announces};
use crate::{Certainty, Detection, checks, words};

/// Longer values are contents of files, which have their own forms.
const LONGEST: usize = 4096;

/// Judges a value by what its name announces; `shell` says that a `$NAME` in it would be expanded.
pub(crate) fn judge(announces: Announces, name: &str, value: &str, shell: bool) -> Option<Detection> {
    let range = bare(value);
    let text = value.get(range.clone())?;
    if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
        return None;
    }
    if is_hash(text) {
        return Some(Detection { kind: "password-hash", range, certainty: Certainty::Certain });
    }
    if words::filler(text) || words::reference(text) || names_variable(text, shell) || not_a_secret(text) {
        return None;
    }
    let (kind, certainty) = weigh(announces, name, text)?;
    Some(Detection { kind, range, certainty })
}

/// The value without blanks and quotes around it.
pub(crate) fn bare(value: &str) -> Range<usize> {
    let trimmed = value.trim();
    let mut start = value.len() - value.trim_start().len();
    let mut end = start + trimmed.len();
    for quote in ['"', '\'', '`'] {
        if trimmed.len() >= 2 && trimmed.starts_with(quote) && trimmed.ends_with(quote) {
            start += 1;
            end -= 1;
            break;
        }
    }
    start..end
}

fn weigh(announces: Announces, name: &str, text: &str) -> Option<(&'static str, Certainty)> {
    let strong = is_strong(text);
    match announces {
        Announces::Password => {
            if words::switch(text) && text != "pass" && text != "default"
                || matches!(text, "0" | "1")
                || words::prose(text)
            {
                return None;
            }
            if words::known(text) || text.eq_ignore_ascii_case(name) {
                return Some(("weak-password", Certainty::Likely));
            }
            Some(("named", if strong { Certainty::Certain } else { Certainty::Likely }))
        }
        Announces::Chosen => {
            if words::switch(text)
                || is_number_or_time(text) && text.len() < 6
                || words::prose(text)
                || is_dotted(text)
            {
                return None;
            }
            if words::known(text) || text.eq_ignore_ascii_case(name) {
                return Some(("weak-password", Certainty::Likely));
            }
            Some(("named", if strong { Certainty::Certain } else { Certainty::Likely }))
        }
        Announces::Issued => {
            let word = text.chars().all(|c| c.is_ascii_alphabetic());
            if words::switch(text)
                || words::known(text)
                || is_number_or_time(text)
                || is_dotted(text)
                || is_host(text)
                || text.contains(char::is_whitespace)
                || name::repeats(name, text)
                || text.len() < 8
                || word && !strong && text.len() < 16
            {
                return None;
            }
            Some(("named", if strong { Certainty::Certain } else { Certainty::Likely }))
        }
        Announces::Perhaps => {
            (strong && !is_dotted(text) && !is_host(text) && !text.contains(char::is_whitespace))
                .then_some(("named", Certainty::Certain))
        }
    }
}

/// Random enough that nobody would write it for anything but a secret.
pub(crate) fn is_strong(text: &str) -> bool {
    let (mut lower, mut upper, mut digit, mut other) = (0_usize, 0_usize, 0_usize, 0_usize);
    for c in text.chars() {
        match c {
            'a'..='z' => lower += 1,
            'A'..='Z' => upper += 1,
            '0'..='9' => digit += 1,
            _ => other += 1,
        }
    }
    let classes = [lower, upper, digit, other].into_iter().filter(|&count| count > 0).count();
    let length = lower + upper + digit + other;
    let entropy = checks::entropy(text);
    let changes = text
        .as_bytes()
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if kind_of(*a) != kind_of(*b)))
        .count();
    let hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    !words::spoken(text)
        && (hexadecimal && length >= 24 && entropy >= 2.8 && digit > 0 && lower + upper > 0
            || length >= 16 && classes >= 2 && entropy >= 3.2 && changes * 4 >= length && digit > 0
            || length >= 10 && classes == 4 && changes * 2 >= length
            || length >= 20 && lower > 0 && upper > 0 && entropy >= 3.6 && changes * 5 >= length * 2)
}

fn kind_of(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

/// The crypt formats, LDAP's and Argon2's: a hash can be tried against lists of passwords at leisure.
fn is_hash(text: &str) -> bool {
    let body = text.split_once(':').map_or(text, |(_, body)| body);
    [
        "$2a$",
        "$2b$",
        "$2y$",
        "$apr1$",
        "$1$",
        "$5$",
        "$6$",
        "$y$",
        "$argon2",
        "{SHA}",
        "{SSHA}",
        "pbkdf2_sha256$",
    ]
    .iter()
    .any(|start| body.starts_with(start))
        && body.len() >= 20
}

/// `$NAME`, and in a shell any `$NAME` inside.
fn names_variable(text: &str, shell: bool) -> bool {
    let mut rest = text;
    let mut first = true;
    while let Some(at) = rest.find('$') {
        let after = rest.get(at + 1..).unwrap_or("");
        let name = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let named = name > 0 && !after.starts_with(|c: char| c.is_ascii_digit());
        if named && (shell || first && at == 0 && name == after.len())
            || shell && after.starts_with(['@', '*', '{', '('])
        {
            return true;
        }
        first = false;
        rest = after;
    }
    text == "$"
}

/// Forms that speak for something else whatever the name says.
fn not_a_secret(text: &str) -> bool {
    is_path(text)
        || is_plain_url(text)
        || is_public_key(text)
        || is_fingerprint(text)
        || is_digest(text)
        || is_variable_name(text)
        // The keys of AWS's documentation, which are all over the world's configuration.
        || text.contains("EXAMPLE") && text.len() >= 16
        || text.contains("=>")
        || text.ends_with("()")
        || text.ends_with('(')
}

/// `/run/secrets/x`, `./key.pem`, `~/.ssh/id_rsa`, `certs/server.key`, `C:\keys\x`. Base 64 has slashes too, but not the
/// lower-case words or an extension.
fn is_path(text: &str) -> bool {
    if text.contains(char::is_whitespace) {
        return false;
    }
    let windows = text.get(1..3) == Some(":\\") && text.starts_with(|c: char| c.is_ascii_alphabetic());
    if windows || ["./", "../", "~/", ".\\"].iter().any(|start| text.starts_with(start)) {
        return true;
    }
    if !text.contains('/') || text.ends_with('=') || text.contains(':') {
        return false;
    }
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
    let plain = |part: &&str| {
        part.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'@' | b'%'))
            && (part.bytes().any(|byte| byte.is_ascii_lowercase()) || part.len() <= 4)
            && !(part.len() >= 16 && is_strong(part))
    };
    let extension = parts.last().is_some_and(|last| {
        last.rsplit_once('.').is_some_and(|(stem, end)| !stem.is_empty() && (1..=10).contains(&end.len()))
    });
    parts.iter().all(plain) && (text.starts_with('/') || extension) && !is_strong(&parts.concat())
        || text.starts_with("/run/secrets/")
        || text.starts_with("/var/run/secrets/")
        || extension && parts.iter().all(plain)
}

/// A URL or `host:port`; those with a password were found before.
fn is_plain_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && !scheme.is_empty()
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b':'))
    })
}

fn is_public_key(text: &str) -> bool {
    [
        "ssh-rsa ",
        "ssh-ed25519 ",
        "ssh-dss ",
        "ecdsa-sha2-",
        "sk-ssh-",
        "-----BEGIN PUBLIC",
        "-----BEGIN CERT",
        "-----BEGIN RSA PUBLIC",
        "-----BEGIN PGP PUBLIC",
        "-----BEGIN SSH2 PUBLIC",
        "age1",
        "pk_live_",
        "pk_test_",
        "sb_publishable_",
    ]
    .iter()
    .any(|start| text.starts_with(start))
}

/// OpenPGP key ids and fingerprints: upper-case hexadecimal of 8, 16 or 40 digits, in groups or several of them; and
/// fingerprints with colons.
fn is_fingerprint(text: &str) -> bool {
    let hex = |part: &str| {
        let part = part.strip_prefix("0x").unwrap_or(part);
        matches!(part.len(), 8 | 16 | 40)
            && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
    };
    let parts: Vec<&str> = text.split([' ', ',']).filter(|part| !part.is_empty()).collect();
    let groups = text.split([' ', ':']).filter(|part| !part.is_empty()).count();
    parts.iter().all(|part| {
        hex(part)
            && (part.len() != 8
                || part.bytes().any(|byte| byte.is_ascii_digit())
                    && part.bytes().any(|byte| byte.is_ascii_uppercase()))
    }) || groups >= 8
        && text
            .split([' ', ':'])
            .filter(|part| !part.is_empty())
            .all(|part| matches!(part.len(), 2 | 4) && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
        || text.starts_with("SHA256:") && text.len() == 50
}

/// `sha256:…`, `sha512-…`: digests and integrity strings.
fn is_digest(text: &str) -> bool {
    ["sha1", "sha256", "sha384", "sha512", "md5"].iter().any(|name| {
        text.to_ascii_lowercase()
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with([':', '-']) && rest.len() > 20)
    })
}

/// `DB_PASSWORD`: the name of a variable, not its value.
fn is_variable_name(text: &str) -> bool {
    text.contains('_')
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && crate::name::speaks_of_secret(text)
}

fn is_number_or_time(text: &str) -> bool {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
    digits.len() < text.len()
        && matches!(
            digits.trim(),
            "" | "ms"
                | "s"
                | "m"
                | "h"
                | "d"
                | "w"
                | "y"
                | "sec"
                | "min"
                | "hours"
                | "days"
                | "k"
                | "kb"
                | "mb"
                | "gb"
                | "KB"
                | "MB"
                | "GB"
        )
}

/// `com.acme.Token`, `config.db.password`: a path in a program or configuration.
fn is_dotted(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() >= 2
        && parts.iter().all(|part| {
            part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && part.len() <= 24
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        })
}

/// `redis:6379`, `api.internal.test`.
fn is_host(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty()
            && port.len() <= 5
            && !port.is_empty()
            && port.bytes().all(|byte| byte.is_ascii_digit())
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    })
}

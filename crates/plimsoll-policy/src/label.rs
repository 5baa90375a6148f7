//! The forms that the value of a label may have to have: those of hadolint's `label-schema`.
//!
//! Sources: Semantic Versioning 2.0.0, RFC 3986, RFC 3339, the SPDX specification (annex on licence expressions),
//! RFC 5322 (the plain form `local@domain` only).

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Anything.
    Text,
    /// A URL with its scheme.
    Url,
    /// A semantic version.
    Semver,
    /// A date with a time and an offset.
    Rfc3339,
    /// An SPDX licence expression.
    Spdx,
    /// A commit of git, whole or shortened: 7 to 40 hexadecimal digits, or 64.
    Hash,
    /// An address for mail.
    Email,
}

impl Format {
    /// All.
    pub const ALL: [Self; 7] =
        [Self::Text, Self::Url, Self::Semver, Self::Rfc3339, Self::Spdx, Self::Hash, Self::Email];

    /// The name in the configuration; hadolint's.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Url => "url",
            Self::Semver => "semver",
            Self::Rfc3339 => "rfc3339",
            Self::Spdx => "spdx",
            Self::Hash => "hash",
            Self::Email => "email",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// What it asks for, after "is not".
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Url => "a URL",
            Self::Semver => "a semantic version",
            Self::Rfc3339 => "a time in the form of RFC 3339",
            Self::Spdx => "an SPDX licence expression",
            Self::Hash => "a hash of git",
            Self::Email => "an address for mail",
        }
    }

    /// Whether a value has the form.
    #[must_use]
    pub fn fits(self, value: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Url => is_url(value),
            Self::Semver => semver::Version::parse(value).is_ok(),
            Self::Rfc3339 => is_time(value),
            Self::Spdx => spdx::Expression::parse(value).is_ok(),
            Self::Hash => {
                matches!(value.len(), 7..=40 | 64)
                    && value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            }
            Self::Email => is_address(value),
        }
    }
}

/// RFC 3986: a scheme, a colon, something after it, and only the characters of a URI.
fn is_url(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once(':') else { return false };
    let first = scheme.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let scheme_bytes = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if !first || !scheme.bytes().all(scheme_bytes) || rest.trim_start_matches('/').is_empty() {
        return false;
    }
    let bytes = rest.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'%' => bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
        byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(byte),
    })
}

/// RFC 3339, section 5.6: `date-time`.
fn is_time(value: &str) -> bool {
    let Some((date, time)) = value.split_once(['T', 't']) else { return false };
    is_date(date) && is_clock(time).unwrap_or(false)
}

fn is_date(date: &str) -> bool {
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => return false,
    };
    (1..=last).contains(&day)
}

fn is_clock(time: &str) -> Option<bool> {
    let at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, offset) = (time.get(..at)?, time.get(at..)?);
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts: Vec<&str> = whole.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return None };
    let sound = digits(hour, 2)? <= 23
        && digits(minute, 2)? <= 59
        && digits(second, 2)? <= 60
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let zone = match offset.strip_prefix(['+', '-']) {
        Some(zone) => {
            let (hour, minute) = zone.split_once(':')?;
            digits(hour, 2)? <= 23 && digits(minute, 2)? <= 59
        }
        None => offset.len() == 1,
    };
    Some(sound && zone)
}

fn digits(text: &str, length: usize) -> Option<u32> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// RFC 5322: a dot-atom, `@`, a dot-atom; no comments, no quoted parts, no display name.
fn is_address(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else { return false };
    let atom = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    };
    local.split('.').all(atom) && domain.split('.').all(atom)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values and answers as hadolint 2.15 gave them for `--require-label`, where both agree on what is right.
    #[test]
    fn the_forms_are_those_of_hadolint() {
        for (format, right, wrong) in [
            ("semver", &["1.2.3-beta+x", "0.0.1"][..], &["v1.2.3", "1.2", ""][..]),
            ("url", &["https://x.y/z?q=1", "mailto:x"], &["example.com", "ftp://a b", "https://", "1:a"]),
            (
                "rfc3339",
                &["2020-01-01T00:00:00Z", "2020-01-01T00:00:00+01:00", "2024-02-29T23:59:60.5Z"],
                &["2020-01-01", "2020-01-01 00:00:00Z", "2020-02-30T00:00:00Z", "2020-01-01T24:00:00Z"],
            ),
            ("spdx", &["MIT", "MIT OR Apache-2.0"], &["Foo-1.0", "MIT AND", "GPL-2.0", ""]),
            (
                "hash",
                &["abcdef0", "0123456789abcdef0123456789abcdef01234567"],
                &["abcdef", "ABCDEF0", "v1.2.3x"],
            ),
            ("email", &["me@example.com", "me@localhost"], &["me@@x", "me <a@b.c>", "me", "@x", "a@b@c"]),
            ("text", &["", "anything"], &[]),
        ] {
            let format = Format::parse(format).unwrap();
            for value in right {
                assert!(format.fits(value), "{value} is {}", format.noun());
            }
            for value in wrong {
                assert!(!format.fits(value), "{value} is not {}", format.noun());
            }
        }
        assert_eq!(Format::parse("xml"), None);
    }
}

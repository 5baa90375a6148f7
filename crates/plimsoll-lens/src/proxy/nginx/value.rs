//! Values of nginx directives: sizes, times, addresses, variables, ciphers.

/// A size in bytes: `10m`, `1g`, `0`.
pub(super) fn size(text: &str) -> Option<u64> {
    let (digits, factor) = match text.as_bytes().last()? {
        b'k' | b'K' => (text.get(..text.len() - 1)?, 1 << 10),
        b'm' | b'M' => (text.get(..text.len() - 1)?, 1 << 20),
        b'g' | b'G' => (text.get(..text.len() - 1)?, 1 << 30),
        _ => (text, 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

/// A time in seconds: `60`, `75s`, `5m`, `1h`, `500ms`.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text.get(..end)?.parse().ok()?;
    let factor = match text.get(end..)? {
        "" | "s" => 1,
        "ms" => return Some(number / 1000),
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// What `listen` says: address and port; `None` for a socket.
pub(super) fn listen(text: &str) -> Option<(Option<&str>, u16)> {
    if text.starts_with("unix:") {
        return None;
    }
    if let Ok(port) = text.parse() {
        return Some((None, port));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        let port = rest.strip_prefix(':').map_or(Some(80), |port| port.parse().ok())?;
        return Some((Some(address).filter(|address| *address != "::"), port));
    }
    let (address, port) = text.rsplit_once(':').unwrap_or((text, "80"));
    let every = matches!(address, "*" | "0.0.0.0");
    Some((Some(address).filter(|_| !every), port.parse().ok()?))
}

/// The names of the variables in a text.
pub(super) fn variables(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find('$')?;
            rest = rest.get(at + 1..)?;
            let body = rest.strip_prefix('{').unwrap_or(rest);
            let end = body.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(body.len());
            let name = body.get(..end)?;
            if !name.is_empty() {
                return Some(name);
            }
        }
    })
}

/// Whether the one who sends the request decides what a variable holds.
pub(super) fn is_from_request(name: &str) -> bool {
    matches!(
        name,
        "host"
            | "uri"
            | "document_uri"
            | "request_uri"
            | "args"
            | "query_string"
            | "request"
            | "request_body"
    ) || ["http_", "arg_", "cookie_"].iter().any(|prefix| name.starts_with(prefix))
        || name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text holds the path as nginx decoded it, in which a line end may stand.
pub(super) fn has_decoded_path(text: &str) -> bool {
    variables(text).any(|name| matches!(name, "uri" | "document_uri"))
}

/// Protocols below TLS 1.2 among words.
pub(super) fn old_protocols<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    words.filter(|word| matches!(*word, "SSLv2" | "SSLv3" | "TLSv1" | "TLSv1.0" | "TLSv1.1")).collect()
}

/// Families of ciphers without strength, with the parts of names by which they are known.
const WEAK: &[(&str, &[&str])] = &[
    ("NULL", &["NULL"]),
    ("EXPORT", &["EXP-", "EXPORT", "EXPORT40", "EXPORT56"]),
    ("RC4", &["RC4"]),
    ("3DES", &["3DES", "CBC3"]),
    ("MD5", &["-MD5"]),
    ("ADH", &["ADH", "AECDH", "aNULL"]),
    ("LOW", &["LOW"]),
];

/// The weak families that an OpenSSL list of ciphers lets in.
pub(super) fn weak_ciphers(list: &str) -> Vec<&'static str> {
    let entries: Vec<&str> = list.split([':', ',', ' ']).collect();
    let is_out = |family: &str, parts: &[&str]| {
        entries.iter().filter_map(|entry| entry.strip_prefix('!')).any(|entry| {
            entry == family
                || parts.iter().any(|part| entry == part.trim_matches('-'))
                || family == "NULL" && entry == "eNULL"
                || family == "EXPORT" && entry == "EXP"
        })
    };
    WEAK.iter()
        .filter(|(family, parts)| {
            let named = entries.iter().any(|entry| {
                !entry.starts_with(['!', '-'])
                    && match *family {
                        "LOW" => *entry == "LOW",
                        "ADH" => entry.starts_with("ADH") || entry.starts_with("AECDH") || *entry == "aNULL",
                        "NULL" => entry.contains("NULL") && *entry != "aNULL",
                        _ => parts.iter().any(|part| entry.contains(part)),
                    }
            });
            named && !is_out(family, parts)
        })
        .map(|(family, _)| *family)
        .collect()
}

/// Whether a pattern for a URL can be met by a longer host name: it has no start or no end.
pub(super) fn is_unanchored(pattern: &str) -> bool {
    let start = pattern.starts_with('^');
    let ends = ["$", "/", "(/|$)", "(/|$", "($|/)", "(?:/|$)", "(:\\d+)?$", "(/.*)?"];
    !start || !ends.iter().any(|end| pattern.ends_with(end) || pattern.trim_end_matches(')').ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times() {
        assert_eq!(size("10m"), Some(10 << 20));
        assert_eq!(size("0"), Some(0));
        assert_eq!(size("x"), None);
        assert_eq!(seconds("75"), Some(75));
        assert_eq!(seconds("1h"), Some(3600));
        assert_eq!(seconds("900ms"), Some(0));
        assert_eq!(seconds("y"), None);
    }

    #[test]
    fn addresses() {
        for (text, expected) in [
            ("80", Some((None, 80))),
            ("127.0.0.1:8080", Some((Some("127.0.0.1"), 8080))),
            ("*:443", Some((None, 443))),
            ("[::]:80", Some((None, 80))),
            ("[::1]:81", Some((Some("::1"), 81))),
            ("localhost", Some((Some("localhost"), 80))),
            ("unix:/run/n.sock", None),
            ("example.com:port", None),
        ] {
            assert_eq!(listen(text), expected, "{text}");
        }
    }

    #[test]
    fn variables_and_who_decides_them() {
        assert_eq!(variables("http://$host:${p}x/$1$").collect::<Vec<_>>(), ["host", "p", "1"]);
        assert!(is_from_request("http_x_api") && is_from_request("1"));
        assert!(!is_from_request("scheme") && !is_from_request("server_name"));
    }

    #[test]
    fn ciphers() {
        for (list, expected) in [
            ("HIGH:!aNULL:!MD5", vec![]),
            ("ECDHE-RSA-AES128-GCM-SHA256:DES-CBC3-SHA", vec!["3DES"]),
            ("ECDHE+AESGCM:RC4-SHA:!RC4", vec![]),
            ("ALL:RC4+RSA:EXP-RC4-MD5", vec!["EXPORT", "RC4", "MD5"]),
            ("EECDH+AESGCM:!eNULL:!EXPORT:!DES:!3DES:!LOW", vec![]),
            ("aNULL:eNULL", vec!["NULL", "ADH"]),
        ] {
            assert_eq!(weak_ciphers(list), expected, "{list}");
        }
    }

    #[test]
    fn anchors() {
        assert!(is_unanchored("example\\.com"));
        assert!(is_unanchored("^https://example\\.com"));
        assert!(!is_unanchored("^https?://(www\\.)?example\\.com$"));
        assert!(!is_unanchored("^https://example\\.com/"));
        assert!(!is_unanchored("^https://(a\\.com|b\\.com$)"));
    }
}

//! Blocks of private keys: PEM, OpenSSH, PGP and PuTTY, and whether they are what they say.
//!
//! A block that does not decode is documentation; one that is encrypted or cut off is told as less sure. Deliberately absent: using the
//! key. Sources: RFC 7468, RFC 8017, RFC 5958, RFC 5915, RFC 4880, PROTOCOL.key of OpenSSH.

use std::ops::Range;

use crate::{Certainty, Detection, checks};

/// The longest block: a key of 16 384 bits has 13 000 characters.
const LONGEST: usize = 32 * 1024;

/// The block around the words at `at`: `PRIVATE KEY` of a first line, or the first line of PuTTY's format.
pub(crate) fn at(text: &str, at: usize) -> Option<Detection> {
    if text.get(at..)?.starts_with("PuTTY") {
        return putty(text, at);
    }
    let head = text.get(..at)?;
    let dashes = head.rfind("-----BEGIN ").filter(|start| at - start <= 40)?;
    let label = head.get(dashes + 11..)?;
    if !label.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ') {
        return None;
    }
    let rest = text.get(at + "PRIVATE KEY".len()..)?;
    let pgp = rest.starts_with(" BLOCK-----");
    let body = at + "PRIVATE KEY".len() + if pgp { 11 } else { 5 };
    if !pgp && !rest.starts_with("-----") {
        return None;
    }
    let mut bound = body.saturating_add(LONGEST).min(text.len());
    while !text.is_char_boundary(bound) {
        bound -= 1;
    }
    let inside = text.get(body..bound)?;
    // A block within a text of a program ends at the latest where the text does.
    let stop = inside.find("-----");
    let length = stop.unwrap_or_else(|| inside.find(['"', '\'', '`', '<']).unwrap_or(inside.len()));
    let content = inside.get(..length)?;
    let end = match stop.filter(|_| inside.get(length..).is_some_and(|rest| rest.starts_with("-----END "))) {
        Some(stop) => {
            let closing = inside.get(stop + 9..).and_then(|rest| rest.find("-----")).filter(|at| *at < 60);
            body + closing.map_or(stop, |closing| stop + 9 + closing + 5)
        }
        None => body + content.trim_end().len(),
    };
    let body = Body::of(content);
    let bytes = checks::base64(&body.base64)?;
    let (kind, certainty) = match label.trim() {
        "PGP" => ("private-key-pgp", pgp_packet(&bytes)?),
        "OPENSSH" => ("private-key-openssh", openssh(&bytes)?),
        "ENCRYPTED" => ("private-key-pem", der(&bytes).map(|_| Certainty::Likely)?),
        _ if body.encrypted => ("private-key-pem", (bytes.len() >= 32).then_some(Certainty::Likely)?),
        _ => ("private-key-pem", der(&bytes)?),
    };
    Some(Detection { kind, range: dashes..end, certainty })
}

struct Body {
    base64: String,
    encrypted: bool,
}

impl Body {
    /// The base 64 of a block without line ends (also escaped ones, and the marks of quoted lines) and headers.
    fn of(content: &str) -> Self {
        let text = content.replace("\\r", "\n").replace("\\n", "\n");
        let mut body = Self { base64: String::new(), encrypted: false };
        for line in text.lines() {
            let line = line.trim_matches(|c: char| {
                c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '+' | ',' | '\\' | '>' | '*' | '|')
            });
            if line.contains(':') {
                body.encrypted |= line.starts_with("Proc-Type:") && line.contains("ENCRYPTED");
            } else if let Some(sum) = line.strip_prefix('=').filter(|sum| sum.len() == 4) {
                // The checksum of OpenPGP's armour.
                let _ = sum;
            } else {
                body.base64.push_str(line);
            }
        }
        body.base64.retain(|c| !c.is_whitespace());
        body
    }
}

/// A SEQUENCE that holds numbers as private keys do, as far as its length says. One that is cut off is less sure.
fn der(bytes: &[u8]) -> Option<Certainty> {
    let (tag, content, whole) = element(bytes)?;
    if tag != 0x30 || content.len() < 32 {
        return None;
    }
    // The version (PKCS#1, SEC 1, PKCS#8), or the algorithm of an encrypted key.
    let (first, value, _) = element(content)?;
    let version = first == 0x02 && value.len() == 1;
    if !(version || first == 0x30) {
        return None;
    }
    Some(if whole { Certainty::Certain } else { Certainty::Likely })
}

/// Tag and content of the first element, and whether all of it is there.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], bool)> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 3))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let content = rest.get(..length.min(rest.len()))?;
    Some((tag, content, content.len() == length))
}

fn openssh(bytes: &[u8]) -> Option<Certainty> {
    let rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    let (length, rest) = rest.split_at_checked(4)?;
    let length = length.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit));
    let cipher = rest.get(..length)?;
    Some(if cipher == b"none" && bytes.len() >= 64 { Certainty::Certain } else { Certainty::Likely })
}

/// The first packet is a secret key, in the old or the new notation.
fn pgp_packet(bytes: &[u8]) -> Option<Certainty> {
    let first = *bytes.first()?;
    let tag = if first & 0x40 == 0 { first >> 2 & 0x0f } else { first & 0x3f };
    // Whether it is protected stands behind numbers of any length.
    (first & 0x80 != 0 && tag == 5 && bytes.len() >= 64).then_some(Certainty::Likely)
}

fn putty(text: &str, at: usize) -> Option<Detection> {
    let mut bound = at.saturating_add(LONGEST).min(text.len());
    while !text.is_char_boundary(bound) {
        bound -= 1;
    }
    let rest = text.get(at..bound)?;
    let private = rest.find("Private-Lines:")?;
    let encrypted = !rest.get(..private)?.contains("Encryption: none");
    let end =
        rest.find("Private-MAC:").or_else(|| rest.find("Private-Hash:")).unwrap_or(rest.trim_end().len());
    let certainty = if encrypted { Certainty::Likely } else { Certainty::Certain };
    (end > private + 40).then(|| Detection { kind: "putty-key", range: span(at, end), certainty })
}

fn span(at: usize, length: usize) -> Range<usize> {
    at..at + length
}

/// Whether a text that was base 64 holds a private key.
pub(crate) fn holds_key(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.find("PRIVATE KEY").is_some_and(|found| at(&text, found).is_some())
}

//! Checks of a token that need no network: checksums and encodings that providers build into their tokens.

/// What a check says of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The token holds.
    Holds,
    /// It cannot be a token of that provider.
    Fails,
    /// It does not hold, but the rule is not certain enough to drop the token.
    Doubtful,
}

/// Runs the check of that name; an unknown name holds.
pub(crate) fn run(check: &str, token: &str) -> Outcome {
    let holds = match check {
        "crc32-base62-last6" => crc_base62(token),
        "crc32-hex-last8" => return if crc_hex(token) { Outcome::Holds } else { Outcome::Doubtful },
        "base32-account-id" => account_id(token),
        "base64url-macaroon" => {
            let body = token.strip_prefix("pypi-").unwrap_or(token);
            // Version 2, then a field of type "location" that is eight bytes long: the name of the package index.
            base64(body).is_some_and(|bytes| bytes.starts_with(b"\x02\x01\x08"))
        }
        "base64-reftkn" => base64(token).is_some_and(|bytes| bytes.starts_with(b"reftkn:")),
        "base64-json" => json_after_prefix(token),
        "base64-user-colon" => base64(token).is_some_and(|bytes| {
            bytes.contains(&b':') && bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')
        }),
        "base64-digits-first-part" => {
            let first = token.split('.').next().unwrap_or("");
            base64(first).is_some_and(|bytes| bytes.len() >= 17 && bytes.iter().all(u8::is_ascii_digit))
        }
        "jwt-header" => jwt(token),
        "base64-pem" => base64(token).is_some_and(|bytes| crate::pem::holds_key(&bytes)),
        "random" => crate::value::is_strong(token) && !crate::words::filler(token),
        "bech32" => bech32(token),
        _ => true,
    };
    if holds { Outcome::Holds } else { Outcome::Fails }
}

/// GitHub and npm: the last six characters are the CRC-32 of those after the prefix, in base 62 (`0-9A-Za-z`).
fn crc_base62(token: &str) -> bool {
    let Some((_, body)) = token.split_once('_') else { return false };
    let Some((random, sum)) = body.len().checked_sub(6).and_then(|at| body.split_at_checked(at)) else {
        return false;
    };
    let mut rest = crc32(random.as_bytes());
    let mut expected = [b'0'; 6];
    for digit in expected.iter_mut().rev() {
        let value = u8::try_from(rest % 62).unwrap_or(0);
        *digit = match value {
            0..=9 => b'0' + value,
            10..=35 => b'A' + value - 10,
            _ => b'a' + value - 36,
        };
        rest /= 62;
    }
    sum.as_bytes() == expected
}

/// Grafana: eight hexadecimal digits, the CRC-32 of what stands before them.
fn crc_hex(token: &str) -> bool {
    let Some((head, sum)) = token.rsplit_once('_') else { return false };
    let Ok(sum) = u32::from_str_radix(sum, 16) else { return false };
    let crc = crc32(head.as_bytes());
    sum == crc || sum == crc.swap_bytes()
}

/// The CRC-32 of IEEE 802.3, bit by bit: tokens are short.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// AWS: the sixteen characters after the prefix are base 32 and hold a twelve-digit account number.
fn account_id(token: &str) -> bool {
    let Some(body) = token.get(4..) else { return false };
    let mut number: u128 = 0;
    for byte in body.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return false,
        };
        number = (number << 5) | u128::from(digit);
    }
    // 80 bits: the account number is the first 48 without their top bit and their last seven.
    let account = (number >> 32 & 0x7FFF_FFFF_FF80) >> 7;
    body.len() == 16 && account < 1_000_000_000_000
}

/// `ops_`, `glc_`, `sntrys_`, `sk.`: what follows is the base 64 of a JSON object, up to a separator.
fn json_after_prefix(token: &str) -> bool {
    let body = token.split_once(['_', '.']).map_or(token, |(_, body)| body);
    let part = body.split(['.', '_']).next().unwrap_or("");
    base64(part).or_else(|| base64(body)).is_some_and(|bytes| bytes.starts_with(b"{\""))
}

/// A JSON Web Token with an algorithm; not the well-known sample, and not one for the public `anon` role.
fn jwt(token: &str) -> bool {
    let mut parts = token.split('.');
    let header = parts.next().and_then(base64).unwrap_or_default();
    let payload = parts.next().and_then(base64).unwrap_or_default();
    let holds = |bytes: &[u8], text: &str| String::from_utf8_lossy(bytes).replace(' ', "").contains(text);
    header.starts_with(b"{")
        && holds(&header, "\"alg\"")
        && !holds(&payload, "\"sub\":\"1234567890\"")
        && !holds(&payload, "\"role\":\"anon\"")
}

/// The checksum of BIP 173 over a single-case text.
fn bech32(token: &str) -> bool {
    const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const GENERATORS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let token = token.to_ascii_lowercase();
    let Some((prefix, data)) = token.rsplit_once('1') else { return false };
    let mut values: Vec<u8> = prefix.bytes().map(|byte| byte >> 5).collect();
    values.push(0);
    values.extend(prefix.bytes().map(|byte| byte & 31));
    for byte in data.bytes() {
        let Some(value) = ALPHABET.iter().position(|own| *own == byte) else { return false };
        values.push(u8::try_from(value).unwrap_or(0));
    }
    let mut sum: u32 = 1;
    for value in values {
        let top = sum >> 25;
        sum = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        for (bit, generator) in GENERATORS.iter().enumerate() {
            if top >> bit & 1 == 1 {
                sum ^= generator;
            }
        }
    }
    sum == 1
}

/// Decodes base 64 in either alphabet, padded or not; `None` for any other character.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let body = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3 + 3);
    let mut bits: u32 = 0;
    let mut count = 0;
    for byte in body.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xFF).unwrap_or(0));
        }
    }
    Some(bytes)
}

/// Shannon entropy of a text in bits per character.
pub(crate) fn entropy(text: &str) -> f64 {
    let mut counts = std::collections::BTreeMap::new();
    let mut total = 0_u32;
    for c in text.chars() {
        *counts.entry(c).or_insert(0_u32) += 1;
        total += 1;
    }
    counts
        .values()
        .map(|&count| {
            let share = f64::from(count) / f64::from(total);
            -share * share.log2()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_of_the_standard_check_text() {
        // The check value that every description of CRC-32/ISO-HDLC gives.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn base64_of_rfc_4648() {
        assert_eq!(base64("Zm9vYmFy").as_deref(), Some(&b"foobar"[..]));
        assert_eq!(base64("Zm9vYg==").as_deref(), Some(&b"foob"[..]));
        assert_eq!(base64("Zm9v Yg"), None);
    }

    #[test]
    fn bech32_of_bip_173() {
        assert!(bech32("A12UEL5L"));
        assert!(bech32("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w"));
        assert!(!bech32("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3x"));
    }

    #[test]
    fn entropy_of_simple_texts() {
        assert!(entropy("").abs() < 1e-9);
        assert!(entropy("aaaa").abs() < 1e-9);
        assert!((entropy("abcd") - 2.0).abs() < 1e-9);
    }
}

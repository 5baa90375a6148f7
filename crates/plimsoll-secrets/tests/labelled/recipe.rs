//! Puts tokens together from recipes: `{a20}` is twenty letters and digits.

/// Builds a text: `{a}` letters and digits, `{h}` lower-case hexadecimal, `{u}` URL-safe, `{b}` base 64, `{B}` upper-case
/// base 32, `{U}` upper-case letters and digits, `{l}` lower-case letters and digits, `{d}` digits, each with a length,
/// and `{crc}` the check digits that GitHub and npm put behind the random part.
pub(crate) fn build(recipe: &str) -> String {
    let mut out = String::new();
    // A linear congruential generator: the same token for the same recipe.
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15 ^ u64::try_from(recipe.len()).expect("made for this");
    let mut rest = recipe;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let Some(close) = rest[open..].find('}').map(|at| open + at) else { break };
        let inner = &rest[open + 1..close];
        let alphabet = match inner.get(..1) {
            Some("a") => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            Some("h") => "0123456789abcdef",
            Some("u") => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_",
            Some("b") => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/",
            Some("B") => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            Some("U") => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            Some("l") => "0123456789abcdefghijklmnopqrstuvwxyz",
            Some("d") => "0123456789",
            _ => "",
        };
        if inner == "crc" {
            let random = out.rsplit('_').next().unwrap_or("").to_owned();
            out.push_str(&check_digits(&random));
        } else if let (false, Ok(count)) = (alphabet.is_empty(), inner[1..].parse::<usize>()) {
            for _ in 0..count {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = usize::try_from(state >> 33).expect("made for this") % alphabet.len();
                out.push_str(&alphabet[at..=at]);
            }
        } else {
            out.push_str(&rest[open..=close]);
        }
        rest = &rest[close + 1..];
    }
    out.push_str(rest);
    out
}

/// CRC-32 in base 62, six digits; table-driven here, so that it is not the code under test.
fn check_digits(random: &str) -> String {
    let table: Vec<u32> = (0..256_u32)
        .map(|byte| (0..8).fold(byte, |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }))
        .collect();
    let crc = random.bytes().fold(u32::MAX, |crc, byte| {
        table[usize::try_from((crc ^ u32::from(byte)) & 0xFF).expect("made for this")] ^ crc >> 8
    });
    let digits: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    let mut rest = !crc;
    let mut out = [' '; 6];
    for slot in out.iter_mut().rev() {
        *slot = digits[usize::try_from(rest % 62).expect("made for this")];
        rest /= 62;
    }
    out.iter().collect()
}

/// Base 64 without padding, URL-safe.
pub(crate) fn base64(text: &str) -> String {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let mut bits = 0_u32;
        for at in 0..3 {
            bits = bits << 8 | u32::from(chunk.get(at).copied().unwrap_or(0));
        }
        for at in 0..=chunk.len() {
            out.push(alphabet[usize::try_from(bits >> (18 - 6 * at) & 63).expect("made for this")]);
        }
    }
    out
}

//! Puts tokens together from recipes: `{a20}` is twenty letters and digits.

/// Builds a text: `{a}` letters and digits, `{h}` lower-case hexadecimal, `{u}` URL-safe, `{b}` base 64, `{B}` upper-case
/// base 32, `{U}` upper-case letters and digits, `{l}` lower-case letters and digits, `{d}` digits, each with a length,
/// and `{crc}` the check digits that GitHub and npm put behind the random part.
pub(crate) fn build(recipe: &str) -> String {
    build_with(recipe, u64::try_from(recipe.len()).expect("made for this"))
}

/// The same with a seed of its own.
pub(crate) fn build_with(recipe: &str, seed: u64) -> String {
    let mut out = String::new();
    // A linear congruential generator: the same token for the same recipe and seed.
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15 ^ seed;
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
        } else if let (false, Ok(count)) =
            (alphabet.is_empty(), inner.get(1..).unwrap_or("").parse::<usize>())
        {
            for _ in 0..count {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = usize::try_from(state >> 33).expect("made for this") % alphabet.len();
                out.push_str(&alphabet[at..=at]);
            }
        } else {
            out.push('{');
            rest = &rest[open + 1..];
            continue;
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

/// Writes out what is more than characters at random: `{w}` a password as people make them up, `{base64pw}`, `{base64auth}`,
/// `{base64key}` and `{base64cert}` what is in base 64, `{pem:LABEL}`, `{openssh}`, `{certificate}` and `{publickey}` whole
/// blocks.
pub(crate) fn expand(recipe: &str, seed: u64) -> String {
    let password = password(seed);
    let mut text = recipe.replace("{w}", &password);
    while let Some(at) = text.find("{pem:") {
        let end = at + text[at..].find('}').expect("closed");
        let label = text[at + 5..end].to_owned();
        text.replace_range(at..=end, &armour(&label, &private_key(seed)));
    }
    while let Some(at) = text.find("{pem1:") {
        let end = at + text[at..].find('}').expect("closed");
        let label = text[at + 6..end].to_owned();
        text.replace_range(at..=end, &armour(&label, &private_key(seed)).replace('\n', "\\n"));
    }
    let encoded = |bytes: &[u8]| standard(bytes);
    for (mark, made) in [
        ("{base64pw}", encoded(format!("{password}{}", build_with("{a6}", seed)).as_bytes())),
        ("{base64auth}", encoded(format!("ci:{password}").as_bytes())),
        ("{base64key}", encoded(armour("RSA PRIVATE KEY", &private_key(seed)).as_bytes())),
        ("{base64cert}", encoded(armour("CERTIFICATE", &random(seed, 300)).as_bytes())),
        ("{certificate}", armour("CERTIFICATE", &random(seed, 300))),
        ("{publickey}", armour("PUBLIC KEY", &random(seed, 120))),
        (
            "{jwt}",
            format!(
                "{}.{}.{}",
                base64("{\"alg\":\"HS256\"}"),
                base64("{\"sub\":\"ops\"}"),
                build_with("{u43}", seed)
            ),
        ),
        (
            "{putty}",
            format!(
                "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: ops\nPublic-Lines: 1\n{}\nPrivate-Lines: 1\n{}\nPrivate-MAC: {}",
                build_with("{b64}", seed),
                build_with("{b63}=", seed),
                build_with("{h64}", seed)
            ),
        ),
        ("{openssh}", armour("OPENSSH PRIVATE KEY", &openssh(seed))),
    ] {
        text = text.replace(mark, &made);
    }
    text
}

fn password(seed: u64) -> String {
    const WORDS: [&str; 16] = [
        "brigantine",
        "Capstan",
        "halyard",
        "Lanyard",
        "quarterdeck",
        "Rigging",
        "sextant",
        "Tackle",
        "windlass",
        "Yawl",
        "bosun",
        "Cutter",
        "dinghy",
        "Fathom",
        "gangway",
        "Hawser",
    ];
    let pick = |salt: u64, of: usize| {
        let mixed = (seed + 1)
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(salt.wrapping_mul(1_442_695_040_888_963_407));
        usize::try_from(mixed >> 40).expect("made for this") % of
    };
    let word = WORDS[pick(1, WORDS.len())];
    let mark = ["!", "-", "#", "_", "."][pick(2, 5)];
    match pick(3, 4) {
        0 => format!("{word}{mark}{}", 100 + pick(4, 9000)),
        1 => format!("{word}{}{mark}{}", 10 + pick(5, 80), WORDS[pick(6, WORDS.len())]),
        2 => build_with("{a14}", seed),
        _ => format!("{}{word}{}", build_with("{a3}", seed), pick(7, 99)),
    }
}

fn random(seed: u64, length: usize) -> Vec<u8> {
    build_with(&format!("{{u{length}}}"), seed).into_bytes()
}

/// The numbers of an RSA key as RFC 8017 lays them out; not of a real one.
pub(crate) fn private_key(seed: u64) -> Vec<u8> {
    let number = |length: usize, salt: u64| element(0x02, &random(seed + salt, length));
    let mut inner = element(0x02, &[0]);
    for (length, salt) in [(128, 1), (3, 2), (128, 3), (64, 4), (64, 5), (64, 6), (64, 7), (64, 8)] {
        inner.extend(number(length, salt));
    }
    element(0x30, &inner)
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    let length = content.len();
    let byte = |value: usize| u8::try_from(value & 0xff).expect("one byte");
    match length {
        0..=0x7f => bytes.push(byte(length)),
        0x80..=0xff => bytes.extend([0x81, byte(length)]),
        _ => bytes.extend([0x82, byte(length >> 8), byte(length)]),
    }
    bytes.extend(content);
    bytes
}

/// PROTOCOL.key of OpenSSH: unencrypted.
fn openssh(seed: u64) -> Vec<u8> {
    let mut bytes = b"openssh-key-v1\0".to_vec();
    for text in [&b"none"[..], b"none", b""] {
        bytes.extend(u32::try_from(text.len()).expect("short").to_be_bytes());
        bytes.extend(text);
    }
    bytes.extend([0, 0, 0, 1]);
    bytes.extend(random(seed, 200));
    bytes
}

pub(crate) fn armour(label: &str, bytes: &[u8]) -> String {
    let body = standard(bytes);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", lines.join("\n"))
}

/// Base 64 with padding.
pub(crate) fn standard(bytes: &[u8]) -> String {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            out.push(match at <= chunk.len() {
                true => alphabet[usize::try_from(bits >> (18 - 6 * at) & 63).expect("made for this")],
                false => '=',
            });
        }
    }
    out
}

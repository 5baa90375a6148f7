//! Ratings of feeds as the letters of the tables.
//!
//! A CVSS vector is worked out (3.0, 3.1, 4.0); a word is taken as it is. Deliberately absent: CVSS 2, whose scale is another.

use serde_json::Value;

/// Not rated.
pub(super) const UNRATED: char = '-';

/// The letter of a word: `MODERATE` and `medium` are the same.
pub(super) fn of_word(word: &str) -> char {
    match word.to_ascii_lowercase().as_str() {
        "critical" => 'c',
        "high" | "important" => 'h',
        "moderate" | "medium" => 'm',
        "low" | "info" | "unimportant" | "negligible" => 'l',
        _ => UNRATED,
    }
}

fn of_vector(vector: &str) -> Option<char> {
    // Nothing that is longer is one.
    if vector.len() > 512 || !vector.starts_with("CVSS:") {
        return None;
    }
    let score = vector.parse::<cvss::Cvss>().ok()?.score();
    Some(match score {
        score if score >= 9.0 => 'c',
        score if score >= 7.0 => 'h',
        score if score >= 4.0 => 'm',
        score if score > 0.0 => 'l',
        _ => UNRATED,
    })
}

/// The rating of an OSV record for one of its packages: the worst of its vectors, else what its publisher says in a word.
pub(super) fn of_record(record: &Value, affected: &Value) -> char {
    let vectors = [record, affected].into_iter().find_map(|of| {
        let all = of.get("severity")?.as_array()?.iter();
        all.filter_map(|severity| of_vector(severity.get("score")?.as_str()?))
            .max_by_key(|letter| weight(*letter))
    });
    let words = || {
        let places = [
            record.pointer("/database_specific/severity"),
            affected.pointer("/database_specific/severity"),
            affected.pointer("/ecosystem_specific/severity"),
            affected.pointer("/ecosystem_specific/urgency"),
        ];
        places.into_iter().flatten().filter_map(Value::as_str).map(of_word).find(|letter| *letter != UNRATED)
    };
    vectors.or_else(words).unwrap_or(UNRATED)
}

fn weight(letter: char) -> u8 {
    match letter {
        'c' => 4,
        'h' => 3,
        'm' => 2,
        'l' => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Scores as the specifications of CVSS 3.1 and 4.0 have them for these vectors: 9.8, 5.3, 3.1, 9.3, 0.
    #[test]
    fn vectors_go_before_words() {
        for (vector, letter) in [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 'c'),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L", 'm'),
            ("CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 'l'),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 'c'),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", '-'),
        ] {
            let record = json!({"severity": [{"type": "x", "score": vector}], "database_specific": {"severity": "HIGH"}});
            assert_eq!(of_record(&record, &Value::Null), letter, "{vector}");
        }
        let word = |word: &str| of_record(&json!({"database_specific": {"severity": word}}), &Value::Null);
        assert_eq!((word("MODERATE"), word("CRITICAL"), word("odd")), ('m', 'c', '-'));
        let broken = json!({"severity": [{"score": "CVSS:3.1/AV:"}, 7, {"score": 9.8}], "database_specific": {"severity": "LOW"}});
        assert_eq!(of_record(&broken, &Value::Null), 'l');
    }
}

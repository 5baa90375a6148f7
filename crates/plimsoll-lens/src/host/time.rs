//! Points in time as engines and captured tables write them (RFC 3339), in seconds since 1970.

/// `2026-11-22T12:09:01.051603067Z`, `2026-11-22T12:09:01+01:00`; nothing for what is no time.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = text.get(range)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let marks = |at: usize, mark: &str| text.get(at..at + 1) == Some(mark);
    if !(marks(4, "-")
        && marks(7, "-")
        && (marks(10, "T") || marks(10, "t"))
        && marks(13, ":")
        && marks(16, ":"))
    {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = text.get(19..)?;
    let zone = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let offset = match zone.as_bytes() {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), digits @ ..] if digits.len() == 5 => {
            let zone = std::str::from_utf8(digits).ok()?;
            let (hours, minutes) = zone.split_once(':')?;
            let seconds = hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60;
            if *sign == b'+' { seconds } else { -seconds }
        }
        _ => return None,
    };
    Some(days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset)
}

/// Days since 1970-01-01. Rule: Howard Hinnant, `days_from_civil`.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values: `date -u -d TEXT +%s`.
    #[test]
    fn times_become_seconds() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2026-11-22T12:09:01.051603067Z"), Some(1_795_349_341));
        assert_eq!(seconds("2024-02-29T23:59:59+01:00"), Some(1_709_247_599));
        assert_eq!(seconds("0001-01-01T00:00:00Z"), Some(-62_135_596_800));
        for text in
            ["", "2026-11-22", "2026-13-01T00:00:00Z", "2026-11-22T12:09:01", "äääääääääääääääääääääää"]
        {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}

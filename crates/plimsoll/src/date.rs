//! Calendar days, for the `until` of allowances.
//!
//! Deliberately absent: times of day and time zones; a day is a day in UTC.

use std::fmt;

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

impl Date {
    /// Before every day that can be written.
    pub const MIN: Self = Self { year: i32::MIN, month: 1, day: 1 };

    /// Reads `2027-01-31`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || (year.len(), month.len(), day.len()) != (4, 2, 2) {
            return None;
        }
        let date = Self { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
        (date.year > 0 && (1..=12).contains(&date.month) && (1..=date.days_in_month()).contains(&date.day))
            .then_some(date)
    }

    fn days_in_month(self) -> u8 {
        match self.month {
            2 if self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// The day that lies so many days after 1970-01-01. Rule: Howard Hinnant, `civil_from_days`.
    #[must_use]
    pub fn from_days(days: i64) -> Self {
        let days = days.clamp(-700_000, 2_900_000) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year: i32::try_from(year).unwrap_or_default(),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        }
    }

    /// `SOURCE_DATE_EPOCH`, where a build fixes its time.
    #[must_use]
    pub fn fixed_seconds() -> Option<i64> {
        std::env::var("SOURCE_DATE_EPOCH").ok()?.trim().parse().ok()
    }

    /// The second that lies so many after 1970-01-01, in RFC 3339: `2027-01-31T10:20:30Z`.
    #[must_use]
    pub fn stamp(seconds: i64) -> String {
        let of_day = seconds.rem_euclid(86_400);
        let day = Self::from_days(seconds.div_euclid(86_400));
        format!("{day}T{:02}:{:02}:{:02}Z", of_day / 3_600, of_day / 60 % 60, of_day % 60)
    }

    /// The seconds since 1970-01-01 of a time in RFC 3339 that is in UTC, as engines write it: `2026-11-20T10:22:33.123Z`.
    #[must_use]
    pub fn seconds(text: &str) -> Option<i64> {
        let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
        let mut parts = time.split('.').next()?.splitn(3, ':').map(|part| part.parse::<i64>().ok());
        let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
        let valid = (0..24).contains(&hours) && (0..60).contains(&minutes) && (0..=60).contains(&seconds);
        valid.then_some(((Self::parse(day)?.days() * 24 + hours) * 60 + minutes) * 60 + seconds)
    }

    /// Days since 1970-01-01. Rule: Howard Hinnant, `days_from_civil`.
    #[must_use]
    pub fn days(self) -> i64 {
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    /// Today in UTC, or the day of `SOURCE_DATE_EPOCH` (seconds since 1970) where a build fixes its time.
    #[must_use]
    pub fn today() -> Self {
        let seconds = Self::fixed_seconds().unwrap_or_else(|| {
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .ok()
                .and_then(|passed| i64::try_from(passed.as_secs()).ok())
                .unwrap_or_default()
        });
        Self::from_days(seconds.div_euclid(86_400))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist_are_read() {
        for text in ["2027-01-31", "2028-02-29", "2000-02-29"] {
            assert_eq!(Date::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "2027-02-29",
            "1900-02-29",
            "2027-13-01",
            "2027-00-01",
            "2027-04-31",
            "27-1-1",
            "x",
            "",
            "2027-01-31-1",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    /// Expected: `date -u -d @SECONDS +%F`.
    #[test]
    fn days_become_dates() {
        for (seconds, date) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"),
            (1_735_689_599, "2024-12-31"),
            (1_735_689_600, "2025-01-01"),
            (4_102_444_800, "2100-01-01"),
        ] {
            assert_eq!(Date::stamp(seconds).get(..10), Some(date));
            let days = i64::div_euclid(seconds, 86_400);
            assert_eq!(Date::from_days(days).to_string(), date);
            assert_eq!(Date::parse(date).unwrap().days(), days);
        }
    }
}

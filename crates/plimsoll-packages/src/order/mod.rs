//! The order of versions in each world of packages, exactly as its own tool has it.
//!
//! Text is compared as it is written: nothing is parsed into a type of its own, and no text is refused, because a version
//! that breaks the rules still stands in somebody's package database. Deliberately absent: npm (see `semver`).

mod apk;
mod dpkg;
mod rpm;

use std::cmp::Ordering;

pub use apk::compare as apk;
pub use dpkg::compare as dpkg;
pub use rpm::compare as rpm;

/// Two runs of ASCII digits of any length, by value.
fn digits(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (significant(a), significant(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn significant(run: &[u8]) -> &[u8] {
    let zeros = run.iter().take_while(|&&byte| byte == b'0').count();
    run.get(zeros..).unwrap_or(&[])
}

/// Splits off the bytes at the front that are such.
fn split(text: &[u8], is_such: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let length = text.iter().take_while(|&&byte| is_such(byte)).count();
    text.split_at(length)
}

//! RPM's order: `[epoch:]version[-release]`, each part by `rpmvercmp`.

use std::cmp::Ordering;

use super::{digits, split};

/// Compares two versions as `rpmdev-vercmp` does. A release that only one side has makes that side the later one.
#[must_use]
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (Parts::of(a.trim()), Parts::of(b.trim()));
    digits(a.epoch.as_bytes(), b.epoch.as_bytes())
        .then_with(|| segments(a.version.as_bytes(), b.version.as_bytes()))
        .then_with(|| match (a.release, b.release) {
            (Some(a), Some(b)) => segments(a.as_bytes(), b.as_bytes()),
            (a, b) => a.is_some().cmp(&b.is_some()),
        })
}

struct Parts<'a> {
    epoch: &'a str,
    version: &'a str,
    release: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (epoch, rest) = match text.split_once(':') {
            Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => (epoch, rest),
            _ => ("", text),
        };
        match rest.rsplit_once('-') {
            Some((version, release)) => Self { epoch, version, release: Some(release) },
            None => Self { epoch, version: rest, release: None },
        }
    }
}

/// `rpmvercmp`: what is neither letter nor digit only separates, but for `~`, which is less than the end, and `^`, which
/// is more than the end and less than anything else.
fn segments(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        a = split(a, is_separator).1;
        b = split(b, is_separator).1;
        match (a.first(), b.first()) {
            (Some(b'~'), Some(b'~')) | (Some(b'^'), Some(b'^')) => {
                a = a.get(1..).unwrap_or(&[]);
                b = b.get(1..).unwrap_or(&[]);
                continue;
            }
            (Some(b'~'), _) => return Ordering::Less,
            (_, Some(b'~')) => return Ordering::Greater,
            (None, None) => return Ordering::Equal,
            (Some(b'^'), None) => return Ordering::Greater,
            (None, Some(b'^')) => return Ordering::Less,
            (Some(b'^'), Some(_)) => return Ordering::Less,
            (Some(_), Some(b'^')) => return Ordering::Greater,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => {
                let order = match (left.is_ascii_digit(), right.is_ascii_digit()) {
                    (true, false) => return Ordering::Greater,
                    (false, true) => return Ordering::Less,
                    (true, true) => {
                        let (left, right);
                        (left, a) = split(a, |byte| byte.is_ascii_digit());
                        (right, b) = split(b, |byte| byte.is_ascii_digit());
                        digits(left, right)
                    }
                    (false, false) => {
                        let (left, right);
                        (left, a) = split(a, |byte| byte.is_ascii_alphabetic());
                        (right, b) = split(b, |byte| byte.is_ascii_alphabetic());
                        left.cmp(right)
                    }
                };
                if order.is_ne() {
                    return order;
                }
            }
        }
    }
}

fn is_separator(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && byte != b'~' && byte != b'^'
}

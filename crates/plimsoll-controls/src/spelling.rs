//! Whether two names may be one name misspelt.

/// Longer names are never compared: the cost grows with the product of the lengths.
const MAX_LENGTH: usize = 48;

/// Whether the names differ, and by no more than case, one letter, or an ending of up to two letters.
pub(crate) fn is_near(a: &str, b: &str) -> bool {
    if a == b || a.is_empty() || b.is_empty() || a.len() > MAX_LENGTH || b.len() > MAX_LENGTH {
        return false;
    }
    if a.eq_ignore_ascii_case(b) {
        return true;
    }
    let shorter = a.chars().count().min(b.chars().count());
    let ending = |long: &str, short: &str| {
        long.strip_prefix(short)
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_lowercase()) && rest.len() <= 2)
    };
    shorter >= 4 && (is_one_edit(a, b) || ending(a, b) || ending(b, a))
}

/// One letter more, less or another, or two neighbours swapped.
fn is_one_edit(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let start = a.iter().zip(&b).take_while(|(left, right)| left == right).count();
    let (a, b) = (a.get(start..).unwrap_or(&[]), b.get(start..).unwrap_or(&[]));
    match (a, b) {
        ([first, second, a @ ..], [other_first, other_second, b @ ..])
            if first == other_second && second == other_first =>
        {
            a == b
        }
        ([], [_]) | ([_], []) => true,
        ([_, left @ ..], [_, right @ ..]) => left == right || left == b || a == right,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_by_a_slip_are_near() {
        for (a, b) in [
            ("build", "builder"),
            ("builder", "build"),
            ("TARGETARHC", "TARGETARCH"),
            ("VERSON", "VERSION"),
            ("VERSIONS", "VERSION"),
            ("Path", "PATH"),
            ("naem", "name"),
        ] {
            assert!(is_near(a, b) && is_near(b, a), "{a} {b}");
        }
        for (a, b) in
            [("a", "b"), ("VERSION", "VERSION"), ("JAVA_HOME", "JAVA_HOME_17"), ("app", "api"), ("", "x")]
        {
            assert!(!is_near(a, b), "{a} {b}");
        }
    }
}

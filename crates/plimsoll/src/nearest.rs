//! "Did you mean": the names nearest to one that is not known.

/// Up to `limit` of `names`, nearest first; only such as are near enough to be a slip, or that hold the word.
#[must_use]
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<&'a str> {
    let word = word.to_ascii_lowercase();
    let allowed = (word.chars().count() / 3).max(1);
    let mut ranked: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let lower = name.to_ascii_lowercase();
            let distance = distance(&word, &lower);
            if distance <= allowed {
                return Some((distance, name));
            }
            (word.len() >= 4 && (lower.contains(&word) || word.contains(&lower) && lower.len() >= 4))
                .then_some((allowed + 1, name))
        })
        .collect();
    ranked.sort();
    ranked.dedup();
    ranked.into_iter().take(limit).map(|(_, name)| name).collect()
}

/// How many characters are inserted, removed, exchanged, or swapped with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(from != to)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *to && *from == b[j - 1] {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_name() {
        let names = ["runs-as-root", "privileged-container", "privileged-port"];
        assert_eq!(nearest("run-as-root", names, 3), ["runs-as-root"]);
        assert_eq!(nearest("privilegde-container", names, 3), ["privileged-container"]);
        assert_eq!(nearest("privileged", names, 3), ["privileged-container", "privileged-port"]);
        assert_eq!(nearest("zzz", names, 3), Vec::<&str>::new());
        assert_eq!(nearest("", names, 3), Vec::<&str>::new());
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
    }
}

//! The smallest set of measures that closes every way: a minimum weighted hitting set, exact for the sizes there are.
//!
//! Branch and bound over each connected part by itself. Among sets of one size the cheapest wins, and among those the one
//! that comes first in the order of the measures. Deliberately absent: what a measure is.

/// What a measure weighs: how many changes it is, then how dear they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Weight {
    /// Number of changes.
    pub(crate) size: usize,
    /// Less for what is safe and done automatically.
    pub(crate) cost: usize,
}

impl Weight {
    fn plus(self, other: Self) -> Self {
        Self { size: self.size + other.size, cost: self.cost + other.cost }
    }
}

/// A set that hits everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Hit {
    /// The measures, in their order.
    pub(crate) chosen: Vec<usize>,
    /// Whether no smaller one exists; false where the search was given up.
    pub(crate) proven: bool,
}

/// How many choices are looked at before the search is given up: some milliseconds.
pub(crate) const BUDGET: usize = 100_000;

/// The smallest set of measures of which every way holds one. Ways without a measure are left out.
pub(crate) fn minimum(ways: &[Vec<usize>], weights: &[Weight], budget: usize) -> Hit {
    let mut ways: Vec<Vec<usize>> = ways.iter().filter(|way| !way.is_empty()).cloned().collect();
    for way in &mut ways {
        way.retain(|measure| *measure < weights.len());
        way.sort_unstable();
        way.dedup();
    }
    ways.retain(|way| !way.is_empty());
    ways.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    ways.dedup();
    // Whoever hits a way hits every other one that holds it.
    let mut needed: Vec<Vec<usize>> = Vec::with_capacity(ways.len());
    for way in ways {
        if !needed.iter().any(|smaller| smaller.iter().all(|measure| way.binary_search(measure).is_ok())) {
            needed.push(way);
        }
    }
    let mut whole = Hit { chosen: Vec::new(), proven: true };
    for part in parts(needed, weights.len()) {
        let mut search = Search { ways: &part, weights, best: None, left: budget };
        search.greedy();
        search.step(&mut Vec::new(), Weight::default(), &mut vec![0; weights.len()]);
        whole.proven &= search.left > 0;
        whole.chosen.extend(search.best.map(|(_, chosen)| chosen).unwrap_or_default());
    }
    whole.chosen.sort_unstable();
    whole
}

/// Ways that share measures, directly or through others.
fn parts(ways: Vec<Vec<usize>>, measures: usize) -> Vec<Vec<Vec<usize>>> {
    let mut leader: Vec<usize> = (0..measures).collect();
    fn find(leader: &mut [usize], mut at: usize) -> usize {
        while let Some(&up) = leader.get(at).filter(|up| **up != at) {
            at = up;
        }
        at
    }
    for way in &ways {
        for pair in way.windows(2) {
            if let [a, b] = *pair {
                let (a, b) = (find(&mut leader, a), find(&mut leader, b));
                if let Some(up) = leader.get_mut(a.max(b)) {
                    *up = a.min(b);
                }
            }
        }
    }
    let mut parts: std::collections::BTreeMap<usize, Vec<Vec<usize>>> = std::collections::BTreeMap::new();
    for way in ways {
        let Some(&first) = way.first() else { continue };
        let key = find(&mut leader, first);
        parts.entry(key).or_default().push(way);
    }
    parts.into_values().collect()
}

struct Search<'a> {
    ways: &'a [Vec<usize>],
    weights: &'a [Weight],
    best: Option<(Weight, Vec<usize>)>,
    left: usize,
}

impl Search<'_> {
    fn weight(&self, measure: usize) -> Weight {
        self.weights.get(measure).copied().unwrap_or_default()
    }

    /// A first set, so that there is one whatever happens: the measure that hits most for its size, again and again.
    fn greedy(&mut self) {
        let mut open: Vec<&Vec<usize>> = self.ways.iter().collect();
        let mut chosen = Vec::new();
        let mut weight = Weight::default();
        while let Some(first) = open.first() {
            let hits = |measure: usize| open.iter().filter(|way| way.binary_search(&measure).is_ok()).count();
            let all: std::collections::BTreeSet<usize> =
                open.iter().flat_map(|way| way.iter().copied()).collect();
            let best = all.into_iter().max_by(|a, b| {
                let (own, other) = (self.weight(*a), self.weight(*b));
                let gain = (hits(*a) * other.size.max(1)).cmp(&(hits(*b) * own.size.max(1)));
                gain.then_with(|| other.cmp(&own)).then_with(|| b.cmp(a))
            });
            let Some(best) = best.or_else(|| first.first().copied()) else { break };
            weight = weight.plus(self.weight(best));
            chosen.push(best);
            open.retain(|way| way.binary_search(&best).is_err());
        }
        chosen.sort_unstable();
        self.best = Some((weight, chosen));
    }

    /// `state` counts for each measure how often it was chosen (1) or ruled out (2) on the way here.
    fn step(&mut self, chosen: &mut Vec<usize>, weight: Weight, state: &mut Vec<u8>) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        if let Some((best, _)) = &self.best
            && (weight.size + self.bound(state), weight.cost) > (best.size, best.cost)
        {
            return;
        }
        let open = self.ways.iter().filter(|way| !way.iter().any(|measure| state.get(*measure) == Some(&1)));
        let free = |way: &Vec<usize>| way.iter().filter(|measure| state.get(**measure) == Some(&0)).count();
        let Some(narrowest) = open.min_by_key(|way| free(way)) else {
            let mut sorted = chosen.clone();
            sorted.sort_unstable();
            let found = (weight, sorted);
            if self.best.as_ref().is_none_or(|best| found < *best) {
                self.best = Some(found);
            }
            return;
        };
        let choices: Vec<usize> =
            narrowest.iter().copied().filter(|measure| state.get(*measure) == Some(&0)).collect();
        // Each set is looked at once: behind a measure that was tried come the sets without it.
        for &measure in &choices {
            if let Some(slot) = state.get_mut(measure) {
                *slot = 1;
            }
            chosen.push(measure);
            self.step(chosen, weight.plus(self.weight(measure)), state);
            chosen.pop();
            if let Some(slot) = state.get_mut(measure) {
                *slot = 2;
            }
        }
        for measure in choices {
            if let Some(slot) = state.get_mut(measure) {
                *slot = 0;
            }
        }
    }

    /// The least that is still needed: ways without a measure in common need one each.
    fn bound(&self, state: &[u8]) -> usize {
        let mut taken = vec![false; state.len()];
        let mut need = 0;
        for way in self.ways {
            let hit = way.iter().any(|measure| state.get(*measure) == Some(&1));
            if hit || way.iter().any(|measure| taken.get(*measure) == Some(&true)) {
                continue;
            }
            let sizes = way.iter().filter(|measure| state.get(**measure) == Some(&0));
            need += sizes.map(|measure| self.weight(*measure).size).min().unwrap_or(0);
            for measure in way {
                if let Some(slot) = taken.get_mut(*measure) {
                    *slot = true;
                }
            }
        }
        need
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small numbers from a fixed seed (xorshift).
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, end: u64) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 % end).unwrap()
        }
    }

    /// Every subset of the measures.
    fn by_force(ways: &[Vec<usize>], weights: &[Weight]) -> Vec<usize> {
        let subsets = (0..1_u32 << weights.len()).filter_map(|bits| {
            let chosen: Vec<usize> = (0..weights.len()).filter(|at| bits & (1 << at) != 0).collect();
            let all = ways
                .iter()
                .filter(|way| !way.is_empty())
                .all(|way| way.iter().any(|one| chosen.contains(one)));
            let weight = chosen.iter().fold(Weight::default(), |sum, at| sum.plus(weights[*at]));
            all.then_some((weight, chosen))
        });
        // Parts are solved by themselves, and so is the order of what is equally good within each of them.
        subsets.min().unwrap().1
    }

    #[test]
    fn it_is_as_small_and_as_cheap_as_the_best_of_all_subsets() {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        for _ in 0..400 {
            let measures = 1 + dice.below(11);
            let weights: Vec<Weight> =
                (0..measures).map(|_| Weight { size: 1 + dice.below(5) / 4, cost: dice.below(3) }).collect();
            let ways: Vec<Vec<usize>> = (0..dice.below(14))
                .map(|_| (0..dice.below(5)).map(|_| dice.below(measures as u64)).collect())
                .collect();
            let hit = minimum(&ways, &weights, BUDGET);
            let force = by_force(&ways, &weights);
            let sum =
                |chosen: &[usize]| chosen.iter().fold(Weight::default(), |sum, at| sum.plus(weights[*at]));
            assert!(hit.proven);
            assert_eq!(sum(&hit.chosen), sum(&force), "{ways:?} {weights:?}");
            assert!(
                ways.iter()
                    .filter(|way| !way.is_empty())
                    .all(|way| way.iter().any(|one| hit.chosen.contains(one)))
            );
            assert_eq!(hit, minimum(&ways, &weights, BUDGET), "the same again");
        }
    }

    #[test]
    fn what_is_equally_good_is_chosen_by_its_cost_and_then_by_its_place() {
        let one = |cost| Weight { size: 1, cost };
        assert_eq!(minimum(&[vec![0, 1, 2]], &[one(2), one(1), one(1)], BUDGET).chosen, [1]);
        assert_eq!(minimum(&[vec![0, 1]], &[Weight { size: 2, cost: 0 }, one(9)], BUDGET).chosen, [1]);
        assert_eq!(minimum(&[], &[one(1)], BUDGET), Hit { chosen: vec![], proven: true });
    }

    #[test]
    fn a_search_that_is_given_up_says_so_and_still_hits_everything() {
        let mut dice = Dice(7);
        let weights = vec![Weight { size: 1, cost: 0 }; 60];
        let ways: Vec<Vec<usize>> = (0..120).map(|_| (0..4).map(|_| dice.below(60)).collect()).collect();
        let hit = minimum(&ways, &weights, 200);
        assert!(!hit.proven);
        assert!(ways.iter().all(|way| way.iter().any(|one| hit.chosen.contains(one))));
    }
}

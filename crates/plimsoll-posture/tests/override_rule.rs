//! The override rule as laws: on a plane, among the claims of that plane or below, the highest layer wins, and within it
//! the freshest plane; among equals the later claim.

use plimsoll_posture::{Claim, Fact, Known, Layer, Plane, Provenance};
use plimsoll_text::{SourceKind, Sources, Span};
use proptest::prelude::*;

const LAYERS: [Layer; 5] = [Layer::Engine, Layer::Base, Layer::Image, Layer::Compose, Layer::Container];
const PLANES: [Plane; 4] = [Plane::Assumed, Plane::Declared, Plane::Built, Plane::Running];

fn claim(value: u32, layer: Layer, plane: Plane) -> Claim<u32> {
    let mut sources = Sources::new();
    let source = sources.add_text("f", SourceKind::Other, "");
    Claim { value: Known::Value(value), layer, plane, at: Provenance::absent(Span::whole(source)) }
}

/// Claims with their number as value, so that each can be told from the others.
fn claims() -> impl Strategy<Value = Vec<Claim<u32>>> {
    prop::collection::vec((0..LAYERS.len(), 0..PLANES.len()), 0..12).prop_map(|kinds| {
        let numbered = (0u32..).zip(kinds);
        numbered.map(|(number, (layer, plane))| claim(number, LAYERS[layer], PLANES[plane])).collect()
    })
}

fn fact(claims: &[Claim<u32>]) -> Fact<u32> {
    let mut fact = Fact::new();
    claims.iter().for_each(|claim| fact.push(claim.clone()));
    fact
}

proptest! {
    #[test]
    fn nothing_that_counts_is_stronger_than_what_holds(claims in claims(), plane in 0..PLANES.len()) {
        let plane = PLANES[plane];
        let fact = fact(&claims);
        let counting: Vec<&Claim<u32>> = claims.iter().filter(|claim| claim.plane <= plane).collect();
        match fact.on(plane) {
            None => prop_assert!(counting.is_empty()),
            Some(holds) => {
                prop_assert!(holds.plane <= plane);
                for other in counting {
                    let stronger = other.layer > holds.layer
                        || other.layer == holds.layer && other.plane > holds.plane
                        || other.layer == holds.layer && other.plane == holds.plane && other.value > holds.value;
                    prop_assert!(!stronger, "{other:?} is stronger than {holds:?}");
                }
            }
        }
    }

    #[test]
    fn a_weaker_layer_changes_nothing(claims in claims(), layer in 0..LAYERS.len(), plane in 0..PLANES.len()) {
        let before = fact(&claims);
        let Some(holds) = before.effective() else { return Ok(()) };
        prop_assume!(LAYERS[layer] < holds.layer);
        let mut after = before.clone();
        after.push(claim(99, LAYERS[layer], PLANES[plane]));
        prop_assert_eq!(after.effective(), before.effective());
    }

    #[test]
    fn a_stronger_layer_always_wins(claims in claims(), plane in 0..PLANES.len()) {
        prop_assume!(claims.iter().all(|claim| claim.layer < Layer::Container));
        let mut fact = fact(&claims);
        fact.push(claim(99, Layer::Container, PLANES[plane]));
        prop_assert_eq!(fact.value(), Some(&99));
    }

    #[test]
    fn everything_that_somebody_said_holds_or_is_overridden(claims in claims()) {
        let fact = fact(&claims);
        let said = claims.iter().filter(|claim| claim.layer != Layer::Engine).count();
        let holds = usize::from(fact.effective().is_some_and(|claim| claim.layer != Layer::Engine));
        let overridden = fact.overridden();
        prop_assert_eq!(holds + overridden.len(), said);
        let ranks: Vec<_> = overridden.iter().map(|claim| (claim.layer, claim.plane)).collect();
        prop_assert!(ranks.is_sorted_by(|a, b| a >= b), "strongest first: {ranks:?}");
    }

    #[test]
    fn drift_is_a_running_value_that_differs_from_what_was_reviewed(claims in claims()) {
        let fact = fact(&claims);
        match fact.drift() {
            Some((reviewed, running)) => {
                prop_assert!(reviewed.plane < Plane::Running);
                prop_assert_eq!(running.plane, Plane::Running);
                prop_assert_ne!(&reviewed.value, &running.value);
            }
            None => prop_assert!(
                fact.effective().is_none_or(|claim| claim.plane != Plane::Running) || fact.on(Plane::Built).is_none()
            ),
        }
    }
}

//! `!reset` and `!override`: what they take out of what was there before.

use super::tree::Node;
use super::yaml::Reset;

/// Takes the values at these paths out of the tree; what goes is lost on purpose.
pub(super) fn apply(node: &mut Node, resets: &[Reset]) {
    for reset in resets {
        let keys: Vec<&str> = reset.iter().map(|key| &**key).collect();
        remove(node, &keys);
    }
}

/// The same below one service that stands alone: for the service that another extends.
pub(super) fn apply_to_service(service: &mut Node, name: &str, resets: &[Reset]) {
    for reset in resets {
        let keys: Vec<&str> = reset.iter().map(|key| &**key).collect();
        if let ["services", own, below @ ..] = keys.as_slice()
            && *own == name
            && !below.is_empty()
        {
            remove(service, below);
        }
    }
}

fn remove(node: &mut Node, keys: &[&str]) {
    let Some(map) = node.as_map_mut() else { return };
    match keys {
        [] => {}
        [last] => {
            map.take(last);
        }
        [first, rest @ ..] => {
            if let Some(below) = map.get_mut(first) {
                remove(below, rest);
            }
        }
    }
}

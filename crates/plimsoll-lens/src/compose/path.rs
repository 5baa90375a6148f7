//! Where in the tree a phase is: a chain of keys on the stack, matched against the rules of the specification.

/// Rules of the specification reach this deep; nothing below has one.
const DEEPEST: usize = 12;

/// One step of a path; list items have the key `[]`.
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    key: &'a str,
    depth: usize,
}

impl<'a> Path<'a> {
    /// The top of the tree.
    pub(super) const ROOT: Path<'static> = Path { parent: None, key: "", depth: 0 };

    /// The path of a key below.
    pub(super) fn next(&'a self, key: &'a str) -> Path<'a> {
        Path { parent: Some(self), key, depth: self.depth + 1 }
    }

    /// Hands the keys from the top to `f`, for matching with a slice pattern.
    pub(super) fn matched<R>(&self, f: impl FnOnce(&[&str]) -> R) -> R {
        let mut keys = [""; DEEPEST];
        let Some(used) = keys.get_mut(..self.depth) else { return f(&["\0"]) };
        let mut step = self;
        for slot in used.iter_mut().rev() {
            *slot = step.key;
            let Some(parent) = step.parent else { break };
            step = parent;
        }
        f(used)
    }

    /// `services.api.ports.[]`, for messages and routes.
    pub(super) fn dotted(&self) -> String {
        let mut keys = Vec::with_capacity(self.depth);
        let mut step = Some(self);
        while let Some(Path { parent: Some(parent), key, .. }) = step {
            keys.push(*key);
            step = Some(parent);
        }
        keys.reverse();
        keys.join(".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_from_the_top() {
        let services = Path::ROOT.next("services");
        let api = services.next("api");
        let ports = api.next("ports");
        assert!(ports.matched(|keys| matches!(keys, ["services", _, "ports"])));
        assert!(Path::ROOT.matched(|keys| keys.is_empty()));
        assert_eq!(ports.dotted(), "services.api.ports");
    }
}

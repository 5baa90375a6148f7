//! What a build is asked to do.

use std::collections::BTreeMap;

use crate::line::encoded;

/// Labels: of what is made, and by which things are found again.
pub type Labels = BTreeMap<String, String>;

/// A build of the engine's own builder (not BuildKit, which needs a session).
#[derive(Debug, Clone, Default)]
pub struct BuildOrder {
    /// The Dockerfile's path in the archive.
    pub dockerfile: String,
    /// The image's name.
    pub tag: Option<String>,
    /// The stage to stop at.
    pub target: Option<String>,
    /// Build arguments; without a value the builder takes what it knows itself.
    pub args: BTreeMap<String, Option<String>>,
    /// Labels of the image.
    pub labels: Labels,
    /// The network of its steps.
    pub network: Option<String>,
}

impl BuildOrder {
    pub(crate) fn query(&self) -> String {
        let map = |map: serde_json::Value| encoded(&map.to_string());
        let mut query = format!("?rm=1&forcerm=1&dockerfile={}", encoded(&self.dockerfile));
        let mut add = |name: &str, value: &str| {
            query.push('&');
            query.push_str(name);
            query.push('=');
            query.push_str(value);
        };
        for (name, value) in [("t", &self.tag), ("target", &self.target), ("networkmode", &self.network)] {
            if let Some(value) = value {
                add(name, &encoded(value));
            }
        }
        if !self.args.is_empty() {
            add("buildargs", &map(serde_json::json!(self.args)));
        }
        if !self.labels.is_empty() {
            add("labels", &map(serde_json::json!(self.labels)));
        }
        query
    }
}

/// The filter of everything that has these labels.
pub(crate) fn labelled(labels: &Labels) -> String {
    let all: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    encoded(&serde_json::json!({ "label": all }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded() {
        let order = BuildOrder {
            dockerfile: "a b/Dockerfile".to_owned(),
            tag: Some("x:1".to_owned()),
            args: BTreeMap::from([("A".to_owned(), Some("1&2".to_owned())), ("B".to_owned(), None)]),
            ..BuildOrder::default()
        };
        assert_eq!(
            order.query(),
            "?rm=1&forcerm=1&dockerfile=a%20b%2FDockerfile&t=x%3A1&buildargs=%7B%22A%22%3A%221%262%22%2C%22B%22%3Anull%7D"
        );
        let labels = Labels::from([("run".to_owned(), "1".to_owned())]);
        assert_eq!(labelled(&labels), "%7B%22label%22%3A%5B%22run%3D1%22%5D%7D");
    }
}

//! `[[policy]]` and `[rego]`: rules of the project's own. One that cannot be read is told and left out; the rest stays.
//!
//! Deliberately absent: what the rules mean, which is the matter of the crate for policies.

use plimsoll_controls::Severity;
use plimsoll_policy::{
    Format, PackagePattern, Pattern, Policy, PortPattern, Rule, Selector, Side, StageChoice, Statement,
};
use plimsoll_posture::CapabilityEntry;
use plimsoll_text::Span;
use toml_edit::{Item, Key, TableLike};

use super::{Reader, keys};

/// The most policies of one configuration.
const MOST: usize = 1000;

/// What a policy says about itself, whom it means, and what only changes its rule.
const GENERAL: &[&str] = &[
    "id",
    "message",
    "severity",
    "why",
    "fix",
    "services",
    "stages",
    "publishing",
    "strict-labels",
    "ports",
];

/// The rules, of which each policy holds one.
pub(crate) const RULES: &[&str] = &[
    "trusted-registries",
    "allowed-images",
    "forbidden-images",
    "required-labels",
    "required-service-labels",
    "forbidden-packages",
    "allowed-ports",
    "forbidden-ports",
    "required-networks",
    "forbidden-networks",
    "required-users",
    "forbidden-users",
    "dropped-capabilities",
];

/// `[rego]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegoFiles {
    /// Files, directories or globs, relative to the configuration, each with its place.
    pub files: Vec<(String, Span)>,
    /// Packages whose rules are asked, or globs over their names; empty means `main`.
    pub namespaces: Vec<String>,
}

impl Reader {
    pub(super) fn policies(&mut self, item: &Item) {
        let Some(tables) = self.tables(item, "policy") else { return };
        for (table, at) in tables.into_iter().take(MOST) {
            let Some(policy) = self.policy(table, at) else { continue };
            if self.config.policies.iter().any(|other| other.control.id == policy.control.id) {
                let message = format!("there are two policies `{}`", policy.control.id);
                self.bad(at, message, "give one of them another id");
                continue;
            }
            self.config.policies.push(policy);
        }
    }

    fn policy(&mut self, table: &dyn TableLike, at: Span) -> Option<Policy> {
        let before = self.config.notices.len();
        let mut rule: Option<(&str, &Key, &Item)> = None;
        for (name, key, item) in keys(table) {
            if RULES.contains(&name) {
                if let Some((first, ..)) = rule {
                    let message = format!("a policy holds one rule: `{first}` or `{name}`");
                    let at = self.key_span(key);
                    self.bad(at, message, "make two policies of it");
                    continue;
                }
                rule = Some((name, key, item));
            } else if !GENERAL.contains(&name) {
                let known: Vec<&str> = GENERAL.iter().chain(RULES).copied().collect();
                self.unknown_key(name, key, &known);
            }
        }
        let statement = self.statement(table, at);
        let selector = self.selector(table);
        let Some((name, key, item)) = rule else {
            self.bad(
                at,
                "a policy without a rule asks for nothing".to_owned(),
                &format!("add one of {}", RULES.join(", ")),
            );
            return None;
        };
        let place = self.key_span(key);
        let rule = self.rule(name, item, table);
        if let (Some(rule), true) = (&rule, selector.stages.is_some())
            && rule.is_of_services()
        {
            let at = table.get("stages").map_or(at, |item| self.item_span(item));
            self.bad(
                at,
                format!("`{name}` is about services: `stages` means none of them"),
                "use `services`",
            );
        }
        // What was told wrong here must not half hold.
        let sound = self.config.notices[before..].iter().all(|notice| notice.severity < Severity::High);
        match (statement, rule, sound) {
            (Some(statement), Some(rule), true) => Some(Policy::new(statement, selector, rule, place)),
            _ => None,
        }
    }

    fn statement(&mut self, table: &dyn TableLike, at: Span) -> Option<Statement> {
        let mut text = |name: &str| {
            let item = table.get(name)?;
            let text = self.text(item)?;
            let text = text.trim().trim_end_matches('.').to_owned();
            if text.is_empty() {
                self.wrong(item, "an empty text", "write something or leave it out");
            }
            Some(text).filter(|text| !text.is_empty())
        };
        let (id, message, why, fix) = (text("id"), text("message"), text("why"), text("fix"));
        let severity = match table.get("severity") {
            Some(item) => self.severity(item)?,
            None => Severity::Medium,
        };
        for (name, missing) in
            [("id", table.get("id").is_none()), ("message", table.get("message").is_none())]
        {
            if missing {
                self.bad(at, format!("a policy without `{name}`"), &format!("add `{name} = \"…\"`"));
            }
        }
        let id = id?;
        if !is_kebab(&id) {
            let at = table.get("id").map_or(at, |item| self.item_span(item));
            self.bad(at, format!("`{id}` is no id"), "use lower-case letters, digits and single dashes");
            return None;
        }
        Some(Statement { id, message: message?, severity, why, fix })
    }

    fn selector(&mut self, table: &dyn TableLike) -> Selector {
        let services = table.get("services").map(|item| self.patterns(item)).unwrap_or_default();
        let publishing = table.get("publishing").map(|item| self.truth(item));
        let stages = table.get("stages").and_then(|item| match item.as_str() {
            Some("all") => Some(StageChoice::All),
            Some("final") => Some(StageChoice::Final),
            Some(_) => {
                self.wrong(item, "neither `all` nor `final`", "write the names of stages as a list");
                None
            }
            None => Some(StageChoice::Named(self.patterns(item))),
        });
        Selector { services, stages, publishing }
    }

    fn rule(&mut self, name: &str, item: &Item, table: &dyn TableLike) -> Option<Rule> {
        let strict = table.get("strict-labels").is_some_and(|item| self.truth(item));
        let side = match table.get("ports") {
            None => Side::Published,
            Some(item) => match item.as_str() {
                Some("published") => Side::Published,
                Some("exposed") => Side::Exposed,
                Some("both") => Side::Both,
                _ => {
                    self.wrong(item, "not a side of a port", "write published, exposed or both");
                    return None;
                }
            },
        };
        for (modifier, rules) in [
            ("strict-labels", &["required-labels", "required-service-labels"][..]),
            ("ports", &["allowed-ports", "forbidden-ports"]),
        ] {
            if let Some(item) = table.get(modifier).filter(|_| !rules.contains(&name)) {
                let at = self.item_span(item);
                self.bad(at, format!("`{modifier}` does nothing for `{name}`"), "remove it");
            }
        }
        Some(match name {
            "trusted-registries" => Rule::Registries(self.names(item)?),
            "allowed-images" => Rule::AllowedImages(self.some_patterns(item)?),
            "forbidden-images" => Rule::ForbiddenImages(self.some_patterns(item)?),
            "required-labels" => Rule::ImageLabels { required: self.labels(item, strict)?, strict },
            "required-service-labels" => Rule::ServiceLabels { required: self.labels(item, strict)?, strict },
            "forbidden-packages" => {
                Rule::ForbiddenPackages(self.parsed(item, PackagePattern::parse, || {
                    let families = PackagePattern::families().join(", ");
                    ("not a package", format!("write a name, or a family before a colon: {families}"))
                })?)
            }
            "allowed-ports" => Rule::AllowedPorts(self.ports(item)?, side),
            "forbidden-ports" => Rule::ForbiddenPorts(self.ports(item)?, side),
            "required-networks" => Rule::RequiredNetworks(self.some_patterns(item)?),
            "forbidden-networks" => Rule::ForbiddenNetworks(self.some_patterns(item)?),
            "required-users" => Rule::RequiredUsers(self.names(item)?),
            "forbidden-users" => Rule::ForbiddenUsers(self.names(item)?),
            "dropped-capabilities" => Rule::DroppedCapabilities(self.parsed(
                item,
                |text| match CapabilityEntry::parse(text) {
                    CapabilityEntry::Unheard(_) => None,
                    _ => Some(text.to_owned()),
                },
                || ("not a capability", "write a name of capabilities(7), or ALL".to_owned()),
            )?),
            _ => return None,
        })
    }

    /// A list of names, or a table of names and forms.
    fn labels(&mut self, item: &Item, strict: bool) -> Option<Vec<(String, Format)>> {
        if let Some(table) = item.as_table_like() {
            let mut labels = Vec::new();
            for (name, _, item) in keys(table) {
                match item.as_str().and_then(Format::parse) {
                    Some(format) => labels.push((name.to_owned(), format)),
                    None => {
                        let known: Vec<&str> = Format::ALL.into_iter().map(Format::name).collect();
                        self.wrong(item, "not a form of a label", &format!("write {}", known.join(", ")));
                    }
                }
            }
            return Some(labels);
        }
        let names: Vec<(String, Format)> =
            self.texts(item).into_iter().map(|(name, _)| (name, Format::Text)).collect();
        if names.is_empty() && !strict {
            self.wrong(item, "an empty list asks for nothing", "name a label, or remove the policy");
            return None;
        }
        Some(names)
    }

    /// Numbers and texts: `22`, `"8000-8999"`, `"53/udp"`.
    fn ports(&mut self, item: &Item) -> Option<Vec<PortPattern>> {
        let Some(array) = item.as_array() else {
            self.wrong(item, "not a list", "write it as [22, \"8000-8999\"]");
            return None;
        };
        let mut ports = Vec::new();
        for value in array {
            let text = value
                .as_integer()
                .map(|number| number.to_string())
                .or_else(|| value.as_str().map(str::to_owned));
            match text.as_deref().and_then(PortPattern::parse) {
                Some(port) => ports.push(port),
                None => {
                    let at = self.span(value.span());
                    self.invalid(at, "not a port", "write 22, \"8000-8999\" or \"53/udp\"");
                }
            }
        }
        Some(ports)
    }

    fn names(&mut self, item: &Item) -> Option<Vec<String>> {
        self.parsed(
            item,
            |text| Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            || ("an empty text", "write a name".to_owned()),
        )
    }

    fn some_patterns(&mut self, item: &Item) -> Option<Vec<Pattern>> {
        self.parsed(item, Pattern::parse, || {
            ("not a pattern", "write a name; `*` stands for any part of it".to_owned())
        })
    }

    fn patterns(&mut self, item: &Item) -> Vec<Pattern> {
        self.some_patterns(item).unwrap_or_default()
    }

    /// The items of a list that is not empty.
    fn parsed<T>(
        &mut self,
        item: &Item,
        parse: impl Fn(&str) -> Option<T>,
        complaint: impl Fn() -> (&'static str, String),
    ) -> Option<Vec<T>> {
        let before = self.config.notices.len();
        let mut values = Vec::new();
        for (text, at) in self.texts(item) {
            match parse(&text) {
                Some(value) => values.push(value),
                None => {
                    let (message, cure) = complaint();
                    self.invalid(at, message, &cure);
                }
            }
        }
        if values.is_empty() && self.config.notices.len() == before {
            self.wrong(item, "an empty list asks for nothing", "name something, or remove it");
        }
        (!values.is_empty()).then_some(values)
    }

    pub(super) fn rego(&mut self, item: &Item) {
        let Some(table) = item.as_table_like() else {
            return self.wrong(item, "`rego` is a table", "write `[rego]`");
        };
        for (name, key, item) in keys(table) {
            match name {
                "files" => self.config.rego.files = self.texts(item),
                "namespaces" => {
                    self.config.rego.namespaces =
                        self.texts(item).into_iter().map(|(text, _)| text).collect();
                }
                _ => self.unknown_key(name, key, &["files", "namespaces"]),
            }
        }
    }

    fn bad(&mut self, at: Span, message: String, cure: &str) {
        self.notice("invalid-policy", Severity::High, at, message, Some(cure.to_owned()));
    }
}

fn is_kebab(id: &str) -> bool {
    id.split('-').all(|word| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}
